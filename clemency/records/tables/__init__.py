"""Rows as text, or a frame -> typed tables with their derived columns, and everything wrong with them."""
