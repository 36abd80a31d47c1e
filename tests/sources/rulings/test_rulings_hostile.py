"""Files and frames that would confuse tables or stop a run: named in the account, or refused with what to do."""

import os
import zipfile

import pandas as pd
import pytest

from clemency.records.errors import ClemencyError, UsageError
from clemency.sources.rulings import read_rulings, simulate_rulings, working, write_rulings

MADE = simulate_rulings(4, seed=5)
TEXTS = MADE["text"].tolist()


def _docx(path, body):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", f'<w:document xmlns:w="x"><w:t>{body}</w:t></w:document>')


@pytest.mark.parametrize(
    ("names", "where"),
    [([1, 1, 2, 3], "rows 0 and 1"), (["a", "b", "c", "a"], "rows 0 and 3"), (["a", None, "c", "d"], "row 1")],
)
def test_two_documents_of_one_name_in_a_frame_are_refused(names, where):
    for given, kwargs in (
        (MADE.set_axis(pd.Index(names, dtype=object)), {}),
        (MADE.assign(file=names), {"name": "file"}),
    ):
        with pytest.raises(UsageError, match=where):
            read_rulings(given, **kwargs)


def test_files_of_one_name_keep_their_own_rows(tmp_path):
    for folder, text in zip(("one", "two", "three"), TEXTS, strict=False):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.txt").write_text(text, encoding="utf-8")
    (tmp_path / "three" / "a.txt (2)").write_text(TEXTS[3], encoding="utf-8")
    read = read_rulings([tmp_path / "three", tmp_path / "one", tmp_path / "two"])
    assert read.account["document"].tolist() == ["a.txt", "a.txt (2)", "a.txt (3)", "a.txt (4)"]
    alone = [read_rulings(pd.DataFrame({"text": [TEXTS[i]]})) for i in (2, 3, 0, 1)]
    for name in ("rulings", "changes"):
        apart = pd.concat([getattr(a, name) for a in alone], ignore_index=True).drop(columns="document")
        pd.testing.assert_frame_equal(getattr(read, name).drop(columns="document"), apart)


def test_what_is_in_folders_that_are_linked_is_told_to_be_unread(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "other").mkdir()
    os.symlink(tmp_path / "other", tmp_path / "in" / "there")
    account = read_rulings(tmp_path / "in").account
    assert account[["document", "status"]].to_numpy().tolist() == [["there", "unreadable"]]
    assert "a link to a folder" in account["reason"].iloc[0]


def test_a_document_that_unpacks_to_too_much_is_called_that(tmp_path):
    _docx(tmp_path / "a.docx", "减" * 20_000_000)
    account = read_rulings(tmp_path).account
    assert account["status"].tolist() == ["too_large"]


def test_utf_32_is_read(tmp_path):
    (tmp_path / "a.txt").write_bytes(TEXTS[0].encode("utf-32"))
    read = read_rulings(tmp_path)
    assert read.account["status"].tolist() in (["ruling"], ["decision"])


def test_packed_bytes_that_are_broken_are_told_so(tmp_path):
    place = tmp_path / "a.zip"
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", TEXTS[0])
    data = bytearray(place.read_bytes())
    data[60:70] = b"\xff" * 10
    place.write_bytes(bytes(data))
    account = read_rulings(tmp_path).account
    assert account[["status", "reason"]].to_numpy().tolist() == [["damaged", "damaged (its packed bytes are broken)"]]


def _held(folder):
    return {p.name: p.read_bytes() for p in folder.iterdir()}


def test_a_full_disk_half_way_leaves_the_earlier_edition(tmp_path, monkeypatch):
    import pyarrow.parquet as parquet

    out, written, once = tmp_path / "out", [], parquet.ParquetWriter.write_table
    write_rulings(MADE, out, workers=1)
    before = _held(out)

    def write(self, *args, **kwargs):
        written.append(1)
        if len(written) > 6:
            raise OSError(28, "No space left on device")
        return once(self, *args, **kwargs)

    monkeypatch.setattr(working, "CHUNK", 1)
    monkeypatch.setattr(parquet.ParquetWriter, "write_table", write)
    with pytest.raises(ClemencyError, match="No space left on device"):
        write_rulings(MADE, out, workers=1)
    assert _held(out) == before
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def _ended(documents, evidence=True):
    os._exit(9)  # in a process of its own


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are not forked here")
def test_a_process_that_is_ended_from_outside_is_told(tmp_path, monkeypatch):
    out = tmp_path / "out"
    write_rulings(MADE, out, workers=1)
    before = _held(out)
    monkeypatch.setattr(working, "rows_of", _ended)
    with pytest.raises(UsageError, match=r"ended from outside.*Give fewer than workers=2"):
        write_rulings(MADE, out, workers=2)
    assert _held(out) == before
