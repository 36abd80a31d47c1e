"""Published names -> keys under which two spellings of one name meet.

A name gives *forms*: the name itself, its other order, what stands in brackets, the reading of its characters.
Each form has an exact key (letters without marks, blanks and hyphens) and sound keys, in which systems of
romanisation meet: `zh:` Chinese names as surname and given name, `t:` Tibetan, `u:` Uyghur and Kazakh names.
Tibetan and Uyghur names in characters are spelled by :mod:`clemency.sources.linkage.spoken`.
Sound keys merge more than a reader would; they find candidates, and :mod:`clemency.sources.linkage.pairs` weighs them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import product

from clemency.records.environment.extras import optional
from clemency.sources.linkage import nametables as tables
from clemency.sources.linkage import spoken

_HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]")
_SYLLABLE = r"""
    [bpm](?:a|o|e|ai|ei|ao|ou|an|en|ang|eng|i|ie|iao|iu|ian|in|ing|u) | f(?:a|o|ei|ou|an|en|ang|eng|u)
  | [dt](?:a|e|ai|ei|ao|ou|an|en|ang|eng|ong|i|ia|ie|iao|iu|ian|ing|u|uo|ui|uan|un)
  | [nl](?:a|e|ai|ei|ao|ou|an|en|ang|eng|ong|i|ia|ie|iao|iu|ian|iang|in|ing|u|uo|uan|un|v|ve|ue)
  | [gkh](?:a|e|ai|ei|ao|ou|an|en|ang|eng|ong|u|ua|uo|uai|ui|uan|un|uang)
  | [jqx](?:i|ia|ie|iao|iu|ian|iang|in|ing|iong|u|ue|uan|un)
  | (?:zh|ch|sh|[rzcs])(?:i|a|e|ai|ei|ao|ou|an|en|ang|eng|ong|u|ua|uo|uai|ui|uan|un|uang)
  | w(?:u|a|o|ai|ei|an|en|ang|eng) | y(?:i|a|e|o|ao|ou|an|in|ang|ing|ong|u|ue|uan|un)
  | a|o|e|ai|ei|ao|ou|an|en|ang|er"""
_ONE_SYLLABLE = re.compile(_SYLLABLE, re.VERBOSE)
_SYLLABLES = re.compile(rf"(?:{_SYLLABLE})+", re.VERBOSE)
_APOSTROPHES = re.compile("['’‘`ʼʻ]")
_MARKED_U = re.compile("(?<=[ln])u([\u0300-\u036f]++)(?![a-df-z])")
LONGEST = 200  # characters in a name; the longest that is published here has 48
_MOST_MARKS = 30  # on one letter (Unicode Standard Annex 15, stream-safe text); more take the square of the time


@dataclass(frozen=True, slots=True)
class Form:
    """One way to write a name.

    ``exact`` is its key letter by letter; ``sounds`` maps each sound key to the parts that it is made of, for
    their frequencies; ``turned`` likewise for a Chinese name read in the other order, where that is possible, and
    ``consonants`` for what Chinese characters keep of a name in another language. ``spoken``: read from characters
    that only sound out the name.
    """

    exact: str
    sounds: dict[str, tuple[str, ...]]
    turned: dict[str, tuple[str, ...]]
    consonants: dict[str, tuple[str, ...]] = field(default_factory=dict)
    spoken: bool = False


def letters(text: str) -> str:
    """Small Latin letters without marks of tone or accent; `ü` after l or n is `v`, as on Chinese keyboards.

    Examples
    --------
    >>> letters("Lǚ Gěngsōng"), letters("Lu:"), letters("Gülnar")
    ('lv gengsong', 'lv', 'gulnar')
    """
    low = text.lower().replace("u:", "ü")
    low = unicodedata.normalize("NFD", low if len(low) <= _MOST_MARKS else _few_marks(low))
    low = _MARKED_U.sub(lambda m: "v" if "\u0308" in m[1] else m[0], low)
    return "".join(c for c in low if not unicodedata.combining(c))


def _few_marks(text: str) -> str:
    kept, marks = [], 0
    for c in text:
        marks = marks + 1 if unicodedata.combining(c) else 0
        if marks <= _MOST_MARKS:
            kept.append(c)
    return "".join(kept)


def characters(text: str) -> str:
    """The Chinese characters of a name, simplified as far as :data:`nametables.TRADITIONAL` goes; else empty.

    Examples
    --------
    >>> characters("張偉 (?)"), characters("???"), characters("王·某某")
    ('张伟', '', '王某某')
    """
    return "".join(_HAN.findall(text)).translate(tables.TRADITIONAL)


def readings(text: str, *, most: int = 8) -> list[str]:
    """Names in pinyin that the characters of a name can stand for, surname first, at most ``most``.

    The surname's own reading is taken where it differs from the usual one (单 is Shan, 解 is Xie).

    Raises
    ------
    MissingExtraError
        Without the package pypinyin.

    Examples
    --------
    >>> readings("单雄信")
    ['shan xiongxin']
    >>> readings("欧阳修")
    ['ouyang xiu']
    """
    han = characters(text)
    if not han:
        return []
    return list(_readings(han))[:most]


@lru_cache(maxsize=50_000)
def _readings(han: str) -> tuple[str, ...]:
    lazy_pinyin = optional("pypinyin", "linkage", "Reading names in characters").lazy_pinyin
    if len(han) > (5 if han[:2] in tables.COMPOUND_CHARACTERS else 3):  # no Chinese name: a Tibetan or Uyghur one
        return ()
    long = 2 if han[:2] in tables.COMPOUND_CHARACTERS and len(han) > 2 else 1
    surname = tables.SURNAME_READINGS.get(han[:long]) or ("".join(lazy_pinyin(han[:long])),)
    given = han[long:]
    by_character = [tables.GIVEN_READINGS.get(c, (r,)) for c, r in zip(given, lazy_pinyin(given), strict=True)]
    spoken = dict.fromkeys("".join(p).replace("ü", "v") for p in product(*by_character))
    return tuple(f"{s} {g}".strip() for s, g in product(surname, spoken))


def forms(text: str) -> tuple[Form, ...]:
    """Every form of one published name.

    Parameters
    ----------
    text : str
        A name in Latin letters or in characters. What stands in brackets counts as a name of its own.

    Returns
    -------
    tuple of Form
        Empty if the text holds neither letters nor characters, or more than :data:`LONGEST` of them: that is no name.

    Examples
    --------
    >>> [f.exact for f in forms("Wei Jingsheng")], [f.exact for f in forms("Jingsheng Wei")]
    (['wei|jingsheng'], ['wei|jingsheng'])
    >>> a, b = forms("Tenzin Phuntsog")[0], forms("Tendzin Phuntsok")[0]
    >>> a.exact == b.exact, set(a.sounds) & set(b.sounds)
    (False, {'t:tinsin pontsok'})
    """
    return _every_form(text) if len(text) <= LONGEST else ()


@lru_cache(maxsize=100_000)
def _every_form(text: str) -> tuple[Form, ...]:
    by_key: dict[str, Form] = {}
    for piece in _pieces(text):
        for form in [*_forms(piece), *(_of_characters(piece) if _HAN.search(piece) else [])]:
            known = by_key.get(form.exact, form)
            by_key[form.exact] = replace(form, sounds=known.sounds | form.sounds, turned=known.turned | form.turned)
    return tuple(by_key.values())


def written(text: str) -> frozenset[str]:
    """Names in characters that a text holds: one for what stands outside brackets, and one for each bracket."""
    if len(text) > LONGEST or not _HAN.search(text):
        return frozenset()
    return frozenset(spoken.without_titles(h) for h in map(characters, _pieces(text)) if h)


def _of_characters(text: str) -> list[Form]:
    """A name in characters: read as a Chinese one, and as a Tibetan and a Uyghur one where it can be one of these."""
    parts = spoken.words(text, _HAN)
    chinese = [form for reading in readings("".join(parts)) for form in _forms(reading)] if len(parts) == 1 else []
    pinyin = [replace(f, spoken=True, consonants={}) for s in _transliterations(parts) for f in _forms(s)]
    return [*chinese, *pinyin, *_spoken_forms(parts)]


def _spoken_forms(parts: list[str]) -> list[Form]:
    joined = "".join(parts)
    foreign = len(parts) > 1 or (len(joined) > 3 and joined[:2] not in tables.COMPOUND_CHARACTERS)
    sounds: dict[str, tuple[str, ...]] = {}
    for word in spoken.tibetan(parts):
        sounds |= {k: p for k, p in _other_sounds(word).items() if k.startswith("t:")}
    heard: dict[str, tuple[str, ...]] = {}
    if foreign:
        for word in spoken.uyghur(parts):
            sounds |= {k: p for k, p in _other_sounds(word).items() if k.startswith("u:")}
            heard |= _consonants(spoken.consonants(word))
        heard |= _consonants(spoken.spoken_consonants(parts))
    return [Form("h:" + joined, sounds, {}, heard, spoken=True)] if sounds or heard else []


def _consonants(words: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    return {"c:" + "".join(words): tuple("c:" + w for w in words)} if spoken.telling(words) else {}


def _transliterations(words: list[str]) -> list[str]:
    """Pinyin of a Tibetan or Uyghur name in characters: by its dots, in pairs of characters, and in one word."""
    han = "".join(words)
    if len(han) < 4 and len(words) == 1 and spoken.tibetan(words):
        return [_spoken(han)]
    if len(han) < 4 or han[:2] in tables.COMPOUND_CHARACTERS:
        return []
    if len(words) > 1:
        return [" ".join(_spoken(w) for w in words)]
    return [" ".join(_spoken(han[i : i + 2]) for i in range(0, len(han), 2)), _spoken(han)]


def _spoken(han: str) -> str:
    lazy_pinyin = optional("pypinyin", "linkage", "Reading names in characters").lazy_pinyin
    return "".join(lazy_pinyin(han))


def _pieces(text: str) -> list[str]:
    """The name without its brackets, and what they hold."""
    inside = re.findall(r"[(（\[]([^)）\]]*)[)）\]]", text)
    outside = re.sub(r"[(（\[][^)）\]]*[)）\]]?", " ", text)
    noted = [piece for piece in inside if letters(piece).strip() not in tables.REMARKS]
    return [outside, *noted]


def _forms(text: str) -> list[Form]:
    tokens, order = _tokens(text)
    if not tokens:
        return []
    chinese = _chinese(tokens, fixed=order)
    if chinese:
        return chinese
    core = [t for t in tokens if t not in tables.TITLES] or tokens
    heard = _consonants(spoken.consonants(core))
    result = [Form("".join(tokens), _other_sounds(core) | _wade_giles_sounds(text), {}, heard)]
    if len(tokens) > 2:  # "James Su Zhimin": a name taken abroad before the Chinese one
        result += _chinese(tokens[1:], fixed=True)
    return result


def _tokens(text: str) -> tuple[list[str], bool]:
    """Words of a name, surname first, and whether a comma fixed that order."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    low = _APOSTROPHES.sub("", letters(spaced))
    halves = [h for h in low.split(",") if h.strip()]
    words = [re.sub(r"[^a-z]+", "", w) for half in halves for w in re.sub(r"[-‐–]", "", half).split()]
    return [w for w in words if w], len(halves) > 1


