"""The border of figures and of ``plot()``: what they take, what they refuse, and what it does."""

import inspect

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

import clemency as cl
from clemency import figures
from clemency.figures.theme.labelling import spread
from clemency.figures.theme.scales import log_ticks
from clemency.records.errors import UsageError

D = pd.DataFrame({"t": range(1, 41), "arrest": [1, 1, 0, 1] * 10, "g": list("abab") * 10, "x": np.sin(range(40))})
CURVES = cl.survival(D, by="g", exit="t", event="arrest", time_unit="months")
FIT = cl.cox(D, "g + x", exit="t", event="arrest")


def names(ax):
    return [t.get_text() for t in ax.texts if t.get_text() and t.xycoords == "data"]


@pytest.mark.parametrize(
    ("draw", "given", "told"),
    [
        (CURVES.plot, {"colour": "red"}, r"does not take colour=. Did you mean palette=\? It takes: ax=, outcome="),
        (CURVES.plot, {"labls": {}}, r"does not take labls=. Did you mean 'labels'\?"),
        (CURVES.plot, {"units": "years"}, r"Did you mean time_unit=\?"),
        (CURVES.plot, {"ci": False}, r"Did you mean band=\?"),
        (CURVES.plot, {"at_risk": None}, "does not take at_risk="),
        (FIT.plot, {"time_unit": "years"}, "has no use for time_unit=. It takes: ax=, ratio="),
        (FIT.check().plot, {"band": True}, "has no use for band="),
        (figures.forest, {"sort": ["x"]}, r"forest\(\) does not take sort=. Did you mean order=\?"),
    ],
)
def test_unknown_names_are_refused_with_the_right_one(draw, given, told):
    before = [FIT.tidy(True)] if draw is figures.forest else []
    with pytest.raises(UsageError, match=told):
        draw(*before, **given)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"labels": {"q": "z"}}, "labels= names 'q', which the figure does not show. It shows: a, b."),
        ({"labels": ["z"]}, "labels= takes a mapping from codes to texts"),
        ({"order": "ab"}, "order= takes a list of codes, not 'ab'"),
        ({"order": ["a", "a"]}, "order= names 'a' twice"),
        ({"order": ["c"]}, "order= names 'c'"),
        ({"palette": "no_such"}, "palette='no_such' is no palette of seaborn"),
        ({"palette": ["blue", "blu"]}, "palette= has 'blu', which is no colour"),
        ({"palette": []}, "palette= has no colour"),
        ({"palette": {"q": "red"}}, "palette= names 'q'"),
        ({"band": "yes"}, "band= takes True or False, not 'yes'"),
        ({"time_unit": "fortnights"}, "time_unit='fortnights' is not one of: days, weeks"),
        ({"title": 3}, "title= takes a text, not 3"),
    ],
)
def test_values_are_refused_with_what_would_do(given, told):
    with pytest.raises(UsageError) as caught:
        CURVES.plot(**given)
    assert told in str(caught.value)


def test_labels_order_and_colours_go_to_the_groups_that_they_name():
    ax = CURVES.plot(title="T", labels={"b": "second"}, order=["b"], palette={"a": "#112233"}, band=False)
    assert names(ax) == ["second", "a"]
    colours = {line.get_label(): mpl.colors.to_hex(line.get_color()) for line in ax.lines}
    assert colours["a"] == "#112233"
    assert ax.get_title("left") == "T"
    assert len(ax.collections) == 0
    plain = CURVES.plot()
    assert names(plain) == ["a", "b"]
    assert len(plain.collections) == 2
    wanted = mpl.colormaps["viridis"](np.linspace(0, 1, 4)[1:3])[:, :3]
    shown = [mpl.colors.to_rgb(line.get_color()) for line in CURVES.plot(palette="viridis").lines]
    np.testing.assert_allclose(shown, wanted, atol=2e-2)


