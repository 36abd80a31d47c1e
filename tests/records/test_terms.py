"""Months added to days and ends of terms, counted on a calendar; what tables and editions say when they are wrong."""

import numpy as np
import pandas as pd
import pytest

import clemency as cl
from clemency.records.schema import TABLES
from clemency.records.tables.derive import charge_family, months_cut
from clemency.records.terms import add_months, term_end


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        ("2014-01-31", 1, "2014-02-28"),
        ("2012-01-31", 1, "2012-02-29"),
        ("2014-01-31", 3, "2014-04-30"),
        ("2014-11-30", 3, "2015-02-28"),
        ("2014-12-15", 1, "2015-01-15"),
        ("2014-01-31", 0, "2014-01-31"),
        ("2014-03-31", -1, "2014-02-28"),
        ("2014-01-01", 0.5, "2014-01-16"),  # half a month is 15.2 days
        ("2014-01-31", 1.5, "2014-03-15"),
        ("2014-03-15", -0.5, "2014-03-02"),  # a month back to 15 February, and 15 days on
        ("2000-02-29", 12, "2001-02-28"),
        ("1969-12-31", 2, "1970-02-28"),
    ],
)
def test_months_on_a_calendar(day, months, later):
    assert add_months(day, months).astype(str).tolist() == [later]


def test_days_and_months_are_paired_and_unknown_ones_stay_unknown():
    found = add_months(["2014-01-31", "NaT", "2014-05-01"], [1, 1, np.nan])
    assert found.astype(str).tolist() == ["2014-02-28", "NaT", "NaT"]
    assert add_months(["2014-01-31", "2014-05-31"], 1).astype(str).tolist() == ["2014-02-28", "2014-06-30"]
    assert add_months("2014-01-31", [1, np.inf]).astype(str).tolist() == ["2014-02-28", "NaT"]
    assert term_end("2014-10-01", [72, 0.5]).astype(str).tolist() == ["2020-09-30", "2014-10-15"]
    assert term_end("2014-03-01", 12).astype(str).tolist() == ["2015-02-28"]


def test_months_cut_are_the_larger_of_the_total_and_of_the_single_cuts_less_extensions():
    acts = pd.DataFrame(
        [
            ("a", "sentence_reduction", 6, "single"),
            ("a", "sentence_reduction", 8, "single"),
            ("a", "sentence_reduction", 10, "total"),
            ("b", "sentence_reduction", 3, "single"),
            ("b", "sentence_reduction", 5, "total"),
            ("c", "sentence_extension", 4, "single"),
            ("d", "sentence_reduction", 9, "single"),
            ("d", "sentence_extension", 4, "single"),
            ("e", "medical_parole", 9, "single"),
            ("f", "sentence_reduction", np.nan, "single"),
        ],
        columns=["case_id", "act_type", "months", "scope"],
    )
    assert months_cut(acts).to_dict() == {"a": 14, "b": 5, "c": -4, "d": 5, "f": 0}
    assert months_cut(acts.iloc[5:6]).to_dict() == {"c": -4}
    assert months_cut(acts.iloc[:0]).to_dict() == {}


def test_of_several_charges_the_family_comes_first_in_the_vocabulary():
    family = pd.Series({"x": "public_order", "y": "endangering_state_security", "z": "cult"}, dtype="string")
    ids = pd.Series(["x", "x y", "z y x", None, "z"], index=[5, 6, 7, 8, 9], dtype="string")
    found = charge_family(ids, family)
    assert found.index.tolist() == [5, 6, 7, 8, 9]
    assert found.fillna("").tolist() == ["public_order", *["endangering_state_security"] * 2, "", "cult"]


def test_columns_are_found_by_name():
    table = TABLES["acts"]
    assert table["months"].name == "months"
    with pytest.raises(KeyError, match="weeks"):
        table["weeks"]
    derived = {c.name for c in TABLES["cases"].columns} - {c.name for c in TABLES["cases"].stored}
    assert derived == {"province_name", "region", "charge_family", "charge_basis", "expiry_date"}


def test_documents_that_are_not_among_the_sources():
    with pytest.raises(cl.UsageError, match=r"Not among the sources: x, y\. Pass the folder"):
        cl.cite(pd.DataFrame({"source_ids": ["x y", "x"]}))
    first, second = cl.load("sources")["source_id"].iloc[:2]
    cited = cl.cite(pd.DataFrame({"source_ids": [f"{second} {first}", None, first]}))
    assert cited["source_id"].tolist() == [second, first]  # as the rows name them
    assert cited["n_rows"].tolist() == [1, 2]


def test_editions_in_words(folder, spoil):
    assert str(cl.edition()).startswith("clemency data, edition ")
    assert "changed" not in str(cl.edition())
    assert ", intact<br>" in cl.edition()._repr_html_()
    spoil("events", 2, "label", "Another label")
    changed = cl.edition(folder)
    assert str(changed).endswith(", changed: events.csv)")
    assert ", changed: events.csv<br>" in changed._repr_html_()
    assert changed.sha256 in changed._repr_html_()
    (folder / "datapackage.json").write_text("{}", encoding="utf-8")
    with pytest.raises(cl.DataError, match=r"^datapackage.json: missing or not readable"):
        cl.edition(folder)


def test_headers_that_are_wrong(folder):
    path = folder / "events.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("event_id,", "event_id,event_id,", 1), encoding="utf-8")
    (first, *_) = cl.check(folder).query("file == 'events.csv'").to_dict("records")
    assert (first["row"], first["column"], first["message"]) == (1, "event_id", "the column occurs twice")
    cases = folder / "cases.csv"
    cases.write_text(cases.read_text(encoding="utf-8").replace("case_id,", "case_id,region,", 1), encoding="utf-8")
    found = cl.check(folder).query("file == 'cases.csv' and column == 'region'").iloc[0]
    assert found["message"] == "the column is not part of this table"
    assert found["remedy"] == "Take it out: it is computed when the table is loaded."
    path.write_text(text.replace("event_id,", "event_id,xyzzy,", 1), encoding="utf-8")
    assert cl.check(folder).query("column == 'xyzzy'")["remedy"].tolist() == [
        "Take it out and keep it in a file of your own."
    ]
