"""Drawn days: uniform over all that keep the case's order, by enumeration; the cohorts made of them; refusals."""

import itertools
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import clemency as cl
from clemency.cohorts.imputation.days import read_dates
from clemency.cohorts.imputation.ordered import Chain, Side, draw, mixed, ordered
from clemency.records import dates as edtf
from clemency.records.errors import UsageError

CASES, ACTS = cl.load("cases"), cl.load("acts")
COPIES, DRAWS = 2500, 4


def day(text):
    return int(np.datetime64(text, "D").astype(int))


def between(first, last):
    return f"2001-03-{first:02d}/2001-03-{last:02d}"


def tables(custody=None, sentence=None, acts=(), status="serving", ended=None, seen=None, n=1):
    """The same case n times; acts are pairs of type and (first, last) day of March 2001, or with a basis."""
    span = {
        k: None if v is None else between(*v) for k, v in (("c", custody), ("s", sentence), ("e", ended), ("l", seen))
    }
    ids = [f"case-{i:05d}" for i in range(n)]
    cases = pd.DataFrame({"case_id": ids, "detention_date": span["c"], "sentence_date": span["s"], "status": status})
    cases = cases.assign(status_date=span["e"], seen_date=span["l"], sentence_type="fixed", sentence_months=60.0)
    rows = [
        {"case_id": i, "act_id": f"{i}-{j}", "act_type": a[0], "act_date": between(*a[1]), "date_basis": [*a, "act"][2]}
        for i in ids
        for j, a in enumerate(acts)
    ]
    return cases, pd.DataFrame(rows, columns=["case_id", "act_id", "act_type", "act_date", "date_basis"])


def drawn(cases, acts, seed=1, draws=DRAWS):
    """All drawn days, one row per draw of a case: custody, sentence, status, seen (those known), then acts."""
    dates, found = read_dates(cases, acts), []
    for number in range(draws):
        c, a = dates.drawn(seed, number)
        known = [k for k in ("detention_date", "sentence_date", "status_date", "seen_date") if c[k].notna().all()]
        days = [c[k].to_numpy() for k in known] + list(a["act_date"].to_numpy().reshape(len(c), -1).T)
        found.append(np.column_stack([d.astype("datetime64[D]").astype(int) for d in days]))
    return np.concatenate(found) - day("2001-02-28")


