"""What linkage makes of ends of terms, of impossible pairs, of bad values, and of characters that stand in a name."""

import numpy as np
import pandas as pd
import pytest

import clemency as cl
from clemency.records.errors import DataError
from clemency.sources.linkage import ends, scoring, vetoes
from clemency.sources.linkage.scoring import comparable


def one(name="Wang Ceshiyang", **columns):
    return pd.DataFrame({"case_id": ["a"], "name": [name]} | {k: [v] for k, v in columns.items()})


def pair(left, right, **settings):
    return cl.link(left, right, **settings).pairs.iloc[0]


def end_level(left, right):
    return ends.agreement(comparable(one(**left)), comparable(one(**right)))[0]


@pytest.mark.parametrize(
    ("left", "right", "level"),
    [
        ({"term_end_date": "2016-05-03"}, {"term_end_date": "2016-05-04"}, "day"),  # a term ends the day before
        ({"term_end_date": "2016-05-03"}, {"expiry_date": "2016-05"}, "month"),
        ({"term_end_date": "2016"}, {"term_end_date": "2016-05-04"}, "agree"),
        ({"term_end_date": "2016-05-03"}, {"term_end_date": "2015-09-03"}, "year"),
        ({"term_end_date": "2016-05-03"}, {"term_end_date": "2012-05-03"}, "different"),
        # custody of 2011-03-04 and three years end on 2014-03-03
        ({"term_end_date": "2014-03-03"}, {"detention_date": "2011-03-04", "sentence_months": 36}, "day"),
        (
            {"term_end_date": "2013-09-03"},
            {"detention_date": "2011-03-04", "sentence_months": 36, "months_cut": 6},
            "day",
        ),
        (
            {"term_end_date": "2014-03-03"},
            {"detention_date": "2011-03-04", "sentence_months": 36, "sentence_type": "suspended"},
            None,
        ),
        ({"term_end_date": "2016-05-03"}, {"status": "released", "status_date": "2016-05-03"}, "day"),
        ({"term_end_date": "2016-05-03"}, {"release_date": "2016-05-03"}, "day"),
        ({"term_end_date": "2016-05-03"}, {"status": "serving", "status_date": "2016-05-03"}, None),
        ({"term_end_date": "2016-05-03"}, {"release_date": "2011-05-03"}, None),  # released early
        ({"term_end_date": "2011-05-03"}, {"release_date": "2016-05-03"}, "different"),  # held for five years more
        ({"term_end_date": "2016-05-03"}, {"release_date": "1989/.."}, None),
        ({"term_end_date": "2018"}, {}, None),
        # let go on the day of the judgment
        ({"term_end_date": "2014-11-27"}, {"detention_date": "2013-07-16", "sentence_date": "2014-11-27"}, "day"),
        ({"release_date": "2014-11-27"}, {"trial_date": "2014-11-27", "sentence_date": "2014-11-30"}, "day"),
        ({"term_end_date": "2014-11-26"}, {"sentence_date": "2014-11-27"}, None),
        ({"release_date": "2014-11-27", "sentence_date": "2014-11-27"}, {"sentence_date": "2014-11-27"}, None),
        # whole years after custody, where no term is known
        ({"term_end_date": "2014-12-01"}, {"detention_date": "2012-12-01"}, "month"),
        ({"term_end_date": "2014-11-30"}, {"detention_date": "2012-12-01"}, "month"),
        ({"term_end_date": "2014-12-02"}, {"detention_date": "2012-12-01"}, None),
        ({"term_end_date": "2012-12-01"}, {"detention_date": "2012-12-01"}, None),
        ({"term_end_date": "2014-12-01"}, {"detention_date": "2012-12"}, None),
        ({"term_end_date": "2014-12-01"}, {"detention_date": "2012-12-01", "sentence_type": "life"}, None),
        ({"term_end_date": "2014-12-01", "detention_date": "2012"}, {"detention_date": "2012-12-01"}, None),
    ],
)
def test_ends_of_terms(left, right, level):
    assert end_level(left, right) == level
    assert end_level(right, left) == level


