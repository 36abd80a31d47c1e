"""Tables that name prisoners, courts and prisons -> the same without them, with keys that only a secret makes again."""

from __future__ import annotations

import hashlib
import hmac
import re

import pandas as pd

from clemency.records.errors import UsageError

_NAMING = (
    *("court", "case_number", "prisoner", "alias", "residence", "prison", "judgment_court", "judgment_number"),
    *("appeal_court", "appeal_number", "proposal_body", "number"),
)
_QUOTED = re.compile(r"'[^']*'")
_SHORTEST = 16


def check_secret(secret: str) -> None:
    """Refuse a secret that protects nobody.

    Raises
    ------
    UsageError
    """
    if len(secret) < _SHORTEST:
        raise UsageError(f"The secret is too short to protect anybody: give a text of at least {_SHORTEST} characters.")


def without_names(frame: pd.DataFrame, secret: str) -> pd.DataFrame:
    """Take out who and where; documents get a key, and of a birth the year is left.

    Dates, province and charge together can still point to a person: this is pseudonymisation, not anonymisation.

    Parameters
    ----------
    frame : DataFrame
        Rulings, changes or the account.
    secret : str
        The same secret gives the same keys, so that tables still join.

    Returns
    -------
    DataFrame
        Sorted by the keys of the documents, for the order of files tells who they are about as well.
    """
    check_secret(secret)
    result = frame.drop(columns=[c for c in _NAMING if c in frame])
    if "document" in result:
        result["document"] = result["document"].map(lambda d: _keyed(str(d), secret)).astype("string")
    if "copy_of" in result:
        result["copy_of"] = result["copy_of"].map(lambda d: _keyed(str(d), secret), na_action="ignore").astype("string")
    if "birth_date" in result:
        result["birth_date"] = result["birth_date"].str[:4]
    if "problems" in result:
        result["problems"] = result["problems"].map(lambda p: _QUOTED.sub("[withheld]", str(p))).astype("string")
    if "reason" in result:
        result["reason"] = result["reason"].map(lambda r: _QUOTED.sub("[withheld]", str(r))).astype("string")
    keys = [c for c in ("document", "part", "change") if c in result]
    return result.sort_values(keys, kind="stable", ignore_index=True)


def _keyed(value: str, secret: str) -> str:
    return hmac.new(secret.encode(), value.encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:12]
