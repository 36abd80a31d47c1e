"""Parametric models: how well their limits cover, and the same models by lifelines, with the time that each takes.

People enter 0 to 24 months after custody began, if they have not had an act before; time is Weibull with shape 1.5 and
scale 50, 1.4 times as long for half of them; follow-up ends 24 to 144 months after entry. With a share that never has
an act (three in ten) follow-up ends 120 to 360 months after entry, or, where it is short, 12 to 48. Acts are known to
the day, or lie between looks.

``python -m benchmarks parametric``; ``REPLICATES`` sets the number of samples (200).
"""

import os
import platform
import re
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402

from benchmarks.coverage import Found, summary  # noqa: E402
from clemency.models import parametric  # noqa: E402
from clemency.records.errors import DataError  # noqa: E402

SHAPE, SCALE, RATIO, NEVER, SEED = 1.5, 50.0, 1.4, 0.3, 20261130
SPELL = {"exit": "exit", "event": "event", "entry": "entry"}
ENDS = {"lower": "lower", "upper": "upper", "entry": "entry"}
PAGE = Path(__file__).resolve().parents[1] / "docs" / "parametric.md"
MEDIAN = SCALE * np.log(2) ** (1 / SHAPE)


def sample(rng: np.random.Generator, n: int, never: bool = False, short: bool = False) -> pd.DataFrame:
    """Spells of n people under observation, with the same ends as intervals, weights and sites."""
    size = 4 * n
    x, entry = (rng.random(size) < 0.5).astype(float), rng.uniform(0, 24, size)
    act = SCALE * RATIO**x * rng.weibull(SHAPE, size)
    if never:
        act[rng.random(size) < NEVER] = np.inf
    seen = np.flatnonzero(act > entry)[:n]
    x, entry, act = x[seen], entry[seen], act[seen]
    least, most = (12, 48) if short else (120, 360) if never else (24, 144)
    end = entry + rng.uniform(least, most, n)
    event, exit = act <= end, np.minimum(act, end)
    gap = rng.choice([6.0, 12.0], n)
    looks = entry + np.floor((exit - entry) / gap) * gap
    made = {"x": x, "entry": entry, "exit": exit, "event": event.astype(int)}
    made |= {"lower": np.where(event, looks, exit), "upper": np.where(event, looks + gap, np.inf)}
    return pd.DataFrame(made | {"share": rng.uniform(0.5, 2, n), "case": rng.integers(1, 4, n)})


def _of_term(fit: Any, term: str) -> tuple[float, float, float, float]:
    row = fit.tidy().set_index("term").loc[term]
    return float(row["estimate"]), float(row["std_error"]), float(row["ci_low"]), float(row["ci_high"])


def _of_prediction(fit: Any, kind: str, **options: Any) -> tuple[float, float, float, float]:
    row = fit.predict({"x": 0.0}, kind=kind, **options).iloc[0]
    return float(row["estimate"]), float(row["std_error"]), float(row["ci_low"]), float(row["ci_high"])


def without_share(d: pd.DataFrame) -> Iterator[Found]:
    """Families that hold the truth, and a log-normal that does not."""
    ways = {"weibull": SPELL, "weibull, intervals": ENDS, "gengamma": SPELL, "spline": SPELL, "lognormal": SPELL}
    for name, columns in ways.items():
        fit = parametric(d, "x", distribution=name.split(",")[0], **columns)
        ratio = (
            ("log time ratio", np.log(RATIO)) if fit.form == "time" else ("log hazard ratio", -SHAPE * np.log(RATIO))
        )
        yield name, *ratio, *_of_term(fit, "x")
        yield name, "median", MEDIAN, *_of_prediction(fit, "median")


def with_share(d: pd.DataFrame, beside: str = "") -> Iterator[Found]:
    """With a share that never has the act; a fit that is refused has no estimate."""
    for name in ("weibull", "lognormal") if beside else ("weibull", "lognormal", "spline"):
        label = f"{name}, cure=True{beside}"
        try:
            fit = parametric(d, "x", distribution=name, cure=True, **SPELL)
        except DataError:
            yield label, "share never", NEVER, *[np.nan] * 4
            continue
        yield label, "share never", NEVER, *_of_prediction(fit, "never")
        if fit.form == "time":
            yield label, "log time ratio", np.log(RATIO), *_of_term(fit, "x")


def study(samples: int, seed: int = SEED) -> pd.DataFrame:
    """Bias and coverage, from samples of 300 people, and of 600 with a share that never has the act."""
    rows: list[Found] = []
    for number in range(samples):
        rows += without_share(sample(np.random.default_rng([seed, number]), 300))
        rows += with_share(sample(np.random.default_rng([seed, number, 1]), 600, never=True))
        rows += with_share(sample(np.random.default_rng([seed, number, 2]), 600, never=True, short=True), ", short")
    columns = ["estimator", "quantity", "truth", "estimate", "error", "low", "high"]
    return summary(pd.DataFrame(rows, columns=columns))


