"""A reproduction of published findings -> one page: every claim, its numbers, the verdicts, what other choices give."""

from __future__ import annotations

import math
from collections.abc import Callable
from html import escape
from os import PathLike
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from clemency.figures import agreement, variants
from clemency.findings import Reproduction, reproduce
from clemency.findings.claims import stressed
from clemency.findings.material import Material
from clemency.findings.robustness import Stress, verdicts_of
from clemency.findings.steinert.claims import together
from clemency.records.environment.folders import swapped
from clemency.records.tables.package import edition
from clemency.reports.language import agreed, counted, plain, rounded
from clemency.reports.links import link
from clemency.reports.pages.page import built, page, write_parts
from clemency.reports.section import Chart, Passage, Section, TableView

__all__ = ["findings_page", "findings_sections"]

#: More findings than this are drawn by publisher.
_MANY = 30
#: More numbers than this are shown on demand.
_OPEN = 12
_ORDER = ("reproduced", "differs", "failed", "needs data", "cannot be recomputed")
_MEANING = {
    "reproduced": "rounded as the source rounds, the recomputed number is the printed one",
    "differs": "it is not, and the table says why",
    "needs data": "a public data set is not on this machine",
    "cannot be recomputed": "no public data would do",
    "failed": "the computation stopped",
}


def findings_page(
    out: str | PathLike[str],
    *,
    data: str | PathLike[str] | None = None,
    progress: Callable[[str], Any] | None = None,
    done: Reproduction | None = None,
    force: bool = False,
) -> Path:
    """Write the page of published findings.

    Parameters
    ----------
    out : path
        Folder to write to: ``index.html``, ``figures/`` and ``tables/``.
    data : path, optional
        Folder with fetched data sets, as for `reproduce`; claims are put to other choices where it has what they need.
    progress : callable, optional
        Called with a line of text at each finding.
    done : Reproduction, optional
        If it is already made.
    force : bool
        Write to `out` although it holds other things than an earlier page. What has the name of something new is
        replaced; the rest stays.

    Returns
    -------
    Path
        The page. Everything is written beside `out` and swapped in at the end.

    Raises
    ------
    UsageError
        Before anything is computed, if `out` cannot be written, is a link, or holds other things.
    """
    day = built()
    with swapped(out, force) as stage:
        _write(stage, day, data, progress, done)
    return Path(out) / "index.html"


def _write(stage: Path, day: str, data: Any, progress: Any, done: Reproduction | None) -> None:
    done = done if done is not None else reproduce(data=data, progress=progress)
    sections = [s.content() for s in findings_sections(done, Material(Path(data) if data is not None else None))]
    for section in sections:
        write_parts(stage, section)
    text = page(
        title="Published findings, computed again",
        kicker="Findings",
        heading="Published findings, computed again",
        lead="What others have printed about sentence reduction, parole and release in China, beside the same numbers computed from public data.",
        sections=sections,
        nav=False,
        footer=(
            f"Built on {day} from {escape(_from(done))}. The tables stand in <code>tables/</code>, the drawings in <code>figures/</code>.",
            "That a number can be reproduced does not make its conclusion true.",
        ),
    )
    (stage / "index.html").write_text(text, encoding="utf-8")


def findings_sections(done: Reproduction, material: Material | None = None) -> list[Section]:
    """An overview, and one section per publisher, those with most findings first.

    Parameters
    ----------
    done : Reproduction
    material : Material, optional
        Data at hand, for the claims that are put to other choices.
    """
    findings = done.findings.assign(section=[_section_name(p) for p in done.findings["publisher"].astype(str)])
    editions = dict(zip(findings["finding_id"], findings["computed_on"], strict=True))
    made, missing = stressed(findings["finding_id"], material or Material(), editions)
    size = findings["section"].value_counts()
    names = sorted(dict.fromkeys(findings["section"]), key=lambda k: -size[k])  # ties in the order of the registry
    sections = [_overview(done, findings, names, made)]
    for name in names:
        rows = findings[findings["section"] == name]
        table = done.table[done.table["finding_id"].isin(rows["finding_id"])]
        own = [s for s in made if s.finding_id in set(rows["finding_id"])]
        lacking = list(dict.fromkeys(v for k, v in missing.items() if k in set(rows["finding_id"])))
        sections.append(_publisher(str(name), rows, table, own, lacking))
    return sections


def _editions(findings: pd.DataFrame) -> str:
    """Editions that findings were computed from, and whether they are those on which the verdicts were established."""
    used, entered = (" and ".join(sorted(set(findings[c].astype(str)))) for c in ("computed_on", "edition"))
    if (findings["computed_on"] == findings["edition"].astype(str)).all():
        return f"the edition on which its verdict was established: {used}"
    return f"edition {used}; the verdicts were established on {entered}"


def _from(done: Reproduction) -> str:
    """The editions with their hashes."""
    shipped = edition()
    used = sorted(set(done.findings["computed_on"]))
    return "; ".join(str(shipped if e == shipped.version else edition(e)) for e in used)


