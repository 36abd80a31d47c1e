"""A fit -> what a reader must know of it as a whole before quoting any of its rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from clemency.records.errors import UsageError
from clemency.typing import Ints

if TYPE_CHECKING:
    from clemency.models.estimate import Estimate

#: Clusters below which the sandwich without a small-sample factor, as R's survival has it, is too small to be trusted:
#: with 12, 95% limits held the truth in 88% of the samples of docs/coverage.md. Cameron and Miller (2015), Journal of
#: Human Resources 50:317-372, call fewer than 20 to 50 few.
FEW_CLUSTERS = 30
#: Events per coefficient below which limits and tests go wrong: Peduzzi, Concato, Feinstein and Holford (1995), Journal
#: of Clinical Epidemiology 48:1503-1510, who ask for ten.
EVENTS_PER_COEFFICIENT = 5
#: Logarithm of a ratio that a number of double precision no longer holds.
_OVERFLOW = 700.0


def cautions(fit: Estimate) -> list[tuple[str, str, int, str]]:
    """Warnings of a whole fit, and of coefficients without a usable unit: ``term, level, n_event, message``."""
    events, said = int(fit.summary["events"]), [*_clusters(fit), *_events(fit)]
    if fit.options.get("uncounted"):
        said.append(fit.options["uncounted"])
    if fit.options.get("unheard") and fit.variance == "model":
        said.append(fit.options["unheard"])
    said += fit.options.get("alike", ())
    rows = [("", "", events, message) for message in said]
    for j in np.flatnonzero(np.abs(fit.coefficients) > _OVERFLOW):
        message = "its ratio per unit is too large or small for a number: measure it in another unit"
        rows.append((fit.terms[j], fit.levels[j], events, message))
    return rows


def uncounted(weights: str | None, withheld: str) -> str:
    """Say which statistics a fit does not give, as its weights (a column) are no numbers of cases.

    They compare or count cases by the likelihood; under other weights that is the likelihood of no sample, and a
    multiple of the weights would change them at will.
    """
    return f"the weights ('{weights}') are not numbers of cases, so that {withheld} mean nothing and are not given"


def _clusters(fit: Estimate) -> list[str]:
    counts = [int(n) for n in fit.summary["n_clusters"].split(", ") if n]
    p, fewest = len(fit.coefficients), min(counts, default=FEW_CLUSTERS)
    if not counts:
        return []
    if not _enough(max(counts), p):
        return [f"{max(counts)} clusters say nothing of the errors of {p} coefficients: none are given"]
    said = []
    if fewest < FEW_CLUSTERS:
        said.append(
            f"only {fewest} clusters: errors are too small and limits too narrow (with 12, 95% limits held the truth "
            "in 88% of simulated samples: docs/coverage.md); occurrence() allows for it"
        )
    if (np.diag(fit.covariance) < 0).any():
        said.append("the two clusterings give a negative variance: errors that are missing cannot be had from them")
    return said


def _events(fit: Estimate) -> list[str]:
    p, events, penalty = len(fit.coefficients), int(fit.summary["events"]), fit.options["penalty"]
    if events >= EVENTS_PER_COEFFICIENT * p or penalty not in (None, "firth"):
        return []
    remedy = "leave terms out" + ("" if penalty else ", or use penalty='firth'")
    if fit.options.get("subdistribution"):
        remedy = "leave terms out"
    least = EVENTS_PER_COEFFICIENT
    what = f"{events} event{'' if events == 1 else 's'} for {p} coefficient{'' if p == 1 else 's'}"
    return [f"{what}, fewer than {least} for each: ratios and limits are unreliable; {remedy}"]


def check_clusters(names: Sequence[str], groups: Sequence[Ints]) -> None:
    """Refuse a clustering that has one cluster: the scores of all rows add up to zero, and so would its variance."""
    for name, code in zip(names, groups, strict=True):
        if int(code.max()) == int(code.min()):
            raise UsageError(
                f"all rows are of one cluster by '{name}', which says nothing of errors: cluster on a column with "
                "more values, or take robust=True (by rows) or robust=False (of the model)"
            )


def enough(groups: Sequence[Ints], p: int) -> bool:
    """Whether clusters, of the finer clustering if there are two, are more than coefficients, or not few.

    The summed scores add up to zero, so those of G clusters span G - 1 directions; in the others the variance would be
    zero. With many clusters, as under effects of each of them, the error of a single coefficient can still be had.
    """
    return _enough(max(int(code.max()) + 1 for code in groups), p)


def _enough(clusters: int, p: int) -> bool:
    return clusters > p or clusters >= FEW_CLUSTERS
