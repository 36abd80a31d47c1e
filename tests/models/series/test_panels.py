"""A period that one group of a panel lacks is noticed as one that the whole series lacks."""

import numpy as np
import pandas as pd
import pytest

import clemency as cl
from clemency.records.errors import DataError

YEARS = range(2000, 2010)
#: Two provinces of 60 and 40 months a year; 3 and 1 acts before 2005, 6 and 2 after: the rate doubles.
PANEL = pd.DataFrame(
    [(y, p, m, a * (1 + (y >= 2005))) for y in YEARS for p, m, a in (("Hebei", 60.0, 3), ("Gansu", 40.0, 1))],
    columns=["year", "province", "months", "acts"],
)
CALL = {"at": "2005-01-01", "outcome": "acts", "freq": "Y", "trend": None}
EVENTS = pd.DataFrame({"date": ["2001", "2003", "2004", "2006", "2008", "2009"]})


def lacking(*cells, data=PANEL):
    gone = pd.MultiIndex.from_tuples(cells)
    return data[~pd.MultiIndex.from_frame(data[["year", "province"]]).isin(gone)]


def ratio(data, **more):
    return float(cl.interrupted(data, **CALL, **more).tidy(exponentiate=True)["estimate"].iloc[0])


def test_a_full_panel_is_its_sums():
    assert ratio(PANEL) == pytest.approx(2)
    assert ratio(PANEL.sample(frac=1, random_state=1)) == pytest.approx(2)
    assert ratio(PANEL.drop(columns="province")) == pytest.approx(2)


@pytest.mark.parametrize(
    "study",
    [
        lambda d: cl.interrupted(d, **CALL),
        lambda d: cl.event_study(d, EVENTS, outcome="acts", freq="Y", leads=1, lags=0, start="2000", end="2009"),
    ],
)
@pytest.mark.parametrize("kind", [str, "category", "string", lambda c: c.map({"Hebei": 13, "Gansu": 62})])
def test_a_period_that_one_group_lacks_is_refused_by_name(study, kind):
    d = lacking((2003, "Gansu"), (2007, "Hebei"))
    d = d.assign(province=kind(d["province"]) if callable(kind) and kind is not str else d["province"].astype(kind))
    names = ("13", "62") if pd.api.types.is_integer_dtype(d["province"]) else ("Hebei", "Gansu")
    with pytest.raises(DataError) as caught:
        study(d)
    assert f"2 years have no row in some group: {names[1]} in 2003; {names[0]} in 2007" in str(caught.value)
    assert "missing='zero'" in str(caught.value)


def test_a_group_that_begins_late_or_ends_early_is_refused_too():
    with pytest.raises(DataError, match="Gansu in 2000; Gansu in 2001"):
        cl.interrupted(lacking((2000, "Gansu"), (2001, "Gansu")), **CALL)
    with pytest.raises(DataError, match="1 year has no row in some group: Hebei in 2009"):
        cl.interrupted(lacking((2009, "Hebei")), **CALL)


def test_numbers_are_groups_where_three_quarters_of_the_cells_are_there():
    """Of 20 cells 15 are, and 14 are not enough: whole numbers that come and go, such as ages, are no groups."""
    codes = PANEL.assign(province=PANEL["province"].map({"Hebei": 13, "Gansu": 62}))
    gone = [(y, 62) for y in (2000, 2002, 2004, 2006, 2008)]
    with pytest.raises(DataError, match="5 years have no row in some group: 62 in 2000"):
        ratio(lacking(*gone, data=codes))
    # The sums of the rows that are there: 15 and 2 acts in 380 months before, 30 and 4 in 380 after.
    assert ratio(lacking(*gone, (2007, 62), data=codes)) == pytest.approx(34 / 17)
    words = [(y, "Gansu") for y, _ in [*gone, (2007, 62)]]
    with pytest.raises(DataError, match="6 years have no row in some group: Gansu in 2000"):
        ratio(lacking(*words))


def test_what_lies_outside_the_study_does_not_matter():
    d = lacking((2000, "Gansu"), (2009, "Hebei"))
    assert ratio(d, start="2001", end="2008") == pytest.approx(2)


def test_zero_adds_the_months_of_the_group():
    """40 months and no act in 2003: 19 acts in 500 months before, 40 in 500 after. Without them 19 in 460."""
    assert ratio(lacking((2003, "Gansu")), missing="zero") == pytest.approx(40 / 19)
    # A whole year is absent as well: 15 acts in 500 months.
    both = lacking((2003, "Gansu"), (2002, "Gansu"), (2002, "Hebei"))
    assert ratio(both, missing="zero") == pytest.approx(40 / 15)
    uneven = PANEL.assign(months=PANEL["months"] + (PANEL["year"] == 2004))
    with pytest.raises(DataError, match="months at risk of Gansu in 2003 are not known"):
        ratio(lacking((2003, "Gansu"), data=uneven), missing="zero")


def test_a_row_of_no_months_says_that_nobody_was_at_risk():
    """19 acts in 460 months before 2005, and 40 in 500 after."""
    idle = PANEL.assign(**{c: PANEL[c].where((PANEL["year"] != 2003) | (PANEL["province"] != "Gansu"), 0)
                           for c in ("months", "acts")})  # fmt: skip
    assert ratio(idle) == pytest.approx((40 / 500) / (19 / 460))


def test_groups_of_two_columns():
    halves = [PANEL.assign(sex=s, months=PANEL["months"] / 2, acts=a) for s, a in (("f", 0), ("m", PANEL["acts"]))]
    d = pd.concat(halves, ignore_index=True)
    assert ratio(d) == pytest.approx(2)
    gone = (d["year"] == 2006) & (d["province"] == "Hebei") & (d["sex"] == "f")
    with pytest.raises(DataError, match="Hebei, f in 2006"):
        ratio(d[~gone])


def test_columns_that_describe_groups_or_periods_are_no_groups():
    told = PANEL.assign(
        region=PANEL["province"].map({"Hebei": "North", "Gansu": "Northwest"}),
        leader=np.where(PANEL["year"] < 2004, "A", "B"),
        governor=PANEL["province"] + np.where(PANEL["year"] < 2003, " 1", " 2"),
        other=[0, 1, 2, 0] * 5,
        note=[f"row {i}" for i in range(20)],
    )
    assert ratio(told) == pytest.approx(2)
    with pytest.raises(DataError, match="in some group: Gansu in 2003"):
        ratio(lacking((2003, "Gansu"), data=told))


def test_rows_of_people_come_and_go():
    """The panel of a cohort has a row for each case while it is at risk, and none after."""
    rows = [(f"c{k}", y, 12.0, int(k % 3 == 0 and y == 2000 + k)) for k in range(10) for y in range(2000, 2001 + k)]
    people = pd.DataFrame(rows, columns=["case_id", "year", "months", "acts"])
    people["province"] = np.where(people["case_id"] < "c5", "Hebei", "Gansu")
    assert cl.interrupted(people, **CALL).frame["acts"].sum() == 4
