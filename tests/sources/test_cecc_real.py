"""The archive's copy of the whole database as exported on 23 July 2020; skipped where it is not at hand."""

import pytest

import clemency as cl
from clemency.sources.cecc.fields import FIELDS


@pytest.fixture(scope="module")
def export(shared_data):
    path = shared_data / "steinert2022" / "complete_pprisdat.RData"
    if not path.is_file():
        pytest.skip(f"no {path}")
    pytest.importorskip("pyreadr")
    return cl.read_cecc(path, as_of="2020-07-23")


def test_the_known_facts(export):
    assert len(export.cases) == 10_271
    assert (export.cases["detention_status"] == "REL").sum() == 7_537
    # 1,383 records of any status have a text in the field; one of them names a day that does not exist.
    assert (export.raw["release"] != "").sum() == 1_383
    assert export.cases["record"].is_unique


def test_every_cell_is_accounted_for(export):
    fields = export.account[export.account["field"] != ""]
    assert fields["field"].tolist() == [f.name for f in FIELDS]
    counts = export.account[["parsed", "read_in_part", "empty", "could_not_be_read", "not_used"]]
    assert (counts.sum(axis=1) == 10_271).all()
    assert (export.account["field"] == "").sum() == 134  # columns that the study's author derived


def test_every_code_of_the_database_is_read(export):
    unread = export.account.set_index("field")["could_not_be_read"]
    damaged = {"name_zh", "alternate_name", "additional_names", "pinyin_name"}  # characters lost as ??
    assert unread.drop(["", *damaged])[lambda n: n > 0].to_dict() == {"sentence_date": 1, "release": 1}
    dates = export.unread[~export.unread["field"].isin(damaged)]
    assert sorted(dates["value"]) == ["1997/02/29", "2102/10/25"]
    assert unread["name_zh"] == (export.raw["name_zh"] != "").sum()


def test_names_beside_lost_characters(export):
    """Of 370 cells of other names with lost characters 164 hold a letter: 151 a name; the other 13 were looked at.

    Of the 13, four are letters joined to lost characters, five a bracket behind a lost name, two a single word
    beside lost characters (account names), two words on both sides of lost characters.
    """
    fields = ["alternate_name", "additional_names", "pinyin_name"]
    account = export.account.set_index("field").loc[fields]
    assert account["read_in_part"].tolist() == [76, 74, 1]
    assert account["could_not_be_read"].tolist() == [106, 111, 2]
    assert export.account["read_in_part"].sum() == 151
    unread = export.unread[export.unread["field"].isin(fields)]
    assert unread["kept"].dropna().str.split("; ").str.len().sum() == 180
    lettered = unread["value"].str.contains("[A-Za-z]")
    assert (lettered.sum(), (lettered & unread["kept"].isna()).sum()) == (164, 13)
    assert not unread["kept"].str.contains(r"\?", na=False).any()


def test_counts_that_documentation_names(export):
    cases = export.cases
    assert cases["sentence_type"].value_counts().to_dict() == {
        "none": 4268,
        "fixed": 3850,
        "rtl": 759,
        "suspended": 136,
        "pending": 0,
        "life": 78,
        "death_reprieve": 14,
        "death": 1,
    }
    acts = export.acts
    dates_alone = acts["note"].fillna("").str.startswith("from the release date")
    assert (len(acts), dates_alone.sum(), (cases["status"] == "released_early").sum()) == (449, 91, 147)
    assert (cases["status"] == "released_on_expiry").sum() == 411
    known = cases[["charge_articles", "charge_ids", "charge_ids_derived", "charge_family"]].notna().sum()
    assert known.tolist() == [1769, 1314, 44, 1705]
    assert acts.loc[dates_alone, "months"].notna().sum() == 42
    assert set(acts.loc[dates_alone, "certainty"]) == {"inferred"}
    assert (cases["status_date"].notna() & cases["status"].isin(["serving", "unknown"])).sum() == 0
    assert acts.loc[dates_alone, "months"].dropna().gt(31 / 30.5).all()


def test_a_reduction_does_not_take_a_case_out_of_models_with_the_term(export):
    """Left empty, the term was missing for all 43 cases with a reduction in the cohort and for 6 of the 905 others."""
    cohort = cl.cohort(export.cases, export.acts, outcome="sentence_reduction", sentence_types=("fixed",))
    known = cohort.spells["sentence_months"].notna().groupby(cohort.spells["event"] == "sentence_reduction")
    assert known.agg(["sum", "size"]).to_numpy().tolist() == [[902, 902], [36, 40]]
    commuted = export.acts["act_type"].astype("string").str.startswith("commutation")
    kinds = export.cases.loc[export.cases["case_id"].isin(export.acts.loc[commuted, "case_id"]), "sentence_type"]
    assert set(kinds) == {"life", "death_reprieve", "none"}
