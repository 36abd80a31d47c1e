"""Shared frailty: how well its limits cover, what selection of groups does to it, and the time that R takes.

Prisons have gamma frailties with variance 0.5 (or none); a prison has 40 people by the mean, the largest three times
as many as the smallest. Half are women, whose hazard is exp(0.5) times as high; in half of the prisons, whatever
their frailty, it is exp(0.4) times as high. People enter up to 20 months after custody began and are followed 10 to 80
months; times are in whole months. In pairs, two people share a frailty with variance 1, and are in the data from month
20 if neither has had an act by then.

``python -m benchmarks frailty``; ``REPLICATES`` sets the number of samples (60).
"""

import os
import platform
import re
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402

from benchmarks.coverage import Found, summary  # noqa: E402
from clemency.models import cox, shared_frailty  # noqa: E402

THETA, WOMEN, POLICY, RATE, SEED = 0.5, 0.5, 0.4, 1 / 60, 20261130
SPELL = {"exit": "exit", "event": "event", "entry": "entry"}
GROUPS = (5, 10, 30, 100)
PAGE = Path(__file__).resolve().parents[1] / "docs" / "frailty.md"
#: Month of the share without an act that is predicted, for men in prisons without the policy.
MONTH = 36


def prisons(rng: np.random.Generator, groups: int, theta: float, size: int = 40, whole: bool = True) -> pd.DataFrame:
    """Spells of people in prisons, and the frailty of each prison."""
    z = rng.gamma(1 / theta, theta, groups) if theta else np.ones(groups)
    share = rng.uniform(1, 3, groups)
    prison = rng.choice(groups, 2 * groups * size, p=share / share.sum())
    women, policy = rng.integers(0, 2, len(prison)), prison % 2
    act = rng.exponential(1 / (RATE * z[prison] * np.exp(WOMEN * women + POLICY * policy)))
    entry = rng.uniform(0, 20, len(prison))
    end = entry + rng.uniform(10, 80, len(prison))
    if whole:
        act, entry, end = np.ceil(act), np.floor(entry), np.ceil(end)
    seen = np.flatnonzero(act > entry)[: groups * size]
    made = pd.DataFrame({"entry": entry, "exit": np.minimum(act, end), "event": (act <= end) * 1, "women": women})
    return made.assign(policy=policy, prison=prison, frailty=z[prison]).iloc[seen].reset_index(drop=True)


def pairs(rng: np.random.Generator, n: int, selected: bool) -> pd.DataFrame:
    """Pairs who share a frailty with variance one, followed from month 20: all, or those then without an act."""
    z = rng.gamma(1.0, 1.0, 6 * n)
    women = rng.integers(0, 2, (6 * n, 2))
    act = rng.exponential(1 / (RATE * z[:, None] * np.exp(WOMEN * women)))
    if not selected:  # the clock of each begins at month 20 for everybody
        act = act + 20
    kept = np.flatnonzero((act > 20).all(axis=1))[:n]
    end = 20 + rng.uniform(20, 120, (len(kept), 2))
    d = {"exit": np.minimum(act[kept], end), "event": (act[kept] <= end) * 1, "women": women[kept]}
    made = pd.DataFrame({name: value.ravel() for name, value in d.items()})
    return made.assign(entry=20.0, pair=np.repeat(np.arange(len(kept)), 2))


def _rows(name: str, table: pd.DataFrame, terms: dict[str, tuple[str, float]]) -> Iterator[Found]:
    for r in table.itertuples():
        what, truth = terms[r.term]
        yield name, what, truth, r.estimate, r.std_error, r.ci_low, r.ci_high


TERMS = {"women": ("log hazard ratio within prisons", WOMEN), "policy": ("log hazard ratio between prisons", POLICY)}


