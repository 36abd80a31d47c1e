"""The simulated people of the study of states go from state to state as its truth says."""

import sys
from pathlib import Path

import numpy as np
import pytest

import clemency as cl

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
states = pytest.importorskip("benchmarks.states")


def test_chances_and_times_of_a_large_sample_are_the_truth():
    d = states.spells(np.random.default_rng(1), 12_000)
    assert (d["exit"] > d["entry"]).all()
    for x in (0.0, 1.0):
        fit = cl.multistate(d[d["x"] == x], **states.COLUMNS)
        at, months = fit.at(60).set_index("state"), fit.sojourn(60).set_index("state")
        truth, spent = states.chance(0, 60, x)[0], states.spent(60, x)
        for k, name in enumerate(states.STATES):
            assert abs(at.loc[name, "estimate"] - truth[k]) < 4 * at.loc[name, "std_error"]
            assert abs(months.loc[name, "estimate"] - spent[k]) < 4 * months.loc[name, "std_error"]


def test_memory_makes_those_free_sooner_who_were_outside():
    rng = np.random.default_rng(2)
    plain, marked = (states.spells(rng, 4_000, memory=m, late=False) for m in (False, True))
    freed = [(d["into"] == "free").groupby(d["id"]).any().mean() for d in (plain, marked)]
    assert freed[1] > freed[0]
    assert plain.groupby("id")["entry"].min().max() == 0
