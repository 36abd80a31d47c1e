"""The facts of a report -> the picture that is shown where somebody shares its address."""

from __future__ import annotations

import io
import textwrap
from typing import Any

import matplotlib as mpl

from clemency.figures.theme.settings import text_settings
from clemency.reports.language import folded, label, spoken, tr
from clemency.reports.pages.about import About

#: Pixels, as services ask for.
WIDTH, HEIGHT = 1200, 630
_DOTS = 100
_PAPER, _INK, _QUIET, _ACCENT, _LINE = "#fdfcfa", "#1c1b1a", "#625e59", "#a63d2a", "#8a847c"
_MONTHS = ("January to March", "April to June", "July to September", "October to December")


def card(about: About) -> bytes:
    """A PNG of 1200 by 630 pixels: the quarter, its first sentence and its numbers; the same bytes for the same facts."""
    from matplotlib.figure import Figure

    with mpl.rc_context(text_settings()):
        figure = Figure(figsize=(WIDTH / _DOTS, HEIGHT / _DOTS), dpi=_DOTS, facecolor=_PAPER, layout="none")
        year, quarter = about.quarter.split("Q")
        _say(figure, 60, 92, tr("Sentence reduction and medical parole in China"), 19, _ACCENT, weight="bold")
        _say(
            figure,
            56,
            182,
            tr("{months} {year}", months=label(_MONTHS[int(quarter) - 1]), year=year),
            43,
            _INK,
            weight="bold",
        )
        lines = folded(about.lead, 98)
        rest = (
            textwrap.shorten(" ".join(lines[2:]), 96, placeholder=" …")
            if spoken() == "en"
            else f"{lines[2]}…"
            if len(lines) > 2
            else ""
        )
        shown = lines[:3] if len(lines) <= 3 else [*lines[:2], rest]
        for n, line in enumerate(shown):
            _say(figure, 60, 248 + 38 * n, line, 18.5, _INK)
        figure.add_artist(_rule(60, WIDTH - 60, 378))
        for n, number in enumerate(about.numbers):
            left = 60 + n * (WIDTH - 120) / 3
            _say(figure, left, 456, number.value, 42, _INK, weight="bold")
            _say(figure, left, 490, number.label, 14.5, _INK)
            for k, beside in enumerate(number.beside.split(tr("; "))):
                _say(figure, left, 520 + 25 * k, beside, 12.5, _QUIET)
        _say(
            figure,
            60,
            597,
            tr("Documented cases, not a sample of all cases · {edition}", edition=about.edition)[:110],
            11,
            _QUIET,
        )
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=_DOTS, facecolor=_PAPER, metadata={"Software": None})
    return buffer.getvalue()


def _say(figure: Any, x: float, y: float, text: str, size: float, colour: str, weight: str = "normal") -> None:
    """A line of text whose foot stands so many pixels from the left and the top."""
    points = size * 72 / _DOTS
    figure.text(x / WIDTH, 1 - y / HEIGHT, text, fontsize=points, color=colour, weight=weight, parse_math=False)


def _rule(left: float, right: float, y: float) -> Any:
    from matplotlib.lines import Line2D

    return Line2D(
        [left / WIDTH, right / WIDTH], [1 - y / HEIGHT] * 2, color=_LINE, linewidth=0.8, solid_capstyle="round"
    )
