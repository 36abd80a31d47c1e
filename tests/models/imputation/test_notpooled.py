"""What pooled results do not have: said by name, and not as a fault of the program; what nobody knows has no rules."""

import copy
import pickle

import numpy as np
import pandas as pd
import pytest

import clemency as cl
from clemency.models.imputation.curves import pool_values
from clemency.records.errors import UsageError

CUTS = {"outcome": "sentence_reduction", "competing": ("early_release",), "clock": "sentence"}


@pytest.fixture(scope="module")
def cohort():
    return cl.cohort(cl.load("cases"), cl.load("acts"), dates="impute", m=2, seed=5, **CUTS)


def test_methods_of_one_imputation_are_named_with_where_they_are(cohort):
    curves = cl.incidence(cohort)
    moved = cl.cohort(cl.load("cases"), cl.load("acts"), dates="impute", m=2, seed=5, recurrent=True, **CUTS)
    states = cl.multistate(moved, cuts=1)
    pooled = cl.cox(cohort, "sentence_months", outcome="sentence_reduction")
    for result, name, where in (
        (states, "markov", r"for one in pooled\.fits"),
        (curves, "quantile", r"for one in pooled\.curves"),
        (pooled, "restricted_mean", r"for one in pooled\.fits"),
    ):
        with pytest.raises(UsageError, match=f"{name} is not pooled over imputations, .*{where}"):
            getattr(result, name)
        assert not hasattr(result, name)
        with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
            result.nothing  # noqa: B018
    assert [c.quantile(0.1).shape for c in curves.curves] == [(2, 5)] * 2  # the remedy holds
    assert copy.copy(pooled).terms == pooled.terms
    assert pickle.loads(pickle.dumps(pooled)).tidy().equals(pooled.tidy())


def test_what_no_imputation_knows_has_no_rules_either():
    value, error = np.array([[0.2, np.nan, 0.0], [0.3, 0.4, 0.0]]), np.full((2, 3), 0.1)
    columns = {"estimate": value, "std_error": error, "ci_low": value, "ci_high": value}
    found = pd.DataFrame(pool_values(columns, "incidence", 0.95))
    assert found.drop(columns="std_error").isna().all(axis=1).tolist() == [False, True, False]
    assert (found["df"][2], found["riv"][2]) == (np.inf, 0.0)
