"""The registry and the data at hand -> every finding computed again, with a verdict on each number."""

from __future__ import annotations

import html
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from clemency.figures.theme.look import plotted
from clemency.findings.material import Material, MissingDataError, fetched_folder
from clemency.findings.registry import Function, Registry, function_of
from clemency.findings.registry import registry as read_registry
from clemency.findings.verdicts import span
from clemency.records.arguments.signatures import typed
from clemency.records.environment.datafolder import edition_named, editions
from clemency.records.errors import ClemencyError, UsageError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

REPRODUCED, DIFFERS, NEEDS, CANNOT, FAILED = (
    "reproduced",
    "differs",
    "needs data",
    "cannot be recomputed",
    "failed",
)

#: More findings than this are drawn by publisher.
_MANY = 30


@dataclass(frozen=True, slots=True, eq=False)
class Reproduction:
    """Result of `reproduce`.

    Attributes
    ----------
    table : DataFrame
        The content of :meth:`tidy`.
    findings : DataFrame
        The rows of the registry that were run, with ``verdict`` and ``reason``, and ``computed_on``, the edition of
        the tables that they were computed from.
    """

    table: pd.DataFrame = field(repr=False)
    findings: pd.DataFrame = field(repr=False)

    def tidy(self) -> pd.DataFrame:
        """One row per quoted value.

        Returns
        -------
        DataFrame
            ``finding_id, quantity, printed, off`` (recomputed less printed, in units of the last digit meant; NaN for
            bounds and ranges), ``unit, basis, recomputed`` (NaN without data), ``low, high`` (numbers that would be
            printed so), ``verdict, reason, expected``.
        """
        return self.table

    def glance(self) -> pd.DataFrame:
        """One row: ``findings, recomputed`` (at least one number), ``values``, one column per verdict, ``lost``."""
        n = self.table["verdict"].value_counts()
        row: dict[str, Any] = {
            "findings": len(self.findings),
            "recomputed": int(self.table.loc[self.table["recomputed"].notna(), "finding_id"].nunique()),
            "values": len(self.table),
        }
        row |= {k: int(n.get(k, 0)) for k in (REPRODUCED, DIFFERS, NEEDS, CANNOT, FAILED)}
        return pd.DataFrame([{**row, "lost": len(self.lost())}])

    def lost(self) -> pd.DataFrame:
        """Values that agreed when they were entered and no longer do."""
        was = self.table["expected"] == REPRODUCED
        return self.table[was & self.table["verdict"].isin([DIFFERS, FAILED])]

    def changed(self) -> pd.DataFrame:
        """Values whose verdict is another than when they were entered: lost, or differing then and agreeing now.

        What was not computed then or now, or needs data that are not at hand, is not among them.
        """
        was, now = self.table["expected"], self.table["verdict"]
        return self.table[was.isin([REPRODUCED, DIFFERS]) & now.isin([REPRODUCED, DIFFERS, FAILED]) & (was != now)]

    def plot(self, ax: Axes | None = None, by: str | None = None, **options: Any) -> Axes:
        """How far recomputed numbers lie from the printed ones, in units of the last digit printed.

        Parameters
        ----------
        ax : Axes, optional
        by : str, optional
            Column of ``findings`` that gives the rows; ``finding_id`` by default, ``publisher`` for more than thirty.
        options
            ``title, labels, palette, order``: see :class:`clemency.figures.Look`.

        Raises
        ------
        UsageError
            If there is no such column, or no number was recomputed.
        """
        from clemency.figures import agreement

        asked = plotted(options, agreement, also=("by",))
        by = by or ("finding_id" if len(self.findings) <= _MANY else "publisher")
        if by not in self.findings:
            raise UsageError(f"Findings have no column '{by}'. There are: {', '.join(self.findings)}.")
        if by == "finding_id":
            return agreement(self.table, ax=ax, **asked)
        rows = self.findings.set_index("finding_id")[by].astype(str)
        return agreement(self.table.assign(**{by: self.table["finding_id"].map(rows)}), ax=ax, by=by, **asked)

    def to_json(self) -> str:
        """Findings with their values, as JSON."""
        values = {k: g.drop(columns="finding_id") for k, g in self.table.groupby("finding_id", sort=False)}
        out = []
        for row in json.loads(self.findings.to_json(orient="records")):
            row["values"] = json.loads(values[row["finding_id"]].to_json(orient="records"))
            out.append(row)
        return json.dumps(out, ensure_ascii=False, indent=2) + "\n"

    def __repr__(self) -> str:
        g = self.glance().iloc[0]
        lines = [
            f"{_count(g['findings'], 'finding')}, {g['recomputed']} recomputed; of {_count(g['values'], 'number')} "
            + ", ".join(f"{g[k]} {k}" for k in (REPRODUCED, DIFFERS, NEEDS, CANNOT, FAILED) if g[k])
            + "."
        ]
        for row in self.findings.itertuples():
            lines.append(f"{row.verdict:<22} {row.finding_id}" + (f": {row.reason}" if row.reason else ""))
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        shown = self.table[["finding_id", "quantity", "printed", "recomputed", "unit", "verdict", "reason"]]
        body = shown.to_html(index=False, border=0, na_rep="", float_format=lambda v: f"{v:,.6g}")
        return f"<p>{html.escape(repr(self).splitlines()[0])}</p>{body}"


