"""How well are acts read from summaries? Codes of the narrative coder against codes by hand, in the CECC records.

Needs the records (``steinert2022/complete_pprisdat.RData`` in the folder that ``CLEMENCY_DATA`` names, by default
``../shared/data``) and, for the development set, ``../research/cecc_acts_dev.csv`` beside that folder. Without the
records nothing is written. The first-pass scores are kept in ``narrative_first_pass.csv``: they cannot be had again,
since the rules were mended after them. ``narrative_readers.csv`` has how far two readers of sample c agree (acts
matched by record and type, months, dates, Cohen's kappa), and the coder against either.

``python -m benchmarks narrative``
"""

import os
import time
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).parents[1]
DEV = "development set"
SAMPLES = {"a": "a, after mending", "b": "b, after mending"}
READERS = ("c", "c_second")
FOLDS = 5
COLUMNS = ["sample", "term", "measure", "right", "of", "estimate", "ci_low", "ci_high"]


def folder() -> Path:
    return Path(os.environ.get("CLEMENCY_DATA", ROOT / ".." / "shared" / "data"))


def records() -> pd.DataFrame | None:
    path = folder() / "steinert2022" / "complete_pprisdat.RData"
    if not path.exists():
        print(f"the CECC records are not at {path}: nothing scored")
        return None
    import pyreadr

    raw = pyreadr.read_r(str(path))["cecc"]
    names = {"CECC_record_number": "record", "main.name": "name", "short_summary": "summary"}
    return raw[list(names)].rename(columns=names).fillna({"summary": ""})


def truths() -> dict[str, pd.DataFrame]:
    found = {}
    path = folder() / ".." / "research" / "cecc_acts_dev.csv"
    if path.exists():
        found[DEV] = pd.read_csv(path).rename(columns={"act_date": "date"}).astype({"date": object})
    for key, name in SAMPLES.items():
        found[name] = pd.read_csv(ROOT / "tests" / "sources" / f"cecc_codes_{key}.csv", dtype={"date": str})
    return found


def scored(name: str, truth: pd.DataFrame, acts: pd.DataFrame, texts: dict[str, str]) -> pd.DataFrame:
    """Scores of one sample with limits that count groups of like texts; for the development set, of its parts too."""
    from clemency.sources.narrative.scores import score, similar_texts

    ids = list(dict.fromkeys(truth["record"]))
    group = dict(zip(ids, similar_texts([texts[i] for i in ids]), strict=True))
    tables = [score(acts, truth, [group[i] for i in ids]).assign(sample=name)]
    order = {g: i % FOLDS for i, g in enumerate(dict.fromkeys(group.values()))}
    for fold in range(FOLDS if name == DEV else 0):
        part = truth[truth["record"].map(lambda r, k=fold: order[group[r]] == k)]
        table = score(acts, part).query("term == 'granted'")
        tables.append(table.assign(sample=f"{name}, part {fold + 1} of {FOLDS}"))
    return pd.concat(tables)[COLUMNS]


def readers(acts: pd.DataFrame, texts: dict[str, str]) -> pd.DataFrame:
    """Agreement of the two readers of sample c, and of the coder with either."""
    from benchmarks import _readers

    one, other = (pd.read_csv(ROOT / "tests" / "sources" / f"cecc_codes_{n}.csv", dtype={"date": str}) for n in READERS)
    one = one[one["record"].isin(other["record"])]
    tables = [_readers.agreement(one, other).assign(pair="first reader, second reader")]
    for name, truth in (("first", one), ("second", other)):
        tables.append(scored(f"coder, {name} reader", truth, acts, texts).rename(columns={"sample": "pair"}))
    return pd.concat(tables)[_readers.COLUMNS]


def run(out: Path) -> None:
    from clemency.sources.narrative.coder import code_acts

    frame = records()
    if frame is None:
        return
    start = time.process_time()
    acts = code_acts(frame)
    print(f"{len(frame)} summaries in {time.process_time() - start:.1f} s of one core, {len(acts)} rows")
    texts = dict(zip(frame["record"], frame["summary"], strict=True))
    tables = [pd.read_csv(out / "narrative_first_pass.csv")[COLUMNS]]
    tables += [scored(name, truth, acts, texts) for name, truth in truths().items()]
    table = pd.concat(tables)
    table.to_csv(out / "narrative.csv", index=False, float_format="%.4f", lineterminator="\n")
    between = readers(acts, texts)
    between.to_csv(out / "narrative_readers.csv", index=False, float_format="%.4f", lineterminator="\n")
    counts = acts.groupby("act_type")["record"].agg(acts="size", records="nunique").reset_index()
    counts.to_csv(out / "narrative_acts.csv", index=False, lineterminator="\n")
    print(table[table["term"] == "granted"].to_string(index=False))
    print(between[between["pair"].str.startswith("first")].to_string(index=False))
    print(counts.to_string(index=False))
