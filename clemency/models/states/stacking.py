"""Spells in states and formulas by transition -> one design: a row for each transition that could end a spell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from clemency.models.designmatrix.design import Design, check_spread, model_matrix
from clemency.models.designmatrix.nullmodel import is_null, null_design, variables_if_any
from clemency.models.kernel.riskset import pairs_of
from clemency.models.modelframe.exclusions import column_names
from clemency.models.states.histories.spells import StateSpells
from clemency.records.errors import DataError, Problem, UsageError
from clemency.typing import Bools, Floats, Ints

#: Formula for all transitions, or for those that patterns such as ``"* -> death"`` name.
Formulas = str | Mapping[str, str] | None
#: Patterns of transitions whose baselines are proportional, or pattern -> ``"proportional"`` or ``"equal"``.
Baselines = str | Sequence[str] | Mapping[str, str] | None
BASELINE = "baseline"
_ALIKE = ("proportional", "equal")


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Columns of one formula.

    Attributes
    ----------
    label : str
        Transition, or pattern of the transitions whose effects are one.
    transitions : ndarray of int
        Which transitions it is in.
    design : Design
        Of the rows of these transitions.
    columns : ndarray of int
        Its columns in the whole matrix.
    """

    label: str
    transitions: Ints
    design: Design
    columns: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Stack:
    """Q transitions, N rows (a spell once for each that it could end in), p columns.

    Attributes
    ----------
    pairs : ndarray of int, shape (Q, 2)
        States before and after.
    names : tuple of str, length Q
    row : ndarray of int, shape (N,)
        Spell of each row.
    transition : ndarray of int, shape (N,)
    event : ndarray of bool, shape (N,)
    baseline : ndarray of int, shape (Q,)
        Number of the baseline hazard of each transition.
    blocks : tuple of Block
    extra : ndarray of int, shape (Q,)
        Column of the factor by which a transition's hazard differs from that of the first with its baseline, -1 for
        none.
    design : Design
        Of all rows and columns, to be fitted; new rows are encoded by the blocks.
    labels : tuple of str, length p
        Transition or pattern of each column.
    """

    pairs: Ints
    names: tuple[str, ...]
    row: Ints
    transition: Ints
    event: Bools
    baseline: Ints
    blocks: tuple[Block, ...]
    extra: Ints
    design: Design
    labels: tuple[str, ...]

    def encode(self, frame: pd.DataFrame) -> Floats:
        """Covariates of new rows for each transition, shape (m, Q, p)."""
        out = np.zeros((len(frame), len(self.pairs), len(self.labels)))
        for block in self.blocks:
            X = block.design.encode(frame)
            for q in block.transitions:
                out[:, q, block.columns] = X
        for q in np.flatnonzero(self.extra >= 0):
            out[:, q, self.extra[q]] = 1.0
        return out


def covariates(separate: Formulas, common: Formulas, frame: pd.DataFrame) -> list[str]:
    """Columns that formulas name."""
    found: dict[str, None] = {}
    for formulas in (separate, common):
        for formula in [formulas] if isinstance(formulas, str) else (formulas or {}).values():
            found |= dict.fromkeys(variables_if_any(formula, frame.columns))
    return list(found)


def stacked(s: StateSpells, separate: Formulas, common: Formulas, one_baseline: Baselines) -> Stack:
    """Stack the spells by transition.

    Parameters
    ----------
    s : StateSpells
        With the covariates of all formulas.
    separate, common : str or mapping
        Formula, or pattern -> formula, of effects of each transition's own and of effects that several have in common.
    one_baseline : str, sequence of str, or mapping
        Patterns of transitions whose baseline hazards are proportional, or equal.
    """
    moved = s.moved
    pairs = np.column_stack(pairs_of(s.state[moved], s.to[moved]))
    names = tuple(s.transition(int(j), int(k)) for j, k in pairs)
    row, transition = _rows(s, pairs)
    event = moved[row] & (s.to[row] == pairs[transition, 1])
    frame, blocks, p = s.history.frame, [], 0
    for label, formula, qs in _formulas(s, pairs, names, separate, common):
        mine = np.flatnonzero(np.isin(transition, qs))
        made = _made(formula, frame.iloc[row[mine]], label)
        blocks.append(Block(label, qs, made, p + np.arange(made.matrix.shape[1])))
        p += made.matrix.shape[1]
    if not blocks and separate is None and common is None:
        raise UsageError(
            'Name covariates: a formula for all transitions, or one for each pattern of them; "1" for baselines alone.'
        )
    baseline, extra, labels, terms, levels = _baselines(s, pairs, names, one_baseline, blocks, p)
    X = np.zeros((len(row), len(labels)))
    for block in blocks:
        X[np.ix_(np.isin(transition, block.transitions), block.columns)] = block.design.matrix
    for q in np.flatnonzero(extra >= 0):
        X[transition == q, extra[q]] = 1.0
    first = blocks[0].design if blocks else null_design("1", len(row))
    whole = replace(
        first, matrix=X, terms=terms, levels=levels, assign=_terms(blocks, len(labels)), reference={},
        unused=(), mean=X.mean(axis=0), span=X.max(axis=0) - X.min(axis=0), groups={}, crossed={}, alike=_alike(blocks),
        pattern=None,
    )  # fmt: skip
    return Stack(pairs, names, row, transition, event, baseline, tuple(blocks), extra, whole, labels)


