"""Draw 100 facts at random for the audit: 50 of acts and 50 of cases, with a fixed seed.

``python data/build/audit_sample.py`` prints the facts; the verdicts stand in ``data/audit.csv``.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from common import read_csv, write_csv

SEED = 20170621
ACTS = ("act_type", "act_date", "months", "term_after", "destination")
CASES = (
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
)
COLUMNS = ["fact", "table", "key", "name", "column", "value", "addresses", "verdict", "found", "remark"]


def sample() -> list[dict[str, str]]:
    """One fact of each of 50 acts and 50 cases drawn at random."""
    draw = random.Random(SEED)
    address = {r["source_id"]: r["address"] for r in read_csv(HERE.parent / "sources.csv")}
    names = {r["case_id"]: r["name"] for r in read_csv(HERE.parent / "cases.csv")}
    facts = []
    for table, key, columns in (("acts", "act_id", ACTS), ("cases", "case_id", CASES)):
        for row in draw.sample(read_csv(HERE.parent / f"{table}.csv"), 50):
            column = draw.choice([c for c in columns if row[c]] or ["status"])
            facts.append(
                {
                    "fact": f"{len(facts) + 1:03d}",
                    "table": table,
                    "key": row[key],
                    "name": names[row["case_id"]],
                    "column": column,
                    "value": row[column],
                    "addresses": " ".join(address[s] for s in row["source_ids"].split()),
                }
            )
    return facts


if __name__ == "__main__":
    write_csv(Path(sys.argv[1]), COLUMNS, sample())
