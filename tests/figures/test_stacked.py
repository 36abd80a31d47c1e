"""Stacked shares of states, read back from what is drawn."""

import numpy as np
import pandas as pd
import pytest
from reading import names

import clemency as cl
from clemency import figures
from clemency.records.errors import UsageError

FRAME = pd.DataFrame(
    {
        "time": [0, 0, 6, 6, 12, 12],
        "state": pd.Categorical(["serving", "medical_parole"] * 3, ["serving", "medical_parole"]),
        "estimate": [1.0, 0.0, 0.7, 0.3, 0.4, 0.6],
    }
)


def outline(area):
    """Corners of an area without repeats: (time, height)."""
    return {(round(float(x), 9), round(float(y), 9)) for x, y in area.get_paths()[0].vertices}


def test_areas_stand_on_each_other_as_steps():
    ax = figures.stacked_states(FRAME, unit="months")
    below, above = ax.collections
    assert {(0, 0), (0, 1), (6, 1), (6, 0.7), (12, 0.7)} <= outline(below)
    assert {(0, 1), (6, 1), (6, 0.7), (12, 0.7)} <= outline(above)
    assert (12, 1.0) in outline(above)
    assert names(ax) == ["serving", "medical parole"]
    assert ax.get_ylim() == (0, 1)
    assert ax.get_xlabel() == "months"
    assert figures.drawn(ax).alt == (
        "Stacked shares of people in each state; at 12 months: serving 40%, medical parole 60%."
    )
    pd.testing.assert_frame_equal(figures.drawn(ax).frame, FRAME)


def test_more_states_than_colours_stay_apart():
    n = 8
    frame = pd.DataFrame(
        {"time": np.repeat([0, 5], n), "state": [f"s{k}" for k in range(n)] * 2, "estimate": np.full(2 * n, 1 / n)}
    )
    looks = {(tuple(a.get_facecolor()[0].round(3)), a.get_hatch()) for a in figures.stacked_states(frame).collections}
    assert len(looks) == n


def test_groups_are_not_mixed():
    with pytest.raises(UsageError, match="draws one group"):
        figures.stacked_states(pd.concat([FRAME, FRAME]))


def test_a_fit_draws_one_group_up_to_its_last_exit():
    d = pd.DataFrame(
        {
            "who": [1, 1, 2, 3, 4],
            "since": [0, 4, 0, 0, 0],
            "until": [4, 9, 6, 9, 5],
            "into": ["ill", "death", "death", "censored", "ill"],
            "sex": ["f", "f", "m", "f", "m"],
        }
    )
    columns = {"id": "who", "entry": "since", "exit": "until", "event": "into"}
    fit = cl.multistate(d, **columns, time_unit="years")
    ax = fit.plot()
    shown = figures.drawn(ax).frame
    assert shown["time"].unique().tolist() == [0, 4, 5, 6, 9]
    assert ax.get_xlim() == (0, 9)
    assert fit.plot(until=5).get_xlim() == (0, 5)
    parted = cl.multistate(d, **columns, by="sex")
    with pytest.raises(UsageError, match="name it with group="):
        parted.plot()
    with pytest.raises(UsageError, match="There is no group 'x'"):
        parted.plot(group="x")
    ax = parted.plot(group="f")
    assert ax.get_title(loc="left") == "f"
    assert set(figures.drawn(ax).frame["sex"]) == {"f"}


MONTHS = pd.DataFrame(
    {
        "charge": ["B", "B", "A", "A", "A"],
        "state": ["serving", "release", "serving", "medical_parole", "release"],
        "estimate": [90.0, 30.0, 60.0, 3.0, 57.0],
    }
)
ORDER = ["serving", "medical_parole", "release"]


def test_months_are_bars_that_add_up_group_by_group():
    ax = figures.stacked_months(MONTHS, "charge", states=ORDER)
    bars = {c.get_label(): [(round(b.get_x(), 9), round(b.get_width(), 9)) for b in c] for c in ax.containers}
    assert bars == {
        "serving": [(0, 90), (0, 60)],
        "medical parole": [(90, 0), (60, 3)],
        "release": [(90, 30), (63, 57)],
    }
    assert [t.get_text() for t in ax.get_yticklabels()] == ["B", "A"]
    assert ax.get_ylim()[0] > ax.get_ylim()[1]  # the first group is on top
    assert [t.get_text() for t in ax.texts] == ["90", "60", "", "", "30", "57"]  # narrow parts have no number
    assert figures.drawn(ax).alt == (
        "Stacked bars of months in each state. B: serving 90, medical parole 0, release 30; "
        "A: serving 60, medical parole 3, release 57."
    )


def test_a_group_has_one_time_for_each_state():
    with pytest.raises(UsageError, match="names some group twice"):
        figures.stacked_months(pd.concat([MONTHS, MONTHS]), "charge")


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (MONTHS.drop(columns="state"), "needs a column 'state'"),
        (MONTHS.rename(columns={"charge": "q"}), "needs a column 'charge'"),
        (MONTHS.iloc[:0], "has no rows"),
        (MONTHS.assign(charge=["B", None, "A", "A", "A"]), "Row 1 has no 'charge'"),
        (MONTHS.assign(estimate=[1, 2, -3, 4, 5]), "'estimate' in row 2 is -3"),
        (MONTHS.assign(estimate=[1, np.nan, 3, 4, 5]), "'estimate' in row 1 is nan"),
        (MONTHS.assign(estimate=[1, np.inf, 3, 4, 5]), "'estimate' in row 1 is inf"),
        (MONTHS.assign(estimate=["1", "x", "3", "4", "5"]), "'estimate' in row 1 is x"),
    ],
)
def test_months_that_cannot_be_drawn(frame, words):
    with pytest.raises(UsageError, match=words):
        figures.stacked_months(frame, "charge")
    with pytest.raises(UsageError, match="None of states= is in the frame: nowhere"):
        figures.stacked_months(MONTHS, "charge", states=["nowhere"])


def test_a_state_in_which_nobody_is_has_an_empty_bar():
    ax = figures.stacked_months(MONTHS, "charge", states=[*ORDER, "death"])
    assert [b.get_width() for b in ax.containers[-1]] == [0, 0]
    as_text = figures.stacked_months(MONTHS.assign(estimate=MONTHS["estimate"].astype(str)), "charge", states=ORDER)
    assert [b.get_width() for b in as_text.containers[0]] == [90, 60]
