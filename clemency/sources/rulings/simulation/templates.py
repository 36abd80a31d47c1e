"""What a made-up ruling is about, and a hand -> its text, part by part, after the courts' model form."""

from __future__ import annotations

from typing import Any

from clemency.sources.rulings.simulation.wording import Hand

Facts = dict[str, Any]
_LAWS = {
    "reduction": "第七十八条、第七十九条",
    "parole": "第八十一条、第八十三条",
    "commutation_to_fixed": "第七十八条、第七十九条、第八十条",
    "commutation_to_life": "第五十条、第五十七条",
    "outside": "",
}


def head(f: Facts, hand: Hand) -> list[str]:
    """Court, title and number."""
    title = "暂予监外执行决定书" if f["kind"] == "outside" else "刑事裁定书"
    number = f["case_number"].replace("（", hand.brackets[0]).replace("）", hand.brackets[1])
    if hand.wide:
        number = "".join(chr(ord(c) + 0xFEE0) if c.isdigit() else c for c in number)
    first = [f"{f['prisoner']}减刑{title}"] if hand.rng.random() < 0.1 else []
    return [*first, f["court"], hand.title(title), number]


def party(f: Facts, hand: Hand) -> str:
    """The prisoner's paragraph."""
    rng = hand.rng
    sex = {"M": "男", "F": "女"}[f["sex"]]
    born = hand.day(f["birth_date"])
    birth = rng.choice((f"{born}出生", f"{born}出生", f"生于{born}", f"{born}生"))
    middle = [birth, f["ethnicity"]] if rng.random() < 0.7 else [f["ethnicity"], birth]
    place = rng.choice((f"{f['residence']}人", f"住{f['residence']}", f"户籍地{f['residence']}"))
    rest = [place, f"{f['education']}{rng.choice(('文化', '文化程度', '毕业'))}"]
    if rng.random() < 0.4:
        rest.reverse()
    held = rng.choice(("现在{}服刑", "现押{}服刑", "现在{}四监区服刑", "现羁押于{}")).format(f["prison"])
    joint = rng.choice(("，", "。"))
    return f"罪犯{f['prisoner']}，{sex}，{'，'.join(middle)}，{'，'.join(rest)}{joint}{held}。"


def judgment(f: Facts, hand: Hand) -> str:
    """The judgment that is served, after a spent conviction here and there."""
    rng = hand.rng
    spent = ""
    if rng.random() < 0.1:
        spent = f"罪犯{f['prisoner']}曾因犯盗窃罪于2003年5月6日被某某县人民法院判处有期徒刑一年，2004年3月1日刑满释放。"
    court, day, number = f["judgment_court"], hand.day(f["judgment_date"]), f["judgment_number"]
    number = number.replace("（", hand.brackets[0]).replace("）", hand.brackets[1])
    if court == f["court"] and rng.random() < 0.8:
        court = "本院"
    said = rng.choice((f"{court}于{day}作出{number}刑事判决，", f"{day}，{court}作出{number}刑事判决，"))
    who = rng.choice(("以被告人{}犯", "认定被告人{}犯", "以罪犯{}犯")).format(f["prisoner"])
    return spent + said + who + _punished(f, hand) + _after(f, hand)


def _punished(f: Facts, hand: Hand) -> str:
    term = _term(f, hand)
    if len(f["_charges"]) == 1:
        said = f"{f['_charges'][0]}，判处{term}"
    elif hand.rng.random() < 0.4 or f["sentence_type"] != "fixed":
        said = f"{f['_charges'][0]}、{f['_charges'][1]}，判处{term}"
        said = said.replace("，判处", "，数罪并罚，决定执行")
    else:
        first, second = f["_charges"]
        one, other = hand.length(f["sentence_months"] - 4), hand.length(12)
        said = f"{first}，判处有期徒刑{one}；犯{second}，判处有期徒刑{other}，数罪并罚，决定执行{term}"
    if f["deprivation_months"]:
        deprived = "终身" if f["deprivation_months"] < 0 else hand.length(f["deprivation_months"])
        said += f"，剥夺政治权利{deprived}"
    if f["fine_yuan"]:
        said += f"，并处罚金{hand.rng.choice(('', '人民币'))}{hand.money(f['fine_yuan'])}"
        said += hand.bracketed("已缴纳") if f["property_paid"] == "paid" else ""
    return f"{said}。"


