"""A folder as somebody has it: other names of files, headers and words, remarks in tables, each with a way out."""

import csv

import pytest

import clemency as cl
from clemency.records.schema import ACTS, CASES, STATUSES
from clemency.records.values.words import meant

HEADER = [c.name for c in ACTS.stored]


def written(folder, name, rows):
    with (folder / name).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)


def found(folder, file):
    problems = cl.check(folder)
    return problems[problems["file"] == file]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (["prisoners.csv"], "The folder has prisoners.csv: if one of them holds the cases, save it as cases.csv"),
        (["prisoners.csv", "List 2024.xlsx"], "The folder has List 2024.xlsx and prisoners.csv:"),
        (["a.tsv", "b.ods", "c.csv"], "The folder has a.tsv, b.ods and c.csv:"),
        ([f"{k}.csv" for k in "abcdefg"], "The folder has a.csv, b.csv, c.csv, d.csv and 3 more:"),
        (["events.csv", ".hidden.csv", "~$list.xlsx", "photo.jpg"], "Put cases.csv into"),
        (["Cases.csv"], "Rename Cases.csv to cases.csv"),
    ],
)
def test_a_missing_table_is_looked_for_among_the_files_that_are_there(tmp_path, files, said):
    for name in files:
        (tmp_path / name).write_text("x\n", encoding="utf-8")
    written(tmp_path, "acts.csv", [HEADER])
    with pytest.raises(cl.DataError, match=r"cases\.csv: the file is missing") as caught:
        cl.load("cases", tmp_path)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("header", "column"),
    [
        ("Released on", "status_date"),
        ("Release date", "status_date"),
        ("date_of_release", "status_date"),
        ("释放日期", "status_date"),
        ("Date of death", "status_date"),
        ("Last seen", "seen_date"),
        ("Last updated", "seen_date"),
        ("Detained on", "detention_date"),
        ("Sentenced on", "sentence_date"),
        ("Legal status", "status"),
        ("Held at", "prison"),
    ],
)
def test_a_header_that_is_likely_to_be_a_column_is_offered_as_one(tmp_path, header, column):
    names = [header if c.name == column else c.name for c in CASES.stored]
    written(tmp_path, "cases.csv", [names])
    written(tmp_path, "acts.csv", [HEADER])
    told = found(tmp_path, "cases.csv")
    told = told[told["column"].isin([column, header])]
    assert told["column"].tolist() == [column]
    assert told["remedy"].item().startswith(f"Rename '{header}' to '{column}'")


def test_a_day_of_release_is_a_status_date_only_if_the_release_is_the_status(tmp_path):
    written(tmp_path, "cases.csv", [["Released on" if c.name == "status_date" else c.name for c in CASES.stored]])
    written(tmp_path, "acts.csv", [HEADER])
    told = found(tmp_path, "cases.csv").set_index("column")["remedy"]["status_date"]
    assert told == (
        "Rename 'Released on' to 'status_date' if it is the day on which the last status began, such as that of the "
        "release."
    )


@pytest.mark.parametrize("date", ["Arrest date", "Trial date", "Appeal date"])
def test_other_dates_are_offered_as_no_column(tmp_path, date):
    written(tmp_path, "cases.csv", [[date if c.name == "status_date" else c.name for c in CASES.stored]])
    written(tmp_path, "acts.csv", [HEADER])
    told = found(tmp_path, "cases.csv").set_index("column")["remedy"]
    assert told["status_date"] == "Add the column; leave what is not known empty."


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ("still in prison", "serving"),
        ("Still imprisoned", "serving"),
        ("currently serving", "serving"),
        ("is still detained", "serving"),
        ("remains in custody", "serving"),
        ("仍在狱中", "serving"),
        ("目前在押", "serving"),
        ("仍在服刑", "serving"),
        ("now released", "released"),
        ("still on medical parole", "medical_parole"),
    ],
)
def test_a_status_that_is_said_to_hold_still_is_the_same_status(said, word):
    assert meant(said, "status", STATUSES) == (word, [])


@pytest.mark.parametrize("said", ["still", "was in prison", "not in prison", "no longer serving"])
def test_what_may_be_over_is_not_offered_as_certain(said):
    assert meant(said, "status", STATUSES)[0] == ""


ROW = ["a1", "li-1", "parole", "2014-05-01", "act", "", "", "", "", "single", "stated", "doc"]


def act(**changed):
    return [{**dict.fromkeys(HEADER, ""), **dict(zip(HEADER, ROW, strict=False)), **changed}[c] for c in HEADER]


@pytest.mark.parametrize(
    "above",
    [[["# exported from our database"]], [["# from, to", " 2014"], ["# again"]], [["#", *[""] * (len(HEADER) - 1)]]],
)
def test_comments_above_the_header_are_refused_once(tmp_path, above):
    written(tmp_path, "cases.csv", [[c.name for c in CASES.stored]])
    written(tmp_path, "acts.csv", [*above, HEADER, act()])
    told = found(tmp_path, "acts.csv")
    assert told[["row", "message"]].to_numpy().tolist() == [[1, "a comment, which a CSV file cannot have"]]
    assert told["remedy"].item().startswith("Take out the lines that begin with #")
    with pytest.raises(cl.DataError, match=r"acts\.csv, row 1, .*a comment"):
        cl.load("acts", tmp_path)


def test_a_header_that_begins_with_a_number_sign_is_told_from_a_comment(tmp_path):
    written(tmp_path, "cases.csv", [[c.name for c in CASES.stored]])
    written(tmp_path, "acts.csv", [[f"#{HEADER[0]}", *HEADER[1:]], act()])
    told = found(tmp_path, "acts.csv")
    assert told["remedy"].tolist() == ["Take the # out: the header begins with 'act_id'."]


@pytest.mark.parametrize("remark", [["# not sure of this one"], ["# a, b", " c"], ["#", *[""] * (len(HEADER) - 1)]])
def test_comments_among_the_acts_are_no_acts(tmp_path, remark):
    written(tmp_path, "cases.csv", [[c.name for c in CASES.stored]])
    written(tmp_path, "acts.csv", [HEADER, remark, act()])
    told = found(tmp_path, "acts.csv")
    mine = told[told["row"] == 2]
    assert mine[["message", "remedy"]].to_numpy().tolist() == [
        ["a comment, which a CSV file cannot have", "Take it out, or write it into a column such as note."]
    ]


def test_a_key_may_begin_with_a_number_sign(tmp_path):
    written(tmp_path, "cases.csv", [[c.name for c in CASES.stored]])
    written(tmp_path, "acts.csv", [HEADER, act(act_id="#12")])
    assert not found(tmp_path, "acts.csv")["message"].str.contains("comment").any()