def _lifelines(d: pd.DataFrame, kind: str, columns: dict[str, str], robust: bool) -> Any:
    import lifelines

    names = {"weibull": "WeibullAFTFitter", "lognormal": "LogNormalAFTFitter", "loglogistic": "LogLogisticAFTFitter"}
    more: dict[str, Any] = {"entry_col": columns["entry"]}
    more |= {"weights_col": columns["weights"]} if "weights" in columns else {}
    used = ["x", *(v for k, v in columns.items())]
    if kind == "gengamma":
        constant = {"mu_": "x", "sigma_": "1", "lambda_": "1"}
        fitter = lifelines.GeneralizedGammaRegressionFitter()
        return fitter.fit(d[used], "exit", event_col="event", regressors=constant, **more)
    fitter = getattr(lifelines, names[kind])()
    if "lower" in columns:
        return fitter.fit_interval_censoring(d[used], "lower", "upper", **more)
    return fitter.fit(d[used], "exit", event_col="event", robust=robust, **more)


def _errors(theirs: Any, kind: str) -> tuple[np.ndarray, np.ndarray]:
    """Coefficient of x, constant and log scale, with their errors, as clemency has them."""
    first = {"weibull": "lambda_", "lognormal": "mu_", "loglogistic": "alpha_", "gengamma": "mu_"}[kind]
    table = theirs.facts
    rows = [(first, "x"), (first, "Intercept")]
    return table.loc[rows, "coef"].to_numpy(), table.loc[rows, "se(coef)"].to_numpy()


def _timed(call: Callable[[], Any]) -> tuple[Any, float]:
    """Result and the shorter processor time of two calls; the machine may be busy."""
    spent = []
    for _ in range(2):
        begin = time.process_time()
        made = call()
        spent.append(time.process_time() - begin)
    return made, min(spent)


def peers(n: int = 500, seed: int = SEED) -> pd.DataFrame:
    """The same models by both, on one sample."""
    d = sample(np.random.default_rng([seed, 2]), n)
    settings: list[tuple[str, str, dict[str, str], bool]] = []
    for kind in ("weibull", "lognormal", "loglogistic"):
        settings += [(kind, "exact times", SPELL, False), (kind, "intervals", ENDS, False)]
    settings += [("weibull", "numbers of cases", SPELL | {"weights": "case"}, False)]
    settings += [("weibull", "sampling weights, robust", SPELL | {"weights": "share"}, True)]
    settings += [("gengamma", "exact times", SPELL, False)]
    rows = []
    for kind, what, columns, robust in settings:
        ours, seconds = _timed(lambda k=kind, c=columns: parametric(d, "x", distribution=k, **c))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs, other = _timed(lambda k=kind, c=columns, r=robust: _lifelines(d, k, c, r))
        b, e = _errors(theirs, kind)
        own = ours.tidy()
        rows.append(
            {
                "distribution": kind,
                "data": what,
                "loglik_less": ours.facts["loglik"] - theirs.log_likelihood_,
                "coefficients_off": np.abs(b - own["estimate"].to_numpy()[:2]).max(),
                "errors_off": np.abs(e / own["std_error"].to_numpy()[:2] - 1).max(),
                "seconds": seconds,
                "lifelines_seconds": other,
            }
        )
    return pd.DataFrame(rows)


_BLOCK = re.compile(r"(<!-- parametric:(\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def _coverage_rows(table: pd.DataFrame) -> str:
    head = (
        "| model | of | truth | bias | coverage of 95% limits | refused |\n| --- | --- | ---: | ---: | ---: | ---: |\n"
    )
    return head + "".join(
        f"| {r.estimator} | {r.quantity} | {r.truth:.3g} | {r.bias:+.3f} (± {1.96 * r.bias_mc_error:.3f}) | "
        f"{100 * r.coverage:.1f}% (± {196 * r.coverage_mc_error:.1f}) | {r.refused:.0%} |\n"
        for r in table.itertuples()
    )


def _peer_rows(table: pd.DataFrame) -> str:
    head = (
        "| distribution | data | its coefficients are off by | its errors are off by | processor seconds here | "
        "there |\n"
        "| --- | --- | ---: | ---: | ---: | ---: |\n"
    )
    return head + "".join(
        f"| {r.distribution} | {r.data} | {r.coefficients_off:.0e} | {r.errors_off:.2%} | {r.seconds:.3f} | "
        f"{r.lifelines_seconds:.3f} |\n"
        for r in table.itertuples()
    )


def renewed(page: str, results: Path) -> str:
    """The page with its tables made anew from the results."""
    made = {
        "coverage": _coverage_rows(pd.read_csv(results / "parametric.csv")),
        "lifelines": _peer_rows(pd.read_csv(results / "parametric_lifelines.csv")),
    }
    return _BLOCK.sub(lambda m: m[1] + made[m[2]] + m[3], page)


def run(results: Path) -> None:
    """Write the tables."""
    import lifelines

    samples = int(os.environ.get("REPLICATES", "200"))
    peers().to_csv(results / "parametric_lifelines.csv", index=False, float_format="%.4g")
    study(samples).to_csv(results / "parametric.csv", index=False, float_format="%.4g")
    note = f"{samples} simulated samples, seed {SEED}; Python {platform.python_version()}, numpy {np.__version__}"
    (results / "parametric_versions.txt").write_text(f"{note}, lifelines {lifelines.__version__}\n")
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8"), results), encoding="utf-8")
    print(PAGE.read_text(encoding="utf-8").split("## How well")[1])
