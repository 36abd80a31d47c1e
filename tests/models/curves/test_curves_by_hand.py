"""What fits answer and say, worked out from numbers that other tests hold to R: scales of limits, words, figures."""

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from scipy import stats

import clemency as cl
from clemency import figures
from clemency.inference.sensitivity import TippingPoint
from clemency.models.postestimation.prediction import limits
from clemency.records.errors import UsageError

mpl.use("Agg")
N = 60
RNG = np.random.default_rng(2)
D = pd.DataFrame({"t": RNG.integers(1, 31, N).astype(float), "x": RNG.normal(size=N).round(2), "start": 0.0})
D["e"], D["g"] = RNG.integers(0, 2, N), RNG.choice(list("abc"), N)
D["id"] = np.arange(N)
Z = 1.959963984540054


@pytest.fixture(autouse=True)
def close():
    yield
    mpl.pyplot.close("all")


# Scales of the limits of a prediction: hazard 0.5 with the error 0.2, and 3 with 2.


H, E = np.array([0.5, 3.0, 0.0]), np.array([0.2, 2.0, 0.0])


@pytest.mark.parametrize(
    ("transform", "low", "high"),
    [
        (
            "log",
            [0.5 + Z * 0.2, 3 + Z * 2],
            [0.5 - Z * 0.2, 0.0],
        ),  # as cumulative hazards; that of the second is below 0
        ("log-log", [0.5 * np.exp(Z * 0.4), 3 * np.exp(Z * 2 / 3)], [0.5 * np.exp(-Z * 0.4), 3 * np.exp(-Z * 2 / 3)]),
    ],
)
def test_limits_of_a_survival_by_hand(transform, low, high):
    found = limits(H, E, 0.95, "survival", transform)
    np.testing.assert_allclose(found["estimate"], np.exp([-0.5, -3, 0]), rtol=1e-12)
    np.testing.assert_allclose(found["std_error"], [0.2 * np.exp(-0.5), 2 * np.exp(-3), 0], rtol=1e-12)
    np.testing.assert_allclose(found["ci_low"], np.exp([*np.negative(low), 0]), rtol=1e-10)
    np.testing.assert_allclose(found["ci_high"], np.exp([*np.negative(high), 0]), rtol=1e-10)


def test_plain_limits_stay_between_zero_and_one():
    found = limits(H, E, 0.95, "survival", "plain")
    half = Z * 0.2 * np.exp(-0.5)
    np.testing.assert_allclose(found["ci_low"], [np.exp(-0.5) - half, 0, 1], rtol=1e-10)
    np.testing.assert_allclose(found["ci_high"], [np.exp(-0.5) + half, np.exp(-3) + Z * 2 * np.exp(-3), 1], rtol=1e-10)
    wide = limits(np.array([0.1]), np.array([2.0]), 0.95, "survival", "plain")
    assert (wide["ci_low"].tolist(), wide["ci_high"].tolist()) == ([0], [1])


def test_cumulative_hazards_have_limits_of_their_logarithm():
    found = limits(H, E, 0.95, "cumulative_hazard", "plain")
    np.testing.assert_allclose(found["estimate"], H)
    np.testing.assert_allclose(found["ci_low"], [0.5 * np.exp(-Z * 0.4), 3 * np.exp(-Z * 2 / 3), 0], rtol=1e-10)
    np.testing.assert_allclose(found["ci_high"], [0.5 * np.exp(Z * 0.4), 3 * np.exp(Z * 2 / 3), 0], rtol=1e-10)


def test_an_unknown_scale_is_refused():
    with pytest.raises(UsageError, match="transform must be one of log-log, cloglog, log, plain, not 'logit'"):
        limits(H, E, 0.95, "survival", "logit")


def test_ratios_to_the_reference_by_hand():
    fit = cl.cox(D, "x + g", exit="t", event="e")
    rows = {"x": [0.0, 2.0], "g": ["a", "c"]}
    linear, ratio = fit.predict(rows, kind="linear"), fit.predict(rows, kind="hazard_ratio")
    b, V = fit.coefficients, fit.covariance
    at = np.array([2.0, 0.0, 1.0])
    error = np.sqrt(at @ V @ at)
    assert linear["estimate"].tolist() == pytest.approx([0, at @ b])
    assert linear["ci_high"].tolist() == pytest.approx([0, at @ b + Z * error])
    assert ratio["estimate"].tolist() == pytest.approx([1, np.exp(at @ b)])
    assert ratio["std_error"].tolist() == pytest.approx([0, error * np.exp(at @ b)])
    assert ratio["ci_low"].tolist() == pytest.approx([1, np.exp(at @ b - Z * error)])


