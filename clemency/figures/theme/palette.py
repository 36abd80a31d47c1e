"""Colours, dashes, hatches and marks of every figure."""

from __future__ import annotations

INK = "#1c1b1a"
QUIET = "#7a7671"
RULE = "#d9d5cf"
ACCENT = "#b4432f"
# A dark page sets lighter ones (``--series-0`` ...). Some are alike in grey: lines differ by their dashes, marks by their
# shape, and bars by `HATCHES`.
COLOURS = ("#2f5d8c", "#b4432f", "#3f8f6b", "#c9963a", "#8c6bb1", "#9a9a9a")
LINES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 3)))
HATCHES = ("", "//////", "", "", "xxxxxx", "......")
MARKERS = ("o", "s", "^", "D", "v", "P")
