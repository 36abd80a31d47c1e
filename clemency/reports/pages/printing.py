"""A page -> PDF, through a browser that is installed, in its sandbox wherever it can have one."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from clemency.records.errors import ClemencyError, UsageError

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
#: What Chromium says when it stops because the system gives it no sandbox.
_NO_SANDBOX = ("no usable sandbox", "failed to move to new namespace", "setuid sandbox", "zygote_host_impl_linux")
_OPTIONS = (
    "--headless", "--disable-gpu", "--no-first-run", "--disable-sync", "--disable-background-networking",
    "--disable-component-update", "--disable-extensions", "--no-pdf-header-footer",
)  # fmt: skip


def find_browser() -> str:
    """Path of an installed Chromium or Chrome.

    Raises
    ------
    UsageError
        If there is none.
    """
    found = next((b for b in (shutil.which(n) for n in _BROWSERS) if b), None)
    if found is None:
        raise UsageError(
            "A PDF needs an installed Chromium or Chrome, and none was found. On Debian or Ubuntu: apt install chromium. "
            "Or open index.html in any browser and print it."
        )
    return found


def print_page(browser: str, page: Path, target: Path, say: Callable[[str], Any]) -> None:
    """Print a page to PDF.

    Parameters
    ----------
    browser : str
    page, target : Path
    say : callable
        Told if the browser runs without its sandbox, and why: it refuses to run as root with one, and some systems
        give it none. The page loads nothing, and runs its own script alone.

    Raises
    ------
    ClemencyError
        If the browser prints nothing.
    """
    _print(browser, page, target, say)
    pages = pages_of(target.read_bytes())
    if pages:  # once more, with the pages of the sections in the contents; the first print tells them
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
            told = Path(place) / page.name
            told.write_text(_with_pages(page.read_text(encoding="utf-8"), pages), encoding="utf-8")
            _print(browser, told, target, lambda _: None)


def pages_of(pdf: bytes) -> dict[str, int]:
    """The page on which each place of a document stands, as Chromium writes it; empty if it is written otherwise.

    Parameters
    ----------
    pdf : bytes

    Returns
    -------
    dict
        Names of places, and numbers of pages from 1.
    """
    trees = {
        int(n): kids for n, kids in re.findall(rb"(\d+) 0 obj\s*<<\s*/Type /Pages.*?/Kids \[([^\]]*)\]", pdf, re.DOTALL)
    }
    below = {int(k) for kids in trees.values() for k in re.findall(rb"(\d+) 0 R", kids)}
    order: list[int] = []

    def walk(node: int) -> None:
        if node in trees:
            for kid in re.findall(rb"(\d+) 0 R", trees[node]):
                walk(int(kid))
        else:
            order.append(node)

    for root in sorted(set(trees) - below)[:1]:
        walk(root)
    at = {node: n for n, node in enumerate(order, 1)}
    places = re.findall(rb"/([^\s/\[\]<>()]+)\s*\[(\d+) 0 R /XYZ", pdf)
    return {name.decode("latin-1"): at[int(node)] for name, node in places if int(node) in at}


def _with_pages(html: str, pages: dict[str, int]) -> str:
    """A page whose contents name the pages of its sections."""
    first, contents, rest = (
        re.split(r'(<nav class="contents".*?</nav>)', html, maxsplit=1, flags=re.DOTALL)
        if '<nav class="contents"' in html
        else (html, "", "")
    )

    def named(found: re.Match[str]) -> str:
        n = pages.get(found[1])
        return f'<a data-page="{n}" href="#{found[1]}"' if n else found[0]

    return first + re.sub(r'<a href="#([^"]+)"', named, contents) + rest


def _print(browser: str, page: Path, target: Path, say: Callable[[str], Any]) -> None:
    """Print once; what an earlier print left is removed, so that a browser that fails is noticed."""
    target.unlink(missing_ok=True)
    if _is_root():
        say("Printing to PDF, by a browser without its sandbox since it would not run as root with it")
        result = _run(browser, page, target, "--no-sandbox")
    else:
        result = _run(browser, page, target)
        if not target.is_file() and any(m in result.stderr.lower() for m in _NO_SANDBOX):
            say("Printing to PDF, by a browser without its sandbox since this system gives it none")
            result = _run(browser, page, target, "--no-sandbox")
    if result.returncode or not target.is_file():
        raise ClemencyError(f"{browser} did not print the page: {result.stderr.strip()[-300:]}")


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _run(browser: str, page: Path, target: Path, *more: str) -> subprocess.CompletedProcess[str]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        order = [browser, *_OPTIONS, *more, f"--user-data-dir={profile}", f"--print-to-pdf={target.resolve()}"]
        order.append(page.resolve().as_uri())
        try:
            return subprocess.run(order, capture_output=True, text=True, errors="replace", timeout=120, check=False)
        except subprocess.TimeoutExpired:
            raise ClemencyError(f"{browser} did not print the page within two minutes.") from None
