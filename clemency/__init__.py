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
        "records.tables.loading": ["load", "describe", "cite"],
        "records.tables.package": ["edition"],
        "records.checks.folder": ["check"],
        "records.privacy.pseudonyms": ["pseudonymise"],
        "records.rules.eligibility": ["eligibility"],
        "records.rules.beyondrules": ["beyond_rules"],
        "records.publicfiles.fetching": ["fetch"],
        "records.errors": ["ClemencyError", "DataError", "FetchError", "UsageError"],
        "sources.linkage": ["Linkage", "link"],
        "findings": ["reproduce"],
        "cohorts.cells": ["register_person_time"],
        "cohorts": ["Cohort", "ImputedCohort", "cohort", "relations", "simulate_cohort"],
        "sources.cecc": ["CeccExport", "Register", "read_cecc", "register"],
        "sources.narrative": ["code_acts"],
        "sources.rulings": [
            "Rulings",
            "disclosure",
            "disclosure_weights",
            "read_case_number",
            "read_rulings",
            "ruling_features",
            "simulate_rulings",
            "write_rulings",
        ],
        "inference.imputation": ["impute_covariates"],
        "inference.influence": ["leave_out"],
        "inference.power": ["power"],
        "inference.selectionbounds": ["selection_bounds"],
        "inference.sensitivity": ["e_value", "tipping_point"],
        "inference.specifications": ["specifications"],
        "models.imputation.regressions": ["pool"],
        "sources.unvotes": ["voting_distance"],
        "models.curves.curves": ["incidence", "survival"],
        "models.curves.logrank": ["gray_test", "logrank"],
        "models.curves.nelsonaalen": ["nelson_aalen"],
        "models.curves.recurrent": ["recurrence"],
        "models.discretetime.occurrence": ["occurrence"],
        "models.hazard.cox": ["cox"],
        "models.hazard.finegray": ["fine_gray"],
        "models.incidencerates.empiricalbayes": ["pooled_rates"],
        "models.incidencerates.gridincidence": ["grid_incidence"],
        "models.incidencerates.groupedhazard": ["grouped_hazard"],
        "models.incidencerates.rateratios": ["rate_ratios"],
        "models.incidencerates.rates": ["rates"],
        "models.intervalcensoring.intervalhazard": ["interval_hazard"],
        "models.multiplesystems.histories": ["capture_histories"],
        "models.multiplesystems.undocumented": ["undocumented"],
        "models.postestimation.absoluterisk": ["absolute_risk"],
        "models.reductions.magnitude": ["magnitude"],
        "models.reductions.monthssaved": ["months_saved"],
        "models.selection.observation": ["observation_weights"],
        "models.selection.sampling": ["sampling_weights"],
        "models.series.eventstudy": ["event_study", "interrupted"],
        "models.series.placebo": ["placebo"],
        "models.states.multistate": ["multistate"],
        "models.states.transitioncox": ["transition_cox"],
        "models.states.histories.splitting": ["survsplit", "tmerge"],
        "models.states.transitions": ["survcheck"],
        "models.treatment.matching": ["risk_set_match"],
        "models.treatment.eventtrials": ["event_trials"],
        "models.treatment.sequentialtrials": ["sequential_trials"],
        "models.treatment.weighting": ["treatment_weights"],
    },
)
