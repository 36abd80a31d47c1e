"""The kind of a column (text, nullable, categorical), C() and names never change a number, and are refused by name."""

import numpy as np
import pandas as pd
import pytest

import clemency as cl
from clemency.models import cox, incidence, occurrence, survival
from clemency.models.curves.recurrent import recurrence
from clemency.models.designmatrix.design import model_matrix
from clemency.models.incidencerates.empiricalbayes import pooled_rates
from clemency.models.incidencerates.rates import rates
from clemency.models.reductions.magnitude import magnitude
from clemency.models.series.calendar import by_period
from clemency.records.errors import DataError, UsageError

RNG = np.random.default_rng(3)
N = 240
PERIODS = pd.DataFrame(
    {"act": (RNG.random(N) < 0.25).astype(int), "month": np.tile([0, 3, 6, 9], 60), "case": np.repeat(np.arange(60), 4)}
).assign(k=RNG.integers(0, 3, N), x=RNG.normal(size=N))
CALL = {"event": "act", "entry": "month", "id": "case", "duration": "linear", "cluster": "case"}
KINDS = {
    "int": lambda k: k,
    "Int64": lambda k: k.astype("Int64"),
    "Float64": lambda k: k.astype("Float64"),
    "int8": lambda k: k.astype("int8"),
    "category": lambda k: pd.Categorical(k, categories=[0, 1, 2, 9]),
    "text": lambda k: k.map({0: "a", 1: "b", 2: "c"}),
    "string": lambda k: k.map({0: "a", 1: "b", 2: "c"}).astype("string"),
}
YES = {"bool": lambda k: k > 0, "boolean": lambda k: (k > 0).astype("boolean"), "text": lambda k: (k > 0).map(str)}


def of_category(formula="g + x"):
    return occurrence(PERIODS.assign(g=KINDS["category"](PERIODS["k"])), formula, **CALL)


@pytest.mark.parametrize("formula", ["C(g) + x", "C(g) * x"])
@pytest.mark.parametrize("kind", KINDS)
def test_levels_inside_a_call_are_levels(kind, formula):
    """A number in C() had effects of zero, and text in it ended in an error of Python."""
    want = of_category(formula.replace("C(g)", "g"))
    fit = occurrence(PERIODS.assign(g=KINDS[kind](PERIODS["k"])), formula, **CALL)
    numbers = ["estimate", "std_error", "ci_low", "ci_high"]
    for found, expected in (
        (fit.effects("g"), want.effects("g")),
        (fit.effects("g", kind="ratio"), want.effects("g", kind="ratio")),
        (fit.effects("x", by="g"), want.effects("x", by="g")),
        (fit.probabilities(24, by="g"), want.probabilities(24, by="g")),
    ):
        np.testing.assert_allclose(found[numbers], expected[numbers], rtol=1e-9)


@pytest.mark.parametrize("kind", YES)
def test_yes_and_no_are_levels(kind):
    data = PERIODS.assign(g=YES[kind](PERIODS["k"]))
    found = occurrence(data, "g + x", **CALL).effects("g")
    two = [data.assign(g=v) for v in (False, True)]
    fit = occurrence(data.assign(g=(PERIODS["k"] > 0).astype(float)), "g + x", **CALL)
    X = [fit.model.columns(d.assign(g=d["g"].astype(float)), fit.model.months) for d in two]
    low, high = (-np.expm1(-np.exp(x @ fit.fit.beta)).mean() for x in X)
    assert found["estimate"].tolist() == pytest.approx([high - low])
    assert found["level"].tolist() == ["True"]


@pytest.mark.parametrize("kind", ["Int64", "Float64", "int8"])
def test_numbers_of_any_kind_have_the_same_slope(kind):
    plain, other = (occurrence(PERIODS.assign(g=KINDS[k](PERIODS["k"])), "g + x", **CALL) for k in ("int", kind))
    for call in (lambda f: f.effects("g"), lambda f: f.effects("x", by="g"), lambda f: f.probabilities(24, by="g")):
        np.testing.assert_allclose(call(plain)["estimate"], call(other)["estimate"].astype(float), rtol=1e-9)
    single = occurrence(PERIODS.assign(x=PERIODS["x"].astype("float32")), "x", **CALL).effects("x")["estimate"]
    assert single[0] == pytest.approx(occurrence(PERIODS, "x", **CALL).effects("x")["estimate"][0], rel=1e-6)


def test_groups_of_a_number_with_many_values_are_refused():
    with pytest.raises(UsageError, match="make it a category"):
        occurrence(PERIODS, "k + x", **CALL).effects("k", by="x")


@pytest.mark.parametrize("kind", KINDS)
def test_sizes_by_levels_of_any_kind(kind):
    acts = pd.DataFrame({"months": RNG.gamma(4, 3, 90), "k": np.tile([0, 1, 2], 30)})
    want = magnitude(acts.assign(g=KINDS["category"](acts["k"])), "g").sizes("g")
    found = magnitude(acts.assign(g=KINDS[kind](acts["k"])), "C(g)").sizes("g")
    assert found["n_event"].tolist() == [30, 30, 30]
    np.testing.assert_allclose(found["estimate"], want["estimate"], rtol=1e-9)


