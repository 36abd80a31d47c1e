"""Specifications with imputed cohorts among the choices: whole dates, pooled fits, rates by quarter, and refusals."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from datedcohorts import drawn, events, tables, whole_twice

import clemency as cl
from clemency.records.errors import UsageError

ACT = {"outcome": "sentence_reduction"}
QUIET = {"workers": 1, "progress": False}
COVARIATES = {"score": "score", "x too": "score + x"}


def fit(cohort, covariates="score"):
    return cl.cox(cohort, covariates, **ACT)


def test_whole_dates_give_the_plain_table():
    many, one = whole_twice(m=2)
    found, own = (
        cl.specifications(lambda covariates, c=c: fit(c, covariates), {"covariates": COVARIATES}, term="score", **QUIET)
        for c in (many, one)
    )
    pd.testing.assert_frame_equal(found.tidy(), own.tidy(), rtol=1e-13)
    assert found.tidy()["estimate"].tolist() == own.tidy()["estimate"].tolist()
    assert found.ratio


@pytest.mark.parametrize("workers", [1, 2])
def test_how_days_are_chosen_is_a_choice(workers):
    many = drawn(m=3)
    made = {"drawn": many}
    cases, acts = tables()
    for rule in ("earliest", "latest"):
        own = cl.cohort(cases, acts, competing=("early_release",), outcome="sentence_reduction", dates=rule)
        made[rule] = own.with_covariates(cases[["case_id", "x", "score"]])
    found = cl.specifications(
        fit, {"cohort": made, "covariates": COVARIATES}, term="score", workers=workers, progress=False
    )
    table = found.tidy().set_index(["cohort", "covariates"])
    pooled = cl.pool([fit(c, "score + x") for c in many.cohorts]).tidy().set_index("term").loc["score"]
    for column in ("estimate", "std_error", "ci_low", "ci_high", "p_value"):
        assert table.loc[("drawn", "x too"), column] == pytest.approx(pooled[column], rel=1e-12)
    plain = fit(made["latest"]).tidy().iloc[0]
    assert table.loc[("latest", "score"), "estimate"] == pytest.approx(plain["estimate"])
    assert table.loc[("drawn", "score"), "events"] == np.mean([fit(c).facts["events"] for c in many.cohorts])
    changes = found.by_choice().set_index("label").loc["latest", "mean_change"]
    gaps = table.loc["latest", "estimate"] - table.loc["drawn", "estimate"]
    assert changes == pytest.approx(gaps.mean())


def test_series_of_imputed_cohorts_are_followed_too():
    many = drawn(m=3)
    talks = events("2005-03-01", "2006-09-10", "2008-01-20", "2010-07-01")
    options = {"leads": 0, "lags": 1, "season": False, "start": "2001", "end": "2014"}

    def study(trend):
        return cl.event_study(many, talks, trend=trend, **options)

    found = cl.specifications(study, {"trend": {"line": "linear", "none": None}}, term="lag 1", **QUIET)
    own = study(None).tidy().set_index("term").loc["lag 1"]
    row = found.tidy().set_index("trend").loc["none"]
    assert row[["estimate", "ci_high"]].tolist() == own[["estimate", "ci_high"]].tolist()
    assert found.ratio


def test_a_refusal_says_which_imputation():
    many = drawn(m=2)
    idle = many.cohorts[1].where(lambda s: s["event"] != "sentence_reduction", "left out")
    some = replace(many, cohorts=(many.cohorts[0], idle))
    found = cl.specifications(fit, {"cohort": {"all": many, "idle": some}}, term="score", **QUIET)
    text = found.refusals()["error"].item()
    assert "This was imputation 2 of 2: cohort.cohorts[1]." in text
    assert found.tidy()["error"].tolist() == ["", text]


def test_an_imputed_cohort_is_no_function():
    with pytest.raises(UsageError, match="fit_function= takes a function"):
        cl.specifications(drawn(m=2), {"covariates": COVARIATES}, term="score")
