"""The published data of C. V. Steinert (2022) -> the hazard ratios of the article and of its appendix."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pandas as pd

from clemency.findings.material import Material
from clemency.findings.steinert.data import ACTIONS, ETHNIC, FAITH, MAIN, WORK, Steinert, formula, slug, steinert
from clemency.findings.steinert.limitcox import LimitFit, limit_cox

SHORT = tuple(t for t in MAIN if t != "Unemployed")
#: Covariates of the matched models.
MATCHED = tuple("Male" if t == "Sex" else t for t in SHORT)
YEAR, PLACE = "Y", "province"


def fitted(
    data: pd.DataFrame, *parts: str | tuple[str, ...], without: tuple[str, ...] = (), **options: object
) -> LimitFit:
    """Fit one of the article's models."""
    return limit_cox(data, formula(*parts, without=without), exit="clock", event="free", **options)  # type: ignore[arg-type]


def named(term: str, level: str) -> str:
    """Name of a coefficient, as in the quantities of the registry."""
    return f"prov_{slug(level)}" if term == PLACE else f"{term}{level}"


def ratios(fit: LimitFit, prefix: str, places: bool = False) -> dict[str, float]:
    """Hazard ratios with the standard errors of their logarithms, sizes and likelihoods.

    Dummies of years are left out, as in the printed tables, and coefficients that have no maximum.
    """
    table = fit.tidy()
    table = table[(table["term"] != YEAR) & (places | (table["term"] != PLACE)) & ~np.array(fit.contrast)]
    values: dict[str, float] = {}
    for row in table.itertuples():
        name = named(row.term, row.level)
        values |= {f"{prefix}_hr_{name}": float(np.exp(row.estimate)), f"{prefix}_se_{name}": row.std_error}
    values |= {f"{prefix}_n": fit.n, f"{prefix}_events": fit.events, f"{prefix}_loglik": fit.loglik}
    return values | {f"{prefix}_lr": 2 * (fit.loglik - fit.loglik_null)}


def main_models(material: Material) -> dict[str, float]:
    """The main specification: without fixed effects, with years, with provinces, with both."""
    known = steinert(material).known
    return (
        ratios(fitted(known, MAIN), "m1")
        | ratios(fitted(known, MAIN, YEAR), "m2")
        | ratios(fitted(known, MAIN, PLACE), "m3", places=True)
        | ratios(fitted(known, MAIN, YEAR, PLACE), "m4", places=True)
    )


def figure5(material: Material) -> dict[str, float]:
    """Hazard ratios without fixed effects, with 95% limits."""
    limit_fit = fitted(steinert(material).known, MAIN)
    table = limit_fit.fit.tidy(exponentiate=True)
    values: dict[str, float] = {}
    for term, level, row in zip(limit_fit.terms, limit_fit.levels, table.itertuples(), strict=True):
        name = named(term, level)
        values |= {f"hr_{name}": row.estimate, f"low_{name}": row.ci_low, f"high_{name}": row.ci_high}
    return values


def figure6(material: Material) -> dict[str, float]:
    """Mean survival in detention if all were Uyghurs, and if none were, with both fixed effects.

    Rows that leave the risk sets of the limit have no hazard, so they stay in detention.
    """
    limit_fit = fitted(steinert(material).known, SHORT, YEAR, PLACE)
    values = ratios(limit_fit, "m4b")
    column = f"c{limit_fit.terms.index('Ethnic_Uyghur')}"
    months = (25, 50, 100, 150, 200)
    for row in limit_fit.fit.standardise(column, [m + 1 for m in months]).itertuples():
        name = "uyghur" if getattr(row, column) else "others"
        mean = (row.estimate * (limit_fit.n - limit_fit.left) + limit_fit.left) / limit_fit.n
        values[f"{name}_{row.time - 1:g}"] = mean
    return values


def headline(material: Material) -> dict[str, float]:
    """By how many percent Uyghurs' hazard of release is lower, in the model with both fixed effects."""
    table = fitted(steinert(material).known, MAIN, YEAR, PLACE).tidy().set_index("term")
    return {"less_likely": 100 * (1 - float(np.exp(table.loc["Ethnic_Uyghur", "estimate"])))}


def unknown_as_han(material: Material) -> dict[str, float]:
    """The main specifications with unknown ethnicity taken as Han."""
    coded = steinert(material).coded
    return (
        ratios(fitted(coded, MAIN), "m5")
        | ratios(fitted(coded, MAIN, YEAR), "m6")
        | ratios(fitted(coded, SHORT, PLACE), "m7")
        | ratios(fitted(coded, SHORT, YEAR, PLACE), "m8")
    )


