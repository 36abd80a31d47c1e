"""Robust errors, quantiles, restricted means and bands of curves; values of R from tests/reference/curves_more.R."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import clemency as cl
from clemency.models.curves.aalenjohansen import alone
from clemency.models.curves.bands import equal_precision, hall_wellner
from clemency.models.curves.curves import incidence, survival
from clemency.models.curves.summaries import gaps
from clemency.records.errors import UsageError

REFERENCE = Path(__file__).resolve().parents[2] / "reference"
EXPECTED = pd.read_csv(REFERENCE / "curves_more.csv", dtype={"group": str, "outcome": str})
NAMES = sorted(EXPECTED["data"].unique())
COMPETING = sorted(EXPECTED.loc[EXPECTED["what"] == "incidence robust", "data"].unique())
WAYS = {
    "robust": {"variance": "robust"},
    "cluster": {"cluster": "c"},
    "weights": {"weights": "w", "variance": "robust"},
    "cluster weights": {"cluster": "c", "weights": "w"},
}


@pytest.fixture(scope="module")
def data():
    files = ("comparison_data.csv", "comparison_rdata.csv")
    whole = pd.concat([pd.read_csv(REFERENCE / f, dtype={"group": str, "stratum": str}) for f in files])
    found = {}
    for name, d in whole.groupby("data"):
        d = d[d["exit"] > 0].reset_index(drop=True)
        row = np.arange(1, len(d) + 1)
        end = pd.Categorical.from_codes(d["event"].astype(int), ["censored", "1", "2", "3"])
        d = d.assign(c=(row - 1) // 3, w=1 + (row % 3) / 2, end=end.remove_unused_categories())
        found[name] = d.assign(first=(d["event"] == 1).astype(int))
    return found


def wanted(name, what):
    found = EXPECTED[(EXPECTED["data"] == name) & (EXPECTED["what"] == what)]
    assert len(found)
    return found


def compare(table, rows, columns, rtol=1e-8):
    """Rows of R found in a table of ours by group, outcome and time."""
    keyed = table.assign(group=table["group"].astype(str), outcome=table["outcome"].astype(str))
    both = rows.merge(
        keyed, left_on=["group", "outcome", "at"], right_on=["group", "outcome", "when"], suffixes=("_r", "")
    )
    assert len(both) == len(rows) > 0
    for theirs, ours in columns.items():
        np.testing.assert_allclose(both[ours], both[theirs if theirs in both else f"{theirs}_r"], rtol=rtol, atol=1e-12)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", NAMES)
def test_robust_errors_of_survival(data, name, way):
    curves = survival(data[name], exit="exit", event="first", entry="entry", by="group", **WAYS[way])
    rows = wanted(name, f"survival {way}")
    table = curves.at(sorted(rows["at"].unique())).assign(outcome="1").rename(columns={"time": "when"})
    rows = rows.dropna(subset=["std_error"])
    compare(table, rows, {"estimate": "estimate", "std_error": "std_error"})
    inside = rows.dropna(subset=["low", "high"])
    compare(table, inside, {"low": "ci_low", "high": "ci_high"})


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", COMPETING)
def test_robust_errors_of_incidence_and_of_months_lost(data, name, way):
    columns = {"exit": "exit", "event": "end", "entry": "entry", "by": "group"}
    curves = incidence(data[name], **columns, **WAYS[way])
    rows = wanted(name, f"incidence {way}")
    table = curves.at(sorted(rows["at"].unique())).rename(columns={"time": "when"})
    compare(table, rows, {"estimate": "estimate", "std_error": "std_error"})
    rows = wanted(name, f"months lost {way}")
    table = pd.concat([curves.restricted_mean(t).assign(when=t) for t in rows["at"].unique()])
    compare(table, rows, {"estimate": "estimate", "std_error": "std_error"})


@pytest.mark.parametrize("name", NAMES)
def test_quantiles_and_restricted_means(data, name):
    curves = survival(data[name], exit="exit", event="first", entry="entry", by="group", variance="greenwood")
    rows = wanted(name, "quantile")
    table = curves.quantile(sorted(rows["at"].unique())).assign(when=lambda d: d["p"], outcome="1")
    both = rows.merge(
        table.assign(group=table["group"].astype(str)), left_on=["group", "at"], right_on=["group", "when"]
    )
    assert len(both) == len(rows)
    np.testing.assert_allclose(both["quantile"], both["estimate"], rtol=1e-10)
    # With delayed entry a limit may fall and rise again. The first time it reaches p is ours; R's rule is for limits
    # that only fall, and there gives a later one.
    tidy = curves.tidy()
    for theirs, ours, limit in (("low", "ci_low", "ci_low"), ("high", "ci_high", "ci_high")):
        falls = {str(g): (np.diff(d[limit].dropna()) <= 1e-12).all() for g, d in tidy.groupby("group")}
        plain = both["group"].map(falls) if "group" in both else both["group_x"].map(falls)
        assert plain.any()
        np.testing.assert_allclose(both.loc[plain, ours], both.loc[plain, theirs], rtol=1e-10)
        assert (both.loc[~plain, ours].isna() | (both.loc[~plain, ours] <= both.loc[~plain, theirs])).all()
    rows = wanted(name, "restricted mean")
    table = pd.concat([curves.restricted_mean(t).assign(when=t, outcome="1") for t in rows["at"].unique()])
    compare(table, rows, {"estimate": "estimate", "std_error": "std_error"})


def test_critical_values_of_bands():
    """Kolmogorov's limit and the tables of Klein and Moeschberger (2003, appendix C.3 and C.4)."""
    assert hall_wellner(0, 1, 0.95) == pytest.approx(1.3581, abs=1e-4)
    assert hall_wellner(0, 1, 0.90) == pytest.approx(1.2238, abs=1e-4)
    assert equal_precision(0.1, 0.9, 0.95) > equal_precision(0.2, 0.8, 0.95) > 1.96
    rng = np.random.default_rng(1)
    grid = np.linspace(0, 1, 1001)
    walk = np.cumsum(rng.standard_normal((3000, 1000), dtype=np.float32) / np.float32(1000**0.5), axis=1)
    bridge = np.column_stack([np.zeros(3000), walk]) - grid * walk[:, -1:]
    inside = (grid >= 0.1) & (grid <= 0.6)
    for c, scale in (
        (hall_wellner(0.1, 0.6, 0.9), 1.0),
        (equal_precision(0.1, 0.6, 0.9), np.sqrt(grid * (1 - grid))[inside]),
    ):
        share = (np.abs(bridge[:, inside]) < c * scale).all(axis=1).mean()
        # The walk looks at the bridge at 500 points only, so it strays a little less than the bridge does.
        assert 0.885 < share < 0.935


