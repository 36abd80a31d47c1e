"""Interval-censored, left-truncated times -> survival curves, with the intervals in which they are not determined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from scipy import special

from clemency.figures.theme.look import plotted
from clemency.models.intervalcensoring.npmle import CERTIFIED, Cells, Steps, cells_of, limits_at, maximise, unique
from clemency.models.kernel.sametime import moved_onto
from clemency.models.modelframe.arguments import check_level, months, shares, unit_of
from clemency.models.modelframe.exclusions import left_out_lines
from clemency.models.modelframe.frames import as_table
from clemency.models.modelframe.groups import Labels
from clemency.models.modelframe.history import names_alike
from clemency.models.modelframe.intervals import Times, intervals, kinds, refuse_no_event
from clemency.records.arguments.signatures import typed
from clemency.records.errors import UsageError
from clemency.records.presentation.markup import as_html
from clemency.typing import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_LIMITS = 20
THIN = 20
Limits = Literal["likelihood"] | None


@dataclass(frozen=True, slots=True)
class Fit:
    """The estimate of one group.

    Attributes
    ----------
    times : Times
    cells : Cells
        All innermost intervals.
    steps : Steps
    """

    times: Times
    cells: Cells
    steps: Steps

    @property
    def support(self) -> tuple[Floats, Floats, Floats, Floats]:
        """Ends of the intervals with mass, and the curve before and after each, shape (J,) each."""
        after = self.steps.survival
        before = np.r_[1.0, after[:-1]]
        rows = before > after
        return self.cells.low[rows], self.cells.high[rows], before[rows], after[rows]

    def bounds(self, t: float) -> tuple[float, float]:
        """Lowest and highest value that the curve can have at a time."""
        low, high, _, after = self.support
        past, begun = int(np.sum(high <= t)), int(np.sum(low < t))
        highest = float(after[past - 1]) if past else 1.0
        return (float(after[begun - 1]) if begun > past else highest), highest

    def limits(self, t: float, ci_level: float) -> tuple[float, float]:
        """Likelihood-ratio limits at a time."""
        low, high = limits_at(self.times, t, self.steps.loglik, float(special.chdtri(1, 1 - ci_level)) / 2)
        lowest, highest = self.bounds(t)
        return min(low, lowest), max(high, highest)


@dataclass(frozen=True, slots=True, eq=False)
class IntervalCurves:
    """Result of `survival` for interval-censored times.

    Attributes
    ----------
    table : DataFrame
        The content of :meth:`tidy`.
    by : tuple of str
    limits : {"likelihood", None}
    ci_level : float
    exclusions : DataFrame
        ``reason, column, n, first_rows``: what was left out and why.
    warnings : DataFrame
        ``group, message``: where the estimate says less than it seems to.
    groups : Labels
    fits : tuple of Fit
        One per group.
    unit : str or None
        Of the times.
    """

    table: pd.DataFrame
    by: tuple[str, ...]
    limits: Limits
    ci_level: float
    exclusions: pd.DataFrame
    warnings: pd.DataFrame
    groups: Labels = field(repr=False)
    fits: tuple[Fit, ...] = field(repr=False)
    unit: str | None = None

    def tidy(self) -> pd.DataFrame:
        """The intervals that hold mass, in order of time.

        Returns
        -------
        DataFrame
            ``lower, upper, <by>, mass, estimate, ci_low, ci_high``. The mass lies somewhere in (lower, upper], or at
            lower where the two are equal; ``estimate`` is the survival from upper to the next lower. Mass after the
            last known time has no row, so that masses may sum to less than one.
        """
        return self.table.copy()

    @typed
    def at(self, times: float | Sequence[float]) -> pd.DataFrame:
        """The curves at given times.

        Parameters
        ----------
        times : float or sequence of float
            On the clock of the data.

        Returns
        -------
        DataFrame
            ``time, <by>, lowest, highest, estimate, ci_low, ci_high``. Within an interval that holds mass the curve
            may have any value from lowest to highest and ``estimate`` is NaN: nothing is interpolated. So it is after
            the last known time if some are then without the event.

        Raises
        ------
        UsageError
            For a missing time.
        """
        rows, asked = [], months(times)
        if np.isnan(asked).any():
            raise UsageError("times holds a missing value: name times on the clock of the data.")
        for label, fit in self._each():
            own = moved_onto(asked, fit.times.lower, fit.times.upper, fit.times.entry)
            for t, here in zip(asked, own, strict=True):
                low, high = fit.bounds(here)
                ci = fit.limits(here, self.ci_level) if self.limits else (np.nan, np.nan)
                value = high if low == high else np.nan
                rows.append({"time": t, **label, "lowest": low, "highest": high, "estimate": value})
                rows[-1] |= {"ci_low": ci[0], "ci_high": ci[1]}
        return pd.DataFrame(rows)

    @typed
    def quantile(self, p: float | Sequence[float] = 0.5) -> pd.DataFrame:
        """Times by which a share p has had the event.

        Parameters
        ----------
        p : float or sequence of float
            Between 0 and 1: 0.5 gives the median.

        Returns
        -------
        DataFrame
            ``p, <by>, lower, upper, ci_low, ci_high``: the quantile lies in (lower, upper], the interval in which the
            curve falls to 1 - p or below; the limits are the first and the last time at which a survival of 1 - p is
            within the limits of the curve. NaN where p is not reached.
        """
        rows, wanted = [], shares(p)
        for label, fit in self._each():
            low, high, _, after = fit.support
            for share in wanted:
                k = int(np.searchsorted(-after, share - 1 - 1e-9))
                ends = (low[k], high[k]) if k < len(low) and np.isfinite(high[k]) else (np.nan, np.nan)
                ci = _quantile_limits(fit, 1 - share, self.ci_level) if self.limits else (np.nan, np.nan)
                rows.append({"p": share, **label, "lower": ends[0], "upper": ends[1]})
                rows[-1] |= {"ci_low": ci[0], "ci_high": ci[1]}
        return pd.DataFrame(rows)

    def glance(self) -> pd.DataFrame:
        """One row per group.

        Returns
        -------
        DataFrame
            ``<by>, n, n_exact, n_interval, n_left, n_right, intervals, loglik, gap, unique``: cases with an exact
            time, with an interval after they were last seen without the event, with one that begins at entry, and
            without the event; innermost intervals with mass; the log-likelihood and a bound on how far it is below
            the maximum (Kuhn-Tucker); whether the masses are the only ones that reach it (missing: not checked).
        """
        rows = []
        for label, fit in self._each():
            counts = {k: int(v.sum()) for k, v in kinds(fit.times).items()}
            row = {**label, "n": len(fit.times.lower), **counts, "intervals": len(fit.support[0])}
            rows.append(
                row | {"loglik": fit.steps.loglik, "gap": fit.steps.gap, "unique": unique(fit.cells, fit.steps)}
            )
        return pd.DataFrame(rows)

    @typed
    def plot(self, ax: Axes | None = None, until: float | None = None, **options: Any) -> Axes:
        """Curves where they are determined, and a shaded box where mass lies and nothing more is known.

        Options: ``title, labels, palette, band, time_unit, order``, see :class:`clemency.figures.Look`.
        """
        from clemency.figures import mass_boxes

        return mass_boxes(
            self.table,
            ax=ax,
            by=list(self.by),
            until=until,
            unit=self.unit,
            **plotted(options, mass_boxes, also=("until",)),
        )

    def _each(self) -> list[tuple[dict[Any, Any], Fit]]:
        names = self.groups.levels[list(self.by)].to_dict("records") if self.by else [{}]
        return list(zip(names, self.fits, strict=True))

    def _notes(self) -> list[str]:
        left_out = left_out_lines(self.exclusions)
        return [*self.warnings["message"], *left_out]

    def __repr__(self) -> str:
        head = f"survival, interval-censored, by {', '.join(self.by) or 'nothing'}"
        return "\n".join([head, self.glance().to_string(index=False), *self._notes()])

    def _repr_html_(self) -> str:
        head = f"Survival after each interval that holds mass, with {self.ci_level:.0%} limits"
        return as_html(head if self.limits else head.split(",")[0], self.table, self._notes(), "{:.3f}")


def turnbull(
    data: Any,
    *,
    lower: str | None,
    upper: str | None,
    entry: str | None = None,
    by: str | Sequence[str] | None = None,
    weights: str | None = None,
    limits: Limits = "likelihood",
    ci_level: float = 0.95,
    time_unit: str | None = None,
) -> IntervalCurves:
    """Nonparametric maximum likelihood for interval-censored, left-truncated times: `survival` with ``lower=``.

    Parameters
    ----------
    data : DataFrame
        One row per case.
    lower, upper : str
        Columns: the last time at which the event is known not to have happened, and the first at which it is known to
        have happened. Equal: an exact time. ``upper`` missing or infinite: not known to have happened.
    entry, by, weights : str, optional
        As for `survival`.
    limits : {"likelihood", None}
        Limits from the likelihood ratio, or none (which is quick).
    ci_level : float
    time_unit : str, optional
        As for `survival`.

    Returns
    -------
    IntervalCurves

    Raises
    ------
    UsageError
        For columns that are not there, and for limits with weights that are not whole.
    DataError
        For values that cannot be read, and without any event.

    Notes
    -----
    Whoever looked must have looked for reasons that have nothing to do with the event: the ends of an interval are
    taken as fixed in advance.

    The likelihood is that of the events given entry, over all distributions. Mass is put in the innermost intervals
    (Turnbull), for which entries count as right ends (Frydman); *where* in such an interval it lies the data do not
    say, and so `at` gives two bounds there. The maximum is found by an interior-point method in the steps of the
    cumulative hazard, in which the problem is concave under truncation too, and certified: ``gap`` in `glance` bounds
    what the log-likelihood lacks. If all who are at risk early have had the event before others enter, the curve falls
    to zero and stays there, as a product-limit estimate does; ``warnings`` says so.

    **Late entry together with intervals is dangerous.** Cases whose interval begins at entry can have had their event
    at once, and where few are known to have passed an early time the likelihood may move their events there: the curve
    is then far too low, and no larger sample need help (Pan and Chappell; Hudgens). In simulated samples of 300 with
    entry over 16 months half of the curves fell to 0 at once. ``warnings`` says where mass lies so. Begin the
    clock at entry, so that nobody enters late, or use `interval_hazard`, which has no such weakness.

    Limits are those values of the curve at a time for which the likelihood ratio, over curves with mass in the
    innermost intervals or beside that time, stays below the quantile of chi-square on one degree of freedom. With
    exact times, or few distinct times of looking, that is right in large samples. With looking at continuous random
    times only, the estimate converges at the slower rate of the cube root of n, no standard error exists, the usual
    bootstrap is inconsistent, and the ratio has another law whose quantiles are known for one look per case (2.27 in
    place of 3.84): these limits are then too wide, on the careful side. For several looks per case there is no proof.
    In simulated samples see ``docs/interval-censoring.md``. Cases are taken as independent. Where there are more than
    20 intervals with mass, limits in the table are computed at 20 of them and the others have the wider one of their
    neighbours; `at` computes them at any time.

    References
    ----------
    Turnbull, Journal of the Royal Statistical Society B 38 (1976), 290-295. Frydman, the same 56 (1994), 71-74.
    Hudgens, the same 67 (2005), 573-587. Pan and Chappell, Lifetime Data Analysis 5 (1999), 281-291. Thomas and
    Grunkemeier, Journal of the American Statistical Association 70 (1975), 865-871. Banerjee and Wellner, Annals of
    Statistics 29 (2001), 1699-1731. Sen and Xu, Scandinavian Journal of Statistics 42 (2015), 567-590 (bootstrap).

    Examples
    --------
    >>> import pandas as pd
    >>> d = pd.DataFrame({"seen": [0, 1, 3], "gone": [2, 4, None]})
    >>> found = turnbull(d, lower="seen", upper="gone")
    >>> found.tidy()[["lower", "upper", "mass", "estimate"]].round(6).to_numpy().tolist()
    [[1.0, 2.0, 0.5, 0.5], [3.0, 4.0, 0.5, 0.0]]
    >>> found.at([1.5, 3])[["lowest", "highest"]].round(6).to_numpy().tolist()
    [[0.5, 1.0], [0.5, 0.5]]
    """
    check_level(ci_level)
    if limits not in ("likelihood", None):
        raise UsageError(f"limits={limits!r} is not one of: 'likelihood', None.")
    given = as_table(data)
    read = intervals(given, lower, upper, entry, weights=weights, by=by)
    unit = unit_of(given.cohort is not None, time_unit)
    refuse_no_event(read, str(upper))
    if limits and not read.whole:
        raise UsageError("weights that are not whole numbers give no likelihood ratio: take limits=None.")
    fits = []
    for g in range(len(read.groups)):
        times = read.part(g)
        cells = cells_of(times)
        fits.append(Fit(times, cells, maximise(cells)))
    tables = [_table(f, ci_level if limits else None) for f in fits]
    levels = read.groups.levels.loc[np.repeat(np.arange(len(fits)), [len(t) for t in tables])]
    whole = pd.concat(tables, ignore_index=True)
    for place, name in enumerate(read.groups.columns):
        whole.insert(2 + place, name, levels[name].array)
    warnings = pd.DataFrame(
        [(name, text) for name, f in zip(read.groups.names() or [""], fits, strict=True) for text in _warnings(f, name)]
        + [("", f"{message}.") for message in names_alike(read.groups)],
        columns=["group", "message"],
    )
    return IntervalCurves(
        whole, read.groups.columns, limits, ci_level, read.exclusions, warnings, read.groups, tuple(fits), unit
    )


def _table(fit: Fit, ci_level: float | None) -> pd.DataFrame:
    low, high, before, after = fit.support
    rows = np.isfinite(high)
    low, high, before, after = low[rows], high[rows], before[rows], after[rows]
    ci = np.full((len(low), 2), np.nan)
    if ci_level is not None and len(low):
        chosen = np.unique(np.linspace(0, len(low) - 1, MOST_LIMITS).round().astype(int))
        limits = np.array([fit.limits(high[k], ci_level) for k in chosen])
        place = np.searchsorted(chosen, np.arange(len(low)))  # the next that was computed
        previous = np.where(chosen[place] == np.arange(len(low)), place, place - 1)
        ci = np.column_stack([np.minimum(limits[place, 0], after), np.maximum(limits[previous, 1], after)])
    columns = {"lower": low, "upper": high, "mass": before - after, "estimate": after}
    return pd.DataFrame(columns | {"ci_low": ci[:, 0], "ci_high": ci[:, 1]})


def _warnings(fit: Fit, name: str) -> list[str]:
    where = f" ({name})" if name else ""
    messages = []
    _, high, _, after = fit.support
    later = int(np.sum(fit.times.entry >= high[-1]))
    if after[-1] == 0 and later:
        messages.append(
            f"The curve{where} falls to 0 by {high[-1]:g}, when nobody is known to be still at risk, but {later} cases "
            "enter later: begin the clock later, or leave out the early entries."
        )
    thin = _thin(fit)
    if thin > 0.05:
        messages.append(
            f"Late entry and intervals{where}: {thin:.0%} of the mass lies where fewer than {THIN} cases are known to "
            "have passed, and far too much of it may lie there. Do not quote this curve: begin the clock at entry, or "
            "use interval_hazard."
        )
    if fit.steps.gap > CERTIFIED * max(1.0, float(fit.times.weight.sum())):
        messages.append(f"The maximum{where} is not certified: the log-likelihood may be {fit.steps.gap:.1e} below it.")
    if unique(fit.cells, fit.steps) is False:
        messages.append(f"Other masses{where} reach the same likelihood: the curve is one of several.")
    return messages


def _thin(fit: Fit) -> float:
    """Share of the mass in intervals that few are known to have passed, while most come later; 0 without late entry."""
    t, cells = fit.times, fit.cells
    if not np.any((t.lower < t.upper) & np.isfinite(t.upper)) or t.entry.max() <= t.entry.min():
        return 0.0
    mass = -np.diff(fit.steps.survival, prepend=1.0)
    early = cells.high <= t.entry.max()
    return float(mass[early & (cells.survived < THIN)].sum())


def _quantile_limits(fit: Fit, share: float, ci_level: float) -> tuple[float, float]:
    """First and last time at which a survival is within the limits, by bisection over ends and gaps between them."""
    t = fit.times
    ends = np.unique(np.concatenate([t.lower, t.upper[np.isfinite(t.upper)], np.maximum(t.entry, 0)]))
    gaps = (ends + np.r_[ends[1:], ends[-1] + 1]) / 2
    places = np.column_stack([ends, gaps]).ravel()

    def first(holds: Any) -> int:
        a, b = 0, len(places)
        while a < b:
            middle = (a + b) // 2
            a, b = (a, middle) if holds(*fit.limits(places[middle], ci_level)) else (middle + 1, b)
        return a

    start, stop = first(lambda low, _: low <= share), first(lambda _, high: high < share)
    ends = np.r_[ends, np.nan, np.nan]
    return float(ends[start // 2]), float(ends[stop // 2])
