"""Ratios with their limits, one row per level of a term."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import NullLocator

from clemency.figures.theme.kept import keep
from clemency.figures.theme.palette import INK, QUIET
from clemency.figures.theme.settings import style
from clemency.figures.theme.wording import FEW, words


def forest(
    frame: pd.DataFrame, ax: Axes | None = None, title: str = "", ratio: str = "hazard ratio", key: bool = True
) -> Axes:
    """Ratios with their limits on a log axis.

    Parameters
    ----------
    frame : DataFrame
        ``term, level, estimate, ci_low, ci_high`` as ratios; ``n_event`` and ``reference`` if there.
        Rows with fewer than five events, or with a reference that has fewer, are drawn hollow; a column ``few``, if there is one, says which instead.
        A ratio beyond the axis, which ends at 0.02 and 50 at the latest, is an arrow at its edge with its value, an
        infinite one with the words *no upper limit*.
    ax : Axes, optional
    title : str
    ratio : str
        What is shown, for the axis.
    key : bool
        Say below the axis what brackets and hollow points mean, where there are such.

    Returns
    -------
    Axes
    """
    rows = _forest_rows(frame)
    place = _places(rows)
    said = _forest_key(rows) if key else ""
    with style():
        if ax is None:
            _, ax = plt.subplots(figsize=(7.2, 0.7 + 0.27 * (place[0] + 1 if place else 0) + (0.16 if said else 0)))
        ax.axvline(1, color=QUIET, lw=0.8)
        low, high = _axis_limits(frame)
        for y, row in zip(place, rows, strict=True):
            _forest_row(ax, y, row, low, high)
        ax.set(xscale="log", xlim=(low, high), ylim=(-0.6, (place[0] if place else 0) + 0.6), title=title)
        ax.set_xlabel(f"{ratio} (log scale)" + (f"\n{said}" if said else ""))
        ax.set_yticks(place, [r["label"] for r in rows])
        mixed = any(r["head"] for r in rows)
        for tick, row in zip(ax.get_yticklabels(), rows, strict=True):
            tick.set_fontweight("bold" if row["head"] or (mixed and row["alone"]) else "normal")
        ticks = [t for t in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100) if low <= t <= high]
        ax.set_xticks(ticks, [f"{t:g}" for t in ticks])
        ax.xaxis.set_minor_locator(NullLocator())
        ax.tick_params(axis="y", length=0)
        ax.spines["left"].set_visible(False)
        text = "; ".join(
            f"{r['label']}: {_said(r['estimate'], 'no estimate', 1e-2, 1e4)}"
            for r in rows
            if not r["head"] and np.isfinite(r["ci_low"])
        ).replace("\n", " ")
        return keep(ax, frame, alt=f"Forest plot of {ratio}s. {text}.")


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


def _forest_rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows from the top: a heading for each term with levels, and ``alone`` for a term that is a row by itself."""
    rows: list[dict[str, Any]] = []
    for term, part in frame.groupby("term", sort=False):
        several = part["level"].ne("").any()
        short = any(_is_reference(r) and r.get("n_event", FEW) < FEW for r in part.to_dict("records"))
        if several:
            rows.append({"head": True, "alone": False, "label": words(term)})
        for r in part.to_dict("records"):
            label = (words(r["level"]) or "(empty)") if several else words(term)
            n = r.get("n_event")
            label = f"{label}  ({int(n)})" if pd.notna(n) else label
            few = bool(r["few"]) if "few" in r else r.get("n_event", FEW) < FEW or short
            rows.append({"head": False, "alone": not several, **r, "label": label, "few": few})
    return rows


def _places(rows: list[dict[str, Any]]) -> list[float]:
    """Heights of the rows; a term without levels is set apart from the levels of the one above."""
    y, found = 0.0, []
    for above, row in zip([None, *rows], rows, strict=False):
        if above is not None:
            y -= 1.6 if row["alone"] and not above["alone"] else 1.0
        found.append(y)
    return [v - y for v in found]


def _forest_key(rows: list[dict[str, Any]]) -> str:
    counted = [r for r in rows if not r["head"] and pd.notna(r.get("n_event"))]
    if not counted:
        return ""
    few = any(r["few"] and not _is_reference(r) for r in counted)
    return "in brackets: events" + ("; hollow: fewer than five" if few else "")


def _said(estimate: float, infinite: str, low: float = np.inf, high: float = 0.0) -> str:
    """A ratio with two decimals between two values, else with two digits; what is none in words."""
    if estimate == 0 or np.isinf(estimate):
        return infinite if estimate else "ratio 0"
    return f"{estimate:.2f}" if low < estimate < high else f"{estimate:.2g}"


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


def _forest_row(ax: Axes, y: float, row: dict[str, Any], low: float, high: float) -> None:
    if row["head"]:
        return
    beside = {"textcoords": "offset points", "va": "center", "color": QUIET, "fontsize": 8}
    estimate = row["estimate"]
    if _is_reference(row):
        ax.plot(1, y, marker="|", color=QUIET, ms=8)
        ax.annotate("reference", (1, y), (6, 0), **beside)
        return
    if np.isnan(estimate):
        ax.annotate("no estimate", (1, y), (6, 0), **beside)
        return
    few, limits = row["few"], (row["ci_low"], row["ci_high"])
    if np.isnan(limits).any():
        limits, few = (estimate, estimate), True
        ax.annotate("no limits", (np.clip(estimate, low, high), y), (6, 0), **beside)
    if limits[0] <= high and limits[1] >= low:
        ax.plot(np.clip(limits, low, high), [y, y], color=INK, lw=1.3, ls=":" if few else "-")
    for beyond, edge, mark, side in ((limits[0] < low, low, "<", 1), (limits[1] > high, high, ">", -1)):
        if beyond:
            ax.plot(edge, y, marker=mark, color=INK, ms=5, clip_on=False)
        if beyond and not low <= estimate <= high and (estimate < low) == (mark == "<"):
            ends = {"textcoords": "offset points", "va": "center", "ha": "left" if side > 0 else "right", "fontsize": 8}
            ax.annotate(
                _said(estimate, "no upper limit"),
                (edge, y),
                (7 * side, 5 if limits[0] < high and limits[1] > low else 0),
                **ends,
            )
    if low <= estimate <= high:
        ax.plot(estimate, y, marker="o", ms=6, mec=INK, mfc="none" if few else INK, mew=1.2)
