"""Models without covariates: the baseline alone, under strata and offsets, against R and identities."""

import numpy as np
import pandas as pd
import pytest
from coxfits import EVENT_TIMES, FOLDER, FakeCohort, read

import clemency as cl
from clemency.models.hazard.cox import cox
from clemency.records.errors import DataError, UsageError

pytestmark = pytest.mark.usefixtures("sums")
TABLE = pd.read_csv(FOLDER.parent / "prediction" / "nulls.csv")
ROSSI = EVENT_TIMES["rossi"]
MIXED = {"exit": "exit", "event": "event", "entry": "entry"}
CALLS = {
    "rossi": ("rossi", ROSSI),
    "heart": ("heart", EVENT_TIMES["heart"]),
    "strata": ("mixed", MIXED | {"strata": "s", "weights": "w"}),
    "gbsg2": ("gbsg2", EVENT_TIMES["gbsg2"]),
    "offset": ("mixed", MIXED | {"offset": "o"}),
}
ALL = [f"{name}_{ties}" for name in CALLS for ties in ("efron", "breslow")]


def fitted(name):
    data, _, ties = name.partition("_")
    file, arguments = CALLS[data]
    return cox(read(file), "1", ties=ties, **arguments)


def of_r(name, quantity):
    found = TABLE[(TABLE["fit"] == name) & (TABLE["quantity"] == quantity)]["value"].to_numpy()
    assert len(found), (name, quantity)
    return found


@pytest.mark.parametrize("name", ALL)
def test_equals_r(name):
    fit = fitted(name)
    assert fit.glance()["loglik"].item() == pytest.approx(of_r(name, "loglik").item(), rel=1e-12)
    for kind in ("martingale", "deviance"):
        values = fit.residuals(kind)
        np.testing.assert_allclose(values[:20], of_r(name, kind), rtol=1e-9, atol=1e-11)
        assert (values**2).sum() == pytest.approx(of_r(name, f"{kind}_squares").item(), rel=1e-9)
    if not name.startswith("offset"):
        base = fit.baseline().head(60)
        np.testing.assert_allclose(base["cumulative_hazard"], of_r(name, "hazard"), rtol=1e-9)
        np.testing.assert_allclose(base["std_error"], of_r(name, "error"), rtol=1e-9)


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_predictions_equal_r(ties):
    whole, parts = fitted(f"rossi_{ties}"), fitted(f"gbsg2_{ties}")
    both = {"menostat": ["Post", "Pre"]}
    made = {"rossi": whole.predict({}, [10, 30, 50]), "gbsg2": parts.predict(both, [500, 1500])}
    for name, table in made.items():
        for column, quantity in (("estimate", "survival"), ("ci_low", "low"), ("ci_high", "high")):
            np.testing.assert_allclose(table[column], of_r(f"{name}_{ties}", quantity), rtol=1e-9)
    found = [*whole.quantile({}, [0.1, 0.25])["quantile"], *parts.quantile(both, [0.1, 0.25])["quantile"]]
    np.testing.assert_array_equal(found, [*of_r(f"rossi_{ties}", "quantile"), *of_r(f"gbsg2_{ties}", "quantile")])


def test_exact_ties_and_breslow_is_nelson_aalen():
    exact = cox(read("rossi"), "~ 1", ties="exact", **ROSSI)
    assert exact.glance()["loglik"].item() == pytest.approx(of_r("rossi_exact", "loglik").item(), rel=1e-12)
    base = fitted("heart_breslow").baseline()
    curve = cl.nelson_aalen(read("heart"), **EVENT_TIMES["heart"]).tidy()
    np.testing.assert_allclose(base["cumulative_hazard"], curve["estimate"], rtol=1e-12)


def test_an_offset_of_one_size_changes_nothing_but_the_scale():
    """The baseline is that of an offset of zero; a constant offset of log 2 halves it."""
    d = read("heart").assign(o=np.log(2.0))
    plain, shifted = (cox(d, "1", offset=o, **EVENT_TIMES["heart"]) for o in (None, "o"))
    np.testing.assert_allclose(
        2 * shifted.baseline()["cumulative_hazard"], plain.baseline()["cumulative_hazard"], rtol=1e-12
    )
    assert shifted.glance()["loglik"].item() == pytest.approx(plain.glance()["loglik"].item(), rel=1e-12)


def test_a_likelihood_at_zero_coefficients_is_that_of_the_null_model():
    fit = cox(read("gbsg2"), "horTh + age", **EVENT_TIMES["gbsg2"])
    null = cox(read("gbsg2"), "1", **EVENT_TIMES["gbsg2"]).glance().iloc[0]
    assert fit.glance()["loglik_null"].item() == pytest.approx(null["loglik"], rel=1e-12)
    assert (null["df"], null["aic"]) == (0, pytest.approx(-2 * null["loglik"], rel=1e-12))


