"""A period without a row is neither without acts nor without people at risk, until somebody says so."""

import numpy as np
import pandas as pd
import pytest

import clemency as cl
from clemency.models.series.calendar import by_period
from clemency.records.errors import ClemencyError, DataError, UsageError

ACTS = [2, 3, 2, 2, 3, 2, 2, 3, 2, 2, 3, 2]  # 28 in the twelve months of 2019
FULL = pd.DataFrame({"month": pd.period_range("2019-01", "2020-12", freq="M").astype(str), "months": 100.0})
FULL = FULL.assign(acts=[*ACTS, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0])
SPARSE = FULL[FULL["acts"] > 0]  # 2020: January, June and November
CALL = {"at": "2020-01-01", "outcome": "acts", "freq": "M", "trend": None, "season": False}


def ratio(data, **more):
    return float(cl.interrupted(data, **{**CALL, **more}).tidy(exponentiate=True)["estimate"].iloc[0])


def test_a_break_where_most_months_have_no_row():
    """3 acts in 12 months after 28 in 12: 3 / 28 = 0.107. Of the months that have a row: 1 / (28 / 12) = 0.429."""
    assert ratio(FULL) == pytest.approx(3 / 28)
    assert ratio(SPARSE, missing="zero", end="2020") == pytest.approx(3 / 28)
    assert ratio(SPARSE, missing="zero", end="2020-12-31") == pytest.approx(3 / 28)
    # The series ends with its last row, in November, unless something else is said.
    assert ratio(SPARSE, missing="zero") == pytest.approx((3 / 11) / (28 / 12))
    with pytest.raises(DataError) as caught:
        ratio(SPARSE)
    said = str(caught.value)
    assert "8 of 23 months have no row: 2020-02, 2020-03, 2020-04, 2020-05, 2020-07 ..." in said
    assert "missing='zero'" in said
    with pytest.raises(DataError, match="9 of 24 months have no row"):
        ratio(SPARSE, end="2020")


def test_the_fit_is_that_of_the_full_series():
    full = cl.interrupted(FULL, **CALL)
    filled = cl.interrupted(SPARSE, **CALL, missing="zero", end="2020")
    pd.testing.assert_frame_equal(filled.tidy(), full.tidy())
    assert filled.glance()["n"][0] == full.glance()["n"][0] == 24
    shuffled = cl.interrupted(SPARSE.sample(frac=1, random_state=1), **CALL, missing="zero", end="2020")
    pd.testing.assert_frame_equal(shuffled.tidy(), full.tidy())
    twice = pd.concat([SPARSE.assign(acts=1, months=40.0), SPARSE.assign(acts=SPARSE["acts"] - 1, months=60.0)])
    pd.testing.assert_frame_equal(cl.interrupted(twice, **CALL, missing="zero", end="2020").tidy(), full.tidy())


def test_nobody_at_risk_is_said_by_a_row():
    """A month of 0 months at risk is left out and told: 3 acts in the 9 other months of 2020."""
    idle = FULL.assign(months=FULL["months"].where(~FULL["month"].isin(["2020-02", "2020-03", "2020-04"]), 0.0))
    fit = cl.interrupted(idle, **CALL)
    assert fit.tidy(exponentiate=True)["estimate"].iloc[0] == pytest.approx((3 / 9) / (28 / 12))
    assert fit.exclusions.to_dict("records") == [
        {"item": m, "reason": "nobody at risk"} for m in ("2020-02", "2020-03", "2020-04")
    ]


def test_time_at_risk_that_differs_is_not_made_up():
    uneven = SPARSE.assign(months=np.arange(len(SPARSE)) + 90.0)
    with pytest.raises(DataError, match=r"at risk of 2020-02, .* are not known: they are 90 to 104 elsewhere"):
        ratio(uneven, missing="zero")
    idle = SPARSE.assign(months=SPARSE["months"].where(SPARSE["month"] != "2019-01", 0.0), acts=1)
    idle.loc[idle["months"] == 0, "acts"] = 0
    with pytest.raises(DataError, match="are not known: they are 0 to 100 elsewhere"):
        ratio(idle, missing="zero", start="2019-01")


def test_gaps_outside_of_what_is_asked_for_do_no_harm():
    early = pd.DataFrame({"month": ["2011-03", "2015-07"], "months": 100.0, "acts": 5})
    assert ratio(pd.concat([early, FULL]), start="2019") == pytest.approx(3 / 28)
    with pytest.raises(DataError, match="have no row: 2011-04"):
        ratio(pd.concat([early, FULL]))
    with pytest.raises(DataError, match="12 of 36 months have no row: 2018-01"):
        ratio(FULL, start="2018")


