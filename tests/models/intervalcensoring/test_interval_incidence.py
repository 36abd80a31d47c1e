"""Competing events as intervals: R, data worked by hand, identities with other estimates, certificates, bounds."""

from dataclasses import replace
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, special

from clemency.figures import drawn
from clemency.models import IntervalIncidence, incidence, survival
from clemency.models.intervalcensoring import causecells, causefit
from clemency.models.intervalcensoring.causecells import Caused, emptied, factors_of, with_table
from clemency.models.intervalcensoring.causefit import fit_causes
from clemency.models.intervalcensoring.causelimits import incidence_limits
from clemency.models.intervalcensoring.causenpmle import log_likelihood, maximise, sums, to_cells

FOLDER = Path(__file__).resolve().parents[2] / "reference" / "causeintervals"
DATA = {name: pd.read_csv(FOLDER / f"{name}.csv") for name in ("menopause", "plain", "cut_off")}
EXPECTED = pd.read_csv(FOLDER / "expected.csv")
MLECENS = pd.read_csv(FOLDER / "mlecens.csv")
ENDS = {"lower": "lower", "upper": "upper", "event": "kind"}
ALL = {**ENDS, "entry": "entry"}
DROP = special.chdtri(1, 0.05) / 2
NONE = np.nan


def frame(*rows):
    """Rows of entry, lower, upper and kind."""
    return pd.DataFrame(list(rows), columns=["entry", "lower", "upper", "kind"]).astype({"kind": object})


def values(found, outcome, *times):
    table = found.at(list(times))
    return table.loc[table["outcome"] == outcome, "estimate"].to_numpy()


# R


@pytest.mark.parametrize("name", list(DATA))
def test_equals_another_algorithm_in_r(name):
    """Expectation-maximisation in hazards at all points and gaps, with and without late entry."""
    found = incidence(DATA[name], **ALL, weights="w", limits=None)
    mine = EXPECTED[EXPECTED["data"] == name]
    values_ = mine[mine["time"].isna()].set_index("kind")["value"]
    np.testing.assert_allclose(found.glance()["loglik"], values_["loglik"], rtol=1e-12)
    assert values_["change"] < 1e-14
    both = found.at(np.unique(mine["time"].dropna())).merge(
        mine, left_on=["time", "outcome"], right_on=["time", "kind"]
    )
    known = both["estimate"].notna()
    assert known.mean() > 0.95
    np.testing.assert_allclose(both.loc[known, "estimate"], both.loc[known, "value"], atol=1e-10)
    assert both["value"].between(both["lowest"] - 1e-10, both["highest"] + 1e-10).all()


@pytest.mark.parametrize("name", ["menopause", "plain"])
def test_masses_equal_those_of_mlecens(name):
    found = incidence(DATA[name], **ENDS, weights="w", limits=None)
    theirs = MLECENS[MLECENS["data"] == name]
    loglik = theirs["kind"] == "loglik"
    np.testing.assert_allclose(found.glance()["loglik"], theirs.loc[loglik, "mass"], rtol=1e-12)
    keys = ["lower", "upper", "kind"]
    ours = found.tidy().rename(columns={"outcome": "kind"}).astype({"kind": object})
    both = ours.merge(theirs[~loglik], on=keys, how="outer", suffixes=("", "_theirs"))
    assert both.notna()[["mass", "mass_theirs"]].all(axis=None)
    np.testing.assert_allclose(both["mass"], both["mass_theirs"], atol=1e-9)


def test_the_published_example_with_limits():
    """Women of the Health Examination Survey at 50.5: of 72, 18 had had an operative and 32 a natural menopause."""
    found = replace(incidence(DATA["menopause"], **ENDS, weights="w", limits=None), limits="likelihood")
    table = found.at(50.5).set_index("outcome")
    own = DATA["menopause"].query("lower == 50.5 or upper == 50.5").set_index("kind")["w"]
    assert own.sum() == 72
    for outcome in ("operative", "natural"):
        low, high = table.loc[outcome, ["ci_low", "ci_high"]]
        assert low < table.loc[outcome, "estimate"] < high
        # All ages together know more than that age alone, whose share has limits that are wider.
        se = np.sqrt(own[outcome] / 72 * (1 - own[outcome] / 72) / 72)
        assert high - low < 2 * 1.96 * se


