"""Ideal points from votes in the UN General Assembly -> the distance between China and a partner, year by year."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

import numpy as np
import pandas as pd

from clemency.records.arguments.days import refuse_blank
from clemency.records.arguments.signatures import typed
from clemency.records.errors import DataError, Problem, UsageError
from clemency.records.publicfiles.fetching import fetch
from clemency.records.schema import Column, Kind
from clemency.records.values.numbers import read_numbers
from clemency.records.values.words import hint

_STATES = {
    "US": "USA",
    "UK": "GBR",
    "DE": "DEU",
    "FR": "FRA",
    "JP": "JPN",
    "AU": "AUS",
    "CA": "CAN",
    "NO": "NOR",
    "CH": "CHE",
    "NL": "NLD",
    "SE": "SWE",
    "DK": "DNK",
    "KR": "KOR",
}
_FILES = {
    "human_rights": ("IdealpointestimatesHumanRights_Apr2020.csv", "IdealPointHumanRights", "NVotesHumanRights"),
    "all": ("IdealpointestimatesAll_Apr2020.csv", "IdealPoint", "NVotes"),
}


@typed
def voting_distance(
    partner: str, *, votes: str = "human_rights", path: str | PathLike[str] | None = None
) -> pd.DataFrame:
    """Distance between China and a partner in the UN General Assembly, a published index of relations.

    Parameters
    ----------
    partner : str
        A state as in the table `events` (``"US"``), or its three-letter ISO code.
    votes : {"human_rights", "all"}
        Which votes the ideal points rest on.
    path : path, optional
        A file in the form of the published one; fetched as ``un_ideal_points`` by default.

    Returns
    -------
    DataFrame
        One row per year, in the form of the frame of `relations`: ``period`` (the year), ``start, end``, ``index`` (the
        distance with its sign turned, so that higher means closer), ``distance``, ``session`` and ``n_votes`` (votes of
        the session, by China). Years without an estimate for both are not there.

    Raises
    ------
    UsageError
        If the partner is no state with ideal points, or `votes` is another word.
    DataError
        If the file lacks a column, or a state has two rows for a session.
    FetchError
        If the file is not at hand and cannot be had.

    Notes
    -----
    Session s begins in September of the year 1945 + s, to which it is assigned, although it may go on into the next.
    As with `relations`, use a year's value for acts of the year after. The model smooths over sessions, so that a
    value also rests on later votes: it describes the time, and was not known then.

    References
    ----------
    Bailey, Strezhnev and Voeten, Journal of Conflict Resolution 61 (2017), 430-456.

    Examples
    --------
    >>> import clemency as cl
    >>> cl.voting_distance("US").tail()                                    # doctest: +SKIP
    """
    if votes not in _FILES:
        near = hint(votes, "votes", list(_FILES))
        raise UsageError(f"votes={votes!r} is not one of: {', '.join(_FILES)}. {near}".rstrip())
    name, column, number = _FILES[votes]
    refuse_blank(path, "path")
    file = Path(path) if path is not None else fetch("un_ideal_points")[name]
    table = pd.read_csv(file, encoding="cp1252")
    _check(table, file.name, column, number)
    state = _STATES.get(partner, partner) if isinstance(partner, str) else None
    known = set(table["iso3c"].dropna())
    if state not in known or state == "CHN":
        near = hint(partner, "partner", list(_STATES))
        raise UsageError(f"partner={partner!r} has no ideal points. {near}Name a state, such as {', '.join(_STATES)}.")
    ours = table["iso3c"].isin([state, "CHN"])
    _check_once(table[ours & table.duplicated(["session", "iso3c"])], file.name)
    points = table[ours].pivot(index="session", columns="iso3c", values=column)[[state, "CHN"]].dropna()
    counted = table[table["iso3c"] == "CHN"].set_index("session")[number].reindex(points.index)
    year = 1945 + points.index.to_numpy(dtype=int)
    distance = np.abs(points[state].to_numpy() - points["CHN"].to_numpy())
    return pd.DataFrame(
        {
            "period": pd.array(year.astype(str), dtype="string"),
            "start": pd.to_datetime([f"{y}-01-01" for y in year]),
            "end": pd.to_datetime([f"{y}-12-31" for y in year]),
            "index": -distance,
            "distance": distance,
            "session": points.index.to_numpy(dtype=int),
            "n_votes": counted.to_numpy(),
        }
    )


def _check(table: pd.DataFrame, file: str, column: str, number: str) -> None:
    missing = [c for c in ("session", "iso3c", column, number) if c not in table]
    if missing:
        remedy = "Fetch the registered file anew, or name one of the same form."
        raise DataError([Problem(file, 1, c, "", "the column is missing", remedy) for c in missing])
    problems = []
    kinds: dict[str, Kind] = {"session": "integer", column: "number", number: "number"}
    for name, kind in kinds.items():
        read, wrong = read_numbers(table[name], Column(name, kind, ""))
        problems += [Problem(file, i + 2, name, value, message, remedy) for i, value, message, remedy in wrong]
        table[name] = read
    if problems:
        raise DataError(problems)


def _check_once(again: pd.DataFrame, file: str) -> None:
    # Other states may well have two rows: the published file has both Yemens under one code in places.
    if len(again):
        row, value = int(again.index[0]) + 2, str(again["iso3c"].iloc[0])
        raise DataError([Problem(file, row, "iso3c", value, "two rows for one session", "Keep one of them.")])
