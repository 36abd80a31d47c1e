"""The plan of the report: the page says what the code reads, and its answers by hand."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import clemency as cl
from clemency.models.incidencerates.rates import poisson_limits
from clemency.records.presentation.wording import rounded
from clemency.reports.inputs import Inputs, inputs
from clemency.reports.language import apart
from clemency.reports.plan import PLAN, Grouping, Occasion
from clemency.reports.planned import keeping, results, section, tellings
from clemency.reports.planned.firmness import firmness
from clemency.reports.planned.results import Evidence, answers, compared, evidence, holm

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "analysis-plan.md").read_text(encoding="utf-8")


def rows(name: str) -> list[list[str]]:
    body = PAGE.split(f"<!-- {name} -->")[1].split("<!-- end -->")[0]
    return [[c.strip() for c in line.strip("| ").split("|")] for line in body.strip().splitlines()[2:]]


def test_the_page_asks_what_the_code_asks() -> None:
    told = []
    for h in PLAN.hypotheses:
        window = "" if isinstance(h.about, Grouping) else f" ({h.about.window.rstrip('D')} days)"
        whatever = re.sub("^the ", "", h.about.question)
        what = f"regardless of {whatever}" if isinstance(h.about, Grouping) else f"after {whatever}{window}"
        test = "all groups at once, exact" if isinstance(h.about, Grouping) else "placebo dates"
        told.append([h.key, what, h.outcome.replace("_", " "), test])
    assert rows("questions") == told
    groups = [[g.name.replace("_", " "), ", ".join(v.replace("_", " ") for v in g.levels)] for g in PLAN.groupings]
    assert rows("groups") == groups
    assert f"Holm's rule over all {_spelled(len(told))} holds" in PAGE
    assert f"fewer than {_spelled(int(PLAN.expected))} acts were there no difference" in PAGE.replace("\n", " ")
    assert f"by {PLAN.repetitions:,} draws" in PAGE
    assert f"drawn {PLAN.imputations} times" in PAGE
    assert f'wrongly answered "differs" at {PLAN.level:.0%}' in PAGE


def _spelled(n: int) -> str:
    return {5: "five", 12: "twelve"}[n]


def simulated() -> str:
    """The table of the study in which nothing makes a difference."""
    results = Path(__file__).resolve().parents[2] / "benchmarks" / "results" / "plan.csv"
    lines = ["| | share | samples |", "| --- | ---: | ---: |"]
    for r in pd.read_csv(results).itertuples():
        error = f" (error {r.error:.1%})" if r.error == r.error else ""
        share = f"{r.share:.1%}{error}" if error else f"{r.share:.2f}"
        lines.append(f"| {r.what} | {share} | {r.samples} |")
    return "\n".join(lines)


def test_the_page_has_what_the_study_found_and_it_holds_the_error_rate() -> None:
    assert PAGE.split("<!-- simulated -->")[1].split("<!-- end -->")[0].strip() == simulated()
    results = Path(__file__).resolve().parents[2] / "benchmarks" / "results" / "plan.csv"
    family = pd.read_csv(results).set_index("what").loc["plan: any question passes Holm's rule"]
    assert family["samples"] >= 300
    assert family["share"] - 1.96 * family["error"] <= PLAN.level


def test_every_value_of_the_counts_is_in_one_level_or_not_known() -> None:
    left = {"not known", "(groups of fewer than five cases)"}
    for g in PLAN.groupings:
        values = [v for named in g.levels.values() for v in named]
        assert len(values) == len(set(values))
        table = cl.register_person_time(g.name)
        assert set(table["level"].astype(str)) - set(values) <= left


@pytest.fixture
def plan():
    ways = Grouping("way", "the way", {"a": ("a",), "b": ("b", "B"), "c": ("c",)})
    return replace(PLAN, groupings=(ways,), occasions=(), outcomes=("act", "other"))


def cells(acts: dict[str, tuple[int, int]], other: int = 0) -> pd.DataFrame:
    """Two periods, equal time in each group; a value that no level takes in."""
    made = [
        {"level": level, "period": p, "years": "0 to 1", "person_months": 100.0, "act": n, "other": other}
        for level, counts in acts.items()
        for p, n in enumerate(counts)
    ]
    return pd.DataFrame(made)


def given(table: pd.DataFrame) -> Evidence:
    return Evidence(lambda by, entry: table, None, pd.DataFrame())  # type: ignore[arg-type]


def test_answers_by_hand(plan) -> None:
    """Twelve acts in each period, all but two of them in one of three groups with the same time."""
    table = cells({"a": (11, 11), "b": (1, 0), "c": (0, 1), "not known": (30, 40)})
    found = answers(given(table), plan)
    h = found.hypotheses.set_index("key")
    assert h.loc["H1", ["n_event", "n_outside"]].tolist() == [24, 70]
    assert np.isnan(h.loc["H2", "n_event"])
    assert h.loc["H2", "why"].startswith("There is no event")
    assert np.isnan(h.loc["H2", "p_value"])
    assert h.loc["H1", "p_holm"] == 2 * h.loc["H1", "p_value"]  # the one that cannot be tested is counted
    assert h["passes"].to_dict() == {"H1": True, "H2": False}
    g = found.groups.set_index("level")
    assert g["expected"].to_list() == [8, 8, 8]
    assert g["n_event"].to_list() == [22, 1, 1]
    a = g.loc["a"]
    # 22 of 24 where a third is expected, at odds of a half; the exact tail of the binomial
    assert a["estimate"] == pytest.approx(2 * 22 / 2)
    tail = sum(_choose(24, k) * (1 / 3) ** k * (2 / 3) ** (24 - k) for k in (22, 23, 24))
    assert a["p_value"] == pytest.approx(2 * tail)
    low, high = poisson_limits([22])
    assert a[["rate", "rate_low", "rate_high"]].to_list() == pytest.approx([110, low[0] * 5, high[0] * 5])
    assert a["p_family"] == pytest.approx(2 / 10_000)  # the least that 9,999 draws can give, for two hypotheses
    assert found.findings["level"].tolist() == ["a", "b", "c"]


def _choose(n: int, k: int) -> int:
    return len(list(itertools.combinations(range(n), k)))


def test_a_thin_group_is_shown_and_not_told(plan) -> None:
    table = cells({"a": (3, 3), "b": (4, 4), "c": (0, 1)})
    table.loc[table["level"] == "c", "person_months"] = 4000.0
    found = answers(given(table), plan)
    g = found.groups.set_index("level")
    assert found.hypotheses["passes"][0]
    assert g["thin"].to_dict() == {"a": True, "b": True, "c": False}  # whatever acts they have
    assert g["p_value"].max() < 0.05
    assert found.findings["level"].tolist() == ["c"]


def test_of_two_groups_one_is_told(plan) -> None:
    two = replace(plan, groupings=(Grouping("way", "the way", {"a": ("a",), "b": ("b",)}),))
    found = answers(given(cells({"a": (12, 12), "b": (0, 0)})), two)
    assert found.groups["p_value"].max() == pytest.approx(found.groups["p_value"].min(), rel=1e-9)
    assert found.findings["level"].tolist() == ["a"]


def test_nothing_is_pooled_or_referred_to_by_its_acts(plan) -> None:
    """Which group has the acts changes the answers for no other group's own test."""
    one = compared(cells({"a": (5, 3), "b": (1, 2), "c": (2, 2)}), plan.groupings[0], "act", plan)
    two = compared(cells({"a": (1, 2), "b": (5, 3), "c": (2, 2)}), plan.groupings[0], "act", plan)
    names = ["estimate", "ci_low", "ci_high", "p_value"]
    first, second = (f.tidy().set_index("level")[names] for f in (one, two))
    np.testing.assert_allclose(first.loc[["a", "b", "c"]], second.loc[["b", "a", "c"]], rtol=1e-12)


