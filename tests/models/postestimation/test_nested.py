"""Likelihood-ratio tests of nested models against R (tests/reference/anova.R), and what is refused."""

import numpy as np
import pandas as pd
import pytest
from coxfits import EVENT_TIMES, FOLDER, read, refit

import clemency as cl
from clemency.models.hazard.cox import cox
from clemency.models.postestimation.nested import anova
from clemency.records.errors import UsageError

TABLE = pd.read_csv(FOLDER.parent / "prediction" / "anova.csv")
ROSSI, GBSG2 = EVENT_TIMES["rossi"], EVENT_TIMES["gbsg2"]


def agree(found, fit):
    for column in ("loglik", "statistic", "df", "p_value"):
        wanted = TABLE[(TABLE["fit"] == fit) & (TABLE["quantity"] == column)]["value"]
        assert len(wanted), (fit, column)
        np.testing.assert_allclose(found[column], wanted, rtol=1e-7, atol=1e-9, err_msg=f"{fit} {column}")


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_cox_equals_r(ties):
    fits = [cox(read("rossi"), f, ties=ties, **ROSSI) for f in ("1", "fin", "fin + age + prio")]
    found = anova(*fits)
    agree(found, f"rossi {ties}")
    assert found["formula"].tolist() == ["1", "fin", "fin + age + prio"]
    assert found["df_model"].tolist() == [0, 1, 3]
    agree(anova(fits[-1]), f"rossi terms {ties}")
    turned = anova(*fits[::-1])
    np.testing.assert_allclose(turned["statistic"][1:], found["statistic"][1:][::-1], rtol=1e-12)


def test_terms_under_strata_and_products_equal_r():
    found = anova(cox(read("gbsg2"), "age + tgrade + pnodes + horTh", **GBSG2))
    agree(found, "gbsg2 terms")
    assert found["term"].tolist() == ["(none)", "age", "tgrade", "pnodes", "horTh"]
    spell = {"exit": "exit", "event": "event", "entry": "entry", "strata": "s"}
    agree(anova(*(cox(read("mixed"), f, **spell) for f in ("x", "x * g"))), "mixed")


def test_exact_ties_equal_r():
    agree(anova(cox(read("leukemia"), "logWBC + Rx", exit="t", event="status", ties="exact")), "leukemia terms")


def test_cells_equal_r_and_splitting_the_formula_adds_up():
    cells = pd.DataFrame({"start": [0.0, 12, 24] * 2, "g": [*"aaabbb"], "events": [3, 5, 2, 6, 4, 1]})
    cells["months"] = [120.0, 90, 40, 110, 80, 30]
    fits = [cl.grouped_hazard(cells, f, count="events", exposure="months") for f in ("g", "g + start")]
    agree(anova(*fits), "cells")
    with pytest.raises(UsageError, match="for cox only"):
        anova(fits[0])
    other = cl.grouped_hazard(cells.iloc[1:], "g", count="events", exposure="months")
    with pytest.raises(UsageError, match="other n cells than fit 1"):
        anova(other, fits[1])


