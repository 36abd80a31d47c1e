"""How many small faults would the tests notice? ``python -m benchmarks mutation --seed 1 --faults 300``.

Faults are planted one at a time in a copy of the repository (see `_mutants`): as many in each room as its share of the
lines, each in a line drawn at random. Then the tests that run the line are run, the quickest first, until one fails
twice. The copy and what is known of the tests stay in ``--work``, so that a second run follows only the tests of files
that have changed. Writes ``results/mutation.csv``; a run that was stopped goes on where it was. ``--again survived``
plants the survivors anew, after tests were added; ``mutation_equivalent.csv`` names, with the reason, those that change
nothing that anybody could see. Faults in sizes, colours and places of marks (``looks``) are told apart.

In the results as committed, the survivors were planted anew without following the tests: those named after the
module, of its folder and of its room were run, which can only miss more. Where the line had changed since, the row
names the place in which a fault of the same kind was planted. For what was left, tests were written or the code was
mended. That all of these faults are noticed therefore says nothing of how many others would be.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from benchmarks import _mutationtests as tests
from benchmarks._mutants import Mutant, Site, lines_of, mutants, names_used, plant, sites

ROOT = Path(__file__).parents[1]
EQUIVALENT = Path(__file__).with_name("mutation_equivalent.csv")
COLUMNS = ["seed", "room", "module", "function", "line", "at", "operator", "before", "after", "looks"]
COLUMNS += ["outcome", "by", "seconds"]
KEY = ["module", "function", "at", "operator", "before", "after"]
#: Seconds of tests (as they are followed, which takes some three times as long as to run them) up to which the first,
#: second ... runs for a fault go; a fault that outlives the last one survives.
LIMITS = (3.0, 20.0, 200.0)
#: Tests that plant faults themselves.
LEFT_OUT = ("tests/benchmarks/test_mutation.py",)


def modules(root: Path, only: Sequence[str] = ()) -> list[str]:
    """Modules of the package, in order, such as ``models/hazard/cox.py``; of some rooms or modules only, if named."""
    found = sorted(p.relative_to(root / "clemency").as_posix() for p in (root / "clemency").rglob("*.py"))
    known = [m for m in found if m != "__init__.py" and not m.endswith("/__init__.py")]
    if unknown := [w for w in only if not any(_within(m, w) for m in known)]:
        sys.exit(f"there is no room or module '{unknown[0]}'")
    return [m for m in known if not only or any(_within(m, w) for w in only)]


def _within(module: str, part: str) -> bool:
    return module.startswith(part.rstrip("/") + "/") or module.removesuffix(".py") == part.removesuffix(".py")


def room(module: str) -> str:
    """Room of a module; the command line is one of its own."""
    return module.split("/")[0] if "/" in module else "cli"


def shares(lines: dict[str, int], faults: int) -> dict[str, int]:
    """Faults by room in proportion to its lines, by largest remainders.

    Examples
    --------
    >>> shares({"a": 70, "b": 20, "c": 10}, 8)
    {'a': 5, 'b': 2, 'c': 1}
    """
    total = sum(lines.values())
    exact = {r: faults * n / total for r, n in lines.items()}
    out = {r: int(v) for r, v in exact.items()}
    for r in sorted(exact, key=lambda r: (out[r] - exact[r], r))[: faults - sum(out.values())]:
        out[r] += 1
    return out


def draw(root: Path, seed: int, faults: int, only: Sequence[str] = ()) -> list[tuple[str, Mutant]]:
    """Draw modules and faults: lines at random within each room, and one of the faults of each line."""
    by_line: dict[str, dict[tuple[str, int], list[Site]]] = {}
    for module in modules(root, only):
        source = (root / "clemency" / module).read_text(encoding="utf-8")
        for site in sites(source, figure=room(module) == "figures"):
            by_line.setdefault(room(module), {}).setdefault((module, site.line), []).append(site)
    wanted = shares({r: len(found) for r, found in by_line.items()}, faults)
    drawn = []
    for name, lines in by_line.items():
        rng = random.Random(f"{seed} {name}")
        places = sorted(lines)
        rng.shuffle(places)
        for module, line in places[: wanted[name]]:
            made = [m for m in (site() for site in lines[module, line]) if m.before != m.after]
            if made:
                drawn.append((module, rng.choice(made)))
    return drawn


class Study:
    """A copy of the repository, what is known of its tests, and faults planted in it one at a time."""

    def __init__(self, root: Path, work: Path, tested: Sequence[str] = (), waiting: float = 60) -> None:
        self.copy, self.planted, self.waiting = work / "copy", int(time.time()), waiting
        self.copy.mkdir(parents=True, exist_ok=True)
        tests.copy_repository(root, self.copy)
        tests.warm()
        self.map = tests.Map(self.copy, work / "map.pickle")
        self.map.renew(tested or files_of_tests(self.copy))
        self.used = names_used(self.copy)

    def outcome(self, module: str, mutant: Mutant, limits: Sequence[float] = LIMITS) -> tuple[str, str]:
        """Whether a fault is caught or survives, and the test that catches it, or what was not run."""
        path = self.copy / "clemency" / module
        source, times = path.read_text(encoding="utf-8"), path.stat()
        found: dict[str, tuple[set[str], set[str]]] = {}
        for other, lines in lines_of(source, module, mutant, self.used):
            for name, (own, every) in self.map.running(other, lines).items():
                found[name] = (own | found.get(name, (set(), set()))[0], every)
        path.write_text(plant(source, mutant), encoding="utf-8")
        self.planted += 1  # a second of its own, so that no compiled module of another fault is taken for this one
        os.utime(path, (self.planted, self.planted))
        try:
            return self._run(found, module, limits)
        finally:
            path.write_text(source, encoding="utf-8")
            os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))

    def _run(self, found: dict, module: str, limits: Sequence[float]) -> tuple[str, str]:
        if not found:
            return "survived", "no test runs it"
        for files, wanted, took in tests.batches(found, self.map.files, module, limits):
            if not files:
                return "survived", "not all tests were run"
            ran, _ = tests.run(self.copy, files, wanted, self.waiting + 8 * took)
            if ran.hung or ran.crashed:
                return "caught", "hung" if ran.hung else "ended without an answer"
            for test in ran.failed:
                if test.startswith("collecting") or self._again(test):
                    return "caught", test
        return "survived", ""

    def _again(self, test: str) -> bool:
        ran, _ = tests.run(self.copy, [test.split("::")[0]], {test}, 300)
        return bool(ran.failed or ran.hung or ran.crashed)


def files_of_tests(root: Path, only: Sequence[str] = ()) -> list[str]:
    """Files of tests, and modules with examples; of some folders or files only, if named, such as ``tests/models``."""
    found = [p.relative_to(root).as_posix() for p in sorted((root / "tests").rglob("test_*.py"))]
    own = sorted((root / "clemency").rglob("*.py"))
    found += [p.relative_to(root).as_posix() for p in own if ">>> " in p.read_text(encoding="utf-8")]
    return [f for f in found if f not in LEFT_OUT and (not only or any(_within(f, w) for w in only))]


def read_equivalent(path: Path = EQUIVALENT) -> dict[tuple[str, ...], str]:
    """Reasons why faults change nothing that anybody could see, by what identifies them wherever the line moves."""
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    return {tuple(row[k] for k in KEY): row["reason"] for row in table.to_dict("records")}


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Faults by room: caught, survived and equivalent, and the share caught of those that are not equivalent."""
    rows = []
    for (looks, name), part in [*table.groupby(["looks", "room"]), *((k, p) for k, p in _all(table))]:
        counts = part["outcome"].value_counts()
        caught, survived = int(counts.get("caught", 0)), int(counts.get("survived", 0))
        share = caught / (caught + survived) if caught + survived else float("nan")
        rows.append((bool(looks), name, len(part), caught, survived, int(counts.get("equivalent", 0)), round(share, 3)))
    columns = ["looks", "room", "faults", "caught", "survived", "equivalent", "share_caught"]
    return pd.DataFrame(rows, columns=columns).sort_values(["looks", "room"], ignore_index=True)


