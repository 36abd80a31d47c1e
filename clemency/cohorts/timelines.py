"""Cases and their acts -> the timeline of each: bars and marks with the days between which they lie."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from clemency.cohorts.inputs import check_tables
from clemency.records import dates as edtf
from clemency.records.arguments.signatures import typed
from clemency.records.errors import UsageError
from clemency.records.presentation.translation import label, tr
from clemency.records.presentation.wording import act_name, counted
from clemency.records.schema import EVENTS
from clemency.records.tables.derive import expiry
from clemency.records.tables.frames import checked_frame
from clemency.records.tables.loading import load
from clemency.records.terms import DAYS_PER_MONTH, term_end

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Timelines", "timeline"]

COLUMNS = ("case_id", "name", "kind", "what", "start", "start_latest", "end", "end_latest", "open", "months", "date")
_DAYS = ("start", "start_latest", "end", "end_latest")
_LIFE = {"life": "life", "death_reprieve": "death with reprieve", "death": "death"}
_ENDS = {
    "released_early": ("release", "early release"),
    "released_on_expiry": ("release", "release at the end of the term"),
    "released": ("release", "release"),
    "died_in_custody": ("death", "death, while the sentence ran"),
    "executed": ("death", "execution"),
}
#: Acts after which somebody is out of prison; what such an act is drawn as.
_OUT = {"medical_parole": "medical parole", "parole": "parole", "early_release": "release", "special_pardon": "release"}
_MOST = 60

Bounds = tuple[Any, Any]
_NONE: Bounds = (pd.NaT, pd.NaT)


@dataclass(frozen=True, slots=True)
class Timelines:
    """Timelines of single cases.

    Attributes
    ----------
    frame : DataFrame
        One row for each bar and mark, in the order of the cases: ``case_id, name, kind, what, start, start_latest,
        end, end_latest, open, months, date``. A bar (``term passed``, ``term changed``, ``custody``, ``medical
        parole``, ``parole``, ``at risk``) has an end; a mark (``sentence``, ``raised``, ``cut``, ``commutation``,
        ``extension``, ``refusal``, ``medical parole begins``, ``parole begins``, ``leave``, ``release``, ``death``) has
        none. ``start`` and ``start_latest`` are the first and last day on which it can have begun, ``end`` and
        ``end_latest`` those on which it can have ended; ``open`` bars end where the documents do. ``date`` is the date
        as the tables have it.
    events : DataFrame
        ``date, partner, direction, label, start, start_latest``: events that are drawn above.
    undated : DataFrame
        ``case_id, what``: acts without a date, or with an open one, which cannot be drawn.
    """

    frame: pd.DataFrame
    events: pd.DataFrame
    undated: pd.DataFrame = field(repr=False)

    def tidy(self) -> pd.DataFrame:
        """Every bar and mark, one row each: `frame`."""
        return self.frame.copy()

    def plot(self, ax: Axes | None = None, **options: Any) -> Axes:
        """Draw the timelines, one row per case, with the events above.

        Parameters
        ----------
        ax : Axes, optional
        **options
            ``title``; ``labels``, names to print for keys of cases; ``order``, keys of cases that come first.

        Returns
        -------
        Axes

        Raises
        ------
        UsageError
            For an option that the figure has no use for, and for a key that is none of its cases.
        """
        from clemency.figures.calendar.casetimelines import case_timelines
        from clemency.figures.theme.look import plotted

        return case_timelines(self.frame, self.events, ax, undated=self.undated, **plotted(options, case_timelines))

    def __repr__(self) -> str:
        left = f"; {counted(len(self.undated), 'act')} without a date" if len(self.undated) else ""
        return (
            f"<Timelines: {counted(self.frame['case_id'].nunique(), 'case')}, {counted(len(self.frame), 'row')}{left}>"
        )


@typed
def timeline(
    case_ids: str | Sequence[str],
    cases: pd.DataFrame | None = None,
    acts: pd.DataFrame | None = None,
    events: pd.DataFrame | None = None,
) -> Timelines:
    """Timelines of single cases: custody, sentence, acts, refusals, and the end against the term.

    Each bar and mark stands where the tables date it. A partial date is the interval of days that it leaves open, and
    is drawn as a pale block; nothing is put on a middle day. The term runs from the start of custody (Criminal Law
    art. 47), as passed and, where acts changed it, as it was in the end. The tables have no dates of officials' answers
    on a single prisoner, so that these are not shown.

    Parameters
    ----------
    case_ids : str or sequence of str
        Keys of `cases`, at most 60, drawn in this order.
    cases, acts, events : DataFrame, optional
        Tables in the form of `load`; the shipped ones by default. Give `cases` and `acts` together. Where they are
        given and `events` is not, no events are drawn.

    Returns
    -------
    Timelines
        With ``tidy()`` and ``plot()``.

    Raises
    ------
    UsageError
        For a key that no case has, with the nearest that there are; for none, too many, or the same one twice; and
        where only one of `cases` and `acts` is given.
    DataError
        For values of the tables that `check` would name.

    References
    ----------
    The form is the swimmer plot: S. Phillips (2014), Swimmer plot: tell a graphical story of your time to response
    data, PharmaSUG 2014, paper DG07. Criminal Law of the People's Republic of China, arts. 47, 51, 71 and 80.

    Examples
    --------
    >>> import clemency as cl
    >>> found = cl.timeline("liu-xiaobo-2009")
    >>> found.tidy().loc[lambda t: t["kind"] == "death", ["what", "date"]].values.tolist()
    [['death, while the sentence ran', '2017-07-13']]
    >>> found.plot().get_ylabel()
    ''
    """
    if (cases is None) != (acts is None):
        raise UsageError("cases and acts go together. Give both tables, or neither for the shipped ones.")
    if cases is None or acts is None:
        cases, acts = load("cases"), load("acts")
        events = load("events") if events is None else events
    cases, acts = (t.assign(case_id=t["case_id"].astype(str)) for t in check_tables(cases, acts))
    wanted = asked(case_ids, cases)
    return made(wanted, cases, acts, events)


def asked(case_ids: str | Sequence[str], cases: pd.DataFrame) -> list[str]:
    """The keys that are asked for; refused where no case has one, with those that are near."""
    wanted = [case_ids] if isinstance(case_ids, str) else list(case_ids)
    if not wanted:
        raise UsageError("case_ids names no case. Give at least one key of cases, such as 'liu-xiaobo-2009'.")
    if len(wanted) > _MOST:
        raise UsageError(f"{len(wanted)} cases are too many for one figure, which holds {_MOST}. Name fewer.")
    twice = sorted({k for k in wanted if wanted.count(k) > 1})
    if twice:
        raise UsageError(f"case_ids names a case twice: {', '.join(twice)}.")
    keys = cases["case_id"].astype(str)
    unknown = [k for k in wanted if k not in set(keys)]
    if unknown:
        raise UsageError(" ".join(_unknown(k, cases) for k in unknown[:5]))
    return wanted


def _unknown(key: str, cases: pd.DataFrame) -> str:
    """That no case has a key, with the nearest keys by their letters, by the name, or by their beginning."""
    keys = [str(k) for k in cases["case_id"]]
    folded = key.strip().casefold().replace(" ", "-")[:100]
    near = [k for k in keys if folded and (folded in k.casefold() or k.casefold().startswith(folded[:12]))]
    if "name" in cases:
        text = cases["name"].astype("string").fillna("").str.casefold()
        near += [k for k, name in zip(keys, text, strict=True) if name and name == key.strip().casefold()]
    near += difflib.get_close_matches(folded, keys, n=3, cutoff=0.6)
    told = list(dict.fromkeys(near))[:5]
    hint = f" Near it: {', '.join(told)}." if told else " cl.load('cases') has the keys in case_id."
    return f"No case has the key '{key}'.{hint}"


def made(wanted: Sequence[str], cases: pd.DataFrame, acts: pd.DataFrame, events: pd.DataFrame | None) -> Timelines:
    """Timelines of cases that are in the tables, which are checked."""
    own = cases.set_index("case_id", drop=False).loc[list(wanted)]
    theirs = acts[acts["case_id"].isin(wanted)].reset_index(drop=True)
    whole = theirs[theirs["scope"].astype("string").fillna("single") != "total"] if "scope" in theirs else theirs
    span = edtf.bounds(whole["act_date"].astype("string"))
    whole = whole.assign(first_day=span.earliest, last_day=span.latest)
    ends = _terms(own, theirs)
    rows: list[dict[str, Any]] = []
    for case in own.itertuples():
        rows += _case(case, whole[whole["case_id"] == case.case_id], ends.loc[case.case_id])
    frame = pd.DataFrame(rows, columns=list(COLUMNS)).astype(dict.fromkeys(_DAYS, "datetime64[ns]") | {"open": bool})
    placed = whole.index[whole["first_day"].notna() & whole["last_day"].notna()]
    lost = theirs[~theirs.index.isin(placed)]
    undated = pd.DataFrame({"case_id": lost["case_id"].to_numpy(), "what": [act_name(k) for k in lost["act_type"]]})
    return Timelines(frame, _events(events), undated)


def _framed(rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Bars and marks as a frame with the types of `Timelines`."""
    frame = pd.DataFrame(list(rows), columns=list(COLUMNS))
    return frame.astype(dict.fromkeys(_DAYS, "datetime64[ns]") | {"open": bool, "months": float})


