"""Cases, some of them censored -> a number for each, whose mean is the curve and which any regression may take.

The pseudo-value of a case is the estimate plus n times the influence of the case on it [1]_: the outcome itself where
nobody is censored, and otherwise what stands for it. The influence is that of the infinitesimal jackknife, as in R's
survival, which leaving each case out in turn comes near to.

References
----------
.. [1] P. K. Andersen, J. P. Klein and S. Rosthøj (2003), Biometrika 90:15-27.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd

from clemency.models.curves.aalenjohansen import area, at_time, influence_of, paths
from clemency.models.curves.checks import refuse_recurrent
from clemency.models.curves.steps import check_seen
from clemency.models.imputation.pseudo import pool_pseudovalues
from clemency.models.imputation.repeated import over_imputations
from clemency.models.modelframe.arguments import months, refuse_repeated
from clemency.models.modelframe.exclusions import left_out_lines
from clemency.models.modelframe.frames import as_table
from clemency.models.modelframe.history import History, Names, history, refuse_taken
from clemency.models.modelframe.status import CENSORED
from clemency.records.arguments.signatures import typed
from clemency.records.errors import UsageError
from clemency.records.presentation.markup import as_html
from clemency.typing import Floats

Kind = Literal["survival", "incidence", "restricted_mean", "time_lost"]
_OF_OUTCOME = ("incidence", "time_lost")
_MEANT = {
    "survival": "being without the event at a time",
    "incidence": "having had the event by a time",
    "restricted_mean": "time without the event up to a time",
    "time_lost": "time after the event up to a time",
}


@dataclass(frozen=True, slots=True, eq=False)
class PseudoValues:
    """Result of `pseudovalues`; n cases, T times.

    Attributes
    ----------
    kind : {"survival", "incidence", "restricted_mean", "time_lost"}
    times : ndarray, shape (T,)
    values : ndarray, shape (n, T)
    frame : DataFrame, n rows
        The ``by`` columns, on the index of the data.
    facts : dict
        The content of :meth:`glance`.
    exclusions : DataFrame
        ``reason, column, n, first_rows``: what was left out and why.
    """

    kind: str
    times: Floats
    values: Floats
    frame: pd.DataFrame = field(repr=False)
    facts: dict[str, Any]
    exclusions: pd.DataFrame = field(repr=False)

    def tidy(self) -> pd.DataFrame:
        """One row for each case and time: ``row`` (of the data's index), ``<by>, time, pseudo_value``."""
        n, T = self.values.shape
        index = self.frame.index.to_flat_index() if self.frame.index.nlevels > 1 else self.frame.index
        repeated = self.frame.iloc[np.repeat(np.arange(n), T)].reset_index(drop=True)
        repeated.insert(0, "row", index.repeat(T))
        return repeated.assign(time=np.tile(self.times, n), pseudo_value=self.values.ravel())

    def wide(self) -> pd.DataFrame:
        """One row for each case, on the index of the data, and a column for each time, to be joined to covariates."""
        return pd.DataFrame(self.values, index=self.frame.index, columns=self.times)

    def glance(self) -> pd.DataFrame:
        """One row: ``kind, outcome, n, events, censored, excluded``."""
        return pd.DataFrame([self.facts])

    def __repr__(self) -> str:
        means = ", ".join(f"{m:.3f}" for m in self.values.mean(axis=0))
        return "\n".join([self.title(), f"Means: {means}", *left_out_lines(self.exclusions)])

    def _repr_html_(self) -> str:
        return as_html(self.title(), self.wide().head(10).reset_index(), left_out_lines(self.exclusions), "{:.3f}")

    def title(self) -> str:
        """Heading of the table."""
        at = ", ".join(f"{t:g}" for t in self.times)
        return f"Pseudo-values of {_MEANT[self.kind]} ({at}): {self.facts['n']} cases"


@over_imputations(pool_pseudovalues)
@typed
def pseudovalues(
    data: Any,
    times: float | Sequence[float],
    kind: Kind = "survival",
    *,
    exit: str | None = None,
    event: str | None = None,
    entry: str | None = None,
    outcome: str | None = None,
    censored: str | None = CENSORED,
    time_unit: str | None = None,
    by: Names = None,
) -> PseudoValues:
    """Give each case a number in place of an outcome that censoring hides.

    Parameters
    ----------
    data : Cohort, ImputedCohort, DataFrame or mapping of columns
        One row for each case, followed from 0 on.
    times : float or sequence of float
        On the clock.
    kind : {"survival", "incidence", "restricted_mean", "time_lost"}
        Being without any event at a time; having had the event by then; the time without any event up to a time; the
        time after the event up to then.
    exit, event, entry : str, optional
        Columns of a data frame.
    outcome : str, optional
        For an incidence and a time lost: the event of interest where there are several kinds; the others compete.
    censored : str or None
    time_unit : str, optional
        As for `survival`.
    by : str or sequence of str, optional
        Groups whose curves are taken each by itself: where censoring differs between them.

    Returns
    -------
    PseudoValues
        For an imputed cohort `ImputedPseudoValues`, whose ``regress`` pools regressions by Rubin's rules.

    Raises
    ------
    UsageError
        Where cases enter late or have several rows, as their influence on a curve then is not that of a case; for times
        after the last exit of which some were still at risk; for an outcome with a survival, where every event ends it.

    Notes
    -----
    Equal to ``pseudo`` of R's survival. Their mean is the estimate exactly. A regression of them, such as a linear one
    of restricted means or one with a cloglog link of incidences, needs robust errors (by case, where several times are
    taken together). The values lie outside the range of the outcome for some cases; that is no error. They hold if
    censoring does not go with the covariates of the regression, unless these are in ``by``.

    References
    ----------
    P. K. Andersen and M. Pohar Perme (2010), Pseudo-observations in survival analysis, Statistical Methods in Medical
    Research 19:71-99.

    Examples
    --------
    >>> import pandas as pd
    >>> d = pd.DataFrame({"months": [3, 5, 7, 9], "act": [1, 1, 0, 1]})
    >>> pseudovalues(d, 6, exit="months", event="act").wide()[6.0].round(12).tolist()  # nobody is censored by 6
    [0.0, 0.0, 1.0, 1.0]
    """
    if kind not in _MEANT:
        raise UsageError(f"kind={kind!r} is not one of: {', '.join(_MEANT)}.")
    if kind not in _OF_OUTCOME and outcome is not None:
        raise UsageError(f"outcome= has no meaning for kind={kind!r}, which every event ends: leave it out.")
    given, asked = as_table(data), months(times)
    if not len(asked):
        raise UsageError("times= names no time.")
    refuse_repeated(asked, "times")
    refuse_taken(by, ("row", "time", "pseudo_value"))
    columns: dict[str, Any] = {"exit": exit, "event": event, "entry": entry}
    h = history(given, **columns, censored=censored, time_unit=time_unit, by=by, cluster=given.case)
    refuse_recurrent(given, h, "make it with recurrent=False.")
    _refuse_parts(h)
    values = _values(h, h.matched(asked), kind, outcome)
    summary = {
        "kind": kind,
        "outcome": (outcome or h.outcomes[0]) if kind in _OF_OUTCOME else ", ".join(h.outcomes),
        "n": len(h),
        "events": int((h.event > 0).sum()),
        "censored": int((h.event == 0).sum()),
        "excluded": int(h.exclusions["n"].sum()) if len(h.exclusions) else 0,
    }
    groups = h.groups.levels[list(h.groups.columns)].iloc[h.groups.code].set_axis(h.index)
    return PseudoValues(kind, asked, values, groups, summary, h.exclusions)


def _refuse_parts(h: History) -> None:
    """Refuse rows that are not a whole case, followed from 0 on."""
    late = 0 if h.entry is None else int((h.entry > 0).sum())
    if late:
        raise UsageError(
            f"{late} of {len(h)} spells enter after 0: who enters late weighs on a curve only from then on, and has no "
            'pseudo-value. Make the cohort with clock="sentence", on which nobody enters late, and without splits; or '
            "take a regression that knows late entry, such as cl.cox."
        )
    if h.clusters and len(np.unique(h.clusters[0])) < len(h):
        raise UsageError("a case has several spells: pseudo-values need one row for each case, from 0 on.")


def _values(h: History, at: Floats, kind: str, outcome: str | None) -> Floats:
    """Estimate of each case's group plus n times its influence, shape (n, T)."""
    path = paths(h, h.code_of(outcome) if kind in _OF_OUTCOME else [])[0]
    check_seen(h, path, at)
    code, functional = h.groups.code, at_time if kind in ("survival", "incidence") else area
    size = np.bincount(code, minlength=len(h.groups))[code]
    out = np.empty((len(h), len(at)))
    for k, t in enumerate(at):
        of = functional(path, float(t))
        out[:, k] = of.value[code] + size * influence_of(path, of)
    return out
