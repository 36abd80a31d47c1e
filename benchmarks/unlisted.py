"""How many are on no list: are the numbers right, and do their limits cover? Simulated people whose number is known.

Four lists of 1,000 people, drawn in six ways: independently; with one list that finds those on another more easily;
with three that copy from the first; with people who differ in how easily any list finds them; with three in ten whom no
list can find; and with a fifth of the links missed. The log-linear models hold in the first three, not in the others.

``python -m benchmarks unlisted``; ``REPLICATES`` in the environment sets the number of samples (80).
"""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

import clemency as cl

PEOPLE = 1_000
CHANCES = np.array([0.35, 0.25, 0.2, 0.15])
LISTS = ["A", "B", "C", "D"]
BOOTSTRAP = 100
TOLD = ["chao", "loglinear", "average"]
PLAIN = [*TOLD, "coverage"]
SLOW = "latent_class"  # in every fourth sample
SEED = 20020103
ODDS = CHANCES / (1 - CHANCES)
Rng = np.random.Generator


def independent(rng: Rng) -> np.ndarray:
    return rng.random((PEOPLE, 4)) < CHANCES


def dependent(rng: Rng) -> np.ndarray:
    """Whoever is on A has four times the odds to be on B."""
    on = independent(rng)
    odds = 4 * ODDS[1]
    on[:, 1] = np.where(on[:, 0], rng.random(PEOPLE) < odds / (1 + odds), on[:, 1])
    return on


def copying(rng: Rng) -> np.ndarray:
    """C, D and B each take over three in ten of whoever is on A."""
    on = independent(rng)
    on[:, 1:] |= on[:, :1] & (rng.random((PEOPLE, 3)) < 0.3)
    return on


def differing(rng: Rng) -> np.ndarray:
    """The odds of a person differ by a log-normal factor (standard deviation of its logarithm 1.2)."""
    odds = ODDS * np.exp(1.2 * rng.standard_normal((PEOPLE, 1)))
    return rng.random((PEOPLE, 4)) < odds / (1 + odds)


def out_of_reach(rng: Rng) -> np.ndarray:
    on = independent(rng)
    on[: int(0.3 * PEOPLE)] = False
    return on


def unlinked(rng: Rng) -> np.ndarray:
    """Of each person on several lists, every list after the first is taken for another person with a chance of 0.2."""
    on = independent(rng)
    split = on & (np.cumsum(on, axis=1) > 1) & (rng.random(on.shape) < 0.2)
    alone = np.zeros((split.sum(), 4), dtype=bool)
    alone[np.arange(len(alone)), np.nonzero(split)[1]] = True
    return np.vstack([on & ~split, alone])


DESIGNS: dict[str, Callable[[Rng], np.ndarray]] = {
    "independent lists": independent,
    "B finds those on A": dependent,
    "three lists copy from A": copying,
    "people differ": differing,
    "three in ten out of reach": out_of_reach,
    "a fifth of links missed": unlinked,
}


def replicate(seed: np.random.SeedSequence, design: str, methods: list[str]) -> pd.DataFrame:
    """Estimates of one sample; where links were missed, also with that rate told."""
    on = DESIGNS[design](np.random.default_rng(seed))
    people = pd.DataFrame(on.astype(int), columns=LISTS)
    found = cl.undocumented(people, LISTS, method=methods, replications=BOOTSTRAP).tidy()
    if design != "a fifth of links missed":
        return found
    options = {"method": TOLD, "linkage": {"missed_match": 0.2}, "redraws": 10, "replications": BOOTSTRAP}
    told = cl.undocumented(people, LISTS, **options).tidy()
    return pd.concat([found, told.assign(method=told["method"] + ", rate told")])


def study(design: str, replicates: int) -> pd.DataFrame:
    seeds = np.random.SeedSequence([SEED, list(DESIGNS).index(design)]).spawn(replicates)
    found = pd.concat([replicate(s, design, PLAIN if i % 4 else [*PLAIN, SLOW]) for i, s in enumerate(seeds)])
    return tabulated(found, design)


def tabulated(found: pd.DataFrame, design: str) -> pd.DataFrame:
    """Where the estimates lie, and how often their limits hold the truth."""
    found = found[np.isfinite(found["estimate"])]
    rows = []
    for method, part in found.groupby("method", sort=False):
        inside = part["ci_low"].le(PEOPLE) & part["ci_high"].ge(PEOPLE)
        rows.append(
            {
                "design": design,
                "method": method,
                "samples": len(part),
                "known": part["known"].mean(),
                "truth": PEOPLE,
                "median": part["estimate"].median(),
                "low_decile": part["estimate"].quantile(0.1),
                "high_decile": part["estimate"].quantile(0.9),
                "coverage": inside.mean(),
                "mc_error": np.sqrt(inside.mean() * (1 - inside.mean()) / len(part)),
                "median_width": (part["ci_high"] - part["ci_low"]).median(),
                "no_upper_limit": np.isinf(part["ci_high"]).mean(),
            }
        )
    return pd.DataFrame(rows)


def rows(study: pd.DataFrame) -> list[list[str]]:
    """The study as the page shows it."""
    shown = []
    for r in study.itertuples():
        spread = f"{r.low_decile:,.0f} to {r.high_decile:,.0f}"
        open_ended = f"{r.no_upper_limit:.0%}" if r.no_upper_limit else ""
        shown.append([r.design, f"`{r.method}`", f"{r.median:,.0f}", spread, f"{r.coverage:.0%}", open_ended])
    return shown


def run(results: Path) -> None:
    tables = []
    for design in DESIGNS:
        tables.append(study(design, int(os.environ.get("REPLICATES", "80"))))
        pd.concat(tables).to_csv(results / "unlisted.csv", index=False, float_format="%.4g")
        print(tables[-1].to_string(index=False), flush=True)