def of_prisons(rng: np.random.Generator, groups: int, theta: float) -> Iterator[Found]:
    """Frailty beside Cox's model without it, with errors of the model and clustered."""
    d = prisons(rng, groups, theta)
    label = f"{groups} prisons" if theta else f"{groups} prisons, no variance"
    fit = shared_frailty(d, "women + policy", group="prison", **SPELL)
    yield from _rows(f"shared_frailty, {label}", fit.tidy(), TERMS)
    h = fit.heterogeneity().iloc[0]
    yield f"shared_frailty, {label}", "theta", theta, h["estimate"], h["std_error"], h["ci_low"], h["ci_high"]
    reject = float(h["p_value"] < 0.05)
    yield f"shared_frailty, {label}", "rejects no variance", 0, reject, 0.0, 0.0, 1.0
    if theta:
        yield from _of_frailties(d, fit, label)
        over = fit.predict({"women": 0, "policy": 0}, [MONTH], frailty=None).iloc[0]
        truth = (1 + theta * RATE * MONTH) ** (-1 / theta)
        own = over["estimate"], over["std_error"], over["ci_low"], over["ci_high"]
        yield f"shared_frailty, {label}", "share without an act, all prisons", truth, *own
    yield from _rows(f"cox, {label}", cox(d, "women + policy", **SPELL).tidy(), TERMS)
    clustered = cox(d, "women + policy", cluster="prison", **SPELL).tidy()
    yield from _rows(f"cox clustered, {label}", clustered, TERMS)


def _of_frailties(d: pd.DataFrame, fit: Any, label: str) -> Iterator[Found]:
    """Log frailties of the prisons; where theta is zero they have no limits."""
    known = d.groupby("prison")["frailty"].first().to_numpy()
    for r, z in zip(fit.frailties().itertuples(), known, strict=True):
        own = np.log(r.frailty), r.std_error, np.log(r.ci_low), np.log(r.ci_high)
        yield f"shared_frailty, {label}", "log frailties", np.log(z), *own


def of_pairs(rng: np.random.Generator, n: int = 300) -> Iterator[Found]:
    """Groups that are in the data whatever happened, and groups that are there because nothing had."""
    for selected, label in ((False, "300 pairs, all"), (True, "300 pairs without an act before entry")):
        fit = shared_frailty(pairs(rng, n, selected), "women", group="pair", **SPELL)
        h = fit.heterogeneity().iloc[0]
        yield f"shared_frailty, {label}", "theta", 1.0, h["estimate"], h["std_error"], h["ci_low"], h["ci_high"]
        yield from _rows(f"shared_frailty, {label}", fit.tidy(), TERMS)


def study(samples: int, seed: int = SEED) -> pd.DataFrame:
    """Bias and coverage."""
    rows: list[Found] = []
    for number in range(samples):
        for groups in GROUPS:
            rows += of_prisons(np.random.default_rng([seed, number, groups]), groups, THETA)
        rows += of_prisons(np.random.default_rng([seed, number, 0]), 30, 0.0)
        rows += of_pairs(np.random.default_rng([seed, number, 1]))
    columns = ["estimator", "quantity", "truth", "estimate", "error", "low", "high"]
    return summary(pd.DataFrame(rows, columns=columns))


_R = """
suppressPackageStartupMessages(library(survival)); d <- read.csv("{path}"); start <- proc.time()
f <- suppressWarnings(coxph(Surv(entry, exit, event) ~ women + policy + frailty(prison{eps}), d{control}))
used <- proc.time() - start; h <- f$history[[1]]
cat(sprintf("%.15g", c(used[1] + used[2], h$theta, h$c.loglik)))
"""


#: R's search of theta takes ten steps unless told otherwise.
_LONG = ", control = coxph.control(iter.max = 200, outer.max = 1000)"