CUT, LEAVE = "sentence_reduction", "early_release"
ORDERS = {
    "a chain": (
        {
            "custody": (1, 3),
            "sentence": (2, 4),
            "acts": [(CUT, (1, 5))],
            "status": "released",
            "ended": (3, 5),
            "seen": (3, 6),
        },
        [(1, 3), (2, 4), (3, 5), (3, 6), (1, 5)],
        lambda c, s, e, v, a: c <= s <= a <= e <= v,
    ),
    "two acts have no order": (
        {"sentence": (1, 4), "acts": [(CUT, (2, 4)), (CUT, (1, 5))], "status": "died_in_custody", "ended": (3, 5)},
        [(1, 4), (3, 5), (2, 4), (1, 5)],
        lambda s, e, a, b: s <= a <= e and s <= b <= e,
    ),
    "three acts, custody and last seen": (
        {"custody": (1, 3), "acts": [(CUT, (1, 3)), (CUT, (2, 5)), (CUT, (1, 6))], "seen": (2, 5)},
        [(1, 3), (2, 5), (1, 3), (2, 5), (1, 6)],
        lambda c, v, *a: all(c <= x <= v for x in a),
    ),
    "the release is an act": (
        {"sentence": (1, 3), "acts": [(LEAVE, (2, 5)), (CUT, (1, 6))], "seen": (3, 6)},
        [(1, 3), (3, 6), (2, 5), (1, 6)],
        lambda s, v, e, a: s <= a <= e <= v,
    ),
    "release in two tables, and an act that it closes": (
        {
            "acts": [(LEAVE, (2, 6)), (CUT, (1, 6)), (CUT, (1, 5), "release")],
            "status": "released_early",
            "ended": (3, 8),
        },
        [(3, 8), (2, 6), (1, 6), (1, 5)],
        lambda e, r, a, b: r == e and b <= e and a <= e,
    ),
    "medical parole in two tables": (
        {
            "sentence": (1, 4),
            "acts": [("medical_parole", (2, 5)), (CUT, (3, 5))],
            "status": "medical_parole",
            "ended": (1, 4),
        },
        [(1, 4), (1, 4), (2, 5), (3, 5)],
        lambda s, e, p, a: s <= a and s <= p and p == e,
    ),
    "medical parole in one table": (
        {"sentence": (1, 4), "acts": [(CUT, (1, 4))], "status": "medical_parole", "ended": (1, 3), "seen": (2, 4)},
        [(1, 4), (1, 3), (2, 4), (1, 4)],
        lambda s, e, v, a: s <= a <= v and s <= e <= v,
    ),
    "an act before the sentence keeps its other limits": (
        {"custody": (1, 3), "sentence": (6, 7), "acts": [(CUT, (2, 5))], "seen": (5, 8)},
        [(1, 3), (6, 7), (5, 8), (2, 5)],
        lambda c, s, v, a: c <= a and c <= s <= v and a <= v,
    ),
    "parole, then an act, then release": (
        {"acts": [("parole", (1, 3)), (CUT, (2, 5))], "status": "released_on_expiry", "ended": (4, 6)},
        [(4, 6), (1, 3), (2, 5)],
        lambda e, p, a: a <= p <= e,
    ),
    "a release recorded twice, and no status": (
        {"sentence": (1, 4), "acts": [(LEAVE, (2, 5)), ("parole", (3, 6)), (CUT, (3, 6))], "seen": (4, 7)},
        [(1, 4), (4, 7), (2, 5), (3, 6), (3, 6)],
        lambda s, v, e, p, a: s <= a <= e <= v and e == p,
    ),
    "two releases": (
        {"acts": [(LEAVE, (2, 4)), ("parole", (5, 7)), (LEAVE, (4, 6)), (CUT, (3, 7))]},
        [(2, 4), (5, 7), (4, 6), (3, 7)],
        lambda e, p, again, a: a <= e and e == again,
    ),
    "an act closed by a release that only the acts tell of": (
        {"sentence": (1, 4), "acts": [(LEAVE, (2, 5)), (CUT, (3, 6), "release"), (CUT, (3, 6))]},
        [(1, 4), (2, 5), (3, 6), (3, 6)],
        lambda s, e, b, a: s <= a <= e and s <= b <= e,
    ),
    "a sentence before custody": (
        {"custody": (4, 6), "sentence": (1, 3), "status": "released", "ended": (3, 6)},
        [(4, 6), (1, 3), (3, 6)],
        lambda c, s, e: c <= e,
    ),
}


@pytest.mark.parametrize("name", ORDERS)
def test_every_choice_in_order_is_equally_likely(name):
    """Chi-squared against the list of all choices: no p value below one in a thousand, with this seed."""
    case, spans, keeps = ORDERS[name]
    found = drawn(*tables(**case, n=COPIES))
    choices = [t for t in itertools.product(*(range(a, b + 1) for a, b in spans)) if keeps(*t)]
    place = {t: i for i, t in enumerate(choices)}
    counts = np.bincount([place[tuple(t)] for t in found.tolist()], minlength=len(choices))  # others raise KeyError
    assert COPIES * DRAWS / len(choices) > 10
    assert stats.chisquare(counts).pvalue > 0.001


def test_marginal_of_an_interval_that_others_limit():
    """Custody and sentence within the same three days: custody on the first in 3 of 6 choices, then 2, then 1."""
    found = drawn(*tables(custody=(1, 3), sentence=(1, 3), n=COPIES))
    counts = np.bincount(found[:, 0])[1:]
    assert stats.chisquare(counts, COPIES * DRAWS * np.array([3, 2, 1]) / 6).pvalue > 0.001