def _terms(cases: pd.DataFrame, acts: pd.DataFrame) -> pd.DataFrame:
    """By case, the days between which the term ends, as passed and as it was changed."""
    custody = edtf.bounds(cases["detention_date"].astype("string"))
    months = cases["sentence_months"].where(cases["sentence_type"].astype("string") == "fixed").to_numpy(dtype=float)
    for column in ("term_after", "months"):
        acts = acts if column in acts else acts.assign(**{column: np.nan})
    acts = acts if "scope" in acts else acts.assign(scope="single")
    changed = edtf.bounds(expiry(cases, acts)) if len(acts) else edtf.bounds([None] * len(cases))
    return pd.DataFrame(
        {
            "from": custody.earliest,
            "from_latest": custody.latest,
            "passed": term_end(custody.earliest, months),
            "passed_latest": term_end(custody.latest, months),
            "changed": changed.earliest,
            "changed_latest": changed.latest,
            "months": months,
        },
        index=cases["case_id"],
    )


def _row(case: Any, kind: str, what: str, start: Bounds, end: Bounds = _NONE, **more: Any) -> dict[str, Any]:
    days = dict(zip(_DAYS, (*start, *end), strict=True))
    name = getattr(case, "name", None)
    shown = name if isinstance(name, str) and name else case.case_id
    zh = getattr(case, "name_zh", None)
    shown = tr("{name} ({name_zh})", name=shown, name_zh=zh) if isinstance(zh, str) and zh else shown
    return (
        {
            "case_id": case.case_id,
            "name": shown,
            "kind": kind,
            "what": what,
            "open": False,
            "months": np.nan,
            "date": None,
        }
        | days
        | more
    )


