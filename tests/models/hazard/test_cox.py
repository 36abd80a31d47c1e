"""Cox's model against R's survival (tests/reference/cox.R), by identities, and where it must refuse."""

import copy
import pickle
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from coxfits import CLUSTERS, EVENT_TIMES, FITS, TIMES, TOLERANCE, FakeCohort, matrix, read, refit, small
from hypothesis import given, settings
from hypothesis import strategies as st

from clemency.models.hazard.cox import cox
from clemency.records.errors import DataError, UsageError

pytestmark = pytest.mark.usefixtures("sums")


@pytest.mark.parametrize("name", FITS)
def test_coefficients_variances_and_likelihoods_equal_r(name, expected):
    fit = refit(name)
    np.testing.assert_allclose(fit.coefficients, expected(name, "coef"), **TOLERANCE)
    np.testing.assert_allclose(fit.covariance, matrix(expected(name, "var")), **TOLERANCE)
    loglik = fit.glance().loc[0, ["loglik_null", "loglik"]].astype(float)
    np.testing.assert_allclose(loglik, expected(name, "loglik"), rtol=1e-11)
    if name.startswith("mixed"):  # its weights are no numbers of cases
        assert np.isnan(fit.summary["score"])
    else:
        np.testing.assert_allclose(fit.summary["score"], expected(name, "score_test"), rtol=1e-8)
    np.testing.assert_allclose(fit.summary["wald"], expected(name, "wald_test"), rtol=1e-7)
    np.testing.assert_allclose(fit.with_variance(robust=True).covariance, matrix(expected(name, "robust")), **TOLERANCE)


@pytest.mark.parametrize("name", [f for f in FITS if f.split("_")[0] in CLUSTERS])
def test_cluster_variance_equals_r(name, expected):
    column = CLUSTERS[name.split("_")[0]]
    fit = refit(name, cluster=column, robust=None)
    assert fit.variance == f"cluster: {column}"
    np.testing.assert_allclose(fit.covariance, matrix(expected(name, "cluster")), **TOLERANCE)
    np.testing.assert_allclose(fit.summary["wald"], expected(name, "cluster_wald"), rtol=1e-7)
    np.testing.assert_allclose(refit(name).with_variance(cluster=column).covariance, fit.covariance, rtol=1e-13)


def test_two_way_clusters_are_both_less_the_intersection(expected):
    fit = cox(read("mixed"), "x + g", exit="exit", event="event", entry="entry", cluster=["c", "c2"])
    np.testing.assert_allclose(fit.covariance, matrix(expected("mixed_two_way", "cluster")), **TOLERANCE)


@pytest.mark.parametrize(
    ("name", "data", "penalty"),
    [("rossi_ridges", "rossi_efron", {"fin": 2.0, "prio": 50}), ("mixed_ridges", "mixed_efron", {"g": 3})],
)
def test_ridges_of_single_terms_equal_r(name, data, penalty, expected):
    more = {"offset": None, "weights": None} if data.startswith("mixed") else {}
    fit = refit(data, penalty=penalty, **more)
    np.testing.assert_allclose(fit.coefficients, expected(name, "coef"), **TOLERANCE)
    np.testing.assert_allclose(fit.covariance, matrix(expected(name, "var")), **TOLERANCE)
    assert fit.glance()["likelihood_ratio"].isna().item()


def test_a_ridge_of_some_terms_leaves_the_others_as_they_are():
    whole = refit("rossi_efron")
    np.testing.assert_allclose(refit("rossi_efron", penalty={"fin": 0.0}).coefficients, whole.coefficients, rtol=1e-8)
    same = refit("rossi_efron", penalty=2.0).coefficients
    every = refit("rossi_efron", penalty=dict.fromkeys(("fin", "age", "prio"), 2.0))
    np.testing.assert_allclose(every.coefficients, same, rtol=1e-10)
    held = refit("rossi_efron", penalty={"fin": 1e9})
    without = cox(read("rossi"), "age + prio", **EVENT_TIMES["rossi"])
    np.testing.assert_allclose(held.coefficients[1:], without.coefficients, rtol=1e-6)
    for wrong, said in (
        ({"sex": 1.0}, "names 'sex', which is no term of the formula; there are: fin, age, prio"),
        ({"fin": -1.0}, "a number of zero or more"),
        ({"fin": True}, "a number of zero or more"),
        ({}, "a number of zero or more"),
    ):
        with pytest.raises(UsageError, match=said):
            refit("rossi_efron", penalty=wrong)


