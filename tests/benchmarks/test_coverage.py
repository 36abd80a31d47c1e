"""The simulated designs of the coverage study have the truth that they claim."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
coverage = pytest.importorskip("benchmarks.coverage")

from clemency.models import cox, incidence, recurrence, survival  # noqa: E402

PEOPLE = 30_000


@pytest.fixture(scope="module")
def truth():
    return coverage.truth(people=40_000)


@pytest.fixture(scope="module")
def large():
    return coverage.cohort(np.random.default_rng(3), PEOPLE, level=2.5)


def within(row, value):
    assert abs(row["estimate"] - value) < 4 * row["std_error"], (row["estimate"], row["std_error"], value)


def test_curves_of_a_large_sample_are_the_truth(truth, large):
    frame = coverage.first_acts(large)
    for t in (24, 60):
        within(incidence(frame, **coverage.ENDS, outcome="act").at(t).iloc[0], truth[f"incidence {t}"])
        within(survival(frame, **coverage.SPELL).at(t).iloc[0], truth[f"survival {t}"])


def test_mean_numbers_of_a_large_sample_are_the_truth(truth):
    frame = coverage.all_acts(coverage.cohort(np.random.default_rng(4), 4_000, frailty=1.0))
    found = recurrence(frame, **coverage.ENDS, id="case", outcome="act", terminal=["release", "death"])
    for t in (24, 60):
        within(found.at(t).iloc[0], truth[f"mean {t}"])


def test_hazard_ratios_of_a_large_sample_are_the_truth():
    c = coverage.cohort(np.random.default_rng(5), 8_000)
    frame = coverage.split(coverage.first_acts(c), c["exposed"])
    assert frame["exposed"].nunique() == 2
    for row in cox(frame, "common + rare + score + exposed", **coverage.SPELL).tidy().to_dict("records"):
        within(row, coverage.EFFECTS[row["term"]])


def test_predictions_of_a_large_sample_are_the_truth(monkeypatch):
    monkeypatch.setitem(coverage.TRUTH, "concordance", coverage.concordance_of_all(8_000))
    small = coverage.cohort
    monkeypatch.setattr(coverage, "cohort", lambda rng, n, **how: small(rng, 8_000, **how))
    found = list(coverage.predictions(np.random.default_rng(7)))
    assert len(found) == 7
    for _, _, value, estimate, error, _, _ in found:
        assert abs(estimate - value) < 4 * error


def test_splits_keep_time_and_acts():
    c = coverage.cohort(np.random.default_rng(6), 100)
    frame = coverage.first_acts(c)
    for every in (None, 3):
        cut = coverage.split(frame, c["exposed"], every)
        assert cut["act"].sum() == frame["act"].sum()
        np.testing.assert_allclose((cut["exit"] - cut["entry"]).sum(), (frame["exit"] - frame["entry"]).sum())


def test_a_small_study_counts_every_sample():
    found = [row for seed in range(2) for row in coverage.subdistribution(np.random.default_rng(seed))]
    columns = ["estimator", "quantity", "truth", "estimate", "error", "low", "high"]
    table = coverage.summary(coverage.pd.DataFrame(found, columns=columns))
    assert table["samples"].tolist() == [2, 2]
    assert table["quantity"].tolist() == ["common", "score"]


def test_page_shows_the_results():
    page = coverage.PAGE.read_text(encoding="utf-8")
    results = Path(coverage.__file__).with_name("results")
    assert coverage.renewed(page, results) == page
    table = coverage.pd.read_csv(results / "coverage.csv")
    assert all(
        f"| {name} | {quantity} |" in page for name, quantity in zip(table["estimator"], table["quantity"], strict=True)
    )


def test_months_saved_of_a_large_sample_are_the_truth(truth, monkeypatch):
    small = coverage.cohort
    monkeypatch.setattr(coverage, "cohort", lambda rng, n, *how, **more: small(rng, 6_000, *how, **more))
    monkeypatch.setattr(coverage._savings, "SAMPLES", 100)
    monkeypatch.setattr(coverage._savings, "KINDS", ("percentile",))
    monkeypatch.setattr(coverage, "TRUTH", truth)
    monkeypatch.setattr("clemency.models.reductions.bootstrap.without_each", lambda *_: [np.ones((1, 6_000))])
    for name, quantity, value, estimate, error, *_ in coverage.saved(np.random.default_rng(8), 0.3, ", few"):
        assert name == "months_saved, percentile, few"
        assert abs(estimate - value) < 4 * error, quantity


def test_placebo_cohorts_have_the_acts_that_they_promise():
    rng = np.random.default_rng(9)
    for together in (False, True):
        made = [coverage._placebo.cohort(rng, 300, together) for _ in range(10)]
        acts = [int((c.spells["event"] == "act").sum()) for c in made]
        assert 40 < np.mean(acts) < 65
    assert len(list(coverage.SIZES["placebo"](rng))) == 4
