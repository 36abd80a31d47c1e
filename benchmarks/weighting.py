"""Weighted, plain and adjusted Cox models where confounding changes over time and the marginal effect is known.

The design follows Young, Hernán, Picciotto and Robins (Lifetime Data Analysis 16, 2010, 71-84): every person has a time
T0 at which the event would come without treatment, exponential with rate R. Illness at the beginning of a period is
likelier for those with a short T0 and after illness, and rarer after treatment. Treatment starts with a chance that
depends on illness only, so that given the past it says nothing about T0. Treated time runs exp(b) times as fast, so
that under any fixed course of treatment the hazard is R exp(b) while treated: the marginal hazard ratio is exp(b).
Adjusting for illness is biased as well: it is a consequence of treatment and has a cause in common with the event.
"""

from __future__ import annotations

import platform
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import special

from clemency.models import cox, treatment_weights

RATE, PERIODS, LENGTH = 0.02, 10, 6.0
MODELS = ("plain", "adjusted", "weighted", "weighted, truncated")


def sample(rng: np.random.Generator, people: int, log_ratio: float) -> pd.DataFrame:
    """Person-periods of one sample: ``id, period, entry, exit, ill, raised, event``."""
    t0 = rng.exponential(1 / RATE, people)
    ill, raised = np.zeros(people), np.zeros(people)
    used, alive = np.zeros(people), np.ones(people, dtype=bool)  # untreated time used up so far
    parts = []
    for k in range(PERIODS):
        ill = (rng.random(people) < special.expit(-2 + 2.0 * (t0 < 30) + ill - 1.0 * raised)).astype(float)
        starts = rng.random(people) < special.expit(-3 + 1.8 * ill)
        raised = np.maximum(raised, starts)
        speed = np.exp(log_ratio * raised)
        left = (t0 - used) / speed
        event = left <= LENGTH
        stay = np.minimum(left, LENGTH)
        frame = pd.DataFrame({"id": np.arange(people), "period": k, "entry": k * LENGTH, "exit": k * LENGTH + stay})
        parts.append(frame.assign(ill=ill, raised=raised.astype(int), event=event.astype(int))[alive])
        used, alive = used + LENGTH * speed, alive & ~event
    return pd.concat(parts, ignore_index=True)


def fits(d: pd.DataFrame) -> dict[str, tuple[float, float, float, float]]:
    """Log hazard ratio, its error and limits by each model, and nothing else."""
    columns = {"entry": "entry", "exit": "exit", "event": "event", "cluster": "id"}
    found = {"plain": cox(d, "raised", **columns), "adjusted": cox(d, "raised + ill", **columns)}
    for name, truncate in (("weighted", None), ("weighted, truncated", (0.01, 0.99))):
        w = treatment_weights(
            d, "entry", "entry + ill", exposure="raised", period="period", id="id", truncate=truncate
        ).weights
        found[name] = cox(d.assign(weight=w), "raised", weights="weight", **columns)
    rows = {k: f.tidy().iloc[0] for k, f in found.items()}
    return {k: (r["estimate"], r["std_error"], r["ci_low"], r["ci_high"]) for k, r in rows.items()}


def study(samples: int = 300, people: int = 500, seed: int = 20261125) -> pd.DataFrame:
    """Bias and coverage of each model, by the true log hazard ratio."""
    rows = []
    for log_ratio in (0.0, 0.7):
        rng = np.random.default_rng(seed)
        made = [fits(sample(rng, people, log_ratio)) for _ in range(samples)]
        for model in MODELS:
            b, se, low, high = np.array([m[model] for m in made]).T
            rows.append(
                {
                    "log_ratio": log_ratio,
                    "model": model,
                    "samples": samples,
                    "people": people,
                    "mean": b.mean(),
                    "bias": b.mean() - log_ratio,
                    "bias_error": b.std(ddof=1) / np.sqrt(samples),
                    "spread": b.std(ddof=1),
                    "mean_error": se.mean(),
                    "coverage": ((low <= log_ratio) & (log_ratio <= high)).mean(),
                }
            )
    return pd.DataFrame(rows)


def run(results: Path) -> None:
    """Write the table."""
    began = time.perf_counter()
    found = study()
    found.to_csv(results / "weighting.csv", index=False, float_format="%.4g")
    note = f"seed 20261125; Python {platform.python_version()}, numpy {np.__version__}\n"
    (results / "weighting_versions.txt").write_text(note)
    print(found.to_string(index=False, float_format=lambda v: f"{v:.3f}"))
    print(f"{time.perf_counter() - began:.0f} s", file=sys.stderr)
