"""Speed, memory and coverage studies: ``python -m benchmarks`` writes tables and plots to ``benchmarks/results``."""
