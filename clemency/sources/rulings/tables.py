"""What was read -> rows of the rulings, of the earlier changes, of the evidence, and in the form of cases and acts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from clemency.records.schema import ACTS, CASES, SOURCES, Table
from clemency.records.values.words import known_as
from clemency.sources.rulings.columns import ACCOUNT, CHANGES, EVIDENCE, FIELDS, RULINGS
from clemency.sources.rulings.documents.received import Received, opened
from clemency.sources.rulings.reader import Read, read_text

Row = tuple[Any, ...]
Rows = dict[str, list[Row]]
#: Rows have one more table, `texts`: for each document the hash of its text, and where its rows in the others end.
_NAMES = {"rulings": tuple(RULINGS), "changes": CHANGES, "evidence": EVIDENCE, "account": ACCOUNT}


def rows_of(documents: Iterable[Received], evidence: bool = True) -> Rows:
    """Read documents; rows of each table as tuples, so that they travel between processes."""
    rows: Rows = {name: [] for name in (*_NAMES, "texts")}
    for document in documents:
        text, anchors, kind, reason = opened(document)
        digest = b""
        if text is None:
            rows["account"].append((document.name, kind, reason, 0, 0))
        else:
            read = read_text(text, anchors)
            digest = digest_of(read.plain.text)
            _add(rows, document.name, read, len(text), evidence)
        rows["texts"].append((digest, *(len(rows[t]) for t in _NAMES if t != "account")))
    return rows


def digest_of(said: str) -> bytes:
    """Sixteen bytes that stand for a text."""
    return hashlib.blake2b(said.encode("utf-8", "replace"), digest_size=16).digest()


def _add(rows: Rows, name: str, read: Read, size: int, evidence: bool) -> None:
    rows["account"].append((name, read.status, read.reason, len(read.people), size))
    for part, notes in enumerate(read.people, start=1):
        values = notes.found
        got = [values[f].value if f in values else None for f in FIELDS]
        rows["rulings"].append((name, part, *got, "; ".join(notes.problems)))
        for n, change in enumerate(notes.changes, start=1):
            start, end = read.plain.place(change["start"], change["end"])
            told = (change[k] for k in ("kind", "date", "number", "months", "days", "term_after"))
            rows["changes"].append((name, part, n, *told, start, end))
        if evidence:
            for field, value in values.items():
                start, end = read.plain.place(value.start, value.end)
                rows["evidence"].append(
                    (name, part, field, str(value.value), start, end, value.certainty, value.pattern)
                )


def frame_of(name: str, rows: list[Row]) -> pd.DataFrame:
    """Rows of one table as a frame with the table's types, the same for any rows."""
    columns = _NAMES[name]
    frame = pd.DataFrame(rows, columns=list(columns), dtype=object)
    kinds = {c: RULINGS[c].kind for c in columns} if name == "rulings" else {}
    whole = ("part", "change", "prisoners", "characters", "start", "end")
    for column in columns:
        kind = kinds.get(column) or ("integer" if column in whole else "number" if column in _NUMBERS else "text")
        frame[column] = _typed(frame[column], kind)
    return frame


_NUMBERS = ("months", "days", "term_after")
_STORAGE = {"text": "string", "number": "float64", "integer": "int64", "boolean": "boolean"}


def _typed(column: pd.Series, kind: str) -> pd.Series:
    if kind == "number":
        return pd.to_numeric(column, errors="raise").astype("float64")
    return column.astype(_STORAGE[kind])


_ACT_OF = {
    ("granted", "reduction"): "sentence_reduction",
    ("granted", "commutation_to_life"): "commutation_death_to_life",
    ("granted", "parole"): "parole",
    ("granted", "outside"): "medical_parole",
    ("refused", "reduction"): "reduction_denied",
    ("refused", "parole"): "parole_denied",
    ("refused", "outside"): "medical_parole_denied",
}
_KEYS = ("document", "part", "case_id", "source_id")
_STATUS = {"parole": "parole", "outside": "medical_parole"}


