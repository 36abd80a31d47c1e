"""Plain data are not months: what their clock counts is said only where the call says it; a cohort counts months."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import clemency as cl
from clemency.models.modelframe.arguments import UNITS, shown_times
from clemency.records.errors import UsageError

D = pd.DataFrame({"t": [2.0, 3, 5, 7, 11, 13], "e": [1, 0, 1, 1, 0, 1], "g": list("ababab"), "x": [0.0, 1, 2, 1, 3, 1]})
D = D.assign(who=range(6), raised=[1, 0] * 3, low=[0.0, 1, 2, 3, 4, 5], high=[2.0, 3, 4, 5, 6, 7])
CALL = {"exit": "t", "event": "e"}
KINDS = {"kinds": ["cut", "censored", "cut", "death", "censored", "cut"]}

#: Everything that counts time at risk in its summary.
SUMMARIES = {
    "cox": lambda **k: cl.cox(D, "x", **CALL, **k).glance(),
    "fine_gray": lambda **k: cl.fine_gray(D.assign(**KINDS), "x", exit="t", event="kinds", outcome="cut", **k).glance(),
    "survival": lambda **k: cl.survival(D, **CALL, **k).glance(),
    "incidence": lambda **k: cl.incidence(D, **CALL, **k).glance(),
    "rates": lambda **k: cl.rates(D, **CALL, **k).glance(),
    "totals": lambda **k: cl.rates(D, count="e", exposure="t", **k).glance(),
    "pooled_rates": lambda **k: cl.pooled_rates(D, "g", **CALL, draws=50, **k).glance(),
    "logrank": lambda **k: cl.logrank(D, by="g", **CALL, **k).glance(),
    "gray_test": lambda **k: cl.gray_test(
        D.assign(**KINDS), by="g", exit="t", event="kinds", outcome="cut", **k
    ).glance(),
    "recurrence": lambda **k: cl.recurrence(D, **CALL, id="who", **k).glance(),
    "pool": lambda **k: cl.pool([cl.cox(D.assign(x=D["x"] + i), "x", **CALL, **k) for i in (0, 1)]).glance(),
}


@pytest.fixture(autouse=True)
def close():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def made():
    return cl.cohort(cl.load("cases"), cl.load("acts"), until="2017-06-30")


@pytest.mark.parametrize("name", SUMMARIES)
def test_summaries_do_not_speak_of_months(name):
    """2 + 3 + 5 + 7 + 11 + 13 = 41."""
    plain = SUMMARIES[name]()
    assert plain["person_time"].tolist() == pytest.approx([41.0])
    assert plain["time_unit"].tolist() == [""]
    years = SUMMARIES[name](time_unit="years")
    assert years["person_time"].tolist() == pytest.approx([41.0])
    assert years["time_unit"].tolist() == ["years"]
    months = SUMMARIES[name](time_unit="months")
    assert months["person_months"].tolist() == pytest.approx([41.0])
    assert "person_time" not in months
    assert "time_unit" not in months
    assert not any("month" in c for c in [*plain, *years])


def test_a_cohort_counts_months(made):
    months = float((made.spells["exit"] - made.spells["entry"]).sum())
    for found in (
        cl.rates(made).glance(),
        cl.incidence(made).glance(),
        cl.cox(made, "sex", outcome="sentence_reduction").glance(),
    ):
        assert found["person_months"].sum() == pytest.approx(months, rel=0.05)
        assert "time_unit" not in found
    assert repr(cl.rates(made)).startswith("Rates per 1000 person-months\n")
    assert cl.incidence(made).plot().get_xlabel() == "months since custody"
    with pytest.raises(UsageError, match="a cohort counts months"):
        cl.rates(made, time_unit="years")
    pd.testing.assert_frame_equal(cl.rates(made, time_unit="months").tidy(), cl.rates(made).tidy())


@pytest.mark.parametrize(
    ("unit", "label"), [(None, "time"), ("years", "years"), ("days", "days"), ("months", "months")]
)
def test_axes_and_texts(unit, label):
    named = {} if unit is None else {"time_unit": unit}
    curves = [
        cl.survival(D, **CALL, **named),
        cl.incidence(D, **CALL, **named),
        cl.recurrence(D, **CALL, id="who", **named),
        cl.survival(D, lower="low", upper="high", **named),
    ]
    for found in curves:
        ax = found.plot()
        assert ax.get_xlabel() == label
        if unit != "months":
            assert "month" not in found._repr_html_() + repr(found) + str(getattr(ax, "alt", ""))
    assert cl.cox(D, "x", **CALL, **named).check().plot().get_xlabel() == label
    per = {None: "per 1000 units of person-time"}.get(unit, f"per 1000 person-{unit}")
    rate = cl.rates(D, **CALL, **named)
    assert rate.plot().get_xlabel() == per.replace("1000", "1,000")
    assert repr(rate).startswith(f"Rates {per}\n")
    assert rate._repr_html_().startswith(f"<p>Rates {per} with exact 95% limits.")
    assert cl.pooled_rates(D, "g", **CALL, draws=50, **named).unit == per
    word = {None: "person-time"}.get(unit, f"person-{unit}")
    assert repr(cl.tipping_point(D, "raised", **CALL, **named)).startswith(f"2 acts in 18 {word} exposed, 2 in 23 not")


def test_tables_of_curves_name_times_that_they_have():
    head = cl.survival(D, **CALL)._repr_html_()
    assert head.startswith("<p>Survival at time 5, 10, with 95% limits</p>")
    assert cl.survival(D, **CALL, time_unit="years")._repr_html_().startswith("<p>Survival at 1, 2, 3, 5, 10 years, ")
    assert cl.survival(D, **CALL, time_unit="months")._repr_html_().startswith("<p>Survival at 12 months, ")


@pytest.mark.parametrize(
    ("top", "times"),
    [
        (13.0, [5, 10]),
        (4.0, [1, 2, 3, 4]),
        (365.0, [100, 200, 300]),
        (1000.0, [200, 400, 600, 800, 1000]),
        (0.5, [0.1, 0.2, 0.3, 0.4, 0.5]),
        (0.0, [0.0]),
    ],
)
def test_times_shown_are_round_and_within_the_curve(top, times):
    assert shown_times(top, None) == pytest.approx(times)


@pytest.mark.parametrize(
    ("unit", "rate"),
    [
        ("days", 100 * 365.25 * 4 / 41),
        ("weeks", 100 * 365.25 / 7 * 4 / 41),
        ("months", 1200 * 4 / 41),
        ("quarters", 400 * 4 / 41),
        ("years", 100 * 4 / 41),
        (None, 100 * 4 / 41),
    ],
)
def test_acts_per_hundred_person_years_whatever_the_clock_counts(unit, rate):
    """Four acts in 41 units; without a unit per hundred of them."""
    found = cl.recurrence(D, **CALL, id="who", time_unit=unit).glance()
    assert found["rate"].tolist() == pytest.approx([rate])


def test_the_unit_changes_no_number():
    for unit in UNITS:
        for read in (cl.survival, cl.incidence):
            named, plain = read(D, **CALL, time_unit=unit), read(D, **CALL)
            pd.testing.assert_frame_equal(named.tidy(), plain.tidy())
        np.testing.assert_array_equal(
            cl.rates(D, **CALL, time_unit=unit).tidy()["estimate"], cl.rates(D, **CALL).tidy()["estimate"]
        )


@pytest.mark.parametrize("unit", ["month", "Months", "a", "", "fortnights"])
def test_a_word_that_is_no_unit_is_refused(unit):
    for call in (
        lambda: cl.rates(D, **CALL, time_unit=unit),
        lambda: cl.survival(D, **CALL, time_unit=unit),
        lambda: cl.survival(D, lower="low", upper="high", time_unit=unit),
        lambda: cl.cox(D, "x", **CALL, time_unit=unit),
    ):
        with pytest.raises(UsageError, match="is not one of: days, weeks, months, quarters, years"):
            call()
