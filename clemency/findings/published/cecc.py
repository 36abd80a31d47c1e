"""Findings on the Political Prisoner Database of the CECC, from its export of July 2020 as published by Steinert."""

from __future__ import annotations

import pandas as pd

from clemency.findings.material import Material, MissingDataError
from clemency.records.arguments.days import one_day
from clemency.records.environment.extras import optional
from clemency.records.errors import MissingExtraError

DATASET, FILE = "steinert2022", "complete_pprisdat.RData"


def record_numbers(material: Material) -> pd.Series:
    """Numbers of the records, such as 2004-00001: the year in which a record was begun, and its order.

    Raises
    ------
    MissingDataError
        If the data or the reader of their format are not at hand.
    """
    path = material.file(DATASET, FILE)
    try:
        pyreadr = optional("pyreadr", "sources", "Reading an R file")
    except MissingExtraError as error:
        raise MissingDataError(str(error).rstrip(".")) from None
    frame = pyreadr.read_r(path)["cecc"]
    return frame["CECC_record_number"].astype(str)


def begun_by(numbers: pd.Series, day: str) -> float:
    """Records begun by a day, if those of a year were begun evenly over it.

    >>> begun_by(pd.Series(["2007-00001", "2008-00001", "2008-00002"]), "2008-07-01")
    1.994535519125683
    """
    when = pd.Timestamp(one_day(day, "day"))
    year = numbers.str[:4].astype(int)
    start = pd.Timestamp(when.year, 1, 1)
    part = (when - start).days / (pd.Timestamp(when.year + 1, 1, 1) - start).days
    return float((year < when.year).sum() + part * (year == when.year).sum())


def records_of_2008(material: Material) -> dict[str, float]:
    """Records that the database held on 2008-06-26."""
    return {"records": begun_by(record_numbers(material), "2008-06-26")}
