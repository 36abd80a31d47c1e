"""A person's case and acts -> one sentence: who, which act, what came before it and what came since."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd

from clemency.records.schema import GRANTED
from clemency.reports.inputs import Inputs
from clemency.reports.language import (
    act_name,
    article,
    charged,
    counted,
    dated,
    label,
    length,
    listed,
    number,
    plain,
    plural,
    spoken,
    term,
    tr,
    undressed,
)

__all__ = ["exchange_of", "in_exchange", "life", "name_of", "since"]

_THE = {"United States", "United Kingdom", "Netherlands", "Philippines", "Czech Republic"}
_TERRITORIES = {"Hong Kong", "Macau", "Taiwan"}
_REFUSED = {
    "medical_parole_denied": "medical parole",
    "parole_denied": "parole",
    "reduction_denied": "a sentence reduction",
}
#: Kinds of acts after which somebody is out of prison.
_OUT = ("medical_parole", "parole", "early_release", "special_pardon")
_EXCHANGE = re.compile(r"\b(exchange|swap)\b", re.IGNORECASE)
_HEARSAY = re.compile(r"\b(exchange|swap)\b[^;]*\breported\b", re.IGNORECASE)
#: Longest span of days of an act that can be said to be on the day of an event.
_MONTH = pd.Timedelta(days=31)
#: More acts of one kind than these are counted and not dated one by one.
_DATED = 3


def country(name: Any) -> str:
    """A country or territory as a sentence says it: ``the United States``, ``Taiwan``."""
    return listed(
        [tr("the {country}", country=label(c)) if c in _THE else plain(label(c)) for c in str(name).split("; ")]
    )


def name_of(case: Any) -> str:
    """Name in both scripts, as far as they are known."""
    if not isinstance(case["name_zh"], str):
        return plain(case["name"])
    return plain(tr("{name} ({name_zh})", name=case["name"], name_zh=case["name_zh"]))


def life(i: Inputs, acts: pd.DataFrame) -> str:
    """One sentence on a person and the acts of the quarter towards that person.

    Parameters
    ----------
    i : Inputs
    acts : DataFrame
        Acts of one case, in order.

    Returns
    -------
    str
        A paragraph of a section, with the name in bold.
    """
    case = i.cases.set_index("case_id").loc[acts["case_id"].iloc[0]]
    told = listed(
        [
            tr(
                "{what} {day}{served}{deal}",
                what=_what(a),
                day=dated(a.act_date),
                served=_served(case, a),
                deal=_deal(i, a),
            )
            for a in acts.itertuples()
        ]
    )
    after = [said for said in (_abroad(case, acts), since(i, case, acts), _again(i, case, acts)) if said]
    own = i.acts[i.acts["case_id"] == acts["case_id"].iloc[0]]
    before = _before(own, acts)
    first = tr("**{name}**{who}: {told}{before}", name=name_of(case), who=_who(case), told=told, before=before)
    return tr("{sentence}.", sentence=tr("; ").join([first, *after]))


def _who(case: pd.Series) -> str:
    """Citizenship, sentence and what for."""
    of = case.get("citizenship")
    parts = (
        [
            (
                tr("of {country}", country=country(of))
                if of in _TERRITORIES
                else tr("a citizen of {country}", country=country(of))
            )
        ]
        if isinstance(of, str)
        else []
    )
    passed, when = term(case["sentence_type"], case["sentence_months"]), case.get("sentence_date")
    on = tr(" {day}", day=dated(when)) if isinstance(when, str) and passed else ""
    why = next((case[c] for c in ("charge", "conduct") if isinstance(case.get(c), str)), None)
    cause = (
        tr(" for {listed}", listed=listed([plain(charged(w)) for w in str(why).split("; ")])) if why is not None else ""
    )
    if passed:
        parts.append(tr("sentenced{on} to {length}{cause}", on=on, length=passed, cause=cause))
    elif cause:
        parts.append(tr("held{cause}", cause=cause))
    disputed = (
        tr(" (sources disagree whether the case is political)") if str(case.get("political")) == "disputed" else ""
    )
    return "".join(tr(", {part}", part=p) for p in parts) + disputed


def _what(act: Any) -> str:
    """An act with its months, which are those cut, or those by which a release came before the end of the term."""
    kind, months = str(act.act_type), float(act.months)
    if np.isnan(months):
        return act_name(kind)
    if kind != "sentence_reduction":
        return tr(
            "{act}, {months} before the end of the term,",
            act=act_name(kind),
            months=length(months, "month"),
        )
    return tr("{a} {months:g}-month {act}", a=article(f"{months:g}"), months=months, act=act_name(kind))


def _served(case: pd.Series, act: Any) -> str:
    """How long after the start of custody somebody left prison, in years."""
    if str(act.act_type) not in _OUT or pd.isna(case["detention_earliest"]) or pd.isna(act.act_earliest):
        return ""
    if pd.isna(case["detention_latest"]) or pd.isna(act.act_latest):
        return ""
    least, most = ((act.act_earliest - case["detention_latest"]), (act.act_latest - case["detention_earliest"]))
    if least < pd.Timedelta(0) or most - least > pd.Timedelta(days=200):
        return ""
    return tr(", after {long} in custody", long=_long((least + (most - least) / 2).days))


def _long(days: float) -> str:
    """A length of time to the half year: ``8 and a half years``; in months below two years."""
    months = days / 30.4375
    if months < 24:
        return counted(max(round(months), 1), "month")
    halves = round(months / 6)
    return tr("{n} and a half years", n=halves // 2) if halves % 2 else tr("{n} years", n=halves // 2)


def in_exchange(act: Any) -> bool:
    """Whether the tables say that an act was part of an exchange of prisoners."""
    return isinstance(act.note, str) and bool(_EXCHANGE.search(act.note))


def exchange_of(i: Inputs, act: Any) -> pd.Series | None:
    """The release deal among the events that an act was part of.

    It fell on the act's own days, which a month holds, names the person, and the act's note says that it was an exchange,
    not only that one was reported.
    """
    if (
        not in_exchange(act)
        or _HEARSAY.search(act.note)
        or pd.isna(act.act_earliest)
        or act.act_latest - act.act_earliest > _MONTH
    ):
        return None
    case = i.cases.set_index("case_id").loc[act.case_id]
    deals = i.events[i.events["event_type"] == "prisoner_release_deal"]
    deals = deals[(deals["date_earliest"] <= act.act_latest) & (deals["date_latest"] >= act.act_earliest)]
    names = _words(case["name"]) | _words(case.get("aliases"))
    for _, deal in deals.iterrows():
        if names & (_words(deal["label"]) | _words(deal["note"])):
            return deal
    return None


def _words(text: Any) -> set[str]:
    return {w.lower() for w in re.findall(r"[\w'-]+", text)} if isinstance(text, str) else set()


def _deal(i: Inputs, act: Any) -> str:
    if not in_exchange(act):
        return ""
    deal = exchange_of(i, act)
    with_ = (
        tr(" with {country}", country=country(_PARTNERS.get(str(deal["partner"]), deal["partner"])))
        if deal is not None
        else ""
    )
    return (
        tr(", in an exchange of prisoners{with_}", with_=with_)
        if deal is not None
        else tr(", in what is reported as an exchange")
    )


_PARTNERS = {
    "US": "United States", "EU": "European Union", "UK": "United Kingdom", "UN": "United Nations", "DE": "Germany",
    "FR": "France", "JP": "Japan", "AU": "Australia", "CA": "Canada", "NO": "Norway", "CH": "Switzerland",
    "NL": "Netherlands", "SE": "Sweden", "DK": "Denmark", "KR": "South Korea",
}  # fmt: skip


def partner(code: Any) -> str:
    """Name of a partner, with its article where it has one: ``the United States``."""
    name = _PARTNERS.get(str(code), str(code))
    return (
        tr("the {country}", country=label(name))
        if name in {*_THE, "European Union", "United Nations"}
        else plain(label(name))
    )


def _before(own: pd.DataFrame, acts: pd.DataFrame) -> str:
    """What the case had before: acts granted, and refusals."""
    first = acts["act_earliest"].min()
    earlier = own[(own["act_latest"] < first) & ~own["act_id"].isin(acts["act_id"])].sort_values("act_earliest")
    said = [_several(part, str(kind)) for kind, part in _kinds(earlier, GRANTED)]
    told = tr(", after {listed}", listed=listed(said)) if said else ""
    refused = [
        tr("{act} {times}", act=label(_REFUSED[kind]), times=_times(part)) for kind, part in _kinds(earlier, _REFUSED)
    ]
    told += tr("; refused before: {listed}", listed=listed(refused)) if refused else ""
    undated = own[own["act_earliest"].isna() & own["act_latest"].isna() & own["act_type"].isin(GRANTED)]
    more = [counted(len(part), kind, spelled=True) for kind, part in _kinds(undated, GRANTED)]
    return told + (tr("; without a date: {listed}", listed=listed(more)) if more else "")


def _kinds(rows: pd.DataFrame, kinds: Any) -> list[tuple[str, pd.DataFrame]]:
    return [(k, part) for k in kinds if len(part := rows[rows["act_type"] == k])]


def _several(rows: pd.DataFrame, kind: str) -> str:
    """Acts of one kind with their dates, or only counted."""
    if len(rows) > _DATED:
        return counted(len(rows), kind, spelled=True)
    what = [
        _what(a).rstrip(",") if str(a.act_type) == "sentence_reduction" else act_name(kind) for a in rows.itertuples()
    ]
    return listed([tr("{act} {day}", act=w, day=dated(d)) for w, d in zip(what, rows["act_date"], strict=True)])


def _times(rows: pd.DataFrame) -> str:
    n = len(rows)
    often = "" if n == 1 else tr("twice, ") if n == 2 else tr("{n} times, ", n=number(n))
    if n > _DATED:
        return tr("{often}last {day}", often=often, day=dated(rows["act_date"].iloc[-1]))
    return f"{often}{listed([dated(d) for d in rows['act_date']])}"


def _abroad(case: pd.Series, acts: pd.DataFrame) -> str:
    to = next((d for d in (*acts["destination"], case.get("destination")) if isinstance(d, str)), None)
    if to is None or not acts["act_type"].isin(_OUT).any():
        return ""
    return tr("left for {country}", country=country(to))


def since(i: Inputs, case: pd.Series, acts: pd.DataFrame) -> str:
    """What the tables tell of the time after the last of some acts, or that they tell nothing."""
    last = acts["act_latest"].max()
    own = i.acts[i.acts["case_id"] == acts["case_id"].iloc[0]]
    later = own[(own["act_earliest"] > last) & ~own["act_id"].isin(acts["act_id"])].sort_values("act_earliest")
    said = [tr("later {several}", several=_several(part, kind)) for kind, part in _kinds(later, GRANTED)]
    said += [
        tr("refused later: {act} {times}", act=label(_REFUSED[kind]), times=_times(part))
        for kind, part in _kinds(later, _REFUSED)
    ]
    added = later[later["act_type"] == "sentence_extension"]
    said += [tr("the sentence was extended {times}", times=_times(added))] if len(added) else []
    end = _ending(case, acts)
    if end:
        said.append(end)
    elif not said and not acts["act_type"].isin(("early_release", "special_pardon")).any() and not _abroad(case, acts):
        said.append(tr("no document tells what came since"))
    return tr("; ").join(said)


def _again(i: Inputs, case: pd.Series, acts: pd.DataFrame) -> str:
    """A later case of the same person."""
    last = acts["act_latest"].max()
    others = i.cases[(i.cases["person_id"] == case["person_id"]) & (i.cases["case_id"] != acts["case_id"].iloc[0])]
    others = others.assign(since=others["detention_earliest"].fillna(others["sentence_earliest"]))
    later = others[others["since"] > last].sort_values("since")
    if later.empty:
        return ""
    next_ = later.iloc[0]
    when = next_["detention_date"] if isinstance(next_["detention_date"], str) else next_["sentence_date"]
    passed = term(next_["sentence_type"], next_["sentence_months"])
    return tr(
        "held again from {day}{word}",
        day=undressed(when),
        word=tr(", sentenced to {length}", length=passed) if passed else "",
    )


def _ending(case: pd.Series, acts: pd.DataFrame) -> str:
    """The last that is known, where it came after the acts."""
    status, first, last = str(case["status"]), acts["act_earliest"].min(), acts["act_latest"].max()
    when = case.get("status_date")
    if isinstance(when, str) and status in _ENDS and case["status_latest"] > last:
        if status in _SAME_AS_ACT and case["status_earliest"] <= last:
            return ""
        return tr(
            "{end} {day}{later}{tail}",
            end=label(_ENDS[status]),
            day=dated(when),
            later=_later(case, first, last),
            tail=label(_TAIL.get(status, "")),
        )
    seen = case.get("seen_date")
    if isinstance(seen, str) and case["seen_earliest"] > last and status in ("serving", "medical_parole", "parole"):
        told = {
            "serving": tr("still serving the sentence"),
            "medical_parole": tr("still on medical parole"),
            "parole": tr("on parole"),
        }
        return tr("{told} when last heard of, {day}", told=told[status], day=dated(seen))
    if isinstance(seen, str) and case["seen_earliest"] > last and status == "unknown":
        return tr("last heard of {day}", day=dated(seen))
    return ""


_SAME_AS_ACT = ("medical_parole", "parole", "released_early", "released")
_ENDS = {
    "died_in_custody": "died",
    "executed": "executed",
    "released_early": "released early",
    "released_on_expiry": "released at the end of the term",
    "released": "free",
    "parole": "paroled",
    "medical_parole": "on medical parole",
}
_TAIL = {"died_in_custody": ", while the sentence ran"}


def _later(case: pd.Series, first: pd.Timestamp, last: pd.Timestamp) -> str:
    """How long after the act: days and weeks below three months, where both dates are so exact."""
    if case["status_latest"] - case["status_earliest"] > pd.Timedelta(days=1) or last - first > _MONTH:
        return ""
    span = [int((case["status_earliest"] - d).days) for d in (last, first)]
    if min(span) < 0 or max(span) > 92:
        return ""
    if max(span) < 14:
        low, high, unit = *span, "day"
    else:
        low, high, unit = round(span[0] / 7), round(span[1] / 7), "week"
    if low == high:
        return tr(", {count} later", count=counted(low, unit, spelled=True)) if low else ""
    return tr(
        ", {n} to {n2} {units} later",
        n=number(low),
        n2=number(high),
        units=plural(unit) if spoken() == "en" else label(f"{unit}|unit"),
    )
