"""Sizes of acts against R's glm, lm and sandwich, a linear program, and identities; see tests/reference/magnitude.R."""

from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.optimize import linprog
from statsmodels.regression.quantile_regression import QuantReg, hall_sheather

import clemency as cl
from clemency import figures
from clemency.models.reductions.magnitude import magnitude
from clemency.records.errors import DataError, UsageError

mpl.use("Agg")
FOLDER = Path(__file__).resolve().parents[2] / "reference" / "magnitude"
EXPECTED = pd.read_csv(FOLDER / "expected.csv")
DATA = pd.read_csv(FOLDER / "simulated.csv")
NEW = pd.DataFrame({"x": [-1.0, 0.5], "group": ["a", "c"]})
MODELS = ["gamma", "lognormal", "fractional"]


def r(fit, quantity):
    found = EXPECTED[(EXPECTED["fit"] == fit) & (EXPECTED["quantity"] == quantity)]
    assert len(found)
    return found["value"].to_numpy()


def fitted(model, formula="x + group", data=DATA, **options):
    return magnitude(data, formula, model=model, share_of="remaining" if model == "fractional" else None, **options)


def as_in_r(estimate, column):
    return np.roll(estimate.tidy()[column].to_numpy(), 1)  # the constant is first there


@pytest.mark.parametrize("weights", [None, "weight"])
@pytest.mark.parametrize("model", MODELS)
def test_equals_r(model, weights):
    name = f"{model}_weighted" if weights else model
    fit = fitted(model, cluster="person", weights=weights)
    np.testing.assert_allclose(as_in_r(fit, "estimate"), r(name, "coefficient"), rtol=1e-9)
    np.testing.assert_allclose(as_in_r(fit, "std_error"), r(name, "cluster_error"), rtol=1e-8)
    found = fit.predict(NEW)
    np.testing.assert_allclose(found["estimate"], r(name, "mean"), rtol=1e-9)
    np.testing.assert_allclose(found["std_error"], r(name, "mean_error"), rtol=1e-6)  # R's slopes are differences
    size = fit.sizes("group").set_index("group").loc["c", ["estimate", "std_error"]].astype(float)
    np.testing.assert_allclose(size, r(name, "size_c"), rtol=1e-6)
    assert fit.df == DATA["person"].nunique() - 1
    alone = fitted(model, weights=weights)
    if model == "fractional" or weights:
        assert alone.variance == "robust"
        np.testing.assert_allclose(as_in_r(alone, "std_error"), r(name, "row_error"), rtol=1e-8)
    else:
        np.testing.assert_allclose(as_in_r(alone, "std_error"), r(name, "model_error"), rtol=1e-8)
        assert alone.df == len(DATA) - 4


def test_dispersion_and_likelihood_equal_r():
    for model in MODELS:
        np.testing.assert_allclose(fitted(model).glance()["dispersion"], r(model, "dispersion"), rtol=1e-8)
    for model in MODELS[:2]:
        np.testing.assert_allclose(fitted(model).glance()["loglik"], r(model, "loglik"), rtol=1e-9)
    np.testing.assert_allclose(fitted("gamma").glance()["aic"], r("gamma", "aic"), rtol=1e-9)
    assert np.isnan(fitted("fractional").glance()["loglik"][0])


def program(y, X, q):
    """Least loss and its coefficients by the simplex method: y = Xb + u - v, u and v positive."""
    n, p = X.shape
    cost = np.r_[np.zeros(2 * p), np.full(n, q), np.full(n, 1 - q)]
    found = linprog(cost, A_eq=np.column_stack([X, -X, np.eye(n), -np.eye(n)]), b_eq=y, method="highs-ds")
    return found.fun, found.x[:p] - found.x[p : 2 * p]


def columns(data=DATA):
    return np.column_stack([data["x"], data["group"] == "b", data["group"] == "c", np.ones(len(data))])


