"""What an error or a summary says of data: shown, never sent to the terminal or the page as it is."""

import os
import subprocess
import sys

import pandas as pd
import pytest

import clemency as cl
from clemency.records.errors import ClemencyError, DataError, MissingExtraError, Problem, RowError, UsageError

RAW = ["\x1b[31mred", "\u202eright to left", "\x07bell", "\x9b2J", "\rover", "\u200bunseen", "\x00null"]
SHOWN = ["\\x1b[31mred", "<U+202E>right to left", "\\x07bell", "\\x9b2J", "\\rover", "<U+200B>unseen", "\\x00null"]


@pytest.mark.parametrize(("raw", "shown"), list(zip(RAW, SHOWN, strict=True)))
@pytest.mark.parametrize("kind", [ClemencyError, UsageError, MissingExtraError])
def test_an_error_spells_out_what_would_steer_a_terminal(kind, raw, shown):
    assert str(kind(f"There is no case '{raw}'.")) == f"There is no case '{shown}'."


def test_lines_and_scripts_stay_as_they_are():
    said = "one\n\ttwo: 维吾尔, ئۇيغۇر, བོད, Müller"
    assert str(UsageError(said)) == said
    assert "\n" in str(DataError([Problem("a", 1, "c", "v", "m", "r"), Problem("a", 2, "c", "v", "m", "r")]))
    assert str(RowError([Problem("case", None, "sex", RAW[0], "m", "r")])) == f"case, sex, '{SHOWN[0]}': m. r"
    assert UsageError().args == ()
    assert UsageError("a", 2).args == ("a", 2)


@pytest.mark.parametrize(("raw", "shown"), list(zip(RAW, SHOWN, strict=True)))
def test_public_names_show_what_they_refuse(raw, shown):
    spells = cl.cohort(cl.load("cases"), cl.load("acts"))
    for call in (
        lambda: cl.load(raw),
        lambda: cl.eligibility(raw, on="2015-01-01"),
        lambda: spells.person_time(raw),
        lambda: spells.with_covariates(pd.DataFrame({"a": [1]}), on=raw),
        lambda: cl.relations("US", types=[raw]),
    ):
        with pytest.raises(UsageError) as caught:
            call()
        assert shown in str(caught.value) or repr(raw)[1:-1] in str(caught.value)
        assert not any(c in str(caught.value) for c in raw if not c.isprintable())


def test_a_summary_shows_keys_as_text():
    row = {"case_id": "<b>\x1b[31m", "sentence_type": "fixed", "sentence_months": 72, "detention_date": "2014-01-15",
           "sentence_date": "2014-10-20"}  # fmt: skip
    found = cl.eligibility(row, on="2017-05-27")
    assert repr(found).startswith("Eligibility of <b>\\x1b[31m on 2017-05-27")
    assert "&lt;b&gt;" in found._repr_html_()
    assert "<b>" not in found._repr_html_()


@pytest.mark.parametrize("blank", ["", " ", "\t"])
def test_an_empty_text_is_no_folder(blank):
    """The system takes it for the working folder, whose tables nobody asked for."""
    for call in (
        lambda: cl.load("cases", blank),
        lambda: cl.describe("cases", blank),
        lambda: cl.check(blank),
        lambda: cl.edition(blank),
        lambda: cl.cite(cl.load("cases").iloc[:1], blank),
        lambda: cl.reproduce(data=blank),
        lambda: cl.read_cecc(blank),
        lambda: cl.fetch("un_ideal_points", from_path=blank),
        lambda: cl.voting_distance("US", path=blank),
    ):
        with pytest.raises(UsageError, match="names no file or folder"):
            call()


def test_the_command_line_takes_no_empty_text_for_a_folder():
    from click.testing import CliRunner

    from clemency.cli import main

    for words in (
        ["data", "check", ""],
        ["report", "--data", ""],
        ["report", "--out", " "],
        ["reproduce", "--data", ""],
    ):
        done = CliRunner().invoke(main, words)
        assert done.exit_code == 2
        assert "an empty text names no file or folder" in done.output


def python(code, epoch):
    env = {**os.environ, "SOURCE_DATE_EPOCH": epoch}
    quiet = [sys.executable, "-W", "ignore", "-c", code]  # the lowest versions warn of their newer neighbours
    done = subprocess.run(quiet, env=env, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


@pytest.mark.parametrize("epoch", ["abc", "", "2026-11-01"])
def test_a_cohort_needs_no_date_of_a_build_and_a_model_says_what_is_wrong_with_it(epoch):
    code = """
import clemency as cl
import clemency.cohorts, clemency.figures, clemency.sources.cecc, clemency.sources.linkage
print("spells", len(cl.cohort(cl.load("cases"), cl.load("acts"))) > 0)
for use in (lambda: cl.simulate_cohort(n=40, effects={}, acts=9, seed=1), lambda: cl.cox, lambda: cl.pool):
    try:
        use()
    except cl.UsageError as error:
        print(error)
"""
    lines = python(code, epoch).splitlines()
    said = f"SOURCE_DATE_EPOCH={epoch!r} is not a number of seconds since 1970."
    assert lines[0] == "spells True"
    assert len(lines) == 4
    assert all(line.startswith(said) for line in lines[1:])


def test_a_date_of_a_build_that_is_one_changes_nothing():
    made = "len(cl.simulate_cohort(n=40, effects={}, acts=9, seed=1).spells)"
    code = f"import clemency as cl; print({made}, cl.cox.__name__)"
    assert python(code, "1500000000") == python(code, " 1500000000 ")
    assert python(code, "1500000000").endswith(" cox\n")
