"""Delayed entry in five packages: what each gives for the same people, held against R.

People become known late, as in our data: of 4,000 with a constant hazard only those are seen who still have no act when
they enter. Every package is given the entry. Where its number is R's, it agrees; where it is what R gives when the
entry is dropped, the entry was ignored, and the table says whether the package said so. Times are continuous, or whole
months with many ties.

``python -m benchmarks agreement`` writes ``agreement.csv``; ``SEED`` names other samples (7). The peers run in the
interpreter that ``PEERS_PYTHON`` names, R as ``Rscript``; those that are not installed are named as not run.
"""

import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks import _comparison
from clemency.models import cox, fine_gray, incidence

HERE = Path(__file__).parent
SEED, KINDS, AT = 7, ["censored", "act", "release"], [5.0, 10.0, 20.0]
QUANTITIES = (
    "cox", "baseline", "cluster", "concordance", "proportionality",
    "fine_gray", "fine_gray_errors", "incidence", "states",
)  # fmt: skip
PEERS = ("survival", "greenwood", "lifelines")
SPELL = {"entry": "entry", "exit": "exit"}
#: Largest difference from R, as a share of R's number, that is rounding and where a search stops.
SAME = 1e-5
LIMIT = 240


def people(rng: np.random.Generator, n: int = 4_000) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Covariates, entries and last days of sight of people without an act before their entry."""
    frame = pd.DataFrame({"x": (rng.random(n) < 0.5).astype(float), "z": rng.normal(size=n)})
    return frame.assign(id=np.arange(n), group=rng.integers(0, 200, n)), rng.uniform(0, 20, n), rng.uniform(2, 20, n)


def spells(seed: int, whole_months: bool) -> pd.DataFrame:
    """One row per person seen: ``x, z, id, group, entry, exit, event``, and ``kind`` of two ends."""
    rng = np.random.default_rng(seed)
    d, entry, sight = people(rng)
    time = rng.exponential(10 / np.exp(0.5 * d["x"] + 0.3 * d["z"]))
    kind = 1 + (rng.random(len(d)) < 0.4)
    exit = np.minimum(time, entry + sight)
    event = (time <= entry + sight).astype(int)
    seen = time > entry
    if whole_months:
        entry, exit = np.floor(entry), np.ceil(exit)
    return d.assign(entry=entry, exit=exit, event=event, kind=kind * event)[seen].reset_index(drop=True)


def states(seed: int, whole_months: bool) -> pd.DataFrame:
    """Rows ``start, stop, from, to``: serving, then perhaps reduced, then free; seen from the entry on."""
    rng = np.random.default_rng(seed + 1)
    d, entry, sight = people(rng)
    ratio = np.exp(0.5 * d["x"] + 0.3 * d["z"]).to_numpy()
    reduced, direct = rng.exponential(12 / ratio), rng.exponential(20 / ratio)
    after = rng.exponential(8 / np.sqrt(ratio))
    cut = reduced < direct
    stop, free = entry + sight, np.where(cut, reduced + after, direct)
    seen = free > entry
    if whole_months:
        reduced, free, entry, stop = np.ceil(reduced), np.ceil(free), np.floor(entry), np.ceil(stop)
        cut &= reduced < free  # a cut in the month of the release leaves no time between
    end, to = np.minimum(free, stop), np.where(free <= stop, "free", "none")
    within = cut & (reduced > entry) & (reduced < stop)
    at_entry = np.where(cut & (reduced <= entry), "reduced", "serving")
    first = {"start": entry, "stop": np.where(within, reduced, end), "from": at_entry}
    first["to"] = np.where(within, "reduced", to)
    second = {"start": reduced, "stop": end, "from": "reduced", "to": to}
    rows = pd.concat([d.assign(**first)[seen], d.assign(**second)[seen & within]])
    return rows.sort_values(["id", "start"], ignore_index=True)


def ours(d: pd.DataFrame) -> dict[str, Any]:
    """Our values, in the form of those of the peers."""
    d = d.assign(end=pd.Categorical.from_codes(d["kind"], KINDS))
    fit = cox(d, "x + z", event="event", **SPELL)
    clustered = cox(d, "x + z", event="event", cluster="group", **SPELL)
    sub = fine_gray(d, "x + z", event="end", outcome="act", **SPELL).tidy()
    base = fit.baseline()
    steps = np.concatenate([[0.0], base["cumulative_hazard"]])
    found = {
        "cox": fit.tidy()["estimate"],
        "baseline": steps[np.searchsorted(base["time"], AT, side="right")],
        "cluster": clustered.tidy()["std_error"],
        "concordance": fit.concordance().tidy()["estimate"],
        "proportionality": fit.check("km").tidy()["p_value"][:2],
        "fine_gray": sub["estimate"],
        "fine_gray_errors": sub["std_error"],
        "incidence": incidence(d, event="end", outcome="act", **SPELL).at(AT)["estimate"],
    }
    values = {name: {"values": [float(v) for v in part], "warnings": []} for name, part in found.items()}
    return {"version": version("clemency"), "with": values}


def answered(command: list[str]) -> dict[str, Any] | None:
    """What a peer prints; None if it is not installed there."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT)
    except FileNotFoundError:
        return None
    if done.returncode == 0:
        return json.loads(done.stdout)
    if "ModuleNotFoundError" in done.stderr or "there is no package called" in done.stderr:
        return None
    raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr}")


