"""The border: what is read, what is left out, what is refused."""

import numpy as np
import pandas as pd
import pytest

import clemency as cl
from clemency.models.modelframe.history import history
from clemency.records.errors import DataError, UsageError

SPELLS = pd.DataFrame(
    {
        "entry": [0.0, 1, 2, 3, 0, 2, 0, -1],
        "exit": [2.0, 1, 1, 5, 4, np.nan, 6, 3],
        "event": [1, 0, 1, 1, 0, 1, 1, 0],
        "region": ["a", "b", "a", None, "b", "a", "a", "a"],
        "x": [1.0, 2, 3, 4, 5, 6, np.nan, 8],
    },
    index=list("abcdefgh"),
)
NAMES = {"exit": "exit", "event": "event", "entry": "entry"}


def test_every_exclusion_is_counted_once_and_named():
    read = history(SPELLS, **NAMES, strata="region", covariates=["x"])
    assert list(read.rows) == [0, 4]
    assert read.exclusions["n"].sum() == 6
    table = {(r.reason, r.column): r.first_rows for r in read.exclusions.itertuples()}
    assert table == {
        ("missing value", "exit"): "f",
        ("missing value", "region"): "d",
        ("missing value", "x"): "g",
        ("negative time", "entry"): "h",
        ("zero-length", "exit"): "b",
        ("exit before entry", "exit"): "c",
    }


@pytest.mark.parametrize(
    "event",
    [
        [True, False, True],
        [1.0, 0.0, 1.0],
        pd.array([1, 0, 1], dtype="Int64"),
        pd.Categorical(["act", "censored", "act"], categories=["censored", "act"]),
        pd.Categorical(["act", "censored", "act"], categories=["act", "censored"]),
        pd.Categorical(["b", "a", "b"], ordered=True),
        pd.Categorical(["b", "a", "b"], categories=["a", "b"], ordered=True),
        pd.Categorical([1, 0, 1]),
        pd.Categorical([1, 0, 1], categories=[1, 0]),
        pd.Categorical([1.0, 0.0, 1.0], categories=[1.0, 0.0]),
        pd.Categorical([True, False, True]),
        ["act", "censored", "act"],
        np.array([True, False, True], dtype=object),
    ],
)
def test_event_columns_of_every_kind(event):
    read = history({"exit": [1, 2, 3], "event": event}, exit="exit", event="event")
    assert list(read.event) == [1, 0, 1]
    assert list(read.has()) == [True, False, True]


def test_missing_event_in_a_categorical_is_excluded_not_censored():
    event = pd.Categorical(["act", None, "censored"], categories=["censored", "act"])
    read = history(pd.DataFrame({"exit": [1, 2, 3], "event": event}), exit="exit", event="event")
    assert list(read.event) == [1, 0]


def test_several_kinds_need_a_name():
    read = history({"t": [1, 2, 3], "e": ["censored", "cut", "parole"]}, exit="t", event="e")
    assert read.outcomes == ("cut", "parole")
    assert list(read.has("parole")) == [False, False, True]
    assert list(read.has(["cut", "parole"])) == [False, True, True]
    with pytest.raises(UsageError, match="outcome="):
        read.has()
    with pytest.raises(UsageError, match="death"):
        read.has("death")


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"exit": "end"}, UsageError, "no column 'end'"),
        ({"exit": None}, UsageError, "exit="),
        ({"event": "x"}, DataError, "event code"),
        ({"event": "region"}, UsageError, "censored"),
        ({"exit": "region"}, DataError, "not a number"),
        ({"weights": "entry"}, DataError, "negative weight"),
    ],
)
def test_what_cannot_be_read_is_refused(change, error, words):
    with pytest.raises(error, match=words):
        history(SPELLS, **{**NAMES, **change})


def test_codes_one_and_two_without_censoring_are_refused():
    with pytest.raises(DataError, match="none is 0"):
        history({"t": [1, 2], "e": [1, 2]}, exit="t", event="e")


def test_nothing_left_says_why():
    with pytest.raises(DataError, match="no spell is left"):
        history({"s": [0.0, 0], "t": [0.0, np.nan], "e": [1, 0]}, exit="t", event="e", entry="s")


