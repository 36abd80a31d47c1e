"""Rates of totals, against R's poisson.test (tests/reference/totals.R), against spells, and what cannot be totals."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import clemency as cl
from clemency.records.errors import ClemencyError, DataError, UsageError

FOLDER = Path(__file__).resolve().parents[2] / "reference" / "totals"
DATA = pd.read_csv(FOLDER / "data.csv")
LIMITS = pd.read_csv(FOLDER / "limits.csv")
CALL = {"count": "acts", "exposure": "py"}
SMALL = pd.DataFrame({"province": list("aabb"), "acts": [2, 2, 0, 2], "py": [100, 120, 80, 90]})


def test_rates_of_totals_by_hand():
    """(2 + 2) / 220 and (0 + 2) / 170; read as rows with and without an event they were half of that."""
    found = cl.rates(SMALL, "province", **CALL, time_unit="years")
    assert found.tidy()["estimate"].tolist() == pytest.approx([1000 * 4 / 220, 1000 * 2 / 170])
    assert found.tidy()[["province", "outcome", "n_event", "person_time"]].to_numpy().tolist() == [
        ["a", "acts", 4, 220.0],
        ["b", "acts", 2, 170.0],
    ]
    assert found.tidy()["n_event"].dtype.kind == "i"
    assert found.glance().to_dict("records") == [
        {"n_groups": 2, "events": 6, "person_time": 390.0, "time_unit": "years", "per": 1000.0}
    ]
    assert repr(found).startswith("Rates per 1000 person-years\n")
    pooled = cl.pooled_rates(SMALL, "province", **CALL, draws=50)
    assert pooled.tidy()["rate"].tolist() == pytest.approx([1000 * 4 / 220, 1000 * 2 / 170])
    assert pooled.tidy()["events"].tolist() == [4, 2]
    assert pooled.unit == "per 1000 units of person-time"


@pytest.mark.parametrize("level", [0.95, 0.9])
def test_exact_limits_equal_r(level):
    want = LIMITS[LIMITS["level"] == level]
    assert len(want) == 4
    table = cl.rates(DATA, "province", **CALL, ci_level=level).tidy()
    assert table["province"].tolist() == want["province"].tolist()
    assert table["n_event"].tolist() == want["acts"].tolist()
    for ours, theirs in (("person_time", "py"), ("estimate", "estimate"), ("ci_low", "low"), ("ci_high", "high")):
        np.testing.assert_allclose(table[ours], want[theirs], rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(table["std_error"], 1000 * np.sqrt(want["acts"]) / want["py"], rtol=1e-12)
    pooled = cl.pooled_rates(DATA, "province", **CALL, ci_level=level, draws=50).tidy()
    for ours, theirs in (("person_time", "py"), ("rate", "estimate"), ("rate_low", "low"), ("rate_high", "high")):
        np.testing.assert_allclose(pooled[ours], want[theirs], rtol=1e-12, atol=1e-12)


def test_years_without_anybody_are_left_out_and_told():
    """Fujian had nobody in prison in 2017, and nothing happened there."""
    for found in (cl.rates(DATA, "province", **CALL), cl.pooled_rates(DATA, "province", **CALL, draws=50)):
        assert found.exclusions.to_dict("records") == [
            {"reason": "no time at risk", "column": "py", "n": 1, "first_rows": "5"}
        ]
    gone = DATA.assign(py=DATA["py"].where(DATA["province"] != "Gansu", 0))
    pooled = cl.pooled_rates(gone, "province", **CALL, draws=50)
    assert pooled.exclusions["reason"].tolist() == ["no time at risk", "group without follow-up"]
    assert pooled.exclusions["first_rows"].tolist() == ["5, 6, 7, 8", "Gansu"]
    assert len(pooled.tidy()) == 3


def test_missing_values_are_left_out_and_told():
    d = DATA.assign(acts=DATA["acts"].astype("Int64"))
    d.loc[0, "acts"], d.loc[1, "py"], d.loc[2, "province"] = pd.NA, np.nan, None
    found = cl.rates(d, "province", **CALL)
    assert found.exclusions[["reason", "column", "n"]].to_numpy().tolist() == [
        ["missing value", "acts", 1],
        ["missing value", "py", 1],
        ["no time at risk", "py", 1],
        ["missing value", "province", 1],
    ]
    assert found.tidy()["province"].tolist() == ["Fujian", "Gansu", "Hebei"]


@pytest.mark.parametrize("kind", ["int8", "uint16", "float32", "Int64", "Float64", "int64[pyarrow]", "object", "str"])
def test_counts_of_any_storage(kind):
    want = cl.rates(SMALL, "province", **CALL).tidy()
    d = SMALL.assign(acts=SMALL["acts"].astype(kind), py=SMALL["py"].astype(kind if kind != "int8" else "uint8"))
    pd.testing.assert_frame_equal(cl.rates(d, "province", **CALL).tidy(), want)


def test_a_panel_has_the_rates_of_its_cohort():
    outcome = ["sentence_reduction", "medical_parole"]
    made = cl.cohort(cl.load("cases"), cl.load("acts"), outcome=outcome, until="2017-06-30")
    panel = made.panel("Y")
    found = cl.rates(panel, "sex", count=outcome, exposure="months", time_unit="months").tidy()
    want = cl.rates(made, "sex", outcome=outcome).tidy()
    assert want["n_event"].sum() == made.spells.dropna(subset=["sex"])["event"].isin(outcome).sum() > 0
    pd.testing.assert_frame_equal(found, want, rtol=1e-9)
    one, other = (
        cl.pooled_rates(made, "sex", outcome="sentence_reduction", draws=50).tidy(),
        cl.pooled_rates(panel, "sex", count=outcome[0], exposure="months", time_unit="months", draws=50).tidy(),
    )
    pd.testing.assert_frame_equal(other, one, rtol=1e-6)


def test_standards_of_totals():
    """Expected: 1.0, 1.2, 0.8 and 0.9 acts; by hand 4 / 2.2 and 2 / 1.7."""
    d = SMALL.assign(due=SMALL["py"] / 100, term=list("xyxy"))
    found = cl.pooled_rates(d, "province", **CALL, expected="due", draws=50)
    assert found.tidy()["rate"].tolist() == pytest.approx([4 / 2.2, 2 / 1.7])
    # At the rates of x, 2 in 180, and of y, 4 in 210.
    due = [100 * 2 / 180 + 120 * 4 / 210, 80 * 2 / 180 + 90 * 4 / 210]
    found = cl.pooled_rates(d, "province", **CALL, adjust="term", draws=50)
    assert found.tidy()["expected"].tolist() == pytest.approx(due)
    assert found.tidy()["rate"].tolist() == pytest.approx([4 / due[0], 2 / due[1]])


@pytest.mark.parametrize("call", [cl.rates, cl.pooled_rates])
@pytest.mark.parametrize(
    ("change", "row", "column", "said"),
    [
        ({"acts": [2, -1, 0, 2]}, 1, "acts", "'-1': a count is a whole number of 0 or more"),
        ({"acts": [2, 2.5, 0, 2]}, 1, "acts", "'2.5': a count is a whole number of 0 or more"),
        ({"acts": [2, 2, 0, np.inf]}, 3, "acts", "'inf': it is infinite"),
        ({"acts": ["2", "2", "none", "2"]}, 2, "acts", "'none': not a number"),
        ({"py": [100, -120, 80, 90]}, 1, "py", "'-120': time at risk is a number of 0 or more"),
        ({"py": [100, 120, 80, np.inf]}, 3, "py", "'inf': it is infinite"),
        ({"py": [100, 120, 80, 0]}, 3, "py", r"events \(acts\) without time at risk"),
        ({"py": ["100", "1,200", "80", "90"]}, 1, "py", "'1,200': not a number"),
    ],
)
def test_impossible_totals_are_refused_by_row(call, change, row, column, said):
    with pytest.raises(DataError, match=said) as caught:
        call(SMALL.assign(**change), "province", **CALL)
    problem = caught.value.problems[0]
    assert (problem.row, problem.column) == (row, column)


@pytest.mark.parametrize("call", [cl.rates, cl.pooled_rates])
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"count": "acts"}, "count= needs exposure= too"),
        ({"exposure": "py"}, "exposure= needs count= too"),
        ({**CALL, "event": "acts"}, "event= belongs to rows of spells"),
        ({**CALL, "exit": "py"}, "exit= belongs to rows of spells"),
        ({**CALL, "entry": "py"}, "entry= belongs to rows of spells"),
        ({**CALL, "outcome": "acts"}, "outcome= belongs to rows of spells"),
        ({**CALL, "censored": None}, "censored= belongs to rows of spells"),
        ({"count": "acts", "exposure": "acts"}, "'acts' is named twice"),
        ({"count": "acts", "exposure": "years"}, "no column 'years'"),
        ({"count": "province", "exposure": "py"}, "'province' is named twice"),
        ({**CALL, "time_unit": "year"}, "time_unit='year' is not one of: days, weeks, months, quarters, years"),
    ],
)
def test_arguments_that_contradict_totals_are_refused(call, arguments, said):
    with pytest.raises(UsageError, match=said):
        call(SMALL, "province", **arguments)


def test_weights_and_cohorts_have_no_totals():
    made = cl.cohort(cl.load("cases"), cl.load("acts"))
    with pytest.raises(UsageError, match="a cohort counts its own acts"):
        cl.rates(made, count="acts", exposure="months")
    for call in (cl.rates, cl.pooled_rates):
        with pytest.raises(TypeError, match="weights"):
            call(SMALL, "province", **CALL, weights="py")
    with pytest.raises(UsageError, match="is named twice among count="):
        cl.pooled_rates(SMALL, "province", count=["acts", "py"], exposure="py")
    with pytest.raises(ClemencyError, match="no spell is left"):
        cl.rates(SMALL.assign(py=np.nan), **CALL)


def test_rows_left_out_are_told_beside_the_rates():
    frame = pd.DataFrame({"years": [1.0, 2.0, 3.0], "act": ["yes", None, "no"]})
    found = cl.rates(frame, exit="years", event="act", time_unit="years")
    assert repr(found).endswith("Left out: 1 row, missing value (act).")
    assert "<p>Left out: 1 row, missing value (act).</p>" in found._repr_html_()
    curve = cl.survival(frame, exit="years", event="act")
    assert repr(curve).startswith("survival curve\n")
