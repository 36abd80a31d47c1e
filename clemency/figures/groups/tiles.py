"""A value per province -> a map of equal tiles, one for each province-level unit."""

from __future__ import annotations

import re
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, LinearSegmentedColormap, to_hex, to_rgb
from matplotlib.patches import Patch, Rectangle

from clemency.figures.theme.fonts import chinese_font
from clemency.figures.theme.hover import name_marks
from clemency.figures.theme.kept import keep
from clemency.figures.theme.labelling import wrapped
from clemency.figures.theme.look import Look, figure
from clemency.figures.theme.settings import SMALL, TITLE, WIDTH, axes_for, figure_width, is_narrow, style
from clemency.figures.theme.wording import FEW
from clemency.records.errors import UsageError
from clemency.records.presentation.translation import label as named
from clemency.records.presentation.translation import spoken, tr
from clemency.records.tables.loading import load

# One hue from light to dark, so that the order shows in grey and to every eye; the tiles are opaque and bring their
# own ink, so that they read the same on a light and on a dark page.
_SHADES = LinearSegmentedColormap.from_list("clemency", ["#e9f0f7", "#8fb3d3", "#3f74a8", "#183f6b"])
_NONE, _EDGE, _DARK, _LIGHT = "#c4c4c4", "#6f6b66", "#161514", "#ffffff"
_SIZE = 0.94
#: What the full name of a unit says of its kind, and newspapers leave out.
_KIND = re.compile("(?:(?:维吾尔|回族|壮族)?自治区|特别行政区|[省市])$")


@figure("title", "labels", "palette")
def tile_map(
    frame: pd.DataFrame,
    value: str,
    ax: Axes | None = None,
    label: str = "",
    missing: str = "no follow-up",
    *,
    look: Look,
) -> Axes:
    """Provinces as equal tiles, shaded by a value.

    Parameters
    ----------
    frame : DataFrame
        ``province`` (ISO 3166-2 code, each at most once) and the column of `value`. If there, ``events`` (or
        ``n_event``) says where to hatch, ``person_months`` where there is no follow-up, and ``text`` what to print in
        place of the value.
    value : str
        Column that shades, 0 or more.
    ax : Axes, optional
    label : str
        What the shade means.
    missing : str
        What a grey tile means, for the key.
    look
        ``title, labels, palette``: see `Look`. Codes are those in ``province``; the palette goes from little to much.

    Returns
    -------
    Axes
        Grey tiles are provinces without follow-up: not in the frame, without a value, or with no person-months. Hatched
        ones have fewer than five events. The frame behind the axes has a row for each of the 34 units.

    Raises
    ------
    UsageError
        If a column is not there, a province is unknown, missing or repeated, or a value is negative.

    Notes
    -----
    Where a tile stands is in ``grid_row`` (from the north) and ``grid_column`` (from the west) of the table
    ``provinces``, a layout of our own: neighbours are kept where equal tiles allow it.
    """
    units = _units(frame, value)
    look.check(units["province"])
    short = is_narrow()  # codes, where names would be too small to read
    units["shown"] = [
        str(look.labels.get(p, p[3:] if short and spoken() == "en" else named(n)))
        for p, n in zip(units["province"], units["name"], strict=True)
    ]
    units["hover"] = [_hover(r, value) for r in units.to_dict("records")]
    shades = _shades(look)
    known = units[value].notna()
    top = float(units.loc[known, value].max()) if known.any() and units.loc[known, value].max() > 0 else 1.0
    with style():
        ax = axes_for(ax, 6.6 * figure_width() / WIDTH)
        both = spoken() == "en" and not short and chinese_font() in mpl.rcParams["font.family"]
        for row in units.assign(zh=units["name_zh"].map(_short_zh) if both else "").to_dict("records"):
            _tile(ax, row, value, top, shades)
        ax.set(
            xlim=(units["grid_column"].min() - 0.1, units["grid_column"].max() + 1.04),
            ylim=(-units["grid_row"].max() - 0.1, 1.04 - units["grid_row"].min()),
        )
        ax.set_aspect("equal")
        ax.axis("off")
        if look.title:
            ax.figure.suptitle(look.title, x=0.01, ha="left", fontweight="bold", fontsize=TITLE)
        ax.set_title(wrapped(label, 60 if is_narrow() else 110), fontsize=SMALL, fontweight="normal")
        _key(ax, top, units, missing, shades)
        shaded = int(known.sum())
        grey = tr(", ").join(named(n) for n in units.loc[~known, "name"])
        alt = tr(
            "Tile map of provinces: {name}. {shaded} of {n} tiles are shaded. Grey ({missing}): {grey}.",
            name=label,
            shaded=shaded,
            n=len(units),
            missing=missing,
            grey=grey or tr("none"),
        )
        return keep(ax, units.drop(columns=["few", "shown", "hover", "name_zh"]), alt=alt)


