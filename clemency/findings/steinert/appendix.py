"""The published data of C. V. Steinert (2022) -> deaths, competing risks, kinds of action, and the validation."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import statsmodels.api as sm

from clemency.findings.material import Material
from clemency.findings.steinert.data import ACTIONS, CHRD, DATASET, ETHNIC, Steinert, steinert
from clemency.findings.steinert.hazards import ratios
from clemency.findings.steinert.limitcox import limit_cox
from clemency.models.curves.curves import incidence, survival
from clemency.models.hazard.finegray import fine_gray

MINORITIES = (
    *("Ewenki", "Hui", "Kazak", "Kirgiz", "Korean", "Manchu", "Miao", "Mongol", "She", "Tatar", "Tujia", "Uzbek"),
    *("Yao", "Yi"),
)
DEATH_TERMS = (
    *("Ethnic_Tibetan", "Ethnic_Uyghur", "Age", "Other_ethnic_minorities", "Muslim", "Christian", "FalunGong"),
    *("Buddhist", "Journalist", "Worker", "Lawyer", "Student", "Professor", "Charged", "SexM", "Recidivists"),
)
RISK_TERMS = (
    *("Male", "Student", "Ethnic_Uyghur", "Ethnic_Tibetan", "Charged", "HCAP_MAX", "Recidivists", "HCAP_MIN"),
    *("LCAP_MAX", "FalunGong", "Journalist", "Worker", "Other_ethnic_minorities", "Professor", "Buddhist", "Muslim"),
    *("Christian", "Other_religious_groups", "Lawyer"),
)
#: What the detentions known to CHRD were for -> kinds of action, as the article codes them.
CODING = {
    "LCAP_MIN": (
        *("Civil rights activist", "Civil rights resistance", "Civil rights activists", "Religious belonging"),
        *("Interview of dissident", "Civil right resistance", "Civil rights activism", "Being naked"),
    ),
    "HCAP_MIN": ("Civil rights leader", "Civil rights mobilizer (helps petitioners)", "Journalism"),
    "LCAP_MAX": (
        *("Dissident activist", "Dissident support", "Active dissidents", "Dissident in private", "Active dissident"),
        "Dissident connections",
    ),
    "HCAP_MAX": ("Active dissidents - travelled to UN", "Dissident leader"),
}
#: An offset that takes a row out of every risk set, but not out of the estimate of who is still under observation.
GONE = -60.0


def logit(frame: pd.DataFrame, outcome: str, terms: Sequence[str], prefix: str) -> dict[str, float]:
    """Fit a logistic regression; dummies whose rows all have the same outcome leave with their rows.

    Parameters
    ----------
    frame : DataFrame
    outcome : str
        0/1 column.
    terms : sequence of str
    prefix : str
        Before the names of the quantities.

    Returns
    -------
    dict
        ``PREFIX_b_TERM, PREFIX_se_TERM``, and ``n, loglik, aic`` of all complete rows: rows that leave add nothing to
        the supremum of the likelihood. The AIC counts the coefficients that left.
    """
    rows = frame[[outcome, *terms]].dropna().astype(float)
    n, kept = len(rows), list(terms)
    while True:
        alone = [t for t in kept if _alone(rows, outcome, t)]
        if not alone:
            break
        rows, kept = rows[(rows[alone] == 0).all(axis=1)], [t for t in kept if t not in alone]
    fit = sm.GLM(rows[outcome], sm.add_constant(rows[kept]), family=sm.families.Binomial()).fit(
        tol=1e-10, tol_criterion="params"
    )
    found: dict[str, float] = {}
    for name, b, se in zip(["Intercept", *kept], fit.params, fit.bse, strict=True):
        name = f"_{name}_" if name == "Intercept" else name.replace(":", "_")
        found |= {f"{prefix}_b_{name.strip('_')}": float(b), f"{prefix}_se_{name.strip('_')}": float(se)}
    sizes = {"n": n, "loglik": fit.llf, "aic": 2 * (len(terms) + 1) - 2 * fit.llf}
    return found | {f"{prefix}_{k}": float(v) for k, v in sizes.items()}


def _alone(rows: pd.DataFrame, outcome: str, term: str) -> bool:
    """Whether a 0/1 column's rows all have the same outcome, while the others do not."""
    values = set(rows[term].unique())
    return values == {0.0, 1.0} and rows.loc[rows[term] == 1, outcome].nunique() == 1


