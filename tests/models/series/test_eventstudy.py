"""Event studies and interrupted series: R, by hand, identities, separation named, placebo calendars, loud refusals."""

from dataclasses import replace
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

import clemency as cl
from clemency import figures
from clemency.models.series.calendar import event_counts, trend_columns
from clemency.models.series.counts import aliased, bandwidth, deviance, separated
from clemency.models.series.eventstudy import event_study, interrupted
from clemency.records.errors import DataError, UsageError

mpl.use("Agg")
FOLDER = Path(__file__).resolve().parents[2] / "reference" / "eventstudy"
EXPECTED = pd.read_csv(FOLDER / "expected.csv")
SERIES = pd.read_csv(FOLDER / "series.csv")
EVENTS = pd.DataFrame({"date": np.repeat(SERIES["date"].to_numpy(), SERIES["events"])})


@pytest.fixture(autouse=True)
def close():
    yield
    mpl.pyplot.close("all")


def study(outcome="many", data=SERIES, events=EVENTS, **options):
    """With Newey and West's rule for the lags, as the reference values have it, unless others are asked for."""
    return event_study(data, events, outcome=outcome, **{"hac": None} | options)


def test_the_default_has_no_lags():
    found = event_study(SERIES, EVENTS, outcome="many")
    assert found.glance()["hac"][0] == 0
    pd.testing.assert_frame_equal(found.tidy(), study(hac=0).tidy())


def test_a_break_has_two_lags_by_default():
    found = interrupted(SERIES, outcome="many", at="2004-04-01")
    assert found.glance()["hac"][0] == 2
    pd.testing.assert_frame_equal(found.tidy(), interrupted(SERIES, outcome="many", at="2004-04-01", hac=2).tidy())


def r_name(term):
    return {"trend": "trend", "level": "level", "slope": "slope"}.get(
        term, f"season{term}" if term.startswith("Q") else term.replace(" ", ".")
    )


@pytest.mark.parametrize(
    ("kind", "fit"),
    [
        ("linear", lambda: study(small=False)),
        ("small", lambda: study()),
        ("small HC3", lambda: study(hac=0)),
        ("small negbin", lambda: study(model="negbin")),
        ("few", lambda: study("few", small=False)),
        ("none", lambda: study(small=False, trend=None, hac=0)),
        ("spline", lambda: study(small=False, trend="spline", hac=8)),
        ("negbin", lambda: study(small=False, model="negbin")),
        ("negbin spline", lambda: study(small=False, model="negbin", trend="spline", hac=2)),
        ("interrupted", lambda: interrupted(SERIES, outcome="many", at="2004-04-01", small=False, hac=None)),
        (
            "interrupted negbin",
            lambda: interrupted(SERIES, outcome="many", at="2004-04-01", small=False, hac=None, model="negbin"),
        ),
        (
            "interrupted level",
            lambda: interrupted(SERIES, outcome="many", at="2004-04-01", small=False, hac=None, trend=None),
        ),
    ],
)
def test_equals_r(kind, fit):
    found = fit()
    expected = EXPECTED[EXPECTED["kind"] == kind].set_index("what")["value"]
    rows = found.tidy()
    rows = rows[~rows["term"].str.startswith("trend")] if "spline" in kind else rows
    names = [r_name(t) for t in rows["term"]]
    np.testing.assert_allclose(rows["estimate"], expected[[f"b:{n}" for n in names]], rtol=1e-7)
    np.testing.assert_allclose(rows["std_error"], expected[[f"se:{n}" for n in names]], rtol=1e-7)
    assert len([w for w in expected.index if w.startswith("b:") and "ns(" not in w]) == len(names) + 1
    glance = found.glance().iloc[0]
    assert glance["loglik"] == pytest.approx(expected["loglik"], rel=1e-9)
    assert glance["alpha"] == pytest.approx(expected["alpha"], rel=1e-6)
    tests = found.tests[found.tests["test"] != "break, exact"]
    assert sorted(tests["test"]) == sorted(w.removeprefix("wald:") for w in expected.index if w.startswith("wald:"))
    for r in tests.itertuples():
        small = kind.startswith("small")
        assert r.statistic * (r.df if small else 1) == pytest.approx(expected[f"wald:{r.test}"], rel=1e-6)
        assert r.df_resid == (glance["df_resid"] if small else np.inf)


