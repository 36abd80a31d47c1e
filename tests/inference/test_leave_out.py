"""Leaving out, in words: what a result says of the lowest, highest and most influential, as ratios and as they are."""

import numpy as np
import pandas as pd
import pytest

import clemency as cl
from clemency.inference.influence import LeftOut
from clemency.inference.refits import reading
from clemency.records.errors import UsageError


def result(ratio=True, errors=("", "", "no event"), missing=0, level="b"):
    table = pd.DataFrame(
        {
            "left_out": ["x", "y", "z<1"],
            "n_left_out": [3, 2, 1],
            "estimate": [np.log(4.0), np.log(0.5), np.nan],
            "std_error": 0.5,
            "ci_low": [np.log(2.0), np.log(0.25), np.nan],
            "ci_high": [np.log(8.0), np.log(1.0), np.nan],
            "p_value": [0.01, 0.2, np.nan],
            "n": [7.0, 8.0, np.nan],
            "events": [4.0, 5.0, np.nan],
            "change": [np.log(2.0), -np.log(4.0), np.nan],
            "standardised": [1.386, -2.77, np.nan],
            "error": list(errors),
        }
    )
    whole = {"estimate": np.log(2.0), "std_error": 0.5}
    return LeftOut(table, whole, "province", "g", level, ratio, missing)


def test_one_row_of_the_lowest_and_highest():
    plain, ratios = (result().summary(exponentiate=e).iloc[0].to_dict() for e in (False, True))
    shared = {"left_out": 3, "refused": 1, "most_influential": "x"}
    assert plain == shared | {
        k: pytest.approx(np.log(v)) for k, v in (("estimate", 2), ("lowest", 0.5), ("highest", 4))
    }
    assert ratios == shared | {"estimate": pytest.approx(2), "lowest": pytest.approx(0.5), "highest": pytest.approx(4)}
    with pytest.raises(UsageError, match="not logarithms"):
        result(ratio=False).summary(exponentiate=True)
    with pytest.raises(UsageError, match="not logarithms"):
        result(ratio=False).tidy(exponentiate=True)
    assert result(ratio=False).summary()["highest"][0] == pytest.approx(np.log(4))


def test_ratios_are_quotients():
    table = result().tidy(exponentiate=True)
    assert table["estimate"].tolist()[:2] == pytest.approx([4, 0.5])
    assert table["ci_low"].tolist()[:2] == pytest.approx([2, 0.25])
    assert table["ci_high"].tolist()[:2] == pytest.approx([8, 1])
    assert table["change"].tolist()[:2] == pytest.approx([2, 0.25])
    assert table["std_error"].tolist() == [0.5] * 3
    assert result().tidy()["change"][0] == pytest.approx(np.log(2))


def test_it_says_what_was_found():
    assert repr(result(missing=4)).split("\n") == [
        "g b without each of 3 values of province: 0.5 to 4, with all of them 2.",
        "Most influential: x, which moves it by 1.4 standard errors.",
        "1 fits were refused: see tidy().",
        "4 rows without a value of province are in every fit.",
    ]
    assert repr(result(ratio=False, errors=("too few events", "", ""), level="")).split("\n") == [
        "g without each of 3 values of province: -0.693 to 1.39, with all of them 0.693.",
        "Most influential: x, too few events.",
        "1 fits were refused: see tidy().",
    ]
    assert len(repr(result(errors=("", "", ""))).split("\n")) == 2
    shown = result()._repr_html_()
    assert shown.startswith("<p>g b without each")
    assert shown.count("<br>") == 2
    assert "z<1" not in shown


def test_the_figure_shows_ratios_of_the_most_influential():
    ax = result().plot(most=2)
    assert [t.get_text() for t in ax.get_yticklabels()] == ["without y", "without x"]
    assert ax.get_xscale() == "log"
    assert [line.get_xdata()[0] for line in ax.lines if line.get_linestyle() == "--"] == pytest.approx([2])
    assert ax.get_xlabel().startswith("g: b (ratio")
    plain = result(ratio=False, level="").plot()
    assert plain.get_xscale() == "linear"
    assert plain.get_xlabel().startswith("g (estimate")
    assert [line.get_xdata()[0] for line in plain.lines if line.get_linestyle() == "--"] == pytest.approx([np.log(2)])


def test_a_fit_must_have_a_table_with_the_term_in_it():
    d = pd.DataFrame({"t": range(1, 13), "e": 1, "g": list("abc") * 4})
    fit = cl.cox(d, "g", exit="t", event="e")
    row = reading(fit, "g", "c")
    own = fit.tidy().set_index("level").loc["c"]
    assert {k: row[k] for k in ("estimate", "ci_low", "p_value")} == own[["estimate", "ci_low", "p_value"]].to_dict()
    assert (row["n"], row["events"], row["ratio"], row["absent"], row["error"]) == (12, 12, True, False, "")
    with pytest.raises(cl.ClemencyError, match=r"has no term 'g' with level 'a'\. There are: g: b; g: c"):
        reading(fit, "g", "a")
    with pytest.raises(cl.ClemencyError, match=r"has no term 'x'\. There"):
        reading(fit, "x", "")
    with pytest.raises(TypeError, match=r"with tidy\(\), not int"):
        reading(3, "x", "")

    class Other:
        def tidy(self):
            return pd.DataFrame({"term": ["x"], "value": [1.0]})

    with pytest.raises(TypeError, match="Other has no columns term, level and estimate"):
        reading(Other(), "x", "")

    class Twice:
        def tidy(self):
            return pd.DataFrame({"term": ["x", "x"], "level": "", "estimate": 1.0})

    with pytest.raises(cl.ClemencyError, match=r"has several of term 'x'\. There are: x; x"):
        reading(Twice(), "x", "")

    class Bare:
        def tidy(self):
            return pd.DataFrame({"term": ["x"], "level": [1], "estimate": [2.0]})

    bare = reading(Bare(), "x", "1")
    assert (bare["estimate"], bare["ratio"]) == (2.0, False)
    assert np.isnan([bare["std_error"], bare["events"]]).all()
