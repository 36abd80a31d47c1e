"""E-values by formula and identity; ratios of rates against R's poisson.test; tipping points by brute force."""

import math
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import clemency as cl
from clemency import figures
from clemency.inference import e_value, tipping_point
from clemency.inference.sensitivity import ratio_limits
from clemency.records.errors import DataError, UsageError

mpl.use("Agg")
RATIOS = pd.read_csv(Path(__file__).resolve().parents[1] / "reference" / "weighting" / "ratios.csv")


def test_e_value_by_the_formula():
    found = e_value(3.9, 1.8, 8.7, kind="risk_ratio")
    assert found["e_value"].tolist() == pytest.approx([3.9 + math.sqrt(3.9 * 2.9), 1.8 + math.sqrt(1.8 * 0.8)])
    hazard = e_value(2.0, rare=False)["risk_ratio"][0]
    assert hazard == pytest.approx((1 - 0.5 ** math.sqrt(2)) / (1 - 0.5 ** math.sqrt(0.5)))
    assert e_value(4.0, kind="odds_ratio", rare=False)["risk_ratio"][0] == 2
    assert e_value(0.5, 0.2, 0.8)["e_value"].tolist() == pytest.approx([2 + math.sqrt(2), 1.25 + math.sqrt(1.25 / 4)])


@given(st.floats(0.01, 100), st.sampled_from([("hazard_ratio", True), ("hazard_ratio", False), ("odds_ratio", False)]))
def test_e_value_identities(ratio, how):
    kind, rare = how
    found = e_value(ratio, kind=kind, rare=rare)["e_value"][0]
    assert found >= 1
    assert found == pytest.approx(e_value(1 / ratio, kind=kind, rare=rare)["e_value"][0], rel=1e-9)
    # The joint bounding factor of a confounder of that strength is the ratio itself.
    risk = e_value(ratio, kind=kind, rare=rare)["risk_ratio"][0]
    assert found**2 / (2 * found - 1) == pytest.approx(max(risk, 1 / risk), rel=1e-9)


@pytest.mark.parametrize("rare", [True, False])
def test_e_value_of_one_is_one_and_so_is_that_of_limits_on_both_sides(rare):
    assert e_value(1.0, rare=rare)["e_value"][0] == 1
    assert e_value(2.0, 0.8, 5.0, rare=rare)["e_value"][1] == 1
    assert e_value(0.5, 0.1, 1.2, rare=rare)["e_value"][1] == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"kind": "difference"}, "kind"),
        ({"kind": "risk_ratio", "rare": False}, "no effect"),
        ({"ci_low": 1.0}, "both limits"),
        ({"ci_low": 3.0, "ci_high": 4.0}, "surround"),
        ({"estimate": 0.0}, "positive"),
        ({"estimate": math.inf}, "positive and finite"),
    ],
)
def test_e_value_refuses(arguments, message):
    with pytest.raises(UsageError, match=message):
        e_value(**{"estimate": 2.0} | arguments)


def test_limits_equal_r():
    low, high = ratio_limits(RATIOS["a"], RATIOS["s"], RATIOS["b"], RATIOS["t"])
    np.testing.assert_allclose(low, RATIOS["low"], rtol=1e-9)
    np.testing.assert_allclose(high, RATIOS["high"], rtol=1e-9)


def people(a, months, b, months0):
    """Spells of one month: `a` of `months` with an act while raised, `b` of `months0` while not."""
    return pd.DataFrame(
        {
            "months": 1.0,
            "raised": np.r_[np.ones(months, dtype=int), np.zeros(months0, dtype=int)],
            "act": np.r_[np.arange(months) < a, np.arange(months0) < b].astype(int),
        }
    )


@pytest.mark.parametrize(
    ("a", "months", "b", "months0"), [(7, 60, 13, 600), (5, 50, 0, 400), (2, 50, 2, 50), (9, 90, 8, 95)]
)
def test_tipping_points_by_brute_force(a, months, b, months0):
    found = tipping_point(people(a, months, b, months0), "raised", exit="months", event="act")
    k = np.arange(500)
    low, _ = ratio_limits(a, months, b + k, months0)
    with np.errstate(divide="ignore"):
        ratio = (a / months) / ((b + k) / months0)
    assert found.facts["to_include_one"] == k[low <= 1][0]
    assert found.facts["to_one"] == k[ratio <= 1 + 1e-12][0]
    table = found.tidy().set_index("unrecorded")
    np.testing.assert_allclose(table["ci_low"], low[table.index])
    np.testing.assert_allclose(table["estimate"], ratio[table.index])
    assert {0, found.facts["to_one"], found.facts["to_include_one"]} <= set(table.index)


