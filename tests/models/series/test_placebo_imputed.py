"""Placebo dates of imputed cohorts: whole dates, means of single cohorts, a plain loop over shifts, and refusals."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from datedcohorts import drawn, events, whole_twice

from clemency.models.series.placebo import placebo
from clemency.records.errors import DataError
from clemency.records.terms import DAYS_PER_MONTH

SOME = events("2005-03-01", "2006-09-10", "2008-01-20", "2010-07-01")
#: Somebody at risk from before all others until after them, so that the imputations have one calendar by themselves.
ANCHOR = {
    "case_id": ["anchor"],
    **{"status": ["serving"], "sentence_type": ["fixed"], "sentence_months": [360.0], "detention_date": ["1995-01-01"]},
    **{"sentence_date": ["1995-02-01"], "seen_date": ["2020-12-31"], "x": [0], "score": [0.0]},
}


@pytest.mark.parametrize("scheme", ["shift", "gaps"])
def test_whole_dates_give_the_plain_test(scheme):
    many, one = whole_twice()
    found, own = (placebo(c, SOME, window="365D", scheme=scheme, repetitions=499) for c in (many, one))
    assert 0 < own.facts["acts_after"] < own.facts["acts"]
    assert {k: found.facts[k] for k in own.facts} == own.facts
    np.testing.assert_array_equal(found.statistics, own.statistics)
    np.testing.assert_array_equal(found.ratios, own.ratios)
    assert found.facts["m"] == len(found.imputations) == 3
    assert (found.imputations["p_value"] == own.facts["p_value"]).all()
    assert found.facts["acts_min"] == found.facts["acts_max"] == own.facts["acts"]


@pytest.mark.parametrize("scheme", ["shift", "gaps"])
def test_statistics_are_means_of_those_of_the_single_cohorts(scheme):
    many = drawn(more_cases=ANCHOR)
    options = {"window": "365D", "scheme": scheme, "repetitions": 499}
    found = placebo(many, SOME, **options)
    single = [placebo(c, SOME, **options) for c in many.cohorts]
    true = [s.facts["statistic"] for s in single]
    assert len(set(true)) > 1
    mean = np.mean([s.statistics for s in single], axis=0)
    np.testing.assert_allclose(found.statistics, mean, atol=1e-12)
    assert found.facts["statistic"] == pytest.approx(np.mean(true), abs=1e-12)
    as_far = int((np.abs(mean) >= abs(np.mean(true)) - 1e-9).sum())
    p = as_far / len(mean) if scheme == "shift" else (1 + as_far) / 500
    assert found.facts["p_value"] == pytest.approx(p)
    assert found.facts["p_error"] == pytest.approx(0 if scheme == "shift" else np.sqrt(p * (1 - p) / 500))
    assert found.imputations["p_value"].tolist() == [s.facts["p_value"] for s in single]
    after, acts, share = (np.mean([s.facts[k] for s in single]) for k in ("acts_after", "acts", "share_of_time"))
    assert found.facts["acts_after"] == after
    assert found.facts["acts"] == acts
    # Mean acts over mean time: with the anchor all have about the same time at risk, so that means of shares will do.
    assert found.facts["ratio"] == pytest.approx((after / share) / ((acts - after) / (1 - share)), rel=1e-3)


def by_day(cohort, first, size):
    """Acts and people at risk on each day, person by person."""
    acts, risk = np.zeros(size), np.zeros(size)
    for s in cohort.spells.itertuples():
        zero = (s.origin - pd.Timestamp("1970-01-01")) / pd.Timedelta(days=1)
        start, stop = (round(zero + v * DAYS_PER_MONTH) - first for v in (s.entry, s.exit))
        risk[start + 1 : stop + 1] += 1
        acts[stop] += s.event == "sentence_reduction"
    return acts, risk


def test_imputations_with_calendars_of_their_own_share_one():
    """The first day at risk differs between imputations; against a plain loop over all days and shifts."""
    many = drawn(m=3)
    ends = [[f(c._days()[k]) for c in many.cohorts] for k, f in ((0, np.min), (1, np.max))]
    assert len(set(ends[0])) > 1
    first, last = int(min(ends[0])) + 1, int(max(ends[1]))
    size = last - first + 1
    exposed = np.zeros(size)
    for day in SOME["date"]:
        at = int(pd.Timestamp(day).timestamp() // 86400) - first
        exposed[at + 1 : at + 366] = 1
    statistics = np.zeros((3, size))
    for k, c in enumerate(many.cohorts):
        acts, risk = by_day(c, first, size)
        for shift in range(size):
            moved = np.roll(exposed, shift)
            q = risk @ moved / risk.sum()
            statistics[k, shift] = (acts @ moved - acts.sum() * q) / np.sqrt(acts.sum() * q * (1 - q))
    found = placebo(many, SOME, window="365D")
    np.testing.assert_allclose(np.sort(found.statistics), np.sort(statistics.mean(axis=0)), atol=1e-9)
    true = abs(statistics.mean(axis=0)[0])
    assert found.facts["p_value"] == pytest.approx(np.mean(np.abs(statistics.mean(axis=0)) >= true - 1e-9))


def test_a_moved_calendar_is_judged_against_the_same_set():
    """What makes the test exact: with the events moved, the statistics are the same ones in another order."""
    many = drawn(more_cases=ANCHOR)
    here = placebo(many, SOME, window="365D")
    later = SOME.assign(date=(pd.to_datetime(SOME["date"]) + pd.Timedelta(days=700)).dt.strftime("%Y-%m-%d"))
    there = placebo(many, later, window="365D")
    np.testing.assert_allclose(np.sort(there.statistics), np.sort(here.statistics), atol=1e-9)
    assert there.facts["statistic"] != here.facts["statistic"]
    share = np.mean(np.abs(here.statistics) >= abs(there.facts["statistic"]) - 1e-9)
    assert there.facts["p_value"] == pytest.approx(share)


def test_what_is_said_of_imputations():
    found = placebo(drawn(more_cases=ANCHOR), SOME, window="365D", scheme="gaps", repetitions=99)
    text = repr(found)
    assert "means of 4 imputations" in text
    assert "each of them alone would give p of" in text
    assert f"Monte Carlo error of p: {found.facts['p_error']:.2g}" in text
    assert "Monte Carlo" not in repr(placebo(drawn(more_cases=ANCHOR), SOME, window="365D"))
    assert found.plot().get_title() == ""


def test_an_imputation_without_an_act_is_named():
    many = drawn(m=3)
    idle = many.cohorts[1].where(lambda s: s["event"] != "sentence_reduction", "left out")
    with pytest.raises(DataError, match="no act") as caught:
        placebo(replace(many, cohorts=(many.cohorts[0], idle, many.cohorts[2])), SOME)
    assert caught.value.__notes__ == ["This was imputation 2 of 3: cohort.cohorts[1]."]
