"""Every public name -> how its numbers are had from an input."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import clemency as cl
from benchmarks._fuzz import inputs
from benchmarks._fuzz.inputs import histories, plain, tables
from benchmarks._fuzz.types import Border, Given

Run = Callable[[Given], list[Any]]


def _call(function: Callable[..., Any], *numbers: str) -> Run:
    """Call with ``data`` and the options, and take the frames that the named methods give."""

    def run(given: Given) -> list[Any]:
        made = function(given.frames["data"], **given.options)
        return [getattr(made, name)() for name in numbers or ("tidy",)]

    return run


def _fitted(given: Given) -> list[Any]:
    fit = cl.cox(given.frames["data"], **given.options)
    return [fit.tidy(), fit.glance(), fit.support, fit.baseline()]


def _predict(given: Given) -> list[Any]:
    options = dict(given.options)
    times = options.pop("times")
    fit = cl.cox(given.frames["data"], **options)
    new = given.frames["newdata"]
    made = [
        fit.predict(new, times=times),
        fit.predict(new, kind="linear"),
        fit.quantile(new, 0.2),
        fit.restricted_mean(new, 3.0),
    ]
    return [frame.drop(columns="row") for frame in made]


def _standardise(given: Given) -> list[Any]:
    return [cl.cox(given.frames["data"], **given.options).standardise("g", times=[5.0])]


def _absolute(given: Given) -> list[Any]:
    options = dict(given.options)
    times = options.pop("times")
    fits = {kind: cl.cox(given.frames["data"], outcome=kind, **options) for kind in ("cut", "death")}
    return [cl.absolute_risk(fits, given.frames["newdata"], times=times).drop(columns="row")]


def _cohort(given: Given) -> list[Any]:
    made = cl.cohort(given.frames["cases"], given.frames["acts"], **given.options)
    return [made.spells[["case_id", "entry", "exit", "event"]], made.describe()]


def _exposed(given: Given) -> list[Any]:
    options = dict(given.options)
    window = options.pop("window")
    made = cl.cohort(given.frames["cases"], given.frames["acts"], **options)
    made = made.expose(given.frames["events"], window=window, by=None, name="after")
    return [made.spells[["case_id", "entry", "exit", "event", "after"]]]


def _split(given: Given) -> list[Any]:
    made = cl.cohort(given.frames["cases"], given.frames["acts"], **given.options)
    return [made.panel("Y")[["case_id", "months"]], made.person_time("sex")]


def _with_more(given: Given) -> list[Any]:
    made = cl.cohort(given.frames["cases"], given.frames["acts"], until="2015-06-30")
    spells = made.with_covariates(given.frames["more"], on="case_id").spells
    if "extra" not in spells:  # a frame without the column adds none
        return [spells[["case_id", "entry", "exit"]]]
    # The column is carried as it is stored: numbers among objects, or as digits, are the same numbers.
    return [spells[["case_id", "entry", "exit"]].assign(extra=_measured(spells["extra"]))]


def _measured(column: pd.Series) -> pd.Series:
    """Numbers of whatever storage as floats; anything else as it is."""
    try:
        return column.astype(object).where(column.notna(), np.nan).astype(float)
    except (TypeError, ValueError):
        return column


def _cohort_then(function: Callable[..., Any], events: bool = False) -> Run:
    def run(given: Given) -> list[Any]:
        options = dict(given.options)
        made = cl.cohort(given.frames["cases"], given.frames["acts"], until=options.pop("until"))
        parts = (given.frames["events"],) if events else ()
        return [function(made, *parts, **options).tidy()]

    return run


def _relations(given: Given) -> list[Any]:
    return [cl.relations("US", events=given.frames["events"], **given.options).frame]


def _beyond(given: Given) -> list[Any]:
    return [cl.beyond_rules(given.frames["acts"], given.frames["cases"])]


def _timelines(given: Given) -> list[Any]:
    cases = given.frames["cases"]
    keys = [str(k) for k in cases["case_id"].drop_duplicates()[:20]] if "case_id" in cases else ["a"]
    return [cl.timeline(keys, cases, given.frames["acts"]).tidy()]


def _eligible(given: Given) -> list[Any]:
    if given.frames["cases"].empty:
        return []  # there is nobody to ask about
    case = given.frames["cases"].iloc[0].to_dict()
    return [cl.eligibility(case, on=given.options["on"], acts=given.frames["acts"]).table]


def _in_folder(then: Callable[[Path, Given], list[Any]]) -> Run:
    def run(given: Given) -> list[Any]:
        with tempfile.TemporaryDirectory() as folder:
            for name, content in given.files.items():
                (Path(folder) / name).write_bytes(content)
            return then(Path(folder), given)

    return run


def _load(folder: Path, given: Given) -> list[Any]:
    found = cl.check(folder)
    if list(found.columns)[:3] != ["file", "row", "column"]:
        raise AssertionError(f"check gives {list(found.columns)}")
    cases, acts = cl.load("cases", folder), cl.load("acts", folder)
    return [cases[["case_id", "sentence_months", "detention_date"]], acts[["act_id", "months", "act_date"]]]


def _cecc(folder: Path, given: Given) -> list[Any]:
    read = cl.read_cecc(folder / next(iter(given.files)))
    told = read.account  # but not what it says of the file itself: its encoding, and blank rows
    return [read.cases[["case_id", "sentence_months"]], told[~told.astype(str).eq("record").any(axis=1)]]


def _pseudonyms(given: Given) -> list[Any]:
    return [cl.pseudonymise(given.frames[p], **given.options) for p in ("frame", "acts")]


def _scalars(function: Callable[..., Any], **options: Any) -> dict[str, Any]:
    return {"make": lambda rng: Given(options=dict(options)), "run": lambda given: [function(**given.options)]}


def _simulated(**options: Any) -> Any:
    return cl.simulate_cohort(**options).spells[["entry", "exit"]]


def _cut(given: Given) -> list[Any]:
    made = cl.survsplit(given.frames["data"], **given.options)
    names = [given.options.get("entry") or "entry", given.options["exit"], given.options.get("interval", "interval")]
    return [made[names].set_axis(["begin", "end", "piece"], axis=1)]


_KINDS = {"exit": "stop", "event": "end", "entry": "start"}
_ONE = {"exit": "stop", "event": "cut", "entry": "start"}
_UNTIL = {"until": "2015-06-30"}
_BOTH = ["sentence_reduction", "medical_parole"]

BORDERS: tuple[Border, ...] = (
    Border("cox", inputs.regression, _fitted),
    Border("cox strata", plain(formula="x + g", strata="h", cluster="site", weights="many", **_ONE), _fitted),
    Border("predict", inputs.predicted, _predict),
    Border("standardise", plain(formula="x + g", penalty=1.0, **_ONE), _standardise),
    Border("absolute_risk", inputs.for_risk, _absolute),
    Border("concordance", plain(score=["x", "z"], strata="h", weights="many", **_ONE), _call(cl.concordance)),
    Border(
        "accuracy",
        inputs.forecast,
        lambda given: [cl.accuracy(given.frames["data"], **given.options).tidy().drop(columns="score")],
    ),
    Border(
        "anova",
        plain(formula="x + g", strata="h", **_ONE),
        lambda given: [cl.anova(cl.cox(given.frames["data"], **given.options)).drop(columns="term")],
    ),
    Border("fine_gray", plain(formula="x + g", outcome="cut", exit="stop", event="end"), _call(cl.fine_gray)),
    Border("survival", plain(by="g", **_ONE), _call(cl.survival, "tidy", "glance")),
    Border("survival intervals", inputs.intervals(limits=None), _call(cl.survival)),
    Border("incidence", plain(by="prov", outcome="cut", **_KINDS), _call(cl.incidence)),
    Border("incidence intervals", inputs.intervals(event="end", limits=None), _call(cl.incidence)),
    Border("nelson_aalen", plain(by="g", outcome="cut", **_KINDS), _call(cl.nelson_aalen, "tidy", "glance")),
    Border(
        "pseudovalues",
        plain(times=8.0, by="g", exit="stop", event="cut"),
        lambda given: [cl.pseudovalues(given.frames["data"], **given.options).wide().set_axis(["v"], axis=1)],
    ),
    Border("capture_histories", inputs.listed(lists=["a", "b", "c"], by="g"), _call(cl.capture_histories, "tidy")),
    Border("undocumented", inputs.listed(lists=["a", "b", "c"], method=["chao", "loglinear"]), _call(cl.undocumented)),
    Border("logrank", plain(by="g", strata="h", **_ONE), _call(cl.logrank)),
    Border(
        "logrank weights",
        plain(by="g", weights="many", weighting="gehan", **_ONE),
        lambda given: [cl.logrank(given.frames["data"], **given.options).pairs().drop(columns=["group", "other"])],
    ),
    Border("gray_test", plain(by="g", outcome="cut", exit="stop", event="end"), _call(cl.gray_test)),
    Border("rates", plain(by=["g", "h"], outcome="cut", **_KINDS), _call(cl.rates)),
    Border("pooled_rates", plain(by="g", draws=50, **_ONE), _call(cl.pooled_rates), ordered=True),
    Border("pooled_shares", plain(by="g", granted="cut"), _call(cl.pooled_shares, "tidy", "glance")),
    Border(
        "recurrence",
        plain(exit="stop", event="end", id="id", outcome="cut", terminal="death", by="g"),
        _call(cl.recurrence),
    ),
    Border("tipping_point", plain(exposure="h", id="id", **_ONE), _call(cl.tipping_point)),
    Border("interval_hazard", inputs.intervals(formula="x", cuts=2), _call(cl.interval_hazard)),
    Border(
        "shared_frailty",
        plain(formula="x", group="g", weights="many", **_ONE),
        _call(cl.shared_frailty, "tidy", "glance", "frailties"),
    ),
    Border("parametric", plain(formula="x + g", weights="many", **_ONE), _call(cl.parametric, "tidy", "glance")),
    Border(
        "to_lifelines",
        plain(covariates=["x", "z"], weights="many", **_ONE),
        lambda given: [cl.to_lifelines(given.frames["data"], **given.options).frame],
    ),
    Border("parametric intervals", inputs.intervals(formula="x", distribution="loglogistic"), _call(cl.parametric)),
    Border("occurrence", inputs.occurring, _call(cl.occurrence)),
    Border("magnitude", inputs.sized, _call(cl.magnitude)),
    Border(
        "magnitude ordinal",
        inputs.in_order,
        lambda given: [(fit := cl.magnitude(given.frames["data"], **given.options)).tidy(), fit.glance()],
    ),
    Border(
        "impute_covariates",
        inputs.with_holes,
        lambda given: [
            f[list(given.options["columns"])] for f in cl.impute_covariates(given.frames["data"], **given.options)
        ],
        ordered=True,
    ),
    Border("cohort", tables(*histories, **_UNTIL), _cohort),
    Border("cohort recurrent", tables(*histories, **_UNTIL, recurrent=True, outcome=_BOTH), _cohort),
    Border("cohort independent", tables(*histories, **_UNTIL, follow_up="independent", clock="sentence"), _cohort),
    Border("expose", tables(*histories, "events", **_UNTIL, window="180D"), _exposed),
    Border("panel", tables(*histories, **_UNTIL), _split),
    Border("with_covariates", inputs.more, _with_more),
    Border("relations", tables("events", start="2009-01-01", end="2014-12-31"), _relations),
    Border("beyond_rules", tables(*histories), _beyond),
    Border("timeline", tables(*histories), _timelines),
    Border("eligibility", tables(*histories, first=1, on="2012-05-01"), _eligible),
    Border(
        "event_study",
        tables(*histories, "events", **_UNTIL, freq="Q", leads=1, lags=1, season=False),
        _cohort_then(cl.event_study, events=True),
    ),
    Border(
        "interrupted",
        tables(*histories, **_UNTIL, at="2012-01-01", freq="Y", season=False),
        _cohort_then(cl.interrupted),
    ),
    Border(
        "placebo",
        tables(*histories, "events", **_UNTIL, window="90D", repetitions=19),
        _cohort_then(cl.placebo, events=True),
        ordered=True,
    ),
    Border("pseudonymise", inputs.named, _pseudonyms, carries=True),
    Border("check, load", inputs.folder, _in_folder(_load)),
    Border("read_cecc, CSV", inputs.export("csv"), _in_folder(_cecc)),
    Border("read_cecc, XLSX", inputs.export("xlsx"), _in_folder(_cecc)),
    Border("code_acts", inputs.summaries, lambda given: [cl.code_acts(given.frames["frame"])]),
    Border(
        "link",
        inputs.to_link,
        lambda given: [cl.link(given.frames["frame"], given.frames["right"]).pairs],
        carries=True,
    ),
    Border("e_value", **_scalars(cl.e_value, estimate=2.0, ci_low=1.2, ci_high=3.3)),
    Border("simulate_cohort", **_scalars(_simulated, n=40, effects={"exposed": 2.0}, seed=1)),
    Border("describe", **_scalars(cl.describe, name="cases")),
    Border("edition", **_scalars(lambda data: repr(cl.edition(data)), data=None)),
    Border("multistate", plain(id="id", by="g", weights="many", **_KINDS), _call(cl.multistate, "tidy", "glance")),
    Border("survcheck", plain(id="id", **_KINDS), _call(cl.survcheck, "tidy", "glance")),
    Border("transition_cox", plain(formula="x", id="id", **_KINDS), _call(cl.transition_cox, "tidy", "glance")),
    Border("survsplit", plain(cut=[5.0, 9.0], **_KINDS), _cut),
    Border("load", **_scalars(lambda name, data: cl.load(name, data).select_dtypes("number"), name="acts", data=None)),
)
