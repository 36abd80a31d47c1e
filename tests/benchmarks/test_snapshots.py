"""Snapshots hold every digit, every frame and every refusal, and say the same thing twice."""

import inspect
import re

import pandas as pd
import pytest

import clemency as cl
from benchmarks import snapshots
from benchmarks._fuzz import borders


@pytest.mark.parametrize("name", ["cox_firth", "risk_set_match", "imputed_rates"])
def test_a_call_shows_the_same_twice(name):
    call = snapshots.calls()[name]
    shown = snapshots.snapshot(call)
    assert shown == snapshots.snapshot(call)
    assert f"== repr\n{call()!r}\n" in shown
    assert {"== tidy()", "== html"} <= set(shown.splitlines())


def test_the_last_digit_is_seen():
    one, other = (pd.DataFrame({"x": [v]}) for v in (0.1 + 0.2, 0.3))
    assert snapshots.told(one) != snapshots.told(other)


def test_a_refusal_is_a_snapshot_and_another_error_is_a_fault():
    shown = snapshots.snapshot(lambda: cl.e_value(-1.0))
    assert shown.startswith("== refused\nUsageError: ")
    with pytest.raises(ZeroDivisionError):
        snapshots.snapshot(lambda: 1 / 0)


def test_every_function_of_the_face_has_a_snapshot():
    text = "".join(inspect.getsource(m) for m in (snapshots, borders))
    functions = {n for n in cl.__all__ if inspect.isfunction(getattr(cl, n))}
    # These read files that are not shipped, write some, or have results elsewhere: `cite` in `load`, `pool` in imputed
    # cohorts.
    beside = {"cite", "fetch", "pool", "register", "register_person_time", "reproduce", "voting_distance"}
    beside |= {"simulate_rulings_table", "write_rulings"}
    assert {n for n in functions if not re.search(rf"cl\.{n}\b", text)} == beside
