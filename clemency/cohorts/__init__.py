"""Records -> person-time at risk: who could have received which act, from when until when."""

from clemency.cohorts.bilateral import Relations, relations
from clemency.cohorts.build import cohort
from clemency.cohorts.cohort import Cohort
from clemency.cohorts.imputation.imputed import ImputedCohort
from clemency.cohorts.rules import Rules
from clemency.cohorts.simulation import SimulatedCohort, simulate_cohort

__all__ = ["Cohort", "ImputedCohort", "Relations", "Rules", "SimulatedCohort", "cohort", "relations", "simulate_cohort"]
