"""Interval-censored times: R, product-limit and Poisson identities, hand-worked data, certificates, loud refusals."""

from dataclasses import replace
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, special

from clemency.figures import drawn
from clemency.models import IntervalCurves, cox, interval_hazard, survival
from clemency.models.intervalcensoring.npmle import (
    Cells,
    _solve,
    cells_of,
    expected_events,
    limits_at,
    log_likelihood,
    maximise,
    unique,
)
from clemency.models.intervalcensoring.piecewise import band_data, evaluate
from clemency.models.modelframe.intervals import Times, intervals
from clemency.records.errors import DataError, UsageError

FOLDER = Path(__file__).resolve().parents[2] / "reference" / "intervals"
EXPECTED = pd.read_csv(FOLDER / "expected.csv")
DATA = {name: pd.read_csv(FOLDER / f"{name}.csv") for name in ("plain", "cut_off", "many", "some")}
ENDS = {"lower": "lower", "upper": "upper"}
ALL = {**ENDS, "entry": "entry"}
DROP = special.chdtri(1, 0.05) / 2


def expected(kind):
    return EXPECTED[EXPECTED["kind"] == kind].set_index("what")["value"]


def frame(*rows, columns=("lower", "upper", "entry")):
    return pd.DataFrame(list(rows), columns=list(columns[: len(rows[0])]), dtype=float)


# Turnbull's estimate


def test_turnbull_equals_r():
    found, values = survival(DATA["plain"], **ENDS, limits=None).tidy(), expected("turnbull")
    assert len(found) == len(values)
    np.testing.assert_allclose(found["estimate"], values, rtol=1e-6, atol=1e-9)
    middle = values.index.astype(float)  # where R puts its jumps
    np.testing.assert_allclose((found["lower"] + found["upper"]) / 2, middle)


def test_turnbull_under_truncation_equals_another_algorithm():
    curves, values = survival(DATA["cut_off"], **ALL, limits=None), expected("truncated")
    glance = curves.glance().iloc[0]
    np.testing.assert_allclose(glance["loglik"], values["loglik"], rtol=1e-12)
    times = values.drop(["loglik", "change"])
    found = curves.at(times.index.astype(float))
    np.testing.assert_allclose(found["estimate"], times, rtol=1e-6)
    np.testing.assert_array_equal(found["lowest"], found["highest"])


def test_turnbull_equals_lifelines():
    lifelines = pytest.importorskip("lifelines")  # it wants pandas below 3
    d = DATA["plain"]
    open_ = d["lower"] + 0.001 * (d["lower"] != d["upper"])  # their intervals are closed, ours are open below
    k = lifelines.KaplanMeierFitter().fit_interval_censoring(open_, d["upper"].fillna(np.inf), tol=1e-10)
    ours = survival(d, **ENDS, limits=None)
    table = ours.tidy().iloc[:-1]
    after = k.survival_function_.loc[:, "NPMLE_estimate_upper"]
    theirs = [after[after.index > t].iloc[0] for t in table["upper"]]
    np.testing.assert_allclose(theirs, table["estimate"], rtol=1e-4)  # their steps end at a change of 1e-5 or so


def test_by_hand():
    # (0, 2] and (1, 3] share (1, 2], and all mass lies there.
    one = survival(frame((0, 2), (1, 3)), **ENDS, limits=None)
    assert one.tidy().iloc[0].tolist()[:4] == [1, 2, 1, 0]
    # (0, 2], (1, 4] and one beyond 3: likelihood a (a + b) b with a + b = 1 in (1, 2] and (3, 4].
    two = survival(frame((0, 2), (1, 4), (3, np.nan)), **ENDS, limits=None)
    np.testing.assert_allclose(two.tidy()[["lower", "upper", "mass"]], [[1, 2, 0.5], [3, 4, 0.5]], atol=1e-9)
    np.testing.assert_allclose(two.glance()["loglik"], np.log(0.25))
    # Current status: 1 of 4 by month 5, 3 of 4 by month 10.
    looks = frame((0, 5), (5, np.inf), (5, np.inf), (5, np.inf), (0, 10), (0, 10), (0, 10), (10, np.inf))
    np.testing.assert_allclose(survival(looks, **ENDS, limits=None).at([5, 10])["estimate"], [0.75, 0.25], atol=1e-9)
    # Looks that contradict the order (3 of 4, then 1 of 4) are pooled: half by 5, none between.
    turned = frame((0, 5), (0, 5), (0, 5), (5, np.inf), (0, 10), (10, np.inf), (10, np.inf), (10, np.inf))
    found = survival(turned, **ENDS, limits=None)
    np.testing.assert_allclose(found.at([5, 10])["estimate"], [0.5, 0.5], atol=1e-9)


