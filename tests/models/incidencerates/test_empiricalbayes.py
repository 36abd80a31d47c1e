"""Pooled rates: R, hand-worked numbers, identities, degenerate data, ranks, tests and loud refusals."""

from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import clemency as cl
from clemency import figures
from clemency.models import pooled_rates, rates
from clemency.models.incidencerates import gammapoisson as gp
from clemency.records.errors import DataError, UsageError

mpl.use("Agg")
FOLDER = Path(__file__).resolve().parents[2] / "reference" / "pooling"
DATA = pd.read_csv(FOLDER / "data.csv")
PRIOR = pd.read_csv(FOLDER / "prior.csv").set_index("set")
EXPECTED = pd.read_csv(FOLDER / "expected.csv")
LOGNORMAL = pd.read_csv(FOLDER / "lognormal.csv")
SPELL = {"exit": "months", "event": "act"}
SETS = list(PRIOR.index)


def spells(y, e, names=None):
    """One spell per act, and one more where a group has none."""
    names = [f"g{i:02d}" for i in range(len(y))] if names is None else names
    rows = [(g, t / max(n, 1), int(n > 0)) for g, n, t in zip(names, y, e, strict=True) for _ in range(max(int(n), 1))]
    return pd.DataFrame(rows, columns=["g", "months", "act"])


def of(name):
    part = DATA[DATA["set"] == name]
    return part["y"].to_numpy(dtype=float), part["e"].to_numpy()


def pooled(y, e, names=None, **options):
    return pooled_rates(spells(y, e, names), "g", **{**SPELL, "per": 1.0, "draws": 200, **options})


@pytest.fixture(autouse=True)
def close():
    yield
    mpl.pyplot.close("all")


@pytest.mark.parametrize("name", SETS)
def test_prior_and_its_limits_equal_r(name):
    y, e = of(name)
    prior, expected = gp.fit_prior(y, e), PRIOR.loc[name]
    low, high = gp.profile_limits(y, e, prior, 0.95)
    cv = np.sqrt(gp.profile_limits(y, e, prior, 0.95, relative=True))
    found = [
        prior.mean,
        prior.variance,
        low,
        high,
        np.sqrt(prior.relative),
        *cv,
        prior.ratio,
        prior.p_value,
        prior.loglik,
    ]
    np.testing.assert_allclose(found, expected.to_numpy(dtype=float), rtol=1e-8)


@pytest.mark.parametrize("name", ["provinces", "equal", "few"])
def test_groups_equal_r(name):
    y, e = of(name)
    expected = EXPECTED[EXPECTED["set"] == name]
    plug = pooled(y, e, uncertainty="none")
    columns = ["rate_low", "rate_high", "estimate", "std_error", "ci_low", "ci_high", "shrinkage"]
    theirs = ["rate_low", "rate_high", "plug_estimate", "plug_error", "plug_low", "plug_high", "plug_shrinkage"]
    np.testing.assert_allclose(plug.tidy()[columns], expected[theirs], rtol=1e-8)
    columns, theirs = ["ratio", "ci_low", "ci_high", "p_value", "p_holm", "p_bh"], list(expected.columns[-6:])
    np.testing.assert_allclose(plug.tests()[columns], expected[theirs], rtol=1e-8)
    mixed = pooled(y, e).tidy()[["estimate", "std_error", "ci_low", "ci_high", "shrinkage"]]
    np.testing.assert_allclose(mixed, expected[["mean", "sd", "low", "high", "shrinkage"]], rtol=1e-6)


def test_glance_is_the_prior():
    y, e = of("provinces")
    found = pooled(y, e, uncertainty="none", per=1000.0).glance().iloc[0]
    expected = PRIOR.loc["provinces"]
    assert found["groups"] == 25
    assert found["events"] == y.sum()
    np.testing.assert_allclose(found["person_time"], e.sum())
    np.testing.assert_allclose(found["prior_mean"], 1e3 * expected["mean"])
    np.testing.assert_allclose(found["variance_high"], 1e6 * expected["variance_high"])
    np.testing.assert_allclose(found["p_value"], expected["p_value"])


