"""Weights, and matched sets, of several imputations -> pooled tables, and imputed cohorts that carry them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from clemency.cohorts import Cohort, ImputedCohort
from clemency.figures.theme.look import plotted
from clemency.models.imputation.repeated import OfImputations
from clemency.models.imputation.rubin import join, spread
from clemency.models.regression.limits import p_values
from clemency.records.arguments.signatures import typed
from clemency.records.errors import UsageError
from clemency.records.presentation.markup import as_html

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LEVEL = 0.95


@dataclass(frozen=True, slots=True, eq=False)
class ImputedWeights(OfImputations):
    """Result of `treatment_weights` of an imputed cohort.

    Attributes
    ----------
    weights : tuple of Series, length m
        Of each imputation, one weight per row of its spells: see :meth:`onto`.
    table : DataFrame
        The content of :meth:`tidy`.
    balances : DataFrame
        The content of :meth:`balance`.
    warnings, exclusions : DataFrame
        Of all imputations, with ``imputation``, counted from 1.
    facts : dict
        The content of :meth:`glance`.
    fits : tuple of Weights, length m
    """

    weights: tuple[pd.Series, ...]
    table: pd.DataFrame
    balances: pd.DataFrame
    warnings: pd.DataFrame
    exclusions: pd.DataFrame
    facts: dict[str, Any]
    fits: tuple[Any, ...] = field(repr=False)

    @typed
    def onto(self, cohort: ImputedCohort, name: str = "weight") -> ImputedCohort:
        """Put the weights of each imputation into its spells, for ``cl.cox(..., weights=name)`` to take whole.

        Parameters
        ----------
        cohort : ImputedCohort
            The one of which the weights are.
        name : str
            Column to add.

        Returns
        -------
        ImputedCohort

        Raises
        ------
        UsageError
            For another cohort than that of the weights, or a name that is taken.
        """
        _check_same(cohort, [len(w) for w in self.weights], "weights")
        if name in cohort.cohorts[0].spells:
            raise UsageError(f"The spells have {name} already; choose another name=.")
        pairs = zip(cohort.cohorts, self.weights, strict=True)
        return replace(cohort, cohorts=tuple(c.assign(**{name: w.to_numpy()}) for c, w in pairs))

    def tidy(self) -> pd.DataFrame:
        """Log odds of starting, pooled by Rubin's rules: the columns of `Weights.tidy`, then ``df, riv, fmi``."""
        return self.table.copy()

    def glance(self) -> pd.DataFrame:
        """One row: ``m``, then that of `Weights.glance`, with means; smallest and largest weights are those of all."""
        return pd.DataFrame([self.facts])

    def balance(self) -> pd.DataFrame:
        """The columns of `Weights.balance`, means over the imputations, and ``worst_after``, the largest of them."""
        return self.balances.copy()

    def plot(self, ax: Axes | None = None, **options: Any) -> Axes:
        """Love plot of the mean standardised differences; options: ``title, labels, palette, order``."""
        from clemency.figures import love

        return love(self.balances, ax=ax, **plotted(options, love))

    def __repr__(self) -> str:
        s = self.facts
        lines = [
            f"Weights of {s['m']} imputations; on average of {s['n']:.6g} rows of {s['n_people']:.4g} people, "
            f"treatment started in {s['n_started']:.4g} of {s['n_trials']:.6g} person-periods.",
            f"mean {s['mean']:.4g}, from {s['min']:.3g} to {s['max']:.3g}; effective rows {s['ess']:.1f}.",
        ]
        for (term, level), part in self.warnings.groupby(["term", "level"], sort=False):
            n = part["imputation"].nunique()
            told = f"{term} {level}: {part['message'].iloc[0]} (in {n} of {s['m']} imputations)"
            lines.append(told.replace(" :", ":"))
        for (reason, column), part in self.exclusions.groupby(["reason", "column"], sort=False):
            lines.append(f"Left out: {part['n'].min()} to {part['n'].max()} people, {reason} ({column}).")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return as_html(repr(self), self.balances)


