"""One figure of each kind from made-up numbers, and the pictures that they are compared with.

``python tests/figures/images.py`` draws the pictures in ``baselines/`` anew: look at every one that has changed.
"""

from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd

from clemency import figures
from clemency.figures.theme import settings

BASELINES = Path(__file__).parent / "baselines"
FONT = ("DejaVu Sans",)  # comes with matplotlib: what else is installed must not matter
DPI = 50
#: Root mean square of the differences, of 255. The same version of matplotlib gives 0 on one machine; another
#: rasteriser may move the edge of a letter, and a line moved by a point gives more than 3.
TOLERANCE = 1.5

_MONTHS = np.array([6.0, 12, 24, 36, 60])


def _curve(group, share, outcome="act"):
    value = share * np.array([0.2, 0.45, 0.7, 0.9, 1.0])
    return pd.DataFrame(
        {
            "outcome": outcome,
            "g": group,
            "time": _MONTHS,
            "estimate": value,
            "ci_low": 0.7 * value,
            "ci_high": 1.3 * value,
        }
    )


def _rows(labels, estimate, **more):
    estimate = np.array(estimate)
    frame = pd.DataFrame({"label": labels, "estimate": estimate, "ci_low": 0.6 * estimate, "ci_high": 1.7 * estimate})
    return frame.assign(**more)


def curves():
    frame = pd.concat([_curve("state_security", 0.3), _curve("cult", 0.15), _curve("public_order", 0.32)])
    return figures.step_curves(
        frame, by=["g"], at_risk=lambda g, t: np.round(400 - 5 * t), unit="months", since="custody",
        ylabel="share with sentence reduction", title="Time to a first cut",
    )  # fmt: skip


def many_curves():
    frame = pd.concat([_curve(f"group {n}", 0.1 * n) for n in range(1, 9)])
    return figures.step_curves(frame, by=["g"], unit="months", ylabel="share with an act")


def forest():
    return figures.forest(
        pd.DataFrame(
            {
                "term": ["charge"] * 4 + ["age"],
                "level": ["state_security", "cult", "corruption", "other", ""],
                "estimate": [1, 0.4, 300.0, 1.8, 1.02],
                "ci_low": [np.nan, 0.1, 60.0, 1.1, 0.99],
                "ci_high": [np.nan, 0.9, 900.0, 3.0, 1.05],
                "n_event": [41, 3, 6, 22, np.nan],
                "person_months": [9000.0, 1200, 60, 4000, np.nan],
                "reference": [True, False, False, False, False],
            }
        ),
        counted="acts",
    )


def intervals():
    frame = _rows(["CN-BJ", "CN-SC", "CN-XZ", "CN-HI"], [4.0, 3.0, 2.0, 9.0], n_event=[11, 7, 10, 1])
    frame = frame.assign(person_months=[2963.0, 2194, 3436, 11])
    frame.loc[3, "ci_high"] = 90.0
    return figures.intervals(frame, xlabel="sentence reduction, per 1,000 person-months", counted="acts")


def caterpillar():
    frame = _rows(["CN-BJ", "CN-SC", "CN-XZ"], [4.0, 3.0, 2.0], events=[11, 3, 10], rate=[4.5, 9.0, 1.7])
    return figures.caterpillar(frame, xlabel="per 1,000 person-months", reference=3.0)


def boxes():
    frame = pd.DataFrame({"lower": [2.0, 5, 6], "upper": [2.0, 6, 9], "mass": [0.25, 0.5, 0.25]})
    frame = frame.assign(estimate=[0.75, 0.25, 0.0], ci_low=[0.5, 0.1, 0.0], ci_high=[0.9, 0.4, 0.2])
    return figures.mass_boxes(frame, unit="months")


def grid():
    frame = pd.concat([_curve("cult", 0.15), _curve("state_security", 0.3)])
    return figures.grid_curves(frame, by=["g"], xlabel="months since sentence", unit="known to have had an act")


def stacked_states():
    time = np.arange(0, 61, 6.0)
    serving = np.exp(-time / 40)
    frame = pd.DataFrame({"time": np.tile(time, 3), "state": np.repeat(["serving", "medical_parole", "released"], 11)})
    part = np.r_[serving, 0.3 * (1 - serving), 0.7 * (1 - serving)]
    return figures.stacked_states(
        frame.assign(estimate=part), states=["serving", "medical_parole", "released"], unit="months"
    )


def stacked_months():
    frame = pd.DataFrame({"charge": ["cult"] * 3 + ["other"] * 3, "state": ["serving", "cut", "released"] * 2})
    return figures.stacked_months(frame.assign(estimate=[70.0, 20, 30, 50, 5, 65]), "charge")


def residuals():
    x = np.linspace(0.05, 2, 20)
    frame = pd.DataFrame({"residual": x, "survival": np.exp(-1.1 * x), "expected": np.exp(-x)})
    return figures.residual_curves(frame)


