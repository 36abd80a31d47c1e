"""Parts of the study of dirty input (`benchmarks.fuzz`)."""
