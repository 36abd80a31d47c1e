"""Whole sheets: what their maker meant is read, every cell is accounted for, and nothing is guessed silently."""

import subprocess
import sys
from pathlib import Path

import made_up_workbooks as made
import numpy as np
import pandas as pd
import pytest

import clemency as cl
from clemency.records.schema import ACTS, CASES
from clemency.sources.spreadsheets.cells.readings import STATES

NEWCOMER = pd.DataFrame(
    [
        ["Case A", "甲某", 1970.0, "2010年3月5日", "6y3m", "103(2)", "XUAR", "2012-05", "8 months", "Oct 2013", "1y", "", "2015-02-01", ""],
        ["Case B", "乙某", "1965", "5/3/2001", "死缓", "Art. 105(2)", "Lhasa", "2003/6/1", "减为无期徒刑", "", "", "", "", "x"],
        ["Case C", "", "", "17/4/1996", "life", "Art. 102", "Peking", "1999-02", "to 18 years", "", "", "2004-05-20", "", ""],
        ["Case D", "丁某", "n/a", "2008", "判三缓五", "寻衅滋事", "Fuzhou", "", "", "", "", "no", "yes", ""],
        ["Case E", "戊某", "c. 1950", "Nov 2009", "ten years or so", "shoplifting", "Gansu", "2011", "", "2012", "denied", "denied", "", ""],
    ],
    columns=["Name", "姓名", "DOB", "Sentenced", "Term", "Charge", "Prov", "Red1 date", "Red1", "Red2 date", "Red2",
             "Medical parole", "Released", "Notes"],
)  # fmt: skip


def adds_up(own):
    assert (own.account[list(STATES)].sum(axis=1) == own.account["n_rows"]).all()
    told = own.problems.groupby("severity")["cells"].sum()
    assert int(own.account["not_read"].sum()) == int(told.get("error", 0))
    cells = own.problems[own.problems["read_as"].ne("") | own.problems["problem"].str.contains("without a unit")]
    assert int(own.account[["in_part", "uncertain"]].to_numpy().sum()) == int(cells["cells"].sum())


@pytest.fixture(scope="module")
def newcomer():
    return cl.read_records(NEWCOMER, as_of="2016-12-31")


def test_a_newcomers_sheet(newcomer):
    own = newcomer
    assert own.kind == "wide"
    cases = own.cases
    assert cases["name_zh"].fillna("").tolist() == ["甲某", "乙某", "", "丁某", "戊某"]
    assert cases["birth_date"].fillna("").tolist() == ["1970", "1965", "", "", "1950~"]
    assert cases["sentence_date"].tolist() == ["2010-03-05", "2001-03-05", "1996-04-17", "2008", "2009-11"]
    assert cases["sentence_type"].tolist() == ["fixed", "death_reprieve", "life", "suspended", np.nan]
    assert cases["sentence_months"].fillna(0).tolist() == [75, 0, 0, 36, 0]
    assert cases["charge_ids"].fillna("").tolist() == ["CL97-103(2)", "CL97-105(2)", "", "", ""]
    families = ["endangering_state_security", "endangering_state_security", "counterrevolution", "public_order", np.nan]
    assert cases["charge_family"].tolist() == families  # Art. 102 in 1996 is of the law of 1979
    assert cases["region"].tolist() == ["Northwest", "Southwest", "North", np.nan, "Northwest"]
    assert cases["status"].tolist() == ["released", "unknown", "unknown", "released", "unknown"]
    assert cases["seen_date"].fillna("").tolist() == ["", "2016-12-31", "2016-12-31", "", "2016-12-31"]
    acts = own.acts[["case_id", "act_type", "act_date", "months", "term_after"]].astype(object)
    assert acts.where(acts.notna(), None).values.tolist() == [
        ["row-0", "sentence_reduction", "2012-05", 8, None],
        ["row-0", "sentence_reduction", "2013-10", 12, None],
        ["row-1", "commutation_death_to_life", "2003-06-01", None, None],
        ["row-2", "commutation_life_to_fixed", "1999-02", None, 216],
        ["row-2", "medical_parole", "2004-05-20", None, None],
        ["row-4", "sentence_reduction", "2011", None, None],
        ["row-4", "reduction_denied", "2012", None, None],
        ["row-4", "medical_parole_denied", None, None, None],
    ]


def test_what_it_did_not_read_is_told_with_its_place(newcomer):
    adds_up(newcomer)
    errors = newcomer.problems[newcomer.problems["severity"] == "error"]
    assert errors[["row", "column", "value"]].values.tolist() == [
        [3, "Prov", "Fuzhou"],
        [4, "Term", "ten years or so"],
        [4, "Charge", "shoplifting"],
    ]
    assert (errors["remedy"] != "").all()
    report = newcomer.report()
    for said in ("Fuzhou in CN-FJ; Fuzhou in CN-JX", "3 not read", "Sentenced  sentence_date", "day first"):
        assert said in " ".join(report.split()).replace("Sentenced sentence_date", "Sentenced  sentence_date"), said


