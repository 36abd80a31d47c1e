"""Pooled shares against R (tests/reference/shares.R), by hand, and what is refused."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import special

import clemency as cl
from clemency.models.incidencerates import betabinomial as bb
from clemency.models.incidencerates.pooledshares import pooled_shares
from clemency.records.errors import DataError, UsageError

FOLDER = Path(__file__).resolve().parents[2] / "reference" / "shares"
EXPECTED, BELOW = pd.read_csv(FOLDER / "expected.csv"), pd.read_csv(FOLDER / "below.csv")
PRIOR = pd.read_csv(FOLDER / "prior.csv").set_index("set")
SETS = list(PRIOR.index)


def of(name):
    part = EXPECTED[EXPECTED["set"] == name]
    return pd.DataFrame({"board": [f"b{k}" for k in part["group"]], "grants": part["y"], "hearings": part["n"]})


@pytest.fixture(scope="module")
def found():
    return {name: pooled_shares(of(name), "board", count="grants", trials="hearings") for name in SETS}


@pytest.mark.parametrize("name", SETS)
def test_estimates_equal_r(name, found):
    """R's grid ends where less than 1e-6 of the weight is left."""
    table, part = found[name].tidy(), EXPECTED[EXPECTED["set"] == name]
    for column in ("estimate", "std_error", "shrinkage"):
        np.testing.assert_allclose(table[column], part[column], rtol=1e-6)
    glance, prior = found[name].glance().iloc[0], PRIOR.loc[name]
    np.testing.assert_allclose(glance[["prior_mean", "correlation"]].astype(float), prior.iloc[:2], rtol=1e-6)
    assert glance["lr"] == pytest.approx(prior["ratio"], rel=1e-8)


@pytest.mark.parametrize("name", SETS)
def test_limits_equal_r(name):
    """Quantiles at chances that R has integrated adaptively are the shares that it integrated up to."""
    data = of(name)
    y, n = (data[c].to_numpy(dtype=float) for c in ("grants", "hearings"))
    nodes = bb.share_nodes(y, n)
    for r in BELOW[BELOW["set"] == name].itertuples():
        at = bb.share_quantile(nodes, y[r.group - 1], n[r.group - 1], r.below)
        assert at == pytest.approx(r.p, rel=1e-6)


def test_limits_are_quantiles_and_raw_shares_have_exact_ones(found):
    table = found["boards"].tidy()
    row = table.iloc[0]
    assert (table["ci_low"] < table["estimate"]).all()
    assert (table["estimate"] < table["ci_high"]).all()
    assert row[["granted", "decisions", "share"]].tolist() == [3, 20, 0.15]
    low, high = special.betaincinv(3, 18, 0.025), special.betaincinv(4, 17, 0.975)
    assert row[["share_low", "share_high"]].tolist() == pytest.approx([low, high])


def test_a_known_prior_by_hand():
    """Beta(2, 6) and 3 of 4 make Beta(5, 7)."""
    nodes = bb.ShareNodes(np.array([2.0]), np.array([6.0]), np.ones(1), np.zeros(1, dtype=bool), (1.0, 1.0))
    mean, error, weight = bb.share_moments(nodes, np.array([3.0]), np.array([4.0]))
    assert mean[0] == pytest.approx(5 / 12)
    assert error[0] == pytest.approx(np.sqrt(5 * 7 / (12**2 * 13)))
    assert weight[0] == pytest.approx(8 / 12)
    assert bb.share_quantile(nodes, 3.0, 4.0, 0.1) == pytest.approx(special.betaincinv(5, 7, 0.1), rel=1e-10)
    log = bb.log_likelihood(np.array([3.0]), np.array([4.0]), special.logit(np.array([0.25])), np.array([8.0]))
    assert log[0] == pytest.approx(special.betaln(5, 7) - special.betaln(2, 6))


def test_single_decisions_are_totals_and_order_does_not_matter(found):
    data = of("few")
    each = [(b, v) for b, y, n in data.itertuples(index=False) for v in [True] * y + [False] * (n - y)]
    rows = pd.DataFrame(each, columns=["board", "granted"]).sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(pooled_shares(rows, "board", granted="granted").tidy(), found["few"].tidy())
    holes = pd.concat([rows, pd.DataFrame({"board": ["b1", None], "granted": [None, True]})], ignore_index=True)
    told = pooled_shares(holes, "board", granted="granted")
    assert told.glance()["excluded"].item() == 2
    np.testing.assert_allclose(told.tidy()["estimate"], found["few"].tidy()["estimate"], rtol=1e-12)
    assert "Left out: 1 row, missing value (granted)." in told.warnings


