"""Weights for cases found through an act: hand-worked shares, identities, a known ratio, and refusals."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import clemency as cl
from clemency.models import cox, sampling_weights
from clemency.records.errors import DataError, UsageError

ONE = {"register": [200], "register_acts": [20], "act_frame": [40], "both": [10]}
TWO = pd.DataFrame(
    {"place": ["east", "west"], "register": [100, 60], "register_acts": [30, 6], "act_frame": [40, 24], "both": [20, 3]}
)


def test_by_hand():
    """East: 20 of 40 known too, 20 of 30 published; west: an eighth and a half."""
    found = sampling_weights(TWO, strata="place").tidy().set_index("place")
    assert found["register_share"].tolist() == [1 / 2, 1 / 8]
    assert found["act_share"].tolist() == [2 / 3, 1 / 2]
    assert found["acts"].tolist() == [50, 27]
    # With an act on record: 1/2 + 2/3 - 1/3 = 5/6, and 1/8 + 1/2 - 1/16 = 9/16.
    assert found["weight_act"].tolist() == pytest.approx([6 / 5, 16 / 9])
    assert found["weight_other"].tolist() == pytest.approx([2, 8])
    # 70 without an act for two each and 50 with one; 54 for eight each and 27 with one.
    assert found["cases"].tolist() == pytest.approx([70 * 2 + 60, 54 * 8 + 48])


def test_cases_with_an_act_are_those_of_lincoln_and_petersen():
    table = sampling_weights(ONE).tidy().iloc[0]
    assert table["acts"] * table["weight_act"] == pytest.approx(20 * 40 / 10)


@pytest.mark.parametrize("complete", [False, True])
def test_the_weighted_share_with_an_act_is_that_of_the_register(complete):
    counts = TWO.assign(both=TWO["register_acts"]) if complete else TWO
    table = sampling_weights(counts, strata="place", complete=complete).tidy()
    share = table["acts"] * table["weight_act"] / table["cases"]
    np.testing.assert_allclose(share, TWO["register_acts"] / TWO["register"], rtol=1e-12)
    np.testing.assert_allclose(table["cases"], table["register"] / table["register_share"], rtol=1e-12)


def test_where_every_act_is_published_it_is_a_case_cohort_study():
    """Of 60 with an act 20 are in the register, a third: others weigh 3, cases with an act 1."""
    counts = {"register": [200], "register_acts": [20], "act_frame": [60], "both": [20]}
    table = sampling_weights(counts, complete=True).tidy().iloc[0]
    assert table[["register_share", "act_share", "weight_act", "weight_other"]].tolist() == [1 / 3, 1, 1, 3]
    assert table["cases"] == 60 + 180 * 3


def test_limits_of_the_share_are_exact():
    table = sampling_weights(TWO, strata="place", ci_level=0.9).tidy()
    by_scipy = [stats.binomtest(m, n).proportion_ci(0.9, "exact") for m, n in ((20, 40), (3, 24))]
    np.testing.assert_allclose(table[["ci_low", "ci_high"]], [[c.low, c.high] for c in by_scipy], rtol=1e-10)
    whole = sampling_weights({**ONE, "both": [20], "act_frame": [20]}).tidy()
    assert whole["ci_high"][0] == 1
    assert whole["ci_low"][0] == pytest.approx(0.025 ** (1 / 20))


DATA = pd.DataFrame(
    {
        "case_id": ["a", "a", "b", "c", "d"],
        "place": ["east", "east", "west", "west", None],
        "act": [0, 1, 0, 1, 1],
    }
)


def test_each_row_has_the_weight_of_its_case():
    found = sampling_weights(TWO, strata=["place"])
    values = found.weights(DATA.set_axis([5, 6, 7, 8, 9]), act="act")
    assert values.index.tolist() == [5, 6, 7, 8, 9]
    np.testing.assert_allclose(values, [6 / 5, 6 / 5, 8, 16 / 9, np.nan], rtol=1e-12)
    rows = found.weights(DATA.drop(columns="case_id"), act="act")
    np.testing.assert_allclose(rows, [2, 6 / 5, 8, 16 / 9, np.nan], rtol=1e-12)
    unknown = found.weights(DATA.assign(act=[None, 1, None, 1, 1]), act="act")
    np.testing.assert_allclose(unknown, [6 / 5, 6 / 5, np.nan, 16 / 9, np.nan], rtol=1e-12)


@pytest.mark.parametrize("kind", ["boolean", "Int8", "string", "category"])
def test_storages_do_not_matter(kind):
    found = sampling_weights(TWO.astype({"place": "category", "both": "string"}), strata="place")
    d = DATA.assign(act=DATA["act"].astype(kind), place=DATA["place"].astype("string"))
    np.testing.assert_allclose(found.weights(d, act="act"), [6 / 5, 6 / 5, 8, 16 / 9, np.nan], rtol=1e-12)
    years = TWO.assign(place=[1999, 2000])
    d = DATA.assign(place=[1999.0, 1999.0, 2000.0, 2000.0, np.nan])
    made = sampling_weights(years, strata="place").weights(d, act="act")
    np.testing.assert_allclose(made, [6 / 5, 6 / 5, 8, 16 / 9, np.nan], rtol=1e-12)


def population(rng, n):
    """Two groups with one rate of acts; the register has 3 in 10, publications half of the acts of one group only."""
    group = np.arange(n) % 2
    act = rng.exponential(50, n)
    end = rng.uniform(10, 60, n)
    d = pd.DataFrame({"case_id": np.arange(n), "group": group, "exit": np.minimum(act, end), "act": (act <= end) * 1})
    register = rng.random(n) < 0.3
    published = (d["act"] == 1) & (rng.random(n) < np.where(group == 1, 0.5, 0.05))
    return d.assign(register=register, published=published)


def test_a_known_ratio_is_found_where_cases_put_together_miss_it():
    d = population(np.random.default_rng(4), 20000)
    on_record = d[d["register"] | d["published"]]
    counted = on_record.groupby("group").apply(
        lambda g: pd.Series(
            {
                "register": g["register"].sum(),
                "register_acts": (g["register"] & (g["act"] == 1)).sum(),
                "act_frame": g["published"].sum(),
                "both": (g["register"] & g["published"]).sum(),
            }
        ),
        include_groups=False,
    )
    found = sampling_weights(counted.reset_index(), strata="group")
    weighted = on_record.assign(weight=found.weights(on_record, act="act"))
    named = {"exit": "exit", "event": "act"}
    naive = cox(on_record, "group", **named).tidy().iloc[0]
    alone = cox(d[d["register"]], "group", **named).tidy().iloc[0]
    fit = cox(weighted, "group", weights="weight", cluster="case_id", **named).tidy().iloc[0]
    assert naive["ci_low"] > 0.3
    assert abs(fit["estimate"]) < 2 * fit["std_error"]
    assert fit["std_error"] < alone["std_error"]
    assert found.glance()["cases"][0] == pytest.approx(20000, rel=0.1)


def test_what_the_weights_rest_on_is_said():
    found = sampling_weights(TWO, strata="place")
    text = repr(found)
    assert "77 cases with an act on record, 36 of them in the register; of 64 found through the act" in text
    assert "the register has 23." in text
    assert "depends neither on its act nor on whether publications" in text
    assert "west: only 3 cases are in both, the register's share lies anywhere from 0.027 to 0.32" in text
    assert found.warnings["stratum"].tolist() == ["west"]
    assert "<table" in found._repr_html_()
    assert found.facts["n_strata"] == 2
    assert cl.sampling_weights is sampling_weights


@pytest.mark.parametrize(
    ("counts", "options", "error", "message"),
    [
        (TWO, {}, UsageError, "2 rows: name the columns"),
        (TWO, {"strata": "region"}, UsageError, "region"),
        (TWO.rename(columns={"place": "acts"}), {"strata": "acts"}, UsageError, "column of the result"),
        (TWO, {"strata": "place", "both": "overlap"}, UsageError, "overlap"),
        (TWO.assign(place="east"), {"strata": "place"}, DataError, "row 1, place, 'east': a stratum is there twice"),
        (TWO.assign(place=["east", None]), {"strata": "place"}, DataError, "row 1, place: a stratum without a name"),
        (TWO.iloc[:0], {"strata": "place"}, DataError, "no stratum"),
        (TWO.assign(both=[20, 0]), {"strata": "place"}, DataError, "row 1, both, '0': no case .* Merge the stratum"),
        (TWO.assign(both=[35, 3]), {"strata": "place"}, DataError, "row 0, both, '35': more than 'register_acts'"),
        (TWO.assign(act_frame=[40, 2]), {"strata": "place"}, DataError, "more than 'act_frame'"),
        (TWO.assign(register=[100, 5]), {"strata": "place"}, DataError, "more than 'register'"),
        (TWO.assign(both=[2.5, 3]), {"strata": "place"}, DataError, "whole number"),
        (TWO.assign(both=[np.nan, 3]), {"strata": "place"}, DataError, "row 0, both: no count"),
        (TWO, {"strata": "place", "complete": True}, DataError, "complete=True publications have every act"),
        (TWO, {"strata": "place", "ci_level": 2.0}, UsageError, "ci_level"),
    ],
)
def test_refusals(counts, options, error, message):
    with pytest.raises(error, match=message):
        sampling_weights(counts, **options)


@pytest.mark.parametrize(
    ("data", "act", "error", "message"),
    [
        (DATA.drop(columns="place"), "act", UsageError, "place"),
        (DATA, "cut", UsageError, "cut"),
        (DATA.assign(act=2), "act", DataError, "row 0, act, '2': neither yes nor no"),
        (DATA.assign(place="north"), "act", DataError, r"'north': no counts .* \(5 rows\)"),
        (DATA.assign(place=["east", "west", "west", "west", None]), "act", DataError, "'a': the case is in two strata"),
    ],
)
def test_data_that_the_counts_do_not_fit_are_refused(data, act, error, message):
    with pytest.raises(error, match=message):
        sampling_weights(TWO, strata="place").weights(data, act=act)
