"""How the reader of rulings does on simulated texts with known values, whole and damaged, field by field.

Each text is read as it was written, and once more damaged: a character dropped or doubled, a sentence or a paragraph
missing, in turn. A value is right, not read, or wrong; in a damaged text it may also be *altered*: its own characters
were hit, and it is read as it stands then. ``python -m benchmarks rulingsread`` reads 100,000 texts, and
``RULINGS=20000 python -m benchmarks rulingsread`` fewer.
"""

from __future__ import annotations

import os
import platform
import random
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

import clemency as cl
from clemency.sources.rulings.reader import Read, read_text
from clemency.sources.rulings.simulation.simulate import KNOWN

N = 100_000
CHUNK = 2_000
SEED = 41
#: What 本院 stands for: a character lost in the name of the ruling's own court is lost in these.
OWN = ("court", "court_level", "province", "judgment_court", "appeal_court", "case_number")
HOW = ("right", "not_read", "altered", "wrong")
Damage = Callable[[str, random.Random], tuple[str, int, int]]


def dropped(text: str, rng: random.Random) -> tuple[str, int, int]:
    """The text without one character, and the stretch that was hit."""
    at = rng.randrange(len(text))
    return text[:at] + text[at + 1 :], at, at + 1


def doubled(text: str, rng: random.Random) -> tuple[str, int, int]:
    """The text with one character twice."""
    at = rng.randrange(len(text))
    return text[:at] + text[at] + text[at:], at, at + 1


def without_sentence(text: str, rng: random.Random) -> tuple[str, int, int]:
    """The text without one of its sentences."""
    stops = [i + 1 for i, c in enumerate(text) if c == "。"]
    return _without(text, [0, *stops, len(text)], rng)


def without_paragraph(text: str, rng: random.Random) -> tuple[str, int, int]:
    """The text without one of its lines; of a text on one line, without a sentence."""
    starts = [i + 1 for i, c in enumerate(text) if c == "\n"]
    return _without(text, [0, *starts, len(text)], rng) if starts else without_sentence(text, rng)


def _without(text: str, bounds: list[int], rng: random.Random) -> tuple[str, int, int]:
    k = rng.randrange(len(bounds) - 1)
    start, end = bounds[k], bounds[k + 1]
    return text[:start] + text[end:], start, end


DAMAGES: dict[str, Damage] = {
    "a character dropped": dropped,
    "a character doubled": doubled,
    "a sentence missing": without_sentence,
    "a paragraph missing": without_paragraph,
}


def values(read: Read) -> dict[str, Any]:
    """Values of the first prisoner."""
    return {name: read.people[0].get(name) for name in KNOWN} if read.people else dict.fromkeys(KNOWN)


def places(read: Read) -> dict[str, tuple[int, int]]:
    """Where in the source each value stands."""
    found = read.people[0].found if read.people else {}
    return {name: read.plain.place(v.start, v.end) for name, v in found.items() if name in KNOWN}


def judged(got: Any, truth: Any, hit: bool) -> str:
    """What a value is: right, not read, altered or wrong; empty where there is none and none is read."""
    if got is None:
        return "not_read" if truth is not None else ""
    return "right" if got == truth else "altered" if hit else "wrong"


def touched(name: str, place: dict[str, tuple[int, int]], start: int, end: int) -> bool:
    """Whether a stretch of the source touches the characters of a value, or those from which it follows."""
    near = [place[n] for n in ((name, "court") if name in OWN else (name,)) if n in place]
    return any(low - 1 <= end - 1 and start <= high for low, high in near)


def known(row: dict[str, Any]) -> dict[str, Any]:
    """What a made-up ruling says."""
    return {name: None if pd.isna(row[name]) else row[name] for name in KNOWN}


@dataclass
class Counts:
    """Texts by damage, fields that they tell, and what became of each; and the wrong ones."""

    texts: Counter[str] = field(default_factory=Counter)
    told: Counter[tuple[str, str]] = field(default_factory=Counter)
    read: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    wrong: list[tuple[str, str, Any, Any, str]] = field(default_factory=list)

    def add(self, kind: str, got: dict[str, Any], truth: dict[str, Any], hit: frozenset[str], text: str) -> None:
        """Count one text."""
        self.texts[kind] += 1
        for name in KNOWN:
            self.told[kind, name] += truth[name] is not None
            result = judged(got[name], truth[name], name in hit)
            self.read[kind, name, result] += 1
            if result == "wrong":
                self.wrong.append((kind, name, truth[name], got[name], text))

    @classmethod
    def joined(cls, several: Iterable[Counts]) -> Counts:
        """The sum of several."""
        total = cls()
        for counts in several:
            total.texts += counts.texts
            total.told += counts.told
            total.read += counts.read
            total.wrong += counts.wrong
        return total

    def table(self) -> pd.DataFrame:
        """A row for each damage and field."""
        rows = [
            (kind, name, self.texts[kind], self.told[kind, name], *(self.read[kind, name, how] for how in HOW))
            for kind in ("whole", *DAMAGES)
            for name in KNOWN
        ]
        return pd.DataFrame(rows, columns=["text", "field", "texts", "told", *HOW])


def part(first: int, n: int, seed: int) -> Counts:
    """Read `n` texts from the `first` on, whole and damaged."""
    counts, names = Counts(), list(DAMAGES)
    made = cl.simulate_rulings(n, seed=seed + first)
    for i, row in enumerate(made.to_dict("records"), start=first):
        truth, text, kind = known(row), row["text"], names[i % len(names)]
        whole = read_text(text)
        counts.add("whole", values(whole), truth, frozenset(), text)
        damaged, start, end = DAMAGES[kind](text, random.Random(f"{seed}-{i}"))
        place = places(whole) if "character" in kind else {}
        hit = frozenset(name for name in place if touched(name, place, start, end))
        counts.add(kind, values(read_text(damaged)), truth, hit, damaged)
    return counts


def study(n: int, seed: int, workers: int = 1) -> Counts:
    """Read `n` texts, in parts that do not depend on the number of processes."""
    firsts = range(0, n, CHUNK)
    calls = (firsts, [min(CHUNK, n - first) for first in firsts], [seed] * len(firsts))
    if workers < 2:
        return Counts.joined(map(part, *calls))
    with ProcessPoolExecutor(workers) as pool:
        return Counts.joined(pool.map(part, *calls))


def run(results: Path) -> None:
    """Write the table."""
    n = int(os.environ.get("RULINGS", N))
    table = study(n, SEED, os.cpu_count() or 1).table()
    table.to_csv(results / "rulingsread.csv", index=False)
    versions = f"Python {platform.python_version()}, pandas {pd.__version__}, {n:,} texts, seed {SEED}\n"
    (results / "rulingsread_versions.txt").write_text(versions)
    print(table.groupby("text", sort=False)[["told", *HOW]].sum().to_string())
