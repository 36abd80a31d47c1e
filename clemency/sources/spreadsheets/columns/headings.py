"""The name of a column -> what it may hold, the most likely first."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from clemency.records.schema import ACTS, CASES
from clemency.records.tables.headers import LEAVING, NAMES
from clemency.records.values.words import fold

UNITS = {
    "years": ("years", "year", "yrs", "yr", "y", "年"),
    "months": ("months", "month", "mths", "mos", "mo", "m", "月", "月数", "个月"),
    "days": ("days", "day", "天"),
}


class Meaning(NamedTuple):
    """What a column may hold: a field, the act that it belongs to, the kind of that act, the unit of its numbers."""

    field: str
    act: str = ""
    act_type: str = ""
    unit: str = ""


#: Names of columns that the tables do not have, or that may hold several things, in the order of likelihood.
_MORE: dict[str, tuple[str, ...]] = {
    "name": (
        "name",
        "full name",
        "prisoner",
        "prisoner name",
        "姓名",
        "中文名",
        "chinese name",
        "name zh",
        "characters",
        "pinyin",
        "拼音",
        "汉字",
        "名字",
        "当事人",
    ),
    "birth_date": ("dob", "yob", "b", "birthdate", "出生", "生日", "出生年月", "出生年份", "year born"),
    "detention_date": (
        "arrested",
        "arrest",
        "arrest date",
        "date of arrest",
        "detained",
        "taken",
        "in custody",
        "拘留",
        "被捕",
        "逮捕日期",
        "抓捕时间",
        "羁押",
        "被拘日期",
    ),
    "sentence_date sentence": (
        "sentenced",
        "sentenced on",
        "judgment date",
        "judgement date",
        "verdict date",
        "trial date",
        "convicted",
        "conviction date",
        "判决",
        "宣判",
        "判刑日期",
        "判刑时间",
        "date sentenced",
    ),
    "sentence sentence_date": (
        "sentence",
        "term",
        "penalty",
        "punishment",
        "verdict",
        "length",
        "刑期",
        "判刑",
        "刑罚",
        "判处",
        "sentence length",
        "prison term",
        "term of imprisonment",
        "original sentence",
        "原判",
        "原判刑期",
    ),
    "charge": (
        "charge",
        "charges",
        "offence",
        "offense",
        "crime",
        "conviction",
        "article",
        "articles",
        "art",
        "crime charged",
        "law",
        "statute",
        "罪名",
        "法条",
        "罪",
        "条款",
        "charge zh",
        "charge chinese",
        "charge article",
        "criminal charge",
    ),
    "province": (
        "prov",
        "province",
        "region",
        "place",
        "location",
        "where",
        "city",
        "prefecture",
        "province city",
        "省",
        "省份",
        "省市",
        "地区",
        "地点",
        "地方",
        "所在地",
        "place of sentence",
        "jurisdiction",
    ),
    "court": ("court", "法院", "判决法院"),
    "prison": ("prison", "jail", "facility", "监狱", "关押地", "服刑监狱"),
    "status": ("status", "current status", "situation", "state", "状态", "现状", "情况", "现况"),
    "release_date": (
        "released",
        "release",
        "release date",
        "date released",
        "freed",
        "out",
        "actual release",
        "出狱",
        "释放",
        "获释",
        "出狱日期",
        "释放日期",
        "刑满释放",
    ),
    "death_date": ("died", "death", "date of death", "deceased", "dod", "死亡", "去世", "死亡日期"),
    "term_end_date": (
        "ends",
        "end of term",
        "end of sentence",
        "expiry",
        "expires",
        "expiry date",
        "sentence ends",
        "due out",
        "due for release",
        "expected release",
        "scheduled release",
        "刑满日期",
        "刑满",
        "刑期届满",
        "到期",
        "刑期至",
    ),
    "seen_date": ("last seen", "as of", "last update", "last updated", "updated", "更新", "更新日期"),
    "note": (
        "notes",
        "note",
        "remarks",
        "remark",
        "comments",
        "comment",
        "details",
        "summary",
        "background",
        "备注",
        "说明",
        "注",
    ),
    "source_ids": ("source", "sources", "reference", "link", "url", "来源", "出处"),
    "case_id": (
        "id",
        "no",
        "number",
        "case no",
        "ref",
        "record",
        "record no",
        "编号",
        "序号",
        "case id",
        "case number",
    ),
    "person_id": ("person id", "person", "prisoner id", "person no"),
    "aliases": ("alias", "aliases", "aka", "other names", "别名", "化名"),
    "sex": ("sex", "gender", "m f", "性别", "男女"),
    "ethnicity": ("ethnicity", "ethnic group", "nationality", "ethnic", "民族", "族"),
    "act": ("acts", "clemency", "acts of clemency", "clemency acts", "减刑情况", "刑罚变更", "changes of sentence"),
}

_STEMS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "medical_parole",
        (
            "medical parole",
            "med parole",
            "medical release",
            "mp",
            "bail for medical treatment",
            "保外就医",
            "暂予监外执行",
            "监外执行",
        ),
    ),
    ("parole", ("parole", "假释")),
    ("commuted", ("commutation", "commuted", "commute")),
    ("special_pardon", ("special pardon", "pardon", "amnesty", "特赦")),
    ("early_release", ("early release", "提前释放")),
    ("sentence_extension", ("extension", "extended", "added", "加刑")),
    (
        "sentence_reduction",
        (
            "sentence reduction",
            "reductions",
            "reduction",
            "reduced",
            "reduct",
            "redn",
            "red",
            "cuts",
            "cut",
            "减刑",
            "减期",
        ),
    ),
    ("", ("act of clemency", "clemency", "act", "decision")),
)
_PARTS = {
    "act_date": "date dates on when day time granted 日期 时间 裁定日期 何时",
    "act_months": "months month mths mos mo years year yrs yr length amount size by how much "
    "月 月数 年 幅度 刑期 多少 减去",
    "act_type": "type kind 种类 类型 方式",
    "authority": "court authority by whom 法院 机关",
    "term_after": "new term after to new sentence left 减为 后刑期",
    "act_note": "note notes remark remarks 备注",
}
_FILLER = frozenset("no number nr of the a in st nd rd th 第 次 的 之 sentence granted received".split())
_ORDINALS = {
    **{w: str(i) for i, w in enumerate("first second third fourth fifth sixth seventh eighth".split(), 1)},
    **{w: str(i) for i, w in enumerate("一二三四五六七八", 1)},
}


@lru_cache(maxsize=4096)
def meanings(header: str) -> tuple[Meaning, ...]:
    """What a column of this name may hold; empty if its name tells nothing.

    Examples
    --------
    >>> meanings("Red1 date")[0], meanings("减刑1")[0].field
    (Meaning(field='act_date', act='sentence_reduction 1', act_type='sentence_reduction', unit=''), 'act')
    >>> [m.field for m in meanings("Sentenced")], meanings("Term (months)")[0].unit, meanings("Shoe size")
    (['sentence_date', 'sentence'], 'months', ())
    >>> [m.field for m in meanings("Term (刑期)")]  # what both halves may mean
    ['sentence', 'sentence_date']
    """
    if halves := _two_scripts(header):
        latin, characters = (meanings(half) for half in halves)
        if both := tuple(m for m in latin if m in characters):
            return both
    said = fold(re.sub(r"\(\d+\)$", "", header))
    unit = _unit(said)
    own = "months" if said in _IN_MONTHS else ""  # columns of the tables themselves
    found = [
        Meaning(f, unit=(unit or own) if f in ("sentence", "act_months", "term_after") else "")
        for f in _of_case(said, unit)
    ]
    act = _of_act(said)
    if act is not None and act not in found:
        found.append(act)
    return tuple(found)


def _two_scripts(header: str) -> tuple[str, str] | None:
    """The halves of a name that is given in letters and in characters; None for a name in one script."""
    characters = "".join(re.findall(r"[\u4e00-\u9fff]+", header))
    latin = re.sub(r"[\u4e00-\u9fff]+|[()（）/|,，、;；]", " ", header)
    latin = " ".join(latin.split()).strip(" -–—:：")
    return (latin, characters) if characters and re.search(r"[A-Za-z]{2}", latin) else None


def known(header: str) -> bool:
    """Whether a text is the name of a column."""
    return bool(header.strip()) and len(header) < 60 and bool(meanings(" ".join(header.split())))


def _unit(said: str) -> str:
    tail = set(re.findall(r"[a-z]+|[\u4e00-\u9fff]+", said))
    return next((unit for unit, words in UNITS.items() if tail & set(words)), "")


def _of_case(said: str, unit: str) -> list[str]:
    if found := _names().get(said):
        return found
    bare = " ".join(
        w for w in said.split() if w not in {x for words in UNITS.values() for x in words} and w not in ("in", "of")
    )
    fields = _names().get(bare, []) if bare and unit else []
    return ["sentence"] if "sentence" in fields else []


@lru_cache(maxsize=1)
def _names() -> dict[str, list[str]]:
    """Fields by every name that a column may have."""
    found: dict[str, list[str]] = {}
    for fields, names in _MORE.items():
        for name in names:
            found.setdefault(fold(name), []).extend(fields.split())
    for column, names in NAMES.items():
        for name in (column, *names):
            for field in _field_of(column, name):
                if field not in found.setdefault(fold(name), []):
                    found[fold(name)].append(field)
    for column in (c.name for c in (*CASES.stored, *ACTS.stored)):  # as the tables call it themselves
        own = _field_of(column, column)
        found[fold(column)] = own + [f for f in found.get(fold(column), []) if f not in own]
    return found


_IN_MONTHS = ("months", "term after", "sentence months")
_RENAMED = {
    "name_zh": "name",
    "sentence_months": "sentence",
    "charge_ids": "charge",
    "act_id": "",
    "months": "act_months",
}


def _field_of(column: str, name: str) -> list[str]:
    """Field of a column of the tables under one of its names."""
    if column == "status_date" and set(fold(name).split()) & set(LEAVING):
        return ["death_date"] if "death" in name or "died" in name else ["release_date"]
    field = _RENAMED.get(column, column)
    return [field] if field else []


def _of_act(said: str) -> Meaning | None:
    """An act and a part of it, with its number: ``red1 date``, ``第一次减刑幅度``."""
    text = " ".join(re.findall(r"[a-z]+|[0-9]+|[\u4e00-\u9fff]+", said))
    for kind, stems in _STEMS:
        for stem in stems:
            pattern = rf"\b{stem}\b" if stem.isascii() else re.escape(stem)
            if re.search(pattern, text):
                return _part(kind, re.sub(pattern, " ", text, count=1))
    return None


def _part(kind: str, rest: str) -> Meaning | None:
    rest = re.sub(r"第?([一二三四五六七八])次?(?=\s|$|[^\u4e00-\u9fff]|日|时|幅|月|裁|种|备)", r" \1 ", rest)
    words = rest.split()
    ordinal = next((_ORDINALS.get(w, w) for w in words if w in _ORDINALS or (w.isdecimal() and len(w) < 3)), "")
    words = [w for w in words if w not in _FILLER and w not in _ORDINALS and not (w.isdecimal() and len(w) < 3)]
    act = f"{kind or 'act'} {ordinal}".strip()
    if not words:
        return Meaning("act", act, kind)
    for field, said in _PARTS.items():
        if all(w in said.split() for w in words):
            unit = next((u for u, names in UNITS.items() if set(words) & set(names)), "")
            return Meaning(field, act, kind, unit if field in ("act_months", "term_after") else "")
    return None
