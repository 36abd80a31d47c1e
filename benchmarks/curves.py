"""Curves and tests of groups against R on simulated spells: seconds (medians) and ratios, in one run."""

import platform
from pathlib import Path

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


def run(results: Path) -> None:
    from clemency.models import cox, incidence, logrank, survival

    found = []

    def add(what: str, n: int, ours: float, peer: str, theirs: float | None) -> None:
        ratio = None if theirs is None else theirs / ours
        found.append({"what": what, "n": n, "clemency": ours, "peer": peer, "peer_seconds": theirs, "ratio": ratio})
        other = "no peer" if not peer else f"{peer}: {'not run to the end' if theirs is None else f'{theirs:.2f}'}"
        print(f"{what}, n = {n:,}: {ours:.3f}; {other}{'' if ratio is None else f' ({ratio:.1f} times)'}", flush=True)

    ends = {"exit": "exit", "event": "end", "entry": "entry"}
    act = {"exit": "exit", "event": "event", "entry": "entry"}
    for n in (100_000, 1_000_000):
        for whole in (True, False):
            frame, unit = ended(n, whole), "months" if whole else "continuous"
            ours = timed(lambda f=frame: incidence(f, **ends), 3)
            code = (
                "survfit(Surv(entry, exit, factor(end, c('censored', 'act', 'release'))) ~ 1, d, id = seq_len(nrow(d)))"
            )
            add(f"incidence with limits, {unit}", n, ours, "R survfit (robust errors)", in_r(frame, code))
            ours = timed(lambda f=frame: incidence(f, **ends, variance="robust"), 3)
            add(f"incidence, robust errors, {unit}", n, ours, "", None)
            ours = timed(lambda f=frame: survival(f, **act), 3)
            add(
                f"survival with limits, {unit}",
                n,
                ours,
                "R survfit",
                in_r(frame, "survfit(Surv(entry, exit, event) ~ 1, d)"),
            )
            ours = timed(lambda f=frame: logrank(f, by="arm", **act), 3)
            add(
                f"logrank, 3 groups, {unit}",
                n,
                ours,
                "R survdiff (no delayed entry)",
                in_r(frame, "survdiff(Surv(exit, event) ~ arm, d)"),
            )
            fit = cox(frame, "x", **act)
            ours = timed(lambda e=fit: e.concordance(), 1)
            code = "concordance(Surv(entry, exit, event) ~ x, d, reverse = TRUE)"
            add(f"concordance with its error, {unit}", n, ours, "R concordance", in_r(frame, code))
    pd.DataFrame(found).to_csv(results / "curves.csv", index=False, float_format="%.4g")
    (results / "curves_versions.txt").write_text(
        f"Python {platform.python_version()}, numpy {np.__version__}; {r_versions()}\n"
    )
