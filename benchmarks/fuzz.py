"""Dirty tables, frames, formulas, new data and files against every public name.

Three things are faults: an error that is not one of the library's own, a call that takes more than five seconds of
the processor, and a number that differs by more than 1e-9 (relative) from what the clean twin of an accepted input
gives, or that is given at all where nothing could be known. ``python -m benchmarks fuzz`` runs 10,000 inputs; ``python
-m benchmarks.fuzz --trials 500 --seed 7 --only cohort`` fewer of them, and ``--trial 123`` one again, with its
traceback. The data are simulated.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import numpy as np
import pandas as pd

from benchmarks._fuzz import framedirt, otherdirt, tabledirt
from benchmarks._fuzz.borders import BORDERS
from benchmarks._fuzz.types import REFUSE, TWIN, Border, Dirty, Given, canonical

KINDS = (
    framedirt.storage,
    framedirt.missing,
    framedirt.index,
    framedirt.order,
    framedirt.beside,
    framedirt.rename,
    framedirt.container,
    framedirt.columns,
    tabledirt.date_storage,
    tabledirt.date_text,
    tabledirt.words,
    tabledirt.months,
    tabledirt.ends,
    otherdirt.junk,
    otherdirt.options,
    otherdirt.formula,
    otherdirt.files,
    otherdirt.texts,
)
TRIALS, SEED, SECONDS, TOLERANCE = 10_000, 2026, 5.0, 1e-9
REFUSED, EQUAL, TAKEN = "refused", "equal to the clean twin", "taken, no twin"
_CARRIED = ("storage", "missing", "date_storage", "date_text", "words", "months")
FAULTS = ("another's error", "over five seconds", "another number", "taken, though nothing is known")


@dataclass(frozen=True)
class Verdict:
    """What came of one trial."""

    trial: int
    border: str
    kind: str
    said: str
    outcome: str
    detail: str = ""
    seconds: float = 0.0


class _Late(BaseException):
    """Raised inside a call that has taken too long."""


@contextmanager
def limit(seconds: float) -> Iterator[None]:
    def late(signum: int, frame: FrameType | None) -> None:
        raise _Late

    before = signal.signal(signal.SIGPROF, late)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def trial(number: int, seed: int, borders: tuple[Border, ...] = BORDERS, loud: bool = False) -> Verdict | None:
    """Make one dirty input and judge what comes of it; None where the dirt does not apply to the border."""
    rng = np.random.default_rng([seed, number])
    border = borders[int(rng.integers(len(borders)))]
    kind = KINDS[int(rng.integers(len(KINDS)))]
    if kind.__name__ == "order" and border.ordered:
        return None
    dirty = kind(rng, border.make(rng))
    if dirty is None:
        return None
    start = time.perf_counter()
    outcome, detail = judged(border, dirty, kind.__name__, loud)
    seconds = time.perf_counter() - start
    return Verdict(number, border.name, kind.__name__, dirty.said, outcome, detail, seconds)


def judged(border: Border, dirty: Dirty, kind: str = "", loud: bool = False) -> tuple[str, str]:
    """Outcome of a dirty input, and what is to be said of it."""
    from clemency import ClemencyError

    try:
        with limit(SECONDS):
            found = [canonical(f) for f in border.run(dirty.given)]
    except ClemencyError as error:
        return REFUSED, str(error).splitlines()[0][:200]
    except _Late:
        return FAULTS[1], ""
    except Exception as error:  # the point of the study: whatever comes
        if loud:
            traceback.print_exc()
        return FAULTS[0], f"{type(error).__name__}: {str(error)[:150]}"
    if dirty.expect == REFUSE and not border.carries:
        return FAULTS[3], ""
    if dirty.expect != TWIN or dirty.twin is None or (border.carries and kind in _CARRIED):
        return TAKEN, ""
    return compared(border, dirty.twin, found, dirty.renamed)


def compared(border: Border, twin: Given, found: list[tuple[list[str], np.ndarray]], renamed: bool) -> tuple[str, str]:
    """Set the numbers of an accepted input beside those of its twin."""
    from clemency import ClemencyError

    try:
        clean = [canonical(f) for f in border.run(twin)]
    except ClemencyError as error:
        return FAULTS[2], f"its clean twin is refused: {str(error).splitlines()[0][:150]}"
    for (words, numbers), (own_words, own) in zip(found, clean, strict=True):
        if renamed and numbers.shape == own.shape:  # the names by which rows and columns were put in order differ
            numbers, own = np.sort(numbers, axis=None)[:, None], np.sort(own, axis=None)[:, None]
        if numbers.shape != own.shape:
            return FAULTS[2], f"shape {numbers.shape}, clean {own.shape}"
        if not np.allclose(numbers, own, rtol=TOLERANCE, atol=1e-12, equal_nan=True):
            where = np.argwhere(~np.isclose(numbers, own, rtol=TOLERANCE, atol=1e-12, equal_nan=True))[0]
            return FAULTS[2], f"{numbers[tuple(where)]:.9g}, clean {own[tuple(where)]:.9g}"
        if words != own_words and not renamed:
            pair = next((a, b) for a, b in zip(words, own_words, strict=True) if a != b)
            return FAULTS[2], f"words {pair[0]!r}, clean {pair[1]!r}"[:200]
    return EQUAL, ""


def tabulated(verdicts: list[Verdict]) -> pd.DataFrame:
    """Outcomes by public name and kind of dirt."""
    frame = pd.DataFrame([(v.border, v.kind, v.outcome) for v in verdicts], columns=["name", "dirt", "outcome"])
    counts = frame.value_counts().rename("n").reset_index()
    return counts.sort_values(["name", "dirt", "outcome"]).reset_index(drop=True)


def study(trials: int, seed: int, borders: tuple[Border, ...] = BORDERS) -> list[Verdict]:
    """Judge so many dirty inputs, skipping combinations that do not apply."""
    found: list[Verdict] = []
    number = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        while len(found) < trials:
            verdict = trial(number, seed, borders)
            number += 1
            if verdict is not None:
                found.append(verdict)
                if verdict.outcome in FAULTS:
                    print(*said(verdict), sep=" | ", flush=True)
    return found


def said(v: Verdict) -> tuple[str, ...]:
    return f"{v.trial}", v.border, v.said, v.outcome, v.detail


def run(results: Path, trials: int = TRIALS, seed: int = SEED, borders: tuple[Border, ...] = BORDERS) -> int:
    """Judge and tabulate; the number of faults."""
    start = time.perf_counter()
    verdicts = study(trials, seed, borders)
    table = tabulated(verdicts)
    faults = sum(v.outcome in FAULTS for v in verdicts)
    print(table.groupby("outcome")["n"].sum().to_string())
    slowest = max(verdicts, key=lambda v: v.seconds)
    print(
        f"{len(verdicts)} inputs, {faults} faults, {time.perf_counter() - start:.0f} s; slowest {slowest.seconds:.1f} s"
    )
    if borders is BORDERS and trials == TRIALS:
        table.to_csv(results / "fuzz.csv", index=False)
    return faults


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("--trials", type=int, default=TRIALS)
    words.add_argument("--seed", type=int, default=SEED)
    words.add_argument("--only", default="", help="public names that hold this text")
    words.add_argument("--trial", type=int, help="one trial again, with its traceback")
    asked = words.parse_args()
    borders = tuple(b for b in BORDERS if asked.only in b.name) if asked.only else BORDERS
    if asked.trial is not None:
        warnings.simplefilter("ignore")
        print(trial(asked.trial, asked.seed, borders, loud=True))
        return
    sys.exit(1 if run(Path(__file__).parent / "results", asked.trials, asked.seed, borders) else 0)


if __name__ == "__main__":
    main()
