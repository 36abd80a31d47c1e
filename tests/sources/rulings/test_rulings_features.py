"""Features of texts cut into words, and rulings at hand against official totals; all texts and figures are made up."""

import numpy as np
import pandas as pd
import pytest

import clemency as cl
from clemency.records.errors import DataError, UsageError
from clemency.sources.rulings.names.charges import joined_charges

WORDS = [
    ("盗窃罪 有期徒刑 八年 执行 机关 某 监狱 获得 表扬 4 次", "盗窃罪", "fixed", 96, 4),
    ("抢劫 盗窃罪 有期徒刑 十二年 六个 服刑 期间 表扬 奖励 三次", "抢劫罪; 盗窃罪", "fixed", 150, 3),
    ("走私 贩卖毒品罪 无期徒刑 获 表扬 4 建议 减刑", "走私贩卖毒品罪", "life", None, 4),
    ("故意杀人罪 死刑 执行 机关", "故意杀人罪", "death_reprieve", None, None),
    ("以危险方法危害公共安全罪 有期徒刑 15 年 服刑", "以危险方法危害公共安全罪", "fixed", 180, None),
    ("该犯 因犯 抢劫罪 强奸罪 判处 有期徒刑 十四年 剥夺 政治权利", "抢劫罪; 强奸罪", "fixed", 168, None),
    ("故意伤害（致死）罪 死刑 服刑", "故意伤害罪", "death_reprieve", None, None),
    ("诈骗罪 执行 机关 建议 减去 有期徒刑 四个", "诈骗罪", None, None, None),
    ("执行 机关 监狱 服刑 建议 减去 有期徒刑 一年 二个月", None, None, None, None),
    ("有期徒刑 十年 服刑 期间", None, "fixed", 120, None),
    ("某某错罪 有期徒刑 十年 服刑", None, "fixed", 120, None),
]


@pytest.mark.parametrize(("text", "charges", "kind", "months", "commendations"), WORDS)
def test_words(text, charges, kind, months, commendations):
    row = cl.ruling_features([text]).iloc[0]
    for name, value in (
        ("charges", charges), ("sentence_type", kind), ("sentence_months", months), ("commendations", commendations),
    ):  # fmt: skip
        assert (None if pd.isna(row[name]) else row[name]) == value, name


def test_marks_payment_and_what_was_proposed():
    said = "盗窃罪 有期徒刑 八年 犯系 累犯 本次 未 缴纳 罚金 建议 减去 有期徒刑 一年 七个 确有 悔改 表现 没有 重大 立功 表现"
    row = cl.ruling_features([said]).iloc[0]
    assert (row["recidivist"], row["property_paid"], row["proposed_months"]) == (True, "unpaid", 19.0)
    assert not row["major_merit"]
    assert not row["merit"]
    assert not row["gang"]


def test_whole_rulings_give_what_the_reader_reads():
    made = cl.simulate_rulings(30, seed=3)
    found = cl.ruling_features(made)
    assert found["charges"].tolist() == made["charges"].tolist()
    np.testing.assert_array_equal(found["sentence_months"], made["sentence_months"].astype(float))
    np.testing.assert_array_equal(found["commendations"], made["commendations"].astype(float))


def test_the_index_stays_and_no_text_is_no_row_of_another():
    texts = pd.Series([WORDS[0][0], None, ""], index=[7, 8, 9])
    found = cl.ruling_features(texts)
    assert found.index.tolist() == [7, 8, 9]
    assert found["charges"].isna().tolist() == [False, True, True]
    with pytest.raises(UsageError, match="no column"):
        cl.ruling_features(pd.DataFrame({"a": ["x"]}))


def test_without_a_text_nothing_is_known():
    found = cl.ruling_features([WORDS[0][0], None, np.nan, pd.NA, "", "  "])
    assert found.iloc[1:].isna().all(axis=None)
    assert found["recidivist"].tolist()[0] is False
    assert found["recidivist"].dtype == "boolean"
    np.testing.assert_array_equal(found["recidivist"].astype(float), [0, *[np.nan] * 5])


def test_values_that_are_no_texts_are_named():
    with pytest.raises(DataError) as said:
        cl.ruling_features(pd.DataFrame({"words": ["盗窃罪", 5, b"\xe7", ["盗窃罪"]]}), column="words")
    assert [(p.row, p.column, p.value, p.message) for p in said.value.problems] == [
        (1, "words", "5", "int, not a text"),
        (2, "words", "b'\\xe7'", "bytes, not a text"),
        (3, "words", "['盗窃罪']", "list, not a text"),
    ]
    assert "Give the words of the ruling" in str(said.value)


def test_a_dict_of_columns_is_a_table():
    texts = ["盗窃罪 有期徒刑 八年"]
    pd.testing.assert_frame_equal(cl.ruling_features({"text": texts}), cl.ruling_features(texts))


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        ("盗窃罪 有期徒刑 八年", r"not '盗窃罪 有期徒刑 八年'\. Write \[text\] for a single one"),
        (b"abc", "not b'abc'"),
        ({"盗窃罪"}, "a column or list of texts"),
        (None, "not None"),
        (5, "not 5"),
        (pd.DataFrame([["a", "b"]], columns=["text", "text"]), "has the column 'text' 2 times"),
    ],
)
def test_what_is_no_list_of_texts_is_refused(texts, told):
    with pytest.raises(UsageError, match=told):
        cl.ruling_features(texts)


def test_charges_without_signs_between_them():
    assert joined_charges("掩饰隐瞒犯罪所得罪盗窃罪") == ("掩饰隐瞒犯罪所得罪", "盗窃罪")
    assert joined_charges("盗窃窃罪") is None
    assert joined_charges("") is None


