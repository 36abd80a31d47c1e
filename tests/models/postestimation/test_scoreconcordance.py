"""Concordance of scores, of several models and of new data, against R (concordance.R) and identities."""

import numpy as np
import pandas as pd
import pytest
from coxfits import FOLDER, FakeCohort, read, refit

import clemency as cl
from clemency.models.hazard.cox import cox
from clemency.models.postestimation.scoreconcordance import concordance
from clemency.records.errors import DataError, UsageError

TABLE = pd.read_csv(FOLDER.parent / "prediction" / "concordance.csv")
ROSSI = read("rossi").assign(youth=lambda d: -d["age"])
GBSG2 = read("gbsg2").assign(less=lambda d: -d["progrec"], w=lambda d: d["age"] / 50)
WEEK = {"exit": "week", "event": "arrest"}
TIME = {"exit": "time", "event": "cens"}
SPELL = {"exit": "exit", "event": "event", "entry": "entry"}
THREE = ["pnodes", "less", "tsize"]
CALLS = {
    "rossi": (ROSSI, ["prio", "youth"], WEEK),
    "gbsg2": (GBSG2, THREE, TIME),
    "gbsg2 strata": (GBSG2, THREE, {**TIME, "strata": "menostat"}),
    "gbsg2 weights": (GBSG2, THREE, {**TIME, "weights": "w", "cluster": "tsize", "until": 1500}),
    "mixed": (read("mixed"), ["x", "o"], {**SPELL, "strata": "s", "weights": "w", "cluster": "c"}),
}


def of_r(fit, quantity):
    found = TABLE[(TABLE["fit"] == fit) & (TABLE["quantity"] == quantity)]["value"].to_numpy()
    assert len(found), (fit, quantity)
    return found


@pytest.mark.parametrize(
    ("name", "weighting"), [(n, w) for n in CALLS for w in ("harrell", "uno") if (n, w) != ("mixed", "uno")]
)
def test_scores_equal_r(name, weighting):
    data, score, arguments = CALLS[name]
    found = concordance(data, score, weighting=weighting, **arguments)
    key = f"{name} {'n' if weighting == 'harrell' else 'n/G2'}"
    np.testing.assert_allclose(found.estimates, of_r(key, "estimate"), rtol=1e-10)
    np.testing.assert_allclose(found.covariance.ravel(), of_r(key, "covariance"), rtol=1e-8, atol=1e-14)
    np.testing.assert_allclose(found.counts.ravel(), of_r(key, "counts"), rtol=1e-9)


def test_two_models_equal_r():
    fits = {k: cox(GBSG2, f, **TIME) for k, f in (("small", "horTh + age"), ("large", "horTh + age + pnodes + tgrade"))}
    found = cl.concordance(GBSG2, fits, **TIME)
    np.testing.assert_allclose(found.estimates, of_r("fits", "estimate"), rtol=1e-9)
    np.testing.assert_allclose(found.covariance.ravel(), of_r("fits", "covariance"), rtol=1e-7)
    gap = found.difference().iloc[0]
    c, v = of_r("fits", "estimate"), of_r("fits", "covariance").reshape(2, 2)
    assert (gap["score"], gap["reference"]) == ("large", "small")
    assert gap["estimate"] == pytest.approx(c[1] - c[0], rel=1e-8)
    assert gap["std_error"] == pytest.approx(np.sqrt(v[0, 0] + v[1, 1] - 2 * v[0, 1]), rel=1e-7)
    turned = found.difference("large").iloc[0]
    assert turned["statistic"] == pytest.approx(-gap["statistic"], rel=1e-12)
    own = fits["large"].concordance()
    assert found.tidy().iloc[1][["estimate", "std_error"]].tolist() == pytest.approx([own.estimate, own.std_error])


def test_new_data_equal_r():
    fit = cox(GBSG2.iloc[:400], "horTh + age + pnodes", **TIME)
    found = concordance(GBSG2.iloc[400:], {"fit": fit}, weighting="uno", **TIME)
    np.testing.assert_allclose(found.estimates, of_r("new", "estimate"), rtol=1e-9)
    np.testing.assert_allclose(found.covariance.ravel(), of_r("new", "covariance"), rtol=1e-7)


def test_a_fit_with_offset_and_strata_is_its_own_concordance():
    fit = refit("mixed_efron", cluster="c", robust=None)
    data = read("mixed")
    found = concordance(data, {"fit": fit}, strata="s", weights="w", cluster="c", **SPELL).tidy().iloc[0]
    own = fit.concordance()
    assert found[["estimate", "std_error"]].tolist() == pytest.approx([own.estimate, own.std_error], rel=1e-12)
    uno, of_fit = concordance(ROSSI, {"f": refit("rossi_efron")}, weighting="uno", **WEEK), refit("rossi_efron")
    assert of_fit.concordance("uno").estimate == pytest.approx(uno.estimates[0], rel=1e-12)


