"""Weights of a treatment that starts once: R, chances by hand, identities, a known marginal effect, and refusals."""

from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

import clemency as cl
from benchmarks.weighting import sample
from clemency import figures
from clemency.models import cox, treatment_weights
from clemency.records.errors import DataError, UsageError

mpl.use("Agg")
FOLDER = Path(__file__).resolve().parents[2] / "reference" / "weighting"
DATA, WEIGHTS, EXPECTED = (pd.read_csv(FOLDER / f"{n}.csv") for n in ("data", "weights", "expected"))
NUMERATOR, DENOMINATOR = "entry + sex", "entry + sex + age + ill"
NAMES = {"exposure": "raised", "period": "period", "id": "id"}


def made(data=DATA, numerator=NUMERATOR, denominator=DENOMINATOR, **options):
    return treatment_weights(data, numerator, denominator, **NAMES | options)


def expected(what):
    return EXPECTED[EXPECTED["what"] == what].set_index(["term", "column"])["value"]


KINDS = {
    "truncated": {},
    "stabilised": {"truncate": None},
    "unstabilised": {"truncate": None, "stabilise": False, "numerator": None},
}


@pytest.mark.parametrize("kind", KINDS)
def test_weights_equal_r(kind):
    np.testing.assert_allclose(made(**KINDS[kind]).weights, WEIGHTS[kind], rtol=1e-9)


@pytest.mark.parametrize("model", ["numerator", "denominator"])
def test_models_of_starting_equal_glm(model):
    found = made().tidy().query("model == @model")
    names = [{"constant": "(Intercept)"}.get(t, t + v) for t, v in zip(found["term"], found["level"], strict=True)]
    for column in ("estimate", "std_error"):
        np.testing.assert_allclose(found[column], [expected(model)[n, column] for n in names], rtol=1e-7)


def test_models_of_starting_equal_statsmodels():
    d = DATA[(DATA["entry"] % 6 == 0)]
    later = DATA.groupby(["id", "period"])["raised"].max()
    before = DATA.groupby("id")["raised"].shift(fill_value=0)
    d = d[before[d.index] == 0]
    y = later.loc[pd.MultiIndex.from_frame(d[["id", "period"]])].to_numpy()
    fit = sm.GLM(y, sm.add_constant(d[["entry", "ill"]]), family=sm.families.Binomial()).fit(tol=1e-14)
    found = made(numerator="1", denominator="entry + ill").tidy().query("model == 'denominator'")
    np.testing.assert_allclose(found["estimate"], fit.params, rtol=1e-7)
    np.testing.assert_allclose(found["std_error"], fit.bse, rtol=1e-6)


def test_balance_equals_r():
    found = made().balance().set_index(["term", "level"])
    for term, key in (("entry", ("entry", "")), ("age", ("age", "")), ("ill", ("ill", "")), ("sexM", ("sex", "M"))):
        for column in ("before", "after"):
            np.testing.assert_allclose(found.loc[key, column], expected("balance")[term, column], rtol=1e-7)


@pytest.mark.parametrize("kind", ["stabilised", "truncated"])
def test_the_weighted_model_equals_coxph(kind):
    d = DATA.assign(weight=made(**KINDS[kind]).weights)
    fit = cox(d, "raised + sex", exit="exit", event="event", entry="entry", weights="weight", cluster="id").tidy()
    for column in ("estimate", "std_error"):
        values = [expected(kind)[t, column] for t in ("raised", "sexM")]
        np.testing.assert_allclose(fit[column], values, rtol=1e-7)


