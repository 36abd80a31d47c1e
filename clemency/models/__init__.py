"""Person-time -> estimates.

Each room is imported when something of it is first used: a Cox model loads no curves.
"""

import lazy_loader as _lazy

from clemency.records.environment.epoch import check_epoch as _check_epoch

_check_epoch()  # SciPy reads it when it is imported

__getattr__, __dir__, __all__ = _lazy.attach(
    __name__,
    submod_attrs={
        "curves.curves": ["Curves", "incidence", "survival"],
        "curves.logrank": ["gray_test", "logrank"],
        "curves.nelsonaalen": ["CumulativeHazard", "nelson_aalen"],
        "curves.pseudovalues": ["PseudoValues", "pseudovalues"],
        "curves.recurrent": ["Recurrence", "recurrence"],
        "discretetime.occurrence": ["Occurrence", "occurrence"],
        "hazard.cox": ["cox"],
        "hazard.estimate": ["Estimate"],
        "hazard.finegray": ["fine_gray"],
        "hazard.frailty.estimate": ["SharedFrailty"],
        "hazard.frailty.sharedfrailty": ["shared_frailty"],
        "hazard.joint.estimate": ["JointFrailty"],
        "hazard.joint.jointfrailty": ["joint_frailty"],
        "imputation.curves": ["ImputedCurves"],
        "imputation.grouptests": ["ImputedTest"],
        "imputation.monthssaved": ["ImputedMonthsSaved"],
        "imputation.performance": ["ImputedAccuracy", "ImputedConcordances"],
        "imputation.pseudo": ["ImputedPseudoValues"],
        "imputation.rates": ["ImputedRates"],
        "incidencerates.empiricalbayes": ["PooledRates", "pooled_rates"],
        "incidencerates.gridincidence": ["GridIncidence", "grid_incidence"],
        "incidencerates.groupedhazard": ["GroupedHazard", "grouped_hazard"],
        "incidencerates.poissonhazard": ["poisson_hazard"],
        "incidencerates.pooledshares": ["PooledShares", "pooled_shares"],
        "incidencerates.rateratios": ["RateRatios", "rate_ratios"],
        "incidencerates.rates": ["Rates", "binomial_limits", "poisson_limits", "rates"],
        "intervalcensoring.intervalhazard": ["IntervalHazard", "interval_hazard"],
        "intervalcensoring.intervalincidence": ["IntervalIncidence"],
        "intervalcensoring.turnbull": ["IntervalCurves"],
        "multiplesystems.histories": ["CaptureHistories", "capture_histories"],
        "multiplesystems.result": ["Undocumented"],
        "multiplesystems.undocumented": ["undocumented"],
        "postestimation.absoluterisk": ["absolute_risk"],
        "postestimation.nested": ["anova"],
        "postestimation.scoreconcordance": ["Concordances", "concordance"],
        "postestimation.scoredpredictions": ["Accuracy", "accuracy"],
        "parametricsurvival.estimate": ["Parametric", "PooledParametric"],
        "parametricsurvival.lifelinesbridge": [
            "LifelinesData",
            "LifelinesEstimate",
            "from_lifelines",
            "to_lifelines",
        ],
        "parametricsurvival.parametric": ["parametric"],
        "reductions.estimate": ["Magnitude"],
        "reductions.magnitude": ["magnitude"],
        "reductions.monthssaved": ["MonthsSaved", "months_saved"],
        "selection.observation": ["Observation", "observation_weights"],
        "selection.sampling": ["Sampling", "sampling_weights"],
        "series.estimate": ["SeriesEstimate"],
        "series.pooledseries": ["ImputedSeries"],
        "series.eventstudy": ["event_study", "interrupted"],
        "series.placebo": ["Placebo", "placebo"],
        "states.multistate": ["MultiState", "multistate"],
        "states.histories.splitting": ["survsplit", "tmerge"],
        "states.transitioncox": ["TransitionCox", "transition_cox"],
        "states.transitions": ["StateCheck", "survcheck"],
        "treatment.imputed": ["ImputedMatched", "ImputedWeights"],
        "treatment.eventtrials": ["event_trials"],
        "treatment.sequentialtrials": ["sequential_trials"],
        "treatment.trialresult": ["ImputedTrials", "Trials"],
        "treatment.matching": ["Matched", "risk_set_match"],
        "treatment.weighting": ["Weights", "treatment_weights"],
    },
)
