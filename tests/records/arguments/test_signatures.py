"""Where a call fails, an argument that is not what the signature says is blamed by name."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import pytest

from clemency.records.arguments.signatures import typed
from clemency.records.errors import UsageError


@typed
def taken(
    data: Any = None,
    *,
    text: str = "",
    number: float = 0.0,
    whole: int = 0,
    flag: bool = False,
    word: Literal["efron", "breslow"] = "efron",
    names: str | Sequence[str] | None = None,
    sizes: Sequence[float] = (),
    pair: tuple[float, float] | None = None,
    table: pd.DataFrame | None = None,
    by_name: Mapping[str, float] | None = None,
    path: str | Path | None = None,
    go: Callable[[], Any] | None = None,
    unread: "OnlyForTheTypeChecker" = None,  # type: ignore[name-defined]  # noqa: F821
) -> str:
    if data == "fails":
        raise TypeError("of Python")
    if data == "refuses":
        raise UsageError("in words of its own")
    return "taken"


@pytest.mark.parametrize(
    "given",
    [
        {"text": np.str_("a")},
        {"number": 3},
        {"number": np.float32(0.5)},
        {"number": float("inf")},
        {"whole": np.int8(3)},
        {"flag": np.bool_(True)},
        {"word": "breslow"},
        {"names": ["a", "b"]},
        {"names": ("a",)},
        {"names": pd.Index(["a"])},
        {"names": np.array(["a", "b"])},
        {"names": {"a": 1}.keys()},
        {"names": None},
        {"sizes": [1, 2.5]},
        {"sizes": np.array([1.0, 2.0])},
        {"pair": (0.1, 1)},
        {"table": pd.DataFrame()},
        {"by_name": {"a": 1}},
        {"path": Path("here")},
        {"go": print},
        {"unread": object()},
    ],
    ids=lambda v: next(iter(v)) if isinstance(v, dict) else "",
)
def test_a_failure_is_not_blamed_on_what_the_signature_says(given):
    assert taken(object(), **given) == "taken"
    with pytest.raises(TypeError, match="of Python"):
        taken("fails", **given)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"text": 3}, "text= takes text, not 3."),
        ({"text": b"a"}, "text= takes text, not b'a'."),
        ({"number": "3"}, "number= takes a number, not '3'."),
        ({"number": True}, "number= takes a number, not True."),
        ({"number": float("nan")}, "number= takes a number, not nan."),
        ({"number": 1j}, "number= takes a number, not 1j."),
        ({"whole": 3.0}, "whole= takes a whole number, not 3.0."),
        ({"whole": True}, "whole= takes a whole number, not True."),
        ({"flag": 1}, "flag= takes True or False, not 1."),
        ({"flag": np.array([])}, "flag= takes True or False, not a ndarray."),
        ({"word": "efrn"}, "word= takes 'efron' or 'breslow', not 'efrn'. Did you mean 'efron'?"),
        ({"names": ["a", 1]}, "names= takes text, a list of text or None, not ['a', 1]."),
        ({"names": pd.Series(["a"])}, "names= takes text, a list of text or None, not a Series."),
        ({"sizes": "12"}, "sizes= takes a list of numbers, not '12'."),
        ({"sizes": 3.0}, "sizes= takes a list of numbers, not 3.0."),
        ({"pair": (1.0,)}, "pair= takes 2 values (a number and a number) or None, not (1.0,)."),
        ({"table": [1]}, "table= takes a DataFrame or None, not [1]."),
        ({"by_name": {"a": "b"}}, "by_name= takes a mapping of text to numbers or None, not {'a': 'b'}."),
        ({"by_name": ["a"]}, "by_name= takes a mapping of text to numbers or None, not ['a']."),
        ({"path": 3}, "path= takes text, a Path or None, not 3."),
        ({"go": "print"}, "go= takes a function or None, not 'print'."),
    ],
    ids=lambda v: next(iter(v)) if isinstance(v, dict) else "",
)
def test_anything_else_is_blamed_by_name(given, said):
    with pytest.raises(UsageError) as error:
        taken("fails", **given)
    assert str(error.value) == said
    if "flag" in given:  # looked at before the call
        return
    with pytest.raises(UsageError, match="in words of its own"):
        taken("refuses", **given)


def test_positional_arguments_are_checked_too():
    @typed
    def two(first: str, second: int) -> int:
        return len(first) + second

    with pytest.raises(UsageError, match="second= takes a whole number, not '2'"):
        two("1", "2")


def test_a_long_value_is_cut():
    with pytest.raises(UsageError) as error:
        taken("fails", whole="x" * 999)
    assert len(str(error.value)) < 120


def test_the_signature_and_the_words_of_a_function_stay():
    assert taken.__name__ == "taken"
    with pytest.raises(TypeError, match="unexpected keyword"):
        taken(nothing=1)


def test_a_call_by_place_or_without_what_is_needed_is_said_with_the_way_to_call():
    @typed
    def compare(data: str, *, by: str) -> str:
        return data + by

    for call, said in (
        (
            lambda: compare("a", "b"),
            r"compare\(\): too many positional arguments. By place it takes data; by name by=.",
        ),
        (lambda: compare("a"), r"compare\(\): missing a required .*'by'. By place it takes data; by name by=."),
        (lambda: compare("a", by="b", group="c"), "got an unexpected keyword argument 'group'"),
    ):
        with pytest.raises(UsageError, match=said) as error:
            call()
        assert isinstance(error.value, TypeError)


def test_a_fault_inside_is_not_called_a_wrong_call():
    @typed
    def breaks(data: str) -> int:
        return len(data) + data

    with pytest.raises(TypeError) as error:
        breaks("a")
    assert not isinstance(error.value, UsageError)
