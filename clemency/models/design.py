"""Formula and covariate columns -> the columns of a regression, named by term and level.

Formulas are in Wilkinson's notation as read by formulaic. The usual case, a sum of plain columns, is encoded here
directly (treatment coding against the first level), which is quicker and lets a million rows stay columns; anything
else goes through formulaic with the same coding and names.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from formulaic import Formula, ModelSpec
from formulaic.errors import DataMismatchWarning, FormulaicError

from clemency.records.errors import DataError, Problem, UsageError

from .parts import BLOCK, in_parts
from .quantities import refuse_quantity
from .riskset import Bools, Floats, Ints

#: Sizes of covariates between which sums of products neither overflow nor vanish.
SMALLEST, LARGEST = 1e-40, 1e100
_RESCALE = "Measure it in another unit: sums of its squares are beyond what numbers of the computer hold."
_LEVEL = re.compile(r"\[(?:T\.)?([^\[\]]*)\]")


@dataclass(frozen=True, slots=True)
class Design:
    """Columns of a regression without intercept.

    Attributes
    ----------
    matrix : ndarray of float, shape (n, p), row-major
    terms, levels : tuple of str, length p
        Names of each column; the level of a numeric column is "".
    assign : ndarray of int, shape (p,)
        Number of the term that each column belongs to.
    reference : dict
        First level of each categorical term.
    unused : tuple of (str, str)
        Terms and levels declared but not present in these rows.
    recipe : tuple or ModelSpec
        How to encode new data.
    mean, span : ndarray of float, shape (p,)
        Mean and range of each column.
    pattern : ndarray of int, shape (n,), or None
        Equal for rows with equal covariates, where all terms are plain categories.
    """

    matrix: Floats
    terms: tuple[str, ...]
    levels: tuple[str, ...]
    assign: Ints
    reference: dict[str, str]
    unused: tuple[tuple[str, str], ...]
    recipe: Any = field(repr=False)
    mean: Floats
    span: Floats
    pattern: Ints | None = None

    def encode(self, frame: pd.DataFrame) -> Floats:
        """Encode new rows as these were, shape (m, p).

        Raises
        ------
        UsageError
            For a missing column, a level that the fit has not seen, or a missing value inside a call or an interaction.
        """
        if isinstance(self.recipe, ModelSpec):
            return _encode_as(self.recipe, frame)
        columns: list[Floats] = []
        for name, known in self.recipe:
            if name not in frame.columns:
                raise UsageError(f"new data lack the column '{name}'")
            columns += _encode(frame[name], known)[0]
        return np.column_stack(columns)


@lru_cache(maxsize=256)
def _parse(formula: str) -> tuple[Formula, tuple[str, ...] | None, tuple[tuple[str, bool], ...]]:
    """Give the formula with an intercept, its plain columns (None if it has more), and the names that occur in it."""
    try:
        parsed = Formula(formula)
    except FormulaicError as error:
        reason = str(error).splitlines()[0]
        raise UsageError(f"formula '{formula}' cannot be read: {reason}") from error
    if hasattr(parsed, "lhs"):
        raise UsageError(f"formula '{formula}' has a left side: the outcome is named by exit= and event=")
    terms = [t for t in parsed if str(t) not in ("1", "0")]
    if not terms:
        raise UsageError(f"formula '{formula}' has no term; for curves without covariates see survival and incidence")
    if "1" not in [str(t) for t in parsed]:
        parsed = Formula(["1", *[str(t) for t in terms]])
    plain = [t.factors[0].expr for t in terms if len(t.factors) == 1 and t.factors[0].eval_method.value == "lookup"]
    return parsed, tuple(plain) if len(plain) == len(terms) else None, _names_in(terms)


def _names_in(terms: list[Any]) -> tuple[tuple[str, bool], ...]:
    """Names in the factors of some terms; True for those that can only be columns."""
    found: dict[str, bool] = {}
    for factor in (f for term in terms for f in term.factors):
        if factor.eval_method.value == "lookup":
            found[factor.expr] = True
        elif factor.eval_method.value == "python":
            for node in ast.walk(ast.parse(factor.expr.replace("`", ""), mode="eval")):
                if isinstance(node, ast.Name):
                    found.setdefault(node.id, False)
    return tuple(found.items())


def variables(formula: str, columns: Container[Any]) -> tuple[str, ...]:
    """Columns that a formula needs; inside a call such as ``np.log(age)`` a name is a column if there is one."""
    if not isinstance(formula, str):
        raise UsageError(f"the formula must be text such as 'age + region', not {type(formula).__name__}")
    return tuple(name for name, certain in _parse(formula)[2] if certain or name in columns)


def design(formula: str, frame: Mapping[str, pd.Series] | pd.DataFrame) -> Design:
    """Encode the columns of a formula.

    Parameters
    ----------
    formula : str
        Right side in Wilkinson's notation; the intercept is taken as given and left out.
    frame : DataFrame or mapping of columns, n rows
        Complete in the formula's variables.

    Returns
    -------
    Design

    Examples
    --------
    >>> import pandas as pd
    >>> made = design("age + sex", pd.DataFrame({"age": [30, 40], "sex": ["f", "m"]}))
    >>> list(zip(made.terms, made.levels))
    [('age', ''), ('sex', 'm')]
    >>> made.matrix.tolist()
    [[30.0, 0.0], [40.0, 1.0]]
    """
    parsed, plain, mentioned = _parse(formula)
    for name, certain in mentioned:
        if certain and name in frame:
            refuse_quantity(frame[name])
    if plain is None:
        return _through_formulaic(parsed, frame if isinstance(frame, pd.DataFrame) else pd.DataFrame(frame))
    columns: list[Floats] = []
    terms: list[str] = []
    levels: list[str] = []
    reference: dict[str, str] = {}
    unused: list[tuple[str, str]] = []
    recipe: list[tuple[str, tuple[Any, ...] | None]] = []
    for name in plain:
        values = frame[name]
        known, empty = _levels(values)
        unused += [(name, str(level)) for level in empty]
        made, named = _encode(values, known)
        recipe.append((name, known))
        columns += made
        terms += [name] * len(made)
        levels += named
        if known:
            reference[name] = str(known[0])
        if not made:
            raise DataError([_single_level(name, known)])
    assign = np.repeat(np.arange(len(plain)), [terms.count(name) for name in plain])
    mean = np.array([c.mean() for c in columns])
    span = np.array([c.max() - c.min() for c in columns])
    return Design(
        _stack(columns),
        tuple(terms),
        tuple(levels),
        assign,
        reference,
        tuple(unused),
        tuple(recipe),
        mean,
        span,
        _patterns(columns, assign) if len(reference) == len(plain) else None,
    )


def _patterns(columns: list[Floats], assign: Ints) -> Ints | None:
    """Number the combinations of levels from the 0/1 columns of each term; None if they could be too many."""
    sizes = np.bincount(assign) + 1
    if sizes.prod(dtype=np.float64) > 1e6:
        return None
    code = np.zeros(len(columns[0]), dtype=np.intp)
    place, within = 1, 0
    for j, column in enumerate(columns):
        if j and assign[j] != assign[j - 1]:
            place, within = place * int(sizes[assign[j - 1]]), 0
        within += 1
        code += (column * (place * within)).astype(np.intp)
    return code


def _stack(columns: list[Floats]) -> Floats:
    out = np.empty((len(columns[0]), len(columns)))

    def part(start: int, stop: int) -> int:
        for i in range(start, stop, 2048):  # in blocks that stay in the cache while they are turned
            rows = slice(i, min(i + 2048, stop))
            for j, column in enumerate(columns):
                out[rows, j] = column[rows]
        return 0

    in_parts(part, len(out))
    return out


def _levels(column: pd.Series) -> tuple[tuple[Any, ...] | None, list[Any]]:
    """Levels present, in order, and levels declared but absent; (None, []) for a numeric column."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        present = np.bincount(np.asarray(column.cat.codes), minlength=len(column.cat.categories)) > 0
        levels = list(column.cat.categories)
        return tuple(v for v, p in zip(levels, present, strict=True) if p), [
            v for v, p in zip(levels, present, strict=True) if not p
        ]
    if pd.api.types.is_bool_dtype(column.dtype) or pd.api.types.is_numeric_dtype(column.dtype):
        return None, []
    try:
        return tuple(sorted(column.unique())), []
    except TypeError:
        raise DataError([_mixed(column)]) from None