def _section_name(publisher: str) -> str:
    return publisher.split(", as quoted")[0]


def _slug(name: str) -> str:
    return "".join(c if c.isalnum() else "-" for c in name.lower()).strip("-")


def _overview(done: Reproduction, findings: pd.DataFrame, names: list[str], made: list[Stress]) -> Section:
    g = done.glance().iloc[0]
    n = done.table["verdict"].value_counts().reindex(_ORDER, fill_value=0)
    counts = pd.DataFrame(
        {"verdict": n.index, "numbers": [f"{k:,}" for k in n], "meaning": [_MEANING[v] for v in n.index]}
    ).query("numbers != '0'")
    text = (
        f"**{counted(g['findings'], 'finding')}** {agreed(g['findings'], 'quote')} {counted(g['values'], 'number')}. {counted(g['recomputed'], 'finding')} {agreed(g['recomputed'], 'has')} at least one number that could be computed again here. "
        "A number agrees if rounding it as the source did gives what was printed; no tolerance is chosen. "
        f"What is computed from the tables of this library is computed from {_editions(findings)}.",
    )
    verdicts = done.table.set_index("finding_id")["verdict"]
    rows = [
        _counted(verdicts[verdicts.index.isin(findings.loc[findings["section"] == k, "finding_id"])]) for k in names
    ]
    index = pd.DataFrame(rows)
    index.insert(0, "publisher", [f'<a href="#{_slug(k)}">{escape(k)}</a>' for k in names])
    index.insert(1, "findings", [int((findings["section"] == k).sum()) for k in names])
    shown = _thousands(index)
    parts: list[Chart | TableView | Passage] = [
        TableView(
            "verdicts", "Numbers by verdict", counts, data=counts.assign(numbers=[int(n[v]) for v in counts["verdict"]])
        ),
        TableView("index", "By publisher", shown, ("publisher",), data=index.assign(publisher=names), stacked=True),
    ]
    if made:
        parts.append(_stress_index(made))
    if done.table["off"].notna().any():
        caption = "Recomputed less printed, in units of the last digit printed: in the band, rounding gives the printed number"
        parts.append(Chart("agreement", caption, _agreement(done, findings)))
    return Section("overview", "Overview", text, tuple(parts))


def _agreement(done: Reproduction, findings: pd.DataFrame) -> Axes:
    if len(findings) <= _MANY:
        return done.plot()
    names = done.table["finding_id"].map(findings.set_index("finding_id")["section"])
    return agreement(done.table.assign(publisher=names), by="publisher")


def _counted(verdicts: pd.Series) -> dict[str, int]:
    """Numbers by verdict."""
    n = verdicts.value_counts()
    found = {"reproduced": int(n.get("reproduced", 0)), "differs": int(n.get("differs", 0))}
    return {"numbers": len(verdicts), **found, "not recomputed": len(verdicts) - sum(found.values())}


def _thousands(table: pd.DataFrame) -> pd.DataFrame:
    """Counts by verdict as text; nothing for none."""
    kinds = ("numbers", "reproduced", "differs", "not recomputed")
    return table.assign(**{k: [f"{v:,}" if v else "" for v in table[k]] for k in kinds})


def _stress_index(made: list[Stress]) -> TableView:
    rows = []
    for m in made:
        g, first = m.glance().iloc[0], next(m.tidy().itertuples())
        row = {"claim": m.claim, "measure": m.measure.split(" (")[0]}
        row |= {"estimate": first.estimate, "ci_low": first.ci_low, "ci_high": first.ci_high}
        rows.append({**row, **{k: g[k] for k in ("lowest", "highest", "standing", "variants")}})
    data = pd.DataFrame(rows)
    shown = pd.DataFrame(
        {
            "claim": [f'<a href="#{_anchor(m)}">{escape(m.claim)}</a>' for m in made],
            "measure": data["measure"],
            "as published or first (limits)": [
                f"{r.estimate:.3g} ({r.ci_low:.3g} to {r.ci_high:.3g})" for r in data.itertuples()
            ],
            "all variants": [f"{r.lowest:.3g} to {r.highest:.3g}" for r in data.itertuples()],
            "stands in": [f"{r.standing} of {r.variants}" for r in data.itertuples()],
        }
    )
    caption = "Claims under other choices: a count of choices, not a probability"
    return TableView("claims", caption, shown, ("claim",), data=data, stacked=True)


def _anchor(made: Stress) -> str:
    return "claim-" + _slug(made.claim)


