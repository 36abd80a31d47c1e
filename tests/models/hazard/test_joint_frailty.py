"""Joint model of acts and ends: integrals by another rule, closed forms, identities, and refusals."""

import itertools
import math
import pickle
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from datedcohorts import CASES, tables
from scipy import integrate, optimize, special
from statsmodels.tools import numdiff

import clemency as cl
from clemency.models.hazard.joint.likelihood import Joint, Process, look
from clemency.models.hazard.joint.search import maximum
from clemency.records.errors import DataError, UsageError

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))
study = pytest.importorskip("benchmarks.jointfrailty")
OPTIONS = {"recurrent": "cut", "terminal": ["release", "death"], "id": "person", **study.SPELL}


def drawn(n=120, seed=5, powers=(1.0, -0.5)):
    return study.histories(np.random.default_rng(seed), n, powers)


def fit(d, formula="women", **more):
    return cl.joint_frailty(d, formula, **{**OPTIONS, "cuts": 2, **more})


@pytest.fixture(scope="module")
def found():
    return fit(drawn())


def arrays(d, bounds=(25.0,)):
    edges = np.concatenate([[0], bounds, [np.inf]])
    spent = np.clip(d["exit"].to_numpy()[:, None], edges[:-1], edges[1:])
    spent = spent - np.clip(d["entry"].to_numpy()[:, None], edges[:-1], edges[1:])
    band = np.searchsorted(bounds, d["exit"])
    X = d[["women"]].to_numpy(float)
    made = [Process(X, spent, (d["event"] == k).to_numpy(), band) for k in ("cut", "release", "death")]
    return Joint(tuple(made), np.unique(d["person"], return_inverse=True)[1], d["person"].nunique())


def by_quad(d, own, alpha, theta, bounds=(25.0,)):
    """The log-likelihood written out: products of hazards and survival given z, integrated over the gamma density."""
    total, edges, powers = 0.0, np.array([0, *bounds, np.inf]), (1.0, *alpha)
    for _, rows in d.groupby("person"):
        met, count, logs = np.zeros(3), np.zeros(3), 0.0
        for r in rows.itertuples():
            for k, kind in enumerate(("cut", "release", "death")):
                rates = np.exp(own[k][1:] + own[k][0] * r.women)
                spent = [max(min(r.exit, b) - max(r.entry, a), 0) for a, b in itertools.pairwise(edges)]
                met[k] += rates @ spent
                if r.event == kind:
                    count[k] += 1
                    logs += np.log(rates[np.searchsorted(bounds, r.exit)])

        def log_density(u, met=met, count=count):
            survival = sum(-m * math.exp(a * u) + n * a * u for m, n, a in zip(met, count, powers, strict=True))
            gamma = u / theta - math.exp(u) / theta - math.log(theta) / theta - special.gammaln(1 / theta)
            return survival + gamma

        top = max(log_density(u) for u in np.linspace(-6, 3, 90))
        value = integrate.quad(lambda u, f=log_density, t=top: math.exp(f(u) - t), -120, 6, limit=500, epsabs=0,
                               epsrel=1e-10, points=[-40, -15, -6, -3, -1, 0, 1, 2])[0]  # fmt: skip
        total += logs + top + np.log(value)
    return total


@pytest.mark.parametrize(("alpha", "theta"), [((0.7, -0.4), 0.6), ((1.8, 0.0), 2.5)])
def test_likelihood_is_the_integral(alpha, theta):
    d = drawn(12)
    own = [np.array([0.4, -3.0, -3.3]), np.array([0.2, -4.2, -4.5]), np.array([-0.3, -5.0, -4.8])]
    parameters = np.concatenate([*own, alpha, [np.log(theta)]])
    assert look(arrays(d), parameters).loglik == pytest.approx(by_quad(d, own, alpha, theta), abs=1e-7)


def test_gradient():
    joint = arrays(drawn(40))
    rng = np.random.default_rng(0)
    for theta in (0.05, 0.5, 3):
        parameters = np.concatenate(
            [rng.normal(0, 0.2, 1), [-3, -3.2], [0.1, -4, -4.4], [0.3, -5, -5], [0.8, -0.6], [np.log(theta)]]
        )
        slope = numdiff.approx_fprime(parameters, lambda p: look(joint, p).loglik, centered=True)
        np.testing.assert_allclose(look(joint, parameters).score, slope, rtol=1e-5, atol=1e-4)