def _mixed(column: pd.Series) -> Problem:
    """Say where text stands among numbers, or numbers among text."""
    text = np.array([isinstance(v, str) for v in column])
    rarer = np.flatnonzero(text if 2 * text.sum() <= len(text) else ~text)
    i = int(rarer[0]) if len(rarer) else 0
    message = f"values of several kinds, such as text among numbers ({len(rarer)} rows; the first is {column.index[i]})"
    return Problem("data", i, str(column.name), str(column.iloc[i]), message, "Mend or empty the cells.")


def as_python(value: Any) -> Any:
    """Give a value of NumPy's as Python's own, so that a message shows 1 and not np.int64(1)."""
    return value.item() if isinstance(value, np.generic) else value


def _numeric(column: pd.Series) -> Floats:
    """Numbers of a column that the fit takes as numbers."""
    try:
        return column.to_numpy(dtype=np.float64)
    except (TypeError, ValueError):
        value = pd.to_numeric(column, errors="coerce")
        bad = np.flatnonzero(value.isna().to_numpy() & ~column.isna().to_numpy())
        if len(bad):
            odd = as_python(column.iloc[bad[0]])
            raise UsageError(
                f"'{column.name}' is a number in the fit; row {column.index[bad[0]]} has {odd!r}: mend the cell"
            ) from None
        return value.to_numpy(dtype=np.float64, na_value=np.nan)