@pytest.mark.parametrize("q", [0.25, 0.45, 0.5, 0.8])
def test_quantile_is_that_of_a_linear_program(q):
    fit = fitted("quantile", q=q)
    loss, beta = program(DATA["months"].to_numpy(), columns(), q)
    error = DATA["months"] - columns() @ fit.fit.beta
    np.testing.assert_allclose(np.sum(error * (q - (error < 0))), loss, rtol=1e-12)
    assert fit.fit.unique == (q != 0.5)
    if fit.fit.unique:
        np.testing.assert_allclose(fit.tidy()["estimate"], beta, rtol=1e-9)
    else:
        assert "the middle one is given" in repr(fit)


@pytest.mark.parametrize("q", [0.25, 0.45])
def test_errors_of_a_quantile(q):
    """Rows alone have statsmodels' robust errors; clusters have the sums of scores that are written out here."""
    fit, X = fitted("quantile", q=q), columns()
    error = DATA["months"].to_numpy() - X @ fit.fit.beta
    error[np.abs(error) < 1e-9] = 0
    side = np.where(error > 0, q, q - 1)
    # As QuantReg.fit has it, on the residuals of the optimum.
    h = hall_sheather(len(DATA), q)
    h = min(DATA["months"].std(ddof=0), stats.iqr(error) / 1.34) * (stats.norm.ppf(q + h) - stats.norm.ppf(q - h))
    density = np.mean(0.75 * np.clip(1 - (error / h) ** 2, 0, None)) / h
    n, inverse = len(DATA), np.linalg.inv(X.T @ X) / density
    by_row = inverse @ (X.T @ (X * side[:, None] ** 2)) @ inverse
    np.testing.assert_allclose(fit.covariance, by_row * n / (n - 1), rtol=1e-9)
    summed = pd.DataFrame(X * side[:, None]).groupby(DATA["person"]).sum().to_numpy()
    G = len(summed)
    found = fitted("quantile", q=q, cluster="person").covariance
    np.testing.assert_allclose(found, inverse @ summed.T @ summed @ inverse * G / (G - 1), rtol=1e-9)


def test_statsmodels_search_ends_near_the_optimum_and_never_below_it():
    """Its reweighting is bounded by 1e-6 a residual, so its coefficients are good to some four digits."""
    d = DATA.assign(months=DATA["months"] + DATA["x"] ** 2)  # so that nothing lies on a line by its rounding
    X, y = columns(d)[:, [0, 3]], DATA["months"].to_numpy() + DATA["x"].to_numpy() ** 2
    fit = fitted("quantile", "x", d)
    peer = QuantReg(y, X).fit(q=0.5, max_iter=1000)
    ours, theirs = (np.abs(y - X @ b).sum() for b in (fit.fit.beta, peer.params))
    assert ours <= theirs <= ours * (1 + 1e-6)
    # At the median the side of a residual of zero, which their search leaves to chance, is without effect.
    np.testing.assert_allclose(fit.tidy()["std_error"], peer.bse * np.sqrt(len(d) / (len(d) - 1)), rtol=1e-3)


def test_groups_alone_have_their_own_means_and_quantiles():
    own = DATA.assign(share=DATA["months"] / DATA["remaining"]).groupby("group")
    for model, expected in (("gamma", own["months"].mean()), ("fractional", own["share"].mean())):
        found = fitted(model, "group").predict({"group": ["a", "b", "c"]})
        np.testing.assert_allclose(found["estimate"], expected, rtol=1e-9)
    log = np.exp(own["months"].apply(lambda m: np.log(m).mean())).to_numpy()
    table = fitted("lognormal", "group").tidy(exponentiate=True)["estimate"].to_numpy()
    np.testing.assert_allclose(np.r_[1.0, table[:2]] * table[2], log, rtol=1e-9)
    median = fitted("quantile", "group").predict({"group": ["a", "b", "c"]})["estimate"]
    np.testing.assert_allclose(median, own["months"].median(), rtol=1e-9)  # of an even number, between two acts
    lower = fitted("quantile", "group", q=0.31).predict({"group": ["a", "b", "c"]})["estimate"]
    place = [np.sort(m)[int(np.ceil(0.31 * len(m))) - 1] for _, m in own["months"]]
    np.testing.assert_allclose(lower, place, rtol=1e-9)