def test_transitions_without_covariates():
    d = pd.read_csv(FOLDER.parent / "states" / "mgus2.csv")
    named = {"id": "id", "entry": "tstart", "exit": "tstop", "event": "into"}
    for ties in ("efron", "breslow"):
        fit = cl.transition_cox(d, "1", ties=ties, **named)
        assert fit.glance()["loglik"].item() == pytest.approx(of_r(f"states_{ties}", "loglik").item(), rel=1e-12)
        chances = fit.predict({}, [60, 120, 240])
        for time, part in chances.groupby("time"):
            mine = part.set_index(part["state"].astype(str))["estimate"]
            wanted = of_r(f"states_{ties} {time:g}", "chances")
            np.testing.assert_allclose(mine[["start", "death", "pcm"]], wanted, rtol=1e-9)
    assert fit.tidy().empty
    some = cl.transition_cox(d, {"* -> death": "age", "* -> pcm": "1"}, **named)
    assert set(some.tidy()["term"]) == {"age"}
    for call in (fit.check, fit.plot):
        with pytest.raises(UsageError, match="without covariates has no hazard ratio"):
            call()
    with pytest.raises(UsageError, match='"1" for baselines alone'):
        cl.transition_cox(d, **named)


def test_errors_of_one_transition_are_those_of_its_hazard():
    """With one state to leave, the chance of being there is exp(-H), and its error that of H by the same clusters."""
    d = read("heart")
    named = {"exit": "stop", "event": "event", "entry": "start"}
    fit = cl.transition_cox(
        d.assign(event=np.where(d["event"] == 1, "death", "censored")), "1", id="id", ties="breslow", **named
    )
    found = fit.predict({}, [50, 300]).query("state == 'start'").reset_index()
    hazard = cl.nelson_aalen(d, cluster="id", variance="robust", **named).at([50, 300])
    np.testing.assert_allclose(found["estimate"], np.exp(-hazard["estimate"]), rtol=1e-12)
    np.testing.assert_allclose(found["std_error"], found["estimate"] * hazard["std_error"], rtol=1e-9)


def test_an_offset_beyond_what_numbers_hold():
    d = read("rossi").assign(o=np.where(np.arange(432) == 0, 0.0, -5000.0))
    with pytest.raises(DataError, match="differs by up to 5000"):
        cox(d, "1", offset="o", **ROSSI)


def test_what_is_shown_and_what_is_refused():
    fit = cox(read("rossi"), "1", **ROSSI)
    assert fit.tidy().empty
    assert fit.support.empty
    assert fit.warnings.empty
    assert fit.tests["statistic"].isna().all()
    for shown in (repr(fit), fit._repr_html_()):
        assert "No covariates" in shown
        assert "standard errors" not in shown
    assert fit.concordance().estimate == 0.5
    absolute = cl.absolute_risk({"arrest": fit}, {}, 20)["estimate"].item()
    assert absolute == pytest.approx(1 - fit.predict({}, 20)["estimate"].item(), rel=1e-12)
    for call, said in (
        (fit.check, "no hazard ratio whose constancy"),
        (fit.plot, "no hazard ratio to draw"),
        (lambda: fit.residuals("dfbeta"), "not defined for a model without"),
        (lambda: fit.predict({}, kind="linear"), "has no linear"),
        (lambda: fit.with_variance(robust=True), "no coefficients"),
        (lambda: fit.standardise("fin", 10), "there are: none"),
        (lambda: cl.power(fit), "power takes a fit of ratios"),
        (lambda: cl.pool([fit, fit]), "nothing to pool"),
        (lambda: cox(read("rossi"), "1", penalty="firth", **ROSSI), "nothing to penalise"),
        (lambda: cox(read("rossi"), "1", cluster="prio", **ROSSI), "cl.nelson_aalen"),
        (lambda: cox(read("rossi"), "1", robust=True, **ROSSI), "cl.nelson_aalen"),
        (lambda: cox(read("rossi"), "0", **ROSSI), "has no term"),
    ):
        with pytest.raises(UsageError, match=said):
            call()


def test_a_cohort_whose_people_have_several_spells():
    spells = read("heart").rename(columns={"start": "entry", "stop": "exit", "id": "person_id"})
    fit = cox(FakeCohort(spells), "1")
    assert fit.variance == "model"
    assert fit.glance()["loglik"].item() == pytest.approx(of_r("heart_efron", "loglik").item(), rel=1e-12)
