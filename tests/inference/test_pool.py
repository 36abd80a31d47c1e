"""Rubin's rules: R, hand-worked numbers, copies of one fit, and refusals."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import clemency as cl
from clemency.models.imputation.rubin import join, join_tests, rubin
from clemency.records.errors import UsageError

FOLDER = Path(__file__).resolve().parents[1] / "reference" / "pool"
EXPECTED = pd.read_csv(FOLDER / "expected.csv")
IMPUTED = [part for _, part in pd.read_csv(FOLDER / "imputed.csv").groupby("imputation")]
FORMULA = "age + logbili + chol"
NUMBERS = ["estimate", "std_error", "statistic", "p_value", "ci_low", "ci_high", "df", "riv", "fmi"]


def cox(data, formula=FORMULA, **options):
    return cl.cox(data, formula, exit="months", event="died", **options)


def binary(data, **options):
    columns = {"event": "died", "entry": "start", "duration": None, "link": "logit"}
    return cl.occurrence(data.assign(start=0.0), FORMULA, **columns | options)


@pytest.mark.parametrize(
    ("kind", "fit", "more"),
    [
        ("cox", cox, {}),
        ("cox (events - p)", cox, {"df_complete": IMPUTED[0]["died"].sum() - 3}),
        ("occurrence", binary, {}),
    ],
)
def test_equals_r(kind, fit, more):
    found = cl.pool([fit(d) for d in IMPUTED], **more).tidy().set_index("term")
    expected = EXPECTED[EXPECTED["kind"] == kind].set_index("term")
    assert sorted(found.index) == sorted(expected.index)
    for column in NUMBERS:
        np.testing.assert_allclose(found.loc[expected.index, column], expected[column], rtol=1e-6)


def test_by_hand():
    """Within 2, between 1, m = 2: added 1.5; share 3/7; old (7/3)^2; observed for 10: 11/13 x 10 x 4/7 = 440/91."""
    found = rubin(np.array([2.0]), np.array([1.0]), 2, 10.0)
    assert found.riv[0] == 0.75
    assert found.df[0] == pytest.approx(1 / (9 / 49 + 91 / 440))
    assert found.fmi[0] == pytest.approx((0.75 + 2 / (49 / 9 + 3)) / 1.75)


def test_a_joint_test_by_hand():
    """Roots 1, 2, 3 have the variance 1, so that r = 4/3; chi-squared 1, 4, 9 have the mean 14/3.

    With one degree of freedom D = (14/3 - 2 x 4/3) / (7/3) = 6/7, v = 2 (1 + 3/4)^2 = 49/8 and the fraction of missing
    information is (4/3 + 2 / (49/8 + 3)) / (7/3) = 340/511. The three tests alone, and F(1, v) = t(v)^2.
    """
    found = join_tests(np.array([1.0, 4.0, 9.0]), 1)
    assert found.riv == pytest.approx(4 / 3, rel=1e-14)
    assert found.statistic == pytest.approx(6 / 7, rel=1e-14)
    assert found.df_resid == pytest.approx(49 / 8, rel=1e-14)
    assert found.fmi == pytest.approx(340 / 511, rel=1e-14)
    assert found.p_value == pytest.approx(2 * stats.t.sf(np.sqrt(6 / 7), 49 / 8), rel=1e-12)
    # With eight degrees of freedom v = 8^(-3/3) x 49/8, and D = (14/24 - 8/3) / (7/3) = -25/28, which has p = 1.
    many = join_tests(np.array([1.0, 4.0, 9.0]), 8)
    assert many.statistic == pytest.approx(-25 / 28, rel=1e-14)
    assert many.df_resid == pytest.approx(49 / 64, rel=1e-14)
    assert many.fmi == pytest.approx((4 / 3 + 2 / (49 / 64 + 3)) / (7 / 3), rel=1e-14)
    assert many.p_value == 1
    assert many.df == 8


def test_tests_that_agree_miss_nothing():
    found = join_tests(np.full(4, 9.0), 2)
    assert (found.riv, found.fmi, found.df_resid, found.statistic) == (0, 0, np.inf, 4.5)
    assert found.p_value == pytest.approx(np.exp(-4.5), rel=1e-12)  # chi-squared with two degrees of freedom


def test_quantities_pooled_by_hand():
    """Estimates 1 and 3 with variances 1 and 9: within 5, between 2, added 3, so T = 8, riv 3/5, share 3/8."""
    found = join(np.array([[1.0, 2.0], [3.0, 2.0]]), np.array([[1.0, 2.0], [3.0, 2.0]]), 20.0)
    assert found.estimate.tolist() == [2, 2]
    np.testing.assert_allclose(found.error, [np.sqrt(8), 2], rtol=1e-14)
    np.testing.assert_allclose(found.riv, [0.6, 0], rtol=1e-14)
    old, observed = 64 / 9, 21 / 23 * 20 * 5 / 8
    np.testing.assert_allclose(found.df, [1 / (1 / old + 1 / observed), 420 / 23], rtol=1e-14)
    np.testing.assert_allclose(found.fmi, [(0.6 + 2 / (64 / 9 + 3)) / 1.6, 0], rtol=1e-14)
    np.testing.assert_allclose(found.half(0.9), stats.t.ppf(0.95, found.df) * found.error, rtol=1e-12)


@pytest.mark.parametrize("fit", [cox, binary])
@pytest.mark.parametrize("m", [2, 7])
def test_copies_of_one_fit_are_that_fit(fit, m):
    one = fit(IMPUTED[0])
    pooled = cl.pool([one] * m)
    found, own = pooled.tidy(), one.tidy()
    pd.testing.assert_frame_equal(found[own.columns], own, rtol=1e-12)
    assert (found["fmi"] == 0).all()
    assert (found["riv"] == 0).all()
    assert np.isinf(found["df"]).all()
    assert pooled.glance()["events"][0] == one.glance()["events"][0]


def test_clusters_limit_the_degrees_of_freedom():
    fits = [binary(d.assign(place=d["id"] // 4 % 8), cluster="place") for d in IMPUTED]
    found = cl.pool(fits).tidy()
    assert (found["df"] < 7).all()
    copies = cl.pool(fits[:1] * 3).tidy()
    np.testing.assert_allclose(copies["df"], 8 / 10 * 7)  # (v + 1) / (v + 3) v, for 8 clusters
    np.testing.assert_allclose(copies["std_error"], fits[0].tidy()["std_error"])


def test_order_of_fits_does_not_matter_and_the_level_can_change():
    fits = [cox(d) for d in IMPUTED]
    pooled = cl.pool(fits)
    pd.testing.assert_frame_equal(pooled.tidy(), cl.pool(fits[::-1]).tidy(), rtol=1e-10)
    wide, narrow = (pooled.with_level(v).tidy().eval("ci_high - ci_low") for v in (0.99, 0.5))
    assert (wide > narrow).all()
    np.testing.assert_allclose(pooled.tidy(exponentiate=True)["ci_low"], np.exp(pooled.tidy()["ci_low"]))
    assert "5 imputations pooled" in repr(pooled)
    assert "imputations or more are advised" in repr(pooled)
    assert pooled.plot().get_xscale() == "log"


def test_what_each_fit_left_out_or_warned_of_is_kept():
    data = [d.assign(group=np.where(d["id"] == d["id"].iloc[2], "b", "a")) for d in IMPUTED]
    data[1].loc[data[1].index[5], "chol"] = np.nan
    pooled = cl.pool([cox(d, "chol + group") for d in data])
    assert pooled.exclusions["imputation"].tolist() == [2]
    assert pooled.warnings["imputation"].tolist() == [1, 2, 3, 4, 5]
    assert "in 5 of 5 fits" in repr(pooled)
    n = len(IMPUTED[0])
    assert pooled.glance()["n"][0] == pytest.approx((5 * n - 1) / 5)


def test_refusals():
    fits = [cox(d) for d in IMPUTED]
    with pytest.raises(UsageError, match="two fits or more, not 1"):
        cl.pool(fits[:1])
    with pytest.raises(UsageError, match="another formula"):
        cl.pool([fits[0], cox(IMPUTED[1], "age + chol")])
    with pytest.raises(UsageError, match="another model"):
        cl.pool([fits[0], binary(IMPUTED[1])])
    with pytest.raises(UsageError, match="another variance"):
        cl.pool([fits[0], fits[1].with_variance(robust=True)])
    with pytest.raises(UsageError, match="another ci_level"):
        cl.pool([fits[0], fits[1].with_level(0.9)])
    with pytest.raises(UsageError, match="cannot pool"):
        cl.pool([cox(d, penalty="firth") for d in IMPUTED[:2]])
    with pytest.raises(UsageError, match="no Estimate or Occurrence but DataFrame"):
        cl.pool(IMPUTED)
    with pytest.raises(UsageError, match="must be positive"):
        cl.pool(fits, df_complete=0)
    grouped = [d.assign(group=np.where(d["id"] % 3 > k, "a", f"b{k}")) for k, d in enumerate(IMPUTED[:2])]
    with pytest.raises(UsageError, match=r"another levels .* categorical"):
        cl.pool([cox(d, "group") for d in grouped])
    timed = [d.assign(start=np.arange(len(d)) % (20 + k)) for k, d in enumerate(IMPUTED[:2])]
    splined = [cl.occurrence(d, FORMULA, event="died", entry="start", duration="linear", link="logit") for d in timed]
    with pytest.raises(UsageError, match=r"another duration .* Name the months"):
        cl.pool(splined)


def test_fits_without_errors_are_refused():
    rng = np.random.default_rng(1)
    d = pd.DataFrame({"act": rng.random(60) < 0.4, "month": 0, "x": rng.normal(size=60), "g": np.arange(60) % 2})
    fits = [cl.occurrence(d, "x", event="act", entry="month", duration=None, cluster="g") for _ in range(2)]
    with pytest.raises(UsageError, match="without errors"):
        cl.pool(fits)
