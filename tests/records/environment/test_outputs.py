"""Files to write to: refused at once and with the reason, and nothing is left of the attempt."""

from pathlib import Path

import pytest

import clemency as cl
from clemency.records.environment.outputs import check_file

REMEDY = "Name another place, or change its permissions."


def test_a_name_that_the_system_refuses_is_refused_in_its_words(tmp_path):
    target = tmp_path / ("x" * 300)
    with pytest.raises(cl.UsageError) as caught:
        check_file(target)
    assert str(caught.value) == f"{target} cannot be written: File name too long. {REMEDY}"


def test_an_error_without_words_of_the_system_is_told_in_its_own(tmp_path, monkeypatch):
    def broken(*_):
        raise OSError("the disk is gone")

    monkeypatch.setattr(Path, "open", broken)
    with pytest.raises(cl.UsageError) as caught:
        check_file(tmp_path / "new.csv")
    assert str(caught.value) == f"{tmp_path / 'new.csv'} cannot be written: the disk is gone. {REMEDY}"


def test_a_file_is_neither_made_nor_changed(tmp_path):
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    check_file(tmp_path / "new.csv")
    check_file(tmp_path / "notes.txt")
    assert [(p.name, p.read_text(encoding="utf-8")) for p in tmp_path.iterdir()] == [("notes.txt", "mine")]


def test_files_that_cannot_be_are_refused(tmp_path):
    with pytest.raises(cl.UsageError, match=r"is a folder\. Name a file in it"):
        check_file(tmp_path)
    with pytest.raises(cl.UsageError) as caught:
        check_file(tmp_path / "none" / "new.csv")
    assert str(caught.value) == f"There is no folder {tmp_path / 'none'}. Make it first, or name another."
