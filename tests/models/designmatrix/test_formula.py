"""What a formula may say and call; names of columns and levels; numbers against R (tests/reference/formulas.R)."""

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from clemency.figures.estimates.forests import forest, with_support
from clemency.inference.specifications import specifications  # noqa: F401  (imports the rooms that read formulas)
from clemency.models import cox, fine_gray, occurrence
from clemency.models.designmatrix import formula as reading
from clemency.models.designmatrix.design import model_matrix, variables
from clemency.models.designmatrix.formula import CALLABLE, ELEMENTWISE, REMEMBERED
from clemency.models.intervalcensoring.intervalhazard import interval_hazard
from clemency.models.reductions.magnitude import magnitude
from clemency.models.treatment.weighting import treatment_weights
from clemency.records.errors import ClemencyError, DataError, UsageError

FOLDER = Path(__file__).parents[2] / "reference"
EXPECTED = pd.read_csv(FOLDER / "formulas" / "expected.csv")
GBSG2 = pd.read_csv(FOLDER / "cox" / "gbsg2.csv").assign(
    young=lambda d: d["age"] < 50, post=lambda d: d["menostat"] == "Post"
)
N = 80
RNG = np.random.default_rng(3)
D = pd.DataFrame(
    {"m": RNG.integers(1, 25, N).astype(float), "e": (RNG.random(N) < 0.7).astype(int), "x": RNG.normal(size=N) + 5}
).assign(g=RNG.choice(["a", "b", "c"], N), yes=RNG.random(N) < 0.5)
CALL = {"exit": "m", "event": "e"}


@pytest.mark.parametrize("formula", EXPECTED["formula"].unique())
def test_calls_products_and_codings_equal_r(formula):
    want = EXPECTED.loc[EXPECTED["formula"] == formula, "value"].to_numpy()
    fit = cox(GBSG2, formula, exit="time", event="cens")
    found = [fit.facts["loglik"]] if formula == "tgrade:horTh" else fit.coefficients
    np.testing.assert_allclose(found, want, rtol=1e-10)


# What may be called

FORBIDDEN = [
    "__import__('os').system('id')", "I(__import__('os'))", "eval('1')", "I(exec('1'))", "open('x')",
    "I(open('x').read())",
    "I(x.__class__)", "I(().__class__.__bases__[0])", "I(x._mgr)", "I(np._core)", "I([v for v in x])",
    "I((lambda: 1)())",
    "I(f'{x}')", "x[0]", "I(x[x > 3])", "I(x := 3)", "I(x if yes else m)", "I(x and m)", "I(not x)", "I(*[x])",
    "np.log(*[x])", "np.log(**{'x': x})", "{__import__('os')}", "{open('x')}", "np.load('x')", "np.save('x', x)",
    "np.fromfile('x')", "np.loadtxt('x')", "np.genfromtxt('x')", "np.memmap('x')", "np.lib.format.open_memmap('x')",
    "np.f2py.compile('x')", "np.testing.assert_(x)", "np.ctypeslib.load_library('x', 'y')", "np.random.normal(x)",
    "np.vectorize(print)(x)", "np.frompyfunc(print, 1, 1)(x)", "np.apply_along_axis(print, 0, x)",
    "np.piecewise(x, x, x)",
    "np.add.reduce(x)", "np.add.at(x, 0, 1)", "np.log(x, m)", "np.log(x, out=m)", "np.log(x, where=yes)",
    "np.exp(x, dtype='f4')", "np.int8(x)", "np.cumsum(x)", "np.sort(x)", "abs(x)", "min(x, m)", "int(x)",
    "x.clip(0, 1)",
    "x.astype(int)", "x.to_pickle('x')", "lag(x)", "hashed(g, levels=3)", "C(g)(x)", "I(1j * x)", "poly(x, 10**6)",
    "bs(x, df=1e9)", "globals()", "pd.read_pickle('x')", "x %in% m", "I('a' * 9)", "g*`x`(1)",
]  # fmt: skip


