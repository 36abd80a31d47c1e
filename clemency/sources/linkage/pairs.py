"""Two tables of people -> which records are about one person, how sure that is, and what a reader has to decide.

Names meet in :mod:`clemency.sources.linkage.names`, pairs are weighed in :mod:`clemency.sources.linkage.scoring`.
Here stand the public function, its result, and the bands: a *match*, a pair to *review*, or *no* match.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from clemency.records.arguments.signatures import typed
from clemency.records.errors import UsageError
from clemency.records.tables.loading import load
from clemency.sources.linkage.candidates import candidates, frequencies, name_forms
from clemency.sources.linkage.inputs import DECISIONS, checked, decided
from clemency.sources.linkage.scoring import comparable, require, score
from clemency.sources.linkage.vetoes import vetoed
from clemency.sources.linkage.weights import FIELDS
from clemency.sources.linkage.writing import compare

_POPULATION = 10_000  # people from whom even two short lists are drawn
_SHOWN = ("name", "name_zh", "aliases", *FIELDS[2:], "expiry_date", "status_date", "charge", "prison", "status", "note")
Band = Literal["match", "review", "no"]


@dataclass(frozen=True, slots=True)
class Linkage:
    """Result of :func:`link`.

    Attributes
    ----------
    pairs : DataFrame
        One row for each pair with like names: ``left_id``, ``right_id``, ``probability`` (that both records are about
        one person), ``weight`` (log2 of its odds), ``band`` (match, review or no), ``reason`` (why a pair is not in
        the band of its probability: a rival, a reader, or what is impossible), and for each field how the two records
        compare; missing where either is silent.
    unpaired : DataFrame
        ``side``, ``id``, ``name``, ``reason``: records with no like name on the other side.
    unread : DataFrame
        ``side``, ``id``, ``column``, ``value``, ``reason``: values that could not be compared.
    """

    pairs: pd.DataFrame
    unpaired: pd.DataFrame
    unread: pd.DataFrame
    left: pd.DataFrame
    right: pd.DataFrame
    settings: dict[str, Any]

    @typed
    def glance(self) -> pd.DataFrame:
        """One row: how many records, candidate pairs, matches, pairs to review, and the settings."""
        bands = self.pairs["band"].value_counts()
        sides = self.unpaired["side"].value_counts()
        counts = {"n_left": len(self.left), "n_right": len(self.right), "n_pairs": len(self.pairs)}
        counts |= {f"n_{band}": int(bands.get(band, 0)) for band in ("match", "review", "no")}
        counts |= {f"n_unpaired_{side}": int(sides.get(side, 0)) for side in ("left", "right")}
        counts |= {"n_unread": len(self.unread)}
        return pd.DataFrame([counts | self.settings])

    @typed
    def matches(self) -> pd.DataFrame:
        """The pairs in the band *match*: ``left_id``, ``right_id``, ``probability``."""
        chosen = self.pairs.loc[self.pairs["band"] == "match", ["left_id", "right_id", "probability"]]
        return chosen.reset_index(drop=True)

    @typed
    def review(self, bands: Sequence[Band] = ("review",)) -> pd.DataFrame:
        """Pairs for a reader, both records side by side, the most uncertain first.

        Write it with ``to_csv(index=False)``, fill the column ``decision`` with ``match`` or ``no``, read it back and
        give it to :func:`link` as ``decisions=``. Rows left empty stay undecided.

        Parameters
        ----------
        bands : sequence of {"match", "review", "no"}
            Which pairs to show.

        Returns
        -------
        DataFrame
            ``left_id, right_id, probability, band, reason, decision``, then for each column that either table has
            its two values (``left_name``, ``right_name``) and, for a field that counts, how they compare (``name``).

        Raises
        ------
        UsageError
            If a band is unknown.
        """
        unknown = set(bands) - {"match", "review", "no"}
        if unknown:
            raise UsageError(f"There is no band {sorted(unknown)}: choose among match, review and no.")
        chosen = self.pairs[self.pairs["band"].isin(list(bands))]
        order = chosen["weight"].abs().fillna(np.inf).sort_values(kind="stable").index
        chosen = chosen.loc[order].reset_index(drop=True)
        shown = chosen[["left_id", "right_id", "probability", "band", "reason"]].copy()
        shown["decision"] = ""
        sides = {
            "left": self.left.set_index(self.settings["left_id"], drop=False).loc[chosen["left_id"]],
            "right": self.right.set_index(self.settings["right_id"], drop=False).loc[chosen["right_id"]],
        }
        for column in (c for c in _SHOWN if c in self.left or c in self.right):
            for side, records in sides.items():
                shown[f"{side}_{column}"] = records[column].to_numpy() if column in records else None
            if column in FIELDS:
                shown[column] = chosen[column]
        return shown

    def __repr__(self) -> str:
        g = self.glance().iloc[0]
        return (
            f"Linkage of {g['n_left']} and {g['n_right']} records: {g['n_match']} matches at "
            f"{g['threshold']:g} and more, {g['n_review']} pairs to review, {g['n_no']} that are none"
        )

    def _repr_html_(self) -> str:
        first = self.review().head(20).drop(columns="decision")
        note = "The twenty most uncertain pairs; <code>.review()</code> gives all." if len(first) else ""
        table = first.to_html(index=False, na_rep="", float_format="{:.3f}".format) if len(first) else ""
        return f"<p><b>{html.escape(repr(self))}.</b> {note}</p>{table}"


@typed
def link(
    left: pd.DataFrame,
    right: pd.DataFrame | None = None,
    *,
    left_id: str = "case_id",
    right_id: str = "case_id",
    threshold: float = 0.95,
    review: float = 0.05,
    one_to_one: bool = True,
    overlap: float | None = None,
    decisions: pd.DataFrame | None = None,
) -> Linkage:
    """Find the records of two tables that are about the same person.

    Parameters
    ----------
    left, right : DataFrame
        Tables with an identifier, ``name`` (Latin letters, characters, or both) and, as far as present, ``name_zh``,
        ``aliases`` (separated by semicolons), ``sex`` (F, M), ``ethnicity``, ``province`` (ISO 3166-2:CN),
        ``residence_province``, ``origin_province`` (where somebody comes from), ``detention_date``, ``trial_date``,
        ``sentence_date``, ``birth_date`` (partial dates), ``sentence_months``, ``sentence_type``, and for the end of
        the term ``term_end_date``, ``expiry_date``, ``months_cut``, ``release_date``, ``status`` with
        ``status_date``, and ``death_date``. Without ``right``, records of ``left`` that are about the same person.
    left_id, right_id : str
        Columns with the identifiers, each one once.
    threshold : float
        Probability from which a pair is a match.
    review : float
        Probability from which a pair is shown for review.
    one_to_one : bool
        Each record in one match at most, as between lists of cases: the better pair stays, the others and
        ties are for review. Not used for one table.
    overlap : float, optional
        Share of the shorter table that is expected in the longer one, 0.5 unless given; for one table, the share of
        records that repeat another, 0.05 unless given.
    decisions : DataFrame, optional
        ``left_id``, ``right_id``, ``decision`` (match, no, or empty), such as a filled :meth:`Linkage.review`. They
        stand above the score.

    Returns
    -------
    Linkage

    Raises
    ------
    UsageError
        For a missing column, an empty table, an unknown decision, or if the extra ``linkage`` is not installed.
    DataError
        Naming each repeated or missing identifier, and a column of which three values and more are given and none can
        be read. A single bad date, province, sex or number of months is left out and listed in ``unread``.

    Notes
    -----
    The model is that of Fellegi and Sunter, scored by splink with shipped weights
    (:mod:`clemency.sources.linkage.weights`). A name counts by how few bear it, in both tables and the shipped cases
    together. Nothing is drawn at random, and the order of rows does not matter. A match says that two records agree as
    those of one person do; common names with no dates cannot be told apart by any method. ``docs/linkage.md`` gives the
    precision and recall that were measured.

    References
    ----------
    Fellegi, I. P. and Sunter, A. B. (1969), "A theory for record linkage", Journal of the American Statistical
    Association 64: 1183-1210.

    Examples
    --------
    >>> import pandas as pd
    >>> ours = pd.DataFrame({"case_id": ["a"], "name": ["Ouyang Shili"], "detention_date": ["2011-03-04"]})
    >>> theirs = pd.DataFrame({"case_id": ["x", "y"], "name": ["Shili Ou Yang", "Wang Shili"],
    ...                        "detention_date": ["2011-03-04", "2011-03"]})
    >>> link(ours, theirs).pairs[["left_id", "right_id", "name", "detention_date", "band"]]
      left_id right_id   name detention_date   band
    0       a        x  exact            day  match
    """
    _check_arguments(threshold, review, overlap)
    for package in ("pypinyin", "rapidfuzz", "splink"):
        require(package)
    single = right is None
    left_records, unread_left = checked(left, left_id, "left")
    right_records, unread_right = (
        (left_records, unread_left.iloc[:0]) if right is None else checked(right, right_id, "right")
    )
    ids = (left_records[left_id], right_records[left_id if single else right_id])
    wishes = decided(decisions, ids, single=single)
    pairs = _candidates(left_records, right_records, ids, wishes, single=single)
    prior = _prior(len(left_records), len(right_records), overlap, single=single)
    fields = (comparable(left_records), comparable(right_records))
    scored = pd.concat([pairs, score(pairs, *fields, prior)], axis=1)
    scored["veto"], scored["one_person"] = _vetoes(pairs, *fields)
    scored.insert(0, "left_id", ids[0].to_numpy()[pairs["left"]])
    scored.insert(1, "right_id", ids[1].to_numpy()[pairs["right"]])
    unique = one_to_one and not single
    banded = _banded(scored.merge(wishes, on=["left", "right"], how="left"), threshold, review, unique)
    settings: dict[str, Any] = {"threshold": threshold, "review": review, "one_to_one": unique, "prior": prior}
    settings |= {"n_decided": int((wishes["decision"] != "").sum()), "left_id": left_id}
    settings |= {"right_id": left_id if single else right_id}
    return Linkage(
        pairs=banded,
        unpaired=_unpaired(pairs, left_records, right_records, ids, single=single),
        unread=pd.concat([unread_left, unread_right], ignore_index=True),
        left=left_records,
        right=right_records,
        settings=settings,
    )


def _check_arguments(threshold: float, review: float, overlap: float | None) -> None:
    if not 0 < review <= threshold < 1:
        raise UsageError(
            f"threshold={threshold} and review={review} must keep 0 < review <= threshold < 1: both are probabilities."
        )
    if overlap is not None and not 0 < overlap <= 1:
        raise UsageError(f"overlap={overlap} must be above 0 and at most 1: it is a share of records.")


def _prior(n_left: int, n_right: int, overlap: float | None, *, single: bool) -> float:
    """Probability that two records taken at random are about one person."""
    share = overlap if overlap is not None else (0.05 if single else 0.5)
    return (2 * share if single else share) / max(n_left, n_right, _POPULATION)


def _candidates(
    left: pd.DataFrame,
    right: pd.DataFrame,
    ids: tuple[pd.Series, pd.Series],
    wishes: pd.DataFrame,
    *,
    single: bool,
) -> pd.DataFrame:
    cases = load("cases")
    known = pd.concat(ids).astype(str)
    background = cases[~cases["case_id"].astype(str).isin(known)]
    share = frequencies([left, background] if single else [left, right, background])
    pairs = candidates(left, right, share)
    if single:
        pairs = pairs[pairs["left"] < pairs["right"]]
    asked = wishes[["left", "right"]].assign(name_level="none", name_share=1.0)
    pairs = pd.concat([pairs.astype({"name_level": object}), asked], ignore_index=True)
    pairs = pairs.drop_duplicates(["left", "right"]).sort_values(["left", "right"]).reset_index(drop=True)
    return pairs.assign(name_zh_level=compare(pairs, left, right))


def _vetoes(pairs: pd.DataFrame, left: pd.DataFrame, right: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Reasons that forbid a match, and where even another case of the same person is possible."""
    reasons, person = vetoed(left.iloc[pairs["left"].to_numpy()], right.iloc[pairs["right"].to_numpy()])
    return reasons, ~person