def _shades(look: Look) -> Colormap:
    if look.palette is None:
        return _SHADES
    return LinearSegmentedColormap.from_list(
        "asked", look.colours([str(n) for n in range(5)] if isinstance(look.palette, str) else list(look.palette))
    )


def _units(frame: pd.DataFrame, value: str) -> pd.DataFrame:
    """All units with their place, and what the frame says of them."""
    for column in ("province", value):
        if column not in frame:
            raise UsageError(
                f"the map needs the column '{column}'; the columns are: {', '.join(map(str, frame.columns))}"
            )
    columns = ["province", "name", "name_zh", "grid_row", "grid_column"]
    places = load("provinces")[columns].astype({"province": str, "name": str, "name_zh": str})
    if frame["province"].isna().any():
        raise UsageError("a row has no province: leave such rows out and say how many they are")
    codes = frame["province"].astype(str)
    wrong = sorted(set(codes) - set(places["province"]))
    if wrong or codes.duplicated().any():
        found = f"'{wrong[0]}' is no ISO code of a province, such as CN-BJ" if wrong else "a province has several rows"
        raise UsageError(f"{found}; cl.load('provinces') has the codes, and the map takes one row for each")
    own = frame.drop(columns=[c for c in places if c in frame and c != "province"]).assign(province=codes)
    units = places.merge(own, on="province", how="left", validate="one_to_one")
    units[value] = pd.to_numeric(units[value]).astype(float)
    if "person_months" in units:
        units[value] = units[value].where(units["person_months"].fillna(0) > 0)
    if (units[value] < 0).any() or np.isinf(units[value]).any():
        raise UsageError(f"'{value}' must be 0 or more, and finite, to be a shade")
    counts = next((units[c] for c in ("events", "n_event") if c in units), None)
    few = False if counts is None else (counts.fillna(0) < FEW) & units[value].notna()
    return units.assign(few=few)


def _tile(ax: Axes, row: dict[str, Any], value: str, top: float, shades: Colormap) -> None:
    share, few = None if pd.isna(row[value]) else row[value] / top, row["few"]
    x, y = row["grid_column"], -row["grid_row"]
    fill = _NONE if share is None else to_hex(shades(share))
    ink = _ink(fill)
    tile = ax.add_patch(Rectangle((x, y), _SIZE, _SIZE, lw=0.8, ec=_EDGE, fc=fill))
    name_marks(tile, [row["hover"]])
    if few:
        ax.add_patch(Rectangle((x, y), _SIZE, _SIZE, lw=0, ec=ink, fc="none", hatch="////", alpha=0.35))
    name = "\n".join(t for t in (row["shown"].replace(" ", "\n"), row["zh"]) if t)
    behind = {"facecolor": fill, "edgecolor": "none", "pad": 0.6} if few else None
    ax.text(
        x + 0.06,
        y + 0.88,
        name,
        fontsize=7.0,
        va="top",
        color=ink,
        linespacing=1.0,
        bbox=behind,
    )
    text = row.get("text")
    if text is None or pd.isna(text):
        text = "–" if share is None else f"{row[value]:.3g}"
    ax.text(
        x + _SIZE / 2,
        y + 0.27,
        text,
        fontsize=9 * figure_width() / WIDTH + 0.5 * is_narrow(),
        ha="center",
        va="center",
        color=ink,
        fontweight="bold",
        bbox=behind,
    )


def _hover(row: dict[str, Any], value: str) -> str:
    """A tile in words: its names in both scripts, what is printed on it, and the value that shades it."""
    text = row.get("text")
    told = [] if text is None or pd.isna(text) else [str(text)]
    told += [] if pd.isna(row[value]) else [f"{row[value]:.3g}"]
    names = f"{row['name']} {_short_zh(row['name_zh'])}" if spoken() == "en" else named(row["name"])
    return f"{names}{tr(': ')}{tr('; ').join(told) or tr('no value')}"


def _short_zh(name: str) -> str:
    return _KIND.sub("", name)


def _ink(fill: str) -> str:
    """Black or white, whichever stands out more."""
    light = _luminance(fill)
    return _LIGHT if 1.05 / (light + 0.05) > (light + 0.05) / (_luminance(_DARK) + 0.05) else _DARK


def _luminance(colour: str) -> float:
    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return float(np.dot([0.2126, 0.7152, 0.0722], parts))


def _key(ax: Axes, top: float, units: pd.DataFrame, missing: str, shades: Colormap) -> None:
    steps = [Patch(fc=shades(s), ec=_EDGE, lw=0.8, label=f"{s * top:.3g}") for s in (0.0, 0.5, 1.0)]
    if units["few"].any():
        steps.append(Patch(fc="#ffffff", ec=_EDGE, lw=0.8, hatch="////", label=tr("fewer than five events")))
    steps.append(Patch(fc=_NONE, ec=_EDGE, lw=0.8, label=missing))
    ax.legend(handles=steps, loc="upper center", bbox_to_anchor=(0.5, 0.0), ncols=3 if is_narrow() else len(steps))
