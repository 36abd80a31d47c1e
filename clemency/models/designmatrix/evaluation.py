"""The trees of a formula and the columns of a table -> numbers and coded levels, without Python's ``eval``.

Everything is float64 before any arithmetic. What depends on a whole column (its mean, the knots of a spline, its
levels) is kept in the fit's memory, so that new data are measured by the same yardstick.
"""

from __future__ import annotations

import ast
import inspect
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from numbers import Number
from typing import Any

import numpy as np
import pandas as pd

from clemency.models.designmatrix.coding import Column, Known, know, read_levels, read_numbers
from clemency.models.designmatrix.formula import ELEMENTWISE, REMEMBERED, Aside, Factor, coding_of, dotted
from clemency.records.errors import ClemencyError, UsageError
from clemency.typing import Bools, Floats, Ints

_ARITHMETIC: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod, ast.Pow: operator.pow,
}  # fmt: skip
_LOGIC: dict[type, Callable[[Any, Any], Any]] = {
    ast.BitAnd: np.logical_and, ast.BitOr: np.logical_or, ast.BitXor: np.logical_xor,
}  # fmt: skip
_COMPARED: dict[type, Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge, ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}  # fmt: skip
_PLAIN = {"log": np.log, "log2": np.log2, "log10": np.log10, "exp": np.exp, "exp2": np.exp2}
_MOST = 100
_UNKNOWN = re.compile(r"unexpected keyword argument '(\w+)'")


@dataclass(frozen=True, slots=True)
class Coded:
    """A factor of levels; n rows, L levels.

    Attributes
    ----------
    known : Known
    codes : ndarray of int, shape (n,)
    whole : tuple of str
        Names of its columns where it spans the constant: one for each level.
    reduced : tuple of str
        Names of its columns beside the constant.
    matrix : ndarray, shape (L, len(reduced)), or None
        Values of these; None where they are 0/1 in all levels but the reference.
    reference : int or None
        The level with which the others are compared; other codings than treatment have none.
    """

    known: Known
    codes: Ints
    whole: tuple[str, ...]
    reduced: tuple[str, ...]
    matrix: Floats | None
    reference: int | None

    def columns(self, reduced: bool) -> list[tuple[str, Floats]]:
        """Columns with their names."""
        if not reduced:
            return [(name, (self.codes == k).astype(np.float64)) for k, name in enumerate(self.whole)]
        if self.matrix is not None:
            return [(name, self.matrix[self.codes, j]) for j, name in enumerate(self.reduced)]
        kept = [k for k in range(len(self.whole)) if k != self.reference]
        return [(self.whole[k], (self.codes == k).astype(np.float64)) for k in kept]


@dataclass(frozen=True, slots=True)
class Basis:
    """A factor of one or more numbers; ``spans`` says that their columns add up to a constant."""

    columns_of: tuple[tuple[str, Floats], ...]
    spans: bool = False

    def columns(self, reduced: bool) -> list[tuple[str, Floats]]:
        """Columns with their names; without the first where they span the constant and need not."""
        return list(self.columns_of[1:] if reduced and self.spans else self.columns_of)


