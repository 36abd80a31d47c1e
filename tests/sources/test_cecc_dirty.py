"""Whatever stands in a cell, it is read as what it says, or it is reported; nothing crashes, nothing is lost."""

import csv
import random
import re
import tempfile
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import clemency as cl
from clemency.records.errors import ClemencyError
from clemency.sources.cecc.fields import BY_NAME, FIELDS
from clemency.sources.cecc.parse import read_column, reader_of

ROWS, EXAMPLES = 25, 12  # times 40 fields: 12,000 cells

FRAGMENTS = {
    "status": (
        "REL",
        "DET",
        "REL?",
        "DET?/life",
        "DEC/?",
        "DEC-exe",
        "REL-PSB",
        "DET/bail?",
        "HOUSE",
        "ESC/life",
        "rel",
    ),
    "issues": ("eth/rel", "spch", "6489", "eth//rel", "eth/rel/", "FG/unknown", "eth, rel"),
    "process": ("chg?/tri?/sent/rel", "admin-RTL/rel", "PSB", "chg/tri/sent/", "sent-app?", "chg/banana", "chg / tri"),
    "charges": ("CL97-art105(2)", "CL97-art105(2)/CL79-art102", "CL97-art300, CL97-art124", "CL97-art", "CL96-art1"),
    "province": (
        "Tibet [Xizang] Auto. Region",
        "Beijing Shi (prov.)",
        "Shaanxi Province",
        "[foreign]",
        "Tibet [Beijing]",
    ),
    "sex": ("F", "M", "f", "male", "女"),
    "ethnicity": ("Han", "Han?", "Kazak", "Martian", "Uyghur??"),
    "date": (
        *(
            "1998/08/dd",
            "1989/mm/dd",
            "1998/08/01",
            "1998-08-01",
            "08/01/1998",
            "1 Aug 1998",
            "1998/13/01",
            "2010/02/29",
        ),
        *("1998/8/1", "98/08/01", "1998", "1998/08", "yyyy/mm/dd", "1998/mm/15", "1998/08/01?", "1998-08-01T00:00:00"),
        *(
            "1998/08-01",
            "0000/00/00",
            "9999/12/31",
            "2012/02/29",
            "01.08.1998",
            "1998年8月1日",
            "36008",
            "1998-08-01 12:30",
        ),
    ),
    "count": (
        "3",
        "24",
        "0",
        "007",
        "1.5",
        "-3",
        "1e3",
        "1,000",
        "99999999999999999999",
        "٣",
        "３",
        "３４",
        "三",
        "3²",
        "½",
    ),
    "nothing": ("NaN", "NA", "(na)", "nan", "None", "", "?", "??", "???", "-", "n/a", "=1+1", "#N/A", "TRUE"),
    "text": ("Test Person One", "Test, Person; Two", "<b>Test</b>", "Test &amp; Person", "\ufffd", ";;", "x" * 300),
    "names": ("Test Person, ??", "??, Other Name", "Test Person (???)", "??? Test Person", "Person???", "A ?? B"),
    "characters": ("测试", "测试(?)", "测?", "？？", "测试, 试测", "测·试", "测试 (Test)", "𠮷"),
    "signs": ("Ｔｅｓｔ", "te\u200bst", "a\x00b", "\x00", "مثال", "བོད", '"quoted"', "line\nbreak", "\U000e0001"),
}
FRAGMENTS |= {"age": FRAGMENTS["count"], "record": FRAGMENTS["count"]}
FRAGMENTS["names"] += FRAGMENTS["text"]
PIECES = [p for group in FRAGMENTS.values() for p in group]

# Cells made beforehand, so that an example is one draw a cell: half of a field's own fragments, half of any.
_random = random.Random(20200723)