def test_holm_by_hand() -> None:
    found = holm(np.array([0.04, 0.01, np.nan, 0.02]), 0.05)
    np.testing.assert_allclose(found["p_holm"], [0.08, 0.04, np.nan, 0.06])
    assert found["passes"].tolist() == [False, True, False, False]


HOLM = pd.read_csv(Path(__file__).resolve().parents[1] / "reference" / "holm" / "adjusted.csv")


@pytest.mark.parametrize("family", HOLM["family"].unique())
def test_holm_is_that_of_r(family: str) -> None:
    """Also where one question has passed and the others are stepped down, and where some cannot be tested."""
    own = HOLM[HOLM["family"] == family]
    found = holm(own["p"].to_numpy(), 0.05)
    np.testing.assert_allclose(found["p_holm"], own["holm"], rtol=1e-12)
    assert found["passes"].tolist() == (own["holm"] <= 0.05).tolist()


@pytest.mark.parametrize("p", [[0.001, 0.02, 0.024, 0.3], [0.013, 0.012, 0.016, 0.04, 0.9], [0.01, 0.018, 0.017]])
def test_holm_is_the_closed_test(p: list[float]) -> None:
    """A question passes if every set of questions that holds it has a p value below 5% divided by their number."""
    sets = [s for k in range(1, len(p) + 1) for s in itertools.combinations(range(len(p)), k)]
    closed = [max(min(1.0, len(s) * min(p[j] for j in s)) for s in sets if i in s) for i in range(len(p))]
    np.testing.assert_allclose(holm(np.array(p), 0.05)["p_holm"], closed, rtol=1e-12)


