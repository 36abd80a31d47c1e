"""A public list of names in characters against the CECC's database: precision and recall by the language of the name.

The list is `docs/chinese-political-prisoners.csv` of the repository `political-prisoner/china` at the commit
fd8b5caa928d0d25f40e4c6cc90e797356f242d1: 926 names with sex, birth, place, and the end of the term. It has no licence
and is not shipped: put it under CLEMENCY_DATA, beside the archive that `benchmarks/linkage.py` reads.
`tests/sources/linkage_labels_list.csv` names its rows by number. Writes `results/linkagelist.csv`.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.linkage import ROOT, archive, archive_path, wilson
from clemency.sources.linkage.pairs import link

LABELS = ROOT / "tests" / "sources" / "linkage_labels_list.csv"
PLACES = Path(__file__).with_name("linkagelist_places.csv")
THRESHOLDS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95)


def list_path() -> Path:
    """Where the list would be."""
    return Path(os.environ.get("CLEMENCY_DATA", ROOT.parent / "shared" / "data")) / "chinese-political-prisoners.csv"


def as_records(path: Path) -> pd.DataFrame:
    """The list as `link` takes it: a day under Sentence is the end of the term, and Place is where somebody is from."""
    table = pd.read_csv(path, dtype=str)
    by_province = pd.read_csv(PLACES).set_index("province")["places"].str.split()
    province = {place: code for code, places in by_province.items() for place in places}
    dated = table["Sentence"].str.match(r"\d{4}", na=False)
    return pd.DataFrame(
        {
            "row": [f"row-{i}" for i in range(len(table))],
            "name": table["Name"],
            "sex": table["Gender"].map({"male": "M", "female": "F"}),
            "birth_date": table["Date of Birth"],
            "death_date": table["Date of Death"],
            "origin_province": table["Place"].map(province),
            "term_end_date": table["Sentence"].where(dated),
            "sentence_type": table["Sentence"].where(table["Sentence"] == "life"),
        }
    )


def labelled() -> pd.DataFrame:
    """Labels of the pairs, with the number of the row as `as_records` gives it."""
    labels = pd.read_csv(LABELS, dtype={"record": str})
    return labels.assign(row="row-" + labels["row"].astype(str))


def measure(labels: pd.DataFrame, found: pd.DataFrame) -> list[dict[str, object]]:
    """Precision and recall by half and language, and how many true pairs a reader at least gets to see."""
    joined = labels.merge(found, left_on=["row", "record"], right_on=["left_id", "right_id"], how="left")
    rows: list[dict[str, object]] = []
    for (half, group), pairs in joined[joined["label"] != "unsure"].groupby(["half", "group"]):
        band, case = pairs["band"].astype(object), pairs["label"] == "case"
        person = case | (pairs["label"] == "person")
        matched = band == "match"
        for what, good, among in (
            ("precision", case, matched),
            ("precision, same person", person, matched),
            ("recall", matched, case),
            ("recall, with review", band.isin(["match", "review"]), case),
        ):
            n, k = int(among.sum()), int((good & among).sum())
            low, high = wilson(k / n if n else np.nan, n)
            shared = {"half": half, "group": group, "measure": what, "estimate": k / n if n else np.nan}
            rows.append(shared | {"low": low, "high": high, "good": k, "of": n})
    return rows


def run(out: Path) -> None:
    """Link at each threshold, and write the table."""
    if not list_path().exists() or not archive_path().exists():
        print(f"{list_path()} or {archive_path()} is not here: nothing was linked")
        return
    people, records, labels = as_records(list_path()), archive(archive_path()), labelled()
    rows = []
    for threshold in THRESHOLDS:
        result = link(people, records, left_id="row", right_id="record", threshold=threshold)
        counts = {"threshold": threshold} | result.glance().iloc[0][["n_match", "n_review"]].to_dict()
        rows += [counts | row for row in measure(labels, result.pairs)]
        matches = result.matches()
        known = set(zip(labels["row"], labels["record"], strict=True))
        new = [p for p in zip(matches["left_id"], matches["right_id"], strict=True) if p not in known]
        print(
            f"{threshold}: {result!r}; {sum(p[0] in set(labels['row']) for p in new)} matches of labelled rows unread"
        )
    table = pd.DataFrame(rows).round(4)
    table.to_csv(out / "linkagelist.csv", index=False)
    print(table.to_string())
