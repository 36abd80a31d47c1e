"""Counts of cases by how they became known -> weights for cases found through their act beside those of a register.

A register opens its records before any act. Publications that report acts find cases through them, so that put together
with the register's they make acts look frequent. How many of the cases found through an act the register has as well
says what share of all cases it covers; the inverse of what that makes of each case's chance to be on record is its
weight.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from clemency.models.designmatrix.coding import plain
from clemency.models.modelframe.arguments import check_level
from clemency.models.modelframe.exclusions import column_names, require_columns
from clemency.models.modelframe.frames import as_frame
from clemency.models.modelframe.groups import codes
from clemency.models.modelframe.measures import NEEDED, measures, refuse_counts
from clemency.models.modelframe.yesno import yes_no
from clemency.records.arguments.signatures import typed
from clemency.records.errors import DataError, Problem, UsageError
from clemency.records.presentation.markup import as_html
from clemency.records.presentation.wording import agreed, counted
from clemency.typing import Bools, Floats, Ints

FEW = 5
_LARGEST = 2.0**53
_MADE = (
    "register", "register_acts", "act_frame", "both", "register_share", "ci_low", "ci_high", "act_share", "acts",
    "weight_act", "weight_other", "cases",
)  # fmt: skip
_COUNT = "Mend the count; every row is one stratum."


@dataclass(frozen=True, slots=True)
class Shares:
    """Estimated share of cases that each way of documentation reaches, by stratum; arrays of shape (H,).

    Attributes
    ----------
    register : ndarray
        Share of all cases that the register has.
    low, high : ndarray
        Its exact limits.
    act : ndarray
        Share of the cases with an act that publications of acts have.
    weight_act, weight_other : ndarray
        Inverse of the chance of being on record with and without an act.
    """

    register: Floats
    low: Floats
    high: Floats
    act: Floats
    weight_act: Floats
    weight_other: Floats


def shares(register_acts: Floats, act_frame: Floats, both: Floats, complete: bool, ci_level: float = 0.95) -> Shares:
    """Shares on record, and the weights that undo them.

    Parameters
    ----------
    register_acts, act_frame, both : ndarray, shape (H,)
        Cases with an act in the register; found through the act; both.
    complete : bool
        Whether publications of acts have every act.
    ci_level : float

    Returns
    -------
    Shares

    Examples
    --------
    >>> s = shares(np.array([20.0]), np.array([40.0]), np.array([10.0]), False)
    >>> float(s.register[0]), float(s.act[0]), float(s.weight_act[0]), float(s.weight_other[0])
    (0.25, 0.5, 1.6, 4.0)
    """
    register = both / act_frame
    act = np.ones(len(both)) if complete else both / register_acts
    tail = (1 - ci_level) / 2
    with np.errstate(invalid="ignore"):
        low = np.where(both > 0, special.betaincinv(both, act_frame - both + 1, tail), 0.0)
        high = np.where(both < act_frame, special.betaincinv(both + 1, act_frame - both, 1 - tail), 1.0)
    return Shares(register, low, high, act, 1 / (register + act - register * act), 1 / register)


@dataclass(frozen=True, slots=True, eq=False)
class Sampling:
    """Result of `sampling_weights`.

    Attributes
    ----------
    table : DataFrame
        See :meth:`tidy`.
    strata : tuple of str
        Columns that name the strata.
    warnings : DataFrame
        ``stratum, n, message``: where a share rests on few cases.
    facts : dict
        Counts over all strata, and ``complete``.
    """

    table: pd.DataFrame
    strata: tuple[str, ...]
    warnings: pd.DataFrame
    facts: dict[str, Any]

    def tidy(self) -> pd.DataFrame:
        """One row per stratum.

        Returns
        -------
        DataFrame
            The strata and counts as given; ``register_share`` with its exact limits ``ci_low, ci_high``; ``act_share``;
            ``acts``, the cases on record with an act; the weights of cases with an act and of others, ``weight_act``
            and ``weight_other``; ``cases``, the number of all cases, on record or not, that these make.
        """
        return self.table.copy()

    def glance(self) -> pd.DataFrame:
        """The facts as one row."""
        return pd.DataFrame([self.facts])

    def weights(self, data: Any, act: str, id: str = "case_id") -> pd.Series:
        """Weight of each row of some data.

        Parameters
        ----------
        data : Cohort or DataFrame
            With the columns of the strata.
        act : str
            0/1 column: whether the case is known to have had the act, by either way, also after the study or before
            it. It holds for a case in all its rows if it does in one, since a weight is a case's own.
        id : str
            Column of cases; without it every row is one.

        Returns
        -------
        Series
            Under the data's index; missing where the stratum or the act is, and such rows are left out and counted by
            whatever takes the weights.

        Raises
        ------
        UsageError
            For columns that are not there.
        DataError
            For values other than 0 and 1, a stratum that was not counted, and a case in two strata.
        """
        frame = as_frame(data)
        require_columns(frame, [act, *self.strata])
        place, known = self._places(frame)
        had = yes_no(frame[act], act, "Give 1 where the case is known to have had the act, else 0.")
        gone = np.isnan(had)
        if id in frame:
            who = codes(frame[id])
            had = pd.Series(np.nan_to_num(had)).groupby(who, dropna=False).transform("max").to_numpy(dtype=float)
            _refuse_moving(frame, id, who, place, known)
        values = np.where(
            had == 1, self.table["weight_act"].to_numpy()[place], self.table["weight_other"].to_numpy()[place]
        )
        missing = ~known | (gone & (had != 1))
        return pd.Series(np.where(missing, np.nan, values), index=frame.index, name="weight")

    def _places(self, frame: pd.DataFrame) -> tuple[Any, Bools]:
        """Row of the table for each row of the frame, and whether its stratum is known."""
        known = np.ones(len(frame), dtype=bool)
        if not self.strata:
            return np.zeros(len(frame), dtype=np.intp), known
        keys = [_key(frame, c) for c in self.strata]
        for name in self.strata:
            known &= frame[name].notna().to_numpy(dtype=bool)
        at = {k: i for i, k in enumerate(zip(*(_key(self.table, c) for c in self.strata), strict=True))}
        found = np.array([at.get(k, -1) for k in zip(*keys, strict=True)], dtype=np.intp)
        lacking = np.flatnonzero(known & (found < 0))
        if len(lacking):
            i = int(lacking[0])
            value = ", ".join(str(frame[c].iloc[i]) for c in self.strata)
            what = f"no counts were given for this stratum ({counted(len(lacking), 'row')})"
            remedy = "Count its cases too, or leave it out with a reason."
            raise DataError([Problem("data", i, ", ".join(self.strata), value, what, remedy)])
        return np.where(found < 0, 0, found), known

    def __repr__(self) -> str:
        s = self.facts
        lines = [
            f"{counted(s['acts'], 'case')} with an act on record, {s['register_acts']} of them in the register; of "
            f"{s['act_frame']} found through the act the register has {s['both']}.",
            "They rest on this: within a stratum, whether the register has a case depends neither on its act nor on "
            + (
                "anything else, and every act is published."
                if s["complete"]
                else "whether publications of acts have it."
            ),
        ]
        return "\n".join([*lines, *(f"{r.stratum}: {r.message}" for r in self.warnings.itertuples())])

    def _repr_html_(self) -> str:
        return as_html(repr(self), self.table)


@typed
def sampling_weights(
    counts: Any,
    *,
    strata: str | Sequence[str] | None = None,
    register: str = "register",
    register_acts: str = "register_acts",
    act_frame: str = "act_frame",
    both: str = "both",
    complete: bool = False,
    ci_level: float = 0.95,
) -> Sampling:
    """Weights that combine cases found through their act with those of a register.

    Parameters
    ----------
    counts : DataFrame or mapping of columns
        One row per stratum.
    strata : str or sequence of str, optional
        Columns that name the strata; none for one row.
    register, register_acts : str
        Columns: cases in the register, and those of them that are known to have had an act.
    act_frame, both : str
        Columns: cases found through an act (in publications that report acts), in the register or not, and those of
        them that the register has.
    complete : bool
        Whether publications of acts have every act of the stratum, as in a case-cohort study; then ``both`` must be
        ``register_acts``, and cases with an act weigh 1.
    ci_level : float
        Of the limits of the register's share.

    Returns
    -------
    Sampling
        ``found.weights(data, act=...)`` gives each row its weight.

    Raises
    ------
    UsageError
        For columns that are not there, strata that are not named, or names of the result.
    DataError
        For counts that are not whole or contradict each other, a stratum that is there twice, and one of which no case
        is in both, so that nothing tells the register's share.

    Notes
    -----
    In a stratum with n cases found through the act, m of them in the register, the register has the share f = m / n of
    all cases; with r of the register's having had an act, publications have the share g = m / r of the acts. A case
    without an act is on record with chance f, one with an act with chance f + g - f g; the weights are the inverses
    (Horvitz and Thompson). With ``complete=True`` g is 1, and the weights are those of a case-cohort study whose
    subcohort is the register.

    It is assumed that within a stratum (1) the register opens its records whether or not an act will come, (2) it and
    the publications find cases with an act independently of each other, and (3) cases are matched without fault. If
    who is well known is in both, (2) fails: f and g are too high, and ``cases`` is too low. The weighted share of cases
    with an act is that of the register alone in any event, so what rests on the register stays what it was; what is won
    is that models see more acts. The groups that are compared belong among the strata, since publications may reach one
    of them more than the other. Use the weights in every analysis, with errors clustered on the person, which take f
    and g as known. How far a failure of (1) could go is asked by `selection_bounds`.

    References
    ----------
    Horvitz and Thompson, Journal of the American Statistical Association 47 (1952), 663-685. Prentice, Biometrika 73
    (1986), 1-11. Borgan et al., Lifetime Data Analysis 6 (2000), 39-58. Sekar and Deming, Journal of the American
    Statistical Association 44 (1949), 101-115.

    Examples
    --------
    Of 40 found through an act the register has 10, a quarter; of its own 20 with an act, half were found that way too.

    >>> found = sampling_weights({"register": [200], "register_acts": [20], "act_frame": [40], "both": [10]})
    >>> found.tidy()[["register_share", "act_share", "weight_act", "weight_other", "cases"]].to_numpy().tolist()
    [[0.25, 0.5, 1.6, 4.0, 800.0]]
    """
    check_level(ci_level)
    frame = as_frame(counts).reset_index(drop=True)
    names = tuple(column_names(strata))
    sources = {"register": register, "register_acts": register_acts, "act_frame": act_frame, "both": both}
    require_columns(frame, [*names, *sources.values()])
    _check_strata(frame, names)
    read = {key: measures(frame[c], c, mend=NEEDED, data="counts") for key, c in sources.items()}
    _check_counts(read, sources, complete)
    estimated = shares(read["register_acts"], read["act_frame"], read["both"], complete, ci_level)
    acts = read["register_acts"] + read["act_frame"] - read["both"]
    cases = (read["register"] - read["register_acts"]) * estimated.weight_other + acts * estimated.weight_act
    columns = {k: v.astype(np.int64) for k, v in read.items()} | {
        "register_share": estimated.register,
        "ci_low": estimated.low,
        "ci_high": estimated.high,
        "act_share": estimated.act,
        "acts": acts.astype(np.int64),
        "weight_act": estimated.weight_act,
        "weight_other": estimated.weight_other,
        "cases": cases,
    }
    table = pd.concat([frame[list(names)], pd.DataFrame(columns)], axis=1)
    summed = {k: int(table[k].sum()) for k in ("register", "register_acts", "act_frame", "both", "acts")}
    summary = {
        "n_strata": len(table),
        **summed,
        "cases": float(cases.sum()),
        "complete": complete,
        "ci_level": ci_level,
    }
    return Sampling(table, names, _thin(table, names), summary)


def _check_strata(frame: pd.DataFrame, names: tuple[str, ...]) -> None:
    taken = [c for c in names if c in _MADE]
    if taken:
        raise UsageError(f"strata={taken[0]!r} is the name of a column of the result too: rename that column")
    if not names and len(frame) != 1:
        raise UsageError(
            f"the counts have {counted(len(frame), 'row')}: name the columns that tell strata apart, strata="
        )
    if not len(frame):
        raise DataError([Problem("counts", None, "", "", "there is no stratum", "Give one row for each.")])
    for name in names:
        gone = np.flatnonzero(frame[name].isna())
        if len(gone):
            raise DataError([Problem("counts", int(gone[0]), name, "", "a stratum without a name", "Name it.")])
    again: Ints = np.flatnonzero(
        frame.duplicated(list(names)).to_numpy() if names else np.zeros(len(frame), dtype=bool)
    )
    if len(again):
        value = ", ".join(str(frame[c].iloc[again[0]]) for c in names)
        raise DataError(
            [
                Problem(
                    "counts", int(again[0]), ", ".join(names), value, "a stratum is there twice", "Add up its counts."
                )
            ]
        )


def _check_counts(read: dict[str, Floats], sources: dict[str, str], complete: bool) -> None:
    for key, values in read.items():
        gone = np.flatnonzero(np.isnan(values))
        if len(gone):
            raise DataError([Problem("counts", int(gone[0]), sources[key], "", "no count", "Give a number; 0 is one.")])
        refuse_counts(values, sources[key], _LARGEST, "counts", NEEDED)
    for part, whole in (("register_acts", "register"), ("both", "act_frame"), ("both", "register_acts")):
        bad = read[part] > read[whole]
        _refuse(read, sources, part, bad, f"more than '{sources[whole]}', of which it is a part", _COUNT)
    if complete:
        bad = read["both"] != read["register_acts"]
        what = f"not as many as '{sources['register_acts']}', and with complete=True publications have every act"
        _refuse(read, sources, "both", bad, what, "Mend the counts, or give complete=False.")
    what = "no case found through its act is in the register, so that nothing tells what share the register has"
    _refuse(read, sources, "both", read["both"] == 0, what, "Merge the stratum with a like one, or leave it out.")


def _refuse(read: dict[str, Floats], sources: dict[str, str], key: str, bad: Bools, what: str, remedy: str) -> None:
    rows = np.flatnonzero(bad)
    if len(rows):
        raise DataError([Problem("counts", int(i), sources[key], f"{read[key][i]:g}", what, remedy) for i in rows])


def _thin(table: pd.DataFrame, names: tuple[str, ...]) -> pd.DataFrame:
    rows = []
    for row in table[table["both"] < FEW].to_dict("records"):
        name = ", ".join(str(row[c]) for c in names) or "all"
        text = f"only {counted(row['both'], 'case')} {agreed(row['both'], 'is')} in both"
        limits = f"the register's share lies anywhere from {row['ci_low']:.2g} to {row['ci_high']:.2g}"
        rows.append((name, row["both"], f"{text}, {limits}"))
    return pd.DataFrame(rows, columns=["stratum", "n", "message"])


def _key(frame: pd.DataFrame, name: str) -> list[Any]:
    """Values in a form that compares equal whatever their storage: numbers as numbers, all else as text."""
    column = plain(frame[name])
    numeric = pd.api.types.is_numeric_dtype(column.dtype)
    return [v if numeric else str(v) for v in column.tolist()]


def _refuse_moving(frame: pd.DataFrame, id: str, who: Any, place: Any, known: Bools) -> None:
    """Refuse cases that change stratum: a case has one probability of being on record."""
    at = pd.Series(place[known]).groupby(who[known])
    moving = at.nunique()
    odd = moving.index[moving > 1]
    if len(odd):
        names = frame[id].to_numpy()
        what, remedy = "the case is in two strata", "Use strata that do not change over time."
        people = [str(names[np.flatnonzero(who == k)[0]]) for k in odd]
        raise DataError([Problem("data", None, id, p, what, remedy) for p in people])
