"""Findings that follow from published totals: growth, shares and rates."""

from __future__ import annotations

from clemency.findings.material import Material
from clemency.records.errors import UsageError


def figure(material: Material, statistic_id: str) -> float:
    """A published total by its key in the table `statistics`.

    Raises
    ------
    UsageError
        If there is no such row.
    """
    table = material.table("statistics").set_index("statistic_id")["value"]
    if statistic_id not in table.index:
        raise UsageError(f"statistics.csv has no row '{statistic_id}'.")
    return float(table.loc[statistic_id])


def growth(before: float, after: float) -> float:
    """Growth in percent."""
    return 100 * (after / before - 1)


def women_in_prison(material: Material) -> dict[str, float]:
    """Growth of the number of women in prison."""
    women = [figure(material, f"prison-population-china-{year}-women-1") for year in (2003, 2014)]
    return {"growth_2003_2014": growth(*women)}


def state_security_arrests(material: Material) -> dict[str, float]:
    """Growth of arrests for endangering state security."""
    arrests = [figure(material, f"ess-arrests-china-{year}-ess-1") for year in (2011, 2012)]
    return {"growth_2011_2012": growth(*arrests)}
