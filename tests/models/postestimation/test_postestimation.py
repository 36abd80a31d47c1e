"""What can be asked of a fit: residuals, tests, baselines, predictions and concordance, against R and identities."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from coxfits import CLUSTERS, FITS, TIMES, read, refit, small
from hypothesis import given, settings
from hypothesis import strategies as st

from clemency import figures
from clemency.models.hazard.cox import cox
from clemency.models.postestimation.proportionality import ProportionalityTest
from clemency.records.errors import UsageError

pytestmark = pytest.mark.usefixtures("sums")
CLOSE = {"rtol": 1e-7, "atol": 1e-9}


@pytest.mark.parametrize("name", FITS)
def test_residuals_equal_r(name, expected):
    fit = refit(name)
    for kind in ("martingale", "deviance", "score", "dfbeta"):
        values = fit.residuals(kind).to_numpy()
        values = values[:, None] if values.ndim == 1 else values
        np.testing.assert_allclose((values**2).sum(axis=0), expected(name, f"{kind}_squares"), rtol=1e-6)
        shown = values[:20].ravel(order="F")
        np.testing.assert_allclose(shown, expected(name, kind), rtol=1e-6, atol=1e-8)
    for kind, r_name in (("schoenfeld", "schoenfeld"), ("scaled_schoenfeld", "scaledsch")):
        values = fit.residuals(kind).drop(columns="time").to_numpy()
        np.testing.assert_allclose((values**2).sum(axis=0), expected(name, f"{r_name}_squares"), rtol=1e-6)
        np.testing.assert_allclose(
            np.arange(1, len(values) + 1) @ values, expected(name, f"{r_name}_sum"), rtol=1e-6, atol=1e-6
        )


@pytest.mark.parametrize("name", FITS)
@pytest.mark.parametrize("transform", ["km", "identity", "rank", "log"])
def test_proportionality_equals_r(name, transform, expected):
    table = refit(name).check(transform).tidy()
    np.testing.assert_allclose(table["statistic"], expected(name, f"zph_{transform}"), rtol=1e-6, atol=1e-9)
    assert list(table.columns) == ["term", "statistic", "df", "p_value"]
    assert table["term"].iloc[-1] == "GLOBAL"
    assert list(table["df"]) == list(expected(name, "zph_df")[: len(table)])


@pytest.mark.parametrize("name", FITS)
def test_concordance_equals_r(name, expected):
    found = refit(name).concordance()
    np.testing.assert_allclose([found.estimate, found.std_error], expected(name, "concordance"), rtol=1e-9)
    data = name.split("_")[0]
    if data in CLUSTERS:
        found = refit(name).with_variance(cluster=CLUSTERS[data]).concordance()
        np.testing.assert_allclose([found.estimate, found.std_error], expected(name, "cluster_concordance"), rtol=1e-9)


@pytest.mark.parametrize("name", [f for f in FITS if not f.startswith("mixed_e") and not f.startswith("mixed_b")])
def test_baseline_equals_r(name, expected):
    found = refit(name).baseline()["cumulative_hazard"]
    np.testing.assert_allclose(np.unique(found.round(14)), np.unique(expected(name, "baseline").round(14)), rtol=1e-7)


NEW = {
    "rossi": ({"fin": [0, 1], "age": [20, 30], "prio": [1, 5]}, [5, 20, 50]),
    "heart": ({"age": [-5, 3], "year": [1, 4], "surgery": [0, 1], "transplant": [0, 1]}, [10, 100, 500]),
    "macs": ({"AIDSY": [1989, 1992]}, [3, 5, 7]),
    "mixed": ({"x": [-0.5, 1], "g": ["a", "c"]}, [6, 12, 20]),
    "delayed": ({"x": [0, 1], "z": [0, 1]}, [5, 10, 20]),
}


@pytest.mark.parametrize(
    "name", ["rossi_efron", "rossi_breslow", "heart_efron", "heart_breslow", "macs", "mixed_plain", "delayed"]
)
def test_predictions_equal_r(name, expected):
    rows, times = NEW[name.split("_")[0]]
    fit = refit(name)
    found = fit.predict(rows, times)
    # R lists time by time or row by row; both hold the same pairs
    estimate, error = (found[c].to_numpy().reshape(2, 3) for c in ("estimate", "std_error"))
    np.testing.assert_allclose(estimate.ravel(order="C"), expected(name, "survival"), rtol=1e-7)
    np.testing.assert_allclose(error.ravel(order="C"), expected(name, "survival_error"), rtol=1e-6)
    linear = fit.predict(rows, kind="linear")
    np.testing.assert_allclose(linear["estimate"], expected(name, "linear"), rtol=1e-7, atol=1e-10)
    np.testing.assert_allclose(linear["std_error"], expected(name, "linear_error"), rtol=1e-7)


def test_a_constant_path_is_a_row_and_a_changing_one_adds_up():
    fit = refit("delayed")
    path = {"who": ["a", "a"], "from": [0.0, 7.0], "to": [7.0, 20.0], "x": [1, 1], "z": [0.3, 0.3]}
    by_path = fit.predict(path, [5, 10], id="who", entry="from", exit="to")
    by_row = fit.predict({"x": [1], "z": [0.3]}, [5, 10])
    np.testing.assert_allclose(by_path["estimate"], by_row["estimate"], rtol=1e-12)
    np.testing.assert_allclose(by_path["std_error"], by_row["std_error"], rtol=1e-10)
    path["x"] = [0, 1]
    changed = fit.predict(path, [5, 10], "cumulative_hazard", id="who", entry="from", exit="to")["estimate"]
    zero = fit.predict({"x": [0], "z": [0.3]}, [5, 7], "cumulative_hazard")["estimate"]
    one = fit.predict({"x": [1], "z": [0.3]}, [7, 10], "cumulative_hazard")["estimate"]
    np.testing.assert_allclose(changed, [zero[0], zero[1] + one[1] - one[0]], rtol=1e-12)


def test_standardised_curves_are_means_of_predictions():
    fit = refit("gbsg2")
    frame = read("gbsg2")
    found = fit.standardise("horTh", [500, 1500])
    for level in ("no", "yes"):
        each = fit.predict(frame.assign(horTh=level), [500, 1500])
        mean = each.groupby("time")["estimate"].mean()
        mine = found[found["horTh"] == level]
        np.testing.assert_allclose(mine["estimate"], mean, rtol=1e-12)
        assert (mine["std_error"] < each.groupby("time")["std_error"].mean().to_numpy()).all()
    one = cox(frame, "horTh", exit="time", event="cens")
    alone = one.predict({"horTh": ["yes"]}, [500])
    both = one.standardise("horTh", [500]).iloc[[1]]
    np.testing.assert_allclose(both["std_error"], alone["std_error"], rtol=1e-10)


def test_martingale_residuals_sum_to_zero_and_scores_too():
    fit = refit("mixed_efron")
    weight = read("mixed")["w"].to_numpy()
    assert abs(weight @ fit.residuals("martingale")) < 1e-10
    assert np.abs(weight @ fit.residuals("score").to_numpy()).max() < 1e-6


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_concordance_counts_pairs(seed):
    frame = small(seed)
    fit = cox(frame, "z", **TIMES, strata="s")
    risk = frame["z"] * fit.coefficients[0]
    agree = differ = tied = 0
    people = list(zip(risk, frame["s"], frame["entry"], frame["exit"], frame["event"], strict=True))
    for risk_i, s_i, _, end_i, _ in (p for p in people if p[4]):
        for risk_j, s_j, entry_j, end_j, event_j in people:
            lasts = end_j > end_i or (end_j == end_i and not event_j)
            if s_i == s_j and entry_j < end_i and lasts:
                agree, differ, tied = agree + (risk_i > risk_j), differ + (risk_i < risk_j), tied + (risk_i == risk_j)
    found = fit.concordance()
    assert (found.concordant, found.discordant, found.tied_risk) == (agree, differ, tied)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_split_spells_leave_diagnostics_alone(seed):
    frame = small(seed)
    cut = (frame["entry"] + frame["exit"]) / 2
    split = pd.concat([frame.assign(exit=cut, event=False), frame.assign(entry=cut)])
    whole, parts = cox(frame, "x + z", **TIMES), cox(split, "x + z", **TIMES)
    np.testing.assert_allclose(parts.baseline()["cumulative_hazard"], whole.baseline()["cumulative_hazard"], rtol=1e-8)
    np.testing.assert_allclose(parts.check("km").tidy()["statistic"], whole.check("km").tidy()["statistic"], rtol=1e-6)
    assert parts.concordance().estimate == pytest.approx(whole.concordance().estimate, rel=1e-10)
    joined = parts.residuals("martingale").groupby(level=0).sum()
    np.testing.assert_allclose(joined, whole.residuals("martingale"), rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda f: f.residuals("pearson"), "no residuals"),
        (lambda f: f.check("sqrt"), "transform"),
        (lambda f: f.predict({"x": [1]}, [5]), "lack the column 'g'"),
        (lambda f: f.predict({"x": [1], "g": ["q"], "s": [1]}, [5]), "the fit knows"),
        (lambda f: f.predict({"x": [1], "g": ["a"]}, [5]), "need the column 's'"),
        (lambda f: f.predict({"x": [1], "g": ["a"], "s": [9]}, [5]), "no stratum 9"),
        (lambda f: f.predict({"x": [1], "g": ["a"], "s": [1]}, [5000]), "times must lie"),
        (lambda f: f.predict({"x": [1], "g": ["a"], "s": [1]}), "times="),
        (lambda f: f.predict({"x": [1], "g": ["a"], "s": [1]}, [5], "odds"), "kind"),
        (lambda f: f.predict({"x": [1], "g": ["a"], "s": [1]}, [5], id="x"), "a path needs"),
        (lambda f: f.standardise("x", [5]), "values"),
        (lambda f: f.standardise("y", [5]), "not a covariate"),
        (lambda f: f.with_variance(), "say which"),
        (lambda f: f.with_variance(cluster="nobody"), "no column"),
    ],
)
def test_questions_without_an_answer(ask, words):
    with pytest.raises(UsageError, match=words):
        ask(refit("mixed_efron"))


@pytest.mark.parametrize("shift", [50.0, 1e7])
def test_the_origin_of_a_covariate_does_not_matter(shift):
    frame = small(4)
    moved = frame.assign(x=frame["x"] + shift)
    here, there = cox(frame, "x + z", **TIMES), cox(moved, "x + z", **TIMES)
    np.testing.assert_allclose(there.coefficients, here.coefficients, rtol=1e-7)
    np.testing.assert_allclose(
        there.with_variance(robust=True).covariance, here.with_variance(robust=True).covariance, rtol=1e-7
    )
    np.testing.assert_allclose(there.check().tidy()["statistic"], here.check().tidy()["statistic"], rtol=1e-5)
    rows = {"x": [0.5], "z": [1]}
    a, b = here.predict(rows, [3, 6]), there.predict({"x": [0.5 + shift], "z": [1]}, [3, 6])
    np.testing.assert_allclose(b[["estimate", "std_error"]], a[["estimate", "std_error"]], rtol=1e-6)
    firth = cox(moved, "x + z", **TIMES, penalty="firth")
    np.testing.assert_allclose(
        firth.coefficients, cox(frame, "x + z", **TIMES, penalty="firth").coefficients, rtol=1e-7
    )


def test_joining_equal_rows_changes_nothing():
    from clemency.models.likelihood import newton, partial
    from clemency.models.regression.linalg import inverse

    rng = np.random.default_rng(3)
    n = 30_000
    entry = rng.integers(0, 10, n)
    frame = pd.DataFrame(
        {
            "entry": entry,
            "exit": entry + rng.integers(1, 15, n),
            "event": rng.random(n) < 0.2,
            "g": rng.choice(list("abc"), n),
            "h": rng.choice(list("uv"), n),
            "s": rng.choice(["p", "q"], n),
        }
    )
    fit = cox(frame, "g + h", **TIMES, strata="s", robust=True)
    fewer = partial.collapsed(fit.sources.data, fit.sources.design.pattern)
    assert len(fewer.X) < n / 4
    plain = newton.maximise(fit.sources.data)
    np.testing.assert_allclose(fit.coefficients, plain.at.beta, rtol=1e-9)
    np.testing.assert_allclose(fit.model_covariance, inverse(plain.at.information), rtol=1e-9)
    assert fit.summary["loglik"] == pytest.approx(plain.at.loglik, rel=1e-13)
    assert len(np.unique(fit.sources.design.pattern)) == 6


@pytest.mark.parametrize("transform", ["km", "identity", "rank", "log"])
def test_a_change_with_time_that_no_event_can_show_has_no_statistic(transform):
    # All events at 5; and with one more at 2, when its case is alone at risk and compared with nobody.
    d = pd.DataFrame({"t": [5, 5, 5, 7, 8, 9.0], "e": [1, 1, 1, 0, 0, 0], "x": [1, 2, 0, 3, 1, 0.5], "z": [1, 0] * 3})
    alone = pd.DataFrame({"t": [2.0], "e": [1], "x": [1.0], "z": [0], "a": [0.0]})
    for data, entry in ((d, None), (pd.concat([d.assign(a=3.0), alone]), "a")):
        table = cox(data, "x + z", exit="t", event="e", entry=entry).check(transform).tidy()
        assert table["statistic"].isna().all()
        assert table["p_value"].isna().all()
    both = pd.concat([d, pd.DataFrame({"t": [6.0], "e": [1], "x": [1.0], "z": [0]})])
    assert cox(both, "x + z", exit="t", event="e").check(transform).tidy()["statistic"].between(0, 10).all()


def test_a_coefficient_over_time_is_drawn_with_its_smooth_and_its_constant():
    """Estimates along a line have that line as their smooth, from the first event to the last."""
    time = np.array([9.0, 1, 4, 2, 6, 3, 8, 5, 7])
    residuals = pd.DataFrame({"time": time, "age": 0.5 * time - 3, "sex": 7.0})
    table = pd.DataFrame({"term": ["age", "sex"], "statistic": 1.0, "df": 1, "p_value": 0.3})
    found = ProportionalityTest(table, "km", residuals, {"age": -0.25, "sex": 1.5}, "months")
    ax = found.plot()
    events, smooth, constant = ax.lines
    assert list(zip(*events.get_data(), strict=True)) == [(t, 0.5 * t - 3) for t in time]
    np.testing.assert_allclose(smooth.get_xdata(), np.arange(1, 10))
    np.testing.assert_allclose(smooth.get_ydata(), 0.5 * np.arange(1, 10) - 3, atol=1e-9)
    assert list(constant.get_ydata()) == [-0.25, -0.25]
    assert [t.get_text() for t in ax.figure.legends[0].get_texts()] == ["each event", "smooth", "as fitted: constant"]
    assert ax.get_ylabel() == "log hazard ratio: age"
    assert "month" in ax.get_xlabel()
    assert figures.drawn(ax).alt == (
        "Scaled Schoenfeld residuals of age over time, with a smooth and the constant -0.25."
    )
    pd.testing.assert_frame_equal(figures.drawn(ax).frame, residuals[["time", "age"]])
    other = found.plot("sex")
    assert other.get_ylabel() == "log hazard ratio: sex"
    np.testing.assert_allclose(other.lines[1].get_ydata(), 7)
    assert list(other.lines[2].get_ydata()) == [1.5, 1.5]
    with pytest.raises(UsageError, match="there is no coefficient 'region'; there are: age, sex"):
        found.plot("region")
    plt.close("all")