def _cell(pieces):
    return (
        _random.choice(["", "", "", "", " ", "\t", "\u3000", "\xa0"])
        + _random.choice(pieces)
        + _random.choice(["", "", "", "", "", "/", " ", "?", ", "])
        + _random.choice(["", "", "", "", "", "", *PIECES])
        + _random.choice(["", "", "", "", " ", "\n", "\ufeff"])
    )


def _cells(reader):
    own = FRAGMENTS.get(reader, PIECES)
    return [_cell(own) if i % 2 else _cell(PIECES) for i in range(1500)] + list(own)


CELLS = [_cells(f.reader) for f in FIELDS[1:]]
DIRTY_ROW = st.lists(st.integers(0, 999_999), min_size=39, max_size=39)

WIDE = str.maketrans({chr(0xFF01 + i): chr(0x21 + i) for i in range(94)})
INVISIBLE = re.compile("[\u200b\u200c\u200d\u2060\ufeff]")


def plain(raw):
    """The cell as a reader sees it, for comparison only."""
    return " ".join(INVISIBLE.sub("", raw).split())


def code(raw):
    return " ".join(INVISIBLE.sub("", raw.translate(WIDE)).split())


def same_date(raw, value):
    """Write a date back in the database's way and compare; an independent writing of the rule."""
    text = re.sub(r"[ t]00:00(:00(\.0+)?)?", "", code(raw).lower()).replace("-", "/")
    text, mark = text.rstrip("?"), "?" * text.endswith("?")
    parts = text.split("/")
    parts += ["mm", "dd"][len(parts) - 1 :]
    wanted = [parts[0], *(p if p in ("mm", "dd") else f"{int(p):02d}" for p in parts[1:])]
    bare = value.rstrip("?").split("-")
    return wanted == [*bare, *["mm", "dd"][len(bare) - 1 :]] and value.endswith("?") == bool(mark)


def same_province(raw, value):
    if value == "foreign":
        return code(raw) == "[foreign]"
    provinces = cl.load("provinces").set_index("province")["name"]
    name = provinces[value]
    return code(raw).lower().startswith((name.lower(), "macao" if name == "Macau" else name.lower()))


def same_status(raw, value):
    text = value.base + "?" * value.doubtful + value.detail + "?" * value.detail_doubtful
    return re.sub("[/-]", "", code(raw)) == re.sub("[/-]", "", text)


def same_names(raw, value):
    return [n for n in map(plain, re.split("[,;，；、]", plain(raw))) if n] != [] and set(value) <= {
        plain(n) for n in re.split("[,;，；、]", plain(raw))
    }


def same_part(raw, value):
    """Each kept name stands whole in the cell, between separators, blanks or brackets, and some of it is not kept."""
    text = plain(raw)
    ends = "[\\s,;，；、]"
    whole = [re.search(f"(?:^|{ends}){re.escape(n)}(?:$|{ends}|[(（\\[])", text) for n in value]
    sound = [re.search("[^\\W\\d_]", n) and not re.search(r"\?\s*\?|\ufffd|[,;，；、]", n) for n in value]
    return value and all(whole) and all(sound) and not NOTHING & set(value) and sum(map(len, value)) < len(text)


def same_charges(raw, value):
    parts = [p.strip().replace("-art", "-") for p in re.split("[/;,]", code(raw))]
    return list(dict.fromkeys(parts)) == value.split()


SAME = {
    "date": same_date,
    "count": lambda raw, v: float(code(raw)) == v,
    "age": lambda raw, v: float(code(raw)) == v,
    "record": lambda raw, v: code(raw) == v,
    "sex": lambda raw, v: code(raw).upper() == v,
    "status": same_status,
    "process": lambda raw, v: [p.strip() for p in code(raw).removesuffix("/").split("/")] == v.split(),
    "issues": lambda raw, v: [p.strip() for p in code(raw).split("/")] == v.split(),
    "charges": same_charges,
    "province": same_province,
    "ethnicity": lambda raw, v: (
        code(raw).removesuffix("?") in (v[0], {"Kazakh": "Kazak"}.get(v[0])) and code(raw).endswith("?") == v[1]
    ),
    "text": lambda raw, v: plain(raw) == v and "??" not in v and "<b>" not in v,
    "names": same_names,
    "characters": lambda raw, v: all(n in plain(raw) for n in v[0]) and "?" not in "".join(v[0]),
    "summary": lambda raw, v: plain(raw) == v,
    "unused": lambda raw, v: plain(raw) == v,
}
NOTHING = {"", "(na)", "NA", "NaN", "nan", "<NA>"}


