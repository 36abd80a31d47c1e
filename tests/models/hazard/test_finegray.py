"""Fine and Gray's model against R's finegray + coxph and cmprsk (tests/reference/finegray.R), and by identities."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clemency.models.curves.curves import incidence
from clemency.models.hazard.cox import cox
from clemency.models.hazard.finegray import fine_gray
from clemency.records.errors import DataError, UsageError

pytestmark = pytest.mark.usefixtures("sums")
FOLDER = Path(__file__).parents[2] / "reference" / "finegray"
KINDS = ["efron", "breslow", "strata", "weights"]
DATA = ["plain", "months", "delayed", "delayed_months"]


def read(name):
    frame = pd.read_csv(FOLDER / f"{name}.csv")
    end = pd.Categorical.from_codes(frame["event"], ["censored", "act", "death"])
    return frame.assign(end=end)


def refit(name, kind, **more):
    frame = read(name)
    arguments = {"exit": "exit", "event": "end", "outcome": "act"}
    if "delayed" in name:
        arguments["entry"] = "entry"
    if kind == "breslow":
        arguments["ties"] = "breslow"
    if kind == "strata":
        arguments["strata"] = "s"
    if kind == "weights":
        arguments["weights"] = "w"
    return fine_gray(frame, "x + g", **{**arguments, **more})


@pytest.fixture(scope="module")
def expected():
    table = pd.read_csv(FOLDER / "expected.csv")
    found = {key: part["value"].to_numpy() for key, part in table.groupby(["fit", "quantity"], sort=False)}
    return lambda fit, quantity: found[fit, quantity]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", DATA)
def test_equal_to_r(name, kind, expected):
    key = f"{name}-{kind}"
    fit = refit(name, kind)
    np.testing.assert_allclose(fit.coefficients, expected(key, "coef"), rtol=1e-7)
    np.testing.assert_allclose(fit.covariance.ravel(), expected(key, "robust"), rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(fit.model_covariance.ravel(), expected(key, "var"), rtol=1e-6, atol=1e-9)
    loglik = fit.glance().loc[0, ["loglik_null", "loglik"]].astype(float)
    np.testing.assert_allclose(loglik, expected(key, "loglik"), rtol=1e-10)
    clustered = refit(name, kind, cluster="c")
    np.testing.assert_allclose(clustered.covariance.ravel(), expected(key, "cluster"), rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(fit.with_variance(cluster="c").covariance, clustered.covariance, rtol=1e-12)
    if kind != "strata":
        found = fit.predict({"x": [-0.5, 1.0], "g": ["a", "c"]}, [5, 12, 20], "incidence")
        np.testing.assert_allclose(found["estimate"], expected(key, "incidence"), rtol=1e-6)
        np.testing.assert_allclose(found["std_error"], expected(key, "incidence_error"), rtol=1e-6)


def test_coefficients_of_cmprsk(expected):
    # without ties of a censoring with an event, which crr resolves in another way
    fit = refit("plain", "breslow")
    np.testing.assert_allclose(fit.coefficients, expected("plain-crr", "coef"), rtol=1e-6)


def test_time_varying_covariates_equal_r(expected):
    frame = read("delayed")
    middle = (frame["entry"] + frame["exit"]) / 2
    early = frame.assign(exit=middle, end=pd.Categorical(["censored"] * len(frame), frame["end"].cat.categories))
    spells = pd.concat([early, frame.assign(entry=middle, x=frame["x"] + 0.5)])
    fit = fine_gray(spells, "x + g", exit="exit", event="end", entry="entry", outcome="act", id="id")
    np.testing.assert_allclose(fit.coefficients, expected("varying", "coef"), rtol=1e-7)
    np.testing.assert_allclose(fit.covariance.ravel(), expected("varying", "robust"), rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(fit.facts["loglik"], expected("varying", "loglik")[1], rtol=1e-10)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_split_spells_give_the_same_fit(seed):
    rng = np.random.default_rng(seed)
    frame = read("delayed_months").sample(150, random_state=seed)
    middle = frame["entry"] + rng.uniform(0.1, 0.9, len(frame)) * (frame["exit"] - frame["entry"])
    early = frame.assign(exit=middle, end=pd.Categorical(["censored"] * len(frame), frame["end"].cat.categories))
    names = {"exit": "exit", "event": "end", "entry": "entry", "outcome": "act", "id": "id"}
    whole = fine_gray(frame, "x", **names)
    parts = fine_gray(pd.concat([frame.assign(entry=middle), early]), "x", **names)
    np.testing.assert_allclose(parts.coefficients, whole.coefficients, rtol=1e-8)
    np.testing.assert_allclose(parts.covariance, whole.covariance, rtol=1e-7)


@pytest.mark.parametrize("name", DATA)
def test_weights_reproduce_aalen_and_johansen(name):
    # with no effect the subdistribution's product-limit estimate is the Aalen-Johansen estimate
    frame = read(name)
    names = {"exit": "exit", "event": "end"} | ({"entry": "entry"} if "delayed" in name else {})
    fit = fine_gray(frame, "x", **names, outcome="act", ties="breslow")
    from clemency.models.likelihood.partial import state

    at = state(fit.sources.data, np.zeros(1))
    ours = 1 - np.cumprod(1 - at.ties.step)
    times = fit.sources.data.sets.time
    curve = incidence(frame, **names).at(times)
    other = curve.loc[curve["outcome"] == "act", "estimate"]
    np.testing.assert_allclose(ours, other, rtol=1e-9, atol=1e-12)


def test_without_competing_events_left_it_is_cox():
    frame = read("months").assign(end=lambda d: d["end"].where(d["end"] != "death", "censored"))
    frame.loc[frame["exit"].idxmax(), "end"] = "death"  # at the very end: it changes no risk set
    mine = fine_gray(frame, "x + g", exit="exit", event="end", outcome="act")
    plain = cox(frame, "x + g", exit="exit", event="end", outcome="act", robust=True)
    np.testing.assert_allclose(mine.coefficients, plain.coefficients, rtol=1e-9)
    np.testing.assert_allclose(mine.covariance, plain.covariance, rtol=1e-9)


def test_residuals_belong_to_the_rows_of_the_data():
    fit = refit("months", "efron")
    assert len(fit.residuals("martingale")) == len(read("months"))
    assert abs(fit.residuals("martingale").sum()) < 1e-9
    dfbeta = fit.residuals("dfbeta").to_numpy()
    np.testing.assert_allclose(dfbeta.T @ dfbeta, fit.covariance, rtol=1e-9)
    assert "GLOBAL" in fit.check("identity").tidy()["term"].tolist()


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"outcome": "parole"}, UsageError, "not an event"),
        ({"outcome": ["act"]}, UsageError, "must name one event"),
        ({"ties": "exact"}, UsageError, "ties"),
        ({"robust": False, "cluster": "c"}, UsageError, "contradicts"),
        ({"id": "c"}, DataError, "gap or overlap"),
    ],
)
def test_refusals(change, error, words):
    with pytest.raises(error, match=words):
        refit("months", "efron", **change)


def test_collinear_columns_are_named():
    frame = read("months").assign(y=lambda d: 2 * d["x"] + 1)
    with pytest.raises(DataError, match="y: duplicate of x"):
        fine_gray(frame, "x + y", exit="exit", event="end", outcome="act")


def test_one_kind_of_event_is_for_cox():
    with pytest.raises(UsageError, match="use cox"):
        fine_gray({"t": [1, 2, 3], "d": [1, 0, 1], "x": [1, 2, 3]}, "x", exit="t", event="d", outcome="event")


def test_cause_specific_survival_is_not_offered_as_incidence():
    fit = cox(read("months"), "x", exit="exit", event="end", outcome="act")
    with pytest.raises(UsageError, match="compete"):
        fit.predict({"x": [0.0]}, [5], "incidence")
    with pytest.raises(UsageError, match="not defined"):
        refit("months", "efron").concordance()
