"""The lead of the report, from tables made by hand: who, which act, what came before it and since, and what is new."""

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from clemency.records.schema import TABLES
from clemency.reports.inputs import inputs
from clemency.reports.lead import context, lives, news, numbers
from clemency.reports.lead.section import the_quarter

CASE = {
    "person_id": "p1", "name": "Person 1", "name_zh": "人一", "sentence_type": "fixed", "sentence_months": "132",
    "detention_date": "2008-12-08", "sentence_date": "2009-12-25", "charge": "inciting subversion", "political": "yes",
    "status": "unknown", "source_ids": "s1",
}  # fmt: skip
SOURCES = [
    {
        "source_id": "s1",
        "publisher": "First",
        "address": "https://example.org/1",
        "accessed": "2026",
        "date": "2017-05-02",
    },
    {"source_id": "s2", "publisher": "Second", "address": "https://example.org/2", "accessed": "2026", "date": "2019"},
    {"source_id": "s3", "publisher": "Third", "address": "https://example.org/3", "accessed": "2026"},
]


pytestmark = pytest.mark.filterwarnings("ignore:Glyph")  # no font may have the names of these people


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


@pytest.fixture
def given(tmp_path):
    """Inputs of 2017Q2 from cases that differ from `CASE`, acts of the first case and events."""

    def make(cases=({},), acts=(), events=(), quarter="2017Q2"):
        rows = {
            "cases": [{"case_id": f"c{n}"} | CASE | c for n, c in enumerate(cases, 1)],
            "acts": [
                {"act_id": f"a{n}", "case_id": "c1", "scope": "single", "certainty": "stated", "source_ids": "s1"} | a
                for n, a in enumerate(acts, 1)
            ],
            "events": [
                {"event_id": f"e{n}", "partner": "US", "direction": "1", "source_ids": "s1"} | e
                for n, e in enumerate(events, 1)
            ],
            "sources": SOURCES,
        }
        for name, of in rows.items():
            columns = [c.name for c in TABLES[name].stored]
            pd.DataFrame(of).reindex(columns=columns).to_csv(tmp_path / f"{name}.csv", index=False)
        return inputs(quarter, tmp_path)

    return make


def told(i, case="c1"):
    """The sentence on a case."""
    now = i.granted_in(i.quarter)
    return lives.life(i, now[now["case_id"] == case])


PAROLE = {"act_type": "medical_parole", "act_date": "2017-06-07"}
WHO = "**Person 1 (人一)**, sentenced on 25 December 2009 to 11 years for inciting subversion: "


def test_a_death_is_told_with_its_time_after_the_act(given):
    """8 December 2008 to 7 June 2017 are eight and a half years; 36 days are five weeks."""
    i = given([{"status": "died_in_custody", "status_date": "2017-07-13"}], [PAROLE])
    assert told(i) == (
        f"{WHO}medical parole on 7 June 2017, after 8 and a half years in custody; died on 13 July 2017, five weeks "
        "later, while the sentence ran."
    )
    (lead, since, *_) = the_quarter(i).text
    assert lead == "**One act of clemency** towards one prisoner is dated to 2017Q2: 1 medical parole."
    assert since == "Person 1 (人一) has died since, while the sentence ran."


def test_an_act_known_to_lie_in_an_interval_gives_both_ends_of_the_time(given):
    i = given(
        [{"status": "died_in_custody", "status_date": "2017-07-13"}], [PAROLE | {"act_date": "2017-06-07/2017-06-26"}]
    )
    assert "died on 13 July 2017, two to five weeks later, while" in told(i)


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ({}, "; no document tells what came since."),
        ({"status": "medical_parole", "seen_date": "2018"}, "; still on medical parole when last heard of, in 2018."),
        ({"status": "serving", "seen_date": "2018"}, "; still serving the sentence when last heard of, in 2018."),
        ({"status": "unknown", "seen_date": "2018"}, "; last heard of in 2018."),
        ({"status": "released_on_expiry", "status_date": "2019"}, "; released at the end of the term in 2019."),
        ({"status": "executed", "status_date": "2017-06-09"}, "; executed on 9 June 2017, two days later."),
        ({"status": "medical_parole", "status_date": "2017-06-07"}, "; no document tells what came since."),
    ],
)  # fmt: skip
def test_what_came_since_is_the_last_that_the_tables_hold(given, case, said):
    assert told(given([case], [PAROLE])).endswith(f"in custody{said}")


