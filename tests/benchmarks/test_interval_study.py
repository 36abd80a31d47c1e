"""The design of the study of record dates has the truth that it claims, and its page shows its results."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
study = pytest.importorskip("benchmarks.intervals")

from clemency.models import cox, interval_hazard, survival  # noqa: E402


@pytest.fixture(scope="module")
def large():
    return study.sample(np.random.default_rng(5), 8_000)


def test_truth_of_a_large_sample(large):
    true = study.spells(large, "true dates")
    for t in study.TIMES:
        r = survival(true, **study.SPELL).at(t).iloc[0]
        assert abs(r["estimate"] - study.alive(t)) < 4 * r["std_error"]
    for fit in (cox(true, "x", **study.SPELL), interval_hazard(large, "x", **study.ENDS, cuts=[12, 24, 48, 96])):
        r = fit.tidy().iloc[0]
        assert abs(r["estimate"] - study.LOG_RATIO) < 4 * r["std_error"]


def test_curve_of_a_large_sample_is_the_truth(large):
    d = study.since_entry(large.iloc[:3000])
    months = d.assign(lower=np.floor(d["lower"]), upper=np.ceil(d["upper"]))
    found = survival(months, **study.ENDS, limits=None)
    for t in study.TIMES:
        assert abs(found.at(t)["highest"].iloc[0] - study.inside_since_entry(t)) < 0.05


def test_intervals_hold_the_release(large):
    assert (large["lower"] <= large["time"] + 1e-12).all()
    assert (large["time"] <= large["upper"] + 1e-12).all()
    assert 0.15 < (large["lower"] == large["upper"]).mean() < 0.25
    assert 0.15 < np.isinf(large["upper"]).mean() < 0.25


def test_page_shows_the_results():
    page = study.PAGE.read_text(encoding="utf-8")
    results = Path(study.__file__).with_name("results")
    assert study.renewed(page, results) == page
    table = pd.read_csv(results / "intervals.csv")
    assert all(f"| {name} |" in page for name in table["estimator"])
