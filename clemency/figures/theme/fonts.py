"""Which font has Chinese characters, and what to say where there is none."""

from __future__ import annotations

from functools import cache

from matplotlib import font_manager

_CHINESE = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "PingFang SC",
    "Hiragino Sans GB",
    "Microsoft YaHei",
    "SimHei",
    "WenQuanYi Zen Hei",
    "WenQuanYi Micro Hei",
    "Arial Unicode MS",
)
NO_FONT = (
    "No font with Chinese characters was found, so figures would show boxes in their place. Install one: on Debian or Ubuntu "
    "'apt install fonts-noto-cjk', on Fedora 'dnf install google-noto-sans-cjk-fonts', elsewhere Noto Sans SC from "
    "fonts.google.com; then clear matplotlib's font cache. The page itself is not affected: browsers bring their own fonts."
)


@cache
def chinese_font() -> str | None:
    """Name of the first installed font with Chinese characters, or None; `NO_FONT` says how to get one."""
    installed = {f.name for f in font_manager.fontManager.ttflist}
    return next((name for name in _CHINESE if name in installed), None)
