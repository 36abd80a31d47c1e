"""Shipped cases against the CECC's database: where the weights come from, and precision and recall on labelled pairs.

The archive is that of Steinert (2022), `complete_pprisdat.RData`, a copy of the CECC's Political Prisoner Database of
July 2020, as `read_cecc` reads it. It is not shipped: name its folder in CLEMENCY_DATA.
`tests/sources/linkage_labels.csv` holds pairs that were drawn in strata of a first score and read without it; one half
chooses the threshold, the other one measures. `linkage_labels_second.csv` holds what a second reader says of the same
pairs. Writes `results/linkage_weights.csv` (estimates before they were rounded), `results/linkage.csv` (by the labels
of either reader) and `results/linkage_readers.csv` (how far the readers agree; needs no archive).
"""

from __future__ import annotations

import os
import platform
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from statsmodels.stats.inter_rater import cohens_kappa

from clemency.records.tables.loading import load
from clemency.sources.cecc import read_cecc
from clemency.sources.linkage.candidates import candidates, frequencies, keys
from clemency.sources.linkage.pairs import link
from clemency.sources.linkage.scoring import comparable, levels, linker, score
from clemency.sources.linkage.weights import FIELDS, WEIGHTS, Weights

ROOT = Path(__file__).parents[1]
LABELS = ROOT / "tests" / "sources" / "linkage_labels.csv"
SECOND = LABELS.with_name("linkage_labels_second.csv")
CLASSES = ("case", "person", "different", "unsure")
THRESHOLDS = (0.5, 0.8, 0.9, 0.95, 0.98, 0.99)
UNSEEN = ("origin", "moved")  # neither table says where people come from: as shipped
SEED, DRAWS = 20261125, 60
TURKIC = ("Uyghur", "Kazakh", "Kyrgyz", "Uzbek")


def archive_path() -> Path:
    """Where the archive would be: under CLEMENCY_DATA, or beside the repository."""
    folders = [Path(p) for p in (os.environ.get("CLEMENCY_DATA"), ROOT.parent / "shared" / "data") if p]
    files = [f / part for f in folders for part in ("steinert2022/complete_pprisdat.RData", "complete_pprisdat.RData")]
    return next((f for f in files if f.exists()), files[0])


def archive(path: Path) -> pd.DataFrame:
    """The archive's cases; ``record`` is the number that the labels name."""
    return read_cecc(path).cases


def language(records: pd.DataFrame) -> np.ndarray:
    """Chinese, Turkic or other names, shape (n,)."""
    found = keys(records)
    chinese = set(found.loc[found["key"].str.startswith("zh:"), "row"])
    turkic = records["ethnicity"].astype(object).isin(TURKIC).to_numpy()
    return np.where([i in chinese for i in range(len(records))], "chinese", np.where(turkic, "turkic", "other"))


def estimate(left: pd.DataFrame, right: pd.DataFrame) -> Weights:
    """Take u from random pairs with names of one language; m by expectation maximisation over the candidates."""
    rng = np.random.default_rng(SEED)
    ours, theirs = language(left), language(right)
    drawn = [rng.choice(np.flatnonzero(theirs == kind), DRAWS) for kind in ours]
    pairs = pd.DataFrame({"left": np.repeat(np.arange(len(left)), DRAWS), "right": np.concatenate(drawn)})
    pairs = pairs.assign(name_level="none", name_share=1.0, name_zh_level=None)
    a, b = comparable(left), comparable(right)
    compared = score(pairs, a, b, 1e-4)
    weights = {field: dict(by_level) for field, by_level in WEIGHTS.items()}
    for field in FIELDS[2:]:
        counts = compared[field].value_counts()
        for level, (m, _) in weights[field].items():
            if level in UNSEEN:
                continue
            weights[field][level] = (m, (counts.get(level, 0) + 1) / (counts.sum() + len(weights[field])))
    met = candidates(left, right, frequencies([left, right])).assign(name_zh_level=None)
    model = linker(met, a, b, 0.5 / len(right), weights)
    model.training.estimate_parameters_using_expectation_maximisation(
        "l.unique_id = r.unique_id", fix_u_probabilities=True, fix_probability_two_random_records_match=True
    )
    for comparison in model._settings_obj.comparisons:
        found = [level for level in comparison.comparison_levels if not level.is_null_level]
        for name, level in zip(levels(comparison.output_column_name), found, strict=True):
            if name not in UNSEEN:
                weights[comparison.output_column_name][name] = (level.m_probability, level.u_probability)
    return weights


def wilson(share: float, n: float, z: float = 1.959963984540054) -> tuple[float, float]:
    """Wilson's interval; ``n`` may be an effective number."""
    if n == 0:
        return np.nan, np.nan
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return centre - half, centre + half


def _share(good: np.ndarray, weight: np.ndarray) -> dict[str, float]:
    """Weighted share, with Wilson's interval at Kish's effective number."""
    if not len(weight):
        return {"estimate": np.nan, "low": np.nan, "high": np.nan, "good": 0, "of": 0}
    share, n = float(np.average(good, weights=weight)), weight.sum() ** 2 / (weight**2).sum()
    low, high = wilson(share, n)
    return {"estimate": share, "low": low, "high": high, "good": int(good.sum()), "of": len(good)}


