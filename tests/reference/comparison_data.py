"""Data for the reference tests of groups, one long table: python tests/reference/comparison_data.py, from the root.

Data sets shipped with lifelines, a hand-worked one with ties of all three kinds, and simulated ones. comparison.R adds
those of R's survival and cmprsk.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from lifelines import datasets

HERE = Path(__file__).parent


def part(name, exit, event, group, stratum=0, entry=0):
    columns = {"data": name, "entry": entry, "exit": exit, "event": event, "group": group, "stratum": stratum}
    return pd.DataFrame(columns).assign(
        group=lambda d: d["group"].astype(str), stratum=lambda d: d["stratum"].astype(str)
    )


def shipped():
    d = datasets.load_leukemia()
    yield part("leukemia", d["t"], d["status"], d["Rx"], d["sex"])
    d = datasets.load_larynx()
    stage = 1 + d["Stage_II"] + 2 * d["Stage_III"] + 3 * d["Stage_IV"]
    yield part("larynx", d["time"], d["death"], stage, (d["age"] > 65).astype(int))
    d = datasets.load_gbsg2()
    yield part("gbsg2", d["time"], d["cens"], d["tgrade"], d["horTh"])
    d = datasets.load_waltons()
    yield part("waltons", d["T"], d["E"], d["group"])
    d = datasets.load_rossi()
    yield part("rossi", d["week"], d["arrest"], d["race"], d["fin"])


def ties():
    """Work by hand: entries tied with events, events with events, events with censorings."""
    rows = [
        (0, 2, 1, "a"), (0, 2, 0, "a"), (0, 4, 1, "a"), (2, 4, 1, "a"), (2, 5, 2, "a"), (1, 6, 0, "a"), (4, 7, 1, "a"),
        (0, 2, 1, "b"), (0, 4, 2, "b"), (2, 4, 0, "b"), (2, 5, 1, "b"), (3, 6, 1, "b"), (5, 7, 2, "b"), (0, 7, 0, "b"),
    ]  # fmt: skip
    entry, exit, event, group = zip(*rows, strict=True)
    return part("ties", exit, event, group, entry=entry)


def simulated(name, n, delayed, whole, seed):
    rng = np.random.default_rng(seed)
    group, stratum = rng.choice(["a", "b", "c"], n, p=[0.5, 0.3, 0.2]), rng.integers(0, 3, n)
    rate = 0.06 * np.exp(0.3 * (group == "b") - 0.4 * (group == "c") + 0.3 * stratum)
    entry = rng.uniform(0, 8, n) * delayed
    time, kind = rng.exponential(1 / rate), rng.choice([1, 1, 1, 2, 2, 3], n)
    stop = rng.uniform(2, 30, n)
    event, exit = np.where(time <= stop, kind, 0), entry + np.minimum(time, stop)
    if whole:
        entry, exit = np.floor(entry), np.ceil(exit)
    return part(name, exit, event, group, stratum, entry)


def main():
    parts = [*shipped(), ties()]
    parts += [simulated("plain", 150, False, False, 1), simulated("months", 200, False, True, 2)]
    parts += [simulated("delayed", 150, True, False, 3), simulated("delayed_months", 200, True, True, 4)]
    pd.concat(parts).to_csv(HERE / "comparison_data.csv", index=False, float_format="%.15g")


if __name__ == "__main__":
    main()
