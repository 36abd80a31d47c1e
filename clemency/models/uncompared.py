"""A test of groups -> those of the data that it does not compare, each with the reason."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from clemency.models.history import History, as_frame
from clemency.models.riskset import Floats


def uncompared(data: Any, h: History, covariance: Floats) -> pd.DataFrame:
    """Groups without a row that is left, or never at risk beside another one at an event, and names that look alike.

    Parameters
    ----------
    data : Cohort or any table
    h : History
        Of `data`.
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
        there = as_frame(data)[columns].dropna().drop_duplicates()
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
