"""The test of the Markov property: statistics against R, its size where the past does not matter, and where it does."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import clemency as cl
from clemency.records.errors import DataError, UsageError

FOLDER = Path(__file__).resolve().parents[2] / "reference" / "states"
EXPECTED = pd.read_csv(FOLDER / "expected.csv")
SPELLS = {"id": "id", "entry": "entry", "exit": "exit", "event": "into", "state": "state"}


@pytest.mark.parametrize(
    ("time", "before", "after", "was"),
    [(14, "cut", "free", "inside"), (25, "cut", "outside", "cut"), (25, "outside", "free", "outside")],
)
def test_statistics_equal_r(time, before, after, was):
    trace = cl.multistate(pd.read_csv(FOLDER / "months.csv"), **SPELLS).markov(time, draws=100).trace
    found = trace[(trace["transition"] == f"{before} -> {after}") & (trace["state"] == was)]["statistic"]
    fit = f"past {time} {before} {after} {was}"
    assert found.tolist() == pytest.approx(EXPECTED[EXPECTED["fit"] == fit]["value"].tolist(), rel=1e-10)


def simulated(n, seed, memory):
    """Two ways into the middle; with `memory` those who come by the second leave it three times as soon."""
    rng = np.random.default_rng(seed)
    way = rng.random(n) < 0.5
    first = rng.exponential(10, n)
    rows = []
    for i in range(n):
        rate = 0.05 * (3.0 if memory and way[i] else 1.0)
        middle = first[i] + rng.exponential(8)
        end = min(middle + rng.exponential(1 / rate), 90.0)
        rows += [
            (i, 0.0, first[i], "start", "b" if way[i] else "a"),
            (i, first[i], middle, "b" if way[i] else "a", "middle"),
            (i, middle, end, "middle", "out" if end < 90 else "censored"),
        ]
    d = pd.DataFrame(rows, columns=["id", "entry", "exit", "state", "into"])
    return d[d["exit"] > d["entry"]]


def test_memory_is_found_and_its_landmark_estimate_differs():
    d = simulated(1500, 1, memory=True)
    fit = cl.multistate(d[d["entry"] < 90], **SPELLS)
    found = fit.markov([8, 12, 18], seed=4)
    table = found.tidy()
    assert table.iloc[-1]["p_value"] < 0.01
    leaving = table[table["transition"] == "middle -> out"].set_index("state")["p_value"]
    assert leaving[["a", "b"]].max() < 0.01
    assert "transition(..., landmarked=True)" in found.notes()[0]
    plain, marked = (fit.transition(12, 30, landmarked=m) for m in (False, True))
    gap = [t[(t["from"] == "b") & (t["state"] == "out")]["estimate"].iloc[0] for t in (plain, marked)]
    assert gap[1] - gap[0] > 0.1


def test_size_where_the_past_does_not_matter():
    """Of 30 samples 1.5 are expected below 0.05; more than 5 have a chance of 0.3%."""
    p = []
    for seed in range(30):
        d = simulated(150, 100 + seed, memory=False)
        fit = cl.multistate(d[d["entry"] < 90], **SPELLS)
        p.append(fit.markov([10, 20], draws=200, seed=seed).glance()["p_value"][0])
    assert sum(v < 0.05 for v in p) <= 5


def test_the_same_seed_gives_the_same_test():
    fit = cl.multistate(pd.read_csv(FOLDER / "months.csv"), **SPELLS)
    one, other = (fit.markov(draws=200, seed=7) for _ in range(2))
    pd.testing.assert_frame_equal(one.tidy(), other.tidy())
    assert one.glance()["comparisons"][0] == len(one.trace)
    assert one.skipped > 0
    assert "fewer than 5 expected" in one._repr_html_()


def test_refusals():
    fit = cl.multistate(pd.read_csv(FOLDER / "months.csv"), **SPELLS)
    with pytest.raises(UsageError, match="draws=10 must be 100 or more"):
        fit.markov(draws=10)
    with pytest.raises(DataError, match="no transition has 5 expected"):
        fit.markov(140)
