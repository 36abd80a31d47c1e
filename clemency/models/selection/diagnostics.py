"""Probabilities of loss and the weights made of them -> balance and positivity by period, and warnings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from clemency.models.modelframe.groups import codes
from clemency.models.regression.chances import effective, indicators
from clemency.records.errors import DataError, Problem
from clemency.records.presentation.wording import counted
from clemency.typing import Bools, Floats, Ints

NEAR = 0.1  # a chance of staying below this, or of being lost below a tenth of it, is said to be near 0
LARGE = 10.0
FEW = 5
_BALANCE = (
    "period", "term", "level", "n", "n_lost", "mean_all", "mean_staying", "mean_weighted", "before", "after", "drift",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class WeightedPeriods:
    """q person-periods with their fitted probabilities and weights.

    Attributes
    ----------
    trials : DataFrame, q rows
        First row of each person-period.
    id, period : str
        Its columns.
    lost : ndarray of bool, shape (q,)
    staying : ndarray, shape (q,)
        Chance of not being lost in the period, by the denominator.
    until : ndarray, shape (q,)
        Chance of still being there at its end.
    before, after : ndarray, shape (q,)
        Weights at the beginning of the period, and of those who stay at its end, as used (truncated).
    """

    trials: pd.DataFrame
    id: str
    period: str
    lost: Bools
    staying: Floats
    until: Floats
    before: Floats
    after: Floats


def _periods(weighed: WeightedPeriods) -> list[tuple[object, Ints]]:
    """Periods in their own order (as declared, else sorted), with the places of their person-periods."""
    names = weighed.trials[weighed.period]
    return [(value, np.asarray(at)) for value, at in names.groupby(names, observed=True, sort=True).indices.items()]


def positivity(weighed: WeightedPeriods) -> pd.DataFrame:
    """Chances of staying and weights by period; columns as in `Observation.positivity`."""
    rows = []
    for value, at in _periods(weighed):
        chance, until, weight = weighed.staying[at], weighed.until[at], weighed.before[at]
        rows.append(
            {
                "period": value,
                "n": len(at),
                "n_lost": int(weighed.lost[at].sum()),
                "share_lost": float(weighed.lost[at].mean()),
                "chance_min": float(chance.min()),
                "chance_max": float(chance.max()),
                "near_0": float((chance < NEAR).mean()),
                "near_1": float((chance > 1 - NEAR / 10).mean()),
                "until_min": float(until.min()),
                "until_near_0": float((until < NEAR).mean()),
                "max_weight": float(weight.max()),
                "ess": effective(weight),
            }
        )
    return pd.DataFrame(rows)


def balance(weighed: WeightedPeriods, covariates: Sequence[str], numerator: Sequence[str]) -> pd.DataFrame:
    """Those who stay beside all who were there, by period; columns as in `Observation.balance`."""
    rows = []
    columns = indicators(weighed.trials, [c for c in covariates if c != weighed.period])  # which is one within a period
    for value, at in _periods(weighed):
        stay, w = ~weighed.lost[at], weighed.before[at]
        for term, level, values in columns:
            x = values[at]
            everybody = float(np.average(x, weights=w))
            sd = float(np.sqrt(np.average((x - everybody) ** 2, weights=w)))
            some = bool(stay.any())
            usable = some and sd > 1e-12
            plain = float(np.average(x[stay], weights=w[stay])) if some else np.nan
            weighted = float(np.average(x[stay], weights=weighed.after[at][stay])) if some else np.nan
            before, after = ((plain - everybody) / sd, (weighted - everybody) / sd) if usable else (np.nan, np.nan)
            drift = (float(x.mean()) - everybody) / sd if usable else np.nan
            found = (everybody, plain, weighted, before, after, drift)
            rows.append((value, term, level, len(at), int((~stay).sum()), *found, term in numerator))
    return pd.DataFrame(rows, columns=[*_BALANCE, "numerator"])


def summed_up(balances: pd.DataFrame) -> pd.DataFrame:
    """Mean differences of each covariate over the periods, each counting by its number of people."""
    rows = []
    for (term, level), part in balances.groupby(["term", "level"], sort=False):
        known = part[part["before"].notna() & part["after"].notna()]
        if known.empty:
            continue
        means = [np.average(known[c], weights=known["n"]) for c in ("before", "after")]
        rows.append((term, level, *means, bool(part["numerator"].iloc[0])))
    return pd.DataFrame(rows, columns=["term", "level", "before", "after", "numerator"])


def people(weighed: WeightedPeriods, which: Bools, size: Floats | None = None) -> tuple[int, str]:
    """Number of cases among some person-periods, and the first of them (those of the largest size), in words."""
    at = np.flatnonzero(which)
    order = at if size is None else at[np.argsort(-size[at], kind="stable")]
    names = list(dict.fromkeys(weighed.trials[weighed.id].iloc[order]))
    return len(names), ", ".join(map(str, names[:5])) + (" ..." if len(names) > 5 else "")


def refuse_exploding(weighed: WeightedPeriods, row: Ints, weight: Floats, of: Ints, largest: float | None) -> None:
    """Refuse weights that are not finite or beyond the largest allowed, naming the cases.

    Parameters
    ----------
    weighed : WeightedPeriods
    row, of : ndarray of int, shape (k,)
        Position in the data and person-period of each weight.
    weight : ndarray, shape (k,)
        As used.
    largest : float or None
    """
    bound = np.inf if largest is None else largest
    bad = ~np.isfinite(weight) | (weight > bound)
    if not bad.any():
        return
    worst = np.where(np.isfinite(weight), weight, np.inf)
    peak = pd.Series(worst[bad]).groupby(of[bad]).max()
    size = np.zeros(len(weighed.lost))
    size[peak.index.to_numpy()] = peak.to_numpy()
    n, who = people(weighed, size > 0, size)
    first = int(row[bad][np.argmax(worst[bad])])
    what = f"weights of {counted(n, 'case')} explode, up to {worst.max():.3g} (beyond largest={bound:g}): {who}"
    remedy = (
        "People like these are hardly ever still on record, and the data cannot stand for them: merge or drop the "
        'levels that foretell it, leave such people out and say so, truncate=(0.01, 0.99), or penalty="firth"; '
        "largest= allows more."
    )
    raise DataError([Problem("data", first, "weight", f"{worst.max():.3g}", what, remedy)])


def warnings_of(
    weighed: WeightedPeriods, used: dict[str, tuple[str, ...]], size: int, raw: Floats, of: Ints
) -> pd.DataFrame:
    """Warnings of low probabilities of staying, few losses and large weights: ``term, level, n, message``."""
    rows: list[tuple[str, str, int, str]] = _empty_levels(weighed, used["denominator"])
    for chance, when in ((weighed.staying, "in their period"), (weighed.until, "until then")):
        far = chance < NEAR
        if far.any():
            n, who = people(weighed, far, -chance)
            text = (
                f"the chance of staying {when} is below {NEAR:g} for {counted(n, 'case')}, down to {chance.min():.2g}"
            )
            rows.append(("chance", "", n, f"{text}: positivity is in doubt ({who})"))
            break
    lost = int(weighed.lost.sum())
    if lost < 10 * (size - 1):
        text = f"{counted(lost, 'loss')} for {counted(size - 1, 'covariate column')}: the weights are unstable"
        rows.append(("denominator", "", lost, text))
    if "numerator" in used and raw.max() > LARGE:
        peak = np.zeros(len(weighed.lost))
        np.maximum.at(peak, of, raw)
        n, who = people(weighed, peak > LARGE, peak)
        text = f"weights of {counted(n, 'case')} reach {raw.max():.3g} before truncation ({who})"
        rows.append(("weight", "", n, f"{text}: truncate=, or merge what foretells their loss"))
    extra = [v for v in used.get("numerator", ()) if v not in used["denominator"]]
    rows += [(v, "", 0, "in the numerator but not in the denominator, which the weights then bring in") for v in extra]
    return pd.DataFrame(rows, columns=["term", "level", "n", "message"])


def _empty_levels(weighed: WeightedPeriods, covariates: Sequence[str]) -> list[tuple[str, str, int, str]]:
    """Levels of which nobody stays through some period, and levels of which nobody is ever lost."""
    rows = []
    label = codes(weighed.trials[weighed.period])
    names = pd.unique(weighed.trials[weighed.period])
    for term, level, values in indicators(weighed.trials, [c for c in covariates if c != weighed.period]):
        if not level:
            continue
        inside = values > 0
        n, lost = (np.bincount(label[which], minlength=len(names)) for which in (inside, inside & weighed.lost))
        if not lost.any():
            rows.append((term, level, int(n.sum()), f"nobody is lost in its {counted(n.sum(), 'period')}"))
        for k in np.flatnonzero((n >= FEW) & (lost == n)):
            text = f"nobody of {n[k]} stays through {weighed.period} {names[k]}: the weights cannot stand for them"
            rows.append((term, level, int(n[k]), text))
    return rows
