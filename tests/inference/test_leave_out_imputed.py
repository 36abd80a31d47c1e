"""Leaving values out of an imputed cohort: whole dates, fits without each value pooled by hand, and refusals."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from datedcohorts import drawn, whole_twice

import clemency as cl
from clemency.records.errors import UsageError

ACT = {"outcome": "sentence_reduction"}


def fit(cohort):
    return cl.cox(cohort, "score", **ACT)


def placed(cohort):
    """With a place of five or six cases for each case."""
    return cohort.assign(place=lambda s: "p" + (s["case_id"].str.removeprefix("case-").astype(int) % 20).astype(str))


def test_whole_dates_give_the_plain_table():
    many, one = (placed(c) for c in whole_twice(m=2))
    found, own = (cl.leave_out(fit, c, "place", term="score") for c in (many, one))
    assert len(own.table) == 20
    pd.testing.assert_frame_equal(found.tidy(), own.tidy(), rtol=1e-13)
    exact = ["left_out", "n_left_out", "estimate", "change", "n", "events", "error"]
    pd.testing.assert_frame_equal(found.tidy()[exact], own.tidy()[exact], check_exact=True)


def test_each_row_is_a_pooled_fit_without_the_value():
    many = placed(drawn(m=3))
    found = cl.leave_out(fit, many, "place", term="score")
    whole = fit(many).tidy().iloc[0]
    assert len(found.table) == 20
    for value in ("p3", "p11"):
        rest = [c.where(lambda s, v=value: s["place"] != v, "out") for c in many.cohorts]
        own = cl.pool([fit(c) for c in rest]).tidy().iloc[0]
        row = found.table.set_index("left_out").loc[value]
        for column in ("estimate", "std_error", "ci_low", "ci_high", "p_value"):
            assert row[column] == pytest.approx(own[column], rel=1e-12)
        assert row["standardised"] == pytest.approx((own["estimate"] - whole["estimate"]) / whole["std_error"])
        assert row["n_left_out"] == 6
    assert found.whole["estimate"] == whole["estimate"]


def test_a_value_that_some_imputations_lack_counts_where_it_is():
    many = placed(drawn(m=2))
    few = many.cohorts[1].where(lambda s: s["place"] != "p3", "not in this draw")
    found = cl.leave_out(fit, replace(many, cohorts=(many.cohorts[0], few)), "place", term="score")
    row = found.table.set_index("left_out").loc["p3"]
    assert row["n_left_out"] == 3
    alone = [many.cohorts[0].where(lambda s: s["place"] != "p3", "out"), few]
    assert row["estimate"] == pytest.approx(np.mean([fit(c).coefficients[0] for c in alone]))


def test_a_refusal_names_value_and_imputation():
    """Without the one place in which the covariate varies there is nothing to fit."""
    many = placed(drawn(m=2)).assign(own=lambda s: ((s["place"] == "p3") & (s["event"] != "censored")).astype(int))
    assert many.cohorts[0].spells["own"].sum() > 0
    found = cl.leave_out(lambda c: cl.cox(c, "own", **ACT), many, "place", term="own")
    first = found.table.iloc[0]
    assert first["left_out"] == "p3"
    assert "imputation 1 of 2" in first["error"]
    with pytest.raises(UsageError, match="no column 'town'"):
        cl.leave_out(fit, many, "town", term="score")
