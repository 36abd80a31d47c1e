"""Shared gamma frailty: R's coxph(frailty()), the integral done by hand, identities, and refusals."""

import pickle
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from datedcohorts import CASES, whole_twice
from datedcohorts import drawn as drawn_cohorts
from scipy import integrate
from scipy.special import gammaln
from statsmodels.tools import numdiff

import clemency as cl
from clemency.models.hazard.frailty import covariance, profile
from clemency.models.hazard.frailty.gamma import correction, excess
from clemency.records.errors import DataError, UsageError

FOLDER = Path(__file__).resolve().parents[2] / "reference" / "frailty"
TABLE = pd.read_csv(FOLDER / "expected.csv", keep_default_na=False, dtype={"term": str})
EXPECTED = {key: part.set_index("term")["value"] for key, part in TABLE.groupby(["model", "quantity"], sort=False)}
DATA = {name: pd.read_csv(FOLDER / f"{name}.csv") for name in ("rats", "kidney", "prisons")}
COLUMNS = {"entry": "entry", "exit": "exit", "event": "event", "group": "group"}
MODELS = [f"{name} {ties}" for name in DATA for ties in ("efron", "breslow")]


def fitted(model, **more):
    name, ties = model.split()
    strata = {"strata": "level"} if name == "prisons" else {}
    return cl.shared_frailty(DATA[name], "x + z", ties=ties, **COLUMNS, **strata, **more)


def simulated(seed=3, groups=12, size=30, theta=0.5):
    rng = np.random.default_rng(seed)
    code = np.repeat(np.arange(groups), size)
    z, x = rng.gamma(1 / theta, theta, groups)[code], rng.integers(0, 2, groups * size)
    time = np.ceil(rng.exponential(40 / (z * np.exp(0.6 * x))))
    names = np.array([f"P{k:03d}" for k in range(groups)])[code]
    return pd.DataFrame({"exit": time.clip(max=60), "event": (time <= 60) * 1, "x": x, "prison": names})


def fit(d, formula="x", **more):
    return cl.shared_frailty(d, formula, **{"group": "prison", "exit": "exit", "event": "event", **more})


