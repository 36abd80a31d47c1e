"""A formula and a frame -> a matrix with its terms, and how new rows enter it."""
