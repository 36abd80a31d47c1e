"""What every public name shows, in files to compare before and after a change that should change nothing.

``python -m benchmarks snapshots FOLDER`` writes a file for each call: the printed object, its fields and the results
of its methods with all digits, and the HTML that a notebook shows. A last file has what is said of dirty input.
Compare two folders with ``diff -r``. The data are simulated, but for the shipped tables.
"""

from __future__ import annotations

import dataclasses
import inspect
import re
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import clemency as cl
from benchmarks import fuzz
from benchmarks._fuzz import inputs

SEED, TRIALS, DRAWS = 7, 300, 3
_ONE = {"exit": "stop", "event": "cut", "entry": "start"}
_KINDS = {"exit": "stop", "event": "end", "entry": "start"}
#: Methods that draw, write files or open a page.
LEFT_OUT = ("plot", "figure", "timeline", "to_csv", "save", "save_for_r", "great_table")


def spells(n: int = 150) -> pd.DataFrame:
    return inputs.spells(np.random.default_rng(SEED), n)


def tables(partial: bool = False) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Cases, acts and events of simulated people; with `partial`, a third of the dates as months."""
    given = inputs.tables("cases", "acts", "events", n=90)(np.random.default_rng(SEED))
    cases, acts, events = (given.frames[p].copy() for p in ("cases", "acts", "events"))
    if partial:
        for frame, name in ((cases, "detention_date"), (acts, "act_date")):
            frame[name] = frame[name].where(np.arange(len(frame)) % 3 > 0, frame[name].str[:7])
    return cases, acts, events


def cohort(partial: bool = False, **options: Any) -> Any:
    cases, acts, _ = tables(partial)
    draws = {"dates": "impute", "m": DRAWS, "seed": SEED} if partial else {}
    return cl.cohort(cases, acts, until="2015-06-30", **draws, **options)


def exposed(partial: bool = False) -> Any:
    return cohort(partial).expose(tables()[2], window="180D", by=None, name="after")


def raised(partial: bool = False) -> Any:
    """Half of the cases are raised at a day of their own, and stay so; spells are cut at half-years."""
    cases = tables()[0]
    days = pd.to_datetime(cases["sentence_date"]) + pd.to_timedelta(200 + 10 * (cases.index % 40), unit="D")
    lists = cases[["case_id"]].assign(day=days.dt.strftime("%Y-%m-%d").where(cases.index % 2 == 0))
    return cohort(partial).expose_from(lists, "day", name="raised").split(clock=range(0, 241, 6))


def months_of(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(months=frame["z"] + 1)


def calls() -> dict[str, Callable[[], Any]]:
    """Each call by name; one that is refused is a snapshot too."""
    models = hazards() | curves() | states() | rates() | reductions() | weights() | lists() | trials()
    return models | inference() | cohorts() | rules() | rulings() | spreadsheets() | imputed()


def hazards() -> dict[str, Callable[[], Any]]:
    d = spells()
    return {
        "cox": lambda: cl.cox(d, "x + g", **_ONE),
        "cox_strata": lambda: cl.cox(d, "np.log(x) * g", strata="h", cluster="site", weights="many", **_ONE),
        "cox_null": lambda: cl.cox(d, "1", strata="h", offset="z", **_ONE),
        "cox_exact": lambda: cl.cox(d, "x + h", ties="exact", **_ONE),
        "cox_firth": lambda: cl.cox(d, "x + prov", penalty="firth", **_ONE),
        "cox_ridge": lambda: cl.cox(d, "x + prov", penalty=1.0, offset="z", **_ONE),
        "cox_ridges": lambda: cl.cox(d, "x + prov", penalty={"prov": 2.0}, **_ONE),
        "cox_cohort": lambda: cl.cox(exposed(), "after + sex + province", outcome="sentence_reduction"),
        "cox_residuals": lambda: cl.cox(d, "x + g", **_ONE).residuals("martingale"),
        "cox_predict": lambda: cl.cox(d, "x + g", **_ONE).predict(d[["x", "g"]].head(), times=[3.0, 9.0]),
        "cox_quantile": lambda: cl.cox(d, "x + g", **_ONE).quantile(d[["x", "g"]].head(), given=2.0),
        "cox_restricted_mean": lambda: cl.cox(d, "x + g", **_ONE).restricted_mean(d[["x", "g"]].head(), 12.0, given=2),
        "cox_check": lambda: cl.cox(d, "x + g", **_ONE).check(),
        "cox_standardise": lambda: cl.cox(d, "x + g", **_ONE).standardise("g", times=[5.0]),
        "absolute_risk": lambda: cl.absolute_risk(
            {k: cl.cox(d, "x", outcome=k, **_KINDS) for k in ("cut", "death")}, d[["x"]].head(3), times=[3.0, 9.0]
        ),
        "concordance": lambda: cl.concordance(
            d, {"x": "x", "fit": cl.cox(d, "x + g", **_ONE)}, strata="h", weights="many", **_ONE
        ),
        "concordance_uno": lambda: cl.concordance(
            d, ["x", "z"], exit="stop", event="cut", weighting="uno"
        ).difference(),
        "accuracy": lambda: cl.accuracy(
            d.assign(start=0.0), {"x": cl.cox(d, "x", **_ONE), "g": cl.cox(d, "g", **_ONE)}, [4.0, 8.0], **_ONE
        ),
        "table": lambda: cl.table([cl.cox(d, f, **_ONE) for f in ("x", "x + g")], show=["limits", "p", "events"]),
        "anova": lambda: cl.anova(*(cl.cox(d, f, **_ONE) for f in ("1", "x", "x + g"))),
        "anova_terms": lambda: cl.anova(cl.cox(d, "x + g + prov", strata="h", **_ONE)),
        "fine_gray": lambda: cl.fine_gray(d, "x + g", outcome="cut", **_KINDS),
        "shared_frailty": lambda: cl.shared_frailty(d, "x + g", group="site", **_ONE),
        "shared_frailty_groups": lambda: cl.shared_frailty(d, "x", group="prov", weights="many", **_ONE).frailties(),
        "shared_frailty_predict": lambda: cl.shared_frailty(d, "x", group="site", strata="h", **_ONE).predict(
            d[["x", "h"]].head(), times=[3.0, 9.0], frailty=None
        ),
        "joint_frailty": lambda: cl.joint_frailty(
            histories(),
            "women",
            recurrent="cut",
            terminal=["release", "death"],
            id="person",
            exit="exit",
            event="event",
            entry="entry",
            cuts=2,
        ),
        "parametric": lambda: cl.parametric(d, "x + g", **_ONE),
        "to_lifelines": lambda: cl.to_lifelines(d, covariates=["x", "g"], weights="many", **_ONE),
        "from_lifelines": lambda: cl.from_lifelines(fitted_elsewhere()),
        "parametric_check": lambda: cl.parametric(d, "x", distribution="spline", cluster="site", **_ONE).check(),
        "parametric_predict": lambda: cl.parametric(d, "x", distribution="gengamma", **_ONE).predict(
            d[["x"]].head(), times=[3.0, 9.0]
        ),
        "parametric_intervals": lambda: cl.parametric(
            between(), "x", lower="low", upper="high", distribution="piecewise", cuts=2
        ),
        "interval_hazard": lambda: cl.interval_hazard(between(), "x + g", lower="low", upper="high", cuts=3),
        "occurrence": lambda: cl.occurrence(cohort().panel("Q"), "sex", **_PANEL),
    }


def histories() -> pd.DataFrame:
    """Simulated acts of 80 people, and what ended their histories."""
    from benchmarks.jointfrailty import histories as drawn

    return drawn(np.random.default_rng(3), 80, (1.0, -0.5))


def fitted_elsewhere() -> Any:
    """A fit of lifelines."""
    from lifelines import WeibullAFTFitter

    made = cl.to_lifelines(spells(), covariates="x", **_ONE)
    return WeibullAFTFitter().fit(made.frame, **made.columns)


def between() -> pd.DataFrame:
    """Spells of which the time of the act is known as an interval."""
    d = spells()
    return d.assign(low=d["stop"] - 1.0, high=(d["stop"] + d["many"]).where(d["cut"] == 1))


def curves() -> dict[str, Callable[[], Any]]:
    d = spells()
    kinds = between().assign(high=(d["stop"] + d["many"]).where(d["end"] != "censored"))
    return {
        "survival": lambda: cl.survival(d, by="g", **_ONE),
        "survival_intervals": lambda: cl.survival(between(), lower="low", upper="high", by="h"),
        "incidence": lambda: cl.incidence(d, by="prov", outcome="cut", **_KINDS),
        "incidence_cohort": lambda: cl.incidence(cohort(), by="sex"),
        "incidence_intervals": lambda: cl.incidence(kinds, lower="low", upper="high", event="end", by="h"),
        "incidence_intervals_cohort": lambda: cl.incidence(cohort(), lower="lower", upper="upper", by="sex"),
        "nelson_aalen": lambda: cl.nelson_aalen(d, by="g", outcome="cut", **_KINDS),
        "logrank": lambda: cl.logrank(d, by="g", strata="h", **_ONE),
        "logrank_gehan": lambda: cl.logrank(d, by="prov", weights="many", weighting="gehan", **_ONE),
        "logrank_trend": lambda: cl.logrank(d, by="many", weighting="peto", **_ONE).trend(),
        "gray_test": lambda: cl.gray_test(d, by="g", outcome="cut", exit="stop", event="end"),
        "pseudovalues": lambda: cl.pseudovalues(d, [5.0, 9.0], "incidence", outcome="cut", exit="stop", event="end"),
        "recurrence": lambda: cl.recurrence(d, id="id", outcome="cut", terminal="death", by="g", **_KINDS),
    }


def states() -> dict[str, Callable[[], Any]]:
    d = spells()
    log = d[["id"]].assign(at=(d["start"] + d["stop"]) / 2, into="ill").iloc[::3]
    return {
        "multistate": lambda: cl.multistate(d, id="id", by="g", weights="many", **_KINDS),
        "multistate_cohort": lambda: cl.multistate(cohort(recurrent=True), by="sex"),
        "multistate_chances": lambda: cl.multistate(cohort(recurrent=True)).transition(12.0, [24.0, 60.0]),
        "survcheck": lambda: cl.survcheck(cohort(recurrent=True)),
        "transition_cox": lambda: cl.transition_cox(d, "x", id="id", **_KINDS),
        "transition_cox_null": lambda: cl.transition_cox(d, "1", id="id", **_KINDS),
        "transition_cox_cohort": lambda: cl.transition_cox(cohort(recurrent=True), "sex"),
        "tmerge": lambda: cl.tmerge(
            d, log, id="id", exit="stop", entry="start", end="end", time="at", event="into", counted="times"
        ),
    }


def rates() -> dict[str, Callable[[], Any]]:
    d = spells()
    cells = pd.DataFrame({"start": [0.0, 12.0, 24.0] * 2, "g": ["a"] * 3 + ["b"] * 3, "events": [3, 5, 2, 6, 4, 1]})
    cells = cells.assign(stop=cells["start"] + 12, months=[120.0, 90.0, 40.0, 110.0, 80.0, 30.0])
    return {
        "rates": lambda: cl.rates(d, by=["g", "h"], outcome="cut", **_KINDS),
        "rate_ratios": lambda: cl.rate_ratios(d, "g", strata="h", outcome="cut", repetitions=199, **_KINDS),
        "rate_ratios_cells": lambda: cl.rate_ratios(cells, "g", strata="start", count="events", exposure="months"),
        "pooled_rates": lambda: cl.pooled_rates(d, by="g", draws=50, **_ONE),
        "pooled_shares": lambda: cl.pooled_shares(d, "prov", granted="cut"),
        "grid_incidence": lambda: cl.grid_incidence(cells, "g", count="events", exposure="months"),
        "eligibilities": lambda: cl.eligibilities(tables()[0].head(40), on="2017-05-27", acts=tables()[1]),
        "rate_table": lambda: cl.rate_table(d, "g", clock_breaks=[6, 12], calendar=None, **_KINDS),
        "poisson_hazard": lambda: cl.poisson_hazard(
            cl.rate_table(d, ["g", "h"], clock_breaks=[6, 12], calendar=None, **_KINDS),
            "g + C(interval)",
            outcome="cut",
            cluster="h",
        ),
        "grouped_hazard": lambda: cl.grouped_hazard(cells, "start + g", count="events", exposure="months"),
    }


def reductions() -> dict[str, Callable[[], Any]]:
    d, (_, acts, events) = spells(), tables()
    return {
        "magnitude": lambda: cl.magnitude(months_of(d), "x + g", months="months", cluster="site"),
        "magnitude_ordinal": lambda: cl.magnitude(acts.query("months < 100"), "act_type", model="ordinal"),
        "magnitude_acts": lambda: cl.magnitude(acts, "act_type", model="quantile"),
        "months_saved": lambda: cl.months_saved(cohort(recurrent=True), acts, by="sex", replications=100),
        "event_study": lambda: cl.event_study(cohort(), events, freq="Q", leads=1, lags=1),
        "interrupted": lambda: cl.interrupted(cohort(), at="2012-01-01", freq="Q"),
        "placebo": lambda: cl.placebo(cohort(), events, window="90D", repetitions=19),
    }


def weights() -> dict[str, Callable[[], Any]]:
    counted = pd.DataFrame({"place": ["A", "B"], "register": [400, 300], "register_acts": [40, 60]})
    counted = counted.assign(act_frame=[50, 70], both=[20, 30])
    return {
        "treatment_weights": lambda: cl.treatment_weights(raised(), "1", "sex", exposure="raised", period="interval"),
        "risk_set_match": lambda: cl.risk_set_match(raised(), exposure="raised", on=["sex"]),
        "observation_weights": lambda: cl.observation_weights(
            cohort().split(clock=range(0, 241, 6)), "1", "sex", period="interval"
        ),
        "sampling_weights": lambda: cl.sampling_weights(counted, strata="place"),
    }


def lists() -> dict[str, Callable[[], Any]]:
    n = [28, 21, 17, 69, 18, 55, 63]
    on = [[int(b) for b in f"{code:03b}"] for code in range(7, 0, -1)]
    table = pd.DataFrame(on, columns=["P", "Q", "E"]).assign(n=n)
    cases = {"CECC": "cecc_record", "Dui Hua": "Dui Hua Foundation", "RFA": "Radio Free Asia"}
    return {
        "capture_histories": lambda: cl.capture_histories(cl.load("cases"), cases),
        "undocumented": lambda: cl.undocumented(table, ["P", "Q", "E"], count="n"),
        "undocumented_two": lambda: cl.undocumented(table, ["P", "Q"], count="n"),
        "undocumented_links": lambda: cl.undocumented(
            table, ["P", "Q", "E"], count="n", linkage={"false_match": 0.02, "missed_match": 0.1}
        ),
    }


def trials() -> dict[str, Callable[[], Any]]:
    events = tables()[2]
    return {
        "sequential_trials": lambda: cl.sequential_trials(
            raised(), treatment="raised", denominator="sex", adjust="sex", period="interval", follow="60 months"
        ),
        "sequential_trials_calendar": lambda: cl.sequential_trials(
            raised(), treatment="raised", negative="death", scale="calendar", estimand="intention_to_treat"
        ),
        "event_trials": lambda: cl.event_trials(
            cohort(clock="sentence"), events, sides="any", negative="death", adjust="sex"
        ),
    }


def inference() -> dict[str, Callable[[], Any]]:
    d = spells()
    return {
        "selection_bounds": lambda: cl.selection_bounds(2.0, 1.2, 3.3),
        "e_value": lambda: cl.e_value(2.0, ci_low=1.2, ci_high=3.3),
        "tipping_point": lambda: cl.tipping_point(d, exposure="h", id="id", **_ONE),
        "power": lambda: cl.power(cl.cox(d, "x + g", **_ONE)),
        "leave_out": lambda: cl.leave_out(lambda data: cl.cox(data, "x + h", **_ONE), d, by="prov", term="h"),
        "specifications": lambda: cl.specifications(
            lambda data, formula: cl.cox(data, formula, **_ONE),
            {"data": {"all": d, "old": d[d["x"] > 40]}, "formula": {"one": "h", "two": "h + x"}},
            term="h",
        ),
    }


def cohorts() -> dict[str, Callable[[], Any]]:
    events = tables()[2]
    return {
        "cohort": lambda: cohort(),
        "cohort_recurrent": lambda: cohort(recurrent=True),
        "cohort_exposed": lambda: exposed(),
        "panel": lambda: cohort().panel("Y"),
        "person_time": lambda: cohort().person_time("sex"),
        "relations": lambda: cl.relations("US", events=events, start="2009-01-01", end="2014-12-31").frame,
    }


def rules() -> dict[str, Callable[[], Any]]:
    cases, acts, _ = tables()
    return {
        "beyond_rules": lambda: cl.beyond_rules(acts, cases),
        "timeline": lambda: cl.timeline([str(k) for k in cases["case_id"][:5]], cases, acts).tidy(),
        "eligibility": lambda: cl.eligibility(cases.iloc[0].to_dict(), on="2012-05-01", acts=acts),
        "describe": lambda: cl.describe("cases"),
        "edition": lambda: cl.edition(),
    }


_PANEL = {"event": "sentence_reduction", "entry": "exit", "duration": None, "id": "case_id"}


def rulings() -> dict[str, Callable[[], Any]]:
    """Calls on made-up rulings."""
    texts = cl.simulate_rulings(40, seed=SEED)

    def read() -> Any:
        return cl.read_rulings(texts, workers=1, progress=False, accessed="2026-11-01")

    return {
        "simulate_rulings": lambda: texts,
        "read_rulings": read,
        "disclosure": lambda: cl.disclosure(read().rulings),
        "disclosure_weights": lambda: cl.disclosure_weights(read().rulings),
        "ruling_features": lambda: cl.ruling_features(texts),
        "read_case_number": lambda: cl.read_case_number("（2018）豫03刑更12号"),
    }


def spreadsheets() -> dict[str, Callable[[], Any]]:
    """Calls on a sheet of made-up records."""
    sheet = pd.DataFrame(
        {
            "Name": ["Case A", "Case B"],
            "Sentenced": ["3 Oct 2014", "2015年6月"],
            "Term": ["6y3m", "死缓"],
            "Charge": ["Art. 105(2)", "分裂国家罪"],
            "Prov": ["Sichuan", "XUAR"],
            "Red1 date": ["2017-05", None],
            "Red1": ["8 months", None],
        }
    )

    def own() -> Any:
        return cl.read_records(sheet, as_of="2018-01-01")

    return {
        "read_records": lambda: own().cases,
        "add": lambda: cl.add(own(), to=(own().cases.assign(case_id=["x", "y"]), own().acts.iloc[:0])).duplicates,
        "derive": lambda: cl.derive(own().cases[["province", "charge_ids"]]),
    }


def imputed() -> dict[str, Callable[[], Any]]:
    """Calls on imputations of partial dates, pooled."""
    events = tables()[2]
    return {
        "imputed_cohort": lambda: cohort(True),
        "imputed_cox": lambda: cl.cox(exposed(True), "after + sex", outcome="sentence_reduction"),
        "imputed_fine_gray": lambda: cl.fine_gray(cohort(True), "sex", outcome="sentence_reduction"),
        "imputed_incidence": lambda: cl.incidence(cohort(True), by="sex"),
        "imputed_gray_test": lambda: cl.gray_test(
            cohort(True, clock="sentence"), by="sex", outcome="sentence_reduction"
        ),
        "imputed_nelson_aalen": lambda: cl.nelson_aalen(cohort(True), by="sex", outcome="sentence_reduction"),
        "imputed_rates": lambda: cl.rates(cohort(True), by="sex"),
        "imputed_months_saved": lambda: cl.months_saved(
            cohort(True, recurrent=True), tables(True)[1], by="sex", replications=100
        ),
        "imputed_event_study": lambda: cl.event_study(cohort(True), events, freq="Q", leads=1, lags=1),
        "imputed_interrupted": lambda: cl.interrupted(cohort(True), at="2012-01-01", freq="Q"),
        "imputed_placebo": lambda: cl.placebo(cohort(True), events, window="90D", repetitions=19),
        "imputed_weights": lambda: cl.treatment_weights(raised(True), "1", "sex", exposure="raised", period="interval"),
        "imputed_match": lambda: cl.risk_set_match(raised(True), exposure="raised", on=["sex"]),
        "imputed_trials": lambda: cl.sequential_trials(
            raised(True), treatment="raised", denominator="sex", period="interval"
        ),
        "imputed_event_trials": lambda: cl.event_trials(cohort(True, clock="sentence"), events, sides="any"),
    }


def told(value: Any) -> str:
    """A value with all its digits."""
    if isinstance(value, pd.DataFrame | pd.Series):
        return value.to_csv(float_format="%.17g", lineterminator="\n").rstrip("\n")
    if isinstance(value, np.ndarray):
        return np.array2string(value, threshold=sys.maxsize, floatmode="unique")
    if isinstance(value, dict):
        return "\n".join(f"{k}: {told(v)}" for k, v in value.items())
    return repr(value)


def parts(value: Any) -> Iterator[tuple[str, str]]:
    """What an object shows of itself: its print, fields, results of methods, and its page."""
    yield "repr", str(value) if isinstance(value, str) else repr(value)
    if isinstance(value, pd.DataFrame | pd.Series):
        yield "frame", told(value)
        return
    for field in dataclasses.fields(value) if dataclasses.is_dataclass(value) else ():
        shown = getattr(value, field.name)
        if isinstance(shown, pd.DataFrame | pd.Series | np.ndarray | dict | str | float | int | tuple):
            yield field.name, told(shown)
    for name in methods(value):
        yield f"{name}()", attempted(getattr(value, name))
    if hasattr(value, "_repr_html_"):
        yield "html", value._repr_html_()


def methods(value: Any) -> list[str]:
    """Public methods that need no argument."""
    found = []
    for name, method in inspect.getmembers(type(value), inspect.isfunction):
        if not name.startswith("_") and name not in LEFT_OUT:
            given = list(inspect.signature(method).parameters.values())[1:]
            if all(p.default is not p.empty or p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in given):
                found.append(name)
    return found


def attempted(call: Callable[[], Any]) -> str:
    """The result, or what is said instead of it."""
    try:
        return told(call())
    except (cl.ClemencyError, TypeError) as error:
        return f"{type(error).__name__}: {error}"


def snapshot(call: Callable[[], Any]) -> str:
    """All that a call shows, as text."""
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        try:
            shown = list(parts(call()))
        except cl.ClemencyError as error:
            shown = [("refused", f"{type(error).__name__}: {error}")]
    shown += [("warning", str(w.message)) for w in heard]
    return "".join(f"== {name}\n{text}\n" for name, text in shown)


def refusals(trials: int = TRIALS) -> str:
    """What is said of dirty input, without the addresses of objects."""
    verdicts = fuzz.study(trials, SEED)
    return re.sub("0x[0-9a-f]+", "0x", "".join(f"{' | '.join(fuzz.said(v))}\n" for v in verdicts))


def run(results: Path) -> None:
    """Write the snapshots into the folder that is named after the study."""
    rest = [a for a in sys.argv[1:] if a != "snapshots"]
    if len(rest) != 1:
        sys.exit("name one folder: python -m benchmarks snapshots FOLDER")
    folder = Path(rest[0])
    folder.mkdir(parents=True, exist_ok=True)
    for name, call in calls().items():
        (folder / f"{name}.txt").write_text(snapshot(call), encoding="utf-8")
    (folder / "refusals.txt").write_text(refusals(), encoding="utf-8")
    print(f"{len(list(folder.glob('*.txt')))} files in {folder}")
