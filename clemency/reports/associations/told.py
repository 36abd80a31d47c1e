"""Ratios with the acts behind them -> which of them may be told as a finding, by one rule for every section."""

from __future__ import annotations

import pandas as pd

from clemency.reports.inputs import FEW

__all__ = ["excludes_1", "known", "told"]


def known(frame: pd.DataFrame) -> pd.Series:
    """Whether at least five acts stand behind a ratio and behind what it is compared with; others are drawn hollow.

    Parameters
    ----------
    frame : DataFrame
        ``term, n_event, reference``, as from `hazards.forest_frame`. A reference is known if its own acts suffice.
    """
    few = frame["n_event"] < FEW
    reference = frame["reference"].astype(bool)
    short = frame.loc[few & reference, "term"]
    return ~few & (reference | ~frame["term"].isin(short))


def excludes_1(frame: pd.DataFrame) -> pd.Series:
    """Whether the limits of a ratio leave 1 outside: ``ci_low, ci_high``."""
    return (frame["ci_low"] > 1) | (frame["ci_high"] < 1)


def told(frame: pd.DataFrame) -> pd.Series:
    """Whether a ratio may be told as a finding: it is known, and its limits exclude 1."""
    return known(frame) & excludes_1(frame) & ~frame["reference"].astype(bool)