def test_powers_of_one_have_a_closed_form():
    """With all powers one, an end is one more event of the same frailty: the integral is a gamma function."""
    d, theta = drawn(60), 0.7
    joint, nu = arrays(d), 1 / 0.7
    own = [np.array([0.4, -3.0, -3.3]), np.array([0.2, -4.2, -4.5]), np.array([-0.3, -5.0, -4.8])]
    met, events, logs = np.zeros(joint.number), np.zeros(joint.number), 0.0
    for p, b in zip(joint.processes, own, strict=True):
        met += np.bincount(joint.person, (p.spent @ np.exp(b[1:])) * np.exp(p.X[:, 0] * b[0]))
        events += np.bincount(joint.person, p.event)
        logs += (p.X[p.event, 0] * b[0]).sum() + b[1:][p.band[p.event]].sum()
    value = special.gammaln(nu + events) - special.gammaln(nu) + nu * np.log(nu) - (nu + events) * np.log(nu + met)
    at = look(joint, np.concatenate([*own, [1, 1, np.log(theta)]]))
    assert at.loglik == pytest.approx(value.sum() + logs, abs=1e-9)
    np.testing.assert_allclose(at.frailty, (nu + events) / (nu + met), rtol=1e-9)
    np.testing.assert_allclose(at.spread, np.sqrt(nu + events) / (nu + met), rtol=1e-7)


def test_ends_apart_are_models_of_their_own():
    """With powers of zero acts are a gamma-Poisson model, and each end a piecewise exponential one."""
    d = drawn(150)
    top, apart = maximum(arrays(d))
    assert top.at.loglik > apart
    single = sum(
        cl.parametric(d, "women", outcome=k, distribution="piecewise", cuts=[25.0], **study.SPELL).facts["loglik"]
        for k in ("release", "death")
    )
    joint = arrays(d)
    acts = joint.processes[0]
    events = np.bincount(joint.person[acts.event], minlength=joint.number)

    def falling(p):
        nu = np.exp(-p[3])
        met = np.bincount(joint.person, (acts.spent @ np.exp(p[1:3])) * np.exp(acts.X[:, 0] * p[0]))
        value = special.gammaln(nu + events) - special.gammaln(nu) + nu * np.log(nu)
        value = value - (nu + events) * np.log(nu + met)
        return -value.sum() - acts.X[acts.event, 0].sum() * p[0] - p[1:3][acts.band[acts.event]].sum()

    best = optimize.minimize(falling, [0.5, -3, -3, -0.5], method="BFGS", options={"gtol": 1e-6})
    assert apart == pytest.approx(single - best.fun, abs=1e-4)


def test_errors_are_the_inverse_of_the_second_derivatives(found):
    joint = arrays(drawn(50))
    top, _ = maximum(joint)
    second = numdiff.approx_hess3(top.parameters, lambda p: look(joint, p).loglik)
    np.testing.assert_allclose(np.sqrt(np.diag(top.covariance)), np.sqrt(np.diag(np.linalg.inv(-second))), rtol=1e-3)
    np.testing.assert_allclose(top.at.score, 0, atol=1e-5)
    assert (found.tidy()["std_error"] > 0).all()


def test_split_spells_are_whole_spells_and_order_does_not_matter(found):
    d = drawn()
    early = d.assign(exit=d["exit"].clip(upper=30), event=np.where(d["exit"] <= 30, d["event"], "censored"))
    late = d[d["exit"] > 30].assign(entry=d["entry"].clip(lower=30))
    split = pd.concat([late, early[early["exit"] > early["entry"]]]).sample(frac=1, random_state=2)
    again = fit(split)
    for name in ("theta", "loglik"):
        assert found.facts[name] == pytest.approx(again.facts[name], rel=1e-6)
    np.testing.assert_allclose(found.tidy()["estimate"], again.tidy()["estimate"], rtol=1e-4, atol=1e-6)
    both = found.frailties().merge(again.frailties(), on="person")
    np.testing.assert_allclose(both["frailty_x"], both["frailty_y"], rtol=1e-4)


def test_face(found):
    table = found.tidy(exponentiate=True)
    assert table["event"].tolist() == ["cut", "release", "death"]
    assert found.heterogeneity()["term"].tolist() == ["theta", "alpha", "alpha"]
    bands = found.baseline()
    assert bands["event"].tolist() == ["cut"] * 2 + ["release"] * 2 + ["death"] * 2
    assert bands["n_event"].sum() == sum(found.facts[f"n_{k}"] for k in found.kinds)
    assert found.glance()["n_persons"].iloc[0] == 120
    assert found.check()["df"].iloc[0] == 2
    people = found.frailties()
    assert people["person"].tolist() == list(range(120))
    assert people["n_event"].sum() == found.facts["n_cut"]
    assert "Powers of the frailty" in repr(found)
    assert "theta" in found._repr_html_()
    assert found.plot().get_xlabel().startswith("hazard ratio, cut")
    assert found.plot(event="death").get_xlabel().startswith("hazard ratio, death")
    plt.close("all")
    assert found.with_level(0.5).tidy()["ci_low"][0] > found.tidy()["ci_low"][0]
    assert pickle.loads(pickle.dumps(found)).tidy().equals(found.tidy())
    with pytest.raises(UsageError, match="expiry"):
        found.plot(event="expiry")


