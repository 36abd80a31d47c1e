"""Spells and the options of a curve -> a history, refusals, and warnings about curves that are easily misread."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from clemency.models.kernel.paths import Path
from clemency.models.modelframe.frames import Table
from clemency.models.modelframe.groups import codes
from clemency.models.modelframe.history import History, Names, history, refuse_taken
from clemency.models.modelframe.status import CENSORED
from clemency.models.regression.limits import check_scale
from clemency.records.errors import UsageError
from clemency.records.presentation.wording import act_name, agreed, counted, listed
from clemency.typing import Bools, Floats, Ints

_TAKEN = (
    *("time", "outcome", "at_risk", "n_event", "estimate", "std_error", "ci_low", "ci_high", "reference", "p"),
    *("quantile", "until", "statistic", "p_value", "critical"),
)
_MOST_NAMED = 5
_MEAN_NUMBER = (
    "use cl.recurrence() for the mean number of acts, or make the cohort with recurrent=False for the time to the "
    "first (gap_time() for that from act to act)."
)


def refuse_with_intervals(**given: str | None) -> None:
    """Refuse arguments that have no meaning for times known as intervals."""
    for name, value in given.items():
        if value is not None and (name, value) not in (("conf_type", "log-log"), ("censored", CENSORED)):
            raise UsageError(
                f"{name}= has no meaning for intervals (lower=, upper=), whose limits come from the likelihood: leave "
                "it out."
            )


def read(
    given: Table, variance: str | None, by: Names, cluster: str | None, plain: str = "greenwood", **columns: Any
) -> tuple[History, str]:
    """Read the spells of a curve (`columns` as for `history`), and settle the variance: `plain`, or robust."""
    if variance not in (None, plain, "robust"):
        raise UsageError(f"variance={variance!r} is not one of: {plain}, robust.")
    if variance == plain and cluster is not None:
        raise UsageError(f"variance={plain!r} contradicts cluster=: leave one of them out.")
    if cluster is not None and not isinstance(cluster, str):
        raise UsageError("cluster= must name one column.")
    if cluster is None and variance != plain:
        cluster = given.person
    refuse_taken(by, _TAKEN)
    h = history(given, by=by, cluster=cluster, **columns)
    refuse_recurrent(given, h, _MEAN_NUMBER)
    return h, variance or (plain if cluster is None and h.counted else "robust")


def check_type(conf_type: str, ci_level: float) -> None:
    """Refuse unknown scales of limits and impossible confidence levels."""
    check_scale(conf_type)
    if not 0 < ci_level < 1:
        raise UsageError("ci_level must lie between 0 and 1, such as 0.95.")


def cases(given: Table, h: History) -> Ints | None:
    """Codes of the cases of a cohort's spells, shape (n,); None for a frame, which does not identify cases."""
    return None if given.case is None else codes(given.frame[given.case].iloc[h.rows])


def refuse_recurrent(given: Table, h: History, remedy: str) -> None:
    """Refuse a cohort in which a case is followed on the same clock after an event.

    Parameters
    ----------
    given : Table
    h : History
        Of the table.
    remedy : str
        What to do instead.
    """
    case = cases(given, h)
    if case is None or h.entry is None:
        return
    order = np.lexsort((h.exit, case))
    same = case[order][1:] == case[order][:-1]
    later = h.entry[order][1:] >= h.exit[order][:-1]  # gap times begin at 0 again
    wrong = np.flatnonzero(same & later & (h.event[order][:-1] > 0))
    if len(wrong):
        number = len(np.unique(case[order[wrong]]))
        raise UsageError(
            f"case_id: in {counted(number, 'case')} an event is not its last spell's (row "
            f"{h.index[order[wrong[0]]]}), as in a "
            f"cohort made with recurrent=True: {remedy}"
        )


def warnings_of(given: Table, h: History, path: Path, outcomes: Sequence[str] = ()) -> pd.DataFrame:
    """Warn of curves that an emptied risk set fixes or that have no event, of cases that change group, of names alike.

    Parameters
    ----------
    given : Table
    h : History
        Of the table.
    path : Path
        Any curve of `h` in which every event ends the counting.
    outcomes : sequence of str
        Kinds of event of which there are curves.

    Returns
    -------
    DataFrame
        ``group, time, message``.
    """
    alike = [{"group": "", "time": np.nan, "message": f"{message}."} for message in h.alike]
    return pd.DataFrame(
        [*_emptied(h, path), *_unseen(h, outcomes), *_moved(given, h), *alike], columns=["group", "time", "message"]
    )


