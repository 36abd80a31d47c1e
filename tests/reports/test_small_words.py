"""Sentences of reports on small folders: numbers with nouns and verbs, true reasons, values that stay values."""

import re
from html import unescape

import numpy as np
import pandas as pd
import pytest
from makers import MAKERS
from matplotlib import pyplot as plt
from matplotlib.colors import to_rgba

from clemency.figures import drawn
from clemency.records.schema import TABLES
from clemency.records.tables.loading import data_folder
from clemency.reports import answers
from clemency.reports.associations import hazardnotes, hazards, leadsandlags, relations
from clemency.reports.descriptions import lists, provinces
from clemency.reports.descriptions.howlong import _last, charge_group
from clemency.reports.inputs import inputs
from clemency.reports.section import Chart, Section, TableView


def case(n, **more):
    """A case with a fixed term of five years, sentenced in 2010 and seen to its end."""
    return {
        "case_id": f"c{n}", "person_id": f"p{n}", "name": f"Person {n}", "sex": "M", "province": "CN-BJ",
        "charge": "subversion", "charge_ids": "CL97-105(2)", "detention_date": f"2009-0{n % 9 + 1}-10",
        "sentence_date": f"2010-0{n % 9 + 1}-20", "sentence_type": "fixed", "sentence_months": 60,
        "status": "released_on_expiry", "status_date": f"2014-0{n % 9 + 1}-10", "source_ids": "s1",
    } | more  # fmt: skip


def act(n, kind="sentence_reduction", date="2012-05-04", case=None, **more):
    return {
        "act_id": f"a{n}", "case_id": case or f"c{n}", "act_type": kind, "act_date": date, "scope": "single",
        "date_basis": "act", "certainty": "stated", "source_ids": "s1",
    } | more  # fmt: skip


def report(folder, cases, acts=(), quarter="2012Q2", **tables):
    """Sections by name."""
    folder.mkdir(exist_ok=True)
    own = {"cases": pd.DataFrame(cases), "acts": pd.DataFrame(list(acts)), **tables}
    for name, frame in own.items():
        frame.reindex(columns=[c.name for c in TABLES[name].stored]).to_csv(folder / f"{name}.csv", index=False)
    given = inputs(quarter, folder)
    return {slug: make(given) for slug, make in MAKERS.items()}


def sentences(section):
    """Everything that is read: text, notes, captions, headings, cells of tables, and what figures say of themselves."""
    said = [part.alt or drawn(part.axes).alt for part in section.parts if isinstance(part, Chart)]
    markup = re.sub(r"<svg.*?</svg>", "", section._repr_mimebundle_()["text/html"], flags=re.DOTALL)
    blocks = [re.sub(r"<[^>]+>", "", unescape(b)) for b in re.split(r"</(?:p|td|th|li|h2|figcaption|summary)>", markup)]
    return [*said, *filter(None, blocks)]


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


NOUNS = (
    "rows|acts|cases|people|persons|prisoners|men|women|events|lists|entries|quarters|months|ratios|provinces|groups|reductions|"
    "paroles|totals|comparisons|questions|refusals|extensions|releases|others"
)
SLIPS = (
    rf"(?<![\d,.])1 (?:(?!(?:on|of|act|case|entry|to|or) )[a-z]+ ){{0,2}}(?:{NOUNS})\b",
    rf"\b[Oo]ne (?!of )(?:[a-z]+ ){{0,1}}(?:{NOUNS})\b",
    r"(?<![\d.,])(?:0|[2-9]|\d\d+) "
    r"(act|case|prisoner|person|man|woman|ratio|row|list|event|quarter|refusal|entry)\b(?!-)",
    r"(?<![\d,.])1 (?!of )(?:[a-z]+ ){1,3}(are|were|have|stand|grant|rest)\b",
    r"\bof (?:the |these )?1\b(?! (?:act|case|month|total|ratio|quarter|prisoner|person))",
    r"\b0\.0+\b(?!\d)|\b0\.00 |\b0\.0 to",
    r"\bnan\b|\bNaN\b|<NA>|\bNaT\b|\bNone\b(?! of)|\binf\b",
    r"\b[Nn]o event in relations with the United States has no tick|\b[Nn]o events\b[^.]*have no tick",
    r"\ball \d+ act\b|\b(\d+) of \1 provinces\b",
    r"  |(?<!\.)\.\.(?!\.)| ,| \.(?!\.)|\(\)",
)

