"""Sums over rows: in blocks that stay in the cache, on two threads where there are many rows, and compiled."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

BLOCK = 4096
#: Rows from which on sums are halved, and two sums made side by side: chosen from timings of the sums alone on two
#: cores. At 20,000 rows the benchmark of whole fits shows no difference.
MANY, SOME = 60_000, 12_000
#: Rows from which on the compiled sums are used. A fit to fewer takes milliseconds, loading them a third of a second;
#: and what report and notebooks give from the shipped cases (at most 4,881 rows) depends in no digit on numba.
COMPILED_FROM = 10_000


@lru_cache(maxsize=1)
def compiled_sums() -> Any | None:
    """Give :mod:`clemency.models.kernel.compiled`, or None where numba is not installed, or does not work."""
    return _tried("try_out")


@lru_cache(maxsize=1)
def compiled_scores() -> Any | None:
    """The same for score residuals, which a fit without robust errors need not wait for."""
    return _tried("try_out_scores")


def _tried(trial: str) -> Any | None:
    collecting = gc.isenabled()
    gc.disable()  # a compiler makes objects that stay: to look for garbage among them takes a sixth of its time
    try:
        from clemency.models.kernel import compiled

        getattr(compiled, trial)()
    except Exception:  # no numba, one too old for this NumPy, no folder for its work, a damaged cache: all fail apart
        return None
    finally:
        if collecting:
            gc.enable()
    return compiled


def kernels_for(n: int) -> Any | None:
    """The compiled sums if there are many rows and numba is installed; None otherwise, and NumPy does the sums."""
    return compiled_sums() if n >= COMPILED_FROM else None


@lru_cache(maxsize=1)
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="clemency")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pool.cache_clear)  # a forked process has the pool, but not its thread


def in_parts(part: Callable[[int, int], Any], n: int) -> Any:
    """Sum ``part(start, stop)`` over rows 0 to n; the halves run side by side where n is large.

    The halves are always cut at the same row, so the result does not depend on timing.
    """
    if n < MANY:
        return part(0, n)
    middle = n // 2 // BLOCK * BLOCK
    second = _pool().submit(part, middle, n)
    return part(0, middle) + second.result()


def both(first: Callable[[], Any], second: Callable[[], Any], n: int) -> tuple[Any, Any]:
    """Results of two calls, side by side where they go over many rows."""
    if n < SOME:
        return first(), second()
    waiting = _pool().submit(second)
    return first(), waiting.result()


def accumulate(table: npt.NDArray[np.float64]) -> None:
    """Replace the rows of a table by their running sums, in place and without a copy of the whole."""
    for i in range(0, len(table), BLOCK):
        block = table[i : i + BLOCK]
        if i:
            block[0] += table[i - 1]
        np.cumsum(block, axis=0, out=block)
