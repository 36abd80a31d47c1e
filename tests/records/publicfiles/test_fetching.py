"""Public files on demand: the registry, and downloads that succeed, break or bring something else."""

import csv
import errno
import fcntl
import hashlib
import pickle
import re
from dataclasses import FrozenInstanceError, fields
from pathlib import Path

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from serving import LETTERS, NOTES, SHA, held

import clemency as cl
from clemency.records.errors import DataError, FetchError, UsageError
from clemency.records.publicfiles import registry, transfer


def leave(cached, content, name="letters"):
    """What an earlier attempt left."""
    part = cached / name / f"letters.bin{transfer.PARTIAL}"
    part.parent.mkdir(parents=True)
    part.write_bytes(content)
    return part


# --- the registry ---


def test_every_row_of_the_registry_is_whole():
    rows = registry.public_files()
    with registry.REGISTRY.open(encoding="utf-8", newline="") as file:
        assert next(csv.reader(file)) == ["name", "file", "bytes", "sha256", "licence", "citation", "address", "about"]
    assert len({(r.name, r.file) for r in rows}) == len(rows) > 3
    for row in rows:
        assert all(str(getattr(row, f.name)).strip() for f in fields(row)), row
        assert re.fullmatch(r"[a-z][a-z0-9_]*", row.name)
        assert re.fullmatch(r"[\w.-]+", row.file)
        assert not row.file.startswith(".")
        assert not row.file.endswith(transfer.PARTIAL)
        assert re.fullmatch(r"[0-9a-f]{64}", row.sha256)
        assert row.bytes > 0
        # an address on GitHub names a commit, so that its bytes never change
        assert re.match(r"https://raw\.githubusercontent\.com/[\w.-]+/[\w.-]+/[0-9a-f]{40}/", row.address)
        assert row.address.endswith("/" + row.file)
        assert row.address[34:].split("/")[1] in row.citation
        assert row.address[34:].split("/")[2][:7] in row.citation


def test_citation_and_licence_belong_to_the_data_set():
    for name in {r.name for r in registry.public_files()}:
        assert len({(r.citation, r.licence) for r in registry.files_of(name)}) == 1


def test_the_registry_stands_in_the_package():
    assert registry.REGISTRY.parent == Path(cl.__file__).parent / "records" / "publicfiles"


def test_an_unknown_name_is_refused_with_near_ones():
    with pytest.raises(UsageError, match=r"no public data set 'steinert2002'. Did you mean steinert2022\?"):
        cl.fetch("steinert2002")
    with pytest.raises(UsageError, match=r"'zzz'. Registered are steinert2022, bdci"):
        cl.fetch("zzz")


# --- downloads that succeed ---


def test_a_file_comes_once_and_then_from_the_cache(both, server, cached):
    data = cl.fetch("two")
    assert data.folder == cached / "two"
    assert data["letters.bin"] == data.path("letters.bin") == cached / "two" / "letters.bin"
    assert data["letters.bin"].read_bytes() == LETTERS
    assert data["notes.txt"].read_bytes() == NOTES
    assert (data.name, data.citation, data.licence) == ("two", "A. Author, A paper, 2022", "none stated")
    assert "none stated" in str(data)
    assert held(cached) == ["two/letters.bin", "two/notes.txt"]
    server.stop()  # no network any more
    asked = len(server.asked)
    assert cl.fetch("two") == data
    assert len(server.asked) == asked == 2


def test_the_result_is_frozen_and_can_be_stored(letters):
    data = cl.fetch("letters")
    with pytest.raises(FrozenInstanceError):
        data.name = "other"
    assert pickle.loads(pickle.dumps(data)) == data
    with pytest.raises(UsageError, match=r"letters has no file 'x'. It has letters.bin"):
        data["x"]


def test_a_redirect_is_followed_also_by_what_goes_on(server, register, cached):
    register(("letters", "letters.bin", f"{server.address}/moved", SHA["letters.bin"], len(LETTERS)))
    leave(cached, LETTERS[:1000])
    assert cl.fetch("letters")["letters.bin"].read_bytes() == LETTERS
    assert server.asked[-1] == ("/letters.bin", "bytes=1000-")


def test_a_broken_download_goes_on_where_it_stopped(letters, server, cached):
    server.cut = 12 * transfer._PIECE + 100  # the last hundred come to nothing
    with pytest.raises(FetchError, match=r"broke after 98,304 of 256,000 bytes\. What came is kept"):
        cl.fetch("letters")
    assert held(cached) == ["letters/letters.bin.part"]
    with pytest.raises(FetchError, match="broke after 196,608"):
        cl.fetch("letters")
    assert cl.fetch("letters")["letters.bin"].read_bytes() == LETTERS
    assert server.asked == [("/letters.bin", r) for r in (None, "bytes=98304-", "bytes=196608-")]
    assert held(cached) == ["letters/letters.bin"]


