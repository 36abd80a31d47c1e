"""Counts by calendar period -> rates around events and breaks."""
