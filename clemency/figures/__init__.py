"""Tidy frames -> matplotlib axes. Every figure keeps the frame that it draws: see `drawn`."""

from clemency.figures.charts import (
    forest,
    intervals,
    limit_lines,
    love,
    months_strip,
    step_curves,
    tile_map,
    timeline,
    tipping,
)
from clemency.figures.fragility import left_out, specification_curve
from clemency.figures.series import index_line, lag_plot, rates_line
from clemency.figures.style import Drawn, chinese_font, drawn, style, to_png, to_svg

__all__ = [
    "Drawn",
    "chinese_font",
    "drawn",
    "forest",
    "index_line",
    "intervals",
    "lag_plot",
    "left_out",
    "limit_lines",
    "love",
    "months_strip",
    "rates_line",
    "specification_curve",
    "step_curves",
    "style",
    "tile_map",
    "timeline",
    "tipping",
    "to_png",
    "to_svg",
]
