"""What has been read of one prisoner in one document: values with their places, and what does not fit."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from clemency.sources.rulings.patterns.phrases import Pattern


class Value(NamedTuple):
    """A value, the stretch of the plain text that gives it, how sure it is, and the pattern that found it."""

    value: Any
    start: int
    end: int
    certainty: str
    pattern: str


class Hit(NamedTuple):
    """What a pattern found: the match and the place where the searched part begins."""

    pattern: Pattern
    match: re.Match[str]
    offset: int

    def span(self, *groups: str) -> tuple[int, int]:
        """Place in the plain text of the first of the groups that took part, or of all."""
        for group in groups:
            if self.match.group(group) is not None:
                return self.match.start(group) + self.offset, self.match.end(group) + self.offset
        return self.match.start() + self.offset, self.match.end() + self.offset


@dataclass
class Notes:
    """Values by field, and problems in the order in which they were met."""

    found: dict[str, Value] = field(default_factory=dict)
    changes: list[dict[str, Any]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def put(self, name: str, value: Any, span: tuple[int, int], pattern: str, certainty: str = "stated") -> None:
        """Keep a value; the first one of a field stays, and None is none."""
        if value is not None and name not in self.found:
            self.found[name] = Value(value, span[0], span[1], certainty, pattern)

    def get(self, name: str) -> Any:
        """Value of a field, or None."""
        found = self.found.get(name)
        return None if found is None else found.value

    def problem(self, said: str) -> None:
        """Keep what does not fit, once."""
        if said not in self.problems:
            self.problems.append(said)


def hits(patterns: Iterable[Pattern], text: str, start: int = 0, end: int | None = None) -> Iterator[Hit]:
    """Everything that patterns find in a stretch, pattern by pattern."""
    part = text[start:end]
    for pattern in patterns:
        for low, high in pattern.windows(part):
            for found in pattern.regex.finditer(part, low, high):
                yield Hit(pattern, found, start)


def first(patterns: Iterable[Pattern], text: str, start: int = 0, end: int | None = None) -> Hit | None:
    """What the first of the patterns finds first."""
    part = text[start:end]
    for pattern in patterns:
        for low, high in pattern.windows(part):
            found = pattern.regex.search(part, low, high)
            if found is not None:
                return Hit(pattern, found, start)
    return None


def agreed(
    notes: Notes,
    name: str,
    patterns: Iterable[Pattern],
    text: str,
    within: tuple[int, int],
    convert: Callable[[str], Any],
) -> None:
    """Keep a value on which everything found agrees; tell where it does not, and keep nothing."""
    found = []
    for hit in hits(patterns, text, *within):
        named = hit.match.groupdict()
        found.append((convert(named.get("v") or named.get("w") or hit.match.group()), hit))
    if not found:
        return
    values = {value for value, _ in found}
    if len(values) > 1 or None in values:
        notes.problem(f"{name}: several readings" if None not in values else f"{name}: not well formed")
        return
    value, hit = found[0]
    groups = [g for g in ("v", "w") if g in hit.match.groupdict()]
    notes.put(name, value, hit.span(*groups), hit.pattern.id)
