"""New data are read against the fit: what is certain is understood, anything else refused by row, on every path."""

import datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from clemency.models import absolute_risk, cox, fine_gray, occurrence
from clemency.models.intervalcensoring.intervalhazard import interval_hazard
from clemency.models.reductions.magnitude import magnitude
from clemency.records.errors import ClemencyError, UsageError

N = 90
RNG = np.random.default_rng(5)
D = pd.DataFrame(
    {"m": RNG.integers(1, 25, N).astype(float), "x": RNG.integers(1, 9, N), "prov": ["11", "51", "65"] * 30}
)
D = D.assign(e=(RNG.random(N) < 0.8).astype(int), yes=RNG.random(N) < 0.5, s=RNG.integers(0, 2, N))
D["end"] = np.where(D["e"] == 0, "censored", np.where(RNG.random(N) < 0.6, "cut", "death"))
CALL = {"exit": "m", "event": "e"}
FORMULAS = ["x + prov", "np.log(x) + prov", "x:prov + prov", "C(prov) * x", "x + I(prov == '51') + prov:x"]
NEW = pd.DataFrame({"x": [2.0, 3.0, 4.0], "prov": ["11", "51", "65"]})


def by_hand(formula, x, prov):
    """The columns of a formula for one row, worked apart."""
    b, c = float(prov == "51"), float(prov == "65")
    return {
        "x + prov": [x, b, c],
        "np.log(x) + prov": [np.log(x), b, c],
        "x:prov + prov": [b, c, x * (1 - b - c), x * b, x * c],
        "C(prov) * x": [b, c, x, b * x, c * x],
        "x + I(prov == '51') + prov:x": [x, b, b * x, c * x],
    }[formula]


@pytest.mark.parametrize("formula", FORMULAS)
def test_new_rows_have_the_columns_worked_by_hand(formula):
    fit = cox(D, formula, **CALL)
    want = [np.dot(by_hand(formula, x, p), fit.coefficients) for x, p in NEW.itertuples(index=False)]
    np.testing.assert_allclose(fit.predict(NEW, kind="linear")["estimate"], want, rtol=1e-12)


UNDERSTOOD = {
    "prov": [
        pd.Categorical(["11", "51", "65"]), pd.Categorical(["11", "51", "65"], categories=["65", "51", "11", "99"]),
        pd.array(["11", "51", "65"], "string[pyarrow]"), pd.array(["11", "51", "65"], pd.ArrowDtype(pa.string())),
        pd.array(pa.array(["11", "51", "65"]).dictionary_encode(), pd.ArrowDtype(pa.dictionary(pa.int32(),
        pa.string()))),
        np.array(["11", "51", "65"]), ["11", "51", "65"],
    ],
    "x": [
        np.array([2, 3, 4], "int8"), np.array([2, 3, 4], "float16"), pd.array([2, 3, 4], "Int64"), ["2", "3", " 4.0 "],
        pd.array([2, 3, 4], "uint8[pyarrow]"), [Decimal(2), 3, 4.0],
        pd.Categorical([2, 3, 4]), np.array([2, 3, 4], object),
        pd.arrays.SparseArray([2, 3, 4]), pd.array([2, 3, 4], pd.ArrowDtype(pa.decimal128(21, 1))),
        pd.Categorical(list("234")),
    ],
}  # fmt: skip


@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.parametrize(("column", "number"), [(c, i) for c in UNDERSTOOD for i in range(len(UNDERSTOOD[c]))])
def test_the_same_values_in_another_storage_are_understood(formula, column, number):
    fit = cox(D, formula, **CALL)
    new = NEW.assign(**{column: UNDERSTOOD[column][number]})
    for options in ({"kind": "linear"}, {"times": [4, 9]}):
        pd.testing.assert_frame_equal(fit.predict(new, **options), fit.predict(NEW, **options))


