"""A quarter and a folder of tables -> what every section of the quarterly report starts from."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any, cast

import pandas as pd

from clemency.cohorts import Cohort, cohort
from clemency.records.environment.datafolder import data_folder, editions
from clemency.records.errors import DataError, UsageError
from clemency.records.schema import GRANTED
from clemency.records.tables.loading import load, origin
from clemency.records.tables.package import edition
from clemency.reports.language import agreed, counted, label, tr

OUTCOMES = ("sentence_reduction", "medical_parole")
NOT_STATED = "not stated"
#: Of a charge's family, which is known through the article of the law only.
NOT_CODED = "no article coded"
FEW = 5


#: Tables of reference, for which the shipped ones may stand in, and those that are the folder's own or nobody's: a key of
#: its documents that is also one of ours would else be linked to ours.
_REFERENCE = ("events", "provinces")
_OWN = ("lists", "sources")


@dataclass(frozen=True, slots=True)
class Inputs:
    """Tables and dates of one report; acts are those granted, single and dated to a quarter.

    Attributes
    ----------
    shipped : bool
        Whether the tables are those of the library.
    earlier : str
        The earlier edition of the library's tables that these are, unchanged; empty if they are none.
    borrowed, absent : tuple of str
        Tables that a folder lacks: the shipped one stands in, or none does (then its frame has no rows).
    compared : int
        Cases of ordinary prisoners and officials, which `cases` is without; `compared_acts` are their acts, `compared_cases` the cases.
    """

    quarter: pd.Period
    cases: pd.DataFrame
    acts: pd.DataFrame
    dated: pd.DataFrame
    events: pd.DataFrame
    lists: pd.DataFrame
    provinces: pd.DataFrame
    sources: pd.DataFrame
    edition: str
    shipped: bool = True
    earlier: str = ""
    borrowed: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    compared: int = 0
    compared_acts: pd.DataFrame | None = None
    compared_cases: pd.DataFrame | None = None
    kept: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def once(self, name: str, make: Callable[[], Any]) -> Any:
        """What several sections need, made once."""
        if name not in self.kept:
            self.kept[name] = make()
        return self.kept[name]

    @property
    def first_day(self) -> pd.Timestamp:
        """First day of the quarter."""
        return self.quarter.start_time.normalize()

    @property
    def last_day(self) -> pd.Timestamp:
        """Last day of the quarter."""
        return self.quarter.end_time.normalize()

    @property
    def until(self) -> str:
        """Last day as text, for a cohort."""
        return str(self.last_day.date())

    def cohort(self, follow_up: str = "documented", clock: str = "custody") -> Cohort:
        """Fixed terms at risk of a first reduction or medical parole, as known at the end of the quarter."""

        def made() -> Any:
            return cohort(self.cases, self.acts, outcome=OUTCOMES, clock=clock, until=self.until, follow_up=follow_up)

        return cast(Cohort, self.once(f"cohort {follow_up} {clock}", made))

    def reductions(self) -> Cohort:
        """The cohort of all reductions of a prisoner, since the sentence."""

        def made() -> Any:
            return cohort(
                self.cases, self.acts, outcome="sentence_reduction", clock="sentence", until=self.until, recurrent=True
            )

        return cast(Cohort, self.once("reductions", made))

    def states(self) -> Cohort:
        """The cohort of all reductions and medical paroles of a prisoner, since the sentence."""

        def made() -> Any:
            return cohort(self.cases, self.acts, outcome=OUTCOMES, clock="sentence", until=self.until, recurrent=True)

        return cast(Cohort, self.once("states", made))

    def frames_told(self, slug: str) -> str:
        """How the cases behind a section became known; empty where the tables do not tell, or no case is counted."""
        if slug not in _COUNTED or "frame" not in self.cases or self.cases["frame"].isna().all():
            return ""
        if _COUNTED[slug] == "acts":
            return frames_of(
                self.cases, self.acts.loc[self.acts["act_type"].isin(GRANTED), "case_id"], tr("with acts granted")
            )
        of = {"reductions": self.reductions, "states": self.states}
        followed = of[_COUNTED[slug]]() if _COUNTED[slug] in of else self.cohort(clock=_COUNTED[slug])
        ids = followed.spells["case_id"]
        return frames_of(self.cases, ids, tr("that {are} followed", are=agreed(ids.nunique(), "is")))

    @property
    def published(self) -> bool:
        """Whether the tables are an edition of the library's, today's or an earlier one."""
        return self.shipped or bool(self.earlier)

    @property
    def chosen(self) -> str:
        """What a heading says of the cases of an edition, lest a share be taken for that of all prisoners."""
        return tr(", many of them known because of an act,") if self.published else ""

    @property
    def whose(self) -> str:
        """The tables, as the subject of a sentence within the page."""
        return tr("edition {edition}", edition=self.earlier) if self.earlier else tr("the folder")

    @property
    def taken_for_acts(self) -> frozenset[str]:
        """Cases of the register that are in the shipped tables because of their acts, and on its word alone.

        What the register says of their charge, sex and ethnicity was taken over for them and not for its other cases, so
        that to compare them by it would compare those with acts to those without.
        """
        if not self.shipped or "cecc_record" not in self.cases:
            return frozenset()
        archive = set(load("register_cells")["source_ids"].astype(str))
        alone = self.cases["source_ids"].astype(str).isin(archive)
        return frozenset(self.cases.loc[alone & self.cases["case_id"].isin(self.every_act["case_id"]), "case_id"])

    @property
    def every_act(self) -> pd.DataFrame:
        """Acts as the tables hold them, those of the cases left out last."""
        rest = self.compared_acts
        return self.acts if rest is None or rest.empty else pd.concat([self.acts, rest], ignore_index=True)

    @property
    def ordinary(self) -> str:
        """What those are who are left out, one or several."""
        return tr("an ordinary prisoner or official") if self.compared == 1 else tr("ordinary prisoners and officials")

    @property
    def compared_told(self) -> str:
        """That ordinary prisoners and officials are left out; empty where there are none."""
        if not self.compared:
            return ""
        verbs = [agreed(self.compared, verb) for verb in ("is", "has")]
        return tr(
            "{cases} of {ordinary}, which the tables hold for comparison, {are} left out of this report, with whatever acts {they} {have}.",
            cases=counted(self.compared, "case"),
            ordinary=self.ordinary,
            are=verbs[0],
            they="it" if self.compared == 1 else "they",
            have=verbs[1],
        )

    def granted_in(self, quarter: pd.Period) -> pd.DataFrame:
        """Acts whose date lies in a quarter."""
        return self.dated[self.dated["quarter"] == str(quarter)]


def inputs(quarter: str = "2017Q2", data: str | PathLike[str] | None = None) -> Inputs:
    """Read the tables for a report.

    Parameters
    ----------
    quarter : str
        Such as ``2017Q2``.
    data : path, optional
        Folder of tables, or the number of an earlier edition; the shipped tables by default.

    Returns
    -------
    Inputs

    Raises
    ------
    UsageError
        If the quarter is not one, or nothing in the tables is so early or so late.
    DataError
        If a table is missing or malformed.
    """
    period = parse_quarter(quarter)
    folder = data_folder(data)
    cases, acts = load("cases", data), load("acts", data)
    cases, acts, compared_cases, compared_acts = _without_comparison(cases, acts)
    compared = len(compared_cases)
    if compared and cases.empty:
        raise UsageError(
            "There is nothing to report: in cases.csv `political` is 'no' in every row, and the report leaves out ordinary "
            "prisoners and officials, who are there for comparison."
        )
    dated = _dated(acts)
    _check_range(period, cases, dated)
    shipped = folder.resolve() == data_folder().resolve()
    lacking = [n for n in (*_REFERENCE, *_OWN) if origin(n, data) != "own"]
    absent = tuple(n for n in lacking if n in _OWN)
    tables = {n: load(n, data).iloc[: 0 if n in absent else None] for n in (*_REFERENCE, *_OWN)}
    try:
        version = str(edition(data))
    except DataError:
        version = "a folder of tables without an edition"
    borrowed = tuple(n for n in lacking if n in _REFERENCE)
    return Inputs(
        period,
        cases,
        acts,
        dated,
        edition=version,
        shipped=shipped,
        earlier="" if shipped else earlier_edition(folder),
        borrowed=borrowed,
        absent=absent,
        compared=compared,
        compared_acts=compared_acts,
        compared_cases=compared_cases,
        **tables,
    )


def earlier_edition(folder: Path) -> str:
    """Number of the earlier edition whose tables a folder holds, unchanged; empty for any other folder."""
    try:
        here = edition(folder)
    except DataError:
        return ""
    earlier = editions()[:-1]
    return here.version if here.version in earlier and here.sha256 == edition(here.version).sha256 else ""


#: What the sections count: cases with acts, those of the cohort on one of its clocks, or those of all reductions.
_COUNTED = {
    "timeline": "acts",
    "incidence": "custody",
    "all-reductions": "reductions",
    "states": "states",
    **dict.fromkeys(("provinces", "hazards", "relations", "event-study"), "sentence"),
}
_FRAMES = {
    "register": "in the CECC's database, which opens a record at detention or sentence",
    "act": "known because of the act",
    "compiled": "from other documents",
}


def _without_comparison(
    cases: pd.DataFrame, acts: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Tables without ordinary prisoners and officials, their cases, and their acts."""
    if "political" not in cases:
        return cases, acts, cases.iloc[:0], acts.iloc[:0]
    ordinary = (cases["political"].astype("string") == "no").fillna(False).to_numpy(dtype=bool)
    theirs = acts["case_id"].isin(cases.loc[ordinary, "case_id"])
    ours = [t.reset_index(drop=True) for t in (cases[~ordinary], acts[~theirs])]
    return ours[0], ours[1], cases[ordinary], acts[theirs]