# By hand


def test_two_kinds_and_one_without_by_hand():
    # Act or death by 4, each once, and one without either by 2: p (1 - p) * 1 with all mass after 2.
    found = incidence(frame((0, 0, 4, "act"), (0, 0, 4, "death"), (0, 2, NONE, None)), **ENDS, limits=None)
    assert found.tidy()[["lower", "upper", "outcome"]].to_numpy().tolist() == [[2, 4, "act"], [2, 4, "death"]]
    np.testing.assert_allclose(found.tidy()["mass"], [0.5, 0.5])
    np.testing.assert_allclose(found.glance()["loglik"], np.log(0.25))


def test_looks_that_contradict_the_order_are_pooled_for_their_kind_only():
    # At 5: 4 acts, 1 death of 10; at 10: 2 acts, 3 deaths of 10. Acts pool to x = 6/20; deaths are shares of the rest.
    rows = [(0, 0, 5, "act")] * 4 + [(0, 0, 5, "death")] + [(0, 5, NONE, None)] * 5
    rows += [(0, 0, 10, "act")] * 2 + [(0, 0, 10, "death")] * 3 + [(0, 10, NONE, None)] * 5
    found = incidence(frame(*rows), **ENDS, limits=None)
    np.testing.assert_allclose(values(found, "act", 5, 10), [0.3, 0.3])
    np.testing.assert_allclose(values(found, "death", 5, 10), [0.7 * 1 / 6, 0.7 * 3 / 8])


def test_late_entry_by_hand():
    # a in (0, 2], d at 3, s after 6: a * s * d / (d + s). With d = (1 - a) q it is a (1 - a) q (1 - q): both one half.
    found = incidence(frame((0, 0, 4, "act"), (0, 6, NONE, None), (2, 3, 3, "death")), **ALL, limits=None)
    table = found.tidy()
    assert table[["lower", "upper", "outcome"]].to_numpy().tolist() == [[0, 2, "act"], [3, 3, "death"]]
    np.testing.assert_allclose(table["mass"], [0.5, 0.25])
    np.testing.assert_allclose(found.glance()["loglik"], np.log(1 / 16))


def test_all_at_risk_gone_before_others_enter():
    found = incidence(frame((0, 0, 4, "act"), (2, 3, 3, "death"), (2, 6, NONE, None)), **ALL)
    assert found.tidy()[["lower", "upper", "mass"]].to_numpy().tolist() == [[0, 2, 1]]
    assert found.tidy()[["ci_low", "ci_high"]].isna().all(axis=None)
    np.testing.assert_allclose(found.glance()["loglik"], np.log(0.25))  # 1/2 * 1/2 of those who entered at 2
    assert "By 2 all who had entered have had an event" in found.warnings["message"].iloc[0]
    assert "2 cases that enter later say nothing" in repr(found)


def test_masses_that_are_not_determined_by_hand():
    # (a1 + a2) * (a2 + d) * d / (a2 + d), with acts in (1, 2] or (3, 6]: one half acts, anywhere in the two.
    found = incidence(frame((0, 1, 6, "act"), (0, 3, NONE, None), (2, 5, 7, "death")), **ALL, limits=None)
    assert found.glance()["unique"].tolist() == [False]
    assert found.warnings["message"].str.contains("Other masses reach the same likelihood").any()
    table = found.at([1, 2.5, 6, 7])
    np.testing.assert_allclose(table.loc[table["outcome"] == "act", "lowest"], [0, 0, 0.5, 0.5], atol=1e-9)
    np.testing.assert_allclose(table.loc[table["outcome"] == "act", "highest"], [0, 0.5, 0.5, 0.5], atol=1e-9)
    assert table["estimate"].isna().tolist() == [False, True, False, False, False, False, True, False]


