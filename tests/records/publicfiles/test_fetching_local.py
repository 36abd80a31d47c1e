"""Public files from local files and folders, and the commands that list and fetch them."""

import builtins
import errno
import hashlib
import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from serving import LETTERS, NOTES, SHA, held

import clemency as cl
from clemency.cli import main
from clemency.records.errors import FetchError, UsageError
from clemency.records.publicfiles import fetching


def run(*args):
    return CliRunner().invoke(main, [str(a) for a in args])


# --- local files ---


@pytest.mark.parametrize("inner", ["", "two"])
def test_from_a_folder(both, server, cached, tmp_path, inner):
    folder = tmp_path / "got" / inner
    folder.mkdir(parents=True)
    (folder / "letters.bin").write_bytes(LETTERS)
    (folder / "notes.txt").write_bytes(NOTES)
    data = cl.fetch("two", from_path=tmp_path / "got")
    assert held(cached) == ["two/letters.bin", "two/notes.txt"]
    assert data.folder == cached / "two"
    assert cl.fetch("two") == data
    assert server.asked == []


def test_from_a_file_whatever_its_name(both, server, cached, tmp_path):
    first, second = tmp_path / "notes (1).txt", tmp_path / "letters.bin"
    first.write_bytes(NOTES)
    second.write_bytes(LETTERS)
    with pytest.raises(FetchError, match=r"two/letters.bin: neither in .*notes \(1\)\.txt nor in the cache"):
        cl.fetch("two", from_path=first)
    assert held(cached) == ["two/notes.txt"]
    assert list(cl.fetch("two", from_path=second).paths) == ["letters.bin", "notes.txt"]
    assert server.asked == []


def test_from_a_wrong_file(both, letters, register, server, cached, tmp_path):
    wrong = tmp_path / "letters.bin"
    wrong.write_bytes(b"x")
    found = hashlib.sha256(b"x").hexdigest()
    with pytest.raises(FetchError, match=f"{SHA['letters.bin']} expected, {found} found"):
        cl.fetch("letters", from_path=wrong)
    with pytest.raises(FetchError, match=f"{SHA['letters.bin']} expected, {found} found"):
        cl.fetch("letters", from_path=tmp_path)
    with pytest.raises(FetchError, match="not the registered file"):
        cl.fetch("letters", from_path=wrong.rename(tmp_path / "else"))
    assert held(cached) == []


def test_from_a_file_that_is_none_of_several(both, cached, tmp_path):
    wrong = tmp_path / "else.txt"
    wrong.write_bytes(b"x")
    with pytest.raises(FetchError, match=rf"is none of its files: SHA-256 letters.bin \({SHA['letters.bin']}\)"):
        cl.fetch("two", from_path=wrong)
    assert held(cached) == []


