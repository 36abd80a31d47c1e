"""Trials in imputed cohorts: whole dates, pooling by hand from single cohorts, no ratio in one of them, refusals."""

from dataclasses import replace

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from datedcohorts import CASES, drawn, events, whole_twice

import clemency as cl
from clemency.cohorts.imputation.imputed import TAKEN_WHOLE
from clemency.records.errors import DataError, UsageError

mpl.use("Agg")

#: Every third case is raised three to seven years after its custody.
RAISED = pd.DataFrame(
    {
        "case_id": CASES["case_id"],
        "raised_date": [
            f"{int(d[:4]) + 3 + i % 5}-06-15" if i % 3 == 0 else None for i, d in enumerate(CASES["detention_date"])
        ],
    }
)
OPTIONS = {"treatment": "raised", "negative": "early_release", "denominator": "x + score", "period": "interval"}
SUMMITS = events("2001-06-01", "2003-03-10", "2005-10-05", "2008-02-01", "2010-09-09")
COMMON = {"negative": "early_release", "window": "300D"}


def cut(cohort):
    return cohort.expose_from(RAISED, "raised_date", name="raised").split(clock=range(0, 241, 12))


def trials(cohort, **options):
    return cl.sequential_trials(cut(cohort), **OPTIONS | options)


def test_whole_dates_give_the_plain_trials():
    many, one = whole_twice(m=2)
    for found, own in (
        (trials(many), trials(one)),
        (cl.event_trials(many, SUMMITS, **COMMON), cl.event_trials(one, SUMMITS, **COMMON)),
    ):
        assert {k: found.facts[k] for k in own.facts} == own.facts
        pd.testing.assert_frame_equal(found.trials.query("imputation == 1").drop(columns="imputation"), own.trials)
        exact = ["analysis", "n_event_treated", "n_event_untreated", "term", "estimate", "std_error"]
        pd.testing.assert_frame_equal(found.tidy()[exact], own.tidy()[exact], check_dtype=False, rtol=1e-12)
        pd.testing.assert_frame_equal(found.protocol, own.protocol)
        assert "trials" in repr(found)
        assert "<table" in found._repr_html_()


def test_ratios_are_pooled_by_hand():
    many = drawn(m=4)
    found, single = trials(many), [trials(c) for c in many.cohorts]
    for analysis in ("outcome", "negative control"):
        rows = [s.tidy().set_index("analysis").loc[analysis] for s in single]
        b, e = (np.array([r[c] for r in rows]) for c in ("estimate", "std_error"))
        assert np.ptp(b) > 0
        mine = found.tidy().set_index("analysis").loc[analysis]
        assert mine["estimate"] == pytest.approx(b.mean())
        assert mine["std_error"] == pytest.approx(np.sqrt((e**2).mean() + 1.25 * b.var(ddof=1)))
        assert mine["n_event_treated"] == pytest.approx(np.mean([r["n_event_treated"] for r in rows]))
    assert found.facts["person_time"] == pytest.approx(np.mean([s.facts["person_time"] for s in single]))
    assert found.facts["max_weight"] == max(s.facts["max_weight"] for s in single)
    balance = found.balance().set_index("term")
    assert balance.loc["score", "after"] == pytest.approx(
        np.mean([s.balance().set_index("term").loc["score", "after"] for s in single])
    )
    found.plot()
    mpl.pyplot.close("all")


def test_limits_of_events_common_to_all_have_the_degrees_of_freedom_of_the_trials():
    many = drawn(m=3)
    found = cl.event_trials(many, SUMMITS, **COMMON)
    fewest = min(f.df["outcome"] for f in found.singles)
    assert fewest < 5
    assert found.tidy()["df"][0] <= fewest
    assert found.df["outcome"] == fewest


def test_an_imputation_without_a_ratio_leaves_none():
    many = drawn(m=2)
    quiet = many.cohorts[1].assign()
    spells = quiet.spells.assign(
        event=quiet.spells["event"].where(quiet.spells["event"] != "early_release", "censored")
    )
    found = trials(replace(many, cohorts=(many.cohorts[0], replace(quiet, spells=spells))))
    table = found.tidy().set_index("analysis")
    assert np.isnan(table.loc["negative control", "estimate"])
    assert np.isfinite(table.loc["outcome", "estimate"])
    assert "no estimate: no early_release among the untreated and none among the treated (in 1 of 2" in repr(found)


def test_refusals():
    many = drawn(m=2)
    idle = many.cohorts[1].where(lambda s: ~s["case_id"].isin(RAISED.dropna()["case_id"]), "left out")
    with pytest.raises(DataError, match="treatment never starts") as caught:
        trials(replace(many, cohorts=(many.cohorts[0], idle)))
    assert caught.value.__notes__ == ["This was imputation 2 of 2: cohort.cohorts[1]."]
    with pytest.raises(UsageError, match="sequential_trials, event_trials"):
        _ = many.spells
    assert {"sequential_trials", "event_trials"} <= set(TAKEN_WHOLE)
