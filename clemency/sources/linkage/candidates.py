"""Two tables of records -> the pairs whose names are alike, and how common the shared name is.

A pair is a candidate if a name, alias or reading of characters meets on one of the levels of :data:`LEVELS`. Records
that meet nobody are not lost: :func:`clemency.sources.linkage.pairs.link` lists them.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from clemency.sources.linkage.names import Form, forms

LEVELS = ("exact", "read", "sound", "heard", "close", "turned", "part", "none")
_SOUNDS = ("sound", "read")
_BLOCK = 500
_MOST_WORDS = 8  # seven in the longest name that is published here


def name_forms(records: pd.DataFrame) -> list[list[Form]]:
    """Forms of each record's ``name``, ``name_zh`` and ``aliases`` (texts separated by semicolons)."""
    columns = [records[c] for c in ("name", "name_zh", "aliases") if c in records]
    rows = zip(*columns, strict=True)
    return [[f for t in row if isinstance(t, str) for piece in t.split(";") for f in forms(piece)] for row in rows]


def keys(records: pd.DataFrame) -> pd.DataFrame:
    """One row for each record and key.

    Returns
    -------
    DataFrame
        ``row`` (position of the record), ``kind`` (exact, sound, turned, part or consonants; read and spoken are sound
        and consonants of a name that characters only sound out), ``key``, ``base`` (the key that says how common it
        is).
    """
    rows: list[tuple[int, str, str, str]] = []
    for row, names in enumerate(name_forms(records)):
        for form in names:
            rows += [(row, "exact", "x:" + form.exact, base) for base in form.sounds or form.consonants]
            rows += [(row, "read" if form.spoken else "sound", sound, sound) for sound in form.sounds]
            rows += [(row, "spoken" if form.spoken else "consonants", key, key) for key in form.consonants]
            rows += [(row, "turned", sound, sound) for sound in form.turned]
            rows += [(row, "part", part, part) for sound in form.sounds for part in _runs(sound)]
    return pd.DataFrame(rows, columns=["row", "kind", "key", "base"]).drop_duplicates()


def _runs(sound: str) -> list[str]:
    """Shorter names of two words and more within a Tibetan (or other) name of three and more, up to eight."""
    words = sound[2:].split() if sound.startswith("t:") else []
    n = len(words) if len(words) <= _MOST_WORDS else 0
    return ["t:" + " ".join(words[i:j]) for i in range(n) for j in range(i + 2, n + 1) if j - i < n]


def frequencies(tables: Iterable[pd.DataFrame]) -> pd.Series:
    """Share of people who bear each sound key, the people of one pair not counted.

    The larger of two estimates: how many of the others bear the whole name, and the product of the shares of its
    parts, which keeps a name of two common parts common where nobody else happens to bear it. At least half a person.

    Parameters
    ----------
    tables : iterable of DataFrame
        Disjoint tables of records with ``name`` and, where present, ``name_zh`` and ``aliases``.

    Returns
    -------
    Series
        Indexed by sound key, runs within longer names included.
    """
    whole: dict[str, int] = {}
    single: dict[str, int] = {}
    parts: dict[str, tuple[str, ...]] = {}
    n = 0
    for table in tables:
        for names in name_forms(table):
            n += 1
            own = {s: p for f in names for s, p in (f.sounds | f.turned | f.consonants).items()}
            parts |= {s: p for s, p in own.items() if len(p) >= len(parts.get(s, ()))}
            for key in {k for s in own for k in (s, *_runs(s))}:
                whole[key] = whole.get(key, 0) + 1
            for part in {p for s in own for p in own[s]}:
                single[part] = single.get(part, 0) + 1
    share = {k: max(c - 1.5, 0.5) / n for k, c in whole.items()}
    for key, pieces in parts.items():
        if len(pieces) > 1:
            together = float(np.prod([max(single[p] - 1.5, 0.5) / n for p in pieces]))
            share[key] = max(share[key], together)
    return pd.Series(share, dtype="float64")


