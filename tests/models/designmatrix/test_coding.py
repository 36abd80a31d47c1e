"""How a column is stored never changes a number: every storage of numbers and of text gives the same fit."""

import warnings
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clemency.models import cox
from clemency.models.designmatrix.design import model_matrix
from clemency.records.errors import ClemencyError, DataError, UsageError

N = 80
RNG = np.random.default_rng(3)
D = pd.DataFrame(
    {"m": RNG.integers(1, 25, N).astype(float), "e": (RNG.random(N) < 0.7).astype(int), "x": RNG.integers(0, 120, N)}
).assign(y=lambda d: d["x"] // 3, g=RNG.choice(["u", "v", "w"], N))
CALL = {"exit": "m", "event": "e"}
NUMBERS = {
    **{
        k: k
        for k in ("int8", "int16", "int32", "uint8", "uint16", "uint32", "uint64", "float32", "float64", "longdouble")
    },
    **{k: k for k in ("Int8", "Int16", "Int64", "UInt8", "UInt64", "Float32", "Float64", "object")},
    **{k: f"{k}[pyarrow]" for k in ("int8", "uint16", "float", "double")},
}
TEXTS = {
    "object": lambda t: t.astype(object),
    "python": lambda t: t.astype(pd.StringDtype("python")),
    "pyarrow": lambda t: t.astype(pd.StringDtype("pyarrow")),
    "arrow": lambda t: t.astype(pd.ArrowDtype(pa.string())),
    "large": lambda t: t.astype(pd.ArrowDtype(pa.large_string())),
    "dictionary": lambda t: pd.Series(pd.array(pa.array(t).dictionary_encode(), pd.ArrowDtype(DICTIONARY)), t.index),
    "category": lambda t: t.astype("category"),
    "category of arrow": lambda t: t.astype(pd.ArrowDtype(pa.string())).astype("category"),
}
DICTIONARY = pa.dictionary(pa.int32(), pa.string())
FORMULAS = ["x:y", "I(x - 100)", "x + I(x**2)", "poly(x, 2, raw=True)", "x*g", "C(x > 60) + y", "np.abs(x - y)"]


def estimates(frame, formula):
    return cox(frame, formula, **CALL).tidy()["estimate"].to_numpy()


@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.parametrize("kind", NUMBERS)
def test_numbers_of_every_storage_are_the_same_numbers(kind, formula):
    """Small integers wrapped inside a formula, and numbers kept as objects were levels."""
    stored = D.assign(x=D["x"].astype(NUMBERS[kind]), y=D["y"].astype(NUMBERS[kind]))
    np.testing.assert_allclose(estimates(stored, formula), estimates(D, formula), rtol=1e-12)


def test_the_square_of_small_integers_is_that_of_r():
    """The x and x**2 of 8-bit integers, worked with Python's own whole numbers."""
    made = model_matrix("x + I(x**2)", pd.DataFrame({"x": pd.Series([1, 11, 16, 120], dtype="int8")}))
    assert made.matrix.tolist() == [[1.0, 1.0], [11.0, 121.0], [16.0, 256.0], [120.0, 14400.0]]
    assert made.encode(pd.DataFrame({"x": pd.Series([100], dtype="int8")})).tolist() == [[100.0, 10000.0]]


def test_decimals_and_numbers_among_objects():
    kinds = (
        D["x"].map(Decimal),
        D["x"].astype(pd.ArrowDtype(pa.decimal128(22, 1))),
        pd.Series([v if i % 2 else float(v) for i, v in enumerate(D["x"])], dtype=object),
        pd.Series([Decimal(v) if i % 2 else v for i, v in enumerate(D["x"])], dtype=object),
        pd.Series(pd.arrays.SparseArray(D["x"].to_numpy())),
    )
    for formula in ("x", "x + np.sqrt(x)"):
        want = estimates(D, formula)
        for column in kinds:
            np.testing.assert_allclose(estimates(D.assign(x=column), formula), want, rtol=1e-12)


@pytest.mark.parametrize("kind", ["bool", "boolean", "object", "bool[pyarrow]"])
def test_yes_and_no_are_one_and_zero_before_any_arithmetic(kind):
    """Yes plus yes was yes; in R, TRUE + TRUE is 2."""
    yes = D.assign(a=(D["x"] > 50), b=D["y"] > 20)
    for formula in ("I(a + b)", "a + b", "a:b", "I(a - b)", "a*x", "I(a & ~b) + x"):
        want = estimates(yes.assign(a=yes["a"] * 1.0, b=yes["b"] * 1.0), formula)
        np.testing.assert_allclose(estimates(yes.astype({"a": kind, "b": kind}), formula), want, rtol=1e-12)
    assert cox(yes.astype({"a": kind}), "C(a)", **CALL).levels == ("True",)


@pytest.mark.parametrize(
    "formula", ["g", "g + x", "g*x", "g + np.exp(x / 100)", "C(g)*x", "C(g, Treatment('v'))", "g:x"]
)
@pytest.mark.parametrize("kind", TEXTS)
def test_text_of_every_storage_is_levels(kind, formula):
    """Text stored by Arrow was taken for numbers in a formula with a call."""
    want = cox(D, formula, **CALL)
    fit = cox(D.assign(g=TEXTS[kind](D["g"])), formula, **CALL)
    pd.testing.assert_frame_equal(fit.tidy(), want.tidy(), rtol=1e-12)
    pd.testing.assert_frame_equal(fit.support, want.support)
    new = D.head(9)
    for stored in (TEXTS[kind](new["g"]), new["g"]):
        found = fit.predict(new.assign(g=stored), kind="linear")["estimate"]
        np.testing.assert_allclose(found, want.predict(new, kind="linear")["estimate"], rtol=1e-12)


def test_an_ordered_dictionary_keeps_its_order():
    dtype = pd.ArrowDtype(pa.dictionary(pa.int8(), pa.string(), ordered=True))
    array = pa.DictionaryArray.from_arrays(pa.array([0, 1, 2] * 4, pa.int8()), pa.array(["w", "u", "v"]), ordered=True)
    made = model_matrix("g", pd.DataFrame({"g": pd.Series(pd.array(array, dtype=dtype))}))
    assert (made.reference, made.levels) == ({"g": "w"}, ("u", "v"))


@pytest.mark.parametrize("missing", [None, pd.NA, np.nan])
def test_rows_without_a_value_are_left_out_in_every_storage(missing):
    want = cox(D.drop(index=[3, 7]), "x*g", **CALL).tidy()
    for number in ("Int8", "float32", "object", "int8[pyarrow]", "Float64"):
        for text in TEXTS.values():
            d = D.assign(
                g=text(D["g"].where(D.index != 3)), x=D["x"].astype(number if number != "float32" else "Float32")
            )
            d.loc[7, "x"] = missing if number == "object" else pd.NA
            fit = cox(d, "x*g", **CALL)
            assert fit.exclusions["n"].tolist() == [1, 1]
            pd.testing.assert_frame_equal(fit.tidy(), want, rtol=1e-12)


def test_numbers_that_are_none_inside_arrow_and_objects_are_missing_or_refused():
    """NaN that Arrow does not call missing, and infinity among objects, entered the fit."""
    arrow = pd.Series(pd.array(pa.array([np.nan, *map(float, D["x"][1:])]), dtype=pd.ArrowDtype(pa.float64())))
    assert cox(D.assign(x=arrow), "x", **CALL).exclusions[["reason", "n"]].to_numpy().tolist() == [["missing value", 1]]
    odd = D["x"].astype(object)
    odd[0] = np.inf
    with pytest.raises(DataError, match="row 0, x, 'inf': it is infinite"):
        cox(D.assign(x=odd), "x", **CALL)


def dictionary(values, ordered=False):
    """A column of Arrow's dictionaries of numbers."""
    kept = pa.array(values).dictionary_encode()
    array = pa.DictionaryArray.from_arrays(kept.indices, kept.dictionary, ordered=ordered)
    return pd.Series(pd.array(array, dtype=pd.ArrowDtype(array.type)))


@pytest.mark.parametrize("formula", ["x", "x:y", "I(x / 2)"])
@pytest.mark.parametrize(
    ("column", "words"),
    [
        (lambda x: x.astype(complex), "complex"),
        (lambda x: x.astype(object).where(x.index != 5, 1j), "complex"),
        (lambda x: x.astype("int64").where(x.index != 5, 2**53 + 1), r"row 5, x, '9007199254740993'.*2\*\*53"),
        (lambda x: x.astype("uint64").where(x.index != 5, np.uint64(2**64 - 1)), r"row 5, x.*2\*\*53"),
        (lambda x: x.astype("UInt64").where(x.index != 5, 2**64 - 1), r"row 5, x.*2\*\*53"),
        (lambda x: dictionary([2**53 + 1, *range(1, N)]), r"row 0, x, '9007199254740993'.*2\*\*53"),
        (lambda x: dictionary([2**53 + 1, *range(1, N)], True), r"row 0, x, '9007199254740993'.*2\*\*53"),
        (
            lambda x: pd.Series([10**30 + 1 if i == 5 else v for i, v in enumerate(x)], dtype=object),
            r"row 5, x.*2\*\*53",
        ),
        (lambda x: pd.Series([[v] for v in x]), "row 0, x.*a list in a cell"),
        (lambda x: pd.Series([{"a": v} for v in x]), "row 0, x.*a dict in a cell"),
        (lambda x: x.astype(object).where(x.index != 5, "many"), "row 5, x, 'many'.*text among numbers"),
    ],
)
def test_columns_that_are_neither_numbers_nor_levels_are_named(formula, column, words):
    with pytest.raises(DataError, match=words):
        cox(D.assign(x=column(D["x"])), formula, **CALL)


def test_large_whole_numbers_that_are_exact_are_numbers():
    big = D.assign(x=D["x"].astype("int64") * 2**50)
    assert cox(big, "x", **CALL).tidy()["estimate"][0] == pytest.approx(estimates(D, "x")[0] / 2**50, rel=1e-9)


def test_two_levels_that_are_written_alike_are_refused():
    d = D.assign(g=pd.Categorical([1 if i % 2 else "1" for i in range(N)], categories=[1, "1"]))
    with pytest.raises(DataError, match="written alike"):
        cox(d, "g", **CALL)


@given(
    seed=st.integers(0, 10_000),
    number=st.sampled_from([k for k in NUMBERS if k != "longdouble"]),
    text=st.sampled_from(list(TEXTS)),
    formula=st.sampled_from(
        ["x + g", "x*g", "g + I(x**2)", "C(g, contr.sum) + x:y", "np.log(x + 1) + C(g)*y", "C(x) + y"]
    ),
)
def test_any_storage_gives_the_same_table(seed, number, text, formula):
    rng = np.random.default_rng(seed)
    d = pd.DataFrame(
        {"m": rng.integers(1, 9, 60) / 1.0, "e": 1, "x": rng.integers(0, 4, 60), "y": rng.integers(0, 99, 60)}
    )
    d["g"] = rng.choice(["a b", "$1", "[x]", "中"], 60)
    stored = d.assign(**{c: d[c].astype(NUMBERS[number]) for c in ("x", "y")}, g=TEXTS[text](d["g"]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            want = cox(d, formula, **CALL).tidy()
        except ClemencyError as error:
            with pytest.raises(type(error)):
                cox(stored, formula, **CALL)
            return
        pd.testing.assert_frame_equal(cox(stored, formula, **CALL).tidy(), want, rtol=1e-12, atol=1e-12)


def test_dates_of_every_storage_are_no_covariate():
    days = pd.Series(pd.Timestamp("2010-01-01") + pd.to_timedelta(np.arange(N), unit="D"))
    for column in (days, days.dt.date, days.dt.tz_localize("UTC"), days.astype("date32[pyarrow]"), days.astype(object)):
        with pytest.raises(UsageError, match="'x' holds dates"):
            cox(D.assign(x=column), "x + y", **CALL)
