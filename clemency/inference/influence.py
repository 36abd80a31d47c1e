"""A fit and a column -> the influence of each of its values (a case, a province, a source) on the estimate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from clemency.cohorts import Cohort, ImputedCohort
from clemency.figures.theme.look import plotted
from clemency.inference.refits import NUMBERS, attempt, reading
from clemency.inference.specifications import as_ratios, check_ratio
from clemency.models.modelframe.frames import as_frame
from clemency.records.arguments.signatures import typed
from clemency.records.errors import UsageError
from clemency.records.presentation.markup import as_html
from clemency.records.presentation.wording import agreed, counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, slots=True, eq=False)
class LeftOut:
    """Result of `leave_out`.

    Attributes
    ----------
    table : DataFrame
        The content of :meth:`tidy`, on the scale of the fits.
    whole : dict
        ``estimate, std_error, ci_low, ci_high, p_value, n, events`` of the fit to all rows.
    by, term, level : str
    ratio : bool
        Whether the estimates are logarithms of ratios.
    n_missing : int
        Rows without a value of `by`, which are in every fit.
    """

    table: pd.DataFrame = field(repr=False)
    whole: dict[str, float]
    by: str
    term: str
    level: str
    ratio: bool
    n_missing: int

    @typed
    def tidy(self, exponentiate: bool = False) -> pd.DataFrame:
        """One row per value left out, the most influential first.

        Parameters
        ----------
        exponentiate : bool
            Give ratios, of which ``change`` is the quotient to that of all rows; ``std_error`` and ``standardised``
            stay those of the logarithm.

        Returns
        -------
        DataFrame
            ``left_out, n_left_out`` (its rows; of an imputed cohort their mean number), ``estimate, std_error, ci_low,
            ci_high, p_value, n, events`` without it, ``change`` (estimate without it less that of all rows),
            ``standardised`` (change divided by the standard error of all rows) and ``error``. A value without which
            the library refuses the fit comes first: the estimate exists by it alone.
        """
        if not exponentiate:
            return self.table
        return as_ratios(self.table, self.ratio).assign(change=np.exp(self.table["change"]))

    @typed
    def summary(self, exponentiate: bool = False) -> pd.DataFrame:
        """One row: ``left_out`` (how many values), ``refused, estimate, lowest, highest, most_influential``."""
        if exponentiate:
            check_ratio(self.ratio)
        values = self.table["estimate"]
        numbers = {"estimate": self.whole["estimate"], "lowest": values.min(), "highest": values.max()}
        if exponentiate:
            numbers = {k: float(np.exp(v)) for k, v in numbers.items()}
        refused = int((self.table["error"] != "").sum())
        row = {"left_out": len(self.table), "refused": refused, **numbers}
        return pd.DataFrame([{**row, "most_influential": self.table["left_out"].iloc[0]}])

    def plot(self, ax: Axes | None = None, most: int = 20, **options: Any) -> Axes:
        """Draw the estimates without each of the `most` influential values, with that of all rows as a line."""
        from clemency.figures import left_out

        frame, whole = self.table, self.whole["estimate"]
        if self.ratio:
            frame, whole = self.tidy(exponentiate=True), float(np.exp(whole))
        name = f"{self.term}: {self.level}" if self.level else self.term
        return left_out(
            frame.head(most), whole, ax=ax, ratio=self.ratio, name=name, **plotted(options, left_out, also=("most",))
        )

    def __repr__(self) -> str:
        s = self.summary(exponentiate=self.ratio).iloc[0]
        first = self.table.iloc[0]
        why = first["error"] or f"which moves it by {first['standardised']:.2g} standard errors"
        lines = [
            f"{self.term} {self.level}".strip() + f" without each of {counted(len(self.table), 'value')} of {self.by}: "
            f"{s['lowest']:.3g} to {s['highest']:.3g}, with all of them {s['estimate']:.3g}.",
            f"Most influential: {first['left_out']}, {why}.",
        ]
        if s["refused"]:
            lines.append(f"{s['refused']} fits were refused: see tidy().")
        if self.n_missing:
            lines.append(
                f"{counted(self.n_missing, 'row')} without a value of {self.by} {agreed(self.n_missing, 'is')} in "
                "every fit."
            )
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return as_html(repr(self))


@typed
def leave_out(
    fit_function: Callable[[Any], Any],
    data: Cohort | ImputedCohort | pd.DataFrame,
    by: str,
    *,
    term: str,
    level: str = "",
) -> LeftOut:
    """Fit again without each value of a column in turn.

    Parameters
    ----------
    fit_function : callable
        ``fit_function(data)`` returns an estimate with ``tidy()``.
    data : Cohort, ImputedCohort or DataFrame
        An imputed cohort is passed to `fit_function` whole, without the value in all of its imputations; `cox` and the
        other regressions pool it.
    by : str
        Column such as ``case_id``, ``province`` or ``source_id``. All rows of a value are left out together; a case
        cut into many spells is one value of ``case_id``. Rows without a value stay in every fit and are counted.
    term, level : str
        The coefficient to follow, as named in ``tidy()``.

    Returns
    -------
    LeftOut

    Raises
    ------
    UsageError
        If the column is not there or has one value only.
    ClemencyError
        If the fit to all rows is refused. A refused fit without a value is a row of the table.

    Notes
    -----
    The changes are exact: each is a fit of its own. To first order the standardised one is minus the sum of the
    dfbetas of the rows left out (``fit.residuals("dfbetas")``, which divides by the model-based standard error). In a
    sample of n independent cases a change of more than 2 / sqrt(n) standard errors is worth a look (Belsley, Kuh
    and Welsch); a value with many rows moves the estimate more, without being odd.

    References
    ----------
    Belsley, Kuh and Welsch, Regression Diagnostics (1980), chapter 2. Therneau and Grambsch, Modeling Survival Data
    (2000), chapter 7.

    Examples
    --------
    >>> import pandas as pd
    >>> from clemency.models import cox
    >>> d = pd.DataFrame({"t": range(1, 13), "e": 1, "g": [0, 1, 0] * 4, "province": list("AAABBBCCCDDD")})
    >>> found = leave_out(lambda rows: cox(rows, "g", exit="t", event="e"), d, "province", term="g")
    >>> found.tidy()[["left_out", "n_left_out", "events", "standardised"]].round(3)
      left_out  n_left_out  events  standardised
    0        A           3     9.0        ...
    """
    frames = [as_frame(d) for d in (data.cohorts if isinstance(data, ImputedCohort) else (data,))]
    if by not in frames[0]:
        raise UsageError(f"The data have no column {by!r}. There are: {', '.join(map(str, frames[0].columns))}.")
    values = list(dict.fromkeys(v for frame in frames for v in frame[by].dropna().unique()))
    if len(values) < 2:
        raise UsageError(f"{by!r} has {len(values)} value: without it nothing is left to fit. Choose another column.")
    whole = reading(fit_function(data), term, level)
    rows = []
    for value in values:
        part = _without(data, by, value)
        row = attempt(lambda part=part: fit_function(part), term, level)  # type: ignore[misc]
        change = row["estimate"] - whole["estimate"]
        rows.append(
            {
                "left_out": value,
                "n_left_out": _mean([int(_is(frame, by, value).sum()) for frame in frames]),
                **{k: row[k] for k in NUMBERS},
                "change": change,
                "standardised": change / whole["std_error"],
                "error": row["error"],
            }
        )
    table = pd.DataFrame(rows)
    # A refused fit has no change, and stands first; ties in the order of the values, not of the rows.
    order = table.assign(size=-table["change"].abs(), name=table["left_out"].astype(str))
    order = order.sort_values(["size", "name"], na_position="first").index
    numbers = {k: whole[k] for k in NUMBERS}
    missing = max(int(frame[by].isna().sum()) for frame in frames)
    return LeftOut(table.loc[order].reset_index(drop=True), numbers, by, term, level, whole["ratio"], missing)


def _is(frame: pd.DataFrame, by: str, value: Any) -> pd.Series:
    return (frame[by] == value).fillna(False).astype(bool)


def _without(data: Any, by: str, value: Any) -> Any:
    if isinstance(data, Cohort | ImputedCohort):
        return data.where(lambda spells: ~_is(spells, by, value), f"left out: {by} {value}")
    frame = as_frame(data)
    return frame[~_is(frame, by, value).to_numpy()]


def _mean(counts: list[int]) -> int | float:
    """A whole number where the imputations agree."""
    return counts[0] if len(set(counts)) == 1 else sum(counts) / len(counts)
