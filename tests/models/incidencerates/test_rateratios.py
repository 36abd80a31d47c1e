"""Exact rate ratios within strata: R's poisson.test and glm, by hand, and by going through every table."""

from __future__ import annotations

from itertools import product
from math import comb
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import clemency as cl
from clemency.models.incidencerates.stratified import (
    Strata,
    _smallest,
    compare,
    distribution,
    p_values_to,
    ratio_with_limits,
    strata_of,
    two_sided,
)
from clemency.records.errors import DataError, UsageError

REFERENCE = Path(__file__).resolve().parents[2] / "reference"


@pytest.fixture(scope="module")
def cells() -> pd.DataFrame:
    return pd.read_csv(REFERENCE / "grouped" / "cells.csv")


def test_within_strata_as_in_r(cells: pd.DataFrame) -> None:
    expected = pd.read_csv(REFERENCE / "rateratios" / "strata.csv", skipinitialspace=True)
    for (count, level), part in expected.groupby(["count", "level"]):
        found = cl.rate_ratios(cells, "site", strata="years", count=count, exposure="months", ci_level=level).tidy()
        np.testing.assert_allclose(
            found.set_index("site").loc[part["site"], ["estimate", "ci_low", "ci_high", "p_value"]],
            part[["estimate", "low", "high", "p"]],
            rtol=1e-9,
        )


def test_without_strata_as_poisson_test(cells: pd.DataFrame) -> None:
    expected = pd.read_csv(REFERENCE / "rateratios" / "crude.csv", skipinitialspace=True)
    for count, part in expected.groupby("count"):
        found = cl.rate_ratios(cells, "site", count=count, exposure="months").tidy().set_index("site")
        values = found.loc[part["site"], ["estimate", "ci_low", "ci_high"]]
        np.testing.assert_allclose(values, part[["estimate", "low", "high"]], rtol=1e-9)


def test_two_groups_by_hand() -> None:
    """Two events in all, both in a group with half of the time: 1 in 4, twice that; above, at the lower limit, 2.5%."""
    cells = pd.DataFrame({"site": ["a", "b"], "acts": [2, 0], "months": [10.0, 10.0]})
    found = cl.rate_ratios(cells, "site", count="acts", exposure="months", time_unit="months")
    t = found.tidy().set_index("site")
    np.testing.assert_allclose(t[["p_value", "p_adjusted"]], 0.5, rtol=1e-14)
    assert t["estimate"].to_dict() == {"a": np.inf, "b": 0}
    p = np.sqrt(0.025)
    assert t.loc["a", "ci_low"] == pytest.approx(p / (1 - p), rel=1e-10)
    assert t.loc["b", "ci_high"] == pytest.approx((1 - p) / p, rel=1e-10)
    assert t[["ci_low", "ci_high"]].isin([0, np.inf]).to_numpy().tolist() == [[False, True], [True, False]]
    assert found.glance()[["events", "p_value", "repetitions"]].iloc[0].tolist() == [2, pytest.approx(0.5), 0]


def test_the_test_of_all_groups_by_every_table() -> None:
    """Three groups, two strata: the probability of each table is known, so that the joint p value can be added up."""
    events, time = np.array([[3.0, 0, 1], [1, 0, 0]]), np.array([[10.0, 20, 30], [40, 20, 10]])
    s = strata_of(events, time)
    shares = time / time.sum(axis=1, keepdims=True)

    def tables(n: int, share: np.ndarray) -> list[tuple[np.ndarray, float]]:
        made = [np.array(k) for k in product(range(n + 1), repeat=3) if sum(k) == n]
        return [(k, comb(n, k[0]) * comb(n - k[0], k[1]) * float(np.prod(share**k))) for k in made]

    p_of = [two_sided(distribution(s.events, s.shares[:, g])) for g in range(3)]

    def least(k: np.ndarray) -> float:
        return min(p_of[g][k[g]] for g in range(3))

    observed = least(events.sum(axis=0).astype(int))
    exact = sum(
        p * q
        for (a, p), (b, q) in product(tables(4, shares[0]), tables(1, shares[1]))
        if least(a + b) <= observed * (1 + 1e-9)
    )
    found = compare(s, 200_000, seed=3)
    assert abs(found.joint - exact) < 5 * found.error
    assert 0 < found.error < 2e-3


def test_its_size_is_never_above_the_level() -> None:
    """The chance of p <= 0.05 if there is no difference, by every table of two strata."""
    events, shares = np.array([6, 4]), np.array([0.3, 0.6])
    p = two_sided(distribution(events, shares))
    size = distribution(events, shares)[p <= 0.05].sum()
    assert 0.005 < size <= 0.05