def test_the_sum_over_kinds_is_not_the_estimate_without_kinds():
    rows = frame((0, 0, 2, "act"), (0, 1, 3, "death"))
    kinds = incidence(rows, **ENDS, limits=None).at(2)
    np.testing.assert_allclose(kinds["lowest"], [0.5, 0])
    np.testing.assert_allclose(kinds["highest"], [0.5, 0.5])
    # Without kinds all mass lies in (1, 2], where the two overlap.
    assert survival(rows, lower="lower", upper="upper", limits=None).at(2)["estimate"].item() == 0


def test_between_bounds_and_after_the_last_time_nothing_is_said():
    found = incidence(frame((0, 0, 2, "act"), (0, 3, NONE, None)), **ENDS, limits=None).at([1, 2, 3, 4])
    np.testing.assert_allclose(found["lowest"], [0, 0.5, 0.5, 0.5])
    np.testing.assert_allclose(found["highest"], [0.5, 0.5, 0.5, 1])
    assert found["estimate"].isna().tolist() == [True, False, False, True]


# Identities


def exact(n=150, seed=1):
    rng = np.random.default_rng(seed)
    end = rng.integers(3, 40, n).astype(float)
    start = np.minimum(rng.integers(0, 15, n), end - 1)
    start[:4], end[:4] = 0, 39  # so that nobody's event ends it all at once
    kind = np.array([None, "act", "death"])[rng.integers(0, 3, n)]
    return pd.DataFrame({"entry": start, "exit": end, "kind": kind, "lower": end}).assign(
        end=pd.Series(kind).fillna("censored"),
        upper=np.where(pd.isna(kind), np.nan, end),
        w=rng.integers(1, 4, n),
        g=rng.integers(0, 2, n),
    )


@pytest.mark.parametrize("dense", [0, 10_000])
@pytest.mark.parametrize("options", [{}, {"weights": "w"}, {"by": "g"}])
def test_exact_times_give_aalen_and_johansens_estimate(options, dense, monkeypatch):
    monkeypatch.setattr(causecells, "DENSE", dense)
    d = exact()
    ours = incidence(d, **ALL, limits=None, **options).tidy()
    theirs = incidence(d, exit="exit", event="end", entry="entry", **options).tidy()
    theirs = theirs[theirs["n_event"] > 0]
    by = [options["by"]] if "by" in options else []
    both = ours.merge(theirs, left_on=["upper", "outcome", *by], right_on=["time", "outcome", *by], how="outer")
    assert len(both) == len(ours) == len(theirs)
    np.testing.assert_allclose(both["estimate_x"], both["estimate_y"], rtol=1e-11)


def test_where_nobody_is_at_risk_nothing_is_known_to_happen():
    rows = frame((0, 1, 1, "act"), (0, 2, NONE, None), (0, 2, NONE, None))
    rows = pd.concat([rows, frame((5, 6, 6, "death"), (5, 7, 7, "act"), (5, 8, NONE, None))])
    ours = incidence(rows, **ALL)
    assert ours.warnings.empty
    spells = rows.assign(exit=rows["lower"], end=rows["kind"].fillna("censored"))
    theirs = incidence(spells, exit="exit", event="end", entry="entry")
    for outcome in ("act", "death"):
        expected = theirs.at([1, 3, 6, 7]).query("outcome == @outcome")["estimate"]
        np.testing.assert_allclose(values(ours, outcome, 1, 3, 6, 7), expected, rtol=1e-11)


