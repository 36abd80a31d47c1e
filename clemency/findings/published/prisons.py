"""Findings of courts, prisons and forensic doctors in China, from the counts that they published."""

from __future__ import annotations

import numpy as np
import pandas as pd

from clemency.findings.material import Material
from clemency.findings.published.cases import OUT, YEAR
from clemency.findings.published.courts import ZIBO_YEARS
from clemency.findings.published.official import figure, growth, share
from clemency.records.dates import halfway


def zibo_strictness(material: Material) -> dict[str, float]:
    """Requests for a reduction that the court of Zibo cut short or refused, in percent of reductions granted."""
    short = {year: material.parts("zibo-2016-strictness")[f"cut_short_{year}"] for year in ZIBO_YEARS}
    refused = {year: figure(material, f"reductions-denied-shandong-{year}") for year in ZIBO_YEARS}
    granted = {year: figure(material, f"sentence-reductions-shandong-{year}") for year in ZIBO_YEARS}
    return {
        "cut_short": sum(short.values()),
        "refused": sum(refused.values()),
        **{f"strict_{year}": share(short[year] + refused[year], granted[year]) for year in ZIBO_YEARS},
    }


def ningbo(material: Material) -> dict[str, float]:
    """Prisoners with a fine or a forfeiture in two prisons of Ningbo, and the three most frequent crimes of each."""
    n = material.parts("ningbo-2012-fines")
    found = {}
    for prison in ("huanghu", "wangchun"):
        fined = n[f"{prison}_fined"]
        found[f"{prison}_fined"] = share(fined, n[f"{prison}_held"])
        crimes = [name for name in n if name.startswith(f"{prison}_of_")]
        found |= {name: share(n[name], fined) for name in crimes}
    return found


def _years(frame: pd.DataFrame, what: str) -> np.ndarray:
    ends = [frame[f"{what}_{end}"].to_numpy().astype("datetime64[D]") for end in ("earliest", "latest")]
    return np.asarray(halfway(*ends))


def served_of_term(material: Material) -> tuple[float, float]:
    """Mean years served and mean years of the sentence, of political prisoners in the register who left prison.

    Fixed terms only, and without those who served more than their first sentence, as the study of the prison in Henan
    leaves them out; dates by the middle of their interval.
    """
    cases = material.table("cases")
    left = cases[(cases["sentence_type"] == "fixed") & cases["status"].isin(OUT) & (cases["frame"] == "register")]
    left = left.dropna(subset=["detention_earliest", "status_earliest", "sentence_months"])
    served = (_years(left, "status") - _years(left, "detention")) / np.timedelta64(1, "D") / YEAR
    term = left["sentence_months"].to_numpy(dtype=float) / 12
    within = served <= term
    return float(served[within].mean()), float(term[within].mean())


def henan_2012(material: Material) -> dict[str, float]:
    """Years served in percent of years sentenced to: the prison's means, and those of our cases by its rules."""
    means = material.parts("henan-2012-served")
    return {
        "served": share(means["mean_served"], means["mean_term"]),
        "served_register": share(*served_of_term(material)),
    }


def medical_reviews(material: Material) -> dict[str, float]:
    """Shares of 54 forensic reviews of requests for medical parole."""
    n = material.parts("forensic-1997-medical-parole")
    return {name: share(count, n["reviews"]) for name, count in n.items() if name != "reviews"}


def three_kinds(material: Material) -> dict[str, float]:
    """Prisoners for crimes of office, of finance and of gangs: their sum by crime, and by where they serve."""
    n = material.parts("procuratorate-daily-2014-three-kinds")
    return {
        "by_crime": n["office"] + n["finance"] + n["gangs"],
        "by_place": n["prisons"] + n["detention_centres"] + n["community"],
    }


def corrected_2004(material: Material) -> dict[str, float]:
    """Reductions, paroles and medical paroles found illegal from May to September 2004, together."""
    key = "corrected-improper-reductions-china-2004-05-2004-09-"
    return {"corrected": sum(figure(material, key + kind) for kind in ("reductions", "paroles", "medical-paroles"))}


def parole_compared(material: Material) -> dict[str, float]:
    """Parole in other countries, and offences after parole and after a reduction, as a Chinese article has them."""
    n = material.parts("fsou-parole-compared")
    return {
        "us_1993": share(n["us_parolees_1993"], n["us_prisoners_1993"]),
        "us_more": n["us_parolees_2000"] - n["us_parolees_1995"],
        "us_growth": growth(n["us_parolees_1995"], n["us_parolees_2000"]),
        "sweden": share(n["sweden_paroled"], n["sweden_prisoners"]),
        "japan_1997": share(n["japan_granted"], n["japan_applied"]),
        "after_reduction": share(n["reduced_offended"], n["reduced_followed"]),
        "after_parole": share(n["paroled_offended"], n["paroled_followed"]),
    }


def kunming(material: Material) -> dict[str, float]:
    """Prisoners around Kunming with a fine or a forfeiture, or with damages to pay."""
    n = material.parts("kunming-2008-fines")
    return {"together": n["fined"] + n["damages"]}


def elderly(material: Material) -> dict[str, float]:
    """Elderly prisoners by their estimated share of two numbers of prisoners."""
    n = material.parts("duihua-2024-elderly")
    return {
        "fewest": n["prisoners_2017"] * n["elderly_percent"] / 100,
        "most": n["prisoners_2022"] * n["elderly_percent"] / 100,
    }
