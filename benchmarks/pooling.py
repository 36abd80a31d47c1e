"""Do the limits of pooled rates cover? Simulated samples of 25 provinces, where each province's rate is known.

A sample has 300 cases, most of them in a few provinces as in the shipped data, each followed for a time of its own, and
about 60 events. The provinces' rates are equal, Gamma distributed, or log-normal, which the model does not suppose.

``python -m benchmarks pooling``; ``REPLICATES`` in the environment sets the number of samples (500).
"""

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.coverage import Found, summary

PROVINCES, CASES, EVENTS = 25, 300, 60
SEED = 20171218
KINDS = ("integrated", "none")
POINTS = 14  # of the quadrature; limits are then right to a thousandth, which is enough here
RATES = {
    "Gamma, CV 0.5": lambda rng: rng.gamma(4.0, 0.25, PROVINCES),
    "equal rates": lambda rng: np.ones(PROVINCES),
    "log-normal, CV 0.5": lambda rng: np.exp(rng.normal(-np.log(1.25) / 2, np.sqrt(np.log(1.25)), PROVINCES)),
}


def sample(rng: np.random.Generator, design: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Events, person-months and true rate per person-month of each province."""
    share = rng.dirichlet(np.full(PROVINCES, 0.8))
    where = np.r_[np.arange(PROVINCES), rng.choice(PROVINCES, CASES - PROVINCES, p=share)]
    months = np.bincount(where, rng.gamma(2.0, 20.0, CASES), PROVINCES)
    rate = EVENTS / (CASES * 40.0) * RATES[design](rng)
    return rng.poisson(rate * months).astype(float), months, rate


def replicate(seed: np.random.SeedSequence, design: str) -> Iterator[Found]:
    from clemency.models import poisson_limits
    from clemency.models.incidencerates import gammapoisson as gp
    from clemency.models.incidencerates.empiricalbayes import _posterior

    y, e, truth = sample(np.random.default_rng(seed), design)
    prior = gp.fit_prior(y, e)
    known = gp.Nodes(np.array([prior.mean]), np.array([prior.rate]), np.ones(1)) if prior.relative else prior.mean
    for kind, nodes in zip(KINDS, (gp.prior_nodes(y, e, POINTS), known), strict=True):
        found = _posterior(nodes, y, e, 0.95, 1000.0)
        values = [found[c] for c in ("estimate", "std_error", "ci_low", "ci_high")]
        for row in zip(1000 * truth, *values, strict=True):
            yield f"pooled_rates, {kind}", design, *map(float, row)
    low, high = poisson_limits(y)
    for row in zip(1000 * truth, 1000 * y / e, np.full(len(y), np.nan), 1000 * low / e, 1000 * high / e, strict=True):
        yield "rates, exact, by province", design, *map(float, row)


def study(design: str, replicates: int) -> pd.DataFrame:
    """Coverage over provinces and samples; its Monte Carlo error counts samples, since provinces share one."""
    seeds = np.random.SeedSequence([SEED, list(RATES).index(design)]).spawn(replicates)
    found = [(*row, k) for k, s in enumerate(seeds) for row in replicate(s, design)]
    columns = ["estimator", "quantity", "truth", "estimate", "error", "low", "high", "sample"]
    frame = pd.DataFrame(found, columns=columns)
    table = summary(frame.drop(columns="sample")).assign(samples=replicates)
    frame["inside"] = frame["truth"].between(frame["low"], frame["high"])
    frame["squared"] = (frame["estimate"] - frame["truth"]) ** 2
    frame["width"] = frame["high"] - frame["low"]
    by = frame.groupby("estimator", sort=False)
    shares = frame.groupby(["estimator", "sample"], sort=False)["inside"].mean().groupby(level=0, sort=False)
    return table.assign(
        coverage_mc_error=(shares.std() / np.sqrt(replicates)).to_numpy(),
        root_mean_square=np.sqrt(by["squared"].mean()).to_numpy(),
        median_width=by["width"].median().to_numpy(),
    )


def run(results: Path) -> None:
    tables = []
    for design in RATES:
        tables.append(study(design, int(os.environ.get("REPLICATES", "500"))))
        pd.concat(tables).to_csv(results / "pooling.csv", index=False, float_format="%.4g")
        print(tables[-1].to_string(index=False), flush=True)