def test_truncation_by_hand():
    # Entered at 0: (0, 4]. Entered at 2: exact at 3, beyond 6. Mass before 2 is free for the second and third.
    # Cells (0, 2] and {3} for a = hazard of the first, b of the second: (a + (1 - a) b) b (1 - b); best a = 1.
    found = survival(frame((0, 4, 0), (3, 3, 2), (6, np.nan, 2)), **ALL, limits=None)
    assert found.tidy()[["lower", "upper"]].to_numpy().tolist() == [[0, 2]]
    np.testing.assert_allclose(found.glance()["loglik"], np.log(0.25))
    assert "falls to 0 by 2" in found.warnings["message"].iloc[0]
    assert "2 cases enter later" in repr(found)


def test_mass_where_few_have_passed_is_named():
    d = DATA["many"]
    thin = pd.concat([d, frame((40, np.nan, 0), (2, 2, 0), (1, 1, 0))], ignore_index=True)
    said = survival(thin, **ALL, limits=None).warnings["message"]
    assert said.str.contains("fewer than 20 cases are known to have passed.*begin the clock at entry").any()
    moved = d.assign(lower=d["lower"] - d["entry"], upper=d["upper"] - d["entry"])
    assert survival(moved, **ENDS, limits=None).warnings.empty
    assert survival(exact(), **ALL, limits=None).warnings.empty  # a product-limit estimate


def test_between_the_bounds_nothing_is_interpolated():
    found = survival(frame((0, 2), (1, 4), (3, np.nan)), **ENDS, limits=None).at([0.5, 1, 1.5, 2, 3, 3.5, 4, 9])
    np.testing.assert_allclose(found["highest"], [1, 1, 1, 0.5, 0.5, 0.5, 0, 0], atol=1e-9)
    np.testing.assert_allclose(found["lowest"], [1, 1, 0.5, 0.5, 0.5, 0, 0, 0], atol=1e-9)
    assert found["estimate"].isna().tolist() == [False, False, True, False, False, True, False, False]
    beyond = survival(frame((0, 2), (3, np.inf)), **ENDS, limits=None).at([3, 4])
    assert beyond["lowest"].tolist() == [0.5, 0]
    assert beyond["estimate"].isna().tolist() == [False, True]


def exact(n=150, seed=1):
    rng = np.random.default_rng(seed)
    end = rng.integers(3, 40, n).astype(float)
    start, event = np.minimum(rng.integers(0, 15, n), end - 1), rng.random(n) < 0.6
    return pd.DataFrame({"entry": start, "exit": end, "event": event.astype(int), "lower": end}).assign(
        upper=np.where(event, end, np.nan), w=rng.integers(1, 4, n), g=rng.integers(0, 2, n)
    )


@pytest.mark.parametrize("options", [{}, {"weights": "w"}, {"by": "g"}])
def test_exact_times_give_the_product_limit_estimate(options):
    d = exact()
    ours = survival(d, **ALL, limits=None, **options).tidy()
    theirs = survival(d, exit="exit", event="event", entry="entry", **options).tidy()
    theirs = theirs[theirs["n_event"] > 0].reset_index(drop=True)
    np.testing.assert_array_equal(ours["upper"], theirs["time"])
    np.testing.assert_allclose(ours["estimate"], theirs["estimate"], rtol=1e-12)


