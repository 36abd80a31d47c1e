"""Months since the clock began -> columns that let a discrete-time hazard change with duration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from clemency.models.kernel.sametime import moved_onto
from clemency.records.errors import UsageError
from clemency.typing import Bools, Floats

_QUANTILES = (0.1, 0.5, 0.9)


@dataclass(frozen=True, slots=True)
class Duration:
    """How the hazard may change with time on the clock.

    Attributes
    ----------
    kind : {"spline", "bands", "none"}
    points : tuple of float
        Knots of the spline, or months at which bands begin (after the first).
    """

    kind: str
    points: tuple[float, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Level of each column: the band, or the number of the spline's column."""
        if self.kind == "bands":
            ends = (*self.points[1:], np.inf)
            return tuple(
                f"from {a:g}" if b == np.inf else f"{a:g} to {b:g}" for a, b in zip(self.points, ends, strict=True)
            )
        return tuple(f"spline {k + 1}" for k in range(max(len(self.points) - 1, 0)))

    def columns(self, months: Floats) -> Floats:
        """Encode times, shape (n, k).

        The spline is cubic between its knots and linear beyond them: with K knots it has K - 1 columns, the first of
        which is time itself, scaled to the span of the knots (Harrell, Regression Modeling Strategies, 2015, 2.4.5).
        """
        t = np.asarray(months, dtype=float)
        if self.kind == "none":
            return np.empty((len(t), 0))
        if self.kind == "bands":
            points = np.asarray(self.points)
            band = np.searchsorted(points, moved_onto(t, points), side="right")
            return (band[:, None] == np.arange(1, len(self.points) + 1)).astype(float)
        k = np.asarray(self.points)
        span = k[-1] - k[0]
        first, last = k[-2:]

        def cubed(at: float) -> Floats:
            return np.maximum((t - at) / span, 0.0) ** 3

        out = [(t - k[0]) / span]
        for knot in k[:-2]:
            a, b = (last - knot) / (last - first), (first - knot) / (last - first)
            out.append(cubed(knot) - a * cubed(first) + b * cubed(last))
        return np.column_stack(out)


def duration(kind: str | Sequence[float] | Duration | None, months: Floats, event: Bools) -> Duration:
    """Choose bands or knots.

    Parameters
    ----------
    kind : {"spline", "linear"} or sequence of float or Duration or None
        A restricted cubic spline with knots at the 10th, 50th and 90th percentile of the times of events; one
        straight line; months at which bands begin; what another fit had; or a hazard that does not change.
    months : ndarray, shape (n,)
        Time on the clock at which each period begins.
    event : ndarray of bool, shape (n,)

    Returns
    -------
    Duration

    Raises
    ------
    UsageError
        For another word, or bands that do not rise.

    Examples
    --------
    >>> import numpy as np
    >>> shape = duration([12, 36], np.array([0.0, 12.0, 40.0]), np.array([True, False, True]))
    >>> shape.names
    ('12 to 36', 'from 36')
    >>> shape.columns(np.array([3.0, 12.0, 40.0])).tolist()
    [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]
    """
    if isinstance(kind, Duration):
        return kind
    if kind is None:
        return Duration("none", ())
    if isinstance(kind, str):
        if kind not in ("spline", "linear"):
            raise UsageError(f"duration={kind!r} is not one of: spline, linear, None, or a list of months.")
        at = months[event] if event.any() else months
        knots = np.unique(np.quantile(at, _QUANTILES if kind == "spline" else (0.1, 0.9)))
        if len(knots) < 2:
            knots = np.unique([months.min(), months.max()])
        return Duration("spline", tuple(float(k) for k in knots)) if len(knots) > 1 else Duration("none", ())
    points = tuple(float(v) for v in kind) if not any(isinstance(v, bool | np.bool_) for v in kind) else ()
    if not points or list(points) != sorted(set(points)) or not np.isfinite(points).all():
        raise UsageError("duration= needs months that rise, such as [12, 24, 48].")
    return Duration("bands", points)
