"""Calendars of events that have no effect: how often the placebo test finds one all the same."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

YEARS = 20
DAYS = int(365.25 * YEARS)
DRAWS = 329  # (1 + 329) / 20 is no whole number, so that p < 0.05 means what it says


def cohort(rng: np.random.Generator, n: int, together: bool, rising: float = 0.0):
    """Cohort of n people who come and go over twenty years, about a fifth of them with an act.

    Parameters
    ----------
    rng : Generator
    n : int
    together : bool
        Acts fall on a few days on which many are announced, each soon after the one before it: they hang together.
    rising : float
        Logarithm of the ratio of the rate of acts at the end to that at the beginning.
    """
    from clemency.cohorts.cohort import Cohort
    from clemency.cohorts.rules import Rules

    origin = rng.integers(0, DAYS - 400, n)
    length = np.minimum(rng.integers(300, 3000, n), DAYS - origin)
    day = np.arange(DAYS)
    rate = np.exp(rising * day / DAYS)
    if together:
        rate = rate * np.bincount(np.clip(bunches(rng, 12, 6, 60), 0, DAYS - 1), minlength=DAYS)
    hazard = np.r_[0.0, np.cumsum(rate)]
    hazard *= 0.2 * n / np.sum(hazard[origin + length] - hazard[origin])
    ends = np.searchsorted(hazard, hazard[origin] + rng.exponential(size=n), side="left")
    act = ends <= origin + length
    last = np.where(act, np.maximum(ends, origin + 1), origin + length)
    month = 365.25 / 12
    spells = pd.DataFrame({"case_id": np.arange(n).astype(str), "person_id": np.arange(n).astype(str)})
    spells = spells.assign(entry=0.0, exit=(last - origin) / month)
    spells["event"] = pd.Categorical.from_codes(act.astype(int), ["censored", "act"])
    spells["origin"] = np.datetime64("1995-01-01") + origin.astype("timedelta64[D]")
    rules = Rules(("act",), (), "custody", "custody", None, ("fixed",), "documented", "midpoint", False)
    return Cohort(spells, pd.DataFrame({"case_id": [], "reason": []}), rules, n)


def bunches(rng: np.random.Generator, bunch: int, each: int, apart: float) -> np.ndarray:
    """Days of events that come in bunches, `apart` days between one and the next on average."""
    start = rng.integers(0, DAYS, bunch)
    return np.concatenate([s + np.cumsum(rng.exponential(apart, each)).astype(int) for s in start])


def dated(day: np.ndarray) -> pd.DataFrame:
    kept = day[(day >= 0) & (day < DAYS)]
    return pd.DataFrame({"date": (np.datetime64("1995-01-01") + kept.astype("timedelta64[D]")).astype(str)})


def tests(rng: np.random.Generator) -> Iterator[tuple[str, float]]:
    """P values where events have no effect."""
    from clemency.models import placebo

    few = dated(rng.integers(0, DAYS, 6))
    yield "placebo, shift, 6 events", p_value(placebo, cohort(rng, 300, False), few, rng)
    together = dated(bunches(rng, 6, 5, 90))
    acts = cohort(rng, 300, True)
    yield "placebo, shift, bunches of events and of acts", p_value(placebo, acts, together, rng)
    yield "placebo, gaps, bunches of events and of acts", p_value(placebo, acts, together, rng, scheme="gaps")
    share = rng.random(60) ** 0.5  # events a year rise in proportion to time, and acts become more frequent too
    trend = dated((DAYS * share).astype(int)[:20])
    yield "placebo, shift, events and acts both rising", p_value(placebo, cohort(rng, 300, False, 2.0), trend, rng)


def p_value(placebo, made, events: pd.DataFrame, rng: np.random.Generator, **how) -> float:
    more = {"repetitions": DRAWS, "seed": int(rng.integers(1 << 31))} if how else {}
    return float(placebo(made, events, window="180D", **how, **more).tidy()["p_value"].iloc[0])