def _encode(column: pd.Series, known: tuple[Any, ...] | None) -> tuple[list[Floats], list[str]]:
    if known is None:
        return [_numeric(column)], [""]
    codes = pd.Categorical(column, categories=list(known)).codes
    if (codes < 0).any():
        odd = as_python(column[codes < 0].iloc[0])
        raise UsageError(f"'{column.name}' has the value {odd!r}; the fit knows: {', '.join(map(str, known))}")
    return [(codes == k).astype(np.float64) for k in range(1, len(known))], [str(v) for v in known[1:]]


def _single_level(name: str, known: tuple[Any, ...] | None) -> Problem:
    value = str(known[0]) if known else ""
    return Problem("data", None, name, value, "constant: every spell has this value", "Leave the term out.")


def _encode_as(spec: Any, frame: pd.DataFrame) -> Floats:
    try:
        with warnings.catch_warnings():  # a level not seen would be taken for the first one
            warnings.simplefilter("error", DataMismatchWarning)
            return _formulaic_matrix(spec, frame)[0]
    except (FormulaicError, DataMismatchWarning, ValueError) as error:
        raise UsageError(f"new data do not fit the formula: {str(error).splitlines()[0]}") from error


def _formulaic_matrix(spec: Any, frame: pd.DataFrame, missing: str = "raise") -> tuple[Floats, list[str], Any]:
    # formulaic takes text of pandas' own kind for numbers
    text = {c: frame[c].astype(object) for c in frame.columns if isinstance(frame[c].dtype, pd.StringDtype)}
    frame = frame.assign(**text) if text else frame
    with np.errstate(all="ignore"):  # what is not finite is named by who calls
        new = isinstance(spec, Formula)
        made = spec.get_model_matrix(frame, na_action=missing) if new else spec.get_model_matrix(frame)
    names = list(made.columns)
    keep = [j for j, name in enumerate(names) if name != "Intercept"]
    values = np.ascontiguousarray(made.to_numpy(dtype=np.float64)[:, keep])
    return values, [names[j] for j in keep], made.model_spec


def _through_formulaic(parsed: Formula, frame: pd.DataFrame) -> Design:
    _refuse_mixed(frame)
    unused: list[tuple[str, str]] = []
    trimmed = {}
    for name in frame.columns:
        if isinstance(frame[name].dtype, pd.CategoricalDtype):
            unused += [(name, str(level)) for level in _levels(frame[name])[1]]
            trimmed[name] = frame[name].cat.remove_unused_categories()
    frame = frame.assign(**trimmed)
    try:
        matrix, names, spec = _formulaic_matrix(parsed, frame)
    except (FormulaicError, TypeError, ValueError) as error:
        try:
            _refuse_infinite(*_formulaic_matrix(parsed, frame, "ignore")[:2], frame.index)
        except (FormulaicError, TypeError, ValueError) as other:
            if isinstance(other, DataError):
                raise
        raise UsageError(f"the formula cannot be evaluated: {str(error).splitlines()[0]}") from error
    _refuse_infinite(matrix, names, frame.index)
    assign = np.empty(len(names), dtype=np.intp)
    place = {name: j for j, name in enumerate(names)}
    number = 0
    for _, at in spec.term_indices.items():
        mine = [place[spec.column_names[i]] for i in at if spec.column_names[i] in place]
        assign[mine] = number
        number += bool(mine)
    terms = tuple(_LEVEL.sub("", name) for name in names)
    levels = tuple(":".join(_LEVEL.findall(name)) for name in names)
    mean, span = matrix.mean(axis=0), np.ptp(matrix, axis=0)
    return Design(matrix, terms, levels, assign, _references(spec, terms, levels), tuple(unused), spec, mean, span)