def test_separation_is_seen_beside_a_ridge():
    d = pd.DataFrame({"t": range(1, 13), "e": [1] * 6 + [0] * 6, "x": [1] * 6 + [0] * 6, "z": [1.0, 3, 2, 4, 2, 1] * 2})
    with pytest.raises(DataError, match="rises for ever"):
        cox(d, "x + z", exit="t", event="e", penalty={"z": 1.0})
    assert np.isfinite(cox(d, "x + z", exit="t", event="e", penalty={"x": 1.0}).coefficients).all()


def test_ridge_equals_r(expected):
    fit = refit("rossi_efron", penalty=2)
    np.testing.assert_allclose(fit.coefficients, expected("rossi_ridge", "coef"), **TOLERANCE)
    np.testing.assert_allclose(fit.covariance, matrix(expected("rossi_ridge", "var")), **TOLERANCE)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_split_spells_give_the_same_fit(seed):
    frame = small(seed)
    cut = (frame["entry"] + frame["exit"]) / 2
    split = pd.concat([frame.assign(exit=cut, event=False), frame.assign(entry=cut)])
    whole = cox(frame, "x + z", **TIMES, cluster="id")
    parts = cox(split, "x + z", **TIMES, cluster="id")
    np.testing.assert_allclose(parts.coefficients, whole.coefficients, rtol=1e-8)
    np.testing.assert_allclose(parts.covariance, whole.covariance, rtol=1e-8)
    np.testing.assert_allclose(parts.model_covariance, whole.model_covariance, rtol=1e-8)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_weight_two_is_a_row_twice_under_breslow(seed):
    frame = small(seed).assign(w=lambda d: 1 + (d["z"] > 0))
    twice = frame.loc[frame.index.repeat(frame["w"])]
    weighted = cox(frame, "x + z", **TIMES, weights="w", ties="breslow")
    repeated = cox(twice, "x + z", **TIMES, ties="breslow")
    np.testing.assert_allclose(weighted.coefficients, repeated.coefficients, rtol=1e-8)
    np.testing.assert_allclose(weighted.covariance, repeated.covariance, rtol=1e-8)
    clustered = cox(twice, "x + z", **TIMES, ties="breslow", cluster="id").covariance
    np.testing.assert_allclose(weighted.with_variance(cluster="id").covariance, clustered, rtol=1e-8)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_order_type_and_container_do_not_matter(seed):
    frame = small(seed)
    fit = cox(frame, "x + z", **TIMES).tidy()
    mixed = frame.sample(frac=1, random_state=seed)
    kinds = frame.astype({"entry": "int32", "exit": "Int64", "event": "boolean", "z": "float32"})
    for other in (mixed, kinds, frame.to_dict("list"), frame.to_records(index=False)):
        pd.testing.assert_frame_equal(cox(other, "x + z", **TIMES).tidy(), fit, rtol=1e-9, atol=1e-10)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_two_strata_with_their_own_effects_are_two_fits(seed):
    frame = small(seed, 60).assign(u=lambda d: d["x"] * (d["s"] == "u"), v=lambda d: d["x"] * (d["s"] == "v"))
    both = cox(frame, "u + v", **TIMES, strata="s")
    for j, s in enumerate("uv"):
        alone = cox(frame[frame["s"] == s], "x", **TIMES)
        np.testing.assert_allclose(both.coefficients[j], alone.coefficients[0], rtol=1e-8, atol=1e-10)
        np.testing.assert_allclose(both.covariance[j, j], alone.covariance[0, 0], rtol=1e-8)


