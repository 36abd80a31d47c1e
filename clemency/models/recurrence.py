"""Spells of people who may have several acts -> the mean number of acts per person by time, with ends that stop it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from clemency.cohorts import Cohort
from clemency.records.errors import DataError, Problem, UsageError

from .estimate import check_level
from .history import History, history
from .riskset import Bools, Floats, Ints, count_at_risk

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_CHUNK = 4_000_000  # numbers in one block of influences


@dataclass(frozen=True, slots=True)
class MeanNumber:
    """Mean number of acts at the times of one group.

    Attributes
    ----------
    time : ndarray, shape (D,)
        Times of acts or terminal ends, in order.
    at_risk, n_event, n_terminal : ndarray, shape (D,)
        Weight at risk just before, of acts, and of terminal ends.
    estimate, std_error : ndarray, shape (D,)
    """

    time: Floats
    at_risk: Floats
    n_event: Floats
    n_terminal: Floats
    estimate: Floats
    std_error: Floats


def mean_number(entry: Floats, exit: Floats, act: Bools, terminal: Bools, person: Ints, weight: Floats) -> MeanNumber:
    """Estimate the mean number of acts with robust errors, for one group.

    Parameters
    ----------
    entry, exit : ndarray, shape (n,)
        Spells (entry, exit].
    act, terminal : ndarray of bool, shape (n,)
        How each spell ended.
    person : ndarray of int, shape (n,)
        Whose spell it is; a person's spells are independent of nobody else's.
    weight : ndarray, shape (n,)

    Returns
    -------
    MeanNumber

    Notes
    -----
    With Y(u) at risk, dN(u) acts, dD(u) terminal ends and S the product-limit estimate for terminal ends, the mean is
    the sum of S(u-) dN(u) / Y(u): somebody who has died or left has no more acts, and is not treated as censored. The
    error is the infinitesimal jackknife by persons, the derivative of the estimate in each one's weight.
    """
    time = np.unique(exit[act | terminal])
    own = np.searchsorted(time, exit)
    D = len(time)
    held = count_at_risk(time, entry, exit, weight)
    n = np.bincount(own[act], weights=weight[act], minlength=D).astype(np.float64)
    d = np.bincount(own[terminal], weights=weight[terminal], minlength=D).astype(np.float64)
    survival = np.cumprod(1 - d / held)
    before = np.r_[1.0, survival[:-1]]
    estimate = np.cumsum(before * n / held)
    variance = np.zeros(D)
    people = np.unique(person)
    rows = np.argsort(person, kind="stable")
    first = np.searchsorted(person[rows], people)
    step = max(1, _CHUNK // max(D, 1))
    for k in range(0, len(people), step):
        stop = first[k + step] if k + step < len(people) else len(rows)
        chunk = rows[first[k] : stop]
        psi = _influence(time, before, estimate, held, n, d, entry, exit, act, terminal, own, weight, chunk)
        number = np.searchsorted(people[k : k + step], person[chunk])
        summed = np.zeros((min(step, len(people) - k), D))
        np.add.at(summed, number, psi)
        variance += (summed**2).sum(axis=0)
    return MeanNumber(time, held, n, d, estimate, np.sqrt(variance))


def _influence(
    time: Floats,
    before: Floats,
    estimate: Floats,
    held: Floats,
    n: Floats,
    d: Floats,
    entry: Floats,
    exit: Floats,
    act: Bools,
    terminal: Bools,
    own: Ints,
    weight: Floats,
    rows: Ints,
) -> Floats:
    """Weighted influence of some spells at each time, shape (rows, D)."""
    left = np.where(held > d, held - d, np.inf)  # nobody is left after: no later act can be affected
    at = (time > entry[rows, None]) & (time <= exit[rows, None])
    mine = own[rows, None] == np.arange(len(time))
    acts = (mine & act[rows, None]) - at * (n / held)
    ends = (mine & terminal[rows, None]) - at * (d / held)
    first = np.cumsum(acts * (before / held), axis=1)
    pull = np.cumsum(ends / left, axis=1)
    lag = np.cumsum(ends * (estimate / left), axis=1)
    return weight[rows, None] * (first - estimate * pull + lag)


@dataclass(frozen=True, slots=True)
class Recurrence:
    """Result of `recurrence`: mean numbers of acts as step functions.

    ``entered`` holds the spells of each group, from which the numbers at risk at any time are counted.
    """

    table: pd.DataFrame
    by: tuple[str, ...]
    conf_type: str
    ci_level: float
    entered: pd.DataFrame
    exclusions: pd.DataFrame

    def tidy(self) -> pd.DataFrame:
        """Columns ``time, outcome, <by>, at_risk, n_event, estimate, std_error, ci_low, ci_high``."""
        return self.table.copy()

    def at(self, times: float | Sequence[float]) -> pd.DataFrame:
        """Mean number of acts by given times.

        Parameters
        ----------
        times : float or sequence of float
            Months on the clock.

        Returns
        -------
        DataFrame
            As `tidy`; ``at_risk`` is the weight at risk just before the time, ``n_event`` the acts up to it.
        """
        wanted = np.atleast_1d(np.asarray(times, dtype=float))
        parts = []
        for label in self._groups():
            part = self.table[_is(self.table, label)]
            row = np.searchsorted(part["time"].to_numpy(), wanted, side="right")
            found = pd.DataFrame({"time": wanted, "outcome": "acts", **label})
            found["at_risk"] = self._at_risk(label, wanted)
            found["n_event"] = np.r_[0.0, np.cumsum(part["n_event"])][row]
            for column in ("estimate", "std_error", "ci_low", "ci_high"):
                found[column] = np.r_[0.0, part[column].to_numpy()][row]
            parts.append(found)
        return pd.concat(parts, ignore_index=True)[self.table.columns]

    def _groups(self) -> list[dict]:
        return self.entered[list(self.by)].drop_duplicates().to_dict("records") if self.by else [{}]

    def _at_risk(self, group: dict, times: Floats) -> Floats:
        e = self.entered[_is(self.entered, {k: v for k, v in group.items() if k in self.by})]
        return count_at_risk(times, e["entry"].to_numpy(), e["exit"].to_numpy(), e["weight"].to_numpy())

    def difference(self, time: float) -> pd.DataFrame:
        """Differences in the mean number of acts by a time, each group less the first.

        Parameters
        ----------
        time : float
            Months on the clock.

        Returns
        -------
        DataFrame
            Columns of `by` (the group compared), ``reference, time, estimate, std_error, statistic, p_value, ci_low,
            ci_high``.

        Raises
        ------
        UsageError
            If there are no groups. Groups must not share people.
        """
        by = list(self.by)
        if not by:
            raise UsageError("There are no groups to compare: name a column with by=.")
        at = self.at(time)
        first, rest = at.iloc[0], at.iloc[1:]
        value = rest["estimate"] - first["estimate"]
        error = np.hypot(rest["std_error"], first["std_error"])
        half = stats.norm.isf((1 - self.ci_level) / 2) * error
        reference = ", ".join(str(first[c]) for c in by)
        return (
            rest[by]
            .assign(
                reference=reference,
                time=float(time),
                estimate=value,
                std_error=error,
                statistic=value / error,
                p_value=2 * stats.norm.sf(np.abs(value / error)),
                ci_low=value - half,
                ci_high=value + half,
            )
            .reset_index(drop=True)
        )

    def glance(self) -> pd.DataFrame:
        """One row per group: spells, person-months, acts and acts per 100 person-years."""
        e = self.entered.assign(months=self.entered["exit"] - self.entered["entry"])
        rows = []
        for label in self._groups():
            part = e[_is(e, label)]
            months, acts = float(part["months"].sum()), int(part["event"].sum())
            rows.append(label | {"n": len(part), "person_months": months, "events": acts, "rate": 1200 * acts / months})
        return pd.DataFrame(rows)

    def plot(self, ax: Axes | None = None, until: float | None = None) -> Axes:
        """Mean numbers with limits, up to a month if one is given; numbers at risk stand below."""
        from clemency.figures import step_curves

        found = step_curves(self.table, ax=ax, by=list(self.by), at_risk=self._at_risk, until=until)
        found.yaxis.set_major_formatter("{x:.2g}")
        found.set_ylabel("acts per person")
        return found

    def __repr__(self) -> str:
        return f"Mean number of acts by {', '.join(self.by) or 'nothing'}\n{self.glance().to_string(index=False)}"

    def _repr_html_(self) -> str:
        top = self.table["time"].max()
        times = [t for t in (12, 24, 36, 60, 120) if t <= top] or [top]
        body = self.at(times).to_html(index=False, border=0, float_format="{:.3f}".format)
        when = ", ".join(f"{t:g}" for t in times)
        return f"<p>Mean number of acts per person by {when} months, with {self.ci_level:.0%} limits</p>{body}"


def _is(frame: pd.DataFrame, label: dict) -> NDArray[np.bool_]:
    found = np.ones(len(frame), dtype=bool)
    for column, value in label.items():
        found &= (frame[column] == value).to_numpy()
    return found


def recurrence(
    data: Cohort | pd.DataFrame,
    *,
    exit: str | None = None,
    event: str | None = None,
    entry: str | None = None,
    id: str | None = None,
    cluster: str | None = None,
    outcome: str | Sequence[str] | None = None,
    terminal: str | Sequence[str] | None = None,
    by: str | Sequence[str] | None = None,
    weights: str | None = None,
    conf_type: str = "log",
    ci_level: float = 0.95,
) -> Recurrence:
    """Mean cumulative number of acts per person, where release and death end the counting.

    Parameters
    ----------
    data : Cohort or DataFrame
        A cohort made with ``recurrent=True``, or spells (entry, exit] of which a person has several, one per act and
        one to the end of follow-up.
    exit, event, entry : str, optional
        Columns of a frame; ``event`` is 0/1, or a categorical that also says which ends are terminal.
    id : str, optional
        Column that says which spells belong together; ``case_id`` for a cohort, as each case has a clock of its own.
    cluster : str, optional
        Column to cluster the errors on; ``person_id`` for a cohort, else `id`.
    outcome : str or sequence of str, optional
        Kinds of event that are counted; the cohort's outcomes by default, else every kind that is not terminal.
    terminal : str or sequence of str, optional
        Kinds of event after which no act is possible; a cohort's competing ends by default, else none.
    by : str or sequence of str, optional
        Columns whose combinations get curves of their own.
    weights : str, optional
        Column of case weights.
    conf_type : {"log", "plain"}
        Scale on which the limits are symmetric.
    ci_level : float

    Returns
    -------
    Recurrence

    Raises
    ------
    UsageError
        For a cohort that follows people to the first act only, or levels that are not there.
    DataError
        If a person's spells overlap.

    Notes
    -----
    Without a terminal kind this is the Nelson-Aalen estimate of the cumulative rate. Treating release as censoring
    would answer another question: how many acts there would be if nobody ever left.

    References
    ----------
    Ghosh and Lin, Biometrics 56 (2000), 554-562. Cook and Lawless, Statistics in Medicine 16 (1997), 911-924. Nelson,
    Technometrics 30 (1988), 423-428.

    Examples
    --------
    >>> import pandas as pd
    >>> d = pd.DataFrame({"who": [1, 1, 2, 3], "from": [0, 2, 0, 0], "to": [2, 5, 3, 4], "act": [1, 0, 0, 1]})
    >>> recurrence(d, exit="to", event="act", entry="from", id="who").tidy()[["time", "estimate"]].to_numpy().tolist()
    [[2.0, 0.3333333333333333], [4.0, 0.8333333333333333]]
    """
    check_level(ci_level)
    if conf_type not in ("log", "plain"):
        raise UsageError(f"conf_type={conf_type!r} is not one of: log, plain.")
    groups = [by] if isinstance(by, str) else list(by or [])
    if isinstance(data, Cohort):
        if not data.rules.recurrent:
            raise UsageError("The cohort ends at the first act: make it with recurrent=True.")
        id, cluster = id or "case_id", cluster or "person_id"
        outcome = outcome or data.rules.outcome
        terminal = data.rules.competing if terminal is None else terminal
    if id is None:
        raise UsageError("Name the column of the person: id=.")
    h = history(data, exit=exit, event=event, entry=entry, by=groups, weights=weights, cluster=(id, cluster or id))
    act, last = _kinds(h, outcome, terminal)
    start = np.zeros(len(h)) if h.entry is None else h.entry
    weight = np.ones(len(h)) if h.weight is None else h.weight
    _refuse_overlap(h, start, h.clusters[0], id)
    person = h.clusters[1]
    parts, spells = [], []
    for g in range(len(h.groups)):
        rows = np.flatnonzero(h.groups.code == g)
        found = mean_number(start[rows], h.exit[rows], act[rows], last[rows], person[rows], weight[rows])
        label = h.groups.levels.iloc[[g]][list(h.groups.columns)]
        parts.append(_table(found, label, conf_type, ci_level))
        frame = pd.DataFrame({"entry": start, "exit": h.exit, "weight": weight, "event": act.astype(int)}).iloc[rows]
        spells.append(pd.concat([_repeat(label, len(rows)), frame.reset_index(drop=True)], axis=1))
    table = pd.concat(parts, ignore_index=True)
    entered = pd.concat(spells, ignore_index=True)
    return Recurrence(table, tuple(groups), conf_type, ci_level, entered, h.exclusions)


def _kinds(
    h: History, outcome: str | Sequence[str] | None, terminal: str | Sequence[str] | None
) -> tuple[Bools, Bools]:
    ends = [terminal] if isinstance(terminal, str) else list(terminal or [])
    names = [outcome] if isinstance(outcome, str) else list(outcome or [o for o in h.outcomes if o not in ends])
    both = set(names) & set(ends)
    if both:
        raise UsageError(f"{', '.join(sorted(both))} cannot be counted and terminal at once.")
    known = [e for e in ends if e in h.outcomes]
    if ends and not known:
        h.code_of(ends)
    return np.isin(h.event, h.code_of(names)), np.isin(h.event, [h.outcomes.index(e) + 1 for e in known])


def _refuse_overlap(h: History, start: Floats, person: Ints, name: str) -> None:
    order = np.lexsort((start, person))
    same = person[order][1:] == person[order][:-1]
    bad = np.flatnonzero(same & (start[order][1:] < h.exit[order][:-1] - 1e-9))
    if len(bad):
        rows = h.rows[order[bad + 1]]
        raise DataError(
            [
                Problem(
                    "data", int(rows[0]), name, "",
                    f"spells of one person overlap ({len(bad)} such rows)",
                    "Let each spell begin where the one before it ended, or name another id= (such as the case).",
                )
            ]
        )  # fmt: skip


def _repeat(label: pd.DataFrame, n: int) -> pd.DataFrame:
    return label.loc[label.index.repeat(n)].reset_index(drop=True)


def _table(found: MeanNumber, label: pd.DataFrame, conf_type: str, ci_level: float) -> pd.DataFrame:
    keep = found.n_event > 0
    estimate, error = found.estimate[keep], found.std_error[keep]
    z = stats.norm.isf((1 - ci_level) / 2)
    if conf_type == "plain":
        low, high = np.maximum(estimate - z * error, 0.0), estimate + z * error
    else:
        with np.errstate(divide="ignore", invalid="ignore"):
            low, high = estimate * np.exp(-z * error / estimate), estimate * np.exp(z * error / estimate)
    front = pd.DataFrame({"time": found.time[keep], "outcome": "acts"})
    back = {
        "at_risk": found.at_risk[keep],
        "n_event": found.n_event[keep],
        "estimate": estimate,
        "std_error": error,
        "ci_low": low,
        "ci_high": high,
    }
    return pd.concat([front, _repeat(label, int(keep.sum())), pd.DataFrame(back)], axis=1)
