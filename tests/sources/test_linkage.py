"""Linkage worked by hand on made-up people, its identities, its refusals, and its record on the labelled pairs."""

import importlib
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import clemency as cl
from benchmarks import linkage as study
from clemency.records.errors import DataError, UsageError
from clemency.sources.linkage import scoring
from clemency.sources.linkage.candidates import LEVELS, frequencies
from clemency.sources.linkage.pairs import _prior, _rivals
from clemency.sources.linkage.weights import FIELDS, WEIGHTS

LABELS = Path(__file__).with_name("linkage_labels.csv")


def people(*rows, **columns):
    """Records a, b, ... with these names."""
    return pd.DataFrame({"case_id": [chr(97 + i) for i in range(len(rows))], "name": list(rows)} | columns)


OURS = people(
    "Ouyang Ceshi",
    "Tenzin Ceshigyal",
    "Lobsang Tenzin",
    "Xu Zhenyangben",
    name_zh=["歐陽測試", None, None, "许真样本"],
    aliases=[None, "Ceshi Lama; Danzeng Ceshigyal", None, None],
    sex=["F", "M", "M", None],
    ethnicity=["Han", "Tibetan", "Tibetan", None],
    province=["CN-BJ", "CN-SC", "CN-XZ", "CN-GD"],
    detention_date=["2011-03-04", "2008-05", None, None],
    sentence_date=["2012", "2009-01-10", None, None],
    sentence_months=[36, 120, None, None],
    birth_date=["1970", None, None, None],
)
THEIRS = people(
    "Ceshi Ou Yang",
    "Tendzin Ceshigyal",
    "Losang Tenzen",
    "Hsu Chen-yang",
    "Nobody Alike",
    name_zh=["欧阳测试", None, None, "???", None],
    sex=["F", "M", "M", None, None],
    ethnicity=["Han", "Tibetan", "Tibetan", None, None],
    province=["CN-BJ", "CN-SC", "CN-XZ", "CN-GD", None],
    detention_date=["2011-03-04", "2008-05-12", None, None, None],
    sentence_date=["2012-06-01", "2009-01-10", None, None, None],
    sentence_months=[36, 118, None, None, None],
    birth_date=["1969/1970", None, None, None, None],
)


@pytest.fixture(scope="module")
def linked():
    return cl.link(OURS, THEIRS)


def row(result, left, right):
    pairs = result.pairs
    return pairs[(pairs["left_id"] == left) & (pairs["right_id"] == right)].iloc[0]


def test_pairs_say_how_each_field_compares(linked):
    pair = row(linked, "a", "a")
    stated = [f for f in FIELDS if f != "term_end_date"]
    assert pair[stated].tolist() == ["exact", "same", "same", "same", "same", "day", "agree", "same", "agree"]
    assert pd.isna(pair["term_end_date"])  # custody and term of both have said it already
    assert pair["band"] == "match"
    pair = row(linked, "b", "b")
    assert pair[["name", "detention_date", "sentence_date", "sentence_months"]].tolist() == [
        "sound",
        "month",
        "day",
        "near",
    ]
    assert pair[["name_zh", "birth_date"]].isna().all()


def test_a_common_name_with_nothing_else_is_no_match(linked):
    assert row(linked, "c", "c")["band"] != "match"
    assert row(linked, "a", "a")["probability"] > 0.99 > row(linked, "c", "c")["probability"]


def test_records_without_a_like_name_are_listed(linked):
    assert linked.unpaired.set_index(["side", "id"])["reason"].to_dict() == {
        ("left", "d"): "no like name on the other side",
        ("right", "d"): "no like name on the other side",
        ("right", "e"): "no like name on the other side",
    }
    assert linked.unread[["side", "id", "column", "value"]].to_numpy().tolist() == [["right", "d", "name_zh", "???"]]


def test_probability_is_prior_times_ratios_by_hand(linked):
    cases = cl.load("cases")
    share = frequencies([OURS, THEIRS, cases])["zh:ouyang|ceshi"]
    assert share == 0.5 / (len(OURS) + len(THEIRS) + len(cases))  # nobody else bears it
    compared = row(linked, "a", "a")
    odds = 0.5 / 10_000 / (1 - 0.5 / 10_000) * WEIGHTS["name"]["exact"][0] / share
    for field in FIELDS[1:-1]:
        m, u = WEIGHTS[field][compared[field]]
        odds *= m / u
    assert compared["weight"] == pytest.approx(math.log2(odds), rel=1e-9)
    assert compared["probability"] == pytest.approx(odds / (1 + odds), rel=1e-9)


