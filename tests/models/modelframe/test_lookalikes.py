"""Levels that differ by blanks, capitals or the form of a letter only are counted apart, and said to be."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import clemency as cl
from clemency.records.values.lookalikes import bare, lookalikes

N = 60
RNG = np.random.default_rng(3)
D = pd.DataFrame({"t": RNG.integers(1, 40, N) * 1.0, "e": RNG.integers(0, 2, N), "x": RNG.normal(size=N)})
D = D.assign(id=range(N), m=0.0, up=D["t"] + 2, g=list("abc") * 20)
D["k"] = np.where(D["e"] == 1, np.where(D["x"] > 0, "cut", "death"), "censored")
READ = {"exit": "t", "event": "e"}
PAIRS = [
    ("Sichuan", "Sichuan "),
    ("Sichuan", "sichuan"),
    ("Sichuan", "SICHUAN"),
    ("Inner Mongolia", "Inner  Mongolia"),
    ("Inner Mongolia", "InnerMongolia"),
    ("Inner Mongolia", "Inner\u00a0Mongolia"),
    ("Ü-Tsang", "U\u0308-Tsang"),
    ("四川", "四川\u3000"),
    ("四川", "四\u200b川"),
    ("Ａ区", "A区"),
    ("ﬁrst", "first"),
    ("Straße", "STRASSE"),
]


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_pairs_that_are_one(one, other):
    assert lookalikes([one, "Hebei", other]) == [(one, other)]
    assert lookalikes([other, None, one, 3.5]) == [(other, one)]


def test_names_that_are_several():
    assert lookalikes(["Shanxi", "Shaanxi", "Ü", "U", "a-b", "a b", "四川", "四川省", 1, "1", 1.0, "", None]) == []
    assert lookalikes(["a", "A", "b", " a", "B"]) == [("a", "A", " a"), ("b", "B")]


FITS = {
    "cox": lambda d: cl.cox(d, "g", **READ).warnings["message"],
    "cox, a step": lambda d: cl.cox(d, "I(g == 'a') + x", **READ).warnings["message"],
    "cox, a product": lambda d: cl.cox(d, "x + x:g", **READ).warnings["message"],
    "cox, C()": lambda d: cl.cox(d, "C(g, contr.sum)", **READ).warnings["message"],
    "cox, strata": lambda d: cl.cox(d, "x", **READ, strata="g").warnings["message"],
    "cox, Firth": lambda d: cl.cox(d, "g", **READ, penalty="firth").warnings["message"],
    "fine_gray": lambda d: cl.fine_gray(d, "g", exit="t", event="k", outcome="cut").warnings["message"],
    "occurrence": lambda d: cl.occurrence(d, "g", event="e", time="m", duration=None).warnings["message"],
    "interval_hazard": lambda d: cl.interval_hazard(d, "g", lower="t", upper="up", cuts=1).warnings["message"],
    "magnitude": lambda d: cl.magnitude(d, "g", months="t").warnings["message"],
    "survival": lambda d: cl.survival(d, **READ, by="g").warnings["message"],
    "incidence": lambda d: cl.incidence(d, exit="t", event="k", by="g").warnings["message"],
    "interval curves": lambda d: cl.survival(d[4::5], lower="t", upper="up", by="g").warnings["message"],
    "recurrence": lambda d: cl.recurrence(d, **READ, id="id", by="g").warnings["message"],
    "logrank": lambda d: cl.logrank(d, **READ, by="g").warnings["message"],
    "logrank, strata": lambda d: cl.logrank(d.assign(h=d["x"] > 0), **READ, by="h", strata="g").warnings["message"],
    "gray_test": lambda d: cl.gray_test(d, exit="t", event="k", outcome="cut", by="g").warnings["message"],
    "rates": lambda d: pd.Series(cl.rates(d, "g", **READ).warnings, dtype=object),
    "rates of totals": lambda d: pd.Series(cl.rates(d, "g", count="e", exposure="t").warnings, dtype=object),
    "pooled_rates": lambda d: pd.Series(cl.pooled_rates(d, "g", **READ).warnings, dtype=object),
}
SAID = "'a' and 'A ' in 'g' differ by blanks, capitals or the form of a letter only"


@pytest.mark.parametrize("name", FITS)
@pytest.mark.parametrize("storage", [object, "string", "category", "string[pyarrow]"])
def test_every_result_names_them(name, storage):
    alike = D.assign(g=D["g"].where(D.index < N // 2, D["g"].replace("a", "A ")))
    found = FITS[name](alike.astype({"g": storage})).str.replace("'A ' and 'a'", "'a' and 'A '")
    assert found.str.contains(SAID, regex=False).sum() == 1
    assert not FITS[name](D.astype({"g": storage})).str.contains("differ by blanks").any()


def test_they_are_shown():
    alike = D.assign(g=D["g"].where(D.index < N // 2, D["g"].replace("a", "A ")))
    for result in (
        cl.cox(alike, "g", **READ),
        cl.survival(alike, **READ, by="g"),
        cl.logrank(alike, **READ, by="g"),
        cl.rates(alike, "g", **READ),
    ):
        assert "differ by blanks, capitals" in repr(result)
        assert "differ by blanks, capitals" in result._repr_html_()
    assert len(cl.rates(alike, "g", **READ).tidy()) == 4  # nothing is put together


@given(st.lists(st.text("aA\u00a0b \t\x1f\x0b\0", max_size=3), max_size=6, unique=True))
def test_names_taken_together_are_told_as_one_by_one(names):
    """ASCII names are compared as one text, with what each name by itself gives."""
    alone = {}
    for name in names:
        alone.setdefault(bare(name), []).append(name)
    assert lookalikes(names) == [tuple(several) for several in alone.values() if len(several) > 1]