def test_what_came_before_and_after_in_the_case(given):
    i = given(
        acts=[
            {"act_type": "sentence_reduction", "act_date": "2014-03", "months": "10"},
            {"act_type": "medical_parole_denied", "act_date": "2016-01"},
            {"act_type": "medical_parole_denied", "act_date": "2016-11-02"},
            PAROLE,
            {"act_type": "sentence_reduction", "act_date": "2018", "months": "8"},
            {"act_type": "parole_denied", "act_date": "2018-05"},
            {"act_type": "sentence_extension", "act_date": "2019"},
            {"act_type": "sentence_reduction", "months": "3"},
        ]
    )
    assert told(i) == (
        f"{WHO}medical parole on 7 June 2017, after 8 and a half years in custody, after a 10-month sentence reduction "
        "in March 2014; refused before: medical parole twice, in January 2016 and on 2 November 2016; without a date: "
        "one sentence reduction; later an 8-month sentence reduction in 2018; refused later: parole in May 2018; the "
        "sentence was extended in 2019."
    )


def test_citizens_of_other_countries_and_where_they_went(given):
    case = {"citizenship": "United States", "sentence_type": "life", "sentence_months": "", "political": "disputed"}
    i = given([case], [{"act_type": "early_release", "act_date": "2017-05", "destination": "United States"}])
    assert told(i) == (
        "**Person 1 (人一)**, a citizen of the United States, sentenced on 25 December 2009 to life for inciting "
        "subversion (sources disagree whether the case is political): early release in May 2017, after 8 and a half "
        "years in custody; left for the United States."
    )
    assert "sources disagree whether the case is political for Person 1 (人一)." in context.scope(i).text[1]
    taiwan = told(given([{"citizenship": "Taiwan"}], [PAROLE]))
    assert "**, of Taiwan, sentenced" in taiwan


SWAP = {"event_type": "prisoner_release_deal", "date": "2017-06-07", "label": "A swap", "note": "Person and two others"}


def test_an_exchange_is_told_where_the_act_and_the_event_agree(given):
    i = given([{}], [PAROLE | {"note": "prisoner exchange"}], [SWAP])
    assert "in custody, in an exchange of prisoners with the United States;" in told(i)
    assert the_quarter(i).text[1] == "The prisoner was part of the exchange of 7 June 2017 ('A swap')."


@pytest.mark.parametrize(
    ("act", "event"),
    [
        ({"note": "prisoner exchange"}, {"date": "2017-06-08"}),
        ({"note": "prisoner exchange reported"}, {}),
        ({"note": "prisoner exchange"}, {"note": "three others"}),
        ({"note": "prisoner exchange"}, {"event_type": "summit"}),
        ({"note": "prisoner exchange", "act_date": "2017-04/2017-06"}, {}),
    ],
)
def test_another_event_is_not_the_exchange(given, act, event):
    i = given([{}], [PAROLE | act], [SWAP | event])
    assert "in what is reported as an exchange" in told(i)
    assert "exchange" not in the_quarter(i).text[1]


def test_an_act_without_the_word_is_no_exchange(given):
    i = given([{}], [PAROLE], [SWAP])
    assert "exchange" not in told(i)


def test_a_later_case_of_the_same_person_is_told(given):
    i = given([{}, {"detention_date": "2021-02", "sentence_date": "2022", "sentence_months": "36"}], [PAROLE])
    assert told(i).endswith("; held again from February 2021, sentenced to 3 years.")


def test_shipped_exchanges_are_the_three_that_were_looked_up():
    """All acts of the shipped tables that an event of theirs calls an exchange."""
    i = inputs("2024Q4")
    found = {a.case_id for a in i.acts.itertuples() if lives.exchange_of(i, a) is not None}
    assert found == {"leung-john-2023", "li-kai-2018", "swidan-mark-2019"}
    assert the_quarter(i).text[1] == (
        "All three were part of the exchange of 27 November 2024 ('Three-for-three US-China prisoner swap')."
    )


def test_the_three_numbers_beside_the_quarter_before_and_ten_years(given):
    acts = [PAROLE] * 2 + [
        {"act_type": "sentence_reduction", "act_date": d} for d in ("2017-02", "2016-05", "2010-04-09")
    ]
    acts += [{"act_type": "medical_parole_denied", "act_date": d} for d in ("2017-04", "2015-05", "2017-06/2017-07")]
    acts = [a | ({"act_date": f"2017-06-0{7 + n}"} if a is PAROLE else {}) for n, a in enumerate(acts)]
    found = numbers.numbers(given(acts=acts)).set_index("quarter")
    assert found.loc["2017Q2"].tolist() == [2, 2, 1]
    assert found.loc["2017Q1"].tolist() == [1, 0, 0]
    assert found.loc["2015Q2"].tolist() == [0, 0, 1]
    assert list(found.index[2:]) == [f"{y}Q2" for y in range(2016, 2009, -1)]  # no act is dated before 2010
    shown = numbers.view(given(acts=acts)).frame
    assert list(shown) == ["number", "2017Q2", "quarter before (2017Q1)", "Q2 of 2010 to 2016"]
    assert shown.iloc[:, 3].tolist() == ["0.3 on average, 0 to 1", "none", "0.1 on average, 0 to 1"]


