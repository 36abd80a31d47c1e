"""Documents -> rows, in order, on several processes where that pays, with memory bounded by what is under way."""

from __future__ import annotations

import multiprocessing
import os
import sys
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from itertools import islice

from clemency.records.errors import UsageError
from clemency.sources.rulings.documents.received import Received
from clemency.sources.rulings.patterns.table import PATTERNS
from clemency.sources.rulings.tables import Rows, rows_of

CHUNK = 200  # documents that travel together
_BYTES = 8_000_000  # and how much they may weigh


def chunks(documents: Iterable[Received]) -> Iterator[list[Received]]:
    """Documents in groups, none too many nor too heavy."""
    group: list[Received] = []
    weight = 0
    for document in documents:
        group.append(document)
        weight += len(document.data or b"") + len(document.text or "")
        if len(group) >= CHUNK or weight >= _BYTES:
            yield group
            group, weight = [], 0
    if group:
        yield group


def all_rows(
    documents: Iterable[Received], *, workers: int | None, evidence: bool, progress: bool, total: int | None = None
) -> Iterator[Rows]:
    """Rows of each group of documents, in the order of the documents.

    Parameters
    ----------
    documents : iterable of Received
    workers : int or None
        Processes; None for as many as there are cores on Linux, one elsewhere.
    evidence, progress : bool
    total : int or None
        Number of documents, if known.
    """
    wanted = _cores() if workers is None else workers
    read = partial(rows_of, evidence=evidence)
    with _bar(progress, total) as step:
        for rows in _spread(read, chunks(documents), wanted, given=workers is not None):
            step(len(rows["account"]))
            yield rows


def _spread(
    read: Callable[[list[Received]], Rows], groups: Iterator[list[Received]], workers: int, given: bool
) -> Iterator[Rows]:
    early = list(islice(groups, 4))
    if workers < 2 or (len(early) < 4 and not given):
        for group in early:
            yield read(group)
        for group in groups:
            yield read(group)
        return
    for pattern in PATTERNS:  # compiled once, before processes are forked
        next(iter(pattern.regex.finditer("")), None)
        list(pattern.windows(""))
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    pool = ProcessPoolExecutor(workers, context)
    waiting: deque[Future[Rows]] = deque()
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=".*fork.*", category=DeprecationWarning)
            for group in (g for part in (early, groups) for g in part):
                waiting.append(pool.submit(read, group))
                if len(waiting) >= 2 * workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
    except BrokenProcessPool:
        raise UsageError(
            "A process that read rulings was ended from outside, most likely for want of memory on this machine. "
            f"Give fewer than workers={workers}."
        ) from None
    finally:
        pool.shutdown(cancel_futures=True)


def _cores() -> int:
    if sys.platform != "linux":
        return 1
    return len(os.sched_getaffinity(0))


@contextmanager
def _bar(shown: bool, total: int | None) -> Iterator[Callable[[int], None]]:
    """Progress bar on standard error; gives the function that moves it."""
    if not shown:
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("documents"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=total)
        yield lambda n: progress.advance(task, n)