def test_times_are_converted_and_numbers_at_risk_stay_those_of_their_times():
    months, years = CURVES.plot(), CURVES.plot(time_unit="years")
    assert (months.get_xlabel(), years.get_xlabel()) == ("months", "years")
    np.testing.assert_allclose(years.lines[0].get_xdata() * 12, months.lines[0].get_xdata())
    np.testing.assert_array_equal(years.lines[0].get_ydata(), months.lines[0].get_ydata())
    at = {t.xy[0]: t.get_text() for t in years.texts if t.get_text() == "8"}
    assert list(at) == [2.0]  # of 20 in each group those with more than 24 months: 25, 27 ... 39
    bare = cl.survival(D, by="g", exit="t", event="arrest").plot(time_unit="years")
    assert (bare.get_xlabel(), bare.get_xlim()[1]) == ("years", 40)  # of no known unit: only named


def test_axes_name_what_happens():
    assert CURVES.plot().get_ylabel() == "share without arrest"
    assert FIT.plot().get_xlabel().startswith("arrest: hazard ratio")
    assert (
        cl.rates(D, by="g", exit="t", event="arrest", time_unit="months")
        .plot()
        .get_xlabel()
        .startswith("per 1,000 person-months")
    )


def test_rates_are_shown_in_the_unit_asked_for():
    rates = cl.rates(D, by="g", exit="t", event="arrest", time_unit="months")
    by_month, by_year = (figures.drawn(rates.plot(**k)).frame for k in ({}, {"time_unit": "years"}))
    np.testing.assert_allclose(by_year["estimate"], 12 * by_month["estimate"])
    np.testing.assert_allclose(by_year["person_years"], by_month["person_months"] / 12)
    assert "person-years" in rates.plot(time_unit="years").get_xlabel()


def test_help_shows_what_a_figure_takes():
    assert list(inspect.signature(figures.love).parameters)[-4:] == ["title", "labels", "palette", "order"]
    assert "look" not in inspect.signature(figures.love).parameters


def test_more_than_six_curves_stand_in_panels_with_the_others_behind():
    many = D.assign(g=list("abcdefgh") * 5)
    curves = cl.survival(many, by="g", exit="t", event="arrest")
    ax = curves.plot()
    panels = ax.figure.axes
    assert len(panels) == 8
    assert [p.get_title("left") for p in panels] == list("abcdefgh")
    assert {len(p.lines) for p in panels} == {8}
    given = mpl.pyplot.subplots()[1]
    assert curves.plot(ax=given) is given
    with pytest.raises(UsageError, match="8 curves need panels"):
        curves.plot(ax=mpl.pyplot.figure().add_axes((0, 0, 1, 1)))


def test_one_wide_limit_does_not_press_the_other_rows_together():
    frame = pd.DataFrame(
        {"label": list("abc"), "estimate": [1.0, 2.0, 30.0], "ci_low": 0.5, "ci_high": [2.0, 3.0, 900.0]}
    ).assign(n_event=[9, 12, 1])
    ax = figures.intervals(frame)
    assert ax.get_xlim()[1] < 5
    assert [line.get_ydata()[0] for line in ax.lines if line.get_marker() == ">"] == [0]
    assert "arrow: goes on beyond the axis" in ax.get_xlabel()
    assert "30.0 (0.50–900)" in [t.get_text() for t in ax.texts]
    narrow = figures.intervals(frame.iloc[:2])
    assert "arrow" not in narrow.get_xlabel()
    assert narrow.get_xlim()[1] > 3


def test_names_are_spread_as_little_as_may_be():
    np.testing.assert_allclose(spread([1.0, 5.0], [1, 1], 0, 10), [1, 5])
    np.testing.assert_allclose(spread([5.0, 5.0, 5.0], [1, 1, 1], 0, 10), [4, 5, 6])
    np.testing.assert_allclose(spread([9.9, 0.0], [1, 1], 0, 10), [9.5, 0.5])
    found = spread([2.0, 2.1, 2.2, 8.0], [1, 2, 1, 1], 0, 10)
    assert np.all(np.diff(found) >= [1.5 - 1e-9, 1.5 - 1e-9, 1 - 1e-9])


def test_ticks_of_a_log_axis_are_apart():
    for low, high in ((0.3, 3), (0.02, 50), (0.9, 1.1), (1e-3, 1e3)):
        ticks = np.array(log_ticks(low, high, 5))
        assert 1.0 in ticks
        assert np.all(np.diff(np.log(ticks)) >= np.log(high / low) / 5 - 1e-12)
