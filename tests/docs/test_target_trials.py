"""The page on target trials: its code runs, and its tables and its figure are those of the data and of the study."""

import re
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import clemency as cl
from clemency import figures
from clemency.records.presentation.wording import counted, number

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "target-trials.md").read_text(encoding="utf-8")
STUDY = pd.read_csv(ROOT / "benchmarks" / "results" / "trials.csv")


def block(name):
    return TEXT.split(f"<!-- {name} -->")[1].split("<!-- end -->")[0].strip()


def rows_of(text):
    return [[c.strip() for c in line.strip("| ").split(" | ")] for line in text.splitlines()][2:]


@pytest.fixture(scope="module")
def space():
    found = {}
    for part in re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL):
        exec(compile(part, "target-trials.md", "exec"), found)
    yield found
    plt.close("all")


def protocol(table):
    head = ["| | target trial | emulation |", "| --- | --- | --- |"]
    return "\n".join([*head, *(f"| {r.element} | {r.target_trial} | {r.emulation} |" for r in table.itertuples())])


def ratio(r):
    return f"{r['estimate']:.2f} ({r['ci_low']:.2f} to {r['ci_high']:.2f})"


def cells(found):
    """Events by arm and ratio of the outcome and of the negative control."""
    table = found.tidy(exponentiate=True).query("term == 'assigned'").set_index("analysis")
    out = []
    for analysis in ("outcome", "negative control"):
        r = table.loc[analysis]
        out += [f"{r['n_event_treated']:.3g} and {r['n_event_untreated']:.3g}", ratio(r)]
    return out


def raised_table(space):
    head = "| being raised, five years | acts, raised and not | ratio | expiries and deaths | ratio |"
    rows = [
        ["per protocol", *cells(space["plain"])],
        ["per protocol, adjusted for the year", *cells(space["found"])],
        ["intention to treat, adjusted for the year", *cells(space["started"])],
        ["per protocol, weighted", *cells(space["weighted"])],
    ]
    return "\n".join([head, "| --- | ---: | ---: | ---: | ---: |", *(f"| {' | '.join(r)} |" for r in rows)])


def summit_row(name, found):
    days = f"{found.facts['n_days']} and {found.facts['n_reference_days']}"
    return [name, days, *cells(found)]


def summit_rows(space):
    return [
        summit_row("shipped, dates halfway", space["midpoint"]),
        summit_row("shipped, dates drawn", space["after"]),
        summit_row("shipped, dates halfway, one side enough", space["loose"]),
    ]


def whole(register):
    rules = {"outcome": ["sentence_reduction", "medical_parole"], "clock": "sentence", "follow_up": "register"}
    rules |= {"sentence_types": ["fixed", "life", "death_reprieve"], "until": register.as_of}
    cohort = cl.cohort(register.cases, register.acts, entry="documented", **rules)
    summits = cl.load("events").query("partner == 'US' and event_type == 'summit'")
    options = {"outcome": rules["outcome"], "negative": ["expiry", "death"]}
    return [
        summit_row("database, dates halfway", cl.event_trials(cohort, summits, **options)),
        summit_row(
            "database, dates halfway, one side enough", cl.event_trials(cohort, summits, sides="any", **options)
        ),
    ]


def placebo_text(space):
    test, control = (space[n].tidy().iloc[0] for n in ("test", "control"))
    return (
        f"Moving the calendar of the shipped cases, dates drawn: acts {test['ratio']:.2f} times as frequent after "
        f"summits as at other times (p = {test['p_value']:.2f}), deaths and expiries {control['ratio']:.2f} times "
        f"(p = {control['p_value']:.2f})."
    )


SUMMIT_HEAD = "| cases | days, with a summit and without | acts, after and not | ratio | expiries and deaths | ratio |"


def study_table():
    head = "| part | analysis | truth | mean | limits hold the truth |"
    rows = [
        f"| {r.part} | {'negative control, ' if r.analysis != 'outcome' else ''}{r.model} | "
        f"{r.log_ratio if r.analysis == 'outcome' else 0.0:.1f} | {r.mean:.2f} | {r.coverage:.0%} |"
        for r in STUDY.itertuples()
    ]
    return "\n".join([head, "| --- | --- | ---: | ---: | ---: |", *rows])


