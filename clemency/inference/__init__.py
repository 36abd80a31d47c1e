"""Estimates -> what they owe to choices, to single cases and to what is missing."""

# ruff: noqa: E402
from clemency.records.environment.epoch import check_epoch

check_epoch()  # before SciPy is imported below
# isort: split

from clemency.inference.imputation import impute_covariates
from clemency.inference.influence import LeftOut, leave_out
from clemency.inference.power import power
from clemency.inference.selectionbounds import SelectionBounds, selection_bounds
from clemency.inference.sensitivity import TippingPoint, e_value, tipping_point
from clemency.inference.specifications import Specifications, specifications
from clemency.models.imputation.regressions import Pooled, pool

__all__ = [
    "LeftOut",
    "Pooled",
    "SelectionBounds",
    "Specifications",
    "TippingPoint",
    "e_value",
    "impute_covariates",
    "leave_out",
    "pool",
    "power",
    "selection_bounds",
    "specifications",
    "tipping_point",
]
