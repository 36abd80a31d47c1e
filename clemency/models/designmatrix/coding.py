"""Columns of any storage -> float64 or levels, at the fit and again for new data: the one border for covariates.

A fit remembers of each column whether it is a number, yes and no, or levels, and which (:class:`Known`); new data are
read against that. What is certain is understood (1 for 1.0, the same text in another storage, the text "3" for a
number); anything else is refused with row and value, so that no number is ever taken for a level, or a level for one.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass, field
from numbers import Number
from typing import Any

import numpy as np
import pandas as pd

from clemency.records.errors import DataError, Problem, UsageError
from clemency.typing import Bools, Floats, Ints

#: Whole numbers up to here are exact in double precision.
EXACT = 2**53
_FIGURE = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_NUMBERS = frozenset(("boolean", "integer", "floating", "mixed-integer-float", "decimal"))
_COMPLEX = ("complex numbers have no order", "Give their real parts, or other real numbers.")
_MIXED = frozenset(("mixed", "mixed-integer"))


@dataclass(frozen=True, slots=True)
class Known:
    """What a fit knows of a column.

    Attributes
    ----------
    name : str
    kind : {"number", "yes/no", "levels"}
        Numbers and yes/no enter as they are, yes as 1.
    levels : tuple
        Values of the levels, in order; empty unless the kind is levels.
    names : tuple of str
        How they are written.
    unused : tuple of str
        Levels declared but not present.
    """

    name: str
    kind: str
    levels: tuple[Any, ...] = ()
    names: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    _places: dict[Any, int] = field(default_factory=dict, repr=False, compare=False)

    def place(self, value: Any) -> int:
        """Number of the level that a value certainly is; -1 if there is no such level."""
        if not self._places:
            self._places.update({_key(level): k for k, level in enumerate(self.levels)})
            for k, (level, name) in enumerate(zip(self.levels, self.names, strict=True)):
                if not isinstance(level, str | Number):  # an interval or a period, written as text
                    self._places.setdefault(_key(name), k)
        found = self._places.get(_key(value), -1)
        if found < 0 and isinstance(value, str):
            if _FIGURE.fullmatch(value.strip()):
                found = self._places.get(_key(float(value)), -1)
            elif value in ("True", "False") and set(self.levels) <= {True, False}:
                found = self._places.get(_key(value == "True"), -1)
        return found


def _key(value: Any) -> Any:
    """Key that equal values share: 1, 1.0 and True are one value, and text is never a number."""
    if isinstance(value, str):
        return ("text", str(value))
    if isinstance(value, Number | np.bool_) and not isinstance(value, complex):
        return ("number", float(value))  # type: ignore[arg-type]
    try:
        hash(value)
    except TypeError:
        return ("unknown", id(value))
    return (type(value).__name__, value)


def plain(column: pd.Series) -> pd.Series:
    """Give a column in simple storage: numbers and yes/no of NumPy, text as objects, or what it was.

    Raises
    ------
    DataError
        For whole numbers that double precision does not hold, and for complex numbers.
    """
    kind = column.dtype
    if isinstance(kind, np.dtype):
        return _of_numpy(column)
    if isinstance(kind, pd.CategoricalDtype):
        return column
    if isinstance(kind, pd.SparseDtype):
        return plain(pd.Series(np.asarray(column), column.index, name=column.name))
    if isinstance(kind, pd.StringDtype):
        return column.astype(object)
    if isinstance(kind, pd.ArrowDtype):
        return _arrow(column)
    if pd.api.types.is_bool_dtype(kind) or pd.api.types.is_numeric_dtype(kind):
        return _nullable(column)
    return column


def _of_numpy(column: pd.Series) -> pd.Series:
    kind = column.dtype.kind
    if kind in "iu" and column.dtype.itemsize == 8:
        _refuse_inexact(column.to_numpy(), column)
    if kind == "c":
        raise DataError([_problem(column, 0, *_COMPLEX)])
    return _objects(column) if kind == "O" else column


def _nullable(column: pd.Series) -> pd.Series:
    """Numbers or yes/no that may be missing, as NumPy's own: NaN where missing."""
    kind = column.dtype.kind
    if not column.isna().any():
        if kind in "biu":
            return plain(
                pd.Series(column.to_numpy(dtype=f"{kind}{1 if kind == 'b' else 8}"), column.index, name=column.name)
            )
    elif kind in "iu":
        known = column.dropna()
        _refuse_inexact(known.to_numpy(dtype=f"{kind}8"), known)
    return pd.Series(column.to_numpy(dtype=np.float64, na_value=np.nan), column.index, name=column.name)


