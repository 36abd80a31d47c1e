"""Whether limits of states cover where the truth is known, and how long they take beside R.

People go between inside, cut, outside, free and dead with constant hazards, so that chances and times are exponentials
of a matrix; they are seen from a month on, in any state, and lost from sight. In a second design who has been outside
before is freed sooner, so that the past matters.

``python -m benchmarks states``; ``REPLICATES`` sets the number of samples (400; none with 0), ``SPEED=no`` leaves the
timing out, and ``PEERS_PYTHON`` names the interpreter that has the Rust package ``survival``.
"""

import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pandas as pd
from scipy import linalg

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

STATES = ("inside", "cut", "outside", "free", "dead")
SHOWN = ("cut", "outside", "free")
#: Monthly hazards from each state to each other one.
HAZARDS = np.array(
    [
        [0.0, 0.03, 0.012, 0.01, 0.002],
        [0.0, 0.0, 0.015, 0.03, 0.002],
        [0.04, 0.0, 0.0, 0.03, 0.005],
        [0.0, 0.0, 0.0, 0.0, 0.0],
        [0.0, 0.0, 0.0, 0.0, 0.0],
    ]
)
EFFECT = 0.5  # log hazard ratio of a cut
FASTER = 4.0  # hazard of being freed from inside or after a cut, of those who were outside before, in the second design
PEOPLE, SEED = 300, 20170621
COLUMNS = {"id": "id", "entry": "entry", "exit": "exit", "event": "into", "state": "state", "initial": "inside"}
Found = tuple[str, str, float, float, float, float, float]


def spells(rng: np.random.Generator, n: int, memory: bool = False, late: bool = True) -> pd.DataFrame:
    """Spells of n simulated people, all inside at 0; a covariate x makes cuts more likely."""
    x = (rng.random(n) < 0.5).astype(float)
    state, t, been = np.zeros(n, dtype=np.intp), np.zeros(n), np.zeros(n, dtype=bool)
    first = rng.uniform(0, 12, n) if late else np.zeros(n)
    last = rng.uniform(24, 96, n) if late else np.full(n, 1e9)
    who, parts = np.arange(n), []
    while len(who):
        rates = HAZARDS[state[who]].copy()
        rates[:, 1] *= np.exp(EFFECT * x[who])
        if memory:
            rates[been[who] & (state[who] < 2), 3] *= FASTER
        total = rates.sum(axis=1)
        stay = rng.exponential(1 / total)
        to = (rng.random(len(who))[:, None] * total[:, None] > np.cumsum(rates, axis=1)).sum(axis=1)
        end = t[who] + stay
        lost = end > last[who]
        begin, stop = np.maximum(t[who], first[who]), np.minimum(end, last[who])
        seen = stop > begin
        into = np.where(lost, -1, to)
        parts.append(
            pd.DataFrame({"id": who, "entry": begin, "exit": stop, "state": state[who], "into": into, "x": x[who]})[
                seen
            ]
        )
        been[who] |= state[who] == 2
        t[who], state[who] = end, to
        who = who[~lost & (to < 3)]
    d = pd.concat(parts, ignore_index=True)
    d["state"] = pd.Categorical.from_codes(d["state"], STATES)
    d["into"] = pd.Categorical.from_codes(d["into"].to_numpy() + 1, ["censored", *STATES])
    return d


def generator(x: float) -> np.ndarray:
    """Matrix of hazards of those with this covariate."""
    Q = HAZARDS.copy()
    Q[0, 1] *= np.exp(EFFECT * x)
    return Q - np.diag(Q.sum(axis=1))


def chance(a: float, b: float, x: float) -> np.ndarray:
    """Chances from each state to each other one between two months."""
    return linalg.expm(generator(x) * (b - a))


def spent(until: float, x: float) -> np.ndarray:
    """Expected months in each state from 0 on, of those who are inside at first."""
    n = len(STATES)
    big = np.zeros((2 * n, 2 * n))
    big[:n, :n], big[:n, n:] = generator(x), np.eye(n)
    return linalg.expm(big * until)[0, n:]


