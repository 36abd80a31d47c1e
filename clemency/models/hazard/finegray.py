"""Spells with competing ends -> Fine and Gray's regression for the cumulative incidence of one of them.

Who had a competing event stays in the risk sets, with a weight that falls as the chance of still being under
observation [1]_ and, under delayed entry, rises with the chance of having entered [2]_. The weight is the same
function of time for all, divided by its value at the competing event, so the kernel needs one more sum per event time
instead of a row per case and censoring time.

References
----------
.. [1] J. P. Fine and R. J. Gray (1999), JASA 94:496-509.
.. [2] R. B. Geskus (2011), Biometrics 67:39-49.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from clemency.models.designmatrix.design import Design, check_spread, model_matrix, variables
from clemency.models.hazard.estimate import Estimate
from clemency.models.hazard.fitting import Maximised, finish, search
from clemency.models.hazard.separation import check_events, refuse_separated
from clemency.models.imputation.regressions import pool
from clemency.models.imputation.repeated import over_imputations
from clemency.models.kernel.riskset import risk_sets, with_fading
from clemency.models.likelihood.covariance import check_clusters, check_without_exact
from clemency.models.likelihood.fit import Sources
from clemency.models.likelihood.partial import CoxData, make_data, state
from clemency.models.modelframe.arguments import check_level
from clemency.models.modelframe.frames import as_table
from clemency.models.modelframe.groups import codes
from clemency.models.modelframe.history import History, Names, history, telling_left_out
from clemency.models.modelframe.status import CENSORED
from clemency.records.arguments.signatures import typed
from clemency.records.errors import DataError, Problem, UsageError
from clemency.typing import Bools, Floats, Ints


@over_imputations(pool)
@typed
def fine_gray(
    data: Any,
    formula: str,
    *,
    exit: str | None = None,
    event: str | None = None,
    outcome: str,
    entry: str | None = None,
    id: str | None = None,
    censored: str | None = CENSORED,
    time_unit: str | None = None,
    strata: Names = None,
    cluster: Names = None,
    weights: str | None = None,
    offset: str | None = None,
    ties: Literal["efron", "breslow"] = "efron",
    robust: bool | None = None,
    ci_level: float = 0.95,
) -> Estimate:
    """Fit the proportional subdistribution hazards model of Fine and Gray.

    Parameters
    ----------
    data : Cohort, ImputedCohort, DataFrame or mapping of columns
        Spells (entry, exit]. A cohort supplies ``entry``, ``exit``, ``event`` and ``case_id`` as ``id``.
    formula : str
        Covariates in Wilkinson's notation.
    exit, event, entry, weights, offset : str, optional
        Column names, as for :func:`cox`; ``event`` holds several kinds, in words. Without ``entry`` who leaves at 0
        counts, as in ``cmprsk::crr``.
    outcome : str
        The event whose incidence is modelled; all other events compete.
    censored : str or None
    time_unit : str, optional
        As for :func:`cox`.
    id : str, optional
        Column that says which spells are one case's. Needed where a case has several (time-varying covariates): they
        must follow each other without gap, and only the last may end in an event. After a competing event the
        covariates stay as they were.
    strata : str or sequence of str, optional
        Strata of the baseline, within which the weights are estimated too.
    cluster : str or sequence of two str, optional
        Columns to cluster on; default the case (R's ``finegray`` with ``coxph(cluster = id)``).
    ties : {"efron", "breslow"}
    robust : bool, optional
        False gives the model-based variance, which ignores that rows are reweighted; shown for comparison with R.
    ci_level : float

    Returns
    -------
    Estimate
        Ratios are of subdistribution hazards: their direction is that of the effect on the cumulative incidence, their
        size has no meaning for individuals. ``predict(kind="incidence")`` gives the curves.

    Raises
    ------
    UsageError, DataError
        As :func:`cox`.

    Notes
    -----
    At equal times events come before censorings, as in R's ``finegray``. ``cmprsk::crr`` lets them leave together in
    its estimate of the censoring, so its coefficients are the same (to seven digits) only where no censoring is tied
    with an event.

    Examples
    --------
    >>> import pandas as pd
    >>> months = [2, 3, 5, 6, 8, 9, 11, 12]
    >>> end = ["cut", "death", "cut", "censored", "cut", "death", "cut", "censored"]
    >>> spells = pd.DataFrame({"months": months, "end": end, "age": [50, 61, 45, 38, 42, 66, 35, 40]})
    >>> fit = fine_gray(spells, "age", exit="months", event="end", outcome="cut")
    >>> fit.tidy()["estimate"].round(4).tolist()
    [-0.0424]
    """
    check_level(ci_level)
    check_without_exact(ties, robust, cluster)
    given = as_table(data)
    id = id or given.case
    if cluster is None and robust is not False:
        cluster = given.person or id
    spells = history(
        given,
        exit=exit,
        event=event,
        entry=entry,
        strata=strata,
        cluster=cluster,
        weights=weights,
        offset=offset,
        covariates=variables(formula, given.frame.columns),
        censored=censored,
        time_unit=time_unit,
    )
    check_clusters(spells.cluster_names, spells.clusters)
    _check_kinds(spells, outcome)
    case = np.arange(len(spells)) if id is None else codes(given.frame[id].iloc[spells.rows])
    options: dict[str, Any] = {"ties": ties, "penalty": None, "outcome": outcome, "columns": spells.columns}
    options |= {"subdistribution": True, "id": id}
    maximum, sources = _fitted(spells, given.frame, case, formula, options, ci_level)
    fit = finish(maximum, sources, formula, options, robust is not False, ci_level)
    return replace(fit, model=f"Fine-Gray: {outcome}")


def _fitted(
    spells: History, frame: pd.DataFrame, case: Ints, formula: str, options: dict[str, Any], ci_level: float
) -> tuple[Maximised, Sources]:
    """Maximum of the partial likelihood on the extended risk sets, and what it was found from."""
    outcome, ties = options["outcome"], options["ties"]
    is_event = spells.has(outcome)
    with telling_left_out(spells):
        check_events(is_event, spells, outcome)
        design = model_matrix(formula, spells.covariates)
        check_spread(design)
        ends = _ends(spells, case, str(options["id"]))
        arrays, parent = _extend(spells, design, is_event, ends, ties)
        maximum = search(arrays, design, ties, None, ci_level, spells.columns["offset"])
        refuse_separated(design, maximum.top, is_event, firth=False)
    return maximum, Sources(
        history=spells,
        design=design,
        data=arrays,
        state=maximum.top.at.state or state(arrays, maximum.top.at.beta),
        event=is_event,
        frame=frame,
        clusters=tuple(c[parent] for c in spells.clusters),
        parent=parent,
    )


def _check_kinds(spells: History, outcome: Any) -> None:
    if not isinstance(outcome, str):
        raise UsageError(f"outcome must name one event, not {outcome!r}")
    if len(spells.outcomes) < 2:
        raise UsageError("no event competes: '" + str(spells.columns["event"]) + "' has one kind of event; use cox")


@dataclass(frozen=True, slots=True)
class _Ends:
    """Whether each spell is the first or the last of its case, shape (n,) each."""

    first: Bools
    last: Bools


def _ends(spells: History, case: Ints, name: str) -> _Ends:
    """First and last spell of each case, which must follow each other without gap."""
    n = len(spells)
    entry = np.full(n, -1.0) if spells.entry is None else spells.entry  # at risk from before 0 on
    order = np.lexsort((spells.exit, case))
    same = case[order][1:] == case[order][:-1]
    gap = same & (entry[order][1:] != spells.exit[order][:-1])
    early = same & (spells.event[order][:-1] != 0)
    for wrong, message in ((gap, "its spells leave a gap or overlap"), (early, "an event is not its last spell's")):
        if wrong.any():
            row = int(order[np.flatnonzero(wrong)[0]])
            remedy = "Spells of a case must follow each other and only the last may end in an event."
            raise DataError([Problem("data", int(spells.rows[row]), name, "", message, remedy)])
    first, last = np.ones(n, dtype=bool), np.ones(n, dtype=bool)
    first[order[1:]] = ~same
    last[order[:-1]] = ~same
    return _Ends(first, last)


def _extend(spells: History, design: Design, is_event: Bools, ends: _Ends, ties: str) -> tuple[CoxData, Ints]:
    """Append a fading row for each case that had a competing event; the second says of which row it is."""
    stratum = spells.strata.code
    late = np.flatnonzero((spells.event > 0) & ~is_event & ends.last)
    sets = risk_sets(spells.entry, spells.exit, is_event, stratum)
    fade, own = np.ones(len(sets.time)), np.ones(len(late))
    for s in range(len(sets.first) - 1):
        rows, times = np.flatnonzero(stratum == s), slice(sets.first[s], sets.first[s + 1])
        entry = None if spells.entry is None else spells.entry[rows]
        inside = stratum[late] == s
        asked = np.concatenate([sets.time[times], spells.exit[late[inside]]])
        seen = observed(asked, entry, spells.exit[rows], spells.event[rows] > 0, ends.first[rows], ends.last[rows])
        fade[times], own[inside] = seen[: times.stop - times.start], seen[times.stop - times.start :]
    if (own <= 0).any():
        raise DataError([_emptied(spells, late[own <= 0])])
    parent = np.concatenate([np.arange(len(spells)), late])
    weight = np.ones(len(spells)) if spells.weight is None else spells.weight
    weight = np.concatenate([weight, weight[late] / own])
    offset = None if spells.offset is None else spells.offset[parent]
    sets = with_fading(sets, spells.exit[late], stratum[late], fade)
    return make_data(design, sets, weight, offset, ties, design.matrix[parent]), parent


def _emptied(spells: History, rows: Ints) -> Problem:
    return Problem(
        "data",
        int(spells.rows[rows[0]]),
        str(spells.columns["entry"]),
        "",
        "the chance of having entered by then cannot be estimated: at a later entry nobody else was under observation",
        "Start the analysis later, where the risk set no longer empties.",
    )


def observed(times: Floats, entry: Floats | None, exit: Floats, event: Bools, first: Bools, last: Bools) -> Floats:
    """Probability of being under observation just before given times, up to a factor.

    Parameters
    ----------
    times : ndarray, shape (T,)
    entry, exit : ndarray, shape (n,)
    event : ndarray of bool, shape (n,)
        An event of any kind; events come before censorings at the same time.
    first, last : ndarray of bool, shape (n,)
        Whether the spell is its case's first or last: others neither enter nor are censored.

    Returns
    -------
    ndarray, shape (T,)
        Product of the Kaplan-Meier estimate of not being censored before t and, under delayed entry, of the estimate
        in reversed time of having entered before t.
    """
    grid, left = np.unique(exit[last & ~event], return_counts=True)
    begun = _below(grid, entry) if entry is not None else float(len(exit))
    there = begun - _below(grid, exit) - (_below(grid, exit[event], "right") - _below(grid, exit[event]))
    stay = np.concatenate([[1.0], np.cumprod(1 - left / there)])
    chance = stay[np.searchsorted(grid, times, side="left")]
    if entry is None:
        return np.asarray(chance, dtype=np.float64)
    grid, came = np.unique(entry[first], return_counts=True)
    there = _below(grid, entry, "right") - _below(grid, exit, "right")
    factors = 1 - came / there
    factors[0] = 1.0  # nobody is looked at before the first entry
    later = np.concatenate([np.cumprod(factors[::-1])[::-1], [1.0]])
    return np.asarray(chance * later[np.searchsorted(grid, times, side="left")], dtype=np.float64)


def _below(times: Floats, bounds: Floats, side: Literal["left", "right"] = "left") -> Floats:
    """How many bounds lie below each time (or at it, for the right side)."""
    return np.searchsorted(np.sort(bounds), times, side=side).astype(np.float64)