def _all(table: pd.DataFrame) -> list[tuple[tuple[bool, str], pd.DataFrame]]:
    return [((bool(looks), "~ all"), part) for looks, part in table.groupby("looks")]


def _row(seed: int, module: str, m: Mutant, outcome: str, by: str, seconds: float) -> dict[str, object]:
    place = (seed, room(module), module, m.function, m.line, m.at, m.operator, m.before, m.after, m.looks)
    return dict(zip(COLUMNS, (*place, outcome, by, round(seconds, 1)), strict=True))


def _key(module: str, m: Mutant) -> tuple[str, ...]:
    return (module, m.function, m.at, m.operator, m.before, m.after)


def study(
    made: Study, drawn: Sequence[tuple[str, Mutant]], seed: int, out: Path, limits: Sequence[float] = LIMITS
) -> None:
    """Plant faults one after the other, and add a line to the table for each; those in it already are left out."""
    equivalent = read_equivalent()
    done = set()
    if out.exists():
        known = pd.read_csv(out, dtype=str, keep_default_na=False)
        done = {tuple(r[k] for k in KEY) for r in known[known["seed"] == str(seed)].to_dict("records")}
    else:
        pd.DataFrame(columns=COLUMNS).to_csv(out, index=False)
    for n, (module, mutant) in enumerate(drawn, 1):
        key = _key(module, mutant)
        if key in done:
            continue
        began = time.monotonic()
        outcome, by = ("equivalent", "") if key in equivalent else made.outcome(module, mutant, limits)
        row = _row(seed, module, mutant, outcome, by, time.monotonic() - began)
        pd.DataFrame([row], columns=COLUMNS).to_csv(out, mode="a", header=False, index=False)
        print(
            f"{n}/{len(drawn)} {outcome} {module}:{mutant.line} {mutant.before!r} -> {mutant.after!r} {by}", flush=True
        )


