"""Imputed covariates: what is known stays, donors are observed values, outcomes count, and refusals."""

import numpy as np
import pandas as pd
import pytest

import clemency as cl
from clemency.inference.chains import Gap, chain, matched, multinomial
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
    assert len(one) == 2
    for a, b in zip(one, two, strict=True):
        pd.testing.assert_frame_equal(a, b)
    assert not one[0]["x"].equals(other[0]["x"])
    longer = cl.impute_covariates(d, ["x"], m=3, seed=1, **FOLLOW, using=["z"])
    pd.testing.assert_frame_equal(one[1], longer[1])


def test_pooled_effects_are_the_truth_where_blind_draws_are_not():
    _, d = sample(4000, effect=0.4)

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
        (["day"], {}, "does not hold numbers"),
        (["mixed"], {}, "does not hold numbers"),
        (["empty"], {}, "no known value"),
        (["same"], {}, "one known value only"),
        (["x"], {"using": ["now"]}, "holds dates"),
        (["x"], {"seed": None}, "seed=None"),
        (["x"], {"seed": -1}, "seed=-1"),
        (["x"], {"using": ["x"]}, "predict each other"),
        (["x"], {"using": ["group"]}, "'group' has 1 missing values"),
        (["x"], {"event": None}, "exit= and event= together"),
        (["x"], {"exit": None, "event": None, "entry": "z"}, "exit= and event= together"),
        (["x"], {"exit": None, "event": None}, "Nothing to predict from"),
        (["x"], {"m": 1}, "m=1 must be two or more"),
        (["inf"], {}, "infinite"),
    ],
)
def test_refusals(columns, more, message):
    _, d = sample(60)
    d["group"] = [None, *list("ab") * 29, "c"]
    d["day"], d["now"] = pd.Timestamp("2001-01-01"), pd.Timestamp("2001-01-01")
    d.loc[0, "day"] = pd.NaT
    d["mixed"] = pd.Series([None, *[1, 2] * 29, 3], dtype=object)
    d["empty"], d["same"] = np.nan, [None, *["a"] * 59]
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


def test_a_multinomial_logit_is_that_of_statsmodels():
    from statsmodels.discrete.discrete_model import MNLogit

    rng = np.random.default_rng(2)
    X = np.column_stack([np.ones(4000), rng.normal(size=(4000, 2))])
    true = np.array([[0.3, 1.0, -0.5], [-0.4, 0.2, 0.8]])
    eta = np.column_stack([np.zeros(4000), X @ true.T]) + rng.gumbel(size=(4000, 3))
    code = eta.argmax(axis=1)
    beta, root = multinomial(code, X, 3)
    found = MNLogit(code, X).fit(disp=0)
    error = np.asarray(found.bse).T
    # The prior, of standard deviation 2.5, moves the mode by about the share of its curvature: next to nothing.
    np.testing.assert_allclose(beta, np.asarray(found.params).T, atol=1e-2 * error.max())
    covariance = np.linalg.inv(root @ root.T)
    np.testing.assert_allclose(np.sqrt(np.diag(covariance)).reshape(2, 3), error, rtol=2e-3)


def test_rare_and_separated_categories_have_finite_coefficients():
    x = np.r_[np.zeros(30), np.ones(30)]
    beta, _ = multinomial((x > 0).astype(int) + np.r_[np.zeros(59, int), 1], np.column_stack([np.ones(60), x]), 3)
    assert np.isfinite(beta).all()
    assert np.abs(beta).max() < 15


def test_categories_are_drawn_as_often_as_among_those_alike():
    """With one yes/no predictor the share drawn of each category is that of the known ones with the same answer."""
    rng = np.random.default_rng(3)
    x = rng.integers(0, 2, 6000)
    share = np.array([[0.6, 0.3, 0.1], [0.2, 0.3, 0.5]])
    code = (rng.random((6000, 1)) > np.cumsum(share, axis=1)[x][:, :2]).sum(axis=1).astype(float)
    gone = rng.random(6000) < np.where(x == 1, 0.6, 0.2)
    full = [
        chain([Gap(np.where(gone, np.nan, code), gone, 3)], (x[:, None] - x.mean()) / x.std(), rng, 1)[0]
        for _ in range(40)
    ]
    for v in (0, 1):
        for k in range(3):
            known = np.mean(code[~gone & (x == v)] == k)
            drawn = np.mean([np.mean(f[gone & (x == v)] == k) for f in full])
            n, m = (~gone & (x == v)).sum(), 40 * (gone & (x == v)).sum()
            assert abs(drawn - known) < 4 * np.sqrt(known * (1 - known) * (1 / (40 * n) + 1 / m))


