"""A short run of the study of follow-up: the artefact is there under the old rule and not under the new one."""

import numpy as np

from benchmarks.followup import RATE, ratios, sample, study


def test_documented_follow_up_makes_a_ratio_where_there_is_none():
    found = study(samples=4, people=1000, seed=1).set_index("rule")
    # Four ratios with an error of some 0.12 each around the truth of 1, and 2.4 in the committed run.
    assert abs(np.log(found.loc["register", "ratio"])) < 0.2
    assert found.loc["documented", "ratio"] > 1.8
    assert found.loc["documented", "found"] == 1.0
    assert abs(found.loc["register", "rate"] / (1000 * RATE) - 1) < 0.15
    assert found.loc["documented", "rate"] > 2 * 1000 * RATE


def test_the_same_seed_gives_the_same_sample():
    one, other = (sample(np.random.default_rng(3), 200) for _ in range(2))
    assert one[0].equals(other[0])
    assert one[1].equals(other[1])
    assert [r["log"] for r in ratios(*one)] == [r["log"] for r in ratios(*other)]