def matching(s: StateSpells, pattern: str, pairs: Ints, names: Sequence[str]) -> Ints:
    """Transitions that a pattern names: ``"a -> b"``, ``"* -> b"``, ``"a -> *"``, ``"*"``, several joined by ``|``."""
    found: list[int] = []
    for part in pattern.split("|"):
        ends = [p.strip() for p in part.split("->")]
        before, after = ends if len(ends) == 2 else ("*", "*") if ends == ["*"] else ("", "")
        mine = [
            q for q, (j, k) in enumerate(pairs) if before in ("*", s.states[j]) and after in ("*", s.states[k])
        ]  # fmt: skip
        if not mine:
            raise UsageError(
                f"'{part.strip()}' names no transition of the data; they are: {'; '.join(names)}. A star stands for "
                "any state, as in '* -> death'."
            )
        found += [q for q in mine if q not in found]
    return np.array(sorted(found), dtype=np.intp)


def _rows(s: StateSpells, pairs: Ints) -> tuple[Ints, Ints]:
    rows = [np.flatnonzero(s.state == j) for j, _ in pairs]
    return np.concatenate(rows), np.repeat(np.arange(len(pairs)), [len(r) for r in rows])


def _formulas(
    s: StateSpells, pairs: Ints, names: Sequence[str], separate: Formulas, common: Formulas
) -> list[tuple[str, str, Ints]]:
    """Label, formula and transitions of each block: for separate effects a block for each transition."""
    found: list[tuple[str, str, Ints]] = []
    for pattern, formula in _by_pattern(separate):
        found += [(names[q], formula, np.array([q])) for q in matching(s, pattern, pairs, names)]
    for pattern, formula in _by_pattern(common):
        found.append((pattern, formula, matching(s, pattern, pairs, names)))
    return [block for block in found if not is_null(block[1])]


def _by_pattern(formulas: Formulas) -> list[tuple[str, str]]:
    if formulas is None:
        return []
    return [("*", formulas)] if isinstance(formulas, str) else [(str(k), v) for k, v in formulas.items()]


def _made(formula: str, frame: pd.DataFrame, label: str) -> Design:
    """Design of some transitions' rows; what is wrong with it is told with their name."""
    try:
        design = model_matrix(formula, {str(c): frame[c].reset_index(drop=True) for c in frame})
        check_spread(design)
    except DataError as error:
        raise DataError([replace(p, column=f"{p.column} ({label})") for p in error.problems]) from error
    return design


def _baselines(
    s: StateSpells,
    pairs: Ints,
    names: Sequence[str],
    one_baseline: Baselines,
    blocks: Sequence[Block],
    p: int,
) -> tuple[Ints, Ints, tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Baseline and extra column of each transition, and labels, terms and levels of all columns."""
    baseline, extra = np.arange(len(pairs)), np.full(len(pairs), -1, dtype=np.intp)
    labels = [b.label for b in blocks for _ in b.columns]
    terms = [t for b in blocks for t in b.design.terms]
    levels = [v for b in blocks for v in b.design.levels]
    for pattern, how in _patterns(one_baseline).items():
        first, *others = matching(s, pattern, pairs, names)
        for q in others:
            if baseline[q] != q or extra[q] >= 0:
                raise UsageError(f"one_baseline= names '{names[q]}' twice.")
            baseline[q] = baseline[first]
            if how == "equal":
                continue
            extra[q] = p
            labels, terms, levels = [*labels, names[q]], [*terms, BASELINE], [*levels, f"beside {names[first]}"]
            p += 1
    _, baseline = np.unique(baseline, return_inverse=True)
    return baseline, extra, tuple(labels), tuple(terms), tuple(levels)


def _patterns(one_baseline: Baselines) -> dict[str, str]:
    """Patterns with how alike the baselines of their transitions are."""
    if not isinstance(one_baseline, Mapping):
        return dict.fromkeys(column_names(one_baseline), "proportional")
    found = {str(pattern): how for pattern, how in one_baseline.items()}
    wrong = next((how for how in found.values() if how not in _ALIKE), None)
    if wrong is not None:
        raise UsageError(f"one_baseline= says {wrong!r}, which is not one of: {', '.join(_ALIKE)}.")
    return found


def _terms(blocks: Sequence[Block], p: int) -> Ints:
    assign, n = [], 0
    for block in blocks:
        assign += [n + int(a) for a in block.design.assign]
        n += int(block.design.assign.max()) + 1
    return np.array([*assign, *(n + k for k in range(p - len(assign)))], dtype=np.intp)


def _alike(blocks: Sequence[Block]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line for b in blocks for line in b.design.alike))


def unmatched(stack: Stack, flags: Bools) -> list[Problem]:
    """Name columns without a finite estimate, each with its transition and events."""
    problems = []
    for j in np.flatnonzero(flags):
        label, term = stack.labels[j], stack.design.terms[j]
        X, level = stack.design.matrix[:, j], stack.design.levels[j]
        events = int((X[stack.event] != 0).sum())
        what = (
            f"among transitions '{label}' the likelihood has no maximum along it ({events} of them with a value that "
            "is not zero), so it has no finite hazard ratio"
        )
        remedy = "Leave the term out for that transition, merge levels, or let several transitions have it in common."
        problems.append(Problem("data", None, term, level, what, remedy))
    return problems
