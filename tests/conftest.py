"""A finished build that several tests look at."""

from __future__ import annotations

from pathlib import Path

import pytest
from news import composed_news, kg, write_rows


@pytest.fixture(scope="session")
def news_build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``news.jsonl`` and its build in ``kg-out``; tests copy it before they change it."""
    folder = tmp_path_factory.mktemp("news")
    write_rows(folder / "news.jsonl", composed_news())
    done = kg("build", "news.jsonl", cwd=folder)
    assert (done.returncode, done.stderr.count(b"Traceback")) == (0, 0), done.stderr.decode()
    return folder
