"""Placebo dates: against a plain loop over shifts, on hand-made calendars, and in simulated samples without effect."""

from dataclasses import replace
from itertools import permutations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import clemency as cl
from clemency.figures import drawn
from clemency.models.series.placebo import Placebo, placebo
from clemency.records.errors import DataError, UsageError
from clemency.records.terms import DAYS_PER_MONTH


@pytest.fixture(scope="module")
def shipped():
    return cl.cohort(cl.load("cases"), cl.load("acts"), outcome="sentence_reduction", clock="sentence")


def made(shipped, starts, stops, acted):
    """A cohort of people at risk in (start, stop] of days since 2000-01-01, who did or did not end in an act."""
    zero = pd.Timestamp("2000-01-01")
    code = np.where(acted, 1, 0)
    spells = pd.DataFrame(
        {
            "case_id": [f"c{i}" for i in range(len(starts))],
            "person_id": [f"c{i}" for i in range(len(starts))],
            "entry": np.asarray(starts) / DAYS_PER_MONTH,
            "exit": np.asarray(stops) / DAYS_PER_MONTH,
            "event": pd.Categorical.from_codes(code, shipped.spells["event"].cat.categories),
            "origin": zero,
        }
    )
    return replace(shipped, spells=spells)


def dated(days):
    day = pd.Timestamp("2000-01-01") + pd.to_timedelta(np.asarray(days), unit="D")
    return pd.DataFrame({"date": day.strftime("%Y-%m-%d")})


def test_by_hand(shipped):
    """One person-day a day for 100 days, acts on days 11 and 50, an event on day 10 with a window of 5 days."""
    cohort = made(shipped, [0, 0, 0], [100, 11, 50], [False, True, True])
    found = placebo(cohort, dated([10]), window="5D").tidy().iloc[0]
    at_risk = 3 * 11 + 2 * 39 + 50
    exposed = 3 + 2 * 4  # day 11 with three at risk, days 12 to 15 with two
    assert (found["acts"], found["acts_after"]) == (2, 1)
    assert found["share_of_time"] == pytest.approx(exposed / at_risk)
    assert found["ratio"] == pytest.approx((1 / exposed) / (1 / (at_risk - exposed)))
    assert found["placebos"] == 100


def test_an_act_on_the_day_of_an_event_is_not_after_it(shipped):
    cohort = made(shipped, [0, 0], [100, 10], [False, True])
    assert placebo(cohort, dated([10]), window="5D").tidy()["acts_after"][0] == 0
    assert placebo(cohort, dated([9]), window="5D").tidy()["acts_after"][0] == 1


def test_every_shift_is_what_a_loop_finds(shipped):
    rng = np.random.default_rng(1)
    start = rng.integers(0, 60, 30)
    cohort = made(shipped, start, start + rng.integers(5, 60, 30), rng.random(30) < 0.5)
    events = dated([20, 33, 70])
    found = placebo(cohort, events, window="7D")
    days = (cohort.spells[["entry", "exit"]] * DAYS_PER_MONTH).round().astype(int).to_numpy()
    first, last = days[:, 0].min() + 1, days[:, 1].max()
    n = last - first + 1
    risk, acts, after = np.zeros(n), np.zeros(n), np.zeros(n, bool)
    for (a, b), end in zip(days, cohort.spells["event"], strict=True):
        risk[a + 1 - first : b + 1 - first] += 1
        acts[b - first] += end == "sentence_reduction"
    for e in (20, 33, 70):
        after[max(e + 1 - first, 0) : e + 8 - first] = True
    for k in range(0, n, 7):
        moved = np.roll(after, k)
        q = (risk * moved).sum() / risk.sum()
        expected = ((acts * moved).sum() - acts.sum() * q) / np.sqrt(acts.sum() * q * (1 - q))
        assert found.statistics[k] == pytest.approx(expected)
    assert found.tidy()["statistic"][0] == pytest.approx(found.statistics[0])


@pytest.mark.parametrize("scheme", ["shift", "gaps"])
def test_size_without_effect_and_power_with_one(shipped, scheme):
    rng = np.random.default_rng(7)
    rejected = {1.0: 0, 4.0: 0}
    samples = 80
    for ratio in rejected:
        for _ in range(samples):
            events = np.sort(rng.choice(3000, 12, replace=False))
            exposed = np.zeros(3001, bool)
            for e in events:
                exposed[e + 1 : e + 91] = True
            rate = np.where(exposed, ratio, 1.0)
            day = rng.choice(3001, 40, p=rate / rate.sum())
            stops = np.r_[np.full(400, 3000), np.maximum(day, 1)]
            cohort = made(shipped, [0] * 440, stops, np.arange(440) >= 400)
            p = placebo(cohort, dated(events), window="90D", scheme=scheme, repetitions=199).tidy()["p_value"][0]
            rejected[ratio] += p <= 0.05
    assert rejected[1.0] / samples < 0.05 + 3 * np.sqrt(0.05 * 0.95 / samples)
    assert rejected[4.0] / samples > 0.7


