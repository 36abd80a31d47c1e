"""How often the plan of the report finds something where nothing makes a difference, beside the rule of before.

Each sample is a simulated register: everybody has the same hazards of a reduction and of a medical parole, which change
with the calendar and with the years since the sentence. Groups differ in when and for how long their cases are known (8
or 40 months after the sentence on average), in how many they are, and in their terms; half of the acts are told of, a
third of these to the month or the year only. The events are the true ones. The whole plan is put to each sample, as the
report does. The rule of before pools groups with fewer than five acts, takes the group with most acts as reference, and
calls a question different if limits of any ratio leave 1 out.
"""

from __future__ import annotations

import os
import platform
import sys
import time
import warnings
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import clemency as cl
from clemency.cohorts.cells import SINGLE, cells_of, pieces
from clemency.models.incidencerates.rates import binomial_limits
from clemency.records.schema import CHARGE_FAMILIES, REGIONS
from clemency.reports.plan import PLAN, Grouping
from clemency.reports.planned.results import Evidence, answers

SAMPLES, PEOPLE, SEED = 1000, 2000, 20261201
FIRST, EXPORT = np.datetime64("1995-01-01"), np.datetime64("2020-07-23")
DAYS = 365.25 / 12
#: Monthly hazards of both kinds of act, before the factors of calendar and of years since sentence.
HAZARD = {"sentence_reduction": 0.0030, "medical_parole": 0.0012}
LEAST = 5
#: Shares of the groups: some are thin.
SHARES = {
    "charge_family": dict(
        zip(CHARGE_FAMILIES, (0.3, 0.1, 0.3, 0.02, 0.15, 0.01, 0.04, 0.03, 0.01, 0.01, 0.03), strict=True)
    ),
    "region": dict(zip(REGIONS[:6], (0.14, 0.12, 0.12, 0.15, 0.27, 0.2), strict=True)),
    "sex": {"M": 0.72, "F": 0.28},
    "ethnicity": {"Han": 0.35, "": 0.35, "Tibetan": 0.22, "Uyghur": 0.05, "Mongol": 0.03},
}


