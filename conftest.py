"""For the tests and for the examples in docstrings."""

import sys

import pytest


@pytest.fixture(autouse=True)
def _figures_closed():
    """Matplotlib warns of many open figures, in whichever test comes after those that drew them."""
    yield
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close("all")
