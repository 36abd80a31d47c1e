"""Counts of capture histories of the reference, and models by the names of their pairs."""

from pathlib import Path

import numpy as np
import pandas as pd

from clemency.models.multiplesystems.cells import Cells, pairs

FOLDER = Path(__file__).resolve().parents[2] / "reference" / "multiplesystems"
COUNTS = pd.read_csv(FOLDER / "counts.csv", dtype={"history": str})


def cells(name):
    n = COUNTS.loc[COUNTS["set"] == name, "n"].to_numpy(dtype=float)
    return Cells(n, tuple("ABCDEF"[: int(np.log2(len(n) + 1))]))


def chosen(k, text):
    named = text.split()
    return np.array([f"{'ABCDEF'[i]}:{'ABCDEF'[j]}" in named for i, j in pairs(k)])
