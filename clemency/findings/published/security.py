"""Findings on arrests, indictments and trials for endangering state security, from yearbook totals."""

from __future__ import annotations

from clemency.findings.material import Material
from clemency.findings.published.official import fall, figure, growth
from clemency.records.errors import UsageError


def persons(material: Material, measure: str, year: int) -> float:
    """Persons of a year in the whole country, by measure.

    Raises
    ------
    UsageError
        If there is not exactly one such row.
    """
    t = material.table("statistics")
    rows = t[
        (t["measure"] == measure) & (t["period"] == str(year)) & (t["level"] == "national") & (t["unit"] == "persons")
    ]
    if len(rows) != 1:
        raise UsageError(f"statistics.csv has {len(rows)} rows of persons for {measure} in {year}, not one.")
    return float(rows["value"].iloc[0])


def arrested(material: Material, year: int) -> float:
    """Persons whose arrest was approved."""
    return persons(material, "ess_arrests", year)


def indicted(material: Material, year: int) -> float:
    """Persons indicted."""
    return persons(material, "ess_prosecutions", year)


def trials(material: Material, year: int, series: str = "") -> float:
    """Trials of first instance concluded (2012 in the table series: cases received)."""
    return figure(material, f"ess-trials-concluded-china-{year}-ess-first-instance{series}")


def xinjiang_first_instance(material: Material, year: int, share: float | None = None) -> float:
    """Trials of first instance in Xinjiang: as published for 2011, else a share of those of both instances.

    Parameters
    ----------
    material : Material
    year : int
    share : float, optional
        First instance in both; that of 2011 by default.
    """
    if year == 2011:
        return figure(material, "ess-trials-concluded-xinjiang-2011-ess-first-instance")
    both = "ess-trials-concluded-xinjiang-{}-ess-first-and-second-instance"
    if share is None:
        share = xinjiang_first_instance(material, 2011) / figure(material, both.format(2011))
    return figure(material, both.format(year)) * share


def year_2012(material: Material) -> dict[str, float]:
    """Indictments, cases and the part of Xinjiang.

    Its part of 2012 is not among them: it depends on the share of first instance, which the article does not print.
    """
    cases = "-table-series"
    return {
        "indicted_growth": growth(indicted(material, 2011), indicted(material, 2012)),
        "cases_received_fall": fall(trials(material, 2011, cases), trials(material, 2012, cases)),
        "persons_per_case_2011": indicted(material, 2011) / figure(material, "ess-prosecutions-china-2011-ess-2"),
        "xinjiang_2011": 100 * xinjiang_first_instance(material, 2011) / trials(material, 2011, cases),
    }


def year_2011(material: Material) -> dict[str, float]:
    """Arrests, indictments and trials in 2011 against 2010."""
    return {
        "arrests_fall": fall(arrested(material, 2010), arrested(material, 2011)),
        "indicted_fall": fall(indicted(material, 2010), indicted(material, 2011)),
        "trials_growth": growth(trials(material, 2010), trials(material, 2011)),
    }


def year_2010(material: Material) -> dict[str, float]:
    """Yearly trials of 1998 to 2007 against those of 2010: how many percent fewer the first are."""
    mean = figure(material, "ess-trials-concluded-china-1998-2007-ess-first-instance")
    return {"fewer": fall(trials(material, 2010), mean)}


def year_2013(material: Material) -> dict[str, float]:
    """Indictments in 2013 against 2012. The cases of 2012 are in no table here."""
    return {"indicted_growth": growth(indicted(material, 2012), indicted(material, 2013))}


def year_2014(material: Material) -> dict[str, float]:
    """Indictments and trials in 2014 against 2013."""
    return {
        "indicted_growth": growth(indicted(material, 2013), indicted(material, 2014)),
        "trials_growth": growth(trials(material, 2013), trials(material, 2014)),
    }


def year_2015(material: Material) -> dict[str, float]:
    """Trials in 2015 against 2014; both are lower bounds of estimates."""
    return {"trials_fall": fall(trials(material, 2014), trials(material, 2015))}


def xinjiang_2012(material: Material) -> dict[str, float]:
    """Trials of both instances in Xinjiang in 2012 against 2011."""
    both = "ess-trials-concluded-xinjiang-{}-ess-first-and-second-instance"
    return {"trials_fall": fall(*(figure(material, both.format(year)) for year in (2011, 2012)))}


def estimate_of_2013(material: Material) -> dict[str, float]:
    """Indictments of 2012 against 2011, and of 2008 to 2011 against the five years before."""
    later = sum(indicted(material, year) for year in (2008, 2009, 2010, 2011))
    return {
        "indicted_growth": growth(indicted(material, 2011), indicted(material, 2012)),
        "indicted_since_2008": growth(figure(material, "ess-prosecutions-china-2003-2007-ess"), later),
    }
