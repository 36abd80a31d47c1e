"""Answers of strata -> the object that a user holds: its tables, what speaks against it, a figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import special

from clemency.figures.theme.look import plotted
from clemency.models.multiplesystems.cells import pairs
from clemency.models.multiplesystems.estimation import FEW, NAMES, Answer, Found
from clemency.models.multiplesystems.histories import CaptureHistories
from clemency.models.multiplesystems.limits import log_normal_limits, percentiles
from clemency.models.multiplesystems.loglinear import fit_models
from clemency.records.presentation.markup import as_html
from clemency.records.presentation.wording import agreed, counted, rounded
from clemency.typing import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ALL = "all strata"
ASSUMPTIONS = (
    "the population is closed: the same people could be on every list",
    "lists find people independently of each other, or as the model lets them depend on each other",
    "within a stratum everyone has the same chance to be on a list, or one of two",
    "records were linked without fault, unless linkage= says how often not",
)
_HEAD = "These numbers rest on what the lists cannot show: "
_MISFIT = 0.05
_SHORT = 10
_SHARE = 0.01


@dataclass(frozen=True, slots=True, eq=False)
class Undocumented:
    """Result of `undocumented`.

    Attributes
    ----------
    table : DataFrame
        See :meth:`tidy`.
    facts : dict
    histories : CaptureHistories
    answers : tuple of Answer
        One for each stratum.
    warnings : tuple of str
    """

    table: pd.DataFrame
    facts: dict[str, Any]
    histories: CaptureHistories
    answers: tuple[Answer, ...]
    warnings: tuple[str, ...]

    def tidy(self) -> pd.DataFrame:
        """One row per stratum and method, then the sums over strata.

        Returns
        -------
        DataFrame
            The strata; ``method``; ``known``, people on one list or more; ``estimate``, all people, with ``std_error``
            and its limits ``ci_low, ci_high``; ``undocumented``, the estimate less the known; ``limits``, how they were
            had; ``note``. In a sum, strata without an estimate count with their known people alone.
        """
        return self.table.copy()

    def glance(self) -> pd.DataFrame:
        """The facts as one row."""
        return pd.DataFrame([self.facts])

    def models(self) -> pd.DataFrame:
        """One row per stratum and log-linear model, the heaviest first.

        Returns
        -------
        DataFrame
            The strata; ``interactions``, pairs of lists that depend on each other; ``estimate`` of all people;
            ``std_error``; ``deviance, df, parameters, aic, bic, weight``; ``problem``, why there is no estimate.
        """
        parts = [
            p for a, label in zip(self.answers, self._labels(), strict=True) if (p := _model_rows(a, label)) is not None
        ]
        if not parts:
            return pd.DataFrame({c: [] for c in _MODEL_COLUMNS})
        table = pd.concat(parts, ignore_index=True)
        return table if self.histories.by else table.drop(columns="stratum")

    def check(self) -> pd.DataFrame:
        """What the data say of the assumptions.

        Returns
        -------
        DataFrame
            ``stratum, assumption, evidence, concern``: true where the evidence speaks against the assumption.
        """
        rows = [
            r
            for a, label, e in zip(self.answers, self._labels(), self.histories.elsewhere, strict=True)
            for r in evidence(a, label, e)
        ]
        table = pd.DataFrame(rows, columns=["stratum", "assumption", "evidence", "concern"])
        return table if self.histories.by else table.drop(columns="stratum")

    def plot(self, ax: Axes | None = None, **options: Any) -> Axes:
        """Estimates with their limits; a line at the number of the known where there is one stratum."""
        from clemency.figures import intervals

        shown = self.table[np.isfinite(self.table["estimate"])].reset_index(drop=True)
        top = shown.loc[np.isfinite(shown["ci_high"]), ["ci_high", "estimate"]].max().max()
        label = shown["method"].map(NAMES)
        if self.histories.by:
            label = shown[list(self.histories.by)].astype(str).agg(", ".join, axis=1) + ": " + label
        open_ended = ~np.isfinite(shown["ci_high"])
        label = label.where(~open_ended, label + " (no upper limit)")
        drawn = shown.assign(
            label=label, ci_high=shown["ci_high"].where(~open_ended, 1.2 * max(top, shown["estimate"].max()))
        )
        axes = intervals(
            drawn[["label", "known", "estimate", "ci_low", "ci_high"]],
            ax=ax,
            xlabel="people",
            **plotted(options, intervals),
        )
        if not self.histories.by:
            axes.axvline(self.facts["known"], color="0.5", lw=0.8, ls="--")
        return axes

    def _labels(self) -> list[str]:
        return labels_of(self.histories)

    def _head(self) -> str:
        s = self.facts
        people = f"{counted(s['known'], 'person')} on {counted(s['n_lists'], 'list')}"
        return f"{people}, {s['on_several']:,} of them on several."

    def __repr__(self) -> str:
        return "\n".join([self._head(), assumptions(), _shown(self.table).to_string(index=False), *self.warnings])

    def _repr_html_(self) -> str:
        return as_html(f"{self._head()}\n{assumptions()}", _shown(self.table), self.warnings, number="{:,.0f}")


def assumptions() -> str:
    """The assumptions as one sentence."""
    return _HEAD + "; ".join(f"({i}) {a}" for i, a in enumerate(ASSUMPTIONS, 1)) + "."


def labels_of(found: CaptureHistories) -> list[str]:
    """A readable name for each stratum; empty where there is one without a name."""
    return [", ".join(str(v) for v in row) for row in found.levels[list(found.by)].itertuples(index=False)] or [""]


def _shown(table: pd.DataFrame) -> pd.DataFrame:
    whole = ["estimate", "ci_low", "ci_high", "undocumented"]
    shown = table.drop(columns=["std_error"]).copy()
    shown["method"] = shown["method"].map(NAMES).fillna("")
    for name in whole:
        shown[name] = [rounded(v, 0) if np.isfinite(v) or name == "ci_high" else "" for v in shown[name]]
    return shown


def row_of(found: Found, known: int) -> dict[str, Any]:
    """A row of the result."""
    return {
        "method": found.method,
        "known": known,
        "estimate": known + found.unseen,
        "std_error": found.std_error,
        "ci_low": found.low,
        "ci_high": found.high,
        "undocumented": found.unseen,
        "limits": found.limits,
        "note": found.note,
    }


def refused_row(answer: Answer, known: int) -> dict[str, Any]:
    """A row for a stratum of which nothing is estimated."""
    gone = Found("", np.nan, np.nan, np.nan, np.nan, "", f"not estimated: {answer.refusal}")
    return row_of(gone, known)


def summed(answers: Sequence[Answer], method: str, known: int, ci_level: float) -> Found | None:
    """The sum over strata; those without an estimate add nothing but their known people."""
    alike = (method, "chapman") if method == "chao" else (method,)  # Chao's bound of two lists is Chapman's estimate
    found = [f for a in answers for f in a.found if f.method in alike and np.isfinite(f.unseen)]
    if all(f.method != method for f in found):
        return None
    unseen = float(sum(f.unseen for f in found))
    lost = len(answers) - len(found)
    note = (
        f"{counted(lost, 'stratum')} {agreed(lost, 'has')} no estimate and {agreed(lost, 'count')} with the known alone"
        if lost
        else ""
    )
    samples = [f.draws for f in found if f.draws is not None]
    if len(samples) == len(found):
        draws: Floats = np.sum(samples, axis=0)
        low, high = percentiles(draws, ci_level)
        finite = draws[np.isfinite(draws)]
        error = float(np.std(finite, ddof=1)) if len(finite) > 1 else np.nan
        return Found(method, unseen, error, known + max(low, 0.0), known + high, found[0].limits, note, draws)
    error = float(np.sqrt(sum(f.std_error**2 for f in found)))
    low, high = log_normal_limits(unseen, error, ci_level)
    return Found(method, unseen, error, known + low, known + high, "log-normal", note)


_MODEL_COLUMNS = (
    "stratum", "interactions", "estimate", "std_error", "deviance", "df", "parameters", "aic", "bic", "weight",
    "problem",
)  # fmt: skip


def interactions_text(answer: Answer, model: int) -> str:
    """Pairs of lists that depend on each other in a model."""
    assert answer.models is not None
    chosen = answer.models.interactions[model]
    lists = answer.cells.lists
    return " ".join(
        f"{lists[i]}:{lists[j]}" for (i, j), used in zip(pairs(answer.cells.k), chosen, strict=True) if used
    )


def _model_rows(answer: Answer, label: str) -> pd.DataFrame | None:
    m, n = answer.models, answer.cells.known
    if m is None or answer.weight is None:
        return None
    usable = m.usable
    table = pd.DataFrame(
        {
            "stratum": label,
            "interactions": [interactions_text(answer, i) for i in range(len(usable))],
            "estimate": np.where(usable, n + m.unseen, np.nan),
            "std_error": np.where(usable, m.std_error, np.nan),
            "deviance": np.where(usable, m.deviance, np.nan),
            "df": m.df.astype(int),
            "parameters": m.parameters.astype(int),
            "aic": np.where(usable, m.criterion("AIC", n), np.nan),
            "bic": np.where(usable, m.criterion("BIC", n), np.nan),
            "weight": answer.weight,
            "problem": list(m.problem),
        }
    )
    return table.sort_values("weight", ascending=False, kind="stable", ignore_index=True)


def evidence(answer: Answer, label: str, elsewhere: float) -> list[tuple[str, str, str, bool]]:
    """What a stratum's data say of each assumption."""
    if answer.refusal:
        return [(label, "overlap", answer.refusal, True)]
    rows = [(label, "closed population", "the lists do not show it", False)]
    several = answer.cells.several()
    rows.append((label, "overlap", f"{counted(several, 'person')} on two lists or more", several < FEW))
    size = answer.cells.n @ answer.cells.shape
    short = [f"{name} {n:.0f}" for name, n in zip(answer.cells.lists, size, strict=True) if n < _SHORT]
    if short:
        rows.append((label, "overlap", f"few people on {', '.join(short)}", True))
    alone = [
        f"{answer.cells.lists[i]} and {answer.cells.lists[j]}"
        for (i, j), both in zip(pairs(answer.cells.k), answer.cells.pair_counts(), strict=True)
        if not both
    ]
    if alone:
        rows.append((label, "overlap", f"nobody is on both {', '.join(alone)}", True))
    rows += _of_models(answer, label)
    rows += _of_classes(answer, label)
    rows += _of_elsewhere(answer, label, elsewhere)
    rows.append((label, "links without fault", "the lists do not show it; draw the links anew with linkage=", False))
    return rows


