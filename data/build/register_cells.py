"""The register -> ``register_cells.csv`` and ``register_coverage.csv``: the CECC's database in counts by groups.

``python data/build/register_cells.py``: needs the file of the database, which is not shipped; run it after the
build, whose
cases and acts it uses, and build once more. The cells are counts: no cell of fewer than five cases stands alone.
"""

from __future__ import annotations

import sys
from itertools import chain
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import numpy as np
import pandas as pd
from common import write_csv

import clemency as cl

FEWEST = 5
POOLED = "(groups of fewer than five cases)"
OUTCOMES = ["sentence_reduction", "medical_parole"]
EVENTS = [*OUTCOMES, "early_release", "expiry", "death"]
TYPES = ("fixed", "life", "death_reprieve")
BANDS = (12, 24, 36, 60, 96)
SINGLE = ("all", "charge_family", "region", "sex", "ethnicity", "term")
PAIRS = (
    ("charge_family", "region"),
    ("charge_family", "ethnicity"),
    ("region", "ethnicity"),
    ("charge_family", "term"),
)
COLUMNS = ["entry", "by", "level", "period", "years", "cases", "person_months", *EVENTS]
_BROAD = ("Han", "Tibetan", "Uyghur")


def groups(spells: pd.DataFrame) -> pd.DataFrame:
    """Spells with the groups of the cells beside them."""
    people = spells["ethnicity"].astype(object).where(spells["ethnicity"].notna(), "not stated")
    months = spells["sentence_months"]
    term = pd.cut(months, [0, 36, 60, 120, 180, np.inf], right=False).astype(object)
    names = dict(zip(pd.cut([1, 40, 70, 130, 200], [0, 36, 60, 120, 180, np.inf], right=False), _TERMS, strict=True))
    unfixed = spells["sentence_type"].astype(str).isin(TYPES[1:])
    return spells.assign(
        all="all",
        ethnicity=[p if p in (*_BROAD, "not stated") else "other" for p in people],
        term=np.where(unfixed, "life or death with reprieve", term.map(names).fillna("not known")),
        **{
            c: spells[c].astype(object).where(spells[c].notna(), "not known")
            for c in ("charge_family", "region", "sex")
        },
        period=[_period(int(y)) for y in spells["year"]],
        years=[_years(float(m)) for m in spells["interval"]],
        person_months=spells["exit"] - spells["entry"],
        **{e: (spells["event"] == e).astype(int) for e in EVENTS},
    )


_TERMS = ("under 3 years", "3 to 5 years", "5 to 10 years", "10 to 15 years", "15 years and more")


def _period(year: int) -> str:
    first = year // 5 * 5
    return f"{first}/{first + 4}"


def _years(months: float) -> str:
    starts = (0, *BANDS)
    at = int(np.searchsorted(starts, months, side="right")) - 1
    return f"{starts[at] // 12} and more" if at == len(BANDS) else f"{starts[at] // 12} to {starts[at + 1] // 12}"


def cells(register: cl.Register) -> pd.DataFrame:
    """Every cell, for cases that enter with their sentence and for those that enter when documented."""
    found = []
    for entry in ("documented", "sentence"):
        cohort = cl.cohort(
            register.cases,
            register.acts,
            outcome=OUTCOMES,
            competing=("early_release", "expiry", "death"),
            clock="sentence",
            entry=entry,
            until=register.as_of,
            sentence_types=TYPES,
            follow_up="until_expiry",
            recurrent=True,
        )
        spells = groups(cohort.split(calendar="Y").split(clock=BANDS).spells)
        of_one = [_cells(spells, (one,), ["period", "years"]) for one in SINGLE]
        of_two = [_cells(spells, pair, ["period"]) for pair in PAIRS]
        found += [part.assign(entry=entry) for part in chain(of_one, of_two)]
    return pd.concat(found, ignore_index=True)[COLUMNS]


def _cells(spells: pd.DataFrame, by: tuple[str, ...], within: list[str]) -> pd.DataFrame:
    level = spells[list(by)].agg("; ".join, axis=1)
    parts = [_pooled(part) for _, part in spells.assign(level=level).groupby(within, sort=True)]
    made = pd.concat(parts, ignore_index=True).assign(by="; ".join(by))
    return made if "years" in within else made.assign(years="all")


def _pooled(part: pd.DataFrame) -> pd.DataFrame:
    """Cells of one period; the smallest are joined until none has fewer than five cases."""
    sizes = part.groupby("level")["case_id"].nunique().sort_values(kind="stable")
    small = list(sizes.index[sizes < FEWEST])
    rest = [name for name in sizes.index if name not in small]
    while small and rest and part.loc[part["level"].isin(small), "case_id"].nunique() < FEWEST:
        small.append(rest.pop(0))
    level = part["level"].where(~part["level"].isin(small), POOLED)
    made = part.assign(level=level).groupby(["level", "period"], as_index=False)
    counts = made.agg(
        cases=("case_id", "nunique"), person_months=("person_months", "sum"), **{e: (e, "sum") for e in EVENTS}
    )
    counts = counts.assign(years=part["years"].iloc[0])
    return counts[counts["cases"] >= FEWEST]


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
    write("register_cells", COLUMNS, cells(register).assign(person_months=lambda t: t["person_months"].round(1)))
    write("register_coverage", COVERED, coverage(register))


if __name__ == "__main__":
    main()
