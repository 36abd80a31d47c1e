"""Discrete-time hazards against R's glm and against formulas written out in R; see tests/reference/occurrence.R."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clemency as cl
from clemency.models.discretetime.duration import duration
from clemency.models.discretetime.occurrence import occurrence
from clemency.models.regression.binomial import Trials, fit_binary, rows_at
from clemency.models.regression.separation import separated
from clemency.records.errors import DataError, UsageError

FOLDER = Path(__file__).resolve().parents[2] / "reference" / "occurrence"
EXPECTED = pd.read_csv(FOLDER / "expected.csv")
DATA = pd.read_csv(FOLDER / "simulated.csv")
RARE = pd.read_csv(FOLDER / "rare.csv")
COLUMNS = {"event": "act", "time": "time", "months": "months", "case": "case"}


def r(fit, quantity):
    found = EXPECTED[(EXPECTED["fit"] == fit) & (EXPECTED["quantity"] == quantity)]
    assert len(found)
    return found["value"].to_numpy()


def in_order(estimate):
    """Coefficients as R has them: constant, x, group, late, duration."""
    t = estimate.tidy().set_index(["term", "level"])
    names = [("constant", ""), *[i for i in t.index if i[0] != "constant"]]
    return t.loc[names]


@pytest.fixture(scope="module", params=["cloglog", "logit"])
def bands(request):
    fit = occurrence(
        DATA, "x + group + late", **COLUMNS, duration=[12, 30], link=request.param, weights="weight", cluster="cluster"
    )
    return f"bands_{request.param}", fit


def test_coefficients_and_errors(bands):
    name, fit = bands
    found = in_order(fit)
    np.testing.assert_allclose(found["estimate"], r(name, "coefficient"), rtol=1e-9)
    np.testing.assert_allclose(found["std_error"], r(name, "cluster_error"), rtol=1e-7)
    order = [len(fit.terms) - 1, *range(len(fit.terms) - 1)]
    np.testing.assert_allclose(np.sqrt(np.diag(fit.fit.covariance))[order], r(name, "model_error"), rtol=1e-7)
    np.testing.assert_allclose(fit.glance()["loglik"], r(name, "loglik"), rtol=1e-10)
    assert fit.df == 24


def test_average_effects(bands):
    name, fit = bands
    for kind in ("difference", "ratio"):
        table = fit.effects("group", kind=kind).set_index("level")
        for level in ("b", "c"):
            expected = r(name, f"{kind}_{level}")
            np.testing.assert_allclose(table.loc[level, ["estimate", "std_error"]].astype(float), expected, rtol=1e-6)
    slope = fit.effects("x")[["estimate", "std_error"]].to_numpy()[0]
    np.testing.assert_allclose(slope, r(name, "slope_x"), rtol=1e-6)


def test_probability_within_two_years(bands):
    name, fit = bands
    table = fit.probabilities(24, by="group").set_index("group")
    np.testing.assert_allclose(
        table.loc["b", ["estimate", "std_error"]].astype(float), r(name, "within_24_b"), rtol=1e-6
    )
    assert (table["ci_low"] < table["estimate"]).all()
    assert (table["estimate"] < table["ci_high"]).all()


def test_spline_spans_what_a_natural_spline_does():
    fit = occurrence(DATA, "x + group", **COLUMNS)
    np.testing.assert_allclose(fit.tidy()["estimate"][:3], r("spline", "coefficient"), rtol=1e-8)
    np.testing.assert_allclose(fit.tidy()["std_error"][:3], r("spline", "model_error"), rtol=1e-7)
    np.testing.assert_allclose(fit.glance()["loglik"], r("spline", "loglik"), rtol=1e-10)


@pytest.mark.parametrize("link", ["cloglog", "logit"])
def test_firth(link):
    with pytest.raises(DataError, match=r"group.*'c'.*separates"):
        occurrence(RARE, "x + group", **COLUMNS, duration=None, link=link)
    fit = occurrence(RARE, "x + group", **COLUMNS, duration=None, link=link, penalty="firth")
    found, name = in_order(fit), f"firth_{link}"
    # R's own maximum is good to about seven digits: its slopes are differences.
    np.testing.assert_allclose(found["estimate"], r(name, "coefficient"), rtol=1e-6)
    np.testing.assert_allclose(fit.fit.objective, r(name, "objective"), rtol=1e-10)
    for j in (1, 2, 3):
        np.testing.assert_allclose(found[["ci_low", "ci_high"]].to_numpy()[j], r(name, f"limits_{j}"), rtol=2e-6)
        np.testing.assert_allclose(found["statistic"].to_numpy()[j], r(name, f"root_{j}"), rtol=1e-6)


def test_shrunken_groups():
    fit = occurrence(DATA, "x + group", **COLUMNS, duration=None, shrink="cluster")
    np.testing.assert_allclose(fit.sigma, r("shrunken", "sigma"), rtol=1e-4)  # the likelihood is flat in it
    np.testing.assert_allclose(in_order(fit)["estimate"], r("shrunken", "coefficient"), rtol=1e-6)
    groups = fit.groups().assign(number=lambda g: g["level"].astype(int)).sort_values("number")
    np.testing.assert_allclose(groups["estimate"], r("shrunken", "group"), rtol=2e-4)
    assert groups["n_event"].sum() == DATA["act"].sum()


def test_errors_and_limits_of_shrunken_groups():
    """Groups are normal about 0 with the standard deviation sigma: X'WX with 1 / sigma^2 added, and its inverse."""
    whole = DATA.assign(months=3)
    fit = occurrence(whole, "x", **COLUMNS, duration=None, shrink="cluster", link="logit", ci_level=0.9)
    found = fit.groups().set_index("level")
    dummies = pd.get_dummies(DATA["cluster"].astype(str)).astype(float)[found.index]
    X = np.column_stack([np.ones(len(DATA)), DATA["x"], dummies])
    fixed = fit.tidy().set_index("term")["estimate"]
    p = 1 / (1 + np.exp(-X @ np.r_[fixed["constant"], fixed["x"], found["estimate"]]))
    prior = np.diag(np.r_[0, 0, np.full(len(found), 1 / fit.sigma**2)])
    error = np.sqrt(np.diag(np.linalg.inv(X.T * (p * (1 - p)) @ X + prior)))[2:]
    np.testing.assert_allclose(found["std_error"], error, rtol=1e-5)
    # R: qnorm(0.95) is 1.644853627.
    np.testing.assert_allclose(found["ci_low"], found["estimate"] - 1.644853627 * error, rtol=1e-4)
    np.testing.assert_allclose(found["ci_high"], found["estimate"] + 1.644853627 * error, rtol=1e-4)
    assert found["n"].tolist() == dummies.sum().tolist()
    assert found["n_event"].tolist() == (dummies.T @ DATA["act"]).tolist()


