"""Seconds of a Cox fit in another package; it runs in the interpreter of the peers, without clemency.

``python _regressionpeers.py PEER spells.npz`` prints JSON: the median seconds of calls after one that is not counted,
the coefficients, and the version.
"""

import json
import sys
import time
from importlib.metadata import version
from statistics import median

import numpy as np
import pandas as pd

NAMES = [f"x{j}" for j in range(8)]
FORMULA = "Surv(entry, exit, event) ~ " + " + ".join(NAMES)


def surpyval(d):
    from surpyval import CoxPH

    X, exit = d[NAMES].to_numpy(), d["exit"].to_numpy()
    columns = {"c": 1 - d["event"].to_numpy(), "tl": d["entry"].to_numpy()}
    return "surpyval", lambda: CoxPH.fit(exit, X, **columns), lambda fit: fit.params


def scikit_survival(d):
    from sksurv.linear_model import CoxPHSurvivalAnalysis

    X = d[NAMES].to_numpy()
    y = np.array(list(zip(d["event"].astype(bool), d["exit"], strict=True)), dtype=[("e", bool), ("t", float)])
    return "scikit-survival", lambda: CoxPHSurvivalAnalysis(ties="efron").fit(X, y), lambda fit: fit.coef_


def survival(d):
    from survival import coxph

    return "survival", lambda: coxph(FORMULA, d, ties="efron"), lambda fit: fit.coefficients


def greenwood(d):
    from greenwood import CoxPH

    return "greenwood", lambda: CoxPH(ties="efron").fit(FORMULA, data=d), lambda fit: fit.coef_


PEERS = {
    "SurPyval CoxPH": surpyval,
    "scikit-survival (no delayed entry)": scikit_survival,
    "survival coxph (Rust)": survival,
    "greenwood CoxPH": greenwood,
}


def main():
    peer, path = sys.argv[1:]
    with np.load(path) as columns:
        package, call, coefficients = PEERS[peer](pd.DataFrame(dict(columns)))
    fit, seconds = call(), []
    while sum(seconds) < 2 or (len(seconds) < 3 and sum(seconds) < 10):
        start = time.perf_counter()
        fit = call()
        seconds.append(time.perf_counter() - start)
    found = {"seconds": median(seconds), "coefficients": np.asarray(coefficients(fit), float).tolist()}
    print(json.dumps(found | {"version": f"{package} {version(package)}"}))


if __name__ == "__main__":
    main()
