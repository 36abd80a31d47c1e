"""Mean numbers of acts and recurrent-event Cox models against R; see tests/reference/recurrence.R."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clemency as cl
from clemency.models.recurrence import recurrence
from clemency.records.errors import DataError, UsageError

FOLDER = Path(__file__).resolve().parents[1] / "reference" / "recurrence"
EXPECTED = pd.read_csv(FOLDER / "expected.csv")
BLADDER = pd.read_csv(FOLDER / "bladder1.csv")
CGD = pd.read_csv(FOLDER / "cgd.csv")
TIMES = [6, 12, 24, 36, 48]
COLUMNS = {"exit": "stop", "event": "end", "entry": "start", "id": "id"}


def r(fit, quantity):
    found = EXPECTED[(EXPECTED["fit"] == fit) & (EXPECTED["quantity"] == quantity)]
    assert len(found)
    return found["value"].to_numpy()


def named(d, both_ends=True):
    kinds = (
        {0: "censored", 1: "act", 2: "death", 3: "death"}
        if both_ends
        else {0: "censored", 1: "act", 2: "censored", 3: "censored"}
    )
    return d.assign(
        end=pd.Categorical(d["status"].map(kinds), categories=["censored", "act", "death"][: 2 + both_ends])
    )


@pytest.mark.parametrize("arm", sorted(BLADDER["treatment"].unique()))
@pytest.mark.parametrize("data", ["bladder1", "late", "plain"])
def test_mean_number_equals_r(arm, data):
    d = named(BLADDER, data != "plain")
    if data == "late":
        d = d[d["stop"] > 3].assign(start=lambda f: np.maximum(f["start"], 3))
    terminal = None if data == "plain" else "death"
    found = recurrence(d, **COLUMNS, by="treatment", terminal=terminal).at(TIMES)
    found = found[found["treatment"] == arm]
    np.testing.assert_allclose(found["estimate"], r(f"{data} {arm}", "estimate"), rtol=1e-10)
    # The slopes of the reference are differences, good to about eight digits.
    np.testing.assert_allclose(found["std_error"], r(f"{data} {arm}", "std_error"), rtol=1e-6)


@pytest.mark.parametrize("recipe", ["andersen_gill", "pwp_total", "pwp_gap"])
def test_cox_models_of_recurrent_acts_equal_r(recipe):
    d = CGD.assign(
        gamma=(CGD["treat"] == "rIFN-g").astype(int),
        order=np.minimum(CGD["enum"], 3),
        gap=CGD["tstop"] - CGD["tstart"],
    )
    columns = {
        "andersen_gill": {"exit": "tstop", "entry": "tstart"},
        "pwp_total": {"exit": "tstop", "entry": "tstart", "strata": "order"},
        "pwp_gap": {"exit": "gap", "strata": "order"},
    }[recipe]
    fit = cl.cox(d, "gamma + age", event="status", cluster="id", **columns).tidy()
    np.testing.assert_allclose(fit["estimate"], r(recipe, "estimate"), rtol=1e-8)
    np.testing.assert_allclose(fit["std_error"], r(recipe, "std_error"), rtol=1e-7)


def test_by_hand():
    """Three people; one dies at 3, so that only half of the rate after it counts."""
    d = pd.DataFrame(
        {"id": [1, 1, 2, 3], "start": [0, 2, 0, 0], "stop": [2, 6, 3, 4], "end": ["act", "censored", "death", "act"]}
    )
    d["end"] = pd.Categorical(d["end"], categories=["censored", "act", "death"])
    found = recurrence(d, **COLUMNS, terminal="death").tidy()
    np.testing.assert_allclose(found["estimate"], [1 / 3, 1 / 3 + (2 / 3) * (1 / 2)])
    assert found["at_risk"].tolist() == [3, 2]
    naive = recurrence(d, **COLUMNS, outcome="act").tidy()
    np.testing.assert_allclose(naive["estimate"], [1 / 3, 1 / 3 + 1 / 2])


def test_errors_are_those_of_the_jackknife():
    """Leaving people out one by one agrees with the analytic error but for terms of order 1/n."""
    d = named(BLADDER)
    whole = recurrence(d, **COLUMNS, terminal="death").at(TIMES)
    people = d["id"].unique()
    each = np.array([recurrence(d[d["id"] != p], **COLUMNS, terminal="death").at(TIMES)["estimate"] for p in people])
    n = len(people)
    jackknife = np.sqrt((n - 1) / n * ((each - each.mean(axis=0)) ** 2).sum(axis=0))
    np.testing.assert_allclose(whole["std_error"], jackknife, rtol=0.03)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_order_splits_and_copies_never_matter(seed):
    rng = np.random.default_rng(seed)
    d = named(BLADDER)
    first = recurrence(d, **COLUMNS, terminal="death").at(TIMES)
    second = recurrence(d.sample(frac=1, random_state=seed), **COLUMNS, terminal="death").at(TIMES)
    pd.testing.assert_frame_equal(first, second)
    cut = d["start"] + (d["stop"] - d["start"]) * rng.uniform(0.1, 0.9, len(d))
    halves = pd.concat(
        [d.assign(stop=cut, end=pd.Categorical(["censored"] * len(d), dtype=d["end"].dtype)), d.assign(start=cut)]
    )
    third = recurrence(halves, **COLUMNS, terminal="death").at(TIMES)
    np.testing.assert_allclose(first["estimate"], third["estimate"])
    np.testing.assert_allclose(first["std_error"], third["std_error"])
    weight = rng.integers(1, 3, d["id"].nunique())[pd.factorize(d["id"])[0]]
    copies = d.loc[d.index.repeat(weight)]
    copies = copies.assign(id=copies["id"] * 10 + copies.groupby(level=0).cumcount())
    a = recurrence(d.assign(w=weight), **COLUMNS, weights="w", terminal="death").at(TIMES)
    b = recurrence(copies, **COLUMNS, terminal="death").at(TIMES)
    np.testing.assert_allclose(a["estimate"], b["estimate"])


def test_first_acts_that_end_the_counting_are_the_incidence():
    """An act that is also terminal, counted once, is what Aalen and Johansen count."""
    first = named(BLADDER).query("start == 0")
    first = first.assign(stop=first["stop"] + np.arange(len(first)) / 1000)  # without ties
    curve = cl.incidence(first, exit="stop", event="end", outcome="act").at(TIMES)
    # The act and, just after it, an end of its own.
    acts = first["end"] == "act"
    ended = first[acts].assign(start=first["stop"], stop=first["stop"] + 1e-6)
    ended["end"] = pd.Categorical(["death"] * len(ended), dtype=first["end"].dtype)
    found = recurrence(pd.concat([first, ended]), **COLUMNS, terminal="death").at(TIMES)
    np.testing.assert_allclose(found["estimate"], curve["estimate"], rtol=1e-10)


def test_cohort_of_recurrent_acts():
    cohort = cl.cohort(
        cl.load("cases"), cl.load("acts"), outcome="sentence_reduction", clock="sentence", recurrent=True
    )
    found = recurrence(cohort)
    assert found.glance()["events"][0] == (cohort.spells["event"] == "sentence_reduction").sum()
    assert found.glance()["person_months"][0] == pytest.approx(cohort.describe()["person_months"][0])
    # Counting release as censoring asks what would be if nobody left, and gives more.
    naive = recurrence(cohort, terminal=[])
    assert (naive.at([60, 120])["estimate"] > found.at([60, 120])["estimate"]).all()
    once = cl.cohort(cl.load("cases"), cl.load("acts"), outcome="sentence_reduction")
    with pytest.raises(UsageError, match="recurrent=True"):
        recurrence(once)


def test_face():
    found = recurrence(named(BLADDER), **COLUMNS, by="treatment", terminal="death")
    columns = ["time", "outcome", "treatment", "at_risk", "n_event", "estimate", "std_error", "ci_low", "ci_high"]
    assert found.tidy().columns.tolist() == columns
    assert found.at(12).columns.tolist() == columns
    difference = found.difference(24)
    assert len(difference) == BLADDER["treatment"].nunique() - 1
    a, b = found.at(24)["estimate"].iloc[:2]
    assert difference["estimate"][0] == pytest.approx(b - a)
    assert "acts" in found._repr_html_()
    assert found.plot().get_ylabel() == "acts per person"


def test_refusals():
    d = named(BLADDER)
    with pytest.raises(UsageError, match="id="):
        recurrence(d, exit="stop", event="end", entry="start")
    with pytest.raises(DataError, match="overlap"):
        recurrence(d.assign(start=0), **COLUMNS)
    with pytest.raises(UsageError, match="at once"):
        recurrence(d, **COLUMNS, outcome="death", terminal="death")
    with pytest.raises(UsageError, match="conf_type"):
        recurrence(d, **COLUMNS, conf_type="log-log")
    with pytest.raises(UsageError, match="no groups"):
        recurrence(d, **COLUMNS).difference(12)