def age_and_amnesty(material: Material) -> dict[str, float]:
    """With age, and with three definitions of a mass amnesty."""
    data = steinert(material)
    found = ratios(fitted(data.known, MAIN, "Age"), "m9")
    for name, amnesty in (("m10", "Mass_amnesty"), ("m10_a", "amnesty_a")):
        found |= ratios(fitted(data.sample, MAIN, "Age", amnesty), name)
    return found


def without_outliers(material: Material) -> dict[str, float]:
    """Both fixed effects, without durations of 305 months or more."""
    known = steinert(material).known
    return ratios(fitted(known[known["months"] < 305], SHORT, YEAR, PLACE), "m11", places=True)


def one_by_one(material: Material) -> dict[str, float]:
    """Nine models, each with more covariates than the one before."""
    known = steinert(material).known
    steps: list[tuple[str, ...]] = [
        (*ACTIONS, *WORK, "Recidivists", "Focalevent_detention"),
        ("Charged",),
        ("Sex",),
        ("Ethnic_Tibetan",),
        ("Ethnic_Uyghur", "Other_ethnic_minorities"),
        ("Muslim",),
        FAITH[1:],
        (YEAR,),
        (PLACE,),
    ]
    found: dict[str, float] = {}
    for i in range(1, len(steps) + 1):
        found |= ratios(fitted(known, *steps[:i]), f"s{i}")
    return found


def matched_weights(treated: pd.Series, cells: pd.DataFrame) -> pd.Series:
    """Weights of exact matching for the effect on the treated.

    Parameters
    ----------
    treated : Series of bool
    cells : DataFrame
        Columns whose combinations are the cells.

    Returns
    -------
    Series of float
        0 in cells without a treated or without a control; 1 for the treated; for controls the ratio of treated to
        controls in their cell, scaled so that the weights of the controls add up to their number.

    References
    ----------
    S. M. Iacus, G. King and G. Porro (2012), Causal inference without balance checking: coarsened exact matching,
    Political Analysis 20:1-24.

    Examples
    --------
    >>> import pandas as pd
    >>> t, sex = pd.Series([True, False, False, True, False]), pd.DataFrame({"sex": list("mmmff")})
    >>> matched_weights(t, sex).tolist()
    [1.0, 0.75, 0.75, 1.0, 1.5]
    """
    key = [cells[c] for c in cells.columns]
    n_treated = treated.astype(float).groupby(key, dropna=False).transform("sum")
    n_control = (~treated).astype(float).groupby(key, dropna=False).transform("sum")
    keep = (n_treated > 0) & (n_control > 0)
    raw = (n_treated / n_control.where(keep)).where(keep, 0.0)
    controls = keep & ~treated
    raw = raw.where(~treated, keep.astype(float))
    return raw.where(treated, raw * controls.sum() / raw[controls].sum())


