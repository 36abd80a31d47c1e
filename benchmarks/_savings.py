"""Months saved in simulated cohorts: people with acts of sizes that hang together, some of them not stated."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

MONTHS = np.array([3.0, 6.0, 8.0, 10.0, 12.0, 18.0, 24.0])  # all equally likely
ALIKE, UNSTATED = 0.5, 1 / 3  # share of acts of a person's usual size, and of those whose size no source states
AT, SAMPLES = 60.0, 999
KINDS = ("studentised", "bca", "percentile")


def sample(frame: pd.DataFrame, rng: np.random.Generator) -> Any:
    """Give the acts of simulated spells a size, and the arrays that the estimator takes."""
    from clemency.models.reductions.aggregate import Sample

    case, act = frame["case"].to_numpy(), frame["act"].to_numpy() == 1
    usual = rng.choice(MONTHS, case.max() + 1)[case]
    size = np.where(rng.random(len(frame)) < ALIKE, usual, rng.choice(MONTHS, len(frame)))
    size = np.where(act & (rng.random(len(frame)) >= UNSTATED), size, np.nan)
    end = frame["end"].isin(["release", "death"]).to_numpy()
    person = np.unique(case, return_inverse=True)[1]
    return Sample(frame["entry"].to_numpy(), frame["exit"].to_numpy(), person, act, end, size)


def found(s: Any, truth: dict[str, float], label: str, seed: int) -> Iterator[tuple]:
    """Both quantities with each kind of limits."""
    from clemency.models.reductions.aggregate import months_of
    from clemency.models.reductions.bootstrap import drawn_people, limits_of, studentised, without_each

    n = len(s.entry)
    here = months_of(s, AT, errors=True)
    drawn = months_of(s, AT, drawn_people(s.n_persons, SAMPLES, (seed, 0), n), errors=True)
    without = months_of(s, AT, without_each(s.n_persons, n))
    for key, error, name in (("rate", "error", "per prisoner-year"), ("total", "total_error", "by 60 months")):
        value, values = float(getattr(here, key)[0]), getattr(drawn, key)
        for kind in KINDS:
            if kind == "studentised":
                own = (float(getattr(here, error)[0]), values, getattr(drawn, error))
                low, high = studentised(value, *own, 0.95)
            else:
                low, high = limits_of(value, values, getattr(without, key), kind, 0.95)
            yield f"months_saved, {kind}{label}", name, truth[key], value, float(np.nanstd(values, ddof=1)), low, high
