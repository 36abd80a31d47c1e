"""Fixtures of the models' tests."""

import numpy as np
import pytest

from clemency.models.kernel import parallel


@pytest.fixture(scope="module", params=["numpy", "compiled"])
def sums(request):
    """Let the sums over rows be made by NumPy, and again compiled, however few the rows."""
    before = parallel.COMPILED_FROM
    parallel.COMPILED_FROM = 0 if request.param == "compiled" else np.inf
    if request.param == "compiled":
        assert parallel.kernels_for(1) is not None, "numba is not installed: the compiled sums would go untested"
    yield request.param
    parallel.COMPILED_FROM = before
