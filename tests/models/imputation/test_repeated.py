"""Estimates of imputed cohorts: R by hand, cohorts that all agree, numbers by hand, and refusals."""

from dataclasses import replace
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from scipy import stats

import clemency as cl
from clemency.models.imputation.curves import pool_curves, pool_values
from clemency.models.imputation.rubin import join, join_tests
from clemency.records import dates as edtf
from clemency.records.errors import DataError, UsageError

FOLDER = Path(__file__).resolve().parents[2] / "reference" / "imputed"
EXPECTED = pd.read_csv(FOLDER / "expected.csv", dtype={"term": str})
TABLES = [pd.read_csv(FOLDER / name, dtype={"score": float}) for name in ("cases.csv", "acts.csv")]
ACT = {"outcome": "sentence_reduction"}
NUMBERS = ["estimate", "std_error", "ci_low", "ci_high", "df", "riv", "fmi"]


def imputed(cases=TABLES[0], acts=TABLES[1], m=5, seed=11, **options):
    options = {"competing": ("early_release",)} | options
    made = cl.cohort(cases, acts, **options, dates="impute", m=m, seed=seed)
    return made.with_covariates(cases[["case_id", "x", "score"]])


@pytest.fixture(scope="module")
def made():
    return imputed()


def whole(cases=TABLES[0], acts=TABLES[1]):
    """Tables in which every date is a day, and the one cohort of them."""

    def days(table):
        columns = [c for c in table if c.endswith("_date")]
        return table.assign(**{c: pd.Series(edtf.midpoint(table[c])).dt.strftime("%Y-%m-%d") for c in columns})

    tables = days(cases), days(acts)
    one = cl.cohort(*tables, competing=("early_release",)).with_covariates(cases[["case_id", "x", "score"]])
    return imputed(*tables, m=3), one


def test_cohorts_are_those_that_r_read(made):
    """The draws of a seed never change."""
    written = pd.read_csv(FOLDER / "cohorts.csv")
    for (_, part), c in zip(written.groupby("imputation"), made.cohorts, strict=True):
        assert part["case_id"].tolist() == c.spells["case_id"].tolist()
        assert part["event"].tolist() == c.spells["event"].astype(str).tolist()
        np.testing.assert_allclose(part[["entry", "exit"]], c.spells[["entry", "exit"]], rtol=1e-12)


def labelled(table, labels):
    return table.assign(term=labels).set_index("term")


@pytest.mark.parametrize("what", ["cox", "incidence", "incidence itself", "survival", "rates"])
def test_equals_r(what, made):
    expected = EXPECTED[EXPECTED["what"] == what].set_index("term")
    if what == "cox":
        found = cl.cox(made, "x + score", **ACT).tidy().set_index("term")
    elif what.startswith("incidence"):
        scale = "cloglog" if what == "incidence" else "log-log"
        curve = cl.incidence(made, **ACT, variance="robust", conf_type=scale)
        found = labelled(curve.at([24, 36, 60]), expected.index)
        assert {"cloglog": "complementary log-log", "log-log": " log-log"}[scale] in repr(curve)
    elif what == "survival":
        either = made.assign(any=lambda s: (s["event"] != "censored").astype(int))
        found = labelled(cl.survival(either, event="any").at([24, 36, 60]), expected.index)
    else:
        found = labelled(cl.rates(made, by="x", **ACT).tidy(), expected.index)
    for column in NUMBERS:
        np.testing.assert_allclose(found.loc[expected.index, column], expected[column], rtol=1e-6, err_msg=column)


def test_tests_equal_r():
    expected = EXPECTED[EXPECTED["what"] == "logrank"].iloc[0]
    found = cl.logrank(imputed(clock="sentence"), by="x", **ACT)
    row = found.tidy().iloc[0]
    for column, other in (("statistic", "estimate"), ("df_resid", "df"), ("riv", "riv"), ("p_value", "fmi")):
        assert row[column] == pytest.approx(expected[other], rel=1e-6)
    assert found.p_value == row["p_value"]
    assert "rough" in repr(found)
    assert "rough" in found._repr_html_()


