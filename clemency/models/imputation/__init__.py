"""Fits of imputations -> one pooled result."""
