"""Write the data of the Cox reference fits to tests/reference/cox/*.csv.

Real ones are those shipped with lifelines (MIT); ``ties`` is made by hand; ``mixed`` and ``delayed`` are simulated.
Run from the root of the repository: ``python tests/reference/cox_data.py``; then ``Rscript tests/reference/cox.R``.
"""

from pathlib import Path

import lifelines.datasets as shipped
import numpy as np
import pandas as pd

OUT = Path("tests/reference/cox")


def ties() -> pd.DataFrame:
    """Give every kind of tie: entry with event, event with event, event with censoring, in two strata."""
    rows = [  # entry, exit, event, x, s
        (0, 3, 1, 1.0, 1), (0, 3, 1, 0.0, 1), (0, 3, 0, 2.0, 1), (3, 5, 1, 1.5, 1),
        (3, 6, 0, 0.5, 1), (0, 6, 1, 2.5, 1), (2, 6, 1, 0.2, 1), (1, 8, 1, 1.1, 1),
        (5, 8, 1, 0.3, 1), (6, 8, 1, 1.9, 1), (6, 9, 0, 0.7, 1), (0, 9, 1, 0.9, 1),
        (0, 2, 1, 0.4, 2), (2, 4, 1, 1.2, 2), (2, 4, 1, 0.6, 2), (0, 4, 0, 1.8, 2),
        (4, 7, 1, 2.2, 2), (4, 7, 1, 0.1, 2), (1, 7, 1, 1.4, 2), (3, 10, 0, 0.8, 2),
        (7, 11, 1, 1.6, 2), (7, 12, 0, 1.0, 2),
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["entry", "exit", "event", "x", "s"])


def mixed() -> pd.DataFrame:
    """Simulate strata, weights, delayed entry, offset, clusters and tied whole months together."""
    rng = np.random.default_rng(11)
    n = 160
    x, g = rng.normal(size=n).round(3), rng.choice(["a", "b", "c"], n, p=[0.5, 0.3, 0.2])
    s, c = rng.integers(1, 4, n), rng.integers(1, 31, n)
    hazard = 0.05 * np.exp(0.4 * x + 0.5 * (g == "b") - 0.4 * (g == "c") + 0.2 * (s - 2))
    entry = rng.integers(0, 6, n)
    event = entry + np.ceil(rng.exponential(1 / hazard))
    stop = entry + rng.integers(5, 40, n)
    return pd.DataFrame(
        {
            "entry": entry,
            "exit": np.minimum(event, stop).astype(int),
            "event": (event <= stop).astype(int),
            "x": x,
            "g": g,
            "s": s,
            "c": c,
            "c2": rng.integers(1, 9, n),
            "w": rng.choice([0.5, 1.0, 1.7, 2.4], n),
            "o": rng.normal(scale=0.3, size=n).round(3),
        }
    )


def delayed() -> pd.DataFrame:
    """Simulate left truncation with a group-level exposure: rate 0.1 exp(0.5 x + 0.3 z)."""
    rng = np.random.default_rng(7)
    n, groups = 1200, 60
    group = rng.integers(0, groups, n)
    x, z = group % 2, rng.normal(size=n).round(4)
    time = rng.exponential(1 / (0.1 * np.exp(0.5 * x + 0.3 * z)))
    entry = rng.uniform(0, 20, n)
    stop = entry + rng.uniform(0, 15, n)
    frame = pd.DataFrame({"entry": entry, "exit": np.minimum(time, stop), "event": (time <= stop).astype(int)})
    frame = frame.round(5).assign(x=x, z=z, group=group)
    return frame[(time > entry) & (frame["exit"] > frame["entry"])]


def main() -> None:
    OUT.mkdir(exist_ok=True)
    lung = shipped.load_lung().rename(columns=lambda c: c.replace(".", "_"))
    frames = {
        "rossi": shipped.load_rossi(),
        "heart": shipped.load_stanford_heart_transplants(),
        "larynx": shipped.load_larynx(),
        "leukemia": shipped.load_leukemia(),
        "lung": lung[["inst", "time", "status", "age", "sex", "ph_ecog", "wt_loss"]],
        "macs": shipped.load_multicenter_aids_cohort_study(),
        "gbsg2": shipped.load_gbsg2(),
        "recur": shipped.load_recur(),
        "ties": ties(),
        "mixed": mixed(),
        "delayed": delayed(),
    }
    for name, frame in frames.items():
        frame.to_csv(OUT / f"{name}.csv", index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
