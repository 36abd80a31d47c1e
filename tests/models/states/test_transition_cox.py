"""Cox models of transitions and the paths that they predict, against R (tests/reference/states.R) and by identities."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import clemency as cl
from clemency.models.states.statepaths import _exponentials
from clemency.records.errors import DataError, UsageError

FOLDER = Path(__file__).resolve().parents[2] / "reference" / "states"
EXPECTED = pd.read_csv(FOLDER / "expected.csv")
TSTOP = {"id": "id", "entry": "tstart", "exit": "tstop", "event": "into"}
SPELLS = {"id": "id", "entry": "entry", "exit": "exit", "event": "into", "state": "state"}
FIVE = ["inside", "cut", "outside", "free", "dead"]
WHO = pd.DataFrame({"age": [60, 80], "male": [0, 1], "mspike": [1.2, 0.5]})


def r(fit, quantity):
    found = EXPECTED[(EXPECTED["fit"] == fit) & (EXPECTED["quantity"] == quantity)]
    assert len(found)
    return found["value"].to_numpy()


@pytest.fixture(scope="module")
def mgus2():
    d = pd.read_csv(FOLDER / "mgus2.csv")
    d = d[d["mspike"].notna() & d["hgb"].notna()]
    d["into"] = pd.Categorical(d["into"], ["censored", "pcm", "death"])
    return d.assign(male=(d["sex"] == "M").astype(int))


def simulated(name):
    d = pd.read_csv(FOLDER / f"{name}.csv")
    d["into"] = pd.Categorical(d["into"], ["censored", *FIVE])
    return d.assign(state=pd.Categorical(d["state"], FIVE))


def agree(fit, name):
    table = fit.tidy()
    np.testing.assert_allclose(table["estimate"], r(name, "estimate"), rtol=1e-9)
    np.testing.assert_allclose(table["std_error"], r(name, "std_error"), rtol=1e-9)
    np.testing.assert_allclose(np.sqrt(np.diag(fit.model_covariance)), r(name, "model_error"), rtol=1e-9)
    np.testing.assert_allclose(fit.glance()[["loglik_null", "loglik"]].to_numpy()[0], r(name, "loglik"), rtol=1e-12)


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_effects_of_each_transition_equal_r(mgus2, ties):
    agree(cl.transition_cox(mgus2, "age + male + mspike", ties=ties, **TSTOP), f"separate {ties}")


def test_common_effects_equal_r(mgus2):
    """R puts each coefficient where it first occurs: mspike of 1:2 and 1:3, the common ones, mspike of 2:3."""
    fit = cl.transition_cox(mgus2, "mspike", common={"* -> death": "age + male"}, **TSTOP)
    assert fit.tidy()["transition"].tolist() == ["start -> pcm", "start -> death", "pcm -> death"] + ["* -> death"] * 2
    place = [0, 1, 4, 2, 3]
    table = fit.tidy()
    np.testing.assert_allclose(table["estimate"], r("common", "estimate")[place], rtol=1e-9)
    np.testing.assert_allclose(table["std_error"], r("common", "std_error")[place], rtol=1e-9)
    np.testing.assert_allclose(fit.glance()["loglik"][0], r("common", "loglik")[1], rtol=1e-12)


def test_proportional_baselines_equal_r(mgus2):
    formulas = {"*": "mspike", "* -> death": "age + male"}
    fit = cl.transition_cox(mgus2, formulas, one_baseline="* -> death", **TSTOP)
    table = fit.tidy()
    assert table.iloc[-1][["transition", "term", "level"]].tolist() == [
        "pcm -> death",
        "baseline",
        "beside start -> death",
    ]
    place = [0, 1, 4, 2, 3, 5, 6, 7]
    np.testing.assert_allclose(table["estimate"], r("one baseline", "estimate")[place], rtol=1e-9)
    np.testing.assert_allclose(table["std_error"], r("one baseline", "std_error")[place], rtol=1e-9)


def test_equal_baselines_equal_r(mgus2):
    fit = cl.transition_cox(mgus2, "age + male", one_baseline={"* -> death": "equal"}, **TSTOP)
    place = [0, 1, 2, 3, 4, 5]
    assert fit.tidy()["transition"].tolist() == [
        t for t in ("start -> pcm", "start -> death", "pcm -> death") for _ in "ab"
    ]
    np.testing.assert_allclose(fit.tidy()["estimate"], r("equal baselines", "estimate")[place], rtol=1e-9)
    np.testing.assert_allclose(fit.tidy()["std_error"], r("equal baselines", "std_error")[place], rtol=1e-9)
    np.testing.assert_allclose(fit.glance()["loglik"][0], r("equal baselines", "loglik")[1], rtol=1e-12)
    alike = fit.predict({"age": [70.0], "male": [0]}, [60.0])
    assert alike["estimate"].sum() == pytest.approx(1, abs=1e-12)
    with pytest.raises(UsageError, match="one_baseline= says 'same', which is not one of: proportional, equal"):
        cl.transition_cox(mgus2, "age", one_baseline={"* -> death": "same"}, **TSTOP)


def test_late_entry_into_any_state_equals_r():
    found = cl.transition_cox(simulated("months"), "x", **SPELLS).tidy().set_index("transition")["estimate"]
    pairs = [(3, 1), (1, 2), (1, 3), (2, 3), (1, 4), (2, 4), (3, 4), (1, 5), (2, 5), (3, 5)]  # R goes by column
    names = [f"{FIVE[j - 1]} -> {FIVE[k - 1]}" for j, k in pairs]
    np.testing.assert_allclose(found[names], r("each x", "estimate"), rtol=1e-9)


@pytest.mark.parametrize("name", ["separate", "breslow", "common"])
def test_paths_equal_r(mgus2, name):
    if name == "common":
        fit = cl.transition_cox(mgus2, "mspike", common={"* -> death": "age + male"}, ties="breslow", **TSTOP)
    else:
        ties = "efron" if name == "separate" else "breslow"
        fit = cl.transition_cox(mgus2, "age + male + mspike", ties=ties, **TSTOP)
    table = fit.predict(WHO, [12, 60, 120, 240])
    for k in (0, 1):
        own = table[table["row"] == k].pivot(index="state", columns="time", values="estimate")
        expected = r(f"path {name} {k + 1}", "estimate")  # R's baselines are good to nine digits
        np.testing.assert_allclose(
            own.loc[["start", "pcm", "death"]].to_numpy().ravel(), expected, rtol=1e-7, atol=1e-9
        )


def test_paths_under_late_entry_equal_r():
    fit = cl.transition_cox(simulated("months"), "x", ties="breslow", **SPELLS)
    table = fit.predict({"x": [0, 1]}, [15, 30, 60, 100], state="inside")
    for k in (0, 1):
        own = table[table["row"] == k].pivot(index="state", columns="time", values="estimate").loc[FIVE]
        np.testing.assert_allclose(own.to_numpy().ravel(), r(f"path late {k + 1}", "estimate"), rtol=1e-7, atol=1e-9)


def test_errors_of_paths_are_slopes_in_the_weights_of_people():
    fit = cl.transition_cox(simulated("days"), {"inside -> cut|inside -> outside|cut -> free": "x"}, **SPELLS)
    table = fit.predict({"x": 1}, [20, 50, 90], state="inside")
    for column, rtol in (("estimate", 1e-9), ("std_error", 1e-7)):  # differences are good to about eight digits
        own = table.pivot(index="state", columns="time", values=column).loc[FIVE].to_numpy().ravel()
        np.testing.assert_allclose(own, r("path days", column), rtol=rtol, atol=1e-12)


# Identities


def test_separate_effects_are_fits_of_their_own(mgus2):
    fit = cl.transition_cox(mgus2, "age + male", robust=False, **TSTOP)
    table, check = fit.tidy(), fit.check("identity")
    state = np.where(mgus2.groupby("id").cumcount() == 0, "start", "pcm")
    for before, after in (("start", "pcm"), ("start", "death"), ("pcm", "death")):
        mine = mgus2[state == before].assign(hit=lambda d, k=after: (d["into"] == k).astype(int))
        own = cl.cox(mine, "age + male", exit="tstop", event="hit", entry="tstart", robust=False)
        rows = table[table["transition"] == f"{before} -> {after}"].reset_index(drop=True)
        np.testing.assert_allclose(rows["estimate"], own.tidy()["estimate"], rtol=1e-9)
        np.testing.assert_allclose(rows["std_error"], own.tidy()["std_error"], rtol=1e-9)
        tests = check[check["transition"] == f"{before} -> {after}"]
        np.testing.assert_allclose(tests["statistic"], own.check("identity").tidy()["statistic"][:2], rtol=1e-6)
    assert check.iloc[-1]["df"] == 6


def series(A):
    """Exponential of a matrix, term by term."""
    total = term = np.eye(len(A))
    for n in range(1, 60):
        term = term @ A / n
        total = total + term
    return total


def test_a_path_without_effect_is_made_of_plain_rates():
    """Of two copies of the data, told apart by a covariate without effect: Nelson and Aalen's steps by counting."""
    d = pd.read_csv(FOLDER / "mgus2.csv")
    many = pd.concat([d.assign(id=d["id"] + 10_000 * k, x=k) for k in (0, 1)])
    fit = cl.transition_cox(many, "x", **TSTOP, ties="breslow")
    np.testing.assert_allclose(fit.coefficients, 0, atol=1e-12)
    now = np.where(d.groupby("id").cumcount() == 0, 0, 1)
    to = d["into"].map({"pcm": 1, "death": 2, "censored": -1}).to_numpy()
    start, stop, p = d["tstart"].to_numpy(), d["tstop"].to_numpy(), np.array([1.0, 0, 0])
    for t in np.unique(stop[(to >= 0) & (stop <= 120)]):
        A = np.zeros((3, 3))
        for j, k in ((0, 1), (0, 2), (1, 2)):
            n = ((now == j) & (start < t) & (t <= stop)).sum()
            A[j, k] = ((now == j) & (to == k) & (stop == t)).sum() / max(n, 1)
        p = p @ series(A - np.diag(A.sum(axis=1)))
    path = fit.predict({"x": 0}, 120).set_index("state")["estimate"]
    np.testing.assert_allclose(path[["start", "pcm", "death"]], p, rtol=1e-10)


