"""A fitted hazard regression as data: coefficients, their covariances, what was counted, and the arrays behind them."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field, fields, replace
from typing import Any, Self

import numpy as np
import pandas as pd

from clemency.models.designmatrix.design import Design
from clemency.models.likelihood.partial import CoxData, State
from clemency.models.modelframe.history import History
from clemency.models.regression.coefficients import Moments
from clemency.models.regression.likelihoods import Likelihood, of_model_alone
from clemency.models.regression.sandwich import cluster_sums
from clemency.records.errors import UsageError
from clemency.typing import Bools, Floats, Ints


@dataclass(frozen=True, slots=True)
class Sources:
    """The arrays behind an estimate, kept for residuals, baseline, prediction and other variances.

    They are left out when an estimate is pickled, so that ten thousand bootstrap results stay small.
    """

    history: History
    design: Design
    data: CoxData
    state: State
    event: Bools
    frame: pd.DataFrame
    clusters: tuple[Ints, ...] = ()
    parent: Ints | None = None

    def folded(self, values: Floats) -> Floats:
        """Unweighted values of rows, where rows stand for others added to them (Fine and Gray)."""
        if self.parent is None or self.data.weight is None:
            return values
        weighted = (values.T * self.data.weight).T
        summed = cluster_sums(weighted.reshape(len(values), -1), self.parent).reshape(-1, *values.shape[1:])
        return summed if self.history.weight is None else (summed.T / self.history.weight).T


@dataclass(frozen=True, slots=True, eq=False)
class HazardFit:
    """A fitted hazard regression: results, and the arrays behind them.

    Attributes
    ----------
    model : str
        Such as ``"Cox, cause sentence_reduction"``.
    formula : str
    terms, levels : tuple of str, length p
    coefficients : ndarray, shape (p,)
        Log hazard ratios.
    covariance : ndarray, shape (p, p)
        The one that ``tidy`` uses; ``variance`` says which it is.
    model_covariance : ndarray, shape (p, p)
        Inverse of the (penalised) information.
    variance : str
        ``"model"``, ``"robust"`` or ``"cluster: <columns>"``.
    limits : ndarray, shape (p, 2), or None
        Profile-likelihood limits of the coefficients, where the model has them.
    roots : ndarray, shape (p,), or None
        Signed roots of the penalised likelihood ratios, which then are the ``statistic``.
    exclusions : DataFrame
        ``reason, column, n, first_rows``: what was left out and why.
    counts : tuple of tuple
        The rows of :attr:`support`.
    unused : tuple of (str, str)
        Terms and levels declared but not present.
    facts : dict
        The content of :meth:`glance`.
    ci_level : float
    """

    model: str
    formula: str
    terms: tuple[str, ...]
    levels: tuple[str, ...]
    coefficients: Floats
    covariance: Floats
    model_covariance: Floats
    variance: str
    limits: Floats | None
    roots: Floats | None
    exclusions: pd.DataFrame
    counts: tuple[tuple[str, str, int, int, bool], ...]
    unused: tuple[tuple[str, str], ...]
    facts: dict[str, Any]
    ci_level: float
    options: dict[str, Any]
    sources: Sources | None = field(repr=False)

    def moments(self) -> Moments:
        """Give coefficients and covariance for pooling."""
        return Moments(self.model, self.coefficients, self.covariance, np.inf)

    def likelihood(self) -> Likelihood:
        """Give the likelihood and what it is of, for a comparison with nested models."""
        sources = self.needed("a comparison of likelihoods")
        h, o = sources.history, self.options
        unusable = of_model_alone(self.variance, h.counted, o["penalty"])
        if o.get("subdistribution"):
            unusable = "a Fine-Gray fit weights its risk sets, so that it is not at the maximum of a likelihood"
        rows = (
            ("rows", sources.history.rows), ("times", h.exit), ("entries", h.entry), ("events", sources.event),
            ("weights", h.weight), ("strata", h.strata.code), ("offset", h.offset), ("ties", o["ties"]),
        )  # fmt: skip
        return Likelihood(
            "Cox", self.formula, float(self.facts["loglik"]), len(self.coefficients), rows, sources.design.matrix,
            unusable, h.index,
        )  # fmt: skip

    def needed(self, what: str) -> Sources:
        """Give the arrays behind the fit; refuse where it was pickled without them."""
        if self.sources is None:
            raise UsageError(f"{what} needs the data, which a stored estimate does not keep: fit again")
        return self.sources

    def __copy__(self) -> Self:
        return replace(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Copy what can be seen; the arrays behind the fit, which nothing writes to, are shared."""
        return replace(self, **{name: copy.deepcopy(value, memo) for name, value in self._seen().items()})

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self), self._seen())

    def _seen(self) -> dict[str, Any]:
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name != "sources"}


def _restore(kind: type[HazardFit], values: dict[str, Any]) -> HazardFit:
    return kind(**values, sources=None)
