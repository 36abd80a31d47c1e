"""Do intervals cover? Every estimator on simulated cohorts like the shipped ones, where the truth is known.

A simulated cohort has 300 cases that enter when they are sentenced, months after custody began; about 60 of them
have a first act; release and death compete; one covariate marks one case in twenty, another is continuous, an
exposure comes and goes with the calendar; there are twelve provinces, and in some designs a frailty makes a person's
acts hang together.

``python -m benchmarks coverage``; ``REPLICATES`` in the environment sets the number of samples (2,000),
``STUDIES="predictions;tests"`` runs some studies and keeps the results of the others.
"""

import os
import platform
import re
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks import _placebo, _savings
from clemency.cohorts.simulation import Plan, act_times, people

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

EFFECTS = {"common": 0.5, "rare": 0.7, "score": -0.3, "exposed": 0.5}
HORIZON = 120  # months
EVENTS = (6, 31, 47, 80, 95, 130, 151, 170, 205, 226)  # calendar months at which an exposure of six months begins
LEAVE, DIE = 0.006, 0.001  # monthly hazards of release and death
LEVEL = 0.0032  # monthly hazard of an act at 60 months, for the reference case
SEED = 20170621


def act_hazard(month: np.ndarray) -> np.ndarray:
    """Monthly hazard in the middle of a month, rising with the square root of time."""
    return LEVEL * np.sqrt((month + 0.5) / 60)


def cohort(
    rng: np.random.Generator,
    n: int,
    level: float = 1.0,
    frailty: float = 0.0,
    province: float = 0.0,
    exposure: float = EFFECTS["exposed"],
) -> dict:
    """Simulate n cases; every random time is exact for hazards that are constant within months."""
    month = np.arange(HORIZON)
    plan = Plan(
        effects={**EFFECTS, "exposed": exposure},
        shares={"common": 0.5, "rare": 0.05},
        events=EVENTS,
        rate=level * act_hazard(month),
        release=LEAVE,
        death=DIE,
        delayed_entry=(2, 18),
        follow_up=(24, HORIZON),
        frailty=frailty,
        province_spread=province,
    )
    drawn = people(rng, n, plan)
    acts = [act_times(rng, h, a, b) for h, a, b in zip(drawn.hazard, drawn.entry, drawn.stop, strict=True)]
    return {
        "x": drawn.x,
        "province": drawn.province,
        "entry": drawn.entry,
        "stop": drawn.stop,
        "end": drawn.end,
        "acts": acts,
        "exposed": drawn.exposed,
    }


def first_acts(c: dict) -> pd.DataFrame:
    """One spell per case, to its first act or its end."""
    first = np.array([a[0] if len(a) else np.inf for a in c["acts"]])
    exit = np.minimum(first, c["stop"])
    code = np.where(first <= c["stop"], 1, c["end"])
    end = pd.Categorical.from_codes(code, ["censored", "act", "release", "death"])
    frame = pd.DataFrame(c["x"]).assign(entry=c["entry"], exit=exit, end=end, act=(code == 1).astype(int))
    return frame.assign(province=c["province"], case=np.arange(len(frame)))


def split(frame: pd.DataFrame, exposed: np.ndarray, every: int | None = None) -> pd.DataFrame:
    """Cut spells where the exposure changes, and at every so many months."""
    parts = []
    for row in frame.itertuples():
        edges = np.flatnonzero(np.diff(exposed[row.case].astype(int))) + 1.0
        if every:
            edges = np.union1d(edges, np.arange(0, HORIZON, every))
        edges = edges[(edges > row.entry) & (edges < row.exit)]
        parts.append(
            np.column_stack([np.full(len(edges) + 1, row.Index), np.r_[row.entry, edges], np.r_[edges, row.exit]])
        )
    cut = np.concatenate(parts)
    source = cut[:, 0].astype(int)
    out = frame.iloc[source].reset_index(drop=True).assign(entry=cut[:, 1], exit=cut[:, 2])
    last = np.r_[source[1:] != source[:-1], True]
    out["act"] = np.where(last, out["act"], 0)
    middle = ((out["entry"] + out["exit"]) / 2).astype(int)
    return out.assign(exposed=exposed[out["case"], middle].astype(float))


