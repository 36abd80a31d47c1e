"""Rulings written for these tests, after the official model form: names are masked, courts and numbers made up."""

import pytest

from clemency.sources.rulings.reader import read_text

HEAD = "某省某某市中级人民法院\n刑 事 裁 定 书\n（2018）豫03刑更12号\n"
PARTY = "罪犯李某某，男，1980年1月2日出生，土家族，某省某某县人，初中文化，现在某省某某监狱二监区服刑。\n"
JUDGED = (
    "某省某县人民法院于2012年3月4日作出（2012）某刑初字第00005号刑事判决，以被告人李某某犯盗窃罪，判处有期徒刑十年，"
    "剥夺政治权利一年，并处罚金人民币五千元（已缴纳）。刑期自2011年10月1日起至2021年9月30日止。判决发生法律效力后，"
    "于2012年6月7日交付执行。\n"
)
PROPOSED = (
    "执行机关某省某某监狱于2018年2月3日提出减刑建议书，报送本院审理。本院依法组成合议庭进行了审理，现已审理终结。\n"
)
FOUND = "经审理查明，罪犯李某某在服刑期间认罪悔罪，共受表扬五次，记功1次，确有悔改表现。\n"
REASONS = "本院认为，罪犯李某某确有悔改表现，符合减刑条件。依照《中华人民共和国刑法》第七十八条、第七十九条之规定，裁定如下：\n"
TAIL = "本裁定送达后即发生法律效力。\n审判长某某\n审判员某某\n人民陪审员某某\n二Ο一八年三月十五日\n书记员某某"
CUT = "对罪犯李某某减去有期徒刑六个月，剥夺政治权利一年不变（刑期至2021年3月31日止）。\n"


def ruling(history=JUDGED, proposed=PROPOSED, found=FOUND, reasons=REASONS, decision=CUT, tail=TAIL, head=HEAD):
    return head + PARTY + history + proposed + found + reasons + decision + tail


def one(text):
    read = read_text(text)
    assert len(read.people) == 1, (read.status, read.reason)
    return read, read.people[0]


def values(text):
    return {name: value.value for name, value in one(text)[1].found.items()}


def test_a_usual_ruling_value_by_value():
    read, notes = one(ruling())
    assert read.status == "ruling"
    assert notes.problems == []
    assert {name: v.value for name, v in notes.found.items()} == {
        "document_kind": "ruling", "court": "某省某某市中级人民法院", "court_level": "intermediate", "province": "CN-HA",
        "case_number": "（2018）豫03刑更12号", "prisoner": "李某某", "sex": "M", "birth_date": "1980-01-02", "ethnicity": "土家族",
        "education": "初中", "residence": "某省某某县", "prison": "某省某某监狱", "judgment_court": "某省某县人民法院",
        "judgment_date": "2012-03-04", "judgment_number": "（2012）某刑初字第00005号", "charges": "盗窃罪",
        "charge_ids": "CL97-264", "sentence_type": "fixed", "sentence_months": 120, "deprivation_months": 12,
        "fine_yuan": 5000.0, "property_paid": "paid", "term_start": "2011-10-01", "term_end": "2021-09-30",
        "committed_date": "2012-06-07", "earlier_n": 0, "proposal_date": "2018-02-03", "proposal_body": "某省某某监狱",
        "proposed_kind": "reduction", "commendations": 5, "merits": 1, "repented": True, "decision": "granted",
        "kind": "reduction", "months": 6, "new_end": "2021-03-31", "deprivation_after_months": 12,
        "ruling_date": "2018-03-15", "judges": 3,
    }  # fmt: skip
    assert notes.found["province"].certainty == "inferred"
    assert notes.found["months"].certainty == "stated"


def test_the_place_of_a_value_is_that_of_its_words():
    text = ruling()
    read, notes = one(text)
    start, end = read.plain.place(notes.found["months"].start, notes.found["months"].end)
    assert text[start:end] == "六个月"


def test_one_line_and_lines_say_the_same():
    assert values(ruling().replace("\n", "")) == values(ruling())


