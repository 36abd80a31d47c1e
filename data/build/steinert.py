"""Reference values of a published article -> its rows in the registry of findings.

``python data/build/steinert.py``: reads ``tests/reference/steinert/values.csv`` and writes the rows of
``data/findings/`` whose names begin with ``steinert-2022-``. Rows of other publications stay as they are. What the
article or others print is written here by hand, with the reason wherever our number differs.
"""

from __future__ import annotations

import csv
from pathlib import Path

from common import Row, read_csv, write_csv

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "data" / "findings"
PREFIX = "steinert-2022-"
ARTICLE = "https://doi.org/10.1177/00220027221109797"
ARCHIVE = "https://github.com/christophsteinert/political_imprisonment_china"
CITATION = (
    'C. V. Steinert, "The duration of political imprisonment: Evidence from China", Journal of Conflict Resolution, '
    "2022, doi:10.1177/00220027221109797"
)
QUOTED_BY = (
    "https://www.researchgate.net/publication/358999174_The_duration_of_political_imprisonment_Evidence_from_China"
)
MONITOR = "https://www.uyghurrightsmonitor.org/2023/11/28/innocence-in-captivity-chinas-long-imprisonment-policy/"
BRIEF = "Uyghur Rights Monitor, Innocence in Captivity: China's Long Imprisonment Policy, 2023-11-28"

RISK = "Persons in the CECC database of 2020-07-23 with a known duration, without deaths, escapes and executions"
KNOWN = f"{RISK}; those of known ethnicity and criminalised action"
HOW = (
    "What the author's published code gives, run from his published data: the article's tables could not be seen. "
    "Hazard ratios with the standard error of the logarithm, to the three decimals of the printed tables."
)
ORG = "other religious groups and Ningxia (only their difference is identified)"
LOST = "In the archive these coefficients run off and mean nothing: {}. We take the limit of the likelihood exactly."
YEARS = "the years 1997 and 2020"

