"""Worked examples of the rules on reduction and parole, each with its article; dates are reckoned by hand."""

import pandas as pd
import pytest

import clemency as cl
from clemency.records.errors import DataError, UsageError
from clemency.records.rules.beyondrules import beyond_rules
from clemency.records.rules.eligibility import eligibility

ESS = {"charge_family": "endangering_state_security"}
DUTY = {"charge_family": "corruption"}
SINCE_AMENDMENT_9 = "corruption_chapter8_sentenced_after_amendment9"


def case(months, custody="2003-06-15", sentence="2004-03-10", kind="fixed", **more):
    return {
        "sentence_type": kind,
        "sentence_months": months,
        "detention_date": custody,
        "sentence_date": sentence,
    } | more


LATER = {"custody": "2015-01-20", "sentence": "2015-11-30"}
RECENT = {"custody": "2018-02-01", "sentence": "2019-01-15"}

# case, day, question, months, first day, instrument's year, article
EXAMPLES = [
    # Supreme People's Court 1997, article 3: a year and a half before the first cut from five years on.
    (case(60), "2005-06-01", "first reduction", 18, "2005-09-10", "1997", "3"),
    (case(120), "2005-06-01", "first reduction", 18, "2005-09-10", "1997", "3"),
    (case(180, **ESS), "2008-01-01", "first reduction", 18, "2005-09-10", "1997", "3"),
    # Supreme People's Court 2012, article 6.
    (case(60, sentence="2011-02-28"), "2012-08-01", "first reduction", 18, "2012-08-28", "2012", "6"),
    (case(150, sentence="2011-02-28"), "2013-08-01", "first reduction", 18, "2012-08-28", "2012", "6"),
    (case(150, sentence="2011-02-28", **ESS), "2013-08-01", "first reduction", 18, "2012-08-28", "2012", "6"),
    # Supreme People's Court 2016, article 6 (ordinary) and article 7 (state security and others).
    (case(36, **LATER), "2017-05-27", "first reduction", 12, "2016-11-30", "2016", "6"),
    (case(59, **LATER), "2017-05-27", "first reduction", 12, "2016-11-30", "2016", "6"),
    (case(60, **LATER), "2017-05-27", "first reduction", 18, "2017-05-30", "2016", "6"),
    (case(119, **LATER), "2017-05-27", "first reduction", 18, "2017-05-30", "2016", "6"),
    (case(120, **LATER), "2017-05-27", "first reduction", 24, "2017-11-30", "2016", "6"),
    (case(240, **LATER), "2017-05-27", "first reduction", 24, "2017-11-30", "2016", "6"),
    (case(36, **LATER, **ESS), "2017-05-27", "first reduction", 24, "2017-11-30", "2016", "7"),
    (case(72, **LATER, **ESS), "2017-05-27", "first reduction", 24, "2017-11-30", "2016", "7"),
    (case(180, **LATER, **ESS), "2017-05-27", "first reduction", 24, "2017-11-30", "2016", "7"),
    (case(96, **LATER, **DUTY), "2018-01-01", "first reduction", 24, "2017-11-30", "2016", "7"),
    # Supreme People's Court 2019, article 2: bribery and corruption sentenced after Amendment IX.
    (case(96, **RECENT, **DUTY, g=SINCE_AMENDMENT_9), "2019-06-01", "first reduction", 24, "2021-01-15", "2019", "2"),
    (case(144, **RECENT, **DUTY, g=SINCE_AMENDMENT_9), "2019-06-01", "first reduction", 36, "2022-01-15", "2019", "2"),
    (case(144, **RECENT, **DUTY, g=SINCE_AMENDMENT_9), "2019-05-31", "first reduction", 24, "2021-01-15", "2016", "7"),
    # Life: two years (1997, article 6; 2012, article 7; 2016, article 8), three for state security (2016, article 9).
    (case(None, kind="life"), "2005-01-01", "first reduction", 24, "2006-03-10", "1997", "6"),
    (case(None, kind="life"), "2012-07-01", "first reduction", 24, "2006-03-10", "2012", "7"),
    (case(None, kind="life", **LATER), "2017-01-01", "first reduction", 24, "2017-11-30", "2016", "8"),
    (case(None, kind="life", **LATER, **ESS), "2017-01-01", "first reduction", 36, "2018-11-30", "2016", "9"),
    (
        case(None, kind="life", **RECENT, **DUTY, g=SINCE_AMENDMENT_9),
        "2020-01-01",
        "first reduction",
        48,
        "2023-01-15",
        "2019",
        "3",
    ),
    # Half of a fixed term, custody counted day for day: Criminal Law, articles 47 and 78.
    (case(72), "2005-01-01", "service in all", 36, "2006-06-15", "Criminal Law 1997", "78"),
    (case(132, custody="2008-12-08"), "2010-01-01", "service in all", 66, "2014-06-08", "Criminal Law 1997", "78"),
    (case(132, custody="2008-12-08"), "2012-01-01", "service in all", 66, "2014-06-08", "amendment VIII", "78"),
    (case(180, **LATER), "2017-01-01", "service in all", 90, "2022-07-20", "amendment VIII", "78"),
    # Life: ten years from the judgment for offences before 1 May 2011, thirteen since.
    (case(None, kind="life"), "2005-01-01", "service in all", 120, "2014-03-10", "1997", ""),
    (case(None, kind="life"), "2013-01-01", "service in all", 120, "2014-03-10", "1997", "78"),
    (case(None, kind="life", **LATER), "2017-01-01", "service in all", 156, "2028-11-30", "amendment VIII", "78"),
    # Parole: half of a fixed term (Criminal Law, article 81; 2016, article 23); ten or thirteen years of life.
    (case(72), "2005-01-01", "parole", 36, "2006-06-15", "Criminal Law 1997", "81"),
    (case(72), "2012-01-01", "parole", 36, "2006-06-15", "amendment VIII", "81"),
    (case(72, **LATER), "2017-05-27", "parole", 36, "2018-01-20", "2016", "23"),
    (case(None, kind="life"), "2005-01-01", "parole", 120, "2014-03-10", "Criminal Law 1997", "81"),
    (case(None, kind="life"), "2017-05-27", "parole", 120, "2014-03-10", "Criminal Law 1997", "81"),
    (case(None, kind="life", **LATER), "2017-05-27", "parole", 156, "2028-11-30", "2016", "23"),
    # The last day of a shorter month stands for a day that it does not have.
    (
        case(72, custody="2015-08-31", sentence="2016-02-29"),
        "2017-05-27",
        "first reduction",
        18,
        "2017-08-29",
        "2016",
        "6",
    ),
    (
        case(36, custody="2015-08-31", sentence="2016-02-29"),
        "2017-05-27",
        "first reduction",
        12,
        "2017-02-28",
        "2016",
        "6",
    ),
    (case(72, custody="2015-08-31", sentence="2016-02-29"), "2017-05-27", "parole", 36, "2018-08-31", "2016", "23"),
]