def all_acts(c: dict) -> pd.DataFrame:
    """One spell per act, and one to the end."""
    rows = []
    for i, acts in enumerate(c["acts"]):
        edges = np.r_[c["entry"][i], acts, c["stop"][i]]
        codes = np.r_[np.ones(len(acts), dtype=int), c["end"][i]]
        rows.append(np.column_stack([np.full(len(codes), i), edges[:-1], edges[1:], codes]))
    table = np.concatenate(rows)
    case = table[:, 0].astype(int)
    end = pd.Categorical.from_codes(table[:, 3].astype(int), ["censored", "act", "release", "death"])
    frame = pd.DataFrame({k: v[case] for k, v in c["x"].items()}).assign(case=case, end=end)
    frame = frame.assign(entry=table[:, 1], exit=table[:, 2], act=(table[:, 3] == 1).astype(int))
    return frame[frame["exit"] > frame["entry"]].reset_index(drop=True)


SPELL = {"exit": "exit", "event": "act", "entry": "entry"}
ENDS = {"exit": "exit", "event": "end", "entry": "entry"}
Found = tuple[str, str, float, float, float, float, float]  # estimator, quantity, truth, estimate, error, low, high


def of_table(name: str, table: pd.DataFrame, skip: tuple[str, ...] = ()) -> Iterator[Found]:
    for r in table.itertuples():
        if r.term in EFFECTS and r.term not in skip:
            yield name, r.term, EFFECTS[r.term], r.estimate, r.std_error, r.ci_low, r.ci_high


def refused(name: str, terms: list[str]) -> Iterator[Found]:
    for term in terms:
        yield name, term, EFFECTS[term], np.nan, np.nan, np.nan, np.nan


def hazard_ratios(rng: np.random.Generator, level: float, label: str) -> Iterator[Found]:
    from clemency.models import cox, occurrence
    from clemency.records.errors import DataError

    c = cohort(rng, 300, level)
    frame = split(first_acts(c), c["exposed"])
    terms = list(EFFECTS)
    formula = " + ".join(terms)
    try:
        fit = cox(frame, formula, **SPELL, cluster="case")
        yield from of_table(f"cox, robust by person{label}", fit.tidy())
        yield from of_table(f"cox, model-based{label}", fit.with_variance(robust=False).tidy())
    except DataError:
        yield from refused(f"cox, robust by person{label}", terms)
        yield from refused(f"cox, model-based{label}", terms)
    firth = cox(frame, formula, **SPELL, penalty="firth")
    yield from of_table(f"cox, Firth, profile limits{label}", firth.tidy())
    table = firth.tidy()
    half = 1.959964 * table["std_error"]
    table = table.assign(ci_low=table["estimate"] - half, ci_high=table["estimate"] + half)
    yield from of_table(f"cox, Firth, Wald limits{label}", table)
    periods = split(first_acts(c), c["exposed"], every=3).assign(months=lambda d: d["exit"] - d["entry"])
    columns = {"event": "act", "entry": "entry", "months": "months", "id": "case"}
    try:
        fit = occurrence(periods, formula, **columns, cluster="case")
    except DataError:
        yield from refused(f"occurrence, cloglog, robust by person{label}", terms)
        return
    yield from of_table(f"occurrence, cloglog, robust by person{label}", fit.tidy())
    r = fit.effects("common").iloc[0]
    values = (r["estimate"], r["std_error"], r["ci_low"], r["ci_high"])
    yield f"occurrence, average effect{label}", "common", average_effect(periods, level), *values


def average_effect(periods: pd.DataFrame, level: float) -> float:
    """True average difference in the probability of an act in a quarter, over the person-periods of a sample."""
    cumulative = np.r_[0.0, np.cumsum(act_hazard(np.arange(HORIZON + 3)))]
    start = periods["entry"].to_numpy()
    rate = level * (
        np.interp(start + 3, np.arange(HORIZON + 4), cumulative) - np.interp(start, np.arange(HORIZON + 4), cumulative)
    )
    linear = sum(EFFECTS[k] * periods[k].to_numpy() for k in ("rare", "score", "exposed"))
    with_, without = (-np.expm1(-rate * np.exp(linear + EFFECTS["common"] * v)) for v in (1, 0))
    return float(np.mean(with_ - without))


