"""Curves and hazard ratios where who is about to have an act drops out of the records, and the truth is known.

Illness at the beginning of a quarter goes with the act and with being lost. An act comes with a rate that illness
raises, the same for two groups; illness is as common in both, but in one of them the ill drop out of sight. The hazard
ratio of the groups is therefore 1 and the curve of both the same if everybody is followed; among those who stay on
record the groups differ. Given illness, being lost says nothing about the act.
"""

from __future__ import annotations

import platform
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

from clemency.models import cox, observation_weights, survival

QUARTERS, LENGTH, HORIZON = 20, 3.0, 48.0
ACT = (0.006, 0.05)  # rates a month of those who are well and of those who are ill
LOST = ((0.005, 0.06), (0.02, 0.02))  # of group 0, of group 1
BECOMES, STAYS = 0.10, 0.85  # chance to be ill in the next quarter of those who are well and of those who are ill
MODELS = ("everybody followed", "as recorded", "weighted", "weighted, truncated")


def sample(rng: np.random.Generator, people: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Person-quarters of one sample, as everybody would have been followed and as recorded.

    Both have ``id, period, entry, exit, group, ill, event``; the second has ``lost``.
    """
    group = np.arange(people) % 2
    ill = rng.random(people) < 0.2
    alive, seen = np.ones(people, dtype=bool), np.ones(people, dtype=bool)
    whole, recorded = [], []
    for k in range(QUARTERS):
        start = k * LENGTH
        act = rng.exponential(1 / np.where(ill, ACT[1], ACT[0]))
        gone = rng.exponential(1 / np.array(LOST)[group, ill.astype(int)])
        event = act <= LENGTH
        frame = pd.DataFrame({"id": np.arange(people), "period": k, "entry": start, "group": group, "ill": ill * 1})
        whole.append(frame.assign(exit=start + np.minimum(act, LENGTH), event=event * 1)[alive])
        lost = gone < np.minimum(act, LENGTH)
        stop = np.minimum(np.minimum(act, gone), LENGTH)
        recorded.append(frame.assign(exit=start + stop, event=(event & ~lost) * 1, lost=lost * 1)[alive & seen])
        alive, seen = alive & ~event, seen & ~lost
        ill = rng.random(people) < np.where(ill, STAYS, BECOMES)
    return pd.concat(whole, ignore_index=True), pd.concat(recorded, ignore_index=True)


def truth() -> float:
    """Share of either group without an act at the horizon, if everybody is followed."""
    well, ill = 0.8, 0.2
    for _ in range(int(HORIZON / LENGTH)):
        well, ill = well * np.exp(-ACT[0] * LENGTH), ill * np.exp(-ACT[1] * LENGTH)
        well, ill = well * (1 - BECOMES) + ill * (1 - STAYS), well * BECOMES + ill * STAYS
    return float(well + ill)


def fits(whole: pd.DataFrame, recorded: pd.DataFrame) -> dict[str, dict[str, tuple[float, float, float, float]]]:
    """Log hazard ratio and the curve of group 0 at the horizon, each with error and limits, by way of analysis."""
    data = {"everybody followed": whole.assign(weight=1.0), "as recorded": recorded.assign(weight=1.0)}
    for name, truncate in (("weighted", None), ("weighted, truncated", (0.01, 0.99))):
        found = observation_weights(
            recorded, "C(group)", "C(group) * ill", period="period", lost="lost", id="id", truncate=truncate
        )
        data[name] = recorded.assign(weight=found.weights)
    out = {}
    for name, d in data.items():
        named = {"entry": "entry", "exit": "exit", "event": "event", "cluster": "id", "weights": "weight"}
        ratio = cox(d, "group", **named).tidy().iloc[0]
        curve = survival(d[d["group"] == 0], variance="robust", **named).at([HORIZON]).iloc[0]
        columns = ["estimate", "std_error", "ci_low", "ci_high"]
        out[name] = {"log_ratio": tuple(ratio[columns]), "share": tuple(curve[columns])}
    return out


def study(samples: int = 300, people: int = 600, seed: int = 20261126) -> pd.DataFrame:
    """Bias and coverage of each way of analysis."""
    rng = np.random.default_rng(seed)
    made = [fits(*sample(rng, people)) for _ in range(samples)]
    true = {"log_ratio": 0.0, "share": truth()}
    rows = []
    for quantity, value in true.items():
        for model in MODELS:
            b, se, low, high = np.array([m[model][quantity] for m in made]).T
            rows.append(
                {
                    "quantity": quantity,
                    "model": model,
                    "true": value,
                    "samples": samples,
                    "people": people,
                    "mean": b.mean(),
                    "bias": b.mean() - value,
                    "bias_error": b.std(ddof=1) / np.sqrt(samples),
                    "spread": b.std(ddof=1),
                    "mean_error": se.mean(),
                    "coverage": ((low <= value) & (value <= high)).mean(),
                }
            )
    return pd.DataFrame(rows)


def run(results: Path) -> None:
    """Write the table."""
    began = time.perf_counter()
    found = study()
    found.to_csv(results / "observation.csv", index=False, float_format="%.4g")
    note = f"seed 20261126; Python {platform.python_version()}, numpy {np.__version__}\n"
    (results / "observation_versions.txt").write_text(note)
    print(found.to_string(index=False, float_format=lambda v: f"{v:.3f}"))
    print(f"{time.perf_counter() - began:.0f} s", file=sys.stderr)
