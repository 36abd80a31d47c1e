"""Counts, rates and events by calendar period."""
