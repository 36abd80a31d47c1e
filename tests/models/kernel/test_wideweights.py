"""Curves and fits under weights from 1e-9 to 1e6, against the definitions in fractions, or in numbers of 60 digits."""

from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

import clemency as cl
from clemency.models.kernel.riskset import risk_sets
from clemency.models.kernel.wideweights import weight_at_risk

KINDS = ["cut", "death"]


def exact(rows, until):
    """Survival, incidences and their areas by the definitions; rows are (entry, exit, kind, weight) as fractions."""
    free, curve = Fraction(1), dict.fromkeys(KINDS, Fraction(0))
    area, last, found = dict.fromkeys(["free", *KINDS], Fraction(0)), Fraction(0), []
    for t in sorted({r[1] for r in rows if r[2] != "censored"}):
        held = sum(w for a, b, _, w in rows if a < t <= b)
        if t <= until:
            area = {k: v + (t - last) * {"free": free, **curve}[k] for k, v in area.items()}
            last = t
        ended = {k: sum(w for _, b, kind, w in rows if b == t and kind == k) for k in KINDS}
        curve = {k: v + free * ended[k] / held for k, v in curve.items()}
        free *= 1 - sum(ended.values()) / held
        found.append({"free": free, **curve})
    end = {"free": free, **curve}
    return found, {k: v + (until - last) * end[k] for k, v in area.items()}


def expected(frame, until):
    """The curves, and for each number its standard error: the root of the summed squared derivatives in each weight."""
    rows = [
        (Fraction(a), Fraction(b), k, Fraction(w))
        for a, b, k, w in zip(*(frame[c].tolist() for c in ("from", "to", "end", "w")), strict=True)
    ]
    curves, areas = exact(rows, until)
    step = Fraction(1, 10**40)
    spread = [dict.fromkeys(c, 0.0) for c in (*curves, areas)]
    for i, (a, b, k, w) in enumerate(rows):
        moved, area = exact([*rows[:i], (a, b, k, w * (1 + step)), *rows[i + 1 :]], until)
        for total, new, old in zip(spread, (*moved, area), (*curves, areas), strict=True):
            for name in total:
                total[name] += float((new[name] - old[name]) / step) ** 2
    errors = [{k: v**0.5 for k, v in s.items()} for s in spread]
    return curves, areas, errors[:-1], errors[-1]


def frame_of(seed, late):
    rng = np.random.default_rng(seed)
    n = 24
    entry = rng.integers(0, 5, n).astype(float) if late else np.full(n, -1.0)
    d = pd.DataFrame({"from": entry, "to": entry + rng.integers(1, 9, n)})
    d["end"] = rng.choice(["censored", *KINDS], n)
    d["w"] = 10 ** rng.uniform(-9, 6, n)
    return d


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_curves_under_weights_of_any_size_keep_their_digits(seed, late):
    d = frame_of(seed, late)
    until = Fraction(float(d["to"].max()))
    curves, areas, errors, area_errors = expected(d, until)
    read = {"exit": "to", "entry": "from" if late else None, "weights": "w"}
    survival = cl.survival(d.assign(end=(d["end"] != "censored") * 1), event="end", **read)
    incidence = cl.incidence(d, event="end", **read)
    assert len(survival.tidy()) == len(curves) > 4
    found = {"free": survival.tidy(), **dict(list(incidence.tidy().groupby("outcome", observed=True)))}
    for name, table in found.items():
        np.testing.assert_allclose(table["estimate"], [float(c[name]) for c in curves], rtol=1e-13, err_msg=name)
        truth = np.array([e[name] for e in errors])
        np.testing.assert_allclose(table["std_error"], truth, rtol=1e-6, atol=1e-9 * truth.max(), err_msg=name)
    means = pd.concat([survival.restricted_mean(float(until)), incidence.restricted_mean(float(until))])
    np.testing.assert_allclose(means["estimate"], [float(areas[k]) for k in ["free", *KINDS]], rtol=1e-13)
    np.testing.assert_allclose(means["std_error"], [area_errors[k] for k in ["free", *KINDS]], rtol=1e-6)


def test_groups_of_light_cases_after_groups_of_heavy_ones():
    d = frame_of(4, late=False).assign(g="a")
    both = pd.concat([d, d.assign(g="b", w=d["w"] * 1e-12)], ignore_index=True)
    table = cl.incidence(both, exit="to", event="end", weights="w", by="g", outcome="cut").tidy()
    columns = ["estimate", "std_error", "ci_low", "ci_high"]
    a, b = (table.loc[table["g"] == g, columns].to_numpy() for g in "ab")
    np.testing.assert_allclose(b, a, rtol=1e-9)  # a multiple of all weights changes nothing


