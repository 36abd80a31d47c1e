"""Ten cases whose days were worked out by hand: terms that end at a month's end, acts on the day of entry, totals."""

import pandas as pd
import pytest

import clemency as cl

CASES = pd.DataFrame(
    [
        ("a", "2010-01-31", "2010-09-01", 25, "serving", "2011-12-31"),
        ("b", "2011-03-01", "2011-10-01", 120, "serving", "2016-01-01"),
        ("c", "2012-01-01", "2012-06-15", 60, "serving", "2012-06-15"),
        ("d", "2009-05-05", "2010-05-05", 180, "serving", "2020-01-01"),
        ("e", "2010-02-28", "2010-12-31", 84, "medical_parole", "2014-07-01"),
        ("f", "2013-01-10", "2013-11-20", 96, "released_early", "2018-03-01"),
        ("g", "2012-03", "2012-05", 72, "serving", "2015"),
        ("h", "2008-08-08", "2009-02-02", 120, "serving", "2015-05-05"),
        ("i", "2014-04-04", "2014-12-12", 60, "serving", "2017-02-02"),
        ("j", "2007-07-31", "2008-01-31", 121, "died_in_custody", "2013-03-03"),
    ],
    columns=["case_id", "detention_date", "sentence_date", "sentence_months", "status", "status_date"],
).assign(sentence_type="fixed")
ACTS = pd.DataFrame(
    [
        ("a", "sentence_reduction", "2011-05-05", 1.0, "single"),
        ("b", "sentence_reduction", "2011-10-01", 6.0, "single"),
        ("b", "sentence_reduction", "2013-12-20", 8.0, "single"),
        ("b", "sentence_reduction", "2013-12-20", 2.0, "single"),
        ("d", "sentence_reduction", "2018-01-01", 10.0, "single"),
        ("e", "medical_parole", "2014-07-01", None, "single"),
        ("f", "sentence_reduction", "2016-02", 7.0, "single"),
        ("h", "sentence_reduction", None, 30.0, "total"),
        ("i", "sentence_reduction", "2014-10-01", 4.0, "single"),
        ("j", "sentence_reduction", "2012-12-12", 5.0, "single"),
    ],
    columns=["case_id", "act_type", "act_date", "months", "scope"],
)


def spells(**options):
    """Case, first and last day (with its half) and event of each spell; days are whole but for halves."""
    made = cl.cohort(CASES, ACTS, **options)
    s = made.spells
    days = [s["origin"] + pd.to_timedelta((s[c] * 365.25 / 12 * 2).round() * 12, unit="h") for c in ("entry", "exit")]
    shown = [d.dt.strftime("%Y-%m-%d %H").str.removesuffix(" 00") for d in days]
    return list(zip(s["case_id"], *shown, s["event"], strict=True)), dict(made.exclusions.to_numpy().tolist())


def test_first_reductions_to_the_end_of_a_quarter():
    found, out = spells(until="2017Q2")
    assert found == [
        ("a", "2010-09-01", "2011-05-05", "sentence_reduction"),
        ("b", "2011-10-01", "2011-10-01 12", "sentence_reduction"),  # on the day of entry: half a day after it
        ("d", "2010-05-05", "2017-06-30", "censored"),  # the act of 2018 is not known then
        ("e", "2010-12-31", "2014-07-01", "censored"),
        ("f", "2013-11-20", "2016-02-15", "sentence_reduction"),  # the middle of 1 to 29 February
        ("g", "2012-05-16", "2015-07-02", "censored"),
        ("j", "2008-01-31", "2012-12-12", "sentence_reduction"),
    ]
    assert out == {
        "c": "no documented follow-up after entry",  # last seen on the day of the sentence
        "h": "an act among the outcomes has no date of its own",
        "i": "an act among the outcomes before entry",
    }


def test_reductions_that_recur():
    found, _ = spells(until="2017Q2", recurrent=True)
    assert [s[1:] for s in found if s[0] == "b"] == [
        ("2011-10-01", "2011-10-01 12", "sentence_reduction"),
        ("2011-10-01 12", "2013-12-20", "sentence_reduction"),
        ("2013-12-20", "2013-12-20 12", "sentence_reduction"),  # the second act of a day
        ("2013-12-20 12", "2016-01-01", "censored"),
    ]
    assert [s[1:] for s in found if s[0] == "j"] == [
        ("2008-01-31", "2012-12-12", "sentence_reduction"),
        ("2012-12-12", "2013-03-03", "death"),
    ]


def test_terms_end_where_their_months_less_the_cuts_end():
    found, _ = spells(outcome="medical_parole", follow_up="until_expiry")
    assert found == [
        # 24 months from 31 January 2010; 25 would end at the end of February 2012, and a month before that is the 28th
        ("a", "2010-09-01", "2012-01-30", "expiry"),
        ("b", "2011-10-01", "2019-10-31", "expiry"),  # 104 months
        ("c", "2012-06-15", "2016-12-31", "expiry"),
        ("d", "2010-05-05", "2020-01-01", "censored"),  # the last day on which the tables show anything
        ("e", "2010-12-31", "2014-07-01", "medical_parole"),
        ("f", "2013-11-20", "2018-03-01", "early_release"),
        ("g", "2012-05-16", "2018-03-15", "expiry"),
        ("h", "2009-02-02", "2016-02-07", "expiry"),  # 90 months: the total is known, though its acts are not
        ("i", "2014-12-12", "2018-12-03", "expiry"),
        ("j", "2008-01-31", "2013-03-03", "death"),
    ]


def test_medical_parole_without_its_own_evidence():
    found, out = spells(outcome="medical_parole", follow_up="independent", until="2017-06")
    assert [s[0] for s in found] == list("abdfghij")
    assert out == dict.fromkeys("ce", "no documented follow-up after entry")
    assert ("d", "2010-05-05", "2017-06-30", "censored") in found


@pytest.mark.parametrize(
    ("custody", "months", "cut", "last"),
    [
        ("2010-08-31", 60, 6, "2015-02-27"),  # 54 months: 28 February 2015, the last day before
        ("2010-08-31", 18, 1, "2012-01-30"),  # 17 months: 31 January 2012, not the 29th
        ("2010-08-31", 18, 5.5, "2011-09-14"),  # 12.5 months: 31 August 2011 and 15 days, the day before
        ("2008-02-29", 60, 12, "2012-02-28"),  # 48 months: 29 February 2012
        ("2011-12-31", 26, -2, "2014-04-29"),  # an extension: 28 months
    ],
)
def test_the_day_of_custody_is_not_lost_on_the_way(custody, months, cut, last):
    cases = CASES.iloc[:1].assign(detention_date=custody, sentence_months=months, sentence_date=custody)
    cases = cases.assign(status_date=custody)
    act = ACTS.iloc[:1].assign(months=abs(cut), act_date=custody)
    act["act_type"] = "sentence_reduction" if cut > 0 else "sentence_extension"
    later = CASES.iloc[3:4]  # seen in 2020, so that the end of the term is not in the future
    made = cl.cohort(pd.concat([cases, later]), act, outcome="medical_parole", follow_up="until_expiry")
    row = made.spells[made.spells["case_id"] == "a"].iloc[0]
    assert row["event"] == "expiry"
    end = row["origin"] + pd.Timedelta(days=round(row["exit"] * 365.25 / 12))
    assert str(end.date()) == last