def measure(labels: pd.DataFrame, found: pd.DataFrame, half: str) -> list[dict[str, object]]:
    """Precision and recall of the matches, for the same case and for the same person; unsure pairs are left out."""
    joined = labels.merge(found, left_on=["case_id", "cecc_record"], right_on=["left_id", "right_id"], how="left")
    joined = joined[(joined["half"] == half) & (joined["label"] != "unsure")]
    matched = (joined["band"] == "match").to_numpy()
    weight = joined["weight_x"].to_numpy()
    rows: list[dict[str, object]] = []
    for meaning, right in (("case", ("case",)), ("person", ("case", "person"))):
        same = joined["label"].isin(right).to_numpy()
        for what, good, among in (("precision", same, matched), ("recall", matched, same)):
            rows.append({"same": meaning, "measure": what} | _share(good[among], weight[among]))
    return rows


def labelled() -> dict[str, pd.DataFrame]:
    """The labels of either reader, each with the strata and halves of the draw."""
    first = pd.read_csv(LABELS, dtype={"cecc_record": str})
    second = pd.read_csv(SECOND, dtype={"cecc_record": str})
    drawn = first.drop(columns=["label", "reason"])
    return {"first": first, "second": drawn.merge(second, on=["case_id", "cecc_record"], validate="one_to_one")}


def agreement(labels: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Agreement (Wilson's limits) and Cohen's kappa (statsmodels); weighted ones at Kish's effective number.

    In a yes or no, unsure is a no, except where unsure pairs are left out. A kappa without a disagreement has no
    limits: its standard error would be nought.
    """
    both = labels["first"].merge(labels["second"], on=["case_id", "cecc_record"], suffixes=("", "_2"))
    sure = ~(both[["label", "label_2"]] == "unsure").any(axis=1)
    questions = {
        "four classes": (both, CLASSES),
        "same case": (both, ("case",)),
        "same case, unsure left out": (both[sure], ("case",)),
        "same person": (both, ("case", "person")),
    }
    rows = []
    for question, (pairs, classes) in questions.items():
        said = [pairs[c] if len(classes) == 4 else pairs[c].isin(classes) for c in ("label", "label_2")]
        for weighted in (False, True):
            weight = pairs["weight"].to_numpy() if weighted else np.ones(len(pairs))
            shared = {"question": question, "weighted": weighted}
            rows.append(shared | {"measure": "agreement"} | _share((said[0] == said[1]).to_numpy(), weight))
            rows.append(shared | {"measure": "kappa"} | _kappa(*said, weight))
    counts = both.value_counts(["label", "label_2"]).sort_index()
    cells = [
        {"question": f"{a}, then {b}", "weighted": False, "measure": "pairs", "good": n} for (a, b), n in counts.items()
    ]
    return pd.DataFrame(rows + cells).assign(of=lambda t: t["of"].fillna(len(both)).astype(int))


def _kappa(first: pd.Series, second: pd.Series, weight: np.ndarray) -> dict[str, float]:
    if (first == second).all():
        return {"estimate": 1.0 if first.nunique() > 1 else np.nan, "low": np.nan, "high": np.nan, "of": len(first)}
    table = pd.crosstab(first, second, pd.Series(weight, first.index), aggfunc="sum")
    known = sorted({*table.index, *table.columns})
    counts = table.reindex(index=known, columns=known).fillna(0).to_numpy()
    found = cohens_kappa(counts * weight.sum() / (weight**2).sum())  # adds up to the effective number
    return {"estimate": found.kappa, "low": found.kappa_low, "high": min(found.kappa_upp, 1), "of": len(first)}


def run(out: Path) -> None:
    """Compare the readers, estimate the weights, choose and measure, and write the tables."""
    labels, path = labelled(), archive_path()
    readers = agreement(labels).round(4).astype({"good": "Int64"})
    readers.to_csv(out / "linkage_readers.csv", index=False)
    print(readers.to_string())
    if not path.exists():
        print(f"the archive is not at {path}: nothing was linked")
        return
    cases, records = load("cases", edition="2026.11"), archive(path)
    weights = estimate(cases, records)
    flat = [(f, level, m, u, *WEIGHTS[f][level]) for f, by in weights.items() for level, (m, u) in by.items()]
    columns = ["field", "level", "m_estimated", "u_estimated", "m", "u"]
    pd.DataFrame(flat, columns=columns).round(6).to_csv(out / "linkage_weights.csv", index=False)
    rows = []
    for threshold in THRESHOLDS:
        start = time.perf_counter()
        result = link(cases, records, right_id="record", threshold=threshold)
        seconds = time.perf_counter() - start
        counts = {"threshold": threshold} | result.glance().iloc[0][["n_match", "n_review"]].to_dict()
        for reader, said in labels.items():
            for half in ("choose", "test"):
                rows += [counts | {"reader": reader, "half": half} | r for r in measure(said, result.pairs, half)]
        print(f"{threshold}: {result!r} in {seconds:.1f} s")
    table = pd.DataFrame(rows).round(4)
    table.to_csv(out / "linkage.csv", index=False)
    (out / "linkage_versions.txt").write_text(
        f"Python {sys.version.split()[0]}, splink {__import__('splink').__version__}, numpy {np.__version__}, "
        f"pandas {pd.__version__}, {platform.machine()}\n"
    )
    print(table.to_string())
