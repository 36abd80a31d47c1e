"""Small clean inputs for every public name. The data are simulated: people `p01`, `p02` ... who do not exist."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

import clemency as cl
from benchmarks._fuzz.types import Given, Rng

Maker = Callable[[Rng], Given]
FORMULAS = ("x", "x + g", "x:z + g", "np.log(x) + prov", "C(g) + z", "g * z", "x + I(x**2)", "prov + h", "poly(z, 2)")


def spells(rng: Rng, n: int = 60) -> pd.DataFrame:
    """Spells of simulated people: times in whole months, two kinds of end, covariates of several kinds."""
    entry = np.where(rng.random(n) < 0.5, 0, rng.integers(1, 6, n)).astype(float)
    return pd.DataFrame(
        {
            "id": [f"p{i:02d}" for i in range(n)],
            "start": entry,
            "stop": entry + rng.integers(1, 30, n),
            "end": rng.choice(["censored", "cut", "death"], n, p=[0.3, 0.5, 0.2]),
            "cut": rng.integers(0, 2, n),
            "x": rng.integers(1, 90, n),
            "z": rng.integers(1, 30, n).astype(float),
            "g": rng.choice(["u", "v", "w"], n),
            "prov": rng.choice(["11", "51", "65"], n),
            "h": rng.random(n) < 0.5,
            "site": rng.integers(0, 30, n),
            "many": rng.integers(1, 4, n),
        }
    )


def plain(**options: Any) -> Maker:
    return lambda rng: Given({"data": spells(rng)}, dict(options))


def listed(**options: Any) -> Maker:
    """People on three lists, of two groups."""

    def make(rng: Rng) -> Given:
        on = {name: (rng.random(80) < share).astype(int) for name, share in (("a", 0.6), ("b", 0.5), ("c", 0.4))}
        return Given({"data": pd.DataFrame({**on, "g": rng.choice(["u", "v"], 80)})}, dict(options))

    return make


def regression(rng: Rng) -> Given:
    options = {"formula": str(rng.choice(FORMULAS)), "exit": "stop", "event": "cut", "entry": "start", "penalty": 1.0}
    return Given({"data": spells(rng)}, options)


def predicted(rng: Rng) -> Given:
    given = regression(rng)
    new = spells(rng, 6).drop(columns=["id", "start", "stop", "end", "cut"])
    new["g"], new["prov"] = ["u", "v", "w"] * 2, ["11", "51", "65"] * 2
    new["z"] = [3.0, 5.0, 8.0, 13.0, 21.0, 4.0]
    return given.with_frame("newdata", new).with_options(times=[3.0, 4.0])


def forecast(rng: Rng) -> Given:
    """One spell for each case, with a chance of the event by a time, which is 0 or 1 as all storages hold it."""
    data = spells(rng, 40).drop(columns="start")
    data["p"] = rng.integers(0, 2, len(data))
    return Given({"data": data}, {"chances": {"mine": "p"}, "times": 8.0, "exit": "stop", "event": "cut"})


def for_risk(rng: Rng) -> Given:
    options = {"formula": "x", "exit": "stop", "event": "end", "entry": "start", "times": [3.0], "penalty": 1.0}
    return replace(predicted(rng), options=options)


def intervals(**options: Any) -> Maker:
    """Times known as intervals, of one kind of end or, where `event` is named, of several."""

    def make(rng: Rng) -> Given:
        data = spells(rng, 40)
        low, ended = data["stop"] - 1.0, data["end"] != "censored" if "event" in options else data["cut"] == 1
        data["low"], data["high"] = low, (low + rng.integers(1, 4, len(data))).where(ended)
        return Given({"data": data}, {"lower": "low", "upper": "high", **options})

    return make


def sized(rng: Rng) -> Given:
    data = spells(rng).assign(months=lambda t: t["z"] + 1)
    return Given({"data": data}, {"formula": str(rng.choice(["x", "g", "x + g"])), "months": "months"})


def in_order(rng: Rng) -> Given:
    """Months at a few sizes, longer with x."""
    data = spells(rng, 90)
    size = np.searchsorted([30, 60], data["x"] + rng.normal(0, 30, len(data)))
    return Given(
        {"data": data.assign(months=np.array([3.0, 6.0, 9.0])[size])},
        {"formula": str(rng.choice(["x", "x + h"])), "months": "months", "model": "ordinal", "weights": "many"},
    )


def with_holes(rng: Rng) -> Given:
    data = spells(rng)[["stop", "cut", "x", "z", "g"]]
    data.loc[rng.random(len(data)) < 0.2, "z"] = np.nan
    options = {"columns": ["z"], "m": 2, "cycles": 2, "seed": 3, "exit": "stop", "event": "cut", "using": ["x"]}
    return Given({"data": data}, options)


def _cases(rng: Rng, n: int) -> pd.DataFrame:
    sentence = pd.Timestamp("2008-01-15") + pd.to_timedelta(rng.integers(0, 1500, n), unit="D")
    custody = sentence - pd.to_timedelta(rng.integers(30, 300, n), unit="D")
    seen = sentence + pd.to_timedelta(rng.integers(400, 2600, n), unit="D")
    ids = [f"p{i:02d}" for i in range(n)]
    return pd.DataFrame(
        {
            "case_id": ids,
            "person_id": ids,
            "name": [f"Simulated Person {i}" for i in range(n)],
            "sex": rng.choice(["F", "M"], n),
            "province": rng.choice(["CN-XJ", "CN-BJ", "CN-SC"], n),
            "charge_family": rng.choice(["speech", "cult", "public_order"], n),
            "detention_date": custody.strftime("%Y-%m-%d"),
            "sentence_date": sentence.strftime("%Y-%m-%d"),
            "sentence_type": "fixed",
            "sentence_months": rng.integers(100, 200, n).astype(float),
            "status": rng.choice(["serving", "released_early", "died_in_custody"], n, p=[0.7, 0.2, 0.1]),
            "status_date": seen.strftime("%Y-%m-%d"),
        }
    )


def _acts(rng: Rng, cases: pd.DataFrame) -> pd.DataFrame:
    who = rng.permutation(len(cases))[: len(cases) // 2]
    day = pd.to_datetime(cases["sentence_date"].iloc[who].to_numpy())
    day = day + pd.to_timedelta(rng.integers(60, 380, len(who)), unit="D")
    return pd.DataFrame(
        {
            "act_id": [f"a{i:02d}" for i in range(len(who))],
            "case_id": cases["case_id"].iloc[who].to_numpy(),
            "act_type": rng.choice(["sentence_reduction", "medical_parole"], len(who), p=[0.8, 0.2]),
            "act_date": day.strftime("%Y-%m-%d"),
            "date_basis": "act",
            "months": rng.integers(3, 24, len(who)).astype(float),
            "scope": "single",
            "certainty": "stated",
        }
    )


def _events(rng: Rng) -> pd.DataFrame:
    dates = pd.Timestamp("2009-02-01") + pd.to_timedelta(np.sort(rng.integers(0, 2500, 6)), unit="D")
    return pd.DataFrame(
        {
            "event_id": [f"e{i}" for i in range(6)],
            "date": dates.strftime("%Y-%m-%d"),
            "partner": "US",
            "event_type": rng.choice(["summit", "sanction"], 6),
            "direction": rng.choice([-1, 1], 6),
            "label": [f"simulated event {i}" for i in range(6)],
        }
    )


def tables(*parts: str, first: int | None = None, n: int = 30, **options: Any) -> Maker:
    """Some of the tables in the form of `load`, or the first of the cases with their acts."""

    def make(rng: Rng) -> Given:
        cases = _cases(rng, n)
        acts = _acts(rng, cases)
        if first is not None:
            cases = cases.iloc[:first]
            acts = acts[acts["case_id"].isin(cases["case_id"])]
        frames = {"cases": cases, "acts": acts, "events": _events(rng)}
        return Given({p: frames[p] for p in parts}, dict(options))

    return make


histories = ("cases", "acts")


def more(rng: Rng) -> Given:
    given = tables(*histories)(rng)
    ids = given.frames["cases"]["case_id"]
    return given.with_frame("more", pd.DataFrame({"case_id": ids, "extra": rng.integers(0, 9, len(ids))}))


def occurring(rng: Rng) -> Given:
    given = tables(*histories)(rng)
    made = cl.cohort(given.frames["cases"], given.frames["acts"], until="2015-06-30")
    data = made.panel("Q").reset_index(drop=True).rename(columns={"sentence_reduction": "act"})
    options = {"formula": "sex", "event": "act", "entry": "exit", "duration": None, "id": "case_id"}
    return Given({"data": data.drop(columns=["entry"], errors="ignore")}, options)


def folder(rng: Rng) -> Given:
    from clemency.records.schema import TABLES

    given = tables(*histories, n=12)(rng)
    files = {}
    for name in histories:
        frame = given.frames[name].reindex(columns=[c.name for c in TABLES[name].stored])
        frame["source_ids"] = "doc-1"
        files[f"{name}.csv"] = frame.to_csv(index=False).encode()
    source = {
        "source_id": ["doc-1"],
        "publisher": ["Simulated"],
        "title": [""],
        "date": ["2016"],
        "address": ["https://example.org/"],
        "accessed": ["2026-11-01"],
        "note": [""],
    }
    files["sources.csv"] = pd.DataFrame(source).to_csv(index=False).encode()
    return Given(files=files)


_EXPORTED = {
    "detention_status": "DET",
    "main_name": "Simulated Person",
    "ethnic_group": "Kazak",
    "sex": "F",
    "age": "24",
}


def export(kind: str) -> Maker:
    """An export in the form of the register's site, of people who do not exist."""

    def make(rng: Rng) -> Given:
        from clemency.sources.cecc.fields import FIELDS

        n = 5
        frame = pd.DataFrame({f.header: _EXPORTED.get(f.name, "") for f in FIELDS}, index=range(n))
        frame[FIELDS[0].header] = [f"2004-{i:05d}" for i in range(1, n + 1)]
        if kind == "csv":
            return Given(files={"export.csv": frame.to_csv(index=False).encode()})
        page = io.BytesIO()
        frame.to_excel(page, index=False)
        return Given(files={"export.xlsx": page.getvalue()})

    return make


_WORDS = (
    "His her sentence was reduced by 8 months one year in on May 2012 and He she was released medical parole denied "
    "the court June 3 , . ( ) ? 减刑 ' - / extended 2009 commuted to 18 years granted early prison Al 1 10-month"
)


def summaries(rng: Rng) -> Given:
    said = [" ".join(rng.choice(_WORDS.split(" "), int(rng.integers(1, 60)))) for _ in range(3)]
    return Given({"frame": pd.DataFrame({"record": ["r1", "r2", "r3"], "name": ["A B"] * 3, "summary": said})})


def named(rng: Rng) -> Given:
    given = tables(*histories, n=8, secret="simulated secret of the study")(rng)
    return Given({"frame": given.frames["cases"], "acts": given.frames["acts"]}, given.options)


def to_link(rng: Rng) -> Given:
    names = ["Li Wang", "Zhang San", "Tenzin Dorje", "Abduweli Ayup", "Chen Guang", "Liu Yi"]
    left, right = _cases(rng, 6), _cases(rng, 6)
    return Given({"frame": left.assign(name=names), "right": right.assign(name=names[::-1])})
