"""Chances of states, their errors and the time in each: by hand, against R (states.R of the references), identities."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clemency as cl
from clemency.models.states import jackknife, occupation
from clemency.models.states.functionals import at_time, covariance, value
from clemency.models.states.histories.cohorts import read_states
from clemency.models.states.occupation import chances, moves
from clemency.records.errors import UsageError

FOLDER = Path(__file__).resolve().parents[2] / "reference" / "states"
EXPECTED = pd.read_csv(FOLDER / "expected.csv")
MGUS2, MYELOID = pd.read_csv(FOLDER / "mgus2.csv"), pd.read_csv(FOLDER / "myeloid.csv")
MONTHS = pd.read_csv(FOLDER / "months.csv")
TSTOP = {"id": "id", "entry": "tstart", "exit": "tstop", "event": "into"}
SPELLS = {"id": "id", "entry": "entry", "exit": "exit", "event": "into", "state": "state"}
FIVE = ["inside", "cut", "outside", "free", "dead"]
ILL, BONE = ["start", "pcm", "death"], ["start", "CR", "relapse", "SCT", "death"]


def r(fit, quantity):
    found = EXPECTED[(EXPECTED["fit"] == fit) & (EXPECTED["quantity"] == quantity)]
    assert len(found)
    return found["value"].to_numpy()


def by_state(table, states, column):
    """As R lays it out: all times of the first state, then of the second, ..."""
    return table.pivot(index="state", columns="time", values=column).loc[states].to_numpy().ravel()


def agree(table, states, fit, error="std_error", rtol=1e-9):
    np.testing.assert_allclose(by_state(table, states, "estimate"), r(fit, "estimate"), rtol=1e-11, atol=1e-14)
    found = by_state(table, states, "std_error")
    np.testing.assert_allclose(found, r(fit, error), rtol=rtol, atol=1e-14)


# By hand


@pytest.fixture
def three():
    """1 falls ill at 4 and dies at 9, 2 dies at 6, 3 is well when lost at 9."""
    return pd.DataFrame(
        {
            "who": [1, 1, 2, 3],
            "since": [0, 4, 0, 0],
            "until": [4, 9, 6, 9],
            "into": ["ill", "death", "death", "censored"],
        }
    )


def named(data, **more):
    return cl.multistate(data, id="who", entry="since", exit="until", event="into", **more)


def test_three_people_by_hand(three):
    fit = named(three)
    assert fit.states == ("start", "death", "ill")
    table = fit.tidy()
    assert table["time"].unique().tolist() == [4, 6, 9]
    wide = table.pivot(index="time", columns="state", values="estimate")
    assert wide["start"].tolist() == pytest.approx([2 / 3, 1 / 3, 1 / 3])
    assert wide["ill"].tolist() == pytest.approx([1 / 3, 1 / 3, 0])
    assert wide["death"].tolist() == pytest.approx([0, 1 / 3, 2 / 3])
    held = table.pivot(index="time", columns="state", values="at_risk")
    assert held[["start", "ill"]].to_numpy().tolist() == [[3, 0], [2, 1], [1, 1]]
    entered = table.pivot(index="time", columns="state", values="n_event")
    assert entered[["ill", "death"]].to_numpy().tolist() == [[1, 0], [0, 1], [0, 1]]


def test_errors_of_three_people_are_those_of_shares(three):
    """Nobody is lost before 9, so that a chance is a share of three: its jackknife variance is p (1 - p) / 3."""
    table = named(three).tidy()
    p = table["estimate"].to_numpy()
    np.testing.assert_allclose(table["std_error"], np.sqrt(p * (1 - p) / 3), atol=1e-15)


def test_time_in_each_state_by_hand(three):
    found = named(three).sojourn(9).set_index("state")
    # well until 4, 6 and 9; ill from 4 to 9; dead from 6 to 9
    assert found["estimate"].to_dict() == pytest.approx({"start": 19 / 3, "ill": 5 / 3, "death": 1.0})
    for state, spent in {"start": [4, 6, 9], "ill": [5, 0, 0], "death": [0, 3, 0]}.items():
        assert found.loc[state, "std_error"] == pytest.approx(np.std(spent) / np.sqrt(3))


def test_late_entry_by_hand():
    """2 is seen from 3 on: at 2 one is at risk, at 5 two."""
    d = pd.DataFrame({"who": [1, 3, 2], "since": [0, 0, 3], "until": [2, 5, 6], "into": ["out", "out", "censored"]})
    fit = named(d)
    wide = fit.tidy().pivot(index="time", columns="state", values="estimate")
    assert wide["start"].tolist() == pytest.approx([1 / 2, 1 / 4])


def test_limits_are_missing_where_nothing_has_happened(three):
    first = named(three).at(2)
    assert first["estimate"].tolist() == [1, 0, 0]
    assert first["std_error"].tolist() == [0, 0, 0]
    assert first[["ci_low", "ci_high"]].isna().all(axis=None)


def test_nothing_is_said_after_the_last_exit_unless_all_have_come_to_an_end(three):
    assert named(three).at([9, 9.5])["estimate"].isna().tolist() == [False] * 3 + [True] * 3
    all_dead = three.assign(into=["ill", "death", "death", "death"])
    assert named(all_dead, censored=None).at(20)["estimate"].notna().all()
    assert named(all_dead, censored=None).sojourn(20)["estimate"].sum() == pytest.approx(20)
    with pytest.raises(UsageError, match="later than the last exit, 9"):
        named(three).sojourn(10)


# Against R


@pytest.mark.parametrize("sex", [None, "F", "M"])
def test_illness_and_death_equal_r(sex):
    name = "mgus2" if sex is None else f"mgus2 {sex}"
    fit = cl.multistate(MGUS2, **TSTOP, by=None if sex is None else "sex")
    at, spent = fit.at([12, 60, 120, 240]), fit.sojourn(200)
    if sex is not None:
        at, spent = at[at["sex"] == sex], spent[spent["sex"] == sex]
    agree(at, ILL, name)
    spent = spent.set_index("state").loc[ILL]
    np.testing.assert_allclose(spent["estimate"], r(name, "sojourn"), rtol=1e-11)
    np.testing.assert_allclose(spent["std_error"], r(name, "sojourn_error"), rtol=1e-9)


def test_a_whole_curve_equals_r():
    table = cl.multistate(MGUS2[MGUS2["sex"] == "M"], **TSTOP).at(r("mgus2 whole", "time").tolist())
    agree(table, ILL, "mgus2 whole")


@pytest.mark.parametrize("arm", ["A", "B"])
def test_many_states_equal_r(arm):
    fit = cl.multistate(MYELOID[MYELOID["trt"] == arm], **TSTOP)
    agree(fit.at([90, 180, 365, 730]), BONE, f"myeloid {arm}")
    spent = fit.sojourn(730).set_index("state").loc[BONE]
    np.testing.assert_allclose(spent["estimate"], r(f"myeloid {arm}", "sojourn"), rtol=1e-11)
    np.testing.assert_allclose(spent["std_error"], r(f"myeloid {arm}", "sojourn_error"), rtol=1e-9)


def test_late_entry_into_any_state_equals_r():
    agree(cl.multistate(MONTHS, **SPELLS).at([15, 30, 60, 100]), FIVE, "months")


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("months by hand", {}),
        ("months weighted", {"weights": "weight"}),
        ("months clustered", {"cluster": "prison"}),
        ("months both", {"weights": "weight", "cluster": "prison"}),
    ],
)
def test_weights_and_clusters_equal_slopes_in_r(name, more):
    # The slopes of the reference are differences, good to about eight digits.
    agree(cl.multistate(MONTHS, **SPELLS, **more).at([15, 30, 60, 100]), FIVE, name, rtol=1e-7)


def test_initial_shares_have_an_error_of_their_own():
    """From month 24 on, when people are in three states; R has that part where it is asked for influences."""
    fit = cl.multistate(MONTHS, **SPELLS, start=24)
    assert fit.at(24).set_index("state").loc[FIVE, "estimate"].tolist() == pytest.approx(r("late asked", "p0").tolist())
    agree(fit.at([30, 60, 100]), FIVE, "late", rtol=1e-7)
    np.testing.assert_allclose(
        by_state(fit.at([30, 60, 100]), FIVE, "std_error"), r("late asked", "std_error"), rtol=1e-9, atol=1e-14
    )
    both = cl.multistate(MONTHS, **SPELLS, start=24, weights="weight", cluster="prison").at([30, 60, 100])
    agree(both, FIVE, "late weighted", rtol=1e-7)
    assert (r("late unasked", "std_error") < 0.8 * r("late asked", "std_error")).any()  # what R leaves out otherwise


@pytest.mark.parametrize("state", ["inside", "outside"])
@pytest.mark.parametrize("landmarked", [False, True])
def test_chances_between_states_equal_r(state, landmarked):
    table = cl.multistate(MONTHS, **SPELLS).transition(24, [30, 60, 100], landmarked=landmarked)
    agree(table[table["from"] == state], FIVE, f"{'landmark' if landmarked else 'from'} {state}")
    here = MONTHS[(MONTHS["entry"] <= 24) & (MONTHS["exit"] > 24) & (MONTHS["state"] == state)]
    assert set(table.loc[table["from"] == state, "n"]) == {here["id"].nunique()}


def test_time_in_states_under_late_entry_equals_r():
    found = cl.multistate(MONTHS, **SPELLS).sojourn(100).set_index("state").loc[FIVE]
    np.testing.assert_allclose(found["estimate"], r("months by hand", "sojourn"), rtol=1e-11)
    np.testing.assert_allclose(found["std_error"], r("months by hand", "sojourn_error"), rtol=1e-7)


# Identities


def test_one_end_is_kaplan_meier_and_competing_ends_are_incidences():
    d = MGUS2.groupby("id").first().reset_index().assign(entry=0.0)
    columns = {"entry": "entry", "exit": "tstop"}
    fit = cl.multistate(d, id="id", event="into", **columns).at([12, 60, 120])
    curve = cl.incidence(d, event="into", **columns, variance="robust").at([12, 60, 120])
    for state in ("pcm", "death"):
        own, other = fit[fit["state"] == state], curve[curve["outcome"] == state]
        for column in ("estimate", "std_error", "ci_low", "ci_high"):
            np.testing.assert_allclose(own[column], other[column], rtol=1e-10)
    one = d.assign(end=(d["into"] != "censored").astype(int))
    curve = cl.survival(one, event="end", **columns, variance="robust").at([12, 60, 120])
    fit = cl.multistate(one, id="id", event="end", **columns).at([12, 60, 120])
    for column in ("estimate", "std_error"):
        np.testing.assert_allclose(fit[fit["state"] == "start"][column], curve[column], rtol=1e-10)


def test_transition_from_the_start_is_occupation():
    fit = cl.multistate(MYELOID, **TSTOP)
    from_start = fit.transition(0, [90, 365])
    from_start = from_start[from_start["from"] == "start"].reset_index(drop=True)
    columns = ["time", "state", "estimate", "std_error", "ci_low", "ci_high"]
    pd.testing.assert_frame_equal(from_start[columns], fit.at([90, 365]), rtol=1e-12)


def test_chances_of_chances():
    """Chapman and Kolmogorov: P(24, 60) is P(24, 40) P(40, 60)."""
    fit = cl.multistate(MONTHS, **SPELLS)

    def matrix(start, end):
        found = fit.transition(start, end).pivot(index="from", columns="state", values="estimate")
        return found.reindex(list(fit.states)).fillna(0.0) + np.diag([s in ("free", "dead") for s in fit.states])

    np.testing.assert_allclose(matrix(24, 40) @ matrix(40, 60), matrix(24, 60), atol=1e-12)


def test_times_in_all_states_add_up():
    fit = cl.multistate(MONTHS, **SPELLS, by="group", start=12)
    assert fit.sojourn(100).groupby("group")["estimate"].sum().tolist() == pytest.approx([88, 88])
    assert fit.tidy().groupby(["group", "time"])["estimate"].sum().to_numpy() == pytest.approx(1)


def test_groups_are_fits_of_their_own():
    both = cl.multistate(MONTHS, **SPELLS, by="group").at([30, 60])
    for name, part in MONTHS.groupby("group"):
        own = cl.multistate(part, **SPELLS).at([30, 60])
        found = both[both["group"] == name].reset_index(drop=True).drop(columns="group")
        found["state"] = found["state"].astype(str)
        pd.testing.assert_frame_equal(found, own.assign(state=own["state"].astype(str)), rtol=1e-12)


@pytest.mark.parametrize("early", ["f", "m"])
@pytest.mark.parametrize("copies", [1, 60])
def test_a_group_that_is_gone_by_the_start_leaves_the_other_as_it_is(early, copies):
    """First or last of the groups; few rows and many, whose sums at risk are made in another way."""
    d = pd.concat([MONTHS.assign(id=MONTHS["id"] + 1000 * k) for k in range(copies)])
    late = d["exit"].groupby(d["id"]).transform("max") > 40
    d = d.assign(sex=np.where(late, "m" if early == "f" else "f", early))
    found = cl.multistate(d, **SPELLS, by="sex", start=40).at([50, 90])
    alone = cl.multistate(d[late], **SPELLS, start=40).at([50, 90])
    np.testing.assert_allclose(found[found["sex"] != early]["estimate"], alone["estimate"], rtol=1e-12)
    np.testing.assert_allclose(found[found["sex"] != early]["std_error"], alone["std_error"], rtol=1e-9)
    assert found[found["sex"] == early]["estimate"].isna().all()


def test_weights_count_as_so_many_people():
    whole = MONTHS.loc[MONTHS.index.repeat(MONTHS["weight"])]
    copy = whole.groupby(level=0).cumcount()
    whole = whole.assign(id=whole["id"] * 10 + copy)
    one = cl.multistate(MONTHS, **SPELLS, weights="weight").at([30, 60])["estimate"]
    np.testing.assert_allclose(one, cl.multistate(whole, **SPELLS).at([30, 60])["estimate"], rtol=1e-12)


def test_split_spells_and_another_order_change_nothing():
    halves = cl.survsplit(MONTHS, [10, 20, 30.5, 44], exit="exit", event="into", entry="entry")
    halves = halves.sample(frac=1, random_state=3)
    a, b = (cl.multistate(d, **SPELLS).at([15, 30, 60, 100]) for d in (MONTHS, halves))
    pd.testing.assert_frame_equal(a, b, rtol=1e-11)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(["id", "prison"]), st.booleans(), st.booleans())
def test_compiled_and_plain_sums_are_the_sums_over_cases(seed, cluster, weighted, started):
    """The whole curve, followed case by case in NumPy and compiled, equals the functional at each time."""
    pytest.importorskip("numba")
    rng = np.random.default_rng(seed)
    d = MONTHS[MONTHS["id"].isin(rng.choice(MONTHS["id"].unique(), 40, replace=False))]
    s = read_states(d, **SPELLS, cluster=cluster, weights="weight" if weighted else None)
    m = moves(s, 20.0 if started else None)
    c = chances(m)
    plain = jackknife.variances(m, c)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(occupation, "kernels_for", lambda n: True)
        compiled = jackknife.variances(m, c)
        np.testing.assert_allclose(chances(m).after, c.after, rtol=1e-13, atol=1e-16)
    np.testing.assert_allclose(compiled, plain, rtol=1e-9, atol=1e-16)
    for d_ in rng.integers(0, len(m.sets.time), 3):
        of = at_time(m, float(m.sets.time[d_]))
        np.testing.assert_allclose(value(m, c, of)[0], c.after[d_], rtol=1e-12, atol=1e-15)
        np.testing.assert_allclose(covariance(m, c, of)[:, 0, 0], plain[d_], rtol=1e-8, atol=1e-15)


# What is said and refused


def test_an_early_gap_in_a_state_is_told():
    d = pd.DataFrame(
        {
            "who": [1, 2, 3, 3],
            "since": [0, 0, 0, 5],
            "until": [1, 3, 5, 7],
            "into": ["ill", "death", "ill", "death"],
        }
    )
    fit = named(d, censored=None)
    assert "at 3 nobody was at risk in 'ill', though a chance of 0.33" in " ".join(fit.notes())
    assert "at 3" not in " ".join(named(d, start=3.5, censored=None).notes())


def test_one_person_has_no_errors(three):
    fit = named(three.assign(sex=["f", "f", "m", "m"]), by="sex")
    table = fit.tidy()
    assert table.loc[table["sex"] == "f", "std_error"].isna().all()
    assert table.loc[table["sex"] == "m", "std_error"].notna().all()
    assert any(note.startswith("f: one case or cluster only") for note in fit.notes())


def test_refusals_of_arguments(three):
    for more, said in (
        ({"conf_type": "square"}, "conf_type='square'"),
        ({"ci_level": 2.0}, "ci_level"),
        ({"start": 30}, "start=30 is after the last exit, 9"),
        ({"by": "state"}, "by='state'"),
        ({"cuts": 2}, "cuts= is for a cohort"),
    ):
        with pytest.raises(UsageError, match=said):
            named(three.assign(state=1), **more)
    fit = named(three)
    with pytest.raises(UsageError, match="before start=5"):
        fit.transition(5, [4, 6])
    with pytest.raises(UsageError, match="nobody is under observation"):
        fit.transition(9, 10)
    with pytest.raises(UsageError, match="more than 10,000 times"):
        named(three.assign(w=[1, 1, 1e6, 1]), weights="w")


def test_glance_and_what_a_notebook_shows():
    fit = cl.multistate(MONTHS, **SPELLS, by="group", time_unit="months")
    seen = fit.glance()
    assert seen["n"].sum() == len(MONTHS)
    assert seen["n_cases"].sum() == MONTHS["id"].nunique()
    assert seen["person_months"].sum() == pytest.approx((MONTHS["exit"] - MONTHS["entry"]).sum())
    assert seen["events"].sum() == (MONTHS["into"] != "censored").sum()
    assert "Chance of being in each state by 12, 24, 36, 60 months" in fit._repr_html_()
    assert "Chances of 5 states" in repr(fit)
    later = cl.multistate(MONTHS, **SPELLS, start=50, time_unit="months")
    assert later.glance()["person_months"][0] == pytest.approx(
        (MONTHS["exit"] - MONTHS["entry"].clip(lower=50)).clip(lower=0).sum()
    )
    assert "by 60 months" in later._repr_html_()
