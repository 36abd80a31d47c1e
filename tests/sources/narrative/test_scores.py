"""Scores worked by hand."""

import numpy as np
import pandas as pd
import pytest

from clemency.records.errors import DataError
from clemency.sources.narrative.scores import match, score, similar_texts


def acts(*rows):
    return pd.DataFrame(rows, columns=["record", "act_type", "date", "months"])


TRUTH = acts(
    ("a", "sentence_reduction", "2012", 6),
    ("a", "sentence_reduction", None, 9),
    ("b", "parole", "2015-01", None),
    ("c", "none", None, None),
    ("d", "denied", None, None),
)
CODED = acts(
    ("a", "sentence_reduction", None, 9),
    ("a", "sentence_reduction", "2012", 7),
    ("c", "medical_parole", "2011", None),
    ("d", "medical_parole_denied", None, None),
    ("e", "parole", None, None),  # not read: left aside
)


def row(table, term, measure):
    return table.set_index(["term", "measure"]).loc[(term, measure)]


def test_counts_by_hand():
    table = score(CODED, TRUTH)
    assert tuple(row(table, "granted", "precision")[["right", "of"]]) == (2, 3)
    assert tuple(row(table, "granted", "recall")[["right", "of"]]) == (2, 3)
    assert tuple(row(table, "granted", "months")[["right", "of"]]) == (1, 2)
    assert tuple(row(table, "granted", "dates")[["right", "of"]]) == (1, 1)
    assert tuple(row(table, "denied", "recall")[["right", "of"]]) == (1, 1)


def test_pairs_agree_as_far_as_they_can():
    pairs = match(CODED, TRUTH).query("act_type == 'sentence_reduction'")
    assert (pairs["date"].fillna("") == pairs["true_date"].fillna("")).all()


def test_wilson_limits_and_clusters():
    truth = acts(*[(r, "parole", None, None) for r in "abc"])
    got = row(score(truth.iloc[:2], truth), "granted", "recall")
    assert got["ci_low"] == pytest.approx(0.2076596, abs=1e-6)  # R: prop.test(2, 3, correct = FALSE)$conf.int
    assert got["ci_high"] == pytest.approx(0.9385081, abs=1e-6)


def test_a_repeated_text_counts_once():
    truth = acts(*[(r, "parole", None, None) for r in "abcdefgh"])
    coded = acts(*[(r, "parole", None, None) for r in "efgh"])
    alone = row(score(coded, truth), "granted", "recall")
    twins = row(score(coded, truth, clusters=[1, 1, 1, 1, 2, 2, 2, 2]), "granted", "recall")
    assert alone["estimate"] == twins["estimate"] == 0.5
    assert twins["ci_high"] - twins["ci_low"] > alone["ci_high"] - alone["ci_low"]


def test_missing_columns_are_named():
    with pytest.raises(DataError, match="months"):
        score(CODED.drop(columns="months"), TRUTH)


def test_similar_texts_form_components():
    base = "one two three four five six seven eight nine ten"
    groups = similar_texts([base, base + " eleven", "<b>quite</b> another text of more than five words", base])
    assert groups.tolist() == [0, 0, 2, 0]
    assert np.array_equal(similar_texts([]), np.array([]))
