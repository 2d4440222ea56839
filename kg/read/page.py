"""A web page becomes an article: its main text, with title, date, publisher and address as its own metadata give them.

Trafilatura does the work in a process of its own: a page of 400 kB can be made to keep it busy for minutes, or to crash the parser.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from contextlib import suppress
from copy import deepcopy
from threading import Timer
from typing import TYPE_CHECKING, Any

import msgspec

from kg.errors import InputError

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from lxml.html import HtmlElement

SECONDS = 30.0
"""How long a page may take; an ordinary one takes .02 to .2 s."""
SHORTEST = 20
"""Characters from which a text is believed to be the article. Trafilatura's 250 send short articles, Chinese ones above all, to a fallback that
breaks lines at every link."""
LAST_DATE = "2199-12-31"
"""Without a fixed end to them, dates that are read would depend on today."""
RUNNING_TEXT = ("p", "li", "td", "dd", "blockquote", "pre")

_CONTROL = re.compile(r"(?i)[\x00-\x08\x0b\x0c\x0e-\x1f]|&#(?:0*(?:\d|1[124-9]|2\d|3[01])|x0*(?:[0-8bcef]|1[0-9a-f]));")
"""Signs that no document may hold; one of them would cost the whole page."""


class Article(msgspec.Struct):
    """What is read of a page."""

    text: str = ""
    title: str | None = None
    date: str | None = None
    url: str | None = None
    publisher: str | None = None


class PageReader:
    """Reads pages one after another; the process starts with the first, and anew after one that it did not survive."""

    def __init__(self) -> None:
        """Start nothing yet."""
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """The same reader."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """End the process."""
        if self._process:
            _end(self._process)

    def read(self, page: str) -> Article:
        """The article in a page. Raises InputError when there is none, or when the page takes too long."""
        if self._process is None or self._process.poll() is not None:
            self._process = _start()
        answer = _ask(self._process, msgspec.json.encode(page) + b"\n")
        if not answer:
            raise InputError(f"its HTML takes longer than {SECONDS:g} s or breaks the parser; save its text as .txt")
        article = msgspec.json.decode(answer, type=Article)
        if not article.text:
            raise InputError("no article was found in the page; save its text as .txt")
        return article


def _ask(process: subprocess.Popen[bytes], question: bytes) -> bytes:
    """The line that the process answers; nothing, and the process is no more, when it breaks or has no answer in time."""
    timer = Timer(SECONDS, process.kill)
    timer.start()
    answer = b""
    if process.stdin and process.stdout:
        with suppress(BrokenPipeError):
            process.stdin.write(question)
            process.stdin.flush()
            answer = process.stdout.readline()
    timer.cancel()
    if not answer:
        _end(process)
    return answer


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    with suppress(BrokenPipeError):
        process.communicate()


def _start() -> subprocess.Popen[bytes]:
    """The process that ``serve`` runs in."""
    command = [sys.executable, "-P", "-c", "from kg.read.page import serve; serve()"]
    env = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=env)  # noqa: S603


def serve() -> None:
    """Answer each page on stdin, a line of JSON, with its article on stdout."""
    for line in sys.stdin.buffer:
        sys.stdout.buffer.write(msgspec.json.encode(_extract(msgspec.json.decode(line, type=str))) + b"\n")
        sys.stdout.buffer.flush()


def _extract(page: str) -> Article:
    from lxml.etree import LxmlError
    from lxml.html import HTMLParser, document_fromstring
    from trafilatura import bare_extraction
    from trafilatura.settings import use_config

    config = use_config()
    for name in ("MIN_EXTRACTED_SIZE", "MIN_OUTPUT_SIZE"):
        config.set("DEFAULT", name, str(SHORTEST))
    try:
        tree = document_fromstring(_CONTROL.sub("", page).encode("utf-8", "replace"), parser=HTMLParser(encoding="utf-8"))
        found: Any = bare_extraction(tree, with_metadata=True, include_comments=False, config=config)
    except (LxmlError, ValueError, RecursionError):
        found = None
    if found is None:
        return Article()
    return Article(found.text or "", found.title, _date(tree), found.url, found.sitename)


def _date(tree: HtmlElement) -> str | None:
    """The day of publication; the days that the article speaks of are hidden from the search."""
    from htmldate import find_date

    searched = deepcopy(tree)
    for block in searched.iter(*RUNNING_TEXT):
        if not re.search("(?i)date|time|publish", f"{block.get('class')} {block.get('id')} {block.get('itemprop')}"):
            for element in block.iter():
                element.tail = None
                if element.tag not in ("time", "abbr"):
                    element.text = None
    return find_date(searched, extensive_search=False, original_date=True, max_date=LAST_DATE)
