"""Cells of tables against the estimates that they are of."""

import numpy as np
import pandas as pd
import pytest

import clemency as cl
from clemency.records.presentation.wording import limits, ratio


@pytest.fixture(scope="module")
def two(crude, adjusted):
    return cl.table({"crude": crude, "adjusted": adjusted}, show=["limits", "p", "events"])


def cell(estimate, term, level):
    row = estimate.tidy(exponentiate=True).set_index(["term", "level"]).loc[(term, level)]
    return f"{ratio(row['estimate'])} ({limits(row['ci_low'], row['ci_high'])})", f"{row['p_value']:.3f}"


def test_each_cell_is_that_of_the_estimate(two, crude, adjusted):
    for name, fit in (("crude", crude), ("adjusted", adjusted)):
        shown = two.frame[name]
        for level in ("public_order", "speech"):
            row = shown.loc[f"charge family: {level.replace('_', ' ')}"]
            said, p = cell(fit, "charge_family", level)
            n = int(fit.support.set_index("level").loc[level, "n_event"])
            assert row.tolist() == [said, p, str(n)]
    assert two.frame.loc["age", "crude"].tolist() == ["", "", ""]


def test_the_reference_has_a_row_before_its_levels(two, crude):
    labels = two.frame.index.tolist()
    assert labels[0] == "charge family: cult"
    n = int(crude.support.set_index("level").loc["cult", "n_event"])
    assert two.frame.loc[labels[0], "crude"].tolist() == ["reference", "", str(n)]
    assert any("reference" in note for note in two.notes)


def test_a_row_with_few_events_is_marked_and_explained(two, crude):
    assert crude.support.set_index("level").loc["other", "n_event"] < 5
    marked = [i for i, v in two.frame[("crude", "hazard ratio (95% limits)")].items() if "†" in v]
    assert marked == ["charge family: other"]
    assert any(note.startswith("†") for note in two.notes)


def test_statistics_stand_below(two, adjusted):
    below = two.frame["adjusted"].iloc[two.body :, 0]
    assert below["Observations"] == "120"
    assert below["Standard errors"] == "cluster: site"
    assert below["Strata"] == "sex"
    assert below["Log-likelihood"] == f"{adjusted.glance()['loglik'][0]:,.1f}"


def test_models_of_different_kinds_say_what_their_numbers_are(spells_of_groups, crude):
    other = np.where(spells_of_groups.index % 2, "release", "censored")
    ends = spells_of_groups.assign(end=np.where(spells_of_groups["cut"] == 1, "cut", other))
    gray = cl.fine_gray(ends, "age", exit="t", event="end", outcome="cut")
    time = cl.parametric(spells_of_groups, "age", exit="t", event="cut")
    made = cl.table([crude, gray, time])
    measures = [inside for _, inside in made.frame.columns if inside != "events"]
    kinds = ("hazard ratio", "subdistribution hazard ratio", "time ratio")
    assert measures == [f"{kind} (95% limits)" for kind in kinds]
    assert any("not shown" in note for note in made.notes)


def test_logarithms_and_errors_are_shown_if_asked(crude):
    made = cl.table(crude, exponentiate=False, show=["error"], digits=3).frame
    row = crude.tidy().set_index("level").loc["speech"]
    assert list(made.columns) == [("(1) cut", "log hazard ratio")]
    assert made.loc["charge family: speech"].tolist() == [f"{row['estimate']:.3f} (SE {row['std_error']:.3f})"]


def test_labels_and_terms_are_chosen(adjusted):
    made = cl.table(adjusted, keep=["age"], labels={"age": "Age in years"}).frame
    assert made.index[0] == "Age in years"
    assert not any("charge" in label for label in made.index)


def test_curves_at_times_are_a_table(spells_of_groups):
    curves = cl.survival(spells_of_groups, by="sex", exit="t", event="cut")
    made = cl.table(curves, times=[6, 12])
    at = curves.at([6, 12])
    assert made.frame["at risk"].tolist() == [f"{int(n)}" for n in at["at_risk"]]
    first = at.iloc[0]
    said = f"{first['estimate']:.2f} ({first['ci_low']:.2f} to {first['ci_high']:.2f})"
    assert made.frame["estimate (95% limits)"].iloc[0] == said


def test_a_test_is_a_table(spells_of_groups):
    test = cl.logrank(spells_of_groups, by="sex", exit="t", event="cut")
    made = cl.table(test).frame
    assert made["p"].tolist() == [f"{test.p_value:.3f}"]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"results": []}, "no results"),
        ({"keep": ["sex"]}, "'sex', which no model has"),
        ({"headings": ["one"]}, "headings= has 1 for 2 results"),
        ({"headings": ["a", "a"]}, "one twice"),
        ({"times": 3}, "times= is for curves"),
        ({"show": ["stars"]}, "show= takes"),
    ],
)
def test_what_makes_no_table_is_refused(crude, adjusted, asked, message):
    with pytest.raises(cl.UsageError, match=message):
        cl.table(**{"results": [crude, adjusted], **asked})


def test_curves_beside_a_model_are_refused(spells_of_groups, crude):
    curves = cl.survival(spells_of_groups, exit="t", event="cut")
    with pytest.raises(cl.UsageError, match="no coefficients to set side by side"):
        cl.table([crude, curves])
    with pytest.raises(cl.UsageError, match="not int"):
        cl.table(3)
    assert cl.table(pd.DataFrame({"sex": ["F"], "n": [3.0]})).frame["n"].tolist() == ["3"]
