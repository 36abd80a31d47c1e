"""A frame with missing covariates -> frames with draws in their place, by chained equations."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from clemency.inference.chains import DONORS, Gap, chain, width
from clemency.models.designmatrix.coding import grouped, plain
from clemency.models.kernel.sametime import made_equal
from clemency.models.modelframe.exclusions import require_columns
from clemency.models.modelframe.frames import numbers
from clemency.models.modelframe.status import CENSORED, event_codes
from clemency.records.arguments.signatures import typed
from clemency.records.errors import DataError, Problem, UsageError
from clemency.records.presentation.wording import counted
from clemency.typing import Floats

_TYPES = "numbers, categories, text or yes and no"


@typed
def impute_covariates(
    frame: pd.DataFrame,
    columns: Sequence[str],
    *,
    m: int,
    seed: int,
    exit: str | None = None,
    event: str | None = None,
    entry: str | None = None,
    censored: str | None = CENSORED,
    using: Sequence[str] = (),
    cycles: int = 10,
) -> list[pd.DataFrame]:
    """Draw the missing values of covariates `m` times, given everything else that is named.

    Parameters
    ----------
    frame : DataFrame
        One row per case: impute before follow-up is cut into spells, or a case gets several values.
    columns : sequence of str
        Columns with missing values: numbers, categories, text, or yes and no. Drawn values are always observed ones.
        A 0/1 column of numbers is numeric.
    m : int
        Number of completed frames; about one for each per cent of missing information (see `pool`).
    seed : int
    exit, event, entry : str, optional
        Follow-up of the model to come: time, an event as the models take it, time of delayed entry. For each kind
        of event the imputation then knows whether it happened and the Nelson-Aalen cumulative hazard over the
        follow-up. Left out, associations with the outcome are drawn towards none.
    censored : str or None
        The word in ``event`` that means censoring; None if nobody is censored.
    using : sequence of str
        Complete columns that help to predict: every covariate of the model to come. Categories are coded as 0/1.
    cycles : int
        Rounds through the columns before a draw is kept; every frame has a chain of its own.

    Returns
    -------
    list of DataFrame
        Copies of the frame with the column ``imputation``, from 1 to `m`.

    Raises
    ------
    UsageError
        For columns that are not there, hold dates, or have nothing missing; follow-up or predictors with missing
        values; neither follow-up nor predictors; several rows per case; `m` below two; no seed.
    DataError
        If a column has too few known values for its regression, or follow-up that is no number or ends before it
        begins.

    Notes
    -----
    A column of numbers is regressed linearly on all others with coefficients drawn from their posterior, and each
    missing value is that of a donor drawn from the five known ones with the nearest prediction (predictive mean
    matching). A column of categories, ordered or not, has a multinomial logit with a weak normal prior (standard
    deviation 2.5 per standard deviation of a predictor, so that rare categories do no harm), of which coefficients and
    then categories are drawn. The draws are right if values are missing at random given what is named here, and the
    regressions fit. A covariate of a hazard model is linear in the event and the cumulative hazard only where its
    effect is small or moderate: in simulated samples with a third of a covariate missing, a log hazard ratio per
    standard deviation of 0.4 was met and one of 0.7 was 5% too near to zero.

    References
    ----------
    van Buuren and Groothuis-Oudshoorn, Journal of Statistical Software 45 (2011), no. 3. White and Royston, Statistics
    in Medicine 28 (2009), 1982-1998, on the outcome in the imputation model. White, Royston and Wood, ibid. 30 (2011),
    377-399.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> d = pd.DataFrame({"t": range(1, 41), "e": [1, 0] * 20, "age": [25.0, 31, 47, 52] * 10})
    >>> d.loc[[3, 17], "age"] = np.nan
    >>> done = impute_covariates(d, ["age"], m=2, seed=1, exit="t", event="e")
    >>> [int(f["age"].isna().sum()) for f in done]
    [0, 0]
    """
    names = [columns] if isinstance(columns, str) else list(dict.fromkeys(columns))
    if m < 2 or cycles < 1:
        raise UsageError(f"m={m} must be two or more and cycles={cycles} one or more.")
    helpers = [using] if isinstance(using, str) else list(using)
    _check_columns(frame, names, helpers, [c for c in (exit, event, entry) if c])
    known = _known(frame, helpers, exit, event, entry, censored)
    read = [_gap(frame[name], name) for name in names]
    gaps = [g for g, _ in read]
    _check_support(names, gaps, known.shape[1])
    completed = []
    for i, child in enumerate(np.random.SeedSequence(seed).spawn(m)):
        drawn = chain(gaps, known, np.random.default_rng(child), cycles)
        out = frame.copy()
        for name, (g, levels), values in zip(names, read, drawn, strict=True):
            column, new = out[name].copy(), values[g.missing]
            column[g.missing] = new if levels is None else levels.take(new.astype(np.intp))
            out[name] = column
        completed.append(out.assign(imputation=i + 1))
    return completed


def _gap(column: pd.Series, name: str) -> tuple[Gap, pd.Index | None]:
    """A column as numbers, or as codes of the categories that occur and these."""
    missing = column.isna().to_numpy(dtype=bool)
    if _numeric(column):
        return Gap(column.astype(np.float64).to_numpy(na_value=np.nan), missing, 0), None
    kept = column.cat.remove_unused_categories() if isinstance(column.dtype, pd.CategoricalDtype) else column
    codes, levels = pd.factorize(kept, sort=not isinstance(column.dtype, pd.CategoricalDtype))
    if isinstance(column.dtype, pd.CategoricalDtype):
        codes, levels = kept.cat.codes.to_numpy(), kept.cat.categories
    if len(levels) < 2:
        raise UsageError(f"{name!r} has one known value only, {levels[0]!r}: leave it out.")
    return Gap(codes.astype(np.float64), missing, len(levels)), pd.Index(levels)


def _numeric(column: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def _check_columns(frame: pd.DataFrame, columns: list[str], using: list[str], follow_up: list[str]) -> None:
    absent = [c for c in [*columns, *using, *follow_up] if c not in frame]
    if absent:
        raise UsageError(f"The frame has no column {absent[0]!r}. There are: {', '.join(map(str, frame.columns))}.")
    if not columns:
        raise UsageError("columns= is empty: name the columns to impute.")
    require_columns(frame, [*columns, *using, *follow_up, *(c for c in ("case_id", "person_id") if c in frame)])
    for name in [*columns, *using]:
        plain(frame[name])  # refuses complex numbers and keys that are too long for numbers
    for name in using:
        grouped(frame[name])  # refuses lists in cells
    for name in columns:
        _check_target(frame[name], name)
    for name in [*using, *follow_up]:
        if name in columns:
            raise UsageError(f"{name!r} is to be imputed and to predict: columns= predict each other without that.")
        if frame[name].isna().any():
            raise UsageError(f"{name!r} has {int(frame[name].isna().sum())} missing values: impute it too.")
    key = next((c for c in ("case_id", "person_id") if c in frame), None)
    if key and frame[key].duplicated().any():
        again = frame.loc[frame[key].duplicated(), key].iloc[0]
        raise UsageError(f"{key} {again!r} has several rows, which would differ: impute before splitting.")


def _check_target(column: pd.Series, name: str) -> None:
    if not column.isna().any():
        raise UsageError(f"{name!r} has nothing missing: name it in using= instead.")
    if column.isna().all():
        raise UsageError(f"{name!r} has no known value: leave it out.")
    if _numeric(column):
        if np.isinf(column.astype(np.float64)).any():
            raise UsageError(f"{name!r} has infinite values: correct them or make them missing.")
        return
    known = column.dropna()
    text = isinstance(column.dtype, (pd.CategoricalDtype, pd.StringDtype)) or pd.api.types.is_bool_dtype(column)
    if not (text or known.map(lambda v: isinstance(v, (str, bool, np.bool_))).all()):
        raise UsageError(f"{name!r} does not hold {_TYPES} ({column.dtype}): turn it into one of these first.")


def _known(
    frame: pd.DataFrame,
    using: list[str],
    exit: str | None,
    event: str | None,
    entry: str | None,
    censored: str | None = CENSORED,
) -> Floats:
    """Columns without missing values: predictors and the outcome; each is standardised, and dropped if constant."""
    if (exit is None) != (event is None) or (entry is not None and exit is None):
        raise UsageError("Follow-up needs exit= and event= together, with entry= if there is delayed entry.")
    if exit is None and not using:
        raise UsageError("Nothing to predict from: name the follow-up (exit=, event=), and complete columns in using=.")
    parts: list[Floats] = []
    if using:
        odd = [c for c in using if frame[c].dtype.kind in "mM"]
        if odd:
            raise UsageError(f"{odd[0]!r} in using= holds dates or durations: turn them into numbers first.")
        coded = pd.get_dummies(frame[using], drop_first=True, dtype=float)
        parts.append(coded.astype(float).to_numpy())
    if exit is not None and event is not None:
        start, stop = made_equal(None if entry is None else numbers(frame, entry), numbers(frame, exit))
        code, outcomes = event_codes(frame[event], event, censored)
        early = np.flatnonzero(stop < 0 if start is None else (stop < start) | (start < 0))
        if len(early):
            what = f"follow-up begins before 0 or ends before it begins, in {counted(len(early), 'row')}"
            raise DataError([Problem("frame", int(early[0]), exit, f"{stop[early[0]]:g}", what, "Mend or drop them.")])
        events = (code[:, None] == np.arange(1, len(outcomes) + 1)).astype(np.float64)
        parts.append(outcome_columns(np.full(len(frame), -1.0) if start is None else start, stop, events))
    table = np.column_stack(parts)
    if not np.isfinite(table).all():
        raise UsageError("using= or the follow-up has infinite values: correct them.")
    table = table[:, np.ptp(table, axis=0) > 0]
    return (table - table.mean(axis=0)) / table.std(axis=0)


def outcome_columns(entry: Floats, exit: Floats, events: Floats) -> Floats:
    """Give what an imputation must know of the outcome.

    Parameters
    ----------
    entry, exit : ndarray, shape (n,)
        Who is at risk from the beginning, at 0 too, entered before 0.
    events : ndarray of 0/1, shape (n, k)
        Whether each kind of event ended the follow-up.

    Returns
    -------
    ndarray, shape (n, 2k)
        `events`, then for each kind the Nelson-Aalen cumulative hazard at exit less that at entry.

    Examples
    --------
    >>> import numpy as np
    >>> outcome_columns(np.zeros(3), np.array([1.0, 2, 3]), np.array([[1.0], [0], [1]]))[:, 1].round(4).tolist()
    [0.3333, 0.3333, 1.3333]
    """
    time = np.unique(exit)
    at_risk = np.searchsorted(np.sort(entry), time, side="left") - np.searchsorted(np.sort(exit), time, side="left")
    place = np.searchsorted(time, exit)
    hazards = []
    for column in events.T:
        steps = np.bincount(place, weights=column, minlength=len(time)) / np.maximum(at_risk, 1)
        total = np.r_[0.0, np.cumsum(steps)]
        hazards.append(
            total[np.searchsorted(time, exit, side="right")] - total[np.searchsorted(time, entry, side="right")]
        )
    return np.column_stack([events, *hazards])


def _check_support(names: list[str], gaps: list[Gap], known: int) -> None:
    problems = []
    for name, g in zip(names, gaps, strict=True):
        columns = known + width([o for o in gaps if o is not g])
        held, needed = int((~g.missing).sum()), columns + 1 + 2 * DONORS
        if held < needed:
            what = f"{held} known values are too few for a regression on {columns} columns with {DONORS} donors"
            problems.append(Problem("frame", None, name, "", what, f"Name fewer columns; {needed} are needed."))
    if problems:
        raise DataError(problems)