def timeline():
    quarters = pd.period_range("1998Q1", "2006Q4", freq="Q").astype(str)
    n = np.arange(len(quarters))
    parts = [
        pd.DataFrame({"quarter": quarters, "act_type": t, "n": (n * k) % 5}) for t, k in (("parole", 3), ("cut", 7))
    ]
    events = pd.DataFrame({"quarter": np.repeat(quarters[::3], 2), "direction": [1, -1] * len(quarters[::3])})
    return figures.timeline(pd.concat(parts), events, "2002Q2")


def interrupted():
    quarters = pd.period_range("2000Q1", "2009Q4", freq="Q").astype(str)
    n = np.arange(len(quarters))
    fitted = np.where(n < 20, 4 + 0.1 * n, 9 - 0.1 * (n - 20))
    frame = pd.DataFrame({"period": quarters, "acts": np.round(fitted + 2 * np.sin(n)), "months": 1000.0})
    return figures.rates_line(
        frame.assign(fitted=fitted, counterfactual=4 + 0.1 * n), at="2005-01-01", note="40 quarters"
    )


def lags():
    frame = pd.DataFrame({"lag": [-3, -2, 0, 1, 2], "estimate": [1.1, 0.9, 1.6, 1.3, 0.0], "n_event": [9, 8, 12, 4, 0]})
    return figures.lag_plot(frame.assign(ci_low=0.6 * frame["estimate"], ci_high=1.7 * frame["estimate"]))


def placebos():
    return figures.placebo_ratios(pd.DataFrame({"ratio": 1 + 0.5 * np.sin(np.arange(400))}), 1.3, alt="")


def check():
    x = np.arange(80.0)
    frame = pd.DataFrame({"time": x, "age": np.sin(7 * x) + np.where(x == 40, 30, 0)})
    return figures.coefficient_path(frame, np.column_stack([x, 0.2 - 0.004 * x]), 0.05, unit="weeks")


def love():
    frame = pd.DataFrame({"term": ["charge", "charge", "age"], "level": ["cult", "other", ""]})
    return figures.love(frame.assign(before=[-0.35, 0.4, 0.15], after=[-0.03, 0.06, 0.02]))


def tiles():
    codes = ["CN-BJ", "CN-SC", "CN-XZ", "CN-XJ", "CN-GD"]
    frame = pd.DataFrame({"province": codes, "rate": [4.0, 3.0, 2.0, 0.5, 9.0], "events": [11, 7, 10, 2, 9]})
    return figures.tile_map(frame, "rate", label="first acts per 1,000 person-months")


def agreement():
    off = [0.0, 0.2, -0.4, 0.1, 2.0, -7.0, np.nan, np.nan]
    verdict = ["reproduced"] * 4 + ["differs"] * 2 + ["cannot be recomputed", "needs data"]
    return figures.agreement(pd.DataFrame({"finding_id": list("aaabbbcc"), "off": off, "verdict": verdict}))


def specifications():
    n = np.arange(24)
    frame = pd.DataFrame({"clock": np.where(n % 2, "custody", "sentence"), "estimate": np.exp(0.06 * (n - 15))})
    frame = frame.assign(ci_low=0.6 * frame["estimate"], ci_high=1.7 * frame["estimate"], main=n == 9)
    return figures.specification_curve(frame, {"clock": ["custody", "sentence"]}, name="cult")


def variants():
    frame = _rows(list("xy") * 2, [0.6, 1.2, 1.5, 0.9], variant=["as published", "since 2000"] * 2, n=[40, 20] * 2)
    return figures.variants(frame.assign(claim=["shorter"] * 2 + ["longer"] * 2, stands=[True, False] * 2))


def narrow_forest():
    with figures.style(width=3.9):
        return forest()


KINDS = {
    f.__name__: f
    for f in (
        *(curves, many_curves, forest, intervals, caterpillar, boxes, grid, stacked_states, stacked_months, residuals),
        *(
            timeline,
            interrupted,
            lags,
            placebos,
            check,
            love,
            tiles,
            agreement,
            specifications,
            variants,
            narrow_forest,
        ),
    )
}


def save(name, path):
    """Draw a kind with the pinned font and write it."""
    own = settings.families
    settings.families = lambda: FONT
    try:
        figure = KINDS[name]().get_figure()
        with figures.style():
            figure.savefig(path, dpi=DPI, metadata={"Software": None})
    finally:
        settings.families = own
        mpl.pyplot.close("all")


if __name__ == "__main__":
    mpl.use("Agg")
    BASELINES.mkdir(exist_ok=True)
    for name in KINDS:
        save(name, BASELINES / f"{name}.png")
    (BASELINES / "matplotlib.txt").write_text(f"{mpl.__version__}\n", encoding="utf-8")