@dataclass(slots=True)
class Evaluation:
    """Values of a formula's factors in a table.

    Attributes
    ----------
    column : callable
        Gives a column by its name.
    index : Index
        Names of the n rows.
    aside : Aside
    memory : dict
        What the fit keeps; filled in a fit, only read for new data.
    new : bool
        Whether these are new data.
    """

    column: Callable[[str], Column]
    index: pd.Index
    aside: Aside
    memory: dict[str, Any]
    new: bool = False

    @property
    def n(self) -> int:
        """Number of rows."""
        return len(self.index)

    def factor(self, factor: Factor) -> Coded | Basis:
        """Evaluate a factor.

        Raises
        ------
        UsageError
            Where it cannot be evaluated, with the reason.
        """
        if factor.column is not None:
            return self._plain(factor.text, self.column(factor.column))
        try:
            with np.errstate(all="ignore"):  # what is not finite is named by who calls
                value = self._value(factor.tree)
                return value if isinstance(value, Coded) else self._basis(value)
        except ClemencyError:
            raise
        except Exception as error:  # whatever formulaic or NumPy says of arguments that do not fit
            said = _reason(error, self.aside)
            start = "new data do not fit the formula" if self.new else "the formula cannot be evaluated"
            raise UsageError(f"{start}: {factor.text}: {said}") from error

    def _plain(self, text: str, column: Column) -> Coded | Basis:
        if column.known.kind != "levels":
            return Basis((("", column.data.astype(np.float64, copy=False)),))
        names = column.known.names
        return Coded(column.known, column.data.astype(np.intp, copy=False), names, names[1:], None, 0)

    def _basis(self, basis: Any) -> Basis:
        if isinstance(basis, Basis):
            return basis
        if isinstance(basis, (Column, str, list, dict)) or basis is None:
            what = f"'{basis.known.name}' holds levels" if isinstance(basis, Column) else f"{basis!r} is no number"
            raise UsageError(f"the formula cannot be evaluated: {what}: write C(...) for levels")
        return Basis((("", np.broadcast_to(np.asarray(basis, dtype=np.float64), (self.n,))),))

    # Nodes of a tree

    def _value(self, node: ast.AST | None) -> Any:
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, (ast.Name, ast.Attribute)):
            return self._name(dotted(node))
        if isinstance(node, (ast.List, ast.Tuple)):
            return [self._value(v) for v in node.elts]
        if isinstance(node, ast.Dict):
            return {self._value(k): self._value(v) for k, v in zip(node.keys, node.values, strict=True)}
        if isinstance(node, ast.UnaryOp):
            return self._unary(node)
        if isinstance(node, ast.BinOp):
            return self._binary(node)
        if isinstance(node, ast.Compare):
            return self._compared(node)
        if isinstance(node, ast.Call):
            return self._call(node)
        raise UsageError(f"the formula cannot be evaluated: it has a {type(node).__name__}")

    def _name(self, name: str) -> Any:
        if name in self.aside.texts:
            return self.aside.texts[name]
        if name in ("np.pi", "np.e"):
            return float(np.pi if name == "np.pi" else np.e)
        column = self.column(self.aside.column(name))
        return column if column.known.kind == "levels" else column.data

    def _number(self, value: Any) -> Any:
        """A value as numbers: float64, or an array of them."""
        if isinstance(value, Column):
            raise UsageError(
                f"'{value.known.name}' holds levels ({', '.join(value.known.names[:3])} ...), which are no numbers: "
                "compare them with text, or write C(...)"
            )
        if isinstance(value, (np.ndarray, np.floating)):
            return value
        if isinstance(value, (bool, int, float)):
            return np.float64(value)
        what = "a term of several columns" if isinstance(value, (Basis, Coded)) else repr(value)
        raise UsageError(f"the formula cannot be evaluated: {what} stands where a number is meant")

    def _logical(self, value: Any) -> Bools:
        number = self._number(value)
        if not np.isin(number, (0.0, 1.0)).all():
            raise UsageError("the formula cannot be evaluated: &, | and ~ are for yes and no, such as (age > 18)")
        return np.asarray(number != 0)

    def _unary(self, node: ast.UnaryOp) -> Any:
        value = self._value(node.operand)
        if isinstance(node.op, ast.Invert):
            return np.logical_not(self._logical(value)).astype(np.float64)
        plain = isinstance(value, (int, float)) and not isinstance(value, bool)
        number = value if plain else self._number(value)  # a whole number stays one, for poly(x, -1) and the like
        return -number if isinstance(node.op, ast.USub) else number

    def _binary(self, node: ast.BinOp) -> Any:
        left, right = self._value(node.left), self._value(node.right)
        kind = type(node.op)
        if kind in _LOGIC:
            return _LOGIC[kind](self._logical(left), self._logical(right)).astype(np.float64)
        return _ARITHMETIC[kind](self._number(left), self._number(right))

    def _compared(self, node: ast.Compare) -> Any:
        found: Any = np.bool_(True)
        values = [self._value(v) for v in (node.left, *node.comparators)]
        for sign, left, right in zip(node.ops, values, values[1:], strict=False):
            found = np.logical_and(found, self._comparison(type(sign), left, right))
        return np.asarray(found).astype(np.float64)

    def _comparison(self, sign: type, left: Any, right: Any) -> Any:
        if not any(isinstance(v, (Column, str)) for v in (left, right)):
            return _COMPARED[sign](self._number(left), self._number(right))
        if sign not in (ast.Eq, ast.NotEq):
            raise UsageError("the formula cannot be evaluated: levels are equal or not, and neither above nor below")
        if isinstance(right, Column) and not isinstance(left, Column):
            left, right = right, left
        if not isinstance(left, Column):
            text = left if isinstance(left, str) else right
            raise UsageError(f"the formula cannot be evaluated: numbers are compared with the text {text!r}")
        if isinstance(right, Column):
            places = np.array([left.known.place(v) for v in right.known.levels], dtype=np.intp)
            same = left.data == places[right.data]
        else:
            same = left.data == self._level(left, right)
        return same if sign is ast.Eq else ~same

    def _level(self, column: Column, value: Any) -> int:
        """Number of the level that a value in the formula names; -2, which equals nothing, if there is none."""
        known = column.known
        text = isinstance(value, str)
        odd = all(isinstance(v, Number if text else str) for v in known.levels)
        if odd or not (text or isinstance(value, (bool, int, float, np.floating))):
            shown = ", ".join(map(repr, known.levels[:5]))
            value = "a column" if isinstance(value, np.ndarray | Column) else repr(value)
            raise UsageError(f"the formula cannot be evaluated: '{known.name}' has levels such as {shown}, not {value}")
        place = known.place(value)
        return place if place >= 0 else -2

    # Calls

    def _call(self, node: ast.Call) -> Any:
        name = dotted(node.func)
        if name == "I":
            return self._value(_only(node))
        if name == "Q":
            column = self.column(self.aside.texts[dotted(node.args[0])])
            return column if column.known.kind == "levels" else column.data
        if name == "C":
            return self._levels(node)
        args = [self._value(a) for a in node.args]
        named = {str(k.arg): self._value(k.value) for k in node.keywords}
        short = name.removeprefix("np.")
        if name.startswith("np.") and short in REMEMBERED:
            return self._remembered(ast.unparse(node), short, args, named)
        if name.startswith("np.") and short in ELEMENTWISE:
            return self._elementwise(short, args, named)
        if name in _PLAIN or name == "exp10":
            x = self._number(*args, **named)
            return 10.0**x if name == "exp10" else _PLAIN[name](x)
        return self._transform(ast.unparse(node), name, args, named)

    def _remembered(self, key: str, name: str, args: list[Any], named: dict[str, Any]) -> Any:
        """A statistic of the whole column, such as its mean, as it was at the fit."""
        if key not in self.memory:
            rest = [float(a) for a in args[1:]]
            self.memory[key] = float(getattr(np, name)(self._number(args[0]), *rest, **named))
        return np.float64(self.memory[key])

    def _elementwise(self, name: str, args: list[Any], named: dict[str, Any]) -> Any:
        function = getattr(np, name)
        if name == "isin":
            return self._isin(*args, **named)
        if name == "where":
            return self._where(*args)
        if name in ("round", "around"):
            decimals = named.pop("decimals", args[1] if len(args) > 1 else 0)
            return np.round(self._number(args[0]), int(decimals), **named)
        values = [np.asarray(a, dtype=np.float64) if isinstance(a, list) else a for a in args]
        given = [v if v is None or isinstance(v, np.ndarray) else self._number(v) for v in values]
        if name in ("digitize", "interp"):
            named = {k: np.asarray(v, np.float64) if isinstance(v, list) else v for k, v in named.items()}
        result = np.asarray(function(*given, **named), dtype=np.float64)
        if result.shape not in ((), (self.n,)):
            raise UsageError(f"np.{name} gives {result.shape} values for {self.n} rows")
        return result if result.ndim else np.float64(result)

    def _isin(self, column: Any, values: Any, invert: bool = False) -> Floats:
        several = values if isinstance(values, list) else [values]
        if not all(isinstance(v, str | bool | int | float | np.floating) for v in several):
            raise UsageError("np.isin takes values that are written out, such as np.isin(x, [1, 2]), and no column")
        if isinstance(column, Column):
            found = np.isin(column.data, [self._level(column, v) for v in several])
        else:
            found = np.isin(self._number(column), [self._number(v) for v in several])
        return np.asarray(found != bool(invert)).astype(np.float64)

    def _where(self, condition: Any, yes: Any, no: Any) -> Any:
        chosen = self._logical(condition)
        if isinstance(yes, str) and isinstance(no, str):
            return know(pd.Series(np.where(chosen, yes, no).astype(object), name=f"np.where(..., {yes!r}, {no!r})"))
        return np.where(chosen, self._number(yes), self._number(no))

    def _transform(self, key: str, name: str, args: list[Any], named: dict[str, Any]) -> Any:
        """A basis that the fit remembers, such as a polynomial or a spline; one column where it is one."""
        for value in (*args[1:], *named.values()):
            if isinstance(value, (int, float)) and name in ("poly", "bs", "cr", "cs", "cc") and not abs(value) < np.inf:
                raise UsageError(f"{name} takes finite numbers")
        size = named.get("degree", named.get("df", args[1] if len(args) > 1 else 0))
        if name in ("poly", "bs", "cr", "cs", "cc") and isinstance(size, (int, float)) and size > _MOST:
            raise UsageError(f"{name} of {size} columns is more than {_MOST}")
        state = self.memory.setdefault(key, {})
        x = np.array(np.broadcast_to(self._number(args[0]), (self.n,)), dtype=np.float64)
        from clemency.models.designmatrix.transforms import transform  # as in `_coding`

        transformed = transform(name)(x, *args[1:], _state=state, **named)
        details = getattr(transformed, "__formulaic_metadata__", None)
        values = getattr(transformed, "__wrapped__", transformed)
        if isinstance(values, dict):
            found = tuple((str(k), np.asarray(v, dtype=np.float64)) for k, v in values.items())
            return Basis(found, bool(details and details.spans_intercept))
        values = np.asarray(values, dtype=np.float64)
        if values.ndim == 1:
            return values
        names = (details and details.column_names) or range(values.shape[1])
        return Basis(tuple((str(k), np.ascontiguousarray(values[:, j])) for j, k in enumerate(names)))

    # Levels

    def _levels(self, node: ast.Call) -> Coded:
        """C(column, coding, levels=[...])."""
        key = ast.unparse(node)
        if len(node.args) not in (1, 2) or {str(k.arg) for k in node.keywords} - {"contrasts", "levels"}:
            raise UsageError("C takes a column, and if need be a coding (contrasts=) and levels=")
        given = {str(k.arg): k.value for k in node.keywords}
        value = self._categories(node.args[0])
        if key not in self.memory:
            levels = None if "levels" not in given else self._value(given["levels"])
            how = node.args[1] if len(node.args) == 2 else given.get("contrasts")
            self.memory[key] = _coding(value, levels, None if how is None else self._coding(how))
        known, matrix, reduced, reference = self.memory[key]
        codes = self._recode(value, known)
        return Coded(known, codes, known.names, reduced, matrix, reference)

    def _recode(self, column: Column, known: Known) -> Ints:
        """Codes of a column's values among the levels of the factor."""
        own = column.known.levels
        found: Ints = np.array([*(known.place(v) for v in own), -1], dtype=np.intp)[column.data]
        if (found < 0).any():
            i = int(np.flatnonzero(found < 0)[0])
            odd = column.known.names[column.data[i]] if column.data[i] >= 0 else "nothing"
            start = "new data do not fit the formula" if self.new else "the formula cannot be evaluated"
            raise UsageError(
                f"{start}: '{known.name}' has the value {odd} in row {self.index[i]}; the fit knows: "
                f"{', '.join(known.names[:30])}"
            )
        return found

    def _categories(self, node: ast.expr) -> Column:
        """The argument of C() as levels: numbers become levels by their values."""
        value = self._value(node)
        if isinstance(value, Column):
            return value
        if isinstance(value, Basis):
            raise UsageError("C takes one column, not several")
        name, kind = self.aside.printed(ast.unparse(node)), "number"
        if isinstance(node, (ast.Name, ast.Attribute)):
            kind = self.column(self.aside.column(dotted(node))).known.kind
        elif isinstance(node, ast.Compare) or isinstance(getattr(node, "op", None), (ast.Invert, *_LOGIC)):
            kind = "yes/no"
        number = np.broadcast_to(np.asarray(self._number(value), dtype=np.float64), (self.n,))
        found, codes = np.unique(number, return_inverse=True)
        if kind == "yes/no":
            names = tuple(str(bool(v)) for v in found)
        else:
            names = tuple(str(int(v)) if v == int(v) else str(v) for v in found.tolist() if np.isfinite(v))
        if len(names) < len(found):
            raise UsageError(f"the formula cannot be evaluated: C({name}) has values that are not finite")
        return Column(Known(name, "levels", tuple(found.tolist()), names), codes.astype(np.intp))

    def _coding(self, node: ast.expr) -> Any:
        from clemency.models.designmatrix import transforms  # as in the function `_coding`

        name = coding_of(node)
        if not name:
            if not isinstance(node, (ast.List, ast.Tuple, ast.Dict)):
                raise UsageError("C takes as coding contr.sum or another, or a list or dict of numbers for each level")
            return transforms.custom(self._value(node))
        contrast = transforms.contrast(name)
        if isinstance(node, ast.Call):
            named = {str(k.arg): self._value(k.value) for k in node.keywords}
            return contrast(*[self._value(a) for a in node.args], **named)
        return contrast() if inspect.isclass(contrast) or name == "Treatment" else contrast


