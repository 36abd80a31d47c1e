"""Chances of states, and Cox models of transitions, of several imputations -> one result, by Rubin's rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from clemency.figures.theme.look import plotted
from clemency.models.imputation.curves import pool_values
from clemency.models.imputation.frames import alike, pool_bounded, pool_tested
from clemency.models.imputation.repeated import OfImputations, imputation, told
from clemency.models.kernel.sametime import distinct
from clemency.models.regression.coefficients import SHOWN
from clemency.records.arguments.signatures import typed
from clemency.records.errors import UsageError
from clemency.records.presentation.curvetext import curve_lines
from clemency.records.presentation.markup import as_html
from clemency.records.presentation.wording import counted
from clemency.tables.hooks import FittedModel

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_POOLED = ("log-log", "cloglog")


@dataclass(frozen=True, slots=True, eq=False)
class ImputedStates(OfImputations):
    """Result of `multistate` of an imputed cohort.

    Chances are means over the imputations, as are months; limits lie on the scale of ``conf_type``. The test of
    `MultiState.markov` is not pooled: take it of each of the ``fits``.

    Attributes
    ----------
    states : tuple of str
    by : tuple of str
    ci_level : float
    fits : tuple of MultiState, length m
    """

    states: tuple[str, ...]
    by: tuple[str, ...]
    ci_level: float
    fits: tuple[Any, ...] = field(repr=False)

    @property
    def m(self) -> int:
        """Number of imputations."""
        return len(self.fits)

    def tidy(self) -> pd.DataFrame:
        """Chances at every time at which an imputation has a transition, in any group; columns as of `at`."""
        return self.at(self._times().tolist())

    @typed
    def at(self, times: float | Sequence[float]) -> pd.DataFrame:
        """Chances of the states at given times.

        Parameters
        ----------
        times : float or sequence of float

        Returns
        -------
        DataFrame
            ``time, state, <by>, estimate, std_error, ci_low, ci_high, df, riv, fmi``; missing where some imputation
            knows nothing, as in :meth:`MultiState.at`.
        """
        return _shares([f.at(times) for f in self.fits], self.ci_level, self.fits[0].conf_type)

    @typed
    def transition(self, start: float, times: float | Sequence[float], *, landmarked: bool = False) -> pd.DataFrame:
        """Chances of each state at later times for those in a given state at a time.

        Parameters
        ----------
        start, times, landmarked
            As for :meth:`MultiState.transition`.

        Returns
        -------
        DataFrame
            Its columns, ``n`` a mean over the imputations, with ``df, riv, fmi``.

        Raises
        ------
        UsageError
            Where nobody was in a state at `start` in some of the imputations only.
        """
        frames = [f.transition(start, times, landmarked=landmarked) for f in self.fits]
        keys = ["from", "time", "state", *self.by]
        for number, frame in enumerate(frames, 1):
            if not alike(frame, frames[0], keys):
                raise UsageError(
                    f"Imputations 1 and {number} do not have people in the same states at {start:g}: take another "
                    "start, or fewer cuts=."
                )
        pooled = _shares(frames, self.ci_level, self.fits[0].conf_type)
        return pooled.assign(n=np.mean([f["n"].to_numpy(dtype=float) for f in frames], axis=0))

    @typed
    def sojourn(self, until: float) -> pd.DataFrame:
        """Expected months in each state up to a time.

        Parameters
        ----------
        until : float

        Returns
        -------
        DataFrame
            ``until, state, <by>, estimate, std_error, ci_low, ci_high, df, riv, fmi``; estimates of a group add up to
            the whole time.
        """
        return pool_bounded(self._each(lambda f: f.sojourn(until)), self.ci_level, 0.0, until - self.fits[0].start)

    def glance(self) -> pd.DataFrame:
        """One row per group: means over the imputations of what :meth:`MultiState.glance` gives, and ``m``."""
        frames = [f.glance() for f in self.fits]
        numbers = [c for c in frames[0] if c not in (*self.by, "time_unit")]
        means = np.mean([f[numbers].to_numpy(dtype=float) for f in frames], axis=0)
        return frames[0].assign(**dict(zip(numbers, means.T, strict=True)), m=self.m)

    @typed
    def plot(self, ax: Axes | None = None, *, group: Any = None, until: float | None = None, **options: Any) -> Axes:
        """Areas of the states stacked on each other; arguments as of :meth:`MultiState.plot`."""
        from clemency.figures import stacked_states

        first = self.fits[0]
        g = first._group(group)
        known = min(float(f.estimated.known[g]) for f in self.fits)
        last = max(float(f.spells.history.exit.max()) for f in self.fits)
        end = min(known, last) if until is None else until
        times = self._times()
        part = self.at(np.unique(np.r_[first.start, times[times <= end], end]).tolist())
        label = first.spells.history.groups.levels.iloc[g]
        for name in self.by:
            part = part[(part[name] == label[name]).to_numpy()]
        name = first.spells.history.groups.names()[g] if self.by else ""
        asked = {"title": name, **plotted(options, stacked_states, also=("group", "until"))}
        return stacked_states(part, ax, self.states, "months", **asked)

    def notes(self) -> list[str]:
        """What a reader must know, one sentence each."""
        return [f"{self.m} imputations pooled by Rubin's rules.", *_told(f.notes() for f in self.fits)]

    def _times(self) -> np.ndarray:
        return distinct(*(np.unique(f.estimated.moves.sets.time) for f in self.fits))

    def _each(self, ask: Callable[[Any], pd.DataFrame]) -> list[pd.DataFrame]:
        found = []
        for number, fit in enumerate(self.fits, 1):
            with imputation(number, self.m):
                found.append(ask(fit))
        return found

    def __repr__(self) -> str:
        head = f"Chances of {counted(len(self.states), 'state')} ({', '.join(self.states)}), pooled"
        values = curve_lines(*self._at_some_times())
        return "\n".join([head, self.glance().to_string(index=False), *values, *self.notes()])

    def _repr_html_(self) -> str:
        title, values = self._at_some_times()
        return as_html(title, values, self.notes(), "{:.3f}")

    def _at_some_times(self) -> tuple[str, pd.DataFrame]:
        top = float(self._times().max())
        times = [t for t in (12.0, 24.0, 36.0, 60.0, 120.0) if self.fits[0].start <= t <= top] or [top]
        return f"Chance of being in each state by {', '.join(f'{t:g}' for t in times)} months, pooled", self.at(times)


def pool_states(fits: list[Any]) -> ImputedStates:
    """Pool chances of states.

    Parameters
    ----------
    fits : list of MultiState, length m

    Returns
    -------
    ImputedStates

    Raises
    ------
    UsageError
        For limits on a scale on which shares are not pooled, and where states or groups are not those of every
        imputation.

    Notes
    -----
    Shares and months are pooled as they are, so that the chances of a time add up to one and the months of a group to
    the whole time; limits of shares are then symmetric about the mean on the scale (see `pool_curves`).
    """
    first = fits[0]
    if first.conf_type not in _POOLED:
        raise UsageError(
            f"Imputed states are pooled on the {' or '.join(_POOLED)} scale: leave conf_type={first.conf_type!r} out."
        )
    names = first.spells.history.groups.names()
    for number, fit in enumerate(fits, 1):
        if fit.states != first.states:
            other = ", ".join(sorted(set(fit.states) ^ set(first.states)))
            raise UsageError(f"Imputations 1 and {number} do not have the same states ({other}): take fewer cuts=.")
        if fit.spells.history.groups.names() != names:
            raise UsageError(f"Imputations 1 and {number} do not have the same groups: pool levels of by=.")
    return ImputedStates(first.states, tuple(first.by), first.ci_level, tuple(fits))


@dataclass(frozen=True, slots=True, eq=False)
class ImputedTransitionCox(FittedModel, OfImputations):
    """Result of `transition_cox` of an imputed cohort; log hazard ratios are means over the imputations.

    Attributes
    ----------
    states, transitions : tuple of str
    ci_level : float
    fits : tuple of TransitionCox, length m
    """

    states: tuple[str, ...]
    transitions: tuple[str, ...]
    ci_level: float
    fits: tuple[Any, ...] = field(repr=False)

    @property
    def m(self) -> int:
        """Number of imputations."""
        return len(self.fits)

    @typed
    def tidy(self, exponentiate: bool = False) -> pd.DataFrame:
        """Coefficients, one row per transition (or pattern of transitions), term and level.

        Parameters
        ----------
        exponentiate : bool
            Give hazard ratios with their limits; error and statistic stay those of the log hazard ratio.

        Returns
        -------
        DataFrame
            ``transition, term, level, estimate, std_error, statistic, p_value, ci_low, ci_high, df, riv, fmi``.
        """
        return pool_tested([f.tidy() for f in self.fits], self.ci_level, exponentiate=exponentiate)

    @typed
    def predict(self, newdata: Any, times: float | Sequence[float], **options: Any) -> pd.DataFrame:
        """Chances of being in each state for given covariates, as :meth:`TransitionCox.predict` gives them.

        Parameters
        ----------
        newdata : DataFrame or mapping of columns
        times : float or sequence of float
        **options
            ``start``, ``state`` and ``conf_type``.

        Returns
        -------
        DataFrame
            ``row, time, state, estimate, std_error, ci_low, ci_high, df, riv, fmi``.
        """
        scale = options.get("conf_type", "log-log")
        if scale not in _POOLED:
            raise UsageError(f"Chances are pooled on the {' or '.join(_POOLED)} scale: leave conf_type={scale!r} out.")
        return _shares([f.predict(newdata, times, **options) for f in self.fits], self.ci_level, scale)

    @typed
    def predict_sojourn(
        self, newdata: Any, until: float, *, start: float = 0.0, state: str | None = None
    ) -> pd.DataFrame:
        """Expected months in each state for given covariates, as :meth:`TransitionCox.predict_sojourn` gives them.

        Parameters
        ----------
        newdata : DataFrame or mapping of columns
        until : float
        start, state
            As for `predict`.

        Returns
        -------
        DataFrame
            ``row, until, state, estimate, std_error, ci_low, ci_high, df, riv, fmi``.
        """
        frames = [f.predict_sojourn(newdata, until, start=start, state=state) for f in self.fits]
        return pool_bounded(frames, self.ci_level, 0.0, until - start)

    def glance(self) -> pd.DataFrame:
        """One row: means over the imputations of spells, people and events, and ``m``."""
        every = pd.concat([f.glance() for f in self.fits], ignore_index=True)
        means = {c: float(every[c].mean()) for c in ("n", "n_cases", "events")}
        return pd.DataFrame([means | {"m": self.m, "variance": self.fits[0].variance}])

    def notes(self) -> list[str]:
        """What a reader must know, one sentence each."""
        return [f"{self.m} imputations pooled by Rubin's rules.", *_told(f.notes() for f in self.fits)]

    def __repr__(self) -> str:
        table = self.tidy(exponentiate=True).rename(columns=SHOWN).round(4).to_string(index=False)
        return "\n".join([self._title(), table, *self.notes()])

    def _repr_html_(self) -> str:
        return as_html(self._title(), self.tidy(exponentiate=True).rename(columns=SHOWN), self.notes())

    def _title(self) -> str:
        return f"Cox models of {counted(len(self.transitions), 'transition')}, pooled"


def pool_transitions(fits: list[Any]) -> ImputedTransitionCox:
    """Pool Cox models of transitions.

    Parameters
    ----------
    fits : list of TransitionCox, length m

    Returns
    -------
    ImputedTransitionCox

    Raises
    ------
    UsageError
        Where transitions, terms or levels are not those of every imputation.
    """
    first = fits[0]
    table, keys = first.tidy(), ["transition", "term", "level"]
    for number, fit in enumerate(fits, 1):
        if fit.transitions != first.transitions:
            other = ", ".join(sorted(set(fit.transitions) ^ set(first.transitions)))
            raise UsageError(
                f"Imputations 1 and {number} do not have the same transitions ({other}): take fewer cuts=, or leave "
                "rare kinds of acts out."
            )
        if not alike(fit.tidy(), table, keys):
            raise UsageError(f"Imputations 1 and {number} do not have the same terms and levels: pool levels.")
    return ImputedTransitionCox(first.states, first.transitions, first.ci_level, tuple(fits))


def _shares(frames: list[pd.DataFrame], ci_level: float, scale: str) -> pd.DataFrame:
    names = ("estimate", "std_error", "ci_low", "ci_high")
    columns = {c: np.array([f[c].to_numpy(dtype=float) for f in frames]) for c in names}
    return frames[0].assign(**pool_values(columns, "incidence", ci_level, scale))


def _told(every: Iterable[list[str]]) -> list[str]:
    tables = [pd.DataFrame({"of": "", "message": list(dict.fromkeys(notes))}, dtype=object) for notes in every]
    if not any(len(t) for t in tables):
        return []
    m = len(tables)
    return [f"In {n} of {m} imputations: {message}" for _, message, n in told(tables, "of").itertuples(index=False)]
