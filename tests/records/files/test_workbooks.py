import datetime as dt
import random
import zipfile

import pytest
from books import MAIN, book, cells

import clemency as cl
from clemency.records.files import workbooks
from clemency.records.files.workbooks import column_letters, read_book

STYLES = (
    '<numFmts count="{n}">{formats}</numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs>{used}</cellXfs>'
)


def styles(*codes):
    """A style for each number of a built-in format, or code of one's own."""
    own = {c: 164 + i for i, c in enumerate(c for c in codes if isinstance(c, str))}
    formats = "".join(f'<numFmt numFmtId="{n}" formatCode="{c.replace(chr(34), "&quot;")}"/>' for c, n in own.items())
    return STYLES.format(n=len(own), formats=formats, used="".join(f'<xf numFmtId="{own.get(c, c)}"/>' for c in codes))


def only(path):
    (sheet,) = read_book(path)
    return sheet


def refusal(path):
    with pytest.raises(cl.DataError) as caught:
        read_book(path)
    (problem,) = caught.value.problems
    assert problem.file == path.name
    assert problem.remedy
    return problem.message


@pytest.mark.parametrize("dimension", ["A1", "A1:B2", "A1:XFD1048576", "nonsense", ""])
def test_what_a_sheet_says_of_its_size_is_not_believed(tmp_path, dimension):
    sheet = only(book(tmp_path / "a.xlsx", cells(["a", "b"], [1, 2], [3, 4], dimension=dimension)))
    assert sheet.rows == [["a", "b"], ["1", "2"], ["3", "4"]]
    assert sheet.numbers == [1, 2, 3]


def test_rows_and_cells_stand_where_they_say(tmp_path):
    data = (
        '<sheetData><row r="3"><c r="B3"><v>1</v></c></row><row/><row r="9"><c><v>2</v></c><c r="D9"><v>3</v></c></row>'
    )
    sheet = only(book(tmp_path / "a.xlsx", data + "</sheetData>"))
    assert sheet.rows == [["", "1", "", ""], ["2", "", "", "3"]]
    assert (sheet.numbers, sheet.blank) == ([3, 9], 5)


@pytest.mark.parametrize("cached", ["", "<v/>", "<v></v>"])
def test_a_formula_that_was_never_computed_is_no_empty_cell(tmp_path, cached):
    sheet = only(book(tmp_path / "a.xlsx", cells(["a"], [f"<c><f>B1*12</f>{cached}</c>"])))
    assert sheet.rows[1] == ["=B1*12"]
    assert "formula without its value" in sheet.unread[2, 0]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("<c><f>8*12</f><v>96</v></c>", "96"),
        ("<c><f>0</f><v>0</v></c>", "0"),
        ('<c t="str"><f>A1</f><v>eight</v></c>', "eight"),
        ('<c t="b"><f>TRUE()</f><v>1</v></c>', "TRUE"),
        ("<c><f/><v>5</v></c>", "5"),
    ],
)
def test_a_computed_formula_is_its_value(tmp_path, cell, text):
    sheet = only(book(tmp_path / "a.xlsx", cells(["a", "b"], [cell, "x"])))
    assert sheet.rows[1] == [text, "x"]
    assert not sheet.unread


def test_a_formula_whose_value_is_an_empty_text_is_empty(tmp_path):
    sheet = only(book(tmp_path / "a.xlsx", cells(["a", "b"], ['<c t="str"><f>""</f><v></v></c>', "x"])))
    assert sheet.rows[1] == ["", "x"]
    assert not sheet.unread


def test_the_zero_that_stands_for_a_value_to_come_is_none(tmp_path):
    again = '<calcPr fullCalcOnLoad="1"/>'
    rows = cells(["a", "b", "c"], ["<c><f>8*12</f><v>0</v></c>", "<c><f>8*12</f><v>96</v></c>", 0])
    sheet = only(book(tmp_path / "a.xlsx", rows, workbook=again))
    assert sheet.rows[1] == ["=8*12", "96", "0"]
    assert list(sheet.unread) == [(2, 0)]


def test_errors_in_cells_are_named(tmp_path):
    sheet = only(book(tmp_path / "a.xlsx", cells(["a"], ['<c t="e"><v>#N/A</v></c>'], ['<c t="e"><v>#REF!</v></c>'])))
    assert [sheet.unread[n, 0] for n in (2, 3)] == ["the cell holds the error #N/A", "the cell holds the error #REF!"]


def test_what_a_merged_area_hides_is_not_empty(tmp_path):
    rows = cells(["a", "b"], ["x", 1], [None, 2], [None, 3], ["y", 4])
    sheet = only(book(tmp_path / "a.xlsx", rows + '<mergeCells><mergeCell ref="A2:A4"/></mergeCells>'))
    assert [r[0] for r in sheet.rows] == ["a", "x", "", "", "y"]
    assert list(sheet.unread) == [(3, 0), (4, 0)]
    assert "merged with A2" in sheet.unread[3, 0]


