"""Errors that say where something is wrong and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from clemency.records.printable import printable, shortened

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with the data; as text, nothing in it steers a terminal.

    ``row`` counts as an editor does (the header is row 1) in a file, or is the position in a frame. ``severity`` is
    ``warning`` for what can be read and used but can hardly be true.
    """

    file: str
    row: int | None
    column: str
    value: str
    message: str
    remedy: str
    severity: Severity = "error"

    def __str__(self) -> str:
        where = self.file if self.row is None else f"{self.file}, row {self.row}"
        parts = [p for p in (where, self.column, f"'{shortened(self.value)}'" if self.value else "") if p]
        return printable(f"{', '.join(parts)}: {self.message}. {self.remedy}")


class ClemencyError(Exception):
    """Base of every error that the library raises on purpose; its text, whatever data it quotes, steers no terminal."""

    def __init__(self, *args: object) -> None:
        super().__init__(*(printable(a, lines=True) if isinstance(a, str) else a for a in args))


class UsageError(ClemencyError, ValueError):
    """An argument that cannot be honoured."""


class CallError(UsageError, TypeError):
    """A call that does not fit the function: an argument unknown, missing, or given by place where it goes by name."""


class MissingExtraError(UsageError, ImportError):
    """Work that needs a package which is not installed; the text names the extra that brings it."""


class NotPooledError(UsageError, AttributeError):
    """A method that each imputation's result has, and the pooled one has not."""


class DataError(ClemencyError, ValueError):
    """Data that cannot be used as they are.

    Attributes
    ----------
    problems : tuple of Problem
        Everything that was found, not only the first.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        shown = [str(p) for p in self.problems[:5]]
        if len(self.problems) > 5:
            shown.append(f"... and {len(self.problems) - 5} more in .problems")
        super().__init__("\n".join(shown))


class RowError(DataError, UsageError):
    """One row of data, given as an argument, that cannot be used as it is."""


class FetchError(DataError):
    """Public files that could not be had whole and right; nothing wrong is left in their place."""
