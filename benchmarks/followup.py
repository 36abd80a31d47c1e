"""Two groups with the same hazard of an act, known for 8 and for 40 months mostly because of acts.

Everybody is in a register from the day of sentence, has acts at the same constant hazard, and leaves at the end of a
term. Publications show a person on days of their own, for 8 months after the sentence on average in one group and for
40 in the other, and they show every act on its day. With ``follow_up="documented"`` the time at risk of those without
an act ends with the last such publication, and that of the others with their act, however late: in the group of which
little is published acts seem frequent. With ``follow_up="register"`` everybody is followed to the end of the term or to
the register's last day. The true hazard ratio is 1.
"""

from __future__ import annotations

import platform
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import clemency as cl

SAMPLES, PEOPLE, SEED = 100, 1500, 20261130
RATE, SHOWN, TERMS = 0.004, (8.0, 40.0), (48.0, 72.0, 96.0, 120.0)
FIRST, EXPORT = np.datetime64("2000-01-01"), np.datetime64("2014-12-31")
RULES = ("documented", "independent", "until_expiry", "register")
DAYS = 365.25 / 12


def sample(rng: np.random.Generator, people: int = PEOPLE) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Cases and acts as tables.

    Parameters
    ----------
    rng : Generator
    people : int
        Half of them in each group: what little is published of are the women, for want of a column that says so.
    """
    group = np.repeat([0, 1], people // 2)
    n = len(group)
    sentence = FIRST + rng.integers(0, 8 * 365, n)
    months = rng.choice(TERMS, n)
    act = np.maximum(np.rint(rng.exponential(1 / RATE, n) * DAYS), 1).astype(int)
    shown = np.rint(rng.exponential(np.asarray(SHOWN)[group], n) * DAYS).astype(int)
    end = sentence + np.floor(months * DAYS).astype(int)
    had = (sentence + act < end) & (sentence + act <= EXPORT)
    last = np.minimum(np.minimum(sentence + shown, end), EXPORT)
    names = np.arange(n).astype(str)
    cases = pd.DataFrame(
        {
            "case_id": names,
            "person_id": names,
            "detention_date": sentence.astype(str),
            "sentence_date": sentence.astype(str),
            "sentence_type": "fixed",
            "sentence_months": months,
            "status": "unknown",
            "status_date": None,
            "seen_date": last.astype(str),
            "frame": "register",
            "sex": np.where(group == 0, "F", "M"),
        }
    )
    dates = (sentence + act).astype(str)[had]
    return cases, pd.DataFrame({"case_id": names[had], "act_type": "sentence_reduction", "act_date": dates})


def ratios(cases: pd.DataFrame, acts: pd.DataFrame) -> list[dict[str, Any]]:
    """Hazard ratio of the group of which little is published, and the rate of all, by every rule of follow-up."""
    found = []
    for rule in RULES:
        cohort = cl.cohort(cases, acts, clock="sentence", follow_up=rule, until=str(EXPORT), competing=["expiry"])
        cohort = cohort.assign(little=lambda s: (s["sex"] == "F").astype(int))
        fit = cl.cox(cohort, "little", outcome="sentence_reduction", robust=False).tidy().iloc[0]
        rate = cl.rates(cohort, outcome="sentence_reduction").tidy()["estimate"][0]
        low, high = fit["ci_low"], fit["ci_high"]
        found.append({"rule": rule, "log": fit["estimate"], "found": low > 0 or high < 0, "rate": rate})
    return found


def study(samples: int = SAMPLES, people: int = PEOPLE, seed: int = SEED) -> pd.DataFrame:
    """Mean ratio, share of samples in which the groups "differ", and mean rate per 1,000 months, by rule.

    Returns
    -------
    DataFrame
        ``rule, samples, people, true_ratio, ratio, low, high, found, true_rate, rate``: the geometric mean of the
        ratios with the range that holds 95% of them.
    """
    seeds = np.random.SeedSequence(seed).spawn(samples)
    rows = [r for s in seeds for r in ratios(*sample(np.random.default_rng(s), people))]
    made = []
    for rule, part in pd.DataFrame(rows).groupby("rule", sort=False):
        low, mid, high = np.exp([part["log"].quantile(0.025), part["log"].mean(), part["log"].quantile(0.975)])
        row = {"rule": rule, "samples": samples, "people": people, "true_ratio": 1.0, "ratio": mid}
        row |= {"low": low, "high": high, "found": part["found"].mean()}
        made.append(row | {"true_rate": 1000 * RATE, "rate": part["rate"].mean()})
    return pd.DataFrame(made)


def run(results: Path) -> None:
    """Write ``followup.csv`` and the versions it was made with."""
    began = time.perf_counter()
    table = study()
    table.round(4).to_csv(results / "followup.csv", index=False)
    print(table.round(3).to_string(index=False))
    lines = [f"python {platform.python_version()}", f"numpy {np.__version__}", f"pandas {pd.__version__}"]
    lines.append(f"{SAMPLES} samples of {PEOPLE}, seed {SEED}, {time.perf_counter() - began:.0f} s")
    (results / "followup_versions.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit("run it as python -m benchmarks followup")