@pytest.mark.parametrize("late", [False, True])
def test_one_kind_is_turnbulls_estimate_with_its_limits(late):
    d = DATA["cut_off"] if late else DATA["plain"]
    one = d.assign(kind=d["kind"].where(d["kind"].isna(), "end"))
    ours = incidence(one, **ALL)
    theirs = survival(d, lower="lower", upper="upper", entry="entry")
    np.testing.assert_allclose(ours.glance()["loglik"], theirs.glance()["loglik"], rtol=1e-12)
    table, times = theirs.tidy(), theirs.tidy()["upper"]
    np.testing.assert_allclose(ours.tidy()[["lower", "upper"]], table[["lower", "upper"]])
    np.testing.assert_allclose(ours.tidy()["estimate"], 1 - table["estimate"], atol=1e-9)
    mine, other = ours.at(times.iloc[[3, 9]]), theirs.at(times.iloc[[3, 9]])
    np.testing.assert_allclose(mine[["ci_low", "ci_high"]], 1 - other[["ci_high", "ci_low"]], rtol=1e-6)


def test_order_container_and_weights_do_not_matter():
    d = DATA["cut_off"]
    one = incidence(d, **ALL, limits=None).tidy()
    other = incidence(d.sample(frac=1, random_state=1).to_dict("list"), **ALL, limits=None).tidy()
    pd.testing.assert_frame_equal(one, other, rtol=1e-7)
    doubled = incidence(pd.concat([d, d]), **ALL, limits=None).tidy()
    weighted = incidence(d.assign(w=2), **ALL, weights="w", limits=None).tidy()
    pd.testing.assert_frame_equal(doubled, weighted, rtol=1e-9)
    np.testing.assert_allclose(doubled["mass"], one["mass"], rtol=1e-7)


def test_groups_are_fits_of_their_own_and_one_may_have_no_event():
    d = DATA["plain"].assign(g=lambda f: np.arange(len(f)) % 2)
    quiet = frame((0, 7, NONE, None), (0, 9, NONE, None)).assign(g=2)
    both = incidence(pd.concat([d, quiet]), **ENDS, by="g", limits=None)
    for g in (0, 1):
        alone = incidence(d[d["g"] == g], **ENDS, limits=None).tidy()
        mine = both.tidy().query("g == @g").drop(columns="g").reset_index(drop=True)
        pd.testing.assert_frame_equal(mine, alone.astype({"outcome": mine["outcome"].dtype}))
    assert not (both.tidy()["g"] == 2).any()
    assert both.at(8).query("g == 2")["lowest"].tolist() == [0, 0, 0]
    assert both.glance()["events"].tolist()[2] == 0
    said = both.warnings.set_index("group")["message"]
    assert said["2"] == "No event is known (2): incidences are 0 up to the last time, and have no rows."


def test_the_outcomes_that_are_shown_compete_with_all():
    d = DATA["plain"]
    all_, one = incidence(d, **ENDS, limits=None), incidence(d, **ENDS, outcome="act", limits=None)
    mine = all_.tidy().query("outcome == 'act'").reset_index(drop=True).drop(columns="outcome")
    pd.testing.assert_frame_equal(one.tidy().drop(columns="outcome"), mine)
    counts = d["kind"].value_counts()
    glance = one.glance().iloc[0]
    assert (glance["events"], glance["competing"]) == (counts["act"], counts["death"] + counts["expiry"])
    assert glance[["n_exact", "n_interval", "n_left", "n_right"]].sum() == len(d)


# Certificates

CASE = st.tuples(st.integers(0, 6), st.integers(0, 8), st.integers(0, 8), st.integers(0, 2))


def caused(numbers):
    rows = []
    for entry, wait, length, kind in numbers:
        low = entry + wait
        high = low + length if kind else np.inf
        if not (low == entry and (high == low or not kind)):
            rows.append((low, high, entry, 1, kind))
    columns = np.array(rows, dtype=float).T if rows else np.empty((5, 0))
    return Caused(*columns[:4], columns[4].astype(int))


