"""Months saved: worked by hand, against the mean number of acts, scipy's bootstrap and loops, and loud refusals."""

import inspect
from dataclasses import replace

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import clemency as cl
from clemency import figures
from clemency.models.reductions.aggregate import Sample, months_of
from clemency.models.reductions.bootstrap import drawn_people, limits_of, studentised, without_each
from clemency.models.reductions.monthssaved import months_saved
from clemency.records.errors import DataError, UsageError

mpl.use("Agg")
CASES, ACTS = cl.load("cases"), cl.load("acts")
COHORT = cl.cohort(CASES, ACTS, outcome=["sentence_reduction", "medical_parole"], recurrent=True)
RATE, TOTAL = "months per prisoner-year", "months by 60 months"


def sample(rows):
    columns = list(zip(*rows, strict=True))
    kinds = (float, float, int, bool, bool, float)
    return Sample(*(np.array(c, dtype=k) for c, k in zip(columns, kinds, strict=True)))


def simulated(seed, n=12):
    rng, rows = np.random.default_rng(seed), []
    for who in range(n):
        start = at = int(rng.integers(0, 6))
        for _ in range(int(rng.integers(0, 3))):
            later = at + int(rng.integers(1, 9))
            rows.append((at, later, who, True, False, rng.choice([6.0, 9.0, 14.0, np.nan])))
            at = later
        rows.append((at, max(at, start) + int(rng.integers(1, 9)), who, False, bool(rng.random() < 0.5), np.nan))
    return sample(rows)


def by_loops(s, horizon):
    """The estimate written out, and with unknown sizes as zero."""
    known = [m for m, a in zip(s.months, s.act, strict=True) if a and m == m]
    mean, found = np.mean(known) if known else np.nan, []
    for fill in (mean, 0.0):
        staying, total = 1.0, 0.0
        for t in sorted(set(s.exit[s.exit <= horizon])):
            held = sum(1 for e, x in zip(s.entry, s.exit, strict=True) if e < t <= x)
            for x, a, m in zip(s.exit, s.act, s.months, strict=True):
                if x == t and a:
                    total += staying * (m if m == m else fill) / held
            staying *= 1 - sum(1 for x, e in zip(s.exit, s.end, strict=True) if x == t and e) / held
        found.append(total)
    return found


def test_worked_by_hand():
    # Four people: at 2 an act of 12 months, at 3 a release, at 4 an act of unknown size among the two who are left.
    s = sample(
        [
            (0, 2, 0, 1, 0, 12),
            (2, 12, 0, 0, 0, np.nan),
            (0, 3, 1, 0, 1, np.nan),
            (0, 4, 2, 1, 0, np.nan),
            (4, 12, 2, 0, 0, np.nan),
            (1, 3.5, 3, 0, 0, np.nan),
        ]
    )
    found = months_of(s, 10)
    years = (12 + 3 + 12 + 2.5) / 12
    assert found.rate[0] == pytest.approx(24 / years)
    assert found.rate_low[0] == pytest.approx(12 / years)
    assert found.total[0] == pytest.approx(12 / 4 + 0.75 * 12 / 2)
    assert found.total_low[0] == pytest.approx(12 / 4)
    assert found.acts[0] == pytest.approx(1 / 4 + 0.75 / 2)
    assert months_of(s, 3).total[0] == pytest.approx(3)


@given(st.integers(0, 10_000), st.sampled_from([4, 9, 40]))
def test_weights_are_copies_and_equal_loops(seed, horizon):
    s = simulated(seed)
    weight = next(drawn_people(s.n_persons, 1, [seed], 10))
    expanded = []
    for copy in range(int(weight.max())):
        rows = np.flatnonzero(weight[0][s.person] > copy)
        expanded += [(s.entry[i], s.exit[i], s.person[i] + 100 * copy, s.act[i], s.end[i], s.months[i]) for i in rows]
    copies = sample(expanded)
    people = np.unique(copies.person, return_inverse=True)[1]
    copies = Sample(copies.entry, copies.exit, people, copies.act, copies.end, copies.months)
    one, two = months_of(s, horizon, [weight]), months_of(copies, horizon)
    for name in ("rate", "rate_low", "total", "total_low", "acts"):
        np.testing.assert_allclose(getattr(one, name), getattr(two, name), rtol=1e-10)
    full, low = by_loops(copies, horizon)
    np.testing.assert_allclose(two.total_low[0], low, rtol=1e-10)
    np.testing.assert_allclose(two.total[0], full, rtol=1e-10)
    assert not two.total[0] < two.total_low[0]


