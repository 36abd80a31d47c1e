"""Names in a summary -> whose act a phrase speaks of: the record's own person or somebody else."""

from __future__ import annotations

import difflib
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from clemency.sources.narrative.prose.marks import Marks
from clemency.sources.narrative.prose.namewords import INSTITUTIONS, OTHER_WORDS, RELATIVES, SPEAKERS, SURNAMES, TITLES

WORD = r"[A-Z][^\W\d_]*+(?:['-](?!s\b)[^\W\d_]++)*+"
_RUN = re.compile(rf"\b{WORD}(?: {WORD})*+")
_PLACE_BEFORE = re.compile(r"\b(?:in|at|near|outside|from|to|into|of|via|called|titled|township|the) ['\"]?$")
_WHERE = re.compile(
    r"\b(?:in|at|near|outside|into|the) ['\"]?$|\b(?:county|township|village|city|prefecture|municipality|"
    r"province|district|town), $"
)
_INSTITUTION = re.compile(rf"^ (?:\([^()]*\) )?(?:No[.\u2024] ?\d+ )?{INSTITUTIONS}\b", re.I)
_SPEAKER_BEFORE = re.compile(rf"\b{SPEAKERS},? $", re.I)
_SPEAKER_AFTER = re.compile(r"^(?:'s)? (?:said|told|stated|wrote|says|noted|explained|reported|learned)\b")
_KIN_AFTER = re.compile(rf"^(?:'s?|s')? (?:\w+ ){{0,2}}?{RELATIVES}\b(?! of\b)")
_TITLED = re.compile(
    r"\b(?:monks?|nuns?|practitioners?|activists?|petitioners?|writers?|singers?|laym[ae]n|laywom[ae]n|named|"
    r"brothers?|sisters?) $"
)
_GROUP = re.compile(
    r"\b(?:they|them|their|both|the (?:\d+|two|three|four|five|six|seven|eight|nine|ten|\w+teen|group)\b|"
    r"all (?:of them|\d+|"
    r"two|three|four|five|six|seven|eight|nine|ten)\b|(?:the|these|those) (?:[a-z-]+ )?(?:monks|nuns|men|"
    r"women|detainees|"
    r"defendants|villagers|individuals|people|couple|prisoners|activists|brothers|sisters|petitioners|workers|students|"
    r"advocates|protesters|practitioners|farmers|teachers|leaders|members|trio|pair))\b",
    re.I,
)
_OTHERS = re.compile(
    r"\b(?:others?|another|remaining|rest of the|some(?: of)?|several of|most of|many|(?:\d+|one|two|three|"
    r"four|five|six|"
    r"seven|eight|nine|ten) of (?:the|them)|(?<!the )(?<!all )(?<!these )(?<!those )(?<!other )(?:\d+|two|"
    r"three|four|five|six|seven|eight|nine|ten) "
    r"(?:of|defendants|individuals|people|men|women|monks|nuns|villagers|detainees|prisoners|activists))\b",
    re.I,
)
_STOP = re.compile(r"[.!?][\"')\]]* ")
_SINGLE = re.compile(r"\b(?:he|she|him|his|her|himself|herself)\b", re.I)
_INITIAL = r"(?:zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])?"
_SYLLABLE = (
    rf"{_INITIAL}(?:iang|iong|uang|ang|eng|ing|ong|ian|iao|uai|uan|van|ai|an|ao|ei|en|er|ia|ie|in|iu|ou|ua|ue|ui|"
    rf"un|uo|ve|a|e|i|o|u|v|ü)"
)
_GIVEN = re.compile(rf"{_SYLLABLE}(?:['-]?{_SYLLABLE}){{0,1}}", re.I)
_KIN = re.compile(rf"\b{RELATIVES}\b")
_MOST_FORMS = 30  # names of one person that are looked for; nine in the longest cell of the CECC's export
_MOST_WORDS = 12  # of one name
_NEAR = 10_000  # characters around a name in which another mention of it is looked for