def _term(f: Facts, hand: Hand) -> str:
    if f["sentence_type"] == "life":
        return "无期徒刑"
    if f["sentence_type"] == "death_reprieve":
        return hand.rng.choice(("死刑，缓期二年执行", "死刑缓期二年执行"))
    return f"有期徒刑{hand.length(f['sentence_months'])}"


def _after(f: Facts, hand: Hand) -> str:
    said = ""
    if f.get("appeal_court"):
        own = "本院" if f["appeal_court"] == f["court"] else f["appeal_court"]
        number = f["appeal_number"].replace("（", hand.brackets[0]).replace("）", hand.brackets[1])
        said += f"宣判后，被告人不服，提出上诉。{own}于{hand.day(f['appeal_date'])}作出{number}刑事裁定，驳回上诉，维持原判。"
    if f["term_start"] and f["_tells_term"]:
        said += f"刑期自{hand.day(f['term_start'])}起至{hand.day(f['term_end'])}止。"
    if f["committed_date"]:
        said += f"判决发生法律效力后，于{hand.day(f['committed_date'])}交付执行。"
    else:
        said += "判决发生法律效力后交付执行。"
    return said + _changes(f, hand)


def _changes(f: Facts, hand: Hand) -> str:
    said = ""
    form = hand.rng.randint(0, 2)
    for day, cut in f["_changes"]:
        number = f"{hand.brackets[0]}{day.year}{hand.brackets[1]}某刑执字第{cut * 7}号"
        said += (
            f"本院于{hand.day(day)}作出{number}刑事裁定，对其减去有期徒刑{hand.length(cut)}。",
            f"{hand.day(day)}经本院以{number}刑事裁定，对其减去有期徒刑{hand.length(cut)}。",
            f"该犯于{hand.day(day)}经本院裁定减去有期徒刑{hand.length(cut)}。",
        )[form]
    if f["_changes"] and f["_tells_current"]:
        said += f"现刑期至{hand.day(f['_end'])}止。"
    return said


def proposal(f: Facts, hand: Hand) -> str:
    """The prison's proposal and the procedure."""
    kind = {"parole": "假释", "outside": "暂予监外执行"}.get(f["kind"], "减刑")
    lead = hand.rng.choice(("执行机关", "刑罚执行机关", "现执行机关"))
    said = f"{lead}{f['prison']}于{hand.day(f['proposal_date'])}提出{kind}建议书，报送本院审理。"
    if f["prosecutor_view"]:
        said += "某某地区人民检察院出具检察意见，同意执行机关的意见。"
    return said + "本院依法组成合议庭进行了审理。现已审理终结。"


def facts_found(f: Facts, hand: Hand) -> str:
    """What the court found."""
    said = f"经审理查明，罪犯{f['prisoner']}在服刑期间，认罪悔罪，认真遵守法律法规及监规，接受教育改造。"
    told = []
    if f["commendations"]:
        n = hand.number(f["commendations"])
        told.append(hand.rng.choice((f"获监狱表扬{n}次", f"共受表扬{n}次", f"现有{n}次表扬")))
    if f["merits"]:
        told.append(f"记功{hand.number(f['merits'])}次")
    if f["points"]:
        told.append(f"获得考核分{f['points']:g}分")
    said += f"{'，'.join(told)}。" if told else ""
    if f["property_paid"] in ("unpaid", "part"):
        said += {"unpaid": "财产性判项未履行。", "part": "本次缴纳罚金人民币1000元。"}[f["property_paid"]]
    if f["recidivist"]:
        said += "该犯系累犯。"
    if f["kind"] == "outside":
        ill = {"ill": "该犯患有严重疾病。", "pregnant": "该犯系怀孕的妇女。", "helpless": "该犯生活不能自理。"}
        said += ill[f["outside_reason"]]
    return said + "上述事实，有罪犯评审鉴定表、罪犯奖励审批表等证据证实。"


