"""The table of patterns by which the parts of a ruling are read, each with phrases that show it."""
