"""Covariates join a cohort by keys that are the same for certain, and are refused otherwise."""

import numpy as np
import pandas as pd
import pytest

import clemency as cl


@pytest.fixture(scope="module")
def made():
    return cl.cohort(cl.load("cases"), cl.load("acts"), until="2017-06-30")


@pytest.fixture(scope="module")
def quarters(made):
    return made.split(calendar="Q")


VALUES = pd.DataFrame({"quarter": pd.period_range("1990Q1", "2017Q2", freq="Q")}).assign(
    z=lambda d: np.arange(len(d)) * 1.0
)


@pytest.mark.parametrize(
    "kind", [lambda q: q, lambda q: q.astype(str), lambda q: q.astype(str).astype("string"), "category"]
)
def test_quarters_are_text_or_periods(quarters, kind):
    frame = VALUES.assign(quarter=VALUES["quarter"].astype(kind) if kind == "category" else kind(VALUES["quarter"]))
    found = quarters.with_covariates(frame, on="quarter").spells
    want = found["quarter"].map(dict(zip(VALUES["quarter"].astype(str), VALUES["z"], strict=True)))
    assert want.notna().sum() > 1000
    pd.testing.assert_series_equal(found["z"], want, check_names=False)
    pd.testing.assert_frame_equal(found.drop(columns="z"), quarters.spells)


def test_whole_numbers_are_those_of_floats(made):
    numbered = made.assign(number=lambda s: np.arange(len(s)) % 3)
    for stored in ("int8", "float64", "Int64", "object", "category", "int16[pyarrow]"):
        frame = pd.DataFrame({"number": pd.Series([2, 0, 1]).astype(stored), "z": ["two", "none", "one"]})
        found = numbered.with_covariates(frame, on="number").spells
        assert found["z"].tolist() == [["none", "one", "two"][i % 3] for i in range(len(found))]


def test_keys_that_are_not_there_leave_the_covariate_missing(made):
    cases = made.spells["case_id"].unique()
    frame = pd.DataFrame({"case_id": cases[:5], "z": np.arange(5), "yes": True, "w": list("abcde")})
    found = made.with_covariates(frame).spells
    inside = found["case_id"].isin(cases[:5])
    assert found["z"].isna().tolist() == (~inside).tolist()
    assert found.loc[inside, "z"].tolist() == [list(cases).index(c) for c in found.loc[inside, "case_id"]]
    whole = made.with_covariates(pd.DataFrame({"case_id": cases, "z": np.arange(len(cases))})).spells
    assert whole["z"].dtype == np.int64


@pytest.mark.parametrize(
    ("frame", "on", "words"),
    [
        (
            pd.DataFrame({"case_id": [1, 2], "z": 1}),
            "case_id",
            "No value of 'case_id' is in both.*the frame has such as 1",
        ),
        (pd.DataFrame({"case_id": ["x"], "z": 1}), "case_id", "No value of 'case_id'"),
        (pd.DataFrame({"case_id": [], "z": []}), "case_id", "the frame has no row"),
        (pd.DataFrame({"case_id": ["a", "a"], "z": 1}), "case_id", r"more than once in the frame \('a' in row 1\)"),
        (pd.DataFrame({"case_id": ["a", None], "z": 1}), "case_id", "empty in row 1"),
        (pd.DataFrame({"case_id": [["a"], ["b"]], "z": 1}), "case_id", "a list in row 0"),
        (pd.DataFrame({"z": 1}, index=[0]), "case_id", "need a column 'case_id'"),
        (pd.DataFrame([["a", 1, 2]], columns=["case_id", "z", "z"]), "case_id", "each of them once"),
        (pd.concat({"a": pd.DataFrame({"case_id": ["a"]})}, axis=1), "case_id", "need a column|one level"),
        ({"case_id": ["a"]}, "case_id", "No value of 'case_id' is in both"),
    ],
)
def test_keys_that_cannot_be_matched_are_refused(made, frame, on, words):
    with pytest.raises(cl.UsageError, match=words):
        made.with_covariates(frame, on=on)


def test_a_quarter_there_as_text_and_as_period_is_there_twice(quarters):
    frame = pd.DataFrame({"quarter": [pd.Period("2001Q1"), "2001Q1"], "z": [1, 2]})
    with pytest.raises(cl.UsageError, match="more than once"):
        quarters.with_covariates(frame, on="quarter")


def test_assigned_values_are_one_per_spell(made):
    n = len(made.spells)
    assert made.assign(z=range(n)).spells["z"].iloc[-1] == n - 1
    assert made.assign(z=1, y=lambda s: s["z"] + 1).spells["y"].unique().tolist() == [2]
    for values in ([1, 2], np.ones(n + 1), lambda s: [1]):
        with pytest.raises(cl.UsageError, match=f"z= has .* values, and the cohort {n:,} spells: give one value"):
            made.assign(z=values)
    with pytest.raises(cl.UsageError, match="z= has a generator"):
        made.assign(z=(k for k in range(n)))
    with pytest.raises(cl.UsageError, match="z= is no column of the spells"):
        made.assign(z=np.ones((n, 2)))