def _emptied(h: History, path: Path) -> list[dict[str, Any]]:
    """Groups in which everybody at risk had an event while others entered later."""
    found, sets = [], path.sets
    for g, (i, j) in enumerate(itertools.pairwise(sets.first)):
        emptied = sets.time[i:j][path.n_free[i:j] <= 0]
        if not len(emptied):
            continue
        own = h.groups.code == g
        emptied = emptied[emptied < h.exit[own].max()]
        if not len(emptied):
            continue
        first, last = float(emptied[0]), float(emptied[-1])
        name = h.groups.names()[g] if h.groups.columns else ""
        later = int((h.exit[own] > first).sum())
        message = (
            f"{name + ': ' if name else ''}all at risk at {first:g} had an event then, so that the curve stays where "
            f"it is whatever happens to the {counted(later, 'spell')} that {agreed(later, 'enter')} later. Read it "
            f"up to {first:g} only, or begin at "
            f"{last:g}, after which the risk set no longer empties: for a curve of those without an event by then, "
            f"take rows with {h.columns['exit']} above {last:g} and raise {h.columns['entry']} to {last:g} where it is "
            "lower."
        )
        found.append({"group": name, "time": first, "message": message})
    return found


def _unseen(h: History, outcomes: Sequence[str]) -> list[dict[str, Any]]:
    """Kinds of event that happened to nobody, or to nobody of some groups."""
    found = []
    for name, code in zip(outcomes, h.code_of(outcomes), strict=True):
        none = np.flatnonzero(np.bincount(h.groups.code[h.event == code], minlength=len(h.groups)) == 0)
        if not len(none):
            continue
        groups = [h.groups.names()[g] for g in none] if h.groups.columns else []
        more = [f"{len(groups) - _MOST_NAMED} more"] if len(groups) > _MOST_NAMED else []
        where = f" in {listed([*groups[:_MOST_NAMED], *more])}" if groups else ""
        message = (
            f"no {act_name(name)} was seen{where}, so that its incidence{' there' if where else ''} is 0 without a "
            "standard error and limits; that does not say that there can be none. cl.rates gives exact limits for no "
            "event."
        )
        found.append({"group": groups[0] if len(groups) == 1 else "", "time": np.nan, "message": message})
    return found


def _moved(given: Table, h: History) -> list[dict[str, Any]]:
    """Whether cases are in several groups, one after the other."""
    case = cases(given, h)
    if case is None or len(h.groups) < 2:
        return []
    number = int((pd.Series(h.groups.code).groupby(case).nunique() > 1).sum())
    if not number:
        return []
    message = (
        f"{counted(number, 'case')} {agreed(number, 'change')} group: those who leave a group count as censored in "
        "it and enter the other late. Each "
        "curve is that of somebody who stays in the group throughout, not the share of any people; cl.cox and "
        "cl.fine_gray compare such groups."
    )
    return [{"group": "", "time": np.nan, "message": message}]


def without_error(variance: Floats, scale: float) -> Bools:
    """Which variances are zero up to rounding, so that there is no standard error; missing ones do not count.

    Parameters
    ----------
    variance : ndarray, shape (G,)
        Of shares, or of areas below a curve.
    scale : float
        1 for shares, months for areas.
    """
    return np.asarray(variance <= 1e-24 * scale**2)


def uncompared(given: Table, h: History, covariance: Floats) -> pd.DataFrame:
    """Groups without rows or never at risk together with another group at an event, and names that look alike.

    Parameters
    ----------
    given : Table
    h : History
        Of the table.
    covariance : ndarray, shape (K, K)
        Of observed less expected; a group that nothing is known of has none.

    Returns
    -------
    DataFrame
        ``group, message``.
    """
    found = []
    if len(h.exclusions):
        columns = list(h.groups.columns)
        there = given.frame[columns].dropna().drop_duplicates()
        every = dict.fromkeys(", ".join(str(v) for v in row) for row in there.itertuples(index=False))
        left = set(h.groups.names())
        found = [(g, "none of its rows is left: it is not in the test") for g in sorted(every) if g not in left]
    spread = np.diag(covariance)
    alone = np.flatnonzero(spread <= 1e-20 * max(float(spread.max(initial=0)), 1e-300))
    names = h.groups.names()
    why = (
        "at no event was anyone of it at risk beside another group: it is not compared, and gives no degree of freedom"
    )
    alike = [("", message) for message in h.alike]
    return pd.DataFrame([*found, *((names[k], why) for k in alone), *alike], columns=["group", "message"])