def test_labels_permuted_permute_the_results():
    frame = small(3).assign(g=lambda d: d["z"].map({0: "a", 1: "b", 2: "c"}))
    fit = cox(frame, "x + g", **TIMES).tidy().set_index(["term", "level"])["estimate"]
    swapped = frame.assign(g=frame["g"].map({"a": "b", "b": "a", "c": "c"}))
    other = cox(swapped, "x + g", **TIMES).tidy().set_index(["term", "level"])["estimate"]
    assert other["g", "b"] == pytest.approx(-fit["g", "b"], rel=1e-9)
    assert other["g", "c"] == pytest.approx(fit["g", "c"] - fit["g", "b"], rel=1e-9)
    assert other["x", ""] == pytest.approx(fit["x", ""], rel=1e-9)


def test_hand_worked_partial_likelihood():
    # three events, one covariate: the score equation is 1/(1+2r) + ... ; here x separates no one
    frame = pd.DataFrame({"t": [1, 2, 3], "d": [1, 1, 0], "x": [0, 1, 0]})
    fit = cox(frame, "x", exit="t", event="d")
    # L(r) = 1/(2 + r) * r/(1 + r) is greatest at r = sqrt(2)
    assert fit.coefficients[0] == pytest.approx(np.log(2) / 2, rel=1e-9)
    root = np.sqrt(2)
    assert fit.summary["loglik"] == pytest.approx(np.log(root / ((2 + root) * (1 + root))), rel=1e-12)


def test_cause_specific_model_censors_the_other_ends():
    frame = small(5).assign(end=lambda d: np.where(d["event"], np.where(d["z"] == 1, "death", "act"), "censored"))
    fit = cox(frame, "x", exit="exit", event="end", entry="entry", outcome="act")
    recoded = cox(frame.assign(a=frame["end"] == "act"), "x", exit="exit", event="a", entry="entry")
    np.testing.assert_array_equal(fit.coefficients, recoded.coefficients)
    assert "act" in fit.model
    either = cox(frame, "x", exit="exit", event="end", entry="entry", outcome=["act", "death"])
    np.testing.assert_array_equal(either.coefficients, cox(frame, "x", **TIMES).coefficients)
    with pytest.raises(UsageError, match="outcome="):
        cox(frame, "x", exit="exit", event="end", entry="entry")