@pytest.mark.parametrize("kind", ["equal-precision", "hall-wellner"])
def test_bands_hold_the_curve_and_its_limits(data, kind):
    curves = survival(data["gbsg2"], exit="exit", event="first", by="group")
    band = curves.band(kind)
    assert (band["ci_low"] <= band["estimate"]).all()
    assert (band["estimate"] <= band["ci_high"]).all()
    if kind == "equal-precision":
        assert (band["critical"] > 1.96).all()
    narrow = curves.band(kind, between=(500, 1000)).groupby("group")["critical"].first()
    assert (narrow < band.groupby("group")["critical"].first()).tolist() == [True] * 3  # for fewer times at once


def test_band_of_an_incidence_covers_in_simulated_samples():
    truth = lambda t: 0.6 * (1 - np.exp(-0.1 * t))  # noqa: E731
    rng = np.random.default_rng(2)
    covered = []
    for seed in range(120):
        time, kind = rng.exponential(10, 150), rng.random(150) < 0.6
        stop = rng.uniform(5, 40, 150)
        code = np.where(time <= stop, np.where(kind, 1, 2), 0)
        d = pd.DataFrame({"exit": np.minimum(time, stop)})
        d["end"] = pd.Categorical.from_codes(code, ["censored", "act", "death"])
        band = incidence(d, exit="exit", event="end", outcome="act").band(between=(2, 20), seed=seed)
        at, last = band["time"].to_numpy(), np.r_[band["time"].to_numpy()[1:], 20]
        # The truth rises between events, so it is looked at just before the next one.
        inside = (band["ci_low"] <= truth(at)) & (truth(np.minimum(last, 20)) <= band["ci_high"] + 0.02)
        covered.append(inside.all())
    assert 0.88 <= np.mean(covered) <= 1.0


