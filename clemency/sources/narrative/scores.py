"""Acts as coded and acts as read by people -> precision, recall, and how often months and dates are right."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import permutations

import numpy as np
import pandas as pd

from clemency.records.errors import DataError, Problem

_OTHER_NAMES = {
    "commutation_death_to_fixed": "commutation_life_to_fixed",  # hand codes made without a type for it
    "reduction_denied": "denied",
    "parole_denied": "denied",
    "medical_parole_denied": "denied",
    "sentence_extension": "extension",
}
NOT_GRANTED = ("denied", "extension", "reduction_on_appeal", "none")


def match(coded: pd.DataFrame, truth: pd.DataFrame) -> pd.DataFrame:
    """Pair coded acts with true ones of the same record and type.

    Parameters
    ----------
    coded : DataFrame
        Columns ``record``, ``act_type``, ``date``, ``months``, as :func:`clemency.code_acts` gives them.
    truth : DataFrame
        The same columns; a record that was read and has no act stands in one row with ``act_type`` ``none``. Coded
        acts of records that do not stand here are left aside.

    Returns
    -------
    DataFrame
        One row per pair and per act without a partner: ``record``, ``act_type``, ``found``, ``true`` (whether the
        coder and the reader have it), ``date``, ``months`` and ``true_date``, ``true_months``. Within a record and
        type, acts are paired so that as many dates and months as possible agree.

    Raises
    ------
    DataError
        If a column is missing.
    """
    for name, frame in (("coded", coded), ("truth", truth)):
        missing = [c for c in ("record", "act_type", "date", "months") if c not in frame.columns]
        if missing:
            raise DataError(
                [Problem(name, None, c, "", "there is no such column", "Add or rename it.") for c in missing]
            )
    rows = []
    got, want = _grouped(coded), _grouped(truth)
    records = set(truth["record"])
    for key in sorted({k for k in got if k[0] in records} | set(want), key=str):
        if key[1] == "none":
            continue
        rows += [(*key, *pair) for pair in _paired(got.get(key, []), want.get(key, []))]
    columns = ["record", "act_type", "found", "true", "date", "months", "true_date", "true_months"]
    return pd.DataFrame(rows, columns=columns)


def _grouped(frame: pd.DataFrame) -> dict[tuple[object, str], list[tuple[str | None, float | None]]]:
    groups: dict[tuple[object, str], list[tuple[str | None, float | None]]] = {}
    for row in frame[["record", "act_type", "date", "months"]].itertuples(index=False):
        kind = _OTHER_NAMES.get(row.act_type, row.act_type)
        date = row.date if isinstance(row.date, str) and row.date else None
        months = None if pd.isna(row.months) else float(row.months)
        groups.setdefault((row.record, kind), []).append((date, months))
    return groups


def _paired(got: Sequence[tuple], want: Sequence[tuple]) -> Iterable[tuple]:
    n = min(len(got), len(want))
    swap = len(got) > len(want)
    short, long = (want, got) if swap else (got, want)
    orders = permutations(range(len(long)), n) if len(long) <= 7 else [tuple(range(n))]
    best = max(
        orders,
        key=lambda order: sum(
            (a == b) + (c == d) for (a, c), (b, d) in zip(short, (long[i] for i in order), strict=True)
        ),
    )
    for i, j in enumerate(best):
        g, w = (long[j], short[i]) if swap else (short[i], long[j])
        yield True, True, *g, *w
    for j in set(range(len(long))) - set(best):
        yield (True, False, *long[j], None, None) if swap else (False, True, None, None, *long[j])


def score(
    coded: pd.DataFrame, truth: pd.DataFrame, clusters: Iterable[object] | None = None, level: float = 0.95
) -> pd.DataFrame:
    """Precision and recall, and how many months and dates are right.

    Parameters
    ----------
    coded, truth : DataFrame
        As for :func:`match`.
    clusters : sequence, optional
        Cluster of each distinct record of `truth`, in order of first appearance, as :func:`similar_texts` gives
        it; the limits then count clusters. By default each record is one.
    level : float
        Level of the intervals.

    Returns
    -------
    DataFrame
        Rows ``granted`` (all granted types) and each type; columns ``measure`` (``precision``, ``recall``,
        ``months``, ``dates``, ``dates_given``), ``right``, ``of``, ``estimate``, ``ci_low``, ``ci_high``. ``months``
        and ``dates`` count, among matched acts, those whose truth is stated; ``dates_given`` those that it dates.

    Notes
    -----
    The limits are Wilson's, with the sample divided by the ratio of the clustered variance of the ratio to the
    binomial one where that exceeds 1. Nothing is fitted, so that a fold is only a part of the records.
    """
    pairs = match(coded, truth)
    records = list(dict.fromkeys(truth["record"]))
    names = dict(zip(records, records if clusters is None else clusters, strict=True))
    granted = ~pairs["act_type"].isin(NOT_GRANTED)
    groups = [("granted", granted)] + [(t, pairs["act_type"] == t) for t in sorted(set(pairs["act_type"]))]
    rows = []
    for term, inside in groups:
        part = pairs[inside]
        for measure, right, of in _measures(part):
            of_rows = part[of]
            rows.append(
                (term, measure, *_ratio(right[of].to_numpy(float), of_rows["record"].map(names).to_numpy(), level))
            )
    return pd.DataFrame(rows, columns=["term", "measure", "right", "of", "estimate", "ci_low", "ci_high"])


def _measures(part: pd.DataFrame) -> list[tuple[str, pd.Series, pd.Series]]:
    both = part["found"] & part["true"]
    months = (part["months"].astype(float) - part["true_months"].astype(float)).abs() < 0.05
    dates = part["date"] == part["true_date"]
    return [
        ("precision", both, part["found"]),
        ("recall", both, part["true"]),
        ("months", months, both & part["true_months"].notna()),
        ("dates", dates, both & part["true_date"].notna()),
        ("dates_given", dates, both & part["date"].notna()),
    ]


def _ratio(right: np.ndarray, cluster: np.ndarray, level: float) -> tuple[int, int, float, float, float]:
    n, k = len(right), float(right.sum())
    if n == 0:
        return 0, 0, np.nan, np.nan, np.nan
    p = k / n
    totals = pd.DataFrame({"c": pd.factorize(pd.Series(cluster))[0], "e": right - p}).groupby("c")["e"].sum().to_numpy()
    binomial = n * p * (1 - p)
    effect = max(1.0, float((totals**2).sum()) / binomial) if binomial > 0 else max(1.0, n / len(totals))
    low, high = _wilson(p, n / effect, level)
    return int(k), n, p, low, high


def _wilson(p: float, n: float, level: float) -> tuple[float, float]:
    from scipy.stats import norm

    z = float(norm.ppf(0.5 + level / 2))
    centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return max(0.0, centre - half), min(1.0, centre + half)


def similar_texts(texts: Sequence[str], threshold: float = 0.5, size: int = 5) -> np.ndarray:
    """Number of the group of each text; texts whose word n-grams overlap by `threshold` are in one group.

    Parameters
    ----------
    texts : sequence of str, shape (n,)
    threshold : float
        Jaccard index of the sets of n-grams from which two texts are joined.
    size : int
        Words in an n-gram.

    Returns
    -------
    ndarray of int, shape (n,)
        The connected components, numbered by their first text.

    Examples
    --------
    >>> similar_texts(["a b c d e f", "x y z w v u", "a b c d e f g"]).tolist()
    [0, 1, 0]
    """
    import re

    grams = []
    for text in texts:
        words = re.findall(r"\w+", re.sub(r"<[^<>]*>", " ", text).lower())
        grams.append({tuple(words[i : i + size]) for i in range(max(1, len(words) - size + 1))})
    root = list(range(len(texts)))

    def find(i: int) -> int:
        while root[i] != i:
            root[i] = root[root[i]]
            i = root[i]
        return i

    where: dict[tuple, list[int]] = {}
    for i, own in enumerate(grams):
        shared: dict[int, int] = {}
        for gram in own:
            for j in where.setdefault(gram, []):
                shared[j] = shared.get(j, 0) + 1
            where[gram].append(i)
        for j, common in shared.items():
            if common / (len(own) + len(grams[j]) - common) >= threshold:
                a, b = find(i), find(j)
                root[max(a, b)] = min(a, b)
    return np.array([find(i) for i in range(len(texts))])
