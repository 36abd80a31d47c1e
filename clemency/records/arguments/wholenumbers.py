"""An argument that is a whole number, such as a seed -> the number, or a refusal that names the argument."""

from __future__ import annotations

from typing import Any

import numpy as np

from clemency.records.errors import UsageError


def whole_number(value: Any, name: str, least: int = 0, most: int | None = None) -> int:
    """Read a whole number.

    Parameters
    ----------
    value : int
        Python's or NumPy's; yes and no are none, and neither are 2.0 and "2".
    name : str
        Of the argument, for an error.
    least, most : int
        What it may be.

    Raises
    ------
    UsageError
        For anything else.

    Examples
    --------
    >>> whole_number(np.int64(3), "seed")
    3
    """
    whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if not whole or value < least or (most is not None and value > most):
        span = f"{least} or more" if most is None else f"{least} to {most:,}"
        raise UsageError(f"{name}={value!r} must be a whole number, {span}.")
    return int(value)
