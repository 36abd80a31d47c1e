"""Yes and no and complex numbers pass for numbers without an error: no argument that is a number takes them."""

import inspect

import numpy as np
import pandas as pd
import pytest

import clemency as cl
from clemency.models.modelframe.arguments import months
from clemency.records.errors import ClemencyError, UsageError

N = 60
RNG = np.random.default_rng(1)
D = pd.DataFrame({"t": RNG.integers(1, 40, N) * 1.0, "e": RNG.integers(0, 2, N), "x": RNG.normal(size=N)})
D = D.assign(g=list("abc") * 20, id=range(N), m=0.0, up=D["t"] + 2, raised=D["x"] > 0.5)
D["k"] = np.where(D["e"] == 1, np.where(D["x"] > 0, "cut", "death"), "censored")
PANEL = pd.DataFrame({"year": range(2000, 2012), "months": 100.0, "act": RNG.integers(1, 9, 12)})
READ = {"exit": "t", "event": "e"}
ODD = [True, np.bool_(False), 2 + 0j, np.complex64(2), [True], [2.0, True], np.array([True]), [2 + 0j]]

CALLS = {
    "cox": (cl.cox, (D, "x"), READ),
    "fine_gray": (cl.fine_gray, (D, "x"), {"exit": "t", "event": "k", "outcome": "cut"}),
    "survival": (cl.survival, (D,), READ),
    "incidence": (cl.incidence, (D,), READ),
    "logrank": (cl.logrank, (D,), READ | {"by": "g"}),
    "gray_test": (cl.gray_test, (D,), {"exit": "t", "event": "k", "outcome": "cut", "by": "g"}),
    "rates": (cl.rates, (D,), READ),
    "pooled_rates": (cl.pooled_rates, (D, "g"), READ),
    "recurrence": (cl.recurrence, (D,), READ | {"id": "id"}),
    "occurrence": (cl.occurrence, (D, "x"), {"event": "e", "entry": "m", "duration": None}),
    "interval_hazard": (cl.interval_hazard, (D, "x"), {"lower": "t", "upper": "up", "cuts": 1}),
    "interrupted": (cl.interrupted, (PANEL,), {"at": "2006-01-01", "outcome": "act", "freq": "Y"}),
    "magnitude": (cl.magnitude, (D, "x"), {"months": "t"}),
    "tipping_point": (cl.tipping_point, (D, "raised"), READ),
    "e_value": (cl.e_value, (2.0,), {"ci_low": 1.2, "ci_high": 3.0}),
    "power": (cl.power, (100,), {"share": 0.5}),
}


def numeric(function):
    """Arguments that take numbers and, by what the signature says, neither yes and no nor anything at all."""
    parameters = inspect.signature(function).parameters.values()
    kinds = {p.name: str(p.annotation).replace(" ", "") for p in parameters if p.default is not p.empty}
    return [name for name, kind in kinds.items() if "float" in kind or "int" in kind.split("|")]


@pytest.mark.parametrize("name", CALLS)
def test_functions(name):
    function, args, options = CALLS[name]
    names = numeric(function)
    assert names
    for argument in names:
        for value in ODD:
            with pytest.raises(ClemencyError):
                function(*args, **{**options, argument: value})


def made():
    return {
        "cox": cl.cox(D, "x + g", **READ),
        "survival": cl.survival(D, **READ, by="g"),
        "incidence": cl.incidence(D, exit="t", event="k", by="g"),
        "occurrence": cl.occurrence(D, "x", event="e", entry="m", duration=None, id="id", cluster="id"),
        "recurrence": cl.recurrence(D, **READ, id="id", by="g"),
        "interval curves": cl.survival(D, lower="t", upper="up"),
        "interval_hazard": cl.interval_hazard(D, "x", lower="t", upper="up", cuts=1),
        "interrupted": cl.interrupted(PANEL, at="2006-01-01", outcome="act", freq="Y"),
        "pooled_rates": cl.pooled_rates(D, "g", **READ),
        "magnitude": cl.magnitude(D, "x", months="t"),
    }


METHODS = [
    ("cox", "with_level", "ci_level", {}),
    ("cox", "predict", "times", {"newdata": D.head(2), "kind": "survival"}),
    ("survival", "at", "times", {}),
    ("survival", "restricted_mean", "until", {}),
    ("survival", "difference", "times", {}),
    ("survival", "difference", "until", {}),
    ("survival", "quantile", "p", {}),
    ("survival", "band", "between", {}),
    ("survival", "plot", "until", {}),
    ("incidence", "at", "times", {}),
    ("occurrence", "with_level", "ci_level", {}),
    ("occurrence", "probabilities", "months", {}),
    ("occurrence", "probabilities", "start", {"months": 3}),
    ("occurrence", "wild_test", "repetitions", {"term": "x"}),
    ("occurrence", "wild_test", "seed", {"term": "x"}),
    ("recurrence", "at", "times", {}),
    ("recurrence", "difference", "times", {}),
    ("interval curves", "at", "times", {}),
    ("interval curves", "quantile", "p", {}),
    ("magnitude", "with_level", "ci_level", {}),
]


@pytest.fixture(scope="module")
def fits():
    return made()


@pytest.mark.parametrize(("name", "method", "argument", "options"), METHODS)
def test_methods(fits, name, method, argument, options):
    call = getattr(fits[name], method)
    assert argument in inspect.signature(call).parameters
    for value in ODD:
        with pytest.raises(ClemencyError):
            call(**options, **{argument: value})


def test_times_in_a_list():
    assert months([2, 3.5]).tolist() == [2, 3.5]
    for odd in ([True, 3.5], (2.0, np.bool_(True)), np.array([True]), pd.Series([True, False]), [1j]):
        with pytest.raises(UsageError, match="times= must be numbers on the clock"):
            months(odd)


@pytest.mark.parametrize("bands", [[12, np.inf], [np.nan, 24], [True, 24], [24, 12], []])
def test_bands_are_finite_months_that_rise(bands):
    with pytest.raises(UsageError, match="duration"):
        cl.occurrence(D.assign(m=D["t"]), "x", event="e", entry="m", duration=bands)


def test_calipers_in_a_mapping():
    with pytest.raises(UsageError, match="caliper"):
        cl.risk_set_match(D.assign(entry=0.0, case_id=D["id"], z=1), "raised", on=["x"], caliper={"x": True}, exit="t")
