"""A section of a report: text, figures and tables, shown in a notebook and collected from it for the page."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial, wraps
from html import escape
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import pandas as pd
from matplotlib.axes import Axes

from clemency.records.errors import DataError, UsageError
from clemency.records.presentation.spreadsheets import safe_csv
from clemency.records.presentation.translation import label, spoken, tr, typeset
from clemency.records.presentation.wording import act_name, agreed, counted, number, plain, rounded

T = TypeVar("T")
U = TypeVar("U")
MIME = "application/vnd.clemency.section+json"
#: A table with so many columns becomes a list of cards on a phone.
WIDE = 7


@dataclass(frozen=True, slots=True)
class Chart:
    """A figure with its caption; the frame that it draws and its description are kept by the axes."""

    name: str
    caption: str
    axes: Axes
    frame: pd.DataFrame | None = None
    alt: str = ""
    #: Draws it once more, for a page of the width of a telephone.
    narrow: Callable[[], Axes] | None = None

    @classmethod
    def twice(
        cls, name: str, caption: str, draw: Callable[..., Axes], frame: pd.DataFrame | None = None, **narrow: Any
    ) -> Chart:
        """A figure that is drawn for wide pages, and when it is written for narrow ones too, there with other options."""
        return cls(name, caption, draw(), frame, narrow=partial(draw, **narrow))


@dataclass(frozen=True, slots=True)
class TableView:
    """A table with its caption; ``html`` columns hold markup made by the report itself.

    A ``folded`` one is shown on demand and not printed; the rows of a ``stacked`` one become cards on a narrow screen.
    """

    name: str
    caption: str
    frame: pd.DataFrame
    html: tuple[str, ...] = ()
    data: pd.DataFrame | None = None
    folded: bool = False
    stacked: bool = False


@dataclass(frozen=True, slots=True)
class Passage:
    """A smaller heading with paragraphs, between figures and tables; ``name`` is its anchor."""

    name: str
    title: str
    text: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entries:
    """A list of sentences, each with the documents that state it, under a smaller heading.

    ``items`` are marked as paragraphs are; ``sources`` are markup made by the report itself, one for each.
    """

    name: str
    title: str
    items: tuple[str, ...]
    sources: tuple[str, ...]
    frame: pd.DataFrame


Part = Chart | TableView | Passage | Entries


@dataclass(frozen=True, slots=True)
class Section:
    r"""One section.

    Attributes
    ----------
    slug, title : str
        ``title`` is what the section is about.
    text : tuple of str
        Paragraphs; ``**strong**`` is the only mark, and ``\*`` an asterisk. Values from data enter through
        `language.plain`, which writes theirs so.
    parts : tuple of Chart, TableView, Passage or Entries
        In order.
    notes : tuple of str
        Small print: what to beware of.
    finding : str
        What the section says, in a sentence without a full stop: its heading, where there is one.
    """

    slug: str
    title: str
    text: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    notes: tuple[str, ...] = field(default=())
    finding: str = ""

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        content = self.content()
        return {"text/html": as_html(content), "text/plain": self.title, MIME: content}

    def content(self) -> dict[str, Any]:
        """Everything as plain data: what the page, the figures and the tables are written from."""
        return {
            "slug": self.slug,
            "title": typeset(self.title),
            "finding": _marked(self.finding),
            "text": [_marked(t) for t in self.text],
            "parts": [_part(p) for p in self.parts],
            "notes": [_marked(n) for n in self.notes],
        }


def or_reason(slug: str, title: str) -> Callable[[Callable[[T], Section]], Callable[[T], Section]]:
    """Make a section that the tables cannot bear into one that says why."""

    def decorate(make: Callable[[T], Section]) -> Callable[[T], Section]:
        @wraps(make)
        def made(given: T) -> Section:
            try:
                section = make(given)
            except (DataError, UsageError) as error:
                return Section(
                    slug, label(title), (tr("These tables cannot bear this section: {why}", why=why_not(error)),)
                )
            gaps = Gaps()
            whole = gaps.tried(tr("how its cases became known"), lambda: _with_frames(section, given))
            return gaps.added(whole or section)

        return made

    return decorate


def too_few(slug: str, title: str, n: int, what: str, least: int) -> Section:
    """A section of one sentence, for fewer acts than a section needs; ``what`` they are, in the singular."""
    found = counted(n, what, spelled=True)
    found = tr("{acts} {are} too few for this section", acts=found[:1].upper() + found[1:], are=agreed(n, "is"))
    return Section(
        slug,
        title,
        (
            tr(
                "{found}: at least {n} are needed.",
                found=found if n else tr("There is no {noun}", noun=what if spoken() == "en" else act_name(what)),
                n=number(least),
            ),
        ),
    )


def why_not(error: DataError | UsageError) -> str:
    """What an error says, for readers of a page."""
    problems = getattr(error, "problems", ())
    return plain(f"{problems[0].message}. {problems[0].remedy}" if problems else str(error))


class Gaps:
    """Parts of a section that the tables cannot bear, each with its reason, so that the others stand."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def tried(self, what: str, make: Callable[[], U]) -> U | None:
        """A part of a section, or None where it cannot be made; then it is told what is missing, and why."""
        try:
            return make()
        except (DataError, UsageError) as error:
            self.said.append(
                tr("Missing here: {what}. These tables cannot bear it: {why}", what=what, why=why_not(error))
            )
            return None

    def added(self, section: Section) -> Section:
        """The section, with what is missing said below its paragraphs."""
        return replace(section, text=(*section.text, *dict.fromkeys(self.said))) if self.said else section


