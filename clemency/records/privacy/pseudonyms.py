"""Tables that name people -> the same tables with keys for names, for publication beside aggregate results."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Sequence

import pandas as pd

from clemency.records.arguments.signatures import typed
from clemency.records.environment.datafolder import editions
from clemency.records.errors import UsageError
from clemency.records.privacy.withholding import Withholder
from clemency.records.schema import TABLES
from clemency.records.tables.frames import in_native_order
from clemency.records.tables.loading import load

_IDENTITIES = ("case_id", "person_id", "act_id", "event_id", "source_id")
# The number of a record of the CECC leads to its page; the rest of the last lines comes from an export of it.
_REMOVED = (
    *("name", "name_zh", "aliases", "note", "source_ids", "prison", "court", "conduct", "raised_by"),
    *("place", "label", "title", "address"),
    *("cecc_record", "record", "prefecture", "county", "affiliation", "occupation", "trial_court", "appeal_court"),
    "appeal_ruling_court",
)
_NAMES, _PLACES = ("name", "name_zh", "aliases"), ("prison", "court", "place", "trial_court", "appeal_court")
_EXPORT = (
    *("detention_status", "phases", "issue_categories", "charge_articles", "term_months", "term_kind", "age"),
    *("residence_province", "religion"),
)
_EXPORT_DATES = ("release_date", "term_end_date", "arrest_date", "trial_date", "appeal_date", "appeal_ruling_date")
_SPELLS = ("entry", "exit", "event", "origin", "sentence_year")
# What an authority is called after; the first that fits. Nothing but these words leaves `authority`.
_AUTHORITIES = (
    ("procuratorate", "procurat|prosecut|检察"),
    ("prison administration", "prison admin|prison bureau|监狱管理"),
    ("reeducation committee", r"(?:\brtl\b|re-?education).*(?:committee|commission)|劳动?教.{0,6}委"),
    ("prison", r"prison|jail|detention|\brtl\b|re-?education|labou?r camp|监狱|看守所|劳教|劳动教养"),
    ("supreme court", "supreme|最高.{0,4}法院"),
    ("high court", r"\bhigh(?:er)?\b.*court|高级.{0,4}法院|高院"),
    ("intermediate court", "intermediate|中级.{0,4}法院|中院"),
    ("court", "court|tribunal|法院|法庭"),
    ("ministry of justice", "ministry of justice|司法部"),
    ("judicial bureau", "judicial|justice|司法"),
    ("public security", r"public security|police|\bpsb\b|公安"),
    ("party committee", r"political and legal|politics and law|party committee|政法委|党委"),
    ("authorities", r"\bauthorit(?:y|ies)\b|\bgovernment\b|\bofficials?\b|当局|政府"),
)
_KINDS = tuple((kind, re.compile(words, re.I)) for kind, words in _AUTHORITIES)


def _dated(names: Iterable[str]) -> set[str]:
    stems = {name.removesuffix("_date") for name in names} | set(names)
    return {f"{stem}_{end}" for stem in stems for end in ("earliest", "latest")}


_COLUMNS = {c.name: c for table in TABLES.values() for c in table.columns}
_DATES = [c.name for c in _COLUMNS.values() if c.kind == "edtf"] + list(_EXPORT_DATES)
_KNOWN = {*_COLUMNS, *_DATES, *_dated(_DATES), *_EXPORT, *_SPELLS}
_TEXTS = {c.name for c in _COLUMNS.values() if c.kind in ("text", "list")} | {"religion"}


@typed
def pseudonymise(rows: pd.DataFrame, secret: str, *, keep: Sequence[str] = ()) -> pd.DataFrame:
    """Replace identities by keys that only the holder of a secret can make again.

    Parameters
    ----------
    rows : DataFrame
        Rows of a table of :func:`clemency.load` or of `read_cecc`, or spells made from them.
    secret : str
        At least 16 characters, kept apart from the result. The same secret gives the same keys, so
        that tables still join.
    keep : sequence of str
        Columns of your own that cannot tell who anybody is; others that no table here has are refused. Also columns
        that would be removed, such as ``note``, for a reader who looks them through.

    Returns
    -------
    DataFrame
        ``case_id, person_id, act_id`` (``event_id``, ``source_id``) become keyed hashes (HMAC-SHA-256, 12 hexadecimal
        digits), and the rows are sorted by them, for their order tells who they are as well. Names, notes, conduct,
        sources, labels, courts and places of custody are removed; of an ``authority`` its kind is left, such as
        ``intermediate court``. In the texts that stay (``charge``, ``destination`` ... and those of `keep`) names of
        people, prisons and courts of these rows and of the cases of every edition become ``[withheld]``. Dates,
        province and charge together can still point to a person: this is pseudonymisation, not anonymisation.

    Raises
    ------
    UsageError
        If the secret is too short, or a column is not known here.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"case_id": ["a-1", "b-2"], "name": ["Wu", "Li"], "sex": ["F", "M"],
    ...                      "authority": ["Test Prison", "Test Intermediate People's Court"]})
    >>> hidden = pseudonymise(rows, secret="sixteen letters!")
    >>> hidden.columns.tolist(), sorted(hidden["authority"])
    (['case_id', 'sex', 'authority'], ['intermediate court', 'prison'])
    """
    if not isinstance(secret, str) or len(secret) < 16:
        raise UsageError("The secret is too short to protect anybody: give a text of at least 16 characters.")
    _refuse_unknown(rows, keep)
    result = (
        in_native_order(rows).drop(columns=[c for c in _REMOVED if c in rows and c not in keep]).reset_index(drop=True)
    )
    result.attrs = {}
    identities = [c for c in _IDENTITIES if c in result]
    for column in identities:
        result[column] = result[column].astype(object).map(lambda v: _keyed(str(v), secret), na_action="ignore")
    if "authority" in result:
        result["authority"] = result["authority"].astype(object).map(_kind_of_authority, na_action="ignore")
    texts = [c for c in result if (c in _TEXTS or c in keep) and c not in identities and _is_text(result[c])]
    withhold = Withholder(_names(rows)) if texts else None
    for column in texts if withhold else ():
        result[column] = result[column].astype(object).map(withhold, na_action="ignore")
    return result.sort_values(identities, kind="stable", ignore_index=True) if identities else result


def _refuse_unknown(rows: pd.DataFrame, keep: Sequence[str]) -> None:
    absent = [str(c) for c in keep if c not in rows]
    if absent:
        raise UsageError(f"keep= names {', '.join(absent)}, which these rows have not. Their columns are in .columns.")
    twice = rows.columns[rows.columns.duplicated()]
    if len(twice):
        raise UsageError(f"Column {twice[0]} stands twice: keep one of the two.")
    unknown = [str(c) for c in rows.columns if c not in _KNOWN and c not in _REMOVED and c not in keep]
    if unknown:
        raise UsageError(
            f"Not known here, and perhaps somebody's name: column {', '.join(unknown)}. Drop it, or name it in keep= "
            "if it cannot tell who anybody is."
        )


def _is_text(column: pd.Series) -> bool:
    return not (pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_any_dtype(column))


def _names(rows: pd.DataFrame) -> Iterable[str]:
    """Names of people, prisons and courts of some rows and of the cases of every edition: some have left since."""
    for table in (rows, *(load("cases", edition=version) for version in editions())):
        for column in (c for c in (*_NAMES, *_PLACES) if c in table):
            for cell in table[column].dropna().astype(str).unique():
                yield from cell.split(";")


def _kind_of_authority(text: object) -> str:
    return next((kind for kind, words in _KINDS if words.search(str(text))), "other")


def _keyed(value: str, secret: str) -> str:
    return hmac.new(secret.encode(), value.encode(), hashlib.sha256).hexdigest()[:12]