def test_long_intervals_with_many_acts():
    """Against the density: of a sentence, 6 acts and a release all in one year, the sentence is the first of 8."""
    dates = np.full((400, 1), 1)
    case = np.arange(400)
    first, last = dates * 0, dates * 364
    chain = (np.column_stack([first, first]), np.column_stack([last, last]), np.ones((400, 2), dtype=bool))
    side = (np.zeros(2400, dtype=int), np.full(2400, 364), np.repeat(case, 6))
    order = ordered(Chain(*chain), Side(*side, np.ones(2400, dtype=int)), 0, mixed(case.astype(np.uint64)))
    days, acts = (np.concatenate(v) for v in zip(*(draw(order, 3, i) for i in range(2)), strict=True))
    acts = acts.reshape(-1, 6)
    assert (days[:, [0]] <= acts).all()
    assert (acts <= days[:, [1]]).all()
    uniform = (days + 0.5) / 365
    assert stats.kstest(uniform[:, 0], stats.beta(1, 8).cdf).pvalue > 0.001
    assert stats.kstest(uniform[:, 1], stats.beta(8, 1).cdf).pvalue > 0.001


def test_real_dates_keep_their_intervals_and_their_order():
    dates = read_dates(CASES, ACTS)
    custody, sentence, seen = (edtf.bounds(CASES[c]) for c in ("detention_date", "sentence_date", "seen_date"))
    for number in range(3):
        cases, acts = dates.drawn(5, number)
        for frame, source, column in (
            *((cases, CASES, c) for c in cases if c in dates.intervals["date"].tolist()),
            (acts, ACTS, "act_date"),
        ):
            span = edtf.bounds(source[column])
            found = frame[column].to_numpy().astype("datetime64[D]")
            known = ~(np.isnat(span.earliest) | np.isnat(span.latest))
            assert (np.isnat(found) == ~known).all()
            assert (span.earliest[known] <= found[known]).all()
            assert (found[known] <= span.latest[known]).all()
        fine = ~edtf.out_of_order(custody, sentence)
        assert not (cases["detention_date"] > cases["sentence_date"])[fine].any()
        joined = acts.merge(cases, on="case_id", validate="many_to_one")
        bounds = edtf.bounds(ACTS["act_date"])
        able = ~(bounds.latest < sentence.earliest[CASES.set_index("case_id").index.get_indexer(ACTS["case_id"])])
        assert not (joined["sentence_date"] > joined["act_date"])[able].any()
        assert not (joined["act_date"] > joined["seen_date"])[
            ~(bounds.earliest > seen.latest[CASES.set_index("case_id").index.get_indexer(ACTS["case_id"])])
        ].any()
        same = joined["act_type"].eq("early_release") & joined["status"].eq("released_early")
        close = (joined["act_date"] - joined["status_date"]).abs().dt.days
        assert (close[same & joined["status_date"].notna()] == 0).mean() > 0.9


def test_no_act_is_lost_behind_a_release_recorded_twice():
    """The act is no later than the first of the two releases, whichever comes first, and so never after the end."""
    acts = [(CUT, (3, 8)), (LEAVE, (3, 8)), ("parole", (4, 9))]
    made = cl.cohort(*tables(custody=(1, 2), sentence=(2, 4), acts=acts, n=200), dates="impute", m=3, seed=1)
    assert (made.describe()[CUT] == 200).all()


@pytest.mark.parametrize("rule", [{}, {"dates": "impute", "seed": 1}])
def test_no_acts_at_all(rule):
    cases, acts = tables(custody=(1, 3), sentence=(2, 5), seen=(9, 9))
    acts = acts.assign(months=pd.Series(dtype=float))
    assert cl.cohort(cases, acts, **rule).exclusions.empty


def days_by_key(cases, acts, seed=7, number=0):
    c, a = read_dates(cases.reset_index(drop=True), acts.reset_index(drop=True)).drawn(seed, number)
    return c.set_index("case_id")["sentence_date"], a.set_index("act_id")["act_date"]


