"""States that follow from spells which are left out themselves: by hand, and against the same states named."""

import numpy as np
import pandas as pd
import pytest

import clemency as cl
from clemency.models.states.histories.cohorts import read_states

NAMES = {"id": "id", "entry": "since", "exit": "until", "event": "into"}
LOST = "the state is not known after a spell whose end or event is missing"


@pytest.fixture
def four():
    """1 has a cut at 5 and dies at 9, 2 has one at 4 and dies at 8, 3 dies at 7, 4 is lost at 9."""
    return pd.DataFrame(
        {
            "id": [1, 1, 2, 2, 3, 4],
            "since": [0.0, 5, 0, 4, 0, 0],
            "until": [5.0, 9, 4, 8, 7, 9],
            "into": ["cut", "death", "cut", "death", "death", "censored"],
            "state": ["start", "cut", "start", "cut", "start", "start"],
            "w": 1.0,
            "sex": ["m", "m", "m", "m", "m", "m"],
            "age": [40.0, 40, 50, 50, 61, 45],
        }
    )


def chances(fit, time):
    found = fit.at(time)
    return dict(zip(found["state"].astype(str), found["estimate"], strict=True))


@pytest.mark.parametrize(
    ("column", "value", "options"),
    [("w", np.nan, {"weights": "w"}), ("w", 0.0, {"weights": "w"}), ("sex", None, {"by": "sex"})],
)
def test_who_was_cut_in_a_spell_that_is_left_out_goes_on_from_the_cut(four, column, value, options):
    """At 4 one of three is cut, at 7 one of two dies uncut, at 8 one of two that were cut dies: 1/3, 1/6 and 1/2."""
    four.loc[0, column] = value
    fit = cl.multistate(four, **NAMES, **options)
    expected = {"start": 1 / 3, "cut": 1 / 6, "death": 1 / 2}
    assert chances(fit, 8.5) == pytest.approx(expected, rel=1e-12)
    assert chances(cl.multistate(four, **NAMES, state="state", **options), 8.5) == pytest.approx(expected, rel=1e-12)
    assert fit.exclusions["n"].tolist() == [1]


def test_a_missing_covariate_moves_nobody_back_to_the_start(four):
    four = pd.concat([four, four.assign(id=four["id"] + 10, age=four["age"] + 7)], ignore_index=True)
    four.loc[0, "age"] = np.nan
    found = cl.transition_cox(four, common={"* -> death": "age"}, **NAMES)
    named = cl.transition_cox(four, common={"* -> death": "age"}, **NAMES, state="state")
    pd.testing.assert_frame_equal(found.counts, named.counts)
    np.testing.assert_array_equal(found.coefficients, named.coefficients)
    assert found.counts.set_index("transition")["n"].to_dict() == {
        "start -> cut": 7, "start -> death": 7, "cut -> death": 4,
    }  # fmt: skip


@pytest.mark.parametrize(("column", "value"), [("into", None), ("until", np.nan), ("until", -1.0)])
def test_nobody_knows_the_state_after_a_spell_without_event_or_end(four, column, value):
    four[column] = four[column].where(np.arange(6) != 0, value)
    found = cl.survcheck(four, **NAMES)
    assert found.transitions.loc["start"].to_dict() == {"cut": 1, "death": 1, "(censored)": 1}
    assert found.transitions.loc["cut", "death"] == 1
    assert found.exclusions.iloc[-1][["reason", "column", "n", "first_rows"]].tolist() == [LOST, "into", 1, "1"]
    assert f"Left out: 1 row, {LOST} (into)." in cl.multistate(four, **NAMES).notes()
    named = cl.multistate(four, **NAMES, state="state")
    assert named.exclusions["n"].tolist() == [1]  # where states are named, nothing else is lost


def test_a_spell_that_ended_in_nothing_changes_no_state(four):
    """Of 1 the spell to 5 is known to have ended in nothing, and of 2 the begin of the first spell is not known."""
    four.loc[0, ["until", "into"]] = [np.nan, "censored"]
    four.loc[2, "since"] = np.nan
    s = read_states(four, **NAMES)
    assert [s.states[k] for k in s.state] == ["start", "cut", "start", "start"]
    assert s.history.rows.tolist() == [1, 3, 4, 5]