def test_what_r_does_not_check_agrees_with_pooling_by_hand(made):
    for fit in (
        lambda c: cl.fine_gray(c, "x", **ACT),
        lambda c: cl.occurrence(c, "x", **ACT, freq="Q", duration=[36, 72]),
        lambda c: cl.cox(c, "x", **ACT, cluster="person_id"),
    ):
        pd.testing.assert_frame_equal(fit(made).tidy(), cl.pool([fit(c) for c in made.cohorts]).tidy())
    recurrent = imputed(recurrent=True)
    found = cl.recurrence(recurrent).at([36, 60])
    by_hand = [cl.recurrence(c).at([36, 60]) for c in recurrent.cohorts]
    value, error = (np.array([t[c] for t in by_hand]) for c in ("estimate", "std_error"))
    own = join(value, error)
    np.testing.assert_allclose(found["estimate"], value.mean(axis=0))
    np.testing.assert_allclose(found["ci_high"], own.estimate * np.exp(own.half(0.95) / own.estimate))


@pytest.mark.parametrize("curve", [cl.incidence, cl.recurrence])
def test_pooled_curves_are_missing_where_some_imputation_knows_nothing(made, curve):
    cohorts = imputed(recurrent=True) if curve is cl.recurrence else made
    last = [c.spells["exit"].max() for c in cohorts.cohorts]
    assert min(last) < max(last)
    found = curve(cohorts).at([min(last), (min(last) + max(last)) / 2, max(last) + 1]).set_index("time")
    assert found.loc[min(last), "estimate"].size
    assert found.loc[[min(last)], "estimate"].notna().all()
    assert (
        found.loc[found.index > min(last), ["estimate", "std_error", "ci_low", "ci_high", "df"]].isna().all(axis=None)
    )


ESTIMATES = {
    "cox": lambda c: cl.cox(c, "x + score", **ACT),
    "fine_gray": lambda c: cl.fine_gray(c, "x", **ACT),
    "occurrence": lambda c: cl.occurrence(c, "x", **ACT, cluster=None, penalty=None, shrink=None),
    "incidence": lambda c: cl.incidence(c, by="x"),
    "survival": lambda c: cl.survival(c.assign(any=lambda s: (s["event"] != "censored") * 1), event="any", by="x"),
    "rates": lambda c: cl.rates(c, by="x"),
}


@pytest.mark.parametrize("name", ESTIMATES)
def test_whole_dates_give_the_single_fit(name):
    many, one = whole()
    found, own = ESTIMATES[name](many).tidy(), ESTIMATES[name](one).tidy()
    assert (found["fmi"] == 0).all()
    assert (found["riv"] == 0).all()
    columns = [c for c in own if not (name == "rates" and c in ("ci_low", "ci_high"))]  # single ones are exact
    if name == "occurrence":  # t distributions: Barnard and Rubin take (v + 1) / (v + 3) of the degrees of freedom
        columns = ["term", "level", "estimate", "std_error", "statistic"]
    pd.testing.assert_frame_equal(found[columns], own[columns], rtol=1e-9, check_dtype=False)


def test_whole_dates_give_the_single_tests_and_numbers():
    many, one = whole()
    found, own = (cl.logrank(c, by="x", **ACT) for c in (many, one))
    assert found.pooled.riv == found.pooled.fmi == 0
    assert found.pooled.statistic == pytest.approx(own.statistic)
    assert found.p_value == pytest.approx(own.p_value)
    days = {"detention_date": "2000-01-01", "sentence_date": "2000-06-01", "seen_date": "2012-01-01"}
    cases = TABLES[0].assign(**days, status="serving", status_date=None)
    tables = cases, TABLES[1].assign(act_date="2005-01-01")
    many = cl.cohort(*tables, recurrent=True, dates="impute", m=2, seed=1)
    one = cl.cohort(*tables, recurrent=True)
    found, own = cl.recurrence(many), cl.recurrence(one)
    pd.testing.assert_frame_equal(found.tidy()[own.tidy().columns], own.tidy(), rtol=1e-9)


