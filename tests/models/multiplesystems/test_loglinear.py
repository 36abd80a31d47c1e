"""Log-linear models of lists against R's glm, published estimates, and what is done about pairs that share nobody."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from listcounts import COUNTS, FOLDER, cells, chosen

from clemency.models.multiplesystems.cells import Cells, histories, in_pairs
from clemency.models.multiplesystems.coverage import sample_coverage
from clemency.models.multiplesystems.latentclass import fit_classes
from clemency.models.multiplesystems.limits import profile_limits
from clemency.models.multiplesystems.loglinear import all_models, averaged, exists, fit_models, stepwise

MODELS = pd.read_csv(FOLDER / "models.csv", keep_default_na=False)
SETS = list(dict.fromkeys(COUNTS["set"]))


def counted(histories_, lists):
    """Cells of counts by history, such as {"110": 6}."""
    shape = histories(len(lists)).astype(int)
    return Cells(np.array([float(histories_.get("".join(map(str, r)), 0)) for r in shape]), tuple(lists))


def test_histories_stand_in_the_order_of_the_reference():
    for name in SETS:
        rows = COUNTS.loc[COUNTS["set"] == name, "history"]
        assert ["".join(map(str, r)) for r in cells(name).shape.astype(int)] == rows.tolist()


@pytest.mark.parametrize("name", SETS)
def test_every_model_is_that_of_glm(name):
    data, rows = cells(name), MODELS[MODELS["set"] == name]
    fits = fit_models(data, np.array([chosen(data.k, t) for t in rows["interactions"]]))
    assert all(not p for p in fits.problem)
    assert len(rows) == (len(all_models(data.k)) if data.k < 5 else 4)
    np.testing.assert_allclose(data.known + fits.unseen, rows["estimate"].astype(float), rtol=1e-8)
    np.testing.assert_allclose(fits.std_error, rows["std_error"].astype(float), rtol=1e-7)
    np.testing.assert_allclose(fits.deviance, rows["deviance"].astype(float), atol=1e-8)
    np.testing.assert_array_equal(fits.df, rows["df"].astype(float))
    np.testing.assert_array_equal(fits.parameters, rows["parameters"].astype(float))
    for criterion in ("AIC", "BIC"):
        expected = rows[criterion.lower()].astype(float)
        np.testing.assert_allclose(fits.criterion(criterion, data.known), expected, rtol=1e-10)


def test_statsmodels_agrees():
    data = cells("diabetes")
    x = np.column_stack([np.ones(15), data.shape, in_pairs(4)[:, [1, 4, 5]]]).astype(float)
    fit = sm.GLM(data.n, x, family=sm.families.Poisson()).fit(tol=1e-12)
    ours = fit_models(data, chosen(4, "A:C B:D C:D")[None])
    np.testing.assert_allclose(ours.coefficients[0][[0, 1, 2, 3, 4, 6, 9, 10]], fit.params, rtol=1e-8)
    assert ours.loglik[0] == pytest.approx(fit.llf, rel=1e-10)


@pytest.mark.parametrize(
    ("name", "interactions", "estimate", "error", "deviance"),
    [
        ("darroch", "A:B A:C B:C", 1240, 451, 0.0),  # Rivest (2011), data of Darroch et al. (1993)
        ("darroch", "A:B B:C", 850, 186, 3.8),
        ("diabetes", "A:B A:C B:C B:D C:D", 2771, 145, 7.62),  # Bruno et al. (1994)
        ("diabetes", "A:C B:D C:D", 2472, 53, 21.97),  # Rivest (2011)
        ("cormack", "", 209, None, 75.1),  # Cormack, Chang and Smith (2000), Table 3b
        ("cormack", "A:C B:C", 233, None, None),
        ("cormack", "B:C", None, None, 1.2),
        ("cormack", "A:B B:C", None, None, 0.6),
    ],
)
def test_published_estimates(name, interactions, estimate, error, deviance):
    data = cells(name)
    fit = fit_models(data, chosen(data.k, interactions)[None])
    if estimate:
        assert round(data.known + fit.unseen[0]) == estimate
    if error:
        assert round(fit.std_error[0]) == error
    if deviance is not None:
        digits = 2 if name == "diabetes" else 1
        assert round(fit.deviance[0], digits) == deviance


def test_published_limits_of_the_profile():
    """Cormack, Chang and Smith (2000), Table 3b: 203 to 217 for independent lists."""
    data = cells("cormack")
    low, high, top = profile_limits(data, chosen(3, ""), 0.95)
    assert (round(data.known + low), round(data.known + high)) == (203, 217)
    assert low < top < high


@pytest.mark.parametrize(
    "row",
    list(pd.read_csv(FOLDER / "limits.csv", keep_default_na=False).itertuples()),
    ids=lambda r: f"{r.set} {r.interactions}",
)
def test_profile_limits_are_those_of_glm(row):
    data = cells(row.set)
    low, high, _ = profile_limits(data, chosen(data.k, row.interactions), 0.95)
    assert (data.known + low, data.known + high) == pytest.approx((float(row.low), float(row.high)), rel=1e-6)


def test_trafficking_in_britain():
    """The published 10,000 to 13,000 potential victims in 2013 (Silverman 2014): six lists, pairs added by the AIC."""
    table = {
        "100000": 54, "010000": 463, "001000": 907, "000100": 695, "000010": 316, "000001": 57, "110000": 15,
        "101000": 19, "100100": 3, "011000": 56, "010100": 19, "010010": 1, "010001": 3, "001100": 69, "001010": 10,
        "001001": 31, "000110": 8, "000101": 6, "000011": 1, "111000": 1, "110100": 1, "011100": 4, "011001": 3,
        "001101": 1, "111100": 1,
    }  # fmt: skip
    data = counted(table, ("LA", "NG", "PF", "GO", "GP", "NCA"))
    assert data.known == 2744
    model = stepwise(data, "AIC")
    estimate = data.known + fit_models(data, model[None]).unseen[0]
    low, high, _ = profile_limits(data, model, 0.95)
    assert 10_000 < estimate < 13_000
    assert [round(data.known + v, -3) for v in (low, high)] == [10_000, 13_000]


@pytest.mark.parametrize(
    ("interactions", "problem"),
    [
        ("", ""), ("A:C", ""), ("B:C", ""), ("A:C B:C", ""),
        ("A:B", "finite"), ("A:B A:C", "finite"), ("A:B B:C", "finite"), ("A:B A:C B:C", "told apart"),
    ],
)  # fmt: skip
def test_pairs_that_share_nobody(interactions, problem):
    """Table 2 of Chan, Silverman and Vincent: which models have an estimate that exists and is unique."""
    data = counted({"100": 40, "010": 30, "001": 20, "110": 6}, "ABC")
    fit = fit_models(data, chosen(3, interactions)[None])
    assert (problem in fit.problem[0]) if problem else not fit.problem[0]
    assert np.isfinite(fit.criterion("BIC", 96)[0]) == (not problem)
    weight, unseen = averaged(fit, "BIC", 96)
    assert np.isnan(unseen) == bool(problem)
    assert weight.sum() == (0 if problem else 1)


def test_a_pair_without_anyone_has_minus_infinity_and_counts_as_a_parameter():
    data = counted({"100": 40, "010": 30, "001": 20, "110": 6, "011": 5}, "ABC")
    fit = fit_models(data, chosen(3, "A:C")[None])
    assert fit.coefficients[0][5] == -np.inf
    assert (fit.parameters[0], fit.df[0]) == (5, 1)  # seven cells less two, four other parameters


def test_a_list_without_anyone_leaves_the_others():
    data = counted({"100": 65, "010": 47, "110": 25}, "ABC")
    fit = fit_models(data, all_models(3))
    assert fit.unseen[0] == pytest.approx(65 * 47 / 25)  # of the two lists that have people
    assert fit.coefficients[0][3] == -np.inf
    assert [bool(p) for p in fit.problem] == [m[0] for m in all_models(3)]  # nothing tells of A and B together


def test_estimates_that_run_away_are_found():
    data = counted({"100": 30, "010": 25, "110": 8, "111": 2, "001": 0, "101": 1, "011": 0}, "ABC")
    fit = fit_models(data, all_models(3))
    for model, problem in zip(all_models(3), fit.problem, strict=True):
        x = np.column_stack([np.ones(7), histories(3), in_pairs(3)[:, model]]).astype(float)
        assert exists(data.n, x) == (not problem)
    assert any(fit.problem)
    assert not all(fit.problem)


def test_the_order_of_lists_does_not_matter():
    data = cells("diabetes")
    order = [2, 0, 3, 1]
    code = (data.shape[:, order].astype(int) << np.arange(3, -1, -1)).sum(axis=1)
    turned = Cells(data.n[np.argsort(-code)], tuple(data.lists[j] for j in order))
    assert turned.n @ turned.shape == pytest.approx((data.n @ data.shape)[order])
    one, other = (averaged(fit_models(c, all_models(4)), "BIC", c.known)[1] for c in (data, turned))
    assert one == pytest.approx(other, rel=1e-9)


@pytest.mark.parametrize("row", list(pd.read_csv(FOLDER / "classes.csv").itertuples()), ids=lambda r: r.set)
def test_two_classes_are_those_of_optim(row):
    data = cells(row.set)
    found = fit_classes(data)
    assert found.settled
    assert found.loglik == pytest.approx(row.loglik, rel=1e-8)
    assert data.known + found.unseen == pytest.approx(row.estimate, rel=1e-5)  # optim's likelihood is flat beyond that


@pytest.mark.parametrize("row", list(pd.read_csv(FOLDER / "coverage.csv").itertuples()), ids=lambda r: r.set)
def test_sample_coverage(row):
    """The estimate for hepatitis A is that of CARE1 1.1.0, estN(HAV, method = "LSC"): 507.77."""
    data = cells(row.set)
    coverage, total = sample_coverage(data.n, data.k)
    assert (coverage, total) == pytest.approx((row.coverage, row.estimate), rel=1e-10)