def test_a_silent_field_counts_for_nothing(linked):
    bare = cl.link(OURS[["case_id", "name"]], THEIRS[["case_id", "name"]])
    share = frequencies([OURS[["name"]], THEIRS[["name"]], cl.load("cases")])["zh:ouyang|ceshi"]
    odds = 0.5 / 10_000 / (1 - 0.5 / 10_000) * WEIGHTS["name"]["exact"][0] / share
    assert row(bare, "a", "a")["weight"] == pytest.approx(math.log2(odds), rel=1e-9)


@pytest.mark.parametrize(
    ("one", "other", "level"), [("Lü Ceshiyang", "Lu Ceshiyang", "sound"), ("Wang Ceshiyang", "Wang Ceshiyan", "close")]
)
def test_every_level_of_a_name_is_weighed_against_its_share(one, other, level):
    left, right = people(one), people(other)
    found = cl.link(left, right).pairs.iloc[0]
    share = frequencies([left, right, cl.load("cases")])
    keys = [k for k in share.index if "ceshiyan" in k]
    assert len(keys) == (1 if level == "sound" else 2)
    odds = 0.5 / 10_000 / (1 - 0.5 / 10_000) * WEIGHTS["name"][level][0] / share[keys].sum()
    assert found["name"] == level
    assert found["weight"] == pytest.approx(math.log2(odds), rel=1e-9)


def test_prior_is_the_share_of_pairs_that_are_one_person():
    assert cl.link(OURS, THEIRS, overlap=0.2).glance()["prior"].iloc[0] == 0.2 / 10_000
    # n records of which 5% repeat another: 0.05 n pairs of n (n - 1) / 2
    n = 20_000
    assert _prior(n, n, None, single=True) == pytest.approx(0.05 * n / (n * n / 2))
    assert _prior(300, n, 0.5, single=False) == pytest.approx(0.5 * 300 / (300 * n))


def test_a_pair_beaten_on_one_side_leaves_its_other_rival_to_a_reader():
    beaten, tied = _rivals(np.array([0, 1, 0]), np.array([0, 0, 1]), np.array([8.0, 9.0, 7.0]))
    assert beaten.tolist() == [True, False, True]
    assert not tied.any()


def test_better_levels_weigh_more():
    for field in FIELDS:
        ratios = [m / u for m, u in WEIGHTS[field].values()]
        assert ratios == sorted(ratios, reverse=True)
        # names read from characters, and origins, are measured among their own kind
        apart = {"name": ("read", "heard"), "province": ("origin", "moved")}.get(field, ())
        spelled = [mu for level, mu in WEIGHTS[field].items() if level not in apart]
        assert sum(m for m, _ in spelled) == pytest.approx(1)
        assert sum(u for _, u in spelled) == pytest.approx(1)
    assert tuple(WEIGHTS["name"]) == LEVELS
    origins = np.array([WEIGHTS["province"][level] for level in ("origin", "moved")])
    assert origins.sum(axis=0) == pytest.approx(1)


def levels_of(field, cases):
    """Levels of pairs (one, other), each under a made-up name of its own, found in one call."""
    names = [f"Wang {'ce' * (i + 2)}" for i in range(len(cases))]
    left, right = (people(*names, **{field: [c[side] for c in cases]}) for side in (0, 1))
    pairs = cl.link(left, right).pairs
    return pairs[pairs["left_id"] == pairs["right_id"]].sort_values("left_id")[field].tolist()


def test_partial_dates():
    others = ["2011-03-04", "2011-03-05", "2011-03", "2011", "2011-12", "2013", "2011-03/.."]
    levels = ["day", "month", "month", "agree", "year", "different", "agree"]
    assert levels_of("detention_date", [("2011-03-04", other) for other in others]) == levels


def test_characters():
    cases = [
        ("王测试", "王测试", "same"),
        ("王測試", "王测试", "same"),
        ("王伟", "王玮", "different"),
        ("王测试", "王侧试", "different"),
        ("王喆", "王哲", "variant"),  # one is outside the simplified set, and both are read Zhe
    ]
    assert levels_of("name_zh", cases) == [c[2] for c in cases]


