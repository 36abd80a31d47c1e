"""A short seeded run of the study of dirty input: no fault among a hundred inputs."""

import warnings

import numpy as np
import pandas as pd
import pytest

from benchmarks import fuzz
from benchmarks._fuzz.places import cell


def test_a_short_run_finds_no_fault():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        verdicts = fuzz.study(100, seed=8)
    assert len(verdicts) == 100
    assert [fuzz.said(v) for v in verdicts if v.outcome in fuzz.FAULTS] == []
    outcomes = {v.outcome for v in verdicts}
    assert {fuzz.REFUSED, fuzz.EQUAL} <= outcomes


def test_a_number_where_nothing_is_known_is_a_fault():
    given = fuzz.Given(options={"x": 1})
    border = fuzz.Border("one", lambda rng: given, lambda g: [g.options["x"]])
    refuse = fuzz.Dirty(given, fuzz.REFUSE, "nothing known")
    assert fuzz.judged(border, refuse)[0] == "taken, though nothing is known"
    other = fuzz.Dirty(given.with_options(x=2), fuzz.TWIN, "another", given)
    assert fuzz.judged(border, other)[0] == "another number"
    same = fuzz.Dirty(given.with_options(x=1.0), fuzz.TWIN, "the same", given)
    assert fuzz.judged(border, same)[0] == fuzz.EQUAL
    failing = fuzz.Border("two", lambda rng: given, lambda g: [g.options["y"]])
    assert fuzz.judged(failing, refuse)[0] == "another's error"


def judged(number, name):
    """One trial among the borders of a name, as ``--only`` and ``--trial`` make it."""
    borders = tuple(b for b in fuzz.BORDERS if name in b.name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return fuzz.trial(number, 2026, borders)


@pytest.mark.parametrize("number", [375, 1106])
def test_a_covariate_of_another_storage_is_the_same(number):
    verdict = judged(number, "with_covariates")
    assert verdict.said.startswith("extra as objects")
    assert verdict.outcome == fuzz.EQUAL


@pytest.mark.parametrize("number", [440, 1202])
def test_a_table_of_covariates_without_its_column_adds_none(number):
    verdict = judged(number, "with_covariates")
    assert verdict.said == "more: a column less"
    assert verdict.outcome == fuzz.TAKEN


@pytest.mark.parametrize("value", [None, np.nan, pd.NA, pd.NaT])
@pytest.mark.parametrize("name", ["cohort", "interrupted", "event_study", "panel"])
def test_a_case_without_a_key_is_refused_whatever_stands_there_and_so_is_its_twin(name, value):
    border = next(b for b in fuzz.BORDERS if b.name == name)
    given = border.make(np.random.default_rng(1))
    clean, dirty = (cell(given, "cases", "case_id", 0, v) for v in (None, value))
    for one in (clean, dirty):
        assert fuzz.judged(border, fuzz.Dirty(one, fuzz.TWIN, "no key", clean))[0] == fuzz.REFUSED


def test_no_text_is_put_into_a_table_without_rows():
    given = fuzz.Given({"acts": pd.DataFrame({"case_id": pd.Series([], dtype=object)})})
    assert fuzz.otherdirt.texts(np.random.default_rng(1), given) is None
