"""A likelihood without a maximum -> a refusal that names the columns to blame."""

from __future__ import annotations

from typing import Any

import numpy as np

from clemency.models.designmatrix.design import Design
from clemency.models.likelihood.newton import Maximum
from clemency.models.modelframe.history import History
from clemency.models.regression.support import level_support
from clemency.records.errors import DataError, Problem
from clemency.records.presentation.wording import counted, none_of
from clemency.typing import Bools


def check_events(is_event: Bools, spells: History, outcome: Any) -> None:
    """Refuse data without the event."""
    if not is_event.any():
        what = f"'{outcome}'" if outcome is not None else "event"
        raise DataError(
            [
                Problem(
                    "data",
                    None,
                    str(spells.columns["event"]),
                    "",
                    f"no {what} among the {counted(len(spells), 'spell')}",
                    "A hazard ratio needs events; look at the coding of the column and at the exclusions.",
                )
            ]
        )


def refuse_separated(design: Design, top: Maximum, is_event: Bools, firth: bool = True) -> None:
    """Refuse a likelihood without a maximum and name the columns to blame; advise Firth's penalty if there is one."""
    if not top.flat.any() and not top.diverging.any():
        return
    raise DataError((_unseen if top.flat.any() else _separated)(design, top, is_event, firth))


def _unseen(design: Design, top: Maximum, is_event: Bools, firth: bool) -> list[Problem]:
    """Name columns that do not vary within any risk set, and levels without an event, which would fail next."""
    problems = []
    for j in np.flatnonzero(top.flat):
        what = "it does not vary (or not apart from the others) among those at risk at any event, or within any stratum"
        remedy = "Leave the term out, or take it from the strata if it is there."
        if design.levels[j] and not (design.matrix[is_event, j] != 0).any():
            size = int((design.matrix[:, j] != 0).sum())
            what = f"{none_of(size, 'spell', 'end')} in the event, and none is at risk when another one does"
            remedy = "Merge the level with another, or leave the term out."
        problems.append(Problem("data", None, design.terms[j], design.levels[j], what, remedy))
    support = level_support(design, is_event)
    named = {(design.terms[j], design.levels[j]) for j in np.flatnonzero(top.flat)}
    for r in support[(support["n_event"] == 0) & (support["level"] != "")].itertuples():
        if (r.term, r.level) not in named:
            what = f"{none_of(r.n, 'spell', 'end')} in the event" + (" (it is the reference)" if r.reference else "")
            remedy = "Merge the level with another, or leave the term out" + (
                '; penalty="firth" may do.' if firth else "."
            )
            problems.append(Problem("data", None, r.term, r.level, what, remedy))
    return problems


def _separated(design: Design, top: Maximum, is_event: Bools, firth: bool) -> list[Problem]:
    problems = []
    support = level_support(design, is_event)
    empty = set(support.loc[support["reference"] & (support["n_event"] == 0), "term"])
    for term in empty:
        what = "the reference level has no event, so no level can be compared with it"
        remedy = "Order the categories so that a level with events comes first" + (
            ', or use penalty="firth".' if firth else "."
        )
        problems.append(Problem("data", None, term, design.reference[term], what, remedy))
    for j in np.flatnonzero(top.diverging):
        column, level = design.matrix[:, j], design.levels[j]
        what = "the likelihood rises for ever as its coefficient grows (separation), so it has no finite hazard ratio"
        if level and not (column[is_event] != 0).any():
            what = f"{none_of((column != 0).sum(), 'spell', 'end')} in the event; " + what
        elif design.terms[j] in empty:
            continue
        remedy = (
            'Use penalty="firth", merge' if firth else "Merge"
        ) + " the level with another, or leave the term out."
        problems.append(Problem("data", None, design.terms[j], level, what, remedy))
    return problems
