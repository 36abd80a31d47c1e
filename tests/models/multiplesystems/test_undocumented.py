"""How many are on no list: worked by hand, identities, links drawn anew, what is refused and what is told."""

import numpy as np
import pandas as pd
import pytest
from listcounts import COUNTS, cells

import clemency as cl
from clemency.models.multiplesystems.cells import Cells, histories
from clemency.models.multiplesystems.linkageerror import with_errors
from clemency.models.multiplesystems.lowerbound import equal_lists_bound, lower_bound
from clemency.records.errors import DataError, UsageError

LISTS = ["A", "B", "C", "D"]
QUICK = {"count": "n", "replications": 40}


def table(name):
    """Counts of a set of the reference, one row per history."""
    rows = COUNTS[COUNTS["set"] == name]
    k = len(rows["history"].iloc[0])
    on = pd.DataFrame([[int(b) for b in h] for h in rows["history"]], columns=LISTS[:k])
    return on.assign(n=rows["n"].to_numpy())


@pytest.fixture(scope="module")
def kosovo():
    return cl.undocumented(table("kosovo"), LISTS, **QUICK)


@pytest.fixture(scope="module")
def hepatitis():
    return cl.undocumented(table("hepatitis"), LISTS[:3], **QUICK)


def test_two_lists_by_hand():
    """15 and 9 people, 4 on both: (16 x 10) / 5 - 1 = 31 people; Seber's variance 16 x 10 x 11 x 5 / (25 x 6)."""
    people = pd.DataFrame({"register": [1] * 15 + [0] * 5, "mine": [1] * 4 + [0] * 11 + [1] * 5})
    row = cl.undocumented(people, ["register", "mine"]).tidy().iloc[0]
    assert (row["method"], row["known"], row["estimate"], row["undocumented"]) == ("chapman", 20, 31.0, 11.0)
    assert row["std_error"] == pytest.approx(np.sqrt(8800 / 150))
    spread = np.exp(1.959963984540054 * np.sqrt(np.log(1 + 8800 / 150 / 121)))
    assert (row["ci_low"], row["ci_high"]) == pytest.approx((20 + 11 / spread, 20 + 11 * spread))


def test_three_lists_by_hand():
    """On one list alone 6, 3 and 2, on two 1, 2 and 1, on all 5: (18 + 12 + 6) / (4 + 1) = 7.2 more."""
    n = Cells(np.array([5.0, 1, 2, 6, 1, 3, 2]), ("A", "B", "C"))
    assert lower_bound(n).unseen == pytest.approx(7.2)
    assert equal_lists_bound(n).unseen == pytest.approx(2 / 3 * 11 * 10 / (2 * 5))


def test_the_error_of_chao_is_that_of_its_formula():
    """For lists of one size the general slopes give Chao's (1987) variance, but for the one that is added below."""
    f1, f2 = 3e6, 2e6
    n = Cells(np.array([9e6, f2 / 3, f2 / 3, f1 / 3, f2 / 3, f1 / 3, f1 / 3]), ("A", "B", "C"))
    factor, ratio = 2 / 3, f1 / f2
    variance = f2 * (factor * ratio**2 / 2 + factor**2 * ratio**3 + factor**2 * ratio**4 / 4)
    assert equal_lists_bound(n).std_error == pytest.approx(np.sqrt(variance), rel=1e-5)
    assert lower_bound(n).unseen == pytest.approx(equal_lists_bound(n).unseen, rel=1e-5)


def test_the_bound_for_equal_lists_is_none_for_unequal_ones():
    """1,000 people, independent lists with chances 0.5, 0.1 and 0.02: 441 are on none."""
    chance = np.array([0.5, 0.1, 0.02])
    x = histories(3)
    n = Cells(1e6 * np.where(x, chance, 1 - chance).prod(axis=1), ("A", "B", "C"))
    truth = 1e6 * (1 - chance).prod()
    assert lower_bound(n).unseen == pytest.approx(truth, rel=1e-4)
    assert equal_lists_bound(n).unseen > 2 * truth


def test_all_methods_of_four_lists(kosovo):
    found = kosovo.tidy().set_index("method")
    assert list(found.index) == ["chao", "loglinear", "average", "latent_class", "coverage"]
    assert found["estimate"].round().tolist() == [8586, 14342, 14343, 9563, 9103]
    assert (found["ci_low"] <= found["estimate"]).all()
    assert (found["estimate"] <= found["ci_high"]).all()
    models = kosovo.models()
    assert len(models) == 64
    assert models["weight"].sum() == pytest.approx(1)
    assert models["estimate"].iloc[0] == pytest.approx(found.loc["loglinear", "estimate"])
    assert found.loc["average", "estimate"] == pytest.approx((models["weight"] * models["estimate"]).sum())


