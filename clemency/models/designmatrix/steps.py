"""A formula -> the columns that enter as step functions, which have no slope per unit."""

from __future__ import annotations

import ast

from clemency.models.designmatrix.formula import Aside, Parsed, dotted

#: NumPy's functions whose values jump, or stay.
_JUMPS = frozenset(
    f"np.{name}"
    for name in (
        "sign", "floor", "ceil", "trunc", "rint", "fix", "round", "around", "floor_divide", "mod", "remainder", "fmod",
        "heaviside", "logical_and", "logical_or", "logical_xor", "logical_not", "less", "less_equal", "greater",
        "greater_equal", "equal", "not_equal", "isin", "digitize",
    )
)  # fmt: skip
_OPERATORS = (ast.FloorDiv, ast.Mod, ast.BitAnd, ast.BitOr, ast.BitXor)


def step_of(parsed: Parsed, column: str) -> str:
    """The first factor in which a column enters by steps, as it is printed; "" if there is none.

    Examples
    --------
    >>> from .formula import parse
    >>> step_of(parse("age + I((age > 50) * income)"), "age"), step_of(parse("age + I(age**2)"), "age")
    ('I((age > 50) * income)', '')
    """
    for factor in (f for term in parsed.terms for f in term if f.tree is not None):
        if column in factor.columns and _jumps(factor.tree, column, parsed.aside):
            return factor.text
    return ""


def _jumps(node: ast.AST | None, column: str, aside: Aside) -> bool:
    """Whether some part of a tree with the column in it jumps."""
    if node is None or not _has(node, column, aside):
        return False
    if isinstance(node, ast.Compare) or isinstance(getattr(node, "op", None), (*_OPERATORS, ast.Invert)):
        return True
    if isinstance(node, ast.Call):
        name = dotted(node.func)
        if name in _JUMPS or (name == "np.where" and _has(node.args[0], column, aside)):
            return True
        parts: list[ast.AST] = [*node.args, *(k.value for k in node.keywords)]
    else:
        parts = list(ast.iter_child_nodes(node))
    return any(_jumps(part, column, aside) for part in parts)


def _has(node: ast.AST, column: str, aside: Aside) -> bool:
    """Whether a tree has the column in it, by name or as Q('name')."""
    if isinstance(node, ast.Call) and dotted(node.func) == "Q":
        return aside.texts.get(dotted(node.args[0])) == column
    name = dotted(node)
    if name:
        return aside.column(name) == column
    return any(_has(child, column, aside) for child in ast.iter_child_nodes(node))
