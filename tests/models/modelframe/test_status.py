"""How spells ended: what is taken for censoring, for the event and for a kind of it, in every storage, or refused."""

import datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

import clemency as cl
from clemency.models.modelframe.status import event_codes
from clemency.records.errors import ClemencyError, DataError, UsageError

T = [2.0, 3.0, 5.0, 7.0, 11.0, 13.0]
PLAIN = pd.DataFrame(
    {"t": T, "e": [1, 0, 1, 1, 0, 1], "g": list("ababab"), "x": [0.0, 1, 2, 1, 3, 1], "raised": [1, 0] * 3}
)
PLAIN = PLAIN.assign(who=range(6), hole=[1.0, 2, np.nan, 3, 1, 2], month=[0, 3, 6, 0, 3, 6])
CALL = {"exit": "t", "event": "e"}

#: Every public function that reads a column of events, and a number that it makes of it.
READERS = {
    "cox": lambda d, **k: cl.cox(d, "x", **CALL, **k).tidy()["estimate"].tolist(),
    "fine_gray": lambda d, **k: cl.fine_gray(d, "x", **CALL, outcome="event", **k).tidy()["estimate"].tolist(),
    "survival": lambda d, **k: cl.survival(d, **CALL, **k).tidy()["estimate"].tolist(),
    "incidence": lambda d, **k: cl.incidence(d, **CALL, **k).tidy()["estimate"].tolist(),
    "rates": lambda d, **k: cl.rates(d, "g", **CALL, **k).tidy()["estimate"].tolist(),
    "pooled_rates": lambda d, **k: cl.pooled_rates(d, "g", **CALL, draws=50, **k).tidy()["estimate"].tolist(),
    "logrank": lambda d, **k: [cl.logrank(d, by="g", **CALL, **k).statistic],
    "gray_test": lambda d, **k: [cl.gray_test(d, by="g", outcome="event", **CALL, **k).statistic],
    "recurrence": lambda d, **k: cl.recurrence(d, **CALL, id="who", **k).tidy()["estimate"].tolist(),
    "tipping_point": lambda d, **k: cl.tipping_point(d, "raised", **CALL, **k).tidy()["estimate"].tolist(),
    "occurrence": lambda d, **k: (
        cl.occurrence(d, "x", event="e", entry="month", duration=None, **k).tidy()["estimate"].tolist()
    ),
    "impute_covariates": lambda d, **k: [
        f["hole"].tolist() for f in cl.impute_covariates(more(d), ["hole"], m=2, seed=1, **CALL, **k)
    ],
}
#: Fine-Gray and Gray ask for several kinds or for the name of one, so that they are looked at apart.
TWO = [r for r in READERS if r not in ("fine_gray", "gray_test")]


def more(d):
    """Enough rows for a regression."""
    many = pd.concat([d.drop(columns="who")] * 8, ignore_index=True)
    return many.assign(hole=many["hole"].where(many.index > 8, many["hole"] + many.index / 100))


STORED = {
    "float": lambda e: e.astype(float),
    "int8": lambda e: e.astype("int8"),
    "uint64": lambda e: e.astype("uint64"),
    "bool": lambda e: e.astype(bool),
    "Int64": lambda e: e.astype("Int64"),
    "boolean": lambda e: e.astype("boolean"),
    "arrow": lambda e: e.astype("int64[pyarrow]"),
    "arrow bool": lambda e: e.astype("bool[pyarrow]"),
    "object": lambda e: e.astype(object),
    "object bool": lambda e: e.astype(bool).astype(object),
    "decimal": lambda e: e.map(Decimal),
    "category": lambda e: e.astype("category"),
    "category bool": lambda e: e.astype(bool).astype("category"),
    "sparse": lambda e: e.astype("Sparse[int]"),
    "yes": lambda e: e.map({0: "no", 1: "yes"}),
    "Yes, YES": lambda e: pd.Series(["Yes", "No", "YES", " yes", "NO", "yes"]),
    "y": lambda e: e.map({0: "N", 1: "Y"}),
    "True": lambda e: e.astype(bool).astype(str),
    "TRUE": lambda e: e.map({0: "FALSE", 1: "TRUE"}),
    "0 and 1 as text": lambda e: e.astype(str),
    "0.0 and 1.0 as text": lambda e: e.astype(float).astype(str),
    "full width": lambda e: e.map({0: "０", 1: "１"}),
    "shi": lambda e: e.map({0: "否", 1: "是"}),
    "string": lambda e: e.map({0: "no", 1: "yes"}).astype("string"),
    "arrow text": lambda e: e.map({0: "no", 1: "yes"}).astype("string[pyarrow]"),
    "category of words": lambda e: e.map({0: "no", 1: "yes"}).astype("category"),
    "ordered": lambda e: pd.Series(pd.Categorical(e.map({0: "in", 1: "out"}), ["in", "out"], ordered=True)),
    "censored": lambda e: e.map({0: "censored", 1: "cut"}),
    "Censored": lambda e: e.map({0: "Censored", 1: "cut"}),
    "alive": lambda e: e.map({0: "alive", 1: "dead"}),
    "Alive": lambda e: e.map({0: "Alive", 1: "Died"}),
}