ABROAD = act(2, "medical_parole", "2012-06-02", destination="US")
FOLDERS = {
    "one case": ([case(1)], ()),
    "one case, one act": ([case(1)], [act(1)]),
    "one case, one parole abroad": ([case(1)], [act(1, "medical_parole", destination="US")]),
    "one case, one act on a month": ([case(1)], [act(1, date="2012-05")]),
    "one case, one vague act": ([case(1)], [act(1, date="2012")]),
    "one case, one refusal": ([case(1)], [act(1, "medical_parole_denied")]),
    "two cases, one act": ([case(1), case(2, province="CN-SH")], [act(1)]),
    "two cases, two acts": ([case(1), case(2, sex="F")], [act(1), ABROAD]),
    "two cases, one total": ([case(1), case(2)], [act(1), act(2, scope="total"), act(3, case="c1", date="2013-05-05")]),
    "two cases without province": ([case(n, province="") for n in (1, 2)], [act(1)]),
    "one woman of six": ([case(n, sex="F" if n == 1 else "M") for n in range(6)], [act(n) for n in range(5)]),
    "one life sentence": ([case(1, sentence_type="life", sentence_months="")], [act(1)]),
    "parole before the sentence": ([case(1)], [act(1, "medical_parole", "2010-01-01")]),
    "no act": ([case(n) for n in range(3)], ()),
}


@pytest.fixture(params=FOLDERS, scope="module")
def small(request, tmp_path_factory):
    cases, acts = FOLDERS[request.param]
    return report(tmp_path_factory.mktemp("small") / "mine", cases, acts)


def test_numbers_agree_with_their_nouns_in_small_folders(small):
    texts = [t for section in small.values() for t in sentences(section)]
    assert len(texts) > 150
    assert [(slip, t) for slip in SLIPS for t in texts if re.search(slip, t)] == []


def test_slips_would_be_seen():
    """The patterns of the sweep, each on a sentence that it must find and one that it must let pass."""
    wrong = [
        "1 acts cannot", "one medical paroles", "3 case", "1 first act are", "in 1 of 1 places", "0.00 to 3", "nan "
        "months",
        "No events in relations with the US have no tick", "34 of 34 provinces", "a  blank",
    ]  # fmt: skip
    assert len(wrong) == len(SLIPS)
    assert [bool(re.search(slip, text)) for slip, text in zip(SLIPS, wrong, strict=True)] == [True] * len(SLIPS)
    right = "1 act is one of 21 cases; 1 of 1 case; 10.0 to 0.25, <0.01 to 3; 11 acts, 0 acts."
    assert [slip for slip in SLIPS if re.search(slip, right)] == []


def test_the_words_of_two_cases_with_one_act_each(tmp_path):
    made = report(tmp_path, *FOLDERS["two cases, two acts"])
    assert made["summary"].text[0] == (
        "**Two acts of clemency** towards two prisoners are dated to 2012Q2: 1 sentence reduction and 1 medical parole."
    )
    assert made["medical-parole"].text == (
        "**1 medical parole** of 1 prisoner is dated up to the end of 2012Q2: 1 woman. The prisoner left mainland "
        "China "
        "(US 1). It came 26 months after the sentence.",  # 20 March 2010 to 2 June 2012
    )
    assert made["provinces"].text == ("Two first acts are too few for this section: at least five are needed.",)
    assert made["incidence"].text == made["provinces"].text
    assert made["all-reductions"].text == (
        "One sentence reduction is too few for this section: at least five are needed.",
    )
    assert not any(made[s].parts or made[s].notes for s in ("provinces", "incidence", "all-reductions"))


