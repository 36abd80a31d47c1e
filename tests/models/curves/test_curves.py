"""Curves and rates against R (tests/reference/curves.R), against hand-worked tables, and their identities."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.duration.survfunc import CumIncidenceRight

import clemency as cl
from clemency.models import binomial_limits, poisson_limits

REFERENCE = Path(__file__).resolve().parents[2] / "reference"
LEVELS = ["censored", "act", "release", "death"]


@pytest.fixture(scope="module")
def data():
    d = pd.read_csv(REFERENCE / "curves_data.csv")
    return d.assign(end=pd.Categorical(d["end"], categories=LEVELS), any=(d["end"] != "censored").astype(int))


@pytest.fixture(scope="module")
def reference():
    return pd.read_csv(REFERENCE / "curves.csv", skipinitialspace=True)


@pytest.mark.parametrize("kind", ["log", "plain", "log-log"])
@pytest.mark.parametrize("weight", ["none", "weight"])
def test_survival_is_that_of_r(data, reference, kind, weight):
    expected = reference[reference["what"] == f"survival {kind} {weight}"]
    found = cl.survival(
        data, exit="exit", event="any", entry="entry", by="group", conf_type=kind,
        weights=None if weight == "none" else "weight",
    ).tidy()  # fmt: skip
    assert found["time"].tolist() == expected["time"].tolist()
    inner = (found["estimate"] > 0).to_numpy()
    for ours, theirs in (
        ("at_risk", "at_risk"),
        ("estimate", "estimate"),
        ("std_error", "std_error"),
        ("ci_low", "low"),
        ("ci_high", "high"),
    ):
        np.testing.assert_allclose(found[ours][inner], expected[theirs][inner], rtol=1e-10, err_msg=ours)


def test_incidence_is_that_of_r(data, reference):
    expected = reference[reference["what"] == "incidence"]
    found = cl.incidence(data, exit="exit", event="end", entry="entry", by="group").tidy()
    merged = found.merge(expected, on=["time", "group", "outcome"], suffixes=("", "_r"))
    assert len(merged) == len(expected) == len(found)
    np.testing.assert_allclose(merged["estimate"], merged["estimate_r"], rtol=1e-10, atol=1e-14)
    np.testing.assert_allclose(merged["at_risk"], merged["at_risk_r"])


def test_the_error_of_incidence_is_that_of_r_and_statsmodels(data, reference):
    # With delayed entry R's infinitesimal jackknife is another estimate of the same variance.
    expected = reference[reference["what"] == "incidence without delayed entry"]
    curves = cl.incidence(data, exit="exit", event="end", by="group")
    found = curves.tidy().merge(expected, on=["time", "group", "outcome"], suffixes=("", "_r"))
    assert len(found) == len(expected) > 0
    np.testing.assert_allclose(found["std_error"], found["std_error_r"], rtol=1e-9, atol=1e-14)
    for name, part in data.groupby("group"):
        with np.errstate(divide="ignore", invalid="ignore"):
            theirs = CumIncidenceRight(part["exit"], part["end"].cat.codes)
        for k, end in enumerate(LEVELS[1:]):
            table = curves.tidy()
            ours = table[(table["group"] == name) & (table["outcome"] == end)].set_index("time")["std_error"]
            error = pd.Series(theirs.cinc_se[k], theirs.times)[ours.index]
            np.testing.assert_allclose(ours[error.notna()], error.dropna(), rtol=1e-12, atol=1e-14)


def test_hand_worked_ties_of_all_kinds():
    # (entry, exit]: entering at 2 is not at risk at 2; censored at 2 is.
    d = pd.DataFrame({"entry": [0, 0, 0, 2], "exit": [2, 2, 4, 4], "event": [1, 0, 1, 0]})
    table = cl.survival(d, exit="exit", event="event", entry="entry").tidy()
    assert table["time"].tolist() == [2, 4]
    assert table["at_risk"].tolist() == [3, 2]
    np.testing.assert_allclose(table["estimate"], [2 / 3, 1 / 3])
    greenwood = [1 / (3 * 2), 1 / (3 * 2) + 1 / (2 * 1)]
    np.testing.assert_allclose(table["std_error"], np.array([2 / 3, 1 / 3]) * np.sqrt(greenwood))


def test_curves_at_times(data):
    curves = cl.incidence(data, exit="exit", event="end", entry="entry", by="group")
    table = curves.tidy()
    at = curves.at([0, 10, 10.5])
    assert (at.query("time == 0")["estimate"] == 0).all()
    part = table[(table["group"] == "a") & (table["outcome"] == "act") & (table["time"] <= 10)]
    row = at[(at["group"] == "a") & (at["outcome"] == "act")].set_index("time")
    assert row.loc[10, "estimate"] == part["estimate"].iloc[-1]
    assert row.loc[10, "n_event"] == part["n_event"].sum()
    a = data[data["group"] == "a"]
    assert row.loc[10.5, "at_risk"] == ((a["entry"] < 10.5) & (a["exit"] >= 10.5)).sum()


def test_competing_ends_are_refused_by_kaplan_meier(data):
    with pytest.raises(cl.UsageError, match="incidence"):
        cl.survival(data, exit="exit", event="end")


SPELLS = st.lists(
    st.tuples(st.integers(0, 5), st.integers(1, 6), st.sampled_from(LEVELS), st.sampled_from("ab")),
    min_size=2,
    max_size=40,
).map(
    lambda rows: pd.DataFrame(
        [(e, e + d, s, g) for e, d, s, g in rows], columns=["entry", "exit", "end", "group"]
    ).assign(end=lambda f: pd.Categorical(f["end"], categories=LEVELS))
)


@given(SPELLS)
def test_incidences_and_staying_free_of_events_sum_to_one(d):
    total = cl.incidence(d, exit="exit", event="end", entry="entry").tidy().groupby("time")["estimate"].sum()
    free = cl.survival(d.assign(any=(d["end"] != "censored")), exit="exit", event="any", entry="entry").tidy()
    np.testing.assert_allclose(total + free.set_index("time")["estimate"], 1, atol=1e-12)


@given(SPELLS, st.randoms(use_true_random=False))
def test_order_and_splitting_do_not_matter(d, random):
    expected = cl.incidence(d, exit="exit", event="end", entry="entry", by="group").tidy()
    order = list(range(len(d)))
    random.shuffle(order)
    pd.testing.assert_frame_equal(
        cl.incidence(d.iloc[order], exit="exit", event="end", entry="entry", by="group").tidy(), expected
    )
    middle = (d["entry"] + d["exit"]) / 2
    first = d.assign(exit=middle, end=pd.Categorical(["censored"] * len(d), categories=LEVELS))
    split = pd.concat([first, d.assign(entry=middle)])
    columns = ["time", "outcome", "group", "n_event", "estimate", "std_error"]
    found = cl.incidence(split, exit="exit", event="end", entry="entry", by="group").tidy()
    pd.testing.assert_frame_equal(found[columns], expected[columns])


@given(SPELLS)
def test_groups_are_separate_fits_and_weights_are_copies(d):
    both = cl.incidence(d, exit="exit", event="end", entry="entry", by="group").tidy()
    for group, part in d.groupby("group"):
        alone = cl.incidence(part, exit="exit", event="end", entry="entry").tidy()
        ours = both[both["group"] == group].drop(columns="group").reset_index(drop=True)
        pd.testing.assert_frame_equal(ours, alone, check_categorical=False)
    twice = cl.incidence(pd.concat([d, d]), exit="exit", event="end", entry="entry").tidy()
    weighted = cl.incidence(d.assign(w=2), exit="exit", event="end", entry="entry", weights="w").tidy()
    pd.testing.assert_frame_equal(weighted, twice)


def test_exact_limits_are_those_of_published_tables():
    # Garwood's limits of a count of 0, 1 and 10; Clopper and Pearson's of 13 in 20.
    low, high = poisson_limits([0, 1, 10])
    np.testing.assert_allclose(low, [0, 0.0253, 4.7954], atol=5e-5)
    np.testing.assert_allclose(high, [3.6889, 5.5716, 18.3904], atol=5e-5)
    low, high = binomial_limits([0, 13, 20], [20, 20, 20])
    np.testing.assert_allclose(low, [0, 0.4078, 0.8316], atol=5e-5)
    np.testing.assert_allclose(high, [0.1684, 0.8461, 1], atol=5e-5)


def test_rates_are_events_over_person_time(data):
    table = cl.rates(data, by="group", exit="exit", event="end", entry="entry", time_unit="months").tidy()
    d = data.assign(months=data["exit"] - data["entry"])
    assert len(table) == d["group"].nunique() * (len(LEVELS) - 1) > 0
    for row in table.itertuples():
        part = d[d["group"] == row.group]
        assert row.n_event == (part["end"] == row.outcome).sum()
        assert row.person_months == part["months"].sum()
        np.testing.assert_allclose(row.estimate, 1000 * row.n_event / row.person_months)
    assert (table["ci_low"] <= table["estimate"]).all()
    assert (table["estimate"] <= table["ci_high"]).all()


def test_results_show_themselves(data):
    curves = cl.incidence(data, exit="exit", event="end", entry="entry", by="group")
    assert "<table" in curves._repr_html_()
    assert "incidence" in repr(curves)
    assert curves.glance()["events"].sum() == (data["end"] != "censored").sum()
    assert "<table" in cl.rates(data, exit="exit", event="any")._repr_html_()


def test_a_curve_without_any_event_has_no_steps_and_is_read_at_its_start():
    d = pd.DataFrame({"t": [3.0, 5.0], "e": [0, 0], "g": ["a", "b"]})
    for read, start in ((cl.survival, 1), (cl.incidence, 0)):
        curves = read(d, exit="t", event="e", by="g", time_unit="months")
        at = curves.at([1, 4])
        assert len(curves.tidy()) == 0
        assert at["g"].tolist() == ["a", "a", "b", "b"]
        np.testing.assert_equal(at["estimate"].to_numpy(), [start, np.nan, start, start])
        assert at["at_risk"].tolist() == [1, 0, 1, 1]
        assert at[["ci_low", "ci_high"]].isna().all(axis=None)
        assert curves.glance()["events"].tolist() == [0, 0]
        assert "at 5 months" in curves._repr_html_()
