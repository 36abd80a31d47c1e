"""A seed -> what a made-up ruling is about: consistent days, terms and decisions, and no real person."""

from __future__ import annotations

import calendar
import datetime as dt
import random
from typing import Any

PROVINCES = (
    ("四川省", "CN-SC", "川"), ("河南省", "CN-HA", "豫"), ("广东省", "CN-GD", "粤"), ("湖南省", "CN-HN", "湘"),
    ("辽宁省", "CN-LN", "辽"), ("浙江省", "CN-ZJ", "浙"), ("云南省", "CN-YN", "云"),
    ("新疆维吾尔自治区", "CN-XJ", "新"),
)  # fmt: skip
TOWNS = ("某某市", "某甲市", "某乙州", "某丙市")
NAMES = ("李某某", "王某", "张××", "艾某·某某", "赵某甲", "马某某", "陈XX", "某某某", "阿某某某")
GROUPS = ("汉族", "汉族", "汉族", "维吾尔族", "藏族", "彝族", "土家族", "回族")
SCHOOLS = ("小学", "初中", "高中", "文盲", "大专", "大学本科", "中专")
CHARGES = (
    "抢劫罪", "盗窃罪", "故意伤害罪", "故意杀人罪", "诈骗罪", "强奸罪", "走私、贩卖、运输、制造毒品罪", "贩卖毒品罪",
    "掩饰、隐瞒犯罪所得罪", "非法持有、私藏枪支、弹药罪", "寻衅滋事罪", "受贿罪", "贪污罪", "煽动颠覆国家政权罪",
    "组织、利用会道门、邪教组织、利用迷信破坏法律实施罪", "参加黑社会性质组织罪", "合同诈骗罪", "非法拘禁罪", "绑架罪",
)  # fmt: skip
OUTCOMES = (
    ("granted", "reduction", 0.66), ("granted", "parole", 0.09), ("refused", "reduction", 0.06),
    ("refused", "parole", 0.03), ("withdrawn", "reduction", 0.03), ("granted", "commutation_to_fixed", 0.05),
    ("granted", "commutation_to_life", 0.03), ("granted", "outside", 0.03), ("revoked", "parole", 0.02),
)  # fmt: skip


