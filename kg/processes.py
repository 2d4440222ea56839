"""Work on many documents in processes of their own, which end when their parent does, however that ends."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Protocol, TypeVar

from kg.errors import KGError
from kg.model import Document

log = logging.getLogger(__name__)

SHARD = 50
"""Documents that a process is given at once."""
WORTH = 45_000
"""Code points of text for which one more process pays: a build of 77,000 takes 14.5 s in two instead of 16.4, one of 89,000 14.5 s instead of 18.5.

Each loads readers and lists of its own: of 77,000 both together take 19.9 s of processor time, one alone 16.5."""

Found = TypeVar("Found")


class Mapper(Protocol):
    """What applies a function to documents, as ``map`` does: in this process, in several, or on another engine."""

    def __call__(self, function: Callable[[Document], Found], documents: Sequence[Document], /) -> Iterable[Found]:
        """Results in the order of the documents; the function can be pickled."""


@contextmanager
def processes(workers: int) -> Iterator[Mapper]:
    """A mapper on this many processes, 0 for as many as there are processors and as pay off. They end with the ``with``.

    Raises KGError when one of them dies.
    """
    pools: list[ProcessPoolExecutor] = []
    mine: set[multiprocessing.process.BaseProcess] = set()

    def each(function: Callable[[Document], Found], documents: Sequence[Document], /) -> Iterable[Found]:
        wanted = workers or min(_processors(), sum(len(document.text) for document in documents) // WORTH)
        count = min(wanted, len(documents))
        if count < 2:
            return map(function, documents)
        log.info("%d documents in %d processes", len(documents), count)
        size = min(SHARD, -(-len(documents) // (4 * count)))
        others = set(multiprocessing.active_children())
        pools.append(pool := ProcessPoolExecutor(count, multiprocessing.get_context("spawn"), initializer=_end_with_parent))
        with uninterrupted():  # the processes inherit that Ctrl-C is not for them
            # not pool.map: that cancels what is left when it is given up, and Python 3.11 stumbles over cancelled work when processes end
            shards = [pool.submit(_work, function, documents[start : start + size]) for start in range(0, len(documents), size)]
            mine.update(set(multiprocessing.active_children()) - others)
        return (one for shard in shards for one in shard.result())

    try:
        yield each
    except BaseException as error:
        for process in mine:
            process.terminate()
        if not isinstance(error, BrokenProcessPool):
            raise
        reason = "a process that worked on the documents has died, perhaps for want of memory; what was done is kept"
        raise KGError(f'{reason}; go on with --workers 1 (a script of your own needs if __name__ == "__main__")') from error
    finally:
        for pool in pools:
            pool.shutdown()


def _work(function: Callable[[Document], Found], shard: Sequence[Document]) -> list[Found]:
    return [function(document) for document in shard]


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Let Ctrl-C wait until the end."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _end_with_parent() -> None:
    """Let this process end when the one that started it is gone, even if that was killed."""
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _processors() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