# name -> claim, place, population, function, note
FINDINGS: dict[str, tuple[str, str, str, str, str]] = {
    "sample": (
        "Of 2,281 political prisoners at risk 1,001 had been released; 53.7 percent of all in the database were charged and sentenced.",
        "Code; the shares as quoted by a later article",
        "All 10,271 records for the shares (two of unknown charge left out); else the sample of 2,300 persons",
        "steinert.sample",
        "charged and not_charged are the article's as a later article quotes it.",
    ),
    "uyghurs": (
        "Uyghurs are 93 percent less likely to be released than Han.",
        "Executive summary, which names no study",
        KNOWN,
        "steinertcox.headline",
        "One less the hazard ratio of the model with fixed effects for years and provinces. That the brief means this model is our reading.",
    ),
    "uyghur-deaths": (
        "Uyghurs are nine times as likely to die in prison as other minorities.",
        "Executive summary, which names no study",
        "All records of the database with known age and sex",
        "steinertother.deaths_headline",
        "Odds ratio of Uyghurs against those who are neither Uyghurs, Tibetans nor of another minority. That the brief means this model is our reading.",
    ),
    "figure1": (
        "Half are released within 72 months by the Kaplan-Meier estimate.",
        "Figure 1",
        RISK,
        "steinert.figure1",
        "Kaplan-Meier; the three released in their month of detention have a duration of 0.",
    ),
    "durations": (
        "The released had spent 30 months in detention on average, half of them 15 or less.",
        "Text on figure 1; appendix, density of durations",
        RISK,
        "steinert.durations",
        "",
    ),
    "figure2": (
        "Time in detention differs by province.",
        "Figure 2 (map)",
        "Who is no longer detained, with a known duration",
        "steinert.figure2",
        "Means for the map; n of all in the sample.",
    ),
    "figure3": (
        "Most whose action is known are non-mobilising reformers.",
        "Figure 3",
        "Sample of 2,300 persons",
        "steinert.figure3",
        "",
    ),
    "groups": (
        "More than a quarter are Tibetans, a tenth Uyghurs.",
        "Code only",
        "Sample of 2,300 persons",
        "steinert.groups",
        "",
    ),
    "figure4": (
        "Dissidents' detentions were longer than reformers'.",
        "Figure 4",
        "Who is no longer detained, by action",
        "steinert.figure4",
        "Mean with 1.96 standard errors.",
    ),
    "figure5": (
        "Uyghurs and Tibetans are released more slowly.",
        "Figure 5",
        KNOWN,
        "steinertcox.figure5",
        "Hazard ratios without fixed effects, with 95 percent limits.",
    ),
    "figure6": (
        "Adjusted for the rest, Uyghurs stay longer.",
        "Figure 6",
        KNOWN,
        "steinertcox.figure6",
        "Survival averaged over the sample with everyone's ethnicity set; the archive draws it by a package that was not at hand, by what its documentation says of it. "
        + LOST.format(f"{ORG}, {YEARS}"),
    ),
    "figure8": (
        "Cumulative incidence of release and of death in prison; that of release is lower for Uyghurs.",
        "Figure 8",
        "Sample and the deaths of the whole database with time served",
        "steinertother.figure8",
        "The archive adds all deaths of the database, and so counts 13 deaths of the sample twice; computed as published. "
        "The curve of deaths lies lower for Uyghurs too, against table 10: of 33 Uyghurs who died 4 have a time served, of 141 others 77.",
    ),
    "over-time": (
        "Detentions and releases by their date.",
        "Appendix, figure 5",
        "Sample of 2,300 persons, dated",
        "steinert.over_time",
        "The figure cuts off dates with more than 50.",
    ),
    "appendix-table1": ("Descriptive statistics.", "Appendix, table 1", KNOWN, "steinert.described", ""),
    "appendix-table2": (
        "Actions by ethnic, religious and other groups.",
        "Appendix, table 2",
        KNOWN,
        "steinert.crossed",
        "",
    ),
    "appendix-table3": (
        "Uyghurs, Tibetans, Falun Gong and the charged are released more slowly; mobilising reformers sooner, but not clearly so within years.",
        "Appendix, table 3",
        KNOWN,
        "steinertcox.main_models",
        LOST.format(f"{YEARS} (m2, m4), {ORG} (m3, m4)"),
    ),
    "appendix-table4": (
        "The same model after matching: clear for Uyghurs, not for Tibetans and Falun Gong.",
        "Appendix, table 4",
        KNOWN,
        "steinertcox.matched_main",
        "Robust errors. " + LOST.format(f"{YEARS}, {ORG}"),
    ),
    "matching": (
        "The same model in other matched samples: clear for Uyghurs, not for Tibetans.",
        "Code; appendix, figure 3",
        KNOWN,
        "steinertcox.matching",
        "Robust errors. "
        + LOST.format(
            f"{YEARS}, {ORG} (m_match2); all years, whose reference 1981 has no release (m_match3, m_match4)"
        ),
    ),
    "appendix-table5": (
        "The same model without the three longest detentions: clear for Uyghurs, no longer for Tibetans.",
        "Appendix, table 5",
        KNOWN,
        "steinertcox.without_outliers",
        LOST.format(f"{YEARS}, {ORG}"),
    ),
    "appendix-table7": (
        "Deaths in custody where release competes.",
        "Appendix, table 7",
        f"{KNOWN}, and deaths in custody with time served",
        "steinertother.subdistribution",
        "Only 13 deaths. The archive's coefficients of students, Uyghurs, HCAP_MAX, HCAP_MIN, Falun Gong, journalists, other minorities, Christians, other religious groups and lawyers run off (no death among them); its errors for them look like evidence and are none.",
    ),
    "appendix-table8": (
        "The same with strata in place of covariates whose hazards are not proportional: clear for Uyghurs, in two of three models for Tibetans.",
        "Appendix, table 8",
        KNOWN,
        "steinertcox.stratified",
        "s3 has no maximum for other religious groups.",
    ),
    "appendix-table9": (
        "The same without covariates that may follow from ethnicity and religion.",
        "Appendix, table 9",
        KNOWN,
        "steinertcox.before_detention",
        LOST.format(f"{YEARS}, {ORG}"),
    ),
    "appendix-table10": (
        "Uyghurs are more likely to die in prison.",
        "Appendix, table 10; figure 7",
        "All records of the database with known age and sex",
        "steinertother.deaths",
        "Logistic regression.",
    ),
    "appendix-table11": (
        "Tibetans are over-represented among non-mobilising dissidents, Uyghurs among non-mobilising reformers.",
        "Appendix, table 11",
        KNOWN,
        "steinertother.over_represented",
        "In check1 no member of other minorities has the outcome; the archive's coefficient means nothing.",
    ),
    "appendix-table13": (
        "Duration hardly predicts whether the CECC knows of a detention.",
        "Appendix, table 13",
        "Detentions known to CHRD that have ended",
        "steinertother.inclusion",
        "",
    ),
    "appendix-table15": (
        "Time in detention by statute.",
        "Appendix, table 15",
        "Who is no longer detained",
        "steinert.by_statute",
        "As published, a statute has a mean only if the duration of every one charged under it is known. Those with five persons or more are quoted.",
    ),
    "unknown-as-han": (
        "The same models with unknown ethnicity taken as Han: clear for Uyghurs, for Tibetans only where years are left out.",
        "Code",
        f"{RISK}; those of known action",
        "steinertcox.unknown_as_han",
        LOST.format("the year 1997 (m6, m8)"),
    ),
    "age-and-amnesty": (
        "The same model with age, and with mass amnesties: clear for Uyghurs, not for Tibetans.",
        "Code",
        KNOWN + " (m9); with known age (m10)",
        "steinertcox.age_and_amnesty",
        "The archive's m10_b uses the column of m10_a, so its second definition of an amnesty was never tried.",
    ),
    "one-by-one": (
        "The same with covariates added one by one.",
        "Code",
        KNOWN,
        "steinertcox.one_by_one",
        LOST.format(f"{YEARS} (s8, s9), {ORG} (s9)"),
    ),
    "subsamples": (
        "The charged, the others, and non-mobilising reformers.",
        "Appendix, figures 1 and 2",
        KNOWN + "; m13 of the whole sample",
        "steinertcox.subsamples",
        LOST.format(
            "other religious groups and Ningxia (m12, m14), repeated detention, focal events, Gansu, Guizhou, Jilin (m14), focal events, 2020, Tianjin (m13)"
        ),
    ),
    "demands": (
        "Maximalist demands and capacity for collective action, one at a time.",
        "Code",
        KNOWN,
        "steinertcox.demands",
        "The archive's m16b does not run (a stray letter); it is computed as meant. " + LOST.format(f"{YEARS}, {ORG}"),
    ),
    "recidivism": (
        "The same with other codings of repeated detention.",
        "Code",
        KNOWN,
        "steinertcox.recidivism",
        LOST.format(f"{YEARS}, {ORG}"),
    ),
    "proportionality": (
        "Several hazards are not proportional.",
        "Code",
        KNOWN,
        "steinertcox.proportionality",
        "cox.zph: all terms of m1 and of the stratified models, the global test of others. Models with fixed effects, which have no maximum, are left out.",
    ),
    "missing": (
        "Ethnicity and action are unknown for many.",
        "Appendix, figure 7",
        "Sample of 2,300 persons",
        "steinert.missing",
        "",
    ),
    "validation": (
        "Detentions known to CHRD are short.",
        "Appendix, section 5",
        "Detentions known to CHRD that have ended",
        "steinertother.validation",
        "",
    ),
}

