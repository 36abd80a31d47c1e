"""Simulated cohorts: the truth is recovered, the shape is right, power is as promised, and refusals."""

import numpy as np
import pandas as pd
import pytest

import clemency as cl
from clemency.records.errors import UsageError

EFFECTS = {"common": 0.5, "rare": 0.7, "score": -0.3, "exposed": 0.5}
SHARES = {"common": 0.5, "rare": 0.05}


def simulate(n=300, **more):
    return cl.simulate_cohort(n, **{"effects": EFFECTS, "shares": SHARES, "seed": 1} | more)


def fit(made, formula="common + rare + score + exposed", **more):
    return cl.cox(made.spells, formula, **made.columns, outcome="act", **more)


@pytest.fixture(scope="module")
def large():
    return simulate(8000, acts=2500)


def test_hazard_ratios_and_baseline_of_a_large_cohort_are_the_truth(large):
    found = fit(large)
    joined = found.tidy().merge(large.truth, on=["term", "level"], suffixes=("", "_true"), validate="one_to_one")
    assert len(joined) == 4
    assert (abs(joined["estimate"] - joined["estimate_true"]) < 4 * joined["std_error"]).all()
    # The baseline from entry at 12 months, when nearly all who will are under observation.
    base, true = found.baseline(), large.baseline
    for month in (60, 100):
        last = base[base["time"] <= month].iloc[-1]
        begun = np.interp(2, true["time"], true["cumulative_hazard"])
        expected = np.interp(month, true["time"], true["cumulative_hazard"]) - begun
        assert abs(last["cumulative_hazard"] - expected) < 4 * last["std_error"]


def test_acts_releases_and_deaths_are_as_many_as_expected(large):
    s = large.spells
    count = s["act"].sum()
    assert abs(count - 2500) < 4 * np.sqrt(2500)
    months = s["months"].sum()
    for end, rate in (("release", 0.006), ("death", 0.001)):
        number = (s["event"] == end).sum()
        assert abs(number - rate * months) < 4 * np.sqrt(rate * months)
    assert cl.cox(s, "common", **large.columns, outcome="release").tidy()["p_value"][0] > 1e-4


def test_what_is_simulated_where_nothing_else_is_said():
    """The likeness of the shipped cohort, by hand: a monthly hazard of 0.0032 at 60 months that grows as time's root.

    The months 0, 1 and 2 have their middles at 0.5, 1.5 and 2.5: 0.0032 x the sum of sqrt(0.5/60), sqrt(1.5/60),
    sqrt(2.5/60), which are 0.0912871, 0.1581139 and 0.2041241.
    """
    made = cl.simulate_cohort(effects={}, seed=3)
    assert made.baseline["cumulative_hazard"].head(4).tolist() == pytest.approx(
        [0.0, 0.0002921187, 0.0007980831, 0.0014512803], abs=1e-9
    )
    given = made.settings
    assert (given["n"], given["level"], given["shape"]) == (300, 0.0032, 0.5)
    assert (given["release"], given["death"]) == (0.006, 0.001)
    assert (given["delayed_entry"], given["follow_up"]) == ((2.0, 18.0), (24.0, 120.0))
    assert (given["frailty"], given["provinces"], given["province_spread"]) == (0.0, 12, 0.0)
    assert (given["recurrent"], given["every"], given["acts"]) == (False, None, None)
    assert tuple(given["events"]) == (6, 31, 47, 80, 95, 130, 151, 170, 205, 226)
    assert made.spells["person_id"].nunique() == 300
    steep = cl.simulate_cohort(effects={}, seed=3, shape=1, level=0.006)  # 0.006 x (0.5 + 1.5 + 2.5) / 60
    assert steep.baseline["cumulative_hazard"].iloc[3] == pytest.approx(0.00045, abs=1e-12)


def test_shape_of_the_frame(large):
    s = large.spells
    assert s["simulated"].all()
    assert s["person_id"].str.startswith("simulated-").all()
    assert "SIMULATED cohort of 8,000 people" in repr(large)
    assert list(s["event"].cat.categories) == ["censored", "act", "release", "death"]
    assert (s["exit"] > s["entry"]).all()
    assert ((s["event"] == "act") == (s["act"] == 1)).all()
    again = s["person_id"].eq(s["person_id"].shift())
    assert (s["entry"] == s["exit"].shift())[again].all()  # spells of a person follow without a gap
    assert (s["exposed"] != s["exposed"].shift())[again].all()  # and are cut only where the exposure changes
    assert s.groupby("person_id").size().gt(1).any()
    assert s.loc[s["person_id"].eq(s["person_id"].shift(-1)), "event"].eq("censored").all()
    assert s.groupby("person_id")["entry"].first().between(2, 18).all()
    assert s["province"].nunique() == 12
    assert fit(large).glance()["n_cases"][0] == 8000


