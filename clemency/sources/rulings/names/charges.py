"""The charges of a judgment as a ruling repeats them -> one offence each, and their keys in the table of charges."""

from __future__ import annotations

import re
from functools import lru_cache

from clemency.sources.rulings.names.offences import LONGEST, joined, offences

_CUT = ("掩饰隐瞒犯罪", "隐瞒犯罪")  # 掩饰、隐瞒犯罪所得 as word lists leave it
_SEPARATOR = re.compile(r"(?<=罪)(?<!犯罪)(?:、|，|和|及|以及|与)(?=[\u4e00-\u9fff])")
_BRACKETED = re.compile(r"（[^（）]{1,6}）(?=罪)")  # 故意伤害（致死）罪
_LONGEST = 12  # signs within the name of one offence


def known(name: str) -> bool:
    """Whether a name without its last character 罪 is that of an offence."""
    return bool(offences(name))


@lru_cache(maxsize=4096)
def charges(said: str) -> tuple[str, ...] | None:
    """Offences that a text lists, or None if a part of it is none that is known.

    Examples
    --------
    >>> charges("掩饰、隐瞒犯罪所得罪"), charges("抢劫罪、盗窃罪"), charges("抢劫、盗窃罪")
    (('掩饰、隐瞒犯罪所得罪',), ('抢劫罪', '盗窃罪'), ('抢劫罪', '盗窃罪'))
    >>> charges("走私、贩卖、运输、制造毒品罪、故意伤害罪"), charges("抢窃罪")
    (('走私、贩卖、运输、制造毒品罪', '故意伤害罪'), None)
    """
    found: list[str] = []
    for item in _SEPARATOR.split(_BRACKETED.sub("", said.strip("，、"))):
        names = _split(item)
        if names is None:
            return None
        found += [f"{name}罪" for name in names if f"{name}罪" not in found]
    return tuple(found) or None


def _split(item: str) -> list[str] | None:
    """Names in an item that ends in 罪 once: the longest that is known first."""
    if not item.endswith("罪"):
        return None
    words = item.removesuffix("罪").split("、")
    if len(words) > 2 * _LONGEST:
        return None
    names, at = [], 0
    while at < len(words):
        for end in range(min(len(words), at + _LONGEST), at, -1):
            name = "、".join(words[at:end])
            if known(name):
                names.append(name)
                at = end
                break
        else:
            return None
    return names


@lru_cache(maxsize=4096)
def joined_charges(said: str) -> tuple[str, ...] | None:
    """Offences of a text from which the signs between names were taken out, or None if a part of it is none.

    Examples
    --------
    >>> joined_charges("抢劫盗窃罪"), joined_charges("走私贩卖毒品罪"), joined_charges("抢窃罪")
    (('抢劫罪', '盗窃罪'), ('走私贩卖毒品罪',), None)
    """
    names: list[str] = []
    for item in filter(None, re.split("(?<!犯)罪", said.replace("、", ""))):
        parts = _parts(item)
        if parts is None:
            return None
        named = [p if p.endswith("犯罪") else f"{p}罪" for p in parts]
        names += [n for n in named if n not in names]
    return tuple(names) or None


def _parts(item: str) -> list[str] | None:
    """Names one after another, the longest first, as many as there are."""
    if not item:
        return []
    for end in range(min(len(item), LONGEST), 1, -1):
        if item[:end] in _CUT or joined(item[:end]):
            rest = _parts(item[end:])
            if rest is not None:
                return [item[:end], *rest]
    return None


NEW_LAW = "1997-10-01"  # first day of the Criminal Law of 1997


def charge_keys(names: tuple[str, ...], judged: str | None = None) -> tuple[str, ...]:
    """Keys of the table of charges for the names that it has.

    Parameters
    ----------
    names : tuple of str
        Charges with their last character 罪.
    judged : str, optional
        Day, month or year of the judgment: before October 1997 the key is one of the law of 1979 where the table has
        it, else that of the same name in the law of 1997.

    Returns
    -------
    tuple of str

    Examples
    --------
    >>> charge_keys(("贩卖毒品罪", "协助组织卖淫罪"))
    ('CL97-347',)
    >>> charge_keys(("抢劫罪",), "1996-05"), charge_keys(("抢劫罪",), "2006")
    (('CL79-150',), ('CL97-263',))
    """
    return tuple(dict.fromkeys(key for name in names if (key := _key(name, judged)) is not None))


def without_key(names: tuple[str, ...], judged: str | None = None) -> tuple[str, ...]:
    """The names for which the table of charges has no key, so that their family is not known."""
    return tuple(name for name in names if _key(name, judged) is None)


def _key(name: str, judged: str | None) -> str | None:
    laws = ("CL97", "CL79") if judged is None or f"{judged}-12-31"[:10] >= NEW_LAW else ("CL79", "CL97")
    rows = offences(name.removesuffix("罪"))
    for law in laws:
        keys = {o.charge_id for o in rows if o.law == law and o.charge_id}
        if keys:
            return keys.pop() if len(keys) == 1 else None
    return None
