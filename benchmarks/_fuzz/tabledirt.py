"""Dates, words and numbers of months as people and programs write them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from benchmarks._fuzz.places import cell, columns_named, is_table, pick, put
from benchmarks._fuzz.types import REFUSE, TWIN, Dirty, Given, Rng

_DATES = ("detention_date", "sentence_date", "status_date", "act_date", "date")
_WORDS = ("status", "act_type", "sentence_type", "sex", "event_type", "partner", "province")
_MONTHS = ("sentence_months", "months")
_DAY = pd.Timedelta(days=1)


def _zoned(column: pd.Series) -> pd.Series:
    return pd.to_datetime(column).dt.tz_localize("Asia/Shanghai")


def _object(values: Any, index: pd.Index) -> pd.Series:
    return pd.Series(list(values), index=index, dtype=object)


_DATE_STORAGE: dict[str, Callable[[pd.Series], Any]] = {
    "Timestamp": lambda s: pd.to_datetime(s),
    "datetime64[s]": lambda s: pd.to_datetime(s).astype("datetime64[s]"),
    "datetime64[us]": lambda s: pd.to_datetime(s).astype("datetime64[us]"),
    "Shanghai": _zoned,
    "New York, evening": lambda s: (pd.to_datetime(s) + 0.9 * _DAY).dt.tz_localize("America/New_York"),
    "time of day": lambda s: pd.to_datetime(s) + pd.Timedelta(hours=17, minutes=3),
    "Period": lambda s: pd.to_datetime(s).dt.to_period("D"),
    "date": lambda s: _object(pd.to_datetime(s).dt.date, s.index),
    "datetime": lambda s: _object(pd.to_datetime(s).dt.to_pydatetime(), s.index),
    "timestamp[pyarrow]": lambda s: pd.to_datetime(s).astype("timestamp[us][pyarrow]"),
    "timestamp of a zone[pyarrow]": lambda s: _zoned(s).astype("timestamp[us, tz=Asia/Shanghai][pyarrow]"),
    "date32": lambda s: pd.Series(list(pd.to_datetime(s).dt.date), index=s.index).astype("date32[pyarrow]"),
    "objects of pandas": lambda s: pd.to_datetime(s).astype(object),
    "category": lambda s: s.astype("category"),
    "objects of NumPy": lambda s: _object(pd.to_datetime(s).to_numpy(), s.index),
    "string[pyarrow]": lambda s: s.astype("string[pyarrow]"),
}


def date_storage(rng: Rng, given: Given) -> Dirty | None:
    """Days as other types have them."""
    able = columns_named(given, _DATES)
    if not able:
        return None
    name = pick(rng, _DATE_STORAGE)
    dirty = given
    for part, column in able if rng.random() < 0.2 else [pick(rng, able)]:
        dirty = put(dirty, part, column, _DATE_STORAGE[name](given.frames[part][column]))
    return Dirty(dirty, TWIN, f"dates as {name}", given)


_FULL = str.maketrans("0123456789", "０１２３４５６７８９")
_ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
_DATE_TEXT: dict[str, Callable[[str], Any]] = {
    "slashes, day first": lambda t: "/".join(t.split("-")[::-1]),
    "slashes, year first": lambda t: t.replace("-", "/"),
    "dots": lambda t: t.replace("-", "."),
    "no dashes": lambda t: t.replace("-", ""),
    "whole number": lambda t: int(t.replace("-", "")),
    "blanks": lambda t: f" {t} ",
    "full-width digits": lambda t: t.translate(_FULL),
    "Arabic digits": lambda t: t.translate(_ARABIC),
    "Chinese": lambda t: "{}年{}月{}日".format(*t.split("-")),
    "with a time": lambda t: f"{t}T00:00:00",
    "with a zone": lambda t: f"{t}T23:30:00-05:00",
    "short months": lambda t: "-".join(str(int(p)) for p in t.split("-")),
    "line end": lambda t: t + "\n",
    "other dash": lambda t: t.replace("-", "–"),
}
_NO_DATES = ("0000-00-00", "9999-12-31", "1066-10-14", "2017-02-30", "soon", "2017Q2x", "-", 2017, 20170630.0, True)
_NO_DATES += (b"2017", "99999999-01-01", 1e30)  # type: ignore[assignment]


def date_text(rng: Rng, given: Given) -> Dirty | None:
    """One day spelt otherwise, or what is no day of these records."""
    able = [(p, c) for p, c in columns_named(given, _DATES) if len(given.frames[p])]
    if not able:
        return None
    part, column = pick(rng, able)
    row = int(rng.integers(len(given.frames[part])))
    if rng.random() < 0.6:
        name = pick(rng, _DATE_TEXT)
        value = _DATE_TEXT[name](str(given.frames[part][column].iloc[row]))
        return Dirty(cell(given, part, column, row, value), TWIN, f"{column}: {name}", given)
    value = pick(rng, _NO_DATES)
    return Dirty(cell(given, part, column, row, value), REFUSE, f"{column}: {value!r}")


_SAYINGS: dict[str, tuple[str, ...]] = {
    "sentence_reduction": ("Sentence reduction", "减刑", "reduction", "SENTENCE_REDUCTION", " sentence_reduction"),
    "medical_parole": ("Medical parole", "保外就医", "medical parole", "medical_parole "),
    "serving": ("Serving", "in prison", "服刑", "serving "),
    "released_early": ("released early", "Released_early"),
    "died_in_custody": ("died", "Died in custody", "death in custody"),
    "fixed": ("Fixed", "fixed term", "有期徒刑"),
    "M": ("male", "m", "男", "Male"),
    "F": ("female", "f", "女", "woman"),
    "CN-XJ": ("Xinjiang", "新疆", "XJ", "cn-xj", "Xinjiang Uyghur Autonomous Region"),
    "CN-BJ": ("Beijing", "北京", "北京市"),
    "US": ("USA", "United States", "us", "美国"),
    "summit": ("Summit", "summits", "峰会"),
}


def words(rng: Rng, given: Given) -> Dirty | None:
    """A word of a vocabulary in other letters, or no word of it."""
    able = [(p, c) for p, c in columns_named(given, _WORDS) if len(given.frames[p])] if is_table(given) else []
    if not able:
        return None
    part, column = pick(rng, able)
    frame = given.frames[part]
    row = int(rng.integers(len(frame)))
    known = _SAYINGS.get(str(frame[column].iloc[row]))
    if known and rng.random() < 0.7:
        value = pick(rng, known)
        return Dirty(cell(given, part, column, row, value), TWIN, f"{column}: {value!r}", given)
    value = pick(rng, ("banana", "0", "seving", "?", "unknown to us", 7, "red\u200buction"))
    return Dirty(cell(given, part, column, row, value), REFUSE, f"{column}: {value!r}")


_MONTH_TEXT: dict[str, Callable[[float], Any]] = {
    "months": lambda v: f"{v:g} months",
    "years": lambda v: f"{v / 12:g} years",
    "Chinese": lambda v: f"{v:g}个月",
    "digits": lambda v: f"{v:g}",
    "comma": lambda v: f"{v:,.1f}".replace(".", ","),
    "full-width": lambda v: f"{v:g}".translate(_FULL),
    "Decimal": lambda v: Decimal(str(v)),
}
_NO_MONTHS = ("eight years", "8 yr", -6.0, np.inf, -np.inf, 1e30, "n/a", "?", True, b"8", "life")


def months(rng: Rng, given: Given) -> Dirty | None:
    """A number of months with its unit, or none."""
    able = [(p, c) for p, c in columns_named(given, _MONTHS) if len(given.frames[p])] if is_table(given) else []
    if not able:
        return None
    part, column = pick(rng, able)
    row = int(rng.integers(len(given.frames[part])))
    if rng.random() < 0.5:
        name = pick(rng, _MONTH_TEXT)
        value = _MONTH_TEXT[name](float(given.frames[part][column].iloc[row]))
        return Dirty(cell(given, part, column, row, value), TWIN, f"{column}: {name}", given)
    value = pick(rng, _NO_MONTHS)
    return Dirty(cell(given, part, column, row, value), REFUSE, f"{column}: {value!r}")


_UNTIL: tuple[Any, ...] = (
    "2015Q2",
    "2015-06",
    pd.Timestamp("2015-06-30"),
    dt.date(2015, 6, 30),
    dt.datetime(2015, 6, 30, 23, 59),
    pd.Period("2015Q2"),
    pd.Period("2015-06"),
    np.datetime64("2015-06-30"),
    pd.Timestamp("2015-06-30 23:00", tz="America/New_York"),
    "30/06/2015",
    "2015/06/30",
    "２０１５-06-30",
)
_NO_DAY = (2015, 20150630, 2015.5, True, "06/07/2017", "9999-12-31", "soon", "", b"2015", [], pd.NaT, "2015Q7", np.nan)
_WINDOWS = ("180 days", dt.timedelta(days=180), pd.Timedelta(days=180), np.timedelta64(180, "D"), "180d", "4320h")
_NO_WINDOW = (180, 180.0, "180", "180m", "180s", "-180D", "6M", True, "", None, pd.NaT, np.inf, "nonsense")
_NO_WINDOW += (dt.timedelta(hours=3),)  # type: ignore[assignment]


def ends(rng: Rng, given: Given) -> Dirty | None:
    """The last day of observation, or the length of a window, in other forms."""
    for name, usual, same, wrong in (
        ("window", "180D", _WINDOWS, _NO_WINDOW),
        ("until", "2015-06-30", _UNTIL, _NO_DAY),
    ):
        if given.options.get(name) == usual and (name == "until" or rng.random() < 0.7):
            twin = rng.random() < 0.5
            value = pick(rng, same if twin else wrong)
            dirty = given.with_options(**{name: value})
            return Dirty(dirty, TWIN if twin else REFUSE, f"{name}={value!r}", given if twin else None)
    return None