def _refuse_infinite(matrix: Floats, names: list[str], index: pd.Index) -> None:
    """Name the column and the first of the rows in which a term has no finite value."""
    bad = np.flatnonzero(~np.isfinite(matrix).all(axis=1))
    if len(bad):
        column = names[int(np.flatnonzero(~np.isfinite(matrix[bad[0]]))[0])]
        message = f"no finite number in {len(bad)} rows, first in {index[bad[0]]}"
        remedy = "Mend the term (a logarithm needs numbers above zero), or leave these rows out."
        raise DataError([Problem("data", int(bad[0]), column, "", message, remedy)])


def _refuse_mixed(frame: pd.DataFrame) -> None:
    """Name columns in which text stands among numbers."""
    mixed = []
    for name in frame.columns:
        if frame[name].dtype == object and len({isinstance(v, str) for v in frame[name]}) > 1:
            mixed.append(_mixed(frame[name]))
    if mixed:
        raise DataError(mixed)


def _references(spec: Any, terms: tuple[str, ...], levels: tuple[str, ...]) -> dict[str, str]:
    """Level of each categorical factor that has no column of its own, or its first one, as formulaic remembers them."""
    found: dict[str, str] = {}
    for factor, (_, state) in spec.encoder_state.items():
        known = state.get("categories")
        if known is not None and len(known):
            coded = {v for t, v in zip(terms, levels, strict=True) if t == str(factor)}
            left = [str(v) for v in known if str(v) not in coded]
            found[str(factor)] = left[0] if len(left) == 1 else str(next(iter(known)))
    return found


def check_rank(made: Design) -> None:
    """Refuse constant, duplicate and collinear columns by name.

    Raises
    ------
    DataError
        One problem for each such column.
    """
    cross, names = _centred_cross(made.matrix, made.mean), _column_names(made)
    flat = _constant(made)
    problems = _constant_problems(made, flat)
    problems += _collinear(cross, names, [j for j in range(len(names)) if not flat[j]])
    if problems:
        raise DataError(problems)


def check_spread(made: Design) -> None:
    """Call :func:`check_rank` where a column is constant: a fit finds by itself whether the others need it.

    Columns whose squares, summed and multiplied, a number of double precision cannot hold are refused as well.
    """
    size = np.maximum(np.abs(made.mean), made.span)
    problems = [
        Problem("data", None, name, "", f"its values are as {'large' if s > 1 else 'small'} as {s:.2g}", _RESCALE)
        for name, s in zip(_column_names(made), size, strict=True)
        if not (s == 0 or SMALLEST <= s <= LARGEST)
    ]
    if problems:
        raise DataError(problems)
    if _constant(made).any():
        check_rank(made)


def _column_names(made: Design) -> list[str]:
    return [term if not level else f"{term}[{level}]" for term, level in zip(made.terms, made.levels, strict=True)]


def _constant(made: Design) -> Bools:
    return made.span <= 1e-10 * np.abs(made.mean)


def _constant_problems(made: Design, flat: Bools) -> list[Problem]:
    names = _column_names(made)
    return [
        Problem("data", None, names[j], f"{made.mean[j]:g}", "constant: it has no spread", "Leave the term out.")
        for j in np.flatnonzero(flat)
    ]


def _centred_cross(X: Floats, centre: Floats) -> Floats:
    def part(start: int, stop: int) -> Floats:
        out = np.zeros((X.shape[1], X.shape[1]))
        for i in range(start, stop, BLOCK):
            Z = X[i : min(i + BLOCK, stop)] - centre
            out += Z.T @ Z
        return out

    return in_parts(part, len(X))


def _collinear(cross: Floats, names: list[str], columns: list[int]) -> list[Problem]:
    """Take the columns in order; one that the earlier ones explain (1 - R^2 below 1e-12) is named with them."""
    problems: list[Problem] = []
    kept: list[int] = []
    scale = np.sqrt(np.diag(cross))
    for j in columns:
        if kept:
            C = cross[np.ix_(kept, kept)] / np.outer(scale[kept], scale[kept])
            c = cross[kept, j] / (scale[kept] * scale[j])
            weight = np.linalg.solve(C, c)
            if 1 - c @ weight < 1e-12:
                others = [names[k] for k, w in zip(kept, weight, strict=True) if abs(w) > 1e-6]
                same = "duplicate of " if len(others) == 1 else "collinear with "
                problems.append(Problem("data", None, names[j], "", same + ", ".join(others), "Leave one of them out."))
                continue
        kept.append(j)
    return problems
