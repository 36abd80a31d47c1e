"""What a shared frailty cannot be fitted to, and what is to be said of its groups."""

from __future__ import annotations

import numpy as np
import pandas as pd

from clemency.models.hazard.frailty.fit import Shared
from clemency.models.modelframe.exclusions import column_names
from clemency.models.modelframe.history import History, Names
from clemency.records.errors import DataError, Problem, UsageError
from clemency.records.presentation.wording import counted
from clemency.typing import Bools

#: Groups with events below which the variance is hardly known: see docs/frailty.md.
FEW_GROUPS = 10
#: Members of a group, by the median, below which late entry may select groups.
_SMALL = 5


def check_arguments(group: Names, strata: Names, used: tuple[str, ...], theta: float | None) -> tuple[str, ...]:
    """Columns of the groups; refuse those that have another part in the model, and variances that are none."""
    names = column_names(group)
    if not names:
        raise UsageError("say which column makes the groups that share a frailty: group=")
    for name in names:
        if name in used:
            raise UsageError(
                f"'{name}' is in the formula and in group=: an effect of each group leaves nothing for a frailty. "
                "Leave it out of one of them"
            )
        if name in column_names(strata) and len(names) == 1:
            raise UsageError(
                f"'{name}' is in strata= and in group=: a baseline hazard of each group leaves nothing for a frailty. "
                "Leave it out of one of them"
            )
    if theta is not None and not (np.isfinite(theta) and 0 <= theta <= 1e4):
        raise UsageError(f"theta={theta!r} must be a variance: a number from 0 to 10000")
    return names


def check_groups(spells: History, is_event: Bools) -> None:
    """Refuse groups from which no variance can be learnt."""
    groups, strata = spells.groups, spells.strata
    name = ", ".join(groups.columns)
    if len(groups) == 1:
        raise UsageError(
            f"all rows are of one group by '{name}': a frailty is what groups differ in. Leave it out (cl.cox), or "
            "take a column with more values"
        )
    size = np.bincount(groups.code)
    if size.max() == 1:
        what = (
            f"each of the {len(groups)} groups has one spell, so that nothing is shared: a variance would come from "
            "departures from proportional hazards alone"
        )
        remedy = "Take a column whose values stand for several spells, or leave the frailty out: cl.cox."
        raise DataError([Problem("data", None, name, "", what, remedy)])
    pairs = np.unique(strata.code * len(groups) + groups.code) // len(groups)
    with_events = np.bincount(strata.code[is_event], minlength=len(strata)) > 0
    if np.bincount(pairs)[with_events].max() == 1:
        what = "each stratum has one group, so that groups are never compared: their frailties cannot be known"
        remedy = "Leave strata= out, or take groups that lie across strata."
        raise DataError([Problem("data", None, name, "", what, remedy)])


def said_of_groups(spells: History, shared: Shared, person: pd.Series | None, is_event: Bools) -> list[str]:
    """Warnings about the groups and the variance."""
    G, with_events = len(shared.n), int((shared.n_event > 0).sum())
    lines = []
    if not shared.given and shared.theta == 0:
        lines.append(
            "the likelihood is highest at a variance of zero: the groups differ no more than chance and the covariates "
            f"explain, and the coefficients are those of cl.cox. The upper limit is {shared.theta_high:.3g}"
        )
    if with_events < FEW_GROUPS:
        lines.append(
            f"{counted(with_events, 'group')} with events: the variance between groups is hardly known, and its "
            "estimate tends to be too low (docs/frailty.md); strata= or a term of the formula assumes nothing of them"
        )
    elif 2 * with_events < G:
        lines.append(
            f"{G - with_events} of {G} groups have no event: they say how low a frailty may be, and little else"
        )
    several = int((shared.n > 1).sum())
    if 2 * several < G:
        lines.append(f"{several} of {G} groups have more than one spell: only these say what members share")
    if spells.entry is not None and (spells.entry > 0).any() and float(np.median(shared.n)) < _SMALL:
        lines.append(
            "spells enter late and groups are small: the frailties are taken as those of the groups in the data, at "
            "entry. If groups are there only because no member had had the event, ratios are too near to one "
            "(docs/frailty.md)"
        )
    if person is not None and (pd.Series(is_event).groupby(person.to_numpy()).sum() > 1).any():
        lines.append(
            f"events of one person ('{person.name}') are taken as independent, given the frailty of the group: "
            "errors may be too small"
        )
    return lines