def test_small_samples_use_t_and_f():
    fit = study()
    free = fit.glance()["df_resid"].iloc[0]
    assert free == 100 - 13
    row, test = fit.tidy().iloc[0], fit.tests.iloc[0]
    assert row["p_value"] == pytest.approx(2 * stats.t.sf(abs(row["statistic"]), free))
    assert row["ci_high"] == pytest.approx(row["estimate"] + stats.t.ppf(0.975, free) * row["std_error"])
    assert test["p_value"] == pytest.approx(stats.f.sf(test["statistic"], 3, free))
    large = study(small=False)
    assert (large.tests["p_value"] < fit.tests["p_value"]).all()
    assert (large.tidy()["std_error"] < fit.tidy()["std_error"]).all()


def test_errors_are_those_of_statsmodels():
    """Newey and West as statsmodels computes it, without its correction for small samples."""
    found = study(small=False, hac=5)
    place = np.arange(4, 104)
    X = np.column_stack(
        [np.ones(100)]
        + [SERIES["events"].to_numpy()[place - k] for k in (-4, -3, -2, 0, 1, 2, 3, 4)]
        + [(SERIES["quarter"].str[-1].astype(int) == q).to_numpy(float)[place] for q in (2, 3, 4)]
        + [(place - place.mean()) / 4]
    )
    model = sm.GLM(
        SERIES["many"].to_numpy()[place], X, sm.families.Poisson(), exposure=SERIES["months"].to_numpy()[place]
    )
    fit = model.fit(tol=1e-13, cov_type="HAC", cov_kwds={"maxlags": 5, "use_correction": False})
    np.testing.assert_allclose(found.tidy()["std_error"], fit.bse[1:], rtol=1e-7)


def test_by_hand():
    """One event; acts double in its quarter and treble in the next: the rate elsewhere is the reference."""
    quarters = pd.period_range("2000Q1", periods=12, freq="Q").astype(str)
    panel = pd.DataFrame({"quarter": quarters, "months": 50.0, "act": [4, 4, 4, 4, 4, 4, 8, 12, 4, 4, 4, 4]})
    fit = event_study(
        panel,
        pd.DataFrame({"date": ["2001-08"]}),
        outcome="act",
        leads=2,
        lags=1,
        season=False,
        trend=None,
        start="2000",
        end="2002",
    )
    assert fit.tidy()["term"].tolist() == ["lead 2", "lag 0", "lag 1"]
    np.testing.assert_allclose(fit.tidy(exponentiate=True)["estimate"], [1, 2, 3], rtol=1e-9)
    assert fit.support.to_numpy().tolist() == [["lead 2", 1, 4], ["lag 0", 1, 8], ["lag 1", 1, 12]]
    assert fit.frame["period"].tolist() == list(quarters[1:10])
    assert fit.exclusions["reason"].tolist() == ["leads or lags reach beyond the events"] * 3
    np.testing.assert_allclose(fit.frame["fitted"], panel["act"][1:10], rtol=1e-9)
    said = fit.warnings.groupby("term")["message"].agg(" ".join)
    assert said.index.tolist() == ["lag 0", "lag 1", "lead 2"]
    assert said.str.contains("rests on one period only").all()
    assert "4 acts" in said["lead 2"]
    rows = fit.tidy()
    assert rows[["std_error", "statistic", "p_value", "ci_low", "ci_high"]].isna().all(axis=None)
    assert fit.tests["p_value"].isna().all()
    assert np.isfinite(fit.placebo()["p_value"]).all()