def test_a_log_normal_prior_tells_the_same_story():
    """Another distribution of rates (lme4): other numbers, near these."""
    theirs = LOGNORMAL[LOGNORMAL["set"] == "provinces"]
    assert abs(PRIOR.loc["provinces", "mean"] / theirs["mean"].iloc[0] - 1) < 0.05
    assert abs(PRIOR.loc["provinces", "cv"] / theirs["cv"].iloc[0] - 1) < 0.2
    ours = EXPECTED.loc[EXPECTED["set"] == "provinces", "plug_estimate"]
    assert np.corrcoef(ours, theirs["mode"])[0, 1] > 0.97


def test_likelihood_by_hand():
    """With shape 1 the counts are geometric: P(y) = q^y (1 - q), q = e m / (1 + e m)."""
    y, e = np.array([0.0, 1.0, 4.0]), np.array([1.0, 2.0, 3.0])
    q = e * 0.5 / (1 + e * 0.5)
    np.testing.assert_allclose(gp.log_likelihood(y, e, 0.5, 1.0), np.sum(y * np.log(q) + np.log(1 - q)), rtol=1e-14)
    np.testing.assert_allclose(gp.log_likelihood(y, e, 0.5, 1e-9), gp.log_likelihood(y, e, 0.5, 0.0), rtol=1e-8)


def test_slope_is_the_derivative():
    y, e = of("few")
    for relative in (1e-3, 0.05, 0.11, 2.0):
        h = relative * 1e-5
        up, down = (gp.log_likelihood(y, e, 0.02, relative + s * h) for s in (1, -1))
        np.testing.assert_allclose(gp._slope(y, e, 0.02, relative), (up - down) / (2 * h), rtol=1e-6)
    np.testing.assert_allclose(gp._slope(y, e, 0.02, 1e-9), gp._slope(y, e, 0.02, 0.0), rtol=1e-6)


@given(st.lists(st.tuples(st.integers(0, 30), st.floats(1, 2000)), min_size=2, max_size=12))
def test_no_prior_is_likelier_than_the_fitted_one(groups):
    y, e = np.array(groups, dtype=float).T
    if not y.any():
        return
    prior = gp.fit_prior(y, e)
    for relative in (0.0, 0.01, 0.3, 3.0):
        other = gp.log_likelihood(y, e, gp.best_mean(y, e, relative), relative)
        assert other <= prior.loglik + 1e-9 * (1 + abs(other))


def test_much_person_time_leaves_each_group_its_own_rate():
    y, e = of("large")
    nodes = gp.prior_nodes(y, e)
    mean, _, share = gp.moments(nodes, y, e)
    np.testing.assert_allclose(mean, y / e, rtol=1e-3)
    assert share.max() < 0.01


def test_no_variance_is_complete_pooling_and_is_said():
    y, e = of("equal")
    found = pooled(y, e, uncertainty="none")
    table = found.tidy()
    np.testing.assert_allclose(table["estimate"], y.sum() / e.sum())
    assert (table["shrinkage"] == 1).all()
    assert (table["expected_rank"] == 4.5).all()
    assert table[["rank_low", "rank_high"]].drop_duplicates().to_numpy().tolist() == [[1, 8]]
    assert found.glance()["p_value"].item() == 1
    for kind in ("none", "integrated", "bootstrap"):
        more = {"replications": 3} if kind == "bootstrap" else {}
        assert "variance between groups is zero" in pooled(y, e, uncertainty=kind, **more).warnings[0]


def test_labels_and_order_only_permute():
    y, e = of("few")
    order = np.array([3, 0, 5, 1, 4, 2])
    one = pooled(y, e).tidy().drop(columns="g").to_numpy()
    other = pooled(y[order], e[order]).tidy().drop(columns="g").to_numpy()
    np.testing.assert_allclose(other, one[order], rtol=1e-9)
    frame = spells(y, e)
    shuffled = pooled_rates(frame.sample(frac=1, random_state=1), "g", **SPELL, per=1.0, draws=200).tidy()
    np.testing.assert_allclose(shuffled.drop(columns="g").to_numpy(), one, rtol=1e-9)


def test_equal_groups_share_their_ranks():
    table = pooled(np.array([3.0, 3, 9, 0]), np.array([100.0, 100, 100, 100])).tidy()
    same = table.loc[:1].drop(columns="g")
    assert same.drop_duplicates().shape[0] == 1
    np.testing.assert_allclose(table["expected_rank"].sum(), 10)
    np.testing.assert_allclose(table[["p_top", "p_bottom"]].sum(), 2)


