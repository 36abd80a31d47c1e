"""Rulings at hand and official totals -> how much of what was decided they are, and weights that make up for it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from clemency.records import dates
from clemency.records.arguments.signatures import typed
from clemency.records.dates import Days
from clemency.records.errors import UsageError
from clemency.records.schema import STATISTICS, Column, Table
from clemency.records.tables.frames import checked_frame
from clemency.records.tables.loading import load
from clemency.sources.rulings.columns import DECISIONS, KINDS, RULINGS

_KINDS = {
    "sentence_reductions": ("reduction", "commutation_to_life", "commutation_to_fixed"),
    "paroles": ("parole",),
    "reduction_and_parole_cases": ("reduction", "commutation_to_life", "commutation_to_fixed", "parole"),
}
_COLUMNS = ("measure", "level", "province", "period", "official", "unit", "rulings", "coverage", "certainty", "warning")
_NEEDED = ("ruling_date", "decision", "kind", "province")
_RULINGS = Table(
    "rulings",
    "Rulings as they are read",
    "one prisoner in a document",
    "document",
    (
        Column("ruling_date", "edtf", RULINGS["ruling_date"].told),
        Column("decision", "category", RULINGS["decision"].told, levels=DECISIONS),
        Column("kind", "category", RULINGS["kind"].told, levels=KINDS),
        Column("province", "category", RULINGS["province"].told, refers="provinces"),
    ),
)
_STATISTICS = ("measure", "level", "province", "period", "value", "unit", "subgroup", "certainty")
_MISSING, _CEASED = np.datetime64("2013-01-01"), np.datetime64("2021-01-01")
_FEW = "2013-2020: a third to nearly a half of announced verdicts are missing by one account"
_ENDED = "after 2020: publication nearly ceased, and what is there is a truncated sample"
_SECURITY = "rulings in cases of state security are hardly ever published: these rulings say nothing about their number"


@typed
def disclosure(rulings: pd.DataFrame, statistics: pd.DataFrame | None = None) -> pd.DataFrame:
    """How many of the acts that officials counted are among the rulings at hand.

    Parameters
    ----------
    rulings : DataFrame
        As `read_rulings` gives them.
    statistics : DataFrame, optional
        In the form of the table of that name; the shipped one by default.

    Returns
    -------
    DataFrame
        One row for each official total that can be compared: ``measure, level, province, period, official, unit,
        rulings, coverage, certainty, warning``. Totals are those of the whole country or a province without a limit to
        some group, over a period with both ends; `rulings` are the decisions to grant that are dated within it (for
        all cases of reduction and parole together, refusals and withdrawals too). `warning` says what is known of the
        period.

    Raises
    ------
    UsageError
        If a column is missing, or there twice.
    DataError
        For words, provinces or dates that are none, with the row and what was probably meant.

    Notes
    -----
    Only rulings that are dated to the day are counted. Each row counts: copies must be left out before, as
    `read_rulings` does for what it reads in one call. Totals count persons or cases, some of fiscal periods; a coverage
    above 1 says that the two do not count the same.
    Cases of state security are hardly ever published at any date; a coverage of all cases does not hold for them.

    Examples
    --------
    >>> made_up = pd.DataFrame({"ruling_date": ["2014-05-06"], "decision": ["granted"], "kind": ["reduction"],
    ...                         "province": ["CN-JS"]})
    >>> table = disclosure(made_up)
    >>> table.loc[table["rulings"] > 0, ["measure", "period", "rulings"]].values.tolist()
    [['sentence_reductions', '2012-11/2020-10', 1], ['sentence_reductions', '2014', 1]]
    """
    return _disclosure(_checked(rulings), statistics)


def _disclosure(rulings: pd.DataFrame, statistics: pd.DataFrame | None) -> pd.DataFrame:
    if statistics is None:
        totals = load("statistics")
    else:
        _check(statistics, _STATISTICS, "statistics")
        totals = checked_frame(statistics, STATISTICS, dates=("period",), columns=(*_STATISTICS,))
    usable = totals[totals["measure"].isin(list(_KINDS)) & totals["level"].isin(["national", "province"])]
    usable = usable[usable["subgroup"].isna() & usable["unit"].isin(["persons", "cases", "cases handled"])]
    usable = usable[usable["value"] > 0]
    span = dates.bounds(usable["period"], name="period", table="statistics")
    closed = ~(np.isnat(span.earliest) | np.isnat(span.latest))
    day = _days(rulings)
    rows = [
        _row(total, begin, end, rulings, day)
        for total, begin, end, whole in zip(usable.to_dict("records"), span.earliest, span.latest, closed, strict=True)
        if whole
    ]
    return pd.DataFrame(rows, columns=list(_COLUMNS))


def _check(frame: pd.DataFrame, needed: tuple[str, ...], name: str) -> None:
    if not isinstance(frame, pd.DataFrame):
        raise UsageError(f"{name}= takes a DataFrame, not a {type(frame).__name__}.")
    missing = [c for c in needed if c not in frame.columns]
    if missing:
        raise UsageError(f"{name}= has no column {', '.join(missing)}.")


def _checked(rulings: pd.DataFrame) -> pd.DataFrame:
    """Rulings whose words, provinces and dates are such."""
    _check(rulings, _NEEDED, "rulings")
    return checked_frame(rulings, _RULINGS, dates=("ruling_date",))


def _days(rulings: pd.DataFrame) -> Days:
    """Days of the rulings; without a whole date, none."""
    span = dates.bounds(rulings["ruling_date"], name="ruling_date", table="rulings")
    return np.where(span.earliest == span.latest, span.earliest, np.datetime64("NaT", "D"))


def _row(total: dict, begin: np.datetime64, end: np.datetime64, rulings: pd.DataFrame, day: np.ndarray) -> tuple:
    measure = str(total["measure"])
    chosen = (day >= begin) & (day <= end) & rulings["kind"].isin(_KINDS[measure]).to_numpy(dtype=bool)
    if measure != "reduction_and_parole_cases":
        chosen &= (rulings["decision"] == "granted").fillna(False).to_numpy(dtype=bool)
    province = total["province"] if str(total["level"]) == "province" else None
    if province is not None:
        chosen &= (rulings["province"] == province).fillna(False).to_numpy(dtype=bool)
    n, official = int(chosen.sum()), float(total["value"])
    warning = "; ".join(
        told for told, holds in ((_FEW, end >= _MISSING and begin < _CEASED), (_ENDED, end >= _CEASED)) if holds
    )
    period = str(total["period"])
    place = province if province is not None else ""
    return (measure, str(total["level"]), place, period, official, str(total["unit"]), n, n / official,
            str(total["certainty"]), warning)  # fmt: skip


@typed
def disclosure_weights(rulings: pd.DataFrame, statistics: pd.DataFrame | None = None) -> pd.Series:
    """Weights that make granted reductions and paroles add up to the official totals of their year.

    Parameters
    ----------
    rulings, statistics
        As in :func:`disclosure`.

    Returns
    -------
    Series of float
        Official total by rulings at hand for the narrowest total that covers a ruling: of its province before the whole
        country, and of the shortest period. Missing where there is none, and for other decisions.

    Notes
    -----
    What cannot be used is refused as in :func:`disclosure`. The weights make up for how many are missing, not for
    which: they are right only if rulings of one kind, place and period are published or not by chance.
    """
    rulings = _checked(rulings)
    table = _disclosure(rulings, statistics)
    table = table[(table["rulings"] > 0) & table["measure"].isin(["sentence_reductions", "paroles"])]
    span = dates.bounds(table["period"], name="period", table="statistics")
    order = table.assign(_begin=span.earliest, _end=span.latest, _long=(span.latest - span.earliest).astype(int))
    day, weights = _days(rulings), np.full(len(rulings), np.nan)
    granted = (rulings["decision"] == "granted").fillna(False).to_numpy(dtype=bool)
    for row in order.sort_values(["level", "_long"], ascending=[False, True]).to_dict("records"):
        begin, end = (np.datetime64(row[c], "D") for c in ("_begin", "_end"))
        covered = granted & (day >= begin) & (day <= end) & np.isnan(weights)
        covered &= rulings["kind"].isin(_KINDS[row["measure"]]).to_numpy(dtype=bool)
        if row["level"] == "province":
            covered &= (rulings["province"] == row["province"]).fillna(False).to_numpy(dtype=bool)
        weights[covered] = row["official"] / row["rulings"]
    return pd.Series(weights, index=rulings.index, name="weight")


def warnings_for(rulings: pd.DataFrame) -> list[str]:
    """What a reader of these rulings must know about their publication.

    Parameters
    ----------
    rulings : DataFrame
        With ``ruling_date``.

    Returns
    -------
    list of str
    """
    day = _days(rulings)
    told = [_SECURITY]
    if ((day >= _MISSING) & (day < _CEASED)).any():
        told.append(_FEW)
    if (day >= _CEASED).any():
        told.append(_ENDED)
    return told
