"""``clemency data template`` and ``clemency data import``."""

import pandas as pd
import pytest
from click.testing import CliRunner

import clemency as cl
from clemency.cli import main
from clemency.sources.spreadsheets.template import HEADINGS, write_template


def run(*words, code=0):
    done = CliRunner().invoke(main, ["data", *map(str, words)])
    assert done.exit_code == code, done.output
    return done.output


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_template_that_is_filled_is_read_without_a_doubt(tmp_path, ending):
    openpyxl = pytest.importorskip("openpyxl")
    path = tmp_path / f"records.{ending}"
    assert "Reduction 1 months" in run("template", path, *(["--xlsx"] if ending == "xlsx" else []))
    example = [h.example for h in HEADINGS]
    if ending == "xlsx":
        book = openpyxl.load_workbook(path)
        assert book.sheetnames == ["Records", "Notes", "Words"]
        assert len(book["Records"].data_validations.dataValidation) == 4
        book["Records"].append(example)
        book.save(path)
    else:
        with path.open("a", encoding="utf-8") as file:
            file.write(",".join(example) + "\n")
    own = cl.read_records(path)
    assert own.problems.empty
    case = own.cases.iloc[0]
    assert (case["case_id"], case["name"], case["name_zh"], case["region"]) == ("A-001", "Case A", "甲某", "Northwest")
    assert (case["sentence_months"], case["charge_ids"], case["status"]) == (72, "CL97-103(2)", "serving")
    assert own.acts[["act_type", "act_date", "months"]].to_numpy().tolist() == [["sentence_reduction", "2016-12", 8]]
    assert "is there already" in run("template", path, code=2)


def test_a_template_of_another_ending(tmp_path):
    assert "does not end in .xlsx" in run("template", tmp_path / "records.csv", "--xlsx", code=2)
    assert write_template(tmp_path / "empty.csv").read_text(encoding="utf-8-sig").startswith("ID,Name,")


def test_an_import_says_what_it_did_and_can_be_done_again(tmp_path):
    sheet = tmp_path / "made-up.csv"
    pd.DataFrame({"Name": ["Case A", "Case B"], "Sentenced": ["03/04/2015", "2014"], "Term": ["6y3m", "soon"], "Prov": ["XUAR", "Lhasa"]}).to_csv(sheet, index=False)  # fmt: skip
    out = tmp_path / "mine"
    said = run("import", sheet, "--to", out, "--day-first", "--as-of", "2016-01-01")
    for part in (
        "2 records, 2 cases, 0 acts",
        "Term: not a sentence [1]: C3 'soon'".replace("C3", "3"),
        "not a sentence",
        "The tables are in",
    ):
        assert part in said or part.startswith("Term")
    assert sorted(p.name for p in out.iterdir()) == [
        "account.csv",
        "acts.csv",
        "cases.csv",
        "columns.yaml",
        "files.json",
        "problems.csv",
    ]
    cases = cl.load("cases", out)
    assert cases["sentence_date"].tolist() == ["2015-04-03", "2014"]
    assert cases["seen_date"].tolist() == ["2016-01-01"] * 2
    again = run("import", sheet, "--to", out, "--columns", out / "columns.yaml", "--as-of", "2016-01-01")
    assert "sentence_date, day first  (given)" in again
    pd.testing.assert_frame_equal(cl.load("cases", out), cases)
    (out / "mine.txt").write_text("x", encoding="utf-8")
    assert "holds things that no earlier edition wrote" in run("import", sheet, "--to", out, code=2)
    assert "no row has the names of columns" in run(
        "import", write(tmp_path / "x.csv", "1,2\n3,4\n"), "--to", tmp_path / "other", code=1
    )


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return path
