"""Spells -> survival, incidence, mean numbers, and tests of groups."""
