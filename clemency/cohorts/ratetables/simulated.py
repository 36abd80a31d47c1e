"""A number of spells and a seed -> made-up reductions of sentences in a Parquet file, written in batches."""

from __future__ import annotations

from collections.abc import Iterator
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from clemency.cohorts.inputs import CENSORED
from clemency.records.arguments.signatures import typed
from clemency.records.environment.extras import optional
from clemency.records.environment.outputs import check_file
from clemency.records.errors import UsageError
from clemency.typing import Floats, Ints

_FIRST, _LAST = np.datetime64("2003-01-01"), np.datetime64("2017-12-31")
_PROVINCES = np.array([f"province {k:02d}" for k in range(1, 32)])
_OUTCOMES = np.array([CENSORED, "sentence_reduction", "medical_parole"])
#: Levels of the covariates, how often each occurs, and the hazard ratio of each for a reduction and for medical parole.
_COVARIATES: dict[str, tuple[tuple[str, ...], tuple[float, ...], tuple[float, ...], tuple[float, ...]]] = {
    "sex": (("F", "M"), (0.1, 0.9), (1.0, 0.9), (1.0, 0.7)),
    "charge_family": (
        ("cult", "endangering_state_security", "other", "public_order"),
        (0.1, 0.05, 0.65, 0.2),
        (0.6, 0.4, 1.0, 0.9),
        (0.8, 0.5, 1.0, 1.0),
    ),
    "sentence_type": (("fixed", "life", "death_reprieve"), (0.9, 0.06, 0.04), (1.0, 0.7, 0.6), (1.0, 1.2, 1.2)),
    "court_level": (("basic", "intermediate"), (0.7, 0.3), (1.0, 1.1), (1.0, 1.0)),
    "recidivist": (("no", "yes"), (0.85, 0.15), (1.0, 0.7), (1.0, 0.9)),
}
_MONTHLY = (0.02, 0.002)


@typed
def simulate_rulings_table(
    n: int, path: str | PathLike[str], *, seed: int = 0, batch: int = 500_000, progress: Any = None
) -> Path:
    """Write made-up spells of prisoners until a reduction, medical parole or the end of observation.

    Parameters
    ----------
    n : int
        Number of spells.
    path : path
        Parquet file to write.
    seed : int
        The same seed and batch give the same spells.
    batch : int
        Spells that are made at a time: memory goes by it, and not by `n`.
    progress : callable, optional
        Called with the number of spells written so far.

    Returns
    -------
    Path

    Raises
    ------
    UsageError
        For numbers below 1, and a file that cannot be written.

    Notes
    -----
    Nothing in the file is of a real person or ruling: ``case_id`` begins with ``simulated``, the provinces have numbers
    for names, ``simulated`` is true in every row and the file says so itself. Columns are ``case_id, province, sex,
    charge_family, sentence_type, court_level, recidivist, sentenced, entry, exit, event, simulated``. Days of sentence
    are spread over 2003 to 2017; a case enters up to three years later and is followed to the end of 2017. Hazards are
    constant along the clock: 0.02 reductions a month and 0.002 medical paroles for the first level of each covariate
    with a hazard ratio of 1, in even provinces a fifth more reductions than in odd ones.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import clemency as cl
    >>> columns = {"start": "sentenced", "entry": "entry", "exit": "exit", "event": "event"}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = cl.simulate_rulings_table(1000, Path(folder) / "simulated.parquet")
    ...     table = cl.rate_table(file, "sex", **columns)
    >>> int(table.n_used)
    1000
    """
    if n < 1 or batch < 1:
        raise UsageError(f"{'n' if n < 1 else 'batch'} must be 1 or more.")
    check_file(path)
    arrow, parquet = (optional(m, "frames", "A Parquet file") for m in ("pyarrow", "pyarrow.parquet"))
    writer = None
    try:
        for done, columns in _batches(n, batch, seed):
            table = arrow.table(columns)
            table = table.replace_schema_metadata({"about": "Simulated: no row is of a real person or ruling."})
            writer = writer or parquet.ParquetWriter(path, table.schema)
            writer.write_table(table)
            if progress is not None:
                progress(done)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error}. Free some room, or name another place.") from None
    finally:
        if writer is not None:
            writer.close()
    return Path(path)


def _batches(n: int, batch: int, seed: int) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, begin in enumerate(range(0, n, batch)):
        size = min(batch, n - begin)
        yield begin + size, _spells(size, begin, np.random.default_rng([seed, number]))


def _spells(n: int, begin: int, random: np.random.Generator) -> dict[str, Any]:
    """One batch, as columns."""
    province = random.integers(0, len(_PROVINCES), n)
    hazard = np.outer(_MONTHLY, np.ones(n))
    hazard[0] *= np.where(province % 2 == 1, 1.2, 1.0)
    covariates = {}
    for name, (levels, shares, *ratios) in _COVARIATES.items():
        code = random.choice(len(levels), n, p=shares)
        covariates[name] = _words(np.array(levels), code)
        hazard *= np.array(ratios)[:, code]
    span = int((_LAST - _FIRST).astype(int))
    sentenced = random.integers(0, span - 3 * 365, n)
    entry = sentenced + random.integers(0, 3 * 365, n)
    days = np.ceil(random.exponential(size=(2, n)) / hazard * (365.25 / 12))
    first = days.argmin(axis=0)
    left = entry + days.min(axis=0).astype(np.int64)
    over = left > span
    return {
        "case_id": [f"simulated {k}" for k in range(begin + 1, begin + n + 1)],
        "province": _words(_PROVINCES, province),
        **covariates,
        "sentenced": _FIRST + sentenced,
        "entry": _FIRST + entry,
        "exit": _FIRST + np.minimum(left, span),
        "event": _words(_OUTCOMES, np.where(over, 0, first + 1)),
        "simulated": np.ones(n, dtype=bool),
    }


def _words(levels: Any, code: Ints | Floats) -> Any:
    arrow = optional("pyarrow", "frames", "A Parquet file")
    return arrow.DictionaryArray.from_arrays(arrow.array(code.astype(np.int32)), arrow.array(levels.tolist()))
