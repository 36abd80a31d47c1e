"""Claims under other choices: R's exact limits, cases worked by hand, bounds that bound, words that follow numbers."""

import functools
import math
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clemency as cl
from clemency.figures.theme.kept import drawn
from clemency.findings.material import Material
from clemency.findings.registry import registry
from clemency.findings.robustness import COLUMNS, limits, table_of, verdicts_of
from clemency.findings.variants import cases, counts, lists
from clemency.models import binomial_limits

R = pd.read_csv(Path(__file__).resolve().parents[1] / "reference" / "stress" / "expected.csv").set_index("what")[
    "value"
]
#: The edition that R's counts and the counts by hand are of.
ENTERED = "2026.11"
ALL = {
    "answers": lists.answers_by_sex,
    "subversion": lists.subversion,
    "life": cases.first_cut_on_life,
    "arrests": counts.arrests_of_2012,
    "women": counts.women_in_prison_growth,
    "parole": counts.parole_in_jiangsu,
}


@pytest.fixture(scope="module")
def made():
    return {name: function(Material(edition=ENTERED)) for name, function in ALL.items()}


def reference(name, *parts):
    return [R[f"{name} {part}"] for part in parts]


def row(stress, variant):
    return stress.tidy().set_index("variant").loc[variant]


@pytest.mark.parametrize(
    ("stress", "variant", "name"),
    [
        ("answers", "as published, sex known", "sex known"),
        ("answers", "two prisoners per answer", "halved"),
        ("answers", "unknown: answered women, other men", "upper"),
        ("answers", "unknown: answered men, other women", "lower"),
        ("arrests", "arrested, persons", "arrests"),
        ("arrests", "arrested, cases", "cases"),
        ("arrests", "received by courts, cases", "received"),
        ("arrests", "arrested, against the mean of 2009-2011", "mean of three"),
        ("parole", "paroles", "jiangsu"),
        ("parole", "paroles per reduction", "per reduction"),
        ("parole", "first half of 2023", "half a year"),
    ],
)
def test_exact_limits_are_those_of_r(made, stress, variant, name):
    found = row(made[stress], variant)[["estimate", "ci_low", "ci_high"]].astype(float).tolist()
    assert found == pytest.approx(reference(name, "estimate", "low", "high"), rel=1e-6)


def test_p_values_and_shares_are_those_of_r(made):
    for variant, name in (("as published, sex known", "sex known"), ("two prisoners per answer", "halved")):
        assert f"Fisher's p = {R[f'{name} p']:.2g}" in row(made["answers"], variant)["note"]
    shares = lists.shares_answered(Material(edition=ENTERED)).set_index("label")
    for name in ("women", "men"):
        found = shares.loc[name, ["ci_low", "ci_high"]].astype(float).tolist()
        assert found == pytest.approx(reference(name, "low", "high"), rel=1e-9)
    found = row(made["subversion"], "as published")[["ci_low", "ci_high"]].astype(float).tolist()
    assert found == pytest.approx(reference("subversion", "low", "high"), rel=1e-9)
    assert [float(v) for v in binomial_limits(13, 20)] == pytest.approx(
        reference("list of 1994", "low", "high"), rel=1e-9
    )


@functools.cache
def bounds():
    return lists.answers_by_sex(Material(edition=ENTERED)).tidy().set_index("variant")["estimate"]


@settings(deadline=None)
@given(st.data())
def test_no_way_of_placing_the_unknown_leaves_the_bounds(data):
    answered = data.draw(st.integers(0, 109))  # women among the 109 answered
    silent = data.draw(st.integers(0, 389))  # women among the 389 not answered
    f, m = (235 + answered, 161 + silent), (726 + 109 - answered, 590 + 389 - silent)
    odds = f[0] / f[1] / (m[0] / m[1])
    # The table holds conditional estimates, which lie a little nearer to 1 than the plain ones.
    low, high = (bounds()[f"unknown: answered {a}, other {b}"] for a, b in (("men", "women"), ("women", "men")))
    assert low * 0.999 <= odds <= high * 1.001


def test_before_and_after_by_hand():
    spells = pd.DataFrame(
        [
            (0, 30, "sentence_reduction", 40),  # cut before the change
            (0, 60, "commutation_life_to_fixed", 20),  # 20 months before it, 40 after, then a cut
            (0, 50, "censored", -10),  # sentenced after the change
            (5, 40, "early_release", 40),  # leaves on the day of the change
        ],
        columns=["entry", "exit", "event", "change"],
    )
    plain = cases.before_and_after(spells)
    assert plain.to_numpy().tolist() == [[1, 85, 3], [1, 90, 2]]
    waited = cases.before_and_after(spells, wait=(24, 36))
    # Before: 24-30, none, none, 24-40; after: from month 36 on: 36-60, 36-50.
    assert waited.to_numpy().tolist() == [[1, 22, 2], [1, 38, 2]]


def test_splitting_at_the_change_loses_no_time():
    spells = cases.spells_under_life(Material(), None)
    t = cases.before_and_after(spells)
    assert t["months"].sum() == pytest.approx((spells["exit"] - spells["entry"]).sum())
    assert t["cuts"].sum() == spells["event"].isin(cases.CUTS).sum()


