"""Columns of numbers: what is read, and what people write instead, with months worked out by hand."""

import decimal

import numpy as np
import pandas as pd
import pytest

import clemency as cl
from clemency.records.schema import ACTS, CASES, EVENTS, LISTS
from clemency.records.values.numbers import read_numbers

TERM = CASES["sentence_months"]


@pytest.mark.parametrize(
    ("said", "remedy"),
    [
        ("8 yr", "Write 96, the number of months."),
        ("5 years", "Write 60, the number of months."),
        ("10个月", "Write 10, the number of months."),
        ("3年6个月", "Write 42, the number of months."),
        ("三年六个月", "Write 42, the number of months."),
        ("十五年", "Write 180, the number of months."),
        ("半年", "Write 6, the number of months."),
        ("2 years 6 months", "Write 30, the number of months."),
        ("1y6m", "Write 18, the number of months."),
        ("18 months", "Write 18, the number of months."),
        ("45 days", "Write 1.48, the number of months."),  # 45 / 30.4375
        ("1,000", "Write 1000."),
        ("８", "Write 8."),
        (" 96", "Write 96."),
        ("life", "Leave it empty, and name the kind of sentence in sentence_type."),
        ("unknown", "Leave it empty if it is not known."),
        ("nan", "Leave it empty if it is not known."),
        ("3 to 5 years", "Write a plain number such as 96 or 0.5, without units."),
        ("0x10", "Write a plain number"),
        ("1_000", "Write a plain number"),
        ("inf", "Write a plain number"),
    ],
)
def test_text_with_units_is_refused_with_the_number(said, remedy):
    number, wrong = read_numbers(["12", said], TERM)
    assert number[0] == 12
    assert np.isnan(number[1])
    assert [w[:3] for w in wrong] == [(1, said, "not a number")]
    assert wrong[0][3].startswith(remedy)


def test_a_unit_of_months_means_nothing_elsewhere():
    assert read_numbers(["8 yr"], LISTS["names_asked"])[1][0][3].startswith("Write a plain number")


@pytest.mark.parametrize(
    "dtype", ["int8", "uint64", "float32", "Int64", "Float64", object, "string", "category", "int64[pyarrow]", "str"]
)
def test_numbers_of_every_storage(dtype):
    if "pyarrow" in str(dtype):
        pytest.importorskip("pyarrow")
    number, wrong = read_numbers(pd.Series([12, 60, 120]).astype(dtype), TERM)
    assert number.tolist() == [12.0, 60.0, 120.0]
    assert number.dtype == np.float64
    assert wrong == []


def test_what_else_is_a_number_and_what_is_none():
    given = [decimal.Decimal("7.5"), np.float32(0.5), "1e2", "+5", None, pd.NA, "", np.nan]
    number, wrong = read_numbers(given, TERM)
    np.testing.assert_array_equal(number, [7.5, 0.5, 100, 5, np.nan, np.nan, np.nan, np.nan])
    assert wrong == []
    odd = [True, np.bool_(False), 1 + 2j, [1], pd.Timedelta(days=1), np.inf, -np.inf]
    number, wrong = read_numbers(odd, TERM)
    assert np.isnan(number).all()
    assert [w[0] for w in wrong] == list(range(7))
    assert [w[2] for w in wrong] == ["true or false, not a number"] * 2 + ["not a number"] * 3 + [
        "not a finite number"
    ] * 2
    assert [w[0] for w in read_numbers(pd.Series([True, False]), TERM)[1]] == [0, 1]


def test_ranges_hold():
    said = [(w[0], w[2]) for w in read_numbers([-60, 0, 0.25, 900, 901], TERM)[1]]
    assert said == [(i, "outside the range 0.25 to 900") for i in (0, 1, 4)]
    assert [w[2] for w in read_numbers([-1, 0, 300.5], ACTS["months"])[1]] == ["outside the range 0 to 300"] * 2


@pytest.mark.parametrize("dtype", [object, "float64", "string"])
def test_whole_numbers_never_overflow(dtype):
    given = pd.Series(["1e30", "inf", "2.5", "7", "9007199254740993"]).astype(
        "float64" if dtype == "float64" else object
    )
    number, wrong = read_numbers(given.astype(dtype), LISTS["names_asked"])
    assert number[3] == 7
    assert [w[0] for w in wrong][:3] == [0, 1, 2]
    assert pd.Series(number).astype("Int64").tolist()[3] == 7


def test_a_direction_says_what_its_numbers_mean():
    for value in ("better", 2, "up"):
        assert read_numbers([value], EVENTS["direction"])[1][0][3].startswith("Write 1 for closer relations, -1 for")


@pytest.mark.parametrize("value", ["1e30", "inf", "-inf", "1e400", "nan", "１２", "9" * 400])
@pytest.mark.parametrize(("table", "column"), [("lists", "names_asked"), ("acts", "n_acts"), ("events", "direction")])
def test_no_number_crashes_the_check(folder, spoil, table, column, value):
    spoil(table, 2, column, value)
    found = cl.check(folder)
    hit = found[(found["file"] == f"{table}.csv") & (found["row"] == 2) & (found["column"] == column)]
    assert len(hit) == 1
    assert hit["value"].iloc[0] == value or float(hit["value"].iloc[0]) == float(value)
    assert hit["severity"].iloc[0] == "error"


def test_true_and_false_have_their_spelling_offered(folder, spoil):
    spoil("lists", 2, "cumulative", "Yes")
    assert cl.check(folder)["remedy"].tolist() == ["Write true."]
    with pytest.raises(cl.DataError, match="Write true"):
        cl.load("lists", folder)
