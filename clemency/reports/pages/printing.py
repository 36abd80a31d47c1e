"""A page -> PDF, through a browser that is installed, in its sandbox wherever it can have one."""

from __future__ import annotations

import os
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
        give it none. The page loads nothing and runs no script.

    Raises
    ------
    ClemencyError
        If the browser prints nothing.
    """
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