def case_keys(rulings: pd.DataFrame) -> pd.Series:
    """A key for each row: judgment and person where name, day of birth and judgment are told, else the document.

    A masked name alone never joins two rulings.
    """
    if rulings.empty:
        return pd.Series([], index=rulings.index, dtype="string")
    told = [rulings[c].to_numpy(dtype=object, na_value="") for c in ("judgment_number", "prisoner", "birth_date")]
    alone = zip(rulings["document"].to_numpy(dtype=object, na_value=""), rulings["part"].to_numpy(), strict=True)
    keys = [
        _hash("|".join(person) if all(person) and len(person[2]) == 10 else f"{document}|{part}")
        for person, (document, part) in zip(zip(*told, strict=True), alone, strict=True)
    ]
    return pd.Series(keys, index=rulings.index, dtype="string")


def _hash(said: str) -> str:
    return "ruling-" + hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:12]


def cases_and_acts(rulings: pd.DataFrame, changes: pd.DataFrame, accessed: str) -> tuple[pd.DataFrame, ...]:
    """Rows in the form of `cases`, `acts` and `sources`.

    Parameters
    ----------
    rulings, changes : DataFrame
        As the reader gives them.
    accessed : str
        Day on which the documents were read, ISO 8601.

    Returns
    -------
    cases, acts, sources : DataFrame
    """
    keyed = rulings.assign(case_id=case_keys(rulings))
    keyed["source_id"] = [_hash(str(d)).replace("ruling-", "document-") for d in keyed["document"]]
    acts = _acts(keyed, changes)
    cases, sources = _cases(keyed), _sources(keyed, accessed)
    return tuple(_shaped(f, t) for f, t in ((cases, CASES), (acts, ACTS), (sources, SOURCES)))