@pytest.mark.parametrize(
    ("formula", "name"),
    [
        ("np.sort(x)", "np.sort"), ("np.load('x')", "np.load"), ("print(x)", "print"), ("I(x.clip(0, 1))", "x.clip"),
        ("lag(x)", "lag"), ("scale(x)(x)", "scale(x)"), ("np.vectorize(print)(x)", "np.vectorize(print)"),
        ("I(open('x').read())", "open('x').read"), ("__import__('os')", "__import__"), ("cox(x)", "cox"),
    ],
)  # fmt: skip
def test_what_may_not_be_called_is_named(formula, name):
    """It is refused for what it is, before anything is looked up or asked about its arguments."""
    with pytest.raises(UsageError) as caught:
        cox(D, formula, **CALL)
    assert f"it calls '{name}', which it may not: " in str(caught.value)


@pytest.mark.parametrize("formula", ["I(g == x)", "I(x == g)", "I(g != np.log(x))", "I(g == (x > 5))"])
def test_levels_against_numbers_of_a_column_are_refused_without_the_numbers(formula):
    with pytest.raises(UsageError) as caught:
        cox(D, formula, **CALL)
    end = "the formula cannot be evaluated: 'g' has levels such as 'a', 'b', 'c', not a column"
    assert str(caught.value).endswith(end)


@pytest.mark.parametrize("formula", FORBIDDEN)
def test_a_formula_reaches_nothing_but_columns_and_what_is_documented(formula):
    for text in (formula, f"x + {formula}", f"{formula}:x"):
        with pytest.raises(UsageError):
            cox(D, text, **CALL)


def test_the_user_s_own_names_are_out_of_reach():
    """formulaic looks names up where it is called from; a formula of a received file must not."""
    secret = np.ones(N)
    assert secret.sum() == N
    for formula in ("secret", "I(secret * x)", "np.log(secret)", "N", "D", "cox"):
        with pytest.raises(UsageError, match="no column"):
            cox(D, formula, **CALL)


@pytest.mark.parametrize(
    "entry", ["variables", "design", "cox", "fine_gray", "occurrence", "interval", "size", "weights"]
)
def test_every_function_that_takes_a_formula_refuses_before_anything_runs(entry, tmp_path):
    file = tmp_path / "touched"
    bad = f"I(__import__('pathlib').Path('{file}').touch()) + x"
    acts = pd.DataFrame({"months": [3.0, 4, 5, 6], "x": [1, 2, 3, 5]})
    runs = pd.DataFrame({"case_id": [1, 1, 2, 2], "entry": [0, 6] * 2, "exit": [6, 12] * 2, "half": [0, 6] * 2})
    runs = runs.assign(raised=[0, 0, 0, 1], x=[0, 1, 1, 1])
    calls = {
        "variables": lambda: variables(bad, D.columns),
        "design": lambda: model_matrix(bad, D),
        "cox": lambda: cox(D, bad, **CALL),
        "fine_gray": lambda: fine_gray(D.assign(e=D["e"] + D["yes"]), bad, **CALL, outcome="1"),
        "occurrence": lambda: occurrence(D, bad, event="e", entry="m"),
        "interval": lambda: interval_hazard(D.assign(u=D["m"] + 1), bad, lower="m", upper="u"),
        "size": lambda: magnitude(acts, bad),
        "weights": lambda: treatment_weights(runs, "1", bad, exposure="raised", period="half"),
    }
    with pytest.raises(UsageError, match="may not"):
        calls[entry]()
    assert not file.exists()


def test_a_left_side_is_refused_before_its_calls_are_looked_at(tmp_path):
    """formulaic evaluates the function of a call on the left side while it reads the formula."""
    file = tmp_path / "touched"
    for formula in (f"y(__import__('pathlib').Path('{file}').touch().z()) ~ x", f"[a ~ open('{file}', 'w').write('')]"):
        with pytest.raises(UsageError, match="left side"):
            variables(formula, ["x", "a", "y"])
    assert not file.exists()


