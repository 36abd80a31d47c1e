"""What was drawn, read back from the axes."""


def marks(ax, marker):
    """Places of the marks of a kind, in the order in which they were drawn."""
    own = [line.get_data() for line in ax.lines if line.get_marker() == marker]
    return [(float(x), float(y)) for xs, ys in own for x, y in zip(xs, ys, strict=True)]