def _is_pinyin(word: str) -> bool:
    return _SYLLABLES.fullmatch(word) is not None


def _chinese(tokens: list[str], *, fixed: bool) -> list[Form]:
    """Forms as surname and given name; none if the words are no pinyin name."""
    if not 2 <= len(tokens) <= 4 or not all(len(t) <= 14 and _is_pinyin(t) for t in tokens):
        return []
    tail = -2 if len(tokens) > 2 and "".join(tokens[-2:]) in tables.COMPOUND else -1
    first, last = _split(tokens), None if fixed else _split([*tokens[tail:], *tokens[:tail]])
    if first and tail == -2:
        first, last = last, first
    if first:
        return [_chinese_form(*first, also=last)]
    return [_chinese_form(*last)] if last else []


def _split(tokens: list[str]) -> tuple[str, str] | None:
    if len(tokens) > 2 and tokens[0] + tokens[1] in tables.COMPOUND:
        tokens = [tokens[0] + tokens[1], *tokens[2:]]
    given = "".join(tokens[1:])
    plausible = tokens[0] in tables.SURNAMES or tokens[0] in tables.COMPOUND
    return (tokens[0], given) if plausible and len(given) <= 14 else None


def _chinese_form(surname: str, given: str, also: tuple[str, str] | None = None) -> Form:
    turned = _chinese_sound(*also) if also and surname not in tables.COMPOUND else {}
    return Form(f"{surname}|{given}", _chinese_sound(surname, given), turned)


