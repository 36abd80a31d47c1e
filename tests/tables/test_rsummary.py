"""Files for R's modelsummary keep its contract: a tidy frame by broom's names, a glance frame of one row."""

import numpy as np
import pandas as pd
import pytest

import clemency as cl


def test_files_have_unrounded_coefficients_by_brooms_names(crude, adjusted, tmp_path):
    script = cl.table({"crude": crude, "adjusted": adjusted}).save_for_r(tmp_path / "models")
    assert script.name == "models.R"
    assert pd.read_csv(script.parent / "models.csv")["heading"].tolist() == ["crude", "adjusted"]
    tidy = pd.read_csv(script.parent / "tidy-2.csv")
    theirs = ["estimate", "std.error", "statistic", "p.value", "conf.low", "conf.high"]
    ours = ["estimate", "std_error", "statistic", "p_value", "ci_low", "ci_high"]
    np.testing.assert_allclose(tidy[theirs].to_numpy(), adjusted.tidy()[ours].to_numpy(), rtol=1e-14)
    assert tidy["term"].tolist()[-2:] == ["charge_familyspeech", "age"]
    glance = pd.read_csv(script.parent / "glance-2.csv")
    assert len(glance) == 1
    assert glance.loc[0, ["nobs", "nevent", "AIC"]].tolist() == [120, adjusted.facts["events"], adjusted.facts["aic"]]


def test_several_outcomes_have_groups(tmp_path):
    rng = np.random.default_rng(3)
    n = 60
    d = pd.DataFrame(
        {
            "id": range(n),
            "stop": rng.exponential(10, n) + 0.1,
            "x": rng.normal(size=n),
            "state": ["a", "b", "no"] * 20,
        }
    )
    fit = cl.transition_cox(d, "x", id="id", exit="stop", event="state", censored="no")
    tidy = pd.read_csv(cl.table(fit).save_for_r(tmp_path).parent / "tidy-1.csv")
    assert tidy["term"].tolist() == ["start -> a: x", "start -> b: x"]
    assert tidy["group"].tolist() == ["start -> a", "start -> b"]


def test_a_table_without_models_has_no_such_files(tmp_path):
    with pytest.raises(cl.UsageError, match="no models"):
        cl.table(pd.DataFrame({"n": [1]})).save_for_r(tmp_path)
