"""A quarter's inputs -> sections on what goes with more or fewer acts, and which ratios may be told."""
