"""Brier scores and areas under the curve under censoring, against R (tests/reference/accuracy.R) and identities."""

import numpy as np
import pandas as pd
import pytest
from coxfits import FOLDER, FakeCohort, read

import clemency as cl
from clemency.models.hazard.cox import cox
from clemency.models.hazard.finegray import fine_gray
from clemency.models.postestimation.scoredpredictions import NOBODY, accuracy
from clemency.records.errors import UsageError

PREDICTION = FOLDER.parent / "prediction"
TABLE = pd.read_csv(PREDICTION / "accuracy.csv")
LUNG = pd.read_csv(FOLDER / "lung.csv").dropna(subset=["time", "status", "age", "sex", "ph_ecog"]).iloc[:90]
LUNG = LUNG.assign(w=LUNG["age"] / 60)
ENDS = pd.read_csv(PREDICTION / "accuracy_data.csv")
ENDS = ENDS.assign(end=ENDS["end"].map({0: "censored", 1: "act", 2: "death"}))
TIME = {"exit": "time", "event": "status"}
END = {"exit": "time", "event": "end", "outcome": "act"}
AT = [200, 310, 500]


@pytest.fixture(scope="module")
def fits():
    return {k: cox(LUNG, f, **TIME) for k, f in (("one", "age + sex + ph_ecog"), ("two", "age"))}


def of_r(fit, quantity):
    found = TABLE[(TABLE["fit"] == fit) & (TABLE["quantity"] == quantity)]["value"].to_numpy()
    assert len(found), (fit, quantity)
    return found


def agree(found, name, scores):
    """R has, for each prediction and time, Brier score, area, and the Brier score of the same chance for all."""
    k, T = len(scores), len(found.times)
    estimate = of_r(name, "estimate").reshape(k, T, 3)
    error = np.sqrt(np.diag(of_r(name, "covariance").reshape(3 * k * T, -1))).reshape(k, T, 3)
    table = dict(list(found.tidy().groupby(["measure", "score"])))
    for i, score in enumerate(scores):
        for j, (measure, who) in enumerate((("brier", score), ("auc", score), ("brier", NOBODY))):
            mine = table[measure, who]
            np.testing.assert_allclose(mine["estimate"], estimate[i, :, j], rtol=1e-8)
            np.testing.assert_allclose(mine["std_error"], error[i, :, j], rtol=1e-6)


def test_fits_equal_r(fits):
    found = accuracy(LUNG, fits, AT, **TIME)
    agree(found, "lung", ["one", "two"])
    V = of_r("lung", "covariance").reshape(18, 18)
    gap = found.difference().set_index("score").loc["two"]
    auc = found.difference(measure="auc")
    for t in range(3):
        a, b = 9 + 3 * t, 3 * t
        assert gap["std_error"].iloc[t] == pytest.approx(np.sqrt(V[a, a] + V[b, b] - 2 * V[a, b]), rel=1e-6)
        a, b = a + 1, b + 1
        assert auc["std_error"].iloc[t] == pytest.approx(np.sqrt(V[a, a] + V[b, b] - 2 * V[a, b]), rel=1e-6)
    part = np.array([110 / 2, 300 / 2, 190 / 2]) / 300
    mean = found.integrated().set_index("score").loc["one"]
    assert mean["estimate"] == pytest.approx(part @ of_r("lung", "estimate").reshape(2, 3, 3)[0, :, 0], rel=1e-8)
    own = V[np.ix_([0, 3, 6], [0, 3, 6])]
    assert mean["std_error"] == pytest.approx(np.sqrt(part @ own @ part), rel=1e-6)


def test_weights_equal_r(fits):
    """The chances are those of the fit without weights, as in R."""
    agree(accuracy(LUNG, {"one": fits["one"]}, AT, weights="w", **TIME), "lung weights", ["one"])


def test_chances_in_columns_under_competing_ends_equal_r():
    agree(accuracy(ENDS, {"mine": ["p4", "p8"]}, [4, 8], **END), "ends", ["mine"])


def test_without_censoring_it_is_what_it_says():
    d = pd.DataFrame({"t": [1, 2, 3, 4, 5, 6], "e": 1, "p": [0.9, 0.2, 0.6, 0.6, 0.1, 0.3]})
    found = accuracy(d, {"p": "p"}, 3, exit="t", event="e").tidy().set_index(["measure", "score"])["estimate"]
    had = np.array([1, 1, 1, 0, 0, 0])
    assert found["brier", "p"] == pytest.approx(((had - d["p"]) ** 2).mean())
    assert found["auc", "p"] == pytest.approx((3 + 1 + 2.5) / 9)
    assert found["brier", NOBODY] == pytest.approx(0.25)


