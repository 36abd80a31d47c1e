"""What is taken for a cohort, and what for a table that happens to have a column of that name."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import clemency as cl
from clemency.models.modelframe.frames import is_cohort

SPELLS = pd.DataFrame({"entry": [0.0], "exit": [3.0], "event": ["act"]})


@pytest.mark.parametrize(
    "table",
    [
        pd.DataFrame({"spells": [1, 2]}),
        {"spells": SPELLS},
        np.array([(1,)], dtype=[("spells", int)]),
        SimpleNamespace(spells=[1, 2]),
        SimpleNamespace(),
        None,
    ],
)
def test_tables_and_others_are_no_cohorts(table):
    assert is_cohort(table) is False


def test_a_cohort_and_whatever_has_a_frame_of_spells_are():
    assert is_cohort(cl.cohort(cl.load("cases"), cl.load("acts"))) is True
    assert is_cohort(SimpleNamespace(spells=SPELLS)) is True
