"""Fixtures of the models' tests."""

import numpy as np
import pytest

from clemency.models import parts


@pytest.fixture(scope="module", params=["numpy", "compiled"])
def sums(request):
    """Let the sums over rows be made by NumPy, and again compiled, however few the rows."""
    before = parts.COMPILED_FROM
    parts.COMPILED_FROM = 0 if request.param == "compiled" else np.inf
    if request.param == "compiled":
        assert parts.kernels_for(1) is not None, "numba is not installed: the compiled sums would go untested"
    yield request.param
    parts.COMPILED_FROM = before