def test_a_spent_conviction_is_not_the_judgment_served():
    spent = "罪犯李某某曾因犯诈骗罪于2004年5月1日被某市某区人民法院判处有期徒刑二年六个月，2006年2月2日刑满释放。"
    assert values(ruling(history=spent + JUDGED)) == values(ruling())


def test_the_term_that_is_executed_counts():
    merged = JUDGED.replace(
        "犯盗窃罪，判处有期徒刑十年",
        "犯盗窃罪，判处有期徒刑九年；犯走私、贩卖毒品罪，判处有期徒刑二年，数罪并罚，决定执行有期徒刑十年",
    )
    got = values(ruling(history=merged))
    assert (got["sentence_months"], got["charges"]) == (120, "盗窃罪; 走私、贩卖毒品罪")
    without = merged.replace("数罪并罚，决定执行有期徒刑十年，", "")
    assert "sentence_months" not in values(ruling(history=without))


def test_an_appeal_that_changed_the_sentence_governs():
    appeal = (
        "宣判后，被告人不服，提出上诉。某省某某市中级人民法院于2012年5月6日作出（2012）某刑终字第7号刑事判决，撤销原判，"
        "改判有期徒刑八年，并处罚金三千元。"
    )
    got = values(ruling(history=JUDGED.replace("刑期自2011年10月1日起至2021年9月30日止。", "") + appeal))
    assert (got["appeal_result"], got["sentence_months"], got["fine_yuan"]) == ("changed", 96, 3000.0)
    assert "deprivation_months" not in got
    assert got["judgment_date"] == "2012-03-04"


def test_earlier_changes_with_their_dates_and_numbers():
    changes = (
        "2014年8月9日经本院以（2014）某刑执字第77号刑事裁定，对其减去有期徒刑一年二个月，剥夺政治权利一年不变；"
        "本院于2016年9月10日作出（2016）豫03刑更88号刑事裁定，对其减去有期徒刑9个月。现刑期至2019年10月30日止。"
    )
    text = ruling(history=JUDGED + changes, decision=CUT.replace("2021年3月31日", "2019年4月30日"))
    notes = one(text)[1]
    told = [(c["kind"], c["date"], c["number"], c["months"]) for c in notes.changes]
    assert told == [
        ("reduction", "2014-08-09", "（2014）某刑执字第77号", 14),
        ("reduction", "2016-09-10", "（2016）豫03刑更88号", 9),
    ]
    assert (notes.get("earlier_n"), notes.get("earlier_months"), notes.get("current_end")) == (2, 23, "2019-10-30")
    assert notes.problems == []


def test_a_list_of_days_and_one_of_lengths_are_paired():
    listed = (
        "本院先后于2014年2月20日、2016年1月14日、2017年2月22日作出刑事裁定，分别对其减去有期徒刑一年、九个月、八个月。"
    )
    notes = one(ruling(history=JUDGED + listed))[1]
    assert [(c["date"], c["months"]) for c in notes.changes] == [
        ("2014-02-20", 12),
        ("2016-01-14", 9),
        ("2017-02-22", 8),
    ]
    fewer = listed.replace("2014年2月20日、", "")
    notes = one(ruling(history=JUDGED + fewer))[1]
    assert [c["date"] for c in notes.changes] == [None, None, None]
    assert notes.get("earlier_n") is None


def test_points_are_no_months():
    assert one(ruling(history=JUDGED + "累计减刑108，"))[1].changes == []


def test_life_and_what_it_was_commuted_to():
    life = JUDGED.replace("有期徒刑十年，剥夺政治权利一年", "无期徒刑，剥夺政治权利终身").replace(
        "刑期自2011年10月1日起至2021年9月30日止。", ""
    )
    life += (
        "2014年8月9日经某省高级人民法院以（2014）某高刑执字第7号刑事裁定，对其减为有期徒刑十九年，剥夺政治权利七年。"
    )
    life += "刑期自2014年8月9日起至2033年8月8日止。"
    notes = one(ruling(history=life, decision=CUT.replace("2021年3月31日", "2033年2月8日")))[1]
    assert (notes.get("sentence_type"), notes.get("deprivation_months"), notes.get("sentence_months")) == (
        "life",
        -1,
        None,
    )
    assert [(c["kind"], c["term_after"], c["date"]) for c in notes.changes] == [
        ("commutation_to_fixed", 228, "2014-08-09")
    ]
    assert notes.get("months") == 6
    assert "term_start" not in notes.found


