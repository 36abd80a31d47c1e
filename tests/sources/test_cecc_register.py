"""The register: a small one written for the purpose, and the real database where it is at hand."""

import csv
import importlib
import sys
from pathlib import Path

import pandas as pd
import pytest

import clemency as cl
from clemency.records.publicfiles.transfer import refusal
from clemency.sources.cecc import database

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "data" / "build"

EXPORT = """CECC record number,detention status,main name,date of detention,legal process,length of sentence,\
sentence date,current sentence ends,actual date released,short summary
2004-00001,REL,Test Person One,2000/01/10,chg/tri/sent/rel,5,2000/06/01,2005/01/09,2004/03/01,A court sentenced him.
2011-00002,DET,Test Person Two,2015/05/05,chg/tri/sent,8,2016/02/01,2023/05/04,,A court sentenced her.
2012-00003,REL,Test Person Three,2011/02/02,chg/tri/sent/rel,3,2011/08/01,2014/02/01,2014/02/01,A court sentenced him.
"""
CASES = {
    "case_id": ["one", "other"],
    "person_id": ["person-one", "person-other"],
    "cecc_record": ["2004-00001", None],
    "sentence_type": ["fixed", "fixed"],
    "sentence_months": [60.0, 24.0],
    "status": ["released_early", "serving"],
}


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A register of three records, of which the shipped tables know one with two acts."""
    monkeypatch.setenv("CLEMENCY_CACHE", str(tmp_path / "cache"))
    shipped, acts = cl.load("cases"), cl.load("acts")
    cases = shipped.iloc[:2].assign(**{k: pd.Series(v) for k, v in CASES.items()})
    for column in ("detention_date", "sentence_date", "status_date"):
        cases[column] = pd.Series([None, None], dtype="string")
    told = acts.iloc[:2].assign(
        act_id=["a", "b"],
        case_id=["one", "other"],
        act_type="sentence_reduction",
        act_date=["2002-05", "2003-01-01"],
        date_basis="act",
        months=[6.0, 3.0],
        certainty="stated",
        scope="single",
        note=[None, None],
    )
    monkeypatch.setattr(database, "load", {"cases": cases, "acts": told}.__getitem__)
    path = tmp_path / "export.csv"
    path.write_text(EXPORT, encoding="utf-8")
    return cl.register(path)


def test_cases_and_acts_by_hand(small):
    cases = small.cases.set_index("record")
    assert cases.index.tolist() == ["2004-00001", "2011-00002", "2012-00003"]
    assert cases["person_id"].tolist() == ["person-one", "cecc-2011-00002", "cecc-2012-00003"]
    assert set(cases["frame"]) == {"register"}
    # The second record was opened in 2011 and goes on with a detention of 2015: known by the day of the export.
    assert cases["known_from"].tolist() == ["2004", "2015-05-05/2020-07-23", "2012"]
    assert cases.loc["2011-00002", "known_from_latest"] == pd.Timestamp("2020-07-23")
    acts = small.acts
    # The cut that the tables know explains the release of 2004; nothing else came before the end of a term.
    assert acts[["case_id", "act_type", "act_date", "months"]].to_numpy().tolist() == [
        ["cecc-2004-00001", "sentence_reduction", "2002-05", 6.0]
    ]


def test_the_second_reading_is_the_first(small, tmp_path):
    again = cl.register(tmp_path / "export.csv")
    pd.testing.assert_frame_equal(again.cases, small.cases)
    pd.testing.assert_frame_equal(again.acts, small.acts)
    assert (tmp_path / "cache" / "register").is_dir()


def test_without_the_file_it_is_said_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setenv("CLEMENCY_CACHE", str(tmp_path))
    monkeypatch.setenv("CLEMENCY_DATA", str(tmp_path))
    monkeypatch.setattr("clemency.records.publicfiles.fetching.download", _refused)
    with pytest.raises(cl.FetchError, match="complete_pprisdat"):
        cl.register()


def _refused(entry, target, report):
    raise refusal(entry, "the network is not there", "Give a copy with from_path=.")


def test_the_real_one(register):
    assert len(register.cases) == 10_271
    linked = cl.load("cases").dropna(subset=["cecc_record"])["cecc_record"].str.split().explode()
    assert linked.isin(register.cases["record"]).all()
    assert register.acts["case_id"].isin(register.cases["case_id"]).all()
    known = register.cases["known_from_latest"] < register.cases["detention_earliest"]
    assert not known.any()


def test_the_shipped_counts_come_out_again(register):
    sys.path.insert(0, str(BUILD))
    try:
        made = importlib.import_module("register_cells")
        for name, columns, table in (
            (
                "register_cells",
                made.COLUMNS,
                made.cells(register).assign(person_months=lambda t: t["person_months"].round(1)),
            ),
            ("register_coverage", made.COVERED, made.coverage(register)),
        ):
            with (BUILD / "raw" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
                shipped = list(csv.DictReader(file))
            assert [{c: str(r[c]) for c in columns} for r in table.to_dict("records")] == shipped
    finally:
        sys.path.remove(str(BUILD))


def test_no_cell_stands_for_few_and_all_groupings_have_the_same_sum():
    cells = cl.load("register_cells")
    assert cells["cases"].min() >= 5
    sums = cells.groupby(["entry", "by"], observed=True)[
        ["person_months", "sentence_reduction", "medical_parole", "expiry"]
    ].sum()
    for _, part in sums.groupby(level="entry", observed=True):
        assert len(part) == 16
        spread = part.max() - part.min()
        assert spread["person_months"] <= 0.05 * len(cells)
        assert (spread.drop("person_months") == 0).all()


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("none.RData", "There is no file {}. Name a copy of complete_pprisdat.RData, or leave path= out"),
        ("x" * 300, "There is no file {}."),
        (".", "{} is a folder. Name the copy of complete_pprisdat.RData itself"),
    ],
)
def test_a_path_that_names_no_file_is_refused(tmp_path, path, told):
    with pytest.raises(cl.UsageError) as said:
        cl.register(tmp_path / path)
    assert told.format(tmp_path / path) in str(said.value)


@pytest.mark.parametrize("path", ["", " "])
def test_a_blank_path_is_refused(path):
    with pytest.raises(cl.UsageError, match="names no file or folder"):
        cl.register(path)
