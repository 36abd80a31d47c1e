"""Tidy frames -> matplotlib axes. Every figure keeps the frame that it draws: see `drawn`."""

from clemency.figures.calendar.breaks import rates_line
from clemency.figures.calendar.index import index_line
from clemency.figures.calendar.lags import lag_plot
from clemency.figures.calendar.strip import months_strip
from clemency.figures.calendar.timeline import timeline
from clemency.figures.curves.boxes import mass_boxes
from clemency.figures.curves.grid import grid_curves
from clemency.figures.curves.residuals import residual_curves
from clemency.figures.curves.stacked import stacked_months, stacked_states
from clemency.figures.curves.steps import step_curves
from clemency.figures.groups.balance import love
from clemency.figures.groups.flows import flow
from clemency.figures.groups.tiles import tile_map
from clemency.figures.intervals.caterpillar import caterpillar
from clemency.figures.intervals.forests import forest
from clemency.figures.intervals.pairs import beside
from clemency.figures.intervals.rows import intervals, limit_lines
from clemency.figures.robustness.agreement import agreement
from clemency.figures.robustness.leftout import left_out
from clemency.figures.robustness.selection import selection_region
from clemency.figures.robustness.specifications import specification_curve
from clemency.figures.robustness.tipping import tipping
from clemency.figures.robustness.variants import variants
from clemency.figures.theme.files import to_png, to_svg
from clemency.figures.theme.fonts import chinese_font
from clemency.figures.theme.kept import Drawn, drawn
from clemency.figures.theme.settings import style
from clemency.figures.theme.wording import words

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
    "words",
]