def test_where_nobody_is_at_risk_nothing_is_known_to_happen():
    # 1 of 3 has the event by 2, when the others are last seen; from 5 on 1 of 3, then 1 of 2: 2/3 * 2/3 * 1/2.
    d = frame((1, 1, 0), (2, np.nan, 0), (2, np.nan, 0), (6, 6, 5), (7, 7, 5), (8, np.nan, 5))
    ours = survival(d, **ALL)
    assert ours.warnings.empty
    np.testing.assert_allclose(ours.tidy()["upper"], [1, 6, 7])
    np.testing.assert_allclose(ours.tidy()["estimate"], [2 / 3, 4 / 9, 2 / 9], rtol=1e-12)
    before, after = ours.at([2.5, 5.5])[["ci_low", "ci_high"]].to_numpy()
    np.testing.assert_allclose(before, after, rtol=1e-6)


def test_limits_without_truncation_are_those_of_thomas_and_grunkemeier():
    d = exact().assign(entry=0.0)
    read = intervals(d, **ENDS).times
    best = maximise(cells_of(read)).loglik
    s = survival(d, exit="exit", event="event").tidy()
    t = s["time"].iloc[8]
    rows = s["time"] <= t
    r, e = s.loc[rows, "at_risk"], s.loc[rows, "n_event"]

    def fall(a):
        h, best = e / (r + a), e / r
        ratio = e * np.log(best / h) + (r - e) * (np.log1p(-best) - np.log1p(-h))
        return 2 * ratio.sum() - 2 * DROP

    low, high = limits_at(read, t, best, DROP)
    a = optimize.brentq(fall, 1e-6, 1000)
    np.testing.assert_allclose(high, np.prod(1 - e / (r + a)), rtol=1e-6)
    a = optimize.brentq(fall, -(r - e).min() + 1e-6, -1e-6)
    np.testing.assert_allclose(low, np.prod(1 - e / (r + a)), rtol=1e-6)


def test_limits_before_any_event():
    # Nobody of n at risk has had the event: survival s has the likelihood s^n.
    found = survival(frame(*[(5, 5)] * 2, *[(9, np.nan)] * 8), **ENDS).at(3).iloc[0]
    np.testing.assert_allclose(found[["estimate", "ci_high"]].astype(float), 1)
    np.testing.assert_allclose(found["ci_low"], np.exp(-DROP / 10), rtol=1e-6)


def test_limits_equal_a_binomial_likelihood_ratio():
    n, k = 30, 9
    d = frame(*[(0, 5)] * k, *[(5, np.nan)] * (n - k))
    found = survival(d, **ENDS).at(5).iloc[0]

    def fall(s):
        return k * np.log(k / n / (1 - s)) + (n - k) * np.log((1 - k / n) / s) - DROP

    np.testing.assert_allclose(found["ci_low"], optimize.brentq(fall, 0.01, 1 - k / n), rtol=1e-6)
    np.testing.assert_allclose(found["ci_high"], optimize.brentq(fall, 1 - k / n, 0.999), rtol=1e-6)


def test_limits_where_all_or_none_have_had_the_event():
    all_ = survival(frame(*[(0, 5)] * 10), **ENDS).at(5).iloc[0]
    assert all_["estimate"] == all_["ci_low"] == 0
    np.testing.assert_allclose(all_["ci_high"], 1 - np.exp(-DROP / 10), rtol=1e-6)
    wide = survival(frame((0, 9), (0, 9)), **ENDS).at(4).iloc[0]  # anywhere in (0, 9]
    assert (wide["ci_low"], wide["ci_high"]) == (0, 1)


def cases(numbers):
    rows = []
    for entry, wait, length, kind in numbers:
        low = entry + wait
        rows.append((low, low if kind == 0 else (low + length if kind == 1 else np.inf), entry))
    d = frame(*rows)
    nothing = (d["lower"] == d["entry"]) & ((d["upper"] == d["lower"]) | np.isinf(d["upper"]))
    return d[~nothing]


CASE = st.tuples(st.integers(0, 6), st.integers(0, 8), st.integers(1, 8), st.integers(0, 2))


def times_of(d):
    return Times(*(d[c].to_numpy(float) for c in ("lower", "upper", "entry")), np.ones(len(d)))


