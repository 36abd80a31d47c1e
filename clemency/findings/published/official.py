"""Findings that follow from published totals: growth, shares and rates."""

from __future__ import annotations

from clemency.findings.material import Material
from clemency.records.errors import UsageError


def figure(material: Material, statistic_id: str) -> float:
    """A published total by its key in the table `statistics`.

    Raises
    ------
    UsageError
        If there is no such row.
    """
    table = material.table("statistics").set_index("statistic_id")["value"]
    if statistic_id not in table.index:
        raise UsageError(f"statistics.csv has no row '{statistic_id}'.")
    return float(table.loc[statistic_id])


def growth(before: float, after: float) -> float:
    """Growth in percent."""
    return 100 * (after / before - 1)


def fall(before: float, after: float) -> float:
    """Fall in percent, positive where there is one."""
    return 100 * (1 - after / before)


def share(part: float, whole: float) -> float:
    """A part in percent of the whole."""
    return 100 * part / whole


def yearly(before: float, after: float, years: float) -> float:
    """Mean yearly growth in percent, compounded."""
    return 100 * ((after / before) ** (1 / years) - 1)


def men_beside(women: float, share: float) -> float:
    """Men where so many women are so many percent of all.

    >>> men_beside(5, 10)
    45.0
    """
    return women / (share / 100) - women


def women_and_men(material: Material) -> tuple[tuple[float, float], tuple[float, float]]:
    """Women and men in prison, 2003 and 2014; the men from the women's number and share."""
    women = [figure(material, f"prison-population-china-{year}-women-1") for year in (2003, 2014)]
    shares = [figure(material, f"prison-population-china-{year}-women-2") for year in (2003, 2014)]
    men = [men_beside(w, s) for w, s in zip(women, shares, strict=True)]
    return (women[0], women[1]), (men[0], men[1])


def women_in_prison(material: Material) -> dict[str, float]:
    """Growth of the numbers of women and men in prison from 2003 to 2014.

    Years are counted as those of the table's rows, eleven from the first to the last.
    """
    women, men = women_and_men(material)
    return {
        "growth_2003_2014": growth(*women),
        "growth_men_2003_2014": growth(*men),
        "times_men": growth(*women) / growth(*men),
        "yearly_2003_2014": yearly(*women, 2014 - 2003),
    }


def women_since_2015(material: Material) -> dict[str, float]:
    """Women in prison in the middle of 2015 and of 2018, against a total that another source gives for 2015."""
    before = figure(material, "prison-population-china-2015-women-1")
    # The row of 2017 holds the number that the report of 2020 dates to the middle of 2018.
    after = figure(material, "prison-population-china-2017-women-1")
    return {
        "share_2015": 100 * before / figure(material, "prison-population-china-2015-moj-prisons"),
        "growth_2015_2018": growth(before, after),
        "yearly_2015_2018": yearly(before, after, 3),
    }


def state_security_arrests(material: Material) -> dict[str, float]:
    """Growth of arrests for endangering state security."""
    arrests = [figure(material, f"ess-arrests-china-{year}-ess-1") for year in (2011, 2012)]
    return {"growth_2011_2012": growth(*arrests)}


def rates_2010(material: Material) -> dict[str, float]:
    """Prisoners with a reduction and on parole in 2010, in percent of prisoners held.

    The number held follows from that of women and their share.
    """
    women = figure(material, "prison-population-china-2010-women-1")
    prisoners = women + men_beside(women, figure(material, "prison-population-china-2010-women-2"))
    return {
        "reduction_rate": 100 * figure(material, "sentence-reductions-china-2010") / prisoners,
        "parole_rate": 100 * figure(material, "paroles-china-2010") / prisoners,
    }


PARDONED_2015 = (
    "special-pardons-china-2015-veterans-of-the-anti-japanese-and-civil-wars",
    "special-pardons-china-2015-veterans-of-later-wars",
    "special-pardons-china-2015-aged-75-or-over-with-serious-disability",
    "special-pardons-china-2015-under-18-at-offence",
)


def pardoned_2015(material: Material) -> dict[str, float]:
    """The special pardon of 2015: the sum of its four groups."""
    return {"pardoned": sum(figure(material, key) for key in PARDONED_2015)}


def pardons_compared(material: Material) -> dict[str, float]:
    """Shares and sums of the special pardons of 2015 and 1959."""
    groups = ("counterrevolutionary-and-ordinary-offenders", "war-criminals")
    return {
        "young_share_2015": 100 * figure(material, PARDONED_2015[-1]) / pardoned_2015(material)["pardoned"],
        "pardoned_1959": sum(figure(material, f"special-pardons-china-1959-{group}") for group in groups),
    }


def state_security_in_tibet(material: Material) -> dict[str, float]:
    """Prisoners for state security in percent of those in the three prisons of Tibet."""
    prisoners = figure(material, "prison-population-tibet-three-prisons")
    return {"share": 100 * figure(material, "prison-population-tibet-ess") / prisoners}
