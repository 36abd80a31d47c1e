import csv
import io

import pandas as pd
import pytest

import clemency as cl
from clemency.records.presentation.spreadsheets import safe_csv
from clemency.records.printable import printable, unseen


def back(text):
    return list(csv.reader(io.StringIO(text)))


@pytest.mark.parametrize(
    "cell",
    ["=1+1", "+1+1", "-1+cmd|' /C calc'!A0", "@SUM(A1)", "\t=1", "\n=1", " =1+1", "\ufeff=1", "＝1+1", "-", "--5"],
)
@pytest.mark.parametrize("dtype", ["object", "string", "category"])
def test_text_that_a_spreadsheet_would_compute_is_marked_as_text(cell, dtype):
    assert back(safe_csv(pd.DataFrame({"a": pd.Series([cell, "x"], dtype=dtype)})))[1] == ["'" + cell]


@pytest.mark.parametrize("cell", ["-0.5", "+3", "-1e-05", "2.1 (1.3 to 3.3)", "a=b", "−5", "'=1", "", "Li, Wei", 'a"b'])
def test_other_text_stays_as_it_is(cell):
    assert back(safe_csv(pd.DataFrame({"a": ["first", cell], "b": [1, 2]})))[2] == [cell, "2"]


@pytest.mark.parametrize("cell", ["x\r=1+1", "x\r\n=1+1"])
def test_a_line_break_in_a_cell_begins_no_row(cell):
    assert back(safe_csv(pd.DataFrame({"a": [cell, "y"]}))) == [["a"], ["x\n=1+1"], ["y"]]
    assert back(safe_csv(pd.DataFrame({"a": ["\r=1"]})))[1] == ["'\n=1"]


def test_numbers_days_and_missing_values_are_written_as_pandas_writes_them():
    frame = pd.DataFrame(
        {
            "x": [-1.5, None],
            "n": pd.array([-2, None], dtype="Int64"),
            "day": pd.to_datetime(["1989-06-04", None]),
            "yes": [True, False],
            "t": pd.array(["a", None], dtype="string"),
        }
    )
    assert safe_csv(frame) == "x,n,day,yes,t\n-1.5,-2,1989-06-04,True,a\n,,,False,\n"


def test_headers_are_cells_too_and_may_occur_twice():
    frame = pd.DataFrame([["=2", 1]], columns=["=a", "=a"])
    assert back(safe_csv(frame)) == [["'=a", "'=a"], ["'=2", "1"]]


def test_a_file_is_written_in_utf_8_and_a_wrong_place_is_refused(tmp_path):
    frame = pd.DataFrame({"name": ["王炳章", "=HYPERLINK(1)"]})
    assert safe_csv(frame, tmp_path / "out.csv") == "name\n王炳章\n'=HYPERLINK(1)\n"
    assert (tmp_path / "out.csv").read_bytes().decode("utf-8") == "name\n王炳章\n'=HYPERLINK(1)\n"
    with pytest.raises(cl.UsageError, match="cannot be written"):
        safe_csv(frame, tmp_path / "nowhere" / "out.csv")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J\x1b]0;title\x07", "\\x1b[2J\\x1b]0;title\\x07"),
        ("\x9b31m", "\\x9b31m"),
        ("Li\u202eWei\u2066", "Li<U+202E>Wei<U+2066>"),
        ("a\nb\tc\rd", "a\\nb\\tc\\rd"),
        ("\x00\x7f\u200b\ufeff\u2028", "\\x00\\x7f<U+200B><U+FEFF><U+2028>"),
        ("\ud800", "<U+D800>"),
        ("\U000e0041", "<U+E0041>"),
        ("王炳章 ئىلھام توختى བཀྲ་ཤིས می\u200cخواهم", "王炳章 ئىلھام توختى བཀྲ་ཤིས می\u200cخواهم"),
    ],
)
def test_what_steers_a_terminal_is_spelled_out(text, shown):
    assert printable(text) == shown


def test_lines_may_stay():
    assert printable("a\n\tb\x1b", lines=True) == "a\n\tb\\x1b"


def test_what_no_text_needs_is_named_once():
    assert unseen("a\x1bb\x1b\u202e") == "\\x1b, <U+202E>"
    assert unseen("two\nlines\tand می\u200cخواهم 王") == ""
