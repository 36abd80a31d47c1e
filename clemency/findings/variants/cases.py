"""The first cut of a life sentence before and after 2017, under other choices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from clemency.cohorts.build import cohort
from clemency.findings.material import Material
from clemency.findings.robustness import Stress, limits, table_of, verdicts_of
from clemency.inference.sensitivity import ratio_limits

CHANGE, SEEN = "2017-01-01", "2026-10-31"
CUTS = ("commutation_life_to_fixed", "sentence_reduction")
MONTH = 365.25 / 12
POLITICAL = ("endangering_state_security", "counterrevolution")


def spells_under_life(material: Material, families: Sequence[str] | None, **options: Any) -> pd.DataFrame:
    """Time from a life sentence to its first cut, another end, or the last that is known.

    Parameters
    ----------
    material : Material
    families : sequence of str or None
        Charge families; all if None.
    **options
        Passed to `cohort`.

    Returns
    -------
    DataFrame
        ``case_id, origin, exit`` (months), ``event, change`` (months from the sentence to the change of rules).
    """
    cases, acts = material.table("cases"), material.table("acts")
    if families is not None:
        cases = cases[cases["charge_family"].isin(families)]
        acts = acts[acts["case_id"].isin(cases["case_id"])]
    kwargs = {"outcome": CUTS, "sentence_types": "life", "clock": "sentence", "entry": "sentence", **options}
    s = cohort(cases, acts, **kwargs).spells
    change = (np.datetime64(CHANGE) - s["origin"].to_numpy().astype("datetime64[D]")) / np.timedelta64(1, "D") / MONTH
    return s[["case_id", "origin", "entry", "exit", "event"]].assign(change=change)


def before_and_after(spells: pd.DataFrame, wait: tuple[float, float] = (0, 0)) -> pd.DataFrame:
    """First cuts and person-months on either side of the change.

    Parameters
    ----------
    spells : DataFrame
        ``entry, exit, event, change`` in months from the sentence.
    wait : tuple of float
        Months after the sentence at which counting starts, before and after the change.

    Returns
    -------
    DataFrame
        Rows ``before`` and ``after``: ``cuts, months, persons``.

    Examples
    --------
    >>> two = pd.DataFrame({"entry": [0.0, 0.0], "exit": [30.0, 50.0], "change": [40, 20]})
    >>> before_and_after(two.assign(event=["sentence_reduction", "censored"]))["months"].tolist()
    [50.0, 30.0]
    """
    start, end, change = (spells[c].to_numpy(dtype=float) for c in ("entry", "exit", "change"))
    cut = spells["event"].isin(CUTS).to_numpy()
    before = np.clip(np.minimum(end, change) - np.maximum(start, wait[0]), 0, None)
    after = np.clip(end - np.maximum(np.maximum(start, change), wait[1]), 0, None)
    rows = []
    for time, inside in ((before, (end <= change) & (end > wait[0])), (after, (end > change) & (end > wait[1]))):
        rows.append(((cut & inside).sum(), time.sum(), (time > 0).sum()))
    return pd.DataFrame(rows, index=["before", "after"], columns=["cuts", "months", "persons"])


def _row(variant: str, spells: pd.DataFrame, note: str = "", wait: tuple[float, float] = (0, 0)) -> tuple:
    t = before_and_after(spells, wait)
    (d0, m0, p0), (d1, m1, p1) = (t.loc[k].tolist() for k in ("before", "after"))
    low, high = (float(v[0]) for v in ratio_limits([d1], [m1], [d0], [m0]))
    text = f"{d0:.0f} cuts in {m0 / 12:.0f} years of {p0:.0f} before, {d1:.0f} in {m1 / 12:.0f} of {p1:.0f} after"
    return (variant, d0 + d1, d1 / m1 / (d0 / m0), low, high, high < 1, text + (f"; {note}" if note else ""))


def first_cut_on_life(material: Material | None = None) -> Stress:
    """Whether first cuts of life sentences have become rarer since the provisions of 2016 came into force.

    Parameters
    ----------
    material : Material, optional
        The shipped tables by default.

    Returns
    -------
    Stress
        Ratios of the rate of first cuts, after 2017-01-01 against before, with exact limits given the number of cuts.

    Notes
    -----
    Each case is at risk from its sentence; a case enters the time after 2017 only if it was still without a cut then.
    Leaving prison otherwise ends the time at risk. Cases without a date of sentence, or with a cut that
    has no date, are left out.
    """
    material = material or Material()
    own = POLITICAL[:1]
    ess = spells_under_life(material, own)
    in_custody = ess["event"] == "censored"
    last = (np.datetime64(SEEN) - ess["origin"].to_numpy().astype("datetime64[D]")) / np.timedelta64(1, "D") / MONTH
    longer = ess.assign(exit=ess["exit"].where(~in_custody, last))
    alone = "a later cut without a date then leaves nobody out"
    wait = "counted from 24 months after the sentence, since 2017 from 36"
    early, late = (spells_under_life(material, own, dates=end) for end in ("earliest", "latest"))
    rows = [
        _row("state security", ess),
        _row("state security, after the least wait", ess, wait, (24, 36)),
        _row("dates at their earliest", early),
        _row("dates at their latest", late),
        _row("with counterrevolution", spells_under_life(material, POLITICAL)),
        _row("with it, commutations alone", spells_under_life(material, POLITICAL, outcome=CUTS[:1]), alone),
        _row("all life sentences", spells_under_life(material, None)),
        _row("held to the end of 2026-10", longer, "who is not known to have left is taken to be held without a cut"),
    ]
    claim = "First cuts of life sentences for state security have become rarer since 2017."
    measure = "ratio of rates of a first cut, after against before"
    table = table_of(rows)
    cases = material.table("cases")
    known = int((cases["charge_family"].isin(own) & (cases["sentence_type"] == "life")).sum())
    return Stress("duihua-2016-rules", claim, measure, table, _said((ess, early, late), known, table), 1.0)


def _said(dated: Sequence[pd.DataFrame], known: int, table: pd.DataFrame) -> str:
    """Conclusion from the spells with dates at their middle, earliest and latest."""
    ess = dated[0]
    waits = ess.loc[ess["event"].isin(CUTS), "exit"]
    long, after = (waits >= 36).sum(), [before_and_after(s).loc["after", "cuts"] for s in dated]
    spread = f"{min(after)} to {max(after)} of them since 2017, depending on where in its interval a date lies"
    since = spread if min(after) < max(after) else f"{after[0]} of them since 2017"
    open_ = ((table["ci_low"] <= 1) & (table["ci_high"] >= 1)).all()
    show = ": the records neither show nor exclude that the rule changed anything" if open_ else ""
    return (
        f"{len(ess)} of {known} state security prisoners with life sentences have the dates needed; they had "
        f"{len(waits)} first cuts, {since}; the ratio of rates is "
        f"{limits(next(table.itertuples()))}. That cuts have become rarer {verdicts_of(table)}. The shortest wait was "
        f"{waits.min():.0f} months, {'' if waits.min() > 24 else 'not '}longer than the 24 asked for until 2016, and "
        f"{long} of {len(waits)} waited the 36 asked for since{show}. Cases are often known through the cut itself, "
        "which makes early cuts look frequent."
    )