def _with_frames(section: Section, given: Any) -> Section:
    """Say how the cases behind a section became known, where the tables tell."""
    tell = getattr(given, "frames_told", None)
    told = tell(section.slug) if tell else ""
    return replace(section, notes=(*section.notes, told)) if told else section


_MARK = re.compile(r"\\([\\*])|\*\*")


def _marked(text: str) -> str:
    """Markup of a paragraph: pairs of two asterisks are strong, a backslash takes the meaning from what follows it."""
    pairs = sum(1 for m in _MARK.finditer(text) if not m[1]) // 2
    seen = 0

    def tag(found: re.Match[str]) -> str:
        nonlocal seen
        if found[1]:
            return found[1]
        seen += 1
        return found[0] if seen > 2 * pairs else "<strong>" if seen % 2 else "</strong>"

    return _MARK.sub(tag, escape(typeset(text), quote=False))


def _part(part: Part) -> dict[str, Any]:
    if isinstance(part, Entries):
        return _entries(part)
    if isinstance(part, Passage):
        text = [_marked(t) for t in part.text]
        return {"kind": "passage", "name": part.name, "title": _marked(part.title), "text": text}
    return _chart(part) if isinstance(part, Chart) else _table(part)


def _entries(entries: Entries) -> dict[str, Any]:
    return {
        "kind": "entries",
        "name": entries.name,
        "title": _marked(entries.title),
        "items": [_marked(t) for t in entries.items],
        "sources": list(entries.sources),
        "csv": safe_csv(entries.frame),
    }


#: What was written of axes that a section keeps for the next report.
_WRITTEN: WeakKeyDictionary[Axes, dict[str, Any]] = WeakKeyDictionary()


def _chart(chart: Chart) -> dict[str, Any]:
    if chart.axes not in _WRITTEN:
        _WRITTEN[chart.axes] = _written(chart)
    return dict(_WRITTEN[chart.axes])


def _written(chart: Chart) -> dict[str, Any]:
    from matplotlib import pyplot as plt

    from clemency.figures import drawn, to_png, to_svg
    from clemency.figures.theme.files import settle

    kept = drawn(chart.axes)
    figure = chart.axes.get_figure()
    settle(figure)
    svg = to_svg(figure, chart.caption, chart.alt or kept.alt)
    png = base64.b64encode(to_png(figure)).decode()
    plt.close(figure)
    frame = kept.frame if chart.frame is None else chart.frame
    narrow = {} if chart.narrow is None else {"narrow": _narrow(chart, chart.narrow)}
    return {
        **narrow,
        "kind": "figure",
        "name": chart.name,
        "caption": _marked(chart.caption),
        "alt": chart.alt or kept.alt,
        "svg": svg,
        "png": png,
        "csv": safe_csv(frame),
    }


def _narrow(chart: Chart, draw: Callable[[], Axes]) -> str:
    """The figure drawn anew for a page of the width of a telephone, as SVG."""
    from matplotlib import pyplot as plt

    from clemency.figures import drawn, style, to_svg
    from clemency.figures.theme.files import settle
    from clemency.figures.theme.settings import NARROW

    with style(width=NARROW):
        axes = draw()
        figure = axes.get_figure()
        settle(figure)
        svg = to_svg(figure, chart.caption, chart.alt or drawn(axes).alt)
    plt.close(figure)
    return svg