def test_levels_of_a_name():
    known = people("Wang Ceshiyang", "Lobsang Ceshi", "Wang Wei")
    names = ["Wang Ceshiyang", "Wang Ceshiyan", "Adril Lobsang Ceshi", "Wei Wang", "Losang Ceshi"]
    pairs = cl.link(known, people(*names), one_to_one=False).pairs.sort_values("right_id")
    assert pairs["right_id"].tolist() == list("abcde")
    assert pairs["name"].tolist() == ["exact", "close", "part", "turned", "sound"]


def test_aliases_and_brackets_count_as_names():
    left = people("Ceshi Wanyang", "Third (Gao Yangbenceshi)", aliases=["Li Yangbenceshi; Second", None])
    pairs = cl.link(left, people("Li Yangbenceshi", "Gao Yangbenceshi")).pairs
    assert set(zip(pairs["left_id"], pairs["right_id"], pairs["name"], strict=True)) == {
        ("a", "a", "exact"),
        ("b", "b", "exact"),
    }


def test_swapping_the_tables_gives_the_same_pairs(linked):
    turned = cl.link(THEIRS, OURS).pairs.rename(columns={"left_id": "right_id", "right_id": "left_id"})
    columns = ["left_id", "right_id", "probability", "band", *FIELDS]
    one, other = (t[columns].sort_values(["left_id", "right_id"], ignore_index=True) for t in (linked.pairs, turned))
    pd.testing.assert_frame_equal(one, other, rtol=1e-12)


@pytest.mark.parametrize("seed", [1, 2])
def test_order_and_container_do_not_matter(linked, seed):
    shuffled = [t.sample(frac=1, random_state=seed).set_index(pd.Index(range(7, 7 + len(t)))) for t in (OURS, THEIRS)]
    again = cl.link(shuffled[0].convert_dtypes(), shuffled[1].astype(object))
    pd.testing.assert_frame_equal(linked.pairs, again.pairs)
    pd.testing.assert_frame_equal(linked.unpaired, again.unpaired, check_dtype=False)


def test_a_table_linked_with_itself_finds_itself():
    cases = cl.load("cases").sample(150, random_state=1)
    pairs = cl.link(cases, cases, one_to_one=False).pairs
    best = pairs.loc[pairs.groupby("left_id")["weight"].transform("max") == pairs["weight"]]
    own = best.loc[best["left_id"] == best["right_id"], "left_id"]
    assert set(own) == set(cases["case_id"].astype(str))
    dated = cases.loc[cases["detention_date"].notna() & cases["sentence_date"].notna(), "case_id"].astype(str)
    same = pairs[(pairs["left_id"] == pairs["right_id"]) & pairs["left_id"].isin(dated)]
    assert (same["band"] == "match").all()


def test_agreement_raises_and_disagreement_lowers():
    base = {
        "sex": "F",
        "province": "CN-BJ",
        "detention_date": "2011-03-04",
        "sentence_months": 36,
        "birth_date": "1970",
    }
    other = {"sex": "M", "province": "CN-SC", "detention_date": "2001", "sentence_months": 90, "birth_date": "1940"}

    rows = [{}, *({f: v} for f, v in base.items()), *({f: v} for f, v in other.items())]
    right = pd.DataFrame(rows, columns=list(base)).assign(name="Wang Ceshi", case_id=[f"r{i:02}" for i in range(11)])
    left = people("Wang Ceshi", **{k: [v] for k, v in base.items()})
    weight = cl.link(left, right, one_to_one=False).pairs.sort_values("right_id")["weight"].to_numpy()
    assert (weight[1:6] > weight[0]).all()
    assert (weight[6:] < weight[0]).all()


def test_the_more_bear_a_name_the_less_it_weighs():
    crowd = people(*["Wang Ceshi"] * 6, "Gao Yangben")
    pairs = cl.link(people("Wang Ceshi", "Gao Yangben"), crowd, one_to_one=False).pairs
    weights = pairs.groupby("left_id")["weight"].max()
    assert weights["b"] > weights["a"]


