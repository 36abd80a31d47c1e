"""What was drawn, read back from the axes."""


def marks(ax, marker):
    """Places of the marks of a kind, in the order in which they were drawn."""
    own = [line.get_data() for line in ax.lines if line.get_marker() == marker]
    return [(float(x), float(y)) for xs, ys in own for x, y in zip(xs, ys, strict=True)]


def names(ax):
    """Names at the ends of lines, in the order in which they were drawn."""
    return [t.get_text() for t in ax.texts if t.get_text() and t.xycoords == "data" and t.get_position()[0] == 19]


def said(ax):
    """Texts on the axes and beside the rows."""
    return [t.get_text() for t in ax.texts if t.get_text()]
