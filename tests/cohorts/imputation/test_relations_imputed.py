"""Bilateral relations beside imputed cohorts: exposure after events and the index by quarter, draw by draw."""

import numpy as np
import pandas as pd
import pytest
from datedcohorts import drawn, events, whole_twice

import clemency as cl

SOME = events("2005-03-01", "2006-09-10", "2008-01", "2010-07-01").assign(
    event_type="summit", partner="US", direction=1, event_id=[f"e{i}" for i in range(4)]
)
ACT = {"outcome": "sentence_reduction"}


def exposed(cohort):
    return cohort.expose(SOME, window="365D")


def indexed(cohort):
    index = cl.relations("US", events=SOME, end="2020-12-31").frame.rename(columns={"period": "quarter"})
    return cohort.split(calendar="Q").with_covariates(index[["quarter", "index"]], on="quarter")


@pytest.mark.parametrize(("prepare", "term"), [(exposed, "exposed_summit"), (indexed, "index")])
def test_whole_dates_give_the_plain_fit(prepare, term):
    many, one = (prepare(c) for c in whole_twice(m=2))
    found, own = (cl.cox(c, term, **ACT, cluster="case_id").tidy() for c in (many, one))
    exact = ["term", "estimate", "std_error"]
    pd.testing.assert_frame_equal(found[exact], own[exact], check_exact=True)
    assert own["std_error"].item() > 0


@pytest.mark.parametrize(("prepare", "term"), [(exposed, "exposed_summit"), (indexed, "index")])
def test_exposure_is_that_of_each_draw(prepare, term):
    many = drawn(m=4)
    found = cl.cox(prepare(many), term, **ACT, cluster="case_id")
    single = [cl.cox(prepare(c), term, **ACT, cluster="case_id") for c in many.cohorts]
    b = np.array([f.coefficients[0] for f in single])
    assert np.ptp(b) > 0
    assert found.coefficients[0] == pytest.approx(b.mean(), rel=1e-12)
    within = np.mean([f.covariance[0, 0] for f in single])
    assert found.covariance[0, 0] == pytest.approx(within + 1.25 * b.var(ddof=1), rel=1e-12)
