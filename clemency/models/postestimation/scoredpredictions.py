"""Spells and predicted chances, of fits or in columns -> how far the predictions were off, with limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from clemency.models.imputation.performance import pool_accuracy
from clemency.models.imputation.repeated import over_imputations
from clemency.models.kernel.riskset import sums_by
from clemency.models.likelihood.covariance import check_clusters
from clemency.models.likelihood.fit import HazardFit
from clemency.models.modelframe.arguments import check_level, months
from clemency.models.modelframe.exclusions import left_out_lines
from clemency.models.modelframe.frames import Table, as_table, numbers
from clemency.models.modelframe.history import History, history
from clemency.models.modelframe.status import CENSORED
from clemency.models.postestimation.accuracy import Outcomes, area_under_curve, brier, outcomes_at, share
from clemency.models.postestimation.prediction import predict
from clemency.models.regression.limits import critical, p_values
from clemency.records.arguments.signatures import typed
from clemency.records.errors import UsageError
from clemency.records.presentation.markup import as_html
from clemency.typing import Bools, Floats

#: What predicts: fits, or columns with a chance for each time, by the name that they shall have.
Chances = Mapping[str, Any]
#: Name of the prediction that is the same for all.
NOBODY = "(the same for all)"


@dataclass(frozen=True, slots=True, eq=False)
class Accuracy:
    """Result of `accuracy`; K predictions and that which is the same for all, T times, n rows or clusters.

    Attributes
    ----------
    scores : tuple of str, length K + 1
    times : ndarray, shape (T,)
    estimates : dict of ndarray, shape (K + 1, T)
        ``"brier"`` and ``"auc"``.
    influence : dict of ndarray, shape (K + 1, T, n)
    facts : dict
        The content of :meth:`glance`.
    exclusions : DataFrame
        ``reason, column, n, first_rows``: what was left out and why.
    ci_level : float
    """

    scores: tuple[str, ...]
    times: Floats
    estimates: dict[str, Floats]
    influence: dict[str, Floats] = field(repr=False)
    facts: dict[str, Any]
    exclusions: pd.DataFrame = field(repr=False)
    ci_level: float

    def tidy(self) -> pd.DataFrame:
        """One row per measure, prediction and time.

        Returns
        -------
        DataFrame
            ``measure, score, time, estimate, std_error, ci_low, ci_high``. ``"brier"`` is the mean squared distance of
            chance and outcome, ``"auc"`` the chance that the one of two who has the event had the higher prediction.
        """
        found = []
        for measure, values in self.estimates.items():
            for k, name in enumerate(self.scores):
                if measure == "auc" and name == NOBODY:
                    continue
                error = np.sqrt((self.influence[measure][k] ** 2).sum(axis=-1))
                front = {"measure": measure, "score": name, "time": self.times}
                found.append(pd.DataFrame({**front, **self._limits(values[k], error)}))
        return pd.concat(found, ignore_index=True)

    def integrated(self) -> pd.DataFrame:
        """Mean Brier score between the first and the last of the times, by the trapezoidal rule over them.

        Returns
        -------
        DataFrame
            ``score, from, until, estimate, std_error, ci_low, ci_high``.
        """
        if len(self.times) < 2:
            raise UsageError("there is one time: a mean over time needs two or more.")
        part = _trapezoid(self.times)
        error = np.sqrt((np.einsum("ktn,t->kn", self.influence["brier"], part) ** 2).sum(axis=1))
        front = {"score": list(self.scores), "from": self.times[0], "until": self.times[-1]}
        return pd.DataFrame({**front, **self._limits(self.estimates["brier"] @ part, error)})

    @typed
    def difference(self, reference: str | None = None, measure: str = "brier") -> pd.DataFrame:
        """Compare the predictions with one of them, on the same rows.

        Parameters
        ----------
        reference : str, optional
            The first by default.
        measure : {"brier", "auc"}

        Returns
        -------
        DataFrame
            ``score, reference, time, estimate, std_error, statistic, p_value, ci_low, ci_high``.
        """
        if measure not in self.estimates:
            raise UsageError(f"measure={measure!r} is not one of: {', '.join(self.estimates)}.")
        names = [s for s in self.scores if measure == "brier" or s != NOBODY]
        if reference is not None and reference not in names:
            raise UsageError(f"reference={reference!r} is none of: {', '.join(names)}.")
        if len(names) < 2:
            raise UsageError("there is one prediction: a difference needs two or more.")
        base = 0 if reference is None else names.index(reference)
        values, influence, found = self.estimates[measure], self.influence[measure], []
        for k in np.delete(np.arange(len(names)), base):
            gap, error = values[k] - values[base], np.sqrt(((influence[k] - influence[base]) ** 2).sum(axis=-1))
            error = np.where(error > 1e-12, error, np.nan)
            half = critical(self.ci_level) * error
            columns = {"estimate": gap, "std_error": error, "statistic": gap / error, "p_value": p_values(gap / error)}
            front = {"score": names[k], "reference": names[base], "time": self.times}
            found.append(pd.DataFrame({**front, **columns, "ci_low": gap - half, "ci_high": gap + half}))
        return pd.concat(found, ignore_index=True)

    def glance(self) -> pd.DataFrame:
        """One row: ``outcome, n, events, censored, n_clusters, excluded``."""
        return pd.DataFrame([self.facts])

    def title(self) -> str:
        """Heading of the table."""
        return _TITLE

    def _limits(self, value: Floats, error: Floats) -> dict[str, Floats]:
        half = critical(self.ci_level) * np.where(error > 1e-12, error, np.nan)
        low, high = np.maximum(value - half, 0.0), np.minimum(value + half, 1.0)
        return {"estimate": value, "std_error": error, "ci_low": low, "ci_high": high}

    def __repr__(self) -> str:
        return "\n".join([_TITLE, self.tidy().round(4).to_string(index=False), *left_out_lines(self.exclusions)])

    def _repr_html_(self) -> str:
        return as_html(_TITLE, self.tidy(), left_out_lines(self.exclusions), "{:.3f}")


_TITLE = "Accuracy of predicted chances (Brier score: lower is better; AUC: 1 ranks rightly, 0.5 is chance)"


@over_imputations(pool_accuracy)
@typed
def accuracy(
    data: Any,
    chances: Chances,
    times: float | Sequence[float],
    *,
    exit: str | None = None,
    event: str | None = None,
    entry: str | None = None,
    outcome: str | Sequence[str] | None = None,
    censored: str | None = CENSORED,
    time_unit: str | None = None,
    weights: str | None = None,
    cluster: str | None = None,
    ci_level: float = 0.95,
) -> Accuracy:
    """Measure how far predicted chances of an event were off: Brier scores and areas under the curve, by time.

    Parameters
    ----------
    data : Cohort, ImputedCohort, DataFrame or mapping of columns
        One row for each case, followed from 0 on: those of a fit or, better, others.
    chances : mapping
        Name -> a fit of `cox` or `fine_gray`, whose incidence is predicted for each row, or a column for each of the
        times (one name, if there is one time) with the chance of having had the event by it. A pooled fit gives each
        imputation the chances of its own fit.
    times : float or sequence of float
        On the clock, ascending.
    exit, event, entry : str, optional
        Columns of a data frame.
    outcome : str or sequence of str, optional
        The event of interest where there are several kinds; who has another end first does not have it.
    censored : str or None
    time_unit : str, optional
        As for `cox`.
    weights : str, optional
        Column of case weights.
    cluster : str, optional
        Column whose rows may be correlated; ``person_id`` for a cohort in which a person has several cases.
    ci_level : float

    Returns
    -------
    Accuracy
        For an imputed cohort `ImputedAccuracy`, by Rubin's rules.

    Raises
    ------
    UsageError
        Where spells enter late, as the chance of being under observation is then more than that of not being censored;
        for times at which nobody has had the event, nobody is left without it, or nobody is observed; for chances
        outside 0 to 1; for a cause-specific fit where other events compete (`absolute_risk` gives columns).

    Notes
    -----
    Those whose outcome at t is known count 1 / G: G(T-) for an event at T <= t, G(t-) for those without one, with G
    the Kaplan-Meier estimate of not being censored, and events before censorings at one time. This holds if censoring
    goes neither with the covariates nor with what comes. The prediction that is the same for all is the Kaplan-Meier
    (Aalen-Johansen) estimate of these data: a model that does not come below its Brier score predicts nothing.

    The errors take the predictions as given. A model does better on its own data than on others.

    Examples
    --------
    >>> import pandas as pd
    >>> d = pd.DataFrame({"months": [3, 5, 7, 9, 12], "act": [1, 1, 0, 1, 0], "by_8": [0.9, 0.4, 0.3, 0.2, 0.1]})
    >>> accuracy(d, {"mine": "by_8"}, 8, exit="months", event="act").tidy()[["measure", "score", "estimate"]].round(3)
      measure               score  estimate
    0   brier                mine     0.089
    1   brier  (the same for all)     0.240
    2     auc                mine     1.000
    """
    check_level(ci_level)
    given, asked = as_table(data), months(times)
    if not len(asked) or (np.diff(asked) <= 0).any():
        raise UsageError("times= must be one time or several that ascend.")
    named = {str(k): v for k, v in _checked(chances, len(asked)).items()}
    spells = history(
        given, exit=exit, event=event, entry=entry, weights=weights, cluster=cluster or given.person,
        covariates=list(dict.fromkeys(c for v in named.values() for c in _columns(v))), censored=censored,
        time_unit=time_unit,
    )  # fmt: skip
    check_clusters(spells.cluster_names, spells.clusters)
    is_event = spells.has(outcome)
    at = _at(spells, asked)
    outcomes = [_known(float(shown), float(t), spells, is_event) for shown, t in zip(asked, at, strict=True)]
    predicted = [_predicted(given, spells, name, what, asked) for name, what in named.items()]
    estimates, influence = _measured(outcomes, predicted, spells)
    summary = {
        "outcome": outcome if isinstance(outcome, str) else ", ".join(outcome or spells.outcomes[:1]),
        "n": len(spells),
        "events": int(is_event.sum()),
        "censored": int((spells.event == 0).sum()),
        "n_clusters": ", ".join(str(int(c.max()) + 1) for c in spells.clusters),
        "excluded": int(spells.exclusions["n"].sum()) if len(spells.exclusions) else 0,
    }
    return Accuracy((*named, NOBODY), asked, estimates, influence, summary, spells.exclusions, ci_level)


def _checked(chances: Chances, T: int) -> dict[str, Any]:
    """Predictions by name; columns as a list with one for each time."""
    if not chances:
        raise UsageError("chances= names no prediction: give fits, or columns with chances, by name.")
    found: dict[str, Any] = {}
    for name, what in chances.items():
        if isinstance(what, HazardFit):
            found[name] = what
            continue
        columns = [what] if isinstance(what, str) else what
        if not isinstance(columns, list | tuple) or not all(isinstance(c, str) for c in columns):
            raise UsageError(f"{name!r} is neither a fit of cox or fine_gray nor names columns, but {what!r}.")
        if len(columns) != T:
            raise UsageError(f"{name!r} has {len(columns)} columns of chances for {T} times: give one for each time.")
        found[name] = list(columns)
    return found


def _columns(what: Any) -> list[str]:
    """Columns of the data that a prediction is made of."""
    if isinstance(what, list):
        return what
    sources = what.needed("a prediction")
    return [*sources.design.recipe.known, *sources.history.strata.columns]


def _at(spells: History, asked: Floats) -> Floats:
    """Times, as those of the data that they are the same as; refuse what the measures are not defined for."""
    if spells.entry is not None and (spells.entry > 0).any():
        n = int((spells.entry > 0).sum())
        raise UsageError(
            f"{n} of {len(spells)} spells enter late: who is known at a time has then entered too, and the weights are "
            "for censoring alone. Take cl.concordance, which compares those at risk together; or begin the clock where "
            "all enter, with one spell for each case."
        )
    at, last = spells.matched(asked), float(spells.exit.max())
    if at[-1] > last:
        raise UsageError(f"times={at[-1]:g} is later than the last end of follow-up, {last:g}.")
    return at


def _known(shown: float, time: float, spells: History, is_event: Bools) -> Outcomes:
    o = outcomes_at(time, spells.exit, spells.event > 0, is_event, spells.weight)
    for some, what in ((o.had, "has had the event"), (o.free, "is known to be without the event")):
        if not (o.weight * some > 0).any():
            raise UsageError(f"times={shown:g}: nobody {what} by then, so that nothing can be said of predictions.")
    return o


def _predicted(given: Table, spells: History, name: str, what: Any, asked: Floats) -> Floats:
    """Chances of each row, shape (T, n)."""
    frame = given.frame.iloc[spells.rows]
    if isinstance(what, list):
        values = np.array([numbers(frame, column) for column in what])
        wrong = np.argwhere(~((values >= 0) & (values <= 1)))
        if len(wrong):
            t, i = wrong[0]
            raise UsageError(
                f"'{what[t]}' ({name!r}) is {values[t, i]:g} in row {frame.index[i]}: a chance lies between 0 and 1."
            )
        return values
    found = predict(what, frame, asked, "incidence")["estimate"].to_numpy()
    return np.asarray(found.reshape(len(frame), len(asked)).T, dtype=np.float64)


def _measured(
    outcomes: list[Outcomes], predicted: list[Floats], spells: History
) -> tuple[dict[str, Floats], dict[str, Floats]]:
    n, K, T = len(spells), len(predicted), len(outcomes)
    code = spells.clusters[0] if spells.clusters else None
    size = n if code is None else int(code.max()) + 1
    estimates = {m: np.full((K + 1, T), np.nan) for m in ("brier", "auc")}
    influence = {m: np.full((K + 1, T, size), np.nan) for m in estimates}

    def put(measure: str, k: int, t: int, found: tuple[float, Floats]) -> None:
        estimates[measure][k, t] = found[0]
        influence[measure][k, t] = found[1] if code is None else sums_by(code, found[1], size)

    for t, o in enumerate(outcomes):
        for k, chances in enumerate(predicted):
            put("brier", k, t, brier(o, chances[t]))
            put("auc", k, t, area_under_curve(o, chances[t]))
        p, moved = share(o)
        put("brier", K, t, (p * (1 - p), (1 - 2 * p) * moved))
    return estimates, influence


def _trapezoid(times: Floats) -> Floats:
    """Weights of values at times in their mean by the trapezoidal rule."""
    width = np.diff(times)
    return np.asarray((np.r_[width, 0.0] + np.r_[0.0, width]) / 2 / (times[-1] - times[0]), dtype=np.float64)
