"""Weights that are no numbers of cases: residuals over many powers of ten, and statistics that are withheld."""

from decimal import Decimal, getcontext

import numpy as np
import pandas as pd
import pytest

import clemency as cl

TIMES = {"exit": "t", "event": "e"}


def dirty(seed: int, kind: str, n: int = 30) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    d = pd.DataFrame({"x": rng.normal(size=n), "w": 10 ** rng.uniform(-9, 6, n), "e": rng.integers(0, 10, n) < 7})
    d["e"] = d["e"].astype(int)
    d["t"] = rng.integers(2, 12, n) + 0.0 if "tied" in kind else rng.permutation(n) + 1.0
    return d.assign(s=rng.integers(0, 3, n) if "strata" in kind else 0)


def exact_deviance(d: pd.DataFrame, beta: float) -> list[float]:
    """Deviance residuals from Efron's hazards with eighty digits, risk set by risk set."""
    getcontext().prec = 80
    n = len(d)
    risk = [(Decimal(float(x)) * Decimal(beta)).exp() for x in d["x"]]
    weight, expected = [Decimal(float(w)) for w in d["w"]], [Decimal(0)] * n
    for s, t in d.loc[d["e"] == 1, ["s", "t"]].drop_duplicates().itertuples(index=False):
        here = [i for i in range(n) if d["s"][i] == s and d["t"][i] >= t]
        ending = [i for i in here if d["t"][i] == t and d["e"][i]]
        total, own = (sum(weight[i] * risk[i] for i in rows) for rows in (here, ending))
        mean = sum(weight[i] for i in ending) / len(ending)
        for j in range(len(ending)):
            left = Decimal(j) / len(ending)
            for i in here:
                expected[i] += risk[i] * mean / (total - left * own) * (1 - left if i in ending else 1)
    found = []
    for i in range(n):
        event = int(d["e"][i])
        inner = event - expected[i] + (expected[i].ln() if event else 0)
        found.append(float(max(-2 * inner, Decimal(0)).sqrt().copy_sign(event - expected[i])))
    return found


@pytest.mark.parametrize("kind", ["plain", "tied", "strata", "tied strata"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_deviance_residuals_with_weights_over_fifteen_powers_of_ten(kind, seed):
    d = dirty(seed, kind)
    fit = cl.cox(d, "x", **TIMES, weights="w", strata="s")
    expected = exact_deviance(d, float(fit.coefficients[0]))
    np.testing.assert_allclose(fit.residuals("deviance"), expected, rtol=1e-8, atol=1e-6)


def test_a_deviance_residual_by_hand():
    """The first of two has the event at a hazard of 5e-17, by their weights: sqrt(-2 (1 + log 5e-17)) = 8.5480."""
    d = pd.DataFrame({"t": [1.0, 2, 3], "e": [1, 1, 0], "x": [0.0, 1, 0], "w": [1e-10, 1e6, 1e6]})
    fit = cl.cox(d, "x", **TIMES, weights="w", penalty=1e12)  # no effect
    hazard = 1e-10 / 2e6
    assert fit.residuals("deviance")[0] == pytest.approx(np.sqrt(-2 * (1 + np.log(hazard))), rel=1e-7)
    assert fit.residuals("deviance")[0] == pytest.approx(8.5480, abs=5e-5)
    assert fit.residuals("martingale").tolist() == pytest.approx([1, 0.5, -0.5], abs=1e-6)


def sample(n: int = 80) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    d = pd.DataFrame({"t": rng.exponential(5, n), "e": rng.integers(0, 2, n), "x": rng.normal(size=n)})
    d["k"] = np.where(d["e"] == 1, "cut", np.where(d["x"] > 0, "death", "censored"))
    return d.assign(w=rng.uniform(0.2, 3, n), whole=rng.integers(1, 4, n), start=np.floor(d["t"]))


FITS = {
    "cox": lambda d, w: cl.cox(d, "x", **TIMES, weights=w),
    "cox, clustered": lambda d, w: cl.cox(d.assign(c=range(len(d))), "x", **TIMES, weights=w, cluster="c"),
    "cox, of the model": lambda d, w: cl.cox(d, "x", **TIMES, weights=w, robust=False),
    "cox, Firth": lambda d, w: cl.cox(d, "x", **TIMES, weights=w, penalty="firth"),
    "fine_gray": lambda d, w: cl.fine_gray(d, "x", exit="t", event="k", outcome="cut", weights=w),
}


@pytest.mark.parametrize("name", FITS)
def test_statistics_that_count_cases_are_withheld_where_weights_do_not(name):
    withheld = ["likelihood_ratio", "likelihood_ratio_p", "score", "score_p", "aic", "bic"]
    fit = FITS[name](sample(), "w")
    assert fit.glance()[withheld].isna().all(axis=None)
    assert fit.glance()[["wald", "wald_p", "loglik"]].notna().all(axis=None)
    assert fit.tests.set_index("test")["p_value"].isna().to_dict() == {
        "likelihood ratio": True, "Wald": False, "score": True,
    }  # fmt: skip
    said = "the weights ('w') are not numbers of cases"
    assert fit.warnings["message"].str.contains(said, regex=False).sum() == 1
    assert said in repr(fit)
    assert "not numbers of cases" in fit._repr_html_()
    whole = FITS[name](sample(), "whole")
    assert whole.glance()[withheld].notna().all(axis=None)
    assert not whole.warnings["message"].str.contains("not numbers of cases").any()


def test_another_variance_keeps_them_withheld():
    fit = FITS["cox"](sample(), "w").with_variance(robust=False)
    assert fit.glance()[["likelihood_ratio", "score", "aic"]].isna().all(axis=None)
    assert "not numbers of cases" in repr(fit)


def test_other_models_withhold_the_aic():
    d = sample()
    ends = d.assign(low=np.floor(d["t"]), high=np.where(d["e"] == 1, np.ceil(d["t"]), np.inf), months=d["t"] + 1)
    for make in (
        lambda w: cl.occurrence(d, "x", event="e", entry="start", weights=w),
        lambda w: cl.interval_hazard(ends, "x", lower="low", upper="high", weights=w, cuts=1),
        lambda w: cl.magnitude(ends, "x", weights=w),
    ):
        fit = make("w")
        assert fit.glance()["aic"].isna().item()
        assert fit.warnings["message"].str.contains("not numbers of cases").any()
        assert "\nthe weights ('w')" in repr(fit)
        assert not make("whole").warnings["message"].str.contains("not numbers of cases").any()
    assert cl.occurrence(d, "x", event="e", entry="start", weights="whole").glance()["aic"].notna().item()
    assert "robust" in repr(cl.occurrence(d, "x", event="e", entry="start", weights="w"))
    for options in ({"penalty": "firth"}, {"shrink": "k"}):
        fit = cl.occurrence(d, "x", event="e", entry="start", weights="w", duration=None, **options)
        assert "without penalty= and shrink= they are robust" in repr(fit)