@typed
def reproduce(
    ids: str | Sequence[str] | None = None,
    *,
    data: str | PathLike[str] | None = None,
    registry: str | PathLike[str] | None = None,
    functions: Mapping[str, Function] | None = None,
    edition: str | None = None,
    progress: Callable[[str], Any] | None = None,
) -> Reproduction:
    """Compute published findings again from the data at hand.

    Parameters
    ----------
    ids : str or sequence of str, optional
        Findings, or beginnings of their names (``steinert-2022``); all by default.
    data : path, optional
        Folder that holds fetched data sets, each in a folder of its name or its files directly. Without it,
        ``CLEMENCY_DATA`` and the cache of `fetch` are looked through. Nothing is downloaded.
    registry : path, optional
        Another registry: a folder with ``findings.csv`` and ``quoted.csv`` in the form of ``data/findings``.
    functions : mapping of str to callable, optional
        Functions of your own, by the names in the column ``function`` of that registry. Each takes the material
        (``material.table("cases")`` is a table, ``material.file(dataset, name)`` a fetched file) and returns its
        quantities by name. A folder of data never brings code of its own.
    edition : str, optional
        Edition of the tables to compute everything from, such as ``2026.11``, or ``shipped`` for the one that the
        library has. By default each finding is computed from the edition that its row of the registry names, on which
        its verdict was established; data that were added since change no verdict then.
    progress : callable, optional
        Called with a line of text at each finding.

    Returns
    -------
    Reproduction

    Raises
    ------
    UsageError
        If no finding has such a name, there is no such edition, or a folder of data that is named does not exist.
    DataError
        If the registry is malformed.

    Notes
    -----
    A number is *reproduced* if rounding it as the source did gives what was printed; no tolerance is chosen. Numbers
    that need data which are not at hand say how to get them, and are no failure. Whether the tables of today still
    bear out what was printed is seen with ``edition="shipped"``: :meth:`Reproduction.changed` lists the numbers whose
    verdict is another one then.

    Examples
    --------
    >>> import clemency as cl
    >>> cl.reproduce("duihua-2013-arrests").tidy()[["quantity", "printed", "recomputed", "verdict"]].round(1)
               quantity     printed  recomputed     verdict
    0  growth_2011_2012  19 percent        18.8  reproduced
    """
    on = _edition(edition)
    own = dict(functions or {})
    rows = _chosen(read_registry(registry, own), ids)
    computed_on = rows.findings["edition"].astype(str) if on is None else pd.Series(on, index=rows.findings.index)
    material = Material(fetched_folder(data), registry=None if registry is None else Path(registry))
    parts: list[pd.DataFrame] = []
    verdicts: list[tuple[str, str]] = []
    for finding in rows.findings.assign(computed_on=computed_on).itertuples():
        if progress:
            progress(f"{finding.finding_id} ({len(verdicts) + 1} of {len(rows.findings)})")
        values = rows.quoted[rows.quoted["finding_id"] == finding.finding_id]
        table = _values(finding, values, replace(material, edition=finding.computed_on), own)
        parts.append(table)
        verdicts.append(_summary(table))
    told = {"verdict": [v for v, _ in verdicts], "reason": [r for _, r in verdicts], "computed_on": computed_on}
    findings = rows.findings.assign(**told)
    return Reproduction(pd.concat(parts, ignore_index=True), findings.reset_index(drop=True))


