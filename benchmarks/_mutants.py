"""A module's source -> the small faults that could be planted in it, one at a time.

Each fault is a stretch of the source and what takes its place, so that nothing else moves. What has no meaning when the
code runs is left alone: annotations, docstrings, ``__all__``, what only a type checker reads, wordings.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

COMPARED = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
COMPUTED = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
_PAIRS = """
min max, minimum maximum, fmin fmax, any all, floor ceil, first last, head tail, sum mean, cumsum cumprod, zeros ones,
isna notna, earliest latest, argmin argmax, union intersection, nanmin nanmax, idxmin idxmax, ffill bfill, left right,
low high, lower upper, start end, entry exit, efron breslow, inner left, sf cdf, lt le, gt ge, startswith endswith,
isfinite isnan, cummax cummin, search match, mean median, log exp
"""
#: Names and words of which one is written for the other.
OTHER = {b: a for a, b in (pair.split() for pair in reversed(_PAIRS.split(",")))}
OTHER |= dict(pair.split() for pair in reversed(_PAIRS.split(",")))
_WRAPPERS = {"abs", "sorted", "sort_values", "clip", "round", "maximum", "minimum", "drop_duplicates", "dropna"}
#: Keywords that change no number and no word: how arrays are kept, what is checked twice.
_IDLE = {"strict", "copy", "dtype", "slots", "frozen", "repr", "maxsize", "observed", "encoding"}
_UNHEARD = {"errstate", "filterwarnings", "simplefilter", "dataclass", "lru_cache", "TypeVar", "NewType", "getLogger"}
#: Keywords and calls that change only how a figure looks.
_LOOKS_TEXT = """
lw ms mew mec mfc ls color colors fontsize fontweight alpha zorder figsize pad linewidth linewidths edgecolor facecolor
va ha ma rotation labelpad loc ncol ncols frameon handlelength columnspacing bbox_to_anchor markersize size weight dpi
hspace wspace length width gridspec_kw height_ratios width_ratios textcoords fontstyle c ec fc capsize elinewidth
borderaxespad handletextpad labelspacing rasterized clip_on solid_capstyle hatch bbox
"""
_DRESS_TEXT = """
set_visible tick_params grid margins subplots_adjust tight_layout set_fontweight set_facecolor set_edgecolor
set_minor_locator set_major_locator set_linewidth set_color axis set_clip_on set_zorder autoscale_view set_bounds
set_position set_aspect set_fontsize set_path_effects set_axisbelow
"""
_LOOKS, _DRESS = set(_LOOKS_TEXT.split()), set(_DRESS_TEXT.split())


@dataclass(frozen=True, slots=True)
class Mutant:
    """One fault: where it is, what stands there, what takes its place.

    Attributes
    ----------
    function : str
        Qualified name of the function or class around it; empty at the top of the module.
    line : int
    at : str
        The line as it stands, without the blanks around it.
    operator, before, after : str
    start, stop : int
        Bytes of the source that `text` replaces.
    looks : bool
        Whether it changes only how a figure looks.
    names : tuple of str
        At the top of a module or class, the names to which the value is given.
    """

    function: str
    line: int
    at: str
    operator: str
    before: str
    after: str
    start: int
    stop: int
    text: str
    looks: bool
    names: tuple[str, ...]


def plant(source: str, mutant: Mutant) -> str:
    """Source with the fault in it."""
    raw = source.encode()
    return (raw[: mutant.start] + mutant.text.encode() + raw[mutant.stop :]).decode()


def mutants(source: str, figure: bool = False) -> list[Mutant]:
    r"""Every fault of a module.

    Parameters
    ----------
    source : str
    figure : bool
        Whether the module draws: faults in sizes, colours and places of marks are then told apart.

    Examples
    --------
    >>> [(m.operator, m.before, m.after) for m in mutants("def f(a):\n    return a < 2\n")][:3]
    [('return', 'return a < 2', 'return None'), ('compare', 'a < 2', 'a <= 2'), ('compare', 'a < 2', 'a >= 2')]
    """
    return [site() for site in sites(source, figure)]


class Site:
    """A fault that is not written out yet: writing all of them takes far longer than finding them."""

    def __init__(self, line: int, make: Callable[[], Mutant]) -> None:
        self.line, self._make = line, make

    def __call__(self) -> Mutant:
        """The fault."""
        return self._make()


def sites(source: str, figure: bool = False) -> list[Site]:
    """Where the faults of a module could be, in order."""
    return list(_Finder(source, figure).all())


class _Finder:
    def __init__(self, source: str, figure: bool) -> None:
        self.raw, self.figure = source.encode(), figure
        self.lines = source.split("\n")
        self.begin = [0]
        for line in self.raw.splitlines(keepends=True):
            self.begin.append(self.begin[-1] + len(line))
        self.tree = ast.parse(source)

    def all(self) -> Iterator[Site]:
        yield from self._walk(self.tree, (), ())

    def _walk(self, node: ast.AST, above: tuple[ast.AST, ...], scope: tuple[str, ...]) -> Iterator[Site]:
        for operator, target, new in _changes(node, above):
            yield Site(target.lineno, partial(self._mutant, operator, target, new, above, scope))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            scope = (*scope, node.name)
        for child in _heard(node):
            yield from self._walk(child, (*above, node), scope)

    def _mutant(
        self, operator: str, node: ast.AST, new: ast.AST | None, above: tuple[ast.AST, ...], scope: tuple[str, ...]
    ) -> Mutant:
        line = node.lineno
        before, after = ast.unparse(node), "pass" if new is None else ast.unparse(new)
        text = (
            f"({after})" if isinstance(new, ast.BinOp | ast.BoolOp | ast.UnaryOp | ast.Compare | ast.IfExp) else after
        )
        whole = next((a for a in above if isinstance(a, ast.JoinedStr)), None)
        if (
            whole is not None
        ):  # places inside a text with values are not to be trusted, so the whole of it is written anew
            text = ast.unparse(_replaced(whole, node, new))
            node = whole
        start, stop = (self.begin[n - 1] + c for n, c in _ends(node))
        names = () if any(isinstance(a, ast.FunctionDef) for a in above) else _given(above)
        return Mutant(
            ".".join(scope), line, self.lines[node.lineno - 1].strip(), operator, before, after, start, stop, text,
            self.figure and _dresses(node, above), names,
        )  # fmt: skip


def _ends(node: ast.AST) -> tuple[tuple[int, int], tuple[int, int]]:
    return (node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset)


def _replaced(whole: ast.AST, old: ast.AST, new: ast.AST | None) -> ast.AST:
    class Swap(ast.NodeTransformer):
        def visit(self, node: ast.AST) -> ast.AST:
            return new if node is old else super().visit(node)

    memo = {id(old): old}  # the copy keeps the very node, so that it is found in it
    return ast.fix_missing_locations(Swap().visit(copy.deepcopy(whole, memo)))


def _heard(node: ast.AST) -> Iterator[ast.AST]:
    """Parts of a node that matter when the code runs."""
    if isinstance(node, ast.Import | ast.ImportFrom) or _is_idle(node):
        return
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "bases", "keywords") and not isinstance(node, ast.Call):
            continue
        for child in value if isinstance(value, list) else [value]:
            idle = isinstance(child, ast.expr_context) or (isinstance(child, ast.keyword) and child.arg in _IDLE)
            if isinstance(child, ast.AST) and not idle:
                yield child


def _is_idle(node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        return _called(node) in _UNHEARD
    if isinstance(node, ast.If):
        return isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
    if isinstance(node, ast.Assign | ast.AnnAssign):
        names = {ast.unparse(t) for t in (node.targets if isinstance(node, ast.Assign) else [node.target])}
        value = ast.unparse(node.value) if node.value else ""
        return bool(names & {"__all__", "__slots__"}) or (value.startswith("Literal[") or "NDArray" in value)
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _called(node: ast.Call) -> str:
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


def _given(above: tuple[ast.AST, ...]) -> tuple[str, ...]:
    """Names to which the innermost statement gives a value."""
    for node in reversed(above):
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            return tuple(n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name))
    return ()


def _dresses(node: ast.AST, above: tuple[ast.AST, ...]) -> bool:
    for one in (*above, node):
        if isinstance(one, ast.keyword) and one.arg in _LOOKS:
            return True
        if isinstance(one, ast.Call) and _called(one) in _DRESS:
            return True
        if isinstance(one, ast.Dict) and {k.value for k in one.keys if isinstance(k, ast.Constant)} & _LOOKS:
            return True
    deleted = [k.arg for k in node.keywords] if isinstance(node, ast.Call) else []
    offset = any(isinstance(a, ast.Tuple) for a in above) and isinstance(node, ast.Constant | ast.UnaryOp)
    near = next((_called(a) for a in reversed(above) if isinstance(a, ast.Call)), "")
    return (offset and near in ("annotate", "text")) or (bool(deleted) and set(deleted) <= _LOOKS)


def _changes(node: ast.AST, above: tuple[ast.AST, ...]) -> Iterator[tuple[str, ast.AST, ast.AST | None]]:
    """Name of the change, the node that it replaces, and what takes its place (None for nothing)."""
    if isinstance(node, ast.If) and not _is_idle(node):
        yield "branch", node.test, ast.Constant(True)
        yield "branch", node.test, ast.Constant(False)
    maker = _MAKERS.get(type(node))
    if maker is not None and not _is_idle(node):
        for operator, new in maker(node, above):
            yield operator, node, new


def _with(node: ast.AST, **fields: object) -> ast.AST:
    new = copy.copy(node)
    for name, value in fields.items():
        setattr(new, name, value)
    return new


def _compare(node: ast.Compare, _: object) -> Iterator[tuple[str, ast.AST]]:
    for i, op in enumerate(node.ops):
        for other in COMPARED[type(op)]:
            yield "compare", _with(node, ops=[*node.ops[:i], other(), *node.ops[i + 1 :]])


def _binary(node: ast.BinOp, _: object) -> Iterator[tuple[str, ast.AST]]:
    words = (ast.JoinedStr, ast.Constant)
    text = any(isinstance(s, words) and not _is_number(s) for s in (node.left, node.right))
    if type(node.op) in COMPUTED and not text:
        yield "arithmetic", _with(node, op=COMPUTED[type(node.op)]())


def _is_number(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, int | float)


def _boolean(node: ast.BoolOp, _: object) -> Iterator[tuple[str, ast.AST]]:
    yield "and / or", _with(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())


def _unary(node: ast.UnaryOp, _: object) -> Iterator[tuple[str, ast.AST]]:
    yield {"Not": "not", "USub": "sign", "Invert": "not", "UAdd": "sign"}[type(node.op).__name__], node.operand


def _constant(node: ast.Constant, above: tuple[ast.AST, ...]) -> Iterator[tuple[str, ast.AST]]:
    value = node.value
    if isinstance(value, bool):
        yield "constant", ast.Constant(not value)
    elif isinstance(value, int):
        yield "constant", ast.Constant(value + 1)
        if value:
            yield "constant", ast.Constant(value - 1)
    elif isinstance(value, float):
        yield "constant", ast.Constant(value * 1.1 if value else 1.0)
        if value == 1.0:
            yield "constant", ast.Constant(0.0)
    elif isinstance(value, str) and value in OTHER:
        yield "word", ast.Constant(OTHER[value])


def _call(node: ast.Call, above: tuple[ast.AST, ...]) -> Iterator[tuple[str, ast.AST]]:
    name = _called(node)
    if name in OTHER and isinstance(node.func, ast.Attribute):
        yield "call", _with(node, func=_with(node.func, attr=OTHER[name]))
    elif name in ("min", "max", "any", "all"):
        yield "call", _with(node, func=ast.Name(OTHER[name]))
    if name in _WRAPPERS and (inner := _wrapped(node)) is not None:
        yield "unwrapped", inner
    plain = [a for a in node.args if not isinstance(a, ast.Starred)]
    if len(plain) == len(node.args) >= 2 and ast.dump(plain[0]) != ast.dump(plain[1]) and name not in ("isinstance",):
        yield "swapped", _with(node, args=[plain[1], plain[0], *plain[2:]])
    for i, word in enumerate(node.keywords):
        if word.arg and word.arg not in _IDLE:
            yield "argument", _with(node, keywords=[*node.keywords[:i], *node.keywords[i + 1 :]])


def _wrapped(node: ast.Call) -> ast.AST | None:
    """What a call such as ``abs(x)`` or ``x.abs()`` is made of."""
    module = ast.unparse(node.func.value) if isinstance(node.func, ast.Attribute) else "built in"
    inner = node.args[0] if module in ("built in", "np", "pd") and node.args else getattr(node.func, "value", None)
    return None if isinstance(inner, ast.Starred) else inner


def _branch(node: ast.IfExp, _: object) -> Iterator[tuple[str, ast.AST]]:
    yield "branch", node.body
    yield "branch", node.orelse


def _made(node: ast.AST, _: object) -> Iterator[tuple[str, ast.AST]]:
    """Drop the conditions of a comprehension."""
    for i, part in enumerate(node.generators):
        if part.ifs:
            rest = _with(part, ifs=[])
            yield "filter", _with(node, generators=[*node.generators[:i], rest, *node.generators[i + 1 :]])


def _returned(node: ast.Return, _: object) -> Iterator[tuple[str, ast.AST]]:
    if node.value is not None and not (isinstance(node.value, ast.Constant) and node.value.value is None):
        yield "return", ast.Return(ast.Constant(None))


def _dropped(node: ast.stmt, _: object) -> Iterator[tuple[str, None]]:
    yield "deleted", None


def _assigned(node: ast.Assign, above: tuple[ast.AST, ...]) -> Iterator[tuple[str, None]]:
    """Deleting an assignment is a fault of its own where the name stays defined without it."""
    if all(isinstance(t, ast.Subscript | ast.Attribute) for t in node.targets):
        yield "deleted", None
        return
    own = next((a for a in reversed(above) if isinstance(a, ast.FunctionDef)), None)
    if own is None:
        return
    names = {n.id for t in node.targets for n in ast.walk(t) if isinstance(n, ast.Name)}
    earlier = {a.arg for a in (*own.args.args, *own.args.kwonlyargs)}
    for other in ast.walk(own):
        if isinstance(other, ast.Assign) and other.lineno < node.lineno:
            earlier |= {n.id for t in other.targets for n in ast.walk(t) if isinstance(n, ast.Name)}
    if names and names <= earlier:
        yield "deleted", None


def _added(node: ast.AugAssign, _: object) -> Iterator[tuple[str, ast.AST | None]]:
    if type(node.op) in COMPUTED:
        yield "arithmetic", _with(node, op=COMPUTED[type(node.op)]())
    yield "deleted", None


def _left(node: ast.stmt, _: object) -> Iterator[tuple[str, ast.AST]]:
    yield "loop", ast.Break() if isinstance(node, ast.Continue) else ast.Continue()


_MAKERS = {
    ast.Compare: _compare, ast.BinOp: _binary, ast.BoolOp: _boolean, ast.UnaryOp: _unary, ast.Constant: _constant,
    ast.Call: _call, ast.IfExp: _branch, ast.ListComp: _made, ast.SetComp: _made, ast.GeneratorExp: _made,
    ast.DictComp: _made, ast.Return: _returned, ast.Raise: _dropped, ast.Assert: _dropped, ast.Expr: _dropped,
    ast.Assign: _assigned, ast.AugAssign: _added, ast.Continue: _left, ast.Break: _left,
}  # fmt: skip


def lines_of(
    source: str, module: str, mutant: Mutant, used: dict[str, list[tuple[str, range]]]
) -> list[tuple[str, set[int]]]:
    """Modules and lines whose tests may notice a fault: its own line, or the functions that use what it defines."""
    tree, out = ast.parse(source), []
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.lineno <= mutant.line <= node.end_lineno:
            inside = {n for s in node.body for n in range(s.lineno, s.end_lineno + 1)}
            near = [mutant.line] if mutant.line in inside else inside
            out = [(module, _whole(tree, near))]  # the innermost one comes last
    if not out:
        out = [(m, set(r)) for name in mutant.names or [mutant.function.split(".")[0]] for m, r in used.get(name, [])]
    return out or [(module, set(range(1, len(source.split("\n")) + 1)))]


def _whole(tree: ast.AST, lines: Iterable[int]) -> set[int]:
    """Lines, with all those of the statement that they are part of, since only its first may be noted."""
    out = set(lines)
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.stmt)
            and not hasattr(node, "body")
            and out & set(range(node.lineno, node.end_lineno + 1))
        ):
            out |= set(range(node.lineno, node.end_lineno + 1))
        elif isinstance(node, ast.If | ast.While | ast.For | ast.With) and node.body[0].lineno > node.lineno:
            head = range(node.lineno, node.body[0].lineno)
            if out & set(head):
                out |= set(head)
    return out


def names_used(root: Path) -> dict[str, list[tuple[str, range]]]:
    """Functions of the package that mention each name: modules and lines of their bodies."""
    found: dict[str, list[tuple[str, range]]] = {}
    for path in sorted((root / "clemency").rglob("*.py")):
        module, tree = path.relative_to(root / "clemency").as_posix(), ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                mine = {getattr(n, "id", getattr(n, "attr", None)) for n in ast.walk(node)} - {None}
                for name in mine:
                    found.setdefault(str(name), []).append((module, range(node.body[0].lineno, node.end_lineno + 1)))
    return found
