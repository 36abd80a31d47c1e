"""Words that stand for an earlier date: written out where it is clear which, told and not read where it is not."""

import pytest
from test_rulings_reader import JUDGED, PROPOSED, one, ruling

from clemency.sources.rulings.prose.characters import plain
from clemency.sources.rulings.prose.relativedates import resolved
from clemency.sources.rulings.reader import read_text

COMMITTED = "于2012年6月7日交付执行"


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("于2012年3月4日判决，同年6月7日入监。", "于2012年3月4日判决，2012年6月7日入监。"),
        ("于二〇一二年三月四日判决，同年六月七日入监。", "于二〇一二年三月四日判决，二〇一二年六月七日入监。"),
        ("于2012年3月4日判决，同年6月入监。", "于2012年3月4日判决，2012年6月入监。"),
        ("于2012年3月4日判决，同月17日入监。", "于2012年3月4日判决，2012年3月17日入监。"),
        ("于2012年3月4日判决，同日送达。", "于2012年3月4日判决，2012年3月4日送达。"),
        ("2012年3月立案，同年6月7日判决，同月17日入监。", "2012年3月立案，2012年6月7日判决，2012年6月17日入监。"),
        ("于2012年3月4日判决，刑期自2011年1月2日起至2021年1月1日止。同年6月7日入监。",
         "于2012年3月4日判决，刑期自2011年1月2日起至2021年1月1日止。2012年6月7日入监。"),
        ("共同日常活动。", "共同日常活动。"),
        ("于2012年3月4日判决，次年6月7日入监。", "于2012年3月4日判决，2013年6月7日入监。"),
        ("于二〇一二年三月四日判决，翌年六月七日入监。", "于二〇一二年三月四日判决，2013年六月七日入监。"),
        ("于2012年3月4日判决，次年6月入监。", "于2012年3月4日判决，2013年6月入监。"),
        ("于2012年3月4日判决，次年6月7日入监，次年8月9日减刑。",
         "于2012年3月4日判决，2013年6月7日入监，2014年8月9日减刑。"),
        ("于2012年12月4日判决，次月17日入监。", "于2012年12月4日判决，2013年1月17日入监。"),
        ("于2012年3月4日判决，次月17日入监。", "于2012年3月4日判决，2012年4月17日入监。"),
        ("于2012年2月28日判决，次日送达。", "于2012年2月28日判决，2012年2月29日送达。"),
        ("于2012年12月31日判决，并于翌日送达。", "于2012年12月31日判决，并于2013年1月1日送达。"),
        ("从期满之次日起计算。", "从期满之次日起计算。"),
    ],
)  # fmt: skip
def test_what_is_clear_is_written_out(said, written):
    read = resolved(plain(said))
    assert read.text == written
    assert read.untied == ()


@pytest.mark.parametrize(
    ("said", "untied"),
    [
        ("同年6月7日入监。", "同年6月7日"),  # no date before
        ("于2012年3月4日判决，同年2月3日入监。", "同年2月3日"),  # before the date it would go by
        ("于2012年3月4日判决，同年2月30日入监。", "同年2月30日"),  # no such day
        ("于2012年3月判决，同日入监。", "同日"),  # the day is not told
        ("于2012年判决，同月6日入监。", "同月6日"),
        ("1980年1月2日出生，同年6月7日入监。", "同年6月7日"),
        ("刑期自2012年3月4日起至2022年3月3日止，同年6月7日入监。", "同年6月7日"),
        ("于2010年3月4日判决，于20123年5月6日裁定，同年6月7日入监。", "同年6月7日"),  # a date that is none
        ("于2012年3月4日判决。\n同年6月7日入监。", "同年6月7日"),  # another paragraph
        ("于2012年3月4日判决，" + "该犯不服。" * 70 + "同年6月7日入监。", "同年6月7日"),
        ("于2012年3月4日判决，同年14月7日入监。", "同年14月7日"),  # no such month
        ("于2012年3月判决，次日入监。", "次日"),
        ("于2012年判决，次月6日入监。", "次月6日"),
        ("于2012年3月4日判决，次年2月30日入监。", "次年2月30日"),
        ("1980年1月2日出生，次年6月7日入监。", "次年6月7日"),
        ("于2012年3月4日判决，自2013年5月6日至次年6月7日考验。", "次年6月7日"),
        ("于2012年3月4日判决，自2013年5月6日至同年6月7日考验。", "同年6月7日"),
    ],
)
def test_what_is_not_clear_stays(said, untied):
    read = resolved(plain(said))
    assert read.text == plain(said).text
    assert read.untied == (untied,)