def _edition(named: str | None) -> str | None:
    """The number of an edition that an argument means."""
    if named is None:
        return None
    if named == "shipped":
        return editions()[-1]
    edition_named(named)
    return named


def _count(n: int, what: str) -> str:
    return f"{n} {what}{'' if n == 1 else 's'}"


def _chosen(all_rows: Registry, ids: str | Sequence[str] | None) -> Registry:
    if ids is None or len(ids) == 0:
        return all_rows
    wanted = [ids] if isinstance(ids, str) else list(ids)
    names = all_rows.findings["finding_id"]
    keep = np.zeros(len(names), dtype=bool)
    for name in wanted:
        hit = names.str.startswith(name).to_numpy(dtype=bool)
        if not hit.any():
            raise UsageError(f"No finding is called '{name}'. There are: {', '.join(names)}.")
        keep |= hit
    findings = all_rows.findings[keep]
    quoted = all_rows.quoted[all_rows.quoted["finding_id"].isin(findings["finding_id"])]
    return Registry(findings, quoted)


def _values(finding: Any, quoted: pd.DataFrame, material: Material, own: Mapping[str, Function]) -> pd.DataFrame:
    """The quoted values of a finding with what was computed."""
    numbers: dict[str, float] = {}
    state, reason = "", ""
    if pd.isna(finding.function):
        state, reason = CANNOT, str(finding.why_not)
    else:
        try:
            numbers = dict(function_of(str(finding.function), own)(material))
        except MissingDataError as error:
            state, reason = NEEDS, str(error)
        except ClemencyError as error:
            state, reason = FAILED, str(error)
    then = "" if finding.computed_on == finding.edition else f"on edition {finding.edition}"
    rows = []
    for row in quoted.itertuples():
        agree = span(row.relation, row.value, row.precision, row.value_to)
        number = float(numbers.get(row.quantity, math.nan))
        verdict, why = (state, reason) if state else _verdict(row, number, agree, row.quantity in numbers, then)
        rows.append(
            {
                "finding_id": finding.finding_id,
                "quantity": row.quantity,
                "printed": row.printed,
                "off": (number - row.value) / row.precision if row.relation == "equals" else math.nan,
                "unit": row.unit,
                "basis": row.basis,
                "recomputed": number,
                "low": agree.low,
                "high": agree.high,
                "verdict": verdict,
                "reason": why,
                "expected": row.expected,
            }
        )
    return pd.DataFrame(rows)


def _verdict(row: Any, number: float, agree: Any, computed: bool, then: str) -> tuple[str, str]:
    """Verdict and reason; `then` says on which edition the finding was entered, where that is another one."""
    why = "" if pd.isna(row.why) else str(row.why)
    if not computed:
        if row.expected == "not computed":
            return CANNOT, why
        return FAILED, f"the function gives no '{row.quantity}'"
    if number in agree:
        return REPRODUCED, ""
    if row.expected == REPRODUCED:
        return DIFFERS, "it agreed when the finding was entered" + (f", {then}" if then else "")
    return DIFFERS, f"{then}: {why}" if then else why


def _summary(table: pd.DataFrame) -> tuple[str, str]:
    """The verdict on a finding, with counts and reasons: the worst of its numbers, but what cannot be had is no fault.

    Where some numbers are reproduced and others cannot be computed, the finding is reproduced as far as it can be.
    """
    n = table["verdict"].value_counts()
    kind = next(k for k in (FAILED, DIFFERS, REPRODUCED, NEEDS, CANNOT) if k in n)
    if len(n) == 1:
        return kind, _reasons(table, kind)
    rest = [k for k in (REPRODUCED, DIFFERS, NEEDS, CANNOT) if k in n and k != kind]
    if kind != REPRODUCED:
        others = ", ".join(f"{n[k]} {k}" for k in rest)
        return kind, f"{n[kind]} of {len(table)} numbers: {_reasons(table, kind).rstrip('.')}; {others}"
    others = "; ".join(f"{n[k]} {k}: {_reasons(table, k).rstrip('.')}" for k in rest)
    return kind, f"{n[kind]} of {len(table)} numbers; {others}"


def _reasons(table: pd.DataFrame, verdict: str) -> str:
    return "; ".join(r for r in dict.fromkeys(table.loc[table["verdict"] == verdict, "reason"]) if r)
