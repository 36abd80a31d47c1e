"""Spells and events behind each level, also of levels that occur only in a product with a number."""

import numpy as np
import pandas as pd
import pytest

import clemency as cl

D = pd.DataFrame({"t": np.arange(1.0, 25), "e": [1, 1, 0, 1] * 6, "x": np.arange(24) * 7 % 11.0})
D = D.assign(y=np.arange(24) * 5 % 13.0, g=[*"aab"] * 8, h=[*"ppqqqp"] * 4, m=0.0)
#: By hand: 16 of a and 8 of b; events fall on all but every fourth row, rows 2, 6, 10, ... from 0.
A, B = (16, 12), (8, 6)


def rows(fit, term):
    found = fit.support[fit.support["term"] == term]
    return {r.level: (r.n, r.n_event, r.reference) for r in found.itertuples()}


@pytest.mark.parametrize(
    ("formula", "term", "reference"),
    [
        ("x:g", "x:g", None),
        ("x + x:g", "x:g", "a"),
        ("x:g + h", "x:g", None),
        ("x:y:g", "x:y:g", None),
        ("x:C(g)", "x:C(g)", None),
        ("x + x:C(g, levels=['b', 'a'])", "x:C(g, levels=['b', 'a'])", "b"),
        ("bs(x, 3):g", "bs(x, 3):g", None),
    ],
)
@pytest.mark.parametrize(
    "fitted",
    [
        lambda f: cl.cox(D, f, exit="t", event="e", penalty=1),
        lambda f: cl.occurrence(D, f, event="e", entry="m", duration=None),
    ],
)
def test_levels_in_a_product_with_a_number(formula, term, reference, fitted):
    assert rows(fitted(formula), term) == {"a": (*A, reference == "a"), "b": (*B, reference == "b")}


def test_combinations_of_two():
    """As pandas counts them."""
    fit = cl.cox(D, "x:g:h", exit="t", event="e", penalty=1)
    want = D.groupby(["g", "h"])["e"].agg(["size", "sum"])
    assert rows(fit, "x:g:h") == {f"{g}:{h}": (n, e, False) for (g, h), n, e in want.itertuples()}


@pytest.mark.parametrize(("formula", "term"), [("g + x:g", "x:g"), ("g * x", "g:x"), ("g:h + x:g:h", "x:g:h")])
def test_a_term_that_counts_its_levels_counts_them_once(formula, term):
    assert rows(cl.cox(D, formula, exit="t", event="e", penalty=1), term) == {}


def test_few_events_in_them_are_told_and_shown():
    rare = D.assign(e=D["e"].where(D["g"] == "a", (D["t"] == 3).astype(int)))
    fit = cl.cox(rare, "x + x:g", exit="t", event="e")
    assert fit.warnings[["term", "level", "n_event"]].to_numpy().tolist()[0] == ["x:g", "b", 1]
    assert "1 event in this level: the ratio is unstable" in repr(fit)
    assert "<td>1</td>" in fit._repr_html_()
    assert fit.plot() is not None
