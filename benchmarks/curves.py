"""Curves and tests of groups against R on simulated spells: seconds (medians) and ratios, in one run."""

import platform
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.regression import in_r, r_versions, timed


def ended(n: int, whole_months: bool) -> pd.DataFrame:
    """Simulate spells with delayed entry, two competing ends and censoring, in three groups."""
    rng = np.random.default_rng(4)
    entry = rng.uniform(0, 24, n)
    act, leave, stop = rng.exponential(90, n), rng.exponential(60, n), rng.uniform(6, 120, n)
    exit = entry + np.minimum(np.minimum(act, leave), stop)
    code = np.select([stop < np.minimum(act, leave), act < leave], [0, 1], 2)
    if whole_months:
        entry, exit = np.floor(entry), np.ceil(exit)
    kind = pd.Categorical.from_codes(code, ["censored", "act", "release"])
    frame = pd.DataFrame({"entry": entry, "exit": exit, "end": kind, "event": (code == 1).astype(int)})
    frame["arm"] = rng.integers(0, 3, n)
    frame["x"] = rng.normal(size=n)
    return frame


_ENDS = {"exit": "exit", "event": "end", "entry": "entry"}
_ACT = {"exit": "exit", "event": "event", "entry": "entry"}


def row(what: str, n: int, ours: float, peer: str = "", theirs: float | None = None) -> dict[str, Any]:
    """One row of the table, which is printed too."""
    ratio = None if theirs is None else theirs / ours
    other = "no peer" if not peer else f"{peer}: {'not run to the end' if theirs is None else f'{theirs:.2f}'}"
    print(f"{what}, n = {n:,}: {ours:.3f}; {other}{'' if ratio is None else f' ({ratio:.1f} times)'}", flush=True)
    return {"what": what, "n": n, "clemency": ours, "peer": peer, "peer_seconds": theirs, "ratio": ratio}


def compared(frame: pd.DataFrame, unit: str) -> Iterator[dict[str, Any]]:
    """Curves, tests and concordance of one frame, here and in R."""
    from clemency.models import cox, incidence, logrank, survival

    n = len(frame)
    ours = timed(lambda: incidence(frame, **_ENDS), 3)
    code = "survfit(Surv(entry, exit, factor(end, c('censored', 'act', 'release'))) ~ 1, d, id = seq_len(nrow(d)))"
    yield row(f"incidence with limits, {unit}", n, ours, "R survfit (robust errors)", in_r(frame, code))
    ours = timed(lambda: incidence(frame, **_ENDS, variance="robust"), 3)
    yield row(f"incidence, robust errors, {unit}", n, ours)
    ours = timed(lambda: survival(frame, **_ACT), 3)
    code = "survfit(Surv(entry, exit, event) ~ 1, d)"
    yield row(f"survival with limits, {unit}", n, ours, "R survfit", in_r(frame, code))
    ours = timed(lambda: logrank(frame, by="arm", **_ACT), 3)
    code = "survdiff(Surv(exit, event) ~ arm, d)"
    yield row(f"logrank, 3 groups, {unit}", n, ours, "R survdiff (no delayed entry)", in_r(frame, code))
    fit = cox(frame, "x", **_ACT)
    ours = timed(lambda: fit.concordance(), 1)
    code = "concordance(Surv(entry, exit, event) ~ x, d, reverse = TRUE)"
    yield row(f"concordance with its error, {unit}", n, ours, "R concordance", in_r(frame, code))


def run(results: Path) -> None:
    rows = []
    for n in (100_000, 1_000_000):
        for whole in (True, False):
            rows += compared(ended(n, whole), "months" if whole else "continuous")
    pd.DataFrame(rows).to_csv(results / "curves.csv", index=False, float_format="%.4g")
    (results / "curves_versions.txt").write_text(
        f"Python {platform.python_version()}, numpy {np.__version__}; {r_versions()}\n"
    )
