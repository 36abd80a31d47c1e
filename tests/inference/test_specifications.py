"""Specification curves and leaving out: hand-worked tables, identities, refusals that stay, and the figures."""

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from lifelines.datasets import load_rossi

import clemency as cl
from clemency import figures
from clemency.inference import refits
from clemency.records.errors import DataError, UsageError

mpl.use("Agg")
ROSSI = load_rossi()
COVARIATES = {"none": "fin", "age": "fin + age", "all": "fin + age + prio"}
TIES = {"Efron": "efron", "Breslow": "breslow"}


class Fake:
    """An estimate with one known number."""

    def __init__(self, estimate, std_error=1.0):
        self.row = {"term": "x", "level": "", "estimate": estimate, "std_error": std_error, "statistic": 0.0}
        self.row |= {"p_value": 0.5, "ci_low": estimate - 2 * std_error, "ci_high": estimate + 2 * std_error}

    def tidy(self):
        return pd.DataFrame([self.row])


def fake(a, b):
    if (a, b) == (3, 10):
        raise UsageError("three and ten do not go together")
    return Fake(a + b + 0.1 * a * b)


FAKES = {"a": {"one": 1, "two": 2, "three": 3}, "b": {"zero": 0, "ten": 10}}


def rossi(covariates, ties):
    return cl.cox(ROSSI, covariates, exit="week", event="arrest", ties=ties)


def quiet(fit, choices, term="x", **more):
    return cl.specifications(fit, choices, term=term, **{"workers": 1, "progress": False} | more)


@pytest.fixture(autouse=True)
def close():
    yield
    mpl.pyplot.close("all")


def test_table_by_hand():
    found = quiet(fake, FAKES)
    table = found.tidy()
    assert table["estimate"].tolist()[:5] == [1.0, 12.0, 2.0, 14.0, 3.0]
    assert np.isnan(table["estimate"][5])
    assert table["error"].tolist() == [""] * 5 + ["three and ten do not go together"]
    assert table["main"].tolist() == [True] + [False] * 5
    assert table["ci_low"][1] == 10.0
    s = found.summary().iloc[0]
    assert s[["possible", "run", "estimated", "refused"]].tolist() == [6, 6, 5, 1]
    assert s[["main", "median", "lowest", "highest"]].tolist() == [1.0, 3.0, 1.0, 14.0]
    assert s["same_sign"] == 1.0
    assert s["excludes_null"] == 3 / 5  # 3 - 2, 12 - 2 and 14 - 2 are above zero; 2 - 2 is not
    assert s["reasons"] == "1 x three and ten do not go together"
    b = found.by_choice().set_index(["choice", "label"])
    assert b.loc[("a", "two")].tolist() == [2, 0, 8.0, 2, 1.5]  # (2 - 1 + 14 - 12) / 2
    assert b.loc[("a", "three")].tolist() == [1, 1, 3.0, 1, 2.0]
    assert b.loc[("b", "ten")].tolist() == [2, 1, 13.0, 2, 11.5]
    assert b.loc[("a", "one"), "mean_change"] == 0


def test_signs_are_compared_with_the_main_one():
    found = quiet(lambda a: Fake(a), {"a": {"minus": -1, "plus": 2, "more": 3}}, main={"a": "plus"})
    assert found.summary()["same_sign"][0] == 2 / 3
    assert found.by_choice()["mean_change"].tolist() == [-3, 0, 1]


def test_one_choice_is_the_single_fit():
    found = quiet(rossi, {"covariates": {"all": "fin + age + prio"}, "ties": {"Efron": "efron"}}, "fin")
    one = rossi("fin + age + prio", "efron").tidy().iloc[0]
    columns = ["estimate", "std_error", "ci_low", "ci_high", "p_value"]
    assert found.tidy().loc[0, columns].tolist() == one[columns].tolist()
    assert found.tidy()[["n", "events"]].iloc[0].tolist() == [432, 114]
    assert found.summary(exponentiate=True)["main"][0] == np.exp(one["estimate"])


