"""Draw the facts of an audit at random: of acts, cases and events, with a fixed seed for each edition.

``python data/build/audit_sample.py 2026.12 FILE`` writes the facts; the verdicts stand in ``data/audit.csv``.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from common import read_csv, write_csv

#: The first reading of an edition is drawn before what it finds is mended, the second after; the third after every row
#: was read again.
SEEDS = {"2026.12 first reading": 20261130, "2026.12": 20261201, "2026.12 third reading": 20261215}
DRAWN = {"acts": 100, "cases": 70, "events": 30}
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


def sample(edition: str) -> list[dict[str, str]]:
    """One fact of each row drawn at random."""
    draw = random.Random(SEEDS[edition])
    address = {r["source_id"]: r["address"] for r in read_csv(HERE.parent / "sources.csv")}
    cases = {r["case_id"]: r for r in read_csv(HERE.parent / "cases.csv")}
    facts = []
    for table, columns in FACTS.items():
        for row in draw.sample(read_csv(HERE.parent / f"{table}.csv"), DRAWN[table]):
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
    write_csv(Path(sys.argv[2]), COLUMNS, sample(sys.argv[1]))
