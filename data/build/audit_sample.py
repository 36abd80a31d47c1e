"""Draw the facts of an audit at random: of acts, cases and events, with a fixed seed for each edition.

``python data/build/audit_sample.py 2026.12 FILE`` writes the facts; the verdicts stand in ``data/audit.csv``.
Two readings are of their own: ``2026.12 filled cells`` of cells that no document but the linked record fills, and
``2026.12 joins`` of what was joined as one person's one conviction, with records and between the compiled files.
"""

from __future__ import annotations

import random
import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from common import decisions, read_csv, write_csv

#: The first reading of an edition is drawn before what it finds is mended, the second after; the third after every row
#: was read again; the fourth, half as large, before the last round of checks across the tables.
SEEDS = {
    "2026.12 first reading": 20261130,
    "2026.12": 20261201,
    "2026.12 third reading": 20261215,
    "2026.12 fourth reading": 20261230,
}
DRAWN = {"acts": 100, "cases": 70, "events": 30}
DRAWN_FOURTH = {"acts": 50, "cases": 35, "events": 15}
KEYS = {"acts": "act_id", "cases": "case_id", "events": "event_id"}
FACTS = {
    "acts": ("act_type", "act_date", "date_basis", "months", "term_after", "destination"),
    "cases": (
        "sex",
        "ethnicity",
        "province",
        "charge",
        "detention_date",
        "sentence_date",
        "sentence_type",
        "sentence_months",
        "status",
        "status_date",
    ),
    "events": ("date", "event_type", "direction"),
}
COLUMNS = ["edition", "fact", "table", "key", "name", "column", "value", "addresses", "verdict", "found", "remark"]
#: A reading of the cells that were empty and that the linked record filled; the words are those of their basis.
FILLED_READING, FILLED_SEED, FILLED_DRAWN = "2026.12 filled cells", 20261216, 60
_FILLED = re.compile(
    r"CECC \S+: (?:our documents give none|(?:place of custody in|court of|ethnic group of|sex of|term of|province of) "
    r"the record|a fixed term|article )"
)


def filled() -> list[dict[str, str]]:
    """Cells drawn at random from those that a record filled."""
    cases = {r["case_id"]: r for r in read_csv(HERE.parent / "cases.csv")}
    cells = [r for r in decisions("case_choices") if _FILLED.match(r["basis"]) and r["column"] != "charge_ids"]
    return [
        {
            "edition": FILLED_READING,
            "fact": f"{n:03d}",
            "table": "cases",
            "key": cell["case_id"],
            "name": cases[cell["case_id"]]["name"],
            "column": cell["column"],
            "value": cell["value"],
            "addresses": f"{cell['address']} {cell['basis'].split(':')[0]}",
        }
        for n, cell in enumerate(random.Random(FILLED_SEED).sample(cells, FILLED_DRAWN), 1)
    ]


#: A second reading of joins: cases with records of the database, and rows of the compiled files with each other.
JOINS_READING, JOINS_SEED, JOINS_DRAWN = "2026.12 joins", 20261217, (40, 20)


def joins() -> list[dict[str, str]]:
    """Joins drawn at random; a case that only a record made is joined to nothing."""
    cases = {r["case_id"]: r for r in read_csv(HERE.parent / "cases.csv")}
    compiled: dict[str, list[str]] = {}
    for r in decisions("keys"):
        if r["file"] != "register":
            compiled.setdefault(r["case_id"], []).append(f"{r['file']}:{r['case_key']}")
    links = [r for r in decisions("register_links") if r["relation"] == "case" and r["case_id"] in compiled]
    draw, (with_records, between) = random.Random(JOINS_SEED), JOINS_DRAWN
    pairs = [(r["case_id"], "cecc_record", r["record"]) for r in draw.sample(links, with_records)]
    several = sorted(c for c, rows in compiled.items() if len(rows) > 1)
    pairs += [(c, "case_id", " ".join(compiled[c])) for c in draw.sample(several, between)]
    return [
        {
            "edition": JOINS_READING,
            "fact": f"{n:03d}",
            "table": "cases",
            "key": case,
            "name": cases[case]["name"],
            "column": column,
            "value": value,
        }
        for n, (case, column, value) in enumerate(pairs, 1)
    ]


def sample(edition: str) -> list[dict[str, str]]:
    """One fact of each row drawn at random."""
    draw = random.Random(SEEDS[edition])
    address = {r["source_id"]: r["address"] for r in read_csv(HERE.parent / "sources.csv")}
    cases = {r["case_id"]: r for r in read_csv(HERE.parent / "cases.csv")}
    drawn = DRAWN_FOURTH if edition == "2026.12 fourth reading" else DRAWN
    facts = []
    for table, columns in FACTS.items():
        for row in draw.sample(read_csv(HERE.parent / f"{table}.csv"), drawn[table]):
            column = draw.choice([c for c in columns if row[c]] or list(columns[:1]))
            case = cases.get(row.get("case_id", ""), {})
            documents = [address[s] for s in row["source_ids"].split()]
            documents += [f"CECC {number}" for number in case.get("cecc_record", "").split()]
            facts.append(
                {
                    "edition": edition,
                    "fact": f"{len(facts) + 1:03d}",
                    "table": table,
                    "key": row[KEYS[table]],
                    "name": case.get("name") or row.get("label", ""),
                    "column": column,
                    "value": row[column],
                    "addresses": " ".join(documents),
                }
            )
    return facts


if __name__ == "__main__":
    own = {FILLED_READING: filled, JOINS_READING: joins}
    drawn = own[sys.argv[1]]() if sys.argv[1] in own else sample(sys.argv[1])
    write_csv(Path(sys.argv[2]), COLUMNS, drawn)
