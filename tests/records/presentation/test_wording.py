"""Numbers with their nouns and verbs, and numbers that are no noughts, as every sentence and table takes them."""

import pandas as pd
import pytest

import clemency as cl
from clemency.records.presentation import wording


@pytest.mark.parametrize(
    ("value", "digits", "said"),
    [
        (0.0, 2, "0"),
        (0.0049, 2, "<0.01"),
        (0.005, 2, "0.01"),
        (1e-300, 2, "<0.01"),
        (0.04, 1, "<0.1"),
        (0.3, 0, "<1"),
        (-0.004, 2, ">-0.01"),
        (-0.25, 1, "-0.2"),
        (1234.56, 1, "1,234.6"),
        (float("inf"), 2, "no upper limit"),
        (float("nan"), 2, ""),
    ],
)
def test_what_is_not_0_is_not_shown_as_0(value, digits, said):
    assert wording.rounded(value, digits) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0.0, "0%"), (0.004, "<1%"), (0.0051, "1%"), (0.5, "50%"), (0.994, "99%"), (0.9951, ">99%"), (1.0, "100%"),
        (1.5, "150%"), (float("nan"), ""),
    ],
)  # fmt: skip
def test_shares_are_none_and_all_only_where_they_are(value, said):
    assert wording.share(value) == said


def test_ratios_limits_and_p_values_that_are_small():
    assert wording.ratio(0.003) == "<0.01"
    assert wording.limits(0.0003, 5.92) == "<0.01 to 5.92"
    assert wording.limits(0.0, float("inf")) == "0, no upper limit"
    assert wording.apart(0.0004, 0.05, 2) == "<0.01"
    assert wording.apart(0.0499, 0.05, 2) == "0.0499"
    assert wording.apart(0.002, 120, 0) == "<1"


def test_nothing_of_one_and_of_several():
    assert wording.none_of(1, "spell", "end") == "its only spell does not end"
    assert wording.none_of(3, "spell", "end") == "none of its 3 spells ends"
    assert wording.none_of(1, "case", "is") == "its only case is not"
    assert wording.none_of(0, "case", "is") == "none of its 0 cases is"


def test_what_was_left_out_says_of_what():
    reasons = ["nobody at risk", "event without a last day", "window outside the time at risk", "nobody at risk"]
    assert sorted(wording.left_out(pd.DataFrame({"reason": reasons}))) == [
        "Left out: 1 event, event without a last day.",
        "Left out: 1 event, window outside the time at risk.",
        "Left out: 2 periods, nobody at risk.",
    ]
    assert wording.left_out(pd.DataFrame({"reason": []})) == []


def test_the_notes_of_a_fit_count_one_row_as_one():
    data = pd.DataFrame({"t": [1.0, 2, 3, 4, 5, 6], "e": [1, 1, 0, 1, 1, 0], "x": [0.0, 1, 1, 0, 1, None]})
    fit = cl.cox(data, "x", exit="t", event="e")
    assert "Left out: 1 row, missing value (x)." in repr(fit)
    two = data.assign(x=[0.0, 1, 1, 0, None, None])
    assert "Left out: 2 rows, missing value (x)." in repr(cl.cox(two, "x", exit="t", event="e"))
    alone = pd.DataFrame({"t": [1.0, 2, 3, 4], "e": [1, 1, 1, 0], "g": ["a", "a", "b", "c"]})
    with pytest.raises(cl.DataError, match="its only spell does not end in the event"):
        cl.cox(alone, "g", exit="t", event="e")


def test_a_cohort_of_one_case_is_a_case():
    """Of the first 1 and 2 fixed terms with a known date of sentence, by the counts of the cohort's own table."""
    cases, acts = cl.load("cases", edition="2026.11"), cl.load("acts", edition="2026.11")
    known = cases[
        (cases["sentence_type"] == "fixed") & cases["sentence_date"].notna() & cases["detention_date"].notna()
    ]
    one = cl.cohort(known.head(1), acts.head(0), outcome="sentence_reduction", follow_up="until_expiry")
    assert repr(one).startswith("Cohort of 1 case, ")
    assert "; 0 cases excluded" in repr(one)
    two = cl.cohort(known.head(2), acts.head(0), outcome="parole", follow_up="until_expiry")
    assert (two.spells["case_id"].nunique(), len(two.exclusions)) == (
        1,
        1,
    )  # the other's term ends after the last record
    assert repr(two).endswith("; 1 case excluded")
    many = cl.cohort(known.head(60), acts.head(0), outcome="parole", follow_up="until_expiry")
    n = many.spells["case_id"].nunique()
    assert n > 20
    assert repr(many).startswith(f"Cohort of {n} cases, ")