@pytest.mark.parametrize(("row", "on", "question", "months", "first", "instrument", "article"), EXAMPLES)
def test_worked_example(row, on, question, months, first, instrument, article):
    row = dict(row)
    found = eligibility(row, on=on, groups=[g] if (g := row.pop("g", None)) else ())[question]
    assert len(found) == 1
    line = found.iloc[0]
    assert line["months"] == months
    assert line["earliest"] == line["latest"] == pd.Timestamp(first)
    assert instrument in line["instrument"]
    assert (line["article"] or "") in (article, "nan", "<NA>") if article == "" else line["article"] == article


# case, day, largest cut by ground, article
CUTS = [
    (case(72), "2005-01-01", {12, 24}, "2"),  # 1997: one year, two on major merit
    (case(144), "2005-01-01", {24, 36}, "2"),  # 1997: from ten years on two, three on major merit
    (case(144), "2012-08-01", {12, 24}, "5"),  # 2012
    (case(72, **LATER), "2017-05-27", {9, 12, 18, 24}, "6"),  # 2016: by ground
    (case(72, **LATER, **ESS), "2017-05-27", {12}, "7"),  # 2016: state security, one year
    (case(180, **LATER, **ESS), "2017-05-27", {12}, "7"),
    (case(96, **RECENT, **DUTY, g=SINCE_AMENDMENT_9), "2020-01-01", {6, 9, 12}, "2"),  # 2019
    (case(None, kind="life"), "2005-01-01", {216, 156}, "6"),  # 1997: what a life sentence becomes, at least
    (case(None, kind="life", **LATER, **ESS), "2017-05-27", {240}, "9"),
]