REFUSED = [
    ("prov", [11, 51, 65], "'prov' has the value 11 in row 0; the fit knows: 11, 51, 65, which are text"),
    ("prov", [11.0, 51.0, 65.0], "which are text"),
    ("prov", pd.array([11, 51, 65], "Int64"), "which are text"),
    ("prov", pd.Categorical([11, 51, 65]), "which are text"),
    ("prov", [0, 1, 2], "which are text"),
    ("prov", [True, False, True], "which are text"),
    ("prov", ["11", "51", "99"], "has the value '99' in row 2; the fit knows: 11, 51, 65"),
    ("prov", ["11", "51", "65 "], "has the value '65 ' in row 2"),
    ("prov", ["11", None, "65"], "'prov' is missing in row 1"),
    ("prov", pd.Categorical(["11", None, "65"]), "'prov' is missing in row 1"),
    ("prov", [["11"], ["51"], ["65"]], "a list in a cell"),
    ("prov", pd.to_datetime(["2011-01-01"] * 3), "has the value"),
    ("x", [2.0, np.nan, 4.0], "'x' is a number in the fit; row 1 is missing"),
    ("x", pd.array([2, None, 4], "Int64"), "row 1 is missing"),
    ("x", [2.0, np.inf, 4.0], "row 1 is infinite"),
    ("x", ["2", "many", "4"], "row 1 has 'many'"),
    ("x", ["2", "1,000", "4"], "row 1 has '1,000'"),
    ("x", ["2", "inf", "4"], "row 1 has 'inf'"),
    ("x", ["2", "３", "4"], "row 1 has '３'"),
    ("x", pd.to_datetime(["2011-01-01"] * 3), "'x' is a number in the fit; row 0 has"),
    ("x", pd.to_timedelta([1, 2, 3], unit="D"), "'x' is a number in the fit; row 0 has"),
    ("x", [datetime.date(2011, 1, 1)] * 3, "'x' is a number in the fit; row 0 has"),
    ("x", pd.period_range("2011Q1", periods=3, freq="Q"), "'x' is a number in the fit; row 0 has"),
    ("x", [2 + 1j, 3, 4], "complex"),
    ("x", [[2], [3], [4]], "'x' is a number in the fit; row 0 has"),
    ("x", np.array([2, 2**53 + 1, 4], "int64"), r"2\*\*53"),
]


@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.parametrize(("column", "values", "words"), REFUSED)
def test_other_values_are_refused_by_row(formula, column, values, words):
    """A number in a column of levels was multiplied with every coefficient of the levels."""
    fit = cox(D, formula, **CALL)
    with pytest.raises(UsageError, match=rf"new data do not fit the formula.*{words}"):
        fit.predict(NEW.assign(**{column: values}), times=[4])


@pytest.mark.parametrize("formula", FORMULAS)
def test_columns_that_are_missing_or_doubled_are_named(formula):
    fit = cox(D, formula, **CALL)
    with pytest.raises(UsageError, match=r"lack the column 'prov' \(there is 'Prov'\)"):
        fit.predict(NEW.rename(columns={"prov": "Prov"}), times=[4])
    with pytest.raises(UsageError, match="lack the column 'x'"):
        fit.predict({"prov": "11"}, times=[4])
    with pytest.raises(UsageError, match="2 columns 'x'"):
        fit.predict(pd.concat([NEW, NEW[["x"]]], axis=1), times=[4])
    with pytest.raises(UsageError, match="several levels"):
        fit.predict(pd.concat({"a": NEW}, axis=1), times=[4])


def test_a_number_outside_what_a_spline_or_a_logarithm_knows_is_refused():
    fit = cox(D, "bs(x, df=4)", **CALL)
    with pytest.raises(UsageError, match=r"new data do not fit the formula: bs\(x, df=4\)"):
        fit.predict({"x": 99}, times=[4])
    for formula in ("np.log(x)", "I(1 / x)"):
        with pytest.raises(UsageError, match=r"no finite value in row 0"):
            cox(D, formula, **CALL).predict({"x": 0}, times=[4])


@pytest.mark.parametrize("formula", ["yes + x", "I(yes * 1) + x", "C(yes) * x"])
def test_yes_and_no(formula):
    fit = cox(D, formula, **CALL)
    want = fit.predict({"yes": [True, False], "x": [3, 3]}, kind="linear")
    for values in (
        [1, 0],
        [1.0, 0.0],
        ["True", "False"],
        pd.array([True, False], "boolean"),
        pd.Categorical([True, False]),
    ):
        pd.testing.assert_frame_equal(fit.predict({"yes": values, "x": [3, 3]}, kind="linear"), want)
    for odd in (2, "yes", 0.5, -1):
        with pytest.raises(UsageError, match=r"'yes' is yes or no .* row 0 has"):
            fit.predict({"yes": [odd, 0], "x": [3, 3]}, kind="linear")


