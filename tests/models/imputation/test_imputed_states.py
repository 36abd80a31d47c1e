"""States of an imputed cohort: by Rubin's rules by hand, equal imputations, what cannot be pooled."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from scipy import stats

import clemency as cl
from clemency.records.errors import UsageError

BOTH = ["sentence_reduction", "medical_parole"]
RULES = {"outcome": BOTH, "clock": "sentence", "recurrent": True}


@pytest.fixture(scope="module")
def cohort():
    return cl.cohort(cl.load("cases"), cl.load("acts"), dates="impute", m=3, seed=5, **RULES)


@pytest.fixture(scope="module")
def each(cohort):
    return [cl.multistate(c, cuts=1) for c in cohort.cohorts]


@pytest.fixture(scope="module")
def pooled(cohort):
    return cl.multistate(cohort, cuts=1)


def by_rubin(frames, level=0.95):
    """Estimates, errors and half widths of three imputations, written out from Rubin (1987), section 3.3."""
    q, u = (np.array([f[c].to_numpy() for f in frames]) for c in ("estimate", "std_error"))
    mean, within, between = q.mean(axis=0), (u**2).mean(axis=0), q.var(axis=0, ddof=1)
    total = within + (1 + 1 / 3) * between
    with np.errstate(divide="ignore", invalid="ignore"):
        df = 2 * (1 + within / ((1 + 1 / 3) * between)) ** 2
    df = np.where(between > 1e-30, df, np.inf)
    return mean, np.sqrt(total), stats.t.ppf((1 + level) / 2, df) * np.sqrt(total)


def test_chances_and_months_by_hand(pooled, each):
    found = pooled.at([24, 60])
    mean, error, half = by_rubin([f.at([24, 60]) for f in each])
    np.testing.assert_allclose(found["estimate"], mean, rtol=1e-12)
    np.testing.assert_allclose(found["std_error"], error, rtol=1e-9)
    seen = (found["estimate"] > 0).to_numpy()
    scale = -mean[seen] * np.log(mean[seen])  # the slope of log(-log p) is 1 / (p log p)
    low = mean[seen] ** np.exp(half[seen] / scale)
    np.testing.assert_allclose(found["ci_low"][seen], low, rtol=1e-7)
    np.testing.assert_allclose(found.groupby("time")["estimate"].sum(), 1)
    months = pooled.sojourn(96)
    mean, error, half = by_rubin([f.sojourn(96) for f in each])
    np.testing.assert_allclose(months["estimate"], mean, rtol=1e-12)
    np.testing.assert_allclose(months["ci_high"], np.minimum(mean + half, 96), rtol=1e-9)
    assert months["estimate"].sum() == pytest.approx(96)
    assert (months["riv"] > 0).any()


def test_between_states_by_hand(pooled, each):
    for landmarked in (False, True):
        found = pooled.transition(24, [60], landmarked=landmarked)
        frames = [f.transition(24, [60], landmarked=landmarked) for f in each]
        mean, error, _ = by_rubin(frames)
        np.testing.assert_allclose(found["estimate"], mean, rtol=1e-12)
        np.testing.assert_allclose(found["std_error"], error, rtol=1e-9)
        np.testing.assert_allclose(found["n"], np.mean([f["n"] for f in frames], axis=0))


def test_equal_imputations_are_one(cohort):
    one = cohort.cohorts[0]
    same = replace(cohort, cohorts=(one, one))
    fit, known = cl.multistate(same, cuts=1, by="sex"), cl.multistate(one, cuts=1, by="sex")
    names = ["time", "state", "sex", "estimate", "std_error", "ci_low", "ci_high"]
    pd.testing.assert_frame_equal(fit.at([12, 60])[names], known.at([12, 60])[names])
    pd.testing.assert_frame_equal(fit.sojourn(60)[known.sojourn(60).columns], known.sojourn(60))
    assert (fit.at([12, 60])["riv"] == 0).all()
    assert [n for n in fit.notes() if n.startswith("In 2 of 2 imputations: ")] == [
        f"In 2 of 2 imputations: {n}" for n in known.notes()
    ]
    assert len(fit.tidy()) == known.tidy()["time"].nunique() * len(fit.states) * 2


def test_transitions_by_hand(cohort):
    pattern = {"serving -> reduced 1+": "sentence_months"}
    fit = cl.transition_cox(cohort, pattern, cuts=1)
    fits = [cl.transition_cox(c, pattern, cuts=1) for c in cohort.cohorts]
    mean, error, half = by_rubin([f.tidy() for f in fits])
    found = fit.tidy().iloc[0]
    assert found[["estimate", "std_error", "ci_low", "ci_high"]].tolist() == pytest.approx(
        [mean[0], error[0], mean[0] - half[0], mean[0] + half[0]]
    )
    ratio = fit.tidy(exponentiate=True).iloc[0]
    assert [ratio["estimate"], ratio["ci_low"]] == pytest.approx(np.exp([mean[0], mean[0] - half[0]]).tolist())
    new = {"sentence_months": [60, 120]}
    frames = [f.predict(new, [36]) for f in fits]
    np.testing.assert_allclose(fit.predict(new, [36])["estimate"], by_rubin(frames)[0])
    frames = [f.predict_sojourn(new, 60) for f in fits]
    np.testing.assert_allclose(fit.predict_sojourn(new, 60)["std_error"], by_rubin(frames)[1], rtol=1e-9)
    assert "pooled" in repr(fit)
    assert fit.glance()["n"].iloc[0] == pytest.approx(np.mean([f.glance()["n"].iloc[0] for f in fits]))


def test_the_figure_draws_the_pooled_shares(pooled):
    ax = pooled.plot(until=60)
    height = [a.get_paths()[0].vertices[:, 1].max() for a in ax.collections]
    assert height[-1] == pytest.approx(1)
    assert f"serving {pooled.at(60).set_index('state')['estimate']['serving']:.0%}" in cl.figures.drawn(ax).alt
    plt.close(ax.figure)


def test_what_cannot_be_pooled(cohort, each):
    with pytest.raises(UsageError, match="pooled on the log-log or cloglog scale"):
        cl.multistate(cohort, cuts=1, conf_type="plain")
    from clemency.models.imputation.states import pool_states

    other = replace(each[1], states=("serving", "somewhere"))
    with pytest.raises(UsageError, match=r"Imputations 1 and 2 do not have the same states .*take fewer cuts="):
        pool_states([each[0], other])
    with pytest.raises(UsageError, match="Chances are pooled on the"):
        cl.transition_cox(cohort, {"serving -> reduced 1+": "sentence_months"}, cuts=1).predict(
            {"sentence_months": 60}, [12], conf_type="log"
        )
