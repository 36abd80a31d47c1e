"""A file to write to -> a refusal if it cannot be written, before anything is computed for it."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

from clemency.records.arguments.days import refuse_blank
from clemency.records.errors import UsageError


def check_file(path: str | PathLike[str]) -> None:
    """Refuse a file that cannot be written; nothing is left of the attempt.

    Raises
    ------
    UsageError
        If it is a folder, its folder does not exist, or the system does not let it be written.
    """
    refuse_blank(path, "path")
    target = Path(path)
    try:
        if target.is_dir():
            raise UsageError(f"{target} is a folder. Name a file in it.")
        if not target.parent.is_dir():
            raise UsageError(f"There is no folder {target.parent}. Make it first, or name another.")
        there = target.exists()
        with target.open("ab"):
            pass
        if not there:
            target.unlink()
    except OSError as error:
        raise _refusal(target, error) from None


def _refusal(target: Path, error: OSError) -> UsageError:
    return UsageError(
        f"{target} cannot be written: {error.strerror or error}. Name another place, or change its permissions."
    )
