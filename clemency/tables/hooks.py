"""An estimate -> what packages of tables ask of it: maketables' hooks, and the summary that lifelines' users know.

All of it comes from `tidy()`, `glance()` and, where an estimate has them, its `support` and its `effect`.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd

#: Names of statistics in packages of tables, and ours.
STATISTICS = {"N": "n", "ll": "loglik", "llnull": "loglik_null", "df_model": "df", "se_type": "variance"}

#: Statistics of the whole fit in the order of a table, with what a table calls them.
LABELS = {
    "n": "Observations",
    "n_cases": "Cases",
    "n_persons": "Persons",
    "events": "Events",
    "acts": "Acts",
    "person_months": "Person-months",
    "person_time": "Person-time",
    "n_clusters": "Clusters",
    "m": "Imputations",
    "loglik": "Log-likelihood",
    "aic": "AIC",
    "bic": "BIC",
    "variance": "Standard errors",
}

_OWN = {"n": "N", "loglik": "ll"}


class FittedModel:
    """What every estimate offers to packages of tables; `effect` says in words what an exponentiated coefficient is."""

    __slots__ = ()
    effect = "hazard ratio"

    def summary(self) -> pd.DataFrame:
        """Coefficients and ratios in one table, with the columns that users of lifelines know.

        Returns
        -------
        DataFrame
            ``coef, exp(coef), se(coef)``, the limits of both, such as ``coef lower 95%`` and ``exp(coef) lower 95%``,
            ``z, p, -log2(p)``, by ``covariate``. A statistic that has a t distribution is ``t``. What are no
            logarithms have no exponential.
        """
        return lifelines_summary(self)

    @property
    def __maketables_coef_table__(self) -> pd.DataFrame:
        return coefficients(self)

    def __maketables_stat__(self, key: str) -> Any:
        return statistic(self, key)

    @property
    def __maketables_depvar__(self) -> str:
        return outcome_of(self).replace("_", " ")

    @property
    def __maketables_fixef_string__(self) -> str | None:
        return " + ".join(strata_of(self)) or None

    @property
    def __maketables_var_labels__(self) -> dict[str, str]:
        names = {part for term in self.tidy()["term"] for part in str(term).split(":")}  # type: ignore[attr-defined]
        return {name: name.replace("_", " ") for name in sorted({*names, *strata_of(self)})}

    @property
    def __maketables_vcov_info__(self) -> dict[str, Any]:
        kind, _, cluster = str(statistic(self, "se_type") or "model").partition(": ")
        return {"vcov_type": kind, "clustervar": re.sub(r" \(\d+\)", "", cluster) or None}

    @property
    def __maketables_stat_labels__(self) -> dict[str, str]:
        return {_OWN.get(key, key): label for key, label in LABELS.items()}

    @property
    def __maketables_default_stat_keys__(self) -> list[str]:
        facts = facts_of(self)
        return [_OWN.get(k, k) for k in ("n", "n_cases", "events", "acts", "loglik", "aic", "variance") if k in facts]


def facts_of(result: Any) -> dict[str, Any]:
    """What `glance()` says in its one row."""
    table = result.glance()
    return {} if len(table) != 1 else {str(k): v for k, v in table.iloc[0].to_dict().items()}


def statistic(result: Any, key: str) -> Any:
    """One statistic of a fit, by its name in packages of tables or in `glance()`; None if it has none."""
    facts = facts_of(result)
    value = facts.get(STATISTICS.get(key, key), getattr(result, "variance", None) if key == "se_type" else None)
    if value is None or (isinstance(value, float | np.floating) and np.isnan(value)) or str(value) == "":
        return None
    return value


def outcome_of(result: Any) -> str:
    """What happens to whom: the kind of event, or else the column that says so."""
    for name in ("outcome", "size"):
        if isinstance(given := getattr(result, name, None), str) and given:
            return given
    of = str(getattr(result, "model", "")).partition(": ")[2]
    columns = (getattr(result, "options", None) or {}).get("columns", {})
    return of or str(columns.get("event") or facts_of(result).get("outcome") or "event")


def strata_of(result: Any) -> tuple[str, ...]:
    """Columns whose values have baselines of their own."""
    columns = (getattr(result, "options", None) or {}).get("columns", {})
    return tuple(str(c) for c in columns.get("strata") or ())


def is_ratio(result: Any) -> bool:
    """Whether exponentiated coefficients mean something."""
    return "ratio" in str(getattr(result, "effect", "ratio"))


def tidied(result: Any, ratios: bool = False) -> pd.DataFrame:
    """Rows of a fit with ``group`` (a transition, a kind of event; "" if none), ``term, level`` and the numbers."""
    table = (result.tidy(exponentiate=True) if ratios else result.tidy()).reset_index(drop=True)
    before = [c for c in list(table)[: list(table).index("term")] if table[c].dtype.kind not in "if"]
    group = table[before].astype(str).agg(", ".join, axis=1) if before and len(table) else ""
    level = table["level"].astype(str) if "level" in table else ""
    made = table.assign(group=group, term=table["term"].astype(str), level=level)
    for name in ("std_error", "statistic", "p_value", "ci_low", "ci_high"):
        if name not in made:
            made[name] = np.nan
    return made


def coefficient_name(term: str, level: str, group: str = "") -> str:
    """A coefficient as statsmodels and formulaic write it, so that packages of tables read variable and value.

    Examples
    --------
    >>> coefficient_name("sex", "M"), coefficient_name("g:prov", "v:51"), coefficient_name("age", "")
    ('sex[T.M]', 'g[T.v]:prov[T.51]', 'age')
    """
    terms, levels = term.split(":"), level.split(":")
    if not level:
        name = term
    elif len(terms) == len(levels):
        name = ":".join(f"{t}[T.{v}]" if v else t for t, v in zip(terms, levels, strict=True))
    else:
        name = f"{term}[T.{level}]"
    return f"{group}: {name}" if group else name


def coefficients(result: Any) -> pd.DataFrame:
    """Coefficients as maketables asks for them: ``b, se, t, p`` and limits, with ratios and the events behind rows."""
    table, level = tidied(result), f"{100 * getattr(result, 'ci_level', 0.95):g}"
    names = [coefficient_name(*row) for row in zip(table["term"], table["level"], table["group"], strict=True)]
    made = {
        "b": table["estimate"],
        "se": table["std_error"],
        "t": table["statistic"],
        "p": table["p_value"],
        f"ci{level}l": table["ci_low"],
        f"ci{level}u": table["ci_high"],
    }
    if is_ratio(result):
        ratio = tidied(result, ratios=True)
        made |= {"ratio": ratio["estimate"], "ratio_low": ratio["ci_low"], "ratio_high": ratio["ci_high"]}
        if "hazard ratio" in result.effect:  # as maketables names those of lifelines
            made |= {"hr": made["ratio"], f"hr_ci{level}l": made["ratio_low"], f"hr_ci{level}u": made["ratio_high"]}
    made["n_event"] = events_behind(result, table)
    return pd.DataFrame(made).set_axis(pd.Index(names, name="Coefficient"), axis=0)


def events_behind(result: Any, table: pd.DataFrame) -> pd.Series:
    """Events behind each row of `tidied`, missing where a fit does not say."""
    support = getattr(result, "support", None)
    if support is None or not len(support) or "n_event" not in support:
        return pd.Series(np.nan, index=table.index)
    levels = support["level"].astype(str) if "level" in support else pd.Series("", index=support.index)
    keys = pd.MultiIndex.from_arrays([support["term"].astype(str), levels])
    counts = pd.Series(support["n_event"].to_numpy(dtype=float), index=keys)
    counts = counts[~counts.index.duplicated()]
    asked = pd.MultiIndex.from_arrays([table["term"], table["level"]])
    return counts.reindex(asked).set_axis(table.index)


def lifelines_summary(result: Any) -> pd.DataFrame:
    """Coefficients and ratios with the names of lifelines' `summary`."""
    table, share = tidied(result), f"{100 * getattr(result, 'ci_level', 0.95):g}%"
    ratio = tidied(result, ratios=True) if is_ratio(result) else None
    made: dict[str, Any] = {"coef": table["estimate"]}
    if ratio is not None:
        made["exp(coef)"] = ratio["estimate"]
    made |= {
        "se(coef)": table["std_error"],
        f"coef lower {share}": table["ci_low"],
        f"coef upper {share}": table["ci_high"],
    }
    if ratio is not None:
        made |= {f"exp(coef) lower {share}": ratio["ci_low"], f"exp(coef) upper {share}": ratio["ci_high"]}
    with np.errstate(divide="ignore"):
        surprise = -np.log2(table["p_value"].to_numpy(dtype=float))
    made |= {"z" if _is_normal(result, table) else "t": table["statistic"], "p": table["p_value"], "-log2(p)": surprise}
    names = [coefficient_name(*row) for row in zip(table["term"], table["level"], table["group"], strict=True)]
    return pd.DataFrame(made).set_axis(pd.Index(names, name="covariate"), axis=0)


def _is_normal(result: Any, table: pd.DataFrame) -> bool:
    """Whether test and limits are by the normal distribution."""
    df = getattr(result, "df", np.inf)
    small = facts_of(result).get("small", False)
    return "df" not in table and not small and isinstance(df, float | int) and not np.isfinite(df)
