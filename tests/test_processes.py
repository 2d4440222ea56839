"""Work in processes gives what it gives in one, and a process that dies is told."""

from __future__ import annotations

import multiprocessing
import os
import time
from functools import partial

import pytest

from kg.errors import InputError, KGError
from kg.model import Document
from kg.processes import WORTH, processes

DOCUMENTS = [Document(f"doc-{number}", f"text {number}") for number in range(70)]


def place(document: Document) -> tuple[str, int]:
    """Which document it is, and in which process."""
    return document.id, os.getpid()


def place_slowly(document: Document) -> tuple[str, int]:
    """The same, slowly enough for a second process to start meanwhile."""
    time.sleep(0.05)
    return place(document)


def fail(at: str, deadly: bool, document: Document) -> str:
    """The text, but for one document that raises an error or kills the process."""
    if document.id == at and deadly:
        os._exit(1)
    if document.id == at:
        raise InputError(f"{at} is bad")
    return document.text


def test_two_processes_share_the_documents_and_keep_their_order() -> None:
    with processes(2) as each:
        found = list(each(place_slowly, DOCUMENTS))
    assert [name for name, _ in found] == [document.id for document in DOCUMENTS]
    assert len({process for _, process in found} - {os.getpid()}) == 2
    assert multiprocessing.active_children() == []


@pytest.mark.parametrize(
    ("workers", "documents"), [(1, DOCUMENTS), (0, DOCUMENTS), (4, DOCUMENTS[:1]), (0, [Document("long", "a" * 2 * WORTH)]), (2, [])]
)
def test_where_more_processes_do_not_pay_there_is_one(workers: int, documents: list[Document]) -> None:
    with processes(workers) as each:
        assert list(each(place, documents)) == [(document.id, os.getpid()) for document in documents]


def test_an_error_comes_through_and_ends_the_processes() -> None:
    with pytest.raises(InputError, match="doc-3 is bad"), processes(2) as each:
        list(each(partial(fail, "doc-3", False), DOCUMENTS))
    assert multiprocessing.active_children() == []


def test_a_process_that_dies_is_told_with_the_way_out() -> None:
    with pytest.raises(KGError, match=r"has died.*--workers 1"), processes(2) as each:
        list(each(partial(fail, "doc-60", True), DOCUMENTS))
    assert multiprocessing.active_children() == []