def test_workers_and_the_order_of_choices_do_not_matter():
    shared = ROSSI.copy()  # a local function over local data: it does not pickle

    def local(covariates, ties):
        return cl.cox(shared, covariates, exit="week", event="arrest", ties=ties)

    one = quiet(local, {"covariates": COVARIATES, "ties": TIES}, "fin")
    two = quiet(local, {"ties": TIES, "covariates": COVARIATES}, "fin", workers=2)
    assert one.how == "one after another"
    keys = ["covariates", "ties"]
    tables = [f.tidy().sort_values(keys, ignore_index=True) for f in (one, two)]
    pd.testing.assert_frame_equal(tables[0], tables[1][tables[0].columns], check_exact=True)
    pd.testing.assert_frame_equal(one.summary(), two.summary(), check_exact=True)


def test_a_sample_is_seeded_has_the_main_one_and_does_not_depend_on_order():
    many = {name: {f"{name}{i}": i for i in range(4)} for name in "abc"}

    def fit(a, b, c):
        return Fake(a + 10 * b + 100 * c)

    found = quiet(fit, many, sample=9, seed=3)
    table = found.tidy()
    assert len(table) == 9
    assert table["main"].sum() == 1
    assert not table.duplicated(list("abc")).any()
    assert "a random sample (seed 3) of 64 combinations" in repr(found)
    turned = quiet(fit, dict(reversed(many.items())), sample=9, seed=3).tidy()
    assert set(table["estimate"]) == set(turned["estimate"])
    assert set(table["estimate"]) != set(quiet(fit, many, sample=9, seed=4).tidy()["estimate"])
    assert quiet(fit, many, sample=64).seed is None


def test_every_combination_is_as_likely_to_be_drawn():
    many = {name: {f"{name}{i}": i for i in range(3)} for name in "ab"}
    drawn = [quiet(lambda a, b: Fake(3 * a + b), many, sample=4, seed=s).tidy()["estimate"] for s in range(150)]
    counts = pd.concat(drawn).value_counts().sort_index()
    assert counts[0] == 150
    share = counts.iloc[1:] / 150
    assert (abs(share - 3 / 8) < 4 * np.sqrt(3 / 8 * 5 / 8 / 150)).all()


def test_refused_models_are_rows():
    data = ROSSI.assign(twin=ROSSI["age"] * 2)

    def fit(covariates):
        return cl.cox(data, covariates, exit="week", event="arrest")

    found = quiet(fit, {"covariates": {"plain": "fin", "twins": "fin + age + twin", "without": "age"}}, "fin")
    errors = found.tidy()["error"]
    assert errors[0] == ""
    assert "twin" in errors[1]
    assert "no term 'fin'" in errors[2]
    assert found.refusals()["n"].tolist() == [1, 1]
    assert "2 refused" in [t.get_text() for t in found.plot().texts]
    all_refused = quiet(fit, {"covariates": {"twins": "fin + age + twin", "too": "age + twin"}}, "fin")
    assert all_refused.summary()["estimated"][0] == 0
    assert all_refused.summary()["same_sign"].isna()[0]
    assert "all 2 specifications were refused" in figures.drawn(all_refused.plot()).alt


@pytest.mark.parametrize("workers", [1, 2])
def test_other_errors_stop_and_name_the_specification(workers):
    def broken(a, b):
        if a == 2:
            raise KeyError("no such column")
        return Fake(a)

    with pytest.raises(KeyError) as caught:
        quiet(broken, FAKES, workers=workers)
    assert "specification a=two, b=" in caught.value.__notes__[0]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"choices": {}}, "empty"),
        ({"choices": {"a": {}}}, "at least one"),
        ({"choices": {"a": [1, 2]}}, "map labels to values"),
        ({"choices": {"a": {1: 1}}}, "must be text"),
        ({"choices": {"estimate": {"one": 1}}}, "another name"),
        ({"main": {"a": "four"}}, "main= has a='four'"),
        ({"main": {"c": "one"}}, "main= has c="),
        ({"sample": 0}, "sample=0"),
        ({"workers": 0}, "workers=0"),
        ({"term": "y"}, "'y' is in no specification"),
        ({"term": "x", "level": "high"}, "with level 'high'"),
    ],
)
def test_refusals(more, message):
    choices = more.pop("choices", FAKES)
    with pytest.raises(UsageError, match=message):
        quiet(fake, choices, **more)


def test_scales_are_not_mixed_and_what_is_no_estimate_is_said():
    with pytest.raises(UsageError, match="no common axis"):
        quiet(
            lambda a: a,
            {"a": {"fake": Fake(1.0), "cox": cl.cox(ROSSI.assign(x=ROSSI["fin"]), "x", exit="week", event="arrest")}},
        )
    with pytest.raises(UsageError, match="not logarithms"):
        quiet(fake, FAKES).tidy(exponentiate=True)
    with pytest.raises(TypeError, match="not int"):
        quiet(lambda a: a, {"a": {"one": 1}})


