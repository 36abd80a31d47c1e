"""The compiled sums over rows against those in NumPy, and what happens without numba."""

import copy
import os
import pickle
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from clemency.models.designmatrix.design import model_matrix
from clemency.models.kernel import parallel, riskset, sums
from clemency.models.kernel.riskset import risk_sets, with_fading
from clemency.models.likelihood import score
from clemency.models.likelihood.partial import evaluate, first_moments, make_data
from clemency.models.likelihood.score import sandwich, score_residuals

#: Where two threads share the lines of a table, and where they share the rows.
LARGE, SMALL = 1, 10**9


@pytest.fixture
def compiled(monkeypatch):
    monkeypatch.setattr(parallel, "COMPILED_FROM", 0)
    assert parallel.kernels_for(1) is not None


def a_sample(seed, n=400, whole=True, strata=1, fading=0, weighted=False, ties="efron", formula="x + g"):
    """Spells with some ties, delayed entry and an offset; as many rows as asked that fade."""
    rng = np.random.default_rng(seed)
    entry = rng.uniform(0, 10, n)
    exit = entry + rng.exponential(8, n) + 0.01
    if whole:
        entry, exit = np.floor(entry), np.ceil(exit)
    happened, stratum = rng.random(n) < 0.5, rng.integers(0, strata, n)
    frame = pd.DataFrame({"x": rng.normal(size=n), "g": rng.choice(list("abc"), n)})
    frame["h"] = rng.choice(list("abcdefghijklm"), n)
    made = model_matrix(formula, frame)
    sets, X = risk_sets(entry, exit, happened, stratum), made.matrix
    if fading:
        late = np.resize(np.flatnonzero(~happened), fading)
        sets = with_fading(sets, exit[late], stratum[late], np.sort(rng.uniform(0.2, 1, len(sets.time)))[::-1])
        X = np.concatenate([X, X[late]])
    weight = rng.uniform(0.5, 2, len(X)) if weighted or fading else None
    return made, sets, weight, rng.normal(size=len(X)) * 0.1, ties, X


CASES = [
    {},
    {"whole": False},
    {"strata": 3},
    {"strata": 2, "whole": False, "weighted": True},
    {"fading": 60},
    {"fading": 500},  # the second half has only rows that fade
    {"fading": 60, "strata": 2, "whole": False},
    {"ties": "breslow"},
    {"ties": "breslow", "whole": False, "weighted": True},
    {"formula": "x + g + h", "whole": False},  # a line of a table lies in several of the cache
]


@pytest.mark.parametrize("far", [0, SMALL])
@pytest.mark.parametrize("large", [LARGE, SMALL])
@pytest.mark.parametrize("threads", [False, True])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_compiled_sums_are_those_of_numpy(monkeypatch, compiled, case, threads, large, far):
    if threads:
        monkeypatch.setattr(parallel, "MANY", 100)
        monkeypatch.setattr(parallel, "SOME", 100)
        monkeypatch.setattr(parallel, "BLOCK", 32)  # the halves are cut at a multiple of it
    monkeypatch.setattr(sums, "LARGE", large)
    monkeypatch.setattr(parallel.compiled_sums(), "FAR", far)
    quick = make_data(*a_sample(1, **case))
    beta = np.resize([0.4, -0.7, 0.2], quick.X.shape[1])
    monkeypatch.setattr(parallel, "COMPILED_FROM", np.inf)
    plain = make_data(*a_sample(1, **case))
    assert quick.lines is not None
    assert plain.lines is None
    one, other = evaluate(quick, beta), evaluate(plain, beta)
    close = {"rtol": 1e-11, "atol": 1e-11}
    assert one.loglik == pytest.approx(other.loglik, rel=1e-13)
    np.testing.assert_allclose(one.score, other.score, **close)
    np.testing.assert_allclose(one.information, other.information, **close)
    for name in ("eta", "risk", "hazard", "at_risk", "at_ties"):
        np.testing.assert_allclose(getattr(one.state, name), getattr(other.state, name), **close, err_msg=name)
    for a, b in zip(first_moments(quick, one.state), first_moments(plain, other.state), strict=True):
        assert (a is None) == (b is None)
        if a is not None:
            np.testing.assert_allclose(a, b, **close)
    bread = np.linalg.inv(other.information)
    whose = np.arange(len(plain.X)) // 3
    for clusters in ((), (whose,)):
        asked = sandwich(plain, other.state, bread, clusters)
        np.testing.assert_allclose(sandwich(quick, one.state, bread, clusters), asked, **close)
        for data, found in ((quick, evaluate(quick, beta)), (plain, evaluate(plain, beta))):
            np.testing.assert_allclose(sandwich(data, found.state, bread, clusters, found.sums), asked, **close)


TIMES = st.lists(
    st.one_of(
        st.integers(0, 20).map(float),
        st.floats(0, 1e6, allow_nan=False),
        st.sampled_from([1e-300, 5.0, 5.0 + 1e-15, 5.0 - 1e-15, 1e6, 1e300, 1.7e308]),
    ),
    min_size=1,
    max_size=60,
)


@given(TIMES, TIMES)
@example([-1.7e308, 1.7e308], [-1.7e308, 0.0, 1.7e308])
@example([5e-324, 1e-323], [0.0, 5e-324, 1.0])
def test_ranks_in_a_grid_are_those_of_a_search(points, times):
    grid, asked = np.unique(points), np.array(times)
    before = parallel.COMPILED_FROM
    try:
        parallel.COMPILED_FROM = 0
        found = riskset._counter(grid, len(asked))(asked)
    finally:
        parallel.COMPILED_FROM = before
    np.testing.assert_array_equal(found, np.searchsorted(grid, asked, side="right"))


