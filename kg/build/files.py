"""Files that are in their place as a whole or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from kg.model import Record, to_json


def lines(records: Iterable[Record | None]) -> bytes:
    """Records as JSON Lines, those that are there."""
    return b"".join(to_json(record) + b"\n" for record in records if record is not None)


def write(path: Path, content: bytes) -> None:
    """Put a file in place as a whole."""
    write_part(path, content).replace(path)


def write_part(path: Path, content: bytes) -> Path:
    """Write what will be a file beside its place; of a write that fails nothing stays."""
    part = path.with_name(path.name + ".part")
    try:
        part.write_bytes(content)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return part


def sha256(path: Path) -> str:
    """Hash of a file's bytes in hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
