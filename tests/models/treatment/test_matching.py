"""Risk-set matching: by hand, against a plain loop, invariants, and refusals."""

from html import escape

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clemency as cl
from clemency import figures
from clemency.models import risk_set_match
from clemency.models.treatment.imputed import pool_matches
from clemency.records.errors import DataError, UsageError

mpl.use("Agg")

# a and b are treated; c is like a, d like b, e is nobody's like; f was treated when first seen.
HAND = pd.DataFrame(
    [
        ("a", 0, 5, 0, 0, "north", 40),
        ("a", 5, 9, 1, 1, "north", 40),
        ("b", 0, 6, 0, 0, "south", 50),
        ("b", 6, 20, 0, 1, "south", 50),
        ("c", 0, 12, 1, 0, "north", 44),
        ("d", 2, 30, 0, 0, "south", 41),
        ("e", 0, 30, 0, 0, "west", 40),
        ("f", 1, 30, 1, 1, "north", 40),
        ("g", 0, 4, 0, 0, "north", 40),
        ("h", 0, 7, 0, 0, "north", 47),
        ("h", 7, 11, 1, 1, "north", 47),
    ],
    columns=["case_id", "entry", "exit", "event", "raised", "region", "age"],
)


def matched(data=HAND, **options):
    return risk_set_match(data, **{"exposure": "raised", "on": ["region", "age"], "caliper": {"age": 10}} | options)


def rows(found):
    return found.spells[["set", "case_id", "entry", "exit", "event", "treated"]].to_numpy().tolist()


def test_by_hand():
    """g has left when a is treated, c is nearer to a than h; h, treated later, has nobody but c, who is taken."""
    found = matched()
    assert rows(found) == [
        [0, "a", 5, 9, 1, 1],
        [0, "c", 5, 12, 1, 0],
        [1, "b", 6, 20, 0, 1],
        [1, "d", 6, 30, 0, 0],
    ]
    assert found.unmatched.to_numpy().tolist() == [
        ["f", 1.0, "treated when first seen or before"],
        ["h", 7.0, "everybody within the caliper is a control already"],
    ]
    assert "Not matched: 1, treated when first seen or before: f" in repr(found)


def test_the_matched_spells_have_the_columns_of_the_data_and_three_more():
    for data in (HAND, HAND.set_index(HAND.index * 10), HAND.set_index("case_id", drop=False).rename_axis("who")):
        found = matched(data).spells
        assert found.columns.tolist() == [*HAND.columns, "set", "treated", "matched_at"]
        assert found.index.tolist() == [0, 1, 2, 3]
        assert found["matched_at"].tolist() == [5, 5, 6, 6]


def test_controls_leave_when_they_are_treated_and_may_be_shared():
    found = matched(ratio=2, replace=True)
    assert rows(found)[:3] == [[0, "a", 5, 9, 1, 1], [0, "c", 5, 12, 1, 0], [0, "h", 5, 7, 0, 0]]
    assert rows(found)[-2:] == [[2, "h", 7, 11, 1, 1], [2, "c", 7, 12, 1, 0]]
    assert found.facts["n_controls"] == 4
    assert found.facts["n_control_people"] == 3


def test_the_caliper_is_a_limit_and_its_edge_is_within():
    assert "b" in set(matched(caliper={"age": 9}).spells["case_id"])
    found = matched(caliper={"age": 8.9})
    assert found.unmatched.set_index("id").loc["b", "reason"] == "nobody alike is within the caliper"
    exact = matched(on=["region"], caliper=None)
    assert exact.facts["n_matched"] == 2


def test_every_treated_person_is_matched_or_named():
    found = matched(HAND.assign(age=HAND["age"].where(HAND["case_id"] != "b")))
    names = {*found.spells.query("treated == 1")["case_id"], *found.unmatched["id"]}
    assert names == {"a", "b", "f", "h"}
    assert found.unmatched.set_index("id").loc["b", "reason"].startswith("a missing value")


def test_balance_by_hand():
    found = matched().balance().set_index(["term", "level"])
    # At 5 those at risk and untreated are b, c, d, e, h; at 6 they are c, d, e, h.
    at_5, at_6 = [50, 44, 41, 40, 47], [44, 41, 40, 47]
    sd = np.sqrt((np.var([40, 50], ddof=1) + np.var([*at_5, *at_6], ddof=1)) / 2)
    at_risk = (np.mean(at_5) + np.mean(at_6)) / 2
    age = found.loc["age", ""]
    assert age["mean_at_risk"] == pytest.approx(at_risk)
    assert age["before"] == pytest.approx((45 - at_risk) / sd)
    assert age["after"] == pytest.approx((45 - 42.5) / sd)
    assert found.loc["region", "north"]["after"] == 0


