"""What a fit tells of itself as a whole, and whose future it knows: clusters, events, weights, strata, cases, units."""

import warnings

import numpy as np
import pandas as pd
import pytest
from coxfits import TIMES, FakeCohort, small

import clemency as cl
from clemency.models.discretetime.occurrence import occurrence
from clemency.models.hazard.cox import cox
from clemency.models.hazard.finegray import fine_gray
from clemency.models.postestimation.absoluterisk import absolute_risk
from clemency.records.errors import DataError, UsageError

COMPETING = {"exit": "exit", "event": "end", "entry": "entry"}


def competing(seed, n=120):
    rng = np.random.default_rng(seed)
    end = np.where(rng.random(n) < 0.6, "act", "death")
    return small(seed, n).assign(
        end=lambda d: pd.Categorical(np.where(d["event"], end, "censored"), ["censored", "act", "death"]), entry=0.0
    )


def messages(fit):
    return " | ".join(fit.warnings["message"])


# Clusters


@pytest.mark.parametrize(
    "fit",
    [
        lambda d: cox(d, "x", **TIMES, cluster="one"),
        lambda d: cox(d, "x", **TIMES, cluster=["s", "one"]),
        lambda d: cox(d, "x", **TIMES).with_variance(cluster="one"),
        lambda d: fine_gray(d, "x", **COMPETING, outcome="act", cluster="one"),
        lambda d: fine_gray(d, "x", **COMPETING, outcome="act").with_variance(cluster="one"),
    ],
)
def test_one_cluster_is_refused(fit):
    """Its scores add up to zero, which gave a standard error of 1e-13 and p = 0."""
    with pytest.raises(UsageError, match=r"one cluster by 'one'.*robust=True"):
        fit(competing(3).assign(one=1))


def test_one_cluster_of_an_occurrence_is_refused_with_a_remedy():
    rows = small(1, 60).assign(month=lambda d: d["id"] % 5, one=1)
    with pytest.raises(UsageError, match="leave cluster= out"):
        occurrence(rows, "x", event="event", entry="month", duration=None, cluster="one")


@pytest.mark.parametrize("clusters", [2, 3, 4])
def test_no_errors_from_no_more_clusters_than_coefficients(clusters):
    frame = competing(4).assign(k=lambda d: d["id"] % clusters)
    plain = cox(frame, "x + z", **TIMES)
    for fit in (
        cox(frame, "x + z", **TIMES, cluster="k"),
        plain.with_variance(cluster="k"),
        fine_gray(frame, "x + z", **COMPETING, outcome="act", cluster="k"),
    ):
        table = fit.tidy()
        columns = ["std_error", "statistic", "p_value", "ci_low", "ci_high"]
        assert table[columns].isna().all(axis=None) == (clusters <= 2)
        assert table["estimate"].notna().all()
        words = "say nothing of the errors of 2 coefficients" if clusters <= 2 else f"only {clusters} clusters"
        assert words in messages(fit)
        assert words in repr(fit)
        assert words in fit._repr_html_()
        assert "nan" not in fit._repr_html_()
        assert fit.plot() is not None
    assert plain.warnings.empty


def test_many_clusters_give_errors_beside_effects_of_their_own():
    """With an effect of each cluster, coefficients outnumber clusters, and errors within clusters can still be had."""
    frame = competing(6, 600).assign(g=lambda d: (d["id"] % 30).astype(str))
    fit = cox(frame, "x + g", **TIMES, cluster="g", penalty=None)
    assert len(fit.coefficients) == 30
    assert fit.tidy().loc[0, ["std_error", "p_value", "ci_low", "ci_high"]].notna().all()
    assert np.isnan(fit.facts["wald"])
    assert cox(frame[frame["g"].astype(int) < 29], "x + g", **TIMES, cluster="g").tidy()["std_error"].isna().all()