@pytest.mark.parametrize("name", sorted(CALLABLE))
def test_what_may_be_called_can_be(name):
    """Each name in the list gives a column (or is a coding of levels), the same for new data as in the fit."""
    d = D.assign(h=D["x"] / 12)
    odd = {
        "C": "C(g)", "Q": "Q('x')", "np.where": "np.where(yes, x, h)", "np.clip": "np.clip(x, 4, 6)",
        "np.isin": "np.isin(g, ['a', 'b'])", "np.digitize": "np.digitize(x, [4, 5])",
        "np.interp": "np.interp(x, [3, 7], [0, 1])",
        "np.quantile": "I(x - np.quantile(x, 0.5))", "np.percentile": "I(x - np.percentile(x, 50))",
        "poly": "poly(x, 2)", "bs": "bs(x, df=4)", "cr": "cr(x, df=3)", "cs": "cs(x, df=3)", "cc": "cc(x, df=3)",
        "contr.custom": "C(g, contr.custom([[1, 0], [0, 1], [0, 0]]))", "np.arccosh": "np.arccosh(x)",
        "np.logical_not": "np.logical_not(yes)",
    }  # fmt: skip
    short, two = (
        name.removeprefix("np."),
        " power float_power logaddexp logaddexp2 arctan2 hypot add subtract multiply divide ",
    )
    two += (
        "true_divide floor_divide mod remainder fmod minimum maximum heaviside logical_and logical_or logical_xor less "
    )
    two += "less_equal greater greater_equal equal not_equal "
    if name in odd:
        formula = odd[name]
    elif name.startswith("contr.") or name in ("Treatment", "Sum", "Poly", "Helmert", "Diff"):
        formula = f"C(g, {name})"
    elif short in REMEMBERED:
        formula = f"I(x - {name}(x))"
    else:
        formula = f"{name}({'x, h' if f' {short} ' in two else 'h'})"
    made = model_matrix(formula, d)
    assert np.isfinite(made.matrix).all()
    np.testing.assert_array_equal(made.encode(d.head(7)), made.matrix[:7])
    if short in ELEMENTWISE and formula.endswith(("(h)", "(x, h)")):
        given = [d["h"]] if formula.endswith("(h)") else [d["x"], d["h"]]
        np.testing.assert_array_equal(
            made.matrix[:, 0], getattr(np, short)(*[v.to_numpy() for v in given]).astype(float)
        )


def test_numbers_of_a_whole_column_are_those_of_the_fit():
    """A mean taken anew over the new rows measured them by another yardstick: a single row was always at its mean."""
    fit = cox(D, "I(x - np.mean(x))", **CALL)
    plain = cox(D, "center(x)", **CALL)
    want = (7.5 - D["x"].mean()) * fit.coefficients[0]
    assert fit.coefficients[0] == pytest.approx(plain.coefficients[0], rel=1e-12)
    for one in (fit, plain):
        assert one.predict({"x": 7.5}, kind="linear")["estimate"].item() == pytest.approx(want, rel=1e-10)


def test_ten_to_the_power_is_no_tenth_power():
    """formulaic's exp10 is x**10."""
    assert model_matrix("exp10(x)", pd.DataFrame({"x": [0.0, 1, 2]})).matrix.ravel().tolist() == [1.0, 10.0, 100.0]


def test_columns_of_the_data_are_never_written_to():
    before = D.copy(deep=True)
    for formula in ("np.log(x)", "scale(x) + poly(m, 2)", "bs(x, df=4)", "np.clip(x, 4, 6) + I(x - m)"):
        cox(D, formula, exit="m", event="e", penalty=1.0)
    pd.testing.assert_frame_equal(D, before)


