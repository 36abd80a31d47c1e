"""Nelson-Aalen estimates against R (tests/reference/nelsonaalen.R), by hand, and by identities."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from datedcohorts import drawn, whole_twice

import clemency as cl
from clemency.records.errors import UsageError

FOLDER = Path(__file__).resolve().parents[2] / "reference"
TEXT = {"group": str, "stratum": str}
DATA = pd.concat(
    [pd.read_csv(FOLDER / name, dtype=TEXT) for name in ("comparison_data.csv", "comparison_rdata.csv")],
    ignore_index=True,
)
EXPECTED = pd.read_csv(FOLDER / "nelsonaalen" / "expected.csv", dtype={"group": str})
OPTIONS = {"plain": {}, "cases": {"weights": "k"}, "cluster": {"cluster": "c"}, "weights": {"weights": "w"}}
COLUMNS = {"exit": "exit", "event": "event", "entry": "entry", "by": "group"}


def spells(name):
    d = DATA[(DATA["data"] == name) & (DATA["exit"] > 0)].reset_index(drop=True)
    number = d.index + 1
    return d.assign(c=(number - 1) // 3, k=1 + number % 3, w=1 + (number % 3) / 2, event=(d["event"] == 1).astype(int))


@pytest.mark.parametrize("what", sorted(OPTIONS))
@pytest.mark.parametrize("name", sorted(EXPECTED["data"].unique()))
def test_hazards_and_errors_equal_r(name, what):
    expected = EXPECTED[(EXPECTED["data"] == name) & (EXPECTED["what"] == what)]
    fit = cl.nelson_aalen(spells(name), **COLUMNS, **OPTIONS[what])
    assert fit.variance == ("aalen" if what in ("plain", "cases") else "robust")
    for group, part in expected.groupby("group"):
        found = fit.at(part["at"].to_numpy())
        found = found[found["group"] == group]
        np.testing.assert_allclose(found["estimate"], part["estimate"], rtol=1e-10)
        np.testing.assert_allclose(found["std_error"], part["std_error"], rtol=1e-9, atol=1e-12)


HAND = pd.DataFrame(
    {"start": [0, 0, 2, 0, 3], "stop": [1, 4, 4, 3, 6], "end": ["cut", "cut", "death", "censored", "cut"]}
)


def test_by_hand_under_delayed_entry_and_competing_ends():
    """At 1 three are at risk (the one who enters at 2 and the one at 3 are not), at 4 three, at 6 one."""
    fit = cl.nelson_aalen(HAND, exit="stop", event="end", entry="start", outcome="cut")
    table = fit.tidy()
    assert table["time"].tolist() == [1, 4, 6]
    assert table["at_risk"].tolist() == [3, 3, 1]
    np.testing.assert_allclose(table["estimate"], [1 / 3, 2 / 3, 5 / 3])
    np.testing.assert_allclose(table["std_error"], np.sqrt([1 / 9, 2 / 9, 11 / 9]))
    z = 1.959963984540054
    np.testing.assert_allclose(table["ci_low"][0], np.exp(-z) / 3)  # error over estimate is one
    plain = cl.nelson_aalen(HAND, exit="stop", event="end", entry="start", outcome="cut", conf_type="plain").tidy()
    assert plain["ci_low"].tolist() == [0.0, 0.0, 0.0]
    np.testing.assert_allclose(plain["ci_high"][0], (1 + z) / 3)
    assert fit.glance()["events"].tolist() == [3]
    assert fit.at([0.5, 7])["estimate"].tolist()[:1] == [0.0]
    assert np.isnan(fit.at(7)["estimate"][0])


def test_identities():
    d = spells("gbsg2")
    options = {"exit": "exit", "event": "event", "entry": "entry"}
    both = cl.nelson_aalen(d, **options, by="group").tidy()
    for group, part in both.groupby("group"):
        alone = cl.nelson_aalen(d[d["group"] == group], **options).tidy()
        pd.testing.assert_frame_equal(part.drop(columns="group").reset_index(drop=True), alone)
    half = d["exit"] > 3  # a spell that is cut in two is the same time at risk
    cut = pd.concat(
        [d.assign(exit=d["exit"].where(~half, 3), event=d["event"].where(~half, 0)), d[half].assign(entry=3)]
    )
    pd.testing.assert_frame_equal(cl.nelson_aalen(cut, **options, by="group").tidy(), both)
    pd.testing.assert_frame_equal(cl.nelson_aalen(d.sample(frac=1, random_state=1), **options, by="group").tidy(), both)
    survival = cl.survival(d, **options).tidy()
    hazard = cl.nelson_aalen(d, **options).tidy()
    factors = 1 - np.diff(np.r_[0, hazard["estimate"]])
    np.testing.assert_allclose(np.cumprod(factors), survival["estimate"])
    baseline = cl.cox(d.assign(x=np.arange(len(d)) % 2), "x", **options, ties="breslow", penalty=1e12).baseline()
    np.testing.assert_allclose(baseline["cumulative_hazard"], hazard["estimate"], rtol=1e-7)


def test_errors_are_those_of_recurrence_where_nothing_ends_the_counting():
    d = spells("bladder1").assign(row=lambda t: np.arange(len(t)))
    ours = cl.nelson_aalen(d, **COLUMNS, cluster="row")
    theirs = cl.recurrence(d, exit="exit", event="event", entry="entry", id="row", by="group")
    columns = ["time", "estimate", "std_error", "ci_low", "ci_high"]
    pd.testing.assert_frame_equal(ours.tidy()[columns], theirs.tidy()[columns])
    pd.testing.assert_frame_equal(ours.difference([10.0])[columns[:3]], theirs.difference([10.0])[columns[:3]])


def test_differences_add_variances_of_independent_groups():
    fit = cl.nelson_aalen(spells("veteran"), **COLUMNS)
    at = fit.at(100.0)
    found = fit.difference(100.0)
    np.testing.assert_allclose(found["estimate"], at["estimate"].to_numpy()[1:] - at["estimate"].iloc[0])
    error = np.sqrt(at["std_error"].to_numpy()[1:] ** 2 + at["std_error"].iloc[0] ** 2)
    np.testing.assert_allclose(found["std_error"], error)


def test_equal_imputations_are_the_cohort_itself():
    many, one = whole_twice(m=3)
    pooled, alone = (cl.nelson_aalen(c, by="x", outcome="sentence_reduction") for c in (many, one))
    times = alone.tidy()["time"].to_numpy()[[2, 5]]
    columns = ["estimate", "std_error", "ci_low", "ci_high"]
    pd.testing.assert_frame_equal(pooled.at(times)[columns], alone.at(times)[columns])
    with pytest.raises(UsageError, match="Cumulative hazards have no restricted mean"):
        pooled.restricted_mean(12)
    with pytest.raises(UsageError, match="Cumulative hazards are compared at times="):
        pooled.difference(until=12)


def test_imputations_are_pooled_by_rubins_rules():
    many = drawn(m=4)
    found = cl.nelson_aalen(many, outcome="sentence_reduction").at([24.0, 48.0])
    each = [cl.nelson_aalen(c, outcome="sentence_reduction").at([24.0, 48.0]) for c in many.cohorts]
    estimate = np.array([e["estimate"] for e in each])
    within = np.mean([e["std_error"] ** 2 for e in each], axis=0)
    np.testing.assert_allclose(found["estimate"], estimate.mean(axis=0))
    np.testing.assert_allclose(found["std_error"] ** 2, within + 1.25 * estimate.var(axis=0, ddof=1))


def test_what_is_shown():
    fit = cl.nelson_aalen(spells("veteran"), **COLUMNS, time_unit="days")
    assert repr(fit).startswith("Cumulative hazard by group: event\n")
    assert "Cumulative hazard at" in fit._repr_html_()
    axes = fit.plot(until=300)
    assert axes.get_ylabel() == "cumulative hazard"
    assert axes.get_xlim()[1] == 300


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"event": "end"}, "holds several kinds of event"),
        ({"event": "end", "outcome": "parole"}, "is not an event in 'end'"),
        ({"event": "end", "outcome": "cut", "conf_type": "log-log"}, "conf_type"),
        ({"event": "end", "outcome": "cut", "variance": "greenwood"}, "aalen, robust"),
        ({"event": "end", "outcome": "cut", "variance": "aalen", "cluster": "start"}, "contradicts cluster="),
        ({"event": "end", "outcome": "cut", "ci_level": 95}, "ci_level"),
        ({"event": "end", "outcome": "cut", "by": "estimate"}, "name of a column of the result"),
    ],
)
def test_refusals(options, said):
    with pytest.raises(UsageError, match=said):
        cl.nelson_aalen(HAND.assign(estimate=1), exit="stop", entry="start", **options)


def test_a_cohort_that_goes_on_after_acts_is_for_recurrence():
    recurrent = drawn(m=2, recurrent=True).cohorts[0]
    with pytest.raises(UsageError, match=r"cl\.recurrence"):
        cl.nelson_aalen(recurrent, outcome="sentence_reduction")
