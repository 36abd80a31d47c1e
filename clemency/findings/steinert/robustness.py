"""The main claims of C. V. Steinert (2022) -> the same questions under other assumptions, as tables.

The claims: Uyghurs, Tibetans and the charged are released more slowly, and half are released within 72 months. Each
variant changes one thing. What was recorded, and when, decides most: the article knows a duration of all who are still
detained, but of few of the released.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from statsmodels.stats.multitest import multipletests

from clemency.findings.material import Material
from clemency.findings.steinert.appendix import MINORITIES, with_deaths
from clemency.findings.steinert.data import ACTIONS, MAIN, Steinert, formula, steinert
from clemency.findings.steinert.hazards import PLACE, YEAR, fitted
from clemency.findings.steinert.limitcox import LimitFit
from clemency.inference import pool
from clemency.models.curves.curves import incidence, survival
from clemency.models.hazard.cox import cox
from clemency.models.hazard.finegray import fine_gray
from clemency.models.intervalcensoring.intervalhazard import interval_hazard

CLAIMS = ("Ethnic_Uyghur", "Ethnic_Tibetan", "Charged")
#: The database was exported on this day: who is listed as released had been released by then.
EXPORTED = pd.Timestamp("2020-07-23")
DAYS_PER_MONTH = 30.0  # the article's month
DATABASE_BEGAN = 2004  # earlier records bear this year
#: Months (and one) at which the hazard may change, for intervals.
BANDS = (13.0, 37.0, 61.0, 121.0, 181.0)
OTHER_RELIGIONS = (
    *("Mentu Hui", "Yi Guan Dao", "Eastern Lightning", "Lord God Religion", "Local Church ", "Jehovah's Witness"),
    "Full Scope Church",
)
COLUMNS = ["variant", "term", "n", "events", "hazard_ratio", "ci_low", "ci_high", "p_value", "verdict"]


def stress(material: Material, imputations: int = 10, seed: int = 2022) -> pd.DataFrame:
    """Hazard ratios of release of the three main covariates under other assumptions.

    Parameters
    ----------
    material : Material
    imputations : int
        Of days that are not known.
    seed : int

    Returns
    -------
    DataFrame
        ``variant, term, n, events, hazard_ratio, ci_low, ci_high, p_value, verdict``. The verdict compares with the
        published direction (below 1): ``stands`` if the limits lie below 1, ``same sign`` if only the estimate does,
        ``other sign``. For intervals ``events`` counts releases with and without a date. Rows on
        intervals are left out where the library has no `interval_hazard`.
    """
    data = steinert(material)
    parts = [
        *_published(data),
        *_errors(data),
        *_entries(data),
        *_status(data),
        *_competing(data),
        *_imputed(data, imputations, seed),
        *_undated(data),
    ]
    table = pd.concat(parts, ignore_index=True)
    table["verdict"] = [verdict(*row) for row in table[["hazard_ratio", "ci_low", "ci_high"]].to_numpy()]
    return table[COLUMNS]


def verdict(ratio: float, low: float, high: float) -> str:
    """How a hazard ratio stands to the claim that it is below 1.

    Examples
    --------
    >>> verdict(0.5, 0.3, 0.8), verdict(0.9, 0.7, 1.2), verdict(1.4, 1.1, 1.9)
    ('stands', 'same sign', 'other sign')
    """
    if ratio >= 1:
        return "other sign"
    return "stands" if high < 1 else "same sign"


def side_by_side(table: pd.DataFrame) -> pd.DataFrame:
    """One row per variant, each claim as text: the ratio, its limits and the verdict.

    Examples
    --------
    >>> row = {"variant": "v", "n": 9, "events": 5, "hazard_ratio": 0.5, "ci_low": 0.2, "ci_high": 0.9}
    >>> side_by_side(pd.DataFrame([row | {"term": t, "verdict": "stands"} for t in CLAIMS])).to_numpy()[0, 2:].tolist()
    [5, '0.50 (0.20 to 0.90) stands', '0.50 (0.20 to 0.90) stands', '0.50 (0.20 to 0.90) stands']
    """
    text = [
        f"{r.hazard_ratio:.{d}f} ({r.ci_low:.{d}f} to {r.ci_high:.{d}f}) {r.verdict}"
        for r in table.itertuples()
        for d in [3 if r.ci_high < 0.1 else 2]
    ]
    wide = table.assign(text=text).pivot(index="variant", columns="term", values="text")[list(CLAIMS)]
    sizes = table.drop_duplicates("variant").set_index("variant")[["n", "events"]]
    return sizes.join(wide).reset_index().rename_axis(columns=None)


def _rows(variant: str, tidy: pd.DataFrame, n: int, events: int) -> pd.DataFrame:
    """The rows of the claims, on the scale of ratios."""
    tidy = tidy.set_index("term")
    rows = [tidy.loc[t] for t in CLAIMS]
    return pd.DataFrame(
        {
            "variant": variant,
            "term": CLAIMS,
            "n": n,
            "events": events,
            "hazard_ratio": [float(np.exp(r["estimate"])) for r in rows],
            "ci_low": [float(np.exp(r["ci_low"])) for r in rows],
            "ci_high": [float(np.exp(r["ci_high"])) for r in rows],
            "p_value": [float(r["p_value"]) for r in rows],
        }
    )


def _of(variant: str, fit: LimitFit) -> pd.DataFrame:
    return _rows(variant, fit.tidy(), fit.n, fit.events)


def _published(data: Steinert) -> Iterator[pd.DataFrame]:
    """As published, and with all covariates tested together."""
    for name, more in (("no fixed effects", ()), ("years and provinces", (YEAR, PLACE))):
        limit_fit = fitted(data.known, MAIN, *more)
        yield _of(f"as published, {name}", limit_fit)
        table = limit_fit.tidy()
        table = table[~table["term"].isin([YEAR, PLACE]) & ~np.array(limit_fit.contrast)]
        wide = limit_fit.fit.with_level(1 - 0.05 / len(table)).tidy().loc[table.index]
        adjusted = multipletests(table["p_value"], method="holm")[1]
        table = table.assign(p_value=adjusted, ci_low=wide["ci_low"], ci_high=wide["ci_high"])
        what = f"{len(table)} covariates at once (Holm; limits: Bonferroni), {name}"
        yield _rows(what, table, limit_fit.n, limit_fit.events)


def _errors(data: Steinert) -> Iterator[pd.DataFrame]:
    """Robust and clustered errors."""
    plain = fitted(data.known, MAIN)
    robust = plain.fit.with_variance(robust=True).tidy().assign(term=list(plain.terms))
    yield _rows("robust errors", robust, plain.n, plain.events)
    yield _of("errors clustered by province", fitted(data.known, MAIN, cluster=PLACE))
    yield _of("errors clustered by province and year", fitted(data.known, MAIN, cluster=(PLACE, YEAR)))
    yield _of("years and provinces, clustered by province", fitted(data.known, MAIN, YEAR, PLACE, cluster=PLACE))


def _entries(data: Steinert) -> Iterator[pd.DataFrame]:
    """At risk only since sentence, since the case was first documented, or since some month.

    The last because who is charged must have been held until then: from the first day on, the charged seem to stay.
    """
    known = data.known
    sentenced = known.assign(start=months_between(known, middle(known["sentence_date"])) + 1)
    yield _truncated("sentenced only, at risk since sentence", sentenced[sentenced["start"].notna()])
    for name, start in documented(known).items():
        yield _truncated(f"at risk since first documented, {name} of that year", known.assign(start=start))
    for month in (3, 12):
        yield _truncated(f"only who was held for more than {month} months, since then", known.assign(start=month + 1.0))
    # Terms of a year end in month 12, so it matters on which side of the start that month lies.
    yield _truncated("only who was held for 12 months or more, since then", known.assign(start=12.5))


def _truncated(variant: str, rows: pd.DataFrame) -> pd.DataFrame:
    rows = rows.dropna(subset=[*MAIN, "clock", "free"])
    rows = rows[rows["start"] < rows["clock"]]
    kept, terms = without_empty(rows, MAIN)
    options: dict[str, Any] = {"exit": "clock", "event": "free", "entry": "start"}
    if set(CLAIMS) <= set(terms):
        table = cox(kept, formula(terms), **options).tidy()
    else:
        # Nobody of a group was released: its ratio is 0 without an upper limit but by a penalty.
        varied = [t for t in MAIN if rows[t].nunique() > 1]
        table = cox(rows, formula(tuple(varied)), penalty="firth", **options).tidy()
        variant += " (Firth: no release in a group)"
    return _rows(variant, table, len(rows), int(rows["free"].sum()))


def without_empty(rows: pd.DataFrame, terms: Sequence[str]) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Drop 0/1 covariates of which no one had the event, with their rows (the limit of the likelihood), and constants.

    Parameters
    ----------
    rows : DataFrame
        With ``free``, the event.
    terms : sequence of str

    Returns
    -------
    rows, terms
    """
    kept = list(terms)
    while True:
        numeric = [t for t in kept if pd.api.types.is_numeric_dtype(rows[t])]
        empty = [t for t in numeric if (rows.loc[rows["free"] == 1, t] == 0).all()]
        if not empty:
            break
        rows, kept = rows[(rows[empty] == 0).all(axis=1)], [t for t in kept if t not in empty]
    return rows, tuple(t for t in kept if rows[t].nunique() > 1)


