"""Times and parameters -> log survival and log density of a family, with their derivatives."""
