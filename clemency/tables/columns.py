"""One estimate -> its column of a table: a cell for each row, and what stands below."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from clemency.figures.theme.wording import words
from clemency.records.errors import UsageError
from clemency.tables.cells import FEW, MARK, count_text, estimate_text, p_text, statistic_text
from clemency.tables.hooks import LABELS, events_behind, facts_of, is_ratio, outcome_of, strata_of, tidied

#: Terms that are no ratio of groups, left out where ratios are shown.
NO_RATIOS = ("constant", "duration", "threshold")

Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a table is to show.

    Attributes
    ----------
    exponentiate : bool or None
        None for ratios where coefficients are logarithms.
    shown : tuple of str
        Of ``"limits", "error", "p", "events"``.
    keep, drop : collection of str
        Terms; nothing is left out by an empty one.
    labels : mapping of str to str
        In place of the words for a term, or for ``"term: level"``.
    statistics : tuple of str, or None
        Names in `glance()`.
    digits : int
    """

    exponentiate: bool | None
    shown: tuple[str, ...]
    keep: Collection[str]
    drop: Collection[str]
    labels: Mapping[str, str]
    statistics: tuple[str, ...] | None
    digits: int


@dataclass(frozen=True, slots=True)
class Column:
    """One estimate as text.

    Attributes
    ----------
    outcome, measure : str
        What happens, and what the numbers are, such as ``"hazard ratio"``.
    ci_level : float
    cells : dict
        By group, term and level the text of each of what is shown.
    statistics : dict of str to str
        By label.
    few, references, hidden : bool
        Whether a row is marked for its few events, a reference is shown, and terms are left out that are no ratios.
    """

    outcome: str
    measure: str
    ci_level: float
    cells: dict[Key, dict[str, str]]
    statistics: dict[str, str]
    few: bool
    references: bool
    hidden: bool


def column_of(result: Any, asked: Asked) -> Column:
    """Read an estimate."""
    ratios = is_ratio(result) if asked.exponentiate is None else asked.exponentiate
    if ratios and not is_ratio(result):
        raise UsageError(f"the coefficients are no logarithms ({result.effect}): leave exponentiate= out.")
    table = tidied(result, ratios)
    table = table.assign(n_event=events_behind(result, table))
    table, hidden = _kept(result, table, ratios, asked)
    support = _support(result)
    short = _short(support)
    cells: dict[Key, dict[str, str]] = {}
    for row in table.to_dict("records"):
        key = (str(row["group"]), str(row["term"]), str(row["level"]))
        for reference in _references(support, key, cells):
            cells[reference] = _reference_cells(support, reference)
        cells[key] = _cells(row, ratios, asked, few=row["n_event"] < FEW or row["term"] in short)
    marked = any(c["estimate"].endswith(MARK) for c in cells.values())
    references = any(c["estimate"] == "reference" for c in cells.values())
    measure = str(getattr(result, "effect", "estimate")) if ratios else _plain_measure(result)
    level = float(getattr(result, "ci_level", 0.95))
    below = _statistics(result, asked.statistics)
    return Column(outcome_of(result), measure, level, cells, below, marked, references, hidden)


def label_of(key: Key, labels: Mapping[str, str]) -> str:
    """A row's words: those given for the term and level, for the term, or else those of the codes."""
    group, term, level = key
    whole = f"{term}: {level}" if level else term
    if whole in labels:
        said = labels[whole]
    else:
        name = labels.get(term) or " × ".join(words(t) for t in term.split(":"))
        said = f"{name}: {' × '.join(words(v) for v in level.split(':'))}" if level else name
    return f"{words(group)}: {said}" if group else said


def _plain_measure(result: Any) -> str:
    effect = str(getattr(result, "effect", ""))
    return f"log {effect}" if "ratio" in effect else effect or "estimate"


def _kept(result: Any, table: pd.DataFrame, ratios: bool, asked: Asked) -> tuple[pd.DataFrame, bool]:
    """Rows that are asked for, and whether some are left out because they are no ratios."""
    own = getattr(result, "ratios", None)
    own = getattr(result, "covariates", None) if own is None else own
    is_shown = ~table["term"].isin(NO_RATIOS).to_numpy()
    if isinstance(own, np.ndarray) and own.dtype.kind == "b" and len(own) == len(table):
        is_shown &= own
    if not ratios:
        is_shown[:] = True
    named = table["term"].isin(list(asked.keep)).to_numpy()
    keep = named if len(asked.keep) else is_shown
    keep &= ~table["term"].isin(list(asked.drop)).to_numpy()
    return table[keep], bool((~is_shown & ~keep).any())


def _support(result: Any) -> pd.DataFrame:
    support = getattr(result, "support", None)
    names = {"term", "level", "n_event", "reference"}
    return support if isinstance(support, pd.DataFrame) and names <= set(support) else pd.DataFrame(columns=list(names))


def _short(support: pd.DataFrame) -> set[str]:
    """Terms whose reference has few events: every ratio to it is shaky."""
    own = support[support["reference"].eq(True)]
    return set(own.loc[own["n_event"] < FEW, "term"])


def _references(support: pd.DataFrame, key: Key, done: Mapping[Key, Any]) -> list[Key]:
    """The reference level of a term that is met for the first time."""
    group, term, level = key
    if not level or any(k[:2] == (group, term) for k in done):
        return []
    own = support[support["reference"].eq(True) & support["term"].eq(term)]
    return [(group, term, str(v)) for v in own["level"]]


def _reference_cells(support: pd.DataFrame, key: Key) -> dict[str, str]:
    row = support[support["term"].eq(key[1]) & support["level"].astype(str).eq(key[2])].iloc[0]
    return {"estimate": "reference", "p": "", "events": count_text(row["n_event"])}


def _cells(row: dict[str, Any], ratios: bool, asked: Asked, few: bool) -> dict[str, str]:
    text = estimate_text(row, asked.shown, ratios, asked.digits)
    return {
        "estimate": f"{text} {MARK}" if few else text,
        "p": p_text(float(row["p_value"])),
        "events": count_text(row["n_event"]),
    }


def _statistics(result: Any, names: tuple[str, ...] | None) -> dict[str, str]:
    facts = facts_of(result)
    found = {LABELS.get(n, n.replace("_", " ")): statistic_text(n, facts.get(n)) for n in names or LABELS if n in facts}
    if names is None:
        if "variance" not in facts and isinstance(given := getattr(result, "variance", None), str):
            found["Standard errors"] = given
        if strata := strata_of(result):
            found["Strata"] = ", ".join(words(s) for s in strata)
        if facts.get("excluded"):
            found["Rows left out"] = statistic_text("excluded", facts["excluded"])
    return {k: v for k, v in found.items() if v}
