"""Names in cells some of whose characters were lost as question marks; all names are invented."""

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

import clemency as cl
from clemency.sources.cecc.parse import InPart, read_characters, read_names

LOST = ("??", "???", "??.???", "???·??", "\ufffd", "?? ???", "??(?)")


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        # between separators
        ("Test Person, ??", ["Test Person"]),
        ("??, Test", ["Test"]),
        ("??; Test Person； ???、Other Name", ["Test Person", "Other Name"]),
        ("Test Person, ??, Test Person", ["Test Person"]),
        ("\ufffd\ufffd, Test Person", ["Test Person"]),
        ("测试, ??", ["测试"]),
        ("Test, ?", ["Test"]),
        # in a bracket behind the name
        ("Test (??)", ["Test"]),
        ("Test, Other Name（??? ）", ["Test", "Other Name"]),
        ("Test Person(????)", ["Test Person"]),
        ("Test Person [Other ??]", ["Test Person"]),
        # as words of their own beside a name of two words
        ("Test Person ???", ["Test Person"]),
        ("?? ??? Test Person", ["Test Person"]),
        ('??? "Plain Invented Mouse"', ['"Plain Invented Mouse"']),
        ("Test Person ??? (???)", ["Test Person"]),
        # a remark and a doubt stay with their name, and go with a lost one
        ("Test Person (pen name) ???", ["Test Person (pen name)"]),
        ("??, Test (pen name)", ["Test (pen name)"]),
        ("Test Person?, ??", ["Test Person?"]),
        ("Test(?), ??", ["Test(?)"]),
        ("Test Person, ??(?)", ["Test Person"]),
    ],
)
def test_names_that_stand_whole(text, kept):
    found = read_names(text)
    assert isinstance(found, InPart)
    assert list(found.value) == kept
    assert found.reason


@pytest.mark.parametrize(
    "text",
    [
        *LOST,
        "??, ???",
        "Person???",  # letters joined to lost characters are a piece of a name
        "???Person",
        "T?-????",
        "Test ???",  # one word may be half a name
        "?? @handle",
        "Test (pen name) ???",
        "Test ?? Person",  # one name or two?
        "Test (??) and Other (???)",
        "?? (Test)",  # a name, a translation or a remark
        '??? ("Test Person")',
        "??, (pen name)",
        "Test Person (???)(?)",  # whose doubt?
        "Test Person ??(?)",
        '"Test, ??"',  # half of a quotation, half of a bracket
        "??, Other)",
        "NA, ??",
        "123, ??",
    ],
)
def test_nothing_is_guessed(text):
    with pytest.raises(ValueError, match=r"question marks|no letters"):
        read_names(text)


@pytest.mark.parametrize("text", ["Test Person, ??, <b>x</b>", "Test Person, ??\x00"])
def test_a_cell_that_is_no_text_is_not_read_in_part(text):
    with pytest.raises(ValueError, match=r"HTML|control"):
        read_names(text)


def test_intact_cells_are_read_as_before():
    assert read_names("Test Person?, (Other?); [Third] ") == ("Test Person?", "(Other?)", "[Third]")
    assert read_names("Half (one, two)") == ("Half (one", "two)")


def test_characters_of_the_main_name_are_read_as_a_whole_or_not_at_all():
    with pytest.raises(ValueError, match="question marks"):
        read_characters("测试, ??")


NAMES = st.sampled_from(["Test Person", "Test", "Other Name", "Third O'Name", "Test (pen name)", "Dolma?", "测试"])


@given(st.lists(st.one_of(NAMES, st.sampled_from(LOST)), min_size=1, max_size=6), st.sampled_from([", ", ";", "，"]))
def test_every_name_between_separators_is_kept_and_nothing_else(parts, separator):
    names = tuple(dict.fromkeys(p for p in parts if p not in LOST))
    if not names:
        with pytest.raises(ValueError, match="question marks"):
            read_names(separator.join(parts))
        return
    found = read_names(separator.join(parts))
    if set(parts) & set(LOST):
        assert found == InPart(names, "characters were replaced by question marks before the file was written")
    else:
        assert found == names


@given(st.text(alphabet='Ab?, ()"\ufffd·测', max_size=30))
def test_no_lost_character_is_ever_in_a_name(text):
    try:
        found = read_names(text)
    except ValueError:
        return
    for name in found.value if isinstance(found, InPart) else found:
        assert "\ufffd" not in name
        assert "??" not in name.replace(" ", "")


def test_a_cell_read_in_part_is_shown_as_such(tmp_path):
    """One row each: whole, in part, not at all, empty; the five counts add up and the cell stands in `unread`."""
    header = ["CECC record number", "main name", "alternate name (lay or pen)", "additional name(s)"]
    cells = [("Pen Name", ""), ("Pen Name, ??", "??? Main Person, Other; ??"), ("??", ""), ("", "")]
    path = tmp_path / "export.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = [[f"2004-{i:05d}", "Main Person", *c] for i, c in enumerate(cells, 1)]
        csv.writer(file).writerows([header, *rows])
    export = cl.read_cecc(path)
    assert export.cases["aliases"].fillna("").tolist() == ["Pen Name", "Pen Name; Other", "", ""]
    counts = ["parsed", "read_in_part", "empty", "could_not_be_read", "not_used"]
    account = export.account.set_index("field")
    assert account.loc["alternate_name", counts].tolist() == [1, 1, 1, 1, 0]
    assert account.loc["additional_names", counts].tolist() == [0, 1, 3, 0, 0]
    assert (account[counts].sum(axis=1) == 4).all()
    assert export.unread[["record", "field", "value", "kept"]].fillna("").to_numpy().tolist() == [
        ["2004-00002", "alternate_name", "Pen Name, ??", "Pen Name"],
        ["2004-00002", "additional_names", "??? Main Person, Other; ??", "Main Person; Other"],
        ["2004-00003", "alternate_name", "??", ""],
    ]
    assert "1 cells that could not be read and 2 that were read in part" in repr(export)
