"""The joint model of acts and ends: how well its limits cover, and what models do that take leaving for chance.

People come under observation up to 15 months after custody began, and are followed to a month between 40 and 100. Acts
come at 1/25 a month, release at 1/80 and death at 1/150, for a frailty of one; frailties are gamma with variance 0.6.
Half are women, with ratios exp(0.5), exp(0.3) and exp(-0.2). Release goes with the frailty and death against it, with
powers 1 and -0.5; or neither has anything to do with it.

``python -m benchmarks jointfrailty``; ``REPLICATES`` sets the number of samples (75).
"""

import os
import platform
import re
from collections.abc import Iterator
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402

from benchmarks.coverage import Found, summary  # noqa: E402
from clemency.models import cox, joint_frailty, shared_frailty  # noqa: E402

THETA, ACT, ENDS, SEED = 0.6, 1 / 25, (1 / 80, 1 / 150), 20261130
WOMEN = {"cut": 0.5, "release": 0.3, "death": -0.2}
POWERS = {"ends with the frailty": (1.0, -0.5), "ends apart": (0.0, 0.0)}
SPELL = {"exit": "exit", "event": "event", "entry": "entry"}
PAGE = Path(__file__).resolve().parents[1] / "docs" / "frailty.md"


def histories(rng: np.random.Generator, n: int, powers: tuple[float, float]) -> pd.DataFrame:
    """Spells of n people: one for each act, and a last one."""
    z, women = rng.gamma(1 / THETA, THETA, n), rng.integers(0, 2, n)
    start, last, rows = rng.uniform(0, 15, n), rng.uniform(40, 100, n), []
    ratios = [np.exp(WOMEN[k] * women) for k in WOMEN]
    for i in range(n):
        rates = [r * z[i] ** a * w[i] for r, a, w in zip(ENDS, powers, ratios[1:], strict=True)]
        ends = [*(start[i] + rng.exponential(1 / r) for r in rates), last[i]]
        k, now = int(np.argmin(ends)), start[i]
        while (then := now + rng.exponential(1 / (ACT * z[i] * ratios[0][i]))) < ends[k]:
            rows.append((i, now, then, "cut", women[i]))
            now = then
        rows.append((i, now, ends[k], ("release", "death", "censored")[k], women[i]))
    return pd.DataFrame(rows, columns=["person", "entry", "exit", "event", "women"])


def of_one(d: pd.DataFrame, powers: tuple[float, float], label: str) -> Iterator[Found]:
    """Joint model, frailty by person, and Cox's model with clustered errors, the last two of acts alone."""
    fit = joint_frailty(d, "women", recurrent="cut", terminal=["release", "death"], id="person", cuts=1, **SPELL)
    name = f"joint_frailty, {label}"
    for r in fit.tidy().itertuples():
        yield name, f"log hazard ratio, {r.event}", WOMEN[r.event], r.estimate, r.std_error, r.ci_low, r.ci_high
    truth = dict(zip(("release", "death"), powers, strict=True)) | {"": THETA}
    for r in fit.heterogeneity().itertuples():
        what = f"{r.term} {r.event}".strip()
        yield name, what, truth[r.event], r.estimate, r.std_error, r.ci_low, r.ci_high
    rate = fit.baseline().iloc[0]
    low, high = np.log(rate["ci_low"]), np.log(rate["ci_high"])
    yield name, "log rate of acts", np.log(ACT), np.log(rate["rate"]), rate["std_error"], low, high
    reject = float(fit.check()["p_value"].iloc[0] < 0.05)
    yield name, "test of ends apart rejects", 0, reject, 0.0, 0.0, 1.0
    shared = shared_frailty(d, "women", group="person", outcome="cut", **SPELL)
    row, spread = shared.tidy().iloc[0], shared.heterogeneity().iloc[0]
    for what, true, r in (("log hazard ratio, cut", WOMEN["cut"], row), ("theta", THETA, spread)):
        own = r["estimate"], r["std_error"], r["ci_low"], r["ci_high"]
        yield f"shared_frailty of acts, {label}", what, true, *own
    row = cox(d, "women", outcome="cut", cluster="person", **SPELL).tidy().iloc[0]
    own = row["estimate"], row["std_error"], row["ci_low"], row["ci_high"]
    yield f"cox of acts, {label}", "log hazard ratio, cut", WOMEN["cut"], *own


def study(samples: int, seed: int = SEED, n: int = 300) -> pd.DataFrame:
    """Bias and coverage, from samples of 300 people."""
    rows: list[Found] = []
    for number in range(samples):
        for k, (label, powers) in enumerate(POWERS.items()):
            rows += of_one(histories(np.random.default_rng([seed, number, k]), n, powers), powers, label)
    columns = ["estimator", "quantity", "truth", "estimate", "error", "low", "high"]
    return summary(pd.DataFrame(rows, columns=columns))


_BLOCK = re.compile(r"(<!-- jointfrailty:(\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def renewed(page: str, results: Path) -> str:
    """The page with its table made anew from the results."""
    table = pd.read_csv(results / "jointfrailty.csv")
    table = table[table["quantity"] != "test of ends apart rejects"]
    head = "| fit | of | truth | bias | 95% limits hold it |\n| --- | --- | ---: | ---: | ---: |\n"
    made = head + "".join(
        f"| {r.estimator} | {r.quantity} | {r.truth:.3g} | {r.bias:+.3f} (± {1.96 * r.bias_mc_error:.3f}) | "
        f"{100 * r.coverage:.1f}% (± {196 * r.coverage_mc_error:.1f}) |\n"
        for r in table.itertuples()
    )
    return _BLOCK.sub(lambda m: m[1] + made + m[3], page)


def run(results: Path) -> None:
    """Write the table."""
    samples = int(os.environ.get("REPLICATES", "75"))
    study(samples).to_csv(results / "jointfrailty.csv", index=False, float_format="%.4g")
    note = f"{samples} simulated samples, seed {SEED}; Python {platform.python_version()}, numpy {np.__version__}"
    (results / "jointfrailty_versions.txt").write_text(note + "\n")
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8"), results), encoding="utf-8")
    print((results / "jointfrailty.csv").read_text())
