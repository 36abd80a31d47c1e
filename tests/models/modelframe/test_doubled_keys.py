"""Keys that stand twice, weights beyond numbers, and rules of another form are refused where they enter."""

import numpy as np
import pandas as pd
import pytest

import clemency as cl


@pytest.fixture(scope="module")
def twice():
    events = cl.load("events")
    return pd.concat([events, events.iloc[:1]])


@pytest.fixture(scope="module")
def made():
    return cl.cohort(cl.load("cases"), cl.load("acts"), until="2017-06-30")


@pytest.mark.parametrize(
    "use",
    [
        lambda made, events: cl.relations("US", events=events),
        lambda made, events: made.expose(events),
        lambda made, events: cl.event_study(made, events),
        lambda made, events: cl.placebo(made, events, repetitions=9),
    ],
    ids=["relations", "expose", "event_study", "placebo"],
)
def test_an_event_that_stands_twice_would_count_twice(use, made, twice):
    with pytest.raises(cl.DataError, match=f"event_id, '{twice['event_id'].iloc[0]}': the key occurs twice"):
        use(made, twice)


@pytest.mark.parametrize("weight", [1e-320, 1e308, np.float64(3e101)])
def test_weights_whose_sums_no_number_holds(weight):
    data = pd.DataFrame({"m": [3.0, 5, 8, 2], "e": [1, 1, 0, 1], "w": [1.0, weight, 1, 1]})
    with pytest.raises(cl.DataError, match=r"row 1, w.*a weight outside 1e-40 to 1e"):
        cl.survival(data, exit="m", event="e", weights="w")


def test_rules_of_another_form():
    cases = cl.load("cases")
    with pytest.raises(cl.UsageError, match="rules has no column rule_id, effective_from"):
        cl.beyond_rules(cl.load("acts"), cases, rules=cases)
    with pytest.raises(cl.UsageError, match="rules has no column rule_id, effective_from"):
        cl.eligibility(cases["case_id"].iloc[0], on="2010-01-01", rules=cases)


def test_sources_that_stand_twice_cannot_be_cited():
    acts = cl.load("acts")
    with pytest.raises(cl.UsageError, match="the column 'source_ids' twice"):
        cl.cite(pd.concat([acts, acts[["source_ids"]]], axis=1))


def test_a_column_that_nobody_asked_for_may_stand_twice(made):
    spells = made.spells
    doubled = pd.concat([spells, spells[["case_id"]]], axis=1)
    columns = {"exit": "exit", "event": "event", "entry": "entry", "outcome": "sentence_reduction"}
    one, other = (cl.cox(t, "sex", **columns).tidy()["estimate"].item() for t in (spells, doubled))
    assert one == other
