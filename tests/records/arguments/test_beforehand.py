"""Arguments that a call would take for something else are refused before it, wherever they are asked for."""

import importlib
import inspect
import pkgutil
import timeit
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import pytest

import clemency as cl
from clemency.records.arguments.beforehand import MOST_DRAWS
from clemency.records.arguments.signatures import typed
from clemency.records.errors import UsageError


@typed
def run(
    flag: bool = False,
    *,
    maybe: bool | None = None,
    seed: int = 0,
    repetitions: int = 99,
    by: str | Sequence[str] = "a",
    outcome: str | Sequence[str] | None = None,
    terminal: str | Sequence[str] | None = None,
    other: Callable[[str], str] | None = None,
) -> str:
    return "run"


@pytest.mark.parametrize(
    "given",
    [
        {"flag": True},
        {"flag": np.bool_(False)},
        {"maybe": None},
        {"maybe": np.True_},
        {"seed": 0},
        {"seed": np.int64(3)},
        {"seed": 2**70},
        {"repetitions": MOST_DRAWS},
        {"by": "a"},
        {"by": ["a", "b"]},
        {"by": pd.Index(["a"])},
        {"by": ["a", "a"]},  # the same groups
        {"outcome": None},
        {"outcome": ["x", "y"]},
        {"outcome": np.array(["x"])},
        {"terminal": []},  # says that nothing is
    ],
)
def test_what_means_what_it_says_passes(given):
    assert run(**given) == "run"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"flag": "no"}, "flag= takes True or False, not 'no'."),
        ({"flag": 1}, "flag= takes True or False, not 1."),
        ({"flag": None}, "flag= takes True or False, not None."),
        ({"flag": np.array([True])}, "flag= takes True or False, not a ndarray."),
        ({"maybe": "yes"}, "maybe= takes True or False or None, not 'yes'."),
        ({"maybe": 0.0}, "maybe= takes True or False or None, not 0.0."),
        ({"seed": -1}, "seed=-1 must be a whole number of 0 or more"),
        ({"seed": "x"}, "seed='x' must be"),
        ({"seed": None}, "seed=None must be"),
        ({"seed": 1.5}, "seed=1.5 must be"),
        ({"seed": True}, "seed=True must be"),
        ({"seed": np.timedelta64(3)}, "must be a whole number"),
        ({"repetitions": 10**9}, "repetitions=1000000000 is more than 1,000,000"),
        ({"repetitions": float("inf")}, "repetitions=inf is more"),
        ({"by": []}, r"by=\[\] is empty: name at least one"),
        ({"by": ()}, r"by=\(\) is empty"),
        ({"by": None}, "by= takes text or a list of text, not None."),
        ({"outcome": []}, r"outcome=\[\] is empty"),
        ({"outcome": np.array([], dtype=str)}, "outcome=a ndarray is empty"),
        ({"outcome": ["x", "y", "x"]}, "outcome= names 'x' twice"),
        ({"terminal": ("z", "z")}, "terminal= names 'z' twice"),
    ],
)
def test_what_would_be_taken_for_something_else_is_refused(given, said):
    with pytest.raises(UsageError, match=said):
        run(**given)


def test_an_argument_by_place_is_looked_at_too():
    with pytest.raises(UsageError, match="flag= takes True or False, not 'no'"):
        run("no")


def test_a_check_costs_microseconds():
    given = {"maybe": None, "seed": 1, "repetitions": 99, "by": "a", "outcome": ["x", "y"]}
    run(False, **given)
    each = min(timeit.repeat(lambda: run(False, **given), number=200, repeat=5)) / 200
    assert each < 1e-3  # a few microseconds on an idle machine


def _public():
    """Functions of the face, and methods of all its results, with their names."""
    for name in cl.__all__:
        thing = getattr(cl, name)
        if inspect.isfunction(thing):
            yield name, thing
    rooms = ("clemency.cohorts.", "clemency.models.", "clemency.inference.")
    for module in pkgutil.walk_packages(cl.__path__, "clemency."):
        if not module.name.startswith(rooms):
            continue
        for thing in vars(importlib.import_module(module.name)).values():
            if inspect.isclass(thing) and thing.__module__ == module.name and not thing.__name__.startswith("_"):
                shown = {"tidy", "summary", "plot", "at", "predict", "transition", "intervals", "with_variance"}
                yield from ((f"{thing.__name__}.{k}", v) for k, v in vars(thing).items() if k in shown)


def _call(function, **wrong):
    """Call with anything where something is needed: what is wrong is refused before the rest is looked at."""
    needed = [p for p in inspect.signature(function).parameters.values() if p.default is p.empty]
    filled = {
        p.name: 1 if p.name == "seed" else object() for p in needed if p.name not in wrong and p.kind is p.KEYWORD_ONLY
    }
    placed = [object() for p in needed if p.kind is p.POSITIONAL_OR_KEYWORD and p.name not in wrong]
    return function(*placed, **filled, **wrong)


def _asking(*kinds):
    return sorted(
        {
            (name, p.name): function
            for name, function in _public()
            if inspect.isfunction(function)
            for p in inspect.signature(function).parameters.values()
            if (p.name, str(p.annotation)) in kinds or str(p.annotation) in kinds
        }.items()
    )


@pytest.mark.parametrize(
    ("name", "argument", "function"),
    [(*k, f) for k, f in _asking("bool", "bool | None")],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_every_yes_or_no_is_checked(name, argument, function):
    for wrong in ("no", 0, 1.0):
        with pytest.raises(UsageError, match=f"{argument}= takes True or False"):
            _call(function, **{argument: wrong})


@pytest.mark.parametrize(
    ("name", "argument", "function"),
    [(*k, f) for k, f in _asking(("seed", "int"), ("seed", "int | None"))],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_every_seed_is_checked(name, argument, function):
    for wrong in (-1, "x", 1.5):
        with pytest.raises(UsageError, match=f"seed={wrong!r} must be a whole number of 0 or more"):
            _call(function, seed=wrong)


@pytest.mark.parametrize(
    ("name", "argument", "function"),
    [
        (*k, f)
        for k, f in _asking("str | Sequence[str]", "str | Sequence[str] | None")
        if k[1] in ("outcome", "sentence_types", "by", "strata")
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_every_empty_list_is_refused(name, argument, function):
    with pytest.raises(UsageError, match=rf"{argument}=\[\] is empty: name at least one"):
        _call(function, **{argument: []})


def test_the_walk_finds_what_there_is():
    flags = {k for k, _ in _asking("bool", "bool | None")}
    assert {("cohort", "recurrent"), ("cox", "robust"), ("event_study", "season"), ("e_value", "rare")} <= flags
    assert {("MultiState.transition", "landmarked"), ("Pooled.tidy", "exponentiate")} <= flags
    assert ("write_rulings", "evidence") in flags
    assert ("specifications", "seed") in {k for k, _ in _asking(("seed", "int"))}