def _in_r(d: pd.DataFrame, eps: str = "", control: str = "") -> tuple[float, float, float]:
    """Processor seconds of R's coxph, its theta and log-likelihood; missing without R, or after fifteen minutes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "d.csv"
        d.to_csv(path, index=False)
        try:
            call = ["Rscript", "-e", _R.format(path=path.as_posix(), eps=eps, control=control)]
            done = subprocess.run(call, capture_output=True, text=True, timeout=900, check=True)
        except (FileNotFoundError, subprocess.TimeoutExpired, subprocess.CalledProcessError):
            return np.nan, np.nan, np.nan
    seconds, theta, loglik = map(float, done.stdout.split())
    return seconds, theta, loglik


def _timed(call: Callable[[], Any]) -> tuple[Any, float]:
    """Result and the shorter processor time of two calls; the machine may be busy."""
    spent = []
    for _ in range(2):
        begin = time.process_time()
        made = call()
        spent.append(time.process_time() - begin)
    return made, min(spent)


def beside_r(seed: int = SEED) -> pd.DataFrame:
    """The same data by R, as it comes and with a search of theta that goes on to the end."""
    rows = []
    for groups, size, whole in ((20, 25, True), (30, 150, True), (1000, 5, True), (50, 400, True), (100, 1000, False)):
        d = prisons(np.random.default_rng([seed, 2, groups]), groups, THETA, size, whole)
        fit, seconds = _timed(lambda d=d: shared_frailty(d, "women + policy", group="prison", **SPELL))
        plain, tight = _in_r(d), _in_r(d, ", eps=1e-11", _LONG)
        own = fit.facts
        rows.append(
            {
                "rows": len(d), "groups": groups, "theta": own["theta"], "seconds": seconds,
                "r_theta": plain[1], "r_loglik_less": own["loglik"] - plain[2], "r_seconds": plain[0],
                "tight_theta": tight[1], "tight_loglik_less": own["loglik"] - tight[2], "tight_seconds": tight[0],
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


_BLOCK = re.compile(r"(<!-- frailty:(\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def _coverage_rows(table: pd.DataFrame) -> str:
    head = "| fit | of | truth | bias | 95% limits hold it |\n| --- | --- | ---: | ---: | ---: |\n"
    lines = [
        f"| {r.estimator} | {r.quantity} | {r.truth:.3g} | {r.bias:+.3f} (± {1.96 * r.bias_mc_error:.3f}) | "
        f"{100 * r.coverage:.1f}% (± {196 * r.coverage_mc_error:.1f}) |\n"
        for r in table.itertuples()
        if r.quantity != "rejects no variance"
    ]
    return head + "".join(lines)


def _test_rows(table: pd.DataFrame) -> str:
    head = "| data | test of no variance rejects, at 5% |\n| --- | ---: |\n"
    part = table[table["quantity"] == "rejects no variance"]
    return head + "".join(
        f"| {r.estimator.split(', ', 1)[1]} | {100 * r.bias:.1f}% (± {196 * r.bias_mc_error:.1f}) |\n"
        for r in part.itertuples()
    )


def _speed_rows(table: pd.DataFrame) -> str:
    head = (
        "| rows | groups | theta here | seconds | R, as it comes: theta | log-likelihood lower by | seconds | "
        "R, a thousand steps: theta | log-likelihood lower by | seconds |\n" + "| ---: " * 10 + "|\n"
    )

    def cell(value: float, form: str) -> str:
        return "none" if np.isnan(value) else format(value, form)

    return head + "".join(
        f"| {r.rows:,} | {r.groups} | {r.theta:.4f} | {r.seconds:.2f} | {cell(r.r_theta, '.4f')} | "
        f"{cell(abs(r.r_loglik_less), '.2g')} | {cell(r.r_seconds, '.2f')} | {cell(r.tight_theta, '.4f')} | "
        f"{cell(abs(r.tight_loglik_less), '.2g')} | {cell(r.tight_seconds, '.2f')} |\n"
        for r in table.itertuples()
    )


def renewed(page: str, results: Path) -> str:
    """The page with its tables made anew from the results."""
    table = pd.read_csv(results / "frailty.csv")
    made = {
        "coverage": _coverage_rows(table),
        "test": _test_rows(table),
        "speed": _speed_rows(pd.read_csv(results / "frailty_speed.csv")),
    }
    return _BLOCK.sub(lambda m: m[1] + made[m[2]] + m[3], page)


def run(results: Path) -> None:
    """Write the tables."""
    samples = int(os.environ.get("REPLICATES", "60"))
    beside_r().to_csv(results / "frailty_speed.csv", index=False, float_format="%.6g")
    study(samples).to_csv(results / "frailty.csv", index=False, float_format="%.4g")
    note = f"{samples} simulated samples, seed {SEED}; Python {platform.python_version()}, numpy {np.__version__}"
    (results / "frailty_versions.txt").write_text(note + "\n")
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8"), results), encoding="utf-8")
    print(PAGE.read_text(encoding="utf-8").split("## How well")[1])