def test_places_in_the_source_are_kept():
    said = "于 2012 年3月4日 判决 ，同 年 6月7日 入监，\n同日送达，刑期至2020年1月2日止。"
    read = resolved(plain(said))
    for words, printed in (
        ("2012年6月7日入监", "同 年 6月7日 入监"), ("入监", "入监"), ("2012年6月7日送达", None), ("2020年1月2日", "2020年1月2日"),
    ):  # fmt: skip
        at = read.text.find(words)
        if printed is None:
            assert at < 0  # another line: the words stay
            continue
        start, end = read.place(at, at + len(words))
        assert said[start:end] == printed
    assert read.text[read.breaks[1] :].startswith("同日送达")
    assert [read.text[s:e] for s, e in read.implied] == ["2012年6月7日"]
    assert read.place(*read.implied[0])[0] == said.index("同")


def test_marks_of_the_courts_site_move_along():
    said = "于2012年3月4日判决，同年6月7日入监。本院认为"
    read = resolved(plain(said, {"CPYZ": said.index("本院"), "SSJL": 0}))
    assert read.text[read.anchors["CPYZ"] :] == "本院认为"
    assert read.anchors["SSJL"] == 0


def test_a_date_by_another_is_read_as_inferred():
    notes = one(ruling(history=JUDGED.replace(COMMITTED, "同年6月7日交付执行")))[1]
    assert notes.get("committed_date") == "2012-06-07"
    assert notes.found["committed_date"].certainty == "inferred"
    assert notes.found["judgment_date"].certainty == "stated"
    assert notes.problems == []
    assert notes.get("months") == 6


@pytest.mark.parametrize(
    ("said", "day"),
    [("次年1月7日交付执行", "2013-01-07"), ("次月7日交付执行", "2012-04-07"), ("次日交付执行", "2012-03-05")],
)
def test_a_date_after_another_is_read_as_inferred(said, day):
    notes = one(ruling(history=JUDGED.replace(COMMITTED, said)))[1]
    assert (notes.get("committed_date"), notes.found["committed_date"].certainty) == (day, "inferred")
    assert notes.problems == []


def test_a_date_that_is_not_clear_is_told_and_left():
    notes = one(ruling(history=JUDGED.replace(COMMITTED, "同年1月7日交付执行")))[1]
    assert notes.get("committed_date") is None
    assert notes.problems == ["dates: it is not clear which date '同年1月7日' goes by"]


@pytest.mark.parametrize(
    ("told", "date"),
    [
        ("本院于2013年8月7日裁定减去有期徒刑八个月", "2013-08-07"),
        ("本院于2013年8月7日立案，同年9月1日裁定减去有期徒刑八个月", None),  # two dates before it
        ("本院于2013年8月7日立案，次日裁定减去有期徒刑八个月", None),
        ("本院于2013年8月7日立案，翌年1月5日裁定减去有期徒刑八个月", None),
    ],
)
def test_no_change_is_dated_by_the_day_of_something_else(told, date):
    read = read_text(ruling(history=JUDGED.replace(COMMITTED, told)))
    assert [(c["date"], c["months"]) for c in read.people[0].changes] == [(date, 8)]


def test_a_change_in_the_same_year_as_the_one_before():
    told = "本院于2013年8月7日裁定减去有期徒刑八个月。同年12月9日本院裁定减去有期徒刑二个月"
    read = read_text(ruling(history=JUDGED.replace(COMMITTED, told), proposed=PROPOSED))
    assert [(c["date"], c["months"]) for c in read.people[0].changes] == [("2013-08-07", 8), ("2013-12-09", 2)]


def test_a_character_more_or_less_gives_no_wrong_day():
    history = JUDGED.replace(COMMITTED, "同年6月7日交付执行")
    own = history.index("6月7日")
    for at in range(history.index("某省某县"), len(history)):
        if own <= at < own + 4:
            continue
        for mutated in (history[:at] + history[at + 1 :], history[:at] + history[at] + history[at:]):
            people = read_text(ruling(history=mutated)).people
            assert [n.get("committed_date") for n in people] in (["2012-06-07"], [None]), mutated