def test_a_period_of_its_own_leaves_the_errors_of_the_others():
    """A lag that one period decides has no error; all else is as if that period were not there."""
    alone = pd.DataFrame({"date": ["2003-11"]})
    fit = study(events=alone, start="1991", end="2017", leads=0, lags=0)
    rest = study(data=without([51]), events=alone, start="1991", end="2017", leads=0, lags=0, trend="linear")
    one, other = (f.tidy().set_index("term") for f in (fit, rest))
    assert np.isnan(one.loc["lag 0", "std_error"])
    for column in ("estimate", "std_error"):
        np.testing.assert_allclose(one.loc["Q2":, column], other.loc["Q2":, column], rtol=1e-6)


def test_an_exact_test_goes_with_a_change_of_level():
    data = pd.DataFrame({"year": [str(y) for y in range(2000, 2008)], "months": 50.0, "act": [0, 1, 0, 1, 3, 2, 4, 1]})
    fit = interrupted(data, at="2004-01-01", outcome="act", freq="Y", trend=None)
    exact = fit.tests.set_index("test").loc["break, exact"]
    assert exact["statistic"] == 10
    assert exact["p_value"] == pytest.approx(stats.binomtest(10, 12, 0.5).pvalue)
    assert np.exp(fit.tidy()["estimate"].iloc[0]) == pytest.approx(5)
    found = fit.placebo().iloc[0]
    falls = []
    for cut in range(2, 7):
        low, high = data["act"][:cut], data["act"][cut:]
        falls.append(sum(p.sum() * np.log(p.mean() / 1.5) for p in (low, high)) * 2)
    assert found["placebos"] == 5
    assert found["statistic"] == pytest.approx(falls[2], rel=1e-7)
    assert found["p_value"] == pytest.approx(np.mean(np.array(falls) >= falls[2] - 1e-6))


def test_bandwidth_and_spline():
    assert [bandwidth(n) for n in (50, 100, 200)] == [3, 4, 4]
    place = np.arange(40)
    B = np.column_stack([np.ones(40), *trend_columns(place, "Q", "spline").values()])
    assert B.shape == (40, 5)
    assert not aliased(B).any()
    assert np.ptp(np.diff(B[-10:], 2, axis=0), axis=0).max() > 0  # bent inside
    line = np.column_stack([np.ones(40), *trend_columns(place, "Q", "linear").values()])
    np.testing.assert_allclose(line[4, 1] - line[0, 1], 1.0)