def test_events_that_are_not_in_all_imputations_are_counted_as_a_range(made):
    early = imputed(until="2007-06-30", m=4)
    fit = cl.cox(early, "x", **ACT)
    events = [cl.cox(c, "x", **ACT).facts["events"] for c in early.cohorts]
    assert min(events) < max(events)
    row = fit.glance().iloc[0]
    assert (row["m"], row["events_min"], row["events_max"]) == (4, min(events), max(events))
    assert row["events"] == pytest.approx(np.mean(events))
    assert f"Between {min(events)} and {max(events)} events" in repr(fit)
    for result in (cl.incidence(early, **ACT), cl.rates(early, **ACT), cl.logrank(early, by="x", **ACT)):
        g = result.glance().iloc[0]
        assert g["events_min"] < g["events"] < g["events_max"]
        assert result._repr_html_()


def curve_values(estimate, error):
    own = np.asarray(estimate, dtype=float)
    return {"estimate": own, "std_error": np.asarray(error, dtype=float), "ci_low": own, "ci_high": own}


def test_values_at_the_ends_of_the_scale():
    """All at zero: zero. Some at zero: mean 0.1, variance 0.005 + 1.5 x 0.02, limits on the scale of the mean."""
    found = pool_values(curve_values([[0.0, 0.2], [0.0, 0.0]], [[0.0, 0.1], [0.0, 0.0]]), "incidence", 0.95)
    assert found["estimate"].tolist() == [0.0, 0.1]
    np.testing.assert_allclose(found["std_error"], [0, np.sqrt(0.035)])
    assert found["ci_high"][0] == found["fmi"][0] == 0
    df = (1 + 1 / 6) ** 2
    half = stats.t.isf(0.025, df) * np.sqrt(0.035) / abs(0.9 * np.log(0.9))
    limits = -np.expm1(-np.exp(np.log(-np.log(0.9)) + half * np.array([-1, 1])))
    assert found["ci_high"][1] == pytest.approx(
        0.1 ** np.exp(-np.sqrt(0.035) * stats.t.isf(0.025, df) / 0.1 / np.log(10))
    )
    found = pool_values(curve_values([[0.0, 0.2], [0.0, 0.0]], [[0.0, 0.1], [0.0, 0.0]]), "incidence", 0.95, "cloglog")
    np.testing.assert_allclose([found[c][1] for c in ("df", "riv", "ci_low", "ci_high")], [df, 6, *limits], rtol=1e-9)


def test_no_limits_from_errors_of_zero():
    """Groups of one case: the curve is 0 or 1 in each imputation, without an error."""
    found = pool_values(curve_values([[1.0], [0.0]], [[0.0], [0.0]]), "survival", 0.95)
    assert found["estimate"].tolist() == [0.5]
    assert np.isnan([found["ci_low"][0], found["ci_high"][0], found["riv"][0]]).all()


def test_an_incidence_never_falls():
    """It did, from 0.1 to 0.015, where an imputation that had no event had its first one, of 1 in 1000."""
    found = pool_values(curve_values([[0.0, 0.001], [0.2, 0.2]], [[0.0, 0.001], [0.1, 0.1]]), "incidence", 0.95)
    np.testing.assert_allclose(found["estimate"], [0.1, 0.1005])


def test_pooled_curves_are_curves(made):
    """Incidences rise, and with the survival of all ends they add up to one at any time."""
    curve = cl.incidence(made)
    gone = cl.survival(made.assign(any=lambda s: (s["event"] != "censored").astype(int)), event="any")
    times = np.unique(curve.tidy()["time"])
    total = curve.at(times).groupby("time")["estimate"].sum().to_numpy() + gone.at(times)["estimate"].to_numpy()
    np.testing.assert_allclose(total, 1, rtol=1e-12)
    assert (curve.tidy().groupby("outcome", observed=True)["estimate"].diff().dropna() >= -1e-12).all()


def test_a_rate_is_that_of_its_row():
    """Months are the same in all draws, so that the rate is events by months; limits hold though some have no event."""
    cases = TABLES[0].head(20).assign(sentence_date="2000-06-01", detention_date="2000-01-01")
    cases = cases.assign(status="serving", status_date=None, seen_date="2004-01-01")
    acts = pd.DataFrame({"case_id": cases["case_id"].head(2), "act_type": "sentence_reduction", "act_date": "2003"})
    made = cl.cohort(cases, acts, until="2003-06-30", recurrent=True, dates="impute", m=8, seed=3)
    row = cl.rates(made, **ACT).tidy().iloc[0]
    assert row["events_min"] == 0 < row["events_max"]
    assert row["estimate"] == pytest.approx(1000 * row["n_event"] / row["person_months"])
    assert 0 < row["ci_low"] < row["estimate"] < row["ci_high"]


