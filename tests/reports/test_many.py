"""Several reports at once: the quarters that a text names, kernels that are used again, bytes that stay the same."""

import json
import re
import sys

import nbformat
import pandas as pd
import pytest
from click.testing import CliRunner

import clemency as cl
from clemency.cli import main
from clemency.records.schema import TABLES
from clemency.reports import build, build_many, quarters_of

CELLS = """from clemency.reports.inputs import inputs
from clemency.reports.lead import section as lead
lead.the_quarter(inputs(quarter, data))"""


@pytest.fixture
def tables(tmp_path):
    """A folder with one case and acts of three quarters."""
    folder = tmp_path / "mine"
    folder.mkdir()
    case = {"case_id": "c", "person_id": "c", "name": "Person", "status": "unknown", "source_ids": "s"}
    case |= {"detention_date": "2010-01-05", "sentence_date": "2011", "sentence_type": "fixed", "sentence_months": "90"}
    days = ["2012-05-04", "2012-11-02", "2013-02-01"]
    acts = [
        {"act_id": d, "case_id": "c", "act_type": "sentence_reduction", "act_date": d, "scope": "single",
         "certainty": "stated", "source_ids": "s"}
        for d in days
    ]  # fmt: skip
    for name, rows in (("cases", [case]), ("acts", acts)):
        pd.DataFrame(rows).reindex(columns=[c.name for c in TABLES[name].stored]).to_csv(
            folder / f"{name}.csv", index=False
        )
    return folder


@pytest.fixture
def short(tmp_path, monkeypatch):
    """A notebook of one section in place of the report's, and a date of the build that stays."""
    parameters = nbformat.v4.new_code_cell("quarter = ''\ndata = None", metadata={"tags": ["parameters"]})
    notebook = nbformat.v4.new_notebook(cells=[parameters, nbformat.v4.new_code_cell(CELLS)])
    nbformat.write(notebook, tmp_path / "short.ipynb")
    monkeypatch.setattr(sys.modules[build.__module__], "notebook_path", lambda: tmp_path / "short.ipynb")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1500000000")


@pytest.mark.parametrize(
    ("text", "quarters"),
    [
        ("2012Q2", ["2012Q2"]),
        (" latest ", ["2013Q1"]),
        ("2012Q3..2013Q1", ["2012Q3", "2012Q4", "2013Q1"]),
        ("2012Q3 .. 2012Q3", ["2012Q3"]),
        ("all", ["2012Q2", "2012Q3", "2012Q4", "2013Q1"]),
    ],
)
def test_quarters_that_a_text_names(tables, text, quarters):
    assert quarters_of(text, tables) == quarters


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2013Q1..2012Q2", r"ends before it begins\. Write the earlier quarter first: 2012Q2\.\.2013Q1"),
        ("2013Q5", "is not a quarter"),
        ("2012Q2..", "'' is not a quarter"),
        ("newest", "is not a quarter"),
    ],
)
def test_other_texts_are_refused(tables, text, said):
    with pytest.raises(cl.UsageError, match=said):
        quarters_of(text, tables)


def test_without_a_dated_act_no_quarter_is_the_latest(tables):
    acts = pd.read_csv(tables / "acts.csv", dtype=str).assign(act_date=None)
    acts.to_csv(tables / "acts.csv", index=False)
    with pytest.raises(cl.UsageError, match="none is the latest"):
        quarters_of("latest", tables)


def test_reports_made_one_after_another_are_those_made_alone(tables, short, tmp_path):
    """Two kernels for three quarters: one of them runs two notebooks."""
    seen = []
    pages = build_many(
        ["2012Q2", "2012Q3", "2013Q1"], tables, tmp_path / "out", workers=2, progress=lambda n, text: seen.append(n)
    )
    assert [p.parent.name for p in pages] == ["2012Q2", "2012Q3", "2013Q1"]
    assert seen[-1] == 3
    assert seen == sorted(seen)
    assert "No act of clemency in the records is dated to 2012Q3." in pages[1].read_text(encoding="utf-8")
    listed = json.loads((tmp_path / "out" / "index.json").read_text(encoding="utf-8"))["reports"]
    assert [r["quarter"] for r in listed] == ["2013Q1", "2012Q3", "2012Q2"]
    assert 'href="../2012Q3/index.html" rel="next"' in pages[0].read_text(encoding="utf-8")
    for page in pages:
        alone = build(page.parent.name, tables, tmp_path / "alone" / page.parent.name)
        files = sorted(p.relative_to(page.parent) for p in page.parent.rglob("*") if p.is_file())
        assert len(files) > 4
        assert _without_links(page) == _without_links(alone)
        for file in files:
            if file.name in ("index.html", "files.json"):  # which hold the links to the quarters around, and the hash
                continue
            assert (page.parent / file).read_bytes() == (alone.parent / file).read_bytes(), file


def _without_links(page):
    return re.sub(r'<nav class="quarters".*?</nav>', "", page.read_text(encoding="utf-8"))


def test_an_index_of_others_is_refused_before_anything_runs(tables, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "index.html").write_text("mine")
    with pytest.raises(cl.UsageError, match=r"index\.html"):
        build_many(["2012Q2", "2012Q3"], tables, tmp_path / "out")
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["index.html"]


def test_a_quarter_that_cannot_be_built_ends_the_others(tables, short, tmp_path):
    with pytest.raises(cl.UsageError, match="There is nothing to report for 1999Q1"):
        build_many(["1999Q1", "2012Q2"], tables, tmp_path / "out", workers=1)
    assert not (tmp_path / "out" / "1999Q1").exists()


def test_a_folder_with_other_things_is_refused_before_anything_runs(tables, tmp_path):
    other = tmp_path / "out" / "2012Q3"
    other.mkdir(parents=True)
    (other / "mine.txt").write_text("mine")
    with pytest.raises(cl.UsageError, match="2012Q3"):
        build_many(["2012Q2", "2012Q3"], tables, tmp_path / "out")
    assert not (tmp_path / "out" / "2012Q2").exists()


def test_the_command_takes_a_range_and_prints_the_pages(tables, short, tmp_path):
    asked = ["report", "2012Q4..2013Q1", "--data", str(tables), "--out", str(tmp_path / "out"), "--workers", "1"]
    done = CliRunner().invoke(main, asked)
    assert done.exit_code == 0, done.output
    assert [line.split("/")[-2] for line in done.stdout.splitlines()] == ["2012Q4", "2013Q1"]
    wrong = CliRunner().invoke(main, ["report", "2013Q1..2012Q4", "--data", str(tables)])
    assert wrong.exit_code == 2
    assert "ends before it begins" in wrong.output
