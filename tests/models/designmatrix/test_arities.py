"""What a formula's error says: what the user wrote, and never the names within."""

import numpy as np
import pandas as pd
import pytest

import clemency as cl
from clemency.models.designmatrix.design import model_matrix
from clemency.records.errors import ClemencyError, UsageError

D = pd.DataFrame({"x": np.arange(1.0, 7), "my age": [3.0, 2, 5, 1, 7, 8], "g": list("aabbcc"), "罪名": list("ababab")})


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("np.where(x > 4)", "np.where takes 3 arguments, np.where(condition, value if so, value if not), and has 1"),
        ("np.where(`my age` > 4, 1)", "np.where takes 3 arguments"),
        ("np.where(x > 4, 1, 0, 2)", "and has 4 here"),
        ("np.isin(x)", "np.isin takes 2 arguments, np.isin(x, [values]), and has 1"),
        ("np.clip(`my age`)", "np.clip takes 2 to 3 arguments, np.clip(x, low, high), and has 1"),
        ("np.clip(a_min=1, a_max=5) + x", "np.clip takes 2 to 3 arguments, np.clip(x, low, high), and has 2"),
        ("np.clip(min=1, max=5) + x", "np.clip takes 2 to 3 arguments"),
        ("np.quantile(q=0.5) + x", "np.quantile takes 2 arguments, np.quantile(x, q), and has 1"),
        ("np.percentile(q=50) + x", "np.percentile takes 2 arguments, np.percentile(x, q), and has 1"),
        ("np.log() + x", "np.log takes 1 argument, np.log(x), and has 0"),
        ("np.log(x, 2)", "np.log takes 1 argument"),
        ("log(x, base=2)", "log is written log(x) in a formula, without base="),
        ("np.maximum(x)", "np.maximum takes 2 arguments, np.maximum(x, y), and has 1"),
        ("np.mean() + x", "np.mean takes 1 argument"),
        ("np.quantile(x)", "np.quantile takes 2 arguments, np.quantile(x, q), and has 1"),
        ("np.std(x, 1)", "np.std takes 1 argument, np.std(x, ddof=1), and has 2"),
        ("np.log(x, out=x)", "without out="),
        ("poly() + x", "poly takes the column first"),
        ("I(x, 2)", "I takes 1 argument"),
        ("bs(`my age`, foo=2)", "bs(`my age`, foo=2): there is no argument foo="),
        ("center(x, 1, 2, 3)", "center(x, 1, 2, 3): its arguments do not fit together"),
        ("scale(`my age`, center='q')", "scale(`my age`, center='q'): its arguments do not fit together"),
        ("I(`my age` == 'a')", "numbers are compared with the text 'a'"),
        ("I(poly(x, 2) + 1)", "a term of several columns stands where a number is meant"),
        ("I(`my age` + 罪名)", "'罪名' holds levels"),
        ("np.isin(x, `my age`)", "np.isin takes values that are written out"),
        ("np.isin(罪名, [x])", "np.isin takes values that are written out"),
    ],
)
def test_errors_say_what_was_written(formula, said):
    with pytest.raises(UsageError) as caught:
        model_matrix(formula, D)
    assert said in str(caught.value)


INNER = ("Evaluation", "_where", "_isin", "_number", "positional", "qn0", "qt0", "_state", "array(", "dtype(", "object")
PARTS = ["x", "`my age`", "罪名", "g", "2", "'a'", "[1, 2]", "None"]
CALLS = ["np.where", "np.isin", "np.clip", "np.log", "np.round", "np.digitize", "np.interp", "np.power", "np.quantile",
         "log", "I", "C", "center", "scale", "poly", "bs", "cr", "cc"]  # fmt: skip


