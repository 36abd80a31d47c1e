"""Outside formats -> the tables of `clemency.records`: other databases, their narratives, and linkage to ours."""
