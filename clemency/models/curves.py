"""Event histories -> survival and cumulative incidence curves, on the risk sets."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from clemency.cohorts import Cohort
from clemency.models.history import History, history
from clemency.models.riskset import RiskSets, at_events, at_risk, count_at_risk, risk_sets, within_stratum
from clemency.records.errors import UsageError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]
_TYPES = ("log", "plain", "log-log")


@dataclass(frozen=True, slots=True)
class Curves:
    """Result of `survival` and `incidence`: step functions with limits and numbers at risk.

    ``entered`` holds the spells of each group, from which the numbers at risk at any time are counted.
    """

    table: pd.DataFrame
    by: tuple[str, ...]
    kind: str
    conf_type: str
    ci_level: float
    entered: pd.DataFrame
    exclusions: pd.DataFrame

    def tidy(self) -> pd.DataFrame:
        """Columns ``time, outcome, <by>, at_risk, n_event, estimate, std_error, ci_low, ci_high``."""
        return self.table.copy()

    def at(self, times: float | Sequence[float]) -> pd.DataFrame:
        """The curves at given times.

        Parameters
        ----------
        times : float or sequence of float
            Months on the clock.

        Returns
        -------
        DataFrame
            As `tidy`: ``estimate`` is the value of the step function, ``at_risk`` the weight at risk just before the
            time, ``n_event`` the events up to and including it.
        """
        wanted = np.atleast_1d(np.asarray(times, dtype=float))
        keys = ["outcome", *self.by]
        parts = []
        for values, part in self.table.groupby(keys, observed=True, sort=False):
            values = values if isinstance(values, tuple) else (values,)
            row = np.searchsorted(part["time"].to_numpy(), wanted, side="right") - 1
            start = {"estimate": 1.0 if self.kind == "survival" else 0.0, "std_error": 0.0}
            start |= {"ci_low": start["estimate"], "ci_high": start["estimate"]}
            found = pd.DataFrame({"time": wanted, **dict(zip(keys, values, strict=True))})
            found["at_risk"] = self._at_risk(dict(zip(keys[1:], values[1:], strict=True)), wanted)
            found["n_event"] = np.r_[0.0, np.cumsum(part["n_event"])][row + 1]
            for column, first in start.items():
                found[column] = np.r_[first, part[column].to_numpy()][row + 1]
            parts.append(found)
        return pd.concat(parts, ignore_index=True)[self.table.columns]

    def _at_risk(self, group: dict, times: Floats) -> Floats:
        e = self.entered
        for column, value in group.items():
            e = e[e[column] == value]
        return count_at_risk(times, e["entry"].to_numpy(), e["exit"].to_numpy(), e["weight"].to_numpy())

    def glance(self) -> pd.DataFrame:
        """One row per group: spells, person-months and events."""
        e = self.entered.assign(months=self.entered["exit"] - self.entered["entry"])
        grouped = e.groupby(list(self.by) or (lambda _: "all"), observed=True)
        result = grouped.agg(n=("exit", "size"), person_months=("months", "sum"), events=("event", "sum"))
        return result.reset_index(drop=not self.by)

    def plot(self, ax: Axes | None = None, outcome: str | None = None) -> Axes:
        """Step curves with limits; numbers at risk stand below."""
        from clemency.figures import step_curves

        table = self.table if outcome is None else self.table[self.table["outcome"] == outcome]
        return step_curves(table, ax=ax, by=list(self.by), at_risk=self._at_risk)

    def __repr__(self) -> str:
        return f"{self.kind} curves by {', '.join(self.by) or 'nothing'}\n{self.glance().to_string(index=False)}"

    def _repr_html_(self) -> str:
        top = self.table["time"].max()
        times = [t for t in (12, 24, 36, 60, 120) if t <= top] or [top]
        html = self.at(times).to_html(index=False, border=0, float_format="{:.3f}".format)
        when = ", ".join(f"{t:g}" for t in times)
        return f"<p>{self.kind.capitalize()} at {when} months, with {self.ci_level:.0%} limits</p>{html}"


def survival(
    data: Cohort | pd.DataFrame,
    *,
    exit: str | None = None,
    event: str | None = None,
    entry: str | None = None,
    by: str | Sequence[str] | None = None,
    weights: str | None = None,
    conf_type: str = "log-log",
    ci_level: float = 0.95,
) -> Curves:
    """Kaplan-Meier estimate under left truncation, with Greenwood's variance.

    Parameters
    ----------
    data : Cohort or DataFrame
    exit, event, entry : str, optional
        Columns of a data frame.
    by : str or sequence of str, optional
        Columns whose combinations get curves of their own.
    weights : str, optional
        Column of case weights.
    conf_type : {"log-log", "log", "plain"}
        Scale on which the limits are symmetric.
    ci_level : float

    Returns
    -------
    Curves

    Raises
    ------
    UsageError
        If there are several kinds of event: where ends compete, one minus Kaplan-Meier overstates every one of
        them; use `incidence`.

    References
    ----------
    Kaplan and Meier, Journal of the American Statistical Association 53 (1958), 457-481.

    Examples
    --------
    >>> import pandas as pd
    >>> d = pd.DataFrame({"t": [1.0, 2.0, 3.0, 4.0], "e": [1, 0, 1, 1]})
    >>> survival(d, exit="t", event="e").tidy()["estimate"].tolist()
    [0.75, 0.375, 0.0]
    """
    groups = [by] if isinstance(by, str) else list(by or [])
    h = history(data, exit=exit, event=event, entry=entry, by=groups, weights=weights)
    if len([k for k in range(1, len(h.outcomes) + 1) if (h.event == k).any()]) > 1:
        raise UsageError(
            "The events compete with each other: use cl.incidence(), since one minus Kaplan-Meier overstates each."
        )
    _check_type(conf_type, ci_level)
    died = h.event > 0
    risk = risk_sets(h.entry, h.exit, died, h.groups.code)
    held, deaths = at_risk(risk, h.weight), at_events(risk, h.weight)
    estimate = _products(risk, 1 - deaths / held)
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = np.where(held > deaths, deaths / (held * (held - deaths)), 0.0)
    error = estimate * np.sqrt(within_stratum(risk, greenwood))
    limits = _limits(estimate, error, conf_type, ci_level)
    name = next((o for k, o in enumerate(h.outcomes, 1) if (h.event == k).any()), h.outcomes[0])
    table = _table(h, risk, name, held, deaths, estimate, error, limits)
    return Curves(table, tuple(groups), "survival", conf_type, ci_level, _entered(h), h.exclusions)


def incidence(
    data: Cohort | pd.DataFrame,
    *,
    exit: str | None = None,
    event: str | None = None,
    entry: str | None = None,
    by: str | Sequence[str] | None = None,
    outcome: str | Sequence[str] | None = None,
    weights: str | None = None,
    conf_type: str = "log-log",
    ci_level: float = 0.95,
) -> Curves:
    """Aalen-Johansen estimate of cumulative incidence with competing ends, under left truncation.

    Parameters
    ----------
    data : Cohort or DataFrame
    exit, event, entry : str, optional
        Columns of a data frame; ``event`` is a categorical with a level per kind of end.
    by : str or sequence of str, optional
        Columns whose combinations get curves of their own.
    outcome : str or sequence of str, optional
        Kinds of end to return; all by default. All of them compete whichever are returned.
    weights : str, optional
        Column of case weights.
    conf_type : {"log-log", "log", "plain"}
        Scale on which the limits are symmetric.
    ci_level : float

    Returns
    -------
    Curves
        ``std_error`` is Greenwood-type (delta method); without delayed entry it equals that of R's ``survfit``.

    Notes
    -----
    Each case should be one spell, or several that follow each other without gap: a spell that is split gives the
    same curve.

    References
    ----------
    Aalen and Johansen, Scandinavian Journal of Statistics 5 (1978), 141-150. Marubini and Valsecchi, Analysing
    Survival Data from Clinical Trials (1995), section 10.2.

    Examples
    --------
    >>> import pandas as pd
    >>> end = pd.Categorical(["act", "censored", "death", "act"], categories=["censored", "act", "death"])
    >>> d = pd.DataFrame({"t": [1.0, 2.0, 3.0, 4.0], "end": end})
    >>> incidence(d, exit="t", event="end", outcome="act").tidy()["estimate"].tolist()
    [0.25, 0.25, 0.625]
    """
    groups = [by] if isinstance(by, str) else list(by or [])
    _check_type(conf_type, ci_level)
    h = history(data, exit=exit, event=event, entry=entry, by=groups, weights=weights)
    names = [outcome] if isinstance(outcome, str) else list(outcome or h.outcomes)
    codes = h.code_of(names)
    risk = risk_sets(h.entry, h.exit, h.event > 0, h.groups.code)
    held, ends = at_risk(risk, h.weight), at_events(risk, h.weight)
    free = _products(risk, 1 - ends / held)
    before = _lagged(risk, free)
    parts = []
    for name, code in zip(names, codes, strict=True):
        ours = at_events(risk, h.weight, h.event == code)
        estimate = within_stratum(risk, before * ours / held)
        error = np.sqrt(_delta_variance(risk, held, ends, ours, before, estimate))
        limits = _limits(estimate, error, conf_type, ci_level, rising=True)
        parts.append(_table(h, risk, name, held, ours, estimate, error, limits))
    table = pd.concat(parts, ignore_index=True)
    table["outcome"] = pd.Categorical(table["outcome"], categories=names)
    return Curves(table, tuple(groups), "incidence", conf_type, ci_level, _entered(h), h.exclusions)


def _delta_variance(
    risk: RiskSets, held: Floats, ends: Floats, ours: Floats, before: Floats, estimate: Floats
) -> Floats:
    """Variance of the Aalen-Johansen estimate F at each event time, by the delta method.

    The sum over earlier times s of ``a (F(t) - F(s))^2 + b - 2 c (F(t) - F(s))``, expanded so that cumulative sums
    give it.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        a = np.where(held > ends, ends / (held * (held - ends)), 0.0)
    b = before**2 * ours * (held - ours) / held**3
    c = before * ours / held**2
    f = estimate
    sums = [within_stratum(risk, v) for v in (a, a * f, a * f**2, b, c, c * f)]
    plus, minus = f**2 * sums[0] + sums[2] + sums[3] + 2 * sums[5], 2 * f * sums[1] + 2 * f * sums[4]
    # What is left of numbers that cancel is no variance.
    return np.where(plus - minus > 1e-13 * plus, plus - minus, 0.0)


