"""The environment -> the folder that keeps what was downloaded or made: ``CLEMENCY_CACHE``, else the user's cache."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder() -> Path:
    """Folder that keeps what was downloaded: ``CLEMENCY_CACHE``, else the user's cache."""
    import pooch

    own = os.environ.get("CLEMENCY_CACHE")
    return Path(own).expanduser().absolute() if own else Path(pooch.os_cache("clemency"))
