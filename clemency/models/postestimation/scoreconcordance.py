"""Scores of spells -> how well they rank who has the event sooner, and whether one of them does it better.

Scores of the same rows are correlated, and so are their concordances: each row's influence on all of them gives their
covariance, and with it the error of a difference [1]_.

References
----------
.. [1] L. Kang et al. (2015), Statistics in Medicine 34:685-703; the vignette on concordance of R's survival.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from clemency.models.imputation.performance import pool_concordances
from clemency.models.imputation.repeated import over_imputations
from clemency.models.likelihood.covariance import check_clusters
from clemency.models.likelihood.fit import HazardFit
from clemency.models.modelframe.arguments import check_level, months
from clemency.models.modelframe.exclusions import column_names, left_out_lines
from clemency.models.modelframe.frames import Table, as_table, numbers
from clemency.models.modelframe.history import History, Names, history, telling_left_out
from clemency.models.modelframe.status import CENSORED
from clemency.models.postestimation.concordance import Pairs, Weighting, count_pairs, time_weights
from clemency.models.regression.limits import critical, p_values
from clemency.records.arguments.signatures import typed
from clemency.records.errors import UsageError
from clemency.records.presentation.markup import as_html
from clemency.typing import Floats

#: What ranks the rows: columns, or fits, by the name that they shall have.
Scores = str | Sequence[str] | Mapping[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Concordances:
    """Result of `concordance`; K scores.

    Attributes
    ----------
    scores : tuple of str, length K
    estimates : ndarray, shape (K,)
    covariance : ndarray, shape (K, K)
        Infinitesimal jackknife, summed within clusters where there are any.
    counts : ndarray, shape (K, 3)
        Weights of concordant, discordant and tied pairs.
    facts : dict
        The content of :meth:`glance`.
    exclusions : DataFrame
        ``reason, column, n, first_rows``: what was left out and why.
    ci_level : float
    """

    scores: tuple[str, ...]
    estimates: Floats
    covariance: Floats
    counts: Floats = field(repr=False)
    facts: dict[str, Any]
    exclusions: pd.DataFrame = field(repr=False)
    ci_level: float

    def tidy(self) -> pd.DataFrame:
        """One row per score: ``score, estimate, std_error, ci_low, ci_high, concordant, discordant, tied_risk``."""
        error = np.sqrt(np.diag(self.covariance))
        half = critical(self.ci_level) * np.where(error > 0, error, np.nan)
        columns = {"score": list(self.scores), "estimate": self.estimates, "std_error": error}
        columns |= {"ci_low": np.maximum(self.estimates - half, 0.0), "ci_high": np.minimum(self.estimates + half, 1.0)}
        names = ("concordant", "discordant", "tied_risk")
        return pd.DataFrame(columns | dict(zip(names, self.counts.T, strict=True)))

    @typed
    def difference(self, reference: str | None = None) -> pd.DataFrame:
        """Compare the scores with one of them, on the same rows.

        Parameters
        ----------
        reference : str, optional
            The first by default.

        Returns
        -------
        DataFrame
            ``score, reference, estimate, std_error, statistic, p_value, ci_low, ci_high``. The error is missing for
            scores that rank all rows alike.
        """
        if len(self.scores) < 2:
            raise UsageError("there is one score: a difference needs two or more.")
        if reference is not None and reference not in self.scores:
            raise UsageError(f"reference={reference!r} is none of the scores: {', '.join(self.scores)}.")
        base = 0 if reference is None else self.scores.index(reference)
        others = np.delete(np.arange(len(self.scores)), base)
        gap = self.estimates[others] - self.estimates[base]
        size = np.diag(self.covariance)
        variance = size[others] + size[base] - 2 * self.covariance[others, base]
        error = np.sqrt(np.where(variance > 1e-13 * (size[others] + size[base]), variance, np.nan))
        half = critical(self.ci_level) * error
        return pd.DataFrame(
            {
                "score": [self.scores[k] for k in others],
                "reference": self.scores[base],
                "estimate": gap,
                "std_error": error,
                "statistic": gap / error,
                "p_value": p_values(gap / error),
                "ci_low": gap - half,
                "ci_high": gap + half,
            }
        )

    def glance(self) -> pd.DataFrame:
        """One row: ``outcome, n, events, weighting, until, strata, n_clusters, excluded``."""
        return pd.DataFrame([self.facts])

    def __repr__(self) -> str:
        return "\n".join([self.title(), self.tidy().round(4).to_string(index=False), *left_out_lines(self.exclusions)])

    def _repr_html_(self) -> str:
        return as_html(self.title(), self.tidy(), left_out_lines(self.exclusions), "{:.3f}")

    def title(self) -> str:
        """Heading of the table."""
        return f"Concordance ({self.facts['weighting'].capitalize()}): 1 ranks rightly, 0.5 is chance"


@over_imputations(pool_concordances)
@typed
def concordance(
    data: Any,
    score: Scores,
    *,
    exit: str | None = None,
    event: str | None = None,
    entry: str | None = None,
    outcome: str | Sequence[str] | None = None,
    censored: str | None = CENSORED,
    time_unit: str | None = None,
    strata: Names = None,
    cluster: str | None = None,
    weights: str | None = None,
    weighting: Weighting = "harrell",
    until: float | None = None,
    ci_level: float = 0.95,
) -> Concordances:
    """Measure how well scores rank who has the event sooner: Harrell's and Uno's concordance.

    Parameters
    ----------
    data : Cohort, ImputedCohort, DataFrame or mapping of columns
        Spells (entry, exit], those of a fit or new ones. A cohort supplies ``entry``, ``exit``, ``event``, and clusters
        on ``person_id`` where anyone gives more than one spell.
    score : str, sequence of str, or mapping
        Columns of numbers, a higher one meaning that the event is expected sooner. In a mapping each name stands for a
        column or for a fit of `cox` or `fine_gray`, whose linear predictor (with its offset) is computed for the data.
        A pooled fit gives each imputation the score of its own fit.
    exit, event, entry : str, optional
        Columns of a data frame.
    outcome : str or sequence of str, optional
        The event of interest where there are several kinds; the others censor.
    censored : str or None
    time_unit : str, optional
        As for `cox`.
    strata : str or sequence of str, optional
        Rows are compared within strata.
    cluster : str, optional
        Column whose rows may be correlated; also where a case has several rows.
    weights : str, optional
        Column of case weights: a pair counts the product.
    weighting : {"harrell", "uno"}
        All comparable pairs alike, or each the more, the likelier its event was to be censored before: by 1 / G(t-)^2,
        with G the chance of not being censored, by stratum [2]_. Uno's measures the same thing whatever the
        censoring, if that is no matter of risk.
    until : float, optional
        Later events do not count.
    ci_level : float

    Returns
    -------
    Concordances
        For an imputed cohort `ImputedConcordances`, by Rubin's rules.

    Raises
    ------
    UsageError
        For Uno's weights under delayed entry or where other events compete, for a fit with strata of its own whose
        strata are not named, for scores without a number, for `until` beyond the follow-up, and where no pair is
        comparable.

    Notes
    -----
    At each event who has it is compared with all who are at risk then and last longer. A pair agrees if the one with
    the event has the higher score; equal scores count half. The error takes the scores, and the weights by time, as
    given: that of a model's score on its own data does not tell how well the model would do on others.

    Equal to ``concordance`` of R's survival, with ``reverse = TRUE`` for a score of risk.

    References
    ----------
    .. [1] F. E. Harrell et al. (1982), JAMA 247:2543-2546.
    .. [2] H. Uno et al. (2011), Statistics in Medicine 30:1105-1117.

    Examples
    --------
    >>> import pandas as pd
    >>> d = pd.DataFrame({"months": [3, 5, 7, 9, 12], "act": [1, 1, 0, 1, 0], "risk": [5, 2, 3, 4, 1]})
    >>> concordance(d, "risk", exit="months", event="act").tidy()[["estimate", "concordant", "discordant"]]
       estimate  concordant  discordant
    0      0.75         6.0         2.0
    """
    check_level(ci_level)
    given, scores = as_table(data), _named(score)
    for fit in (f for f in scores.values() if isinstance(f, HazardFit)):
        _check_strata(fit, strata)
    spells = history(
        given, exit=exit, event=event, entry=entry, strata=strata, cluster=cluster or given.person, weights=weights,
        covariates=list(dict.fromkeys(c for s in scores.values() for c in _columns(s))), censored=censored,
        time_unit=time_unit,
    )  # fmt: skip
    check_clusters(spells.cluster_names, spells.clusters)
    last = None if until is None else _until(spells, until)
    with telling_left_out(spells):
        counted = _counted(given, spells, scores, spells.has(outcome), (weighting, last))
    influence = np.column_stack([c.influence for c in counted])
    summary = {
        "outcome": outcome if isinstance(outcome, str) else ", ".join(outcome or spells.outcomes[:1]),
        "n": len(spells),
        "events": int(spells.has(outcome).sum()),
        "weighting": weighting,
        "until": np.nan if last is None else last,
        "strata": len(spells.strata),
        "n_clusters": ", ".join(str(int(c.max()) + 1) for c in spells.clusters),
        "excluded": int(spells.exclusions["n"].sum()) if len(spells.exclusions) else 0,
    }
    estimates, counts = np.array([c.estimate for c in counted]), np.array([c.counts for c in counted])
    return Concordances(
        tuple(scores), estimates, influence.T @ influence, counts, summary, spells.exclusions, ci_level
    )  # fmt: skip


def _until(spells: History, until: float) -> float:
    """The time after which events do not count, as that of the data which it is the same as."""
    asked = months(until, "until")
    if len(asked) != 1:
        raise UsageError("until= takes one time on the clock.")
    last, end = float(spells.matched(asked)[0]), float(spells.exit.max())
    if last > end:
        raise UsageError(f"until={asked[0]:g} is later than the last end of follow-up, {end:g}: it has no effect.")
    return last


def _named(score: Scores) -> dict[str, Any]:
    """Scores by name."""
    named = dict(score) if isinstance(score, Mapping) else {name: name for name in column_names(score)}
    if not named:
        raise UsageError("score= names no score: give a column of the data, or fits by name.")
    for name, what in named.items():
        if not isinstance(what, str | HazardFit):
            raise UsageError(
                f"score {name!r} is neither a column nor a fit of cox or fine_gray, but {type(what).__name__}: put "
                "the numbers into a column of the data."
            )
    return {str(name): what for name, what in named.items()}


def _columns(score: Any) -> tuple[str, ...]:
    """Columns of the data that a score is made of."""
    if isinstance(score, str):
        return (score,)
    offset = score.options["columns"].get("offset")
    return (*score.needed("a score of other data").design.recipe.known, *(() if offset is None else (offset,)))


def _check_strata(fit: HazardFit, strata: Names) -> None:
    """Refuse to compare between strata what a fit does not."""
    own = fit.needed("a score of other data").history.strata.columns
    missing = [name for name in own if name not in column_names(strata)]
    if missing:
        raise UsageError(
            f"a fit has strata, between which its scores cannot be compared: name strata={', '.join(own)} here too"
        )


def _counted(
    given: Table, spells: History, scores: Mapping[str, Any], is_event: Any, weighting: tuple[str, float | None]
) -> list[Pairs]:
    entry = np.full(len(spells), -np.inf) if spells.entry is None else spells.entry
    of_time = time_weights(spells, is_event, *weighting)
    cluster = spells.clusters[0] if spells.clusters else None
    return [
        count_pairs(
            _values(given, spells, score), entry, spells.exit, is_event, spells.strata.code, weight=spells.weight,
            cluster=cluster, time_weight=of_time,
        )
        for score in scores.values()
    ]  # fmt: skip


def _values(given: Table, spells: History, score: Any) -> Floats:
    """Score of each row."""
    frame = given.frame.iloc[spells.rows]
    if isinstance(score, str):
        return numbers(frame, score)
    offset = score.options["columns"].get("offset")
    values = score.needed("a score").design.encode(frame) @ score.coefficients
    return np.asarray(values if offset is None else values + numbers(frame, offset), dtype=np.float64)
