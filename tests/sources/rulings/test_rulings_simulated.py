"""Simulated rulings: every value is read as written, and one character more or less gives no wrong value."""

import random

import numpy as np
import pandas as pd
import pytest

import clemency as cl
from clemency.records.errors import UsageError
from clemency.sources.rulings import simulate_rulings
from clemency.sources.rulings.reader import read_text
from clemency.sources.rulings.simulation.simulate import KNOWN

MADE = simulate_rulings(400, seed=20)


def _known(value):
    return None if pd.isna(value) else value


def test_every_value_is_read_as_written():
    for row in MADE.to_dict("records"):
        read = read_text(row["text"])
        assert read.status in ("ruling", "decision")
        notes = read.people[0]
        for name in KNOWN:
            assert notes.get(name) == _known(row[name]), (name, row["text"], notes.problems)


def test_the_same_seed_gives_the_same_texts():
    pd.testing.assert_frame_equal(simulate_rulings(5, seed=3), simulate_rulings(5, seed=3))
    assert simulate_rulings(5, seed=3)["text"].tolist() != simulate_rulings(5, seed=4)["text"].tolist()
    assert simulate_rulings(2, seed=3)["text"].tolist() == simulate_rulings(5, seed=3)["text"].tolist()[:2]


@pytest.mark.parametrize("n", [0, -1, 10_000_000, 1.0, "3", None, True])
def test_numbers_of_rulings_that_are_none(n):
    with pytest.raises(UsageError, match=r"^n=.* must be a whole number, 1 to 5,000,000\.$"):
        simulate_rulings(n)


def _mutated(text, rng):
    at = rng.randrange(len(text))
    return (at, text[:at] + text[at + 1 :]) if rng.random() < 0.5 else (at, text[:at] + text[at] + text[at:])


#: 本院 stands for the ruling's own court: a character lost in its name is lost in these.
OWN = ("court", "judgment_court", "appeal_court", "court_level", "province")


@pytest.mark.parametrize("seed", range(4))
def test_a_character_more_or_less_gives_no_wrong_value(seed):
    """A value whose own characters are untouched is read as before or not at all."""
    rng = random.Random(seed)
    for text in MADE["text"].iloc[seed * 40 : (seed + 1) * 40]:
        whole = read_text(text)
        before = whole.people[0]
        places = {n: whole.plain.place(v.start, v.end) for n, v in before.found.items()}
        for _ in range(12):
            at, mutated = _mutated(text, rng)
            read = read_text(mutated)
            after = read.people[0] if read.people else None
            for name in KNOWN:
                got = after.get(name) if after else None
                if got is None or got == before.get(name):
                    continue
                start, end = places.get(name, (at, at))
                touched = start - 1 <= at <= end
                own = name in OWN and abs(at - text.find(before.get("court"))) <= len(before.get("court"))
                assert touched or own, (name, before.get(name), got, text[max(0, at - 30) : at + 30])


@pytest.mark.parametrize("line", range(3, 9))
def test_a_paragraph_that_is_missing_gives_no_wrong_value(line):
    """What stood in the paragraph is not read; the rest is as before, but what follows from all of it."""
    for row in MADE[MADE["text"].str.count("\n") > 8].head(60).to_dict("records"):
        lines = row["text"].split("\n")
        read = read_text("\n".join(lines[:line] + lines[line + 1 :]))
        notes = read.people[0] if read.people else None
        for name in KNOWN:
            got = notes.get(name) if notes else None
            assert got in (None, _known(row[name])), (name, lines[line], got, row[name])


@pytest.mark.parametrize("seed", [-1, "x", 1.5, None, True, float("nan"), np.int64(-1)])
def test_a_seed_is_a_whole_number_here_and_for_cohorts(seed):
    for call in (lambda: cl.simulate_rulings(3, seed=seed), lambda: cl.simulate_cohort(3, effects={}, seed=seed)):
        with pytest.raises(UsageError, match=r"^seed=.* must be a whole number of 0 or more"):
            call()


def test_a_seed_of_numpy_is_the_same_number():
    pd.testing.assert_frame_equal(cl.simulate_rulings(2, seed=np.int32(7)), cl.simulate_rulings(2, seed=7))
