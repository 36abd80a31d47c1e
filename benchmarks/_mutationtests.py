"""Which tests run which lines of the package, and whether any of them notices a fault.

Tests run in forks of a process that has loaded the heavy libraries but nothing of ours: a fork costs no import of
NumPy, pandas or pytest, and reads the package, fault and all, anew. All is done in a copy of the repository.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import os
import pickle
import resource
import shutil
import signal
import sys
import tempfile
import threading
import time
import traceback
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest

HEAVY = """
numpy pandas scipy.stats scipy.sparse scipy.special scipy.optimize scipy.linalg scipy.integrate matplotlib.pyplot
seaborn formulaic statsmodels.api lifelines click.testing
rich requests pooch numba lazy_loader nbformat jinja2 openpyxl rapidfuzz pypinyin duckdb splink frictionless
"""
#: Times that a function is followed line by line in one test; later calls rarely reach another line.
FOLLOWED = 40
#: Bytes of memory that a test process may ask for.
MEMORY = 16 << 30


def warm() -> None:
    """Load what every test needs and no fault can touch."""
    os.environ["MPLBACKEND"] = "Agg"
    for name in HEAVY.split():
        try:
            importlib.import_module(name)
        except ImportError:
            continue


def copy_repository(root: Path, to: Path) -> None:
    """Copy what tests need; what is there already and the same is left alone."""
    skip = shutil.ignore_patterns(
        ".git", ".venv", "__pycache__", ".*_cache", "*.egg-info", "mutation*.csv", ".hypothesis", "site", "dist"
    )
    for path in sorted(to.glob("*")):
        if path.name != "home":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.copytree(root, to, ignore=skip, dirs_exist_ok=True)
    (to / "home").mkdir(exist_ok=True)


@dataclass(slots=True)
class Ran:
    """What came of a run: tests that failed or could not be collected, seconds by test, whether it was ended."""

    failed: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    collecting: float = 0.0
    hung: bool = False
    crashed: bool = False


class _Chosen:
    """Keep some tests, stop at the first failure, and note what happened."""

    def __init__(self, wanted: set[str] | None) -> None:
        self.wanted, self.ran = wanted, Ran()

    def pytest_sessionstart(self) -> None:
        from hypothesis import settings

        settings.register_profile("unhurried", parent=settings.default, deadline=None)
        settings.load_profile("unhurried")  # on a busy machine a test may be slow, and has not noticed anything

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        if self.wanted is not None:
            items[:] = [i for i in items if i.nodeid in self.wanted]

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed:
            self.ran.failed.append(f"collecting {report.nodeid}")

    def pytest_runtest_logreport(self, report: Any) -> None:
        spent = self.ran.seconds
        spent[report.nodeid] = spent.get(report.nodeid, 0.0) + report.duration
        if report.failed:
            self.ran.failed.append(report.nodeid)


class Follower:
    """Note the lines that each test runs; what a fixture for several tests runs counts for its whole file."""

    def __init__(self, folder: Path) -> None:
        self.folder = str(folder / "clemency") + os.sep
        self.lines: dict[str, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
        self.test = ""
        self.left: dict[CodeType, int] = {}

    def start(self) -> None:
        threading.settrace(self._call)
        sys.settrace(self._call)

    def _call(self, frame: FrameType, event: str, arg: object) -> Any:
        code = frame.f_code
        name = code.co_filename
        if not name.startswith(self.folder) or (left := self.left.get(code, FOLLOWED)) <= 0:
            return None
        self.left[code] = left - 1
        add = self.lines[self.test][name[len(self.folder) :]].add
        add(frame.f_lineno)

        def line(frame: FrameType, event: str, arg: object) -> Any:
            add(frame.f_lineno)
            return line

        return line

    def _turn(self, test: str) -> str:
        before, self.test = self.test, test
        self.left = {}
        return before

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: Any) -> Iterator[Any]:
        self._turn(item.nodeid)
        try:
            return (yield)
        finally:
            self._turn("")

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any) -> Iterator[Any]:
        before = self.test if fixturedef.scope == "function" else self._turn("")
        try:
            return (yield)
        finally:
            if before != self.test:
                self._turn(before)


def run(
    folder: Path, files: Sequence[str], wanted: set[str] | None, seconds: float, follow: bool = False
) -> tuple[Ran, dict[str, dict[str, set[int]]]]:
    """Run tests of a copy of the repository in a fork, and stop at the first that fails.

    Parameters
    ----------
    folder : Path
        The copy.
    files : sequence of str
        Files of tests, or modules with examples, in the order in which they are run.
    wanted : set of str, optional
        Those of their tests that are run; all by default.
    seconds : float
        After which the run is ended, as hung.
    follow : bool
        Note the lines that each test runs, and go on after a failure.

    Returns
    -------
    ran : Ran
    lines : dict
        By test and module; empty unless they are followed.
    """
    answer = folder / "home" / "answer.pickle"
    answer.unlink(missing_ok=True)
    child = os.fork()
    if child == 0:
        _inside(folder, files, wanted, answer, follow)
    ended = _wait(child, seconds)
    if ended is None:
        return Ran(hung=True), {}
    if not answer.exists():
        return Ran(crashed=True), {}
    values, lines = pickle.loads(answer.read_bytes())
    return Ran(**values), lines


def _inside(folder: Path, files: Sequence[str], wanted: set[str] | None, answer: Path, follow: bool) -> None:
    """In the fork: run the tests, write the answer, and end without going back."""
    code = 1
    try:
        os.setsid()
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        out = os.open(folder / "home" / "output.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(out, 1), os.dup2(out, 2), os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.chdir(folder)
        home = str(folder / "home")
        own = {"HOME": home, "PYTHONPATH": str(folder), "TMPDIR": str(folder / "home" / "tmp")}
        own |= {"XDG_CACHE_HOME": home + "/cache", "NUMBA_CACHE_DIR": home + "/numba", "MPLBACKEND": "Agg"}
        (folder / "home" / "tmp").mkdir(exist_ok=True)
        os.environ.update(own)
        tempfile.tempdir = None
        sys.path[:] = [str(folder), *(p for p in sys.path if p and not (Path(p) / "clemency" / "__init__.py").exists())]
        sys.stdout, sys.stderr = os.fdopen(1, "w"), os.fdopen(2, "w")
        for name in [m for m in sys.modules if m.split(".")[0] in ("benchmarks", "clemency")]:
            del sys.modules[name]
        chosen, follower, began = _Chosen(wanted), Follower(folder), time.perf_counter()
        plugins: list[Any] = [chosen]
        if follow:
            plugins.append(follower)
            follower.start()
        pytest.main(["-p", "no:cacheprovider", *(() if follow else ("-x",)), *files], plugins)
        sys.settrace(None)
        chosen.ran.collecting = time.perf_counter() - began - sum(chosen.ran.seconds.values())
        answer.write_bytes(pickle.dumps((asdict(chosen.ran), {t: dict(m) for t, m in follower.lines.items()})))
        code = 0
    except BaseException:
        traceback.print_exc(file=sys.__stderr__)
        raise
    finally:
        os._exit(code)


def _wait(child: int, seconds: float) -> int | None:
    """Status of a fork, or None if it had to be ended, with all that it had started."""
    until = time.monotonic() + seconds
    status = None
    while status is None and time.monotonic() < until:
        done, found = os.waitpid(child, os.WNOHANG)
        if done:
            status = found
        else:
            time.sleep(0.02)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)  # also what a finished run has left behind
    if status is None:
        os.waitpid(child, 0)
    return status


@dataclass
class Followed:
    """What the tests of one file run.

    Attributes
    ----------
    mark : str
        Hash of the file.
    collecting : float
        Seconds before its first test.
    seconds : dict
        By test; those that fail without any fault are not there.
    lines : dict
        By test and module; under the empty name what belongs to all tests of the file.
    sources : dict
        Hash of each module when they were run.
    """

    mark: str
    collecting: float
    seconds: dict[str, float]
    lines: dict[str, dict[str, set[int]]]
    sources: dict[str, str]


class Map:
    """Which tests run which lines, kept in a file, so that only what has changed is run again."""

    def __init__(self, folder: Path, kept: Path) -> None:
        self.folder, self.kept = folder, kept
        self.files: dict[str, Followed] = pickle.loads(kept.read_bytes()) if kept.exists() else {}

    def renew(self, files: Iterable[str], say: Any = print) -> None:
        """Follow the tests of files that are new or have changed, and forget those that are gone."""
        files = list(files)
        self.files = {f: v for f, v in self.files.items() if f in files}
        new = [f for f in files if f not in self.files or self.files[f].mark != _hash(self.folder / f)]
        examples = [f for f in new if f.startswith("clemency/")]  # a few in each module: one run for all of them
        for part in [*([f] for f in new if f not in examples), *([examples] if examples else [])]:
            began = time.monotonic()
            ran, lines = run(self.folder, part, None, 3600, follow=True)
            for name in part:
                self._keep(name, ran, lines, len(part))
            self.kept.write_bytes(pickle.dumps(self.files))
            bad = f"; without any fault {len(ran.failed)} fail: {ran.failed[:3]}" if ran.failed else ""
            what = part[0] if len(part) == 1 else f"examples of {len(part)} modules"
            say(f"{what}: {len(ran.seconds)} tests, {time.monotonic() - began:.0f} s{bad}", flush=True)

    def _keep(self, name: str, ran: Ran, lines: dict[str, dict[str, set[int]]], shared: int) -> None:
        own = {t: m for t, m in lines.items() if (not t and shared == 1) or t.startswith(f"{name}::")}
        seconds = {t: s for t, s in ran.seconds.items() if t.startswith(f"{name}::") and t not in ran.failed}
        sources = {m: _hash(self.folder / "clemency" / m) for m in set().union(*own.values())}
        self.files[name] = Followed(_hash(self.folder / name), ran.collecting / shared, seconds, own, sources)

    def running(self, module: str, lines: set[int]) -> dict[str, tuple[set[str], set[str]]]:
        """By file, the tests that run any of some lines of a module, and all tests of such files.

        Lines that a file runs before its tests count for all of them. If the module has changed since, any line does.
        """
        found, mark = {}, _hash(self.folder / "clemency" / module)
        for name, file in self.files.items():
            changed = file.sources.get(module) != mark
            hits = {
                test
                for test, run in file.lines.items()
                if (own := run.get(module)) and (changed or not own.isdisjoint(lines))
            }
            if hits:
                every = set(file.seconds)
                found[name] = (every if "" in hits else hits & every), every
        return found


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def batches(
    found: dict[str, tuple[set[str], set[str]]], files: dict[str, Followed], module: str, limits: Sequence[float]
) -> Iterator[tuple[list[str], set[str], float]]:
    """Tests to be run together, the quickest and nearest first: files, tests, and the seconds that they take.

    Parameters
    ----------
    found : dict
        From `Map.running`.
    files : dict
        Of the map.
    module : str
        Such as ``models/hazard/cox.py``: tests of its room come before others, those of a file of its name before
        them.
    limits : sequence of float
        Seconds up to which tests are put into the first, second ... batch; what is beyond the last is not run.
    """
    order = []
    for name, (own, every) in found.items():
        file, factor = files[name], _nearness(name, module)
        for test in every:
            price = factor * (file.seconds[test] + 0.3 * file.collecting)
            order.append((price + (0 if test in own else 1e6), name, test))
    order.sort()
    place, spent, loaded = 0, 0.0, set()
    for limit in limits:
        chosen: dict[str, set[str]] = {}
        took = 0.0
        while place < len(order) and (spent < limit or not chosen):
            _, name, test = order[place]
            cost = files[name].seconds[test] + (0 if name in chosen else files[name].collecting)
            if spent + cost > limits[-1] and loaded:
                break
            chosen.setdefault(name, set()).add(test)
            spent, took, place = spent + cost, took + cost, place + 1
            loaded.add(name)
        if chosen:
            yield list(chosen), set().union(*chosen.values()), took
    if place < len(order):
        yield [], set(), 0.0


def _nearness(name: str, module: str) -> float:
    room, stem = Path(module).parent.as_posix().split("/")[0], Path(module).stem
    if name == f"clemency/{module}":
        return 0.05
    if not name.startswith(f"tests/{room}/"):
        return 1.0
    return 0.05 if stem in name else 0.3