def test_order_containers_and_split_rows_do_not_matter():
    fit = study()
    mixed = SERIES.sample(frac=1, random_state=1)
    some = mixed.assign(months=mixed["months"] / 2, many=mixed["many"] // 3)
    rest = some.assign(many=mixed["many"] - some["many"])
    other = study(data=pd.concat([some, rest]), events=EVENTS.sample(frac=1, random_state=2))
    pd.testing.assert_frame_equal(fit.tidy(), other.tidy(), rtol=1e-9)
    scaled = study(data=SERIES.assign(months=SERIES["months"] * 30))
    pd.testing.assert_frame_equal(fit.tidy(), scaled.tidy(), rtol=1e-6, atol=1e-9)


def test_moving_the_calendar_moves_nothing():
    later = SERIES.assign(quarter=[f"{int(q[:4]) + 4}{q[4:]}" for q in SERIES["quarter"]])
    events = pd.DataFrame({"date": [f"{int(d[:4]) + 4}{d[4:]}" for d in EVENTS["date"]]})
    pd.testing.assert_frame_equal(study().tidy(), study(data=later, events=events).tidy(), rtol=1e-10)


def without(rows, data=SERIES):
    """Nobody at risk in some quarters, which a row says."""
    return data.assign(**{c: data[c].where(~data.index.isin(rows), 0) for c in ("months", "many")})


def test_a_gap_keeps_its_length():
    """Without person-time in a quarter its score is zero, and its neighbours are two quarters apart."""
    data = without([40, 41, 70])
    fit = study(data=data, hac=1, small=False)
    assert (fit.exclusions["reason"] == "nobody at risk").sum() == 3
    assert len(fit.frame) == 97
    X = np.column_stack([np.ones(97), *(v for v in _design(fit).values())])
    mu, y = fit.frame["fitted"].to_numpy(), fit.frame["acts"].to_numpy()
    U, bread = X * (y - mu)[:, None], np.linalg.inv((X.T * mu) @ X)
    apart = np.subtract.outer(fit.place, fit.place)
    meat = U.T @ ((apart == 0) + 0.5 * (np.abs(apart) == 1)) @ U
    np.testing.assert_allclose(fit.tidy()["std_error"], np.sqrt(np.diag(bread @ meat @ bread))[1:], rtol=1e-8)


def _design(fit):
    number = SERIES["events"].to_numpy()
    columns = {t: number[fit.place - (int(t[4:]) if t[:3] == "lag" else -int(t[5:]))] for t in fit.shown}
    quarter = fit.frame["period"].str[-1].astype(int)
    columns |= {f"Q{q}": (quarter == q).to_numpy(float) for q in (2, 3, 4)}
    return columns | {"trend": (fit.place - fit.place.mean()) / 4}


def test_a_lag_without_acts_is_named_and_the_rest_is_what_is_left():
    data = SERIES.copy()
    hit = np.flatnonzero(SERIES["events"].to_numpy()) + 2
    data.loc[hit[hit < len(data)], "many"] = 0
    fit = study(data=data)
    row = fit.tidy().set_index("term").loc["lag 2"]
    assert row["estimate"] == -np.inf
    assert row[["std_error", "ci_low", "ci_high", "p_value"]].isna().all()
    assert fit.tidy(exponentiate=True).set_index("term").loc["lag 2", "estimate"] == 0
    said = fit.warnings.set_index("term")["message"]
    assert "no finite estimate" in said["lag 2"]
    assert fit.tests.set_index("test").loc["lags", "df"] == 4
    kept = fit.frame["fitted"].to_numpy() > 0
    again = study(data=without(fit.place[~kept], data), trend="linear")
    others = fit.tidy().query("term.str.startswith('le') or term.str.startswith('lag')", engine="python")
    same = again.tidy().set_index("term").loc[others["term"], "estimate"].drop("lag 2")
    np.testing.assert_allclose(others.set_index("term")["estimate"].drop("lag 2"), same, rtol=1e-7, atol=1e-9)
    assert "no acts" in [t.get_text() for t in fit.plot().texts]


def test_a_lag_that_no_period_shows_is_named():
    events = pd.DataFrame({"date": ["2003-11"]})
    fit = study(data=SERIES[:52], events=events, start="1991", end="2004", trend=None)  # person-time ends with 2003
    said = fit.warnings[fit.warnings["message"].str.contains("nothing is known")]
    assert said["term"].tolist() == ["lag 1", "lag 2", "lag 3", "lag 4"]
    rows = fit.tidy().set_index("term")["estimate"]
    assert rows[rows.isna()].index.tolist() == ["lag 1", "lag 2", "lag 3", "lag 4"]
    assert fit.tests["df"].tolist() == [0, 0]  # what is left rests on one period each


def test_separation_by_a_combination_is_found():
    X = np.column_stack([np.ones(8), [0, 0, 0, 0, 1, 1, 1, 1], [0, 0, 1, 1, 0, 0, 1, 1]]).astype(float)
    assert not separated(np.array([1, 0, 0, 1, 0, 1, 1, 0.0]), X).any()
    assert separated(np.array([1, 2, 1, 1, 0, 0, 0, 0.0]), X).tolist() == [False] * 4 + [True] * 4
    mixed = X @ np.array([[1, 0, 0], [0, 1, 0], [0.0, 1, 1]]).T  # another basis of the same space
    np.testing.assert_array_equal(
        separated(np.array([1, 2, 1, 1, 0, 0, 0, 0.0]), mixed), separated(np.array([1, 2, 1, 1, 0, 0, 0, 0.0]), X)
    )
    assert aliased(np.column_stack([X, X[:, 1] + X[:, 2]])).tolist() == [False, True, True, True]


def test_negative_binomial_without_more_variation_is_poisson():
    rng = np.random.default_rng(3)
    calm = SERIES.assign(many=np.rint(SERIES["months"] * 0.05 + rng.uniform(-1, 1, len(SERIES))))
    one, other = study(data=calm), study(data=calm, model="negbin")
    assert other.glance()["alpha"].iloc[0] == 0
    assert other.warnings["message"].str.contains("no more than Poisson").any()
    pd.testing.assert_frame_equal(one.tidy(), other.tidy(), rtol=1e-9)


def test_dates_that_span_quarters_are_left_out_or_late():
    events = pd.DataFrame({"event_id": ["a", "b", "c"], "date": ["2000-05", "2000", "2001-02-03"]})
    counts, left = event_counts(events, "Q", "period")
    assert counts.to_dict() == {
        pd.Period(q): n for q, n in zip(["2000Q2", "2000Q3", "2000Q4", "2001Q1"], [1, 0, 0, 1], strict=True)
    }
    assert left.to_numpy().tolist() == [["b", "event not dated to one quarter"]]
    assert event_counts(events, "Q", "latest")[0]["2000Q4"] == 1
    assert event_counts(events, "Y", "period")[0].tolist() == [2, 1]


def test_the_base_may_have_a_coefficient_too():
    fit = study(base=None)
    assert fit.tidy()["term"].head(4).tolist() == ["lead 4", "lead 3", "lead 2", "lead 1"]
    assert fit.tests["df"].tolist() == [4, 5]
    assert study(leads=0).tests["test"].tolist() == ["lags"]


def test_placebo_is_what_single_fits_find():
    fit = study(leads=2, lags=1, trend=None)
    found = fit.placebo()
    assert found["placebos"].tolist() == [108, 108]
    whole, offset = fit.frame["acts"].to_numpy(), np.log(fit.frame["months"].to_numpy())
    number = SERIES["events"].to_numpy()
    falls = []
    for shift in range(108):
        moved = np.roll(number, shift)
        E = moved[fit.place[:, None] - np.array([-2, 0, 1])]
        both = np.hstack([fit.moves.rest, E])
        falls.append(
            [deviance(whole, np.delete(both, cut, 1), offset) - deviance(whole, both, offset) for cut in ([4], [5, 6])]
        )
    falls = np.array(falls)
    np.testing.assert_allclose(found["statistic"], falls[0], rtol=1e-9)
    np.testing.assert_allclose(found["p_value"], (falls >= falls[0] - 1e-6).mean(axis=0))
    model = sm.GLM(
        whole,
        np.hstack([fit.moves.rest, number[fit.place[:, None] - np.array([-2, 0, 1])]]),
        sm.families.Poisson(),
        offset=offset,
    )
    assert deviance(whole, model.exog, offset) == pytest.approx(model.fit().deviance, rel=1e-8)


def test_interrupted_finds_a_break_put_there():
    rng = np.random.default_rng(5)
    t = (np.arange(80) - 40) / 4
    rate = np.exp(-3 + 0.05 * t + (t >= 0) * (-0.7 - 0.1 * t))
    data = pd.DataFrame({"quarter": pd.period_range("1990Q1", periods=80, freq="Q").astype(str), "months": 5000.0})
    data["act"] = rng.poisson(5000 * rate)
    fit = interrupted(data, at="2000-01-01", outcome="act")
    row = fit.tidy().set_index("term")
    for term, truth in (("level", -0.7), ("slope", -0.1), ("trend", 0.05)):
        assert row.loc[term, "ci_low"] < truth < row.loc[term, "ci_high"]
    assert fit.tests["p_value"].iloc[0] < 0.001
    inside = interrupted(data, at="2000-02", outcome="act")
    assert inside.exclusions.to_numpy().tolist() == [["2000Q1", "quarter that holds the break"]]
    assert len(inside.frame) == 79
    ax = fit.plot()
    shown = figures.drawn(ax).frame
    pd.testing.assert_frame_equal(shown.drop(columns="counterfactual"), fit.frame)
    before = (shown["period"] < "2000Q1").to_numpy()
    np.testing.assert_array_equal(shown["counterfactual"][before], shown["fitted"][before])
    assert not np.isclose(shown["counterfactual"][~before], shown["fitted"][~before]).any()
    straight = interrupted(data, at="2000-01-01", outcome="act", season=False)
    without = figures.drawn(straight.plot()).frame
    trend = np.diff(np.log(without["counterfactual"] / without["months"]))
    np.testing.assert_allclose(trend, trend[0], rtol=1e-6)  # the trend from before goes on as if there were no break
    assert "a break at 2000-01-01" in figures.drawn(ax).alt
    assert "Left out: 1 period, quarter that holds the break." in repr(inside)


def test_shipped_cases_say_how_little_they_hold():
    us = cl.load("events").query("partner == 'US' and event_type == 'human_rights_dialogue'")
    made = cl.cohort(cl.load("cases"), cl.load("acts"), outcome="sentence_reduction", clock="sentence")
    fit = cl.event_study(made, us, start="1999", end="2019", leads=2, lags=2)
    assert fit.warnings["message"].str.contains("fewer than 10 each").any()
    assert fit.frame["acts"].sum() == fit.glance()["acts"].iloc[0]
    panel = made.panel("Q")
    pd.testing.assert_frame_equal(
        fit.tidy(),
        cl.event_study(panel, us, outcome="sentence_reduction", start="1999", end="2019", leads=2, lags=2).tidy(),
    )
    assert "Left out" in repr(fit)
    assert "<table" in fit._repr_html_()
    kept = figures.drawn(fit.plot())
    assert {"lag", "estimate", "n_event"} <= set(kept.frame)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"freq": "W"}, "freq"),
        ({"model": "gamma"}, "poisson, negbin"),
        ({"trend": "cubic"}, "linear, spline, None"),
        ({"hac": -1}, "whole number of lags"),
        ({"leads": 1.5}, "whole number"),
        ({"base": 9}, "is not between -4 and 4"),
        ({"dates": "early"}, "period, latest"),
        ({"start": "2010", "end": "2000"}, "is after the end"),
        ({"start": "../2000"}, "open at that end"),
        ({"ci_level": 2}, "ci_level"),
        ({"start": "2000", "end": "2004"}, "do not tell"),
        ({"outcome": "parade"}, "no column parade"),
        ({"outcome": None}, "outcome="),
        ({"events": pd.DataFrame({"day": []})}, "no column 'date'"),
        ({"events": EVENTS[:1]}, "list of events is complete"),
        ({"events": pd.DataFrame({"date": SERIES["date"]})}, "do not tell"),
    ],
)
def test_refusals(more, message):
    with pytest.raises(UsageError, match=message):
        study(**more)


