"""Look of every figure, and what all of them share."""