def test_rates_are_those_of_zero_covariates(found):
    """Another zero of a number leaves ratios as they are and moves rates with it."""
    moved = fit(drawn().assign(women=lambda d: d["women"] + 10))
    np.testing.assert_allclose(moved.tidy()["estimate"], found.tidy()["estimate"], rtol=1e-4)
    ratio = found.baseline()["rate"] / moved.baseline()["rate"]
    expected = np.exp(10 * found.tidy()["estimate"].to_numpy()).repeat(2)
    np.testing.assert_allclose(ratio, expected, rtol=1e-3)


def test_a_formula_for_each_kind():
    own = fit(drawn(), {"cut": "women", "release": "1", "death": "1"})
    assert own.tidy()["event"].tolist() == ["cut"]
    with pytest.raises(UsageError, match="'death' does not match"):
        fit(drawn(), {"cut": "women", "release": "1"})
    with pytest.raises(UsageError, match="no covariates"):
        own.plot(event="release")


def test_cohort():
    cases, acts = tables(whole=True)
    alone = cl.cohort(cases, acts, outcome="sentence_reduction", competing=("early_release",), recurrent=True)
    with pytest.raises(DataError, match="nobody has 'sentence_reduction' twice"):
        cl.joint_frailty(alone, "1", recurrent="sentence_reduction", terminal="early_release")
    few = acts[acts["act_type"] == "sentence_reduction"].iloc[::4]
    for k in range(1, 5):  # some have many
        later = (pd.to_datetime(few["act_date"]) + pd.Timedelta(days=90 * k)).dt.strftime("%Y-%m-%d")
        acts = pd.concat([acts, few.assign(act_date=later, act_id=few["act_id"] + f"-{k}")], ignore_index=True)
    cohort = cl.cohort(cases, acts, outcome="sentence_reduction", competing=("early_release",), recurrent=True)
    cohort = cohort.with_covariates(CASES[["case_id", "score"]])
    made = cl.joint_frailty(cohort, "score", recurrent="sentence_reduction", terminal="early_release", cuts=1)
    assert made.facts["person_months"] > 0


def test_refusals():
    d = drawn(60)
    with pytest.raises(UsageError, match="nobody has 'parole'"):
        fit(d, terminal=["release", "parole"])
    with pytest.raises(UsageError, match="'death' is neither"):
        fit(d, terminal="release")
    with pytest.raises(UsageError, match="acts recur, ends do not"):
        fit(d, terminal=["release", "death", "cut"])
    with pytest.raises(UsageError, match="id="):
        fit(d, id=None)
    with pytest.raises(DataError, match="spells overlap"):
        fit(d.assign(entry=0.0))
    after = pd.DataFrame({"person": [0], "entry": [500.0], "exit": [510.0], "event": ["censored"], "women": [1]})
    ended = d[d["person"].isin(d.loc[d["event"] == "release", "person"])]
    with pytest.raises(DataError, match="follow an end"):
        fit(pd.concat([d, after.assign(person=ended["person"].iloc[0])]))
    with pytest.raises(UsageError, match="falls between 200 and inf"):
        fit(d, cuts=[200.0])
    with pytest.raises(UsageError, match="must be times above 0"):
        fit(d, cuts=[-1.0])
    with pytest.raises(UsageError, match="number of bands"):
        fit(d, cuts=0)
    once = d[~((d["event"] == "cut") & d.duplicated(["person", "event"]))]
    with pytest.raises(DataError, match="nobody has 'cut' twice"):
        fit(once)
    level = d.assign(g=np.where((d["person"] == 1) & (d["event"] != "death"), "b", "a"))
    with pytest.raises(DataError, match="nobody of this level has 'release'"):
        fit(level, "g")


def test_persons_who_do_not_differ_are_refused():
    rng = np.random.default_rng(1)
    rows = []
    for person in range(80):  # acts at a nearly even pace: less spread than chance
        for k in range(4):
            rows.append((person, 10.0 * k, 10.0 * (k + 1) - rng.uniform(0, 0.001), "cut"))
        rows.append((person, 40.0, 40 + rng.exponential(10), "release"))
    d = pd.DataFrame(rows, columns=["person", "entry", "exit", "event"])
    with pytest.raises(DataError, match="persons do not differ"):
        fit(d, "1", terminal="release", cuts=1, censored=None)