def pool_weights(fits: list[Any]) -> ImputedWeights:
    """Pool models of starting and their balance; the weights stay with their imputations.

    Parameters
    ----------
    fits : list of Weights, length m

    Returns
    -------
    ImputedWeights

    Raises
    ------
    UsageError
        Where the models of two imputations have other terms or levels.
    """
    keys = ["model", "term", "level"]
    tables = [f.table for f in fits]
    for number, table in enumerate(tables, 1):
        if not table[keys].equals(tables[0][keys]):
            raise UsageError(
                f"The models of imputations 1 and {number} do not have the same terms and levels. Declare the levels "
                "of each column as a categorical, or merge thin ones."
            )
    b, e = (np.array([t[c].to_numpy(dtype=float) for t in tables]) for c in ("estimate", "std_error"))
    own = join(b, e)
    half, z = own.half(_LEVEL), own.estimate / own.error
    columns = {"estimate": own.estimate, "std_error": own.error, "statistic": z, "p_value": p_values(z, own.df)}
    columns |= {"ci_low": own.estimate - half, "ci_high": own.estimate + half}
    columns |= {"df": own.df, "riv": own.riv, "fmi": own.fmi}
    return ImputedWeights(
        weights=tuple(f.weights for f in fits),
        table=tables[0][keys].assign(**columns),
        balances=_balances([f.balances for f in fits]),
        warnings=_stacked([f.warnings for f in fits]),
        exclusions=_stacked([f.exclusions for f in fits]),
        facts=_summary([f.facts for f in fits]),
        fits=tuple(fits),
    )


@dataclass(frozen=True, slots=True, eq=False)
class ImputedMatched(OfImputations):
    """Result of `risk_set_match` of an imputed cohort.

    Attributes
    ----------
    spells : tuple of DataFrame, length m
        Those of `Matched` for each imputation: see :meth:`onto`.
    unmatched : DataFrame
        ``id, reason, n_imputations``: in how many imputations a treated person has no control, and why.
    balances : DataFrame
        The content of :meth:`balance`.
    facts : dict
        The content of :meth:`glance`.
    fits : tuple of Matched, length m
    """

    spells: tuple[pd.DataFrame, ...]
    unmatched: pd.DataFrame
    balances: pd.DataFrame
    facts: dict[str, Any]
    fits: tuple[Any, ...] = field(repr=False)

    @typed
    def onto(self, cohort: ImputedCohort) -> ImputedCohort:
        """Give the cohort with the matched spells in place of all.

        It is for ``cl.cox(found.onto(cohort), "treated", outcome=..., strata="set", cluster="case_id")`` to take whole.

        Parameters
        ----------
        cohort : ImputedCohort
            The one in which people were matched.

        Returns
        -------
        ImputedCohort
            Cases in no matched set are among its exclusions.

        Raises
        ------
        UsageError
            For another cohort than that of the sets.
        """
        pairs = list(zip(cohort.cohorts, self.spells, strict=cohort.m == len(self.spells)))
        if cohort.m != len(self.spells) or not all(_holds(c, spells) for c, spells in pairs):
            raise UsageError("This is not the cohort of these sets: its imputations have other people. Give that one.")
        return replace(cohort, cohorts=tuple(_of_sets(c, spells) for c, spells in pairs))

    def tidy(self) -> pd.DataFrame:
        """The balance: this is data for a model, not an estimate."""
        return self.balances.copy()

    def glance(self) -> pd.DataFrame:
        """One row: ``m``, then that of `Matched.glance`, means over the imputations."""
        return pd.DataFrame([self.facts])

    def balance(self) -> pd.DataFrame:
        """The columns of `Matched.balance`, means over the imputations, and ``worst_after``, the largest of them."""
        return self.balances.copy()

    def plot(self, ax: Axes | None = None, **options: Any) -> Axes:
        """Love plot of the mean standardised differences; options: ``title, labels, palette, order``."""
        from clemency.figures import love

        return love(self.balances, ax=ax, **plotted(options, love))

    def __repr__(self) -> str:
        s = self.facts
        lines = [
            f"In {s['m']} imputations, on average {s['n_matched']:.4g} of {s['n_treated']:.4g} treated people matched, "
            f"with {s['n_controls']:.4g} controls."
        ]
        for reason, part in self.unmatched.groupby("reason", sort=False):
            always = int((part["n_imputations"] == s["m"]).sum())
            lines.append(f"Not matched: {always} in all imputations, {len(part) - always} in some, {reason}.")
        said = dict.fromkeys(message for f in self.fits for message in f.warnings["message"])
        return "\n".join([*lines, *(f"{message}." for message in said)])

    def _repr_html_(self) -> str:
        return as_html(repr(self), self.balances)