def test_what_speaks_against_it_is_said(kosovo):
    told = kosovo.check().set_index("assumption")
    assert told.loc["the model fits", "concern"]
    assert "deviance 39.9, df 5" in told.loc["the model fits", "evidence"]
    assert told.loc["equal chances", "concern"]
    assert any("the model fits" in w for w in kosovo.warnings)
    for shown in (repr(kosovo), kosovo._repr_html_()):
        assert shown.index("closed") < shown.index("averaged")  # assumptions come first
        assert "a lower bound" in shown


def test_the_order_of_rows_and_lists_does_not_matter(hepatitis):
    turned = table("hepatitis").sample(frac=1, random_state=1)[["C", "n", "A", "B"]]
    again = cl.undocumented(turned, ["C", "A", "B"], **QUICK)
    pd.testing.assert_frame_equal(again.tidy(), hepatitis.tidy())
    people = turned.loc[turned.index.repeat(turned["n"])]
    pd.testing.assert_frame_equal(cl.undocumented(people, list("ABC"), replications=40).tidy(), hepatitis.tidy())
    made = cl.capture_histories(turned, list("BCA"), count="n")
    pd.testing.assert_frame_equal(cl.undocumented(made, replications=40).tidy(), hepatitis.tidy())
    other = cl.undocumented(table("hepatitis"), list("ABC"), **QUICK, seed=1).tidy()
    assert other["estimate"].tolist() == hepatitis.tidy()["estimate"].tolist()
    assert other["ci_high"].iloc[2] != hepatitis.tidy()["ci_high"].iloc[2]


def test_strata_are_fits_of_their_own_and_their_sum():
    both = pd.concat([table("hepatitis").assign(place="east"), table("cormack").assign(place="west")])
    found = cl.undocumented(both, list("ABC"), by="place", method=["chao", "loglinear", "coverage"], **QUICK).tidy()
    for place, name in (("east", "hepatitis"), ("west", "cormack")):
        alone = cl.undocumented(table(name), list("ABC"), method=["chao", "loglinear", "coverage"], **QUICK).tidy()
        part = found[found["place"] == place].reset_index(drop=True)
        exact = ["method", "known", "estimate", "std_error"]
        pd.testing.assert_frame_equal(part[exact].iloc[:2], alone[exact].iloc[:2])
        assert part["estimate"].tolist() == pytest.approx(alone["estimate"].tolist())
    total = found[found["place"] == "all strata"].set_index("method")
    parts = found[found["place"] != "all strata"].groupby("method")
    assert total["estimate"].to_dict() == pytest.approx(parts["estimate"].sum().to_dict())
    assert total.loc["chao", "std_error"] == pytest.approx(np.sqrt((parts["std_error"].get_group("chao") ** 2).sum()))
    assert total.loc["coverage", "ci_high"] < parts["ci_high"].sum()["coverage"]


def test_a_stratum_without_overlap_counts_with_its_known_people():
    lonely = pd.DataFrame({"A": [1, 0, 0], "B": [0, 1, 0], "C": [0, 0, 1], "n": [7, 5, 3], "place": "north"})
    both = pd.concat([table("cormack").assign(place="west"), lonely])
    found = cl.undocumented(both, list("ABC"), by="place", method="chao", **QUICK)
    rows = found.tidy().set_index("place")
    assert "nobody is on two lists" in rows.loc["north", "note"]
    assert np.isnan(rows.loc["north", "estimate"])
    assert rows.loc["all strata", "undocumented"] == rows.loc["west", "undocumented"]
    assert rows.loc["all strata", "known"] == 15 + 201
    assert "1 stratum has no estimate" in rows.loc["all strata", "note"]
    assert any(w.startswith("north: Not estimated") for w in found.warnings)
    assert found.glance()["n_refused"].item() == 1


