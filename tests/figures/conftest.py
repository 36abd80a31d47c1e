"""Figures are drawn without a display, and closed after each test."""

import matplotlib as mpl
import pytest

mpl.use("Agg")


@pytest.fixture(autouse=True)
def close():
    yield
    mpl.pyplot.close("all")