def test_a_change_that_all_precede_or_follow():
    spells = cases.spells_under_life(Material(), None)
    for change, empty in ((1e6, "after"), (-1e6, "before")):
        t = cases.before_and_after(spells.assign(change=change))
        assert t.loc[empty].tolist() == [0, 0, 0]


def test_ratios_of_counts_by_hand():
    estimate, low, high = counts.ratio_of_counts(100, 50, base=(2, 1), dispersion=4)
    half = 1.959963984540054 * math.sqrt(4 * (1 / 100 + 1 / 50))
    assert (estimate, low, high) == pytest.approx((1, math.exp(-half), math.exp(half)))
    back = counts.ratio_of_counts(474, 405)
    forth = counts.ratio_of_counts(405, 474)
    assert [1 / v for v in back] == pytest.approx([forth[0], forth[2], forth[1]])


def test_more_variance_only_widens(made):
    table = made["parole"].tidy().set_index("variant")
    width = np.log(table["ci_high"] / table["ci_low"])
    assert width["paroles"] < width["paroles, years that vary"] < width["paroles, ten times the variance"]
    assert (
        row(made["arrests"], "arrested, persons in groups")["ci_low"]
        < row(made["arrests"], "arrested, persons")["ci_low"]
    )


def test_women_and_the_rounding_of_their_share(made):
    found = row(made["women"], "2003 to 2014")
    men = [71286 / s - 71286 for s in (0.0461, 0.04615, 0.04605)]
    late = [103766 / s - 103766 for s in (0.063, 0.0625, 0.0635)]
    ratios = [103766 / 71286 / (b / a) for a, b in zip(men, late, strict=True)]
    assert found["estimate"] == pytest.approx(ratios[0])
    assert [found["ci_low"], found["ci_high"]] == pytest.approx(sorted(ratios[1:]))


@pytest.mark.parametrize(
    ("name", "standing", "falling"),
    [  # by R's limits where it gives them, by the counts of the sources elsewhere
        (
            "answers",
            ["unknown: all men", "unknown: answered women, other men"],  # 1.36 and 2.32 and up
            [
                "as published, sex known",  # 0.94 to 1.50
                "two prisoners per answer",
                "unknown: split like the known",
                "unknown: all women",
                "unknown: answered men, other women",  # 0.25 to 0.36, the other way round
            ],
        ),
        (
            "subversion",  # all hold a share between 43.75 and 51 percent
            [
                "as published",
                "with the one on medical parole",
                "without the one who died",
                "answers in pairs",
                "our tables",
            ],
            [],
        ),
        (
            "arrests",
            ["arrested, persons", "arrested, persons in groups", "arrested, cases"],  # 1.09, 1.04 and 1.02 and up
            [
                "arrested, against 2010",
                "arrested, against the mean of 2009-2011",  # 0.99 to 1.14
                "indicted, persons",
                "received by courts, cases",  # 0.75 to 0.996
                "as one year among others",
            ],
        ),
        ("women", ["2003 to 2014", "2003 to 2012", "2004 to 2014", "2009 to 2014", "2015 to 2018"], []),
        (
            "parole",
            [
                "paroles",  # 100 for 6,000: 0.0135 to 0.0203
                "paroles, ten times the variance",
                "paroles, years that vary",
                "paroles per reduction",
                "published rates",
                "first half of 2023",
                "the country, 2022 to 2019",
            ],
            [],
        ),
    ],
)
def test_what_stands(made, name, standing, falling):
    stands = made[name].tidy().set_index("variant")["stands"].to_dict()
    assert stands == dict.fromkeys(standing, True) | dict.fromkeys(falling, False)


def test_no_cut_since_2017_is_too_few_months_to_say_that_cuts_became_rarer(made):
    """None in the months since, where some would be expected: every upper limit is above one, so nothing stands."""
    table = made["life"].tidy()
    assert len(table) == 8
    assert table["estimate"].tolist() == table["ci_low"].tolist() == [0.0] * 8
    assert table["ci_high"].between(1.4, 5.7).all()
    assert table["stands"].tolist() == [False] * 8


def life_of_state_security():
    """How many there are; bounds of the first cut of those with a date of sentence and no undated cut."""
    cases, acts = cl.load("cases"), cl.load("acts")
    cases = cases[cases["sentence_type"].eq("life") & cases["charge_family"].eq("endangering_state_security")]
    cuts = acts[
        acts["case_id"].isin(cases["case_id"])
        & acts["act_type"].isin(["commutation_life_to_fixed", "sentence_reduction"])
    ]
    known = cases[
        cases["sentence_latest"].notna() & ~cases["case_id"].isin(cuts.loc[cuts["act_date"].isna(), "case_id"])
    ]
    first = cuts.sort_values("act_latest").drop_duplicates("case_id").set_index("case_id")
    return len(cases), first.reindex(known["case_id"])[["act_earliest", "act_latest"]]


