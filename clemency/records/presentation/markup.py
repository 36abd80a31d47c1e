"""Titles, tables and notes of a result -> HTML for a notebook, in which no text of the data is markup."""

from __future__ import annotations

import html
from collections.abc import Sequence

import pandas as pd


def as_html(
    title: str = "",
    table: pd.DataFrame | None = None,
    notes: str | Sequence[str] = (),
    number: str = "{:.3g}",
) -> str:
    """Put a title, a table and notes below each other.

    Parameters
    ----------
    title : str
        Line breaks stay.
    table : DataFrame, optional
        Without its index.
    notes : str or sequence of str
        One line each.
    number : str
        Format of the numbers that are not whole.

    Returns
    -------
    str

    Examples
    --------
    >>> as_html("2 < 3", notes=["a", "b"])
    '<p>2 &lt; 3</p><p>a<br>b</p>'
    """
    lines = notes.split("\n") if isinstance(notes, str) else notes
    parts = [_paragraph(title)]
    if table is not None:
        parts.append(table.to_html(index=False, border=0, float_format=number.format))
    return "".join([*parts, _paragraph("\n".join(lines))])


def _paragraph(text: str) -> str:
    return f"<p>{html.escape(text).replace(chr(10), '<br>')}</p>" if text else ""
