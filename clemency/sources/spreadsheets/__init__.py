"""A spreadsheet as people keep it -> cases and acts, an account of every cell, and all that is not certain."""

from clemency.sources.spreadsheets.adding import Added, add
from clemency.sources.spreadsheets.reader import Records, read_records

__all__ = ["Added", "Records", "add", "read_records"]
