"""Files that are locked, merged, headed twice, hidden, totalled, in GBK, empty or large: each is read, or named."""

import pandas as pd
import pytest
import xlsxwriter

import clemency as cl
from clemency.records.errors import DataError, UsageError

ROWS = [
    ["Name", "Sentenced", "Term", "Prov"],
    ["Case A", "2014-10-03", "6 years", "Sichuan"],
    ["Case B", "2015-01", "life", "XUAR"],
]


def csv_of(path, rows=ROWS, encoding="utf-8", separator=","):
    path.write_bytes("\n".join(separator.join(r) for r in rows).encode(encoding))
    return path


def workbook(path, write, rows=ROWS):
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("Mine")
        for i, row in enumerate(rows):
            sheet.write_row(i, 0, row)
        write(book, sheet)
    return path


def names(own):
    return own.cases["name"].tolist()


@pytest.mark.parametrize(
    ("encoding", "separator"), [("utf-8-sig", ","), ("utf-8", ";"), ("utf-8", "\t"), ("gb18030", ",")]
)
def test_texts_in_the_usual_encodings(tmp_path, encoding, separator):
    rows = [[*ROWS[0][:1], "姓名", *ROWS[0][1:]], ["Case A", "甲某", *ROWS[1][1:]]]
    own = cl.read_records(csv_of(tmp_path / "made-up.csv", rows, encoding, separator))
    assert own.cases[["name", "name_zh", "region"]].to_numpy().tolist() == [["Case A", "甲某", "Southwest"]]
    assert own.cases["source_ids"].tolist() == ["own-made-up"]


def test_a_workbook_with_a_password(tmp_path):
    path = tmp_path / "locked.xlsx"  # begins as such files do, and has the stream that holds what is encrypted
    path.write_bytes(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 64
    )
    with pytest.raises(DataError, match="protected by a password"):
        cl.read_records(path)


