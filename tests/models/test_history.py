"""The border: what is read, what is left out, what is refused."""

import numpy as np
import pandas as pd
import pytest

from clemency.models.history import history
from clemency.records.errors import DataError, UsageError

SPELLS = pd.DataFrame(
    {
        "entry": [0.0, 1, 2, 3, 0, 2, 0, -1],
        "exit": [2.0, 1, 1, 5, 4, np.nan, 6, 3],
        "event": [1, 0, 1, 1, 0, 1, 1, 0],
        "region": ["a", "b", "a", None, "b", "a", "a", "a"],
        "x": [1.0, 2, 3, 4, 5, 6, np.inf, 8],
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
        pd.Categorical(["b", "a", "b"]),
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
    read = history({"t": [1, 2, 3], "e": [0, 1, 2]}, exit="t", event="e")
    assert read.outcomes == ("1", "2")
    assert list(read.has("2")) == [False, False, True]
    assert list(read.has(["1", "2"])) == [False, True, True]
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
        history({"t": [0.0, np.nan], "e": [1, 0]}, exit="t", event="e")


def test_groups_keep_the_declared_order():
    frame = pd.DataFrame(
        {"t": [1, 2, 3], "e": [1, 1, 0], "g": pd.Categorical(list("zza"), categories=["z", "a"]), "h": [2, 1, 2]}
    )
    read = history(frame, exit="t", event="e", by=["g", "h"])
    assert read.groups.names() == ["z, 1", "z, 2", "a, 2"]
    assert list(read.groups.code) == [1, 0, 2]
