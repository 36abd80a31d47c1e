"""Columns are understood by name and content, shown as a table, and kept in a file that gives the same again."""

import pandas as pd
import pytest

import clemency as cl
from clemency.records.errors import UsageError
from clemency.records.schema import ACTS, CASES
from clemency.sources.spreadsheets.columns.fields import FIELDS
from clemency.sources.spreadsheets.columns.headings import Meaning, known, meanings
from clemency.sources.spreadsheets.template import HEADINGS

SHEET = pd.DataFrame(
    {
        "Prisoner": ["Case A", "Case B", "Case C"],
        "Sentenced": ["6 years", "life", "3 years"],
        "Judged": ["x", "y", "z"],
        "When": ["2001-02-03", "2002-03-04", "2003"],
        "Where": ["Sichuan", "XUAR", "Lhasa"],
        "Zzz": ["Tibetan", "Uyghur", "Han"],
        "Cut 1": ["8", "", "10"],
        "Cut 1 date": ["2003-01", "", "2005-01"],
    }
)


@pytest.mark.parametrize(
    ("header", "meant"),
    {
        "Red1 date": Meaning("act_date", "sentence_reduction 1", "sentence_reduction"),
        "第二次减刑时间": Meaning("act_date", "sentence_reduction 2", "sentence_reduction"),
        "第一次减刑幅度": Meaning("act_months", "sentence_reduction 1", "sentence_reduction"),
        "Reduction 2 (months)": Meaning("act_months", "sentence_reduction 2", "sentence_reduction", "months"),
        "1st reduction - date": Meaning("act_date", "sentence_reduction 1", "sentence_reduction"),
        "Date of 3rd reduction": Meaning("act_date", "sentence_reduction 3", "sentence_reduction"),
        "MP date": Meaning("act_date", "medical_parole", "medical_parole"),
        "保外就医": Meaning("act", "medical_parole", "medical_parole"),
        "Commutation term after": Meaning("term_after", "commuted", "commuted"),
        "DOB": Meaning("birth_date"),
        "Term (years)": Meaning("sentence", unit="years"),
        "sentence_months": Meaning("sentence", unit="months"),
        "罪名": Meaning("charge"),
        "刑期": Meaning("sentence"),
    }.items(),
)
def test_names_of_columns(header, meant):
    assert meanings(header)[0] == meant


def test_names_that_tell_nothing():
    assert not any(map(known, ("", "Shoe size", "2014-10-03", "Case A", "6 years")))


@pytest.mark.parametrize("table", [CASES, ACTS])
def test_the_tables_own_columns_mean_themselves(table):
    for column in table.stored:
        options = meanings(column.name)
        assert all(o.field in FIELDS for o in options)
        assert not options or column.name.startswith((options[0].field, "name", "sentence", "charge", "months")), column


def test_the_columns_of_the_template_are_understood():
    assert [meanings(h.column)[0].field for h in HEADINGS] == [h.field for h in HEADINGS]


def test_content_decides_between_the_meanings_of_a_name():
    own = cl.read_records(SHEET)
    fields = dict(zip(own.columns["column"], own.columns["field"], strict=True))
    assert fields["Sentenced"] == "sentence"  # although sentenced on a day is what it mostly means
    assert fields["When"] == ""  # dates, but of what is not told
    assert fields["Zzz"] == "ethnicity"
    assert fields["Cut 1"] == "act"
    told = own.problems.set_index("column")["problem"]
    assert "taken for ethnicity by what it holds" in told["Zzz"]
    assert "dates, of what is not told" in told["When"]
    assert own.problems.query("column == 'Cut 1'")[["cells", "severity", "alternatives"]].values.tolist() == [
        [2, "warning", "years"]
    ]


def test_a_guess_can_be_edited_kept_and_read_back(tmp_path):
    first = cl.read_records(SHEET)
    table = first.columns
    table.loc[table["column"] == "When", "field"] = "sentence_date"
    table.loc[table["column"] == "Zzz", "field"] = ""
    edited = cl.read_records(SHEET, table)
    assert edited.cases["sentence_date"].tolist() == ["2001-02-03", "2002-03-04", "2003"]
    assert edited.cases["ethnicity"].isna().all()
    path = edited.save_columns(tmp_path / "columns.yaml")
    again = cl.read_records(SHEET, path)
    pd.testing.assert_frame_equal(again.cases, edited.cases)
    pd.testing.assert_frame_equal(again.acts, edited.acts)
    assert again.columns[["column", "field", "act", "unit"]].equals(edited.columns[["column", "field", "act", "unit"]])
    assert (again.columns["certainty"] == "given").all()
    some = cl.read_records(SHEET, {"When": "sentence_date", "Cut 1": {"field": "act_months", "act": "sentence_reduction 1",
                                   "act_type": "sentence_reduction", "unit": "years"}, "Zzz": None})  # fmt: skip
    assert some.acts["months"].tolist() == [96, 120]
    assert some.cases["ethnicity"].isna().all()


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"Nobody": "name"}, "which the sheet does not have"),
        ({"Prisoner": "nam"}, "Did you mean 'name'"),
        ({"Prisoner": {"field": "name", "colour": "red"}}, "columns= has colour"),
        ({"Cut 1": {"field": "act_months", "unit": "moons"}}, "the unit 'moons'"),
        ({"Cut 1": {"field": "act_months", "act_type": "cut"}}, "the act_type 'cut'"),
        ({"Prisoner": None}, "No column tells who a row is about"),
        (3, "columns= takes a dict"),
        (pd.DataFrame({"a": [1]}), "needs the columns 'column' and 'field'"),
        ("nowhere.yaml", "There is no file"),
    ],
)
def test_mappings_that_are_none(columns, said):
    with pytest.raises(UsageError, match=said):
        cl.read_records(SHEET, columns)


def test_a_file_that_is_no_mapping(tmp_path):
    for text in (
        "- a",
        "kind: wide",
        "kind: other\ncolumns: []",
        "columns: [1]",
        "a: [",
        "!!python/object/apply:os.system ['true']",
    ):
        path = tmp_path / "columns.yaml"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(UsageError, match="not a mapping of columns"):
            cl.read_records(SHEET, path)


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("Term (刑期)", "sentence"),
        ("刑期 / Term", "sentence"),
        ("Charge / 罪名", "charge"),
        ("Province（省份）", "province"),
        ("Sex 性别", "sex"),
    ],
)
def test_a_name_in_two_scripts_is_what_both_say(header, field):
    assert field in [m.field for m in meanings(header)]


def test_halves_that_say_different_things_are_no_name():
    assert not any(m.field in ("sex", "charge") for m in meanings("Sex / 罪名"))
