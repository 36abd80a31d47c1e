"""Texts made to hang a reader are read in time that grows with their length, and what is no prose gives no numbers.

No time is measured: each of these texts took minutes or the age of the universe where cost was not linear, so that
all of them in one process either end soon or are stopped. ``python -m benchmarks hostile`` has the seconds.
"""

import subprocess
import sys

import pandas as pd
import pytest

import clemency as cl
from clemency.sources.cecc.parse import InPart, read_names
from clemency.sources.cecc.passed import told
from clemency.sources.linkage.names import forms, letters, readings
from clemency.sources.narrative.coder import code_text
from clemency.sources.narrative.prose import plaintext
from clemency.sources.narrative.prose.marks import Marks
from clemency.sources.narrative.prose.textdates import Dates

SIZE = 40_000
HANG = 120  # seconds; each family takes a few

JAILED = "A court sentenced Li Yiyi to 10 years in prison. "
NARRATIVES = (
    *("A", "Al, ", "denied parole ", ".", "? ?", "1", "(", "减刑", "\n ", "reduced his 1 month 1 day "),
    *("paroled. ", "released early ", "granted a reduction ", "reduced by 1 year in 2010, ", "Al Li. "),
    *("life sentence ", "appealed. ", "returned to prison. paroled. ", "May 1 ", "(RFA, 3 May 16) "),
)
BEGUN = {"reduced his ": ("1 month 1 day ", "Al, ", "own "), "A court reduced ": ("Al and ", "1 year ")}
CELLS = ("?", "? ?", "?? ", " ??", "(? ?", "(", "[", '"', "na", "Al; ", "王", "王·", "CL97-300/", "1998/", "tri/", "1")
NAMES = ("(", "na", "Al ", "减", "u\u0308", "-", "'", "Al; ")


def run(code):
    """Run code in a process of its own, which is stopped if it hangs."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=HANG).stdout


def test_narratives_end():
    code = f"""
