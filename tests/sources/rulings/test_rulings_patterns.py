"""Each pattern finds what its made-up examples say, and nothing in its counter-examples."""

import pytest

from clemency.sources.rulings.parts.notes import hits
from clemency.sources.rulings.patterns.table import PATTERNS
from clemency.sources.rulings.prose.characters import plain


def _value(found):
    groups = found.groupdict()
    return groups.get("v") or groups.get("w") or found.group()


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda p: p.id)
def test_examples(pattern):
    assert pattern.yes
    for phrase, value in pattern.yes:
        found = pattern.regex.search(plain(phrase).text)
        assert found is not None, phrase
        assert _value(found) == value
    for phrase in pattern.no:
        assert pattern.regex.search(plain(phrase).text) is None, phrase


def test_names_are_unique():
    assert len({p.id for p in PATTERNS}) == len(PATTERNS)


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda p: p.id)
def test_only_the_surroundings_of_the_keys_are_searched(pattern):
    for phrase, value in pattern.yes:
        text = plain("。" * 200 + phrase + "。" * 200).text
        if "^" not in pattern.expression.replace("[^", "").replace("(?:^", ""):
            assert [_value(h.match) for h in hits([pattern], text)][:1] == [value]
