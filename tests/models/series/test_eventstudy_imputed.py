"""Event studies and breaks of imputed cohorts: whole dates, pooling by hand from single cohorts, and refusals."""

from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from datedcohorts import drawn, events, whole_twice
from scipy import stats

import clemency as cl
from clemency.models.imputation.repeated import told
from clemency.models.imputation.rubin import join, join_coefficients
from clemency.records.errors import DataError, UsageError

TALKS = events(*(f"{y}-{m}-15" for y, m in zip(range(2003, 2013), ("03", "09", "05", "11", "02") * 2, strict=True)))
STUDY = {"freq": "Q", "leads": 2, "lags": 2, "season": False}


def study(cohort, **options):
    return cl.event_study(cohort, TALKS, **(STUDY | {"start": "2001", "end": "2014"} | options))


def shared_periods(many, **options):
    """Fits of the single cohorts to the periods that all of them have."""
    fits = [study(c, **options) for c in many.cohorts]
    assert len({tuple(f.frame["period"]) for f in fits}) == 1
    return fits


@pytest.mark.parametrize("options", [{}, {"small": False, "hac": 2}, {"model": "negbin"}, {"trend": "spline"}])
def test_whole_dates_give_the_plain_study(options):
    many, one = whole_twice()
    found, own = study(many, **options), study(one, **options)
    columns = own.tidy().columns
    pd.testing.assert_frame_equal(found.tidy()[columns], own.tidy(), check_exact=True)
    pd.testing.assert_frame_equal(found.tidy(exponentiate=True)[columns], own.tidy(exponentiate=True), check_exact=True)
    keys = ["test", "df", "df_resid"]
    pd.testing.assert_frame_equal(found.tests[keys], own.tests[keys])
    np.testing.assert_allclose(found.tests[["statistic", "p_value"]], own.tests[["statistic", "p_value"]], rtol=1e-12)
    pd.testing.assert_frame_equal(found.placebo()[own.placebo().columns], own.placebo(), check_exact=True)
    pd.testing.assert_frame_equal(found.frame, own.frame, check_dtype=False)
    assert (found.tidy()["riv"] == 0).all()
    assert (found.tidy()["fmi"] == 0).all()


@pytest.mark.parametrize("small", [True, False])
def test_coefficients_are_pooled_by_rubins_rules(small):
    many = drawn(m=5)
    fits = shared_periods(many, small=small)
    found = study(many, small=small)
    tables = [f.tidy() for f in fits]
    b, e = (np.array([t[c].to_numpy() for t in tables]) for c in ("estimate", "std_error"))
    assert (np.ptp(b, axis=0) > 0).all()
    table = found.tidy()
    np.testing.assert_allclose(table["estimate"], b.mean(axis=0), rtol=1e-12)
    total = (e**2).mean(axis=0) + 1.2 * b.var(axis=0, ddof=1)
    np.testing.assert_allclose(table["std_error"], np.sqrt(total), rtol=1e-12)
    own = join(b, e, fits[0].facts["df_resid"] if small else np.inf)
    np.testing.assert_allclose(table["df"], own.df, rtol=1e-12)
    half = stats.t.isf(0.025, own.df) * np.sqrt(total)
    np.testing.assert_allclose(table["ci_high"], b.mean(axis=0) + half, rtol=1e-9)
    assert found.facts["df_complete"] == (fits[0].facts["df_resid"] if small else np.inf)


def test_joint_tests_are_of_the_pooled_coefficients():
    """D1 by hand: the mean covariance, widened by the mean relative increase in variance."""
    many = drawn(m=5)
    fits = shared_periods(many)
    names = ["lag 0", "lag 1", "lag 2"]
    at = [fits[0].terms.index(t) for t in names]
    b = np.array([f.coefficients[at] for f in fits])
    U = np.mean([f.covariance[np.ix_(at, at)] for f in fits], axis=0)
    B = np.cov(b.T)
    r = 1.2 * np.trace(B @ np.linalg.inv(U)) / 3
    value = b.mean(axis=0) @ np.linalg.inv(U) @ b.mean(axis=0) / 3 / (1 + r)
    row = study(many).tests.set_index("test").loc["lags"]
    assert row["statistic"] == pytest.approx(value)
    assert row["riv"] == pytest.approx(r)
    assert row["p_value"] == pytest.approx(stats.f.sf(value, 3, row["df_resid"]))


