"""The three forms of an export as files: what stands where, and what cannot be taken."""

import sys
from pathlib import Path

import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "records" / "files"))
from books import book, cells

import clemency as cl

HEADER = ["CECC record number", "detention status", "main name", "current last sentence or time served years", "sex"]
HEADER.append("legal process")
ROWS = [[f"2004-{i:05d}", "DET", f"Test Person {i}", 5 + i, "M", "chg/tri/sent"] for i in range(1, 6)]


def read(path, **keywords):
    return cl.read_cecc(path, as_of="2020-07-23", **keywords)


def account(export, field):
    return export.account.set_index("field").loc[field]


@pytest.mark.parametrize("dimension", ["A1:B2", "A1", "A1:XFD1048576", ""])
def test_no_record_is_lost_to_a_wrong_dimension(tmp_path, dimension):
    export = read(book(tmp_path / "a.xlsx", cells(HEADER, *ROWS, dimension=dimension)))
    assert export.cases["sentence_months"].tolist() == [72, 84, 96, 108, 120]


def test_formulas_without_values_errors_and_merged_cells_are_told(tmp_path):
    rows = [list(r) for r in ROWS]
    rows[0][3] = "<c><f>72/12</f></c>"
    rows[1][3] = '<c t="e"><v>#N/A</v></c>'
    rows[3][3] = None
    merged = '<mergeCells><mergeCell ref="D4:D5"/></mergeCells>'
    export = read(book(tmp_path / "a.xlsx", cells(HEADER, *rows) + merged))
    assert export.cases["sentence_months"].fillna(-1).tolist() == [-1, -1, 96, -1, 120]
    told = account(export, "term_years")
    assert told[["parsed", "empty", "could_not_be_read"]].tolist() == [2, 0, 3]
    unread = export.unread[["record", "value", "reason"]].to_numpy().tolist()
    assert [r[:2] for r in unread] == [["2004-00001", "=72/12"], ["2004-00002", "#N/A"], ["2004-00004", ""]]
    assert "formula without its value" in unread[0][2]
    assert "#N/A" in unread[1][2]
    assert "merged with D4" in unread[2][2]


def test_a_formula_in_a_column_of_text_is_no_name(tmp_path):
    rows = [list(r) for r in ROWS]
    rows[2][2] = "<c><f>A1&amp;B1</f></c>"
    export = read(book(tmp_path / "a.xlsx", cells(HEADER, *rows)))
    assert "=A1&B1" not in export.cases["name"].fillna("").tolist()
    assert export.unread[["field", "value"]].to_numpy().tolist() == [["main_name", "=A1&B1"]]


def test_a_record_number_in_a_merged_cell_is_refused_with_its_row(tmp_path):
    rows = [list(r) for r in ROWS]
    rows[2][0] = None
    merged = '<mergeCells><mergeCell ref="A3:A4"/></mergeCells>'
    with pytest.raises(cl.DataError, match=r"row 4, .*no record number: the cell is merged with A3"):
        read(book(tmp_path / "a.xlsx", cells(HEADER, *rows) + merged))


def test_rows_are_those_of_the_sheet(tmp_path):
    rows = [ROWS[0], [None], [None], ROWS[1], ["", "DET", "Test"]]
    with pytest.raises(cl.DataError, match=r"row 6, .*no record number"):
        read(book(tmp_path / "a.xlsx", cells(HEADER, *rows)))


def test_blank_rows_and_a_header_further_down(tmp_path):
    export = read(book(tmp_path / "a.xlsx", cells([None], [None], HEADER, ROWS[0], [None], ROWS[1])))
    assert export.cases["record"].tolist() == ["2004-00001", "2004-00002"]
    assert "1 blank rows were passed over" in export.account["note"][0]


def test_the_one_sheet_with_records_is_read_and_the_others_named(tmp_path):
    made = book(tmp_path / "a.xlsx", cells(["Notes"]), cells(HEADER, *ROWS), cells(["x"]), states=("", "", "hidden"))
    export = read(made)
    assert len(export.cases) == 5
    assert "sheet 'Sheet2' of a workbook; not read: sheet 'Sheet1', 'Sheet3' (hidden)" in export.account["note"][0]


@pytest.mark.parametrize(
    ("sheets", "states", "message"),
    [
        ((ROWS[:2], ROWS[2:]), ("", ""), "sheets 'Sheet1', 'Sheet2' all have a record number"),
        ((None, ROWS), ("", "hidden"), "sheet 'Sheet2' is hidden"),
        ((None, None), ("", "hidden"), "none of its sheets \\('Sheet1', 'Sheet2'\\)"),
        ((None,), ("",), "none of its columns"),
    ],
)
def test_which_sheet_is_meant_is_never_guessed(tmp_path, sheets, states, message):
    made = [cells(["Notes"], [1]) if rows is None else cells(HEADER, *rows) for rows in sheets]
    with pytest.raises(cl.DataError, match=message):
        read(book(tmp_path / "a.xlsx", *made, states=states))


