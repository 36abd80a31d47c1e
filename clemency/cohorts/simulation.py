"""Known effects -> a simulated cohort for trying out a design or a model; its people do not exist."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clemency.cohorts.exposure.spells import cut_each
from clemency.cohorts.inputs import CENSORED
from clemency.records.arguments.signatures import typed
from clemency.records.arguments.wholenumbers import whole_number
from clemency.records.environment.epoch import check_epoch
from clemency.records.errors import UsageError
from clemency.records.presentation.wording import counted
from clemency.typing import Floats

ENDS = (CENSORED, "act", "release", "death")
EXPOSED = "exposed"
EXPOSURE = 6  # months that an event exposes for
CALENDAR = 120  # months of the calendar in which custody begins


@dataclass(frozen=True, slots=True)
class Plan:
    """How the people of a simulated cohort come and go.

    Attributes
    ----------
    effects : mapping
        Log hazard ratio of each covariate, and of ``exposed``.
    shares : mapping
        Share of ones of each 0/1 covariate; the others are standard normal.
    events : sequence of float
        Calendar months at which exposures begin.
    rate : ndarray, shape (h,)
        Monthly hazard of an act for the reference case, by month since custody.
    release, death : float
        Monthly hazards.
    delayed_entry, follow_up : (float, float)
        Months since custody between which sentence and end of observation are uniform.
    frailty : float
        Variance of the gamma factor of a person's hazard; its mean is 1.
    provinces : int
    province_spread : float
        Standard deviation of the log hazard between provinces.
    """

    effects: Mapping[str, float]
    shares: Mapping[str, float]
    events: Sequence[float]
    rate: Floats
    release: float
    death: float
    delayed_entry: tuple[float, float]
    follow_up: tuple[float, float]
    frailty: float = 0.0
    provinces: int = 12
    province_spread: float = 0.0


@dataclass(frozen=True, slots=True)
class People:
    """Simulated people, n of them, before any act.

    Attributes
    ----------
    x : dict
        Covariates, each of shape (n,).
    province : ndarray of int, shape (n,)
    entry, stop : ndarray, shape (n,)
        Months since custody.
    end : ndarray of int, shape (n,)
        What `stop` is, as a position in `ENDS`: 0, 2 or 3.
    exposed : ndarray of bool, shape (n, h)
        By month since custody.
    hazard : ndarray, shape (n, h + 1)
        Cumulative hazard of an act at the beginning of each month.
    """

    x: dict[str, Floats]
    province: NDArray[np.int64]
    entry: Floats
    stop: Floats
    end: NDArray[np.int64]
    exposed: NDArray[np.bool_]
    hazard: Floats

    def between(self) -> Floats:
        """Cumulative hazard of an act over each person's time under observation, shape (n,)."""
        grid = np.arange(self.hazard.shape[1])
        pairs = zip(self.entry, self.stop, self.hazard, strict=True)
        return np.array([np.diff(np.interp([a, b], grid, h))[0] for a, b, h in pairs])


def people(rng: np.random.Generator, n: int, plan: Plan) -> People:
    """Draw people; of three times `n`, the first `n` who are still there when they are sentenced.

    Parameters
    ----------
    rng : Generator
    n : int
    plan : Plan

    Returns
    -------
    People
        Fewer than `n` where so many leave before their sentence.
    """
    size = 3 * n  # some have left before their sentence and are never seen
    x = {k: _covariate(rng, size, plan.shares.get(k)) for k in plan.effects if k != EXPOSED}
    where = rng.integers(0, plan.provinces, size)
    origin = rng.integers(0, CALENDAR, size)
    calendar = origin[:, None] + np.arange(len(plan.rate))
    exposed = np.zeros(calendar.shape, dtype=bool)
    for begins in plan.events:
        exposed |= (calendar >= begins) & (calendar < begins + EXPOSURE)
    own = rng.gamma(1 / plan.frailty, plan.frailty, size) if plan.frailty else np.ones(size)
    spread = plan.province_spread
    local = np.exp(spread * rng.normal(size=plan.provinces) - spread**2 / 2)[where]
    linear = sum((plan.effects[k] * v for k, v in x.items()), np.zeros(size))
    entry = rng.uniform(*plan.delayed_entry, size)
    leaves, dies = rng.exponential(1 / plan.release, size), rng.exponential(1 / plan.death, size)
    stop = np.minimum(np.minimum(leaves, dies), rng.uniform(*plan.follow_up, size))
    end = np.where(stop < np.minimum(leaves, dies), 0, np.where(leaves < dies, 2, 3))
    kept = np.flatnonzero(stop > entry)[:n]
    rate = plan.rate * (own * local * np.exp(linear))[kept, None]
    rate = rate * np.exp(plan.effects.get(EXPOSED, 0.0) * exposed[kept])
    hazard = np.concatenate([np.zeros((len(kept), 1)), np.cumsum(rate, axis=1)], axis=1)
    covariates = {k: v[kept] for k, v in x.items()}
    return People(covariates, where[kept], entry[kept], stop[kept], end[kept], exposed[kept], hazard)


