"""Write the simulated data of the Fine-Gray reference fits to tests/reference/finegray/*.csv.

Run from the root of the repository: ``python tests/reference/finegray_data.py``; then
``Rscript tests/reference/finegray.R``.
"""

from pathlib import Path

import numpy as np
import pandas as pd

OUT = Path("tests/reference/finegray")


def simulate(seed: int, n: int, whole_months: bool, delayed: bool) -> pd.DataFrame:
    """Simulate two competing events under censoring, with strata, weights and groups."""
    rng = np.random.default_rng(seed)
    x, g, s = rng.normal(size=n).round(3), rng.choice(["a", "b", "c"], n), rng.integers(1, 3, n)
    rates = np.column_stack([0.05 * np.exp(0.5 * x + 0.3 * (g == "b")), 0.04 * np.exp(-0.3 * x + 0.4 * (s == 2))])
    time = rng.exponential(1 / rates.sum(axis=1))
    kind = 1 + (rng.random(n) > rates[:, 0] / rates.sum(axis=1))
    entry = np.where(rng.random(n) < 0.6, rng.uniform(0, 8, n), 0.0) if delayed else np.zeros(n)
    stop = entry + rng.uniform(2, 40, n)
    frame = pd.DataFrame(
        {
            "id": np.arange(1, n + 1),
            "entry": entry,
            "exit": np.minimum(time, stop),
            "event": np.where(time <= stop, kind, 0),
            "x": x,
            "g": g,
            "s": s,
            "w": rng.choice([1, 2, 3], n),
            "c": rng.integers(1, 41, n),
        }
    )
    if whole_months:
        frame["entry"], frame["exit"] = np.floor(frame["entry"]), np.ceil(frame["exit"])
    frame = frame.round({"entry": 4, "exit": 4})
    return frame[(frame["exit"] > frame["entry"]) & (time > entry)]


def main() -> None:
    OUT.mkdir(exist_ok=True)
    for name, frame in {
        "plain": simulate(1, 200, False, False),
        "months": simulate(2, 250, True, False),
        "delayed": simulate(3, 300, False, True),
        "delayed_months": simulate(4, 300, True, True),
    }.items():
        frame.to_csv(OUT / f"{name}.csv", index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
