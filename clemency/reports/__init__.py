"""Estimates -> dated reports: sections, the executed notebook, the page."""

from clemency.reports.build import build, build_many, quarters_of
from clemency.reports.section import Section
from clemency.reports.shelf.index import index_reports

__all__ = ["Section", "build", "build_many", "index_reports", "quarters_of"]
