"""A person's case and acts -> one sentence: who, which act, what came before it and what came since."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd

from clemency.records.schema import GRANTED
from clemency.reports.inputs import Inputs
from clemency.reports.language import act_name, article, counted, dated, listed, number, plain, plural, term

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
    return listed([f"the {c}" if c in _THE else plain(c) for c in str(name).split("; ")])


def name_of(case: Any) -> str:
    """Name in both scripts, as far as they are known."""
    return plain(f"{case['name']} ({case['name_zh']})" if isinstance(case["name_zh"], str) else case["name"])


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
    told = listed([f"{_what(a)} {dated(a.act_date)}{_served(case, a)}{_deal(i, a)}" for a in acts.itertuples()])
    after = [said for said in (_abroad(case, acts), since(i, case, acts), _again(i, case, acts)) if said]
    own = i.acts[i.acts["case_id"] == acts["case_id"].iloc[0]]
    before = _before(own, acts)
    return "; ".join([f"**{name_of(case)}**{_who(case)}: {told}{before}", *after]) + "."


def _who(case: pd.Series) -> str:
    """Citizenship, sentence and what for."""
    of = case.get("citizenship")
    parts = [f"{'' if of in _TERRITORIES else 'a citizen '}of {country(of)}"] if isinstance(of, str) else []
    length, when = term(case["sentence_type"], case["sentence_months"]), case.get("sentence_date")
    on = f" {dated(when)}" if isinstance(when, str) and length else ""
    why = next((case[c] for c in ("charge", "conduct") if isinstance(case.get(c), str)), None)
    cause = f" for {listed([plain(w) for w in str(why).split('; ')])}" if why is not None else ""
    if length:
        parts.append(f"sentenced{on} to {length}{cause}")
    elif cause:
        parts.append(f"held{cause}")
    disputed = " (sources disagree whether the case is political)" if str(case.get("political")) == "disputed" else ""
    return "".join(f", {p}" for p in parts) + disputed


def _what(act: Any) -> str:
    """An act with its months, which are those cut, or those by which a release came before the end of the term."""
    kind, months = str(act.act_type), float(act.months)
    if np.isnan(months):
        return act_name(kind)
    if kind != "sentence_reduction":
        return f"{act_name(kind)}, {months:g} {'month' if months == 1 else 'months'} before the end of the term,"
    return f"{article(f'{months:g}')} {months:g}-month {act_name(kind)}"


def _served(case: pd.Series, act: Any) -> str:
    """How long after the start of custody somebody left prison, in years."""
    if str(act.act_type) not in _OUT or pd.isna(case["detention_earliest"]) or pd.isna(act.act_earliest):
        return ""
    if pd.isna(case["detention_latest"]) or pd.isna(act.act_latest):
        return ""
    least, most = ((act.act_earliest - case["detention_latest"]), (act.act_latest - case["detention_earliest"]))
    if least < pd.Timedelta(0) or most - least > pd.Timedelta(days=200):
        return ""
    return f", after {_long((least + (most - least) / 2).days)} in custody"


def _long(days: float) -> str:
    """A length of time to the half year: ``8 and a half years``; in months below two years."""
    months = days / 30.4375
    if months < 24:
        return counted(max(round(months), 1), "month")
    halves = round(months / 6)
    return f"{halves // 2}{' and a half' if halves % 2 else ''} years"


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
    with_ = f" with {country(_PARTNERS.get(str(deal['partner']), deal['partner']))}" if deal is not None else ""
    return f", in an exchange of prisoners{with_}" if deal is not None else ", in what is reported as an exchange"


_PARTNERS = {
    "US": "United States", "EU": "European Union", "UK": "United Kingdom", "UN": "United Nations", "DE": "Germany",
    "FR": "France", "JP": "Japan", "AU": "Australia", "CA": "Canada", "NO": "Norway", "CH": "Switzerland",
    "NL": "Netherlands", "SE": "Sweden", "DK": "Denmark", "KR": "South Korea",
}  # fmt: skip


def partner(code: Any) -> str:
    """Name of a partner, with its article where it has one: ``the United States``."""
    name = _PARTNERS.get(str(code), str(code))
    return f"the {name}" if name in {*_THE, "European Union", "United Nations"} else plain(name)


def _before(own: pd.DataFrame, acts: pd.DataFrame) -> str:
    """What the case had before: acts granted, and refusals."""
    first = acts["act_earliest"].min()
    earlier = own[(own["act_latest"] < first) & ~own["act_id"].isin(acts["act_id"])].sort_values("act_earliest")
    said = [_several(part, str(kind)) for kind, part in _kinds(earlier, GRANTED)]
    told = f", after {listed(said)}" if said else ""
    refused = [f"{_REFUSED[kind]} {_times(part)}" for kind, part in _kinds(earlier, _REFUSED)]
    told += f"; refused before: {listed(refused)}" if refused else ""
    undated = own[own["act_earliest"].isna() & own["act_latest"].isna() & own["act_type"].isin(GRANTED)]
    more = [counted(len(part), kind, spelled=True) for kind, part in _kinds(undated, GRANTED)]
    return told + (f"; without a date: {listed(more)}" if more else "")


def _kinds(rows: pd.DataFrame, kinds: Any) -> list[tuple[str, pd.DataFrame]]:
    return [(k, part) for k in kinds if len(part := rows[rows["act_type"] == k])]


def _several(rows: pd.DataFrame, kind: str) -> str:
    """Acts of one kind with their dates, or only counted."""
    if len(rows) > _DATED:
        return counted(len(rows), kind, spelled=True)
    what = [
        _what(a).rstrip(",") if str(a.act_type) == "sentence_reduction" else act_name(kind) for a in rows.itertuples()
    ]
    return listed([f"{w} {dated(d)}" for w, d in zip(what, rows["act_date"], strict=True)])


def _times(rows: pd.DataFrame) -> str:
    n = len(rows)
    often = {1: "", 2: "twice, "}.get(n, f"{number(n)} times, ")
    if n > _DATED:
        return f"{often}last {dated(rows['act_date'].iloc[-1])}"
    return f"{often}{listed([dated(d) for d in rows['act_date']])}"


def _abroad(case: pd.Series, acts: pd.DataFrame) -> str:
    to = next((d for d in (*acts["destination"], case.get("destination")) if isinstance(d, str)), None)
    if to is None or not acts["act_type"].isin(_OUT).any():
        return ""
    return f"left for {country(to)}"


def since(i: Inputs, case: pd.Series, acts: pd.DataFrame) -> str:
    """What the tables tell of the time after the last of some acts, or that they tell nothing."""
    last = acts["act_latest"].max()
    own = i.acts[i.acts["case_id"] == acts["case_id"].iloc[0]]
    later = own[(own["act_earliest"] > last) & ~own["act_id"].isin(acts["act_id"])].sort_values("act_earliest")
    said = [f"later {_several(part, kind)}" for kind, part in _kinds(later, GRANTED)]
    said += [f"refused later: {_REFUSED[kind]} {_times(part)}" for kind, part in _kinds(later, _REFUSED)]
    added = later[later["act_type"] == "sentence_extension"]
    said += [f"the sentence was extended {_times(added)}"] if len(added) else []
    end = _ending(case, acts)
    if end:
        said.append(end)
    elif not said and not acts["act_type"].isin(("early_release", "special_pardon")).any() and not _abroad(case, acts):
        said.append("no document tells what came since")
    return "; ".join(said)


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
    length = term(next_["sentence_type"], next_["sentence_months"])
    return f"held again from {dated(when).split(' ', 1)[1]}{f', sentenced to {length}' if length else ''}"


def _ending(case: pd.Series, acts: pd.DataFrame) -> str:
    """The last that is known, where it came after the acts."""
    status, first, last = str(case["status"]), acts["act_earliest"].min(), acts["act_latest"].max()
    when = case.get("status_date")
    if isinstance(when, str) and status in _ENDS and case["status_latest"] > last:
        if status in _SAME_AS_ACT and case["status_earliest"] <= last:
            return ""
        return f"{_ENDS[status]} {dated(when)}{_later(case, first, last)}{_TAIL.get(status, '')}"
    seen = case.get("seen_date")
    if isinstance(seen, str) and case["seen_earliest"] > last and status in ("serving", "medical_parole", "parole"):
        told = {
            "serving": "still serving the sentence",
            "medical_parole": "still on medical parole",
            "parole": "on parole",
        }
        return f"{told[status]} when last heard of, {dated(seen)}"
    if isinstance(seen, str) and case["seen_earliest"] > last and status == "unknown":
        return f"last heard of {dated(seen)}"
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
        return f", {counted(low, unit, spelled=True)} later" if low else ""
    return f", {number(low)} to {number(high)} {plural(unit)} later"
