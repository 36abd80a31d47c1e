"""Covariance of the coefficients, and errors of the log frailties, for a given variance."""

from __future__ import annotations

import numpy as np

from clemency.models.hazard.frailty.penalised import Curvature
from clemency.models.kernel.riskset import sums_by, sums_from_the_end
from clemency.models.regression.linalg import inverse
from clemency.typing import Floats

#: Groups, and numbers in the table of groups by event times, up to which the second derivatives are written out.
MOST_GROUPS, MOST_CELLS = 2000, 20_000_000


def errors_of(bent: Curvature) -> tuple[Floats, Floats]:
    """Covariance of the coefficients, and standard errors of the log frailties.

    Parameters
    ----------
    bent : Curvature

    Returns
    -------
    covariance : ndarray, shape (p, p)
    errors : ndarray, shape (G,)
        With more groups than `MOST_GROUPS`, or more cells than `MOST_CELLS`, without what groups share through the
        means of the risk sets, which is of the order of one over their number (R leaves it out beyond five groups).
    """
    p, G = len(bent.first), len(bent.near)
    cross = np.array([bent.times(np.eye(1, p + G, j)[0])[p:] for j in range(p)]).reshape(p, G)
    if G <= MOST_GROUPS and G * len(bent.grouped.data.sets.time) <= MOST_CELLS:
        information = np.block([[_own_block(bent), cross], [cross.T, _of_groups(bent)]])
        whole = inverse(information)
        return whole[:p, :p], np.sqrt(np.diag(whole)[p:])
    columns = [bent.solve(np.eye(1, p + G, j)[0])[:p] for j in range(p)]
    covariance = np.array(columns).reshape(p, p)
    covariance = (covariance + covariance.T) / 2
    pulled = cross / bent.near
    return covariance, np.sqrt(1 / bent.near + np.einsum("jg,jk,kg->g", pulled, covariance, pulled))


def _own_block(bent: Curvature) -> Floats:
    return inverse(bent.first) if len(bent.first) else bent.first


def _of_groups(bent: Curvature) -> Floats:
    """Second derivatives by the log frailties, shape (G, G)."""
    data, group, at, G = bent.grouped.data, bent.grouped.group, bent.at, len(bent.near)
    sets, tied, L = data.sets, data.tied, data.sets.n_lines
    come, go = sets.lines()
    change = sums_by(go * G + group, at.risk, L * G)
    change -= sums_by(come * G + group, at.risk, L * G)
    S = sums_from_the_end(sets, change.reshape(L, G))
    out = np.diag(bent.near) - S.T @ (S * at.ties.a[:, None])
    if tied is not None:
        k = len(tied.times)
        T = sums_by(tied.place * G + group[tied.rows], at.risk[tied.rows], k * G).reshape(k, G)
        both = S[tied.times].T @ (T * at.ties.b[:, None])
        out += both + both.T - T.T @ (T * at.ties.c[:, None])
    return np.asarray(out)


def with_theta(covariance: Floats, moved: Floats, variance: float) -> Floats:
    """Add what the estimation of theta contributes: the derivatives along the profile, times its variance."""
    return covariance if np.isnan(variance) else covariance + np.outer(moved, moved) * variance
