"""Counts of transitions and faults of coding: R's counts, and each fault with its row and remedy."""

from pathlib import Path

import pandas as pd
import pytest

import clemency as cl
from clemency.records.errors import DataError, UsageError

FOLDER = Path(__file__).resolve().parents[2] / "reference" / "states"
EXPECTED = pd.read_csv(FOLDER / "expected.csv")
COLUMNS = {"id": "who", "entry": "since", "exit": "until", "event": "into"}


def r(fit):
    found = EXPECTED[(EXPECTED["fit"] == fit) & (EXPECTED["quantity"] == "transitions")]["value"]
    assert len(found)
    return found.astype(int).tolist()


def counts(check, before, after):
    return check.transitions.reindex(index=before, columns=after, fill_value=0).to_numpy().ravel().tolist()


def spells(*rows, state=False):
    names = ["who", "since", "until", *(["state"] if state else []), "into"]
    return pd.DataFrame(rows, columns=names)


def test_transitions_equal_r():
    columns = {"id": "id", "entry": "tstart", "exit": "tstop", "event": "into"}
    check = cl.survcheck(pd.read_csv(FOLDER / "mgus2.csv"), **columns)
    ill = ["start", "pcm", "death"]
    assert counts(check, ill, ["pcm", "death", "(censored)"]) == r("mgus2")
    check = cl.survcheck(pd.read_csv(FOLDER / "myeloid.csv"), **columns)
    assert check.ok
    found = r("myeloid")
    assert sorted(n for n in check.transitions.to_numpy().ravel().tolist() if n) == sorted(n for n in found if n)
    assert check.glance()["transitions"][0] == check.transitions.drop(columns="(censored)").to_numpy().sum()


def test_counts_by_hand():
    d = spells((1, 0, 4, "ill"), (1, 4, 9, "well again"), (1, 9, 12, "ill"), (2, 0, 5, "censored"), (2, 5, 6, "ill"))
    check = cl.survcheck(d, **COLUMNS)
    assert check.tidy().to_numpy().tolist() == [
        ["start", "ill", 2],
        ["ill", "well again", 1],
        ["well again", "ill", 1],
    ]
    assert check.events.loc["ill"].tolist() == [0, 1, 1, 0]  # people who were ill never, once, twice
    assert check.events.loc["(any)"].tolist() == [0, 1, 0, 1]
    assert (check.n, check.n_cases, check.ok) == (5, 2, True)
    assert "No fault was found." in repr(check)


FAULTS = {
    "overlap": (spells((1, 0, 5, "ill"), (1, 3, 9, "death"), (2, 0, 4, "censored")), 1, "row 0, which ends at 5"),
    "jump": (
        spells((1, 0, 5, "well", "ill"), (1, 7, 9, "well", "censored"), (2, 0, 4, "well", "death"), state=True),
        1,
        "after a gap from 5 the person is in 'well', though last known in 'ill'",
    ),
    "teleport": (
        spells((1, 0, 5, "well", "censored"), (1, 5, 9, "ill", "death"), (2, 0, 4, "well", "ill"), state=True),
        1,
        "the spell is in 'ill', but the one before it left the person in 'well'",
    ),
    "after an end": (
        spells((1, 0, 5, "dead"), (1, 5, 9, "censored"), (2, 0, 4, "ill")),
        1,
        "in 'dead', which is an end",
    ),
}


@pytest.mark.parametrize("kind", list(FAULTS))
def test_what_cannot_be_is_refused_with_its_row(kind):
    d, row, said = FAULTS[kind]
    more = {"state": "state"} if "state" in d else {}
    check = cl.survcheck(d, **COLUMNS, **more)
    assert not check.ok
    (fault,) = check.faults.to_dict("records")
    assert (fault["kind"], fault["row"], fault["id"]) == (kind, row, 1)
    assert said in fault["message"]
    assert check.glance()[kind.replace(" ", "_")][0] == 1
    assert said in check._repr_html_().replace("&#x27;", "'")
    for function in (cl.multistate, lambda d, **c: cl.transition_cox(d.assign(x=d["until"]), "x", **c)):
        with pytest.raises(DataError, match=f"row {row}, who, '1'") as caught:
            function(d, **COLUMNS, **more)
        assert said in str(caught.value)
        assert caught.value.problems[0].remedy


