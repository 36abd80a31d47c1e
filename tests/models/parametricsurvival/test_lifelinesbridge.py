"""Spells go to lifelines and its fits come back, with the numbers that it has."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import clemency as cl
from clemency.records.errors import UsageError

lifelines = pytest.importorskip("lifelines")  # it wants pandas below 3
pytestmark = pytest.mark.filterwarnings("ignore")

PLAIN = pd.read_csv(Path(__file__).resolve().parents[2] / "reference" / "parametric" / "plain.csv")
SPELL = {"exit": "exit", "event": "event", "entry": "entry"}


@pytest.fixture(scope="module")
def made():
    return cl.to_lifelines(PLAIN, **SPELL, covariates=["x", "z"], weights="looks")


def test_frame_and_columns_are_what_fitters_take(made):
    told = {"duration_col": "exit", "event_col": "event", "entry_col": "entry", "weights_col": "weight"}
    assert made.columns == told
    expected = PLAIN[["exit", "event", "entry", "looks", "x", "z"]].rename(columns={"looks": "weight"})
    pd.testing.assert_frame_equal(made.frame, expected, check_dtype=False)


def test_fit_of_both_is_one_and_comes_back(made):
    theirs = lifelines.WeibullAFTFitter().fit(made.frame, **made.columns)
    read, ours = cl.from_lifelines(theirs), cl.parametric(PLAIN, "x + z", **SPELL, weights="looks")
    table = read.tidy()
    assert table["term"].tolist() == ["x", "z", "Intercept", "Intercept"]
    assert table["level"].tolist() == ["lambda_"] * 3 + ["rho_"]
    for own, other in (("std_error", "se(coef)"), ("ci_low", "coef lower 95%"), ("p_value", "p")):
        np.testing.assert_allclose(table[own], theirs.summary[other], rtol=1e-9)
    # Its search ends early (docs/parametric.md): a thousandth of an error.
    gap = np.abs(table["estimate"][:3] - ours.coefficients[:3]) / ours.tidy()["std_error"][:3]
    assert gap.max() < 1e-3
    assert read.facts["loglik"] == pytest.approx(ours.facts["loglik"], rel=1e-8)
    assert read.facts["n"] == len(PLAIN)


def test_robust_errors_are_those_that_it_shows():
    data = cl.to_lifelines(PLAIN, **SPELL, covariates=["x", "z"])
    fit = lifelines.CoxPHFitter().fit(data.frame, **data.columns, robust=True)
    read = cl.from_lifelines(fit)
    assert read.variance == "robust"
    np.testing.assert_allclose(read.tidy()["std_error"], fit.summary["se(coef)"], rtol=1e-12)
    assert np.isnan(read.covariance[0, 1])


def test_fits_are_pooled():
    d = cl.to_lifelines(PLAIN, **SPELL, covariates=["x", "z"])
    fits = []
    for move in (0.0, 0.2, 0.4):
        frame = d.frame.assign(z=d.frame["z"] + move * (d.frame.index % 7 == 0))
        fits.append(cl.from_lifelines(lifelines.CoxPHFitter().fit(frame, **d.columns)))
    pooled = cl.pool(fits)
    np.testing.assert_allclose(pooled.coefficients, np.mean([f.coefficients for f in fits], axis=0))
    assert pooled.tidy()["fmi"].gt(0).all()


def test_kinds_of_event_and_what_is_left_out_are_told():
    d = pd.DataFrame({"t": [5.0, 8, None], "how": ["cut", "death", "censored"], "g": ["a", "b", "a"]})
    made = cl.to_lifelines(d, exit="t", event="how", outcome="cut", covariates="g")
    assert made.frame.to_numpy().tolist() == [[5.0, 1, "a"], [8.0, 0, "b"]]
    assert "Left out: 1 row" in repr(made)
    with pytest.raises(UsageError, match="rename that column"):
        cl.to_lifelines(d.rename(columns={"g": "entry"}), exit="t", event="how", outcome="cut", covariates="entry")


def test_what_is_no_fit_is_refused():
    curve = lifelines.KaplanMeierFitter().fit(PLAIN["exit"], PLAIN["event"])
    for fitter in (curve, lifelines.WeibullAFTFitter(), 3):
        with pytest.raises(UsageError, match="no fit of lifelines with parameters"):
            cl.from_lifelines(fitter)
    with pytest.raises(UsageError, match="other parameters than their own"):
        cl.from_lifelines(lifelines.GeneralizedGammaRegressionFitter())
