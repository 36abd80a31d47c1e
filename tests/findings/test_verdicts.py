"""What counts as the same number: the printed rounding and nothing else."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clemency.findings.verdicts import places, span


@pytest.mark.parametrize(
    ("relation", "value", "to", "precision", "inside", "outside"),
    [
        ("equals", 48.4, math.nan, 0.1, (48.35, 48.4, 48.45), (48.3499, 48.4501, math.nan, math.inf)),
        ("equals", 1001, math.nan, 1, (1001, 1000.5, 1001.5), (1000, 1002)),
        ("equals", 80, math.nan, 10, (75, 84.9), (74.9, 85.1)),
        ("equals", -0.25, math.nan, 0.01, (-0.25, -0.255, -0.245), (-0.256, 0.25)),
        ("above", 6000, math.nan, 1, (6000.1, 9e9), (6000, 5999, math.inf)),
        ("below", 100, math.nan, 1, (99, -5), (100, 101)),
        ("between", 25, 30, 1, (24.5, 27, 30.5), (24.4, 30.6)),
    ],
)
def test_spans(relation, value, to, precision, inside, outside):
    agree = span(relation, value, precision, to)
    assert all(v in agree for v in inside)
    assert not any(v in agree for v in outside)
    assert "48.4" not in agree


@given(st.floats(-1e6, 1e6, allow_nan=False), st.integers(0, 6))
def test_what_rounds_to_the_printed_number_agrees_with_it(number, digits):
    assert number in span("equals", round(number, digits), 10.0**-digits)


@given(st.floats(-1e4, 1e4, allow_nan=False), st.integers(0, 4), st.floats(0.51, 5))
def test_what_is_off_by_more_than_half_a_digit_does_not(number, digits, off):
    printed = round(number, digits)
    assert printed + off * 10.0**-digits not in span("equals", printed, 10.0**-digits)


@pytest.mark.parametrize(
    ("printed", "number", "found"),
    [
        ("48.4 percent", 48.4, (0.1, 0.1)),
        ("about 80", 80, (1, 10)),
        ("more than 37,000", 37000, (1, 1000)),
        ("1.50", 1.5, (0.01, 0.1)),
        ("3.55 million", 3_550_000, (10_000, 10_000)),
        ("180,000", 180_000, (1, 10_000)),
        ("-0.379", -0.379, (0.001, 0.001)),
        ("−0.379", -0.379, (0.001, 0.001)),
        ("25–30 percent", 30, (1, 10)),
        ("14-24", 24, (1, 1)),
        ("235 of 396", 396, (1, 1)),
        (".05", 0.05, (0.01, 0.01)),
        ("0", 0, (1, 1)),
        ("nearly half", 50, None),
        ("nine of the nineteen", 19, (1, 1)),
        ("Twenty prisoners", 20, (1, 10)),
        ("twenty-one", 20, None),
        ("often", 10, None),
        ("none", 1, None),
        ("60多万件", 600_000, (10_000, 100_000)),
        ("3.7万余件", 37_000, (1000, 1000)),
        ("15件", 15, (1, 1)),
        ("48.4", 48, None),
    ],
)
def test_places(printed, number, found):
    assert places(printed, number) == (None if found is None else pytest.approx(found))
