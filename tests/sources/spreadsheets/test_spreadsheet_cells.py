"""Each cell means what a careful reader would say, or nothing is read and the alternatives are named."""

import random

import numpy as np
import pandas as pd
import pytest
from dateutil import parser as dateutil

from clemency.records import dates
from clemency.sources.spreadsheets.cells.actcells import read_act
from clemency.sources.spreadsheets.cells.chargecells import read_charges
from clemency.sources.spreadsheets.cells.datecells import order_of, read_date
from clemency.sources.spreadsheets.cells.lengthcells import read_length, read_sentence
from clemency.sources.spreadsheets.cells.placecells import read_place
from clemency.sources.spreadsheets.cells.readings import READ, UNCERTAIN, read_column
from clemency.sources.spreadsheets.cells.wordcells import read_ethnicity, read_name, read_yes
from clemency.sources.spreadsheets.columns.fields import FIELDS, reader_of

BITS = [
    "2014",
    "10",
    "3",
    "/",
    "-",
    ".",
    "年",
    "月",
    "日",
    "y",
    "m",
    "years",
    "suspended",
    "life",
    "死缓",
    "第",
    "条",
    "款",
    "(",
    "2",
    ")",
    "Art",
    "罪",
    "、",
    "；",
    "零",
    "十",
    "百",
    "to",
    "reduced",
    "减刑",
    "XUAR",
    "四川",
    "?",
    "~",
    "X",
    "½",
    "\x00",
    "\u202e",
    "1e9",
    "..",
    "民国",
    "and",
    ",",
    "denied",
    "半",
]

DATES = {
    "2014-10-03": "2014-10-03",
    "2014/10/3": "2014-10-03",
    "2014.10.03": "2014-10-03",
    "20141003": "2014-10-03",
    "2014-10-03 00:00:00": "2014-10-03",
    "3 Oct 2014": "2014-10-03",
    "October 3rd, 2014": "2014-10-03",
    "3-Oct-2014": "2014-10-03",
    "Fri 3 October 2014": "2014-10-03",
    "2014年10月3日": "2014-10-03",
    "2014年10月3号": "2014-10-03",
    "二〇一四年十月三日": "2014-10-03",
    "民国103年10月3日": "2014-10-03",
    "25/12/2014": "2014-12-25",
    "12/25/2014": "2014-12-25",
    "04/04/2014": "2014-04-04",
    "Oct 2014": "2014-10",
    "Sept. 2014": "2014-09",
    "10/2014": "2014-10",
    "2014/10": "2014-10",
    "2014年10月": "2014-10",
    "2010.0": "2010",
    "2010": "2010",
    "2010年": "2010",
    "1990s": "199X",
    "c. 1998": "1998~",
    "约1998年": "1998~",
    "1998?": "1998?",
    "2013/2014": "2013/2014",
}
NOT_DATES = [
    "Mayor 2014",
    "soon",
    "8",
    "2014-13-01",
    "30/02/2014",
    "before 2014",
    "农历八月十五",
    "2014-15",
    "3014",
    "Oct 2012 - 1y",
]


@pytest.mark.parametrize(("text", "meant"), DATES.items())
def test_dates(text, meant):
    cell = read_date(text)
    assert (cell.value, cell.state) == (meant, "read")
    dates.parse(cell.value)


@pytest.mark.parametrize("text", NOT_DATES)
def test_what_is_no_date_is_not_read(text):
    cell = read_date(text)
    assert (cell.value, cell.state) == (None, "not_read")
    assert cell.reason
    assert cell.remedy


@pytest.mark.parametrize(
    "form", ["%Y-%m-%d", "%Y/%m/%d", "%d %b %Y", "%B %d, %Y", "%d-%b-%Y", "%d/%m/%Y", "%a %d %B %Y"]
)
def test_days_agree_with_another_reader(form):
    for day in pd.date_range("1978-01-13", "2022-12-31", periods=60):
        text = day.strftime(form)
        order = "day" if form == "%d/%m/%Y" else ""
        assert read_date(text, order).value == str(dateutil.parse(text, dayfirst=form == "%d/%m/%Y").date())


