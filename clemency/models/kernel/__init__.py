"""Spells -> who is at risk when, and sums over them."""