@pytest.mark.parametrize("model", [*MODELS, "quantile"])
def test_each_row_a_cluster_is_the_robust_variance(model):
    rows = DATA.assign(row=np.arange(len(DATA)))
    by_row = fitted(model, data=rows, cluster="row")
    alone = fitted(model, weights=None if model in ("fractional", "quantile") else "one", data=rows.assign(one=1))
    np.testing.assert_allclose(by_row.covariance, alone.covariance, rtol=1e-9)
    np.testing.assert_allclose(by_row.predict(NEW)["std_error"], alone.predict(NEW)["std_error"], rtol=1e-9)


@pytest.mark.parametrize("model", [*MODELS, "quantile"])
@settings(max_examples=5, deadline=None)
@given(st.integers(0, 10_000))
def test_order_of_rows_and_unit_do_not_matter(model, seed):
    shuffled = DATA.sample(frac=1, random_state=seed)
    first, second = (fitted(model, data=d, cluster="person") for d in (DATA, shuffled))
    for name in ("estimate", "std_error", "ci_low"):
        np.testing.assert_allclose(first.tidy()[name], second.tidy()[name], rtol=1e-7)
    days = fitted(model, data=shuffled.assign(months=shuffled["months"] * 30, remaining=shuffled["remaining"] * 30))
    factor = 1 if model == "fractional" else 30
    np.testing.assert_allclose(days.predict(NEW)["estimate"], factor * first.predict(NEW)["estimate"], rtol=1e-7)


def test_weights_are_scale_free_and_copies_as_clusters():
    twice = DATA.loc[DATA.index.repeat(DATA["weight"])]
    for model in MODELS:
        first = fitted(model, weights="weight", cluster="person")
        second = fitted(model, data=twice, cluster="person")
        third = fitted(model, data=DATA.assign(weight=DATA["weight"] / 7), weights="weight", cluster="person")
        for other in (second, third):
            np.testing.assert_allclose(first.covariance, other.covariance, rtol=1e-7)
            np.testing.assert_allclose(first.predict(NEW)["std_error"], other.predict(NEW)["std_error"], rtol=1e-7)


def test_smeared_mean_at_the_average_act_has_the_error_of_a_mean():
    """There the coefficients' error cancels: what is left is the spread of exp(residual) / its mean."""
    fit = fitted("lognormal", "x")
    u = np.exp(np.log(DATA["months"]) - np.column_stack([DATA["x"], np.ones(len(DATA))]) @ fit.fit.beta)
    assert fit.fit.log_smear == pytest.approx(np.log(u.mean()), rel=1e-12)
    found = fit.predict({"x": [DATA["x"].mean()]})
    n = len(DATA)
    expected = np.sqrt(np.sum((u / u.mean() - 1) ** 2) / (n - 2) / n) * found["estimate"][0]
    assert found["std_error"][0] == pytest.approx(expected, rel=1e-9)


def test_limits_are_of_the_t_distribution_and_stay_in_range():
    fit = fitted("fractional", cluster="person")
    t, error = stats.t.isf(0.05, 54), fit.tidy()["std_error"]
    wide = fit.with_level(0.9).tidy()
    assert fit.df == 54
    np.testing.assert_allclose(wide["ci_high"] - wide["estimate"], t * error, rtol=1e-12)
    share = fit.predict({"x": [-60.0, 60.0], "group": ["a", "a"]})
    assert share[["ci_low", "ci_high"]].to_numpy().min() >= 0
    assert share[["ci_low", "ci_high"]].to_numpy().max() <= 1
    size = fit.sizes()
    assert size["n_event"].tolist() == [len(DATA)]
    assert size["estimate"][0] == pytest.approx((DATA["months"] / DATA["remaining"]).mean())


