"""Raw files and reviewed decisions -> the shipped tables.

``python data/build/build.py [FOLDER]``: reads ``raw/`` and ``decisions/`` beside this file and
``../corrections.csv``, writes every table, ``CHANGES.csv``, ``retired.csv``, ``conflicts.csv``, ``build/log.csv`` and
``datapackage.json``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from acts import acts
from cases import cases
from changes import COLUMNS as CHANGED
from changes import changes
from common import BuildError, Context, read_csv, write_csv, write_table
from frames import frame_cases
from retired import COLUMNS as RETIRED
from retired import retired
from tables import charges, events, lists, provinces, register_cells, register_coverage, rules, sources, statistics

from clemency.records.tables.package import descriptor

#: The edition that this one follows.
BEFORE = HERE.parent / "editions" / "2026.11.zip"
_LOG = ["file", "line", "column", "what", "why"]
_CONFLICT = ["table", "key", "column", "file_1", "value_1", "file_2", "value_2", "decision", "basis"]


def build(folder: Path) -> Context:
    """Write all tables into a folder and return what was met on the way."""
    context = Context(corrections=read_csv(HERE.parent / "corrections.csv"))
    makers = {
        "provinces": provinces,
        "charges": charges,
        "events": events,
        "lists": lists,
        "statistics": statistics,
        "rules": rules,
        "register_cells": register_cells,
        "register_coverage": register_coverage,
        "cases": cases,
        "acts": acts,
        "sources": sources,
    }
    for name, make in makers.items():
        context.tables[name] = make(context)
    frame_cases(context)
    for name, rows in context.tables.items():
        write_table(folder, name, rows)
    write_csv(folder / "CHANGES.csv", CHANGED, changes(context, BEFORE))
    about = json.loads((HERE / "edition.json").read_text(encoding="utf-8"))
    write_csv(folder / "retired.csv", RETIRED, retired(context, BEFORE.parent, about["version"]))
    log = {tuple(r[c] for c in _LOG): r for r in context.log_rows}
    write_csv(
        folder / "conflicts.csv", _CONFLICT, sorted(context.conflict_rows, key=lambda r: [r[c] for c in _CONFLICT])
    )
    (folder / "build").mkdir(exist_ok=True)
    write_csv(folder / "build" / "log.csv", _LOG, [log[k] for k in sorted(log)])
    text = json.dumps(descriptor(folder, about), ensure_ascii=False, indent=2) + "\n"
    (folder / "datapackage.json").write_text(text, encoding="utf-8")
    return context


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parent
    folder.mkdir(parents=True, exist_ok=True)
    try:
        context = build(folder)
    except BuildError as error:
        sys.exit(f"The build stops: {error}")
    for name, rows in context.tables.items():
        print(f"{name:12} {len(rows):5}")
    print(f"{'conflicts':12} {len(context.conflict_rows):5}")


if __name__ == "__main__":
    main()
