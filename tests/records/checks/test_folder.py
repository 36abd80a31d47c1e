import json

import pandas as pd
import pytest
from click.testing import CliRunner
from frictionless import Package

import clemency as cl
from clemency.cli import main
from clemency.records.errors import DataError, Problem


def run(*args):
    return CliRunner().invoke(main, [str(a) for a in args])


def found(folder):
    return cl.check(folder)[["file", "row", "column"]].apply(tuple, axis=1).tolist()


def test_the_shipped_tables_are_in_order():
    problems = cl.check()
    assert problems.empty, problems.to_string()


def test_the_edition_is_intact_and_says_what_changed(folder, spoil):
    assert cl.edition().intact
    assert cl.edition(folder).sha256 == cl.edition().sha256
    spoil("events", 2, "label", "Another label")
    changed = cl.edition(folder)
    assert changed.changed == ("events.csv",)
    assert changed.sha256 != cl.edition().sha256
    assert "changed: events.csv" in str(changed)


def test_the_data_package_validates(folder):
    report = Package(str(folder / "datapackage.json"), basepath=str(folder)).validate()
    assert report.valid, report.flatten(["title", "message"])[:5]


def test_the_data_package_declares_the_schema(folder):
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    acts = next(r for r in package["resources"] if r["name"] == "acts")
    assert acts["schema"]["primaryKey"] == ["act_id"]
    assert {"fields": ["case_id"], "reference": {"resource": "cases", "fields": ["case_id"]}} in acts["schema"][
        "foreignKeys"
    ]


@pytest.mark.parametrize(
    "column", ["name", "name_zh", "region", "court_abbreviation", "grid_row", "grid_column", "source_ids"]
)
def test_a_province_needs_all_of_its_columns(folder, spoil, column):
    spoil("provinces", 3, column, "")
    assert found(folder) == [("provinces.csv", 3, column)]
    assert cl.check(folder)["message"].item() == "an empty value in a required column"


@pytest.mark.parametrize(
    ("table", "column", "value", "message"),
    [
        ("acts", "act_date", "2017-02-30", "2017-02-30"),
        ("acts", "act_type", "sentence_reducton", "Did you mean 'sentence_reduction'?"),
        ("acts", "months", "eight", "not a number"),
        ("acts", "months", "9999", "outside the range"),
        ("acts", "case_id", "nobody-2000", "no such row in cases.csv"),
        ("acts", "act_date", "1901", "before the custody"),
        ("acts", "source_ids", "", "empty value"),
        ("acts", "source_ids", "nothing-000000", "no such row in sources.csv"),
        ("cases", "province", "CN-ZZ", "no such row in provinces.csv"),
        ("cases", "detention_date", "2199", "earlier than detention_date"),
        ("lists", "names_asked", "2.5", "not a whole number"),
        ("lists", "cumulative", "yes", "neither true nor false"),
        ("events", "label", " blank", "blanks"),
    ],
)
def test_a_wrong_cell_is_named_with_its_remedy(folder, spoil, table, column, value, message):
    row = 2
    if (table, column, value) == ("acts", "act_date", "1901"):
        acts, cases = cl.load("acts"), cl.load("cases")
        dated = cases.loc[cases["detention_date"].notna(), "case_id"]
        row = int(acts.index[acts["case_id"].isin(dated)][0]) + 2
    if column == "detention_date":
        row = int(cl.load("cases").query("sentence_date.notna()").index[0]) + 2
    spoil(table, row, column, value)
    problems = cl.check(folder)
    text = problems["message"] + " " + problems["value"] + " " + problems["remedy"]
    hit = problems[
        problems["file"].eq(f"{table}.csv") & problems["row"].eq(row) & text.str.contains(message, regex=False)
    ]
    assert len(hit) >= 1, problems.to_string()
    assert hit["remedy"].iloc[0]
    result = run("data", "check", folder)
    assert result.exit_code == 1
    assert f"{table}.csv:{row}" in result.output.replace("\n", "")


def test_all_problems_are_reported_at_once(folder, spoil):
    spoil("acts", 2, "act_date", "2017-02-30")
    spoil("acts", 5, "months", "eight")
    spoil("events", 3, "partner", "XX")
    assert found(folder) == [("acts.csv", 2, "act_date"), ("acts.csv", 5, "months"), ("events.csv", 3, "partner")]


