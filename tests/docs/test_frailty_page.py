"""The page on frailty shows the results of its study, and its code gives what it says."""

import re
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from scipy import stats

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
study = pytest.importorskip("benchmarks.frailty")
of_joint = pytest.importorskip("benchmarks.jointfrailty")

PAGE = ROOT / "docs" / "frailty.md"
RESULTS = ROOT / "benchmarks" / "results"


@pytest.fixture(scope="module")
def space():
    found = {}
    for block in re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL):
        exec(compile(block, "frailty.md", "exec"), found)
    plt.close("all")
    return found


def test_page_shows_the_results():
    page = PAGE.read_text(encoding="utf-8")
    assert study.renewed(page, RESULTS) == page
    assert of_joint.renewed(page, RESULTS) == page


def test_what_is_said_of_r_is_what_was_found():
    table = pd.read_csv(RESULTS / "frailty_speed.csv")
    assert (table["r_loglik_less"] > -1e-6).all()
    large = table[table["rows"] / table["groups"] >= 100]
    assert (large["r_theta"] > 1.5 * large["theta"]).all()
    known = table.dropna(subset=["tight_theta"])
    assert len(known) >= 3
    assert (known["tight_loglik_less"] > -1e-6).all()
    np.testing.assert_allclose(known["tight_theta"], known["theta"], rtol=0.01)


def test_what_is_said_of_the_study_is_what_was_found():
    table = pd.read_csv(RESULTS / "frailty.csv").set_index(["estimator", "quantity"])
    ratio = "log hazard ratio within prisons"
    for groups in (30, 100):
        assert 0.19 < -table.loc[(f"cox, {groups} prisons", ratio), "bias"] / 0.5 < 0.26
        assert abs(table.loc[(f"shared_frailty, {groups} prisons", ratio), "bias"]) < 0.03
    assert table.loc[("shared_frailty, 5 prisons", "theta"), "bias"] / 0.5 == pytest.approx(-0.4, abs=0.05)
    whole, chosen = "shared_frailty, 300 pairs, all", "shared_frailty, 300 pairs without an act before entry"
    assert abs(table.loc[(whole, "theta"), "bias"] - table.loc[(chosen, "theta"), "bias"]) < 0.02
    assert -table.loc[(chosen, ratio), "bias"] / 0.5 == pytest.approx(0.2, abs=0.03)
    assert abs(table.loc[(whole, ratio), "bias"]) < 0.02


def test_errors_of_r_without_the_block_of_the_frailties():
    table = pd.read_csv(ROOT / "tests" / "reference" / "frailty" / "expected.csv", keep_default_na=False)
    own = table[table["quantity"] == "std_error"].set_index(["model", "term"])["value"]
    theirs = table[table["quantity"] == "own search"]
    theirs = theirs[theirs["term"].str.startswith("error")].assign(term=lambda d: d["term"].str[6:])
    off = (theirs.set_index(["model", "term"])["value"] / own - 1).abs()
    assert 0.02 < off.max() < 0.03


def test_code_finds_what_was_planted(space):
    spread, ratio = space["fit"].heterogeneity().iloc[0], space["fit"].tidy().iloc[0]
    assert abs(spread["estimate"] - 0.5) < 4 * spread["std_error"]
    assert abs(ratio["estimate"] - np.log(1.6)) < 4 * ratio["std_error"]
    assert ratio["estimate"] > space["plain"].coefficients[0]
    table = space["fit"].frailties()
    assert np.corrcoef(table["frailty"], space["habit"])[0, 1] > 0.8
    assert space["fit"].warnings.empty


def test_numbers_of_the_text():
    low, high = stats.gamma.ppf([0.1, 0.9], 2, scale=0.5)
    assert f"a hazard below {low:.2f} and one above {high:.2f}, seven times" in PAGE.read_text(encoding="utf-8")
    assert round(high / low) == 7


def test_joint_model_finds_what_was_planted(space):
    table, spread = space["joint"].tidy().set_index("event"), space["joint"].heterogeneity()
    for event, truth in (("cut", np.log(1.6)), ("release", 0), ("death", 0)):
        assert abs(table.loc[event, "estimate"] - truth) < 4 * table.loc[event, "std_error"]
    for row, truth in zip(spread.itertuples(), (0.5, 1.0, -0.5), strict=True):
        assert abs(row.estimate - truth) < 4 * row.std_error
    assert space["joint"].check()["p_value"].iloc[0] < 0.01