@pytest.mark.parametrize(
    ("reasons", "decision", "expected"),
    [
        ("", "对罪犯李某某不予减刑。", ("refused", "reduction", None)),
        ("", "驳回某省某某监狱对罪犯李某某减去有期徒刑六个月的减刑建议。", ("refused", "reduction", None)),
        ("", "某省某某监狱提请减刑的意见，本院不予支持。", ("refused", "reduction", None)),
        ("", "准许某省某某监狱撤回对罪犯李某某的减刑建议。", ("withdrawn", "reduction", None)),
        ("", "对罪犯李某某不准予假释。", ("refused", "parole", None)),
        ("", "撤销对罪犯李某某的假释，收监执行未执行完毕的刑罚。", ("revoked", None, None)),
        ("符合减刑条件", "对罪犯李某某减去剩余刑期。", ("granted", "reduction", None)),
        ("符合减刑条件", "对罪犯李某某减去有期徒刑七个月十五天。", ("granted", "reduction", 7)),
        ("符合减刑条件", "将罪犯李某某的刑期减去八个月。", ("granted", "reduction", 8)),
        ("符合减刑条件", "对罪犯李某某准予减刑一年零一个月。", ("granted", "reduction", 13)),
        ("不符合减刑条件", "对罪犯李某某减去有期徒刑六个月。", (None, None, None)),
        ("符合减刑条件", "对罪犯李某某减去有期徒刑六六个月。", ("granted", "reduction", None)),
    ],
)  # fmt: skip
def test_decisions(reasons, decision, expected):
    text = ruling(reasons=f"本院认为，罪犯李某某{reasons}。裁定如下：\n", decision=f"{decision}\n", found="")
    got = values(text)
    if decision.startswith("撤销"):
        assert got["decision"] == "revoked"
        return
    assert (got.get("decision"), got.get("kind"), got.get("months")) == expected


def test_parole_and_its_time():
    told = "对罪犯李某某予以假释（假释考验期限自2018年3月15日起至2021年9月30日止）。\n"
    got = values(ruling(reasons="本院认为，符合假释条件。裁定如下：\n", decision=told))
    assert (got["decision"], got["kind"]) == ("granted", "parole")
    assert (got["parole_start"], got["parole_end"]) == ("2018-03-15", "2021-09-30")
    assert "new_end" not in got


def test_a_reprieved_death_sentence_becomes_life():
    history = JUDGED.replace("有期徒刑十年，剥夺政治权利一年", "死刑，缓期二年执行，剥夺政治权利终身，限制减刑")
    text = ruling(
        head="某省高级人民法院\n刑事裁定书\n（2018）豫刑更12号\n",
        history=history.replace("刑期自2011年10月1日起至2021年9月30日止。", ""),
        decision="将罪犯李某某的死刑，缓期二年执行减为无期徒刑，剥夺政治权利终身。\n",
    )
    got = values(text)
    assert (got["kind"], got["sentence_type"], got["restricted_reduction"]) == (
        "commutation_to_life",
        "death_reprieve",
        True,
    )
    assert got["deprivation_after_months"] == -1
    wrong_court = one(text.replace("某省高级人民法院", "某省某市中级人民法院", 1))[1]
    assert any("only a high court" in p for p in wrong_court.problems)


def test_service_outside_prison_and_its_end():
    begun = (
        "某某市人民法院\n暂予监外执行决定书\n（2019）某01刑更3号\n罪犯某某某，女，1990年2月3日出生，汉族，住某省某市某区。\n"
        "2019年1月5日本院作出（2018）某0102刑初456号刑事判决，以贩卖毒品罪判处罪犯某某某有期徒刑三年。\n"
        "经查，罪犯某某某确系怀孕的妇女。决定将罪犯某某某暂予监外执行，期限自2019年2月1日起至2019年8月1日止。\n二〇一九年二月一日"
    )
    got = values(begun)
    assert (got["document_kind"], got["decision"], got["kind"], got["outside_reason"]) == (
        "decision",
        "granted",
        "outside",
        "pregnant",
    )
    assert (got["outside_from"], got["outside_until"], got["ruling_date"]) == ("2019-02-01", "2019-08-01", "2019-02-01")
    ended = "某某市人民法院\n收监执行决定书\n（2020）某01刑更8号\n罪犯某某某，女，汉族。\n决定如下：\n对罪犯某某某收监执行。\n二〇二〇年二月一日"
    assert (values(ended)["decision"], values(ended)["kind"]) == ("revoked", "outside")


