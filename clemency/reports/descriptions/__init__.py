"""A quarter's inputs -> sections that count: acts, times until them, provinces, lists, and the quality of the data."""
