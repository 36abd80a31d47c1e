"""Spells and a formula -> hazard ratios."""