def _table(table: TableView) -> dict[str, Any]:
    head = "".join(f'<th scope="col"{_align(table.frame[c])}>{escape(label(c))}</th>' for c in table.frame)
    digits = [_digits(table.frame[c]) for c in table.frame]
    body = "".join(
        "<tr>"
        + "".join(
            f'<td data-label="{escape(label(c))}"{_align(table.frame[c])}>{v if c in table.html else escape(_shown(v, d), quote=False)}</td>'
            for c, v, d in zip(table.frame.columns, row, digits, strict=True)
        )
        + "</tr>"
        for row in table.frame.itertuples(index=False)
    )
    data = table.frame if table.data is None else table.data
    marks = [m for m, there in (("wide", table.frame.shape[1] >= WIDE), ("stacked", table.stacked)) if there]
    mark = f' class="{" ".join(marks)}"' if marks else ""
    return {
        "kind": "table",
        "name": table.name,
        "caption": _marked(table.caption),
        "folded": table.folded,
        "table": f"<table{mark}><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>",
        "csv": safe_csv(data),
    }


_NUMBER = re.compile(r"[<>]?[-+−]?[\d,]*\.?\d+%?")


def _align(column: pd.Series) -> str:
    """Numbers to the right, also those written as text."""
    written = [str(v) for v in column if isinstance(v, str) and v]
    numeric = pd.api.types.is_numeric_dtype(column) or (
        bool(written) and all(_NUMBER.fullmatch(v) for v in written) and column.map(lambda v: isinstance(v, str)).all()
    )
    return ' class="n"' if numeric else ""


def _digits(column: pd.Series) -> int:
    """Decimals that a whole column of numbers is shown with: as many as its values need, at most two."""
    if not pd.api.types.is_float_dtype(column):
        return 0
    known = column.dropna().round(2)
    return next((d for d in (0, 1) if (known.round(d) == known).all()), 2)


def _shown(value: Any, digits: int) -> str:
    if value is None or value is pd.NA or (isinstance(value, float) and value != value) or value is pd.NaT:
        return ""
    return rounded(value, digits) if isinstance(value, float) else typeset(label(value))


def as_html(content: dict[str, Any], shown: Callable[[dict[str, Any]], str] | None = None) -> str:
    """A section's content as markup; `shown` makes that of a part, and is `block` by default."""
    topic, finding = escape(content["title"]), content["finding"]
    heading = f'<span class="topic">{topic}{tr(":")}</span>{tr(" ")}{finding}' if finding else topic
    blocks = [f"<h2>{heading}</h2>"] + [f"<p>{t}</p>" for t in content["text"]]
    blocks += [(shown or block)(part) for part in content["parts"]]
    if content["notes"]:
        blocks.append('<ul class="notes">' + "".join(f"<li>{n}</li>" for n in content["notes"]) + "</ul>")
    # Dollar signs in a name begin no formula in a notebook, whichever way it typesets them.
    return f'<section id="{content["slug"]}" class="tex2jax_ignore mathjax_ignore">{"".join(blocks)}</section>'


#: More people than these are told on demand.
_ENTRIES = 8


def _listed(part: dict[str, Any]) -> str:
    """Sentences with their documents; the ninth and later ones are folded."""
    both = list(zip(part["items"], part["sources"], strict=True))
    lines = [f"<li>{t}{f' <small>{s}</small>' if s else ''}</li>" for t, s in both]
    head = f'<h3 id="{part["name"]}">{part["title"]}</h3><ul class="people">{"".join(lines[:_ENTRIES])}</ul>'
    rest = lines[_ENTRIES:]
    if not rest:
        return head
    told = tr("{n} more", n=len(rest))
    more = f'<details><summary>{told}</summary><ul class="people">{"".join(rest)}</ul></details>'
    return f'{head}{more}<p class="printed">{part["title"]}: tables/{part["name"]}.csv</p>'


def block(part: dict[str, Any]) -> str:
    """Markup of a part in a notebook."""
    if part["kind"] == "entries":
        return _listed(part)
    if part["kind"] == "passage":
        return f'<h3 id="{part["name"]}">{part["title"]}</h3>' + "".join(f"<p>{t}</p>" for t in part["text"])
    if part["kind"] == "figure":
        return f'<figure class="figure"><figcaption>{part["caption"]}</figcaption>{part["svg"]}</figure>'
    inner = f'<div class="scroll">{part["table"]}</div>'
    if part.get("folded"):
        where = f'<p class="printed">{part["caption"]}: tables/{part["name"]}.csv</p>'
        return f"<details><summary>{part['caption']}</summary>{inner}</details>{where}"
    return f'<figure class="table"><figcaption>{part["caption"]}</figcaption>{inner}</figure>'
