"""Weights of having stayed on record: R, chances by hand, identities, a known curve and ratio, and refusals."""

from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

import clemency as cl
from benchmarks.observation import HORIZON, sample, truth
from clemency import figures
from clemency.models import cox, incidence, observation_weights, survival
from clemency.records.errors import DataError, UsageError

mpl.use("Agg")
FOLDER = Path(__file__).resolve().parents[2] / "reference" / "observation"
DATA, WEIGHTS, EXPECTED = (pd.read_csv(FOLDER / f"{n}.csv") for n in ("data", "weights", "expected"))
NUMERATOR, DENOMINATOR = "entry + place", "entry + place + age + ill"
NAMES = {"period": "period", "lost": "lost", "id": "id"}


def made(data=DATA, numerator=NUMERATOR, denominator=DENOMINATOR, **options):
    return observation_weights(data, numerator, denominator, **NAMES | {"truncate": None} | options)


def expected(what):
    return EXPECTED[EXPECTED["what"] == what].set_index(["term", "column"])["value"]


KINDS = {
    "logit": {"until": "beginning"},
    "logit_middle": {},
    "logit_end": {"until": "end"},
    "cloglog": {"until": "beginning", "link": "cloglog"},
    "cloglog_middle": {"link": "cloglog"},
    "cloglog_end": {"until": "end", "link": "cloglog"},
    "plain": {"until": "beginning", "stabilise": False, "numerator": None},
    "truncated": {"until": "beginning", "truncate": (0.02, 0.98)},
}


@pytest.mark.parametrize("kind", KINDS)
def test_weights_equal_r(kind):
    # Steps by the expected information end where the likelihood no longer rises: for another link than the logit that
    # leaves the coefficients open by the root of the precision, some 1e-8.
    np.testing.assert_allclose(made(**KINDS[kind]).weights, WEIGHTS[kind], rtol=1e-7 if "cloglog" in kind else 1e-12)


@pytest.mark.parametrize("link", ["logit", "cloglog"])
@pytest.mark.parametrize("model", ["numerator", "denominator"])
def test_models_of_being_lost_equal_glm(model, link):
    found = made(link=link).tidy().query("model == @model")
    names = [{"constant": "(Intercept)"}.get(t, t + v) for t, v in zip(found["term"], found["level"], strict=True)]
    assert len(names) == {"numerator": 3, "denominator": 5}[model]
    for column in ("estimate", "std_error"):
        np.testing.assert_allclose(found[column], [expected(f"{link} {model}")[n, column] for n in names], rtol=1e-6)


@pytest.mark.parametrize("period", range(8))
def test_positivity_equals_r(period):
    row = made(until="beginning").positivity().set_index("period").loc[period]
    by_r = expected("positivity")[str(period)]
    assert len(by_r) == 9
    np.testing.assert_allclose(row[by_r.index].astype(float), by_r, rtol=1e-9)


@pytest.mark.parametrize("period", range(8))
@pytest.mark.parametrize("column", ["before", "after"])
def test_balance_equals_r(period, column):
    found = made(until="beginning").balance().query("period == @period").set_index(["term", "level"])[column]
    values = [found["ill", ""], found["age", ""], found["place", "west"]]
    np.testing.assert_allclose(
        values, [expected("balance")[f"{period} {t}", column] for t in ("ill", "age", "west")], rtol=1e-6, atol=1e-12
    )


SPELLS = {"exit": "exit", "event": "event", "entry": "entry", "weights": "weight", "cluster": "id"}


def test_the_weighted_model_equals_coxph():
    fit = cox(DATA.assign(weight=made(until="beginning").weights), "place", **SPELLS).tidy().iloc[0]
    assert fit["estimate"] == pytest.approx(expected("cox")["west", "estimate"], rel=1e-7)
    assert fit["std_error"] == pytest.approx(expected("cox")["west", "std_error"], rel=1e-7)


