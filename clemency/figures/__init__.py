"""Tidy frames -> matplotlib axes. Every figure keeps the frame that it draws: see `drawn`."""

import lazy_loader as _lazy

# By name, so that words and units can be used where nothing is drawn, without matplotlib.
__getattr__, __dir__, __all__ = _lazy.attach(
    __name__,
    submod_attrs={
        "calendar.breaks": ["rates_line"],
        "calendar.index": ["index_line"],
        "calendar.lags": ["lag_plot"],
        "calendar.strip": ["months_strip"],
        "calendar.timeline": ["timeline"],
        "calendar.placebos": ["placebo_ratios"],
        "curves.coefficients": ["coefficient_path"],
        "curves.boxes": ["mass_boxes"],
        "curves.grid": ["grid_curves"],
        "curves.residuals": ["residual_curves"],
        "curves.stacked": ["stacked_months", "stacked_states"],
        "curves.steps": ["step_curves"],
        "groups.balance": ["love"],
        "groups.flows": ["flow"],
        "groups.tiles": ["tile_map"],
        "estimates.caterpillar": ["caterpillar"],
        "estimates.forests": ["forest"],
        "estimates.pairs": ["beside"],
        "estimates.rows": ["intervals", "limit_lines"],
        "robustness.agreement": ["agreement"],
        "robustness.leftout": ["left_out"],
        "robustness.selection": ["selection_region"],
        "robustness.specifications": ["specification_curve"],
        "robustness.tipping": ["tipping"],
        "robustness.variants": ["variants"],
        "theme.files": ["to_png", "to_svg"],
        "theme.fonts": ["FontWarning", "chinese_font"],
        "theme.kept": ["Drawn", "drawn"],
        "theme.look": ["Look"],
        "theme.settings": ["style"],
        "theme.wording": ["words"],
    },
)
