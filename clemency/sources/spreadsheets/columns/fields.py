"""What a column of a spreadsheet may hold, and the reader of its cells."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Literal

from clemency.records.schema import ACTS, CASES, Column
from clemency.sources.spreadsheets.cells.actcells import read_act
from clemency.sources.spreadsheets.cells.chargecells import charge_reader
from clemency.sources.spreadsheets.cells.datecells import Order, date_reader
from clemency.sources.spreadsheets.cells.lengthcells import length_reader, sentence_reader
from clemency.sources.spreadsheets.cells.placecells import read_place
from clemency.sources.spreadsheets.cells.readings import Cell, Reader, unread
from clemency.sources.spreadsheets.cells.wordcells import (
    read_ethnicity,
    read_key,
    read_list,
    read_name,
    read_text,
    read_yes,
    word_reader,
)

Kind = Literal[
    "key", "text", "list", "name", "date", "end", "sentence", "length", "word", "ethnicity", "place", "charge", "act"
]


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that a column may hold.

    Attributes
    ----------
    name, told : str
        Its name in a mapping, and what it is.
    kind : str
        How its cells are read.
    of_act : bool
        Whether it is of an act and not of a case.
    many : bool
        Whether several columns may hold it.
    column : Column or None
        The column of a table whose vocabulary it has.
    """

    name: str
    kind: Kind
    told: str
    of_act: bool = False
    many: bool = False
    column: Column | None = None


def _word(name: str, told: str) -> Field:
    return Field(name, "word", told, column=CASES[name])


_ALL = (
    Field("case_id", "key", "a key of the case"),
    Field("person_id", "key", "a key of the person"),
    Field("name", "name", "name, in Latin letters, characters, or both", many=True),
    Field("aliases", "list", "other names"),
    _word("sex", "sex"),
    Field("ethnicity", "ethnicity", "ethnic group"),
    Field("citizenship", "text", "citizenship, where it is not Chinese"),
    Field("birth_date", "date", "date or year of birth"),
    Field("province", "place", "province or prefecture of the court"),
    Field("court", "text", "court that passed the sentence"),
    Field("charge", "charge", "charges in words, or articles", many=True),
    Field(
        "charge_ids_derived",
        "text",
        "articles that follow from the words of the charge, as keys of the table of charges",
    ),
    Field("conduct", "text", "conduct, where no charge is known"),
    Field("detention_date", "date", "start of custody"),
    Field("sentence_date", "date", "date of the sentence"),
    Field("sentence", "sentence", "kind and length of the sentence"),
    Field("sentence_type", "word", "kind of the sentence alone", column=CASES["sentence_type"]),
    Field("term_end_date", "date", "end of the term as it is stated"),
    Field("prison", "list", "prison"),
    _word("status", "last known status"),
    Field("status_date", "date", "since when that status holds"),
    Field("release_date", "end", "date of the release, or yes"),
    Field("death_date", "end", "date of the death, or yes"),
    Field("seen_date", "date", "last date at which a source shows the status"),
    Field("seen_basis", "word", "where that date comes from", column=CASES["seen_basis"]),
    Field("inferred", "text", "columns whose value was inferred"),
    Field("destination", "text", "country gone to"),
    Field("raised_by", "list", "who raised the case"),
    Field("raised_date", "date", "when it was first raised"),
    _word("political", "whether the case is political"),
    _word("frame", "how the case became known"),
    Field("cecc_record", "text", "number of the record in the CECC's database"),
    Field("known_from", "date", "when a public document first had the case"),
    Field("source_ids", "text", "documents"),
    Field("note", "text", "notes", many=True),
    Field("act", "act", "one or several acts: dates, months, kinds, or yes", of_act=True),
    Field("act_date", "date", "date of an act", of_act=True),
    Field("act_type", "word", "kind of an act", of_act=True, column=ACTS["act_type"]),
    Field("act_months", "length", "months cut by an act", of_act=True),
    Field("term_after", "length", "term that an act left", of_act=True),
    Field("authority", "text", "court or authority that decided an act", of_act=True),
    Field("date_basis", "word", "what the date of an act is of", of_act=True, column=ACTS["date_basis"]),
    Field("scope", "word", "whether it is one act or a total over several", of_act=True, column=ACTS["scope"]),
    Field("n_acts", "key", "how many acts a total stands for", of_act=True),
    Field("certainty", "word", "whether an act is stated or inferred", of_act=True, column=ACTS["certainty"]),
    Field("act_note", "text", "notes on an act", of_act=True),
)
_LONGEST = 500  # characters of a value that is no text
FIELDS = {f.name: f for f in _ALL}


def reader_of(field: Field, unit: str = "", order: Order = "", era: str = "") -> Reader:
    """Reader of the cells of a field.

    Parameters
    ----------
    field : Field
    unit : {"years", "months", "days", ""}
        Of numbers without a unit.
    order : {"day", "month", "both", ""}
        Of dates in figures.
    era : {"CL79", "CL97", ""}
        Law that applied.
    """
    plain: dict[str, Reader] = {
        "key": read_key,
        "text": read_text,
        "list": read_list,
        "name": read_name,
    }
    if field.kind in plain:
        return plain[field.kind]
    return partial(_short, reader=_reader(field, unit, order, era))


def _short(text: str, reader: Reader) -> Cell:
    """A cell that is longer than any value is a text."""
    if len(text) > _LONGEST:
        return unread(f"more than {_LONGEST} characters", "Keep it in a column of notes.")
    return reader(text)


def _reader(field: Field, unit: str, order: Order, era: str) -> Reader:
    if field.kind in ("place", "ethnicity"):
        return read_place if field.kind == "place" else read_ethnicity
    if field.kind == "word" and field.column is not None:
        return word_reader(field.column)
    if field.kind == "date":
        return date_reader(order)
    if field.kind == "sentence":
        return sentence_reader(unit)
    if field.kind == "length":
        return length_reader(unit)
    if field.kind == "charge":
        return charge_reader(era)  # type: ignore[arg-type]
    if field.kind == "end":
        return lambda text: _end(text, order)
    return lambda text: read_act(text, order, unit)


def _end(text: str, order: Order) -> Cell:
    """A date, or yes or no."""
    date = date_reader(order)(text)
    if date.value is not None or date.alternatives:
        return date
    answer = read_yes(text)
    return answer if answer.value in (True, False) and answer.value is not None else date
