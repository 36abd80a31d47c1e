"""A formula in Wilkinson's notation -> its terms, as trees in which only the allowed functions are called.

formulaic splits the text into terms. What stands inside a call is read here as a tree, checked node by node before
anything runs, and evaluated by `evaluation` without Python's own ``eval``: a formula reaches columns, numbers, the
functions of :data:`CALLABLE`, and nothing else. Names in backticks and text in quotes are set aside first, so that a
column may have any name and a level any text.
"""

from __future__ import annotations

import ast
import keyword
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from clemency.models.designmatrix.arities import misfit
from clemency.records.errors import UsageError

#: NumPy's functions of single values, written np.log and so on.
ELEMENTWISE = (
    "abs", "absolute", "fabs", "sign", "sqrt", "cbrt", "square", "power", "float_power", "reciprocal", "exp",
    "exp2", "expm1", "log", "log2", "log10", "log1p", "logaddexp", "logaddexp2", "sin", "cos", "tan", "arcsin",
    "arccos", "arctan", "arctan2", "sinh", "cosh", "tanh", "arcsinh", "arccosh", "arctanh", "hypot", "degrees",
    "radians", "deg2rad", "rad2deg", "floor", "ceil", "trunc", "rint", "fix", "round", "around", "add", "subtract",
    "multiply", "divide", "true_divide", "floor_divide", "mod", "remainder", "fmod", "negative", "positive",
    "minimum", "maximum", "heaviside", "logical_and", "logical_or", "logical_xor", "logical_not", "less",
    "less_equal", "greater", "greater_equal", "equal", "not_equal", "clip", "where", "isin", "digitize", "interp",
)  # fmt: skip
#: NumPy's functions of a whole column: new data take the value that the fit had.
REMEMBERED = (
    "mean", "median", "std", "var", "min", "max", "amin", "amax", "quantile", "percentile",
)  # fmt: skip
#: Further functions, by the names that formulaic and R have for them.
TRANSFORMS = (
    "I", "C", "Q", "log", "log2", "log10", "exp", "exp2", "exp10", "center", "scale", "standardize", "poly", "bs",
    "cr", "cs", "cc",
)  # fmt: skip
#: Codings of levels, for ``C(column, coding)``.
CODINGS = ("Treatment", "Sum", "Poly", "Helmert", "Diff")
CONTRASTS = (
    "treatment", "SAS", "sum", "poly", "helmert", "diff", "custom",
)  # fmt: skip
CALLABLE = frozenset(
    [f"np.{name}" for name in (*ELEMENTWISE, *REMEMBERED)]
    + [*TRANSFORMS, *CODINGS]
    + [f"contr.{name}" for name in CONTRASTS]
)
CONSTANTS = ("np.pi", "np.e")
_MAY = (
    "a formula may call NumPy's functions of single values (np.log, np.sqrt, np.where, np.clip ...), np.mean and the "
    "like, and I, C, Q, log, exp, center, scale, poly, bs, cr, cc, contr.treatment and the other codings"
)
_WHY = {
    "lag": "the row above need not be the same person's; make the column beforehand",
    "hashed": "its groups would have no names; make the column beforehand",
    "eval": "it would run any code",
}
_PIECE = re.compile(
    r"""`(?P<quoted>(?:\\[`\\]|[^`])+)` | (?P<text>'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")
    | (?P<dotted>[^\W\d]\w*(?:\.\w+)*\.\d\w*(?:\.\w+)*) | (?P<word>\w+)""",
    re.X,
)
#: Columns that are added up: every other formula is read by formulaic.
_SUM = re.compile(r"\s*[A-Za-z_]\w*\s*(?:\+\s*[A-Za-z_]\w*\s*)*", re.A)
#: Words that Python keeps for itself and that mean nothing inside a value, so that they can only be columns.
_KEPT = frozenset(keyword.kwlist) - frozenset(
    ("True", "False", "None", "and", "or", "not", "in", "is", "if", "else", "for", "lambda", "await", "yield")
)
_NODES = (
    ast.Expression, ast.Constant, ast.Name, ast.Load, ast.List, ast.Tuple, ast.Dict, ast.UnaryOp, ast.BinOp,
    ast.Compare, ast.Call, ast.keyword, ast.Attribute, ast.UAdd, ast.USub, ast.Invert, ast.Add, ast.Sub, ast.Mult,
    ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.BitAnd, ast.BitOr, ast.BitXor, ast.Lt, ast.LtE, ast.Gt, ast.GtE,
    ast.Eq, ast.NotEq,
)  # fmt: skip
_SAID = {
    ast.And: "write (a) & (b) for 'and'", ast.Or: "write (a) | (b) for 'or'", ast.Not: "write ~(a) for 'not'",
    ast.BoolOp: "write (a) & (b) for 'and', (a) | (b) for 'or'", ast.In: "write np.isin(column, [values]) for 'in'",
    ast.NotIn: "write ~np.isin(column, [values]) for 'not in'", ast.IfExp: "write np.where(condition, a, b) for 'if'",
}  # fmt: skip
#: Terms and letters of a formula.
_MOST, _LONGEST = 20_000, 20_000


