"""Months as ordered categories against R's MASS::polr, by hand, and identities; see tests/reference/ordinal.R."""

from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from scipy import special
from scipy.optimize import approx_fprime

import clemency as cl
from clemency.models.reductions.ordinal import expected
from clemency.records.errors import DataError, UsageError

mpl.use("Agg")
FOLDER = Path(__file__).resolve().parents[2] / "reference" / "ordinal"
EXPECTED = pd.read_csv(FOLDER / "expected.csv")
DATA = pd.read_csv(FOLDER / "simulated.csv")
NEW = pd.DataFrame({"x": [-1.0, 0.5], "group": ["a", "c"]})


def r(fit, quantity):
    found = EXPECTED[(EXPECTED["fit"] == fit) & (EXPECTED["quantity"] == quantity)]["value"].to_numpy()
    assert len(found)
    return found


def fitted(data=DATA, formula="x + group", **options):
    return cl.magnitude(data, formula, model="ordinal", **options)


@pytest.fixture(scope="module")
def fit():
    return fitted()


def test_equals_polr(fit):
    table = fit.tidy()
    np.testing.assert_allclose(table["estimate"], np.r_[r("plain", "coefficient"), r("plain", "threshold")], atol=1e-6)
    np.testing.assert_allclose(table["std_error"], r("plain", "error"), rtol=1e-6)
    np.testing.assert_allclose(fit.glance()["loglik"], r("plain", "loglik"), rtol=1e-9)
    assert fit.glance()["aic"][0] == pytest.approx(16 - 2 * r("plain", "loglik")[0])
    np.testing.assert_allclose(fit.probabilities(NEW)["estimate"], r("plain", "probability"), atol=1e-6)
    clustered = fitted(cluster="person")
    np.testing.assert_allclose(clustered.tidy()["std_error"], r("plain", "cluster_error"), rtol=1e-6)
    assert clustered.df == DATA["person"].nunique() - 1
    assert fit.df == np.inf
    assert "limits: 95% (normal)" in repr(fit)


def test_weighted_coefficients_equal_polr_and_copies_as_clusters():
    found = fitted(weights="weight")
    both = np.r_[r("weighted", "coefficient"), r("weighted", "threshold")]
    np.testing.assert_allclose(found.tidy()["estimate"], both, atol=1e-6)
    assert (found.variance, np.isnan(found.glance()["loglik"][0])) == ("robust", True)
    copies = DATA.assign(row=range(len(DATA))).loc[np.repeat(DATA.index, DATA["weight"])].reset_index(drop=True)
    np.testing.assert_allclose(found.covariance, fitted(copies, cluster="row").covariance, rtol=1e-8)


def test_a_group_alone_has_its_shares_and_mean():
    """Two categories and two groups are a table of four numbers: the odds and their ratio are those of the table."""
    rows = pd.DataFrame({"months": [6] * 6 + [12] * 2 + [6] * 3 + [12] * 5, "site": ["a"] * 8 + ["b"] * 8})
    found = fitted(rows, "site")
    ratio, odds = found.tidy(exponentiate=True)["estimate"]
    assert (ratio, odds) == (pytest.approx(5 / 3 * 3), pytest.approx(3))
    assert found.tidy()["std_error"][0] == pytest.approx(np.sqrt(1 / 6 + 1 / 2 + 1 / 3 + 1 / 5))
    assert found.probabilities({"site": ["b"]})["estimate"].tolist() == pytest.approx([3 / 8, 5 / 8])
    assert found.predict({"site": ["b"]})["estimate"][0] == pytest.approx((3 * 6 + 5 * 12) / 8)
    assert found.sizes("site")["estimate"].tolist() == pytest.approx([7.5, 9.75])