@given(st.lists(CASE, min_size=2, max_size=15), st.integers(0, 1000))
def test_certified_and_not_improved_by_chance(numbers, seed):
    d = cases(numbers)
    if not np.isfinite(d["upper"]).any():
        return
    times = times_of(d)
    cells = cells_of(times)
    best = maximise(cells)
    assert 0 <= best.gap + 1e-12 < 1e-8
    rng = np.random.default_rng(seed)
    for scale in (1e-3, 0.1, 1.0):
        other = np.where(np.isfinite(best.size), best.size * np.exp(scale * rng.normal(size=len(best.size))), 50.0)
        assert log_likelihood(cells, other + 1e-4 * scale * rng.random(len(other))) <= best.loglik + 1e-8
    events = expected_events(cells, best)
    np.testing.assert_allclose(events.sum(), np.isfinite(d["upper"]).sum())
    for t in (2.5, 6.0):
        low, high = limits_at(times, t, best.loglik, DROP)
        after, before = (np.exp(-best.size[v].sum()) for v in (cells.low < t, cells.high <= t))
        assert low <= after + 1e-6
        assert high >= before - 1e-6


def test_order_and_container_do_not_matter():
    d = DATA["cut_off"]
    one = survival(d, **ALL, limits=None).tidy()
    other = survival(d.sample(frac=1, random_state=1).to_dict("list"), **ALL, limits=None).tidy()
    pd.testing.assert_frame_equal(one, other, rtol=1e-7)
    doubled = survival(pd.concat([d, d]), **ALL, limits=None).tidy()
    weighted = survival(d.assign(w=2), **ALL, weights="w", limits=None).tidy()
    pd.testing.assert_frame_equal(doubled, weighted, rtol=1e-9)


def test_groups_are_fits_of_their_own():
    d = DATA["many"].assign(x=lambda f: f["x"].astype("category"))
    both = survival(d, **ALL, by="x", limits=None)
    for value in (0, 1):
        alone = survival(d[d["x"] == value], **ALL, limits=None).tidy()
        mine = both.tidy().query(f"x == {value}").drop(columns="x").reset_index(drop=True)
        pd.testing.assert_frame_equal(mine, alone)
    assert both.glance()["n"].sum() == len(d)
    assert both.glance()[["n_exact", "n_interval", "n_left", "n_right"]].to_numpy().sum() == len(d)
    assert both.tidy()["x"].dtype == d["x"].dtype


def test_masses_that_are_not_unique_are_named():
    # One case in either of two cells, and one that has passed both.
    cells = Cells(np.arange(2.0), np.arange(1.0, 3.0), np.ones(2), np.array([0]), np.array([1]), np.ones(1))
    assert unique(cells, maximise(cells)) is False  # only the sum of the two steps is known
    one = replace(cells, survived=np.array([1.0, 2.0]))
    best = maximise(one)
    assert best.size[1] == 0  # passing the second cell costs twice as much
    assert unique(one, best) is True
    assert survival(frame((0, 3), (2, 5), (4, 7), (6, 9)), **ENDS, limits=None).glance()["unique"].iloc[0]


def test_quantiles():
    curves = survival(DATA["plain"], **ENDS)
    found = curves.quantile(0.5)
    assert found[["lower", "upper"]].to_numpy().tolist() == [[27, 27]]
    (r,) = found.itertuples()
    assert r.ci_low <= r.lower
    assert r.upper <= r.ci_high
    before = curves.at([r.ci_low - 0.5, r.ci_high + 0.5])
    assert before["ci_low"].iloc[0] > 0.5
    assert before["ci_high"].iloc[1] < 0.5
    open_ = survival(frame((0, 2), (3, np.inf), (3, np.inf)), **ENDS).quantile(0.5).iloc[0]
    assert open_[["lower", "upper", "ci_high"]].isna().all()


def test_limits_in_the_table_are_never_narrower_than_computed(monkeypatch):
    monkeypatch.setattr("clemency.models.intervalcensoring.turnbull.MOST_LIMITS", 5)
    curves = survival(DATA["plain"], **ENDS)
    table = curves.tidy().iloc[[1, 4, 7]]
    there = curves.at(table["upper"].tolist())
    assert (table["ci_low"].to_numpy() <= there["ci_low"].to_numpy() + 1e-9).all()
    assert (table["ci_high"].to_numpy() >= there["ci_high"].to_numpy() - 1e-9).all()


