"""Where curves say nothing: limits as R's, errors that nobody has, early risk sets that empty, and refusals."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import clemency as cl
from clemency.figures.theme.wording import share_label
from clemency.records.errors import UsageError

FOLDER = Path(__file__).resolve().parents[2] / "reference" / "curvelimits"
SPELLS = pd.read_csv(FOLDER / "spells.csv")
EXPECTED = pd.read_csv(FOLDER / "expected.csv").sort_values(["g", "time"])
NUMBERS = ["std_error", "statistic", "p_value", "ci_low", "ci_high"]
SENTENCE = {"outcome": "sentence_reduction", "clock": "sentence"}


@pytest.fixture(scope="module")
def several():
    """A cohort in which cases are followed after an act."""
    return cl.cohort(cl.load("cases"), cl.load("acts"), **SENTENCE, recurrent=True)


def curves_of(what, **options):
    if what == "survival":
        return cl.survival(SPELLS, by="g", exit="t", event="act", **options)
    return cl.incidence(SPELLS, by="g", exit="t", event="end", outcome=what, **options)


@pytest.mark.parametrize("variance", ["greenwood", "robust"])
@pytest.mark.parametrize("what", ["survival", "act", "release"])
def test_limits_are_missing_where_those_of_r_are(what, variance):
    expected = EXPECTED[EXPECTED["what"] == what]
    curves = curves_of(what, variance=variance, conf_type="log-log" if what == "survival" else "log")
    found = curves.at([2, 3, 4, 5, 8]).merge(expected, on=["g", "time"], suffixes=("", "_r"))
    assert len(found) == len(expected) == 13
    assert expected["low"].isna().any()
    assert expected["low"].notna().any()
    for ours, theirs in (("estimate", "estimate_r"), ("ci_low", "low"), ("ci_high", "high")):
        np.testing.assert_allclose(found[ours], found[theirs], rtol=1e-10, atol=1e-14, err_msg=ours)
    known = found["std_error_r"].notna()
    np.testing.assert_allclose(found.loc[known, "std_error"], found.loc[known, "std_error_r"], rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("conf_type", ["log", "plain", "log-log"])
@pytest.mark.parametrize("what", ["survival", "act"])
def test_no_limits_have_no_width(what, conf_type):
    """Whatever the scale: an error of zero is no certainty."""
    curves = curves_of(what, conf_type=conf_type)
    for table in (curves.tidy(), curves.at([0, 1, 4, 8]), curves.restricted_mean(5)):
        limits = table[["ci_low", "ci_high"]].notna().all(axis=1)
        assert limits.eq(table["std_error"] > 0).all()
        assert (table["ci_low"] < table["ci_high"])[limits].all()


def test_quantiles_do_not_ask_limits_that_are_not_there():
    found = curves_of("act").quantile([0.2, 0.4]).set_index(["g", "p"])
    assert found.loc[("all", 0.2), "quantile"] == 4
    assert found.loc[("all", 0.2), "ci_low"] == 3
    assert found.loc["nothing"][["quantile", "ci_low", "ci_high"]].isna().all(axis=None)
    alone = cl.survival(SPELLS.assign(one=1), exit="t", event="act", cluster="one")
    assert alone.tidy()[["ci_low", "ci_high"]].isna().all(axis=None)
    assert alone.quantile(0.1)[["ci_low", "ci_high"]].isna().all(axis=None)


@pytest.mark.parametrize("variance", ["greenwood", "robust"])
@pytest.mark.parametrize("read", [cl.survival, cl.incidence])
def test_a_group_without_an_event_is_no_certain_difference(read, variance):
    """One case without an event against twenty: this p value was 8e-6."""
    d = pd.DataFrame({"t": [*range(1, 21), 30, 31], "e": [1] * 10 + [0] * 12, "g": ["big"] * 20 + ["few"] * 2})
    curves = read(d, by="g", exit="t", event="e", variance=variance)
    for found in (curves.difference([10]), curves.difference(until=10)):
        assert abs(found["estimate"].item()) > 0.4
        assert found[NUMBERS].isna().all(axis=None)
    mean = curves.restricted_mean(10).set_index("g")
    assert mean.loc["few", ["ci_low", "ci_high"]].isna().all()
    assert mean.loc["big", ["ci_low", "ci_high"]].notna().all()
    later = d.assign(e=d["e"].where(d.index != 20, 1), t=d["t"].where(d.index != 20, 9))
    assert read(later, by="g", exit="t", event="e").difference([10])[NUMBERS].notna().all(axis=None)


def test_where_all_had_the_event_rounding_is_no_error():
    """The sums for an incidence of 1 cancel, to something that need not be zero."""
    for n in (3, 7, 11, 30):
        d = pd.DataFrame({"t": np.r_[np.arange(1, n + 1), np.arange(1, n + 1)], "g": np.repeat(["a", "b"], n)})
        d["e"] = np.r_[np.ones(n, dtype=int), np.arange(n) % 2]
        for read in (cl.survival, cl.incidence):
            for variance in ("greenwood", "robust"):
                found = read(d, by="g", exit="t", event="e", variance=variance).difference(n)
                assert found[NUMBERS].isna().all(axis=None)


def test_a_release_of_everybody_leaves_an_error_to_the_incidence_of_acts():
    """Counting has ended for all, so the shares are known of these people; of others like them they are not."""
    d = pd.DataFrame({"t": range(1, 9), "e": [*"arararrr"], "g": [*"xxyyxxyy"]}).replace({"a": "act", "r": "release"})
    d["e"] = pd.Categorical(d["e"], categories=["censored", "act", "release"])
    found = cl.incidence(d, by="g", exit="t", event="e", outcome="act").difference(8)
    assert found["std_error"].item() == pytest.approx(np.sqrt(0.5 * 0.5 / 4 + 0.25 * 0.75 / 4))


EMPTIED = pd.DataFrame({"a": [0, 5, 5, 5, 5, 6], "t": [2.0, 8, 9, 12, 14, 20], "e": [1, 1, 0, 1, 0, 0], "g": "x"})


@pytest.mark.parametrize("read", [cl.survival, cl.incidence])
def test_a_risk_set_that_empties_is_said_and_the_remedy_works(read):
    columns = {"exit": "t", "event": "e", "entry": "a"}
    curves = read(EMPTIED, **columns)
    assert curves.warnings[["group", "time"]].to_numpy().tolist() == [["", 2.0]]
    message = curves.warnings["message"].item()
    assert "all at risk at 2 " in message
    assert "5 spells that enter later" in message
    assert "t above 2 and raise a to 2" in message
    assert message in repr(curves)
    assert "all at risk at 2 " in curves._repr_html_()
    mended = EMPTIED[EMPTIED["t"] > 2].assign(a=EMPTIED["a"].clip(lower=2))
    assert read(mended, **columns).warnings.empty
    assert read(mended, **columns).tidy()["estimate"].nunique() == 2
    both = pd.concat([EMPTIED, mended.assign(g="y")])
    assert read(both, **columns, by="g").warnings["group"].tolist() == ["x"]
    nobody_later = EMPTIED.iloc[:1]
    assert read(nobody_later, **columns).warnings.empty
    without_events = EMPTIED.assign(e=[1, 0, 0, 0, 0, 0])  # fixed at 0 too, with nothing after it
    assert len(read(without_events, **columns).warnings) == 1


def test_begin_after_the_last_time_at_which_a_risk_set_empties():
    d = pd.DataFrame({"a": [0, 2, 5, 5], "t": [2.0, 4, 9, 12], "e": [1, 1, 1, 0]})
    message = cl.survival(d, exit="t", event="e", entry="a").warnings["message"].item()
    assert "begin at 4" in message
    mended = d[d["t"] > 4].assign(a=d["a"].clip(lower=4))
    assert cl.survival(mended, exit="t", event="e", entry="a").warnings.empty


def test_cohorts_followed_after_an_event_are_refused(several):
    with pytest.raises(UsageError, match=r"an event is not its last spell's.*cl\.recurrence"):
        cl.incidence(several, outcome="sentence_reduction")
    acted = several.assign(acted=lambda s: (s["event"] == "sentence_reduction").astype(int))
    with pytest.raises(UsageError, match=r"an event is not its last spell's.*cl\.recurrence"):
        cl.survival(acted, event="acted")
    one = cl.cohort(cl.load("cases"), cl.load("acts"), **SENTENCE)
    first = several.where(lambda s: s["act_number"] == 1, "later acts")
    for cohort in (one.split(calendar="Y"), first):  # several spells, one event
        np.testing.assert_allclose(
            cl.incidence(cohort, outcome="sentence_reduction").at([60, 120])["estimate"],
            cl.incidence(one, outcome="sentence_reduction").at([60, 120])["estimate"],
            rtol=1e-12,
        )
    assert len(cl.incidence(several.gap_time()).tidy())  # the clock begins anew at each act


def test_cases_that_change_group_are_said(several):
    one = cl.cohort(cl.load("cases"), cl.load("acts"), **SENTENCE)
    late = one.split(clock=[60]).assign(late=lambda s: s["interval"] >= 60, any=lambda s: s["event"] != "censored")
    number = int((late.spells.groupby("case_id")["late"].nunique() > 1).sum())
    for curves in (cl.incidence(late, by="late"), cl.survival(late, by="late", event="any")):
        said = curves.warnings["message"]
        assert said.str.contains(f"{number} cases change group").sum() == 1
    assert not cl.incidence(late, by="sex").warnings["message"].str.contains("change group").any()


def test_competing_events_are_counted_apart():
    shown = curves_of("act").glance().set_index("g")
    assert shown["events"].to_dict() == {"all": 4, "no act": 0, "nothing": 0}
    assert shown["competing"].to_dict() == {"all": 2, "no act": 2, "nothing": 0}
    every = cl.incidence(SPELLS, exit="t", event="end").glance()
    assert every[["events", "competing"]].to_numpy().tolist() == [[8, 0]]
    assert "competing" not in curves_of("survival").glance()


@pytest.mark.parametrize("times", [np.nan, [1, np.nan], "12", ["12"], None, np.inf, [-4], -0.5])
def test_times_that_are_none_are_refused(times):
    curves = curves_of("survival")
    with pytest.raises(UsageError, match="times="):
        curves.at(times)
    if times is not None:
        with pytest.raises(UsageError, match="times="):
            curves.difference(times)


def test_other_refusals():
    with pytest.raises(UsageError, match="names no time"):
        curves_of("act").difference([])
    for call in (curves_of("act").restricted_mean, lambda u: curves_of("act").difference(until=u)):
        with pytest.raises(UsageError, match="until= must be a number on the clock, such as months, not '5'"):
            call("5")
    for until in (-5, 0, np.nan, np.inf):
        with pytest.raises(UsageError, match="above 0"):
            curves_of("act").plot(until=until)


def test_a_band_of_nothing_is_refused_for_what_it_is():
    with pytest.raises(UsageError, match="no act has no event of kind act"):
        curves_of("act").band()
    with pytest.raises(UsageError, match="There is no event: "):
        cl.survival(SPELLS.assign(e=0), exit="t", event="e").band()
    with pytest.raises(UsageError, match="widen between="):
        cl.survival(SPELLS, exit="t", event="act").band(between=(4.2, 4.8))


def test_what_was_left_out_is_said():
    curves = cl.incidence(SPELLS.assign(t=SPELLS["t"].where(SPELLS.index > 1)), exit="t", event="end")
    assert repr(curves).endswith("Left out: 2 rows, missing value (t).")
    assert "<p>Left out: 2 rows, missing value (t).</p>" in curves._repr_html_()


def test_axes_say_what_their_height_is():
    assert share_label("survival", ["event"]) == "share without the event"
    assert share_label("incidence", ["sentence_reduction"]) == "share with sentence reduction"
    assert share_label("incidence", ["act", "death"]) == "share with each event"
    axes = {
        "share with act": curves_of("act").plot(),
        "share without the event": curves_of("survival").plot(),
        "share with release": cl.incidence(SPELLS, exit="t", event="end").plot(outcome="release"),
    }
    assert [ax.get_ylabel() for ax in axes.values()] == list(axes)
    assert {ax.get_xlim()[1] for ax in axes.values()} == {8}


def test_spells_of_one_person_are_one_in_the_errors():
    # Two of four spells end with an act at 1, so that 1/2 is left. A spell moves that by 1/8, up or down, and a
    # person's two spells move it together: by 1/4. Greenwood, and spells apart, give (1/4) ** 2 = 4 * (1/8) ** 2.
    spells = pd.DataFrame({"case_id": list("abcd"), "person_id": list("ppqq"), "entry": 0.0, "exit": [1.0, 1, 2, 2]})
    spells = spells.assign(event=["act", "act", "censored", "censored"], acted=[1, 1, 0, 0])
    apart = spells.assign(person_id=list("pqrs"))
    for data, option, variance in (
        (spells, {}, 1 / 8),
        (spells, {"variance": "robust"}, 1 / 8),
        (spells, {"variance": "greenwood"}, 1 / 16),
        (apart, {}, 1 / 16),
        (apart, {"variance": "robust"}, 1 / 16),
    ):
        cohort = SimpleNamespace(spells=data)
        for curves in (cl.survival(cohort, event="acted", **option), cl.incidence(cohort, outcome="act", **option)):
            assert curves.tidy()["estimate"].tolist() == [0.5]
            assert curves.tidy()["std_error"].item() == pytest.approx(variance**0.5, rel=1e-14)


def test_a_kind_of_end_that_nobody_had_is_told():
    kinds = ["censored", "act", "early_release"]
    ends = ["act", "censored", "act", "censored", "early_release", "early_release"]
    spells = pd.DataFrame(
        {"t": [1.0, 2, 3, 4, 5, 6], "g": list("aabbcc"), "end": pd.Categorical(ends, categories=kinds)}
    )
    said = "is 0 without a standard error and limits; that does not say that there can be none. cl.rates gives exact"
    assert cl.incidence(spells, exit="t", event="end").warnings.empty
    found = cl.incidence(spells, exit="t", event="end", by="g")
    assert found.warnings["group"].tolist() == ["c", ""]
    assert found.warnings["message"].str.contains(said, regex=False).all()
    assert found.notes()[0].startswith("no act was seen in c, so that its incidence there is 0")
    assert found.notes()[1].startswith("no early release was seen in a and b, so")
    assert found.notes()[1] in str(found)
    assert len(cl.incidence(spells, exit="t", event="end", by="g", outcome="act").warnings) == 1
    few = cl.incidence(spells[:4], exit="t", event="end")
    assert few.warnings["message"].str.startswith("no early release was seen, so that its incidence is 0").tolist() == [
        True
    ]
    assert few.tidy().query("outcome == 'early_release'")[["std_error", "ci_high"]].isin([0.0, np.nan]).all(axis=None)


def test_of_many_groups_without_an_end_five_are_named():
    spells = pd.DataFrame({"t": range(1, 9), "g": list("abcdefgh"), "end": ["death", *["act"] * 7]})
    (note,) = cl.incidence(spells, exit="t", event="end", by="g", outcome="death", censored=None).notes()
    assert note.startswith("no death was seen in b, c, d, e, f and 2 more, so")