@pytest.mark.parametrize("formula", ["C(g) + x", "g * x"])
def test_a_level_that_a_fit_has_not_seen_is_no_reference_level(formula):
    """In an interaction or in C() it was taken for the first level, without a word."""
    d = pd.DataFrame({"t": range(1, 31), "e": 1, "g": list("abc") * 10, "x": RNG.normal(size=30)})
    fit = cox(d, formula, exit="t", event="e")
    known = fit.predict({"g": ["a"], "x": [1.0]}, 10)
    assert known["estimate"].notna().all()
    for new in ({"g": ["z"], "x": [1.0]}, {"x": [1.0]}, {"g": [None], "x": [1.0]}, {"g": ["a"], "x": [np.nan]}):
        with pytest.raises(UsageError, match="new data do not fit the formula"):
            fit.predict(new, 10)


def test_pandas_text_in_an_interaction():
    d = pd.DataFrame({"g": list("abc") * 4, "x": np.arange(12.0)})
    text = model_matrix("g * x", d.assign(g=d["g"].astype("string")))
    np.testing.assert_array_equal(text.matrix, model_matrix("g * x", d).matrix)
    np.testing.assert_array_equal(text.encode(d.assign(g=d["g"].astype("string"))), text.matrix)


def test_the_reference_of_other_contrasts_is_named_rightly():
    """The first level was named twice, once with the numbers of the reference."""
    d = pd.DataFrame({"t": range(1, 31), "e": [1, 0, 1, 1, 1] * 6, "g": list("abc") * 10})
    found = cox(d, "C(g, contr.treatment('b'))", exit="t", event="e").support.set_index("level")
    assert found["reference"].to_dict() == {"b": True, "a": False, "c": False}
    assert found["n_event"].to_dict() == d.groupby("g")["e"].sum().to_dict()


SPELLS = pd.DataFrame({"who": [1, 1, 2, 3, 3], "from": [0, 2, 0, 0, 1], "to": [2, 5, 3, 1, 4]})
SPELLS = SPELLS.assign(ev=["act", "censored", "death", "act", "censored"], time=list("aabbb"), w=[2.0, 2, 1, 1, 1])
SPELL = {"exit": "to", "event": "ev", "entry": "from"}


@pytest.mark.parametrize("end", ["2", ["2"]])
def test_kinds_of_events_may_be_named_by_numbers(end):
    """Where a word says what is censoring, a number is a name like any other."""
    numbered = SPELLS.assign(ev=SPELLS["ev"].replace({"act": "1", "death": "2"}))
    want = recurrence(numbered, **SPELL, id="who", outcome="1", terminal="2").tidy()
    for act in ("1", ["1"], None):
        pd.testing.assert_frame_equal(recurrence(numbered, **SPELL, id="who", outcome=act, terminal=end).tidy(), want)
    assert rates(numbered, **SPELL, outcome="1").tidy()["n_event"].tolist() == [2]
    with pytest.raises(UsageError, match="outcome= names '1' twice"):
        rates(numbered, **SPELL, outcome=["1", "1"])


@pytest.mark.parametrize("name", ["time", "estimate", "n_event"])
def test_groups_named_like_a_result_are_refused(name):
    data = SPELLS.rename(columns={"time": name})
    with pytest.raises(UsageError, match="rename that column"):
        recurrence(data, **SPELL, id="who", terminal="death", by=name)
    if name == "time":
        assert rates(data, **SPELL, by=name).tidy()["time"].tolist() == ["a", "b", "a", "b"]
        return
    with pytest.raises(UsageError, match="rename that column"):
        rates(data, **SPELL, by=name)
    with pytest.raises(UsageError, match="rename that column"):
        pooled_rates(data.rename(columns={name: "events"}), "events", **SPELL, outcome="act")
    cohort = cl.cohort(cl.load("cases"), cl.load("acts"), recurrent=True)
    with pytest.raises(UsageError, match="rename that column"):
        cl.months_saved(cohort, cl.load("acts"), by="unknown")


def test_weights_are_copies_in_the_summary_of_recurrence():
    twice = SPELLS.loc[SPELLS.index.repeat([2, 2, 1, 1, 1])].assign(who=[1, 11, 1, 11, 2, 3, 3])
    found = recurrence(SPELLS, **SPELL, id="who", terminal="death", weights="w").glance()
    want = recurrence(twice, **SPELL, id="who", terminal="death").glance()
    for column in ("person_time", "events", "terminal", "rate"):
        assert found[column].tolist() == pytest.approx(want[column].tolist())


def test_mean_numbers_after_the_last_exit_are_missing():
    fit = recurrence(SPELLS, **SPELL, id="who", terminal="death")
    found = fit.at([5, 5.1])
    assert found["estimate"].isna().tolist() == [False, True]
    over = SPELLS.assign(ev=pd.Categorical.from_codes([1, 2, 2, 1, 2], ["censored", "act", "release"]))
    assert recurrence(over, **SPELL, id="who", terminal="release").at(99)["estimate"].notna().all()


