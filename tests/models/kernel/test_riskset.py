"""The kernel against its definition, written as loops."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clemency.models.kernel import parallel
from clemency.models.kernel.riskset import (
    at_events,
    at_risk,
    count_at_risk,
    risk_sets,
    tie_fractions,
    while_at_risk,
    within_stratum,
)
from clemency.models.kernel.sums import lines_for, to_times
from clemency.models.kernel.ties import find_tied


def random_spells(seed, repeat=1):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 40))
    entry = rng.integers(0, 5, n).astype(float)
    exit = entry + rng.integers(1, 6, n)
    event = rng.random(n) < 0.5
    _, stratum = np.unique(rng.integers(0, 3, n), return_inverse=True)
    return tuple(np.tile(a, repeat) for a in (entry, exit, event, stratum, rng.random(n)))


@pytest.mark.parametrize("repeat", [1, 25])
@pytest.mark.parametrize("delayed", [True, False])
@pytest.mark.parametrize("stratified", [True, False])
@given(seed=st.integers(0, 10_000))
def test_sums_equal_loops_over_risk_sets(repeat, delayed, stratified, seed):
    entry, exit, event, stratum, values = random_spells(seed, repeat)
    sets = risk_sets(entry if delayed else None, exit, event, stratum if stratified else None)
    if not delayed:
        entry = np.zeros_like(entry)
    if not stratified:
        stratum = np.zeros_like(stratum)
    inside = (
        (stratum[:, None] == sets.stratum) & (entry[:, None] < sets.time) & (exit[:, None] >= sets.time)
    )  # (n, D), by definition
    own = event[:, None] & (stratum[:, None] == sets.stratum) & (exit[:, None] == sets.time)
    steps = np.arange(1.0, len(sets.time) + 1)
    np.testing.assert_allclose(at_risk(sets), inside.sum(axis=0), atol=1e-9)
    np.testing.assert_allclose(at_risk(sets, values), values @ inside, atol=1e-9)
    np.testing.assert_allclose(
        at_risk(sets, np.c_[values, -values]), np.c_[values @ inside, -values @ inside], atol=1e-9
    )
    np.testing.assert_allclose(at_events(sets, values), values @ own, atol=1e-9)
    np.testing.assert_array_equal(sets.n_event, own.sum(axis=0))
    np.testing.assert_allclose(while_at_risk(sets, steps), inside @ steps, atol=1e-9)
    for s in range(len(sets.first) - 1):
        mine = sets.stratum == s
        np.testing.assert_allclose(within_stratum(sets, steps)[mine], np.cumsum(steps[mine]))


def test_ties_of_all_three_kinds():
    # entry at an event's time, two events together, a censoring at an event's time
    entry = np.array([0.0, 0, 0, 3, 3])
    exit = np.array([3.0, 3, 3, 5, 3.5])
    event = np.array([True, True, False, True, False])
    sets = risk_sets(entry, exit, event)
    np.testing.assert_array_equal(sets.time, [3, 5])
    np.testing.assert_array_equal(at_risk(sets), [3, 1])
    number, fraction = tie_fractions(sets)
    np.testing.assert_array_equal(number, [0, 0, 1])
    np.testing.assert_array_equal(fraction, [0, 0.5, 0])
    np.testing.assert_array_equal(count_at_risk(np.array([5.0, 3, 3.2]), entry, exit), [1, 3, 2])


@given(st.integers(0, 2**32 - 1), st.booleans())
def test_counting_months_and_sorting_times_agree(seed, late):
    rng = np.random.default_rng(seed)
    entry = rng.integers(0, 9, 40).astype(float) * late
    exit = entry + rng.integers(1, 9, 40)
    event = rng.random(40) < rng.random()
    months, sorted_ = risk_sets(entry, exit, event), risk_sets(entry / 4 + 0.125, exit / 4 + 0.125, event)
    np.testing.assert_array_equal(months.time / 4 + 0.125, sorted_.time)
    for name in ("lo", "hi", "at", "n_event"):
        np.testing.assert_array_equal(getattr(months, name), getattr(sorted_, name))


def test_no_event_gives_no_times():
    sets = risk_sets(None, np.array([1.0, 2.0]), np.array([False, False]))
    assert len(at_risk(sets)) == 0
    np.testing.assert_array_equal(while_at_risk(sets, np.empty(0)), [0, 0])


@pytest.mark.parametrize("compiled", [0, np.inf])
@pytest.mark.parametrize("delayed", [False, True])
def test_small_risk_sets_keep_their_digits_beside_a_huge_stratum(monkeypatch, delayed, compiled):
    """Sums begin anew in each stratum: those of an ordinary one are not what is left of one 1e10 times as large."""
    monkeypatch.setattr(parallel, "COMPILED_FROM", compiled)
    rng = np.random.default_rng(3)
    n = 300
    stratum = rng.integers(0, 4, n)
    exit = rng.uniform(1, 9, n)
    entry = exit * rng.uniform(0, 0.9, n) if delayed else None
    event = rng.random(n) < 0.7
    size = rng.uniform(1, 2, n) * np.array([1.0, 1e-3, 1e10, 1e-4])[stratum]
    X = rng.normal(size=(n, 2))
    sets = risk_sets(entry, exit, event, stratum)
    sums = to_times(sets, find_tied(sets), lines_for(sets, find_tied(sets)), size, X)
    np.testing.assert_allclose(sums.S0, at_risk(sets, size), rtol=1e-13)
    for s in range(4):
        rows = stratum == s
        own = risk_sets(None if entry is None else entry[rows], exit[rows], event[rows])
        times = slice(sets.first[s], sets.first[s + 1])
        np.testing.assert_allclose(sums.S0[times], at_risk(own, size[rows]), rtol=1e-13)
        scale = at_risk(own, size[rows])[:, None]
        np.testing.assert_allclose(sums.S1[times] / scale, at_risk(own, size[rows, None] * X[rows]) / scale, atol=1e-13)
