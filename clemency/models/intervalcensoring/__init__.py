"""Times known as intervals -> curves and hazard ratios."""