def test_a_missing_time_has_no_value():
    with pytest.raises(UsageError, match="one is missing or infinite"):
        survival(DATA["plain"], **ENDS, limits=None).at([12, np.nan])


def test_sparse_and_dense_systems_give_the_same_numbers(monkeypatch):
    curves = survival(DATA["plain"], **ENDS)
    for most in (0, 10_000):
        monkeypatch.setattr("clemency.models.intervalcensoring.npmle.DENSE", most)
        again = survival(DATA["plain"], **ENDS)
        columns = ["lower", "upper", "mass", "estimate", "ci_low", "ci_high"]
        np.testing.assert_allclose(again.tidy()[columns], curves.tidy()[columns], rtol=1e-6, atol=1e-9)
        assert again.glance()["gap"].iloc[0] < 1e-8


def test_a_singular_system_gives_no_step(monkeypatch):
    monkeypatch.setattr("clemency.models.intervalcensoring.npmle.DENSE", 0)
    one = np.zeros(1, dtype=int)
    cells = Cells(np.array([1.0, 3.0]), np.array([2.0, 4.0]), np.ones(2), one, one, np.ones(1))  # nobody in the second
    assert np.isnan(_solve(cells, np.ones(1), np.zeros(2), np.ones(2))).all()
    monkeypatch.undo()
    rng = np.random.default_rng(20261125)
    entry = rng.uniform(2, 18, 300)
    lower = np.where(rng.random(300) < 0.5, entry, entry + rng.uniform(0, 60, 300))
    late = pd.DataFrame({"entry": entry, "lower": lower, "upper": lower + rng.uniform(1, 90, 300)})
    low, high = survival(late, **ALL, limits=None).fits[0].limits(60, 0.95)
    assert 0 <= low < high <= 1


def brute(rows, t, value):
    """Greatest log-likelihood of masses at all times and between them, with a survival of `value` after t."""
    ends = sorted({v for r in rows for v in r if np.isfinite(v)})
    points = np.array([p for a, b in zip(ends, [*ends[1:], ends[-1] + 1], strict=True) for p in (a, (a + b) / 2)])
    points = points[points > 0]
    late = points > t
    inside = np.array([(points > a) & (points <= b) if a < b else points == a for a, b in rows])

    def loss(q):
        p = np.exp(q - np.where(late, q[late].max(), q[~late].max()))
        p = np.where(late, value * p / p[late].sum(), (1 - value) * p / p[~late].sum())
        return -np.log(np.maximum(inside @ p, 1e-300)).sum()

    starts = (np.random.default_rng(s).normal(size=len(points)) for s in range(3))
    return -min(optimize.minimize(loss, q, method="BFGS", options={"gtol": 1e-8}).fun for q in starts)


MIXED = [(2, 4), (2, 4), (5, 9), (5, 9), (5, np.inf), (2, 2), (2, 2), (3, np.inf), (3, np.inf), (3, 3)]
# Here the curve at the limit has mass where the estimate has none: without it the upper limit would be 0.510.
WIDE = [(4, 11), (7, 10), (1, 2), (2, 7), (3, np.inf), (3, 9), (6, 8), (5, 12), (4, 9), (2, 6)]


@pytest.mark.parametrize(("rows", "t"), [(MIXED, 4), (WIDE, 8)])
def test_limits_by_brute_force(rows, t):
    """Over all masses at every time and between them, the likelihood ratio at the limits is the quantile."""
    curves = survival(frame(*rows), **ENDS)
    at = curves.at([t]).iloc[0]
    assert (round(at["ci_high"], 3) == 0.556) == (t == 8)
    limits = [v for v in at[["ci_low", "ci_high"]] if v > 0]
    assert len(limits) == (2 if t == 4 else 1)
    for value in limits:
        np.testing.assert_allclose(curves.glance()["loglik"].iloc[0] - brute(rows, t, value), DROP, rtol=1e-4)