def _arrow(column: pd.Series) -> pd.Series:
    import pyarrow as pa

    kind = column.dtype.pyarrow_dtype
    if pa.types.is_dictionary(kind):
        values = plain(pd.Series(column.to_numpy(dtype=object, na_value=None), column.index, name=column.name))
        if not kind.ordered:
            return values
        chunks = pa.chunked_array(column.array.__arrow_array__()).unify_dictionaries()
        order = chunks.chunk(0).dictionary.to_pylist() if chunks.num_chunks else []
        return pd.Series(pd.Categorical(values, categories=order, ordered=True), column.index, name=column.name)
    if pa.types.is_decimal(kind) or pa.types.is_null(kind):
        return _objects(pd.Series(column.to_numpy(dtype=object, na_value=None), column.index, name=column.name))
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind):
        return _nullable(column)
    return column.astype(object)


def _objects(column: pd.Series) -> pd.Series:
    """Numbers kept as objects become numbers; anything else stays."""
    what = pd.api.types.infer_dtype(column, skipna=True)
    if what in _MIXED and len(column):
        kept = column[column.notna()]
        if all(isinstance(v, Number | np.bool_) for v in kept):
            what = "complex" if any(isinstance(v, complex) for v in kept) else "mixed-integer-float"
    if what == "complex":
        raise DataError([_problem(column, 0, *_COMPLEX)])
    if what not in _NUMBERS:
        return column
    missing = np.asarray(column.isna())
    if what == "boolean" and not missing.any():
        return column.astype(bool)
    if what == "integer":
        known = column[~missing]
        _refuse_inexact(known.to_numpy(), known)
        if not missing.any():
            return column.astype(np.int64)
    values = np.full(len(column), np.nan)
    values[~missing] = column.to_numpy()[~missing].astype(np.float64)
    return pd.Series(values, column.index, name=column.name)


def _refuse_inexact(values: np.ndarray, column: pd.Series) -> None:
    """Refuse whole numbers that double precision would change: they are keys or mistakes, never measurements."""
    if not len(values) or (values.max() <= EXACT and values.min() >= -EXACT):
        return
    changed = [i for i, v in enumerate(values.tolist()) if int(float(v)) != v]
    if changed:
        what = f"whole numbers beyond 2**53 lose their last digits in double precision ({len(changed)} rows)"
        remedy = "If it is a key, give it as text; if it is a number, turn it into a float first."
        raise DataError([_problem(column, changed[0], what, remedy)])


def _problem(column: pd.Series, i: int, message: str, remedy: str) -> Problem:
    return Problem("data", i, str(column.name), str(column.iloc[i]) if len(column) else "", message, remedy)


def gaps(column: pd.Series) -> tuple[Bools, Bools]:
    """Which values are missing, and which are infinite, in any storage.

    Returns
    -------
    missing, infinite : ndarray of bool, shape (n,)
    """
    missing, kind = np.asarray(pd.isna(column), dtype=bool), column.dtype
    simple = isinstance(kind, np.dtype)
    if kind.kind not in "fO" or isinstance(kind, pd.CategoricalDtype | pd.StringDtype):
        return missing, np.zeros(len(column), dtype=bool)
    values = column if simple and kind.kind == "f" else _measured(column)
    if values.dtype.kind != "f":
        return missing, np.zeros(len(column), dtype=bool)
    floats = values.to_numpy()
    return missing | np.isnan(floats), np.isinf(floats)