def test_the_same_chance_for_all_is_kaplan_and_meiers():
    p = 1 - cl.survival(LUNG, **TIME).at(AT)["estimate"].to_numpy()
    names = {f"c{t}": v for t, v in zip(AT, p, strict=True)}
    found = accuracy(LUNG.assign(**names), {"km": list(names)}, AT, **TIME).tidy().query("measure == 'brier'")
    one, other = (found.loc[found["score"] == s, "estimate"].to_numpy() for s in ("km", NOBODY))
    np.testing.assert_allclose(one, other, rtol=1e-12)
    np.testing.assert_allclose(one, p * (1 - p), rtol=1e-12)
    q = cl.incidence(ENDS, exit="time", event="end", outcome="act").at(4)["estimate"].item()
    null = accuracy(ENDS, {"mine": "p4"}, 4, **END).tidy().query("score == @NOBODY")["estimate"].item()
    assert null == pytest.approx(q * (1 - q), rel=1e-12)


def test_repeated_rows_are_weights_and_clusters_are_cases(fits):
    twice = pd.concat([LUNG, LUNG], ignore_index=True)
    base = accuracy(LUNG, {"one": fits["one"]}, AT, **TIME).tidy()
    found = accuracy(twice.assign(case=[*range(90)] * 2), {"one": fits["one"]}, AT, cluster="case", **TIME).tidy()
    np.testing.assert_allclose(found["estimate"], base["estimate"], rtol=1e-12)
    np.testing.assert_allclose(found["std_error"], base["std_error"], rtol=1e-9)
    alone = accuracy(LUNG.assign(two=2), {"one": fits["one"]}, AT, weights="two", **TIME).tidy()
    np.testing.assert_allclose(alone["std_error"], base["std_error"], rtol=1e-9)


def test_new_rows_and_rows_left_out():
    d = read("gbsg2")
    fit = cox(d.iloc[:400], "horTh + pnodes", exit="time", event="cens", strata="menostat")
    rest = d.iloc[400:].assign(pnodes=lambda x: x["pnodes"].where(x.index > 409))
    found = accuracy(rest, {"fit": fit}, [500, 1000], exit="time", event="cens")
    assert found.glance()["excluded"].item() == 10
    assert "Left out: 10 rows" in repr(found)
    assert "Brier" in found._repr_html_()
    kept = accuracy(d.iloc[410:], {"fit": fit}, [500, 1000], exit="time", event="cens")
    pd.testing.assert_frame_equal(found.tidy(), kept.tidy())


def test_a_fine_gray_fit_predicts_its_incidence():
    d = ENDS.assign(x=np.arange(len(ENDS)) % 5)
    fit = fine_gray(d, "x", outcome="act", exit="time", event="end")
    p = fit.predict(d, [4, 8], "incidence")["estimate"].to_numpy().reshape(-1, 2)
    d = d.assign(a=p[:, 0], b=p[:, 1])
    found = accuracy(d, {"fit": fit, "columns": ["a", "b"]}, [4, 8], **END)
    np.testing.assert_allclose(found.difference()["estimate"].iloc[:2], 0, atol=1e-15)
    assert found.difference()["std_error"].iloc[:2].isna().all()


def test_refusals(fits):
    heart = read("heart").assign(p=0.5)
    late = {"exit": "stop", "event": "event", "entry": "start"}
    cause = cox(ENDS, "p4", **END)
    one = {"one": fits["one"]}
    spells = heart.rename(columns={"start": "entry", "stop": "exit", "id": "person_id"})
    for call, said in (
        (lambda: accuracy(heart, {"p": "p"}, 100, **late), r"spells enter late.*cl\.concordance"),
        (lambda: accuracy(FakeCohort(spells), {"p": "p"}, 100), "spells enter late"),
        (lambda: accuracy(ENDS, {"f": cause}, 4, **END), "other events compete"),
        (lambda: accuracy(LUNG, one, 2000, **TIME), "later than the last end of follow-up"),
        (lambda: accuracy(LUNG, one, 1, **TIME), "nobody has had the event by then"),
        (lambda: accuracy(LUNG, one, [300, 200], **TIME), "several that ascend"),
        (lambda: accuracy(LUNG, {}, 200, **TIME), "names no prediction"),
        (lambda: accuracy(LUNG, {"x": 1}, 200, **TIME), "neither a fit of cox"),
        (lambda: accuracy(LUNG, {"x": ["w"]}, [200, 300], **TIME), "give one for each time"),
        (lambda: accuracy(LUNG, {"x": "w"}, 200, **TIME), "a chance lies between 0 and 1"),
        (lambda: accuracy(LUNG, one, 200, **TIME).integrated(), "there is one time"),
        (lambda: accuracy(LUNG, one, 200, **TIME).difference("two"), "none of: one"),
        (lambda: accuracy(LUNG, one, 200, **TIME).difference(measure="auc"), "there is one prediction"),
        (lambda: accuracy(LUNG, one, 200, **TIME).difference(measure="r2"), "measure='r2' is not one of"),
    ):
        with pytest.raises(UsageError, match=said):
            call()