def _chinese_sound(surname: str, given: str) -> dict[str, tuple[str, ...]]:
    s, g = _plain((surname, given))
    return {f"zh:{s}|{g}": (f"zh:{s}|", f"zh:|{g}")}


def _plain(pair: tuple[str, str]) -> tuple[str, str]:
    """`lv` and `lu` meet: sources print both for 吕."""
    return pair[0].replace("v", "u"), pair[1].replace("v", "u")


def _other_sounds(tokens: Iterable[str]) -> dict[str, tuple[str, ...]]:
    words = list(tokens)
    joined = re.sub(r"\b(abdul?|abdur) (?=[a-z]{3})", r"\1", re.sub(r" jan\b", "jan", " ".join(words)))
    tibetan = tuple(f"t:{_tibetan(w)}" for w in words)
    turkic = tuple(f"u:{_turkic(w)}" for w in joined.split())
    both = {"t:" + " ".join(w[2:] for w in tibetan): tibetan, "u:" + "".join(w[2:] for w in turkic): turkic}
    return {key: parts for key, parts in both.items() if len(key) > 3}


@lru_cache(maxsize=50_000)
def _tibetan(word: str) -> str:
    word = tables.TIBETAN.get(word, word)
    for pattern, plain in tables.TIBETAN_RULES:
        word = pattern.sub(plain, word)
    return word