def test_a_stratum_alone_says_nothing_and_is_counted() -> None:
    cells = pd.DataFrame(
        {"g": ["a", "b", "a"], "s": [1, 1, 2], "acts": [3, 1, 7], "months": [10.0, 10.0, 50.0]},
    )
    with_it = cl.rate_ratios(cells, "g", strata="s", count="acts", exposure="months")
    without = cl.rate_ratios(cells[:2], "g", strata="s", count="acts", exposure="months")
    assert with_it.glance()[["alone", "n_strata"]].iloc[0].tolist() == [7, 1]
    columns = ["expected", "estimate", "ci_low", "ci_high", "p_value"]
    pd.testing.assert_frame_equal(with_it.tidy()[columns], without.tidy()[columns])
    assert "7 events where only one group was at risk" in repr(with_it)


def test_splitting_time_or_order_changes_nothing(cells: pd.DataFrame) -> None:
    halves = pd.concat([cells.assign(months=cells["months"] / 2), cells.assign(months=cells["months"] / 2, act=0)])
    ways = [cells, cells.sample(frac=1, random_state=1), halves]
    found = [cl.rate_ratios(d, "site", strata="years", count="act", exposure="months").tidy() for d in ways]
    for other in found[1:]:
        pd.testing.assert_frame_equal(found[0], other, rtol=1e-12)


def test_spells_are_their_totals() -> None:
    rng = np.random.default_rng(4)
    spells = pd.DataFrame(
        {"g": rng.choice(list("abc"), 90), "months": rng.exponential(20, 90), "act": rng.integers(0, 2, 90)}
    )
    totals = spells.groupby("g", as_index=False)[["act", "months"]].sum()
    a = cl.rate_ratios(spells, "g", exit="months", event="act", time_unit="months").tidy()
    b = cl.rate_ratios(totals, "g", count="act", exposure="months", time_unit="months").tidy()
    pd.testing.assert_frame_equal(a, b, rtol=1e-12)
    assert a["expected"].sum() == pytest.approx(spells["act"].sum())


def test_limits_and_test_agree() -> None:
    """Limits of level 1 - p end at a ratio of 1: both invert the same tails."""
    s = strata_of(np.array([[2.0, 9], [1, 8]]), np.array([[10.0, 12], [9, 11]]))
    p = compare(s, 1, 0).each[0]
    _, _, high = ratio_with_limits(s, 0, 1 - p)
    assert high == pytest.approx(1, rel=1e-9)


