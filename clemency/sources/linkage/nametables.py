"""What names are made of: surnames, readings, transliterations and spelling rules.

The words stand in ``nametables.csv`` beside this module, compiled by hand from general knowledge of the languages;
which Tibetan and Uyghur name elements to include was decided with the CECC's spellings in view. They are not complete.
A name that is in no table is still matched by its letters.
"""

from __future__ import annotations

import csv
import re
from importlib.resources import files

_TEXT = files(__package__).joinpath("nametables.csv").read_text(encoding="utf-8")
_ROWS = list(csv.DictReader(_TEXT.splitlines()))


def _names(kind: str) -> frozenset[str]:
    return frozenset(row["name"] for row in _ROWS if row["kind"] == kind)


def _lists(kind: str) -> dict[str, tuple[str, ...]]:
    return {row["name"]: tuple(row["variants"].split()) for row in _ROWS if row["kind"] == kind}


def _by_variant(kind: str) -> dict[str, str]:
    return {variant: name for name, variants in _lists(kind).items() for variant in variants}


def _single(kind: str) -> dict[str, str]:
    return {row["name"]: row["variants"] for row in _ROWS if row["kind"] == kind}


SURNAMES, COMPOUND, COMPOUND_CHARACTERS = _names("surname"), _names("compound"), _names("compound_characters")
SURNAME_READINGS, GIVEN_READINGS = _lists("surname_reading"), _lists("given_reading")
TRADITIONAL = str.maketrans(_by_variant("simplified"))
REMARKS, TITLES = _names("remark") | {""}, _names("title")
TIBETAN, TURKIC = _by_variant("tibetan"), _by_variant("turkic")
WADE_INITIALS, WADE_FINALS, WADE_WHOLE = _single("wade_initial"), _single("wade_final"), _single("wade_whole")

# Applied in this order to a word that the tables have brought to its usual form. What they give is a key, not a name.
TIBETAN_RULES = tuple(
    (re.compile(pattern), plain)
    for pattern, plain in (
        (r"tsh|tz", "ts"),
        (r"([kptdbgjl])h", r"\1"),
        (r"dz", "z"),
        (r"oe|eo", "o"),
        (r"ue", "u"),
        (r"ck", "k"),
        (r"(?:ee|ey|ay|e)$", "i"),
        (r"ing$", "in"),
        (r"en(?![gk])", "in"),
        (r"g", "k"),
        (r"b", "p"),
        (r"[dt]r", "t"),
        (r"d", "t"),
        (r"z", "s"),
        (r"mp", "np"),
        (r"el", "al"),
        (r"u", "o"),
        (r"ky", "k"),
        (r"(.)\1+", r"\1"),
    )
)
TURKIC_RULES = tuple(
    (re.compile(pattern), plain)
    for pattern, plain in (
        (r"^(?:abdul|abudu|abdu)(?=[a-z]{3})", "abdu"),
        (r"kh|x", "h"),
        (r"gh|q|g", "k"),
        (r"v", "w"),
        (r"f", "p"),
        (r"zh", "j"),
        (r"jiang$", "jan"),
        (r"y(?![aeou])|iy", "i"),
        (r"[ae]", "a"),
        (r"[ou]", "u"),
        (r"d$", "t"),
        (r"b$", "p"),
        (r"(?<=[a-z]{3})jan$", ""),
        (r"(.)\1+", r"\1"),
    )
)
