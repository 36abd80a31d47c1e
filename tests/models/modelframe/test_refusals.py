"""Questions that models refuse, each with its reason, and data in which a level or a term is to blame."""

import numpy as np
import pandas as pd
import pytest

import clemency as cl
from clemency.models.postestimation.concordance import count_pairs
from clemency.records.errors import DataError, UsageError

N = 60
D = pd.DataFrame(
    {
        "id": np.arange(N) // 2,
        "t": np.tile(np.arange(1.0, 31), 2),
        "e": [1, 0, 1, 1, 0] * 12,
        "k": ["act", "death", "censored"] * 20,
        "g": ["a", "b", "c", "a", "b"] * 12,
        "x": np.sin(np.arange(N)),
    }
)
SPELL = {"exit": "t", "event": "e"}
KINDS = {"exit": "t", "event": "k"}


def cox(formula="x", data=D, **more):
    return cl.cox(data, formula, **SPELL | more)


def curves(**more):
    return cl.survival(D, **SPELL, by="g", **more)


def fine_gray(**more):
    return cl.fine_gray(D, "x", **KINDS, outcome="act", **more)


def occurrence(**more):
    d = D.assign(start=0.0, act=np.random.default_rng(1).integers(0, 2, N))
    return cl.occurrence(d, "x + g", event="act", entry="start", months="t", id="id", duration=None, **more)


