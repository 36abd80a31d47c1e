"""Tidy frames -> matplotlib axes. Every figure keeps the frame that it draws: see `drawn`."""

from clemency.figures.agreement import agreement, beside
from clemency.figures.boxes import mass_boxes
from clemency.figures.charts import (
    caterpillar,
    intervals,
    limit_lines,
    months_strip,
    residual_curves,
    step_curves,
    timeline,
)
from clemency.figures.comparability import love, tipping
from clemency.figures.flows import flow
from clemency.figures.forests import forest
from clemency.figures.fragility import left_out, specification_curve
from clemency.figures.selection import selection_region
from clemency.figures.series import grid_curves, index_line, lag_plot, rates_line
from clemency.figures.stacked import stacked_months, stacked_states
from clemency.figures.style import Drawn, chinese_font, drawn, style, to_png, to_svg
from clemency.figures.tiles import tile_map
from clemency.figures.variants import variants

__all__ = [
    "Drawn",
    "agreement",
    "beside",
    "caterpillar",
    "chinese_font",
    "drawn",
    "flow",
    "forest",
    "grid_curves",
    "index_line",
    "intervals",
    "lag_plot",
    "left_out",
    "limit_lines",
    "love",
    "mass_boxes",
    "months_strip",
    "rates_line",
    "residual_curves",
    "selection_region",
    "specification_curve",
    "stacked_months",
    "stacked_states",
    "step_curves",
    "style",
    "tile_map",
    "timeline",
    "tipping",
    "to_png",
    "to_svg",
    "variants",
]