def _status(data: Steinert) -> Iterator[pd.DataFrame]:
    """Without who counts as detained though the record doubts it, or says that they are out on bail."""
    detained = data.known["free"] == 0
    for name, mark in (("of doubtful status", "?"), ("on bail", "bail")):
        odd = detained & data.known["detention_status"].str.contains(mark, regex=False, na=False)
        rows = data.known[~odd]
        yield _of(f"without the {odd.sum()} detained {name}", fitted(rows, MAIN))
        if mark == "?":
            what = "only who was held for more than 12 months, since then, without the doubtful"
            yield _truncated(what, rows.assign(start=13.0))


def _competing(data: Steinert) -> Iterator[pd.DataFrame]:
    """Deaths in custody, each counted once, as an end of detention."""
    both = with_deaths(data)
    both = both[~both["CECC_record_number"].duplicated()]
    both = both[both["crim_act"].notna() & both["ethnic_group"].notna()]
    rows = both.dropna(subset=list(MAIN))
    options: dict[str, Any] = {"exit": "clock", "event": "end", "outcome": "released"}
    n, events = len(rows), int((rows["end"] == "released").sum())
    cause = cox(rows, formula(MAIN), **options).tidy()
    yield _rows("deaths with a date end detention, cause-specific", cause, n, events)
    share = fine_gray(rows, formula(MAIN), **options).tidy()
    yield _rows("deaths with a date compete (Fine-Gray)", share, n, events)


