"""Times equal but for rounding are one time, and who leaves at 0 counts: against R (tests/reference/times.R)."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import clemency as cl
from clemency.models.kernel.riskset import at_risk, risk_sets
from clemency.models.kernel.sametime import TOLERANCE, distinct, made_equal, moved_onto, tolerance
from clemency.models.modelframe.history import history
from clemency.records.errors import DataError, UsageError

REFERENCE = Path(__file__).resolve().parents[2] / "reference" / "times"
NAMES = ("plain", "delayed", "spells", "zero")
END = pd.CategoricalDtype(["censored", "act", "death"])
EXPECTED = pd.read_csv(REFERENCE / "expected.csv")


def r(data: str, quantity: str) -> np.ndarray:
    found = EXPECTED[(EXPECTED["data"] == data) & (EXPECTED["quantity"] == quantity)]["value"].to_numpy()
    assert len(found), (data, quantity)
    return found


def read(name: str) -> tuple[pd.DataFrame, dict[str, str]]:
    d = pd.read_csv(REFERENCE / f"{name}.csv", dtype=dict.fromkeys(("entry", "exit", "x"), str))
    d = d.assign(**{c: d[c].map(float) for c in ("entry", "exit", "x")})  # to the last digit, in any version of pandas
    end = pd.Categorical.from_codes(d["event"], dtype=END)
    d = d.assign(end=end, any=(d["event"] > 0).astype(int), act=(d["event"] == 1).astype(int))
    late = {"entry": "entry"} if name in ("delayed", "spells") else {}
    return d, {"exit": "exit"} | late


def times_of(name: str) -> list[float]:
    return [0, 1, 5, 12] if name == "zero" else [0.35, 0.65, 0.75, 1.25, 1.95]


def check(name: str, quantity: str, ours, rtol: float = 1e-10) -> None:
    np.testing.assert_allclose(np.ravel(np.asarray(ours, dtype=float)), r(name, quantity), rtol=rtol, atol=1e-12)


def test_the_data_are_what_they_are_meant_to_be():
    """Many times of the files differ by rounding alone; in the other file a fifth of the people leave at 0."""
    for name in NAMES[:3]:
        d, _ = read(name)
        every = np.unique(np.r_[d["entry"], d["exit"]])
        assert 0 < np.diff(every).min() < 1e-15
        assert len(every) > 1.2 * len(np.unique(every.round(6)))
    assert (read("zero")[0]["exit"] == 0).sum() > 15


@pytest.mark.parametrize("name", NAMES)
def test_curves(name):
    d, times = read(name)
    at = cl.survival(d, event="any", by="g", variance="greenwood", **times).at(times_of(name))
    columns = {"survival": "estimate", "survival_error": "std_error", "survival_low": "ci_low"}
    for quantity, column in {**columns, "survival_high": "ci_high"}.items():
        check(name, quantity, at[column])
    curve = cl.survival(d, event="any", variance="greenwood", **times)
    check(name, "times", curve.tidy()["time"], rtol=1e-14)
    check(name, "at_risk", curve.tidy()["at_risk"], rtol=0)
    check(name, "quantile", curve.quantile([0.2, 0.5, 0.7])["quantile"])
    until = 9 if name == "zero" else 1.7
    check(name, "mean", curve.restricted_mean(until)[["estimate", "std_error"]])
    both = cl.incidence(d, event="end", cluster="id", **times)
    at = both.at(times_of(name))
    check(name, "incidence", at["estimate"])
    check(name, "incidence_error", at["std_error"])
    check(name, "incidence_low", at["ci_low"])
    check(name, "incidence_high", at["ci_high"])
    check(name, "lost", both.restricted_mean(until)["estimate"])


@pytest.mark.parametrize("name", ["plain", "zero"])
def test_logrank(name):
    d, times = read(name)
    check(name, "logrank", cl.logrank(d, by="g", event="any", **times).statistic)


@pytest.mark.parametrize("name", NAMES)
def test_regressions(name):
    d, times = read(name)
    for ties in ("efron", "breslow"):
        fit = cl.cox(d, "x + g", event="act", ties=ties, **times)
        check(name, f"{ties}_coef", fit.coefficients, rtol=1e-8)
        check(name, f"{ties}_var", fit.covariance, rtol=1e-8)
        check(name, f"{ties}_loglik", [fit.summary["loglik_null"], fit.summary["loglik"]])
    fit = cl.cox(d, "x + g", event="act", strata="s", weights="w", cluster="id", **times)
    check(name, "weighted_coef", fit.coefficients, rtol=1e-8)
    check(name, "weighted_var", fit.covariance, rtol=1e-8)


@pytest.mark.parametrize("name", NAMES)
def test_what_follows_a_regression(name):
    """R stops within 1e-8 of the maximum."""
    d, times = read(name)
    fit = cl.cox(d, "x + g", event="act", **times)
    for kind in ("martingale", "deviance"):
        check(name, kind, fit.residuals(kind), rtol=1e-7)
    check(name, "schoenfeld", fit.residuals("schoenfeld").drop(columns="time").to_numpy().T, rtol=1e-7)
    found = fit.predict({"x": [0.5], "g": ["b"]}, times_of(name))
    check(name, "predicted", found["estimate"], rtol=1e-8)
    check(name, "predicted_error", found["std_error"], rtol=1e-8)
    pairs = fit.concordance()
    counts = [pairs.concordant, pairs.discordant, pairs.tied_risk]
    check(name, "concordance", [pairs.estimate, pairs.std_error, *counts])
    for scale in ("km", "rank", "identity", *(["log"] if name != "zero" else [])):
        check(name, f"zph_{scale}", fit.check(scale).tidy()["statistic"], rtol=1e-7)


@pytest.mark.parametrize("name", NAMES[:3])
def test_fine_gray(name):
    d, times = read(name)
    fit = cl.fine_gray(d, "x + g", event="end", outcome="act", id="id", **times)
    check(name, "finegray_coef", fit.coefficients, rtol=1e-8)
    check(name, "finegray_var", fit.covariance, rtol=1e-8)


def test_competing_ends_at_zero():
    d, times = read("zero")
    later = d.assign(exit=d["exit"] + 0.5 * (d["event"] == 0))  # see fine_gray on ties with censorings in crr
    fit = cl.fine_gray(later, "x + g", event="end", outcome="act", ties="breslow", **times)
    check("zero", "crr_coef", fit.coefficients, rtol=1e-6)
    check("zero", "gray", cl.gray_test(d, by="g", event="end", outcome="act", **times).statistic)
    curve = cl.incidence(d, event="end", outcome="act", **times)
    check("zero", "cuminc", curve.at(times_of("zero"))["estimate"])


def test_an_area_past_the_last_exit_of_a_curve_at_zero():
    d = pd.DataFrame({"exit": [1, 2, 2, 3.5, 4], "act": [1, 1, 0, 1, 1]})
    check("ended", "mean", cl.survival(d, exit="exit", event="act").restricted_mean(6)[["estimate", "std_error"]])


@given(st.integers(0, 2**32 - 1), st.sampled_from([1e-9, 1e-3, 1.0, 12 / 365.25, 1e6]))
def test_times_are_made_equal_on_any_scale(seed, scale):
    rng = np.random.default_rng(seed)
    whole = rng.integers(0, 40, 30)
    clean = whole / 10 * scale
    noise = 1 + rng.integers(-4, 5, 30) * np.finfo(float).eps
    entry, exit = made_equal(np.r_[clean, np.nan], np.r_[clean * noise, np.inf])
    np.testing.assert_array_equal(entry[:-1], exit[:-1])
    assert np.isnan(entry[-1])
    assert np.isinf(exit[-1])
    assert len(np.unique(entry[:-1])) == len(np.unique(whole))
    np.testing.assert_allclose(entry[:-1], clean, rtol=1e-14)


def test_large_data_are_made_equal_as_small_ones_are():
    """From 10,000 rows on the rows to change are found another way."""
    rng = np.random.default_rng(4)
    t = rng.exponential(30, 60_000)
    t[::7] = t[1::7][: len(t[::7])] * (1 + 1e-13)
    grid = np.unique(np.r_[0.0, t])
    close = np.diff(grid) <= TOLERANCE * grid[len(grid) // 2]
    first = grid[np.maximum.accumulate(np.where(np.r_[True, ~close], np.arange(len(grid)), 0))]
    expected = first[np.searchsorted(grid, t)]
    assert (expected != t).sum() > 4000
    np.testing.assert_array_equal(made_equal(t)[0], expected)
    np.testing.assert_array_equal(made_equal(t[:5000], t[5000:])[1], expected[5000:])


def test_what_is_the_same_and_what_is_not():
    """The median of the distinct times 0, 1, 2, 3 and 4 is 2: 1.4e-8 is the same, 6e-8 is not, and zero is a time."""
    assert tolerance(np.array([1.0, 2, 3, 4])) == pytest.approx(2 * 2**-26)
    t = np.array([1.0, 1 + 1.4e-8, 2, 3, 3 + 6e-8, -1e-9, 1e-9, -1e-6, 4])
    np.testing.assert_array_equal(made_equal(t)[0], [1, 1, 2, 3, 3 + 6e-8, 0, 0, -1e-6, 4])
    run = np.array([1.0, 1 + 1e-8, 1 + 2e-8, 1 + 3e-8, 2, 3, 4, 5])  # each the same as the next
    np.testing.assert_array_equal(made_equal(run)[0], [1, 1, 1, 1, 2, 3, 4, 5])
    np.testing.assert_array_equal(made_equal(np.r_[run, 1e300])[0], [1, 1, 1, 1, 2, 3, 4, 5, 1e300])
    months = np.array([3.0, 5.0, 240.0])
    assert made_equal(None, months)[1] is months
    np.testing.assert_array_equal(distinct(np.array([0.3, 1.0]), np.array([0.1 + 0.2, 2.0])), [0.3, 1, 2])
    np.testing.assert_array_equal(distinct(np.array([0.0]), np.array([2.0])), [0, 2])
    np.testing.assert_array_equal(moved_onto(np.array([0.3, 0.5, -1e-17]), np.array([0.1 + 0.2])), [0.1 + 0.2, 0.5, 0])


def test_whole_numbers_are_told_apart_up_to_two_to_the_26th():
    """The tolerance is the median over 2^26: below 1 for smaller whole numbers, and 1 where the median is 2^26."""
    edge = 2.0**26
    small = np.array([edge - 2, edge - 1, edge])
    assert made_equal(small)[0] is small
    np.testing.assert_array_equal(made_equal(np.array([edge, edge + 1]))[0], [edge, edge])
    # Seconds of some three years: 1.49 is the tolerance, and 2 is more.
    np.testing.assert_array_equal(made_equal(np.array([1e8, 1e8 + 1, 1e8 + 3]))[0], [1e8, 1e8, 1e8 + 3])
    assert moved_onto(np.array([edge + 1]), np.array([edge])).tolist() == [edge]


def test_a_difference_of_just_the_tolerance_is_none():
    np.testing.assert_array_equal(made_equal(np.array([-0.5, 0.5, 1.25, 2]), within=0.5)[0], [0, 0, 1.25, 2])
    np.testing.assert_array_equal(made_equal(np.array([1.0, 1.5, 2.25]), within=0.5)[0], [1, 1, 2.25])


def test_risk_sets_of_what_is_read():
    d = {"a": [0.0, 0, 0.1, 0.1 + 0.2], "b": [0.1 + 0.2, 0.3, 0.4, 0.5], "e": [1, 1, 0, 1]}
    h = history(d, entry="a", exit="b", event="e")
    sets = risk_sets(h.entry, h.exit, h.event > 0)
    np.testing.assert_array_equal(sets.time, [0.3, 0.5])
    np.testing.assert_array_equal(at_risk(sets), [3, 1])
    np.testing.assert_array_equal(sets.n_event, [2, 1])


SHORT = pd.DataFrame(
    {
        "a": [0, 0, 0.3, 0, 0.1, 0, 0],
        "b": [0.1 + 0.2, 0.5, 0.1 + 0.2, 1, 2, 1.5, 2.5],
        "e": [1, 1, 1, 0, 1, 1, 1],
        "x": [1, 2, 0, 3, 1.0, 0, 2],
    }
)


def test_a_spell_that_is_empty_but_for_rounding_is_left_out_and_told():
    """S(0.3) is 1 - 1/6 without the third row; R (coxph, survival 3.5) gives -0.57058 without it."""
    for d in (
        SHORT,
        SHORT.assign(a=SHORT["a"].where(SHORT.index != 2, 0.1 + 0.2), b=SHORT["b"].replace(0.1 + 0.2, 0.3)),
    ):
        curve = cl.survival(d, exit="b", entry="a", event="e")
        assert curve.at(0.3)["estimate"].item() == pytest.approx(5 / 6)
        assert curve.exclusions[["reason", "column", "n", "first_rows"]].to_numpy().tolist() == [
            ["zero-length", "b", 1, "2"]
        ]
        fit = cl.cox(d, "x", exit="b", entry="a", event="e")
        assert fit.tidy()["estimate"].item() == pytest.approx(-0.57058, abs=5e-6)
        assert fit.residuals("martingale").max() < 1


def test_spells_of_a_case_that_meet_but_for_rounding_leave_no_gap():
    d = {
        "id": [1, 1, 2, 3, 4],
        "k": ["censored", "cut", "cut", "death", "cut"],
        "x": [1.0, 1, 0, 2, 3],
        "g": [1, 1, 1, 2, 2],
    }
    for first, second in ((0.3, 0.1 + 0.2), (0.1 + 0.2, 0.3)):
        rows = pd.DataFrame(
            {
                **d,
                "k": pd.Categorical(d["k"], ["censored", "cut", "death"]),
                "from": [0, second, 0, 0, 0],
                "to": [first, 1, 0.8, 0.6, 0.5],
            }
        )
        whole = rows.drop(index=0).assign(**{"from": 0.0})
        spell = {"exit": "to", "entry": "from", "event": "k", "id": "id", "outcome": "cut"}
        fits = [cl.fine_gray(v, "x", **spell) for v in (rows, whole)]
        assert fits[0].tidy()["estimate"].item() == pytest.approx(fits[1].tidy()["estimate"].item(), abs=1e-12)
        tests = [cl.gray_test(v, by="g", **spell).statistic for v in (rows, whole)]
        assert tests[0] == pytest.approx(tests[1], rel=1e-12)
        numbers = [cl.recurrence(v, exit="to", entry="from", event="k", id="id", outcome="cut") for v in (rows, whole)]
        np.testing.assert_allclose(numbers[0].tidy()["estimate"], numbers[1].tidy()["estimate"], rtol=1e-12)
    with pytest.raises(DataError, match="leave a gap"):
        cl.fine_gray(rows.assign(**{"from": [0, 0.31, 0, 0, 0]}), "x", **spell)


@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e6])
def test_paths_of_predictions_on_any_scale(scale):
    """Gaps are seen, and rounding is none, whether a clock counts seconds or centuries."""
    d = pd.DataFrame({"t": np.array([2, 3, 5, 6, 8, 9, 11, 12]) / 10 * scale, "e": [1, 1, 0, 1, 1, 0, 1, 0]})
    d["x"] = [1.0, 0, 2, 1, 0, 1, 2, 0]
    fit = cl.cox(d, "x", exit="t", event="e")
    path = pd.DataFrame({"id": 1, "a": [0, 0.3 * scale], "b": [0.3 * scale, scale], "x": [1.0, 2.0]})
    named = {"id": "id", "entry": "a", "exit": "b"}
    whole = fit.predict(path, 0.9 * scale, **named)["estimate"].item()
    near = (0.1 + 0.2) * scale
    for a, b in ((near, 0.3 * scale), (0.3 * scale, near)):
        rounded = path.assign(a=[0, a], b=[b, scale])
        assert fit.predict(rounded, 0.9 * scale, **named)["estimate"].item() == pytest.approx(whole, rel=1e-14)
    for a, message in ((0.31, "has a gap"), (0.29, "overlap")):
        with pytest.raises(UsageError, match=message):
            fit.predict(path.assign(a=[0, a * scale]), 0.9 * scale, **named)


def test_times_that_are_asked_for_are_those_of_the_data_but_for_rounding():
    """An event at 0.1 + 0.2 has happened by 0.3, and the last exit may be asked for in another spelling."""
    d = pd.DataFrame({"t": [0.1 + 0.2, 0.6, 0.7, 1.1 + 2.2], "e": [1, 1, 1, 0], "x": [0.0, 1, 0, 1], "g": list("aabb")})
    d["k"] = pd.Categorical(["cut", "cut", "death", "censored"], categories=["censored", "cut", "death"])
    spell = {"exit": "t", "event": "e"}
    curve = cl.survival(d, **spell)
    assert curve.at([0.3, 3.3])["estimate"].tolist() == pytest.approx([0.75, 0.25])
    assert curve.at([0.3, 3.3])["time"].tolist() == [0.3, 3.3]
    assert curve.restricted_mean(3.3)["estimate"].item() == pytest.approx(0.3 + 0.75 * 0.3 + 0.5 * 0.1 + 0.25 * 2.6)
    apart = cl.survival(d, by="g", **spell).difference([0.3])
    assert apart["estimate"].item() == pytest.approx(0.5)
    assert cl.incidence(d, exit="t", event="k").at(0.3)["estimate"].tolist() == [0.25, 0]
    number = cl.recurrence(d.assign(id=range(4)), id="id", **spell)
    assert number.at([0.3, 3.3])["estimate"].tolist() == pytest.approx([1 / 4, 1 / 4 + 1 / 3 + 1 / 2])
    fit = cl.cox(d, "x", **spell)
    base = fit.baseline()
    at_zero = fit.predict({"x": [0.0]}, [0.3, 3.3])
    np.testing.assert_allclose(at_zero["estimate"], base["survival"].iloc[[0, -1]], rtol=1e-12)
    standard = fit.standardise("x", [0.3, 3.3])
    assert standard.loc[standard["x"] == 0, "estimate"].tolist() == pytest.approx(at_zero["estimate"].tolist())


def test_intervals_whose_ends_are_equal_but_for_rounding_are_exact():
    low, high = np.array([0.3, 0.1 + 0.2, 0.6, 0.7]), np.array([0.1 + 0.2, 0.3, 0.6, np.inf])
    curve = cl.survival(pd.DataFrame({"l": low, "u": high}), lower="l", upper="u")
    assert curve.glance()[["n", "n_exact"]].to_numpy().tolist() == [[4, 3]]
    assert curve.at(0.3)["estimate"].item() == pytest.approx(0.5)
    assert curve.at(0.1 + 0.2)["estimate"].item() == pytest.approx(0.5)


ZERO = pd.DataFrame(
    {"t": [0, 0, 5, 9, 12, 12], "ev": [1, 1, 1, 1, 0, 0], "g": list("ababab"), "x": [1.0, 2, 0, 3, 1, 2]}
)


def test_who_leaves_at_zero_without_entry_counts():
    """Two of six at once: 4/6 at 0, 3/6 after 5, 2/6 after 9, as R's survfit."""
    curve = cl.survival(ZERO, exit="t", event="ev")
    assert curve.at([0, 6, 12])["estimate"].tolist() == pytest.approx([2 / 3, 1 / 2, 1 / 3])
    assert curve.at([0, 6])["at_risk"].tolist() == [6, 3]
    assert curve.exclusions.empty
    assert curve.restricted_mean(12)["estimate"].item() == pytest.approx(5 * 2 / 3 + 4 / 2 + 3 / 3)
    assert curve.quantile(0.3)["quantile"].item() == 0
    line = curve.plot().get_lines()[0]
    assert line.get_xydata()[:2].tolist() == [[0, 1], [0, pytest.approx(2 / 3)]]
    intervals = ZERO.assign(u=[0, 0, 5, 9, np.inf, np.inf])
    known = cl.survival(intervals, lower="t", upper="u")
    assert known.at([0, 6, 12])["estimate"].tolist() == pytest.approx([2 / 3, 1 / 2, 1 / 3])
    assert known.glance()[["n_exact", "n_right", "n_left"]].to_numpy().tolist() == [[4, 2, 0]]
    number = cl.recurrence(ZERO.assign(id=range(6)), exit="t", event="ev", id="id")
    assert number.at([0, 6])["estimate"].tolist() == pytest.approx([2 / 6, 2 / 6 + 1 / 4])


