"""Ratios with their limits, one row per level of a term, as one table and figure."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import NullLocator

from clemency.figures.theme.columns import Column, beside_rows, said_number
from clemency.figures.theme.kept import keep
from clemency.figures.theme.labelling import axis_text, wrapped
from clemency.figures.theme.look import Look, figure
from clemency.figures.theme.palette import INK, QUIET
from clemency.figures.theme.scales import log_ticks
from clemency.figures.theme.settings import SMALL, axes_for, is_narrow, style
from clemency.figures.theme.wording import FEW


@figure("title", "labels", "palette", "band", "order")
def forest(
    frame: pd.DataFrame,
    ax: Axes | None = None,
    ratio: str = "hazard ratio",
    key: bool = True,
    *,
    counted: str = "events",
    sides: tuple[str, str] | None = ("less often", "more often"),
    table: bool = True,
    look: Look,
) -> Axes:
    """Ratios with their limits on a log axis; beside each what stands behind it, and the ratio in numbers.

    Parameters
    ----------
    frame : DataFrame
        ``term, level, estimate, ci_low, ci_high`` as ratios; ``n_event``, ``person_months`` or ``person_time``, and
        ``reference`` if there.
        Rows with fewer than five events, or with a reference that has fewer, are drawn hollow; a column ``few``, if there is one, says which instead.
        A ratio beyond the axis, which ends at 0.02 and 50 at the latest, is an arrow at its edge with its value, an
        infinite one with the words *no upper limit*.
    ax : Axes, optional
    ratio : str
        What is shown, for the axis.
    key : bool
        Say below the axis what hollow points mean, where there are such.
    counted : str
        What ``n_event`` counts, for the heading of its column.
    sides : (str, str) or None
        What ratios below and above 1 mean; None to leave it open.
    table : bool
        Print events, person-time and ratios beside the rows. Without it, events stand in brackets behind the names.
    look
        ``title, labels, palette, band, order``: see `Look`. Codes are terms and levels.

    Returns
    -------
    Axes
    """
    look.check([*frame["term"], *frame["level"]])
    rows = _forest_rows(_ordered(frame, look), look, brackets=not table)
    place = _places(rows)
    said = _forest_key(rows, table) if key else ""
    with style():
        top = place[0] if place else 0
        ax = axes_for(ax, 0.95 + 0.27 * (top + 1) + (0.16 if said else 0))
        ax.axvline(1, color=QUIET, lw=0.8)
        low, high = _axis_limits(frame)
        for y, row in zip(place, rows, strict=True):
            _forest_row(ax, y, row, low, high, look)
        ax.set(xscale="log", xlim=(low, high), ylim=(-0.6, top + 0.6), title=look.title)
        columns = _columns(rows, counted, ratio) if table else []
        label = axis_text("\n".join(t for t in (f"{ratio} (log scale)", said) if t))
        _axis(ax, (low, high), 4 if is_narrow() or len(columns) > 2 else 8, label, sides)
        ax.set_yticks(place, [r["label"] for r in rows])
        mixed = any(r["head"] for r in rows)
        for tick, row in zip(ax.get_yticklabels(), rows, strict=True):
            tick.set_fontweight("bold" if row["head"] or (mixed and row["alone"]) else "normal")
        if table:
            beside_rows(ax, place, top + 0.75, columns)
        text = "; ".join(
            f"{r['said']}: {_said(r['estimate'], 'no estimate', 1e-2, 1e4)} ({_to(r)})"
            for r in rows
            if not r["head"] and np.isfinite(r["ci_low"])
        ).replace("\n", " ")
        return keep(ax, frame, alt=f"Forest plot of {ratio}s. {text}.")


def _ordered(frame: pd.DataFrame, look: Look) -> pd.DataFrame:
    """Rows with the terms and levels of `Look.order` first."""
    if not look.order:
        return frame
    terms = look.arranged(dict.fromkeys(frame["term"]))
    parts = []
    for term in terms:
        part = frame[(frame["term"] == term).to_numpy()]
        place = {str(v): n for n, v in enumerate(look.arranged(part["level"]))}
        parts.append(part.iloc[np.argsort([place[str(v)] for v in part["level"]], kind="stable")])
    return pd.concat(parts)


def _axis(ax: Axes, ends: tuple[float, float], most: int, label: str, sides: tuple[str, str] | None) -> None:
    """Some ticks that readers know, and beneath them what each side of 1 means."""
    ticks = log_ticks(*ends, most)
    ax.set_xticks(ticks, [f"{t:g}" for t in ticks])
    ax.xaxis.set_minor_locator(NullLocator())
    ax.tick_params(axis="y", length=0, pad=9)  # beyond the arrows of ratios off the axis
    ax.spines["left"].set_visible(False)
    if sides is None:
        ax.set_xlabel(label)
        return
    place = {"xycoords": ax.get_xaxis_transform(), "textcoords": "offset points", "fontsize": SMALL, "color": QUIET}
    ax.annotate(f"← {sides[0]}", (1, 0), (-7, -21), ha="right", va="top", annotation_clip=False, **place)
    ax.annotate(f"{sides[1]} →", (1, 0), (7, -21), ha="left", va="top", annotation_clip=False, **place)
    ax.set_xlabel(label, labelpad=16)


def _columns(rows: list[dict[str, Any]], counted: str, ratio: str) -> list[Column]:
    """Events, person-time and ratios of the rows, as far as there are such."""
    found = []
    if any(pd.notna(r.get("n_event")) for r in rows):
        found.append(Column(counted, [f"{r['n_event']:,.0f}" if pd.notna(r.get("n_event")) else "" for r in rows]))
    for name in ("person_months", "person_time"):
        if not is_narrow() and any(pd.notna(r.get(name)) for r in rows):
            cells = [f"{r[name]:,.0f}" if pd.notna(r.get(name)) else "" for r in rows]
            found.append(Column(name.replace("_", "-"), cells))
    return [*found, Column(f"{'ratio' if 'ratio' in ratio else ratio} (limits)", [_told(r) for r in rows])]


def _told(row: dict[str, Any]) -> str:
    """A ratio and its limits in numbers."""
    if row["head"]:
        return ""
    if _is_reference(row):
        return "1 (reference)"
    if np.isnan(row["estimate"]):
        return "no estimate"
    ratio = "no estimate" if np.isinf(row["estimate"]) else _number(row["estimate"])
    if np.isnan(row["ci_low"]) or np.isnan(row["ci_high"]):
        return f"{ratio} (no limits)"
    if np.isinf(row["ci_high"]):
        low = _number(row["ci_low"])
        return f"{ratio} (from below {low[1:]})" if low.startswith("<") else f"{ratio} ({low} or more)"
    return f"{ratio} ({_number(row['ci_low'])}–{_number(row['ci_high'])})"


def with_support(table: pd.DataFrame, support: pd.DataFrame) -> pd.DataFrame:
    """Ratios with the events behind each level, ``n_event``, and a row of ratio 1 for each ``reference`` level.

    A term without levels has no ``n_event``: all events stand behind it.
    """
    levelled = support["level"].ne("") | support["term"].duplicated(keep=False)  # a level may be the empty text
    counted = support.loc[levelled, ["term", "level", "n_event", "reference"]]
    found = table.merge(counted, on=["term", "level"], how="left")
    found["reference"] = found["reference"].eq(True)
    own = counted[counted["reference"].eq(True) & counted["term"].isin(found["term"])].assign(estimate=1.0)
    first = found.reset_index().groupby("term")["index"].min()
    own.index = own["term"].map(first).to_numpy() - 0.5
    return pd.concat([found, own]).sort_index(kind="stable").reset_index(drop=True) if len(own) else found


def _forest_rows(frame: pd.DataFrame, look: Look, brackets: bool) -> list[dict[str, Any]]:
    """Rows from the top: a heading for each term with levels, and ``alone`` for a term that is a row by itself."""
    rows: list[dict[str, Any]] = []
    for term, part in frame.groupby("term", sort=False):
        several = part["level"].ne("").any()
        short = any(_is_reference(r) and r.get("n_event", FEW) < FEW for r in part.to_dict("records"))
        if several:
            rows.append({"head": True, "alone": False, "label": wrapped(look.word(term), 40)})
        for r in part.to_dict("records"):
            label = (look.word(r["level"]) or "(empty)") if several else look.word(term)
            n = r.get("n_event")
            said = f"{label} ({int(n)})" if pd.notna(n) else label
            label = wrapped(label, 18 if is_narrow() else 40)
            label = f"{label}  ({int(n)})" if brackets and pd.notna(n) else label
            few = bool(r["few"]) if "few" in r else r.get("n_event", FEW) < FEW or short
            rows.append(
                {
                    "head": False,
                    "alone": not several,
                    **r,
                    "label": label,
                    "said": said,
                    "few": few,
                    "table": not brackets,
                }
            )
    return rows


def _places(rows: list[dict[str, Any]]) -> list[float]:
    """Heights of the rows; a term without levels is set apart from the levels of the one above."""
    y, found = 0.0, []
    for above, row in zip([None, *rows], rows, strict=False):
        if above is not None:
            y -= 1.6 if row["alone"] and not above["alone"] else 1.0
        found.append(y)
    return [v - y for v in found]


def _forest_key(rows: list[dict[str, Any]], table: bool) -> str:
    counted = [r for r in rows if not r["head"] and pd.notna(r.get("n_event"))]
    if not counted:
        return ""
    few = any(r["few"] and not _is_reference(r) for r in counted)
    told = ([] if table else ["in brackets: events"]) + (["hollow: fewer than five"] if few else [])
    return "; ".join(told)


def _said(estimate: float, infinite: str, low: float = np.inf, high: float = 0.0) -> str:
    """A ratio with two decimals between two values, else with two digits; what is none in words."""
    if estimate == 0 or np.isinf(estimate):
        return infinite if estimate else "ratio 0"
    return f"{estimate:.2f}" if low < estimate < high else f"{estimate:.2g}"


def _to(row: dict[str, Any]) -> str:
    """Limits in words."""
    high = row["ci_high"]
    return f"{_number(row['ci_low'])} to {'no upper limit' if not np.isfinite(high) else _number(high)}"


def _number(value: float) -> str:
    """A ratio as printed beside its row, as reports write it too."""
    return "<0.01" if 0 < value < 0.01 else said_number(value)


def _is_reference(row: dict[str, Any]) -> bool:
    said = row.get("reference")  # missing for a row without support
    return bool(pd.notna(said) and said)


def _axis_limits(frame: pd.DataFrame) -> tuple[float, float]:
    values = frame[["estimate", "ci_low", "ci_high"]].to_numpy(dtype=float)
    values = values[(values > 0) & ~np.isnan(values)]
    if not len(values):
        return 0.1, 10.0
    low, high = max(float(values.min()), 0.02), min(float(values.max()), 50.0)
    return min(low / 1.3, 0.4), max(high * 1.3, 2.5)


def _forest_row(ax: Axes, y: float, row: dict[str, Any], low: float, high: float, look: Look) -> None:
    if row["head"]:
        return
    estimate, colour = row["estimate"], look.single(INK)
    if _is_reference(row):
        ax.plot(1, y, marker="|", color=QUIET, ms=8)
        _in_words(ax, y, row, 1, "reference")
        return
    if np.isnan(estimate):
        _in_words(ax, y, row, 1, "no estimate")
        return
    few, limits = row["few"], (row["ci_low"], row["ci_high"]) if look.band else (estimate, estimate)
    if np.isnan(limits).any():
        limits, few = (estimate, estimate), True
        _in_words(ax, y, row, float(np.clip(estimate, low, high)), "no limits")
    if limits[0] <= high and limits[1] >= low:
        ax.plot(np.clip(limits, low, high), [y, y], color=colour, lw=1.3, ls=":" if few else "-")
    for beyond, edge, mark in ((limits[0] < low, low, "<"), (limits[1] > high, high, ">")):
        if beyond:
            ax.plot(edge, y, marker=mark, color=colour, ms=5, clip_on=False)
    if low <= estimate <= high:
        ax.plot(estimate, y, marker="o", ms=6, mec=colour, mfc="none" if few else colour, mew=1.2)
    elif not row["table"]:
        side, lift = (1 if estimate < low else -1), (5 if limits[0] < high and limits[1] > low else 0)
        ends = {"textcoords": "offset points", "va": "center", "ha": "left" if side > 0 else "right", "fontsize": SMALL}
        ax.annotate(_said(estimate, "no upper limit"), (low if side > 0 else high, y), (7 * side, lift), **ends)


def _in_words(ax: Axes, y: float, row: dict[str, Any], x: float, text: str) -> None:
    """What a row says in place of limits, where no table beside it says so."""
    if not row["table"]:
        place = {"textcoords": "offset points", "va": "center", "color": QUIET, "fontsize": SMALL}
        ax.annotate(text, (x, y), (6, 0), **place)