def test_more_refusals():
    yearly = SERIES.assign(year=SERIES["quarter"].str[:4])
    with pytest.raises(UsageError, match="no season"):
        study(data=yearly, freq="Y", season=True)
    assert "Q2" not in study(data=yearly, freq="Y", leads=2, lags=1).terms
    for more, message in (
        ({"at": "1991-01-01"}, "two on each side"),
        ({"at": "1991/.."}, "a first and a last day"),
        ({"at": "2000", "trend": "spline"}, "linear, None"),
    ):
        with pytest.raises(UsageError, match=message):
            interrupted(SERIES, outcome="many", **more)
    with pytest.raises(UsageError, match="cannot carry 13 coefficients"):
        study(data=SERIES.assign(few=(SERIES.index % 10 == 5).astype(int)), outcome="few")
    for data, message in (
        (SERIES.assign(months=-1.0), "0 or more"),
        (SERIES.assign(many=np.nan), "0 or more"),
        (SERIES.assign(quarter=None), "is missing"),
        (SERIES.assign(months=0.0), "nobody is at risk"),
        (SERIES.assign(many=0), "no act"),
        (SERIES[:0], "nobody is at risk"),
    ):
        with pytest.raises(DataError, match=message):
            study(data=data)
    with pytest.raises(DataError, match="no event is left"):
        study(events=pd.DataFrame({"date": ["199X"]}))
    made = cl.cohort(cl.load("cases"), cl.load("acts"))
    with pytest.raises(UsageError, match="not an event of the cohort"):
        study(data=made, outcome="parade")
    with pytest.raises(AttributeError):
        replace(study(), kind="x").kind = "y"


