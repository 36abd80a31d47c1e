"""Growth and fall of published counts, under other denominators, units and variances."""

from __future__ import annotations

import math

import numpy as np

from clemency.findings.material import Material
from clemency.findings.published.official import figure, men_beside, yearly
from clemency.findings.published.security import arrested, indicted, trials
from clemency.findings.robustness import NORMAL, Stress, limits, table_of, verdicts_of
from clemency.inference.sensitivity import ratio_limits

Found = tuple[str, float, tuple[float, float, float], str]


def ratio_of_counts(
    before: float, after: float, *, base: tuple[float, float] = (1, 1), dispersion: float = 1, spread: float = 0
) -> tuple[float, float, float]:
    """Ratio of two counts with limits.

    Parameters
    ----------
    before, after : float
        Counts.
    base : tuple of float
        What they are counted in, before and after.
    dispersion : float
        Variance over that of independent events; limits are exact where it is 1.
    spread : float
        Standard deviation, on the log scale, by which either count varies for reasons of its own.

    Returns
    -------
    estimate, low, high : float

    Examples
    --------
    >>> [round(v, 3) for v in ratio_of_counts(405, 474)]
    [1.17, 1.023, 1.34]
    >>> [round(v, 3) for v in ratio_of_counts(100, 100, dispersion=2, spread=0.1)]
    [1.0, 0.619, 1.616]
    """
    estimate = after / base[1] / (before / base[0])
    if dispersion == 1 and spread == 0:
        low, high = (float(v[0]) for v in ratio_limits([after], [base[1]], [before], [base[0]]))
        return estimate, low, high
    half = NORMAL * math.sqrt(dispersion * (1 / before + 1 / after) + 2 * spread**2)
    return estimate, estimate * math.exp(-half), estimate * math.exp(half)


def arrests_of_2012(material: Material | None = None) -> Stress:
    """Whether action against state security crimes rose in 2012.

    Parameters
    ----------
    material : Material, optional
        The shipped tables by default.

    Returns
    -------
    Stress
        Ratios of 2012 to an earlier year, with limits.

    Notes
    -----
    The counts are complete, not a sample: limits say how far such counts stray from year to year if nothing changes,
    first if people are arrested one by one, then if a case is the unit, then as the series of 2005 to 2011 has strayed.
    """
    material = material or Material()
    people = {year: arrested(material, year) for year in range(2005, 2013)}
    spread = float(np.diff(np.log([people[year] for year in range(2005, 2012)])).std(ddof=1))
    table = table_of([(v, n, *r, r[1] > 1, note) for v, n, r, note in _arrest_rows(material, people, spread)])
    first, percent = next(table.itertuples()), 100 * (table["estimate"] - 1)
    conclusion = (
        f"Arrests rose by {percent[0]:.0f} percent, ratio {limits(first)}. That action rose in 2012 "
        f"{verdicts_of(table)}: with cases as unit it is {percent[2]:.0f} percent, indictments rose by "
        f"{percent[5]:.0f}, and courts received {-percent[6]:.0f} percent fewer cases. From year to year arrests have "
        f"moved by a factor of up to {math.exp(NORMAL * spread):.1f} either way: one year's rise is no trend."
    )
    claim = "Action against crimes of endangering state security rose in 2012."
    return Stress("duihua-2013-arrests", claim, "ratio of 2012 to the year before", table, conclusion, 1.0)