def _shaped(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """The columns that a table stores, in its order; those that rulings do not tell are empty."""
    wanted = [c.name for c in table.stored]
    shaped = frame.reindex(columns=wanted).astype(object)
    shaped = shaped.where(shaped.notna(), None)
    for column in table.stored:
        if column.kind in ("number", "integer"):
            shaped[column.name] = pd.to_numeric(shaped[column.name]).astype("float64")
        else:
            shaped[column.name] = shaped[column.name].astype("string")
    return shaped


def _cases(keyed: pd.DataFrame) -> pd.DataFrame:
    """One row for each case: what its documents tell first, and the state after the last of them."""
    dated = keyed.assign(_day=keyed["ruling_date"].fillna("")).sort_values("_day", kind="stable")
    grouped = dated.groupby("case_id", sort=True)
    first = grouped.first().reset_index()
    last = grouped.tail(1).set_index("case_id").loc[first["case_id"]].reset_index()
    granted = (last["decision"] == "granted").fillna(False)
    status = last["kind"].map(_STATUS).where(granted).fillna("serving")
    return pd.DataFrame(
        {
            "case_id": first["case_id"],
            "person_id": first["case_id"],
            "name": first["prisoner"].fillna("not read"),
            "name_zh": first["prisoner"],
            "aliases": first["alias"],
            "sex": first["sex"],
            "ethnicity": [known_as(g, "ethnicity") or None if isinstance(g, str) else None for g in first["ethnicity"]],
            "birth_date": first["birth_date"],
            "province": first["province"],
            "court": first["judgment_court"],
            "charge": first["charges"],
            "charge_ids": first["charge_ids"],
            "detention_date": first["term_start"],
            "sentence_date": first["judgment_date"],
            "sentence_type": first["sentence_type"],
            "sentence_months": first["sentence_months"],
            "prison": first["prison"],
            "status": status,
            "status_date": last["ruling_date"].where(status != "serving"),
            "seen_date": last["ruling_date"],
            "seen_basis": pd.Series("stated", index=last.index).where(last["ruling_date"].notna()),
            "frame": "act",
            "source_ids": grouped["source_id"].agg(lambda s: " ".join(dict.fromkeys(s))).to_numpy(),
            "note": [_case_note(*told) for told in zip(first["charges"], first["charges_without_id"], strict=True)],
        }
    )


def _case_note(charges: Any, lacking: Any) -> str:
    note = "Read by machine from court documents."
    told = str(charges).split("; ")
    without = [name for name in str(lacking).split("; ") if name in told] if isinstance(lacking, str) else []
    return f"{note} The table of charges lacks {', '.join(without)}: no family for it." if without else note


def _acts(keyed: pd.DataFrame, changes: pd.DataFrame) -> pd.DataFrame:
    used = ["decision", "kind", "sentence_type", "ruling_date", "court", "months", "days", "term_after", *_KEYS]
    rows = [row for record in keyed[used].to_dict("records") if (row := _own_act(record)) is not None]
    if len(changes):
        earlier = changes.merge(keyed[["sentence_type", *_KEYS]], on=["document", "part"], how="inner")
        rows += [_earlier_act(record) for record in earlier.to_dict("records")]
    columns = ["act_id", "case_id", "act_type", "act_date", "date_basis", "months", "term_after", "scope", "authority",
               "certainty", "source_ids", "note"]  # fmt: skip
    frame = pd.DataFrame(rows, columns=columns)
    return _merged(frame)


def _own_act(row: Mapping[str, Any]) -> dict[str, Any] | None:
    decision, kind = str(row["decision"]), str(row["kind"])
    act = _ACT_OF.get((decision, kind))
    if (decision, kind) == ("granted", "commutation_to_fixed"):
        reprieved = row["sentence_type"] == "death_reprieve"
        act = "commutation_death_to_fixed" if reprieved else "commutation_life_to_fixed"
    if act is None:
        return None
    return _act(row, act, row["ruling_date"], row["court"])


def _earlier_act(row: Mapping[str, Any]) -> dict[str, Any]:
    to = row["kind"]
    reprieved = row["sentence_type"] == "death_reprieve"
    act = {
        "reduction": "sentence_reduction",
        "commutation_to_life": "commutation_death_to_life",
        "commutation_to_fixed": "commutation_death_to_fixed"
        if reprieved and row["change"] == 1
        else "commutation_life_to_fixed",
    }[to]
    return _act(row, act, row["date"], None)


def _act(row: Mapping[str, Any], act: str, day: Any, court: Any) -> dict[str, Any]:
    months, days = row["months"], row["days"]
    known = isinstance(day, str)
    rest = f"|{row['document']}|{row['part']}|{row.get('change', 'own')}" if not known else ""
    more = np.nan if pd.isna(months) else float(months) + (0 if pd.isna(days) else round(float(days) / 30, 3))
    return {
        "act_id": _hash(f"{row['case_id']}|{act}|{day if known else ''}{rest}").replace("ruling-", "act-"),
        "case_id": row["case_id"], "act_type": act, "act_date": day if known else None,
        "date_basis": "act" if known else None, "months": more,
        "term_after": row["term_after"], "scope": "single", "authority": court if isinstance(court, str) else None,
        "certainty": "stated", "source_ids": row["source_id"], "note": None,
    }  # fmt: skip


def _merged(frame: pd.DataFrame) -> pd.DataFrame:
    """Acts told in several documents once, with all their sources."""
    if frame.empty:
        return frame
    joined = frame.groupby("act_id", sort=False)["source_ids"].agg(lambda s: " ".join(dict.fromkeys(s)))
    once = frame.drop_duplicates("act_id").copy()
    once["source_ids"] = once["act_id"].map(joined)
    return once.sort_values(["case_id", "act_date", "act_id"], kind="stable", ignore_index=True)


def _sources(keyed: pd.DataFrame, accessed: str) -> pd.DataFrame:
    once = keyed.drop_duplicates("source_id")
    return pd.DataFrame(
        {
            "source_id": once["source_id"].to_numpy(),
            "publisher": once["court"].fillna("a court").to_numpy(),
            "title": once["case_number"].to_numpy(),
            "date": once["ruling_date"].to_numpy(),
            "address": [f"file:{d}" for d in once["document"]],
            "accessed": accessed,
        }
    )
