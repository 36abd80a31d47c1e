"""What is written takes the place of an earlier edition whole, and of nothing else."""

import errno
import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner

import clemency as cl
from clemency.cli import main
from clemency.records.environment.folders import MANIFEST, check_writable, swapped


def write(out, names, force=False):
    with swapped(out, force) as stage:
        for name in names:
            (stage / name).parent.mkdir(parents=True, exist_ok=True)
            (stage / name).write_text(f"new {name}", encoding="utf-8")


def held(folder):
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if not p.is_dir() or p.is_symlink())


def test_a_new_folder_is_made_with_those_above_it(tmp_path):
    out = tmp_path / "a" / "b" / "out"
    write(out, ["index.html", "tables/t.csv"])
    assert held(tmp_path) == [f"a/b/out/{n}" for n in (MANIFEST, "index.html", "tables/t.csv")]
    assert set(json.loads((out / MANIFEST).read_text(encoding="utf-8"))["files"]) == {"index.html", "tables/t.csv"}
    mask = os.umask(0)
    os.umask(mask)
    assert out.stat().st_mode & 0o777 == 0o777 & ~mask


def test_files_of_the_earlier_edition_do_not_stay(tmp_path):
    out = tmp_path / "out"
    write(out, ["index.html", "tables/old.csv", "figures/old.svg"])
    write(out, ["index.html", "tables/new.csv"])
    assert held(tmp_path) == ["out/files.json", "out/index.html", "out/tables/new.csv"]
    assert not (out / "figures").exists()


def test_an_empty_folder_may_be_written_to(tmp_path):
    write(tmp_path, ["index.html"])
    assert held(tmp_path) == [MANIFEST, "index.html"]


@pytest.mark.parametrize(
    "other", ["notes.txt", "tables/mine.csv", "figures/.hidden", "sub/deep/x", MANIFEST + ".bak", "index.html"]
)
def test_other_things_are_not_written_over_without_force(tmp_path, other):
    out = tmp_path / "out"
    if other != "index.html":
        write(out, ["index.html", "tables/t.csv", "figures/f.svg"])
    (out / other).parent.mkdir(parents=True, exist_ok=True)
    (out / other).write_text("mine", encoding="utf-8")
    before = held(out)
    with pytest.raises(cl.UsageError, match=r"holds things .*--force \(force=True in Python\)") as said:
        write(out, ["index.html"])
    assert other.split("/")[0] in str(said.value)
    assert held(out) == before
    assert (out / other).read_text(encoding="utf-8") == "mine"
    write(out, ["index.html", "tables/new.csv"], force=True)
    assert (out / "index.html").read_text(encoding="utf-8") == "new index.html"
    assert sorted(p.name for p in (out / "tables").iterdir()) == ["new.csv"]
    if other in ("notes.txt", "sub/deep/x"):
        assert (out / other).read_text(encoding="utf-8") == "mine"
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ("a", "a. Name another"),
        ("abc", "a, b, c. Name another"),
        ("abcd", "a, b, c and 1 more. Name another"),
        ("abcdef", "a, b, c and 3 more. Name another"),
    ],
)
def test_three_of_the_other_things_are_named_and_the_rest_counted(tmp_path, names, told):
    for name in names:
        (tmp_path / name).write_text("mine", encoding="utf-8")
    with pytest.raises(cl.UsageError) as caught:
        write(tmp_path, ["index.html"])
    assert f"or that were changed since: {told}" in str(caught.value)


def test_a_file_changed_since_it_was_written_is_kept(tmp_path):
    write(tmp_path, ["index.html", "quarterly.ipynb"])
    (tmp_path / "quarterly.ipynb").write_text("my own remarks", encoding="utf-8")
    with pytest.raises(cl.UsageError, match=r"quarterly\.ipynb"):
        write(tmp_path, ["index.html"])
    assert (tmp_path / "quarterly.ipynb").read_text(encoding="utf-8") == "my own remarks"


@pytest.mark.parametrize("text", ["{}", "[]", "no json", '{"files": {"index.html": "x"}}', '{"about": 1, "files": 2}'])
def test_a_list_of_files_that_is_not_ours_allows_nothing(tmp_path, text):
    (tmp_path / MANIFEST).write_text(text, encoding="utf-8")
    with pytest.raises(cl.UsageError, match=MANIFEST):
        write(tmp_path, ["index.html"])
    assert (tmp_path / MANIFEST).read_text(encoding="utf-8") == text


