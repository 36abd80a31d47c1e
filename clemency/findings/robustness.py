"""A claim and the estimates that other defensible choices would have given -> one table, a figure, plain words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from clemency.figures.intervals.rows import intervals
from clemency.figures.robustness.variants import variants
from clemency.figures.theme.palette import QUIET

COLUMNS = ["variant", "n", "estimate", "ci_low", "ci_high", "stands", "note"]
NORMAL = 1.959963984540054


@dataclass(frozen=True, slots=True, eq=False)
class Stress:
    """How a claim fares under other choices.

    Attributes
    ----------
    finding_id : str
        The finding in the registry.
    claim : str
        What is tested.
    measure : str
        What the estimates are.
    table : DataFrame
        The content of :meth:`tidy`.
    conclusion : str
        Plain words, made of the numbers of the table.
    reference : float or None
        Value at which the claim would be wrong.
    ratio : bool
        The estimates are ratios that span orders of magnitude: drawn on a log axis.
    """

    finding_id: str
    claim: str
    measure: str
    table: pd.DataFrame = field(repr=False)
    conclusion: str
    reference: float | None = None
    ratio: bool = False

    def tidy(self) -> pd.DataFrame:
        """One row per variant.

        Returns
        -------
        DataFrame
            ``variant, n`` (events or persons behind it), ``estimate, ci_low, ci_high`` (95 percent; missing where
            there is no sampling to speak of), ``stands`` (the claim holds in it), ``note``.
        """
        return self.table

    def glance(self) -> pd.DataFrame:
        """One row: ``finding_id, variants, standing, lowest, highest``."""
        t = self.table
        row = [self.finding_id, len(t), int(t["stands"].sum()), t["estimate"].min(), t["estimate"].max()]
        return pd.DataFrame([row], columns=["finding_id", "variants", "standing", "lowest", "highest"])

    def plot(self, ax: Axes | None = None) -> Axes:
        """Estimates with their limits, one row per variant; the line is where the claim would be wrong."""
        if self.ratio:
            return variants(self.table, ax, xlabel=self.measure, reference=self.reference or 1.0)
        ends = self.table[["estimate", "ci_low", "ci_high"]].to_numpy().ravel()
        finite = [float(v) for v in ends if math.isfinite(v)]
        frame = self.table.assign(label=self.table["variant"], n_event=self.table["n"])
        for side, at in (("ci_low", 0.0), ("ci_high", max(finite))):
            known = frame[side].fillna(frame["estimate"])
            frame[side] = known.where(known.abs() < math.inf, at)
        drawn = intervals(frame, ax, xlabel=self.measure)
        if self.reference is not None:
            drawn.axvline(self.reference, color=QUIET, lw=0.8, ls="--", zorder=0)
            drawn.set_xlim(0, max(drawn.get_xlim()[1], 1.05 * self.reference))
        return drawn

    def __repr__(self) -> str:
        shown = self.table.drop(columns="note").round(3).to_string(index=False)
        return f"{self.claim}\n{shown}\n{self.conclusion}"

    def _repr_html_(self) -> str:
        shown = self.table.to_html(index=False, border=0, na_rep="", float_format=lambda v: f"{v:.3g}")
        return f"<p><b>{self.claim}</b> ({self.measure})</p>{shown}<p>{self.conclusion}</p>"


def table_of(rows: Sequence[Sequence[Any]]) -> pd.DataFrame:
    """Rows in the order of the columns, as a frame."""
    frame = pd.DataFrame([list(row) for row in rows], columns=COLUMNS)
    numbers = ["n", "estimate", "ci_low", "ci_high"]
    return frame.astype({**dict.fromkeys(numbers, float), "stands": bool})


def verdicts_of(table: pd.DataFrame) -> str:
    """In how many variants the claim stands.

    >>> verdicts_of(pd.DataFrame({"stands": [True, False, True]}))
    'stands in 2 of 3 variants'
    """
    n = int(table["stands"].sum())
    return f"stands in {n or 'none'} of {len(table)} variants"


def limits(row: Any, digits: int = 2) -> str:
    """An estimate with its limits, as text."""
    low, high = (f"{v:.{digits}f}" for v in (row.ci_low, row.ci_high))
    return f"{row.estimate:.{digits}f} ({low} to {high})"
