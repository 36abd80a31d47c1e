"""Simulated spells in states, for tests/reference/states.R: nobody in them exists. Run: python
tests/reference/states_data.py."""

from pathlib import Path

import numpy as np
import pandas as pd

FOLDER = Path(__file__).resolve().parent / "states"
#: Monthly chances of going from one state to another; outside is reversible, and free and dead are ends.
CHANCES = {
    "inside": {"cut": 0.035, "outside": 0.01, "free": 0.008, "dead": 0.003},
    "cut": {"outside": 0.012, "free": 0.03, "dead": 0.003},
    "outside": {"inside": 0.03, "free": 0.03, "dead": 0.012},
}


def simulate(n: int, seed: int, months: bool = True) -> pd.DataFrame:
    """Spells (entry, exit] of n people, seen late and in any state that is no end, with a start of their own."""
    rng = np.random.default_rng(seed)
    rows = []
    for who in range(n):
        x, group = int(rng.integers(2)), "north" if rng.random() < 0.5 else "south"
        first, last = rng.integers(0, 24), rng.integers(36, 150)
        state, t, since, weight = "inside", 0.0, 0.0, int(rng.integers(1, 4))
        while state in CHANCES and t < last:
            t += 1
            chances = {k: v * (1.6 if x and k == "cut" else 1.0) for k, v in CHANCES[state].items()}
            drawn = rng.choice([*chances, state], p=[*chances.values(), 1 - sum(chances.values())])
            end = t if months else t - rng.random()
            if drawn != state or t >= last:
                if end > max(since, first):
                    begin = max(since, first)
                    into = drawn if drawn != state else "censored"
                    rows.append((who, begin, end, state, into, x, group, who // 3, weight))
                since, state = end, drawn
    names = ["id", "entry", "exit", "state", "into", "x", "group", "prison", "weight"]
    return pd.DataFrame(rows, columns=names)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    simulate(220, 11).to_csv(FOLDER / "months.csv", index=False)
    simulate(90, 12, months=False).round(6).to_csv(FOLDER / "days.csv", index=False)