def test_a_case_is_drawn_the_same_whatever_stands_around_it():
    sentence, act = days_by_key(CASES, ACTS)
    for n in (1.0, 0.4):
        cases = CASES.sample(frac=n, random_state=2)
        acts = ACTS[ACTS["case_id"].isin(cases["case_id"])].sample(frac=1, random_state=3)
        other, other_act = days_by_key(cases, acts)
        pd.testing.assert_series_equal(other, sentence.loc[other.index])
        pd.testing.assert_series_equal(other_act, act.loc[other_act.index])
    for seed, number in ((8, 0), (7, 1)):
        assert (days_by_key(CASES, ACTS, seed, number)[0] != sentence)[sentence.notna()].mean() > 0.3


def test_acts_without_keys_of_their_own_are_told_apart_by_what_they_say():
    """The cut of 24 months keeps its day in whatever row it stands."""
    cases, acts = tables(custody=(1, 2), sentence=(2, 3), acts=[(CUT, (3, 28))] * 3, seen=(28, 28))
    acts = acts.drop(columns="act_id").assign(months=[6.0, 24.0, 12.0])
    days = [
        read_dates(cases, a.reset_index(drop=True)).drawn(1, 0)[1].set_index("months")["act_date"].sort_index()
        for a in (acts, acts.iloc[::-1], acts.iloc[[1, 2, 0]])
    ]
    for other in days[1:]:
        pd.testing.assert_series_equal(other, days[0])
    assert days[0].nunique() > 1


def test_a_key_is_the_same_as_a_whole_number_or_not():
    cases, acts = tables(custody=(1, 9), sentence=(5, 20), acts=[(CUT, (18, 28))], seen=(28, 28), n=20)
    number = {key: i for i, key in enumerate(cases["case_id"])}
    found = []
    for kind in (int, float):
        own = [t.assign(case_id=t["case_id"].map(number).astype(kind)) for t in (cases, acts)]
        found.append(cl.cohort(*own, dates="impute", m=2, seed=1).cohorts[1].spells["exit"])
    pd.testing.assert_series_equal(*found)


def test_same_seed_same_cohorts_and_more_imputations_begin_with_fewer():
    one, two, more = (cl.cohort(CASES, ACTS, dates="impute", m=m, seed=4) for m in (2, 2, 3))
    assert [len(made.cohorts) for made in (one, two, more)] == [2, 2, 3]
    for a, b, c in zip(one.cohorts, two.cohorts, more.cohorts[:2], strict=True):
        pd.testing.assert_frame_equal(a.spells, b.spells)
        pd.testing.assert_frame_equal(a.spells, c.spells)
    assert not one.cohorts[0].spells.equals(one.cohorts[1].spells)


def full(table):
    """The table with every partial date at its midpoint."""
    columns = [c for c in ("detention_date", "sentence_date", "status_date", "seen_date", "act_date") if c in table]
    days = {c: pd.Series(edtf.midpoint(table[c])).dt.strftime("%Y-%m-%d").to_numpy() for c in columns}
    return table.assign(**{c: pd.array(v, dtype="string") for c, v in days.items()})


