"""The study of partial dates: its truth is that of a large sample, its page shows its results."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import clemency as cl
from benchmarks import partialdates as study
from clemency.records import dates as edtf


@pytest.mark.parametrize("design", study.PLANS)
def test_truth_is_that_of_a_large_sample(design):
    plan = study.PLANS[design]
    tables = study.texts(*study.true_tables(np.random.default_rng(1), 5_000, plan))
    cohort = cl.cohort(*tables, clock="sentence", competing=("early_release",))
    found = cl.incidence(cohort, outcome="sentence_reduction").at(plan.at).iloc[0]
    assert abs(found["estimate"] - study.incidence_of(plan)) < 4 * found["std_error"]


def test_cut_dates_contain_the_true_ones():
    rng = np.random.default_rng(2)
    cases, acts = study.true_tables(rng, 500)
    cut, cut_acts = study.texts(cases, acts, rng)
    for true, told in ((cases["sentence_date"], cut["sentence_date"]), (acts["act_date"], cut_acts["act_date"])):
        span = edtf.bounds(told)
        day = true.to_numpy().astype("datetime64[D]")
        assert ((span.earliest <= day) & (day <= span.latest)).all()
    assert set(cut["sentence_date"].str.len()) == {4, 7, 10}


def test_page_shows_the_results():
    results = pd.read_csv(Path(study.__file__).with_name("results") / "partialdates.csv")
    page = study.PAGE.read_text(encoding="utf-8")
    assert study.renewed(page, results) == page
    assert page.count("| impute |") == 4
