"""Cumulative incidence from cause-specific models: R, identities, derivatives by differences, and loud refusals."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from clemency.models import absolute_risk, cox, incidence
from clemency.models.postestimation.absoluterisk import _Cause, _checked, _risks
from clemency.records.errors import UsageError

FOLDER = Path(__file__).resolve().parents[2] / "reference" / "causes"
EXPECTED = pd.read_csv(FOLDER / "expected.csv")
MGUS = pd.read_csv(FOLDER / "mgus.csv").assign(
    end=lambda d: pd.Categorical(d["end"], categories=["censored", "progression", "death"]),
    sex=lambda d: pd.Categorical(d["sex"], categories=["F", "M"]),
)
NEW = pd.DataFrame({"age": [60, 80], "sex": pd.Categorical(["F", "M"]), "mspike": [0.5, 2.0]})
TIMES = [12, 60, 120, 240]
ENDS = {"exit": "months", "event": "end"}


def both(progression="age + sex + mspike", death=None, data=MGUS, **options):
    formulas = {"progression": progression, "death": death or progression}
    return {k: cox(data, f, **ENDS | options, outcome=k) for k, f in formulas.items()}


@pytest.mark.parametrize(
    ("kind", "fits"),
    [
        ("months", lambda: both()),
        ("plain", lambda: both(exit="time")),
        ("different formulas", lambda: both("age + mspike", "age + sex", exit="time")),
        ("strata", lambda: both("age + mspike", strata="sex", exit="time")),
    ],
)
def test_equals_r(kind, fits):
    found = absolute_risk(fits(), NEW, TIMES)
    expected = EXPECTED[EXPECTED["kind"] == kind]
    joined = expected.merge(found, on=["row", "time", "outcome"], validate="one_to_one")
    assert len(joined) == len(expected) == len(found)
    np.testing.assert_allclose(joined["estimate"], joined["value"], rtol=1e-9)


def test_one_end_is_one_minus_its_survival():
    d = MGUS.assign(any=(MGUS["end"] != "censored").astype(int))
    fit = cox(d, "age + mspike", exit="months", event="any")
    found = absolute_risk({"any": fit}, NEW, TIMES).drop(columns="outcome")
    pd.testing.assert_frame_equal(found, fit.predict(NEW, TIMES, kind="incidence"), rtol=1e-9)


def test_ends_and_staying_add_up_and_near_the_curve_of_the_sample():
    fits = both("age")
    found = absolute_risk(fits, MGUS[["age"]], [120])
    total = found.groupby("row")["estimate"].sum()
    assert total.between(0, 1).all()
    staying = np.exp(-sum(f.predict(MGUS, 120, kind="cumulative_hazard")["estimate"] for f in fits.values()))
    np.testing.assert_allclose(total, 1 - staying, rtol=1e-9)
    mean = found.groupby("outcome")["estimate"].mean()
    assert set(mean.index) == {"progression", "death"}
    for outcome in mean.index:
        curve = incidence(MGUS, **ENDS, outcome=outcome).at(120)["estimate"].iloc[0]
        assert abs(mean[outcome] - curve) < 0.02


def test_errors_equal_the_delta_method_by_differences():
    """Each step of each baseline, and each coefficient, is moved by hand."""
    d = MGUS.iloc[:60].assign(months=lambda f: np.ceil(f["months"] / 12))
    fits = both("age + mspike", "age", data=d)
    at, ends = np.array([5.0, 12.0]), (np.array([-np.inf]), np.array([np.inf]))
    causes = [_Cause.of(fits[k], s, NEW.iloc[:1]) for k, s in _checked(fits).items()]
    rows = np.array([0])
    _, error = _risks(causes, rows, *ends, at)
    variance = np.zeros_like(error)
    for j, cause in enumerate(causes):
        D, p, h = len(cause.time), cause.Z.shape[1], 1e-6

        def moved(step, beta, cause=cause, j=j):
            steps = cause.base.steps + step - cause.base.means @ beta
            risk = cause.risk * np.exp(cause.Z @ beta)
            other = replace(cause, base=replace(cause.base, steps=steps), risk=risk)
            return _risks([other if k == j else c for k, c in enumerate(causes)], rows, *ends, at)[0]

        pull = np.array([(moved(h * e, np.zeros(p)) - moved(-h * e, np.zeros(p))) / (2 * h) for e in np.eye(D)])
        turn = np.array([(moved(0, h * e) - moved(0, -h * e)) / (2 * h) for e in np.eye(p)])
        variance += np.einsum("dkt,d->kt", pull**2, cause.base.noise)
        variance += np.einsum("pkt,pq,qkt->kt", turn, cause.covariance, turn)
    np.testing.assert_allclose(error**2, variance, rtol=1e-6)


def test_paths_change_the_hazard_when_the_covariate_does():
    fits = both("mspike")
    path = pd.DataFrame({"who": ["a", "a", "b"], "from": [0, 60, 0], "to": [60, 400, 400], "mspike": [0.5, 2.0, 0.5]})
    found = absolute_risk(fits, path, [60, 120], id="who", entry="from", exit="to")
    found = found.set_index(["who", "time", "outcome"])["estimate"].sort_index()
    np.testing.assert_allclose(found["a", 60], found["b", 60])
    assert found["a", 120, "progression"] > found["b", 120, "progression"]


def test_order_of_fits_does_not_matter():
    fits = both()
    one, other = absolute_risk(fits, NEW, TIMES), absolute_risk(dict(reversed(fits.items())), NEW, TIMES)
    keys = ["row", "time", "outcome"]
    pd.testing.assert_frame_equal(
        one.sort_values(keys, ignore_index=True), other.sort_values(keys, ignore_index=True), rtol=1e-12
    )


def test_refusals():
    fits = both("age")
    with pytest.raises(UsageError, match="no fit has the outcome 'death'"):
        absolute_risk({"progression": fits["progression"]}, NEW, 12)
    with pytest.raises(UsageError, match="is an outcome of both"):
        absolute_risk({"a": fits["death"], "b": fits["death"]}, NEW, 12)
    with pytest.raises(UsageError, match="other spells"):
        absolute_risk({**fits, "death": cox(MGUS.iloc[:400], "age", **ENDS, outcome="death")}, NEW, 12)
    with pytest.raises(UsageError, match="last end of follow-up"):
        absolute_risk(fits, NEW, 1000)
    with pytest.raises(UsageError, match="by name"):
        absolute_risk(list(fits.values()), NEW, 12)
    composite = {"any": cox(MGUS, "age", **ENDS, outcome=["progression", "death"])}
    assert absolute_risk(composite, NEW, 12)["outcome"].eq("any").all()


def test_a_kind_of_event_that_never_happened_needs_no_model():
    d = MGUS.assign(end=MGUS["end"].cat.add_categories("pardon"))
    pd.testing.assert_frame_equal(
        absolute_risk(both("age", data=d), NEW, TIMES), absolute_risk(both("age"), NEW, TIMES), rtol=1e-12
    )


def test_fits_with_other_weights_or_entries_and_empty_new_data_are_refused():
    d = MGUS.assign(w=np.arange(len(MGUS)) % 3 + 1, start=np.where(MGUS["months"] > 5, 1.0, 0.0))
    fits = both("age", data=d)
    for other in ({"weights": "w"}, {"entry": "start"}):
        with pytest.raises(UsageError, match="other spells or weights"):
            absolute_risk({**fits, "death": cox(d, "age", **ENDS, outcome="death", **other)}, NEW, 12)
    with pytest.raises(UsageError, match="no rows"):
        absolute_risk(fits, NEW.iloc[:0], 12)


def test_a_path_that_ends_early_or_has_a_gap_is_refused():
    """The curve stayed flat from there on, as if nothing could happen to anybody."""
    fits = both("mspike")
    path = pd.DataFrame({"who": ["a", "a", "b"], "from": [0, 60, 0], "to": [60, 110, 400], "mspike": [0.5, 2.0, 0.5]})
    columns = {"id": "who", "entry": "from", "exit": "to"}
    alone = fits["death"]
    for call in (
        lambda p, t: absolute_risk(fits, p, t, **columns),
        lambda p, t: alone.predict(p, t, "survival", **columns),
    ):
        assert len(call(path, 110))
        with pytest.raises(UsageError, match="path of 'a' ends at 110, before times=120"):
            call(path, [60, 120])
        with pytest.raises(UsageError, match="gap between 60 and 70"):
            call(path.assign(**{"from": [0, 70, 0]}), 60)
        shuffled = path.iloc[[2, 1, 0]].set_axis([7, 7, 7])
        a, b = (call(p, 100).sort_values(["who", "estimate"])["estimate"].to_numpy() for p in (path, shuffled))
        np.testing.assert_allclose(a, b, rtol=1e-12)
