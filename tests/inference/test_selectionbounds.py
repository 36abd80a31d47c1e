"""Selection that would explain a ratio away: by hand, formulas worked for an example, and random populations."""

import math

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

import clemency as cl
from clemency import figures
from clemency.inference import selection_bounds
from clemency.inference.selectionbounds import bias_factor, documentation_factor
from clemency.records.errors import UsageError

mpl.use("Agg")


def test_the_example_of_smith_and_vanderweele():
    """Zika: 73.1 (13.0 at least) for all; obesity: 1.50 (1.22) for those selected, whose ratios are the E-value."""
    zika = selection_bounds(73.1, 13.0, 411.0, kind="risk_ratio").tidy()
    assert zika["four_strengths"].round(2).tolist() == [16.58, 6.67]
    obesity = selection_bounds(1.50, 1.22, 1.84, kind="risk_ratio").tidy()
    assert obesity["two_strengths"].round(2).tolist() == [2.37, 1.74]


def test_bounds_by_hand():
    """Ratios of 3 and 2 in the group make 6 / 4, of 2 and 2 in the reference 4 / 3: a factor of 2 together."""
    assert bias_factor(3.0, 2.0) == 1.5
    found = selection_bounds(4.0, 3.0, 5.0, kind="rate_ratio").bounded(3.0, 2.0, 2.0, 2.0)
    assert found["bias_factor"].tolist() == pytest.approx([2, 2])
    assert found["bound"].tolist() == pytest.approx([2, 1.5])
    below = selection_bounds(0.25, 0.2, 0.5, kind="rate_ratio").bounded(3.0, 2.0, 2.0, 2.0)
    assert below["bound"].tolist() == pytest.approx([0.5, 1.0])


@pytest.mark.parametrize("ratio", [0.02, 0.3, 1.01, 2.0, 40.0])
def test_the_strengths_needed_are_those_whose_bound_is_one(ratio):
    made = selection_bounds(ratio, kind="risk_ratio")
    four, two = made.tidy()[["four_strengths", "two_strengths"]].iloc[0]
    assert made.bounded(four, four, four, four)["bound"][0] == pytest.approx(1, rel=1e-12)
    assert made.bounded(two, two)["bound"][0] == pytest.approx(1, rel=1e-12)
    assert four < two


@pytest.mark.parametrize("seed", range(20))
def test_no_selection_goes_beyond_the_bound(seed):
    """A factor of three levels, whose shares on record and whose risks differ by group, all drawn at random."""
    rng = np.random.default_rng(seed)
    risk = rng.uniform(0.02, 0.9, (2, 3))  # of the act, by group and level
    on, off = rng.dirichlet([1, 1, 1], 2), rng.dirichlet([1, 1, 1], 2)  # shares of levels on record and not
    covered = rng.uniform(0.1, 0.9, 2)[:, None]
    recorded = (risk * on).sum(axis=1)
    true = (risk * (covered * on + (1 - covered) * off)).sum(axis=1)
    if recorded[1] < recorded[0]:  # the group is the one that looks worse
        risk, on, off, recorded, true = (v[::-1] for v in (risk, on, off, recorded, true))
    spread = risk.max(axis=1) / risk.min(axis=1)
    found = selection_bounds(recorded[1] / recorded[0], kind="risk_ratio").bounded(
        spread[1], (on[1] / off[1]).max(), spread[0], (off[0] / on[0]).max()
    )
    assert true[1] / true[0] >= found["bound"][0] * (1 - 1e-12)


def test_dependence_on_the_act_by_hand():
    """In truth 40 and 20 acts in 1,000 years each, 200 and 100 years of which belong to those with an act.

    Of the group's cases with an act 60 percent are on record, of its others 20; of the reference's 40 and 20. Recorded:
    24 acts in 120 + 160 years, 8 in 40 + 180.
    """
    rates = 24 / 280, 8 / 220
    shares = (120 / 280, 40 / 220)
    made = selection_bounds(rates[0] / rates[1], kind="rate_ratio", act_share=shares)
    assert made.at(group=3.0, reference=2.0)["estimate"][0] == pytest.approx(2.0, rel=1e-12)
    assert rates[0] * documentation_factor(3.0, shares[0]) == pytest.approx(0.04, rel=1e-12)
    needed = made.tidy().iloc[0]
    for column, place in (("group_alone", (needed["group_alone"], 1.0)), ("reference_alone", (1.0, needed.iloc[4]))):
        assert needed[column] > 0
        assert made.at(*place)["estimate"][0] == pytest.approx(1, rel=1e-12)


def test_a_rare_act_has_the_odds_ratio_of_selection():
    """Chances on record of 0.6 and 0.2 in the group, 0.3 and 0.2 in the reference: 3 times and 1.5 times as often."""
    for kind in ("rate_ratio", "odds_ratio", "hazard_ratio"):
        made = selection_bounds(3.0, 1.5, 6.0, kind=kind)
        row = made.at(0.6 / 0.2, 0.3 / 0.2).iloc[0]
        assert row[["estimate", "ci_low", "ci_high"]].tolist() == pytest.approx([1.5, 0.75, 3])
        assert row["reading"] == "limits include 1"
        assert made.tidy()["group_alone"].tolist() == [3, 1.5]
        assert made.tidy()["reference_alone"].tolist() == pytest.approx([1 / 3, 1 / 1.5])