def test_figure_has_a_box_for_each_interval():
    curves = survival(DATA["plain"], **ENDS, limits=None)
    ax = curves.plot()
    assert len(ax.patches) == int((curves.tidy()["upper"] > curves.tidy()["lower"]).sum())
    assert drawn(ax).frame.equals(curves.tidy())
    assert "shaded" in drawn(ax).alt
    plt.close("all")
    survival(DATA["many"], **ALL, by="x", limits=None).plot(until=60)
    plt.close("all")
    assert "Survival after each interval" in curves._repr_html_()


def test_what_is_left_out_is_counted():
    d = frame((5, 3, 0), (1, 4, 2), (2, 2, 2), (2, np.nan, 2), (np.nan, 3, 0), (-1, 3, 0), (4, 6, 1))
    read = intervals(d, **ALL)
    assert len(read) == 1
    assert set(read.exclusions["reason"]) == {
        "upper before lower", "lower before entry", "zero-length", "nothing known after entry", "missing value",
        "negative time",
    }  # fmt: skip


def test_refusals_of_survival():
    d = frame((0, 2), (1, np.nan))
    for name, value in (("exit", "upper"), ("event", "upper"), ("cluster", "lower"), ("variance", "robust")):
        with pytest.raises(UsageError, match=f"{name}= has no meaning for intervals"):
            survival(d, **ENDS, **{name: value})
    with pytest.raises(UsageError, match="conf_type= has no meaning"):
        survival(d, **ENDS, conf_type="log")
    with pytest.raises(UsageError, match="limits= is for intervals"):
        survival(exact(), exit="exit", event="event", limits=None)
    with pytest.raises(UsageError, match="name both columns"):
        survival(d, lower="lower")
    with pytest.raises(UsageError, match="is not one of"):
        survival(d, **ENDS, limits="wald")
    with pytest.raises(UsageError, match="take limits=None"):
        survival(d.assign(w=[0.5, 1]), **ENDS, weights="w")
    with pytest.raises(DataError, match="the only case is not known"):
        survival(frame((3, np.nan)), **ENDS)
    with pytest.raises(UsageError, match="between 0 and 1"):
        survival(d, **ENDS, limits=None).quantile(1)
    assert isinstance(survival(d.assign(w=[0.5, 1]), **ENDS, weights="w", limits=None), IntervalCurves)


# Proportional hazards in bands

CUTS = [12, 30, 60]


@pytest.mark.parametrize(
    ("kind", "data", "options"),
    [
        ("poisson", "some", {"entry": "entry", "cuts": CUTS}),
        ("exponential", "plain", {"cuts": 1}),
        ("bands", "many", {"entry": "entry", "cuts": CUTS}),
    ],
)
def test_hazard_equals_r(kind, data, options):
    fit = interval_hazard(DATA[data], "x + z", **ENDS, **options)
    values, errors = expected(kind), expected(f"{kind} se")
    tidy, base = fit.tidy(), fit.baseline()
    bands = [str(k + 1) for k in range(len(base))]
    np.testing.assert_allclose(tidy["estimate"], values[["x", "z"]], rtol=1e-8)
    np.testing.assert_allclose(tidy["std_error"], errors[["x", "z"]], rtol=1e-8)
    np.testing.assert_allclose(np.log(base["estimate"]), values[bands], rtol=1e-8)
    if kind != "exponential":
        np.testing.assert_allclose(base["std_error"], errors[bands], rtol=1e-8)
    np.testing.assert_allclose(fit.glance()["loglik"], values["loglik"], rtol=1e-10)


def test_cluster_variance_and_predictions_equal_r():
    options = {**ALL, "cuts": CUTS}
    fit = interval_hazard(DATA["many"], "x + z", **options, cluster="site")
    np.testing.assert_allclose(fit.tidy()["std_error"], expected("bands cluster")[["x", "z"]], rtol=1e-8)
    assert fit.df == 19
    found = interval_hazard(DATA["many"], "x + z", **options).predict({"x": [1], "z": [0.5]}, 48).iloc[0]
    np.testing.assert_allclose(found["estimate"], expected("bands")["survival"], rtol=1e-10)
    np.testing.assert_allclose(found["std_error"], expected("bands se")["survival"], rtol=1e-8)