def test_who_is_lost_at_zero_was_at_risk_there():
    d = pd.DataFrame({"t": [0, 0, 0, 5], "ev": [1, 1, 0, 1]})
    assert cl.survival(d, exit="t", event="ev").at([0, 5])["estimate"].tolist() == [0.5, 0]
    known = cl.survival(d.assign(u=[0, 0, np.inf, 5]), lower="t", upper="u")
    assert known.at([0, 5])["estimate"].tolist() == pytest.approx([0.5, 0])


def test_with_entry_and_in_cohorts_a_spell_without_length_is_left_out():
    d = ZERO.assign(start=0.0)
    curve = cl.survival(d, exit="t", event="ev", entry="start")
    assert curve.at([6, 12])["estimate"].tolist() == pytest.approx([0.75, 0.5])
    assert curve.exclusions[["reason", "n"]].to_numpy().tolist() == [["zero-length", 2]]


def test_rates_count_events_at_zero_and_no_time():
    found = cl.rates(ZERO, "g", exit="t", event="ev").tidy().set_index("g")
    assert found[["n_event", "person_time"]].to_numpy().tolist() == [[2, 17], [2, 21]]
    assert found["estimate"].tolist() == pytest.approx([2000 / 17, 2000 / 21])
    d = pd.DataFrame({"t": [0, 0, 3, 4], "ev": [1, 0, 1, 0], "g": list("aabb")})
    found = cl.rates(d, "g", exit="t", event="ev").tidy().set_index("g")
    assert found.loc["a", ["estimate", "std_error", "ci_low", "ci_high"]].isna().all()
    assert found.loc["a", "n_event"] == 1
    assert cl.recurrence(d.assign(id=range(4)), exit="t", event="ev", id="id", by="g").glance()[
        "rate"
    ].isna().tolist() == [
        True,
        False,
    ]


def test_several_spells_of_a_case_without_entry_are_refused():
    """All of them begin at 0, also where one ends there."""
    d = ZERO.assign(id=[1, 1, 2, 3, 4, 5], k=["censored", "death", "cut", "cut", "death", "censored"])
    with pytest.raises(DataError, match="leave a gap or overlap"):
        cl.fine_gray(d, "x", exit="t", event="k", outcome="cut", id="id")
    with pytest.raises(DataError, match="overlap"):
        cl.recurrence(d, exit="t", event="ev", id="id")


def test_an_event_at_zero_has_no_logarithm():
    with pytest.raises(UsageError, match="events at 0"):
        cl.cox(ZERO, "x", exit="t", event="ev").check("log")


def test_expected_events_need_person_time():
    d = pd.DataFrame({"t": [0, 0, 3, 4], "ev": [1, 1, 1, 0], "g": list("abab"), "s": list("xxyy")})
    with pytest.raises(DataError, match="2 events and no person-time"):
        cl.pooled_rates(d, "g", exit="t", event="ev", adjust="s", draws=100)
