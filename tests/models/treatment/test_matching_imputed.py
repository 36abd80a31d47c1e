"""Matched sets of imputed cohorts: whole dates, sets of the single cohorts, pooled models of them, and refusals."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from datedcohorts import CASES, drawn, whole_twice

import clemency as cl
from clemency.records.errors import DataError, UsageError

#: Every third case is raised three to seven years after its custody.
RAISED = pd.DataFrame(
    {
        "case_id": CASES["case_id"],
        "raised_date": [
            f"{int(d[:4]) + 3 + i % 5}-06-15" if i % 3 == 0 else None for i, d in enumerate(CASES["detention_date"])
        ],
    }
)


def raised(cohort):
    return cohort.expose_from(RAISED, "raised_date", name="raised")


def matched(cohort, **options):
    return cl.risk_set_match(cohort, exposure="raised", on=["x", "score"], caliper={"score": 0.8}, **options)


def test_whole_dates_give_the_plain_sets():
    many, one = (raised(c) for c in whole_twice(m=2))
    found, own = matched(many, ratio=2), matched(one, ratio=2)
    for spells in found.spells:
        pd.testing.assert_frame_equal(spells, own.spells)
    pd.testing.assert_frame_equal(found.balance()[list(own.balances)], own.balance(), check_exact=True)
    assert {k: found.facts[k] for k in own.facts} == own.facts
    assert found.unmatched["id"].tolist() == own.unmatched["id"].tolist()
    assert (found.unmatched["n_imputations"] == 2).all()


def test_sets_are_those_of_the_single_cohorts_and_models_of_them_are_pooled():
    many = raised(drawn(m=4))
    found, single = matched(many, ratio=2, seed=3), [matched(c, ratio=2, seed=3) for c in many.cohorts]
    assert len({s.facts["n_matched"] for s in single} | {s.facts["n_controls"] for s in single}) > 2
    for spells, own in zip(found.spells, single, strict=True):
        pd.testing.assert_frame_equal(spells, own.spells)
    assert found.facts["n_matched"] == pytest.approx(np.mean([s.facts["n_matched"] for s in single]))
    after = np.array([s.balances.set_index("term").loc["score", "after"] for s in single])
    row = found.balance().set_index("term").loc["score"]
    assert row["after"] == pytest.approx(after.mean())
    assert abs(row["worst_after"]) == pytest.approx(np.abs(after).max())
    gone = pd.concat([s.unmatched for s in single])
    counts = found.unmatched.groupby("id")["n_imputations"].sum()
    assert counts.to_dict() == gone["id"].value_counts().to_dict()

    sets = found.onto(many)
    pooled = cl.cox(sets, "treated", outcome="sentence_reduction", strata="set", cluster="case_id")
    columns = {"entry": "entry", "exit": "exit", "event": "acted", "strata": "set", "cluster": "case_id"}
    fits = [
        cl.cox(s.spells.assign(acted=(s.spells["event"] == "sentence_reduction").astype(int)), "treated", **columns)
        for s in single
    ]
    np.testing.assert_allclose(pooled.coefficients, np.mean([f.coefficients for f in fits], axis=0), rtol=1e-9)
    within = np.mean([f.covariance[0, 0] for f in fits])
    between = np.var([f.coefficients[0] for f in fits], ddof=1)
    assert pooled.covariance[0, 0] == pytest.approx(within + 1.25 * between, rel=1e-9)


def test_cases_in_no_set_are_among_the_exclusions():
    many = raised(drawn(m=2))
    for before, after in zip(many.cohorts, matched(many).onto(many).cohorts, strict=True):
        left = after.exclusions[after.exclusions["reason"] == "in no matched set"]["case_id"]
        assert set(left) | set(after.spells["case_id"]) == set(before.spells["case_id"])
        assert len(left)


def test_refusals():
    many = raised(drawn(m=2))
    found = matched(many)
    with pytest.raises(UsageError, match="not the cohort of these sets"):
        found.onto(many.where(lambda s: s["x"] == 0, "left out"))
    with pytest.raises(UsageError, match="not the cohort of these sets"):
        found.onto(raised(drawn(m=3)))
    idle = many.cohorts[1].where(lambda s: s["raised"] == 0, "left out")
    with pytest.raises(DataError, match="nobody is matched") as caught:
        matched(replace(many, cohorts=(many.cohorts[0], idle)))
    assert caught.value.__notes__ == ["This was imputation 2 of 2: cohort.cohorts[1]."]
    assert "In 2 imputations, on average" in repr(found)
    assert found._repr_html_()
