"""A fitted hazard regression -> residuals, predictions, tests."""
