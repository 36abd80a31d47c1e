"""A small folder of one's own gets the sections that it can bear, and a reason for each of the others."""

import csv
import io
import json
import re
from html import escape

import pandas as pd
import pytest
from makers import MAKERS
from matplotlib import pyplot as plt

import clemency as cl
from clemency.records.environment.datafolder import data_folder
from clemency.reports import build
from clemency.reports.descriptions import quarterly
from clemency.reports.inputs import inputs

UNKNOWN = re.compile(r"\bnan\b|\bNaN\b|<NA>|&lt;NA&gt;|\bNaT\b|\bNone\b(?! of)|\binf\b")


def table(name):
    return pd.read_csv(data_folder() / f"{name}.csv", dtype=str, keep_default_na=False)


CASES, ACTS, EVENTS = table("cases").query("political != 'no'"), table("acts"), table("events")
FULL = CASES[(CASES["sentence_type"] == "fixed") & (CASES["sentence_date"] != "") & (CASES["detention_date"] != "")]
#: Sentenced before the quarter and heard of after it, so that there is something to report.
HEARD_OF = FULL[(FULL["sentence_date"] < "2017-04") & (FULL["status_date"] > "2017-07")]
WITH_ACTS = FULL[FULL["case_id"].isin(ACTS["case_id"])]


@pytest.fixture
def make(tmp_path):
    """Write a folder of cases with their acts, and the tables of reference that these need."""

    def written(cases, acts=ACTS, **more):
        folder = tmp_path / "mine"
        folder.mkdir()
        own = {"cases": cases, "acts": acts[acts["case_id"].isin(cases["case_id"])]}
        for name, frame in {**own, "charges": table("charges"), "provinces": table("provinces"), **more}.items():
            frame.to_csv(folder / f"{name}.csv", index=False)
        return folder

    return written


def sections(folder, quarter="2017Q2"):
    given = inputs(quarter, folder)
    made = {}
    for slug, maker in MAKERS.items():
        section = maker(given)
        markup = section._repr_mimebundle_()["text/html"]
        plt.close("all")
        assert section.slug == slug
        assert not UNKNOWN.search(re.sub(r"<[^>]+>", " ", markup)), (slug, UNKNOWN.search(markup))
        assert section.text or section.parts
        made[slug] = section
    return made


def without_figures(made):
    return {slug for slug, s in made.items() if not any(hasattr(p, "axes") for p in s.parts)}


FEW = {"register", "hazards", "event-study", "lists"}
#: Sections of one sentence, or without a figure, where a folder has too few acts for them.
SHORT = {"incidence", "all-reductions", "medical-parole", "states", "provinces"}
THIN = {"timeline", *SHORT}


@pytest.mark.parametrize(
    ("cases", "acts", "missing"),
    [
        pytest.param(WITH_ACTS.head(5), ACTS, FEW | SHORT, id="5 cases"),
        pytest.param(FULL.head(20), ACTS, FEW, id="20 cases"),
        pytest.param(FULL.head(20), ACTS.iloc[:0], FEW | THIN, id="no act"),
        pytest.param(
            FULL.head(20),
            ACTS.assign(act_date=""),
            FEW | THIN,
            id="no date of an act",
        ),
        pytest.param(
            HEARD_OF[~HEARD_OF["case_id"].isin(ACTS["case_id"])].head(1),
            ACTS,
            FEW | THIN,
            id="1 case without an act",
        ),
        pytest.param(
            CASES[CASES["sentence_type"] == "life"].sort_values("sentence_date").tail(8),
            ACTS,
            FEW | SHORT,
            id="life sentences",
        ),
        pytest.param(FULL[FULL["province"] == "CN-BJ"].head(12), ACTS, FEW, id="one province"),
        pytest.param(FULL.head(12).assign(province=""), ACTS, FEW | {"provinces"}, id="no province"),
    ],
)
def test_each_section_is_made_or_says_why_not(make, cases, acts, missing):
    made = sections(make(cases, acts))
    always = {"summary", "new-acts", "answers", "limits"}
    assert missing - SHORT <= without_figures(made)
    assert without_figures(made) <= missing | always | SHORT | {"relations"}
    if not acts["case_id"].isin(cases["case_id"]).any():
        assert missing >= SHORT
        assert without_figures(made) >= SHORT
    for slug in without_figures(made) - always - {"medical-parole"}:
        assert re.search(r"\b(no|No|too few|has no)\b", made[slug].text[0]), (slug, made[slug].text)
    acts_here = acts["case_id"].isin(cases["case_id"]).sum()
    assert f"The tables hold {acts_here:,} entr" in " ".join(made["counts"].text)
    assert made["lists"].text == ("The folder has no table lists.csv, so nothing is said about lists and answers.",)
    assert "those that come with the library are used" in made["limits"].text[1]
    assert "events" in made["limits"].text[1]


def test_a_folder_with_lists_and_events_of_its_own_shows_these(make):
    own = table("lists").head(3).assign(names_asked="7")
    folder = make(WITH_ACTS.head(5), lists=own, sources=table("sources"), events=EVENTS[EVENTS["partner"] != "US"])
    made = sections(folder)
    assert set(made["lists"].parts[-1].frame["names asked"]) == {"7"}
    assert made["relations"].text == ("No act and event could be compared by the end of 2017Q2.",)
    assert "come with the library" not in made["limits"].text[1]
    assert "No event in relations with other countries is recorded for the quarter." in made["summary"].text


