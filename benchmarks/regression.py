"""Cox and Fine-Gray against their peers on simulated spells: seconds (medians), ratios, growth and memory.

All run on the same machine, one after the other. A peer that is not installed, or takes longer than the limit, is
listed as such. R times its own call, without reading the data.
"""

import os
import platform
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd

LIMIT = 240  # seconds for one peer
ROUNDS = 5
ENOUGH = 2  # seconds over which one call is timed again and again
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


OTHERS = """
import sys, time, numpy as np, pandas as pd
from statistics import median
d = pd.read_csv(sys.argv[1]); X = d[[f"x{j}" for j in range(8)]].to_numpy()
def timed(call):
    call(); seconds = []
    while len(seconds) < 3 or sum(seconds) < 2:
        start = time.perf_counter(); call(); seconds.append(time.perf_counter() - start)
    return median(seconds)
if sys.argv[2] == "SurPyval CoxPH":
    from surpyval import CoxPH
    columns = {"c": 1 - d["event"].to_numpy(), "tl": d["entry"].to_numpy()}
    print(timed(lambda: CoxPH.fit(d["exit"].to_numpy(), X, **columns)))
else:
    from sksurv.linear_model import CoxPHSurvivalAnalysis
    y = np.array(list(zip(d["event"].astype(bool), d["exit"])), dtype=[("e", bool), ("t", float)])
    print(timed(lambda: CoxPHSurvivalAnalysis(ties="efron").fit(X, y)))
"""


def in_other_python(frame: pd.DataFrame, peer: str) -> float | None:
    """Seconds of a peer that needs an environment of its own, whose interpreter ``PEERS_PYTHON`` names."""
    python = os.environ.get("PEERS_PYTHON", sys.executable)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "d.csv"
        frame.to_csv(path, index=False)
        try:
            done = subprocess.run(
                [python, "-c", OTHERS, str(path), peer], capture_output=True, text=True, timeout=LIMIT, check=True
            )
        except (subprocess.TimeoutExpired, subprocess.CalledProcessError):
            return None
        return float(done.stdout)


def cox_against_other_python(add) -> None:
    from clemency.models import cox

    for n, peers in (
        (500, ("SurPyval CoxPH",)),
        (2_000, ("SurPyval CoxPH",)),
        (20_000, ("SurPyval CoxPH", "scikit-survival (no delayed entry)")),
        (1_000_000, ("SurPyval CoxPH",)),
    ):
        for whole in (True, False):
            frame = spells(n, whole)
            for peer in peers:  # in turns, since the machine has faster and slower minutes
                rounds = [
                    (timed(lambda f=frame: cox(f, FORMULA, **SPELL)), in_other_python(frame, peer))
                    for _ in range(ROUNDS)
                ]
                ours, theirs = zip(*rounds, strict=True)
                slower = None if None in theirs else median(theirs)
                add(f"cox, {'months' if whole else 'continuous'}", n, median(ours), peer, slower)


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
    """One bar a comparison, by peer, and how seconds grow with the number of spells."""
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
    bars = left.barh(range(len(peers)), peers["ratio"], color=["0.75" if r else "0.4" for r in reckoned])
    left.set_yticks(range(len(peers)), names, fontsize=8)
    left.set_xscale("log")
    for at in (1, 10):
        left.axvline(at, color="black", lw=0.8, ls="-" if at == 1 else ":")
    left.bar_label(bars, [f" {v:,.1f}" if v < 100 else f" {v:,.0f}" for v in peers["ratio"]], fontsize=8)
    left.set_xlim(0.8, 8 * peers["ratio"].max())
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


def run(results: Path) -> None:
    found = []

    def add(what: str, n: int, value: float, peer: str, theirs: float | None) -> None:
        ratio = None if theirs is None else theirs / value
        found.append({"what": what, "n": n, "clemency": value, "peer": peer, "peer_seconds": theirs, "ratio": ratio})
        other = "" if not peer else f"  {peer}: {'not run to the end' if theirs is None else f'{theirs:.3f}'}"
        print(f"{what}, n = {n:,}: {value:.4f}{other}{'' if ratio is None else f'  ({ratio:.1f} times)'}", flush=True)

    small_and_first(add)
    cox_against_python(add)
    cox_against_other_python(add)
    fine_gray_against_r(add)
    cox_against_r(add)
    memory(add)
    scale = growth(add)
    table = pd.DataFrame(found)
    table.to_csv(results / "regression.csv", index=False, float_format="%.4g")
    scale.to_csv(results / "regression_growth.csv", index=False, float_format="%.4g")
    draw(table, scale, results / "regression.svg")
    versions = ", ".join(f"{name} {version(name)}" for name in ("numpy", "numba"))
    note = f"{platform.python_version()}, {versions}, {os.cpu_count()} cores; {r_versions()}\n"
    (results / "regression_versions.txt").write_text("Python " + note)