def test_with_every_size_one_it_is_the_mean_number_of_acts():
    only = cl.cohort(CASES, ACTS, outcome="sentence_reduction", recurrent=True)
    found = months_saved(only, ACTS.assign(months=1.0), horizon=60, replications=100).tidy()
    number = cl.recurrence(only)
    assert found.loc[found["quantity"] == TOTAL, "estimate"].tolist() == pytest.approx(
        [number.at(60)["estimate"][0]] * 2, rel=1e-12
    )
    rate = number.glance()["rate"][0] / 100
    assert found.loc[found["quantity"] == RATE, "estimate"].tolist() == pytest.approx([rate] * 2, rel=1e-12)

    one = months_of(sample_of(only, 1.0), 60, errors=True)
    expected = number.at(60)["std_error"][0]
    assert one.total_error[0] * one.total[0] == pytest.approx(expected, rel=1e-9)


def sample_of(cohort, months):
    s = cohort.spells
    act = (s["event"] == "sentence_reduction").to_numpy()
    person = np.unique(s["person_id"].astype(str), return_inverse=True)[1]
    end = s["event"].isin(cohort.rules.competing).to_numpy()
    return Sample(s["entry"].to_numpy(), s["exit"].to_numpy(), person, act, end, np.where(act, months, np.nan))


def compared_with_derivatives(seed, horizon):
    """Names of the errors that were compared."""
    s, compared = simulated(seed), set()
    weight = next(drawn_people(s.n_persons, 1, [seed], 10))[0]
    known = s.act & np.isfinite(s.months)
    if not np.bincount(s.person, known)[weight > 0].any():
        return set()
    here = months_of(s, horizon, [weight[None, :]], errors=True)
    step = 1e-5 * np.diag(weight > 0)
    up, down = (months_of(s, horizon, [weight + sign * step]) for sign in (1, -1))
    for value, error in (
        ("rate", "error"),
        ("rate_low", "error_low"),
        ("total", "total_error"),
        ("total_low", "total_error_low"),
    ):
        slope = (getattr(up, value) - getattr(down, value)) / 2e-5
        size = getattr(here, value)[0]
        # Where all at risk come to an end a weight has no derivative: the last of them stay in any case.
        if size > 0 and not here.stuck[0] and not up.stuck.any():
            expected = np.sqrt(np.sum(weight * slope**2)) / size
            np.testing.assert_allclose(getattr(here, error)[0], expected, rtol=1e-6, atol=1e-9)
            compared.add(error)
    return compared


@given(st.integers(0, 10_000), st.sampled_from([5, 12, 40]))
def test_errors_are_derivatives_in_the_weights_of_people(seed, horizon):
    compared_with_derivatives(seed, horizon)


def test_all_four_errors_are_compared_with_derivatives():
    found = [compared_with_derivatives(seed, 12) for seed in range(12)]
    assert sum(f == {"error", "error_low", "total_error", "total_error_low"} for f in found) >= 4


def test_studentised_limits_by_hand():
    drawn, errors = np.array([1.0, 2.0, 4.0, 8.0]), np.array([1.0, 0.5, 0.5, 1.0])
    t = (np.log(drawn) - np.log(3)) / errors  # -1.10, -0.81, 0.58, 0.98
    found = studentised(3.0, 0.4, drawn, errors, 0.5)
    np.testing.assert_allclose(found, 3 * np.exp(-0.4 * np.array([np.sort(t)[2], np.sort(t)[0]])), rtol=1e-12)
    assert studentised(3.0, 0.4, np.array([0.0, 2.0, 4.0, 8.0]), errors, 0.9)[1] == np.inf
    assert np.isnan(studentised(0.0, 0.4, drawn, errors, 0.9)).all()