def test_the_range_of_events_is_that_of_whole_imputations(made):
    """One spell changes its group: each group has a range, their sum has none."""
    flip = made.cohorts[0].assign(side=lambda s: np.where(s.index == s.index[s["event"] != "censored"][0], "a", "b"))
    flat = made.cohorts[0].assign(side=lambda s: np.where(s["case_id"] == s["case_id"].iloc[-1], "a", "b"))
    two = replace(made, cohorts=(flip, flat))
    n = int((flip.spells["event"] != "censored").sum())
    found = cl.incidence(two, by="side")
    assert (found.glance()["events_min"] < found.glance()["events_max"]).any()
    assert f"; {n} events;" in repr(found)


def test_restricted_means_pooled_by_hand():
    """Everybody has the event by 8, so that the areas are means of 2, 4, 6, 8 and of 4, 4, 8, 8.

    They are 5 and 6 with variances 5 / 4 and 4 / 4. Within 1.125, between 0.5, total 1.125 + 1.5 * 0.5 = 1.875; the
    increase is 0.75 / 1.125 = 2 / 3 and the degrees of freedom (1 + 3 / 2)^2 = 6.25, with t of 2.4234 at 97.5%.
    """
    ends = ([2.0, 4, 6, 8], [4.0, 4, 8, 8])
    curves = pool_curves([cl.survival({"t": t, "e": [1] * 4}, exit="t", event="e") for t in ends])
    found = curves.restricted_mean(8).iloc[0]
    assert found[["until", "estimate", "riv", "df"]].tolist() == pytest.approx([8, 5.5, 2 / 3, 6.25], rel=1e-12)
    assert found["std_error"] == pytest.approx(1.875**0.5, rel=1e-12)
    assert found["ci_low"] == pytest.approx(5.5 - 2.4234 * 1.875**0.5, abs=1e-3)
    assert found["ci_high"] == 8  # 5.5 + 3.32, beyond the longest area there can be
    assert found["fmi"] == pytest.approx((2 / 3 + 2 / 9.25) / (5 / 3), rel=1e-12)


def test_restricted_means_of_an_imputed_cohort(made):
    for curves in (cl.survival(imputed(competing=()), by="x"), cl.incidence(made, by="x")):
        found = curves.restricted_mean(48)
        own = pd.concat([c.restricted_mean(48) for c in curves.curves])
        keys = ["outcome", "x"]
        means = own.groupby(keys, observed=True, sort=False)["estimate"].mean()
        assert len(found) == len(means) > 1
        np.testing.assert_allclose(found.set_index(keys)["estimate"], means, rtol=1e-12)
        within = own.assign(v=own["std_error"] ** 2).groupby(keys, observed=True, sort=False)["v"].mean()
        between = own.groupby(keys, observed=True, sort=False)["estimate"].var()
        total = within + (1 + 1 / curves.m) * between
        np.testing.assert_allclose(found.set_index(keys)["std_error"], total**0.5, rtol=1e-12)
        # One area and the same less another, as difference() has it.
        gap = curves.difference(until=48, reference=0).set_index("outcome")["estimate"]
        areas = found.pivot(index="outcome", columns="x", values="estimate")
        np.testing.assert_allclose(gap, (areas[1] - areas[0]).loc[gap.index], rtol=1e-10)


def test_restricted_means_without_an_error_or_an_area(made):
    curves = cl.incidence(made, **ACT)
    early = curves.restricted_mean(0.001)  # before any event
    assert early["estimate"].item() == 0
    assert early[["std_error", "ci_low", "ci_high", "df", "riv", "fmi"]].isna().all(axis=None)
    with pytest.raises(UsageError, match="Mean numbers have no restricted mean"):
        cl.recurrence(imputed(recurrent=True)).restricted_mean(36)
    for until in (0, np.nan, True, 36 + 0j):
        with pytest.raises(UsageError, match="until"):
            curves.restricted_mean(until)


