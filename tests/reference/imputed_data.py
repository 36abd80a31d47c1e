"""Write cohorts with drawn days to tests/reference/imputed/: 120 simulated cases, five imputations.

Run from the root of the repository: ``PYTHONPATH=. python tests/reference/imputed_data.py``; then
``Rscript tests/reference/imputed.R``.
"""

from pathlib import Path

import numpy as np
import pandas as pd

import clemency as cl
from benchmarks.partialdates import texts, true_tables

OUT = Path("tests/reference/imputed")


def main() -> None:
    """Write the tables and the cohorts made of them."""
    rng = np.random.default_rng(20261130)
    cases, acts = texts(*(tables := true_tables(rng, 120)), rng)
    cases = cases.assign(score=rng.normal(size=len(tables[0])).round(3))
    OUT.mkdir(exist_ok=True)
    cases.to_csv(OUT / "cases.csv", index=False)
    acts.to_csv(OUT / "acts.csv", index=False)
    made = cl.cohort(cases, acts, competing=("early_release",), dates="impute", m=5, seed=11)
    made = made.with_covariates(cases[["case_id", "x", "score"]])
    parts = [c.spells.assign(imputation=i) for i, c in enumerate(made.cohorts, 1)]
    columns = ["imputation", "case_id", "entry", "exit", "event", "x", "score"]
    pd.concat(parts)[columns].to_csv(OUT / "cohorts.csv", index=False)


if __name__ == "__main__":
    main()