def sample(rng: np.random.Generator, people: int = PEOPLE) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Cases and acts of a simulated register."""
    names = np.arange(people).astype(str)
    groups = {k: rng.choice(list(v), people, p=np.array(list(v.values())) / sum(v.values())) for k, v in SHARES.items()}
    little = (groups["ethnicity"] == "Tibetan") | (groups["charge_family"] == "cult")
    sentence = FIRST + rng.integers(0, 24 * 365, people)
    months = np.where(little, rng.choice([24, 36, 60, 84], people), rng.choice([36, 60, 120, 180], people))
    lag = np.rint(rng.exponential(np.where(little, 40.0, 8.0)) * DAYS - 120).astype(int)
    end = sentence + np.floor(months * DAYS).astype(int)
    cases = pd.DataFrame(
        {
            "case_id": names,
            "person_id": names,
            "frame": "register",
            "known_from": (sentence + lag).astype(str),
            "detention_date": (sentence - 200).astype(str),
            "sentence_date": sentence.astype(str),
            "sentence_type": "fixed",
            "sentence_months": months,
            "status": "unknown",
            "status_date": None,
            "seen_date": None,
            **{k: np.where(v == "", None, v) for k, v in groups.items()},
        }
    )
    acts = [_acts(rng, kind, names, sentence, end) for kind in HAZARD]
    return cases, pd.concat(acts, ignore_index=True)


def _acts(
    rng: np.random.Generator, kind: str, names: np.ndarray, sentence: np.ndarray, end: np.ndarray
) -> pd.DataFrame:
    """First acts of a kind that are told of, by thinning the largest hazard; a third of them without their day."""
    n = len(names)
    day, alive = np.zeros(n), np.ones(n, dtype=bool)
    found = np.full(n, np.nan)
    while alive.any():
        day[alive] += rng.exponential(DAYS / (3 * HAZARD[kind]), alive.sum())
        at = sentence + np.rint(day).astype(int)
        alive &= at < np.minimum(end, EXPORT)
        year = at.astype("datetime64[Y]").astype(int) + 1970
        factor = np.where((year >= 2003) & (year < 2010), 2.0, 1.0) * np.where(day < 730, 0.4, 1.5)
        hit = alive & (rng.random(n) < factor / 3)
        found[hit] = day[hit]
        alive &= ~hit
    told = np.isfinite(found) & (rng.random(n) < 0.5)
    dates = (sentence[told] + np.maximum(np.rint(found[told]), 1).astype(int)).astype(str)
    length = rng.choice([10, 7, 4], told.sum(), p=[2 / 3, 2 / 9, 1 / 9])
    cut = [d[:k] for d, k in zip(dates, length, strict=True)]
    return pd.DataFrame({"case_id": names[told], "act_type": kind, "act_date": cut})


def evidence(cases: pd.DataFrame, acts: pd.DataFrame, events: pd.DataFrame) -> Evidence:
    """What the plan takes, counted from the sample as the shipped counts are from the database."""
    common: dict[str, Any] = {
        "outcome": PLAN.outcomes,
        "clock": "sentence",
        "entry": PLAN.entry,
        "follow_up": PLAN.follow_up,
        "until": str(EXPORT),
    }
    made = cl.cohort(cases, acts, competing=["early_release", "expiry", "death"], **common)
    cut = pieces(made)
    tables = {by: cells_of(cut, (by,), ["period", "years"]) for by in SINGLE}
    dated = cl.cohort(cases, acts, dates="impute", m=5, seed=PLAN.seed, **common)
    return Evidence(lambda by, _: tables[by], dated, events, str(EXPORT))


def as_before(given: Evidence) -> dict[str, Any]:
    """Groups pooled and referred to by their acts: which questions "differ", and the ratio of the pooled regions."""
    found: dict[str, Any] = {"ratio": np.nan, "below": False}
    differs = []
    for about in PLAN.groupings:
        for outcome in PLAN.outcomes:
            t = given.cells(about.name, PLAN.entry).groupby("level", observed=True)[[outcome, "person_months"]].sum()
            small = t[outcome] < LEAST
            rest = t[small].sum()
            kept = t[~small].sort_values(outcome, ascending=False)
            if small.sum() > 1:
                kept.loc["other"] = rest
            elif small.any():
                kept = pd.concat([kept, t[small]])
            if len(kept) < 2 or not kept[outcome].iloc[0]:
                continue
            a, time = kept[outcome].to_numpy(float), kept["person_months"].to_numpy(float)
            low, high = binomial_limits(a[1:], a[1:] + a[0])
            odds = time[0] / time[1:]
            with np.errstate(divide="ignore"):
                below, above = high / (1 - high) * odds, low / (1 - low) * odds
            differs.append(bool((below < 1).any() or (above > 1).any()))
            if about.name == "region" and outcome == "medical_parole" and "other" in kept.index:
                k = list(kept.index).index("other") - 1
                found |= {"ratio": float(a[k + 1] / a[0] * odds[k]), "below": bool(below[k] < 1)}
    return found | {"questions": len(differs), "differ": sum(differs)}


def one(seed: np.random.SeedSequence) -> dict[str, Any]:
    """A row for one sample."""
    warnings.simplefilter("ignore")
    rng = np.random.default_rng(seed)
    given = evidence(*sample(rng), cl.load("events"))
    quick = replace(PLAN, repetitions=1999, seed=int(rng.integers(2**31)))
    a = answers(given, quick)
    p = a.hypotheses.set_index("key")["p_value"]
    group = [h.key for h in PLAN.hypotheses if isinstance(h.about, Grouping)]
    by_kind = {"groups": p[group], "occasions": p.drop(group)}
    row = {"any": bool(a.hypotheses["passes"].any()), "told": len(a.findings), "tested": int(p.notna().sum())}
    row |= {f"p05_{k}": int((v <= 0.05).sum()) for k, v in by_kind.items()}
    row |= {f"n_{k}": int(v.notna().sum()) for k, v in by_kind.items()}
    row |= {f"acts_{o}": int(a.hypotheses.loc[a.hypotheses["outcome"] == o, "n_event"].max()) for o in PLAN.outcomes}
    return row | {f"before_{k}": v for k, v in as_before(given).items()}


def summary(rows: pd.DataFrame) -> pd.DataFrame:
    """Shares with their Monte Carlo errors: ``what, share, error, samples``."""
    n = len(rows)

    def share(what: str, hits: float, of: float) -> dict[str, Any]:
        at = hits / of
        return {"what": what, "share": at, "error": float(np.sqrt(max(at * (1 - at), 0) / of)), "samples": n}

    other = rows["before_ratio"].notna()
    made = [
        share("plan: any question passes Holm's rule", rows["any"].sum(), n),
        share("plan: any group is told", (rows["told"] > 0).sum(), n),
        share("plan: one question on groups, by itself, p <= 0.05", rows["p05_groups"].sum(), rows["n_groups"].sum()),
        share("plan: one question on occasions, p <= 0.05", rows["p05_occasions"].sum(), rows["n_occasions"].sum()),
        share("before: one question on groups 'differs'", rows["before_differ"].sum(), rows["before_questions"].sum()),
        share("before: any question on groups 'differs'", (rows["before_differ"] > 0).sum(), n),
        share(
            "before: limits of 'other regions' lie below 1", rows.loc[other, "before_below"].sum(), max(other.sum(), 1)
        ),
    ]
    made[-1]["samples"] = int(other.sum())
    middle = {
        "what": "before: median ratio of 'other regions'",
        "share": rows["before_ratio"].median(),
        "error": np.nan,
    }
    return pd.DataFrame([*made, middle | {"error": np.nan, "samples": int(other.sum())}])


def study(samples: int = SAMPLES, seed: int = SEED, processes: int = 1) -> pd.DataFrame:
    """One row for each sample."""
    seeds = np.random.SeedSequence(seed).spawn(samples)
    if processes == 1:
        return pd.DataFrame([one(s) for s in seeds])
    with get_context("spawn").Pool(processes) as pool:
        return pd.DataFrame(list(pool.imap(one, seeds, chunksize=5)))


def run(results: Path) -> None:
    """Write ``plan.csv`` and the versions it was made with; PLAN_SAMPLES changes the number of samples."""
    began = time.perf_counter()
    samples = int(os.environ.get("PLAN_SAMPLES", SAMPLES))
    table = summary(study(samples, processes=os.cpu_count() or 1))
    table.round(4).to_csv(results / "plan.csv", index=False)
    print(table.round(3).to_string(index=False))
    lines = [f"python {platform.python_version()}", f"numpy {np.__version__}", f"pandas {pd.__version__}"]
    lines.append(f"{samples} samples of {PEOPLE}, seed {SEED}, {time.perf_counter() - began:.0f} s")
    (results / "plan_versions.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit("run it as python -m benchmarks plan")
