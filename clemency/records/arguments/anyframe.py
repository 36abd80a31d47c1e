"""A table of another package -> a frame of pandas; for pandas' own nothing is imported."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from clemency.records.errors import MissingExtraError, UsageError

#: Packages whose tables are read through Narwhals.
_PACKAGES = frozenset(
    ("polars", "pyarrow", "duckdb", "_duckdb", "modin", "cudf", "dask", "ibis", "pyspark", "sqlframe")
)


def is_foreign(value: Any) -> bool:
    """Whether a value belongs to a package of tables that is not pandas.

    Examples
    --------
    >>> is_foreign(pd.DataFrame()), is_foreign("text"), is_foreign(None)
    (False, False, False)
    """
    return type(value).__module__.partition(".")[0] in _PACKAGES


def as_pandas(name: str, value: Any) -> Any:
    """Read a table of another package, or a column of one, as pandas' own; anything else of it stays as it is.

    Parameters
    ----------
    name : str
        Of the argument.
    value : table or column of Polars (eager or lazy), Arrow, DuckDB and others that Narwhals knows

    Raises
    ------
    MissingExtraError
        Without Narwhals or what it needs.
    UsageError
        If the table cannot be computed or has a column that pandas cannot hold.
    """
    try:
        import narwhals as nw
    except ImportError:
        package = type(value).__module__.partition(".")[0].lstrip("_")
        told = (
            f"Reading a table of {package} needs narwhals: pip install 'clemency[frames]', or give a pandas DataFrame."
        )
        raise MissingExtraError(told) from None
    read = nw.from_native(value, pass_through=True, allow_series=True)
    try:
        if isinstance(read, nw.LazyFrame):
            return read.collect(backend="pandas").to_native()
        if isinstance(read, nw.DataFrame | nw.Series):
            return read.to_pandas()
    except ImportError as error:
        raise MissingExtraError(f"{name}=: {error}. pip install 'clemency[frames]' brings it.") from None
    except Exception as error:
        raise UsageError(f"{name}= cannot be read as a table: {type(error).__name__}: {error}") from error
    return value


def columns_as_frame(name: str, value: Mapping[Any, Any]) -> pd.DataFrame:
    """A mapping of columns as a frame.

    Raises
    ------
    UsageError
        For columns of unequal length.
    """
    try:
        return pd.DataFrame(value)
    except ValueError as error:
        raise UsageError(
            f"{name}= is a mapping whose columns make no table ({error}): give columns of one length."
        ) from None