def candidates(left: pd.DataFrame, right: pd.DataFrame, share: pd.Series) -> pd.DataFrame:
    """Pairs of records with like names.

    Parameters
    ----------
    left, right : DataFrame
        Records.
    share : Series
        Result of :func:`frequencies` for both.

    Returns
    -------
    DataFrame
        One row for each pair: ``left``, ``right`` (positions), ``name_level`` (the best of :data:`LEVELS`),
        ``name_share`` (the share of people who bear such a name, the smallest at that level).
    """
    a, b = keys(left), keys(right)
    parts = [
        _met(a, b, ("exact",), ("exact",), "exact", share),
        _met(a, b, ("read",), _SOUNDS, "read", share),
        _met(a, b, ("sound",), ("read",), "read", share),
        _met(a, b, ("sound",), ("sound",), "sound", share),
        _met(a, b, ("spoken",), ("spoken", "consonants"), "heard", share),
        _met(a, b, ("consonants",), ("spoken",), "heard", share),
        _met(a, b, ("turned",), _SOUNDS, "turned", share),
        _met(a, b, _SOUNDS, ("turned",), "turned", share),
        _met(a, b, ("part",), _SOUNDS, "part", share),
        _met(a, b, _SOUNDS, ("part",), "part", share),
        _near(a, b, share),
    ]
    pairs = pd.concat(parts, ignore_index=True)
    pairs["name_level"] = pd.Categorical(pairs["name_level"], categories=list(LEVELS), ordered=True)
    pairs = pairs.sort_values(["left", "right", "name_level", "name_share"], kind="stable")
    return pairs.drop_duplicates(["left", "right"]).reset_index(drop=True)


def _met(
    a: pd.DataFrame,
    b: pd.DataFrame,
    of_a: tuple[str, ...],
    of_b: tuple[str, ...],
    level: str,
    share: pd.Series,
) -> pd.DataFrame:
    keys_a, keys_b = a[a["kind"].isin(of_a)], b[b["kind"].isin(of_b)]
    met = keys_a.merge(keys_b[["row", "key"]].drop_duplicates(), on="key", suffixes=("_a", "_b"))
    shares = met["base"].map(share).to_numpy(dtype="float64")
    frame = pd.DataFrame({"left": met["row_a"], "right": met["row_b"], "key": met["key"], "name_share": shares})
    # several sounds of one exact form: the commoner reading counts
    frame = frame.groupby(["left", "right", "key"], as_index=False)["name_share"].max()
    return frame.drop(columns="key").assign(name_level=level)


def _near(a: pd.DataFrame, b: pd.DataFrame, share: pd.Series) -> pd.DataFrame:
    """Pairs whose names differ by a letter or little more; such a name is as common as the two together.

    Where one of both is a reading of characters, that is as near as they come.
    """
    keys_a, keys_b = (np.sort(t.loc[t["kind"].isin(_SOUNDS), "key"].unique()) for t in (a, b))
    near = pd.concat([_near_chinese(keys_a, keys_b), _near_other(keys_a, keys_b)], ignore_index=True)
    near["name_share"] = near["a"].map(share) + near["b"].map(share)
    sounds = [t.loc[t["kind"].isin(_SOUNDS), ["row", "key", "kind"]] for t in (a, b)]
    pairs = near.merge(sounds[0], left_on="a", right_on="key").merge(
        sounds[1], left_on="b", right_on="key", suffixes=("_a", "_b")
    )
    read = (pairs[["kind_a", "kind_b"]] == "read").any(axis=1)
    frame = pairs[["row_a", "row_b", "name_share"]].set_axis(["left", "right", "name_share"], axis=1)
    return frame.assign(name_level=np.where(read, "heard", "close"))


def _near_chinese(keys_a: np.ndarray, keys_b: np.ndarray) -> pd.DataFrame:
    """One letter apart in a given name of five letters and more, under the same surname."""
    from rapidfuzz.distance import OSA

    groups: dict[str, list[str]] = {}
    for key in (k for k in keys_b if k.startswith("zh:")):
        groups.setdefault(key.split("|")[0], []).append(key)
    met = [
        (key, other)
        for key in (k for k in keys_a if k.startswith("zh:") and len(k.split("|")[1]) >= 5)
        for other in groups.get(key.split("|")[0], [])
        if key != other and len(other.split("|")[1]) >= 5 and OSA.distance(key, other, score_cutoff=1) <= 1
    ]
    return pd.DataFrame(met, columns=["a", "b"], dtype=object)


def _near_other(keys_a: np.ndarray, keys_b: np.ndarray) -> pd.DataFrame:
    """One letter apart, in sound keys of seven letters and more; two letters from fourteen on."""
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    met: list[tuple[str, str]] = []
    for kind in ("t:", "u:"):
        mine = [k for k in keys_a if k.startswith(kind) and len(k) >= 9]
        others = [k for k in keys_b if k.startswith(kind) and len(k) >= 9]
        for start in range(0, len(mine) if others else 0, _BLOCK):
            chunk = mine[start : start + _BLOCK]
            apart = process.cdist(chunk, others, scorer=OSA.distance, score_cutoff=2, dtype=np.uint8, workers=1)
            lengths = np.minimum.outer([len(k) for k in chunk], [len(k) for k in others])
            rows, columns = np.nonzero((apart > 0) & (apart <= np.where(lengths >= 16, 2, 1)))
            met += [(chunk[i], others[j]) for i, j in zip(rows, columns, strict=True)]
    return pd.DataFrame(met, columns=["a", "b"], dtype=object)
