"""Numbers counted from published totals and from the shipped tables."""