def recurrent(rng: np.random.Generator) -> Iterator[Found]:
    from clemency.models import cox, recurrence
    from clemency.records.errors import DataError

    c = cohort(rng, 300, frailty=1.0)
    frame = all_acts(c)
    parts = split(frame.assign(case=frame["case"]), c["exposed"])
    terms = list(EFFECTS)
    try:
        fit = cox(parts, " + ".join(terms), **SPELL, cluster="case")
        yield from of_table("cox, all acts, frailty, robust by person", fit.tidy())
        yield from of_table("cox, all acts, frailty, model-based", fit.with_variance(robust=False).tidy())
    except DataError:
        yield from refused("cox, all acts, frailty, robust by person", terms)
        yield from refused("cox, all acts, frailty, model-based", terms)
    for kind in ("log", "plain"):
        found = recurrence(frame, **ENDS, id="case", outcome="act", terminal=["release", "death"], conf_type=kind)
        for r in found.at([24, 60]).itertuples():
            yield (
                f"recurrence, {kind} limits",
                f"at {r.time:g}",
                TRUTH[f"mean {r.time:g}"],
                r.estimate,
                r.std_error,
                r.ci_low,
                r.ci_high,
            )


def provinces(rng: np.random.Generator) -> Iterator[Found]:
    """A covariate that belongs to a province, with provinces that differ in other ways too."""
    from clemency.models import cox, occurrence

    c = cohort(rng, 300, province=0.5)
    frame = first_acts(c).assign(coastal=lambda d: (d["province"] % 2).astype(float))
    fit = cox(frame, "coastal + score", **SPELL, cluster="province")
    rows = {
        "cox, 12 provinces, clustered on them": fit,
        "cox, 12 provinces, model-based": fit.with_variance(robust=False),
    }
    for name, estimate in rows.items():
        r = estimate.tidy().iloc[0]
        yield name, "coastal", 0.0, r["estimate"], r["std_error"], r["ci_low"], r["ci_high"]
    periods = frame.assign(months=frame["exit"] - frame["entry"])
    fit = occurrence(
        periods, "coastal + score", event="act", entry="entry", months="months", duration=None, cluster="province"
    )
    r = fit.tidy().iloc[0]
    yield "occurrence, 12 provinces, t on 11", "coastal", 0.0, r["estimate"], r["std_error"], r["ci_low"], r["ci_high"]


def curves(rng: np.random.Generator, n: int) -> Iterator[Found]:
    from clemency.models import incidence, rates, survival

    frame = first_acts(cohort(rng, n, level=2.5))
    if frame["act"].sum() == 0:
        return
    for kind in ("log-log", "log", "plain"):
        for r in incidence(frame, **ENDS, outcome="act", conf_type=kind).at([24, 60]).itertuples():
            yield (
                f"incidence, {kind}, n = {n}",
                f"at {r.time:g}",
                TRUTH[f"incidence {r.time:g}"],
                r.estimate,
                r.std_error,
                r.ci_low,
                r.ci_high,
            )
        for r in survival(frame, **SPELL, conf_type=kind).at([24, 60]).itertuples():
            yield (
                f"survival, {kind}, n = {n}",
                f"at {r.time:g}",
                TRUTH[f"survival {r.time:g}"],
                r.estimate,
                r.std_error,
                r.ci_low,
                r.ci_high,
            )
    constant = frame.assign(exit=np.minimum(frame["exit"], 60))
    left = (frame["end"] == "release") & (frame["exit"] <= 60)
    r = rates(constant.assign(left=left.astype(int)), exit="exit", event="left", entry="entry", per=1).tidy().iloc[0]
    yield f"rates, exact, n = {n}", "release", LEAVE, r["estimate"], r["std_error"], r["ci_low"], r["ci_high"]


PREDICTED = "common + rare + score"


