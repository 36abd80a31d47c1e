"""Chances of states -> sums over time of them, such as the time in a state, and their covariance by cases."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from clemency.models.kernel.riskset import running, sums_by
from clemency.models.states.occupation import Chances, Moves, at_first
from clemency.typing import Floats


@dataclass(frozen=True, slots=True, eq=False)
class Functional:
    """What the chances at the start and at each time count for.

    Attributes
    ----------
    lead : ndarray, shape (G,)
        Of the chances at the start of each group.
    width : ndarray, shape (D,)
    """

    lead: Floats
    width: Floats


def at_time(m: Moves, t: float) -> Functional:
    """Chances at a time."""
    lead, width = np.ones(len(m.sets.first) - 1), np.zeros(len(m.sets.time))
    for g, (i, j) in enumerate(itertools.pairwise(m.sets.first.tolist())):
        upto = int(np.searchsorted(m.sets.time[i:j], t, side="right"))
        if upto:
            lead[g], width[i + upto - 1] = 0.0, 1.0
    return Functional(lead, width)


def time_spent(m: Moves, start: float, until: float) -> Functional:
    """Expected time in each state between two times."""
    lead, width = np.empty(len(m.sets.first) - 1), np.zeros(len(m.sets.time))
    for g, (i, j) in enumerate(itertools.pairwise(m.sets.first.tolist())):
        edges = np.clip(np.r_[start, m.sets.time[i:j], until], start, until)
        lead[g], width[i:j] = edges[1] - edges[0], np.diff(edges)[1:]
    return Functional(lead, width)


def value(m: Moves, c: Chances, of: Functional) -> Floats:
    """Value of a functional for each group and state, shape (G, S)."""
    out = c.initial * of.lead[:, None]
    for g, (i, j) in enumerate(itertools.pairwise(m.sets.first.tolist())):
        out[g] += of.width[i:j] @ c.after[i:j]
    return out


def covariance(m: Moves, c: Chances, of: Functional) -> Floats:
    """Covariance between groups of a functional of each state, from squared influences of cases, shape (S, G, G).

    Notes
    -----
    With B(d) what a chance just after time d counts for, ``B(d) = width(d) + T(d + 1) B(d + 1)``, a case in state j
    that stays there moves the value by ``p_j / Y_j (B_j(d) - (T B)_j(d))`` and one that goes to k by ``B_k`` in place
    of ``B_j``, each times its weight.
    """
    G, S = c.initial.shape
    sets, group = m.sets, np.zeros(len(m.state), dtype=np.intp) if m.sets.block is None else m.sets.block
    ahead, behind, begin = _worth(m, of)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(m.at_risk > 0, c.before / m.at_risk, 0.0)
    drift = running(share[:, :, None] * (ahead - behind))
    w = np.ones(len(m.state)) if m.weight is None else m.weight
    pull = drift[np.maximum(sets.hi, sets.lo), m.state] - drift[sets.lo, m.state]
    went = np.flatnonzero(m.to >= 0)
    at = sets.at[went]
    pull[went] += share[at, m.state[went], None] * (ahead[at, m.to[went]] - ahead[at, m.state[went]])
    if c.estimated:
        there = at_first(m)
        total = sums_by(group, np.where(there, w, 0.0), G)
        i, g = np.flatnonzero(there), group[there]
        pull[i] += (begin[g, m.state[i]] - np.einsum("gs,gst->gt", c.initial, begin)[g]) / total[g, None]
    pull *= w[:, None]
    cases = int(m.cluster.max(initial=0)) + 1
    found = np.empty((S, G, G))
    for k in range(S):
        table = csr_array((pull[:, k], (m.cluster, group)), shape=(cases, G))
        found[k] = (table.T @ table).toarray()
    return found


def _worth(m: Moves, of: Functional) -> tuple[Floats, Floats, Floats]:
    """What a chance of each state just after and just before each time counts for, and one at the start."""
    D, S = m.at_risk.shape
    after, before = np.empty((D, S, S)), np.empty((D, S, S))
    begin = np.empty((len(of.lead), S, S))
    one = np.eye(S)
    for g, (i, j) in enumerate(itertools.pairwise(m.sets.first.tolist())):
        b = np.zeros((S, S))
        for d in range(j - 1, i - 1, -1):
            after[d] = b = of.width[d] * one + b
            before[d] = b = m.step[d] @ b
        begin[g] = of.lead[g] * one + b
    return after, before, begin