SECOND = PARTY.replace("李某某", "王某").replace("1980年1月2日", "1985年5月6日")
SECOND_JUDGED = (
    JUDGED.replace("李某某", "王某").replace("盗窃罪", "抢劫罪").replace("判处有期徒刑十年", "判处有期徒刑八年")
)
SECOND_JUDGED = SECOND_JUDGED.replace("2021年9月30日", "2019年9月30日")


def test_several_prisoners_each_with_their_own():
    both = (
        "一、对罪犯李某某减去有期徒刑六个月（刑期至2021年3月31日止）；二、对罪犯王某减去有期徒刑九个月"
        "（刑期至2018年12月30日止）。\n"
    )
    read = read_text(HEAD + PARTY + JUDGED + SECOND + SECOND_JUDGED + PROPOSED + FOUND + REASONS + both + TAIL)
    told = [(n.get("prisoner"), n.get("charges"), n.get("sentence_months"), n.get("months")) for n in read.people]
    assert told == [("李某某", "盗窃罪", 120, 6), ("王某", "抢劫罪", 96, 9)]
    assert [n.get("proposal_date") for n in read.people] == ["2018-02-03", "2018-02-03"]
    assert [n.get("commendations") for n in read.people] == [5, None]  # told of one by name


OWN_FOUND = "经审理查明，罪犯李某某共受表扬五次，系累犯，确有悔改表现。该犯罚金未缴纳。罪犯王某记功2次；共受表扬四次。"


@pytest.mark.parametrize(
    ("found", "reasons", "told"),
    [
        (OWN_FOUND, REASONS, [(5, None, True, "unpaid"), (4, 2, None, "paid")]),
        (OWN_FOUND.replace("。罪犯王某", "，罪犯王某"), REASONS, [(5, None, True, "unpaid"), (4, 2, None, "paid")]),
        (OWN_FOUND + "二罪犯均获改造积极分子2次。记功9次。", REASONS, [(5, None, True, "unpaid"), (4, 2, None, "paid")]),
        (OWN_FOUND + "罪犯李某某、王某表扬九次。", REASONS, [(5, None, True, "unpaid"), (4, 2, None, "paid")]),
        (OWN_FOUND, REASONS.replace("罪犯李某某", "罪犯李某某表扬六次，"), [(None, None, True, "unpaid"), (4, 2, None, "paid")]),
        ("经审理查明，二罪犯均获表扬五次。", REASONS.replace("罪犯李某某", "二罪犯"), [(None,) * 4] * 2),
    ],
)  # fmt: skip
def test_what_was_found_of_each_prisoner_by_name(found, reasons, told):
    both = "一、对罪犯李某某减去有期徒刑六个月；二、对罪犯王某减去有期徒刑九个月。\n"
    first = JUDGED.replace("（已缴纳）", "")
    read = read_text(HEAD + PARTY + first + SECOND + SECOND_JUDGED + PROPOSED + found + reasons + both + TAIL)
    columns = ("commendations", "merits", "recidivist", "property_paid")
    assert [tuple(n.get(c) for c in columns) for n in read.people] == told
    assert [n.get("months") for n in read.people] == [6, 9]
    assert all(n.get("activist_titles") is None for n in read.people)
    apart = ["not told apart" not in "; ".join(n.problems) for n in read.people]
    assert apart == [found.startswith(OWN_FOUND[:20])] * 2