def test_gaps_can_be_repeated(shipped):
    events = cl.load("events")
    some = events[(events["partner"] == "US") & (events["event_type"] == "summit")]
    first, second = (placebo(shipped, some, scheme="gaps", repetitions=99, seed=3) for _ in range(2))
    np.testing.assert_array_equal(first.statistics, second.statistics)
    assert "placebo calendars" in repr(first)
    assert first.plot().get_ylabel() == "placebo calendars"


def drawn_of(ratios, true):
    ax = Placebo({"ratio": true}, np.zeros(len(ratios)), np.array(ratios), pd.DataFrame()).plot()
    bars = {round(p.get_x(), 9): p.get_height() for p in ax.patches if p.get_height()}
    lines = [line.get_xdata()[0] for line in ax.lines]
    plt.close(ax.figure)
    return bars, lines, [t.get_text() for t in ax.texts if t.get_text()], drawn(ax)


def test_the_ratios_that_are_numbers_are_drawn_and_the_others_counted():
    """From 1 to 5 in 40 bins of a tenth: two of 1, one of 2.05 and one of 5, in the last bin."""
    ratios = [1.0, 1.0, 2.05, 5.0, np.inf, np.nan, np.inf]
    bars, lines, said, kept = drawn_of(ratios, 1.5)
    assert bars == {1.0: 2, 2.0: 1, 4.9: 1}
    assert lines == [1.5]
    share = "true dates: 1.5\n50% of placebos as large"  # 2.05 and 5, of four
    assert said == ["3 placebo calendars without a finite ratio are not drawn", share]
    assert kept.alt == "Rate ratios under placebo dates; the true dates give 1.50."
    np.testing.assert_array_equal(kept.frame["ratio"], ratios)
    assert drawn_of([*ratios[:4], np.inf], 1.5)[2][0] == "1 placebo calendar without a finite ratio is not drawn"
    assert drawn_of(ratios[:4], 1.5)[2] == [share]


def test_a_true_ratio_that_is_no_number_has_no_line():
    for true in (np.inf, np.nan):
        bars, lines, _, kept = drawn_of([1.0, 1.0, 2.05, 5.0], true)
        assert bars == {1.0: 2, 2.0: 1, 4.9: 1}
        assert lines == []
        assert kept.alt == "Rate ratios under placebo dates; the true dates give no finite ratio."


def test_refusals(shipped):
    events = dated([10, 20])
    for more, message in (
        ({"scheme": "random"}, "scheme"),
        ({"window": "soon"}, "duration"),
        ({"window": "1h"}, "a day or longer"),
        ({"outcome": "parade"}, "not an event of the cohort"),
        ({"scheme": "gaps"}, "at least three events"),
    ):
        with pytest.raises(UsageError, match=message):
            placebo(shipped, events.assign(date=["2001-01-01", "2005-01-01"]), **more)
    with pytest.raises(DataError, match="no event falls"):
        placebo(shipped, pd.DataFrame({"date": ["1900-01-01"]}))
    with pytest.raises(UsageError, match="no column 'date'"):
        placebo(shipped, pd.DataFrame({"day": []}))


def test_events_at_the_edges_of_the_time_at_risk(shipped):
    """With somebody at risk on days 1 to 100, a window of 5 days from day -4 holds day 1, one from day -5 does not."""
    cohort = made(shipped, [0, 0], [100, 1], [False, True])
    assert placebo(cohort, dated([-4]), window="5D").tidy()[["n_events", "acts_after"]].iloc[0].tolist() == [1, 1]
    for day in (-5, 100):
        with pytest.raises(DataError, match="no event falls"):
            placebo(cohort, dated([day]), window="5D")
    assert placebo(cohort, dated([99]), window="5D").tidy()["n_events"][0] == 1


def test_acts_of_several_kinds_are_never_added_up_unasked():
    both = ["sentence_reduction", "medical_parole"]
    cohort = cl.cohort(cl.load("cases"), cl.load("acts"), outcome=both, clock="sentence")
    events = pd.DataFrame({"date": ["2001-01-01", "2005-01-01", "2006-01-01"]})
    with pytest.raises(UsageError, match="several outcomes"):
        placebo(cohort, events)
    assert placebo(cohort, events, outcome=both).tidy()["acts"][0] > 0
    with pytest.raises(UsageError, match="repetitions=0"):
        placebo(cohort, events, outcome=both, scheme="gaps", repetitions=0)