@pytest.mark.parametrize("kind", STORED)
def test_one_event_in_any_storage(kind):
    code, outcomes = event_codes(STORED[kind](PLAIN["e"]), "e")
    assert code.tolist() == [1, 0, 1, 1, 0, 1]
    assert len(outcomes) == 1


@pytest.mark.parametrize("reader", TWO)
@pytest.mark.parametrize("kind", ["yes", "arrow", "category bool", "0 and 1 as text", "shi", "alive", "Censored"])
def test_every_function_reads_them_alike(reader, kind):
    want = READERS[reader](PLAIN)
    assert len(want) > 0
    assert READERS[reader](PLAIN.assign(e=STORED[kind](PLAIN["e"]))) == want


@pytest.mark.parametrize(
    ("word", "name"), [("yes", "event"), ("true", "event"), ("1", "event"), ("dead", "dead"), ("Died", "Died")]
)
def test_a_word_that_names_the_event_is_its_name(word, name):
    no = {"yes": "no", "true": "false", "1": "0", "dead": "alive", "Died": "alive"}[word]
    assert event_codes(pd.Series([word, no]), "e")[1] == (name,)
    found = cl.incidence({"t": [1.0, 2.0], "e": [word, no]}, **CALL, outcome=name)
    assert found.tidy()["estimate"].tolist() == [0.5]


ABOVE = {
    "int": [0, 1, 2, 0, 1, 1],
    "counts": [3, 0, 1, 2, 0, 1],
    "one and two": [1, 2, 2, 1, 1, 2],
    "99": [0, 1, 99, 0, 1, 1],
    "float": [0.0, 1, 2, 0, 1, np.nan],
}
HOLDERS = {
    "plain": pd.Series,
    "object": lambda v: pd.Series(v, dtype=object),
    "nullable": lambda v: pd.Series(v).convert_dtypes(),
    "arrow": lambda v: pd.Series(v).convert_dtypes(dtype_backend="pyarrow"),
    "category": lambda v: pd.Series(v).astype("category"),
    "text": lambda v: pd.Series([str(int(x)) for x in v if x == x] + ["0"] * sum(x != x for x in v)),
    "category of text": lambda v: HOLDERS["text"](v).astype("category"),
}


@pytest.mark.parametrize("held", HOLDERS)
@pytest.mark.parametrize("kind", ABOVE)
def test_whole_numbers_above_one_are_neither_guessed_to_be_kinds_nor_counts(kind, held):
    with pytest.raises(ClemencyError) as caught:
        event_codes(HOLDERS[held](ABOVE[kind]), "e")
    said = str(caught.value)
    assert "d['e'].map({0: 'censored', 1: 'sentence_reduction', 2: 'death'})" in said
    assert "cl.rates(d, count='e', exposure=...)" in said
    if held in ("plain", "nullable", "arrow"):
        [problem] = caught.value.problems
        first = next(i for i, v in enumerate(ABOVE[kind]) if v > 1)
        assert (problem.row, problem.column, problem.value) == (first, "e", f"{ABOVE[kind][first]:g}")