def test_by_hand():
    """Three people in two halves; the ill start with chance 1/2 and the others with 1/3, all with chance 2/5."""
    d = pd.DataFrame(
        {
            "case_id": [1, 1, 2, 2, 3, 3, 3],
            "entry": [0, 6, 0, 6, 0, 6, 8],
            "exit": [6, 12, 6, 12, 6, 8, 12],
            "half": [0, 6, 0, 6, 0, 6, 6],
            "ill": [1, 1, 0, 0, 1, 0, 0],
            "raised": [1, 1, 0, 0, 0, 0, 1],
        }
    )
    found = treatment_weights(d, "1", "ill", exposure="raised", period="half", truncate=None)
    no, yes = (3 / 5) / (2 / 3), (2 / 5) / (1 / 3)
    ill_no, ill_yes = (3 / 5) / (1 / 2), (2 / 5) / (1 / 2)
    # Within the period in which the third is treated, the part before it counts as not treated.
    by_hand = [ill_yes, ill_yes, no, no * no, ill_no, ill_no * no, ill_no * yes]
    np.testing.assert_allclose(found.weights, by_hand, rtol=1e-12)
    assert found.facts["n_started"] == 2
    assert found.facts["n_trials"] == 5
    # 0.8, 0.8, 0.9, 0.81, 1.2, 1.08 and 1.44: their sum is 7.03, that of their squares 7.4261.
    # 7.03^2 / 7.4261 is 6.655, and the root of (7.4261 - 7.03^2 / 7) / 6 is 0.247.
    assert repr(found).split("\n") == [
        "Weights of 7 rows of 3 people; treatment started in 2 of 5 person-periods.",
        "mean 1.004, sd 0.247, from 0.8 to 1.44; effective rows 6.7; 0 truncated (untruncated: 0.8 to 1.44).",
        "denominator: 2 starts for 1 covariate column: the weights are unstable",
    ]
    # A fifth and four fifths of the way through seven numbers in order: 0.8 + 0.2 * 0.01 and 1.08 + 0.8 * 0.12.
    cut = treatment_weights(d, "1", "ill", exposure="raised", period="half", truncate=(0.2, 0.8))
    np.testing.assert_allclose(cut.weights, np.clip(by_hand, 0.802, 1.176), rtol=1e-12)
    assert "from 0.802 to 1.18; effective rows 6.8; 4 truncated (untruncated: 0.8 to 1.44)." in repr(cut)


def test_order_of_rows_and_index_do_not_matter():
    moved = DATA.sample(frac=1, random_state=3).set_index(np.arange(len(DATA)) * 2)
    back = made(moved).weights
    assert back.index.equals(moved.index)
    whole = made().weights.to_numpy()
    order = DATA.sample(frac=1, random_state=3).index
    np.testing.assert_allclose(back, whole[order], rtol=1e-9)


def test_the_same_chance_above_and_below_gives_weights_of_exactly_one():
    for formula in ("1", "entry + sex", "ill"):
        assert (made(numerator=formula, denominator=formula).weights == 1.0).all()