@pytest.mark.parametrize("edition", ["2026.11", None])
def test_shipped_reductions(edition):
    cases, acts = cl.load("cases", edition=edition), cl.load("acts", edition=edition)
    ours = acts[acts["act_type"] == "sentence_reduction"].merge(cases[["case_id", "region"]], on="case_id")
    fit = cl.magnitude(ours, "region", cluster="case_id")
    left = fit.exclusions.set_index("column")["n"]
    assert left["scope"] == (ours["scope"] == "total").sum()
    assert left["months"] == (ours["months"].isna() & (ours["scope"] == "single")).sum()
    usable = ours["months"].notna() & (ours["scope"] == "single")
    assert left.get("region", 0) == (usable & ours["region"].isna()).sum()
    assert fit.glance()["n"][0] + left.sum() == len(ours)
    per_region = ours[usable].groupby("region", observed=True).size()
    few = per_region[per_region < 5]
    said = [line for line in repr(fit).splitlines() if "its size is unstable" in line]
    assert said == [f"region {k}: {n} acts in this level: its size is unstable" for k, n in few.items()]
    if edition:
        assert few.to_dict() == {"Northeast": 2, "East": 4}
        assert "too narrow" in repr(fit)
    assert "Left out" in fit._repr_html_()
    alone = cl.magnitude(ours, "region")
    assert "taken as independent" in repr(alone)
    with pytest.raises(UsageError, match="several kinds"):
        cl.magnitude(acts.merge(cases[["case_id", "region"]], on="case_id"), "region")


def test_figures_with_legal_limits():
    asked = {"sentence_type": "fixed", "sentence_months": 72, "detention_date": "2009-01-15"}
    cuts = cl.eligibility(asked | {"sentence_date": "2009-10-20"}, on="2011-05-27")["largest cut"]
    ax = fitted("gamma").plot(by="group", cuts=cuts)
    lines = [line.get_xdata()[0] for line in ax.lines if line.get_linestyle() == "--"]
    assert lines == sorted(set(cuts["months"])) == [12.0, 24.0]
    assert "Legal limits of one cut: 12 months (art. " in figures.drawn(ax).alt
    life = cl.eligibility(asked | {"sentence_type": "life", "sentence_date": "2009-10-20"}, on="2011-05-27")
    ax = fitted("gamma").plot(by="group", cuts=life["largest cut"])  # those are terms that result, not cuts
    assert [line for line in ax.lines if line.get_linestyle() == "--"] == []
    assert figures.drawn(fitted("fractional").plot()).frame["term"].tolist() == ["x", "group", "group", "group"]
    assert figures.drawn(fitted("quantile").plot(by="group")).frame["label"].tolist() == ["a", "b", "c"]
    mpl.pyplot.close("all")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"model": "weibull"}, "model='weibull'"),
        ({"share_of": "remaining"}, "only there"),
        ({"model": "fractional"}, "with model='fractional'"),
        ({"model": "quantile", "q": 1.0}, "between 0 and 1"),
        ({"q": 0.9}, "no effect"),
        ({"model": "quantile", "weights": "weight"}, "no weights"),
        ({"months": "size"}, "no column size"),
        ({"cluster": "nobody"}, "no column 'nobody'"),
        ({"ci_level": 95}, "ci_level"),
    ],
)
def test_arguments_that_cannot_be(options, message):
    with pytest.raises(UsageError, match=message):
        magnitude(DATA, "x + group", **options)


@pytest.mark.parametrize(
    ("change", "formula", "model", "message"),
    [
        ({"months": [0.0]}, "x", "gamma", "row 3, months, '0': must be positive and finite. Leave acts"),
        ({"months": [-2.0]}, "x", "quantile", "row 3, months, '-2'"),
        ({"months": [np.inf]}, "x", "lognormal", "row 3, months, 'inf'"),
        ({"months": ["many"]}, "x", "gamma", "row 3, months, 'many': not a number. Write a plain number"),
        (
            {"remaining": [0.5]},
            "x",
            "fractional",
            r"row 3, months / remaining, '.*': a share must lie in \[0, 1\]. Check",
        ),
        ({"remaining": [0.0]}, "x", "fractional", "row 3, remaining, '0': must be positive"),
        ({}, "x + one", "gamma", "one.*constant"),
        ({}, "x + twice", "gamma", "twice.*duplicate of x"),
    ],
)
def test_data_that_cannot_be(change, formula, model, message):
    d = DATA.assign(one=1.0, twice=2 * DATA["x"])
    for column, (value,) in change.items():
        d[column] = d[column].astype(object)
        d.loc[3, column] = value
    with pytest.raises(DataError, match=message):
        fitted(model, formula, d)