def test_an_end_that_custody_and_term_of_both_say_is_not_counted_twice():
    both = {"detention_date": "2011-03-04", "sentence_months": 36}
    assert end_level(both, both) is None
    assert end_level(both | {"release_date": "2013-05-05"}, both | {"release_date": "2013-05-05"}) == "day"


def test_an_end_of_term_is_a_column_and_raises_the_weight():
    bare = pair(one(), one())
    dated = pair(one(term_end_date="2016-05-03"), one(term_end_date="2016-05-03"))
    assert dated["term_end_date"] == "day"
    assert dated["weight"] - bare["weight"] == pytest.approx(np.log2(0.50 / 0.0005))


def test_life_agrees_with_life_and_says_nothing_of_a_fixed_term():
    life, fixed = one(sentence_type="life"), one(sentence_type="fixed", sentence_months=168)
    assert pair(life, life)["sentence_months"] == "same"
    assert pd.isna(pair(life, fixed)["sentence_months"])


def test_where_somebody_lives_is_neither_the_same_province_nor_another_one():
    held = one(province="CN-GD", residence_province="CN-HN")
    assert pair(one(province="CN-HN"), held)["province"] == "residence"
    assert pair(one(province="CN-GD"), held)["province"] == "same"
    assert pair(one(province="CN-BJ"), held)["province"] == "different"


def test_where_somebody_comes_from_is_compared_with_where_the_other_record_has_them():
    bare = pair(one(), one(province="CN-TJ"))
    held = one(province="CN-TJ", residence_province="CN-SC")
    for origin, level, ratio in (("CN-TJ", "origin", 0.85 / 0.20), ("CN-SC", "origin", 0.85 / 0.20)):
        for found in (pair(one(origin_province=origin), held), pair(held, one(origin_province=origin))):
            assert found["province"] == level
            assert found["weight"] - bare["weight"] == pytest.approx(np.log2(ratio))
    moved = pair(one(origin_province="CN-HA"), held)
    assert moved["province"] == "moved"
    assert moved["weight"] - bare["weight"] == pytest.approx(np.log2(0.15 / 0.80))
    assert pair(one(origin_province="CN-HA"), one(origin_province="CN-HA"))["province"] == "origin"
    assert pair(one(origin_province="CN-TJ", province="CN-BJ"), held)["province"] == "different"
    assert pd.isna(pair(one(origin_province="CN-HA"), one())["province"])
    assert pd.isna(pair(one(), held)["province"])


def test_an_origin_that_is_no_province_is_listed():
    linked = cl.link(one(origin_province="Gansu?"), one(province="CN-GS"))
    assert linked.unread[["column", "value"]].to_numpy().tolist() == [["origin_province", "Gansu?"]]
    assert pd.isna(linked.pairs["province"].iloc[0])


BORN, ALIKE = {"birth_date": "1970-01-02"}, {"province": "CN-BJ", "sex": "F", "sentence_date": "2012-03-04"}


@pytest.mark.parametrize(
    ("left", "right", "reason", "band"),
    [
        (BORN, {"birth_date": "1980-03-04"}, "born more than ten years apart", "no"),
        ({"death_date": "2009-05-01"}, {"detention_date": "2011-03"}, "one died before the other was detained", "no"),
        (
            {"status": "died_in_custody", "status_date": "2009-05"},
            {"detention_date": "2011"},
            "one died before the other was detained",
            "no",
        ),
        (
            {"birth_date": "1985"},
            {"detention_date": "1983-03-04"},
            "one was detained before the other was born",
            "no",
        ),
        ({"death_date": "2009-05-01"}, {"release_date": "2013"}, "one was released after the other died", "no"),
        ({"release_date": "2008-05"}, {"detention_date": "2011-03-04"}, vetoes.CASE[0], "review"),
        ({"term_end_date": "2008-05"}, {"detention_date": "2011-03-04"}, vetoes.CASE[0], "review"),
    ],
)
def test_what_cannot_be_is_no_match_however_much_agrees(left, right, reason, band):
    for a, b in ((left, right), (right, left)):
        found = pair(one(**ALIKE, **a), one(**ALIKE, **b), threshold=0.3, review=0.01)
        assert found[["reason", "band"]].tolist() == [reason, band]


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (BORN, {"birth_date": "1979-12-31"}),
        ({"birth_date": "1960/1975"}, {"birth_date": "1990"}),  # not known to the year
        ({"sex": "F", **BORN}, {"sex": "M", **BORN}),
        ({"death_date": "2011-03-05"}, {"detention_date": "2011-03-04"}),
        ({"release_date": "2010-12"}, {"detention_date": "2011-03-04"}),
        ({"release_date": "2010/.."}, {"detention_date": "2014-03-04"}),
    ],
)
def test_what_may_be_is_left_to_the_weights(left, right):
    assert not pair(one(**left), one(**right))["reason"]