def reasons(f: Facts, hand: Hand) -> str:
    """Why, and the words that introduce the decision."""
    kind = {"parole": "假释", "outside": "暂予监外执行"}.get(f["kind"], "减刑")
    fits = {
        "granted": f"确有悔改表现，符合法定{kind}条件" if kind != "暂予监外执行" else "符合法定条件",
        "refused": f"不符合法定{kind}条件",
        "withdrawn": "执行机关申请撤回建议，符合法律规定",
        "revoked": "违反监督管理规定",
    }[f["decision"]]
    law = _LAWS[f["kind"]]
    word = "决定" if f["kind"] == "outside" else "裁定"
    cited = f"依照《中华人民共和国刑法》{law}之规定，" if law else ""
    return f"本院认为，罪犯{f['prisoner']}{fits}。{cited}{word}如下："


def decision(f: Facts, hand: Hand) -> str:
    """What is decided."""
    name = f["prisoner"]
    if f["decision"] == "refused":
        what = "减刑" if f["kind"] == "reduction" else "假释"
        return hand.rng.choice((f"对罪犯{name}不予{what}。", f"驳回{f['prison']}对罪犯{name}的{what}建议。"))
    if f["decision"] == "withdrawn":
        return f"准许{f['prison']}撤回对罪犯{name}的减刑建议。"
    if f["decision"] == "revoked":
        return f"撤销对罪犯{name}的假释。"
    if f["kind"] == "parole":
        probation = f"假释考验期限自{hand.day(f['parole_start'])}起至{hand.day(f['parole_end'])}止"
        return f"对罪犯{name}予以假释{hand.bracketed(probation)}。"
    if f["kind"] == "outside":
        return f"对罪犯{name}暂予监外执行。"
    if f["kind"] == "commutation_to_life":
        return f"将罪犯{name}的刑罚减为无期徒刑，剥夺政治权利终身。"
    if f["kind"] == "commutation_to_fixed":
        term = f"刑期自{hand.day(f['new_start'])}起至{hand.day(f['new_end'])}止"
        deprived = f"剥夺政治权利改为{hand.length(f['deprivation_after_months'])}"
        return f"将罪犯{name}的刑罚减为有期徒刑{hand.length(f['term_after'])}，{deprived}{hand.bracketed(term)}。"
    return _reduced(f, hand)


def _reduced(f: Facts, hand: Hand) -> str:
    cut = f"对罪犯{f['prisoner']}减去有期徒刑{hand.length(f['months'], f['days'] or 0)}"
    if f["deprivation_months"]:
        cut += f"，剥夺政治权利{hand.length(f['deprivation_months'])}不变"
    end = hand.day(f["new_end"], formal=hand.rng.random() < 0.1)
    form = hand.rng.randint(0, 3)
    f["new_start"] = f["term_start"] if form == 3 else None
    if form == 1:
        return f"{cut}。减刑后刑期至{end}止。"
    told = {0: "刑期至", 2: "本次减刑后刑期至", 3: f"刑期自{hand.day(f['term_start'])}起至"}[form]
    return f"{cut}{hand.bracketed(told + end + '止')}。"


def tail(f: Facts, hand: Hand) -> list[str]:
    """Force, bench and date."""
    word = "决定" if f["kind"] == "outside" else "裁定"
    bench = ["审判长某某某", f"{hand.rng.choice(('审判员', '代理审判员'))}某某", "人民陪审员某某"]
    if hand.spaced:
        bench = [b.replace("审判", "审　判　") for b in bench]
    return [f"本{word}送达后即发生法律效力。", *bench, hand.day(f["ruling_date"], formal=True), "书记员某某"]
