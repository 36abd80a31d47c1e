"""Names of offences: the table is sound, every name in it is read, and keys of the table of charges follow."""

import re
from collections import Counter

import pandas as pd
import pytest

import clemency as cl
from clemency.sources.rulings.names.charges import NEW_LAW, charge_keys, charges, joined_charges, without_key
from clemency.sources.rulings.names.offences import DOCUMENTS, OFFENCES, offences
from clemency.sources.rulings.reader import read_text

NAMED = {(o.law, o.name): o for o in OFFENCES}
SERIES = ("spp-1997", *(f"supplement-{n}" for n in range(1, 9)))


def _standing(name):
    return {(o.name, o.standing, o.withdrawn_by) for o in offences(name.removesuffix("罪"))}


def test_every_document_can_be_opened_and_is_used():
    used = {key for o in OFFENCES for key in o.source_ids.split()}
    assert used == set(DOCUMENTS)
    for key, row in DOCUMENTS.items():
        assert re.fullmatch(r"https?://[!-~]+", row["address"]) or key == "charges-table"


def test_every_name_says_where_it_stands():
    assert len(NAMED) == len(OFFENCES)
    for o in OFFENCES:
        assert o.name.endswith("罪")
        assert o.source_ids
        assert o.standing in ("official", "former", "old_law", "section", "short")
        assert (o.standing == "old_law") == (o.law == "CL79")
        assert (o.standing == "former") == bool(o.withdrawn_by)
        if o.standing == "official":
            assert o.named_by in SERIES
            assert o.article
        if o.standing == "former" and o.named_by:
            assert SERIES.index(o.named_by) < SERIES.index(o.withdrawn_by)
        for name in filter(None, o.now.split("; ")):
            assert SERIES.index(NAMED["CL97", name].named_by) <= SERIES.index(o.withdrawn_by or SERIES[-1])


def test_the_documents_give_as_many_names_as_were_counted_in_them():
    """Rows of each document, counted by hand: a name given again counts where it was first given."""
    standing = Counter(o.standing for o in OFFENCES)  # as on the page on rulings
    assert standing == {"official": 483, "former": 61, "old_law": 35, "section": 4, "short": 1}
    named = Counter(o.named_by for o in OFFENCES if o.standing in ("official", "former"))
    assert [named[key] for key in SERIES] == [414, 20, 7, 21, 13, 10, 31, 25, 1]
    assert named[""] == 2  # the two that only the court had in 1997
    # Of the sixty-one, six were replaced in 2002 without being named.
    withdrawn = Counter(o.withdrawn_by for o in OFFENCES if o.standing == "former")
    assert [withdrawn[key] for key in SERIES] == [0, 18, 3, 8, 4, 3, 14, 10, 1]


@pytest.mark.parametrize("offence", OFFENCES, ids=lambda o: f"{o.law}-{o.name}")
def test_every_name_is_read_as_one_charge(offence):
    assert charges(offence.name) == (offence.name,)
    assert charges(f"{offence.name}、故意毁坏财物罪")[0] == offence.name
    assert len(joined_charges(offence.name.replace("、", ""))) == 1
    assert offence in offences(offence.name.removesuffix("罪"))


def test_keys_are_those_of_the_table_of_charges():
    table = cl.load("charges").set_index("charge_id")
    for o in OFFENCES:
        if not o.charge_id:
            continue
        row = table.loc[o.charge_id]
        assert row["statute"] == o.law
        articles = {a.split("(")[0] for a in o.article.split("; ")}
        whole = re.fullmatch(r"(\d+)-(\d+)", row["article"]) if o.law == "CL79" else None
        low, high = (int(whole[1]), int(whole[2])) if whole else (0, 0)
        assert row["article"] in articles or any(a.isdigit() and low <= int(a) <= high for a in articles), o
    for key, name in table.loc[table["charge_zh"].notna() & table["article"].notna(), "charge_zh"].items():
        offence = NAMED.get(("CL97", name))
        if key.startswith("CL97") and offence is not None:
            assert offence.charge_id == key


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("受贿罪", {("受贿罪", "official", ""), ("受贿罪", "old_law", "")}),
        ("偷税罪", {("偷税罪", "former", "supplement-4")}),
        ("投毒罪", {("投毒罪", "former", "supplement-1")}),
        ("嫖宿幼女罪", {("嫖宿幼女罪", "former", "supplement-6")}),
        ("徇私舞弊低价折股、出售国有资产罪", {("徇私舞弊低价折股、出售国有资产罪", "former", "supplement-8")}),
        ("反革命宣传煽动罪", {("反革命宣传煽动罪", "old_law", "")}),
        ("运输毒品罪", {("走私、贩卖、运输、制造毒品罪", "official", "")}),
        ("组织领导传销活动罪", {("组织、领导传销活动罪", "official", "")}),
        ("窝藏罪", {("窝藏、包庇罪", "official", "")}),
        ("组织他人偷越边境罪", {("组织他人偷越国（边）境罪", "official", "")}),
        ("扰乱无线电管理秩序罪", set()),  # the name has 无线电通讯
        ("组织恐怖活动罪", set()),
        ("伪造、变造货币罪", set()),  # two offences
        ("生产、销售提供假药罪", set()),
    ],
)
def test_where_a_name_stands(said, found):
    assert _standing(said) == found


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ("生产、销售、提供假药罪", ("生产、销售、提供假药罪",)),
        ("拒绝提供间谍犯罪、恐怖主义犯罪、极端主义犯罪证据罪、盗窃罪",
         ("拒绝提供间谍犯罪、恐怖主义犯罪、极端主义犯罪证据罪", "盗窃罪")),
        ("诈骗、投机倒把罪", ("诈骗罪", "投机倒把罪")),
        ("煽动军人逃离部队罪", ("煽动军人逃离部队罪",)),
        ("贩卖毒品、容留他人吸毒罪", ("贩卖毒品罪", "容留他人吸毒罪")),
        ("贩卖、抢窃罪", None),
    ],
)  # fmt: skip
def test_lists_of_charges(said, names):
    assert charges(said) == names


