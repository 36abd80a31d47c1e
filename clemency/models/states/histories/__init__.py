"""Frames, cohorts and logs -> spells in states, and what cannot be true of them."""
