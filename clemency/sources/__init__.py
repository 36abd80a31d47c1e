"""Outside formats -> the tables of `clemency.records`: other databases, their narratives, and linkage to ours."""

from clemency.sources.cecc.export import CeccExport, read_cecc

__all__ = ["CeccExport", "read_cecc"]