def test_no_more_spread_than_chance_and_none_granted(found):
    assert found["equal"].glance()["p_value"].item() == 1
    assert any("no more than by chance" in w for w in found["equal"].warnings)
    none = pooled_shares({"g": ["a", "b"], "y": [0, 0], "n": [5, 50]}, "g", count="y", trials="n").tidy()
    assert (none["estimate"] > 0).all()
    assert none["estimate"][0] > none["estimate"][1]
    assert "Pooled shares" in repr(found["equal"])
    assert "95% limits" in found["equal"]._repr_html_()


def test_large_totals_keep_their_own_shares():
    data = {"g": ["a", "b", "c"], "y": [600_000, 500_000, 3_000_000], "n": [1_000_000, 1_000_000, 4_000_000]}
    table = pooled_shares(data, "g", count="y", trials="n").tidy()
    assert (table["shrinkage"] < 1e-4).all()
    assert ((table["estimate"] - table["share"]).abs() < 0.25 * table["shrinkage"]).all()  # as far as they lie apart
    width, raw = table["ci_high"] - table["ci_low"], table["share_high"] - table["share_low"]
    np.testing.assert_allclose(width, raw, rtol=2e-3)


def test_refusals():
    data = of("few")
    totals = {"count": "grants", "trials": "hearings"}
    cases = (
        (lambda: pooled_shares(data, "board"), UsageError, "name granted="),
        (lambda: pooled_shares(data, "board", count="grants"), UsageError, "both count= and trials="),
        (lambda: pooled_shares(data, "board", granted="grants", **totals), UsageError, "leave one out"),
        (lambda: pooled_shares(data, "board", count="grants", trials="grants"), UsageError, "named twice"),
        (lambda: pooled_shares(data.iloc[:1], "board", **totals), UsageError, "nothing to compare"),
        (lambda: pooled_shares(data.rename(columns={"board": "share"}), "share", **totals), UsageError, "result too"),
        (lambda: pooled_shares(data.assign(grants=9), "board", **totals), DataError, "more than the decisions"),
        (lambda: pooled_shares(data.assign(grants=0.5), "board", **totals), DataError, "whole number"),
        (lambda: pooled_shares(data.assign(hearings=0, grants=0), "board", **totals), DataError, "no decision"),
        (
            lambda: pooled_shares(data.assign(x=[1, 2, 0]), "board", granted="x"),
            DataError,
            "row 1, x, '2': neither yes nor",
        ),
        (lambda: cl.pooled_shares(data, "board", **totals, ci_level=95), UsageError, "ci_level"),
    )
    for call, error, said in cases:
        with pytest.raises(error, match=said):
            call()


def test_decisions_are_yes_or_no_and_no_end_of_a_spell():
    rows = pd.DataFrame({"board": [*"aabb"], "granted": ["yes", "no", "no", "yes"]})
    plain = cl.pooled_shares(rows, "board", granted="granted").tidy()
    assert plain.equals(cl.pooled_shares(rows.assign(granted=[1, 0, 0, 1]), "board", granted="granted").tidy())
    with pytest.raises(DataError, match=r"row 1, granted, 'denied': neither yes nor no\. Give 1 for a grant") as caught:
        cl.pooled_shares(rows.assign(granted=["yes", "denied", "no", "yes"]), "board", granted="granted")
    assert "censor" not in str(caught.value)


def test_all_granted_is_all_denied_upside_down():
    rows = pd.DataFrame({"board": [*"abc"], "grants": 2, "hearings": 2})
    all_, none = (
        cl.pooled_shares(rows.assign(grants=k), "board", count="grants", trials="hearings").tidy() for k in (2, 0)
    )
    np.testing.assert_allclose(all_["estimate"], 1 - none["estimate"], rtol=1e-10)
    np.testing.assert_allclose(all_["ci_low"], 1 - none["ci_high"], rtol=1e-8)
    assert (all_["ci_high"] == 1).all()