def test_one_to_one_keeps_the_better_pair_and_hands_ties_to_a_reader():
    left = people("Wang Ceshiyang", detention_date=["2011-03-04"], province=["CN-BJ"], sentence_date=["2012-01-01"])
    right = pd.concat([left] * 2, ignore_index=True).assign(case_id=["x", "y"])
    tied = cl.link(left, right)
    assert tied.pairs["band"].tolist() == ["review", "review"]
    assert set(tied.pairs["reason"]) == {"another pair fits as well"}
    better = cl.link(left, right.assign(province=["CN-BJ", None]))
    assert better.pairs.set_index("right_id")["band"].to_dict() == {"x": "match", "y": "review"}
    assert cl.link(left, right, one_to_one=False).matches()["right_id"].tolist() == ["x", "y"]


def test_decisions_go_out_as_a_table_and_come_back(tmp_path):
    first = cl.link(OURS, THEIRS, review=0.000001)
    table = first.review(["review", "match"])
    assert {"left_name", "right_name", "left_detention_date", "detention_date", "decision"} <= set(table.columns)
    table.loc[(table["left_id"] == "c") & (table["right_id"] == "c"), "decision"] = "match"
    table.loc[table["left_id"] == "b", "decision"] = "No "
    table.to_csv(tmp_path / "review.csv", index=False)
    second = cl.link(OURS, THEIRS, decisions=pd.read_csv(tmp_path / "review.csv"))
    assert row(second, "c", "c")[["band", "reason"]].tolist() == ["match", "decided by a reader"]
    assert row(second, "b", "b")["band"] == "no"
    assert second.glance()["n_decided"].item() == (table["decision"] != "").sum()
    assert row(second, "c", "c")["probability"] == row(first, "c", "c")["probability"]


def test_a_reader_can_join_records_whose_names_are_not_alike():
    wish = pd.DataFrame({"left_id": ["d"], "right_id": ["e"], "decision": ["match"]})
    pair = row(cl.link(OURS, THEIRS, decisions=wish), "d", "e")
    assert pair[["name", "band"]].tolist() == ["none", "match"]


def test_review_is_sorted_by_uncertainty(linked):
    table = linked.review(["match", "review", "no"])
    away = np.abs(np.log2(table["probability"] / (1 - table["probability"])))
    assert away.is_monotonic_increasing


def test_repeated_people_within_one_table():
    table = pd.concat([OURS, OURS.iloc[:1].assign(case_id="z", name="Ceshi Ouyang")], ignore_index=True)
    result = cl.link(table)
    assert result.matches()[["left_id", "right_id"]].to_numpy().tolist() == [["a", "z"]]
    assert set(result.unpaired["id"]) == {"b", "c", "d"}


def test_summary_and_html(linked):
    glance = linked.glance().iloc[0]
    assert glance[["n_left", "n_right", "n_unpaired_left", "n_unpaired_right"]].tolist() == [4, 5, 1, 2]
    assert glance[["n_match", "n_review", "n_no"]].sum() == glance["n_pairs"] == len(linked.pairs)
    assert "matches at 0.95" in repr(linked)
    assert linked._repr_html_().startswith("<p><b>Linkage of 4 and 5 records")


def test_nothing_alike_is_a_result():
    result = cl.link(people("Wang Ceshi"), people("Gao Yangben"))
    assert result.pairs.empty
    assert len(result.unpaired) == 2
    assert result.review().empty
    assert result.matches().empty
    assert result._repr_html_()


def test_a_record_without_a_name_is_listed():
    result = cl.link(people("Wang Ceshi", None), people("Wang Ceshi", "???"))
    assert result.unpaired["reason"].tolist() == ["no name in letters or characters"] * 2


@pytest.mark.parametrize(
    ("call", "kind", "says"),
    [
        (lambda: cl.link(OURS.drop(columns="name"), THEIRS), UsageError, "no column 'name'"),
        (lambda: cl.link(OURS, THEIRS.drop(columns="case_id")), UsageError, "right_id="),
        (lambda: cl.link(OURS.iloc[:0], THEIRS), UsageError, "is empty"),
        (lambda: cl.link(pd.concat([OURS, OURS]), THEIRS), DataError, "more than once"),
        (lambda: cl.link(OURS.assign(case_id=["a", None, "c", "d"]), THEIRS), DataError, "no identifier"),
        (lambda: cl.link(OURS.assign(birth_date="May 1970"), THEIRS), DataError, "birth_date"),
        (lambda: cl.link(OURS, THEIRS.assign(province="Xinjiang")), DataError, "ISO code"),
        (lambda: cl.link(OURS, THEIRS.assign(sex="male")), DataError, "Write 'M'"),
        (lambda: cl.link(OURS, THEIRS.assign(sentence_months="3 years")), DataError, "number of months"),
        (lambda: cl.link(OURS, THEIRS, threshold=1), UsageError, "probabilities"),
        (lambda: cl.link(OURS, THEIRS, threshold=0.5, review=0.6), UsageError, "review <= threshold"),
        (lambda: cl.link(OURS, THEIRS, overlap=0), UsageError, "overlap=0"),
    ],
)
def test_refusals(call, kind, says):
    with pytest.raises(kind, match=says):
        call()