def test_totals_and_missing_values_are_counted_apart_and_do_not_move_rows():
    d = DATA.assign(scope="single")
    d.loc[[0, 1], "scope"] = "total"
    d.loc[[1, 2, 5], "months"] = np.nan
    d.loc[7, "x"] = np.nan
    fit = magnitude(d, "x")
    assert fit.exclusions[["reason", "column", "n"]].to_numpy().tolist() == [
        ["a total over several acts", "scope", 2],
        ["missing value", "months", 2],
        ["missing value", "x", 1],
    ]
    plain = magnitude(DATA.drop([0, 1, 2, 5, 7]), "x")
    np.testing.assert_array_equal(fit.tidy()["estimate"], plain.tidy()["estimate"])
    d.loc[9, "months"] = -1
    with pytest.raises(DataError, match="row 9, months"):
        magnitude(d, "x")


def test_what_the_data_cannot_tell_is_refused():
    with pytest.raises(DataError, match="3 acts for 3 coefficients"):
        magnitude(DATA.assign(group=["a", "b", "c"] * 50).iloc[:3], "group")
    with pytest.raises(DataError, match="all sizes are equal"):
        magnitude(DATA.assign(months=12.0), "x")
    for model in ("gamma", "lognormal"):
        with pytest.raises(DataError, match="explain every size exactly"):
            magnitude(DATA.assign(months=DATA["group"].map({"a": 6.0, "b": 12.0, "c": 9.0})), "group", model=model)
    with pytest.raises(DataError, match="cannot be estimated"):
        magnitude(DATA.assign(months=np.where(DATA.index < 120, 12.0, DATA["months"])), "x", model="quantile")
    with pytest.raises(UsageError, match="3 clusters, too few for 4 coefficients"):
        magnitude(DATA.assign(person=DATA["person"] % 3), "x + group", cluster="person")
    all_cut = DATA.assign(remaining=DATA["remaining"].where(DATA["group"] != "c", DATA["months"]))
    with pytest.raises(DataError, match=r"group, 'c'.*Merge the level"):
        fitted("fractional", data=all_cut)
    some = all_cut.assign(
        remaining=all_cut["remaining"].where(all_cut.index != all_cut.query("group == 'c'").index[0], 99)
    )
    assert np.isfinite(fitted("fractional", data=some).tidy()["estimate"]).all()


def test_questions_that_a_fit_cannot_answer():
    fit = fitted("quantile")
    with pytest.raises(UsageError, match="not logarithms"):
        fit.tidy(exponentiate=True)
    with pytest.raises(UsageError, match="by="):
        fit.plot()
    with pytest.raises(UsageError, match="no variable 'sex'"):
        fit.sizes("sex")
    with pytest.raises(UsageError, match="the fit knows: a, b, c"):
        fit.predict({"x": [1.0], "group": ["z"]})
    with pytest.raises(DataError, match="newdata, row 0, x: missing value"):
        fit.predict({"x": [np.nan], "group": ["a"]})
    with pytest.raises(UsageError, match="model is of shares"):
        fitted("fractional").plot(by="group", cuts=pd.DataFrame({"months": [12.0]}))


@pytest.mark.parametrize("model", ["gamma", "ordinal"])
def test_a_formula_without_covariates_is_refused_without_talk_of_curves(model):
    rows = pd.DataFrame({"months": [6, 12, 9, 18, 6, 9]})
    with pytest.raises(UsageError, match=r"formula '1' has no term: name at least one covariate$"):
        magnitude(rows, "1", model=model)