def test_groups_without_spread_have_no_limits():
    even = DATA[DATA["months"] == 3].assign(cluster=lambda d: np.arange(len(d)) % 4)
    fit = occurrence(even, "x", **COLUMNS, duration=None, shrink="cluster")
    assert fit.sigma == 0
    found = fit.groups()
    assert found["estimate"].tolist() == [0, 0, 0, 0]
    assert found[["std_error", "ci_low", "ci_high"]].isna().all(axis=None)
    assert (found["n_event"] > 0).all()


def test_periods_without_an_act_may_be_cut():
    """With a hazard that is constant in bands, a quarter without an act says what its three months say."""
    copies = np.where(DATA["act"] == 1, 1, 3)
    whole = DATA.assign(time=(DATA["time"] // 12) * 12)  # so that no part changes its band
    parts = whole.loc[whole.index.repeat(copies)].reset_index(drop=True)
    parts["months"] = parts["months"] / np.repeat(copies, copies)
    first, second = (occurrence(d, "x + group", **COLUMNS, duration=[12, 24, 36]).tidy() for d in (whole, parts))
    np.testing.assert_allclose(first["estimate"], second["estimate"], rtol=1e-8)


@pytest.mark.parametrize("link", ["cloglog", "logit"])
@pytest.mark.parametrize("by", ["case", "row"])
def test_sampling_weights_have_the_errors_of_a_sample(link, by):
    """They were taken for numbers of cases: errors of R's glm, not of sandwich. tests/reference/samplingweights.R."""
    want = pd.read_csv(FOLDER / "sampling.csv").query("link == @link and by == @by")
    d = DATA.assign(w=DATA["weight"] / 4 + 0.1)
    columns = COLUMNS if by == "case" else {**COLUMNS, "case": None}
    fit = occurrence(d, "x + group + late", **columns, duration=None, link=link, weights="w")
    found = in_order(fit)
    np.testing.assert_allclose(found["estimate"], want["estimate"], rtol=1e-8)
    np.testing.assert_allclose(found["std_error"], want["std_error"], rtol=1e-7)
    assert fit.df == {"case": 219, "row": len(d) - 1}[by]
    assert fit.variance == {"case": "cluster: case (220)", "row": "robust"}[by]
    same = occurrence(d.assign(w=d["w"] * 7), "x + group + late", **columns, duration=None, link=link, weights="w")
    np.testing.assert_allclose(
        in_order(same)["std_error"], found["std_error"], rtol=1e-7
    )  # no more is known than before


def test_weights_are_copies():
    twice = DATA.loc[DATA.index.repeat(DATA["weight"])].reset_index(drop=True)
    first = occurrence(DATA, "x", **COLUMNS, weights="weight").tidy()
    second = occurrence(twice, "x", **(COLUMNS | {"case": None})).tidy()
    # Knots rest on rows, not on weights, so the spline is compared at its own knots.
    assert first["estimate"][0] == pytest.approx(second["estimate"][0], rel=2e-2)
    flat = [
        occurrence(d, "x", **(COLUMNS | {"case": None}), duration=None, weights=w).tidy()
        for d, w in ((DATA, "weight"), (twice, None))
    ]
    np.testing.assert_allclose(flat[0]["estimate"], flat[1]["estimate"], rtol=1e-9)
    np.testing.assert_allclose(flat[0]["std_error"], flat[1]["std_error"], rtol=1e-9)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_order_of_rows_never_matters(seed):
    shuffled = DATA.sample(frac=1, random_state=seed)
    first = occurrence(DATA, "x + group", **COLUMNS, cluster="cluster")
    second = occurrence(shuffled, "x + group", **COLUMNS, cluster="cluster")
    np.testing.assert_allclose(first.tidy()["estimate"], second.tidy()["estimate"], rtol=1e-8)
    np.testing.assert_allclose(first.tidy()["std_error"], second.tidy()["std_error"], rtol=1e-7)
    np.testing.assert_allclose(first.effects("group")["std_error"], second.effects("group")["std_error"], rtol=1e-7)


@given(st.integers(0, 10_000), st.sampled_from(["logit", "cloglog"]), st.booleans())
def test_slopes_of_the_likelihood(seed, link, firth):
    rng = np.random.default_rng(seed)
    X = np.column_stack([np.ones(40), rng.normal(size=(40, 2))])
    trials = Trials(X, rng.random(40) < 0.4, rng.normal(size=40) / 3, np.ones(40), link, firth)
    fit = fit_binary(trials)
    if not fit.converged:
        return
    for j in range(3):
        off = [fit_binary(trials, fit.beta, {j: fit.beta[j] + h}).objective for h in (-1e-3, 1e-3)]
        assert max(off) <= fit.objective + 1e-9  # a maximum in every direction
    eta = rng.normal(size=40)
    for y in (np.ones(40, bool), np.zeros(40, bool)):
        up, down, here = (rows_at(eta + h, y, link) for h in (1e-6, -1e-6, 0.0))
        np.testing.assert_allclose((up.loglik - down.loglik) / 2e-6, here.score, rtol=1e-5, atol=1e-8)
        np.testing.assert_allclose((np.log(up.weight) - np.log(down.weight)) / 2e-6, here.drift, rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose((up.mean - down.mean) / 2e-6, here.slope, rtol=1e-5, atol=1e-9)


@given(st.integers(0, 100_000))
def test_separation_is_found_exactly(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(5, 15))
    X = np.column_stack([np.ones(n), rng.integers(0, 2, size=(n, 2)), rng.integers(-1, 2, n)]).astype(float)
    y = rng.random(n) < 0.4
    if not 0 < y.sum() < n or np.linalg.matrix_rank(X) < 4:
        return
    ridged = [fit_binary(Trials(X, y, np.zeros(n), np.ones(n), "logit", ridge=np.full(4, k))) for k in (1e-6, 1e-9)]
    grows = np.abs(ridged[1].beta - ridged[0].beta) > 0.5  # a weaker ridge lets only infinite coefficients go on
    found = set(separated(X, y))
    assert set(np.flatnonzero(grows)) <= found
    assert bool(found) == grows.any()


def test_wild_bootstrap_goes_through_all_signs_of_few_clusters():
    few = DATA.assign(cluster=DATA["cluster"] % 7)
    fit = occurrence(few, "x", **COLUMNS, duration=None, cluster="cluster")
    found = fit.wild_test("x").iloc[0]
    assert found["repetitions"] == 2**7
    assert found["p_value"] >= 2 / 2**7
    assert found["p_value"] * 2**7 == pytest.approx(round(found["p_value"] * 2**7))
    many = occurrence(DATA, "x", **COLUMNS, cluster="cluster")
    assert many.wild_test("x", seed=1).equals(many.wild_test("x", seed=1))


def test_duration_spline_is_straight_beyond_its_knots():
    made = duration("spline", np.arange(60.0), np.arange(60) % 2 == 0)
    at = made.columns(np.array([100.0, 110.0, 120.0]))
    np.testing.assert_allclose(at[0] + at[2], 2 * at[1])


def test_cohort_with_time_varying_exposure_agrees_with_cox():
    events = cl.load("events")
    cohort = cl.cohort(cl.load("cases"), cl.load("acts"), outcome="sentence_reduction", clock="sentence")
    exposed = cohort.expose(events[events["partner"] == "US"], by=None, name="us_event")
    fit = occurrence(exposed, "us_event", outcome="sentence_reduction", period="M", duration="spline")
    cox = cl.cox(exposed, "us_event", outcome="sentence_reduction")
    assert fit.glance()["events"][0] == cox.glance()["events"][0]
    assert fit.glance()["person_months"][0] == pytest.approx(cox.glance()["person_months"][0])
    difference = fit.tidy()["estimate"][0] - cox.tidy()["estimate"][0]
    assert abs(difference) < 0.25 * cox.tidy()["std_error"][0]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"period": "W"}, "period='W'"),
        ({"link": "probit"}, "link='probit'"),
        ({"penalty": "firth", "cluster": "cluster"}, "know no cluster"),
        ({"shrink": "cluster", "penalty": "firth"}, "limits of its own"),
        ({"outcome": "act"}, "a frame has event="),
        ({"duration": [24, 12]}, "months that rise"),
        ({"duration": "cubic"}, "duration='cubic'"),
        ({"months": "lenght"}, "no column lenght"),
    ],
)
def test_arguments_that_cannot_be(more, message):
    with pytest.raises(UsageError, match=message):
        occurrence(DATA, "x", **(COLUMNS | more))