PATH = pd.DataFrame({"who": ["p", "p"], "from": [0.0, 5.0], "to": [5.0, 20.0], "x": [0.0, 1.0]})


@pytest.mark.parametrize(
    ("change", "columns", "message"),
    [
        ({}, {"id": "who"}, "needs id=, entry= and exit= together"),
        ({}, {"id": "who", "entry": "from", "exit": "end"}, "new data lack the column 'end'"),
        ({"to": [0.0, 20.0]}, {}, "exit is not after its entry"),
        ({"to": [5.0, np.nan]}, {}, "exit is not after its entry"),
        ({"who": ["p", None]}, {}, "a path has no 'who'"),
        ({"from": [0.0, 4.0]}, {}, "rows that overlap"),
        ({"from": [0.0, 6.0]}, {}, "the path of 'p' has a gap between 5 and 6"),
        ({"to": [5.0, 9.0]}, {}, "the path of 'p' ends at 9, before times=10"),
    ],
)
def test_paths_that_cannot_be(change, columns, message):
    fit = cl.cox(D, "x", exit="t", event="e")
    columns = columns or {"id": "who", "entry": "from", "exit": "to"}
    with pytest.raises(UsageError, match=message):
        fit.predict(PATH.assign(**change), [10], **columns)


def test_columns_of_new_data_have_one_length():
    with pytest.raises(UsageError, match="equal length"):
        cl.cox(D, "x + g", exit="t", event="e").predict({"x": [1.0], "g": ["a", "b"]}, kind="linear")


# Discrete time


SPELL = {"event": "e", "entry": "start", "months": "t", "id": "id", "duration": None}


def test_groups_without_spread_are_shrunken_to_zero():
    """Two of four in every group: less than chance would have them differ."""
    d = pd.DataFrame({"start": 0.0, "e": [1, 1, 0, 0] * 5, "t": 3.0, "id": range(20), "p": np.repeat(list("abcde"), 4)})
    d["x"] = [0.1, -0.1, 0.1, -0.1] * 5
    fit = cl.occurrence(d, "x", **SPELL, shrink="p")
    groups = fit.groups()
    assert fit.sigma == 0
    assert groups["estimate"].tolist() == [0] * 5
    assert groups["std_error"].isna().all()
    assert groups[["n", "n_event"]].to_numpy().tolist() == [[4, 2]] * 5
    assert "no spread beyond chance: their effects are shrunken to zero" in repr(fit)
    with pytest.raises(UsageError, match="name a column with shrink="):
        cl.occurrence(d, "x", **SPELL).groups()


def test_the_forest_of_a_discrete_time_fit_leaves_out_time_and_constant():
    fit = cl.occurrence(D.assign(start=D["id"] % 3 * 8.0), "x + g", **SPELL | {"duration": [10]}, link="logit")
    ax = fit.plot()
    drawn = figures.drawn(ax).frame
    assert drawn["term"].tolist() == ["x", "g", "g", "g"]
    assert ax.get_xlabel().startswith("odds ratio")
    table = fit.tidy(exponentiate=True).set_index(["term", "level"])
    assert drawn.set_index(["term", "level"]).loc[("g", "b"), "estimate"] == table.loc[("g", "b"), "estimate"]
    assert cl.occurrence(D, "x", **SPELL).plot().get_xlabel().startswith("hazard ratio")