@pytest.mark.parametrize(
    ("names", "judged", "keys"),
    [
        (("贩卖毒品罪",), "2012-03-04", ("CL97-347",)),
        (("走私、运输毒品罪", "非法持有毒品罪"), None, ("CL97-347", "CL97-348")),
        (("容留他人吸毒罪",), "2012", ("CL97-354",)),
        (("非法买卖制毒物品罪",), "2012", ("CL97-350",)),
        (("协助组织卖淫罪",), "2012", ()),
        (("伪造、变造居民身份证罪",), "2005", ("CL97-280(3)",)),  # the name that took its place
        (("国家机关工作人员徇私舞弊罪",), "1999", ()),  # two names took its place
        (("故意杀人罪",), "1997-09-30", ("CL79-132",)),
        (("故意杀人罪",), NEW_LAW, ("CL97-232",)),
        (("故意杀人罪",), "1997", ("CL97-232",)),  # the year does not tell which law
        (("强奸罪",), "1995-02-03", ("CL97-236(1)",)),  # the table has no key of the old law
        (("流氓罪",), "1998", ("CL79-160",)),
    ],
)
def test_keys_go_by_part_successor_and_day(names, judged, keys):
    assert charge_keys(names, judged) == keys
    if len(names) == 1:
        assert without_key(names, judged) == (() if keys else names)


TEXT = (
    "某省某某市中级人民法院\n刑 事 裁 定 书\n（2018）豫03刑更12号\n罪犯李某某，男，汉族，现在某省某某监狱服刑。\n"
    "某省某县人民法院于2012年3月4日作出（2012）某刑初字第5号刑事判决，以被告人李某某犯{charge}，判处有期徒刑十年。"
    "本院认为，该犯确有悔改表现，裁定如下：\n对罪犯李某某减去有期徒刑六个月。\n本裁定送达后即发生法律效力。\n"
)


@pytest.mark.parametrize(
    "said",
    [
        "以被告人李某某犯{charge}，判处有期徒刑十年",
        "以被告人李某某犯有{charge}，判处有期徒刑十年",
        "以{charge}判处李某某有期徒刑十年",
        "以被告人李某某犯放火罪、{charge}，判处有期徒刑十年",
        "以被告人李某某犯放火罪，判处有期徒刑三年；犯{charge}，判处有期徒刑九年，决定执行有期徒刑十年",
    ],
)
def test_every_name_is_read_in_a_ruling(said):
    text = TEXT.replace("以被告人李某某犯{charge}，判处有期徒刑十年", said)
    for name in {o.name for o in OFFENCES}:
        notes = read_text(text.format(charge=name)).people[0]
        expected = dict.fromkeys([*(["放火罪"] if "放火罪" in said else []), name])
        assert notes.get("charges") == "; ".join(expected), notes.problems


@pytest.mark.parametrize(
    ("charge", "family", "lacking"),
    [
        ("贩卖毒品罪", "other", None),
        ("盗窃罪、协助组织卖淫罪", "economic", "协助组织卖淫罪"),
        ("非法行医罪", None, "非法行医罪"),
    ],
)
def test_a_charge_without_a_family_is_told(charge, family, lacking):
    read = cl.read_rulings(pd.DataFrame({"text": [TEXT.format(charge=charge)]}))
    row, case = read.rulings.iloc[0], read.cases.iloc[0]
    assert row["charges"].replace("; ", "、") == charge
    assert (None if pd.isna(row["charges_without_id"]) else row["charges_without_id"]) == lacking
    assert case["charge"] == row["charges"]
    keys = [] if pd.isna(row["charge_ids"]) else row["charge_ids"].split()
    families = cl.load("charges").set_index("charge_id")["family"]
    assert [families[key] for key in keys] == ([family] if family else [])
    assert ("lacks" in case["note"]) == bool(lacking)


def test_an_unknown_name_stays_unread_and_is_told():
    notes = read_text(TEXT.format(charge="抢窃罪")).people[0]
    assert notes.get("charges") is None
    assert notes.problems == ["charges: '抢窃罪' is no offence that is known"]
