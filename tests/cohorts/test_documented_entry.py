"""A case that enters when a public document first has it."""

import pandas as pd
import pytest

import clemency as cl

CASES = pd.DataFrame(
    {
        "case_id": ["early", "late", "afterwards", "unknown"],
        "person_id": ["early", "late", "afterwards", "unknown"],
        "detention_date": ["2010-01-01"] * 4,
        "sentence_date": ["2011-01-01"] * 4,
        "sentence_type": ["fixed"] * 4,
        "sentence_months": [120.0] * 4,
        "status": ["serving"] * 4,
        "status_date": [None] * 4,
        "seen_date": ["2016-01-01"] * 4,
        "known_from": ["2010-03", "2013", "2015-05-01", None],
    }
)
ACTS = pd.DataFrame(
    {
        "case_id": ["early", "late", "afterwards"],
        "act_type": ["sentence_reduction"] * 3,
        "act_date": ["2014-01-01"] * 3,
    }
)


def test_a_case_enters_with_its_sentence_or_its_document_whichever_is_later():
    spells = cl.cohort(CASES, ACTS, entry="documented", clock="sentence").spells.set_index("case_id")
    # From 1 January 2011: 0 days; to 31 December 2013, 1095 days, of 30.4375.
    assert spells["entry"].to_dict() == pytest.approx({"early": 0.0, "late": 1095 / 30.4375})
    assert spells["exit"].to_dict() == pytest.approx(dict.fromkeys(["early", "late"], 1096 / 30.4375))


def test_an_act_before_the_document_and_a_day_that_is_not_known_leave_a_case_out_and_say_so():
    left = cl.cohort(CASES, ACTS, entry="documented").exclusions.set_index("case_id")["reason"].to_dict()
    assert left == {
        "afterwards": "an act among the outcomes before entry",
        "unknown": "not known since when it is documented",
    }


def test_without_the_column_that_says_it_the_cohort_is_refused():
    with pytest.raises(cl.UsageError, match=r"cases has no column known_from, which entry='documented' needs\. Add it"):
        cl.cohort(CASES.drop(columns="known_from"), ACTS, entry="documented")


def test_a_second_cut_of_the_clock_is_refused_as_it_would_replace_the_first():
    made = cl.cohort(CASES, ACTS)
    assert "interval" in made.split(calendar="Y").split(clock=[12]).spells
    with pytest.raises(cl.UsageError, match=r"a column 'interval', as .* adds: give all months at once"):
        made.split(clock=[12]).split(clock=[24])