def test_questions_that_the_model_cannot_answer():
    fit = occurrence(DATA, "x + group", **COLUMNS)
    with pytest.raises(UsageError, match="no variable 'sex'"):
        fit.effects("sex")
    with pytest.raises(UsageError, match="full periods of 3 months"):
        fit.probabilities(10)
    with pytest.raises(UsageError, match="needs clusters"):
        fit.wild_test("x")
    with pytest.raises(UsageError, match="no shrunken groups"):
        fit.groups()
    with pytest.raises(DataError, match="no person-period has an act"):
        occurrence(DATA.assign(act=0), "x", **COLUMNS)


def test_missing_values_are_counted():
    gaps = DATA.assign(x=DATA["x"].where(DATA.index > 4))
    fit = occurrence(gaps, "x", **COLUMNS)
    assert fit.exclusions[["column", "n"]].to_numpy().tolist() == [["x", 5]]
    assert "Left out: 5 rows" in repr(fit)
    assert "person-periods" in fit._repr_html_()


def test_several_kinds_of_event_are_not_all_acts():
    d = pd.DataFrame({"t": [0, 3] * 6, "x": range(12), "end": ["censored", "act", "death"] * 4})
    with pytest.raises(UsageError, match="several kinds of event"):
        occurrence(d, "x", event="end", time="t", duration=None)


