"""Estimates -> dated reports: sections, the executed notebook, the page."""

from clemency.reports.build import build
from clemency.reports.section import Section

__all__ = ["Section", "build"]