def over_represented(material: Material) -> dict[str, float]:
    """Each kind of action by ethnicity."""
    known = steinert(material).known
    found: dict[str, float] = {}
    terms = ("Ethnic_Uyghur", "Ethnic_Tibetan", "Other_ethnic_minorities")
    for i, action in enumerate(("HCAP_MIN", "HCAP_MAX", "LCAP_MAX", "LCAP_MIN"), 1):
        found |= logit(known, action, terms, f"check{i}")
    return found


def deaths(material: Material) -> dict[str, float]:
    """Deaths in custody in the whole database, by ethnicity and other covariates."""
    cecc = steinert(material).database
    sex = cecc["Sex"].map({"F": 0.0, "M": 1.0})
    minority = cecc["ethnic_group"].isin(MINORITIES).astype(float)
    cecc = cecc.assign(SexM=sex, Other_ethnic_minorities=minority)
    found = logit(cecc, "died_in_prison", DEATH_TERMS, "deaths")
    complete = cecc[["died_in_prison", *DEATH_TERMS]].dropna()
    found |= {"deaths_events": complete["died_in_prison"].sum(), "deaths_all": cecc["died_in_prison"].sum()}
    return found | {"deaths_or_Ethnic_Uyghur": float(np.exp(found["deaths_b_Ethnic_Uyghur"]))}


def deaths_headline(material: Material) -> dict[str, float]:
    """Odds ratio of death in custody of Uyghurs."""
    return {"times_as_likely": deaths(material)["deaths_or_Ethnic_Uyghur"]}


@lru_cache(maxsize=2)
def with_deaths(data: Steinert) -> pd.DataFrame:
    """The sample and the deaths of the whole database, with ``time`` and ``end``.

    As published, deaths of the sample are counted in the sample and once more among those of the database. The time
    to death is the time served by the database (in months, else in years).
    """
    dead = data.database[data.database["died_in_prison"] == 1]
    both = pd.concat([data.sample, dead], ignore_index=True)
    years, months = (both[f"current_last_sentence_or_time_served_{k}"].astype(float) for k in ("years", "months"))
    served = months.fillna(12 * years).where(both["died_in_prison"] == 1)
    end = np.select(
        [both["released"] == 1, both["died_in_prison"] == 1, both["currently_detained"] == 1],
        ["released", "died", "censored"],
        "",
    )
    both["time"] = served.fillna(both["months"])
    both["clock"] = both["time"] + 1
    both["end"] = pd.Categorical(end, ["censored", "died", "released"])
    alive = both["died_in_prison"] != 1
    unknown = dict.fromkeys(ETHNIC[:2], "ethnicity") | dict.fromkeys(ACTIONS, "crim_act")
    for column, source in unknown.items():
        both[column] = both[column].mask(both[source].isna() & alive)
    return both[both["time"].notna() & both["end"].notna()]


def figure8(material: Material) -> dict[str, float]:
    """Cumulative incidence of release and of death in custody."""
    both = with_deaths(steinert(material))
    dead = both[both["end"] == "died"]
    found: dict[str, float] = {
        "n": len(both),
        "deaths_with_time": len(dead),
        "deaths_counted_twice": dead["CECC_record_number"].duplicated().sum(),
    }
    at = (12, 24, 60, 120, 180)
    parts = {"all": both, "others": both[both["Ethnic_Uyghur"] == 0], "uyghur": both[both["Ethnic_Uyghur"] == 1]}
    for name, rows in parts.items():
        table = incidence(rows, exit="clock", event="end").at([t + 1 for t in at])
        for row in table.itertuples():
            found[f"{name}_{row.outcome}_{row.time - 1:g}"] = row.estimate
    return found