def test_differences(data):
    curves = survival(data["gbsg2"], exit="exit", event="first", by="group")
    at = curves.at(1000).set_index("group")
    found = curves.difference(1000).set_index("group")
    first = at.index[0]
    assert [first, *found.index] == at.index.tolist()
    assert len(found) == 2
    for group in found.index:
        assert found.loc[group, "estimate"] == pytest.approx(at.loc[group, "estimate"] - at.loc[first, "estimate"])
        both = np.hypot(at.loc[group, "std_error"], at.loc[first, "std_error"])
        assert found.loc[group, "std_error"] == pytest.approx(both)
    area = curves.difference(until=1000).set_index("group")
    means = curves.restricted_mean(1000).set_index("group")["estimate"]
    assert area.loc[area.index[0], "estimate"] == pytest.approx(means[area.index[0]] - means[first])


def test_areas_by_hand_do_not_depend_on_the_type_of_the_month():
    """One month at 1, two at 2/3: seven thirds, whether the end is 3 or 3.0."""
    d = pd.DataFrame({"t": [1, 2, 3, 4], "e": [1, 0, 0, 1], "g": ["a", "a", "a", "b"]})
    for until in (3, 3.0, np.int32(3)):
        curves = survival(d, exit="t", event="e", by="g")
        np.testing.assert_allclose(curves.restricted_mean(until)["estimate"], [7 / 3, 3], rtol=1e-14)
        np.testing.assert_allclose(curves.difference(until=until)["estimate"], [2 / 3], rtol=1e-14)


def test_a_curve_is_missing_where_nobody_is_seen_any_more():
    """After its last exit a group's curve is known only if everyone's counting had ended by then (R leaves it out)."""
    d = pd.DataFrame({"t": [1, 4, 2, 5], "e": ["cut", "censored", "cut", "death"], "g": ["a", "a", "b", "b"]})
    ended = d.assign(e=(d["e"] != "censored").astype(int))
    numbers = ["estimate", "std_error", "ci_low", "ci_high"]
    for curves in (survival(ended, exit="t", event="e", by="g"), incidence(d, exit="t", event="e", by="g")):
        at = curves.at([4, 4.5, 6])
        known = (at["g"] == "b") | (at["time"] <= 4)
        assert at.loc[known, "estimate"].notna().all()
        assert at.loc[~known, numbers].isna().all(axis=None)
        assert (at.loc[~known, "at_risk"] == 0).all()
    alone = survival(ended[d["g"] == "a"], exit="t", event="e").at([4, 4.5])
    np.testing.assert_allclose(alone["estimate"], [0.5, np.nan])


def test_groups_without_an_event_keep_their_rows():
    """A group in which nothing happened is a finding, not a gap in the table."""
    d = pd.DataFrame({"t": [1, 2, 3, 4], "e": [1, 0, 0, 0], "g": ["a", "a", "b", "b"]})
    for curves, start in (
        (survival(d, exit="t", event="e", by="g"), 1),
        (incidence(d, exit="t", event="e", by="g"), 0),
    ):
        at = curves.at([1, 3])
        assert at["g"].tolist() == ["a", "a", "b", "b"]
        assert at["at_risk"].tolist() == [2, 0, 2, 2]
        assert at["n_event"].tolist() == [1, 1, 0, 0]
        np.testing.assert_allclose(at["estimate"], [0.5, np.nan, start, start])
        found = curves.quantile([0.3, 0.8]).set_index(["g", "p"])["quantile"]
        assert found["a", 0.3] == 1
        assert found.isna().sum() == 3
    assert len(incidence(d, exit="t", event="e").at([1, 3])) == len(survival(d, exit="t", event="e").at([1, 3])) == 2
    nothing = survival(d.assign(e=0), exit="t", event="e", by="g").quantile()
    assert nothing["g"].tolist() == ["a", "b"]
    assert nothing["quantile"].isna().all()


