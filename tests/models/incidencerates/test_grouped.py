"""Counts on a grid: R's glm and matrix exponentials, by hand, and the database itself where it is at hand."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import linalg

import clemency as cl
from clemency.models.incidencerates.gridincidence import incidence_on_grid
from clemency.records.errors import DataError

FOLDER = Path(__file__).resolve().parents[2] / "reference" / "grouped"
ENDS = ["sentence_reduction", "medical_parole", "early_release", "expiry", "death"]


@pytest.fixture(scope="module")
def cells():
    return pd.read_csv(FOLDER / "cells.csv")


def test_ratios_as_in_r(cells):
    fit = cl.grouped_hazard(cells, "site + years", count="act", exposure="months")
    expected = pd.read_csv(FOLDER / "glm.csv", skipinitialspace=True).set_index("name")
    t = fit.tidy()
    names = (t["term"] + t["level"]).tolist()
    np.testing.assert_allclose(t["estimate"], expected.loc[names, "estimate"], rtol=1e-8)
    np.testing.assert_allclose(t["std_error"], expected.loc[names, "error"], rtol=1e-7)
    g = fit.glance().iloc[0]
    assert g["loglik"] == pytest.approx(expected.loc["loglik", "estimate"], rel=1e-10)
    assert g["dispersion"] == pytest.approx(expected.loc["dispersion", "estimate"], rel=1e-8)
    assert fit.baseline == pytest.approx(expected.loc["(Intercept)", "estimate"], rel=1e-8)


def test_incidence_as_by_the_exponential_of_the_generator(cells):
    found = cl.grid_incidence(cells, "site", count=["act", "end"], exposure="months").tidy()
    expected = pd.read_csv(FOLDER / "incidence.csv").melt(["site", "time"], var_name="outcome", value_name="expected")
    both = found.merge(expected, on=["site", "time", "outcome"])
    assert len(both) == len(found) == 30
    np.testing.assert_allclose(both["estimate"], both["expected"], rtol=1e-10)


def _at(rates, length):
    P = np.eye(3)
    for h, d in zip(rates, length, strict=True):
        P = P @ linalg.expm(np.array([[-h.sum(), *h], [0, 0, 0], [0, 0, 0]]) * d)
    return P[0, 1:]


def test_errors_are_those_of_the_delta_method(cells):
    """Slopes by differences of SciPy's matrix exponential, in place of the formula."""
    d = cells[cells["site"] == "a"]
    events, time = d[["act", "end"]].to_numpy(float), d["months"].to_numpy()
    length = (d["stop"] - d["start"]).to_numpy(float)
    rates, h = events / time[:, None], 1e-6
    variance = np.zeros(2)
    for m in range(len(d)):
        for i in range(2):
            up, down = rates.copy(), rates.copy()
            up[m, i], down[m, i] = up[m, i] + h, down[m, i] - h
            variance += ((_at(up, length) - _at(down, length)) / (2 * h)) ** 2 * events[m, i] / time[m] ** 2
    _, error = incidence_on_grid(events, time, length)
    np.testing.assert_allclose(error[-1], np.sqrt(variance), rtol=1e-6)


def test_a_grid_by_hand_with_a_band_without_events_and_an_open_one():
    grid = pd.DataFrame(
        {"start": [0, 12, 24], "stop": [12, 24, np.nan], "act": [0, 2, 5], "months": [100.0, 80.0, 9.0]}
    )
    found = cl.grid_incidence(grid, count="act", exposure="months").tidy()
    # Nothing in the first year; 1 - exp(-12 * 2 / 80) in the second; the open band is no part of the curve.
    np.testing.assert_allclose(found["estimate"], [0.0, 1 - np.exp(-0.3)], rtol=1e-12)
    assert found["ci_low"].isna().tolist() == [True, False]
    # Of -log(1 - F), which is 0.3, the limits are Poisson's on the log scale: 0.3 exp(-+1.96 / sqrt(2)).
    expected = [1 - np.exp(-0.3 * np.exp(s * 1.959964 / np.sqrt(2))) for s in (-1, 1)]
    np.testing.assert_allclose(found[["ci_low", "ci_high"]].iloc[1], expected, rtol=1e-6)