def subdistribution(material: Material) -> dict[str, float]:
    """Fine and Gray's model of death in custody, where release competes.

    Coefficients of groups without a death run off; they are left out, and their rows leave the risk sets.
    """
    both = with_deaths(steinert(material))
    rows = both.dropna(subset=list(RISK_TERMS))
    dead = rows["end"] == "died"
    terms = [t for t in RISK_TERMS if not (rows.loc[dead, t] == 0).all()]
    lost = [t for t in RISK_TERMS if t not in terms]
    rows = rows.assign(gone=GONE * (rows[lost] == 1).any(axis=1))
    fit = fine_gray(rows, " + ".join(terms), exit="clock", event="end", outcome="died", offset="gone", ties="breslow")
    found: dict[str, float] = {"n": len(rows), "deaths": dead.sum(), "releases": (rows["end"] == "released").sum()}
    found["loglik"] = float(fit.facts["loglik"])
    for row in fit.tidy().itertuples():
        found |= {f"b_{row.term}": row.estimate, f"se_{row.term}": row.std_error}
    return found


@lru_cache(maxsize=2)
def _chrd(path: Path) -> pd.DataFrame:
    frame = pd.read_csv(path, encoding="utf-8", keep_default_na=False, na_values=[""])
    frame = frame[frame["rel.date"].notna()]
    day = {k: pd.to_datetime(frame[f"{k}.date"], format="%Y.%m.%d", errors="coerce") for k in ("det", "rel")}
    action = frame["Criminalized.action"].map({v: k for k, many in CODING.items() for v in many})
    occupation = frame["Occupation"]
    return pd.DataFrame(
        {
            "duration": (day["rel"] - day["det"]).dt.days.replace(0, 1).astype(float),
            "female": _has(frame["gender"], "female"),
            "tried": _has(frame["det.type"], "Criminal detention"),
            "Recidivism": frame["Recidivism"].fillna(0).astype(float),
            "Journalists": _has(occupation, "Journalist") + _has(occupation, "Writer"),
            "religious": frame["Religious.group"].str.contains("Falun Gong|Christian", na=False).astype(float),
            "action": action,
            **{k: (action == k).astype(float) for k in ("HCAP_MAX", "HCAP_MIN", "LCAP_MIN")},
            "cecc": pd.to_numeric(frame["cecc"], errors="coerce"),
            "ended": 1,
        }
    )


def _has(column: pd.Series, text: str) -> pd.Series:
    return column.str.contains(text, regex=False).astype(float)


VALIDATED = ("religious", "HCAP_MAX", "HCAP_MIN", "LCAP_MIN", "tried", "female", "Recidivism", "Journalists")


def validation(material: Material) -> dict[str, float]:
    """Days in detention of those known to CHRD, and their predictors."""
    rows = _chrd(material.file(DATASET, CHRD))
    curve = survival(rows.dropna(subset=["duration"]), exit="duration", event="ended")
    found: dict[str, float] = {"released": len(rows), "in_cecc": (rows["cecc"] == 1).sum()}
    found |= {f"n_{k}": v for k, v in rows["action"].fillna("missing").value_counts().items()}
    found["median"] = float(curve.quantile(0.5)["quantile"].iloc[0])
    terms = ("female", "tried", "Journalists", "religious", "Recidivism", "HCAP_MAX", "HCAP_MIN", "LCAP_MIN")
    return found | ratios(limit_cox(rows, " + ".join(terms), exit="duration", event="ended"), "cox")


def inclusion(material: Material) -> dict[str, float]:
    """Whether a detention known to CHRD is in the CECC's database."""
    rows = _chrd(material.file(DATASET, CHRD))
    found = logit(rows, "cecc", ("duration", *VALIDATED), "v1")
    for i, name in enumerate(("religious", "HCAP_MIN", "LCAP_MIN"), 2):
        crossed = f"duration:{name}"
        more = rows.assign(**{crossed: rows["duration"] * rows[name]})
        found |= logit(more, "cecc", ("duration", *VALIDATED, crossed), f"v{i}")
    return found
