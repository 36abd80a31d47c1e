"""Releases that are known only to have come before a record date: what intervals give, and what shortcuts give.

People enter when they are sentenced, 2 to 18 months after custody began; the hazard of release rises with the square
root of time, and is 1.5 times as high for half of them. Each has a last record 24 to 144 months after sentence, and
half of them a look at a random time before it. Of the releases before the last record one in four has a date; the
others are known to lie between the last record without and the first with them. About 20% of all are dated, 60% known
as intervals, 20% still inside. Looks have nothing to do with the release.

``python -m benchmarks intervals``; ``REPLICATES`` sets the number of samples (400).
"""

import os
import platform
import re
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402

from benchmarks.coverage import Found, summary  # noqa: E402
from clemency.models import cox, interval_hazard, survival  # noqa: E402

LOG_RATIO, LEVEL, FIRST, SEED = float(np.log(1.5)), 0.016, 2.0, 20261125
TIMES = (24.0, 60.0)
ENDS = {"lower": "lower", "upper": "upper", "entry": "entry"}
SPELL = {"exit": "exit", "event": "event", "entry": "entry"}


def cumulative(t: np.ndarray) -> np.ndarray:
    """Cumulative hazard of the reference case; the hazard is LEVEL at 30 months."""
    return LEVEL * t**1.5 / (1.5 * np.sqrt(30))


def alive(t: float) -> float:
    """Share of all without release, of those who were inside when observation began."""
    c, first = cumulative(np.array([t, FIRST])), np.exp(LOG_RATIO)
    return float((np.exp(-c[0]) + np.exp(-first * c[0])) / (np.exp(-c[1]) + np.exp(-first * c[1])))


def sample(rng: np.random.Generator, n: int) -> pd.DataFrame:
    """One row per person under observation: ``entry, lower, upper, x`` and, unknown in life, ``time, record``."""
    size = 4 * n
    x, entry = (rng.random(size) < 0.5).astype(float), rng.uniform(FIRST, 18, size)
    release = (rng.exponential(size=size) / np.exp(LOG_RATIO * x) * 1.5 * np.sqrt(30) / LEVEL) ** (2 / 3)
    seen = np.flatnonzero(release > entry)[:n]
    x, entry, release = x[seen], entry[seen], release[seen]
    record = entry + rng.uniform(24, 144, n)
    look = np.where(rng.random(n) < 0.5, rng.uniform(entry, record), entry)
    dated, out = rng.random(n) < 0.25, release <= record
    before = np.where(release > look, look, entry)
    lower = np.where(~out, record, np.where(dated, release, before))
    upper = np.where(~out, np.inf, np.where(dated, release, np.where(release > look, record, look)))
    return pd.DataFrame({"entry": entry, "lower": lower, "upper": upper, "x": x, "time": release, "record": record})


def since_entry(d: pd.DataFrame) -> pd.DataFrame:
    """The same people on a clock that begins at sentence, so that nobody enters late."""
    moved = {c: d[c] - d["entry"] for c in ("lower", "upper", "time", "record")}
    return d.assign(**moved, entry=0.0)


@cache
def inside_since_entry(t: float, people: int = 400_000) -> float:
    """Share not released t months after sentence, in a very large sample."""
    d = since_entry(sample(np.random.default_rng(1), people))
    return float((d["time"] > t).mean())


def spells(d: pd.DataFrame, way: str) -> pd.DataFrame:
    """Spells with one end each, as a shortcut would make them, or as they were."""
    out = np.isfinite(d["upper"])
    vague = out & (d["upper"] > d["lower"])
    ends = {
        "true dates": np.minimum(d["time"], d["record"]),
        "undated dropped": d["lower"],
        "undated censored when last seen": d["lower"],
        "release at the record": np.where(out, d["upper"], d["lower"]),
        "release at the midpoint": np.where(out, (d["lower"] + d["upper"]) / 2, d["lower"]),
    }
    event = out & ~vague if way.startswith("undated") else out
    made = d.assign(exit=ends[way], event=event.astype(int))
    return made[~vague] if way == "undated dropped" else made[made["exit"] > made["entry"]]


