"""Acts and releases of which many are known as intervals: what incidences from intervals give, and what shortcuts give.

People enter when they are sentenced; acts come at a constant hazard, releases at one that rises with the square root of
time. Four ways in which they are known, of which all but the last have nothing to do with the events:

- *looks*: a last record 24 to 144 months after sentence, in half of the cases a look before it; one event in four has
  a date, the others lie between a look without and the first with them;
- *late entry*: the same on the clock of custody, which began 2 to 18 months before sentence;
- *lists*: everybody is looked up every 12 months up to the last record, and nothing else is known;
- *own end*: releases have a date, and so has every other act; the rest are known only to have come before the release
  or the last record, whichever was first.

Then small sets of data with late entry and ties, weights of very different size in two thirds of them, each maximised
from several starts: how often they come to several maxima, and whether the estimate is the highest.

``python -m benchmarks intervalcauses``; ``REPLICATES`` sets the number of samples (200), and a fifth of the
sets of data.
"""

import os
import platform
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from scipy import integrate  # noqa: E402

from benchmarks.coverage import Found, summary  # noqa: E402
from clemency.models import incidence  # noqa: E402
from clemency.models.intervalcensoring.causecells import Caused  # noqa: E402
from clemency.models.intervalcensoring.causefit import fit_causes  # noqa: E402
from clemency.models.intervalcensoring.causenpmle import highest, maximise  # noqa: E402
from clemency.models.intervalcensoring.npmle import CERTIFIED  # noqa: E402

ACT, LEVEL, FIRST, SEED, N = 0.008, 0.016, 2.0, 20261130, 300
TIMES = (24.0, 60.0)
ENDS = {"lower": "lower", "upper": "upper", "entry": "entry", "event": "kind"}
SPELL = {"exit": "exit", "event": "event", "entry": "entry"}
DESIGNS = ("looks", "late entry", "lists", "own end")
WAYS = ("true dates", "undated dropped", "as early as can be", "at the midpoint", "as late as can be")


def release_hazard(t: float) -> float:
    """Hazard of release, LEVEL at 30 months."""
    return LEVEL * np.sqrt(t / 30)


def free(t: float) -> float:
    """Share without either event."""
    return float(np.exp(-ACT * t - LEVEL * t**1.5 / (1.5 * np.sqrt(30))))


@cache
def truth(t: float, late: bool) -> float:
    """Share with an act by a time, of all, or of those without an event at FIRST on the clock of custody."""
    begin = FIRST if late else 0.0
    return ACT * integrate.quad(free, begin, t)[0] / free(begin)


def sample(rng: np.random.Generator, design: str, n: int = N) -> pd.DataFrame:
    """One row per person: ``entry, lower, upper, kind`` and, unknown in life, ``act, release, record``."""
    size = 4 * n
    entry = rng.uniform(FIRST, 18, size) if design == "late entry" else np.zeros(size)
    act = rng.exponential(1 / ACT, size)
    release = (rng.exponential(size=size) * 1.5 * np.sqrt(30) / LEVEL) ** (2 / 3)
    seen = np.flatnonzero(np.minimum(act, release) > entry)[:n]
    entry, act, release = entry[seen], act[seen], release[seen]
    record = entry + rng.uniform(24, 144, n)
    event, had = np.minimum(act, release), act < release
    out, dated = event <= record, rng.random(n) < 0.25
    if design == "own end":
        dated = ~had | (rng.random(n) < 0.5)
        before, by = entry, np.minimum(release, record)
    elif design == "lists":
        dated, before = np.zeros(n, dtype=bool), 12 * np.floor(np.minimum(event, record) / 12)
        by, out = before + 12, before + 12 <= record
        before, record = np.minimum(before, 12 * np.floor(record / 12)), 12 * np.floor(record / 12)
    else:
        look = np.where(rng.random(n) < 0.5, rng.uniform(entry, record), entry)
        before, by = np.where(event > look, look, entry), np.where(event > look, record, look)
    lower = np.where(~out, record, np.where(dated, event, before))
    upper = np.where(~out, np.inf, np.where(dated, event, by))
    kind = np.where(~out, None, np.where(had, "act", "release"))
    made = {"entry": entry, "lower": lower, "upper": upper, "kind": kind, "time": event, "record": record, "had": had}
    return pd.DataFrame(made)


def spells(d: pd.DataFrame, way: str) -> pd.DataFrame:
    """Spells with one end each, as a shortcut would make them, or as they were."""
    out = np.isfinite(d["upper"])
    vague = out & (d["upper"] > d["lower"])
    ends = {
        "true dates": np.where(out, d["time"], d["lower"]),
        "undated dropped": d["lower"],
        "as early as can be": np.where(vague, np.maximum(d["lower"], d["entry"] + 0.01), d["lower"]),
        "at the midpoint": np.where(out, (d["lower"] + d["upper"]) / 2, d["lower"]),
        "as late as can be": np.where(out, d["upper"], d["lower"]),
    }
    made = d.assign(exit=ends[way], event=d["kind"].fillna("censored"))
    return made[~vague] if way == "undated dropped" else made


