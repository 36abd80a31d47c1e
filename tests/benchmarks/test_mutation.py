"""The study of faults that tests would notice: what is planted where, which tests are run, a study of one module."""

import sys
from pathlib import Path

import pandas as pd
import pytest

from benchmarks import mutation
from benchmarks._mutants import lines_of, mutants, names_used, plant
from benchmarks._mutationtests import Followed, batches

SOURCE = '''"""A module."""

from typing import Literal

__all__ = ["f", "LIMIT"]
Kind = Literal["left"]
LIMIT: int = 3


def f(values: list[int], side: str = "left", *, at: int = 0) -> int | None:
    """Say 1 < 2."""
    if not values and at >= LIMIT:
        raise ValueError(f"at {at + 1} of {max(values)}: too far")
    values.sort()
    total = abs(min(values[1:], default=0)) - 2.0
    return None if total > 0 else [v for v in values if v][-1]
'''


def made():
    return {(m.operator, m.before, m.after) for m in mutants(SOURCE)}


def test_faults_of_a_module():
    assert made() == {
        ("constant", "3", "4"), ("constant", "3", "2"), ("constant", "0", "1"), ("word", "'left'", "'right'"),
        ("branch", "not values and at >= LIMIT", "True"), ("branch", "not values and at >= LIMIT", "False"),
        ("and / or", "not values and at >= LIMIT", "not values or at >= LIMIT"), ("not", "not values", "values"),
        ("compare", "at >= LIMIT", "at > LIMIT"), ("compare", "at >= LIMIT", "at < LIMIT"),
        ("deleted", "raise ValueError(f'at {at + 1} of {max(values)}: too far')", "pass"),
        ("arithmetic", "at + 1", "at - 1"), ("constant", "1", "2"), ("constant", "1", "0"),
        ("call", "max(values)", "min(values)"), ("deleted", "values.sort()", "pass"),
        ("arithmetic", "abs(min(values[1:], default=0)) - 2.0", "abs(min(values[1:], default=0)) + 2.0"),
        ("unwrapped", "abs(min(values[1:], default=0))", "min(values[1:], default=0)"),
        ("call", "min(values[1:], default=0)", "max(values[1:], default=0)"),
        ("argument", "min(values[1:], default=0)", "min(values[1:])"), ("constant", "2.0", "2.2"),
        ("return", "return None if total > 0 else [v for v in values if v][-1]", "return None"),
        ("branch", "None if total > 0 else [v for v in values if v][-1]", "None"),
        ("branch", "None if total > 0 else [v for v in values if v][-1]", "[v for v in values if v][-1]"),
        ("compare", "total > 0", "total >= 0"), ("compare", "total > 0", "total <= 0"),
        ("filter", "[v for v in values if v]", "[v for v in values]"), ("sign", "-1", "1"),
    }  # fmt: skip


def test_every_fault_is_planted_in_its_place_and_can_be_read():
    for fault in mutants(SOURCE):
        planted = plant(SOURCE, fault)
        compile(planted, "planted", "exec")
        one, other = SOURCE.split("\n"), planted.split("\n")
        changed = [i for i, (a, b) in enumerate(zip(one, other, strict=True), 1) if a != b]
        assert changed == [fault.line]
    (words,) = (m for m in mutants(SOURCE) if m.before == "max(values)")
    assert "raise ValueError(f'at {at + 1} of {min(values)}: too far')" in plant(SOURCE, words)


def test_places_of_marks_are_told_apart():
    source = (
        "def draw(ax, x):\n    ax.plot(x[0], lw=1.5)\n    ax.annotate('a', x, (6, 0))\n    ax.tick_params(length=0)\n"
    )
    looks = {(m.before, m.after) for m in mutants(source, figure=True) if m.looks}
    rest = {(m.before, m.after) for m in mutants(source, figure=True) if not m.looks}
    assert ("1.5", "1.6500000000000001") in looks
    assert ("ax.plot(x[0], lw=1.5)", "ax.plot(x[0])") in looks
    assert ("6", "7") in looks
    assert ("0", "1") in looks
    assert ("ax.annotate('a', x, (6, 0))", "pass") in rest
    assert ("0", "1") in rest  # the place in x
    assert not any(m.looks for m in mutants(source))