@given(st.lists(CASE, min_size=2, max_size=14), st.integers(0, 1000))
def test_certified_and_not_improved_by_chance(numbers, seed):
    data = caused(numbers)
    if not (data.kind > 0).any():
        return
    fit = fit_causes(data)
    assert 0 <= fit.masses.gap + 1e-12 < 1e-8
    np.testing.assert_allclose(fit.masses.size.sum(), 1)
    if fit.stopped is None:
        assert_likelihood(data, fit)
        rng = np.random.default_rng(seed)
        for scale in (1e-3, 0.1, 1.0):
            other = fit.masses.size * np.exp(scale * rng.normal(size=len(fit.cells)))
            other = other + 1e-4 * scale * rng.random(len(fit.cells))
            assert log_likelihood(fit.cells, other) <= fit.masses.loglik + 1e-8
        start = rng.random(len(fit.cells)) + 1e-6
        again = maximise(fit.cells, start / start.sum())
        np.testing.assert_allclose(again.loglik, fit.masses.loglik, atol=1e-8)


def assert_likelihood(data, fit):
    """The factors give the likelihood as it is written: of time and kind, given no event before entry."""
    cells, size = fit.cells, fit.masses.size
    total = 0.0
    for low, high, entry, _, kind in zip(data.lower, data.upper, data.entry, data.weight, data.kind, strict=True):
        if kind:
            mine = (cells.kind == kind) & (cells.low >= low) & (cells.high <= high) & (cells.high > entry)
            mine &= (cells.low < cells.high) | (cells.low > low) | (low == high)
        else:
            mine = cells.high > low
        total += np.log(size[mine].sum()) - np.log(size[cells.high > entry].sum())
    np.testing.assert_allclose(total, fit.masses.loglik, atol=1e-9)


def test_several_maxima_under_late_entry_are_told():
    """A set of data that the study found: a search from the middle ends at a maximum that is not the highest."""
    rows = [(5, 5, 11, 1, 4.84), (3, 4, 9, 3, 0.897), (1, 3, np.inf, 0, 1171), (0, 0, 6, 1, 9.85), (3, 3, 8, 2, 0.126)]
    rows += [
        (0, 3, 7, 3, 0.0221),
        (1, 1, 2, 1, 0.891),
        (0, 3, 8, 1, 4.41),
        (0, 1, 1, 2, 4.39),
        (4, 6, np.inf, 0, 0.0314),
    ]
    entry, lower, upper, kind, weight = np.array(rows).T
    fit = fit_causes(Caused(lower, upper, entry, weight, kind.astype(int)))
    plain = maximise(fit.cells)
    assert plain.gap < 1e-8
    assert fit.masses.loglik > plain.loglik + 0.04
    assert fit.several
    d = pd.DataFrame(rows, columns=["entry", "lower", "upper", "kind", "w"]).replace({"upper": {np.inf: np.nan}})
    d["kind"] = d["kind"].map({0: None, 1: "act", 2: "death", 3: "expiry"})
    said = incidence(d, **ALL, weights="w", limits=None).warnings["message"]
    assert said.str.contains("The likelihood has several maxima, as it can with late entry").any()


def test_both_ways_of_solving_agree():
    data = caused([(e, w, n, k) for e in (0, 0, 2, 3) for w in (1, 4, 6) for n, k in ((0, 1), (5, 2), (3, 1), (0, 0))])
    f = factors_of(data)
    written = with_table(f) if f.table is not None else f
    other = type(f)(*(getattr(f, name) for name in f.__slots__[:-1]), None)
    assert written.table is not None
    np.testing.assert_allclose(maximise(written).size, maximise(other).size, atol=1e-9)


def test_where_all_at_risk_are_gone():
    assert emptied(caused([(0, 0, 4, 1), (2, 1, 0, 2)])) == 2
    assert emptied(caused([(0, 2, 0, 1), (2, 1, 0, 2)])) == 2  # an event at 2 is none after it
    assert emptied(caused([(0, 3, 0, 1), (2, 1, 0, 2)])) is None
    assert emptied(caused([(0, 1, 0, 0), (2, 1, 0, 2)])) is None  # last seen before, without an event


# Limits