def test_a_year_is_no_quarter():
    """pandas takes 2017 for the first quarter of it, and put a year's acts there."""
    for label in ("2004", "soon", "2004-05"):
        with pytest.raises(DataError, match="is not a quarter such as 2017Q2"):
            study(data=SERIES.assign(quarter=SERIES["quarter"].where(SERIES.index != 3, label)))
    years = pd.DataFrame({"year": np.arange(2000.0, 2010.0), "months": 100, "act": [4] * 5 + [8] * 5})
    fit = interrupted(years, at="2005-01-01", outcome="act", freq="Y", trend=None)
    assert fit.tidy(exponentiate=True)["estimate"].tolist() == pytest.approx([2.0])
    for same in (SERIES["quarter"].str.lower(), pd.PeriodIndex(SERIES["quarter"], freq="Q")):
        pd.testing.assert_frame_equal(study(data=SERIES.assign(quarter=same)).tidy(), study().tidy())


def test_containers_and_labels_of_rows_do_not_matter():
    data = SERIES.astype({"many": "Int64", "months": "Float64", "quarter": "string"}).set_axis([7] * len(SERIES))
    fit = study(data=data, events=EVENTS.astype("category").set_axis([1] * len(EVENTS)))
    pd.testing.assert_frame_equal(fit.tidy(), study().tidy())
    with pytest.raises(DataError, match="row 3, many"):
        study(data=data.assign(many=[None if i == 3 else v for i, v in enumerate(data["many"])]))
    with pytest.raises(DataError, match="row 0, many"):
        study(data=SERIES.assign(many="several"))


