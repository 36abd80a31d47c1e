"""Two tables of people -> which records are about the same person, with pairs for a reader to decide."""

from clemency.sources.linkage.pairs import Linkage, link

__all__ = ["Linkage", "link"]
