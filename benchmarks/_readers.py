"""How far do two readers of the same summaries agree? Acts, months and dates, and Cohen's kappa."""

from collections.abc import Hashable, Sequence

import numpy as np
import pandas as pd
from statsmodels.stats.inter_rater import cohens_kappa

from clemency.sources.narrative.scores import NOT_GRANTED, _ratio, match

COLUMNS = ["pair", "term", "measure", "right", "of", "estimate", "ci_low", "ci_high"]


def kappa(first: Sequence[Hashable], second: Sequence[Hashable], cluster: Sequence[Hashable]) -> tuple:
    """Units that agree, units, Cohen's kappa and its 95% limits.

    Kappa is one less the disagreement seen over that expected by chance. The limits are Wilson's for the
    disagreement seen, with the chance disagreement held at its estimate: unlike those of the normal approximation they
    stay within one and do not shrink to a point where the readers never disagree. The error of the chance
    disagreement counts less the nearer kappa is to one; the limits are for such cases.
    """
    labels = sorted({*first, *second}, key=str)
    table = pd.crosstab(pd.Categorical(first, labels), pd.Categorical(second, labels), dropna=False).to_numpy()
    agree, n, _, low, high = _ratio(np.array(first, dtype=object) == np.array(second, dtype=object), cluster, 0.95)
    chance = 1 - float(table.sum(0) @ table.sum(1)) / n**2
    if chance == 0:
        return agree, n, np.nan, np.nan, np.nan
    return agree, n, float(cohens_kappa(table, return_results=False)), 1 - (1 - low) / chance, 1 - (1 - high) / chance


def agreement(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """Agreement of two tables of acts on the same records; a record without an act stands in a row ``none``.

    Of the acts, ``f1`` is twice the matched ones over all acts of both; ``right`` of ``of`` count the matched ones
    among the acts that either has, and the limits are Wilson's for that share, turned into F1. Months and dates are
    compared on matched acts, ``_both`` where both readers give one, ``_either`` where at least one does. Acts are
    matched by type first, and those left over in a record are then put side by side: the kappa of types can
    hardly be low.
    """
    if set(first["record"]) != set(second["record"]):
        raise ValueError("the readers have not read the same records")
    pairs = match(second, first)
    granted = ~pairs["act_type"].isin(NOT_GRANTED)
    rows = [("granted", *row) for row in _acts(pairs[granted])] + [("all acts", *row) for row in _acts(pairs)]
    records = sorted(set(first["record"]))
    for name, left_out in (("granted", NOT_GRANTED), ("all acts", ("none",))):
        marks = [_any(reader, records, left_out) for reader in (first, second)]
        rows.append((name, "kappa_any_in_record", *kappa(*marks, records)))
    types = _types(pairs)
    rows.append(("all acts", "kappa_type", *kappa(types["first"], types["second"], types["record"])))
    return pd.DataFrame(rows, columns=COLUMNS[1:])


def _acts(pairs: pd.DataFrame) -> list[tuple]:
    both = pairs["found"] & pairs["true"]
    k, n, share, low, high = _ratio(both.to_numpy(float), pairs["record"].to_numpy(), 0.95)
    rows: list[tuple] = [("f1", k, n, *(2 * x / (1 + x) for x in (share, low, high)))]
    for column in ("months", "date"):
        one, other = pairs.loc[both, column], pairs.loc[both, f"true_{column}"]
        for name, counted in (("both", one.notna() & other.notna()), ("either", one.notna() | other.notna())):
            same = (one == other)[counted].to_numpy(float)
            rows.append((f"{column}_{name}", *_ratio(same, pairs.loc[both, "record"][counted].to_numpy(), 0.95)))
    return rows


def _any(reader: pd.DataFrame, records: list, left_out: Sequence[str]) -> list[bool]:
    with_act = set(reader.loc[~reader["act_type"].isin(left_out), "record"])
    return [record in with_act for record in records]


def _types(pairs: pd.DataFrame) -> pd.DataFrame:
    """Types of the acts that both have: those matched, and those left over in a record, paired by name."""
    rows = [(p.record, p.act_type, p.act_type) for p in pairs[pairs["found"] & pairs["true"]].itertuples()]
    for record, rest in pairs[~(pairs["found"] & pairs["true"])].groupby("record"):
        alone = zip(rest.loc[rest["true"], "act_type"], rest.loc[rest["found"], "act_type"], strict=False)
        rows += [(record, one, other) for one, other in alone]
    return pd.DataFrame(rows, columns=["record", "first", "second"])
