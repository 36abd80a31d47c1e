"""Whether limits of pooled shares, Brier scores and areas under the curve hold the truth, which is known.

Shares: decisions of boards whose true shares come from one Beta distribution, or from two kinds of boards, for which
the model is wrong. Scores: chances predicted by a true and by a blunt rule, for people who are lost from sight, with
and without another end that competes; true scores are those of a large sample that nobody is lost from.

``python -m benchmarks sharesandscores``; ``REPLICATES`` sets the number of samples (500), ``SHARES`` in how many of
them shares are pooled too (100), ``PEOPLE`` the size of the large one (1,000,000).
"""

import os
import platform
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

BOARDS, PEOPLE, SEED = 20, 300, 20170621
TIMES = (12.0, 24.0)
#: Name, quantity, truth, estimate, and limits.
Found = tuple[str, str, float, float, float, float]


def boards(rng: np.random.Generator, kinds: bool) -> pd.DataFrame:
    """Boards with 2 to 60 decisions each, and their true shares: Beta(3, 7), or a tenth and six tenths."""
    n = np.round(np.exp(rng.uniform(np.log(2), np.log(60), BOARDS))).astype(int)
    share = np.where(rng.random(BOARDS) < 0.3, 0.6, 0.1) if kinds else rng.beta(3, 7, BOARDS)
    return pd.DataFrame({"board": np.arange(BOARDS), "n": n, "granted": rng.binomial(n, share), "share": share})


def people(rng: np.random.Generator, n: int, competing: bool, lost: bool) -> pd.DataFrame:
    """People with a covariate x, who have an act, another end (if it competes), or are lost from sight."""
    x = rng.normal(size=n)
    act, other = 0.03 * np.exp(0.8 * x), np.full(n, 0.02 if competing else 0.0)
    time, is_act = rng.exponential(1 / (act + other)), rng.random(n) < act / (act + other)
    last = rng.uniform(6, 60, n) if lost else np.full(n, np.inf)
    d = pd.DataFrame({"x": x, "exit": np.minimum(time, last)})
    d["end"] = np.where(time > last, "censored", np.where(is_act, "act", "other"))
    for t in TIMES:
        for rule, known in (("true", x), ("blunt", 0.8 * np.sign(x))):  # the blunt one knows the sign of x alone
            rate = 0.03 * np.exp(0.8 * known)
            d[f"{rule}{t:g}"] = rate / (rate + other) * -np.expm1(-(rate + other) * t)
    return d


def truths(competing: bool, n: int) -> dict[tuple[str, str, float], float]:
    """Scores of the true rule and of the blunt one in a large sample that nobody is lost from."""
    d, found = people(np.random.default_rng(5), n, competing, lost=False), {}
    for t in TIMES:
        had = ((d["end"] == "act") & (d["exit"] <= t)).to_numpy()
        for rule in ("true", "blunt"):
            p = d[f"{rule}{t:g}"].to_numpy()
            found["brier", rule, t] = float(np.mean((had - p) ** 2))
            rank = pd.Series(p).rank().to_numpy()
            n_had = had.sum()
            found["auc", rule, t] = float((rank[had].sum() - n_had * (n_had + 1) / 2) / n_had / (~had).sum())
    return found


def sample(number: int, seed: int, known: dict[bool, dict], shares: bool) -> list[tuple]:
    rng = np.random.default_rng(seed)
    found = [*_scores(rng, known), *(_shares(rng) if shares else ())]
    return [(number, *row) for row in found]


def _shares(rng: np.random.Generator) -> Iterator[Found]:
    import clemency as cl

    for kinds in (False, True):
        d = boards(rng, kinds)
        table = cl.pooled_shares(d, "board", count="granted", trials="n").tidy()
        more = ", two kinds of boards" if kinds else ""
        for row, truth in zip(table.to_dict("records"), d["share"], strict=True):
            few = "fewer than 10 decisions" if row["decisions"] < 10 else "10 decisions or more"
            yield f"pooled_shares{more}", few, truth, row["estimate"], row["ci_low"], row["ci_high"]
            yield f"own share, exact{more}", few, truth, row["share"], row["share_low"], row["share_high"]


