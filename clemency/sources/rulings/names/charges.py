"""The charges of a judgment as a ruling repeats them -> one offence each, and their keys in the table of charges."""

from __future__ import annotations

import re
from functools import lru_cache

from clemency.records.tables.loading import load
from clemency.sources.rulings.names.chargewords import COMPOUND, SIMPLE

_COMPOUND = re.compile("|".join(f"(?:{p})" for p in COMPOUND))
_CUT = ("掩饰隐瞒犯罪", "隐瞒犯罪", "组织他人偷越国境", "运送他人偷越国境", "偷越国境")  # as word lists leave them
_JOINED = frozenset([name.replace("、", "") for name in SIMPLE] + list(_CUT))
_COMPOUND_JOINED = re.compile("|".join(f"(?:{p})" for p in COMPOUND).replace("[、]", "[、]?"))
_LONG = 40  # characters of the longest name
_SEPARATOR = re.compile(r"(?<=罪)(?:、|，|和|及|以及|与)(?=[\u4e00-\u9fff])")
_BRACKETED = re.compile(r"（[^（）]{1,6}）(?=罪)")  # 故意伤害（致死）罪
_LONGEST = 12  # signs within the name of one offence


def known(name: str) -> bool:
    """Whether a name without its last character 罪 is that of an offence."""
    return name in SIMPLE or _COMPOUND.fullmatch(name) is not None


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
    for end in range(min(len(item), _LONG), 1, -1):
        if item[:end] in _JOINED or _COMPOUND_JOINED.fullmatch(item[:end]):
            rest = _parts(item[end:])
            if rest is not None:
                return [item[:end], *rest]
    return None


@lru_cache(maxsize=1)
def _keys() -> dict[str, str]:
    table = load("charges")
    rows = table.loc[table["charge_zh"].notna(), ["charge_id", "charge_zh"]].itertuples(index=False, name=None)
    keys: dict[str, str] = {}
    for key, name in sorted(rows, key=lambda r: not str(r[0]).startswith("CL97")):
        keys.setdefault(str(name), str(key))
        keys.setdefault(str(name).replace("、", ""), str(key))
    return keys


def charge_keys(names: tuple[str, ...]) -> tuple[str, ...]:
    """Keys of the table of charges for the names that it has."""
    keys = _keys()
    return tuple(dict.fromkeys(keys[name] for name in names if name in keys))
