"""An act that sets a new term moves the end of the old one: commutations to a fixed term, combined terms."""

import pandas as pd
import pytest

import clemency as cl
from clemency.records.tables.derive import expiry, new_terms

COLUMNS = ["case_id", "act_type", "act_date", "months", "term_after", "scope"]
# Everybody is detained on 1 January 2008 and sentenced a year later; the register goes to 31 December 2015.
KINDS = {
    "life": "life",
    "open": "life",
    "cut": "life",
    "late": "life",
    "vague": "life",
    "reprieved": "death_reprieve",
    "by_steps": "death_reprieve",
    "combined": "fixed",
    "again": "fixed",
    "seen": "life",
    "shorter": "fixed",
}
CASES = pd.DataFrame(
    {
        "case_id": list(KINDS),
        "detention_date": "2008-01-01",
        "sentence_date": "2009-01-01",
        "sentence_type": list(KINDS.values()),
        "sentence_months": [36.0 if kind == "fixed" else None for kind in KINDS.values()],
        "status": "released",
        "status_date": None,
        "seen_date": [{"seen": "2015-12-31"}.get(name) for name in KINDS],
        "known_from": "2009",
        "frame": "register",
    }
)
CASES["sentence_months"] = CASES["sentence_months"].mask(CASES["case_id"] == "shorter", 120.0)
TO_LIFE, TO_FIXED, AT_ONCE = (f"commutation_{way}" for way in ("death_to_life", "life_to_fixed", "death_to_fixed"))
ACTS = pd.DataFrame(
    [
        # 24 months from the ruling end on 29 June 2015; less two, on 29 April.
        ("life", TO_FIXED, "2013-06-30", None, 24, "single"),
        ("cut", TO_FIXED, "2013-06-30", None, 24, "single"),
        ("cut", "sentence_reduction", "2014-05-01", 2, None, "single"),
        # On a day not known: the life sentence goes on.
        ("open", TO_FIXED, None, None, 24, "single"),
        # Beyond the register's last day: they left before the end of the term.
        ("late", TO_FIXED, "2013-06-30", None, 240, "single"),
        # The middle of the year is 2 July.
        ("vague", TO_FIXED, "2013", None, 12, "single"),
        # From the end of the reprieve, on 1 January 2011, and not from the ruling.
        ("reprieved", AT_ONCE, "2011-03-15", None, 36, "single"),
        ("by_steps", TO_LIFE, "2011-03-15", None, None, "single"),
        ("by_steps", TO_FIXED, "2013-02-01", None, 18, "single"),
        # From the day of the judgment; what came before is in it. The later of two counts.
        ("combined", "sentence_reduction", "2009-06-01", 3, None, "single"),
        ("combined", "sentence_extension", "2010-03-01", 24, 48, "combined"),
        ("again", "sentence_extension", "2010-03-01", None, 48, "combined"),
        ("again", "sentence_extension", "2011-03-01", None, 40, "combined"),
        ("again", "sentence_reduction", "2012-03-01", 6, None, "single"),
        # Inside on the register's last day, which is after the end of the term.
        ("seen", TO_FIXED, "2013-06-30", None, 24, "single"),
        # Ten years without what was cut end on 31 December 2014.
        ("shorter", "sentence_reduction", "2013-01-01", 36, None, "single"),
    ],
    columns=COLUMNS,
)
ENDS = {
    "life": ("expiry", "2015-06-29"),
    "cut": ("expiry", "2015-04-29"),
    # From the sentence to the register's last day are 2555 days, from the commutation 914.
    "open": ("early_release", "2012-07-01"),
    "late": ("early_release", "2014-09-30"),
    "vague": ("expiry", "2014-07-01"),
    "reprieved": ("expiry", "2013-12-31"),
    "by_steps": ("expiry", "2014-07-31"),
    "combined": ("expiry", "2014-02-28"),
    "again": ("expiry", "2013-12-31"),
    "seen": ("censored", "2015-12-31"),
    "shorter": ("expiry", "2014-12-31"),
}


def ends(cases=CASES, acts=ACTS, **rules):
    """Kind and day of the end of each case of which medical parole is the outcome."""
    kinds = {"outcome": "medical_parole", "sentence_types": ("fixed", "life", "death_reprieve"), "clock": "sentence"}
    made = cl.cohort(cases, acts, **{"follow_up": "register", **kinds, **rules})
    return [_ends(c) for c in made.cohorts] if "m" in rules else _ends(made)


def _ends(cohort):
    s = cohort.spells
    day = s["origin"] + pd.to_timedelta((s["exit"] * 30.4375).round(1), unit="D")
    return dict(zip(s["case_id"], zip(s["event"].astype(str), day.dt.strftime("%Y-%m-%d"), strict=True), strict=True))


def test_ends_of_new_terms_by_hand():
    assert ends() == ENDS
    assert ends(acts=ACTS.iloc[::-1].reset_index(drop=True)) == ENDS


def test_what_no_act_had_changed_yet_is_as_it_was_passed():
    """Whoever has a commutation in 2013 was inside in 2012; a term that ends later was left on a day between."""
    found = ends(until="2012-12-31")
    assert found["life"] == found["vague"] == ("censored", "2012-12-31")
    assert found["reprieved"] == ("early_release", "2012-02-06")  # 657 days since the ruling
    assert found["combined"] == ("early_release", "2011-08-01")  # 1036 days since the judgment
    first = ACTS[ACTS["act_date"] != "2011-03-01"]
    assert ends(acts=first)["again"] == ("expiry", "2013-08-31")


def test_without_the_term_of_a_commutation_life_goes_on():
    none = ACTS.assign(term_after=None)
    assert ends(acts=none)["life"][0] == "early_release"
    assert ends(acts=none.drop(columns="term_after")) == ends(acts=none)
    assert ends(acts=none)["combined"] == ("expiry", "2012-09-30")  # 36 months, less 3, and 24 more


def test_each_imputation_counts_from_the_day_that_it_draws():
    drawn = [found["vague"] for found in ends(m=10, seed=4, dates="impute")]
    assert {kind for kind, _ in drawn} == {"expiry"}
    days = {day for _, day in drawn}
    assert len(days) > 5
    assert min(days) >= "2013-12-31"
    assert max(days) <= "2014-12-30"


def test_to_the_end_of_the_term_is_to_that_of_the_new_one():
    found = ends(follow_up="until_expiry", until="2015-12-31")
    assert {name: found[name] for name in ("life", "by_steps", "again")} == {
        name: ENDS[name] for name in ("life", "by_steps", "again")
    }


@pytest.mark.parametrize("dated", [True, False])
def test_the_end_beside_the_case_is_the_same(dated):
    """The column of the tables, which knows all acts whatever their day."""
    cases = CASES if dated else CASES.drop(columns="sentence_date")
    found = expiry(cases, ACTS).fillna("").set_axis(CASES["case_id"]).to_dict()
    assert found == {
        **{name: day for name, (kind, day) in ENDS.items() if kind == "expiry"},
        "open": "",
        "late": "2033-06-29",
        "vague": "2013-12-31/2014-12-30",
        "seen": "2015-06-29",
        # From the ruling where the day of the sentence is not known.
        "reprieved": "2013-12-31" if dated else "2014-03-14",
    }


def test_one_new_term_per_case():
    found = new_terms(ACTS)
    assert found.index.is_unique
    assert "open" not in found.index
    assert found.loc["again", ["term", "months"]].tolist() == [40, 34]
    assert found.loc["combined", ["term", "months"]].tolist() == [48, 48]
    assert new_terms(ACTS.iloc[:0]).empty