def test_chances_of_a_path_add_up_and_so_do_times(mgus2):
    fit = cl.transition_cox(mgus2, "age + male", **TSTOP)
    assert fit.predict(WHO, [60, 120]).groupby(["row", "time"])["estimate"].sum().to_numpy() == pytest.approx(1)
    spent = fit.predict_sojourn(WHO, 60, start=50)
    assert spent.groupby("row")["estimate"].sum().to_numpy() == pytest.approx(10)
    fine = np.arange(50.05, 60, 0.1)  # between all times of the data, which are multiples of a tenth
    path = fit.predict(WHO.iloc[:1], fine.tolist(), start=50).pivot(index="time", columns="state", values="estimate")
    np.testing.assert_allclose(path.sum() * 0.1, spent[spent["row"] == 0]["estimate"], rtol=1e-10)


@pytest.mark.parametrize("start", [0.0, 30.0])
def test_errors_of_times_and_of_later_starts_are_slopes_too(start):
    """Fit and predict again with the weight of each person a little higher and lower."""
    d = simulated("days")
    d = d[d["id"] < 45]
    formulas = {"inside -> cut|cut -> free": "x"}

    def predicted(weight):
        fit = cl.transition_cox(d.assign(w=weight), formulas, weights="w", **SPELLS)
        return fit.predict_sojourn({"x": 1}, 80, start=start, state="inside")

    one = np.ones(len(d))
    slopes = []
    for person in d["id"].unique():
        change = 1e-4 * (d["id"] == person).to_numpy()
        up, down = (predicted(one + sign * change)["estimate"].to_numpy() for sign in (1, -1))
        slopes.append((up - down) / 2e-4)
    error = predicted(one)["std_error"]
    np.testing.assert_allclose(error, np.sqrt((np.array(slopes) ** 2).sum(axis=0)), rtol=1e-6)