def moved(day: dt.date, months: int) -> dt.date:
    """A day moved by months, or the last of a shorter month."""
    year, month = divmod(12 * day.year + day.month - 1 + months, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def last_day(start: dt.date, months: int) -> dt.date:
    """Last day of a term."""
    return moved(start, months) - dt.timedelta(1)


def facts(rng: random.Random) -> dict[str, Any]:
    """Values of one made-up ruling, by the names of the reader's columns, and what the templates need beside them."""
    made = _person(rng)
    decision, kind, _ = rng.choices(OUTCOMES, [weight for *_, weight in OUTCOMES])[0]
    made.update(decision=decision, kind=kind)
    _judgment(rng, made)
    _course(rng, made)
    _outcome(rng, made)
    _findings(rng, made)
    return made


def _person(rng: random.Random) -> dict[str, Any]:
    province, key, letter = rng.choice(PROVINCES)
    return {
        "province": key, "_province": province, "_letter": letter, "_town": rng.choice(TOWNS),
        "prisoner": rng.choice(NAMES),
        "sex": rng.choice("MMMMF"), "birth_date": _some_day(rng, 1955, 1992), "ethnicity": rng.choice(GROUPS),
        "education": rng.choice(SCHOOLS), "residence": f"{rng.choice(PROVINCES)[0]}{rng.choice(TOWNS)}",
        "prison": f"{province}{rng.choice(('某某', '第四', '某山', '女子'))}监狱",
    }  # fmt: skip


def _some_day(rng: random.Random, first: int, last: int) -> dt.date:
    return dt.date(rng.randint(first, last), rng.randint(1, 12), rng.randint(1, 28))


def _judgment(rng: random.Random, made: dict[str, Any]) -> None:
    kind = made["kind"]
    made["sentence_type"] = {"commutation_to_fixed": "life", "commutation_to_life": "death_reprieve"}.get(kind, "fixed")
    judged = _some_day(rng, 2007, 2014)
    charges = rng.sample(CHARGES, 1 if rng.random() < 0.8 else 2)
    months = rng.randint(4, 28) * 6 + rng.choice((0, 0, 0, 1, 2, 5))
    made.update(
        judgment_date=judged, charges="; ".join(charges), _charges=charges,
        judgment_number=f"（{judged.year}）某刑初字第{rng.randint(1, 900)}号",
        judgment_court=f"{made['_province']}{rng.choice(TOWNS)}人民法院",
        sentence_months=months if made["sentence_type"] == "fixed" else None,
        deprivation_months=-1 if made["sentence_type"] != "fixed" else rng.choice((None, 12, 24, 36)),
        fine_yuan=rng.choice((None, None, 1_000, 5_000, 10_000, 30_000, 120_000, 12_500)),
        term_start=judged - dt.timedelta(rng.randint(60, 300)),
    )  # fmt: skip
    if made["sentence_type"] != "fixed":
        made["judgment_court"] = f"{made['_province']}{made['_town']}中级人民法院"
    if rng.random() < 0.25:
        made.update(
            appeal_court=f"{made['_province']}{_second(made)}人民法院",
            appeal_date=judged + dt.timedelta(rng.randint(30, 120)), appeal_result="upheld",
            appeal_number=f"（{judged.year}）某刑终字第{rng.randint(1, 900)}号",
        )  # fmt: skip


def _second(made: dict[str, Any]) -> str:
    return f"{made['_town']}中级" if made["sentence_type"] == "fixed" else "高级"


def _course(rng: random.Random, made: dict[str, Any]) -> None:
    judged, months = made["judgment_date"], made["sentence_months"]
    committed = judged + dt.timedelta(rng.randint(130, 250))
    made["committed_date"] = committed if rng.random() < 0.6 else None
    changes = _earlier(rng, made, committed)
    last = changes[-1][0] if changes else committed
    ruled = last + dt.timedelta(rng.randint(520, 900))
    made["_changes"] = changes
    made["earlier_n"] = len(changes)
    made["earlier_months"] = sum(c for _, c in changes) if changes else None
    if months:
        made["term_end"] = last_day(made["term_start"], months)
        made["_end"] = last_day(made["term_start"], months - sum(c for _, c in changes))
        ruled = max(last + dt.timedelta(70), min(ruled, made["_end"] - dt.timedelta(400)))
    else:
        made["term_start"] = made["term_end"] = made["_end"] = None
    made["ruling_date"] = ruled
    made["proposal_date"] = ruled - dt.timedelta(rng.randint(20, 60))
    made["proposal_body"] = made["prison"]


def _earlier(rng: random.Random, made: dict[str, Any], committed: dt.date) -> list[tuple[dt.date, int]]:
    """Earlier reductions, each while enough of the term is left for another."""
    changes: list[tuple[dt.date, int]] = []
    if made["kind"] == "outside" or not made["sentence_months"]:
        return changes
    at, end = committed + dt.timedelta(rng.randint(600, 900)), last_day(made["term_start"], made["sentence_months"])
    while rng.random() < 0.5:
        cut = rng.choice((5, 6, 7, 8, 9, 10, 12, 14))
        end = last_day(end + dt.timedelta(1), -cut)
        if at > end - dt.timedelta(700):
            break
        changes.append((at, cut))
        at += dt.timedelta(rng.randint(500, 800))
    return changes


def _outcome(rng: random.Random, made: dict[str, Any]) -> None:
    decision, kind, ruled = made["decision"], made["kind"], made["ruling_date"]
    high = kind.startswith("commutation")
    made["court"] = f"{made['_province']}{'高级' if high else made['_town'] + '中级'}人民法院"
    made["court_level"] = "high" if high else "intermediate"
    serial = rng.randint(1, 3000)
    new = ruled.year >= 2016
    code = made["_letter"] + ("" if high else f"{rng.randint(1, 20):02d}")
    made["case_number"] = f"（{ruled.year}）{code}刑更{serial}号" if new else f"（{ruled.year}）某刑执字第{serial}号"
    made["proposed_kind"] = kind if kind in ("parole", "outside") else "reduction"
    if decision != "granted":
        return
    if kind == "reduction":
        made["months"] = rng.choice((1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 18))
        made["days"] = 15 if rng.random() < 0.03 else None
        made["new_end"] = last_day(made["_end"] + dt.timedelta(1), -made["months"])
        if made["days"]:
            made["new_end"] -= dt.timedelta(15)
    elif kind == "parole":
        made["parole_start"], made["parole_end"] = ruled, made["_end"]
    elif kind == "commutation_to_fixed":
        made["term_after"] = rng.choice((228, 240, 252, 264))
        made["deprivation_after_months"] = rng.choice((60, 84, 120))
        made["new_start"], made["new_end"] = ruled, last_day(ruled, made["term_after"])
    elif kind == "commutation_to_life":
        made["deprivation_after_months"] = -1
    elif kind == "outside":
        made["outside_reason"] = rng.choice(("ill", "pregnant", "helpless"))


def _findings(rng: random.Random, made: dict[str, Any]) -> None:
    made["commendations"] = rng.choice((None, 2, 3, 4, 5, 7, 12))
    made["merits"] = rng.choice((None, None, 1, 3))
    made["points"] = rng.choice((None, None, 137.5, 501.0, 96.0))
    made["recidivist"] = True if rng.random() < 0.1 else None
    made["property_paid"] = rng.choice((None, "paid", "unpaid", "part")) if made["fine_yuan"] else None
    made["prosecutor_view"] = "agrees" if made["decision"] == "granted" and rng.random() < 0.3 else None
    made["judges"] = 3