def predictions(rng: np.random.Generator) -> Iterator[Found]:
    """What models of all ends say of one case and of the sample, and how well the model ranks."""
    from clemency.models import absolute_risk, cox
    from clemency.records.errors import DataError

    frame = first_acts(cohort(rng, 300, level=1.5, exposure=0.0))
    names = ("predict, survival", "absolute_risk", "standardise, survival", "concordance")
    try:
        act = cox(frame, PREDICTED, **ENDS, outcome="act")
        left = cox(frame, PREDICTED, **ENDS, outcome=["release", "death"])
    except DataError:
        for name in names[:3]:
            for t in (24, 60):
                yield name, f"at {t}", np.nan, np.nan, np.nan, np.nan, np.nan
        yield names[3], "all", TRUTH["concordance"], np.nan, np.nan, np.nan, np.nan
        return
    case = {"common": [1.0], "rare": [0.0], "score": [0.5]}
    alone = act.predict(case, [24, 60], "survival")
    together = absolute_risk({"act": act, "left": left}, case, [24, 60])
    together = together[together["outcome"] == "act"]
    whole = act.standardise("common", [24, 60], "survival")
    whole = whole[whole["common"] == 1]
    others = np.exp(EFFECTS["rare"] * frame["rare"] + EFFECTS["score"] * frame["score"]).to_numpy()
    ratio = np.exp(EFFECTS["common"] + 0.5 * EFFECTS["score"])
    for k, t in enumerate((24, 60)):
        hazard = 1.5 * act_hazard(np.arange(2, t))
        truths = (
            np.exp(-ratio * hazard.sum()),
            risk_of_act(ratio * hazard),
            np.exp(-hazard.sum() * np.exp(EFFECTS["common"]) * others).mean(),
        )
        for name, value, table in zip(names, truths, (alone, together, whole), strict=False):
            r = table.iloc[k]
            yield name, f"at {t}", float(value), r["estimate"], r["std_error"], r["ci_low"], r["ci_high"]
    c = act.concordance()
    half = 1.959964 * c.std_error
    yield names[3], "all", TRUTH["concordance"], c.estimate, c.std_error, c.estimate - half, c.estimate + half


def risk_of_act(hazard: np.ndarray) -> float:
    """Probability of an act before release or death, for monthly hazards of an act."""
    total = hazard + LEAVE + DIE
    stays = np.exp(-np.r_[0.0, np.cumsum(total)[:-1]])
    return float(np.sum(stays * -np.expm1(-total) * hazard / total))


def concordance_of_all(people: int = 60_000, seed: int = 2) -> float:
    """Concordance of the model in a very large sample."""
    from clemency.models import cox

    frame = first_acts(cohort(np.random.default_rng(seed), people, level=1.5, exposure=0.0))
    return cox(frame, PREDICTED, **ENDS, outcome="act").concordance().estimate


def overdispersed(rng: np.random.Generator) -> Iterator[Found]:
    """Acts of people with very different rates: what exact Poisson limits do not know of."""
    from clemency.models import rates

    n = 300
    months = rng.uniform(12, 100, n)
    count = rng.poisson(0.01 * rng.gamma(1, 1, n) * months)
    spells = pd.DataFrame({"exit": months / np.maximum(count, 1), "act": (count > 0).astype(int)})
    spells = spells.loc[spells.index.repeat(np.maximum(count, 1))]
    r = rates(spells, exit="exit", event="act", per=1).tidy().iloc[0]
    yield (
        "rates, exact, acts of one person hang together",
        "act",
        0.01,
        r["estimate"],
        r["std_error"],
        r["ci_low"],
        r["ci_high"],
    )


def subdistribution(rng: np.random.Generator) -> Iterator[Found]:
    """Fine and Gray's own design (1999, section 5), with delayed entry."""
    from clemency.models import fine_gray

    size, p = 1200, 0.4
    x = (rng.random(size) < 0.5).astype(float)
    score = rng.normal(size=size)
    ratio = np.exp(0.5 * x - 0.3 * score)
    ours = rng.random(size) < 1 - (1 - p) ** ratio
    u = rng.random(size) * (1 - (1 - p) ** ratio)
    first = -np.log(np.maximum(1 - (1 - (1 - u) ** (1 / ratio)) / p, 1e-12)) * 30
    other = rng.exponential(30 / np.exp(-0.4 * x))
    time_ = np.where(ours, first, other)
    entry, stop = rng.uniform(0, 12, size) * (rng.random(size) < 0.7), rng.uniform(20, 90, size)
    kept = np.flatnonzero((time_ > entry) & (stop > entry))[:300]
    code = np.where(time_ <= stop, np.where(ours, 1, 2), 0)[kept]
    frame = pd.DataFrame({"common": x, "score": score, "entry": entry, "exit": np.minimum(time_, stop)}).iloc[kept]
    frame["end"] = pd.Categorical.from_codes(code, ["censored", "act", "release"])
    fit = fine_gray(frame, "common + score", **ENDS, outcome="act")
    yield from of_table("fine_gray, delayed entry", fit.tidy())


