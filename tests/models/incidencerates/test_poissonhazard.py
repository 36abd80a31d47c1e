"""Hazard ratios of a rate table: against R's glm of single pieces, with its robust errors, and Firth's penalty."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import clemency as cl

pytest.importorskip("duckdb")
pytest.importorskip("pyarrow")
REFERENCE = Path(__file__).resolve().parents[2] / "reference" / "ratetable"
FORMULA = "region + sex + C(interval)"
ACT = {"outcome": "sentence_reduction"}


@pytest.fixture(scope="module")
def table():
    spells = pd.read_csv(REFERENCE / "spells.csv", dtype=str)
    columns = {"start": "start", "entry": "entry", "exit": "exit", "event": "event"}
    by = ["region", "sex", "court"]
    return cl.rate_table(spells, by=by, clock_breaks=[12, 16, 36, 60], calendar=None, **columns)


@pytest.fixture(scope="module")
def wanted():
    return pd.read_csv(REFERENCE / "poisson.csv")


@pytest.mark.parametrize(
    ("asked", "column"), [({}, "error"), ({"variance": "rows"}, "rows"), ({"cluster": "court"}, "court")]
)
def test_equal_to_rows_in_r(table, wanted, asked, column):
    fit = cl.poisson_hazard(table, FORMULA, **ACT, **asked)
    np.testing.assert_allclose(fit.coefficients, wanted["estimate"][1:], rtol=0, atol=1e-10)
    assert abs(fit.baseline - wanted["estimate"][0]) < 1e-10
    np.testing.assert_allclose(fit.tidy()["std_error"], wanted[column][1:], rtol=1e-7)


def test_firth_with_a_level_without_events(table, wanted):
    cells = table.cells.copy()
    cells.loc[cells["interval"] == 12, ["events1", "events2"]] = 0
    fit = cl.poisson_hazard(replace(table, cells=cells), FORMULA, **ACT, penalty="firth")
    np.testing.assert_allclose(fit.coefficients, wanted["firth"][1:], rtol=0, atol=1e-7)
    np.testing.assert_allclose(fit.tidy()["std_error"], wanted["firth_error"][1:], rtol=1e-7)
    plain = cl.poisson_hazard(replace(table, cells=cells), FORMULA, **ACT)
    assert np.isneginf(plain.coefficients[3])
    assert np.isnan(plain.tidy()["std_error"][3])


def test_of_two_cells_by_hand():
    spells = pd.DataFrame({"site": ["a", "a", "b", "b"], "months": [10.0, 30.0, 20.0, 5.0], "act": [1, 0, 1, 1]})
    table = cl.rate_table(spells, "site", calendar=None, exit="months", event="act")
    fit = cl.poisson_hazard(table, "site")
    assert fit.coefficients[0] == pytest.approx(np.log((2 / 25) / (1 / 40)), abs=1e-12)
    assert fit.tidy()["std_error"][0] == pytest.approx(np.sqrt(1 / 2 + 1), abs=1e-12)
    rows = cl.poisson_hazard(table, "site", variance="rows").tidy()["std_error"][0]
    a, b = np.array([1 - 10 / 40, -30 / 40]), np.array([1 - 40 / 25, 1 - 10 / 25])
    assert rows == pytest.approx(np.sqrt(a @ a + (b @ b) / 4), abs=1e-12)
    assert fit.facts["loglik"] == pytest.approx(np.log(1 / 40) - 1 + 2 * np.log(2 / 25) - 2)


def test_nested_formulas_are_compared_by_the_likelihood(table):
    one, other = (cl.poisson_hazard(table, f, **ACT) for f in ("region + C(interval)", FORMULA))
    found = cl.anova(one, other)
    assert float(found["df"].iloc[-1]) == 1
    with pytest.raises(cl.UsageError, match="robust"):
        cl.anova(*(cl.poisson_hazard(table, f, **ACT, cluster="court") for f in ("region", "region + sex")))


def test_rates_of_a_table_are_those_of_the_cohort():
    cohort = cl.cohort(cl.load("cases"), cl.load("acts"), outcome="sentence_reduction", recurrent=True)
    table = cl.rate_table(cohort, by=["province", "charge_family"], clock_breaks=[24], calendar="Y")
    one = cl.rates(table, "charge_family", outcome="sentence_reduction")
    other = cl.rates(cohort, "charge_family", outcome="sentence_reduction")
    columns = ["n_event", "person_months", "estimate", "std_error", "ci_low", "ci_high"]
    assert one.tidy()["charge_family"].astype(str).tolist() == other.tidy()["charge_family"].astype(str).tolist()
    np.testing.assert_allclose(one.tidy()[columns], other.tidy()[columns], rtol=1e-10)
    asked = {
        "by": "province",
        "outcome": "sentence_reduction",
        "adjust": "charge_family",
        "uncertainty": "none",
        "draws": 50,
    }
    one, other = cl.pooled_rates(table, **asked).tidy(), cl.pooled_rates(cohort, **asked).tidy()
    np.testing.assert_allclose(one["estimate"], other["estimate"], rtol=1e-8)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({}, "several outcomes"),
        ({"outcome": "parole"}, "not among those"),
        ({**ACT, "cluster": "prison"}, "no column 'prison'"),
        ({**ACT, "cluster": "court", "variance": "rows"}, "either"),
        ({**ACT, "penalty": "firth", "variance": "rows"}, "those of the model"),
        ({**ACT, "variance": "hc3"}, "model, rows"),
        ({**ACT, "penalty": "lasso"}, "firth"),
    ],
)
def test_refusals(table, asked, message):
    with pytest.raises(cl.UsageError, match=message):
        cl.poisson_hazard(table, FORMULA, **asked)
    with pytest.raises(cl.UsageError, match="grouped_hazard"):
        cl.poisson_hazard(table.to_pandas(), FORMULA)
    with pytest.raises(cl.UsageError, match="leave count= out"):
        cl.rates(table, count="sentence_reduction")