def test_a_curve_ends_where_nobody_is_at_risk_and_says_so():
    grid = pd.DataFrame(
        {"start": [0, 12, 0], "stop": [12, 24, 12], "act": [1, 1, 2], "months": [9.0, 9.0, 9.0], "site": list("aab")}
    )
    found = cl.grid_incidence(grid, "site", count="act", exposure="months")
    assert found.tidy().groupby("site")["time"].max().to_dict() == {"a": 24, "b": 12}
    assert found.warnings == ("b: nobody at risk from 12 to 24; the curve ends there.",)
    assert found.glance().to_dict("records") == [{"n_groups": 2, "n_bands": 2, "events": 4, "person_time": 27.0}]
    ax = found.plot()
    assert [line.get_ydata()[0] for line in ax.get_lines()] == [0.0, 0.0]


@pytest.mark.parametrize(
    ("start", "said"),
    [([0, 13], "begins? where the one before ends \\(12\\)|does not begin"), ([1, 12], "does not begin")],
)
def test_bands_that_do_not_follow_each_other_are_refused(start, said):
    grid = pd.DataFrame({"start": start, "stop": [12, 24], "act": [1, 1], "months": [9.0, 9.0]})
    with pytest.raises(cl.DataError, match=said):
        cl.grid_incidence(grid, count="act", exposure="months")


def test_a_level_without_an_act_has_a_ratio_of_zero_and_leaves_the_others_alone():
    cells = pd.DataFrame({"site": list("abc"), "act": [10, 30, 0], "months": [1000.0, 1500.0, 300.0]})
    fit = cl.grouped_hazard(cells, "site", count="act", exposure="months")
    t = fit.tidy(exponentiate=True).set_index("level")
    assert t["estimate"].to_dict() == {"b": pytest.approx(2.0), "c": 0.0}
    # The error of a log ratio of two counts: sqrt(1 / 10 + 1 / 30).
    assert t.loc["b", "std_error"] == pytest.approx(np.sqrt(1 / 10 + 1 / 30))
    assert np.isnan(t.loc["c", "ci_high"])
    assert fit.warnings["message"].tolist() == ["0 events in this level: the ratio is unstable"]
    assert fit.support.set_index("level")["n_event"].to_dict() == {"a": 10, "b": 30, "c": 0}


def test_what_cannot_be_fitted_is_refused_with_the_remedy():
    cells = pd.DataFrame({"site": list("ab"), "act": [0, 30], "months": [1000.0, 1500.0]})
    with pytest.raises(cl.UsageError, match="site 'a' is the reference and has no event: take another reference"):
        cl.grouped_hazard(cells, "site", count="act", exposure="months")
    with pytest.raises(cl.UsageError, match="no event in these cells"):
        cl.grouped_hazard(cells.assign(act=0), "site", count="act", exposure="months")
    with pytest.raises(cl.UsageError, match="there is no column 'town'"):
        cl.grouped_hazard(cells, "town", count="act", exposure="months")


def test_the_shipped_cells_have_the_same_sum_however_they_are_grouped():
    tables = {by: cl.register_person_time(by) for by in ("all", "region", "charge_family", "charge_family; term")}
    sums = pd.DataFrame({by: t[["person_months", *ENDS]].sum() for by, t in tables.items()})
    assert (sums.loc[ENDS].nunique(axis=1) == 1).all()
    assert tables["region"]["level"].cat.categories[-1] == "(groups of fewer than five cases)"
    assert tables["all"]["years"].cat.categories.tolist() == [
        "0 to 1",
        "1 to 2",
        "2 to 3",
        "3 to 5",
        "5 to 8",
        "8 and more",
    ]
    assert tables["charge_family; term"]["start"].isna().all()
    assert sums.loc["sentence_reduction", "all"] == 31
    assert sums.loc["medical_parole", "all"] == 13


@pytest.mark.parametrize(
    ("given", "said"), [({"by": "prison"}, "by='prison' is not counted"), ({"entry": "custody"}, "entry='custody'")]
)
def test_groupings_that_are_not_counted(given, said):
    with pytest.raises(cl.UsageError, match=said):
        cl.register_person_time(**given)