def test_a_merged_area_without_a_value_and_a_huge_one(tmp_path):
    ends = '<mergeCells><mergeCell ref="A2:A3"/><mergeCell ref="B1:XFD1048576"/></mergeCells>'
    sheet = only(book(tmp_path / "a.xlsx", cells(["a", "b"], [None, 1], [None, 2]) + ends))
    assert not sheet.unread
    assert sheet.rows == [["a", "b"], ["", "1"], ["", "2"]]


@pytest.mark.parametrize(
    ("code", "serial", "text", "doubt"),
    [
        (14, 36008, "1998-08-01", ""),
        (22, 36008.5, "1998-08-01 12:00:00", ""),
        (31, 36008, "1998-08-01", ""),  # a built-in day of Chinese and Japanese spreadsheets
        ('yyyy"年"m"月"d"日"', 36008, "1998-08-01", ""),
        ("[$-409]d/mmm/yy;@", 36008, "1998-08-01", ""),
        ("mmmm d, yyyy", 1, "1900-01-01", ""),
        ("dd.mm.yyyy", 59, "1900-02-28", ""),
        ("dd.mm.yyyy", 61, "1900-03-01", ""),
        ("dd.mm.yyyy", 60, "60", "its number is none"),
        ("dd.mm.yyyy", -1, "-1", "its number is none"),
        ("dd.mm.yyyy", 2958466, "2958466", "its number is none"),
        ("dd.mm.yyyy", 2958465, "9999-12-31", ""),
        (17, 36008, "1998-08", ""),  # "Aug-98" is what the cell shows
        ("mmm-yy", 36008, "1998-08", ""),
        ("yyyy", 36008, "1998", ""),
        (16, 36008, "1998-08-01", "without its year"),
        ("d mmm", 36008, "1998-08-01", "without its year"),
        (20, 0.4375, "10:30:00", ""),
        (20, 36008.4375, "1998-08-01", "shows no day"),
        ("[h]:mm", 1.5, "36:00:00", ""),
        (46, 1.5, "36:00:00", ""),
        (9, 0.5, "50%", ""),
        ("0.0%", 0.005, "0.5%", ""),
        (0, 36008, "36008", ""),
        (2, 0.1, "0.1", ""),
        (11, 12345678, "12345678", ""),
        ("0.00E+00", 5, "5", ""),
        ('0 "months"', 96, "96", ""),
        ('#,##0.00 "days";[Red]-0', 8, "8", ""),
        ("@", 8, "8", ""),
        ("General", 8, "8", ""),
        ("General\\ ", 8, "8", ""),
    ],
)
def test_a_number_is_what_its_cell_shows(tmp_path, code, serial, text, doubt):
    rows = cells(["a"], [f'<c s="1"><v>{serial}</v></c>'])
    sheet = only(book(tmp_path / "a.xlsx", rows, styles=styles(0, code)))
    assert sheet.rows[1] == [text]
    assert doubt in sheet.unread.get((2, 0), "")
    assert ((2, 0) in sheet.unread) == bool(doubt)


def test_days_counted_from_1904(tmp_path):
    rows = cells(["a"], ['<c s="0"><v>0</v></c>'], ['<c s="0"><v>34546</v></c>'])
    sheet = only(book(tmp_path / "a.xlsx", rows, styles=styles(14), workbook='<workbookPr date1904="1"/>'))
    assert sheet.rows[1:] == [["1904-01-01"], ["1998-08-01"]]


def test_texts_of_the_common_table(tmp_path):
    strings = (
        "<si><t>plain</t></si><si><r><t>王</t></r><r><t xml:space='preserve'> 炳章</t></r>"
        "<rPh sb='0' eb='1'><t>おう</t></rPh></si><si><t>two_x000D_lines_x005F_x0041_</t></si><si/>"
    )
    sheet = only(
        book(tmp_path / "a.xlsx", cells(["a"], *[[f'<c t="s"><v>{i}</v></c>'] for i in range(4)]), strings=strings)
    )
    assert sheet.rows[1:] == [["plain"], ["王 炳章"], ["two\rlines_x0041_"]]


def test_a_prefixed_namespace_and_another_place_of_the_workbook(tmp_path):
    sheet = f'<x:sheetData xmlns:x="{MAIN}"><x:row r="1"><x:c r="A1"><x:v>5</x:v></x:c></x:row></x:sheetData>'
    assert only(book(tmp_path / "a.xlsx", sheet)).rows == [["5"]]
    assert only(book(tmp_path / "b.xlsx", sheet, main="xl/book2.xml")).rows == [["5"]]


