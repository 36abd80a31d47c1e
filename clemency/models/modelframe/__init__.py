"""A cohort or any frame -> arrays, and what was left out."""
