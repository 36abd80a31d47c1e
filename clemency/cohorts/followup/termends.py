"""Terms as passed, and acts that change them or set new ones -> the day on which each term ends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clemency.cohorts.inputs import Spans, chosen_day
from clemency.records import dates as edtf
from clemency.records.tables.derive import new_terms, runs_from
from clemency.records.terms import term_end
from clemency.typing import Bools


@dataclass(frozen=True, slots=True)
class Terms:
    """n cases and k acts, with the days that their dates stand for.

    Attributes
    ----------
    cases, acts : DataFrame
    spans : Spans
        Bounds of their dates.
    custody, sentence : ndarray of datetime64, shape (n,)
    rule : str
        Which day of its interval an act is of.
    """

    cases: pd.DataFrame
    acts: pd.DataFrame
    spans: Spans
    custody: NDArray[np.datetime64]
    sentence: NDArray[np.datetime64]
    rule: str

    def passed(self, changed: float | NDArray[np.float64] = 0.0) -> NDArray[np.datetime64]:
        """Last day of each fixed term, as passed or changed by a number of months, shape (n,)."""
        fixed = (self.cases["sentence_type"].astype("string") == "fixed").fillna(False).to_numpy(dtype=bool)
        months = self.cases["sentence_months"].to_numpy(dtype=float, na_value=np.nan)
        return term_end(self.custody, np.where(fixed, months + changed, np.nan))

    def set(self) -> NDArray[np.datetime64]:
        """Last day of each term without cuts: of the last one that an act set, else as it was passed, shape (n,)."""
        return self._or_new(self.passed(), "term", np.ones(len(self.acts), dtype=bool))

    def ends(self, until: np.datetime64) -> NDArray[np.datetime64]:
        """Last day of each term, with the cuts, extensions and new terms known by a day, shape (n,)."""
        known = ~(self.spans.act.earliest > until)
        # Counted from custody at once: in two steps a month's end would be lost on the way.
        return self._or_new(self.passed(self._net(known)), "months", known)

    def _net(self, known: Bools) -> NDArray[np.float64]:
        """Months by which the terms as passed are longer, or shorter."""
        net = np.zeros(len(self.cases))
        if "months" not in self.acts:
            return net
        months = self.acts["months"].to_numpy(dtype=float, na_value=np.nan)
        kind = self.acts["act_type"].astype("string")
        for name, sign in (("sentence_reduction", -1.0), ("sentence_extension", 1.0)):
            which = (kind == name).to_numpy(dtype=bool) & known & ~np.isnan(months)
            # A total over several acts stands beside the single ones that it may include: the larger one counts.
            row, total = self.spans.row, self.spans.total
            both = (np.bincount(row[w], months[w], len(net)) for w in (which & total, which & ~total))
            net += sign * np.maximum(*both)
        return net

    def _or_new(self, passed: NDArray[np.datetime64], months: str, known: Bools) -> NDArray[np.datetime64]:
        if "term_after" not in self.acts:
            return passed
        acts = self.acts[known]
        absent = {"scope": "single", "months": np.nan}
        acts = acts.assign(**{name: value for name, value in absent.items() if name not in acts})
        anew = new_terms(acts, self.spans.act.at(known)).reindex(self.cases["case_id"])
        span = edtf.Bounds(*(anew[end].to_numpy(dtype="datetime64[D]") for end in ("first", "last")))
        start = runs_from(anew, chosen_day(span, self.rule), self.sentence)
        again = term_end(start, anew[months].to_numpy(dtype=float))
        return np.where(np.isnat(again), passed, again)
