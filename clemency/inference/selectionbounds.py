"""A ratio of two groups -> how strongly being on record would have to go with the act to explain it away.

Two questions are asked. If the act itself brings a case into the records, how many times as often would that have to
happen in one group as in the other? And if something unmeasured goes with both, how strong would it have to be?
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from clemency.figures.theme.look import plotted
from clemency.inference.sensitivity import KINDS, joint_strength, ratio_and_limit, risk_ratio
from clemency.records.arguments.signatures import typed
from clemency.records.errors import UsageError
from clemency.records.presentation.markup import as_html
from clemency.typing import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: What a cell of the region can say of the ratio.
SAME, WIDE, OTHER = "same side of 1", "limits include 1", "at 1 or beyond"
_GRID = 41
_REACHES = (3.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0)


def documentation_factor(times: Floats | float, share: float) -> Any:
    """Factor from the rate of the act among cases on record to that among all.

    Parameters
    ----------
    times : float or ndarray
        How many times as likely a case with the act is on record as one without.
    share : float
        Share of the recorded time (or people, for risks) that belongs to cases with the act.

    Returns
    -------
    float or ndarray

    Examples
    --------
    Of 100 years on record 20 belong to cases with the act, who are on record twice as often: in truth there are 10 for
    every 80, and 10 acts in 90 years where 20 in 100 are seen: 5/9 of the rate.

    >>> round(documentation_factor(2.0, 0.2), 6)
    0.555556
    """
    return 1 / (share + (1 - share) * times)


def bias_factor(act: float, records: float) -> float:
    """Largest factor by which selection can move a risk in one group.

    Parameters
    ----------
    act : float
        Ratio of the largest to the smallest risk of the act over the levels of something unmeasured.
    records : float
        Largest ratio of the share of a level among cases on record to that among the others, or the reverse.

    Returns
    -------
    float

    References
    ----------
    Smith and VanderWeele, Epidemiology 30 (2019), 509-516.

    Examples
    --------
    >>> bias_factor(3.0, 2.0)
    1.5
    """
    return act * records / (act + records - 1)


@dataclass(frozen=True, slots=True, eq=False)
class SelectionBounds:
    """Result of `selection_bounds`.

    Attributes
    ----------
    table : DataFrame
        See :meth:`tidy`.
    region : DataFrame
        ``group, reference, estimate, ci_low, ci_high, reading``: what the ratio would be if cases with the act were on
        record so many times as often as others, in the group and in the reference; ``reading`` is one of "same side of
        1", "limits include 1", "at 1 or beyond".
    facts : dict
        The ratio, its limits, its kind and the shares given.
    """

    table: pd.DataFrame
    region: pd.DataFrame
    facts: dict[str, Any]

    def tidy(self) -> pd.DataFrame:
        """What it would take, for the estimate and for the limit nearer to 1.

        Returns
        -------
        DataFrame
            ``quantity, ratio, risk_ratio``; ``group_alone``: how many times as often cases with the act would have to
            be on record as others in the group, if it makes no difference in the reference; ``reference_alone``: the
            same for the reference, below 1 where acts there must be missing; missing where nothing would do.
            ``four_strengths``: what all four ratios of Smith and VanderWeele must be at least if they are alike;
            ``two_strengths``: the same if being on record goes with the act in one of the groups only. All are 1 for a
            limit beyond 1.
        """
        return self.table.copy()

    def glance(self) -> pd.DataFrame:
        """The summary as one row."""
        return pd.DataFrame([self.facts])

    @typed
    def at(self, group: float, reference: float = 1.0) -> pd.DataFrame:
        """Ratio for given dependence of the records on the act.

        Parameters
        ----------
        group, reference : float
            How many times as likely a case with the act is on record as one without, in either group: a quotient of two
            probabilities, as 0.6 / 0.2.

        Returns
        -------
        DataFrame
            One row like those of ``region``.
        """
        for name, value in (("group", group), ("reference", reference)):
            if not 0 < value < math.inf:
                raise UsageError(f"{name}= must be positive and finite, not {value:g}")
        return _region(self.facts, np.array([float(group)]), np.array([float(reference)]))

    @typed
    def bounded(
        self, act_group: float, records_group: float, act_reference: float = 1.0, records_reference: float = 1.0
    ) -> pd.DataFrame:
        """Ratio nearest to 1, or beyond it, that something unmeasured of given strength leaves possible.

        Parameters
        ----------
        act_group, act_reference : float
            Risk ratio of the act between the highest and the lowest level of the unmeasured, in each group.
        records_group, records_reference : float
            Largest ratio of the share of a level among the group's cases on record to that among its others; in the
            reference among its others to those on record. For a ratio below 1 the two groups change places.

        Returns
        -------
        DataFrame
            ``quantity, risk_ratio, bias_factor, bound``.
        """
        given = {
            "act_group": act_group,
            "records_group": records_group,
            "act_reference": act_reference,
            "records_reference": records_reference,
        }
        for name, value in given.items():
            if not 1 <= value < math.inf:
                raise UsageError(f"{name}= is a ratio of the larger to the smaller: 1 or more, not {value:g}")
        factor = bias_factor(act_group, records_group) * bias_factor(act_reference, records_reference)
        down = self.facts["ratio"] > 1
        found = self.table[["quantity", "risk_ratio"]].assign(bias_factor=factor)
        return found.assign(bound=found["risk_ratio"] / factor if down else found["risk_ratio"] * factor)

    @typed
    def plot(self, ax: Axes | None = None, **options: Any) -> Axes:
        """The region: what the ratio becomes by how strongly being on record goes with the act in either group."""
        from clemency.figures import selection_region

        return selection_region(self.region, ax=ax, **plotted(options, selection_region))

    def __repr__(self) -> str:
        s, first = self.facts, self.table.iloc[0]
        limits = f" ({s['ci_low']:.3g} to {s['ci_high']:.3g})" if "ci_low" in s else ""
        lines = [f"{s['kind'].replace('_', ' ').capitalize()} {s['ratio']:.3g}{limits}."]
        for row in self.table.itertuples():
            of = "The ratio" if row.quantity == "estimate" else "Its limit"
            if row.ratio == 1 and row.quantity == "limit":
                lines.append("The limits include 1 as they are.")
                continue
            lines.append(f"{of} would be 1 if cases with the act were on record {_ways(row)}.")
        lines.append(
            f"Something unmeasured would need ratios of {first['four_strengths']:.3g} with the act and with being on "
            f"record in both groups, or of {first['two_strengths']:.3g} in one."
        )
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return as_html(repr(self), self.table)


def _ways(row: Any) -> str:
    ways = [
        f"{value:.3g} times as often as others in {where} alone"
        for value, where in ((row.group_alone, "the group"), (row.reference_alone, "the reference"))
        if not math.isnan(value)
    ]
    return ", or ".join(ways)


@typed
def selection_bounds(
    estimate: float,
    ci_low: float | None = None,
    ci_high: float | None = None,
    *,
    kind: str = "hazard_ratio",
    rare: bool = True,
    act_share: tuple[float, float] = (0.0, 0.0),
    reach: float | None = None,
) -> SelectionBounds:
    """How strongly being on record would have to go with the act to explain a ratio of two groups away.

    Parameters
    ----------
    estimate : float
        The ratio, of a group to a reference.
    ci_low, ci_high : float, optional
        Its limits; both or neither.
    kind : {"hazard_ratio", "rate_ratio", "odds_ratio", "risk_ratio"}
        What it is a ratio of.
    rare : bool
        As for `e_value`: whether hazard and odds ratios are near risk ratios, which the strengths are in.
    act_share : (float, float)
        Share of the recorded time of the group and of the reference (for risks: of the people) that belongs to cases
        with the act. 0 takes the act as rare, which is the cautious side: it moves a ratio the most.
    reach : float, optional
        The region goes from 1 / reach to reach times as often. By default as far as the ratio can be explained.

    Returns
    -------
    SelectionBounds

    Raises
    ------
    UsageError
        For ratios that are not positive or are 1, limits that do not surround the estimate, or arguments without
        effect.

    Notes
    -----
    *The act brings a case into the records.* Let k be how many times as likely a case with the act is on record as one
    without, and w the share of the recorded time that belongs to cases with the act. The rate among all cases is that
    on record over w + (1 - w) k, and the ratio of two groups is the recorded one times (w0 + (1 - w0) k0) over (w1 + (1
    - w1) k1): for a rare act times k0 / k1, the selection odds ratio of case selection. It holds for rates that do not
    change over time, for risks, and (with w = 0) for odds ratios; for hazard ratios by and large. The limits move with
    the ratio; nothing is added for not knowing k.

    *Something unmeasured goes with both.* In each group it has a risk ratio with the act, a, and its levels differ
    between cases on record and others by a ratio of up to b. The recorded risk ratio is at most the true one times a b
    / (a + b - 1) of the group times that of the reference (Smith and VanderWeele). If all four are alike, each must be
    sqrt(R) + sqrt(R - sqrt(R)) to explain R away; if one group only is concerned, the two must be R + sqrt(R (R - 1)),
    the E-value.

    Neither says whether it is so, and confounding comes on top: see `e_value`.

    References
    ----------
    Smith and VanderWeele, Epidemiology 30 (2019), 509-516. Kleinbaum, Morgenstern and Kupper, American Journal of
    Epidemiology 113 (1981), 452-463.

    Examples
    --------
    The example of Smith and VanderWeele: a risk ratio of 73.1, lower limit 13.0.

    >>> found = selection_bounds(73.1, 13.0, 411.0, kind="risk_ratio")
    >>> found.tidy()["four_strengths"].round(2).tolist()
    [16.58, 6.67]
    >>> found.at(group=6.0, reference=2.0)["estimate"].round(2).tolist()
    [24.37]
    """
    _check(kind, rare, act_share, reach)
    values = ratio_and_limit(estimate, ci_low, ci_high)
    if values[0] == 1:
        raise UsageError("A ratio of 1 has nothing to explain away.")
    summary: dict[str, Any] = {"ratio": values[0], "kind": kind, "rare": rare}
    if ci_low is not None and ci_high is not None:
        summary |= {"ci_low": float(ci_low), "ci_high": float(ci_high)}
    summary |= {"act_share_group": float(act_share[0]), "act_share_reference": float(act_share[1])}
    table = pd.DataFrame([_needed(v, kind, rare, *act_share) for v in values])
    table.insert(0, "quantity", ["estimate", "limit"][: len(values)])
    top = reach or _reach(table)
    steps = np.geomspace(1 / top, top, _GRID)
    steps[_GRID // 2] = 1.0
    group, reference = (m.ravel() for m in np.meshgrid(steps, steps))
    return SelectionBounds(table, _region(summary, group, reference), summary)


def _check(kind: str, rare: bool, act_share: tuple[float, float], reach: float | None) -> None:
    if kind not in KINDS:
        raise UsageError(f"kind={kind!r} is not one of: {', '.join(KINDS)}.")
    if not rare and kind in ("risk_ratio", "rate_ratio"):
        raise UsageError(f"rare=False has no effect on a {kind.replace('_', ' ')}: leave it out.")
    if len(act_share) != 2 or not all(0 <= v < 1 for v in act_share):
        raise UsageError(
            f"act_share={act_share!r} must be two shares, of the group and of the reference, from 0 to below 1"
        )
    if kind == "odds_ratio" and any(act_share):
        raise UsageError("act_share= has no effect on an odds ratio: leave it out.")
    if reach is not None and not 1 < reach < math.inf:
        raise UsageError(f"reach={reach:g} must be above 1, such as 5 for a fifth to five times as often")


def _needed(ratio: float, kind: str, rare: bool, group: float, reference: float) -> dict[str, float]:
    """What moves one ratio to 1."""
    risk = risk_ratio(ratio, kind, rare)
    alone = (ratio - group) / (1 - group), (1 / ratio - reference) / (1 - reference)
    return {
        "ratio": ratio,
        "risk_ratio": risk,
        "group_alone": alone[0] if alone[0] > 0 else math.nan,
        "reference_alone": alone[1] if alone[1] > 0 else math.nan,
        "four_strengths": joint_strength(math.sqrt(risk)),
        "two_strengths": joint_strength(risk),
    }


def _reach(table: pd.DataFrame) -> float:
    """First round number beyond what explains the ratio away in one group alone."""
    alone = table.loc[0, ["group_alone", "reference_alone"]].to_numpy(dtype=np.float64)
    known = np.abs(np.log(alone[~np.isnan(alone)]))
    top = float(np.exp(known.max(initial=0.0)))
    return next((r for r in _REACHES if r > 1.2 * top), 2 * top)


def _region(summary: dict[str, Any], group: Floats, reference: Floats) -> pd.DataFrame:
    """The ratio by dependence of the records on the act, one row per pair."""
    factor = documentation_factor(group, summary["act_share_group"]) / documentation_factor(
        reference, summary["act_share_reference"]
    )
    estimate = summary["ratio"] * factor
    low, high = (summary[c] * factor if c in summary else np.full(len(factor), np.nan) for c in ("ci_low", "ci_high"))
    # A ratio that is 1 but for rounding is 1.
    beyond = np.sign(np.round(np.log(estimate), 12)) != np.sign(np.log(summary["ratio"]))
    reading = np.where(beyond, OTHER, np.where((low <= 1) & (high >= 1), WIDE, SAME))
    columns = {"group": group, "reference": reference, "estimate": estimate, "ci_low": low, "ci_high": high}
    return pd.DataFrame({**columns, "reading": reading})