def test_strata_of_two_lists_are_in_the_sum_of_lower_bounds():
    two = table("cormack").query("C == 0").assign(place="east")
    both = pd.concat([table("hepatitis").assign(place="west"), two])
    rows = cl.undocumented(both, list("ABC"), by="place", method=["chao", "loglinear"], **QUICK).tidy()
    assert rows["method"].tolist() == ["chapman", "chao", "loglinear", "chao", "loglinear"]
    assert rows["undocumented"].iloc[3] == pytest.approx(rows["undocumented"].iloc[:2].sum())
    assert "1 stratum has no estimate" in rows["note"].iloc[4]


def test_a_class_that_may_be_of_any_number_has_no_estimate():
    """Independent lists: a second class that is on hardly any list explains as much as none."""
    chance = np.array([0.5, 0.4, 0.3, 0.3])
    n = np.round(800 * np.where(histories(4), chance, 1 - chance).prod(axis=1))
    counts = pd.DataFrame(histories(4).astype(int), columns=LISTS).assign(n=n)
    row = cl.undocumented(counts, LISTS, method="latent_class", count="n", replications=20).tidy().iloc[0]
    assert "samples have no estimate and count as infinite" in row["note"]
    assert row["ci_high"] == np.inf


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ({"100": 9, "010": 8, "001": 7}, "nobody is on two lists"),
        ({"110": 4, "010": 8, "001": 7, "011": 2}, r"everyone on A is on B too \(4 people\): too few to tell"),
        ({"110": 9, "010": 8, "001": 7, "011": 2}, r"on B too \(9 people\): one may be a copy of the other"),
        ({"100": 9}, "only one list has anyone"),
    ],
)
def test_data_that_tell_nothing_are_refused(counts, message):
    rows = [[int(b) for b in h] + [n] for h, n in counts.items()]
    with pytest.raises(DataError, match=message):
        cl.undocumented(pd.DataFrame(rows, columns=[*"ABC", "n"]), list("ABC"), count="n")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"lists": ["A", "B"], "method": "average"}, "needs three lists"),
        ({"lists": ["A", "B"], "interactions": [("A", "B")]}, "no effect with two lists"),
        ({"lists": ["A", "B", "C"], "method": "chapman"}, "Chapman's estimate is of two lists"),
        ({"lists": ["A", "B", "C"], "method": "latent_class"}, "needs four lists"),
        ({"lists": ["A", "B", "C"], "method": "average", "interactions": "none"}, "names one model"),
        ({"lists": ["A", "B", "C"], "interactions": [("A", "X")]}, "takes pairs of lists"),
        ({"lists": ["A", "B", "C"], "method": "guess"}, "guess"),
        ({"lists": ["A"]}, "one list"),
        ({"lists": ["A", "X"]}, "no column 'X'"),
        ({"lists": None}, "Name the lists"),
        ({"lists": ["A", "B"], "by": "A"}, "both a list and a stratum"),
        ({"lists": ["A", "B"], "by": "n"}, "column of the result"),
        ({"lists": ["A", "B"], "linkage": {"false": 0.1}}, "false_match and missed_match"),
        ({"lists": ["A", "B"], "linkage": {"false_match": 1.0}}, "between 0 and 1"),
        ({"lists": ["A", "B"], "linkage": "probabilities"}, "needs lists that are linked"),
        ({"lists": ["A", "B"], "links": {("A", "B"): 1}}, "tables of their own"),
        ({"lists": ["A", "B"], "id": "n"}, "contradict each other"),
        ({"lists": ["A", "B"], "replications": 5}, "replications=5"),
    ],
)
def test_what_cannot_be_honoured_is_refused(options, message):
    with pytest.raises(UsageError, match=message):
        cl.undocumented(table("hepatitis"), options.pop("lists"), **({"count": "n"} | options))


def test_bad_cells_are_named():
    people = pd.DataFrame({"A": [1, 2], "B": [1, 0]})
    with pytest.raises(DataError, match=r"row 1, A, '2'.*not 0 or 1"):
        cl.capture_histories(people, ["A", "B"])
    with pytest.raises(DataError, match=r"row 0, B.*not known"):
        cl.capture_histories(people.assign(A=1, B=[None, 1.0]), ["A", "B"])
    with pytest.raises(DataError, match="whole number"):
        cl.capture_histories(people.assign(A=1, n=[1.5, 2]), ["A", "B"], count="n")
    with pytest.raises(DataError, match="nobody is on any"):
        cl.capture_histories(people.assign(A=0, B=0), ["A", "B"])
    with pytest.raises(UsageError, match="spells, not people"):
        cl.capture_histories(cl.simulate_cohort(20, effects={}, seed=1), ["A", "B"])
    with pytest.raises(DataError, match="two strata"):
        cl.capture_histories(people.assign(A=1, who=1, g=["x", "y"]), ["A", "B"], by="g", id="who")


