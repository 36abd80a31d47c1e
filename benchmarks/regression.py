"""Cox and Fine-Gray against their peers on simulated spells: seconds (medians), ratios, growth and memory.

All run on the same machine, one after the other. A peer that is not installed, or takes longer than the limit, is
listed as such, and so is one whose coefficients are not ours. R times its own call, without reading the data.

``ONLY="survival coxph (Rust),greenwood CoxPH" python -m benchmarks regression`` times some peers of ``COX_PEERS`` and
leaves the rows of all others as they are. ``PEERS_PYTHON`` names the interpreter of the peers.
"""

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pandas as pd

from benchmarks import _comparison

LIMIT = 240  # seconds for one peer
ROUNDS = 5
ENOUGH = 2  # seconds over which one call is timed again and again
SAME = 1e-5  # largest difference of coefficients that is where a search stops
NAMES = [f"x{j}" for j in range(8)]
FORMULA = " + ".join(NAMES)
SPELL = {"exit": "exit", "event": "event", "entry": "entry"}


def spells(n: int, whole_months: bool) -> pd.DataFrame:
    """Simulate left-truncated spells with four continuous and four binary covariates, about half ending in an event."""
    rng = np.random.default_rng(1)
    X = rng.normal(size=(n, 8))
    X[:, 4:] = X[:, 4:] > 0.3
    entry = rng.uniform(0, 60, n)
    event = entry + rng.exponential(60 / np.exp(X @ [0.3, -0.2, 0.1, 0, 0.4, -0.3, 0.2, 0.1]))
    stop = entry + rng.uniform(6, 120, n)
    exit = np.minimum(event, stop)
    if whole_months:
        entry, exit = np.floor(entry), np.ceil(exit)
    return pd.DataFrame(X, columns=NAMES).assign(entry=entry, exit=exit, event=(event <= stop).astype(int))


def competing(n: int) -> pd.DataFrame:
    """Simulate two competing events under censoring."""
    rng = np.random.default_rng(2)
    X = rng.normal(size=(n, 3))
    rates = np.column_stack([0.05 * np.exp(X @ [0.5, -0.3, 0.2]), 0.04 * np.exp(X @ [-0.3, 0.1, 0.0])])
    time_ = rng.exponential(1 / rates.sum(axis=1))
    kind = 1 + (rng.random(n) > rates[:, 0] / rates.sum(axis=1))
    stop = rng.uniform(2, 40, n)
    frame = pd.DataFrame(X, columns=["x0", "x1", "x2"])
    ends = pd.Categorical.from_codes(np.where(time_ <= stop, kind, 0), ["censored", "act", "death"])
    return frame.assign(exit=np.minimum(time_, stop), event=np.where(time_ <= stop, kind, 0), end=ends)


def timed(call, least: int = 5) -> float:
    """Median seconds of as many calls as fit into two seconds, but at least some, after one that is not counted."""
    call()
    seconds: list[float] = []
    while len(seconds) < least or sum(seconds) < ENOUGH:
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return median(seconds)