@pytest.mark.parametrize(("row", "on", "cuts", "article"), CUTS)
def test_largest_cut(row, on, cuts, article):
    row = dict(row)
    found = eligibility(row, on=on, groups=[g] if (g := row.pop("g", None)) else ())["largest cut"]
    assert set(found["months"]) == cuts
    assert set(found["article"]) == {article}


@pytest.mark.parametrize(
    ("row", "question", "rule", "note"),
    [
        # What a life sentence becomes is no cut, and must not be read as one of 18 years.
        (case(None, kind="life"), "largest cut", "SPC97-life-cut-1", "months resulting term, minimum; 18 to 20 years"),
        # The unit of other rules is that of the column: months, or a part that is worked out.
        (case(72), "largest cut", "SPC97-cut-ord-2", "generally"),
        (case(72), "parole", "CL97-81-fixed", ""),
        (
            case(72),
            "first reduction",
            "SPC97-start-5",
            "counted from the sentence; the rule counts from the transfer to prison, so it may be later; generally; "
            "major merit exempt",
        ),
    ],
)
def test_notes_say_what_the_columns_do_not(row, question, rule, note):
    lines = eligibility(row, on="2005-01-01")[question].set_index("rule_id")
    assert lines.loc[rule, "note"] == note


# earlier cuts, term, day, group, months to wait, first day, article
WAITS = [
    ([("2005-05-01", 12)], 72, "2006-01-01", {}, 12, "2006-05-01", "3"),
    ([("2013-03-05", 6)], 72, "2014-01-01", {}, 12, "2014-03-05", "6"),
    ([("2017-02-10", 8)], 72, "2017-12-01", {}, 12, "2018-02-10", "6"),
    ([("2017-02-10", 9)], 144, "2017-12-01", {}, 18, "2018-08-10", "6"),
    ([("2017-02-10", 24)], 144, "2017-12-01", {}, 18, "2019-02-10", "6"),  # no shorter than the cut before
    ([("2013-03-05", 24)], 144, "2014-01-01", {}, 12, "2014-03-05", "6"),  # 2012 says nothing of the cut before
    ([("2005-05-01", 36)], 144, "2006-01-01", {}, 24, "2007-05-01", "3"),  # 1997: two years after two years or more
    ([("2005-05-01", 23)], 144, "2006-01-01", {}, 12, "2006-05-01", "3"),
    ([("2005-05-01", 24), ("2006-11-01", 12)], 144, "2007-01-01", {}, 12, "2007-11-01", "3"),
    ([("2017-02-10", 8)], 72, "2017-12-01", ESS, 12, "2018-02-10", "7"),
    ([("2016-02-10", 8), ("2017-06-10", 6)], 144, "2017-12-01", ESS, 18, "2018-12-10", "7"),
]


@pytest.mark.parametrize(("cuts", "term", "on", "group", "months", "first", "article"), WAITS)
def test_wait_between_reductions(cuts, term, on, group, months, first, article):
    acts = pd.DataFrame(cuts, columns=["act_date", "months"]).assign(act_type="sentence_reduction", scope="single")
    lines = eligibility(case(term, **group), on=on, acts=acts)["next reduction"]
    assert len(lines) == 1
    line = lines.iloc[0]
    assert (line["months"], line["earliest"], line["article"]) == (months, pd.Timestamp(first), article)