def test_curve_is_drawn_in_order_with_its_choices_below():
    found = quiet(rossi, {"covariates": COVARIATES, "ties": TIES}, "fin", main={"covariates": "all"})
    ax = found.plot()
    kept = figures.drawn(ax)
    values = kept.frame["estimate"].to_numpy()
    assert (np.diff(values) >= 0).all()
    np.testing.assert_allclose(np.sort(np.exp(found.tidy()["estimate"])), values)
    assert ax.get_yscale() == "log"
    (below,) = (a for a in ax.figure.axes if a.get_label() == "choices")
    dots = sum(len(line.get_xdata()) for line in below.lines)
    assert dots == 6 * 2
    labels = [t.get_text() for t in below.get_yticklabels()]
    assert labels == ["covariates", "none", "age", "all", "ties", "Efron", "Breslow"]
    main = kept.frame[kept.frame["main"]].iloc[0]
    assert (main["covariates"], main["ties"]) == ("all", "Efron")
    assert "6 of 6 specifications" in kept.alt
    _, mine = mpl.pyplot.subplots()
    assert found.plot(ax=mine) is mine
    free = mpl.pyplot.figure().add_axes((0.1, 0.1, 0.8, 0.8))
    found.plot(ax=free)
    upper, lower = (a.get_position() for a in free.figure.axes)
    assert lower.y0 == pytest.approx(0.1)
    assert lower.y1 < upper.y0 < upper.y1
    assert quiet(fake, FAKES).plot().get_yscale() == "linear"


class Log(Fake):
    """An estimate that is the logarithm of a ratio."""

    def tidy(self, exponentiate=False):
        return super().tidy()


def test_what_goes_beyond_the_axis_is_marked_and_the_main_one_may_be_refused():
    def fit(a):
        if a is None:
            raise UsageError("not this one")
        return Log(a, 1.5)

    found = quiet(fit, {"a": {"none": None, "small": 0.5, "large": 6.0}})
    ax = found.plot()
    high = ax.get_ylim()[1]
    assert [line.get_ydata().tolist() for line in ax.lines if line.get_marker() == "^"] == [[high]]
    dots = next(line for line in ax.lines if line.get_marker() == "o" and len(line.get_xdata()) == 2)
    np.testing.assert_array_equal(dots.get_ydata(), [np.exp(0.5), np.nan])  # the arrow stands for what is beyond
    assert "in the main one refused; median" in repr(found)
    assert found.by_choice()["n_pairs"].tolist() == [0, 0, 0]


def test_progress_is_shown_on_standard_error_only(capsys):
    quiet(fake, FAKES, progress=True)
    assert capsys.readouterr().out == ""
    quiet(fake, FAKES)
    assert capsys.readouterr().err == ""


def test_without_fork_functions_that_cannot_be_sent_run_in_threads(monkeypatch):
    monkeypatch.setattr(refits.sys, "platform", "darwin")
    found = quiet(lambda a, b: fake(a, b), FAKES, workers=2)
    assert "threads" in found.how
    pd.testing.assert_frame_equal(found.tidy(), quiet(fake, FAKES).tidy())


def test_a_forked_process_has_threads_of_its_own():
    from clemency.models.kernel import parallel

    def total(a):
        return Fake(float(parallel.in_parts(lambda i, j: j - i, parallel.MANY + a)))

    total(0)
    found = quiet(total, {"a": {"one": 1, "two": 2}}, workers=2)
    assert found.tidy()["estimate"].tolist() == [parallel.MANY + 1, parallel.MANY + 2]
    assert found.how == "in 2 processes"


# Leaving out.

SMALL = pd.DataFrame({"g": list("aabbcd"), "y": [1.0, 2.0, 3.0, 4.0, 20.0, np.nan]})


def mean(rows):
    y = rows["y"].dropna()
    return Fake(y.mean(), y.std() / np.sqrt(len(y)))


