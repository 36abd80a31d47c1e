"""Names as a summary spells them."""

import pytest

from clemency.sources.narrative.prose import persons


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("tenzin delek", "tenzin deleg", True),  # eleven of twelve letters in order: 0.917
        ("tenzin delek", "tenzin dorje", False),
        ("a" * 201, "a" * 201, True),
        ("a" * 201, "a" * 200 + "b", False),  # alike but for a letter, and too long to be compared
        ("a" * 20, "a" * 28, False),  # 2 * 20 of 48 letters at most: 0.833
    ],
)
def test_names_are_alike_by_their_letters_in_order_and_long_ones_only_when_equal(one, other, same):
    assert persons._near(tuple(one.split()), tuple(other.split()), 0.85) is same