def _covariate(rng: np.random.Generator, size: int, share: float | None) -> Floats:
    return rng.normal(size=size) if share is None else (rng.random(size) < share).astype(float)


def act_times(rng: np.random.Generator, hazard: Floats, entry: float, stop: float) -> Floats:
    """Times of all acts of one case: a Poisson process on the scale of its cumulative hazard."""
    grid = np.arange(len(hazard))
    low, high = np.interp([entry, stop], grid, hazard)
    count = rng.poisson(high - low)
    return np.sort(np.interp(rng.uniform(low, high, count), hazard, grid))


@dataclass(frozen=True, slots=True, eq=False)
class SimulatedCohort:
    """Result of `simulate_cohort`: nobody in it exists.

    Attributes
    ----------
    spells : DataFrame
        One row per spell: ``person_id`` (``simulated-00001``), ``case_id`` (the same), ``entry, exit`` in months since
        custody, ``event`` (categorical: censored, act, release, death), ``act`` (0/1), ``months`` (its length),
        ``province``, the covariates, ``exposed`` where it has an effect, and ``simulated``, always True.
    truth : DataFrame
        ``term, level, estimate``: log hazard ratios of an act, to merge with ``tidy()``.
    baseline : DataFrame
        ``time, cumulative_hazard`` of an act for the reference case: covariates zero, unexposed, average frailty and
        province.
    settings : dict
        All arguments, with the monthly hazard ``level`` that was used.
    columns : dict
        ``exit, event, entry``, to pass on: ``cl.cox(made.spells, formula, **made.columns, outcome="act")``.
    """

    spells: pd.DataFrame = field(repr=False)
    truth: pd.DataFrame
    baseline: pd.DataFrame = field(repr=False)
    settings: dict[str, Any]

    @property
    def columns(self) -> dict[str, str]:
        """Names of the columns of follow-up."""
        return {"exit": "exit", "event": "event", "entry": "entry"}

    def __repr__(self) -> str:
        s = self.spells
        ends = ", ".join(f"{int((s['event'] == e).sum())} {e}" for e in ENDS[1:])
        effects = ", ".join(f"{r.term} {np.exp(r.estimate):.3g}" for r in self.truth.itertuples())
        n, seed = s["person_id"].nunique(), self.settings["seed"]
        return (
            f"SIMULATED cohort of {counted(n, 'person')}, none of whom exists (seed {seed}).\n"
            f"{counted(len(s), 'spell')}; ends: {ends}. True hazard ratios: {effects or 'none'}."
        )