@pytest.mark.parametrize(
    ("question", "plain", "eased"),
    [  # 2016, articles 19 and 20: a third of the time or size in article 6, not of the term
        ("first reduction", {18}, {12}),
        ("next reduction", {12}, {8}),
        ("largest cut", {9, 12, 18, 24}, {12, 16, 24, 32}),
    ],
)
@pytest.mark.parametrize(("group", "article"), [("juvenile", "19"), ("elderly", "20")])
def test_a_rule_that_eases_another_stands_beside_it(question, plain, eased, group, article):
    acts = pd.DataFrame(
        {"act_date": ["2017-06-10"], "months": [6.0], "act_type": "sentence_reduction", "scope": "single"}
    )
    lines = eligibility(case(72, **LATER), on="2017-12-01", acts=acts, groups=[group])[question]
    own = lines["article"] == article
    assert set(lines["months"][~own]) == plain
    assert set(lines["article"][~own]) == {"6"}
    assert set(lines["months"][own]) == eased
    assert lines["note"][own].str.contains("by 1/3, the most, from").all()


def test_a_part_of_what_has_no_months_has_none():
    cuts = eligibility(case(None, kind="life", **LATER), on="2017-12-01", groups=["juvenile"])["largest cut"]
    assert cuts["months"][cuts["article"] == "8"].notna().all()
    assert cuts["months"][cuts["article"] == "19"].isna().all()


@pytest.mark.parametrize(
    ("row", "groups", "barred"),
    [
        (case(144, charge_family="violent"), (), True),  # Criminal Law, article 81: violent crime, over ten years
        (case(96, charge_family="violent"), (), False),
        (case(72), ("recidivist",), True),
        (case(72, **ESS), (), False),
    ],
)
def test_parole_is_barred(row, groups, barred):
    assert bool(len(eligibility(row, on="2014-01-01", groups=groups)["parole bar"])) == barred


def test_dates_known_to_the_year_give_bounds():
    line = eligibility(case(72, custody="2003", sentence="2004"), on="2005-06-01")["parole"].iloc[0]
    assert (line["earliest"], line["latest"]) == (pd.Timestamp("2006-01-01"), pd.Timestamp("2006-12-31"))


def test_what_is_not_known_is_said():
    found = eligibility(case(72, custody=None), on="2005-06-01")
    assert pd.isna(found["parole"]["earliest"][0])
    assert "start of custody is not known" in found["parole"]["note"][0]
    with pytest.raises(UsageError, match="length of the term"):
        eligibility(case(None), on="2005-06-01")
    with pytest.raises(UsageError, match="not for 'suspended'"):
        eligibility(case(36, kind="suspended"), on="2005-06-01")
    with pytest.raises(UsageError, match="no case 'nobody'"):
        eligibility("nobody", on="2005-06-01")
    with pytest.raises(UsageError, match="is not a day"):
        eligibility(case(72), on="someday")


@pytest.mark.parametrize("on", ["2017", "2017-05", "now", "2017-02-30", 20170527, None, ["2017-05-27"], pd.NaT])
def test_only_a_day_is_a_day(on):
    with pytest.raises(UsageError, match="is not a day"):
        eligibility(case(72), on=on)


def test_a_day_may_be_a_date():
    assert eligibility(case(72), on=pd.Timestamp("2017-05-27")).on == pd.Timestamp("2017-05-27")


@pytest.mark.parametrize("missing", [None, float("nan"), pd.NA])
def test_a_sentence_that_is_not_known_is_said_in_words(missing):
    row = {"case_id": "x", "sentence_type": missing, "sentence_months": None, "detention_date": None}
    with pytest.raises(UsageError, match="not for an unknown sentence"):
        eligibility({**row, "sentence_date": "2010-01-01"}, on="2018-01-01")


def test_a_group_that_no_rule_names_is_refused():
    with pytest.raises(UsageError, match="No rule names a group 'recidvist'"):
        eligibility(case(72), on="2014-01-01", groups=["recidvist"])
    assert eligibility(case(72), on="2014-01-01", groups="recidivist").groups == ("recidivist",)


def test_days_without_any_rule_are_said():
    found = eligibility(case(72), on="1990-01-01").table
    assert found["question"].tolist() == ["first reduction", "largest cut", "service in all", "parole"]
    assert found["note"].str.contains("has none").all()