@lru_cache(maxsize=50_000)
def _turkic(word: str) -> str:
    word = tables.TURKIC.get(word, word)
    for pattern, plain in tables.TURKIC_RULES:
        word = pattern.sub(plain, word)
    return word


def _wade_giles_sounds(text: str) -> dict[str, tuple[str, ...]]:
    """Sound of a hyphenated Wade-Giles name, where every syllable converts.

    Only a sound: sources leave out the apostrophe of aspiration, and `Ching` then stands for Jing and Qing.
    """
    low = _APOSTROPHES.sub("'", letters(unicodedata.normalize("NFC", text).lower().replace("ü", "v")))
    words = [w for w in re.split(r"[\s-]+", low) if w]
    if "-" not in low or len(words) != 3:
        return {}
    syllables = [_wade_syllable(w) for w in words]
    syllables[0] = syllables[0] or (words[0] if words[0] in tables.SURNAMES else None)  # "Jiang Jen-shi"
    split = _split([s for s in syllables if s]) if all(syllables) else None
    return _chinese_sound(*split) if split else {}


def _wade_syllable(word: str) -> str | None:
    whole = tables.WADE_WHOLE.get(word)
    match = re.fullmatch(r"(hs|ch'?|ts'?|sh|[ptk]'?|[bmfnlhjswy]?)([a-z]+)", word)
    if whole or match is None:
        return whole
    initial, final = match.groups()
    final = tables.WADE_FINALS.get(final, final)
    if final == "o":
        final = "e" if initial in ("h", "k", "k'") else "o" if initial in ("p", "p'", "m", "f", "w") else "uo"
    front = final[0] in "iv" and not word.endswith("ih")
    changed = tables.WADE_INITIALS | ({"ch": "j", "ch'": "q"} if front else {"ch": "zh", "ch'": "ch"})
    result = changed.get(initial, initial) + final
    if result[0] in "jqxy":
        result = result.replace("v", "u")
    return result if _ONE_SYLLABLE.fullmatch(result) else None