def test_other_regressions():
    rng = np.random.default_rng(8)
    n = 60
    d = pd.DataFrame(
        {"low": rng.integers(1, 20, n).astype(float), "x": rng.normal(size=n), "g": rng.choice([*"ab"], n)}
    )
    d = d.assign(high=(d["low"] + rng.integers(1, 6, n)).where(rng.random(n) < 0.7))
    fits = [cl.interval_hazard(d, f, lower="low", upper="high", cuts=2) for f in ("x", "x + g")]
    table, logs = anova(*fits), [f.glance()["loglik"].item() for f in fits]
    assert table["statistic"][1] == pytest.approx(2 * (logs[1] - logs[0]))
    panel = pd.DataFrame({"case": np.arange(n) // 4, "month": (np.arange(n) % 4) * 3.0, "x": d["x"]})
    panel = panel.assign(act=(rng.random(n) < 0.3).astype(int), z=rng.normal(size=n))
    arguments = {"event": "act", "entry": "month", "months": None, "id": "case", "duration": None}
    fits = [cl.occurrence(panel, f, **arguments) for f in ("x", "x + z")]
    logs = [f.glance()["loglik"].item() for f in fits]
    assert anova(*fits)["statistic"][1] == pytest.approx(2 * (logs[1] - logs[0]))
    spells = pd.read_csv(FOLDER.parent / "states" / "mgus2.csv").dropna(subset=["hgb", "mspike"])
    named = {"id": "id", "entry": "tstart", "exit": "tstop", "event": "into", "robust": False}
    fits = [cl.transition_cox(spells, f, **named) for f in ("1", "age", "age + hgb")]
    found = anova(*fits)
    assert found["df"].tolist()[1:] == [3, 3]
    assert found["statistic"][1] == pytest.approx(fits[1].glance()["likelihood_ratio"].item(), rel=1e-9)


def test_refusals():
    rossi, gbsg2 = read("rossi"), read("gbsg2")
    small, large = cox(rossi, "fin", **ROSSI), cox(rossi, "fin + age", **ROSSI)
    holes = rossi.assign(prio=rossi["prio"].where(rossi.index > 2))
    cases = (
        ((), "anova takes fits"),
        ((small, 3), "no fitted regression"),
        ((small, cox(holes, "fin + prio", **ROSSI)), "leave out before what is missing"),
        ((small, cox(rossi, "fin + age", ties="breslow", **ROSSI)), "other ties"),
        ((small, cox(rossi, "fin + age", strata="wexp", **ROSSI)), "other strata"),
        ((small, cox(rossi, "prio + age", **ROSSI)), "'fin' is not nested in 'prio \\+ age'"),
        ((small, cox(rossi, "age", **ROSSI)), "put nested ones in order"),
        ((small, large.with_variance(robust=True)), "its errors are robust"),
        ((small, cox(rossi, "fin + age", penalty=1.0, **ROSSI)), "penalty=1.0 was given"),
        ((cox(rossi.assign(w=1.5), "fin", weights="w", robust=False, **ROSSI),), "weights are not numbers of cases"),
        ((cox(rossi, "fin", penalty="firth", **ROSSI),), "maximum of a likelihood"),
        ((small, cl.pool([large, large])), "pooled over imputations"),
        ((small, cl.nelson_aalen(rossi, **ROSSI)), "no fitted regression"),
    )
    for fits, said in cases:
        with pytest.raises(UsageError, match=said):
            anova(*fits)
    ends = gbsg2.assign(end=gbsg2["cens"].map({1: "a", 0: "censored"}).where(gbsg2.index % 3 > 0, "b"))
    fg = cl.fine_gray(ends, "age", outcome="a", exit="time", event="end", robust=False)
    with pytest.raises(UsageError, match="Fine-Gray"):
        anova(fg)


def test_the_null_model_of_a_fit_is_its_first_row():
    fit = refit("larynx")
    table = anova(fit)
    assert table["loglik"].iloc[-1] == fit.glance()["loglik"].item()
    assert table["statistic"].sum() == pytest.approx(fit.glance()["likelihood_ratio"].item(), rel=1e-10)


def shuffled(frame):
    return frame.sample(frac=1, random_state=4)


def test_rows_in_another_order_are_the_same_rows():
    rossi, other = read("rossi"), shuffled(read("rossi"))
    plain = anova(cox(rossi, "fin", **ROSSI), cox(rossi, "fin + age", **ROSSI))
    found = anova(cox(rossi, "fin", **ROSSI), cox(other, "fin + age", **ROSSI))
    pd.testing.assert_frame_equal(found, plain, rtol=1e-9)
    monthly = rossi.assign(gone=rossi["arrest"].map({1: "arrest", 0: "censored"}), who=rossi.index)
    states = {"id": "who", "exit": "week", "event": "gone", "robust": False}
    pairs = ((monthly, "fin"), (shuffled(monthly), "fin + age"))
    moved = anova(*(cl.transition_cox(d, f, **states) for d, f in pairs))
    assert moved["statistic"].iloc[1] == pytest.approx(plain["statistic"].iloc[1], rel=1e-9)
    periods = pd.concat([rossi.assign(at=t, act=(rossi["arrest"] == 1) & (rossi["week"] % 4 == t)) for t in range(4)])
    periods = periods.reset_index(drop=True).assign(months=1.0)
    spans = {"lower": "low", "upper": "high"}
    between = rossi.assign(low=rossi["week"] - 1.0, high=rossi["week"].where(rossi["arrest"] == 1))
    for fit, table, columns in (
        (cl.occurrence, periods, {"event": "act", "entry": "at", "months": "months"}),
        (cl.interval_hazard, between, spans),
    ):
        one = anova(*(fit(table, f, **columns) for f in ("fin", "fin + age")))
        mixed = anova(fit(table, "fin", **columns), fit(shuffled(table), "fin + age", **columns))
        pd.testing.assert_frame_equal(mixed, one, rtol=1e-7)


def test_an_order_that_labels_do_not_tell_is_named():
    rossi = read("rossi")
    small, large = cox(rossi, "fin", **ROSSI), cox(shuffled(rossi).reset_index(drop=True), "fin + age", **ROSSI)
    with pytest.raises(UsageError, match="in another order, and the index does not tell"):
        anova(small, large)
    between = rossi.assign(low=rossi["week"] - 1.0, high=rossi["week"].where(rossi["arrest"] == 1))
    tables = (between, shuffled(between).reset_index(drop=True))
    fits = [
        cl.interval_hazard(d, f, lower="low", upper="high") for d, f in zip(tables, ("fin", "fin + age"), strict=True)
    ]
    with pytest.raises(UsageError, match="in another order, and the index does not tell"):
        anova(*fits)
    doubled = rossi.set_axis([0] * len(rossi), axis=0)  # labels that name nothing leave the places
    assert len(anova(cox(doubled, "fin", **ROSSI), cox(doubled, "fin + age", **ROSSI))) == 2
