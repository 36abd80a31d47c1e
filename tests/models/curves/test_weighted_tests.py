"""Weighted tests of groups, pairs of groups and trends, against R (tests/reference/logrank.R) and identities."""

import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import clemency as cl
from clemency.models.curves.logrank import gray_test, logrank
from clemency.models.hazard.cox import cox
from clemency.records.errors import UsageError

REFERENCE = Path(__file__).resolve().parents[2] / "reference"
TABLE = pd.read_csv(REFERENCE / "logrank" / "expected.csv")
KINDS = ("logrank", "gehan", "tarone-ware", "peto")
GBSG2 = pd.read_csv(REFERENCE / "cox" / "gbsg2.csv")
MIXED = pd.read_csv(REFERENCE / "cox" / "mixed.csv").assign(cases=lambda d: d["c"] % 4 + 1)
LATE = {"exit": "exit", "event": "event", "entry": "entry"}
CALLS = {
    "gbsg2": (GBSG2, {"by": "tgrade", "exit": "time", "event": "cens"}),
    "gbsg2 strata": (GBSG2, {"by": "tgrade", "exit": "time", "event": "cens", "strata": "menostat"}),
    "mixed": (MIXED, {"by": "g", **LATE}),
    "mixed weights": (MIXED, {"by": "g", "strata": "s", "weights": "cases", **LATE}),
}


def of_r(data, test):
    found = TABLE[(TABLE["data"] == data) & (TABLE["test"] == test)]["value"].to_numpy()
    assert len(found), (data, test)
    return found


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", CALLS)
def test_equal_to_r(name, kind):
    data, arguments = CALLS[name]
    found = logrank(data, weighting=kind, **arguments)
    np.testing.assert_allclose(found.statistic, of_r(name, kind).item(), rtol=1e-9)
    assert found.df == 2
    for column in ("observed", "expected"):
        np.testing.assert_allclose(found.groups[column], of_r(name, f"{kind} {column}"), rtol=1e-9)
    names = found.groups.iloc[:, 0].astype(str)
    rising, square = of_r(name, f"{kind} trend")
    for scores, wanted in (
        ({k: i + 1 for i, k in enumerate(names)}, rising),
        (dict(zip(names, (1, 4, 9), strict=True)), square),
    ):
        trend = found.trend(scores)
        np.testing.assert_allclose(trend["statistic"], wanted, rtol=1e-9)
    pairs = found.pairs()
    assert pairs[["group", "other"]].to_numpy().tolist() == [
        [names[0], names[1]],
        [names[0], names[2]],
        [names[1], names[2]],
    ]
    np.testing.assert_allclose(pairs["statistic"], of_r(name, f"{kind} pairs"), rtol=1e-9)
    for adjust in ("holm", "bonferroni", "BH"):
        adjusted = found.pairs(adjust.lower())["p_adjusted"]
        np.testing.assert_allclose(adjusted, of_r(name, f"{kind} pairs {adjust}"), rtol=1e-9)
    assert found.pairs("none")["p_adjusted"].equals(pairs["p_value"])


def test_by_hand():
    """At 1 two of a and two of b are at risk, at 2 one of a and two of b; a has the event at 1, b at 2."""
    d = pd.DataFrame({"t": [1, 3, 2, 3], "e": [1, 0, 1, 0], "g": [*"aabb"]})
    gehan = logrank(d, by="g", exit="t", event="e", weighting="gehan")
    assert gehan.groups["observed"].tolist() == [4, 3]
    assert gehan.groups["expected"].tolist() == [2 + 1, 2 + 2]
    assert gehan.covariance[0, 0] == pytest.approx(4**2 * 1 / 4 + 3**2 * 2 / 9)
    peto = logrank(d, by="g", exit="t", event="e", weighting="peto")
    first, second = 1 - 1 / 5, (1 - 1 / 5) * (1 - 1 / 4)
    assert peto.groups["observed"].tolist() == pytest.approx([first, second])


def test_numbers_of_cases_are_rows_repeated():
    spread = MIXED.loc[MIXED.index.repeat(MIXED["cases"])]
    for kind in KINDS:
        one = logrank(MIXED, by="g", weights="cases", weighting=kind, **LATE)
        other = logrank(spread, by="g", weighting=kind, **LATE)
        assert one.statistic == pytest.approx(other.statistic, rel=1e-12)
        assert one.pairs()["p_adjusted"].tolist() == pytest.approx(other.pairs()["p_adjusted"].tolist(), rel=1e-10)
    powers = [
        logrank(x, by="g", weights=w, rho=1, gamma=0.5, **LATE).statistic for x, w in ((MIXED, "cases"), (spread, None))
    ]
    assert powers[0] == pytest.approx(powers[1], rel=1e-12)