def spells(seed, n=60):
    rng = np.random.default_rng(seed)
    parts = []
    for i in range(n):
        begin, stop = rng.integers(0, 10), rng.integers(12, 40)
        cut = rng.integers(begin, 45)
        base = {"case_id": i, "region": "ab"[rng.integers(2)], "age": int(rng.integers(30, 50)), "event": 0}
        pieces = [(begin, min(cut, stop), 0), (max(cut, begin), stop, 1)]
        parts += [{**base, "entry": a, "exit": b, "raised": r} for a, b, r in pieces if a < b]
    d = pd.DataFrame(parts)
    last = ~d["case_id"].duplicated(keep="last")
    return d.assign(event=np.where(last, rng.integers(0, 2, len(d)), 0))


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 3), st.booleans())
def test_matches_are_what_they_say(seed, ratio, replace):
    d = spells(seed)
    found = matched(d, caliper={"age": 4}, ratio=ratio, replace=replace, seed=seed)
    start = d[d["raised"] == 1].set_index("case_id")["entry"]
    assert found.spells["set"].nunique() == found.facts["n_matched"] > 0
    for _, part in found.spells.groupby("set"):
        mine, others = part[part["treated"] == 1].iloc[0], part[part["treated"] == 0]
        assert mine["entry"] == start[mine["case_id"]] == mine["matched_at"]
        assert (others["region"] == mine["region"]).all()
        assert (others["age"] - mine["age"]).abs().le(4).all()
        assert (others["entry"] >= mine["entry"]).all()
        assert (others["raised"] == 0).all()
        assert 1 <= others["case_id"].nunique() <= ratio
        whole = d[d["case_id"].isin(others["case_id"])].groupby("case_id")
        assert (whole["entry"].min() <= mine["entry"]).all()
        assert (start.reindex(others["case_id"]).fillna(99).to_numpy() > mine["entry"]).all()
        assert (others["exit"].to_numpy() <= start.reindex(others["case_id"]).fillna(99).to_numpy()).all()
    controls = found.spells.query("treated == 0").drop_duplicates(["set", "case_id"])
    assert replace or controls["case_id"].is_unique
    assert found.facts["n_treated"] == len(start)
    again = matched(d.sample(frac=1, random_state=seed), caliper={"age": 4}, ratio=ratio, replace=replace, seed=seed)
    pd.testing.assert_frame_equal(found.spells, again.spells)
    pd.testing.assert_frame_equal(found.balances, again.balances)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000))
def test_the_nearest_are_taken(seed):
    """With people used again, against a loop over everybody who could have been taken."""
    d = spells(seed)
    found = matched(d, caliper={"age": 5}, ratio=2, replace=True, seed=seed).spells
    begin, stop = d.groupby("case_id")["entry"].min(), d.groupby("case_id")["exit"].max()
    start = d[d["raised"] == 1].groupby("case_id")["entry"].min().reindex(begin.index).fillna(np.inf)
    who = d.drop_duplicates("case_id").set_index("case_id")
    assert (start < np.inf).sum() > 3
    for i, t in start[start < np.inf].items():
        could = [
            abs(who["age"][j] - who["age"][i])
            for j in begin.index
            if begin[j] <= t < min(stop[j], start[j]) and who["region"][j] == who["region"][i] and j != i
        ]
        wanted = sorted(a for a in could if a <= 5)[:2] if begin[i] < t else []
        mine = found[found["set"].isin(found[(found["case_id"] == i) & (found["treated"] == 1)]["set"])]
        taken = mine[mine["treated"] == 0].drop_duplicates("case_id")["age"]
        assert sorted((taken - who["age"][i]).abs()) == wanted


def test_the_matched_spells_go_into_a_stratified_model():
    found = matched(spells(1, 200), caliper={"age": 4}, ratio=2)
    fit = cl.cox(found.spells, "treated", entry="entry", exit="exit", event="event", strata="set", cluster="case_id")
    assert np.isfinite(fit.tidy()["estimate"][0])
    ax = found.plot()
    pd.testing.assert_frame_equal(figures.drawn(ax).frame, found.balance())
    assert found.glance()["n_matched"][0] == found.spells["set"].nunique()
    assert "<table" in found._repr_html_()
    mpl.pyplot.close("all")


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"on": "region"}, UsageError, "a list"),
        ({"on": ["nothing"]}, UsageError, "no column 'nothing'"),
        ({"on": ["region"]}, UsageError, "is not among on="),
        ({"caliper": {"region": 1}}, UsageError, "numeric"),
        ({"caliper": {"age": -1}}, UsageError, "zero or more"),
        ({"ratio": 0}, UsageError, "ratio"),
        ({"data": HAND.assign(treated=1)}, UsageError, "already"),
        ({"data": HAND.assign(raised=[np.nan, *HAND["raised"][1:]])}, DataError, "missing in 1 row"),
        ({"data": HAND.assign(raised=1 - HAND["raised"])}, DataError, "treatment stops"),
        ({"data": HAND.assign(raised=0)}, DataError, "nobody is treated"),
        ({"data": HAND[HAND["case_id"].isin(["a", "f", "b"])]}, DataError, "nobody is matched"),
    ],
)
def test_refusals(options, error, message):
    with pytest.raises(error, match=message):
        matched(**options)


def test_ids_that_differ_by_a_blank_are_told():
    found = matched(HAND.assign(case_id=HAND["case_id"].replace("b", "c ")))
    said = "'c ' and 'c' in 'case_id' differ by blanks, capitals or the form of a letter only"
    assert found.warnings["message"].str.startswith(said).tolist() == [True]
    assert repr(found).count(said) == found._repr_html_().count(escape(said)) == 1
    assert matched().warnings.empty
    assert list(matched().warnings) == list(found.warnings) == ["term", "level", "n", "message"]
    pooled = pool_matches([found, found, matched()])
    assert repr(pooled).count(said) == 1
