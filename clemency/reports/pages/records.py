"""Acts and cases of the tables -> tables on the page that can be searched, filtered and sorted without a network.

The page's own script lays them out, some 200 lines. Ready-made ones were looked at: itables brings DataTables and jQuery,
some 200 kB for each page, and writes scripts into it for which the page's policy would have to allow any script. Here the
policy names one script by its hash, and a row of 1,200 cases takes some 60 bytes of the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import pandas as pd

from clemency.records.presentation.addresses import is_web_address
from clemency.reports.inputs import Inputs
from clemency.reports.language import act_name, capital, charged, counted, label, tr

__all__ = ["Records", "records_html", "records_of"]

#: What the script says.
WORDS = {
    "search": "Search for words, in any order",
    "any": "all",
    "sort": "Sort by",
    "unsorted": "as in the tables",
    "told": "{shown} of {found} rows that fit, {all} in all",
    "none": "No row fits; there are {all} in all",
    "more": "Show {n} more",
    "save": "These rows as CSV",
    "scroll": "Wider than this screen: scroll it sideways.",
}
#: Kinds of columns: two lines of a name, words, one of few words, a number, a date as written in the tables, a document.
KINDS = ("name", "text", "choice", "number", "date", "link")


@dataclass(frozen=True, slots=True)
class Records:
    """One table of records.

    Attributes
    ----------
    name, caption : str
        Its anchor, and what stands above it.
    kinds : dict
        For each column of `frame`, in order, one of `KINDS`.
    frame : DataFrame
        A ``link`` is a pair of text and address; anything missing is empty.
    """

    name: str
    caption: str
    kinds: dict[str, str]
    frame: pd.DataFrame

    def content(self) -> dict[str, Any]:
        """As the script reads it: ``columns, rows, links, name, words``; words of a choice and documents once each."""
        links: dict[tuple[str, str], int] = {}
        columns: list[dict[str, Any]] = []
        cells = []
        for name, kind in self.kinds.items():
            values = [None if _missing(v) else v for v in self.frame[name]]
            column: dict[str, Any] = {"label": label(name), "kind": kind}
            if kind == "choice":
                levels = sorted({str(v) for v in values if v is not None})
                place = {w: n for n, w in enumerate(levels)}
                column["words"] = [label(w) for w in levels]
                values = [None if v is None else place[str(v)] for v in values]
            elif kind == "link":
                values = [None if v is None else links.setdefault(_document(v), len(links)) for v in values]
            elif kind == "number":
                values = [None if v is None else int(v) if float(v).is_integer() else float(v) for v in values]
            else:
                values = [None if v is None else told(v) if kind == "text" else str(v) for v in values]
            columns.append(column)
            cells.append(values)
        rows = [list(row) for row in zip(*cells, strict=True)]
        words = {k: label(v) for k, v in WORDS.items()}
        return {"name": self.name, "columns": columns, "rows": rows, "links": list(links), "words": words}

    def flat(self) -> pd.DataFrame:
        """As a file: documents as text and address, both writings of a name with a blank between."""
        found = self.frame.copy()
        for name, kind in self.kinds.items():
            if kind == "link":
                pairs = [("", "") if v is None else _document(v) for v in found[name]]
                found[name], found[f"{name} address"] = [t for t, _ in pairs], [a for _, a in pairs]
            elif kind == "name":
                found[name] = [str(v).replace("\n", " ") for v in found[name]]
        return found


def records_of(i: Inputs) -> list[Records]:
    """All acts and all cases of the tables, without those that are there for comparison."""
    return [_acts(i), _cases(i)]


def records_html(records: Sequence[Records]) -> str:
    """Their place on the page; the rows come once a table is opened."""
    folded = "".join(
        f'<details class="records" id="{r.name}" data-from="{r.name}-data"><summary id="{r.name}-caption">{escape(r.caption)}</summary>'
        f"<noscript><p>{_unrun(r.name)}</p></noscript>"
        "</details>"
        for r in records
    )
    return f'<section id="records" class="records-all"><h2>{tr("All acts and cases")}</h2><p>{_how()}</p>{folded}</section>'


def _how() -> str:
    return tr(
        "Search for a name, a place or a charge, choose a kind, or sort by any column. A date is written as the tables have it: year, month, day; "
        "a stroke stands between the first and the last day on which it may have been, and two dots where no such day is known."
    )


def _unrun(name: str) -> str:
    return tr(
        "The rows are shown by a script, which this browser does not run. They stand in {file}.",
        file=f"<code>tables/all_{name}.csv</code>",
    )


def told(value: Any) -> str:
    """Words that a table holds, each part of a list in the language in force."""
    return charged(value)


def _acts(i: Inputs) -> Records:
    acts = i.acts.sort_values(["act_earliest", "act_id"], ascending=[False, True], na_position="last", kind="stable")
    cases = i.cases.set_index("case_id").reindex(acts["case_id"])
    frame = pd.DataFrame(
        {
            "name": _names(cases),
            "act": [capital(act_name(a)) for a in acts["act_type"]],
            "date": acts["act_date"].to_numpy(),
            "months": acts["months"].to_numpy(),
            "charge or conduct": _about(cases),
            "province": _text(cases, "province_name"),
            "document": _documents(i, acts["source_ids"]),
        }
    )
    kinds = ("name", "choice", "date", "number", "text", "choice", "link")
    return Records("acts", counted(len(frame), "act"), dict(zip(frame, kinds, strict=True)), frame)


def _cases(i: Inputs) -> Records:
    cases = i.cases.sort_values(["name", "case_id"], kind="stable")
    n = i.acts["case_id"].value_counts()
    frame = pd.DataFrame(
        {
            "name": _names(cases),
            "charge or conduct": _about(cases),
            "ethnicity": _text(cases, "ethnicity"),
            "province": _text(cases, "province_name"),
            "detained": _text(cases, "detention_date"),
            "sentenced": _text(cases, "sentence_date"),
            "term in months": cases["sentence_months"].to_numpy(),
            "sentence": [None if _missing(v) else str(v).replace("_", " ") for v in cases["sentence_type"]],
            "last known as": [None if _missing(v) else capital(str(v).replace("_", " ")) for v in cases["status"]],
            "acts": cases["case_id"].map(n).fillna(0).astype(int).to_numpy(),
            "document": _documents(i, cases["source_ids"]),
        }
    )
    kinds = ("name", "text", "choice", "choice", "date", "date", "number", "choice", "choice", "number", "link")
    return Records("cases", counted(len(frame), "case"), dict(zip(frame, kinds, strict=True)), frame)


def _names(cases: pd.DataFrame) -> list[Any]:
    """Both writings of a name, on a line each."""
    both = zip(cases["name"], cases["name_zh"], strict=True)
    return ["\n".join(str(v).replace("\n", " ") for v in pair if not _missing(v)) for pair in both]


def _about(cases: pd.DataFrame) -> list[Any]:
    return list(cases["charge"].astype(object).where(cases["charge"].notna(), cases["conduct"].astype(object)))


def _text(frame: pd.DataFrame, column: str) -> list[Any]:
    return list(frame[column].astype(object))


def _documents(i: Inputs, ids: pd.Series) -> list[Any]:
    """The first document behind each row, by its publisher; a key without a row as itself."""
    known = i.sources.drop_duplicates("source_id").set_index("source_id")
    said = {
        k: (str(p) if isinstance(p, str) else str(k), a) for k, p, a in known[["publisher", "address"]].itertuples()
    }
    first = [str(v).split()[0] if isinstance(v, str) and v.split() else None for v in ids]
    return [None if k is None else said.get(k, (k, "")) for k in first]


def _document(pair: Any) -> tuple[str, str]:
    text, address = pair
    return str(text), str(address) if is_web_address(address) else ""


def _missing(value: Any) -> bool:
    return value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and value != value)