def test_recurrent_acts_hang_together_under_frailty():
    plain, frail = (simulate(1500, recurrent=True, acts=3000, frailty=f, seed=3) for f in (0.0, 1.0))
    counts = [m.spells.groupby("person_id")["act"].sum() for m in (plain, frail)]
    assert abs(counts[0].sum() - 3000) < 4 * np.sqrt(3000)
    assert abs(counts[1].sum() - 3000) < 4 * np.sqrt(3000)
    assert counts[1].var() > 1.5 * counts[0].var()
    found = fit(plain, cluster="person_id").tidy().set_index("term")
    assert all(abs(found.loc[k, "estimate"] - v) < 4 * found.loc[k, "std_error"] for k, v in EFFECTS.items())
    ends = plain.spells.groupby("person_id")["event"].last()
    assert (ends != "act").all()


def test_finer_spells_are_the_same_person_time():
    whole, fine = simulate(), simulate(every=3)
    assert len(fine.spells) > len(whole.spells)
    assert fine.spells["months"].sum() == pytest.approx(whole.spells["months"].sum())
    assert (fine.spells["months"] <= 3 + 1e-9).all()
    pd.testing.assert_frame_equal(fit(whole).tidy(), fit(fine).tidy(), rtol=1e-7)
    columns = {"event": "act", "entry": "entry", "months": "months", "id": "case_id"}
    found = cl.occurrence(fine.spells, "common", **columns).tidy().iloc[0]
    assert found["std_error"] < 1
    assert simulate(effects={"common": 0.5}, shares={"common": 0.5}).spells["person_id"].is_unique


def test_seeds_and_settings():
    pd.testing.assert_frame_equal(simulate().spells, simulate().spells)
    assert not simulate().spells.equals(simulate(seed=2).spells)
    made = simulate(acts=60)
    assert made.settings["acts"] == 60
    again = simulate(level=made.settings["level"])  # the level that was solved for gives the same cohort
    np.testing.assert_allclose(again.spells["exit"], made.spells["exit"], rtol=1e-9)
    at_60 = np.diff(np.interp([59.5, 60.5], made.baseline["time"], made.baseline["cumulative_hazard"]))[0]
    assert at_60 == pytest.approx(made.settings["level"], rel=1e-3)
    assert simulate(delayed_entry=(0, 0)).spells.groupby("person_id")["entry"].first().eq(0).all()


@pytest.mark.parametrize(
    ("share", "ratio", "acts"), [(0.5, 2.2, 60), (0.3, 2.0, 60)], ids=["equal groups", "three in ten"]
)
def test_power_is_the_share_of_simulated_cohorts_that_reject(share, ratio, acts):
    promised, rejected = [], []
    for seed in range(60):
        made = simulate(effects={"x": np.log(ratio)}, shares={"x": share}, acts=acts, seed=seed)
        found = fit(made, "x")
        promised.append(cl.power(found, ratio=ratio)["power"][0])
        rejected.append(found.tidy()["p_value"][0] < 0.05)
    assert abs(np.mean(rejected) - np.mean(promised)) < 3 * np.sqrt(0.25 / 60)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"n": 0}, "n=0 must be a whole number, 1 or more"),
        ({"level": 0.01, "acts": 50}, "leave one of them out"),
        ({"acts": 300}, "first acts cannot be expected"),
        ({"acts": -1}, "acts=-1 must be positive"),
        ({"frailty": -1}, "zero or more"),
        ({"delayed_entry": (5, 2)}, "do not fall"),
        ({"shape": -1}, "above -1"),
        ({"release": 0.5}, "still there when observation begins"),
        ({"shares": {"other": 0.5}}, "no fixed covariate"),
        ({"shares": {"exposed": 0.5}}, "no fixed covariate"),
        ({"shares": {"common": 1.0}}, "between 0 and 1"),
        ({"effects": {"entry": 0.5}, "shares": {}}, "column of every cohort"),
        ({"effects": {"x": np.inf}, "shares": {}}, "finite"),
        ({"events": []}, "nobody would be exposed"),
    ],
)
def test_refusals(more, message):
    with pytest.raises(UsageError, match=message):
        simulate(**more)


@pytest.mark.parametrize(
    "more",
    [{"n": 1.5}, {"provinces": 2.5}, {"seed": None}, {"seed": -1}, {"frailty": np.nan}, {"delayed_entry": 5}],
)
def test_impossible_numbers_are_refused_by_name(more):
    with pytest.raises(UsageError, match=next(iter(more))):
        cl.simulate_cohort(**{"effects": {"x": 0.5}, "seed": 1, "n": 20} | more)