@pytest.mark.parametrize("model", MODELS)
def test_r(model):
    """Theta and limits are roots of R's profile by differences of fits: seven digits."""
    found, one = fitted(model).with_variance(theta="known"), lambda q: float(EXPECTED[model, q].iloc[0])
    spread = found.heterogeneity().iloc[0]
    assert found.theta == pytest.approx(one("theta"), rel=5e-7)
    assert found.facts["loglik"] == pytest.approx(one("loglik"), abs=1e-8)
    assert found.facts["loglik_none"] == pytest.approx(one("loglik_none"), abs=1e-8)
    assert spread["ci_low"] == pytest.approx(one("theta_low"), rel=1e-7)
    assert spread["ci_high"] == pytest.approx(one("theta_high"), rel=1e-7)
    table = found.tidy().set_index("term")
    for column in ("estimate", "std_error"):
        np.testing.assert_allclose(table[column], EXPECTED[model, column], rtol=1e-6)
    frailties = found.frailties()
    assert frailties["group"].astype(str).tolist() == EXPECTED[model, "frailty"].index.tolist()
    np.testing.assert_allclose(np.log(frailties["frailty"]), EXPECTED[model, "frailty"], rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(frailties["std_error"], EXPECTED[model, "frailty_error"], rtol=1e-6)
    np.testing.assert_allclose(found.residuals("martingale"), EXPECTED[model, "martingale"], atol=1e-6)


@pytest.mark.parametrize("theta", [0.02, 0.3, 3])
@pytest.mark.parametrize("model", MODELS)
def test_r_with_theta_given(model, theta):
    found, expected = fitted(model, theta=theta), EXPECTED[model, f"given {theta:g}"]
    table = found.tidy().set_index("term")
    assert found.facts["loglik"] == pytest.approx(expected["loglik"], abs=1e-8)
    np.testing.assert_allclose(table["estimate"], expected[["x", "z"]], rtol=1e-7)
    np.testing.assert_allclose(table["std_error"], expected[["error x", "error z"]], rtol=1e-7)
    assert found.variance == "theta given"
    assert np.isnan(found.heterogeneity()["ci_low"].iloc[0])


def integrated(d, beta, steps, theta):
    """Marginal log-likelihood with the frailties integrated out numerically; steps of the baseline at event times."""
    times, total = np.unique(d["exit"][d["event"] == 1]), 0.0
    for _, part in d.groupby("prison"):
        risk = np.exp(beta * part["x"].to_numpy())
        hazard = np.array([steps[times <= t].sum() for t in part["exit"]]) * risk
        own = [np.log(steps[times == t][0]) + beta * x for t, x, e in part[["exit", "x", "event"]].to_numpy() if e]
        k = len(own)

        def density(z, k=k, hazard=hazard):
            log = k * np.log(z) - z * hazard.sum() + (1 / theta - 1) * np.log(z) - z / theta
            return np.exp(log + np.log(1 / theta) / theta)

        value = integrate.quad(density, 0, 60, limit=400, epsabs=1e-13, epsrel=1e-12)[0]
        total += sum(own) + np.log(value) - gammaln(1 / theta)
    return total


def test_likelihood_is_the_integral():
    """Without ties, the maximum over all steps of the baseline of the integrated likelihood, by a general optimiser."""
    d = simulated(groups=5, size=6, theta=0.8)
    d["exit"] += np.arange(len(d)) / 1000
    found = fit(d)
    beta, theta = found.coefficients[0], found.theta
    base = found.baseline()
    steps = np.diff(base["cumulative_hazard"], prepend=0)
    events = int(d["event"].sum())
    top = integrated(d, beta, steps, theta)
    assert top + events == pytest.approx(found.facts["loglik"], abs=1e-6)
    for moved in (-0.2, 0.2):
        assert integrated(d, beta + moved, steps, theta) < top
        assert integrated(d, beta, steps, theta * np.exp(moved)) < top
        assert integrated(d, beta, steps * np.exp(moved * np.linspace(0, 1, len(steps))), theta) < top


def test_errors_are_those_of_the_likelihood_in_all_parameters():
    """Errors of coefficient, theta and prediction: the inverse of all second differences, baseline included."""
    d = simulated(groups=10, size=6, theta=0.8)
    d["exit"] += np.arange(len(d)) / 1000
    found = fit(d)
    x, code = d["x"].to_numpy(), np.unique(d["prison"], return_inverse=True)[1]
    rows = np.flatnonzero(d["event"])
    rows = rows[np.argsort(d["exit"].to_numpy()[rows])]
    passed = d["exit"].to_numpy()[:, None] >= d["exit"].to_numpy()[rows]
    events = np.bincount(code, d["event"])

    def loglik(parameters):
        beta, theta, log_steps = parameters[0], parameters[1], parameters[2:]
        total = np.bincount(code, np.exp(beta * x) * (passed @ np.exp(log_steps)))
        nu = 1 / theta
        groups = gammaln(nu + events) - gammaln(nu) + nu * np.log(nu) - (nu + events) * np.log(nu + total)
        return log_steps.sum() + beta * x[rows].sum() + groups.sum()

    steps = np.diff(found.baseline()["cumulative_hazard"], prepend=0)
    top = np.concatenate([found.coefficients, [found.theta], np.log(steps)])
    assert loglik(top) + len(rows) == pytest.approx(found.facts["loglik"], abs=1e-8)
    np.testing.assert_allclose(numdiff.approx_fprime(top, loglik, centered=True), 0, atol=1e-5)
    inverse = np.linalg.inv(-numdiff.approx_hess3(top, loglik))
    assert found.tidy()["std_error"].iloc[0] == pytest.approx(np.sqrt(inverse[0, 0]), rel=1e-4)
    assert found.heterogeneity()["std_error"].iloc[0] == pytest.approx(np.sqrt(inverse[1, 1]), rel=1e-4)

    def hazard(parameters, over):
        own = np.exp(parameters[0]) * np.exp(parameters[2:])[: len(rows) // 2].sum()
        return np.log1p(parameters[1] * own) / parameters[1] if over else own

    time = d["exit"].to_numpy()[rows[len(rows) // 2 - 1]]
    for frailty in (1.0, None):
        slope = numdiff.approx_fprime(top, lambda p, o=frailty is None: hazard(p, o), centered=True)
        row = found.predict({"x": 1}, [time], "cumulative_hazard", frailty=frailty).iloc[0]
        assert row["estimate"] == pytest.approx(hazard(top, frailty is None), rel=1e-7)
        assert row["std_error"] == pytest.approx(np.sqrt(slope @ inverse @ slope), rel=1e-4)


def test_correction_has_its_derivatives():
    d = np.array([0, 1, 1, 4, 30])
    for theta in (1e-5, 2e-4, 0.02, 0.7, 40):
        h = 1e-4 * theta
        low, here, high = (correction(d, t) for t in (theta - h, theta, theta + h))
        assert here.slope == pytest.approx((high.value - low.value) / (2 * h), rel=1e-6)
        assert here.bend == pytest.approx((high.slope - low.slope) / (2 * h), rel=1e-5)
    assert correction(d, 1e-9).value == pytest.approx(0, abs=1e-6)
    assert correction(d, 1e-9).slope == pytest.approx(-d.sum() / 2, rel=1e-6)
    np.testing.assert_allclose(
        excess(np.array([-0.0099, 0.0101, 2.0])), np.expm1([-0.0099, 0.0101, 2]) - [-0.0099, 0.0101, 2], rtol=1e-10
    )


def test_whole_weights_are_repeated_rows():
    d = simulated(groups=8, size=12)
    d["n"] = np.random.default_rng(1).integers(1, 4, len(d))
    a = fit(d, weights="n", ties="breslow")
    b = fit(d.loc[d.index.repeat(d["n"])], ties="breslow")
    assert a.theta == pytest.approx(b.theta, rel=1e-8)
    np.testing.assert_allclose(a.covariance, b.covariance, rtol=1e-8)
    assert a.facts["loglik"] == pytest.approx(b.facts["loglik"], rel=1e-10)
    np.testing.assert_allclose(a.frailties()["std_error"], b.frailties()["std_error"], rtol=1e-7)


def test_split_spells_are_whole_spells_and_order_does_not_matter():
    d = simulated()
    a = fit(d)
    early = d.assign(entry=0, exit=d["exit"].clip(upper=17), event=np.where(d["exit"] <= 17, d["event"], 0))
    late = d[d["exit"] > 17].assign(entry=17)
    b = fit(pd.concat([late, early]).sample(frac=1, random_state=1), entry="entry")
    for name in ("theta", "theta_low", "theta_high", "loglik", "frailty_p", "wald"):
        assert a.facts[name] == pytest.approx(b.facts[name], rel=1e-7)
    np.testing.assert_allclose(a.frailties()["frailty"], b.frailties()["frailty"], rtol=1e-7)
    times = [10, 40]
    np.testing.assert_allclose(
        a.predict({"x": [0, 1]}, times)["std_error"], b.predict({"x": [0, 1]}, times)["std_error"], rtol=1e-6
    )


def test_no_variance_is_cox():
    d = simulated()
    plain, none = cl.cox(d, "x", exit="exit", event="event"), fit(d, theta=0)
    np.testing.assert_allclose(plain.coefficients, none.coefficients)
    np.testing.assert_allclose(plain.covariance, none.covariance)
    a, b = plain.predict({"x": 1}, [10, 30]), none.predict({"x": 1}, [10, 30], frailty=None)
    np.testing.assert_allclose(a["std_error"], b["std_error"])
    near = fit(d, theta=1e-7)
    np.testing.assert_allclose(plain.coefficients, near.coefficients, rtol=1e-5)
    np.testing.assert_allclose(near.predict({"x": 1}, [10, 30])["std_error"], a["std_error"], rtol=1e-4)
    assert near.facts["loglik"] == pytest.approx(plain.facts["loglik"], abs=2e-4)


def test_one_large_strong_group_is_like_a_term():
    """With a huge variance the frailties are effects of each group, and errors those of a fit with them as a term."""
    d = simulated(groups=4, size=80)
    term = cl.cox(d, "x + prison", exit="exit", event="event")
    free = fit(d, theta=1e4)
    assert free.coefficients[0] == pytest.approx(term.coefficients[0], rel=1e-4)
    assert free.tidy()["std_error"][0] == pytest.approx(term.tidy()["std_error"][0], rel=1e-4)
    log = free.shared.log_frailty
    np.testing.assert_allclose(log[1:] - log[0], term.coefficients[1:], rtol=1e-3)
    a, b = free.predict({"x": 0}, [20], frailty=np.exp(log[0])), term.predict({"x": 0, "prison": "P000"}, [20])
    assert a["estimate"][0] == pytest.approx(b["estimate"][0], rel=1e-4)


def test_many_groups_without_the_whole_matrix(monkeypatch):
    whole = fit(simulated(groups=60, size=5))
    monkeypatch.setattr(covariance, "MOST_GROUPS", 10)
    part = fit(simulated(groups=60, size=5))
    np.testing.assert_allclose(whole.covariance, part.covariance, rtol=1e-8)
    np.testing.assert_allclose(whole.shared.error, part.shared.error, rtol=0.03)


def test_population_average():
    found = fit(simulated())
    own = found.predict({"x": [0, 1]}, [5, 30], "cumulative_hazard")
    over = found.predict({"x": [0, 1]}, [5, 30], frailty=None)
    np.testing.assert_allclose(over["estimate"], (1 + found.theta * own["estimate"]) ** (-1 / found.theta))
    rng = np.random.default_rng(0)
    drawn = rng.gamma(1 / found.theta, found.theta, 200_000)
    np.testing.assert_allclose(over["estimate"], [np.exp(-drawn * h).mean() for h in own["estimate"]], atol=2e-3)
    assert (over["ci_low"] < over["estimate"]).all()
    assert (over["estimate"] < over["ci_high"]).all()
    with pytest.raises(UsageError, match="frailty=-1"):
        found.predict({"x": 0}, [5], frailty=-1.0)


def test_groups_alone():
    found = fit(simulated(), "1")
    assert found.tidy().empty
    assert found.theta > 0.1
    assert found.predict(times=[10])["estimate"].between(0, 1).all()
    assert "No covariates" in repr(found)
    assert np.isnan(found.facts["wald"])
    with pytest.raises(UsageError, match="frailties"):
        found.plot()


def test_no_sign_of_a_variance_is_told():
    d = simulated()
    d["prison"] = np.arange(len(d)) % 12
    found = fit(d)
    assert found.theta == 0
    assert found.facts["frailty_p"] == 1
    assert 0 < found.facts["theta_high"] < 0.5
    assert "highest at a variance of zero" in " ".join(found.warnings["message"])
    assert (found.frailties()["frailty"] == 1).all()
    assert found.frailties()["std_error"].isna().all()
    with pytest.raises(UsageError, match="zero"):
        found.plot(what="frailties")


def test_face():
    found = fit(simulated())
    assert len(found.frailties()) == 12
    assert found.glance()["n_groups"].iloc[0] == 12
    assert "theta = " in repr(found)
    assert "theta = " in found._repr_html_()
    known = found.with_variance(theta="known")
    assert known.tidy()["std_error"][0] < found.tidy()["std_error"][0]
    np.testing.assert_allclose(known.with_variance(theta="estimated").covariance, found.covariance)
    ax = found.plot()
    assert ax.get_xlabel().startswith("hazard ratio")
    assert found.plot(what="frailties").get_xlabel().startswith("frailty")
    plt.close("all")
    again = pickle.loads(pickle.dumps(found))
    assert again.tidy().equals(found.tidy())
    assert again.heterogeneity().equals(found.heterogeneity())
    with pytest.raises(UsageError, match="fit again"):
        again.predict({"x": 0}, [5])
    nested = cl.anova(fit(simulated(), "1"), found)
    assert nested["df"].iloc[-1] == 1


def test_cohorts_and_imputed_cohorts():
    imputed, one = whole_twice()
    prison = pd.DataFrame({"case_id": CASES["case_id"], "prison": [f"P{k % 7}" for k in range(len(CASES))]})
    alone = cl.shared_frailty(one.with_covariates(prison), "score", group="prison", outcome="sentence_reduction")
    pooled = cl.shared_frailty(imputed.with_covariates(prison), "score", group="prison", outcome="sentence_reduction")
    assert alone.model == "Cox with gamma frailty by prison, cause-specific: sentence_reduction"
    assert alone.facts["person_months"] > 0
    np.testing.assert_allclose(pooled.coefficients, alone.coefficients)
    np.testing.assert_allclose(pooled.covariance, alone.covariance)
    assert pooled.plot().get_xlabel().startswith("hazard ratio")
    plt.close("all")
    more = cl.shared_frailty(
        drawn_cohorts(3).with_covariates(prison), "score", group="prison", outcome="sentence_reduction"
    )
    assert more.tidy()["std_error"].notna().all()


def test_refusals():
    d = simulated()
    with pytest.raises(UsageError, match="one group by 'prison'"):
        fit(d.assign(prison="A"))
    with pytest.raises(DataError, match="each of the 360 groups has one spell"):
        fit(d.assign(prison=np.arange(len(d))))
    with pytest.raises(UsageError, match="in the formula and in group="):
        fit(d, "x + prison")
    with pytest.raises(UsageError, match=r"in strata= and in group="):
        fit(d, strata="prison")
    with pytest.raises(DataError, match="each stratum has one group"):
        fit(d.assign(region=d["prison"].str[:3] + d["prison"].str[3]), strata="region")
    with pytest.raises(DataError, match="no event"):
        fit(d.assign(event=0))
    with pytest.raises(UsageError, match="theta=-1"):
        fit(d, theta=-1.0)
    with pytest.raises(DataError, match="not whole numbers"):
        fit(d.assign(w=0.5), weights="w")
    with pytest.raises(UsageError, match="ties must be"):
        fit(d, ties="exact")
    with pytest.raises(UsageError, match="prisom"):
        fit(d, group="prisom")
    with pytest.raises(UsageError, match="belong to their level"):
        fit(d).with_level(0.9)
    with pytest.raises(UsageError, match="no residuals 'score'"):
        fit(d).residuals("score")
    missing = d.assign(prison=d["prison"].where(d.index > 4))
    assert fit(missing).exclusions[["column", "n"]].to_numpy().tolist() == [["prison", 5]]


def test_groups_that_say_little_are_told():
    few = fit(simulated(groups=4, size=60))
    assert "4 groups with events: the variance between groups is hardly known" in " ".join(few.warnings["message"])
    d = simulated(groups=40, size=2)
    late = fit(d.assign(entry=d["exit"] / 4), entry="entry")
    assert "spells enter late and groups are small" in " ".join(late.warnings["message"])


def test_an_endless_variance_is_refused(monkeypatch):
    k = np.repeat(np.arange(30), 2)
    pairs = pd.DataFrame({"exit": 10 * (k + 1) + np.tile([0, 1], 30), "event": 1, "prison": k})
    assert fit(pairs, "1").theta > 10  # members of a group have the event one right after the other
    monkeypatch.setattr(profile, "_INFINITE", np.log(10))
    with pytest.raises(DataError, match="rises for ever larger variances"):
        fit(pairs, "1")