def test_rows_are_those_of_the_data_as_given():
    d, _, _ = FAULTS["overlap"]
    d = pd.concat([spells((7, 0, None, "ill")), d.iloc[::-1]], ignore_index=True)  # the first row is left out
    check = cl.survcheck(d, **COLUMNS)
    assert check.faults["row"].tolist() == [2]
    assert "row 3, which ends at 5" in check.faults["message"][0]
    assert any("Left out: 1 row, missing value (until)" in note for note in check.notes())


def test_only_what_is_allowed_may_follow():
    d = spells((1, 0, 5, "ill"), (1, 5, 9, "free"), (2, 0, 4, "free"), (3, 0, 6, "censored"))
    check = cl.survcheck(d, **COLUMNS, allowed={"start": ["ill", "free"], "ill": "death", "death": []}, initial="start")
    assert check.faults["kind"].tolist() == ["not allowed", "not entered"]
    assert check.faults["row"][0] == 1
    assert check.faults["message"][0] == "'free' cannot follow 'ill'"
    with pytest.raises(DataError, match="'free' cannot follow 'ill'"):
        cl.multistate(d, **COLUMNS, allowed={"start": ["ill", "free"], "ill": []} | {"ill": "start"})


def test_states_that_are_allowed_and_nobody_has_are_named():
    """A word that is misspelled leaves the one that is meant not allowed."""
    d = spells((1, 0, 5, "ill"), (2, 0, 4, "censored"))
    check = cl.survcheck(d, **COLUMNS, allowed={"start": ["ill", "parole"], "ill": []})
    assert check.faults[["kind", "message"]].to_numpy().tolist() == [
        ["not entered", "nobody is ever in the state 'parole', nor enters it"]
    ]
    found = cl.survcheck(d, **COLUMNS, allowed={"start": ["il"]}).faults
    assert found["kind"].tolist() == ["not allowed", "not entered"]


def test_gaps_and_events_without_a_change_are_told_and_used():
    d = spells((1, 0, 5, "ill"), (1, 7, 9, "ill"), (1, 9, 11, "death"), (2, 0, 6, "censored"))
    fit = cl.multistate(d, **COLUMNS)
    assert fit.faults[["kind", "row"]].to_numpy().tolist() == [["gap", 1], ["same state", 1]]
    notes = " ".join(fit.notes())
    assert "the person is not seen between 5 and 7" in notes
    assert "ends by entering 'ill', in which the person is already" in notes
    assert fit.glance()["events"][0] == 2


def test_a_state_that_nobody_enters_is_named():
    d = spells((1, 0, 5, "ill"), (2, 0, 4, "censored"))
    d["into"] = pd.Categorical(d["into"], ["censored", "ill", "parole"])
    fit = cl.multistate(d, **COLUMNS)
    assert fit.states == ("start", "ill")
    assert any("nobody is ever in the state 'parole'" in note for note in fit.notes())


def test_data_without_any_transition_are_refused():
    with pytest.raises(DataError, match="nobody enters any other state than 'start'"):
        cl.multistate(spells((1, 0, 5, "censored"), (2, 0, 4, "censored")), **COLUMNS)


def test_several_spells_need_an_entry():
    d = spells((1, 0, 5, "ill"), (1, 5, 9, "death"), (2, 0, 4, "censored"))
    with pytest.raises(DataError, match="no entry says when each begins"):
        cl.multistate(d, id="who", exit="until", event="into")


def test_the_person_must_be_named():
    with pytest.raises(UsageError, match="id="):
        cl.survcheck(spells((1, 0, 5, "ill")), exit="until", event="into")


def test_states_keep_their_declared_order():
    d = spells((1, 0, 5, "b", "a"), (2, 0, 4, "b", "c"), (3, 0, 4, "a", "censored"), state=True)
    d["into"] = pd.Categorical(d["into"], ["censored", "c", "a"])
    assert cl.survcheck(d, **COLUMNS, state="state").states == ("b", "c", "a")