def _imputed(data: Steinert, imputations: int, seed: int) -> Iterator[pd.DataFrame]:
    """Unknown days of detention drawn within their month, durations in days."""
    generator = np.random.default_rng(seed)
    known = data.known
    begun = pd.to_datetime(known["date_of_detention_coarse_unrounded"])
    unknown = known["date_of_detention"].str.endswith("dd", na=False).to_numpy(dtype=bool)
    ended = pd.to_datetime(known["actual_dat_released"]).where(known["free"] == 1, EXPORTED)
    fits = []
    for _ in range(imputations):
        shift = np.where(unknown, generator.integers(0, begun.dt.days_in_month), 0)
        days = (ended - begun).dt.days - shift
        # Who was released in the month of detention was detained before.
        rows = known.assign(clock=np.maximum(days, 0) + 1.0).dropna(subset=[*MAIN, "clock", "free", "months"])
        fits.append(cox(rows, formula(MAIN), exit="clock", event="free"))
    what = f"unknown days drawn within their month, {imputations} times, durations in days"
    yield _rows(what, pool(fits).tidy(), len(rows), int(rows["free"].sum()))


def _undated(data: Steinert) -> Iterator[pd.DataFrame]:
    """Released without a date counted as released at an unknown time, not left out."""
    terms = tuple(t for t in MAIN if t not in ACTIONS)
    rows = with_intervals(data)
    rows = rows[rows["ethnic_group"].notna()].dropna(subset=list(terms))
    dated = rows[~rows["undated"]]
    fit = cox(dated, formula(terms), exit="clock", event="free")
    yield _rows("known ethnicity, without actions", fit.tidy(), len(dated), int(dated["free"].sum()))
    parts = {
        "the same, hazard constant in bands": (dated, "lower"),
        "and released without a date, some time since detention": (rows, "lower"),
        "and released without a date, some time since sentence": (rows, "lower_sentence"),
    }
    for name, (part, lower) in parts.items():
        found = interval_hazard(part, formula(terms), lower=lower, upper="upper", cuts=BANDS)
        yield _rows(name, found.tidy(), len(part), int(part["free"].sum()))


def with_intervals(data: Steinert) -> pd.DataFrame:
    """The sample at risk and, from the database, who was released at a time not known.

    Returns
    -------
    DataFrame
        With ``lower`` and ``upper`` (months and one; equal for a known time, missing above for the detained),
        ``lower_sentence`` (not before sentence, where its date is known), ``free`` and ``undated``. Six records whose
        release lies before their detention are left out.
    """
    sample = data.at_risk.assign(undated=False)
    cecc = data.database
    lost = cecc[["died_in_prison", "escaped", "executed"]].eq(1).any(axis=1)
    again = cecc["CECC_record_number"].isin(data.sample["CECC_record_number"])
    extra = cecc[(cecc["released"] == 1) & cecc["date_of_detention_coarse_unrounded"].notna() & ~lost & ~again]
    extra = extra.assign(
        free=1.0,
        undated=True,
        Other_ethnic_minorities=extra["ethnic_group"].isin(MINORITIES).astype(float),
        Other_religious_groups=extra["religion_coarse"].isin(OTHER_RELIGIONS).astype(float),
    )
    rows = pd.concat([sample, extra], ignore_index=True)
    first, last = bounds(rows["actual_date_released"])
    since, until = months_between(rows, first) + 1, months_between(rows, last.fillna(EXPORTED)) + 1
    exact = ~rows["undated"]
    lower = rows["clock"].where(exact, since.fillna(0.0).clip(lower=0.0))
    upper = rows["clock"].where(exact, until)
    sentence = (months_between(rows, middle(rows["sentence_date"])) + 1).clip(lower=0.0)
    after = lower.where(exact, np.fmax(lower, sentence.where(sentence < upper)))
    rows = rows.assign(lower=lower, upper=upper.where(rows["free"] == 1), lower_sentence=after)
    return rows[exact | ((upper > lower) & (upper > after))]


