"""A folder to write to -> files written beside it, and swapped in whole once all of them are there."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from os import PathLike
from pathlib import Path

from clemency.records.errors import ClemencyError, UsageError

#: Lists what was written, so that the next edition knows what it may replace.
MANIFEST = "files.json"
_MARK = "written by clemency; these files are replaced by the next edition"


@contextmanager
def swapped(out: str | PathLike[str], force: bool = False) -> Iterator[Path]:
    """Give an empty folder to write to; its files replace those of `out` when the block ends without an error.

    Parameters
    ----------
    out : path
        Folder that is made, or whose files of an earlier edition are replaced.
    force : bool
        Also write to a folder that holds other things. A file or folder at its top that has the name of something new
        (``index.html``, ``figures``, ``tables`` ...) is then replaced whole; the rest stays as it is.

    Yields
    ------
    Path
        Beside `out`, on the same disk.

    Raises
    ------
    UsageError
        Before the block, if `out` is a link or a file, cannot be written, or holds other things and `force` is not set.

    Notes
    -----
    An error in the block, or Ctrl-C, leaves `out` as it was and nothing beside it.
    """
    target = Path(os.path.abspath(out))
    _check(target, force)
    stage, made = _stage(target)
    try:
        yield stage
        _write_manifest(stage)
        os.chmod(stage, 0o777 & ~_umask())
        _swap(stage, target)
        made = []
    except OSError as error:
        if error.filename is not None and not Path(str(error.filename)).is_relative_to(target.parent):
            raise
        raise ClemencyError(f"{out} could not be written: {error.strerror or error}. It is as it was before.") from None
    finally:
        shutil.rmtree(stage, ignore_errors=True)
        _unmake(made)


def check_writable(out: str | PathLike[str], force: bool = False) -> None:
    """Refuse, before anything is computed, a folder that `swapped` would refuse; nothing is left of the try.

    Parameters
    ----------
    out : path
    force : bool

    Raises
    ------
    UsageError
        If it is a link or a file, cannot be written, or holds other things.
    """
    target = Path(os.path.abspath(out))
    _check(target, force)
    stage, made = _stage(target)
    stage.rmdir()
    _unmake(made)


def _check(target: Path, force: bool) -> None:
    try:
        if target.is_symlink():
            raise UsageError(
                f"{target} is a link to {os.readlink(target)}, and links are not followed. Name the folder itself."
            )
        if not target.exists():
            return
        if not target.is_dir():
            raise UsageError(f"{target} is a file, not a folder. Name another folder to write to.")
        others = [] if force else _others(target)
    except OSError as error:
        raise _unwritable(target, error) from None
    if others:
        more = f" and {len(others) - 3} more" if len(others) > 3 else ""
        raise UsageError(
            f"{target} holds things that no earlier edition wrote there, or that were changed since: "
            f"{', '.join(others[:3])}{more}. Name another folder, or write over this one with --force "
            "(force=True in Python)."
        )


def _others(target: Path) -> list[str]:
    """What a folder holds besides the unchanged files of an earlier edition; links are never ours."""
    known = _manifest(target)
    tops = {n.split("/")[0] for n in known} | ({MANIFEST} if known else set())
    found = []
    for top in sorted(target.iterdir()):
        if top.is_symlink() or top.name not in tops:
            found.append(top.name)
        elif top.is_dir():
            found += [
                n
                for n in (p.relative_to(target).as_posix() for p in sorted(top.rglob("*")))
                if not _ours(target / n, known.get(n))
            ]
        elif top.name != MANIFEST and not _ours(top, known[top.name]):
            found.append(top.name)
    return found


def _ours(path: Path, written: str | None) -> bool:
    if path.is_symlink():
        return False
    return any(path.iterdir()) if path.is_dir() else written == _hash(path)


def _manifest(target: Path) -> dict[str, str]:
    path = target / MANIFEST
    if path.is_symlink() or not path.is_file():
        return {}
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
        return {str(k): str(v) for k, v in read["files"].items()} if read["about"] == _MARK else {}
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}


def _write_manifest(stage: Path) -> None:
    files = {p.relative_to(stage).as_posix(): _hash(p) for p in sorted(stage.rglob("*")) if p.is_file()}
    text = json.dumps({"about": _MARK, "files": files}, ensure_ascii=False, indent=1) + "\n"
    (stage / MANIFEST).write_text(text, encoding="utf-8")


def _hash(path: Path) -> str:
    if not path.is_file():
        return ""
    with path.open("rb") as file:  # in pieces: tables may be larger than memory
        return hashlib.file_digest(file, "sha256").hexdigest()


def _stage(target: Path) -> tuple[Path, list[Path]]:
    """An empty folder on the target's disk, and the folders above the target that had to be made for it."""
    made: list[Path] = []
    try:
        for parent in [p for p in reversed(target.parents) if not p.exists()]:
            parent.mkdir()
            made.insert(0, parent)
        if target.exists() and not os.access(target, os.W_OK | os.X_OK):
            raise PermissionError(13, "Permission denied")
        beside = target.parent
        if target.exists() and not (os.access(beside, os.W_OK) and beside.stat().st_dev == target.stat().st_dev):
            beside = target  # the root of a disk, or in a folder of somebody else
        return Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=beside)), made
    except OSError as error:
        _unmake(made)
        raise _unwritable(target, error) from None


def _unmake(made: list[Path]) -> None:
    """Remove folders that were made for nothing; one that somebody has used meanwhile stays."""
    for parent in made:
        with suppress(OSError):
            parent.rmdir()


def _unwritable(target: Path, error: OSError) -> UsageError:
    return UsageError(f"{target} cannot be written: {error.strerror or error}. Name another folder to write to.")


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _swap(stage: Path, target: Path) -> None:
    """Move the new files to their place, the old ones out of it; undone if that is stopped on the way."""
    if not target.exists():
        os.rename(stage, target)
        return
    old = Path(tempfile.mkdtemp(prefix=".old-", dir=stage))
    names = [p.name for p in stage.iterdir() if p != old]
    earlier = {Path(n).parts[0] for n in _manifest(target)} | {MANIFEST}
    done: list[tuple[Path, Path]] = []
    try:
        for name in sorted(earlier | set(names)):
            if os.path.lexists(target / name):
                _move(target / name, old / name, done)
        for name in sorted(names):
            _move(stage / name, target / name, done)
    except BaseException:
        for source, place in reversed(done):
            if os.path.lexists(place) and not os.path.lexists(source):
                os.rename(place, source)
        raise


def _move(source: Path, place: Path, done: list[tuple[Path, Path]]) -> None:
    done.append((source, place))  # first, so that a move interrupted just after it is undone too
    os.rename(source, place)