def test_a_cohort_supplies_columns_and_clusters_on_people():
    frame = small(6).assign(person_id=lambda d: d["id"] // 2, case_id=lambda d: d["id"])
    fit = cox(FakeCohort(frame), "x")
    named = cox(frame, "x", **TIMES, cluster="person_id")
    pd.testing.assert_frame_equal(fit.tidy(), named.tidy())
    assert fit.variance == "cluster: person_id"
    assert cox(FakeCohort(frame), "x", robust=False).variance == "model"
    assert cox(FakeCohort(frame.assign(person_id=frame["id"])), "x").variance == "model"
    assert fit.summary["n_cases"] == 40


def test_the_table_and_its_ratios():
    fit = refit("gbsg2", ci_level=0.9)
    table, ratios = fit.tidy(), fit.tidy(exponentiate=True)
    assert list(table.columns) == [
        *("term", "level", "estimate", "std_error", "statistic", "p_value", "ci_low", "ci_high")
    ]
    assert list(zip(table["term"], table["level"], strict=True)) == [
        ("horTh", "yes"),
        ("age", ""),
        ("tgrade", "II"),
        ("tgrade", "III"),
        ("pnodes", ""),
    ]
    np.testing.assert_allclose(ratios["estimate"], np.exp(table["estimate"]))
    np.testing.assert_allclose(ratios["ci_high"], np.exp(table["ci_high"]))
    np.testing.assert_allclose(table["ci_high"] - table["estimate"], 1.6448536269514722 * table["std_error"])
    assert fit.glance().loc[0, "events"] == 299
    assert "tgrade: III" in fit._repr_html_()
    assert "horTh" in repr(fit)


def test_through_formulaic_names_and_numbers_agree():
    frame = read("gbsg2")
    plain = cox(frame, "tgrade + age", exit="time", event="cens")
    formal = cox(frame, "C(tgrade) + I(age * 1.0)", exit="time", event="cens")
    np.testing.assert_allclose(formal.coefficients, plain.coefficients, rtol=1e-10)
    assert formal.levels == ("II", "III", "")
    crossed = cox(frame, "tgrade * horTh", exit="time", event="cens").tidy()
    assert ("tgrade:horTh", "II:yes") in set(zip(crossed["term"], crossed["level"], strict=True))


def test_rare_levels_are_marked():
    frame = small(8, 60).assign(g=lambda d: np.where(d["id"] < 4, "rare", "usual"))
    frame.loc[frame["id"] == 2, "event"] = True
    fit = cox(frame, "x + g", **TIMES)
    assert list(fit.warnings["level"]) == ["rare"]
    assert "*" in fit._repr_html_()
    absent = frame.assign(g=pd.Categorical(frame["g"], categories=["usual", "rare", "never"]))
    assert "never" in set(cox(absent, "x + g", **TIMES).warnings["level"])


def test_exclusions_are_shown():
    frame = small(9)
    frame.loc[3, "x"] = np.nan
    frame.loc[5, "exit"] = frame.loc[5, "entry"]
    fit = cox(frame, "x", **TIMES)
    assert fit.exclusions["n"].sum() == 2 == fit.summary["excluded"]
    assert "Left out: 1 row, missing value (x)" in fit._repr_html_()


@pytest.mark.parametrize(
    ("change", "formula", "words"),
    [
        (lambda d: d.assign(k=1.0), "x + k", "k.*constant"),
        (lambda d: d.assign(k="one"), "x + k", "k.*constant"),
        (lambda d: d.assign(y=3 * d["x"] - 2), "x + y", "y.*duplicate of x"),
        (lambda d: d.assign(y=d["x"] + d["z"]), "x + z + y", "y.*collinear with x, z"),
        (lambda d: d.assign(k=1.0, y=3 * d["x"]), "x + k + y", r"(?s)k.*constant.*y.*duplicate of x"),
        (lambda d: d.assign(y=d["exit"] < 6, event=d["exit"] < 6), "y", "y.*separation"),
        (lambda d: d.assign(g=np.where(d["event"], "a", d["s"])), "g", "none of its .* spells ends in the event"),
        (lambda d: d.assign(event=False), "x", "no event among the 40"),
    ],
)
def test_what_cannot_be_estimated_is_named(change, formula, words):
    with pytest.raises(DataError, match=words):
        cox(change(small(1)), formula, **TIMES)


@pytest.mark.parametrize("penalty", [None, "firth", 1.0])
@pytest.mark.parametrize("seed", range(4))
def test_collinear_columns_that_differ_mostly_between_strata_are_named(seed, penalty):
    frame = small(seed, 120)  # rounding then hides that the information is singular
    frame["x"] += 1e4 * frame["s"].rank(method="dense")
    frame["y"] = frame["x"] + frame["z"]
    with pytest.raises(DataError, match="y: collinear with x, z"):
        cox(frame, "x + z + y", **TIMES, strata="s", penalty=penalty)


@given(seed=st.integers(0, 100_000))
def test_no_ratio_is_reported_for_separated_groups(seed):
    rng = np.random.default_rng(seed)
    frame = small(seed, 25).assign(g=rng.choice(["a", "b", "c"], 25, p=[0.7, 0.2, 0.1]))
    try:
        fit = cox(frame, "g", **TIMES)
    except DataError:
        return
    assert (fit.support["n_event"] > 0).all()
    assert np.abs(fit.coefficients).max() < 10


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"robust": False, "cluster": "s"}, "contradicts"),
        ({"ties": "discrete"}, "ties must be"),
        ({"penalty": "lasso"}, "penalty must be"),
        ({"penalty": -1}, "penalty must be"),
        ({"ci_level": 95}, "ci_level"),
        ({"cluster": ["s", "id", "z"]}, "one or two ways"),
        ({"cluster": "nobody"}, "no column 'nobody'"),
    ],
)
def test_contradictions_are_refused(arguments, words):
    with pytest.raises(UsageError, match=words):
        cox(small(2), "x", **TIMES, **arguments)