def in_r(frame: pd.DataFrame, code: str, times: int = 1) -> float | None:
    """Median seconds of an R call on a frame ``d``; None if R is missing or too slow."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "d.csv"
        frame.to_csv(path, index=False)
        script = (
            f"suppressPackageStartupMessages({{library(survival); library(cmprsk)}}); d <- read.csv('{path}'); "
            f"s <- sapply(1:{times}, function(i) system.time({{{code}}})[['elapsed']]); cat(median(s))"
        )
        try:
            done = subprocess.run(["Rscript", "-e", script], capture_output=True, text=True, timeout=LIMIT, check=True)
        except (FileNotFoundError, subprocess.TimeoutExpired, subprocess.CalledProcessError):
            return None
        return float(done.stdout)


WITHOUT = "import sys; sys.modules['numba'] = None; "


def in_fresh_process(code: str, environment: dict[str, str] | None = None) -> float:
    """Number that a snippet prints in a process of its own."""
    more = os.environ | (environment or {})
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=LIMIT, env=more
    )
    return float(done.stdout)


def r_versions() -> str:
    parts = "; ".join(f"cat('; {p}', format(packageVersion('{p}')))" for p in ("survival", "cmprsk"))
    code = f"cat(R.version.string); {parts}"
    try:
        return subprocess.run(["Rscript", "-e", code], capture_output=True, text=True, check=True).stdout
    except (FileNotFoundError, subprocess.CalledProcessError):
        return "R is not installed"


def cox_against_r(add) -> None:
    from clemency.models import cox

    model = "Surv(entry, exit, event) ~ " + FORMULA
    for label, whole, code in (
        ("cox, months, robust", True, f"coxph({model}, d, cluster = seq_len(nrow(d)))"),
        ("cox, continuous (ours robust, R model-based)", False, f"coxph({model}, d)"),
    ):
        frame = spells(1_000_000, whole)
        ours = timed(lambda f=frame: cox(f, FORMULA, **SPELL, robust=True))
        add(label, 1_000_000, ours, "R coxph", in_r(frame, code))
    frame = spells(20_000, False)
    ours = timed(lambda: cox(frame, FORMULA, **SPELL, robust=True))
    add(
        "cox, continuous, robust",
        20_000,
        ours,
        "R coxph",
        in_r(frame, f"coxph({model}, d, cluster = seq_len(nrow(d)))"),
    )


def cox_against_python(add) -> None:
    from lifelines import CoxTimeVaryingFitter
    from statsmodels.duration.hazard_regression import PHReg

    from clemency.models import cox

    frame = spells(20_000, True)
    ours = timed(lambda: cox(frame, FORMULA, **SPELL))
    long = frame.assign(id=np.arange(len(frame)))
    fit = lambda: CoxTimeVaryingFitter().fit(long, event_col="event", start_col="entry", stop_col="exit", id_col="id")  # noqa: E731
    add("cox, months", 20_000, ours, "lifelines CoxTimeVaryingFitter", timed(fit, 2))
    X = frame[NAMES].to_numpy()
    fit = lambda: PHReg(frame["exit"], X, frame["event"], entry=frame["entry"], ties="efron").fit()  # noqa: E731
    add("cox, months", 20_000, ours, "statsmodels PHReg", timed(fit, 2))


#: Peers that need an environment of their own, and the numbers of rows at which they are timed.
COX_PEERS = {
    "SurPyval CoxPH": (500, 2_000, 20_000, 1_000_000),
    "scikit-survival (no delayed entry)": (20_000,),
    "survival coxph (Rust)": (500, 2_000, 20_000, 1_000_000),
    "greenwood CoxPH": (20_000,),
}


def in_other_python(path: Path, peer: str) -> dict[str, Any] | None:
    """Seconds, coefficients and version of a peer; None if it is missing or too slow."""
    python = os.environ.get("PEERS_PYTHON", sys.executable)
    script = str(Path(__file__).with_name("_regressionpeers.py"))
    command = [python, "-P", script, peer, str(path)]  # -P: studies here bear names of packages that peers import
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, check=True)
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError):
        return None
    return json.loads(done.stdout)


def named(peer: str, theirs: Sequence[float], ours: Sequence[float]) -> str:
    """The peer, with a word if it gives something else."""
    apart = float(np.max(np.abs(np.subtract(theirs, ours))))
    return peer if apart < SAME else f"{peer} (other coefficients, by up to {apart:.2g})"


def in_turns(add, frame: pd.DataFrame, what: str, peer: str) -> str:
    """Time a peer and ours in turns, since the machine has faster and slower minutes; returns the peer's version."""
    from clemency.models import cox

    with tempfile.TemporaryDirectory() as folder:
        path, rounds = Path(folder) / "d.npz", []
        np.savez(path, **{name: column.to_numpy() for name, column in frame.items()})
        for _ in range(ROUNDS):
            rounds.append((timed(lambda: cox(frame, FORMULA, **SPELL)), in_other_python(path, peer)))
            if rounds[-1][1] is None:
                break
    ours, theirs = zip(*rounds, strict=True)
    if None in theirs:
        add(what, len(frame), median(ours), peer, None)
        return f"{peer} not run to the end"
    coefficients = cox(frame, FORMULA, **SPELL).tidy()["estimate"]
    label = named(peer, theirs[0]["coefficients"], coefficients)
    add(what, len(frame), median(ours), label, median(t["seconds"] for t in theirs))
    return theirs[0]["version"]


def cox_against_other_python(add, peers: Sequence[str] = tuple(COX_PEERS)) -> list[str]:
    """Versions of the peers."""
    versions = []
    for n in sorted({n for peer in peers for n in COX_PEERS[peer]}):
        for whole in (True, False):
            frame = spells(n, whole)
            what = f"cox, {'months' if whole else 'continuous'}"
            versions += [in_turns(add, frame, what, peer) for peer in peers if n in COX_PEERS[peer]]
    return list(dict.fromkeys(versions))


