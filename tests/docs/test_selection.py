"""The page on selection: its code runs, and its tables are those of the study and of the data."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from scipy import stats

import clemency as cl
from benchmarks import selectionfigures

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "selection.md").read_text(encoding="utf-8")
OUTCOMES = ["sentence_reduction", "medical_parole"]
RULES = {
    "outcome": OUTCOMES,
    "clock": "sentence",
    "sentence_types": ["fixed", "life", "death_reprieve"],
    "until": "2020-07-23",
}


def table(name):
    """Rows of a table of the page."""
    body = TEXT.split(f"<!-- {name} -->")[1].split("<!-- end -->")[0]
    lines = [[c.strip() for c in line.strip("| ").split("|")] for line in body.strip().splitlines()]
    return lines[2:]


def row(source, cohort):
    """One row of the table of the data."""
    d = cohort.describe(by="frame").set_index("frame").loc["all"]
    rates = cl.rates(cohort, outcome=OUTCOMES).tidy()
    cells = [f"{d[n]:,.0f}" for n in ("n_entered", "n_acts_before", "n_lost", "person_months")]
    for r in rates.itertuples():
        cells += [str(r.n_event), f"{r.estimate:.2f} ({r.ci_low:.2f}-{r.ci_high:.2f})"]
    a, b = rates["n_event"]
    share = stats.beta.ppf([0.025, 0.975], [b, b + 1], [a + 1, a])
    low, high = share / (1 - share)
    rules = cohort.rules
    return [source, rules.entry, rules.follow_up, *cells, f"{b / a:.2f} ({low:.2f}-{high:.2f})"]


def shipped():
    cases, acts = cl.load("cases"), cl.load("acts")
    for frame in ("act", "compiled", "register"):
        for entry in ("sentence", "documented"):
            yield row(f"shipped, {frame}", cl.cohort(cases, acts, frame=frame, entry=entry, **RULES))
    yield row("shipped, register", cl.cohort(cases, acts, entry="documented", follow_up="register", **RULES))


def whole(register):
    for entry in ("sentence", "documented"):
        for follow_up in ("documented", "until_expiry", "register"):
            made = cl.cohort(register.cases, register.acts, entry=entry, follow_up=follow_up, **RULES)
            yield row("database", made)


def test_the_code_gives_what_the_text_says():
    space = {}
    (code,) = re.findall(r"```python\n(.*?)```", TEXT, flags=re.DOTALL)
    exec(compile(code, "selection.md", "exec"), space)
    assert set(space["rates"].tidy()["outcome"]) == set(OUTCOMES)
    sums = space["table"][[*OUTCOMES]].sum().tolist()
    assert space["fit"].glance()["events"][0] == sums[0] == 31
    by_year = space["grid"].tidy().query("outcome == 'medical_parole'")
    assert by_year["time"].tolist() == [12.0, 24.0, 36.0, 60.0, 96.0]
    assert by_year["estimate"].is_monotonic_increasing
    said = re.search(r"parole is ([\d.]+) per 1,000 person-months .* reductions ([\d.]+) \(", TEXT).groups()
    whole = cl.rates(space["table"], count=OUTCOMES, exposure="person_months").tidy()["estimate"]
    np.testing.assert_allclose(whole[::-1], [float(s) for s in said], atol=0.005)


def test_the_study_is_the_committed_one():
    found = pd.read_csv(ROOT / "benchmarks" / "results" / "followup.csv")
    expected = [
        [f"`{r.rule}`", f"{r.ratio:.2f}", f"{r.low:.2f} to {r.high:.2f}", f"{r.found:.0%}", f"{r.rate:.1f}"]
        for r in found.itertuples()
    ]
    assert table("followup") == expected
    assert found.set_index("rule").loc["documented", "found"] == 1.0


def test_the_rows_of_the_shipped_cases():
    rows = list(shipped())
    assert len(rows) == 7
    assert [r for r in table("shipped") if r[0] != "database"] == rows


def test_the_rows_of_the_database(register):
    assert [r for r in table("shipped") if r[0] == "database"] == list(whole(register))
    intervals = cl.cohort(register.cases, register.acts, follow_up="register", **RULES).intervals()
    usable = intervals[intervals["reason"] == ""]
    counts = (usable["upper"] > usable["lower"]).sum(), (usable["upper"] == usable["lower"]).sum()
    assert f"{counts[0]}\nfirst acts are intervals, {counts[1]} have a day, and {len(intervals) - len(usable)}" in TEXT
    made = cl.cohort(register.cases, register.acts, follow_up="register", **RULES)
    dated, undated = len(made.spells[made.spells["event"].isin(OUTCOMES)]), len(intervals) - len(usable)
    rough = dated - counts[1]
    lacking = int((made.exclusions["reason"] == "an act among the outcomes has no date of its own").sum())
    assert lacking == counts[0] - rough + undated
    said = (
        f"The {dated} first acts of the table below (90 reductions and 46 paroles) are the {counts[1]} and {rough} of"
    )
    assert said in TEXT
    assert f"the other {counts[0] - rough} intervals and the {undated} are the first acts of {lacking} cases" in TEXT
    ratios = []
    tables = {"all shipped": (cl.load("cases"), cl.load("acts")), "database": (register.cases, register.acts)}
    for line in table("women"):
        cases, entry, follow_up = line[0].split(", ")
        made = cl.cohort(*tables[cases], entry=entry, follow_up=follow_up, **RULES)
        made = made.assign(woman=lambda s: (s["sex"] == "F").where(s["sex"].notna()).astype(float))
        fits = [cl.cox(made, "woman", outcome=o).tidy(exponentiate=True).iloc[0] for o in OUTCOMES]
        ratios.append([line[0], *(f"{f['estimate']:.2f} ({f['ci_low']:.2f}-{f['ci_high']:.2f})" for f in fits)])
    assert table("women") == ratios


@pytest.mark.parametrize("name", sorted(selectionfigures.MADE))
def test_figures_are_those_of_the_studies_and_of_the_counts(name):
    axes = selectionfigures.MADE[name]()
    assert (
        selectionfigures.text(name, axes) == TEXT.split(f"<!-- figure {name} -->")[1].split("<!-- end -->")[0].strip()
    )
    assert (ROOT / "docs" / f"selection-{name}.svg").read_text(encoding="utf-8").count("<desc>") == 1
    plt.close("all")
