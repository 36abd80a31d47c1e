"""Spells with an exposure -> weights and matched sets."""
