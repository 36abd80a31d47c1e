"""Terms of imprisonment -> the day on which they end.

A fixed term runs from the first day of custody, because each day held before the judgment counts as
a day of the term (Criminal Law art. 47). A life sentence commuted to a fixed term runs from the day
of the ruling (art. 80).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

DAYS_PER_MONTH = 365.25 / 12


def add_months(day: ArrayLike, months: ArrayLike) -> NDArray[np.datetime64]:
    """Move days by calendar months.

    Parameters
    ----------
    day : array_like of datetime64[D], shape (n,)
        Days; NaT stays NaT.
    months : array_like of float, shape (n,)
        Months to add. A part of a month is added as days of 365.25/12 to the month, rounded.

    Returns
    -------
    ndarray of datetime64[D], shape (n,)
        The same day of the later month, or the last day of that month where it is shorter.

    Examples
    --------
    >>> add_months(["2014-01-31", "2014-10-01"], [1, 72])
    array(['2014-02-28', '2020-10-01'], dtype='datetime64[D]')
    """
    start = np.atleast_1d(np.asarray(day, dtype="datetime64[D]"))
    amount = np.atleast_1d(np.asarray(months, dtype=float))
    start, amount = np.broadcast_arrays(start, amount)
    known = ~np.isnat(start) & np.isfinite(amount)
    result = np.full(start.shape, np.datetime64("NaT", "D"))
    whole = np.floor(amount[known])
    part = np.rint((amount[known] - whole) * DAYS_PER_MONTH).astype("timedelta64[D]")
    month = start[known].astype("datetime64[M]")
    offset = start[known] - month.astype("datetime64[D]")
    target = month + whole.astype("timedelta64[M]")
    last = (target + 1).astype("datetime64[D]") - np.timedelta64(1, "D")
    result[known] = np.minimum(target.astype("datetime64[D]") + offset, last) + part
    return result


def term_end(start: ArrayLike, months: ArrayLike) -> NDArray[np.datetime64]:
    """Last day of a term that starts on a given day.

    Parameters
    ----------
    start : array_like of datetime64[D], shape (n,)
        First day that counts towards the term.
    months : array_like of float, shape (n,)
        Length of the term in months, cuts already taken off.

    Returns
    -------
    ndarray of datetime64[D], shape (n,)
        The day before the same date `months` later: six years from 1 October 2014 end on
        30 September 2020.

    References
    ----------
    Criminal Law of the People's Republic of China, art. 47.

    Examples
    --------
    >>> term_end("2014-10-01", 72)
    array(['2020-09-30'], dtype='datetime64[D]')
    """
    return add_months(start, months) - np.timedelta64(1, "D")
