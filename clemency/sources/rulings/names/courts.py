"""The name of a court, a prison or a place -> its level and its province."""

from __future__ import annotations

import re
from itertools import pairwise


def _without(marks: str) -> str:
    """Class of the Chinese characters but some, and of what stands for masked ones."""
    codes = [0x4DFF, *sorted(map(ord, marks)), 0xA000]
    ranges = (f"\\u{a + 1:04x}-\\u{b - 1:04x}" for a, b in pairwise(codes) if b - a > 1)
    return f"[{''.join(ranges)}×Xx*]"


#: Characters that stand before a name in a sentence and in no name.
_NAME = _without("犯被书罪判裁诉现押狱刑")
_HOLD = _without("犯被书罪判裁诉经过执现押送刑羁机")
COURT = rf"(?:{_NAME}{{2,28}}?(?:人民法院|运输中级法院|运输法院|军事法院|海事法院)(?:{_NAME}{{2,10}}?分院)?)"
PRISON = rf"(?:{_HOLD}|\d){{2,24}}?(?:监狱|未成年犯管教所|未成年人管教所|少年犯管教所|看守所|拘役所|监狱医院)"
#: Beginnings of names by which a province is told, with its key in the table of provinces.
_PROVINCES = {
    "北京": "CN-BJ", "天津": "CN-TJ", "河北省": "CN-HE", "山西": "CN-SX", "内蒙古": "CN-NM", "辽宁": "CN-LN",
    "吉林省": "CN-JL", "黑龙江": "CN-HL", "上海": "CN-SH", "江苏": "CN-JS", "浙江": "CN-ZJ", "安徽": "CN-AH",
    "福建": "CN-FJ", "江西": "CN-JX", "山东": "CN-SD", "河南省": "CN-HA", "湖北": "CN-HB", "湖南": "CN-HN",
    "广东": "CN-GD", "广西": "CN-GX", "海南省": "CN-HI", "重庆": "CN-CQ", "四川": "CN-SC", "贵州": "CN-GZ",
    "云南": "CN-YN", "西藏": "CN-XZ", "陕西": "CN-SN", "甘肃": "CN-GS", "青海": "CN-QH", "宁夏": "CN-NX",
    "新疆": "CN-XJ",
}  # fmt: skip
_LETTERS = {
    "京": "CN-BJ", "津": "CN-TJ", "冀": "CN-HE", "晋": "CN-SX", "内": "CN-NM", "蒙": "CN-NM", "辽": "CN-LN",
    "吉": "CN-JL", "黑": "CN-HL", "沪": "CN-SH", "苏": "CN-JS", "浙": "CN-ZJ", "皖": "CN-AH", "闽": "CN-FJ",
    "赣": "CN-JX", "鲁": "CN-SD", "豫": "CN-HA", "鄂": "CN-HB", "湘": "CN-HN", "粤": "CN-GD", "桂": "CN-GX",
    "琼": "CN-HI", "渝": "CN-CQ", "川": "CN-SC", "黔": "CN-GZ", "云": "CN-YN", "藏": "CN-XZ", "陕": "CN-SN",
    "甘": "CN-GS", "青": "CN-QH", "宁": "CN-NX", "新": "CN-XJ", "兵": "CN-XJ",
}  # fmt: skip
_BEGINNING = re.compile("|".join(sorted(_PROVINCES, key=len, reverse=True)))
_WHOLE = ("吉林", "河南", "海南", "河北")  # also a town, prefectures and a district: 吉林市, 海南藏族自治州, 河北区
_WHOLE_NAME = re.compile(rf"({'|'.join(_WHOLE)})(?=高级|女子|第|某|监狱)")


def province_of(name: str) -> str | None:
    """Province with which the name of a court, prison or place begins, as a key of the table of provinces.

    Examples
    --------
    >>> province_of("四川省成都市中级人民法院"), province_of("洛阳市中级人民法院"), province_of("吉林市中级人民法院")
    ('CN-SC', None, None)
    """
    found = _BEGINNING.match(name)
    if found:
        return _PROVINCES[found.group()]
    whole = _WHOLE_NAME.match(name)
    return _PROVINCES[f"{whole[1]}省"] if whole else None


def province_of_letter(letter: str) -> str | None:
    """Province whose courts have this letter in the numbers of their cases since 2016."""
    return _LETTERS.get(letter)


def court_level(name: str) -> str | None:
    """Level of a court by its name: ``supreme``, ``high``, ``intermediate`` or ``basic``; None if it cannot be told.

    Examples
    --------
    >>> court_level("辽宁省高级人民法院"), court_level("大连市中级人民法院"), court_level("荥阳市人民法院")
    ('high', 'intermediate', 'basic')
    """
    if "最高人民法院" in name:
        return "supreme"
    if "高级" in name:
        return "high"
    if "中级" in name:
        return "intermediate"
    return None if "级" in name else "basic"


def same_court(one: str, other: str) -> bool:
    """Whether two names can be those of one court: one may leave the province out."""
    return one.endswith(other) or other.endswith(one)
