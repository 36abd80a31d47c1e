"""Spells, days of the cases and dated events -> smaller pieces of person-time, exposed or not."""
