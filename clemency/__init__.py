"""clemency."""