def again(made: Study, out: Path, limits: Sequence[float] = LIMITS) -> None:
    """Plant the survivors of the table anew, wherever their lines now are, and write what came of it."""
    table, equivalent = pd.read_csv(out, dtype=str, keep_default_na=False), read_equivalent()
    for i, row in table[table["outcome"] == "survived"].iterrows():
        key = tuple(row[k] for k in KEY)
        source = (made.copy / "clemency" / row["module"]).read_text(encoding="utf-8")
        same = [m for m in mutants(source, row["room"] == "figures") if _key(row["module"], m) == key]
        near = sorted(same, key=lambda m: abs(m.line - int(row["line"])))[:1]
        if key in equivalent:
            found = "equivalent", ""
        elif not near:
            found = "survived", "the line has changed"
        else:
            found = made.outcome(row["module"], near[0], limits)
        table.loc[i, ["outcome", "by"]] = found
        table.to_csv(out, index=False)
        print(f"{found[0]} {row['module']}:{row['line']} {row['before']!r} -> {row['after']!r} {found[1]}", flush=True)


def main(options: Sequence[str], results: Path) -> None:
    """Read the command line, and run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks mutation", description=__doc__.split("\n")[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--faults", type=int, default=300)
    parser.add_argument("--rooms", nargs="*", default=[], help="rooms or modules, such as models/cox; all by default")
    parser.add_argument("--again", choices=["survived"], help="plant those of the table anew")
    parser.add_argument(
        "--tests", nargs="*", default=[], help="follow these files or folders of tests only, and miss more"
    )
    parser.add_argument("--limit", type=float, default=LIMITS[-1], help="seconds of tests for one fault")
    parser.add_argument("--out", type=Path, default=results / "mutation.csv")
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "clemency-mutation")
    asked = parser.parse_args(options)
    drawn = draw(ROOT, asked.seed, asked.faults, asked.rooms)
    made, limits = (
        Study(ROOT, asked.work, files_of_tests(ROOT, asked.tests)),
        (*(v for v in LIMITS if v < asked.limit), asked.limit),
    )
    if asked.again:
        again(made, asked.out, limits)
    else:
        study(made, drawn, asked.seed, asked.out, limits)
    found = summary(pd.read_csv(asked.out))
    found.to_csv(asked.out.with_name(f"{asked.out.stem}_rooms.csv"), index=False)
    print(found.to_string(index=False))


def run(results: Path) -> None:
    """Run with the options after the name of the study."""
    main([a for a in sys.argv[1:] if a != "mutation"], results)
