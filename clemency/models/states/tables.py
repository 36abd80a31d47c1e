"""Chances of states by group and time -> frames with limits, and where they are not known."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from clemency.models.kernel.riskset import sums_by
from clemency.models.modelframe.groups import Labels
from clemency.models.regression.limits import critical, share_limits
from clemency.models.states.functionals import covariance, time_spent, value
from clemency.models.states.histories.spells import StateSpells
from clemency.models.states.jackknife import variances
from clemency.models.states.occupation import Chances, Moves, at_first, chances, moves
from clemency.records.errors import UsageError
from clemency.typing import Bools, Floats

#: What rounding leaves of a variance that is zero, as a part of the largest one.
ROUNDING = 1e-13


@dataclass(frozen=True, slots=True, eq=False)
class Estimated:
    """Chances of the states with their errors.

    Attributes
    ----------
    moves : Moves
    chances : Chances
    error : ndarray, shape (D, S)
    first_error : ndarray, shape (G, S)
        Of the chances at the start.
    known : ndarray, shape (G,)
        Last time of which anything is known; infinite where nobody was left.
    alone : ndarray of bool, shape (G,)
        Groups of one case, of whose errors nothing is known.
    """

    moves: Moves
    chances: Chances
    error: Floats
    first_error: Floats
    known: Floats
    alone: Bools


def estimate(s: StateSpells, start: float | None, initial: Floats | None, among: Bools | None = None) -> Estimated:
    """Estimate the chances of the states with their errors; arguments as of `moves` and `chances`."""
    m = moves(s, start, among)
    c = chances(m, initial)
    alone = _alone(m, len(s.history.groups))
    error = _root(variances(m, c))
    error[alone[m.sets.stratum]] = np.nan
    return Estimated(m, c, error, _initial_error(m, c, alone), _known(s, m), alone)


def _root(variance: Floats) -> Floats:
    return np.sqrt(np.where(variance > ROUNDING * variance.max(initial=0.0), variance, 0.0))


def _initial_error(m: Moves, c: Chances, alone: Bools) -> Floats:
    """Errors of shares of those at risk at the first time: they are means, of which each case has its part."""
    G, S = c.initial.shape
    found = np.zeros((G, S))
    if c.estimated:
        rows = np.flatnonzero(at_first(m))
        group = np.zeros(len(rows), dtype=np.intp) if m.sets.block is None else m.sets.block[rows]
        w = np.ones(len(rows)) if m.weight is None else m.weight[rows]
        part = w / sums_by(group, w, G)[group]
        for k in range(S):
            pull = part * ((m.state[rows] == k) - c.initial[group, k])
            table = csr_array((pull, (m.cluster[rows], group)), shape=(int(m.cluster.max(initial=0)) + 1, G))
            found[:, k] = table.power(2).sum(axis=0)
    error = _root(found)
    error[alone] = np.nan
    return error


def _alone(m: Moves, groups: int) -> Bools:
    """Which groups hold one case only, or none, shape (G,)."""
    group = np.zeros(len(m.state), dtype=np.intp) if m.sets.block is None else m.sets.block
    low, high = np.full(groups, np.iinfo(np.intp).max), np.full(groups, -1)
    np.minimum.at(low, group, m.cluster)
    np.maximum.at(high, group, m.cluster)
    found: Bools = low >= high
    return found


def _known(s: StateSpells, m: Moves) -> Floats:
    """Last exit of each group, infinite where nobody in a state that can be left was lost from sight."""
    G = len(s.history.groups)
    group, exit = s.history.groups.code[m.rows], s.history.exit[m.rows]
    last = np.zeros(G)
    np.maximum.at(last, group, exit)
    lost = np.zeros(G, dtype=bool)
    stays = (m.to < 0) | ~s.ends[np.maximum(m.to, 0)]
    lost[group[(exit == last[group]) & stays]] = True
    lost |= np.bincount(group, minlength=G) == 0
    return np.where(lost, last, np.inf)


def at(e: Estimated, asked: Floats, wanted: Floats, start: float) -> dict[str, Floats]:
    """Chances and errors at times, each of shape (G, T, S); missing where nothing is known."""
    G, S = e.chances.initial.shape
    out = {"estimate": np.empty((G, len(asked), S)), "std_error": np.empty((G, len(asked), S))}
    first = e.moves.sets.first.tolist()
    for g, (i, j) in enumerate(itertools.pairwise(first)):
        row = np.searchsorted(e.moves.sets.time[i:j], wanted, side="right")
        for name, begin, rest in (
            ("estimate", e.chances.initial[g], e.chances.after[i:j]),
            ("std_error", e.first_error[g], e.error[i:j]),
        ):
            found = np.vstack([begin[None], rest])[row]
            found[(wanted > e.known[g]) | (wanted < start)] = np.nan
            out[name][g] = found
    return out


def long(
    found: dict[str, Floats], times: Floats, states: Sequence[str], groups: Labels, conf_type: str, ci_level: float
) -> pd.DataFrame:
    """Lay (G, T, S) out below each other: ``time, state, <by>, ..., estimate, std_error, ci_low, ci_high``."""
    G, T, S = found["estimate"].shape
    columns: dict[str, Any] = {"time": np.tile(np.repeat(times, S), G)}
    columns["state"] = pd.Categorical.from_codes(np.tile(np.arange(S), G * T), list(states))
    columns |= {n: groups.levels[n].array.take(np.repeat(np.arange(G), T * S)) for n in groups.columns}
    columns |= {name: v.reshape(-1) for name, v in found.items()}
    low, high = with_limits(columns["estimate"], columns["std_error"], conf_type, ci_level)
    return pd.DataFrame(columns | {"ci_low": low, "ci_high": high})


def with_limits(share: Floats, error: Floats, conf_type: str, ci_level: float) -> tuple[Floats, Floats]:
    """Limits of shares; missing where the error is zero or missing."""
    low, high = (np.where(error > 0, v, np.nan) for v in share_limits(share, error, conf_type, critical(ci_level)))
    return low, high


def spent(
    e: Estimated, start: float, until: float, states: Sequence[str], groups: Labels, ci_level: float
) -> pd.DataFrame:
    """Tabulate the expected time in each state; see :meth:`MultiState.sojourn`."""
    _check_until(e, start, until, groups)
    of = time_spent(e.moves, start, until)
    G, S = e.chances.initial.shape
    total, spread = value(e.moves, e.chances, of), covariance(e.moves, e.chances, of)
    variance = np.stack([np.diag(v) for v in spread], axis=1)
    error = _root(variance)
    error[e.alone] = np.nan
    z = np.where(error > 0, critical(ci_level) * error, np.nan)
    columns: dict[str, Any] = {"until": np.full(G * S, float(until))}
    columns["state"] = pd.Categorical.from_codes(np.tile(np.arange(S), G), list(states))
    columns |= {n: groups.levels[n].array.take(np.repeat(np.arange(G), S)) for n in groups.columns}
    low, high = np.maximum(total - z, 0.0), np.minimum(total + z, until - start)
    values = {"estimate": total, "std_error": error, "ci_low": low, "ci_high": high}
    return pd.DataFrame(columns | {n: v.reshape(-1) for n, v in values.items()})


def _check_until(e: Estimated, start: float, until: float, groups: Labels) -> None:
    if isinstance(until, bool) or not start < until < np.inf:
        raise UsageError(f"until={until!r} must be a time after {start:g}, where the curves begin.")
    for g in np.flatnonzero(e.known < until):
        name = f" of {groups.names()[g]}" if groups.columns else ""
        raise UsageError(f"until={until:g} is later than the last exit{name}, {e.known[g]:g}: nothing is known there.")


def stuck(s: StateSpells, e: Estimated) -> list[tuple[str, float, str]]:
    """States that a chance cannot leave for a while, since nobody in them was seen; and groups of one case."""
    found = []
    names = s.history.groups.names() if s.history.groups.columns else [""]
    for g, (i, j) in enumerate(itertools.pairwise(e.moves.sets.first.tolist())):
        where = f"{names[g]}: " if names[g] else ""
        if e.alone[g]:
            found.append(
                (names[g], np.nan, f"{where}one case or cluster only, so that there are no errors and no limits.")
            )
        for k in np.flatnonzero(~s.ends):
            at_risk, chance = e.moves.at_risk[i:j, k], e.chances.before[i:j, k]
            last = int(np.flatnonzero(at_risk > 0)[-1]) if (at_risk > 0).any() else 0
            empty = np.flatnonzero((at_risk[:last] <= 0) & (chance[:last] > 1e-12))
            if not len(empty):
                continue
            time = float(e.moves.sets.time[i + empty[0]])
            message = (
                f"{where}at {time:g} nobody was at risk in '{s.states[k]}', though a chance of "
                f"{chance[empty[0]]:.2g} of being there had come about; it stays until somebody is seen there. Begin "
                "later (start=) if few were seen early."
            )
            found.append((names[g], time, message))
    return found