def test_a_reader_may_say_that_it_is_possible_all_the_same():
    wish = pd.DataFrame({"left_id": ["a"], "right_id": ["a"], "decision": ["match"]})
    found = pair(one(**BORN), one(birth_date="1990"), decisions=wish)
    assert found[["band", "reason"]].tolist() == ["match", "decided by a reader"]


def test_an_impossible_pair_does_not_beat_a_possible_one():
    left = one(**ALIKE, birth_date="1970", detention_date="2011-03-04")
    right = pd.concat([left, left], ignore_index=True).assign(case_id=["x", "y"], birth_date=["1990", None])
    bands = cl.link(left, right).pairs.set_index("right_id")["band"]
    assert bands.to_dict() == {"x": "no", "y": "match"}


MANY = pd.DataFrame({"case_id": list("abcd"), "name": [f"Wang {'ce' * i}shi" for i in range(1, 5)]})


@pytest.mark.parametrize(
    ("column", "good", "bad"),
    [
        ("birth_date", "1970", "19812"),
        ("detention_date", "2011-03", "2011-02-30"),
        ("sentence_date", "2012", "12/13"),
        ("term_end_date", "2016-05", "9999-99999"),
        ("expiry_date", "2016-05", "soon"),
        ("release_date", "2016-05", "May"),
        ("death_date", "2016-05", "yes"),
        ("sex", "F", "woman?"),
        ("province", "CN-BJ", "Peking"),
        ("sentence_months", 36, "many"),
        ("months_cut", 6, "some"),
    ],
)
@pytest.mark.parametrize("dtype", [object, "category"])
def test_one_bad_value_is_listed_and_the_rest_is_linked(column, good, bad, dtype):
    ours = MANY.assign(**{column: pd.Series([good, bad, None, good], dtype=object).astype(dtype)})
    theirs = MANY.assign(**{column: [good] * 4})
    found = cl.link(ours, theirs)
    assert found.unread[["side", "id", "column", "value"]].to_numpy().tolist() == [["left", "b", column, str(bad)]]
    assert found.unread["reason"].str.len().gt(5).all()
    assert found.glance()["n_unread"].item() == 1
    if column in found.pairs:
        same = found.pairs[found.pairs["left_id"] == found.pairs["right_id"]].set_index("left_id")[column]
        assert same.notna().to_dict() == {"a": True, "b": False, "c": False, "d": True}


def test_the_other_table_has_its_bad_values_listed_too():
    found = cl.link(MANY, MANY.assign(birth_date=["1970", None, "x", None]))
    assert found.unread[["side", "id", "value"]].to_numpy().tolist() == [["right", "c", "x"]]


def test_a_single_value_that_is_bad_is_listed():
    assert len(cl.link(one(birth_date="May 1970??"), one()).unread) == 1


def test_a_column_in_which_nothing_can_be_read_is_refused():
    with pytest.raises(DataError, match="birth_date"):
        cl.link(MANY.assign(birth_date="unknown year"), MANY)