@dataclass(frozen=True, slots=True)
class Person:
    """One mention of a person: positions, words, and whether it is the record's own."""

    start: int
    end: int
    words: tuple[str, ...]
    own: bool
    speaker: bool


class Cast:
    """The people of one summary.

    Parameters
    ----------
    text : str
        Plain text of the summary.
    names : sequence of str
        The record's own names, the main one first.
    """

    def __init__(self, text: str, names: Sequence[str]) -> None:
        self.text = text
        self._marks = Marks(text)
        self._forms = _forms(names)
        self._shorts = {w for form in self._forms for w in form if len(w) > 1}
        self._chinese = bool(self._forms) and _chinese(self._forms[0])
        self._fill()
        alias = None if self._full() else self._alias()
        if alias is not None:  # the text writes the own name in another way
            self._forms.append(alias)
            self._shorts |= set(alias)
            self._fill()
        self._places = _places(self.people)
        self._talked_of = [p for p in self.people if not p.speaker]
        self._talked_places = _places(self._talked_of)
        self._first_own = next((p for p in self.people if p.own), None)
        self.named = self._first_own is not None

    def _fill(self) -> None:
        self.people: list[Person] = []
        self._full_names: dict[str, Person] = {}  # the last full name of which a word is part
        self._known_own: dict[tuple[str, ...], bool] = {}
        runs = list(_runs(self.text, self._shorts))
        known = self._known(runs)
        for start, end, words in runs:
            if self._is_person(start, end, words, known):
                own = self._own(words)
                before, after = self.text[max(0, start - 30) : start], self.text[end : end + 12]
                talks = bool(_SPEAKER_BEFORE.search(before) or _SPEAKER_AFTER.match(after))
                person = Person(start, end, words, own, talks and not own)
                self.people.append(person)
                if len(words) > 1:
                    self._full_names |= dict.fromkeys((w.lower() for w in words), person)

    def _alias(self) -> tuple[str, ...] | None:
        """Another spelling of the own name, or the first name in the text if it ends in the own surname."""
        others = list(dict.fromkeys(tuple(w.lower() for w in p.words) for p in self.people if len(p.words) > 1))
        for words in others:
            for form in self._forms:
                if len(form) == len(words) and form[0] == words[0] and _near(form, words, 0.88):
                    return words
        first = others[0] if others else ()
        named_first = bool(first) and not self.people[0].own and len(self.people[0].words) > 1
        surname_last = named_first and self._chinese and not _chinese(first) and first[-1] == self._forms[0][0]
        return first if surname_last else None

    def _full(self) -> bool:
        return any(p.own and len(p.words) > 1 for p in self.people)

    def _known(self, runs: Iterable[tuple[int, int, tuple[str, ...]]]) -> set[str]:
        """Words that stand for somebody on their own: surnames of full Chinese names, parts of others."""
        known = set(self._shorts)
        for start, end, words in runs:
            if len(words) == 1 and _TITLED.search(self.text[max(0, start - 40) : start]):
                known.add(words[0].lower())
            if len(words) < 2 or self._place(start, end, words):
                continue
            known.update(w.lower() for w in words)
        return known

    def _place(self, start: int, end: int, words: tuple[str, ...]) -> bool:
        after = self.text[end : end + 40]
        if _INSTITUTION.match(after):
            return True
        before = self.text[max(0, start - 16) : start]
        if before.endswith('"') and tuple(w.lower() for w in words) not in self._forms:
            return True
        if _chinese(tuple(w.lower() for w in words)) and len(words) > 1:
            return False
        return bool((_WHERE if len(words) > 1 else _PLACE_BEFORE).search(before))

    def _is_person(self, start: int, end: int, words: tuple[str, ...], known: set[str]) -> bool:
        lower = tuple(w.lower() for w in words)
        if lower in self._forms:
            return not _INSTITUTION.match(self.text[end : end + 40]) or len(lower) > 1
        if _INSTITUTION.match(self.text[end : end + 40]):
            return False
        if len(words) == 1:
            return lower[0] in known and not _WHERE.search(self.text[max(0, start - 16) : start])
        return not self._place(start, end, words)

    def _own(self, words: tuple[str, ...]) -> bool:
        lower = tuple(w.lower() for w in words)
        if len(lower) > 1:
            if lower not in self._known_own:
                self._known_own[lower] = any(_within(f, lower) or _alike(f, lower) for f in self._forms if len(f) > 1)
            return self._known_own[lower]
        if lower in self._forms:
            return True
        if lower[0] not in self._shorts:
            return False
        full = self._full_names.get(lower[0])  # a short name is the last full name that it is part of
        return full is None or full.own or (self.people[0].own and self._told_once(full))

    def _told_once(self, person: Person) -> bool:
        around = max(0, person.start - _NEAR), person.end + _NEAR
        return self.text.count(" ".join(person.words), *around) == 1

    def within(self, start: int, end: int) -> list[Person]:
        """Mentions between two positions."""
        return self.people[_between(self._places, start, end)]

    def talked_of(self, start: int, end: int) -> list[Person]:
        """Mentions between two positions of people who are not only those who tell of others."""
        return self._talked_of[_between(self._talked_places, start, end)]

    def whose(self, start: int, end: int) -> bool | None:
        """Whether the phrase between two positions names the record's person; None if it names nobody."""
        phrase = self.text[start:end]
        mentions = self.within(start, end)
        direct = [p for p in mentions if not _KIN_AFTER.match(self.text[p.end : p.end + 40])]
        if any(p.own for p in direct):
            return True
        if direct or mentions or _KIN.search(phrase) or self._unknown(start, end):
            return False
        if _OTHERS.search(phrase):
            return False
        if _GROUP.search(phrase):
            return self._group(start)
        if _SINGLE.search(phrase):
            return self.last(start)
        return None

    def _unknown(self, start: int, end: int) -> bool:
        """Whether the phrase has a capitalised word that is nobody known and no place: another person's name."""
        return any(
            not _INSTITUTION.match(self.text[start + e : start + e + 40])
            and not _PLACE_BEFORE.search(self.text[max(0, start + s - 14) : start + s])
            for s, e, _ in _runs(self.text[start:end], self._shorts)
        )

    def grouped(self, start: int, end: int) -> bool:
        """Whose act it is where the phrase names nobody: a group's, or the person's named last before it."""
        whole = (0, len(self.text))
        if self._marks.seen(_OTHERS, whole, start, end):
            return False
        return self._group(start) if self._marks.seen(_GROUP, whole, start, end) else self.last(start)

    def last(self, at: int) -> bool:
        """Whether the person meant at a position is the record's own: the one named last before it, or the subject.

        The own person as the subject of an earlier sentence goes before another named later in that sentence. True if
        nobody is named.
        """
        before = bisect_right(self._talked_places[1], at)
        last = self._talked_of[before - 1] if before else None
        if last is None or last.own:
            return True
        whole = (0, len(self.text))
        if not self._marks.seen(_STOP, whole, last.end, at):
            return False
        stop = self._marks.last(_STOP, whole, last.start)
        first = self._talked_of[bisect_left(self._talked_places[0], stop.end() if stop else 0)]
        return first.own and first is not last and self._subject(first)

    def _subject(self, person: Person) -> bool:
        """Whether a person rather acts or suffers in the sentence than belongs to somebody's name."""
        return not _KIN_AFTER.match(self.text[person.end : person.end + 40]) and not self.text.startswith(
            "'", person.end
        )

    def _group(self, at: int) -> bool:
        return self._first_own is None or self._first_own.end <= at


