"""The register -> ``register_cells.csv`` and ``register_coverage.csv``: the CECC's database in counts by groups.

``python data/build/register_cells.py``: needs the file of the database, which is not shipped; run it after the
build, whose
cases and acts it uses, and build once more. The cells are counts: no cell of fewer than five cases stands alone.
"""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import pandas as pd
from common import write_csv

import clemency as cl
from clemency.cohorts.cells import COLUMNS, FEWEST, POOLED, cells, rounded

COVERED = ["by", "level", "records", "sentenced", "with_acts", "within_a_year"]
_COVERAGE = (
    ("opened",),
    ("province_name",),
    ("charge_family",),
    ("opened", "province_name"),
    ("opened", "charge_family"),
)


def coverage(register: cl.Register) -> pd.DataFrame:
    """Records by the year in which they were opened, province and charge."""
    c, acts = register.cases, register.acts
    granted = acts[~acts["act_type"].astype(str).str.contains("denied|extension")]
    opened = c["record"].str[:4]
    since = opened.astype(int) - c["detention_latest"].dt.year
    frame = pd.DataFrame(
        {
            "opened": opened.to_numpy(),
            **{
                k: c[k].astype(object).where(c[k].notna(), "not known").to_numpy()
                for k in ("province_name", "charge_family")
            },
            "records": 1,
            "sentenced": c["sentence_type"].isin(["fixed", "life", "death_reprieve", "death", "suspended"]).astype(int),
            "with_acts": c["case_id"].isin(granted["case_id"]).astype(int),
            "within_a_year": since.le(1).astype(int),
        }
    )
    return pd.concat([_covered(frame, by) for by in _COVERAGE], ignore_index=True)[COVERED]


def _covered(frame: pd.DataFrame, by: tuple[str, ...]) -> pd.DataFrame:
    level = frame[list(by)].agg("; ".join, axis=1)
    size = level.map(level.value_counts())
    small = frame["opened"] + f"; {POOLED}" if len(by) > 1 else pd.Series(POOLED, index=frame.index)
    level = level.where(size >= FEWEST, small)
    level = level.where(level.map(level.value_counts()) >= FEWEST, POOLED)
    made = frame.groupby(level.rename("level"))[COVERED[2:]].sum().reset_index()
    return made[made["records"] >= FEWEST].assign(by="; ".join(by))


def write(name: str, columns: list[str], table: pd.DataFrame) -> None:
    """Write a raw table that the build ships."""
    rows = [{k: str(v) for k, v in r.items()} for r in table.to_dict("records")]
    write_csv(HERE / "raw" / f"{name}.csv", columns, rows)
    print(f"{name}: {len(rows)} rows")


def main() -> None:
    """Count anew."""
    register = cl.register()
    write("register_cells", COLUMNS, rounded(cells(register)))
    write("register_coverage", COVERED, coverage(register))


if __name__ == "__main__":
    main()
