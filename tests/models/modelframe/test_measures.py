"""Times, weights, offsets, exposures and counts: finite real numbers of any storage, or refused with the row."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

import clemency as cl
from clemency.models.modelframe.history import history
from clemency.models.modelframe.measures import measures
from clemency.records.errors import ClemencyError, DataError, UsageError

N = 24
D = pd.DataFrame(
    {
        "from": 0.0,
        "t": np.arange(1.0, N + 1),
        "e": [1, 1, 0] * 8,
        "x": [3.0, 1, 2, 5] * 6,
        "g": list("aabb") * 6,
        "id": range(N),
        "w": 1.0,
        "o": 0.0,
    }
)
READ = {"exit": "t", "event": "e", "entry": "from", "weights": "w", "offset": "o"}


def with_value(column, row, value):
    """The data with one value changed, in a column of objects if it is no float."""
    kind = float if isinstance(value, float) else object
    return D.assign(**{column: D[column].astype(kind).where(D.index != row, value)})


@pytest.mark.parametrize("column", ["t", "from", "w", "o", "x", "id"])
@pytest.mark.parametrize("value", [np.inf, -np.inf, np.float32(np.inf)])
def test_infinities_are_refused_with_their_row(column, value):
    with pytest.raises(DataError, match=r"it is infinite.*empty the cell") as caught:
        history(with_value(column, 7, value), **READ, cluster="id", by="g", covariates=["x"])
    (problem,) = caught.value.problems
    assert (problem.row, problem.column, problem.value) == (7, column, f"{value:g}")


@pytest.mark.parametrize("column", ["t", "from", "w", "o"])
@pytest.mark.parametrize(
    ("value", "said"),
    [
        (True, "true or false, not a number"),
        (np.False_, "true or false, not a number"),
        (3 + 0j, "it is a complex number"),
        (np.complex64(3), "it is a complex number"),
        ("3 months", "not a number"),
        (" 3", "not a number"),
        ("1,000", "not a number"),
        ("inf", "it is infinite"),
        ("３", "not a number"),
        ([3], "not a number"),
        (pd.Interval(0, 3), "not a number"),
    ],
)
def test_values_that_pass_for_numbers_are_refused_with_their_row(column, value, said):
    d = D.assign(**{column: pd.Series([*D[column][:7], value, *D[column][8:]], dtype=object)})
    with pytest.raises(DataError, match=said) as caught:
        history(d, **READ)
    (problem,) = caught.value.problems
    assert (problem.row, problem.column) == (7, column)


@pytest.mark.parametrize("column", ["t", "from", "w", "o"])
@pytest.mark.parametrize(
    ("storage", "said"),
    [
        (bool, "true or false"),
        ("boolean", "true or false"),
        ("bool[pyarrow]", "true or false"),
        (pd.SparseDtype(bool, False), "true or false"),
        (complex, "complex"),
        ("complex64", "complex"),
    ],
)
def test_columns_of_yes_and_no_or_complex_numbers_are_refused(column, storage, said):
    ones = D.assign(**{column: 1.0})
    with pytest.raises(DataError, match=rf"row 0, {column}, .*{said}"):
        history(ones.astype({column: storage}), **READ)


@pytest.mark.parametrize("values", [pd.interval_range(0, N), pd.cut(np.arange(N), range(-1, N))])
def test_intervals_are_no_numbers_and_no_dates_either(values):
    with pytest.raises(DataError, match="not a number") as caught:
        history(D.assign(t=values), **READ)
    assert [(p.row, p.column, p.value) for p in caught.value.problems] == [(0, "t", str(values[0]))]


@pytest.mark.parametrize("column", ["t", "from", "w", "o"])
@pytest.mark.parametrize(
    "values",
    [
        pd.Series(pd.date_range("2001-01-01", periods=N)),
        pd.Series(pd.date_range("2001-01-01", periods=N, tz="Asia/Shanghai")),
        pd.Series(pd.date_range("2001-01-01", periods=N)).astype(object),
        pd.Series(pd.date_range("2001-01-01", periods=N)).astype("timestamp[ns][pyarrow]"),
        pd.Series(pd.to_timedelta(np.arange(N), unit="D")),
        pd.Series(pd.period_range("2001-01", periods=N, freq="M")),
        pd.Series(pd.period_range("2001-01", periods=N, freq="M")).astype(object),
        # Whoever has no date yet has none of these storages by chance: all are refused though no value shows it.
        pd.Series([pd.NaT] * N),
        pd.Series([pd.NaT] * N, dtype="datetime64[ns, Asia/Shanghai]"),
        pd.Series([pd.NaT] * N, dtype="timedelta64[ns]"),
        pd.Series([pd.NaT] * N, dtype="period[M]"),
        pd.Series([None] * N, dtype="timestamp[ns][pyarrow]"),
        pd.Series([None] * N, dtype="duration[ns][pyarrow]"),
        pd.Series([None] * N, dtype="date32[day][pyarrow]"),
    ],
)
def test_dates_and_durations_are_refused(column, values):
    with pytest.raises(UsageError, match=f"'{column}' holds dates or durations"):
        history(D.assign(**{column: values}), **READ)


@pytest.mark.parametrize(
    "values",
    [
        pd.Series([1.5, None, 3]),
        pd.Series([1.5, None, 3], dtype="Float64"),
        pd.Series([1.5, None, 3], dtype="double[pyarrow]"),
        pd.Series(["1.5", None, "3"]),
        pd.Series(["1.5", None, "3e0"], dtype="string"),
        pd.Series([Decimal("1.5"), None, 3]),
        pd.Series([np.float32(1.5), np.nan, np.int8(3)], dtype=object),
        pd.Series([1.5, None, 3]).astype("category"),
        pd.Series(pd.arrays.SparseArray([1.5, np.nan, 3])),
    ],
)
def test_numbers_of_any_storage(values):
    np.testing.assert_array_equal(measures(values, "t"), [1.5, np.nan, 3])


# Public names


CALLS = {
    "cox": lambda d: cl.cox(d, "x", exit="t", event="e"),
    "fine_gray": lambda d: cl.fine_gray(d, "x", exit="t", event="e", outcome="event"),
    "survival": lambda d: cl.survival(d, exit="t", event="e"),
    "incidence": lambda d: cl.incidence(d, exit="t", event="e"),
    "logrank": lambda d: cl.logrank(d, exit="t", event="e", by="g"),
    "gray_test": lambda d: cl.gray_test(d, exit="t", event="e", by="g", outcome="event"),
    "rates": lambda d: cl.rates(d, exit="t", event="e"),
    "pooled_rates": lambda d: cl.pooled_rates(d, "g", exit="t", event="e"),
    "recurrence": lambda d: cl.recurrence(d, exit="t", event="e", id="id"),
    "occurrence": lambda d: cl.occurrence(d, "x", event="e", entry="t"),
    "interval_hazard": lambda d: cl.interval_hazard(d.assign(up=D["t"] + 1), "x", lower="t", upper="up", cuts=1),
}


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("value", [np.inf, True, 2 + 0j])
def test_every_estimator_refuses_a_time_that_is_none(name, value):
    d = with_value("t", 5, value)
    with pytest.raises(DataError, match=r"row 5, t, .*(infinite|true or false|complex)"):
        CALLS[name](d)


def test_an_open_interval_still_ends_at_infinity_and_no_other():
    d = pd.DataFrame({"low": [1.0, 2, 3, 4], "up": [2.0, 4, np.inf, None], "x": [0, 1, 0, 1.0]})
    found = cl.survival(d, lower="low", upper="up")
    assert len(found.exclusions) == 0
    for column, value in (("low", np.inf), ("up", -np.inf), ("low", -np.inf)):
        with pytest.raises(DataError, match=f"row 1, {column}, '-?inf': it is infinite"):
            cl.survival(d.assign(**{column: d[column].where(d.index != 1, value)}), lower="low", upper="up")


@pytest.mark.parametrize(
    ("column", "values", "said"),
    [
        ("n", [True, False, True, True], "row 0, n, 'True': true or false, not a number"),
        ("n", pd.array([True, False, True, None], dtype="boolean"), "row 0, n, 'True'"),
        ("n", [2.5, 1, 0, 1], r"row 0, n, '2\.5': a count is a whole number"),
        ("n", ["2.5", "1", "0", "1"], r"row 0, n, '2\.5': a count is a whole number"),
        ("n", np.array([2, 1, 0, 1]) + 0j, "row 0, n, .*complex"),
        ("py", [True, True, True, False], "row 0, py, 'True'"),
        ("py", np.array([2, 1, 3, 1]) + 0j, "row 0, py, .*complex"),
    ],
)
@pytest.mark.parametrize("function", [cl.rates, cl.pooled_rates])
def test_totals_are_whole_numbers_and_times(function, column, values, said):
    totals = pd.DataFrame({"g": list("abcd"), "n": [2, 1, 0, 1], "py": [10.0, 20, 30, 40]}).assign(**{column: values})
    with pytest.raises(DataError, match=said):
        function(totals, "g", count="n", exposure="py")


PANEL = pd.DataFrame({"year": range(2000, 2010), "months": 100.0, "act": [4] * 5 + [8] * 5})


@pytest.mark.parametrize(
    ("column", "change", "said"),
    [
        ("act", lambda c: c / 3, r"row 0, act, '1\.33333': a count is a whole number"),
        ("act", lambda c: c > 4, "row 0, act, 'False': true or false, not a number"),
        ("act", lambda c: c + 0j, "row 0, act, .*complex"),
        ("act", lambda c: c.astype(float).where(c.index != 3, np.inf), "row 3, act, 'inf': it is infinite"),
        ("act", lambda c: c.where(c.index != 3), "row 3, act, .*must be a number of 0 or more"),
        ("act", lambda c: c.where(c.index != 3, -1), "row 3, act, .*must be a number of 0 or more"),
        ("months", lambda c: c > 0, "row 0, months, 'True'"),
        ("months", lambda c: c + 0j, "row 0, months, .*complex"),
        ("months", lambda c: c.where(c.index != 3, np.inf), "row 3, months, 'inf': it is infinite"),
    ],
)
def test_panels_hold_whole_counts_and_months(column, change, said):
    with pytest.raises(DataError, match=said):
        cl.interrupted(PANEL.assign(**{column: change(PANEL[column])}), at="2005-01-01", outcome="act", freq="Y")


# Covariates


@pytest.mark.parametrize("formula", ["q", "x + q", "x:q"])
@pytest.mark.parametrize("storage", ["period", object])
def test_periods_are_no_covariate_unless_they_are_declared_groups(formula, storage):
    """Each quarter became a level of its own, without a word."""
    quarters = pd.Series(pd.period_range("2001Q1", periods=3, freq="Q").repeat(8))
    kind = quarters.dtype if storage == "period" else storage
    with pytest.raises(UsageError, match=r"'q' holds periods \(such as 2001Q1\)"):
        cl.cox(D.assign(q=quarters.astype(kind)), formula, exit="t", event="e")
    d = D.assign(q=pd.Categorical(quarters.sample(frac=1, random_state=1).to_numpy()))
    assert cl.cox(d, "q", exit="t", event="e").tidy()["level"].tolist() == ["2001Q2", "2001Q3"]


def test_new_paths_are_read_like_the_fit():
    fit = cl.cox(D, "x", exit="t", event="e")
    path = pd.DataFrame({"from": [0.0, 3], "t": [3.0, np.inf], "x": [1.0, 2], "who": 1})
    with pytest.raises(ClemencyError, match="row 1, t, 'inf'"):
        fit.predict(path, kind="survival", times=[4], entry="from", exit="t", id="who")


def test_no_cell_is_to_be_emptied_that_is_then_refused():
    people = pd.DataFrame({"a": [1, 1, 0], "b": [1, 0, 1], "n": ["5", "x", "7"]})
    for value in ("x", "1.5", "-2", np.inf):
        with pytest.raises(DataError, match=r"row 1, n, .*Mend the cell; it cannot be left empty"):
            cl.undocumented(people.assign(n=[5, value, 7]), ["a", "b"], count="n")
    with pytest.raises(DataError, match=r"row 1, n: no count\. Give a number; 0 is one"):
        cl.undocumented(people.assign(n=[5, None, 7]), ["a", "b"], count="n")
    spans = pd.DataFrame({"low": [1.0, 2, 3], "high": [2, "x", 5]})
    with pytest.raises(DataError, match="an empty one means that the event is not known to have happened"):
        cl.survival(spans, lower="low", upper="high")
    pairs = pd.DataFrame({"left_id": [1], "right_id": [1], "probability": ["x"]})
    lists = {name: pd.DataFrame({"case_id": [1, 2]}) for name in "ab"}
    with pytest.raises(DataError, match=r"links, row 0, probability, .*it cannot be left empty"):
        cl.undocumented(lists, links={("a", "b"): pairs})
