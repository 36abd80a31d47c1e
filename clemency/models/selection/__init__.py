"""Spells with losses, counts by way of documentation -> weights for those who are on record."""
