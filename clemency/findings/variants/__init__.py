"""The same claims under other choices."""
