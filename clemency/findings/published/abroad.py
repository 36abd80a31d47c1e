"""Findings on clemency, parole and compassionate release in other countries, from counts of the same publishers."""

from __future__ import annotations

from clemency.findings.material import Material
from clemency.findings.published.official import fall, growth, share


def initiative_of_2014(material: Material) -> dict[str, float]:
    """The US clemency initiative of 2014: who met all its criteria, and who of those that did was granted clemency."""
    n = material.parts("ussc-2017-initiative")
    return {
        "met_all": share(n["met_all"], n["commuted"]),
        "granted_of_2014": share(n["granted_of_2014"], n["eligible_2014"]),
        "granted_of_2017": share(n["granted_of_2017"], n["eligible_2017"]),
    }


def motions_in_courts(material: Material) -> dict[str, float]:
    """Motions for compassionate release that US federal courts granted and denied."""
    n = material.parts("ucla-2022-motions")
    return {"granted": share(n["granted"], n["decided"]), "denied": n["decided"] - n["granted"]}


def requests_to_wardens(material: Material) -> dict[str, float]:
    """Requests for compassionate release that wardens approved, March to May 2020."""
    n = material.parts("marshall-2020-wardens")
    denied = 100 - share(n["approved"], n["requests"])
    return {"denied_or_ignored": denied, "headline": denied}


def wardens_and_office(material: Material) -> dict[str, float]:
    """The same requests as a newsletter tells them: approved by wardens, and by the central office."""
    n = material.parts("lisa-2020-approval")
    return {"wardens": share(n["wardens"], n["requests"]), "office": share(n["office"], n["requests"])}


def over_objections(material: Material) -> dict[str, float]:
    """Compassionate releases in the pandemic that judges granted without the Bureau of Prisons."""
    n = material.parts("eji-2021-judges")
    return {"by_judges": share(n["released"] - n["approved_by_director"], n["released"])}


def aging(material: Material) -> dict[str, float]:
    """Prisoners of 50 and older in US federal prisons: their growth, and what they cost more."""
    n = material.parts("oig-2015-aging")
    return {
        "growth": growth(n["older_2009"], n["older_2013"]),
        "cost": growth(n["cost_younger"], n["cost_older"]),
    }


def grants_of_presidents(material: Material) -> dict[str, float]:
    """Acts of clemency of US presidents by kind, and of those who asked."""
    n = material.parts("pew-2016-clemency")
    kinds = ("commutations", "pardons", "respites", "remissions")
    sums = {who: sum(n.get(f"{who}_{kind}", 0) for kind in kinds) for who in ("obama", "fy2016", "johnson", "fy1920")}
    return {**sums, "granted": share(sums["obama"], n["requests"])}


def grants_by_month(material: Material) -> dict[str, float]:
    """Grants of President Obama until March 2016, and those of Decembers."""
    n = material.parts("pardonpower-2016-december")
    grants = n["pardons"] + n["commutations"]
    return {"grants": grants, "december": share(n["december"], grants)}


def held_abroad(material: Material) -> dict[str, float]:
    """US nationals held hostage or wrongfully detained: fall from 2022 to 2024."""
    n = material.parts("foley-2024-held")
    return {"fall": fall(n["held_2022"], n["held_2024"])}


def holding_countries(material: Material) -> dict[str, float]:
    """Countries that hold US nationals, and how many are detained in a year."""
    n = material.parts("examiner-2022-countries")
    return {
        "times": n["countries_2022"] / n["countries_2001"],
        "growth_countries": growth(n["countries_2001"], n["countries_2022"]),
        "growth_detained": growth(n["yearly_2001"], n["yearly_2012"]),
    }


def parole_in_states(material: Material) -> dict[str, float]:
    """Parole boards of two US states: grant rates by year, and change of the rate and of the number granted."""
    n = material.parts("ppi-2023-parole")
    found: dict[str, float] = {}
    for state, years in (("alabama", range(2019, 2025)), ("alaska", range(2019, 2023))):
        rate = {y: share(n[f"{state}_granted_{y}"], n[f"{state}_decided_{y}"]) for y in years}
        found |= {f"{state}_{y}": value for y, value in rate.items()}
        for last in (2022, 2024):
            if last in rate:
                granted = [n[f"{state}_granted_{y}"] for y in (2019, last)]
                found[f"{state}_rate_change_{last}"] = growth(rate[2019], rate[last])
                found[f"{state}_number_change_{last}"] = growth(*granted)
    return found


def parole_board(material: Material) -> dict[str, float]:
    """The Parole Board for England and Wales, 2022/23: those to stay in prison."""
    n = material.parts("paroleboard-2023-stay")
    return {
        "stay": n["refused_restated"] + n["open_conditions"],
        "stay_share": share(n["stay"], n["stay"] + n["released"]),
    }


def canada(material: Material) -> dict[str, float]:
    """Reviews, decisions and prisoners of the Parole Board of Canada, with their changes from year to year."""
    n = material.parts("canada-2014-reviews")
    found = {}
    for year in ("2012", "2013", "2014"):
        found[f"reviews_{year}"] = n[f"federal_reviews_{year}"] + n[f"provincial_reviews_{year}"]
    for year in ("2012", "2013"):
        found[f"day_parole_{year}"] = n[f"federal_day_parole_{year}"] + n[f"provincial_day_parole_{year}"]
    population = {y: n[f"incarcerated_{y}"] + n[f"released_{y}"] for y in ("2012", "2013", "2014")}
    for before, after in (("2012", "2013"), ("2013", "2014")):
        for name in ("federal_reviews", "provincial_reviews", "federal_day_parole", "incarcerated", "released"):
            found[f"{name}_change_{after}"] = growth(n[f"{name}_{before}"], n[f"{name}_{after}"])
        found[f"population_change_{after}"] = growth(population[before], population[after])
    found["provincial_day_parole_change_2013"] = growth(
        n["provincial_day_parole_2012"], n["provincial_day_parole_2013"]
    )
    found["reviews_change_2014"] = growth(found["reviews_2013"], found["reviews_2014"])
    return found
