"""Arguments that several models share -> their values, checked."""

from __future__ import annotations

from clemency.records.errors import UsageError


def check_level(level: float) -> float:
    """Refuse a confidence level outside (0, 1)."""
    if not 0 < level < 1:
        raise UsageError(f"ci_level must lie between 0 and 1, not {level}")
    return float(level)