@typed
def simulate_cohort(
    n: int = 300,
    *,
    effects: Mapping[str, float],
    seed: int,
    shares: Mapping[str, float] | None = None,
    events: Sequence[float] = (6, 31, 47, 80, 95, 130, 151, 170, 205, 226),
    level: float | None = None,
    acts: float | None = None,
    shape: float = 0.5,
    release: float = 0.006,
    death: float = 0.001,
    delayed_entry: tuple[float, float] = (2.0, 18.0),
    follow_up: tuple[float, float] = (24.0, 120.0),
    frailty: float = 0.0,
    provinces: int = 12,
    province_spread: float = 0.0,
    recurrent: bool = False,
    every: float | None = None,
) -> SimulatedCohort:
    """Simulate a cohort with known effects, shaped like the shipped one.

    Parameters
    ----------
    n : int
        People under observation.
    effects : mapping
        Covariate -> log hazard ratio of an act. ``exposed`` is the time-varying one: it is 1 in the six months after an
        event. The others do not change.
    seed : int
    shares : mapping, optional
        Covariate -> share of ones. Those not named are standard normal.
    events : sequence of float
        Calendar months of the events; custody begins in one of the months 0 to 119, all equally likely.
    level : float, optional
        Monthly hazard of an act at 60 months, for the reference case; 0.0032 by default.
    acts : float, optional
        Instead of `level`: the expected number of acts (first acts, unless `recurrent`) among the people drawn.
    shape : float
        The hazard of an act is that at 60 months times (t / 60) ** shape.
    release, death : float
        Monthly hazards, the same for all.
    delayed_entry : (float, float)
        Months from custody to sentence, uniform; (0, 0) for none. Who leaves before that is never seen (left
        truncation).
    follow_up : (float, float)
        Months from custody to the end of observation, uniform.
    frailty : float
        Variance of a gamma factor that makes a person's acts hang together.
    provinces : int
        Number of provinces, all equally likely.
    province_spread : float
        Standard deviation of the log hazard between them.
    recurrent : bool
        Follow people through all their acts; by default the first one ends the time at risk.
    every : float, optional
        Also split spells every so many months, for `occurrence`.

    Returns
    -------
    SimulatedCohort

    Raises
    ------
    UsageError
        For numbers that are out of range, shares of no covariate, `level` and `acts` together, more acts than can be,
        or so early releases that fewer than `n` are left at entry.

    Notes
    -----
    Times are exact for hazards that are constant within months. With `frailty` or `province_spread` the effects hold
    given the person and the province: a Cox model of first acts without them estimates something nearer to none.

    References
    ----------
    Bender, Augustin and Blettner, Statistics in Medicine 24 (2005), 1713-1723.

    Examples
    --------
    >>> made = simulate_cohort(200, effects={"rare": 0.7, "exposed": 0.5}, shares={"rare": 0.05}, acts=60, seed=1)
    >>> made.truth
          term level  estimate
    0     rare             0.7
    1  exposed             0.5
    >>> bool(made.spells["simulated"].all()), made.spells["person_id"].iloc[0]
    (True, 'simulated-00001')
    """
    given = dict(locals())
    _check(given)
    shares = dict(shares or {})
    months = np.arange(int(np.ceil(follow_up[1])))
    unit = ((months + 0.5) / 60) ** shape
    wanted = 0.0032 if level is None else level
    ends = (release, death, delayed_entry, follow_up)
    plan = Plan(effects, shares, events, wanted * unit, *ends, frailty, provinces, province_spread)
    rng = np.random.default_rng(seed)
    drawn = people(rng, n, plan)
    if len(drawn.entry) < n:
        raise UsageError(
            f"Only {len(drawn.entry)} of {3 * n} people are still there when observation begins: lower release= or "
            "death=, or move delayed_entry= forward."
        )
    factor = 1.0 if acts is None else _factor(drawn.between(), acts, recurrent)
    times = [act_times(rng, h * factor, a, b) for h, a, b in zip(drawn.hazard, drawn.entry, drawn.stop, strict=True)]
    cumulative = np.r_[0.0, np.cumsum(plan.rate * factor)]
    return SimulatedCohort(
        spells=_spells(drawn, times, recurrent, EXPOSED in effects, every),
        truth=pd.DataFrame({"term": list(effects), "level": "", "estimate": [float(v) for v in effects.values()]}),
        baseline=pd.DataFrame({"time": np.arange(len(cumulative), dtype=float), "cumulative_hazard": cumulative}),
        settings=given | {"level": float(wanted * factor), "shares": shares, "effects": dict(effects)},
    )


def _factor(hazard: Floats, acts: float, recurrent: bool) -> float:
    """What to multiply all hazards by for an expected number of acts."""
    if recurrent:
        return float(acts / hazard.sum())
    if acts >= len(hazard):
        raise UsageError(f"acts={acts:g} first acts cannot be expected of {len(hazard)} people.")

    def excess(log_factor: float) -> float:
        return float(-np.expm1(-np.exp(log_factor) * hazard).sum() - acts)

    check_epoch()
    from scipy import optimize  # late, so that a cohort can be made without it

    return float(np.exp(optimize.brentq(excess, -30, 30, xtol=1e-12)))


