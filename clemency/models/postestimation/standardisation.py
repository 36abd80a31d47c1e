"""A hazard regression -> curves averaged over the cases of the sample, a factor being set to each level (g-formula)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from clemency.models.designmatrix.coding import column_of
from clemency.models.likelihood.fit import HazardFit, Sources
from clemency.models.modelframe.groups import codes
from clemency.models.postestimation.prediction import (
    base,
    check_strata,
    checked_times,
    chosen,
    ending,
    limits,
    relative_risk,
)
from clemency.records.errors import UsageError
from clemency.typing import Floats, Ints


def standardise(
    fit: HazardFit, by: str, times: Any, kind: str | None = None, id: str | None = None, transform: str = "log-log"
) -> pd.DataFrame:
    """Average predictions over the cases as if everyone had each level of a factor, from time 0 on.

    Parameters
    ----------
    fit : Estimate
    by : str
        Column of the data: a categorical, text, boolean, or a number with at most ten values. It may change with time;
        each level is then set throughout.
    times : float or sequence of float
    kind : {"survival", "incidence"}
        As for :func:`predict`.
    id : str, optional
        Column that says which spells are one case's. Default: the ``id`` of the fit, or ``case_id``, or ``id``; or
        else ``person_id`` or the column of clusters, if no two spells of one value overlap. Without any, each row is a
        case.
    transform : {"log-log", "cloglog", "log", "plain"}
        Scale of the limits, as for :func:`predict`.

    Returns
    -------
    DataFrame
        ``time, <by>, estimate, std_error, ci_low, ci_high``. The errors cover coefficients and baseline, for the
        covariates of this sample. It is an effect only if nothing else confounds the factor.

    Raises
    ------
    UsageError
        For a factor that is not there, times after the last exit of a stratum, or where another covariate (or the
        stratum) of a case changes with time: no one value of it could be held while the factor is set.

    Notes
    -----
    A case of several spells counts once, with the weight of its first.

    References
    ----------
    J. M. Robins (1986), Mathematical Modelling 7:1393-1512; for regressions of survival I.-M. Chang, R. Gelman and
    M. Pagano (1982), Journal of Chronic Diseases 35:669-674.
    """
    sources = fit.needed("a standardised curve")
    everyone = sources.history.frame
    if by not in everyone.columns:
        raise UsageError(f"'{by}' is not a covariate of the fit; there are: {', '.join(everyone.columns) or 'none'}")
    kind = chosen(fit, sources, kind, ("survival", "incidence"))
    column = everyone[by]
    levels = list(column.cat.categories) if isinstance(column.dtype, pd.CategoricalDtype) else sorted(column.unique())
    levels = [v for v in levels if (column == v).any()]
    if len(levels) > 10:
        raise UsageError(f"'{by}' has {len(levels)} values: standardise over a factor, or cut it into groups")
    asked, at = checked_times(sources, times)
    rows = _population(fit, sources, by, id)
    until = np.full(len(rows), at.max(initial=0.0))
    check_strata(sources, sources.history.strata.code[rows], until, ending(fit, sources))
    frame, tables = everyone.iloc[rows], []
    for level in levels:
        as_if = frame.assign(**{by: pd.Series([level] * len(frame), index=frame.index, dtype=column.dtype)})
        mean, error = _averaged(fit, sources, sources.design.encode(as_if) - sources.data.centre, rows, at)
        with np.errstate(divide="ignore", invalid="ignore"):
            relative = np.where(mean > 0, error / mean, 0.0)
        columns = limits(-np.log(np.maximum(mean, 1e-300)), relative, fit.ci_level, kind, transform)
        tables.append(pd.DataFrame({"time": asked, by: level, **columns}))
    out = pd.concat(tables, ignore_index=True)
    return out.astype({by: column.dtype})


def _population(fit: HazardFit, sources: Sources, by: str, id: str | None) -> Ints:
    """First spell of each case; refuses covariates other than the factor that change within a case."""
    name = _id_of(fit, sources, id)
    n = len(sources.history)
    if name is None:
        return np.arange(n)
    case = codes(column_of(sources.frame, name, "the cases").iloc[sources.history.rows])
    if (case < 0).any():
        raise UsageError(f"'{name}' is missing in {int((case < 0).sum())} rows: name another column with id=")
    entry = np.zeros(n) if sources.history.entry is None else sources.history.entry
    order = np.lexsort((np.arange(n), entry, case))
    first = order[np.unique(case[order], return_index=True)[1]]
    columns = {c: codes(v) for c, v in sources.history.frame.items() if c != by}
    if sources.history.strata.columns:
        columns[", ".join(sources.history.strata.columns)] = sources.history.strata.code
    for column, values in columns.items():
        changing = np.unique(case[values != values[first][case]])
        if len(changing):
            raise UsageError(
                f"'{column}' changes within {len(changing)} of {len(first)} cases (by '{name}'), so there is no one "
                "value to hold: fit without what changes with time, or follow a path with predict(id=, entry=, exit=); "
                "if the column does not name cases, say id="
            )
    return first


def _id_of(fit: HazardFit, sources: Sources, id: str | None) -> str | None:
    """Column that names the cases, or None where each row is one."""
    columns = sources.frame.columns
    if id is not None:
        if id not in columns:
            raise UsageError(f"there is no column '{id}' to name the cases")
        return id
    for name in (fit.options.get("id"), "case_id", "id"):
        if name is not None and name in columns:
            return str(name)
    clusters = sources.history.cluster_names
    for name in ("person_id", *(clusters if len(clusters) == 1 else ())):
        if name in columns and _follow(
            sources, codes(column_of(sources.frame, name, "the cases").iloc[sources.history.rows])
        ):
            return name
    return None


def _follow(sources: Sources, case: Ints) -> bool:
    """Whether no two spells of a case overlap in time."""
    spells = sources.history
    entry = np.zeros(len(spells)) if spells.entry is None else spells.entry
    order = np.lexsort((entry, case))
    same = case[order][1:] == case[order][:-1]
    return not (same & (entry[order][1:] < spells.exit[order][:-1])).any()


def _averaged(fit: HazardFit, sources: Sources, Z: Floats, rows: Ints, at: Floats) -> tuple[Floats, Floats]:
    """Mean survival of some rows and its standard error, shape (T,)."""
    sets, baseline, strata = sources.data.sets, base(sources), sources.history.strata.code[rows]
    risk = relative_risk(fit, Z)
    weight = np.ones(len(Z)) if sources.history.weight is None else sources.history.weight[rows]
    weight = weight / weight.sum()
    mean, error = np.zeros(len(at)), np.zeros(len(at))
    for t, time in enumerate(at):
        slope, noise = np.zeros(Z.shape[1]), 0.0
        for s in range(len(sets.first) - 1):
            steps = slice(
                sets.first[s],
                sets.first[s] + np.searchsorted(sets.time[sets.first[s] : sets.first[s + 1]], time, "right"),
            )
            mine = strata == s
            total = baseline.steps[steps].sum()
            survival = weight[mine] * np.exp(-risk[mine] * total)
            mean[t] += survival.sum()
            pull = survival * risk[mine]
            slope += total * (pull @ Z[mine]) - pull.sum() * baseline.means[steps].sum(axis=0)
            noise += pull.sum() ** 2 * baseline.noise[steps].sum()
        error[t] = np.sqrt(noise + slope @ fit.covariance @ slope)
    return mean, error
