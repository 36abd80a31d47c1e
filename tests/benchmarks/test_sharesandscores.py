"""The study of pooled shares and scores: its true values against other formulas, and the page against its results."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import integrate, stats

from benchmarks import sharesandscores as study

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("competing", [False, True])
def test_true_scores_are_those_of_integrals(competing):
    """The Brier score of the true rule is E[p (1 - p)], its area under the curve a double integral over x."""
    found, t, other = study.truths(competing, 200_000), 24.0, 0.02 if competing else 0.0

    def chance(x):
        rate = 0.03 * np.exp(0.8 * x)
        return rate / (rate + other) * -np.expm1(-(rate + other) * t)

    density = stats.norm.pdf
    brier = integrate.quad(lambda x: chance(x) * (1 - chance(x)) * density(x), -8, 8)[0]
    assert found["brier", "true", t] == pytest.approx(brier, abs=0.002)
    x = np.linspace(-6, 6, 4001)
    had, not_had = chance(x) * density(x), (1 - chance(x)) * density(x)
    below = np.cumsum(not_had) - not_had / 2
    area = (had * below).sum() / had.sum() / not_had.sum()
    assert found["auc", "true", t] == pytest.approx(area, abs=0.005)


def test_summary_counts_what_holds():
    rows = [(k, "a", "b", 0.5, 0.4, low, 0.9) for k, low in ((0, 0.1), (0, 0.6), (1, 0.2), (1, np.nan))]
    found = study.summary(rows).iloc[0]
    assert (found["limits"], found["samples"]) == (4, 2)
    assert found["coverage"] == pytest.approx(2 / 3)
    assert found["bias"] == pytest.approx(-0.1)
    assert found["error"] == pytest.approx(np.sqrt((1 / 3 - 2 / 3) ** 2 + (1 / 3) ** 2) / 3)


def test_the_page_shows_the_results():
    page = (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8")
    shown = re.search(r"<!-- sharesandscores -->\n(.*?)\n<!-- end -->", page, re.DOTALL)
    assert shown is not None
    assert shown.group(1) == study.as_table(pd.read_csv(ROOT / "benchmarks" / "results" / "sharesandscores.csv"))
