"""The published data of C. V. Steinert (2022) -> the samples of the article, with the exclusions that it makes.

Durations are whole months from the month of detention, as published. Three were released in the month in which they
were detained: their duration is 0. Our estimators take spells of positive length, so ``clock`` is one month later;
hazard ratios and curves depend on the order of times only, and times are given back on the article's clock.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from clemency.findings.material import Material, MissingDataError
from clemency.records.environment.extras import optional
from clemency.records.errors import MissingExtraError

DATASET = "steinert2022"
SAMPLE, DATABASE, CHRD = "final_pprisdat.RData", "complete_pprisdat.RData", "CHRD_fullinfo.csv"

ACTIONS = ("HCAP_MAX", "HCAP_MIN", "LCAP_MAX")
ETHNIC = ("Ethnic_Tibetan", "Ethnic_Uyghur", "Other_ethnic_minorities")
FAITH = ("Muslim", "Christian", "FalunGong", "Buddhist", "Other_religious_groups")
WORK = ("Journalist", "Worker", "Lawyer", "Entrepreneur", "Student", "Professor", "Unemployed")
REST = ("Charged", "Sex", "Recidivists", "Focalevent_detention")
MAIN = (*ACTIONS, *ETHNIC, *FAITH, *WORK, *REST)

#: Days on which many were released, by which the article varies what it calls a mass amnesty.
AMNESTIES = ("1995-10-06", "1996-08-30", "2013-11-12", "2009-05-09")

_REGION = re.compile(r" (Shi|Province|Zhuang|Hui|Uyghur|Auto|\[|SAR).*$")
_NAMES = ["main.name", "Chinese.characters..main.name.", "alternate.name..lay.or.pen.", "pinyin.name"]


@dataclass(frozen=True, slots=True, eq=False)
class Steinert:
    """Samples of the article.

    Attributes
    ----------
    sample : DataFrame, 2,300 rows
        All persons with a known duration; ``months`` is missing for who died, escaped or was executed, and ``free`` is
        1 for released, 0 for detained on 2020-07-23.
    known : DataFrame
        Those of known ethnicity and criminalised action.
    coded : DataFrame
        Those of known action.
    database : DataFrame, 10,271 rows
        All records of the CECC.
    """

    sample: pd.DataFrame = field(repr=False)
    known: pd.DataFrame = field(repr=False)
    coded: pd.DataFrame = field(repr=False)
    database: pd.DataFrame = field(repr=False)

    @property
    def at_risk(self) -> pd.DataFrame:
        """The sample after exclusions, 2,281 rows."""
        return self.sample[self.sample["months"].notna() & self.sample["free"].notna()]


def steinert(material: Material) -> Steinert:
    """Read the samples; each file once per process.

    Raises
    ------
    MissingDataError
        If the data, or the package that reads them, are not there.
    """
    return _read(material.file(DATASET, SAMPLE), material.file(DATASET, DATABASE))


@lru_cache(maxsize=2)
def _read(sample: Path, database: Path) -> Steinert:
    frame = prepared(_rdata(sample, "final_pprisdat"))
    cecc = _rdata(database, "cecc")
    coded = frame[frame["crim_act"].notna()]
    known = coded[coded["ethnic_group"].notna()]
    known = known.assign(
        Recidivists2=again(known, "religion_coarse"),
        Recidivists3=again(known, "residence_county"),
        maximalist=known[["LCAP_MAX", "HCAP_MAX"]].max(axis=1),
        HCAP=known[["HCAP_MAX", "HCAP_MIN"]].max(axis=1),
    )
    frame, known, coded, cecc = (f.drop(columns=_NAMES, errors="ignore") for f in (frame, known, coded, cecc))
    return Steinert(frame, known, coded, cecc)


def _rdata(path: Path, name: str) -> pd.DataFrame:
    try:
        pyreadr = optional("pyreadr", "sources", "Reading an R file")
    except MissingExtraError as error:
        raise MissingDataError(str(error).rstrip(".")) from None
    frame = pyreadr.read_r(str(path))[name].drop(columns=["short_summary"], errors="ignore")
    return frame.assign(Age=pd.to_numeric(frame["Age"]))


def prepared(frame: pd.DataFrame) -> pd.DataFrame:
    """Add the outcome and apply the exclusions.

    Parameters
    ----------
    frame : DataFrame
        With the columns of the published sample.

    Returns
    -------
    DataFrame
        With ``months`` (of detention; missing for deaths, escapes, executions and negative durations), ``clock`` (a
        month more), ``free`` (1 released, 0 detained, else missing), ``Y`` (year of detention), ``province``, and
        ``amnesty_a``, ``amnesty_b`` (released on one of four days, on the first of them).
    """
    months = frame["detentiontime_months"].astype(float)
    out = frame[["died_in_prison", "escaped", "executed"]].eq(1).any(axis=1) | (months < 0)
    months = months.mask(out)
    released, detained = frame["released"] == 1, frame["currently_detained"] == 1
    day = frame["actual_dat_released"].astype(str).str[:10]
    year = frame["date_of_detention_coarse_unrounded"]
    return frame.assign(
        months=months,
        clock=months + 1,
        free=np.where(released, 1.0, np.where(detained, 0.0, np.nan)),
        Y=year.astype(str).str[:4].where(year.notna()),
        province=frame["province_imprisoned_detained"],
        amnesty_a=day.isin(AMNESTIES).astype(float),
        amnesty_b=day.isin(AMNESTIES[:1]).astype(float),
    )


def again(frame: pd.DataFrame, third: str) -> pd.Series:
    """Whether the same name, ethnicity and a third column occurred in an earlier row, as 0 and 1."""
    key = frame[["main.name", "ethnicity", third]].astype(str)
    return (key.groupby(list(key.columns), sort=False).cumcount() > 0).astype(float)


def slug(name: str) -> str:
    """Short name of a province or statute, for the name of a quantity.

    Examples
    --------
    >>> slug("Inner Mongolia [Neimenggu] Auto. Region"), slug("Beijing Shi (prov.)")
    ('Inner_Mongolia', 'Beijing')
    """
    return re.sub(r"[^A-Za-z0-9]+", "_", _REGION.sub("", name))


def formula(*parts: str | tuple[str, ...], without: tuple[str, ...] = ()) -> str:
    """Join terms to a formula.

    Examples
    --------
    >>> formula("age", ("sex", "charged"), without=("sex",))
    'age + charged'
    """
    terms = [t for part in parts for t in ((part,) if isinstance(part, str) else part)]
    return " + ".join(t for t in terms if t not in without)
