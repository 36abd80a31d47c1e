"""The stress of C. V. Steinert (2022) -> four claims, each with its variants and a conclusion in plain words."""

from __future__ import annotations

from functools import lru_cache

import pandas as pd

from clemency.findings.material import Material
from clemency.findings.robustness import Stress, limits, table_of
from clemency.findings.steinert.data import ETHNIC, MAIN, steinert
from clemency.findings.steinert.robustness import CLAIMS, medians, stress

TABLE, CURVE = "steinert-2022-appendix-table3", "steinert-2022-figure1"
WHO = dict(zip(CLAIMS, ("Uyghurs", "Tibetans", "the charged"), strict=True))
PUBLISHED_MONTHS = 72.0
_FEW = 5


@lru_cache(maxsize=2)
def claims(material: Material) -> tuple[Stress, ...]:
    """Uyghurs, Tibetans and the charged are released more slowly, and half are released within 72 months.

    Parameters
    ----------
    material : Material

    Returns
    -------
    tuple of Stress
        Three of hazard ratios, one of months.

    Raises
    ------
    MissingDataError
        If the published data are not at hand.
    """
    known = steinert(material).known.dropna(subset=[*MAIN, "months", "free"])
    table = stress(material)
    slower = tuple(_slower(term, table[table["term"] == term], known) for term in CLAIMS)
    return (*slower, _half(medians(material)))


def together(stresses: tuple[Stress, ...]) -> pd.DataFrame:
    """The claims on hazard ratios as one frame, for `clemency.figures.variants`: ``claim`` and the columns of each."""
    parts = [s.tidy().assign(claim=w[0].upper() + w[1:]) for s, w in zip(stresses, WHO.values(), strict=False)]
    return pd.concat(parts, ignore_index=True)


def _slower(term: str, rows: pd.DataFrame, known: pd.DataFrame) -> Stress:
    columns = ["variant", "events", "hazard_ratio", "ci_low", "ci_high"]
    values = [(*r, verdict == "stands", verdict) for *r, verdict in rows[[*columns, "verdict"]].to_numpy().tolist()]
    table = table_of(values)
    who = WHO[term]
    claim = f"{who[0].upper()}{who[1:]} are released more slowly."
    measure = "hazard ratio of release (log scale)"
    text = f"{conclusion(table)} {_sizes(known, term)}"
    return Stress(TABLE, claim, measure, table, text, 1.0, ratio=True)


def _sizes(known: pd.DataFrame, term: str) -> str:
    """How many were released, and whether others were held in the same places."""
    inside = known[term] == 1
    (free, n), (others_free, others) = ((int(known.loc[g, "free"].sum()), int(g.sum())) for g in (inside, ~inside))
    text = f"In the main model {free} of {n} were released, and {others_free} of the {others} others."
    if free < _FEW:
        text += " So few releases show the direction, not the size."
    if term in ETHNIC:
        most = inside.groupby(known["province"]).transform("mean") > 0.5
        here, beside = int((inside & most).sum()), int((~inside & most).sum())
        text += (
            f" {here} of the {n} were held in provinces where they are most of the sample, with {beside} others: "
            "there, ethnicity and place can hardly be told apart."
        )
    if term == "Charged":
        text += (
            " Who is charged has been held long enough to be charged: counted from the first day, this by itself makes "
            "the charged seem to stay."
        )
    return text


def conclusion(table: pd.DataFrame) -> str:
    """Whether a claim of a ratio below 1 stands, from its variants.

    Parameters
    ----------
    table : DataFrame
        As of a `Stress`; the first row is the published one.

    Examples
    --------
    >>> rows = [("a", 9, 0.5, 0.2, 0.9, True, ""), ("b", 9, 0.8, 0.4, 1.6, False, "")]
    >>> print(conclusion(table_of(rows)))
    The direction stands, but not always clear of chance: the ratio is below 1 in all 2 variants, with limits below 1
    in 1; not in: b. It is 0.50 (0.20 to 0.90) as published and lies between 0.5 and 0.8.
    """
    n, clear = len(table), int(table["stands"].sum())
    turned = table[table["estimate"] >= 1]
    least, most, first = table["estimate"].min(), table["estimate"].max(), next(table.itertuples())
    published = limits(first, 3 if first.ci_high < 0.1 else 2)
    size = f"It is {published} as published and lies between {least:.2g} and {most:.2g}."
    if clear == n:
        return f"The claim stands: the ratio and its limits are below 1 in all {n} variants. {size}"
    if turned.empty:
        weak = "; ".join(table.loc[~table["stands"], "variant"])
        return (
            f"The direction stands, but not always clear of chance: the ratio is below 1 in all {n} variants, with "
            f"limits below 1 in {clear}; not in: {weak}. {size}"
        )
    names = "; ".join(f"{r.variant} {limits(r)}" for r in turned.itertuples())
    return (
        f"The claim does not stand under every choice: the ratio and its limits are below 1 in {clear} of {n} "
        f"variants, the ratio is above 1 in {len(turned)}: {names}. {size}"
    )


def _half(table: pd.DataFrame) -> Stress:
    rows = []
    for r in table.itertuples():
        bounded = r.ci_low == r.ci_low
        stands = r.ci_low <= PUBLISHED_MONTHS <= r.ci_high if bounded else r.median <= PUBLISHED_MONTHS <= r.median_to
        note = "" if bounded else "no limits: times are intervals"
        rows.append((r.variant, r.releases, r.median, r.ci_low, r.ci_high, stands, note))
    variants = table_of(rows)
    wide, bounded = variants[variants["ci_low"].isna()], variants[variants["ci_low"].notna()]
    least, most = (f"{v:.0f}" for v in (variants["estimate"].min(), variants["estimate"].max()))
    text = (
        f"Half are released within {least} to {most} months, by the choice. {PUBLISHED_MONTHS:.0f} lies within the "
        f"limits of {int(bounded['stands'].sum())} of the {len(bounded)} variants that leave out those released "
        f"without a date; with them, released at some time ({int(wide['n'].max()):,} releases), half are out within "
        f"{wide['estimate'].min():.0f} to {wide['estimate'].max():.0f} months."
    )
    return Stress(CURVE, "Half are released within 72 months.", "months by which half are released", variants, text)
