"""Person-time -> estimates."""

from clemency.models.curves import Curves, incidence, survival
from clemency.models.rates import Rates, binomial_limits, poisson_limits, rates

__all__ = ["Curves", "Rates", "binomial_limits", "incidence", "poisson_limits", "rates", "survival"]
