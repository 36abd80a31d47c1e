"""What partial dates do to estimates: earliest, midpoint and latest day against draws, where true days are known.

A sample has 300 cases. Sentence follows custody by weeks to a year and a half; the hazard of an act rises with time
since the sentence; release competes; observation ends by chance. ``x`` doubles the hazard and marks cases of poorer
documentation. In the design ``mixed`` acts come slowly (18% by 36 months), half of the dates of cases with ``x`` are
known to the year alone, a fifth of the others', and three in ten to the month. In the design ``years`` acts come soon
(23% by 12 months), and all dates of cases with ``x`` are years, all others months.

``python -m benchmarks partialdates``; ``REPLICATES`` in the environment sets the number of samples of each (125).
"""

import os
import platform
import re
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from clemency.records.terms import DAYS_PER_MONTH

SEED = 20261201
CASES, M, BETA = 300, 10, np.log(2.0)
SHAPE, LEAVE = 2.0, 0.006  # of the Weibull time to an act; monthly hazard of release
WIDTHS = (None, 7, 4)
RULES = ("earliest", "midpoint", "latest")


@dataclass(frozen=True)
class Plan:
    """Weibull scale in months for x = 0, month of the incidence, shares of dates known to day, month and year by x."""

    scale: float
    at: float
    shares: tuple[tuple[float, float, float], ...]


PLANS = {
    "mixed": Plan(90.0, 36.0, ((0.5, 0.3, 0.2), (0.2, 0.3, 0.5))),
    "years": Plan(28.0, 12.0, ((0.0, 1.0, 0.0), (0.0, 0.0, 1.0))),
}
MIXED = PLANS["mixed"]


def true_tables(rng: np.random.Generator, n: int = CASES, plan: Plan = MIXED) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Cases and acts with whole dates."""
    x = rng.integers(0, 2, n)
    custody = np.datetime64("2000-01-01") + rng.integers(0, 3653, n)
    sentence = custody + rng.integers(30, 540, n)
    scale = plan.scale / np.exp(BETA * x / SHAPE)
    act, leave, seen = (
        np.ceil(v * DAYS_PER_MONTH).astype(int)
        for v in (scale * rng.weibull(SHAPE, n), rng.exponential(1 / LEAVE, n), rng.uniform(12, 120, n))
    )
    ended = leave <= seen
    status = np.where(ended, "released_early", "serving")
    cases = pd.DataFrame({"case_id": [f"case-{i}" for i in range(n)], "x": x, "status": status})
    cases = cases.assign(sentence_type="fixed", sentence_months=240.0, detention_date=custody, sentence_date=sentence)
    day = sentence + np.where(ended, leave, seen)
    cases["status_date"] = pd.Series(day).where(pd.Series(ended))
    cases["seen_date"] = pd.Series(day).where(pd.Series(~ended))
    inside = act <= np.minimum(leave, seen)
    acts = pd.DataFrame({"case_id": cases["case_id"][inside], "act_type": "sentence_reduction"})
    acts = acts.assign(act_date=(sentence + act)[inside], x=x[inside]).reset_index(drop=True)
    return cases, acts


def written(days: pd.Series, x: pd.Series, rng: np.random.Generator | None, plan: Plan) -> pd.Series:
    """Dates as text, cut to the month or the year at random, or whole without a generator."""
    text = days.dt.strftime("%Y-%m-%d")
    if rng is None:
        return text.astype("string")
    u = rng.random(len(text))
    day, month = (np.choose(x, [np.cumsum(plan.shares[k])[i] for k in (0, 1)]) for i in (0, 1))
    cut = np.where(u < day, text, np.where(u < month, text.str[: WIDTHS[1]], text.str[: WIDTHS[2]]))
    return pd.Series(cut, index=text.index, dtype="string")


def texts(
    cases: pd.DataFrame, acts: pd.DataFrame, rng: np.random.Generator | None = None, plan: Plan = MIXED
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tables in the form of `load`, with whole or with cut dates."""
    columns = ("detention_date", "sentence_date", "status_date", "seen_date")
    told = {c: written(cases[c], cases["x"], rng, plan) for c in columns}
    day = written(acts["act_date"], acts["x"], rng, plan)
    return cases.assign(**told), acts.assign(act_date=day).drop(columns="x")


def incidence_of(plan: Plan) -> float:
    """True share with an act by the month of the plan, since sentence, release competing."""
    t, scale = np.linspace(0, plan.at, 20_001), plan.scale
    total = 0.0
    for x in (0, 1):
        hazard = np.exp(BETA * x) * SHAPE / scale * (t / scale) ** (SHAPE - 1)
        stays = np.exp(-np.exp(BETA * x) * (t / scale) ** SHAPE - LEAVE * t)
        total += np.trapezoid(hazard * stays, t) / 2
    return float(total)


