"""Person-time -> estimates."""

# ruff: noqa: E402
from clemency.records.epoch import check_epoch

check_epoch()  # before SciPy is imported below
# isort: split

from clemency.models.curves.curves import Curves, incidence, survival
from clemency.models.curves.logrank import gray_test, logrank
from clemency.models.curves.recurrent import Recurrence, recurrence
from clemency.models.discretetime.occurrence import Occurrence, occurrence
from clemency.models.hazard.cox import cox
from clemency.models.hazard.estimate import Estimate
from clemency.models.hazard.finegray import fine_gray
from clemency.models.imputation.curves import ImputedCurves
from clemency.models.imputation.grouptests import ImputedTest
from clemency.models.imputation.rates import ImputedRates
from clemency.models.incidencerates.empiricalbayes import PooledRates, pooled_rates
from clemency.models.incidencerates.rates import Rates, binomial_limits, poisson_limits, rates
from clemency.models.intervalcensoring.intervalhazard import IntervalHazard, interval_hazard
from clemency.models.intervalcensoring.turnbull import IntervalCurves
from clemency.models.postestimation.absoluterisk import absolute_risk
from clemency.models.reductions.magnitude import Magnitude, magnitude
from clemency.models.reductions.monthssaved import MonthsSaved, months_saved
from clemency.models.series.estimate import SeriesEstimate
from clemency.models.series.eventstudy import event_study, interrupted
from clemency.models.series.placebo import Placebo, placebo
from clemency.models.treatment.matching import Matched, risk_set_match
from clemency.models.treatment.weighting import Weights, treatment_weights

__all__ = [
    "Curves",
    "Estimate",
    "ImputedCurves",
    "ImputedRates",
    "ImputedTest",
    "IntervalCurves",
    "IntervalHazard",
    "Magnitude",
    "Matched",
    "MonthsSaved",
    "Occurrence",
    "Placebo",
    "PooledRates",
    "Rates",
    "Recurrence",
    "SeriesEstimate",
    "Weights",
    "absolute_risk",
    "binomial_limits",
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
    "poisson_limits",
    "pooled_rates",
    "rates",
    "recurrence",
    "risk_set_match",
    "survival",
    "treatment_weights",
]