def _reason(error: Exception, aside: Aside) -> str:
    """The message of Python, NumPy or formulaic about wrong arguments, without names that the user never wrote."""
    said = aside.printed(str(error).splitlines()[0]) if str(error) else ""
    unknown = _UNKNOWN.search(said)
    if unknown:
        return f"there is no argument {unknown[1]}="
    plain = isinstance(error, ValueError) and "depth" not in said and "int()" not in said
    return said if said and plain else "its arguments do not fit together"


def _only(node: ast.Call) -> ast.expr:
    if len(node.args) != 1 or node.keywords:
        raise UsageError("I takes one argument")
    return node.args[0]


def _coding(column: Column, levels: Any, contrasts: Any) -> tuple[Known, Floats | None, tuple[str, ...], int | None]:
    """Levels of a factor in order, the values of its columns, their names, and its reference."""
    known = column.known
    if levels is not None:
        known = _ordered(column, levels)
    if contrasts is None:
        return known, None, known.names[1:], 0
    from clemency.models.designmatrix.transforms import coded  # starting up takes twice as long with formulaic

    return known, *coded(known, contrasts)


def _ordered(column: Column, levels: Any) -> Known:
    """Levels in the order asked for: those present, all of which must be named."""
    known = column.known
    if not isinstance(levels, list):
        raise UsageError(f"C({known.name}, levels=...) takes a list of levels, not {levels!r}")
    places = [known.place(v) for v in levels]
    if len(set(map(str, levels))) < len(levels):
        raise UsageError(f"C({known.name}, levels=...) names a level twice")
    missing = [n for k, n in enumerate(known.names) if k not in places]
    if missing:
        raise UsageError(
            f"C({known.name}, levels=...) does not name {missing[0]!r}, which the data have: name it, or leave its "
            "rows out"
        )
    kept = [k for k in places if k >= 0]
    unused = tuple(str(v) for v, k in zip(levels, places, strict=True) if k < 0)
    return Known(
        known.name, "levels", tuple(known.levels[k] for k in kept), tuple(known.names[k] for k in kept), unused
    )


def new_column(column: pd.Series, known: Known) -> Column:
    """Read a column of new data as the fit read its own."""
    values = read_levels(column, known) if known.kind == "levels" else read_numbers(column, known)
    return Column(known, values)
