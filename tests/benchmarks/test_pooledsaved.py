"""The study of pooled months saved: cut dates hold the true ones, and whole dates give the design's own truth."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import clemency as cl
from benchmarks import coverage
from benchmarks import pooledsaved as study
from clemency.records import dates as edtf

RESULTS = Path(study.__file__).with_name("results")


@pytest.fixture(scope="module")
def sample():
    return study.tables(np.random.default_rng(8), 3_000)


def test_cut_dates_hold_the_true_ones_in_the_shares_of_the_design(sample):
    _, acts = sample
    for shares in study.SHARES.values():
        cut = study.told(acts, np.random.default_rng(1), shares)["act_date"]
        span, day = edtf.bounds(cut), acts["act_date"].to_numpy().astype("datetime64[D]")
        assert ((span.earliest <= day) & (day <= span.latest)).all()
        found = [(cut.str.len() == width).mean() for width in study.WIDTHS]
        np.testing.assert_allclose(found, shares, atol=4 * 0.5 / np.sqrt(len(acts)))


def test_whole_dates_give_the_truth(sample, monkeypatch):
    cases, acts = sample
    rng = np.random.default_rng(2)
    cohort = cl.cohort(
        study.told(cases, rng), study.told(acts, rng), recurrent=True, competing=("early_release", "death")
    )
    found = cl.months_saved(cohort, acts, replications=100).tidy()
    known = found[found["unknown"] == "as the known"]
    truth = coverage.truth(20_000)
    expected = [truth["acts a year"], truth[f"mean {coverage._savings.AT:g}"]]
    assert cohort.spells["event"].eq("sentence_reduction").sum() == len(acts)
    for row, value in zip(known.itertuples(), expected, strict=True):
        assert abs(row.estimate - value * coverage._savings.MONTHS.mean()) < 4 * row.std_error


def test_the_page_shows_the_results():
    page = (Path(study.__file__).parents[1] / "docs" / "coverage.md").read_text(encoding="utf-8")
    assert coverage.renewed(page, RESULTS) == page
    results = pd.read_csv(RESULTS / "pooledsaved.csv")
    assert page.count("| dates and months_saved") == len(results) == 6
    assert results["samples"].nunique() == 1
