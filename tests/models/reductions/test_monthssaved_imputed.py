"""Months saved of imputed cohorts: whole dates, sides of the limits pooled by hand, Rubin's rules, and refusals."""

from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from datedcohorts import ACTS, drawn, whole_twice
from scipy import stats

import clemency as cl
from clemency.models.imputation.monthssaved import pool_sides
from clemency.models.imputation.rubin import join
from clemency.records.errors import UsageError

FEW = {"replications": 200, "horizon": 60.0}
SIZED = ACTS.assign(months=[None if i % 5 == 0 else m for i, m in enumerate(ACTS["months"])])


@pytest.mark.parametrize("limits", ["studentised", "bca", "percentile"])
def test_whole_dates_give_the_plain_table(limits):
    many, one = whole_twice(m=2, recurrent=True)
    found, own = (cl.months_saved(c, SIZED, "x", limits=limits, **FEW) for c in (many, one))
    assert own.table["ci_high"].notna().all()
    pd.testing.assert_frame_equal(found.tidy()[list(own.table)], own.tidy(), check_exact=True)
    pd.testing.assert_frame_equal(found.glance()[list(own.groups)], own.glance(), check_exact=True)
    assert (found.table["riv"] == 0).all()


def test_each_side_is_pooled_by_hand():
    many = drawn(m=3, recurrent=True)
    found = cl.months_saved(many, SIZED, **FEW).tidy()
    single = [cl.months_saved(c, SIZED, **FEW).tidy() for c in many.cohorts]
    b, e, low, high = (
        np.array([t[c] for t in single], dtype=float) for c in ("estimate", "std_error", "ci_low", "ci_high")
    )
    assert (np.ptp(b, axis=0) > 0).all()
    np.testing.assert_allclose(found["estimate"], b.mean(axis=0), rtol=1e-12)
    total = (e**2).mean(axis=0) + 4 / 3 * b.var(axis=0, ddof=1)
    np.testing.assert_allclose(found["std_error"], np.sqrt(total), rtol=1e-12)
    added = 4 / 3 * np.log(b).var(axis=0, ddof=1)
    z = stats.norm.isf(0.025)
    riv = added / ((np.log(high / low) / 2 / z) ** 2).mean(axis=0)
    df = 2 * (1 + 1 / riv) ** 2
    np.testing.assert_allclose(found["df"], df, rtol=1e-9)
    np.testing.assert_allclose(found["riv"], riv, rtol=1e-9)
    t = stats.t.isf(0.025, df)
    below = t * np.sqrt((np.log(b / low) ** 2).mean(axis=0) / z**2 + added)
    above = t * np.sqrt((np.log(high / b) ** 2).mean(axis=0) / z**2 + added)
    np.testing.assert_allclose(found["ci_low"], b.mean(axis=0) * np.exp(-below), rtol=1e-9)
    np.testing.assert_allclose(found["ci_high"], b.mean(axis=0) * np.exp(above), rtol=1e-9)
    assert (found["n_event"] == np.mean([t["n_event"] for t in single], axis=0)).all()


def test_symmetric_sides_give_rubins_rules():
    """Logarithms 0 and 0.4 with errors 0.2 and 0.3 and symmetric limits: those of the pooled logarithm."""
    b, e = np.array([[0.0], [0.4]]), np.array([[0.2], [0.3]])
    half = stats.norm.isf(0.025) * e
    found = pool_sides(np.exp(b), np.exp(b) * e, np.exp(b - half), np.exp(b + half), 0.95)
    own = join(b, e)
    assert found["riv"][0] == pytest.approx(own.riv[0])
    width = np.log(found["ci_high"] / found["ci_low"]) / 2
    assert width[0] == pytest.approx(own.half(0.95)[0])
    assert found["estimate"][0] == pytest.approx((1 + np.exp(0.4)) / 2)


def test_values_without_limits():
    """No estimate in one imputation; none above zero; no upper limit; no lower one."""
    b = np.array([[np.nan, 0.0, 2.0, 2.0], [1.0, 1.0, 3.0, 3.0]])
    low = np.array([[np.nan, np.nan, 1.0, 0.0], [0.5, 0.5, 1.0, 1.0]])
    high = np.array([[np.nan, np.nan, np.inf, 4.0], [2.0, 2.0, 9.0, 9.0]])
    found = pool_sides(b, np.ones((2, 4)), low, high, 0.95)
    assert np.isnan(found["estimate"]).tolist() == [True, False, False, False]
    assert np.isnan(found["ci_low"]).tolist() == [True, True, False, False]
    assert np.isnan(found["std_error"]).tolist() == [True, True, False, False]
    assert found["ci_high"][2] == np.inf
    assert found["ci_low"][3] == 0
    assert 3 < found["ci_high"][3] < np.inf


def test_what_cannot_be_pooled_and_what_is_said():
    many = drawn(m=2, recurrent=True)
    found = cl.months_saved(many, SIZED, **FEW)
    assert "2 imputations pooled" in repr(found)
    assert found.glance()["m"].item() == 2
    assert isinstance(found.plot(by_horizon=True), plt.Axes)
    plt.close("all")
    with pytest.raises(UsageError, match=r"recurrent=True") as caught:
        cl.months_saved(drawn(m=2), SIZED)
    assert caught.value.__notes__ == ["This was imputation 1 of 2: cohort.cohorts[0]."]
    one_group = many.cohorts[1].where(lambda s: s["x"] == 0, "left out")
    with pytest.raises(UsageError, match="same groups"):
        cl.months_saved(replace(many, cohorts=(many.cohorts[0], one_group)), SIZED, "x", **FEW)
    with pytest.raises(UsageError, match="Cohort or an ImputedCohort, not DataFrame"):
        cl.months_saved(many.cohorts[0].spells, SIZED)