def frames_of(cases: pd.DataFrame, ids: pd.Series, what: str) -> str:
    """How some of the cases became known, as a sentence; `what` says which cases these are."""
    own = cases[cases["case_id"].isin(ids)]
    n = own["frame"].astype("string").value_counts()
    parts = [tr("{n} {frame}", n=n[k], frame=label(told)) for k, told in _FRAMES.items() if n.get(k, 0)]
    rest = len(own) - int(n.sum())
    parts += [tr("{n} in a way that the tables do not tell", n=rest)] if rest else []
    if not parts:
        return ""
    return tr(
        "How the {cases} {what} became known: {ways}.",
        cases=counted(len(own), "case"),
        what=what,
        ways=tr("; ").join(parts),
    )


def _check_range(period: pd.Period, cases: pd.DataFrame, dated: pd.DataFrame) -> None:
    """Refuse a quarter about which the tables say nothing: before the first act, or after the last date of all."""
    seen = [
        cases[c].max() for c in ("sentence_latest", "status_latest", "seen_latest", "detention_latest") if c in cases
    ]
    days = pd.Series([d for d in (*seen, dated["act_latest"].max()) if not pd.isna(d)], dtype="datetime64[ns]")
    acts = (
        f"the acts run from {dated['quarter'].min()} to {dated['quarter'].max()}"
        if len(dated)
        else "no act is dated to a quarter"
    )
    if not len(days):
        raise UsageError("No case and no act has a date, so there is nothing to report.")
    first = pd.Period(dated["quarter"].min(), "Q") if len(dated) else cases["sentence_earliest"].min().to_period("Q")
    last = days.max().to_period("Q")
    if period > last or (not pd.isna(first) and period < first):
        raise UsageError(
            f"There is nothing to report for {period}: {acts}, and no case is dated later than {last}. Choose a quarter between {first} and {last}."
        )


