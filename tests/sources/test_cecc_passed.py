"""The sentence as passed, from the current one, the acts and the narrative; all cases are invented."""

import numpy as np
import pandas as pd
import pytest

import clemency as cl
from clemency.sources.cecc.passed import as_passed, term_passed, told
from clemency.sources.cecc.terms import Doubts

NAN = np.nan


@pytest.mark.parametrize(
    ("text", "term", "cut", "extended", "expected"),
    [
        # taken off in the export, and told
        ("A court sentenced him to 19 years in prison.", 192, 36, 0, 228),
        ("Her 19-year sentence was for splittism; she got six months off.", 222, 6, 0, 228),
        ("sentenced him to four years and six months in prison", 47.4928, 6.49, 0, 54),
        # not taken off
        ("A court sentenced him to 10 years in prison; in 2008 he got one year off.", 120, 12, 0, 120),
        ("A court sentenced A, B and C to 15, 14, and 13 years, respectively.", 180, 18, 0, 180),
        # a length to which it was reduced is not the one passed
        ("A court reduced his sentence to 5 years.", 60, 12, 0, 72),
        ("A court sentenced him to six years; his sentence was later reduced to 5 years.", 60, 12, 0, 72),
        # neither length is told: put back; one in between was passed
        ("He was in prison.", 60, 12, 0, 72),
        ("A court sentenced him to 16 years in prison.", 175, 77, 0, 192),
        # extensions
        ("sentenced to 15 years imprisonment", 336, 0, 156, 180),
        ("sentenced to 18 years in prison; in an earlier case six years were added", 216, 0, 72, 216),
        # by how much is not known: only one longer length that was passed will do
        ("A court sentenced him to 12 years.", 132, NAN, 0, 144),
        ("A court sentenced her to 14 years; the same court sentenced him to 15 years.", 168, NAN, 0, 168),
        ("A court sentenced her to 14 years; the same court sentenced him to 15 years.", 160, NAN, 0, NAN),
        ("A court sentenced him to 6 years, later made longer.", 132, 0, NAN, NAN),
        ("", 132, NAN, 0, NAN),
        ("", 12, 0, 24, NAN),
    ],
)
def test_the_term_as_passed(text, term, cut, extended, expected):
    found, basis = term_passed(term, cut, extended, told(text))
    np.testing.assert_allclose(found, expected, atol=1e-9)
    assert basis.startswith("empty") == np.isnan(expected)


def made(types, terms, acts, texts=None):
    ids = [f"c{i}" for i in range(len(types))]
    cases = pd.DataFrame({"case_id": ids, "sentence_type": types, "sentence_months": terms, "inferred": None})
    cases["inferred"] = cases["inferred"].astype("string")
    table = pd.DataFrame(acts, columns=["case_id", "act_type", "months"])
    doubts = Doubts(np.array(ids, dtype=object))
    return as_passed(cases, table, pd.Series(texts or [""] * len(ids)), doubts), doubts.frame()


def test_a_commuted_sentence_is_not_a_fixed_one():
    """Years of a life sentence before its commutation are no time at risk of a fixed term."""
    acts = [("c0", "commutation_life_to_fixed", NAN), ("c0", "sentence_reduction", 12.0)]
    acts += [("c1", "commutation_life_to_fixed", NAN), ("c1", "commutation_death_to_life", NAN)]
    acts += [("c2", "commutation_life_to_fixed", NAN), ("c3", "commutation_life_to_fixed", NAN)]
    found, doubts = made(["fixed", "fixed", None, "none"], [216.0, 240.0, NAN, NAN], acts)
    assert found["sentence_type"].astype(str).tolist() == ["life", "death_reprieve", "life", "none"]
    assert found["sentence_months"].isna().all()
    assert found["inferred"].fillna("").tolist() == ["sentence_type", "sentence_type", "sentence_type", ""]
    assert doubts["field"].tolist() == ["sentence_type"] * 3


def test_cases_without_an_act_stay_and_order_does_not_matter():
    acts = [("c1", "sentence_reduction", 6.0), ("c1", "sentence_reduction", 3.0), ("c2", "medical_parole", NAN)]
    found, doubts = made(["fixed"] * 3, [60.0, 51.0, 36.0], acts)
    assert found["sentence_months"].tolist() == [60.0, 60.0, 36.0]
    assert found["inferred"].fillna("").tolist() == ["", "sentence_months", ""]
    assert len(doubts) == 1
    again, _ = made(["fixed"] * 3, [60.0, 51.0, 36.0], acts[::-1])
    pd.testing.assert_frame_equal(found, again)


def test_no_acts_at_all():
    found, doubts = made(["fixed"], [60.0], [])
    assert found["sentence_months"].tolist() == [60.0]
    assert doubts.empty


def test_the_end_of_the_term_is_again_that_of_the_export():
    """The cohort takes the cuts off, so that a release at the end of the shorter term is expiry and not early."""
    row = {"case_id": "c0", "person_id": "c0", "detention_date": "2010-01-01", "sentence_date": "2010-06-01"}
    row |= {"status": "released", "status_date": "2014-06-30", "inferred": pd.NA}
    cases = pd.DataFrame([row | {"sentence_type": "fixed", "sentence_months": 54.0}])
    acts = pd.DataFrame([("c0", "sentence_reduction", 6.0)], columns=["case_id", "act_type", "months"])
    passed = as_passed(cases, acts, pd.Series([""]), Doubts(np.array(["c0"], dtype=object)))
    acts = acts.assign(act_date="2013", scope="single")
    spells = cl.cohort(passed, acts, outcome="sentence_reduction", recurrent=True).spells
    assert spells["event"].tolist() == ["sentence_reduction", "expiry"]
    assert spells["sentence_months"].tolist() == [60.0, 60.0]