@pytest.mark.parametrize("time", [12, 24, 42])
def test_the_weighted_curve_equals_survfit(time):
    d = DATA.assign(weight=made(until="beginning").weights)
    at = survival(d, variance="robust", **SPELLS).at([time]).iloc[0]
    assert at["estimate"] == pytest.approx(expected("survival")[str(time), "estimate"], rel=1e-9)
    assert at["std_error"] == pytest.approx(expected("survival")[str(time), "std_error"], rel=1e-7)
    risk = incidence(d, variance="robust", **SPELLS).at([time]).iloc[0]
    assert risk["estimate"] == pytest.approx(1 - at["estimate"], rel=1e-9)
    assert risk["std_error"] == pytest.approx(at["std_error"], rel=1e-7)


HALVES = pd.DataFrame(
    {
        "case_id": [1, 2, 3, 4, 5, 1, 3, 4],
        "entry": [0, 0, 0, 0, 0, 6, 6, 6],
        "exit": [6, 4, 6, 6, 3, 12, 12, 9],
        "half": [0, 0, 0, 0, 0, 6, 6, 6],
        "ill": [1, 1, 0, 0, 0, 1, 0, 0],
        "lost": [0, 1, 0, 0, 0, 0, 0, 1],
    }
)


def test_by_hand():
    """Of the ill, 1 of 3 half-years ended in a loss, of the others 1 of 5, of all 2 of 8."""
    options = {"period": "half", "lost": "lost", "truncate": None}
    ill, well = (6 / 8) / (2 / 3), (6 / 8) / (4 / 5)
    end = observation_weights(HALVES, "1", "ill", until="end", **options).weights
    np.testing.assert_allclose(end, [ill, ill, well, well, well, ill**2, well**2, well**2], rtol=1e-12)
    start = observation_weights(HALVES, "1", "ill", until="beginning", **options)
    np.testing.assert_allclose(start.weights, [1, 1, 1, 1, 1, ill, well, well], rtol=1e-12)
    middle = observation_weights(HALVES, "1", "ill", **options).weights
    np.testing.assert_allclose(middle[:5] ** 2, [ill, ill, well, well, well], rtol=1e-12)
    np.testing.assert_allclose(middle[5:], [ill**1.5, well**1.5, well**1.5], rtol=1e-12)
    table = start.positivity().set_index("period")
    assert table["n"].tolist() == [5, 3]
    assert table["n_lost"].tolist() == [1, 1]
    assert table.loc[6, "until_min"] == pytest.approx((2 / 3) ** 2)
    assert table.loc[6, "ess"] == pytest.approx((ill + 2 * well) ** 2 / (ill**2 + 2 * well**2))
    first = start.balance().query("period == 0").iloc[0]
    # Two of five are ill, one of the four who stay; weighted, 9/8 of 9/8 + 3 * 15/16.
    assert first[["mean_all", "mean_staying", "mean_weighted"]].tolist() == pytest.approx([0.4, 0.25, 1.125 / 3.9375])
    assert first["before"] == pytest.approx(-0.15 / np.sqrt(0.24))
    # One of three is ill in the second half-year; weighted, ill / (ill + 2 well), with the spread of such a share.
    second, share = start.balance().query("period == 6").iloc[0], ill / (ill + 2 * well)
    assert second["drift"] == pytest.approx((1 / 3 - share) / np.sqrt(share * (1 - share)))


def test_the_same_formula_above_and_below_gives_weights_of_exactly_one():
    for formula in ("1", "entry + place", "ill"):
        assert (made(numerator=formula, denominator=formula).weights == 1.0).all()


def test_order_index_containers_and_storages_do_not_matter():
    whole = made().weights.to_numpy()
    moved = DATA.sample(frac=1, random_state=3)
    back = made(moved.set_axis(np.arange(len(DATA)) * 2)).weights
    assert back.index.tolist() == list(np.arange(len(DATA)) * 2)
    np.testing.assert_allclose(back, whole[moved.index], rtol=1e-9)
    np.testing.assert_allclose(made({c: DATA[c].to_numpy() for c in DATA}).weights, whole, rtol=1e-12)
    for kind in ("boolean", "Int64", "string", "category"):
        np.testing.assert_allclose(made(DATA.assign(lost=DATA["lost"].astype(kind))).weights, whole, rtol=1e-12)