@pytest.mark.parametrize("weights", [None, "w"])
def test_an_incidence_that_is_fixed_has_neither_error_nor_limits(weights):
    # At 0.1 the one at risk dies: the share of deaths is 1 for good, whoever enters later, of any weight.
    d = pd.DataFrame({"from": [0, 0.1, 0.2, 0.3, 0.5, 0.6, 0.1, 0.5], "to": [0.1, 0.2, 0.3, 0.4, 0.6, 0.7, 0.9, 0.9]})
    d["end"] = ["death", "censored", "par", "cut", "censored", "death", "cut", "cut"]
    d["w"] = [0.001, 0.5, 1.3, 40, 0.5, 2.7, 2.7, 0.5]
    curves = cl.incidence(d, exit="to", entry="from", event="end", weights=weights, variance="robust", outcome="death")
    table = curves.tidy()
    assert table["estimate"].tolist() == [1.0] * 5
    assert (table["std_error"].isna() | (table["std_error"] == 0)).all()
    assert table[["ci_low", "ci_high"]].isna().all(axis=None)


def test_an_incidence_that_reaches_one_in_steps_is_one():
    # 1/3 + 2/3 * 1/2 + 1/3 is not 1 in every order of rounding; nobody is left, and nothing competes.
    d = pd.DataFrame({"to": [1.0, 2, 3, 4, 5, 6, 7], "end": ["cut"] * 7, "w": [0.1, 0.3, 0.7, 1.1, 1.3, 0.2, 0.6]})
    d = pd.concat([d, pd.DataFrame({"to": [0.5], "end": ["censored"], "w": [1.0]})])
    last = cl.incidence(d, exit="to", event="end", weights="w").tidy().iloc[-1]
    assert last["estimate"] == 1.0
    assert last[["ci_low", "ci_high"]].isna().all()


def likelihood(rows, ties):
    """Score and information of Cox's model with two covariates at `b`, and expected events, in 60 digits."""

    def at(b):
        exp = [(w * (b[0] * x[0] + b[1] * x[1]).exp(), a, t, e, x, w) for a, t, e, x, w in rows]
        score, info, hazard = [0, 0], [[0, 0], [0, 0]], [0] * len(rows)
        for u in sorted({t for _, t, e, _, _ in rows if e}):
            held = [i for i, (_, a, t, *_) in enumerate(exp) if a < u <= t]
            mine = [i for i in held if rows[i][2] and rows[i][1] == u]
            d = len(mine)
            for stage in range(d):
                f = Decimal(stage) / d if ties == "efron" else Decimal(0)
                part = {i: exp[i][0] * ((1 - f) if i in mine else 1) for i in held}
                total = sum(part.values())
                mean = [sum(part[i] * exp[i][4][j] for i in held) / total for j in (0, 1)]
                each = sum(exp[i][5] for i in mine) / d
                for i in held:
                    hazard[i] += each / total * ((1 - f) if i in mine else 1)
                for j in (0, 1):
                    score[j] += sum(exp[i][5] * exp[i][4][j] for i in mine) / d - each * mean[j]
                    for k in (0, 1):
                        second = sum(part[i] * exp[i][4][j] * exp[i][4][k] for i in held) / total
                        info[j][k] += each * (second - mean[j] * mean[k])
        return score, info, [h * r[0] / r[5] for h, r in zip(hazard, exp, strict=True)]

    return at


def maximum(rows, ties, start):
    """Coefficients, their standard errors and the expected events at the maximum, by Newton's method."""
    at, b = likelihood(rows, ties), [Decimal(float(v)) for v in start]
    for _ in range(8):
        (s, u), ((i, j), (_, k)), _ = at(b)
        size = i * k - j * j
        step = [(k * s - j * u) / size, (i * u - j * s) / size]
        b = [v + move for v, move in zip(b, step, strict=True)]
    assert max(map(abs, step)) < Decimal("1e-30")  # it is the maximum
    _, ((i, j), (_, k)), expected_events = at(b)
    size = i * k - j * j
    return list(map(float, b)), [float((k / size).sqrt()), float((i / size).sqrt())], list(map(float, expected_events))