@pytest.mark.parametrize(
    ("left", "right", "level"),
    [
        ({"name": "王测试"}, {"name": "Wang Ceshi", "name_zh": "王測試"}, "same"),
        ({"name": "王测试"}, {"name": "王测试"}, "same"),
        ({"name": "Wang Ceshi 王测试"}, {"name": "Wang Ceshi", "name_zh": "王侧试"}, "different"),
        ({"name": "李样本（王测试）"}, {"name": "Wang Ceshi", "name_zh": "王测试"}, "same"),
        ({"name": "Wang Ceshi", "aliases": "样本; 王测试"}, {"name": "王测试"}, "same"),
        ({"name": "扎西测试"}, {"name": "Tashi Ceshi"}, None),
        ({"name": "扎西文色"}, {"name": "札西旺秋"}, "variant"),  # both sound out Tashi Wangchuk
        ({"name": "伊力哈木·土赫提"}, {"name": "依力哈木•托合提"}, "variant"),
        ({"name": "丹增德勒仁波切"}, {"name": "丹增德勒"}, "same"),
    ],
)
def test_characters_in_a_name_are_compared(left, right, level):
    found = pair(one(**left), one(**right), review=1e-9)["name_zh"]
    assert (None if pd.isna(found) else found) == level


@pytest.mark.parametrize(
    ("written", "spelled", "level"),
    [
        ("王炳章", "Wang Bingzhang", "exact"),
        ("沉测试", "Shen Ceshi", "exact"),  # 沉 stands for 沈 where a list was converted to simplified characters
        ("伊力哈木•土赫提", "Ilham Tohti", "read"),
        ("伊力哈木·土赫提", "Ilham Tohti", "read"),
        ("伊力哈木土赫提", "Ilham Tohti", "read"),
        ("伊力哈木﹒托合提", "Ilham Toxti", "read"),
        ("伊利哈木.吐赫提", "Ilham Tokhti", "read"),
        ("扎西文色", "Tashi Wangchuk", "read"),
        ("札西旺久", "Trashi Wangchug", "read"),
        ("次旺嘉措", "Tsewang Gyatso", "read"),
        ("才旺·加措", "Tsewang Gyamtso", "read"),
        ("次旺嘉措（Tsewang Gyatso）", "Tsewang Gyatso", "exact"),
        ("格西·扎西文色", "Tashi Wangchuk", "read"),
        ("某寺·扎西文色", "Tashi Wangchuk", "read"),  # a house or a place before the name
        ("塔西甫拉提·特依拜", "Tashpolat Teyip", "heard"),
        ("旺堆", "Wangdui", "exact"),  # pinyin in one word
        ("旺堆", "Wangdu", "read"),
        ("炯乃扎西", "Jungne Tashi", "read"),
        ("扎西旺褚", "Tashi Wangchu", "read"),  # 褚 is in no table and is read like 珠 and 楚
    ],
)
def test_names_in_characters_find_their_spellings(written, spelled, level):
    assert pair(one(written), one(spelled), review=1e-9)["name"] == level
    assert pair(one(spelled), one(written), review=1e-9)["name"] == level


@pytest.mark.parametrize(
    ("written", "spelled"),
    [
        ("伊力哈木·土赫提", "Ilham Tursun"),
        ("扎西文色", "Tashi Tsering"),
        ("次旺嘉措", "Lobsang Gyatso"),
        ("王炳章", "Tashi Wangchuk"),
        ("尼加提·阿扎提", "Ilham Tohti"),
    ],
)
def test_other_names_do_not_meet(written, spelled):
    assert cl.link(one(written), one(spelled)).pairs.empty


def test_every_reading_of_the_tables_is_spelled_in_letters_and_written_in_characters():
    from clemency.sources.linkage import spoken

    for table in (spoken.TIBETAN, spoken.UYGHUR):
        assert len(table) > 300
        assert all("\u4e00" <= c <= "\u9fff" for written in table for c in written)
        assert all(s.isascii() and s.islower() and s.isalpha() for several in table.values() for s in several)
    assert len({s for several in spoken.SYLLABLES.values() for s in several}) > 150


def test_the_ends_are_not_handed_on_to_the_model():
    frame = comparable(one(term_end_date="2016"))
    assert set(scoring._ENDS) <= set(frame)


def test_labels_of_the_list_name_nobody():
    labels = pd.read_csv(__file__.replace("test_linkage_evidence.py", "linkage_labels_list.csv"), dtype=str)
    assert labels.columns.tolist() == ["row", "record", "label", "again", "group", "half", "found"]
    assert set(labels["label"]) == {"case", "person", "different", "unsure"}
    assert not labels.duplicated(["row", "record"]).any()
    assert (labels.groupby("row")["half"].nunique() == 1).all()
