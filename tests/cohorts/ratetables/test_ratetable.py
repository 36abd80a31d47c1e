"""Tables of events and person-time: against the pieces of a cohort, against R's pyears, whatever holds the spells."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import clemency as cl

pytest.importorskip("duckdb")
pytest.importorskip("pyarrow")
REFERENCE = Path(__file__).resolve().parents[2] / "reference" / "ratetable"
COLUMNS = {"start": "start", "entry": "entry", "exit": "exit", "event": "event"}
MORE = {"by": ["region", "sex"], "clock_breaks": [12, 16, 36, 60], **COLUMNS}


@pytest.fixture(scope="module")
def cohort():
    outcome = ["sentence_reduction", "medical_parole"]
    return cl.cohort(cl.load("cases"), cl.load("acts"), outcome=outcome, recurrent=True)


@pytest.fixture(scope="module")
def spells():
    return pd.read_csv(REFERENCE / "spells.csv", dtype=str)


@pytest.fixture(scope="module")
def table(spells):
    return cl.rate_table(spells, **MORE)


def plain(table):
    """Cells with text in place of categories."""
    frame = table.to_pandas()
    texts = [c for c in frame if isinstance(frame[c].dtype, pd.CategoricalDtype)]
    return frame.astype(dict.fromkeys(texts, object))


def same(one, other):
    pd.testing.assert_frame_equal(plain(one), plain(other))


@pytest.mark.parametrize("calendar", ["Q", "M", "Y", None])
@pytest.mark.parametrize("breaks", [[8, 16, 24.5, 60], None])
def test_cells_are_the_pieces_of_the_cohort(cohort, calendar, breaks):
    found = cl.rate_table(cohort, by=["charge_family", "sex"], clock_breaks=breaks, calendar=calendar)
    cut = cohort.split(calendar=calendar) if calendar else cohort
    pieces = (cut.split(clock=breaks) if breaks else cut).spells
    months = (pieces["exit"] - pieces["entry"]).to_numpy()
    hits = {e: (pieces["event"] == e).astype("int64") for e in cohort.events}
    values = pieces.assign(spells=1, person_months=months, person_months_sq=months**2, **hits)
    values = values.assign(**{f"{e}_months": months * hits[e] for e in cohort.events})
    columns = ["spells", "person_months", "person_months_sq", *hits, *(f"{e}_months" for e in hits)]
    wanted = values.groupby(found.keys, dropna=False, observed=True)[columns].sum().reset_index()
    both = wanted.merge(found.to_pandas(), on=found.keys, how="outer", suffixes=("", "_found"), indicator=True)
    assert (both["_merge"] == "both").all()
    assert len(both) == len(found.cells)
    for c in columns:
        np.testing.assert_allclose(both[f"{c}_found"], both[c], rtol=1e-12, atol=1e-8)
    assert found.outcomes == tuple(cohort.events)


def test_equal_to_pyears(table):
    wanted = pd.read_csv(REFERENCE / "pyears.csv").rename(columns={"clock": "interval"})
    both = plain(table).merge(wanted, on=["region", "sex", "interval", "quarter"], how="outer", suffixes=("", "_R"))
    assert len(both) == len(wanted) == len(table.cells)
    np.testing.assert_allclose(both["person_months"], both["pyears"], rtol=1e-11, atol=1e-12)
    assert (both["sentence_reduction"] == both["sentence_reduction_R"]).all()
    assert (both["medical_parole"] == both["medical_parole_R"]).all()


def test_every_container_gives_the_same_cells(table, spells, tmp_path):
    duckdb, polars, arrow = (pytest.importorskip(m) for m in ("duckdb", "polars", "pyarrow"))
    days = spells.assign(**{c: pd.to_datetime(spells[c]) for c in ("start", "entry", "exit")})
    frame, connection = polars.from_pandas(days), duckdb.connect()
    connection.register("mine", days)
    spells.iloc[:250].to_csv(tmp_path / "a.csv", index=False)
    spells.iloc[250:].to_csv(tmp_path / "b.csv", index=False)
    for region, part in days.groupby("region"):
        (tmp_path / f"region={region}").mkdir()
        part.drop(columns="region").to_parquet(tmp_path / f"region={region}" / "part.parquet")
    holding = [
        days,
        days.assign(region=days["region"].astype("category"), event=days["event"].astype("string")),
        frame,
        frame.lazy(),
        frame.with_columns(polars.col("start", "entry", "exit").cast(polars.Date)),
        arrow.Table.from_pandas(days),
        connection.sql("SELECT * FROM mine"),
        str(tmp_path / "*.csv"),
        [tmp_path / "a.csv", tmp_path / "b.csv"],
        str(tmp_path / "**" / "*.parquet"),
    ]
    for data in holding:
        same(cl.rate_table(data, **MORE), table)


def test_months_since_a_day_are_days(table, spells):
    start = pd.to_datetime(spells["start"])
    months = {c: (pd.to_datetime(spells[c]) - start).dt.days / (365.25 / 12) for c in ("entry", "exit")}
    same(cl.rate_table(spells.assign(**months), **MORE), table)
    alone = cl.rate_table(spells.assign(**months), **{**MORE, "start": None, "calendar": None})
    same(alone, cl.rate_table(spells, **MORE, calendar=None))


def test_parts_add_up_exactly_in_any_grouping(table, spells, tmp_path):
    asked = {**MORE, "levels": ["censored", "medical_parole", "sentence_reduction"]}
    a, b, c = (cl.rate_table(spells.iloc[k::3], **asked) for k in range(3))
    for total in ((a + b) + c, c + (b + a), sum([b, a, c])):
        pd.testing.assert_frame_equal(plain(total), plain(table), check_exact=True)
        assert (total.n_rows, total.n_used) == (600, 600)
    total.to_parquet(tmp_path / "t.parquet")
    again = cl.RateTable.from_parquet(tmp_path / "t.parquet")
    pd.testing.assert_frame_equal(again.to_pandas(), total.to_pandas(), check_exact=True)
    same(again + a, total + a)
    with pytest.raises(cl.UsageError, match="clock_breaks"):
        a + cl.rate_table(spells, **{**asked, "clock_breaks": [12]})
    with pytest.raises(cl.DataError, match="cannot be read"):
        cl.RateTable.from_parquet(tmp_path / "none.parquet")
    spells.to_parquet(tmp_path / "spells.parquet")
    with pytest.raises(cl.DataError, match="is no rate table"):
        cl.RateTable.from_parquet(tmp_path / "spells.parquet")


def test_equal_spells_are_cut_once_with_the_same_result(spells):
    few = spells.iloc[:40]
    many = pd.concat([few] * 7, ignore_index=True)
    once, often = cl.rate_table(few, **MORE).cells, cl.rate_table(many, **MORE).cells
    numbers = once.columns[4:]
    np.testing.assert_array_equal(often[numbers].to_numpy(), 7 * once[numbers].to_numpy())


def test_a_missing_group_is_a_group_and_missing_times_are_counted(spells):
    holes = spells.copy()
    holes.loc[[0, 1], "region"] = None
    holes.loc[[2, 3, 4], "exit"] = None
    holes.loc[5, "event"] = ""
    found = cl.rate_table(holes, by="region", calendar=None, **COLUMNS)
    assert found.cells["region"].isna().sum() == 1
    assert found.left_out.to_numpy().tolist() == [["missing value", "exit", 3], ["missing value", "event", 1]]
    assert found.n_rows == found.n_used + found.left_out["n"].sum() == 600
    assert "3 of 600 rows, missing value (exit)" in repr(found)


def test_bad_rows_are_refused_with_file_and_row_or_set_aside(spells, tmp_path):
    bad = spells.copy()
    bad.loc[7, "exit"] = "soon"
    bad.loc[11, "exit"] = bad.loc[11, "entry"]
    bad.loc[13, "start"] = "2999-01-01"
    bad.loc[17, "entry"] = "1999-01-01"
    bad.iloc[:10].to_csv(tmp_path / "a.csv", index=False)
    bad.iloc[10:].to_csv(tmp_path / "b.csv", index=False)
    with pytest.raises(cl.DataError) as refused:
        cl.rate_table(str(tmp_path / "*.csv"), **MORE)
    first = refused.value.problems[0]
    assert (Path(first.file).name, first.row, first.column, first.value) == ("a.csv", 9, "exit", "soon")
    assert "4 rows of this kind in all" in str(refused.value)
    found = cl.rate_table(str(tmp_path / "*.csv"), **MORE, on_error="report")
    assert found.bad_rows[["row", "column"]].to_numpy().tolist() == [
        [9, "exit"],
        [3, "exit"],
        [5, "start"],
        [9, "entry"],
    ]
    assert found.n_used == 596 == found.n_rows - found.left_out["n"].sum()
    same(found, cl.rate_table(bad.drop(index=[7, 11, 13, 17]), **MORE))


def test_a_spell_that_comes_twice_and_an_event_that_is_not_known(spells):
    twice = pd.concat([spells, spells.iloc[[3]]], ignore_index=True)
    with pytest.raises(cl.DataError, match=r"data, row 600, id, '4': the same spell comes twice"):
        cl.rate_table(twice, **MORE, id="id")
    aside = cl.rate_table(twice, **MORE, id="id", on_error="report")
    same(aside, cl.rate_table(spells, **MORE))
    with pytest.raises(cl.DataError, match=r"row \d+, event, 'medical_parole': not an event that is known"):
        cl.rate_table(spells, **MORE, levels=["censored", "sentence_reduction"])
    with pytest.raises(cl.UsageError, match="no row has the outcome 'parole'"):
        cl.rate_table(spells, **MORE, outcome="parole")


def test_damaged_files_are_named(spells, tmp_path):
    spells.to_parquet(tmp_path / "a.parquet")
    whole = (tmp_path / "a.parquet").read_bytes()
    (tmp_path / "b.parquet").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(cl.DataError, match=r"b\.parquet: it cannot be read.*damaged or not whole"):
        cl.rate_table(str(tmp_path / "*.parquet"), **MORE)
    (tmp_path / "c.csv").write_text("start,entry,exit,region,sex,event\n" + "2005-01-01,2005-02-01,2006-01-01,a,F\n")
    with pytest.raises(cl.DataError, match=r"c\.csv, row 2: it cannot be read.*Mend the line"):
        cl.rate_table(tmp_path / "c.csv", **MORE)
    (tmp_path / "d.csv").write_text("start,entry\n")
    with pytest.raises(cl.DataError, match=r"d\.csv, row 1: its columns are not those of"):
        cl.rate_table([tmp_path / "c.csv", tmp_path / "d.csv"], **MORE)


def test_too_little_memory_is_said(tmp_path):
    n = 120_000
    random = np.random.default_rng(3)
    frame = pd.DataFrame({"months": random.integers(1, 200, n) + random.random(n), "event": 0, "who": np.arange(n)})
    with pytest.raises(cl.DataError, match=r"memory that is allowed does not suffice|room for temporary files is full"):
        cl.rate_table(frame, "who", calendar=None, exit="months", event="event", memory="4MB", threads=1)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"exit": "exits"}, "there is no column 'exits'.*Did you mean 'exit'"),
        ({"by": "event_days1"}, "there is no column"),
        ({"by": ["sex", "sex"]}, "named twice"),
        ({"calendar": "W"}, "not one of: Q, Y, M, D, None"),
        ({"clock_breaks": [12, 12.01]}, "more than a day apart"),
        ({"clock_breaks": [-3]}, "0 or more"),
        ({"censored": "none"}, "no row has 'none'"),
        ({"entry": "id"}, "days in both columns"),
        ({"start": "id"}, "no column of days"),
        ({"start": None, "entry": None}, "name with entry="),
        ({"memory": "much"}, "not an amount"),
        ({"on_error": "skip"}, "raise, report"),
    ],
)
def test_refusals(spells, changed, message):
    with pytest.raises(cl.UsageError, match=message):
        cl.rate_table(spells, **{**MORE, **changed})


def test_what_is_no_table(spells, cohort, tmp_path):
    for data, message in [
        (7, "data must be a cohort, a frame"),
        (tmp_path / "none.parquet", "There is no file"),
        (tmp_path, "has no Parquet or CSV files"),
    ]:
        with pytest.raises(cl.UsageError, match=message):
            cl.rate_table(data, **MORE)
    with pytest.raises(cl.UsageError, match="leave exit= out"):
        cl.rate_table(cohort, exit="exit")
    with pytest.raises(cl.UsageError, match="name the column of spells that is event="):
        cl.rate_table(spells, exit="exit")
    with pytest.raises(cl.UsageError, match="needs days"):
        cl.rate_table(pd.DataFrame({"m": [1.0], "e": [1]}), exit="m", event="e")
    with pytest.raises(cl.DataError, match="no row is left"):
        cl.rate_table(spells.assign(exit=None), **MORE)
