"""Results -> one table for a document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, get_args

import pandas as pd

from clemency.figures.theme.wording import words
from clemency.records.arguments.signatures import typed
from clemency.records.errors import UsageError
from clemency.records.presentation.wording import listed
from clemency.tables.cells import FEW, MARK, column_texts, limits_text
from clemency.tables.columns import Asked, Column, Key, column_of, label_of
from clemency.tables.hooks import FittedModel
from clemency.tables.rendered import ResultTable

Shown = Literal["limits", "error", "p", "events"]


@typed
def table(
    results: Any,
    *,
    headings: Sequence[str] | None = None,
    exponentiate: bool | None = None,
    show: Sequence[Shown] = ("limits", "events"),
    keep: Sequence[str] = (),
    drop: Sequence[str] = (),
    labels: Mapping[str, str] | None = None,
    statistics: Sequence[str] | None = None,
    times: float | Sequence[float] | None = None,
    digits: int = 2,
    caption: str = "",
    notes: str | Sequence[str] = (),
) -> ResultTable:
    """Set models side by side in a table for Word, LaTeX, Typst or a page; or show curves, a test or a frame as one.

    Parameters
    ----------
    results : estimate, sequence of them, or mapping of headings to them
        What `cox`, `fine_gray`, `occurrence`, `parametric`, `pool` and the other models give. A single result may also
        be curves, a test or a DataFrame.
    headings : sequence of str, optional
        One for each model; its outcome by default.
    exponentiate : bool, optional
        Show ratios. By default where coefficients are logarithms.
    show : sequence of {"limits", "error", "p", "events"}
        What stands beside an estimate: limits or standard error in brackets, p value and events in columns of their
        own.
    keep, drop : sequence of str
        Terms to show, and to leave out. Constants and effects of duration are left out of tables of ratios unless
        they are kept by name.
    labels : mapping of str to str, optional
        Words for a term, or for a level as ``"term: level"``.
    statistics : sequence of str, optional
        Names in ``glance()`` to show below; numbers of rows, cases and events, likelihoods and the kind of standard
        errors by default.
    times : float or sequence of float, optional
        Of curves: the times to show; every step by default.
    digits : int
        Decimals of what is no ratio.
    caption : str
    notes : str or sequence of str
        Added to those that the table makes: what the numbers are, references, and rows with few events.

    Returns
    -------
    ResultTable
        ``save("table.docx")`` writes it; also ``.html``, ``.tex``, ``.typ`` and ``.csv``.

    Raises
    ------
    UsageError
        For results that have no table, a term that no model has, and arguments that a result has no use for.

    Notes
    -----
    The files are made by maketables and great-tables (``pip install 'clemency[tables]'``). Every estimate also takes
    part in tables of these packages by itself, as ``maketables.ETable([fit, other])``, and in pyfixest's ``etable``. A
    reference level has a row of its own, with its events. A row is marked where it, or the reference, has fewer than
    five events.

    References
    ----------
    V. Arel-Bundock, modelsummary: Data and model summaries in R, Journal of Statistical Software 103 (2022), on such
    tables. E. von Elm and others, The STROBE statement, PLoS Medicine 4 (2007), e296, on events beside ratios.

    Examples
    --------
    >>> import pandas as pd
    >>> import clemency as cl
    >>> d = pd.DataFrame({"t": range(1, 13), "e": 1, "sex": ["F", "M"] * 6})
    >>> d["age"] = [3, 1, 2, 5, 2, 1, 4, 3, 2, 6, 4, 5]
    >>> crude, adjusted = (cl.cox(d, f, exit="t", event="e") for f in ("sex", "sex + age"))
    >>> made = cl.table({"crude": crude, "adjusted": adjusted}, statistics=["n", "events"])
    >>> made.frame["adjusted"]["hazard ratio (95% limits)"].tolist()
    ['reference', '1.01 (0.30 to 3.43)', '0.64 (0.39 to 1.03)', '12', '12']
    """
    asked = Asked(
        exponentiate, _several(show), _several(keep), _several(drop), labels or {},
        None if statistics is None else _several(statistics), digits,
    )  # fmt: skip
    if unknown := [s for s in asked.shown if s not in get_args(Shown)]:
        raise UsageError(f"show= takes {', '.join(get_args(Shown))}, not {unknown[0]!r}.")
    extra = tuple(note for note in _several(notes) if note)
    named = _named(results, headings)
    if len(named) == 1 and not _is_estimate(next(iter(named.values()))):
        return _whole(next(iter(named.values())), times, asked, caption, extra)
    if times is not None:
        raise UsageError("times= is for curves; an estimate has none.")
    columns = {}
    for heading, result in named.items():
        if not _is_estimate(result):
            raise UsageError(
                f"{heading}: a {type(result).__name__} has no coefficients to set side by side. Curves, tests and "
                "frames are made tables one by one."
            )
        columns[heading] = column_of(result, asked)
    _check_terms(columns, named, asked)
    made = _side_by_side(columns, asked, caption, extra, _has_headings(results, headings))
    return replace(made, models=named)


def _several(values: Sequence[str] | str) -> tuple[str, ...]:
    return (values,) if isinstance(values, str) else tuple(values)


def _has_headings(results: Any, headings: Any) -> bool:
    return headings is not None or isinstance(results, Mapping)


def _named(results: Any, headings: Sequence[str] | None) -> dict[str, Any]:
    """Results by heading."""
    if isinstance(results, Mapping):
        if headings is not None:
            raise UsageError("the mapping has headings already: leave headings= out.")
        named = {str(k): v for k, v in results.items()}
    else:
        every = list(results) if isinstance(results, list | tuple) else [results]
        if headings is not None and len(headings) != len(every):
            raise UsageError(f"headings= has {len(headings)} for {len(every)} results: give one for each.")
        names = [f"({i})" for i in range(1, len(every) + 1)] if headings is None else [str(h) for h in headings]
        if len(set(names)) < len(names):
            raise UsageError("headings= has one twice: give each model its own.")
        named = dict(zip(names, every, strict=True))
    if not named:
        raise UsageError("there are no results: give an estimate, or several in a list.")
    return named


def _is_estimate(result: Any) -> bool:
    return isinstance(result, FittedModel)


def _check_terms(columns: Mapping[str, Column], named: Mapping[str, Any], asked: Asked) -> None:
    known = list(dict.fromkeys(str(t) for r in named.values() for t in r.tidy()["term"]))
    for argument, given in (("keep", asked.keep), ("drop", asked.drop)):
        if unknown := [t for t in given if t not in known]:
            raise UsageError(f"{argument}= names '{unknown[0]}', which no model has. They have: {', '.join(known)}.")
    if not any(c.cells for c in columns.values()):
        raise UsageError("no row is left: the models have no covariates, or keep= and drop= leave none.")


def _side_by_side(
    columns: Mapping[str, Column], asked: Asked, caption: str, extra: tuple[str, ...], given: bool
) -> ResultTable:
    keys = _order(columns)
    below = list(dict.fromkeys(s for c in columns.values() for s in c.statistics))
    made: dict[tuple[str, str], list[str]] = {}
    for heading, c in columns.items():
        head = heading if given or c.outcome == "event" else f"{heading} {words(c.outcome)}"
        inside = f"{c.measure} ({c.ci_level:.0%} limits)" if "limits" in asked.shown else c.measure
        made[head, inside] = [c.cells.get(k, {}).get("estimate", "") for k in keys] + [
            c.statistics.get(s, "") for s in below
        ]
        for name in ("p", "events"):
            texts = [c.cells.get(k, {}).get(name, "") for k in keys]
            if name in asked.shown and any(texts):
                made[head, name] = texts + [""] * len(below)
    frame = pd.DataFrame(made, index=pd.Index([label_of(k, asked.labels) for k in keys] + below), dtype=object)
    frame.columns = pd.MultiIndex.from_tuples(list(made))
    return ResultTable(frame, (*_notes(columns), *extra), caption, len(keys))


def _order(columns: Mapping[str, Column]) -> list[Key]:
    """Rows of all models: terms as they first come, the levels of one together."""
    keys = list(dict.fromkeys(k for c in columns.values() for k in c.cells))
    place = {of: i for i, of in reversed(list(enumerate(k[:2] for k in keys)))}
    return sorted(keys, key=lambda k: place[k[:2]])


def _notes(columns: Mapping[str, Column]) -> tuple[str, ...]:
    every = list(columns.values())
    notes = []
    if any(c.references for c in every):
        notes.append("Ratios are to the level called reference." if any("ratio" in c.measure for c in every) else "")
    if any(c.few for c in every):
        notes.append(f"{MARK} Fewer than {FEW} events in this level or in the reference: the number is unstable.")
    if any(c.hidden for c in every):
        notes.append("Constants, effects of duration and parameters of distributions are not shown.")
    return tuple(n for n in notes if n)


def _whole(result: Any, times: Any, asked: Asked, caption: str, extra: tuple[str, ...]) -> ResultTable:
    """Curves, a test or a frame as a table."""
    if times is not None and not callable(getattr(result, "at", None)):
        raise UsageError("times= is for curves; this result has no times to choose.")
    if isinstance(result, pd.DataFrame):
        frame = result
    elif callable(getattr(result, "tidy", None)):
        frame = result.tidy() if times is None else result.at(times)
    else:
        raise UsageError(f"results must be estimates, curves, a test or a DataFrame, not {type(result).__name__}.")
    if frame.columns.nlevels > 1 or not len(frame.columns):
        raise UsageError("the frame must have columns of one level each.")
    return ResultTable(*_texts(frame.reset_index(drop=True), result, asked, extra), caption, len(frame))


def _texts(
    frame: pd.DataFrame, result: Any, asked: Asked, extra: tuple[str, ...]
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Cells of a frame: texts make the rows' labels, and an estimate takes its limits along."""
    named = [c for c in frame if frame[c].dtype.kind not in "iufb" and c != "time_unit"]
    parts = [[asked.labels.get(t, words(t)) for t in column_texts(frame[c], 0)] for c in named]
    rows = [", ".join(p for p in row if p) for row in zip(*parts, strict=True)] if parts else [""] * len(frame)
    index = pd.Index(rows)
    made: dict[str, list[str]] = {}
    has_limits = {"estimate", "ci_low", "ci_high"} <= set(frame) and "limits" in asked.shown
    for c in (c for c in frame if c not in named):
        if c == "std_error" and "error" not in asked.shown:
            continue
        if has_limits and c in ("ci_low", "ci_high"):
            continue
        texts = column_texts(frame[c], asked.digits if c != "std_error" else max(asked.digits, 2))
        name = asked.labels.get(str(c), words(c).replace("n event", "events").replace("p value", "p"))
        if has_limits and c == "estimate":
            bounds = zip(frame["ci_low"].to_numpy(float), frame["ci_high"].to_numpy(float), strict=True)
            said = [limits_text(low, high, False, asked.digits) for low, high in bounds]
            texts = [f"{t} ({s})" if s else t or "not known" for t, s in zip(texts, said, strict=True)]
            name = f"{name} ({getattr(result, 'ci_level', 0.95):.0%} limits)"
        made[name] = texts
    whole = pd.DataFrame(made, index=index, dtype=object)
    told = list(result.notes()) if callable(getattr(result, "notes", None)) else []
    return whole, (*_told(frame, named), *told, *extra)


def _told(frame: pd.DataFrame, named: list[str]) -> list[str]:
    rows = [words(n) for n in named]
    return [f"Rows: {listed(rows)}."] if len(rows) > 1 else []
