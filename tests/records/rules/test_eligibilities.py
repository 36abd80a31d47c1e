"""Eligibility of a table of cases: the same as case by case, and the reason where there is none."""

import pandas as pd
import pytest

import clemency as cl


@pytest.fixture(scope="module")
def cases():
    shipped = cl.load("cases")
    parts = [shipped[shipped["sentence_type"] == kind].head(n) for kind, n in (("fixed", 8), ("life", 4), ("none", 2))]
    return pd.concat(parts, ignore_index=True)


def test_the_same_as_case_by_case(cases):
    acts = cl.load("acts")
    found = cl.eligibilities(cases, on="2017-05-27", acts=acts)
    assert found["case_id"].drop_duplicates().tolist() == cases["case_id"].tolist()
    for case in cases["case_id"]:
        rows = found[found["case_id"] == case].drop(columns="case_id").astype(object)
        try:
            wanted = cl.eligibility(case, on="2017-05-27").table.astype(object)
        except cl.UsageError:
            assert rows["question"].isna().all()
            assert rows["note"].str.contains("worked out for|not known").all()
            continue
        same = rows.where(rows.notna(), None).to_numpy().tolist()
        assert same == wanted.where(wanted.notna(), None).to_numpy().tolist()
    assert found["question"].isna().sum() >= 2


def test_refusals(cases):
    with pytest.raises(cl.UsageError, match="there twice"):
        cl.eligibilities(pd.concat([cases, cases.head(1)]), on="2017-05-27")
    with pytest.raises(cl.UsageError, match="no column sentence_type"):
        cl.eligibilities(cases.drop(columns="sentence_type"), on="2017-05-27")
    with pytest.raises(cl.DataError, match="sentence_date"):
        cl.eligibilities(cases.assign(sentence_date="soon"), on="2017-05-27")
    with pytest.raises(cl.UsageError, match="No rule names a group 'tall'"):
        cl.eligibilities(cases, on="2017-05-27", groups="tall")