def test_a_quarter_is_refused_only_where_the_tables_say_nothing(make):
    folder = make(FULL.head(20), ACTS.iloc[:0])
    assert inputs("2017Q2", folder).dated.empty
    with pytest.raises(cl.UsageError, match="no act is dated to a quarter, and no case is dated later than"):
        inputs("2099Q4", folder)


def test_tables_without_any_date_have_nothing_to_report(make):
    dates = [c for c in CASES if c.endswith("_date")]
    folder = make(FULL.head(3).assign(**dict.fromkeys(dates, "")), ACTS.iloc[:0])
    with pytest.raises(cl.UsageError, match="No case and no act has a date"):
        inputs("2017Q2", folder)


def test_acts_without_a_date_are_told_where_none_has_one(make):
    paroled = WITH_ACTS[WITH_ACTS["case_id"].isin(ACTS.loc[ACTS["act_type"] == "medical_parole", "case_id"])].head(2)
    acts = ACTS[(ACTS["act_type"] == "medical_parole")].assign(act_date="").drop_duplicates("case_id")
    section = quarterly.medical_parole(inputs("2020Q1", make(paroled, acts)))
    assert section.text == (
        "No medical parole in the records is dated up to the end of 2020Q1. Two medical paroles have no date.",
    )


NAME = "<script>alert(1)</script> $x^2$"
FORMULA = "=HYPERLINK(https://evil.example)"


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """A report on a folder that was received, made in that folder."""
    folder = tmp_path_factory.mktemp("received")
    mark = folder.parent / "mark"
    cases = WITH_ACTS.head(12).copy()
    acts = ACTS[ACTS["case_id"].isin(cases["case_id"])].copy()
    first = acts.index[(acts["act_type"] == "sentence_reduction") & (acts["scope"] != "total")][0]
    acts.loc[first, "act_date"] = "2017-05"
    now = cases["case_id"] == acts.loc[first, "case_id"]
    cases.loc[now, ["name", "charge"]] = [NAME, FORMULA]
    sources = table("sources").assign(address="javascript:alert(1)", publisher="<b>P</b>")
    for name, frame in {"cases": cases, "acts": acts, "sources": sources}.items():
        frame.to_csv(folder / f"{name}.csv", index=False)
    for name in ("charges", "provinces"):
        table(name).to_csv(folder / f"{name}.csv", index=False)
    for name in ("pandas", "numpy", "json", "matplotlib", "ipykernel", "ipykernel_launcher", "sitecustomize"):
        (folder / f"{name}.py").write_text(f"open({str(mark)!r}, 'a').write('{name} ')\n", encoding="utf-8")
    (folder / "matplotlibrc").write_text("font.size: 99\n", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        page = build("2017Q2", data=".", out="out")
        return folder, mark, folder / page


def test_nothing_that_was_received_runs(hostile):
    folder, mark, page = hostile
    assert page.is_file()
    assert not mark.exists()
    assert sorted(p.name for p in (folder / "out").iterdir()) == [
        "card.png",
        "figures",
        "files.json",
        "index.html",
        "quarterly.ipynb",
        "report.json",
        "tables",
    ]


def lines(path):
    return io.StringIO(path.read_text(encoding="utf-8"), newline="")


def test_text_that_was_received_is_text(hostile):
    folder, _, page = hostile
    text = page.read_text(encoding="utf-8")
    own = re.sub(
        r'<script type="application/json" id="(files|acts-data|cases-data)">[A-Za-z0-9+/=]*</script>', "", text
    )
    assert own.count("<script") == own.count("<script>") == 1  # that whose hash the policy names
    assert escape(NAME, quote=False) in text
    assert "javascript:" not in text
    assert "<b>P</b>" not in text
    assert "&lt;b&gt;P&lt;/b&gt;" in text
    assert 'http-equiv="Content-Security-Policy"' in text
    rows = list(csv.DictReader(lines(folder / "out" / "tables" / "new_acts.csv")))
    assert f"'{FORMULA}" in {r["charge or conduct"] for r in rows}
    cells = [c for p in (folder / "out" / "tables").glob("*.csv") for r in csv.reader(lines(p)) for c in r]
    assert len(cells) > 500
    assert not [
        c for c in cells if c[:1] in ("=", "+", "@") or (c[:1] == "-" and not re.fullmatch(r"-[\d.]+(e-?\d+)?", c))
    ]


def test_the_page_of_a_folder_claims_nothing_about_publication(hostile):
    text = hostile[2].read_text(encoding="utf-8")
    footer = re.search(r"<footer>(.*)</footer>", text, re.DOTALL)[1]
    assert "published" not in footer
    assert "a folder of tables without an edition" in footer
    assert "cited documents" not in text
    assert "every row names a document that can be opened" not in text
    assert "Dui Hua" not in re.sub(r"<svg.*?</svg>", "", text, flags=re.DOTALL)


def test_no_folder_of_this_machine_is_named(hostile):
    folder = hostile[0]
    kept = [p for p in (folder / "out").rglob("*") if p.suffix in (".html", ".ipynb", ".csv", ".svg", ".json")]
    assert len(kept) > 25
    for path in kept:
        assert str(folder) not in path.read_text(encoding="utf-8"), path.name
    for path in (folder / "out" / "figures").glob("*.png"):
        assert str(folder).encode() not in path.read_bytes()
    notebook = json.loads((folder / "out" / "quarterly.ipynb").read_text(encoding="utf-8"))
    code = "".join(notebook["cells"][1]["source"])
    assert code.startswith("quarter = '2017Q2'\nlang = 'en'\ndata = None\n# data was the folder of tables")