def test_derivatives_by_differences():
    d = DATA["many"].iloc[:80]
    times = intervals(d, **ALL).times
    data = band_data(times, d[["x", "z"]].to_numpy(float), np.array(CUTS, float), ridge=0.7)
    theta = np.array([0.3, -0.2, -4, -3.5, -4.2, -4.4])
    at = evaluate(data, theta)

    def value(t):
        return evaluate(data, t).loglik - 0.35 * t[:2] @ t[:2]

    for e in np.eye(6) * 1e-5:
        np.testing.assert_allclose(at.gradient @ e, (value(theta + e) - value(theta - e)) / 2, rtol=1e-6)
        turn = (evaluate(data, theta + e).gradient - evaluate(data, theta - e).gradient) / 2
        np.testing.assert_allclose(-at.information @ e, turn, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(at.scores.sum(axis=0) - at.gradient, [0.7 * 0.3, -0.7 * 0.2, 0, 0, 0, 0], atol=1e-9)


def test_shift_and_scale_of_covariates_change_nothing_else():
    d = DATA["many"].assign(year=lambda f: 2000 + 10 * f["z"])
    options = {**ALL, "cuts": CUTS}
    one, other = (interval_hazard(d, f"x + {z}", **options) for z in ("z", "year"))
    np.testing.assert_allclose(other.tidy()["estimate"] * [1, 10], one.tidy()["estimate"], rtol=1e-7)
    np.testing.assert_allclose(other.tidy()["statistic"], one.tidy()["statistic"], rtol=1e-7)
    for kind in ("survival", "incidence", "cumulative_hazard", "hazard"):
        a = one.predict({"x": [0, 1], "z": [0.0, 1.5]}, [6, 40], kind)
        b = other.predict({"x": [0, 1], "year": [2000.0, 2015.0]}, [6, 40], kind)
        pd.testing.assert_frame_equal(a, b, rtol=1e-7)
        assert ((a["ci_low"] <= a["estimate"]) & (a["estimate"] <= a["ci_high"])).all()


def test_whole_weights_are_so_many_cases_and_others_give_robust_errors():
    d = DATA["many"].assign(w=lambda f: 1 + f["site"] % 3)
    options = {**ALL, "cuts": CUTS}
    weighted = interval_hazard(d, "x + z", **options, weights="w")
    repeated = interval_hazard(d.loc[d.index.repeat(d["w"])], "x + z", **options)
    pd.testing.assert_frame_equal(weighted.tidy(), repeated.tidy(), rtol=1e-8)
    half = interval_hazard(d.assign(w=d["w"] / 2), "x + z", **options, weights="w")
    np.testing.assert_allclose(half.tidy()["estimate"], weighted.tidy()["estimate"], rtol=1e-8)
    assert (half.variance, weighted.variance) == ("robust", "model")


def test_near_cox_where_times_are_exact():
    d = DATA["some"].assign(event=lambda f: f["upper"].notna().astype(int))
    ours = interval_hazard(d, "x + z", **ALL, cuts=8).tidy()
    theirs = cox(d, "x + z", exit="lower", event="event", entry="entry").tidy()
    assert (np.abs(ours["estimate"] - theirs["estimate"]) < 0.2 * theirs["std_error"]).all()


def test_default_bands_share_the_events():
    fit = interval_hazard(DATA["some"], "x", **ALL)
    events = DATA["some"]["upper"].dropna()
    share = np.histogram(events, np.r_[0, fit.cuts + 1e-9, np.inf])[0]
    assert len(share) == 4
    assert share.max() - share.min() <= 3
    assert len(interval_hazard(DATA["some"], "x", **ALL, cuts=1).baseline()) == 1
    rng = np.random.default_rng(1)
    end = rng.exponential(40, 1500)  # more distinct times than are needed to place the edges
    d = pd.DataFrame({"lower": end, "upper": np.where(rng.random(1500) < 0.8, end, np.nan), "x": rng.random(1500)})
    cuts = interval_hazard(d, "x", **ENDS).cuts
    np.testing.assert_allclose(cuts, np.quantile(d["upper"].dropna(), [0.25, 0.5, 0.75]), atol=2 * end.max() / 250)


def test_ridge_draws_towards_zero_and_ends_separation():
    d = DATA["many"]
    free, held = (interval_hazard(d, "x", **ALL, penalty=v).tidy()["estimate"].iloc[0] for v in (None, 50))
    assert 0 < held < free
    level = d.assign(rare=(d.index < 12).astype(int), upper=d["upper"].where(d.index >= 12))
    level = level[(level["lower"] > level["entry"]) | level["upper"].notna()]
    held = interval_hazard(level, "rare", **ALL, penalty=1.0)
    assert np.isfinite(held.tidy()["estimate"]).all()
    assert np.isnan(held.glance()["aic"].iloc[0])


def test_separation_names_the_level():
    d = DATA["many"].assign(part=np.where(np.arange(300) < 12, "north", "south"))
    none = d.assign(upper=d["upper"].where(d["part"] == "south"))
    none = none[(none["lower"] > none["entry"]) | none["upper"].notna()]
    none = none.assign(part=pd.Categorical(none["part"], ["south", "north"]))
    with pytest.raises(DataError, match=r"part, 'north': none of its \d+ cases is known to have had the event"):
        interval_hazard(none, "part + z", **ALL)
    with pytest.raises(DataError, match="no case outside this level"):
        interval_hazard(none.assign(part=none["part"].cat.reorder_categories(["north", "south"])), "part", **ALL)


def test_bands_without_information_are_named():
    d = DATA["many"]
    with pytest.raises(DataError, match=r"band, '\(0, 1\]': no event can lie in this band.*[Ff]ewer"):
        interval_hazard(d, "x", **ALL, cuts=[1, 20])
    with pytest.raises(DataError, match="nobody is known to have been without"):
        interval_hazard(frame((1, 2), (0, 3), (3, 9)).assign(x=[0, 1, 0]), "x", **ENDS, cuts=[5])
    sure = pd.concat([frame(*[(0, 5)] * 5, *[(10, np.nan)] * 5), frame((3, 8), (3, 8), (2, 9))], ignore_index=True)
    with pytest.raises(DataError, match="hazard of zero or infinity in this band"):
        interval_hazard(sure.assign(x=[0, 1] * 6 + [0]), "x", **ENDS, cuts=[4, 7])


def test_refusals_of_the_hazard_model():
    d = DATA["many"]
    for wrong in (0, [30, 12], [-1, 5], [np.inf], True, "four"):
        with pytest.raises(UsageError, match="cuts"):
            interval_hazard(d, "x", **ALL, cuts=wrong)
    for wrong in ("firth", -1, True):
        with pytest.raises(UsageError, match="penalty must be"):
            interval_hazard(d, "x", **ALL, penalty=wrong)
    with pytest.raises(DataError, match="constant"):
        interval_hazard(d.assign(one=1), "one", **ALL)
    with pytest.raises(UsageError, match="too few for 2"):
        interval_hazard(d.assign(half=d["site"] > 10), "x + z", **ALL, cluster="half")
    with pytest.raises(DataError, match="is known to have had the event"):
        interval_hazard(d.assign(upper=np.nan), "x", **ALL)
    fit = interval_hazard(d, "x", **ALL)
    with pytest.raises(UsageError, match="the last time in the data"):
        fit.predict({"x": [1]}, 1000)
    with pytest.raises(UsageError, match="is not one of"):
        fit.predict({"x": [1]}, 10, kind="median")
    with pytest.raises(UsageError, match="no rows"):
        fit.predict({"x": []}, 10)


def test_the_estimate_as_a_table_and_a_figure():
    fit = interval_hazard(DATA["many"], "x + z", **ALL)
    wide, narrow = fit.with_level(0.99).tidy(), fit.tidy()
    assert (wide["ci_high"] > narrow["ci_high"]).all()
    np.testing.assert_allclose(fit.tidy(exponentiate=True)["ci_low"], np.exp(narrow["ci_low"]))
    glance = fit.glance().iloc[0]
    assert glance[["n_exact", "n_interval", "n_left", "n_right"]].sum() == glance["n"] == 300
    assert "300 cases" in repr(fit)
    assert "hazard ratio" in fit._repr_html_()
    fit.plot()
    plt.close("all")