def test_what_is_printed_is_stepped_down(shipped) -> None:
    a = section.told(shipped).answers
    shown, h = section._hypotheses(a).frame, a.hypotheses
    adjusted = [min(1.0, n * p) for n, p in zip(range(len(h), 0, -1), sorted(h["p_value"]), strict=True)]
    stepped = dict(zip(sorted(h["p_value"]), np.maximum.accumulate(adjusted), strict=True))
    np.testing.assert_allclose(h["p_holm"], h["p_value"].map(stepped))
    for row, p in zip(shown.itertuples(index=False), h["p_holm"], strict=True):
        assert row[5] == apart(p, 0.05, 3)
        assert row[6].startswith("differs") == (p <= 0.05)
    assert (a.groups["p_family"] >= a.groups["key"].map(h.set_index("key")["p_holm"])).all()


def test_checks_of_a_finding_by_hand(plan) -> None:
    """Leaving out the period with all of the acts, one act more, and entry at the sentence."""
    table = cells({"a": (0, 0), "b": (9, 1), "c": (9, 1)})

    def by(name: str, entry: str) -> pd.DataFrame:
        if ";" in name:
            first = name.startswith("region")
            levels = {v: table["level"] + f"; {v}" if first else f"{v}; " + table["level"] for v in "xy"}
            return pd.concat([table.assign(level=levels["x"]), table.assign(level=levels["y"], act=0)])
        return table.assign(act=table["act"] * (2 if entry == "sentence" else 1))

    evidence_ = Evidence(by, None, pd.DataFrame())  # type: ignore[arg-type]
    grouping = replace(plan.groupings[0], name="region")
    checks = firmness(evidence_, "H1", "a", {}, replace(plan, groupings=(grouping,))).register.set_index("check")
    planned = checks.loc["as planned"]
    # none of 20 where a third is expected: at the upper limit (1 - p) ** 20 = 0.025, with odds of half the ratio
    q = 0.025 ** (1 / 20)
    assert planned[["n_event", "n_others", "estimate"]].tolist() == [0, 20, 0]
    assert planned["ci_high"] == pytest.approx((1 - q) / q * 2)
    q = 0.025 ** (1 / 40)
    assert checks.loc["entered at the sentence", "ci_high"] == pytest.approx((1 - q) / q * 2)
    assert checks.loc["one act", "detail"] == "one more of the group"
    assert checks.loc["one act", ["n_event", "n_others"]].tolist() == [1, 20]
    assert checks.loc["without a period", "detail"] == "without 0"
    q = 0.025 ** (1 / 2)
    assert checks.loc["without a period", "ci_high"] == pytest.approx((1 - q) / q * 2)
    assert planned["agrees"]
    assert not checks.loc["without a period", "agrees"]
    assert checks.loc["without a sex", "detail"] == "without x"
    assert checks.loc["within sex", "ci_high"] == pytest.approx(planned["ci_high"])