def _day(text: Any) -> Bounds:
    """First and last day of a partial date; neither where it is unknown or open."""
    if not isinstance(text, str) or not text:
        return _NONE
    b = edtf.bounds([text])
    first, last = pd.Timestamp(b.earliest[0]), pd.Timestamp(b.latest[0])
    return _NONE if pd.isna(first) or pd.isna(last) else (first, last)


def _known(day: Bounds) -> bool:
    return not pd.isna(day[0])


def _case(case: Any, acts: pd.DataFrame, term: pd.Series) -> list[dict[str, Any]]:
    """Bars first, then marks."""
    dated = acts[acts["first_day"].notna() & acts["last_day"].notna()].sort_values(
        ["first_day", "last_day"], kind="stable"
    )
    sentence, raised = _day(case.sentence_date), _day(getattr(case, "raised_date", None))
    rows = [*_term_bars(case, term, sentence), *_stays(case, dated, term, sentence)]
    if _known(sentence):
        passed = _passed(case)
        what = tr("sentence: {term}", term=passed) if passed else label("sentence")
        rows.append(_row(case, "sentence", what, sentence, months=term["months"], date=case.sentence_date))
    if _known(raised):
        rows.append(_row(case, "raised", "first known to be raised", raised, date=case.raised_date))
    rows += [
        _row(
            case,
            _mark(a),
            _said(a),
            (a.first_day, a.last_day),
            months=float(getattr(a, "months", np.nan)),
            date=a.act_date,
        )
        for a in dated.itertuples()
    ]
    return [*rows, *_end(case, dated)]


