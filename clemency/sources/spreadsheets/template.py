"""Nothing -> an empty sheet with the columns that `read_records` knows, the words of each, an example and notes."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

from clemency.records.environment.extras import optional
from clemency.records.environment.outputs import check_file
from clemency.records.schema import CASES, STATUSES
from clemency.records.tables.loading import load

_ROWS = 1000  # to which the lists of words reach


class Heading(NamedTuple):
    """A column of the template: its name, the field that it holds, what to write, an example."""

    column: str
    field: str
    told: str
    example: str


HEADINGS = (
    Heading("ID", "case_id", "A key of your own for the case. Each once; without it, the row counts.", "A-001"),
    Heading("Name", "name", "In Latin letters, surname first for Chinese names.", "Case A"),
    Heading("Chinese name", "name", "In the characters of Chinese documents.", "甲某"),
    Heading("Sex", "sex", "F or M.", "F"),
    Heading("Ethnicity", "ethnicity", "The group in English or Chinese; empty does not mean Han.", "Uyghur"),
    Heading("Date of birth", "birth_date", "A day, a month or a year: 1970-05-20, 1970-05, 1970.", "1970"),
    Heading("Province", "province", "Province or prefecture of the court, in either language.", "Xinjiang"),
    Heading("Court", "court", "Court that passed the sentence.", ""),
    Heading("Charge", "charge", "Article or words; several with a semicolon between them.", "Art. 103(2)"),
    Heading("Detained", "detention_date", "First day of custody: the term runs from it.", "2013-11-02"),
    Heading("Sentenced", "sentence_date", "Date of the sentence.", "2014-10-03"),
    Heading(
        "Sentence", "sentence", "Kind and length: 6 years 3 months, life, 死缓, 3 years suspended for 5.", "6 years"
    ),
    Heading("Prison", "prison", "Where the sentence is served.", ""),
    Heading("Status", "status", "Last status that a source states.", "serving"),
    Heading("Released", "release_date", "Date of the release, or yes.", ""),
    Heading("Died", "death_date", "Date of a death in custody.", ""),
    Heading("Last seen", "seen_date", "Last date at which a source shows the person in custody.", "2018-06"),
    Heading("Reduction 1 date", "act_date", "When the sentence was first cut, as far as it is known.", "2016-12"),
    Heading("Reduction 1 months", "act_months", "Months cut by it.", "8"),
    Heading("Reduction 2 date", "act_date", "The second; add columns for further ones.", ""),
    Heading("Reduction 2 months", "act_months", "", ""),
    Heading("Commutation date", "act_date", "Of a sentence of life, or of death with reprieve.", ""),
    Heading("Commutation term after", "term_after", "What it left, such as 20 years.", ""),
    Heading("Medical parole", "act", "Date on which it was granted, yes, or denied. It is no release.", ""),
    Heading("Parole", "act", "Date on which it was granted, yes, or denied.", ""),
    Heading("Sources", "source_ids", "Document that states the row.", ""),
    Heading("Notes", "note", "What the columns cannot say.", ""),
)
_NOTES = (
    "Write one row for each person and conviction. Columns may stand in any order, and may be left out.",
    "Leave a cell empty where nothing is known: never 0, a dash or a guess.",
    "Read the sheet with cl.read_records('records.xlsx'), or with: clemency data import records.xlsx --to my_records",
)


def write_template(path: Path) -> Path:
    """Write the template as XLSX or CSV, by the ending of the path.

    Raises
    ------
    UsageError
        If the file cannot be written, or the extra ``spreadsheets`` is not installed for XLSX.
    """
    check_file(path)
    if path.suffix.lower() != ".xlsx":
        with path.open("w", encoding="utf-8-sig", newline="") as file:  # a spreadsheet then reads the Chinese
            csv.writer(file, lineterminator="\n").writerow([h.column for h in HEADINGS])
        return path
    writer = optional("xlsxwriter", "spreadsheets", "A workbook", "leave out --xlsx")
    with writer.Workbook(str(path)) as book:
        bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
        text = book.add_format({"num_format": "@"})
        sheet, notes, lists = (book.add_worksheet(n) for n in ("Records", "Notes", "Words"))
        for i, heading in enumerate(HEADINGS):
            sheet.write(0, i, heading.column, bold)
            sheet.set_column(i, i, max(12, len(heading.column) + 2), text)
        sheet.freeze_panes(1, 0)
        for k, (column, words) in enumerate(_words().items()):
            i = next(n for n, h in enumerate(HEADINGS) if h.column == column)
            lists.write_column(0, k, [f"words for {column}", *words])
            letter = chr(65 + k)
            rule = {
                "validate": "list",
                "source": f"=Words!${letter}$2:${letter}${len(words) + 1}",
                "error_type": "warning",
            }
            sheet.data_validation(1, i, _ROWS, i, rule)
        notes.set_column(0, 0, 26, wrapped)
        notes.set_column(1, 2, 60, wrapped)
        notes.write_row(0, 0, ["what the column is called", "what to write into it", "an example"], bold)
        for n, heading in enumerate(HEADINGS, 1):
            notes.write_row(n, 0, [heading.column, heading.told, heading.example])
        for n, note in enumerate(_NOTES, len(HEADINGS) + 2):
            notes.write(n, 0, note)
    return path


def _words() -> dict[str, list[str]]:
    """Words that a spreadsheet offers, by column."""
    groups = load("cases")["ethnicity"].dropna().astype(str).unique()
    return {
        "Sex": list(CASES["sex"].levels),
        "Province": list(load("provinces")["name"].astype(str)),
        "Ethnicity": sorted(groups),
        "Status": list(STATUSES),
    }