def test_a_band_that_does_not_exist(linked):
    with pytest.raises(UsageError, match="no band"):
        linked.review(["perhaps"])


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([("a", "a", "maybe")], "write match or no"),
        ([("a", "?", "match")], "does not hold"),
        ([("a", "a", "match"), ("a", "a", "no")], "both ways"),
    ],
)
def test_decisions_that_cannot_be_followed(rows, says):
    wish = pd.DataFrame(rows, columns=["left_id", "right_id", "decision"])
    with pytest.raises(UsageError, match=says):
        cl.link(OURS, THEIRS, decisions=wish)
    with pytest.raises(UsageError, match="no column decision"):
        cl.link(OURS, THEIRS, decisions=wish.drop(columns="decision"))


def test_a_missing_package_is_named_with_its_extra(monkeypatch):
    def absent(name):
        raise ImportError(name)

    monkeypatch.setattr(scoring, "import_module", absent)
    with pytest.raises(UsageError, match=r"clemency\[linkage\]"):
        cl.link(OURS, THEIRS)
    assert importlib.import_module("splink")


def test_labels_are_of_shipped_cases():
    labels = pd.read_csv(LABELS, dtype=str)
    assert set(labels["label"]) == {"case", "person", "different", "unsure"}
    assert set(labels["case_id"]) <= set(cl.load("cases", edition="2026.11")["case_id"].astype(str))
    assert not labels.duplicated(["case_id", "cecc_record"]).any()
    person = cl.load("cases", edition="2026.11").set_index("case_id")["person_id"].astype(str)
    halves = labels.groupby(labels["case_id"].map(person))["half"].nunique()
    assert (halves == 1).all()  # nobody is in both halves


def test_the_second_reader_labelled_the_same_pairs():
    labels = study.labelled()
    pairs = [t.set_index(["case_id", "cecc_record"]).index for t in labels.values()]
    assert len(pairs[1]) == len(pairs[0]) == 332
    assert pairs[0].symmetric_difference(pairs[1]).empty
    assert set(labels["second"]["label"]) == set(study.CLASSES)
    assert labels["second"]["reason"].str.len().between(5, 90).all()  # own words, no text of the database


def test_the_rows_of_the_second_reader_are_the_draw_that_the_page_names():
    pairs = pd.read_csv(LABELS, usecols=["case_id", "cecc_record"], dtype=str)
    pairs = pairs.sort_values(["case_id", "cecc_record"], ignore_index=True)
    rng = np.random.default_rng(20261126)
    first = rng.choice(len(pairs), size=120, replace=False)
    rest = rng.permutation(np.setdiff1d(np.arange(len(pairs)), first))
    read = pd.read_csv(study.SECOND, dtype=str)[["case_id", "cecc_record"]]
    pd.testing.assert_frame_equal(read, pairs.iloc[[*first, *rest]].reset_index(drop=True))


def test_agreement_of_readers_by_hand():
    said = ["case", "case", "case", "case", "person", "different", "different", "unsure"]
    anew = ["case", "case", "case", "person", "person", "different", "case", "unsure"]
    ids = {"case_id": list("abcdefgh"), "cecc_record": list("12345678"), "weight": [2.0, 1, 1, 1, 1, 1, 1, 2]}
    table = study.agreement(
        {"first": pd.DataFrame(ids | {"label": said}), "second": pd.DataFrame(ids | {"label": anew})}
    )
    by = table.set_index(["question", "weighted", "measure"])["estimate"]
    assert by["same case", False, "agreement"] == 6 / 8
    # said yes by both 3, by neither 3, by one alone 1 and 1: expected agreement is 1/2
    assert by["same case", False, "kappa"] == pytest.approx((6 / 8 - 1 / 2) / (1 / 2), abs=1e-12)
    chance = (4 * 4 + 1 * 2 + 2 * 1 + 1 * 1) / 64
    assert by["four classes", False, "kappa"] == pytest.approx((6 / 8 - chance) / (1 - chance), abs=1e-12)
    assert by["four classes", True, "agreement"] == 8 / 10
    expected = (5 * 5 + 1 * 2 + 2 * 1 + 2 * 2) / 100
    assert by["four classes", True, "kappa"] == pytest.approx((0.8 - expected) / (1 - expected), abs=1e-12)


