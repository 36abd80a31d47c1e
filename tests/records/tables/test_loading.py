import subprocess
import sys

import pandas as pd
import pytest

import clemency as cl
from clemency.records.schema import ACT_TYPES, CHARGE_FAMILIES, TABLES


@pytest.mark.parametrize("name", TABLES)
def test_every_table_loads_with_its_declared_columns(name):
    frame = cl.load(name)
    assert len(frame) > 0
    assert frame[TABLES[name].key].is_unique
    declared = [c.name for c in TABLES[name].columns]
    assert [c for c in frame.columns if c in declared] == declared


def test_partial_dates_stand_beside_their_bounds():
    acts = cl.load("acts")
    known = acts.dropna(subset=["act_date"])
    open_ = known["act_date"].str.contains("..", regex=False)
    closed = known[~open_]
    assert (closed["act_earliest"] <= closed["act_latest"]).all()
    begun, ended = (known["act_date"].str.startswith(".."), known["act_date"].str.endswith(".."))
    assert begun.sum() >= 10
    assert known["act_earliest"].isna().tolist() == begun.tolist()
    assert known["act_latest"].isna().tolist() == ended.tolist()
    assert known["act_earliest"].dtype == "datetime64[ns]"
    years = known[known["act_date"].str.fullmatch(r"\d{4}")]
    assert ((years["act_latest"] - years["act_earliest"]).dt.days >= 364).all()
    assert acts[acts["act_date"].isna()]["act_earliest"].isna().all()


def test_categories_keep_the_order_of_the_vocabulary():
    assert tuple(cl.load("acts")["act_type"].cat.categories) == ACT_TYPES
    cases = cl.load("cases")
    assert tuple(cases["charge_family"].cat.categories) == CHARGE_FAMILIES
    assert list(cases["province"].cat.categories) == list(cl.load("provinces")["province"])


def test_derived_columns_follow_from_the_stored_ones():
    cases, provinces, charges = cl.load("cases"), cl.load("provinces"), cl.load("charges")
    merged = cases.dropna(subset=["province"]).merge(
        provinces[["province", "region"]].astype(str), left_on="province", right_on="province", suffixes=("", "_there")
    )
    assert (merged["region"].astype(str) == merged["region_there"]).all()
    one = cases[cases["charge_ids"].notna() & ~cases["charge_ids"].str.contains(" ", na=False)]
    family = charges.set_index("charge_id")["family"].astype(str)
    assert (one["charge_family"].astype(str).to_numpy() == family[one["charge_ids"]].to_numpy()).all()
    assert (one["charge_basis"] == "stated").all()


def test_expiry_counts_from_custody_less_the_months_cut():
    from clemency.records.tables.derive import expiry

    cases = pd.DataFrame(
        {
            "case_id": ["plain", "cut", "year", "life", "unknown", "total"],
            "detention_date": ["2014-10-01", "2014-10-01", "2014", "1990-05-01", None, "2000-01-01"],
            "sentence_type": ["fixed", "fixed", "fixed", "life", "fixed", "fixed"],
            "sentence_months": [72, 72, 12, None, 24, 120],
        }
    )
    acts = pd.DataFrame(
        [
            ("cut", "sentence_reduction", "2017-05-27", 8, None, "single"),
            ("life", "commutation_life_to_fixed", "1995-03-10", None, 228, "single"),
            ("life", "sentence_reduction", "1999", 12, None, "single"),
            ("total", "sentence_reduction", "2005", 6, None, "single"),
            ("total", "sentence_reduction", None, 18, None, "total"),
            ("total", "sentence_extension", "2006", 3, None, "single"),
        ],
        columns=["case_id", "act_type", "act_date", "months", "term_after", "scope"],
    )
    ends = ["2020-09-30", "2020-01-31", "2014-12-31/2015-12-30", "2013-03-09", pd.NA, "2008-09-30"]
    assert expiry(cases, acts).tolist() == ends
    for index in (range(10, 16), list("fedcba"), pd.Index([3, 1, 2, 0, 5, 4])):  # of part of a table, or sorted
        found = expiry(cases.set_axis(index, axis=0), acts)
        pd.testing.assert_index_equal(found.index, pd.Index(index))
        assert found.tolist() == ends
    few = expiry(cases.iloc[[4, 1]], acts)
    assert few.dropna().to_dict() == {1: "2020-01-31"}
    assert few.index.tolist() == [4, 1]
    assert few.dtype == "string"
    none = expiry(cases, acts.iloc[:0])
    assert none.tolist() == ["2020-09-30", "2020-09-30", "2014-12-31/2015-12-30", pd.NA, pd.NA, "2009-12-31"]


def test_load_gives_a_copy_and_reads_an_edited_file_again(folder, spoil):
    first = cl.load("events", folder)
    first.loc[:, "label"] = "changed"
    assert (cl.load("events", folder)["label"] != "changed").all()
    spoil("events", 2, "label", "A new label")
    assert cl.load("events", folder)["label"].iloc[0] == "A new label"


def test_describe_covers_every_column():
    for name in TABLES:
        assert cl.describe(name)["column"].tolist() == list(cl.load(name).columns)
    book = cl.describe("cases")
    assert book["filled"].between(0, 1).all()
    assert book.set_index("column").loc["case_id", "filled"] == 1


def test_cite_lists_each_document_once_with_its_rows():
    acts = cl.load("acts").head(40)
    cited = cl.cite(acts)
    assert cited["source_id"].is_unique
    assert cited["n_rows"].sum() == acts["source_ids"].str.split().str.len().sum()
    assert cited["address"].str.startswith("http").all()


def test_cite_needs_the_column():
    with pytest.raises(cl.UsageError, match="source_ids"):
        cl.cite(cl.load("acts")[["act_id"]])


def test_wrong_names_are_refused():
    with pytest.raises(cl.UsageError, match="There are: cases"):
        cl.load("case")
    with pytest.raises(cl.UsageError, match="no data folder"):
        cl.load("cases", "nowhere")


def test_pseudonyms_join_and_hide():
    secret = "a secret of enough letters"
    cases, acts = cl.load("cases"), cl.load("acts")
    hidden, hidden_acts = cl.pseudonymise(cases, secret), cl.pseudonymise(acts, secret)
    assert hidden["case_id"].is_unique
    assert set(hidden_acts["case_id"]) <= set(hidden["case_id"])
    text = hidden.to_csv() + hidden_acts.to_csv()
    assert not [n for n in cases["name"] if len(n) > 8 and n in text]
    with pytest.raises(cl.UsageError, match="16"):
        cl.pseudonymise(cases, "short")


def test_import_is_light():
    code = (
        "import sys, time; t = time.perf_counter(); import clemency; d = time.perf_counter() - t;"
        "print([m for m in ('pandas', 'numpy', 'matplotlib', 'statsmodels') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_a_regression_loads_no_reader_of_other_formats():
    loaded = "[m for m in sys.modules if m.startswith('clemency.sources')]"
    code = f"import sys, clemency as cl; cl.cox; cl.cohort; print({loaded})"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