def check_cells(name, raws):
    """Every cell is empty, unread with a reason, or means what it says."""
    column = read_column(pd.Series(raws, dtype=object), reader_of(BY_NAME[name]))
    for raw, value, empty, reason in zip(raws, column.cells, column.empty, column.reason, strict=True):
        in_part = bool(reason) and value is not None
        assert bool(empty) + bool(reason) + (value is not None) - in_part == 1, (name, raw)
        if empty:
            assert plain(raw) in NOTHING or code(raw).lower().startswith("yyyy"), (name, raw)
        elif in_part:
            assert BY_NAME[name].reader == "names", (name, raw)
            assert same_part(raw, value), (name, raw, value)
        elif not reason:
            assert SAME[BY_NAME[name].reader](raw, value), (name, raw, value)


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],  # shrinking twelve thousand cells takes minutes and a cell is named anyway
    suppress_health_check=[HealthCheck.large_base_example],
)
@given(st.lists(DIRTY_ROW, min_size=ROWS, max_size=ROWS))
def test_dirty_exports(rows):
    dirty = ([cells[n % len(cells)] for n, cells in zip(row, CELLS, strict=True)] for row in rows)
    rows = [[f"2004-{i:05d}", *row] for i, row in enumerate(dirty)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([[f.header for f in FIELDS], *rows])
        export = cl.read_cecc(path, as_of="2020-07-23")
    assert export.raw.to_numpy().tolist() == rows
    account = export.account
    assert (account[["parsed", "read_in_part", "empty", "could_not_be_read", "not_used"]].sum(axis=1) == ROWS).all()
    unread = export.unread["kept"].groupby(export.unread["field"]).agg(["count", "size"])
    in_part, all_rows = unread.reindex(account["field"]).fillna(0).to_numpy().T.tolist()
    assert in_part == account["read_in_part"].tolist()
    assert all_rows == (account["read_in_part"] + account["could_not_be_read"]).tolist()
    for i, field in enumerate(FIELDS):
        check_cells(field.name, [row[i] for row in rows])
    assert account["parsed"].sum() > 150  # the cells are dirty, not hopeless
    known = export.cases.dropna(subset=["detention_date"])
    raw = export.raw.loc[known.index, "date_of_detention"]
    assert all(same_date(r, v) for r, v in zip(raw, known["detention_date"], strict=True))
    assert export.cases["case_id"].is_unique
    assert set(export.acts["case_id"]) <= set(export.cases["case_id"])


@pytest.mark.parametrize("i", range(39), ids=[f.name for f in FIELDS[1:]])
def test_every_prepared_cell(i):
    check_cells(FIELDS[i + 1].name, CELLS[i])


@pytest.mark.parametrize("name", [f.name for f in FIELDS])
@given(st.lists(st.text(max_size=12), min_size=1, max_size=8))
def test_any_text_in_any_field(name, raws):
    check_cells(name, raws)


@given(st.binary(max_size=200), st.sampled_from(["csv", "xlsx", "RData"]), st.booleans())
def test_any_bytes_are_read_or_refused_by_the_librarys_own_errors(content, ending, with_header):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"export.{ending}"
        path.write_bytes(b"CECC record number,sex,age\n" * with_header + content)
        try:
            export = cl.read_cecc(path)
        except ClemencyError:
            return
        assert len(export.cases) == len(export.raw) > 0
