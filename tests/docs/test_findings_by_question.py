"""The page of findings by question is the registry's, computed, and no question stands without a finding."""

import importlib
import re
import sys
from pathlib import Path

import pytest

from clemency.findings.registry import registry

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "what-others-found.md"


@pytest.fixture(scope="module")
def maker():
    sys.path.insert(0, str(ROOT / "data" / "build"))
    yield importlib.import_module("questions")
    sys.path.remove(str(ROOT / "data" / "build"))


def test_the_page_is_what_the_registry_and_the_tables_give(maker):
    assert PAGE.read_text(encoding="utf-8") == maker.written(), "run: python data/build/questions.py"


def test_each_question_has_findings_an_answer_and_an_address_of_its_own(maker):
    rows, known = maker.questions(), registry().findings.set_index("finding_id")
    ids = [row["question_id"] for row in rows]
    assert len(set(ids)) == len(ids) >= 14
    page = PAGE.read_text(encoding="utf-8")
    for row in rows:
        assert re.fullmatch("[a-z][a-z-]*", row["question_id"])
        assert row["question"].endswith("?")
        assert row["answer"].endswith(".")
        assert f'<a id="{row["question_id"]}"></a>' in page
        findings = row["finding_ids"].split()
        assert len(set(findings)) == len(findings) >= 2
        assert set(findings) <= set(known.index)


def test_what_each_slip_in_the_table_of_slips_says_is_in_the_registry():
    """Printed and computed as the page on findings has them, by the numbers that the registry quotes."""
    page = (ROOT / "docs" / "findings.md").read_text(encoding="utf-8")
    table = page.split("## When the arithmetic does not come out")[1].split("## ")[0]
    slips = [line.split(" | ") for line in table.splitlines() if line.startswith("| ")][2:]
    assert len(slips) == 8
    quoted = registry().quoted
    off = quoted[quoted["expected"] == "differs"]["printed"].str.replace(" increase", "").tolist()
    for _, _, printed, _ in slips[:6]:
        assert any(printed.replace(" increase", "") in text for text in off), printed
