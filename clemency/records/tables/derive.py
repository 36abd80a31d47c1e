"""Stored columns -> the columns that follow from them, so that nothing is typed twice."""

from __future__ import annotations

import numpy as np
import pandas as pd

from clemency.records import dates
from clemency.records.schema import CHARGE_FAMILIES, REGIONS
from clemency.records.terms import term_end


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

    The term runs from the start of custody (Criminal Law art. 47), or, after the commutation of a
    life sentence, from the ruling (art. 80). Cuts are taken off and extensions added, dated or not;
    where a case has a total over several cuts, the larger of the total and of the single cuts counts.
    An extension that passed a new combined term (``term_after``) runs from its own day, and only cuts
    after it are taken off that term (art. 71).

    Parameters
    ----------
    cases : DataFrame
        With ``case_id, detention_date, sentence_type, sentence_months``.
    acts : DataFrame
        With ``case_id, act_type, act_date, months, term_after, scope``.

    Returns
    -------
    Series of string, shape (n,)
        Missing where custody date or term is not known.
    """
    term = cases["sentence_months"].where(cases["sentence_type"] == "fixed")
    start = cases["detention_date"].astype("string")
    commuted = acts[acts["act_type"] == "commutation_life_to_fixed"].dropna(subset=["act_date", "term_after"])
    commuted = commuted.drop_duplicates("case_id").set_index("case_id").reindex(cases["case_id"])
    life = commuted["term_after"].notna().to_numpy()
    term = term.where(~life, commuted["term_after"].to_numpy(dtype=float))
    start = start.where(~life, commuted["act_date"].to_numpy())
    months = (term - months_cut(acts).reindex(cases["case_id"]).fillna(0.0).to_numpy()).to_numpy(dtype=float)
    anew = combined_terms(acts).reindex(cases["case_id"])
    again = anew["months"].notna().to_numpy()
    start = start.where(~again, anew["act_date"].to_numpy())
    months = np.where(again, anew["months"].to_numpy(dtype=float), months)
    bound = dates.bounds(start)
    first, last = term_end(bound.earliest, months), term_end(bound.latest, months)
    known = ~np.isnat(first) & ~np.isnat(last)
    text = np.where(
        first == last, first.astype(str), np.char.add(np.char.add(first.astype(str), "/"), last.astype(str))
    )
    return pd.Series(text, index=cases.index, dtype="string").where(known)


def combined_terms(acts: pd.DataFrame) -> pd.DataFrame:
    """The last combined term that a judgment in prison passed, by case.

    Parameters
    ----------
    acts : DataFrame
        With ``case_id, act_type, act_date, months, term_after, scope``.

    Returns
    -------
    DataFrame
        By ``case_id``: ``act_date``, from which the term runs, and its ``months``, less the cuts after it and plus the
        extensions after it. Cases with such a judgment on a day that is not known, or without any, have no row.
    """
    span = dates.bounds(acts["act_date"])
    day = pd.Series(pd.to_datetime(span.earliest), index=acts.index).where(span.earliest == span.latest)
    whole = (acts["act_type"] == "sentence_extension").to_numpy(dtype=bool) & acts["term_after"].notna().to_numpy()
    last = acts.assign(_day=day)[whole & day.notna().to_numpy()].sort_values("_day", kind="stable")
    last = last.drop_duplicates("case_id", keep="last").set_index("case_id")
    after = acts[pd.to_datetime(span.earliest) > acts["case_id"].map(last["_day"]).to_numpy()]
    net = months_cut(after).reindex(last.index).fillna(0.0)
    months = last["term_after"].astype(float) - net.to_numpy(dtype=float)
    return pd.DataFrame({"act_date": last["_day"].dt.strftime("%Y-%m-%d").astype("string"), "months": months})


def months_cut(acts: pd.DataFrame) -> pd.Series:
    """Net months taken off each case's term by reductions, less those added by extensions."""
    cut = acts[acts["act_type"] == "sentence_reduction"]
    by_scope = cut.groupby(["case_id", "scope"], observed=False)["months"].sum().unstack(fill_value=0.0)
    taken = by_scope.max(axis=1) if len(cut) else pd.Series(dtype=float)
    added = acts[acts["act_type"] == "sentence_extension"].groupby("case_id")["months"].sum()
    return taken.sub(added, fill_value=0.0)
