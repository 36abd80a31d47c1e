"""Acts without a date on the page on intervals: its rows are those of the cases, its tables those of the study."""

import re
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import clemency as cl

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
study = pytest.importorskip("benchmarks.intervalcauses")

TEXT = study.PAGE.read_text(encoding="utf-8")
OUTCOMES = ["sentence_reduction", "medical_parole"]
MONTHS = [12, 36, 60]
RULES = {
    "outcome": OUTCOMES,
    "frame": "register",
    "follow_up": "register",
    "clock": "sentence",
    "sentence_types": ["fixed", "life", "death_reprieve"],
    "until": "2020-07-23",
}
HALF_A_DAY = 0.5 / 30.4375


def ways(cohort):
    """Cases and incidences since entry: without undated acts, from intervals, and with them at either end."""
    found = cohort.intervals(ends=True)
    used = found[found["reason"] == ""]
    since = used.assign(lower=used["lower"] - used["entry"], upper=used["upper"] - used["entry"])
    act = since["event"].isin(OUTCOMES) & (since["lower"] < since["upper"])
    middle = since["lower"].where(since["upper"].isna(), (since["lower"] + since["upper"]) / 2)
    early = middle.mask(act, np.maximum(since["lower"], HALF_A_DAY))
    spells = cohort.spells.assign(exit=cohort.spells["exit"] - cohort.spells["entry"])
    how = {"exit": "exit", "event": "event", "outcome": OUTCOMES}
    yield "dropped", cl.incidence(spells, **how)
    yield "as early as can be", cl.incidence(since.assign(exit=early), **how)
    ends = {"lower": "lower", "upper": "upper", "event": "event", "outcome": OUTCOMES}
    yield "intervals", replace(cl.incidence(since, **ends, limits=None), limits="likelihood")
    yield "as late as can be", cl.incidence(since.assign(exit=middle.mask(act, since["upper"])), **how)


def rows_of(source, cases, acts):
    """Rows of the table for some cases."""
    for entry in ("documented", "sentence"):
        for way, curves in ways(cl.cohort(cases, acts, entry=entry, **RULES)):
            table, counts = curves.at(MONTHS), curves.glance()
            n = counts["n" if "n" in counts else "spells"].item()
            cells = []
            for outcome in OUTCOMES:
                for r in table[table["outcome"] == outcome].itertuples():
                    limits = f" ({100 * r.ci_low:.1f}-{100 * r.ci_high:.1f})" if r.time == 12 else ""
                    cells.append(f"{100 * value(r):.1f}{limits}")
            yield [source, entry, way, f"{n:,}", str(counts["events"].item()), *cells]


def shipped():
    return list(rows_of("shipped", cl.load("cases"), cl.load("acts")))


def whole(register):
    return list(rows_of("database", register.cases, register.acts))


def value(row):
    """The estimate, or the middle of its bounds."""
    return row.estimate if np.isfinite(row.estimate) else (row.lowest + row.highest) / 2


def block(name):
    return re.search(rf"<!-- {name} -->\n(.*?)<!-- end -->", TEXT, re.DOTALL).group(1)


def written(rows):
    """The table as the page has it."""
    columns = [f"{name}, {t}" for name in ("reduction", "parole") for t in MONTHS]
    head = ["source", "entry", "undated acts", "cases", "acts", *columns]
    lines = [head, ["---", "---", "---", *["---:"] * (len(head) - 3)], *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def on_page():
    return [line.strip("| ").split(" | ") for line in block("undated").splitlines()[2:]]


def test_the_rows_of_the_shipped_cases():
    assert block("undated") == written(on_page())
    assert [r for r in on_page() if r[0] == "shipped"] == shipped()


def test_the_rows_of_the_database(register):
    assert [r for r in on_page() if r[0] == "database"] == whole(register)


def test_how_many_intervals_close_with_the_case():
    for entry, low, high in (("documented", 0.15, 0.25), ("sentence", 0.2, 0.3)):
        cohort = cl.cohort(cl.load("cases"), cl.load("acts"), entry=entry, **RULES)
        found = cl.incidence(cohort, lower="lower", upper="upper", outcome=OUTCOMES, limits=None)
        said = found.warnings["message"].str.extract(r"^(\d+) acts have an interval that closes")[0].dropna().item()
        acts = found.glance()["events"].item()
        assert low < int(said) / acts < high
        if entry == "documented":
            assert f"the intervals of {said} of the {acts} acts" in TEXT


def test_intervals_lie_between_the_extremes():
    shares = {tuple(r[:3]): [float(v.split(" ")[0]) for v in r[5:]] for r in on_page()}
    assert len(shares) == 16
    for source in ("shipped", "database"):
        for entry in ("documented", "sentence"):
            late, middle, early = (
                shares[source, entry, way] for way in ("as late as can be", "intervals", "as early as can be")
            )
            assert early[0] >= middle[0] >= late[0]  # later on the risk sets differ, by those whose act was put early
    for source in ("shipped", "database"):
        first = [shares[source, "sentence", way][0] for way in ("as late as can be", "as early as can be")]
        assert "from {} to {} percent".format(*first) in TEXT


def test_page_shows_the_results():
    results = ROOT / "benchmarks" / "results"
    assert study.renewed(TEXT, results) == TEXT
    table = pd.read_csv(results / "intervalcauses.csv").set_index(["estimator", "quantity"])
    late = table.loc[("intervals, late entry", "act by 24")]
    assert late["refused"] > 0.5
    own = table.loc[("intervals, own end", "act by 24")]
    assert own["bias"] / own["truth"] == pytest.approx(1 / 6, abs=0.02)
    found = pd.read_csv(results / "intervalcauses_maxima.csv").iloc[0]
    assert (found["sets"], found["starts"], found["several"], found["uncertified"]) == (1000, 8, 1, 1)
    assert re.search(r"In 1,000 small simulated .* eight\s+searches met two maxima in 1; there", TEXT, re.DOTALL)


@pytest.mark.parametrize("design", study.DESIGNS)
def test_the_study_has_the_truth_that_it_claims(design):
    d = study.sample(np.random.default_rng(4), design, 20_000)
    late = design == "late entry"
    for t in study.TIMES:
        spells = study.spells(d, "true dates")
        r = cl.incidence(spells[spells["exit"] > spells["entry"]], **study.SPELL, outcome="act").at(t).iloc[0]
        assert abs(r["estimate"] - study.truth(t, late)) < 4 * r["std_error"]
    out = np.isfinite(d["upper"])
    assert (d["lower"] <= d["upper"]).all()
    assert (d.loc[out, "lower"] <= d.loc[out, "time"] + 1e-12).all()
    assert (d.loc[out, "time"] <= d.loc[out, "upper"] + 1e-12).all()
    assert (d.loc[~out, "lower"] < d.loc[~out, "time"]).all()


def test_several_starts_come_to_one_maximum():
    """In a few of the small sets of data with late entry that the study looks at."""
    found = study.maxima(10, starts=4).iloc[0]
    assert found["between"] < 1e-7
    assert found["gap"] < 1e-8