def test_limits_equal_a_binomial_likelihood_ratio():
    rows = [(0, 0, 5, "act")] * 9 + [(0, 0, 5, "death")] * 6 + [(0, 5, NONE, None)] * 15
    table = incidence(frame(*rows), **ENDS).at(5).set_index("outcome")
    for outcome, k in (("act", 9), ("death", 6)):

        def fall(p, k=k):
            return k * np.log(k / 30 / p) + (30 - k) * np.log((1 - k / 30) / (1 - p)) - DROP

        np.testing.assert_allclose(table.loc[outcome, "ci_low"], optimize.brentq(fall, 1e-6, k / 30), rtol=1e-6)
        np.testing.assert_allclose(table.loc[outcome, "ci_high"], optimize.brentq(fall, k / 30, 0.999), rtol=1e-6)


def test_limits_before_any_event_of_a_kind():
    # Nobody of 10 has had an act by 3: an incidence of F has the likelihood (1 - F)^10, also if there is none later.
    rows = [(0, 5, 5, "death")] * 2 + [(0, 9, NONE, None)] * 7 + [(0, 8, 8, "act")]
    found = incidence(frame(*rows), **ENDS).at(3)
    np.testing.assert_allclose(found[["estimate", "ci_low"]], 0, atol=1e-9)
    np.testing.assert_allclose(found["ci_high"], 1 - np.exp(-DROP / 10), rtol=1e-6)


def test_limits_after_the_last_look():
    # An act by 4, and two last seen at 2 and 3. By 4 all mass may be of any kind: a share d of deaths has 1 - d.
    found = incidence(frame((0, 0, 4, "act"), (0, 2, NONE, None), (0, 3, NONE, None), (0, 0, 1, "death")), **ENDS)
    table = found.at(4).set_index("outcome")
    # With deaths d in (0, 1] and e in (3, 4], the likelihood is d (1 - d - e) (1 - d)^2, greatest at d = 1/4, e = 0.
    top = np.log(1 / 4) + 3 * np.log(3 / 4)
    # Given F = d + e it is d (1 - F) (1 - d)^2, with d as near to 1/3 as F lets it.
    held = optimize.brentq(lambda f: top - np.log(1 / 3 * (1 - f) * (2 / 3) ** 2) - DROP, 1 / 3, 1 - 1e-9)
    np.testing.assert_allclose(table.loc["death", "ci_high"], held, rtol=1e-6)
    np.testing.assert_allclose(table.loc["act", "ci_low"], 1 - held, rtol=1e-6)
    one = incidence(
        frame((0, 0, 4, "act"), (0, 2, NONE, None), (0, 3, NONE, None)).assign(
            kind=pd.Categorical(["act", None, None], categories=["censored", "act", "death"])
        ),
        **ENDS,
    )
    np.testing.assert_allclose(one.at(4)["ci_high"], [1, 1 - np.exp(-DROP)], rtol=1e-6)


@pytest.mark.parametrize("name", ["plain", "cut_off"])
def test_limits_are_where_a_direct_search_finds_them(name):
    """Maximise the likelihood as it is written with the incidence held at the limits, by another method."""
    d = DATA[name].iloc[:25]
    kind = (d["kind"] == "act").to_numpy() + 2 * d["kind"].isin(["death", "expiry"]).to_numpy()
    columns = [d["lower"], d["upper"].fillna(np.inf), d["entry"], np.ones(len(d))]
    data = Caused(*(np.asarray(c, dtype=float) for c in columns), kind)
    f = factors_of(data, (1, 30.0))
    inside = ((f.kind == 1) & (f.high <= 30.0)).astype(float)
    best = maximise(f)
    for held, where in zip(incidence_limits(data, 1, 30.0, DROP), (-1, 1), strict=True):
        assert where * (held - inside @ best.size) > 0.01
        start = best.size + 1e-3
        start = np.where(inside > 0, held * start / (inside @ start), (1 - held) * start / ((1 - inside) @ start))
        rules = [{"type": "eq", "fun": lambda p: p.sum() - 1, "jac": np.ones_like}]
        rules += [{"type": "eq", "fun": lambda p, held=held: inside @ p - held, "jac": lambda p: inside}]
        found = optimize.minimize(
            lambda p: -log_likelihood(f, np.maximum(p, 1e-14)), start, constraints=rules, method="SLSQP",
            jac=lambda p: -to_cells(f, f.power / sums(f, np.maximum(p, 1e-14))) + f.total / p.sum(),
            bounds=[(1e-12, 1)] * len(f), options={"maxiter": 500, "ftol": 1e-13},
        )  # fmt: skip
        np.testing.assert_allclose(best.loglik + found.fun, DROP, rtol=1e-4)