def _passed(case: Any) -> str:
    kind = str(case.sentence_type)
    if kind == "fixed" and not pd.isna(case.sentence_months):
        return (
            counted(case.sentence_months, "month")
            if case.sentence_months % 12
            else counted(case.sentence_months / 12, "year")
        )
    return tr(f"{_LIFE[kind]}|sentence") if kind in _LIFE else ""


def _mark(act: Any) -> str:
    kind = str(act.act_type)
    if kind.startswith("commutation"):
        return "commutation"
    if kind.endswith("_denied"):
        return "refusal"
    return {
        "sentence_reduction": "cut", "sentence_extension": "extension", "medical_parole": "medical parole begins",
        "parole": "parole begins", "temporary_leave": "leave",
    }.get(kind, "release")  # fmt: skip


def _said(act: Any) -> str:
    months = getattr(act, "months", np.nan)
    amount = (
        tr(" of {months}", months=counted(months, "month"))
        if str(act.act_type) in ("sentence_reduction", "sentence_extension") and not pd.isna(months)
        else ""
    )
    return f"{act_name(act.act_type)}{amount}"


def _term_bars(case: Any, term: pd.Series, sentence: Bounds) -> list[dict[str, Any]]:
    """The term as passed, and as acts changed it; one without an end is open."""
    since = (term["from"], term["from_latest"])
    if str(case.sentence_type) in _LIFE:
        start = since if _known(since) else sentence
        rows = [_row(case, "term passed", _passed(case), start, open=True)] if _known(start) else []
    elif pd.isna(term["passed"]) or pd.isna(term["passed_latest"]):
        return []
    else:
        end = (term["passed"], term["passed_latest"])
        rows = [_row(case, "term passed", f"term as passed: {_passed(case)}", since, end, months=term["months"])]
    changed = (term["changed"], term["changed_latest"])
    if _known(changed) and not pd.isna(changed[1]) and changed != (term["passed"], term["passed_latest"]):
        start = since if _known(since) else sentence
        if _known(start):
            rows.append(_row(case, "term changed", "term as changed by acts", start, changed))
    return rows


def _stays(case: Any, acts: pd.DataFrame, term: pd.Series, sentence: Bounds) -> list[dict[str, Any]]:
    """Custody, then paroles, each to the next change that is dated, or open to when the case was last seen."""
    start = (term["from"], term["from_latest"])
    start = start if _known(start) else sentence
    if not _known(start):
        return []
    last = _last_seen(case, acts)
    changes = [(_OUT[str(a.act_type)], (a.first_day, a.last_day)) for a in acts.itertuples() if str(a.act_type) in _OUT]
    status = _day(case.status_date)
    if str(case.status) in _ENDS and _known(status):
        changes.append(("over", status))
    changes.sort(key=lambda c: (c[1][0], c[1][1]))
    rows, kind = [], "custody"
    for after, day in changes:
        if day[1] < start[0]:
            continue
        if day != start or kind != "custody":
            rows.append(_row(case, kind, kind, start, day))
        kind, start = after, day
        if after in ("over", "release"):
            return rows
    if last is not None and last > start[0]:
        # A parole that the last status does not confirm may have ended on any day since.
        sure = last if kind == "custody" or str(case.status).replace("_", " ") == kind else start[1]
        rows.append(_row(case, kind, f"{kind}, as far as documents show", start, (sure, last), open=True))
    return rows


def _last_seen(case: Any, acts: pd.DataFrame) -> Any:
    """Last day on which a document shows something of the case: sighting, status, act or sentence."""
    days = [_day(getattr(case, c, None))[1] for c in ("seen_date", "status_date", "sentence_date", "detention_date")]
    known = [d for d in (*days, acts["last_day"].max()) if not pd.isna(d)]
    return max(known) if known else None


def _end(case: Any, acts: pd.DataFrame) -> list[dict[str, Any]]:
    """Release or death as the last status, where no act says it already."""
    status = _day(case.status_date)
    if str(case.status) not in _ENDS or not _known(status):
        return []
    kind, what = _ENDS[str(case.status)]
    over = acts[acts["act_type"].astype("string").isin([k for k, v in _OUT.items() if v == "release"])]
    if kind == "release" and ((over["first_day"] <= status[1]) & (over["last_day"] >= status[0])).any():
        return []
    return [_row(case, kind, what, status, date=case.status_date)]