def test_one_name_for_two_and_no_order_gives_nobody_the_decision():
    same = SECOND.replace("王某", "李某某"), SECOND_JUDGED.replace("王某", "李某某")
    one_clause = "对罪犯李某某减去有期徒刑六个月。\n"
    read = read_text(HEAD + PARTY + JUDGED + "".join(same) + PROPOSED + REASONS + one_clause + TAIL)
    assert [n.get("months") for n in read.people] == [None, None]
    assert all("it cannot be told which" in "; ".join(n.problems) for n in read.people)


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("", "empty"),
        ("   \n\u3000", "empty"),
        ("The court reduced the sentence by six months (减刑).", "not_chinese"),
        ("某某市人民法院\n刑事判决书\n（2012）某刑初字第5号\n被告人某某某，曾于2000年被减刑。判决如下：判处有期徒刑三年。", "judgment"),
        ("某某市人民法院\n民事裁定书\n（2014）某民初字第5号\n原告某某。裁定如下：准许撤诉。", "other_ruling"),
        ("某某市中级人民法院\n刑事裁定书\n（2014）某刑终字第5号\n上诉人某某，曾被减刑。裁定如下：驳回上诉，维持原判。", "other_ruling"),
        ("某省某某监狱\n提请减刑建议书\n罪犯某某某，男，建议对罪犯某某某予以减刑。此致某某市中级人民法院", "proposal"),
        ("某某市中级人民法院减刑案件公示\n现将下列罪犯的减刑案件予以公示，公示期五日。", "notice"),
        ("本报讯（记者某某）某某市中级人民法院昨日宣布多名服刑人员获减刑。", "news"),
        ("今天天气很好，大家都去公园。", "other"),
        (ruling() + "\n" + ruling(), "several_documents"),
        (ruling() + "\n" + ruling()[:200], "several_documents"),
        (ruling().split("裁定如下")[0], "part"),
        (ruling().split("对罪犯李某某减去")[0], "part"),
    ],
)  # fmt: skip
def test_what_a_text_is(text, status):
    read = read_text(text)
    assert read.status == status
    assert bool(read.people) == (status == "part")
    if status == "part":
        assert read.people[0].get("prisoner") == "李某某"
        assert read.people[0].get("months") is None


def _account_of(name, charge, decision):
    return (
        f"罪犯{name}减刑案。罪犯{name}因犯{charge}，于2009年5月6日被某省某某市中级人民法院判处有期徒刑十五年。"
        f"执行机关提出减刑建议。某省高级人民法院经审理认为，上述事实清楚，裁定：对罪犯{name}{decision}。"
    )


def _unnumbered(decision, name="李某某", tail=""):
    head = HEAD.replace("（2018）豫03刑更12号", "某刑执字第2107号")
    return ruling(head=head, decision=decision.replace("李某某", name), tail=tail).replace("罪犯李某某", f"罪犯{name}")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (_account_of("李某某", "受贿罪", "不予减刑") + _account_of("王某", "抢劫罪", "减去有期徒刑六个月"), "short accounts"),
        (_account_of("李某某", "受贿罪", "不予减刑") + _account_of("李某某", "抢劫罪", "减去有期徒刑六个月"), "short accounts"),
        (_unnumbered(CUT) + _unnumbered(CUT.replace("六", "三")), "introduced after a decision"),
        (_unnumbered(CUT) + _unnumbered(CUT, "王某"), "introduced after a decision"),
        (_unnumbered(CUT) + _unnumbered(CUT, "王某（又名某某）"), "introduced after a decision"),
        (_unnumbered(CUT) + _unnumbered(CUT, "王某").split("裁定如下")[0], "introduced after a decision"),
    ],
)  # fmt: skip
def test_several_rulings_in_one_text_are_not_read_as_one(text, reason):
    read = read_text(text)
    assert (read.status, read.people) == ("several_documents", ())
    assert reason in read.reason
    assert read.reason.endswith("split the file")


def test_an_account_that_tells_an_earlier_ruling_is_one():
    told = _account_of("李某某", "受贿罪", "不予减刑").replace(
        "执行机关提出", "2012年5月6日，某省高级人民法院裁定对罪犯李某某减去有期徒刑八个月。执行机关提出"
    )
    assert read_text(told).status == "digest"


