"""Clauses and what the patterns found in them -> one row per act of the own person."""
