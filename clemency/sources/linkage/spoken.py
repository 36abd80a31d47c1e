"""Tibetan and Uyghur names in Chinese characters -> how they may be spelled in Latin letters, and their consonants.

Chinese characters only sound out such a name: 丹增, 旦增 and 登增 are all Tenzin, 土赫提 and 托合提 both Tohti.
A Tibetan name is read two characters at a time, by the table of pairs and by that of single characters, both in
``spokennames.csv``. A Uyghur or Kazakh name is read word by word; where a word is not in the table, its consonants
are what survives of it in characters (ilham and 伊力哈木 are both L M), so two such names meet by them.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from importlib.resources import files
from itertools import islice, product

from clemency.records.environment.extras import optional
from clemency.sources.linkage import nametables

DOTS = "·•・‧∙⋅●.．﹒。\u0387"
_ROWS = list(csv.DictReader(files(__package__).joinpath("spokennames.csv").read_text(encoding="utf-8").splitlines()))
TITLES = tuple(sorted((r["name"] for r in _ROWS if r["kind"] == "title"), key=len, reverse=True))
_SPLIT = re.compile(rf"[{re.escape(DOTS)}\s]+")
_MOST, _MOST_OF_ONE = 200, 16  # spellings of one name that are tried, and of one pair of characters
_FEWEST = 4  # consonants below which they say too little
Word = tuple[str, ...]


def _by_characters(kind: str) -> dict[str, tuple[str, ...]]:
    spellings: dict[str, list[str]] = {}
    for row in _ROWS:
        if row["kind"] == kind:
            for written in row["variants"].split():
                spellings.setdefault(written, []).append(row["name"])
    return {written: tuple(names) for written, names in spellings.items()}


TIBETAN, UYGHUR = _by_characters("tibetan"), _by_characters("uyghur")
SYLLABLES = {r["name"]: tuple(r["variants"].split()) for r in _ROWS if r["kind"] == "syllable"}


def without_titles(han: str) -> str:
    """Characters of a name without what it is called by: 仁波切, 格西; a title alone stays."""
    bare = han
    for title in TITLES:
        bare = bare.removeprefix(title).removesuffix(title) or bare
    return bare


def words(text: str, han: re.Pattern[str]) -> list[str]:
    """Simplified characters of a name between its dots and blanks, titles left out."""
    parts = ["".join(han.findall(w)).translate(nametables.TRADITIONAL) for w in _SPLIT.split(text)]
    return [w for w in (without_titles(w) for w in parts if w) if w not in TITLES] or [w for w in parts if w]


def tibetan(parts: list[str]) -> list[Word]:
    """Spellings of a Tibetan name in characters, as words; empty unless every character is in the tables.

    What stands before the last dot can be a place or a house (岗吉·志巴加): the last word is a name of its own too.
    """
    whole = _tibetan(parts)
    return [*whole, *(w for w in (_tibetan(parts[-1:]) if len(parts) > 1 else []) if w not in whole)]


def _tibetan(parts: list[str]) -> list[Word]:
    joined = "".join(parts)
    if not 2 <= len(joined) <= 8:
        return []
    spellings: dict[Word, None] = {}
    for way in product(*(_cut(w) for w in parts)):
        pieces = [p for word in way for p in word]
        if len(joined) < 4 and not any(p in TIBETAN for p in pieces):
            continue
        options = [_element(p) for p in pieces]
        spellings |= dict.fromkeys(islice(product(*options), _MOST))
    return list(islice(spellings, _MOST))


def _cut(word: str) -> Iterator[tuple[str, ...]]:
    """A word in pairs of characters; an odd one has a single character first, last or between."""
    if len(word) % 2 == 0:
        yield tuple(word[i : i + 2] for i in range(0, len(word), 2))
        return
    for alone in range(0, len(word), 2):
        before, after = word[:alone], word[alone + 1 :]
        pairs = [before[i : i + 2] for i in range(0, len(before), 2)]
        yield (*pairs, word[alone], *(after[i : i + 2] for i in range(0, len(after), 2)))


@lru_cache(maxsize=20_000)
def _element(piece: str) -> tuple[str, ...]:
    options = [SYLLABLES.get(c) or _same_sound(c) for c in piece]
    spelled = ("".join(s) for s in product(*options))
    return tuple(dict.fromkeys([*TIBETAN.get(piece, ()), *islice(spelled, _MOST_OF_ONE)]))


@lru_cache(maxsize=5_000)
def _same_sound(character: str) -> tuple[str, ...]:
    """Spellings of the characters in the table that are read like one that is not: 竹 as 珠."""
    return tuple(dict.fromkeys(s for c in _homophones().get(_pinyin(character), ()) for s in SYLLABLES[c]))


@lru_cache(maxsize=1)
def _homophones() -> dict[str, list[str]]:
    by_sound: dict[str, list[str]] = {}
    for character in SYLLABLES:
        by_sound.setdefault(_pinyin(character), []).append(character)
    return by_sound


def _pinyin(han: str) -> str:
    return "".join(optional("pypinyin", "linkage", "Reading names in characters").lazy_pinyin(han))


def uyghur(parts: list[str]) -> list[Word]:
    """Spellings of a Uyghur name in characters whose every word is in the table, alone or before 江, 古丽, 汗, 别克."""
    joined = "".join(parts)
    if len(parts) > 1:
        options = [_stems(w) for w in parts]
    else:
        options = next(
            (o for i in range(2, len(joined) - 1) if all(o := [_stems(joined[:i]), _stems(joined[i:])])),
            [_stems(joined)],
        )
    return list(islice(product(*options), _MOST))


def _stems(word: str) -> tuple[str, ...]:
    if word in UYGHUR:
        return UYGHUR[word]
    for end, spelled in (("古丽", "gul"), ("江", "jan"), ("汗", "khan"), ("别克", "bek")):
        if word.endswith(end) and word[: -len(end)] in UYGHUR:
            return tuple(stem + spelled for stem in UYGHUR[word[: -len(end)]])
    return ()


def consonants(spelled: Iterable[str]) -> tuple[str, ...]:
    """Consonants of the words of a name in Latin letters, as far as characters keep them apart.

    Examples
    --------
    >>> consonants(["ilham", "tohti"]), consonants(["gheyret", "niyaz"])
    (('LM', 'TT'), ('LT', 'NS'))
    """
    return tuple(_latin_consonants(w) for w in spelled)


@lru_cache(maxsize=50_000)
def _latin_consonants(word: str) -> str:
    word = re.sub(r"^abdul(?=[^aeiou])", "abdu", word)
    word = re.sub("sh|ts|tz|dz", "s", word).replace("zh", "j").replace("ch", "j").replace("ng", "n")
    word = re.sub("gh|kh|[hxywv]", "", word).replace("r", "l")
    word = re.sub(r"(.)\1+", r"\1", word)
    return re.sub("[^a-z]|[aeiou]", "", word.translate(_MERGED)).upper()


_MERGED = str.maketrans({"b": "p", "f": "p", "d": "t", "g": "k", "q": "k", "z": "s", "c": "s"})


def spoken_consonants(parts: list[str]) -> tuple[str, ...]:
    """The same of a name in characters, from its pinyin.

    Examples
    --------
    >>> spoken_consonants(["伊力哈木", "土赫提"]), spoken_consonants(["尼加提", "阿扎提"])
    (('LM', 'TT'), ('NJT', 'ST'))
    """
    return tuple(_pinyin_consonants(w) for w in parts)


@lru_cache(maxsize=50_000)
def _pinyin_consonants(han: str) -> str:
    lazy_pinyin = optional("pypinyin", "linkage", "Reading names in characters").lazy_pinyin
    return "".join(_syllable_consonants(s) for s in lazy_pinyin(han))


@lru_cache(maxsize=2_000)
def _syllable_consonants(syllable: str) -> str:
    if syllable == "er":
        return "L"
    first = re.match("zh|ch|sh|[a-z]", syllable)
    start = _INITIALS.get(first[0], "") if first else ""
    return start + ("N" if re.search("[aeiouv]ng?$", syllable) else "")


_INITIALS = {
    **dict.fromkeys(("b", "p", "f"), "P"),
    **dict.fromkeys(("d", "t"), "T"),
    **dict.fromkeys(("g", "k"), "K"),
    **dict.fromkeys(("j", "q", "ch"), "J"),
    **dict.fromkeys(("x", "s", "sh", "z", "c", "zh"), "S"),
    **dict.fromkeys(("l", "r"), "L"),
    "m": "M",
    "n": "N",
}


def telling(consonants: tuple[str, ...]) -> bool:
    """Whether consonants are enough to tell names apart."""
    return sum(map(len, consonants)) >= _FEWEST