@pytest.mark.parametrize(("row", "words"), [(5, "not int"), (case("six"), "'six' is not a number of months")])
def test_rows_that_cannot_be_read_are_refused(row, words):
    with pytest.raises(UsageError, match=words):
        eligibility(row, on="2014-01-01")
    with pytest.raises(UsageError, match="no column 'months'"):
        eligibility(case(72), on="2014-01-01", acts=pd.DataFrame({"act_type": [], "act_date": []}))


def test_reductions_without_a_date_and_totals_start_no_wait_and_are_counted():
    cut = {"act_type": "sentence_reduction", "scope": "single", "act_date": None, "months": 6.0}
    total = {**cut, "scope": "total", "act_date": "2005-12-01", "months": 20.0}
    state = eligibility(case(72), on="2006-01-01", acts=pd.DataFrame([cut, total]))
    assert state.reduced == 0
    assert state["next reduction"]["note"].tolist() == [
        "2 reductions without a date, or a total of several, not counted"
    ]
    dated = {**cut, "act_date": "2005-11-01"}
    state = eligibility(case(72), on="2006-01-01", acts=pd.DataFrame([dated, cut, total]))
    assert state.reduced == 6
    assert state["next reduction"]["earliest"][0] == pd.Timestamp("2006-11-01")
    assert "2 reductions without a date" in state["next reduction"]["note"][0]


def test_acts_are_judged_only_against_one_row_of_a_known_case():
    cases = pd.DataFrame([{"case_id": "a", **case(72)}])
    acts = pd.DataFrame(
        [{"case_id": "b", "act_id": "1", "act_type": "sentence_reduction", "scope": "single", "act_date": "2005"}]
    ).assign(months=8.0)
    with pytest.raises(UsageError, match="no case 'b' in cases"):
        beyond_rules(acts, cases)
    with pytest.raises(UsageError, match="'a' has several rows"):
        beyond_rules(acts.assign(case_id="a"), pd.concat([cases, cases]))


def test_every_answer_can_be_cited():
    cases = cl.load("cases")
    some = cases[(cases["sentence_type"] == "fixed") & cases["sentence_months"].notna()]["case_id"].head(30)
    assert len(some) == 30
    for key in some:
        table = eligibility(key, on="2014-06-01").table
        named = table.dropna(subset=["rule_id"])
        assert len(named)
        assert len(cl.cite(named))


def test_the_reduction_of_the_july_2017_digest_was_within_the_rules():
    """Six years for splittism, eight months off on 27 May 2017: article 7 allows up to twelve."""
    acts = cl.load("acts")
    mine = acts[(acts["act_date"] == "2017-05-27") & (acts["months"] == 8)]
    found = eligibility(mine["case_id"].iloc[0], on="2017-05-27")
    assert found.groups == ("ess",)
    assert found["largest cut"]["months"].max() == 12


def test_acts_beyond_the_rules_are_flagged_with_their_article():
    cases = pd.DataFrame([{"case_id": "a", **case(72), "charge_family": None}])
    cut = {"case_id": "a", "act_type": "sentence_reduction", "scope": "single"}
    acts = pd.DataFrame(
        [
            {**cut, "act_id": "early", "act_date": "2005-01-01", "months": 30.0},
            {**cut, "act_id": "soon", "act_date": "2005-06", "months": 10.0},
        ]
    )
    found = beyond_rules(acts, cases).set_index(["act_id", "check"])
    assert found.loc[("early", "larger than any cut"), ["found", "limit", "article"]].tolist() == [30, 24, "2"]
    assert found.loc[("early", "before the first reduction"), "degree"] == "certain"
    assert found.loc[("soon", "too soon after the last"), "degree"] == "certain"
    assert found.loc[("soon", "below half of the term"), ["found", "limit"]].tolist() == [40, 36]
    vague = acts.iloc[:1].assign(act_date="2005", months=8.0)
    assert beyond_rules(vague, cases)["degree"].tolist() == ["possible"]


def test_an_act_beyond_the_rules_is_shown_with_its_day_in_any_storage():
    cases = pd.DataFrame([{"case_id": "a", **case(72), "charge_family": None}])
    cut = {"case_id": "a", "act_id": "early", "act_type": "sentence_reduction", "scope": "single", "months": 30.0}
    for day in ("2005-01-01", pd.Timestamp("2005-01-01 21:36", tz="America/New_York"), pd.Period("2005-01-01", "D")):
        found = beyond_rules(pd.DataFrame([cut | {"act_date": day}]), cases)
        assert set(found["act_date"]) == {"2005-01-01"}