def distance(values: list[float], reference: list[float]) -> float:
    """Largest difference, as a share of the reference."""
    if len(values) != len(reference):
        return float("inf")
    return float(np.max(np.abs(np.subtract(values, reference)) / np.abs(reference)))


def verdict(answer: dict[str, Any] | None, quantity: str, R: dict[str, Any]) -> str:
    """Agreement in words."""
    if answer is None:
        return "not offered"
    if "refused" in answer:
        return f"refused: {answer['refused']}"
    values = answer["values"]

    def same(part: str) -> bool:
        return quantity in R[part] and distance(values, R[part][quantity]) < SAME

    if same("with"):
        return "equals R"
    said = "with a warning" if answer["warnings"] else "without a word"
    if same("efron") or same("breslow"):
        return f"the entry is ignored, {said}"
    if same("untied"):
        return "equals R without the correction for ties"
    off = np.max(np.abs(np.subtract(values, R["with"][quantity])))
    return f"differs from R by up to {off:.2g}, {said}"


def row(quantity: str, package: str, found: dict[str, Any] | None, R: dict[str, Any] | None) -> dict[str, Any]:
    """One package on one quantity; ``R`` is None where R is missing."""
    cells = {"quantity": quantity, "package": package, "version": "", "values": "", "verdict": "", "warned": ""}
    if found is None:
        return cells | {"verdict": "not run: not installed"}
    answer = found["with"].get(quantity)
    if package == "R":
        said = "reference"
        answer = {"values": answer}
    else:
        said = "not held against R, which is not installed" if R is None else verdict(answer, quantity, R)
    answer = answer or {}
    return cells | {
        "version": found["version"],
        "values": " ".join(f"{v:.6g}" for v in answer.get("values", [])),
        "verdict": said,
        "warned": "; ".join(" ".join(w.split()) for w in answer.get("warnings", [])),
    }


def study(seed: int, ask: Callable[[list[str]], dict[str, Any] | None] = answered) -> pd.DataFrame:
    """All packages on both samples."""
    python, rows = os.environ.get("PEERS_PYTHON", sys.executable), []
    for whole in (False, True):
        with tempfile.TemporaryDirectory() as folder:
            paths = [str(Path(folder) / name) for name in ("spells.csv", "states.csv")]
            d = spells(seed, whole)
            d.to_csv(paths[0], index=False)
            states(seed, whole).to_csv(paths[1], index=False)
            answers = {"R": ask(["Rscript", str(HERE / "_agreement.R"), *paths]), "clemency": ours(d)}
            for peer in PEERS:  # -P: studies beside the script bear names of packages that peers import
                answers[peer] = ask([python, "-P", str(HERE / "_agreementpeers.py"), peer, *paths])
        times = {"times": "whole months" if whole else "continuous"}
        rows += [times | row(q, name, found, answers["R"]) for q in QUANTITIES for name, found in answers.items()]
    return pd.DataFrame(rows)


def run(results: Path) -> None:
    seed = int(os.environ.get("SEED", SEED))
    found = study(seed)
    found.to_csv(results / "agreement.csv", index=False)
    d = spells(seed, False)
    made = f"seed {seed}, {len(d)} rows, {d['event'].sum()} events"
    note = f"{made}; Python {platform.python_version()}, numpy {np.__version__}\n"
    (results / "agreement_versions.txt").write_text(note)
    print(found.drop(columns="version").to_string())
    _comparison.renew(results)