def test_spells_cut_finer_within_their_periods_keep_their_weights():
    half = DATA.assign(exit=(DATA["entry"] + DATA["exit"]) / 2, event=0)
    rest = DATA.assign(entry=(DATA["entry"] + DATA["exit"]) / 2)
    found = made(pd.concat([half, rest]), denominator="period + ill", numerator="period", truncate=None).weights
    whole = made(denominator="period + ill", numerator="period", truncate=None).weights
    np.testing.assert_allclose(found, np.r_[whole, whole], rtol=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_stabilised_weights_average_one_among_those_at_risk(seed):
    d = sample(np.random.default_rng(seed), 400, 0.0)
    found = made(d, "C(period)", "C(period) + ill", truncate=None)
    assert found.weights.gt(0).all()
    assert abs(found.weights.mean() - 1) < 0.1
    assert found.facts["ess"] <= found.facts["n"]
    cut = made(d, "C(period)", "C(period) + ill", truncate=(0.05, 0.95))
    assert cut.weights.min() == pytest.approx(np.quantile(found.weights, 0.05))
    assert cut.weights.max() == pytest.approx(np.quantile(found.weights, 0.95))


def test_a_known_marginal_effect_is_found_where_the_plain_model_misses_it():
    """One large sample of the design in benchmarks/weighting.py, whose table has the bias over many."""
    d = sample(np.random.default_rng(5), 5000, 0.0)
    ends = {"exit": "exit", "event": "event", "entry": "entry", "cluster": "id"}
    plain, adjusted = cox(d, "raised", **ends).tidy(), cox(d, "raised + ill", **ends).tidy()
    w = made(d, "entry", "entry + ill", truncate=None)
    weighted = cox(d.assign(weight=w.weights), "raised", weights="weight", **ends).tidy()
    assert plain["ci_low"][0] > 0.2
    assert adjusted["ci_low"][0] > 0.1
    assert abs(weighted["statistic"][0]) < 3
    balance = w.balance().set_index("term")
    assert abs(balance.loc["ill", "before"]) > 0.5
    assert abs(balance.loc["ill", "after"]) < 0.05


def test_those_treated_before_they_were_seen_are_taken_as_they_are():
    modelled, given = made(truncate=None), made(truncate=None, at_entry="given")
    first = DATA.sort_values("entry").groupby("id")["raised"].first()
    early = DATA["id"].isin(first.index[first == 1])
    assert given.facts["n_given"] == early.groupby(DATA["id"]).first().sum() > 0
    assert (given.weights[early] == 1).all()
    assert not (modelled.weights[early] == 1).any()
    n, trials, started = (given.facts[k] for k in ("n_given", "n_trials", "n_started"))
    assert f"treatment started in {started} of {trials} person-periods, and before entry for {n}.\n" in repr(given)
    assert f"of {modelled.facts['n_trials']} person-periods.\n" in repr(modelled)
    assert started + n == modelled.facts["n_started"]


def test_people_with_missing_covariates_have_no_weight_and_are_named():
    d = DATA.copy()
    treated = d[(d["raised"] == 1) & (d["raised"].groupby(d["id"]).cumsum() > 1)].index[0]
    d.loc[treated, "ill"] = np.nan  # after the start: no model uses it
    d.loc[d["id"] == 7, "age"] = np.nan
    found = made(d)
    assert found.weights.isna().equals(d["id"] == 7)
    assert found.exclusions[["reason", "column", "n", "who"]].to_numpy().tolist() == [["missing value", "age", 1, "7"]]
    assert "Left out: 1 person, missing value (age): 7" in repr(found)


def test_levels_that_never_start_are_refused_or_warned_of():
    d = DATA.assign(place=np.where(DATA["id"] <= 20, "far", "near"))
    d = d[~((d["place"] == "far") & d["id"].isin(d.loc[d["raised"] == 1, "id"]))]
    with pytest.raises(DataError, match=r"place.*certain or impossible.*firth"):
        made(d, "1", "ill + place")
    found = made(d, "1", "ill + place", penalty="firth")
    said = found.warnings.set_index(["term", "level"])["message"]
    assert "never starts" in said["place", "far"]
    assert found.weights.notna().all()


def test_weights_that_go_through_the_roof_are_warned_of():
    rng = np.random.default_rng(2)
    x = rng.normal(0, 4, 2000)
    d = pd.DataFrame({"id": np.arange(2000), "entry": 0.0, "exit": 6.0, "period": 0, "x": x})
    d["raised"] = (rng.random(2000) < 1 / (1 + np.exp(2 - x))).astype(int)
    said = made(d, "1", "x", truncate=None).warnings["message"].str.cat(sep=" ")
    assert "positivity is in doubt" in said
    assert "weights reach" in said
    other = made(d.assign(y=rng.normal(size=2000)), "y", "x").warnings.set_index("term")["message"]
    assert "not in the denominator" in other["y"]


def test_tables_and_the_love_plot():
    found = made()
    assert list(found.tidy().columns[:4]) == ["model", "term", "level", "estimate"]
    assert found.glance()["n_people"][0] == DATA["id"].nunique()
    assert {"mean", "max", "ess"} <= set(found.facts)
    ax = found.plot()
    pd.testing.assert_frame_equal(figures.drawn(ax).frame, found.balance())
    assert "ill: 0.75 before, >-0.01 after" in figures.drawn(ax).alt
    assert "<table" in found._repr_html_()
    mpl.pyplot.close("all")


def test_a_cohort_supplies_its_columns():
    cases = cl.load("cases")
    c = cl.cohort(cases, cl.load("acts"), outcome=["sentence_reduction", "medical_parole"])
    c = c.split(clock=range(0, 481, 12)).expose_from(cases, "raised_date", name="raised", flag="raised_by")
    found = cl.treatment_weights(
        c, "entry", "entry + sentence_months", exposure="raised", period="interval", at_entry="given"
    )
    assert len(found.weights) == len(c)
    assert found.facts["n_started"] + found.facts["n_given"] == c.spells.query("raised == 1")["case_id"].nunique()


UNCUT = DATA.groupby(["id", "raised"], as_index=False).agg(
    entry=("entry", "min"), exit=("exit", "max"), ill=("ill", "first"), period=("period", "min")
)


@pytest.mark.parametrize(
    ("data", "options", "error", "message"),
    [
        (DATA.drop(columns="period"), {}, UsageError, r"cohort.split\(clock"),
        (UNCUT.assign(period=0), {"numerator": "1", "denominator": "ill"}, DataError, "nobody has a second period"),
        (DATA, {"numerator": None}, UsageError, "stabilised weights need"),
        (DATA, {"stabilise": False}, UsageError, "no effect"),
        (DATA, {"truncate": (0.9, 0.1)}, UsageError, "rising fractions"),
        (DATA, {"at_entry": "guess"}, UsageError, "at_entry"),
        (DATA, {"penalty": "ridge"}, UsageError, "penalty"),
        (DATA, {"denominator": "entry + nothing"}, UsageError, "no column 'nothing'"),
        (DATA.assign(raised=2), {}, DataError, "not 0 or 1"),
        (DATA.assign(raised=0), {}, DataError, "never starts"),
        (DATA.assign(raised=1), {}, DataError, "starts in every period"),
        (DATA.assign(raised=1 - DATA["raised"]), {}, DataError, "treatment stops"),
        (DATA[DATA["period"] != 2], {}, DataError, "gap"),
        (pd.concat([DATA, DATA.iloc[:1]]), {}, DataError, "overlap"),
        (DATA.assign(exit=DATA["entry"]), {}, DataError, "does not end after"),
        (DATA.assign(period=DATA["period"] % 2), {}, DataError, "comes back"),
        (DATA.assign(id=DATA["id"].where(DATA.index > 0)), {}, DataError, "no key"),
        (DATA.assign(age=np.nan), {}, DataError, "nobody is left"),
    ],
)
def test_refusals(data, options, error, message):
    with pytest.raises(error, match=message):
        made(data, **options)


def test_periods_must_be_fixed():
    d = DATA.assign(period=DATA["period"].clip(upper=4))
    with pytest.raises(DataError, match="longer than any whole period"):
        made(d)
    d = DATA.assign(period=np.where((DATA["period"] == 2) & (DATA["id"] % 2 == 0), 1, DATA["period"]))
    with pytest.raises(DataError, match="lasts 6 for some and 12 for others"):
        made(d)


def test_covariates_that_no_model_uses_may_be_missing():
    """With at_entry="given" those of people treated before they were seen; with exposure as text, those after."""
    data = DATA[["id", "period", "entry", "exit", "raised", "sex", "age", "ill"]].copy()
    opening = data.groupby("id")["raised"].transform("first") == 1
    assert opening.any()
    whole = made(data, at_entry="given")
    found = made(data.assign(age=data["age"].where(~opening)), at_entry="given")
    assert not len(found.exclusions)
    pd.testing.assert_series_equal(found.weights, whole.weights)
    assert made(data.assign(age=data["age"].where(~opening))).exclusions["n"].sum() > 0
    after = data.groupby("id")["raised"].cumsum() > 1
    text = data.assign(raised=data["raised"].astype(str), age=data["age"].where(~after))
    assert not len(made(text).exclusions)


def test_ids_that_differ_by_a_blank_are_told():
    names = DATA["id"].astype(str).where(DATA["id"] != DATA["id"].iloc[0], f"{DATA['id'].iloc[-1]} ")
    said = f"'{names.iloc[-1]} ' and '{names.iloc[-1]}' in 'id' differ by blanks"
    for data, n in ((DATA.assign(id=names), 1), (DATA, 0)):
        found = made(data, truncate=None)
        assert found.warnings["message"].str.startswith(said).sum() == n
        assert repr(found).count(said) == n