def test_a_trend_is_the_score_test_of_cox_without_ties():
    rng = np.random.default_rng(5)
    d = pd.DataFrame({"t": rng.permutation(60) + 1.0, "e": rng.random(60) < 0.7, "dose": rng.integers(0, 4, 60)})
    trend = logrank(d, by="dose", exit="t", event="e").trend()
    score = cox(d, "dose", exit="t", event="e").glance()["score"].item()
    assert trend["statistic"].item() ** 2 == pytest.approx(score, rel=1e-9)
    sign = np.sign(cox(d, "dose", exit="t", event="e").coefficients[0])
    assert np.sign(trend["statistic"].item()) == sign
    order = pd.Categorical(d["dose"].map(dict(enumerate("abcd"))), categories=[*"abcd"], ordered=True)
    ordered = logrank(d.assign(dose=order), by="dose", exit="t", event="e").trend()
    pd.testing.assert_frame_equal(ordered, trend)


def test_pairs_of_incidences_are_tests_of_their_rows():
    rng = np.random.default_rng(6)
    n = 90
    d = pd.DataFrame({"t": rng.integers(1, 30, n), "end": rng.choice(["act", "death", "censored"], n)})
    d = d.assign(g=rng.choice([*"abc"], n), s=rng.choice([*"uv"], n))
    arguments = {"exit": "t", "event": "end", "outcome": "act", "strata": "s", "rho": 1}
    pairs = gray_test(d, by="g", **arguments).pairs().set_index(["group", "other"])
    for two, found in pairs["statistic"].items():
        alone = gray_test(d[d["g"].isin(two)], by="g", **arguments)
        assert found == pytest.approx(alone.statistic, rel=1e-10)


def test_groups_that_never_meet():
    d = pd.DataFrame({"a": [0, 0, 0, 0, 9, 9], "t": [3, 5, 4, 7, 12, 14.0], "e": 1, "g": [*"uuvvww"]})
    found = logrank(d, by="g", entry="a", exit="t", event="e")
    pairs = found.pairs()
    assert pairs["statistic"].isna().tolist() == [False, True, True]
    assert pairs["p_adjusted"][0] == pairs["p_value"][0]
    again = pickle.loads(pickle.dumps(found))
    pd.testing.assert_frame_equal(again.pairs(), pairs)
    with pytest.raises(UsageError, match="one score"):
        found.trend({"u": 1, "v": 1, "w": 2})


def test_refusals():
    arguments = {"by": "tgrade", "exit": "time", "event": "cens"}
    found = logrank(GBSG2, **arguments)
    for call, said in (
        (lambda: logrank(GBSG2, weighting="wilcoxon", **arguments), "weighting="),
        (lambda: logrank(GBSG2, weighting="peto", rho=1, **arguments), "rho= and gamma= are weights too"),
        (lambda: logrank(GBSG2.assign(w=1.5), weights="w", **arguments), r"cl\.cox\(\.\.\., weights=\)"),
        (lambda: found.pairs("tukey"), "adjust='tukey' is not one of"),
        (found.trend, "no order of their own"),
        (lambda: found.trend({"I": 1, "II": 2}), "must name each group once"),
        (lambda: found.trend({"I": 1, "II": 2, "III": 3, "IV": 4}), "must name each group once"),
        (lambda: found.trend({"I": 1, "II": 2, "III": np.nan}), "finite numbers"),
        (lambda: found.trend({"I": 1, "II": "2", "III": 3}), "finite numbers"),
        (lambda: found.trend([1, 2, 3]), "takes a mapping"),
    ):
        with pytest.raises(UsageError, match=said):
            call()


def test_the_name_says_which_test():
    for kind, name in zip(KINDS, ("log-rank", "Gehan's", "Tarone and Ware's", "Peto and Peto's"), strict=True):
        found = cl.logrank(GBSG2, by="horTh", exit="time", event="cens", weighting=kind)
        assert repr(found).startswith(f"{name} test: ")
        assert found.glance()["test"].item() == f"{name} test"
