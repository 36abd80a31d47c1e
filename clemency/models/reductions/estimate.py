"""Fitted sizes of acts -> coefficients, the size expected for new rows and for groups, a figure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import special

from clemency.figures.theme.look import plotted
from clemency.models.designmatrix.design import Design
from clemency.models.designmatrix.newdata import categorical, levels_to_set, repeated_value
from clemency.models.modelframe.arguments import check_level
from clemency.models.modelframe.exclusions import left_out_lines
from clemency.models.modelframe.frames import new_rows
from clemency.models.reductions.glm import SizeFit, SizeModel
from clemency.models.reductions.ordinal import expected, probabilities
from clemency.models.regression.coefficients import coefficient_table
from clemency.models.regression.limits import critical
from clemency.records.arguments.signatures import typed
from clemency.records.errors import DataError, Problem, UsageError
from clemency.records.presentation.markup import as_html
from clemency.records.presentation.wording import counted
from clemency.tables.hooks import FittedModel
from clemency.typing import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes

THRESHOLD = "threshold"
_RATIO = {
    "gamma": "ratio of means",
    "lognormal": "ratio of geometric means",
    "fractional": "ratio of odds of a share",
    "ordinal": "ratio of odds of a longer cut",
}


@dataclass(frozen=True, slots=True, eq=False)
class Magnitude(FittedModel):
    """A fitted regression of the sizes of acts.

    Attributes
    ----------
    formula : str
    model : {"gamma", "lognormal", "fractional", "quantile", "ordinal"}
    q : float
        The quantile, for that model.
    size : str
        What was modelled: the column of months, or its share of another column.
    terms, levels : tuple of str, length p
        Covariates, then ``constant``, or the thresholds of the ordinal model with the sizes on both sides as level.
    fit : SizeFit
    covariance : ndarray, shape (p, p)
        Of the coefficients; ``variance`` says which it is.
    mean_covariance : ndarray, shape (p, p) or (p + 1, p + 1)
        Behind `predict`: with the logarithm of the smearing factor where there is one.
    variance : str
    df : float
        Degrees of freedom of the t distribution behind the limits; infinite for the normal one.
    exclusions, warnings, support : DataFrame
        As on other estimates; in `support` ``n`` and ``n_event`` both count acts.
    facts : dict
    ci_level : float
    design : Design
    frame : DataFrame, n rows
        Covariates as given.
    weight : ndarray, shape (n,)
    """

    formula: str
    model: SizeModel
    q: float
    size: str
    terms: tuple[str, ...]
    levels: tuple[str, ...]
    fit: SizeFit
    covariance: Floats
    mean_covariance: Floats
    variance: str
    df: float
    exclusions: pd.DataFrame
    warnings: pd.DataFrame
    support: pd.DataFrame
    facts: dict[str, Any]
    ci_level: float
    design: Design = field(repr=False)
    frame: pd.DataFrame = field(repr=False)
    weight: Floats = field(repr=False)

    @property
    def effect(self) -> str:  # type: ignore[override]
        """What an exponentiated coefficient is, in words; of a quantile what a coefficient is."""
        return _RATIO.get(self.model, "difference in months")

    @typed
    def tidy(self, exponentiate: bool = False) -> pd.DataFrame:
        """Coefficients, one row per term and level.

        Parameters
        ----------
        exponentiate : bool
            Give ratios: of mean months (gamma), of geometric means (log-normal), of the odds of a share (fractional),
            of the odds of a longer cut (ordinal); ``std_error`` stays that of the logarithm. The constant then is the
            size itself, or its odds; a threshold the odds of no longer a cut.

        Returns
        -------
        DataFrame
            ``term, level, estimate, std_error, statistic, p_value, ci_low, ci_high``; for a quantile in months.

        Raises
        ------
        UsageError
            For ratios of a quantile model, whose coefficients are differences in months.
        """
        if exponentiate and self.model == "quantile":
            raise UsageError(
                "The coefficients of a quantile model are months, not logarithms: leave exponentiate= out."
            )
        return coefficient_table(
            self.terms,
            self.levels,
            self.fit.beta,
            np.sqrt(np.diag(self.covariance)),
            ci_level=self.ci_level,
            df=self.df,
            exponentiate=exponentiate,
        )

    def glance(self) -> pd.DataFrame:
        """One row: ``n`` acts, ``n_clusters, model, q, mean, dispersion, loglik, aic, df, variance, excluded``.

        ``mean`` is that of the sizes. The log-likelihood is that of the months, so that the gamma and the log-normal
        model can be set side by side; that of the ordinal model is of categories, and not to be set beside those. The
        other two, and weighted fits, have none.
        """
        return pd.DataFrame({k: [v] for k, v in self.facts.items()})

    @typed
    def predict(self, newdata: Any) -> pd.DataFrame:
        """Size expected for new rows.

        Parameters
        ----------
        newdata : DataFrame or mapping of columns
            With the variables of the formula.

        Returns
        -------
        DataFrame
            ``row, estimate, std_error, ci_low, ci_high``: mean months, mean share, or the quantile in months. Limits
            are of the mean, not of a single act, symmetric on the scale of the model (log, logit, months; the logarithm
            of expected months for the ordinal one).

        Raises
        ------
        UsageError
            For a missing column or a level that the fit has not seen.
        DataError
            For a missing number.

        Notes
        -----
        The log-normal mean is Duan's: exp(x'b) times the mean of exp(residual). It holds if the residuals have the same
        distribution at all x; where the spread differs between groups use the gamma model.

        References
        ----------
        Duan, Journal of the American Statistical Association 78 (1983), 605-610.
        """
        frame = self._read_new(newdata)
        if self.fit.categories is not None:
            mean, slope = expected(self.fit.beta, self.design.encode(frame), self.fit.categories)
            error = np.sqrt(np.einsum("ij,jk,ik->i", slope, self.mean_covariance, slope))
            half = self._t() * error / mean
            return _predicted(frame, mean, error, mean * np.exp(-half), mean * np.exp(half))
        X = np.column_stack([self.design.encode(frame), np.ones(len(frame))])
        linear = X @ self.fit.beta + self.fit.log_smear
        error = np.sqrt(np.einsum("ij,jk,ik->i", *[self._with_smear(X), self.mean_covariance], self._with_smear(X)))
        half = self._t() * error
        values = [self._inverse(v) for v in (linear, linear - half, linear + half)]
        return _predicted(frame, values[0], self._slope(linear) * error, values[1], values[2])

    @typed
    def probabilities(self, newdata: Any) -> pd.DataFrame:
        """Probability of each size for new rows, by the ordinal model.

        Parameters
        ----------
        newdata : DataFrame or mapping of columns
            With the variables of the formula.

        Returns
        -------
        DataFrame
            ``row, months, estimate, std_error, ci_low, ci_high``, one row per row and size; limits symmetric on the
            scale of the logit.

        Raises
        ------
        UsageError
            For another model, a missing column or a level that the fit has not seen.
        DataError
            For a missing number.
        """
        if self.fit.categories is None:
            raise UsageError(f"The {self.model} model has no probabilities of sizes: choose model='ordinal'.")
        frame = self._read_new(newdata)
        share, slope = probabilities(self.fit.beta, self.design.encode(frame))
        error = np.sqrt(np.einsum("nkm,ml,nkl->nk", slope, self.covariance, slope))
        middle, half = special.logit(share), self._t() * error / (share * (1 - share))
        n, k = share.shape
        columns = (share, error, special.expit(middle - half), special.expit(middle + half))
        names = ("estimate", "std_error", "ci_low", "ci_high")
        return pd.DataFrame(
            {"row": np.repeat(frame.index, k), "months": np.tile(self.fit.categories, n)}
            | {name: column.ravel() for name, column in zip(names, columns, strict=True)}
        )

    @typed
    def sizes(self, by: str | None = None) -> pd.DataFrame:
        """Average size over the acts of the sample, all set in turn to each value of a variable.

        Parameters
        ----------
        by : str, optional
            Variable of the formula; without it the acts stay as they are.

        Returns
        -------
        DataFrame
            The column of `by`, ``n_event`` (acts that have this value), ``estimate, std_error, ci_low, ci_high``;
            limits by the delta method with the covariates as they are. For a quantile it is an average of quantiles.

        Raises
        ------
        UsageError
            For a variable that the formula does not have, or a number of many values.
        """
        if by is not None and by not in self.frame:
            raise UsageError(f"The formula has no variable '{by}'. It has: {', '.join(self.frame)}.")
        values = [None] if by is None else levels_to_set(self.frame[by], categorical(self.design, self.frame[by]))
        found = []
        for value in values:
            frame = (
                self.frame
                if by is None
                else self.frame.assign(**{by: repeated_value(self.frame[by], value, len(self.frame))})
            )
            mean, slope = self._average(frame)
            error = float(np.sqrt(slope @ self.mean_covariance @ slope))
            n = len(frame) if by is None else int((self.frame[by] == value).sum())
            low, high = self._limits(mean, error)
            row = {} if by is None else {by: value}
            found.append(row | {"n_event": n, "estimate": mean, "std_error": error, "ci_low": low, "ci_high": high})
        return pd.DataFrame(found)

    @typed
    def with_level(self, ci_level: float) -> Magnitude:
        """The same estimate with limits at another level."""
        return replace(self, ci_level=check_level(ci_level))

    @typed
    def plot(
        self, ax: Axes | None = None, by: str | None = None, cuts: pd.DataFrame | None = None, **options: Any
    ) -> Axes:
        """Ratios as a forest plot, or sizes by the values of a variable.

        Parameters
        ----------
        ax : Axes, optional
        by : str, optional
            Variable whose `sizes` to show.
        cuts : DataFrame, optional
            Legal limits as lines, with `by`: rows of ``cl.eligibility(...)["largest cut"]``. Those whose number is not
            a cut but the term that results are left out.
        options
            ``title, labels, palette, band, order``: see :class:`clemency.figures.Look`.

        Returns
        -------
        Axes

        Raises
        ------
        UsageError
            For a quantile without `by`, whose coefficients are not ratios, or limits in months beside shares.
        """
        from clemency.figures import intervals, limit_lines
        from clemency.figures.estimates.forests import forest, with_support

        if by is None:
            if self.model == "quantile" or cuts is not None:
                raise UsageError("Name the variable whose sizes to show: by=.")
            shown = self.tidy(exponentiate=True)
            shown = with_support(shown[~shown["term"].isin(["constant", THRESHOLD])], self.support)
            own = {"ratio": _RATIO[self.model], "sides": ("smaller", "larger"), "counted": "acts"}
            return forest(shown, ax=ax, **own, **plotted(options, forest, also=("by", "cuts")))
        share = self.model == "fractional"
        if cuts is not None and share:
            raise UsageError("Legal limits are months; the model is of shares.")
        label = {"quantile": f"months cut (quantile {self.q:g})", "fractional": self.size}
        table = self.sizes(by).rename(columns={by: "label"})
        axes = intervals(
            table,
            ax=ax,
            xlabel=label.get(self.model, "mean months cut"),
            percent=share,
            **plotted(options, intervals, also=("by", "cuts")),
        )
        return axes if cuts is None else limit_lines(axes, cuts)

    def _read_new(self, newdata: Any) -> pd.DataFrame:
        frame = new_rows(newdata)
        empty = self.design.missing(frame)
        if empty:
            raise DataError([Problem("newdata", i, name, "", "missing value", "Give a value.") for i, name in empty])
        return frame

    def _average(self, frame: pd.DataFrame) -> tuple[float, Floats]:
        """Average size over rows that stand for the acts, and its derivatives."""
        share = self.weight / self.weight.sum()
        if self.fit.categories is not None:
            mean, slope = expected(self.fit.beta, self.design.encode(frame), self.fit.categories)
            return float(share @ mean), share @ slope
        X = np.column_stack([self.design.encode(frame), np.ones(len(frame))])
        linear = X @ self.fit.beta + self.fit.log_smear
        return float(share @ self._inverse(linear)), (share * self._slope(linear)) @ self._with_smear(X)

    def _t(self) -> float:
        return critical(self.ci_level, self.df)

    def _with_smear(self, X: Floats) -> Floats:
        return X if self.fit.smearing is None else np.column_stack([X, np.ones(len(X))])

    def _inverse(self, linear: Floats) -> Floats:
        if self.model == "quantile":
            return linear
        return special.expit(linear) if self.model == "fractional" else np.exp(linear)

    def _slope(self, linear: Floats) -> Floats:
        if self.model == "quantile":
            return np.ones_like(linear)
        mean = self._inverse(linear)
        return mean * (1 - mean) if self.model == "fractional" else mean

    def _limits(self, mean: float, error: float) -> tuple[float, float]:
        """Limits of an average, symmetric on the scale of the model."""
        half = self._t() * error
        if self.model == "quantile":
            return mean - half, mean + half
        if self.model == "fractional":
            scale, half = special.logit(mean), half / (mean * (1 - mean))
            return float(special.expit(scale - half)), float(special.expit(scale + half))
        return float(mean * np.exp(-half / mean)), float(mean * np.exp(half / mean))

    def _title(self) -> str:
        kind = f"quantile {self.q:g}" if self.model == "quantile" else self.model
        return f"Size of {self.size} ({kind}): {self.formula}"

    def _notes(self) -> str:
        s = self.facts
        notes = [
            f"{counted(s['n'], 'act')}; standard errors: {self.variance}; limits: {self.ci_level:.0%} "
            + (f"(t, {self.df:.0f} df)." if np.isfinite(self.df) else "(normal).")
        ]
        notes += [f"{r.term} {r.level}: {r.message}".strip(" :").replace("  ", " ") for r in self.warnings.itertuples()]
        notes += left_out_lines(self.exclusions)
        return "\n".join(notes)

    def _table(self) -> pd.DataFrame:
        if self.model == "quantile":
            return self.tidy().rename(columns={"estimate": "months"})
        return self.tidy(exponentiate=True).rename(columns={"estimate": _RATIO[self.model]})

    def __repr__(self) -> str:
        text = self._table().to_string(index=False, float_format=lambda v: f"{v:.4g}")
        return f"{self._title()}\n{text}\n{self._notes()}"

    def _repr_html_(self) -> str:
        return as_html(self._title(), self._table(), self._notes())


def _predicted(frame: pd.DataFrame, estimate: Floats, error: Floats, low: Floats, high: Floats) -> pd.DataFrame:
    return pd.DataFrame({"row": frame.index, "estimate": estimate, "std_error": error, "ci_low": low, "ci_high": high})
