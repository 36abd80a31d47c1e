"""Reviewed facts on persons of the CECC's database with acts -> rows in the columns of `cases`.

``raw/cases_register.csv`` has them by the number of the record, as read against the record's text: no narrative, no
religion, relatives, occupation or health. Where such a row contradicts a public page on a case that was known
before, the
page's value stands unless ``case_choices.csv`` decides otherwise, and the difference goes to ``conflicts.csv``.
"""

from __future__ import annotations

from common import REGISTER, Context, Row
from tables import valid_date

FILE = "cases_register"
LETTER = "register"
_SAME = (
    "name",
    "aliases",
    "sex",
    "ethnicity",
    "province",
    "court",
    "sentence_type",
    "sentence_months",
    "status",
    "note",
)
_DATES = ("detention_date", "sentence_date", "status_date", "seen_date")
_NONE = (
    "name_zh",
    "citizenship",
    "birth_date",
    "charge",
    "conduct",
    "prison",
    "destination",
    "raised_by",
    "raised_date",
)


def register_rows(context: Context) -> list[Row]:
    """One row per record, as `Cleaner.clean` gives those of the other files."""
    return [
        {
            **{c: raw[c] for c in _SAME},
            **{c: valid_date(context, raw, c) for c in _DATES},
            **dict.fromkeys(_NONE, ""),
            "charge_ids": raw["charge_ids"],
            "seen_basis": "source_date" if raw["seen_date"] else "",
            "inferred": raw["inferred"],
            "_addresses": REGISTER,
            "_file": raw["_file"],
            "_key": raw["case_key"],
        }
        for raw in context.read(FILE)
    ]