QUESTIONS = {
    "risk of Fine-Gray": (lambda: cl.absolute_risk({"act": fine_gray()}, D.iloc[:1], 5), "'act' is a Fine-Gray fit"),
    "risk of one fit": (lambda: cl.absolute_risk(cox(), D.iloc[:1], 5), "give the fits by name"),
    "risk of none": (lambda: cl.absolute_risk({}, D.iloc[:1], 5), "give the fits by name"),
    "rho of logrank": (lambda: cl.logrank(D, by="g", **SPELL, rho=np.nan), "rho"),
    "rho of Gray": (
        lambda: cl.gray_test(D, by="g", **KINDS, outcome="act", rho=np.inf),
        "rho must be a number, not inf",
    ),
    "several outcomes": (
        lambda: cl.logrank(D, by="g", **KINDS, outcome=["act", "death"]),
        "outcome must name one event",
    ),
    "one group": (lambda: cl.logrank(D.assign(g="a"), by="g", **SPELL), "gives 1 group: a test needs two or more"),
    "concordance of Fine-Gray": (lambda: fine_gray().concordance(), "not defined for reweighted risk sets"),
    "concordance clustered twice": (
        lambda: cox(cluster=["id", "g"], data=D.assign(id=np.arange(N))).concordance(),
        "clusters one way",
    ),
    "variance": (lambda: curves(variance="tsiatis"), "variance='tsiatis' is not one of"),
    "clustered Greenwood": (lambda: curves(variance="greenwood", cluster="id"), "contradicts cluster="),
    "two clusters of a curve": (lambda: curves(cluster=["id", "g"]), "cluster= must name one column"),
    "scale of limits": (lambda: curves(conf_type="logit"), "conf_type='logit' is not one of"),
    "level of limits": (lambda: curves(ci_level=95), "between 0 and 1"),
    "level 0": (lambda: curves(ci_level=0), "between 0 and 1"),
    "level 1": (lambda: curves(ci_level=1), "between 0 and 1"),
    "kind of band": (lambda: curves().band("scheffe"), "kind='scheffe' is not one of"),
    "scale of band": (lambda: curves().band(conf_type="logit"), "conf_type='logit' is not one of"),
    "band of clustered curves": (lambda: curves(cluster="id").band(), "needs independent increments"),
    "band of incidences": (
        lambda: cl.incidence(D, **KINDS, outcome="act").band("hall-wellner"),
        "Hall-Wellner bands are of survival curves",
    ),
    "reference of differences": (lambda: curves().difference(10, reference="z"), "There is no group 'z'; there are: "),
    "a formula in parts": (lambda: cox(["x", "g"]), "must be text such as 'age \\+ region', not list"),
    "a formula that breaks": (lambda: cox("np.nosuch(x)"), "cannot be evaluated"),
    "kind of effect": (lambda: occurrence().effects("g", kind="odds"), "kind='odds' is not one of: difference, ratio"),
    "ratio of a number": (lambda: occurrence().effects("x", kind="ratio"), "'x' is a number"),
    "test of nothing": (lambda: occurrence(cluster="id").wild_test("y"), "no coefficient 'y' with level ''"),
    "test without clusters": (lambda: occurrence(cluster=None).wild_test("x"), "needs clusters"),
    "level of profile limits": (lambda: cox(penalty="firth").with_level(0.9), "fit again with ci_level="),
    "no variance": (lambda: cox().with_variance(), "say which variance"),
    "a variance by nothing": (lambda: cox().with_variance(cluster="z"), "no column 'z' to cluster on"),
    "a variance by gaps": (
        lambda: cox(data=D.assign(p=["a", None] * 30)).with_variance(cluster="p"),
        "'p' is missing in 30 rows",
    ),
    "data as a list": (lambda: cl.cox([1, 2], "x", **SPELL), "not list"),
    "columns of several lengths": (lambda: cl.cox({"t": [1, 2], "e": [1]}, "e", **SPELL), "t: 2 values, e: 1 values"),
    "a column named by values": (lambda: cl.survival(D, exit="t", event=D["e"]), "not by Series"),
    "months that are days": (
        lambda: cl.survival(D.assign(t=pd.to_timedelta(D["t"], "D")), **SPELL),
        "dates or durations",
    ),
    "names of several levels": (
        lambda: cl.survival(D.set_axis(pd.MultiIndex.from_product([["a"], D.columns]), axis=1), exit="t", event="e"),
        "names of several levels",
    ),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_questions_without_an_answer(question):
    call, message = QUESTIONS[question]
    with pytest.raises(UsageError, match=message):
        call()


def test_pairs_that_cannot_be_compared():
    """The only event is the last: nobody is left to outlive it."""
    exit, event = np.array([1.0, 2, 3]), np.array([False, False, True])
    with pytest.raises(UsageError, match="no comparable pair"):
        count_pairs(np.array([1.0, 2, 3]), np.full(3, -np.inf), exit, event, np.zeros(3, dtype=int))


# Levels to blame. Spells 1, 2, ... end in events unless said.


def blamed(formula, data, **more):
    with pytest.raises(DataError) as caught:
        cox(formula, data, **more)
    return {(p.column, p.value): (p.message, p.remedy) for p in caught.value.problems}


def test_a_level_without_event_is_named_with_its_spells():
    d = pd.DataFrame({"t": range(1, 13), "e": [1, 1, 0] * 4, "g": ["a", "b", "c"] * 4})
    ((column, level), (message, remedy)) = next(iter(blamed("g", d).items()))
    assert (column, level) == ("g", "c")
    assert message.startswith("none of its 4 spells ends in the event; the likelihood rises for ever")
    assert remedy == 'Use penalty="firth", merge the level with another, or leave the term out.'


def test_a_reference_without_event_is_named_and_the_other_levels_are_not():
    d = pd.DataFrame({"t": range(1, 13), "e": [0, 1, 1] * 4, "g": ["a", "b", "c"] * 4})
    found = blamed("g", d)
    assert list(found) == [("g", "a")]
    message, remedy = found["g", "a"]
    assert message == "the reference level has no event, so no level can be compared with it"
    assert remedy == 'Order the categories so that a level with events comes first, or use penalty="firth".'


def test_a_level_never_at_risk_at_an_event_is_named_with_those_without_event():
    """Level d has left before the first event; the reference a and level b have no event either."""
    d = pd.DataFrame(
        {
            "t": [1, 2, 5, 6, 7, 8, 9, 10, 11, 12],
            "e": [0, 0, 1, 0, 0, 1, 0, 0, 1, 0],
            "g": ["d", "d", "c", "a", "b", "c", "a", "b", "c", "a"],
        }
    )
    found = blamed("g", d)
    assert set(found) == {("g", "d"), ("g", "a"), ("g", "b")}
    assert found["g", "d"] == (
        "none of its 2 spells ends in the event, and none is at risk when another one does",
        "Merge the level with another, or leave the term out.",
    )
    assert found["g", "a"][0] == "none of its 3 spells ends in the event (it is the reference)"
    assert found["g", "b"] == (
        "none of its 2 spells ends in the event",
        'Merge the level with another, or leave the term out; penalty="firth" may do.',
    )


def test_a_number_that_orders_all_events_is_named():
    d = pd.DataFrame({"t": range(1, 9), "e": 1, "x": np.arange(8.0, 0, -1)})
    ((place, (message, remedy)),) = blamed("x", d).items()
    assert place == ("x", "")
    assert message.startswith("the likelihood rises for ever as its coefficient grows (separation)")
    assert remedy.startswith('Use penalty="firth", merge')


def test_a_column_named_twice_is_refused():
    d = pd.DataFrame({"t": [1.0, 2, 3, 4], "e": [1, 0, 1, 1], "g": [*"abab"]})
    for call in (
        lambda: cl.survival(d, exit="t", event="e", by=["g", "g"]),
        lambda: cl.cox(d, "1", exit="t", event="e", strata=["g", "g"]),
        lambda: cl.concordance(d, ["t", "t"], exit="t", event="e"),
    ):
        with pytest.raises(UsageError, match="is named twice: name each column once"):
            call()