def test_uno_by_hand():
    """Censored at 2 one of four at risk: the event at 3 counts (4/3)^2; that at 4 has nobody after it."""
    d = pd.DataFrame({"t": [1, 2, 3, 4, 5], "e": [1, 0, 1, 0, 0], "s": [5, 4, 1, 3, 2]})
    found = concordance(d, "s", exit="t", event="e", weighting="uno")
    w = (4 / 3) ** 2
    assert found.counts[0].tolist() == pytest.approx([4, 2 * w, 0])
    assert found.estimates[0] == pytest.approx(4 / (4 + 2 * w))
    none = concordance(d.assign(e=[1, 1, 1, 1, 0]), "s", exit="t", event="e")
    whole = concordance(d.assign(e=[1, 1, 1, 1, 0]), "s", exit="t", event="e", weighting="uno")
    assert whole.estimates[0] == none.estimates[0]  # without censoring all pairs count alike


def test_order_and_shift_do_not_matter_and_turning_turns():
    base = concordance(GBSG2, "pnodes", **TIME)
    mixed = GBSG2.sample(frac=1, random_state=3).assign(p=lambda d: 3 * d["pnodes"] - 7, q=lambda d: -d["pnodes"])
    found = concordance(mixed, ["p", "q"], **TIME)
    assert found.estimates.tolist() == pytest.approx([base.estimates[0], 1 - base.estimates[0]], rel=1e-12)
    assert found.covariance[0, 1] == pytest.approx(-base.covariance[0, 0], rel=1e-10)
    same = concordance(GBSG2.assign(copy=GBSG2["pnodes"]), ["pnodes", "copy"], **TIME).difference()
    assert same[["std_error", "p_value"]].isna().all(axis=None)
    assert same["estimate"].item() == 0


def test_rows_without_a_score_are_left_out_and_told():
    found = concordance(GBSG2.assign(pnodes=GBSG2["pnodes"].where(GBSG2.index > 9)), "pnodes", **TIME)
    alone = concordance(GBSG2.iloc[10:], "pnodes", **TIME)
    assert found.glance()["excluded"].item() == 10
    assert found.estimates[0] == alone.estimates[0]
    assert "10" in repr(found)
    assert "Harrell" in found._repr_html_()


def test_a_cohort_clusters_on_the_person():
    spells = read("heart").rename(columns={"start": "entry", "stop": "exit", "id": "person_id"})
    found = concordance(FakeCohort(spells), "age")
    named = concordance(spells, "age", cluster="person_id", **SPELL)
    assert found.covariance[0, 0] == named.covariance[0, 0]
    assert found.glance()["n_clusters"].item() == str(spells["person_id"].nunique())


def test_refusals():
    late = {"exit": "stop", "event": "event", "entry": "start"}
    ends = pd.DataFrame({"t": [1, 2, 3, 4], "end": ["act", "death", "act", "censored"], "x": [1.0, 2, 3, 4]})
    for call, said in (
        (lambda: concordance(read("heart"), "age", weighting="uno", **late), "enter late"),
        (lambda: refit("heart_efron").concordance("uno"), "enter late"),
        (lambda: concordance(ends, "x", exit="t", event="end", outcome="act", weighting="uno"), "other events compete"),
        (lambda: concordance(ends, "x", exit="t", event="end"), "name one with outcome="),
        (lambda: concordance(GBSG2, {"f": refit("gbsg2")}, **TIME), "name strata=menostat here too"),
        (lambda: concordance(GBSG2, {"f": 3.0}, **TIME), "neither a column nor a fit"),
        (lambda: concordance(GBSG2, {}, **TIME), "names no score"),
        (lambda: concordance(GBSG2, "nope", **TIME), "nope"),
        (lambda: concordance(GBSG2, "pnodes", weighting="gonen", **TIME), "weighting="),
        (lambda: concordance(GBSG2, "pnodes", until=1, **TIME), "no comparable pair"),
        (lambda: concordance(GBSG2, "pnodes", **TIME).difference(), "there is one score"),
        (lambda: concordance(GBSG2, THREE, **TIME).difference("age"), "none of the scores"),
    ):
        with pytest.raises(UsageError, match=said):
            call()
    with pytest.raises(DataError):
        concordance(GBSG2, "horTh", **TIME)


def test_an_end_beyond_the_follow_up_is_refused():
    d = pd.DataFrame({"months": [3, 5, 7, 9, 12], "act": [1, 1, 0, 1, 0], "risk": [5, 2, 3, 4, 1]})
    columns = {"exit": "months", "event": "act"}
    with pytest.raises(UsageError, match=r"until=1e\+09 is later than the last end of follow-up, 12: it has no effect"):
        cl.concordance(d, "risk", until=1e9, **columns)
    with pytest.raises(UsageError, match="until= takes one time"):
        cl.concordance(d, "risk", until=[5, 9], **columns)
    whole, to_the_end = (cl.concordance(d, "risk", until=u, **columns).tidy() for u in (None, 12))
    assert whole.equals(to_the_end)
