"""Findings on what the rules ask: waits and shortest terms, from the table of rules."""

from __future__ import annotations

from clemency.findings.material import Material
from clemency.records.errors import UsageError
from clemency.records.rules.eligibility import Eligibility, eligibility

BEFORE, AFTER = "2016-06-01", "2017-06-01"


def under_life(material: Material, family: str, on: str) -> Eligibility:
    """What the rules of a day allow somebody who was sentenced to life in October 2014."""
    row = {
        "sentence_type": "life",
        "sentence_months": None,
        "detention_date": "2014-01",
        "sentence_date": "2014-10",
        "charge_family": family,
    }
    return eligibility(row, on=on, rules=material.table("rules"))


def rule(material: Material, rule_id: str) -> float:
    """Value of a rule by its key.

    Raises
    ------
    UsageError
        If there is none.
    """
    table = material.table("rules").set_index("rule_id")["value"]
    if rule_id not in table.index:
        raise UsageError(f"rules.csv has no row '{rule_id}'.")
    return float(table.loc[rule_id])


def _years(found: Eligibility, question: str) -> float:
    return float(found[question]["months"].min()) / 12


def life_since_2017(material: Material) -> dict[str, float]:
    """Years before a first cut of a life sentence, and the shortest term that it may leave."""
    ess, ordinary = "endangering_state_security", "other"
    return {
        "wait_state_security": _years(under_life(material, ess, AFTER), "first reduction"),
        "wait_state_security_before": _years(under_life(material, ess, BEFORE), "first reduction"),
        "wait_ordinary": _years(under_life(material, ordinary, AFTER), "first reduction"),
        "term_ordinary": _years(under_life(material, ordinary, AFTER), "largest cut"),
        "interval_ordinary": rule(material, "SPC16-8-int") / 12,
    }


def amendment_of_2011(material: Material) -> dict[str, float]:
    """What amendment VIII changed in the least to be served."""
    before, after = (rule(material, f"{law}-78-life") for law in ("CL97", "AM8"))
    return {
        "life_raised": after - before,
        "life_minimum": after / 12,
        "restricted_minimum_from_25_years": rule(material, "AM8-78-restricted-25") / 12,
        "restricted_minimum_from_life": rule(material, "AM8-78-restricted-life") / 12,
    }


def provisions_of_2016(material: Material) -> dict[str, float]:
    """Floors of the provisions of 2016 for reprieved death sentences and for life sentences for corruption."""
    corruption = under_life(material, "corruption", AFTER)
    return {
        "reprieve_minimum": rule(material, "SPC16-12-total") / 12,
        "life_wait_corruption": _years(corruption, "first reduction"),
        "life_term_corruption": _years(corruption, "largest cut"),
    }
