"""Stored columns -> the columns that follow from them, so that nothing is typed twice."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from clemency.records import dates
from clemency.records.schema import CHARGE_FAMILIES, REGIONS
from clemency.records.terms import add_months, term_end

# Acts after which a new fixed term stands in place of the sentence, and months of reprieve of a death sentence.
_SETS_A_TERM = ("commutation_life_to_fixed", "commutation_death_to_fixed", "sentence_extension")
_REPRIEVE = 24


def derive(name: str, frame: pd.DataFrame, others: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Add the derived columns of a table; tables without any come back as they are."""
    if name != "cases":
        return frame
    provinces = others["provinces"].set_index("province")
    frame["province_name"] = _looked_up(frame["province"], provinces["name"], list(provinces["name"]))
    frame["region"] = _looked_up(frame["province"], provinces["region"].astype("string"), list(REGIONS))
    family = others["charges"].set_index("charge_id")["family"].astype("string")
    stated = charge_family(frame["charge_ids"], family)
    derived = charge_family(frame["charge_ids_derived"], family)
    frame["charge_family"] = pd.Categorical(stated.fillna(derived), categories=list(CHARGE_FAMILIES))
    basis = pd.Series("stated", index=frame.index).where(stated.notna(), "derived")
    frame["charge_basis"] = pd.Categorical(
        basis.where(stated.notna() | derived.notna()), categories=["stated", "derived"]
    )
    frame["expiry_date"] = expiry(frame, others["acts"])
    return frame


def _looked_up(keys: pd.Series, values: pd.Series, levels: list[str]) -> pd.Categorical:
    found = values.reindex(keys.astype("string"))
    return pd.Categorical([None if pd.isna(v) else v for v in found], categories=levels)


def charge_family(ids: pd.Series, family: pd.Series) -> pd.Series:
    """Family of each list of charges: of several, the first in the vocabulary's order.

    Parameters
    ----------
    ids : Series of string, shape (n,)
        Keys of `charges`, separated by blanks; missing where no charge is known.
    family : Series of string
        Family by charge key.

    Returns
    -------
    Series of string, shape (n,)
        Missing where no charge is known.
    """
    rank = {f: i for i, f in enumerate(CHARGE_FAMILIES)}

    def first(value: str) -> str:
        return min((family[k] for k in value.split()), key=rank.__getitem__)

    known = ids.dropna().map({v: first(v) for v in ids.dropna().unique()})
    return known.astype("string").reindex(ids.index)


def expiry(cases: pd.DataFrame, acts: pd.DataFrame) -> pd.Series:
    """End of each fixed term as an EDTF date, or the interval within which it falls.

    The term runs from the start of custody (Criminal Law art. 47), or, where an act set a new one (``term_after``), as
    `new_terms` says. Cuts are taken off and extensions added, dated or not; where a case has a total over several cuts,
    the larger of the total and of the single cuts counts.

    Parameters
    ----------
    cases : DataFrame
        With ``case_id, detention_date, sentence_type, sentence_months``, and ``sentence_date`` if it is known.
    acts : DataFrame
        With ``case_id, act_type, act_date, months, term_after, scope``.

    Returns
    -------
    Series of string, shape (n,)
        Missing where custody date or term is not known.
    """
    passed = cases["sentence_months"].where(cases["sentence_type"] == "fixed")
    months = (passed - months_cut(acts).reindex(cases["case_id"]).fillna(0.0).to_numpy()).to_numpy(dtype=float)
    custody = dates.bounds(cases["detention_date"].astype("string"))
    sentence = dates.bounds(cases["sentence_date"] if "sentence_date" in cases else [None] * len(cases))
    anew = new_terms(acts).reindex(cases["case_id"])
    months = np.where(anew["months"].notna(), anew["months"].to_numpy(dtype=float), months)
    first, last = (
        term_end(np.where(anew["months"].notna(), runs_from(anew, anew[end], passed_on), since), months)
        for end, passed_on, since in (
            ("first", sentence.earliest, custody.earliest),
            ("last", sentence.latest, custody.latest),
        )
    )
    known = ~np.isnat(first) & ~np.isnat(last)
    text = np.where(
        first == last, first.astype(str), np.char.add(np.char.add(first.astype(str), "/"), last.astype(str))
    )
    return pd.Series(text, index=cases.index, dtype="string").where(known)


