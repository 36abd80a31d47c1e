"""Colours, dashes, hatches and marks of every figure.

The six colours were sought for this: any two differ by 11 units of CIEDE2000 or more for full, red-blind, green-blind and
blue-blind sight, and by 6.5 in grey; each has a contrast of 3:1 or more to the page. ``DARK`` does the same on a dark
page, by 11 units and by 5.4 in grey. ``tests/figures/theme/test_palette.py`` computes all of it again.
"""

INK = "#1c1b1a"
QUIET = "#6d6964"
RULE = "#d9d5cf"
PAPER = "#ffffff"
#: Behind texts and between bars: white in a file, and on a page the colour of the page.
GROUND = "#fefefe"
COLOURS = ("#01487f", "#bc474b", "#00a58d", "#9c7c00", "#4c1f47", "#575d5f")
#: The same on a dark page, which sets them as ``--series-0`` ...
DARK = ("#4fb0fc", "#d6605d", "#b6fbc7", "#f3b059", "#a65d9e", "#d0d4cf")
ACCENT = COLOURS[1]
# Six steps of grey are close: lines differ by their dashes too, marks by their shape, and bars by `HATCHES`.
LINES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 3)))
HATCHES = ("", "//////", "", "......", "", "xxxxxx")
MARKERS = ("o", "s", "^", "D", "v", "P")
