"""Cases and acts -> cases with their days chosen, their terms, and why some of them are left out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clemency.cohorts.followup.registered import of_register
from clemency.cohorts.followup.termends import Terms
from clemency.cohorts.inputs import NAT, UNDATED, Spans, chosen_day
from clemency.cohorts.rules import Rules
from clemency.records import dates as edtf


@dataclass(slots=True)
class CaseTable:
    """n cases with their days chosen, and their k acts.

    Attributes
    ----------
    cases, acts : DataFrame
    spans : Spans
        Bounds of their dates.
    custody, sentence : ndarray of datetime64, shape (n,)
        Chosen days; NaT where not known.
    reason : ndarray of object, shape (n,)
        Why a case is left out; empty while it is in.
    before : ndarray of bool, shape (n,)
        Whether an act among the outcomes came before entry.
    """

    cases: pd.DataFrame
    acts: pd.DataFrame
    spans: Spans
    custody: NDArray[np.datetime64]
    sentence: NDArray[np.datetime64]
    reason: NDArray[np.object_]
    before: NDArray[np.bool_]

    @classmethod
    def of(cls, cases: pd.DataFrame, acts: pd.DataFrame, spans: Spans, rules: Rules) -> CaseTable:
        """Choose the days by the rules, and leave out cases that cannot be followed."""
        n = len(cases)
        nothing, nobody = np.full(n, "", dtype=object), np.zeros(n, dtype=bool)
        days = (chosen_day(spans.custody, rules.dates), chosen_day(spans.sentence, rules.dates))
        table = cls(cases, acts, spans, *days, nothing, nobody)
        table._order(rules)
        table._exclude_by(rules)
        return table

    def _order(self, rules: Rules) -> None:
        """Move days inside their intervals only: custody down to the sentence, the sentence down to its first act."""
        custody, sentence = self.spans.custody, self.spans.sentence
        first = _first_outcome(self, rules)
        self.sentence = np.where(_movable(sentence, self.sentence, first), first, self.sentence)
        self.custody = np.where(_movable(custody, self.custody, self.sentence), self.sentence, self.custody)
        self.custody = np.where(_movable(custody, self.custody, sentence.latest), sentence.latest, self.custody)
        before = self.sentence < self.custody
        self.sentence = np.where(before, np.minimum(self.custody, sentence.latest), self.sentence)

    def terms(self, rules: Rules) -> Terms:
        """Terms of the cases, on the chosen days."""
        return Terms(self.cases, self.acts, self.spans, self.custody, self.sentence, rules.dates)

    def acts_of(self, types: Iterable[str]) -> NDArray[np.bool_]:
        """Which acts are of some types, shape (k,)."""
        return self.acts["act_type"].astype("string").isin(list(types)).to_numpy(dtype=bool)

    def _exclude_by(self, rules: Rules) -> None:
        self._exclude_frames(rules)
        kinds = self.cases["sentence_type"].astype("string").fillna("not known")
        wrong = ~kinds.isin(rules.sentence_types).to_numpy()
        self.exclude(wrong, "sentence type " + kinds.to_numpy(dtype=object))
        needs = {"custody": self.custody, "sentence": self.sentence, "documented": entry_days(self, rules)}
        entry = ("sentence", rules.entry) if rules.entry == "documented" else (rules.entry,)
        for name in dict.fromkeys((rules.clock, *entry)):
            lacking = f"date of {name} not known" if name != "documented" else "not known since when it is documented"
            self.exclude(np.isnat(needs[name]), lacking)
        self.exclude(edtf.out_of_order(self.spans.custody, self.spans.sentence), "sentence before custody")
        self.exclude(self._with_undated_outcome(rules), UNDATED)

    def _exclude_frames(self, rules: Rules) -> None:
        if rules.frame is None:
            return
        frames = self.cases["frame"].astype("string").fillna("not known")
        self.exclude(~frames.isin(rules.frame).to_numpy(), "frame " + frames.to_numpy(dtype=object))
        if rules.follow_up == "register":
            self.exclude(~of_register(self.cases), "not in the register, which alone is followed")

    def _with_undated_outcome(self, rules: Rules) -> NDArray[np.bool_]:
        day = chosen_day(self.spans.act, rules.dates)  # missing where it is unknown, or open
        vague = self.acts_of(rules.outcome) & (np.isnat(day) | self.spans.total)
        return np.isin(np.arange(len(self.cases)), self.spans.row[vague])

    def exclude(self, where: NDArray[np.bool_], reason: Any) -> None:
        """Leave cases out for a reason, or for one each; the first reason stays."""
        open_ = where & (self.reason == "")
        self.reason[open_] = reason[open_] if isinstance(reason, np.ndarray) else reason

    def intake(self) -> pd.DataFrame:
        """Every case given, with its frame, and whether an act came before it entered."""
        frames = self.cases["frame"].astype("string") if "frame" in self.cases else pd.Series(pd.NA, self.cases.index)
        given = {"case_id": self.cases["case_id"], "frame": frames, "acts_before": self.before}
        return pd.DataFrame(given).astype({"frame": "string"})

    def exclusions(self) -> pd.DataFrame:
        """Cases that are left out: ``case_id, reason``."""
        out = self.reason != ""
        return pd.DataFrame({"case_id": self.cases["case_id"].to_numpy()[out], "reason": self.reason[out]})


def _first_outcome(table: CaseTable, rules: Rules) -> NDArray[np.datetime64]:
    """Latest possible day of each case's first dated outcome; NaT where there is none."""
    first = np.full(len(table.cases), NAT)
    outcomes = table.acts_of(rules.outcome)
    np.fmin.at(first, table.spans.row[outcomes], table.spans.act.latest[outcomes])
    return first


def last_by_case(table: CaseTable, day: NDArray[np.datetime64], which: NDArray[np.bool_]) -> NDArray[np.datetime64]:
    """Latest day of some acts, by case; NaT where there is none."""
    last = np.full(len(table.cases), NAT)
    np.fmax.at(last, table.spans.row[which], day[which])
    return last


def _movable(span: edtf.Bounds, day: NDArray, down_to: NDArray) -> NDArray[np.bool_]:
    return (day > down_to) & (span.earliest <= down_to)


def entry_days(table: CaseTable, rules: Rules) -> NDArray[np.datetime64]:
    """Day on which each case comes under observation; NaT where it is not known."""
    if rules.entry != "documented":
        return table.custody if rules.entry == "custody" else table.sentence
    known = table.spans.known_from.latest
    return np.where(np.isnat(known) | np.isnat(table.sentence), NAT, np.maximum(known, table.sentence))