@pytest.mark.parametrize("entry", ["documented", "sentence"])
def test_the_shipped_cells_and_the_database_give_the_same_numbers(register, entry):
    for by in ("region", "all"):
        shipped = cl.register_person_time(by, entry=entry)
        pd.testing.assert_frame_equal(cl.register_person_time(by, entry=entry, register=register), shipped)
    cohort = cl.cohort(
        register.cases,
        register.acts,
        outcome=ENDS[:2],
        clock="sentence",
        entry=entry,
        until=register.as_of,
        sentence_types=("fixed", "life", "death_reprieve"),
        follow_up="register",
    )
    rows = cohort.split(calendar="Y").split(clock=(12, 24, 36, 60, 96)).spells
    rows = rows.assign(
        period=(rows["year"].astype(int) // 5 * 5).map(lambda y: f"{y}/{y + 4}"),
        years=pd.cut(rows["interval"], [-1, 0, 12, 24, 36, 60, 96], labels=shipped["years"].cat.categories),
        act=(rows["event"] == "sentence_reduction").astype(int),
        months=rows["exit"] - rows["entry"],
    )
    held = rows.groupby(["period", "years"], observed=True, as_index=False)
    direct = held.agg(n=("case_id", "nunique"), time=("months", "sum"), acts=("act", "sum"))
    # Cells of fewer than five cases are not shipped; in the others each is rounded to a tenth of a month.
    pair = direct[direct["n"] >= 5].merge(shipped, on=["period", "years"], how="outer")
    assert len(pair) == len(shipped)
    assert (pair["n"] == pair["cases"]).all()
    assert (pair["acts"] == pair["sentence_reduction"]).all()
    assert abs(pair["time"] - pair["person_months"]).max() <= 0.0500001
    rate = cl.rates(shipped, count="sentence_reduction", exposure="person_months", time_unit="months").tidy()
    assert rate["estimate"][0] == pytest.approx(1000 * pair["acts"].sum() / pair["time"].sum(), rel=1e-4)
    # The same hazards from the persons themselves, cut at the same points, in the cells that are shipped
    whole = [
        tuple(k) in set(zip(pair["period"], pair["years"], strict=True)) for k in rows[["period", "years"]].to_numpy()
    ]
    rows = rows[whole]
    cells = pair.assign(exact=pair["time"], tenths=pair["time"].round(1))
    shipped_fit, tenths, exact, persons = (
        cl.grouped_hazard(d[d["period"].astype(str) > "1985"], "period + years", count=count, exposure=time)
        .tidy()
        .set_index("level")["estimate"]
        for d, count, time in (
            (shipped, "sentence_reduction", "person_months"),
            (cells, "acts", "tenths"),
            (cells, "acts", "exact"),
            (rows, "act", "months"),
        )
    )
    common = shipped_fit.index[np.isfinite(shipped_fit)]
    assert len(common) >= 6
    np.testing.assert_allclose(shipped_fit[common], tenths[common], rtol=1e-8)
    np.testing.assert_allclose(exact[common], persons[common], rtol=1e-8)


GRID = pd.DataFrame({"start": [0.0, 12], "stop": [12.0, 24], "act": [2, 1], "end": [0, 3], "months": [600.0, 300]})


def _grid(frame: pd.DataFrame):
    return cl.grid_incidence(frame, count=["act", "end"], exposure="months")


@pytest.mark.parametrize("column", ["act", "months", "start"])
def test_a_missing_cell_of_a_closed_band_is_named(column: str):
    gap = GRID.astype(float)
    gap.loc[1, column] = np.nan
    with pytest.raises(DataError, match=rf"row 1, {column}: missing: a band without it is lost"):
        _grid(gap)
    last = pd.concat([GRID, pd.DataFrame({"start": [24.0], "months": [9.0]})], ignore_index=True)
    pd.testing.assert_frame_equal(_grid(last).tidy(), _grid(GRID).tidy())  # the open band is no part of the curve


def test_bands_that_meet_but_for_rounding_meet():
    near = GRID.assign(start=[0.0, 12 + 1e-12])
    pd.testing.assert_frame_equal(_grid(near).tidy(), _grid(GRID).tidy())
    with pytest.raises(DataError, match="does not begin where the one before ends"):
        _grid(GRID.assign(start=[0.0, 12.001]))


def test_the_open_band_may_end_at_infinity():
    last = pd.DataFrame({"start": [24.0], "stop": [np.inf], "act": [1], "end": [1], "months": [20.0]})
    pd.testing.assert_frame_equal(_grid(pd.concat([GRID, last], ignore_index=True)).tidy(), _grid(GRID).tidy())
    with pytest.raises(DataError, match=r"row 0, stop, '-inf': a band cannot end there"):
        _grid(GRID.assign(stop=[-np.inf, 24]))


def test_rows_of_totals_entered_twice_are_said():
    twice = pd.concat([GRID, GRID.iloc[[0]]], ignore_index=True)
    assert _grid(twice).warnings[0].startswith("1 row is the same as an earlier one in all columns (row 2)")
    cells = pd.DataFrame({"site": list("abb"), "acts": [10, 30, 30], "months": [1000.0, 1500, 1500]})
    fit = cl.grouped_hazard(cells, "site", count="acts", exposure="months")
    assert fit.warnings["message"].str.contains("the same as an earlier one").tolist() == [True]
    assert "\n1 row is the same as" in repr(fit)
