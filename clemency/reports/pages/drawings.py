"""A drawing as matplotlib writes it -> the same drawing in a third of the bytes, with identifiers of its own."""

from __future__ import annotations

import re
from html import unescape

_PATH = re.compile(r' d="([^"]+)"')
_PLACE = re.compile(r'(?<= )(x|y|transform|viewBox|points|width|height|cx|cy|r)="([^"]*\.\d{3,}[^"]*)"')
_NUMBER = re.compile(r"-?\d+\.\d+")
_EMPTY = re.compile(r"<g>\s*</g>|<g id=\"[^\"]*\">\s*</g>|<defs>\s*</defs>")
_PATTERN = re.compile(r'<pattern [^>]*width="72" height="72"[^>]*>.*?</pattern>', re.DOTALL)
_DOT = re.compile(r"M\s*(-?[\d.]+) (-?[\d.]+)[^M]*")
#: A pattern of more dots than this is repeated in smaller tiles.
_MANY = 40
_COMMAND = re.compile(r"([MLQCzZ])([^MLQCzZ]*)")


def small(svg: str) -> str:
    """A drawing in fewer bytes: places to a hundredth of a point, no blanks, no identifier that nothing refers to.

    Parameters
    ----------
    svg : str
        As `clemency.figures.to_svg` writes it.

    Returns
    -------
    str
        What it shows differs by less than a hundredth of a point.
    """
    svg = re.sub(r"<!--.*?-->", "", svg, flags=re.DOTALL)
    svg = _PATTERN.sub(lambda m: _tile(m[0]), svg)
    svg = _PATH.sub(lambda m: f' d="{_path(m[1])}"', svg)
    svg = _PLACE.sub(lambda m: f'{m[1]}="{_NUMBER.sub(_rounded, m[2])}"', svg)
    svg = re.sub(r' style="[^"]*"', lambda m: m[0].replace(": ", ":").replace("; ", ";"), svg)
    used = set(re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', svg))
    kept = {name for pair in used for name in pair if name}
    svg = re.sub(r' id="([^"]+)"', lambda m: m[0] if m[1] in kept else "", svg)
    svg = re.sub(r">\s+<", "><", svg)
    before = None
    while before != svg:
        before, svg = svg, _EMPTY.sub("", svg)
    return svg


def classed(svg: str, mark: str) -> str:
    """A drawing whose styles are said once each, as classes that begin with `mark`; one page holds many drawings."""
    styles: dict[str, str] = {}

    def named(found: re.Match[str]) -> str:
        return f' class="{styles.setdefault(found[1], f"{mark}{len(styles)}")}"'

    svg = re.sub(r' style="([^"]*)"', named, svg)
    rules = "".join(f".{name}{{{unescape(rule)}}}" for rule, name in styles.items())
    return re.sub(
        r"(<svg[^>]*>(?:<title>.*?</title>)?(?:<desc>.*?</desc>)?)",
        lambda m: f"{m[1]}<style>{rules}</style>",
        svg,
        count=1,
        flags=re.DOTALL,
    )


def apart(svg: str, mark: str) -> str:
    """A drawing whose identifiers begin with `mark`, since one page holds many drawings."""
    return svg.replace(' id="', f' id="{mark}').replace('href="#', f'href="#{mark}').replace("url(#", f"url(#{mark}")


def _tile(pattern: str) -> str:
    """A pattern of many dots as the smallest tile that repeats them."""
    dots = [(float(m[1]), float(m[2]), m[0]) for m in _DOT.finditer(pattern)]
    if len(dots) < _MANY or " L" in pattern or "\nL" in pattern:
        return pattern
    inside = [(x, y) for x, y, _ in dots if -0.005 <= x < 71.995 and -0.005 <= y < 71.995]
    for parts in range(36, 1, -1):
        side = 72 / parts
        found = {(round(x % side, 2) % round(side, 2), round(y % side, 2) % round(side, 2)) for x, y in inside}
        if len(found) * parts**2 == len(inside):
            kept = "".join(text for x, y, text in dots if x <= side + 1 and y <= side + 1)
            pattern = re.sub(r'width="72" height="72"', f'width="{side:g}" height="{side:g}"', pattern, count=1)
            return re.sub(r' d="[^"]*"', f' d="{kept}"', pattern, count=1)
    return pattern


def _rounded(found: re.Match[str]) -> str:
    text = f"{float(found[0]):.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _path(text: str) -> str:
    """A path with its places rounded; of a straight run of points along an axis only the ends stay."""
    steps = [(kind, [_rounded_text(n) for n in rest.split()]) for kind, rest in _COMMAND.findall(text)]
    kept: list[tuple[str, list[str]]] = []
    for kind, places in steps:
        if kind == "L" and kept and kept[-1][0] in "ML" and kept[-1][1] == places:
            continue
        if kind == "L" and len(kept) > 1 and kept[-1][0] == "L" and kept[-2][0] in "ML":
            (x0, y0), (x1, y1), (x2, y2) = kept[-2][1], kept[-1][1], places
            if (x0 == x1 == x2 and _between(y0, y1, y2)) or (y0 == y1 == y2 and _between(x0, x1, x2)):
                kept[-1] = (kind, places)
                continue
        kept.append((kind, places))
    return "".join(f"{kind}{' '.join(places)}" for kind, places in kept)


def _between(first: str, middle: str, last: str) -> bool:
    low, high = sorted((float(first), float(last)))
    return low <= float(middle) <= high


def _rounded_text(number: str) -> str:
    return _NUMBER.sub(_rounded, number)