def _events(events: pd.DataFrame | None) -> pd.DataFrame:
    """Events that brought relations closer or made them worse, with the days between which each fell."""
    names = ["date", "partner", "direction", "label"]
    if events is None or not len(events):
        return pd.DataFrame(columns=[*names, "start", "start_latest"])
    events = checked_frame(events, EVENTS, dates=("date",), filled=("date",))
    missing = [c for c in names if c not in events]
    if missing:
        raise UsageError(f"events has no column {', '.join(missing)}. Use the form of cl.load('events').")
    span = edtf.bounds(events["date"].astype("string"))
    found = events[names].assign(
        start=span.earliest.astype("datetime64[ns]"), start_latest=span.latest.astype("datetime64[ns]")
    )
    return found[found["direction"].isin([1, -1]) & found["start"].notna() & found["start_latest"].notna()].reset_index(
        drop=True
    )


class Timed:
    """What a cohort can draw of its single cases."""

    __slots__ = ()
    spells: pd.DataFrame

    def timeline(
        self,
        cases: pd.DataFrame,
        acts: pd.DataFrame,
        case_ids: str | Sequence[str] | None = None,
        events: pd.DataFrame | None = None,
    ) -> Timelines:
        """Timelines of cases, with the time in which the cohort has them at risk.

        Parameters
        ----------
        cases, acts : DataFrame
            The tables of which the cohort was made.
        case_ids : str or sequence of str, optional
            Keys of cases that are in ``spells``; all by default, up to 60.
        events : DataFrame, optional
            Events to draw above.

        Returns
        -------
        Timelines
            As of `timeline`, with a bar ``at risk`` for each stretch of spells that follow each other.

        Raises
        ------
        UsageError
            As `timeline`, and for a case that is not in ``spells``.

        Examples
        --------
        >>> import clemency as cl
        >>> cases, acts = cl.load("cases"), cl.load("acts")
        >>> c = cl.cohort(cases, acts, outcome="medical_parole")
        >>> c.timeline(cases, acts, "hada-1996").tidy()["kind"].tolist()
        ['term passed', 'custody', 'sentence', 'release', 'at risk']
        """
        spells = self.spells.assign(case_id=self.spells["case_id"].astype(str))
        inside = list(dict.fromkeys(spells["case_id"]))
        known, theirs = (t[t["case_id"].astype(str).isin(inside)] if "case_id" in t else t for t in (cases, acts))
        found = timeline(inside if case_ids is None else case_ids, known, theirs, events)
        order = {k: n for n, k in enumerate(found.frame["case_id"].drop_duplicates())}
        rows = [*found.frame.to_dict("records"), *_at_risk(spells, found.frame)]
        rows = _framed(sorted(rows, key=lambda r: order[r["case_id"]]))
        return Timelines(rows, found.events, found.undated)


def _at_risk(spells: pd.DataFrame, frame: pd.DataFrame) -> list[dict[str, Any]]:
    """One bar for each run of spells that follow each other, from ``origin`` in months of 365.25/12 days."""
    names = frame.drop_duplicates("case_id").set_index("case_id")["name"]
    own = spells[spells["case_id"].isin(names.index)].sort_values(["case_id", "entry"], kind="stable")
    key, entry, left = own["case_id"].to_numpy(object), own["entry"].to_numpy(float), own["exit"].to_numpy(float)
    run = np.cumsum(np.r_[True, (key[1:] != key[:-1]) | (entry[1:] > left[:-1])]) if len(own) else key
    rows = []
    for _, part in own.groupby(run):
        origin, case = pd.Timestamp(part["origin"].iloc[0]), part["case_id"].iloc[0]
        first, last = (
            origin + pd.Timedelta(days=round(float(m) * DAYS_PER_MONTH))
            for m in (part["entry"].iloc[0], part["exit"].iloc[-1])
        )
        values = (case, names[case], "at risk", "in the cohort", first, first, last, last, False, np.nan, None)
        rows.append(dict(zip(COLUMNS, values, strict=True)))
    return rows
