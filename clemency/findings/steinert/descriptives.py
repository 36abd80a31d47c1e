"""The published data of C. V. Steinert (2022) -> the figures and descriptive tables of the article."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from clemency.findings.material import Material
from clemency.findings.steinert.data import slug, steinert
from clemency.models.curves.curves import survival

MONTHS = tuple(range(0, 201, 25))
DESCRIBED = (
    *("months", "HCAP_MAX", "HCAP_MIN", "LCAP_MAX", "LCAP_MIN", "Male", "Ethnic_Tibetan", "Ethnic_Uyghur"),
    *("Other_ethnic_minorities", "Muslim", "Christian", "FalunGong", "Buddhist", "Other_religious_groups"),
    *("Journalist", "Worker", "Lawyer", "Entrepreneur", "Student", "Professor", "Unemployed", "Charged"),
    *("Recidivists", "Focalevent_detention", "Mass_amnesty"),
)
CROSSED = (
    *("Ethnic_Uyghur", "Ethnic_Tibetan", "Other_ethnic_minorities", "Ethnic_Han", "Muslim", "Buddhist", "Christian"),
    *("FalunGong", "Other_religious_groups", "Charged", "Female", "Male", "Worker", "Student", "Lawyer"),
)


def sample(material: Material) -> dict[str, float]:
    """Sizes of the samples, and the share charged in the whole database."""
    data = steinert(material)
    every, rows = data.sample, data.at_risk
    charged = 100 * data.database["Charged"].mean()
    ends = {k: every[k].sum() for k in ("currently_detained", "released", "escaped", "died_in_prison")}
    return ends | {
        "n_at_risk": len(rows),
        "n_released": rows["free"].sum(),
        "coding_errors": (every["detentiontime_months"] < 0).sum(),
        "with_ethnicity_and_action": len(data.known),
        "with_action": len(data.coded),
        "charged": charged,
        "not_charged": 100 - charged,
    }


def risk_table(rows: pd.DataFrame, months: tuple[int, ...] = MONTHS) -> dict[str, float]:
    """Kaplan-Meier estimate with its risk table.

    Parameters
    ----------
    rows : DataFrame
        With ``clock`` (months and one) and ``free``.
    months : tuple of int

    Returns
    -------
    dict
        ``at_risk_M`` just before month M, ``released_M`` and ``censored_M`` up to and including it, ``survival_M``,
        and ``median``.
    """
    curve = survival(rows, exit="clock", event="free")
    table = curve.at([m + 1 for m in months])
    censored = [((rows["free"] == 0) & (rows["clock"] <= m + 1)).sum() for m in months]
    found: dict[str, float] = {"median": float(curve.quantile(0.5)["quantile"].iloc[0]) - 1}
    for m, row, left in zip(months, table.itertuples(), censored, strict=True):
        found |= {f"at_risk_{m}": row.at_risk, f"released_{m}": row.n_event}
        found |= {f"censored_{m}": left, f"survival_{m}": row.estimate}
    return found


def figure1(material: Material) -> dict[str, float]:
    """Kaplan-Meier curve of release with its risk table."""
    return risk_table(steinert(material).at_risk)


def durations(material: Material) -> dict[str, float]:
    """Months in detention of the released, and the longest in the main sample."""
    data = steinert(material)
    free = data.at_risk.loc[data.at_risk["free"] == 1, "months"]
    longest = data.known["months"].nlargest(3)
    found = {"mean": free.mean(), "median": free.median(), "max": free.max()}
    return found | {f"longest_{i}": m for i, m in enumerate(longest, 1)}


def figure2(material: Material) -> dict[str, float]:
    """Mean months in detention of who is no longer detained, and persons, by province."""
    every = steinert(material).sample
    ended = every[every["currently_detained"] == 0]
    means = ended.groupby("province")["months"].mean().dropna()
    found = {f"mean_{slug(k)}": v for k, v in means.items()}
    return found | {f"n_{slug(k)}": v for k, v in every["province"].value_counts().items()}


def figure3(material: Material) -> dict[str, float]:
    """Persons by criminalised action."""
    return counts(steinert(material).sample["crim_act"], "n_")


def groups(material: Material) -> dict[str, float]:
    """Persons by ethnicity and by religion."""
    every = steinert(material).sample
    return counts(every["ethnicity"], "ethnicity_") | counts(every["confession"], "religion_")


def counts(column: pd.Series, prefix: str) -> dict[str, float]:
    """Number of rows by value, ``missing`` among them."""
    n = column.fillna("missing").value_counts()
    return {prefix + re.sub("[^A-Za-z]+", "_", str(k)): float(v) for k, v in n.items()}


def figure4(material: Material) -> dict[str, float]:
    """Mean months in detention by action with limits at 1.96 standard errors, of who is no longer detained."""
    every = steinert(material).sample
    ended = every[(every["currently_detained"] == 0) & every["months"].notna()]
    found: dict[str, float] = {}
    for name, months in ended.groupby("crim_act")["months"]:
        mean, half = months.mean(), 1.96 * months.std() / np.sqrt(len(months))
        found |= {
            f"n_{name}": len(months),
            f"mean_{name}": mean,
            f"low_{name}": mean - half,
            f"high_{name}": mean + half,
        }
    return found


def over_time(material: Material) -> dict[str, float]:
    """Detentions and releases with a date, as counted by that date."""
    every = steinert(material).sample
    found: dict[str, float] = {}
    for kind in ("detention", "release"):
        day = pd.to_datetime(every[f"date_of_{kind}_coarse"]).dropna()
        late = day[day > "2000-01-01"]
        found |= {f"{kind}_dated": len(day), f"{kind}_after_2000_01": len(late)}
        found[f"{kind}_most_on_one_date"] = late.value_counts().iloc[0]
        found |= {f"{kind}_{y}": (day.dt.year == y).sum() for y in (1989, 1995, 2008, 2009, 2014, 2019)}
    return found


def described(material: Material) -> dict[str, float]:
    """Number, mean and standard deviation of the variables of the main models."""
    known = steinert(material).known
    found = {"min_months": known["months"].min(), "max_months": known["months"].max()}
    for name in DESCRIBED:
        column = known[name].dropna()
        found |= {f"n_{name}": len(column), f"mean_{name}": column.mean(), f"sd_{name}": column.std()}
    return found


def crossed(material: Material) -> dict[str, float]:
    """Persons by group and action."""
    known = steinert(material).known
    found: dict[str, float] = {}
    for group in CROSSED:
        sex = {"Female": "F", "Male": "M"}.get(group)
        inside = known["Sex"] == sex if sex else known[group] == 1
        for action in ("HCAP_MAX", "HCAP_MIN", "LCAP_MIN", "LCAP_MAX"):
            found[f"{group}_{action}"] = (inside & (known[action] == 1)).sum()
    return found


def by_statute(material: Material) -> dict[str, float]:
    """Mean months by statute, of who is no longer detained; as published, only where every duration is known."""
    every = steinert(material).sample
    ended = every[every["currently_detained"] == 0]
    months = ended.groupby("charge_statute")["months"]
    means, size = months.mean(), months.size()
    means = means[months.count() == size]
    found: dict[str, float] = {"statutes": len(means)}
    for name, mean in means[size[means.index] >= 5].items():
        found |= {f"mean_{slug(str(name))}": mean, f"n_{slug(str(name))}": size[name]}
    return found


def missing(material: Material) -> dict[str, float]:
    """Percent missing of the key variables."""
    every = steinert(material).sample
    return {f"missing_{k}": 100 * every[k].isna().mean() for k in ("crim_act", "ethnicity", "Male", "Charged", "Y")}
