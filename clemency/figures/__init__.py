"""Tidy frames -> matplotlib axes. Every figure keeps the frame that it draws: see `drawn`."""

from clemency.figures.charts import caterpillar, forest, intervals, months_strip, step_curves, timeline
from clemency.figures.style import Drawn, chinese_font, drawn, style, to_png, to_svg
from clemency.figures.tiles import tile_map

__all__ = [
    "Drawn",
    "caterpillar",
    "chinese_font",
    "drawn",
    "forest",
    "intervals",
    "months_strip",
    "step_curves",
    "style",
    "tile_map",
    "timeline",
    "to_png",
    "to_svg",
]