def test_d2_by_hand():
    """Chi-squared 1 and 9 on 1 df, m = 2: roots 1 and 3, variance 2, r = 3; D = (5 - 3 x 3) / 4 = -1, p = 1."""
    found = join_tests(np.array([1.0, 9.0]), 1)
    assert (found.riv, found.statistic, found.p_value) == (pytest.approx(3), pytest.approx(-1), 1.0)
    assert found.df_resid == pytest.approx((4 / 3) ** 2)


def test_step_functions_pass_through_their_values_at_any_time(made):
    curve = cl.incidence(made, by="x", **ACT)
    table = curve.tidy()
    assert table["x"].nunique() == 2
    for x, part in table.groupby("x"):
        at = curve.at(part["time"])[lambda d, x=x: d["x"] == x].reset_index(drop=True)
        same = [c for c in table if c != "n_event"]
        pd.testing.assert_frame_equal(at[same], part[same].reset_index(drop=True), rtol=1e-12)
        np.testing.assert_allclose(at["n_event"], part["n_event"].cumsum(), rtol=1e-12)
    gaps = curve.difference([36, 60], reference=0)
    wide = curve.at([36, 60]).pivot(index="time", columns="x", values="estimate")
    np.testing.assert_allclose(gaps["estimate"], wide[1] - wide[0], rtol=1e-9)
    areas = curve.difference(until=48, reference=0)
    own = pd.concat([c.difference(until=48, reference=0) for c in curve.curves])
    assert areas["estimate"].iloc[0] == pytest.approx(own["estimate"].mean())
    total = own["std_error"].pow(2).mean() + 1.2 * own["estimate"].var()
    assert areas["std_error"].iloc[0] == pytest.approx(np.sqrt(total))
    for ax in (curve.plot(), cl.rates(made, by="x", **ACT).plot(), cl.cox(made, "x", **ACT).plot()):
        assert isinstance(ax, plt.Axes)
    plt.close("all")


def test_a_group_without_an_event_is_drawn(made):
    none = made.assign(none=lambda s: (s["event"] == "censored") & (s["x"] == 0))
    assert cl.incidence(none, by="none", **ACT).tidy()["none"].nunique() == 1
    idle = made.cohorts[0].spells.query("event == 'censored'")["case_id"].iloc[0]
    for result in (
        cl.incidence(none, by="none", **ACT),
        cl.recurrence(imputed(recurrent=True).assign(none=lambda s: s["case_id"] == idle), by="none"),
    ):
        lines = result.plot().get_legend_handles_labels()[1]
        assert sorted(v.removeprefix("none ").split(" (")[0] for v in lines) == sorted(
            result.glance()["none"].astype(str)
        ), lines
    plt.close("all")


def test_notes_and_arguments_by_name(made):
    fit = cl.cox(data=made, formula="x", outcome="sentence_reduction")
    pd.testing.assert_frame_equal(fit.tidy(), cl.cox(made, "x", **ACT).tidy())
    assert "5 imputations pooled by Rubin's rules" in repr(fit)
    assert "5 imputations" in repr(cl.incidence(made, **ACT))
    assert "5 imputations" in repr(cl.rates(made, **ACT))


def test_knots_are_those_of_the_first_fit(made):
    fit = cl.occurrence(made, "x", **ACT)
    first = cl.occurrence(made.cohorts[0], "x", **ACT)
    second = cl.occurrence(made.cohorts[1], "x", **ACT, duration=first.model.duration)
    assert second.model.duration == first.model.duration
    assert fit.levels == first.levels


