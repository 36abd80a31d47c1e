"""Quantiles and areas of predicted curves, and curves of those who have come some way, against R and identities."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from coxfits import read, refit

import clemency as cl
from clemency.models.curves.curves import survival
from clemency.models.hazard.cox import cox
from clemency.models.hazard.finegray import fine_gray
from clemency.models.postestimation.absoluterisk import absolute_risk
from clemency.records.errors import UsageError

TABLE = pd.read_csv(Path(__file__).parents[2] / "reference" / "prediction" / "curves.csv")
ROSSI = {"fin": [0, 1], "age": [20, 30], "prio": [1, 15]}
CALLS = {
    "rossi_efron": ("rossi_efron", ROSSI, 15, 50, [5, 20, 50]),
    "rossi_breslow": ("rossi_breslow", ROSSI, 15, 50, [5, 20, 50]),
    "heart": (
        "heart_efron",
        {"age": [-5, 3], "year": [1, 4], "surgery": [0, 1], "transplant": [0, 1]},
        30,
        500,
        [10, 100, 500],
    ),
    "mixed": ("mixed_plain", {"x": [-0.5, 1], "g": ["a", "c"]}, 6, 20, [6, 12, 20]),
    "delayed": ("delayed", {"x": [0, 1], "z": [0, 1]}, 5, 20, [5, 10, 20]),
}
CLUSTERED = {"heart": "id", "delayed": "group"}


@pytest.fixture(scope="module")
def fits():
    found = {name: refit(call[0]) for name, call in CALLS.items()}
    return found | {name: found[name].with_variance(cluster=column) for name, column in CLUSTERED.items()}


def of_r(name, quantity):
    mine = TABLE[(TABLE["fit"] == name) & (TABLE["quantity"] == quantity)]
    assert len(mine), quantity
    return mine["value"].to_numpy()


@pytest.mark.parametrize("name", CALLS)
def test_quantiles_equal_r(name, fits):
    _, new, since, _, _ = CALLS[name]
    for given, from_ in ((None, 0), (since, since)):
        for scale in ("log", "log-log", "plain"):
            found = fits[name].quantile(new, [0.1, 0.25, 0.5], given=given, transform=scale)
            for column, part in (("quantile", "quantile"), ("ci_low", "lower"), ("ci_high", "upper")):
                np.testing.assert_allclose(found[column], of_r(name, f"{part} {scale} {from_}"), rtol=1e-12)


@pytest.mark.parametrize("name", CALLS)
def test_curves_of_those_who_have_come_some_way_equal_r(name, fits):
    _, new, since, _, times = CALLS[name]
    found = fits[name].predict(new, [t for t in times if t >= since], given=since)
    np.testing.assert_allclose(found["estimate"], of_r(name, f"surv {since}"), rtol=1e-9)
    np.testing.assert_allclose(found["std_error"], of_r(name, f"std.err {since}"), rtol=1e-7)
    assert (found["given"] == since).all()


@pytest.mark.parametrize("name", CALLS)
def test_areas_equal_r(name, fits):
    _, new, since, until, _ = CALLS[name]
    for given, from_ in ((None, 0), (since, since)):
        found = fits[name].restricted_mean(new, until, given=given)
        for row in (0, 1):
            values = found.loc[row, ["estimate", "std_error"]].astype(float)
            np.testing.assert_allclose(values, of_r(name, f"mean {from_} {row}"), rtol=1e-9)
        half = 1.959963984540054 * found["std_error"]
        np.testing.assert_allclose(found["ci_low"], found["estimate"] - half, rtol=1e-9)
        np.testing.assert_allclose(found["ci_high"], found["estimate"] + half, rtol=1e-9)


def test_by_hand():
    """Areas are those of rectangles between the event times 1 and 3."""
    d = pd.DataFrame({"t": [1.0, 3.0, 4.0, 6.0], "e": [1, 1, 0, 1], "x": [0, 1, 1, 0]})
    fit = cox(d, "x", exit="t", event="e")
    curve = fit.baseline()
    steps = curve["survival"].tolist()
    area = 1 + 2 * steps[0] + 2 * steps[1]  # to 5, before the last event
    assert fit.restricted_mean({"x": 0}, 5)["estimate"].item() == pytest.approx(area, rel=1e-12)
    rest = (3 - 2) * 1 + 2 * steps[1] / steps[0]
    assert fit.restricted_mean({"x": 0}, 5, given=2)["estimate"].item() == pytest.approx(rest, rel=1e-12)
    lost = fit.restricted_mean({"x": 0}, 5, "incidence")["estimate"].item()
    assert lost == pytest.approx(5 - area, rel=1e-12)
    share = 1 - steps[1]
    assert fit.quantile({"x": 0}, [share - 1e-6, share + 1e-6])["quantile"].tolist() == [3, 6]
    assert fit.quantile({"x": 0}, share)["quantile"].item() == 4.5  # the middle of the stretch where it equals p
    nothing = fit.restricted_mean({"x": 0}, 0.5)
    assert nothing["estimate"].item() == 0.5
    assert nothing[["ci_low", "ci_high"]].isna().all(axis=None)


def test_chances_multiply(fits):
    """S(20) = S(8) S(20 | 8), also where each row has come to a time of its own."""
    fit, new = fits["delayed"], pd.DataFrame({"x": [0, 1], "z": [0.0, 1.0], "served": [8.0, 3.0]})
    whole = fit.predict(new, 20)["estimate"].to_numpy()
    first = np.array([fit.predict(new.iloc[[i]], t)["estimate"].item() for i, t in enumerate(new["served"])])
    rest = fit.predict(new, 20, given="served")
    np.testing.assert_allclose(first * rest["estimate"], whole, rtol=1e-12)
    assert rest["given"].tolist() == [8, 3]
    means = fit.restricted_mean(new, 20, given="served")
    one = fit.restricted_mean(new.iloc[[1]], 20, given=3)
    assert means["estimate"][1] == pytest.approx(one["estimate"].item(), rel=1e-12)
    fine = np.linspace(3, 20, 2001)
    curve = fit.predict(new.iloc[[1]], fine, given=3)["estimate"].to_numpy()
    assert means["estimate"][1] == pytest.approx(((curve[1:] + curve[:-1]) / 2 * np.diff(fine)).sum(), abs=2e-3)


def test_a_path_that_begins_late_is_a_row_that_has_come_there(fits):
    fit = fits["delayed"]
    path = {"who": ["a", "a"], "from": [5.0, 9.0], "to": [9.0, 20.0], "x": [1, 1], "z": [0.3, 0.3]}
    named = {"id": "who", "entry": "from", "exit": "to"}
    row = {"x": 1, "z": 0.3}
    for call in ("quantile", "restricted_mean"):
        what = (0.5,) if call == "quantile" else (20,)
        along = getattr(fit, call)(path, *what, **named)
        alone = getattr(fit, call)(row, *what, given=5)
        assert along["who"].tolist() == ["a"]
        np.testing.assert_allclose(along.iloc[:, 2:], alone.iloc[:, 3:], rtol=1e-10)
    short = fit.quantile({**path, "to": [9.0, 9.5]}, 0.9, **named)
    assert short["quantile"].isna().all()  # nothing is known of the path from then on


def test_strata_and_another_frame_order():
    fit, new = refit("gbsg2"), read("gbsg2").head(6)[["horTh", "age", "tgrade", "pnodes", "menostat"]]
    found, turned = fit.quantile(new, 0.3), fit.quantile(new.iloc[::-1], 0.3)
    pd.testing.assert_frame_equal(found, turned.iloc[::-1].reset_index(drop=True))
    alone = pd.concat([fit.quantile(new.iloc[[i]], 0.3) for i in range(6)], ignore_index=True)
    pd.testing.assert_frame_equal(found, alone)
    assert found["row"].tolist() == list(range(6))


COMPETING = pd.DataFrame(
    {
        "t": [2, 3, 4, 6, 7, 3, 5, 8, 9, 11, 12, 4],
        "end": ["act", "act", "death", "censored", "act", "death"] * 2,
        "x": [1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 1, 0],
    }
)


def test_competing_ends():
    arguments = {"exit": "t", "event": "end"}
    fits = {k: cox(COMPETING, "x", outcome=k, **arguments) for k in ("act", "death")}
    with pytest.raises(UsageError, match="say kind='survival' if that is meant"):
        fits["act"].quantile({"x": 1})
    assert fits["act"].quantile({"x": 1}, 0.3, "survival")["quantile"].item() > 0
    whole, rest = absolute_risk(fits, {"x": 1}, [8]), absolute_risk(fits, {"x": 1}, [8], given=3)
    before = absolute_risk(fits, {"x": 1}, [3])
    left = 1 - before["estimate"].sum()
    np.testing.assert_allclose(before["estimate"] + left * rest["estimate"], whole["estimate"], rtol=1e-12)
    path = {"who": "a", "from": 3.0, "to": 8.0, "x": 1}
    along = absolute_risk(fits, path, [8], id="who", entry="from", exit="to")
    np.testing.assert_allclose(rest["std_error"], along["std_error"], rtol=1e-12)
    fg = fine_gray(COMPETING, "x", outcome="act", **arguments)
    area = fg.restricted_mean({"x": 1}, 8, "incidence")["estimate"].item()
    at = fg.predict({"x": 1}, [2, 3, 5, 7], "incidence")["estimate"]
    assert area == pytest.approx(at @ [1, 2, 2, 1], rel=1e-12)
    with pytest.raises(UsageError, match=r"take absolute_risk\(given=\)"):
        fg.predict({"x": 1}, 8, "incidence", given=3)


def test_refusals(fits):
    fit, row = fits["rossi_efron"], {"fin": 0, "age": 20, "prio": 1}
    for call, said in (
        (lambda: fit.predict(row, [5, 20], given=10), "times=5 is before given=10"),
        (lambda: fit.predict(row, kind="linear", given=10), "has no meaning for kind='linear'"),
        (lambda: fit.predict(row, 20, given="served"), "lack the column 'served'"),
        (lambda: fit.predict(row, 20, given=60), "given=60 must lie between 0 and 52"),
        (lambda: fit.predict(row, 20, given=[1, 2]), "given= takes"),
        (lambda: fit.predict({**row, "s": np.nan}, 20, given="s"), "'s' is missing in row 0"),
        (lambda: fit.predict({**row, "s": -1.0}, 20, given="s"), "given=-1 must lie between"),
        (lambda: fit.quantile(row, 1.5), "p must lie between 0 and 1"),
        (lambda: fit.quantile(row, []), "p must lie between 0 and 1"),
        (lambda: fit.quantile(row, "0.5"), "and be numbers: not '0.5'"),
        (lambda: fit.quantile(row, [0.5, 0.25, 0.5]), "p= names 0.5 twice"),
        (lambda: fit.quantile(row, kind="linear"), "kind must be one of survival, incidence"),
        (lambda: fit.quantile(pd.DataFrame(columns=list(row))), "the new data have no rows"),
        (lambda: fit.restricted_mean(row, 60), "until must lie between 0 and 52"),
        (lambda: fit.restricted_mean(row, [10, 20]), "until="),
        (lambda: fit.restricted_mean(row, 20, given=30), "until=20 must be later than 30"),
        (lambda: fit.restricted_mean(row, 0), "until=0 must be later than 0"),
        (lambda: fit.quantile({**row, "i": 1, "a": 0, "b": 9}, id="i", entry="a", exit="b", given=3), "give one of"),
    ):
        with pytest.raises(UsageError, match=said):
            call()


def test_without_covariates_nearly_the_curve_itself():
    """Where a covariate says nothing, the predicted curve is exp(-H) of everybody: close to Kaplan and Meier's."""
    d = read("rossi").assign(noise=np.tile([0.0, 1.0], 216))
    fit = cox(d, "noise", exit="week", event="arrest", ties="efron")
    mean = fit.restricted_mean({"noise": 0.5}, 50)["estimate"].item()
    whole = survival(d, exit="week", event="arrest").restricted_mean(50)["estimate"].item()
    assert mean == pytest.approx(whole, rel=2e-3)