def test_shipped_data_show_what_is_unknown():
    found = months_saved(COHORT, ACTS, replications=300, seed=3)
    table, parts = found.tidy().set_index(["quantity", "unknown"]), found.glance().iloc[0]
    rows = COHORT.spells[COHORT.spells["event"] == "sentence_reduction"]
    months = ACTS.set_index("act_id")["months"].reindex(rows["act_id"])
    assert parts["events"] == len(rows)
    assert parts["n_unknown"] == months.isna().sum() > 0
    years = (COHORT.spells["exit"] - COHORT.spells["entry"]).sum() / 12
    assert parts["person_years"] == pytest.approx(years)
    assert parts["rate"] == pytest.approx(len(rows) / years)  # acts a year, those of unknown size among them
    assert parts["mean_size"] == pytest.approx(months.mean())
    known, zero = (table.loc[(RATE, k)] for k in ("as the known", "as zero"))
    assert known["estimate"] == pytest.approx(len(rows) * months.mean() / parts["person_years"])
    assert zero["estimate"] == pytest.approx(months.sum() / parts["person_years"])
    assert zero["ci_low"] < zero["estimate"] < known["estimate"] < known["ci_high"]
    assert f"{int(parts['n_unknown'])} of them without stated months" in repr(found)
    assert "as zero" in found._repr_html_()
    labels = figures.drawn(found.plot()).frame["label"].tolist()
    assert labels == ["sizes unknown: as the known", "sizes unknown: as zero"]
    assert figures.drawn(found.plot(by_horizon=True)).frame["quantity"].unique().tolist() == [TOTAL]
    mpl.pyplot.close("all")


def test_cohort_names_the_act_that_ends_a_spell():
    rows = COHORT.spells[COHORT.spells["event"].isin(["sentence_reduction", "medical_parole"])]
    acts = ACTS.set_index("act_id").loc[rows["act_id"]]
    assert acts["case_id"].tolist() == rows["case_id"].tolist()
    assert acts["act_type"].astype(str).tolist() == rows["event"].astype(str).tolist()
    assert rows["act_id"].is_unique
    split = COHORT.split(calendar="Q")
    first, second = (months_saved(c, ACTS, replications=100, limits="bca").tidy() for c in (COHORT, split))
    for kind in ("studentised", "percentile"):
        both = [months_saved(c, ACTS, replications=100, limits=kind).tidy()["ci_low"] for c in (COHORT, split)]
        np.testing.assert_allclose(*both, rtol=1e-9)
    np.testing.assert_allclose(first["estimate"], second["estimate"], rtol=1e-9)
    np.testing.assert_allclose(first["ci_high"], second["ci_high"], rtol=1e-9)


def test_groups_are_fits_of_their_own_and_order_does_not_matter():
    found = months_saved(COHORT, ACTS, "region", replications=100, seed=5)
    table = found.tidy()
    north = COHORT.where(COHORT.spells["region"] == "North", "elsewhere")
    alone = months_saved(north, ACTS, replications=100, seed=5).tidy()
    mine = table[table["region"] == "North"].reset_index(drop=True)
    pd.testing.assert_frame_equal(mine.drop(columns="region"), alone)  # the first group draws with the same seed
    spells = COHORT.spells.sample(frac=1, random_state=1).reset_index(drop=True)
    other = months_saved(replace(COHORT, spells=spells), ACTS.iloc[::-1], "region", replications=100, seed=5).tidy()
    pd.testing.assert_frame_equal(table, other, rtol=1e-9)
    again = months_saved(COHORT, ACTS, "region", replications=100, seed=6).tidy()
    assert not again["ci_high"].equals(table["ci_high"])
    by_charge = months_saved(COHORT, ACTS, "charge_family", replications=100)
    assert "with fewer than five, limits say little" in repr(by_charge)
    left = by_charge.exclusions
    assert left[["column", "n"]].to_numpy().tolist() == [["charge_family", COHORT.spells["charge_family"].isna().sum()]]


@pytest.mark.parametrize(("kind", "method"), [("bca", "BCa"), ("percentile", "percentile")])
def test_limits_are_those_of_scipy(kind, method):
    values = np.random.default_rng(4).gamma(0.7, 3, 30)
    seed = {"rng" if "rng" in inspect.signature(stats.bootstrap).parameters else "random_state": 8}  # as SciPy has it
    peer = stats.bootstrap((values,), np.mean, n_resamples=999, method=method, confidence_level=0.9, **seed)
    without = (values.sum() - values) / 29
    found = limits_of(values.mean(), peer.bootstrap_distribution, without, kind, 0.9)
    np.testing.assert_allclose(found, peer.confidence_interval, rtol=1e-12)