def test_other_kinds_of_levels():
    """Intervals,
    periods and whole numbers as categories: as themselves, or as they are written where that is certain."""
    groups = pd.cut(D["x"], [0, 3, 6, 9])
    quarters = pd.PeriodIndex(["2001Q1", "2001Q2", "2001Q3"] * 30, freq="Q")
    for values, same, odd in (
        (groups, ["(3, 6]", pd.Interval(3, 6)], [5, 4.0, "(3, 7]", pd.Interval(3, 7)]),
        (
            pd.Series(pd.Categorical(quarters)),
            ["2001Q2", pd.Period("2001Q2")],
            ["2001Q9", 20012, pd.Timestamp("2001-04-01")],
        ),
        (
            pd.Series(pd.Categorical(D["x"] % 3)),
            [1, 1.0, "1", np.int8(1), True],
            [7, "one", 1.5, pd.Timestamp("2001-04-01")],
        ),
    ):
        fit = cox(D.assign(g=values), "g + x", **CALL)
        want = {fit.predict({"g": [v], "x": [2]}, kind="linear")["estimate"].item() for v in same}
        assert len(want) == 1
        for value in odd:
            with pytest.raises(UsageError, match="'g' has the value"):
                fit.predict({"g": [value], "x": [2]}, kind="linear")


# Strata


@pytest.mark.parametrize("stored", [int, float, bool, "Int64", "category", object, "int8[pyarrow]"])
def test_strata_are_equal_where_their_values_are(stored):
    """A missing cell in the fit's column makes it float, and 1 was then no stratum."""
    fit = cox(D.assign(s=D["s"].astype(stored)), "x", **CALL, strata="s")
    want = cox(D, "x", **CALL, strata="s").predict({"x": 4, "s": 1}, times=[3])
    for one in (1, 1.0, True, np.int8(1), Decimal(1)):
        pd.testing.assert_frame_equal(fit.predict({"x": 4, "s": one}, times=[3]), want)
    if stored is not bool:
        pd.testing.assert_frame_equal(fit.predict({"x": 4, "s": "1"}, times=[3]), want)
    for odd in (2, "one", 0.5, pd.Timestamp("2011-01-01"), None):
        with pytest.raises(UsageError, match="no stratum"):
            fit.predict({"x": 4, "s": odd}, times=[3])


def test_strata_of_text_and_dates():
    text = cox(D, "x", **CALL, strata="prov")
    with pytest.raises(UsageError, match=r"no stratum 11; .* which are text"):
        text.predict({"x": 4, "prov": 11}, times=[3])
    day = pd.Timestamp("2017-01-01")
    dated = cox(D.assign(d=day + pd.to_timedelta(D["s"], unit="D")), "x", **CALL, strata="d")
    one = dated.predict({"x": 4.0, "d": day}, times=[3])
    assert one["estimate"].item() == dated.predict({"x": [4.0], "d": [day]}, times=[3])["estimate"].item()
    both = cox(D, "x", **CALL, strata=["s", "prov"])
    found = both.predict({"x": [4, 4], "s": [1.0, 0.0], "prov": ["51", "65"]}, times=[3])["estimate"]
    table = both.baseline()
    for value, (s, prov) in zip(found, [(1, "51"), (0, "65")], strict=True):
        own = table.loc[(table["s"] == s) & (table["prov"] == prov) & (table["time"] <= 3), "cumulative_hazard"]
        assert value == pytest.approx(np.exp(-np.exp(4 * both.coefficients[0]) * max([0, *own])), rel=1e-10)


# All that take new data