def _measured(column: pd.Series) -> pd.Series:
    """The column in simple storage if possible; else as it is, for :func:`know` to refuse it by name."""
    try:
        return plain(column)
    except DataError:
        return pd.Series(np.empty(0, dtype=object))


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a fit's data, read; n rows.

    Attributes
    ----------
    known : Known
    data : ndarray, shape (n,)
        float64 for a number or yes/no; for levels their numbers, -1 where missing.
    declared : bool
        Whether the data declare it a category.
    """

    known: Known
    data: Floats | Ints
    declared: bool = False


def know(column: pd.Series) -> Column:
    """Read a column of a fit's data: what it is, and its values.

    Raises
    ------
    DataError
        For values of several kinds, lists or other values that cannot be levels, and levels that are written alike.
    """
    name, column = str(column.name), plain(column)
    kind = column.dtype.kind if isinstance(column.dtype, np.dtype) else "O"
    if kind in "fiub":
        return Column(Known(name, "yes/no" if kind == "b" else "number"), column.to_numpy(dtype=np.float64))
    codes, levels, unused = _levels(column)
    names = tuple(map(str, levels))
    if len(set(names)) < len(names):
        twice = next(n for n in names if names.count(n) > 1)
        i = next(i for i, v in enumerate(column) if str(v) == twice)
        raise DataError([_problem(column, i, "two levels are written alike", "Give them names that differ.")])
    known = Known(name, "levels", tuple(levels), names, tuple(map(str, unused)))
    return Column(known, codes, isinstance(column.dtype, pd.CategoricalDtype))


def _levels(column: pd.Series) -> tuple[Ints, list[Any], list[Any]]:
    """Number of each row's level, levels present in order, and levels declared but absent."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        codes, declared = np.asarray(column.cat.codes, dtype=np.intp), list(column.cat.categories)
        present = np.bincount(codes[codes >= 0], minlength=len(declared)) > 0
        if present.all():
            return codes, declared, []
        place = np.append(np.cumsum(present) - 1, -1)
        kept = [v for v, p in zip(declared, present, strict=True) if p]
        return place[codes], kept, [v for v, p in zip(declared, present, strict=True) if not p]
    try:
        codes, values = pd.factorize(column)
        found = list(values)
        if column.dtype == object and len({isinstance(v, str) for v in found}) > 1:
            raise TypeError
        order = sorted(range(len(found)), key=found.__getitem__)
    except TypeError:
        raise DataError([mixed(column)]) from None
    place = np.empty(len(found) + 1, dtype=np.intp)
    place[order], place[-1] = np.arange(len(found)), -1
    return place[codes], [found[k] for k in order], []


def grouped(column: pd.Series, ordered: bool = False) -> tuple[Ints, pd.Index]:
    """Codes (-1 where missing) and distinct values of a column whose values are groups, or people.

    Raises
    ------
    DataError
        For lists and other values that cannot be compared, text among numbers where groups are ordered, and a number
        that is there as text too.
    """
    if isinstance(column.dtype, pd.SparseDtype):
        column = pd.Series(np.asarray(column), column.index, name=column.name)
    try:
        codes, values = pd.factorize(column, sort=ordered)
        if column.dtype == object:
            text = [isinstance(v, str) for v in values]
            if any(text) and not all(text) and (ordered or len({str(v) for v in values}) < len(values)):
                raise TypeError
    except TypeError:
        raise DataError([mixed(column)]) from None
    return codes.astype(np.intp, copy=False), pd.Index(values)


def mixed(column: pd.Series) -> Problem:
    """Locate a list in a cell, text among numbers, or numbers among text."""
    for i, value in enumerate(column):
        if not isinstance(value, str) and not pd.api.types.is_hashable(value):
            what = f"a {type(value).__name__} in a cell is no level"
            return _problem(column, i, what, "Give one value per cell, such as a column for each.")
    text = np.array([isinstance(v, str) for v in column])
    rarer = np.flatnonzero(text if 2 * text.sum() <= len(text) else ~text)
    i = int(rarer[0]) if len(rarer) else 0
    message = f"values of several kinds, such as text among numbers ({len(rarer)} rows; the first is {column.index[i]})"
    return _problem(column, i, message, "Mend or empty the cells.")


# New data


def as_python(value: Any) -> Any:
    """Give a value of NumPy's as Python's own, so that a message shows 1 and not np.int64(1)."""
    return value.item() if isinstance(value, np.generic) else value


def column_of(frame: pd.DataFrame, name: str, what: str = "the formula") -> pd.Series:
    """A column of new data; missing or doubled ones are refused by name."""
    if name not in frame.columns:
        near = [c for c in frame.columns if isinstance(c, str) and c.strip().casefold() == name.strip().casefold()]
        hint = f" (there is '{near[0]}')" if near else ""
        raise UsageError(f"new data do not fit {what}: new data lack the column '{name}'{hint}")
    column = frame[name]
    if isinstance(column, pd.DataFrame):
        raise UsageError(f"new data do not fit {what}: there are {column.shape[1]} columns '{name}'")
    return column


def read_numbers(column: pd.Series, known: Known) -> Floats:
    """Read a column of new data that the fit takes as a number or as yes and no.

    Raises
    ------
    UsageError
        For a value that is no finite number, or neither yes nor no, with its row.
    """
    values = _numeric(column, known)
    bad = np.flatnonzero(~np.isfinite(values))
    if len(bad):
        raise _misfit(column, int(bad[0]), _is(known), "is missing" if np.isnan(values[bad[0]]) else "is infinite")
    if known.kind == "yes/no":
        odd = np.flatnonzero((values != 0) & (values != 1))
        if len(odd):
            raise _misfit(column, int(odd[0]), _is(known))
    return values