def test_notes_speak_of_nothing_that_is_not_there(tmp_path):
    made = report(tmp_path, *FOLDERS["one case, one act"])
    said = {slug: " ".join([*s.text, *s.notes]) for slug, s in made.items()}
    assert "abroad" not in said["medical-parole"]
    assert "Medical parole is not a release" not in said["new-acts"]
    assert "Still possible" not in said["answers"]
    assert "They can say which differences" not in said["answers"]
    assert "ratios that the data could have shown above" not in said["relations"]
    assert said["provinces"] == "One first act is too few for this section: at least five are needed."
    noted = report(tmp_path, *FOLDERS["two cases, two acts"])
    assert "A parolee abroad is beyond the reach" in " ".join(noted["medical-parole"].notes)
    assert "Medical parole is not a release" in " ".join(noted["new-acts"].notes)


def test_the_notes_below_ratios_are_those_of_their_rows():
    frame = pd.DataFrame(
        {
            "term": ["charge", "charge", "sex", "sex"],
            "level": ["endangering_state_security", "other charges", "men", "women"],
        }
    )
    plain = " ".join(hazardnotes.notes(frame, firth=False))
    for absent in ("not stated", "Counterrevolution", "Firth", "Exposure begins", "o article coded", "Ethnicity"):
        assert absent not in plain
    assert "clustered on the person." in plain
    assert "Groups of fewer than 10 cases are joined, whatever their acts." in plain
    more = pd.DataFrame(
        {
            "term": ["charge", "charge", "charge", "ethnicity stated as", "summits and dialogues with the US"],
            "level": [
                "counterrevolution",
                "endangering_state_security",
                "no article coded",
                "not stated",
                "other times",
            ],
        }
    )
    full = " ".join(hazardnotes.notes(more, firth=True))
    for there in (
        "'not stated'",
        "Counterrevolution is",
        "Firth's penalty is",
        "Exposure begins",
        "'No article coded'",
    ):
        assert there in full
    assert "are pooled into" not in full


# Ratios of few acts


def forest(*rows):
    frame = pd.DataFrame(rows, columns=["term", "level", "n_event", "estimate", "ci_low", "ci_high", "p_value"])
    return frame.assign(reference=frame["ci_low"].isna(), detectable_below=0.4, detectable_above=2.5)


FEW = forest(
    ("sex", "men", 20, 1.0, np.nan, np.nan, np.nan),
    ("sex", "women", 2, 7.0, 2.0, 20.0, 0.0001),  # two acts: unknown, whatever its limits
    ("region", "North", 3, 1.0, np.nan, np.nan, np.nan),  # a reference of three acts: so is what it is compared with
    ("region", "South", 19, 0.2, 0.1, 0.6, 0.0002),
    ("charge", "cult", 9, 1.0, np.nan, np.nan, np.nan),
    ("charge", "other", 13, 3.0, 1.5, 6.0, 0.0003),
)


def test_what_is_called_unknown_is_told_as_a_finding_nowhere(monkeypatch):
    from types import SimpleNamespace

    spells = pd.DataFrame(
        {"case_id": ["a"], "person_id": ["p"], "event": ["medical_parole"], "sex": ["F"], "ethnicity": [None]}
    )
    fit = SimpleNamespace(glance=lambda: pd.DataFrame({"events": [22]}), limits=None, terms=("a", "b", "c"))
    said = hazards._told(fit, FEW, spells, "medical_parole", [])
    assert said.startswith(
        "**Medical parole**: 22 acts. Fewer than 5 acts stand behind 2 rows or behind the reference (drawn "
        "hollow): these "
        "ratios are unknown rather than large or small. Of the others, limits exclude 1 for other against cult (3.00; "
        "1.50 to 6.00). 3 ratios were looked at"
    )
    assert "women" not in said
    monkeypatch.setattr(answers, "forest_frame", lambda made: made)
    table = answers.verdicts(None, {"sentence_reduction": (None, []), "medical_parole": (FEW, [])}).set_index(
        "question"
    )
    assert table["verdict"].to_dict() == {"sex": "cannot tell", "region": "cannot tell", "charge": "differs"}
    assert table["left"].to_dict() == {"sex": (), "region": (), "charge": ("other",)}
    shown = answers._shown(table.reset_index())
    assert shown["verdict"].tolist() == ["cannot tell: too few acts", "cannot tell: too few acts", "limits exclude 1"]
    (text,) = answers._verdict(table.reset_index())
    assert (
        "2 remain open (the limits include both no difference and one of at least 2 to 1, or fewer than 5 acts" in text
    )
    assert "only other (medical parole) remains apart from 1" in text
    assert "women" not in text
    assert hazards._table(FEW)["warning"].tolist() == [
        "", "fewer than five acts", "fewer than five acts", "reference with fewer than five acts", "", "",
    ]  # fmt: skip