def test_an_event_that_is_known_says_where_a_person_is_again():
    d = pd.DataFrame({"id": 1, "since": [0.0, 2, 4, 6], "until": [2.0, 4, 6, 8]})
    d["into"] = [None, "censored", "cut", "death"]
    d = pd.concat([d, pd.DataFrame({"id": [2], "since": [0.0], "until": [3.0], "into": ["cut"]})], ignore_index=True)
    s = read_states(d, **NAMES)
    assert s.history.rows.tolist() == [3, 4]
    assert [s.states[k] for k in s.state] == ["cut", "start"]


def test_a_spell_without_any_time_leaves_nothing_of_its_person(four):
    four.loc[0, ["since", "until"]] = np.nan
    four = pd.concat([four, four.iloc[[1]].assign(since=9.0, until=10.0, into="censored")], ignore_index=True)
    s = read_states(four, **NAMES)
    assert s.history.rows.tolist() == [2, 3, 4, 5]
    four.loc[1, "into"] = "cut"  # nor would it be known whether the cut without a time came later
    assert read_states(four, **NAMES).history.rows.tolist() == [2, 3, 4, 5]


def test_a_cut_that_only_a_left_out_spell_has_is_a_state(four):
    four = four[four["id"] != 2].reset_index(drop=True)
    four.loc[0, "w"] = np.nan
    s = read_states(four, **NAMES, weights="w")
    assert s.states == ("start", "cut", "death")
    assert s.transition(s.state[0], s.to[0]) == "cut -> death"


def test_a_named_state_after_a_spell_that_is_left_out_is_no_jump():
    d = pd.DataFrame({"id": [1, 1, 1, 2], "since": [0, 2, 5, 0], "until": [2, 5, 9, 7], "w": [1, np.nan, 1, 1]})
    d["into"], d["state"] = ["censored", "cut", "death", "death"], ["start", "start", "cut", "start"]
    fit = cl.multistate(d, **NAMES, state="state", weights="w")
    assert fit.faults["kind"].tolist() == ["gap"]


def test_derived_states_are_those_that_are_named_whatever_is_left_out():
    rng = np.random.default_rng(20261130)
    rows = []
    for who in range(60):
        cuts = np.sort(rng.choice(np.arange(1, 20), size=rng.integers(0, 4), replace=False))
        ends, now = [*cuts.tolist(), 20 + int(rng.integers(1, 9))], "start"
        for k, (begin, end) in enumerate(zip([0, *ends[:-1]], ends, strict=True)):
            into = f"cut {k + 1}" if k < len(cuts) else ("death", "censored")[who % 2]
            rows.append((who, begin, end, into, now))
            now = into
    d = pd.DataFrame(rows, columns=["id", "since", "until", "into", "state"])
    d["w"] = rng.choice([1.0, 2.0, 0.0, np.nan], size=len(d))
    s, named = (read_states(d, **NAMES, weights="w", state=state) for state in (None, "state"))
    assert [s.states[k] for k in s.state] == [named.states[k] for k in named.state]
    times = [5.0, 12.0, 22.0]
    found, expected = (
        cl.multistate(d, **NAMES, weights="w", state=state)
        .at(times)
        .sort_values(["time", "state"], key=lambda c: c.astype(str))
        for state in (None, "state")
    )
    np.testing.assert_allclose(found["estimate"], expected["estimate"], rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(found["std_error"], expected["std_error"], rtol=1e-9, atol=1e-12)


def test_ids_that_differ_by_a_blank_are_told(four):
    four["id"] = ["1", "1 ", "2", "2", "3", "4"]
    said = "'1' and '1 ' in 'id' differ by blanks"
    assert any(said in n for n in cl.survcheck(four, **NAMES).notes())
    assert any(said in n for n in cl.multistate(four, **NAMES).notes())
    fit = cl.transition_cox(four, common={"* -> death": "age"}, **NAMES)
    assert any(said in n for n in fit.notes())