def _arrest_rows(material: Material, people: dict[int, float], spread: float) -> list[Found]:
    """Variants with their ratios; `spread` of the yearly changes of `people` on the log scale."""
    was, now = people[2011], people[2012]
    cases = [figure(material, f"ess-arrests-china-{year}-ess-2") for year in (2011, 2012)]
    charged = [indicted(material, year) for year in (2011, 2012)]
    heard = [trials(material, year, "-table-series") for year in (2011, 2012)]
    size = (was + now) / sum(cases)
    three = sum(people[year] for year in (2009, 2010, 2011))
    factor = math.exp(NORMAL * spread)
    strayed = f"changes of 2005-2011 vary by {spread:.2f} on the log scale; 2008 is a lower bound, 2009 an estimate"
    groups = f"{size:.1f} persons per case: the variance that much larger"
    mean = ratio_of_counts(three, now, base=(3, 1))
    return [
        ("arrested, persons", now, ratio_of_counts(was, now), "as published"),
        ("arrested, persons in groups", now, ratio_of_counts(was, now, dispersion=size), groups),
        ("arrested, cases", cases[1], ratio_of_counts(cases[0], cases[1]), "another unit"),
        ("arrested, against 2010", now, ratio_of_counts(people[2010], now), "another base year"),
        ("arrested, against the mean of 2009-2011", now, mean, "2009 is an estimate"),
        ("indicted, persons", charged[1], ratio_of_counts(charged[0], charged[1]), "the next stage"),
        ("received by courts, cases", heard[1], ratio_of_counts(heard[0], heard[1]), "the stage after that"),
        ("as one year among others", now, (now / was, now / was / factor, now / was * factor), strayed),
    ]


def women_in_prison_growth(material: Material | None = None) -> Stress:
    """Whether women in prison became more numerous faster than men.

    Parameters
    ----------
    material : Material, optional
        The shipped tables by default.

    Returns
    -------
    Stress
        Ratios of women to men in growth, with the limits that rounding of the shares leaves.
    """
    material = material or Material()
    table = table_of(_growth_rows(material))
    first, last = _women(material, 2003), _women(material, 2014)
    men = [men_beside(_women(material, y), _women(material, y, 2)) for y in (2003, 2014)]
    # The article dates its rows to the beginning of a year, the publisher's later page to the end; 2014 is mid-year.
    per_year = [yearly(first, last, years) for years in (11.5, 11, 10.5)]
    rise = [100 * (last / first - 1), 100 * (men[1] / men[0] - 1)]
    conclusion = (
        f"Women rose by {rise[0]:.1f} percent from 2003 to 2014 and men by {rise[1]:.1f}, a ratio of "
        f"{limits(next(table.itertuples()))}. That women rose faster {verdicts_of(table)}. The yearly growth is "
        f"{per_year[0]:.1f}, {per_year[1]:.1f} or {per_year[2]:.1f} percent as 11.5, 11 or 10.5 years are counted: the "
        "publisher dates the first row to the beginning of 2003 in one place and to its end in another. How many times "
        "faster they rose depends on the small growth of men and is known to its first digit at best."
    )
    claim = "Women in prison became more numerous faster than men."
    return Stress(
        "duihua-2015-women", claim, "growth of women over growth of men (ratio of ratios)", table, conclusion, 1.0
    )


def _women(material: Material, year: int, column: int = 1) -> float:
    """Women in prison; with ``column=2`` their share in percent."""
    return figure(material, f"prison-population-china-{year}-women-{column}")


def _growth_rows(material: Material) -> list[tuple]:
    """Variants with their ratios, by the years that are compared and the rounding of the shares in each."""
    fine, coarse = 0.005, 0.05
    variants = [
        (2003, 2014, (fine, coarse), "as published: beginning of a year to the middle of one"),
        (2003, 2012, (fine, fine), "one source and the same day of the year throughout"),
        (2004, 2014, (fine, coarse), "another first year"),
        (2009, 2014, (fine, coarse), "the second half"),
        (2015, 2018, (coarse, coarse), "later rows are rounded to a thousand or ten thousand"),
    ]
    rows = []
    for first, last, half, note in variants:
        number = _women(material, last)
        ratio, low, high = _growth(material, first, last, half)
        rows.append((f"{first} to {last}", number, ratio, low, high, low > 1, note))
    return rows


