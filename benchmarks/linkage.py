"""Shipped cases against the CECC's database: where the weights come from, and precision and recall on labelled pairs.

The archive is that of Steinert (2022), `complete_pprisdat.RData`, a copy of the CECC's Political Prisoner Database of
July 2020. It is not shipped: name its folder in CLEMENCY_DATA. `tests/sources/linkage_labels.csv` holds pairs that were
drawn in strata of a first score and read without it; one half chooses the threshold, the other one measures. Writes
`results/linkage_weights.csv` (estimates before they were rounded) and `results/linkage.csv`.
"""

from __future__ import annotations

import os
import platform
import re
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

from clemency.records import dates
from clemency.records.tables import load
from clemency.sources.linkage.candidates import candidates, frequencies, keys
from clemency.sources.linkage.pairs import link
from clemency.sources.linkage.scoring import comparable, levels, linker, score
from clemency.sources.linkage.weights import FIELDS, WEIGHTS, Weights

ROOT = Path(__file__).parents[1]
LABELS = ROOT / "tests" / "sources" / "linkage_labels.csv"
THRESHOLDS = (0.5, 0.8, 0.9, 0.95, 0.98, 0.99)
SEED, DRAWS = 20261125, 60
TURKIC = ("Uyghur", "Kazakh", "Kyrgyz", "Uzbek")


def archive_path() -> Path:
    """Where the archive would be: under CLEMENCY_DATA, or beside the repository."""
    folders = [Path(p) for p in (os.environ.get("CLEMENCY_DATA"), ROOT.parent / "shared" / "data") if p]
    files = [f / part for f in folders for part in ("steinert2022/complete_pprisdat.RData", "complete_pprisdat.RData")]
    return next((f for f in files if f.exists()), files[0])


def archive(path: Path) -> pd.DataFrame:
    """The columns that linkage reads, in the shipped form."""
    import pyreadr

    raw = pyreadr.read_r(path)["cecc"].reset_index(drop=True)
    provinces = load("provinces")
    codes = dict(zip(provinces["name"].astype(str), provinces["province"].astype(str), strict=True))
    years, months = (raw[f"current_last_sentence_or_time_served_{u}"] for u in ("years", "months"))
    term = 12 * pd.to_numeric(years, errors="coerce"), pd.to_numeric(months, errors="coerce")
    table = pd.DataFrame({"case_id": raw["CECC_record_number"].astype(str), "name": raw["main.name"].str.strip()})
    others = raw[["alternate.name..lay.or.pen.", "additional.name.s.", "pinyin.name"]].to_numpy()
    table["aliases"] = [_aliases(row) for row in others]
    table["sex"] = raw["Sex"]
    table["ethnicity"] = raw["ethnic_group"].str.replace("?", "", regex=False).replace("(na)", None)
    held, home = (
        raw[c].map(lambda t: _province(t, codes)) for c in ("province_imprisoned_detained", "residence_province")
    )
    table["province"] = held.fillna(home)
    table["detention_date"], table["sentence_date"] = (
        raw[c].map(_date) for c in ("date_of_detention", "sentence_date")
    )
    table["sentence_months"] = term[0].fillna(0).add(term[1].fillna(0)).where(term[0].notna() | term[1].notna())
    born = pd.to_numeric(table["detention_date"].str[:4], errors="coerce") - pd.to_numeric(raw["Age"], errors="coerce")
    table["birth_date"] = [None if pd.isna(b) else f"{int(b) - 1}/{int(b)}" for b in born]
    return table


def _aliases(row: np.ndarray) -> str | None:
    pieces = [p for text in row if isinstance(text, str) for p in re.split("[,;]", text)]
    names = [p.replace("?", "").strip(" \"'.") for p in pieces]
    return "; ".join(dict.fromkeys(n for n in names if re.search("[A-Za-z]", n))) or None


def _province(text: object, codes: dict[str, str]) -> str | None:
    return next((c for n, c in codes.items() if isinstance(text, str) and text.strip().startswith(n)), None)


def _date(text: object) -> str | None:
    match = re.match(r"(\d{4})/(\d\d|mm)/(\d\d|dd)", text.strip()) if isinstance(text, str) else None
    if match is None:
        return None
    year, month, day = match.groups()
    tries = [f"{year}-{month}-{day}", f"{year}-{month}", year]
    return next((t for t in tries if re.fullmatch("[0-9-]+", t) and not dates.problems([t])), None)


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
            weights[field][level] = (m, (counts.get(level, 0) + 1) / (counts.sum() + len(weights[field])))
    met = candidates(left, right, frequencies([left, right])).assign(name_zh_level=None)
    model = linker(met, a, b, 0.5 / len(right), weights)
    model.training.estimate_parameters_using_expectation_maximisation(
        "l.unique_id = r.unique_id", fix_u_probabilities=True, fix_probability_two_random_records_match=True
    )
    for comparison in model._settings_obj.comparisons:
        found = [level for level in comparison.comparison_levels if not level.is_null_level]
        for name, level in zip(levels(comparison.output_column_name), found, strict=True):
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


def run(out: Path) -> None:
    """Estimate the weights, choose and measure, and write both tables."""
    path = archive_path()
    if not path.exists():
        print(f"the archive is not at {path}: nothing was measured")
        return
    cases, records, labels = load("cases"), archive(path), pd.read_csv(LABELS, dtype={"cecc_record": str})
    weights = estimate(cases, records)
    flat = [(f, level, m, u, *WEIGHTS[f][level]) for f, by in weights.items() for level, (m, u) in by.items()]
    columns = ["field", "level", "m_estimated", "u_estimated", "m", "u"]
    pd.DataFrame(flat, columns=columns).round(6).to_csv(out / "linkage_weights.csv", index=False)
    rows = []
    for threshold in THRESHOLDS:
        start = time.perf_counter()
        result = link(cases, records, threshold=threshold)
        seconds = time.perf_counter() - start
        counts = {"threshold": threshold} | result.glance().iloc[0][["n_match", "n_review"]].to_dict()
        for half in ("choose", "test"):
            rows += [counts | {"half": half} | row for row in measure(labels, result.pairs, half)]
        print(f"{threshold}: {result!r} in {seconds:.1f} s")
    table = pd.DataFrame(rows).round(4)
    table.to_csv(out / "linkage.csv", index=False)
    (out / "linkage_versions.txt").write_text(
        f"Python {sys.version.split()[0]}, splink {__import__('splink').__version__}, numpy {np.__version__}, "
        f"pandas {pd.__version__}, {platform.machine()}\n"
    )
    print(table.to_string())
