"""Pseudo-values of several imputations -> one frame, and regressions of them pooled by Rubin's rules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from clemency.models.imputation.frames import pool_tested
from clemency.models.imputation.repeated import OfImputations, imputation
from clemency.models.modelframe.arguments import check_level
from clemency.models.modelframe.exclusions import left_out_lines
from clemency.records.arguments.signatures import typed
from clemency.records.errors import UsageError
from clemency.records.presentation.markup import as_html


@dataclass(frozen=True, slots=True, eq=False)
class ImputedPseudoValues(OfImputations):
    """Result of `pseudovalues` of an imputed cohort.

    The values of an imputation belong to it: a mean of them would hide what is missing. Regress those of each, and pool
    the regressions (:meth:`regress`).

    Attributes
    ----------
    fits : tuple of PseudoValues, length m
    """

    fits: tuple[Any, ...] = field(repr=False)

    @property
    def m(self) -> int:
        """Number of imputations."""
        return len(self.fits)

    def tidy(self) -> pd.DataFrame:
        """One row for each imputation, case and time: what :meth:`PseudoValues.tidy` has, and ``imputation`` from 1."""
        return pd.concat([f.tidy().assign(imputation=k) for k, f in enumerate(self.fits, 1)], ignore_index=True)

    def glance(self) -> pd.DataFrame:
        """One row: that of :meth:`PseudoValues.glance`, numbers of cases as means, and ``m``."""
        frames = [f.glance() for f in self.fits]
        means = {c: float(np.mean([f[c].iloc[0] for f in frames])) for c in ("n", "events", "censored", "excluded")}
        return frames[0].assign(**means, m=self.m)

    @typed
    def regress(self, model: Callable[[pd.DataFrame, int], Any], *, ci_level: float = 0.95) -> pd.DataFrame:
        """Regress the values of each imputation, and pool the coefficients.

        Parameters
        ----------
        model : callable
            Given the values of an imputation as :meth:`PseudoValues.wide` has them, and its place in the cohorts (from
            0), it returns a fitted regression with ``params`` and ``bse``, as those of statsmodels are. Its errors
            should be robust.
        ci_level : float

        Returns
        -------
        DataFrame
            ``term, estimate, std_error, statistic, p_value, ci_low, ci_high, df, riv, fmi``.

        Raises
        ------
        UsageError
            For what has no coefficients with errors, and regressions with other coefficients than the first.
        """
        check_level(ci_level)
        frames = []
        for k, one in enumerate(self.fits):
            with imputation(k + 1, self.m):
                frames.append(_coefficients(model(one.wide(), k)))
                if list(frames[-1]["term"]) != list(frames[0]["term"]):
                    raise UsageError(
                        f"The regression has the coefficients {', '.join(frames[-1]['term'])}, and the first one "
                        f"{', '.join(frames[0]['term'])}: declare the levels of each column."
                    )
        return pool_tested(frames, ci_level)

    def __repr__(self) -> str:
        return "\n".join(self._lines())

    def _repr_html_(self) -> str:
        head, *notes = self._lines()
        return as_html(head, self.tidy().head(10), notes, "{:.3f}")

    def _lines(self) -> list[str]:
        every = dict.fromkeys(line for f in self.fits for line in left_out_lines(f.exclusions))
        return [f"{self.fits[0].title()}, in each of {self.m} imputations", *every]


def _coefficients(fitted: Any) -> pd.DataFrame:
    try:
        params, errors = pd.Series(fitted.params, dtype=float), pd.Series(fitted.bse, dtype=float)
    except (AttributeError, TypeError, ValueError) as error:
        raise UsageError(
            f"The model gave {type(fitted).__name__}, without coefficients (params) and their errors (bse): return a "
            "fitted regression, such as one of statsmodels."
        ) from error
    names = [str(name) for name in params.index]
    return pd.DataFrame({"term": names, "estimate": params.to_numpy(), "std_error": errors.to_numpy()})


def pool_pseudovalues(fits: list[Any]) -> ImputedPseudoValues:
    """Put pseudo-values of imputations side by side.

    Parameters
    ----------
    fits : list of PseudoValues, length m

    Returns
    -------
    ImputedPseudoValues
    """
    return ImputedPseudoValues(tuple(fits))
