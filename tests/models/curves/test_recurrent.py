"""Mean numbers of acts and recurrent-event Cox models against R; see tests/reference/recurrence.R."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clemency as cl
from clemency.models.curves.recurrent import recurrence
from clemency.records.errors import DataError, UsageError

FOLDER = Path(__file__).resolve().parents[2] / "reference" / "recurrence"
EXPECTED = pd.read_csv(FOLDER / "expected.csv")
BLADDER = pd.read_csv(FOLDER / "bladder1.csv")
CGD = pd.read_csv(FOLDER / "cgd.csv")
BLADDER2 = pd.read_csv(FOLDER / "bladder2.csv")
RHDNASE = pd.read_csv(FOLDER / "rhdnase.csv")
TIMES = [6, 12, 24, 36, 48]
COLUMNS = {"exit": "stop", "event": "end", "entry": "start", "id": "id"}


def r(fit, quantity):
    found = EXPECTED[(EXPECTED["fit"] == fit) & (EXPECTED["quantity"] == quantity)]
    assert len(found)
    return found["value"].to_numpy()


def named(d, both_ends=True):
    kinds = (
        {0: "censored", 1: "act", 2: "death", 3: "death"}
        if both_ends
        else {0: "censored", 1: "act", 2: "censored", 3: "censored"}
    )
    return d.assign(
        end=pd.Categorical(d["status"].map(kinds), categories=["censored", "act", "death"][: 2 + both_ends])
    )


@pytest.mark.parametrize("arm", sorted(BLADDER["treatment"].unique()))
@pytest.mark.parametrize("data", ["bladder1", "late", "weighted", "plain", "plain weighted"])
def test_mean_number_equals_r(arm, data):
    d = named(BLADDER, not data.startswith("plain"))
    if data in ("late", "weighted"):
        d = d[d["stop"] > 3].assign(start=lambda f: np.maximum(f["start"], 3))
    terminal = None if data.startswith("plain") else "death"
    weights = "number" if data.endswith("weighted") else None
    found = recurrence(d, **COLUMNS, by="treatment", terminal=terminal, weights=weights).at(TIMES)
    found = found[found["treatment"] == arm]
    np.testing.assert_allclose(found["estimate"], r(f"{data} {arm}", "estimate"), rtol=1e-10)
    # The slopes of the reference are differences, good to about eight digits.
    np.testing.assert_allclose(found["std_error"], r(f"{data} {arm}", "std_error"), rtol=1e-6)


@pytest.mark.parametrize("arm", sorted(BLADDER["treatment"].unique()))
def test_errors_are_near_the_printed_formula(arm):
    """Ghosh and Lin have the number at risk before a death where the derivative has the number after it."""
    found = recurrence(named(BLADDER), **COLUMNS, by="treatment", terminal="death").at(TIMES)
    printed = r(f"printed {arm}", "std_error")
    np.testing.assert_allclose(found.loc[found["treatment"] == arm, "std_error"], printed, rtol=0.005)


@pytest.mark.parametrize(
    ("name", "data", "by", "event", "times"),
    [
        ("cgd", CGD, "treat", "status", [90, 180, 365]),
        ("rhdnase", RHDNASE, "trt", "infect", [60, 120, 160]),  # with gaps in the time at risk
    ],
)
def test_cumulative_rates_equal_survfit(name, data, by, event, times):
    fit = recurrence(data, exit="tstop", event=event, entry="tstart", id="id", by=by)
    assert fit.at(times)[by].nunique() == 2
    for value, part in fit.at(times).groupby(by):
        np.testing.assert_allclose(part["estimate"], r(f"{name} {value}", "estimate"), rtol=1e-12)
        np.testing.assert_allclose(part["std_error"], r(f"{name} {value}", "std_error"), rtol=1e-10)


def test_difference_of_groups_that_share_people_equals_r():
    d = named(BLADDER).assign(before=np.where(BLADDER["enum"] > 1, "later", "first"))
    fit = recurrence(d, **COLUMNS, by="before", terminal="death")
    found = fit.difference([12, 24, 36])
    np.testing.assert_allclose(found["estimate"], r("difference", "estimate"), rtol=1e-10)
    np.testing.assert_allclose(found["std_error"], r("difference", "std_error"), rtol=1e-6)
    assert found["reference"].eq("first").all()
    other = fit.difference([12, 24, 36], reference="later")
    np.testing.assert_allclose(other["estimate"], -found["estimate"])
    with pytest.raises(UsageError, match="no group 'never'"):
        fit.difference(12, reference="never")


CGD_RECIPES = CGD.assign(
    gamma=(CGD["treat"] == "rIFN-g").astype(int), order=np.minimum(CGD["enum"], 3), gap=CGD["tstop"] - CGD["tstart"]
)
TOTAL, SPELL = {"exit": "tstop", "entry": "tstart"}, {"exit": "stop", "entry": "start"}
RECIPES = {
    "andersen_gill": (CGD_RECIPES, "gamma + age", {**TOTAL, "event": "status"}),
    "pwp_total": (CGD_RECIPES, "gamma + age", {**TOTAL, "event": "status", "strata": "order"}),
    "pwp_gap": (CGD_RECIPES, "gamma + age", {"exit": "gap", "event": "status", "strata": "order"}),
    "bladder2_andersen_gill": (BLADDER2, "rx + number + size", {**SPELL, "event": "event"}),
    "bladder2_pwp_total": (BLADDER2, "rx + number + size", {**SPELL, "event": "event", "strata": "enum"}),
    "bladder2_pwp_gap": (
        BLADDER2.assign(gap=BLADDER2["stop"] - BLADDER2["start"]),
        "rx + number + size",
        {"exit": "gap", "event": "event", "strata": "enum"},
    ),
    "rhdnase_andersen_gill": (RHDNASE, "trt + fev", {**TOTAL, "event": "infect"}),
}


@pytest.mark.parametrize("recipe", RECIPES)
def test_cox_models_of_recurrent_acts_equal_r(recipe):
    """Clustered, the Andersen-Gill fit is the rate model of Lin, Wei, Yang and Ying; model-based, it is their own."""
    data, terms, columns = RECIPES[recipe]
    fit = cl.cox(data, terms, cluster="id", **columns)
    np.testing.assert_allclose(fit.tidy()["estimate"], r(recipe, "estimate"), rtol=1e-8)
    np.testing.assert_allclose(fit.tidy()["std_error"], r(recipe, "std_error"), rtol=1e-7)
    model = fit.with_variance(robust=False).tidy()["std_error"]
    np.testing.assert_allclose(model, r(recipe, "model_error"), rtol=1e-7)


def test_by_hand():
    """Three people; one dies at 3, so that only half of the rate after it counts."""
    d = pd.DataFrame(
        {"id": [1, 1, 2, 3], "start": [0, 2, 0, 0], "stop": [2, 6, 3, 4], "end": ["act", "censored", "death", "act"]}
    )
    d["end"] = pd.Categorical(d["end"], categories=["censored", "act", "death"])
    found = recurrence(d, **COLUMNS, terminal="death").tidy()
    np.testing.assert_allclose(found["estimate"], [1 / 3, 1 / 3 + (2 / 3) * (1 / 2)])
    assert found["at_risk"].tolist() == [3, 2]
    naive = recurrence(d, **COLUMNS, outcome="act").tidy()
    np.testing.assert_allclose(naive["estimate"], [1 / 3, 1 / 3 + 1 / 2])


def test_errors_are_those_of_the_jackknife():
    """Leaving people out one by one agrees with the analytic error but for terms of order 1/n."""
    d = named(BLADDER)
    whole = recurrence(d, **COLUMNS, terminal="death").at(TIMES)
    people = d["id"].unique()
    each = np.array([recurrence(d[d["id"] != p], **COLUMNS, terminal="death").at(TIMES)["estimate"] for p in people])
    n = len(people)
    jackknife = np.sqrt((n - 1) / n * ((each - each.mean(axis=0)) ** 2).sum(axis=0))
    np.testing.assert_allclose(whole["std_error"], jackknife, rtol=0.03)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_order_splits_and_copies_never_matter(seed):
    rng = np.random.default_rng(seed)
    d = named(BLADDER)
    first = recurrence(d, **COLUMNS, terminal="death").at(TIMES)
    second = recurrence(d.sample(frac=1, random_state=seed), **COLUMNS, terminal="death").at(TIMES)
    pd.testing.assert_frame_equal(first, second)
    cut = d["start"] + (d["stop"] - d["start"]) * rng.uniform(0.1, 0.9, len(d))
    halves = pd.concat(
        [d.assign(stop=cut, end=pd.Categorical(["censored"] * len(d), dtype=d["end"].dtype)), d.assign(start=cut)]
    )
    third = recurrence(halves, **COLUMNS, terminal="death").at(TIMES)
    np.testing.assert_allclose(first["estimate"], third["estimate"])
    np.testing.assert_allclose(first["std_error"], third["std_error"])
    weight = rng.integers(1, 3, d["id"].nunique())[pd.factorize(d["id"])[0]]
    copies = d.loc[d.index.repeat(weight)]
    copies = copies.assign(id=copies["id"] * 10 + copies.groupby(level=0).cumcount())
    a = recurrence(d.assign(w=weight), **COLUMNS, weights="w", terminal="death").at(TIMES)
    b = recurrence(copies, **COLUMNS, terminal="death").at(TIMES)
    np.testing.assert_allclose(a["estimate"], b["estimate"])


@given(st.lists(st.lists(st.integers(1, 30), max_size=5, unique=True), min_size=2, max_size=12))
def test_without_loss_from_sight_it_is_a_plain_mean(acts):
    """Everybody is seen to death or to the end: the mean of counts, with the error of a mean."""
    rows = []
    for who, days in enumerate(acts):
        death = 8 + 5 * (who % 6)  # some die, some live past 30
        own = [0, *sorted(x for x in days if x < death), death]
        ends = ["act"] * (len(own) - 2) + ["death"]
        rows += [(who, a, b, end) for a, b, end in zip(own, own[1:], ends, strict=False)]
    d = pd.DataFrame(rows, columns=["id", "start", "stop", "end"])
    d["end"] = pd.Categorical(d["end"], categories=["censored", "act", "death"])
    times = np.array([5, 12, 20, 33])
    found = recurrence(d, **COLUMNS, terminal="death").at(times)
    counts = np.array([((d["id"] == who) & (d["end"] == "act")).to_numpy() for who in range(len(acts))]).astype(int)
    count = counts @ (d["stop"].to_numpy()[:, None] <= times)
    np.testing.assert_allclose(found["estimate"], count.mean(axis=0), atol=1e-12)
    np.testing.assert_allclose(found["std_error"], count.std(axis=0) / np.sqrt(len(acts)), atol=1e-7)


def influence_by_person(d, t):
    """Influence of each person on the mean number by t, row by row and time by time."""
    times = np.unique(d.loc[(d["end"] != "censored") & (d["stop"] <= t), "stop"])
    share, mean, steps = 1.0, 0.0, []
    for u in times:
        at = ((d["start"] < u) & (u <= d["stop"])).to_numpy()
        act, dead = ((d["stop"] == u) & (d["end"] == kind) for kind in ("act", "death"))
        mean += share * act.sum() / at.sum()
        steps.append((at, act.to_numpy(), dead.to_numpy(), share, mean))
        share *= 1 - dead.sum() / at.sum()
    total = np.zeros(len(d))
    for at, act, dead, before, then in steps:
        Y, D = at.sum(), dead.sum()
        total += before * (act - at * act.sum() / Y) / Y
        if D < Y:
            total -= (mean - then) * (dead - at * D / Y) / (Y - D)
    return pd.Series(total).groupby(d["id"].to_numpy()).sum()


@given(st.integers(0, 10_000))
def test_errors_in_one_pass_are_those_of_the_written_sum(seed):
    rng = np.random.default_rng(seed)
    n = 40
    d = pd.DataFrame({"id": np.arange(n) // 3, "length": rng.integers(1, 6, n), "wait": rng.integers(0, 3, n)})
    d["stop"] = (d["length"] + d["wait"]).groupby(d["id"]).cumsum()
    d = d.assign(start=d["stop"] - d["length"])
    kind = np.where(
        d["id"] != d["id"].shift(-1), rng.choice(["death", "censored"], n), rng.choice(["act", "censored"], n)
    )
    d["end"] = pd.Categorical(kind, categories=["censored", "act", "death"])
    found = recurrence(d, **COLUMNS, terminal="death").at([4, 8, 12])
    written = [np.sqrt((influence_by_person(d, t) ** 2).sum()) for t in (4, 8, 12)]
    np.testing.assert_allclose(found["std_error"], written, rtol=1e-6, atol=1e-7)


def test_first_acts_that_end_the_counting_are_the_incidence():
    """An act that is also terminal, counted once, is what Aalen and Johansen count."""
    first = named(BLADDER).query("start == 0")
    first = first.assign(stop=first["stop"] + np.arange(len(first)) / 1000)  # without ties
    curve = cl.incidence(first, exit="stop", event="end", outcome="act").at(TIMES)
    # The act and, just after it, an end of its own.
    acts = first["end"] == "act"
    ended = first[acts].assign(start=first["stop"], stop=first["stop"] + 1e-6)
    ended["end"] = pd.Categorical(["death"] * len(ended), dtype=first["end"].dtype)
    found = recurrence(pd.concat([first, ended]), **COLUMNS, terminal="death").at(TIMES)
    np.testing.assert_allclose(found["estimate"], curve["estimate"], rtol=1e-10)


def test_cohort_of_recurrent_acts():
    cohort = cl.cohort(
        cl.load("cases"), cl.load("acts"), outcome="sentence_reduction", clock="sentence", recurrent=True
    )
    found = recurrence(cohort)
    assert found.glance()["events"][0] == (cohort.spells["event"] == "sentence_reduction").sum()
    assert found.glance()["person_months"][0] == pytest.approx(cohort.describe()["person_months"][0])
    # Counting release as censoring asks what would be if nobody left, and gives more.
    naive = recurrence(cohort, terminal=[])
    assert (naive.at([60, 120])["estimate"] > found.at([60, 120])["estimate"]).all()
    once = cl.cohort(cl.load("cases"), cl.load("acts"), outcome="sentence_reduction")
    with pytest.raises(UsageError, match="recurrent=True"):
        recurrence(once)
    with pytest.raises(UsageError, match="gap_time"):
        recurrence(cohort.gap_time())


def test_face():
    found = recurrence(named(BLADDER), **COLUMNS, by="treatment", terminal="death")
    assert found.glance()["terminal"].sum() == BLADDER["status"].isin([2, 3]).sum()
    assert found.glance()["n_cases"].sum() == BLADDER["id"].nunique()
    columns = ["time", "outcome", "treatment", "at_risk", "n_event", "estimate", "std_error", "ci_low", "ci_high"]
    assert found.tidy().columns.tolist() == columns
    assert found.at(12).columns.tolist() == columns
    difference = found.difference(24)
    assert len(difference) == BLADDER["treatment"].nunique() - 1
    a, b = found.at(24)["estimate"].iloc[:2]
    assert difference["estimate"][0] == pytest.approx(b - a)
    assert "acts" in found._repr_html_()
    assert found.plot().get_ylabel() == "acts per person"


def test_refusals():
    d = named(BLADDER)
    with pytest.raises(UsageError, match="id="):
        recurrence(d, exit="stop", event="end", entry="start")
    with pytest.raises(DataError, match="overlap"):
        recurrence(d.assign(start=0), **COLUMNS)
    with pytest.raises(UsageError, match="at once"):
        recurrence(d, **COLUMNS, outcome="death", terminal="death")
    with pytest.raises(UsageError, match="conf_type"):
        recurrence(d, **COLUMNS, conf_type="log-log")
    with pytest.raises(UsageError, match="no groups"):
        recurrence(d, **COLUMNS, terminal="death").difference(12)
    with pytest.raises(UsageError, match="parole"):
        recurrence(d, **COLUMNS, terminal=["death", "parole"])
    with pytest.raises(UsageError, match="nothing is left to count"):
        recurrence(d, **COLUMNS, terminal=["act", "death"])


def test_groups_without_an_act_are_shown():
    d = named(BLADDER)
    d.loc[(d["treatment"] == "placebo") & (d["end"] == "act"), "end"] = "censored"
    found = recurrence(d, **COLUMNS, by="treatment", terminal="death")
    assert found.at(24).set_index("treatment").loc["placebo", ["n_event", "estimate"]].tolist() == [0, 0]
    ax = found.plot(until=36)
    assert "placebo" in [text.get_text() for text in ax.texts]
    gap = found.difference(24, reference="placebo")
    np.testing.assert_allclose(gap["estimate"], found.at(24)["estimate"].iloc[1:])
    assert gap["std_error"].isna().all()
    nobody = recurrence(d[d["treatment"] == "placebo"], **COLUMNS, outcome="act", terminal="death")
    assert nobody.tidy().empty
    assert nobody.at(12)["estimate"].tolist() == [0]
    assert nobody.plot().get_ylim()[0] == 0
    assert "acts" in nobody._repr_html_()


def test_one_person_has_no_error():
    """Certainty about a group of one would be false: no error, no limits, no p value, and a word."""
    d = pd.DataFrame({"id": [1, 1, 2, 3, 4], "start": [0, 2, 0, 0, 0], "stop": [2, 5, 5, 3, 5.0]})
    d = d.assign(end=[1, 0, 1, 1, 0], g=list("aabbb"), one=1)
    found = recurrence(d, **COLUMNS, by="g")
    assert found.tidy().loc[found.tidy()["g"] == "a", ["std_error", "ci_low", "ci_high"]].isna().all(axis=None)
    assert found.tidy().loc[found.tidy()["g"] == "b", "std_error"].gt(0).all()
    assert found.difference(3)[["std_error", "p_value", "ci_low"]].isna().all(axis=None)
    assert "a: one case or cluster only" in repr(found)
    whole = recurrence(d, **COLUMNS, cluster="one")
    assert whole.tidy()["std_error"].isna().all()
    assert whole.warnings["message"].tolist() == [
        "one case or cluster only, so that there are no errors and no limits."
    ]
    with pytest.raises(UsageError, match="later than the last exit of a, 5"):
        found.difference(6)


def test_it_says_where_the_counting_is_stuck():
    """The only one at risk at 2 dies: nobody who enters later can be counted."""
    d = pd.DataFrame(
        {"id": [1, 2, 3], "start": [0, 3, 3], "stop": [2, 5, 6], "end": ["death", "act", "censored"], "who": "all"}
    )
    d["end"] = pd.Categorical(d["end"], categories=["censored", "act", "death"])
    found = recurrence(d, **COLUMNS, terminal="death")
    assert found.tidy()["estimate"].tolist() == [0]
    assert found.warnings["time"].tolist() == [2]
    assert "at risk at 2" in repr(found)
    assert "at risk at 2" in found._repr_html_()
    assert recurrence(d, **COLUMNS, terminal="death", by="who").warnings["message"].str.startswith("all: ").all()
    assert recurrence(d[d["id"] > 1], **COLUMNS, terminal="death").warnings.empty


def test_several_kinds_are_not_all_counted_as_acts():
    """Deaths were counted as acts by default."""
    d = named(BLADDER)
    for ends in ({}, {"terminal": []}):
        with pytest.raises(UsageError, match=r"'end' holds several kinds .* \(act, death\).* outcome=.* terminal="):
            recurrence(d, **COLUMNS, **ends)
    three = d.assign(end=d["end"].cat.add_categories("parole"))
    three.loc[three.index[5], "end"] = "parole"
    with pytest.raises(UsageError, match="several kinds"):
        recurrence(three, **COLUMNS, terminal="death")
    want = recurrence(d, **COLUMNS, outcome="act", terminal="death").at(TIMES)
    pd.testing.assert_frame_equal(recurrence(d, **COLUMNS, terminal="death").at(TIMES), want)


def test_kinds_that_are_neither_counted_nor_terminal_are_told():
    d = named(BLADDER)
    found = recurrence(d, **COLUMNS, outcome="act")
    n = (d["end"] == "death").sum()
    assert found.warnings["message"].str.startswith(f"death ({n}) is neither counted nor terminal").tolist() == [True]
    assert "name it in terminal=" in repr(found)
    assert "name it in terminal=" in found._repr_html_()
    assert recurrence(d, **COLUMNS, outcome="act", terminal="death").warnings.empty
    never = d.assign(end=d["end"].cat.add_categories("parole"))  # declared, and in no row
    assert recurrence(never, **COLUMNS, outcome="act", terminal="death").warnings.empty
    every = cl.cohort(cl.load("cases"), cl.load("acts"), recurrent=True)
    assert recurrence(every).warnings.empty
    left = recurrence(every, terminal=[]).warnings["message"].str.cat()
    assert "expiry" in left
    assert "sentence_reduction" not in left
    kinds = ["sentence_reduction", "medical_parole"]
    both = cl.cohort(cl.load("cases"), cl.load("acts"), outcome=kinds, recurrent=True)
    assert recurrence(both).warnings.empty
    assert "medical_parole" in recurrence(both, outcome="sentence_reduction").warnings["message"].str.cat()


def test_what_is_counted_is_named():
    d = named(BLADDER)
    found = recurrence(d, **COLUMNS, terminal="death", by="treatment")
    for table in (found.tidy(), found.at([6, 12]), found.difference([12])):
        assert set(table["outcome"]) == {"act"}
    assert "Mean number of acts (act)" in repr(found)
    both = recurrence(d, **COLUMNS, outcome=["act", "death"])
    assert set(both.tidy()["outcome"]) == set(both.at([6])["outcome"]) == {"acts"}
    plain = recurrence(d.assign(end=(d["end"] == "act").astype(int)), **COLUMNS)
    assert set(plain.tidy()["outcome"]) == {"acts"}
    assert set(recurrence(named(BLADDER, both_ends=False), **COLUMNS).tidy()["outcome"]) == {"act"}
    every = cl.cohort(cl.load("cases"), cl.load("acts"), outcome="sentence_reduction", recurrent=True)
    assert set(recurrence(every).at([24])["outcome"]) == {"sentence_reduction"}


def test_a_group_without_an_act_has_no_error_and_no_limits():
    """That nothing was seen is no knowledge that nothing happens: a zero error would give tiny p values."""
    d = pd.DataFrame({"t": range(1, 13), "e": [1] * 6 + [0] * 6, "g": ["a"] * 6 + ["b"] * 6})
    d = pd.concat([d.assign(since=0), d.assign(since=d["t"], t=20, e=0)], ignore_index=True).assign(
        who=[*range(12)] * 2
    )
    found = recurrence(d, exit="t", event="e", entry="since", id="who", by="g")
    gap = found.difference([10])
    assert gap.loc[0, "estimate"] < 0
    assert gap[["std_error", "statistic", "p_value", "ci_low", "ci_high"]].isna().all(axis=None)
    at = found.at([0.5, 10])
    assert at.loc[at["n_event"] == 0, ["ci_low", "ci_high"]].isna().all(axis=None)
    assert at.loc[at["n_event"] > 0, ["ci_low", "ci_high"]].notna().all(axis=None)
    for wrong in ("12", np.nan, -4):
        with pytest.raises(UsageError, match="times"):
            found.at(wrong)
