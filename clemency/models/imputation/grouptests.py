"""Tests of groups in several imputations -> one, by their chi-squared statistics."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from clemency.models.imputation.repeated import OfImputations
from clemency.models.imputation.rubin import JoinedTest, join_tests
from clemency.records.errors import UsageError
from clemency.records.presentation.markup import as_html


@dataclass(frozen=True, slots=True, eq=False)
class ImputedTest(OfImputations):
    """Result of `logrank` and `gray_test` of an imputed cohort.

    Attributes
    ----------
    name : str
    pooled : JoinedTest
    tests : tuple of Test, length m
        Those of the imputations.
    """

    name: str
    pooled: JoinedTest
    tests: tuple[Any, ...] = field(repr=False)

    @property
    def p_value(self) -> float:
        """Probability of a statistic at least this large if the groups do not differ."""
        return self.pooled.p_value

    def tidy(self) -> pd.DataFrame:
        """One row: ``statistic`` (F), ``df, df_resid, p_value, riv, fmi``."""
        p = self.pooled
        row = {"statistic": p.statistic, "df": p.df, "df_resid": p.df_resid, "p_value": p.p_value}
        return pd.DataFrame([row | {"riv": p.riv, "fmi": p.fmi}])

    def glance(self) -> pd.DataFrame:
        """One row: ``test, outcome, m``; ``n, events, person_months``, means; ``events_min, events_max``."""
        every = pd.concat([t.glance() for t in self.tests], ignore_index=True)
        row: dict[str, Any] = {"test": self.name, "outcome": every["outcome"].iloc[0], "m": len(self.tests)}
        row |= every[["n", "events", "person_months"]].mean().to_dict()
        return pd.DataFrame([row | {"events_min": every["events"].min(), "events_max": every["events"].max()}])

    def __repr__(self) -> str:
        p = self.pooled
        low, high = (f(t.statistic for t in self.tests) for f in (min, max))
        return (
            f"{self.name}, pooled: F = {p.statistic:.4g} on {p.df} and {p.df_resid:.4g} df, p = {p.p_value:.3g}\n"
            f"From {len(self.tests)} chi-squared statistics of {low:.4g} to {high:.4g} (D2 of Li and others), which is "
            "rough: where much hangs on it, compare the groups with cl.cox or cl.fine_gray."
            + "".join(f"\n{line}" for line in self._told())
        )

    def _told(self) -> list[str]:
        rows = (r for t in self.tests for r in t.warnings.itertuples())
        every = Counter(f"{r.group}: {r.message}".removeprefix(": ") for r in rows)
        return [f"In {k} of {len(self.tests)} imputations: {message}." for message, k in every.items()]

    def _repr_html_(self) -> str:
        return as_html(repr(self))


def pool_tests(fits: list[Any]) -> ImputedTest:
    """Pool tests by their chi-squared statistics.

    Parameters
    ----------
    fits : list of Test, length m

    Returns
    -------
    ImputedTest

    Raises
    ------
    UsageError
        Where degrees of freedom differ, as they do if a group is missing from an imputation.
    """
    sizes = {t.df for t in fits}
    if len(sizes) > 1:
        raise UsageError(
            f"The tests have different degrees of freedom ({', '.join(map(str, sorted(sizes)))}): in some imputations "
            "a group is never at risk beside another. Pool levels of by=."
        )
    return ImputedTest(fits[0].name, join_tests(np.array([t.statistic for t in fits]), fits[0].df), tuple(fits))