GLM = "The archive's glm stops at its default criterion and takes the error of the step before; carried to convergence, R gives our number."
CRR = "cmprsk::crr lets censorings tied with an event leave with it in its estimate of the censoring; R's finegray, which counts them after it, gives our number."
MUSLIM = "All Muslims in the model are Uyghurs or of other minorities, among whom no death is counted: the data say nothing of it."
ZPH = "The archive's fit has no maximum; fitted to the rows that stay in its limit, R's test gives our numbers."

# quantity -> printed, value, precision, unit, expected, why
PRINTED: dict[str, tuple[str, str, str, str, str, str]] = {
    "sample:charged": ("53.7%", "53.7", "0.1", "percent", "reproduced", ""),
    "sample:not_charged": ("46.3%", "46.3", "0.1", "percent", "reproduced", ""),
    "uyghurs:less_likely": ("93% less likely", "93", "1", "percent", "reproduced", ""),
    "uyghur-deaths:times_as_likely": (
        *("9 times (in words)", "9", "1", "odds ratio", "differs"),
        "The archive's regression of deaths gives an odds ratio of 7.7; the brief that says nine names no study and may mean another comparison.",
    ),
}
DIFFERS = {f"appendix-table13:{q}": GLM for q in ("v2_se_religious", "v3_se_HCAP_MIN", "v3_se_duration_HCAP_MIN")}
DIFFERS |= {
    f"appendix-table7:{q}": CRR
    for q in ("b_Charged", "se_Charged", "se_LCAP_MAX", "b_Worker", "b_Professor", "b_Buddhist", "loglik")
}
DIFFERS |= {f"proportionality:s3_{q}_GLOBAL": ZPH for q in ("chisq", "p")}
NOT_COMPUTED = {f"appendix-table7:{q}_Muslim": MUSLIM for q in ("b", "se")}