def test_files_that_cannot_be_read(tmp_path):
    for name, data, said in (
        ("a.csv", b"", "the file is empty"),
        ("b.csv", "Name,Term".encode("utf-16"), "UTF-16"),
        ("c.csv", b"Name,Sentenced,Term\n", "no record below the header"),
        ("d.csv", b"1,2,3\n4,5,6\n", "no row has the names of columns"),
        ("e.xlsx", b"PK\x03\x04 broken", "not a readable XLSX file"),
        ("f.ods", b"broken", "not a readable workbook"),
        ("g.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "a workbook of before 2007 under another name"),
    ):
        path = tmp_path / name
        path.write_bytes(data)
        with pytest.raises(DataError, match=said):
            cl.read_records(path)
    for source, said in (
        (tmp_path / "nowhere.csv", "There is no file"),
        (tmp_path, "There is no file"),
        (3, "takes a path or a frame"),
        ("", "names no file"),
    ):
        with pytest.raises(UsageError, match=said):
            cl.read_records(source)
    (tmp_path / "h.doc").write_bytes(b"x")
    with pytest.raises(UsageError, match=r"ends in '\.doc'"):
        cl.read_records(tmp_path / "h.doc")


def test_merged_cells_are_not_read_and_say_what_they_may_mean(tmp_path):
    def merge(book, sheet):
        sheet.merge_range(1, 3, 2, 3, "Sichuan")

    own = cl.read_records(workbook(tmp_path / "merged.xlsx", merge, [*ROWS[:2], ROWS[2][:3]]))
    assert own.cases["province"].astype(object).where(own.cases["province"].notna(), "").tolist() == ["CN-SC", ""]
    row = own.problems.query("severity == 'error'").iloc[0]
    assert (row["cell"], row["alternatives"]) == ("D3", "Sichuan")
    assert row["problem"].startswith("the cell is merged with D2")


def test_hidden_columns_and_rows_are_read_and_told(tmp_path):
    def hide(book, sheet):
        sheet.set_column(3, 3, 8, None, {"hidden": True})
        sheet.set_row(2, None, None, {"hidden": True})

    own = cl.read_records(workbook(tmp_path / "hidden.xlsx", hide))
    assert own.cases["region"].tolist() == ["Southwest", "Northwest"]
    told = own.problems.query("severity == 'note'")["problem"].tolist()
    assert "the column is hidden in the workbook; it is read" in told
    assert "1 rows are hidden or filtered out; they are read: 3" in told


def test_days_of_a_spreadsheet_and_what_it_could_not_compute(tmp_path):
    def write(book, sheet):
        sheet.write(1, 1, 41915, book.add_format({"num_format": "dd/mm/yyyy"}))
        sheet.write(2, 1, 41913, book.add_format({"num_format": "mmm yyyy"}))
        sheet.write(2, 2, "#N/A")

    own = cl.read_records(workbook(tmp_path / "days.xlsx", write))
    assert own.cases["sentence_date"].tolist() == ["2014-10-03", "2014-10"]


def test_several_sheets_need_a_name(tmp_path):
    def twice(book, sheet):
        other = book.add_worksheet("Other")
        for i, row in enumerate(ROWS[:2]):
            other.write_row(i, 0, row)

    path = workbook(tmp_path / "two.xlsx", twice)
    with pytest.raises(DataError, match="several sheets have names of columns: 'Mine', 'Other'"):
        cl.read_records(path)
    assert names(cl.read_records(path, sheet="Other")) == ["Case A"]
    with pytest.raises(UsageError, match="has no sheet 'Third'"):
        cl.read_records(path, sheet="Third")
    with pytest.raises(UsageError, match="has no sheets"):
        cl.read_records(csv_of(tmp_path / "a.csv"), sheet="Mine")


def test_titles_totals_remarks_and_headers_that_come_again_are_no_records(tmp_path):
    rows = [["Made-up list", "", "", ""], *ROWS, ROWS[0], ["Total", "", "2", ""], ["* drawn by a script", "", "", ""]]
    own = cl.read_records(csv_of(tmp_path / "made-up.csv", rows))
    assert names(own) == ["Case A", "Case B"]
    assert own.cases["case_id"].tolist() == ["row-3", "row-4"]  # as an editor counts
    told = own.problems.query("cells == 0")[["row", "problem"]].dropna().to_numpy().tolist()
    assert told[:4] == [
        [1, "a line above the header, not read"],
        [5, "the header again, not a record"],
        [6, "a total, not a record"],
        [7, "a remark, not a record"],
    ]


def test_mixed_calendars_are_read_or_named():
    sheet = pd.DataFrame(
        {"Name": list("ABCD"), "Sentenced": ["2014-10-03", "民国103年10月3日", "农历八月初三", "2557-10-03"]}
    )
    own = cl.read_records(sheet)
    assert own.cases["sentence_date"].fillna("").tolist() == ["2014-10-03", "2014-10-03", "", ""]
    assert own.problems.query("severity == 'error'")["problem"].tolist() == [
        "a day of the lunar calendar",
        "not a date",
    ]


def test_other_kinds_of_files(tmp_path):
    pytest.importorskip("pyarrow")
    frame = pd.DataFrame(ROWS[1:], columns=ROWS[0])
    frame["Sentenced"] = pd.to_datetime(["2014-10-03", "2015-01-31"])
    frame.to_parquet(tmp_path / "made-up.parquet")
    assert cl.read_records(tmp_path / "made-up.parquet").cases["sentence_date"].tolist() == ["2014-10-03", "2015-01-31"]


def test_many_rows_are_read_once_for_each_distinct_cell():
    """Work grows with what differs, not with the rows; ``benchmarks`` time it."""
    n = 3000
    sheet = pd.DataFrame(
        {
            "Name": [f"Case {i}" for i in range(n)],
            "Sentenced": ["2014-10-03", "Oct 2014"] * (n // 2),
            "Term": ["6y3m", "life", "死缓"] * (n // 3),
        }
    )
    own = cl.read_records(sheet)
    assert own.account["read"].tolist() == [n] * 3
    assert own.cases["sentence_months"].notna().sum() == n // 3


def test_a_frame_of_any_package_and_a_dict_of_columns_are_one_sheet():
    polars = pytest.importorskip("polars")
    columns = {"Name": ["Case 1", "Case 2"], "Term": ["5 years", "life"], "Sentenced": ["2010-01-02", "2011"]}
    cases = cl.read_records(pd.DataFrame(columns)).cases
    for other in (columns, polars.DataFrame(columns), polars.LazyFrame(columns)):
        pd.testing.assert_frame_equal(cl.read_records(other).cases, cases)
    with pytest.raises(UsageError, match="one length"):
        cl.read_records({"Name": ["Case 1"], "Term": ["5 years", "life"]})
    with pytest.raises(UsageError, match="takes a path or a frame, not int"):
        cl.read_records(5)