def pool_matches(fits: list[Any]) -> ImputedMatched:
    """Gather the sets of all imputations, and their mean balance.

    Parameters
    ----------
    fits : list of Matched, length m

    Returns
    -------
    ImputedMatched
    """
    unmatched = pd.concat([f.unmatched for f in fits], ignore_index=True)
    unmatched = unmatched.groupby(["id", "reason"], sort=False).size().reset_index(name="n_imputations")
    return ImputedMatched(
        spells=tuple(f.spells for f in fits),
        unmatched=unmatched,
        balances=_balances([f.balances for f in fits]),
        facts=_summary([f.facts for f in fits]),
        fits=tuple(fits),
    )


def _holds(cohort: Cohort, spells: pd.DataFrame) -> bool:
    """Whether matched people and columns are those of the cohort."""
    return bool(spells["case_id"].isin(cohort.spells["case_id"]).all() and set(cohort.spells) <= set(spells))


def _of_sets(cohort: Cohort, spells: pd.DataFrame) -> Cohort:
    unmatched = sorted(set(cohort.spells["case_id"]) - set(spells["case_id"]))
    more = pd.DataFrame({"case_id": unmatched, "reason": "in no matched set"})
    return replace(cohort, spells=spells, exclusions=pd.concat([cohort.exclusions, more], ignore_index=True))


def _check_same(cohort: ImputedCohort, sizes: Sequence[int], what: str) -> None:
    own = [len(c.spells) for c in cohort.cohorts]
    if own != list(sizes):
        raise UsageError(f"This is not the cohort of these {what}: its imputations have other spells. Give that one.")


def _stacked(tables: list[pd.DataFrame]) -> pd.DataFrame:
    parts = [t.assign(imputation=i) for i, t in enumerate(tables, 1) if len(t)]
    return pd.concat(parts, ignore_index=True) if parts else tables[0].assign(imputation=pd.Series(dtype=int))


def _balances(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Means over the imputations that have the level; missing where one of these has no difference."""
    keys = [c for c in ("term", "level", "numerator") if c in tables[0]]
    every = pd.concat(tables, ignore_index=True)
    rows = []
    for key, part in every.groupby(keys, sort=False):
        numbers = part.drop(columns=keys)
        means = dict(zip(numbers.columns, spread(numbers.to_numpy(dtype=float))[0], strict=True))
        after = numbers["after"]
        worst = after.loc[after.abs().idxmax()] if after.notna().all() else np.nan
        rows.append({**dict(zip(keys, key, strict=True)), **means, "worst_after": worst})
    return pd.DataFrame(rows, columns=[*tables[0].columns, "worst_after"])


def _summary(every: list[dict[str, Any]]) -> dict[str, Any]:
    """Means over the imputations; overall extremes; the first value of what is not a number."""
    row: dict[str, Any] = {"m": len(every)}
    for name, first in every[0].items():
        values = [s[name] for s in every]
        if isinstance(first, str) or name == "seed":
            row[name] = first
        elif name in ("min", "min_raw"):
            row[name] = min(values)
        elif name in ("max", "max_raw"):
            row[name] = max(values)
        else:
            row[name] = first if len(set(values)) == 1 else float(spread(np.array(values, dtype=float))[0])
    return row
