"""Codes and kinds -> words on a figure."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from clemency.records.presentation.translation import label, tr
from clemency.records.tables.loading import load

FEW = 5


@cache
def _provinces() -> dict[str, str]:
    table = load("provinces")
    return dict(zip(table["province"].astype(str), table["name"].astype(str), strict=True))


def words(name: Any) -> str:
    """A code as a reader sees it.

    Parameters
    ----------
    name : str or number
        A level, the name of a column, or the code of a province.

    Returns
    -------
    str

    Examples
    --------
    >>> words("sentence_reduction"), words("CN-XZ")
    ('sentence reduction', 'Tibet')
    """
    text = str(name)
    if text.startswith("CN-") and len(text) == 5:
        return label(_provinces().get(text, text))
    return label(text.replace("_", " "))


def share_label(kind: str, outcomes: Sequence[Any]) -> str:
    """Say what the height of a curve of survival or incidence is, such as ``share with sentence reduction``."""
    name = str(outcomes[0]).replace("_", " ") if len(outcomes) == 1 else "event"
    several = tr("each event") if len(outcomes) > 1 else tr("the event") if name in ("event", "1") else label(name)
    return tr("share without {event}", event=several) if kind == "survival" else tr("share with {event}", event=several)


#: Names of columns that say nothing of what happens.
_PLAIN = {"event", "events", "status", "observed", "outcome", "failure", "fail", "delta", "1"}


def event_name(outcome: Any, column: Any) -> str:
    """What happens: the kind of event, or the column of 0 and 1 where that names it, as ``arrest`` does.

    Examples
    --------
    >>> event_name("sentence_reduction", "event"), event_name("event", "arrest"), event_name("event", "status")
    ('sentence_reduction', 'arrest', 'event')
    """
    own = str(outcome)
    if own not in _PLAIN:
        return own
    name = str(column)
    return name if len(name) > 3 and name.lower() not in _PLAIN and name.isidentifier() else "event"


#: More curves than this are not drawn in one figure.
MOST_CURVES = 36
