"""Tidy frames -> matplotlib axes. Every figure keeps the frame that it draws: see `drawn`."""

from clemency.figures.charts import forest, intervals, months_strip, step_curves, tile_map, timeline
from clemency.figures.fragility import left_out, specification_curve
from clemency.figures.style import Drawn, chinese_font, drawn, style, to_png, to_svg

__all__ = [
    "Drawn",
    "chinese_font",
    "drawn",
    "forest",
    "intervals",
    "left_out",
    "months_strip",
    "specification_curve",
    "step_curves",
    "style",
    "tile_map",
    "timeline",
    "to_png",
    "to_svg",
]
