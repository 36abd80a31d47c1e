"""A short seeded run of the study of dirty input: no fault among a hundred inputs."""

import warnings

from benchmarks import fuzz


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