def test_limits_are_missing_where_draws_do_not_vary_or_too_many_have_no_value():
    draws, without = np.arange(1.0, 101), np.array([40.0, 50, 61])
    for kind in ("bca", "percentile"):
        few = np.r_[draws[5:], [np.nan] * 5]  # 5% without a value may be left out
        low, high = limits_of(50.0, few, without, kind, 0.9)
        assert 5 < low < 50 < high < 101
        many = np.r_[draws[6:], [np.nan] * 5, np.inf]  # 6% may not, and what is infinite has no value either
        assert np.isnan(limits_of(50.0, many, without, kind, 0.9)).all()
        assert np.isnan(limits_of(50.0, np.full(100, 50.0), without, kind, 0.9)).all()
        assert np.isnan(limits_of(np.nan, draws, without, kind, 0.9)).all()
        assert np.isnan(limits_of(np.inf, draws, without, kind, 0.9)).all()
    np.testing.assert_allclose(limits_of(50.0, draws, without, "percentile", 0.9), [5.95, 95.05], rtol=1e-14)


def test_bca_limits_by_hand():
    """No draw below the estimate counts as half a one; no acceleration where no person moves the estimate."""
    draws, z = np.arange(1.0, 101), stats.norm.ppf
    still = np.full(7, 3.0)
    for value, below in ((50.0, 0.495), (0.5, 0.005), (200.0, 0.995), (50.5, 0.5), (1.0, 0.005)):
        shift = z(below)
        tail = stats.norm.cdf(2 * shift + z([0.05, 0.95]))
        expected = 1 + 99 * tail  # the quantile of the numbers 1 to 100, on a line between them
        np.testing.assert_allclose(limits_of(value, draws, still, "bca", 0.9), expected, rtol=1e-9)
    without = np.array([1.0, 1.0, 4.0, np.nan])  # gaps from the mean 2: 1, 1, -2; cubes add up to -6, squares to 6
    bend = -6 / (6 * 6**1.5)
    zs = z([0.05, 0.95])
    expected = 1 + 99 * stats.norm.cdf(zs / (1 - bend * zs))
    np.testing.assert_allclose(limits_of(50.5, draws, without, "bca", 0.9), expected, rtol=1e-9)


def test_studentised_limits_by_hand_and_where_they_are_missing():
    """Draws t = -2, -1, ..., 97 standard errors from log 10: the 5th and 95th of a hundred turn around the estimate."""
    t = np.arange(-2.0, 98) / 10
    drawn, errors = 10 * np.exp(0.5 * t), np.full(100, 0.5)
    low, high = studentised(10.0, 0.2, drawn, errors, 0.9)
    np.testing.assert_allclose([low, high], 10 * np.exp(-0.2 * t[[94, 4]]), rtol=1e-12)
    zero = np.r_[np.zeros(5), drawn[5:]]
    assert studentised(10.0, 0.2, zero, errors, 0.9)[1] == np.inf
    assert np.isfinite(studentised(10.0, 0.2, np.r_[np.zeros(4), drawn[4:]], errors, 0.9)[1])
    for value, error, draws in (
        (0.0, 0.2, drawn),
        (np.nan, 0.2, drawn),
        (-1.0, 0.2, drawn),
        (10.0, 0.0, drawn),
        (10.0, np.nan, drawn),
        (10.0, 0.2, np.full(100, 10.0)),
        (10.0, 0.2, np.r_[drawn[6:], [np.nan] * 6]),
    ):
        assert np.isnan(studentised(value, error, draws, errors, 0.9)).all()
    kept = np.r_[drawn[:95], [np.nan] * 5]
    np.testing.assert_allclose(studentised(10.0, 0.2, kept, errors, 0.9)[1], 10 * np.exp(-0.2 * t[4]), rtol=1e-12)


def test_blocks_of_draws_are_one_stream():
    whole = np.concatenate(list(drawn_people(7, 50, [1, 2], 1)))
    parts = np.concatenate(list(drawn_people(7, 50, [1, 2], 400_000)))
    np.testing.assert_array_equal(whole, parts)
    assert (whole.sum(axis=1) == 7).all()
    np.testing.assert_array_equal(np.concatenate(list(without_each(6, 900_000))), 1 - np.eye(6))


