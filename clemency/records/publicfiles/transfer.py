"""An address or a local file -> a file whose bytes are the registered ones, or nothing under its name.

Bytes gather in ``FILE.part``. That becomes ``FILE``, in one step, once its SHA-256 is right. What a broken download
left in it is kept, and the next one goes on from there where the server supports ranges.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import pooch
import requests

from clemency.records.errors import FetchError, Problem
from clemency.records.publicfiles.registry import PublicFile

try:
    import fcntl
except ImportError:  # Windows, which does not rename a file that another process holds open
    fcntl = None  # type: ignore[assignment]

PARTIAL = ".part"
_WAIT = (10, 60)  # seconds: for the connection, and between one piece and the next
_PIECE = 1 << 13  # bytes; of a piece that breaks off, nothing is kept

Report = Callable[[int], object]


class _SurplusError(Exception):
    """The server sends more bytes than the file has."""


def download(entry: PublicFile, target: Path, report: Report) -> None:
    """Download a file, going on from what an earlier attempt left.

    Parameters
    ----------
    entry : PublicFile
        What to download.
    target : Path
        Where it shall lie. Its folder is made if need be.
    report : callable
        Called with the bytes that are there so far.

    Raises
    ------
    FetchError
        If the file cannot be had whole and right.
    """
    part = _part(target)
    with _writing(entry, target.parent):
        target.parent.mkdir(parents=True, exist_ok=True)
        resumed, found = _receive(entry, part, report)
        if found != entry.sha256 and resumed:  # what was left may have been wrong: once more, from the start
            _, found = _receive(entry, part, report)
        if found == entry.sha256:
            _keep(part, target, entry)
            return
    raise wrong(entry, f"the bytes from {entry.address}", found, f"Call again later, or {_by_hand(entry)}")


def copy(entry: PublicFile, source: Path, target: Path) -> None:
    """Copy a local file into the cache if its bytes are the registered ones.

    Raises
    ------
    FetchError
        If it cannot be read or copied, or is another file.
    """
    verify(entry, source, "Obtain the registered file again, from " + entry.address)
    if right(entry, target):
        return
    part = _part(target)
    with _writing(entry, target.parent):
        target.parent.mkdir(parents=True, exist_ok=True)
        with _claimed(entry, part) as file:
            file.truncate(0)
            with source.open("rb") as original:
                shutil.copyfileobj(original, file, _PIECE)
            found = _settled(file, part, entry)
        if found == entry.sha256:
            _keep(part, target, entry)
            return
    raise wrong(entry, f"the copy of {source}", found, "The file or the disk changes under way: check both.")


def discard(entry: PublicFile, target: Path) -> None:
    """Remove a cached file that is not the registered one."""
    with _writing(entry, target.parent):
        target.unlink(missing_ok=True)


def verify(entry: PublicFile, path: Path, remedy: str) -> None:
    """Refuse a local file that is not the registered one."""
    found = digest(entry, path)
    if found != entry.sha256:
        raise wrong(entry, str(path), found, remedy)


def right(entry: PublicFile, path: Path) -> bool:
    """Whether a file is there and is the registered one."""
    with reading(entry, path):
        there = path.is_file() and path.stat().st_size == entry.bytes
    return there and digest(entry, path) == entry.sha256


def digest(entry: PublicFile, path: Path) -> str:
    """SHA-256 of a file; one that cannot be read is refused."""
    with reading(entry, path):
        return str(pooch.file_hash(str(path)))


@contextmanager
def reading(entry: PublicFile, path: Path) -> Iterator[None]:
    """Say what cannot be read."""
    try:
        yield
    except OSError as error:
        raise refusal(entry, f"{path} cannot be read: {error.strerror or error}", "Check its permissions.") from None


def refusal(entry: PublicFile, message: str, remedy: str) -> FetchError:
    """Error about a registered file."""
    return FetchError([Problem(entry.label, None, "", "", message, remedy)])


def wrong(entry: PublicFile, what: str, found: str, remedy: str) -> FetchError:
    """Error about bytes that are not the registered ones."""
    message = f"{what}: not the registered file. SHA-256 {entry.sha256} expected, {found} found; nothing is kept of it"
    return refusal(entry, message, remedy)


def _by_hand(entry: PublicFile) -> str:
    return (
        f"download it by other means into a folder and run: clemency data fetch {entry.name} --from FOLDER"
        f' (in Python: cl.fetch("{entry.name}", from_path=FOLDER)).'
    )


def _part(target: Path) -> Path:
    return target.with_name(target.name + PARTIAL)


class _Sink:
    """The partial file, as pooch's downloader writes it and as the server's answer positions it."""

    def __init__(self, file: IO[bytes], size: int, entry: PublicFile, report: Report) -> None:
        self.file, self.size, self.entry, self.report = file, size, entry, report
        self.response: requests.Response | None = None

    def answered(self, response: requests.Response, **_: Any) -> None:
        """Start where the server does; called before any byte of the body is read."""
        self.response = response
        if response.status_code == requests.codes.partial:
            told = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
            start = int(told[1]) if told else self.size + 1
            if start > self.size:
                raise requests.exceptions.InvalidHeader("it sent another range than the one asked for")
            self._cut(start)
        elif response.status_code == requests.codes.ok:
            self._cut(0)

    def write(self, piece: bytes) -> None:
        if self.size + len(piece) > self.entry.bytes:
            raise _SurplusError
        self.file.write(piece)
        self.size += len(piece)

    def flush(self) -> None:
        self.file.flush()
        self.report(self.size)

    def _cut(self, size: int) -> None:
        self.file.truncate(size)
        self.size = size

    @property
    def open_ended(self) -> bool:
        """Whether the body ended early without a length by which the client would have seen it."""
        headers = {} if self.response is None else self.response.headers
        framed = "Content-Length" in headers or "Transfer-Encoding" in headers
        return self.size < self.entry.bytes and not framed


def _receive(entry: PublicFile, part: Path, report: Report) -> tuple[bool, str]:
    """Fill the partial file; whether it began with older bytes, and the hash found. Wrong bytes are dropped."""
    with _claimed(entry, part) as file:
        start = file.tell()
        if start > entry.bytes:
            file.truncate(start := 0)
        report(start)
        if start == entry.bytes:
            return True, _settled(file, part, entry)
        sink = _Sink(file, start, entry, report)
        try:
            _request(entry, sink)
        except _SurplusError:
            file.truncate(0)
            return start > 0, f"more than its {entry.bytes:,} bytes"
        except requests.RequestException as error:
            if start and _useless(error):
                file.truncate(0)
                return True, ""
            raise _no_download(entry, sink, error) from None
        return start > 0, _settled(file, part, entry)


def _request(entry: PublicFile, sink: _Sink) -> None:
    headers = {"Accept-Encoding": "identity"}  # ranges count the bytes that are sent, so they must be the file's
    if sink.size:
        headers["Range"] = f"bytes={sink.size}-"
    get = pooch.HTTPDownloader(chunk_size=_PIECE, timeout=_WAIT, headers=headers, hooks={"response": sink.answered})
    try:
        get(entry.address, sink, None)
    finally:
        if sink.response is not None:
            sink.response.close()
    if sink.open_ended:
        raise requests.exceptions.ConnectionError("the body ended early")


def _no_download(entry: PublicFile, sink: _Sink, error: requests.RequestException) -> FetchError:
    """Why nothing, or not all, came from the address, in a reader's words."""
    if isinstance(error, requests.HTTPError) and error.response is not None:
        answer = f"{error.response.status_code} {error.response.reason}".rstrip()
        return refusal(entry, f"{entry.address} answered {answer}", f"Call again later, or {_by_hand(entry)}")
    if sink.response is not None and sink.size:
        message = f"the connection to {entry.address} broke after {sink.size:,} of {entry.bytes:,} bytes"
        return refusal(entry, message, f"What came is kept: call again to go on from there, or {_by_hand(entry)}")
    if isinstance(error, requests.Timeout):
        cause = f"no answer within {_WAIT[isinstance(error, requests.ReadTimeout)]} seconds"
    else:
        inner = error.args[0] if error.args else type(error).__name__
        cause = str(getattr(inner, "reason", inner)).split(": ", 1)[-1]
    message = f"{entry.address} could not be reached: {cause}"
    return refusal(entry, message, f"Check the connection and call again, or {_by_hand(entry)}")