def test_links_are_not_followed(tmp_path):
    real, link = tmp_path / "real", tmp_path / "link"
    real.mkdir()
    link.symlink_to(real)
    for force in (False, True):
        with pytest.raises(cl.UsageError, match="is a link to"):
            write(link, ["index.html"], force)
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    with pytest.raises(cl.UsageError, match="is a link to"):
        write(tmp_path / "dangling", ["index.html"])
    assert list(real.iterdir()) == []
    out = tmp_path / "out"
    out.mkdir()
    (out / "tables").symlink_to(real)
    with pytest.raises(cl.UsageError, match="tables"):
        write(out, ["tables/t.csv"])
    write(out, ["tables/t.csv"], force=True)
    assert not (out / "tables").is_symlink()
    assert list(real.iterdir()) == []


def write_half(out, error):
    with swapped(out) as stage:
        (stage / "index.html").write_text("half", encoding="utf-8")
        raise error


@pytest.mark.parametrize("stop", [KeyboardInterrupt, RuntimeError, cl.DataError])
@pytest.mark.parametrize("earlier", [True, False])
def test_whatever_stops_it_leaves_the_earlier_one_whole(tmp_path, stop, earlier):
    out = tmp_path / "deep" / "out"
    if earlier:
        write(out, ["index.html", "tables/t.csv"])
    before = held(tmp_path)
    with pytest.raises(stop):
        write_half(out, stop([]))
    assert held(tmp_path) == before
    if earlier:
        assert (out / "index.html").read_text(encoding="utf-8") == "new index.html"
    else:
        assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("at", range(1, 8))
@pytest.mark.parametrize("after", [False, True])
def test_a_swap_stopped_on_the_way_is_undone(tmp_path, monkeypatch, at, after):
    out = tmp_path / "out"
    write(out, ["a.html", "b.html", "c/c.csv"])
    kept = {n: (out / n).read_text(encoding="utf-8") for n in held(out)}
    real, calls = os.rename, []

    def stopping(source, place):
        calls.append(source)
        if len(calls) == at:
            if after:
                real(source, place)
            raise KeyboardInterrupt
        real(source, place)

    monkeypatch.setattr("clemency.records.environment.folders.os.rename", stopping)
    with pytest.raises(KeyboardInterrupt):
        write(out, ["b.html", "d.html"])
    monkeypatch.undo()
    assert len(calls) >= at
    assert {n: (out / n).read_text(encoding="utf-8") for n in held(out)} == kept
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_a_full_disk_is_said_and_leaves_nothing(tmp_path):
    with pytest.raises(cl.ClemencyError, match="could not be written: No space left"), swapped(tmp_path / "out"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert list(tmp_path.iterdir()) == []


def test_an_error_of_another_file_is_not_taken_for_one_of_the_folder(tmp_path):
    with pytest.raises(FileNotFoundError), swapped(tmp_path / "out"):
        Path("/nowhere/at/all").read_text()
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_the_system_refuses_is_refused_in_its_words(tmp_path):
    target = tmp_path / ("x" * 300)
    for write_ in (check_writable, lambda out: write(out, ["index.html"])):
        with pytest.raises(cl.UsageError) as caught:
            write_(target)
        assert str(caught.value) == f"{target} cannot be written: File name too long. Name another folder to write to."


def test_what_cannot_be_written_is_refused_at_once(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(cl.UsageError, match="is a file, not a folder"):
        check_writable(tmp_path / "file")
    with pytest.raises(cl.UsageError, match=r"cannot be written: .*Name another folder"):
        check_writable(tmp_path / "file" / "below")
    monkeypatch.setattr("clemency.records.environment.folders.tempfile.mkdtemp", _refused)
    with pytest.raises(cl.UsageError, match="cannot be written: Permission denied"):
        check_writable(tmp_path / "new" / "out")
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def _refused(**_):
    raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def test_asking_leaves_nothing(tmp_path):
    check_writable(tmp_path / "a" / "b")
    assert list(tmp_path.iterdir()) == []
    monkey = tmp_path / "there"
    monkey.mkdir()
    check_writable(monkey)
    assert list(monkey.iterdir()) == []


def test_the_command_writes_over_other_things_only_with_force(tmp_path):
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    order = ["reproduce", "duihua-2013-arrests", "--html", str(tmp_path)]
    refused = CliRunner().invoke(main, order)
    assert refused.exit_code == 2
    assert "notes.txt" in refused.output
    assert "18.8" not in refused.output  # nothing was computed
    assert CliRunner().invoke(main, [*order, "--force"]).exit_code == 0
    assert (tmp_path / "notes.txt").read_text(encoding="utf-8") == "mine"
    assert (tmp_path / "index.html").is_file()


def test_a_report_writes_over_no_other_things(tmp_path):
    pytest.importorskip("nbclient")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "x").write_text("mine", encoding="utf-8")
    asked = CliRunner().invoke(main, ["report", "2017Q2", "--out", str(tmp_path / "other")])
    assert asked.exit_code == 2
    assert "holds things" in asked.output
