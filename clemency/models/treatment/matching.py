"""Spells with a treatment that starts once -> newly treated people, each matched with people not yet treated then.

Matching at the time of treatment asks the question of a trial: of people alike up to that day, one is treated and the
others not yet; what comes after? Nothing that came later is used to match.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from clemency.figures.theme.look import plotted
from clemency.models.designmatrix.coding import plain
from clemency.models.imputation.repeated import over_imputations
from clemency.models.modelframe.frames import as_frame
from clemency.models.modelframe.groups import codes
from clemency.models.modelframe.measures import measures
from clemency.models.modelframe.periods import people_alike
from clemency.models.treatment.course import Course, refuse_made, require_columns
from clemency.models.treatment.imputed import pool_matches
from clemency.records.arguments.signatures import typed
from clemency.records.errors import DataError, Problem, UsageError
from clemency.records.presentation.markup import as_html
from clemency.records.presentation.wording import counted
from clemency.typing import Bools, Floats, Ints

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, slots=True, eq=False)
class Matched:
    """Result of `risk_set_match`.

    Attributes
    ----------
    spells : DataFrame
        The data's columns for matched people from the day of matching on, with ``set`` (the number of the matched set),
        ``treated`` (1 for the one who was treated then) and ``matched_at``. A control leaves when treated.
    unmatched : DataFrame
        ``id, time, reason``: every treated person without a control.
    balances : DataFrame
        See :meth:`balance`.
    facts : dict
        Numbers treated, matched, of sets, of controls and of people who serve as controls.
    warnings : DataFrame
        ``term, level, n, message``: ids that differ only by what may be a slip.
    """

    spells: pd.DataFrame
    unmatched: pd.DataFrame
    balances: pd.DataFrame
    facts: dict[str, Any]
    warnings: pd.DataFrame

    def balance(self) -> pd.DataFrame:
        """Differences between treated and controls at the time of matching.

        Returns
        -------
        DataFrame
            ``term, level, mean_treated, mean_at_risk, mean_matched, before, after``: differences from everybody
            untreated and at risk at those times, and from the matched, in units of the root of the mean of the
            variances of treated and of everybody at risk. Every set counts once.
        """
        return self.balances.copy()

    def tidy(self) -> pd.DataFrame:
        """The balance: this is data for a model, not an estimate."""
        return self.balances.copy()

    def glance(self) -> pd.DataFrame:
        """The facts as one row."""
        return pd.DataFrame([self.facts])

    def plot(self, ax: Axes | None = None, **options: Any) -> Axes:
        """Love plot: standardised differences before and after matching; options: ``title, labels, palette, order``."""
        from clemency.figures import love

        return love(self.balances, ax=ax, **plotted(options, love))

    def __repr__(self) -> str:
        s = self.facts
        lines = [
            f"{s['n_matched']} of {s['n_treated']} treated people matched, with {s['n_controls']} controls "
            f"({counted(s['n_control_people'], 'person')}); {counted(len(self.spells), 'spell')}."
        ]
        for reason, part in self.unmatched.groupby("reason", sort=False):
            lines.append(f"Not matched: {len(part)}, {reason}: {', '.join(map(str, part['id'].iloc[:20]))}.")
        return "\n".join([*lines, *(f"{message}." for message in self.warnings["message"])])

    def _repr_html_(self) -> str:
        return as_html(repr(self), self.balances)


@over_imputations(pool_matches)
@typed
def risk_set_match(
    data: Any,
    *,
    exposure: str,
    on: Sequence[str],
    caliper: Mapping[str, float] | None = None,
    ratio: int = 1,
    replace: bool = False,
    entry: str = "entry",
    exit: str = "exit",
    id: str = "case_id",
    seed: int = 0,
) -> Matched:
    """Match each newly treated person with people at risk and not yet treated at that time.

    Parameters
    ----------
    data : Cohort, ImputedCohort or DataFrame
        Spells (entry, exit] without gaps, cut where treatment starts. A covariate's value in a row is that at its
        beginning, and must not be a consequence of treatment.
    exposure : str
        0/1 column: whether treatment has started.
    on : sequence of str
        Columns to match on: exactly, or within the caliper.
    caliper : mapping of str to float, optional
        For numeric columns of `on`, the largest difference allowed, in units of the column. The controls nearest in the
        sum of differences over calipers are taken.
    ratio : int
        Most controls per treated person.
    replace : bool
        Whether a person may be a control in several sets. Either way, a control who is treated later is then matched as
        a treated person too.
    entry, exit, id : str
        Columns.
    seed : int
        Puts controls that are equally near in a random order.

    Returns
    -------
    Matched
        Fit with ``cl.cox(found.spells, "treated", entry=..., exit=..., event=..., strata="set", cluster=id)``. Of an
        imputed cohort, `ImputedMatched`: people are matched within each imputation, and ``cl.cox(found.onto(imputed),
        "treated", outcome=..., strata="set", cluster=id)`` pools what is found in the sets.

    Raises
    ------
    UsageError
        For columns or arguments that cannot be used.
    DataError
        For spells that overlap or leave gaps, a treatment that stops, and if nobody can be matched.

    Notes
    -----
    Treated people are taken in order of time, and matched greedily. Those treated in their first row were treated when
    they came under observation or before, and have no time at which they were at risk of it: they are in ``unmatched``.

    References
    ----------
    Li, Propert and Rosenbaum, Journal of the American Statistical Association 96 (2001), 870-882. Lu, Biometrics 61
    (2005), 721-728.

    Examples
    --------
    >>> import pandas as pd
    >>> d = pd.DataFrame({
    ...     "case_id": ["a", "a", "b", "c"], "entry": [0, 5, 0, 0], "exit": [5, 9, 8, 7], "event": [0, 1, 0, 1],
    ...     "raised": [0, 1, 0, 0], "age": [40, 40, 43, 60]})
    >>> found = risk_set_match(d, exposure="raised", on=["age"], caliper={"age": 5})
    >>> found.spells[["set", "case_id", "entry", "exit", "event", "treated"]].to_numpy().tolist()
    [[0, 'a', 5.0, 9.0, 1, 1], [0, 'b', 5.0, 8.0, 0, 0]]
    """
    frame = as_frame(data)
    near = dict(caliper or {})
    _check_arguments(frame, [exposure, entry, exit, id, *on], on, near, ratio)
    course = Course.of(frame, exposure, entry, exit, id)
    sets, unmatched = _match(course, frame, _Options(tuple(on), near, ratio, replace, seed))
    if not sets:
        why = unmatched["reason"].value_counts().to_dict()
        text = "; ".join(f"{n} {reason}" for reason, n in why.items()) or "nobody is treated"
        raise DataError(
            [Problem("data", None, exposure, "", f"nobody is matched ({text})", "Match on less, or wider.")]
        )
    spells = _spells(course, frame, sets, entry, exit)
    controls = [c for s in sets for c in s.controls]
    summary = {
        "n_treated": len(sets) + len(unmatched),
        "n_matched": len(sets),
        "n_controls": len(controls),
        "n_control_people": len({int(course.who[c]) for c in controls}),
        "n_unmatched": len(unmatched),
        "seed": seed,
    }
    balances = _balance(frame.iloc[course.row], sets, tuple(on))
    return Matched(spells, unmatched, balances, summary, people_alike(frame[id]))


def _check_arguments(
    frame: pd.DataFrame, needed: list[str], on: Sequence[str], near: dict[str, float], ratio: int
) -> None:
    if isinstance(on, str) or not len(on):
        raise UsageError("on= needs a list of one or more columns")
    require_columns(frame, needed)
    refuse_made(frame, ("set", "treated", "matched_at"))
    for name, width in near.items():
        if name not in on:
            raise UsageError(f"caliper={name!r} is not among on=: name it there")
        if not pd.api.types.is_numeric_dtype(frame[name].dtype) or not width >= 0:
            raise UsageError(f"the caliper of '{name}' must be zero or more, and the column numeric")
        if not pd.api.types.is_bool_dtype(frame[name].dtype):
            measures(frame[name], name)
    if ratio < 1 or ratio != int(ratio):
        raise UsageError(f"ratio must be a whole number of one or more, not {ratio}")


@dataclass(frozen=True, slots=True)
class _Set:
    """One matched set: its time, and places in the course of the treated one's row, its controls' and all at risk."""

    time: float
    treated: int
    controls: Ints
    at_risk: Ints


@dataclass(frozen=True, slots=True)
class _Likeness:
    """Codes of the exact columns (k, e), numeric columns (k, c) with their calipers, and which rows are complete."""

    same: Ints
    values: Floats
    width: Floats
    complete: Bools

    @classmethod
    def of(cls, ordered: pd.DataFrame, on: tuple[str, ...], near: dict[str, float]) -> _Likeness:
        exact = [c for c in on if c not in near]
        same = np.zeros((len(ordered), len(exact)), dtype=np.intp)
        for j, name in enumerate(exact):
            same[:, j] = codes(ordered[name])
        values = np.zeros((len(ordered), len(near)))
        for j, name in enumerate(near):
            values[:, j] = ordered[name].to_numpy(dtype=np.float64, na_value=np.nan)
        complete = ~ordered[list(on)].isna().to_numpy().any(axis=1)
        return cls(same, values, np.array(list(near.values()), dtype=np.float64), complete)

    def apart(self, i: int, rows: Ints) -> Floats:
        return np.abs(self.values[rows] - self.values[i])

    def distance(self, i: int, rows: Ints) -> Floats:
        """Sum of differences over calipers; a caliper of zero adds nothing, since the difference is zero too."""
        return np.asarray((self.apart(i, rows) / np.where(self.width > 0, self.width, 1.0)).sum(axis=1))


@dataclass(frozen=True, slots=True)
class _Options:
    """Arguments of a call that say who can be matched with whom."""

    on: tuple[str, ...]
    caliper: dict[str, float]
    ratio: int
    replace: bool
    seed: int


def _match(course: Course, frame: pd.DataFrame, options: _Options) -> tuple[list[_Set], pd.DataFrame]:
    alikeness = _Likeness.of(frame.iloc[course.row], options.on, options.caliper)
    order = np.random.default_rng(options.seed).permutation(len(course.key))
    used = np.zeros(len(course.key), dtype=bool)
    sets: list[_Set] = []
    failed: list[tuple[Any, float, str]] = []
    for i in map(int, course.onsets()):
        t = float(course.begin[i])
        at_risk = course.untreated(t)
        at_risk = at_risk[alikeness.complete[at_risk] & (course.who[at_risk] != course.who[i])]
        alike = at_risk[(alikeness.same[at_risk] == alikeness.same[i]).all(axis=1)]
        within = alike[(alikeness.apart(i, alike) <= alikeness.width).all(axis=1)]
        free = within if options.replace else within[~used[course.who[within]]]
        reason = _reason(course.first[i], alikeness.complete[i], at_risk, alike, within, free)
        if reason:
            failed.append((course.key[course.who[i]], t, reason))
            continue
        chosen = free[np.lexsort((order[course.who[free]], alikeness.distance(i, free)))][: options.ratio]
        used[course.who[chosen]] = True
        sets.append(_Set(t, int(i), chosen, at_risk))
    return sets, pd.DataFrame(failed, columns=["id", "time", "reason"])


def _reason(first: bool, complete: bool, at_risk: Ints, alike: Ints, within: Ints, free: Ints) -> str:
    """Why somebody has no control; empty if there is one."""
    checks = (
        (bool(first), "treated when first seen or before"),
        (not complete, "a missing value among the columns to match on"),
        (not len(at_risk), "nobody at risk and untreated at that time"),
        (not len(alike), "nobody at risk is alike"),
        (not len(within), "nobody alike is within the caliper"),
        (not len(free), "everybody within the caliper is a control already"),
    )
    return next((text for failed, text in checks if failed), "")


def _spells(course: Course, frame: pd.DataFrame, sets: list[_Set], entry: str, exit: str) -> pd.DataFrame:
    places, numbers, treated, times = [], [], [], []
    for number, s in enumerate(sets):
        for person, flag in [(course.who[s.treated], 1), *((course.who[c], 0) for c in s.controls)]:
            low, high = np.searchsorted(course.who, [person, person + 1])
            mine = np.arange(low, high)
            mine = mine[(course.end[mine] > s.time) & (course.exposed[mine] == bool(flag))]
            places.append(mine)
            numbers += [number] * len(mine)
            treated += [flag] * len(mine)
            times += [s.time] * len(mine)
    at = np.concatenate(places)
    begin = np.maximum(course.begin[at], times)
    found = frame.iloc[course.row[at]].reset_index(drop=True)
    return found.assign(**{entry: begin, exit: course.end[at], "set": numbers, "treated": treated, "matched_at": times})


def _balance(ordered: pd.DataFrame, sets: list[_Set], on: tuple[str, ...]) -> pd.DataFrame:
    """Compare the treated with all at risk, and with controls, each set counting once."""
    treated = np.array([s.treated for s in sets])
    pool = np.concatenate([s.at_risk for s in sets])
    rows = []
    for name in on:
        column = plain(ordered[name])
        numeric = pd.api.types.is_numeric_dtype(column.dtype)
        for level in [""] if numeric else sorted(column.iloc[treated].astype(str).unique()):
            v = (column if numeric else column.astype(str) == level).to_numpy(dtype=np.float64, na_value=np.nan)
            mine = float(v[treated].mean())
            everyone, matched = (float(np.mean([v[m].mean() for m in g])) for g in _members(sets))
            spread = [float(np.var(v[g], ddof=1)) if len(g) > 1 else 0.0 for g in (treated, pool)]
            sd = np.sqrt(sum(spread) / 2) or np.nan
            rows.append((name, level, mine, everyone, matched, (mine - everyone) / sd, (mine - matched) / sd))
    names = ["term", "level", "mean_treated", "mean_at_risk", "mean_matched", "before", "after"]
    return pd.DataFrame(rows, columns=names)


def _members(sets: list[_Set]) -> tuple[list[Ints], list[Ints]]:
    return [s.at_risk for s in sets], [s.controls for s in sets]
