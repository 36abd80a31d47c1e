"""Spells of people who go from state to state -> the chance of being in each by time, and the time there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from clemency.figures.theme.look import plotted
from clemency.models.imputation.repeated import over_imputations
from clemency.models.imputation.states import pool_states
from clemency.models.kernel.riskset import pairs_of, sums_by
from clemency.models.modelframe.arguments import at_times, check_level, months, refuse_repeated, shown_times, summed
from clemency.models.modelframe.exclusions import left_out_lines
from clemency.models.modelframe.status import CENSORED
from clemency.models.regression.limits import check_scale
from clemency.models.states.histories.cohorts import read_states
from clemency.models.states.histories.faults import ids_of, refuse_faults, said
from clemency.models.states.histories.spells import START, Allowed, StateSpells
from clemency.models.states.markov import MarkovTest, markov_test
from clemency.models.states.pathways import landmark, transition_chances
from clemency.models.states.tables import Estimated, at, estimate, long, spent, stuck, with_limits
from clemency.records.arguments.signatures import typed
from clemency.records.errors import UsageError
from clemency.records.presentation.curvetext import curve_lines
from clemency.records.presentation.markup import as_html
from clemency.records.presentation.wording import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, slots=True, eq=False)
class MultiState:
    """Result of `multistate`: chances of being in each state as step functions.

    Attributes
    ----------
    states : tuple of str
    by : tuple of str
    start : float
        Time at which the curves begin.
    conf_type : {"log-log", "cloglog", "log", "plain"}
    ci_level : float
    exclusions : DataFrame
        ``reason, column, n, first_rows``: what was left out and why.
    faults : DataFrame
        ``kind, row, id, time, message, remedy``: what looks odd in the coding, see `survcheck`.
    warnings : DataFrame
        ``group, time, message``: where the estimate says less than it seems to.
    spells : StateSpells
    estimated : Estimated
        The numbers behind it.
    """

    states: tuple[str, ...]
    by: tuple[str, ...]
    start: float
    conf_type: str
    ci_level: float
    exclusions: pd.DataFrame
    faults: pd.DataFrame
    warnings: pd.DataFrame
    spells: StateSpells = field(repr=False)
    estimated: Estimated = field(repr=False)

    def tidy(self) -> pd.DataFrame:
        """One row per group, time of a transition and state.

        Returns
        -------
        DataFrame
            ``time, state, <by>, at_risk, n_event, estimate, std_error, ci_low, ci_high``: ``at_risk`` is the weight in
            the state just before, ``n_event`` what enters it then.
        """
        e, groups = self.estimated, self.spells.history.groups
        m, S = e.moves, len(self.states)
        own = m.sets.at
        went = np.flatnonzero(m.to >= 0)
        mass = np.ones(len(went)) if m.weight is None else m.weight[went]
        entered = sums_by(own[went] * S + m.to[went], mass, len(m.sets.time) * S)
        code = np.repeat(m.sets.stratum, S)
        columns: dict[str, Any] = {"time": np.repeat(m.sets.time, S)}
        columns["state"] = pd.Categorical.from_codes(np.tile(np.arange(S), len(m.sets.time)), list(self.states))
        columns |= {n: groups.levels[n].array.take(code) for n in self.by}
        columns |= {"at_risk": m.at_risk.reshape(-1), "n_event": entered}
        columns |= {"estimate": e.chances.after.reshape(-1), "std_error": e.error.reshape(-1)}
        low, high = with_limits(columns["estimate"], columns["std_error"], self.conf_type, self.ci_level)
        return pd.DataFrame(columns | {"ci_low": low, "ci_high": high})

    @typed
    def at(self, times: float | Sequence[float]) -> pd.DataFrame:
        """Chances of the states at given times.

        Parameters
        ----------
        times : float or sequence of float
            On the clock of the data: months for a cohort.

        Returns
        -------
        DataFrame
            ``time, state, <by>, estimate, std_error, ci_low, ci_high``, group after group. Missing before ``start``,
            and after the last exit of a group unless nobody was left who could go on. Limits are missing where the
            error is zero: nothing has happened yet.

        Raises
        ------
        UsageError
            For times that are no numbers, missing, or before 0.
        """
        asked = months(times)
        found = at(self.estimated, asked, self.spells.history.matched(asked), self.start)
        return long(found, asked, self.states, self.spells.history.groups, self.conf_type, self.ci_level)

    @typed
    def transition(self, start: float, times: float | Sequence[float], *, landmarked: bool = False) -> pd.DataFrame:
        """Chances of being in each state at later times for those who are in a given state at a time.

        Parameters
        ----------
        start : float
            Time at which the state is known.
        times : float or sequence of float
            Not before it.
        landmarked : bool
            Estimate from those alone who were seen in that state at `start` (the landmark Aalen-Johansen estimate),
            which holds whether or not the past matters (see `markov`); otherwise from all who pass through each state
            later, which is more precise and right only if it does not.

        Returns
        -------
        DataFrame
            ``start, from, n, time, state, <by>, estimate, std_error, ci_low, ci_high``: ``n`` people were seen in the
            state `from` at `start`. States in which nobody was then are left out of ``from`` with `landmarked`, and
            ends always. Missing after the last exit of those used.

        References
        ----------
        Putter and Spitoni, Statistical Methods in Medical Research 27 (2018), 2081-2092 (landmark).
        """
        asked = months(times)
        begin = float(months(start, "start")[0])
        if (asked < begin).any():
            raise UsageError(f"times={asked.min():g} is before start={begin:g}.")
        how = landmark if landmarked else transition_chances
        return how(self.spells, begin, asked, self.conf_type, self.ci_level)

    @typed
    def sojourn(self, until: float) -> pd.DataFrame:
        """Expected time in each state from the start of the curves to a time.

        Parameters
        ----------
        until : float

        Returns
        -------
        DataFrame
            ``until, state, <by>, estimate, std_error, ci_low, ci_high``; the estimates of a group add up to the whole
            time.

        Raises
        ------
        UsageError
            For an end before the start, or after the last exit of a group of which some were still at risk.

        Notes
        -----
        The areas below the curves, with errors by cases, as ``print(survfit, rmean=)`` of R.
        """
        return spent(self.estimated, self.start, until, self.states, self.spells.history.groups, self.ci_level)

    @typed
    def markov(self, times: float | Sequence[float] | None = None, *, draws: int = 1000, seed: int = 0) -> MarkovTest:
        """Test whether the hazards depend on the state that people were in earlier (Titman and Putter).

        Parameters
        ----------
        times : float or sequence of float, optional
            Earlier times at which the state is looked at; by default nine, at the tenths of the times of transitions.
        draws, seed : int
            Of the simulated distribution.

        Returns
        -------
        MarkovTest
        """
        asked = None if times is None else months(times)
        if asked is not None:
            refuse_repeated(asked, "times")
        return markov_test(self.spells, asked, draws, seed)

    def glance(self) -> pd.DataFrame:
        """One row per group: spells, people, person-months and transitions.

        With weights the last two are weighted. A frame whose unit is not the month has ``person_time, time_unit``.
        """
        h, m = self.spells.history, self.estimated.moves
        code, G = h.groups.code[m.rows], len(h.groups)
        begin = np.full(len(m.rows), self.start)
        if h.entry is not None:
            begin = np.maximum(begin, h.entry[m.rows])
        mass = np.ones(len(m.rows)) if m.weight is None else m.weight
        group_of_person, _ = pairs_of(code, self.spells.person[m.rows])
        events = np.bincount(code, mass * (m.to >= 0), minlength=G)
        return h.groups.levels[list(self.by)].assign(
            n=np.bincount(code, minlength=G),
            n_cases=np.bincount(group_of_person, minlength=G),
            **summed(np.bincount(code, mass * (h.exit[m.rows] - begin), minlength=G), h.unit),
            events=events if m.weight is not None else events.astype(np.int64),
        )

    @typed
    def plot(self, ax: Axes | None = None, *, group: Any = None, until: float | None = None, **options: Any) -> Axes:
        """Areas of the states stacked on each other, up to a time or else the last at which all is known.

        Parameters
        ----------
        ax : Axes, optional
        group : value or tuple of values, optional
            Which group to draw, where there are several.
        until : float, optional
        options
            ``title, labels, palette, time_unit, order``: see :class:`clemency.figures.Look`.
        """
        from clemency.figures import stacked_states

        g = self._group(group)
        known, last = self.estimated.known[g], float(self.spells.history.exit.max())
        end = min(known, last) if until is None else until
        i, j = self.estimated.moves.sets.first[g : g + 2]
        times = self.estimated.moves.sets.time[i:j]
        asked = np.unique(np.r_[self.start, times[times <= end], end])
        part = self.at(asked.tolist())
        label = self.spells.history.groups.levels.iloc[g]
        for name in self.by:
            part = part[(part[name] == label[name]).to_numpy()]
        name = self.spells.history.groups.names()[g] if self.by else ""
        look = {"title": name, **plotted(options, stacked_states, also=("group", "until"))}
        return stacked_states(part, ax, self.states, self.spells.history.unit, **look)

    def _group(self, group: Any) -> int:
        groups = self.spells.history.groups
        if group is None and len(groups) > 1:
            raise UsageError(f"One figure shows one group: name it with group= ({'; '.join(groups.names())}).")
        if group is None:
            return 0
        wanted = group if isinstance(group, tuple) else (group,)
        for g, values in enumerate(groups.levels[list(self.by)].itertuples(index=False)):
            if tuple(values) == wanted:
                return g
        raise UsageError(f"There is no group {group!r}; there are: {'; '.join(groups.names()) or 'none'}.")

    def notes(self) -> list[str]:
        """What a reader must know, one sentence each."""
        return [*said(self.faults), *self.warnings["message"], *left_out_lines(self.exclusions)]

    def __repr__(self) -> str:
        head = f"Chances of {counted(len(self.states), 'state')} ({', '.join(self.states)})"
        values = curve_lines(*self._at_some_times())
        return "\n".join([head, self.glance().to_string(index=False), *values, *self.notes()])

    def _repr_html_(self) -> str:
        title, values = self._at_some_times()
        return as_html(title, values, self.notes(), "{:.3f}")

    def _at_some_times(self) -> tuple[str, pd.DataFrame]:
        unit, e = self.spells.history.unit, self.estimated
        last = e.moves.sets.time.max(initial=self.start)
        times = [t for t in shown_times(float(last), unit) if t >= self.start]
        when = at_times(", ".join(f"{t:g}" for t in times), unit)
        return f"Chance of being in each state by {when}, with {self.ci_level:.0%} limits", self.at(times)


@typed
@over_imputations(pool_states)
def multistate(
    data: Any,
    *,
    id: str | None = None,
    exit: str | None = None,
    event: str | None = None,
    entry: str | None = None,
    state: str | None = None,
    initial: str = START,
    allowed: Allowed | None = None,
    by: str | Sequence[str] | None = None,
    cluster: str | None = None,
    weights: str | None = None,
    start: float | None = None,
    cuts: int | None = None,
    share_of: str | None = None,
    censored: str | None = CENSORED,
    time_unit: str | None = None,
    conf_type: str = "log-log",
    ci_level: float = 0.95,
) -> MultiState:
    """Chance of being in each of several states by time, where people are seen late and lost early.

    Parameters
    ----------
    data : Cohort or DataFrame
        Spells (entry, exit] of which a person has several, each ending where a state is entered or somebody is lost
        from sight. A cohort made with ``recurrent=True`` supplies all columns: its people go from ``serving`` to
        ``reduced 1``, ``reduced 2+`` and medical parole, and to the ends that compete.
    id : str
        Column of the person; the case for a cohort.
    exit, event, entry : str
        ``event`` is the state that is entered at the exit, or the word for censoring. Without ``entry`` everybody has
        one spell, from the beginning.
    state : str, optional
        Column of the state in which the spell was spent. Without it a person's first spell was in `initial`, and any
        other in the state entered last, also where the spell at whose end it was entered is left out, as for a missing
        weight. After a spell without an event or an end the state is not known, and the person's later spells are left
        out.
    initial : str
        Name of the state that everybody begins in, if there is no `state`.
    allowed : mapping, optional
        State -> state or states that can follow it; one that is no key is an end. Anything else is refused with its
        row. Without it any state may follow any but death.
    by : str or sequence of str, optional
        Columns whose combinations get curves of their own.
    cluster : str, optional
        Column to cluster the errors on, such as the prison; `id` by default, ``person_id`` for a cohort.
    weights : str, optional
        Column of case weights.
    start : float, optional
        Time at which the curves begin, 0 by default; what came before is left out.
    cuts : int, optional
        For a cohort, how many cuts are states of their own (2).
    share_of : str, optional
        Column of a length by which all times are divided: with the months of the term as passed, the clock is the share
        of it that has been served, and terms of all lengths end at 1 unless they were cut.
    censored : str or None
        The word in ``event`` that means censoring; None if every spell ends by entering a state.
    time_unit : {"days", "weeks", "months", "quarters", "years"}, optional
        What the times of a frame count, for labels and names; a cohort counts months.
    conf_type : {"log-log", "cloglog", "log", "plain"}
        Scale on which the limits are symmetric.
    ci_level : float

    Returns
    -------
    MultiState
        For an imputed cohort an `ImputedStates`: chances and months pooled by Rubin's rules.

    Raises
    ------
    UsageError
        For weights of very different size; for an imputed cohort, see `pool_states`.
    DataError
        For spells of one person that overlap, a state that changes without a transition or over a gap, spells after an
        end, and transitions that are not in `allowed`: each with its row.

    Notes
    -----
    The estimate is that of Aalen and Johansen. It gives the chances of the states whether or not the past matters, as
    long as being seen does not depend on it (Datta and Satten); chances *between* states are given by
    :meth:`MultiState.transition`, where it does matter. Those at risk at the first transition after `start` give the
    initial chances; under late entry few may have been seen then.

    Errors are the infinitesimal jackknife: the derivative of the estimate in the weight of each case, or of each
    cluster, squared and summed, the initial chances included. They are those of R's ``survfit`` with ``id=``; R ignores
    ``cluster=`` where there are several states.

    The end of a term comes on a day that is fixed at sentence, and that each cut moves. ``expiry`` is then a transition
    whose hazard is zero until that day and beyond any model on it: chances of it are right as a description of terms
    like these, and not a hazard that could be compared.

    References
    ----------
    Aalen and Johansen, Scandinavian Journal of Statistics 5 (1978), 141-150. Datta and Satten, Statistics and
    Probability Letters 55 (2001), 403-411.

    Examples
    --------
    >>> import pandas as pd
    >>> d = pd.DataFrame({"who": [1, 1, 2, 3], "since": [0, 4, 0, 0], "until": [4, 9, 6, 9],
    ...                   "into": ["ill", "death", "death", "censored"]})
    >>> fit = multistate(d, id="who", entry="since", exit="until", event="into")
    >>> fit.at(6)[["state", "estimate"]].round(3).to_numpy().tolist()
    [['start', 0.333], ['death', 0.333], ['ill', 0.333]]
    """
    check_level(ci_level)
    check_scale(conf_type)
    begin = None if start is None else float(months(start, "start")[0])
    s = read_states(
        data, cuts=cuts, share_of=share_of, id=id, exit=exit, event=event, entry=entry, state=state, initial=initial,
        allowed=allowed, by=by, cluster=cluster, weights=weights, censored=censored, time_unit=time_unit,
    )  # fmt: skip
    found = refuse_faults(s, ids_of(s))
    if begin is not None and not (s.history.exit > begin).any():
        raise UsageError(f"start={begin:g} is after the last exit, {s.history.exit.max():g}.")
    e = estimate(s, begin, None)
    told = [*stuck(s, e), *(("", np.nan, f"{message}.") for message in s.history.alike)]
    warnings = pd.DataFrame(told, columns=["group", "time", "message"])
    by_columns = s.history.groups.columns
    return MultiState(
        s.states, by_columns, begin or 0.0, conf_type, ci_level, s.history.exclusions, found, warnings, s, e
    )