@pytest.mark.parametrize("ties", ["efron", "breslow"])
@pytest.mark.parametrize(("seed", "late"), [(11, False), (12, False), (13, True), (14, True), (18, True)])
def test_cox_under_weights_of_any_size_is_the_maximum(seed, late, ties):
    d = frame_of(seed, late)
    rng = np.random.default_rng(seed)
    d = d.assign(x=rng.normal(size=len(d)).round(2), z=rng.integers(0, 2, len(d)), e=(d["end"] != "censored") * 1)
    fit = cl.cox(d, "x + z", exit="to", entry="from" if late else None, event="e", weights="w", ties=ties, robust=False)
    with localcontext() as context:
        context.prec = 60
        number = [
            (Decimal(a), Decimal(t), e, (Decimal(x), Decimal(z)), Decimal(w))
            for a, t, e, x, z, w in zip(*(d[c].tolist() for c in ("from", "to", "e", "x", "z", "w")), strict=True)
        ]
        beta, error, expected_events = maximum(number, ties, fit.coefficients)
    np.testing.assert_allclose(fit.coefficients, beta, rtol=1e-8)
    np.testing.assert_allclose(fit.tidy()["std_error"], error, rtol=1e-7)
    martingale = d["e"] - expected_events
    np.testing.assert_allclose(fit.residuals("martingale"), martingale, rtol=1e-6, atol=1e-8)
    for found, m, e, h in zip(fit.residuals("deviance"), martingale, d["e"], expected_events, strict=True):
        assert found == pytest.approx(np.sign(m) * np.sqrt(-2 * (m + (np.log(h) if e else 0))), rel=1e-5, abs=1e-7)


def test_a_maximum_among_light_cases_is_no_separation():
    # Heavy cases enter and leave around light risk sets; the likelihood has a maximum, though rounding hid it.
    rows = [[0, 5, 1, 0, 3e5], [0, 5, 0, 1, 2e-8], [0, 6, 1, 1, 4e-9], [0, 6, 0, 0, 1e-9], [6, 9, 1, 1, 8e5]]
    rows += [[6, 9, 0, 0, 9e5], [7, 10, 1, 0, 5e5], [2, 7, 1, 0, 3e-7], [2, 8, 0, 1, 5e-7], [7, 12, 0, 1, 7e5]]
    d = pd.DataFrame(rows, columns=["from", "to", "e", "z", "w"]).assign(x=[0.3, 1.2, -0.4, 0.8, 0.1, -1, 0.7, 2, 0, 1])
    fit = cl.cox(d, "x + z", exit="to", entry="from", event="e", weights="w", robust=False)
    with localcontext() as context:
        context.prec = 60
        number = [
            (Decimal(a), Decimal(t), e, (Decimal(x), Decimal(z)), Decimal(w))
            for a, t, e, x, z, w in zip(*(d[c].tolist() for c in ("from", "to", "e", "x", "z", "w")), strict=True)
        ]
        beta, error, _ = maximum(number, "efron", fit.coefficients)
    np.testing.assert_allclose(fit.coefficients, beta, rtol=1e-8)
    np.testing.assert_allclose(fit.tidy()["std_error"], error, rtol=1e-7)


def test_a_group_of_one_case_beside_weights_of_any_size():
    # The share of one case is 1 and then 0, whatever it weighs, so nothing can be said of its error; that of the
    # other group is as if it were alone: 1 - 1/(1e6 + 2), and then 1/(1e6 + 1) of that.
    d = pd.DataFrame({"g": list("aaab"), "to": [1.0, 2, 3, 2], "e": [1, 1, 0, 1], "w": [0.5, 5e5, 0.5, 1.5]})
    curves = cl.survival(d, exit="to", event="e", weights="w", by="g")
    table = curves.tidy()
    left = Fraction(10**6 + 1, 10**6 + 2)
    want = [float(left), float(left * Fraction(1, 10**6 + 1)), 0.0]
    np.testing.assert_allclose(table["estimate"], want, rtol=1e-15)
    assert table["std_error"].isna().tolist() == [False, False, True]
    assert curves.restricted_mean(2.0)["estimate"].tolist() == pytest.approx([1 + float(left), 2.0], rel=1e-15)


def test_sums_of_weights_at_risk_are_exact():
    # Whole numbers and the sums of any of them are exact in double precision, and so must be what is summed apart.
    entry, exit = np.array([0.0, 0, 0, 3, 3]), np.array([1.0, 2, 4, 4, 5])
    ended = np.array([True, True, True, True, False])
    weight = np.array([2.0**20, 2.0**20 + 1, 1, 3, 1])
    held, ends, left = weight_at_risk(risk_sets(entry, exit, ended), weight, ended)
    assert held.tolist() == [2.0**21 + 2, 2.0**20 + 2, 5]
    assert ends.tolist() == [2.0**20, 2.0**20 + 1, 4]
    assert left.tolist() == [2.0**20 + 2, 1, 1]