def found(d: pd.DataFrame, design: str) -> Iterator[Found]:
    """Incidence of acts at each time, from intervals with limits and by each shortcut."""
    fit = replace(incidence(d, **ENDS, outcome="act", limits=None), limits="likelihood")
    for r in fit.at(list(TIMES)).itertuples():
        middle = (r.lowest + r.highest) / 2
        name = truth(r.time, design == "late entry")
        yield f"intervals, {design}", f"act by {r.time:g}", name, middle, np.nan, r.ci_low, r.ci_high
    for way in [w for w in WAYS if w != "undated dropped" or design != "lists"]:
        made = spells(d, way)
        shown = incidence(made[made["exit"] > made["entry"]], **SPELL, outcome="act").at(list(TIMES))
        for r in shown.itertuples():
            name = truth(r.time, design == "late entry")
            yield f"{way}, {design}", f"act by {r.time:g}", name, r.estimate, r.std_error, r.ci_low, r.ci_high


def study(samples: int, seed: int = SEED) -> pd.DataFrame:
    """Bias and coverage in each design."""
    rows: list[Found] = []
    for place, design in enumerate(DESIGNS):
        for number in range(samples):
            rows += found(sample(np.random.default_rng([seed, place, number]), design), design)
    columns = ["estimator", "quantity", "truth", "estimate", "error", "low", "high"]
    return summary(pd.DataFrame(rows, columns=columns))


def small(rng: np.random.Generator) -> Caused:
    """A few cases in whole months, of two or three kinds, many of whom enter late."""
    n, kinds, span = rng.integers(4, 18), rng.integers(2, 4), rng.integers(2, 8)
    entry = rng.integers(0, span, n).astype(float)
    lower, kind = entry + rng.integers(0, 4, n), rng.integers(0, kinds + 1, n)
    upper = np.where(kind == 0, np.inf, lower + rng.integers(0, 7, n))
    weight = np.exp(rng.normal(0, rng.choice([0.0, 1.0, 2.0]), n))
    nothing = (lower == entry) & ((upper == lower) | np.isinf(upper))
    return Caused(lower, upper, entry, weight, kind).where(~nothing)


def maxima(samples: int, starts: int = 8, seed: int = SEED) -> pd.DataFrame:
    """Where several starts end, for data whose likelihood is not concave in the masses."""
    rng, rows = np.random.default_rng(seed), []
    while len(rows) < samples:
        data = small(rng)
        if not (data.kind > 0).any():
            continue
        cells = fit_causes(data).cells
        if len(cells) < 3 or not (cells.power < 0).any():
            continue
        begins = (rng.dirichlet(np.full(len(cells), 0.2 if i % 2 else 1.0)) + 1e-9 for i in range(starts))
        ends = [maximise(cells, begin / begin.sum()) for begin in begins]
        ours, top = highest(cells)[0], max(m.loglik for m in ends)
        rows.append((len(cells), top - min(m.loglik for m in ends), top - ours.loglik, ours.gap))
    found = pd.DataFrame(rows, columns=["cells", "between", "below", "gap"])
    counts = {"sets": samples, "starts": starts, "most_cells": found["cells"].max()}
    counts |= {"several": int((found["between"] > 1e-6).sum()), "missed": int((found["below"] > 1e-6).sum())}
    counts |= {"uncertified": int((found["gap"] > CERTIFIED).sum())}
    return pd.DataFrame([counts | {name: found[name].max() for name in ("between", "below", "gap")}])


def page_rows(table: pd.DataFrame, design: str) -> str:
    """Rows of one of the page's tables."""
    return "\n".join(
        f"| {r.estimator.removesuffix(f', {design}')} | {r.quantity} | {r.truth:.3f} | "
        f"{r.bias:+.3f} (± {1.96 * r.bias_mc_error:.3f}) | "
        f"{100 * r.coverage:.1f}% (± {196 * r.coverage_mc_error:.1f}) | {100 * r.refused:.1f}% |"
        for r in table.itertuples()
        if r.estimator.endswith(f", {design}")
    )


PAGE = Path(__file__).resolve().parents[1] / "docs" / "interval-censoring.md"
_BLOCK = re.compile(r"(<!-- intervalcauses:(.+?) -->\n).*?(<!-- end -->)", re.DOTALL)


def renewed(page: str, results: Path) -> str:
    """The page with its tables made anew from the results."""
    table = pd.read_csv(results / "intervalcauses.csv")
    head = "| way | of | truth | bias | coverage of 95% limits | without limits |\n"
    head += "| --- | --- | ---: | ---: | ---: | ---: |\n"
    return _BLOCK.sub(lambda m: m[1] + head + page_rows(table, m[2]) + "\n" + m[3], page)


def run(results: Path) -> None:
    """Write the table."""
    began = time.process_time()
    samples = int(os.environ.get("REPLICATES", "200"))
    table = study(samples)
    table.to_csv(results / "intervalcauses.csv", index=False, float_format="%.4g")
    several = maxima(5 * samples)
    several.to_csv(results / "intervalcauses_maxima.csv", index=False, float_format="%.2g")
    note = f"{samples} simulated samples, seed {SEED}; Python {platform.python_version()}, numpy {np.__version__}\n"
    (results / "intervalcauses_versions.txt").write_text(note)
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8"), results), encoding="utf-8")
    print(*(page_rows(table, design) for design in DESIGNS), sep="\n\n")
    print(several.to_string(index=False))
    print(f"{time.process_time() - began:.0f} s of computing")
