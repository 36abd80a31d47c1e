"""Arguments by the names of other packages are refused with the name that they have here, in every public function."""

import inspect

import pandas as pd
import pytest

import clemency as cl
from clemency.records.arguments.namesofothers import NAMES

D = pd.DataFrame({"t": [1.0, 2.0, 3.0, 4.0], "e": [1, 0, 1, 1], "x": [0.0, 1.0, 1.0, 0.0], "g": list("abab")})


@pytest.mark.parametrize(
    ("function", "given", "said"),
    [
        (
            "cox",
            {"duration_col": "t", "event_col": "e"},
            "duration_col= is exit=. Here event_col= is event=",
        ),
        (
            "cox",
            {"exit": "t", "event": "e", "alpha": 0.1},
            r"alpha= is ci_level= \(0.95 where alpha is 0.05\)",
        ),
        ("survival", {"exit": "t", "event": "e", "groups": "g"}, "Here groups= is by="),
        ("survival", {"exit": "t", "event_observed": "e"}, "Here event_observed= is event="),
        ("occurrence", {"event": "e", "time": "t"}, "Here time= is entry="),
        ("occurrence", {"event": "e", "entry": "t", "case": "g"}, "Here case= is id="),
        ("occurrence", {"event": "e", "entry": "t", "period": "Q"}, "Here period= is freq="),
        ("cox", {"exit": "t", "event": "e", "weights_col": "x"}, "Here weights_col= is weights="),
        ("fine_gray", {"exit": "t", "event": "e", "failcode": 1}, "Here failcode= is outcome="),
        ("cox", {"exit": "t", "event": "e", "stratta": "g"}, r"Is stratta= meant to be strata=\?"),
    ],
)
def test_a_name_of_another_package_is_refused_with_ours(function, given, said):
    positional = (D, "x") if "formula" in inspect.signature(getattr(cl, function)).parameters else (D,)
    with pytest.raises(cl.UsageError, match=said) as caught:
        getattr(cl, function)(*positional, **given)
    assert "takes" in str(caught.value)


def test_it_is_a_type_error_too():
    with pytest.raises(TypeError, match="is exit="):
        cl.cox(D, "x", duration_col="t", event_col="e")


def test_every_answer_is_an_argument_of_some_function():
    known = {p for n in cl.__all__ if inspect.isfunction(f := getattr(cl, n)) for p in inspect.signature(f).parameters}
    known |= set(inspect.signature(type(cl.cox(D, "x", exit="t", event="e")).predict).parameters) | {"exponentiate"}
    known |= {"p", "variance", "quantile"}
    assert {name for ours in NAMES.values() for name in ours} <= known


def test_one_thing_has_one_name_in_all_signatures():
    foreign = {"duration_col", "event_col", "status", "samples", "registry_folder", "time_col", "conf_level"}
    for name in cl.__all__:
        function = getattr(cl, name)
        if inspect.isfunction(function):
            assert not foreign & set(inspect.signature(function).parameters), name