@pytest.mark.parametrize("recurrent", [False, True])
def test_full_dates_stay_what_they_are(recurrent):
    """Also where they contradict each other, as midpoints do: a date that cannot be in order is left alone."""
    cases, acts = full(CASES), full(ACTS)
    options = {"outcome": ["sentence_reduction", "medical_parole"], "until": "2019-06-30", "recurrent": recurrent}
    imputed = cl.cohort(cases, acts, **options, dates="impute", m=2, seed=1)
    one = cl.cohort(cases, acts, **options)
    assert imputed.intervals["partial"].tolist() == [0] * len(imputed.intervals) != []
    assert len(imputed.cohorts) == 2
    for c in imputed.cohorts:
        pd.testing.assert_frame_equal(c.spells, one.spells)
        pd.testing.assert_frame_equal(c.exclusions, one.exclusions)
    assert (imputed.exclusions["n_imputations"] == 2).all()


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        ({"custody": (4, 6), "sentence": (1, 3), "seen": (9, 9)}, "sentence before custody"),
        ({"custody": (4, 6), "sentence": (5, 7), "acts": [(CUT, (1, 3))], "seen": (9, 9)}, "before entry"),
        ({"custody": (1, 2), "sentence": (5, 7), "acts": [(CUT, (3, 4))], "seen": (9, 9)}, "before entry"),
        ({"custody": (1, 2), "sentence": (5, 7), "status": "released", "ended": (3, 4)}, "no documented follow-up"),
    ],
)
def test_contradictions_are_left_out_for_the_reason_that_other_rules_give(case, reason):
    imputed = cl.cohort(*tables(**case), dates="impute", m=5, seed=1)
    assert imputed.exclusions["n_imputations"].tolist() == [5]
    assert reason in imputed.exclusions["reason"][0]
    for rule in ("earliest", "midpoint", "latest"):
        assert (
            cl.cohort(*tables(**case), dates=rule).exclusions["reason"].tolist()
            == imputed.exclusions["reason"].tolist()
        )


def test_open_and_unknown_dates_are_not_drawn():
    cases, acts = tables(custody=(1, 3), sentence=(2, 5), acts=[(CUT, (3, 8))], seen=(4, 9))
    cases = cases.assign(detention_date="../2001-03-01", seen_date=None)
    dates = read_dates(cases, acts)
    found = dates.drawn(1, 0)[0]
    assert found[["detention_date", "seen_date"]].isna().all().all()
    assert dates.intervals.set_index("date")["open"].to_dict()["detention_date"] == 1


@pytest.mark.parametrize(
    "rule", [{"dates": r} for r in ("earliest", "midpoint", "latest")] + [{"dates": "impute", "seed": 1}]
)
def test_an_outcome_with_an_open_end_is_not_passed_over(rule):
    """It has no day, so that its case cannot stay in as if nothing had happened."""
    cases, acts = tables(custody=(1, 3), sentence=(2, 5), acts=[(CUT, (3, 8))], seen=(9, 9))
    found = cl.cohort(cases, acts.assign(act_date="2001-03-06/.."), **rule)
    assert found.exclusions["reason"].tolist() == ["an act among the outcomes has no date of its own"]


def test_methods_are_those_of_every_cohort():
    events = cl.load("events").query("partner == 'US' and event_type == 'summit'")
    made = cl.cohort(CASES, ACTS, recurrent=True, dates="impute", m=3, seed=1)
    covariate = CASES[["case_id", "conduct"]]
    changed = (
        made.with_covariates(covariate).assign(old=lambda s: s["entry"] > 60, one=1).split(clock=[12, 24])
        .expose(events, by=None, name="summit").gap_time().where(lambda s: s["sex"] == "F", "not women")
    )  # fmt: skip
    for before, after in zip(made.cohorts, changed.cohorts, strict=True):
        own = before.with_covariates(covariate).assign(old=lambda s: s["entry"] > 60, one=1).split(clock=[12, 24])
        own = own.expose(events, by=None, name="summit").gap_time()
        own = own.where(own.spells["sex"] == "F", "not women")
        pd.testing.assert_frame_equal(after.spells, own.spells)
    raised = made.expose_from(CASES, "raised_date", name="raised", flag="raised_by")
    assert [sorted(c.spells["raised"].unique()) for c in raised.cohorts] == [[0, 1]] * 3
    panel, time = made.panel("Y"), made.person_time("sex")
    assert panel["imputation"].tolist() == sorted(panel["imputation"])
    sums = panel.groupby("imputation")["months"].sum().to_numpy()
    np.testing.assert_allclose(sums, made.describe()["person_months"], rtol=1e-9)
    np.testing.assert_allclose(time.groupby("imputation")["person_months"].sum(), sums, rtol=1e-9)
    assert made.m == len(changed.cohorts) == 3
    counted = made.excluded().set_index("reason")
    assert counted["always"].sum() + made.cohorts[0].describe()["n_cases"][0] <= len(CASES)
    for shown in (repr(made), made._repr_html_()):
        assert "3 imputations of partial dates (seed 1)" in shown


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"dates": "impute"}, "seed=1"),
        ({"dates": "impute", "seed": 1.5}, "seed=1.5 must be"),
        ({"dates": "impute", "seed": True}, "seed=True must be"),
        ({"dates": "impute", "seed": -1}, "seed=-1 must be"),
        ({"dates": "impute", "seed": 1, "m": 1}, "two or more"),
        ({"dates": "impute", "seed": 1, "m": 2.0}, "two or more"),
        ({"dates": "midpoint", "seed": 1}, "no effect"),
        ({"m": 5}, "no effect"),
        ({"dates": "imputed"}, "impute"),
    ],
)
def test_refusals(options, message):
    with pytest.raises(UsageError, match=message):
        cl.cohort(CASES, ACTS, **options)