@pytest.mark.parametrize(
    ("formula", "words"),
    [("event ~ x", "left side"), ("0", "no term"), ("x +", "cannot be read"), ("nope", "no column")],
)
def test_formulas_that_cannot_be_honoured(formula, words):
    with pytest.raises(UsageError, match=words):
        cox(small(2), formula, **TIMES)


def test_stored_estimates_keep_the_summary_and_not_the_data():
    fit = refit("rossi_efron")
    again = pickle.loads(pickle.dumps(fit))
    pd.testing.assert_frame_equal(again.tidy(), fit.tidy())
    assert len(pickle.dumps(fit)) < 10_000
    with pytest.raises(UsageError, match="fit again"):
        again.with_variance(robust=True)


def test_an_estimate_cannot_be_changed():
    fit = refit("rossi_efron")
    with pytest.raises(AttributeError):
        fit.ci_level = 0.9
    assert fit.with_level(0.9).ci_level == 0.9
    assert fit.ci_level == 0.95


@pytest.mark.parametrize("name", ["ties_exact", "leukemia_exact", "rossi_exact"])
def test_exact_ties_equal_r(name, expected):
    fit = refit(name, robust=None)
    np.testing.assert_allclose(fit.coefficients, expected(name, "coef"), rtol=1e-9)
    np.testing.assert_allclose(fit.covariance, matrix(expected(name, "var")), rtol=1e-8)
    np.testing.assert_allclose(fit.summary["loglik"], expected(name, "loglik")[1], rtol=1e-12)


def test_exact_likelihood_counts_all_sets():
    from itertools import combinations

    from clemency.models.likelihood.exact import conditional_moments

    rng = np.random.default_rng(0)
    eta, X = rng.normal(size=7) * 3, rng.normal(size=(7, 2))
    for d in range(1, 7):
        sets = [list(s) for s in combinations(range(7), d)]
        weight = np.array([np.exp(eta[s].sum()) for s in sets])
        sums = np.array([X[s].sum(axis=0) for s in sets])
        log, mean, spread = conditional_moments(eta, X, d)
        assert log == pytest.approx(np.log(weight.sum()), rel=1e-12)
        np.testing.assert_allclose(mean, weight @ sums / weight.sum(), rtol=1e-10)
        np.testing.assert_allclose(spread, np.cov(sums.T, aweights=weight, bias=True), rtol=1e-9, atol=1e-12)


APART = pd.DataFrame(
    {"t": [2, 3, 3, 5, 6, 8, 9, 11, 12, 15], "d": [1, 1, 1, 0, 1, 0, 1, 0, 0, 0], "x": [1, 1, 1, 1, 1, 0, 1, 0, 0, 0]}
)


@pytest.mark.parametrize("name", ["ties_firth", "leukemia_firth", "apart_firth"])
def test_firth_equals_the_penalised_likelihood_maximised_in_r(name, expected):
    if name == "apart_firth":
        with pytest.raises(DataError, match="firth"):
            cox(APART, "x", exit="t", event="d")
        fit = cox(APART, "x", exit="t", event="d", penalty="firth")
    elif name == "leukemia_firth":
        fit = cox(read("leukemia"), "logWBC + Rx", exit="t", event="status", penalty="firth")
    else:
        fit = refit(name, penalty="firth", robust=None)
    p = len(fit.coefficients)
    np.testing.assert_allclose(fit.coefficients, expected(name, "coef"), rtol=1e-8)
    np.testing.assert_allclose(fit.covariance.ravel(), expected(name, "var"), rtol=1e-6)
    loglik = fit.glance().loc[0, ["loglik_null", "loglik"]].astype(float)
    np.testing.assert_allclose(loglik, expected(name, "loglik"), rtol=1e-11)
    np.testing.assert_allclose(fit.limits.T.ravel(), expected(name, "limits"), rtol=1e-8)
    table = fit.tidy()
    assert (table["p_value"] < 0.05).tolist() == ((table["ci_low"] > 0) | (table["ci_high"] < 0)).tolist()
    assert p == len(table)
    assert "profile likelihood" in repr(fit)