@pytest.mark.parametrize(
    ("cells", "error", "words"),
    [
        ({"g": ["a", "a"], "n": [1, 2], "t": [1.0, 2]}, UsageError, "nothing to compare"),
        ({"g": ["a", "b"], "n": [0, 0], "t": [1.0, 2]}, UsageError, "no event"),
        ({"g": ["a", "b"], "n": [4000, 1001], "t": [1.0, 2]}, UsageError, "grouped_hazard"),
        ({"g": ["a", "b"], "n": [1.5, 1], "t": [1.0, 2]}, DataError, "n"),
        ({"g": ["a", "b"], "n": [1, 1], "t": [0.0, 2]}, DataError, "time at risk"),
    ],
)
def test_what_cannot_be_compared_is_refused(cells: dict, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        cl.rate_ratios(pd.DataFrame(cells), "g", count="n", exposure="t")


def test_its_figure_shows_every_group(cells: pd.DataFrame) -> None:
    found = cl.rate_ratios(cells, "site", strata="years", count="act", exposure="months")
    labels = [t.get_text() for t in found.plot().get_yticklabels()]
    assert all(any(label.startswith(site) for label in labels) for site in cells["site"].unique())
    assert "against those of all other groups" in found._repr_html_()


@pytest.mark.parametrize("months", [[1, 1e16], [1e-300, 1e300], [1e-11, 1.0]])
def test_time_at_risk_that_vanishes_beside_the_others_is_refused_by_row(months: list[float]) -> None:
    """1 - share has no digits left, so that the ratio would be none at all, with p = 0."""
    cells = pd.DataFrame({"g": ["b", "a"], "n": [2, 3], "t": months[::-1]})
    with pytest.raises(DataError, match=rf"row 1, t, '{months[0]:g}': less than 1e-10 of the time at risk"):
        cl.rate_ratios(cells, "g", count="n", exposure="t")
    quiet = pd.DataFrame({"g": list("abab"), "s": [0, 0, 1, 1], "n": [0, 0, 3, 2], "t": [*months, 1.0, 1.0]})
    assert cl.rate_ratios(quiet, "g", strata="s", count="n", exposure="t").tidy()["estimate"][0] == pytest.approx(1.5)


def test_a_small_share_that_can_be_told_is_kept() -> None:
    cells = pd.DataFrame({"g": ["a", "b"], "n": [1, 4], "t": [1e-8, 1.0]})
    found = cl.rate_ratios(cells, "g", count="n", exposure="t").tidy()
    assert found["estimate"].tolist() == pytest.approx([0.25e8, 4e-8], rel=1e-7)


def test_events_of_one_person_are_said_not_to_be_exact() -> None:
    cases, acts = cl.load("cases"), cl.load("acts")
    every = cl.rate_ratios(cl.cohort(cases, acts, recurrent=True), "sex", outcome="sentence_reduction")
    assert not every.exact
    assert "exact" not in every._repr_html_().split("limits.")[0]
    assert any(line.startswith("Persons with more than one event: ") for line in every.warnings)
    first = cl.rate_ratios(cl.cohort(cases, acts), "sex", outcome="sentence_reduction")
    assert first.exact
    assert not [line for line in first.warnings if "more than one event" in line]


def test_repetitions_are_drawn_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same distribution, whatever the size of a batch; the last one is what is left."""
    s = strata_of(np.array([[2.0, 9, 4]]), np.array([[10.0, 12, 9]]))
    whole = compare(s, 4000, 1)
    monkeypatch.setattr("clemency.models.incidencerates.stratified._BATCH", 999)
    parts = compare(s, 4000, 1)
    assert abs(parts.joint - whole.joint) < 5 * np.hypot(parts.error, whole.error)
    with pytest.raises(UsageError, match="repetitions=1000000000 is more than 1,000,000"):
        cl.rate_ratios(
            pd.DataFrame({"g": list("abc"), "n": 1, "t": 1.0}), "g", count="n", exposure="t", repetitions=10**9
        )


def test_the_distribution_over_strata_is_the_sum_of_binomials() -> None:
    by_hand = np.zeros(6)
    for a, b in product(range(3), range(4)):
        by_hand[a + b] += comb(2, a) * 0.2**a * 0.8 ** (2 - a) * comb(3, b) * 0.5**3
    np.testing.assert_allclose(distribution(np.array([2, 3]), np.array([0.2, 0.5])), by_hand, rtol=1e-13)


@pytest.mark.parametrize("function", ["rates", "rate_ratios", "pooled_rates"])
def test_rows_entered_twice_are_said(function: str) -> None:
    cells = pd.DataFrame({"g": list("abcb"), "n": [3, 4, 5, 4], "t": [10.0, 20, 30, 20]})
    call = getattr(cl, function)
    told = "1 row is the same as an earlier one in all columns (row 3), and counted again"
    assert any(told in line for line in call(cells, "g", count="n", exposure="t").warnings)
    marked = cells.assign(month=[1, 1, 1, 2])
    assert not any("earlier one" in line for line in call(marked, "g", count="n", exposure="t").warnings)


def test_p_values_of_small_numbers_need_no_large_ones() -> None:
    rng = np.random.default_rng(5)
    for share, number in ((0.002, 3), (0.002, 90), (0.05, 0), (0.4, 400), (0.97, 10), (0.97, 560)):
        events, shares = rng.poisson(100, 6), np.clip(share * rng.uniform(0.8, 1.03, 6), 0, 1)
        whole = two_sided(distribution(events, shares))
        np.testing.assert_allclose(p_values_to(events, shares, number), whole[: number + 1], rtol=1e-12)
        few = distribution(events, shares, most=number)
        np.testing.assert_allclose(few, distribution(events, shares)[: number + 1], rtol=1e-12, atol=1e-300)
    nobody = p_values_to(np.array([40, 50]), np.zeros(2), 2)
    assert nobody.tolist() == [1.0, 0.0, 0.0]  # no time at risk, no events


def test_limits_rest_on_the_numbers_near_those_observed() -> None:
    # A group with the five hundredth part of one stratum: events are binomial, with limits of Clopper and Pearson.
    for k in (0, 1, 12, 90):
        s = Strata(np.array([4000]), np.array([[0.002, 0.998]]), np.array([k, 4000 - k]), 0)
        found = np.array(ratio_with_limits(s, 0, 0.95))
        odds = [stats.beta.ppf(0.025, k, 4001 - k) if k else 0.0, stats.beta.ppf(0.975, k + 1, 4000 - k)]
        wanted = [v / (1 - v) * 0.998 / 0.002 for v in (k / 4000, *odds)]
        np.testing.assert_allclose(found, wanted, rtol=1e-9)


def test_numbers_beyond_the_tables_are_looked_up_in_longer_ones() -> None:
    s = strata_of(np.array([[30.0, 2, 1, 0], [8, 0, 0, 3]]), np.array([[50.0, 9, 6, 1], [20, 9, 0, 7]]))
    whole = [two_sided(distribution(s.events, s.shares[:, g])) for g in range(4)]
    least = [_smallest(s, list(t), 500, np.random.default_rng(2)) for t in (whole, [w[:1] for w in whole])]
    np.testing.assert_allclose(*least, rtol=1e-13)
