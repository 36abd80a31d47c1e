"""Estimates with their limits, one row each."""
