"""The catalogues hold every text that is said, with its fields; the English stays as it is written."""

import ast
import tomllib
from pathlib import Path

import pandas as pd
import pytest

import clemency
from clemency.records.errors import UsageError
from clemency.records.presentation import translation
from clemency.records.presentation.translation import GRAMMAR, catalogue, fields_of, label, speaking, tr, typeset
from clemency.records.presentation.wording import counted, limits, listed

HOUSE = Path(clemency.__file__).parent
CATALOGUES = Path(translation.__file__).parent / "catalogues"


def said():
    """Each literal that is translated, with the names of its fields (None where they are not literal)."""
    for path in sorted(HOUSE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "tr":
                text = node.args[0]
                if isinstance(text, ast.Constant):
                    given = {k.arg for k in node.keywords}
                    yield text.value, None if None in given else given


ALL = list(said())


def test_every_text_has_a_chinese_one():
    assert len(ALL) > 600
    known = catalogue("zh")
    assert sorted({text for text, _ in ALL if text not in known}) == []


def test_the_fields_of_a_text_are_those_of_its_chinese_one():
    known = catalogue("zh")
    unknown = [(t, known[t]) for t, given in ALL if given is not None and not fields_of(known[t]) <= given]
    assert unknown == []
    lost = [(t, known[t]) for t, _ in ALL if fields_of(t) - fields_of(known[t]) - GRAMMAR and "{name} {year}" not in t]
    assert lost == []


def test_no_key_stands_twice_and_every_chinese_text_can_be_filled():
    seen = {}
    for path in sorted((CATALOGUES / "zh").glob("*.toml")):
        for part in tomllib.loads(path.read_text(encoding="utf-8")).values():
            for key, text in part.items():
                assert key not in seen, f"{key!r} is in {seen[key]} and {path.name}"
                seen[key] = path.name
                assert text.count("{") == text.count("}")
                assert text.count("**") % 2 == 0, key


def test_provinces_are_called_as_in_the_table():
    table = clemency.load("provinces")
    with speaking("zh"):
        wrong = [n for n, zh in zip(table["name"], table["name_zh"], strict=True) if not str(zh).startswith(label(n))]
    assert wrong == []


def test_english_is_what_is_written():
    assert tr("{n} more", n=3) == "3 more"
    assert tr("life|sentence") == "life"
    assert label("sentence reduction") == "sentence reduction"
    assert typeset("a, b; c.") == "a, b; c."


def test_numbers_lists_quarters_and_counts_in_chinese():
    with speaking("zh"):
        assert counted(3, "case") == "3宗案件"
        assert counted(1, "sentence_reduction", spelled=True) == "1次减刑"
        assert counted(2140, "person") == "2,140人"
        assert listed(["甲", "乙", "丙"]) == "甲、乙和丙"
        assert limits(0.14, 0.996) == "0.14至0.996"
        assert tr("{quarter} in brief", quarter=pd.Period("2017Q2")) == "2017年第二季度概览"
        assert typeset("**减刑**: 甲; 乙, 3 人.") == "**减刑**：甲；乙，3人。"
    assert counted(3, "case") == "3 cases"


def test_an_unknown_language_is_refused_with_those_there_are():
    with pytest.raises(UsageError, match=r"no report in 'fr'\. Choose one of: en, zh"):
        translation.speak("fr")
