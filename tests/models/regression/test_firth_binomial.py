"""Binomial regression under Firth's penalty where the penalty bends the likelihood as much as the data do."""

import numpy as np
import pytest

from clemency.models.regression.binomial import Trials, fit_binary


@pytest.mark.parametrize("n", [1, 2, 3, 10])
def test_nobody_without_the_event_by_hand(n):
    # n - n share + (1 - 2 share) / 2 is zero at share = (2n + 1) / (2n + 2); one trial lets scoring steps circle it.
    fit = fit_binary(Trials(np.ones((n, 1)), np.ones(n, dtype=bool), np.zeros(n), np.ones(n), "logit", firth=True))
    assert fit.converged
    assert fit.beta[0] == pytest.approx(np.log(2 * n + 1), abs=1e-7)
