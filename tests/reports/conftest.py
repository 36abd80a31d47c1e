"""A browser for the tests that look at pages as a reader does."""

import os

import pytest

from clemency.records.errors import UsageError
from clemency.reports.pages.printing import find_browser


@pytest.fixture(scope="session")
def chromium():
    """An installed Chromium, driven by playwright; where one is missing, tests that need it are skipped and say why."""
    driver = pytest.importorskip(
        "playwright.sync_api", reason="playwright is not installed: pip install 'clemency[browser]'"
    )
    try:
        path = find_browser()
    except UsageError as error:
        pytest.skip(str(error))
    with driver.sync_playwright() as play:
        options = ["--no-sandbox"] if os.geteuid() == 0 else []
        started = play.chromium.launch(executable_path=path, args=options)
        yield started
        started.close()
