"""Complete separation is refused exactly where a linear program finds a direction along which the likelihood rises."""

import numpy as np
import pytest
from coxfits import TIMES, small
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from clemency.models.hazard.cox import cox
from clemency.records.errors import DataError

pytestmark = pytest.mark.usefixtures("sums")


def risk_set_pairs(frame, X):
    pairs = [
        X[i] - X[j]
        for i in np.flatnonzero(frame["event"])
        for j in np.flatnonzero((frame["entry"] < frame["exit"].iloc[i]) & (frame["exit"] >= frame["exit"].iloc[i]))
    ]
    return np.unique(np.array(pairs), axis=0)


def rises_for_ever(frame, X):
    """Whether some direction never ranks a survivor above an event and somewhere ranks it below: a linear program."""
    A = risk_set_pairs(frame, X)
    found = linprog(-A.sum(axis=0), A_ub=-A, b_ub=np.zeros(len(A)), bounds=[(-1, 1)] * X.shape[1])
    return -found.fun > 1e-9


def levels_and_x(seed):
    """Small data with a covariate of three levels, and its columns."""
    rng = np.random.default_rng(seed)
    frame = small(seed, 25).assign(g=rng.choice(["a", "b", "c"], 25, p=[0.7, 0.2, 0.1]))
    levels = sorted(frame["g"].unique())[1:]
    return frame, levels, np.column_stack([frame["g"] == level for level in levels] + [frame["x"]]).astype(float)


def is_refused(frame, levels):
    try:
        cox(frame, "g + x" if levels else "x", **TIMES)
    except DataError:
        return True
    return False


@given(seed=st.integers(0, 100_000))
def test_separation_is_found_exactly_where_a_linear_program_finds_it(seed):
    frame, levels, X = levels_and_x(seed)
    refused = is_refused(frame, levels)
    if not refused:
        assert not rises_for_ever(frame, X)
    elif np.linalg.matrix_rank(risk_set_pairs(frame, X)) == X.shape[1]:
        assert rises_for_ever(frame, X)


def test_among_these_data_are_some_with_separation_and_more_without():
    found = []
    for seed in range(60):
        frame, levels, X = levels_and_x(seed)
        if np.linalg.matrix_rank(risk_set_pairs(frame, X)) == X.shape[1]:
            found.append((is_refused(frame, levels), rises_for_ever(frame, X)))
    assert set(found) == {(True, True), (False, False)}
    assert 3 <= found.count((True, True)) < found.count((False, False))
