"""How well scores and chances predict in several imputations -> one concordance or accuracy, by Rubin's rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from clemency.models.imputation.frames import pool_bounded, pool_tested
from clemency.models.imputation.repeated import OfImputations
from clemency.models.modelframe.exclusions import left_out_lines
from clemency.records.arguments.signatures import typed
from clemency.records.presentation.markup import as_html


@dataclass(frozen=True, slots=True, eq=False)
class ImputedConcordances(OfImputations):
    """Result of `concordance` of an imputed cohort.

    Attributes
    ----------
    scores : tuple of str
    ci_level : float
    fits : tuple of Concordances, length m
    """

    scores: tuple[str, ...]
    ci_level: float
    fits: tuple[Any, ...] = field(repr=False)

    def tidy(self) -> pd.DataFrame:
        """One row per score: the columns of :meth:`Concordances.tidy`, counts as means, with ``df, riv, fmi``."""
        frames = [f.tidy() for f in self.fits]
        counts = {c: _mean(frames, c) for c in ("concordant", "discordant", "tied_risk")}
        return pool_bounded(frames, self.ci_level, 0.0, 1.0).assign(**counts)

    @typed
    def difference(self, reference: str | None = None) -> pd.DataFrame:
        """Compare the scores with one of them; as :meth:`Concordances.difference`, with ``df, riv, fmi``.

        Parameters
        ----------
        reference : str, optional
            The first by default.
        """
        return pool_tested([f.difference(reference) for f in self.fits], self.ci_level)

    def glance(self) -> pd.DataFrame:
        """One row: that of :meth:`Concordances.glance`, numbers of rows as means, and ``m``."""
        return _glance(self.fits, ("n", "events", "excluded"))

    def __repr__(self) -> str:
        return "\n".join([_title(self), self.tidy().round(4).to_string(index=False), *_notes(self.fits)])

    def _repr_html_(self) -> str:
        return as_html(_title(self), self.tidy(), _notes(self.fits), "{:.3f}")


@dataclass(frozen=True, slots=True, eq=False)
class ImputedAccuracy(OfImputations):
    """Result of `accuracy` of an imputed cohort.

    Attributes
    ----------
    scores : tuple of str
    ci_level : float
    fits : tuple of Accuracy, length m
    """

    scores: tuple[str, ...]
    ci_level: float
    fits: tuple[Any, ...] = field(repr=False)

    def tidy(self) -> pd.DataFrame:
        """One row per measure, prediction and time: the columns of :meth:`Accuracy.tidy`, with ``df, riv, fmi``."""
        return pool_bounded([f.tidy() for f in self.fits], self.ci_level, 0.0, 1.0)

    def integrated(self) -> pd.DataFrame:
        """Mean Brier score over time: the columns of :meth:`Accuracy.integrated`, with ``df, riv, fmi``."""
        return pool_bounded([f.integrated() for f in self.fits], self.ci_level, 0.0, 1.0)

    @typed
    def difference(self, reference: str | None = None, measure: str = "brier") -> pd.DataFrame:
        """Compare the predictions with one of them; as :meth:`Accuracy.difference`, with ``df, riv, fmi``.

        Parameters
        ----------
        reference : str, optional
            The first by default.
        measure : {"brier", "auc"}
        """
        return pool_tested([f.difference(reference, measure) for f in self.fits], self.ci_level)

    def glance(self) -> pd.DataFrame:
        """One row: that of :meth:`Accuracy.glance`, numbers of rows as means, and ``m``."""
        return _glance(self.fits, ("n", "events", "censored", "excluded"))

    def __repr__(self) -> str:
        return "\n".join([_title(self), self.tidy().round(4).to_string(index=False), *_notes(self.fits)])

    def _repr_html_(self) -> str:
        return as_html(_title(self), self.tidy(), _notes(self.fits), "{:.3f}")


def pool_concordances(fits: list[Any]) -> ImputedConcordances:
    """Pool concordances.

    Parameters
    ----------
    fits : list of Concordances, length m

    Returns
    -------
    ImputedConcordances

    Notes
    -----
    Shares of pairs are pooled as they are, as their limits without imputations are: over many pairs they are nearly
    normal (Marshall, Altman, Holder and Royston, BMC Medical Research Methodology 9 (2009), 57). What an imputation's
    own fit says of its own data is pooled; that is the performance on data of which as much is missing.
    """
    return ImputedConcordances(fits[0].scores, fits[0].ci_level, tuple(fits))


def pool_accuracy(fits: list[Any]) -> ImputedAccuracy:
    """Pool Brier scores and areas under the curve, as they are.

    Parameters
    ----------
    fits : list of Accuracy, length m

    Returns
    -------
    ImputedAccuracy
    """
    return ImputedAccuracy(fits[0].scores, fits[0].ci_level, tuple(fits))


def _title(pooled: Any) -> str:
    return f"{pooled.fits[0].title()}, pooled"


def _mean(frames: Sequence[pd.DataFrame], column: str) -> Any:
    return np.mean([f[column].to_numpy(dtype=float) for f in frames], axis=0)


def _glance(fits: Sequence[Any], numbers: Sequence[str]) -> pd.DataFrame:
    frames = [f.glance() for f in fits]
    return frames[0].assign(**{c: _mean(frames, c) for c in numbers}, m=len(fits))


def _notes(fits: Sequence[Any]) -> list[str]:
    every = Counter(line for f in fits for line in left_out_lines(f.exclusions))
    said = [f"In {k} of {len(fits)} imputations: {line}" for line, k in every.items()]
    return [f"{len(fits)} imputations pooled by Rubin's rules; limits: {fits[0].ci_level:.0%}.", *said]
