"""Phrases of English -> the table of patterns by which acts are found."""
