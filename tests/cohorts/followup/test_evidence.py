"""Independent follow-up: what an act brings about does not show the case. Eight cases alike, worked by hand."""

import numpy as np
import pandas as pd
import pytest

import clemency as cl
from clemency.records.terms import DAYS_PER_MONTH


def months(last):
    return (pd.Timestamp(last) - pd.Timestamp("2010-01-01")).days / DAYS_PER_MONTH


def cohort(rows, kind="medical_parole", **options):
    """Cohort of cases given as (status, status date, seen date, date of the act or None)."""
    cases = pd.DataFrame(
        {
            "case_id": [f"c{i}" for i in range(len(rows))],
            "detention_date": "2010-01-01",
            "sentence_date": "2010-07-01",
            "sentence_type": "fixed",
            "sentence_months": 120.0,
            "status": [r[0] for r in rows],
            "status_date": [r[1] for r in rows],
            "seen_date": [r[2] for r in rows],
        }
    )
    acts = pd.DataFrame(
        [(f"c{i}", kind, r[3], "act", "single") for i, r in enumerate(rows) if r[3]],
        columns=["case_id", "act_type", "act_date", "date_basis", "scope"],
    )
    return cl.cohort(cases, acts, **{"outcome": kind, "follow_up": "independent"} | options)


def ends(made):
    return {r.case_id: (str(r.event), round(r.exit, 6)) for r in made.spells.itertuples()}


CASES = [
    ("medical_parole", "2012-03-01", None, "2012-03-01"),  # 0: nothing but the act
    ("medical_parole", "2012", None, "2012-03-01"),  # 1: nothing else, perhaps
    ("medical_parole", "2012-03-01", "2013-01-01", "2012-03-01"),  # 2: seen later
    ("medical_parole", "2012-03-01", "2011-01-01", "2012-03-01"),  # 3: seen before, not at the act
    ("medical_parole", "2013-05-01", None, "2012-03-01"),  # 4: a later parole than the act
    ("died_in_custody", "2012-03-01", None, "2012-03-01"),  # 5: a death is never an act
    ("released", "2012-03-01", None, "2012-03-01"),  # 6: the release that came with it
    ("released", "2012-03-02", None, "2012-03-01"),  # 7: a release of its own
]


def test_by_hand():
    assert ends(cohort(CASES)) == {
        "c2": ("medical_parole", round(months("2012-03-01"), 6)),
        "c3": ("censored", round(months("2011-01-01"), 6)),
        "c4": ("medical_parole", round(months("2012-03-01"), 6)),
        "c5": ("medical_parole", round(months("2012-03-01"), 6)),
        "c7": ("medical_parole", round(months("2012-03-01"), 6)),
    }
    left = cohort(CASES).exclusions
    assert set(left["case_id"]) == {"c0", "c1", "c6"}
    assert set(left["reason"]) == {"no documented follow-up after entry"}
    assert len(ends(cohort(CASES, follow_up="documented"))) == 8


def test_only_acts_among_the_outcomes_are_no_evidence():
    """As another act it shows the case, and so does the state that it brought about."""
    made = cohort(CASES, outcome="sentence_reduction", competing=("early_release", "expiry", "death", "medical_parole"))
    assert made.spells["event"].astype(str).tolist() == ["medical_parole"] * 8


@pytest.mark.parametrize("kind", ["sentence_reduction", "parole", "early_release", "special_pardon"])
@pytest.mark.parametrize("status", ["released_early", "released", "released_on_expiry", "parole"])
def test_a_release_that_is_the_act_shows_nothing(kind, status):
    rows = [
        (status, "2012-03-01", None, "2012-03-01"),
        (status, "2012-03", None, "2012-03-01"),
        (status, "2012-03-31/2013", None, "2012-03"),
        (status, "2012-04-01", None, "2012-03"),
    ]
    assert set(ends(cohort(rows, kind, competing=("expiry", "death")))) == {"c3"}
    every = [c for c in ("early_release", "expiry", "death") if c != kind]
    assert set(ends(cohort(rows, kind, competing=every))) == {"c3"}