def figure_text(space):
    alt = " ".join(f"{ax.get_title(loc='left')}. {figures.drawn(ax).alt}" for ax in space["axes"])
    return f"![{alt}](target-trials.svg)"


@pytest.mark.parametrize(("name", "result"), [("raised", "found"), ("summit", "midpoint")])
def test_protocols_are_those_of_the_results(space, name, result):
    assert block(f"protocol {name}") == protocol(space[result].protocol)


def seen_text(space):
    s = space["seen"].facts
    people, acts = counted(s["n_treated"], "person", spelled=True), counted(s["events_treated"], "act", spelled=True)
    treated = f"Treated while under observation: {people}, with {acts}"
    return f"{treated}; people in the trials: {s['n_people']}."


def test_who_is_raised_under_observation(space):
    assert block("seen") == seen_text(space)


def test_tables_are_those_of_the_data(space):
    assert block("raised") == raised_table(space)
    lines = block("summit").splitlines()
    assert lines[0] == SUMMIT_HEAD
    assert rows_of("\n".join(lines[:5])) == summit_rows(space)
    assert lines[-1] == placebo_text(space)


def test_the_row_of_the_database(register):
    assert rows_of("\n".join(block("summit").splitlines()[:7]))[3:] == whole(register)


def test_figures_in_sentences(space):
    n = int(space["found"].facts["n_treated"])
    assert n == space["weighted"].facts["n_treated"] == space["found"].facts["n_trials"]
    acts = int(space["found"].facts["events_treated"])
    assert block("starts") == f"{number(n)}\npeople with {number(acts)} acts"
    assert block("treated") == number(n)
    assert "people treated: robust errors" in " ".join(space["found"].warnings["message"])
    assert f"{number(n)} starts for three columns" in TEXT
    assert f"{n} starts for 3 covariate columns" in " ".join(space["weighted"].warnings["message"])
    excluded = space["earlier"].exclusions["reason"].eq("raised, but on a date not known").sum()
    assert block("undated") == str(excluded)
    assert block("samples") == str(STUDY["samples"].max())


def test_what_is_said_of_the_negative_control(space):
    """Both ratios are larger where one side is enough, shipped cases and database; no limits exclude one."""
    rows = [float(cell.split()[0]) for row in rows_of(block("summit"))[:5] for cell in (row[3], row[5])]
    halfway, _, one_side, whole, whole_one_side = (rows[i : i + 2] for i in range(0, 10, 2))
    for both, one in ((halfway, one_side), (whole, whole_one_side)):
        assert one[0] > both[0]
        assert one[1] > both[1]
    days = space["loose"].trials.pivot_table(index="trial", columns="assigned", values="zero", aggfunc="min")
    assert (days[0] > days[1]).sum() > len(days) / 2
    for found in (space["midpoint"], space["loose"], space["after"], space["found"]):
        rows = found.tidy().query("term == 'assigned'")
        assert (rows["ci_low"] < 0).all()
        assert (rows["ci_high"] > 0).all()
    for name in ("test", "control"):
        assert space[name].tidy()["p_value"][0] > 0.3


def test_limits_hold_what_the_text_says(space):
    def limits(name):
        return (
            space[name].tidy(exponentiate=True).set_index("analysis").loc["outcome", ["ci_low", "ci_high"]].to_numpy()
        )

    for name in ("plain", "weighted"):
        assert limits(name)[0] < 1 < limits(name)[1]
    for name in ("found", "started"):
        assert limits(name)[0, 0] < 1 < limits(name)[0, 1]  # the first row; the others are of the year
    for name in ("midpoint", "loose", "after"):
        low, high = limits(name)
        assert low < 1 < 3 < high


def test_the_figure_is_that_of_the_data(space):
    assert block("figure") == figure_text(space)


def test_the_study_is_the_one_that_was_run():
    assert block("study") == study_table()
    ours = STUDY[STUDY["model"].isin(["trials, per protocol", "event trials"])]
    assert (ours["bias"].abs() < 0.1).all()
    assert np.isfinite(STUDY["coverage"]).all()
