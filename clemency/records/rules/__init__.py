"""The rules in force, cases and acts -> what was allowed at a date, and the acts beyond it."""
