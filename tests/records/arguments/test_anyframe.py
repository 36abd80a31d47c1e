"""Every public function that takes a frame takes one of Polars, Arrow, DuckDB or a dict, with equal results."""

import sys

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import clemency as cl
from benchmarks._fuzz.borders import BORDERS
from benchmarks._fuzz.types import Given
from clemency.records.arguments import signatures
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


def test_a_frame_of_pandas_does_not_come_to_the_border(monkeypatch):
    monkeypatch.setattr(signatures, "as_pandas", None)
    frame = pd.DataFrame({"t": [1.0, 2, 3, 4], "e": 1, "x": [0, 1, 0, 1]})
    assert len(cl.cox(frame, "x", exit="t", event="e").tidy()) == 1
    with pytest.raises(TypeError):
        cl.cox(pl.from_pandas(frame), "x", exit="t", event="e")


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


#: What takes long: one kind each, in turn. The border is the same for all.
SLOW = {
    "capture_histories", "undocumented", "pooled_rates", "pooled_shares", "cohort", "cohort recurrent",
    "expose", "panel", "cohort independent", "with_covariates", "timeline", "event_study", "interrupted",
    "months_saved", "placebo", "relations", "link", "pseudonymise", "event_trials", "sequential_trials",
    "treatment_weights", "risk_set_match", "observation_weights", "beyond_rules", "multistate",
    "transition_cox", "joint_frailty",
}  # fmt: skip
#: Seconds each; of these only the border is looked at.
SLOWEST = ("pooled_shares", "pooled_rates", "link", "beyond_rules")
FRAMED = [b for b in BORDERS if b.name not in SLOWEST]
WITH_FRAMES = [b for b in FRAMED if any(isinstance(f, pd.DataFrame) for f in first(b).frames.values())]


def test_the_slowest_have_the_same_border():
    for name in SLOWEST:
        assert getattr(cl, name).__code__ is cl.cohort.__code__  # that of `typed`


def _as(kind, given, border):
    """The same input with its frames as another package has them."""
    stays = {"cases"} if border.name in ("eligibility", "timeline") else set()  # which take keys from it
    frames = {n: f if n in stays or not isinstance(f, pd.DataFrame) else kind(f) for n, f in given.frames.items()}
    return Given(frames, given.options, given.files)


@pytest.mark.parametrize("border", WITH_FRAMES, ids=lambda b: b.name)
def test_every_kind_of_table_gives_equal_results(border):
    given = first(border)
    expected = border.run(given)
    place = WITH_FRAMES.index(border) % len(KINDS)
    kinds = [list(KINDS.values())[place]] if border.name in SLOW else KINDS.values()
    for kind in kinds:
        found = border.run(_as(kind, given, border))
        for one, other in zip(expected, found, strict=True):
            one, other = (pd.DataFrame(f).reset_index(drop=True) for f in (one, other))
            pd.testing.assert_frame_equal(one, other, check_dtype=False, check_categorical=False)