def _banded(scored: pd.DataFrame, threshold: float, review: float, one_to_one: bool) -> pd.DataFrame:
    """Bands by probability, then what a veto, a rival or a reader changes."""
    decision = scored["decision"].fillna("").to_numpy()
    probability = scored["probability"].to_numpy()
    band = np.select([probability >= threshold, probability >= review], ["match", "review"], "no").astype(object)
    reason = scored["veto"].where(band != "no", "").to_numpy(dtype=object)
    forbidden = reason != ""
    band[forbidden] = np.where(scored["one_person"].to_numpy()[forbidden], "review", "no")
    if one_to_one:
        out = (decision == "no") | forbidden
        rank = np.select([decision == "match", out], [np.inf, -np.inf], scored["weight"].to_numpy())
        beaten, tied = _rivals(scored["left"].to_numpy(), scored["right"].to_numpy(), rank)
        for which, text in ((tied, "another pair fits as well"), (beaten, "another pair fits better")):
            lost = which & (band == "match")
            band[lost], reason[lost] = "review", text
    for word in DECISIONS:
        band[decision == word], reason[decision == word] = word, "decided by a reader"
    frame = scored.assign(band=band, reason=reason)
    frame = frame[["left_id", "right_id", "probability", "weight", "band", "reason", *FIELDS, "left", "right"]]
    frame = frame.sort_values(["weight", "left", "right"], ascending=[False, True, True], kind="stable")
    return frame.drop(columns=["left", "right"]).reset_index(drop=True)