def test_errors_of_the_model_and_by_people_are_near(mgus2):
    """Every person has one spell in a state, so that both estimate the same."""
    fit = cl.transition_cox(mgus2, "age + male", **TSTOP)
    model = cl.transition_cox(mgus2, "age + male", robust=False, **TSTOP)
    a, b = (f.predict(WHO, [60, 120]) for f in (fit, model))
    np.testing.assert_allclose(a["estimate"], b["estimate"], rtol=1e-12)
    np.testing.assert_allclose(a["std_error"], b["std_error"], rtol=0.12)
    assert (model.variance, fit.variance) == ("model", "cluster: id")


def test_split_spells_change_nothing(mgus2):
    cut = cl.survsplit(mgus2, [50, 100, 101], exit="tstop", event="into", entry="tstart")
    a, b = (cl.transition_cox(d, "age + male", **TSTOP) for d in (mgus2, cut))
    np.testing.assert_allclose(a.tidy()[["estimate", "std_error"]], b.tidy()[["estimate", "std_error"]], rtol=1e-9)
    np.testing.assert_allclose(a.predict(WHO, 100)["std_error"], b.predict(WHO, 100)["std_error"], rtol=1e-9)


def test_exponentials_and_their_slopes_by_series():
    """A state that is entered and left at one time; slopes by differences, which are good to nine digits."""
    pairs = np.array([[0, 1], [0, 2], [1, 2]])
    hazard = np.array([[0.3, 0.2, 0.5], [0.0, 0.4, 0.0], [2.5, 0.0, 1.0], [0.2, 0.1, 0.0]])

    def whole(h):
        return series(np.array([[-h[0] - h[1], h[0], h[1]], [0, -h[2], h[2]], [0, 0, 0]]))

    P, bend = _exponentials(hazard, pairs, 3)
    for u, h in enumerate(hazard):
        np.testing.assert_allclose(P[u], whole(h), rtol=1e-13, atol=1e-15)
        for q in range(3):
            step = 1e-5 * np.eye(3)[q]
            slope = (whole(h + step) - whole(h - step)) / 2e-5 if h[q] > 0 else 0.0 * P[u]
            np.testing.assert_allclose(bend[u, q], slope, atol=1e-9)