def test_covariates_beyond_the_data_leave_the_whole_range(fits):
    fit = fits["rossi_efron"]
    for prio in (700, 2e3, -2e3):
        row = {"fin": 0, "age": 20, "prio": prio}
        found = fit.restricted_mean(row, 40).iloc[0]
        weeks = fit.predict(
            row, np.arange(40)
        )  # events are at whole weeks: an area is the sum of what each begins with
        assert found["ci_low"] <= found["estimate"] <= found["ci_high"]
        weeks.loc[weeks["time"] == 0, ["ci_low", "ci_high"]] = 1.0
        assert found["ci_low"] == pytest.approx(weeks["ci_low"].sum(), abs=1e-9)
        assert found["ci_high"] == pytest.approx(weeks["ci_high"].sum(), abs=1e-9)
    for ask in (fit.restricted_mean, fit.predict):
        with pytest.raises(UsageError, match=r"row 0 of the new data: its covariates make the hazard e\^\d+ times"):
            ask({"fin": 0, "age": 20, "prio": 1e6}, 40)
    early = fit.restricted_mean({"fin": 0, "age": 20, "prio": 1}, 0.5)  # before the first event
    assert early[["ci_low", "ci_high"]].isna().all(axis=None)


def test_times_are_predicted_by_their_names_too():
    rng = np.random.default_rng(2)
    d = pd.DataFrame({"t": rng.exponential(10, 80).round(1) + 0.1, "e": 1, "x": rng.normal(size=80)})
    fit = cl.cox(d, "x", exit="t", event="e")
    new = {"x": [0.0, 1.0]}
    median = fit.predict(new, kind="median")
    half = fit.predict(new, kind="quantile", quantile=0.5)
    assert set(half["quantile"]) == {0.5}
    pd.testing.assert_frame_equal(median, half.drop(columns="quantile"))
    assert median["estimate"].tolist() == fit.quantile(new, 0.5)["quantile"].tolist()
    mean = fit.predict(new, kind="mean", until=20)
    pd.testing.assert_frame_equal(mean, fit.restricted_mean(new, 20))
    shape = {"row", "estimate", "ci_low", "ci_high"}
    assert shape <= set(cl.parametric(d, "x", exit="t", event="e").predict(new, kind="median"))
    assert shape == set(median)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"kind": "mean"}, "say until= with kind='mean': no mean is known beyond the last exit"),
        ({"kind": "quantile"}, "say quantile= with kind='quantile'"),
        ({"kind": "median", "until": 3}, "until= has no meaning with kind='median'"),
        ({"kind": "median", "times": 3}, "leave times= out"),
    ],
)
def test_what_does_not_go_with_a_predicted_time_is_refused(options, said):
    d = pd.DataFrame({"t": range(1, 9), "e": 1, "x": [0.0, 1, 1, 0, 1, 0, 0, 1]})
    with pytest.raises(cl.UsageError, match=said):
        cl.cox(d, "x", exit="t", event="e").predict({"x": 0.0}, **options)
