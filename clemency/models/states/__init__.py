"""Spells of people who go from state to state -> transitions, chances of being in each state, and what moves them."""