def test_a_sighting_on_the_day_of_the_act_is_the_act():
    rows = [
        ("serving", None, "2012-03-01", "2012-03-01"),
        ("serving", None, "2012-03-02", "2012-03-01"),
        ("serving", "2012-03-01", None, "2012-03-01"),
        ("serving", None, "2012-03", "2012-03-01"),
        ("serving", None, "2012", "2011-03-01"),
    ]
    assert set(ends(cohort(rows))) == {"c1", "c3", "c4"}


def test_a_second_act_does_not_show_the_first():
    """Two reductions, the second of which set the prisoner free on its day."""
    cases = pd.DataFrame(
        {
            "case_id": ["a"], "detention_date": "2010-01-01", "sentence_date": "2010-07-01", "sentence_type": "fixed",
            "sentence_months": 120.0, "status": "released_early", "status_date": "2014-05-01",
        }
    )  # fmt: skip
    days = ["2012-01-01", "2014-05-01"]
    acts = pd.DataFrame({"case_id": "a", "act_type": "sentence_reduction", "act_date": days})
    assert cl.cohort(cases, acts, follow_up="independent").exclusions["case_id"].tolist() == ["a"]
    seen = cl.cohort(cases.assign(seen_date="2013-01-01"), acts, follow_up="independent", recurrent=True).spells
    assert seen["event"].astype(str).tolist() == ["sentence_reduction", "censored"]
    np.testing.assert_allclose(seen["exit"], [months("2012-01-01"), months("2013-01-01")])


def test_drawn_days_change_nothing_of_what_is_evidence():
    made = cohort(CASES, dates="impute", m=4, seed=1)
    assert [set(c.spells["case_id"]) for c in made.cohorts] == [{"c2", "c3", "c4", "c5", "c7"}] * 4


@pytest.mark.parametrize(
    ("outcome", "documented", "independent"),
    [
        (["sentence_reduction"], {"sentence_reduction": 19}, {"sentence_reduction": 14}),
        (["medical_parole"], {"medical_parole": 22}, {"medical_parole": 8}),
        (
            ["sentence_reduction", "medical_parole"],
            {"sentence_reduction": 19, "medical_parole": 21},
            {"sentence_reduction": 13, "medical_parole": 8},
        ),
    ],
)
def test_acts_of_the_cases_of_an_edition(outcome, documented, independent):
    """Counted case by case from the tables: of 22 medical paroles 14 have no other date than that of the parole."""
    cases, acts = cl.load("cases", edition="2026.11"), cl.load("acts", edition="2026.11")
    for follow_up, expected in (("documented", documented), ("independent", independent)):
        made = cl.cohort(cases, acts, outcome=outcome, follow_up=follow_up)
        assert made.describe()[outcome].iloc[0].to_dict() == expected
        assert made.spells["case_id"].nunique() + len(made.exclusions) == len(cases)


@pytest.mark.parametrize("kind", ["sentence_reduction", "medical_parole"])
def test_documented_acts_of_the_shipped_cases(kind):
    """Cases of fixed terms with both dates, all of whose acts of the kind are dated and single."""
    cases, acts = cl.load("cases"), cl.load("acts")
    bounds = ["detention_earliest", "detention_latest", "sentence_earliest", "sentence_latest"]
    known = cases.loc[cases["sentence_type"].eq("fixed") & cases[bounds].notna().all(axis=1), "case_id"]
    ours = acts[acts["act_type"].eq(kind) & acts["case_id"].isin(known)]
    vague = ours[["act_earliest", "act_latest"]].isna().any(axis=1) | ours["scope"].ne("single")
    first = ours[~ours["case_id"].isin(ours.loc[vague, "case_id"])].groupby("case_id")["act_latest"].min()
    assert len(first) >= 22
    spells = cl.cohort(cases, acts, outcome=kind, competing=("expiry", "death")).spells
    assert set(spells.loc[spells["event"] == kind, "case_id"]) == set(first.index)
