"""The header of a file -> where each column of a table stands, and what is wrong, with one remedy for each thing.

A header that is likely to mean a column is offered as its name, never taken for it.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence

from clemency.records.errors import Problem
from clemency.records.files.textfiles import Records
from clemency.records.schema import Table

MISSING, FOREIGN, DOUBLED = (
    "the column is missing",
    "the column is not part of this table",
    "the column occurs twice",
)
_ALIKE = 0.87  # release_date and sentence_date reach 0.8
_YEARS = ("years", "year", "年")
LEAVING = (
    "released",
    "release",
    "freed",
    "died",
    "death",
    "left",
    "释放日期",
    "获释日期",
    "出狱日期",
    "出狱时间",
    "释放时间",
)
COMMENT = "a comment, which a CSV file cannot have"

#: What others call our columns. Nothing stands here that may mean another date: an arrest is no detention.
NAMES: Mapping[str, tuple[str, ...]] = {
    "case_id": ("id", "no", "number", "case", "case no", "case number", "编号"),
    "person_id": ("person", "person no", "person number", "prisoner id"),
    "name": ("full name", "main name", "prisoner", "prisoner name", "english name", "name english", "pinyin", "拼音"),
    "name_zh": ("chinese name", "name chinese", "name in chinese", "characters", "姓名", "中文名", "名字"),
    "aliases": ("alias", "aka", "other names", "别名", "曾用名"),
    "sex": ("gender", "性别"),
    "ethnicity": ("ethnic group", "ethnic", "民族"),
    "birth_date": ("date of birth", "dob", "birthday", "born", "birth", "birth year", "year of birth", "出生日期"),
    "province": ("prov", "province name", "省", "省份"),
    "court": ("sentencing court", "法院"),
    "charge": ("charges", "crime", "offence", "offense", "罪名"),
    "charge_ids": ("articles", "charge articles", "法条"),
    "detention_date": (
        *("date of detention", "detention", "detained", "detained on", "date detained", "custody date"),
        *("in custody since", "taken into custody", "start of custody", "拘留日期", "羁押日期", "拘留时间"),
    ),
    "sentence_date": (
        *("date of sentence", "sentencing date", "date of sentencing", "date sentenced", "sentenced on"),
        *("判决日期", "宣判日期", "判决时间"),
    ),
    "sentence_type": ("type of sentence", "kind of sentence", "sentence kind", "刑种"),
    "sentence_months": (
        *("sentence", "term", "months", "sentence in months", "term months", "term in months", "sentence length"),
        *("length of sentence", "sentence years", "sentence in years", "years", "term years", "term in years", "刑期"),
    ),
    "prison": ("jail", "prison name", "place of imprisonment", "place of detention", "held at", "held in", "监狱"),
    "status": ("current status", "detention status", "legal status", "last status", "present status", "状态", "现状"),
    "status_date": (
        *("released", "released on", "release", "release date", "date released", "date of release", "freed on"),
        *("status since", "date of status", "died on", "date of death", "death date", "left prison on"),
        *("释放日期", "获释日期", "出狱日期", "出狱时间", "释放时间"),
    ),
    "seen_date": (
        *("last seen", "last known", "last update", "last updated", "last reported", "as of", "status as of"),
        *("last confirmed", "date of last report", "更新日期", "最后更新"),
    ),
    "destination": ("went to", "exiled to", "country of exile", "left for", "去向"),
    "raised_by": ("raised", "advocates", "raised with china by"),
    "raised_date": ("first raised", "raised on", "date raised"),
    "source_ids": ("source", "sources", "source id", "reference", "references", "来源"),
    "note": ("notes", "remark", "remarks", "comment", "comments", "备注"),
    "act_id": ("id", "no", "number", "编号"),
    "act_type": ("type", "act", "kind", "kind of act", "type of act", "decision"),
    "act_date": (
        *("date", "date of act", "decision date", "date of decision", "decided on", "granted on", "date granted"),
        *("ruling date", "date of ruling", "reduced on", "日期", "裁定日期"),
    ),
    "authority": ("court", "decided by", "granted by", "issued by", "法院", "机关"),
    "certainty": ("confidence",),
    "term_after": ("new term", "new sentence", "term after", "term after commutation"),
    "months": ("months cut", "months reduced", "reduction", "reduction months", "reduction in months", "减刑月数"),
}  # fmt: skip


def find_columns(file: str, parsed: Records, table: Table) -> tuple[dict[str, int], list[Problem]]:
    """Position of each stored column that is there, and the problems of the header."""
    header, line = parsed.header, parsed.header_line
    if header and header[0].lstrip().startswith("#"):
        return {}, [_comment_above(file, parsed, table)]
    if len(header) == 1 and (other := max(";\t|", key=header[0].count)) in header[0]:
        called = {";": "semicolons", "\t": "tabs", "|": "bars"}[other]
        remedy = "Save it with commas; in a spreadsheet, choose 'CSV UTF-8' and the comma as separator."
        return {}, [Problem(file, line, "", "", f"the columns are separated by {called}", remedy)]
    used = {i: name for i, name in enumerate(header) if name.strip() or _filled(parsed, i)}
    stored = [c.name for c in table.stored]
    where: dict[str, int] = {}
    for i, name in used.items():
        where.setdefault(name, i)
    doubled = [n for n, times in Counter(used.values()).items() if times > 1 and n.strip()]
    problems = [Problem(file, line, n, "", DOUBLED, "Keep one of the two.") for n in doubled]
    return {n: where[n] for n in stored if n in where}, problems + _names(file, line, list(where), table)


def is_comment(row: Sequence[str], n: int) -> bool:
    """Whether a record of a table of `n` columns is a remark and no row; a key may begin with # as well."""
    return row[0].lstrip().startswith("#") and (len(row) != n or not any(map(str.strip, row[1:])))


