"""How the cases of a section became known, and those left out as there for comparison, on a folder counted by hand."""

import re

import pandas as pd
import pytest
from matplotlib import pyplot as plt
from test_small_words import act, case

import clemency as cl
from clemency.records.schema import SENTENCE_TYPES, TABLES
from clemency.reports.descriptions import counts, provinces, quality, quarterly, recurrent
from clemency.reports.descriptions.counts import REASONS
from clemency.reports.inputs import inputs
from clemency.reports.lead import section as lead

REGISTER = "in the CECC's database, which opens a record at detention or sentence"
ACT = "known because of the act"
OTHER = "from other documents"
NOT_TOLD = "1 in a way that the tables do not tell"
FOLLOWED = "cases that are followed became known:"
LEFT_OUT = "ordinary prisoners and officials, which the tables hold for comparison, are left out of this report"

#: Cases 1 to 3 from the register, 4 and 5 because of an act, 6 and 7 from documents, 8 not told; 9 and 10 are there for
#: comparison. 7 is for life and not followed; 5 has no date of custody and is followed since the sentence only.
FRAMES = ["register", "register", "register", "act", "act", "compiled", "compiled", "", "register", "act"]
CASES = [
    case(n, frame=frame, political="no" if n > 8 else "disputed" if n == 6 else "yes" if n != 8 else "")
    for n, frame in enumerate(FRAMES, 1)
]
CASES[6] |= {"sentence_type": "life", "sentence_months": ""}
CASES[4] |= {"detention_date": ""}
#: Granted: of 1, 4 (twice), 5, 8, 9 and 10; a refusal of 2, an extension of 10.
ACTS = [
    act(1), act(2, "reduction_denied"), act(4, date="2011-12-04"), act(41, case="c4", date="2012-06-04"),
    act(5, "medical_parole", date="2012-05-20"), act(8, date="2012"), act(9), act(10),
    act(101, "sentence_extension", case="c10"),
]  # fmt: skip


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


def folder(where, cases=CASES, acts=ACTS, without=()):
    """The folder of these tables; `without` are columns that its cases do not have."""
    where.mkdir(exist_ok=True)
    for name, rows in {"cases": cases, "acts": acts}.items():
        columns = [c.name for c in TABLES[name].stored if c.name not in without]
        pd.DataFrame(rows).reindex(columns=columns).to_csv(where / f"{name}.csv", index=False)
    return where


@pytest.fixture
def given(tmp_path):
    return inputs("2012Q2", folder(tmp_path / "mine"))


def test_each_section_says_how_its_own_cases_became_known(given):
    """With acts: 1, 4, 5, 8. Since the sentence: all but 7. Since custody: all but 5 and 7."""
    with_acts = f"How the 4 cases with acts granted became known: 1 {REGISTER}; 2 {ACT}; {NOT_TOLD}."
    sentence = f"How the 7 {FOLLOWED} 3 {REGISTER}; 2 {ACT}; 1 {OTHER}; {NOT_TOLD}."
    custody = f"How the 6 {FOLLOWED} 3 {REGISTER}; 1 {ACT}; 1 {OTHER}; {NOT_TOLD}."
    assert given.frames_told("timeline") == with_acts
    assert given.frames_told("incidence") == custody
    for slug in ("all-reductions", "provinces", "hazards", "relations", "event-study"):
        assert given.frames_told(slug) == sentence
    for slug in ("summary", "counts", "limits", "lists", "answers"):
        assert given.frames_told(slug) == ""
    assert quarterly.acts_over_time(given).notes[-1] == with_acts
    assert quarterly.cumulative_incidence(given).notes[-1] == custody
    assert [m(given).notes[-1] for m in (recurrent.all_reductions, provinces.province_map)] == [sentence, sentence]
    assert not [n for n in quality.about_data(given).notes if "became known" in n]


def test_all_reductions_are_told_of_those_who_are_followed_there(tmp_path):
    """A medical parole before the sentence leaves a case out of the first acts, but not out of the reductions."""
    early = [*ACTS, act(3, "medical_parole", date="2010-01-10")]
    given = inputs("2012Q2", folder(tmp_path / "mine", acts=early))
    assert given.frames_told("hazards").startswith("How the 6 cases that are followed became known: 2 in")
    assert given.frames_told("all-reductions").startswith("How the 7 cases that are followed became known: 3 in")


def test_one_case_is_told_of_as_one(tmp_path):
    given = inputs("2012Q2", folder(tmp_path / "mine", CASES[:1], ACTS[:1]))
    assert given.frames_told("hazards") == f"How the 1 case that is followed became known: 1 {REGISTER}."


def test_the_table_of_frames_counts_every_case_once(given):
    """First acts since custody, by June 2012: a reduction of 1 and the first of 4; that of 8 may be later."""
    table = next(p for p in quality.about_data(given).parts if p.name == "frames").frame.set_index("known from")
    assert table["cases"].to_dict() == {"CECC's database": 3, "an act": 2, "other documents": 2, "not stated": 1}
    assert table["with an act"].tolist() == [1, 2, 0, 1]
    assert table["followed in months since custody"].tolist() == [3, 1, 1, 1]
    assert table["first acts there"].tolist()[:3] == [1, 1, 0]


