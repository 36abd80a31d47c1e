"""Offsets of any size: the same maximum by substitution, or a refusal that names the offset and not separation."""

import numpy as np
import pandas as pd
import pytest

import clemency as cl
from clemency.records.errors import DataError

TIMES = {"exit": "t", "event": "e"}


def people(seed: int = 5, n: int = 120) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    d = pd.DataFrame({"x": rng.normal(size=n), "g": rng.choice(list("ab"), n)})
    t, c = rng.exponential(1, n) * np.exp(-0.5 * d["x"]), rng.exponential(2, n)
    return d.assign(t=np.minimum(t, c), e=(t < c).astype(int), zero=0.0)


@pytest.mark.parametrize("size", [0.5, 10, 100, 150])
@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_an_offset_along_a_covariate_moves_its_coefficient(size, ties):
    """x'b + size x is x'(b + size): the same likelihood and the same errors, however large."""
    d = people()
    plain = cl.cox(d, "x + g", **TIMES, ties=ties)
    moved = cl.cox(d.assign(o=size * d["x"]), "x + g", **TIMES, offset="o", ties=ties)
    np.testing.assert_allclose(moved.coefficients + np.array([size, 0]), plain.coefficients, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(moved.covariance, plain.covariance, rtol=1e-6)
    assert moved.facts["loglik"] == pytest.approx(plain.facts["loglik"], rel=1e-9)


def test_in_fine_gray_too():
    d = people().assign(k=lambda f: np.where(f["e"] == 1, np.where(f["x"] > 0.3, "death", "cut"), "censored"))
    spell = {"exit": "t", "event": "k", "outcome": "cut"}
    plain = cl.fine_gray(d, "g", **spell)
    moved = cl.fine_gray(d.assign(o=120.0 * (d["g"] == "b")), "g", **spell, offset="o")
    assert moved.coefficients[0] + 120 == pytest.approx(plain.coefficients[0], rel=1e-7)


@pytest.mark.parametrize("constant", [50.0, 1e3, 2017.0, -1e6])
def test_a_constant_changes_nothing(constant):
    d = people()
    fit = cl.cox(d.assign(o=constant), "x + g", **TIMES, offset="o")
    np.testing.assert_allclose(fit.coefficients, cl.cox(d, "x + g", **TIMES).coefficients, rtol=1e-9)


def test_months_in_place_of_their_logarithm():
    """R 4.2.2, survival 3.5: coxph(Surv(t, e) ~ x + offset(o)) gives -2.478308531."""
    d = people(7).assign(o=lambda f: np.linspace(0, 240, len(f)))
    assert cl.cox(d, "x", **TIMES, offset="o").coefficients[0] == pytest.approx(-2.478308531, rel=1e-8)


@pytest.mark.parametrize("options", [{}, {"penalty": "firth"}, {"ties": "exact"}, {"penalty": 1.0}])
def test_what_numbers_do_not_hold_is_said_of_the_offset(options):
    d = people().assign(o=lambda f: 1000.0 * (f.index == 0))
    with pytest.raises(DataError, match="differs by up to 1000 between spells") as error:
        cl.cox(d, "x + g", **TIMES, offset="o", **options)
    assert "separation" not in str(error.value)
    assert "logarithm" in str(error.value)


def test_a_search_that_fails_beside_an_offset_names_it():
    rng = np.random.default_rng(0)
    d = people(0).assign(o=rng.exponential(110, 120))
    with pytest.raises(DataError, match="o: it differs by up to"):
        cl.cox(d, "x + g", **TIMES, offset="o")


def test_separation_beside_an_offset_is_still_separation():
    d = people().assign(never=lambda f: np.where((f["e"] == 0) & (f.index % 3 == 0), "yes", "no"))
    for size in (0.1, 20.0):
        with pytest.raises(DataError, match=r"separation|none of its") as error:
            cl.cox(d.assign(o=size * d["x"]), "x + never", **TIMES, offset="o")
        assert "differs by up to" not in str(error.value)