def test_sheets_are_named_and_hidden_ones_known(tmp_path):
    made = book(tmp_path / "a.xlsx", cells(["a"]), cells(["b"]), cells(), states=("", "hidden", "veryHidden"))
    found = [(s.name, s.hidden, s.rows) for s in read_book(made)]
    assert found == [("Sheet1", False, [["a"]]), ("Sheet2", True, [["b"]]), ("Sheet3", True, [])]


def test_an_empty_row_far_below_is_no_large_sheet(tmp_path):
    data = cells(["a"], [1]).replace("</sheetData>", '<row r="1048576" ht="12.8"/></sheetData>')
    assert only(book(tmp_path / "a.xlsx", data)).numbers == [1, 2]


def test_a_million_formatted_rows_are_refused(tmp_path):
    rows = "".join(f'<row r="{i}"><c r="A{i}" s="0"/></row>' for i in range(1, 1_048_577))
    assert "more than 200,000 rows" in refusal(book(tmp_path / "a.xlsx", f"<sheetData>{rows}</sheetData>"))


def test_more_cells_than_can_be_read_are_refused(tmp_path):
    row = "<row>" + "<c/>" * 16_384 + "</row>"
    assert "more than 1,000,000 cells" in refusal(book(tmp_path / "a.xlsx", f"<sheetData>{row * 100}</sheetData>"))


@pytest.mark.parametrize(
    ("where", "message"),
    [("XFD1", "more than 1,000 columns"), ("A1048576", "cells below row 200,000"), ("ALM1", "more than 1,000 columns")],
)
def test_a_cell_far_away_is_refused(tmp_path, where, message):
    row = where.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    data = f'<sheetData><row r="{row}"><c r="{where}"><v>1</v></c></row></sheetData>'
    assert message in refusal(book(tmp_path / "a.xlsx", data))


def test_cells_far_apart_make_no_huge_table(tmp_path):
    rows = "".join(f'<row r="{i}"><c r="A{i}"><v>1</v></c><c r="ALL{i}"><v>1</v></c></row>' for i in range(1, 1100))
    assert "between the first and the last" in refusal(book(tmp_path / "a.xlsx", f"<sheetData>{rows}</sheetData>"))


def test_a_part_that_unpacks_to_too_much_is_refused(tmp_path):
    made = book(tmp_path / "a.xlsx", cells(["a"]), extra={"xl/worksheets/sheet1.xml": b" " * 100_000_001}.items())
    assert made.stat().st_size < 1_000_000
    assert "larger than 100 MB when unpacked" in refusal(made)


def test_a_part_that_lies_about_its_size_is_refused(tmp_path):
    made = book(tmp_path / "a.xlsx", cells(["a"] * 20))
    data = bytearray(made.read_bytes())
    with zipfile.ZipFile(made) as archive:
        size = archive.getinfo("xl/worksheets/sheet1.xml").file_size
    at = data.rfind(b"xl/worksheets/sheet1.xml") - 46 + 24
    assert int.from_bytes(data[at : at + 4], "little") == size
    data[at : at + 4] = (10).to_bytes(4, "little")
    made.write_bytes(bytes(data))
    assert "not a readable XLSX" in refusal(made)


BOMB = "".join(f'<!ENTITY e{i + 1} "{f"&e{i};" * 10}">' for i in range(12))


@pytest.mark.parametrize(
    "doctype",
    [
        f'<!DOCTYPE x [<!ENTITY e0 "ha">{BOMB}]>',
        '<!DOCTYPE x [<!ENTITY e12 SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">',
    ],
)
def test_no_part_may_declare_a_document_type(tmp_path, doctype):
    part = f'{doctype}<worksheet xmlns="{MAIN}"><sheetData><row><c><v>&e12;</v></c></row></sheetData></worksheet>'
    made = book(tmp_path / "a.xlsx", "", extra={"xl/worksheets/sheet1.xml": part}.items())
    assert "document type" in refusal(made)


@pytest.mark.parametrize(
    "data",
    [
        '<row r="2"/><row r="2"/>',
        '<row r="2"/><row r="1"/>',
        '<row r="1"><c r="A1"><v>1</v></c><c r="A1"><v>2</v></c></row>',
        '<row r="1"><c r="A2"><v>1</v></c></row>',
        '<row r="1"><c r="ABCD1"><v>1</v></c></row>',
        '<row r="x"/>',
        f'<row r="{"9" * 5000}"/>',
        '<row r="1"><c r="A1" t="s"><v>7</v></c></row>',
        '<row r="1"><c r="A1" t="s"><v>-1</v></c></row>',
        '<row r="1"><c r="A1" s="99"><v>1</v></c></row>',
        '<row r="1"><c r="A1"><v>eight</v></c></row>',
        '<row r="1"><c r="A1"><v>1e999</v></c></row>',
        '<row r="1"><c r="A1"><v>nan</v></c></row>',
        '<row r="1"><c',
    ],
)
def test_what_no_spreadsheet_writes_is_damage(tmp_path, data):
    made = book(tmp_path / "a.xlsx", f"<sheetData>{data}</sheetData>", strings="<si><t>x</t></si>", styles=styles(0))
    assert "not a readable XLSX" in refusal(made)