def medians(material: Material) -> pd.DataFrame:
    """Months by which half are released, under other assumptions.

    Returns
    -------
    DataFrame
        ``variant, n, releases, median, median_to, ci_low, ci_high``; missing where half are never reached. Where times
        are intervals the estimate leaves open when between ``median`` and ``median_to`` the half is reached, and there
        are no limits.
    """
    data = steinert(material)
    rows = data.at_risk
    both = with_deaths(data)
    both = both[~both["CECC_record_number"].duplicated()]
    found = [_median("as published", survival(rows, exit="clock", event="free"), rows)]
    for name, start in documented(rows).items():
        part = rows.assign(start=start)
        part = part[part["start"] < part["clock"]]
        curve = survival(part, exit="clock", event="free", entry="start")
        found.append(_median(f"at risk since first documented, {name} of that year", curve, part))
    share = incidence(both, exit="clock", event="end", outcome="released")
    free = (both["end"] == "released").astype(float)
    found.append(_median("deaths of the database compete", share, both.assign(free=free)))
    wide = with_intervals(data)
    for name, lower in (("detention", "lower"), ("sentence", "lower_sentence")):
        known = survival(wide, lower=lower, upper="upper", limits=None)
        found.append(_median(f"released without a date, some time since {name}", known, wide))
    return pd.DataFrame(found)


def _median(variant: str, curve: Any, rows: pd.DataFrame) -> dict[str, Any]:
    half = curve.quantile(0.5).iloc[0]
    low, high = (half["lower"], half["upper"]) if "lower" in half else (half["quantile"], half["quantile"])
    return {
        "variant": variant,
        "n": len(rows),
        "releases": int(rows["free"].sum()),
        "median": float(low) - 1,
        "median_to": float(high) - 1,
        "ci_low": float(half.get("ci_low", np.nan)) - 1,
        "ci_high": float(half.get("ci_high", np.nan)) - 1,
    }


def documented(rows: pd.DataFrame) -> dict[str, pd.Series]:
    """When a case came under observation, on the clock, from the year in its record number.

    Returns
    -------
    dict
        ``first day`` and ``last day`` of that year; 0 where the case was known before it was detained. Records of the
        database's first year may have been known before it, which cannot be seen.
    """
    year = rows["CECC_record_number"].str[:4]
    starts = {}
    for name, day in (("first day", "-01-01"), ("last day", "-12-31")):
        start = months_between(rows, pd.to_datetime(year + day)) + 1
        starts[name] = start.clip(lower=0.0)
    return starts


def months_between(rows: pd.DataFrame, day: pd.Series) -> pd.Series:
    """Months of 30 days from detention to a day."""
    begun = pd.to_datetime(rows["date_of_detention_coarse_unrounded"])
    return (day - begun).dt.days / DAYS_PER_MONTH


def bounds(text: pd.Series) -> tuple[pd.Series, pd.Series]:
    """First and last day of dates like 2009/03/24, 2009/03/dd and 2009/mm/dd.

    Examples
    --------
    >>> import pandas as pd
    >>> first, last = bounds(pd.Series(["2009/03/24", "2009/02/dd", "2009/mm/dd", None]))
    >>> last.dt.strftime("%Y-%m-%d").tolist()
    ['2009-03-24', '2009-02-28', '2009-12-31', nan]
    """
    parts = text.astype("string").str.extract(r"^(\d{4})/(\d\d|mm)/(\d\d|dd)$")
    year, month, day = parts[0], parts[1], parts[2]
    first = pd.to_datetime(year + "-" + month.replace("mm", "01") + "-" + day.replace("dd", "01"), errors="coerce")
    last = pd.to_datetime(year + "-" + month.replace("mm", "12") + "-" + day.replace("dd", "01"), errors="coerce")
    return first, last.where(day != "dd", last + pd.offsets.MonthEnd(0))


def middle(text: pd.Series) -> pd.Series:
    """Middle day of dates known to the day, the month or the year."""
    first, last = bounds(text)
    return first + (last - first) / 2