def remembered(people: int = 200_000, seed: int = 5) -> float:
    """Chance of being free at 60 of those who are inside at 24, in the second design: counted in a large sample."""
    d = spells(np.random.default_rng(seed), people, memory=True, late=False)
    here = d[(d["entry"] <= 24) & (d["exit"] > 24) & (d["state"] == "inside")]["id"]
    freed = d[(d["into"] == "free") & (d["exit"] <= 60)]["id"]
    return float(here.isin(freed).mean())


def of(name: str, row: Any, truth: float) -> Found:
    return name, str(row["state"]), truth, row["estimate"], row["std_error"], row["ci_low"], row["ci_high"]


def sample(seed: int, truth: float) -> list[Found]:
    return list(_sample(np.random.default_rng(seed), truth))


def _sample(rng: np.random.Generator, truth: float) -> Iterator[Found]:
    import clemency as cl

    d = spells(rng, PEOPLE)
    for kind in ("log-log", "plain"):
        fit = cl.multistate(d, **COLUMNS, conf_type=kind)
        for t in (24, 60):
            whole = np.mean([np.eye(5)[0] @ chance(0, t, x) for x in (0.0, 1.0)], axis=0)
            yield from of_table(f"multistate at {t}, {kind}", fit.at(t), whole)
    inside = fit.sojourn(60).query("state != 'free'")
    yield from of_table("sojourn to 60", inside, np.mean([spent(60, x) for x in (0.0, 1.0)], axis=0))
    both = np.array([chance(0, 24, x)[0, 2] for x in (0.0, 1.0)])  # of those outside at 24, how many have either
    later = sum(w * chance(24, 60, x)[2] for w, x in zip(both / both.sum(), (0.0, 1.0), strict=True))
    for marked in (False, True):
        name = "landmark, outside at 24 to 60" if marked else "transition, outside at 24 to 60"
        yield of_transition(name, fit, "outside", marked, later[3])
    model = cl.transition_cox(d, {"inside -> cut": "x"}, **COLUMNS)
    r = model.tidy().iloc[0]
    yield "transition_cox", "x", EFFECT, r["estimate"], r["std_error"], r["ci_low"], r["ci_high"]
    yield from of_table("transition_cox, predict at 60", model.predict({"x": 1.0}, 60), chance(0, 60, 1.0)[0])
    fit = cl.multistate(spells(rng, PEOPLE, memory=True), **COLUMNS, conf_type="plain")
    for marked in (False, True):
        name = f"{'landmark' if marked else 'transition'}, the past matters"
        yield of_transition(name, fit, "inside", marked, truth)


def of_table(name: str, table: pd.DataFrame, truths: np.ndarray) -> Iterator[Found]:
    for row in table.to_dict("records"):
        if row["state"] in SHOWN:
            yield of(name, row, truths[STATES.index(row["state"])])


def of_transition(name: str, fit: Any, before: str, marked: bool, truth: float) -> Found:
    """Chance of being free at 60 of those who are in a state at 24."""
    table = fit.transition(24, 60, landmarked=marked)
    return of(name, table[(table["from"] == before) & (table["state"] == "free")].iloc[0], truth)


def _samples() -> int:
    return int(os.environ.get("REPLICATES", "400"))


def coverage(results: Path) -> None:
    """Share of samples in which limits hold the truth."""
    n = _samples()
    seeds = np.random.SeedSequence(SEED).generate_state(n).tolist()
    truth = remembered()
    with ProcessPoolExecutor(max_workers=int(os.environ.get("WORKERS", "2"))) as pool:
        found = [row for part in pool.map(sample, seeds, [truth] * n, chunksize=10) for row in part]
    table = pd.DataFrame(found, columns=["interval", "of", "truth", "estimate", "error", "low", "high"])
    table["held"] = (table["low"] <= table["truth"]) & (table["truth"] <= table["high"])
    table["none"] = table["low"].isna()
    table["bias"] = table["estimate"] - table["truth"]
    rows = table.groupby(["interval", "of"], sort=False).agg(
        samples=("held", "size"), truth=("truth", "mean"), bias=("bias", "mean"), spread=("estimate", "std"),
        error=("error", "mean"), without=("none", "mean"),
    )  # fmt: skip
    rows["coverage"] = table[~table["none"]].groupby(["interval", "of"], sort=False)["held"].mean()
    rows.reset_index().to_csv(results / "states_coverage.csv", index=False, float_format="%.4g")
    print(rows.to_string())