def test_rows_cut_within_their_periods_keep_their_weights():
    half = DATA.assign(exit=(DATA["entry"] + DATA["exit"]) / 2, event=0, lost=0)
    rest = DATA.assign(entry=(DATA["entry"] + DATA["exit"]) / 2)
    formulas = {"numerator": "period", "denominator": "period + ill"}
    whole = made(**formulas).weights
    np.testing.assert_allclose(made(pd.concat([half, rest]), **formulas).weights, np.r_[whole, whole], rtol=1e-9)


def test_truncation_moves_the_weights_beyond_the_percentiles():
    raw, cut = made().weights, made(truncate=(0.05, 0.9))
    np.testing.assert_array_equal(cut.weights, np.clip(raw, np.quantile(raw, 0.05), np.quantile(raw, 0.9)))
    assert cut.facts["n_truncated"] == (raw != cut.weights).sum() > 0
    assert cut.facts["max_raw"] == raw.max()
    assert cut.facts["ess"] > made().facts["ess"]


def test_a_known_curve_and_ratio_are_found_where_plain_ones_miss_them():
    """One large sample of the design in benchmarks/observation.py, whose table has the bias over many."""
    _, d = sample(np.random.default_rng(11), 6000)
    found = observation_weights(d, "C(group)", "C(group) * ill", period="period", lost="lost", id="id", truncate=None)
    plain, weighted = d.assign(weight=1.0), d.assign(weight=found.weights)
    naive, mended = (cox(x, "group", **SPELLS).tidy().iloc[0] for x in (plain, weighted))
    assert naive["ci_low"] > 0.05
    assert abs(mended["estimate"]) < 2 * mended["std_error"]
    shares = [
        survival(x[x["group"] == 0], variance="robust", **SPELLS).at([HORIZON]).iloc[0] for x in (plain, weighted)
    ]
    assert shares[0]["ci_low"] > truth() + 0.02
    assert abs(shares[1]["estimate"] - truth()) < 2 * shares[1]["std_error"]
    ill = found.balance().query("term == 'ill'")
    assert ill["before"].abs().min() > 0.015
    assert ill["after"].abs().mean() < ill["before"].abs().mean() / 4
    assert (ill["drift"].iloc[5:] < -0.05).all()


CASES = cl.load("cases")
COHORT = cl.cohort(CASES, cl.load("acts"), outcome=["sentence_reduction", "medical_parole"], until="2017-06-30")


def test_a_cohort_says_itself_who_was_lost():
    c = COHORT.split(clock=range(0, 601, 12))
    found = cl.observation_weights(c, "interval", "interval + sentence_months", period="interval")
    last = COHORT.spells
    day = last["origin"] + pd.to_timedelta(last["exit"] * 365.25 / 12, unit="D")
    gone = (last["event"] == "censored") & (day < pd.Timestamp("2017-06-29 12:00"))
    out = last["case_id"].isin(c.spells.loc[found.weights.isna(), "case_id"])
    assert found.facts["n_lost"] == (gone & ~out).sum() > 10
    assert (last["event"] == "censored").sum() > gone.sum()
    given = c.assign(lost=lambda s: (s["exit"] == s.groupby("case_id")["exit"].transform("max")).to_numpy()
                     & s["case_id"].isin(last.loc[gone, "case_id"]).to_numpy())  # fmt: skip
    again = cl.observation_weights(given, "interval", "interval + sentence_months", period="interval", lost="lost")
    pd.testing.assert_series_equal(again.weights, found.weights)
    weighted = c.assign(weight=found.weights)
    fit = cl.cox(weighted, "sentence_months", outcome="medical_parole", weights="weight", cluster="person_id")
    assert fit.tidy()["std_error"].notna().all()
    assert fit.glance()["n"][0] == found.weights.notna().sum()


def test_what_a_cohort_does_not_say_is_asked_for():
    open_ = cl.cohort(CASES, cl.load("acts")).split(clock=range(0, 601, 12))
    with pytest.raises(UsageError, match=r"no last day of observation.*until=.*lost="):
        cl.observation_weights(open_, "1", "interval", period="interval")
    drawn = cl.cohort(CASES, cl.load("acts"), dates="impute", m=2, seed=1, until="2017")
    with pytest.raises(UsageError, match="no single table of spells"):
        cl.observation_weights(drawn.split(clock=range(0, 601, 12)), "1", "interval", period="interval")
    deaths = cl.cohort(CASES, cl.load("acts"), competing=["death"], until="2017").split(clock=range(0, 601, 12))
    said = cl.observation_weights(deaths, "1", "interval", period="interval").warnings.set_index("term")["message"]
    assert said["lost"].startswith("early_release and expiry not among competing= of the cohort")