def _scores(rng: np.random.Generator, known: dict[bool, dict]) -> Iterator[Found]:
    import clemency as cl

    for competing, truth in known.items():
        d = people(rng, PEOPLE, competing, lost=True)
        rules = {rule: [f"{rule}{t:g}" for t in TIMES] for rule in ("true", "blunt")}
        found = cl.accuracy(d, rules, list(TIMES), exit="exit", event="end", outcome="act")
        name = "accuracy, another end competes" if competing else "accuracy"
        for row in found.tidy().query("score in ['true', 'blunt']").to_dict("records"):
            of = f"{row['measure']} at {row['time']:g}, {row['score']} rule"
            right = truth[row["measure"], row["score"], row["time"]]
            yield name, of, right, row["estimate"], row["ci_low"], row["ci_high"]
        for measure in ("brier", "auc"):
            for row in found.difference("true", measure).query("score == 'blunt'").to_dict("records"):
                right = truth[measure, "blunt", row["time"]] - truth[measure, "true", row["time"]]
                of = f"{measure} at {row['time']:g}, difference"
                yield name, of, right, row["estimate"], row["ci_low"], row["ci_high"]


def summary(found: list[tuple]) -> pd.DataFrame:
    """Bias and coverage of each interval, with the standard error of the coverage between samples."""
    table = pd.DataFrame(found, columns=["sample", "interval", "of", "truth", "estimate", "low", "high"])
    table["held"] = ((table["low"] <= table["truth"]) & (table["truth"] <= table["high"])).astype(float)
    table["without"] = table["low"].isna()
    table["bias"] = table["estimate"] - table["truth"]
    table["width"] = table["high"] - table["low"]
    keys = ["interval", "of"]
    columns = {"truth": ("truth", "mean"), "bias": ("bias", "mean"), "width": ("width", "mean")}
    rows = table.groupby(keys, sort=False).agg(samples=("sample", "nunique"), limits=("held", "size"), **columns)
    rows["without"] = table.groupby(keys, sort=False)["without"].mean()
    known = table[~table["without"]]
    rows["coverage"] = known.groupby(keys, sort=False)["held"].mean()
    gaps = known.assign(gap=known["held"] - known.groupby(keys, sort=False)["held"].transform("mean"))
    summed = gaps.groupby([*keys, "sample"], sort=False)["gap"].sum() ** 2  # limits of one sample go together
    rows["error"] = np.sqrt(summed.groupby(keys, sort=False).sum()) / known.groupby(keys, sort=False).size()
    return rows.reset_index()


def as_table(rows: pd.DataFrame) -> str:
    """The table of the page on coverage, each coverage with twice its standard error."""
    lines = ["| interval | of | truth | bias | mean width | coverage |", "| --- | --- | ---: | ---: | ---: | ---: |"]
    for r in rows.to_dict("records"):
        lines.append(
            f"| {r['interval']} | {r['of']} | {r['truth']:.3f} | {r['bias']:+.3f} | {r['width']:.3f} | "
            f"{r['coverage']:.1%} (± {200 * r['error']:.1f}) |"
        )
    return "\n".join(lines)


def run(results: Path) -> None:
    n, shares = int(os.environ.get("REPLICATES", "500")), int(os.environ.get("SHARES", "100"))
    many = int(os.environ.get("PEOPLE", "1000000"))
    known = {competing: truths(competing, many) for competing in (False, True)}
    seeds = np.random.SeedSequence(SEED).generate_state(n).tolist()
    tasks = (range(n), seeds, [known] * n, [k < shares for k in range(n)])
    with ProcessPoolExecutor(max_workers=int(os.environ.get("WORKERS", "2"))) as pool:
        found = [row for part in pool.map(sample, *tasks, chunksize=5) for row in part]
    rows = summary(found)
    rows.to_csv(results / "sharesandscores.csv", index=False, float_format="%.4g")
    said = f"{n} simulated samples, {shares} of shares, seed {SEED}; Python {platform.python_version()}"
    (results / "sharesandscores_versions.txt").write_text(f"{said}, numpy {np.__version__}\n")
    print(as_table(rows))
