"""Write the data of the occurrence reference fits to tests/reference/occurrence/: person-quarters, all simulated.

``simulated`` has cases at risk for a part of a quarter, clusters and weights; ``rare`` has a group without an act.
Run from the root of the repository: ``python tests/reference/occurrence_data.py``; then
``Rscript tests/reference/occurrence.R``.
"""

from pathlib import Path

import numpy as np
import pandas as pd

OUT = Path("tests/reference/occurrence")


def simulated(seed: int, n: int, rare: bool) -> pd.DataFrame:
    """Simulate quarters of n cases; with `rare`, nobody in group "c" has an act."""
    rng = np.random.default_rng(seed)
    rows = []
    for case in range(n):
        x, group, cluster = round(rng.normal(), 3), rng.choice(["a", "b", "c"], p=[0.5, 0.35, 0.15]), case % 25
        start = 3 * int(rng.integers(0, 8))
        for k in range(int(rng.integers(2, 20))):
            months = float(rng.choice([3.0, 3.0, 3.0, round(rng.uniform(0.3, 2.9), 2)]))
            time = start + 3 * k
            late = int(rng.random() < 0.3)
            eta = -3.4 + 0.5 * x + {"a": 0, "b": 0.4, "c": -0.3}[group] + 0.4 * late + 0.01 * time
            hit = rng.random() < -np.expm1(-np.exp(eta) * months / 3) and not (rare and group == "c")
            rows.append((case, cluster, time, months, x, group, late, int(hit), 1 + case % 3))
            if hit:
                break
    columns = ["case", "cluster", "time", "months", "x", "group", "late", "act", "weight"]
    return pd.DataFrame(rows, columns=columns)


if __name__ == "__main__":
    OUT.mkdir(exist_ok=True)
    simulated(11, 220, False).to_csv(OUT / "simulated.csv", index=False)
    simulated(12, 90, True).to_csv(OUT / "rare.csv", index=False)
