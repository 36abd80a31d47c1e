"""Arrays -> what all regressions share."""
