"""Risk sets and a matrix -> a fit at its maximum, and its covariance."""