@pytest.mark.parametrize("call", CALLS)
def test_no_error_has_the_names_within(call):
    """Every call with up to three of eight arguments: it is read, or its error is ours and in the user's words."""
    refused = []
    for n in range(4):
        for i in range(8 ** min(n, 2)):
            args = [PARTS[i % 8], PARTS[i // 8], PARTS[(i * 5 + 1) % 8]][:n]
            try:
                with np.errstate(all="ignore"):
                    model_matrix(f"x + {call}({', '.join(args)})", D)
            except ClemencyError as error:
                refused.append(str(error))
    assert len(refused) > 20
    assert [r for r in refused if any(word in r for word in INNER)] == []


# Steps


ROWS = pd.DataFrame({"act": [0, 1, 0, 0, 1, 0, 1, 1] * 5, "age": np.arange(40) * 7 % 11 + 20.0, "case": range(40)})
ROWS = ROWS.assign(**{"month": 0.0, "my age": ROWS["age"], "sex": ["f", "m", "m", "f"] * 10})


def occurrence(formula, data=ROWS):
    return cl.occurrence(data, formula, event="act", entry="month", duration=None, link="logit")


@pytest.mark.parametrize(
    ("formula", "column", "step"),
    [
        ("I(age > 25)", "age", "I(age > 25)"),
        ("age + I(age > 25)", "age", "I(age > 25)"),
        ("np.where(age > 25, 1, 0)", "age", "np.where(age > 25, 1, 0)"),
        ("np.where((sex == 'f') & (age > 25), 1, 0)", "age", "np.where((sex == 'f') & (age > 25), 1, 0)"),
        ("np.log(1 + np.floor(age / 5))", "age", "np.log(1 + np.floor(age / 5))"),
        ("I(age // 5)", "age", "I(age // 5)"),
        ("np.isin(age, [20, 21])", "age", "np.isin(age, [20, 21])"),
        ("np.digitize(age, [25])", "age", "np.digitize(age, [25])"),
        ("np.heaviside(age - 25, 1)", "age", "np.heaviside(age - 25, 1)"),
        ("I(Q('my age') > 25)", "my age", "I(Q('my age') > 25)"),
        ("I(`my age` > 25)", "my age", "I(`my age` > 25)"),
        ("sex:I(age > 25)", "age", "I(age > 25)"),
    ],
)
def test_a_slope_across_a_step_is_refused(formula, column, step):
    """It was 0, without a word, whatever passing the step does."""
    with pytest.raises(UsageError) as caught:
        occurrence(formula).effects(column)
    assert f"'{column}' enters as {step}, by steps" in str(caught.value)
    assert "effects('above')" in str(caught.value)


def test_the_remedy_gives_the_contrast():
    """Shares of acts by hand, which a saturated model has: of those over 25, and of the others."""
    rows = ROWS.assign(above=ROWS["age"] > 25)
    found = occurrence("above", rows).effects("above")
    shares = rows.groupby("above")["act"].mean()
    assert found["estimate"][0] == pytest.approx(shares[True] - shares[False], rel=1e-6)
    assert abs(found["estimate"][0]) > 0.05


@pytest.mark.parametrize(
    ("formula", "column"),
    [
        ("age", "age"),
        ("np.log(age)", "age"),
        ("I(age**2) + age", "age"),
        ("np.clip(age, 22, 28)", "age"),
        ("np.where(sex == 'f', age, 0)", "age"),
        ("age + I(sex == 'f')", "age"),
        ("age:sex", "age"),
    ],
)
def test_slopes_of_smooth_terms_stay(formula, column):
    assert occurrence(formula).effects(column)["estimate"].abs()[0] > 1e-4


def test_levels_and_yes_and_no_inside_a_step_stay():
    assert len(occurrence("I(sex == 'f') + age").effects("sex")) == 1
    rows = ROWS.assign(old=ROWS["age"] > 25)
    assert occurrence("I(old > 0) + sex", rows).effects("old")["level"].tolist() == ["True"]


@pytest.mark.parametrize("formula", ["- [ )", "[ )", "x ( [", ") x"])
def test_brackets_that_do_not_match_are_an_error_of_ours(formula):
    with pytest.raises(UsageError):
        cl.cox(pd.DataFrame({"t": [1, 2, 3.0], "e": 1, "x": [1, 0, 1]}), formula, exit="t", event="e")