# What is said and refused


def test_refusals(mgus2):
    for options, said in (
        (
            {"formula": {"pcm -> start": "age"}},
            "'pcm -> start' names no transition of the data; they are: start -> pcm",
        ),
        ({"formula": None}, "Name covariates"),
        ({"formula": "age", "ties": "exact"}, "ties must be"),
        ({"formula": "age", "robust": False, "cluster": "sex"}, "contradicts"),
        ({"formula": "age", "one_baseline": ["* -> death", "start -> death|pcm -> death"]}, "twice"),
    ):
        with pytest.raises(UsageError, match=said):
            cl.transition_cox(mgus2, **options, **TSTOP)
    fit = cl.transition_cox(mgus2, "age", **TSTOP)
    for call, said in (
        (lambda: fit.predict({"age": 60}, 1000), "later than the last exit"),
        (lambda: fit.predict({"age": 60}, 10, start=20), "before start=20"),
        (lambda: fit.predict({"age": 60}, 10, state="parole"), "none of: start, pcm, death"),
        (lambda: fit.predict_sojourn({"age": 60}, 10, start=20), "after start=20"),
        (lambda: fit.check("square"), "transform must be"),
    ):
        with pytest.raises(UsageError, match=said):
            call()


def test_what_cannot_be_estimated_is_named_with_its_transition(mgus2):
    first = mgus2.assign(seen=(mgus2["into"] == "pcm").astype(int))
    with pytest.raises(DataError, match="among transitions 'start -> pcm' the likelihood has no maximum along it"):
        cl.transition_cox(first, {"start -> pcm": "seen"}, **TSTOP)
    with pytest.raises(DataError, match=r"one \(start -> pcm\), '1': constant"):
        cl.transition_cox(mgus2.assign(one=1), "one", **TSTOP)


def test_what_a_reader_sees(mgus2):
    fit = cl.transition_cox(mgus2, "age + male", **TSTOP)
    assert "Cox models of 3 transitions" in fit._repr_html_()
    assert fit.glance()["events"][0] == (mgus2["into"] != "censored").sum()
    assert fit.counts["n_event"].sum() == fit.glance()["events"][0]
    from clemency.figures import drawn

    assert len(drawn(fit.plot()).frame) == 6
    few = mgus2[(mgus2["into"] != "pcm") | (mgus2.groupby("id")["id"].transform("size") == 1) | (mgus2["id"] < 120)]
    told = cl.transition_cox(few, {"* -> death": "age"}, **TSTOP).notes()
    assert any("too few for effects of its own" in note for note in told)


def test_nothing_to_predict_is_refused(mgus2):
    fit = cl.transition_cox(mgus2, common={"* -> death": "age"}, **TSTOP)
    with pytest.raises(UsageError, match="times= names no time"):
        fit.predict(WHO, [])
    with pytest.raises(UsageError, match="newdata has no rows"):
        fit.predict(WHO.iloc[:0], 12)
    with pytest.raises(UsageError, match="newdata has no rows"):
        fit.predict_sojourn(WHO.iloc[:0], 12)
    with pytest.raises(UsageError, match="start=-1 is before 0"):
        fit.predict(WHO, 12, start=-1)
