"""A name that another package, or an earlier edition, has for an argument -> the name that it has here."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Iterable, Mapping

#: Arguments of lifelines, scikit-survival, statsmodels, R's survival and earlier editions; ours, the likeliest first.
NAMES: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("duration_col", "durations", "duration", "time_col", "time", "tte"), ("exit", "entry", "times")),
    **dict.fromkeys(("stop", "stop_col", "t_stop", "tstop", "end", "end_col"), ("exit", "end")),
    **dict.fromkeys(("event_col", "event_observed", "status", "failure", "fail", "observed"), ("event",)),
    **dict.fromkeys(("start", "start_col", "t_start", "tstart", "entry_col", "late_entry", "truncation"), ("entry",)),
    **dict.fromkeys(("id_col", "case", "case_id", "person", "person_id", "subject", "unit", "key"), ("id",)),
    **dict.fromkeys(("cluster_col", "clusters", "groups_col"), ("cluster",)),
    **dict.fromkeys(("weights_col", "weight", "sample_weight", "freq_weights", "wt"), ("weights",)),
    **dict.fromkeys(("strata_col", "stratum", "stratify"), ("strata", "by")),
    **dict.fromkeys(("group", "groups", "group_col", "groupby", "group_by"), ("by", "group", "strata")),
    **dict.fromkeys(("alpha", "level", "conf_level", "confidence_level", "conf_int", "conf"), ("ci_level",)),
    **dict.fromkeys(("df", "frame", "dataframe", "training_df", "table"), ("data", "cases", "acts", "newdata")),
    **dict.fromkeys(("X", "new_data", "x_new"), ("newdata",)),
    **dict.fromkeys(("covariates", "regressors", "model_formula", "fml"), ("formula",)),
    **dict.fromkeys(("cause", "failcode", "event_of_interest", "events_of_interest"), ("outcome",)),
    **dict.fromkeys(("cencode", "censor_code", "censoring"), ("censored",)),
    **dict.fromkeys(("penalizer", "l1_ratio", "ridge", "firth"), ("penalty",)),
    **dict.fromkeys(("tie_method", "ties_method", "method"), ("ties", "method")),
    **dict.fromkeys(("vcov", "cov_type", "robust_se"), ("robust", "cluster", "variance")),
    **dict.fromkeys(("samples", "n_boot", "nboot", "n_bootstrap", "bootstrap"), ("replications", "repetitions")),
    **dict.fromkeys(("random_state", "rng", "random_seed"), ("seed",)),
    **dict.fromkeys(("n_jobs", "cores", "processes"), ("workers",)),
    **dict.fromkeys(("period", "frequency", "interval"), ("freq", "period")),
    **dict.fromkeys(("timeline", "t", "at_times"), ("times",)),
    **dict.fromkeys(("exposure", "treated"), ("treatment", "exposure")),
    "treatment": ("exposure",),
    "registry_folder": ("registry",),
    "exp": ("exponentiate",),
    "lower_bound_col": ("lower",),
    "upper_bound_col": ("upper",),
    "q": ("p", "quantile"),
}

_REMARKS = {"alpha": " (0.95 where alpha is 0.05)"}


def renamed(parameters: Iterable[inspect.Parameter], given: Iterable[str]) -> str:
    """Say what arguments that a function does not have are called there.

    Parameters
    ----------
    parameters : iterable of Parameter
        Those of the function.
    given : iterable of str
        Names in the call.

    Returns
    -------
    str
        Empty where nothing is known of them, or the function takes any.

    Examples
    --------
    >>> def cox(data, *, exit, event): ...
    >>> renamed(inspect.signature(cox).parameters.values(), ["duration_col", "event", "evnt"])
    'Here duration_col= is exit=. Is evnt= meant to be event=?'
    """
    known = {p.name: p for p in parameters}
    if any(p.kind is p.VAR_KEYWORD for p in known.values()):
        return ""
    return " ".join(said for name in given if name not in known and (said := _said(name, list(known))))


def _said(name: str, known: list[str]) -> str:
    own = next((n for n in NAMES.get(name, ()) if n in known), None)
    if own is not None:
        return f"Here {name}= is {own}={_REMARKS.get(name, '')}."
    near = difflib.get_close_matches(name, known, n=1)
    return f"Is {name}= meant to be {near[0]}=?" if near else ""
