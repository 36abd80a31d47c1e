"""Sentences of the report: counts, names of acts, dates and limits as people write them."""

import pytest

from clemency.records.schema import ACT_TYPES
from clemency.reports import language


@pytest.mark.parametrize(
    ("n", "noun", "said"),
    [
        (1, "commutation_death_to_life", "1 commutation of death to life"),
        (2, "commutation_death_to_life", "2 commutations of death to life"),
        (2, "commutation_life_to_fixed", "2 commutations of life to a fixed term"),
        (1, "parole", "1 parole"),
        (3, "medical_parole_denied", "3 refusals of medical parole"),
        (0, "case", "0 cases"),
        (1, "entry", "1 entry"),
        (1234, "entry", "1,234 entries"),
        (2, "person", "2 people"),
        (2, "birthday", "2 birthdays"),
        (2, "first medical parole", "2 first medical paroles"),
        (2, "search", "2 searches"),
    ],
)
def test_counts(n, noun, said):
    assert language.counted(n, noun) == said


def test_every_act_has_a_name_and_a_plural_of_its_own():
    names = [(language.act_name(k), language.plural(k)) for k in ACT_TYPES]
    assert len(set(names)) == len(ACT_TYPES) == 13
    assert all("_" not in one + several and one != several for one, several in names)
    assert not [several for _, several in names if several.endswith(("lifes", "fixeds", "denieds", "terms of"))]


def test_small_counts_are_spelled_in_sentences():
    assert [language.counted(n, "case", spelled=True) for n in (0, 1, 12, 13, 1000)] == [
        "no cases",
        "one case",
        "twelve cases",
        "13 cases",
        "1,000 cases",
    ]


@pytest.mark.parametrize(
    ("n", "verb", "said"),
    [
        *(
            (1, "is", "is"),
            (2, "is", "are"),
            (0, "is", "are"),
            (1, "has", "has"),
            (2, "has", "have"),
            (1, "was", "was"),
        ),
        *((2, "was", "were"), (1, "stay", "stays"), (2, "stay", "stay"), (1, "pass", "passes"), (2, "pass", "pass")),
    ],
)
def test_verbs_agree(n, verb, said):
    assert language.agreed(n, verb) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("8-month", "an"),
        ("11-month", "an"),
        ("18-month", "an"),
        ("80-month", "an"),
        ("12-month", "a"),
        ("1-month", "a"),
        ("100-month", "a"),
        ("110-month", "a"),
        ("8.5-month", "an"),
        ("early release", "an"),
        ("parole", "a"),
    ],
)
def test_articles(text, said):
    assert language.article(text) == said


@pytest.mark.parametrize(
    ("date", "said", "placed"),
    [
        ("2015-12-08", "8 December 2015", "on 8 December 2015"),
        ("2015-12", "December 2015", "in December 2015"),
        ("2015", "2015", "in 2015"),
        ("2015-XX", "2015", "in 2015"),
        ("2015-12-XX", "December 2015", "in December 2015"),
        ("199X", "the 1990s", "in the 1990s"),
        ("19XX", "the years 1900 to 1999", "in the years 1900 to 1999"),
        ("2015-12~", "about December 2015", "in about December 2015"),
        ("2015-12?", "December 2015 (uncertain)", "in December 2015 (uncertain)"),
        ("2015-05/2015-06", "May 2015 to June 2015", "between May 2015 and June 2015"),
        ("2015-05-02/..", "2 May 2015 or later", "on 2 May 2015 or later"),
        ("../2015", "2015 or earlier", "in 2015 or earlier"),
        ("/2015", "2015 or earlier", "in 2015 or earlier"),
    ],
)
def test_dates(date, said, placed):
    assert language.day(date) == said
    assert language.dated(date) == placed


def test_lists_of_words():
    assert [language.listed(list(p)) for p in ("", "a", "ab", "abc")] == ["", "a", "a and b", "a, b and c"]
    assert language.tallied({"Tibetan": 5, "Uyghur": 1}) == "Tibetan 5 and Uyghur 1"


@pytest.mark.parametrize(
    ("value", "bound", "digits", "said"),
    [
        (11.98, 12, 1, "11.98"),
        (11.999, 12, 1, "11.999"),
        (11.4, 12, 1, "11.4"),
        (12.0, 12, 1, "12.0"),
        (12.04, 12, 1, "12.04"),
        (119.6, 120, 0, "119.6"),
        (2271.6, 120, 0, "2,272"),
        (0.0496, 0.05, 2, "0.0496"),
        (0.05, 0.05, 2, "0.05"),
        (float("nan"), 1, 2, ""),
    ],
)
def test_a_number_below_a_bound_is_not_shown_as_the_bound(value, bound, digits, said):
    assert language.apart(value, bound, digits) == said


def test_limits_that_exclude_1_do_not_end_there():
    assert language.limits(0.14, 0.9961) == "0.14 to 0.996"
    assert language.limits(1.0004, 2.5) == "1.0004 to 2.50"
    assert language.limits(0.5, 1.0) == "0.50 to 1.00"
    assert language.limits(float("nan"), 2.0) == ""
    assert language.limits(0.5, float("inf")) == "0.50, no upper limit"
