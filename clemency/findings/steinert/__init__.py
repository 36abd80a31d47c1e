"""The findings of Steinert (2022), recomputed from its microdata."""
