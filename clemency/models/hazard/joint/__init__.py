"""Recurrent acts and what ends a history, joined by one frailty of each person."""