def finding_rows() -> list[Row]:
    """Rows of findings.csv."""
    rows = []
    for name, (claim, place, population, function, note) in FINDINGS.items():
        second_hand = name in ("uyghurs", "uyghur-deaths")
        addresses = [MONITOR] * second_hand + [ARTICLE, ARCHIVE] + [QUOTED_BY] * (name == "sample")
        rows.append(
            {
                "finding_id": PREFIX + name,
                "claim": claim,
                "publisher": "Uyghur Rights Monitor" if second_hand else "Journal of Conflict Resolution",
                "citation": f"{BRIEF}, taken to draw on {CITATION}" if second_hand else CITATION,
                "address": " ".join(addresses),
                "place": place,
                "population": population,
                "needs": "steinert2022",
                "function": function,
                "edition": "2026.11",
                "last_edition": "2026.12",
                "why_not": "",
                "note": " ".join(part for part in (note, "" if second_hand else HOW) if part),
            }
        )
    return rows


def quoted_rows() -> list[Row]:
    """Rows of quoted.csv."""
    reference = read_csv(ROOT / "tests" / "reference" / "steinert" / "values.csv")
    rows = []
    for row in reference:
        name = row["finding"].removeprefix(PREFIX)
        key = f"{name}:{row['quantity']}"
        if key in PRINTED:
            continue
        digits = len(row["printed"].partition(".")[2])
        why = DIFFERS.get(key, NOT_COMPUTED.get(key, ""))
        expected = "differs" if key in DIFFERS else "not computed" if key in NOT_COMPUTED else "reproduced"
        precision = f"{10.0**-digits:.{digits}f}"
        value, told = row["printed"], {"basis": "archive", "expected": expected, "why": why}
        rows.append(quoted(key, value, value, precision, row["unit"], **told))
    for key, (printed, value, precision, unit, expected, why) in PRINTED.items():
        rows.append(quoted(key, printed, value, precision, unit, basis="printed", expected=expected, why=why))
    order = {name: i for i, name in enumerate(FINDINGS)}
    return sorted(rows, key=lambda r: order[r["finding_id"].removeprefix(PREFIX)])


def quoted(
    key: str, printed: str, value: str, precision: str, unit: str, *, basis: str, expected: str, why: str
) -> Row:
    """One row of quoted.csv."""
    name, quantity = key.split(":")
    return {
        "value_id": PREFIX + key,
        "finding_id": PREFIX + name,
        "quantity": quantity,
        "printed": printed,
        "relation": "equals",
        "value": value,
        "value_to": "",
        "precision": precision,
        "unit": unit,
        "basis": basis,
        "expected": expected,
        "why": why,
    }


def replace(name: str, rows: list[Row]) -> None:
    """Write the rows of the article into a table, in the place of those that were there."""
    path = FOLDER / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        columns = list(csv.DictReader(file).fieldnames or [])
    there = read_csv(path)
    at = next((i for i, row in enumerate(there) if row["finding_id"].startswith(PREFIX)), len(there))
    after = [row for row in there[at:] if not row["finding_id"].startswith(PREFIX)]
    write_csv(path, columns, [*there[:at], *rows, *after])


if __name__ == "__main__":
    replace("findings", finding_rows())
    replace("quoted", quoted_rows())
