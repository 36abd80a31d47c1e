"""The name of an optional package -> the package, or an error that says how to install it."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from clemency.records.errors import MissingExtraError


def optional(module: str, extra: str, purpose: str, otherwise: str = "") -> Any:
    """Import a package that only some work needs.

    Parameters
    ----------
    module : str
        Its import name.
    extra : str
        The extra of clemency that brings it.
    purpose : str
        What needs it, as the beginning of a sentence: ``Reading an R file``.
    otherwise : str
        What else would do.

    Returns
    -------
    module

    Raises
    ------
    MissingExtraError
        If it is not installed, or cannot be loaded.
    """
    try:
        return import_module(module)
    except ImportError as error:
        package = module.partition(".")[0]
        missing = isinstance(error, ModuleNotFoundError) and (error.name or "").partition(".")[0] == package
        broken = "" if missing else f" It is installed, but cannot be loaded: {error}."
        other = f", or {otherwise}" if otherwise else ""
        told = f"{purpose} needs {package}: pip install 'clemency[{extra}]'{other}.{broken}"
        raise MissingExtraError(told) from None


def installed(modules: Sequence[str], extra: str, purpose: str) -> None:
    """Refuse work for which a package is missing, before any of it is done; nothing is imported.

    Raises
    ------
    MissingExtraError
        If one is not installed.
    """
    missing = [m for m in modules if not _there(m)]
    if missing:
        raise MissingExtraError(f"{purpose} needs {', '.join(missing)}: pip install 'clemency[{extra}]'.")


def _there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except (ImportError, ValueError):
        return False
