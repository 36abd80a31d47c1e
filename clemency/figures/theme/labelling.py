"""Names beside the things they name: spread so that none covers another, each with a stroke in the look of its line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from clemency.figures.theme.palette import INK
from clemency.figures.theme.settings import SMALL, is_narrow
from clemency.records.presentation.translation import folded

#: More groups than this are not named beside their lines.
MOST_NAMED = 6
_LINE = 1.25 * SMALL  # points from one line of text to the next


@dataclass(frozen=True, slots=True)
class Named:
    """A line of a figure: its name, where it ends, and its look."""

    name: str
    end: tuple[float, float]
    colour: Any
    dashes: Any


def wrapped(name: str, letters: int | None = None) -> str:
    """A name in lines of some letters, fewer on a narrow figure."""
    letters = letters or (14 if is_narrow() else 24)
    return "\n".join(folded(name, letters, break_long_words=len(name) > 3 * letters, break_on_hyphens=False)) or name


def axis_text(text: str) -> str:
    """Name of an axis or a note below it, in lines that fit the figure."""
    return "\n".join(wrapped(line, 40 if is_narrow() else 100) for line in text.split("\n"))


def spread(places: Sequence[float], sizes: Sequence[float], low: float, high: float) -> np.ndarray:
    """Move places apart until none is nearer to its neighbour than half their sizes together.

    Parameters
    ----------
    places, sizes : sequence of float
    low, high : float
        Ends within which all of them lie, if there is room.

    Returns
    -------
    ndarray
        In the order given; the order of the places is kept.
    """
    order = np.argsort(places, kind="stable")
    at, half = np.asarray(places, dtype=float)[order], np.asarray(sizes, dtype=float)[order] / 2
    least = np.r_[0.0, np.cumsum(half[:-1] + half[1:])]  # each at its least distance above the first
    # Places less these distances must not fall: the nearest such numbers are means of blocks.
    free = _rising(at - least)
    free = np.clip(free, low + half[0], max(high - half[-1] - least[-1], low + half[0])) if len(at) else free
    found = np.empty(len(at))
    found[order] = free + least
    return found


def _rising(values: np.ndarray) -> np.ndarray:
    blocks: list[list[float]] = []
    for v in values:
        blocks.append([float(v), 1.0])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            mean, n = blocks.pop()
            blocks[-1] = [(blocks[-1][0] * blocks[-1][1] + mean * n) / (blocks[-1][1] + n), blocks[-1][1] + n]
    return np.array([mean for mean, n in blocks for _ in range(int(n))])


def name_ends(ax: Axes, lines: Sequence[Named], height: float) -> None:
    """Name lines at the right edge of an axes, each at the height of its end or near it.

    Parameters
    ----------
    ax : Axes
        With its limits set.
    lines : sequence of Named
    height : float
        Points between the lower and the upper limit.
    """
    low, high = ax.get_ylim()
    point = (high - low) / height
    texts = [wrapped(line.name) for line in lines]
    sizes = [(t.count("\n") + 1) * _LINE * point + 2 * point for t in texts]
    places = spread([line.end[1] for line in lines], sizes, low, high)
    right = ax.get_xlim()[1]
    for line, text, y in zip(lines, texts, places, strict=True):
        stroke = {"arrowstyle": "-", "color": line.colour, "lw": 1.1, "ls": line.dashes, "shrinkA": 0, "shrinkB": 0}
        place = {"xycoords": "data", "textcoords": "offset points", "annotation_clip": False}
        # From the end of the line to the margin, and on to the name: the name itself is in ink, which can be read.
        offset = (y - line.end[1]) / point
        if line.end[0] < right:  # the way from a line that ends early
            dots = {"arrowstyle": "-", "color": line.colour, "lw": 0.6, "ls": ":", "shrinkA": 0, "shrinkB": 0}
            ax.annotate("", (right, line.end[1]), line.end, arrowprops=dots, annotation_clip=False)
        ax.annotate("", (right, line.end[1]), (16, offset), arrowprops=stroke, **place)
        ax.annotate(
            text, (right, line.end[1]), (19, offset), va="center", fontsize=SMALL, color=INK, linespacing=1.1, **place
        )
