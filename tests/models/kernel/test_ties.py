"""Tied events by Efron's formula, written out stage by stage: few of them, and so many that a series sums them."""

import math
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from clemency.models.hazard.cox import cox
from clemency.models.kernel.riskset import risk_sets
from clemency.models.kernel.ties import find_tied, steps

#: Events at each time, in order; one time has a lone event.
SIZES = (200, 1, 150, 260)


def sets_of(sizes=SIZES, censored=2_500):
    """Risk sets with this many events at months 1, 2, ... and the others censored in the month after."""
    exit = np.repeat(np.arange(1.0, len(sizes) + 2), [*sizes, censored])
    return risk_sets(None, exit, np.arange(len(exit)) < sum(sizes))


def plain(size, weight, S0, T0):
    """The sums over j = 0..d-1 of one time, in fractions, and that of the weighted logarithms."""
    S0, T0, each = Fraction(S0), Fraction(T0), Fraction(weight) / size
    left = [S0 - Fraction(j, size) * T0 for j in range(size)]
    c = [Fraction(j, size) for j in range(size)]
    sums = (
        sum(each / s for s in left),
        sum(each / s**2 for s in left),
        sum(f * each / s for f, s in zip(c, left, strict=True)),
        sum(f * each / s**2 for f, s in zip(c, left, strict=True)),
        sum(f * f * each / s**2 for f, s in zip(c, left, strict=True)),
    )
    return [float(v) for v in sums], math.fsum(float(each) * math.log(s) for s in left)


@pytest.mark.parametrize(
    ("share", "weight", "series"),
    [
        ((0.05, 0.11), 1.0, True),
        ((0.149, 0.002), 0.3, True),
        ((0.149, 0.16), 2.5, False),  # one time beyond the limit of the series is enough for the plain sums
        ((0.9, 0.999), 1.0, False),
    ],
)
def test_sums_over_the_stages_of_many_ties_are_those_of_efrons_formula(share, weight, series, monkeypatch):
    """With S = S0 - j/d T0: sums of 1/S, 1/S^2, c/S, c/S^2, c^2/S^2 and log S, each times the mean weight."""
    used = []
    own = find_tied.__globals__["_series"]
    monkeypatch.setitem(find_tied.__globals__, "_series", lambda *a: used.append(len(a)) or own(*a))
    sets = sets_of()
    tied = find_tied(sets)
    S0, weights = np.array([3000.5, 2801.0, 2700.25, 2600.125]), weight * np.array([200.0, 1.0, 150.0, 260.0])
    T0 = S0[[0, 2, 3]] * [share[0], share[1], share[0] / 2]
    found = steps(tied, sets.n_event, weights, S0, T0)
    assert bool(used) == series
    log = weights[1] * math.log(S0[1])
    assert found.step[1] == pytest.approx(weights[1] / S0[1], rel=1e-15)
    assert found.a[1] == pytest.approx(weights[1] / S0[1] ** 2, rel=1e-15)
    for k, i in enumerate((0, 2, 3)):
        (step, a, own_step, b, c), more = plain(SIZES[i], weights[i], S0[i], T0[k])
        shown = found.step[i], found.a[i], found.own[k], found.b[k], found.c[k]
        np.testing.assert_allclose(shown, (step, a, own_step, b, c), rtol=1e-13, err_msg=f"time {i}")
        log += more
    assert found.log == pytest.approx(log, rel=1e-14)


def test_the_series_is_for_more_than_forty_ties_a_time_on_average():
    assert find_tied(sets_of((40, 40))).powers is None
    assert find_tied(sets_of((60, 20))).powers is None
    assert find_tied(sets_of((61, 20))).powers is not None
    assert find_tied(sets_of((41, 1))).powers is not None  # a lone event is no tie and does not count
    assert find_tied(sets_of((1, 1, 1))) is None


