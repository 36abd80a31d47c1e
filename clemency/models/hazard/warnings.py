"""A fit -> warnings that concern the fit as a whole."""

from __future__ import annotations

import numpy as np

from clemency.models.likelihood.covariance import FEW_CLUSTERS, _enough
from clemency.models.likelihood.fit import HazardFit

#: Events per coefficient below which limits and tests go wrong: Peduzzi, Concato, Feinstein and Holford (1995), Journal
#: of Clinical Epidemiology 48:1503-1510, who ask for ten.
EVENTS_PER_COEFFICIENT = 5
#: Logarithm of a ratio that a number of double precision no longer holds.
_OVERFLOW = 700.0


def warnings_of_fit(fit: HazardFit) -> list[tuple[str, str, int, str]]:
    """Warnings about the whole fit, and about coefficients without a usable unit: ``term, level, n_event, message``."""
    events, messages = int(fit.facts["events"]), [*_clusters(fit), *_events(fit)]
    if fit.options.get("uncounted"):
        messages.append(fit.options["uncounted"])
    if fit.options.get("robust_ignored") and fit.variance == "model":
        messages.append(fit.options["robust_ignored"])
    messages += fit.options.get("alike", ())
    rows = [("", "", events, message) for message in messages]
    for j in np.flatnonzero(np.abs(fit.coefficients) > _OVERFLOW):
        message = "its ratio per unit is too large or small for a number: measure it in another unit"
        rows.append((fit.terms[j], fit.levels[j], events, message))
    return rows


def _clusters(fit: HazardFit) -> list[str]:
    counts = [int(n) for n in fit.facts["n_clusters"].split(", ") if n]
    p, fewest = len(fit.coefficients), min(counts, default=FEW_CLUSTERS)
    if not counts:
        return []
    if not _enough(max(counts), p):
        return [f"{max(counts)} clusters say nothing of the errors of {p} coefficients: none are given"]
    messages = []
    if fewest < FEW_CLUSTERS:
        messages.append(
            f"only {fewest} clusters: errors are too small and limits too narrow (with 12, 95% limits held the truth "
            "in 88% of simulated samples: docs/coverage.md); occurrence() allows for it"
        )
    if (np.diag(fit.covariance) < 0).any():
        messages.append("the two clusterings give a negative variance: errors that are missing cannot be had from them")
    return messages


def _events(fit: HazardFit) -> list[str]:
    p, events, penalty = len(fit.coefficients), int(fit.facts["events"]), fit.options["penalty"]
    if events >= EVENTS_PER_COEFFICIENT * p or penalty not in (None, "firth"):
        return []
    remedy = "leave terms out" + ("" if penalty else ", or use penalty='firth'")
    if fit.options.get("subdistribution"):
        remedy = "leave terms out"
    least = EVENTS_PER_COEFFICIENT
    what = f"{events} event{'' if events == 1 else 's'} for {p} coefficient{'' if p == 1 else 's'}"
    return [f"{what}, fewer than {least} for each: ratios and limits are unreliable; {remedy}"]
