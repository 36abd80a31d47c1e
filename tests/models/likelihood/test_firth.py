"""Firth's penalised partial likelihood where the penalty bends it as much as the data do."""

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, special

import clemency as cl
from clemency.models.likelihood import firth

PAIRS = pd.DataFrame({"stratum": [1, 1, 2, 2], "months": [1.0, 2, 1, 2], "act": [1, 0, 1, 0], "x": [1, 0, 1, 0]})


def objective(beta, pairs):
    """k pairs of which the exposed one has the act: k log(share) + log(k share (1 - share)) / 2."""
    share, rest = -np.log1p(np.exp(-beta)), -np.log1p(np.exp(beta))
    return pairs * share + (np.log(pairs) + share + rest) / 2


@pytest.mark.parametrize("pairs", [1, 2])
def test_pairs_by_hand(pairs):
    # The slope k (1 - share) + (1 - 2 share) / 2 is zero at share = (2k + 1) / (2k + 2). Scoring steps from one pair
    # circle it: there the penalty bends the likelihood exactly as much as the information.
    fit = cl.cox(
        PAIRS.head(2 * pairs), "x", exit="months", event="act", strata="stratum" if pairs > 1 else None, penalty="firth"
    )
    row = fit.tidy().iloc[0]
    top = np.log(2 * pairs + 1)
    assert row["estimate"] == pytest.approx(top, abs=1e-9)
    fallen = objective(top, pairs) - 3.841458820694124 / 2
    for side, far in (("ci_low", -20.0), ("ci_high", 40.0)):
        expected = optimize.brentq(lambda b: objective(b, pairs) - fallen, *sorted((top, far)), xtol=1e-12)
        assert row[side] == pytest.approx(expected, abs=1e-8)
    root = np.sqrt(2 * (objective(top, pairs) - objective(0.0, pairs)))
    assert row["statistic"] == pytest.approx(root, abs=1e-7)


@pytest.fixture
def sparse():
    """Nine groups, some without an act, within strata of five: here steps by the information went round for ever."""
    rng = np.random.default_rng(3)
    n = 200
    return pd.DataFrame(
        {
            "months": rng.integers(1, 90, n).astype(float),
            "act": rng.random(n) < 0.08,
            "group": rng.choice([f"g{k}" for k in range(9)], n),
            "decade": rng.choice(list("abcde"), n),
            "log_term": rng.normal(size=n),
        }
    )


def test_few_acts_in_many_groups_reach_the_maximum(sparse, monkeypatch):
    looks, once = [], firth.penalised
    seen = {}

    def counted(data, beta):
        looks.append(1)
        seen["data"] = data
        return once(data, beta)

    monkeypatch.setattr(firth, "penalised", counted)
    fit = cl.cox(sparse, "group + log_term", exit="months", event="act", strata="decade", penalty="firth")
    assert fit.glance()["iterations"].item() < 60
    assert len(looks) < 100 * len(fit.terms)
    zero = once(seen["data"], np.zeros(len(fit.terms)))
    expected = zero.score @ np.linalg.solve(zero.plain.information, zero.score)
    assert fit.glance()["score"].item() == pytest.approx(expected, rel=1e-9)
    assert abs(expected - zero.plain.score @ np.linalg.solve(zero.plain.information, zero.plain.score)) > 0.01
    beta = fit.coefficients
    assert np.abs(once(seen["data"], beta).score).max() < 1e-7
    step = 1e-4
    for j in range(len(beta)):
        away = [once(seen["data"], beta + sign * step * (np.arange(len(beta)) == j)).loglik for sign in (-1, 1)]
        assert max(away) < once(seen["data"], beta).loglik


def test_events_in_the_order_of_a_covariate_have_a_finite_ratio():
    # Sixty events, each of the one with the least x of those left: the plain likelihood has no maximum.
    frame = pd.DataFrame({"months": np.arange(1, 61.0), "act": 1, "x": np.arange(1, 61) / 60})
    fit = cl.cox(frame, "x", exit="months", event="act", penalty="firth").tidy().iloc[0]

    def penalised(beta):
        total = information = 0.0
        for k in range(60):
            x = frame["x"].to_numpy()[k:]
            log = beta * x - special.logsumexp(beta * x)
            share, total = np.exp(log), total + log[0]
            information += share @ (x - share @ x) ** 2
        return total + np.log(information) / 2

    best = optimize.minimize_scalar(
        lambda b: -penalised(b), bounds=(-600, 0), method="bounded", options={"xatol": 1e-7}
    )
    assert fit["estimate"] == pytest.approx(best.x, rel=1e-6)
    assert 2 * (-best.fun - penalised(fit["ci_high"])) == pytest.approx(3.841458820694124, abs=1e-5)
    assert fit["ci_low"] == -np.inf  # at -355 the profile has fallen by 0.47, and smaller risks numbers do not hold


@pytest.mark.parametrize("at_once", [True, False])
def test_limits_are_where_the_profile_has_fallen(sparse, monkeypatch, at_once):
    if not at_once:  # the way around, for profiles on which the quicker steps fail
        monkeypatch.setattr(firth, "_both_at_once", lambda *_: None)
    seen, once = {}, firth.penalised
    monkeypatch.setattr(firth, "penalised", lambda data, beta: seen.setdefault("data", data) and once(data, beta))
    fit = cl.cox(sparse, "group + log_term", exit="months", event="act", strata="decade", penalty="firth")
    j = len(fit.terms) - 1

    def profile(value):
        def objective(others):
            at = once(seen["data"], np.append(others, value))
            return -at.loglik, -at.score[:-1]

        best = optimize.minimize(objective, fit.coefficients[:-1], jac=True, method="BFGS", options={"gtol": 1e-9})
        return -best.fun

    top = once(seen["data"], fit.coefficients).loglik
    assert fit.limits[j][0] < fit.coefficients[j] < fit.limits[j][1]
    for limit in fit.limits[j]:
        assert 2 * (top - profile(limit)) == pytest.approx(3.841458820694124, abs=1e-7)


def test_a_search_that_ends_elsewhere_is_refused(sparse, monkeypatch):
    monkeypatch.setattr(firth, "MAX_STEPS", 2)
    with pytest.raises(cl.DataError, match=r"standard errors off the maximum.*Leave terms out"):
        cl.cox(sparse, "group + log_term", exit="months", event="act", strata="decade", penalty="firth")