# What a formula may say


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ("y ~ x", "left side"), ("x ~", "left side"), ("age | case_id", "bar"), ("x | g", "bar"), (".",
        "for all columns"),
        ("x + .", "for all columns"), ("", "no term"), ("   ", "no term"), ("0", "no term"),
        ("-1", "no term"), ("x^2", r"I\(x\*\*2\)"), ("x**2", r"I\(x\*\*2\)"), ("x:x", r"I\(x\*\*2\)"),
        ("x*x", r"I\(x\*\*2\)"), ("g + x^2", r"I\(x\*\*2\)"), ("np.log(x):np.log(x)", r"I\(np.log\(x\)\*\*2\)"),
        ("2*x", r"I\(2 \* column\)"), ("x:2", r"I\(2 \* column\)"), ("3", r"I\(3 \* column\)"), ("'x'", "in backticks"),
        ('"x" + g', "in backticks"), ("x y", "cannot be read"), ("(x", "cannot be read"), ("x + 'a", "cannot be read"),
        ("np.log(a b)", "in backticks"), ("np.log(it's)", "cannot be read"), ("I(g)", "levels"), ("I(g * 2)",
        "no numbers"),
        ("np.log(g)", "no numbers"), ("I(g == 1)", "levels such as 'a', 'b', 'c', not 1"), ("I(x == 'a')",
        "compared with"),
        ("I(g > 'a')", "equal or not"), ("np.isin(g, [1])", "not 1"), ("I(~x)", "yes and no"), ("I(x & m)",
        "yes and no"),
        ("C(g, levels=['a', 'b'])", "does not name 'c'"), ("C(g, levels=['a', 'a', 'b', 'c'])", "twice"),
        ("C(g, Treatment('z'))", "'z' is no level of g"), ("C(g, contr.treatment(base=1))", "1 is no level"),
        ("C(g, 'b')", "contr.sum"), ("C(g, x)", "contr.sum"), ("Q(x)", "Q takes the name"), ("Q('nope')",
        "no column 'nope'"),
        ("X + g", r"no column 'X' \(there is 'x'\)"), ("np.log(X)", r"there is 'x'"), ("I(2)", "no column"),
        ("(x + g + yes)**99", "multiplies out"), ("*".join(f"x{i}" for i in range(20)), "multiplies out"),
        (None, "must be text"), (["x"], "must be text"), (5, "must be text"),
    ],
)  # fmt: skip
def test_formulas_without_a_meaning_say_so(formula, words):
    with pytest.raises(UsageError, match=words):
        cox(D, formula, **CALL)


@pytest.mark.parametrize("formula", ["x - 1", "0 + x", "x + 0", "-1 + x", "~ x", "x + x", "x + 1"])
def test_the_intercept_is_taken_as_given(formula):
    np.testing.assert_array_equal(cox(D, formula, **CALL).coefficients, cox(D, "x", **CALL).coefficients)


def test_long_formulas_are_read_in_time_that_grows_with_their_length():
    begin = time.perf_counter()
    for formula in ("x + " * 2000 + "g", "(" * 200 + "x" + ")" * 200, "I(" + "(" * 150 + "x" + ")" * 150 + ")"):
        model_matrix(formula, D)
    for formula in ("I(" + "-" * 20_000 + "x)", "I(9**9**9**9) + x", "(" * 20_000 + "x", "`" * 9999, "'" * 9999):
        with pytest.raises(ClemencyError):
            model_matrix(formula, D)
    assert time.perf_counter() - begin < 10


# Names of columns