def _publisher(
    name: str, findings: pd.DataFrame, table: pd.DataFrame, made: list[Stress], lacking: list[str]
) -> Section:
    slug = _slug(name)
    one = findings["citation"].nunique() == 1 and len(findings) > 1
    usual = str(findings["population"].mode()[0]) if one else ""
    whom = f"Whom the numbers count where nothing else is said: {usual[:1].lower()}{usual[1:]}."
    text = (plain(f"{findings['citation'].iloc[0]}."), plain(whom)) if one else ()
    verdicts = table.set_index("finding_id")["verdict"]
    summary = pd.DataFrame([_counted(verdicts[[k]]) for k in findings["finding_id"]])
    raw = summary.assign(claim=findings["claim"].to_numpy())[["claim", *summary]]
    summary = _thousands(summary)
    summary.insert(0, "claim", [_claim(row, one, usual) for row in findings.itertuples()])
    raw.insert(0, "finding_id", findings["finding_id"].to_numpy())
    caption = f"{counted(len(table), 'number')}, printed and recomputed"
    parts: list[Chart | TableView | Passage] = [
        TableView(f"findings-{slug}", "Claims", summary, ("claim",), data=raw, stacked=True),
        TableView(
            f"values-{slug}",
            caption,
            _values(table, findings),
            data=table,
            folded=len(table) > _OPEN,
            stacked=True,
        ),
        *_stress_parts(made),
    ]
    if lacking:
        parts.append(
            Passage(f"choices-{slug}", "Under other choices", tuple(plain(f"Not shown: {t}.") for t in lacking))
        )
    return Section(slug, name, text, tuple(parts))


def _claim(row: Any, one: bool, usual: str) -> str:
    """A claim with its source, its name in the registry, and what is the matter with its numbers."""
    source = "source" if one else row.citation
    place = f", {row.place}" if pd.notna(row.place) else ""
    address = (str(row.address).split() or [""])[0]
    whom = "" if row.population == usual else f" {escape(row.population, quote=False)}."
    said = f"{link(address, source)}{escape(place, quote=False)}.{whom} <code>{escape(row.finding_id)}</code>"
    why = f"<br><small>{escape(row.verdict)}: {escape(row.reason, quote=False)}</small>" if row.reason else ""
    return f"<div>{escape(row.claim, quote=False)}<br><small>{said}</small>{why}</div>"


def _values(table: pd.DataFrame, findings: pd.DataFrame) -> pd.DataFrame:
    view = {
        "finding": table["finding_id"],
        "quantity": [q.replace("_", " ") for q in table["quantity"]],
        "printed": [
            f"{p} ({b})" if b != "printed" else p for p, b in zip(table["printed"], table["basis"], strict=True)
        ],
        "recomputed": [_number(v, p) for v, p in zip(table["recomputed"], table["high"] - table["low"], strict=True)],
        "unit": table["unit"].astype(str),
        "verdict": table["verdict"].astype(str),
        "why": table["reason"].astype(str),
    }
    return pd.DataFrame(view).drop(columns=["finding"] if len(findings) == 1 else [])


def _stress_parts(made: list[Stress]) -> list[Chart | TableView | Passage]:
    """Conclusion, figure and table of each claim; those of the same ratio share a figure."""
    ratios = [s for s in made if s.ratio]
    shared = len(ratios) > 1
    parts: list[Chart | TableView | Passage] = []
    for s in made:
        name = _anchor(s)
        parts.append(
            Passage(name, plain(s.claim), (f"**{verdicts_of(s.tidy()).capitalize()}.** {plain(s.conclusion)}",))
        )
        if not (s.ratio and shared):
            parts.append(Chart(f"{name}-figure", s.measure[0].upper() + s.measure[1:], s.plot()))
        parts.append(_variant_table(s))
        if shared and s is ratios[-1]:
            caption = (
                "Hazard ratios of release, in brackets the number of releases; the dashed line is what was published"
            )
            parts.append(Chart("claims-together", caption, variants(together(tuple(ratios)))))
    return parts


def _variant_table(made: Stress) -> TableView:
    t = made.tidy()
    digits = [3 if v == v and abs(v) < 0.1 else 2 for v in t["ci_high"]]
    limits = [
        "" if row.ci_low != row.ci_low else f"{rounded(row.ci_low, d)} to {rounded(row.ci_high, d)}"
        for row, d in zip(t.itertuples(), digits, strict=True)
    ]
    frame = pd.DataFrame(
        {
            "variant": t["variant"],
            "n": [f"{n:,.0f}" for n in t["n"]],
            "estimate": [rounded(v, d) for v, d in zip(t["estimate"], digits, strict=True)],
            "limits (95%)": limits,
            "stands": t["stands"].map({True: "yes", False: "no"}),
            "note": t["note"],
        }
    )
    if not t["note"].astype(bool).any():
        frame = frame.drop(columns="note")
    return TableView(
        _anchor(made),
        f"{counted(len(t), 'variant')}: {plain(made.claim.rstrip('.'))}",
        frame,
        data=t,
        folded=True,
        stacked=True,
    )


def _number(value: float, width: float) -> str:
    """One digit more than was printed, or plain where nothing says how many."""
    if value != value:
        return ""
    if not 0 < width < float("inf"):
        return f"{value:,.4g}"
    digits = max(0, 1 - math.floor(math.log10(width)))
    return f"{value:,.{min(digits, 8)}f}"
