"""A summary -> plain clauses, with the persons, dates and lengths of time in each."""
