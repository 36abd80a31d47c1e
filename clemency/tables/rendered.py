"""A table of texts -> HTML, LaTeX, Typst, Word, a terminal."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any

import pandas as pd

from clemency.records.arguments.signatures import typed
from clemency.records.environment.extras import optional
from clemency.records.environment.outputs import check_file
from clemency.records.errors import UsageError
from clemency.records.presentation.spreadsheets import safe_csv
from clemency.tables.rsummary import write_for_r

_TEX = str.maketrans(
    {
        "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "%": r"\%", "&": r"\&", "#": r"\#", "_": r"\_", "$": r"\$",
        "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}",
        "†": r"\textdagger{}",
    }
)  # fmt: skip
#: What Typst would read as a sign of its own and maketables leaves alone, by way of characters for private use.
_TYPST = {"$": "\ue000", "@": "\ue001", "`": "\ue002", "~": "\ue003"}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ResultTable:
    """A table for a document.

    Attributes
    ----------
    frame : DataFrame of str
        The cells; the index has the rows' labels. Side by side, columns have two levels: the model, and what is shown.
    notes : tuple of str
        What stands below.
    caption : str
    body : int
        Number of rows above the statistics of the models.
    models : mapping of str to estimate
        Those set side by side, by heading.
    """

    frame: pd.DataFrame
    notes: tuple[str, ...]
    caption: str
    body: int
    models: Mapping[str, Any] = field(default_factory=dict)

    def to_html(self) -> str:
        """HTML by great-tables, to be put into a page; needs the extra ``tables``."""
        return str(self.great_table().as_raw_html())

    def great_table(self) -> Any:
        """The table as an object of great-tables, to be styled further."""
        return self._made(str).make(type="gt")

    def to_latex(self) -> str:
        r"""LaTeX, for a document with ``\usepackage{booktabs, tabularx, threeparttable, makecell}``."""
        return str(self._made(lambda text: text.translate(_TEX)).make(type="tex"))

    def to_typst(self) -> str:
        """Typst, to be put into a document."""
        made = str(self._made(lambda text: text.translate(str.maketrans(_TYPST))).make(type="typst"))
        for sign, placeholder in _TYPST.items():
            made = made.replace(placeholder, f"\\{sign}")
        return made

    @typed
    def save(self, path: str | PathLike[str]) -> Path:
        """Write a file, of the kind that its name ends in.

        Parameters
        ----------
        path : path
            ``.docx`` for Word, ``.html``, ``.tex``, ``.typ`` for Typst, ``.csv``. A file that is there is written
            over.

        Returns
        -------
        Path

        Raises
        ------
        UsageError
            For another ending, or a file that cannot be written.
        MissingExtraError
            Without maketables (all kinds but CSV).
        """
        target = Path(path)
        kind = target.suffix.lower()
        writers = {".docx": self._word, ".html": self._page, ".tex": self._tex, ".typ": self._typ, ".csv": self._csv}
        if kind not in writers:
            raise UsageError(f"'{target.name}' does not end in one of: {', '.join(writers)}.")
        check_file(target)
        writers[kind](target)
        return target

    @typed
    def save_for_r(self, folder: str | PathLike[str]) -> Path:
        """Write the models, unrounded, for R's modelsummary.

        Parameters
        ----------
        folder : path
            Is made if it is not there.

        Returns
        -------
        Path
            Of ``models.R``, a script that reads the other files into the list ``models``; ``modelsummary(models)``
            takes it. ``models.csv`` has the headings; for each model there are a ``tidy`` file (``term, estimate,
            std.error, statistic, p.value, conf.low, conf.high``, terms named as R names them) and a ``glance`` file of
            one row.

        Raises
        ------
        UsageError
            Where there are no models, or the folder cannot be written.
        """
        if not self.models:
            raise UsageError("this table has no models: save_for_r is for estimates set side by side.")
        return write_for_r(self.models, Path(folder))

    def _word(self, target: Path) -> None:
        self._made(str).make(type="docx").save(str(target))

    def _page(self, target: Path) -> None:
        title = html.escape(self.caption or "Table")
        head = f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>'
        target.write_text(f"{head}<body>{self.to_html()}</body></html>\n", encoding="utf-8")

    def _tex(self, target: Path) -> None:
        target.write_text(self.to_latex() + "\n", encoding="utf-8")

    def _typ(self, target: Path) -> None:
        target.write_text(self.to_typst() + "\n", encoding="utf-8")

    def _csv(self, target: Path) -> None:
        flat = self.frame.copy()
        flat.columns = pd.Index([": ".join(c) if isinstance(c, tuple) else c for c in flat.columns])
        flat.insert(0, "row", flat.index)
        safe_csv(flat, target)

    def _made(self, escape: Any) -> Any:
        """The table as maketables has it, each text escaped."""
        maketables = optional("maketables", "tables", "A table for a document", "print it, or save it as .csv")
        made = self.frame.map(escape)
        parts = ["rows"] * self.body + ["statistics"] * (len(made) - self.body)
        labels = [escape(str(label)) for label in made.index]
        made.index = pd.MultiIndex.from_arrays([parts, labels]) if self.body < len(made) else pd.Index(labels)
        if made.columns.nlevels > 1:
            made.columns = pd.MultiIndex.from_tuples([tuple(escape(str(p)) for p in c) for c in made.columns])
        else:
            made.columns = pd.Index([escape(str(c)) for c in made.columns])
        notes, caption = escape(" ".join(self.notes)), escape(self.caption) or None
        return maketables.MTable(made, notes=notes, caption=caption, rgroup_display=False)

    def __repr__(self) -> str:
        shown = self.frame.copy()
        shown.index = pd.Index([str(label) for label in shown.index])
        text = shown.to_string() if len(shown) else "No rows."
        return "\n".join([*([self.caption] if self.caption else []), text, *self.notes])

    def _repr_html_(self) -> str:
        title = f"<p>{html.escape(self.caption)}</p>" if self.caption else ""
        notes = "<br>".join(html.escape(note) for note in self.notes)
        return f"{title}{self.frame.to_html(border=0)}<p style='font-size:smaller'>{notes}</p>"