def _numeric(column: pd.Series, known: Known) -> Floats:
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(object)
    try:
        column = plain(column)
    except DataError as error:
        raise UsageError(f"new data do not fit the formula: {error}") from error
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "fiub":
        return column.to_numpy(dtype=np.float64)
    return np.array([_figure(column, i, known) for i in range(len(column))], dtype=np.float64)


def _figure(column: pd.Series, i: int, known: Known) -> float:
    """One value that is a number, or text that can only be a number."""
    value = column.iloc[i]
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return np.nan
    if isinstance(value, str):
        if _FIGURE.fullmatch(value.strip()):
            return float(value)
        if known.kind == "yes/no" and value in ("True", "False"):
            return float(value == "True")
    elif isinstance(value, Number | np.bool_) and not isinstance(value, complex):
        return float(value)  # type: ignore[arg-type]
    raise _misfit(column, i, _is(known))


def _is(known: Known) -> str:
    return "a number" if known.kind == "number" else "yes or no (1 or 0)"


def _misfit(column: pd.Series, i: int, kind: str, said: str = "") -> UsageError:
    said = said or f"has {as_python(column.iloc[i])!r}"
    return UsageError(
        f"new data do not fit the formula: '{column.name}' is {kind} in the fit; row {column.index[i]} {said}: "
        "mend the cell"
    )


def read_levels(column: pd.Series, known: Known, what: str = "the formula") -> Ints:
    """Read a column of new data that the fit takes as levels, shape (n,): their numbers.

    Raises
    ------
    UsageError
        For a value that is no level of the fit, with its row.
    """
    codes, values = _distinct(column, what)
    places = np.array([known.place(v) for v in values] + [-1], dtype=np.intp)
    found: Ints = places[codes]
    bad = np.flatnonzero(found < 0)
    if len(bad):
        i = int(bad[0])
        value = "is missing" if codes[i] < 0 else f"has the value {as_python(column.iloc[i])!r}"
        shown = ", ".join(known.names[:30]) + (" ..." if len(known.names) > 30 else "")
        text = "" if codes[i] < 0 or not _of_another_kind(values[codes[i]], known) else ", which are text"
        raise UsageError(
            f"new data do not fit {what}: '{column.name}' {value} in row {column.index[i]}; the fit knows: "
            f"{shown}{text}"
        )
    return found


def _distinct(column: pd.Series, what: str) -> tuple[Ints, list[Any]]:
    """Codes (-1 where missing) and the values they stand for."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return np.asarray(column.cat.codes, dtype=np.intp), list(column.cat.categories)
    try:
        codes, values = pd.factorize(plain(column))
    except (DataError, TypeError) as error:
        said = mixed(column) if isinstance(error, TypeError) else error
        raise UsageError(f"new data do not fit {what}: {said}") from error
    return codes.astype(np.intp, copy=False), list(values)


def _of_another_kind(value: Any, known: Known) -> bool:
    return not isinstance(value, str) and all(isinstance(v, str) for v in known.levels)


_DURATIONS = (datetime.timedelta, np.timedelta64)
_DATES = (datetime.date, datetime.time, np.datetime64)
_PERIODS = (pd.Period,)


def refuse_quantity(column: Column) -> None:
    """Refuse dates, durations, and text that looks like measured numbers: each value would be a level of its own."""
    known, n = column.known, len(column.data)
    if column.declared or not known.levels:
        return
    for kinds, said in ((_DURATIONS, "durations"), (_DATES, "dates"), (_PERIODS, "periods")):
        if isinstance(known.levels[0], kinds):
            raise UsageError(
                f"'{known.name}' holds {said} (such as {known.names[0]}): turn them into numbers, such as months, or "
                "into categories first, if each value is a group"
            )
    if not isinstance(known.levels[0], str):
        return
    number, size = pd.to_numeric(pd.Series(known.levels, dtype=object), errors="coerce"), len(known.levels)
    if number.notna().all() and size > 2 and ((number % 1 != 0).any() or 2 * size > n):
        shown = ", ".join(repr(v) for v in known.levels[:3])
        raise UsageError(
            f"'{known.name}' looks like numbers read as text ({shown} ...): make it numeric with pd.to_numeric, or "
            f"write C({known.name}) if its {size} values are groups"
        )