def test_lists_by_publisher_and_by_record():
    cases = cl.load("cases")
    wanted = {"CECC": "cecc_record", "Minghui": ["Minghui", "aaa.clearwisdom.net"]}
    made = cl.capture_histories(cases, wanted)
    sources = cl.load("sources").set_index("source_id")["publisher"]
    own = {"Minghui", "Minghui (copy at mtcloud.org)", "aaa.clearwisdom.net"}
    cited = cases["source_ids"].str.split().map(lambda ids: any(sources[i] in own for i in ids))
    count = made.overlaps().iloc[0]
    assert (count["n"], count["n_other"]) == (cases["cecc_record"].notna().sum(), cited.sum())
    assert count["both"] == (cases["cecc_record"].notna() & cited).sum()
    assert made.glance()["elsewhere"].item() == (cases["cecc_record"].isna() & ~cited).sum()
    assert set(made.documents["publisher"]) <= {"Minghui", "aaa.clearwisdom.net"}
    assert any("Nobody looked each person up" in w for w in made.warnings)
    assert any("because of an act" in w and "Minghui 6 of" in w for w in made.warnings)
    people = cl.capture_histories(cases, wanted, id="person_id").glance()
    assert people[["known", "elsewhere"]].sum(axis=1).item() == cases["person_id"].nunique()
    with pytest.raises(UsageError, match="Did you mean 'Dui Hua Foundation'"):
        cl.capture_histories(cases, ["Dui Hua Fundation", "Minghui"])
    with pytest.raises(UsageError, match=r"most cited are: .*Dui Hua Foundation"):
        cl.capture_histories(cases)


def test_those_known_from_elsewhere_refute_a_lower_number():
    rows = pd.concat([table("cormack"), pd.DataFrame({"A": [0], "B": [0], "C": [0], "n": [500]})])
    found = cl.undocumented(rows, list("ABC"), method="chao", **QUICK)
    assert found.glance()["elsewhere"].item() == 500
    assert any("500 known from elsewhere" in w for w in found.warnings)


def linked_lists():
    """Three lists of 30 records; the first 10 of each are the same people, with links that are nearly sure."""
    frames = {n: pd.DataFrame({"case_id": [f"{n}{i}" for i in range(30)], "sex": "F"}) for n in "ABC"}
    links = {}
    for a, b in (("A", "B"), ("A", "C"), ("B", "C")):
        ids = {"left_id": [f"{a}{i}" for i in range(20)], "right_id": [f"{b}{i}" for i in range(20)]}
        sure = [1.0] * 10 + [0.3] * 10
        links[a, b] = pd.DataFrame(ids).assign(probability=sure, band=["match"] * 10 + ["review"] * 10)
    return frames, links


def test_lists_of_ones_own():
    frames, links = linked_lists()
    made = cl.capture_histories(frames, links=links, by="sex")
    assert made.tidy()["n"].tolist() == [10, 20, 20, 20]
    two = cl.capture_histories(frames, links={k: v for k, v in links.items() if k != ("B", "C")})
    assert two.tidy()["n"].tolist() == [10, 20, 20, 20]  # through the first list
    assert any("B and C were not linked" in w for w in two.warnings)
    with pytest.raises(DataError, match="no such record in B"):
        cl.capture_histories(frames, links={("A", "B"): pd.DataFrame({"left_id": ["A1"], "right_id": ["x"]})})
    with pytest.raises(UsageError, match="need links="):
        cl.capture_histories(frames)


def test_probabilities_of_links_are_drawn():
    frames, links = linked_lists()
    made = cl.capture_histories(frames, links=links)
    fixed = {"method": "chao", "redraws": 40, "replications": 400}
    found = cl.undocumented(made, linkage="probabilities", **fixed).tidy().iloc[0]
    alone = cl.undocumented(made, **fixed)
    assert any("taken as certain" in w for w in alone.warnings)
    plain = alone.tidy().iloc[0]
    assert plain["undocumented"] == 3 * 20 * 20 / 1  # nobody is on two lists alone
    assert found["estimate"] < plain["estimate"]  # some of the links to review hold: more overlap, fewer people
    assert found["note"].startswith("links drawn 40 times")
    sure = {k: v.assign(probability=(v["band"] == "match").astype(float)) for k, v in links.items()}
    same = cl.undocumented(cl.capture_histories(frames, links=sure), linkage="probabilities", **fixed).tidy().iloc[0]
    assert same["estimate"] == plain["estimate"]


