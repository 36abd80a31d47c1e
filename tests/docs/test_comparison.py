"""The page that compares packages shows the results of its studies, and ours are those of the present code."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
page_of = pytest.importorskip("benchmarks._comparison")
agreement = pytest.importorskip("benchmarks.agreement")
regression = pytest.importorskip("benchmarks.regression")

RESULTS = Path(agreement.__file__).with_name("results")


@pytest.fixture(scope="module")
def found():
    return pd.read_csv(RESULTS / "agreement.csv", dtype=str, keep_default_na=False)


@pytest.fixture(scope="module")
def page():
    return page_of.PAGE.read_text(encoding="utf-8")


def test_page_shows_the_results(page):
    assert page_of.renewed(page, RESULTS) == page


def test_another_number_would_be_noticed(page, tmp_path):
    for name in ("agreement.csv", "regression.csv", "regression_versions.txt"):
        text = (RESULTS / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(text.replace("0.61612", "0.71612"), encoding="utf-8")
    changed = page_of.renewed(page, tmp_path)
    assert changed != page
    assert changed.count("0.716 (entry ignored)") == page.count("0.616 (entry ignored)") == 2


@pytest.mark.parametrize("times", ["continuous", "whole months"])
def test_ours_are_the_numbers_of_r(found, times):
    part = found[found["times"] == times].set_index(["quantity", "package"])
    ours = agreement.ours(agreement.spells(agreement.SEED, times == "whole months"))["with"]
    assert set(ours) == set(agreement.QUANTITIES) - {"states"}
    for quantity, answer in ours.items():
        of_r = [float(v) for v in part.loc[(quantity, "R"), "values"].split()]
        np.testing.assert_allclose(answer["values"], of_r, rtol=1e-5, err_msg=quantity)
        assert part.loc[(quantity, "clemency"), "verdict"] == "equals R"


def test_what_the_page_says_of_peers_is_in_the_results(found):
    verdicts = found.groupby("package")["verdict"].agg(set)
    assert verdicts["survival"] == {"equals R"}  # "it alone gave R's number everywhere"
    others = ["clemency", "greenwood", "lifelines"]
    assert all(verdicts[p] != {"equals R"} for p in others)
    ignored = found.loc[found["verdict"].str.startswith("the entry is ignored"), "verdict"]
    assert set(ignored) == {"the entry is ignored, without a word"}  # "none of these packages said so"


def test_which_is_faster_is_in_the_results():
    """The page says that survival (Rust) is faster at 500 rows, and ours from 20,000 on."""
    table = pd.read_csv(RESULTS / "regression.csv")
    rust = table[table["peer"] == "survival coxph (Rust)"]
    assert sorted(rust["n"]) == [500, 500, 2_000, 2_000, 20_000, 20_000, 1_000_000, 1_000_000]
    assert (rust.loc[rust["n"] == 500, "ratio"] < 1).all()
    assert (rust.loc[rust["n"] >= 20_000, "ratio"] > 1).all()


def test_size_of_the_sample_is_the_one_on_the_page(page):
    assert f"{len(agreement.spells(agreement.SEED, True)):,} who had no act" in page


def test_nobody_in_the_sample_ends_before_entry():
    for whole in (False, True):
        d, m = agreement.spells(3, whole), agreement.states(3, whole)
        assert (d["exit"] > d["entry"]).all()
        assert (m["stop"] > m["start"]).all()
        moved = m.groupby("id")["from"].agg(list).map(tuple).value_counts()
        assert set(moved.index) == {("serving",), ("reduced",), ("serving", "reduced")}


R = {
    "with": {"a": [1.0, -2.0]},
    "efron": {"a": [1.5, -2.0]},
    "breslow": {"a": [1.6, -2.0]},
    "untied": {"a": [0.9, -2.0]},
}


@pytest.mark.parametrize(
    ("values", "warned", "said"),
    [
        ([1.000001, -2.0], [], "equals R"),
        ([1.0001, -2.0], [], "differs from R by up to 0.0001, without a word"),
        ([1.5, -2.0], [], "the entry is ignored, without a word"),
        ([1.6, -2.0], ["late entry is not supported"], "the entry is ignored, with a warning"),
        ([0.9, -2.0], [], "equals R without the correction for ties"),
        ([1.0, -1.5], ["ties"], "differs from R by up to 0.5, with a warning"),
    ],
)
def test_verdict(values, warned, said):
    assert agreement.verdict({"values": values, "warnings": warned}, "a", R) == said


def test_verdict_without_values():
    assert agreement.verdict(None, "a", R) == "not offered"
    assert agreement.verdict({"refused": "ValueError: no"}, "a", R) == "refused: ValueError: no"


def test_packages_that_are_not_installed_are_named():
    table = agreement.study(agreement.SEED, ask=lambda command: None)
    verdicts = table.groupby("package")["verdict"].agg(set)
    for package in ("R", "survival", "greenwood", "lifelines"):
        assert verdicts[package] == {"not run: not installed"}
    ours = table[(table["package"] == "clemency") & (table["quantity"] != "states")]
    assert set(ours["verdict"]) == {"not held against R, which is not installed"}
    assert (ours["values"] != "").all()


def test_a_peer_that_gives_something_else_is_not_timed_without_saying_so():
    assert regression.named("p", [0.1, 0.2], [0.1, 0.2000001]) == "p"
    assert regression.named("p", [0.1, 0.25], [0.1, 0.2]) == "p (other coefficients, by up to 0.05)"


def test_timing_some_peers_leaves_the_rows_of_others(monkeypatch, tmp_path):
    old = (RESULTS / "regression.csv").read_text(encoding="utf-8")
    for name in ("regression.csv", "regression_versions.txt", "regression_growth.csv"):
        (tmp_path / name).write_text((RESULTS / name).read_text(encoding="utf-8"), encoding="utf-8")

    def timed(add, peers):
        add("cox, months", 20_000, 0.5, peers[0], 1.0)
        return ["greenwood 0"]

    monkeypatch.setattr(regression, "cox_against_other_python", timed)
    monkeypatch.setattr(regression, "draw", lambda *_: None)
    monkeypatch.setattr(page_of, "renew", lambda _: None)
    regression.renew_some(tmp_path, ["greenwood CoxPH"])
    new = (tmp_path / "regression.csv").read_text(encoding="utf-8")
    kept = [line for line in old.splitlines() if "greenwood" not in line]
    assert new.splitlines() == [*kept, '"cox, months",20000,0.5,greenwood CoxPH,1,2']
    with pytest.raises(SystemExit, match="no peer is called 'R'"):
        regression.renew_some(tmp_path, ["R"])
