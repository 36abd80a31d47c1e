"""Emulated trials where the truth is known: a treatment of single people, a negative control, and events common to all.

Three parts. In the first, illness makes treatment and the event likelier, changes over time and is changed by
treatment, and the marginal hazard ratio is known (the design of `benchmarks.weighting`). In the second, frailty makes
acts, expiries and, through illness, treatment likelier, and treatment does nothing: the true ratio of the outcome and
that of the negative control are 1. In the third, events are likelier in autumn and in later years, as acts are, and
whole quarters have more acts than others for reasons of their own; an event makes acts exp(b) times as frequent for 180
days.
"""

from __future__ import annotations

import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from benchmarks import weighting
from clemency.cohorts import Cohort
from clemency.cohorts.rules import read_rules
from clemency.models import cox, event_trials, sequential_trials

SAMPLES = 150
PERIODS, LENGTH = 10, 6.0
YEARS, WINDOW = 18, 180
Numbers = dict[tuple[str, str], tuple[float, float, float, float]]


def frail(rng: np.random.Generator, people: int) -> pd.DataFrame:
    """Person-periods of one sample of the second part: ``id, period, entry, exit, ill, raised, event``."""
    frailty = rng.random(people) < 0.4
    ill, raised = np.zeros(people), np.zeros(people)
    alive, parts = np.ones(people, dtype=bool), []
    for k in range(PERIODS):
        ill = (rng.random(people) < special.expit(-2 + 2.0 * frailty + ill)).astype(float)
        raised = np.maximum(raised, rng.random(people) < special.expit(-3 + 1.8 * ill))
        times = rng.exponential(1 / np.outer([0.008, 0.006], 1 + 2.0 * frailty))
        first, stay = times.argmin(axis=0), np.minimum(times.min(axis=0), LENGTH)
        ended = times.min(axis=0) <= LENGTH
        word = np.where(ended, np.array(["act", "expiry"])[first], "censored")
        frame = pd.DataFrame({"id": np.arange(people), "period": k, "entry": k * LENGTH, "exit": k * LENGTH + stay})
        parts.append(frame.assign(ill=ill, raised=raised.astype(int), event=word)[alive])
        alive &= ~ended
    return pd.concat(parts, ignore_index=True)


