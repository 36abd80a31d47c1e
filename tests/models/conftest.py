"""Fixtures of the models' tests."""

import numpy as np
import pandas as pd
import pytest
from coxfits import FOLDER

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


@pytest.fixture(scope="module")
def expected():
    """Values of R's survival by fit and quantity."""
    table = pd.read_csv(FOLDER / "expected.csv")
    found = {key: part["value"].to_numpy() for key, part in table.groupby(["fit", "quantity"], sort=False)}
    return lambda fit, quantity: found[fit, quantity]