def _rivals(left: np.ndarray, right: np.ndarray, rank: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where a pair that shares a record ranks higher, and where one ranks the same."""
    beaten, tied = np.zeros(len(rank), dtype=bool), np.zeros(len(rank), dtype=bool)
    frame = pd.DataFrame({"left": left, "right": right, "rank": rank})
    for side in ("left", "right"):
        best = frame.groupby(side)["rank"].transform("max").to_numpy()
        many = frame.groupby([side, "rank"])["rank"].transform("size").to_numpy()
        beaten |= rank < best
        tied |= (rank == best) & (many > 1)
    return beaten, tied & ~beaten


def _unpaired(
    pairs: pd.DataFrame,
    left: pd.DataFrame,
    right: pd.DataFrame,
    ids: tuple[pd.Series, pd.Series],
    *,
    single: bool,
) -> pd.DataFrame:
    sides = [("left", left, ids[0], set(pairs["left"]) | (set(pairs["right"]) if single else set()))]
    if not single:
        sides.append(("right", right, ids[1], set(pairs["right"])))
    rows = []
    for side, records, key, met in sides:
        named = [bool(forms) for forms in name_forms(records)]
        for i in range(len(records)):
            if i not in met:
                reason = "no like name on the other side" if named[i] else "no name in letters or characters"
                rows.append((side, key.iloc[i], records["name"].iloc[i], reason))
    return pd.DataFrame(rows, columns=["side", "id", "name", "reason"])
