"""Spells in states -> whether the hazard of a transition depends on the state in which people were earlier.

At a time s, of those seen then, people who were in a state are compared with all others who later are at risk of the
same transition: a log-rank statistic, one for each s. If the past does not matter (Markov), all of them are near zero.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from clemency.models.kernel.riskset import at_events, at_risk, pairs_of, risk_sets, sums_by, while_at_risk
from clemency.models.states.histories.spells import StateSpells
from clemency.models.states.pathways import present
from clemency.records.errors import DataError, Problem, UsageError
from clemency.records.presentation.markup import as_html
from clemency.records.presentation.wording import counted
from clemency.typing import Floats

#: Transitions expected on either side, from which on a comparison is made.
LEAST = 5
_CHUNK = 100


@dataclass(frozen=True, slots=True, eq=False)
class MarkovTest:
    """Result of :meth:`MultiState.markov`.

    Attributes
    ----------
    table : DataFrame
        The content of :meth:`tidy`.
    trace : DataFrame
        ``transition, state, time, n, expected, statistic``: each comparison. ``n`` people were in the state at the time
        and at risk of the transition later; ``statistic`` is their transitions less those expected, in standard errors.
    draws, seed : int
    skipped : int
        Comparisons with fewer than five transitions expected on one side, which are not made.
    """

    table: pd.DataFrame
    trace: pd.DataFrame
    draws: int
    seed: int
    skipped: int

    def tidy(self) -> pd.DataFrame:
        """Columns ``transition, state, times, time, statistic, p_value``, last row ``GLOBAL``.

        ``statistic`` is the largest in absolute value over the times, at ``time``; ``p_value`` the share of simulated
        processes that go as far, for the last row over all comparisons at once.
        """
        return self.table.copy()

    def glance(self) -> pd.DataFrame:
        """The last row: ``statistic, p_value, comparisons, skipped, draws``."""
        last = self.table.iloc[-1]
        row = {"statistic": last["statistic"], "p_value": last["p_value"], "comparisons": len(self.trace)}
        return pd.DataFrame([row | {"skipped": self.skipped, "draws": self.draws}])

    def notes(self) -> list[str]:
        """How to read it, one sentence each."""
        p = float(self.table["p_value"].iloc[-1])
        told = [
            "A small p value says that the state in which people were earlier changes their hazards: then take "
            "transition(..., landmarked=True). Chances of states (at, sojourn) hold either way."
            if p < 0.05
            else "No sign was found that the past matters, which with few transitions says little."
        ]
        if self.skipped:
            told.append(f"{counted(self.skipped, 'comparison')} with fewer than {LEAST} expected on one side left out.")
        return told

    def __repr__(self) -> str:
        return "\n".join(["Markov test by earlier states", self.table.round(4).to_string(index=False), *self.notes()])

    def _repr_html_(self) -> str:
        return as_html("Markov test by earlier states", self.table, self.notes(), "{:.3f}")


def markov_test(s: StateSpells, times: Floats | None, draws: int, seed: int) -> MarkovTest:
    """Compare people by their state at earlier times; see :meth:`MultiState.markov`.

    Parameters
    ----------
    s : StateSpells
    times : ndarray, shape (T,), or None
    draws, seed : int

    Returns
    -------
    MarkovTest

    Raises
    ------
    UsageError
        For fewer than 100 draws.
    DataError
        If no comparison can be made.

    Notes
    -----
    The largest of the standardised log-rank statistics over the times is held against that of processes in which each
    case's (or cluster's) part is multiplied by a standard normal number (the wild bootstrap). People not under
    observation at a time are not in its comparison, since their state is not known then.

    References
    ----------
    Titman and Putter, Biostatistics 23 (2022), 380-396. Lin, Wei and Ying, Biometrika 80 (1993), 557-572.
    """
    if isinstance(draws, bool) or draws < 100:
        raise UsageError(f"draws={draws!r} must be 100 or more.")
    moved = s.moved
    if times is None:
        times = np.unique(np.quantile(s.history.exit[moved], np.arange(1, 10) / 10, method="lower"))
    made, parts, skipped = [], [], 0
    for j, k in zip(*pairs_of(s.state[moved], s.to[moved]), strict=True):
        for t in times:
            for q, found in _compared(s, int(j), int(k), float(t)):
                if found is None:
                    skipped += 1
                    continue
                made.append({"transition": s.transition(int(j), int(k)), "state": s.states[q], "time": t, **found[0]})
                parts.append(found[1])
    if not made:
        what = f"no transition has {LEAST} expected on either side of any comparison ({skipped} were looked at)"
        remedy = "Merge states or name other times=; with so few transitions the past cannot be told from chance."
        raise DataError([Problem("data", None, str(s.history.columns["event"]), "", what, remedy)])
    trace = pd.DataFrame(made)
    return MarkovTest(_table(trace, np.column_stack(parts), draws, seed), trace, draws, seed, skipped)


def _compared(s: StateSpells, j: int, k: int, t: float) -> Iterator[tuple[int, tuple[dict[str, float], Floats] | None]]:
    """For each state at time t: what was compared, and the standardised part of each case, shape (C,)."""
    h, here = s.history, present(s, t)
    was = np.full(int(s.person.max()) + 1, -1, dtype=np.intp)
    was[s.person[here]] = s.state[here]
    rows = np.flatnonzero((s.state == j) & (h.exit > t) & (was[s.person] >= 0))
    event = s.moved[rows] & (s.to[rows] == k)
    if not event.any():
        return
    begin = np.full(len(rows), t) if h.entry is None else np.maximum(h.entry[rows], t)
    w = np.ones(len(rows)) if h.weight is None else h.weight[rows]
    sets = risk_sets(begin, h.exit[rows], event, h.groups.code[rows])
    hazard, own = at_events(sets, w) / at_risk(sets, w), sets.at
    for q in np.unique(was[s.person[rows]]):
        member = (was[s.person[rows]] == q).astype(np.float64)
        if member.all():
            continue
        share = at_risk(sets, w * member) / at_risk(sets, w)
        expected = float((share * at_events(sets, w)).sum())
        if min(expected, float(w[event].sum()) - expected) < LEAST:
            yield int(q), None
            continue
        part = -(member * while_at_risk(sets, hazard) - while_at_risk(sets, hazard * share))
        part[event] += member[event] - share[own[event]]
        each = sums_by(s.cluster[rows], w * part, int(s.cluster.max()) + 1)
        error = float(np.sqrt(each @ each))
        n = float(len(np.unique(s.person[rows][member > 0])))
        yield int(q), ({"n": n, "expected": expected, "statistic": float(each.sum()) / error}, each / error)


def _table(trace: pd.DataFrame, parts: Floats, draws: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    label, names = pd.factorize(pd.MultiIndex.from_frame(trace[["transition", "state"]]))
    first = np.r_[0, np.flatnonzero(np.diff(label)) + 1]
    if len(first) != len(names):  # comparisons of one kind need not stand together
        order = np.argsort(label, kind="stable")
        trace, parts, label = trace.iloc[order], parts[:, order], label[order]
        first = np.r_[0, np.flatnonzero(np.diff(label)) + 1]
    size = np.abs(trace["statistic"].to_numpy())
    reached = np.maximum.reduceat(size, first)
    beyond, over = np.zeros(len(first), dtype=np.intp), 0
    for begin in range(0, draws, _CHUNK):
        noise = rng.standard_normal((min(_CHUNK, draws - begin), len(parts)))
        drawn = np.maximum.reduceat(np.abs(noise @ parts), first, axis=1)
        beyond += (drawn >= reached).sum(axis=0)
        over += int((drawn.max(axis=1) >= reached.max()).sum())
    rows = []
    for g, (i, stop) in enumerate(zip(first, np.r_[first[1:], len(size)], strict=True)):
        top = trace.iloc[i + int(np.argmax(size[i:stop]))]
        row = {"transition": top["transition"], "state": top["state"], "times": int(stop - i), "time": top["time"]}
        rows.append(row | {"statistic": float(reached[g]), "p_value": float((beyond[g] + 1) / (draws + 1))})
    top = trace.iloc[int(np.argmax(size))]
    last = {
        "transition": "GLOBAL",
        "state": "",
        "times": len(size),
        "time": top["time"],
        "statistic": float(size.max()),
    }
    return pd.DataFrame([*rows, last | {"p_value": (over + 1) / (draws + 1)}])
