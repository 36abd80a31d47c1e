"""Names of findings -> their claims under other choices, where the data reach."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from clemency.findings.material import Material, MissingDataError
from clemency.findings.robustness import Stress
from clemency.findings.steinert.claims import CURVE, TABLE, claims
from clemency.findings.variants.cases import first_cut_on_life
from clemency.findings.variants.counts import arrests_of_2012, parole_in_jiangsu, women_in_prison_growth
from clemency.findings.variants.lists import answers_by_sex, subversion

#: Finding -> the functions that put its claims to other choices; a function may give several, also of other findings.
STRESSES: dict[str, Callable[[Material], Stress | tuple[Stress, ...]]] = {
    TABLE: claims,
    CURVE: claims,
    "duihua-2013-arrests": arrests_of_2012,
    "duihua-2015-women": women_in_prison_growth,
    "duihua-2024-answers": answers_by_sex,
    "duihua-2008-subversion": subversion,
    "duihua-2016-rules": first_cut_on_life,
    "jiangsu-2023-parole": parole_in_jiangsu,
}


def stressed(
    findings: Iterable[str], material: Material, editions: Mapping[str, str] | None = None
) -> tuple[list[Stress], dict[str, str]]:
    """Claims of findings under other choices.

    Parameters
    ----------
    findings : iterable of str
        Names; those whose claims are not put to other choices give nothing.
    material : Material
    editions : mapping, optional
        Finding -> the edition of the tables that its claims are put to other choices on; that of `material` by default.

    Returns
    -------
    stresses : list of Stress
    missing : dict
        Finding -> what to do, where the data are not at hand.
    """
    stresses: list[Stress] = []
    missing: dict[str, str] = {}
    for name in findings:
        if name not in STRESSES:
            continue
        try:
            found = STRESSES[name](replace(material, edition=(editions or {}).get(name, material.edition)))
        except MissingDataError as error:
            missing[name] = str(error)
            continue
        every = (found,) if isinstance(found, Stress) else found
        stresses += [s for s in every if s.finding_id == name]
    return stresses, missing
