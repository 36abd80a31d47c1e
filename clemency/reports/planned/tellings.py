"""A finding of the plan, and its ratio under other choices -> what is said of them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from clemency.figures.theme.wording import words
from clemency.reports.language import (
    capital,
    counted,
    day,
    label,
    limits,
    listed,
    number,
    plain,
    plural,
    ratio,
    rounded,
    share,
    spoken,
    tr,
)
from clemency.reports.plan import PLAN
from clemency.reports.planned.firmness import Checks
from clemency.reports.planned.results import Answers, Evidence
from clemency.reports.section import Chart

__all__ = ["NAMES", "Told", "asked_of", "check_told", "each_finding", "group_told"]


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """The answers, for each finding its ratio under other choices (None if there are none), and what is missing."""

    given: Evidence
    answers: Answers
    checks: dict[tuple[str, str], Checks | None]
    missing: tuple[str, ...] = ()
    drawn: dict[str, list[Chart]] = field(default_factory=dict)


def asked_of(question: str) -> str:
    return re.sub(r"^the ", "", question) if spoken() == "en" else label(question)


def each_finding(t: Told) -> tuple[str, ...]:
    """One paragraph for each finding: the ratio, and what becomes of it."""
    groups = tuple(_one(t, key, level) for key, level in t.checks)
    o = t.answers.occasions
    after = [r for r in o.itertuples() if r.finding] if len(o) else []
    several = (
        (tr("These {n} findings are not independent: the groups overlap.", n=number(len(groups))),)
        if len(groups) > 1
        else ()
    )
    return (*groups, *several, *(_occasion(r) for r in after))


def _occasion(r: Any) -> str:
    question = next(o.question for o in PLAN.occasions if o.name == r.about)
    return tr(
        "**After {question} {acts} are known {sooner} often than at other times**: {after} of {whole} acts in {share} of the time at risk, ratio {ratio}. Acts become known through the same meetings that may have brought them about.",
        question=label(question),
        acts=plural(r.outcome),
        sooner=tr("more") if r.estimate > 1 else tr("less"),
        after=rounded(r.n_after, 1),
        whole=rounded(r.n_event, 1),
        share=share(r.share_of_time),
        ratio=ratio(r.estimate),
    )


def _one(t: Told, key: str, level: str) -> str:
    g = t.answers.groups
    r = g[(g["key"] == key) & (g["level"] == level)].iloc[0]
    checks = t.checks[key, level]
    line = _found(t, r)
    if checks is None:
        return line.rstrip()
    limit = float(checks.e_values.set_index("quantity").loc["limit", "e_value"])
    return tr(
        "{line}{holds} {entered} To bring the nearer limit to 1, an unrecorded cause would need to be tied to the group by a risk ratio of at least {value}, and to the act by as much; this does not cover acts that went unreported.{shipped}",
        line=line,
        holds=_holds(checks),
        entered=_entered(checks),
        value=rounded(limit, 1),
        shipped=_shipped(checks, r["estimate"]),
    )


def _found(t: Told, r: pd.Series) -> str:
    """The ratio of a finding, and the acts behind it."""
    h = t.answers.hypotheses.set_index("key").loc[r["key"]]
    sooner = tr("less") if r["estimate"] < 1 else tr("more")
    about = NAMES.get(r["about"], r["about"])
    left = (
        tr(
            ", of {acts} in groups that are compared ({n_outside} more have no known {about})",
            acts=counted(int(h["n_event"]), "act"),
            n_outside=int(h["n_outside"]),
            about=label(about),
        )
        if h["n_outside"]
        else ""
    )
    return tr(
        "**{group} are known to have received {acts} {sooner} often than all others**: {n} where {expected} would be expected at equal rates{left}; ratio {ratio} (95% limits {limits}). ",
        group=capital(plain(group_told(r["level"]))),
        acts=plural(r["outcome"]),
        sooner=sooner,
        n=counted(int(r["n_event"]), "act"),
        expected=rounded(r["expected"], 1),
        left=left,
        ratio=ratio(r["estimate"]),
        limits=limits(r["ci_low"], r["ci_high"]),
    )


def _holds(checks: Checks) -> str:
    """In how many other analyses of the register the limits stay on the same side of 1."""
    rest = checks.register.iloc[1:]
    against = rest[rest["answer"] != "same"]
    if against.empty:
        return tr(
            "All {n} other analyses of the register point the same way, with limits that exclude 1.",
            n=number(len(rest)),
        )
    kinds = {
        "includes 1": tr("the limits include 1"),
        "beyond": tr("they lie on the other side of 1"),
        "none": tr("there is nothing to compare"),
        "missing": tr("they cannot be computed"),
    }
    parts = [
        tr(
            "in {n} {told} ({listed})",
            n=number(len(own)),
            told=told,
            listed=listed([check_told(c.check, c.detail) + _because(c.why) for c in own.itertuples()]),
        )
        for k, told in kinds.items()
        if len(own := against[against["answer"] == k])
    ]
    return tr(
        "**The result does not hold up everywhere**: of {n} other analyses, {listed}.",
        n=number(len(rest)),
        listed=listed(parts),
    )


def _because(why: str) -> str:
    return tr(": {why}", why=why.rstrip(".")) if why else ""


def _entered(checks: Checks) -> str:
    """What becomes of it when acts before a case was documented count."""
    c = checks.register.set_index("check").loc["entered at the sentence"]
    if not np.isfinite(c["estimate"]):
        return ""
    return tr(
        "Counted from the sentence, with acts that came before the case was on record, they have {acts}, all others {n_others}: ratio {ratio} ({limits}).",
        acts=counted(int(c["n_event"]), "act"),
        n_others=int(c["n_others"]),
        ratio=ratio(c["estimate"]),
        limits=limits(c["ci_low"], c["ci_high"]),
    )


def _shipped(checks: Checks, planned: float) -> str:
    """The shipped cases, and whether they point the other way."""
    other = checks.shipped["estimate"].dropna()
    if other.empty:
        return ""
    reach = (
        tr("{low} to {high}", low=ratio(other.min()), high=ratio(other.max()))
        if len(other) > 1
        else ratio(other.iloc[0])
    )
    far = (other > 1).all() if planned < 1 else (other < 1).all()
    depends = tr(", depending on how long cases are followed") if len(other) > 1 else ""
    side = (
        (tr("; all these ratios lie on the other side of 1") if len(other) > 1 else tr(", on the other side of 1"))
        if far
        else ""
    )
    return tr(
        " Among the shipped cases, which were chosen by their acts, the ratio is {reach}{depends}{side}.",
        reach=reach,
        depends=depends,
        side=side,
    )


NAMES = {"charge_family": "charge", "term": "length of the term"}
_PARTS = {"F": "women", "M": "men"}


def check_told(check: str, detail: str) -> str:
    """An analysis in words: ``within groups of sex``, ``leaving out 2005 to 2009``."""
    if detail.startswith("without "):
        part, kind = detail.removeprefix("without "), check.removeprefix("without a ")
        name = NAMES.get(kind, kind)
        if kind == "period":
            return tr("leaving out {part}", part=" to ".join(part.split("/")) if spoken() == "en" else day(part))
        if part in ("not known", "not stated"):
            return tr("leaving out those whose {name} is {part}", name=label(name), part=label(part))
        return plain(
            tr("leaving out terms of {part}", part=label(part))
            if kind == "term"
            else tr("leaving out {part}", part=label(_PARTS.get(part, words(part))))
        )
    if check.startswith("within "):
        other = check.removeprefix("within ")
        return tr("within groups of the same {group}", group=label(NAMES.get(other, other)))
    return plain(words(detail or check))


def group_told(level: str) -> str:
    return tr("people convicted of using a cult (article 300)") if level == "cult" else words(level)
