"""Tests of groups against R (tests/reference/comparison.R), a plain loop over risk sets, and their identities."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from clemency.cohorts import cohort
from clemency.models.curves.logrank import gray_test, logrank
from clemency.models.hazard.cox import cox
from clemency.records.errors import UsageError
from clemency.records.tables.loading import load

REFERENCE = Path(__file__).resolve().parents[2] / "reference"
LEVELS = ["censored", "1", "2", "3"]
SPELL = {"exit": "exit", "event": "end", "entry": "entry"}
NAMES = [
    "leukemia", "larynx", "gbsg2", "waltons", "rossi", "ties", "plain", "months", "delayed", "delayed_months",
    "lung", "aml", "veteran", "mgus2", "bladder1",
]  # fmt: skip


@pytest.fixture(scope="module")
def data():
    read = [
        pd.read_csv(REFERENCE / f, dtype={"group": str, "stratum": str})
        for f in ("comparison_data.csv", "comparison_rdata.csv")
    ]
    d = pd.concat(read)
    end = pd.Categorical.from_codes(d["event"].astype(int), LEVELS)
    return dict(list(d.assign(end=end).groupby("data")))


@pytest.fixture(scope="module")
def expected():
    return pd.read_csv(REFERENCE / "comparison.csv")


@pytest.mark.parametrize("name", NAMES)
def test_equal_to_r(name, data, expected):
    rows = expected[expected["data"] == name]
    assert len(rows)
    for r in rows.itertuples():
        shared = {"by": "group", "outcome": str(r.outcome), "strata": "stratum" if r.strata else None, "rho": r.rho}
        d = data[name]
        if r.test == "cuminc":
            found = gray_test(d, exit="exit", event="end", **shared)
        else:
            found = logrank(d, **SPELL, **shared)
        table = found.tidy()
        np.testing.assert_allclose(table["statistic"], r.statistic, rtol=1e-9, err_msg=str(r))
        assert table["df"].item() == r.df


def by_hand(d, k, outcome, rho, gamma):
    """Loop over risk sets, one stratum after the other; differences of the first k - 1 groups and their covariance."""
    u, v = np.zeros(k), np.zeros((k, k))
    for _, part in d.groupby("stratum"):
        s = 1.0
        for t in np.unique(part["exit"][part["end"] == outcome]):
            held = part[(part["entry"] < t) & (part["exit"] >= t)]
            ended = held[(held["exit"] == t) & (held["end"] == outcome)]
            n, m = len(held), len(ended)
            share = np.array([(held["group"] == g).sum() for g in sorted(d["group"].unique())]) / n
            seen = np.array([(ended["group"] == g).sum() for g in sorted(d["group"].unique())])
            w = s**rho * (1 - s) ** gamma
            u += w * (seen - m * share)
            if n > 1:
                v += w**2 * m * (n - m) / (n - 1) * (np.diag(share) - np.outer(share, share))
            s *= 1 - m / n
    return u[1:] @ np.linalg.solve(v[1:, 1:], u[1:])


@pytest.mark.parametrize(("rho", "gamma"), [(0, 1), (1, 1), (0.5, 0.25), (1, 0)])
@pytest.mark.parametrize("name", ["delayed", "delayed_months", "months"])
def test_weights_under_delayed_entry_equal_a_plain_loop(name, rho, gamma, data):
    d = data[name]
    found = logrank(d, **SPELL, by="group", outcome="1", strata="stratum", rho=rho, gamma=gamma)
    np.testing.assert_allclose(found.statistic, by_hand(d, 3, "1", rho, gamma), rtol=1e-10)


SPELLS = (
    st.lists(
        st.tuples(st.integers(0, 5), st.integers(1, 6), st.sampled_from(LEVELS[:3]), st.sampled_from("abc")),
        min_size=6,
        max_size=40,
    )
    .map(lambda rows: pd.DataFrame(rows, columns=["entry", "length", "end", "group"]))
    .map(lambda d: d.assign(exit=d["entry"] + d["length"], end=pd.Categorical(d["end"], categories=LEVELS[:3])))
)


def attempt(call):
    """Result of a test, or discard the example where there is nothing to compare."""
    try:
        return call()
    except UsageError:
        assume(False)


def halves(d):
    middle = (d["entry"] + d["exit"]) / 2
    first = d.assign(exit=middle, end=pd.Categorical(["censored"] * len(d), categories=LEVELS[:3]))
    return pd.concat([first, d.assign(entry=middle)])


@given(SPELLS, st.randoms(use_true_random=False))
def test_logrank_does_not_depend_on_order_names_or_splitting(d, random):
    arguments = {**SPELL, "by": "group", "outcome": "1", "rho": 0.5, "gamma": 0.5}
    expected = attempt(lambda: logrank(d, **arguments))
    order = list(range(len(d)))
    random.shuffle(order)
    shuffled = logrank(d.iloc[order].assign(entry=lambda f: f["entry"].astype("float32")), **arguments)
    np.testing.assert_array_equal(shuffled.statistic, expected.statistic)
    np.testing.assert_allclose(logrank(halves(d), **arguments).statistic, expected.statistic, rtol=1e-9)
    renamed = logrank(d.assign(group=d["group"].map({"a": "z", "b": "y", "c": "x"})), **arguments)
    np.testing.assert_allclose(renamed.statistic, expected.statistic, rtol=1e-9)
    np.testing.assert_allclose(renamed.groups["expected"][::-1], expected.groups["expected"], rtol=1e-9)


@given(SPELLS, st.randoms(use_true_random=False))
def test_gray_does_not_depend_on_order_names_or_splitting(d, random):
    d = d.assign(exit=d["length"], entry=0, case=range(len(d)))
    arguments = {"exit": "exit", "event": "end", "by": "group", "outcome": "1", "rho": 1}
    expected = attempt(lambda: gray_test(d, **arguments))
    order = list(range(len(d)))
    random.shuffle(order)
    np.testing.assert_array_equal(gray_test(d.iloc[order], **arguments).statistic, expected.statistic)
    split = halves(d).iloc[::-1]
    found = gray_test(split, **arguments, entry="entry", id="case")
    np.testing.assert_allclose(found.statistic, expected.statistic, rtol=1e-9)
    renamed = gray_test(d.assign(group=d["group"].map({"a": "z", "b": "y", "c": "x"})), **arguments)
    np.testing.assert_allclose(renamed.statistic, expected.statistic, rtol=1e-7)


@given(SPELLS)
def test_gray_without_competing_events_has_the_difference_of_the_logrank(d):
    d = d.assign(end=d["end"].where(d["end"] != "2", "censored"))
    arguments = {"exit": "length", "event": "end", "by": "group", "outcome": "1"}
    expected = attempt(lambda: logrank(d, **arguments))
    np.testing.assert_allclose(gray_test(d, **arguments).difference, expected.difference, atol=1e-9)


@pytest.mark.parametrize("strata", [None, "stratum"])
def test_two_groups_equal_the_score_test_of_cox(strata, data):
    for name in ("delayed", "bladder1"):
        d = data[name][data[name]["group"].isin(sorted(data[name]["group"].unique())[:2])]
        fit = cox(d, "group", **SPELL, outcome="1", strata=strata, ties="exact")
        score = fit.tests.set_index("test").loc["score", "statistic"]
        np.testing.assert_allclose(
            logrank(d, **SPELL, by="group", outcome="1", strata=strata).statistic, score, rtol=1e-9
        )


def test_strata_that_share_no_groups_add_their_degrees_of_freedom(data):
    d = data["months"].assign(part="one")
    other = d.assign(part="two", group="other " + d["group"])
    found = logrank(pd.concat([d, other]), **SPELL, by="group", outcome="1", strata="part")
    one = logrank(d, **SPELL, by="group", outcome="1")
    np.testing.assert_allclose(found.statistic, 2 * one.statistic)
    assert found.df == 2 * one.df


def test_equal_groups_are_rejected_as_often_as_stated():
    rng = np.random.default_rng(5)
    small = {"logrank": 0, "gray": 0}
    for _ in range(200):
        n = 80
        entry, group = rng.uniform(0, 6, n), rng.integers(0, 3, n)
        length, stop = rng.exponential(10, n), rng.uniform(0, 20, n)
        d = pd.DataFrame({"entry": entry, "length": np.minimum(length, stop), "group": group})
        d["exit"], kind = d["entry"] + d["length"], rng.integers(1, 3, n)
        d["end"] = np.array(LEVELS)[np.where(length <= stop, kind, 0)]
        small["logrank"] += logrank(d, **SPELL, by="group", outcome="1", gamma=0.5).p_value < 0.05
        small["gray"] += gray_test(d, exit="length", event="end", by="group", outcome="1").p_value < 0.05
    for share in small.values():
        assert 0.005 < share / 200 < 0.096  # 3 Monte Carlo errors around 0.05


def test_result_shows_itself(data):
    found = logrank(data["lung"], **SPELL, by="group", outcome="1")
    assert list(found.tidy()) == ["statistic", "df", "p_value"]
    assert found.groups["n_event"].tolist() == found.groups["observed"].tolist()
    np.testing.assert_allclose(found.groups["observed"].sum(), found.groups["expected"].sum())
    assert found.glance().loc[0, ["n", "groups", "strata"]].tolist() == [227, 2, 1]
    assert "<table" in found._repr_html_()
    assert repr(found).startswith("log-rank test: ")
    gone = data["lung"].assign(group=data["lung"]["group"].where(data["lung"]["exit"] != 306))
    assert logrank(gone, **SPELL, by="group", outcome="1").exclusions["n"].tolist() == [1]


def test_the_name_of_a_test_has_the_weights_that_were_asked_for(data):
    def names(test, **weights):
        found = test(data["leukemia"], exit="exit", event="end", by="group", outcome="1", **weights)
        assert found.glance()["test"].item() == found.name
        return [repr(found).split(": ")[0], found.name]

    assert names(gray_test) == ["Gray's test"] * 2
    assert names(gray_test, rho=1) == ["Gray's test, rho = 1"] * 2
    assert names(gray_test, rho=-0.5) == ["Gray's test, rho = -0.5"] * 2
    assert names(logrank) == ["log-rank test"] * 2
    assert names(logrank, rho=1) == ["Fleming-Harrington test, rho = 1, gamma = 0"] * 2
    assert names(logrank, gamma=0.5) == ["Fleming-Harrington test, rho = 0, gamma = 0.5"] * 2


def test_what_was_left_out_is_said(data):
    gone = data["lung"].assign(group=data["lung"]["group"].where(data["lung"]["exit"] != 306))
    found = logrank(gone, **SPELL, by="group", outcome="1")
    assert repr(found).endswith("Left out: 1 row, missing value (group).")
    assert "<p>Left out: 1 row, missing value (group).</p>" in found._repr_html_()
    assert "Left out" not in repr(logrank(data["lung"], **SPELL, by="group", outcome="1"))


def test_cohorts_followed_after_an_event_are_refused():
    acted = {"outcome": "sentence_reduction", "by": "sex"}
    made = {"outcome": "sentence_reduction", "clock": "sentence"}
    several = cohort(load("cases"), load("acts"), **made, recurrent=True)
    for test in (logrank, gray_test):
        with pytest.raises(UsageError, match=r"an event is not its last spell's.*cl\.cox.*cl\.recurrence"):
            test(several, **acted)
    first = several.where(lambda s: s["act_number"] == 1, "later acts")
    one = cohort(load("cases"), load("acts"), **made)
    np.testing.assert_allclose(logrank(first, **acted).statistic, logrank(one, **acted).statistic)


SMALL = pd.DataFrame({"entry": 0.0, "exit": [3.0, 5, 7, 9, 4, 8, 11, 13], "end": [1, 1, 1, 0, 1, 0, 1, 0]})
SMALL = SMALL.assign(group=[*"aaaabbbb"])


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([(12.0, 15.0, 0), (12.0, 20.0, 0)], "at no event was anyone of it at risk beside another group"),
        ([(14.0, 15.0, 1), (14.0, 20.0, 1)], "at no event was anyone of it at risk beside another group"),
        ([(0.0, 1.0, 0), (0.0, 2.0, 0)], "at no event was anyone of it at risk beside another group"),
        ([(2.0, 2.0, 1), (5.0, 5.0, 0)], "none of its rows is left"),
        ([(0.0, np.nan, 1)], "none of its rows is left"),
    ],
)
@pytest.mark.parametrize("kind", [str, "category", lambda g: g.map({"a": 1, "b": 2, "c": 3})])
def test_a_group_that_the_test_knows_nothing_of_is_named(rows, said, kind):
    """It was in the table beside the others, or in no table, and the test one of the other two without a word."""
    d = pd.concat([SMALL, pd.DataFrame(rows, columns=["entry", "exit", "end"]).assign(group="c")], ignore_index=True)
    d = d.assign(group=kind(d["group"]) if kind is not str and callable(kind) else d["group"].astype(kind))
    found, two = logrank(d, **SPELL, by="group"), logrank(SMALL, **SPELL, by="group")
    assert (found.df, found.statistic) == (1, pytest.approx(two.statistic, rel=1e-12))
    ((group, message),) = found.warnings.to_numpy().tolist()
    assert group in ("c", "3")
    assert said in message
    assert f"{group}: {message}." in repr(found)
    assert message in found._repr_html_()
    assert len(two.warnings) == 0


def test_of_two_groups_one_without_a_row_that_is_left():
    gone = SMALL.assign(entry=np.where(SMALL["group"] == "b", SMALL["exit"], 0))
    with pytest.raises(UsageError, match=r"gives 1 group: a test needs two or more; 4 of 8 rows"):
        logrank(gone, **SPELL, by="group")


def test_a_group_that_gray_s_test_knows_nothing_of_is_named():
    early = pd.DataFrame({"entry": 0.0, "exit": [1.0, 2], "end": [0, 0], "group": "c"})
    found = gray_test(pd.concat([SMALL, early]), exit="exit", event="end", by="group", outcome="event")
    assert found.df == 1
    assert found.warnings["group"].tolist() == ["c"]


def test_what_cannot_be_compared_is_refused(data):
    d = data["delayed"]
    with pytest.raises(UsageError, match="name one with outcome="):
        logrank(d, **SPELL, by="group")
    with pytest.raises(UsageError, match="fine_gray"):
        gray_test(d, **SPELL, by="group", outcome="1")
    with pytest.raises(UsageError, match="fine_gray"):
        gray_test(d.assign(id=range(len(d))), **SPELL, by="group", outcome="1", id="id")
    with pytest.raises(UsageError, match="two or more"):
        logrank(d[d["group"] == "a"], **SPELL, by="group", outcome="1")
    with pytest.raises(UsageError, match="together"):
        logrank(d, **SPELL, by="group", outcome="1", strata="group")
    with pytest.raises(UsageError, match="zero or more"):
        logrank(d, **SPELL, by="group", outcome="1", rho=-1)