WAYS = (
    "true dates",
    "undated dropped",
    "undated censored when last seen",
    "release at the record",
    "release at the midpoint",
)


def ratios(d: pd.DataFrame, n: int) -> Iterator[Found]:
    fits = {"interval_hazard": interval_hazard(d, "x", **ENDS)}
    fits |= {f"cox, {way}": cox(spells(d, way), "x", **SPELL) for way in WAYS}
    for name, fit in fits.items():
        r = fit.tidy().iloc[0]
        yield f"{name}, n = {n}", "log ratio", LOG_RATIO, r.estimate, r.std_error, r.ci_low, r.ci_high


def of_intervals(d: pd.DataFrame, name: str, truth: Callable[[float], float]) -> Iterator[Found]:
    found = survival(d, **ENDS, limits=None)
    for t in TIMES:
        r = found.at(t).iloc[0]
        middle = (r["lowest"] + r["highest"]) / 2
        yield name, f"at {t:g}", truth(t), middle, np.nan, *found.fits[0].limits(t, 0.95)


def curves(d: pd.DataFrame, n: int) -> Iterator[Found]:
    yield from of_intervals(since_entry(d), f"survival, intervals since sentence, n = {n}", inside_since_entry)
    yield from of_intervals(d, f"survival, intervals since custody, late entry, n = {n}", alive)
    for way in WAYS:
        for r in survival(spells(d, way), **SPELL).at(list(TIMES)).itertuples():
            yield (
                f"survival, {way}, n = {n}",
                f"at {r.time:g}",
                alive(r.time),
                r.estimate,
                r.std_error,
                r.ci_low,
                r.ci_high,
            )


def study(samples: int, seed: int = SEED) -> pd.DataFrame:
    """Bias and coverage of each way; half as many samples of 1,000 people, and for the curves."""
    rows: list[Found] = []
    for n, count, kinds in ((300, samples, (ratios, curves)), (1000, samples // 2, (ratios,))):
        for number in range(count):
            d = sample(np.random.default_rng([seed, n, number]), n)
            for kind in kinds:
                if kind is ratios or number < samples // 2:
                    rows += kind(d, n)
    columns = ["estimator", "quantity", "truth", "estimate", "error", "low", "high"]
    return summary(pd.DataFrame(rows, columns=columns))


def page_rows(table: pd.DataFrame, quantity: str) -> str:
    """Rows of the page's tables."""
    return "\n".join(
        f"| {r.estimator} | {r.quantity} | {r.bias:+.3f} (± {1.96 * r.bias_mc_error:.3f}) | "
        f"{100 * r.coverage:.1f}% (± {196 * r.coverage_mc_error:.1f}) |"
        for r in table.itertuples()
        if r.quantity.startswith(quantity)
    )


PAGE = Path(__file__).resolve().parents[1] / "docs" / "interval-censoring.md"
_BLOCK = re.compile(r"(<!-- intervals:(.+?) -->\n).*?(<!-- end -->)", re.DOTALL)


def renewed(page: str, results: Path) -> str:
    """The page with its tables made anew from the results."""
    table = pd.read_csv(results / "intervals.csv")
    head = "| way | of | bias | coverage of 95% limits |\n| --- | --- | ---: | ---: |\n"
    return _BLOCK.sub(lambda m: m[1] + head + page_rows(table, m[2]) + "\n" + m[3], page)


def run(results: Path) -> None:
    """Write the table."""
    began = time.perf_counter()
    samples = int(os.environ.get("REPLICATES", "400"))
    found = study(samples)
    found.to_csv(results / "intervals.csv", index=False, float_format="%.4g")
    note = f"{samples} simulated samples, seed {SEED}; Python {platform.python_version()}, numpy {np.__version__}\n"
    (results / "intervals_versions.txt").write_text(note)
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8"), results), encoding="utf-8")
    print(page_rows(found, "log ratio"), page_rows(found, "at"), sep="\n\n")
    print(f"{time.perf_counter() - began:.0f} s")