NAMES = [
    "age at arrest", "刑期 (月)", "刑期", "it's", 'so "called"', "x.1", "1st", "class", "x-1", "a`b", "a:b",
    "a*b", "a + b", "[b]",
    "(b)", "{b}", "~", "|", "$", "%", "in", "is", "None", "True", "1", "0", ".", "\\", "np", "C", "I", "log", "Q",
    "poly", "Sum",
    "contr", "Intercept", "spells", "to_pandas", "rules", "_x", "__x__", "ｘ", "x²", "q", "qn0", "lambda",
    "import", "\t", "é",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_column_may_have_any_name(name):
    """In backticks, inside calls and outside, in products, and for new data."""
    there = D.rename(columns={"x": name})
    quoted = "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"
    for formula in ("{0}", "np.log({0})", "{0} * g", "np.log({0}):g + I({0} ** 2)", "C({0} > 5) + g", "poly({0}, 2)"):
        want, fit = cox(D, formula.format("x"), **CALL), cox(there, formula.format(quoted), **CALL)
        np.testing.assert_array_equal(fit.coefficients, want.coefficients)
        new = fit.predict(there.head(3), kind="linear")["estimate"]
        np.testing.assert_array_equal(new, want.predict(D.head(3), kind="linear")["estimate"])
    assert cox(there, quoted, **CALL).terms == (name,)
    by_text = cox(there, f"Q({name!r}) + g", **CALL)
    np.testing.assert_array_equal(by_text.coefficients, cox(D, "x + g", **CALL).coefficients)


@pytest.mark.parametrize("name", ["x.1", "class", "刑期", "ｘ", "np", "C", "log", "_x"])
def test_plain_enough_names_need_no_backticks(name):
    there = D.rename(columns={"x": name})
    for formula in ("{0}", "np.log({0})", "I({0} * 2) + g"):
        want = cox(D, formula.format("x"), **CALL).coefficients
        np.testing.assert_array_equal(cox(there, formula.format(name), **CALL).coefficients, want)


def test_full_width_letters_are_another_column():
    """Python reads the full-width letter as the plain one, so that the wrong column was taken inside a call."""
    made = model_matrix("I(ｘ * 2) + I(x * 2)", pd.DataFrame({"x": [1.0, 2], "ｘ": [5.0, 3]}))
    assert made.matrix.tolist() == [[10.0, 2.0], [6.0, 4.0]]


# Names of levels

LEVELS = [
    ("(17, 30]", "(30, 50]", "(50, 80]"), ("Art. 103 [secession]", "Art. 105 [subversion]", "other"), ("$5",
    "$6 {x}", "$a$"),
    ("a:b", "c:d", "e"), ("T.a", "S.b", "[T.c]"), ("{0}", "{1}", "%s"), ("甲", "乙", "丙"), ("", "a", "b"), (" ",
    "a ", "a"),
    ("_a", "a_b", "__"), ("'", '"', "`"), ("<b>", "&amp;", "</td>"), ("nan", "None", "NA"), ("1", "01", "1.0"),
    ("\n", "\t", "x"),
]  # fmt: skip


@pytest.mark.parametrize("levels", LEVELS)
@pytest.mark.parametrize("formula", ["{g} + x", "{g} + I(x**1)", "{g} * x", "C({g}) + x", "{g}:x + {g} + x"])
def test_levels_keep_their_names_and_the_reference_its_events(formula, levels):
    """Levels with brackets lost their names in formulas with a call, and the reference its row and its warning."""
    order = sorted(levels)
    d = D.assign(g=D["g"].map(dict(zip("abc", order, strict=True))))
    d["e"] = np.where(d["g"] == order[0], 0, d["e"])
    d.loc[np.flatnonzero(d["g"] == order[0])[:2], "e"] = 1
    fit = cox(d, formula.format(g="g"), **CALL)
    term = "C(g)" if "C(" in formula else "g"
    assert [v for t, v in zip(fit.terms, fit.levels, strict=True) if t == term] == order[1:]
    support = fit.support[fit.support["term"] == term]
    assert support["level"].tolist() == order
    assert support["reference"].tolist() == [True, False, False]
    assert support["n_event"].tolist() == [d.loc[d["g"] == v, "e"].sum() for v in order]
    assert support["n"].tolist() == [(d["g"] == v).sum() for v in order]
    assert order[0] in fit.warnings["level"].tolist()
    ratios = with_support(fit.tidy(exponentiate=True), fit.support)
    assert ratios.loc[ratios["term"] == term, "level"].tolist() == order
    assert "<b>" not in fit._repr_html_()


@pytest.mark.parametrize(
    ("formula", "reference"),
    [
        ("C(g, levels=['c', 'a', 'b'])", "c"), ("C(g, levels=['(d', 'c', 'a', 'b'])", "c"),
        ("C(g, Treatment('b'))", "b"),
        ("C(g, contr.treatment(base='c'))", "c"), ("C(g, contr.SAS)", "c"), ("C(g, contr.sum)", None),
        ("C(g, contr.helmert) + x", None), ("C(g, contr.poly)", None), ("C(g, Sum) * x", None),
        ("C(g, {'z': [1, 0, -1]})", None),
    ],
)  # fmt: skip
def test_every_level_of_every_coding_has_its_events(formula, reference):
    support = cox(D, formula, **CALL).support
    own = support[support["level"].isin(list("abc"))].set_index("level")
    assert own["n_event"].to_dict() == D.groupby("g")["e"].sum().to_dict()
    assert own.index[own["reference"].astype(bool)].tolist() == ([reference] if reference else [])


def test_a_level_that_is_asked_for_and_absent_is_told():
    fit = cox(D, "C(g, levels=['z', 'b', 'a', 'c'])", **CALL)
    assert fit.warnings[["level", "message"]].to_numpy().tolist() == [
        ["z", "no spell has this level: left out of the model"]
    ]
    assert fit.levels == ("a", "c")


@pytest.mark.parametrize("formula", ["g", "g * x", "C(g) + x", "x:g + x"])
def test_a_category_of_one_level_is_refused(formula):
    """In a product it vanished without a word."""
    with pytest.raises(DataError, match=r"g.*'a'.*constant"):
        cox(D.assign(g="a"), formula, **CALL)


def test_dollars_in_levels_begin_no_formula_in_a_figure():
    """Two dollar signs made the text between them mathematics."""
    d = D.assign(g=D["g"].map({"a": "$5", "b": "$6 to $7", "c": "{x} \\frac"}))
    fit = cox(d, "g + x", **CALL)
    ax = fit.plot()
    ax.figure.canvas.draw()
    shown = [t.get_text() for t in ax.get_yticklabels()]
    assert {"$5", "$6 to $7", "{x} \\frac"} == {s.split("  (")[0] for s in shown} - {"g", "x"}
    assert not any(t.get_parse_math() for t in ax.get_yticklabels())
    empty = cox(D.assign(g=D["g"].replace("a", "")), "g", **CALL)
    ax = forest(with_support(empty.tidy(exponentiate=True), empty.support))
    assert any(t.get_text().startswith("(empty)") for t in ax.get_yticklabels())


@pytest.mark.parametrize(
    "text", ["x", " x+ g ", "g + x + g", "`a b` + x", "x_1 + X", "é + x", "x.1 + g", "`class` + x"]
)
def test_a_sum_of_names_is_what_formulaic_makes_of_it(text):
    masked, aside = reading._set_aside(text)
    assert reading._sum_of_names(masked, aside)
    read = reading.parse(text)
    assert read.terms == tuple(reading._terms(text, masked, aside))
    assert read.columns == tuple(f.column for (f,) in read.terms)


@pytest.mark.parametrize(
    "text", ["x - g", "x:g", "1 + x", "x + 2", "x + 'g'", "x + in", "x + None", "C(x)", "+ x", "", "x +"]
)
def test_any_other_formula_is_left_to_formulaic(text):
    masked, aside = reading._set_aside(text)
    assert reading._sum_of_names(masked, aside) == []


def test_a_sum_of_names_needs_no_formulaic():
    code = (
        "import sys, pandas as pd, clemency as cl; d = pd.DataFrame({'t': [1, 2, 3, 4.], 'e': 1, 'x': [1, 2, 1, 3]}); "
    )
    code += "cl.cox(d, 'x', exit='t', event='e'); assert 'formulaic' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=FOLDER.parents[1])