@dataclass(frozen=True, slots=True)
class Factor:
    """One part of a term.

    Attributes
    ----------
    text : str
        As it is printed.
    column : str or None
        The column that it is, if it is nothing more.
    tree : ast.expr or None
        The call, otherwise.
    columns : tuple of str
        Columns that it needs.
    """

    text: str
    column: str | None
    tree: ast.expr | None = field(compare=False)
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Parsed:
    """A formula, read.

    Attributes
    ----------
    text : str
    terms : tuple of tuple of Factor
        Without the intercept, which is taken as given; lower degrees first.
    columns : tuple of str
        Columns that it needs, once each.
    aside : Aside
    """

    text: str
    terms: tuple[tuple[Factor, ...], ...]
    columns: tuple[str, ...]
    aside: Aside


@dataclass(slots=True)
class Aside:
    """Names and texts taken out of a formula, and the words that stand for them."""

    stem: str
    names: dict[str, str] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)

    def name(self, column: str) -> str:
        """Word that stands for a column."""
        return self._word(self.names, f"{self.stem}n", column)

    def quote(self, text: str) -> str:
        """Word that stands for a text."""
        return self._word(self.texts, f"{self.stem}t", text)

    @staticmethod
    def _word(known: dict[str, str], stem: str, value: str) -> str:
        for word, there in known.items():
            if there == value:
                return word
        known[f"{stem}{len(known)}"] = value
        return f"{stem}{len(known) - 1}"

    def column(self, word: str) -> str:
        """Name of the column that a word, dotted or not, stands for."""
        return ".".join(self.names.get(w, w) for w in word.split("."))

    def printed(self, code: str) -> str:
        """Code with names and texts as they were written."""

        def back(found: re.Match[str]) -> str:
            word = found.group()
            if word in self.texts:
                return repr(self.texts[word])
            name = self.names.get(word, word)
            plain = name.isidentifier() or word not in self.names
            return name if plain else "`" + re.sub(r"([`\\])", r"\\\1", name) + "`"

        return re.sub(r"\w+", back, code)


def parse(formula: Any) -> Parsed:
    """Read a formula.

    Raises
    ------
    UsageError
        For what is no formula, has a left side or parts, calls what it may not, or means something else than it seems.
    """
    if not isinstance(formula, str):
        raise UsageError(f"the formula must be text such as 'age + region', not {type(formula).__name__}")
    if len(formula) > _LONGEST:
        raise UsageError(f"the formula '{formula[:60]} ...' has {len(formula)} letters, more than {_LONGEST}")
    return _parse(formula)


def _backticks(said: str) -> str:
    """What to do about two words side by side: most are one name of a column."""
    if "Missing operator" not in said:
        return ""
    return "; write the name of a column that has blanks in backticks, such as `age at arrest`"


@lru_cache(maxsize=256)
def _parse(formula: str) -> Parsed:
    masked, aside = _set_aside(formula)
    words = _sum_of_names(masked, aside)
    terms = [(_column_factor(w, aside),) for w in words] if words else _terms(formula, masked, aside)
    if not terms:
        raise UsageError(f"formula '{formula}' has no term: name at least one covariate")
    columns = dict.fromkeys(c for term in terms for f in term for c in f.columns)
    if not columns:
        raise UsageError(f"formula '{formula}' names no column")
    return Parsed(formula, tuple(terms), tuple(columns), aside)


def _sum_of_names(masked: str, aside: Aside) -> list[str]:
    """Words of a formula that adds up columns and nothing else; none for any other."""
    if not _SUM.fullmatch(masked):
        return []
    words = list(dict.fromkeys(w.strip() for w in masked.split("+")))
    return [] if any(keyword.iskeyword(w) or w in aside.texts for w in words) else words


def _column_factor(word: str, aside: Aside) -> Factor:
    name = aside.column(word)
    return Factor(name, name, None, (name,))


