"""Columns of yes and no, in every storage, and what is neither."""

import numpy as np
import pandas as pd
import pytest

from clemency.models.modelframe.yesno import yes_no
from clemency.records.errors import DataError


@pytest.mark.parametrize(
    "column",
    [
        pd.Series([1, 0, 1]),
        pd.Series([1.0, 0.0, 1.0]),
        pd.Series([True, False, True]),
        pd.Series([True, False, True], dtype="boolean"),
        pd.Series(["Yes", "no ", "y"]),
        pd.Series(["true", "F", "TRUE"]).astype("category"),
        pd.Series(["1", "0", "1.0"]),
        pd.Series(["是", "否", "是"]),
        pd.Series([1, "no", True], dtype=object),
    ],
)
def test_all_that_says_it(column):
    assert yes_no(column, "granted").tolist() == [1.0, 0.0, 1.0]


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA])
def test_missing_stays_missing(missing):
    column = pd.Series([missing, 1, 0], dtype=object)
    np.testing.assert_array_equal(yes_no(column, "granted"), [np.nan, 1.0, 0.0])


@pytest.mark.parametrize("value", ["granted", "", "n/a", 2, -1, 0.5])
def test_the_rest_is_refused_by_row(value):
    with pytest.raises(DataError, match=r"row 1, granted.*: neither yes nor no\. Give 1 or 0"):
        yes_no(pd.Series([1, value, None], dtype=object), "granted")
