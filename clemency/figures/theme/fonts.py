"""Which fonts a figure uses: one for Latin text, and where they are installed one each for the other scripts of names."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable
from functools import cache

from matplotlib import font_manager

_LATIN = ("Source Sans 3", "Noto Sans", "DejaVu Sans")
_CHINESE = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "Noto Sans CJK TC",
    "Noto Sans CJK JP",
    "PingFang SC",
    "Hiragino Sans GB",
    "Microsoft YaHei",
    "SimHei",
    "WenQuanYi Zen Hei",
    "WenQuanYi Micro Hei",
    "Arial Unicode MS",
)
_OTHERS = (("Noto Sans Tibetan", "Noto Serif Tibetan"), ("Noto Naskh Arabic", "Noto Sans Arabic"))
_HAN = re.compile("[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]")
NO_FONT = (
    "No font with Chinese characters was found, so figures show boxes in their place. Install one: on Debian or Ubuntu "
    "'apt install fonts-noto-cjk', on Fedora 'dnf install google-noto-sans-cjk-fonts', elsewhere Noto Sans SC from "
    "fonts.google.com; then clear matplotlib's font cache. The page itself is not affected: browsers bring their own fonts."
)


class FontWarning(UserWarning):
    """A figure has characters for which no font is installed."""


@cache
def chinese_font() -> str | None:
    """Name of the first installed font with Chinese characters, or None; `NO_FONT` says how to get one."""
    return _first(_CHINESE)


@cache
def families() -> tuple[str, ...]:
    """Installed fonts in the order in which a character is looked for; each glyph comes from the first that has it."""
    found = [_first(_LATIN), chinese_font(), *map(_first, _OTHERS)]
    return tuple(dict.fromkeys([name for name in (*found, "DejaVu Sans") if name]))


def _first(names: Iterable[str]) -> str | None:
    installed = {f.name for f in font_manager.fontManager.ttflist}
    return next((name for name in names if name in installed), None)


def tell_without_font(texts: Iterable[str]) -> None:
    """Warn of Chinese characters that will be boxes, where no font has them."""
    if chinese_font() is None and any(_HAN.search(t) for t in texts):
        warnings.warn(NO_FONT, FontWarning, stacklevel=4)