def test_a_kappa_without_a_disagreement_has_no_limits():
    ids = pd.DataFrame(
        {"case_id": list("ab"), "cecc_record": list("12"), "weight": [1.0, 3.0], "label": ["case", "different"]}
    )
    kappa = study.agreement({"first": ids, "second": ids}).query("measure == 'kappa'")
    assert (kappa["estimate"] == 1).all()
    assert kappa[["low", "high"]].isna().all(axis=None)


def test_agreement_of_the_two_readers_as_documented():
    kept = pd.read_csv(Path(study.__file__).with_name("results") / "linkage_readers.csv")
    found = study.agreement(study.labelled()).round(4)
    pd.testing.assert_frame_equal(found, kept, check_dtype=False)
    by = kept.set_index(["question", "weighted", "measure"])
    assert by.loc[("four classes", False, "agreement"), ["good", "of"]].tolist() == [325, 332]
    assert by.loc[("same case, unsure left out", False, "agreement"), ["good", "of"]].tolist() == [319, 319]


@pytest.fixture(scope="module")
def archive_pairs():
    """Pairs of the shipped cases with the archive; reading it takes some ten seconds."""
    if not study.archive_path().exists():
        pytest.skip("the CECC archive is not here (set CLEMENCY_DATA)")
    # The cases that the readers saw: later editions have their dates from the archive's records.
    return cl.link(cl.load("cases", edition="2026.11"), study.archive(study.archive_path()), right_id="record").pairs


@pytest.mark.parametrize("reader", ["first", "second"])
def test_matches_with_the_archive_hold_no_pair_that_a_reader_told_apart(archive_pairs, reader):
    found, labels = archive_pairs, study.labelled()[reader]
    joined = labels.merge(found, left_on=["case_id", "cecc_record"], right_on=["left_id", "right_id"], how="left")
    assert joined["probability"].notna().all()
    matched = joined[joined["band"] == "match"]
    assert set(matched["label"]) == {"case"}
    assert len(matched) == 134
    assert (found["band"] == "match").sum() == 361


def test_probabilities_against_labels_as_documented(archive_pairs):
    found = archive_pairs[["left_id", "right_id", "probability"]]
    labels = pd.read_csv(LABELS, dtype={"case_id": str, "cecc_record": str}).query("label != 'unsure'")
    joined = labels.merge(found, left_on=["case_id", "cecc_record"], right_on=["left_id", "right_id"])
    band = pd.cut(joined["probability"], [0, 0.05, 0.2, 0.5, 0.8, 0.95, 1], right=False)
    shares = {}
    for name, group in joined.groupby(band, observed=True):
        parts = (group["probability"], group["label"] == "case", group["label"] != "different")
        shares[name.left] = [len(group), *(round(100 * np.average(p, weights=group["weight"])) for p in parts)]
    assert shares == {
        0.0: [72, 0, 0, 2], 0.05: [14, 10, 0, 3], 0.2: [26, 32, 27, 50],
        0.5: [27, 65, 46, 62], 0.8: [46, 88, 62, 92], 0.95: [135, 100, 100, 100],
    }  # fmt: skip


def test_wilson_interval_by_hand():
    low, high = study.wilson(0.9, 100)
    assert (round(low, 4), round(high, 4)) == (0.8256, 0.9448)


@pytest.mark.parametrize("said", ["维吾尔族", "維吾爾族", "Uighur", "uygur", "UYGHUR"])
def test_an_ethnic_group_is_the_same_in_every_name_that_it_has(said):
    ours, theirs = people("Ceshi Tester", ethnicity=[said]), people("Ceshi Tester", ethnicity=["Uyghur"])
    assert cl.link(ours, theirs).pairs["ethnicity"].tolist() == ["same"]
    other = people("Ceshi Tester", ethnicity=["哈萨克族"])
    assert cl.link(ours, other).pairs["ethnicity"].tolist() == ["different"]
