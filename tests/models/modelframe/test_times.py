"""Times asked of a model, counts and keys: refused by name where they cannot be meant."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import clemency as cl

SPELLS = pd.DataFrame(
    {"months": range(1, 13), "cut": [1, 1, 0] * 4, "age": [30, 50, 41, 60, 35, 44, 52, 38, 47, 61, 33, 58],
     "sex": ["f", "m"] * 6}
)  # fmt: skip
NO_TIMES = ([], [[5]], [[5], [5, 6]], {5}, "last", ["5"], [5j], [True], np.array([5], "m8[D]"), [pd.Timedelta("5D")])


@pytest.mark.parametrize("times", NO_TIMES, ids=str)
def test_what_is_no_time_on_the_clock_is_refused_by_every_prediction(times: object) -> None:
    fit = cl.cox(SPELLS, "age + sex", exit="months", event="cut")
    for ask in (
        lambda: fit.predict(SPELLS.iloc[:2], times=times),
        lambda: fit.standardise("sex", times=times),
        lambda: cl.absolute_risk({"1": fit}, SPELLS.iloc[:2], times),
    ):
        with pytest.raises(cl.ClemencyError):
            ask()


def test_a_number_of_days_is_not_taken_for_as_many_months() -> None:
    fit = cl.cox(SPELLS, "age", exit="months", event="cut")
    with pytest.raises(cl.UsageError, match="times= must be numbers on the clock"):
        fit.predict(SPELLS.iloc[:1], times=np.array([5], "timedelta64[D]"))


@pytest.mark.parametrize("rates", [cl.rates, cl.pooled_rates])
def test_a_count_that_no_whole_number_can_hold_is_refused(rates: object) -> None:
    """1e300 acts became -9.2e18, a rate below zero."""
    told = pd.DataFrame({"province": ["A", "B"], "acts": [1e300, 2], "years": [100, 90]})
    with pytest.raises(cl.DataError, match=r"row 0, acts.*too large for a count"):
        rates(told, "province", count="acts", exposure="years")  # type: ignore[operator]


def test_an_act_that_stands_twice_is_not_counted_twice() -> None:
    cases, acts = cl.load("cases"), cl.load("acts")
    twice = pd.concat([acts, acts.iloc[:1]])
    with pytest.raises(cl.DataError, match=f"acts, row {len(acts)}, act_id.*the key occurs twice"):
        cl.cohort(cases, twice, outcome="sentence_reduction", until="2017-06-30", recurrent=True)