def _spells(drawn: People, times: list[Floats], recurrent: bool, exposure: bool, every: float | None) -> pd.DataFrame:
    edges: list[Floats] = []
    codes: list[NDArray[np.int64]] = []
    for when, entry, stop, end in zip(times, drawn.entry, drawn.stop, drawn.end, strict=True):
        first = when if recurrent else when[:1]
        ends_in_act = not recurrent and len(first) > 0
        edges.append(np.r_[entry, first] if ends_in_act else np.r_[entry, first, stop])
        codes.append(np.r_[np.ones(len(first), dtype=int), [] if ends_in_act else end].astype(int))
    person = np.repeat(np.arange(len(edges)), [len(c) for c in codes])
    start, stops = np.concatenate([e[:-1] for e in edges]), np.concatenate([e[1:] for e in edges])
    kept = stops > start
    person, start, stops, code = person[kept], start[kept], stops[kept], np.concatenate(codes)[kept]
    pieces = cut_each(start, stops, _points(drawn.exposed[person] if exposure else None, len(person), drawn, every))
    who = person[pieces.source]
    final = np.where(pieces.last, code[pieces.source], 0)
    key = np.array([f"simulated-{i + 1:05d}" for i in range(len(edges))])[who]
    frame = pd.DataFrame({"person_id": key, "case_id": key, "entry": pieces.start, "exit": pieces.stop})
    frame["event"] = pd.Categorical.from_codes(final, list(ENDS))
    frame["act"] = (final == 1).astype(int)
    frame["months"] = frame["exit"] - frame["entry"]
    names = np.array([f"province {i + 1:02d}" for i in range(drawn.province.max() + 1)])
    frame["province"] = pd.Categorical(names[drawn.province[who]])
    frame = frame.assign(**{k: v[who] for k, v in drawn.x.items()})
    if exposure:
        middle = ((frame["entry"] + frame["exit"]) / 2).to_numpy().astype(int)
        frame[EXPOSED] = drawn.exposed[who, middle].astype(int)
    return frame.assign(simulated=True)


def _points(exposed: NDArray[np.bool_] | None, n: int, drawn: People, every: float | None) -> Floats:
    """Months at which each spell may be cut, ascending but for those that do not count, which are -1."""
    horizon = drawn.exposed.shape[1]
    regular = np.arange(0, horizon, every) if every else np.empty(0)
    if exposed is None:
        return np.tile(regular, (n, 1))
    month = np.arange(1.0, horizon)
    changes = np.where(np.diff(exposed.astype(int), axis=1) != 0, month, -1.0)
    if not every:
        return changes
    both = np.concatenate([changes, np.tile(regular, (n, 1))], axis=1)
    both.sort(axis=1)
    both[:, 1:][np.diff(both, axis=1) == 0] = -1.0
    return both


def _check(given: dict[str, Any]) -> None:
    if given["level"] is not None and given["acts"] is not None:
        raise UsageError("level= and acts= settle the same number: leave one of them out.")
    _check_numbers(given)
    for name in ("delayed_entry", "follow_up"):
        if np.shape(given[name]) != (2,):
            raise UsageError(f"{name}={given[name]} must be two numbers of months, from and to.")
        low, high = given[name]
        if not 0 <= low <= high:
            raise UsageError(f"{name}=({low}, {high}) must be months that do not fall, from zero on.")
    if EXPOSED in given["effects"] and not len(given["events"]):
        raise UsageError("'exposed' has an effect but events= is empty: nobody would be exposed.")
    _check_names(given["effects"], given["shares"] or {})


def _check_numbers(given: dict[str, Any]) -> None:
    single = ("level", "acts", "shape", "release", "death", "frailty", "province_spread", "every")
    several = ("delayed_entry", "follow_up", "events")
    amounts = {k: given[k] for k in single} | {k: v for name in several for k, v in _parts(name, given[name])}
    for name, value in amounts.items():
        if value is not None and (not isinstance(value, Real) or isinstance(value, bool)):
            raise UsageError(f"{name}={value!r} is not a number. Write one without quotes or units.")
    for name in ("n", "provinces"):
        whole_number(given[name], name, least=1)
    for name in ("level", "acts", "release", "death", "every"):
        if given[name] is not None and not given[name] > 0:
            raise UsageError(f"{name}={given[name]} must be positive.")
    for name in ("frailty", "province_spread"):
        if not 0 <= given[name] < np.inf:
            raise UsageError(f"{name}={given[name]} must be a number, zero or more.")
    if not given["shape"] > -1:
        raise UsageError(f"shape={given['shape']} must be above -1.")


def _parts(name: str, values: Any) -> list[tuple[str, Any]]:
    if isinstance(values, str) or not np.iterable(values):
        return [(name, values)]
    return [(f"{name}[{i}]", v) for i, v in enumerate(values)]


def _check_names(effects: Mapping[str, float], shares: Mapping[str, float]) -> None:
    taken = {"person_id", "case_id", "entry", "exit", "event", "act", "months", "province", "simulated"}
    for name, value in effects.items():
        if name in taken:
            raise UsageError(f"{name!r} is a column of every cohort: give that covariate another name.")
        if not np.isfinite(value):
            raise UsageError(f"The effect of {name!r} must be a finite log hazard ratio, not {value}.")
    for name, share in shares.items():
        if name not in effects or name == EXPOSED:
            raise UsageError(
                f"shares= has {name!r}, which is no fixed covariate of effects=: give it there, with 0 for none."
            )
        if not 0 < share < 1:
            raise UsageError(f"The share of {name!r} must lie between 0 and 1, not {share}.")
