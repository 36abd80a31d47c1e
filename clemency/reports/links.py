"""An address and a text -> a link, or the text alone where the address may be none."""

from __future__ import annotations

from html import escape
from typing import Any

import pandas as pd

from clemency.records.presentation.addresses import is_web_address


def link(address: Any, text: Any) -> str:
    """Markup of a link to a page on the web; an address of any other kind is not linked, whatever it says.

    Parameters
    ----------
    address : object
        From data: an address of http or https, or anything.
    text : object
        What is shown.
    """
    shown = escape(str(text), quote=False)
    if not is_web_address(address):
        return shown
    return f'<a href="{escape(str(address))}" rel="noreferrer">{shown}</a>'


def sources_of(sources: pd.DataFrame, ids: Any) -> str:
    """Markup that names the publishers of the documents behind a row, each linked; a key without a row as itself."""
    if not isinstance(ids, str):
        return ""
    known = sources[sources["source_id"].isin(ids.split())].drop_duplicates("source_id").set_index("source_id")
    shown = known["publisher"].fillna(known.index.to_series())
    return "<br>".join(
        link(known["address"][key], shown[key]) if key in known.index else escape(key, quote=False)
        for key in ids.split()
    )
