"""Cited case data and survival models of sentence reduction and medical parole in China."""

import sys as _sys

# `python -m clemency` has put the working folder first on the path: a pandas.py among received files would run.
if _sys.argv[:1] == ["-m"] and not _sys.flags.safe_path and "-m clemency" in " ".join(_sys.orig_argv[1:4]):
    del _sys.path[0]

import lazy_loader as _lazy

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = _lazy.attach(
    __name__,
    submod_attrs={
        "records.tables": ["load", "describe", "cite"],
        "records.package": ["edition"],
        "records.checks": ["check"],
        "records.privacy": ["pseudonymise"],
        "records.eligibility": ["eligibility"],
        "records.beyondrules": ["beyond_rules"],
        "records.fetching": ["fetch"],
        "records.errors": ["ClemencyError", "DataError", "FetchError", "UsageError"],
        "sources.linkage": ["Linkage", "link"],
        "findings": ["reproduce"],
        "cohorts": ["Cohort", "ImputedCohort", "cohort", "relations", "simulate_cohort"],
        "sources.cecc": ["CeccExport", "read_cecc"],
        "sources.narrative": ["code_acts"],
        "inference": ["impute_covariates", "leave_out", "pool", "specifications", "power", "e_value", "tipping_point"],
        "sources.unvotes": ["voting_distance"],
        "models": [
            "absolute_risk",
            "cox",
            "event_study",
            "fine_gray",
            "gray_test",
            "incidence",
            "interrupted",
            "interval_hazard",
            "logrank",
            "magnitude",
            "months_saved",
            "occurrence",
            "placebo",
            "pooled_rates",
            "rates",
            "recurrence",
            "risk_set_match",
            "survival",
            "treatment_weights",
        ],
    },
)