def calendar(rng: np.random.Generator, people: int, log_ratio: float) -> tuple[Cohort, pd.DataFrame]:
    """A cohort of one sample of the third part, and the table of events."""
    days = np.arange(YEARS * 365)
    season = 0.6 * np.cos(2 * np.pi * (days - 290) / 365)
    trend = 0.06 * days / 365
    shock = rng.normal(0, 0.4, YEARS * 4 + 1)[days // 92]
    chance = np.exp(1.5 * season + 2 * trend)
    events = np.sort(rng.choice(days, size=30, replace=False, p=chance / chance.sum()))
    after = np.zeros(len(days), dtype=bool)
    for day in events:
        after[day + 1 : day + 1 + WINDOW] = True
    act = np.cumsum(0.00015 * np.exp(season + trend + shock + log_ratio * after))
    expiry = np.cumsum(np.full(len(days), 0.0005))
    start = rng.integers(0, len(days) - 200, people)
    stops = [np.searchsorted(hazard, hazard[start] + rng.exponential(1.0, people)) for hazard in (act, expiry)]
    stop = np.minimum(np.minimum(*stops), len(days) - 1)
    word = np.where(stop == stops[0], "sentence_reduction", np.where(stop == stops[1], "expiry", "censored"))
    spells = pd.DataFrame(
        {
            "case_id": np.arange(people),
            "person_id": np.arange(people),
            "entry": 0.0,
            "exit": (stop - start) / (365.25 / 12),
            "event": pd.Categorical(word, categories=["censored", "sentence_reduction", "expiry"]),
            "origin": pd.Timestamp("2000-01-01") + pd.to_timedelta(start, unit="D"),
        }
    )
    spells = spells[spells["exit"] > 0].reset_index(drop=True)
    rules = read_rules(
        outcome="sentence_reduction", competing="expiry", clock="sentence", entry="sentence", until=None,
        sentence_types="fixed", follow_up="register", dates="midpoint", recurrent=False,
    )  # fmt: skip
    made = Cohort(spells, pd.DataFrame({"case_id": [], "reason": []}), rules, len(spells))
    dated = (pd.Timestamp("2000-01-01") + pd.to_timedelta(events, unit="D")).strftime("%Y-%m-%d")
    return made, pd.DataFrame({"date": dated})


def _row(table: pd.DataFrame) -> tuple[float, float, float, float]:
    r = table[table["term"].isin(("raised", "assigned", "after"))].iloc[0]
    return float(r["estimate"]), float(r["std_error"]), float(r["ci_low"]), float(r["ci_high"])


def confounded(rng: np.random.Generator, log_ratio: float) -> Numbers:
    """Estimates of one sample of the first part."""
    d = weighting.sample(rng, 400, log_ratio)
    named: dict[str, Any] = {"treatment": "raised", "id": "id", "at_entry": "modelled"}
    weights: dict[str, Any] = {"denominator": "entry + ill", "numerator": "entry", "period": "period"}
    whole = weights | {"truncate": None}
    found = {
        "Cox, treatment over time": cox(d, "raised", entry="entry", exit="exit", event="event", cluster="id"),
        "trials, nothing adjusted": sequential_trials(d, **named),
        "trials, per protocol": sequential_trials(d, **named, **whole),
        "trials, per protocol, truncated": sequential_trials(d, **named, **weights),
    }
    if log_ratio == 0:  # later starts dilute any other ratio, to one that has no simple form
        found["trials, intention to treat"] = sequential_trials(d, **named, **whole, estimand="intention_to_treat")
    return {("outcome", k): _row(f.tidy()) for k, f in found.items()}


def controlled(rng: np.random.Generator, log_ratio: float) -> Numbers:
    """Estimates of one sample of the second part, of the outcome and of the negative control."""
    d = frail(rng, 400)
    named: dict[str, Any] = {"treatment": "raised", "outcome": "act", "negative": "expiry", "id": "id"}
    weights = {"denominator": "entry + ill", "numerator": "entry", "period": "period", "truncate": None}
    times = {"entry": "entry", "exit": "exit", "event": "event", "cluster": "id"}
    found = {}
    for analysis, outcome in (("outcome", "act"), ("negative control", "expiry")):
        found[analysis, "Cox, treatment over time"] = _row(cox(d, "raised", outcome=outcome, **times).tidy())
    for name, options in (("trials, nothing adjusted", {}), ("trials, per protocol", weights)):
        table = sequential_trials(d, **named, at_entry="modelled", **options).tidy()
        for analysis, part in table.groupby("analysis"):
            found[str(analysis), name] = _row(part)
    return found


def common(rng: np.random.Generator, log_ratio: float) -> Numbers:
    """Estimates of one sample of the third part."""
    made, events = calendar(rng, 1000, log_ratio)
    plain = cox(made.expose(events, f"{WINDOW}D", by=None, name="after"), "after", outcome="sentence_reduction")
    found = {("outcome", "Cox, time after events"): _row(plain.tidy())}
    trials = event_trials(made, events, negative="expiry")
    found["outcome", "event trials"] = _row(trials.tidy())
    by_person = trials.fits["outcome"].with_variance(cluster="person_id")
    found["outcome", "event trials, errors by person"] = _row(by_person.tidy())
    loose = event_trials(made, events, sides="any")
    found["outcome", "event trials, one side enough"] = _row(loose.tidy())
    control = trials.tidy().query("analysis == 'negative control'")
    return found | {("negative control", "event trials"): _row(control)}


PARTS: dict[str, tuple[Callable[[np.random.Generator, float], Numbers], tuple[float, ...]]] = {
    "confounding over time": (confounded, (0.0, 0.7)),
    "no effect, negative control": (controlled, (0.0,)),
    "events common to all": (common, (0.0, 0.7)),
}


def study(samples: int = SAMPLES, seed: int = 20261130) -> pd.DataFrame:
    """Bias and coverage of each way of analysis, by part and true log ratio."""
    rows = []
    for part, (estimates, ratios) in PARTS.items():
        for log_ratio in ratios:
            rng = np.random.default_rng(seed)
            made = [estimates(rng, log_ratio) for _ in range(samples)]
            for analysis, model in made[0]:
                true = log_ratio if analysis == "outcome" else 0.0
                every = np.array([m[analysis, model] for m in made])
                b, se, low, high = every[np.isfinite(every).all(axis=1)].T  # an arm without an act has no ratio
                rows.append(
                    {
                        "part": part,
                        "analysis": analysis,
                        "model": model,
                        "log_ratio": true if analysis == "outcome" else log_ratio,
                        "samples": len(b),
                        "mean": b.mean(),
                        "bias": b.mean() - true,
                        "bias_error": b.std(ddof=1) / np.sqrt(len(b)),
                        "spread": b.std(ddof=1),
                        "mean_error": se.mean(),
                        "coverage": ((low <= true) & (true <= high)).mean(),
                    }
                )
    return pd.DataFrame(rows)


def run(results: Path) -> None:
    """Write the table."""
    began = time.process_time()
    found = study()
    found.to_csv(results / "trials.csv", index=False, float_format="%.4g")
    note = f"seed 20261130; Python {platform.python_version()}, numpy {np.__version__}\n"
    (results / "trials_versions.txt").write_text(note)
    print(found.to_string(index=False, float_format=lambda v: f"{v:.3f}"))
    print(f"{time.process_time() - began:.0f} s of computing", file=sys.stderr)
