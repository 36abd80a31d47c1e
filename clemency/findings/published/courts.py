"""Findings of courts and procurators on reductions and parole, from the counts that they published."""

from __future__ import annotations

from clemency.findings.material import Material
from clemency.findings.published.official import figure

ZIBO_YEARS = (2012, 2013, 2014, 2015)


def zibo_held(material: Material, year: int) -> float:
    """Prisoners that the reductions of a year and their rate imply for the four facilities of Zibo."""
    rate = figure(material, f"reduction-rate-pct-shandong-{year}")
    return 100 * figure(material, f"sentence-reductions-shandong-{year}") / rate


def zibo(material: Material) -> dict[str, float]:
    """Sums, rates and refusals of the court of Zibo.

    A year's parole rate is taken over the prisoners that its reduction rate implies: the page prints the mean of the
    four years only.
    """
    reduced = sum(figure(material, f"sentence-reductions-shandong-{year}") for year in ZIBO_YEARS)
    paroles = {year: figure(material, f"paroles-shandong-{year}") for year in ZIBO_YEARS}
    prisoner_years = figure(material, "prison-population-shandong-2012-2015") * len(ZIBO_YEARS)
    refused = figure(material, "reductions-denied-shandong-2012-2015-paroles")
    return {
        "prisoner_years": prisoner_years,
        "reductions": reduced,
        "reduction_rate": 100 * reduced / prisoner_years,
        "paroles": sum(paroles.values()),
        "parole_rate": 100 * sum(paroles.values()) / prisoner_years,
        **{f"parole_rate_{year}": 100 * paroles[year] / zibo_held(material, year) for year in ZIBO_YEARS},
        "paroles_refused": 100 * refused / (sum(paroles.values()) + refused),
    }


def shaoguan(material: Material) -> dict[str, float]:
    """Cases decided at Shaoguan: granted and refused."""
    granted = figure(material, "sentence-reductions-guangdong-2011-2014")
    return {"decided": granted + figure(material, "reductions-denied-guangdong-2011-2014")}


def beijing(material: Material) -> dict[str, float]:
    """Reductions in the prisons of Beijing in percent of prisoners held."""
    return {
        f"rate_{year}": 100
        * figure(material, f"sentence-reductions-beijing-{year}-municipal-prisons")
        / figure(material, f"prison-population-beijing-{year}-municipal-prisons")
        for year in (2001, 2002, 2003)
    }


def jiangsu(material: Material) -> dict[str, float]:
    """The parole rate of 2022 if as many were held as the number and the rate of 2013 imply."""
    prisoners = figure(material, "paroles-jiangsu-2013") / figure(material, "parole-rate-pct-jiangsu-2013")
    return {"parole_rate_2022": figure(material, "paroles-jiangsu-2022") / prisoners}


def cases_a_year(material: Material) -> dict[str, float]:
    """Reductions and paroles that the Supreme People's Court counts, November 2012 to October 2020, per year."""
    handled = sum(figure(material, f"{kind}-china-2012-11-2020-10") for kind in ("sentence-reductions", "paroles"))
    # The meeting was on 2020-10-22; the count is taken to end on the last day of September.
    return {"cases_a_year": handled / (95 / 12)}


def approval(material: Material) -> dict[str, float]:
    """Share of requests for a reduction that two courts granted."""
    refused = sum(figure(material, f"reductions-denied-shandong-{year}") for year in ZIBO_YEARS)
    granted = zibo(material)["reductions"]
    shaoguan_granted = figure(material, "sentence-reductions-guangdong-2011-2014")
    return {
        "approved_zibo": 100 * granted / (granted + refused),
        "approved_shaoguan": 100 * shaoguan_granted / shaoguan(material)["decided"],
    }