def test_a_person_with_two_spells_in_some_draws_is_a_cluster_in_all():
    """Case 1 is seen in June 2001, the month of its sentence: some draws leave it without follow-up."""
    n = 40
    cases = pd.DataFrame({"case_id": [f"c{i}" for i in range(n)], "person_id": [f"p{i}" for i in range(n)]})
    cases = cases.assign(detention_date="2000-01-01", sentence_date="2000-02", seen_date="2004-01-01", status="serving")
    cases = cases.assign(sentence_type="fixed", sentence_months=120.0, status_date=None, x=np.arange(n) % 4 // 2)
    cases.loc[1, ["person_id", "sentence_date", "seen_date"]] = ["p0", "2001-06", "2001-06"]
    acts = pd.DataFrame({"case_id": cases["case_id"][2:18], "act_type": "sentence_reduction", "act_date": "2001"})
    made = cl.cohort(cases, acts, dates="impute", m=20, seed=1).with_covariates(cases[["case_id", "x"]])
    assert {len(c) for c in made.cohorts} == {39, 40}
    for function in (cl.cox, cl.fine_gray):
        found = function(made, "x", **ACT)
        assert found.variance == "cluster: person_id"
        pd.testing.assert_frame_equal(found.tidy(), function(made, "x", **ACT, cluster="person_id").tidy())
    assert cl.cox(made, "x", **ACT, robust=False).variance == "model"
    assert {c.variance for c in cl.incidence(made).curves} == {"robust"}
    assert {c.variance for c in cl.incidence(made, variance="greenwood").curves} == {"greenwood"}


def test_refusals(made):
    with pytest.raises(UsageError, match="log-log or cloglog scale"):
        cl.incidence(made, conf_type="plain")
    with pytest.raises(UsageError, match="profile-likelihood"):
        cl.cox(made, "x", **ACT, penalty="firth")
    with pytest.raises(DataError) as error:
        cl.cox(made.assign(flat=1.0), "flat", **ACT)
    assert "imputation 1 of 5" in error.value.__notes__[0]
    with pytest.raises(UsageError, match="take them whole"):
        cl.pool(made)
    for function in (cl.rates, cl.incidence):
        with pytest.raises(UsageError, match="two imputations or more, not 1"):
            function(replace(made, cohorts=made.cohorts[:1]))
    rule = made.assign(none=lambda s: (s["event"] != "sentence_reduction").astype(int))
    with pytest.raises(DataError) as error:
        cl.cox(rule, "none", **ACT)
    assert "cannot be pooled" in error.value.__notes__[1]  # what the message advises would be refused
    with pytest.raises(UsageError, match="not by areas"):
        cl.recurrence(imputed(recurrent=True), by="x").difference(until=36)
    late = made.cohorts[1].where(made.cohorts[1].spells["x"] == 0, "none of these")
    lacking = replace(made, cohorts=(made.cohorts[0], late, *made.cohorts[2:]))
    with pytest.raises(UsageError, match="same curves"):
        cl.incidence(lacking, by="x")
    with pytest.raises(UsageError, match="same groups"):
        cl.rates(lacking, by="x")
    with pytest.raises(UsageError, match="take it whole"):
        cl.pooled_rates(made, "x")
    three = made.assign(third=lambda s: s["case_id"].str[-1])
    other = replace(
        three,
        cohorts=(
            three.cohorts[0],
            three.cohorts[1].assign(third=lambda s: s["third"].isin(list("01"))),
            *three.cohorts[2:],
        ),
    )
    with pytest.raises(UsageError, match="degrees of freedom"):
        cl.logrank(other, by="third", **ACT)


@pytest.mark.parametrize(
    "call",
    [
        lambda c: cl.magnitude(c, "x"),
    ],
)
def test_other_functions_say_what_to_do(made, call):
    with pytest.raises(UsageError, match=r"\.cohorts"):
        call(made)


def test_pooled_curves_know_no_more_than_those_they_pool(made):
    curves = cl.incidence(made, by="x", **ACT)
    single = [c.glance() for c in curves.curves]
    assert (curves.glance()["competing"] == np.mean([g["competing"] for g in single], axis=0)).all()
    assert "competing" not in cl.recurrence(imputed(recurrent=True)).glance()
    assert curves.at([0, 1])[["ci_low", "ci_high"]].isna().all(axis=None)  # nobody had an act by then
    assert curves.difference([1])[["std_error", "p_value", "ci_low"]].isna().all(axis=None)
    assert curves.plot().get_ylabel() == "share with sentence reduction"
    for times in ("12", np.nan, -1):
        with pytest.raises(UsageError, match="times="):
            curves.at(times)
    with pytest.raises(UsageError, match=r"an event is not its last spell's.*cl\.recurrence"):
        cl.incidence(imputed(recurrent=True), **ACT)
    lacking = made.assign(
        side=lambda s: s["case_id"].where(s["case_id"] != s["case_id"].iloc[0]).notna().where(lambda v: v)
    )
    assert "In 5 imputations of 5: Left out: 1 row, missing value (side)." not in repr(curves)
    assert "In 5 of 5 imputations: Left out: 1 row, missing value (side)." in repr(
        cl.incidence(lacking, by="side", **ACT)
    )
