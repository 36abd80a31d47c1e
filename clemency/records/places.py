"""The name of a province -> what to write for it: its code."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_UNITS = (
    *("specialadministrativeregion", "uyghurautonomousregion", "uighurautonomousregion", "zhuangautonomousregion"),
    *("huiautonomousregion", "autonomousregion", "province", "municipality", "city", "prov", "sheng", "shi"),
    *("特别行政区", "维吾尔自治区", "壮族自治区", "回族自治区", "自治区", "省", "市"),
)
_OTHERS = {
    **{"xizang": "CN-XZ", "tar": "CN-XZ", "xuar": "CN-XJ", "sinkiang": "CN-XJ", "neimenggu": "CN-NM"},
    **{"peking": "CN-BJ", "hongkongsar": "CN-HK", "macao": "CN-MO", "imar": "CN-NM"},
}


def province_remedy(name: str) -> str:
    """What to write instead of a text that is no code of a province."""
    codes = _codes()
    code = codes.get(_bare(name)) or _OTHERS.get(_bare(name)) or _OTHERS.get(_folded(name))
    if code:
        return f"Write {code}, the code of {codes[code]}."
    return "Write the code of a province, such as CN-XJ for Xinjiang, or leave it empty if it is not known."


@lru_cache(maxsize=1)
def _codes() -> dict[str, str]:
    """Code by each name of the shipped provinces, and name by each code."""
    from clemency.records.tables import load

    table = load("provinces")
    found: dict[str, str] = {}
    for row in table.astype(object).itertuples():
        names = (row.name, row.name_zh, row.court_abbreviation, row.province, row.province[3:])
        found |= {_bare(n): row.province for n in names}
        found[row.province] = row.name
    return found


def _folded(name: str) -> str:
    plain = unicodedata.normalize("NFKC", name[:100]).casefold()
    return "".join(c for c in plain if c.isalnum())


def _bare(name: str) -> str:
    """A name without blanks, marks and the kind of unit that it is."""
    said = _folded(name)
    unit = next((u for u in _UNITS if said.endswith(u) and len(said) > len(u)), "")
    return said.removesuffix(unit)