def test_a_quarter_without_acts_says_so_and_names_its_neighbours(given):
    acts = [PAROLE | {"act_date": d} for d in ("2016-01", "2019-05-01", "2017-01/2017-12")]
    made = the_quarter(given(acts=acts))
    assert made.text[0] == (
        "No act of clemency in the records is dated to 2017Q2. The last one before is of 2016Q1 and the next one of "
        "2019Q2."
    )
    assert made.text[1] == "One more act, dated less exactly, may have fallen in the quarter."
    assert [p.name for p in made.parts] == ["quarter_numbers", "became-known", "scope"]


def test_what_became_known_is_apart_from_what_is_dated(given):
    """The first document is of 2 May 2017, the second of a year, the third has no date."""
    acts = [PAROLE, PAROLE | {"act_date": "2016-03-01"}, PAROLE | {"act_date": "2017-05-01", "source_ids": "s2"}]
    acts += [PAROLE | {"act_date": "2013", "source_ids": "s3"}]
    i = given(acts=acts)
    text = news.became_known(i).text
    assert text[0] == (
        "Two acts first appear in a dated document of 2017Q2; one of them is dated to the quarter as well. The rest: "
        "Person 1 (人一) (medical parole on 1 March 2016)."
    )
    assert text[1] == "One of the two acts dated to the quarter first appears in a dated document of another time."
    assert text[-1].startswith("1 act of 4 granted has no document with a date")
    assert news.changes(i) == ()


def test_people_left_out_are_named_with_their_acts(given):
    other = {"person_id": "p2", "name": "Official 2", "name_zh": "", "political": "no", "charge": "bribery"}
    i = given([{}, other], [PAROLE, {"case_id": "c2", "act_type": "parole", "act_date": "2017-05-03"}])
    assert context.scope(i).text[-1] == (
        "Not counted, because no source calls the case political: Official 2 (parole on 3 May 2017)."
    )
    assert "Official 2" not in " ".join(next(p for p in the_quarter(i).parts if p.name == "people").items)


def test_changes_of_the_edition_are_those_of_the_quarters_acts_and_people():
    passage, view = news.changes(inputs("2017Q2"))
    assert passage.title == "Changed since edition 2026.11"
    assert passage.text[0].startswith("Two of eight entries on acts of the quarter are new; two of the cases are new; ")
    table = view.frame.set_index(["person", "what"])
    assert table.loc[("Liu Xiaobo", "act date"), "now"] == "2017-06-07/2017-06-26"
    (nothing,) = news.changes(inputs("2024Q4"))
    assert nothing.text == ("Nothing on record for 2024Q4 changed with this edition.",)


HOSTILE = ["<b>x</b>", "**bold** \\", "محمد عبد الله", "e\u0301\u0323", "N" * 200]


@pytest.mark.parametrize("name", HOSTILE)
def test_names_of_any_kind_are_shown_letter_by_letter(given, name):
    from html import unescape

    content = the_quarter(given([{"name": name, "name_zh": ""}], [PAROLE])).content()
    people = next(p for p in content["parts"] if p["kind"] == "entries")
    assert people["items"][0].startswith("<strong>")
    shown = unescape(people["items"][0].replace("<strong>", "").replace("</strong>", ""))
    assert shown.startswith(f"{name}, sentenced")
    assert "<b>" not in people["items"][0]


def test_the_sentences_carry_their_documents(given):
    content = the_quarter(given([{"source_ids": "s1 s2"}], [PAROLE | {"source_ids": "s3"}])).content()
    people = next(p for p in content["parts"] if p["kind"] == "entries")
    assert [people["sources"][0].count(f"example.org/{n}") for n in (1, 2, 3)] == [1, 1, 1]
    assert "s3 s1 s2" in people["csv"]


def test_more_than_eight_people_are_told_on_demand(given):
    from clemency.reports.section import as_html

    cases = [{"person_id": f"p{n}", "name": f"Person {n}"} for n in range(1, 12)]
    acts = [PAROLE | {"case_id": f"c{n}"} for n in range(1, 12)]
    made = the_quarter(given(cases, acts))
    markup = as_html(made.content())
    assert markup.count("<li><strong>Person") == 11
    assert "<details><summary>3 more</summary>" in markup