RULINGS = pd.DataFrame(
    {
        "ruling_date": ["2014-05-06", "2014-12-31", "2014-06-01", "2015-01-01", "2014-05", None, "2022-03-04"],
        "decision": ["granted", "granted", "refused", "granted", "granted", "granted", "granted"],
        "kind": ["reduction", "reduction", "reduction", "reduction", "reduction", "reduction", "parole"],
        "province": ["CN-SC", "CN-JS", "CN-SC", "CN-SC", "CN-SC", "CN-SC", "CN-SC"],
    }
)


def totals(*rows):
    columns = ["measure", "level", "province", "period", "value", "unit", "subgroup", "certainty"]
    return pd.DataFrame(rows, columns=columns)


NATION = ("sentence_reductions", "national", None, "2014", 100.0, "persons", None, "official")


def test_coverage_by_hand():
    province = ("sentence_reductions", "province", "CN-SC", "2014", 10.0, "persons", None, "official")
    both = ("reduction_and_parole_cases", "national", None, "2014", 50.0, "cases", None, "official")
    table = cl.disclosure(RULINGS, totals(NATION, province, both))
    assert table["rulings"].tolist() == [2, 1, 3]
    assert table["coverage"].tolist() == [0.02, 0.1, 0.06]
    assert table["warning"].str.contains("a third").all()


def test_what_cannot_be_compared_is_left_out():
    others = [
        ("sentence_reductions", "national", None, "2014", 100.0, "percent", None, "official"),
        ("sentence_reductions", "national", None, "2014", 100.0, "persons", "women", "official"),
        ("sentence_reductions", "prefecture", "CN-SC", "2014", 100.0, "persons", None, "official"),
        ("sentence_reductions", "national", None, "../2014", 100.0, "persons", None, "official"),
        ("paroles", "national", None, "2020", -30.8, "persons", None, "official"),
        ("executions", "national", None, "2014", 5.0, "persons", None, "official"),
    ]
    assert cl.disclosure(RULINGS, totals(*others)).empty


def test_weights_add_up_and_the_narrowest_total_counts():
    province = ("sentence_reductions", "province", "CN-SC", "2014", 10.0, "persons", None, "official")
    longer = ("sentence_reductions", "national", None, "2013/2015", 400.0, "persons", None, "official")
    weights = cl.disclosure_weights(RULINGS, totals(longer, NATION, province))
    np.testing.assert_allclose(weights, [10.0, 50.0, np.nan, 400 / 3, np.nan, np.nan, np.nan])
    only = cl.disclosure_weights(RULINGS, totals(NATION))
    assert only.sum() == 100


def test_warnings_by_date():
    ended = cl.disclosure(RULINGS, totals(("paroles", "national", None, "2022", 4.0, "cases", None, "official")))
    assert ended["warning"].tolist()[0].startswith("after 2020")
    with pytest.raises(UsageError, match="no column kind"):
        cl.disclosure(RULINGS.drop(columns="kind"))


@pytest.mark.parametrize("use", [cl.disclosure, cl.disclosure_weights])
@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        ("kind", "减刑", "Allowed: reduction, commutation_to_life"),
        ("kind", "Reduction", "Write 'reduction'"),
        ("decision", "Granted", "Write 'granted'"),
        ("decision", 1, "Allowed: granted, refused, withdrawn, revoked"),
        ("province", "Xinjiang", "Write CN-XJ, the ISO code of Xinjiang"),
        ("province", "新疆", "Write CN-XJ"),
        ("ruling_date", 2014, "a number, not a date"),
        ("ruling_date", "2015/03/04", "Write 2015-03-04"),
        ("ruling_date", "2014-02-30", "there is no day 30"),
    ],
)
def test_words_provinces_and_dates_that_are_none(use, column, value, told):
    wrong = RULINGS.astype(object)
    wrong.loc[4, column] = value
    with pytest.raises(DataError) as said:
        use(wrong, totals(NATION))
    problem = said.value.problems[0]
    assert (problem.file, problem.row, problem.column, problem.value) == ("rulings", 4, column, str(value))
    assert told in str(said.value)


@pytest.mark.parametrize("use", [cl.disclosure, cl.disclosure_weights])
def test_totals_that_are_none(use):
    for at, value, told in (
        (1, "nation", "level"),
        (2, "Sichuan", "Write CN-SC"),
        (3, 2014, "a number"),
        (4, "x", "value"),
    ):
        row = list(NATION)
        row[at] = value
        with pytest.raises(DataError, match=told):
            use(RULINGS, totals(tuple(row)))
    with pytest.raises(UsageError, match="the column 'kind' twice"):
        use(pd.concat([RULINGS, RULINGS[["kind"]]], axis=1))
    with pytest.raises(UsageError, match="takes a DataFrame"):
        use([1])


@pytest.mark.parametrize("storage", ["datetime64[ns]", "category", "string"])
def test_dates_and_words_in_any_storage(storage):
    whole = RULINGS[RULINGS["ruling_date"].str.len() == 10]
    stored = whole.assign(
        ruling_date=whole["ruling_date"].astype(storage),
        **{c: whole[c].astype("category") for c in ("decision", "kind", "province")},
    )
    pd.testing.assert_frame_equal(cl.disclosure(stored), cl.disclosure(whole))
    pd.testing.assert_series_equal(cl.disclosure_weights(stored), cl.disclosure_weights(whole))


def test_the_shipped_totals_can_be_used():
    table = cl.disclosure(RULINGS)
    assert (table["official"] > 0).all()
    assert {"2012", "2014"} <= set(table["period"])