def test_shipped_acts_against_the_rules():
    found = beyond_rules()
    assert set(found["degree"]) <= {"certain", "possible"}
    assert found["rule_id"].isin(cl.load("rules")["rule_id"]).all()


def test_a_name_in_place_of_a_key_is_answered_with_the_key():
    for given in ("Liu Xiaobo", "刘晓波", "liu-xiaobo"):
        with pytest.raises(cl.UsageError, match=r"Did you mean .*liu-xiaobo"):
            cl.eligibility(given, on="2012-01-01")
    with pytest.raises(cl.UsageError, match="column case_id"):
        cl.eligibility("zzzzzz", on="2012-01-01")


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("sex", "male", "Write 'M'"),
        ("province", "Xinjiang", "Write CN-XJ"),
        ("status", "died", "died_in_custody"),
        ("charge_ids", "CL97-9999", "there is no such charge"),
        ("charge_ids", "CL97-105(2) CL97-9999", "'CL97-9999': there is no such charge"),
        ("charge_ids", ["CL97-105(2)"], "not text"),
        ("charge_ids_derived", "subversion", "there is no such charge"),
        ("birth_date", "spring 1960", "not a date"),
        ("birth_date", 1960, "a number, not a date"),
        ("status_date", 20170630.0, "Write '2017-06-30' as text"),
        ("seen_date", "30/06/2017", "Write 2017-06-30"),
        ("raised_date", "9999", "outside the years"),
        ("seen_basis", "paper", "not in the vocabulary"),
    ],
)
def test_every_column_of_a_row_is_checked_as_in_a_table(column, value, said):
    with pytest.raises(UsageError, match=said) as caught:
        eligibility({**case(72), column: value}, on="2005-01-01")
    assert column in str(caught.value)


def test_the_family_of_charges_follows_from_their_keys():
    """Inciting subversion endangers state security: three years to the first cut of life (2016, article 9), not two."""
    life = case(None, kind="life", **LATER)
    for charges in ({"charge_ids": "CL97-105(2)"}, {"charge_ids_derived": "CL97-105(2)", "charge_ids": None}):
        found = eligibility({**life, **charges}, on="2017-05-27")
        assert found.groups == ("ess",)
        assert found["first reduction"]["months"].tolist() == [36]
    assert eligibility(life, on="2017-05-27")["first reduction"]["months"].tolist() == [24]
    # What is stated goes before what follows.
    assert eligibility({**life, "charge_ids": "CL97-105(2)", "charge_family": "speech"}, on="2017-05-27").groups == (
        "ordinary",
    )


def test_acts_of_several_people_are_not_those_of_one():
    acts = pd.DataFrame(
        {"case_id": ["a", "b"], "act_type": "sentence_reduction", "act_date": "2008-01-01", "months": [6.0, 6.0]}
    )
    with pytest.raises(UsageError, match="acts are of several cases"):
        eligibility(case(120), on="2010-01-01", acts=acts)
    assert eligibility({**case(120), "case_id": "a"}, on="2010-01-01", acts=acts).reduced == 6.0
    assert eligibility(case(120), on="2010-01-01", acts=acts.iloc[:1]).reduced == 6.0


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("cases", "status_date", 20170630.0),
        ("cases", "birth_date", "soon"),
        ("cases", "seen_date", 2017),
        ("cases", "case_id", None),
        ("acts", "case_id", None),
        ("acts", "act_id", pd.NA),
    ],
)
def test_acts_beyond_the_rules_are_sought_in_tables_whose_dates_and_keys_can_be_read(table, column, value):
    frames = {name: cl.load(name).astype(object) for name in ("cases", "acts")}
    frames[table].loc[3, column] = value
    with pytest.raises(DataError, match=rf"{table}, row 3, {column}"):
        beyond_rules(frames["acts"], frames["cases"])