def test_lines_by_which_a_fault_may_be_noticed(tmp_path):
    (tmp_path / "clemency").mkdir()
    (tmp_path / "clemency" / "m.py").write_text(SOURCE, encoding="utf-8")
    used = names_used(tmp_path)
    by = {(m.before, m.after): m for m in mutants(SOURCE)}
    top, default, inner = by["3", "4"], by["'left'", "'right'"], by["at + 1", "at - 1"]
    assert (top.function, top.names) == ("", ("LIMIT",))
    assert [(m, min(r), max(r)) for m, r in lines_of(SOURCE, "m.py", top, used)] == [("m.py", 11, 16)]
    assert lines_of(SOURCE, "m.py", default, used) == [("m.py", set(range(11, 17)))]
    assert lines_of(SOURCE, "m.py", inner, used) == [("m.py", {13})]


def test_faults_are_shared_out_by_lines_and_drawn_by_seed():
    root = Path(mutation.__file__).parents[1]
    rooms = [
        "records/values",
        "sources/linkage",
        "cohorts/followup",
        "figures",
        "models/imputation",
        "findings/variants",
    ]
    drawn = mutation.draw(root, 5, 40, rooms)
    assert len(drawn) == 40
    assert drawn == mutation.draw(root, 5, 40, rooms)
    assert {(m, f.line) for m, f in drawn} != {(m, f.line) for m, f in mutation.draw(root, 6, 40, rooms)}
    assert {mutation.room(m) for m, _ in drawn} == {room.split("/")[0] for room in rooms}
    assert len({(m, f.line) for m, f in drawn}) == 40
    few = mutation.draw(root, 5, 4, ["models/imputation/rubin", "cli"])
    assert {m for m, _ in few} == {"models/imputation/rubin.py", "cli.py"}
    with pytest.raises(SystemExit, match="no room or module 'attic'"):
        mutation.draw(root, 5, 4, ["attic"])


def test_the_quickest_tests_of_the_line_come_first_and_their_files_after():
    files = {
        "tests/records/test_a.py": Followed("", 1.0, {"a1": 0.1, "a2": 9.0, "a3": 0.1}, {}, {}),
        "tests/records/test_b.py": Followed("", 1.0, {"b1": 0.5}, {}, {}),
    }
    found = {"tests/records/test_a.py": ({"a1", "a2"}, {"a1", "a2", "a3"}), "tests/records/test_b.py": ({"b1"}, {"b1"})}
    assert list(batches(found, files, "models/c.py", (2.0, 20.0))) == [
        (["tests/records/test_a.py", "tests/records/test_b.py"], {"a1", "b1"}, 2.6),
        (["tests/records/test_a.py"], {"a2", "a3"}, 10.1),
    ]
    assert next(batches(found, files, "records/b.py", (1.0, 20.0)))[1] == {"b1"}
    cut = list(batches(found, files, "models/c.py", (2.0, 4.0)))
    assert [tests for _, tests, _ in cut] == [{"a1", "b1"}, set()]  # the last one says that something was not run


@pytest.mark.skipif(not hasattr(sys, "getswitchinterval") or sys.platform != "linux", reason="the study forks")
def test_a_study_of_one_module(tmp_path, monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "Agg")  # the study sets it for good
    """A fault that the tests notice, one that they do not, and one after which a loop never ends."""
    root = tmp_path / "root"
    for name, text in (
        ("clemency/__init__.py", ""),
        (
            "clemency/records/tiny.py",
            "def count(n):\n    i = 0\n    while i < n:\n        i += 1\n    return max(i, 0)\n",
        ),
        (
            "tests/test_tiny.py",
            "from clemency.records.tiny import count\n\n\ndef test_count():\n    assert count(2) == 2\n",
        ),
        ("pyproject.toml", ""),
    ):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    found = mutants((root / "clemency/records/tiny.py").read_text(encoding="utf-8"))
    by = {(m.before, m.after): m for m in found}
    study = mutation.Study(root, tmp_path / "work", waiting=3)
    faults = [("i < n", "i <= n"), ("0", "1"), ("i += 1", "i -= 1"), ("max(i, 0)", "max(0, i)")]
    out = tmp_path / "out.csv"
    drawn = [("records/tiny.py", by[f]) for f in faults]
    mutation.study(study, drawn, 1, out)
    table = pd.read_csv(out)
    assert table["outcome"].tolist() == ["caught", "survived", "caught", "survived"]
    assert table["by"].fillna("").tolist() == ["tests/test_tiny.py::test_count", "", "hung", ""]
    mutation.study(study, drawn, 1, out)
    assert len(pd.read_csv(out)) == 4
    assert mutation.summary(table)[["room", "faults", "caught", "survived"]].to_numpy().tolist() == [
        ["records", 4, 2, 2],
        ["~ all", 4, 2, 2],
    ]
