"""A finished build that several tests look at, and servers that they publish to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from news import composed_news, kg, write_rows
from servers import Running, Tiny, oxigraph, tiny, virtuoso

LONGEST = ("test_crash.py", "test_readme.py", "test_user_patterns.py", "test_serve_pages.py", "test_fuzz.py", "test_extract.py")
"""Files whose tests take a minute, so that none of them is begun when all else is done."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests that take longest, by turns, since each process of pytest-xdist begins with a part of them in this order."""
    long = [item for item in items if item.path.name in LONGEST]
    rest = [item for item in items if item.path.name not in LONGEST]
    half = len(rest) // 2
    items[:] = [*long[::2], *rest[:half], *long[1::2], *rest[half:]]


@pytest.fixture(scope="session")
def news_build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``news.jsonl`` and its build in ``kg-out``; tests copy it before they change it."""
    folder = tmp_path_factory.mktemp("news")
    write_rows(folder / "news.jsonl", composed_news())
    done = kg("build", "news.jsonl", cwd=folder)
    assert (done.returncode, done.stderr.count(b"Traceback")) == (0, 0), done.stderr.decode()
    return folder


@pytest.fixture(scope="session")
def oxigraph_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The server of Oxigraph as it comes: its default graph is none of the named ones."""
    with oxigraph(tmp_path_factory.mktemp("oxigraph") / "data") as running:
        yield running


@pytest.fixture(scope="session")
def oxigraph_union_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The same with the union of all graphs as its default graph."""
    with oxigraph(tmp_path_factory.mktemp("oxigraph-union") / "data", "--union-default-graph") as running:
        yield running


@pytest.fixture(scope="session")
def virtuoso_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Virtuoso, whose user dba may write."""
    with virtuoso(tmp_path_factory.mktemp("virtuoso") / "data") as running:
        yield running


@pytest.fixture
def tiny_server() -> Iterator[Tiny]:
    """A server that fails as the test wants it."""
    with tiny() as running:
        yield running
