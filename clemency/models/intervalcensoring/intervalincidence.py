"""Events of several kinds, known as intervals, under late entry -> incidences, with what is not determined in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from scipy import special

from clemency.figures.theme.look import plotted
from clemency.figures.theme.wording import words
from clemency.models.intervalcensoring.causecells import Caused
from clemency.models.intervalcensoring.causefit import CauseFit, fit_causes
from clemency.models.intervalcensoring.causelimits import incidence_limits
from clemency.models.intervalcensoring.npmle import CERTIFIED
from clemency.models.kernel.sametime import moved_onto
from clemency.models.modelframe.arguments import check_level, months, shares, unit_of
from clemency.models.modelframe.causes import CausedIntervals, caused_intervals
from clemency.models.modelframe.exclusions import left_out_lines
from clemency.models.modelframe.frames import as_table
from clemency.models.modelframe.groups import Labels, levels_of
from clemency.models.modelframe.history import names_alike, refuse_taken
from clemency.models.modelframe.intervals import Times, kinds, refuse_no_event
from clemency.models.modelframe.status import CENSORED
from clemency.records.arguments.signatures import typed
from clemency.records.errors import UsageError
from clemency.records.presentation.markup import as_html
from clemency.records.presentation.wording import agreed, counted
from clemency.typing import Bools

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_LIMITS = 12
THIN = 20
_OWN_END = (
    "an interval that closes with the end of the case, which is not an independent look: they are put too early. "
    "Compare the result with all of them as early and as late as they can be (docs/interval-censoring.md)."
)
_TURNS = "a partial date within which the kind changes: taken as exact, on the day that the cohort's dates= gives."
Limits = Literal["likelihood"] | None
_TAKEN = ("time", "outcome", "lower", "upper", "mass", "lowest", "highest", "estimate", "ci_low", "ci_high", "p")


@dataclass(frozen=True, slots=True, eq=False)
class IntervalIncidence:
    """Result of `incidence` for events that are known as intervals.

    Attributes
    ----------
    table : DataFrame
        The content of :meth:`tidy`.
    by : tuple of str
    outcomes : tuple of str
        Kinds of event that are shown.
    kinds : tuple of str
        All kinds, each of which competes with the others.
    limits : {"likelihood", None}
    ci_level : float
    exclusions : DataFrame
        ``reason, column, n, first_rows``: what was left out and why.
    warnings : DataFrame
        ``group, message``: where the estimate says less than it seems to.
    groups : Labels
    fits : tuple of CauseFit
        One per group.
    unit : str or None
        Of the times.
    """

    table: pd.DataFrame
    by: tuple[str, ...]
    outcomes: tuple[str, ...]
    kinds: tuple[str, ...]
    limits: Limits
    ci_level: float
    exclusions: pd.DataFrame
    warnings: pd.DataFrame
    groups: Labels = field(repr=False)
    fits: tuple[CauseFit, ...] = field(repr=False)
    unit: str | None = None

    def tidy(self) -> pd.DataFrame:
        """The intervals that hold mass, in order of time within each outcome.

        Returns
        -------
        DataFrame
            ``lower, upper, outcome, <by>, mass, estimate, ci_low, ci_high``. The mass lies somewhere in (lower, upper],
            or at lower where the two are equal; ``estimate`` is the incidence from upper to the next lower. Mass after
            the last known time has no kind and no row.
        """
        return self.table.copy()

    @typed
    def at(self, times: float | Sequence[float]) -> pd.DataFrame:
        """The incidences at given times.

        Parameters
        ----------
        times : float or sequence of float
            On the clock of the data.

        Returns
        -------
        DataFrame
            ``time, outcome, <by>, lowest, highest, estimate, ci_low, ci_high``. Within an interval that holds mass, and
            where masses other than those of :meth:`tidy` do as well, the incidence may have any value from lowest to
            highest and ``estimate`` is NaN: nothing is interpolated. So it is after the last known time if some are
            then without an event.

        Raises
        ------
        UsageError
            For a missing time.
        """
        rows, asked = [], months(times)
        for label, fit in self._each():
            data = fit.data
            here = moved_onto(asked, data.lower, data.upper, data.entry)
            for name in self.outcomes:
                k = self.kinds.index(name) + 1
                for shown, t in zip(asked, here, strict=True):
                    low, high = fit.bounds(k, t)
                    ci = _limits(fit, k, t, self.ci_level) if self.limits else (np.nan, np.nan)
                    row = {"time": shown, "outcome": name, **label, "lowest": low, "highest": high}
                    value = low if high - low <= 1e-9 else np.nan
                    rows.append(row | {"estimate": value, "ci_low": ci[0], "ci_high": ci[1]})
        return pd.DataFrame(rows)

    @typed
    def quantile(self, p: float | Sequence[float] = 0.5) -> pd.DataFrame:
        """Times by which a share p has had each kind of event.

        Parameters
        ----------
        p : float or sequence of float
            Between 0 and 1, of all cases.

        Returns
        -------
        DataFrame
            ``p, outcome, <by>, lower, upper``: the quantile lies in (lower, upper], the interval in which the incidence
            of :meth:`tidy` reaches p. NaN where it does not.
        """
        rows, wanted = [], shares(p)
        for label, fit in self._each():
            for name in self.outcomes:
                low, high, _, after = fit.support(self.kinds.index(name) + 1)
                for share in wanted:
                    k = int(np.searchsorted(after, share - 1e-9))
                    found = (low[k], high[k]) if k < len(low) else (np.nan, np.nan)
                    rows.append({"p": share, "outcome": name, **label, "lower": found[0], "upper": found[1]})
        return pd.DataFrame(rows)

    def glance(self) -> pd.DataFrame:
        """One row per group.

        Returns
        -------
        DataFrame
            ``<by>, n, n_exact, n_interval, n_left, n_right, events, competing, intervals, loglik, gap, unique``: cases
            with an exact time, with an interval after they were last seen without an event, with one that begins at
            entry, and without an event; events of the outcomes that are shown, and others; intervals with mass; the
            log-likelihood, and how far the Kuhn-Tucker conditions are from holding (without late entry a bound on how
            far the log-likelihood is below its maximum); whether the masses are the only ones with that likelihood
            (missing: not checked).
        """
        shown, rows = [self.kinds.index(o) + 1 for o in self.outcomes], []
        for label, fit in self._each():
            data, mine = fit.data, np.isin(fit.data.kind, shown)
            times = Times(data.lower, data.upper, data.entry, data.weight)
            row = {**label, "n": len(data.kind), **{k: int(v.sum()) for k, v in kinds(times).items()}}
            row |= {"events": int(mine.sum()), "competing": int(np.sum(~mine & (data.kind > 0)))}
            row |= {"intervals": int(np.sum(fit.masses.size > 0)), "loglik": fit.masses.loglik, "gap": fit.masses.gap}
            rows.append(row | {"unique": fit.unique})
        return pd.DataFrame(rows)

    @typed
    def plot(
        self, ax: Axes | None = None, outcome: str | None = None, until: float | None = None, **options: Any
    ) -> Axes:
        """Incidences where they are determined, and a shaded box where mass lies and nothing more is known.

        Options: ``title, labels, palette, band, time_unit, order``, see :class:`clemency.figures.Look`.
        """
        from clemency.figures import mass_boxes

        if outcome is not None and outcome not in self.outcomes:
            raise UsageError(f"outcome={outcome!r} is not one of: {', '.join(self.outcomes)}.")
        frame = self.table if outcome is None else self.table[self.table["outcome"] == outcome]
        by = [*(["outcome"] if outcome is None and len(self.outcomes) > 1 else []), *self.by]
        named = [outcome] if outcome else list(self.outcomes)
        event = words(named[0]) if len(named) == 1 else "each event"
        asked = plotted(options, mass_boxes, also=("outcome", "until"))
        return mass_boxes(frame, ax=ax, by=by, until=until, unit=self.unit, rising=True, event=event, **asked)

    def _each(self) -> Iterator[tuple[dict[Any, Any], CauseFit]]:
        names = self.groups.levels[list(self.by)].to_dict("records") if self.by else [{}]
        return zip(names, self.fits, strict=True)

    def _notes(self) -> list[str]:
        return [*self.warnings["message"], *left_out_lines(self.exclusions)]

    def __repr__(self) -> str:
        head = f"incidence, interval-censored, of {', '.join(self.outcomes)}, by {', '.join(self.by) or 'nothing'}"
        return "\n".join([head, self.glance().to_string(index=False), *self._notes()])

    def _repr_html_(self) -> str:
        head = "Incidence after each interval that holds mass"
        head += f", with {self.ci_level:.0%} limits" if self.limits else ""
        return as_html(head, self.table, self._notes(), "{:.3f}")


def _limits(fit: CauseFit, kind: int, t: float, ci_level: float) -> tuple[float, float]:
    """Likelihood-ratio limits at a time; none where all mass lies before others enter."""
    if fit.stopped is not None:
        return np.nan, np.nan
    low, high = incidence_limits(fit.data, kind, t, float(special.chdtri(1, 1 - ci_level)) / 2)
    lowest, highest = fit.bounds(kind, t)
    return min(low, lowest), max(high, highest)


@typed
def interval_incidence(
    data: Any,
    *,
    lower: str | None,
    upper: str | None,
    event: str | None = None,
    entry: str | None = None,
    censored: str | None = CENSORED,
    by: str | Sequence[str] | None = None,
    outcome: str | Sequence[str] | None = None,
    weights: str | None = None,
    limits: Limits = "likelihood",
    ci_level: float = 0.95,
    time_unit: str | None = None,
) -> IntervalIncidence:
    """Nonparametric maximum likelihood for competing events known as intervals: `incidence` with ``lower=``.

    Parameters
    ----------
    data : Cohort or DataFrame
        One row per case. A cohort gives its `intervals`, with the first act or the end of each case.
    lower, upper : str
        Columns: the last time at which no event is known to have happened, and the first at which one is known to have
        happened. Equal: an exact time. ``upper`` missing or infinite: none is known to have happened.
    event : str
        Column with the kind of event; empty or `censored` where ``upper`` is missing.
    entry, censored, by, outcome, weights : optional
        As for `incidence`.
    limits : {"likelihood", None}
        Limits from the likelihood ratio, or none (which is quick).
    ci_level : float
    time_unit : str, optional
        As for `survival`.

    Returns
    -------
    IntervalIncidence

    Raises
    ------
    UsageError
        For columns that are not there, for limits with weights that are not whole, and for a cohort whose days were
        drawn.
    DataError
        For an event without a kind, a kind without an event, values that cannot be read, and without any event.

    Notes
    -----
    Times of looking must be independent of the events, and a look that finds an event must find its kind. The end of
    the case itself, with which the interval of an act without a date closes, is not such a look: those acts are put too
    early (``docs/interval-censoring.md``). For a cohort ``warnings`` says how many there are, how many ends are taken
    as exact since their kind depends on their day, and how many persons have several cases. Rows that contradict
    themselves are left out and counted, and ``warnings`` says what to mend.

    The likelihood is that of time and kind given no event before entry, over all distributions. For each kind mass is
    put in innermost intervals of its own (Hudgens, Satten and Longini): from a last time without an event, or the lower
    end of a case of that kind, to the next upper end of such a case or entry. *Where* in such an interval it lies the
    data do not say, and so `at` gives two bounds there. Sometimes the masses themselves are not determined; then
    ``unique`` in `glance` is False, ``warnings`` says so, and the bounds of `at` hold over all masses that do as well.

    **The incidences of the kinds need not sum to one minus** `survival` **of the same intervals**, in which kinds are
    forgotten: that each case has one kind rules out masses that would do better without kinds. They do where times are
    exact, and where intervals are unions of the same pieces, as with dates of looking common to all.

    The maximum is found by self-consistency, then by an interior-point method and Newton's. ``gap`` in `glance` says
    how far the Kuhn-Tucker conditions are from holding: without late entry the log-likelihood is concave in the masses,
    and that number bounds what it lacks. With late entry and several kinds it is not, and there can be several maxima:
    for up to 400 cells the highest of seven searches is given, and ``warnings`` says if they met two. With exact times
    the estimate is that of Aalen and Johansen, and for one kind it is Turnbull's. If all who are at risk early have had
    an event before others enter, the incidences stay where they are, and have no limits; ``warnings`` says so.

    **Late entry together with intervals is dangerous**, as for `survival`: mass may be moved to where few are known to
    have passed. ``warnings`` says where it lies so. Begin the clock at entry, so that nobody enters late.

    Limits are the values of one incidence at a time for which the likelihood ratio stays below the quantile of
    chi-square on one degree of freedom. With exact times, or few distinct times of looking, that is right in large
    samples. With looks at continuous random times only, the estimates converge at the rate of the cube root of n, no
    standard error exists, the usual bootstrap is inconsistent, and the law of the ratio is not known for several kinds
    (Groeneboom, Maathuis and Wellner; Maathuis and Hudgens); how they cover in simulated samples is in
    ``docs/interval-censoring.md``. Cases are taken as independent. After the last look any kind can have the
    remaining mass, and limits allow for it. Where an outcome has more than 12 intervals with
    mass, limits in the table are computed at 12 of them and the others have the wider one of their neighbours; `at`
    computes them at any time.

    References
    ----------
    Hudgens, Satten and Longini, Biometrics 57 (2001), 74-80. Jewell, van der Laan and Henneman, Biometrika 90 (2003),
    183-197. Groeneboom, Maathuis and Wellner, Annals of Statistics 36 (2008), 1031-1063 and 1064-1089. Maathuis and
    Hudgens, Biometrika 98 (2011), 325-340.

    Examples
    --------
    >>> import pandas as pd
    >>> d = pd.DataFrame({"seen": [0, 0, 2], "gone": [4, 4, None], "how": ["act", "death", None]})
    >>> found = interval_incidence(d, lower="seen", upper="gone", event="how")
    >>> found.tidy()[["lower", "upper", "outcome", "mass"]].round(6).to_numpy().tolist()
    [[2.0, 4.0, 'act', 0.5], [2.0, 4.0, 'death', 0.5]]
    >>> found.at(3)[["outcome", "lowest", "highest"]].round(6).to_numpy().tolist()
    [['act', 0.0, 0.5], ['death', 0.0, 0.5]]
    """
    check_level(ci_level)
    if limits not in ("likelihood", None):
        raise UsageError(f"limits={limits!r} is not one of: 'likelihood', None.")
    refuse_taken(by, _TAKEN)
    given = as_table(data)
    unit = unit_of(given.cohort is not None, time_unit)
    caused = caused_intervals(given, lower, upper, event, entry, weights=weights, by=by, censored=censored)
    refuse_no_event(caused.read, str(upper))
    if limits and not caused.read.whole:
        raise UsageError("weights that are not whole numbers give no likelihood ratio: take limits=None.")
    outcomes = tuple(levels_of(outcome)) or caused.kinds
    unknown = [o for o in outcomes if o not in caused.kinds]
    if unknown:
        raise UsageError(f"outcome {unknown[0]!r} is not among the kinds of event: {', '.join(caused.kinds)}.")
    read = caused.read
    fits = tuple(fit_causes(_part(caused, read.groups.code == g)) for g in range(len(read.groups)))
    level = ci_level if limits else None
    parts = [
        _table(fit, caused.kinds.index(name) + 1, level).assign(outcome=name, _group=g)
        for name in outcomes
        for g, fit in enumerate(fits)
    ]
    return IntervalIncidence(
        table=_joined(parts, read.groups, outcomes),
        by=read.groups.columns,
        outcomes=outcomes,
        kinds=caused.kinds,
        limits=limits,
        ci_level=ci_level,
        exclusions=read.exclusions,
        warnings=_said(caused, fits),
        groups=read.groups,
        fits=fits,
        unit=unit,
    )


def _part(caused: CausedIntervals, rows: Bools) -> Caused:
    t = caused.read.times
    return Caused(t.lower[rows], t.upper[rows], t.entry[rows], t.weight[rows], caused.kind[rows])


def _table(fit: CauseFit, kind: int, ci_level: float | None) -> pd.DataFrame:
    low, high, mass, after = fit.support(kind)
    ci = np.full((len(low), 2), np.nan)
    if ci_level is not None and len(low):
        chosen = np.unique(np.linspace(0, len(low) - 1, MOST_LIMITS).round().astype(int))
        found = np.array([_limits(fit, kind, high[k], ci_level) for k in chosen])
        place = np.searchsorted(chosen, np.arange(len(low)))  # the next that was computed
        previous = np.where(chosen[place] == np.arange(len(low)), place, place - 1)
        ci = np.column_stack([np.minimum(found[previous, 0], after), np.maximum(found[place, 1], after)])
    columns = {"lower": low, "upper": high, "mass": mass, "estimate": after}
    return pd.DataFrame(columns | {"ci_low": ci[:, 0], "ci_high": ci[:, 1]})


def _joined(parts: list[pd.DataFrame], groups: Labels, outcomes: tuple[str, ...]) -> pd.DataFrame:
    """The tables of outcomes and groups as one, with the columns of the groups."""
    whole = pd.concat(parts, ignore_index=True)
    front = {"lower": whole["lower"], "upper": whole["upper"]}
    front["outcome"] = pd.Series(pd.Categorical(whole["outcome"], categories=list(outcomes)))
    group = whole["_group"].to_numpy(dtype=np.intp)
    front |= {name: pd.Series(groups.levels[name].array.take(group)) for name in groups.columns}
    return pd.DataFrame(front | {c: whole[c] for c in ("mass", "estimate", "ci_low", "ci_high")})


def _said(caused: CausedIntervals, fits: tuple[CauseFit, ...]) -> pd.DataFrame:
    groups = caused.read.groups
    found = [
        (name, text) for name, fit in zip(groups.names() or [""], fits, strict=True) for text in _warnings(fit, name)
    ]
    found += [("", f"{message}.") for message in names_alike(groups)]
    if caused.own_ends:
        n = caused.own_ends
        found.append(("", f"{counted(n, 'act')} {agreed(n, 'has')} {_OWN_END}"))
    if caused.turns:
        n = caused.turns
        found.append(("", f"{counted(n, 'end')} {agreed(n, 'has')} {_TURNS}"))
    if caused.several:
        n = caused.several
        found.append(("", f"{counted(n, 'person')} {agreed(n, 'has')} several cases: limits take them as independent."))
    return pd.DataFrame([*found, *(("", text) for text in caused.remedies)], columns=["group", "message"])


def _warnings(fit: CauseFit, name: str) -> list[str]:
    where, said, data = f" ({name})" if name else "", [], fit.data
    if not (data.kind > 0).any():
        said.append(f"No event is known{where}: incidences are 0 up to the last time, and have no rows.")
    if fit.stopped is not None:
        later = int(np.sum(data.entry >= fit.stopped))
        said.append(
            f"By {fit.stopped:g} all who had entered have had an event{where}: the incidences stay as they are then, "
            f"and {counted(later, 'case')} that {agreed(later, 'enter')} later {agreed(later, 'say')} nothing of them. "
            "There are no limits. Begin the clock later, or leave out the early entries."
        )
    thin = _thin(fit)
    if thin > 0.05:
        said.append(
            f"Late entry and intervals{where}: {thin:.0%} of the mass lies where fewer than {THIN} cases are known to "
            "have passed, and far too much of it may lie there. Do not quote these incidences: begin the clock at "
            "entry."
        )
    if fit.masses.gap > CERTIFIED * max(1.0, float(data.weight.sum())):
        said.append(f"The maximum{where} is not certified: the Kuhn-Tucker conditions fail by {fit.masses.gap:.1e}.")
    if fit.several:
        said.append(
            f"The likelihood{where} has several maxima, as it can with late entry. The highest of several searches is "
            "shown. Begin the clock at entry, so that nobody enters late."
        )
    if fit.unique is False:
        said.append(f"Other masses{where} reach the same likelihood: those shown are one choice, at() has the bounds.")
    if fit.unique is None:
        said.append(f"Whether other masses{where} reach the same likelihood was not checked: there are too many cells.")
    return said


def _thin(fit: CauseFit) -> float:
    """Share of the mass in cells that few are known to have passed, while most come later; 0 without late entry."""
    data, cells = fit.data, fit.cells
    if not np.any((data.lower < data.upper) & np.isfinite(data.upper)) or data.entry.max() <= data.entry.min():
        return 0.0
    early = (cells.high <= data.entry.max()) & (cells.passed < THIN)
    return float(fit.masses.size[early].sum())