def fine_gray_against_r(add) -> None:
    from clemency.models import fine_gray

    def ours(n: int) -> float:
        frame = competing(n)
        return timed(lambda: fine_gray(frame, "x0 + x1 + x2", exit="exit", event="end", outcome="act"))

    crr = "crr(d$exit, d$event, as.matrix(d[, c('x0', 'x1', 'x2')]))"
    for n in (2_500, 5_000, 10_000):
        theirs = in_r(competing(n), crr)
        add("fine_gray", n, ours(n), "cmprsk crr", theirs)
    big = ours(100_000)
    extrapolated = None if theirs is None else theirs * 100
    add(
        "fine_gray",
        100_000,
        big,
        "cmprsk crr (10,000 rows x 100, its cost growing at least with the square)",
        extrapolated,
    )


def growth(add) -> pd.DataFrame:
    from clemency.models import cox

    rows = []
    for n in (10_000, 100_000, 1_000_000, 10_000_000):
        for whole in (True, False):
            frame = spells(n, whole)
            call = lambda f=frame: cox(f, FORMULA, **SPELL, robust=True)  # noqa: E731
            rows.append((n, "months" if whole else "continuous", timed(call, 3 if n < 10**7 else 2)))
    table = pd.DataFrame(rows, columns=["n", "times", "seconds"])
    for kind, part in table.groupby("times"):
        slope = np.polyfit(np.log(part["n"]), np.log(part["seconds"]), 1)[0]
        add(f"growth of cox, {kind}: exponent over 10^4 to 10^7", 10_000_000, slope, "", None)
    return table


def small_and_first(add) -> None:
    from clemency.models import cox

    frame = spells(500, True)
    add("cox, 500 rows, 8 covariates", 500, timed(lambda: cox(frame, FORMULA, **SPELL)), "", None)
    code = (
        "import time, clemency, benchmarks.regression as b; f = b.spells({n}, True); s = time.perf_counter(); "
        "clemency.cox(f, b.FORMULA, **b.SPELL); print(time.perf_counter() - s)"
    )
    for n in (500, 20_000):
        took = median(in_fresh_process(code.format(n=n)) for _ in range(5))
        add("first call in a fresh process (imports included)", n, took, "", None)
    with tempfile.TemporaryDirectory() as folder:  # where nothing was compiled before
        took = in_fresh_process(code.format(n=20_000), {"NUMBA_CACHE_DIR": folder})
    add("first call ever (imports and compilation included)", 20_000, took, "", None)
    add("the same without numba", 20_000, in_fresh_process(WITHOUT + code.format(n=20_000)), "", None)
    for whole in (True, False):
        timing = f"print(b.timed(lambda f=b.spells(20_000, {whole}): clemency.cox(f, b.FORMULA, **b.SPELL)))"
        took = in_fresh_process(f"{WITHOUT}import clemency, benchmarks.regression as b; {timing}")
        add(f"cox, {'months' if whole else 'continuous'}, without numba", 20_000, took, "", None)


def memory(add) -> None:
    """Peak of resident memory beyond the data, as a multiple of the data."""
    for whole in (True, False):
        code = (
            "import resource, gc, benchmarks.regression as b, clemency\n"
            "clemency.cox(b.spells(20_000, True), b.FORMULA, **b.SPELL)  # what is loaded once is not counted\n"
            f"f = b.spells(2_000_000, {whole}); gc.collect()\n"
            "open('/proc/self/clear_refs', 'w').write('5')\n"
            "now = lambda k: int([l for l in open('/proc/self/status') if l.startswith(k)][0].split()[1]) * 1024\n"
            "before = now('VmRSS'); fit = clemency.cox(f, b.FORMULA, **b.SPELL, robust=True)\n"
            "print((now('VmHWM') - before) / f.memory_usage(index=False).sum())"
        )
        try:
            ratio = in_fresh_process(code)
        except subprocess.CalledProcessError:
            continue  # no such files outside Linux
        kind = "months" if whole else "continuous"
        add(f"peak memory beyond the data / data, cox robust, {kind}", 2_000_000, ratio, "", None)