def test_what_cannot_be_done_on_every_imputation_is_refused():
    made = cl.cohort(
        *tables(custody=(1, 3), sentence=(2, 5), acts=[(CUT, (3, 8))], seen=(9, 9)), dates="impute", m=2, seed=1
    )
    with pytest.raises(UsageError, match="as a function"):
        made.where(made.cohorts[0].spells["exit"] > 0, "none")
    with pytest.raises(UsageError, match="as a function"):
        made.assign(x=[1])
    with pytest.raises(UsageError, match=r"cl\.pool"):
        _ = made.spells
    with pytest.raises(UsageError, match=r"cl\.pool"):
        cl.magnitude(made, "x")
    with pytest.raises(AttributeError):
        _ = replace(made).nothing


def test_order_of_three_kinds_of_contradiction():
    """A date out of order leaves the chain; what lies beside it keeps the limits that it can."""
    first, last = np.array([[5, 1, 6, 9]]), np.array([[7, 3, 9, 12]])
    side = (np.array([2, 10]), np.array([4, 11]), np.array([0, 0]))
    order = ordered(
        Chain(first, last, np.ones((1, 4), dtype=bool)), Side(*side, np.array([2, 2])), 1, np.zeros(1, dtype=np.uint64)
    )
    assert order.held.tolist() == [[True, False, True, True]]
    assert order.below.tolist() == [-1, 0]
    assert order.above.tolist() == [2, 3]


def test_made_up_orders_are_kept_and_never_stick():
    """Five dates in a chain, up to four beside it, long, short and unknown, many of them contradicting each other."""
    rng, n = np.random.default_rng(3), 4000
    first = rng.integers(0, 40, (n, 5)) + np.arange(5) * rng.integers(0, 12, (n, 1))
    last, known = first + rng.choice([0, 3, 30, 300], (n, 5)), rng.random((n, 5)) < 0.8
    case = np.sort(rng.integers(0, n, 2 * n))
    begins = rng.integers(0, 70, 2 * n)
    side, top = (begins, begins + rng.choice([0, 3, 30, 300], 2 * n), case), rng.choice([2, 3], 2 * n)
    order = ordered(Chain(first, last, known), Side(*side, top), 1, np.arange(n).astype(np.uint64))
    assert (order.first <= order.last)[known].all()
    assert (order.side_first <= order.side_last).all()
    days, beside = draw(order, 9, 0)
    assert ((first <= days) & (days <= last))[known].all()
    assert ((begins <= beside) & (beside <= side[1])).all()
    for j, k in itertools.combinations(range(5), 2):
        both = order.held[:, j] & order.held[:, k]
        assert (days[both, j] <= days[both, k]).all()
        apart = known[:, j] & known[:, k] & (first[:, j] <= last[:, k]) & ~both
        assert not (apart & (known.sum(axis=1) == 2)).any()  # two dates that can be in order are
    low, high = order.below >= 0, order.above < 5
    assert (days[case, order.below] <= beside)[low].all()
    assert (beside <= days[case, np.minimum(order.above, 4)])[high].all()
    assert low.mean() > 0.5
    assert high.mean() > 0.5