def test_split_spells_are_whole_spells():
    whole = pd.DataFrame({"g": list("aabbc"), "in": 0.0, "months": [30.0, 8, 44, 9, 70], "act": [1, 1, 0, 1, 1]})
    first = whole.assign(months=whole["months"] / 2, act=0)
    halves = pd.concat([first, whole.assign(**{"in": whole["months"] / 2})])
    one, two = (pooled_rates(d, "g", **SPELL, entry="in", draws=200).tidy() for d in (whole, halves))
    pd.testing.assert_frame_equal(one, two, rtol=1e-9)


def test_bootstrap_averages_over_refitted_priors():
    y, e = of("few")
    prior = gp.fit_prior(y, e)
    nodes = gp.bootstrap_nodes(y, e, prior, 6, np.random.default_rng(5))
    mean, error, share = gp.moments(nodes, y, e)
    each = [(y + r * m) / (e + r) for m, r in zip(nodes.mean, nodes.rate, strict=True)]
    np.testing.assert_allclose(mean, np.mean(each, axis=0))
    known = gp.Nodes(np.array([prior.mean]), np.array([prior.rate]), np.ones(1))
    assert (error > 0).all()
    assert ((share > 0) & (share < 1)).all()
    alone = [gp.quantile(known, y[0], e[0], p) for p in (0.025, 0.975)]
    mixed = [gp.quantile(nodes, y[0], e[0], p) for p in (0.025, 0.975)]
    assert mixed[1] - mixed[0] > 0.9 * (alone[1] - alone[0])
    again, twice = (pooled(y, e, uncertainty="bootstrap", replications=6, seed=5).tidy() for _ in range(2))
    pd.testing.assert_frame_equal(again, twice)


def test_quantiles_are_where_the_mixture_says():
    from scipy import special

    y, e = of("provinces")
    nodes = gp.prior_nodes(y, e)
    q = gp.quantile(nodes, y[0], e[0], 0.3)
    below = nodes.weight @ special.gammainc(y[0] + nodes.rate * nodes.mean, (e[0] + nodes.rate) * q)
    np.testing.assert_allclose(below, 0.3, rtol=1e-8)


def test_expected_events_by_adjustment():
    """Two charges, two prisons: rates 2/100 and 6/100 over all; expectations by hand."""
    d = pd.DataFrame(
        {
            "g": ["a"] * 4 + ["b"] * 4,
            "charge": ["x", "x", "y", "y"] * 2,
            "months": [40.0, 40, 10, 10, 10, 10, 45, 35],
            "act": [1, 0, 1, 1, 1, 0, 1, 0],
        }
    )
    found = pooled_rates(d, "g", **SPELL, adjust="charge", draws=200)
    np.testing.assert_allclose(found.tidy()["expected"], [80 * 0.02 + 20 * 0.03, 20 * 0.02 + 80 * 0.03])
    assert found.unit == "observed / expected"
    given_ = d.assign(due=d["months"] * d["charge"].map({"x": 0.02, "y": 0.03}))
    other = pooled_rates(given_, "g", **SPELL, expected="due", draws=200)
    pd.testing.assert_frame_equal(found.tidy(), other.tidy())
    np.testing.assert_allclose(found.tests()["expected"].sum(), d["act"].sum())


def test_raw_rates_are_those_of_rates():
    y, e = of("few")
    one = pooled(y, e, per=100.0).tidy()
    other = rates(spells(y, e), by="g", **SPELL, per=100.0).tidy()
    np.testing.assert_allclose(one[["rate", "rate_low", "rate_high"]], other[["estimate", "ci_low", "ci_high"]])


