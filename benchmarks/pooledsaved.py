"""Do pooled limits of months saved cover? Simulated cohorts of known truth, whose dates are cut and drawn again.

The cohorts are those of ``coverage`` (300 cases, some 60 acts, a frailty of variance one, half of a person's cuts of
his usual size, a third of the sizes not stated). Once half of all dates are told to the day, three in ten to the month
and two in ten to the year, by chance, and once all of them to the year; each of five draws of days gives months saved
with studentised limits from 199 draws of people, and the five are pooled. The same samples with whole dates stand
beside them.

``python -m benchmarks pooledsaved``; ``REPLICATES`` in the environment sets the number of samples (160).
"""

import os
import platform
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks import _savings, coverage
from clemency.records.terms import DAYS_PER_MONTH

SEED, M, DRAWS = 20261130, 5, 199
#: Shares of dates told to the day, the month and the year.
SHARES = {"half of them partial": (0.5, 0.3, 0.2), "years alone": (0.0, 0.0, 1.0)}
WIDTHS = (10, 7, 4)
STATUS = {"release": "released_early", "death": "died_in_custody", "censored": "serving"}


def tables(rng: np.random.Generator, n: int = 300) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Cases and acts with whole dates, and the months of those acts of which a source states them."""
    frame = coverage.all_acts(coverage.cohort(rng, n, frailty=1.0))
    custody = np.datetime64("2000-01-01") + rng.integers(0, 3653, n)

    def day(case: pd.Series, months: pd.Series) -> np.ndarray:
        return custody[case.to_numpy()] + np.ceil(months.to_numpy() * DAYS_PER_MONTH).astype(int)

    first, last = frame.drop_duplicates("case"), frame.drop_duplicates("case", keep="last")
    ended = (last["end"] != "censored").to_numpy()
    over = pd.Series(day(last["case"], last["exit"]))
    cases = pd.DataFrame({"case_id": [f"case-{c}" for c in first["case"]], "sentence_type": "fixed"})
    cases = cases.assign(
        sentence_months=300.0,
        detention_date=custody[first["case"].to_numpy()],
        sentence_date=day(first["case"], first["entry"]),
        status=last["end"].astype(str).map(STATUS).to_numpy(),
        status_date=over.where(ended),
        seen_date=over.where(~ended),
    )
    cut = frame[frame["act"] == 1]
    acts = pd.DataFrame({"case_id": [f"case-{c}" for c in cut["case"]], "act_type": "sentence_reduction"})
    acts = acts.assign(act_id=[f"act-{k}" for k in range(len(acts))], act_date=day(cut["case"], cut["exit"]))
    return cases, acts.assign(months=_savings.sample(frame, rng).months[(frame["act"] == 1).to_numpy()])


def told(
    table: pd.DataFrame, rng: np.random.Generator, shares: tuple[float, float, float] = (1.0, 0.0, 0.0)
) -> pd.DataFrame:
    """The table with its dates as text, cut by chance to shares of days, months and years."""
    texts = {}
    for column in (c for c in table if c.endswith("_date")):
        text = pd.Series(pd.to_datetime(table[column])).dt.strftime("%Y-%m-%d")
        width = rng.choice(WIDTHS, len(text), p=shares)
        cut = [t if pd.isna(t) else t[:w] for t, w in zip(text, width, strict=True)]
        texts[column] = pd.Series(cut, index=table.index, dtype="string")
    return table.assign(**texts)


def replicate(seed: np.random.SeedSequence) -> Iterator[tuple]:
    """Both quantities of one sample, with whole dates and with drawn ones."""
    import clemency as cl

    rng = np.random.default_rng(seed)
    cases, acts = tables(rng)
    rules = {"recurrent": True, "competing": ("early_release", "death")}
    made = {"whole": cl.cohort(told(cases, rng), told(acts, rng), **rules)}
    for name, shares in SHARES.items():
        cut = told(cases, rng, shares), told(acts, rng, shares)
        made[f"{name}, {M} draws pooled"] = cl.cohort(*cut, **rules, dates="impute", m=M, seed=int(rng.integers(2**31)))
    truth = [coverage.TRUTH[k] * _savings.MONTHS.mean() for k in ("acts a year", f"mean {_savings.AT:g}")]
    for name, cohort in made.items():
        found = cl.months_saved(
            cohort, acts, horizon=_savings.AT, replications=DRAWS, seed=int(rng.integers(2**31))
        ).tidy()
        known = found[found["unknown"] == "as the known"]
        for quantity, true, r in zip(("per prisoner-year", "by 60 months"), truth, known.itertuples(), strict=True):
            yield (
                f"dates and months_saved, {name}",
                quantity,
                true,
                *(r.estimate, r.std_error, r.ci_low, r.ci_high),
            )


def study(replicates: int, people: int = 400_000) -> pd.DataFrame:
    """Bias and coverage by estimator and quantity."""
    coverage.TRUTH.update(coverage.truth(people))
    seeds = np.random.SeedSequence(SEED).spawn(replicates)
    columns = ["estimator", "quantity", "truth", "estimate", "error", "low", "high"]
    return coverage.summary(pd.DataFrame([row for s in seeds for row in replicate(s)], columns=columns))


def run(results: Path) -> None:
    replicates, start = int(os.environ.get("REPLICATES", "160")), time.perf_counter()
    study(replicates).to_csv(results / "pooledsaved.csv", index=False, float_format="%.4g")
    note = f"{replicates} simulated samples, seed {SEED}; Python {platform.python_version()}, numpy {np.__version__}\n"
    (results / "pooledsaved_versions.txt").write_text(note)
    page = Path(__file__).resolve().parents[1] / "docs" / "coverage.md"
    page.write_text(coverage.renewed(page.read_text(encoding="utf-8"), results), encoding="utf-8")
    print(pd.read_csv(results / "pooledsaved.csv").to_string(index=False))
    print(f"{time.perf_counter() - start:.0f} s")