def test_the_order_of_days_and_months_is_a_matter_of_the_column():
    assert order_of(["03/04/2015", "04/13/2015"]) == "month"
    assert order_of(["2015-04-03", "03/04/2015"]) == ""
    assert read_date("03/04/2015", "month").value == "2015-03-04"
    for order in ("", "both"):
        cell = read_date("03/04/2015", order)
        assert (cell.value, cell.alternatives) == (None, ("2015-04-03", "2015-03-04"))
    against = read_date("25/12/2014", "month")
    assert (against.value, against.state) == ("2014-12-25", "uncertain")


def test_dates_that_only_may_be_meant():
    serial = read_date("41915")
    assert (serial.value, serial.state) == ("2014-10-03", "uncertain")  # what a spreadsheet shows for this number
    assert read_date("03/04/15").alternatives == ("2015-04-03", "2015-03-04")
    assert read_date("Oct-14").alternatives == ("2014-10",)
    part = read_date("early 2014")
    assert (part.value, part.state) == ("2014", "in_part")
    assert read_date("2014-10-03 (Xinhua)").state == "in_part"


SENTENCES = {
    "6 years": ("fixed", 72.0),
    "6y3m": ("fixed", 75.0),
    "6 yrs 3 mos": ("fixed", 75.0),
    "six years": ("fixed", 72.0),
    "有期徒刑六年三个月": ("fixed", 75.0),
    "3年6个月": ("fixed", 42.0),
    "十年半": ("fixed", 126.0),
    "sentenced to 15 years' imprisonment": ("fixed", 180.0),
    "life": ("life", None),
    "无期": ("life", None),
    "life in prison": ("life", None),
    "死缓": ("death_reprieve", None),
    "death with 2-yr reprieve": ("death_reprieve", None),
    "死刑，缓期二年执行": ("death_reprieve", None),
    "suspended death sentence": ("death_reprieve", None),
    "死刑": ("death", None),
    "suspended": ("suspended", None),
    "3 years suspended for 5": ("suspended", 36.0),
    "3 years, suspended": ("suspended", 36.0),
    "判三缓五": ("suspended", 36.0),
    "有期徒刑三年，缓刑五年": ("suspended", 36.0),
    "劳教两年": ("rtl", 24.0),
    "RTL 18 months": ("rtl", 18.0),
    "not sentenced": ("none", None),
}


@pytest.mark.parametrize(("text", "meant"), SENTENCES.items())
def test_sentences(text, meant):
    cell = read_sentence(text)
    assert (tuple(cell.value), cell.state) == (meant, "read")


@pytest.mark.parametrize(
    "text", ["6", "6 to 8 years", "<3 years", "long", "6 years or so", "6+3", "suspended 3 years", "100 years"]
)
def test_what_is_no_sentence_is_not_read(text):
    assert (read_sentence(text).value, read_sentence(text).state) == (None, "not_read")


