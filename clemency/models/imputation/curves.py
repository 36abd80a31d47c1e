"""Curves of several imputations -> one, pooled time by time, with limits on a scale on which they are nearly normal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pandas as pd

from clemency.figures.theme.look import plotted
from clemency.figures.theme.wording import MOST_CURVES, share_label
from clemency.models.imputation.frames import pool_bounded, pool_tested
from clemency.models.imputation.repeated import OfImputations
from clemency.models.imputation.rubin import join
from clemency.models.kernel.sametime import distinct, moved_onto
from clemency.models.modelframe.arguments import months
from clemency.models.modelframe.history import History
from clemency.models.regression.limits import share_limits
from clemency.records.arguments.signatures import typed
from clemency.records.errors import UsageError
from clemency.records.presentation.curvetext import curve_lines
from clemency.records.presentation.markup import as_html
from clemency.typing import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Kinds of curves that may be above 1, with the label of their axis.
COUNTED = {"mean number": "acts per person", "cumulative hazard": "cumulative hazard"}
_FROM = {"survival": 1.0, "incidence": 0.0} | dict.fromkeys(COUNTED, 0.0)
_SHOWN = ("time", "outcome", "at_risk", "n_event", "estimate", "std_error", "ci_low", "ci_high", "df", "riv", "fmi")


class Steps(Protocol):
    """What pooling needs of step functions; `Curves`, `Recurrence` and `CumulativeHazard` have it."""

    @property
    def table(self) -> pd.DataFrame:
        """Rows of all curves."""

    @property
    def by(self) -> tuple[str, ...]:
        """Columns that tell groups apart."""

    @property
    def kind(self) -> str:
        """Kind of the curves."""

    @property
    def conf_type(self) -> str:
        """Scale of the limits."""

    @property
    def ci_level(self) -> float:
        """Level of the limits."""

    @property
    def history(self) -> History:
        """The spells."""

    @property
    def difference(self) -> Callable[..., pd.DataFrame]:
        """Differences between groups."""

    def pieces(self) -> dict[tuple[Any, ...], pd.DataFrame]:
        """Rows by outcome and group."""

    def known(self) -> dict[tuple[Any, ...], float]:
        """Time up to which each group is known."""

    def at_risk(self, group: dict[str, Any], times: Floats) -> Floats:
        """Weight at risk in a group just before given times."""

    def glance(self) -> pd.DataFrame:
        """Counts of each group."""

    def notes(self) -> list[str]:
        """Warnings and exclusions."""


@dataclass(frozen=True, slots=True, eq=False)
class ImputedCurves(OfImputations):
    """Result of `survival`, `incidence`, `recurrence` and `nelson_aalen` of an imputed cohort.

    Attributes
    ----------
    table : DataFrame
        The content of :meth:`tidy`.
    by : tuple of str
    kind : {"survival", "incidence", "mean number", "cumulative hazard"}
    ci_level : float
    curves : tuple of Curves or of Recurrence, length m
        Those of the imputations.
    """

    table: pd.DataFrame
    by: tuple[str, ...]
    kind: str
    ci_level: float
    curves: tuple[Steps, ...] = field(repr=False)

    @property
    def m(self) -> int:
        """Number of imputations."""
        return len(self.curves)

    def tidy(self) -> pd.DataFrame:
        """The curves at every time at which an imputation has an event in the group.

        Returns
        -------
        DataFrame
            ``time, outcome, <by>, at_risk, n_event``, means over the imputations; ``estimate, std_error, ci_low,
            ci_high``; ``df`` of the t distribution behind the limits, ``riv`` and ``fmi``. Estimates are means too.
            There are no limits where every imputation has an error of zero or one without.
        """
        return self.table.copy()

    @typed
    def at(self, times: float | Sequence[float]) -> pd.DataFrame:
        """The curves at given times, in months on the clock; ``n_event`` is the mean number up to and including each.

        Estimates are missing where some imputation knows nothing any more, as in :meth:`Curves.at`.

        Parameters
        ----------
        times : float or sequence of float

        Returns
        -------
        DataFrame
            With the columns of `tidy`.
        """
        wanted = months(times)
        pieces = [c.pieces() for c in self.curves]
        rows = [self._piece(key, wanted, pieces, total=True) for key in pieces[0]]
        every = [(c.history.matched(wanted), c.known()) for c in self.curves]
        for key, row in zip(pieces[0], rows, strict=True):
            late = np.any([asked > known[tuple(key[1:])] for asked, known in every], axis=0)
            row.loc[late, ["estimate", "std_error", "ci_low", "ci_high", "df", "riv", "fmi"]] = np.nan
        return self._framed(rows)

    @typed
    def restricted_mean(self, until: float) -> pd.DataFrame:
        """Area below each curve: those of :meth:`Curves.restricted_mean`, pooled as they are.

        Parameters
        ----------
        until : float
            End of the area on the clock, in months.

        Returns
        -------
        DataFrame
            ``until, outcome, <by>, estimate, std_error, ci_low, ci_high, df, riv, fmi``. Limits lie between 0 and
            `until`. All but the estimate are NaN where some imputation gives no error, as without an event by then.

        Raises
        ------
        UsageError
            For mean numbers and cumulative hazards, which have none; otherwise as the curves' own ``restricted_mean``.
        """
        if self.kind in COUNTED:
            raise UsageError(
                f"{self.kind.capitalize()}s have no restricted mean: it is an area below survival or incidence."
            )
        areas: tuple[Any, ...] = self.curves  # counts have none
        frames = [c.restricted_mean(until) for c in areas]
        return pool_bounded(frames, self.ci_level, 0.0, until)

    @typed
    def difference(
        self, times: float | Sequence[float] | None = None, *, until: float | None = None, reference: Any = None
    ) -> pd.DataFrame:
        """Differences of groups from one of them: those of :meth:`Curves.difference`, pooled as they are.

        Parameters
        ----------
        times : float or sequence of float, optional
        until : float, optional
            Compare the areas below the curves up to this time instead; not of mean numbers.
        reference : value or tuple of values, optional

        Returns
        -------
        DataFrame
            ``time`` or ``until``, ``outcome, <by>, reference, estimate, std_error, statistic, p_value, ci_low, ci_high,
            df, riv, fmi``. All but the estimate are NaN where some imputation gives no error.

        Raises
        ------
        UsageError
            For areas below mean numbers; otherwise as the curves' own ``difference``.
        """
        if until is not None and self.kind in COUNTED:
            raise UsageError(f"{self.kind.capitalize()}s are compared at times=, not by areas.")
        options = {"reference": reference} if until is None else {"reference": reference, "until": until}
        frames = [c.difference(times, **options) for c in self.curves]
        return pool_tested(frames, self.ci_level)

    def glance(self) -> pd.DataFrame:
        """One row per group: ``m``, and over the imputations mean spells, person-months and events, and their range.

        For incidences also the mean number of competing events, as in :meth:`Curves.glance`.
        """
        every = pd.concat([c.glance() for c in self.curves], ignore_index=True)
        names = {"n": ("n", "mean"), "person_months": ("person_months", "mean"), "events": ("events", "mean")}
        names |= {"events_min": ("events", "min"), "events_max": ("events", "max")}
        if self.kind == "incidence":
            names["competing"] = ("competing", "mean")
        if not self.by:
            every["_all"] = 0
        grouped = every.groupby(list(self.by) or ["_all"], observed=True, sort=False).agg(**names).reset_index()
        return grouped.drop(columns="_all", errors="ignore").assign(m=self.m)

    @typed
    def plot(
        self, ax: Axes | None = None, outcome: str | None = None, until: float | None = None, **asked: Any
    ) -> Axes:
        """Step curves with limits; below them the mean numbers at risk, in whole numbers.

        A group without an event is a flat line; each curve ends with the last exit of its group in any imputation.
        Options: ``title, labels, palette, band, time_unit, order``, see :class:`clemency.figures.Look`.
        """
        from clemency.figures import step_curves

        table = self.table if outcome is None else self.table[self.table["outcome"] == outcome]
        n = len(table[[*self.by, "outcome"]].drop_duplicates())
        if n > MOST_CURVES:
            raise UsageError(
                f"{n} curves in one figure cannot be told apart (at most {MOST_CURVES}): name one outcome=."
            )
        groups = self.curves[0].history.groups.levels[list(self.by)].assign(last=np.max(self._last_exits(), axis=0))
        options: dict[str, Any] = {"by": list(self.by), "until": until, "start": _FROM[self.kind], "groups": groups}
        options |= {"unit": "months", "since": self.curves[0].history.since}  # of a cohort
        counted = self.kind in COUNTED
        options["ylabel"] = COUNTED[self.kind] if counted else share_label(self.kind, list(table["outcome"].unique()))
        options |= plotted(asked, step_curves, also=("outcome", "until"))
        return step_curves(
            table, ax=ax, shares=not counted, at_risk=lambda g, t: np.rint(self._at_risk(g, t)), **options
        )

    def _last_exits(self) -> list[Floats]:
        """Last exit of each group, by imputation: groups are the same and in one order, as they are sorted."""
        every = [(c.history.groups, c.history.exit) for c in self.curves]
        return [np.array([exits[g.code == k].max() for k in range(len(g))]) for g, exits in every]

    def _at_risk(self, group: dict, times: Floats) -> Floats:
        asked = np.asarray(times, dtype=float)
        return np.mean([c.at_risk(group, c.history.matched(asked)) for c in self.curves], axis=0)

    def _piece(self, key: tuple, wanted: Floats, pieces: list[dict], *, total: bool) -> pd.DataFrame:
        start, label = _FROM[self.kind], dict(zip(self.by, key[1:], strict=True))
        columns = {
            c: np.empty((self.m, len(wanted))) for c in ("estimate", "std_error", "ci_low", "ci_high", "n_event")
        }
        begin = {"estimate": start, "ci_low": np.nan, "ci_high": np.nan, "std_error": 0.0, "n_event": 0.0}
        for i, own in enumerate(pieces):
            time = own[key]["time"].to_numpy()
            asked = moved_onto(wanted, time)
            row = np.searchsorted(time, asked, side="right")
            for c, values in columns.items():
                at_risk = own[key][c].to_numpy(dtype=float)
                if c != "n_event":
                    values[i] = np.r_[begin[c], at_risk][row]
                elif total:
                    values[i] = np.r_[0.0, np.cumsum(at_risk)][row]
                else:
                    values[i] = np.where(np.r_[-np.inf, time][row] == asked, np.r_[0.0, at_risk][row], 0.0)
        pooled = pool_values(columns, self.kind, self.ci_level, getattr(self.curves[0], "conf_type", "log-log"))
        front = {"time": wanted, "outcome": key[0], **label, "at_risk": self._at_risk(label, wanted)}
        return pd.DataFrame(front | {"n_event": columns["n_event"].mean(axis=0)} | pooled)

    def _framed(self, rows: list[pd.DataFrame]) -> pd.DataFrame:
        table = pd.concat(rows, ignore_index=True)
        like = self.curves[0].table
        table = table.astype({c: like[c].dtype for c in ("outcome", *self.by)})
        return table[["time", "outcome", *self.by, *_SHOWN[2:]]]

    def _notes(self) -> list[str]:
        totals = [int(c.glance()["events"].sum()) for c in self.curves]
        low, high = min(totals), max(totals)
        scale = {"cloglog": "complementary log-log"}.get(self.curves[0].conf_type, self.curves[0].conf_type)
        counted = f"{low} events" if low == high else f"between {low} and {high} events"
        pooled = f"{self.m} imputations pooled by Rubin's rules"
        every = Counter(message for c in self.curves for message in dict.fromkeys(c.notes()))
        lines = [f"In {k} of {self.m} imputations: {message}" for message, k in every.items()]
        return [f"{pooled}; {counted}; limits: {self.ci_level:.0%}, symmetric on the {scale} scale.", *lines]

    def __repr__(self) -> str:
        head = (f"{self.kind} curves by {', '.join(self.by)}" if self.by else f"{self.kind} curve") + ", pooled"
        values = curve_lines(*self._at_some_times())
        return "\n".join([head, self.glance().to_string(index=False), *values, *self._notes()])

    def _repr_html_(self) -> str:
        title, values = self._at_some_times()
        return as_html(title, values, " ".join(self._notes()), "{:.3f}")

    def _at_some_times(self) -> tuple[str, pd.DataFrame]:
        top = self.table["time"].max()
        times = [t for t in (12.0, 24.0, 36.0, 60.0, 120.0) if t <= top] or [top]
        return f"{self.kind.capitalize()} at {', '.join(f'{t:g}' for t in times)} months, pooled", self.at(times)


def pool_curves(fits: list[Steps]) -> ImputedCurves:
    """Pool curves of one kind.

    Parameters
    ----------
    fits : list of Curves, Recurrence or CumulativeHazard, length m

    Returns
    -------
    ImputedCurves

    Raises
    ------
    UsageError
        For limits on a scale on which the curves are not pooled, and where a group is missing from an imputation.

    Notes
    -----
    Values of survival S, incidence F and mean numbers are pooled as they are, and limits are symmetric about the mean
    on the scale log(-log S), log(-log F) or the logarithm (delta method), with ``conf_type="cloglog"`` on that of
    log(-log(1 - F)). Means on those scales, which are often advised for S far from 0 and 1, are not curves here: an
    imputation without an event by a time has no value there, so that the pooled incidence would fall when it has its
    first one, and incidences would not add up to 1 - S.

    References
    ----------
    Rubin, Multiple Imputation for Nonresponse in Surveys (1987), chapter 3. Marshall, Altman, Holder and Royston, BMC
    Medical Research Methodology 9 (2009), 57, on scales.
    """
    first = fits[0]
    kind = first.kind
    scales = ("log",) if kind in COUNTED else ("log-log", "cloglog")
    if first.conf_type not in scales:
        raise UsageError(
            f"Imputed curves are pooled on the {' or '.join(scales)} scale: leave conf_type={first.conf_type!r} out."
        )
    pieces = [c.pieces() for c in fits]
    for number, own in enumerate(pieces, 1):
        other = set(own) ^ set(pieces[0])
        if other:
            names = "; ".join(", ".join(map(str, key)) for key in sorted(other, key=str))
            raise UsageError(f"Imputations 1 and {number} do not have the same curves ({names}): pool levels of by=.")
    if all(not len(part) for own in pieces for part in own.values()):
        raise UsageError("There is no event in any imputation: there is nothing to pool.")
    pooled = ImputedCurves(pd.DataFrame(), tuple(first.by), kind, first.ci_level, tuple(fits))
    rows = []
    for key in pieces[0]:
        times = distinct(*(own[key]["time"].to_numpy() for own in pieces))
        rows.append(pooled._piece(key, times, pieces, total=False))
    return ImputedCurves(pooled._framed(rows), pooled.by, kind, pooled.ci_level, pooled.curves)


def pool_values(columns: dict[str, Floats], kind: str, ci_level: float, scale: str = "log-log") -> dict[str, Floats]:
    """Pool values of curves, each array of shape (m, T), to ``estimate, std_error, ci_low, ci_high, df, riv, fmi``.

    Limits are symmetric on the scale, or for mean numbers on that of the logarithm.
    """
    found = join(columns["estimate"], columns["std_error"])
    centre = found.estimate
    inside = (centre > 0) & ((centre < 1) | (kind in COUNTED))
    safe = np.where(inside, centre, 0.5)
    half = found.half(ci_level)
    if kind in COUNTED:
        ends = np.array([safe * np.exp(side * half / safe) for side in (-1, 1)])
    else:
        ends = np.array(share_limits(safe, half, scale, 1.0))
    ends[:, np.isnan(found.riv)] = np.nan  # no imputation has an error of its own
    pairs = {"ci_low": ends[0], "ci_high": ends[1], "df": found.df, "riv": found.riv, "fmi": found.fmi}
    # At either end of the scale all imputations agree, and the limits are those of each.
    agreed = {"ci_low": columns["ci_low"].mean(axis=0), "ci_high": columns["ci_high"].mean(axis=0)}
    known = np.isfinite(centre)  # where some imputation knows nothing, nothing is pooled
    agreed |= {"df": np.where(known, np.inf, np.nan)} | dict.fromkeys(("riv", "fmi"), np.where(known, 0.0, np.nan))
    pooled = {k: np.where(inside, v, agreed[k]) for k, v in pairs.items()}
    return {"estimate": centre, "std_error": found.error} | pooled