def draw(table: pd.DataFrame, scale: pd.DataFrame, path: Path) -> None:
    """One bar a comparison, to the left where the peer is faster, and how seconds grow with the number of spells."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    peers = table.dropna(subset=["ratio"]).assign(name=lambda t: t["peer"].str.partition(" (")[0])
    peers = peers.assign(place=peers["name"].map({v: i for i, v in enumerate(dict.fromkeys(peers["name"]))}))
    peers = peers.sort_values(["place", "n", "what"], kind="stable").iloc[::-1].reset_index(drop=True)
    row = 0.3
    fig, (left, right) = plt.subplots(
        1, 2, figsize=(11, 1.2 + row * len(peers)), width_ratios=[3, 2], layout="constrained"
    )
    names = [f"{r.what}, {r.n:,} spells, against {r.name}" for r in peers.itertuples(index=False)]
    reckoned = peers["peer"].str.contains("rows x")
    colours = ["0.75" if r else "0.4" for r in reckoned]
    bars = left.barh(range(len(peers)), peers["ratio"] - 1, left=1, color=colours)
    left.set_yticks(range(len(peers)), names, fontsize=8)
    left.set_xscale("log")
    for at in (1, 10):
        left.axvline(at, color="black", lw=0.8, ls="-" if at == 1 else ":")
    left.bar_label(bars, [f" {v:,.1f}" if v < 100 else f" {v:,.0f}" for v in peers["ratio"]], fontsize=8)
    left.set_xlim(min(0.8, 0.3 * peers["ratio"].min()), 8 * peers["ratio"].max())
    left.set_ylim(-0.6, len(peers) - 0.4)
    left.set_xlabel("times faster (pale: peer's time reckoned from fewer rows)")
    for kind, style in (("months", "o-"), ("continuous", "s--")):
        part = scale[scale["times"] == kind]
        right.loglog(part["n"], part["seconds"], style, color="black" if kind == "months" else "0.5", label=kind)
    right.set_xlabel("spells")
    right.set_ylabel("seconds of a Cox fit, 8 covariates, robust errors")
    right.legend(frameon=False, title="time is in")
    for ax in (left, right):
        ax.spines[["top", "right"]].set_visible(False)
    fig.savefig(path)
    plt.close(fig)


def load() -> str:
    """How busy the machine is, as a share of its cores."""
    return "/".join(f"{v:.1f}" for v in os.getloadavg()) + f" of {os.cpu_count()} cores"


def collector(found: list[dict[str, Any]]):
    """A function that keeps and prints a comparison."""

    def add(what: str, n: int, value: float, peer: str, theirs: float | None) -> None:
        ratio = None if theirs is None else theirs / value
        found.append({"what": what, "n": n, "clemency": value, "peer": peer, "peer_seconds": theirs, "ratio": ratio})
        other = "" if not peer else f"  {peer}: {'not run to the end' if theirs is None else f'{theirs:.3f}'}"
        print(f"{what}, n = {n:,}: {value:.4f}{other}{'' if ratio is None else f'  ({ratio:.1f} times)'}", flush=True)

    return add


def renew_some(results: Path, peers: Sequence[str]) -> None:
    """Time some peers; the rows of the others stay as they are, to the letter."""
    unknown = sorted(set(peers) - set(COX_PEERS))
    if unknown:
        sys.exit(f"no peer is called {unknown[0]!r}; there are: {', '.join(COX_PEERS)}")
    found: list[dict[str, Any]] = []
    before = load()
    versions = cox_against_other_python(collector(found), peers)
    path, note = results / "regression.csv", results / "regression_versions.txt"
    old = path.read_text(encoding="utf-8").splitlines(keepends=True)
    ours = pd.read_csv(path)["peer"].fillna("").str.startswith(tuple(peers))
    kept = [line for line, drop in zip(old[1:], ours, strict=True) if not drop]
    new = pd.DataFrame(found).to_csv(index=False, header=False, float_format="%.4g")
    path.write_text("".join([old[0], *kept, new]), encoding="utf-8")
    said = f"load average before {before}, after {load()}; numpy {version('numpy')}, numba {version('numba')}"
    with note.open("a", encoding="utf-8") as file:
        file.write(f"Added {date.today().isoformat()}: {', '.join(versions)} and ours in turns, {said}\n")
    draw(pd.read_csv(path), pd.read_csv(results / "regression_growth.csv"), results / "regression.svg")
    _comparison.renew(results)


def run(results: Path) -> None:
    if os.environ.get("ONLY"):
        renew_some(results, os.environ["ONLY"].split(","))
        return
    found: list[dict[str, Any]] = []
    add, before = collector(found), load()
    small_and_first(add)
    cox_against_python(add)
    peers = cox_against_other_python(add)
    fine_gray_against_r(add)
    cox_against_r(add)
    memory(add)
    scale = growth(add)
    table = pd.DataFrame(found)
    table.to_csv(results / "regression.csv", index=False, float_format="%.4g")
    scale.to_csv(results / "regression_growth.csv", index=False, float_format="%.4g")
    draw(table, scale, results / "regression.svg")
    versions = ", ".join(f"{name} {version(name)}" for name in ("numpy", "numba"))
    note = f"{platform.python_version()}, {versions}, {os.cpu_count()} cores; {r_versions()}; {', '.join(peers)}"
    (results / "regression_versions.txt").write_text(f"Python {note}; load average before {before}, after {load()}\n")
    _comparison.renew(results)
