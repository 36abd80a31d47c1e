"""Errors of a fit of the rows that were left -> the same errors, with those that were left out named first."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from clemency.records.errors import ClemencyError, DataError, Problem

from .design import variables
from .history import as_frame, history, left_out

P = ParamSpec("P")
R = TypeVar("R")

_READ = ("exit", "event", "entry", "strata", "cluster", "weights", "offset")


def telling_left_out(fit: Callable[P, R]) -> Callable[P, R]:
    """Let a fit of ``data`` and ``formula`` say, where it fails, that more than a quarter of the rows were left out.

    A column read the wrong way round leaves few rows, and a model of few rows fails with separation or a constant term:
    true, and no help.
    """
    signature = inspect.signature(fit)

    @functools.wraps(fit)
    def told(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return fit(*args, **kwargs)
        except DataError as error:
            more = _many_left_out(signature.bind(*args, **kwargs).arguments)
            if more is None:
                raise
            raise DataError([more, *error.problems]) from error

    return told


def _many_left_out(given: dict[str, Any]) -> Problem | None:
    try:
        frame = as_frame(given["data"])
        columns: dict[str, Any] = {name: given.get(name) for name in _READ}
        read = history(given["data"], **columns, covariates=variables(given["formula"], frame.columns))
    except ClemencyError:
        return None  # the error came from reading, and names the rows itself
    if 4 * len(read) >= 3 * len(frame):
        return None
    return Problem("data", None, "", "", left_out(read), "That may be why the fit fails: look at these columns first.")
