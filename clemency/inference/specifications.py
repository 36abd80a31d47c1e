"""A fit and the choices behind it -> the estimates that all combinations of the choices would have given."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from clemency.figures.theme.look import plotted
from clemency.inference.refits import NUMBERS, attempt, each
from clemency.records.arguments.signatures import typed
from clemency.records.errors import UsageError
from clemency.records.presentation.markup import as_html

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Choices = dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class Specifications:
    """Result of `specifications`.

    Attributes
    ----------
    table : DataFrame
        The content of :meth:`tidy`, on the scale of the fits.
    choices : dict
        Name of each choice -> its labels, in the order given.
    main : dict
        Name of each choice -> its label in the main specification.
    term, level : str
    ratio : bool
        Whether the estimates are logarithms of ratios.
    possible : int
        Combinations in all; fewer rows than that are a random sample of them.
    seed : int or None
        Of the sample.
    how : str
        How the fits were run.
    """

    table: pd.DataFrame = field(repr=False)
    choices: Choices
    main: dict[str, str]
    term: str
    level: str
    ratio: bool
    possible: int
    seed: int | None
    how: str

    @typed
    def tidy(self, exponentiate: bool = False) -> pd.DataFrame:
        """One row per specification.

        Parameters
        ----------
        exponentiate : bool
            Give ratios; ``std_error`` stays that of the logarithm.

        Returns
        -------
        DataFrame
            One column per choice with the chosen label, then ``estimate, std_error, ci_low, ci_high, p_value, n,
            events, error, main``. A specification that the library refused has no estimate, and its message in
            ``error``.
        """
        return self.table if not exponentiate else as_ratios(self.table, self.ratio)

    def refusals(self) -> pd.DataFrame:
        """Why specifications were refused: ``error, n``, the most frequent first."""
        refused = self.table.loc[self.table["error"] != "", "error"]
        return refused.value_counts().rename_axis("error").reset_index(name="n")

    @typed
    def summary(self, exponentiate: bool = False) -> pd.DataFrame:
        """One row on the whole curve.

        Parameters
        ----------
        exponentiate : bool
            Give ratios.

        Returns
        -------
        DataFrame
            ``possible`` combinations, ``run, estimated, refused, main`` (the estimate of the main specification),
            ``median, lowest, highest, same_sign`` (share of the estimates on the main one's side of no effect),
            ``excludes_null`` (share whose limits exclude no effect) and ``reasons`` of refusals. Shares are of
            those estimated; they are missing where nothing was estimated, or the main specification was not.
        """
        if exponentiate:
            check_ratio(self.ratio)
        given = self.table[self.table["estimate"].notna()]
        values = given["estimate"]
        main = float(self.table.loc[self.table["main"], "estimate"].iloc[0])
        clear = (given["ci_low"] > 0) | (given["ci_high"] < 0)
        known = len(given) > 0
        numbers = {
            "main": main,
            "median": values.median() if known else np.nan,
            "lowest": values.min() if known else np.nan,
            "highest": values.max() if known else np.nan,
        }
        if exponentiate:
            numbers = {k: float(np.exp(v)) for k, v in numbers.items()}
        row = {
            "possible": self.possible,
            "run": len(self.table),
            "estimated": len(given),
            "refused": int((self.table["error"] != "").sum()),
            **numbers,
            "same_sign": float((np.sign(values) == np.sign(main)).mean()) if np.isfinite(main) else np.nan,
            "excludes_null": float(clear.mean()) if known else np.nan,
            "reasons": "; ".join(f"{r.n} x {r.error}" for r in self.refusals().itertuples()),
        }
        return pd.DataFrame([row])

    def by_choice(self) -> pd.DataFrame:
        """How much each choice moves the estimate.

        Returns
        -------
        DataFrame
            ``choice, label, n`` (estimated), ``refused, mean`` (of the estimates with this label), ``n_pairs,
            mean_change``: the mean difference to the specification that differs in this choice only and has the
            main specification's label there, over the pairs of which both were estimated. Refusals and sampling
            unbalance the means but not these differences. On the scale of the fits.
        """
        rows = []
        names = list(self.choices)
        for name, labels in self.choices.items():
            others = [c for c in names if c != name]
            if others:
                wide = self.table.pivot_table(index=others, columns=name, values="estimate", aggfunc="first")
            else:
                wide = self.table.set_index(name)[["estimate"]].T
            for label in labels:
                part = self.table[self.table[name] == label]
                change = _column(wide, label) - _column(wide, self.main[name])
                rows.append(
                    {
                        "choice": name,
                        "label": label,
                        "n": int(part["estimate"].notna().sum()),
                        "refused": int((part["error"] != "").sum()),
                        "mean": part["estimate"].mean(),
                        "n_pairs": int(change.notna().sum()),
                        "mean_change": change.mean(),
                    }
                )
        return pd.DataFrame(rows)

    def plot(self, ax: Axes | None = None, **options: Any) -> Axes:
        """Draw the specification curve; ratios on a log axis. See :func:`clemency.figures.specification_curve`."""
        from clemency.figures import specification_curve

        frame = as_ratios(self.table, self.ratio) if self.ratio else self.table
        name = f"{self.term}: {self.level}" if self.level else self.term
        return specification_curve(
            frame, self.choices, ax=ax, ratio=self.ratio, name=name, **plotted(options, specification_curve)
        )

    def __repr__(self) -> str:
        s = self.summary(exponentiate=self.ratio).iloc[0]
        what = "ratio" if self.ratio else "estimate"
        name = f"{self.term}: {self.level}" if self.level else self.term
        part = "all" if s["run"] == s["possible"] else f"a random sample (seed {self.seed}) of"
        said = "in the main one refused"
        if np.isfinite(s["main"]):
            said = f"in the main one {s['main']:.3g}, on its side of no effect in {s['same_sign']:.0%}"
        if not s["estimated"]:
            said = "in none of them"
        lines = [
            f"{name} in {s['run']} specifications, {part} {s['possible']} combinations, run {self.how}.",
            f"{what} {said}; median {s['median']:.3g}, from {s['lowest']:.3g} to {s['highest']:.3g}; limits exclude "
            f"no effect in {s['excludes_null']:.0%}.",
        ]
        lines += [f"Refused: {r.n}, {r.error}" for r in self.refusals().itertuples()]
        return "\n".join([*lines, "They share their data: this is no set of independent tests."])

    def _repr_html_(self) -> str:
        return as_html(repr(self))


def _column(wide: pd.DataFrame, label: str) -> pd.Series:
    return wide[label] if label in wide else pd.Series(np.nan, index=wide.index)


def check_ratio(ratio: bool) -> None:
    """Refuse to exponentiate what is no logarithm."""
    if not ratio:
        raise UsageError("The estimates are not logarithms: leave exponentiate out.")


def as_ratios(table: pd.DataFrame, ratio: bool) -> pd.DataFrame:
    """Exponentiate estimates and limits."""
    check_ratio(ratio)
    return table.assign(**{c: np.exp(table[c]) for c in ("estimate", "ci_low", "ci_high")})


@typed
def specifications(
    fit_function: Callable[..., Any],
    choices: Mapping[str, Mapping[str, Any]],
    *,
    term: str,
    level: str = "",
    main: Mapping[str, str] | None = None,
    sample: int | None = None,
    seed: int = 0,
    workers: int | None = None,
    progress: bool = True,
) -> Specifications:
    """Fit every combination of defensible choices: what the finding owes to the one that was reported.

    Parameters
    ----------
    fit_function : callable
        ``fit_function(**chosen)``, with one value per choice, returns an estimate with ``tidy()``.
    choices : mapping
        Name of a choice -> label -> value. The value, of any kind, is passed; the label is shown.
    term, level : str
        The coefficient to follow, as named in ``tidy()``.
    main : mapping, optional
        Name -> label of the main specification; the first label of each choice not named.
    sample : int, optional
        Run a random sample of this many combinations, the main one always among them. All are run by default.
    seed : int
        Of the sample.
    workers : int, optional
        Processes; one per core by default. The numbers do not depend on it. Where the function cannot be sent to
        another process (outside Linux: one defined in a notebook), threads are used, and ``how`` says so.
    progress : bool
        Show a progress bar.

    Returns
    -------
    Specifications
        ``tidy(), summary(), by_choice(), refusals(), plot()``.

    Raises
    ------
    UsageError
        For choices without labels, a main label that is not there, a sample or number of workers below one, or a
        term that is in no fit.
    Exception
        What `fit_function` raises that is not an error of this library, with a note that names the specification.

    Notes
    -----
    Errors of this library (a separated or collinear model, say) are rows of the table, since a specification that the
    data cannot bear is a finding too. A function that draws random numbers must fix its seed itself, or the numbers
    depend on the order in which the specifications are run.

    How partial dates are read is a choice like any other: an imputed cohort is a value beside cohorts with other rules
    of ``dates=``, and the function that fits it pools. Where one imputation is refused, so is the specification, and
    the message names the imputation.

    The specifications are fitted to the same people. They are *not* independent tests: the share whose limits exclude
    no effect is no p value, and neither is a count of stars. They are not a sample of anything either: another list
    of choices gives another curve, so that a median means little beyond this list. A joint test would refit the
    whole curve to data in which the null hypothesis holds, which needs a way to make such data that suits the design
    (shuffling a covariate among people breaks its relation to the others); it is not offered here.

    References
    ----------
    Simonsohn, Simmons and Nelson, Nature Human Behaviour 4 (2020), 1208-1214. Steegen, Tuerlinckx, Gelman and
    Vanpaemel, Perspectives on Psychological Science 11 (2016), 702-712.

    Examples
    --------
    >>> import pandas as pd
    >>> from clemency.models import cox
    >>> d = pd.DataFrame({"t": range(1, 41), "e": [1, 1, 0, 1] * 10, "g": [0, 1] * 20, "age": [30, 50, 41, 28, 65] * 8})
    >>> def fit(covariates, ties):
    ...     return cox(d, covariates, exit="t", event="e", ties=ties)
    >>> found = specifications(
    ...     fit,
    ...     {"covariates": {"none": "g", "age": "g + age"}, "ties": {"Efron": "efron", "Breslow": "breslow"}},
    ...     term="g", workers=1, progress=False,
    ... )
    >>> found.tidy()[["covariates", "ties", "events", "main"]]
      covariates     ties  events   main
    0       none    Efron    30.0   True
    1       none  Breslow    30.0  False
    2        age    Efron    30.0  False
    3        age  Breslow    30.0  False
    """
    labels = _labels(choices)
    chosen_main = _main(labels, main or {})
    if workers is not None and workers < 1:
        raise UsageError(f"workers={workers} must be one or more.")
    combinations, possible = _combinations(labels, chosen_main, sample, seed)
    call = partial(_fit_one, fit_function, {k: dict(v) for k, v in choices.items()}, term, level)
    names = ["specification " + ", ".join(f"{k}={v}" for k, v in c.items()) for c in combinations]
    rows, how = each(call, [(c,) for c in combinations], names, workers, progress)
    absent = [r["error"] for r in rows if r["absent"]]
    if absent and all(r["error"] for r in rows):
        raise UsageError(f"{term!r} is in no specification that could be fitted. {absent[0]}")
    table = pd.DataFrame(
        [
            {**c, **{k: r[k] for k in (*NUMBERS, "error")}, "main": c == chosen_main}
            for c, r in zip(combinations, rows, strict=True)
        ]
    )
    ratio = _one_scale(rows)
    drawn = seed if len(combinations) < possible else None
    return Specifications(table, labels, chosen_main, term, level, ratio, possible, drawn, how)


def _fit_one(
    fit_function: Callable[..., Any], choices: dict[str, dict[str, Any]], term: str, level: str, chosen: dict[str, str]
) -> dict[str, Any]:
    values = {name: choices[name][label] for name, label in chosen.items()}
    return attempt(lambda: fit_function(**values), term, level)


def _labels(choices: Mapping[str, Mapping[str, Any]]) -> Choices:
    if not choices:
        raise UsageError("choices= is empty: name at least one, such as {'ties': {'Efron': 'efron'}}.")
    taken = {*NUMBERS, "error", "main"}
    for name, options in choices.items():
        if not isinstance(options, Mapping) or not options:
            raise UsageError(f"choices[{name!r}] must map labels to values, at least one.")
        if name in taken:
            raise UsageError(f"{name!r} is a column of the result: give that choice another name.")
        if not all(isinstance(label, str) for label in options):
            raise UsageError(f"The labels of {name!r} must be text.")
    return {name: tuple(options) for name, options in choices.items()}


def _main(labels: Choices, main: Mapping[str, str]) -> dict[str, str]:
    for name, label in main.items():
        if label not in labels.get(name, ()):
            raise UsageError(f"main= has {name}={label!r}. There are: {labels.get(name, tuple(labels))}.")
    return {name: main.get(name, options[0]) for name, options in labels.items()}


def _combinations(
    labels: Choices, main: dict[str, str], sample: int | None, seed: int
) -> tuple[list[dict[str, str]], int]:
    """All combinations, or a sample that does not depend on the order in which the choices were written."""
    possible = math.prod(len(v) for v in labels.values())
    if sample is not None and sample < 1:
        raise UsageError(f"sample={sample} must be one or more.")
    if sample is None or sample >= possible:
        return [dict(zip(labels, c, strict=True)) for c in itertools.product(*labels.values())], possible
    names = sorted(labels)
    ordered = [sorted(labels[n]) for n in names]
    shape = tuple(len(v) for v in ordered)
    first = int(np.ravel_multi_index([v.index(main[n]) for n, v in zip(names, ordered, strict=True)], shape))
    drawn = np.random.default_rng(seed).choice(possible - 1, sample - 1, replace=False)
    drawn = np.r_[first, drawn + (drawn >= first)].astype(np.intp)
    picked = [{n: v[i] for n, v, i in zip(names, ordered, np.unravel_index(d, shape), strict=True)} for d in drawn]
    place = {n: {label: i for i, label in enumerate(v)} for n, v in labels.items()}
    picked.sort(key=lambda c: [place[n][c[n]] for n in labels])
    return [{n: c[n] for n in labels} for c in picked], possible


def _one_scale(rows: list[dict[str, Any]]) -> bool:
    scales = {r["ratio"] for r in rows if r["ratio"] is not None}
    if len(scales) > 1:
        raise UsageError("Some fits give logarithms of ratios and others not: they have no common axis.")
    return scales.pop() if scales else False
