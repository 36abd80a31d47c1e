"""Keys, columns and scalars that a function cannot mean are refused by name."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import clemency as cl

SPELLS = pd.DataFrame({"months": range(1, 13), "cut": [1, 1, 0] * 4})


def test_an_act_that_stands_twice_is_not_beyond_the_rules_twice() -> None:
    acts = cl.load("acts")
    with pytest.raises(cl.DataError, match=f"acts, row {len(acts)}, act_id.*the key occurs twice"):
        cl.beyond_rules(pd.concat([acts, acts.iloc[:1]]), cl.load("cases"))


def test_tables_in_the_wrong_order_are_said_to_lack_their_columns() -> None:
    with pytest.raises(cl.UsageError, match="acts= has no column act_id, act_type, act_date"):
        cl.beyond_rules(cl.load("cases"), cl.load("acts"))


@pytest.mark.parametrize("until", [np.timedelta64(5, "D"), np.timedelta64(5, "M"), pd.Timedelta("5D")], ids=str)
def test_a_duration_is_no_number(until: object) -> None:
    """NumPy counts timedelta64 among the whole numbers: five days would be five months."""
    curves = cl.survival(SPELLS, exit="months", event="cut")
    with pytest.raises(cl.UsageError, match=r"until= (takes|must be) a number"):
        curves.restricted_mean(until)  # type: ignore[arg-type]
    with pytest.raises(cl.UsageError, match="times= must be numbers on the clock"):
        curves.at(np.array([5], "timedelta64[D]"))  # type: ignore[arg-type]


def test_a_set_has_no_order_and_is_no_list() -> None:
    curves = cl.survival(SPELLS, exit="months", event="cut")
    with pytest.raises(cl.UsageError, match="p= takes a number or a list of numbers"):
        curves.quantile({0.5})  # type: ignore[arg-type]


@pytest.mark.parametrize("times", ["last", {5}, ["5"], np.array([5], "timedelta64[D]")], ids=str)
def test_times_of_curves_from_intervals_are_numbers(times: object) -> None:
    seen = SPELLS.assign(last=SPELLS["months"] + 1)
    with pytest.raises(cl.UsageError, match="times="):
        cl.survival(seen, lower="months", upper="last").at(times)  # type: ignore[arg-type]