@pytest.fixture(scope="module")
def shipped() -> Inputs:
    return inputs("2017Q2")


def test_the_section_tells_what_the_plan_finds_and_nothing_else(shipped) -> None:
    made = section.the_register(shipped)
    told = section.told(shipped)
    findings = told.answers.findings
    paragraphs = [t for t in made.text if "often than all others" in t]
    assert len(paragraphs) == len(findings)
    for text, r in zip(paragraphs, findings.itertuples(), strict=True):
        assert f"often than all others**: {r.n_event} act" in text
        checks = told.checks[r.key, r.level].register.iloc[1:]
        against = int((checks["answer"] != "same").sum())
        assert ("does not hold up everywhere" in text) == (against > 0)
        at_sentence = checks.set_index("check").loc["entered at the sentence"]
        assert f"they have {at_sentence['n_event']} act" in text
        assert f", all others {at_sentence['n_others']}: ratio" in text
    names = {p.name for p in made.parts}
    assert {"plan", "plan_groups", "register_incidence"} <= names
    rates = cl.rates(cl.register_person_time(), count="sentence_reduction", exposure="person_months").tidy()
    known = (
        f"{rates['n_event'][0]} first sentence reductions, {rounded(rates['estimate'][0], 2)} per 1,000 person-months"
    )
    assert known in made.text[0]
    assert re.search(
        r"If 100 such prisoners were all observed from the sentence on, [\d.]+ \([\d.]+ to [\d.]+\) would be known to "
        r"have had a sentence reduction within 8 years and [\d.]+ \([\d.]+ to [\d.]+\) a medical parole\.$",
        made.text[0],
    )
    assert not [t for t in (*made.text, *made.notes) if re.search(r"(?<!\*)\*(?!\*)", t)], "an asterisk is printed"


def refusing(*_, **__) -> None:
    raise cl.UsageError("Too few.")


def test_one_analysis_of_a_finding_that_cannot_be_made_leaves_the_others(shipped, monkeypatch) -> None:
    told = section.told(shipped)
    (key, level), whole = next(iter(told.checks.items()))

    def cells(by: str, entry: str) -> pd.DataFrame:
        if by == "region; sex" or by == "charge_family; region":
            raise cl.UsageError("Too few.")
        return told.given.cells(by, entry)

    without = Evidence(cells, told.given.dated, told.given.events)
    made = firmness(without, key, level, {"register": cl.UsageError("Too few.")})
    lost = made.register["check"].isin(["within region", "without a region"])
    assert lost.sum() == 2
    assert made.register.loc[lost, ["answer", "why"]].to_numpy().tolist() == [["missing", "Too few."]] * 2
    pd.testing.assert_frame_equal(made.register[~lost], whole.register[~lost])
    assert made.shipped[["answer", "why"]].to_numpy().tolist() == [["missing", "Too few."]]
    said = tellings._holds(made)
    assert "they cannot be computed (within groups of the same region: Too few" in said
    table = section._firm(key, level, made)
    assert (table.frame["ratio (95% limits)"] == "not computed: Too few.").sum() == 3
    assert "why" in table.data
    assert "why" not in section._firm(key, level, whole).data


def test_questions_on_groups_are_answered_without_the_days_of_acts(shipped, monkeypatch) -> None:
    monkeypatch.setattr(results, "cohort", refusing)
    kept = section.told(shipped)
    found = answers(evidence(shipped.cases, shipped.acts, shipped.events)).hypotheses.set_index("key")
    occasions = [h.key for h in PLAN.hypotheses if isinstance(h.about, Occasion)]
    assert (found.loc[occasions, "why"] == "Too few.").all()
    whole = kept.answers.hypotheses.set_index("key").drop(index=occasions)
    pd.testing.assert_frame_equal(found.drop(index=occasions), whole, check_dtype=False)