@pytest.fixture(scope="module")
def workbooks(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made up")
    subprocess.run([sys.executable, made.__file__, str(folder)], check=True)
    return folder


def meant_acts(people, key):
    return [(key(p), date[1], float(months)) for p in people for date, months in p["acts"]]


def compare(own, people):
    cases = own.cases.reset_index(drop=True)
    assert cases["sentence_type"].astype(str).tolist() == [p["kind"] for p in people]
    assert cases["sentence_months"].fillna(0).tolist() == [p["months"] or 0 for p in people]
    assert cases["province"].astype(str).tolist() == [p["province"][1] for p in people]
    assert cases["sentence_date"].tolist() == [p["sentenced"][1] for p in people]
    assert cases["detention_date"].tolist() == [p["detained"][1] for p in people]
    keys = cases["charge_ids"].fillna(cases["charge_ids_derived"])
    assert keys.tolist() == [p["charge"][1] for p in people]
    assert cases["sex"].astype(str).tolist() == ["F" if p["sex"] in ("F", "女", "female") else "M" for p in people]


def test_an_english_sheet_with_acts_in_columns(workbooks):
    people = made.people(1, ("iso", "slashed", "named", "month", "year", "day first"))
    own = cl.read_records(workbooks / "made_up_english_wide.xlsx", as_of="2015-12-31")
    adds_up(own)
    compare(own, people)
    assert own.cases["name"].tolist() == [p["name"] for p in people]
    cuts = own.acts[own.acts["act_type"] == "sentence_reduction"]
    rows = {f"row-{i}": p for i, p in enumerate(people, 4)}
    names = {p["name"]: key for key, p in rows.items()}
    found = list(zip(cuts["case_id"], cuts["act_date"], cuts["months"], strict=True))
    assert found == meant_acts(people, lambda p: names[p["name"]])
    assert own.acts.query("act_type == 'medical_parole'")["act_date"].tolist() == ["2012-05"]
    notes = " ".join(own.problems["problem"])
    for said in ("a line above the header", "a total, not a record", "a remark, not a record", "the column is hidden"):
        assert said in notes
    assert not (own.problems["severity"] == "error").any()


def test_the_example_of_the_pages_is_what_the_script_writes(workbooks):
    page = Path(__file__).parents[3] / "docs" / "made-up-records.csv"
    assert (workbooks / "made-up-records.csv").read_bytes() == page.read_bytes()


def test_a_chinese_sheet_with_a_header_of_two_rows(workbooks):
    people = made.people(2, ("chinese", "chinese month", "iso"))
    own = cl.read_records(workbooks / "made_up_chinese_two_headers.xlsx")
    adds_up(own)
    for p in people:
        p["sex"] = "F" if p["sex"] in ("F", "女", "female") else "M"
    compare(own, people)
    ids = {id(p): f"虚构{i:03d}" for i, p in enumerate(people, 2)}
    found = list(zip(own.acts["case_id"], own.acts["act_date"], own.acts["months"], strict=True))
    assert found == meant_acts(people, lambda p: ids[id(p)])
    assert "rows 1 and 2 are read as one header" in " ".join(own.problems["problem"])


def test_a_sheet_with_a_row_for_each_act(workbooks):
    people = [p for p in made.people(3, ("iso",)) if p["acts"]]
    own = cl.read_records(workbooks / "made_up_act_rows.xlsx")
    assert own.kind == "acts"
    adds_up(own)
    compare(own, people)
    keys = dict(zip(own.cases["name"], own.cases["case_id"], strict=True))
    found = list(zip(own.acts["case_id"], own.acts["act_date"], own.acts["months"], strict=True))
    assert found == meant_acts(people, lambda p: keys[p["name"]])


def test_from_spreadsheet_to_cohort_cox_and_a_folder_for_the_report(workbooks, tmp_path):
    own = cl.read_records(workbooks / "made_up_english_wide.xlsx", as_of="2015-12-31")
    folder = own.save(tmp_path / "mine")
    cohort = cl.cohort(own.cases, own.acts, outcome="sentence_reduction", until="2015-12-31")
    fit = cl.cox(cohort, "sentence_months", outcome="sentence_reduction")
    assert fit.glance()["events"].item() == cohort.spells["event"].eq("sentence_reduction").sum() > 10
    found = cl.check(folder)
    assert found[found["severity"] == "error"].empty
    for name in ("cases", "acts"):
        loaded, direct = cl.load(name, folder), getattr(own, name)
        pd.testing.assert_frame_equal(loaded, direct[list(loaded.columns)], check_categorical=False, check_dtype=False)
    from clemency.reports.inputs import inputs

    assert inputs("2005Q1", folder).cases["case_id"].tolist() == own.cases["case_id"].tolist()


def test_the_shipped_cases_are_read_as_they_are_loaded():
    """Most words of their charges give the articles that their editors derived; the rest of every column is the same."""
    cases = cl.load("cases").iloc[::6].reset_index(drop=True)
    names = [c.name for c in CASES.stored]
    own = cl.read_records(cases[names], kind="cases")
    adds_up(own)
    for name in (n for n in names if n not in ("charge_ids_derived", "inferred")):
        mine, theirs = (f[name].astype(object).where(f[name].notna(), None) for f in (own.cases, cases))
        assert mine.tolist() == theirs.tolist(), name
    same = own.cases["charge_ids_derived"].fillna("") == cases["charge_ids_derived"].fillna("")
    assert same.mean() > 0.9


def test_the_shipped_acts_are_read_as_they_are_loaded():
    acts, names = cl.load("acts"), [c.name for c in ACTS.stored]
    own = cl.read_records(acts.merge(cl.load("cases")[["case_id", "name"]])[[*names, "name"]])
    assert own.kind == "acts"
    for name in (n for n in names if n not in ("act_id", "destination")):
        mine, theirs = (f[name].astype(object).where(f[name].notna(), None) for f in (own.acts, acts))
        assert mine.tolist() == theirs.tolist(), name


def test_records_of_one_case_that_differ_are_told():
    sheet = pd.DataFrame({"Name": ["Case A"] * 3, "Term": ["6 years", "8 years", ""], "Act type": ["减刑"] * 3,
                          "Date": ["2001", "2003", "2005"], "Months": [6, 7, 8]})  # fmt: skip
    own = cl.read_records(sheet)
    assert own.cases["sentence_months"].tolist() == [72]
    assert own.acts["case_id"].tolist() == ["row-0"] * 3
    assert own.problems.query("row == 1")["problem"].tolist() == [
        "another record of this case says fixed, 72 months, which is kept"
    ]


def test_keys_and_rows_that_occur_twice():
    sheet = pd.DataFrame(
        {"ID": ["1", "1", "2", "2"], "Name": ["Case A", "Case B", "Case C", "Case C"], "Term": ["6 years"] * 4}
    )
    own = cl.read_records(sheet)
    assert own.cases["case_id"].tolist() == ["1", "1-row-1", "2"]
    told = own.problems.set_index("row")["problem"]
    assert "the key occurs already in row 0" in told[1]
    assert "the same as row 2 in every cell" in told[3]


def test_the_order_of_days_is_asked_for():
    sheet = pd.DataFrame(
        {"Name": ["Case A", "Case B"], "Sentenced": ["03/04/2015", "2014-01-01"], "Term": ["6 years"] * 2}
    )
    own = cl.read_records(sheet)
    assert own.cases["sentence_date"].fillna("").tolist() == ["", "2014-01-01"]
    assert own.problems.query("severity == 'error'")["alternatives"].tolist() == ["2015-04-03; 2015-03-04"]
    for day_first, meant in ((True, "2015-04-03"), (False, "2015-03-04")):
        assert cl.read_records(sheet, day_first=day_first).cases["sentence_date"][0] == meant
        told = {"Sentenced": {"field": "sentence_date", "day_first": day_first}}
        assert cl.read_records(sheet, told).cases["sentence_date"][0] == meant
    both = pd.DataFrame({"Name": list("ABC"), "Sentenced": ["03/04/2015", "25/04/2015", "04/26/2015"]})
    assert cl.read_records(both).cases["sentence_date"].fillna("").tolist() == ["", "2015-04-25", "2015-04-26"]


def test_order_of_columns_and_rows_and_container_do_not_matter(newcomer):
    polars = pytest.importorskip("polars")
    turned = cl.read_records(NEWCOMER[NEWCOMER.columns[::-1]], as_of="2016-12-31")
    pd.testing.assert_frame_equal(turned.cases, newcomer.cases)
    back = NEWCOMER.iloc[::-1].reset_index(drop=True)
    other = cl.read_records(back, as_of="2016-12-31").cases.iloc[::-1].reset_index(drop=True)
    names = ["name", "sentence_date", "sentence_type", "sentence_months", "charge_family", "region", "status"]
    pd.testing.assert_frame_equal(other[names], newcomer.cases[names])
    texts = NEWCOMER.astype(str)
    same = cl.read_records(polars.DataFrame(texts.to_dict("list")), as_of="2016-12-31")
    pd.testing.assert_frame_equal(same.cases, newcomer.cases)


def test_acts_whose_kind_cannot_be_told_are_left_out_and_named():
    sheet = pd.DataFrame({"Name": ["Case A"], "Term": ["6 years"], "Commutation": ["2001: to 5 years"]})
    own = cl.read_records(sheet)
    assert own.acts.empty
    assert "not known as one of life" in own.problems.query("row == 0")["problem"].item()


def test_a_kind_that_the_sheet_does_not_have():
    with pytest.raises(cl.UsageError, match="no column is one of acts"):
        cl.read_records(pd.DataFrame({"Name": ["Case A"], "Term": ["life"]}), kind="wide")
    own = cl.read_records(NEWCOMER, kind="cases")
    assert own.acts.empty
    assert own.account.set_index("column")["not_used"]["Red1 date"] == 4
