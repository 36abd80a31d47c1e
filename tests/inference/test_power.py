"""Detectable ratios against Schoenfeld's formula and against simulated rejections."""

import numpy as np
import pandas as pd
import pytest
from datedcohorts import drawn, whole_twice
from scipy import stats

from clemency.inference import pool
from clemency.inference.power import power
from clemency.models import cox, occurrence
from clemency.models.reductions.magnitude import magnitude
from clemency.records.errors import UsageError


def trial(rng, n, ratio):
    g = np.arange(n) % 2
    t = rng.exponential(1 / np.where(g == 1, ratio, 1.0))
    return pd.DataFrame({"t": t, "e": 1, "g": g})


def test_equal_groups_give_schoenfelds_formula():
    fit = cox(trial(np.random.default_rng(1), 4000, 1.0), "g", exit="t", event="e")
    reach = np.exp((stats.norm.isf(0.025) + stats.norm.ppf(0.8)) * 2 / np.sqrt(4000))
    assert power(fit)["detectable_above"][0] == pytest.approx(reach, rel=1e-3)
    assert power(fit)["detectable_below"][0] == pytest.approx(1 / power(fit)["detectable_above"][0])


def test_power_is_the_share_of_simulated_samples_that_reject():
    rng = np.random.default_rng(2)
    ratio, fits = 1.9, []
    for _ in range(500):
        fits.append(cox(trial(rng, 80, ratio), "g", exit="t", event="e"))
    rejected = np.mean([f.tidy()["p_value"][0] < 0.05 for f in fits])
    promised = np.mean([power(f, ratio=ratio)["power"][0] for f in fits])
    assert abs(rejected - promised) < 3 * np.sqrt(0.25 / 500)


def test_power_at_the_detectable_ratio_is_what_was_wanted():
    fit = cox(trial(np.random.default_rng(3), 60, 1.0), "g", exit="t", event="e")
    for wanted in (0.06, 0.5, 0.8, 0.95):
        reach = power(fit, wanted=wanted)["detectable_above"][0]
        assert power(fit, ratio=reach)["power"][0] == pytest.approx(wanted, abs=1e-9)
        assert power(fit, ratio=1 / reach)["power"][0] == pytest.approx(wanted, abs=1e-9)
    assert power(fit, ratio=1.0)["power"][0] == pytest.approx(0.05)


def test_occurrence_models_have_it_too():
    rows = pd.DataFrame({"act": [0, 1, 0, 0, 1, 0, 0, 1], "x": [0, 0, 1, 1, 1, 1, 0, 1], "month": 0})
    found = power(occurrence(rows, "x", event="act", entry="month", duration=None))
    assert found["term"].tolist() == ["x", "constant"]
    assert found["n_event"].isna().tolist() == [False, True]


def test_few_clusters_have_the_noncentral_t():
    """By integrating over the chi-squared spread of the error: E[ P(|N(shift, 1)| > critical * s) ]."""
    rng = np.random.default_rng(5)
    rows = pd.DataFrame({"act": rng.random(320) < 0.3, "month": 0, "g": np.arange(320) % 8, "x": rng.normal(size=320)})
    fit = occurrence(rows, "x", event="act", entry="month", duration=None, cluster="g")
    row = power(fit, ratio=1.5).iloc[0]
    shift, critical = np.log(1.5) / row["std_error"], stats.t.isf(0.025, 7)
    s = np.sqrt(stats.chi2.ppf((np.arange(200_000) + 0.5) / 200_000, 7) / 7)
    wanted = np.mean(stats.norm.sf(critical * s - shift) + stats.norm.cdf(-critical * s - shift))
    assert row["power"] == pytest.approx(wanted, rel=1e-6)
    assert power(fit, ratio=row["detectable_above"])["power"][0] == pytest.approx(0.8)
    normal = np.exp((stats.norm.isf(0.025) + stats.norm.ppf(0.8)) * row["std_error"])
    assert row["detectable_above"] > normal


def test_sizes_have_it_and_what_has_no_ratio_is_refused():
    acts = pd.DataFrame({"months": np.random.default_rng(6).gamma(4, 3, 40), "g": np.arange(40) % 2})
    assert power(magnitude(acts, "g"))["detectable_above"][0] > 1
    with pytest.raises(UsageError, match="quantile"):
        power(magnitude(acts, "g", model="quantile"))
    with pytest.raises(UsageError, match="DataFrame"):
        power(acts)


def test_pooled_fits_have_the_power_of_their_total_error():
    """Schoenfeld's reach with the pooled error, and a t of the pooled degrees of freedom."""
    fits = [cox(trial(np.random.default_rng(s), 40, 1.0), "g", exit="t", event="e") for s in (1, 2, 3)]
    both = pool(fits)
    row = power(both, ratio=2.0).iloc[0]
    error = np.sqrt(
        np.mean([f.covariance[0, 0] for f in fits]) + 4 / 3 * np.var([f.coefficients[0] for f in fits], ddof=1)
    )
    df = both.tidy()["df"].item()
    assert 2 < df < 1000
    assert row["std_error"] == pytest.approx(error)
    assert row["n_event"] == 40
    critical = stats.t.isf(0.025, df)

    def chance(ratio):
        shift = np.log(ratio) / error
        return stats.nct.sf(critical, df, shift) + stats.nct.cdf(-critical, df, shift)

    assert row["power"] == pytest.approx(chance(2.0))
    assert chance(row["detectable_above"]) == pytest.approx(0.8)
    assert row["detectable_below"] == pytest.approx(1 / row["detectable_above"])


def test_an_imputed_cohort_is_fitted_first_and_whole_dates_give_the_plain_power():
    many, one = whole_twice(m=2)
    with pytest.raises(UsageError, match="fit it first"):
        power(many)
    found, own = (power(cox(c, "score + C(x)", outcome="sentence_reduction"), ratio=1.5) for c in (many, one))
    pd.testing.assert_frame_equal(found, own, check_exact=True)


def test_events_behind_a_level_are_means():
    many = drawn(m=4, until="2007-06-30")
    fits = [cox(c, "C(x)", outcome="sentence_reduction") for c in many.cohorts]
    counts = [f.support.set_index("level")["n_event"] for f in fits]
    assert len({tuple(c) for c in counts}) > 1
    found = power(cox(many, "C(x)", outcome="sentence_reduction"))
    assert found["n_event"].item() == np.mean([c["1"] for c in counts])


@pytest.mark.parametrize("more", [{"wanted": 1.0}, {"alpha": 0.0}, {"ratio": -1.0}])
def test_refusals(more):
    fit = cox(trial(np.random.default_rng(4), 20, 1.0), "g", exit="t", event="e")
    with pytest.raises(UsageError):
        power(fit, **more)


def test_a_chance_below_the_level_is_refused():
    fit = cox(pd.DataFrame({"t": range(1, 41), "e": 1, "g": [0, 1] * 20}), "g", exit="t", event="e")
    with pytest.raises(UsageError, match="must be above alpha"):
        power(fit, wanted=0.02)