def test_no_other_ratio_can_be_told_where_only_an_unknown_one_leaves_1():
    said = hazards._apart(FEW.iloc[:2], pd.DataFrame({"event": [], "sex": []}), "medical_parole")
    assert said == " None of the others can be told from 1."


def test_as_many_rows_are_drawn_hollow_as_are_said_to_be():
    ax = hazards.figures.forest(FEW, key=False)
    points = [line for line in ax.lines if line.get_marker() == "o"]
    hollow = [line for line in points if to_rgba(line.get_markerfacecolor())[3] == 0]
    assert (len(points), len(hollow)) == (3, 2)
    whole = hazards.figures.forest(FEW.assign(n_event=5), key=False)
    assert not [v for v in whole.lines if v.get_marker() == "o" and to_rgba(v.get_markerfacecolor())[3] == 0]


def test_comparisons_with_few_acts_are_not_told():
    table = pd.DataFrame(
        {
            "act": ["medical parole", "medical parole", "sentence reduction"],
            "events": ["summits", "dialogues", "summits"],
            "acts": [20, 20, 30],
            "acts_after": [2, 16, 12],  # 2 after; 4 at other times; 12 and 18
            "p_value": [0.001, 0.002, 0.30],
        }
    )
    assert relations._verdict(table) == (
        "**None of these rates can be told apart from what placebo dates give**; the p value is 0.30, for sentence "
        "reductions "
        "after summits. 2 comparisons with fewer than 5 acts after events, or at other times, are unknown and not "
        "judged."
    )
    assert relations._verdict(table.iloc[:2]).startswith("**None of these rates can be judged**")
    enough = relations._verdict(table.assign(acts_after=10, p_value=[0.001, 0.2, 0.30]))
    assert enough.startswith(
        "**1 of these 3 comparisons passes 5%, where chance alone passes one in twenty**; the smallest"
    )
    assert "is <0.01, for medical paroles after summits." in enough
    assert "unknown" not in enough


def test_single_quarters_with_few_acts_are_not_told():
    points = pd.DataFrame(
        {
            "term": ["lead 2", "lag 0", "lag 1"],
            "act": "medical_parole",
            "estimate": [9.0, 3.0, 1.0],
            "ci_low": [2.0, 1.5, 0.5],
            "ci_high": [20.0, 6.0, 2.0],
            "known": [False, True, True],
        }
    )
    assert leadsandlags._single(points) == (
        "Fewer than 5 acts stand behind one of the 3 single quarters, or behind the base: its ratio is unknown. Of "
        "the other "
        "2 quarters one has limits that exclude 1: the quarter of the event for medical paroles (3.00; 1.50 to "
        "6.00). One in "
        "twenty does by chance alone."
    )
    assert leadsandlags._single(points.iloc[[0, 2]]).endswith("None of the other 1 quarter has limits that exclude 1.")
    assert leadsandlags._single(points.assign(known=False)) == (
        "Fewer than 5 acts stand behind each of the 3 single quarters, or behind the base: their ratios are unknown."
    )


# Reasons


def test_charges_without_an_article_are_not_called_unstated(tmp_path):
    cases = [case(n, charge_ids="", sex="F" if n % 2 else "M") for n in range(14)]
    made = report(tmp_path, cases, [act(n) for n in range(12)], quarter="2013Q1")
    incidence = made["incidence"]
    assert "No article of the law is coded for their charges, so they are not divided by charge." in incidence.text[0]
    hazard = " ".join(made["hazards"].text)
    assert "Left out because no article of the law is coded for any case: charge." in hazard
    assert "Left out because all cases are in one group: region." in hazard
    assert "Left out because all terms are equally long: term twice as long." in hazard
    assert "Left out because no case has a value: ethnicity." in hazard
    assert not re.search(r"one side: [^.]*(charge|region|ethnicity)", hazard)
    texts = [t for slug in ("incidence", "hazards", "answers") for t in sentences(made[slug])]
    assert not [t for t in texts if re.search("charge not stated|not stated [0-9]", t)]


