"""Columns of text beside the rows of an axes, which make a table of a figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes

from clemency.figures.theme.palette import INK, QUIET
from clemency.figures.theme.settings import SMALL

_LETTER = 0.62 * SMALL  # points; digits of DejaVu Sans are as wide


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading, and a text for each row; numbers end at its right side, other texts begin at its left."""

    head: str
    cells: Sequence[str]
    number: bool = True


def beside_rows(ax: Axes, places: Sequence[float], top: float, columns: Sequence[Column]) -> None:
    """Write columns to the right of an axes.

    Parameters
    ----------
    ax : Axes
    places : sequence of float
        Heights of the rows.
    top : float
        Height of the headings.
    columns : sequence of Column
    """
    x = 10.0
    options = {"xycoords": ax.get_yaxis_transform(), "textcoords": "offset points", "annotation_clip": False}
    for column in columns:
        width = _LETTER * max(len(line) for text in (column.head, *column.cells) for line in text.split("\n"))
        at, side = (x + width, "right") if column.number else (x, "left")
        ax.annotate(column.head, (1, top), (at, 0), ha=side, va="center", fontsize=SMALL, color=QUIET, **options)
        for y, text in zip(places, column.cells, strict=True):
            if text:
                ax.annotate(text, (1, y), (at, 0), ha=side, va="center", fontsize=SMALL, color=INK, **options)
        x += width + 10


def said_number(value: float) -> str:
    """A number as it is printed beside a row, with three digits or more.

    Examples
    --------
    >>> [said_number(v) for v in (0.0042, 0.5, 10, 174.6, 2611)]
    ['0.0042', '0.50', '10.0', '175', '2,611']
    """
    size = abs(value)
    if value != value:
        return ""
    if 0 < size < 0.01 or size >= 1e6:
        return f"{value:.2g}"
    return (
        "0" if value == 0 else f"{value:.2f}" if size < 9.995 else f"{value:.1f}" if size < 99.95 else f"{value:,.0f}"
    )
