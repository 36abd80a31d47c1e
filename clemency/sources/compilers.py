"""Cases and the documents that they rest on -> which publisher is known to have which case."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection

import numpy as np
import pandas as pd

from clemency.records.errors import UsageError
from clemency.records.presentation.wording import counted
from clemency.typing import Bools

_COPY = re.compile(r"\s*\((?:copy|archive)\b[^)]*\)$")


def publisher_of(name: str) -> str:
    """The publisher of a document, whoever keeps the copy that was read.

    Examples
    --------
    >>> publisher_of("Minghui (copy at mtcloud.org)"), publisher_of("Refworld (UNHCR)")
    ('Minghui', 'Refworld (UNHCR)')
    """
    return _COPY.sub("", name)


def cited(ids: pd.Series, wanted: Collection[str], sources: pd.DataFrame) -> tuple[Bools, pd.DataFrame]:
    """Cases of which a document by certain publishers is cited.

    Parameters
    ----------
    ids : Series, shape (n,)
        Keys of documents, separated by blanks (``source_ids``).
    wanted : collection of str
        Publishers, or keys of documents.
    sources : DataFrame
        The table `sources`.

    Returns
    -------
    found : ndarray of bool, shape (n,)
    documents : DataFrame
        ``publisher, source_id, n_rows``: what was cited, the most often cited first.

    Raises
    ------
    UsageError
        For a name that no document has.
    """
    publisher = sources["publisher"].astype(object).where(sources["publisher"].notna(), "").map(publisher_of)
    keys = sources["source_id"].astype(str)
    known = set(publisher) | set(keys)
    for name in wanted:
        if publisher_of(name) not in known:
            what = f"{name!r} is neither a column, nor a publisher or a document of the table sources."
            raise UsageError(f"{what}{_near(name, publisher)}")
    names = {publisher_of(w) for w in wanted}
    own = (publisher.isin(names) | keys.isin(list(wanted))).to_numpy()
    of = dict(zip(keys[own], publisher[own], strict=True))
    parts = ids.astype(object).where(ids.notna(), "").map(str).str.split()
    long = parts.reset_index(drop=True).explode()
    long = long[long.isin(list(of))]
    found = np.zeros(len(ids), dtype=bool)
    found[long.index.to_numpy(dtype=np.intp)] = True
    count = long.value_counts()
    rows = {"publisher": [of[k] for k in count.index], "source_id": list(count.index), "n_rows": count.to_numpy()}
    return found, pd.DataFrame(rows).sort_values(["n_rows", "source_id"], ascending=[False, True], ignore_index=True)


def most_cited(ids: pd.Series, sources: pd.DataFrame, n: int = 8) -> list[str]:
    """The publishers with the most cases, each with their number, for a message."""
    publisher = sources["publisher"].astype(object).where(sources["publisher"].notna(), "").map(publisher_of)
    of = dict(zip(sources["source_id"].astype(str), publisher, strict=True))
    long = ids.astype(object).where(ids.notna(), "").map(str).str.split().reset_index(drop=True).explode().map(of)
    both = pd.DataFrame({"row": long.index, "publisher": long.to_numpy()}).dropna().drop_duplicates()
    return [f"{name} ({counted(count, 'row')})" for name, count in both["publisher"].value_counts().head(n).items()]


def _near(name: str, publisher: pd.Series) -> str:
    near = difflib.get_close_matches(name, sorted(set(publisher)), n=1)
    return f" Did you mean {near[0]!r}?" if near else ""
