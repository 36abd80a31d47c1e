"""The report on the shipped data, whole, and what users get when they ask for something impossible."""

import json
import re
from html.parser import HTMLParser

import pandas as pd
import pytest
from browsing import shown, too_wide, violations
from click.testing import CliRunner
from makers import MAKERS

import clemency as cl
from clemency.cli import main
from clemency.figures import drawn
from clemency.records.environment.datafolder import data_folder
from clemency.records.errors import Problem
from clemency.records.schema import EVENT_TYPES
from clemency.reports import answers, build
from clemency.reports.associations import hazards, leadsandlags, relations
from clemency.reports.descriptions import lists, quarterly
from clemency.reports.inputs import GRANTED, inputs, stated
from clemency.reports.language import period
from clemency.reports.lead import section as lead
from clemency.reports.section import Section, TableView, or_reason


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOURCE_DATE_EPOCH", "1500000000")
        page = build("2017Q2", out=folder)
    return folder, page.read_text(encoding="utf-8")


def test_the_report_shows_what_it_must_from_data(report):
    _, page = report
    text = re.sub(r"<[^>]+>", " ", page)
    for wanted in (
        "Metabdulla Iminniyaz",
        "麦提阿卜拉·伊敏尼亚孜",
        "8-month sentence reduction on 27 May 2017",
        "刘晓波",
    ):
        assert wanted in text
    assert "medical parole between 7 June 2017 and 26 June 2017" in text
    assert "1st Diplomatic and Security Dialogue (21 June 2017)" in text
    assert "Built on 2017-07-14" in text
    assert "have published them" in text


def test_the_page_is_whole_and_stands_alone(report):
    folder, page = report

    class Checker(HTMLParser):
        def __init__(self):
            super().__init__()
            self.open, self.ids, self.outside, self.images = [], [], [], 0

        def handle_starttag(self, tag, attrs):
            attrs = dict(attrs)
            if "id" in attrs:
                self.ids.append(attrs["id"])
            if tag in ("link", "img", "iframe") or "src" in attrs:
                self.outside.append(tag)
            if tag == "svg":
                self.images += 1
                assert attrs.get("role") == "img"

    checker = Checker()
    checker.feed(page)
    assert checker.outside == []
    assert len(checker.ids) == len(set(checker.ids))
    figures = sorted(p.stem for p in (folder / "figures").glob("*.svg"))
    assert len(figures) == len(list((folder / "figures").glob("*.png")))
    narrow = page.count('class="drawing for-narrow"')
    assert 0 < narrow < len(figures)
    assert checker.images == page.count("<desc>") == len(figures) + narrow
    assert page.count("<h2>") == len(MAKERS) + 2  # all acts and cases, and the addresses for print
    assert len(page.encode()) < 1_500_000
    for name in figures:
        assert len(pd.read_csv(folder / "tables" / f"{name}.csv")) > 0


@pytest.mark.parametrize(("width", "theme"), [(1200, "light"), (390, "dark")])
def test_the_report_reads_well_on_a_desk_and_on_a_phone(chromium, report, width, theme):
    path = report[0] / "index.html"
    assert violations(chromium, path, width, theme) == ([], [])
    with shown(chromium, path, width, theme) as page:
        assert too_wide(page) <= 0
        assert page.faults == []
        assert page.asked == [path.resolve().as_uri()]


def test_all_acts_and_cases_are_on_the_page_and_in_files(report):
    folder, page = report
    given = inputs("2017Q2")
    for name, rows in (("acts", given.acts), ("cases", given.cases)):
        assert f">{len(rows):,} {name}</summary>" in page
        assert len(pd.read_csv(folder / "tables" / f"all_{name}.csv")) == len(rows)
    told = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    assert (told["quarter"], told["built"]) == ("2017Q2", "2017-07-14")
    assert (folder / "card.png").read_bytes().startswith(b"\x89PNG")


def test_the_same_inputs_give_the_same_bytes(report, tmp_path, monkeypatch):
    folder, _ = report
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1500000000")
    build("2017Q2", out=tmp_path)
    files = [p for p in folder.rglob("*") if p.is_file()]
    assert len(files) > 30
    for path in files:
        assert path.read_bytes() == (tmp_path / path.relative_to(folder)).read_bytes(), path.name


def test_the_executed_notebook_is_kept(report):
    folder, _ = report
    notebook = json.loads((folder / "quarterly.ipynb").read_text(encoding="utf-8"))
    outputs = [c["outputs"] for c in notebook["cells"] if c["cell_type"] == "code"]
    assert sum(bool(o) for o in outputs) == len(MAKERS)