def test_limits_at_another_level_and_those_that_have_none():
    fit = cl.occurrence(D, "x", **SPELL)
    wide, own = fit.with_level(0.99).tidy(), fit.tidy()
    t = stats.norm.isf(0.005) if np.isinf(fit.df) else stats.t.isf(0.005, fit.df)
    np.testing.assert_allclose(wide["ci_high"] - wide["estimate"], t * own["std_error"], rtol=1e-9)
    with pytest.raises(UsageError, match="belong to their level"):
        cl.occurrence(D, "x", **SPELL, cluster=None, penalty="firth").with_level(0.9)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"freq": "W"}, "freq='W' is not one of"),
        ({"link": "probit"}, "link='probit' is not one of"),
        ({"penalty": "ridge"}, "penalty='ridge' is not one of"),
        ({"penalty": "firth", "cluster": "id"}, "know no cluster"),
        ({"shrink": "g", "cluster": "id"}, "shrink= has limits of its own"),
        ({"event": None}, "Name the columns of the frame"),
        ({"entry": None}, "Name the columns of the frame"),
        ({"outcome": "parole"}, "a frame has event="),
        ({"months": "size"}, "no column size"),
    ],
)
def test_discrete_time_that_cannot_be(options, message):
    with pytest.raises(UsageError, match=message):
        cl.occurrence(D, "x", **SPELL | options)


def test_a_cohort_brings_its_columns():
    c = cl.cohort(cl.load("cases"), cl.load("acts"), outcome="medical_parole", until="2015-12-31")
    with pytest.raises(UsageError, match="leave event=, entry=, months= and id= out"):
        cl.occurrence(c, "sex", event="event")
    with pytest.raises(UsageError, match="outcome 'parade' is not an event of the cohort: medical_parole"):
        cl.occurrence(c, "sex", outcome="parade")


# Proportionality


def test_the_figure_of_a_coefficient_over_time():
    fit = cl.cox(D, "x + g", exit="t", event="e")
    found = fit.check()
    ax = found.plot()
    residual = fit.residuals("scaled_schoenfeld")
    events, smooth, constant = ax.lines
    assert events.get_ydata().tolist() == residual["x"].tolist()
    assert events.get_xdata().tolist() == residual["time"].tolist()
    assert set(constant.get_ydata()) == {fit.coefficients[0]}
    assert len(smooth.get_xdata()) == len(residual)
    other = residual.columns[-1]
    assert found.plot(other).lines[0].get_ydata().tolist() == residual[other].tolist()
    assert other in figures.drawn(found.plot(other)).alt
    with pytest.raises(UsageError, match="there is no coefficient 'y'; there are: x"):
        found.plot("y")
    assert found._repr_html_().count("<tr>") == 3  # x, g and the whole
    exact = cl.cox(D, "x", exit="t", event="e", ties="exact")
    with pytest.raises(UsageError, match="exact likelihood"):
        exact.check()
    with pytest.raises(UsageError, match="schoenfeld residuals are not defined for the exact likelihood"):
        exact.residuals("schoenfeld")
    with pytest.raises(UsageError, match="transform must be one of"):
        fit.check("sqrt")


# What would overturn a ratio


def tipping(to_include_one, to_one):
    table = pd.DataFrame({"unrecorded": [0, 1], "estimate": [2.5, 2.0], "ci_low": [0.9, 0.8], "ci_high": [6.0, 5.0]})
    counts = {"events": 7, "months": 1200.4, "events_unexposed": 13, "months_unexposed": 5600.0, "n_cases": 170}
    return TippingPoint(table, counts | {"to_include_one": to_include_one, "to_one": to_one}, pd.DataFrame())


def test_tipping_points_in_words():
    first = "7 acts in 1,200 person-months exposed, 13 in 5,600 not: ratio 2.5 (0.9 to 6)."
    assert repr(tipping(3, 9)).split("\n") == [
        first,
        "3 unrecorded acts among the 170 cases while unexposed would make the interval include 1, "
        "9 would bring the ratio to 1.",
    ]
    assert repr(tipping(0, 9)).split("\n") == [
        first,
        "The interval includes 1 as it is; 9 unrecorded acts among the unexposed would bring the ratio to 1.",
    ]
    assert repr(tipping(0, 0)).split("\n") == [first, "The interval includes 1 as it is."]
    assert tipping(3, 9)._repr_html_() == "<p>" + repr(tipping(3, 9)).replace("\n", "<br>") + "</p>"
    assert tipping(3, 9).glance()["to_one"].tolist() == [9]
    changed = tipping(3, 9)
    table = changed.tidy()
    table["estimate"] = 0.0
    assert changed.table["estimate"].tolist() == [2.5, 2.0]
    assert figures.drawn(changed.plot()).frame["unrecorded"].tolist() == [0, 1]
