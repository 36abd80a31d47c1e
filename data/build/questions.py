"""Questions, the registry of findings and the shipped tables -> ``docs/what-others-found.md``.

``python data/build/questions.py`` writes the page anew: each question with a short answer, and beside each published
claim what was computed from it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import pandas as pd
from common import Row, read_csv

from clemency.findings.claims import stressed
from clemency.findings.material import Material
from clemency.findings.reproduction import Reproduction, reproduce

PAGE = HERE.parents[1] / "docs" / "what-others-found.md"
#: Numbers of a finding that its line shows.
_SHOWN = 4
_HEAD = """# What others found, by question

A number that was printed is computed again here, from the counts that its publisher prints or from the tables of this
library. Under each question stand the claims, who published them, and what came out. *Reproduced* means that rounding
gives what was printed, and nothing about whether the claim is true; *differs* comes with how that may have come about.
The answers are ours. How it is done, and how to add a finding: [Published findings, computed again](findings.md).

Each question has an address that stays, such as `what-others-found.md#parole`. The page is written by
`python data/build/questions.py`.
"""


def questions(folder: Path = HERE.parent / "findings") -> list[Row]:
    """The questions with their answers and findings."""
    return read_csv(folder / "questions.csv")


def page(rows: list[Row], done: Reproduction) -> str:
    """The text of the page."""
    findings = done.findings.set_index("finding_id")
    numbers = dict(list(done.table.groupby("finding_id", sort=False)))
    editions = {name: str(row["computed_on"]) for name, row in findings.iterrows()}
    claims, _ = stressed(findings.index.tolist(), Material(), editions)
    lines = [_HEAD]
    lines += [f"- [{row['question']}](#{row['question_id']})" for row in rows]
    for row in rows:
        ids = row["finding_ids"].split()
        lines += ["", f'<a id="{row["question_id"]}"></a>', "", f"## {row['question']}", "", row["answer"], ""]
        lines += ["| claim | published by | printed: computed | verdict |", "| --- | --- | --- | --- |"]
        lines += [_line(findings.loc[name], numbers[name]) for name in ids]
        reasons = _reasons(ids, findings, numbers)
        lines += ["", "Where it differs, or cannot be computed:", "", *reasons] if reasons else []
        under = [f"- {s.claim} {s.conclusion}" for name in ids for s in claims if s.finding_id == name]
        lines += ["", "Under other choices:", "", *under] if under else []
    return "\n".join(lines) + "\n"


def _line(finding: Any, numbers: pd.DataFrame) -> str:
    who = f"{finding['citation']} ([page]({str(finding['address']).split()[0]}))"
    shown = [f"{r.printed}: {_number(r.recomputed)}" for r in numbers.head(_SHOWN).itertuples()]
    rest = len(numbers) - len(shown)
    cell = "<br>".join([*shown, *([f"and {rest} more"] if rest > 0 else [])])
    counts = numbers["verdict"].value_counts(sort=False)
    verdict = ", ".join(f"{n} {kind}" for kind, n in counts.items()) if len(numbers) > 1 else counts.index[0]
    return "| " + " | ".join(part.replace("|", "/") for part in (str(finding["claim"]), who, cell, verdict)) + " |"


def _number(value: float) -> str:
    if pd.isna(value):
        return "–"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def _reasons(ids: list[str], findings: pd.DataFrame, numbers: dict[str, pd.DataFrame]) -> list[str]:
    lines = []
    for name in ids:
        off = numbers[name][numbers[name]["verdict"] != "reproduced"]
        for reason, group in off.groupby("reason", sort=False):
            printed = "; ".join(dict.fromkeys(group["printed"].astype(str)))
            lines.append(f"- {findings.loc[name, 'publisher']}, {printed}: {reason}")
    return lines


def written() -> str:
    """The page from the registry and the tables of the verdicts."""
    rows = questions()
    ids = list(dict.fromkeys(name for row in rows for name in row["finding_ids"].split()))
    return page(rows, reproduce(ids))


if __name__ == "__main__":
    PAGE.write_text(written(), encoding="utf-8")
