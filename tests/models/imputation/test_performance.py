"""Concordance, accuracy, pseudo-values and parametric predictions of imputed cohorts: by hand, and where all agree."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from datedcohorts import drawn, whole_twice
from scipy import stats

import clemency as cl
from clemency.records.errors import UsageError

ACT = {"outcome": "sentence_reduction"}
SENTENCE = {"clock": "sentence"}


@pytest.fixture(scope="module")
def cohort():
    return drawn(m=3, **SENTENCE)


def by_rubin(frames, level=0.95):
    """Rubin (1987), section 3.3, written out: mean, error, half width."""
    q, u = (np.array([f[c].to_numpy() for f in frames]) for c in ("estimate", "std_error"))
    m = len(frames)
    within, between = (u**2).mean(axis=0), q.var(axis=0, ddof=1)
    total = within + (1 + 1 / m) * between
    df = (m - 1) * (1 + within / ((1 + 1 / m) * between)) ** 2
    return q.mean(axis=0), np.sqrt(total), stats.t.ppf((1 + level) / 2, df) * np.sqrt(total)


def agree(found, frames, clip=(0.0, 1.0)):
    mean, error, half = by_rubin(frames)
    np.testing.assert_allclose(found["estimate"], mean, rtol=1e-12)
    np.testing.assert_allclose(found["std_error"], error, rtol=1e-10)
    np.testing.assert_allclose(found["ci_low"], np.maximum(mean - half, clip[0]), rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(found["ci_high"], np.minimum(mean + half, clip[1]), rtol=1e-8)


def test_concordance_by_hand(cohort):
    fit = cl.cox(cohort, "x + score", **ACT)
    found = cl.concordance(cohort, {"model": fit, "score": "score"}, **ACT)
    each = [
        cl.concordance(c, {"model": own, "score": "score"}, **ACT)
        for c, own in zip(cohort.cohorts, fit.fits, strict=True)
    ]
    agree(found.tidy(), [e.tidy() for e in each])
    agree(found.difference(), [e.difference() for e in each], (-1, 1))
    assert found.tidy()["concordant"].tolist() == pytest.approx(
        list(np.mean([e.tidy()["concordant"] for e in each], axis=0))
    )
    assert found.glance()["m"].item() == 3
    assert "3 imputations pooled by Rubin's rules" in repr(found)
    assert "pooled" in found._repr_html_()


def test_accuracy_by_hand(cohort):
    fit = cl.fine_gray(cohort, "x + score", **ACT)
    times = [24.0, 36.0]
    found = cl.accuracy(cohort, {"model": fit}, times, **ACT)
    pairs = zip(cohort.cohorts, fit.fits, strict=True)
    each = [cl.accuracy(c, {"model": own}, times, **ACT) for c, own in pairs]
    agree(found.tidy(), [e.tidy() for e in each])
    agree(found.integrated(), [e.integrated() for e in each])
    agree(found.difference(), [e.difference() for e in each], (-1, 1))
    assert found.glance()["m"].item() == 3
    assert "pooled" in repr(found)


def test_pseudovalues_are_kept_apart_and_their_regressions_pooled(cohort):
    found = cl.pseudovalues(cohort, 36, "restricted_mean")
    each = [cl.pseudovalues(c, 36, "restricted_mean") for c in cohort.cohorts]
    table = found.tidy()
    for k, one in enumerate(each, 1):
        own = table[table["imputation"] == k].drop(columns="imputation").reset_index(drop=True)
        pd.testing.assert_frame_equal(own, one.tidy())

    def model(values, k):
        X = sm.add_constant(cohort.cohorts[k].spells.loc[values.index, ["score"]].fillna(0.0))
        return sm.OLS(values[36.0], X).fit(cov_type="HC1")

    pooled = found.regress(model)
    fits = [model(one.wide(), k) for k, one in enumerate(each)]
    agree(pooled, [pd.DataFrame({"estimate": f.params, "std_error": f.bse}) for f in fits], (-np.inf, np.inf))
    assert pooled["term"].tolist() == ["const", "score"]
    assert found.glance()["m"].item() == 3
    with pytest.raises(UsageError, match="The model gave float, without coefficients"):
        found.regress(lambda values, k: 1.0)


def test_parametric_predictions_by_hand(cohort):
    fit = cl.parametric(cohort, "x + score", **ACT)
    new = {"x": ["a", "b"], "score": [0.0, 1.0]} if isinstance(cohort.cohorts[0].spells["x"].iloc[0], str) else {
        "x": [0.0, 1.0], "score": [0.0, 1.0]
    }  # fmt: skip
    log, one = np.log, np.ones(2)
    for options, scale, slope in (
        ({"times": [24.0], "kind": "survival"}, lambda s: log(-log(s)), lambda s: 1 / np.abs(s * log(s))),
        ({"kind": "quantile", "quantile": 0.25}, log, lambda t: one / t),
        ({"kind": "mean", "until": 60.0}, log, lambda t: one / t),
    ):
        found = fit.predict(new, **options)
        frames = []
        for own in fit.fits:
            p = own.predict(new, **options)
            q, u = p["estimate"].to_numpy(), p["std_error"].to_numpy()
            frames.append(pd.DataFrame({"estimate": scale(q), "std_error": u * slope(q)}))
        mean, _, half = by_rubin(frames)
        low, high = sorted((mean - half, mean + half), key=lambda v: v[0])
        np.testing.assert_allclose(scale(found["estimate"].to_numpy()), mean, rtol=1e-9)
        ends = np.sort(scale(found[["ci_low", "ci_high"]].to_numpy()), axis=1)
        np.testing.assert_allclose(ends, np.column_stack([low, high]), rtol=1e-6)
    start = fit.predict(new, [0.0])
    assert (start["estimate"] == 1).all()
    assert start["riv"].eq(0).all()


def test_a_quantile_is_that_of_the_pooled_coefficients(cohort):
    """Log quantiles of exponential times are sums of coefficients, whose means Rubin's rules take."""
    fit = cl.parametric(cohort, "1", distribution="exponential", **ACT)
    median = fit.predict(kind="median")["estimate"].item()
    assert median == pytest.approx(np.exp(fit.tidy()["estimate"].item()) * np.log(2), rel=1e-10)


def test_imputations_that_agree_are_the_one_cohort():
    many, one = whole_twice(m=2, **SENTENCE)
    pairs = [(cl.cox(c, "score", **ACT), cl.parametric(c, "score", **ACT)) for c in (many, one)]
    shown = []
    for c, (cox, parametric) in zip((many, one), pairs, strict=True):
        shown.append(
            [
                cl.concordance(c, {"m": cox}, **ACT).tidy(),
                cl.accuracy(c, {"m": cl.fine_gray(c, "score", **ACT)}, 24, **ACT).tidy(),
                parametric.predict({"score": [0.0, 2.0]}, [12.0, 60.0]),
                parametric.predict({"score": [0.0, 2.0]}, kind="median"),
            ]
        )
    for pooled, plain in zip(*shown, strict=True):
        assert (pooled["riv"] == 0).all()
        pd.testing.assert_frame_equal(pooled[list(plain)], plain, rtol=1e-10)


def test_a_fit_of_another_cohort_is_refused(cohort):
    fit = cl.cox(drawn(m=2, **SENTENCE), "score", **ACT)
    with pytest.raises(UsageError, match="pooled over 2 imputations, and the cohort has 3: fit it to this"):
        cl.concordance(cohort, {"m": fit}, **ACT)
    with pytest.raises(UsageError, match="but Pooled"):
        cl.concordance(cohort.cohorts[0], {"m": fit}, **ACT)