def _growth(material: Material, first: int, last: int, half: tuple[float, float]) -> tuple[float, float, float]:
    """Growth of women over that of men, with the limits that rounding of the shares leaves."""
    women = {year: _women(material, year) for year in (first, last)}
    growth = []
    for sign in (0, 1, -1):  # the share of women first up and then down, and the other way round
        men = [
            men_beside(women[y], _women(material, y, 2) + sign * d * h)
            for y, d, h in ((first, 1, half[0]), (last, -1, half[1]))
        ]
        growth.append((women[last] / women[first]) / (men[1] / men[0]))
    low, high = sorted(growth[1:])
    return growth[0], low, high


def parole_in_jiangsu(material: Material | None = None) -> Stress:
    """Whether parole in Jiangsu fell between 2013 and 2022.

    Parameters
    ----------
    material : Material, optional
        The shipped tables by default.

    Returns
    -------
    Stress
        Ratios of 2022 to 2013, with limits.

    Notes
    -----
    The counts are bounds (more than 6,000, fewer than 100), so the ratios are upper bounds. The last variant is the
    country's, 2022 against 2019, by the chained changes that the Supreme People's Procuratorate published.
    """
    material = material or Material()
    paroles = [figure(material, f"paroles-jiangsu-{year}") for year in (2013, 2022)]
    table = table_of(
        [
            (v, n, *r, (r[0] if math.isnan(r[2]) else r[2]) < 1, note)
            for v, n, r, note in _parole_rows(material, paroles)
        ]
    )
    first, percent = next(table.itertuples()), 100 * table["estimate"]
    needed = (math.log(first.estimate) / NORMAL) ** 2 / sum(1 / n for n in paroles)
    conclusion = (
        f"Paroles fell to at most {percent[0]:.1f} percent of 2013, ratio {limits(first, 3)}; per reduction to "
        f"{percent[3]:.0f} percent. That parole fell {verdicts_of(table)}; the variance would have to be {needed:.0f} "
        f"times that of independent decisions for chance to do it. The country's fall from 2019 to 2022 alone, to "
        f"{percent[6]:.0f} percent, shows that it was not Jiangsu's only; which rule caused it the counts cannot tell."
    )
    claim = "Parole in Jiangsu fell between 2013 and 2022."
    return Stress("jiangsu-2023-parole", claim, "ratio of 2022 to 2013", table, conclusion, 1.0)


def _parole_rows(material: Material, paroles: list[float]) -> list[Found]:
    """Variants with their ratios."""
    was, now = paroles
    cuts = [figure(material, f"sentence-reductions-jiangsu-{year}") for year in (2013, 2022)]
    rates = [figure(material, f"parole-rate-pct-jiangsu-{year}") for year in (2013, 2022)]
    national = np.log([figure(material, f"paroles-china-{year}") for year in range(2010, 2015)])
    spread = float(national.std(ddof=1))
    half_year = figure(material, "paroles-jiangsu-2023-01-2023-06")
    chain = math.prod(1 + figure(material, f"paroles-china-{year}") / 100 for year in (2020, 2021, 2022))
    vary = f"as the country's in 2010-2014, by {spread:.2f} on the log scale (secondary counts)"
    tenfold = ratio_of_counts(was, now, dispersion=10)
    per_cut = ratio_of_counts(was, now, base=(cuts[0], cuts[1]))
    shares = (rates[1] / rates[0], math.nan, math.nan)
    return [
        ("paroles", now, ratio_of_counts(was, now), "as published"),
        ("paroles, ten times the variance", now, tenfold, "ten courts, each with a practice of its own"),
        ("paroles, years that vary", now, ratio_of_counts(was, now, spread=spread), vary),
        ("paroles per reduction", now, per_cut, "reductions fell too"),
        ("published rates", now, shares, "nearly 8 and far below 1 percent of prisoners"),
        ("first half of 2023", half_year, ratio_of_counts(was, half_year, base=(1, 0.5)), "15 in half a year"),
        ("the country, 2022 to 2019", math.nan, (chain, math.nan, math.nan), "chained yearly changes"),
    ]