def test_a_quarter_without_acts_says_so():
    acts = inputs("2017Q2").dated
    empty = next(str(p) for p in pd.period_range("1995Q1", "2020Q1", freq="Q") if str(p) not in set(acts["quarter"]))
    i = inputs(empty)
    assert f"No act of clemency in the records is dated to {empty}." in lead.the_quarter(i).text[0]
    assert "No act of clemency" in quarterly.new_acts(i).text[0]


def test_the_index_of_relations_leaves_out_releases_and_later_events():
    section = relations.after_events(inputs("2017Q2"))
    chart = section.parts[0]
    index = cl.relations("US", end="2017-06-30", types=sorted(_NOT_RELEASES))
    assert chart.name == "relations_index"
    pd.testing.assert_frame_equal(drawn(chart.axes).frame, index.frame)
    assert f"**{index.frame['index'].iloc[-1]:+.1f}**" in section.text[0]


_NOT_RELEASES = set(EVENT_TYPES) - {"prisoner_release_deal"}


def run(*args):
    return CliRunner().invoke(main, [str(a) for a in args])


def last_quarter():
    """The last quarter where a date of a case or an act may lie, read from the files; a year alone goes to its end."""
    tables = {n: pd.read_csv(data_folder() / f"{n}.csv", dtype=str) for n in ("cases", "acts")}
    ours = tables["cases"].query("political != 'no'")
    acts = tables["acts"][tables["acts"]["case_id"].isin(ours["case_id"])]
    granted = acts.loc[acts["act_type"].isin(GRANTED) & (acts["scope"] != "total"), "act_date"]
    dates = pd.concat([granted, *(ours[f"{c}_date"] for c in ("sentence", "status", "seen", "detention"))]).dropna()
    ends = dates.str.split("/").str[-1].str.extract(r"^(\d{4})(?:-(\d\d))?").dropna(subset=[0]).fillna("12")
    return f"{max(f'{year}Q{(int(month) + 2) // 3}' for year, month in ends.itertuples(index=False))}"


@pytest.mark.parametrize(
    ("quarter", "message"),
    [
        ("2017Q5", "Write it like 2017Q2"),
        ("summer", "not a quarter"),
        ("1911Q1", "The acts run from"),
        ("1949Q1", "The acts run from"),
        ("2099Q4", "the acts run"),
        ("2098Q1", "no case is dated later than {last}. Choose a quarter between"),
    ],
)
def test_impossible_quarters(quarter, message):
    result = run("report", quarter)
    assert result.exit_code == 2
    assert message.format(last=last_quarter()).lower() in result.output.lower().replace("\n", " ")
    assert "Traceback" not in result.output


def test_bad_data_stops_the_report_with_its_place(folder, spoil):
    spoil("acts", 4, "act_date", "2017-02-30")
    result = run("report", "2017Q2", "--data", folder)
    assert result.exit_code == 1
    assert "acts.csv:4" in result.output
    spoil("acts", 4, "act_date", "2017-02-28")
    (folder / "cases.csv").unlink()
    result = run("report", "2017Q2", "--data", folder)
    assert result.exit_code == 1
    assert "cases.csv" in result.output
    assert run("report", "2017Q2", "--data", "nowhere").exit_code == 2


def test_a_pdf_without_a_browser_is_explained(monkeypatch, tmp_path):
    monkeypatch.setattr("shutil.which", lambda _: None)
    with pytest.raises(cl.UsageError, match="Chromium"):
        build("2017Q2", out=tmp_path, pdf=True)


def test_what_is_missing_is_a_level_of_its_own():
    column = pd.Series(pd.Categorical(["a"] * 6 + ["b"] * 5 + ["c", "d", None], categories=list("abcd")))
    assert stated(column).value_counts()["not stated"] == 1


def test_groups_of_the_models_depend_on_cases_and_not_on_acts():
    level = pd.Series(["a"] * 12 + ["b"] * 9 + ["c"] * 12 + ["d"] * 3)
    case = pd.Series([f"c{k}" for k in range(len(level))])
    assert hazards._enough(level, case, "others").value_counts().to_dict() == {"a": 12, "c": 12, "others": 12}
    assert hazards._enough(level[:21], case[:21], "others").unique().tolist() == ["a", "b"]  # one small group stays
    spells = hazards.exposed_cohort(inputs("2017Q2")).spells
    other = spells.assign(event=spells["event"].sample(frac=1, random_state=1).to_numpy())
    for one, two in zip(hazards._levels(spells).values(), hazards._levels(other).values(), strict=True):
        assert one.cat.categories.tolist() == two.cat.categories.tolist()
        assert one.tolist() == two.tolist()