def _products(risk: RiskSets, factors: Floats) -> Floats:
    """Cumulative product over event times that starts anew in each stratum, shape (D,)."""
    result = np.empty_like(factors)
    for start, stop in itertools.pairwise(risk.first):
        result[start:stop] = np.cumprod(factors[start:stop])
    return result


def _lagged(risk: RiskSets, values: Floats) -> Floats:
    """Value just before each event time: 1 at the first one of each stratum."""
    result = np.r_[1.0, values[:-1]]
    result[risk.first[:-1][risk.first[:-1] < len(values)]] = 1.0
    return result[: len(values)]


def _check_type(conf_type: str, ci_level: float) -> None:
    if conf_type not in _TYPES:
        raise UsageError(f"conf_type={conf_type!r} is not one of: {', '.join(_TYPES)}.")
    if not 0 < ci_level < 1:
        raise UsageError("ci_level must lie between 0 and 1, such as 0.95.")


def _limits(estimate: Floats, error: Floats, kind: str, level: float, rising: bool = False) -> tuple[Floats, Floats]:
    """Pointwise limits, symmetric on the scale that `kind` names; log and log-log of survival, or of 1 - incidence."""
    z = stats.norm.isf((1 - level) / 2)
    p = 1 - estimate if rising else estimate
    with np.errstate(divide="ignore", invalid="ignore"):
        if kind == "plain":
            low, high = p - z * error, p + z * error
        elif kind == "log":
            if rising:
                low, high = 1 - estimate * np.exp(z * error / estimate), 1 - estimate * np.exp(-z * error / estimate)
            else:
                low, high = p * np.exp(-z * error / p), p * np.exp(z * error / p)
        else:
            spread = z * error / (p * np.log(p))
            low, high = p ** np.exp(-spread), p ** np.exp(spread)
    low, high = np.clip(np.where(np.isfinite(low), low, p), 0, 1), np.clip(np.where(np.isfinite(high), high, p), 0, 1)
    return (1 - high, 1 - low) if rising else (low, high)


def _table(
    h: History,
    risk: RiskSets,
    name: str,
    held: Floats,
    n: Floats,
    estimate: Floats,
    error: Floats,
    limits: tuple[Floats, Floats],
) -> pd.DataFrame:
    front = pd.DataFrame({"time": risk.time, "outcome": name})
    groups = h.groups.levels.iloc[risk.stratum][list(h.groups.columns)].reset_index(drop=True)
    back = {
        "at_risk": held,
        "n_event": n,
        "estimate": estimate,
        "std_error": error,
        "ci_low": limits[0],
        "ci_high": limits[1],
    }
    return pd.concat([front, groups, pd.DataFrame(back)], axis=1)


def _entered(h: History) -> pd.DataFrame:
    groups = h.groups.levels.iloc[h.groups.code][list(h.groups.columns)].reset_index(drop=True)
    n = len(h)
    spells = {
        "entry": np.zeros(n) if h.entry is None else h.entry,
        "exit": h.exit,
        "weight": np.ones(n) if h.weight is None else h.weight,
        "event": (h.event > 0).astype(int),
    }
    return groups.assign(**spells)
