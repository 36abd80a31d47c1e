"""Errors of a fit of the rows that were left -> the same errors, with those that were left out named first."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from clemency.models.history import History, left_out
from clemency.records.errors import DataError, Problem


@contextmanager
def telling_left_out(read: History) -> Iterator[None]:
    """Let what fails in here say that more than a quarter of the rows were left out, if so.

    A column read the wrong way round leaves few rows, and a model of few rows fails with separation or a constant term:
    true, and no help.
    """
    try:
        yield
    except DataError as error:
        out = int(read.exclusions["n"].sum())
        if 3 * out <= len(read):
            raise
        remedy = "That may be why the fit fails: look at these columns first."
        raise DataError([Problem("data", None, "", "", left_out(read), remedy), *error.problems]) from error
