"""What trials have found, of one data set or of several imputations: protocol, ratios, counts and warnings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from clemency.figures.theme.look import FOREST, plotted
from clemency.models.curves.curves import Curves, incidence
from clemency.models.hazard.estimate import Estimate
from clemency.models.imputation.regressions import pool
from clemency.models.imputation.rubin import spread
from clemency.models.regression.coefficients import coefficient_table
from clemency.models.treatment.trialanalysis import ARMS, CONTROL, FEW, OUTCOME
from clemency.records.arguments.signatures import typed
from clemency.records.errors import UsageError
from clemency.records.presentation.markup import as_html
from clemency.records.presentation.wording import act_name, counted, plural
from clemency.tables.hooks import FittedModel

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, slots=True, eq=False)
class TrialResult(FittedModel):
    """What `Trials` and `ImputedTrials` share.

    Attributes
    ----------
    protocol : DataFrame
        ``element, target_trial, emulation``: the trial that one would run, and what stands for it in the data.
    trials : DataFrame
        One row per trial and arm (and window, for `event_trials`): ``trial, zero, assigned, n, person_time, outcome,
        negative_control, other_end, switched``. ``zero`` is when the trial begins; ``switched`` counts people whose
        follow-up ended because treatment began, or an event came.
    fits : dict of str to Estimate, Pooled or None
        By analysis, ``"outcome"`` and ``"negative control"``; None where there is no estimate. These are the models as
        such: their own tables take limits from the normal distribution, :meth:`tidy` from the t distribution with
        ``df``.
    events : dict of str to (float, float)
        Events among the treated and the untreated, by analysis; one that counts in several trials is one.
    named : dict of str to tuple of str
        Which events these are.
    df : dict of str to float
        Degrees of freedom of the t distribution of the limits; infinite for the normal one.
    warnings : DataFrame
        ``analysis, term, level, message``.
    exclusions : DataFrame
        ``reason, unit, n, who``: people, events or people in trials that were left out, and why.
    balances : DataFrame
        See :meth:`balance`.
    facts : dict
        The content of :meth:`glance`.
    """

    protocol: pd.DataFrame
    trials: pd.DataFrame
    fits: dict[str, Any] = field(repr=False)
    events: dict[str, tuple[float, float]]
    named: dict[str, tuple[str, ...]]
    df: dict[str, float]
    warnings: pd.DataFrame
    exclusions: pd.DataFrame
    balances: pd.DataFrame
    facts: dict[str, Any]

    @typed
    def tidy(self, exponentiate: bool = False) -> pd.DataFrame:
        """Ratios of the outcome and, beside them, of the negative control.

        Parameters
        ----------
        exponentiate : bool
            Give hazard ratios; ``std_error`` stays that of the logarithm.

        Returns
        -------
        DataFrame
            ``analysis, events, n_event_treated, n_event_untreated`` (an event that counts in several trials is one, and
            may be one in each arm), then the columns of `Estimate.tidy` (of imputations those of `Pooled.tidy`). The
            term of interest is ``assigned``, treated against untreated. Its estimate is missing where an arm had no
            event; a warning says so.
        """
        return _table(self, exponentiate)

    def glance(self) -> pd.DataFrame:
        """One row: numbers of trials, of people and of people in trials by arm, of events, and of the weights."""
        return pd.DataFrame([self.facts])

    def balance(self) -> pd.DataFrame:
        """How the arms differ at time zero.

        Returns
        -------
        DataFrame
            ``term, level, mean_treated, mean_untreated, before, after``: for the covariates of the models, the
            difference of means without and with weights, in standard deviations; every trial counts by its treated
            people. What is adjusted for in the model of the outcome need not balance.
        """
        return self.balances.copy()

    def plot(self, ax: Axes | None = None, **options: Any) -> Axes:
        """Ratio of the outcome above that of the negative control; options as of :func:`clemency.figures.forest`."""
        from clemency.figures import forest

        return forest(_drawn(self), ax=ax, **{"ratio": "hazard ratio", **plotted(options, forest, also=FOREST)})

    def __repr__(self) -> str:
        return "\n".join([_head(self), *_ratios(self), *_notes(self)])

    def _repr_html_(self) -> str:
        return as_html(_head(self), self.protocol) + as_html(table=_shown(self), notes=_notes(self))


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Trials(TrialResult):
    """Result of `sequential_trials` and `event_trials`; its further attributes are those of :class:`TrialResult`.

    Attributes
    ----------
    spells : DataFrame
        The data's columns for everybody in every trial, with ``trial, zero, assigned, start, stop, end, weight,
        arm_weight``: follow-up (start, stop] since time zero, which ``end`` says how it ended; the weight of the model,
        and that of :meth:`curves`. Covariates that are adjusted for have their values at time zero.
    periods : DataFrame or None
        Content of :meth:`positivity`.
    starts : DataFrame or None
        Coefficients of the models of starting treatment, if there are weights: ``model, term, level, estimate, ...``.
    cluster : str
        Column by which errors of :meth:`curves` are clustered.
    unit : str or None
        Of the times.
    """

    spells: pd.DataFrame = field(repr=False)
    periods: pd.DataFrame | None
    starts: pd.DataFrame | None
    cluster: str
    unit: str | None

    @typed
    def curves(self, analysis: Literal["outcome", "negative control"] = "outcome") -> Curves:
        """Cumulative incidence in both arms, of other ends as competing.

        Parameters
        ----------
        analysis : {"outcome", "negative control"}

        Returns
        -------
        Curves
            By ``arm``, weighted as the model, the untreated of each trial also so that they count as much as its
            treated; errors by person, or by trial for `event_trials`. ``.at([60])`` gives the shares, and
            ``.difference([60])`` their difference.
        """
        if analysis not in self.named:
            raise UsageError(f"there is no {analysis}: name its events with negative=")
        arms = pd.Categorical.from_codes(self.spells["assigned"], categories=ARMS)
        return incidence(
            self.spells.assign(arm=arms), entry="start", exit="stop", event="end", by="arm", outcome=analysis,
            weights="arm_weight", cluster=self.cluster, time_unit=self.unit,
        )  # fmt: skip

    def positivity(self) -> pd.DataFrame:
        """Whether everybody could have started, and have gone without, by period.

        Returns
        -------
        DataFrame
            ``period, n, n_started, share_started, chance_min, chance_max, near_0, near_1``: people untreated at its
            beginning, those who started in it, the chances by the model of starting, and the shares of people for whom
            these are below 0.01 and above 0.99.

        Raises
        ------
        UsageError
            Without weights.
        """
        if self.periods is None:
            raise UsageError("without denominator= nothing is known of anybody's chance to start")
        return self.periods.copy()


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ImputedTrials(TrialResult):
    """Result of `sequential_trials` and `event_trials` of an imputed cohort.

    The attributes are those of :class:`TrialResult`, ``trials``, ``warnings`` and ``exclusions`` with ``imputation``.

    Attributes
    ----------
    singles : tuple of Trials, length m
    """

    singles: tuple[Trials, ...] = field(repr=False)


def pool_trials(fits: list[Any]) -> ImputedTrials:
    """Pool the ratios of each analysis by Rubin's rules; other numbers are means.

    Parameters
    ----------
    fits : list of Trials, length m

    Returns
    -------
    ImputedTrials
        Without a ratio where some imputation has none.
    """
    pooled: dict[str, Any] = {}
    df: dict[str, float] = {}
    for analysis in fits[0].named:
        single = [f.fits[analysis] for f in fits]
        df[analysis] = min(f.df[analysis] for f in fits)
        ready = not any(s is None or np.isnan(s.covariance[0, 0]) for s in single)
        pooled[analysis] = pool(single, df_complete=df[analysis]) if ready else None
    keys = ["term", "level"]
    every = pd.concat([f.balances for f in fits], ignore_index=True)
    balances = every.groupby(keys, sort=False).mean().reset_index() if len(every) else every
    return ImputedTrials(
        protocol=fits[0].protocol,
        trials=_stacked([f.trials for f in fits]),
        fits=pooled,
        events={a: _means([f.events[a] for f in fits]) for a in fits[0].named},
        named=fits[0].named,
        df=df,
        warnings=_stacked([f.warnings for f in fits]),
        exclusions=_stacked([f.exclusions for f in fits]),
        balances=balances,
        facts=_summary([f.facts for f in fits]),
        singles=tuple(fits),
    )


def _means(pairs: list[tuple[float, float]]) -> tuple[float, float]:
    both = spread(np.array(pairs, dtype=float))[0]
    return float(both[0]), float(both[1])


def _stacked(tables: list[pd.DataFrame]) -> pd.DataFrame:
    kept = [t.assign(imputation=i) for i, t in enumerate(tables, 1) if len(t)]
    return pd.concat(kept, ignore_index=True) if kept else tables[0].assign(imputation=pd.Series(dtype=int))


def _summary(every: list[dict[str, Any]]) -> dict[str, Any]:
    row: dict[str, Any] = {"m": len(every)}
    for name, first in every[0].items():
        values = [s[name] for s in every]
        if isinstance(first, str) or first is None or len(set(values)) == 1:
            row[name] = first
        else:
            row[name] = max(values) if name == "max_weight" else float(np.mean(values))
    return row


def _table(found: TrialResult, exponentiate: bool) -> pd.DataFrame:
    known = [f for f in found.fits.values() if f is not None]
    parts = []
    for analysis, fit in found.fits.items():
        if isinstance(fit, Estimate):
            error = np.sqrt(np.diag(fit.covariance))
            given = (fit.terms, fit.levels, fit.coefficients, error)
            part = coefficient_table(*given, ci_level=fit.ci_level, df=found.df[analysis], exponentiate=exponentiate)
        elif fit is not None:
            part = fit.tidy(exponentiate)
        else:
            nan = np.array([np.nan])
            part = coefficient_table(["assigned"], "", nan, nan, ci_level=0.95)
            part = part.reindex(columns=known[0].tidy().columns) if known else part
        treated, untreated = found.events[analysis]
        head: dict[str, Any] = {"analysis": analysis, "events": " or ".join(found.named[analysis])}
        head |= {"n_event_treated": treated, "n_event_untreated": untreated}
        parts.append(pd.concat([pd.DataFrame([head] * len(part)), part], axis=1))
    # Columns that are missing throughout would lose their type.
    return pd.DataFrame({c: np.concatenate([p[c].to_numpy() for p in parts]) for c in parts[0]})


def _label(found: TrialResult, analysis: str) -> str:
    names = " or ".join(act_name(n) for n in found.named[analysis])
    return names if analysis == OUTCOME else f"{CONTROL}: {names}"


def _drawn(found: TrialResult) -> pd.DataFrame:
    table = found.tidy(exponentiate=True)
    ours = table[table["term"] == "assigned"].reset_index(drop=True)
    names = [_label(found, a) for a in ours["analysis"]]
    counts = ours[["n_event_treated", "n_event_untreated"]]
    told = [f"{n}\n({a:.3g} treated, {b:.3g} untreated)" for n, (a, b) in zip(names, counts.to_numpy(), strict=True)]
    few = counts.min(axis=1) < FEW
    return ours[["estimate", "ci_low", "ci_high"]].assign(term=told, level="", few=few)


def _shown(found: TrialResult) -> pd.DataFrame:
    columns = [
        "analysis",
        "events",
        "n_event_treated",
        "n_event_untreated",
        "term",
        "level",
        "estimate",
        "ci_low",
        "ci_high",
    ]
    return found.tidy(exponentiate=True)[[*columns, "p_value"]].rename(columns={"estimate": "ratio"})


def _head(found: TrialResult) -> str:
    s = found.facts
    many = f" (means of {s['m']} imputations)" if "m" in s else ""
    return (
        f"{s['n_trials']:.6g} trials, {s['n_person_trials']:.6g} people in them ({s['n_people']:.6g} different): "
        f"{s['n_treated']:.6g} treated, {s['n_untreated']:.6g} untreated{many}; {s['estimand'].replace('_', ' ')}."
    )


def _ratios(found: TrialResult) -> list[str]:
    rows = found.tidy(exponentiate=True).query("term == 'assigned'")
    return [
        f"{_label(found, r.analysis)}: "
        + ("no estimate" if np.isnan(r.estimate) else f"{r.estimate:.3g} ({r.ci_low:.3g} to {r.ci_high:.3g})")
        + f"; {r.n_event_treated:.4g} events among the treated, {r.n_event_untreated:.4g} among the untreated."
        for r in rows.itertuples()
    ]


def _notes(found: TrialResult) -> list[str]:
    notes = []
    for (analysis, term, level, message), part in found.warnings.groupby(
        ["analysis", "term", "level", "message"], sort=False
    ):
        of = f" (in {len(part)} of {found.facts['m']} imputations)" if "m" in found.facts else ""
        name = " ".join(p for p in (analysis, "" if term == "assigned" else term, level) if p)
        notes.append((f"{name}: " if name else "") + message + of)
    for (reason, unit), part in found.exclusions.groupby(["reason", "unit"], sort=False):
        n = part["n"].mean()
        count = counted(n, unit) if n == int(n) else f"{n:.4g} {plural(unit)}"
        who = f" ({part['who'].iloc[0]})" if part["who"].iloc[0] else ""
        notes.append(f"Left out: {count}, {reason}{who}.")
    return notes
