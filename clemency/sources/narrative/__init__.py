"""Summaries of cases in English -> acts of clemency of the person whom each record is about, with their evidence."""

from clemency.sources.narrative.coder import code_acts

__all__ = ["code_acts"]