def test_first_cuts_of_the_shipped_tables():
    """A first cut whose interval reaches beyond 2017 is neither counted as one since nor passed over."""
    said = cases.first_cut_on_life()
    n, first = life_of_state_security()
    dated, change = first.dropna(), pd.Timestamp("2017-01-01")
    sure, could = (dated["act_earliest"] >= change).sum(), (dated["act_latest"] >= change).sum()
    assert len(dated) >= 5
    assert f"{len(first)} of {n} state security prisoners" in said.conclusion
    since = f"{sure}" if sure == could else f"{sure} to {could}"
    assert f"they had {len(dated)} first cuts, {since} of them since 2017" in said.conclusion
    latest = row(said, "dates at their latest")
    assert latest["note"].startswith(f"{len(dated) - could} cuts in")
    assert f", {could} in " in latest["note"]
    assert verdicts_of(said.tidy()) in said.conclusion


def test_words_on_first_cuts_follow_from_the_spells():
    """Waits of 20 and 40 months; the second cut may lie on either side of the change."""
    early = pd.DataFrame({"entry": 0.0, "exit": [20.0, 38.0], "event": "sentence_reduction", "change": [60.0, 40.0]})
    late = early.assign(exit=[20.0, 42.0])
    middle = early.assign(exit=[20.0, 40.0])
    open_ = pd.DataFrame({"estimate": [1.0], "ci_low": [0.5], "ci_high": [2.0], "stands": [False]})
    words = cases._said((middle, early, late), 3, open_)
    assert "2 of 3 state security prisoners" in words
    assert "0 to 1 of them since 2017, depending on" in words
    assert "20 months, not longer than the 24 asked for until 2016, and 1 of 2 waited the 36" in words
    assert "neither show nor exclude" in words
    closed = open_.assign(ci_high=0.9, stands=True)
    words = cases._said((late, late, late), 3, closed)
    assert "1 of them since 2017; the ratio" in words
    assert "nor exclude" not in words


def test_the_tables_have_one_form(made):
    known = set(registry().findings["finding_id"])
    assert len(made) == 6
    for stress in [*made.values(), *(function() for function in ALL.values())]:
        t = stress.tidy()
        assert t.columns.tolist() == COLUMNS
        assert t["stands"].dtype == bool
        assert t["variant"].is_unique
        both = t[["ci_low", "estimate", "ci_high"]].dropna()
        assert (both["ci_low"] <= both["estimate"]).all()
        assert (both["estimate"] <= both["ci_high"]).all()
        assert stress.finding_id in known
        g = stress.glance().iloc[0]
        assert (g["variants"], g["standing"]) == (len(t), t["stands"].sum())
        assert stress.claim in repr(stress)
        assert stress.conclusion in stress._repr_html_()
        assert verdicts_of(t) in stress.conclusion


def test_the_words_hold_the_numbers(made):
    assert "59.3 percent (54.3 to 64.2)" in made["answers"].conclusion
    assert "1.19 (0.94 to 1.50)" in made["answers"].conclusion
    assert "in 15 of 100" in made["answers"].conclusion
    assert "0.30 to 2.88" in made["answers"].conclusion
    assert "24 to 71 percent" in made["subversion"].conclusion
    assert "lies within these limits" in made["subversion"].conclusion
    assert "stands in none of 8 variants" in made["life"].conclusion
    assert "10 of 16 state security prisoners" in made["life"].conclusion
    assert "rose by 19 percent" in made["arrests"].conclusion
    assert "men by 4.6" in made["women"].conclusion
    assert "3.3, 3.5 or 3.6 percent as 11.5, 11 or 10.5 years" in made["women"].conclusion
    assert "1.7 percent of 2013" in made["parole"].conclusion


def test_the_words_on_subversion_hold_what_ordinary_prisoners_have(made):
    """1 - 0.75^2 is 0.4375 and 1 - 0.7^2 is 0.51; half of them are 0.219 and 0.255, and R's lower limit is 0.244."""
    said = made["subversion"].conclusion
    assert said.startswith("9 of 19 are 47 percent, with exact limits of 24 to 71 percent. At 25 to 30 percent a year ")
    assert "a year 44 to 51 percent of ordinary prisoners would have had one in two years, so equal access" in said
    assert "stands in 5 of 5 variants. But half as much (22 to 26 percent) lies within these limits too" in said


def test_limits_and_rows_as_text():
    t = table_of([("a", 3, 1.0, 0.5, 2.0, True, "")])
    assert limits(next(t.itertuples()), 1) == "1.0 (0.5 to 2.0)"
    assert verdicts_of(t.assign(stands=False)) == "stands in none of 1 variants"


def test_figures_show_every_variant_and_the_reference(made):
    assert [name for name, s in made.items() if s.reference is None] == ["subversion"]
    for stress in made.values():
        ax = stress.plot()
        assert len(ax.get_yticks()) == len(stress.tidy())
        assert len(drawn(ax).frame) == len(stress.tidy())
        if stress.reference is not None:
            assert ax.get_xlim()[1] > stress.reference
        plt.close(ax.figure)
