"""What every table's builder needs: raw rows with corrections applied, sources, a log, and writing.

Standard library and the schemas only, so that the same inputs give the same bytes everywhere.
"""

from __future__ import annotations

import csv
import hashlib
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from clemency.records.schema import TABLES

HERE = Path(__file__).resolve().parent
ACCESSED = "2026-11"
#: Where the CECC's database of July 2020 can be opened.
REGISTER = (
    "https://github.com/christophsteinert/political_imprisonment_china/blob/d96d23284c6d1aeafd469f67fbe2cd9df487ce75/"
    "Replication%20data/complete_pprisdat.RData"
)
Row = dict[str, str]


def read_csv(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return [dict(row) for row in csv.DictReader(file)]


def write_csv(path: Path, columns: list[str], rows: list[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n", extrasaction="raise")
        writer.writeheader()
        writer.writerows(rows)


@cache
def _decisions(name: str) -> tuple[Row, ...]:
    return tuple(read_csv(HERE / "decisions" / f"{name}.csv"))


def decisions(name: str) -> list[Row]:
    """Reviewed decisions, kept as data."""
    return [dict(r) for r in _decisions(name)]


class BuildError(Exception):
    """Stops the build: inputs or decisions no longer fit each other."""


@dataclass
class Context:
    """State of one build: the sources met so far, the log and the conflicts."""

    corrections: list[Row]
    raw: Path = HERE / "raw"
    addresses: dict[str, str] = field(default_factory=dict)
    log_rows: list[Row] = field(default_factory=list)
    conflict_rows: list[Row] = field(default_factory=list)
    tables: dict[str, list[Row]] = field(default_factory=dict)
    reasons: dict[tuple[str, str, str], dict[str, None]] = field(default_factory=dict)

    def read(self, name: str) -> list[Row]:
        """Rows of a raw file with the reviewed corrections applied; ``_file`` and ``_line`` say where they stood."""
        rows = read_csv(self.raw / f"{name}.csv")
        for line, row in enumerate(rows, 2):
            row["_file"], row["_line"] = name, str(line)
        for correction in self.corrections:
            if correction["file"] == name:
                rows = self._corrected(rows, correction)
        return rows

    def _corrected(self, rows: list[Row], correction: Row) -> list[Row]:
        wanted = dict(part.split("=", 1) for part in correction["match"].split(";"))
        hits = [r for r in rows if all(r.get(k) == v for k, v in wanted.items())]
        name = correction["correction_id"]
        if len(hits) != 1:
            raise BuildError(f"{name}: '{correction['match']}' fits {len(hits)} rows of {correction['file']}, not one.")
        row, column = hits[0], correction["column"]
        if column and row[column] != correction["upstream_value"]:
            raise BuildError(
                f"{name}: {column} is now '{row[column]}' and no longer '{correction['upstream_value']}'. "
                "See whether the correction is still needed."
            )
        self.log(row["_file"], row["_line"], column, correction["action"], f"{name}: {correction['why']}")
        if correction["action"] == "drop":
            return [r for r in rows if r is not row]
        row[column] = correction["corrected_value"]
        row["_why"] = "; ".join(p for p in (row.get("_why", ""), correction["why"]) if p)
        return rows

    def log(self, file: str, line: str, column: str, what: str, why: str) -> None:
        self.log_rows.append({"file": file, "line": line, "column": column, "what": what, "why": why})

    def because(self, table: str, key: str, column: str, why: str) -> None:
        """Note a reason for a value of a row, or for the row itself if no column is named."""
        if why:
            self.reasons.setdefault((table, key, column), {})[why] = None

    def reason(self, table: str, key: str, column: str) -> str:
        """Reasons for a value of a row."""
        return "; ".join(self.reasons.get((table, key, column), ()))

    def conflict(
        self,
        table: str,
        key: str,
        column: str,
        first: tuple[str, str],
        second: tuple[str, str],
        *,
        decision: str,
        basis: str,
    ) -> None:
        """Note two values of one field, each with its file, and which of them (or what else) was taken."""
        row = {"table": table, "key": key, "column": column, "decision": decision, "basis": basis}
        row |= dict(zip(("file_1", "value_1", "file_2", "value_2"), (*first, *second), strict=True))
        self.conflict_rows.append(row)

    def source_ids(self, addresses: str) -> str:
        """Keys of the documents at some addresses; registers them for `sources`."""
        real = {r["as_compiled"]: r["address"] for r in decisions("addresses")}
        keys = {self._source_id(real.get(a, a)) for a in addresses.split()}
        return " ".join(sorted(keys))

    def _source_id(self, address: str) -> str:
        page = canonical(address)
        key = f"{slug(publisher_of(address), 24)}-{hashlib.sha1(page.encode()).hexdigest()[:6]}"
        known = self.addresses.setdefault(key, address)
        if canonical(known) != page:
            raise BuildError(f"Two documents share the key {key}: {known} and {address}.")
        if (address.startswith("https"), -len(address), address) > (known.startswith("https"), -len(known), known):
            self.addresses[key] = address
        return key


def canonical(address: str) -> str:
    """One spelling per page: no scheme, `www.`, mobile switch, tracking or closing slash."""
    parts = urlsplit(address)
    host = parts.netloc.lower().removeprefix("www.")
    query = "&".join(q for q in parts.query.split("&") if q and not re.match(r"(m=[01]|utm_|fbclid|xtor)", q))
    return f"{host}{parts.path.rstrip('/')}{'?' + query if query else ''}"


_PUBLISHERS: dict[str, str] = {}


def publisher_of(address: str) -> str:
    """Who published a document: decided for its address, or for its host; else the host."""
    if not _PUBLISHERS:
        _PUBLISHERS.update({r["host"]: r["publisher"] for r in decisions("publishers")})
        _PUBLISHERS.update({canonical(r["address"]): r["publisher"] for r in decisions("titles") if r["publisher"]})
    host = urlsplit(address).netloc.lower().removeprefix("www.")
    return _PUBLISHERS.get(canonical(address)) or _PUBLISHERS.get(host, host)


def slug(text: str, length: int = 60) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    plain = re.sub(r"['’`]", "", plain)
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:length].strip("-")


def fold(text: str) -> str:
    """A name as bare letters, for telling spellings from names."""
    return re.sub(r"[^a-z]+", "", unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower())


def unique_keys(keys: list[str]) -> list[str]:
    """Number the keys that occur more than once, in order."""
    total, seen, result = Counter(keys), Counter(), []
    for key in keys:
        seen[key] += 1
        result.append(key if total[key] == 1 else f"{key}-{seen[key]}")
    return result


def write_table(folder: Path, name: str, rows: list[Row]) -> None:
    """Write a table in the order of its key."""
    table = TABLES[name]
    columns = [c.name for c in table.stored]
    keys = Counter(r[table.key] for r in rows)
    twice = [k for k, n in keys.items() if n > 1]
    if twice:
        raise BuildError(f"{name}: keys occur twice: {twice[:5]}")
    complete = [{c: r.get(c, "") for c in columns} for r in sorted(rows, key=lambda r: r[table.key])]
    extra = {k for r in rows for k in r if not k.startswith("_")} - set(columns)
    if extra:
        raise BuildError(f"{name}: columns that the schema does not have: {sorted(extra)}")
    write_csv(folder / f"{name}.csv", columns, complete)
