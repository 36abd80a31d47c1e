"""Shipped tables and the audit -> the figures in ``docs/data-statement.md``.

``python data/build/statement.py`` renews what stands between the marks ``<!-- numbers:NAME -->`` and ``<!-- end -->``
of the statement, so that no figure in it is typed by hand.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from common import Row, read_csv
from statsmodels.stats.proportion import proportion_confint

DATA = HERE.parent
PAGE = DATA.parent / "docs" / "data-statement.md"
_BLOCK = re.compile(r"(<!-- numbers:(\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
_WORDS = {
    "name_zh": "name in characters",
    "birth_date": "birth",
    "detention_date": "start of custody",
    "sentence_date": "date of sentence",
    "sentence_type": "kind of sentence",
    "sentence_months": "length of the term",
    "charge": "charge as named",
    "raised_by": "who raised the case",
}


@cache
def rows(name: str) -> tuple[Row, ...]:
    return tuple(read_csv(DATA / f"{name}.csv"))


def table(head: Iterable[str], body: Iterable[Iterable[object]], numbers: bool = True) -> str:
    head = list(head)
    lines = [head, ["---"] + ["---:" if numbers else "---"] * (len(head) - 1), *body]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines) + "\n"


def share(part: int, whole: int) -> str:
    return f"{part} ({100 * part / whole:.0f}%)"


def tables() -> str:
    from clemency.records.schema import TABLES

    names = [*TABLES, "conflicts", "corrections"]
    return table(("table", "rows"), ((f"`{n}`", f"{len(rows(n)):,}") for n in names))


def sentenced() -> str:
    decades = Counter(_decade(r["sentence_date"]) for r in rows("cases"))
    order = sorted(decades, key=lambda d: (d == "not known", d))
    return table(("sentenced in", "cases"), ((d, decades[d]) for d in order))


def _decade(date: str) -> str:
    return f"{date[:3]}0s" if re.match(r"\d{3}", date) else "not known"


def publishers() -> str:
    who = {r["source_id"]: r["publisher"] for r in rows("sources")}
    counts = Counter(p for r in rows("cases") for p in {who[s] for s in r["source_ids"].split()})
    rest = len(counts) - 12
    most = sorted(counts.items(), key=lambda c: (-c[1], c[0]))[:12]
    body = [(p, share(n, len(rows("cases")))) for p, n in most]
    one = sum(len(r["source_ids"].split()) == 1 for r in rows("cases"))
    single = share(one, len(rows("cases")))
    after = f"\n{rest} other publishers stand behind the rest; {single} of the cases rest on one document.\n"
    return table(("publisher", "cases that it documents"), body) + after


def missing() -> str:
    columns = ("name_zh", "sex", "ethnicity", "birth_date", "province", "court", "charge", "detention_date")
    columns += ("sentence_date", "sentence_type", "sentence_months", "raised_by")
    cases, n = rows("cases"), len(rows("cases"))
    body = ((_WORDS.get(c, c), share(sum(not r[c] for r in cases), n)) for c in columns)
    return table(("field of `cases`", "empty"), body)


def precision() -> str:
    named = {10: "day", 7: "month", 4: "year", 0: "none"}
    dates = {
        "start of custody": [r["detention_date"] for r in rows("cases")],
        "sentence": [r["sentence_date"] for r in rows("cases")],
        "act": [r["act_date"] for r in rows("acts")],
    }
    head = ("date", *named.values(), "interval or other")
    body = []
    for name, values in dates.items():
        counts = Counter(named.get(len(v.rstrip("~?%")), "other") if "X" not in v else "other" for v in values)
        body.append((name, *(counts[k] for k in named.values()), counts["other"]))
    return table(head, body)


def acts() -> str:
    kinds = Counter(r["act_type"] for r in rows("acts"))
    with_act = {r["case_id"] for r in rows("acts")}
    share_of = share(len(with_act), len(rows("cases")))
    after = f"\n{share_of} of the cases have an act or a refusal on record: of all cases shipped, in all three frames\n"
    after += "([below](#how-a-case-became-known)), many of which were entered for it. It is no share of prisoners.\n"
    return table(("act", "rows"), ((f"`{k}`", n) for k, n in kinds.most_common())) + after


def frames() -> str:
    """Cases and acts granted by how the case became known."""
    frame = {r["case_id"]: r["frame"] for r in rows("cases")}
    granted = [r for r in rows("acts") if not re.search("denied|extension", r["act_type"])]
    cases, acts = Counter(frame.values()), Counter(frame[r["case_id"]] for r in granted)
    with_act = Counter(frame[c] for c in {r["case_id"] for r in granted})
    names = ("register", "act", "compiled")
    body = [(f"`{n}`", cases[n], share(with_act[n], cases[n]), acts[n]) for n in names]
    total = (sum(cases.values()), share(sum(with_act.values()), sum(cases.values())), sum(acts.values()))
    political = Counter(r["political"] for r in rows("cases"))
    ordinary, disputed = political["no"], political["disputed"]
    after = f'\n{ordinary} cases are of ordinary prisoners and officials (`political` "no"), {disputed} are disputed.\n'
    return table(("frame", "cases", "with an act granted", "acts granted"), [*body, ("all", *total)]) + after


def bases() -> str:
    """Acts granted by what is dated, and how exactly."""
    granted = [r for r in rows("acts") if not re.search("denied|extension", r["act_type"])]
    order = ("act", "effect", "release", "report", "inferred", "")
    body = []
    for basis in order:
        own = [r["act_date"] for r in granted if r["date_basis"] == basis]
        fine = Counter(_fineness(d) for d in own)
        named = f"`{basis}`" if basis else "no date"
        body.append((named, len(own), *(fine[k] for k in ("day", "month", "year", "interval"))))
    return table(("what is dated", "acts granted", "day", "month", "year", "interval"), body)


def _fineness(date: str) -> str:
    if not date:
        return "none"
    return "interval" if "/" in date else {10: "day", 7: "month"}.get(len(date.rstrip("~?%")), "year")


def audit() -> str:
    editions = list(dict.fromkeys(r["edition"] for r in rows("audit")))
    return "\n".join(f"**{_READINGS.get(edition, edition)}**\n\n{_audit_of(edition)}" for edition in editions)


#: An edition that was read several times has one of them under its bare name.
_READINGS = {"2026.12": "2026.12 second reading"}


def _audit_of(edition: str) -> str:
    order = ("agree", "disagree", "not stated", "could not be opened", "no fact")
    own = [r for r in rows("audit") if r["edition"] == edition]
    names = [t for t in ("acts", "cases", "events") if any(r["table"] == t for r in own)]
    counts = {t: Counter(r["verdict"] for r in own if r["table"] == t) for t in names}
    together = Counter(r["verdict"] for r in own)
    body = [(v, *(counts[t][v] for t in names), together[v]) for v in order]
    return table(("verdict", *names, "together"), body) + "\n" + _rates(together) + "\n" + _named(own)


def _rates(counts: Counter[str]) -> str:
    seen = counts["agree"] + counts["disagree"] + counts["not stated"]
    wrong, unsupported = counts["disagree"], counts["disagree"] + counts["not stated"]
    parts = []
    for n, what in (
        (wrong, ""),
        (unsupported, " or not stated there"),
    ):
        low, high = proportion_confint(n, seen, method="wilson")
        were = "was contradicted by its page" if n == 1 else "were contradicted by their page"
        parts.append(
            f"{n} of the {seen} facts that could be checked {were}{what}: "
            f"{100 * n / seen:.1f}% (95% Wilson limits {100 * float(low):.1f}% to {100 * float(high):.1f}%)."
        )
    return "\n".join(parts) + "\n"


def _named(own: list[Row]) -> str:
    bad = [r for r in own if r["verdict"] in ("disagree", "not stated")]
    if not bad:
        return ""
    head = ("row", "column", "as it stood", "verdict", "what the page says", "since then")
    body = ((f"`{r['key']}`", r["column"], r["value"], r["verdict"], r["found"], r["remark"]) for r in bad)
    return table(head, body, numbers=False)


BLOCKS: dict[str, Callable[[], str]] = {
    f.__name__: f for f in (tables, sentenced, publishers, missing, precision, acts, frames, bases, audit)
}


def renewed(page: str) -> str:
    """The page with every block of figures computed anew."""
    return _BLOCK.sub(lambda m: f"{m[1]}{BLOCKS[m[2]]()}{m[3]}", page)


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