def test_a_digest_is_read_to_the_end_of_its_decision():
    digest = (
        "罪犯李某某减刑案。罪犯李某某因犯受贿罪，于2009年5月6日被某省某某市中级人民法院判处有期徒刑十五年。执行机关提出减刑建议。"
        "某省高级人民法院经审理认为，该犯财产性判项未履行，裁定：对罪犯李某某不予减刑。该案的意义在于，减去有期徒刑六个月不当。"
    )
    got = values(digest)
    assert (got["document_kind"], got["decision"], got["kind"]) == ("digest", "refused", "reduction")
    assert (got["charges"], got["sentence_months"], got["property_paid"]) == ("受贿罪", 180, "unpaid")


def test_arithmetic_that_does_not_agree_is_told():
    notes = one(ruling(decision=CUT.replace("2021年3月31日", "2020年3月31日")))[1]
    assert notes.problems == ["new_end: it is not the end before, less the months"]
    assert notes.get("months") == 6


def test_time_is_linear_in_the_text():
    import time

    def took(text):
        start = time.process_time()
        read_text(text)
        return time.process_time() - start

    for filler in ("罪犯", "（2015）某刑", "某省某市", "减去有期徒刑", "2015年1月", "一二三四五六七八九十", "犯盗窃、"):
        short, long = ruling().replace("经审理查明，", "经审理查明，" + filler * 600), ""
        long = ruling().replace("经审理查明，", "经审理查明，" + filler * 6_000)
        took(short)
        assert took(long) < 40 * max(took(short), 0.005), filler


@pytest.mark.parametrize(
    ("old", "new", "name", "value"),
    [
        ("初中文化", "文化程度初中", "education", "初中"),
        ("现在某省某某监狱二监区服刑", "正在某省某某监狱服刑", "prison", "某省某某监狱"),
        ("（2018）豫03刑更12号", "案号：（2018）豫03刑更12号", "case_number", "（2018）豫03刑更12号"),
        ("刑 事 裁 定 书\n", "减 刑 刑 事 裁 定 书\n", "court", "某省某某市中级人民法院"),
        ("犯盗窃罪", "犯有盗窃罪", "charges", "盗窃罪"),
        ("犯盗窃罪", "犯故意伤害（致死）罪", "charges", "故意伤害罪"),
        ("罚金人民币五千元", "罚金5万", "fine_yuan", 50_000.0),
        ("（刑期至2021年3月31日止）", "，减刑后应执行至2021年3月31日止", "new_end", "2021-03-31"),
        ("（刑期至2021年3月31日止）", "，减刑后刑满日期为2021年3月31日", "new_end", "2021-03-31"),
        ("判处有期徒刑十年", "判有期徒刑十年", "sentence_months", 120),
        ("罪犯李某某，男", "罪犯JOHN DOE，男", "prisoner", "JOHN DOE"),
        ("罪犯李某某，男", "罪犯艾某·某某（曾用名某某），男", "prisoner", "艾某·某某"),
        ("罪犯李某某，男", "罪犯李○○，男", "prisoner", "李○○"),
        ("自2011年10月1日起至2021年9月30日止", "从2011年10月1日起至2021年9月30日止", "term_end", "2021-09-30"),
        ("二Ο一八年三月十五日", "2018年3月15日", "ruling_date", "2018-03-15"),
        ("本裁定送达后即发生法律效力", "本裁定自送达之日起发生法律效力", "ruling_date", "2018-03-15"),
    ],
)  # fmt: skip
def test_other_ways_to_say_it(old, new, name, value):
    text = ruling()
    assert old in text
    assert values(text.replace(old, new, 1)).get(name) == value


def test_months_date_a_change_and_years_do_not():
    told = "2014年12月、2016年8月分别减刑十个月、一年。"
    notes = one(ruling(history=JUDGED + told))[1]
    assert [(c["date"], c["months"]) for c in notes.changes] == [("2014-12", 10), ("2016-08", 12)]
    notes = one(ruling(history=JUDGED + "2014年经裁定减刑十个月。"))[1]
    assert [(c["date"], c["months"]) for c in notes.changes] == [(None, 10)]


def test_a_paragraph_told_twice_is_one_prisoner():
    again = FOUND.replace("罪犯李某某在", PARTY.strip() + "罪犯李某某在")
    assert len(read_text(ruling(found=again)).people) == 1
