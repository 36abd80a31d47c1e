"""What one part of a section cannot be made of is said in its place, and the rest stands."""

from __future__ import annotations

import pytest
from matplotlib import pyplot as plt

import clemency as cl
from clemency.reports.associations import leadsandlags, relations
from clemency.reports.descriptions import quality, recurrent
from clemency.reports.inputs import Inputs, inputs
from clemency.reports.section import Gaps, Section, or_reason

MISSING = "Missing here: {}. These tables cannot bear it: Too few."


@pytest.fixture(scope="module")
def given() -> Inputs:
    return inputs("2017Q2")


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


def failing(function, on):
    """The function, but for the calls of the numbers given."""
    calls = iter(range(1000))

    def called(*args, **kwargs):
        if next(calls) in on:
            raise cl.UsageError("Too few.")
        return function(*args, **kwargs)

    return called


def test_a_part_that_cannot_be_made_is_told_once():
    gaps = Gaps()
    assert gaps.tried("a table", lambda: 8) == 8
    for _ in range(2):
        assert gaps.tried("a table", failing(int, {0})) is None
    made = gaps.added(Section("slug", "Title", ("Text.",)))
    assert made.text == ("Text.", MISSING.format("a table"))

    def fails():
        raise AssertionError

    with pytest.raises(AssertionError):  # what is wrong with the code is no matter of the tables
        gaps.tried("a table", fails)


def test_a_section_stands_without_how_its_cases_became_known():
    class Tables:
        frames_told = staticmethod(failing(str, {0}))

    made = or_reason("slug", "Title")(lambda _: Section("slug", "Title", ("Text.",)))(Tables())
    assert made.text == ("Text.", MISSING.format("how its cases became known"))


def test_comparisons_with_events_stand_one_by_one(given, monkeypatch):
    monkeypatch.setattr(relations, "placebo", failing(relations.placebo, {0}))
    monkeypatch.setattr(relations, "_index", failing(None, {0}))
    monkeypatch.setattr(relations, "_KINDS", {"summits": ("summit",)})
    monkeypatch.setattr(relations, "fits", lambda _: {})
    made = relations.after_events(given)
    gone = [MISSING.format(part) for part in ("the index of relations", "sentence reductions after summits")]
    assert list(made.text[-2:]) == gone
    table = next(p for p in made.parts if p.name == "after_events").data
    assert table["act"].tolist() == ["medical parole"]


def test_ratios_by_quarter_stand_without_their_tests(given, monkeypatch):
    monkeypatch.setattr(leadsandlags, "_tests", failing(leadsandlags._tests, {0}))
    made = leadsandlags.before_and_after(given)
    assert made.text[-1] == MISSING.format("tests of the quarters around an event for sentence reductions")
    assert len(next(p for p in made.parts if p.name == "event_study_tests").frame) == 2
    monkeypatch.setattr(leadsandlags, "_tests", failing(None, {0, 1}))
    assert [p.name for p in leadsandlags.before_and_after(given).parts] == ["event_study"]


def test_rates_and_reductions_stand_without_one_of_their_lines(given, monkeypatch):
    monkeypatch.setattr(quality, "rates", failing(quality.rates, {0}))
    made = quality.about_data(given)
    assert made.text[-1] == MISSING.format("rates in months since custody, with documented follow-up")
    assert len(next(p for p in made.parts if p.name == "sensitivity").frame) == 3
    monkeypatch.setattr(recurrent, "recurrence", failing(recurrent.recurrence, {1}))
    made = recurrent.all_reductions(given)
    assert made.text[-1] == MISSING.format("the number if nobody ever left")
    assert "if nobody ever left" not in made.parts[1].frame
    assert "last column" not in made.notes[0]