def test_headers_without_a_name_and_doubled_ones(tmp_path):
    rows = [[*r, "more", "x"] for r in ROWS]
    export = read(book(tmp_path / "a.xlsx", cells([*HEADER, None, "x"], *rows)))
    assert export.account["column"].tolist()[-2:] == ["(column G)", "x"]
    with pytest.raises(cl.DataError, match="row 1, sex: both 'sex' and 'Sex'"):
        read(book(tmp_path / "a.xlsx", cells([*HEADER, "Sex"], *[[*r, "F"] for r in ROWS])))


def test_a_month_shown_is_a_month_read(tmp_path):
    from test_workbooks import styles

    header = ["CECC record number", "date of detention"]
    rows = cells(header, ["2004-00001", '<c s="1"><v>36022</v></c>'], ["2004-00002", '<c s="2"><v>36022</v></c>'])
    export = read(book(tmp_path / "a.xlsx", rows, styles=styles(0, "mmm-yy", 14)))
    assert export.cases["detention_date"].tolist() == ["1998-08", "1998-08-15"]


def test_a_hostile_workbook_is_refused(tmp_path):
    data = "<sheetData>" + "<row/>" * 200_001 + "</sheetData>"
    with pytest.raises(cl.DataError, match="more than 200,000 rows"):
        read(book(tmp_path / "a.xlsx", data))


def test_lines_of_a_text_are_those_an_editor_shows(tmp_path):
    path = tmp_path / "a.csv"
    lines = [
        "",
        "CECC record number,main name,summary",
        '2004-00001,Test,"one',
        "",
        'three"',
        ",,",
        "",
        ",Test,no number",
        "2004-00001,Test,again",
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(cl.DataError) as caught:
        read(path)
    assert [(p.row, p.message) for p in caught.value.problems] == [
        (8, "the row has no record number"),
        (9, "the record occurs already in row 3"),
    ]
    path.write_text("\n".join([*lines[:7], "2004-00002,Test"]), encoding="utf-8")
    with pytest.raises(cl.DataError, match="row 8: 2 fields where the header has 3"):
        read(path)
    path.write_text("\n".join([*lines[:7], '2004-00002,"Test']), encoding="utf-8")
    with pytest.raises(cl.DataError, match="row 8: not a readable CSV"):
        read(path)
    path.write_text("\n".join([*lines[:7], "first,Test,"]), encoding="utf-8")
    assert read(path).cases["case_id"].tolist() == ["cecc-2004-00001", "cecc-row-8"]


def test_other_texts(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("CECC record number,main name\n2004-00001,Test\n", encoding="utf-16")
    with pytest.raises(cl.DataError, match="UTF-16"):
        read(path)
    long = "x" * 200_000
    path.write_text(f"CECC record number,summary\n2004-00001,{long}\n", encoding="utf-8")
    assert read(path).raw["summary"][0] == long


def test_rows_of_an_r_frame_are_numbered_as_r_does(tmp_path):
    pyreadr = pytest.importorskip("pyreadr")
    frame = pd.DataFrame({"CECC.record.number": ["2004-00001", "2004-00001"], "main.name": ["Test", "Test"]})
    pyreadr.write_rdata(str(tmp_path / "a.RData"), frame, df_name="cecc")
    with pytest.raises(cl.DataError, match=r"row 2, .*occurs already in row 1"):
        read(tmp_path / "a.RData")


def test_a_file_that_the_system_keeps_back_is_named(tmp_path, monkeypatch):
    def locked(self, *_, **__):
        raise PermissionError(13, "Permission denied", str(self))

    for name in ("a.csv", "a.RData", "a.xlsx"):
        path = book(tmp_path / name, cells(HEADER, *ROWS))
        with monkeypatch.context() as m:
            m.setattr(Path, "open", locked)
            m.setattr(Path, "read_bytes", locked)
            with pytest.raises(cl.DataError, match=f"{name}: it cannot be read: Permission denied"):
                read(path)


def test_an_absent_reader_of_r_files_names_the_extra(tmp_path, monkeypatch):
    (tmp_path / "a.RData").write_bytes(b"x")
    monkeypatch.setitem(sys.modules, "pyreadr", None)
    with pytest.raises(cl.UsageError, match=r"needs pyreadr: pip install 'clemency\[sources\]', or save it as CSV"):
        read(tmp_path / "a.RData")
