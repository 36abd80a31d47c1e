"""The page on parametric models shows the results of its study, and its code gives what it says."""

import re
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
study = pytest.importorskip("benchmarks.parametric")

PAGE = ROOT / "docs" / "parametric.md"


@pytest.fixture(scope="module")
def space():
    found = {}
    for block in re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL):
        exec(compile(block, "parametric.md", "exec"), found)
    plt.close("all")
    return found


def test_page_shows_the_results():
    page = PAGE.read_text(encoding="utf-8")
    assert study.renewed(page, ROOT / "benchmarks" / "results") == page
    table = pd.read_csv(ROOT / "benchmarks" / "results" / "parametric.csv").set_index(["estimator", "quantity"])
    true, wrong = (table.loc[(f"{name}, cure=True, short", "share never")] for name in ("weibull", "lognormal"))
    assert f"{true['refused']:.0%} of the samples are refused under the true shape and {wrong['refused']:.0%}" in page
    assert f"hold the share in {true['coverage']:.0%}" in page
    long = table.xs("share never", level="quantity").drop([f"{n}, cure=True, short" for n in ("weibull", "lognormal")])
    assert len(long) == 3
    assert (long["bias"].abs() < 0.01).all()


def test_what_is_said_of_lifelines_is_what_was_found():
    table = pd.read_csv(ROOT / "benchmarks" / "results" / "parametric_lifelines.csv")
    kinds = table.set_index(["distribution", "data"]).sort_index()
    assert (table["loglik_less"] > 0).all()
    assert (table["seconds"] < table["lifelines_seconds"]).all()
    assert kinds.loc[("weibull", "sampling weights, robust"), "errors_off"] > 0.1
    assert kinds.loc[("gengamma", "exact times"), "errors_off"] > 1
    assert kinds.loc["loglogistic", "coefficients_off"].between(1e-4, 1e-2).all()
    assert (table.loc[table["distribution"] != "loglogistic", "coefficients_off"] < 2e-5).all()


def test_code_finds_what_was_planted(space):
    fit, never = space["fit"], space["fit"].predict({"women": [0]}, kind="never").iloc[0]
    ratio = fit.tidy(exponentiate=True).iloc[0]
    assert ratio["ci_low"] < 1.4 < ratio["ci_high"]
    assert abs(never["estimate"] - 0.3) < 4 * never["std_error"]
    assert fit.warnings.empty
    table = space["found"].tidy()
    assert set(table["distribution"]) == {
        "exponential", "weibull", "lognormal", "loglogistic", "gengamma", "piecewise", "spline"
    }  # fmt: skip
    assert fit.facts["aic"] < table["aic"].min() - 10


def test_a_large_sample_has_the_truth_of_the_study():
    d = study.sample(np.random.default_rng(5), 2000, never=True)
    rows = {(name, what): (truth, value, error) for name, what, truth, value, error, *_ in study.with_share(d)}
    for what in ("share never", "log time ratio"):
        truth, value, error = rows["weibull, cure=True", what]
        assert abs(value - truth) < 4 * error
    assert (d["lower"] <= d["exit"]).all()
    assert (d["exit"] <= d["upper"]).all()