def test_the_section_of_the_register_stands_without_its_curves_and_checks(shipped, monkeypatch) -> None:
    whole, kept = section.the_register(shipped), section.told(shipped)
    monkeypatch.setattr(section, "_KEPT", {})
    monkeypatch.setattr(section, "kept_or_found", lambda find: find())
    monkeypatch.setattr(section, "evidence", lambda *_: kept.given)
    monkeypatch.setattr(section, "answers", lambda _: kept.answers)
    monkeypatch.setattr(section, "firmness", refusing)
    monkeypatch.setattr(section, "grid_incidence", refusing)
    made = section.the_register(shipped)
    missing = [t for t in made.text if t.startswith("Missing here")]
    assert [t.split(".")[0] for t in missing[:-1]] == [
        f"Missing here: other analyses of sentence reductions of {tellings.group_told(level)}"
        for _, level in kept.checks
    ]
    assert missing[-1] == (
        "Missing here: known first acts by time since sentence. These tables cannot bear it: Too few."
    )
    gone = {p.name for p in whole.parts} - {p.name for p in made.parts}
    assert len(gone) == 1 + len(kept.checks)
    assert "register_incidence" in gone
    assert made.text[1] == whole.text[1]
    assert whole.text[0].startswith(made.text[0])
    assert whole.text[2].startswith(made.text[2])


def test_what_the_plan_found_comes_back_from_the_cache_as_it_was(shipped, monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("CLEMENCY_CACHE", str(tmp_path))
    made = []

    def find():
        made.append(section.put_to_the_plan(shipped))
        return made[0]

    first, again = keeping.kept_or_found(find), keeping.kept_or_found(find)
    assert len(made) == 1
    for found in (first, again):
        for name in ("hypotheses", "groups", "occasions"):
            pd.testing.assert_frame_equal(getattr(found[0], name), getattr(made[0][0], name), check_column_type=False)
        assert list(found[1]) == list(made[0][1])
        for key, whole in made[0][1].items():
            for name in ("register", "shipped", "e_values"):
                pd.testing.assert_frame_equal(getattr(found[1][key], name), getattr(whole, name))
        assert found[2] == made[0][2]
    fresh = content_of(shipped, made[0])
    assert content_of(shipped, again) == fresh


def content_of(shipped, found):
    """The content of the section that is told of what was found."""
    section._KEPT.clear()
    section._KEPT[shipped.edition] = section.Told(results.counted_register(shipped.events), *found)
    return section.the_register(shipped).content()


def test_sections_outside_the_plan_say_so(shipped) -> None:
    from clemency.reports.associations import hazards, relations

    for make in (hazards.hazard_ratios, relations.after_events):
        assert section.exploratory(True) in make(shipped).text


def test_the_database_itself_gives_the_same_answers(register) -> None:
    tables = [cl.load(n) for n in ("cases", "acts", "events")]
    ours, theirs = evidence(*tables), evidence(*tables, register=register)
    for g in PLAN.groupings:
        pd.testing.assert_frame_equal(ours.cells(g.name, "documented"), theirs.cells(g.name, "documented"))
    assert theirs.dated.cohorts[0].spells["case_id"].nunique() > 5 * ours.dated.cohorts[0].spells["case_id"].nunique()


def test_occasions_are_of_the_partner_and_kind() -> None:
    events = cl.load("events")
    for occasion in PLAN.occasions:
        assert isinstance(occasion, Occasion)
        mine = events[(events["partner"] == occasion.partner) & events["event_type"].isin(occasion.event_types)]
        assert len(mine) >= 5
        assert re.fullmatch(r"\d+D", occasion.window)


def test_a_family_without_anything_to_compare_is_answered(plan) -> None:
    nothing = answers(given(cells({"a": (0, 0), "b": (0, 0)})), plan)
    assert not nothing.hypotheses["passes"].any()
    assert nothing.hypotheses["why"].str.startswith("There is no event").all()
    assert len(nothing.groups) == len(nothing.findings) == 0
    assert "that could be tested shows a difference" in section._family(nothing)
    assert len(section._hypotheses(nothing).frame) == 2
    assert len(section._groups(nothing).frame) == 0
