"""Person-time -> estimates."""

from clemency.models.causes import absolute_risk
from clemency.models.comparison import gray_test, logrank
from clemency.models.cox import cox
from clemency.models.curves import Curves, incidence, survival
from clemency.models.estimate import Estimate
from clemency.models.finegray import fine_gray
from clemency.models.occurrence import Occurrence, occurrence
from clemency.models.placebo import Placebo, placebo
from clemency.models.pooling import PooledRates, pooled_rates
from clemency.models.power import power
from clemency.models.rates import Rates, binomial_limits, poisson_limits, rates
from clemency.models.recurrence import Recurrence, recurrence

__all__ = [
    "Curves",
    "Estimate",
    "Occurrence",
    "Placebo",
    "PooledRates",
    "Rates",
    "Recurrence",
    "absolute_risk",
    "binomial_limits",
    "cox",
    "fine_gray",
    "gray_test",
    "incidence",
    "logrank",
    "occurrence",
    "placebo",
    "poisson_limits",
    "pooled_rates",
    "power",
    "rates",
    "recurrence",
    "survival",
]