def _places(people: Sequence[Person]) -> tuple[list[int], list[int]]:
    return [p.start for p in people], [p.end for p in people]


def _between(places: tuple[list[int], list[int]], start: int, end: int) -> slice:
    """Which of the people at some places stand between two positions."""
    return slice(bisect_left(places[0], start), bisect_right(places[1], end))


def _forms(names: Sequence[str]) -> list[tuple[str, ...]]:
    """The record's own names as words, the first ones of each cell; what is longer than a name is none."""
    forms: dict[tuple[str, ...], None] = {}
    for name in names:
        for part in re.split(r"[;/,]|\b(?:aka|a\.k\.a\.|or)\b", re.sub(r"[()\[\]]", ";", name)):
            every = [w.lower() for w in re.findall(r"[^\W\d_]+(?:['-][^\W\d_]+)*", part.replace("\u2019", "'"))]
            named = next((i for i, w in enumerate(every) if w not in TITLES), len(every) - 1)
            words = tuple(every[named:])
            if 0 < len(words) <= _MOST_WORDS and not (len(words) == 1 and words[0] in OTHER_WORDS):
                forms[words] = None
    return list(forms)[:_MOST_FORMS]


def _chinese(words: tuple[str, ...]) -> bool:
    return len(words) == 2 and words[0] in SURNAMES and _GIVEN.fullmatch(words[1]) is not None


