"""Codes and kinds -> words on a figure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

FEW = 5


def words(name: Any) -> str:
    """A code as a reader sees it: ``sentence_reduction`` -> ``sentence reduction``."""
    return str(name).replace("_", " ")


def share_label(kind: str, outcomes: Sequence[Any]) -> str:
    """Say what the height of a curve of survival or incidence is, such as ``share with sentence reduction``."""
    name = str(outcomes[0]).replace("_", " ") if len(outcomes) == 1 else "event"
    several = "each event" if len(outcomes) > 1 else "the event" if name in ("event", "1") else name
    return f"share {'without' if kind == 'survival' else 'with'} {several}"


MOST_CURVES = 10