def test_donors_are_the_nearest_predictions():
    """With a predictor of five well separated values every donor has the value of the one that lacks a number."""
    rng = np.random.default_rng(4)
    group = np.repeat(np.arange(5), 40)
    y = 100.0 * group + rng.random(200)
    missing = rng.random(200) < 0.3
    drawn = matched(np.where(missing, np.nan, y), (group[:, None] - 2.0) / np.sqrt(2), missing, rng)
    np.testing.assert_array_equal(drawn // 100, group[missing])
    assert len(np.unique(drawn)) > 20


def placed(n, seed):
    """Time to an act that depends on a place of three kinds and on z; the place goes missing by z and the act."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=n)
    odds = np.column_stack([np.zeros(n), 0.8 * z, -0.5 + 0.5 * z]) + rng.gumbel(size=(n, 3))
    place = np.array(["a", "b", "c"])[odds.argmax(axis=1)]
    hazard = np.exp(0.5 * (place == "b") - 0.5 * (place == "c") - 0.3 * z)
    time, stop = rng.exponential(1 / hazard), rng.uniform(0.5, 3, n)
    d = pd.DataFrame({"t": np.minimum(time, stop), "e": (time <= stop).astype(int), "z": z})
    gone = rng.random(n) < 1 / (1 + np.exp(1.2 - z - 1.5 * d["e"]))
    return d, pd.Series(place), gone


def test_effects_of_imputed_categories_are_the_truth_where_known_cases_alone_are_not():
    d, place, gone = placed(3000, 5)
    assert 0.3 < gone.mean() < 0.5
    done = cl.impute_covariates(d.assign(place=place.mask(gone)), ["place"], m=5, seed=1, **FOLLOW, using=["z"])
    found = cl.pool([cl.cox(f, "place + z", **FOLLOW) for f in done]).tidy()
    for row, true in zip(found.itertuples(), (0.5, -0.5, -0.3), strict=True):
        assert abs(row.estimate - true) < 3 * row.std_error
    alone = cl.cox(d.assign(place=place.mask(gone)), "place + z", **FOLLOW).tidy().set_index("term")
    assert abs(alone.loc["z", "estimate"] + 0.3) > 3 * alone.loc["z", "std_error"]


@pytest.mark.parametrize(
    "kind",
    ["category", "ordered", "string", "object", "boolean", "yes"],
)
def test_categories_of_any_kind_keep_it(kind):
    d, place, gone = placed(300, 6)
    levels = ["c", "unused", "a", "b"]
    made = {
        "category": place.astype(pd.CategoricalDtype(levels)),
        "ordered": place.astype(pd.CategoricalDtype(levels, ordered=True)),
        "string": place.astype("string"),
        "object": place.astype(object),
        "boolean": (place == "a").astype("boolean"),
        "yes": (place == "a").astype(object),
    }[kind].mask(gone)
    number = d["z"].mask(np.arange(300) % 7 == 0)
    data = d.assign(place=made, number=number).set_axis(np.arange(300) // 2)
    done = cl.impute_covariates(data, ["place", "number"], m=2, seed=1, **FOLLOW, using=["z"])
    again = cl.impute_covariates(data, ["place", "number", "place"], m=2, seed=1, **FOLLOW, using=["z"])
    assert len(done) == 2
    for f, g in zip(done, again, strict=True):
        assert f["place"].dtype == made.dtype
        assert not f[["place", "number"]].isna().any().any()
        assert set(f["place"]) <= set(made.dropna())
        assert (f["place"].to_numpy()[~gone] == made.to_numpy()[~gone]).all()
        pd.testing.assert_frame_equal(f, g)


def test_events_are_those_of_the_models():
    """A category whose first level is not censoring was taken the wrong way round."""
    _, d = sample(150)
    plain = cl.impute_covariates(d, ["x"], m=2, seed=1, **FOLLOW, using=["z"])
    assert len(plain) == 2
    for kind in ("category", "string", "object"):
        event = d["e"].map({0: "censored", 1: "act"}).astype(kind)  # "act" is the first category
        again = cl.impute_covariates(d.assign(e=event), ["x"], m=2, seed=1, **FOLLOW, using=["z"])
        for f, g in zip(plain, again, strict=True):
            pd.testing.assert_series_equal(f["x"], g["x"])
    with pytest.raises(DataError, match="in 1 row"):
        cl.impute_covariates(d.assign(t=[-1.0, *d["t"][1:]]), ["x"], m=2, seed=1, **FOLLOW, using=["z"])
    with pytest.raises(DataError, match="not a number"):
        cl.impute_covariates(d.assign(t="soon"), ["x"], m=2, seed=1, **FOLLOW, using=["z"])


def test_columns_twice_and_lists_in_cells_are_refused_by_name():
    frame = pd.DataFrame(
        {"t": range(1, 21), "e": [1, 0] * 10, "z": [np.nan, 1.0] * 10, "x": range(20), "case_id": range(20)}
    )
    call = {"m": 2, "seed": 1, "exit": "t", "event": "e"}
    for name in ("z", "x", "t", "e", "case_id"):
        twice = pd.concat([frame, frame[[name]]], axis=1)
        with pytest.raises(UsageError, match=f"there are 2 columns '{name}'"):
            cl.impute_covariates(twice, ["z"], using=["x"], **call)
    for value in ([1, 2], {1}):
        odd = frame.assign(x=[value] + ["a"] * 19)
        with pytest.raises(cl.ClemencyError, match="in a cell is no level"):
            cl.impute_covariates(odd, ["z"], using=["x"], **call)