def _of_models(answer: Answer, label: str) -> list[tuple[str, str, str, bool]]:
    m, weight = answer.models, answer.weight
    if m is None or weight is None or not weight.any():
        return []
    n, at = answer.cells.known, int(np.argmax(weight))
    depends = float(weight[m.interactions.any(axis=1)].sum())
    rows = [
        (
            label,
            "independent lists",
            f"models in which lists depend on each other have {depends:.0%} of the weight",
            depends > 0.5,
        )
    ]
    if m.df[at] > 0:
        p = float(special.chdtrc(m.df[at], m.deviance[at]))
        name = interactions_text(answer, at) or "without interactions"
        said = f"best model {name}: deviance {m.deviance[at]:.1f}, df {m.df[at]:.0f}, p = {p:.2g}"
        rows.append((label, "the model fits", said, p < _MISFIT))
    heavy = weight >= _SHARE
    low, high = n + m.unseen[heavy].min(), n + m.unseen[heavy].max()
    said = f"{counted(heavy.sum(), 'model')} of 1% weight and more: {low:,.0f} to {high:,.0f}"
    rows.append((label, "models agree", said, bool(high > 2 * low)))
    return rows


def _of_classes(answer: Answer, label: str) -> list[tuple[str, str, str, bool]]:
    """Whether two classes of people explain the counts better than one does, by the BIC."""
    c, n = answer.classes, answer.cells.known
    if c is None:
        return []
    alike = fit_models(answer.cells, np.zeros((1, len(pairs(answer.cells.k))), dtype=bool))
    one = alike.loglik[0] - special.xlogy(n, n) + n + special.gammaln(n + 1)
    gain = 2 * (c.loglik - one) - np.log(n) * (c.parameters - answer.cells.k)
    y = answer.cells.n
    most = (special.xlogy(y, y) - special.gammaln(y + 1)).sum() - special.xlogy(n, n) + special.gammaln(n + 1)
    fit = f"deviance {2 * (most - c.loglik):.1f}, df {len(y) - 1 - c.parameters}"
    low, high = c.chance.sum(axis=1)
    shares = f"{c.share[0]:.0%} of all on {low:.2g} lists on average, the others on {high:.2g}"
    better = f"BIC {abs(gain):.1f} {'lower' if gain > 0 else 'higher'} than of one class"
    said = f"two classes of people, {shares}: {better}, {fit}"
    return [(label, "equal chances", said, bool(gain > 0))]


def _of_elsewhere(answer: Answer, label: str, elsewhere: float) -> list[tuple[str, str, str, bool]]:
    """Held against those in the data who are on none of the lists: they are some of the undocumented."""
    estimates = [f for f in answer.found if np.isfinite(f.unseen)]
    if not elsewhere or not estimates:
        return []
    below = [NAMES[f.method] for f in estimates if f.unseen < elsewhere]
    said = f"{elsewhere:,.0f} known from elsewhere" + (
        f", more than is estimated by: {', '.join(below)}" if below else ""
    )
    return [(label, "held against others", said, bool(below))]