def new_terms(acts: pd.DataFrame, span: dates.Bounds | None = None) -> pd.DataFrame:
    """The last fixed term that an act set in place of the sentence, by case.

    Parameters
    ----------
    acts : DataFrame, k rows
        With ``case_id, act_type, act_date, months, term_after, scope``.
    span : Bounds, k dates, optional
        Those of ``act_date``, if they are read already.

    Returns
    -------
    DataFrame
        By ``case_id``: ``act_type``; ``first, last``, the days that the act can be of; ``term``, its months; and
        ``months``, the same less the cuts and plus the extensions that changed it. Cases without such an act have no
        row, nor have those in which its date is unknown or open.

    Notes
    -----
    A life sentence, or a death sentence with reprieve, that is commuted to a fixed term has nothing that could be cut
    before. A combined term that a judgment in prison passed is changed by later acts only (Criminal Law art. 71).
    """
    sets = (acts["act_type"].isin(_SETS_A_TERM) & acts["term_after"].notna()).to_numpy(dtype=bool)
    of_case = acts["case_id"].isin(acts["case_id"][sets]).to_numpy(dtype=bool)
    own = acts[of_case]
    span = dates.bounds(own["act_date"]) if span is None else span.at(of_case)
    first, last = (pd.Series(day.astype("datetime64[s]"), index=own.index) for day in (span.earliest, span.latest))
    terms = own.assign(first=first, last=last)[sets[of_case] & first.notna().to_numpy() & last.notna().to_numpy()]
    terms = terms.sort_values(["first", "last", "term_after"], kind="stable").drop_duplicates("case_id", keep="last")
    terms = terms.set_index("case_id")
    terms = terms.assign(act_type=terms["act_type"].astype("string"), term=terms["term_after"].astype(float))
    commuted = own["case_id"].isin(terms.index[terms["act_type"] != "sentence_extension"])
    after = (first > terms["first"].reindex(own["case_id"]).to_numpy()).to_numpy(dtype=bool)
    net = months_cut(own[after | commuted.to_numpy(dtype=bool)]).reindex(terms.index).fillna(0.0)
    terms = terms.assign(months=terms["term"] - net.to_numpy(dtype=float))
    return terms[["act_type", "first", "last", "term", "months"]]


def runs_from(anew: pd.DataFrame, day: ArrayLike, sentence: NDArray[np.datetime64]) -> NDArray[np.datetime64]:
    """Day from which each new term runs.

    Parameters
    ----------
    anew : DataFrame, n rows
        From `new_terms`.
    day : array_like of datetime64, shape (n,)
        Day of the act.
    sentence : ndarray of datetime64, shape (n,)
        Day of the sentence.

    Returns
    -------
    ndarray of datetime64[D], shape (n,)
        The day of the act, or, where a death sentence with reprieve became a fixed term at once, the end of the
        reprieve of two years, if that is known and earlier.

    References
    ----------
    Criminal Law of the People's Republic of China, arts. 48, 51, 71 and 80.
    """
    ruled = np.asarray(day, dtype="datetime64[D]")
    at_once = (anew["act_type"] == "commutation_death_to_fixed").fillna(False).to_numpy(dtype=bool)
    return np.where(at_once, np.fmin(add_months(sentence, _REPRIEVE), ruled), ruled)


def months_cut(acts: pd.DataFrame) -> pd.Series:
    """Net months taken off each case's term by reductions, less those added by extensions."""
    cut = acts[acts["act_type"] == "sentence_reduction"]
    by_scope = cut.groupby(["case_id", "scope"], observed=False)["months"].sum().unstack(fill_value=0.0)
    taken = by_scope.max(axis=1) if len(cut) else pd.Series(dtype=float)
    added = acts[acts["act_type"] == "sentence_extension"].groupby("case_id")["months"].sum()
    return taken.sub(added, fill_value=0.0)
