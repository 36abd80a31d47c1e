"""Parts of the Steinert reproductions by hand, without its data."""

import numpy as np
import pandas as pd
import pytest

from clemency.findings.steinert import claims, hazards, limitcox


def test_columns_that_others_explain_within_strata_are_left_out():
    # Within the one stratum the first column has length 1 once its mean is taken out, the second is twice the first.
    first = np.array([1.0, 0.0, 1.0, 0.0]) / 1.0
    X = np.column_stack([first, 2 * first, [1.0, 1.0, 0.0, 0.0]])
    assert np.linalg.norm(first - first.mean()) == pytest.approx(1.0)
    none = np.zeros(3, dtype=bool)
    assert limitcox._independent(X, np.zeros(4, dtype=int), none) == [0, 2]
    # What moved comes last, and is explained by what did not.
    assert limitcox._independent(X, np.zeros(4, dtype=int), np.array([True, False, False])) == [1, 2]


def test_only_the_charged_are_told_that_a_charge_takes_time():
    known = pd.DataFrame(
        {"free": [1, 0, 0, 1], "province": list("aabb"), "Charged": [1, 0, 1, 0], "Female": [0, 1, 0, 1]}
    )
    said = "Who is charged has been held long enough to be charged"
    assert said in claims._sizes(known, "Charged")
    assert said not in claims._sizes(known, "Female")
    assert claims._sizes(known, "Charged").startswith("In the main model 1 of 2 were released, and 1 of the 2 others.")


@pytest.mark.parametrize(
    ("name", "adjusted"), [("m_match1", False), ("m_match2", False), ("m_match3", True), ("m_match4", True)]
)
def test_minor_actions_are_adjusted_for_only_where_everybody_is_in(monkeypatch, name, adjusted):
    rows = pd.DataFrame({"Ethnic_Uyghur": [1, 0, 0], "w": [1.0, 0.5, 1.5]})
    asked = {}
    monkeypatch.setattr(hazards, "steinert", lambda material: material)
    monkeypatch.setattr(hazards, "_matched", lambda data, everyone, action: (rows, rows))
    monkeypatch.setattr(hazards, "fitted", lambda rows, actions, *rest, **more: asked.setdefault("actions", actions))
    monkeypatch.setattr(hazards, "ratios", lambda fit, name, places: {f"{name}_lr": 0.0})
    found = hazards._matched_model(None, name)
    assert ("LCAP_MIN" in asked["actions"][len(hazards.ACTIONS) :]) is adjusted
    assert asked["actions"][: len(hazards.ACTIONS)] == tuple(hazards.ACTIONS)
    assert found == {f"{name}_treated": 1.0, f"{name}_controls": 2.0, f"{name}_effective_controls": 1.6}
