"""Formula and covariate columns -> the columns of a regression, named by term and level.

Formulas are in Wilkinson's notation as read by formulaic (`formula`); their parts are evaluated by `evaluation`, from
columns that `coding` reads. Here they become the columns of a matrix beside a constant: a categorical is coded in full
where nothing else spans it, and by contrasts otherwise, in the usual case against its first level.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from clemency.models.designmatrix.coding import Column, Known, column_of, gaps, know, refuse_quantity
from clemency.models.designmatrix.evaluation import Basis, Coded, Evaluation, new_column
from clemency.models.designmatrix.formula import Factor, Parsed, parse
from clemency.models.kernel.parallel import BLOCK, in_parts
from clemency.models.kernel.riskset import LARGEST, SMALLEST
from clemency.records.errors import DataError, Problem, UsageError
from clemency.records.values.lookalikes import lookalikes, said
from clemency.typing import Bools, Floats, Ints

_RESCALE = "Measure it in another unit: sums of its squares are beyond what numbers of the computer hold."


@dataclass(frozen=True, slots=True)
class Grouped:
    """The levels of a categorical term; n rows.

    Attributes
    ----------
    names : tuple of str
        All levels, those of the reference and of no column of their own among them.
    codes : ndarray of int, shape (n,)
    reference : int or None
        The level with which the others are compared.
    """

    names: tuple[str, ...]
    codes: Ints
    reference: int | None


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to encode new data as the fit's own were.

    Attributes
    ----------
    parsed : Parsed
    known : dict
        What the fit knows of each column.
    memory : dict
        What transforms keep of the fit's columns.
    blocks : tuple
        For each block of columns its factors, by term and place in it, and whether they are reduced.
    """

    parsed: Parsed
    known: dict[str, Known]
    memory: dict[str, Any]
    blocks: tuple[tuple[int, tuple[tuple[int, bool], ...]], ...]


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
        Reference level of each categorical factor that has one.
    unused : tuple of (str, str)
        Terms and levels declared but not present in these rows.
    recipe : Recipe
        How to encode new data.
    mean, span : ndarray of float, shape (p,)
        Mean and range of each column.
    groups : dict
        The levels of each term that is one categorical, by its number in ``assign``.
    crossed : dict
        The same of terms that multiply a number with categoricals which, together, are no term themselves.
    alike : tuple of str
        What to say of levels whose names differ by blanks, capitals or the form of a letter only.
    levelled : frozenset of str
        Columns of the data that enter as levels.
    pattern : ndarray of int, shape (n,), or None
        Equal for rows with equal covariates, where all terms are plain categories.
    """

    matrix: Floats
    terms: tuple[str, ...]
    levels: tuple[str, ...]
    assign: Ints
    reference: dict[str, str]
    unused: tuple[tuple[str, str], ...]
    recipe: Recipe = field(repr=False)
    mean: Floats
    span: Floats
    groups: dict[int, Grouped] = field(default_factory=dict, repr=False)
    crossed: dict[int, Grouped] = field(default_factory=dict, repr=False)
    alike: tuple[str, ...] = ()
    levelled: frozenset[str] = frozenset()
    pattern: Ints | None = None

    def encode(self, frame: pd.DataFrame) -> Floats:
        """Encode new rows as these were, shape (m, p).

        Raises
        ------
        UsageError
            For a column that is missing or of another kind than in the fit, a level that the fit has not seen, and a
            value that is missing or not finite, each with its row.
        """
        recipe = self.recipe
        read: dict[str, Column] = {}

        def column(name: str) -> Column:
            if name not in read:
                read[name] = new_column(column_of(frame, name), recipe.known[name])
            return read[name]

        for name in recipe.known:
            column(name)
        evaluation = Evaluation(column, frame.index, recipe.parsed.aside, recipe.memory, new=True)
        values = _evaluated(recipe.parsed, evaluation)
        columns = [c for term, parts in recipe.blocks for _, _, c in _block(recipe.parsed, values, term, parts)]
        matrix = np.column_stack(columns) if columns else np.empty((len(frame), 0))
        bad = np.argwhere(~np.isfinite(matrix))
        if len(bad):
            i, j = bad[0]
            raise UsageError(
                f"new data do not fit the formula: {_column_names(self)[j]} has no finite value in row {frame.index[i]}"
            )
        return matrix

    def missing(self, frame: pd.DataFrame) -> list[tuple[int, str]]:
        """Rows and columns of new data without a value, where a column is there."""
        found = []
        for name in self.recipe.known:
            if name in frame.columns:
                found += [(int(i), name) for i in np.flatnonzero(gaps(column_of(frame, name))[0])]
        return found


def variables(formula: str, columns: Collection[Any]) -> tuple[str, ...]:
    """Columns that a formula needs; names of which the data have no column are refused."""
    names, there = parse(formula).columns, list(columns)
    for name in names:
        if there.count(name) > 1:
            raise UsageError(f"there are {there.count(name)} columns '{name}': rename or drop all but one")
        if name not in there:
            near = [c for c in there if isinstance(c, str) and c.strip().casefold() == name.strip().casefold()]
            hint = f" (there is '{near[0]}')" if near else ""
            known = ", ".join(map(str, there[:30]))
            raise UsageError(f"there is no column '{name}'{hint}; the columns are: {known}")
    return names


def model_matrix(formula: str, frame: Mapping[str, pd.Series] | pd.DataFrame) -> Design:
    """Encode the columns of a formula.

    Parameters
    ----------
    formula : str
        Right side in Wilkinson's notation; the intercept is taken as given and left out. Columns whose names are no
        plain words go in backticks. Numbers of any storage enter as float64 before any arithmetic, yes and no as 1 and
        0; text of any storage and categories enter as levels.
    frame : DataFrame or mapping of columns, n rows
        Complete in the formula's variables.

    Returns
    -------
    Design

    Raises
    ------
    UsageError
        For a formula that cannot be read, calls what it may not, or takes levels for numbers.
    DataError
        For a column of values of several kinds, a term without spread or without a finite value.

    Notes
    -----
    A formula may call, and reach, nothing but this:

    - NumPy's functions of single values: ``np.abs, sign, sqrt, cbrt, square, power, reciprocal, exp, exp2, expm1, log,
      log2, log10, log1p, logaddexp``, trigonometric and hyperbolic ones, ``floor, ceil, trunc, rint, fix, round, mod,
      minimum, maximum, heaviside, clip, where, isin, digitize, interp``, the logical and comparing ones, and those
      that stand for + - * /;
    - NumPy's numbers of a whole column, ``np.mean, median, std, var, min, max, quantile, percentile``: new data take
      the value that the fit had; and the constants ``np.pi`` and ``np.e``;
    - ``I, C, Q, log, log2, log10, exp, exp2, exp10, center, scale, standardize, poly, bs, cr, cs, cc``, and as coding
      of levels ``contr.treatment, SAS, sum, poly, helmert, diff, custom`` or ``Treatment, Sum, Poly, Helmert, Diff``.

    Arithmetic, comparisons and ``& | ~`` may be used inside a call. There are no other functions, no methods or other
    attributes, no indexing, and no names from outside the data.

    Examples
    --------
    >>> import pandas as pd
    >>> design = model_matrix("age + sex", pd.DataFrame({"age": [30, 40], "sex": ["f", "m"]}))
    >>> list(zip(design.terms, design.levels))
    [('age', ''), ('sex', 'm')]
    >>> design.matrix.tolist()
    [[30.0, 0.0], [40.0, 1.0]]
    """
    parsed = parse(formula)
    read = {name: know(frame[name]) for name in parsed.columns}
    for factor in (f for term in parsed.terms for f in term):
        if factor.column is not None:
            refuse_quantity(read[factor.column])
    index = frame[parsed.columns[0]].index
    evaluation = Evaluation(read.__getitem__, index, parsed.aside, {})
    values = _evaluated(parsed, evaluation)
    spanned: set[frozenset[Any]] = {frozenset()}
    _refuse_flat(parsed, values)
    blocks = tuple((t, parts) for t, term in enumerate(parsed.terms) for parts in _parts(term, values, spanned))
    named = [(t, *column) for t, parts in blocks for column in _block(parsed, values, t, parts)]
    numbers = list(dict.fromkeys(t for t, *_ in named))
    assign = np.array([numbers.index(t) for t, *_ in named], dtype=np.intp)
    columns = [column for *_, column in named]
    mean = np.array([c.mean() for c in columns])
    names = [term if not level else f"{term}[{level}]" for _, term, level, _ in named]
    if not np.isfinite(mean).all():
        _refuse_infinite(columns, names, index)
    known = {name: column.known for name, column in read.items()}
    groups = _groups(parsed, values, numbers)
    plain = len(groups) == len(numbers) and all(len(t) == 1 and t[0].column is not None for t in parsed.terms)
    return Design(
        _stack(columns),
        tuple(term for _, term, _, _ in named),
        tuple(level for _, _, level, _ in named),
        assign,
        {text: c.known.names[c.reference] for text, c in _categoricals(values) if c.reference is not None},
        tuple((text, level) for text, c in _categoricals(values) for level in c.known.unused),
        Recipe(parsed, known, evaluation.memory, blocks),
        mean,
        np.array([c.max() - c.min() for c in columns]),
        groups,
        _crossed(parsed, values, numbers, {(t, level) for t, _, level, _ in named}),
        tuple(line for name, what in known.items() for line in said(name, lookalikes(what.levels))),
        _levelled(parsed, values, known),
        _patterns(list(groups.values())) if plain else None,
    )


def _evaluated(parsed: Parsed, evaluation: Evaluation) -> dict[tuple[bool, str], Coded | Basis]:
    """Value of each factor."""
    values: dict[tuple[bool, str], Coded | Basis] = {}
    for factor in (f for term in parsed.terms for f in term):
        key = _key(factor)
        if key not in values:
            values[key] = evaluation.factor(factor)
    return values


def _key(factor: Factor) -> tuple[bool, str]:
    """Key of a factor; a column that is named like a call is not the call."""
    return factor.column is None, factor.text


def _parts(
    term: tuple[Factor, ...], values: dict[tuple[bool, str], Coded | Basis], spanned: set[frozenset[Any]]
) -> list[tuple[tuple[int, bool], ...]]:
    """Blocks of columns that a term adds: for each its factors, by place, and whether they are reduced.

    A factor whose columns add up to a constant stands for itself beside the constant ("reduced") and for the constant.
    Of the products that the term so stands for, those that earlier terms span are left out, and the others joined
    again: a reduced factor next to the same product without it is the whole factor.
    """
    spans = [
        k for k, f in enumerate(term) if isinstance(values[_key(f)], Coded) or getattr(values[_key(f)], "spans", False)
    ]
    rest = {k: False for k in range(len(term)) if k not in spans}
    blocks: list[dict[int, bool]] = []
    for size in range(len(spans) + 1):
        for chosen in itertools.combinations(spans, size):
            product = frozenset(_key(term[k]) for k in (*rest, *chosen))
            if product not in spanned:
                spanned.add(product)
                blocks.append(rest | dict.fromkeys(chosen, True))
    while (pair := _joinable(blocks)) is not None:
        low, high, extra = pair
        blocks[high][extra] = False
        del blocks[low]
    return [tuple(sorted(block.items())) for block in sorted(blocks, key=len)]


def _joinable(blocks: list[dict[int, bool]]) -> tuple[int, int, int] | None:
    """Two blocks that differ by one reduced factor, and which."""
    for (i, low), (j, high) in itertools.permutations(enumerate(blocks), 2):
        extra = high.keys() - low.keys()
        if len(extra) == 1 and len(high) == len(low) + 1 and all(high[k] == v for k, v in low.items()):
            (k,) = extra
            if high[k]:
                return i, j, k
    return None


def _block(
    parsed: Parsed, values: dict[tuple[bool, str], Coded | Basis], term: int, parts: tuple[tuple[int, bool], ...]
) -> list[tuple[str, str, Floats]]:
    """Columns of a block with the names of their term and level; the first factor changes fastest."""
    factors = [parsed.terms[term][k] for k, _ in parts]
    sides = [values[_key(f)].columns(reduced) for f, (_, reduced) in zip(factors, parts, strict=True)]
    name = ":".join(f.text for f in factors)
    found = []
    for chosen in itertools.product(*reversed(sides)):
        level = ":".join(level for level, _ in reversed(chosen) if level)
        column = chosen[-1][1]
        for _, other in reversed(chosen[:-1]):
            column = column * other
        found.append((name, level, column))
    return found


def _refuse_flat(parsed: Parsed, values: dict[tuple[bool, str], Coded | Basis]) -> None:
    """Refuse categoricals of one level, and missing values that nobody left out."""
    for (_, text), value in values.items():
        if isinstance(value, Coded):
            missing = np.flatnonzero(value.codes < 0)
            if len(missing):
                raise DataError([Problem("data", int(missing[0]), text, "", "missing value", "Leave the row out.")])
            if len(value.known.levels) < 2:
                raise DataError([_single_level(text, value.known.names)])


def _single_level(name: str, known: tuple[str, ...]) -> Problem:
    value = known[0] if known else ""
    return Problem("data", None, name, value, "constant: every spell has this value", "Leave the term out.")


def _categoricals(values: dict[tuple[bool, str], Coded | Basis]) -> list[tuple[str, Coded]]:
    return [(text, value) for (_, text), value in values.items() if isinstance(value, Coded)]


def _groups(parsed: Parsed, values: dict[tuple[bool, str], Coded | Basis], numbers: list[int]) -> dict[int, Grouped]:
    """Levels of the terms that are one categorical, by the number of the term among those with columns."""
    found = {}
    for number, t in enumerate(numbers):
        value = values[_key(parsed.terms[t][0])]
        if len(parsed.terms[t]) == 1 and isinstance(value, Coded):
            found[number] = Grouped(value.known.names, value.codes, value.reference)
    return found


def _crossed(
    parsed: Parsed,
    values: dict[tuple[bool, str], Coded | Basis],
    numbers: list[int],
    columns: set[tuple[int, str]],
) -> dict[int, Grouped]:
    """Levels that occur in products with numbers, and combinations of them, where no term of theirs counts them."""
    own = {frozenset(map(_key, term)) for term in parsed.terms}
    found = {}
    for number, t in enumerate(numbers):
        parts = {_key(f): values[_key(f)] for f in parsed.terms[t]}
        coded = {key: value for key, value in parts.items() if isinstance(value, Coded)}
        if not coded or len(coded) == len(parts) or frozenset(coded) in own:
            continue
        names = [value.known.names for value in coded.values()]
        code = np.ravel_multi_index([value.codes for value in coded.values()], [len(n) for n in names])
        there, codes = np.unique(code, return_inverse=True)
        places = np.unravel_index(there, [len(n) for n in names])
        shown = tuple(":".join(n[k] for n, k in zip(names, at, strict=True)) for at in zip(*places, strict=True))
        without = [k for k, name in enumerate(shown) if (t, name) not in columns]
        reference = without[0] if len(coded) == len(without) == 1 and len(shown) > 1 else None
        found[number] = Grouped(shown, codes.astype(np.intp), reference)
    return found


def _levelled(parsed: Parsed, values: dict[tuple[bool, str], Coded | Basis], known: dict[str, Known]) -> frozenset[str]:
    inside = {c for term in parsed.terms for f in term if isinstance(values[_key(f)], Coded) for c in f.columns}
    return frozenset(inside | {name for name, what in known.items() if what.kind == "levels"})


def _patterns(groups: Sequence[Grouped]) -> Ints | None:
    """Number the combinations of levels; None if they could be too many."""
    sizes = [len(g.names) for g in groups]
    if np.prod(sizes, dtype=np.float64) > 1e6:
        return None
    code = np.zeros(len(groups[0].codes), dtype=np.intp)
    for group, size in zip(groups, sizes, strict=True):
        code = code * size + group.codes
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


def _refuse_infinite(columns: list[Floats], names: list[str], index: pd.Index) -> None:
    """Name the column and the first of the rows in which a term has no finite value."""
    matrix = np.column_stack(columns)
    bad = np.flatnonzero(~np.isfinite(matrix).all(axis=1))
    if len(bad):
        column = names[int(np.flatnonzero(~np.isfinite(matrix[bad[0]]))[0])]
        message = f"no finite number in {len(bad)} rows, first in {index[bad[0]]}"
        remedy = "Mend the term (a logarithm needs numbers above zero), or leave these rows out."
        raise DataError([Problem("data", int(bad[0]), column, "", message, remedy)])


def check_rank(design: Design) -> None:
    """Refuse constant, duplicate and collinear columns by name.

    Raises
    ------
    DataError
        One problem for each such column.
    """
    cross, names = _centred_cross(design.matrix, design.mean), _column_names(design)
    flat = _constant(design)
    problems = _constant_problems(design, flat)
    problems += _collinear(cross, names, [j for j in range(len(names)) if not flat[j]])
    if problems:
        raise DataError(problems)


def check_spread(design: Design) -> None:
    """Call :func:`check_rank` where a column is constant: a fit finds by itself whether the others need it.

    Columns whose squares, summed and multiplied, a number of double precision cannot hold are refused as well.
    """
    size = np.maximum(np.abs(design.mean), design.span)
    problems = [
        Problem("data", None, name, "", f"its values are as {'large' if s > 1 else 'small'} as {s:.2g}", _RESCALE)
        for name, s in zip(_column_names(design), size, strict=True)
        if not (s == 0 or SMALLEST <= s <= LARGEST)
    ]
    if problems:
        raise DataError(problems)
    if _constant(design).any():
        check_rank(design)


def _column_names(design: Design) -> list[str]:
    return [term if not level else f"{term}[{level}]" for term, level in zip(design.terms, design.levels, strict=True)]


def _constant(design: Design) -> Bools:
    return design.span <= 1e-10 * np.abs(design.mean)


def _constant_problems(design: Design, flat: Bools) -> list[Problem]:
    names = _column_names(design)
    return [
        Problem("data", None, names[j], f"{design.mean[j]:g}", "constant: it has no spread", "Leave the term out.")
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