def saved(rng: np.random.Generator, level: float, label: str) -> Iterator[Found]:
    """Months saved by acts of known mean size, many by one person and some not stated."""
    frame = all_acts(cohort(rng, 300, level, frailty=1.0))
    truth_ = {"rate": level * TRUTH["acts a year"], "total": level * TRUTH[f"mean {_savings.AT:g}"]}
    truth_ = {k: v * _savings.MONTHS.mean() for k, v in truth_.items()}
    yield from _savings.found(_savings.sample(frame, rng), truth_, label, int(rng.integers(1 << 31)))


def tests(rng: np.random.Generator) -> Iterator[tuple[str, float]]:
    """P values where the null hypothesis is true."""
    from clemency.models import cox, gray_test, logrank

    c = cohort(rng, 300)
    frame = first_acts(c).assign(arm=rng.integers(0, 3, 300).astype(str))
    fit = cox(frame, "common + score", **SPELL)
    yield "cox check(), all terms", float(fit.check().tidy()["p_value"].iloc[-1])
    yield "logrank, 3 groups, delayed entry", float(logrank(frame, by="arm", **SPELL).tidy()["p_value"].iloc[0])
    whole = frame.assign(entry=0.0)
    found = gray_test(whole, by="arm", exit="exit", event="end", outcome="act")
    yield "gray_test, 3 groups", float(found.tidy()["p_value"].iloc[0])


STUDIES = {
    "hazard ratios, 60 acts": lambda r: hazard_ratios(r, 1.0, ""),
    "hazard ratios, 20 acts": lambda r: hazard_ratios(r, 0.3, ", 20 acts"),
    "recurrent": recurrent,
    "provinces": provinces,
    "curves, 300": lambda r: curves(r, 300),
    "curves, 60": lambda r: curves(r, 60),
    "curves, 20": lambda r: curves(r, 20),
    "overdispersed": overdispersed,
    "subdistribution": subdistribution,
    "predictions": predictions,
    "months saved, 60 acts": lambda r: saved(r, 1.0, ", 60 acts"),
    "months saved, 20 acts": lambda r: saved(r, 0.3, ", 20 acts"),
}
#: Studies of p values where the null hypothesis is true.
SIZES = {"tests": tests, "placebo": _placebo.tests}
#: In the order in which they draw their seeds: a new study comes last, so that the others keep their samples.
SEEDED = (*list(STUDIES)[:9], "tests", *list(STUDIES)[9:], "placebo")