@pytest.mark.parametrize("reader", READERS)
def test_every_function_refuses_them(reader):
    """The column is named as the caller named it."""
    with pytest.raises(DataError, match="row 2, e, '2': a whole number above 1 is a count or a kind"):
        READERS[reader](PLAIN.assign(e=[0, 1, 2, 0, 1, 1]))


def test_one_for_censored_and_two_for_the_event_is_told():
    with pytest.raises(DataError, match=r"none is 0 \(censored\).*give 0 and 1: d\['e'\] - 1"):
        event_codes(pd.Series([1, 2, 2]), "e")


@pytest.mark.parametrize(
    ("values", "row", "value"),
    [([0, -1, 1], 1, "-1"), ([0.5, 1, 0], 0, "0.5"), ([1, 0, np.inf], 2, "inf"), ([0, 1, -np.inf], 2, "-inf")],
)
def test_other_numbers_are_no_codes(values, row, value):
    for column in (pd.Series(values), pd.Series(values).astype("category"), pd.Series(values, dtype=object)):
        with pytest.raises(DataError, match="not an event code") as caught:
            event_codes(column, "e")
        assert (caught.value.problems[0].row, caught.value.problems[0].value) == (row, value)


@pytest.mark.parametrize(
    ("values", "codes"),
    [
        ([0, 0, 0], [0, 0, 0]),
        ([1, 1, 1], [1, 1, 1]),
        ([1, None, 0], [1, -1, 0]),
        ([None, None], [-1, -1]),
        (["yes", "yes"], [1, 1]),
        (["no", None], [0, -1]),
        (["dead", "dead"], [1, 1]),
        (["alive"], [0]),
        (["censored", "censored"], [0, 0]),
    ],
)
def test_columns_of_one_value(values, codes):
    assert event_codes(pd.Series(values), "e")[0].tolist() == codes


@pytest.mark.parametrize(
    ("values", "row", "said"),
    [
        (["yes", "no", "censored"], 1, "nothing ended the spell, but stands as a kind"),
        (["censored", "cut", "alive"], 2, "nothing ended the spell, but stands as a kind"),
        (["censored", "cut", "0"], 2, "nothing ended the spell, but stands as a kind"),
        (["censored", "cut", "nan"], 2, "the end is not known"),
        (["censored", "", "cut"], 1, "the end is not known"),
        (["censored", "cut", "None"], 2, "the end is not known"),
        (["death", "censored", "Death"], 2, "written in two ways, here and as 'death'"),
        (["death", "censored", "death "], 2, "written in two ways, here and as 'death'"),
        ([0, "censored", 1], 1, "words and numbers are mixed"),
        (["censored", True], 1, "words and numbers are mixed"),
        (["censored", ["cut"]], 1, "list in a column of events"),
        (["censored", datetime.date(2017, 1, 1)], 1, "date in a column of events"),
    ],
)
def test_words_that_are_no_kind_of_event_are_refused(values, row, said):
    with pytest.raises(DataError) as caught:
        event_codes(pd.Series(values), "e")
    assert said in str(caught.value)
    problem = caught.value.problems[0]
    assert (problem.row, problem.column) == (row, "e")


@pytest.mark.parametrize(
    "values",
    [
        ["yes", "no", "unknown"],
        ["y", "y"],
        ["yes", "true"],
        ["alive", "escaped"],
        ["released", "released"],
        ["是", "no"],
        pd.Categorical(["alive", "dead"], ["alive", "dead", "escaped"]),
        pd.Categorical(["alive", "dead"], ["dead", "alive"], ordered=True),
        [pd.Timestamp("2017-05-27")],
        [pd.Timedelta("3D")],
        [datetime.date(2017, 5, 27)],
        pd.period_range("2017Q1", periods=2, freq="Q"),
        [1j, 0],
    ],
)
def test_words_of_which_none_is_known_to_be_censoring_are_refused(values):
    with pytest.raises(UsageError, match=r"'e' (is|holds)"):
        event_codes(pd.Series(values), "e")


