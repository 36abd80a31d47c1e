"""The limit of a Cox model: what stays is the model without what runs off."""

import numpy as np
import pandas as pd
import pytest

import clemency as cl
from clemency.findings.steinert.limitcox import limit_cox

T, E = {"exit": "t", "event": "e"}, ["t", "e"]


def people(seed, n=60, groups="abcd"):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "t": rng.integers(1, 25, n).astype(float),
            "e": rng.integers(0, 2, n),
            "x": rng.normal(size=n),
            "z": rng.integers(0, 2, n).astype(float),
            "g": rng.choice(list(groups), n),
        }
    )


def test_with_a_maximum_it_is_the_same_fit():
    d = people(1)
    found, fit = limit_cox(d, "x + z + g", **T), cl.cox(d, "x + z + g", **T)
    wanted = fit.tidy()
    assert found.tidy()[["term", "level"]].equals(wanted[["term", "level"]])
    np.testing.assert_allclose(found.tidy()[["estimate", "std_error"]], wanted[["estimate", "std_error"]], rtol=1e-9)
    assert (found.left, found.n, found.events, len(found.lost)) == (0, len(d), int(d["e"].sum()), 0)
    assert found.loglik == pytest.approx(fit.facts["loglik"])
    assert found.loglik_null == pytest.approx(fit.facts["loglik_null"])


def test_a_level_without_events_leaves_with_its_rows():
    d = people(2)
    d.loc[d["g"] == "c", "e"] = 0
    found = limit_cox(d, "x + z + g", **T)
    rest = cl.cox(d[d["g"] != "c"], "x + z + g", **T)
    assert found.lost.to_numpy().tolist() == [["g", "c"]]
    seen = d["t"] >= d.loc[d["e"] == 1, "t"].min()
    assert found.left == (seen & (d["g"] == "c")).sum()
    assert not any(found.contrast)
    np.testing.assert_allclose(found.tidy()["estimate"], rest.tidy()["estimate"], rtol=1e-8)
    assert found.loglik == pytest.approx(rest.facts["loglik"])
    assert found.n == len(d)


def test_a_reference_without_events_leaves_too():
    d = people(3)
    d.loc[d["g"] == "a", "e"] = 0
    found = limit_cox(d, "x + z + g", **T)
    rest = cl.cox(d[d["g"] != "a"], "x + z + g", **T)
    kept = found.tidy()[~np.array(found.contrast)]
    np.testing.assert_allclose(kept["estimate"], rest.tidy()["estimate"].iloc[:2], rtol=1e-8)
    assert kept["term"].tolist() == ["x", "z"]
    assert found.loglik == pytest.approx(rest.facts["loglik"])


def test_a_group_within_a_group_without_other_events_leaves_a_difference():
    # All of province d are of the sect, and the sect has events there only: each coefficient runs off, not their sum.
    d = people(4, 80)
    d["sect"] = ((d["g"] == "d") | ((d["g"] == "b") & (d["z"] == 1))).astype(float)
    d.loc[(d["sect"] == 1) & (d["g"] != "d"), "e"] = 0
    found = limit_cox(d, "x + sect + g", **T)
    rest = cl.cox(d[(d["sect"] == 0) | (d["g"] == "d")], "x + g", **T).tidy()
    ours = found.tidy()
    np.testing.assert_allclose(ours.loc[~np.array(found.contrast), "estimate"], rest["estimate"].iloc[:3], rtol=1e-8)
    assert ours.loc[np.array(found.contrast), "estimate"].to_numpy() == pytest.approx(rest["estimate"].iloc[3])


@pytest.mark.parametrize("seed", range(8))
def test_the_likelihood_is_the_supremum(seed):
    d = people(10 + seed, 30, "abcdefghij")
    if seed == 6:  # here the event times themselves are separated
        with pytest.raises(cl.DataError, match="some risk sets"):
            limit_cox(d, "x + z + g", **T)
        return
    found = limit_cox(d, "x + z + g", **T)
    ridges = [cl.cox(d, "x + z + g", penalty=p, **T).facts["loglik"] for p in (1e-3, 1e-5, 1e-7)]
    assert ridges == sorted(ridges)
    assert ridges[-1] <= found.loglik + 1e-9
    assert found.loglik - ridges[-1] < 1e-4


def test_strata_and_weights():
    d = people(5, 120).assign(w=lambda f: 1 + f.index % 3, s=lambda f: f.index % 2)
    d.loc[d["g"] == "c", "e"] = 0
    found = limit_cox(d, "x + g", strata=("s",), weights="w", **T)
    rest = cl.cox(d[d["g"] != "c"], "x + g", strata="s", weights="w", **T)
    np.testing.assert_allclose(found.tidy()["estimate"], rest.tidy()["estimate"], rtol=1e-8)
    assert found.loglik == pytest.approx(rest.facts["loglik"])


def test_two_ways_of_clustering():
    d = people(6, 120).assign(a=lambda f: f.index % 11, b=lambda f: f.index % 13)
    ours = limit_cox(d, "x + z", cluster=("a", "b"), **T)
    wanted = cl.cox(d, "x + z", cluster=("a", "b"), **T)
    np.testing.assert_allclose(ours.tidy()["std_error"], wanted.tidy()["std_error"], rtol=1e-9)


def test_order_of_rows_does_not_matter():
    d = people(7)
    d.loc[d["g"] == "b", "e"] = 0
    one, other = (limit_cox(f, "x + g", **T) for f in (d, d.sample(frac=1, random_state=1)))
    np.testing.assert_allclose(one.tidy()["estimate"], other.tidy()["estimate"], rtol=1e-8)


def test_separated_event_times_are_refused():
    d = pd.DataFrame({"t": [1.0, 2, 3, 4, 5], "e": 1, "x": [5.0, 4, 3, 2, 1]})
    with pytest.raises(cl.DataError, match="leave some risk sets and stay in others"):
        limit_cox(d, "x", **T)
    with pytest.raises(cl.DataError, match="no coefficient is left"):
        limit_cox(pd.DataFrame({"t": [1.0, 2, 3], "e": [1, 1, 0], "x": [0.0, 0, 1]}), "x", **T)
