"""Marks of a figure -> a word on each of them, which a page shows where a pointer rests on it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.collections import PathCollection
from matplotlib.container import BarContainer
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, PercentFormatter

#: Begins the identifier that leads from a mark in the SVG to its words.
_ID = "clemency-mark-"


def name_marks(artist: Artist | BarContainer, texts: Sequence[str]) -> None:
    """Say what each mark is, in the order in which they are drawn.

    Parameters
    ----------
    artist : Artist or BarContainer
        Bars, points of a scatter plot, a line's markers, or a patch such as a tile.
    texts : sequence of str
        One for each; an empty one leaves its mark without words.
    """
    artist._clemency_marks = tuple(texts)


def marks_of(figure: Figure) -> dict[str, tuple[str, ...]]:
    """Give every mark an identifier for the SVG, and return the words behind each: as named, or as the axes tell."""
    found: dict[str, tuple[str, ...]] = {}
    for ax in figure.axes:
        for bars in (c for c in ax.containers if isinstance(c, BarContainer)):
            texts = getattr(bars, "_clemency_marks", None) or [_bar(ax, bars, b) for b in bars]
            for bar, text in zip(bars, texts, strict=True):
                _add(found, bar, (text,))
        for line in ax.lines:
            if line.get_marker() not in ("None", None, "", " "):
                _add(found, line, getattr(line, "_clemency_marks", None) or _points(ax, line, *line.get_data()))
        for patch in (p for p in ax.patches if hasattr(p, "_clemency_marks")):
            _add(found, patch, patch._clemency_marks)
        for points in (c for c in ax.collections if isinstance(c, PathCollection)):
            x, y = np.asarray(points.get_offsets()).T
            _add(found, points, getattr(points, "_clemency_marks", None) or _points(ax, points, x, y))
    return found


def titled(svg: str, marks: dict[str, tuple[str, ...]]) -> str:
    """An SVG whose marks carry their words as ``<title>``."""

    def named(found: re.Match[str]) -> str:
        texts = marks[found[1]]
        if len(texts) == 1 and "<use" not in found[2]:
            return f"<g><title>{escape(texts[0], quote=False)}</title>{found[2]}</g>" if texts[0] else found[0]
        uses = found[2].count("<use")
        if uses != len(texts):  # some lie outside of the axes, and nobody knows which
            return found[0]
        left = iter(texts)
        return found[0].replace(found[2], re.sub(r"(<use [^>]*?)/>", lambda m: _use(m[1], next(left)), found[2]))

    return re.sub(rf'<g id="({_ID}\d+)">(.*?)\n   </g>', named, svg, flags=re.DOTALL) if marks else svg


def _use(head: str, text: str) -> str:
    return f"{head}><title>{escape(text, quote=False)}</title></use>" if text else f"{head}/>"


def _add(found: dict[str, tuple[str, ...]], artist: Artist, texts: Sequence[str]) -> None:
    if any(texts):
        artist.set_gid(f"{_ID}{len(found)}")
        found[f"{_ID}{len(found)}"] = tuple(texts)


def _bar(ax: Axes, bars: BarContainer, bar: Any) -> str:
    """A bar in words: of which series, at which place, how long."""
    lying = bars.orientation == "horizontal"
    size = bar.get_width() if lying else bar.get_height()
    if not size:
        return ""
    middle = bar.get_y() + bar.get_height() / 2 if lying else bar.get_x() + bar.get_width() / 2
    names, sizes = (ax.yaxis, ax.xaxis) if lying else (ax.xaxis, ax.yaxis)
    return _said(_series(bars), _place(names, middle), _value(sizes, size))


def _points(ax: Axes, artist: Artist, x: Any, y: Any) -> list[str]:
    """Points in words, where one axis names its places; elsewhere nothing, since an axis in points says little."""
    return [
        _said(_series(artist), _place(ax.yaxis, v), _value(ax.xaxis, u)) if _named(ax.yaxis) else
        _said(_series(artist), _place(ax.xaxis, u), _value(ax.yaxis, v)) if _named(ax.xaxis) else ""
        for u, v in zip(np.ravel(x), np.ravel(y), strict=True)
    ]  # fmt: skip


def _series(artist: Any) -> str:
    label = str(artist.get_label() or "")
    return "" if label.startswith("_") else label


def _named(axis: Axis) -> bool:
    """Whether an axis names its places with words."""
    labels = [t.get_text() for t in axis.get_majorticklabels()]
    return isinstance(axis.get_major_locator(), FixedLocator) and any(
        not re.fullmatch(r"[-−\d.,%\s]*", t) for t in labels
    )


def _place(axis: Axis, value: float) -> str:
    """The name that an axis gives to a place; the number where it gives none."""
    if isinstance(axis.get_major_locator(), FixedLocator):
        for at, label in zip(axis.get_majorticklocs(), axis.get_majorticklabels(), strict=False):
            if abs(at - value) < 0.26:
                return " ".join(label.get_text().split())
    return f"{value:,.4g}"


def _value(axis: Axis, value: float) -> str:
    """A number as its axis writes it, if that has a way of its own."""
    written = axis.get_major_formatter()
    if isinstance(written, PercentFormatter):
        return f"{100 * value / written.xmax:.3g}%"
    return f"{float(value):,.0f}" if abs(value) >= 1000 else f"{float(value):.3g}"


def _said(*parts: str) -> str:
    return ", ".join(p for p in parts[:-1] if p) + f": {parts[-1]}"
