"""Detectable ratios against Schoenfeld's formula and against simulated rejections."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from clemency.models import cox, occurrence
from clemency.models.power import power
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
    for wanted in (0.5, 0.8, 0.95):
        reach = power(fit, wanted=wanted)["detectable_above"][0]
        assert power(fit, ratio=reach)["power"][0] == pytest.approx(wanted, abs=1e-3)
        assert power(fit, ratio=1 / reach)["power"][0] == pytest.approx(wanted, abs=1e-3)
    assert power(fit, ratio=1.0)["power"][0] == pytest.approx(0.05)


def test_occurrence_models_have_it_too():
    rows = pd.DataFrame({"act": [0, 1, 0, 0, 1, 0, 0, 1], "x": [0, 0, 1, 1, 1, 1, 0, 1], "month": 0})
    found = power(occurrence(rows, "x", event="act", time="month", duration=None))
    assert found["term"].tolist() == ["x", "constant"]
    assert found["n_event"].isna().tolist() == [False, True]


@pytest.mark.parametrize("more", [{"wanted": 1.0}, {"alpha": 0.0}, {"ratio": -1.0}])
def test_refusals(more):
    fit = cox(trial(np.random.default_rng(4), 20, 1.0), "g", exit="t", event="e")
    with pytest.raises(UsageError):
        power(fit, **more)


def test_a_chance_below_the_level_is_refused():
    fit = cox(pd.DataFrame({"t": range(1, 41), "e": 1, "g": [0, 1] * 20}), "g", exit="t", event="e")
    with pytest.raises(UsageError, match="must be above alpha"):
        power(fit, wanted=0.02)
