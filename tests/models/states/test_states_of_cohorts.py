"""What a cohort makes of its acts: states in order, ends, clusters, and clocks."""

import numpy as np
import pandas as pd
import pytest

import clemency as cl
from clemency.models.states.histories.cohorts import in_states
from clemency.records.errors import UsageError

CASES = pd.DataFrame(
    {
        "case_id": ["a", "b", "c", "d"],
        "person_id": ["p", "q", "q", "r"],
        "detention_date": ["2000-01-01", "2000-01-01", "2010-01-01", "2001-01-01"],
        "sentence_date": ["2000-07-01", "2000-07-01", "2010-07-01", "2001-07-01"],
        "sentence_type": "fixed",
        "sentence_months": [120.0, 96.0, 60.0, 84.0],
        "status": ["released_early", "released_on_expiry", "serving", "died_in_custody"],
        "status_date": ["2008-01-01", "2008-01-01", "2012-01-01", "2006-01-01"],
        "seen_date": ["", "", "2012-01-01", ""],
    }
)
ACTS = pd.DataFrame(
    {
        "case_id": ["a", "a", "a", "b", "d", "d"],
        "act_type": ["sentence_reduction"] * 4 + ["medical_parole", "sentence_reduction"],
        "act_date": ["2003-01-01", "2005-01-01", "2007-01-01", "2004-01-01", "2004-01-01", "2005-01-01"],
    }
)
BOTH = ["sentence_reduction", "medical_parole"]


def made(**more):
    return cl.cohort(CASES, ACTS, **({"outcome": BOTH, "recurrent": True} | more))


def course(cohort, case, cuts=2):
    frame = in_states(cohort, cuts)
    mine = frame[frame["case_id"] == case].sort_values("entry")
    return [*zip(mine["state"].astype(str), mine["into"].astype(str), strict=True)]


def test_states_of_each_case_by_hand():
    cohort = made()
    assert course(cohort, "a") == [
        ("serving", "reduced 1"),
        ("reduced 1", "reduced 2+"),
        ("reduced 2+", "censored"),  # the third cut leaves the state as it is
        ("reduced 2+", "early release"),
    ]
    assert course(cohort, "a", cuts=3)[2] == ("reduced 2", "reduced 3+")
    assert course(cohort, "b") == [("serving", "reduced 1"), ("reduced 1", "expiry")]
    assert course(cohort, "c") == [("serving", "censored")]
    assert course(cohort, "d") == [  # a cut on medical parole leaves the person there
        ("serving", "medical parole"),
        ("medical parole", "censored"),
        ("medical parole", "death"),
    ]


def test_a_cohort_supplies_columns_and_clusters_on_the_person():
    fit = cl.multistate(made())
    assert fit.states == ("serving", "reduced 1", "reduced 2+", "medical parole", "early release", "expiry", "death")
    assert fit.faults.empty
    seen = fit.glance().iloc[0]
    assert (seen["n"], seen["n_cases"], seen["events"]) == (10, 4, 7)
    assert fit.spells.history.columns["cluster"] == ("case_id", "person_id")
    assert fit.spells.history.unit == "months"
    check = cl.survcheck(made())
    assert check.transitions.loc["serving", ["reduced 1", "medical parole", "(censored)"]].tolist() == [2, 1, 1]


def test_shares_of_a_small_cohort_by_hand():
    fit = cl.multistate(made())
    at = fit.at(55).set_index("state")["estimate"]
    # c is lost at 24; of the others d goes to medical parole at 36, and a and b are cut at 36 and 48
    assert at["serving"] == pytest.approx(0.0)
    assert at["medical parole"] == pytest.approx(1 / 3)
    assert at["reduced 1"] + at["reduced 2+"] == pytest.approx(2 / 3)


def test_the_share_of_the_term_as_a_clock():
    """b serves all of its 96 months as passed, a 96 of 120, d 60 of 84."""
    cohort = made()
    fit = cl.multistate(cohort, share_of="sentence_months")
    table = fit.tidy()
    ended = table[(table["n_event"] > 0) & table["state"].isin(["early release", "expiry", "death"])]
    months = {"early release": 96 / 120, "expiry": 96 / 96, "death": 60 / 84}
    for state, share in months.items():
        assert ended.loc[ended["state"] == state, "time"].tolist() == pytest.approx([share], rel=0.01)
    assert fit.spells.history.unit is None
    with pytest.raises(UsageError, match="share_of= gives times without a unit"):
        cl.multistate(in_states(cohort), id="case_id", entry="entry", exit="exit", event="into", state="state",
                      share_of="sentence_months", time_unit="months")  # fmt: skip
    lacking = cohort.spells.assign(
        sentence_months=cohort.spells["sentence_months"].where(cohort.spells["case_id"] != "b")
    )
    left = cl.multistate(
        in_states(cohort).assign(sentence_months=lacking["sentence_months"]), id="case_id", entry="entry", exit="exit",
        event="into", state="state", share_of="sentence_months",
    )  # fmt: skip
    assert left.exclusions[["reason", "column", "n"]].to_numpy().tolist() == [
        ["missing value", "exit / sentence_months", 2]
    ]


def test_states_of_the_users_own_let_people_return():
    cohort = made()
    spells = in_states(cohort)
    back = spells["case_id"].eq("d") & spells["state"].eq("medical parole") & spells["into"].eq("censored")
    spells["into"] = spells["into"].astype(object).mask(back, "serving")
    spells["state"] = spells["state"].astype(object).mask(back.shift(fill_value=False), "serving")
    own = cohort.assign(now=spells["state"], then=spells["into"])
    fit = cl.multistate(own, state="now", event="then")
    pairs = cl.survcheck(own, state="now", event="then").tidy()
    assert ["medical parole", "serving", 1] in pairs.to_numpy().tolist()
    assert fit.faults.empty


def test_a_cohort_of_first_acts_stays_where_it_ends():
    fit = cl.multistate(made(recurrent=False))
    assert "reduced 1" in fit.states
    assert "reduced 2+" not in fit.states
    assert fit.spells.ends[fit.states.index("reduced 1")]


def test_hazards_of_a_cohort():
    made_up = cl.simulate_cohort(400, effects={"rare": 0.5}, shares={"rare": 0.3}, seed=3, recurrent=True)
    spells = made_up.spells.assign(into=made_up.spells["event"].astype(str))
    fit = cl.transition_cox(spells, {"start -> act": "rare"}, id="case_id", entry="entry", exit="exit", event="into")
    own = cl.cox(
        spells[~spells.duplicated("case_id")], "rare", exit="exit", event="event", entry="entry", outcome="act",
        robust=True,
    )  # fmt: skip
    np.testing.assert_allclose(fit.coefficients, own.coefficients, rtol=1e-9)
    np.testing.assert_allclose(fit.covariance, own.covariance, rtol=1e-9)


def test_refusals():
    with pytest.raises(UsageError, match="no gap_time"):
        cl.multistate(made().gap_time())
    with pytest.raises(UsageError, match="cuts=0"):
        cl.multistate(made(), cuts=0)
    with pytest.raises(UsageError, match="not pooled"):
        cl.survcheck(made(dates="impute", m=2, seed=1))
