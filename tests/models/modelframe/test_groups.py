"""Groups, strata, clusters and cases: any number of levels, any storage, and what is refused by name."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import clemency as cl
from clemency.models import cox, incidence, occurrence, survival
from clemency.models.modelframe.frames import as_frame, is_cohort
from clemency.models.modelframe.groups import codes, labels
from clemency.records.errors import ClemencyError, DataError, UsageError

N = 48
D = pd.DataFrame({"m": np.arange(1.0, N + 1), "e": [1, 0, 1] * 16, "g": list("aabbcc") * 8, "x": np.arange(N) % 7})
CALL = {"exit": "m", "event": "e"}
ENDS = ["censored", "cut", "death"] * (N // 3)


def test_products_of_many_levels_are_those_of_pandas():
    """3000 levels in each of six columns: the code ran over 2**63, and groups were named that nobody is in."""
    rng = np.random.default_rng(0)
    d = pd.DataFrame({f"c{j}": rng.integers(0, 3000, 2000) for j in range(6)})
    d = pd.concat([d, d], ignore_index=True).assign(m=1.0 + rng.random(4000), e=(rng.random(4000) < 0.5).astype(int))
    names = list(d.columns[:6])
    found = cl.rates(d, by=names, exit="m", event="e").tidy()
    true = d.groupby(names).agg(n_event=("e", "sum"), person_time=("m", "sum")).reset_index()
    pd.testing.assert_frame_equal(found[names], true[names], check_dtype=False)
    np.testing.assert_array_equal(found["n_event"], true["n_event"])
    np.testing.assert_allclose(found["person_time"], true["person_time"])


def test_forty_columns_of_groups():
    rng = np.random.default_rng(1)
    d = pd.DataFrame(rng.integers(0, 40, (300, 40)), columns=[f"c{j}" for j in range(40)])
    made = labels(d, list(d.columns))
    pd.testing.assert_frame_equal(made.levels.iloc[made.code].reset_index(drop=True), d, check_dtype=False)
    assert len(made) == len(d.drop_duplicates())


def test_levels_that_fill_no_combination_are_no_group():
    d = pd.DataFrame({"a": pd.Categorical(list("xyx"), categories=list("zyx")), "b": [2, 1, 1]})
    made = labels(d, ["a", "b", "a"])
    assert made.columns == ("a", "b")
    assert made.levels.astype(str).to_numpy().tolist() == [["y", "1"], ["x", "1"], ["x", "2"]]
    assert made.code.tolist() == [2, 0, 1]


STORED = {
    "text": lambda g: g,
    "string": lambda g: g.astype("string"),
    "arrow": lambda g: g.astype(pd.ArrowDtype(pa.string())),
    "category": lambda g: g.astype("category"),
    "sparse": lambda g: pd.Series(pd.arrays.SparseArray(g.to_numpy(), fill_value="a")),
    "dictionary": lambda g: pd.Series(
        pd.array(pa.array(g).dictionary_encode(), pd.ArrowDtype(pa.dictionary(pa.int32(), pa.string())))
    ),
}


@pytest.mark.parametrize("kind", STORED)
def test_groups_of_every_storage(kind):
    d = D.assign(g=STORED[kind](D["g"]))
    want = survival(D, by="g", **CALL).tidy()
    found = survival(d, by="g", **CALL).tidy()
    assert found["g"].astype(str).tolist() == want["g"].tolist()
    np.testing.assert_array_equal(found["estimate"], want["estimate"])
    for options in ({"strata": "g"}, {"cluster": "g"}):
        pd.testing.assert_frame_equal(cox(d, "x", **CALL, **options).tidy(), cox(D, "x", **CALL, **options).tidy())


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (lambda g: g.map(lambda v: [v]), "row 0, g.*a list in a cell"),
        (lambda g: g.map(lambda v: {v: 1}), "row 0, g.*a dict in a cell"),
        (lambda g: pd.Series([{v} for v in g]), "row 0, g.*a set in a cell"),
        (lambda g: pd.Series([1 if i % 2 else "1" for i in range(N)], dtype=object), "row 0, g.*text among numbers"),
        (lambda g: pd.Series([7 if i == 3 else v for i, v in enumerate(g)], dtype=object), "row 3, g, '7'.*text among"),
    ],
)
def test_what_can_be_no_group_is_named(values, words):
    d = D.assign(g=values(D["g"]))
    calls = (
        lambda: survival(d, by="g", **CALL),
        lambda: incidence(d, by=["g", "x"], **CALL),
        lambda: cl.rates(d, by="g", **CALL),
        lambda: cl.logrank(d, by="g", **CALL),
        lambda: cox(d, "x", **CALL, strata="g"),
        lambda: cox(d, "g", **CALL),
        lambda: cox(d, "g * x", **CALL),
    )
    for call in calls:
        with pytest.raises(DataError, match=words):
            call()


@pytest.mark.parametrize("values", [lambda g: g.map(lambda v: [v]), lambda g: [1 if i % 2 else "1" for i in range(N)]])
def test_people_that_cannot_be_told_apart_are_named(values):
    d = D.assign(who=values(D["g"]))
    calls = (
        lambda: cox(d, "x", **CALL, cluster="who"),
        lambda: cl.fine_gray(d.assign(e=ENDS), "x", **CALL, outcome="cut", id="who"),
        lambda: occurrence(d, "x", event="e", entry="m", id="who"),
    )
    for call in calls:
        with pytest.raises(DataError, match="who"):
            call()
    assert codes(pd.Series([101, "A5", 101], dtype=object)).tolist() == [
        0,
        1,
        0,
    ]  # numbers and text that differ are fine


def test_tables_whose_columns_cannot_be_told_apart_are_refused():
    twice = pd.concat([D, D[["g"]]], axis=1)
    deep = pd.concat({"a": D}, axis=1)
    for call in (
        lambda d: survival(d, by="g", **CALL),
        lambda d: cox(d, "g", **CALL),
        lambda d: cox(d, "np.log(x + 1) * g", **CALL),
        lambda d: cox(d, "x", **CALL, strata="g"),
        lambda d: occurrence(d, "g", event="e", entry="m"),
    ):
        with pytest.raises(UsageError, match="2 columns 'g'"):
            call(twice)
        with pytest.raises(UsageError, match="several levels"):
            call(deep)
    with pytest.raises(UsageError, match="no column '7'"):
        cox(D.rename(columns={"x": 7}), "`7`", **CALL)


def test_a_column_named_spells_makes_no_cohort():
    """Every function took the table for a cohort."""
    d = D.assign(spells=np.arange(N) % 5, rules=1, to_pandas=2)
    assert not is_cohort(d)
    assert as_frame(d) is d
    want = cox(D.assign(z=d["spells"]), "z * g", **CALL)
    np.testing.assert_array_equal(cox(d, "spells * g", **CALL).coefficients, want.coefficients)
    for given in (d, dict(d.items()), d.to_records(index=False)):
        fit = cox(given, "g", **CALL)
        np.testing.assert_array_equal(fit.coefficients, cox(D, "g", **CALL).coefficients)
        pd.testing.assert_frame_equal(fit.predict(d, times=[5]), fit.predict(D, times=[5]))
        pd.testing.assert_frame_equal(survival(given, by="g", **CALL).tidy(), survival(D, by="g", **CALL).tidy())
        pd.testing.assert_frame_equal(cl.rates(given, by="g", **CALL).tidy(), cl.rates(D, by="g", **CALL).tidy())
        pd.testing.assert_frame_equal(cl.logrank(given, by="g", **CALL).tidy(), cl.logrank(D, by="g", **CALL).tidy())
    kinds = d.assign(e=ENDS)
    pd.testing.assert_frame_equal(
        cl.gray_test(kinds, by="g", **CALL, outcome="cut").tidy(),
        cl.gray_test(kinds.drop(columns="spells"), by="g", **CALL, outcome="cut").tidy(),
    )
    made = cl.cohort(cl.load("cases"), cl.load("acts"))
    assert is_cohort(made)
    assert is_cohort(cl.cohort(cl.load("cases"), cl.load("acts"), dates="impute", m=2, seed=1))


@pytest.mark.parametrize("levels", [["censored"], ["censored", "cut"], ["censored", "cut", "death"]])
def test_categories_in_which_nobody_has_the_event(levels):
    """A categorical event of which only the censored are there: no event, and never an error of Python."""
    d = D.assign(end=pd.Categorical(["censored"] * N, categories=levels))
    call = {"exit": "m", "event": "end"}
    for make in (
        lambda: cox(d, "x", **call, outcome="cut"),
        lambda: cl.fine_gray(d, "x", **call, outcome="cut"),
        lambda: cl.logrank(d, by="g", **call, outcome="cut"),
    ):
        with pytest.raises(ClemencyError):
            make()
    if len(levels) > 1:
        assert survival(d, by="g", **call).at([5])["estimate"].tolist() == [1.0] * 3
        assert cl.rates(d, **call, outcome="cut").tidy()["n_event"].sum() == 0
