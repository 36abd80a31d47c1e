"""Spells in states and formulas -> hazard ratios of each transition, and the chances that follow from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import special

from clemency.figures.theme.look import FOREST, plotted
from clemency.models.imputation.repeated import over_imputations
from clemency.models.imputation.states import pool_transitions
from clemency.models.kernel.riskset import risk_sets
from clemency.models.likelihood.covariance import (
    FEW_CLUSTERS,
    check_clusters,
    check_without_exact,
    enough,
    joint_tests,
)
from clemency.models.likelihood.newton import Maximum, maximise
from clemency.models.likelihood.partial import make_data, state
from clemency.models.likelihood.score import sandwich
from clemency.models.modelframe.arguments import check_level, months, summed
from clemency.models.modelframe.exclusions import left_out_lines
from clemency.models.modelframe.frames import as_frame, new_rows
from clemency.models.modelframe.groups import codes
from clemency.models.modelframe.history import telling_left_out
from clemency.models.modelframe.status import CENSORED
from clemency.models.postestimation.proportionality import TRANSFORMS, score_tests, time_scale
from clemency.models.regression.coefficients import SHOWN, coefficient_table
from clemency.models.regression.likelihoods import Likelihood, of_model_alone
from clemency.models.regression.limits import check_scale, critical
from clemency.models.regression.linalg import inverse
from clemency.models.regression.support import FEW_EVENTS
from clemency.models.states.histories.cohorts import read_states
from clemency.models.states.histories.faults import ids_of, refuse_faults, said
from clemency.models.states.histories.spells import START, Allowed, StateSpells
from clemency.models.states.stacking import Baselines, Formulas, Stack, covariates, stacked, unmatched
from clemency.models.states.statepaths import (
    Fitted,
    chances,
    course,
    value_and_covariance,
    weights_at,
    weights_between,
)
from clemency.models.states.tables import with_limits
from clemency.records.arguments.signatures import typed
from clemency.records.errors import DataError, UsageError
from clemency.records.presentation.markup import as_html
from clemency.records.presentation.wording import counted
from clemency.tables.hooks import FittedModel
from clemency.typing import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, slots=True, eq=False)
class TransitionCox(FittedModel):
    """Result of `transition_cox`.

    Attributes
    ----------
    states : tuple of str
    transitions : tuple of str
    coefficients : ndarray, shape (p,)
        Log hazard ratios.
    covariance, model_covariance : ndarray, shape (p, p)
        The one that `tidy` uses, and the inverse of the information.
    variance : str
        ``"model"`` or ``"cluster: <column>"``.
    counts : DataFrame
        ``transition, n, n_event``: spells at risk of each and how many ended in it.
    facts : dict
        The content of :meth:`glance`.
    ci_level : float
    exclusions, faults : DataFrame
        As of `multistate`.
    spells : StateSpells
    fitted : Fitted
        The arrays behind the fit.
    """

    states: tuple[str, ...]
    transitions: tuple[str, ...]
    coefficients: Floats
    covariance: Floats
    model_covariance: Floats
    variance: str
    counts: pd.DataFrame
    facts: dict[str, Any]
    ci_level: float
    exclusions: pd.DataFrame
    faults: pd.DataFrame
    spells: StateSpells = field(repr=False)
    fitted: Fitted = field(repr=False)

    @typed
    def tidy(self, exponentiate: bool = False) -> pd.DataFrame:
        """Coefficients, one row per transition (or pattern of transitions), term and level.

        Parameters
        ----------
        exponentiate : bool
            Give hazard ratios with their limits; error and statistic stay those of the log hazard ratio.

        Returns
        -------
        DataFrame
            ``transition, term, level, estimate, std_error, statistic, p_value, ci_low, ci_high``. The term ``baseline``
            is the factor between transitions whose baselines are proportional.
        """
        stack, error = self.fitted.stack, np.sqrt(np.diag(self.covariance))
        table = coefficient_table(
            stack.design.terms, stack.design.levels, self.coefficients, error, ci_level=self.ci_level,
            exponentiate=exponentiate,
        )  # fmt: skip
        table.insert(0, "transition", list(stack.labels))
        return table

    def likelihood(self) -> Likelihood:
        """Give the likelihood and what it is of, for a comparison with nested models."""
        f, h, s = self.fitted, self.spells.history, self.facts
        stack = f.stack
        rows = (
            ("rows", h.rows[stack.row]), ("times", h.exit[stack.row]),
            ("entries", None if h.entry is None else h.entry[stack.row]), ("events", stack.event),
            ("transitions", stack.transition), ("baselines", stack.baseline),
            ("weights", None if h.weight is None else h.weight[stack.row]), ("ties", s["ties"]),
        )  # fmt: skip
        labels = pd.MultiIndex.from_arrays([h.index[stack.row].to_flat_index(), stack.transition])
        each = (f"{b.label}: {' + '.join(dict.fromkeys(b.design.terms))}" for b in stack.blocks)
        formula = "; ".join(dict.fromkeys(each))
        return Likelihood(
            "Cox models of transitions", formula or "1", float(s["loglik"]), len(self.coefficients), rows,
            stack.design.matrix, of_model_alone(self.variance, h.counted), labels,
        )  # fmt: skip

    def glance(self) -> pd.DataFrame:
        """One row: ``n`` spells, ``n_cases``, person-time, ``events``, likelihoods, tests, ``ties``, ``variance``."""
        return pd.DataFrame({name: [value] for name, value in self.facts.items()})

    @typed
    def check(self, transform: str = "km") -> pd.DataFrame:
        """Test proportional hazards, term by term and for all.

        Parameters
        ----------
        transform : {"km", "identity", "rank", "log"}
            Function of time with which a coefficient may change.

        Returns
        -------
        DataFrame
            ``transition, term, statistic, df, p_value``, last row ``GLOBAL``.
        """
        if transform not in TRANSFORMS:
            raise UsageError(f"transform must be one of {', '.join(TRANSFORMS)}, not {transform!r}")
        f, h = self.fitted, self.spells.history
        if not f.stack.labels:
            raise UsageError("a model without covariates has no hazard ratio whose constancy could be tested")
        design, row = f.stack.design, f.stack.row
        entry = None if h.entry is None else h.entry[row]
        g = time_scale(f.data, entry, h.exit[row], transform)
        statistic, df = score_tests(f.data, f.at, g, design.assign)
        first = [int(np.flatnonzero(design.assign == k)[0]) for k in range(int(design.assign.max()) + 1)]
        table = {
            "transition": [*(f.stack.labels[j] for j in first), "GLOBAL"],
            "term": [*(design.terms[j] for j in first), "GLOBAL"],
        }
        return pd.DataFrame(table | {"statistic": statistic, "df": df, "p_value": special.chdtrc(df, statistic)})

    @typed
    def predict(
        self,
        newdata: Any,
        times: float | Sequence[float],
        *,
        start: float = 0.0,
        state: str | None = None,
        conf_type: str = "log-log",
    ) -> pd.DataFrame:
        """Chances of being in each state for people with given covariates.

        Parameters
        ----------
        newdata : DataFrame or mapping of columns
            The formulas' columns; a mapping of single values is one row.
        times : float or sequence of float
            Up to the last exit.
        start : float
            Time at which they are in `state`.
        state : str, optional
            The first state by default.
        conf_type : {"log-log", "cloglog", "log", "plain"}

        Returns
        -------
        DataFrame
            ``row, time, state, estimate, std_error, ci_low, ci_high``.

        Notes
        -----
        If hazards depend on the past in another way than through the present state and the covariates, these chances
        are wrong: see :meth:`MultiState.markov`. Limits carry what is not known of coefficients and baselines, by the
        same clusters as the coefficients; R's ``survfit`` of such a model has none.
        """
        check_scale(conf_type)
        asked = months(times)
        if not len(asked):
            raise UsageError("times= names no time.")
        begin, initial = self._begin(start, state, float(asked.max(initial=0.0)))
        if (asked < begin).any():
            raise UsageError(f"times={asked.min():g} is before start={begin:g}.")
        wanted = self.spells.history.matched(asked)
        frame, parts = _some_rows(newdata), []
        for i, z in enumerate(self.fitted.stack.encode(frame)):
            c = course(self.fitted, z, begin)
            p = chances(c, initial)
            for t, at in zip(asked, wanted, strict=True):
                found = value_and_covariance(self.fitted, z, c, p, weights_at(c, at))
                parts.append(self._rows(frame.index[i], {"time": t}, *found))
        out = pd.concat(parts, ignore_index=True)
        low, high = with_limits(out["estimate"].to_numpy(), out["std_error"].to_numpy(), conf_type, self.ci_level)
        return out.assign(ci_low=low, ci_high=high)

    @typed
    def predict_sojourn(
        self, newdata: Any, until: float, *, start: float = 0.0, state: str | None = None
    ) -> pd.DataFrame:
        """Expected time in each state up to a time for people with given covariates.

        Parameters
        ----------
        newdata : DataFrame or mapping of columns
        until : float
            Up to the last exit.
        start, state
            As for `predict`.

        Returns
        -------
        DataFrame
            ``row, until, state, estimate, std_error, ci_low, ci_high``.
        """
        begin, initial = self._begin(start, state, until)
        if not until > begin:
            raise UsageError(f"until={until:g} must be after start={begin:g}.")
        frame, parts = _some_rows(newdata), []
        for i, z in enumerate(self.fitted.stack.encode(frame)):
            c = course(self.fitted, z, begin)
            found = value_and_covariance(self.fitted, z, c, chances(c, initial), weights_between(c, begin, until))
            parts.append(self._rows(frame.index[i], {"until": float(until)}, *found))
        out = pd.concat(parts, ignore_index=True)
        half = np.where(out["std_error"] > 0, critical(self.ci_level) * out["std_error"], np.nan)
        low, high = np.maximum(out["estimate"] - half, 0.0), np.minimum(out["estimate"] + half, until - begin)
        return out.assign(ci_low=low, ci_high=high)

    def _begin(self, start: float, state: str | None, last: float) -> tuple[float, Floats]:
        begin, end = float(months(start, "start")[0]), float(self.spells.history.exit.max())
        if last > end:
            raise UsageError(f"{last:g} is later than the last exit, {end:g}: nothing is known of the hazards there.")
        name = self.states[0] if state is None else state
        if name not in self.states:
            raise UsageError(f"state={name!r} is none of: {', '.join(self.states)}.")
        return begin, np.eye(len(self.states))[self.states.index(name)]

    def _rows(self, name: Any, when: dict[str, float], value: Floats, covariance: Floats) -> pd.DataFrame:
        size = len(self.states)
        variance = np.diag(covariance)
        error = np.sqrt(np.where(variance > 1e-24, variance, 0.0))
        names = pd.Categorical.from_codes(np.arange(size), list(self.states))
        return pd.DataFrame({"row": [name] * size, **when, "state": names, "estimate": value, "std_error": error})

    def plot(self, ax: Axes | None = None, **options: Any) -> Axes:
        """Hazard ratios with their limits on a log scale; options as of :func:`clemency.figures.forest`."""
        from clemency.figures import forest

        if not self.fitted.stack.labels:
            raise UsageError("a model without covariates has no hazard ratio to draw")
        table = self.tidy(exponentiate=True)
        events = self.counts.set_index("transition")["n_event"]
        table["term"] = table["transition"] + ": " + table["term"]
        table["n_event"] = table["transition"].map(events)
        return forest(table, ax=ax, **plotted(options, forest, also=FOREST))

    def notes(self) -> list[str]:
        """What a reader must know, one sentence each."""
        few = self.counts[self.counts["n_event"] < FEW_EVENTS]
        told = [
            f"{r.transition}: {counted(r.n_event, 'transition')} only, too few for effects of its own."
            for r in few.itertuples()
        ]
        clusters = self.facts["n_clusters"]
        if clusters != "" and int(clusters) < FEW_CLUSTERS:
            told.append(f"{counted(clusters, 'cluster')} only: errors by clusters are too small with so few.")
        alike = [f"{message}." for message in self.spells.history.alike]
        return [*told, *said(self.faults), *alike, *left_out_lines(self.exclusions)]

    def __repr__(self) -> str:
        table = self.tidy(exponentiate=True).rename(columns=SHOWN).round(4).to_string(index=False)
        return "\n".join([self._title(), table, *self.notes()])

    def _repr_html_(self) -> str:
        return as_html(self._title(), self.tidy(exponentiate=True).rename(columns=SHOWN), self.notes())

    def _title(self) -> str:
        s = self.facts
        return (
            f"Cox models of {counted(len(self.transitions), 'transition')}: {s['n']:,} spells, {s['events']:,} events"
        )


def _some_rows(newdata: Any) -> pd.DataFrame:
    frame = new_rows(newdata)
    if not len(frame):
        raise UsageError("newdata has no rows: give one for each person to predict for.")
    return frame


@typed
@over_imputations(pool_transitions)
def transition_cox(
    data: Any,
    formula: Formulas = None,
    *,
    common: Formulas = None,
    one_baseline: Baselines = None,
    id: str | None = None,
    exit: str | None = None,
    event: str | None = None,
    entry: str | None = None,
    state: str | None = None,
    initial: str = START,
    allowed: Allowed | None = None,
    cluster: str | None = None,
    weights: str | None = None,
    cuts: int | None = None,
    share_of: str | None = None,
    ties: str = "efron",
    robust: bool | None = None,
    censored: str | None = CENSORED,
    time_unit: str | None = None,
    ci_level: float = 0.95,
) -> TransitionCox:
    """Fit Cox models of all transitions between states together.

    Parameters
    ----------
    data : Cohort or DataFrame
        Spells in states, as for `multistate`.
    formula : str or mapping, optional
        Covariates that have an effect of their own on each transition, or pattern of transitions -> covariates, such as
        ``{"* -> death": "age", "serving -> reduced 1": "age + region"}``. A star stands for any state; several patterns
        are joined by ``|``. A transition that no formula names has a baseline only; ``"1"`` fits baselines alone.
    common : str or mapping, optional
        The same for effects that are one for all transitions of a pattern.
    one_baseline : str, sequence of str, or mapping, optional
        Patterns of transitions whose baseline hazards are proportional to each other, as ``/ shared`` of R; or pattern
        -> ``"proportional"`` or ``"equal"``, as ``1 / common`` of R.
    id, exit, event, entry, state, initial, allowed, cuts, share_of, censored, time_unit
        As for `multistate`.
    cluster : str, optional
        Column to cluster the errors on; `id` by default, ``person_id`` for a cohort.
    weights : str, optional
        Column of case weights.
    ties : {"efron", "breslow"}
    robust : bool, optional
        False for the errors of the model; by clusters otherwise.
    ci_level : float

    Returns
    -------
    TransitionCox
        For an imputed cohort an `ImputedTransitionCox`, pooled by Rubin's rules.

    Raises
    ------
    UsageError
        For patterns that name no transition, and formulas without covariates.
    DataError
        For constant or collinear terms, and terms along which the likelihood of a transition has no maximum; each is
        named with its transition. For spells that cannot be true, as in `multistate`.

    Notes
    -----
    Each spell is a row for every transition that it could have ended in, with the clock of the data; the transitions
    are strata. Without common effects and baselines this is one Cox model for each transition, fitted side by side. As
    in R, errors are by `id`.

    ``expiry`` comes on a day that sentence and cuts fix, so that effects on its hazard mean little: give it no formula,
    and read those on the other transitions.

    References
    ----------
    Andersen and Keiding, Statistical Methods in Medical Research 11 (2002), 91-115. Putter, Fiocco and Geskus,
    Statistics in Medicine 26 (2007), 2389-2430.

    Examples
    --------
    >>> import pandas as pd
    >>> d = pd.DataFrame({"who": [1, 1, 2, 3, 4, 4, 5, 6], "since": [0, 4, 0, 0, 0, 3, 0, 0],
    ...                   "until": [4, 9, 6, 9, 3, 5, 7, 8], "age": [40, 40, 61, 52, 48, 48, 35, 55],
    ...                   "into": ["ill", "death", "death", "censored", "ill", "death", "death", "ill"]})
    >>> fit = transition_cox(d, common={"* -> death": "age"}, id="who", entry="since", exit="until", event="into")
    >>> fit.tidy().round(3)[["transition", "term", "estimate"]]
       transition term  estimate
    0  * -> death  age     0.011
    """
    check_level(ci_level)
    check_without_exact(ties, robust, cluster)
    columns = covariates(formula, common, as_frame(data))
    s = read_states(
        data, cuts=cuts, share_of=share_of, id=id, exit=exit, event=event, entry=entry, state=state, initial=initial,
        allowed=allowed, cluster=cluster, weights=weights, covariates=columns, censored=censored, time_unit=time_unit,
    )  # fmt: skip
    found = refuse_faults(s, ids_of(s))
    with telling_left_out(s.history):
        stack = stacked(s, formula, common, one_baseline)
        fitted, top = _fit(s, stack, ties, robust is not False)
    return _result(s, fitted, top, found, ties, ci_level)


def _fit(s: StateSpells, stack: Stack, ties: str, robust: bool) -> tuple[Fitted, Maximum]:
    h, row = s.history, stack.row
    sets = risk_sets(
        None if h.entry is None else h.entry[row], h.exit[row], stack.event, stack.baseline[stack.transition]
    )
    data = make_data(stack.design, sets, None if h.weight is None else h.weight[row], None, ties)
    top = maximise(data)
    if top.flat.any() or top.diverging.any():
        raise DataError(unmatched(stack, top.flat | top.diverging))
    at = top.at.state or state(data, top.at.beta)
    cluster = None
    if robust:
        check_clusters(h.cluster_names[-1:], h.clusters[-1:])
        cluster = codes(pd.Series(s.cluster[row]))
    bread = inverse(top.at.information)
    return Fitted(stack, data, at, top.at.beta, bread, cluster, len(s.states)), top


def _result(
    s: StateSpells, fitted: Fitted, top: Maximum, found: pd.DataFrame, ties: str, ci_level: float
) -> TransitionCox:
    h, stack, bread = s.history, fitted.stack, fitted.bread
    covariance, variance, clusters = bread, "model", ""
    if fitted.cluster is not None:
        groups = (fitted.cluster,)
        clusters, variance = str(int(fitted.cluster.max()) + 1), f"cluster: {h.cluster_names[-1]}"
        covariance = sandwich(fitted.data, fitted.at, bread, groups) if len(bread) else bread
        if not enough(groups, len(bread)):
            covariance = np.full_like(bread, np.nan)
    events = np.bincount(stack.transition[stack.event], minlength=len(stack.names))
    at_risk = np.bincount(stack.transition, minlength=len(stack.names))
    counts = pd.DataFrame({"transition": list(stack.names), "n": at_risk, "n_event": events})
    p = len(bread)
    summary = {
        "n": len(h), "n_cases": len(np.unique(s.person)), "events": int(events.sum()),
        **summed(h.person_time, h.unit), "loglik": top.at.loglik,
        "aic": 2 * p - 2 * top.at.loglik if h.counted else np.nan, "loglik_null": top.null.loglik, "df": p,
        **joint_tests(top, covariance, False, h.counted), "ties": ties, "weights": h.columns["weights"] or "",
        "variance": variance, "n_clusters": clusters,
        "excluded": int(h.exclusions["n"].sum()) if len(h.exclusions) else 0,
    }  # fmt: skip
    return TransitionCox(
        s.states, stack.names, fitted.beta, covariance, bread, variance, counts, summary, ci_level, h.exclusions, found,
        s, fitted,
    )  # fmt: skip
