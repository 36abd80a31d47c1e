"""Data, calls and reference values that tests of hazard regressions share."""

from pathlib import Path

import numpy as np
import pandas as pd

from clemency.models.hazard.cox import cox

FOLDER = Path(__file__).parents[1] / "reference" / "cox"
TOLERANCE = {"rtol": 1e-7, "atol": 1e-9}
EVENT_TIMES = {
    "rossi": {"exit": "week", "event": "arrest"},
    "heart": {"exit": "stop", "event": "event", "entry": "start"},
    "larynx": {"exit": "time", "event": "death"},
    "leukemia": {"exit": "t", "event": "status", "strata": "sex"},
    "lung": {"exit": "time", "event": "status"},
    "macs": {"exit": "T", "event": "D", "entry": "W"},
    "gbsg2": {"exit": "time", "event": "cens", "strata": "menostat"},
    "recur": {"exit": "TIME1", "event": "CENSOR", "entry": "TIME0"},
    "ties": {"exit": "exit", "event": "event", "entry": "entry", "strata": "s"},
    "mixed": {"exit": "exit", "event": "event", "entry": "entry", "strata": "s", "weights": "w", "offset": "o"},
    "delayed": {"exit": "exit", "event": "event", "entry": "entry"},
}
FORMULAS = {
    "rossi": "fin + age + prio",
    "heart": "age + year + surgery + transplant",
    "larynx": "age + Stage_II + Stage_III + Stage_IV",
    "leukemia": "logWBC + Rx",
    "lung": "age + sex + ph_ecog",
    "macs": "AIDSY",
    "gbsg2": "horTh + age + tgrade + pnodes",
    "recur": "AGE + TREAT",
    "ties": "x",
    "mixed": "x + g",
    "delayed": "x + z",
}
CLUSTERS = {"heart": "id", "lung": "inst", "gbsg2": "tsize", "recur": "ID", "mixed": "c", "delayed": "group"}
FITS = [f"{n}_{t}" for n in ("rossi", "heart", "ties", "mixed") for t in ("efron", "breslow")] + [
    "larynx",
    "leukemia",
    "lung",
    "macs",
    "gbsg2",
    "recur",
    "mixed_plain",
    "delayed",
]
TIMES = {"exit": "exit", "event": "event", "entry": "entry"}


def read(name):
    frame = pd.read_csv(FOLDER / f"{name}.csv")
    return frame.dropna(subset=["inst", "ph_ecog"]) if name == "lung" else frame


def refit(name, **more):
    data, _, ties = name.partition("_")
    arguments = dict(EVENT_TIMES[data])
    if ties == "plain":
        arguments.pop("strata"), arguments.pop("offset")
    if ties in ("efron", "breslow", "exact"):
        arguments["ties"] = ties
    return cox(read(data), FORMULAS[data], **{"robust": False, **arguments, **more})


def matrix(values):
    p = round(len(values) ** 0.5)
    return values.reshape(p, p)


def small(seed, n=40):
    rng = np.random.default_rng(seed)
    entry = rng.integers(0, 4, n).astype(float)
    return pd.DataFrame(
        {
            "entry": entry,
            "exit": entry + rng.integers(1, 12, n),
            "event": rng.random(n) < 0.7,
            "x": rng.normal(size=n),
            "z": rng.integers(0, 3, n),
            "s": rng.choice(["u", "v"], n),
            "id": np.arange(n),
        }
    )


class FakeCohort:
    def __init__(self, spells):
        self.spells = spells
