"""Every public function that takes a frame takes one of Polars, Arrow, DuckDB or a dict, with equal results."""

import subprocess
import sys

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import clemency as cl
from clemency.records.arguments.anyframe import as_pandas

KINDS = {
    "polars": pl.from_pandas,
    "lazy": lambda frame: pl.from_pandas(frame).lazy(),
    "arrow": lambda frame: pa.Table.from_pandas(frame, preserve_index=False),
    "duckdb": lambda frame: duckdb.from_arrow(pa.Table.from_pandas(frame, preserve_index=False)),
    "dict": lambda frame: {name: frame[name].tolist() for name in frame},
}


def first(border):
    return border.make(np.random.default_rng(5))


def test_nothing_is_imported_for_a_frame_of_pandas():
    code = (
        "import sys, pandas as pd, clemency as cl\n"
        "d = pd.DataFrame({'t': [1.0, 2, 3], 'e': 1, 'x': [0, 1, 0]})\n"
        "cl.cox(d, 'x', exit='t', event='e')\n"
        "assert not {'narwhals', 'polars', 'pyarrow.compute', 'duckdb'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_column_is_read_too():
    texts = pl.Series("text", ["a", "b"])
    pd.testing.assert_series_equal(as_pandas("texts", texts), pd.Series(["a", "b"], name="text"), check_dtype=False)


def test_without_narwhals_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "narwhals", None)
    with pytest.raises(cl.ClemencyError, match=r"table of polars needs narwhals: pip install 'clemency\[frames\]'"):
        cl.cox(pl.DataFrame({"t": [1.0]}), "x", exit="t", event="e")


def test_columns_of_unequal_length_are_refused():
    with pytest.raises(cl.UsageError, match="make no table"):
        cl.cohort({"case_id": ["a", "b"], "sex": ["F"]}, cl.load("acts"))
