"""Every pattern finds what its own examples say, and nothing where they say none."""

import pytest

from clemency.records.schema import ACT_TYPES
from clemency.sources.narrative.coder import code_text
from clemency.sources.narrative.patterns.table import PATTERNS

FAMILIES = {
    "reduction": {t for t in ACT_TYPES if "reduction" in t or "commutation" in t} - {"reduction_denied"},
    "denied": {t for t in ACT_TYPES if t.endswith("_denied")},
    "resentenced": {"reduction_on_appeal"},
}
YES = [(p, s) for p in PATTERNS for s in p.yes]
NO = [(p, s) for p in PATTERNS for s in p.no]


def types(pattern):
    return FAMILIES.get(pattern.act, {pattern.act})


@pytest.mark.parametrize(("pattern", "sentence"), YES, ids=[f"{p.id}-{i}" for i, (p, _) in enumerate(YES)])
def test_positive_examples(pattern, sentence):
    found = code_text(sentence, ["Alpha Person"])
    assert types(pattern) & {act[0] for act in found}, found
    assert all(sentence[start:end].strip() for *_, start, end, _ in found)


@pytest.mark.parametrize(("pattern", "sentence"), NO, ids=[f"{p.id}-{i}" for i, (p, _) in enumerate(NO)])
def test_negative_examples(pattern, sentence):
    assert not types(pattern) & {act[0] for act in code_text(sentence, ["Alpha Person"])}


def test_every_pattern_has_a_name_of_its_own_and_an_example():
    assert len({p.id for p in PATTERNS}) == len(PATTERNS)
    assert all(p.yes for p in PATTERNS)


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda p: p.id)
def test_examples_use_the_pattern_somewhere(pattern):
    used = {act[-1] for sentence in pattern.yes for act in code_text(sentence, ["Alpha Person"])}
    assert pattern.id in used
