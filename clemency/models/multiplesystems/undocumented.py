"""Who is on which list -> how many people are on none: the public function."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from clemency.models.modelframe.arguments import check_level
from clemency.models.multiplesystems.cells import Cells, histories
from clemency.models.multiplesystems.estimation import METHODS, MOST_LISTS, Answer, Found, Options, answer
from clemency.models.multiplesystems.histories import CaptureHistories, capture_histories
from clemency.models.multiplesystems.latentclass import LEAST_LISTS
from clemency.models.multiplesystems.limits import percentiles
from clemency.models.multiplesystems.linkageerror import Linkage, checked_linkage, relinked
from clemency.models.multiplesystems.result import (
    ALL,
    Undocumented,
    evidence,
    labels_of,
    refused_row,
    row_of,
    summed,
)
from clemency.records.arguments.signatures import typed
from clemency.records.arguments.wholenumbers import whole_number
from clemency.records.errors import DataError, Problem, UsageError
from clemency.typing import Floats

Method = Literal["chapman", "chao", "loglinear", "average", "latent_class", "coverage"]
_MAKERS = ("lists", "by", "count", "id", "links", "sources")


@typed
def undocumented(
    data: Any,
    lists: Mapping[str, Any] | Sequence[str] | None = None,
    *,
    by: str | Sequence[str] | None = None,
    count: str | None = None,
    id: str | None = None,
    links: Mapping[Any, Any] | None = None,
    sources: pd.DataFrame | None = None,
    method: Method | Sequence[Method] | None = None,
    criterion: Literal["BIC", "AIC"] = "BIC",
    interactions: Literal["none"] | Sequence[Sequence[str]] | None = None,
    linkage: Literal["probabilities"] | Mapping[str, float] | None = None,
    redraws: int = 20,
    replications: int = 200,
    ci_level: float = 0.95,
    seed: int = 0,
) -> Undocumented:
    """Estimate how many people are on none of several lists: multiple-systems estimation.

    Parameters
    ----------
    data : CaptureHistories, DataFrame, or mapping of names to DataFrames
        What `capture_histories` gives, or what it takes.
    lists, by, count, id, links, sources
        As for `capture_histories`.
    method : str or sequence of str, optional
        ``chapman`` (two lists); ``chao`` (a lower bound), ``loglinear`` (the best of the models with main effects and
        interactions of two lists), ``average`` (all of them, weighed), ``coverage`` (sample coverage) from three lists
        on; ``latent_class`` (two classes of people) from four. All that the lists allow, unless named.
    criterion : {"BIC", "AIC"}
        By which models are chosen and weighed; n of the BIC is the number of known people.
    interactions : "none" or sequence of pairs of names, optional
        The one log-linear model to fit; ``"none"`` for independent lists. Without it every set of pairs is fitted for
        up to five lists; for six and more, pairs are added one by one as long as the criterion falls.
    linkage : "probabilities" or mapping, optional
        Draw the links anew and pool: ``{"false_match": 0.02, "missed_match": 0.15}`` are shares of the links that are
        false and of the true ones that were missed; ``"probabilities"`` takes those of the pairs of `links`.
    redraws : int
        How often.
    replications : int
        Samples of the bootstrap, of all redraws together.
    ci_level : float
    seed : int

    Returns
    -------
    Undocumented

    Raises
    ------
    UsageError
        For arguments that are unknown, contradict each other or have no effect, log-linear models of two lists, and a
        method for which there are too few or too many lists.
    DataError
        If no stratum can be estimated: nobody is on two lists, or everyone on one list is on another too.

    Notes
    -----
    With counts of k lists Poisson, ``log E(n_h) = b0 + sum b_i h_i + sum b_ij h_i h_j`` for a capture history h, and
    exp(b0) is the number on no list. A pair of lists in a model that share nobody has b_ij at minus infinity: the cells
    with both are left out, and the parameter still counts (Chan, Silverman and Vincent). Models whose estimates do not
    exist (Fienberg and Rinaldo) or are not unique have no weight, and stand in ``models()`` with the reason.

    Limits of ``loglinear`` come from the profile likelihood of the number of all (Cormack) and take the model as
    known, which it is not. Those of ``average``, ``latent_class`` and ``coverage`` are percentiles of a bootstrap in
    which the number of the known is binomial and their histories are multinomial as observed; models are weighed anew
    in each sample, with five lists those of a thousandth of the greatest weight and more. Those of ``chao`` and
    ``chapman`` are log-normal. A sum over strata has percentiles where its parts have, else log-normal limits.

    ``chao`` is the sum of u_i u_j over the sum of m_ij plus one, of those on one list alone and on two lists alone,
    which is Chapman's estimate for two lists. It is below the number of those on none, whatever differs between people,
    and also where lists copy each other; not where they divide the field between them, or where links were missed.
    Chao's formula f1^2 / (2 f2) is not used: between lists of unequal length it is no lower bound.

    Data in which nobody is on two lists tell nothing, and a list whose people are all on another may be a copy of it;
    such strata have no estimate. An estimate for a list that was searched for acts, or copied from another list, is not
    one of all prisoners, whatever its limits.

    References
    ----------
    Bishop, Fienberg and Holland, Discrete Multivariate Analysis (1975), chapter 6. Chao, Biometrics 43 (1987), 783-791.
    Rivest and Baillargeon, Biometrics 63 (2007), 999-1006. Cormack, Biometrics 48 (1992), 567-576. Chan, Silverman and
    Vincent, Journal of the American Statistical Association 116 (2021), 1297-1306. Chao and Tsay, JASA 93 (1998),
    283-293. Silverman, Journal of the Royal Statistical Society A 183 (2020), 691-736. Whitehead et al., Journal of
    Human Trafficking 7 (2021), 1-13, on why not to trust it.

    Examples
    --------
    Killings in Kosovo, 20 March to 22 June 1999, on four lists (Ball et al. 2002, as the R package LCMCR has them).

    >>> n = [27, 181, 18, 177, 42, 228, 106, 1131, 32, 217, 31, 845, 123, 936, 306]
    >>> on = [[int(b) for b in f"{c:04b}"] for c in range(15, 0, -1)]
    >>> kosovo = pd.DataFrame(on, columns=["EXH", "ABA", "OSCE", "HRW"]).assign(n=n)
    >>> found = undocumented(kosovo, ["EXH", "ABA", "OSCE", "HRW"], count="n", method="chao")
    >>> found.tidy()[["known", "estimate", "ci_low", "ci_high"]].round().to_numpy().tolist()
    [[4400.0, 8586.0, 8186.0, 9028.0]]
    """
    check_level(ci_level)
    whole_number(replications, "replications", 20, 100_000)
    whole_number(redraws, "redraws", 2, 1_000)
    whole_number(seed, "seed")
    made = _histories(data, {"lists": lists, "by": by, "count": count, "id": id, "links": links, "sources": sources})
    pooled = checked_linkage(linkage, made)
    methods = _methods(method, len(made.lists), interactions is not None)
    options = Options(methods, criterion, _pairs(interactions, made), replications, ci_level, seed)
    answers = [answer(made.cells(s), options, (s,)) for s in range(len(made.levels))]
    _refuse(answers, made)
    if pooled is not None:
        answers = _pooled(made, answers, options, pooled, redraws)
    table = _table(made, answers, options)
    summary = _summary(made, answers, options, redraws if pooled is not None else 0)
    return Undocumented(table, summary, made, tuple(answers), _warnings(made, answers, pooled))


def _histories(data: Any, given: dict[str, Any]) -> CaptureHistories:
    if not isinstance(data, CaptureHistories):
        return capture_histories(data, **given)
    named = [name for name, value in given.items() if value is not None]
    if named:
        raise UsageError(f"{named[0]}= has no effect on capture histories that are made already: leave it out.")
    return data


def _methods(method: Any, k: int, one_model: bool) -> tuple[str, ...]:
    """Methods that were asked for, or all that so many lists allow."""
    if method is None:
        if k == 2:
            return ("chapman",)
        most = [m for m in METHODS[1:] if m != "latent_class" or k >= LEAST_LISTS]
        return tuple(m for m in most if m != "average" or (k <= MOST_LISTS and not one_model))
    asked = (method,) if isinstance(method, str) else tuple(method)
    unknown = [m for m in asked if m not in METHODS]
    if unknown or not asked:
        raise UsageError(f"method={unknown[0] if unknown else ''!r} is not one of: {', '.join(METHODS)}.")
    for name in asked:
        if k == 2 and name != "chapman":
            raise UsageError(
                f"method={name!r} needs three lists, and there are two, which do not show whether they depend on each "
                "other: with two there is Chapman's estimate alone, method='chapman'."
            )
        if k > 2 and name == "chapman":
            raise UsageError(f"Chapman's estimate is of two lists, and there are {k}: name two, or take method='chao'.")
        if name == "latent_class" and k < LEAST_LISTS:
            raise UsageError(
                "Two latent classes have more parameters than three lists have counts: it needs four lists."
            )
        if name == "average" and (k > MOST_LISTS or one_model):
            why = "interactions= names one model" if one_model else f"{k} lists have too many models"
            raise UsageError(f"method='average' cannot be had: {why}. Take 'loglinear', or put lists together.")
    return tuple(m for m in METHODS if m in asked)


def _pairs(interactions: Any, made: CaptureHistories) -> tuple[tuple[str, str], ...] | None:
    if interactions is None:
        return None
    if len(made.lists) < 3:
        raise UsageError("interactions= has no effect with two lists, of which no model has any.")
    found = []
    for pair in () if interactions == "none" else interactions:
        names = tuple(pair) if not isinstance(pair, str) else (pair,)
        if len(names) != 2 or names[0] == names[1] or any(n not in made.lists for n in names):
            raise UsageError(f"interactions= takes pairs of lists, such as {made.lists[:2]!r}, not {pair!r}.")
        found.append((names[0], names[1]))
    return tuple(found)


def _refuse(answers: Sequence[Answer], made: CaptureHistories) -> None:
    """Refuse data of which no stratum can be estimated."""
    if any(not a.refusal for a in answers):
        return
    remedy = "Leave a list out, put lists of one origin together, or take coarser strata; else report the known alone."
    problems = [
        Problem("data", None, label, "", a.refusal, remedy) for a, label in zip(answers, labels_of(made), strict=True)
    ]
    raise DataError(problems)


def _pooled(
    made: CaptureHistories, given: Sequence[Answer], options: Options, linkage: Linkage, redraws: int
) -> list[Answer]:
    """The answers under links drawn anew, pooled: medians of the estimates, percentiles of all their samples."""
    each = Options(
        options.methods, options.criterion, options.interactions, max(options.replications // redraws, 10),
        options.ci_level, options.seed,
    )  # fmt: skip
    rng = np.random.default_rng([options.seed, 9])
    runs = []
    for d in range(redraws):
        counts = relinked(made, linkage, rng)
        runs.append([answer(Cells(n, made.lists), each, (s, d)) for s, n in enumerate(counts)])
    found = []
    for s, one in enumerate(given):
        known = int(made.counts[s].sum())
        own = np.random.default_rng([options.seed, 8, s])
        pooled = tuple(_pool(f.method, known, [r[s] for r in runs], each, own) for f in one.found)
        found.append(Answer(one.cells, pooled, one.refusal, one.models, one.weight, one.classes, one.left_out))
    return found


def _pool(method: str, known: int, runs: Sequence[Answer], options: Options, rng: np.random.Generator) -> Found:
    points, samples, lost = [], [], 0
    for run in runs:
        one = next((f for f in run.found if f.method == method and np.isfinite(f.unseen)), None)
        if one is None:
            lost += 1
            points.append(np.inf)
            samples.append(np.full(options.replications, np.inf))
            continue
        more = run.cells.known - known
        points.append(one.unseen + more)
        samples.append((one.draws if one.draws is not None else _normal(one, options, rng)) + more)
    draws = np.concatenate(samples)
    low, high = percentiles(draws, options.ci_level)
    finite = draws[np.isfinite(draws)]
    error = float(np.std(finite, ddof=1)) if len(finite) > 1 else np.nan
    note = f"links drawn {len(runs)} times" + (f", {lost} without an estimate" if lost else "")
    return Found(method, float(np.median(points)), error, known + low, known + high, "links redrawn", note, draws)


def _normal(one: Found, options: Options, rng: np.random.Generator) -> Floats:
    """Draws from the log-normal distribution of an estimate."""
    if not one.unseen > 0:
        return np.full(options.replications, one.unseen)
    width = np.sqrt(np.log1p((one.std_error / one.unseen) ** 2))
    return one.unseen * np.exp(width * rng.standard_normal(options.replications))


def _table(made: CaptureHistories, answers: Sequence[Answer], options: Options) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    for s, one in enumerate(answers):
        known = int(made.counts[s].sum())
        stratum = {c: made.levels[c].iloc[s] for c in made.by}
        found = [row_of(f, known) for f in one.found] or [refused_row(one, known)]
        rows += [{**stratum, **r} for r in found]
    if len(answers) > 1:
        known = int(made.counts.sum())
        place = {c: ALL if i == 0 else "" for i, c in enumerate(made.by)}
        both = any(f.method == "chao" for a in answers for f in a.found)
        sums = (summed(answers, m, known, options.ci_level) for m in METHODS[1 if both else 0 :])
        rows += [{**place, **row_of(f, known)} for f in sums if f is not None]
    return pd.DataFrame(rows)


def _summary(made: CaptureHistories, answers: Sequence[Answer], options: Options, redraws: int) -> dict[str, Any]:
    several = histories(len(made.lists)).sum(axis=1) > 1
    return {
        "n_lists": len(made.lists),
        "n_strata": len(answers),
        "n_refused": sum(bool(a.refusal) for a in answers),
        "known": int(made.counts.sum()),
        "on_several": int(made.counts[:, several].sum()),
        "elsewhere": int(made.elsewhere.sum()),
        "criterion": options.criterion,
        "replications": options.replications,
        "redraws": redraws,
        "ci_level": options.ci_level,
    }


def _warnings(made: CaptureHistories, answers: Sequence[Answer], linkage: Linkage) -> tuple[str, ...]:
    messages = list(made.warnings)
    if len(made.lists) == 2:
        messages.append(
            "Two lists do not show whether they depend on each other. If who is on one is more easily on the other "
            "too, there are more than estimated."
        )
    if len(made.lists) > MOST_LISTS and any(a.models is not None for a in answers):
        messages.append(
            "With more than five lists, interactions were added one by one; the limits leave that choice out."
        )
    if linkage is None and made.linked is not None and (made.linked.probability < 1).any():
        messages.append("The links are taken as certain. linkage='probabilities' draws them anew.")
    for one, label, elsewhere in zip(answers, labels_of(made), made.elsewhere, strict=True):
        start = f"{label}: " if label else ""
        if one.left_out:
            messages.append(f"{start}nobody is on {', '.join(one.left_out)}, left out here.")
        messages += [f"{start}{what}: {said}." for what, said in _concerns(one, label, elsewhere)]
    return tuple(messages)


def _concerns(one: Answer, label: str, elsewhere: float) -> Iterable[tuple[str, str]]:
    for _, assumption, said, concern in evidence(one, label, elsewhere):
        if concern and assumption != "independent lists":
            yield ("Doubtful, " + assumption if not one.refusal else "Not estimated", said)
