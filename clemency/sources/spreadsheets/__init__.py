"""A spreadsheet as people keep it -> cases and acts, an account of every cell, and every reading that is not certain."""