def _useless(error: requests.RequestException) -> bool:
    """Whether the server has nothing that goes on from the partial file."""
    status = error.response.status_code if error.response is not None else 0
    return isinstance(error, requests.exceptions.InvalidHeader) or status == requests.codes.range_not_satisfiable


@contextmanager
def _claimed(entry: PublicFile, part: Path) -> Iterator[IO[bytes]]:
    """Open the partial file at its end, for this process alone; an empty one is removed again."""
    with closing(part.open("a+b")) as file:
        if not _locked(file, part):
            message = f"another process is writing {part}"
            raise refusal(entry, message, "Call again when it is done.")
        file.seek(0, os.SEEK_END)
        try:
            yield file
        finally:
            if os.fstat(file.fileno()).st_size == 0:
                with suppress(PermissionError):  # Windows removes no open file; an empty partial does no harm
                    part.unlink(missing_ok=True)


def _locked(file: IO[bytes], part: Path) -> bool:
    if fcntl is None:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks: the hash still guards the result
        return True
    try:  # between opening and locking, another process may have finished and renamed it
        return os.path.samestat(os.fstat(file.fileno()), part.stat())
    except FileNotFoundError:
        return False


def _settled(file: IO[bytes], part: Path, entry: PublicFile) -> str:
    """Hash of the bytes now on the disk; wrong ones are dropped."""
    file.flush()
    os.fsync(file.fileno())
    found = digest(entry, part)
    if found != entry.sha256:
        file.truncate(0)
    return found


def _keep(part: Path, target: Path, entry: PublicFile) -> None:
    try:
        part.replace(target)
    except FileNotFoundError:
        if digest(entry, target) != entry.sha256:  # else another process has just put it there
            raise


@contextmanager
def _writing(entry: PublicFile, folder: Path) -> Iterator[None]:
    """Say what the disk refused."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            message = f"no room for its {entry.bytes:,} bytes in {folder}"
            remedy = "Free some room and call again, or let CLEMENCY_CACHE name a folder on another disk."
        else:
            message = f"{folder} cannot be written: {error.strerror or error}"
            remedy = "Let CLEMENCY_CACHE name a folder that can, or CLEMENCY_DATA one in which the file lies already."
        raise refusal(entry, message, remedy) from None
