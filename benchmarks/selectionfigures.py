"""The figures of the page on selection: the artefact, the rule that mends it, and what the register says.

``python -m benchmarks selectionfigures`` draws them from the results of ``followup`` and ``plan`` and from the shipped
counts, and writes ``docs/selection-*.svg`` and their texts into the page.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes

import clemency as cl
from clemency import figures
from clemency.reports.plan import PLAN
from clemency.reports.planned.results import compared

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results"
RULES = {"documented": "to the last document", "independent": "to the last document but acts"}
RULES |= {"until_expiry": "to the end of the term", "register": "as a register does"}


def artefact(results: Path = RESULTS) -> Axes:
    """Ratios between two simulated groups that are alike, by the rule of follow-up."""
    t = pd.read_csv(results / "followup.csv")
    frame = t.assign(term="followed", level=t["rule"].map(RULES), estimate=t["ratio"], few=False, reference=False)
    frame = frame.rename(columns={"low": "ci_low", "high": "ci_high"})
    title = "Simulated groups that are alike: range of 95% of samples"
    return figures.forest(frame, title=title, ratio="hazard ratio", key=False)


WAYS = {
    "plan: any question passes Holm's rule": "the plan: any answer",
    "plan: any group is told": "the plan: any group named",
    "before: one question on groups 'differs'": "as before: one question",
    "before: any question on groups 'differs'": "as before: any question",
}


def rule(results: Path = RESULTS) -> Axes:
    """How often something is found where nothing differs, under the plan and under the rule of earlier reports."""
    t = pd.read_csv(results / "plan.csv").set_index("what").loc[list(WAYS)]
    limits = t["share"].to_numpy()[:, None] + 1.96 * t["error"].to_numpy()[:, None] * [-1, 1]
    frame = pd.DataFrame({"label": WAYS.values(), "estimate": t["share"].to_numpy()})
    frame = frame.assign(ci_low=limits[:, 0].clip(0), ci_high=limits[:, 1])
    return figures.intervals(frame, xlabel="of simulated registers in which nothing differs", percent=True)


def register() -> Axes:
    """Sentence reductions in the register, each group of the plan against all others."""
    parts = []
    for g in PLAN.groupings:
        t = compared(cl.register_person_time(g.name, entry=PLAN.entry), g, PLAN.outcomes[0]).table
        few = t["expected"] < PLAN.expected
        term = g.name.replace("_family", "")
        parts.append(t.assign(term=term, level=t["level"].astype(str), few=few, reference=False))
    return figures.forest(pd.concat(parts, ignore_index=True), ratio="first sentence reductions: rate ratio", key=False)


MADE = {"artefact": artefact, "rule": rule, "register": register}


def text(name: str, axes: Axes) -> str:
    """What the page says where the figure stands."""
    return f"![{figures.drawn(axes).alt}](selection-{name}.svg)"


def run(results: Path) -> None:
    """Draw the figures and put their texts into the page."""
    page = ROOT / "docs" / "selection.md"
    body = page.read_text(encoding="utf-8")
    for name, make in MADE.items():
        axes = make() if name == "register" else make(results)
        svg = figures.to_svg(axes.get_figure(), name, figures.drawn(axes).alt)
        (ROOT / "docs" / f"selection-{name}.svg").write_text(svg, encoding="utf-8")
        block = f"<!-- figure {name} -->\n{text(name, axes)}\n<!-- end -->"
        body = re.sub(rf"<!-- figure {name} -->.*?<!-- end -->", lambda _, b=block: b, body, flags=re.S)
        plt.close("all")
    page.write_text(body, encoding="utf-8")


if __name__ == "__main__":
    sys.exit("run it as python -m benchmarks selectionfigures")