def truth(people: int = 400_000, seed: int = 1) -> dict[str, float]:
    """What the curves estimate: integrals over the hazards of many simulated people, exact given who they are."""
    rng = np.random.default_rng(seed)
    month = np.arange(HORIZON)
    out: dict[str, list[np.ndarray]] = {k: [] for k in ("incidence", "survival", "mean")}
    for _ in range(people // 2000):
        size = 2000
        linear = EFFECTS["common"] * (rng.random(size) < 0.5) + EFFECTS["rare"] * (rng.random(size) < 0.05)
        linear = linear + EFFECTS["score"] * rng.normal(size=size)
        calendar = rng.integers(0, 120, size)[:, None] + month
        exposed = sum(((calendar >= b) & (calendar < b + 6)).astype(float) for b in EVENTS) > 0
        rate = act_hazard(month) * np.exp(linear)[:, None] * np.exp(EFFECTS["exposed"] * exposed)
        rate[:, :2] = 0  # nobody is under observation yet
        out["mean"].append(rate.mean(axis=0))
        out["survival"].append(np.exp(-2.5 * np.cumsum(rate, axis=1)).mean(axis=0))
        out["incidence"].append((2.5 * rate).mean(axis=0))
    rate, free = np.mean(out["mean"], axis=0), np.mean(out["survival"], axis=0)
    # The population hazard is that among those still without an act; ends leave in proportion, whoever they are.
    hazard = -np.diff(np.log(np.r_[1.0, free]))
    leave = LEAVE + DIE
    stays = np.exp(-leave * month)
    total = hazard + leave
    share = (1 - np.exp(-total)) * hazard / total
    incidence = np.cumsum(np.r_[1.0, free[:-1]] * stays * share)
    count = np.cumsum(rate * stays * (1 - np.exp(-leave)) / leave)
    found = {f"survival {t}": float(free[t - 1]) for t in (24, 60)}
    found |= {f"incidence {t}": float(incidence[t - 1]) for t in (24, 60)}
    # Observation starts at 2 months: of those who stay until then.
    scale = np.exp(leave * 2)
    found |= {f"mean {t}": float(count[t - 1] * scale) for t in (24, 60)}
    seen = np.diff(observed(np.arange(HORIZON + 1)))
    found["acts a year"] = float(12 * (rate @ seen) / seen.sum())
    return {k: v * (scale if k.startswith("incidence") else 1.0) for k, v in found.items()}


def observed(month: np.ndarray) -> np.ndarray:
    """Mean time under observation by given months, which is the same for all kinds of people."""
    t = np.linspace(0, HORIZON, 100 * HORIZON + 1)
    in_ = np.clip((t - 2) / 16, 0, 1) * np.clip((HORIZON - t) / (HORIZON - 24), 0, 1) * np.exp(-(LEAVE + DIE) * t)
    return np.interp(month, t, np.r_[0.0, np.cumsum((in_[1:] + in_[:-1]) / 2 * np.diff(t))])


TRUTH: dict[str, float] = {}


def _begin(known: dict[str, float]) -> None:
    TRUTH.update(known)


def _replicates(study: str, seeds: list[np.random.SeedSequence]) -> list[Found]:
    return [f for s in seeds for f in STUDIES[study](np.random.default_rng(s))]


def _p_values(study: str, seeds: list[np.random.SeedSequence]) -> list[tuple[str, float]]:
    return [f for s in seeds for f in SIZES[study](np.random.default_rng(s))]


def summary(found: pd.DataFrame) -> pd.DataFrame:
    """Bias, errors and coverage by estimator and quantity, with Monte Carlo errors.

    Bias and spread are of all samples with an estimate; coverage is of those with limits, and ``refused`` the others.
    """
    rows = []
    for (name, quantity), part in found.groupby(["estimator", "quantity"], sort=False):
        known = part.dropna(subset=["estimate"])
        given = known.dropna(subset=["low", "high"])
        inside = (given["low"] <= given["truth"]) & (given["truth"] <= given["high"])
        k, share = len(given), inside.mean()
        rows.append(
            {
                "estimator": name,
                "quantity": quantity,
                "truth": given["truth"].mean(),
                "samples": len(part),
                "refused": 1 - k / len(part),
                "bias": (known["estimate"] - known["truth"]).mean(),
                "bias_mc_error": known["estimate"].std() / np.sqrt(len(known)),
                "spread": known["estimate"].std(),
                "mean_error": given["error"].mean(),
                "coverage": share,
                "coverage_mc_error": np.sqrt(share * (1 - share) / k),
                "misses_low": (given["high"] < given["truth"]).mean(),
                "misses_high": (given["low"] > given["truth"]).mean(),
            }
        )
    return pd.DataFrame(rows)


def study(
    replicates: int, seed: int = SEED, workers: int | None = None, only: tuple[str, ...] = SEEDED
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Run everything, or some; the same seed gives the same rows whatever else runs and however many workers do."""
    known = truth() | {"concordance": concordance_of_all()}
    root = np.random.SeedSequence(seed)
    jobs = {name: root.spawn(1)[0].spawn(replicates) for name in SEEDED}
    jobs = {name: seeds for name, seeds in jobs.items() if name in only}
    _begin(known)
    with ProcessPoolExecutor(workers, initializer=_begin, initargs=(known,)) as pool:
        size = max(1, replicates // 16)
        running = {
            name: [
                pool.submit(_p_values if name in SIZES else _replicates, name, seeds[i : i + size])
                for i in range(0, replicates, size)
            ]
            for name, seeds in jobs.items()
        }
        done: dict[str, list] = {}
        for name, futures in running.items():
            start = time.perf_counter()
            done[name] = [row for f in futures for row in f.result()]
            print(f"{name}: {time.perf_counter() - start:.0f} s", flush=True)
    p = pd.DataFrame([row for name in SIZES for row in done.pop(name, [])], columns=["test", "p_value"])
    columns = ["estimator", "quantity", "truth", "estimate", "error", "low", "high"]
    table = summary(pd.DataFrame([row for rows in done.values() for row in rows], columns=columns))
    size_ = p.groupby("test", sort=False)["p_value"].agg(samples="size", size=lambda v: (v < 0.05).mean()).reset_index()
    return table, size_.assign(mc_error=lambda d: np.sqrt(d["size"] * (1 - d["size"]) / d["samples"]))


def draw(table: pd.DataFrame, path: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    from clemency.figures import style

    with style():
        fig, ax = plt.subplots(figsize=(9, 0.19 * len(table) + 1.2))
        y = np.arange(len(table))[::-1]
        ax.axvline(0.95, color="0.5", lw=0.8)
        low = np.maximum(table["coverage"] - 1.96 * table["coverage_mc_error"], 0.6)
        ax.hlines(y, low, table["coverage"] + 1.96 * table["coverage_mc_error"], color="0.4", lw=1)
        ax.plot(table["coverage"].clip(lower=0.6), y, "o", ms=4, color="black")
        ax.set_yticks(y, [f"{r.estimator}: {r.quantity}" for r in table.itertuples()], fontsize=6.5)
        ax.set(
            xlim=(0.6, 1.005),
            ylim=(-1, len(table)),
            xlabel="coverage of nominal 95% limits in simulated cohorts (0.6: or less)",
        )
        fig.savefig(path)
        plt.close(fig)


PAGE = Path(__file__).resolve().parents[1] / "docs" / "coverage.md"
_BLOCK = re.compile(r"(<!-- coverage:([^>]+?) -->\n).*?(<!-- end -->)", re.DOTALL)


def renewed(page: str, results: Path) -> str:
    """The page with its tables made anew from the results; each block names the beginnings of estimators."""
    tables = [results / name for name in ("coverage.csv", "pooling.csv", "pooledsaved.csv")]
    table = pd.concat([pd.read_csv(path) for path in tables if path.exists()], ignore_index=True)
    size = pd.read_csv(results / "coverage_tests.csv")

    def block(match: re.Match[str]) -> str:
        if match[2] in SIZES:
            head = "| test | rejects a true hypothesis at 5% |\n| --- | ---: |\n"
            rows = [
                f"| {r.test} | {100 * r.size:.1f}% (± {196 * r.mc_error:.1f}) |"
                for r in size.itertuples()
                if r.test.startswith("placebo") == (match[2] == "placebo")
            ]
        else:
            head = "| interval | of | samples refused | bias | coverage |\n| --- | --- | ---: | ---: | ---: |\n"
            names = tuple(match[2].split("; "))
            rows = [
                f"| {r.estimator} | {r.quantity} | {100 * r.refused:.0f}% | {r.bias:+.3f} | "
                f"{100 * r.coverage:.1f}% (± {196 * r.coverage_mc_error:.1f}) |"
                for r in table.itertuples()
                if r.estimator.startswith(names)
            ]
        return match[1] + head + "\n".join(rows) + "\n" + match[3]

    return _BLOCK.sub(block, page)


def joined(old: Path, new: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    """New rows in the place of old ones with the same key; the others stay."""
    if not old.exists() or new.empty:
        return new if len(new) else pd.read_csv(old)
    before = pd.read_csv(old)
    again = before.merge(new[key], on=key, how="left", indicator=True)["_merge"] == "both"
    return pd.concat([before[~again.to_numpy()], new], ignore_index=True)


def run(results: Path) -> None:
    replicates = int(os.environ.get("REPLICATES", "2000"))
    only = tuple(n for n in os.environ.get("STUDIES", "").split(";") if n)
    start = time.perf_counter()
    table, size = study(replicates, only=only or SEEDED)
    if only:
        table = joined(results / "coverage.csv", table, ["estimator", "quantity"])
        size = joined(results / "coverage_tests.csv", size, ["test"])
    table.to_csv(results / "coverage.csv", index=False, float_format="%.4g")
    size.to_csv(results / "coverage_tests.csv", index=False, float_format="%.4g")
    draw(table, results / "coverage.svg")
    note = f"{replicates} simulated samples, seed {SEED}; Python {platform.python_version()}, numpy {np.__version__}\n"
    if not only:  # some studies run with fewer samples; the tables count them
        (results / "coverage_versions.txt").write_text(note)
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8"), results), encoding="utf-8")
    print(size.to_string(index=False))
    print(f"{time.perf_counter() - start:.0f} s")