def parse_quarter(text: str) -> pd.Period:
    """Read a quarter such as ``2017Q2``."""
    if not re.fullmatch(r"(19|20)[0-9]{2}Q[1-4]", str(text)):
        raise UsageError(f"'{text}' is not a quarter. Write it like 2017Q2.")
    return pd.Period(text, freq="Q")


def dated_quarters(data: str | PathLike[str] | None = None) -> pd.PeriodIndex:
    """Quarters to which acts granted are dated, ordinary prisoners and officials left out."""
    _, acts, _, _ = _without_comparison(load("cases", data), load("acts", data))
    found = pd.PeriodIndex(_dated(acts)["quarter"].unique(), freq="Q")
    if not len(found):
        raise UsageError("No act in the tables is dated to a quarter, so that none is the latest. Name the quarter.")
    return found


def _dated(acts: pd.DataFrame) -> pd.DataFrame:
    """Granted single acts whose whole interval lies in one quarter."""
    ours = acts[acts["act_type"].isin(GRANTED) & (acts["scope"] != "total") & acts["act_earliest"].notna()]
    early, late = (ours[c].dt.to_period("Q") for c in ("act_earliest", "act_latest"))
    one = early == late
    return ours[one].assign(quarter=early[one].astype(str))


def stated(column: pd.Series, missing: str = NOT_STATED) -> pd.Series:
    """A categorical with missing values as a level of their own, `missing`."""
    levels = [
        str(v)
        for v in (
            column.cat.categories if isinstance(column.dtype, pd.CategoricalDtype) else sorted(column.dropna().unique())
        )
    ]
    text = column.astype("string").fillna(missing)
    return pd.Series(pd.Categorical(text, categories=[*levels, missing]), index=column.index)


def persons(i: Inputs, rows: pd.DataFrame) -> int:
    """How many people rows with a ``case_id`` are about."""
    return int(i.cases.loc[i.cases["case_id"].isin(rows["case_id"]), "person_id"].nunique())