# Bad input


def test_an_event_needs_its_kind_and_a_kind_its_event():
    rows = frame((0, 0, 4, "act"), (0, 1, 5, None), (0, 2, NONE, "death"), (0, 2, 3, "censored"))
    with pytest.raises(ValueError, match="row 1, kind: the event is known to have happened by 5") as caught:
        incidence(rows, **ENDS)
    said = [str(p) for p in caught.value.problems]
    assert [p.row for p in caught.value.problems] == [1, 3, 2]
    assert "a kind of its own" in said[0]
    assert "this says that there was none" in said[1]
    assert "by no time is it known to have happened" in said[2]
    assert "Give upper the first time by which it had" in said[2]


def test_rows_that_contradict_themselves_are_left_out_and_told_how_to_mend():
    rows = frame((0, 0, 4, "act"), (0, 5, 3, "act"), (4, 2, 9, "death"), (0, 3, NONE, None))
    found = incidence(rows, **ALL, limits=None)
    assert found.exclusions[["reason", "column", "first_rows"]].to_numpy().tolist() == [
        ["upper before lower", "upper", "1"],
        ["lower before entry", "lower", "2"],
    ]
    said = found.warnings["message"].tolist()
    assert said[0].startswith("Upper before lower in row 1 (column upper)")
    assert "exchange or mend them" in said[0]
    assert said[1].startswith("Lower before entry in row 2 (column lower)")


def test_words_for_no_event():
    rows = [(0, 0, 4), (0, 1, 5), (0, 3, NONE)]
    for last in (None, "censored"):
        made = frame(*[(*r, k) for r, k in zip(rows, ("act", "death", last), strict=True)])
        assert incidence(made, **ENDS, limits=None).kinds == ("act", "death")
    other = made.assign(kind=["act", "death", "still inside"])
    assert incidence(other, **ENDS, censored="still inside", limits=None).kinds == ("act", "death")
    ordered = made.assign(kind=pd.Categorical(["death", "act", None], categories=["death", "act", "pardon"]))
    found = incidence(ordered, **ENDS, limits=None)
    assert found.kinds == ("death", "act", "pardon")
    assert found.tidy()["outcome"].cat.categories.tolist() == ["death", "act", "pardon"]
    everybody = made.iloc[:2]
    assert incidence(everybody, **ENDS, limits=None).kinds == ("act", "death")
    numbers = made.assign(kind=[1, 1, np.nan])
    assert incidence(numbers, **ENDS, limits=None).kinds == ("event",)