def test_probabilities_start_from_the_earliest_row_and_know_every_level():
    """The first covariates are those first in time, whatever the order of rows; a later level is not left out."""
    rng = np.random.default_rng(5)
    d = pd.DataFrame(
        {"case": np.repeat(np.arange(60), 4), "t": np.tile([0, 3, 6, 9], 60), "act": rng.random(240) < 0.2}
    )
    d = d.assign(after=np.where(d["t"] > 3, "yes", "no"), age=rng.normal(size=240))
    made = [occurrence(f, "after + age", event="act", time="t", case="case", duration=None) for f in (d, d[::-1])]
    found = [m.probabilities(12, by="after") for m in made]
    assert found[0]["after"].tolist() == ["no", "yes"]
    np.testing.assert_allclose(found[0]["estimate"], found[1]["estimate"], rtol=1e-8)


def test_duration_that_a_covariate_explains_is_refused():
    random = np.random.default_rng(2)
    rows = pd.DataFrame(
        {"act": random.integers(0, 2, 80), "x": random.normal(size=80), "month": np.tile([0, 3, 6, 9], 20)}
    )
    rows = rows.assign(when=2 * rows["month"] + 1)
    with pytest.raises(DataError, match=r"duration\[spline 1\]: duplicate of when"):
        occurrence(rows, "x + when", event="act", time="month", duration="linear")
    with pytest.raises(DataError, match=r"duration\[50 to 60\].*constant"):
        occurrence(rows, "x", event="act", time="month", duration=[5, 50, 60])
    assert np.isfinite(occurrence(rows, "x + when", event="act", time="month", duration=None).tidy()["std_error"]).all()


def test_acts_everywhere_have_no_finite_rate():
    rows = pd.DataFrame({"act": 1, "x": [0.0, 1, 2, 3], "month": [0, 3, 6, 9]})
    with pytest.raises(DataError, match="every person-period has an act"):
        occurrence(rows, "x", event="act", time="month", duration=None)


@pytest.mark.parametrize("name", ["e", "t", "m", "c"])
def test_a_column_that_is_there_twice_is_refused_by_name(name):
    frame = pd.DataFrame({"e": [0, 1] * 20, "t": range(40), "m": 3.0, "c": range(40), "x": [0, 1, 1, 0] * 10})
    twice = pd.concat([frame, frame[[name]]], axis=1)
    with pytest.raises(UsageError, match=f"there are 2 columns '{name}'"):
        occurrence(twice, "x", event="e", time="t", months="m", case="c")
