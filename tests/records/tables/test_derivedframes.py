"""Derived columns of any frame are those that `load` derives."""

import pandas as pd
import pytest

import clemency as cl
from clemency.records.errors import DataError, UsageError

DERIVED = [
    "province_name",
    "region",
    "charge_family",
    "charge_basis",
    "expiry_date",
    "expiry_earliest",
    "expiry_latest",
]


def test_the_shipped_cases_derive_to_themselves():
    cases, acts = cl.load("cases"), cl.load("acts")
    bare = cases.drop(columns=DERIVED)
    found = cl.derive(bare, acts)
    pd.testing.assert_frame_equal(found[DERIVED], cases[DERIVED], check_dtype=False)
    assert "region" not in bare


def test_by_hand_and_only_what_the_columns_allow():
    mine = pd.DataFrame({"province": ["CN-XZ", None], "charge_ids": ["CL97-293 CL97-103(2)", ""]}, index=[5, 7])
    found = cl.derive(mine)
    assert found["region"].tolist()[0] == "Southwest"
    assert found["charge_family"].tolist()[0] == "endangering_state_security"  # before public order
    assert found.iloc[1][["region", "charge_family"]].isna().all()
    assert list(found.index) == [5, 7]
    assert "expiry_date" not in found
    term = pd.DataFrame(
        {"case_id": ["a"], "detention_date": ["2014-10"], "sentence_type": ["fixed"], "sentence_months": ["72"]}
    )
    cut = pd.DataFrame({"case_id": ["a"], "act_type": ["sentence_reduction"], "act_date": ["2016"], "months": [12.0]})
    assert cl.derive(term)["expiry_date"].tolist() == ["2020-09-30/2020-10-30"]
    assert cl.derive(term, cut)["expiry_date"].tolist() == ["2019-09-30/2019-10-30"]


@pytest.mark.parametrize(
    ("frame", "acts", "error", "said"),
    [
        ({"name": ["A"]}, None, UsageError, "Nothing can be derived"),
        ({"province": ["Tibet"]}, None, DataError, "Write CN-XZ"),
        ({"charge_ids": ["CL97-103(2) CL97-9999"]}, None, DataError, "no such row in the table of charges"),
        ({"province": ["CN-XZ"]}, {"case_id": ["a"]}, UsageError, "acts= needs case_id, act_type"),
    ],
)
def test_what_cannot_be_derived(frame, acts, error, said):
    with pytest.raises(error, match=said):
        cl.derive(pd.DataFrame(frame), None if acts is None else pd.DataFrame(acts))