def test_people_with_missing_covariates_have_no_weight_and_are_named():
    d = DATA.copy()
    d.loc[d["id"] == 7, "age"] = np.nan
    found = made(d)
    assert found.weights.isna().equals(d["id"] == 7)
    assert found.exclusions[["reason", "column", "n", "who"]].to_numpy().tolist() == [["missing value", "age", 1, "7"]]
    assert "Left out: 1 person, missing value (age): 7" in repr(found)


def steep(slope):
    rng = np.random.default_rng(2)
    x = rng.normal(0, 1, 400)
    d = pd.DataFrame({"id": np.arange(400), "entry": 0.0, "exit": 6.0, "period": 0, "x": x})
    gone = (rng.random(400) < 1 / (1 + np.exp(1 - slope * x))).astype(int)
    later = d[gone == 0].assign(entry=6.0, exit=12.0, period=1)
    d, later = d.assign(lost=gone), later.assign(lost=(np.arange(len(later)) % 9 == 0).astype(int))
    return pd.concat([d, later], ignore_index=True)


def test_weights_that_explode_are_refused_with_their_cases():
    d = steep(4.0)
    with pytest.raises(DataError, match=r"weights of \d+ cases explode, up to .* \(beyond largest=20\): \d+") as caught:
        made(d, "1", "x * C(period)", until="end", largest=20.0)
    assert "truncate=(0.01, 0.99)" in str(caught.value)
    found = made(d, "1", "x * C(period)", until="end", largest=None)
    (problem,) = caught.value.problems
    assert d["id"][problem.row] == d["id"][found.weights.idxmax()]
    assert found.weights.max() > 20
    said = found.warnings.set_index("term")["message"]
    assert "positivity is in doubt" in said["chance"]
    assert f"reach {found.weights.max():.3g} before truncation ({d['id'][found.weights.idxmax()]}" in said["weight"]
    cut = made(d, "1", "x * C(period)", until="end", largest=20.0, truncate=(0.05, 0.9))
    assert cut.weights.max() < 20


def test_levels_of_which_nobody_stays_or_is_lost_are_named():
    d = DATA.assign(far=np.where(DATA["id"] <= 20, "far", "near"))
    nobody = d.assign(lost=np.where(d["far"] == "far", 0, d["lost"]))
    with pytest.raises(DataError, match=r"far.*all or none of them are lost.*firth"):
        made(nobody, "1", "ill + far")
    found = made(nobody, "1", "ill + far", penalty="firth")
    said = found.warnings.set_index(["term", "level"])["message"]
    assert said["far", "far"].startswith("nobody is lost in its ")
    first = d["period"].eq(0) & d["far"].eq("far")
    assert first.sum() > 5
    everybody = d[~(d["far"].eq("far") & d["period"].gt(0))]
    everybody = everybody.assign(lost=np.where(everybody["far"] == "far", 1, everybody["lost"]))
    said = made(everybody, "1", "ill + far", penalty="firth", largest=None).warnings.set_index(["term", "level"])
    assert said.loc[("far", "far"), "message"] == (
        f"nobody of {first.sum()} stays through period 0: the weights cannot stand for them"
    )


def test_few_losses_and_a_numerator_beyond_the_denominator_are_warned_of():
    few = DATA.assign(lost=DATA["lost"] * (DATA.groupby("id").ngroup() < 40))
    assert "for 4 covariate columns: the weights are unstable" in made(few).warnings["message"].iloc[0]
    said = made(numerator="place + age", denominator="place + ill").warnings.set_index("term")["message"]
    assert "not in the denominator" in said["age"]
    with_numerator = made().balance().set_index("term")["numerator"]
    assert with_numerator["place"].all()
    assert not with_numerator["ill"].any()