def test_leaving_out_by_hand():
    found = cl.leave_out(mean, SMALL.assign(g=[*list("aabbc"), None]), "g", term="x")
    table = found.tidy()
    assert table["left_out"].tolist() == ["c", "a", "b"]
    np.testing.assert_allclose(table["estimate"], [2.5, 9.0, 23 / 3])
    np.testing.assert_allclose(table["change"], [-3.5, 3.0, 23 / 3 - 6])
    np.testing.assert_allclose(table["standardised"], table["change"] / found.whole["std_error"])
    assert table["n_left_out"].tolist() == [1, 2, 2]
    assert found.n_missing == 1
    assert "1 row without a value of g is in every fit" in repr(found)
    assert found.summary()["most_influential"][0] == "c"


def test_leaving_out_is_the_fit_without_and_near_the_dfbetas():
    data = ROSSI.assign(case_id=np.arange(len(ROSSI)) // 12)

    def fit(rows):
        return cl.cox(rows, "fin + age", exit="week", event="arrest")

    found = cl.leave_out(fit, data, "case_id", term="age")
    table = found.tidy()
    worst = table.iloc[0]
    alone = fit(data[data["case_id"] != worst["left_out"]]).tidy().iloc[1]
    assert worst[["estimate", "std_error", "p_value"]].tolist() == alone[["estimate", "std_error", "p_value"]].tolist()
    first_order = -fit(data).residuals("dfbetas").iloc[:, 1].groupby(data["case_id"]).sum()
    joined = table.set_index("left_out")["standardised"]
    assert np.corrcoef(joined, first_order[joined.index])[0, 1] > 0.999
    ratios = found.tidy(exponentiate=True)
    np.testing.assert_allclose(ratios["change"], ratios["estimate"] / np.exp(found.whole["estimate"]))
    turned = cl.leave_out(fit, data.sample(frac=1, random_state=1), "case_id", term="age").tidy()
    assert turned["left_out"].tolist() == table["left_out"].tolist()
    np.testing.assert_allclose(turned["change"], table["change"], rtol=1e-8, atol=1e-12)


def test_a_value_on_which_the_fit_depends_comes_first():
    data = pd.DataFrame({"t": range(1, 9), "e": [1, 1, 0, 0, 0, 0, 1, 0], "z": [1, 0] * 4, "p": list("aabbccdd")})
    data.loc[data["p"] != "a", "e"] = 0

    def fit(rows):
        return cl.cox(rows, "z", exit="t", event="e")

    table = cl.leave_out(fit, data, "p", term="z").tidy()
    assert table["left_out"][0] == "a"
    assert "no event" in table["error"][0]
    assert table["error"][1:].eq("").all()


def test_cohorts_lose_their_rows_with_a_reason():
    cohort = cl.cohort(cl.load("cases"), cl.load("acts"), outcome="sentence_reduction", clock="sentence")
    seen = []

    def fit(part):
        seen.append(part)
        return Fake(float(len(part)))

    found = cl.leave_out(fit, cohort, "region", term="x")
    assert found.tidy()["change"].abs().is_monotonic_decreasing
    assert (-found.tidy()["change"] == found.tidy()["n_left_out"]).all()
    assert seen[1].exclusions["reason"].str.startswith("left out: region").any()


def test_leave_out_figure_and_refusals():
    ax = cl.leave_out(mean, SMALL.iloc[:5], "g", term="x").plot()
    assert [t.get_text() for t in ax.get_yticklabels()] == ["without b", "without a", "without c"]
    assert "6.00 with all" in figures.drawn(ax).alt
    with pytest.raises(UsageError, match="has 1 value"):
        cl.leave_out(mean, SMALL.assign(g="a"), "g", term="x")
    with pytest.raises(UsageError, match="no column 'h'"):
        cl.leave_out(mean, SMALL, "h", term="x")
    with pytest.raises(DataError):
        cl.leave_out(lambda d: cl.cox(d, "y", exit="t", event="e"), SMALL.iloc[:5].assign(t=1, e=0), "g", term="y")


@pytest.mark.parametrize("main", [True, False])
def test_the_curve_fills_its_figure_where_no_limit_leaves_the_axis(main):
    frame = pd.DataFrame({"a": ["x", "y"], "estimate": [1.0, 1.2], "ci_low": [0.8, 0.9], "ci_high": [1.3, 1.6]})
    ax = figures.specification_curve(frame.assign(main=[main, False]), {"a": ["x", "y"]})
    ax.figure.canvas.draw()
    assert ax.get_position().height > 0.5