def test_events_that_do_not_count_are_named(shipped):
    """One without a last day, one before and one after the time at risk; two of one day are two events."""
    cohort = made(shipped, [0, 0], [100, 30], [False, True])
    dates = ["2000-01-20", "2000-01-20", "2000-01-25/..", "1999-12-01", "2000-06-01"]
    events = pd.DataFrame({"event_id": list("abcde"), "date": dates}, index=[0, 0, 1, 1, 2])
    found = placebo(cohort, events, window="20D")
    assert found.exclusions[["item", "reason"]].to_numpy().tolist() == [
        ["c", "event without a last day"],
        ["d", "window outside the time at risk"],
        ["e", "window outside the time at risk"],
    ]
    assert found.exclusions["date"].tolist() == dates[2:]
    assert found.tidy()[["n_events", "n_days"]].iloc[0].tolist() == [2, 1]
    assert "Left out: 2 events, window outside the time at risk." in repr(found)
    some = pd.DataFrame({"date": pd.array(["2000-01-20", None], dtype="string")})
    assert placebo(cohort, some, window="20D").exclusions["reason"].tolist() == ["event without a last day"]


def test_reordered_gaps_are_all_orders_and_never_wrap(shipped):
    """All orders of four distances, by a plain loop; the true calendar, whose last window is cut short, is one."""
    rng = np.random.default_rng(4)
    start = np.r_[0, rng.integers(0, 60, 40)]
    cohort = made(shipped, start, np.r_[100, start[1:] + rng.integers(1, 40, 40)], np.r_[False, rng.random(40) < 0.6])
    days, length, n = [3, 40, 95], 12, 100
    found = placebo(cohort, dated(days), window="12D", scheme="gaps", repetitions=600)
    spans = (cohort.spells[["entry", "exit"]] * DAYS_PER_MONTH).round().astype(int).to_numpy()
    acted = (cohort.spells["event"] == "sentence_reduction").to_numpy()
    risk = np.array([np.sum((spans[:, 0] < d) & (d <= spans[:, 1])) for d in range(1, n + 1)])
    acts = np.array([np.sum(acted & (spans[:, 1] == d)) for d in range(1, n + 1)])
    possible = []
    for order in permutations(np.diff([-length, *days, n])):  # events from day 1 - 12 to day 99
        events = np.cumsum(order)[:-1] - length
        after = np.array([any(e < d <= e + length for e in events) for d in range(1, n + 1)])
        rate = [(acts[w].sum() / risk[w].sum()) for w in (after, ~after)]
        possible.append(rate[0] / rate[1])
    np.testing.assert_allclose(np.unique(found.ratios.round(9)), np.unique(np.round(possible, 9)))
    assert found.tidy()["ratio"][0] == pytest.approx(possible[0])
    extreme = np.abs(found.statistics) >= abs(found.tidy()["statistic"][0]) - 1e-9
    assert found.tidy()["p_value"][0] == pytest.approx((1 + extreme.sum()) / 601)


def test_a_window_over_all_time_at_risk_leaves_nothing_to_compare_with():
    made = cl.cohort(cl.load("cases"), cl.load("acts"), until="2017-06-30")
    before = pd.DataFrame({"date": [str(made.spells["origin"].min().date() - pd.Timedelta(days=1))]})
    with pytest.raises(UsageError, match="window='36500D' after each event covers all of the time at risk"):
        placebo(made, before, window="36500D")


def test_where_no_act_falls_elsewhere_there_is_no_ratio(shipped):
    # One person is at risk on days 1 to 100, another on days 1 to 50, when the act comes: a window of 98 days from day
    # 0 leaves 2 of 150 days.
    cohort = made(shipped, [0, 0], [100, 50], [False, True])
    found = placebo(cohort, dated([0]), window="98D")
    assert found.tidy()["ratio"].tolist() == [np.inf]
    said = "after 1 event: no ratio, as no act fell elsewhere (1 of 1 act, 99% of the time at risk)."
    assert str(found).startswith(f"Rate of acts in the 98D {said}")
    assert "Other times are 1.3% of the time at risk, where not even one of so many acts" in str(found)
    assert "inf" not in str(found)


def test_times_that_can_hold_an_act_are_long_enough(shipped):
    # By chance 6 acts leave 6 * 9/51 = 1.06 for the last 9 of 51 days, and 6 * 8/51 = 0.94 for the last 8.
    cohort = made(shipped, [0] * 6, [51] * 6, [True] * 6)
    for window, told in (("42D", False), ("43D", True)):
        found = placebo(cohort, dated([0]), window=window)
        assert found.tidy()["share_of_time"][0] == pytest.approx(int(window[:2]) / 51)
        assert ("is to be expected by chance" in str(found)) is told