def _terms(formula: str, masked: str, aside: Aside) -> list[tuple[Factor, ...]]:
    """Terms of any formula, as formulaic expands it."""
    # A sum of names needs none of it, and starting up takes twice as long with it.
    from formulaic import Formula
    from formulaic.errors import FormulaicError
    from formulaic.parser.algos.tokenize import tokenize

    try:
        tokens = [(t.kind.value if t.kind else "", t.token) for t in tokenize(masked)]
        _check_tokens(formula, tokens, aside)
        parsed = list(Formula(masked))
    except UsageError:
        raise
    except (
        FormulaicError,
        ArithmeticError,
        AttributeError,
        LookupError,
        MemoryError,
        RuntimeError,
        SyntaxError,
        TypeError,
        ValueError,
    ) as error:
        said = aside.printed(str(error).splitlines()[0]) if str(error) else type(error).__name__
        if isinstance(error, AttributeError):  # of the parser's own, where brackets do not match
            said = "its brackets do not match"
        raise UsageError(f"formula '{formula[:200]}' cannot be read: {said}{_backticks(said)}") from error
    terms = []
    for term in parsed:
        factors = tuple(_factor(f, formula, aside) for f in term.factors if f.eval_method.value != "literal")
        if factors:
            terms.append(factors)
    return terms


def _set_aside(formula: str) -> tuple[str, Aside]:
    """Put words in the place of names in backticks, of text in quotes, and of words that Python reads otherwise."""
    stem = "q"
    while stem in formula:
        stem += "q"
    aside = Aside(stem)

    def word(found: re.Match[str]) -> str:
        name = found["quoted"]
        if name is not None:
            name = re.sub(r"\\([`\\])", r"\1", name)
            bare = name.isidentifier() and name.isascii() and not keyword.iskeyword(name)
            return f" {name if bare else aside.name(name)} "
        if found["text"] is not None:
            return f" {aside.quote(_literal(found['text'], formula))} "
        if found["dotted"] is not None:  # x.1, which Python does not read as a name
            return aside.name(found["dotted"])
        name = found["word"]
        return aside.name(name) if not name.isascii() or name in _KEPT else name

    return _PIECE.sub(word, formula), aside


def _literal(text: str, formula: str) -> str:
    try:
        return str(ast.literal_eval(text))
    except (SyntaxError, ValueError) as error:
        raise UsageError(f"formula '{formula}' cannot be read: the text {text} is not closed or ill-formed") from error


def _check_tokens(formula: str, tokens: list[tuple[str, str]], aside: Aside) -> None:
    """Refuse terms without a meaning here, or with another one than they seem to have, before they are expanded."""
    operators = [(i, t) for i, (kind, t) in enumerate(tokens) if kind == "operator" or t == "."]
    for i, sign in operators:
        if "~" in sign and (i or sign.strip("~+-")):
            raise UsageError(f"formula '{formula}' has a left side: the outcome is named by exit= and event=")
        if "|" in sign:
            raise UsageError(
                f"formula '{formula}' has a bar: strata are named by strata=, people by cluster=, groups by shrink= "
                "where a model has it; 'or' inside a call is np.logical_or(a, b)"
            )
        if sign == "in":
            raise UsageError(f"formula '{formula}' has 'in': write a:b, or np.isin(column, [values])")
        if sign == ".":
            raise UsageError(f"formula '{formula}' says '.' for all columns: name those that are meant")
    for i, (kind, token) in enumerate(tokens):
        if kind == "python":
            _check(_tree(token, formula, aside), formula, aside)
        elif kind == "name" and token in aside.texts:
            raise UsageError(
                f"formula '{formula}' has the text {aside.texts[token]!r} where a column is meant: a column's name "
                "goes in backticks, `like this`"
            )
        elif kind == "value" and not _is_plain_number(tokens, i):
            raise UsageError(f"formula '{formula}' has the number {token} in a term: write I({token} * column)")
    _check_products(formula, tokens, aside)


def _is_plain_number(tokens: list[tuple[str, str]], i: int) -> bool:
    """Whether a number is an intercept (0 or 1) or the power of a sum."""
    before = tokens[i - 1][1] if i else "+"
    after = tokens[i + 1][1] if i + 1 < len(tokens) else "+"
    if before in ("**", "^"):
        return True
    return tokens[i][1] in ("0", "1") and not {before, after} & {":", "*", "/", "in"}