def _comment_above(file: str, parsed: Records, table: Table) -> Problem:
    """The line of # where the header belongs."""
    first = parsed.header[0].lstrip("# ")
    if {first, *parsed.header[1:]} & {c.name for c in table.stored}:
        remedy = f"Take the # out: the header begins with '{first}'."
        return Problem(file, parsed.header_line, "", parsed.header[0], "a # before the header", remedy)
    remedy = "Take out the lines that begin with # above the header, and keep them in a file of their own."
    return Problem(file, parsed.header_line, "", ",".join(parsed.header), COMMENT, remedy)


def _filled(parsed: Records, at: int) -> bool:
    return any(len(row) > at and row[at].strip() for row in parsed.rows)


def _names(file: str, line: int, header: list[str], table: Table) -> list[Problem]:
    """Columns that are missing, and headers that are none; of a pair that is likely to be one, only the first."""
    required = {c.name: c.required for c in table.stored}
    derived = {c.name for c in table.columns if c.derived}
    missing = [n for n in required if n not in header]
    foreign = [h for h in header if h not in required and h not in derived]
    pairs = _pairs(missing, foreign)
    optional = {c.name for c in table.stored if c.optional}
    missing = [n for n in missing if n not in optional or n in pairs]
    problems = []
    for name in missing:
        add = f"Add the column; {'every row needs a value' if required[name] else 'leave what is not known empty'}."
        remedy = _rename(pairs[name], name) if name in pairs else add
        if name == "act_id" and name in pairs and "case_id" in missing and "case_id" not in pairs:
            remedy = f"{remedy[:-1]}, or to 'case_id' if it tells whose act it is; an act has a key of its own."
        problems.append(Problem(file, line, name, "", MISSING, remedy))
    lost = [n for n in missing if n not in pairs]
    own = "Rename it if it holds what a missing column is for, or" if lost else "Take it out and"
    for name in (h for h in header if h in derived):
        problems.append(Problem(file, line, name, "", FOREIGN, "Take it out: it is computed when the table is loaded."))
    for name in (h for h in foreign if h not in pairs.values()):
        said = name.strip() or "(no name)"
        problems.append(Problem(file, line, said, "", FOREIGN, f"{own} keep it in a file of your own."))
    return problems


def _rename(header: str, name: str) -> str:
    plain = f"Rename '{header}' to '{name}'"
    if name == "sentence_months":
        return f"{plain} and write months: 8 years are 96."
    if name == "status_date" and set(_folded(header).split()) & set(LEAVING):
        return f"{plain} if it is the day on which the last status began, such as that of the release."
    if name == "source_ids":
        return f"{plain}; its cells hold keys of sources.csv."
    return f"{plain}."


def _pairs(missing: list[str], foreign: list[str]) -> dict[str, str]:
    """Header that is likely to mean each missing column; none is used twice."""
    folded = {h: _folded(h) for h in foreign}
    scores = []
    for name in missing:
        known = {_folded(name), *map(_folded, NAMES.get(name, ()))}
        for header, text in folded.items():
            score = 2.0 if text == _folded(name) else 1.5 if text in known else _likeness(text, _folded(name))
            if score > _ALIKE and not (name == "months" and set(text.split()) & set(_YEARS)):
                scores.append((score, name, header))
    pairs: dict[str, str] = {}
    for _, name, header in sorted(scores, key=lambda s: -s[0]):
        if name not in pairs and header not in pairs.values():
            pairs[name] = header
    return pairs


def _likeness(one: str, other: str) -> float:
    match = difflib.SequenceMatcher(None, one, other)
    return match.ratio() if match.real_quick_ratio() > _ALIKE and match.quick_ratio() > _ALIKE else 0.0


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text[:100]).casefold()
    return " ".join("".join(c if c.isalnum() else " " for c in plain).split())
