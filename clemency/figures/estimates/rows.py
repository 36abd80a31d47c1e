"""Estimates with their limits, one row each, and lines at legal limits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from clemency.figures.theme.columns import Column, beside_rows, said_number
from clemency.figures.theme.kept import drawn, keep
from clemency.figures.theme.labelling import axis_text, wrapped
from clemency.figures.theme.look import Look, figure
from clemency.figures.theme.palette import ACCENT, INK
from clemency.figures.theme.settings import SMALL, axes_for, is_narrow, style
from clemency.figures.theme.units import PERSON_TIME
from clemency.figures.theme.wording import FEW, words
from clemency.records.presentation.translation import label, tr

# A limit further out than this many times what the other rows need is cut off, with an arrow.
_TOO_WIDE = 1.6
BEYOND = "arrow: goes on beyond the axis"


@figure("title", "labels", "palette", "band", "order")
def intervals(
    frame: pd.DataFrame,
    ax: Axes | None = None,
    xlabel: str = "",
    percent: bool = False,
    counted: str = "events",
    *,
    look: Look,
) -> Axes:
    """Estimates with their limits, one row each, and beside them what they rest on.

    One wide limit does not press the others together: the axis ends where the other rows end, and what goes on beyond
    it ends in an arrow; the numbers beside the row are its own.

    Parameters
    ----------
    frame : DataFrame
        ``label, estimate, ci_low, ci_high``; rows with ``n_event`` below five are hollow. ``n_event`` and
        ``person_months`` or ``person_time`` become columns at the side.
    ax : Axes, optional
    xlabel : str
    percent : bool
        Print the axis in per cent.
    counted : str
        What ``n_event`` counts, for the heading of its column.
    look
        ``title, labels, palette, band, order``: see `Look`. Codes are those in ``label``; without `band` no limits.

    Returns
    -------
    Axes
    """
    look.check(frame["label"])
    place = {str(c): n for n, c in enumerate(look.arranged(frame["label"]))}
    shown = frame.iloc[np.argsort([place[str(c)] for c in frame["label"]], kind="stable")]
    edge = _edge(shown)
    with style():
        letters = 16 if is_narrow() else 30
        tall = max((wrapped(look.word(v), letters).count("\n") for v in shown["label"]), default=0)
        ax = axes_for(ax, 1.0 + (0.27 + 0.13 * tall) * len(shown))
        colours = look.colours(list(shown["label"])) if look.palette is not None else [INK] * len(shown)
        for y, (row, colour) in enumerate(zip(shown.iloc[::-1].to_dict("records"), colours[::-1], strict=True)):
            _row(ax, y, row, edge, colour, look.band)
        ax.set_yticks(range(len(shown)), [wrapped(look.word(v), letters) for v in shown["label"].iloc[::-1]])
        cut = bool((shown["ci_high"] > edge).any() and look.band) or bool((shown["estimate"] > edge).any())
        ax.set(xlim=(0, edge), ylim=(-0.6, len(shown) - 0.4), title=look.title)
        ax.set_xlabel(axis_text("\n".join(t for t in (xlabel, BEYOND if cut else "") if t)))
        ax.xaxis.set_major_locator(MaxNLocator(3 if is_narrow() else 5))
        if percent:
            ax.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{100 * v:.3g}%"))
        ax.tick_params(axis="y", length=0)
        ax.spines["left"].set_visible(False)
        beside_rows(ax, range(len(shown))[::-1], len(shown) - 0.35, _columns(shown, percent, counted))
        text = "; ".join(
            tr(
                "{name}: {estimate:.3g} ({low:.3g} to {high:.3g})",
                name=look.word(r.label),
                estimate=r.estimate,
                low=r.ci_low,
                high=r.ci_high,
            )
            for r in frame.itertuples()
        )
        return keep(ax, frame, alt=tr("Estimates with limits. {text}.", text=text))


def _edge(frame: pd.DataFrame) -> float:
    """Right end of the axis: all limits, unless one of them would take most of it."""
    most = float(np.nanmax(np.r_[frame["ci_high"], frame["estimate"], 0.0]))
    firm = frame[frame["n_event"] >= FEW] if "n_event" in frame and (frame["n_event"] >= FEW).any() else frame
    need = float(np.nanmax(np.r_[firm["estimate"], firm["ci_high"].quantile(0.75) if len(firm) else 0.0, 0.0]))
    return 1.04 * most if most <= _TOO_WIDE * need or not need else 1.15 * need


def _row(ax: Axes, y: float, row: dict[str, Any], edge: float, colour: Any, band: bool) -> None:
    few = row.get("n_event", FEW) < FEW
    high = row["ci_high"] if band else row["estimate"]
    if band:
        ax.plot([row["ci_low"], min(high, edge)], [y, y], color=colour, lw=1.3, ls=":" if few else "-")
    if max(high, row["estimate"]) > edge:
        ax.plot(edge, y, marker=">", ls="", color=colour, ms=5, clip_on=False)
    if row["estimate"] <= edge:
        ax.plot(row["estimate"], y, marker="o", ms=6, mec=colour, mfc="none" if few else colour)


def _columns(shown: pd.DataFrame, percent: bool, counted: str) -> list[Column]:
    def said(v: float) -> str:
        return f"{100 * v:.1f}%" if percent else said_number(v)

    found = []
    narrow = is_narrow() and shown["label"].map(lambda v: len(words(v))).max() > 12
    if "n_event" in shown and not narrow:
        found.append(Column(label(counted), [f"{n:,.0f}" if n == n else "" for n in shown["n_event"]]))
    for column in [c for c in shown.columns if c.startswith("person_") and c in PERSON_TIME]:
        if not is_narrow():
            found.append(Column(words(column).replace(" ", "-"), [f"{v:,.0f}" for v in shown[column]]))
    told = [f"{said(r.estimate)} ({said(r.ci_low)}–{said(r.ci_high)})" for r in shown.itertuples()]
    return [*found, Column(tr("estimate (limits)"), told)]


def limit_lines(ax: Axes, frame: pd.DataFrame) -> Axes:
    """Legal limits of a single cut as lines across axes whose x is months.

    Parameters
    ----------
    ax : Axes
        Drawn by this library.
    frame : DataFrame
        ``months, ground, instrument, article``, as ``eligibility(...)["largest cut"]`` gives them. Rows without
        months are left out, and those whose ``note`` says that the number is the term which results.

    Returns
    -------
    Axes
    """
    rows = frame[frame["months"].notna()]
    if "note" in rows:
        rows = rows[~rows["note"].astype(str).str.contains("resulting")]
    said = []
    for n, (months, part) in enumerate(rows.groupby("months")):
        articles = ", ".join(dict.fromkeys(tr("art. {article}", article=a) for a in part["article"]))
        grounds = "; ".join(words(g) for g in dict.fromkeys(part["ground"].dropna()))
        ax.axvline(float(months), color=ACCENT, lw=1.0, ls="--")
        # Neighbours stand on two heights, so that one does not run into the next.
        place = {"xy": (float(months), 1.0), "xycoords": ("data", "axes fraction"), "xytext": (2, 3 + 11 * (n % 2))}
        ax.annotate(f"{months:g} ({articles})", **place, textcoords="offset points", fontsize=SMALL, color=INK)
        said.append(
            tr(
                "{months:g} months ({articles}{grounds})",
                months=months,
                articles=articles,
                grounds=f": {grounds}" if grounds else "",
            )
        )
    ax.set_xlim(right=max([ax.get_xlim()[1], *(rows["months"] * 1.1)]))
    shown = drawn(ax)
    return keep(
        ax,
        shown.frame,
        shown.note,
        tr("{alt} Legal limits of one cut: {limits}.", alt=shown.alt, limits=", ".join(said) or tr("none")),
    )