def test_what_the_followed_serve_names_those_whom_an_analysis_leaves_out(given, monkeypatch):
    followed = given.cohort(clock="sentence")
    ids = followed.spells["case_id"].unique()
    assert counts._followed(given, followed) == "case followed from the sentence: models, provinces, events"
    monkeypatch.setattr(type(given), "taken_for_acts", frozenset(ids[:2]))
    said = f"case followed from the sentence: models ({len(ids) - 2} of them), provinces, events"
    assert counts._followed(given, followed) == said


def test_a_table_that_tells_of_every_case_has_no_row_for_others(tmp_path):
    given = inputs("2012Q2", folder(tmp_path / "mine", CASES[:7], ACTS[:5]))
    table = next(p for p in quality.about_data(given).parts if p.name == "frames").frame
    assert table["known from"].tolist() == ["CECC's database", "an act", "other documents"]


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda where: folder(where, without=("frame", "political")), id="no column"),
        pytest.param(lambda where: folder(where, [c | {"frame": "", "political": ""} for c in CASES]), id="no value"),
    ],
)
def test_a_folder_that_does_not_tell_says_nothing(tmp_path, make):
    given = inputs("2012Q2", make(tmp_path / "mine"))
    assert (given.compared, len(given.cases), len(given.acts)) == (0, 10, 9)
    assert given.frames_told("timeline") == given.frames_told("hazards") == given.compared_told == ""
    sections = [quarterly.acts_over_time(given), quality.about_data(given), counts.what_is_counted(given)]
    text = " ".join(t for s in [*sections, lead.the_quarter(given)] for t in (*s.text, *s.notes))
    assert len(text) > 1000
    assert not re.search("became known:|ordinary prisoners", text)
    assert "frames" not in {p.name for p in sections[1].parts}
    shown = next(p for p in sections[2].parts if p.name == "counted_cases").frame["cases"]
    assert shown.iloc[0] == "cases in the tables"
    assert not shown.str.contains("comparison").any()


def test_only_those_who_are_surely_no_political_prisoners_are_left_out(given):
    assert given.cases["case_id"].tolist() == [f"c{n}" for n in range(1, 9)]
    assert set(given.acts["case_id"]) == {"c1", "c2", "c4", "c5", "c8"}
    assert given.compared == 2
    assert len(given.acts) + len(given.compared_acts) == len(given.every_act) == len(ACTS)
    assert not given.dated["case_id"].isin(["c9", "c10"]).any()


def test_those_left_out_are_told_and_counted(given):
    told = f"2 cases of {LEFT_OUT}, with whatever acts they have."
    assert told in quality.about_data(given).text[1]
    section = counts.what_is_counted(given)
    assert told in section.text
    assert "The tables hold 9 entries on acts: 7 acts granted and 2 that grant nothing" in " ".join(section.text)
    summary = " ".join(lead.the_quarter(given).text)
    assert "in all they hold 8 cases of 8 people, not counting 2 of ordinary prisoners and officials." in summary
    tables = {p.name: p.frame for p in section.parts if p.name != "counts"}
    cases, acts = (tables[n].iloc[:2] for n in ("counted_cases", "counted_acts"))
    left = "left out: ordinary prisoners and officials, there for comparison"
    assert cases.to_numpy().tolist() == [["cases in the tables", 10, 10], [left, -2, -2]]
    assert acts.to_numpy().tolist() == [["acts granted in the tables", 6, 1, 0, 7], [left, -2, 0, 0, -2]]


def test_one_who_is_left_out_is_told_of_as_one(tmp_path):
    given = inputs("2012Q2", folder(tmp_path / "mine", CASES[:9], ACTS[:7]))
    assert given.compared_told == (
        "1 case of an ordinary prisoner or official, which the tables hold for comparison, is left out of this report, "
        "with whatever acts it has."
    )
    assert "not counting 1 of an ordinary prisoner or official." in " ".join(lead.the_quarter(given).text)


def test_a_folder_of_nobody_else_is_refused_with_the_reason(tmp_path):
    with pytest.raises(cl.UsageError, match="`political` is 'no' in every row"):
        inputs("2012Q2", folder(tmp_path / "mine", CASES[8:], ACTS[6:]))


def test_every_kind_of_sentence_that_is_left_out_has_words_of_its_own():
    said = {kind: REASONS.get(f"sentence type {kind}") for kind in SENTENCE_TYPES if kind != "fixed"}
    assert None not in said.values()
    assert len(set(said.values())) == len(SENTENCE_TYPES) - 1
    assert said["pending"] == "not sentenced yet when last heard of"


@pytest.mark.parametrize(
    ("kind", "months", "said"),
    [
        ("early_release", 12, "early release, 12 months before the end of the term, on 4 May 2012."),
        ("early_release", 1, "early release, 1 month before the end of the term, on 4 May 2012."),
        ("medical_parole", 1.5, "medical parole, 1.5 months before the end of the term, on 4 May 2012."),
        ("parole", "", "parole on 4 May 2012."),
        ("sentence_reduction", 8, "an 8-month sentence reduction on 4 May 2012."),
        ("sentence_reduction", 9, "a 9-month sentence reduction on 4 May 2012."),
        ("sentence_reduction", "", "sentence reduction on 4 May 2012."),
    ],
)
def test_months_of_an_act_are_said_as_what_they_are(tmp_path, kind, months, said):
    given = inputs("2012Q2", folder(tmp_path / "mine", CASES[:1], [act(1, kind, months=months)]))
    (told,) = next(p for p in lead.the_quarter(given).parts if p.name == "people").items
    assert told.startswith("**Person 1**")
    assert f": {said.rstrip('.')}" in told