def test_kinds_named_by_numbers_beside_the_word_for_censoring_are_names():
    code, outcomes = event_codes(pd.Series(["censored", "1", "2", "1"]), "e")
    assert (code.tolist(), outcomes) == ([0, 1, 2, 1], ("1", "2"))


@pytest.mark.parametrize("reader", TWO)
def test_a_frame_in_which_all_ended(reader):
    """All were released: by hand, the survival at 2, 3, 5 is 5/6, 4/6, 3/6."""
    want = READERS[reader](PLAIN.assign(e=1)) if reader != "occurrence" else None
    frame = PLAIN.assign(e="released")
    with pytest.raises(UsageError, match="censored=None if nobody is censored"):
        READERS[reader](frame)
    if reader == "occurrence":  # every person-period would have the act: nothing to model
        return
    found = READERS[reader](frame, censored=None)
    assert found == want
    assert READERS[reader](frame.assign(e=frame["e"].astype("category")), censored=None) == want
    if reader == "survival":
        assert found == pytest.approx([5 / 6, 4 / 6, 3 / 6, 2 / 6, 1 / 6, 0])


def test_kinds_of_a_frame_in_which_all_ended():
    frame = PLAIN.assign(e=["released", "died", "released", "released", "died", "released"])
    found = cl.incidence(frame, **CALL, censored=None)
    assert found.at(13).set_index("outcome")["estimate"].to_dict() == pytest.approx({"died": 1 / 3, "released": 2 / 3})
    assert cl.rates(frame, **CALL, censored=None).tidy().set_index("outcome")["n_event"].to_dict() == {
        "died": 2,
        "released": 4,
    }
    fit = cl.fine_gray(frame, "x", **CALL, outcome="released", censored=None)
    other = cl.fine_gray(
        frame.assign(e=pd.Categorical(frame["e"], ["censored", "died", "released"])), "x", **CALL, outcome="released"
    )
    assert fit.tidy()["estimate"].tolist() == other.tidy()["estimate"].tolist()
    test = cl.gray_test(frame, by="g", outcome="released", **CALL, censored=None)
    assert test.groups["n_event"].sum() == 4


def test_a_word_of_ones_own_for_censoring():
    frame = PLAIN.assign(e=["cut", "serving", "cut", "death", "serving", "cut"])
    for reader in ("rates", "logrank", "incidence", "cox"):
        call = {"outcome": "cut"} if reader in ("logrank", "cox") else {}
        named = READERS[reader](frame.replace({"e": {"serving": "censored"}}), **call)
        assert READERS[reader](frame, censored="serving", **call) == named
    with pytest.raises(UsageError, match=r"censored='service' is no value of 'e' \(cut, death, serving\)"):
        cl.rates(frame, **CALL, censored="service")
    held = pd.Series(["yes", "no", "no"])  # "still held": yes is censoring
    assert event_codes(held, "held", "yes")[0].tolist() == [0, 1, 1]


@pytest.mark.parametrize(
    ("values", "censored", "said"),
    [
        (["released", "censored"], None, "row 1, e, 'censored': this says that nothing ended"),
        (["yes", "no"], None, "row 1, e, 'no': this says that nothing ended"),
        ([1, 0], None, "row 1, e, '0': 0 says that nothing ended"),
        ([True, False], None, "row 1, e, '0': 0 says that nothing ended"),
        ([1, 0], "serving", "has no meaning for 'e'"),
        (["cut", "serving"], 0, "not 0"),
        (["cut", "serving"], ["serving"], "the word for censoring"),
    ],
)
def test_what_censored_contradicts_is_refused(values, censored, said):
    with pytest.raises(ClemencyError, match=said):
        event_codes(pd.Series(values), "e", censored)


def test_a_declared_level_that_nobody_has_does_no_harm():
    event = pd.Categorical(["cut", "death"], ["censored", "no", "cut", "death"])
    assert event_codes(pd.Series(event), "e", None)[1] == ("cut", "death")


def test_intervals_have_no_word_for_censoring():
    with pytest.raises(UsageError, match="censored= has no meaning for intervals"):
        cl.survival({"a": [1.0, 2], "b": [2.0, 3]}, lower="a", upper="b", censored=None)