def test_groups_of_charges_name_what_is_missing():
    column = pd.Series(pd.Categorical(["cult", None, "public_order"], categories=["cult", "public_order"]))
    assert charge_group(column).tolist() == ["cult", "no article coded", "other charges"]


def test_a_curve_ends_with_the_last_month_in_which_ten_are_at_risk():
    """Eleven enter at once and one in month 5: ten are at risk just before month 2, and nine before month 3."""
    many = pd.DataFrame({"charge": "cult", "entry": [0.0] * 11 + [5.0], "exit": [1.0, 2, 3, 4, *[20.0] * 8]})
    few = pd.DataFrame({"charge": "other charges", "entry": 0.0, "exit": [3.0, 9.0]})
    found = _last(pd.concat([many, few])).set_index("charge")
    assert found["last"].to_dict() == {"cult": 2.0, "other charges": 9.0}
    assert found["enough"].to_dict() == {"cult": True, "other charges": False}


@pytest.mark.parametrize(
    ("lower", "n", "said"),
    [
        (29, 113, "which is low: only 29 of the 113 earlier quarters were lower"),
        (1, 113, "which is low: only 1 of the 113 earlier quarters was lower"),
        (0, 12, "which is low: none of the 12 earlier quarters was lower"),
        (50, 100, "which is neither low nor high: 50 of the 100 earlier quarters were lower"),
        (100, 113, "which is high: 100 of the 113 earlier quarters were lower"),
        (1, 1, "above that of the one earlier quarter"),
        (0, 1, "not above that of the one earlier quarter"),
    ],
)
def test_an_index_is_called_low_or_high_by_the_quarters_before(lower, n, said):
    assert relations._place(lower, n) == said


def test_many_acts_without_a_model_are_not_called_too_few():
    spells = pd.DataFrame(
        {
            "case_id": list("abcdef"), "event": ["sentence_reduction"] * 6, "charge_family": [None] * 6,
            "region": ["North"] * 6, "sex": ["M"] * 6, "ethnicity": [None] * 6, "us_event": [0] * 6,
        }
    )  # fmt: skip
    terms = ["charge", "region", "summits and dialogues with the US"]
    said = hazards._no_model(spells, {"sentence_reduction": (None, terms), "medical_parole": (None, [])})
    assert said == (
        "No model of who receives an act sooner can be fitted to the 6 cases followed from the sentence, with 6 "
        "first sentence "
        "reductions and 0 first medical paroles. Left out because no article of the law is coded for any case: "
        "charge. Left "
        "out because all cases are in one group: region. Left out because no time at risk, or all of it, follows "
        "such an event "
        "within the window: summits and dialogues with the US."
    )


# Small numbers


def test_ratios_that_would_have_shown():
    assert hazards._shows(0.004, 354.51) == "far below 0.01 or above 354.5"
    assert hazards._shows(0.2, np.inf) == "below 0.20"
    assert hazards._shows(np.nan, np.nan) == ""


def test_small_numbers_of_tables_are_no_noughts():
    view = provinces._view(
        pd.DataFrame(
            {
                "name": ["Hebei", "Henan"], "cases": [3, 2], "n_event": [1.0, 0.0], "person_months": [40_000.0, 12.5],
                "estimate": [0.025, 0.0], "ci_low": [0.0006, 0.0], "ci_high": [0.139, 295.1],
            }
        )
    )  # fmt: skip
    assert view["per 1,000"].tolist() == ["<0.1", "0"]
    assert view["95% limits"].tolist() == ["<0.1 to 0.1", "0 to 295.1"]
    assert (
        Section("s", "S", parts=(TableView("t", "T", pd.DataFrame({"v": [0.0004, 2.25]})),))
        .content()["parts"][0]["table"]
        .count('<td data-label="v" class="n">&lt;0.01</td>')
    )


