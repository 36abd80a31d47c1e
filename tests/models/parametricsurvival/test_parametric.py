"""Parametric fits: closed forms, R's survreg, likelihoods that R maximised, identities, and refusals."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from datedcohorts import drawn as drawn_cohorts
from datedcohorts import whole_twice
from scipy import stats

import clemency as cl
from clemency.figures import drawn
from clemency.models.parametricsurvival.choices import DISTRIBUTIONS, Settled
from clemency.models.parametricsurvival.families.generalisedgamma import GeneralisedGamma
from clemency.models.parametricsurvival.families.hazardbases import Spline, natural_cubic
from clemency.models.parametricsurvival.families.locationscale import LocationScale
from clemency.records.errors import DataError, UsageError

FOLDER = Path(__file__).resolve().parents[2] / "reference" / "parametric"
TABLE = pd.read_csv(FOLDER / "expected.csv", keep_default_na=False)
EXPECTED = {key: part.set_index("term")["value"] for key, part in TABLE.groupby(["model", "quantity"], sort=False)}
PLAIN, MIXED = (pd.read_csv(FOLDER / f"{name}.csv") for name in ("plain", "mixed"))
EXACT = {"exit": "exit", "event": "event"}
BETWEEN = {"lower": "lower", "upper": "upper"}
WHERE = {"cuts": Settled(np.array([15.0, 40, 80])), "knots": Settled(np.array([2.0, 20, 50, 140]))}
#: Settings of R's survreg, by name.
SURVREG = {
    "exact": EXACT,
    "looks": EXACT | {"weights": "looks"},
    "share": EXACT | {"weights": "share"},
    "site": EXACT | {"cluster": "site"},
    "interval": BETWEEN,
    "interval looks": BETWEEN | {"weights": "looks"},
}
#: Settings of the likelihoods written out.
OWN = {
    "entry": (PLAIN, EXACT),
    "interval entry": (PLAIN, BETWEEN),
    "cure": (MIXED, EXACT | {"cure": "z"}),
    "interval cure": (MIXED, BETWEEN | {"cure": "z"}),
}


def where(distribution):
    return {name: WHERE[name] for name, own in (("cuts", "piecewise"), ("knots", "spline")) if own == distribution}


def own(distribution, setting, **more):
    data, options = OWN[setting]
    return cl.parametric(
        data, "x + z", distribution=distribution, entry="entry", **options, **where(distribution), **more
    )


def by_name(fit, column):
    """A column of the table under the names that the reference has."""
    table = fit.tidy()
    number = (table["term"] == "hazard").cumsum()
    names = table["term"].where(table["term"] != "hazard", "hazard" + number.astype(str))
    names = names.where(table["term"] != "spline", table["level"])
    return pd.Series(table[column].to_numpy(), names)


def compare(fit, model, quantity, column, rtol):
    found, expected = by_name(fit, column), EXPECTED[model, quantity]
    assert set(found.index) == set(expected.index)
    np.testing.assert_allclose(found[expected.index], expected, rtol=rtol, atol=rtol, err_msg=f"{model}, {quantity}")


@pytest.mark.parametrize("setting", SURVREG)
@pytest.mark.parametrize("distribution", ["exponential", "weibull", "lognormal", "loglogistic"])
def test_survreg(distribution, setting):
    fit = cl.parametric(PLAIN, "x + z", distribution=distribution, **SURVREG[setting])
    model = f"survreg {distribution} {setting}"
    compare(fit, model, "estimate", "estimate", 1e-7)
    compare(fit, model, "std_error", "std_error", 1e-7)
    assert fit.facts["loglik"] == pytest.approx(float(EXPECTED[model, "loglik"].iloc[0]), rel=1e-9)


@pytest.mark.parametrize("setting", OWN)
@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_likelihoods_written_out(distribution, setting):
    fit = own(distribution, setting)
    model = f"own {distribution} {setting}"
    compare(fit, model, "estimate", "estimate", 1e-6)
    compare(fit, model, "std_error", "std_error", 1e-6)
    compare(fit.with_variance(cluster="site"), model, "cluster", "std_error", 1e-6)
    assert fit.facts["loglik"] == pytest.approx(float(EXPECTED[model, "loglik"].iloc[0]), rel=1e-9)


@pytest.mark.parametrize("setting", ["entry", "cure"])
@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_predictions(distribution, setting):
    fit, new = own(distribution, setting), {"x": 1, "z": 0.5}
    asked = {
        "survival": {"times": 30.0},
        "hazard": {"times": 30.0},
        "quantile": {"quantile": 0.25},
        "mean until": {"until": 100.0},
        "never": {},
    }
    model = f"own {distribution} {setting}"
    for quantity, options in asked.items():
        if (model, quantity) not in EXPECTED:
            continue
        row = fit.predict(new, kind=quantity.split(" ")[0], **options).iloc[0]
        expected = [float(EXPECTED[model, q].iloc[0]) for q in (quantity, f"{quantity} error")]
        np.testing.assert_allclose(row[["estimate", "std_error"]].astype(float), expected, rtol=1e-6, err_msg=quantity)


def test_exponential_rate_is_events_by_person_time():
    for entry in (None, "entry"):
        fit = cl.parametric(PLAIN, "1", **EXACT, entry=entry, distribution="exponential", form="hazard")
        time = PLAIN["exit"].sum() - (0 if entry is None else PLAIN["entry"].sum())
        row = fit.tidy(exponentiate=True).iloc[0]
        assert row["estimate"] == pytest.approx(PLAIN["event"].sum() / time, rel=1e-12)
        assert row["std_error"] == pytest.approx(PLAIN["event"].sum() ** -0.5, rel=1e-12)
        assert fit.predict(kind="mean")["estimate"][0] == pytest.approx(time / PLAIN["event"].sum(), rel=1e-12)


def test_bands_have_their_own_rates():
    fit = cl.parametric(PLAIN, "1", **EXACT, entry="entry", distribution="piecewise", cuts=[20.0, 60.0])
    low, high = np.array([0, 20, 60.0]), np.array([20, 60, np.inf])
    t, e = PLAIN["exit"].to_numpy()[:, None], PLAIN["entry"].to_numpy()[:, None]
    months = (np.clip(t, low, high) - np.clip(e, low, high)).sum(axis=0)
    events = ((t > low) & (t <= high) & (PLAIN["event"].to_numpy()[:, None] == 1)).sum(axis=0)
    np.testing.assert_allclose(np.exp(fit.coefficients), events / months, rtol=1e-10)
    assert fit.levels == ("(0, 20]", "(20, 60]", "(60, inf)")


def test_bands_with_intervals_are_those_of_interval_hazard():
    ours = own("piecewise", "interval entry")
    theirs = cl.interval_hazard(PLAIN, "x + z", **BETWEEN, entry="entry", cuts=[15.0, 40.0, 80.0])
    columns = ["term", "estimate", "std_error"]
    pd.testing.assert_frame_equal(ours.tidy()[columns].head(2), theirs.tidy()[columns], rtol=1e-7)
    np.testing.assert_allclose(ours.tidy(exponentiate=True)["estimate"][2:], theirs.baseline()["estimate"], rtol=1e-7)
    assert ours.facts["loglik"] == pytest.approx(theirs.facts["loglik"], rel=1e-10)


def test_form_hazard_turns_time_ratios_round():
    time, hazard = (own("weibull", "entry", form=form) for form in ("time", "hazard"))
    shape = 1 / time.tidy(exponentiate=True)["estimate"].iloc[-1]
    np.testing.assert_allclose(hazard.coefficients[:3], -time.coefficients[:3] * shape, rtol=1e-12)
    assert hazard.tidy(exponentiate=True)["estimate"].iloc[-1] == pytest.approx(shape)
    assert hazard.facts["wald"] != time.facts["wald"]
    # Errors by the delta method, from numbers: the derivative of -b / scale by b and by log(scale).
    V, b = time.covariance, time.coefficients
    slope = np.array([-shape, b[0] * shape])
    inside = slope @ V[np.ix_([0, 3], [0, 3])] @ slope
    assert hazard.tidy()["std_error"][0] == pytest.approx(np.sqrt(inside), rel=1e-10)
    new = PLAIN.head(3)
    one, other = (f.predict(new, [10.0, 50.0]) for f in (time, hazard))
    pd.testing.assert_frame_equal(one, other)


def test_split_spells_are_whole_spells():
    pieces = cl.survsplit(PLAIN.assign(id=range(len(PLAIN))), cut=[12.0, 40.0], entry="entry", **EXACT)
    for name in ("weibull", "lognormal", "spline"):
        options = {"distribution": name, "entry": "entry", **EXACT}
        one, other = (cl.parametric(d, "x + z", **options) for d in (PLAIN, pieces))
        np.testing.assert_allclose(other.coefficients, one.coefficients, rtol=1e-7)
        np.testing.assert_allclose(other.covariance, one.covariance, rtol=1e-6)


def test_weights_are_numbers_of_cases_and_order_does_not_matter():
    many = PLAIN.loc[PLAIN.index.repeat(PLAIN["looks"])].sample(frac=1, random_state=1)
    one = cl.parametric(PLAIN, "x + z", **EXACT, entry="entry", weights="looks", distribution="loglogistic")
    other = cl.parametric(many, "x + z", **EXACT, entry="entry", distribution="loglogistic")
    np.testing.assert_allclose(one.covariance, other.covariance, rtol=1e-8)
    np.testing.assert_allclose(one.coefficients, other.coefficients, rtol=1e-8)
    assert one.facts["aic"] == pytest.approx(other.facts["aic"])


def test_shifted_covariates_move_the_constant_alone():
    later = PLAIN.assign(z=PLAIN["z"] + 2000)
    for name in ("weibull", "piecewise", "spline"):
        options = {"distribution": name, "entry": "entry", **EXACT} | where(name)
        one, other = (cl.parametric(d, "x + z", **options) for d in (PLAIN, later))
        np.testing.assert_allclose(other.tidy()["std_error"][:2], one.tidy()["std_error"][:2], rtol=1e-8)
        a, b = (f.predict({"x": 1, "z": z}, [30.0]) for f, z in ((one, 0.5), (other, 2000.5)))
        pd.testing.assert_frame_equal(a, b)


def test_generalised_gamma_holds_its_cases():
    time = np.array([0.5, 20.0, 90.0, 400.0])
    from clemency.models.parametricsurvival.families.jets import variables

    for q, inner in ((1.0, "weibull"), (1e-7, "lognormal"), (-1e-7, "lognormal")):
        at = variables([4.0, -0.2, q], len(time))
        for method in ("log_survival", "log_density"):
            ours = getattr(GeneralisedGamma(), method)(time, at[0], at[1:])
            theirs = getattr(LocationScale(inner), method)(time, at[0], at[1:2])
            np.testing.assert_allclose(ours.value, theirs.value, rtol=1e-5 if q < 1 else 1e-12)
            np.testing.assert_allclose(ours.first[:2], theirs.first[:2], rtol=1e-5 if q < 1 else 1e-10)


@pytest.mark.parametrize("q", [-2.0, -0.3, -0.001, 0.002, 0.181, 0.19, 1.0, 3.0])
def test_derivatives_of_the_generalised_gamma(q):
    """First and second derivatives against differences of the value and of the first ones."""
    from clemency.models.parametricsurvival.families.jets import variables

    time, h = np.array([2.0, 30.0, 80.0, 150.0]), 1e-4
    for method in ("log_survival", "log_density"):

        def made(theta, method=method):
            at = variables(list(theta), len(time))
            return getattr(GeneralisedGamma(), method)(time, at[0], at[1:])

        theta = np.array([4.0, -0.2, q])
        here = made(theta)
        for k, e in enumerate(np.eye(3)):
            up, down = made(theta + h * e), made(theta - h * e)
            np.testing.assert_allclose(here.first[k], (up.value - down.value) / 2 / h, rtol=1e-5, atol=1e-7)
            np.testing.assert_allclose(here.second[k], (up.first - down.first) / 2 / h, rtol=1e-4, atol=1e-5)


def test_means_by_formula_are_areas():
    """The mean is the area below the survival; of a heavy tail the part beyond is left."""
    for name in ("exponential", "weibull", "lognormal", "gengamma"):
        fit = cl.parametric(PLAIN, "x + z", **EXACT, entry="entry", distribution=name)
        mean, area = (fit.predict({"x": 0, "z": 0.3}, kind="mean", until=u).iloc[0] for u in (None, 1e5))
        assert mean["estimate"] == pytest.approx(area["estimate"], rel=1e-5)
        assert mean["std_error"] == pytest.approx(area["std_error"], rel=1e-3)
    spread = PLAIN.assign(exit=PLAIN["exit"] ** 3)
    heavy = cl.parametric(spread, "1", **EXACT, distribution="loglogistic")
    assert heavy.tidy(exponentiate=True)["estimate"].iloc[-1] > 1
    assert heavy.predict(kind="mean")["estimate"][0] == np.inf


def test_median_survives_half_and_a_cured_share_is_never_reached():
    fit = own("weibull", "cure")
    new = MIXED.head(4)
    median = fit.predict(new, kind="median")
    for k, t in enumerate(median["estimate"]):
        if np.isfinite(t):
            assert fit.predict(new.iloc[[k]], [t])["estimate"][0] == pytest.approx(0.5, abs=1e-9)
    never = fit.predict(new, kind="never")["estimate"]
    assert (np.isinf(median["estimate"]) == (never >= 0.5)).all()
    late = fit.predict(new, kind="quantile", quantile=0.999)
    assert np.isinf(late["estimate"]).all()
    assert late["ci_low"].isna().all()
    at = fit.predict(new, [1e6])["estimate"]
    np.testing.assert_allclose(at, never, rtol=1e-9)


def test_check_ranks_families_and_draws_residuals():
    fit = own("weibull", "entry")
    found = fit.check()
    table = found.tidy().set_index("distribution")
    assert set(table.index) == set(DISTRIBUTIONS)
    for name in ("exponential", "lognormal", "gengamma"):
        alone = cl.parametric(PLAIN, "x + z", **EXACT, entry="entry", distribution=name)
        assert table.loc[name, "aic"] == pytest.approx(alone.facts["aic"], rel=1e-9)
    assert table.loc["weibull", "fitted"]
    assert found.largest_gap < 0.1
    axes = found.plot()
    assert drawn(axes).frame.equals(found.residuals)
    assert "log-likelihood" in repr(fit)
    plt.close("all")
    # Residuals of the exponential model are times by the rate: Nelson-Aalen of them is that of the times.
    one = cl.parametric(PLAIN, "1", **EXACT, entry="entry", distribution="exponential")
    ours = one.check().residuals
    theirs = cl.nelson_aalen(PLAIN, **EXACT, entry="entry").tidy()
    theirs = theirs[theirs["n_event"] > 0]
    np.testing.assert_allclose(ours["observed"], theirs["estimate"], rtol=1e-10)
    rate = one.predict(times=[1.0], kind="hazard")["estimate"][0]
    np.testing.assert_allclose(ours["residual"], theirs["time"] * rate, rtol=1e-10)


def test_residuals_of_intervals_are_turnbulls():
    few = PLAIN.head(80)
    fit = cl.parametric(few, "1", **BETWEEN, distribution="exponential")
    ours = fit.check().residuals
    rate = fit.predict(times=[1.0], kind="hazard")["estimate"][0]
    curve = cl.survival(few, **BETWEEN, limits=None)
    at = curve.at((ours["residual"] / rate).round(9).tolist())
    np.testing.assert_allclose(ours["survival"], at["lowest"], atol=2e-6)


def test_plot_is_a_forest_of_time_ratios():
    axes = own("lognormal", "entry").plot()
    assert axes.get_xlabel().startswith("time ratio")
    assert drawn(axes).frame["term"].tolist() == ["x", "z"]
    plt.close("all")
    with pytest.raises(UsageError, match="without covariates"):
        cl.parametric(PLAIN, "1", **EXACT).plot()


def test_splines_that_fall_are_told():
    knots = np.log([2.0, 20, 50, 140])
    rising, falling = np.array([-5.0, 1.2, 0.0, 0.0]), np.array([-5.0, 1.2, 0.5, 0.0])
    assert (natural_cubic(np.log(np.arange(2.0, 140)), knots)[1] @ falling < 0).any()
    assert not Spline(knots).falls(rising, 2.0, 140.0)
    assert Spline(knots).falls(falling, 2.0, 140.0)


def test_follow_up_that_is_too_short_is_told():
    short = MIXED.assign(event=MIXED["event"] * (MIXED["exit"] <= 80), exit=MIXED["exit"].clip(upper=80))
    short = short[short["entry"] < short["exit"]]
    fit = cl.parametric(short, "1", **EXACT, entry="entry", cure=True)
    assert fit.warnings["message"].str.contains("still wait").any()
    assert not own("weibull", "cure").warnings["message"].str.contains("still wait").any()


D = pd.DataFrame({"t": [5.0, 8, 9, 12, 14, 20, 22, 30], "e": [1, 1, 0, 1, 1, 0, 1, 1], "g": list("aaaabbbb")})


@pytest.mark.parametrize(
    ("change", "options", "error", "said"),
    [
        ({"e": 0}, {}, DataError, "no event among the 8 spells: all are censored"),
        ({"t": [0.0, 8, 9, 12, 14, 20, 22, 30]}, {}, DataError, "an event at time 0"),
        ({"e": [1, 1, 0, 1, 0, 0, 0, 0]}, {"formula": "g"}, DataError, "none of its 4 cases ends in the event"),
        ({"t": 7.0}, {}, DataError, "rises for ever as this parameter"),
        ({"t": 7.0}, {"distribution": "spline"}, DataError, "all events are at one time"),
        ({}, {"cure": True}, DataError, "share of zero to whom the event never happens"),
        ({"e": [1, 1, 1, 1, 0, 0, 0, 0]}, {"cure": "g"}, DataError, "'b': none of its 4 cases ends.*formula of cure="),
        ({}, {"distribution": "gamma"}, UsageError, "is not one of: exponential"),
        ({}, {"distribution": "lognormal", "form": "hazard"}, UsageError, "hazards of the lognormal family"),
        ({}, {"distribution": "spline", "form": "time"}, UsageError, "no time ratios"),
        ({}, {"cuts": 3}, UsageError, "cuts= goes with"),
        ({}, {"knots": 3}, UsageError, "knots= goes with"),
        ({}, {"distribution": "piecewise", "cuts": [5.0, 3.0]}, UsageError, "rising times above 0"),
        ({}, {"distribution": "piecewise", "cuts": [40.0]}, DataError, "no event can lie in this band"),
        ({}, {"distribution": "spline", "knots": [40.0]}, UsageError, "between the first and the last event"),
        ({}, {"lower": "t", "upper": "t"}, UsageError, "exclude each other"),
        ({}, {"entry": "t"}, DataError, "no spell is left"),
        ({}, {"robust": False, "cluster": "g"}, UsageError, "robust=False contradicts cluster="),
        ({}, {"cure": 1}, UsageError, "cure= takes"),
        ({}, {"formula": "g + g2"}, DataError, "collinear|duplicate|same|determined"),
    ],
)
def test_refusals(change, options, error, said):
    data = D.assign(**change).assign(g2=lambda d: (d["g"] == "b") * 2.0)
    with pytest.raises(error, match=said):
        cl.parametric(data, **{"formula": "1", "exit": "t", "event": "e"} | options)


def test_entries_that_are_no_earlier_than_exits_are_told():
    late = PLAIN.copy()
    late.loc[0, "entry"], late.loc[1, "entry"] = late.loc[0, "exit"], late.loc[1, "exit"] + 1
    fit = cl.parametric(late, "x", **EXACT, entry="entry")
    assert dict(zip(fit.exclusions["reason"], fit.exclusions["n"], strict=True)) == {
        "exit before entry": 1,
        "zero-length": 1,
    }
    assert fit.facts["excluded"] == 2


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"times": None}, "needs times="),
        ({"kind": "median", "times": [3.0]}, "no function of time"),
        ({"kind": "quantile"}, "needs quantile="),
        ({"kind": "quantile", "quantile": 1.5}, "between 0 and 1"),
        ({"kind": "median", "quantile": 0.2}, 'goes with kind="quantile"'),
        ({"kind": "never"}, "fit it with cure=True"),
        ({"times": [3.0], "until": 3.0}, 'goes with kind="mean"'),
        ({"times": [0.0], "kind": "hazard"}, "at times above 0"),
        ({"times": [1.0], "kind": "odds"}, "is not one of"),
    ],
)
def test_predictions_that_are_refused(options, said):
    fit = cl.parametric(D, "1", exit="t", event="e", distribution="exponential")
    with pytest.raises(UsageError, match=said):
        fit.predict(**options)
    cured = own("weibull", "cure")
    with pytest.raises(UsageError, match="give until="):
        cured.predict({"x": 0, "z": 0}, kind="mean")
    with pytest.raises(UsageError, match="newdata="):
        cured.predict(times=[3.0])


@pytest.fixture(scope="module")
def agreeing():
    return whole_twice()


@pytest.mark.parametrize("distribution", ["weibull", "piecewise", "spline"])
def test_imputations_that_agree_are_one(distribution, agreeing):
    many, one = agreeing
    options = {"outcome": "sentence_reduction", "distribution": distribution}
    pooled, alone = (cl.parametric(c, "x", **options) for c in (many, one))
    for exponentiate in (False, True):
        columns = ["term", "level", "estimate", "std_error", "ci_low", "ci_high"]
        table = pooled.tidy(exponentiate)[columns]
        pd.testing.assert_frame_equal(table, alone.tidy(exponentiate)[columns], rtol=1e-9)
    assert pooled.plot().get_xlabel().startswith(f"{alone.form} ratio")
    assert drawn(plt.gca()).frame["term"].unique().tolist() == ["x"]
    plt.close("all")


def test_imputations_that_differ_have_the_bands_of_the_first():
    made = drawn_cohorts(m=3)
    fit = cl.parametric(made, "x", outcome="sentence_reduction", distribution="spline", knots=1)
    each = [cl.parametric(made.cohorts[0], "x", outcome="sentence_reduction", distribution="spline", knots=1)]
    settled = Settled(np.exp(each[0].inner.family.knots))
    each += [
        cl.parametric(c, "x", outcome="sentence_reduction", distribution="spline", knots=settled)
        for c in made.cohorts[1:]
    ]
    np.testing.assert_allclose(fit.coefficients, np.mean([f.coefficients for f in each], axis=0), rtol=1e-10)
    between = np.var([f.coefficients for f in each], axis=0, ddof=1)
    assert (between > 0).all()
    within = np.mean([np.diag(f.covariance) for f in each], axis=0)
    np.testing.assert_allclose(fit.tidy()["std_error"], np.sqrt(within + (1 + 1 / 3) * between), rtol=1e-10)


@pytest.mark.parametrize("distribution", ["weibull", "exponential", "loglogistic", "lognormal", "piecewise", "spline"])
def test_hazards_far_beyond_the_data(distribution):
    """By the closed form where there is one: a difference of densities and survival loses all digits there."""
    rng = np.random.default_rng(4)
    d = pd.DataFrame({"t": rng.gamma(2, 10, 300) + 0.1, "act": 1})
    fit = cl.parametric(d, "1", exit="t", event="act", distribution=distribution)
    far = np.array([1e3, 1e10, 1e100, 1e200])
    found = np.log(fit.predict(times=far, kind="hazard")["estimate"].to_numpy())
    q = fit.tidy()["estimate"].to_numpy()
    if distribution in ("weibull", "loglogistic"):
        scale = np.exp(q[1])
        z = (np.log(far) - q[0]) / scale
        by_hand = z - np.log(far) - q[1] - (np.logaddexp(0, z) if distribution == "loglogistic" else 0)
    elif distribution == "lognormal":
        z = (np.log(far) - q[0]) / np.exp(q[1])
        by_hand = stats.norm.logpdf(z) - stats.norm.logsf(z) - np.log(far) - q[1]
    elif distribution == "spline":  # straight in log time beyond the last knot
        by_hand = found[-1] + (found[-1] - found[-2]) / np.log(1e100) * (np.log(far) - np.log(1e200))
    else:
        by_hand = np.full(4, -q[0] if distribution == "exponential" else q[-1])
    np.testing.assert_allclose(found, by_hand, rtol=1e-8)


def test_what_is_beyond_numbers_is_refused():
    rng = np.random.default_rng(4)
    d = pd.DataFrame({"t": rng.gamma(2, 10, 300) + 0.1, "act": 1})
    for distribution, kinds in (("weibull", ("survival", "cumulative_hazard")), ("spline", ("survival",))):
        fit = cl.parametric(d, "1", exit="t", event="act", distribution=distribution)
        for kind in kinds:
            with pytest.raises(UsageError, match=r"times=1e\+300: by this distribution .* ask for earlier times"):
                fit.predict(times=[10, 1e300], kind=kind)


def test_hazard_of_a_mixture_with_those_who_never_have_it():
    rng = np.random.default_rng(8)
    never, time = rng.random(600) < 0.4, rng.weibull(1.3, 600) * 10 + 0.01
    d = pd.DataFrame({"t": np.where(never, 60.0, np.minimum(time, 60)), "act": ~never & (time < 60)})
    fit = cl.parametric(d, "1", exit="t", event="act", cure=True)
    location, scale, odds = fit.tidy()["estimate"]
    at, never_share = np.array([5.0, 20.0]), 1 / (1 + np.exp(-odds))
    z = (np.log(at) - location) / np.exp(scale)
    density = np.exp(z - np.exp(z)) / np.exp(scale) / at * (1 - never_share)
    by_hand = density / (never_share + (1 - never_share) * np.exp(-np.exp(z)))
    found = fit.predict(times=at, kind="hazard")
    np.testing.assert_allclose(found["estimate"], by_hand, rtol=1e-10)
    assert fit.predict(times=[1e6], kind="hazard")["estimate"].item() == 0