def test_refusals():
    d = DATA["plain"]
    with pytest.raises(ValueError, match="name the column with the kinds of event: event="):
        incidence(d, lower="lower", upper="upper")
    with pytest.raises(ValueError, match="name both columns"):
        incidence(d, lower="lower", event="kind")
    for extra in ({"exit": "lower"}, {"cluster": "entry"}, {"variance": "robust"}, {"conf_type": "plain"}):
        with pytest.raises(ValueError, match="has no meaning for intervals"):
            incidence(d, **ENDS, **extra)
    with pytest.raises(ValueError, match="outcome 'pardon' is not among the kinds"):
        incidence(d, **ENDS, outcome="pardon")
    with pytest.raises(ValueError, match="take limits=None"):
        incidence(d.assign(w=0.5), **ENDS, weights="w")
    with pytest.raises(ValueError, match="'mass' is the name of a column of the result"):
        incidence(d.assign(mass=1), **ENDS, by="mass")
    with pytest.raises(ValueError, match="is known to have had the event"):
        incidence(d.assign(upper=np.nan, kind=None), **ENDS)
    with pytest.raises(ValueError, match="limits= is for intervals"):
        incidence(d.assign(e="act"), exit="lower", event="e", censored=None, limits=None)
    found = incidence(d, **ENDS, limits=None)
    for wrong in (lambda: found.quantile(1.2), lambda: found.plot(outcome="pardon"), lambda: found.at(np.nan)):
        with pytest.raises(ValueError):
            wrong()


# What it shows


def test_what_was_not_checked_is_told(monkeypatch):
    monkeypatch.setattr(causefit, "MOST_DENSE", 0)
    found = incidence(DATA["plain"], **ENDS, limits=None)
    assert found.glance()["unique"].isna().all()
    assert found.warnings["message"].str.contains("was not checked").any()


def test_mass_where_few_have_passed_is_named():
    said = incidence(DATA["cut_off"], **ALL, limits=None).warnings["message"]
    assert said.str.contains("fewer than 20 cases are known to have passed.*begin the clock at entry").any()
    d = DATA["cut_off"]
    moved = d.assign(lower=d["lower"] - d["entry"], upper=d["upper"] - d["entry"])
    assert incidence(moved, **ENDS, limits=None).warnings.empty


def test_quantiles_are_the_intervals_in_which_the_incidence_reaches_a_share():
    found = incidence(frame(*[(0, 0, 4, "act")] * 6, *[(0, 6, 9, "death")] * 4), **ENDS, limits=None)
    table = found.quantile([0.2, 0.6, 0.7]).set_index(["outcome", "p"])
    assert table.loc[("act", 0.2)].tolist() == table.loc[("act", 0.6)].tolist() == [0, 4]
    assert table.loc[("act", 0.7)].isna().all()
    assert table.loc[("death", 0.2)].tolist() == [6, 9]


def test_limits_of_the_table_at_some_of_many_intervals_hold_the_others_too():
    found = incidence(exact(), **ALL, outcome="act")
    table = found.tidy()
    assert len(table) > 12
    assert (table["ci_low"] <= table["estimate"]).all()
    assert (table["ci_high"] >= table["estimate"]).all()
    own = found.at(table["upper"].iloc[5])
    row = table.iloc[5]
    assert row["ci_low"] <= own["ci_low"].item() + 1e-9
    assert row["ci_high"] >= own["ci_high"].item() - 1e-9


def test_figure_and_texts():
    found = incidence(DATA["plain"], **ENDS, time_unit="months", limits=None)
    assert isinstance(found, IntervalIncidence)
    assert repr(found).startswith("incidence, interval-censored, of act, death, expiry, by nothing")
    assert "Incidence after each interval that holds mass" in found._repr_html_()
    ax = found.plot()
    assert ax.get_ylabel() == "share with each event"
    assert ax.get_xlabel() == "months"
    assert len(ax.patches) == (found.table["upper"] > found.table["lower"]).sum()
    boxes = found.table[found.table["upper"] > found.table["lower"]]
    np.testing.assert_allclose([p.get_y() + p.get_height() for p in ax.patches], boxes["estimate"] - boxes["mass"])
    assert len(drawn(ax).frame) == len(found.table)
    one = found.plot(outcome="death")
    assert one.get_legend() is None
    kinds = pd.Categorical(["act", None], categories=["censored", "act", "death"])
    quiet = incidence(frame((0, 0, 4, "act"), (0, 5, NONE, None)).assign(kind=kinds), **ENDS).plot(outcome="death")
    assert "no event" in drawn(quiet).alt
    plt.close("all")