def test_without_ranges_it_starts_over(letters, server, cached):
    server.manner = "no ranges"
    leave(cached, b"x" * 1000)  # would spoil the file if it were kept
    assert cl.fetch("letters")["letters.bin"].read_bytes() == LETTERS
    assert len(server.asked) == 1


@pytest.mark.parametrize("manner", ["unsatisfiable", "another range"])
def test_a_range_that_the_server_cannot_give_starts_over(letters, server, cached, manner):
    server.manner = manner
    leave(cached, LETTERS[:1000])
    assert cl.fetch("letters")["letters.bin"].read_bytes() == LETTERS
    assert [r for _, r in server.asked] == ["bytes=1000-", None]


@pytest.mark.parametrize("left", [b"x" * 1000, b"x" * len(LETTERS), b"x" * (len(LETTERS) + 1)])
def test_wrong_bytes_left_by_an_earlier_attempt_are_given_up(letters, server, cached, left):
    leave(cached, left)
    assert cl.fetch("letters")["letters.bin"].read_bytes() == LETTERS
    assert server.asked[-1] == ("/letters.bin", None)


def test_a_whole_partial_file_needs_no_network(letters, server, cached):
    leave(cached, LETTERS)
    assert cl.fetch("letters")["letters.bin"].read_bytes() == LETTERS
    assert server.asked == []
    assert held(cached) == ["letters/letters.bin"]


def test_a_spoiled_cached_file_is_replaced(letters, server):
    path = cl.fetch("letters")["letters.bin"]
    path.write_bytes(b"y" + LETTERS[1:])
    assert cl.fetch("letters")["letters.bin"].read_bytes() == LETTERS


# --- downloads that fail ---


@pytest.mark.parametrize("sent", [LETTERS[:-1] + b"x", b"<html>Sign in</html>"])
def test_wrong_bytes_are_refused_and_not_kept(letters, server, cached, sent):
    server.bodies["/letters.bin"] = sent
    found = hashlib.sha256(sent).hexdigest()
    with pytest.raises(FetchError, match=f"SHA-256 {SHA['letters.bin']} expected, {found} found; nothing is kept"):
        cl.fetch("letters")
    assert held(cached) == []


def test_more_bytes_than_the_file_has_are_not_taken(letters, server, cached):
    server.bodies["/letters.bin"] = LETTERS * 100
    with pytest.raises(FetchError, match="more than its 256,000 bytes found"):
        cl.fetch("letters")
    assert held(cached) == []


def test_wrong_bytes_after_right_ones_are_asked_for_once_more(letters, server, cached):
    server.bodies["/letters.bin"] = LETTERS[:-1] + b"x"
    leave(cached, LETTERS[:1000])
    with pytest.raises(FetchError, match="not the registered file"):
        cl.fetch("letters")
    assert [r for _, r in server.asked] == ["bytes=1000-", None]
    assert held(cached) == []


def test_a_spoiled_cached_file_does_not_survive_a_failure(letters, server, cached):
    path = cl.fetch("letters")["letters.bin"]
    path.write_bytes(b"spoiled")
    server.bodies.clear()
    with pytest.raises(FetchError, match="404"):
        cl.fetch("letters")
    assert held(cached) == []


def test_a_status_is_named_with_the_address_and_another_way(letters, server, cached):
    server.bodies.clear()
    with pytest.raises(FetchError) as caught:
        cl.fetch("letters")
    (problem,) = caught.value.problems
    assert problem.file == "letters/letters.bin"
    assert problem.message == f"{server.address}/letters.bin answered 404 Not Found"
    assert "clemency data fetch letters --from FOLDER" in problem.remedy
    assert held(cached) == []
    assert isinstance(caught.value, DataError)


def test_an_end_without_a_length_is_seen_by_the_size(letters, server, cached):
    server.manner, server.cut = "no length", 5000
    with pytest.raises(FetchError, match="broke after 5,000 of 256,000 bytes"):
        cl.fetch("letters")
    assert held(cached) == ["letters/letters.bin.part"]
    server.cut = None
    assert cl.fetch("letters")["letters.bin"].read_bytes() == LETTERS
    assert server.asked[-1][1] == "bytes=5000-"


def test_nobody_listens(letters, server, cached):
    server.stop()
    with pytest.raises(FetchError, match=r"could not be reached: .*refused.*Check the connection.*--from FOLDER"):
        cl.fetch("letters")
    assert held(cached) == []


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (requests.ConnectTimeout(), "no answer within 10 seconds"),
        (requests.ReadTimeout(), "no answer within 60 seconds"),
        (requests.exceptions.SSLError("certificate verify failed"), "certificate verify failed"),
        (requests.ConnectionError("Failed to resolve 'example.org'"), "Failed to resolve"),
        (requests.ConnectionError(), "ConnectionError"),
    ],
)
def test_no_network(letters, monkeypatch, cached, error, said):
    def broken(*_, **__):
        raise error

    monkeypatch.setattr(requests, "get", broken)
    with pytest.raises(FetchError, match=f"could not be reached: {said}.*--from FOLDER"):
        cl.fetch("letters")
    assert held(cached) == []