def test_groups_keep_the_declared_order():
    frame = pd.DataFrame(
        {"t": [1, 2, 3], "e": [1, 1, 0], "g": pd.Categorical(list("zza"), categories=["z", "a"]), "h": [2, 1, 2]}
    )
    read = history(frame, exit="t", event="e", by=["g", "h"])
    assert read.groups.names() == ["z, 1", "z, 2", "a, 2"]
    assert list(read.groups.code) == [1, 0, 2]


KINDS = ["cut", "lost", "death", "lost"]


@pytest.mark.parametrize(
    "event",
    [
        KINDS,
        pd.array(KINDS, dtype="string"),
        pd.Categorical(KINDS),
        pd.Categorical(KINDS, categories=["lost", "cut", "death"]),  # perhaps the order in which they came
        pd.Categorical(["cut"] * 4),
    ],
)
def test_a_kind_of_event_is_not_taken_for_censoring(event):
    """The first level by the alphabet was: 'cut' became censoring, without a word."""
    with pytest.raises(UsageError, match=r"no level is 'censored'|without the value 'censored'") as caught:
        history({"t": [1, 2, 3, 4], "e": event}, exit="t", event="e")
    assert "cut" in str(caught.value)
    assert "ordered categorical, censoring first" in str(caught.value)
    if isinstance(event, pd.Categorical):
        assert "cat.rename_categories" in str(caught.value)


def test_the_remedies_for_events_without_censoring_work():
    for event in (
        pd.Series(pd.Categorical(KINDS)).cat.rename_categories({"lost": "censored"}),
        pd.Series(pd.Categorical(KINDS)).cat.set_categories(["lost", "cut", "death"], ordered=True),
    ):
        read = history({"t": [1, 2, 3, 4], "e": event}, exit="t", event="e")
        assert read.outcomes == ("cut", "death")
        assert list(read.event) == [1, 0, 2, 0]
    nobody = pd.Series(pd.Categorical(["cut"] * 4)).cat.add_categories("censored")
    assert list(history({"t": [1, 2, 3, 4], "e": nobody}, exit="t", event="e").event) == [1, 1, 1, 1]


@pytest.mark.parametrize("event", [[None] * 3, pd.Categorical([None] * 3), np.full(3, np.nan)])
def test_events_that_are_all_missing_leave_nothing(event):
    with pytest.raises(DataError, match="3 missing value in 'e'"):
        history({"t": [1, 2, 3], "e": event}, exit="t", event="e")


def test_infinite_event_codes_are_refused():
    with pytest.raises(DataError, match="not an event code"):
        history({"t": [1, 2], "e": [np.inf, 1]}, exit="t", event="e")


TABLE = pd.DataFrame({"t": [1.0, 2, 3, 4], "e": [1, 0, 1, 1], "k": ["a", "censored", "b", "a"], "g": list("mfmf")})
READ = {"exit": "t", "event": "e"}


@pytest.mark.parametrize("given", [TABLE["g"], TABLE["g"].to_numpy(), pd.Categorical(TABLE["g"]), 5, [TABLE["g"]]])
@pytest.mark.parametrize(
    "call",
    [
        lambda v: history(TABLE, **READ, strata=v),
        lambda v: cl.survival(TABLE, **READ, by=v),
        lambda v: cl.incidence(TABLE, exit="t", event="k", by=v),
        lambda v: cl.logrank(TABLE, **READ, by=v),
        lambda v: cl.gray_test(TABLE, exit="t", event="k", outcome="a", by=v),
        lambda v: cl.rates(TABLE, **READ, by=v),
        lambda v: cl.pooled_rates(TABLE, v, **READ),
        lambda v: cl.recurrence(TABLE, **READ, id="g", by=v),
        lambda v: cl.cox(TABLE, "t", **READ, cluster=v),
    ],
)
def test_values_in_place_of_a_name_are_refused_by_word(call, given):
    with pytest.raises(UsageError, match="columns are named by text"):
        call(given)


def test_columns_that_cannot_be_told_apart_are_refused():
    twice = pd.concat([TABLE, TABLE[["g"]]], axis=1)
    with pytest.raises(UsageError, match="2 columns 'g'"):
        cl.cox(twice, "g", **READ)
    assert len(history(twice, **READ)) == 4
    with pytest.raises(UsageError, match="several levels"):
        history(TABLE.set_axis(pd.MultiIndex.from_product([["t"], TABLE.columns]), axis=1), **READ)


