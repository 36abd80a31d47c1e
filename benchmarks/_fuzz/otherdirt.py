"""Cells, options, formulas, files and texts that nobody should pass, and somebody does."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from benchmarks._fuzz.places import cell, columns_of, is_text, pick
from benchmarks._fuzz.types import ANY, REFUSE, TWIN, Dirty, Given, Rng

_BIDI, _ESCAPE = "\u202e", "\x1b[31m"
_JUNK: tuple[Any, ...] = ([1, 2], {"a": 1}, object(), b"bytes", 1j, "", " ", "x" * 5000, "text", float("inf"), -1)
_JUNK += (10**30, (), {1}, _BIDI, _ESCAPE)


def junk(rng: Rng, given: Given) -> Dirty | None:
    """A cell that holds what no cell should."""
    able = [(p, c) for p, c in columns_of(given, lambda c: True) if len(given.frames[p])]
    if not able:
        return None
    part, column = pick(rng, able)
    value = pick(rng, _JUNK)
    row = int(rng.integers(len(given.frames[part])))
    return Dirty(cell(given, part, column, row, value), ANY, f"{column}: {str(value)[:20]!r}")


_ODD: tuple[Any, ...] = (None, "", "nope", -1, 0, 1, 2, 0.5, 1e308, np.nan, np.inf, [], {}, (), b"b", True, False)
_ODD += ("x" * 999, len, pd.DataFrame(), np.array([]), pd.Series([1]), ["x"], [None], {"a": 1}, np.int8(3), 1j)
_ODD += (object(), dt.date(2015, 1, 1), "g", "x", "id", ["g", "g"])
_SIZES = ("n", "repetitions", "draws", "m", "samples", "cycles")


def options(rng: Rng, given: Given) -> Dirty | None:
    """An option with a value that it was not made for."""
    if not given.options:
        return None
    name = pick(rng, given.options)
    value = pick(rng, _ODD)
    if isinstance(value, int | float) and name in _SIZES and not value < 3:
        return None  # so many are a long computation and no fault
    return Dirty(given.with_options(**{name: value}), ANY, f"{name}={str(value)[:30]!r}")


_PIECES = ("x", "g", "z", "1", "0", "+", "-", "*", ":", "(", ")", "~", "|", "np.log", "I", "C", "`", "'", "[", "]")
_PIECES += ("**", "^", ".", "%in%", "poly", "__import__('os')", "().__class__", "lambda: 1", "np.load", "open", "/")
_PIECES += (",", "2", "{", "}", "$", "\\", "prov", "h", "eval", "@")
_FORBIDDEN = (
    "I(__import__('os').getpid())",
    "x.__class__",
    "I(open('x'))",
    "np.load('x')",
    "I(eval('1'))",
    "I([c for c in ().__class__.__bases__])",
    "np.random.normal(size=60)",
    "I(globals())",
    "np.fromfile('x')",
    "I(exec('1'))",
    "{__import__('os')}",
)


def formula(rng: Rng, given: Given) -> Dirty | None:
    """A formula thrown together, or one that asks for more than arithmetic."""
    if "formula" not in given.options:
        return None
    if rng.random() < 0.25:
        text = pick(rng, _FORBIDDEN)
        return Dirty(given.with_options(formula=text), REFUSE, f"formula {text!r}")
    text = " ".join(rng.choice(_PIECES, int(rng.integers(1, 9))))
    return Dirty(given.with_options(formula=text), ANY, f"formula {text!r}")


def _quoted(content: bytes) -> bytes:
    rows = list(csv.reader(io.StringIO(content.decode(), newline="")))
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    return out.getvalue().encode()


_SAVED: dict[str, Callable[[bytes], bytes]] = {
    "line ends of Windows": lambda b: b.replace(b"\n", b"\r\n"),
    "byte order mark": lambda b: b"\xef\xbb\xbf" + b,
    "blank lines": lambda b: b.replace(b"\n", b"\n\n"),
    "no last line end": lambda b: b.rstrip(b"\n"),
    "all quoted": _quoted,
    "UTF-16": lambda b: b.decode("utf-8", "replace").encode("utf-16"),
    "semicolons": lambda b: b.replace(b",", b";"),
    "line ends of old Macs": lambda b: b.replace(b"\n", b"\r"),
}
_PUT_IN = (b'"', b",", b"\n", b"\x00", b"\xff\xfe", b"=cmd()", b"\xe5\x87", b"\r", b"1e999", b"9999-12-31")


def files(rng: Rng, given: Given) -> Dirty | None:
    """A file saved by another program, or damaged."""
    if not given.files:
        return None
    name = pick(rng, given.files)
    content = given.files[name]
    if rng.random() < 0.4 and name.endswith(".csv"):
        kind = pick(rng, _SAVED)
        return Dirty(given.with_file(name, _SAVED[kind](content)), TWIN, f"{name}: {kind}", given)
    damaged = bytearray(content)
    for _ in range(int(rng.integers(1, 6))):
        damaged = _damaged(rng, damaged)
    return Dirty(given.with_file(name, bytes(damaged)), ANY, f"{name} damaged")


def _damaged(rng: Rng, content: bytearray) -> bytearray:
    at, kind = (int(rng.integers(len(content))) if content else 0), int(rng.integers(5))
    if kind == 0:
        content[at : at + 1] = bytes([int(rng.integers(256))])
    elif kind == 1:
        content[at:at] = pick(rng, _PUT_IN)
    elif kind == 2:
        del content[at : at + int(rng.integers(1, 40))]
    elif kind == 3:
        content = content[:at]
    else:
        content[at:at] = content[: int(rng.integers(1, 200))]
    return content


_ALPHABETS = (
    "a.,' ",
    "reduced by 1 month in May 2012 ",
    "\u202e\u200b\x00\x1b\n\t",
    "减刑十个月",
    "?,; ",
    "Al-bÖ'’ ",
    "0123456789- ",
)


def texts(rng: Rng, given: Given) -> Dirty | None:
    """Free text of odd characters and lengths."""
    able = [(p, c) for p, c in columns_of(given, is_text) if len(given.frames[p])]
    able = [(p, c) for p, c in able if c in ("summary", "name", "note", "case_id")]
    if not able:
        return None
    part, column = pick(rng, able)
    alphabet = pick(rng, _ALPHABETS)
    value = "".join(rng.choice(list(alphabet), int(rng.integers(0, 3000))))
    return Dirty(cell(given, part, column, 0, value), ANY, f"{column} of {alphabet!r}")
