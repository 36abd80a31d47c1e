"""Spells in states -> the matrices of transition at each event time, and the chance of being in each state.

The Aalen-Johansen estimate: with Y_j at risk in state j and dN_jk going from j to k at time t, T(t) has dN_jk / Y_j
beside its diagonal and rows that add up to one, and the chances of the states are p(t) = p(0) T(t_1) T(t_2) ... T(t).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from clemency.models.kernel.parallel import kernels_for
from clemency.models.kernel.riskset import RiskSets, at_risk, risk_sets, sums_by
from clemency.models.kernel.wideweights import wide
from clemency.models.states.histories.spells import StateSpells
from clemency.records.errors import UsageError
from clemency.typing import Bools, Floats, Ints


@dataclass(frozen=True, slots=True, eq=False)
class Moves:
    """n spells as the estimate needs them, in G groups, on the D times at which anybody goes to another state.

    Attributes
    ----------
    sets : RiskSets
        Of the transitions, the groups as strata.
    state, to : ndarray of int, shape (n,)
        Before and after; ``to`` is -1 where no other state is entered.
    weight : ndarray, shape (n,), or None
    cluster : ndarray of int, shape (n,)
    at_risk : ndarray, shape (D, S)
        Weight at risk in each state.
    step : ndarray, shape (D, S, S)
        T, identity in the rows of states in which nobody is.
    rows : ndarray of int, shape (n,)
        Their positions among the spells.
    """

    sets: RiskSets
    state: Ints
    to: Ints
    weight: Floats | None
    cluster: Ints
    at_risk: Floats
    step: Floats
    rows: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Chances:
    """Chances of being in each state, and how the initial ones came about.

    Attributes
    ----------
    initial : ndarray, shape (G, S)
        At the start, of each group.
    before, after : ndarray, shape (D, S)
        Just before and at each time.
    estimated : bool
        Whether the initial chances are shares of those at risk at the first time, or given.
    """

    initial: Floats
    before: Floats
    after: Floats
    estimated: bool


def moves(s: StateSpells, start: float | None = None, among: Bools | None = None) -> Moves:
    """Count transitions and those at risk of them.

    Parameters
    ----------
    s : StateSpells
    start : float, optional
        Only what comes later: spells that end by then are left out, and others begin then.
    among : ndarray of bool, shape (n,), optional
        Only these spells.
    """
    h, keep = s.history, np.ones(len(s.history), dtype=bool) if among is None else among
    entry = h.entry
    if start is not None:
        keep = keep & (h.exit > start)
        entry = np.full(len(h), start) if entry is None else np.maximum(entry, start)
    rows = np.flatnonzero(keep)
    moved = s.moved[rows]
    group, weight = h.groups.code[rows], None if h.weight is None else h.weight[rows]
    if wide(weight):
        raise UsageError("The largest weight is more than 10,000 times the smallest: sums would lose the small ones.")
    exit, state = h.exit[rows], s.state[rows]
    sets = risk_sets(None if entry is None else entry[rows], exit, moved, group)
    sets = _whole(sets, group, len(h.groups))
    to = np.where(moved, s.to[rows], -1)
    n_at_risk, step = _steps(sets, state, to, weight, len(s.states))
    return Moves(sets, state, to, weight, s.cluster[rows], n_at_risk, step, rows)


def _whole(sets: RiskSets, group: Ints, groups: int) -> RiskSets:
    """Let groups of whom no spell is left have a place too."""
    lacking = groups + 1 - len(sets.first)
    if lacking <= 0:
        return sets
    return replace(sets, first=np.r_[sets.first, np.full(lacking, sets.first[-1])], block=group, cell=None)


def _steps(sets: RiskSets, state: Ints, to: Ints, weight: Floats | None, S: int) -> tuple[Floats, Floats]:
    D = len(sets.time)
    n_at_risk, step = np.zeros((D, S)), np.zeros((D, S, S))
    went = np.flatnonzero(to >= 0)
    at = sets.at[went]
    mass = np.ones(len(went)) if weight is None else weight[went]
    count = sums_by((at * S + state[went]) * S + to[went], mass, D * S * S).reshape(D, S, S)
    gone, heads = count.sum(axis=2), sums_by(at * S + state[went], np.ones(len(went)), D * S).reshape(D, S)
    for j in range(S):
        mine = (state == j).astype(np.float64)
        if not mine.any():
            step[:, j, j] = 1.0
            continue
        there = at_risk(sets, mine)
        stay = np.where(
            there - heads[:, j] > 0.5, at_risk(sets, mine if weight is None else mine * weight) - gone[:, j], 0.0
        )
        n_at_risk[:, j] = np.where(there > 0.5, stay + gone[:, j], 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            step[:, j] = np.where(n_at_risk[:, j, None] > 0, count[:, j] / n_at_risk[:, j, None], 0.0)
            step[:, j, j] = np.where(n_at_risk[:, j] > 0, stay / n_at_risk[:, j], 1.0)
    return n_at_risk, step


def chances(m: Moves, initial: Floats | None = None) -> Chances:
    """Multiply the matrices up.

    Parameters
    ----------
    m : Moves
    initial : ndarray, shape (S,) or (G, S), optional
        Chances at the start; by default the shares of those who are at risk at the first time of their group.
    """
    S, G = m.at_risk.shape[1], len(m.sets.first) - 1
    kernels = compiled_loops(len(m.state))
    start = np.broadcast_to(initial, (G, S)).copy() if initial is not None else _shares(m, S, G)
    before, after = np.empty_like(m.at_risk), np.empty_like(m.at_risk)
    first = m.sets.first.tolist()
    for g in range(G):
        p = start[g]
        if kernels is not None:
            kernels.multiply_up(m.step, p, before, after, first[g], first[g + 1])
            continue
        for d in range(first[g], first[g + 1]):
            before[d] = p
            p = p @ m.step[d]
            after[d] = p
    return Chances(start, before, after, initial is None)


def compiled_loops(n: int) -> Any | None:
    """Give :mod:`clemency.models.states.compiled` for many rows, None for few, or where it does not work."""
    return _compiled() if kernels_for(n) is not None else None


@lru_cache(maxsize=1)
def _compiled() -> Any | None:
    try:
        from clemency.models.states import compiled

        compiled.try_out()
    except Exception:  # as in kernel.parallel: whatever fails in a compiler, NumPy does it all
        return None
    return compiled


def at_first(m: Moves) -> Bools:
    """Which spells are at risk at the first time of their group, shape (n,)."""
    group = np.zeros(len(m.state), dtype=np.intp) if m.sets.block is None else m.sets.block
    begin = m.sets.first[group]
    found: Bools = (m.sets.lo <= begin) & (m.sets.hi > begin)
    return found


def _shares(m: Moves, S: int, G: int) -> Floats:
    """Shares of the states among those at risk at the first time; of all spells where a group has no transition."""
    group = np.zeros(len(m.state), dtype=np.intp) if m.sets.block is None else m.sets.block
    mass = np.ones(len(m.state)) if m.weight is None else m.weight
    none = (m.sets.first[1:] == m.sets.first[:-1])[group]
    mass = np.where(at_first(m) | none, mass, 0.0)
    total = sums_by(group * S + m.state, mass, G * S).reshape(G, S)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(total.sum(axis=1, keepdims=True) > 0, total / total.sum(axis=1, keepdims=True), np.nan)
