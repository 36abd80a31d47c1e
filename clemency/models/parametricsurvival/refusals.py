"""A search that found no maximum -> a refusal that names the columns or parameters to blame, with a remedy."""

from __future__ import annotations

import numpy as np

from clemency.models.parametricsurvival.columns import Columns
from clemency.models.parametricsurvival.families.family import Family
from clemency.models.parametricsurvival.reading import Reading
from clemency.models.parametricsurvival.search import Top
from clemency.records.errors import DataError, Problem
from clemency.records.presentation.wording import none_of
from clemency.typing import Bools


def refuse_without_maximum(top: Top, family: Family, time: Columns, never: Columns | None, found: Reading) -> None:
    """Refuse a fit that has not converged, or whose information is singular.

    Raises
    ------
    DataError
    """
    if top.converged:
        return
    p = time.matrix.shape[1]
    first = p + family.constant
    after = first + len(family.parameters)
    # Centred columns take the constants and levels of hazards with them: where both run away the column is to blame.
    shape = not family.shifted and bool(top.diverging[first:after].any())
    problems = [] if shape else [_separated(time, j, found) for j in np.flatnonzero(top.diverging[:p]).tolist()]
    if never is not None:
        problems += [_separated(never, j, found, share=True) for j in np.flatnonzero(top.diverging[after:-1]).tolist()]
    if never is not None and not problems and top.diverging[-1]:
        problems = [_no_share(top)]
    if not problems:
        problems = [_parameter(family, j) for j in np.flatnonzero(top.diverging[first:after]).tolist()]
    if not problems:
        what = f"the likelihood has not come to a maximum in {top.steps} steps"
        problems = [Problem("data", None, "", "", what, "Take fewer terms, or another distribution.")]
    raise DataError(problems)


def _separated(columns: Columns, j: int, found: Reading, share: bool = False) -> Problem:
    term, level = columns.terms[j], columns.levels[j]
    mine: Bools = columns.matrix[:, j] + columns.mean[j] != 0
    what = "the likelihood rises for ever as its coefficient grows (separation), so it has no finite ratio"
    if level and not found.event[mine].any():
        what = f"{none_of(int(mine.sum()), 'case', 'end')} in the event; " + what
    elif level and not found.event[~mine].any():
        what = "no case outside this level ends in the event; " + what
    where = "the formula of cure=" if share else "the model"
    remedy = f"Merge the level with another, or leave the term out of {where}."
    return Problem("data", None, term, level, what, remedy)


def _no_share(top: Top) -> Problem:
    if top.at.theta[-1] > 0:
        what = "the likelihood is greatest with a share of nearly one to whom the event never happens"
    else:
        what = "the likelihood is greatest with a share of zero to whom the event never happens"
    remedy = "Leave cure= out: these data show no such share under this distribution; or follow cases for longer."
    return Problem("data", None, "cure", "", what, remedy)


def _parameter(family: Family, j: int) -> Problem:
    term, level, _ = family.parameters[j]
    what = "the likelihood rises for ever as this parameter grows or falls"
    remedy = 'Take a simpler family, such as distribution="exponential" or "weibull", or fewer cuts or knots.'
    return Problem("data", None, term, level, what, remedy)
