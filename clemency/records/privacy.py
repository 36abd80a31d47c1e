"""Cases -> cases without names: keyed pseudonyms for publication beside aggregate results."""

from __future__ import annotations

import hashlib
import hmac

import pandas as pd

from clemency.records.errors import UsageError
from clemency.records.signatures import typed

_IDENTITIES = ("case_id", "person_id", "act_id")
# Those of the last lines come from an export of the CECC: the number of a record leads to its page.
_REMOVED = (
    *("name", "name_zh", "aliases", "note", "source_ids", "prison", "court", "conduct", "raised_by"),
    *("record", "place", "county", "affiliation", "trial_court", "appeal_court", "appeal_ruling_court"),
)


@typed
def pseudonymise(rows: pd.DataFrame, secret: str) -> pd.DataFrame:
    """Replace identities by keys that only the holder of a secret can make again.

    Parameters
    ----------
    rows : DataFrame
        Rows of `cases` or `acts`, or a frame made from them.
    secret : str
        At least 16 characters, kept apart from the result. The same secret gives the same keys, so
        that tables still join.

    Returns
    -------
    DataFrame
        ``case_id, person_id, act_id`` become keyed hashes (HMAC-SHA-256, 12 hexadecimal digits); names,
        notes, sources and places of custody are removed. Dates, province and charge together can
        still point to a person: this is pseudonymisation, not anonymisation.

    Raises
    ------
    UsageError
        If the secret is too short.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"case_id": ["a-1", "b-2"], "name": ["A", "B"], "sex": ["F", "M"]})
    >>> pseudonymise(rows, secret="sixteen letters!").columns.tolist()
    ['case_id', 'sex']
    """
    if len(secret) < 16:
        raise UsageError("The secret is too short to protect anybody: give at least 16 characters.")
    result = rows.drop(columns=[c for c in _REMOVED if c in rows])
    for column in (c for c in _IDENTITIES if c in result):
        result[column] = rows[column].map(lambda v: _keyed(str(v), secret), na_action="ignore")
    return result


def _keyed(value: str, secret: str) -> str:
    return hmac.new(secret.encode(), value.encode(), hashlib.sha256).hexdigest()[:12]
