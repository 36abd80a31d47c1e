"""Columns of words and numbers as people write them -> those of the schema, or what was likely meant."""