def test_every_prediction_reads_new_data_alike():
    """The number 11 for the level "11", a level unknown, and a missing value, through every function."""
    acts = D.assign(months=RNG.gamma(4, 3, N))
    ends = {k: cox(D, "x * prov", exit="m", event="end", outcome=k) for k in ("cut", "death")}
    calls = {
        "cox": lambda new: cox(D, "x * prov", **CALL).predict(new, times=[4]),
        "fine_gray": lambda new: fine_gray(D, "x * prov", exit="m", event="end", outcome="cut").predict(
            new, [4], "incidence"
        ),
        "absolute_risk": lambda new: absolute_risk(ends, new, [4]),
        "interval": lambda new: interval_hazard(
            D.assign(u=D["m"] + 1), "x + prov", lower="m", upper="u", cuts=2
        ).predict(new, 4),
        "size": lambda new: magnitude(acts, "x * prov").predict(new),
        "encode": lambda new: occurrence(
            D.assign(t=0), "x + prov", event="s", entry="t", duration=None
        ).model.design.encode(new),
    }
    for name, call in calls.items():
        call(NEW)
        for new in (
            NEW.assign(prov=[11, 51, 65]),
            NEW.assign(prov="z"),
            NEW.assign(x=[1, None, 3]),
            NEW.drop(columns="prov"),
        ):
            with pytest.raises(ClemencyError):
                call(new)
            assert name


def test_effects_and_standardised_curves_are_the_same_in_every_storage():
    want = None
    for number, text in (
        ("int64", object),
        ("Int8", "string[pyarrow]"),
        ("uint8[pyarrow]", pd.ArrowDtype(pa.string())),
    ):
        d = D.assign(x=D["x"].astype(number), prov=D["prov"].astype(text), yes=D["yes"].astype("boolean"), t=0)
        fit = cox(d, "x:prov + prov + np.log(x) + yes", **CALL)
        act = occurrence(d, "x * prov + yes", event="s", entry="t", duration=None)
        found = [
            fit.standardise("prov", [4])["estimate"], fit.standardise("x", [4])["estimate"],
            act.effects("prov")["estimate"], act.effects("x", by="prov")["estimate"], act.effects("yes")["estimate"],
            act.probabilities(6, by="prov")["estimate"],
        ]  # fmt: skip
        found = np.concatenate([np.asarray(f, dtype=float) for f in found])
        want = found if want is None else want
        np.testing.assert_allclose(found, want, rtol=1e-10)


def test_effects_of_columns_with_names_that_are_no_words():
    d = D.rename(columns={"prov": "province [code]", "x": "age at arrest"}).assign(t=0)
    act = occurrence(d, "C(`province [code]`) * `age at arrest`", event="s", entry="t", duration=None)
    plain = occurrence(D.assign(t=0), "prov * x", event="s", entry="t", duration=None)
    for one, other in (("province [code]", "prov"), ("age at arrest", "x")):
        np.testing.assert_allclose(act.effects(one)["estimate"], plain.effects(other)["estimate"], rtol=1e-12)


# Rows


@pytest.mark.parametrize(
    "index",
    [[0, 0, 0], list("abb"), pd.MultiIndex.from_tuples([("a", 1), ("a", 2), ("a", 2)]), pd.to_datetime(["2001"] * 3)],
)
def test_rows_of_any_name(index):
    """Names of rows that are there twice, or of several levels."""
    fit = cox(D, "x * prov", **CALL)
    for options in ({"kind": "linear"}, {"times": [4, 9]}):
        want = fit.predict(NEW, **options)
        found = fit.predict(NEW.set_axis(index), **options)
        np.testing.assert_array_equal(found["estimate"], want["estimate"])
        assert len(found["row"]) == len(want)
    ends = {k: cox(D, "x", exit="m", event="end", outcome=k) for k in ("cut", "death")}
    want = absolute_risk(ends, NEW, [4, 9])["estimate"]
    np.testing.assert_array_equal(absolute_risk(ends, NEW.set_axis(index), [4, 9])["estimate"], want)
    many = pd.MultiIndex.from_arrays([[0] * N, ["a"] * N])
    for own in ([0] * N, many):
        pd.testing.assert_frame_equal(cox(D.set_axis(own), "x * prov", **CALL).tidy(), fit.tidy())


def test_one_row_of_single_values_of_any_kind():
    fit = cox(D, "x + prov", **CALL, strata="yes")
    want = fit.predict({"x": [2], "prov": ["51"], "yes": [True]}, times=[4])
    for x in (2, 2.0, np.int8(2), Decimal(2), np.float32(2)):
        pd.testing.assert_frame_equal(fit.predict({"x": x, "prov": "51", "yes": np.True_}, times=[4]), want)