@pytest.mark.parametrize("area", ["nonsense", "A1:", "1:2", "A0:B2"])
def test_a_merged_area_that_is_none_is_damage(tmp_path, area):
    data = cells(["a"], [1]) + f'<mergeCells><mergeCell ref="{area}"/></mergeCells>'
    assert "not a readable XLSX" in refusal(book(tmp_path / "a.xlsx", data))


def test_many_merged_areas_over_many_cells_take_no_time(tmp_path):
    rows = [["x"] * 20 for _ in range(1000)]
    ends = "<mergeCells>" + '<mergeCell ref="A1:T1000"/>' * 50_000 + "</mergeCells>"
    assert "more than 1,000,000 cells" in refusal(book(tmp_path / "a.xlsx", cells(*rows) + ends))


def test_more_merged_areas_than_are_read(tmp_path, monkeypatch):
    monkeypatch.setattr(workbooks, "_MERGED", 2)
    area = '<mergeCell ref="C{n}:D{n}"/>'
    two, three = ("".join(area.format(n=n) for n in range(1, k + 1)) for k in (2, 3))
    rows = cells(["a"], [1])
    assert only(book(tmp_path / "a.xlsx", f"{rows}<mergeCells>{two}</mergeCells>")).rows[0][0] == "a"
    assert "more than 2 merged areas" in refusal(book(tmp_path / "b.xlsx", f"{rows}<mergeCells>{three}</mergeCells>"))


def test_files_that_are_no_workbooks(tmp_path):
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600)
    assert "password" in refusal(path)
    path.write_bytes(b"")
    assert "not a readable XLSX" in refusal(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", "<x/>")
    assert "not a readable XLSX" in refusal(path)
    whole = book(tmp_path / "b.xlsx", cells(["a"], [1])).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert "not a readable XLSX" in refusal(path)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive, zipfile.ZipFile(tmp_path / "b.xlsx") as there:
        for name in there.namelist():
            archive.writestr(name, there.read(name))
    assert "no spreadsheet uses" in refusal(path)


def test_a_damaged_byte_is_read_as_before_or_refused(tmp_path):
    """Whatever a flipped byte does, nothing but our own error comes of it."""
    whole = book(tmp_path / "a.xlsx", cells(["a", "b"], [1, "x"]), strings="<si><t>x</t></si>", styles=styles(14))
    data = whole.read_bytes()
    draw = random.Random(15)
    refused = 0
    for _ in range(300):
        at = draw.randrange(len(data))
        whole.write_bytes(data[:at] + bytes([data[at] ^ (1 << draw.randrange(8))]) + data[at + 1 :])
        try:
            read_book(whole)
        except cl.DataError:
            refused += 1
    assert refused > 30


def test_the_same_cells_as_openpyxl_reads(tmp_path):
    """An independent reader of workbooks that are as they should be."""
    openpyxl = pytest.importorskip("openpyxl")
    draw = random.Random(7)
    made = openpyxl.Workbook()
    values = [
        lambda: draw.randrange(-1000, 1000),
        lambda: round(draw.uniform(-10, 1000), draw.randrange(6)),
        lambda: dt.datetime(draw.randrange(1901, 2100), draw.randrange(1, 13), draw.randrange(1, 29)),
        lambda: "".join(draw.choice("abc &<>\"'王ö\n") for _ in range(draw.randrange(1, 12))),
        lambda: draw.random() < 0.5,
        lambda: None,
    ]
    for _ in range(200):
        made.active.append([draw.choice(values)() for _ in range(7)])
    made.save(tmp_path / "a.xlsx")
    read = openpyxl.load_workbook(tmp_path / "a.xlsx", data_only=True).active

    def said(value):
        if value is None:
            return ""
        if isinstance(value, bool):
            return str(value).upper()
        if isinstance(value, dt.datetime):
            return str(value.date())
        return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)

    theirs = {c.coordinate: said(c.value) for row in read.iter_rows() for c in row if said(c.value)}
    sheet = only(tmp_path / "a.xlsx")
    ours = {
        f"{column_letters(p)}{n}": text
        for n, row in zip(sheet.numbers, sheet.rows, strict=True)
        for p, text in enumerate(row)
        if text
    }
    assert len(ours) > 1000
    assert ours == theirs


def test_columns_have_the_letters_of_a_spreadsheet():
    assert [column_letters(i) for i in (0, 25, 26, 701, 702, 16383)] == ["A", "Z", "AA", "ZZ", "AAA", "XFD"]
    assert workbooks.COLUMNS == 1000
