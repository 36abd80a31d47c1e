"""Answers to lists of names, under other choices: women and men, and the subversion prisoners of 2008."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats
from scipy.stats.contingency import odds_ratio

from clemency.findings.material import Material
from clemency.findings.published.cases import subversion_prisoners
from clemency.findings.published.lists import asked_and_answered
from clemency.findings.robustness import Stress, limits, table_of, verdicts_of
from clemency.inference.sensitivity import binomial_limits


def _compared(variant: str, women: tuple[int, int], men: tuple[int, int], note: str = "") -> tuple:
    """Odds ratio of women against men with conditional exact limits; pairs are answered and asked."""
    cells = np.array([[women[0], women[1] - women[0]], [men[0], men[1] - men[0]]], dtype=int)
    found = odds_ratio(cells)
    low, high = found.confidence_interval(0.95)
    p = stats.fisher_exact(cells).pvalue
    shares = f"{100 * women[0] / women[1]:.1f} percent of {women[1]} women, {100 * men[0] / men[1]:.1f} of {men[1]} men"
    text = f"{shares}; Fisher's p = {p:.2g}" + (f"; {note}" if note else "")
    return (variant, women[1] + men[1], found.statistic, low, high, low > 1, text)


def answers_by_sex(material: Material | None = None) -> Stress:
    """Whether women on lists were answered for more often than men.

    Parameters
    ----------
    material : Material, optional
        The shipped tables by default.

    Returns
    -------
    Stress
        Odds ratios of an answer, women against men, with conditional exact limits.

    Notes
    -----
    Of those asked about, 498 are of no stated sex and 109 of them were answered. The bounds put them where they do
    most for either side; nothing is known that excludes the bounds.

    References
    ----------
    C. J. Clopper and E. S. Pearson, Biometrika 26 (1934), 404-413; R. A. Fisher, JRSS 98 (1935), 39-82.
    """
    n = asked_and_answered(material or Material())
    (fa, f), (ma, m), (ua, u) = ((int(n.loc[k, "answered"]), int(n.loc[k, "asked"])) for k in n.index)
    part = f / (f + m)
    uf, uaf = round(u * part), round(ua * part)
    half = "counts halved: as much is known as from half as many independent answers"
    rows = [
        _compared("as published, sex known", (fa, f), (ma, m)),
        _compared("two prisoners per answer", (fa // 2, f // 2), (ma // 2, m // 2), half),
        _compared("unknown: split like the known", (fa + uaf, f + uf), (ma + ua - uaf, m + u - uf)),
        _compared("unknown: all women", (fa + ua, f + u), (ma, m)),
        _compared("unknown: all men", (fa, f), (ma + ua, m + u)),
        _compared("unknown: answered women, other men", (fa + ua, f + ua), (ma, m + u - ua), "upper bound"),
        _compared("unknown: answered men, other women", (fa, f + u - ua), (ma + ua, m + ua), "lower bound"),
    ]
    table = table_of(rows)
    own = [binomial_limits(k, total) for k, total in ((fa, f), (ma, m))]
    text = "; ".join(
        f"{name}: {100 * k / total:.1f} percent ({100 * float(low):.1f} to {100 * float(high):.1f})"
        for name, k, total, (low, high) in (("women", fa, f, own[0]), ("men", ma, m, own[1]))
    )
    first, bounds = next(table.itertuples()), table["estimate"].iloc[-2:]
    p = stats.fisher_exact([[fa, f - fa], [ma, m - ma]]).pvalue
    conclusion = (
        f"{text[0].upper()}{text[1:]}. The odds ratio is {limits(first)}; chance alone gives one as far from 1 in "
        f"{100 * p:.0f} of 100 such sets of lists. That women are answered for more often {verdicts_of(table)}. The "
        f"{u} whose sex is not stated could put the ratio anywhere from {bounds.min():.2f} to {bounds.max():.2f}."
    )
    claim = "Women on lists were answered for more often than men."
    return Stress("duihua-2024-answers", claim, "odds ratio of an answer, women against men", table, conclusion, 1.0)


def subversion(material: Material | None = None) -> Stress:
    """Whether those held for subversion in 2008 can have had reductions as often as ordinary prisoners.

    Parameters
    ----------
    material : Material, optional
        The shipped tables by default.

    Returns
    -------
    Stress
        Shares with a reduction in about two years, with exact limits. The claim stands where they hold a share that
        25 to 30 percent a year would give in two years.

    Notes
    -----
    The benchmark is the finding ``duihua-2010-rates``, which differs from what counts here give; with the 17 percent a
    year of these counts the share would be 31 percent, which every interval holds too.
    """
    prisoners = subversion_prisoners(material or Material())
    usual = [1 - (1 - rate) ** 2 for rate in (0.25, 0.30)]

    def row(variant: str, k: float, n: float, note: str = "") -> tuple:
        low, high = (float(v) for v in binomial_limits(k, n))
        return (variant, k, k / n, low, high, low <= usual[1] and high >= usual[0], note)

    rows = [
        row("as published", 9, 19, "9 of 19"),
        row("with the one on medical parole", 10, 19, "10 of 19: any clemency"),
        row("without the one who died", 9, 18, "9 of 18"),
        row("answers in pairs", 4.5, 9.5, "co-defendants share their fate: as much is known as from half as many"),
        row("our tables", float(prisoners["reduced"].sum()), float(len(prisoners)), "those whom publications name"),
    ]
    table = table_of(rows)
    first = next(table.itertuples())
    half = "lies within these limits too" if first.ci_low < usual[1] / 2 else "lies outside these limits"
    conclusion = (
        f"9 of 19 are {100 * first.estimate:.0f} percent, with exact limits of {100 * first.ci_low:.0f} to "
        f"{100 * first.ci_high:.0f} percent. At 25 to 30 percent a year {100 * usual[0]:.0f} to {100 * usual[1]:.0f} "
        f"percent of ordinary prisoners would have had one in two years, so equal access {verdicts_of(table)}. But "
        f"half as much ({50 * usual[0]:.0f} to {50 * usual[1]:.0f} percent) {half}: the numbers are too few to tell. "
        "Nor are they a sample: information came on those whom the government chose to inform about."
    )
    claim = "Those held for subversion had reductions as often as ordinary prisoners."
    return Stress("duihua-2008-subversion", claim, "share with a reduction in two years", table, conclusion)


def shares_answered(material: Material | None = None) -> pd.DataFrame:
    """Shares answered by sex with exact limits: ``label, n_event, estimate, ci_low, ci_high``."""
    n = asked_and_answered(material or Material())
    low, high = binomial_limits(n["answered"].to_numpy(float), n["asked"].to_numpy(float))
    return pd.DataFrame(
        {
            "label": n.index,
            "n_event": n["answered"].to_numpy(),
            "estimate": (n["answered"] / n["asked"]).to_numpy(),
            "ci_low": low,
            "ci_high": high,
        }
    )