@lru_cache(maxsize=8)
def _matched(data: Steinert, everyone: bool, action: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Complete rows, and those of them that are matched with their weights in ``w``."""
    frame = data.sample if everyone else data.known
    complete = frame.dropna(subset=["Charged", "Male", "months", "free", PLACE, *(t for t in MAIN if t != "Sex")])
    weight = matched_weights(complete["Ethnic_Uyghur"] == 1, complete[["Charged", "Male", action]])
    return complete, complete.assign(w=weight)[weight > 0]


def _matched_model(material: Material, name: str, places: bool = False) -> dict[str, float]:
    everyone, action = name in ("m_match3", "m_match4"), "LCAP_MAX" if name in ("m_match1", "m_match3") else "LCAP_MIN"
    _, rows = _matched(steinert(material), everyone, action)
    actions = (*ACTIONS, "LCAP_MIN") if everyone else ACTIONS
    found = ratios(fitted(rows, actions, MATCHED[3:], YEAR, PLACE, weights="w"), name, places)
    found.pop(f"{name}_lr")
    control = rows.loc[rows["Ethnic_Uyghur"] == 0, "w"]
    sizes = {"treated": len(rows) - len(control), "controls": len(control)}
    sizes["effective_controls"] = control.sum() ** 2 / (control**2).sum()
    return found | {f"{name}_{k}": float(v) for k, v in sizes.items()}


def matched_main(material: Material) -> dict[str, float]:
    """Both fixed effects after matching Uyghurs exactly on charge, sex and LCAP_MAX."""
    return _matched_model(material, "m_match1", places=True)


def matching(material: Material) -> dict[str, float]:
    """Other matched models, and the balance before and after."""
    found: dict[str, float] = {}
    for name in ("m_match2", "m_match3", "m_match4"):
        found |= _matched_model(material, name)
    complete, rows = _matched(steinert(material), False, "LCAP_MAX")
    found |= ratios(fitted(rows, MATCHED, weights="w"), "m_match1_plain")
    for covariate in ("Charged", "Male", "LCAP_MAX"):
        found[f"gap_before_{covariate}"] = _gap(complete.assign(w=1.0), covariate)
        found[f"gap_after_{covariate}"] = _gap(rows, covariate)
    return found


def _gap(rows: pd.DataFrame, covariate: str) -> float:
    """Weighted share among Uyghurs less that among others."""
    treated = rows["Ethnic_Uyghur"] == 1
    shares = [np.average(rows.loc[g, covariate], weights=rows.loc[g, "w"]) for g in (treated, ~treated)]
    return float(shares[0] - shares[1])


def subsamples(material: Material) -> dict[str, float]:
    """Charged only, not charged only, and non-mobilising reformers only."""
    data = steinert(material)
    charged, extra = data.known[data.known["Charged"] == 1], data.sample[data.sample["Charged"] == 0]
    reformers = data.known[data.known["LCAP_MIN"] == 1]
    events = ("Recidivists", "Focalevent_detention")
    faithless = ("Charged", "Other_religious_groups")
    return (
        ratios(fitted(charged, SHORT, PLACE, without=("Charged",)), "m12_places")
        | ratios(fitted(charged, SHORT, without=("Charged",)), "m12")
        | ratios(fitted(extra, SHORT, YEAR, PLACE, without=faithless), "m13_both")
        | ratios(fitted(extra, SHORT, without=faithless), "m13")
        | ratios(fitted(reformers, SHORT, PLACE, without=ACTIONS), "m14_places")
        | ratios(fitted(reformers, SHORT, without=(*ACTIONS, *events)), "m14")
    )


def demands(material: Material) -> dict[str, float]:
    """Maximalist demands and capacity for collective action, one at a time."""
    known = steinert(material).known
    found = ratios(fitted(known, "maximalist", SHORT, YEAR, PLACE, without=ACTIONS), "m16")
    return found | ratios(fitted(known, "HCAP", SHORT, YEAR, PLACE, without=ACTIONS), "m16b")


def recidivism(material: Material) -> dict[str, float]:
    """Both fixed effects with two other codings of repeated detention."""
    known = steinert(material).known
    found: dict[str, float] = {}
    for i, name in ((2, "m18"), (3, "m19")):
        column = f"Recidivists{i}"
        found[f"again_{i}"] = known[column].sum()
        terms = tuple(column if t == "Recidivists" else t for t in MAIN)
        found |= ratios(fitted(known, terms, YEAR, PLACE), name)
    return found


def before_detention(material: Material) -> dict[str, float]:
    """Both fixed effects, without covariates that follow from ethnicity or religion."""
    return ratios(fitted(steinert(material).known, ETHNIC, FAITH, YEAR, PLACE), "m", places=True)


def _stratified(data: Steinert) -> dict[str, LimitFit]:
    _, rows = _matched(data, False, "LCAP_MAX")
    first, second = ("Christian", "Charged", "LCAP_MAX"), ("Charged", "LCAP_MAX")
    return {
        "s1": fitted(data.known, MAIN, without=first, strata=first),
        "s2": fitted(data.known, MAIN, without=second, strata=(*second, YEAR)),
        "s3": fitted(
            rows,
            MATCHED,
            without=("Muslim", "Charged", "Focalevent_detention"),
            strata=("Muslim", "Charged", PLACE),
            weights="w",
        ),
    }


def stratified(material: Material) -> dict[str, float]:
    """Three models with strata in place of covariates whose hazards are not proportional."""
    found: dict[str, float] = {}
    for name, fit in _stratified(steinert(material)).items():
        found |= ratios(fit, name)
    return found


def proportionality(material: Material) -> dict[str, float]:
    """Tests of proportional hazards."""
    data = steinert(material)
    charged, extra = data.known[data.known["Charged"] == 1], data.sample[data.sample["Charged"] == 0]
    reformers = data.known[data.known["LCAP_MIN"] == 1]
    events = ("Recidivists", "Focalevent_detention")
    fits = {
        "m1": fitted(data.known, MAIN),
        "m5": fitted(data.coded, MAIN),
        "m9": fitted(data.known, MAIN, "Age"),
        "m10": fitted(data.sample, MAIN, "Age", "Mass_amnesty"),
        "m12": fitted(charged, SHORT, without=("Charged",)),
        "m13": fitted(extra, SHORT, without=("Charged", "Other_religious_groups")),
        "m14": fitted(reformers, SHORT, without=(*ACTIONS, *events)),
        "plain": fitted(_matched(data, False, "LCAP_MAX")[1], MATCHED, weights="w"),
        **_stratified(data),
    }
    found: dict[str, float] = {}
    for name, fit in fits.items():
        table = fit.fit.check().tidy()
        terms = {f"c{i}": term for i, term in enumerate(fit.terms)}
        for row in table.itertuples():
            term = terms.get(row.term, row.term)
            found |= {f"{name}_chisq_{term}": row.statistic, f"{name}_p_{term}": row.p_value}
    return found
