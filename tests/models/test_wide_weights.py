"""Curves under weights from 1e-9 to 1e6, against fractions: the definitions, summed row by row without any rounding."""

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

import clemency as cl

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