import pandas as pd
from clemency.sources.cecc.passed import told
from clemency.sources.narrative.coder import code_acts
jailed, size, plain, begun = {JAILED!r}, {SIZE}, {NARRATIVES!r}, {BEGUN!r}
texts = [jailed + u * (size // len(u)) for u in plain]
texts += [jailed + b + u * (size // len(u)) for b, units in begun.items() for u in units]
acts = code_acts(pd.DataFrame({{"record": range(len(texts)), "name": "Li Yiyi", "summary": texts}}))
code_acts(pd.DataFrame({{"record": range(len(texts)), "name": texts, "summary": jailed + "Li Yiyi was paroled."}}))
print(*sorted(set(acts["act_type"])), len([told(t) for t in texts]))
"""
    assert run(code).split() == ["early_release", "parole", "parole_denied", "sentence_reduction", "25"]


def test_cells_and_names_end():
    code = f"""
from clemency.sources.cecc.fields import FIELDS
from clemency.sources.cecc.parse import reader_of
from clemency.sources.linkage.names import forms, letters
read = refused = 0
for unit in {CELLS!r}:
    for text in (unit * ({SIZE} // len(unit)), "(" + unit * ({SIZE} // len(unit)) + " x"):
        for field in {{f.reader: f for f in FIELDS}}.values():
            try:
                reader_of(field)(text)
                read += 1
            except ValueError:
                refused += 1
for unit in {NAMES!r}:
    long = unit * ({SIZE} // len(unit))
    for text in (long, "lu" + long + "a", "欧阳" + unit * 40, unit * 90):
        forms(text), letters(text)
print(read + refused)
"""
    assert int(run(code)) == 2 * len(CELLS) * 16


def test_an_export_of_hostile_cells_is_read(tmp_path):
    cells = {"main name": "?? " * 10_000, "alternate name (lay or pen)": "(? ?" * 9_000}
    cells |= {"short summary": "paroled " * 9_000}
    frame = pd.DataFrame([{"CECC record number": f"2004-0000{i}", **cells} for i in range(1, 4)])
    frame.to_csv(tmp_path / "export 2020-07-23.csv", index=False)
    code = f"""
import clemency as cl
export = cl.read_cecc({str(tmp_path / "export 2020-07-23.csv")!r})
print(len(export.cases), sorted(export.unread["field"].unique()))
"""
    assert run(code).strip() == "3 ['alternate_name', 'main_name']"


def test_dates_out_of_order_are_doubts_row_by_row(tmp_path):
    rows = [
        {"CECC record number": "2004-00001", "date of detention": "2000/05/01", "sentence date": "1999/01/01"},
        {"CECC record number": "2004-00002", "date of detention": "2000/05/01", "sentence date": "2001/01/01"},
        {"CECC record number": "2004-00003", "date of detention": "2002/05/01", "sentence date": "2001/01/01"},
    ]
    pd.DataFrame(rows).to_csv(tmp_path / "export 2020-07-23.csv", index=False)
    doubts = cl.read_cecc(tmp_path / "export 2020-07-23.csv").doubts
    found = doubts[doubts["field"] == "sentence_date"]
    assert found[["record", "value", "doubt"]].to_numpy().tolist() == [
        ["2004-00001", "1999-01-01", "earlier than date_of_detention (2000-05-01)"],
        ["2004-00003", "2001-01-01", "earlier than date_of_detention (2002-05-01)"],
    ]


def test_parts_of_a_year_are_read_as_told():
    cut = code_text(JAILED + "In 2012 a court reduced Li's sentence by 1.5 years.", ["Li Yiyi"])
    assert [(a[0], a[2], a[3]) for a in cut] == [("sentence_reduction", "2012", 18.0)]
    assert told("A court sentenced him to 2.5 years in prison.").passed == (30.0,)


@pytest.mark.parametrize("size", ["12345678 years", "1,200 days", "2.123456 years"])
def test_a_number_is_never_the_end_of_a_longer_one(size):
    cut = code_text(JAILED + f"In 2012 a court reduced Li's sentence by {size}.", ["Li Yiyi"])
    assert [(a[0], a[3]) for a in cut] == [("sentence_reduction", None)]
    assert told(f"He was held for {size}.").any == ()


def test_an_endless_sentence_is_read_in_pieces_cut_at_blanks():
    text = "word " * 1_000 + "end"
    sentences = plaintext.read(text).sentences
    assert max(end - start for start, end in sentences) <= 1_500
    assert " ".join(text[start:end] for start, end in sentences) == text
    assert [end - start for start, end in plaintext.read("a" * 3_200).sentences] == [1_500, 1_500, 200]


def test_acts_far_apart_in_a_long_text_are_all_found():
    filler = "He wrote letters to his friends at home every week. " * 400
    text = JAILED + "In 2012 a court reduced Li's sentence by 6 months. " + filler
    text += "Authorities released Li on parole on May 4, 2015."
    found = code_text(text, ["Li Yiyi"])
    assert [(a[0], a[2], a[3]) for a in found] == [("sentence_reduction", "2012", 6.0), ("parole", "2015-05-04", None)]


def test_marks_are_the_matches_between_two_places():
    import re

    word, text = re.compile(r"\bin \d+"), "in 1, in 22, in 333"
    marks, whole = Marks(text), (0, len(text))
    assert [m.group() for m in marks.within(word, whole)] == ["in 1", "in 22", "in 333"]
    assert [m.group() for m in marks.within(word, whole, 1, 11)] == ["in 22"]
    assert marks.first(word, whole, 1).group() == "in 22"
    assert marks.first(word, whole, 1, 10) is None
    assert marks.last(word, whole, 18).group() == "in 22"
    assert marks.last(word, whole, 18, 7) is None
    assert marks.seen(word, (0, 4))
    assert not marks.seen(word, (1, 5))


def test_dates_are_looked_up_by_place():
    text = "In March 2012 he fell ill; on June 2 and on January 3 he was seen."
    dates = Dates(text)
    march, june, january = dates.mentions
    assert [m.month for m in dates.within(10, len(text))] == [6, 1]
    assert dates.first(march.end, june.start) is june
    assert dates.first(march.end, june.start - 1) is None
    assert (dates.year(june, None), dates.year(january, None)) == (2012, 2013)  # January cannot come after June
    assert dates.year(june, (2010, 5, 1)) == 2009  # a source of May 2010 tells of the June before
    assert dates.year_before(january) == 2012


def test_names_longer_than_any_are_told_and_not_compared():
    pytest.importorskip("splink")
    long = "Test " * 60
    left = pd.DataFrame({"case_id": ["a", "b"], "name": ["Test Person", long], "aliases": ["One; " + long, None]})
    right = pd.DataFrame({"case_id": ["x"], "name": ["Test Person"]})
    linked = cl.link(left, right)
    assert linked.unread[["side", "id", "column", "value", "reason"]].to_numpy().tolist() == [
        ["left", "b", "name", long.strip(), "more than 200 characters are no name"],
        ["left", "a", "aliases", long.strip(), "more than 200 characters are no name"],
    ]
    assert linked.pairs["left_id"].tolist() == ["a"]
    assert forms(long) == ()


def test_marks_beyond_thirty_on_a_letter_do_not_matter():
    assert letters("e" + "\u0301\u0316" * 500 + "x") == "ex"
    assert letters("lu" + "\u0308" * 500) == "lv"
    assert letters("lu" + "\u0308" * 500 + "a") == "lua"


def test_readings_of_endless_characters_are_none():
    pytest.importorskip("pypinyin")
    assert readings("欧阳" + "重" * 100) == []
    assert readings("欧阳修") == ["ouyang xiu"]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Test Person ?? ???", ("Test Person",)),
        ("?? Test Person", ("Test Person",)),
        ("Test Person (a ?? b)", ("Test Person",)),
        ("Test (One) Person (??)", ("Test (One) Person",)),
    ],
)
def test_what_is_lost_beside_a_name_is_left_off(text, kept):
    assert read_names(text) == InPart(kept, "characters were replaced by question marks before the file was written")