def test_expected_months_and_their_errors(fit):
    told = fit.probabilities(NEW)
    means = told.assign(part=told["months"] * told["estimate"]).groupby("row")["part"].sum()
    found = fit.predict(NEW)
    np.testing.assert_allclose(found["estimate"], means, rtol=1e-12)
    assert told.groupby("row")["estimate"].sum().tolist() == pytest.approx([1, 1])
    X = np.array([[-1.0, 0, 0], [0.5, 0, 1]])
    categories = np.unique(DATA["months"]).astype(float)
    for i in range(2):
        slope = approx_fprime(fit.fit.beta, lambda b, row=X[i : i + 1]: expected(b, row, categories)[0][0], 1e-7)
        assert found["std_error"][i] == pytest.approx(np.sqrt(slope @ fit.covariance @ slope), rel=1e-5)
    half = 1.959964 * found["std_error"] / found["estimate"]
    np.testing.assert_allclose(found["ci_high"], found["estimate"] * np.exp(half), rtol=1e-6)
    logit = special.logit(told["estimate"])
    np.testing.assert_allclose(special.logit(told["ci_high"]) - logit, logit - special.logit(told["ci_low"]), rtol=1e-8)
    assert fit.sizes()["estimate"][0] == pytest.approx(fit.predict(DATA)["estimate"].mean())
    assert fit.sizes("group")["n_event"].sum() == len(DATA)


def test_order_unit_and_turned_sizes(fit):
    mixed = DATA.sample(frac=1, random_state=1)
    np.testing.assert_allclose(fitted(mixed).tidy()["estimate"], fit.tidy()["estimate"], rtol=1e-9)
    wider = fitted(DATA.assign(x=DATA["x"] * 1000))
    assert wider.tidy()["estimate"][0] * 1000 == pytest.approx(fit.tidy()["estimate"][0])
    turned = fitted(DATA.assign(months=30 - DATA["months"])).tidy()["estimate"].to_numpy()
    np.testing.assert_allclose(turned[:3], -fit.tidy()["estimate"][:3], rtol=1e-8)
    np.testing.assert_allclose(turned[3:][::-1], -fit.tidy()["estimate"][3:], rtol=1e-8)


def test_a_size_seen_once_is_told(fit):
    assert fit.warnings.empty or not fit.warnings["message"].str.contains("seen once").any()
    once = fitted(pd.concat([DATA, DATA.tail(1).assign(months=15.0)], ignore_index=True), cluster="person")
    assert "seen once only: 15; the thresholds beside rest on one act" in repr(once)
    assert "12|15" in once.tidy()["level"].tolist()


def test_the_figure_leaves_thresholds_out(fit):
    ax = fit.plot()
    assert "odds of a longer cut" in ax.get_xlabel()
    assert not any("threshold" in label.get_text() for label in ax.get_yticklabels())
    mpl.pyplot.close("all")


SEPARATED = DATA.assign(late=np.where(DATA["months"] >= 12, "yes", "no"))


@pytest.mark.parametrize(
    ("data", "formula", "message"),
    [
        (DATA.assign(months=6.0), "x", "all sizes are equal"),
        (SEPARATED, "x + late", "the sizes lie in its order"),
        (DATA.assign(months=DATA["months"] + DATA.index / 1000), "x", "240 different sizes of 240 acts: too many"),
    ],
)
def test_what_has_no_maximum_is_refused(data, formula, message):
    with pytest.raises(DataError, match=message):
        fitted(data, formula)


def test_questions_that_do_not_fit():
    with pytest.raises(UsageError, match=r"gamma model has no probabilities of sizes: choose model='ordinal'"):
        cl.magnitude(DATA, "x").probabilities(NEW)
    with pytest.raises(UsageError, match="has no effect on model='ordinal'"):
        fitted(q=0.3)
    with pytest.raises(DataError, match="missing value"):
        fitted().probabilities({"x": [np.nan], "group": ["a"]})


@pytest.mark.parametrize("model", ["gamma", "ordinal"])
def test_numbers_in_the_byte_order_of_another_machine(model):
    rng = np.random.default_rng(4)
    data = pd.DataFrame({"x": rng.normal(size=80), "times": rng.integers(1, 4, 80)})
    data["months"] = np.array([3.0, 6.0, 9.0])[np.searchsorted([-0.5, 0.5], data["x"] + rng.normal(size=80))]
    foreign = data.astype({"x": ">f8", "times": ">i8", "months": ">f8"})
    fits = [cl.magnitude(d, "x", model=model, weights="times").tidy() for d in (data, foreign)]
    pd.testing.assert_frame_equal(*fits)
