"""Units of time: how many are in a year, and what a figure does when another is asked for."""

from __future__ import annotations

from clemency.records.errors import UsageError

PER_YEAR = {"days": 365.25, "weeks": 365.25 / 7, "months": 12.0, "quarters": 4.0, "years": 1.0}
#: Columns of time at risk.
PERSON_TIME = ("person_time", *(f"person_{unit}" for unit in PER_YEAR))


def converted(unit: str | None, asked: str | None) -> tuple[float, str | None]:
    """What times are multiplied by, and the unit to name.

    Parameters
    ----------
    unit : str or None
        What the times count; None if that is not known.
    asked : str or None
        The unit to show. Where `unit` is not known it is a name only, and the times stay as they are.

    Returns
    -------
    tuple of float and str or None

    Examples
    --------
    >>> converted("months", "years")
    (0.08333333333333333, 'years')
    >>> converted(None, "years")
    (1.0, 'years')
    """
    if asked is None:
        return 1.0, unit
    if asked not in PER_YEAR:
        raise UsageError(f"time_unit={asked!r} is not one of: {', '.join(PER_YEAR)}.")
    if unit is None:
        return 1.0, asked
    if unit not in PER_YEAR:
        raise UsageError(f"The times count {unit}, which cannot be shown in {asked}: leave time_unit= out.")
    return PER_YEAR[asked] / PER_YEAR[unit], asked