@pytest.mark.parametrize(
    "arguments",
    [
        {"ties": "exact", "cluster": "s"},
        {"ties": "exact", "weights": "z"},
        {"ties": "exact", "penalty": "firth"},
        {"penalty": "firth", "robust": True},
        {"penalty": "firth", "cluster": "s"},
    ],
)
def test_combinations_without_a_meaning_are_refused(arguments):
    with pytest.raises(UsageError):
        cox(small(2), "x", **TIMES, **arguments)


@pytest.mark.parametrize("penalty", [None, "firth"])
def test_what_the_strata_hold_already_is_named(penalty):
    with pytest.raises(DataError, match=r"s, 'v'.*does not vary"):
        cox(small(1), "x + s", **TIMES, strata="s", penalty=penalty)


def test_a_level_that_is_never_at_risk_at_an_event_is_named():
    frame = small(1)
    late = pd.DataFrame(
        {"entry": [50.0], "exit": [60.0], "event": [False], "x": [0.0], "z": [0], "s": ["w"], "id": [99]}
    )
    with pytest.raises(DataError, match=r"s, 'w'.*none is at risk when another one does"):
        cox(pd.concat([frame, late]), "x + s", **TIMES)


def test_products_with_numbers_have_no_spells_of_their_own():
    d = pd.DataFrame(
        {"t": range(1, 41), "e": [1, 1, 0, 1] * 10, "x": np.sin(np.arange(40)), "g": list("abbaab" * 6 + "abab")}
    )
    fit = cox(d, "g * x", exit="t", event="e")
    assert list(zip(fit.support["term"], fit.support["level"], strict=True)) == [("g", "a"), ("g", "b"), ("x", "")]
    assert fit.warnings.empty


def test_no_wald_test_from_a_singular_covariance():
    rng = np.random.default_rng(5)
    n = 120
    frame = pd.DataFrame(rng.normal(size=(n, 4)), columns=list("abcd")).assign(
        entry=0.0,
        exit=rng.exponential(5, n) + 0.1,
        event=rng.random(n) < 0.7,
        three=np.arange(n) % 3,
        many=np.arange(n) % 30,
    )
    few = cox(frame, "a + b + c + d", **TIMES, cluster="three")
    assert np.isnan(few.summary["wald"])
    assert np.isnan(few.summary["wald_p"])
    assert np.isfinite(few.summary["score"])
    enough = few.with_variance(cluster="many")
    by_hand = enough.coefficients @ np.linalg.inv(enough.covariance) @ enough.coefficients
    assert enough.summary["wald"] == pytest.approx(by_hand, rel=1e-9)
    assert np.isnan(enough.with_variance(cluster="three").tests.set_index("test").loc["Wald", "statistic"])


def test_copies_keep_their_data():
    """Pickling leaves the data out so that it stays small; a copy is meant to do what the fit does."""
    fit = cox(small(3), "z", **TIMES)
    for again in (copy.copy(fit), copy.deepcopy(fit), replace(fit, ci_level=0.9), copy.deepcopy([fit])[0]):
        pd.testing.assert_series_equal(again.residuals("martingale"), fit.residuals("martingale"))
        assert again.concordance() == fit.concordance()
        np.testing.assert_array_equal(again.coefficients, fit.coefficients)
    deep = copy.deepcopy(fit)
    assert deep.coefficients is not fit.coefficients
    deep.summary["n"] = 0
    assert fit.summary["n"] > 0