def test_nothing_is_dropped_silently():
    d = spells([4, 2, 1], [100.0, 90, 80], ["a", "b", "c"])
    d = pd.concat([d, pd.DataFrame({"g": ["d", None], "months": [0.0, 5], "act": [0, 1]})], ignore_index=True)
    d["g"] = pd.Categorical(d["g"], categories=list("abcde"))
    found = pooled_rates(d, "g", **SPELL, draws=200)
    assert found.tidy()["g"].tolist() == ["a", "b", "c"]
    assert set(found.exclusions["reason"]) == {"missing value", "group without follow-up"}
    assert found.exclusions["first_rows"].iloc[-1] == "d; e"
    assert any("without follow-up: d, e." in w for w in found.warnings)
    d = pd.DataFrame({"g": list("abc"), "s": list("xxy"), "months": [9.0, 8, 7], "act": [1, 1, 0]})
    found = pooled_rates(d, "g", **SPELL, adjust="s", draws=200)
    assert found.exclusions["reason"].tolist() == ["group without expected events"]
    assert "c" in found.exclusions["first_rows"].item()


def test_refusals():
    d = spells([4, 2, 1], [100.0, 90, 80]).assign(due=1.0, s="x")
    for options, message in [
        ({"expected": "due", "adjust": "s"}, "either expected= or adjust="),
        ({"adjust": "g"}, "both a group and adjusted"),
        ({"adjust": "s", "per": 10.0}, "per= has no effect"),
        ({"per": 0.0}, "must be positive"),
        ({"ci_level": 95.0}, "between 0 and 1"),
        ({"uncertainty": "morris"}, "'integrated', 'bootstrap' or 'none'"),
        ({"replications": 50}, "replications="),
        ({"top": 3}, "top=3 must lie between 1 and 2"),
        ({"outcome": "parole"}, "not an event"),
        ({"expected": "gone"}, "no column 'gone'"),
    ]:
        with pytest.raises(UsageError, match=message):
            pooled_rates(d, "g", **SPELL, **options)
    with pytest.raises(UsageError, match="name at least one"):
        pooled_rates(d, [], **SPELL)
    with pytest.raises(UsageError, match="nothing to compare"):
        pooled_rates(d, "s", **SPELL)
    with pytest.raises(DataError, match="no group has an event, in 270 person-time"):
        pooled_rates(d.assign(act=0), "g", **SPELL)
    with pytest.raises(DataError, match="no group has an event, in 270 person-days"):
        pooled_rates(d.assign(act=0), "g", **SPELL, time_unit="days")
    with pytest.raises(DataError, match="expected number"):
        pooled_rates(d.assign(due=-1.0), "g", **SPELL, expected="due")
    with pytest.raises(DataError, match="0 for a row with one"):
        pooled_rates(d.assign(due=0.0), "g", **SPELL, expected="due")


@pytest.mark.parametrize(("gone", "said"), [(1, "Left out: 1 row, missing value (g)."), (3, "Left out: 3 rows")])
def test_rows_without_a_group_are_said(gone, said):
    """They stood in .exclusions alone, and the table of rates did not say that it lacks their events."""
    frame = pd.DataFrame({"g": list("abcdef") * 5, "t": 10.0, "e": [1, 0, 1, 1, 0, 1] * 5})
    whole = pooled_rates(frame, "g", exit="t", event="e", draws=100)
    assert "Left out" not in repr(whole)
    frame.loc[frame.index[:gone], "g"] = None
    found = pooled_rates(frame, "g", exit="t", event="e", draws=100)
    assert said in repr(found)
    assert said in found._repr_html_()


def test_shipped_cohort_and_its_figures():
    outcome = ["sentence_reduction", "medical_parole"]
    made = cl.cohort(cl.load("cases"), cl.load("acts"), outcome=outcome, until="2017-06-30")
    found = cl.pooled_rates(made, "province", outcome=outcome, draws=500)
    table = found.tidy()
    placed = made.spells["province"].notna()
    assert table["events"].sum() == (made.spells["event"].isin(outcome) & placed).sum() > 80
    left = found.exclusions.set_index("reason")["n"]
    assert left.get("missing value", 0) == (~placed).sum()
    assert table["estimate"].between(table["ci_low"], table["ci_high"]).all()
    spread = table["rate"].max() - table["rate"].min()
    assert table["estimate"].max() - table["estimate"].min() < spread
    kept = figures.drawn(found.plot())
    assert kept.frame["estimate"].is_monotonic_decreasing
    assert len(kept.frame) == len(table)
    ax = figures.tile_map(table, "estimate")
    assert len(figures.drawn(ax).frame) == len(cl.load("provinces"))
    assert "Pooled rates" in found._repr_html_()
    assert repr(found).startswith("Pooled rates")