def test_from_nowhere(letters, tmp_path):
    with pytest.raises(UsageError, match=r"There is no file or folder .*nowhere"):
        cl.fetch("letters", from_path=tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(FetchError, match=r"neither in .*empty nor in the cache"):
        cl.fetch("letters", from_path=tmp_path / "empty")


def test_a_local_file_that_cannot_be_read(letters, monkeypatch, cached, tmp_path):
    source = tmp_path / "letters.bin"
    source.write_bytes(LETTERS)
    opened = builtins.open

    def forbidden(path, *args, **kwargs):
        if str(path) == str(source):
            raise PermissionError(errno.EACCES, "Permission denied")
        return opened(path, *args, **kwargs)

    monkeypatch.setattr(builtins, "open", forbidden)
    with pytest.raises(FetchError, match=r"letters.bin cannot be read: Permission denied"):
        cl.fetch("letters", from_path=source)
    assert held(cached) == []


@pytest.mark.parametrize("how", ["from_path", "CLEMENCY_DATA"])
def test_a_folder_that_cannot_be_searched(letters, monkeypatch, tmp_path, how):
    hidden, seen = tmp_path / "hidden", Path.stat

    def forbidden(self, **kwargs):
        if self == hidden:
            raise PermissionError(errno.EACCES, "Permission denied")
        return seen(self, **kwargs)

    monkeypatch.setattr(Path, "stat", forbidden)
    given = {"from_path": hidden} if how == "from_path" else {}
    if not given:
        monkeypatch.setenv(how, str(hidden))
    with pytest.raises(FetchError, match="hidden cannot be read: Permission denied"):
        cl.fetch("letters", **given)


def test_a_copy_that_goes_wrong_is_not_kept(letters, monkeypatch, tmp_path, cached):
    source = tmp_path / "letters.bin"
    source.write_bytes(LETTERS)
    monkeypatch.setattr(shutil, "copyfileobj", lambda original, copied, *_: copied.write(original.read()[:-1] + b"x"))
    with pytest.raises(FetchError, match=r"the copy of .* not the registered file"):
        cl.fetch("letters", from_path=source)
    assert held(cached) == []


def test_a_full_disk_during_a_copy(letters, monkeypatch, tmp_path, cached):
    source = tmp_path / "letters.bin"
    source.write_bytes(LETTERS)

    def full(original, copied, *_):
        copied.write(original.read(1000))
        copied.flush()
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(shutil, "copyfileobj", full)
    with pytest.raises(FetchError, match="no room for its 256,000 bytes"):
        cl.fetch("letters", from_path=source)
    assert held(cached) == ["letters/letters.bin.part"]


@pytest.mark.parametrize("inner", ["", "letters"])
def test_a_data_folder_is_read_in_place(letters, server, cached, tmp_path, monkeypatch, inner):
    folder = tmp_path / "data" / inner
    folder.mkdir(parents=True)
    (folder / "letters.bin").write_bytes(LETTERS)
    monkeypatch.setenv("CLEMENCY_DATA", str(tmp_path / "data"))
    data = cl.fetch("letters")
    assert data["letters.bin"] == folder / "letters.bin"
    assert data.folder == folder
    assert held(cached) == []
    assert server.asked == []
    (folder / "letters.bin").write_bytes(b"x")
    with pytest.raises(FetchError, match=r"not the registered file.*unset CLEMENCY_DATA"):
        cl.fetch("letters")
    assert (folder / "letters.bin").read_bytes() == b"x"  # the folder is the user's: nothing in it is touched


def test_what_the_data_folder_lacks_is_downloaded(both, cached, tmp_path, monkeypatch):
    (tmp_path / "notes.txt").write_bytes(NOTES)
    monkeypatch.setenv("CLEMENCY_DATA", str(tmp_path))
    data = cl.fetch("two")
    assert data["notes.txt"] == tmp_path / "notes.txt"
    assert data["letters.bin"] == cached / "two" / "letters.bin"
    assert data.folder == cached / "two"


def test_a_data_folder_that_is_none(letters, tmp_path, monkeypatch):
    monkeypatch.setenv("CLEMENCY_DATA", str(tmp_path / "none"))
    with pytest.raises(UsageError, match=r"CLEMENCY_DATA names .*none, which is no folder"):
        cl.fetch("letters")


def test_the_cache_is_the_users_unless_named(monkeypatch, tmp_path):
    monkeypatch.delenv("CLEMENCY_CACHE", raising=False)
    assert fetching.cache_folder().name == "clemency"
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("CLEMENCY_CACHE", "~/own")
    assert fetching.cache_folder() == tmp_path / "own"


# --- the command line ---


def test_the_list_says_what_is_here(both, cached, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    first = run("data", "list")
    assert first.exit_code == 0
    assert re.search(r"two +letters\.bin +256\.0 kB +none stated +no", first.output)
    assert re.search(r"two +notes\.txt +6 bytes +none stated +no", first.output)
    cl.fetch("two")
    assert re.search(r"letters\.bin +256\.0 kB +none stated +yes", run("data", "list").output)


def test_fetching_prints_paths_citation_and_licence(letters, cached):
    done = run("data", "fetch", "letters")
    assert done.exit_code == 0
    assert done.stdout == f"{cached / 'letters' / 'letters.bin'}\n"
    assert done.stderr == "Cite: A. Author, A paper, 2022\nLicence: none stated\n"


def test_fetching_from_a_folder(letters, server, tmp_path):
    (tmp_path / "letters.bin").write_bytes(LETTERS)
    assert run("data", "fetch", "letters", "--from", tmp_path).exit_code == 0
    assert server.asked == []


def test_failures_are_messages_and_exit_codes(letters, server, tmp_path):
    server.bodies["/letters.bin"] = b"x"
    failed = run("data", "fetch", "letters")
    assert failed.exit_code == 1
    assert f"{server.address}/letters.bin: not the registered file" in failed.output
    assert "Traceback" not in failed.output
    server.stop()
    assert run("data", "fetch", "letters").exit_code == 1
    for args in (["lettres"], ["letters", "--from", tmp_path / "nowhere"]):
        used = run("data", "fetch", *args)
        assert used.exit_code == 2
        assert "Traceback" not in used.output
    assert "Did you mean letters?" in run("data", "fetch", "lettres").output


def test_progress_is_drawn_for_people_alone(letters, monkeypatch, capfd):
    cl.fetch("letters")
    assert capfd.readouterr() == ("", "")
    shutil.rmtree(fetching.cache_folder())
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    cl.fetch("letters")
    out, err = capfd.readouterr()
    assert out == ""
    assert "letters/letters.bin" in err
    assert "256.0" in err or "256" in err
