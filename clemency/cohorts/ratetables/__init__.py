"""Spells on any engine -> events and person-time by group, band of the clock and calendar period."""
