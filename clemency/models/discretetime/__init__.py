"""Person-periods -> the probability of an act in each."""
