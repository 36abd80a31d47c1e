"""Limits of shares on the scale of the share itself: by hand, exact misses, and identities between curves and fits."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import clemency as cl
from clemency.models.regression.limits import SCALES, share_limits
from clemency.records.errors import UsageError

ENDS = ["cut", "death", "cut", "censored", "cut", "cut", "death", "censored", "cut", "death", "cut", "censored"]
SPELLS = pd.DataFrame({"t": range(1, 13), "end": ENDS, "age": [30, 50, 41, 60, 35, 44, 52, 38, 47, 61, 33, 58]})
SPELLS["one"] = (SPELLS["end"] != "censored").astype(int)
TIMES = {"exit": "t", "event": "end"}


def by_hand(share: float, error: float, z: float = 1.959963984540054) -> list[float]:
    """Limits of log(-log p): its error is that of p divided by p times the logarithm of p."""
    centre, half = np.log(-np.log(share)), z * error / (share * -np.log(share))
    return [float(np.exp(-np.exp(centre + half))), float(np.exp(-np.exp(centre - half)))]


def test_an_incidence_is_transformed_itself():
    """2 of 12 by month 3, 1/12 of them a death: F = 2/12 with the error of a proportion, as nobody is censored yet."""
    row = cl.incidence(SPELLS, **TIMES, outcome="cut").at(3).iloc[0]
    share, error = 2 / 12, np.sqrt(2 / 12 * 10 / 12 / 12)
    assert row["estimate"] == pytest.approx(share)
    assert row["std_error"] == pytest.approx(error)
    assert row[["ci_low", "ci_high"]].tolist() == pytest.approx(by_hand(share, error))
    row = cl.incidence(SPELLS, **TIMES, outcome="cut", conf_type="cloglog").at(3).iloc[0]
    low, high = by_hand(1 - share, error)
    assert row[["ci_low", "ci_high"]].tolist() == pytest.approx([1 - high, 1 - low])


def test_misses_at_sixty_people_are_alike_on_both_sides():
    """Of 60 people with a chance of 0.1, whose number is binomial: none or one is too few for 0.1, twelve are too many.

    That is 1.2% (of one; none gives no limits) and 1.5%. On the scale of one minus the share no number is too few,
    eleven are too many (3.4%), and the limits are wider.
    """
    n, p = 60, 0.1
    k = np.arange(1, n)
    share, chance = k / n, stats.binom.pmf(k, n, p)
    found = {}
    for scale in ("log-log", "cloglog"):
        low, high = share_limits(share, np.sqrt(share * (1 - share) / n), scale, 1.959963984540054)
        assert ((p < low) == (k >= {"log-log": 12, "cloglog": 11}[scale])).all()
        found[scale] = [chance[p < low].sum(), chance[p > high].sum(), chance @ (high - low)]
    np.testing.assert_allclose(found["log-log"][:2], [stats.binom.sf(11, n, p), stats.binom.pmf(1, n, p)], rtol=1e-9)
    np.testing.assert_allclose(found["log-log"][:2], [0.0146, 0.0120], atol=5e-5)
    np.testing.assert_allclose(found["cloglog"][:2], [0.0342, 0], atol=5e-5)
    assert found["log-log"][2] < found["cloglog"][2]


@pytest.mark.parametrize("variance", ["greenwood", "robust"])
def test_one_kind_of_end_is_one_minus_the_survival_on_the_other_scale(variance):
    once = cl.survival(SPELLS, exit="t", event="one", variance=variance).tidy()
    curve = {s: cl.incidence(SPELLS, exit="t", event="one", variance=variance, conf_type=s).tidy() for s in SCALES}
    np.testing.assert_allclose(curve["cloglog"]["ci_low"], 1 - once["ci_high"], rtol=1e-12)
    np.testing.assert_allclose(curve["cloglog"]["ci_high"], 1 - once["ci_low"], rtol=1e-12)
    other = cl.survival(SPELLS, exit="t", event="one", variance=variance, conf_type="cloglog").tidy()
    np.testing.assert_allclose(curve["log-log"]["ci_low"], 1 - other["ci_high"], rtol=1e-12)
    assert (curve["log-log"]["ci_low"] - curve["cloglog"]["ci_low"]).abs().max() > 0.01


def test_predicted_incidences():
    new, at = {"age": [45]}, [3, 6]
    fit = cl.fine_gray(SPELLS, "age", **TIMES, outcome="cut")
    for kind, model in (("incidence", fit), ("incidence", cl.cox(SPELLS, "age", exit="t", event="one"))):
        found = model.predict(new, at, kind=kind)
        for row in found.itertuples():
            assert [row.ci_low, row.ci_high] == pytest.approx(by_hand(row.estimate, row.std_error))
        old = model.predict(new, at, kind=kind, transform="cloglog")
        for row in old.itertuples():
            low, high = by_hand(1 - row.estimate, row.std_error)
            assert [row.ci_low, row.ci_high] == pytest.approx([1 - high, 1 - low])
    model = cl.cox(SPELLS, "age", exit="t", event="one")
    stay = model.predict(new, at)
    np.testing.assert_allclose(old["ci_low"], 1 - stay["ci_high"], rtol=1e-12)
    for row in stay.itertuples():
        assert [row.ci_low, row.ci_high] == pytest.approx(by_hand(row.estimate, row.std_error))
    fits = {k: cl.cox(SPELLS, "age", **TIMES, outcome=k) for k in ("cut", "death")}
    for row in cl.absolute_risk(fits, new, at).itertuples():
        assert [row.ci_low, row.ci_high] == pytest.approx(by_hand(row.estimate, row.std_error))


def test_standardised_incidences():
    d = pd.concat([SPELLS, SPELLS.assign(t=SPELLS["t"] + 0.5)], ignore_index=True)
    d["sex"] = ["f", "m"] * 12
    fit = cl.fine_gray(d, "sex + age", **TIMES, outcome="cut")
    found = fit.standardise("sex", [4, 8], "incidence")
    old = fit.standardise("sex", [4, 8], "incidence", transform="cloglog")
    assert len(found) == len(old) == 4
    for row, other in zip(found.itertuples(), old.itertuples(), strict=True):
        assert [row.ci_low, row.ci_high] == pytest.approx(by_hand(row.estimate, row.std_error))
        low, high = by_hand(1 - row.estimate, row.std_error)
        assert [other.ci_low, other.ci_high] == pytest.approx([1 - high, 1 - low])


def test_predictions_at_the_ends_of_the_scale():
    """Before any event the incidence is 0 and so are its limits; where all is over they are 1."""
    d = SPELLS.assign(t=SPELLS["t"] + 5)
    found = cl.cox(d, "age", exit="t", event="one").predict({"age": [45]}, [1], kind="incidence")
    assert found[["estimate", "ci_low", "ci_high"]].to_numpy().tolist() == [[0, 0, 0]]
    for transform in SCALES:
        whole = cl.cox(SPELLS.assign(one=1), "age", exit="t", event="one")
        far = whole.predict({"age": [-500]}, [12], kind="incidence", transform=transform)
        assert far["estimate"].item() == pytest.approx(1)
        assert far["ci_high"].item() == pytest.approx(1)


def test_scales_that_are_none_are_refused():
    fit = cl.cox(SPELLS, "age", exit="t", event="one")
    for call in (
        lambda: cl.incidence(SPELLS, **TIMES, conf_type="logit"),
        lambda: fit.predict({"age": [45]}, 3, transform="logit"),
        lambda: cl.incidence(SPELLS, **TIMES).band(conf_type="logit"),
    ):
        with pytest.raises(UsageError, match="log-log, cloglog, log, plain"):
            call()
