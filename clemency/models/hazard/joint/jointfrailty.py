"""Spells of persons -> recurrent acts and the ends of their histories, joined by a frailty."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from clemency.models.designmatrix.nullmodel import variables_if_any
from clemency.models.hazard.joint.estimate import JointFrailty
from clemency.models.hazard.joint.reading import Read, arrays, check_paths, counted_by, formulas, kinds_of
from clemency.models.hazard.joint.search import Top, maximum
from clemency.models.modelframe.arguments import check_level, summed
from clemency.models.modelframe.frames import as_table
from clemency.models.modelframe.history import History, history, telling_left_out
from clemency.models.modelframe.status import CENSORED
from clemency.records.arguments.signatures import typed
from clemency.records.errors import DataError, Problem, UsageError
from clemency.typing import Floats

#: Events per parameter of a kind below which estimates are unreliable, as for Cox's model; persons with several acts
#: below which a variance of the frailties rests on very few.
_EVENTS_PER_PARAMETER, _FEW_AGAIN = 5, 20


@typed
def joint_frailty(
    data: Any,
    formula: str | Mapping[str, str],
    *,
    recurrent: str,
    terminal: str | Sequence[str],
    id: str | None = None,
    exit: str | None = None,
    event: str | None = None,
    entry: str | None = None,
    censored: str | None = CENSORED,
    time_unit: str | None = None,
    cuts: int | Sequence[float] | None = None,
    ci_level: float = 0.95,
) -> JointFrailty:
    """Fit recurrent acts together with the ends of a history, such as release and death, joined by one frailty.

    Who is likely to have acts may leave sooner, or later, than others. A model of acts alone takes leaving for
    censoring that says nothing; here a person's frailty multiplies the hazard of acts, and that of each end by its
    power alpha, which is estimated.

    Parameters
    ----------
    data : Cohort, DataFrame or mapping of columns
        Spells (entry, exit], several for each person, which follow each other. A cohort supplies ``entry``, ``exit``,
        ``event`` and ``id``; it is made with ``recurrent=True``.
    formula : str or mapping
        Covariates in Wilkinson's notation, without a left side, for acts and ends alike; or one for each kind of event.
    recurrent : str
        The event in ``event`` that recurs.
    terminal : str or sequence of str
        The events that end a history.
    id : str, optional
        Column of the person.
    exit, event, entry, censored, time_unit
        As for :func:`cox`.
    cuts : int or sequence of float, optional
        Number of bands of time with as many events each, or the times between them: within bands hazards are constant.
        By default five for each kind, fewer where events are fewer than ten for each.
    ci_level : float

    Returns
    -------
    JointFrailty

    Raises
    ------
    UsageError
        For arguments that contradict each other, events that have no part, and bands without an event.
    DataError
        For spells of a person that overlap or follow an end, levels of which nobody has an event, collinear terms, no
        person with two acts, and where the likelihood has no top: persons that do not differ, or parameters that the
        data do not tell apart.

    Notes
    -----
    The hazard of an act is z r(t) exp(x'b), that of end k is z**alpha_k l_k(t) exp(x'g_k), with z gamma of mean one and
    variance theta. The integral over z is taken with 123 nodes for each person (``docs/frailty.md``), errors from the
    second derivatives. A person who enters late counts from entry, with a frailty taken as that of all who are in the
    data.

    References
    ----------
    L. Liu, R. A. Wolfe and X. Huang (2004), Biometrics 60:747-756. V. Rondeau et al. (2007), Biostatistics 8:708-721.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(2)
    >>> rows = []
    >>> for person in range(200):
    ...     z, t = rng.gamma(2, 0.5), 0.0
    ...     leaves = rng.exponential(60 / z)
    ...     while t < min(leaves, 80):
    ...         nxt = t + rng.exponential(30 / z)
    ...         stop = min(nxt, leaves, 80)
    ...         what = "cut" if nxt == stop else "release" if leaves == stop else "censored"
    ...         rows.append((person, t, stop, what))
    ...         t = stop
    >>> d = pd.DataFrame(rows, columns=["person", "entry", "exit", "event"])
    >>> fit = joint_frailty(d, "1", recurrent="cut", terminal="release", id="person", exit="exit", event="event",
    ...     entry="entry", cuts=1)
    >>> fit.heterogeneity().round(2)[["term", "estimate", "ci_low", "ci_high"]]
        term  estimate  ci_low  ci_high
    0  theta      0.47    0.29     0.78
    1  alpha      1.04    0.48     1.60
    """
    check_level(ci_level)
    given = as_table(data)
    person = id or given.case
    if person is None:
        raise UsageError("name the column of the person with id=")
    several = [formula] if isinstance(formula, str) else list(formula.values())
    used = dict.fromkeys(v for f in several for v in variables_if_any(f, given.frame.columns))
    spells = history(
        given, exit=exit, event=event, entry=entry, cluster=person, covariates=used, censored=censored,
        time_unit=time_unit,
    )  # fmt: skip
    kinds = kinds_of(spells, recurrent, terminal)
    own = formulas(formula, kinds)
    is_end = np.any([spells.has(k) for k in kinds[1:]], axis=0)
    with telling_left_out(spells):
        check_paths(spells, spells.clusters[0], is_end, person)
        read = arrays(spells, kinds, dict(zip(kinds, own, strict=True)), cuts)
        _check_again(read, person)
        found = maximum(read.joint)
    return _finished(spells, read, given.frame[person].iloc[spells.rows], found, tuple(own), ci_level)


def _again(read: Read) -> int:
    """Number of persons with several acts."""
    return int((np.bincount(read.joint.person[read.joint.processes[0].event]) > 1).sum())


def _check_again(read: Read, person: str) -> None:
    """Refuse acts that nobody has twice."""
    if not _again(read):
        what = f"nobody has '{read.kinds[0]}' twice, so that acts do not say how persons differ"
        remedy = "Take an act that recurs, or cl.cox for the first act with ends that compete: cl.absolute_risk."
        raise DataError([Problem("data", None, person, "", what, remedy)])


def _finished(
    spells: History, read: Read, ids: pd.Series, found: tuple[Top, float], own: tuple[str, ...], level: float
) -> JointFrailty:
    top, apart = found
    parameters, covariance = _uncentred(read, top)
    of: list[tuple[str, str, str]] = []
    for kind, design, bounds in zip(read.kinds, read.designs, read.cuts, strict=True):
        of += [(kind, t, v) for t, v in zip(design.terms, design.levels, strict=True)]
        of += [(kind, "rate", "")] * (len(bounds) + 1)
    of += [*((k, "alpha", "") for k in read.kinds[1:]), ("", "theta", "")]
    plain = np.array([term not in ("rate", "alpha", "theta") or level != "" for _, term, level in of])
    plain[len(of) - len(read.kinds) :] = False
    return JointFrailty(
        kinds=read.kinds,
        formulas=own,
        parameters=parameters,
        covariance=covariance,
        of=tuple(of),
        is_coefficient=plain,
        bands=counted_by(spells, read),
        persons=_persons(read, top, ids),
        loglik_apart=apart,
        exclusions=spells.exclusions,
        warnings=_warnings(spells, read, _again(read)),
        facts=_summary(spells, read, top),
        ci_level=level,
    )


def _uncentred(read: Read, top: Top) -> tuple[Floats, Floats]:
    """Parameters and covariance with rates where covariates are zero, not at their mean."""
    turn, place = np.eye(len(top.parameters)), 0
    for process, design in zip(read.joint.processes, read.designs, strict=True):
        p = process.X.shape[1]
        turn[place + p : place + process.size, place : place + p] = -design.mean
        place += process.size
    return turn @ top.parameters, turn @ top.covariance @ turn.T


def _persons(read: Read, top: Top, ids: pd.Series) -> pd.DataFrame:
    joint, name = read.joint, str(ids.name)
    first = np.empty(joint.number, dtype=np.intp)
    first[joint.person[::-1]] = np.arange(len(ids))[::-1]
    acts = np.bincount(joint.person[joint.processes[0].event], minlength=joint.number)
    end = np.full(joint.number, "", dtype=object)
    for kind, process in zip(read.kinds[1:], joint.processes[1:], strict=True):
        end[joint.person[process.event]] = kind
    table = pd.DataFrame({name: ids.iloc[first].to_numpy(), "n_event": acts, "end": end})
    table = table.assign(frailty=top.at.frailty, spread=top.at.spread)
    return table.iloc[np.argsort(first)].reset_index(drop=True)


def _summary(spells: History, read: Read, top: Top) -> dict[str, Any]:
    df = len(top.parameters)
    counts = {f"n_{k}": int(p.event.sum()) for k, p in zip(read.kinds, read.joint.processes, strict=True)}
    return {
        "n": len(spells),
        "n_persons": read.joint.number,
        **counts,
        **summed(spells.person_time, spells.unit),
        "theta": float(np.exp(top.parameters[-1])),
        "loglik": top.at.loglik,
        "df": df,
        "aic": 2 * df - 2 * top.at.loglik,
        "bic": df * float(np.log(read.joint.number)) - 2 * top.at.loglik,
        "excluded": int(spells.exclusions["n"].sum()) if len(spells.exclusions) else 0,
    }


def _warnings(spells: History, read: Read, again: int) -> pd.DataFrame:
    lines = list(spells.alike)
    for kind, process in zip(read.kinds, read.joint.processes, strict=True):
        events, size = int(process.event.sum()), process.size
        if events < _EVENTS_PER_PARAMETER * size:
            lines.append(
                f"{kind}: {events} events for {size} parameters (rates of bands among them), fewer than "
                f"{_EVENTS_PER_PARAMETER} for each: take fewer cuts= or covariates"
            )
    if again < _FEW_AGAIN:
        lines.append(f"only {again} persons have several acts: the variance of the frailties rests on them")
    return pd.DataFrame({"term": "", "level": "", "n_event": 0, "message": lines})
