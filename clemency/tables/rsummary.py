"""Estimates -> files that R's modelsummary reads."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from clemency.records.errors import UsageError
from clemency.tables.hooks import events_behind, facts_of, tidied

#: Names of broom in place of ours.
_TIDY = {
    "estimate": "estimate",
    "std_error": "std.error",
    "statistic": "statistic",
    "p_value": "p.value",
    "ci_low": "conf.low",
    "ci_high": "conf.high",
}
_GLANCE = {"n": "nobs", "events": "nevent", "loglik": "logLik", "aic": "AIC", "bic": "BIC"}

_SCRIPT = """# Models for modelsummary. Source this file, then call modelsummary(models, exponentiate = TRUE).
here <- if (is.null(sys.frames())) "." else dirname(sys.frame(1)$ofile)
heads <- read.csv(file.path(here, "models.csv"), encoding = "UTF-8", colClasses = c(heading = "character"))
models <- lapply(heads$model, function(i) {
  read <- function(what) {
    read.csv(file.path(here, paste0(what, "-", i, ".csv")), encoding = "UTF-8", check.names = FALSE, na.strings = "")
  }
  structure(list(tidy = read("tidy"), glance = read("glance")), class = "modelsummary_list")
})
names(models) <- heads$heading
"""


def write_for_r(models: Mapping[str, Any], folder: Path) -> Path:
    """Write headings, coefficients and statistics as CSV, and the script that reads them; give its path."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        heads = pd.DataFrame({"model": range(1, len(models) + 1), "heading": list(models)})
        heads.to_csv(folder / "models.csv", index=False, encoding="utf-8")
        for i, result in enumerate(models.values(), 1):
            coefficients_for_r(result).to_csv(folder / f"tidy-{i}.csv", index=False, encoding="utf-8")
            statistics_for_r(result).to_csv(folder / f"glance-{i}.csv", index=False, encoding="utf-8")
        (folder / "models.R").write_text(_SCRIPT, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{folder} cannot be written: {error.strerror or error}. Name another folder.") from None
    return folder / "models.R"


def coefficients_for_r(result: Any) -> pd.DataFrame:
    """Coefficients with broom's names: logarithms of ratios, terms as R names them, such as ``sexM``.

    Returns
    -------
    DataFrame
        ``term, estimate, std.error, statistic, p.value, conf.low, conf.high, variable, level, nevent``; with
        ``group`` where a fit has coefficients for several transitions or kinds of event.
    """
    table = tidied(result)
    names = [r_name(*row) for row in zip(table["term"], table["level"], table["group"], strict=True)]
    made = pd.DataFrame({"term": names} | {there: table[ours] for ours, there in _TIDY.items()})
    made = made.assign(variable=table["term"], level=table["level"], nevent=events_behind(result, table))
    return made.assign(group=table["group"]) if table["group"].astype(bool).any() else made


def statistics_for_r(result: Any) -> pd.DataFrame:
    """Statistics of a fit in one row with broom's names: ``nobs, nevent, logLik, AIC, BIC``, the rest as here."""
    facts = {_GLANCE.get(k, k.replace("_", ".")): v for k, v in facts_of(result).items()}
    return pd.DataFrame([facts])


def r_name(term: str, level: str, group: str = "") -> str:
    """A coefficient as R names it.

    Examples
    --------
    >>> r_name("sex", "M"), r_name("g:prov", "v:51"), r_name("age", "")
    ('sexM', 'gv:prov51', 'age')
    """
    terms, levels = term.split(":"), level.split(":")
    alike = len(terms) == len(levels)
    name = ":".join(t + v for t, v in zip(terms, levels, strict=True)) if alike else term + level
    return f"{group}: {name}" if group else name