def test_tables_and_the_love_plot():
    found = made()
    assert list(found.tidy().columns[:4]) == ["model", "term", "level", "estimate"]
    assert found.glance()["n_lost"][0] == DATA["lost"].sum()
    ax = found.plot()
    frame = figures.drawn(ax).frame.set_index("term")
    by_period = found.balance().query("term == 'ill'")
    assert frame.loc["ill", "before"] == pytest.approx(np.average(by_period["before"], weights=by_period["n"]))
    assert "<table" in found._repr_html_()
    assert f"{DATA['lost'].sum()} lost in {len(DATA)} person-periods" in repr(found)
    mpl.pyplot.close("all")


LAST = DATA["id"].ne(DATA["id"].shift(-1))


@pytest.mark.parametrize(
    ("data", "options", "error", "message"),
    [
        (DATA.drop(columns="period"), {}, UsageError, r"cohort.split\(clock"),
        (DATA, {"lost": None}, UsageError, "lost=: 1 in the spell"),
        (DATA, {"lost": "gone"}, UsageError, "no column 'gone'"),
        (DATA, {"numerator": None}, UsageError, "stabilised weights need"),
        (DATA, {"stabilise": False}, UsageError, "no effect"),
        (DATA, {"truncate": (0.9, 0.1)}, UsageError, "rising fractions"),
        (DATA, {"until": "now"}, UsageError, "until"),
        (DATA, {"link": "probit"}, UsageError, "link"),
        (DATA, {"penalty": "ridge"}, UsageError, "penalty"),
        (DATA, {"penalty": "firth", "link": "cloglog"}, UsageError, "is for link"),
        (DATA, {"largest": 1.0}, UsageError, "above 1"),
        (DATA, {"denominator": "entry + nothing"}, UsageError, "no column 'nothing'"),
        (DATA.assign(lost=2), {}, DataError, "row 0, lost, '2': not 0 or 1"),
        (DATA.assign(lost="gone"), {}, DataError, "not 0 or 1"),
        (DATA.assign(lost=0), {}, DataError, "nobody is lost"),
        (DATA[~DATA["id"].duplicated()].assign(lost=1), {}, DataError, "everybody is lost"),
        (DATA.assign(lost=(~LAST).astype(int)), {}, DataError, "lost, and yet followed further"),
        (DATA[DATA["period"] != 2], {}, DataError, "gap"),
        (pd.concat([DATA[DATA["lost"] == 0], DATA[DATA["lost"] == 0].iloc[:1]]), {}, DataError, "overlap|nobody"),
        (DATA.assign(exit=DATA["entry"]), {}, DataError, "does not end after"),
        (DATA.assign(period=DATA["period"] % 2), {}, DataError, "comes back"),
        (DATA.assign(period=DATA["period"].clip(upper=4)), {}, DataError, "longer than any whole period"),
        (DATA.assign(id=DATA["id"].where(DATA.index > 0)), {}, DataError, "no key"),
        (DATA.assign(age=np.nan), {}, DataError, "nobody is left"),
        (DATA.assign(entry=DATA["entry"].astype(str) + "m"), {}, DataError, "not a number"),
    ],
)
def test_refusals(data, options, error, message):
    with pytest.raises(error, match=message):
        made(data, **options)


@pytest.mark.parametrize("period", ["half", "case_id", "own"])
def test_periods_that_are_none_are_refused(period):
    """The whole follow-up as one period, the case as its period, and periods that no two cases share."""
    one = HALVES.assign(half=0) if period == "half" else HALVES
    data = one.assign(own=[f"{c} {h}" for c, h in zip(one["case_id"], one["half"], strict=True)])
    with pytest.raises(DataError, match="Cut the spells at fixed periods"):
        observation_weights(data, None, "ill", period=period, lost="lost", stabilise=False, penalty="firth")


def test_ids_that_differ_by_a_blank_are_warned_of():
    ids = HALVES["case_id"].astype(str)
    data = HALVES.assign(case_id=ids.where(ids != ids.iloc[1], f"{ids.iloc[0]} "))
    found = observation_weights(data, None, "ill", period="half", lost="lost", stabilise=False, penalty="firth")
    assert found.warnings["message"].str.contains("differ by blanks").sum() == 1