def _check_products(formula: str, tokens: list[tuple[str, str]], aside: Aside) -> None:
    """Refuse a column times itself, which this notation reads as the column, and products without end."""
    names = {t for kind, t in tokens if kind in ("name", "python")}
    size = 1.0
    for i, (kind, sign) in enumerate(tokens):
        if kind != "operator" or not 0 < i < len(tokens) - 1:
            continue
        (left_kind, left), (_, right) = tokens[i - 1], tokens[i + 1]
        power = sign in ("**", "^")
        if left_kind in ("name", "python") and (power or (sign in (":", "*") and left == right)):
            shown = aside.printed(left)
            raise UsageError(
                f"formula '{formula}' multiplies '{shown}' by itself, which this notation takes for {shown} alone: "
                f"write I({shown}**2)"
            )
        size *= 2 if sign == "*" else len(names) ** (min(int(right), 20) - 1) if power and right.isdecimal() else 1
    if size > _MOST:
        raise UsageError(f"formula '{formula[:60]} ...' multiplies out to more than {_MOST} terms: write those meant")


def _factor(factor: Any, formula: str, aside: Aside) -> Factor:
    if factor.eval_method.value == "lookup":
        return _column_factor(factor.expr, aside)
    tree = _tree(factor.expr, formula, aside)
    text = aside.printed(ast.unparse(tree).replace("\n", " "))
    return Factor(text, None, tree, tuple(dict.fromkeys(_columns(tree, aside))))


def _tree(code: str, formula: str, aside: Aside) -> ast.expr:
    try:
        return ast.parse(code.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise UsageError(
            f"formula '{formula}': '{aside.printed(code)}' cannot be read; a column whose name is no plain word goes "
            "in backticks, `like this`"
        ) from error


def _check(tree: ast.expr, formula: str, aside: Aside) -> None:
    """Refuse a tree with anything but columns, numbers, texts, arithmetic and what may be called."""
    node: ast.AST
    for node in ast.walk(tree):
        said = ""
        if not isinstance(node, _NODES):
            said = _SAID.get(type(node), _MAY)
        elif isinstance(node, ast.Constant) and not (node.value is None or isinstance(node.value, bool | int | float)):
            said = "only columns, numbers, and text in quotes"
        elif isinstance(node, ast.Attribute):
            parts = aside.column(dotted(node)).split(".")
            said = _MAY if any(not p or p.startswith("_") or p in aside.texts for p in parts) else ""
        elif isinstance(node, ast.Call):
            _check_call(node, formula, aside)
        if said:
            raise UsageError(f"formula '{formula}' has what a formula may not ({_named(node, aside)}): {said}")


def _named(node: ast.AST, aside: Aside) -> str:
    try:
        return aside.printed(ast.unparse(node))[:60] or type(node).__name__
    except (AttributeError, TypeError, ValueError):
        return type(node).__name__


def _check_call(node: ast.Call, formula: str, aside: Aside) -> None:
    name = dotted(node.func)
    if name not in CALLABLE:
        shown = aside.printed(ast.unparse(node.func))
        raise UsageError(
            f"formula '{formula}' cannot be evaluated: it calls '{shown}', which it may not: {_WHY.get(shown, _MAY)}"
        )
    if any(k.arg is None or k.arg.startswith("_") for k in node.keywords):
        raise UsageError(f"formula '{formula}': '{name}' takes its arguments one by one, by their own names")
    said = misfit(name, len(node.args), [str(k.arg) for k in node.keywords])
    if said:
        raise UsageError(f"formula '{formula}' cannot be evaluated: {said}")
    if name == "Q" and not (len(node.args) == 1 and not node.keywords and _text(node.args[0], aside) is not None):
        raise UsageError(f"formula '{formula}': Q takes the name of a column as text, such as Q('age at arrest')")


def _text(node: ast.expr, aside: Aside) -> str | None:
    return aside.texts.get(node.id) if isinstance(node, ast.Name) else None


def dotted(node: ast.AST) -> str:
    """Name of a node such as np.log; "" if it is none."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        stem = dotted(node.value)
        return stem and f"{stem}.{node.attr}"
    return ""


def coding_of(node: ast.expr) -> str:
    """Name of a coding of levels such as contr.sum, called or not; "" if it is none."""
    name = dotted(node.func if isinstance(node, ast.Call) else node)
    return name if name in CODINGS or (name in CALLABLE and name.startswith("contr.")) else ""


def _columns(node: ast.AST, aside: Aside) -> Iterator[str]:
    """Columns that a tree needs, in the order in which they are written."""
    if isinstance(node, ast.Call):
        name = dotted(node.func)
        for part in node.args[:1] if name == "C" else (*node.args, *(k.value for k in node.keywords)):
            text = _text(part, aside) if name == "Q" else None
            yield from _columns(part, aside) if text is None else iter([text])
        return
    name = dotted(node)
    if not name:
        for child in ast.iter_child_nodes(node):
            yield from _columns(child, aside)
    elif name not in aside.texts and name not in CONSTANTS:
        yield aside.column(name)