def test_where_nothing_can_be_said_nothing_is_said():
    none = months_saved(COHORT, ACTS.assign(months=np.nan), replications=100)
    rows = none.tidy().set_index(["quantity", "unknown"])
    assert np.isnan(rows.loc[(RATE, "as the known"), "estimate"])
    assert rows.loc[(RATE, "as zero"), "estimate"] == 0
    assert rows[["ci_low", "ci_high", "std_error"]].isna().all(axis=None)
    assert "no act has stated months" in repr(none)
    late = months_saved(COHORT, ACTS, horizon=900, replications=100)
    assert late.tidy().query("quantity == 'months by 900 months'")["estimate"].isna().all()
    assert "nobody is under observation at month 900" in repr(late)
    quiet = COHORT.where(~COHORT.spells["case_id"].isin(ACTS["case_id"]), "had an act")
    found = months_saved(quiet, ACTS, replications=100)
    assert (found.tidy()["estimate"] == 0).all()
    assert found.tidy()["ci_high"].isna().all()
    assert "zero has no bootstrap limits" in repr(found)


def test_draws_without_known_sizes_are_said():
    stated = COHORT.spells["act_id"].map(ACTS.set_index("act_id")["months"]).notna()
    keep = COHORT.spells.loc[stated & (COHORT.spells["event"] == "sentence_reduction"), "act_id"].iloc[0]
    found = months_saved(COHORT, ACTS.assign(months=ACTS["months"].where(ACTS["act_id"] == keep)), replications=200)
    assert "so that limits are not given" in repr(found)
    table = found.tidy()
    assert table.loc[table["unknown"] == "as the known", "ci_low"].isna().all()


def test_counting_that_stops_early_is_said():
    s = sample([(0, 1, 0, 0, 1, np.nan), (2, 5, 1, 1, 0, 12), (5, 9, 1, 0, 0, np.nan)])
    assert months_of(s, 8).stuck[0]
    assert months_of(s, 8).total[0] == 0
    assert not months_of(simulated(1), 0.5).stuck[0]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cohort": ACTS}, "takes a Cohort"),
        ({"cohort": cl.cohort(CASES, ACTS)}, "recurrent=True"),
        ({"cohort": cl.cohort(CASES, ACTS, outcome="parole", recurrent=True)}, "does not count 'sentence_reduction'"),
        ({"cohort": COHORT.gap_time()}, "leave out gap_time"),
        ({"cohort": cl.cohort(CASES, ACTS.drop(columns="act_id"), recurrent=True)}, "does not name its acts"),
        ({"acts": ACTS[["act_id"]]}, "no column months"),
        ({"by": "prison"}, "no column 'prison'"),
        ({"horizon": 0}, "positive number of months"),
        ({"replications": 10}, "too few"),
        ({"limits": "normal"}, "limits='normal'"),
        ({"ci_level": 1.5}, "ci_level"),
    ],
)
def test_arguments_that_cannot_be(options, message):
    with pytest.raises(UsageError, match=message):
        months_saved(**({"cohort": COHORT, "acts": ACTS} | options))


def test_acts_that_cannot_be():
    used = COHORT.spells.loc[COHORT.spells["event"] == "sentence_reduction", "act_id"].iloc[0]
    place = int(np.flatnonzero(ACTS["act_id"] == used)[0])
    with pytest.raises(DataError, match=f"{used}.*is not there. Give the acts"):
        months_saved(COHORT, ACTS.drop(index=ACTS.index[place]), replications=100)
    with pytest.raises(DataError, match=f"row {place}, months, '0': must be positive"):
        months_saved(COHORT, ACTS.assign(months=ACTS["months"].where(ACTS["act_id"] != used, 0.0)), replications=100)
    with pytest.raises(DataError, match="the key occurs twice"):
        months_saved(COHORT, pd.concat([ACTS, ACTS.iloc[[place]]]), replications=100)


def test_groups_of_one_person_each_are_refused_at_once():
    cases, acts = cl.load("cases"), cl.load("acts")
    made = cl.cohort(cases, acts, outcome="sentence_reduction", recurrent=True)
    with pytest.raises(UsageError, match=r"by='case_id' makes \d+ groups of one person each"):
        cl.months_saved(made, acts, by="case_id")
