"""Frames in the user's cache: the same values and types come back, or the frames are made anew."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from clemency.records.environment.typedcache import code_hash, kept


def frame() -> pd.DataFrame:
    rng = np.random.default_rng(7)
    return pd.DataFrame(
        {
            "text": pd.array(["NA", "a,b", "\u5218", None], dtype="string"),
            "days": pd.to_datetime(["2017-05-27", None, "1995-06-01", "2020-07-23"]),
            "level": pd.Categorical(["b", "a", None, "b"], categories=["b", "a", "unused"]),
            "whole": pd.array([1, None, 3, 2**53 + 1], dtype="Int64"),
            "number": rng.standard_normal(4) * 10.0 ** rng.integers(-200, 200, 4),
            "yes": [True, False, True, False],
        }
    )


def again() -> dict[str, pd.DataFrame]:
    raise AssertionError("made anew")


def test_what_comes_back_is_what_was_kept(tmp_path: Path) -> None:
    first = kept(tmp_path, "key", lambda: {"t": frame()})["t"]
    for found in (first, kept(tmp_path, "key", again)["t"]):
        pd.testing.assert_frame_equal(found, frame(), check_exact=True)


def test_a_thousand_floats_are_exact(tmp_path: Path) -> None:
    bits = np.random.default_rng(3).integers(0, 2**63, 2000, dtype=np.int64).view(np.float64)
    numbers = pd.DataFrame({"x": bits[np.isfinite(bits)][:1000]})
    kept(tmp_path, "key", lambda: {"t": numbers})
    assert np.array_equal(kept(tmp_path, "key", again)["t"]["x"], numbers["x"])


@pytest.mark.parametrize("harm", ["value", "cut", "types", "gone"])
def test_what_is_not_as_it_was_written_is_made_anew(tmp_path: Path, harm: str) -> None:
    kept(tmp_path, "key", lambda: {"t": frame()})
    table, types = tmp_path / "key" / "t.csv", tmp_path / "key" / "types.json"
    if harm == "value":
        table.write_text(table.read_text(encoding="utf-8").replace("1995-06-01", "1996-06-01"), encoding="utf-8")
    elif harm == "cut":
        table.write_bytes(table.read_bytes()[:-9])
    elif harm == "types":
        types.write_text(json.dumps({"t": {}}), encoding="utf-8")
    else:
        table.unlink()
    with pytest.raises(AssertionError, match="made anew"):
        kept(tmp_path, "key", again)
    pd.testing.assert_frame_equal(kept(tmp_path, "key", lambda: {"t": frame()})["t"], frame(), check_exact=True)


def test_another_code_is_another_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clemency.records.environment.typedcache._PACKAGE", tmp_path)
    (tmp_path / "room").mkdir()
    (tmp_path / "__init__.py").write_text("", encoding="utf-8")
    (tmp_path / "room" / "a.py").write_text("A = 1\n", encoding="utf-8")
    code_hash.cache_clear()
    before = code_hash("room")
    (tmp_path / "room" / "a.py").write_text("A = 2\n", encoding="utf-8")
    code_hash.cache_clear()
    assert code_hash("room") != before
    code_hash.cache_clear()