def test_a_mapping_of_unequal_lengths_is_refused():
    with pytest.raises(UsageError, match="t: 2 values, e: 1 values"):
        history({"t": [1, 2], "e": [1]}, **READ)


def test_exclusions_name_the_column_that_is_wrong():
    d = pd.DataFrame({"a": [0, -1, 0, 0, 0, 0.0], "t": [-1, 2, np.nan, 2, 3, 4], "e": 1, "x": 1.0})
    d["x"] = pd.array([1, 1, 1, 1, None, 1], dtype="Float64")
    read = history(d, **READ, entry="a", covariates=["x"])
    assert read.exclusions[["reason", "column", "n"]].to_numpy().tolist() == [
        ["missing value", "t", 1],
        ["missing value", "x", 1],
        ["negative time", "t", 1],
        ["negative time", "a", 1],
    ]


def test_an_empty_table_is_called_empty():
    for call in (
        lambda d: cl.incidence(d, exit="t", event="k"),
        lambda d: cl.gray_test(d, exit="t", event="k", by="g", outcome="a"),
        lambda d: cl.cox(d, "g", **READ),
    ):
        with pytest.raises(DataError, match="the table is empty"):
            call(TABLE.iloc[:0])


def test_times_that_are_impossible_in_most_rows_are_refused():
    """Otherwise a model of the few rows left fails with an error that hides why."""
    d = TABLE.assign(a=[0.0, -1, -1, -1])
    with pytest.raises(DataError, match=r"3 of 4 rows have impossible times \(3 negative time in 'a'\)"):
        cl.cox(d, "g", **READ, entry="a")
    with pytest.raises(DataError, match="3 exit before entry in 't'"):
        history(d.assign(a=[0.0, 5, 5, 5]), **READ, entry="a")
    assert len(history(d.assign(a=[0.0, 0, -1, -1]), **READ, entry="a")) == 2


@pytest.mark.parametrize(
    ("x", "then"), [([None, 1, None, None], "no 'b' among the 1 spell"), ([None, 1, 1, None], "constant")]
)
@pytest.mark.parametrize("fit", [cl.cox, cl.fine_gray])
def test_an_error_of_the_few_rows_left_names_what_was_left_out(fit, x, then):
    """The error was true of the rows left, and hid that they were few."""
    d = pd.concat([TABLE, TABLE.assign(k="censored")], ignore_index=True).assign(x=[*x, *[None] * 4], z=1.0)
    d["x"] = d["x"].astype(float)
    kept = sum(v is not None for v in x)
    with pytest.raises(DataError) as caught:
        fit(d, "x", exit="t", event="k", outcome="b")
    first, *rest = str(caught.value).split("\n")
    assert f"{8 - kept} of 8 rows are left out ({8 - kept} missing value in 'x')" in first
    assert then in rest[0]
    with pytest.raises(DataError, match=r"^data, z, '1': constant"):
        fit(d, formula="z", exit="t", event="k", outcome="b")  # nothing is left out


@pytest.mark.parametrize("formula", ["x", "x * g", "x:g + g"])
def test_quantities_that_would_be_levels_are_refused(formula):
    """Each value was a level of its own, and the advice was to merge it with another."""
    d = pd.DataFrame({"t": range(1, 13), "e": 1, "g": list("ab") * 6})
    for text in ([f"{v / 10}" for v in range(12)], pd.array([str(v) for v in range(12)], dtype="string")):
        with pytest.raises(UsageError, match=r"'x' looks like numbers read as text .* pd.to_numeric"):
            cl.cox(d.assign(x=text), formula, **READ)
    days = pd.to_timedelta(range(12), unit="D")
    for odd, word in ((days, "durations"), (pd.Timestamp("2010-01-01") + days, "dates")):
        with pytest.raises(UsageError, match=word):
            cl.cox(d.assign(x=odd), formula, **READ)


def test_codes_as_text_stay_levels():
    d = pd.DataFrame({"t": range(1, 13), "e": 1, "x": ["11", "12", "13"] * 4, "y": ["0.5", "1.5"] * 6})
    assert cl.cox(d, "x", **READ).levels == ("12", "13")
    assert cl.cox(d, "y", **READ).levels == ("1.5",)
