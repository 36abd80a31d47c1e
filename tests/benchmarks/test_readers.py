"""Agreement of two readers, worked by hand."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks._readers import agreement, kappa

ROOT = Path(__file__).parents[2]


def acts(*rows):
    return pd.DataFrame(rows, columns=["record", "act_type", "date", "months"])


FIRST = acts(
    ("a", "sentence_reduction", "2012", 6),
    ("a", "sentence_reduction", None, 9),
    ("b", "parole", "2015-01", None),
    ("c", "none", None, None),
    ("d", "denied", None, None),
    ("e", "early_release", "2001", None),
)
SECOND = acts(
    ("a", "sentence_reduction", None, 9),
    ("a", "sentence_reduction", "2012", None),
    ("b", "medical_parole", "2015-01", None),
    ("c", "parole", None, None),
    ("d", "none", None, None),
    ("e", "early_release", "2001-05", None),
)


def row(table, term, measure):
    return table.set_index(["term", "measure"]).loc[(term, measure)]


def test_kappa_of_a_table_worked_by_hand():
    one = [True] * 25 + [False] * 25  # 20 both, 15 neither, 15 that only one has: seen 0.7, by chance 0.5
    other = [True] * 20 + [False] * 5 + [True] * 10 + [False] * 15
    agree, n, estimate, low, high = kappa(one, other, range(50))
    assert (agree, n) == (35, 50)
    assert estimate == pytest.approx(0.4, abs=1e-12)
    # R: prop.test(35, 50, correct = FALSE)$conf.int is 0.5624965 to 0.8089645; 1 - (1 - limit) / 0.5
    assert [low, high] == pytest.approx([0.1249930, 0.6179289], abs=1e-6)


def test_kappa_of_three_types():
    one, other = list("aaaabbbccc"), list("aaabbbbccc")  # seen 0.9; by chance 0.4 * 0.3 + 0.3 * 0.4 + 0.3 * 0.3 = 0.33
    assert kappa(one, other, range(10))[2] == pytest.approx((0.9 - 0.33) / 0.67, abs=1e-12)


def test_kappa_without_disagreement_keeps_a_lower_limit():
    _, _, estimate, low, high = kappa(list("aabb"), list("aabb"), range(4))
    assert estimate == high == 1
    assert low < 0.5


def test_kappa_of_one_label_is_unknown():
    assert np.isnan(kappa(list("aa"), list("aa"), range(2))[2:]).all()


def test_counts_by_hand():
    table = agreement(FIRST, SECOND)
    f1 = row(table, "granted", "f1")
    assert (f1["right"], f1["of"]) == (3, 6)
    assert f1["estimate"] == pytest.approx(2 * 3 / (4 + 5))
    assert (row(table, "all acts", "f1")["right"], row(table, "all acts", "f1")["of"]) == (3, 7)
    for measure, counts in {"months_both": (1, 1), "months_either": (1, 2), "date_both": (1, 2)}.items():
        assert tuple(row(table, "granted", measure)[["right", "of"]]) == counts
    assert tuple(row(table, "granted", "kappa_any_in_record")[["right", "of"]]) == (4, 5)
    assert tuple(row(table, "all acts", "kappa_any_in_record")[["right", "of"]]) == (3, 5)
    assert tuple(row(table, "all acts", "kappa_type")[["right", "of"]]) == (3, 4)  # parole beside medical parole


def test_readers_of_other_records_are_refused():
    with pytest.raises(ValueError, match="same records"):
        agreement(FIRST, SECOND.iloc[1:3])


def test_the_table_is_that_of_the_codes():
    first, second = (
        pd.read_csv(ROOT / "tests" / "sources" / f"cecc_codes_{name}.csv", dtype={"date": str})
        for name in ("c", "c_second")
    )
    assert set(second["record"]) == set(first.loc[~first["like_others"], "record"])
    got = agreement(first[~first["like_others"]], second)
    kept = pd.read_csv(ROOT / "benchmarks" / "results" / "narrative_readers.csv")
    kept = kept[kept["pair"] == "first reader, second reader"].drop(columns="pair").reset_index(drop=True)
    pd.testing.assert_frame_equal(got.round(4), kept, check_dtype=False, rtol=0, atol=1e-9)


SHOWN = {
    "granted acts, F1": ("granted", "f1"),
    "all acts, F1": ("all acts", "f1"),
    "any granted act in a record, kappa": ("granted", "kappa_any_in_record"),
    "type of acts that both have, kappa": ("all acts", "kappa_type"),
    "months of granted acts, both give them": ("granted", "months_both"),
    "months of granted acts, either gives them": ("granted", "months_either"),
    "dates of granted acts, either gives them": ("granted", "date_either"),
}


def test_the_page_shows_the_table():
    page = (ROOT / "docs" / "narrative.md").read_text(encoding="utf-8")
    kept = pd.read_csv(ROOT / "benchmarks" / "results" / "narrative_readers.csv")
    between = kept[kept["pair"] == "first reader, second reader"]
    shown = re.findall(r"^\| (.+?) \| (\d+ of \d+) \| ([\d.]+) \| ([\d.]+ to [\d.]+) \|$", page, re.MULTILINE)
    assert [name for name, *_ in shown] == list(SHOWN)
    for name, counts, estimate, limits in shown:
        found = row(between, *SHOWN[name])
        assert counts == f"{found['right']} of {found['of']}"
        assert estimate == f"{found['estimate']:.2f}"
        assert limits == f"{found['ci_low']:.2f} to {found['ci_high']:.2f}"
    coder = row(kept[kept["pair"] == "coder, second reader"], "granted", "recall")
    assert f"a recall of {coder['right']} of {coder['of']} (94%; 83% to 98%)" in " ".join(page.split())