@pytest.mark.parametrize("call", [{"ci_level": 95}, {"per": 0}, {"per": -1}])
def test_rates_refuse_impossible_options(call):
    with pytest.raises(UsageError):
        rates(SPELLS, **SPELL, outcome="act", **call)


def test_rates_by_a_column_of_any_name():
    found = rates(SPELLS.assign(_months=SPELLS["time"]), **SPELL, by="_months", outcome="act").tidy()
    assert found["_months"].tolist() == ["a", "b"]
    assert found["person_time"].tolist() == [5.0, 7.0]


def test_exclusions_of_person_periods_name_the_columns_of_the_data():
    d = PERIODS.assign(act=PERIODS["act"].astype(float), month=PERIODS["month"].astype(float), length=3.0)
    d.loc[1, "month"], d.loc[2, "act"], d.loc[3, "month"], d.loc[4, "length"] = np.nan, np.nan, -3, 0
    call = {"event": "act", "entry": "month", "months": "length", "duration": None}
    found = occurrence(d, "x", **call).exclusions
    assert found["column"].tolist() == ["month", "act", "month", "length"]
    assert found["n"].tolist() == [1] * 4
    want = occurrence(d, "x", **call).tidy()
    pd.testing.assert_frame_equal(occurrence(dict(d.items()), "x", **call).tidy(), want)
    with pytest.raises(DataError, match="not a number"):
        occurrence(d.assign(month="soon"), "x", **call)


def test_too_few_clusters_give_no_errors_but_a_wild_test():
    """Two clusters and a covariate that tells them apart had p = 0.03 where nothing was the matter."""
    d = PERIODS.assign(g=np.repeat([0, 1], 120), five=np.arange(N) // 48)
    fit = occurrence(d, "g + x", event="act", entry="month", duration=None, cluster="g")
    assert fit.tidy()[["std_error", "p_value", "ci_low"]].isna().all().all()
    assert fit.warnings["message"].str.contains("2 clusters say nothing").any()
    assert fit.warnings["message"].str.contains("of one cluster").any()
    assert 0 < fit.wild_test("x")["p_value"][0] <= 1
    few = occurrence(d, "x", event="act", entry="month", duration=None, cluster="five")
    assert few.tidy()["std_error"].notna().all()
    assert few.warnings["message"].tolist() == ["only 5 clusters: limits may be too narrow; see wild_test()"]


@pytest.mark.parametrize("name", ["time", "at_risk"])
def test_curves_of_groups_named_like_a_result_are_refused(name):
    """Groups in a column at_risk were read as one, with a survival of 1 where it was a third."""
    for curve in (survival, incidence):
        with pytest.raises(UsageError, match="rename that column"):
            curve(SPELLS.rename(columns={"time": name}), exit="to", event="ev", entry="from", by=name)


PANEL = pd.DataFrame({"quarter": ["2001Q1", "2001Q2", "2001Q4"], "months": [10.0, 20, 30], "cut": [1, 2, 3]})


def test_an_act_named_twice_is_counted_once():
    """A name given twice counted every act four times."""
    once, twice = (by_period(PANEL, names, "Q") for names in ("cut", ["cut", "cut"]))
    pd.testing.assert_frame_equal(once, twice)
    assert once["acts"].tolist() == [1, 2, 0, 3]


def test_periods_of_any_kind():
    want = by_period(PANEL, "cut", "Q")
    for kind in (lambda q: q.astype("category"), lambda q: q.astype("string"), lambda q: pd.PeriodIndex(q, freq="Q")):
        pd.testing.assert_frame_equal(by_period(PANEL.assign(quarter=kind(PANEL["quarter"])), "cut", "Q"), want)
    years = PANEL.assign(year=[2001.0, 2001, 2003])
    assert by_period(years, "cut", "Y")["acts"].tolist() == [3, 0, 3]
    with pytest.raises(DataError, match="'soon': is not a quarter such as 2017Q2"):
        by_period(PANEL.assign(quarter=["2001Q1", "soon", "2001Q4"]), "cut", "Q")
    with pytest.raises(DataError, match="'x': not a number"):
        by_period(PANEL.assign(cut=["x", 1, 2]), "cut", "Q")
    with pytest.raises(UsageError, match="names a column of counts"):
        by_period(PANEL, "months", "Q")


@pytest.mark.parametrize("call", [{"seed": -1}, {"seed": None}, {"samples": 100.5}, {"horizon": np.inf}])
def test_months_saved_refuse_impossible_options(call):
    cohort = cl.cohort(cl.load("cases"), cl.load("acts"), recurrent=True)
    with pytest.raises(UsageError, match=next(iter(call))):
        cl.months_saved(cohort, cl.load("acts"), **{"samples": 100} | call)
    acts = cl.load("acts")
    with pytest.raises(DataError, match="not a number"):
        cl.months_saved(cohort, acts.assign(months=acts["months"].astype(object).fillna("eight")), replications=100)
