"""The code on the pages runs, and their figures are those of the data."""

import re
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "data").glob("*.md")),
]


def named(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("page", [p for p in PAGES if "```python" in p.read_text(encoding="utf-8")], ids=named)
def test_code_runs(page):
    blocks = re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    space = {}
    for block in blocks:
        exec(compile(block, named(page), "exec"), space)
    plt.close("all")


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_somewhere(page):
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8"))
    missing = [link for link in links if not link.startswith("http") and not (page.parent / link).exists()]
    assert missing == []


def test_ratio_of_the_readme_is_the_one_that_its_code_gives():
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    space = {}
    for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL):
        exec(compile(block, "README.md", "exec"), space)
    plt.close("all")
    row = space["fit"].tidy(exponentiate=True).set_index("term").loc["after_summit"]
    events = int(space["fit"].glance()["events"].iloc[0])
    said = (
        f"{row['estimate']:.2f} ({row['ci_low']:.2f} to {row['ci_high']:.2f}) after summits, from {events} reductions"
    )
    assert said in page


def test_figures_of_the_data_statement_are_current(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "data" / "build"))
    import statement

    page = (ROOT / "docs" / "data-statement.md").read_text(encoding="utf-8")
    assert statement.renewed(page) == page, "run `make data`"
    assert set(re.findall(r"<!-- numbers:(\w+) -->", page)) == set(statement.BLOCKS)
    sys.modules.pop("statement")