def replicate(seed: np.random.SeedSequence, design: str) -> list[tuple]:
    import clemency as cl

    rng = np.random.default_rng(seed)
    plan = PLANS[design]
    true, acts = true_tables(rng, plan=plan)
    cut = texts(true, acts, rng, plan)
    options = {"clock": "sentence", "competing": ("early_release",)}
    add = true[["case_id", "x"]]
    made = {"true dates": cl.cohort(*texts(true, acts), **options)}
    made |= {rule: cl.cohort(*cut, **options, dates=rule) for rule in RULES}
    made["impute"] = cl.cohort(*cut, **options, dates="impute", m=M, seed=int(rng.integers(2**31)))
    rows = []
    for name, cohort in made.items():
        cohort = cohort.with_covariates(add)
        found = cl.cox(cohort, "x", outcome="sentence_reduction").tidy().iloc[0]
        curve = cl.incidence(cohort, outcome="sentence_reduction").at(plan.at).iloc[0]
        for quantity, truth, r in (
            ("log hazard ratio", BETA, found),
            (f"incidence at {plan.at:g} months", incidence_of(plan), curve),
        ):
            values = (r["estimate"], r["std_error"], r["ci_low"], r["ci_high"], r.get("fmi", np.nan))
            rows.append((name, f"{design}: {quantity}", truth, *map(float, values)))
    return rows


def study(replicates: int, seed: int = SEED) -> pd.DataFrame:
    from benchmarks.coverage import summary

    jobs = [(s, d) for d in PLANS for s in np.random.SeedSequence([seed, len(d), ord(d[0])]).spawn(replicates)]
    columns = ["sample", "estimator", "quantity", "truth", "estimate", "error", "low", "high", "fmi"]
    found = pd.DataFrame([(i, *row) for i, job in enumerate(jobs) for row in replicate(*job)], columns=columns)
    best = found[found["estimator"] == "true dates"].set_index(["sample", "quantity"])["estimate"]
    found["shift"] = found["estimate"] - best.loc[pd.MultiIndex.from_frame(found[["sample", "quantity"]])].to_numpy()
    grouped = found.groupby(["estimator", "quantity"], sort=False)
    more = grouped.agg(shift=("shift", "mean"), shift_mc_error=("shift", "sem"), fmi=("fmi", "mean")).reset_index()
    return summary(found.drop(columns=["sample", "shift", "fmi"])).merge(more, on=["estimator", "quantity"])


def _first_seen(values: pd.Series) -> np.ndarray:
    return pd.factorize(values)[0]


PAGE = Path(__file__).resolve().parents[1] / "docs" / "partial-dates.md"
_BLOCK = re.compile(r"(<!-- partialdates -->\n).*?(<!-- end -->)", re.DOTALL)


def renewed(page: str, table: pd.DataFrame) -> str:
    """The page with its table made anew."""
    head = (
        "| estimate of | dates | bias | shift from true dates | spread | mean error | coverage |\n"
        "| --- | --- | ---: | ---: | ---: | ---: | ---: |\n"
    )
    rows = [
        f"| {r.quantity} | {r.estimator} | {r.bias:+.4f} (± {1.96 * r.bias_mc_error:.4f}) | "
        f"{r.shift:+.4f} (± {1.96 * r.shift_mc_error:.4f}) | {r.spread:.4f} | "
        f"{r.mean_error:.4f} | {100 * r.coverage:.1f}% (± {196 * r.coverage_mc_error:.1f}) |"
        for r in table.sort_values("quantity", kind="stable", key=_first_seen).itertuples()
    ]
    return _BLOCK.sub(lambda found: found[1] + head + "\n".join(rows) + "\n" + found[2], page)


def run(results: Path) -> None:
    replicates = int(os.environ.get("REPLICATES", "125"))
    start = time.perf_counter()
    table = study(replicates)
    table.to_csv(results / "partialdates.csv", index=False, float_format="%.4g")
    note = f"{replicates} simulated samples, seed {SEED}; Python {platform.python_version()}, numpy {np.__version__}\n"
    (results / "partialdates_versions.txt").write_text(note)
    shown = pd.read_csv(results / "partialdates.csv")
    if PAGE.exists():
        PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8"), shown), encoding="utf-8")
    print(shown.drop(columns=["refused", "samples"]).to_string(index=False))
    print(f"{time.perf_counter() - start:.0f} s")
