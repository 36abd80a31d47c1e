"""Coded acts and acts that follow from dates, all invented: one act is never counted twice."""

import numpy as np
import pandas as pd
import pytest

import clemency as cl
from clemency.sources.cecc.acts import CODED, STRUCTURAL, merge_acts

CASES = pd.DataFrame(
    {
        "record": ["2004-00001", "2004-00002"],
        "case_id": ["cecc-2004-00001", "cecc-2004-00002"],
        "detention_date": ["2000-01-10", "2001"],
        "source_ids": "cecc-ppd-export",
    }
)


def coded(*rows):
    """Rows of type, date, months; of the first record unless a fourth value says otherwise."""
    full = [(r[3] if len(r) > 3 else "2004-00001", r[0], r[1], r[2], "stated", 3, 9) for r in rows]
    return pd.DataFrame(full, columns=CODED)


FOUND = pd.DataFrame([("2004-00001", "2002-04-01", 9.25, "custody and term")], columns=STRUCTURAL)


def merged(*rows, found=FOUND):
    return merge_acts(coded(*rows), found, CASES)


def told(result):
    rows = result.acts[["act_type", "act_date", "months", "certainty"]].astype(object).to_numpy().tolist()
    return [["" if pd.isna(v) else v for v in r] for r in rows]


def test_a_structural_early_release_alone_is_an_inferred_act():
    result = merge_acts(coded(), FOUND, CASES)
    assert told(result) == [["early_release", "2002-04-01", 9.25, "inferred"]]
    act = result.acts.iloc[0]
    assert act["act_id"] == "cecc-2004-00001-early-release-2002-04-01"
    assert act["date_basis"] == "release"
    assert "ground of the release is not known" in act["note"]
    assert result.absorbed.empty


@pytest.mark.parametrize("kind", ["early_release", "parole", "medical_parole", "special_pardon"])
@pytest.mark.parametrize("date", ["2002-04-01", "2002-04", "2002", None, "2002-03/2002-05"])
def test_the_same_release_told_and_dated_is_one_act(kind, date):
    result = merged((kind, date, np.nan))
    assert len(result.acts) == 1
    act = result.acts.iloc[0]
    assert (act["act_type"], act["certainty"]) == (kind, "stated")
    assert "narrative, characters 3 to 9" in act["note"]
    assert "released 2002-04-01, 9.25 months before the end of the term" in act["note"]
    assert result.absorbed.to_numpy().tolist() == [["2004-00001", kind]]
    if kind == "early_release":
        assert act["months"] == 9.25
        assert act["act_date"] == (date or "2002-04-01")
    else:
        assert np.isnan(act["months"])  # months before the end belong to an early release alone
        assert pd.isna(act["act_date"]) if date is None else act["act_date"] == date


def test_a_release_on_another_date_is_another_act():
    assert [r[:2] for r in told(merged(("medical_parole", "2001-05", np.nan)))] == [
        ["medical_parole", "2001-05"],
        ["early_release", "2002-04-01"],
    ]


@pytest.mark.parametrize("kind", ["sentence_reduction", "commutation_life_to_fixed"])
@pytest.mark.parametrize("date", ["2001-05", None, "2002"])
def test_a_cut_before_the_release_explains_it(kind, date):
    result = merged((kind, "2000-06", 3.0), (kind, date, 6.0))
    assert [r[0] for r in told(result)] == [kind, kind]
    assert "the dates agree" in result.acts["note"].iloc[1]
    assert "the dates agree" not in result.acts["note"].iloc[0]


def test_a_cut_after_the_release_does_not():
    assert [r[0] for r in told(merged(("sentence_reduction", "2003", 6.0)))] == ["sentence_reduction", "early_release"]


def test_an_early_release_told_comes_before_a_parole_or_a_cut():
    result = merged(("sentence_reduction", None, 6.0), ("parole", None, np.nan), ("early_release", None, np.nan))
    assert len(result.acts) == 3
    assert result.absorbed["act_type"].tolist() == ["early_release"]


def test_another_persons_act_explains_nothing():
    result = merged(("sentence_reduction", None, 6.0, "2004-00002"))
    assert len(result.acts) == 2


@pytest.mark.parametrize("kind", ["reduction_denied", "parole_denied", "medical_parole_denied", "sentence_extension"])
def test_refusals_and_extensions_stay_what_they_are(kind):
    assert [r[0] for r in told(merged((kind, "2001-05", np.nan)))] == [kind, "early_release"]


def test_what_is_no_act_of_the_case_is_left_out_with_its_reason():
    result = merged(
        ("none", None, np.nan),
        ("denied", None, np.nan),
        ("reduction_on_appeal", "2000-12", 12.0),
        ("amnesty", None, np.nan),
        ("parole", "1999", np.nan),
        ("parole", "2000", np.nan),
        ("parole", None, np.nan, "1999-00001"),
        ("extension", "2001", 12.0),
    )
    assert result.left_out["reason"].tolist() == [
        "no act",
        "a refusal of a kind that the coder does not name",
        "a lower sentence on appeal is not clemency",
        "not in the vocabulary of acts",
        "before the custody of this record: an earlier case",
        "its record is not in the export",
    ]
    assert [r[0] for r in told(result)] == ["parole", "sentence_extension", "early_release"]


def test_coded_acts_are_never_merged_with_each_other():
    result = merged(("sentence_reduction", None, np.nan), ("sentence_reduction", None, np.nan), found=FOUND[:0])
    assert result.acts["act_id"].tolist() == [
        "cecc-2004-00001-sentence-reduction",
        "cecc-2004-00001-sentence-reduction-2",
    ]


def test_months_out_of_range_are_noted_not_kept():
    act = merged(("sentence_reduction", "2001", 999.0)).acts.iloc[0]
    assert np.isnan(act["months"])
    assert "months not used: 999" in act["note"]


def test_further_columns_of_the_coder_are_used():
    rows = coded(("commutation_life_to_fixed", "2001", np.nan), ("sentence_reduction", None, 20.0))
    rows = rows.assign(term_after=[216.0, np.nan], scope=["", "total"], n_acts=[np.nan, 2], authority=["A Court", None])
    acts = merge_acts(rows, FOUND[:0], CASES).acts
    assert acts["term_after"].tolist()[0] == 216.0
    assert acts["scope"].tolist() == ["single", "total"]
    assert acts["n_acts"].fillna(0).tolist() == [0, 2]
    assert acts["authority"].fillna("").tolist() == ["A Court", ""]


def test_order_of_rows_does_not_matter():
    rows = coded(("sentence_reduction", "2001", 6.0), ("parole", "2002-04", np.nan, "2004-00002"))
    one = merge_acts(rows, FOUND, CASES).acts.set_index("act_id").sort_index()
    other = merge_acts(rows[::-1].reset_index(drop=True), FOUND, CASES[::-1]).acts.set_index("act_id").sort_index()
    pd.testing.assert_frame_equal(one, other)


def test_refusals():
    with pytest.raises(cl.UsageError, match="coded acts have no column date"):
        merge_acts(coded().drop(columns="date"), FOUND, CASES)
    with pytest.raises(cl.UsageError, match="structural acts have no column basis"):
        merge_acts(coded(), FOUND.drop(columns="basis"), CASES)
    with pytest.raises(cl.DataError, match=r"coded acts, row 0, date, '2001-02-30'.*no day 30"):
        merged(("parole", "2001-02-30", np.nan))
