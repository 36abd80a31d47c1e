"""Rates and tests of several imputations -> one table of pooled rates, or one pooled test."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from clemency.models.imputation.curves import pool_values
from clemency.models.imputation.frames import alike
from clemency.models.imputation.repeated import OfImputations
from clemency.records.errors import UsageError
from clemency.records.presentation.markup import as_html

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, slots=True, eq=False)
class ImputedRates(OfImputations):
    """Result of `rates` of an imputed cohort; ``per`` person-months are the unit.

    Attributes
    ----------
    table : DataFrame
        The content of :meth:`tidy`.
    by : tuple of str
    per, ci_level : float
    fits : tuple of Rates, length m
    """

    table: pd.DataFrame
    by: tuple[str, ...]
    per: float
    ci_level: float
    fits: tuple[Any, ...] = field(repr=False)

    def tidy(self) -> pd.DataFrame:
        """Rates of groups.

        Returns
        -------
        DataFrame
            Columns of `by`, ``outcome``; ``n_event, person_months``, means over the imputations, with ``events_min,
            events_max``; ``estimate, std_error, ci_low, ci_high, df, riv, fmi``. Limits are symmetric on the log scale
            and no longer exact, but where no imputation has an event: they are then means of the exact ones.
        """
        return self.table.copy()

    def glance(self) -> pd.DataFrame:
        """One row: ``m, n_groups, events, person_months, per``, means over the imputations."""
        every = pd.concat([f.glance() for f in self.fits], ignore_index=True)
        means = every.mean()
        row = {"m": len(self.fits), "n_groups": int(every["n_groups"].max())}
        row |= {"events": means["events"], "events_min": every["events"].min(), "events_max": every["events"].max()}
        return pd.DataFrame([row | {"person_months": means["person_months"], "per": self.per}])

    def plot(self, ax: Axes | None = None, **options: Any) -> Axes:
        """Rates with their limits; options are those of :meth:`Rates.plot`."""
        from clemency.figures.estimates.rates import rate_rows

        return rate_rows(self.table, self.by, (self.per, "months"), ax, options)

    def _note(self) -> str:
        messages = dict.fromkeys(message for f in self.fits for message in f.warnings)
        return " ".join(
            [f"{len(self.fits)} imputations pooled by Rubin's rules; limits: {self.ci_level:.0%}.", *messages]
        )

    def __repr__(self) -> str:
        return f"Rates per {self.per:g} person-months, pooled\n{self.table.to_string(index=False)}\n{self._note()}"

    def _repr_html_(self) -> str:
        head = f"Rates per {self.per:g} person-months, pooled. Groups with fewer than five events say little."
        return as_html(head, self.table, self._note(), "{:.2f}")


def pool_rates(fits: list[Any]) -> ImputedRates:
    """Pool tables of rates; the error of a rate from n events in T months is sqrt(n) / T.

    Parameters
    ----------
    fits : list of Rates, length m

    Returns
    -------
    ImputedRates

    Raises
    ------
    UsageError
        Where a group is missing from an imputation.
    """
    first = fits[0]
    keys = [*first.by, "outcome"]
    tables = [f.table for f in fits]
    for number, table in enumerate(tables, 1):
        if not alike(table, tables[0], keys):
            raise UsageError(f"Imputations 1 and {number} do not have the same groups: pool levels of by=.")
    n, months = (np.array([t[c].to_numpy(dtype=float) for t in tables]) for c in ("n_event", "person_months"))
    low, high = (np.array([t[c].to_numpy(dtype=float) / first.per for t in tables]) for c in ("ci_low", "ci_high"))
    columns = {"estimate": n / months, "std_error": np.sqrt(n) / months, "ci_low": low, "ci_high": high}
    pooled = pool_values(columns, "mean number", first.ci_level)
    numbers = ("estimate", "std_error", "ci_low", "ci_high")
    table = tables[0][keys].assign(
        n_event=n.mean(axis=0),
        events_min=n.min(axis=0).astype(int),
        events_max=n.max(axis=0).astype(int),
        person_months=months.mean(axis=0),
        **{k: v * (first.per if k in numbers else 1.0) for k, v in pooled.items()},
    )
    return ImputedRates(table, first.by, first.per, first.ci_level, tuple(fits))