# Values from data

MARKS = "**B** _u_ `c` <b>t</b> [x](javascript:alert(1)) | $y^2$ \\*"
_BOLD = re.compile(r"<strong>(.*?)</strong>", re.DOTALL)


def test_values_bring_no_marks_of_their_own(tmp_path):
    cases = [
        case(n, name=f"{MARKS} {n}", charge=MARKS, ethnicity=f"Han {MARKS}" if n % 2 else "Hui") for n in range(14)
    ]
    acts = [
        act(n, "medical_parole" if n % 3 == 0 else "sentence_reduction", "2012-05-04", destination=MARKS)
        for n in range(14)
    ]
    acts.append(act(99, "medical_parole_denied", "2012-05-06", case="c1"))
    shipped = pd.read_csv(data_folder() / "provinces.csv", dtype=str, keep_default_na=False)
    events = pd.DataFrame(
        {
            "event_id": ["e1"], "date": ["2012-05-01"], "partner": ["US"], "event_type": ["summit"], "direction": ["1"],
            "label": [MARKS], "source_ids": ["s1"],
        }
    )  # fmt: skip
    made = report(tmp_path, cases, acts, provinces=shipped.assign(name=shipped["name"] + MARKS), events=events)
    shown = 0
    for slug, section in made.items():
        markup = section._repr_mimebundle_()["text/html"]
        assert "<b>" not in markup, slug
        assert 'href="javascript' not in markup
        assert f'<section id="{slug}" class="tex2jax_ignore mathjax_ignore">' in markup
        page = re.sub(r"<svg.*?</svg>", "", markup, flags=re.DOTALL)
        for bold in _BOLD.findall(page):
            assert "**" not in re.sub(re.escape(MARKS), "", unescape(bold)), (slug, bold)
            assert not re.fullmatch(r"\W*B\W*", unescape(bold)), (slug, bold)
        assert page.count("<strong>") == page.count("</strong>")
        shown += unescape(page).count(MARKS)
    assert shown > 20  # names, charges, labels, destinations, ethnicities, provinces: whole, and letter by letter
    (lead,) = [t for t in made["summary"].content()["text"] if "Person" not in t and "more act" not in t][:1]
    assert lead.startswith("<strong>Fourteen") or lead.startswith("<strong>14 acts of clemency</strong>")


def test_strong_and_plain_asterisks():
    from clemency.reports.language import plain

    made = Section("s", "S", (f"**{plain('a**b*')}**: {plain('**c')} \\ **d", "**x** **", plain("\\**"))).content()[
        "text"
    ]
    assert made == ["<strong>a**b*</strong>: **c \\ **d", "<strong>x</strong> **", "\\**"]


def test_answers_by_sex_are_given_on_people():
    row = pd.Series(
        {"names_asked": 5, "names_asked_f": 1, "names_asked_m": 3, "responded_f": 1, "responded_m": 2, "period": "2005"}
    )
    (text,), _ = lists._answers_by_sex(row)
    assert text == (
        "From 2005 officials gave an answer on 1 of 1 woman asked about (100%) and on 2 of 3 men (67%); of 1 other the "
        "source gives no sex."
    )


def test_only_what_is_there_is_spelled_out_below_lists():
    shown = pd.DataFrame({"scope": ["Dui Hua, from MFA"], "cumulative": [False]})
    notes = " ".join(lists._lists_notes(_Given([1, 2]), shown, shown))
    assert "MFA is the Ministry of Foreign Affairs. 'Answered'" in notes
    assert "MOJ" not in notes
    assert "Running totals" not in notes
    assert "Left out: 1 list without a count." in notes
    both = " ".join(lists._lists_notes(_Given([1]), shown, shown.assign(scope="MOJ and SCIO", cumulative=True)))
    assert "MOJ is the Ministry of Justice, SCIO the State Council Information Office." in both
    assert "Running totals and single lists overlap" in both


class _Given:
    quarter = "2010Q1"

    def __init__(self, rows):
        self.lists = pd.DataFrame({"x": rows})