def test_whole_numbers_are_asked_for():
    pd.testing.assert_frame_equal(study(leads=2.0, lags=1.0).tidy(), study(leads=2, lags=1).tidy())
    for option in ({"leads": "2"}, {"lags": 1.5}, {"hac": "x"}, {"hac": 2000}, {"leads": 0, "base": 9}):
        with pytest.raises(UsageError, match=f"{next(reversed(option))}="):
            study(**option)
    for name, value in (("leads", True), ("leads", "2"), ("leads", None), ("lags", [1]), ("lags", -1)):
        with pytest.raises(UsageError) as caught:
            study(**{name: value})
        assert str(caught.value) == f"{name}={value!r} must be a whole number, 0 or more."
    for value in (True, "x", float("nan"), float("inf")):
        with pytest.raises(UsageError) as caught:
            study(hac=value)
        assert str(caught.value) == f"hac={value!r} must be a whole number of lags, 0 or more."


def test_acts_of_several_kinds_are_never_added_up_unasked():
    both = ["sentence_reduction", "medical_parole"]
    cohort = cl.cohort(cl.load("cases"), cl.load("acts"), outcome=both, clock="sentence")
    with pytest.raises(UsageError, match="several outcomes"):
        interrupted(cohort, at="2005-01-01")
    assert interrupted(cohort, at="2005-01-01", outcome=both, freq="Y", trend=None).glance()["acts"][0] > 0


def test_every_event_outside_is_counted():
    more = pd.concat([EVENTS, pd.DataFrame({"date": ["2030-02-01", "2030-03-01", "1980", None]})])
    fit = study(events=more, start="1991", end="2017")
    lost = fit.exclusions[fit.exclusions["reason"] == "event not between start and end"]
    inside = EVENTS["date"].str[:4].astype(int).between(1991, 2017).sum()
    assert lost["item"].tolist()[-2:] == ["event of 2030Q1"] * 2
    assert len(lost) == len(EVENTS) - inside + 2
    assert f"Left out: {len(lost)} events, event not between start and end." in repr(fit)
    assert (fit.exclusions["reason"] == "event not dated to one quarter").sum() == 2
