"""Pseudo-values against R's pseudo (tests/reference/pseudo.R), by leaving cases out, and identities."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import clemency as cl
from clemency.models.curves.curves import incidence, survival
from clemency.models.curves.pseudovalues import pseudovalues
from clemency.records.errors import UsageError

REFERENCE = Path(__file__).resolve().parents[2] / "reference"
TABLE = pd.read_csv(REFERENCE / "prediction" / "pseudo.csv")
GBSG2, ROSSI = (pd.read_csv(REFERENCE / "cox" / f"{name}.csv") for name in ("gbsg2", "rossi"))
ENDS = pd.read_csv(REFERENCE / "prediction" / "accuracy_data.csv")
ENDS = ENDS.assign(end=ENDS["end"].map({0: "censored", 1: "act", 2: "death"}))
TIME = {"exit": "time", "event": "cens"}
END = {"exit": "time", "event": "end"}


@pytest.mark.parametrize(
    ("name", "data", "times", "arguments"),
    [
        ("gbsg2 survival", GBSG2, [500, 1500], TIME),
        ("gbsg2 restricted_mean", GBSG2, [500, 1500], TIME),
        ("gbsg2 survival by", GBSG2, [500, 1500], {**TIME, "by": "horTh"}),
        ("gbsg2 restricted_mean by", GBSG2, [500, 1500], {**TIME, "by": "horTh"}),
        ("rossi survival", ROSSI, [10, 30, 52], {"exit": "week", "event": "arrest"}),
        ("ends survival", ENDS, [4, 8], END),
        ("ends restricted_mean", ENDS, [4, 8], END),
        ("ends incidence", ENDS, [4, 8], {**END, "outcome": "act"}),
        ("ends death", ENDS, [4, 8], {**END, "outcome": "death"}),
        ("ends time_lost", ENDS, [4, 8], {**END, "outcome": "act"}),
    ],
)
def test_equal_to_r(name, data, times, arguments):
    kind = name.split()[1].replace("death", "incidence")
    found = pseudovalues(data, times, kind, **arguments).wide()
    mine = TABLE[TABLE["fit"] == name]
    for k in range(len(times)):
        wanted = mine.loc[mine["quantity"] == k, "value"]
        np.testing.assert_allclose(found.iloc[:40, k], wanted, rtol=1e-9, atol=1e-9)


def test_their_mean_is_the_estimate():
    of = pseudovalues(ENDS, [4, 8], "incidence", outcome="act", **END)
    curve = incidence(ENDS, outcome="act", **END)
    np.testing.assert_allclose(of.wide().mean(), curve.at([4, 8])["estimate"], rtol=1e-12)
    lost = pseudovalues(ENDS, 8, "time_lost", outcome="act", **END).wide().mean().item()
    assert lost == pytest.approx(curve.restricted_mean(8)["estimate"].item(), rel=1e-12)
    parts = [pseudovalues(ENDS, 8, "time_lost", outcome=k, **END).wide().to_numpy() for k in ("act", "death")]
    stay = pseudovalues(ENDS, 8, "restricted_mean", **END).wide().to_numpy()
    np.testing.assert_allclose(parts[0] + parts[1] + stay, 8, rtol=1e-12)


def test_their_spread_is_the_robust_error():
    values = pseudovalues(GBSG2, 1500, **TIME).wide().to_numpy()[:, 0]
    n = len(values)
    error = survival(GBSG2, variance="robust", **TIME).at(1500)["std_error"].item()
    assert np.sqrt(((values - values.mean()) ** 2).sum()) / n == pytest.approx(error, rel=1e-10)


def test_nearly_what_leaving_a_case_out_gives():
    d, n = GBSG2, len(GBSG2)
    found = pseudovalues(d, 1500, "restricted_mean", **TIME).wide().to_numpy()[:5, 0]
    whole = survival(d, **TIME).restricted_mean(1500)["estimate"].item()
    for i, value in enumerate(found):
        without = survival(d.drop(index=i), **TIME).restricted_mean(1500)["estimate"].item()
        assert value == pytest.approx(n * whole - (n - 1) * without, rel=5e-3)


def test_groups_are_taken_by_themselves_and_rows_left_out_are_told():
    d = GBSG2.assign(time=GBSG2["time"].where(GBSG2.index > 1)).sample(frac=1, random_state=2)
    found = pseudovalues(d, 1000, by=["horTh", "menostat"], **TIME)
    table = found.tidy()
    assert list(table.columns) == ["row", "horTh", "menostat", "time", "pseudo_value"]
    assert table["row"].tolist() == [i for i in d.index if i > 1]
    mine = d[(d["horTh"] == "yes") & (d["menostat"] == "Pre")]
    alone = pseudovalues(mine, 1000, **TIME).tidy()
    both = table[table["row"].isin(alone["row"])]
    np.testing.assert_allclose(both["pseudo_value"], alone["pseudo_value"], rtol=1e-10)
    assert found.glance()["excluded"].item() == 2
    assert "Left out: 2 rows" in repr(found)
    assert "684 cases" in found._repr_html_()
    assert (found.wide()[1000.0].to_numpy() == found.tidy()["pseudo_value"]).all()


def test_refusals():
    late = pd.DataFrame({"a": [0, 2.0], "t": [3.0, 4.0], "e": [1, 0]})
    for call, said in (
        (lambda: pseudovalues(late, 3, entry="a", exit="t", event="e"), "1 of 2 spells enter after 0"),
        (lambda: pseudovalues(GBSG2, 3000, **TIME), "later than the last exit"),
        (lambda: pseudovalues(GBSG2, [], **TIME), "names no time"),
        (lambda: pseudovalues(GBSG2, 500, "hazard", **TIME), "kind="),
        (lambda: pseudovalues(ENDS, 4, outcome="act", **END), "outcome= has no meaning"),
        (lambda: pseudovalues(ENDS, 4, "incidence", **END), "name one with outcome="),
        (lambda: pseudovalues(GBSG2.assign(row=1), 500, by="row", **TIME), "name of a column of the result"),
    ):
        with pytest.raises(UsageError, match=said):
            call()


def test_times_that_make_columns_are_named_once():
    d = pd.DataFrame({"months": [3, 5, 7, 9], "act": [1, 1, 0, 1]})
    with pytest.raises(UsageError, match="times= names 6 twice: give it once"):
        cl.pseudovalues(d, [6, 4, 6], exit="months", event="act")
    states = cl.multistate(
        d.assign(who=d.index, act=d["act"].map({1: "cut", 0: "censored"})), id="who", exit="months", event="act"
    )
    with pytest.raises(UsageError, match="times= names 4 twice"):
        states.markov([4, 4])
    assert states.at([6, 4, 6])["time"].tolist() == [6, 6, 4, 4, 6, 6]  # a row for each, as asked
