"""Chances and shares over the time of an analysis."""
