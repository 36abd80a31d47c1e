"""Rulings of which a part is missing: what it said is not read, and nothing else is read in its place."""

import pytest
from test_rulings_reader import CUT, JUDGED, TAIL, one, ruling

CHANGED = (
    "本院于2014年8月9日作出（2014）某刑执字第77号刑事裁定，对其减去有期徒刑一年；"
    "本院于2016年9月10日作出（2016）豫03刑更88号刑事裁定，对其减去有期徒刑九个月。"
)
CURRENT = "现刑期至2019年12月31日止。"
NEW = CUT.replace("2021年3月31日", "2019年6月30日")
UNTOLD = JUDGED.replace("刑期自2011年10月1日起至2021年9月30日止。", "")


@pytest.mark.parametrize(
    ("bench", "judges"),
    [
        ("审判长某某\n审判员某某\n人民陪审员某某\n", 3),
        ("审判长某某\n审判员某某\n审判员某某\n人民陪审员某某\n人民陪审员某某\n", 5),
        ("审判长某某\n审判员某某\n", None),
        ("审判长某某\n", None),
    ],
)
def test_a_bench_of_which_not_all_are_named_is_not_counted(bench, judges):
    notes = one(ruling(tail=TAIL.replace("审判长某某\n审判员某某\n人民陪审员某某\n", bench)))[1]
    assert notes.get("judges") == judges
    assert any("no whole bench" in p for p in notes.problems) == (judges is None)
    assert notes.get("ruling_date") == "2018-03-15"


def test_one_judge_decides_on_service_outside_prison():
    text = (
        "某某市人民法院\n暂予监外执行决定书\n（2019）某01刑更3号\n罪犯某某某，女，1990年2月3日出生，汉族。\n决定如下：\n"
        "将罪犯某某某暂予监外执行。\n本决定送达后即发生法律效力。\n审判员某某\n二〇一九年二月一日"
    )
    assert one(text)[1].get("judges") == 1


def test_all_changes_are_told():
    notes = one(ruling(history=JUDGED + CHANGED + CURRENT, decision=NEW))[1]
    assert (notes.get("earlier_n"), notes.get("earlier_months"), notes.problems) == (2, 21, [])


@pytest.mark.parametrize("end", [CURRENT, ""])
@pytest.mark.parametrize("told", [*CHANGED.split("；"), ""])
def test_a_change_that_is_missing_is_noticed_by_the_end_of_the_term(told, end):
    told = f"{told.removesuffix('。')}。" if told else ""
    notes = one(ruling(history=JUDGED + told + end, decision=NEW))[1]
    assert (notes.get("earlier_n"), notes.get("earlier_months")) == (None, None)
    assert notes.get("months") == 6


def test_a_current_end_says_that_something_changed():
    notes = one(ruling(history=UNTOLD + CURRENT, decision=NEW))[1]
    assert notes.get("earlier_n") is None
    assert one(ruling(history=JUDGED + "现刑期至2021年9月30日止。"))[1].get("earlier_n") == 0


@pytest.mark.parametrize(("end", "n"), [("2021年9月30日", 0), ("2020年9月30日", None)])
def test_parole_lasts_to_the_end_of_the_term(end, n):
    told = f"对罪犯李某某予以假释（假释考验期限自2018年3月15日起至{end}止）。\n"
    notes = one(ruling(reasons="本院认为，符合假释条件。裁定如下：\n", decision=told))[1]
    assert (notes.get("earlier_n"), notes.get("decision")) == (n, "granted")


def test_a_commutation_that_lost_a_character_is_no_cut_of_twenty_years():
    notes = one(ruling(decision="将罪犯李某某的刑罚减有期徒刑二十年。\n"))[1]
    assert notes.get("months") is None
    assert any("more than a single reduction" in p for p in notes.problems)