#: What the Rust package does with a table, timed by itself: CPU seconds of the second of two calls.
_RUST = """
import resource, sys
import pandas as pd, survival
d = pd.read_csv(sys.argv[1])
d["into"] = pd.Categorical(d["into"], ["censored", "inside", "cut", "outside", "free", "dead"])
def spent():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
for _ in range(2):
    start = spent()
    fit = survival.survfit("Surv(entry, exit, into) ~ 1", data=d, id="id", istate="state")
    seconds = spent() - start
print(seconds, *fit.pstate[-1], *fit.std_err[-1])
"""


def cpu_seconds(call: Callable[[], Any], times: int = 5) -> float:
    """Median CPU seconds of a call, after one that is not counted."""
    call()
    found = []
    for _ in range(times):
        start = time.process_time()
        call()
        found.append(time.process_time() - start)
    return median(found)


def in_rust(frame: pd.DataFrame) -> list[float] | None:
    """CPU seconds of the Rust package ``survival``, chances and errors at the last time; None without it, or too slow.

    It is run by the interpreter that ``PEERS_PYTHON`` names.
    """
    from benchmarks.regression import LIMIT

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "d.csv"
        frame.to_csv(path, index=False)
        call = [os.environ.get("PEERS_PYTHON", sys.executable), "-c", _RUST, str(path)]
        try:
            done = subprocess.run(call, capture_output=True, text=True, timeout=LIMIT, check=True)
        except (FileNotFoundError, subprocess.TimeoutExpired, subprocess.CalledProcessError):
            return None
    return [float(v) for v in done.stdout.split()]


def speed(results: Path) -> None:
    """CPU seconds for 100,000 spells and for 5,000, beside R's survival and the Rust package of that name."""
    import clemency as cl
    from benchmarks.regression import in_r

    found = []
    for unit in ("months", "continuous"):
        for people in (54_000, 2_700):
            d = spells(np.random.default_rng(3), people)
            if unit == "months":
                d = d.assign(entry=np.floor(d["entry"]), exit=np.floor(d["exit"]))
                d = d[~d["id"].isin(d.loc[d["exit"] == d["entry"], "id"])]  # nobody who passes a state within a month
            ours = cpu_seconds(lambda f=d: cl.multistate(f, **COLUMNS))
            rust = in_rust(d)
            last = cl.multistate(d, **COLUMNS).tidy().tail(len(STATES)).set_index("state").loc[list(STATES)]
            mine = [*last["estimate"], *last["std_error"]]
            same = "" if rust is None else "yes" if np.allclose(mine, rust[1:], rtol=1e-6, atol=1e-12) else "no"
            levels = "c('censored', 'inside', 'cut', 'outside', 'free', 'dead')"
            code = f"survfit(Surv(entry, exit, factor(into, {levels})) ~ 1, d, id = id, istate = state)"
            r = in_r(d, code) if people < 10_000 else None  # R takes time and memory by people times times
            row = {"times": unit, "n": len(d), "clemency": ours, "survival (Rust)": rust[0] if rust else None}
            found.append(row | {"same chances and errors": same, "R, by the clock": r})
            print(found[-1], flush=True)
    pd.DataFrame(found).to_csv(results / "states_speed.csv", index=False, float_format="%.3g")


def run(results: Path) -> None:
    from benchmarks.regression import r_versions

    if _samples():
        coverage(results)
    if os.environ.get("SPEED") != "no":
        speed(results)
    said = f"{_samples()} simulated samples, seed {SEED}; Python {platform.python_version()}, numpy {np.__version__}"
    (results / "states_versions.txt").write_text(f"{said}; {r_versions()}\n")