def test_no_error_is_not_an_error_of_zero():
    """Curves of 0 and 1, and a group of one cluster, have no error: no difference is certain because of it."""
    d = pd.DataFrame({"t": [1, 2, 3, 1, 2, 3], "e": [1, 1, 1, 0, 0, 0], "g": list("aaabbb"), "one": 1})
    gap = survival(d, exit="t", event="e", by="g").difference(3)
    assert gap["estimate"].tolist() == [1]
    assert gap[["std_error", "statistic", "p_value", "ci_low", "ci_high"]].isna().all(axis=None)
    for read in (survival, incidence):
        curves = read(d, exit="t", event="e", by="g", cluster="one")
        assert curves.tidy()["std_error"].isna().all()
        assert curves.restricted_mean(3)[["std_error", "ci_low"]].isna().all(axis=None)
        assert curves.difference(1)["p_value"].isna().all()


def test_errors_of_a_difference_by_hand():
    """0.04 + 0.09 less twice 0.02 is 0.09: 0.2 over an error of 0.3; two-sided, 0.6667 is passed with 0.505."""
    found = gaps(np.array([0.3, 0.5]), np.array([[0.04, 0.02], [0.02, 0.09]]), 0, 0.95)
    rounded = {k: round(float(v[0]), 4) for k, v in found.items()}
    # R: 2 * pnorm(-2 / 3) is 0.5049851, and qnorm(0.975) * 0.3 is 0.5879892.
    ends = {"ci_low": -0.388, "ci_high": 0.788}
    assert rounded == {"estimate": 0.2, "std_error": 0.3, "statistic": 0.6667, "p_value": 0.505} | ends


@pytest.mark.parametrize("size", [1e-20, 1.0, 1e20])
def test_what_rounding_leaves_of_a_variance_is_no_error(size):
    """Two groups that move together: their difference has the variance 0, or some 1e-16 of theirs in numbers."""
    rounding = 1 + 2.0**-50
    for base in (0, 1):
        found = gaps(np.array([0.3, 0.5]), size * np.array([[1.0, 1.0], [1.0, rounding]]), base, 0.95)
        assert abs(found["estimate"][0]) == pytest.approx(0.2)
        assert np.isnan([found[k][0] for k in ("std_error", "statistic", "p_value", "ci_low", "ci_high")]).all()
        small = gaps(np.array([0.3, 0.5]), size * np.array([[1.0, 1.0], [1.0, 1 + 1e-10]]), base, 0.95)
        assert small["std_error"][0] == pytest.approx(1e-5 * np.sqrt(size), rel=1e-5)


def test_differences_are_refused_where_a_group_is_no_longer_seen():
    d = pd.DataFrame({"t": [1, 2, 9, 1, 2, 3], "e": [1, 0, 0, 1, 1, 0], "g": list("aaabbb")})
    curves = survival(d, exit="t", event="e", by="g")
    assert len(curves.difference([1, 3])) == 2
    with pytest.raises(UsageError, match="later than the last exit of b, 3"):
        curves.difference([1, 4])
    with pytest.raises(UsageError, match="numbers"):
        curves.difference(np.nan)
    over = survival(d.assign(e=[1, 0, 0, 1, 1, 1]), exit="t", event="e", by="g")
    assert over.difference(8)["estimate"].tolist() == pytest.approx([0 - 2 / 3])  # all of b had the event by then


