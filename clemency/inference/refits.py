"""Many fits -> a table of results and refusals, on several cores where possible."""

from __future__ import annotations

import inspect
import multiprocessing
import os
import pickle
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np

from clemency.records.errors import ClemencyError, UsageError

NUMBERS = ("estimate", "std_error", "ci_low", "ci_high", "p_value", "n", "events")


class AbsentError(UsageError):
    """The fit has no such term and level."""


def attempt(fit: Callable[[], Any], term: str, level: str) -> dict[str, Any]:
    """Fit, and give the row of one term; an error of the library is a row too.

    Returns
    -------
    dict
        ``estimate, std_error, ci_low, ci_high, p_value, n, events, error``, then ``ratio`` (whether the estimate is a
        logarithm) and ``absent`` (whether the error is that the term is not in the fit).
    """
    try:
        return reading(fit(), term, level)
    except ClemencyError as error:
        empty = dict.fromkeys(NUMBERS, np.nan)
        told = " ".join([str(error), *getattr(error, "__notes__", [])])  # a note says which imputation was refused
        return {**empty, "error": told, "ratio": None, "absent": isinstance(error, AbsentError)}


def reading(estimate: Any, term: str, level: str) -> dict[str, Any]:
    """Row of one term of an estimate; see :func:`attempt`."""
    if not callable(getattr(estimate, "tidy", None)):
        raise TypeError(f"fit_function must return an estimate with tidy(), not {type(estimate).__name__}")
    table = estimate.tidy()
    if not {"term", "level", "estimate"} <= set(table.columns):
        raise TypeError(f"tidy() of {type(estimate).__name__} has no columns term, level and estimate")
    found = table[(table["term"] == term) & (table["level"].astype(str) == str(level))]
    if len(found) != 1:
        pairs = zip(table["term"], table["level"], strict=True)
        there = "; ".join(f"{t}: {v}" if v != "" else str(t) for t, v in pairs)
        what = "has no" if found.empty else "has several of"
        name = f"term {term!r}" + (f" with level {level!r}" if level != "" else "")
        raise AbsentError(f"The fit {what} {name}. There are: {there}.")
    row = found.iloc[0]
    counts = estimate.glance().iloc[0] if hasattr(estimate, "glance") else {}
    numbers = {k: float({**row, **counts}.get(k, np.nan)) for k in NUMBERS}
    ratio = "exponentiate" in inspect.signature(estimate.tidy).parameters
    return {**numbers, "error": "", "ratio": ratio, "absent": False}


Task = tuple[Any, ...]
_SHARED: list[Any] = []  # what every task of a worker process needs, sent once


def _begin(call: Callable[..., Any]) -> None:
    _SHARED[:] = [call]


def _perform(task: Task) -> Any:
    return _SHARED[0](*task)


def each(
    call: Callable[..., Any], tasks: Sequence[Task], names: Sequence[str], workers: int | None, progress: bool
) -> tuple[list[Any], str]:
    """Results of ``call(*task)`` in the order of the tasks, and in plain words how they were run.

    An exception stops everything; a note on it names the task.
    """
    wanted = min(_cores() if workers is None else workers, len(tasks))
    pool, words = _pool(call, wanted)
    if pool is None:
        with bar(progress, len(tasks)) as step:
            return [_named(partial(call, *t), n, step) for t, n in zip(tasks, names, strict=True)], words
    threads = isinstance(pool, ThreadPoolExecutor)
    try:
        with warnings.catch_warnings():
            # Python 3.12 warns of a fork beside any thread, even where none of them holds a lock that a fit needs.
            warnings.filterwarnings("ignore", message=".*fork.*", category=DeprecationWarning)
            # All are submitted, and so all workers begun, before the thread of the progress bar exists.
            waiting = [pool.submit(call, *t) if threads else pool.submit(_perform, t) for t in tasks]
        return _gathered(waiting, names, progress), words
    finally:
        pool.shutdown(cancel_futures=True)


def _gathered(waiting: list[Future[Any]], names: Sequence[str], progress: bool) -> list[Any]:
    place = {future: i for i, future in enumerate(waiting)}
    with bar(progress, len(waiting)) as step:
        for future in as_completed(waiting):
            _named(future.result, names[place[future]], step)
    return [future.result() for future in waiting]


def _named(call: Callable[[], Any], name: str, step: Callable[[], None]) -> Any:
    try:
        result = call()
    except Exception as error:
        error.add_note(f"This happened in: {name}.")
        raise
    step()
    return result


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _pool(call: Callable[..., Any], workers: int) -> tuple[Executor | None, str]:
    if workers < 2:
        return None, "one after another"
    if sys.platform == "linux":  # a forked worker has everything already, functions of a notebook too
        context = multiprocessing.get_context("fork")
    else:
        context = multiprocessing.get_context("spawn")
        if not _travels(call):
            words = "the function or a value cannot be sent to another process: put them in a module"
            return ThreadPoolExecutor(
                workers
            ), f"in {workers} threads, which share one core for most of the work ({words})"
    return ProcessPoolExecutor(workers, context, _begin, (call,)), f"in {workers} processes"


def _travels(call: Callable[..., Any]) -> bool:
    """Whether a new process could be given the call: it pickles, and does not refer to a notebook."""
    try:
        data = pickle.dumps(call)
    except Exception:  # anything at all may go wrong in pickling what users pass
        return False
    return b"__main__" not in data or hasattr(sys.modules["__main__"], "__file__")


@contextmanager
def bar(shown: bool, total: int) -> Iterator[Callable[[], None]]:
    """Progress bar on standard error; gives the function that moves it by one."""
    if not shown or total < 2:
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("specifications"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=total)
        yield lambda: progress.advance(task)
