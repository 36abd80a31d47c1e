"""Imputed covariates: what is known stays, donors are observed values, outcomes count, and refusals."""

import numpy as np
import pandas as pd
import pytest

import clemency as cl
from clemency.inference.imputation import outcome_columns
from clemency.records.errors import DataError, UsageError

FOLLOW = {"exit": "t", "event": "e"}


def sample(n, seed=1, effect=0.7):
    """Time to an event that depends on x and z; x goes missing more often where z is high and the event is seen."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=n)
    x = 0.6 * z + 0.8 * rng.normal(size=n)
    time, stop = rng.exponential(1 / np.exp(effect * x - 0.3 * z)), rng.uniform(0.5, 3, n)
    d = pd.DataFrame({"t": np.minimum(time, stop), "e": (time <= stop).astype(int), "x": x, "z": z})
    gone = rng.random(n) < 1 / (1 + np.exp(1.5 - z - d["e"]))
    return d, d.assign(x=d["x"].mask(gone))


def test_known_values_stay_and_drawn_ones_are_observed():
    _, d = sample(200)
    d["flag"] = (d["z"] > 0).astype(float)
    d.loc[d.index[::9], "flag"] = np.nan
    done = cl.impute_covariates(d, ["x", "flag"], m=3, seed=5, **FOLLOW, using=["z"])
    assert [f["imputation"].iloc[0] for f in done] == [1, 2, 3]
    for f in done:
        assert not f[["x", "flag"]].isna().any().any()
        for name in ("x", "flag"):
            held = d[name].notna()
            assert (f.loc[held, name] == d.loc[held, name]).all()
            assert f[name].isin(d[name].dropna()).all()
        pd.testing.assert_frame_equal(f[["t", "e", "z"]], d[["t", "e", "z"]])
    assert d["x"].isna().any()
    assert not done[0]["x"].equals(done[1]["x"])


def test_seeds_settle_everything():
    _, d = sample(120)
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    one, two, other = (cl.impute_covariates(d, ["x"], m=2, seed=s, **FOLLOW, using=["z"]) for s in (1, 1, 2))
    assert (np.random.get_state()[1] == state).all()  # noqa: NPY002
    for a, b in zip(one, two, strict=True):
        pd.testing.assert_frame_equal(a, b)
    assert not one[0]["x"].equals(other[0]["x"])
    longer = cl.impute_covariates(d, ["x"], m=3, seed=1, **FOLLOW, using=["z"])
    pd.testing.assert_frame_equal(one[1], longer[1])


def test_pooled_effects_are_the_truth_where_blind_draws_are_not():
    _, d = sample(2000, effect=0.4)

    def estimate(frames):
        return cl.pool([cl.cox(f, "x + z", **FOLLOW) for f in frames]).tidy().iloc[0]

    found = estimate(cl.impute_covariates(d, ["x"], m=5, seed=1, **FOLLOW, using=["z"]))
    assert abs(found["estimate"] - 0.4) < 3 * found["std_error"]
    assert found["fmi"] > 0.05
    blind = estimate(cl.impute_covariates(d, ["x"], m=5, seed=1, using=["z"]))
    assert blind["estimate"] < 0.4 - 3 * blind["std_error"]  # drawn without the outcome: towards none


def test_cumulative_hazards_by_hand():
    """At risk: 3 at 2 (the fourth enters at 2), 3 at 4, 2 at 5, 1 at 9."""
    entry, exit = np.array([0.0, 0, 1, 2]), np.array([2.0, 4, 5, 9])
    kinds = np.array([[1.0, 0], [0, 1], [1, 0], [0, 0]])
    found = outcome_columns(entry, exit, kinds)
    np.testing.assert_array_equal(found[:, :2], kinds)
    np.testing.assert_allclose(found[:, 2], [1 / 3, 1 / 3, 1 / 3 + 1 / 2, 1 / 2])
    np.testing.assert_allclose(found[:, 3], [0, 1 / 3, 1 / 3, 1 / 3])


def test_kinds_categories_and_nullable_numbers():
    _, d = sample(150)
    kinds = pd.Categorical.from_codes(d["e"] * (1 + np.arange(150) % 2), ["censored", "act", "death"])
    d = d.assign(e=kinds, start=0.0, place=list("abc") * 50, age=pd.array([30, None, 41, 30, 52] * 30, dtype="Int64"))
    done = cl.impute_covariates(d, ["x", "age"], m=2, seed=1, **FOLLOW, entry="start", using=["z", "place"])
    assert done[0]["age"].dtype == "Int64"
    assert done[0]["age"].isin([30, 41, 52]).all()


@pytest.mark.parametrize(
    ("columns", "more", "message"),
    [
        (["w"], {}, "no column 'w'"),
        ([], {}, "columns= is empty"),
        (["z"], {}, "nothing missing"),
        (["group"], {}, "not numeric .* 0 and 1"),
        (["yes"], {}, "not numeric"),
        (["x"], {"using": ["x"]}, "predict each other"),
        (["x"], {"using": ["group"]}, "'group' has 1 missing values"),
        (["x"], {"event": None}, "exit= and event= together"),
        (["x"], {"exit": None, "event": None, "entry": "z"}, "exit= and event= together"),
        (["x"], {"exit": None, "event": None}, "Nothing to predict from"),
        (["x"], {"m": 1}, "m=1 must be two or more"),
        (["x"], {"event": "z"}, "must be 0/1"),
        (["inf"], {}, "infinite"),
    ],
)
def test_refusals(columns, more, message):
    _, d = sample(60)
    d["group"] = [None, *list("ab") * 29, "c"]
    d["yes"] = [None, *[True, False] * 29, True]
    d["inf"] = [np.nan, *[1.0] * 58, np.inf]
    with pytest.raises(UsageError, match=message):
        cl.impute_covariates(d, columns, **{"m": 2, "seed": 1} | FOLLOW | more)


def test_refuses_split_cases_and_too_few_known_values():
    _, d = sample(60)
    with pytest.raises(UsageError, match="impute before splitting"):
        cl.impute_covariates(d.assign(case_id=np.arange(60) // 2), ["x"], m=2, seed=1, **FOLLOW)
    d.loc[d.index[10:], "x"] = np.nan
    with pytest.raises(DataError, match="known values are too few"):
        cl.impute_covariates(d, ["x"], m=2, seed=1, **FOLLOW, using=["z"])