def test_sums_of_powers_of_the_fractions():
    """The m-th power of 0/d, 1/d, ..., (d-1)/d, for m up to 21, of times with 41, 50 and 97 events."""
    powers = find_tied(sets_of((41, 97, 50))).powers
    assert powers.shape == (3, 22)
    for k, d in enumerate((41, 97, 50)):
        exact = [float(sum(Fraction(j, d) ** m for j in range(d))) for m in range(22)]
        np.testing.assert_allclose(powers[k], exact, rtol=1e-13)


def three_times(seed=4):
    """Three thousand at risk: 200 events in each of three months, the others leave in the fourth."""
    rng = np.random.default_rng(seed)
    exit = np.repeat([1, 2, 3, 4], [200, 200, 200, 2400])
    x = rng.normal(size=3000).round(2) + 0.2 * (exit < 3)
    z = (rng.random(3000) < np.where(exit < 4, 0.6, 0.5)).astype(float)
    return pd.DataFrame({"exit": exit, "event": (exit < 4).astype(int), "x": x, "z": z}).sample(frac=1, random_state=1)


def efron(data, beta):
    """Log-likelihood, score, information, score residuals, rows' hazards: stage by stage, as in Efron (1977)."""
    X, exit = data[["x", "z"]].to_numpy(), data["exit"].to_numpy()
    event, risk = data["event"].to_numpy() == 1, np.exp(data[["x", "z"]].to_numpy() @ beta)
    logs, U, V, steps = [], np.zeros(2), np.zeros((2, 2)), []
    residual, hazard = np.zeros_like(X), np.zeros(len(X))
    for t in (1, 2, 3):
        held, own = exit >= t, event & (exit == t)
        d, total = int(own.sum()), 0.0
        logs.extend(X[own] @ beta)
        for j in range(d):
            w = risk * (held - j / d * own)  # what each row weighs at this stage
            S0 = math.fsum(w)
            mean = w @ X / S0
            logs.append(-math.log(S0))
            U += X[own].sum(axis=0) / d - mean
            V += (X - mean).T @ ((X - mean) * w[:, None]) / S0
            residual[own] += (X[own] - mean) / d
            residual -= (X - mean) * (w / S0)[:, None]
            hazard += (held - j / d * own) / S0
            total += 1 / S0
        steps.append(total)
    return math.fsum(logs), U, V, residual, hazard * risk, np.cumsum(steps)


def test_a_fit_to_many_ties_has_the_value_and_derivatives_of_the_plain_sums(sums):
    data = three_times()
    fit = cox(data, "x + z", exit="exit", event="event")
    loglik, U, V, residual, _, base = efron(data, fit.coefficients)
    null = efron(data, np.zeros(2))
    glance = fit.glance().iloc[0]
    assert glance["loglik"] == pytest.approx(loglik, rel=1e-13)
    assert glance["loglik_null"] == pytest.approx(null[0], rel=1e-13)
    np.testing.assert_allclose(U, 0, atol=1e-7)
    np.testing.assert_allclose(np.linalg.inv(fit.covariance), V, rtol=1e-9)
    assert fit.facts["score"] == pytest.approx(null[1] @ np.linalg.solve(null[2], null[1]), rel=1e-9)
    found = fit.residuals("score").loc[data.index].to_numpy()
    np.testing.assert_allclose(found, residual, atol=1e-10)
    spread = np.linalg.inv(V)
    np.testing.assert_allclose(
        fit.with_variance(robust=True).covariance, spread @ residual.T @ residual @ spread, rtol=1e-8
    )
    kept = fit.baseline().groupby("time")["cumulative_hazard"].max()
    np.testing.assert_allclose(kept.loc[[1, 2, 3]], base, rtol=1e-10)


def test_martingale_residuals_of_many_ties_are_those_of_the_plain_sums(sums):
    data = three_times(9)
    fit = cox(data, "x + z", exit="exit", event="event")
    *_, hazard, _ = efron(data, fit.coefficients)
    found = fit.residuals("martingale").loc[data.index]
    np.testing.assert_allclose(found, data["event"] - hazard, rtol=1e-9, atol=1e-11)