@pytest.mark.parametrize(
    ("k", "m", "r", "df", "expected"),
    [  # Reiter's degrees of freedom, computed in R from the printed expansion
        (2, 4, 0.75, 40.0, 6.87750182567),
        (4, 20, 0.3, 60.0, 54.0615810866),
        (4, 20, 0.3, 1e9, 1301.81546642),
        (2, 3, 0.5, np.inf, 27.0),  # 4 (1 + 1/2) (1 + 2)^2 / 2
        (2, 3, 0.5, 10.0, 110 / 13),  # not more than with nothing missing
    ],
)
def test_degrees_of_freedom_of_joint_tests(k, m, r, df, expected):
    between = np.eye(k) * r / (1 + 1 / m)
    assert join_coefficients(np.ones(k), np.eye(k), between, m, df).df_resid == pytest.approx(expected, rel=1e-9)


def test_placebo_is_of_means_over_the_imputations():
    many = drawn(m=5)
    fits = shared_periods(many)
    found = study(many).placebo().set_index("test")
    for name in ("leads", "lags"):
        falls = np.array([f.falls()[name] for f in fits])
        mean = falls.mean(axis=0)
        assert found.loc[name, "statistic"] == pytest.approx(mean[0])
        assert found.loc[name, "p_value"] == pytest.approx(np.mean(mean >= mean[0] - 1e-6))
        single = [f.placebo().set_index("test").loc[name, "p_value"] for f in fits]
        assert found.loc[name, ["p_min", "p_max"]].tolist() == [min(single), max(single)]
        assert found.loc[name, "placebos"] == len(mean)


def test_periods_with_nobody_at_risk_in_an_imputation_are_left_out_of_all():
    many = drawn(m=3)
    early = [c.spells["origin"].min() for c in many.cohorts]
    gone = many.cohorts[1].where(lambda s: s["origin"] >= pd.Timestamp("2003-01-01"), "custody before 2003")
    cut = replace(many, cohorts=(many.cohorts[0], gone, many.cohorts[2]))
    assert min(early) < pd.Timestamp("2003-01-01")
    found = study(cut)
    periods = [f.frame["period"].tolist() for f in found.fits]
    assert periods[0] == periods[1] == periods[2]
    assert len(periods[0]) < len(study(many).frame)
    left = found.exclusions[found.exclusions["reason"] == "nobody at risk in some imputations"]
    assert "2002Q1" in set(left["item"])
    assert not set(left["item"]) & set(periods[0])


def test_a_lag_without_an_act_in_some_imputation_has_no_ratio():
    """The only act after the event lies in its quarter in one imputation, and outside of all windows in the other."""
    many = drawn(m=2)
    first = many.cohorts[0]
    quarter = first.panel("Q").groupby("quarter")["sentence_reduction"].sum()
    when = next(q for q in quarter.index if q > "2005" and quarter[q] == 1)
    spells = first.split(calendar="Q").spells
    only = spells.loc[(spells["quarter"] == when) & (spells["event"] == "sentence_reduction"), "case_id"].item()
    without = first.where(lambda s: s["case_id"] != only, "left out")
    two = replace(many, cohorts=(first, without))
    day = str(pd.Period(when).start_time.date())
    options = {"leads": 0, "lags": 0, "season": False, "start": "2001", "end": "2014"}
    found = cl.event_study(two, events(day), **options)
    row = found.tidy().set_index("term").loc["lag 0"]
    assert row["estimate"] == -np.inf
    assert np.isnan(row["std_error"])
    assert found.tests.set_index("test").loc["lags", "df"] == 0
    assert "in 1 of 2 imputations" in repr(found)
    assert np.isfinite(found.tidy().set_index("term").loc["trend", "std_error"])


BREAK = {"at": "2007-01-01", "freq": "Q", "season": False}


