"""The figures on the page about being raised are those that its code gives, and those of the study."""

import re
from pathlib import Path

import pandas as pd
import pytest

import clemency as cl
from clemency.inference.sensitivity import ratio_limits

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "being-raised.md").read_text(encoding="utf-8")
TABLE = dict(re.findall(r"^\| ((?:rates|Cox),.*?) \| ([\d.]+ \| [\d.]+ to [\d.]+) \|$", PAGE, re.MULTILINE))


@pytest.fixture(scope="module")
def space():
    found = {}
    for block in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
        exec(compile(block, "being-raised.md", "exec"), found)
    return found


def said(*values):
    return f"{values[0]:.2f} | {values[1]:.2f} to {values[2]:.2f}"


def row(beginning):
    return next(v for k, v in TABLE.items() if k.startswith(beginning))


def test_hazard_ratios(space):
    for beginning, fit in (("Cox, the same |", "plain"), ("Cox, the same, w", "fit"), ("Cox, 7 people", "pair")):
        t = space[fit].tidy(exponentiate=True).iloc[0]
        assert row(beginning.rstrip(" |")) == said(t["estimate"], t["ci_low"], t["ci_high"])
    assert (space["matched"].facts["n_matched"], space["matched"].facts["n_controls"]) == (7, 17)
    assert space["weights"].facts["n_started"] == 9
    both = {"on": ["sentence_months", "sentence_year"], "caliper": {"sentence_months": 24, "sentence_year": 5}}
    assert cl.risk_set_match(space["raised"], exposure="raised", ratio=3, **both).facts["n_matched"] == 4


def test_ratios_of_rates(space):
    open_ = space["base"].expose_from(space["cases"], "raised_date", name="raised", flag="raised_by", undated="missing")
    s = open_.spells.assign(months=lambda d: d["exit"] - d["entry"], act=lambda d: d["event"].isin(space["outcome"]))
    vague = s["raised"].isna()
    without = ~s.groupby("case_id")["act"].transform("any")
    assert s[vague]["case_id"].nunique() == 46
    assert (s[vague]["act"].sum(), s["act"].sum()) == (20, 40)
    x = s["raised"].astype(float)
    for beginning, raised in (
        ("rates, only", x),
        ("rates, the 46", x.fillna(0)),
        ("rates, these taken", x.fillna(1)),
        ("rates, these dated", x.where(~vague, without.astype(float))),
    ):
        n, months = (s.groupby(raised)[c].sum() for c in ("act", "months"))
        low, high = ratio_limits(n[1], months[1], n[0], months[0])
        assert row(beginning) == said(n[1] / months[1] / (n[0] / months[0]), low, high)


def test_other_figures(space):
    tip = cl.tipping_point(space["raised"], "raised").facts
    assert (tip["to_include_one"], tip["to_one"], tip["n_cases"]) == (20, 74, 170)
    assert (tip["events"], tip["events_unexposed"]) == (7, 13)
    t = space["plain"].tidy(exponentiate=True).iloc[0]
    e = cl.e_value(t["estimate"], t["ci_low"], t["ci_high"], rare=False)["e_value"].round(1).tolist()
    assert f"{e[0]} for the estimate and {e[1]} for its lower limit" in PAGE


def test_figures_of_the_opening_and_of_balance(space):
    opening = PAGE[: PAGE.index("## Raised from which day")]
    worst = row("rates, these dated").split(" | ")[0]
    assert f"{row('rates, only').split(' | ')[0]} times as often" in opening
    assert f"as unfavourably as possible, {worst} times as often" in opening
    balance = space["weights"].balance().set_index("term")
    for term in ("long", "recent"):
        assert f"from {balance.loc[term, 'before']:.2f} to {balance.loc[term, 'after']:.2f}" in PAGE


def test_the_next_edition_moves_the_ratios_as_the_page_says(space):
    assert "edition 2026.12" in PAGE
    cases = cl.load("cases", edition="2026.12").query("political != 'no'")
    acts = cl.load("acts", edition="2026.12")
    base = cl.cohort(cases, acts[acts["case_id"].isin(cases["case_id"])], outcome=space["outcome"])
    s = base.split(clock=range(0, 481, 12))
    s = s.expose_from(cases, "raised_date", name="raised", flag="raised_by", undated="missing").spells
    s = s.assign(months=s["exit"] - s["entry"], act=s["event"].isin(space["outcome"]))
    vague, without = s["raised"].isna(), ~s.groupby("case_id")["act"].transform("any")
    found = {}
    for name, raised in (("dated", s["raised"].astype(float)), ("worst", s["raised"].where(~vague, without))):
        n, months = (s.groupby(raised.astype(float))[c].sum() for c in ("act", "months"))
        found[name] = n[1] / months[1] / (n[0] / months[0])
        if name == "dated":
            assert n[0] > 4 * 13  # acts of those not raised, or not yet, against the 13 of the table
            assert n[1] - 7 <= 3
    assert 0.5 < found["worst"] < 0.6
    opening = PAGE[: PAGE.index("## Raised from which day")]
    assert (
        f"the two ratios are {found['dated']:.2f} and {found['worst']:.2f}, the second just above one half." in opening
    )
    assert f"the ratio of the first row is {found['dated']:.2f}, and that of the last {found['worst']:.2f}." in PAGE


def test_figures_of_the_study():
    study = pd.read_csv(ROOT / "benchmarks" / "results" / "weighting.csv").set_index(["log_ratio", "model"])
    for truth in (0.0, 0.7):
        cells = [
            f"{study.loc[(truth, m), 'mean']:.3f} ({study.loc[(truth, m), 'coverage']:.0%})"
            for m in ("plain", "adjusted", "weighted")
        ]
        assert f"| {truth:.2f} | {' | '.join(cells)} |" in PAGE
