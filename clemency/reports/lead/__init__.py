"""A quarter's inputs -> the lead of its report: who received what, what came since, and what is new."""