@pytest.mark.parametrize("options", [{}, {"trend": None}, {"start": "2002", "end": "2012", "season": True}])
def test_whole_dates_give_the_plain_break(options):
    many, one = whole_twice()
    found, own = (cl.interrupted(c, **(BREAK | options)) for c in (many, one))
    columns = own.tidy().columns
    pd.testing.assert_frame_equal(found.tidy()[columns], own.tidy(), check_exact=True)
    assert found.tests["test"].tolist() == own.tests["test"].tolist()
    numbers = ["statistic", "df", "p_value"]
    np.testing.assert_allclose(found.tests[numbers].astype(float), own.tests[numbers].astype(float), rtol=1e-12)
    pd.testing.assert_frame_equal(found.placebo()[own.placebo().columns], own.placebo(), check_exact=True)


def test_a_break_is_pooled_from_fits_to_the_periods_that_all_imputations_have():
    many = drawn(m=4)
    panels = [c.panel("Q").groupby("quarter")["months"].sum() for c in many.cohorts]
    common = sorted(set.intersection(*(set(p.index[p > 0]) for p in panels)))
    assert len(common) < max(len(p) for p in panels)
    found = cl.interrupted(many, **BREAK)
    assert found.frame["period"].tolist() == common
    fits = [cl.interrupted(c, **BREAK, start=common[0], end=common[-1]) for c in many.cohorts]
    b, e = (np.array([f.tidy()[c].to_numpy() for f in fits]) for c in ("estimate", "std_error"))
    own = join(b, e, fits[0].facts["df_resid"])
    table = found.tidy()
    assert table["term"].tolist() == ["level", "slope", "trend"]
    for column, values in (("estimate", own.estimate), ("std_error", own.error), ("df", own.df), ("fmi", own.fmi)):
        np.testing.assert_allclose(table[column], values, rtol=1e-10, err_msg=column)
    falls = np.mean([f.falls()["break"] for f in fits], axis=0)
    row = found.placebo().iloc[0]
    assert row["statistic"] == pytest.approx(falls[0])
    assert row["p_value"] == pytest.approx(np.mean(falls >= falls[0] - 1e-6))


def test_the_exact_test_of_a_break_needs_one_count():
    """Whether acts of 2007 fall before or after its middle differs between imputations."""
    options = {"at": "2007-07-01", "season": False, "trend": None, "start": "2002", "end": "2012"}
    many = drawn(m=4)
    after = [
        cl.interrupted(c, **options).tests.set_index("test").loc["break, exact", "statistic"] for c in many.cohorts
    ]
    assert len(set(after)) > 1
    found = cl.interrupted(many, **options)
    assert found.tests["test"].tolist() == ["break"]
    assert "exact" in repr(found)
    assert found.tests["p_value"].item() == pytest.approx(found.tidy().set_index("term").loc["level", "p_value"])


def test_refusals_say_which_imputation():
    many = drawn(m=3)
    idle = many.cohorts[1].where(lambda s: s["event"] != "sentence_reduction", "left out")
    with pytest.raises(DataError, match="no act") as caught:
        study(replace(many, cohorts=(many.cohorts[0], idle, many.cohorts[2])))
    assert caught.value.__notes__ == ["This was imputation 2 of 3: cohort.cohorts[1]."]
    with pytest.raises(UsageError, match="leave missing= out"):
        study(many, missing="zero")


def test_messages_that_differ_in_numbers_alone_are_one():
    one = pd.DataFrame({"term": ["", "lag 1"], "message": ["84 acts for 11 terms", "no act in 3 periods"]})
    two = pd.DataFrame({"term": ["", "lag 2"], "message": ["107 acts for 11 terms", "no act in 3 periods"]})
    assert told([one, two], "term").to_numpy().tolist() == [
        ["", "84 to 107 acts for 11 terms", 2],
        ["lag 1", "no act in 3 periods", 1],
        ["lag 2", "no act in 3 periods", 1],
    ]
    assert told([one.iloc[:0], one.iloc[:0]], "term").empty


def test_what_is_shown_and_drawn():
    found = study(drawn(m=3))
    text = repr(found)
    assert "pooled" in text
    assert "3 imputations pooled by Rubin's rules" in text
    assert found._repr_html_()
    assert found.glance()["m"].item() == 3
    assert isinstance(found.plot(), plt.Axes)
    plt.close("all")