def test_links_that_are_false_or_missed():
    n = cells("hepatitis")
    rng = np.random.default_rng(3)
    links = (n.shape.sum(axis=1) - 1) @ n.n
    cut = np.mean([with_errors(n, 0.1, 0.0, rng).sum() for _ in range(20)])
    assert cut == pytest.approx(n.known + 0.1 * links, abs=4 * np.sqrt(links * 0.09 / 20))
    joined = [with_errors(n, 0.0, 0.2, rng) for _ in range(5)]
    both = np.array([Cells(j, n.lists).pair_counts() for j in joined]).mean(axis=0)
    assert (both > n.pair_counts() * 1.1).all()
    for j in joined:  # nobody leaves a list when records are joined
        np.testing.assert_array_equal(j @ n.shape, n.n @ n.shape)
    np.testing.assert_array_equal(with_errors(n, 0.0, 0.0, rng), n.n)


def test_missed_links_make_estimates_too_high():
    options = {"method": "chao", "count": "n", "redraws": 10, "replications": 100}
    plain = cl.undocumented(table("hepatitis"), list("ABC"), **options).tidy().iloc[0]
    missed = cl.undocumented(table("hepatitis"), list("ABC"), linkage={"missed_match": 0.2}, **options).tidy().iloc[0]
    false = cl.undocumented(table("hepatitis"), list("ABC"), linkage={"false_match": 0.2}, **options).tidy().iloc[0]
    assert missed["estimate"] < plain["estimate"] < false["estimate"]
    assert missed["limits"] == "links redrawn"


def test_six_lists_take_pairs_one_by_one():
    rng = np.random.default_rng(1)
    on = rng.random((400, 6)) < [0.4, 0.3, 0.3, 0.2, 0.2, 0.3]
    found = cl.undocumented(
        pd.DataFrame(on.astype(int), columns=list("ABCDEF")), list("ABCDEF"), method=["chao", "loglinear"]
    )
    assert found.models()["interactions"].tolist() == [""]
    assert any("one by one" in w for w in found.warnings)


def test_the_figure_shows_each_estimate(hepatitis):
    axes = hepatitis.plot()
    assert [t.get_text() for t in axes.get_yticklabels()][::-1] == [
        "Chao, lower bound", "log-linear, best model", "log-linear, averaged", "sample coverage",
    ]  # fmt: skip


def test_an_empty_list_is_left_out_and_told():
    found = cl.undocumented(table("hepatitis").assign(D=0), LISTS, method="chao", **QUICK)
    assert any("nobody is on D" in w for w in found.warnings)
    expected = cl.undocumented(table("hepatitis"), list("ABC"), method="chao", **QUICK).tidy()
    pd.testing.assert_frame_equal(found.tidy(), expected)


def test_strata_that_may_be_one_are_told():
    both = pd.concat([table("hepatitis").assign(place=p) for p in ("east", "East ")])
    made = cl.capture_histories(both, list("ABC"), by="place", count="n")
    assert any("'East '" in w for w in made.warnings)
    lost = both.assign(place=both["place"].where(both["A"] == 1))
    assert any(
        "without a stratum are left out" in w for w in cl.capture_histories(lost, list("ABC"), by="place").warnings
    )


def test_lists_are_named_once_and_not_none():
    people = pd.DataFrame({"a": [1, 1, 0, 0], "b": [1, 0, 1, 0], "c": [0, 1, 1, 1]})
    with pytest.raises(UsageError, match="lists= names 'a' twice: name each list once"):
        cl.undocumented(people, ["a", "a", "b"])
    with pytest.raises(UsageError, match="lists= names no list: the method rests"):
        cl.undocumented(people, [])
    with pytest.raises(UsageError, match="lists= names one list, 'a'"):
        cl.undocumented(people, ["a"])
    tables = {name: pd.DataFrame({"case_id": [1, 2]}) for name in "ab"}
    with pytest.raises(
        UsageError, match=r"data= has the lists as tables \(a, b\), one row for each record: leave lists="
    ):
        cl.undocumented(tables, [])
    with pytest.raises(UsageError, match="leave count= out"):
        cl.undocumented(tables, count="n")
