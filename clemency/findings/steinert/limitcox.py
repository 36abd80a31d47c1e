"""A Cox model whose likelihood has no maximum -> the model that it tends to, which has one.

Published tables often come from models in which some coefficients run off (a year of detention without a release). Our
engine refuses those. Here the limit is taken exactly: along a direction in which the likelihood rises for ever, a row
whose linear predictor falls behind leaves the risk sets, because its share of the hazard tends to 0 [1]_. What is left
is a Cox model on fewer rows; its coefficients and likelihood are those that the others tend to.

References
----------
.. [1] C. J. Geyer (2009), Likelihood inference in exponential families and directions of recession, Electronic Journal
   of Statistics 3:259-289.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from scipy import optimize, sparse

from clemency.models.designmatrix.design import model_matrix, variables
from clemency.models.hazard.cox import cox
from clemency.models.hazard.estimate import Estimate
from clemency.records.errors import DataError, Problem
from clemency.typing import Bools, Floats, Ints

_TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class LimitFit:
    """A Cox model, or the one that it tends to.

    Attributes
    ----------
    fit : Estimate
        The fit on the rows that stay, its columns named ``c0, c1, ...``.
    terms, levels : tuple of str
        Names of its columns.
    lost : DataFrame
        ``term, level``: columns whose coefficients run off or that no longer differ from others.
    contrast : tuple of bool
        Of the columns that stay, those of which only a difference from a lost one has a limit: what stands for them
        is that difference.
    n, events : int
        Rows and events before any leave.
    left : int
        Rows that leave all risk sets.
    loglik_null : float
        Log partial likelihood without covariates, of all rows.
    """

    fit: Estimate = field(repr=False)
    terms: tuple[str, ...]
    levels: tuple[str, ...]
    lost: pd.DataFrame
    contrast: tuple[bool, ...]
    n: int
    events: int
    left: int
    loglik_null: float

    @property
    def loglik(self) -> float:
        """Log partial likelihood at its supremum."""
        return float(self.fit.facts["loglik"])

    def tidy(self) -> pd.DataFrame:
        """Coefficients as `Estimate.tidy` gives them, with the names of the original columns."""
        return self.fit.tidy().assign(term=list(self.terms), level=list(self.levels))


def limit_cox(
    data: pd.DataFrame,
    formula: str,
    *,
    exit: str,
    event: str,
    strata: Sequence[str] = (),
    weights: str | None = None,
    cluster: str | Sequence[str] = (),
) -> LimitFit:
    """Fit a Cox model; where its likelihood has no maximum, fit the model that it tends to.

    Parameters
    ----------
    data : DataFrame
        One row per case, at risk from time 0. Rows with a missing value are left out.
    formula : str
        As for `clemency.cox`. The order of the columns decides which of several that cannot be told apart stays.
    exit, event, weights : str
    strata, cluster : sequence of str

    Returns
    -------
    LimitFit

    Raises
    ------
    DataError
        If a row would stay in some risk sets and leave others, which is not handled, or nothing is left to fit.

    Examples
    --------
    >>> import pandas as pd
    >>> d = pd.DataFrame({"t": [1, 2, 3, 4, 5, 6], "e": [1, 1, 0, 1, 1, 0], "x": [0, 1, 1, 0, 1, 0]})
    >>> d["never"] = [0, 0, 1, 0, 0, 1]                       # nobody with it has the event
    >>> found = limit_cox(d, "x + never", exit="t", event="e")
    >>> found.left, found.lost["term"].tolist(), found.tidy()["term"].tolist()
    (2, ['never'], ['x'])
    """
    cluster = [cluster] if isinstance(cluster, str) else list(cluster)
    others = list(dict.fromkeys([exit, event, *strata, *([weights] if weights else []), *cluster]))
    frame = data[list(dict.fromkeys([*others, *variables(formula, data.columns)]))].dropna()
    design = model_matrix(formula, frame)
    keep, columns, moved = _limit(design.matrix, frame, exit, event, strata)
    if not columns:
        raise DataError([Problem("data", None, formula, "", "no coefficient is left", "Leave the dummies out.")])
    names = [f"c{i}" for i in range(len(columns))]
    table = pd.concat([frame[others], pd.DataFrame(design.matrix[:, columns], frame.index, names)], axis=1)
    options: dict[str, Any] = {"exit": exit, "event": event, "strata": list(strata) or None, "weights": weights}
    fit = cox(table[keep], " + ".join(names), cluster=cluster or None, **options)
    # The ridge only keeps this fit, of which no more than the start is wanted, from running off.
    null = fit if keep.all() else cox(table, "c0", penalty=1.0, **options)
    lost = [j for j in range(len(design.terms)) if j not in set(columns)]
    return LimitFit(
        fit,
        tuple(design.terms[j] for j in columns),
        tuple(design.levels[j] for j in columns),
        pd.DataFrame({"term": [design.terms[j] for j in lost], "level": [design.levels[j] for j in lost]}),
        tuple(bool(moved[j]) for j in columns),
        len(frame),
        int((frame[event] == 1).sum()),
        int((~keep).sum()),
        float(null.facts["loglik_null"]),
    )


def _limit(
    X: Floats, frame: pd.DataFrame, exit: str, event: str, strata: Sequence[str]
) -> tuple[Bools, list[int], Bools]:
    """Which rows stay, which columns are identified among them, and which columns run off."""
    stratum = frame.groupby(list(strata), observed=True).ngroup().to_numpy() if strata else np.zeros(len(frame), int)
    time, is_event = frame[exit].to_numpy(float), frame[event].to_numpy() == 1
    place, seen = _places(time, is_event, stratum)
    moved = np.zeros(X.shape[1], dtype=bool)
    keep = np.ones(len(frame), dtype=bool)  # rows that no event sees stay: they bear on nothing
    while True:
        rows = np.flatnonzero(keep & seen)
        direction, stay = _recession(X[rows], place[rows], is_event[rows])
        if stay.all():
            break
        moved |= np.abs(direction) > _TOLERANCE
        keep[rows[~stay]] = False
    return keep, _independent(X[keep & seen], stratum[keep & seen], moved), moved


def _places(time: Floats, is_event: Bools, stratum: Ints) -> tuple[Ints, Bools]:
    """Number of the last event time at which each row is at risk, over all strata, and whether there is one."""
    place = np.full(len(time), -1, dtype=np.intp)
    start = 0
    for s in np.unique(stratum):
        rows = np.flatnonzero(stratum == s)
        times = np.unique(time[rows][is_event[rows]])
        last = np.searchsorted(times, time[rows], side="right") - 1
        # One number is left free between strata, so that the last time of one is not followed by the first of the next.
        place[rows] = np.where(last >= 0, start + last, -1)
        start += len(times) + 1
    return place, place >= 0


def _recession(X: Floats, place: Ints, is_event: Bools) -> tuple[Floats, Bools]:
    """A direction along which the likelihood rises for ever, and which rows stay in their risk sets.

    Of all such directions one in which as many rows as possible fall behind, from a linear programme: M[k] is at least
    the predictor of every row at risk at event time k, which the events there must reach. It may not fall over time:
    then a row would leave only the early risk sets.
    """
    (n, p), times = X.shape, int(place.max()) + 1
    others = np.flatnonzero(~is_event)
    top = sparse.csr_array((np.ones(n), (np.arange(n), place)), shape=(n, times))
    reach = sparse.hstack([sparse.csr_array(X), -top], format="csr")
    pairs = np.flatnonzero(np.isin(np.arange(times - 1), place) & np.isin(np.arange(1, times), place))
    order = sparse.csr_array(
        (
            np.repeat([-1.0, 1.0], len(pairs)),
            (np.tile(np.arange(len(pairs)), 2), np.concatenate([pairs, pairs + 1])),
        ),
        shape=(len(pairs), times),
    )
    m, q = len(others), len(pairs)
    # Each row's and each time's lag behind is counted up to 1: directions form a cone, so any lag can be that large.
    below = sparse.vstack(
        [
            sparse.hstack([reach[others], sparse.eye_array(m), sparse.csr_array((m, q))]),
            sparse.hstack([sparse.csr_array((q, p)), order, sparse.csr_array((q, m)), sparse.eye_array(q)]),
        ],
        format="csr",
    )
    tied = reach[np.flatnonzero(is_event)]
    equal = sparse.hstack([tied, sparse.csr_array((tied.shape[0], m + q))], format="csr")
    goal = np.concatenate([np.zeros(p + times), -np.ones(m + q)])
    bounds = [(None, None)] * (p + times) + [(0.0, 1.0)] * (m + q)
    solution = optimize.linprog(goal, below, np.zeros(below.shape[0]), equal, np.zeros(equal.shape[0]), bounds)
    lag = solution.x[p + times :] > 0.5
    if lag[m:].any():
        what = "a row would leave some risk sets and stay in others (the event times themselves are separated)"
        raise DataError([Problem("data", None, "", "", what, "Merge levels, or leave the term out.")])
    stay = np.ones(n, dtype=bool)
    stay[others[lag[:m]]] = False
    return solution.x[:p], stay


def _independent(X: Floats, stratum: Ints, moved: Bools) -> list[int]:
    """Columns that vary within strata and are not explained by earlier ones; those that did not move come first."""
    centred = X - pd.DataFrame(X).groupby(stratum).transform("mean").to_numpy()
    basis = centred[:, :0]
    kept = []
    for j in [*np.flatnonzero(~moved), *np.flatnonzero(moved)]:
        size = np.linalg.norm(centred[:, j])
        rest = centred[:, j] - basis @ (basis.T @ centred[:, j])
        rest -= basis @ (basis.T @ rest)
        if size > 0 and np.linalg.norm(rest) > 1e-8 * size:
            basis = np.column_stack([basis, rest / np.linalg.norm(rest)])
            kept.append(int(j))
    return sorted(kept)