def test_row_numbers_stay_whole_beside_a_problem_of_a_whole_file(folder, spoil):
    (folder / "lists.csv").unlink()
    spoil("acts", 12, "months", "eight")
    spoil("events", 3, "partner", "XX")
    problems = cl.check(folder)
    rows = dict(zip(problems["file"], problems["row"], strict=True))
    assert rows == {"acts.csv": 12, "lists.csv": pd.NA, "events.csv": 3}
    assert str(problems["row"].dtype) == "Int64"
    shown = run("data", "check", folder).output
    assert "12" in shown
    assert "12.0" not in shown  # as a float a row would no longer be that of an editor


def test_a_problem_says_where_it_is_or_of_which_file_it_is():
    row = Problem("acts.csv", 12, "months", "eight", "not a number", "Write 8.")
    assert str(row) == "acts.csv, row 12, months, 'eight': not a number. Write 8."
    assert str(Problem("acts.csv", 0, "", "", "it is wrong", "Mend it.")) == "acts.csv, row 0: it is wrong. Mend it."
    whole = Problem("acts.csv", None, "", "", "the file is empty", "Fill it.")
    assert str(whole) == "acts.csv: the file is empty. Fill it."
    column = Problem("events", None, "date", "", "no such column", "Name it.")
    assert str(DataError([whole, column, row])) == "\n".join(map(str, (whole, column, row)))
    assert str(DataError([row] * 5)) == "\n".join([str(row)] * 5)
    many = DataError([whole] * 7)
    assert str(many).split("\n")[4:] == [str(whole), "... and 2 more in .problems"]
    assert many.problems == (whole,) * 7


def test_a_duplicated_key_names_both_rows(folder, spoil):
    first = cl.load("acts")["act_id"].iloc[0]
    spoil("acts", 3, "act_id", first)
    problems = cl.check(folder)
    assert problems[["row", "column"]].to_numpy().tolist() == [[3, "act_id"]]
    assert "row 2" in problems["message"].iloc[0]


def test_a_missing_file_and_a_wrong_column(folder):
    (folder / "lists.csv").unlink()
    path = folder / "events.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("partner", "partners", 1), encoding="utf-8")
    problems = cl.check(folder)
    assert "missing" in problems.loc[problems["file"] == "lists.csv", "message"].iloc[0]
    assert "Rename 'partners' to 'partner'." in problems.loc[problems["column"] == "partner", "remedy"].tolist()
    with pytest.raises(cl.DataError, match="missing"):
        cl.load("lists", folder)


def test_other_encodings(folder):
    path = folder / "cases.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(text, encoding="utf-8-sig")
    assert len(cl.check(folder)) == 0
    path.write_text(text, encoding="gb18030")
    problems = cl.check(folder)
    assert "GB 18030" in problems["message"].iloc[0]
    assert "UTF-8" in problems["remedy"].iloc[0]


def test_an_empty_table_and_an_empty_file(folder):
    path = folder / "lists.csv"
    header = path.read_text(encoding="utf-8").split("\n")[0]
    path.write_text(header + "\n", encoding="utf-8")
    (folder / "rules.csv").write_text("", encoding="utf-8")
    messages = cl.check(folder).set_index("file")["message"]
    assert messages["lists.csv"] == "the table has no rows"
    assert messages["rules.csv"] == "the file is empty"
    assert len(cl.load("lists", folder)) == 0


def test_a_row_with_too_many_fields(folder):
    path = folder / "events.csv"
    lines = path.read_text(encoding="utf-8").split("\n")
    lines[1] += ",one,two"
    path.write_text("\n".join(lines), encoding="utf-8")
    assert "fields where the header has" in cl.check(folder)["message"].iloc[0]


def test_the_command_line():
    assert run("data", "check").output.strip() == "All tables are in order."
    assert "edition" in run("data", "edition").output
    assert "case_id" in run("data", "describe", "cases").output
    wrong = run("data", "describe", "case")
    assert wrong.exit_code == 2
    assert "There is no table 'case'" in wrong.output
    assert "Traceback" not in wrong.output
    missing = run("data", "check", "nowhere")
    assert missing.exit_code == 2