def test_refusals(data):
    d = data["gbsg2"]
    robust = survival(d, exit="exit", event="first", by="group", variance="robust")
    with pytest.raises(UsageError, match="independent increments"):
        robust.band()
    with pytest.raises(UsageError, match="contradicts"):
        survival(d, exit="exit", event="first", cluster="c", variance="greenwood")
    with pytest.raises(UsageError, match="between 0 and 1"):
        robust.quantile(1.5)
    with pytest.raises(UsageError, match="Give either"):
        robust.difference()
    with pytest.raises(UsageError, match="one curve"):
        survival(d, exit="exit", event="first").difference(100)


def test_hall_wellner_where_events_are_rare():
    """One time only: the band is the normal quantile times the deviation of the bridge there."""
    for u in (1e-5, 1e-3, 0.4):
        assert hall_wellner(u, u, 0.95) == pytest.approx(1.959963985 * np.sqrt(u * (1 - u)), rel=1e-6)
    d = pd.DataFrame({"t": np.r_[0.1, 0.2, 0.3, np.full(20000, 5.0)], "e": np.r_[1, 1, 1, np.zeros(20000)]})
    band = survival(d, exit="t", event="e").band("hall-wellner")
    assert (band["ci_low"] <= band["estimate"]).all()


def test_a_curve_that_falls_at_once_is_drawn_from_one():
    d = pd.DataFrame({"t": [1.0, 2.0], "e": [1, 1]})
    assert survival(d, exit="t", event="e").plot().get_lines()[0].get_ydata()[0] == 1


def test_more_curves_than_can_be_told_apart_are_refused():
    d = pd.DataFrame({"t": np.arange(1.0, 75), "e": 1, "g": [f"group {k:02d}" for k in range(37)] * 2})
    with pytest.raises(UsageError, match="37 curves in one figure"):
        survival(d, exit="t", event="e", by="g").plot()


@pytest.mark.parametrize("seed", range(20))
def test_groups_of_one_case_are_found(seed):
    rng = np.random.default_rng(seed)
    code, case = rng.integers(0, 6, 9), rng.integers(0, 3, 9)
    for cluster in (None, case):
        of = np.arange(9) if cluster is None else cluster
        want = [len({c for g, c in zip(code, of, strict=True) if g == k}) < 2 for k in range(code.max() + 1)]
        assert alone(code, cluster).tolist() == want


@pytest.mark.parametrize("kind", ["equal-precision", "hall-wellner"])
@pytest.mark.parametrize("entry", [None, "a"])
def test_a_weight_of_two_is_two_people_in_a_band(kind, entry):
    d = pd.DataFrame({"a": [0.0, 0, 0, 2, 3, 0, 5, 2], "t": np.arange(1.0, 9), "e": [1, 1, 0, 1, 1, 0, 1, 0]})
    d = pd.concat([d.assign(g="x"), d.assign(g="y", t=d["t"] + 1)], ignore_index=True).assign(w=[2, 1, 3, 1] * 4)
    call = {"exit": "t", "event": "e", "entry": entry, "by": "g", "variance": "greenwood"}
    band = survival(d, weights="w", **call).band(kind)
    want = survival(d.loc[d.index.repeat(d["w"])], **call).band(kind)
    pd.testing.assert_frame_equal(band, want, check_dtype=False, rtol=1e-12)


def test_shares_are_numbers_and_named_once():
    d = pd.DataFrame({"months": [3, 5, 7, 9], "act": [1, 1, 0, 1], "upper": [3.0, 5, np.inf, 9]})
    for curves in (cl.survival(d, exit="months", event="act"), cl.survival(d, lower="months", upper="upper")):
        for p, said in (
            ("0.5", "be numbers: not '0.5'"),
            ([0.5, 0.5], "p= names 0.5 twice"),
            (1, "p must lie between"),
        ):
            with pytest.raises(UsageError, match=said):
                curves.quantile(p)