def test_a_full_disk_during_a_download(letters, monkeypatch, cached):
    written = transfer._Sink.write

    def full(self, piece):
        if self.size > 100_000:
            raise OSError(errno.ENOSPC, "No space left on device")
        written(self, piece)

    monkeypatch.setattr(transfer._Sink, "write", full)
    with pytest.raises(FetchError, match=r"no room for its 256,000 bytes in .*letters\. Free some room"):
        cl.fetch("letters")
    assert held(cached) == ["letters/letters.bin.part"]
    monkeypatch.undo()


def test_a_full_disk_when_the_bytes_are_settled(letters, monkeypatch, cached):
    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(transfer.os, "fsync", full)
    with pytest.raises(FetchError, match="no room"):
        cl.fetch("letters")
    assert held(cached) == ["letters/letters.bin.part"]


def test_a_folder_that_cannot_be_made(letters, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("CLEMENCY_CACHE", str(tmp_path / "file"))
    with pytest.raises(FetchError, match=r"cannot be written: Not a directory\. Let CLEMENCY_CACHE name a folder"):
        cl.fetch("letters")


def test_a_folder_that_cannot_be_written(letters, monkeypatch, cached):
    opened = Path.open

    def forbidden(self, mode="r", *args, **kwargs):
        if "a" in mode:
            raise PermissionError(errno.EACCES, "Permission denied")
        return opened(self, mode, *args, **kwargs)

    monkeypatch.setattr(Path, "open", forbidden)
    with pytest.raises(FetchError, match="cannot be written: Permission denied"):
        cl.fetch("letters")
    assert held(cached) == []


def test_two_at_once_do_not_mix_their_bytes(letters, cached):
    part = leave(cached, LETTERS[:1000])
    with part.open("r+b") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(FetchError, match="another process is writing"):
            cl.fetch("letters")
    assert part.read_bytes() == LETTERS[:1000]
    assert cl.fetch("letters")["letters.bin"].read_bytes() == LETTERS


def test_a_partial_file_that_another_process_finished_meanwhile(letters, cached, monkeypatch):
    part = leave(cached, LETTERS[:1000])
    monkeypatch.setattr(transfer.fcntl, "flock", lambda *_: part.replace(part.with_suffix("")).write_bytes(LETTERS))
    with pytest.raises(FetchError, match="another process is writing"):
        cl.fetch("letters")
    assert cl.fetch("letters")["letters.bin"].read_bytes() == LETTERS


def test_an_interruption_keeps_what_came(letters, monkeypatch, cached):
    written = transfer._Sink.write

    def interrupted(self, piece):
        written(self, piece)
        raise KeyboardInterrupt

    monkeypatch.setattr(transfer._Sink, "write", interrupted)
    with pytest.raises(KeyboardInterrupt):
        cl.fetch("letters")
    assert held(cached) == ["letters/letters.bin.part"]


def test_files_that_came_before_a_failure_stay(both, server, cached):
    del server.bodies["/notes.txt"]
    with pytest.raises(FetchError, match=r"two/notes.txt: .*404"):
        cl.fetch("two")
    assert held(cached) == ["two/letters.bin"]


SPOILED = {"wrong": LETTERS[:-1] + b"x", "short": LETTERS[:-5000], "long": LETTERS * 2, "nothing": b"", "gone": None}


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["ranges", "no ranges", "unsatisfiable", "another range", "no length"]),
            st.sampled_from([None, 0, 100, 50_000, 200_000]),
            st.sampled_from(["right", *SPOILED]),
        ),
        max_size=5,
    )
)
def test_whatever_failed_before_only_right_files_are_kept_and_an_honest_server_suffices(letters, server, cached, story):
    for manner, cut, body in story:
        server.manner, server.cut = manner, cut
        server.bodies = {} if body == "gone" else {"/letters.bin": SPOILED.get(body, LETTERS)}
        try:
            assert cl.fetch("letters")["letters.bin"].read_bytes() == LETTERS
        except FetchError:
            assert set(held(cached)) <= {"letters/letters.bin.part"}
    server.manner, server.cut, server.bodies = "ranges", None, {"/letters.bin": LETTERS}
    path = cl.fetch("letters")["letters.bin"]
    assert path.read_bytes() == LETTERS
    assert held(cached) == ["letters/letters.bin"]
    path.unlink()
