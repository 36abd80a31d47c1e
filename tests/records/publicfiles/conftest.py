"""Public data sets that are served on the loopback address."""

import csv
import hashlib
import threading

import pytest
from serving import LETTERS, NOTES, SHA, Server

from clemency.records.publicfiles import registry, transfer


@pytest.fixture
def server():
    running = Server()
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield running
    running.stop()
    thread.join()


@pytest.fixture
def cached(tmp_path, monkeypatch):
    """A cache of the test's own, looked at afterwards: whatever failed, nothing wrong lies in it."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("CLEMENCY_CACHE", str(folder))
    monkeypatch.delenv("CLEMENCY_DATA", raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    yield folder
    if folder.is_dir():
        for path in (p for p in folder.rglob("*") if p.is_file()):
            right = hashlib.sha256(path.read_bytes()).hexdigest() == SHA.get(path.name)
            assert right or path.name.endswith(transfer.PARTIAL), path


@pytest.fixture
def register(cached, tmp_path, monkeypatch):
    """Let the registry be these files: (name, file, address, sha256, bytes)."""

    def change(*rows):
        path = tmp_path / "registry.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["name", "file", "bytes", "sha256", "licence", "citation", "address", "about"])
            for name, file_, address, sha, size in rows:
                writer.writerow([name, file_, size, sha, "none stated", "A. Author, A paper, 2022", address, "bytes"])
        monkeypatch.setattr(registry, "REGISTRY", path)

    return change


@pytest.fixture
def letters(server, register):
    """A data set of one file."""
    register(("letters", "letters.bin", f"{server.address}/letters.bin", SHA["letters.bin"], len(LETTERS)))


@pytest.fixture
def both(server, register):
    """A data set of two files."""
    register(
        ("two", "letters.bin", f"{server.address}/letters.bin", SHA["letters.bin"], len(LETTERS)),
        ("two", "notes.txt", f"{server.address}/notes.txt", SHA["notes.txt"], len(NOTES)),
    )
