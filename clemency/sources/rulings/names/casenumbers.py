"""The number of a case in any of its spellings -> year, code of the court, kind, serial number and province."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from clemency.records.arguments.signatures import typed
from clemency.sources.rulings.names.courts import province_of, province_of_letter
from clemency.sources.rulings.prose.characters import plain

#: A number as it stands in a plain text, without brackets round it as a whole.
NUMBER = (
    r"(?:（(?:19|20)\d{2}年?度?）|(?<!\d)(?:19|20)\d{2}年?(?=[\u4e00-\u9fff]))?"
    r"[\u4e00-\u9fff]{1,8}\d{0,4}[\u4e00-\u9fff]{1,8}第?\d{1,6}(?:-\d{1,3})?号(?:之[一二三四五六七八九十\d]{1,3})?"
)
_PARTS = re.compile(
    r"(?:（?(?P<year>(?:19|20)\d{2})年?度?）?)?(?P<letters>[\u4e00-\u9fff]{1,8}?)(?P<digits>\d{0,4})"
    r"(?P<kind>(?:法|中法|高法|中)?(?:少|未)?(?:刑|减|假|监|执|民|行|商|知|赔|协)[\u4e00-\u9fff]{0,7}?)字?第?(?P<serial>\d{1,6}(?:-\d{1,3})?)号"
    r"(?P<part>之[一二三四五六七八九十\d]{1,3})?"
)
_CHANGES = re.compile(r"刑更|刑执|刑减|刑假|刑变|^减|^假|减字|假字|减刑|假释|刑罚变更|监外|刑监减")
_PRISON = re.compile(r"狱|提减|提假|提请|公示|减（|保$|初保|续保")
#: Letters that before 2016 no lower court used alone, as far as is known: 晋 was also Jinjiang and Jincheng, 青 Qingdao.
_OLD_LETTERS = frozenset("京津冀辽沪苏浙皖闽鲁豫鄂湘粤琼渝川黔陕藏")
_FIRST = 2016


@dataclass(frozen=True, slots=True)
class CaseNumber:
    """A number of a case.

    Attributes
    ----------
    text : str
        In one spelling: full-width brackets, no blanks, no 字 and 第 from 2016.
    year : int or None
    court_code : str
        Letters and digits of the court, such as ``豫03``.
    kind : str
        Kind of case, such as ``刑更`` or ``刑执``.
    serial : str
        As printed, with its zeros.
    province : str or None
        Key of the table of provinces where the number tells it: always since 2016; before, only high courts had the
        letter of their province, and lower courts one of their town (晋 was Jinjiang in Fujian).
    sentence_change : bool
        Whether the kind is one of reduction, parole or another change of a sentence by a court.
    """

    text: str
    year: int | None
    court_code: str
    kind: str
    serial: str
    province: str | None
    sentence_change: bool


@typed
def read_case_number(text: str, court: str = "") -> CaseNumber | None:
    """Read the number of a case.

    Parameters
    ----------
    text : str
        The number alone, brackets and blanks of any kind.
    court : str
        Name of the court, from which the province is taken first.

    Returns
    -------
    CaseNumber or None
        None for what is no number of a court, as those of a prison.

    Raises
    ------
    UsageError
        For anything but text.

    Examples
    --------
    >>> read_case_number("2016豫03刑更17号").text
    '（2016）豫03刑更17号'
    >>> found = read_case_number("（2015）泉刑执字第15号")
    >>> found.province, found.sentence_change
    (None, True)
    >>> read_case_number("（2013）晋刑初字第16号", court="福建省晋江市人民法院").province
    'CN-FJ'
    """
    if not (isinstance(text, str) and isinstance(court, str)):
        raise TypeError  # the border names which
    return parsed(plain(text).text, court)


@lru_cache(maxsize=4096)
def parsed(text: str, court: str = "") -> CaseNumber | None:
    """Read the number of a case on plain text; see `read_case_number`."""
    found = _PARTS.fullmatch(text)
    if found is None or _PRISON.search(found["letters"] + found["kind"]):
        return None
    year = int(found["year"]) if found["year"] else None
    letters, kind = _apart(found["letters"], found["kind"])
    code = letters + found["digits"]
    recent = year is not None and year >= _FIRST
    body = f"{code}{kind}" + (found["serial"] if recent else f"字第{found['serial']}")
    said = (f"（{year}）" if year else "") + body + "号" + (found["part"] or "")
    province = province_of(court) or _province(letters, kind, year)
    return CaseNumber(said, year, code, kind, found["serial"], province, _CHANGES.search(kind) is not None)


def _apart(letters: str, kind: str) -> tuple[str, str]:
    """Court and kind, where 法, 中法 and 高法 belong to the court."""
    found = re.match(r"(?:高法|中法|法|中)", kind)
    return (letters + found.group(), kind[found.end() :]) if found else (letters, kind)


def province_by_number(number: CaseNumber) -> str | None:
    """Province that a number tells by itself, whatever the court is called."""
    return _province(number.court_code.rstrip("0123456789"), number.kind, number.year)


def _province(letters: str, kind: str, year: int | None) -> str | None:
    if letters.startswith("最高法"):
        return None
    new = year is not None and year >= _FIRST and len(letters) == 1 and province_of_letter(letters) is not None
    if new or letters[1:] == "高法":
        return province_of_letter(letters[0])
    high = re.match(r"刑(?:执|[一二三四五]?终|核|复|减|假|监)", kind)
    if letters == "内" and kind.startswith("刑三终"):  # the intermediate court of 内江 has no third division
        return province_of_letter(letters)
    return province_of_letter(letters) if high and letters in _OLD_LETTERS else None