def test_few_clusters_are_told_and_many_are_not():
    frame = competing(5).assign(few=lambda d: d["id"] % 29, enough=lambda d: d["id"] % 30)
    fit = cox(frame, "x", **TIMES, cluster="few")
    assert "only 29 clusters" in messages(fit)
    assert cox(frame, "x", **TIMES, cluster="enough").warnings.empty
    assert fit.with_variance(cluster="enough").warnings.empty
    assert "only 29" in messages(fit.with_variance(cluster="enough").with_variance(cluster="few"))
    two = cox(frame, "x", **TIMES, cluster=["enough", "s"])
    assert "only 2 clusters" in messages(two)  # of two clusterings the coarser one limits what is known
    assert "88% of simulated samples" in messages(two)


def test_a_negative_variance_of_two_clusterings_is_missing_without_a_warning_of_numpy():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for seed in range(60):
            frame = small(seed, 60).assign(a=lambda d: d["id"] % 6, b=lambda d: d["id"] // 10)
            fit = cox(frame, "x", **TIMES, cluster=["a", "b"])
            if fit.covariance[0, 0] < 0:
                break
        assert fit.tidy()["std_error"].isna().all()
        assert "negative variance" in messages(fit)


# Events, weights, the errors that a penalty leaves out


def test_few_events_for_each_coefficient_are_told():
    rng = np.random.default_rng(2)
    frame = pd.DataFrame(rng.normal(size=(200, 4)), columns=list("abcd")).assign(t=rng.exponential(5, 200), e=0)
    frame.loc[:13, "e"] = 1
    names = {"exit": "t", "event": "e"}
    assert cox(frame, "a + b", **names).warnings.empty  # 14 events for two
    fit = cox(frame, "a + b + c", **names)
    assert "14 events for 3 coefficients, fewer than 5 for each" in messages(fit)
    assert "firth" in messages(fit)
    firth = messages(cox(frame, "a + b + c", **names, penalty="firth"))
    assert "14 events for 3" in firth
    assert "firth" not in firth
    assert cox(frame, "a + b + c", **names, penalty=1.0).warnings.empty


def test_weights_are_named():
    frame = small(3, 100).assign(w=lambda d: 1.0 + d["id"] % 3)
    fit = cox(frame, "x", **TIMES, weights="w")
    assert fit.glance()["weights"][0] == "w"
    assert "Weighted by 'w'" in repr(fit)
    plain = cox(frame, "x", **TIMES)
    assert plain.glance()["weights"][0] == ""
    assert "eighted" not in repr(plain)


@pytest.mark.parametrize(("arguments", "name"), [({"penalty": "firth"}, "firth"), ({"ties": "exact"}, "exact")])
def test_a_likelihood_without_robust_errors_says_what_it_leaves_out(arguments, name):
    frame = small(6, 60).assign(person_id=lambda d: d["id"] // 2, case_id=lambda d: d["id"])
    fit = cox(FakeCohort(frame), "x", **arguments)
    assert f"{name}' has no robust errors: cases or events of one person ('person_id')" in messages(fit)
    assert "robust errors" in repr(fit)
    assert cox(FakeCohort(frame), "x", **arguments, robust=False).warnings.empty
    alone = FakeCohort(frame.assign(person_id=frame["id"]))
    assert cox(alone, "x", **arguments).warnings.empty
    split = FakeCohort(halves(frame).assign(person_id=lambda d: d["id"], case_id=lambda d: d["id"]))
    assert cox(split, "x", **arguments).warnings.empty  # halves of a spell are no two spells


def test_firth_with_weights_that_are_no_numbers_of_cases_says_so():
    frame = small(6, 60).assign(w=1.5, whole=2.0)
    fit = cox(frame, "x", **TIMES, weights="w", penalty="firth")
    assert fit.variance == "model"
    assert "the weights ('w')" in messages(fit)
    assert cox(frame, "x", **TIMES, weights="whole", penalty="firth").warnings.empty


def test_cases_are_counted_by_what_names_them_or_not_at_all():
    frame = small(7, 60).assign(prison=lambda d: d["id"] % 30)
    assert cox(frame, "x", **TIMES, cluster="prison").glance()["n_cases"][0] == 60  # it was 30, the clusters
    bare = frame.drop(columns="id")
    assert np.isnan(cox(bare, "x", **TIMES, cluster="prison").glance()["n_cases"][0])
    pairs = bare.assign(person_id=np.arange(60) // 2)
    assert cox(pairs, "x", **TIMES).glance()["n_cases"][0] == 30
    assert cox(pairs.assign(case_id=np.arange(60) // 3), "x", **TIMES).glance()["n_cases"][0] == 20
    spells = competing(8).rename(columns={"id": "who"})
    assert fine_gray(spells, "x", **COMPETING, outcome="act", id="who").glance()["n_cases"][0] == 120


def test_the_printed_error_is_that_of_the_logarithm_and_says_so():
    fit = cox(small(7, 60), "x", **TIMES)
    assert "std_error(log)" in repr(fit)
    assert "std_error" in fit.tidy(exponentiate=True).columns


# Units and text


def test_units_beyond_the_numbers_of_the_computer():
    frame = small(8, 60)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit = cox(frame.assign(x=frame["x"] * 1e-12), "x + z", **TIMES)
        assert np.isin(fit.tidy(exponentiate=True)["estimate"][0], (0.0, np.inf))
        assert "measure it in another unit" in repr(fit)
        assert "x:" in repr(fit)
        for factor, size in ((1e200, "large"), (1e-60, "small")):
            with pytest.raises(DataError, match=f"x: its values are as {size}.*another unit"):
                cox(frame.assign(x=frame["x"] * factor), "x + z", **TIMES)
    np.testing.assert_allclose(fit.coefficients * [1e-12, 1], cox(frame, "x + z", **TIMES).coefficients, rtol=1e-8)


@pytest.mark.parametrize("formula", ["x", "x * z", "C(x)"])
def test_text_among_numbers_is_named_with_its_row(formula):
    frame = small(9, 60).astype({"x": object})
    frame.loc[7, "x"] = "unknown"
    with pytest.raises(DataError, match=r"row 7, x, 'unknown': .*text among numbers"):
        cox(frame, formula, **TIMES)


@pytest.mark.parametrize("formula", ["log(x)", "np.log(x) + z", "log(x) * z"])
def test_a_logarithm_of_nothing_is_named_with_its_rows(formula):
    frame = small(9, 60).assign(x=lambda d: d["x"].abs())
    frame.loc[[5, 9], "x"] = [0.0, -1.0]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(DataError, match=r"row 5, .*log\(x\).*2 rows.*above zero"):
            cox(frame, formula, **TIMES)


def test_new_data_of_the_wrong_kind():
    fit = cox(small(9, 60), "x + z", **TIMES)
    pd.testing.assert_frame_equal(fit.predict({"x": 1.0, "z": 2}, 5), fit.predict({"x": [1.0], "z": [2]}, 5))
    with pytest.raises(UsageError, match=r"'x' is a number in the fit; row 1 has 'many'"):
        fit.predict({"x": [1.0, "many"], "z": [1, 1]}, 5)
    np.testing.assert_allclose(
        fit.predict({"x": ["1"], "z": [2]}, 5)["estimate"], fit.predict({"x": 1, "z": 2}, 5)["estimate"]
    )
    with pytest.raises(UsageError, match="columns of equal length"):
        fit.predict({"x": [1.0, 2.0], "z": [1]}, 5)
    path = {"who": np.array([1, 1]), "from": [0, 3], "to": [2, 9], "x": [1, 1], "z": [0, 0]}
    with pytest.raises(UsageError, match="the path of 1 has a gap"):
        fit.predict(path, 5, id="who", entry="from", exit="to")


def test_fine_and_gray_advise_no_penalty_that_they_lack():
    frame = competing(2).assign(g=lambda d: np.where(d["end"] == "act", "a", np.where(d["id"] % 2 == 0, "a", "b")))
    with pytest.raises(DataError, match="Merge the level") as refused:
        fine_gray(frame, "g", **COMPETING, outcome="act")
    assert "firth" not in str(refused.value)
    with pytest.raises(DataError, match="firth"):
        cox(frame, "g", **COMPETING, outcome="act")


# Strata, kinds, cases


def followed(end_of_west):
    """West is followed to month 20 and north to month 40."""
    t = [3, 8, 12, 20, 20, 5, 9, 21, 33, 40]
    frame = pd.DataFrame({"t": t, "place": ["west"] * 5 + ["north"] * 5, "x": [0, 1, 0, 1, 0, 1, 0, 1, 0, 1]})
    return frame.assign(e=[1, 1, 1, end_of_west, end_of_west, 1, 1, 1, 1, 0])


def test_a_stratum_is_not_predicted_past_its_last_exit():
    """The value of month 20 went on for ever, with limits."""
    fit = cox(followed(0), "x", exit="t", event="e", strata="place")
    assert fit.predict({"x": 0, "place": "west"}, 20)["estimate"].notna().all()
    assert fit.predict({"x": 0, "place": "north"}, 30)["estimate"].notna().all()
    words = "later than the last exit of the stratum west, 20"
    for ask in (
        lambda: fit.predict({"x": [0, 0], "place": ["north", "west"]}, [10, 30]),
        lambda: fit.standardise("x", [30]),
        lambda: absolute_risk({"a": fit}, {"x": 0, "place": "west"}, 30),
    ):
        with pytest.raises(UsageError, match=words):
            ask()
    assert len(fit.standardise("x", [20])) == 2
    path = {"who": [1, 1], "from": [0, 10], "to": [10, 40], "x": [0, 0], "place": ["west", "north"]}
    columns = {"id": "who", "entry": "from", "exit": "to"}
    assert len(fit.predict(path, 30, **columns)) == 1  # west is asked for until month 10 alone
    with pytest.raises(UsageError, match=words):
        fit.predict(path | {"from": [0, 25], "to": [25, 40]}, 30, **columns)
    assert fit.predict({"x": 0, "place": "west"}, kind="linear")["estimate"].notna().all()


def test_a_stratum_of_which_all_had_the_event_stays_known():
    fit = cox(followed(1), "x", exit="t", event="e", strata="place")
    found = fit.predict({"x": 0, "place": "west"}, [20, 30])["estimate"]
    assert found[0] == found[1]


def test_what_ends_a_stratum_depends_on_what_is_counted():
    """Those left in west die in month 20: no act can follow, but what acts there would have been is not known."""
    frame = followed(0).assign(end=lambda d: np.where(d["e"] == 1, "act", np.where(d["t"] == 20, "death", "censored")))
    options = {"exit": "t", "event": "end", "strata": "place"}
    west = {"x": 0, "place": "west"}
    act, death = (cox(frame, "x", **options, outcome=o, penalty=1.0) for o in ("act", "death"))
    with pytest.raises(UsageError, match="stratum west"):
        act.predict(west, 30, "survival")
    late = absolute_risk({"act": act, "death": death}, west, [20, 30])
    assert (late.groupby("outcome")["estimate"].nunique() == 1).all()
    subdistribution = fine_gray(frame.assign(x=[0, 1, 1, 0, 1, 1, 0, 1, 0, 1]), "x", **options, outcome="act")
    assert subdistribution.predict(west, [20, 30], "incidence")["estimate"].nunique() == 1


def test_the_kind_must_be_named_where_other_ends_compete():
    frame = competing(9)
    act = cox(frame, "x + s", **COMPETING, outcome="act")
    for ask in (lambda **k: act.predict({"x": 0, "s": "u"}, 5, **k), lambda **k: act.standardise("s", 5, **k)):
        with pytest.raises(UsageError, match=r"compete \(death\).*absolute_risk"):
            ask()
        with pytest.raises(UsageError, match="not an incidence"):
            ask(kind="incidence")
        assert ask(kind="survival")["estimate"].between(0, 1).all()
    either = cox(frame, "x + s", **COMPETING, outcome=["act", "death"])
    pd.testing.assert_series_equal(
        either.predict({"x": 0, "s": "u"}, 5)["estimate"],
        1 - either.predict({"x": 0, "s": "u"}, 5, "incidence")["estimate"],
    )
    gray = fine_gray(frame, "x + s", **COMPETING, outcome="act")
    for ask in (lambda: gray.predict({"x": 0, "s": "u"}, 5), lambda: gray.standardise("s", 5)):
        with pytest.raises(UsageError, match="kind='incidence'"):
            ask()


def halves(frame):
    """Each spell cut at its middle, with the number of the part."""
    middle = (frame["entry"] + frame["exit"]) / 2
    early = frame.assign(exit=middle, event=False, part="early")
    return pd.concat([frame.assign(entry=middle, part="late"), early])


@pytest.mark.parametrize("how", ["id", "case_id", "person_id", "cluster", "named"])
def test_split_spells_count_their_case_once(how):
    """Cases of two spells counted twice, those of one once."""
    frame = small(3, 80).rename(columns={"id": "who"})
    name = how if how.endswith("id") else "who"
    frame = frame.rename(columns={"who": name})
    whole = cox(frame, "z + s", **TIMES).standardise("s", [3, 6])
    some = pd.concat([halves(frame[:30]), frame[30:].assign(part="whole")])
    fit = cox(some, "z + s", **TIMES, cluster=name if how == "cluster" else None)
    found = fit.standardise("s", [3, 6], id=name if how == "named" else None)
    columns = ["time", "s", "estimate", *(() if how == "cluster" else ("std_error",))]
    pd.testing.assert_frame_equal(found[columns], whole[columns], rtol=1e-8)


def test_a_factor_may_change_with_time_and_what_is_held_may_not():
    frame = small(4, 80)
    fit = cox(halves(frame), "z + part", **TIMES, penalty=1.0)  # no early half ends in the event
    with pytest.raises(UsageError, match=r"'part' changes within 80 of 80 cases \(by 'id'\)"):
        fit.standardise("z", [3])
    found = fit.standardise("part", [3])
    assert found["part"].tolist() == ["early", "late"]
    for level, estimate in zip(found["part"], found["estimate"], strict=True):
        each = fit.predict(frame[["z"]].assign(part=level), 3)["estimate"]
        assert estimate == pytest.approx(each.mean(), rel=1e-12)
    stratified = cox(halves(frame), "z", **TIMES, strata="part")
    with pytest.raises(UsageError, match="'part' changes within"):
        stratified.standardise("z", [3])
    with pytest.raises(UsageError, match="no column 'nobody'"):
        fit.standardise("part", [3], id="nobody")


def test_clusters_of_different_people_are_no_cases():
    frame = small(4, 80).drop(columns="id").assign(place=lambda d: np.arange(80) % 31)
    clustered, plain = (cox(frame, "z + s", **TIMES, cluster=c) for c in ("place", None))
    a, b = (f.standardise("s", [5])["estimate"] for f in (clustered, plain))
    pd.testing.assert_series_equal(a, b)


def test_shipped_spells_that_a_summit_splits_are_cases_again():
    events = cl.load("events").query("partner == 'US' and event_type == 'summit'")
    cohort = cl.cohort(cl.load("cases"), cl.load("acts"), outcome="sentence_reduction", until="2017-06-30")
    exposed = cohort.expose(events, window="180D", by=None, name="after_summit")
    options = {"outcome": "sentence_reduction"}
    fit = cl.cox(exposed, "region + after_summit", **options)
    first = exposed.spells.sort_values("entry").drop_duplicates("case_id").dropna(subset=["region"])
    assert len(first) > 200
    found = fit.standardise("after_summit", [60], "survival").set_index("after_summit")["estimate"]
    for level in (0, 1):
        each = fit.predict(first.assign(after_summit=level), 60, "survival")["estimate"]
        assert found[level] == pytest.approx(each.mean(), rel=1e-12)
    with pytest.raises(UsageError, match="'after_summit' changes"):
        fit.standardise("region", [60], "survival")


@pytest.mark.parametrize("weights", [None, "w"])
@pytest.mark.parametrize("strata", [None, "s"])
def test_standardised_incidences_of_fine_and_gray_are_means_of_predictions(weights, strata):
    """They broke off with an IndexError: rows of those who had the competing event were taken for cases."""
    frame = competing(5).assign(w=lambda d: 1.0 + d["id"] % 3)
    fit = fine_gray(frame, "x + z", **COMPETING, outcome="act", weights=weights, strata=strata)
    found = fit.standardise("z", [3, 6], "incidence")
    weight = frame["w"] if weights else np.ones(len(frame))
    assert found.groupby("time")["z"].apply(list).to_dict() == {3: [0, 1, 2], 6: [0, 1, 2]}
    for (z, time), part in found.groupby(["z", "time"]):
        each = fit.predict(frame.assign(z=z), time, "incidence")["estimate"]
        assert part["estimate"].item() == pytest.approx(np.average(each, weights=weight), rel=1e-12)
    alone = fine_gray(frame, "z", **COMPETING, outcome="act", weights=weights)
    mine = alone.standardise("z", [3, 6], "incidence").drop(columns=["z", "time"])
    each = alone.predict({"z": [0, 1, 2]}, [3, 6], "incidence").drop(columns=["row", "time"])
    pd.testing.assert_frame_equal(mine, each, rtol=1e-10)


def test_split_cases_of_fine_and_gray_count_once():
    frame = competing(6).rename(columns={"id": "who"})
    middle = frame["exit"] / 2
    early = frame.assign(exit=middle, end=pd.Categorical(["censored"] * len(frame), frame["end"].cat.categories))
    some = pd.concat([frame.assign(entry=middle)[:50], early[:50], frame[50:]])
    options = {**COMPETING, "outcome": "act", "id": "who"}
    found, whole = (fine_gray(d, "x + s", **options).standardise("s", [3, 6], "incidence") for d in (some, frame))
    pd.testing.assert_frame_equal(found, whole, rtol=1e-8)


def test_errors_of_standardised_incidences_are_those_of_the_jackknife():
    frame = competing(11, 150)
    frame["x"] += 0.5 * frame["z"]

    def means(some):
        fit = fine_gray(some, "x + s", **COMPETING, outcome="act")
        new = pd.concat([frame.assign(s=level) for level in ("u", "v")], ignore_index=True)
        return fit.predict(new, 6, "incidence")["estimate"].to_numpy().reshape(2, -1).mean(axis=1)

    left_out = np.array([means(frame.drop(index=i)) for i in frame.index])
    error = np.sqrt((len(frame) - 1) * left_out.var(axis=0))
    found = fine_gray(frame, "x + s", **COMPETING, outcome="act").standardise("s", 6, "incidence")
    np.testing.assert_allclose(found["estimate"], means(frame), rtol=1e-12)
    np.testing.assert_allclose(found["std_error"], error, rtol=0.1)  # the jackknife's own error is of this size


def test_cases_are_not_counted_by_a_column_of_lists():
    frame = pd.DataFrame({"t": [1, 2, 3, 4.0], "e": [1, 1, 0, 1], "x": [1, 0, 1, 0], "id": [[1], {2}, 3, 4]})
    assert np.isnan(cox(frame, "x", exit="t", event="e").glance().loc[0, "n_cases"])
    assert cox(frame.assign(id=[1, 1, 2, 3]), "x", exit="t", event="e").glance().loc[0, "n_cases"] == 3