@pytest.mark.parametrize(
    ("freq", "column", "labels", "at", "said"),
    [
        ("Q", "quarter", ["2001Q1", "2001Q2", "2001Q4", "2002Q1"], "2001-10-01", "1 of 5 quarters have no row: 2001Q3"),
        ("Y", "year", ["2001", "2002", "2004", "2007"], "2004-01-01", "3 of 7 years have no row: 2003, 2005, 2006"),
        ("Y", "year", [2001.0, 2002, 2004, 2005], "2004-01-01", "1 of 5 years have no row: 2003"),
        (
            "M",
            "month",
            ["2001-11", "2001-12", "2002-02", "2002-03"],
            "2002-02-01",
            "1 of 5 months have no row: 2002-01",
        ),
    ],
)
def test_every_length_of_period(freq, column, labels, at, said):
    panel = pd.DataFrame({column: labels, "months": 10.0, "acts": [1, 2, 3, 4]})
    call = {"at": at, "outcome": "acts", "freq": freq, "trend": None, "season": False}
    with pytest.raises(DataError, match=said):
        cl.interrupted(panel, **call)
    fit = cl.interrupted(panel, **call, missing="zero")
    assert fit.frame["acts"].sum() == 10
    assert len(fit.frame) == int(said.split()[2])


@pytest.mark.parametrize("kind", ["period", "category", "string"])
def test_labels_of_any_storage(kind):
    label = pd.PeriodIndex(SPARSE["month"], freq="M") if kind == "period" else SPARSE["month"].astype(kind)
    with pytest.raises(DataError, match="8 of 23 months have no row: 2020-02"):
        ratio(SPARSE.assign(month=label))


EVENTS = pd.DataFrame({"date": ["2019-04-10", "2019-09-02", "2020-03-05"]})
STUDY = {"outcome": "acts", "freq": "M", "leads": 1, "lags": 1, "season": False, "trend": None}


def test_event_studies_have_the_same_border():
    full = cl.event_study(FULL, EVENTS, **STUDY, start="2019", end="2020")
    with pytest.raises(DataError, match="have no row: 2020-02"):
        cl.event_study(SPARSE, EVENTS, **STUDY, start="2019", end="2020")
    filled = cl.event_study(
        pd.concat([SPARSE, FULL.tail(1)]), EVENTS, **STUDY, start="2019", end="2020", missing="zero"
    )
    pd.testing.assert_frame_equal(filled.tidy(), full.tidy())


def test_periods_before_and_after_the_panel_are_told_as_such():
    """start= and end= say when the list of events is complete, not when the panel is."""
    fit = cl.event_study(FULL, EVENTS, **STUDY, start="2018-10", end="2021-03")
    told = fit.exclusions[fit.exclusions["reason"] == "before or after the panel"]["item"].tolist()
    assert told == ["2018-11", "2018-12", "2021-01", "2021-02"]
    assert not (fit.exclusions["reason"] == "nobody at risk").any()


def test_a_cohort_knows_when_nobody_was_at_risk():
    """One prisoner from 2001 to the end of 2002, another from 2005 to the end of 2006; nobody in between."""
    cases = pd.DataFrame({"case_id": ["a", "b"], "detention_date": ["2001-01-01", "2005-01-01"]})
    cases = cases.assign(person_id=cases["case_id"], sentence_date=cases["detention_date"], sentence_type="fixed")
    cases = cases.assign(sentence_months=120, status="died_in_custody", status_date=["2002-12-31", "2006-12-31"])
    acts = pd.DataFrame({"act_id": list("xyz"), "case_id": list("aab"), "act_type": "sentence_reduction"})
    acts = acts.assign(act_date=["2001-03-02", "2002-08-09", "2006-05-20"], months=6)
    made = cl.cohort(cases, acts, outcome="sentence_reduction", recurrent=True)
    panel = by_period(made, None, "Y")
    assert panel["acts"].tolist() == [1, 1, 0, 0, 0, 1]
    assert (panel["months"] == 0).tolist() == [False, False, True, True, False, False]
    fit = cl.interrupted(made, at="2005-01-01", freq="Y", trend=None)
    assert fit.exclusions["item"].tolist() == ["2003", "2004"]
    assert fit.exclusions["reason"].tolist() == ["nobody at risk"] * 2
    with pytest.raises(UsageError, match="leave missing= out"):
        cl.interrupted(made, at="2005-01-01", missing="zero")
    with pytest.raises(UsageError, match="leave missing= out"):
        cl.event_study(made, EVENTS, missing="zero")


@pytest.mark.parametrize("missing", ["drop", "Zero"])
def test_other_meanings_are_refused(missing):
    for call in (lambda: ratio(FULL, missing=missing), lambda: cl.event_study(FULL, EVENTS, **STUDY, missing=missing)):
        with pytest.raises(ClemencyError, match=r"is not one of: None, 'zero'"):
            call()
