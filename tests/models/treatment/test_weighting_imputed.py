"""Weights of imputed cohorts: whole dates, pooling by hand from single cohorts, weights in a Cox model, refusals."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from datedcohorts import CASES, drawn, whole_twice
from scipy import stats

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
OPTIONS = {"exposure": "raised", "period": "interval", "at_entry": "given"}


def cut(cohort):
    return cohort.expose_from(RAISED, "raised_date", name="raised").split(clock=range(0, 241, 12))


def weights(cohort):
    return cl.treatment_weights(cohort, "1", "x + score", **OPTIONS)


def test_whole_dates_give_the_plain_weights():
    many, one = (cut(c) for c in whole_twice(m=2))
    found, own = weights(many), weights(one)
    assert all(w.equals(own.weights) for w in found.weights)
    exact = ["model", "term", "level", "estimate", "std_error"]
    pd.testing.assert_frame_equal(found.tidy()[exact], own.tidy()[exact], check_exact=True)
    pd.testing.assert_frame_equal(found.tidy()[list(own.table)], own.tidy(), rtol=1e-12)
    pd.testing.assert_frame_equal(found.balance()[list(own.balances)], own.balance(), check_exact=True)
    assert {k: found.facts[k] for k in own.facts} == own.facts


def test_models_of_starting_are_pooled_by_hand():
    many = cut(drawn(m=4))
    found, single = weights(many), [weights(c) for c in many.cohorts]
    b, e = (np.array([s.table[c] for s in single]) for c in ("estimate", "std_error"))
    assert (np.ptp(b, axis=0) > 0).all()
    table = found.tidy()
    np.testing.assert_allclose(table["estimate"], b.mean(axis=0), rtol=1e-12)
    total, added = (e**2).mean(axis=0) + 1.25 * b.var(axis=0, ddof=1), 1.25 * b.var(axis=0, ddof=1)
    df = 3 * (total / added) ** 2
    np.testing.assert_allclose(table["std_error"], np.sqrt(total), rtol=1e-12)
    np.testing.assert_allclose(table["df"], df, rtol=1e-9)
    p = 2 * stats.t.sf(np.abs(b.mean(axis=0)) / np.sqrt(total), df)
    np.testing.assert_allclose(table["p_value"], p, rtol=1e-9)
    balance = found.balance().set_index("term")
    after = np.array([s.balances.set_index("term").loc["score", "after"] for s in single])
    assert balance.loc["score", "after"] == pytest.approx(after.mean())
    assert abs(balance.loc["score", "worst_after"]) == pytest.approx(np.abs(after).max())
    assert found.facts["max"] == max(s.facts["max"] for s in single)
    assert found.facts["ess"] == pytest.approx(np.mean([s.facts["ess"] for s in single]))


def test_weighted_models_are_pooled_over_the_weights():
    many = cut(drawn(m=3))
    options = {"outcome": "sentence_reduction", "weights": "weight", "cluster": "case_id"}
    found = cl.cox(weights(many).onto(many), "raised", **options)
    single = [cl.cox(c.assign(weight=weights(c).weights), "raised", **options) for c in many.cohorts]
    pd.testing.assert_frame_equal(found.tidy(), cl.pool(single).tidy())
    assert "steps" in weights(many).onto(many, "steps").cohorts[0].spells


def test_refusals():
    many = cut(drawn(m=2))
    found = weights(many)
    with pytest.raises(UsageError, match="not the cohort of these weights"):
        found.onto(many.where(lambda s: s["x"] == 0, "left out"))
    with pytest.raises(UsageError, match="score already"):
        found.onto(many, "score")
    idle = many.cohorts[1].where(lambda s: s["raised"] == 0, "left out")
    with pytest.raises(DataError, match="never starts") as caught:
        weights(replace(many, cohorts=(many.cohorts[0], idle)))
    assert caught.value.__notes__ == ["This was imputation 2 of 2: cohort.cohorts[1]."]
    assert "Weights of 2 imputations" in repr(found)
    assert found._repr_html_()
