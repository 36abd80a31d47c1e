"""Cases and acts -> cases whose follow-up does not rest on their own acts.

A case that is known because of its act is followed up to the act by nothing else: those who had none are not in the
records, and a rate that counts the act without them is too high.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clemency.cohorts.inputs import Spans
from clemency.records import dates as edtf

# Last statuses that are the beginning of what an act brings about, or the release that came with it.
_RELEASED = ("released_early", "released", "released_on_expiry", "parole")
_BROUGHT = {"medical_parole": ("medical_parole", *_RELEASED)}
# A death is never an act, and whoever died is known to have been there until then.
_ENDS = ("died_in_custody", "executed")


def without_own_acts(cases: pd.DataFrame, acts: pd.DataFrame, spans: Spans, outcomes: Sequence[str]) -> pd.DataFrame:
    """Cases whose status and last sighting rest on something else than their acts among the outcomes.

    Parameters
    ----------
    cases, acts : DataFrame
        Checked, with a fresh index.
    spans : Spans
        Bounds of their dates.
    outcomes : sequence of str

    Returns
    -------
    DataFrame
        The cases; where the last status is an act, it is ``unknown`` and without a date, and where the last sighting is
        the act, it has none.

    Notes
    -----
    The status is the act where it is what the act brings about (medical parole; release or parole for every kind of
    act) and both can be of one day. Any other status but a death, and a sighting, is the act where both are certainly
    of the same day.
    """
    outcome = acts["act_type"].astype("string").isin(list(outcomes)).to_numpy(dtype=bool)
    row, day = spans.row[outcome], spans.act.at(outcome)
    kind = acts["act_type"].astype("string").to_numpy(dtype=object)[outcome]
    status = cases["status"].astype("string").fillna("unknown").to_numpy(dtype=object)[row]
    shown, seen = spans.status.at(row), spans.seen.at(row)
    brought = np.array([s in _BROUGHT.get(k, _RELEASED) for s, k in zip(status, kind, strict=True)], dtype=bool)
    own = np.where(brought, _can_meet(day, shown), _same_day(day, shown) & ~np.isin(status, _ENDS))
    is_act, unseen = _any(own, row, len(cases)), _any(_same_day(day, seen), row, len(cases))
    columns: dict[str, Any] = {"status": cases["status"].astype("string").mask(is_act, "unknown")}
    columns["status_date"] = cases["status_date"].astype(object).mask(is_act, None)
    if "seen_date" in cases:
        columns["seen_date"] = cases["seen_date"].astype(object).mask(unseen, None)
    return cases.assign(**columns)


def _can_meet(one: edtf.Bounds, other: edtf.Bounds) -> NDArray[np.bool_]:
    """Where two dates can be of one day; an open end goes as far as it may, and an unknown date meets nothing."""
    known = [~(np.isnat(s.earliest) & np.isnat(s.latest)) for s in (one, other)]
    apart = (one.earliest > other.latest) | (other.earliest > one.latest)
    return np.asarray(known[0] & known[1] & ~apart)


def _same_day(one: edtf.Bounds, other: edtf.Bounds) -> NDArray[np.bool_]:
    """Where two dates are certainly of one day."""
    sure = (one.earliest == one.latest) & (other.earliest == other.latest)
    return np.asarray(sure & (one.earliest == other.earliest))


def _any(which: NDArray[np.bool_], row: NDArray[Any], n: int) -> NDArray[np.bool_]:
    out = np.zeros(n, dtype=bool)
    np.logical_or.at(out, row, which)
    return out