@given(st.integers(0, 2**32 - 1))
def test_risk_sets_do_not_depend_on_how_they_are_found(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 80))
    entry = rng.integers(0, 9, n) / rng.choice([1, 7])
    exit = entry + rng.integers(1, 9, n) / rng.choice([1, 7])
    event, stratum = rng.random(n) < 0.6, rng.integers(0, 3, n)
    before, made = parallel.COMPILED_FROM, []
    try:
        for start in (0, np.inf):
            parallel.COMPILED_FROM = start
            made.append(risk_sets(entry, exit, event, stratum))
    finally:
        parallel.COMPILED_FROM = before
    for name in ("time", "stratum", "first", "lo", "hi", "at", "n_event"):
        np.testing.assert_array_equal(getattr(made[0], name), getattr(made[1], name), err_msg=name)


def test_few_rows_never_load_numba_and_many_do_without_it():
    code = """
import sys
import numpy as np, pandas as pd
import clemency as cl

def fit(n):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x": rng.normal(size=n), "t": rng.integers(1, 50, n), "e": rng.integers(0, 2, n)})
    return cl.cox(frame, "x", exit="t", event="e").coefficients[0]

fit(1000)
assert "numba" not in sys.modules
from clemency.models.kernel import parallel
sys.modules["numba"] = None  # as if it were not installed
without = fit(12000)
assert parallel.kernels_for(12000) is None
del sys.modules["numba"]
parallel.compiled_sums.cache_clear()
with_it = fit(12000)
assert parallel.kernels_for(12000) is not None
print(abs(with_it - without) / abs(without))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert float(done.stdout) < 1e-10


@pytest.mark.parametrize("error", ["ImportError", "AttributeError", "OSError", "SystemError"])
def test_a_numba_that_does_not_load_is_as_none(tmp_path, error):
    (tmp_path / "numba.py").write_text(f"raise {error}('too old for this NumPy')")
    code = "from clemency.models.kernel import parallel; print(parallel.kernels_for(10**6))"
    path = os.pathsep.join([str(tmp_path), os.getcwd()])
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "None"


def test_a_cache_that_cannot_be_read_is_as_no_numba(monkeypatch):
    parallel.compiled_sums()  # so that the module is there
    from clemency.models.kernel import compiled

    def fail(*_):
        raise EOFError("Ran out of input")

    monkeypatch.setattr(compiled, "add_rows", fail)
    parallel.compiled_sums.cache_clear()
    try:
        assert parallel.kernels_for(10**6) is None
    finally:
        monkeypatch.undo()
        parallel.compiled_sums.cache_clear()
    assert parallel.kernels_for(10**6) is not None


@pytest.mark.parametrize("case", [{}, {"strata": 2, "weighted": True}, {"fading": 60}, {"whole": False}], ids=str)
def test_scores_that_do_not_compile_are_written_by_numpy(monkeypatch, compiled, case):
    data = make_data(*a_sample(1, **case))
    found = evaluate(data, np.resize([0.4, -0.7, 0.2], data.X.shape[1]))
    assert data.lines is not None
    quick = score_residuals(data, found.state)
    monkeypatch.setattr(score, "compiled_scores", lambda: None)
    np.testing.assert_allclose(score_residuals(data, found.state), quick, rtol=1e-12, atol=1e-12)


def test_a_fit_without_robust_errors_compiles_no_scores():
    code = """
import numpy as np, pandas as pd
import clemency as cl
from clemency.models.kernel import parallel

n = 12_000
frame = pd.DataFrame({"x": np.arange(n) % 7, "t": np.arange(n) % 90 + 1.0, "e": np.arange(n) % 2})
cl.cox(frame, "x", exit="t", event="e")
print(len(parallel.compiled_sums().write_scores.signatures))
cl.cox(frame, "x", exit="t", event="e", robust=True)
print(len(parallel.compiled_sums().write_scores.signatures))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.split() == ["0", "1"]


def test_a_fit_compiles_nothing_that_was_not_tried_out():
    code = """
import numpy as np, pandas as pd
import clemency as cl
from clemency.models.kernel import parallel

rng, n = np.random.default_rng(0), 12_000
frame = pd.DataFrame({"x": rng.normal(size=n), "z": rng.normal(size=n), "t": rng.exponential(size=n)})
frame["months"], frame["whose"], frame["w"] = np.ceil(50 * frame["t"]), np.arange(n) // 2, rng.uniform(1, 2, n)
frame["since"], frame["e"] = frame["t"] / 2, rng.integers(0, 2, n)
frame["end"] = rng.choice(["censored", "cut", "death"], n)
for more in ({}, {"robust": True}, {"cluster": "whose"}, {"weights": "w", "entry": "since"}):
    cl.cox(frame, "x + z", exit="t", event="e", **more)
cl.cox(frame, "x + z", exit="months", event="e", robust=True)
cl.fine_gray(frame, "x + z", exit="t", event="end", outcome="cut")
kernels = parallel.compiled_sums()
for name in dir(kernels):
    made = getattr(getattr(kernels, name), "signatures", None)
    if made is not None and not name.startswith("_"):
        print(name, len(made))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    counts = dict(line.split() for line in done.stdout.splitlines())
    assert {"add_rows", "write_scores", "add_moments", "count_up_to"} <= set(counts)
    assert set(counts.values()) == {"1"}, counts


def test_data_with_compiled_sums_can_be_copied_and_stored(compiled):
    data = make_data(*a_sample(1))
    assert data.lines is not None
    plain = evaluate(data, np.zeros(3))
    for again in (copy.deepcopy(data), pickle.loads(pickle.dumps(data))):
        np.testing.assert_array_equal(evaluate(again, np.zeros(3)).score, plain.score)