def test_odds_in_a_population_put_on_record():
    """Counts of 2,000 in either group; selection by act and group; the odds ratio comes back."""
    cases, record = np.array([[100, 1900], [80, 1920]]), np.array([[0.5, 0.1], [0.2, 0.1]])
    seen = cases * record
    made = selection_bounds(seen[0, 0] * seen[1, 1] / (seen[0, 1] * seen[1, 0]), kind="odds_ratio")
    true = 100 * 1920 / (1900 * 80)
    assert made.at(5.0, 2.0)["estimate"][0] == pytest.approx(true, rel=1e-12)


def test_what_no_dependence_can_do_is_left_empty():
    """Where half of the group's time is of cases with an act, hiding acts at most doubles its rate."""
    found = selection_bounds(0.4, kind="rate_ratio", act_share=(0.5, 0.0)).tidy().iloc[0]
    assert math.isnan(found["group_alone"])
    assert found["reference_alone"] == 2.5


def test_the_region_and_its_readings():
    made = selection_bounds(2.0, 1.25, 3.2, reach=4.0)
    region = made.region
    assert len(region) == 41 * 41
    assert region["group"].min() == pytest.approx(0.25)
    centre = region[(region["group"] == 1) & (region["reference"] == 1)].iloc[0]
    assert (centre["estimate"], centre["reading"]) == (2.0, "same side of 1")
    apart = region["group"] / region["reference"]
    off = (np.abs(np.log(apart / 2)) > 1e-9) & (np.abs(np.log(apart / 1.25)) > 1e-9)
    want = np.where(apart > 2, "at 1 or beyond", np.where(apart > 1.25, "limits include 1", "same side of 1"))
    assert (region["reading"] == want)[off].all()
    assert set(want) == {"at 1 or beyond", "limits include 1", "same side of 1"}
    assert made.at(2.0)["reading"][0] == "at 1 or beyond"
    below = selection_bounds(0.5, 0.3, 0.9)
    assert [below.at(1.0, k)["reading"][0] for k in (1.0, 1.5, 2.0)] == [
        "same side of 1", "limits include 1", "at 1 or beyond",
    ]  # fmt: skip
    assert below.region["group"].max() == pytest.approx(3)


def test_limits_on_both_sides_need_nothing():
    made = selection_bounds(1.5, 0.8, 2.9)
    assert made.tidy().iloc[1][["ratio", "group_alone", "four_strengths", "two_strengths"]].tolist() == [1, 1, 1, 1]
    assert "The limits include 1 as they are." in repr(made)


def test_hazards_of_common_acts_are_turned_into_risks():
    found = selection_bounds(2.0, rare=False).tidy().iloc[0]
    assert found["risk_ratio"] == pytest.approx(cl.e_value(2.0, rare=False)["risk_ratio"][0])
    assert found["two_strengths"] == pytest.approx(cl.e_value(2.0, rare=False)["e_value"][0])
    assert found["group_alone"] == 2


def test_words_table_and_figure():
    made = cl.selection_bounds(2.0, 1.25, 3.2)
    text = repr(made)
    assert text.startswith("Hazard ratio 2 (1.25 to 3.2).")
    assert "on record 2 times as often as others in the group alone, or 0.5 times as often" in text
    assert "<table" in made._repr_html_()
    assert made.glance()["kind"][0] == "hazard_ratio"
    ax = made.plot()
    pd.testing.assert_frame_equal(figures.drawn(ax).frame, made.region)
    assert figures.drawn(ax).alt.startswith("Ratio 2.00 if being on record does not depend on the act.")
    assert [t.get_text() for t in ax.figure.legends[0].get_texts()] == [
        "same side of 1", "limits include 1", "at 1 or beyond",
    ]  # fmt: skip
    # The line on which the ratio is 1: twice as often in the group as in the reference.
    line = np.concatenate([p.vertices for p in ax.collections[1].get_paths()])
    np.testing.assert_allclose(line[:, 0] / line[:, 1], 2, rtol=0.01)
    _, other = mpl.pyplot.subplots()
    assert made.plot(ax=other) is other
    without = selection_bounds(3.0).plot()
    assert len(without.figure.legends[0].get_texts()) == 2
    mpl.pyplot.close("all")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"kind": "difference"}, "kind"),
        ({"kind": "rate_ratio", "rare": False}, "no effect"),
        ({"kind": "odds_ratio", "act_share": (0.1, 0.0)}, "no effect on an odds ratio"),
        ({"act_share": (0.1, 1.0)}, "two shares"),
        ({"act_share": (-0.1, 0.2)}, "two shares"),
        ({"reach": 1.0}, "reach"),
        ({"ci_low": 1.0}, "both limits"),
        ({"ci_low": 3.0, "ci_high": 4.0}, "surround"),
        ({"estimate": 0.0}, "positive"),
        ({"estimate": math.inf}, "positive and finite"),
        ({"estimate": 1.0}, "nothing to explain away"),
        ({"estimate": "two"}, "estimate= takes a number"),
    ],
)
def test_refusals(arguments, message):
    with pytest.raises(UsageError, match=message):
        selection_bounds(**{"estimate": 2.0} | arguments)


def test_dependences_that_are_none_are_refused():
    made = selection_bounds(2.0)
    with pytest.raises(UsageError, match="reference= must be positive"):
        made.at(1.0, 0.0)
    with pytest.raises(UsageError, match="records_group= is a ratio of the larger to the smaller"):
        made.bounded(2.0, 0.5)