def test_cases_taken_in_for_their_acts_are_in_no_model():
    given = inputs("2017Q2")
    cases = given.cases.set_index("case_id")
    chosen = given.taken_for_acts
    assert len(chosen) > 100
    assert set(cases.loc[list(chosen), "source_ids"].astype(str)) == {
        str(v) for v in cl.load("register_cells")["source_ids"].unique()
    }
    followed = hazards.exposed_cohort(given)
    assert not chosen & set(followed.spells["case_id"])
    assert (followed.exclusions["reason"] == hazards.CHOSEN).sum() > 50
    assert chosen & set(given.cohort(clock="sentence").spells["case_id"])  # the descriptions keep them


def test_the_event_study_of_the_report_is_that_of_the_library():
    given = inputs("2017Q2")
    section = leadsandlags.before_and_after(given)
    us = given.events[(given.events["partner"] == "US") & given.events["event_type"].isin(hazards.TALKS)]
    fit = cl.event_study(
        given.cohort(clock="sentence"), us, outcome="medical_parole", leads=2, lags=4, end="2017-06-30"
    )
    chart, tests = section.parts
    ours = chart.frame[chart.frame["act"] == "medical_parole"].set_index("term")["estimate"]
    assert ours["lag 1"] == pytest.approx(fit.tidy(exponentiate=True).set_index("term").loc["lag 1", "estimate"])
    moved = fit.placebo().set_index("test")["p_value"]
    kept = tests.data[tests.data["act"] == "medical_parole"].set_index("test")["p_placebo"]
    assert kept.to_dict() == moved.to_dict()
    low, high = chart.axes.get_ylim()
    shown = chart.frame[chart.frame["term"].isin(fit.shown)]
    assert low < shown["ci_low"].min()
    assert high > shown["ci_high"].max()
    said = re.findall(r"(lead|lag) (\d) ([\d.]+) \(([\d.]+) to ([\d.]+)\)", chart.alt)
    assert [f"{k} {n}" for k, n, *_ in said] == ["lead 2", "lag 0", "lag 1", "lag 2", "lag 3", "lag 4"] * 2
    assert [float(low) < float(ratio) < float(high) for *_, ratio, low, high in said] == [True] * 12


def test_periods_and_counts_are_written_for_readers():
    assert period("1999-04/2024-03-06") == "April 1999 to 6 March 2024"
    assert period("2014") == "2014"
    assert [lists._count(v) for v in (1316, pd.NA)] == ["1,316", ""]
    row = pd.Series({"names_asked": 10, "names_asked_f": 3, "names_asked_m": 5})
    assert lists._sex_not_given(row) == "; of 2 others the source gives no sex"
    assert lists._sex_not_given(row.replace(10, 8)) == ""


def test_wide_tables_become_cards_on_a_phone():
    frames = [pd.DataFrame([range(n)], columns=[f"c{k}" for k in range(n)]) for n in (6, 7)]
    made = [Section("s", "S", parts=(TableView("t", "T", f),)).content()["parts"][0]["table"] for f in frames]
    assert [m.startswith('<table class="wide">') for m in made] == [False, True]


def test_ratios_left_after_holm_are_named():
    table = pd.DataFrame(
        {
            "act": ["sentence_reduction", "medical_parole"],
            "question": ["sex", "region"],
            "verdict": ["differs", "cannot tell"],
            "p_values": [(0.001, 0.6), (0.04,)],
            "levels": [("women", "not stated"), ("other regions",)],
        }
    )
    assert "only women (sentence reduction) remains apart from 1" in answers._differences(table)
    none = table.assign(p_values=[(0.03, 0.6), (0.04,)])
    assert answers._differences(none).endswith("none remains apart from 1.")


def test_a_section_that_raises_says_why_and_one_that_fails_fails():
    problem = Problem("acts.csv", 3, "months", "x", "not a number", "Write 8")

    def made(error):
        def make(_):
            raise error

        return or_reason("slug", "Title")(make)

    said = made(cl.DataError([problem]))(None)
    assert (said.slug, said.title, said.parts) == ("slug", "Title", ())
    assert said.text == ("These tables cannot bear this section: not a number. Write 8",)
    assert made(cl.UsageError("Too few."))(None).text == ("These tables cannot bear this section: Too few.",)
    with pytest.raises(ZeroDivisionError):
        made(ZeroDivisionError())(None)
