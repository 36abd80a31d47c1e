"""Numerals, lengths, dates, money and numbers of cases, worked by hand."""

import re

import pytest

from clemency.records.errors import UsageError
from clemency.sources.rulings.names.casenumbers import read_case_number
from clemency.sources.rulings.names.charges import charges
from clemency.sources.rulings.names.courts import court_level, province_of
from clemency.sources.rulings.prose.characters import plain
from clemency.sources.rulings.prose.lengths import length
from clemency.sources.rulings.prose.numerals import whole, yuan
from clemency.sources.rulings.prose.rulingdates import iso
from clemency.sources.rulings.simulation.wording import chinese


def test_numerals_are_read_back_as_written():
    assert [whole(chinese(n)) for n in range(1, 10_000)] == list(range(1, 10_000))


@pytest.mark.parametrize("said", ["一二", "十十", "二百五", "百", "零", "一十百", "", "12a", "二十十一", "一千百"])
def test_what_is_no_numeral(said):
    assert whole(said) in (None, 0)


@pytest.mark.parametrize(
    ("said", "months", "days"),
    [
        ("八个月", 8, 0), ("十二年六个月", 150, 0), ("1年零2个月", 14, 0), ("一年二月", 14, 0), ("７个月".translate({0xFF17: "7"}), 7, 0),
        ("七个月十五天", 7, 15), ("三个月零五日", 3, 5), ("两年", 24, 0), ("二十年", 240, 0), ("十五天", 0, 15),
    ],
)  # fmt: skip
def test_lengths(said, months, days):
    assert length(said) == (months, days)


@pytest.mark.parametrize(
    "said", ["一二年", "一年十三个月", "年六个月", "个月", "八月月", "一年二年", "〇个月", "三百年"]
)
def test_what_is_no_length(said):
    assert length(said) is None


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("二〇一四年十月三日", "2014-10-03"), ("二零零九年十二月三十一日", "2009-12-31"), ("2012年2月29日", "2012-02-29"),
        ("2013年2月29日", None), ("2013年13月1日", None), ("一九八〇年五月", "1980-05"), ("二〇一七年四月廿五日", "2017-04-25"),
        ("2017年", "2017"), ("1799年1月1日", None),
    ],
)  # fmt: skip
def test_dates(said, day):
    assert iso(said) == day


def test_zeros_of_every_kind():
    for zero in "〇○ΟOo0零":
        assert iso(plain(f"二{zero}一{zero}年一月十日").text) == "2010-01-10", zero


@pytest.mark.parametrize(
    ("said", "amount"),
    [
        ("一万元", 10_000), ("10,000元", 10_000), ("1千元", 1_000), ("二十二万元", 220_000), ("1.5万元", 15_000),
        ("一万五千元", 15_000), ("21000元", 21_000), ("三百元", 300), ("二万零五百元", 20_500), ("一二万元", None),
        ("1,00元", None), ("三万余元", None), ("万元", None),
    ],
)  # fmt: skip
def test_money(said, amount):
    assert yuan(said) == amount


@pytest.mark.parametrize(
    ("said", "text", "province", "change"),
    [
        ("（2017）豫03刑更12号", "（2017）豫03刑更12号", "CN-HA", True),
        ("2016豫03刑更17号", "（2016）豫03刑更17号", "CN-HA", True),
        ("[2018] 湘 01 刑更 8 号", "（2018）湘01刑更8号", "CN-HN", True),
        ("（2020）兵刑更12号", "（2020）兵刑更12号", "CN-XJ", True),
        ("（2015）泉刑执字第15号", "（2015）泉刑执字第15号", None, True),
        ("（2011）粤高法刑执字第5号", "（2011）粤高法刑执字第5号", "CN-GD", True),
        ("（2013）晋刑初字第16号", "（2013）晋刑初字第16号", None, False),
        ("（2015）某刑初字第00012号", "（2015）某刑初字第00012号", None, False),
        ("某刑执字第18号", "某刑执字第18号", None, True),
        ("（2023）粤19刑更监1号", "（2023）粤19刑更监1号", "CN-GD", True),
        ("（2017）甘2901执162号", "（2017）甘2901执162号", "CN-GS", False),
    ],
)
def test_case_numbers(said, text, province, change):
    found = read_case_number(said)
    assert (found.text, found.province, found.sentence_change) == (text, province, change)


@pytest.mark.parametrize("said", ["豫新狱提减字3号", "某监公示字第5号", "第5号", "no number", ""])
def test_what_is_no_number_of_a_court(said):
    assert read_case_number(said) is None


def test_the_court_tells_the_province_first():
    assert read_case_number("（2013）晋刑初字第1号", court="福建省晋江市人民法院").province == "CN-FJ"
    assert province_of("河北区人民法院") is None
    assert province_of("海南藏族自治州中级人民法院") is None
    assert court_level("某某市中人民法院") == "basic"
    assert court_level("某某市级人民法院") is None


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ("抢劫、盗窃罪", ("抢劫罪", "盗窃罪")),
        ("掩饰、隐瞒犯罪所得、犯罪所得收益罪", ("掩饰、隐瞒犯罪所得、犯罪所得收益罪",)),
        ("走私、贩卖、运输、制造毒品罪、故意伤害罪", ("走私、贩卖、运输、制造毒品罪", "故意伤害罪")),
        ("非法制造、买卖、运输枪支、弹药罪和抢劫罪", ("非法制造、买卖、运输枪支、弹药罪", "抢劫罪")),
        ("组织、领导、参加黑社会性质组织、寻衅滋事罪", ("组织、领导、参加黑社会性质组织罪", "寻衅滋事罪")),
        ("抢动罪", None), ("盗窃、罪", None), ("盗窃", None),
    ],
)  # fmt: skip
def test_charges(said, names):
    assert charges(said) == names


def test_places_lead_back_to_the_source():
    source = "罪 犯\n李某某　，男\u200b。"
    text = plain(source)
    at = text.text.index("李某某")
    start, end = text.place(at, at + 3)
    assert source[start:end] == "李某某"
    assert text.breaks == (0, 2)


@pytest.mark.parametrize("given", [(None,), (5,), (b"5",), ("（2016）豫03刑更17号", 5), ("no number", None)])
def test_a_number_that_is_no_text_is_refused(given):
    name = "text" if len(given) == 1 else "court"
    with pytest.raises(UsageError, match=f"{name}= takes text, not {re.escape(repr(given[-1]))}"):
        read_case_number(*given)
