"""Settings: defaults, then ``kg.toml`` of the working folder, then flags."""

from __future__ import annotations

import difflib
import hashlib
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from kg import __version__
from kg.errors import SettingsError
from kg.model import digest

FILE = Path("kg.toml")


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a user may set; the one place where settings are defined."""

    base_iri: str = "https://w3id.org/dealgraph/id/"
    """What the IRIs of instances begin with."""
    corpus: str = ""
    """Name that tells the documents of this build from those of others with equal ids."""
    gazetteer: tuple[str, ...] = ()
    """Turtle or CSV files of names and concepts, beside the bundled ones."""
    use_gazetteer: bool = True
    """Whether names are looked up in lists at all."""
    patterns: tuple[str, ...] = ()
    """TOML files of patterns, and of relations of one's own, beside the bundled ones."""
    claims: Literal["both", "patterns", "model"] = "both"
    """Who reads claims: the patterns, the trained model, or both together."""
    min_confidence: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.0
    """Claims less sure than this are left out of the graph; what was observed of them is kept."""
    weights: tuple[tuple[str, float], ...] = ()
    """A table in the file: how much each status, and each step of an analysis, counts where it is not what ``kg.analyze.WEIGHTS`` says."""
    decisions: tuple[str, ...] = ()
    """Files of people's decisions on what is the same, different, or misread."""
    workers: Annotated[int, msgspec.Meta(ge=0, le=1024)] = 0
    """Processes that extract; with 0 the command line takes one per processor where that pays, a program that calls ``kg.build`` one."""
    text_field: str = "text"
    """What rows of JSON Lines and CSV call their text."""
    id_field: str = "id"
    """What they call their id."""

    def run_hash(self) -> str:
        """What a result depends on besides the text: the version, which pins the models, and settings; of files their content, not their path.

        Raises SettingsError when a gazetteer cannot be read.
        """
        lists = sorted(_content_hash(Path(path), "gazetteer") for path in self.gazetteer) if self.use_gazetteer else []
        rules = sorted(_content_hash(Path(path), "pattern file") for path in self.patterns)
        more = ("patterns", *rules) if rules else ()
        who = ("claims", self.claims) if self.claims != "both" else ()
        return digest(__version__, int(self.use_gazetteer), *lists, *more, *who)


def load(flags: Mapping[str, object] | None = None, path: Path = FILE) -> Settings:
    """Settings from the file, if there is one, overruled by the flags that are not None.

    Raises SettingsError naming the key, the reason and what would do.
    """
    chosen = _read(path) | {name: value for name, value in (flags or {}).items() if value is not None}
    if isinstance(weights := chosen.get("weights"), dict):
        chosen["weights"] = sorted(weights.items())
    try:
        settings = msgspec.convert(chosen, Settings)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{path}: {error}; see the table of settings in the README") from error
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|\\^`]*[/#]", settings.base_iri):
        raise SettingsError(f"base_iri {settings.base_iri!r} is no absolute IRI that ends in / or #; write one like https://example.org/id/")
    if not settings.corpus.isprintable():
        raise SettingsError(f"corpus {settings.corpus!r} holds signs that cannot be printed; choose a plain name")
    if settings.text_field == settings.id_field:
        raise SettingsError(f"{settings.text_field!r} cannot be the field of both text and id; name two with --text-field and --id-field")
    return settings


def _read(path: Path) -> dict[str, object]:
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path} cannot be read: {error}; mend or remove it") from error
    known = Settings.__struct_fields__
    for key in found:
        if key not in known:
            near = difflib.get_close_matches(key.replace("-", "_"), known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
            raise SettingsError(f"{path}: there is no setting {key!r}; {hint}")
    return found


def _content_hash(path: Path, what: str) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise SettingsError(f"{what} {path} cannot be read: {error.strerror}; name a file that can, or leave it out") from error
