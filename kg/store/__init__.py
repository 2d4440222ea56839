"""The graph at rest: in a folder of versions on disk, in an RDF file, or on a server that speaks SPARQL.

All give the same to those who read, see ``Store``.
"""

from __future__ import annotations

import re
from pathlib import Path

from kg.store.embedded import (
    FILES,
    FORMAT,
    OxigraphStore,
    only_writer,
    open_folder,
    open_staged,
    serialise,
    stage,
    switch,
    version,
    write_store,
)
from kg.store.protocol import Answer, Store, Term

__all__ = [
    "FILES",
    "FORMAT",
    "Answer",
    "OxigraphStore",
    "Store",
    "Term",
    "is_url",
    "only_writer",
    "open_folder",
    "open_staged",
    "open_store",
    "output_folder",
    "serialise",
    "stage",
    "switch",
    "version",
    "write_store",
]


def open_store(path: Path | str) -> Store:
    """The graph at ``path``, to read: an output folder, its ``store`` folder, a .trig, .nq, .ttl or .nt file, or the URL of a SPARQL endpoint.

    Raises InputError when there is none, OutputError when it cannot be read.
    """
    if is_url(path):
        from kg.store.endpoint import open_endpoint

        return open_endpoint(str(path))
    return open_folder(path)


def output_folder(path: Path | str) -> Path | None:
    """The output folder of a build that is named by itself or by its store; None for a graph file or a server."""
    if is_url(path):
        return None
    path = Path(path)
    return None if path.is_file() else path.parent if (path / "CURRENT").exists() else path


def is_url(path: Path | str) -> bool:
    """Whether this names a server, and no file.

    >>> is_url("http://localhost:7878/query"), is_url("kg-out")
    (True, False)
    """
    return isinstance(path, str) and re.match("https?://", path, re.IGNORECASE) is not None