def test_every_length_in_characters_up_to_25_years():
    numerals = dict(zip(range(1, 11), "一二三四五六七八九十", strict=True))
    numerals |= {
        n: ("" if n < 20 else numerals[n // 10]) + "十" + (numerals[n % 10] if n % 10 else "") for n in range(11, 26)
    }
    for years in range(1, 26):
        for months in range(12):
            text = numerals[years] + "年" + (numerals[months] + "个月" if months else "")
            assert read_sentence(text).value == ("fixed", 12 * years + months), text
            assert read_length(f"{years}y{months}m" if months else f"{years}y").value == 12 * years + months


def test_units_are_never_guessed_by_the_row():
    assert read_length("8").alternatives == ("8 months", "8 years")
    assert [read_length("8", u).value for u in ("months", "years")] == [8, 96]
    assert [read_length(t).value for t in ("减刑八个月", "减去有期徒刑一年", "reduced by 8 months", "1y")] == [
        8,
        12,
        8,
        12,
    ]


def test_what_goes_with_a_sentence_and_has_no_column_is_told():
    for text in (
        "15 years, 4 years deprivation of political rights",
        "有期徒刑十五年，剥夺政治权利四年",
        "15 years and a fine of 10,000 yuan",
    ):
        cell = read_sentence(text)
        assert (tuple(cell.value), cell.state) == (("fixed", 180.0), "in_part"), text


CHARGES = {
    ("103(2)", "CL97"): (("CL97-103(2)",), ()),
    ("Art. 103(2)", "CL97"): (("CL97-103(2)",), ()),
    ("Article 103, para 2", "CL97"): (("CL97-103(2)",), ()),
    ("第一百零三条第二款", "CL97"): (("CL97-103(2)",), ()),
    ("刑法第105条第2款", "CL97"): (("CL97-105(2)",), ()),
    ("CL97-105(2) CL97-300(1)", ""): (("CL97-105(2)", "CL97-300(1)"), ()),
    ("Art. 102 of the 1979 Criminal Law", ""): (
        (),
        ("CL79-I:counterrevolution-chapter-i-of-part-two-charge-not-specified",),
    ),
    ("Art. 102 of the 1997 Criminal Law", ""): (("CL97-102",), ()),
    ("Art. 98", "CL79"): (("CL79-98",), ()),
    ("120-3", "CL97"): (("CL97-120-3",), ()),
    ("分裂国家罪", ""): ((), ("CL97-103(1)",)),
    ("煽动颠覆国家政权", ""): ((), ("CL97-105(2)",)),
    ("抢劫罪、盗窃罪", "CL97"): ((), ("CL97-263", "CL97-264")),
    ("splittism", ""): ((), ("CL97-103(1)",)),
    ("Inciting Subversion", ""): ((), ("CL97-105(2)",)),
    ("picking quarrels and provoking trouble", ""): ((), ("CL97-293",)),
    ("inciting splittism; espionage", "CL97"): ((), ("CL97-103(2)", "CL97-110")),
    ("espionage", "CL79"): ((), ("CL79-97",)),
    ("counter-revolutionary propaganda and incitement", ""): ((), ("CL79-102(2)",)),
}


@pytest.mark.parametrize(("given", "meant"), CHARGES.items())
def test_charges(given, meant):
    cell = read_charges(*given)
    assert (cell.value.stated, cell.value.derived) == meant


def test_an_article_of_both_laws_is_read_by_the_law_or_not_at_all():
    cell = read_charges("102")
    assert cell.value is None
    assert {"CL97-102", "CL79-102(1)", "CL79-102(2)"} <= set(cell.alternatives)
    whole = read_charges("105", "CL97")
    assert (whole.value.derived, whole.state) == (("CL97-I",), "uncertain")
    assert whole.alternatives == ("CL97-105(1)", "CL97-105(2)")


def test_charges_that_only_may_be_meant():
    near = read_charges("inciting subverson")
    assert (near.value.derived, near.state) == (("CL97-105(2)",), "uncertain")
    assert read_charges("espionage").state == "uncertain"
    assert read_charges("shoplifting at night").value is None
    assert read_charges("999", "CL97").value is None
    lost = read_charges("splittism; being late")
    assert (lost.value.derived, lost.state) == (("CL97-103(1)",), "in_part")


PLACES = {
    "XUAR": ("CN-XJ", ""),
    "Xinjiang Uyghur Autonomous Region": ("CN-XJ", ""),
    "新疆维吾尔自治区": ("CN-XJ", ""),
    "Kashgar": ("CN-XJ", "Kashgar"),
    "喀什地区": ("CN-XJ", "Kashgar"),
    "Ürümqi, Xinjiang": ("CN-XJ", "Urumqi"),
    "Xi'an": ("CN-SN", "Xi'an"),
    "Shaanxi": ("CN-SN", ""),
    "Shanxi": ("CN-SX", ""),
    "Kardze": ("CN-SC", "Kardze"),
    "四川省成都市中级人民法院": ("CN-SC", "Chengdu"),
    "乌鲁木齐市中级人民法院": ("CN-XJ", "Urumqi"),
    "Fuzhou, Fujian": ("CN-FJ", "Fuzhou"),
    "吉林省": ("CN-JL", ""),
    "Hainan": ("CN-HI", ""),
    "Lhasa Intermediate People's Court": ("CN-XZ", "Lhasa"),
    "CN-XJ": ("CN-XJ", ""),
}


@pytest.mark.parametrize(("text", "meant"), PLACES.items())
def test_places(text, meant):
    cell = read_place(text)
    assert (tuple(cell.value), cell.state) == (meant, "read")


def test_places_that_several_have_or_nobody():
    assert read_place("Fuzhou").alternatives == ("Fuzhou in CN-FJ", "Fuzhou in CN-JX")
    assert read_place("Suzhou").value is None
    assert read_place("Atlantis").value is None
    assert read_place("Xinjang").alternatives == ("CN-XJ (Xinjiang)",)
    assert read_place("Beijing, Sichuan").value is None
    part = read_place("Beijing, Haidian")
    assert (part.value.province, part.state) == ("CN-BJ", "in_part")


def test_words_names_and_answers():
    assert [read_yes(t).value for t in ("Yes", "否", "denied", "perhaps")] == [True, False, "denied", None]
    assert [read_ethnicity(t).value for t in ("维族", "Uighur", "Tibetan", "汉")] == [
        "Uyghur",
        "Uyghur",
        "Tibetan",
        "Han",
    ]
    assert read_name("Case A (甲某)").value == ("Case A", "甲某")
    assert read_name("Case (withheld)").value == ("Case (withheld)", "")


def test_acts_in_a_cell():
    cell = read_act("2010-03: 8 months; Oct 2012 - 1y / commuted to 20 years on 3 May 2015")
    assert [(a.date, a.months, a.term_after) for a in cell.value] == [
        ("2010-03", 8, None),
        ("2012-10", 12, None),
        ("2015-05-03", None, 240),
    ]
    assert read_act("2015-06 denied").value[0][:2] == ("denied", "2015-06")
    assert read_act("减刑八个月（2010年3月）").value[0][:3] == ("", "2010-03", 8)
    assert read_act("2010-03 parole").value[0][:2] == ("parole", "2010-03")
    lost = read_act("2010-03: 8 months; who knows")
    assert (len(lost.value), lost.state) == (1, "in_part")


def test_each_distinct_text_is_read_once_and_unknown_is_empty():
    seen = []

    def reader(text):
        seen.append(text)
        return read_date(text)

    column = read_column(pd.Series(["2014", " 2014 ", "2014", "", "n/a", "不详", "?"]), reader)
    assert seen == ["2014", "2014"]  # as two texts of the sheet
    assert list(column.states) == ["read"] * 3 + ["empty"] * 4
    assert list(column.read[:3]) == ["2014"] * 3
    assert column.place.dtype == np.intp


@pytest.mark.parametrize("field", FIELDS.values(), ids=lambda f: f.name)
def test_any_text_is_read_or_refused_in_time_linear_in_it(field):
    """A reader says nothing of a cell only if it has no value, and never raises."""
    draw = random.Random(7)
    for _ in range(60):
        text = "".join(draw.choice(BITS) for _ in range(draw.randrange(1, 9))).strip() or "x"
        for unit, order, era in (("", "", ""), ("years", "day", "CL79")):
            cell = reader_of(field, unit, order, era)(text)
            assert (cell.value is None) == (cell.state == "not_read"), text
            assert cell.reason or cell.state == "read", text
    for text in ("1" * 20_000, "(" * 20_000, "a " * 10_000, "1/" * 10_000, "第一" * 10_000):
        assert reader_of(field)(text).state in ("read", "not_read")


def test_an_offence_that_the_law_of_the_date_does_not_have_is_told():
    cell = read_charges("counter-revolution", "CL97")
    assert cell.state == UNCERTAIN
    assert cell.reason == "an offence of the Criminal Law of 1979 only, and the date falls under the other one"
    assert read_charges("counter-revolution", "CL79").state == READ
    assert cell.value == read_charges("counter-revolution", "CL79").value
