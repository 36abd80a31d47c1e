"""The charges of a judgment as a ruling repeats them -> one offence each, and their keys in the table of charges."""

from __future__ import annotations

import re
from functools import lru_cache

from clemency.records.tables.loading import load
from clemency.sources.rulings.names.chargewords import COMPOUND, SIMPLE

_COMPOUND = re.compile("|".join(f"(?:{p})" for p in COMPOUND))
_SEPARATOR = re.compile(r"(?<=罪)(?:、|，|和|及|以及|与)(?=[\u4e00-\u9fff])")
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
    for item in _SEPARATOR.split(said.strip("，、")):
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


@lru_cache(maxsize=1)
def _keys() -> dict[str, str]:
    table = load("charges")
    rows = table.loc[table["charge_zh"].notna(), ["charge_id", "charge_zh"]].itertuples(index=False, name=None)
    keys: dict[str, str] = {}
    for key, name in sorted(rows, key=lambda r: not str(r[0]).startswith("CL97")):
        keys.setdefault(str(name), str(key))
    return keys


def charge_keys(names: tuple[str, ...]) -> tuple[str, ...]:
    """Keys of the table of charges for the names that it has."""
    keys = _keys()
    return tuple(dict.fromkeys(keys[name] for name in names if name in keys))