def _within(form: tuple[str, ...], words: tuple[str, ...]) -> bool:
    size = len(form)
    return any(words[i : i + size] == form for i in range(len(words) - size + 1))


def _alike(form: tuple[str, ...], words: tuple[str, ...]) -> bool:
    """Whether two names of several words are spellings of one; Chinese names have one spelling."""
    if len(form) < 2 or _chinese(form) or form[0][0] != words[0][0]:
        return False
    return "".join(form) == "".join(words) or _near(form, words, 0.85)


def _near(form: tuple[str, ...], words: tuple[str, ...], least: float) -> bool:
    """Whether two names have so many letters in common, in order; long ones never do unless they are equal."""
    one, other = " ".join(form), " ".join(words)
    if 2 * min(len(one), len(other)) < least * (len(one) + len(other)) or len(one) > 200:
        return one == other
    match = difflib.SequenceMatcher(None, one, other)
    return match.quick_ratio() >= least and match.ratio() >= least


def _not_a_name(low: str, following: Sequence[str], at: int, text: str, shorts: set[str]) -> bool:
    """Whether a capitalised word is none; a surname that is also a word counts before a given name or in a sentence."""
    if low in TITLES:
        return True
    if low not in OTHER_WORDS:
        return False
    if low not in SURNAMES:
        return low not in shorts
    if following and _chinese((low, following[0].lower())) and following[0].lower() not in ("kong",):
        return False
    before = text[max(0, at - 7) : at]
    begins = re.search(r"(?:^|[.;:]['\")]? )['\"(]?$", before) is not None
    return begins or before.endswith(("Falun ", "Hong ", "Dui ")) or following[:1] == ["Kong"]


def _runs(text: str, shorts: set[str]) -> Iterable[tuple[int, int, tuple[str, ...]]]:
    """Runs of capitalised words, cut at words that are not names."""
    for match in _RUN.finditer(text):
        at = match.start()
        run: list[tuple[int, int, str]] = []
        words = match.group().split(" ")
        for i, word in enumerate(words):
            low = word.lower()
            if (
                len(word) == 1
                or _not_a_name(low, words[i + 1 : i + 2], at, text, shorts)
                or (word.isupper() and len(word) > 1 and low not in shorts)
            ):
                yield from _flush(run)
                run = []
            else:
                run.append((at, at + len(word), word))
            at += len(word) + 1
        yield from _flush(run)


def _flush(run: Sequence[tuple[int, int, str]]) -> Iterable[tuple[int, int, tuple[str, ...]]]:
    if run:
        yield run[0][0], run[-1][1], tuple(w for _, _, w in run)
