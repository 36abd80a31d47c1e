"""Tables with partial dates -> several cohorts, each with days drawn in the cases' own order."""
