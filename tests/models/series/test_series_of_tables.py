"""Series of a rate table are those of its cohort."""

import numpy as np
import pytest

import clemency as cl

pytest.importorskip("duckdb")
pytest.importorskip("pyarrow")


@pytest.fixture(scope="module")
def cohort():
    return cl.cohort(cl.load("cases"), cl.load("acts"), outcome="sentence_reduction", clock="sentence")


@pytest.fixture(scope="module")
def events():
    return cl.load("events").query("partner == 'US' and event_type == 'human_rights_dialogue'")


def test_event_study_and_break(cohort, events):
    table = cl.rate_table(cohort, by="sex", clock_breaks=[24], outcome="sentence_reduction")
    asked = {"leads": 2, "lags": 2, "start": "1999", "end": "2019"}
    one, other = (cl.event_study(d, events, **asked) for d in (table, cohort))
    np.testing.assert_allclose(one.coefficients, other.coefficients, rtol=1e-8)
    np.testing.assert_allclose(one.tests["p_value"], other.tests["p_value"], rtol=1e-7)
    assert len(one.exclusions) == len(other.exclusions)
    asked = {"at": "2008-08-08", "start": "2000", "end": "2015"}
    one, other = (cl.interrupted(d, **asked) for d in (table, cohort))
    np.testing.assert_allclose(one.coefficients, other.coefficients, rtol=1e-8)
    with pytest.raises(cl.UsageError, match="calendar='Q' and not 'M'"):
        cl.event_study(table, events, freq="M")
    with pytest.raises(cl.UsageError, match="leave missing= out"):
        cl.interrupted(table, at="2008", missing="zero")


def test_placebo_of_days(cohort, events):
    table = cl.rate_table(cohort, calendar="D", outcome="sentence_reduction")
    one, other = cl.placebo(table, events).tidy(), cl.placebo(cohort, events).tidy()
    assert one.iloc[0].to_dict() == other.iloc[0].to_dict()
    with pytest.raises(cl.UsageError, match="calendar='D'"):
        cl.placebo(cl.rate_table(cohort, outcome="sentence_reduction"), events)