def test_long_tables_are_thinned_but_keep_the_points():
    found = tipping_point(people(40, 50, 0, 4000), "raised", exit="months", event="act")
    assert found.facts["to_one"] == 3200
    assert len(found.table) < 405
    assert {0, 3200, found.facts["to_include_one"]} <= set(found.table["unrecorded"])


@pytest.mark.parametrize("edition", ["2026.11", None])
def test_a_cohort_and_the_figure(edition):
    cases = cl.load("cases", edition=edition)
    c = cl.cohort(cases, cl.load("acts", edition=edition), outcome=["sentence_reduction", "medical_parole"])
    c = c.expose_from(cases, "raised_date", name="raised", flag="raised_by")
    found = cl.tipping_point(c, "raised")
    counted = c.person_time("raised").set_index("raised")
    acts = counted["sentence_reduction"] + counted["medical_parole"]
    assert (found.facts["events"], found.facts["events_unexposed"]) == (acts[1], acts[0])
    assert found.facts["n_cases"] == counted.loc[0, "n_cases"]
    ax = found.plot()
    pd.testing.assert_frame_equal(figures.drawn(ax).frame, found.tidy())
    includes = found.tidy()["ci_low"].iloc[0] <= 1
    if edition:
        assert not includes
    assert ("would make the interval include 1" in repr(found)) == (not includes)
    assert ("The interval includes 1 as it is" in repr(found)) == includes
    assert found.glance()["to_one"][0] == found.facts["to_one"]
    mpl.pyplot.close("all")


def test_rows_that_are_left_out_are_said():
    frame = people(40, 50, 30, 400)
    assert "Left out" not in repr(tipping_point(frame, "raised", exit="months", event="act"))
    frame = frame.assign(raised=frame["raised"].astype(float))
    frame.loc[frame.index[:2], "raised"] = np.nan
    found = tipping_point(frame, "raised", exit="months", event="act")
    assert repr(found).endswith("would bring the ratio to 1.\nLeft out: 2 rows, missing value (raised).")
    assert "Left out: 2 rows" in found._repr_html_()


def test_tipping_point_refuses():
    names = {"exit": "months", "event": "act"}
    with pytest.raises(UsageError, match="only lower it"):
        tipping_point(people(1, 100, 30, 100), "raised", **names)
    with pytest.raises(UsageError, match="0 or 1"):
        tipping_point(people(1, 10, 1, 10).assign(raised=3), "raised", **names)
    with pytest.raises(DataError, match="no time at risk"):
        tipping_point(people(1, 10, 0, 0), "raised", **names)
    with pytest.raises(DataError, match="no act"):
        tipping_point(people(0, 10, 0, 10), "raised", **names)
    with pytest.raises(UsageError, match="ci_level"):
        tipping_point(people(1, 10, 1, 10), "raised", ci_level=2, **names)


def _two_groups():
    return pd.DataFrame({"t": range(1, 13), "e": 1, "sex": ["F", "M"] * 6, "age": [3, 1, 2, 5, 2, 1, 4, 3, 2, 6, 4, 5]})


def test_a_fit_gives_its_ratio_limits_and_kind():
    fit = cl.cox(_two_groups(), "sex + age", exit="t", event="e")
    row = fit.tidy(exponentiate=True).set_index("term").loc["age"]
    expected = cl.e_value(row["estimate"], row["ci_low"], row["ci_high"], kind="hazard_ratio")
    pd.testing.assert_frame_equal(cl.e_value(fit, term="age"), expected)
    logit = cl.occurrence(
        _two_groups().assign(e=[0, 1, 1] * 4), "age", event="e", entry="t", duration=None, link="logit"
    )
    row = logit.tidy(exponentiate=True).iloc[0]
    odds = cl.e_value(row["estimate"], row["ci_low"], row["ci_high"], kind="odds_ratio", rare=False)
    pd.testing.assert_frame_equal(cl.e_value(logit, rare=False), odds)


def test_a_fit_of_several_coefficients_says_what_to_pass():
    fit = cl.cox(_two_groups(), "sex + age", exit="t", event="e")
    with pytest.raises(UsageError, match="say which coefficient: term='sex', level='M'; or term='age'"):
        cl.e_value(fit)
    with pytest.raises(UsageError, match="no such coefficient"):
        cl.e_value(fit, term="site")
    with pytest.raises(UsageError, match="leave ci_low"):
        cl.e_value(fit, 1.0, 2.0, term="age")
    with pytest.raises(UsageError, match="a number has none"):
        cl.e_value(2.0, term="age")
    time = cl.parametric(_two_groups(), "age", exit="t", event="e")
    with pytest.raises(UsageError, match="of a time ratio there is no E-value"):
        cl.e_value(time)
