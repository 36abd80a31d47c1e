"""Decisions of many groups -> the share granted in each, shrunk towards their common mean.

The highest and the lowest raw shares belong to the boards and courts with the fewest hearings. Here the shares come
from one distribution, whose spread is estimated; each group's estimate weighs its own share against the mean of all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from clemency.models.incidencerates import betabinomial as bb
from clemency.models.incidencerates.rates import binomial_limits
from clemency.models.modelframe.arguments import check_level
from clemency.models.modelframe.exclusions import Exclusions, column_names, left_out_lines, require_columns
from clemency.models.modelframe.frames import as_table, numbers
from clemency.models.modelframe.groups import labels
from clemency.models.modelframe.history import names_alike, refuse_taken
from clemency.models.modelframe.measures import refuse, refuse_counts
from clemency.models.modelframe.yesno import yes_no
from clemency.records.arguments.signatures import typed
from clemency.records.errors import DataError, UsageError
from clemency.records.presentation.markup import as_html
from clemency.records.presentation.wording import agreed
from clemency.records.values.numbers import LARGEST_WHOLE
from clemency.typing import Floats

_COLUMNS = ("granted", "decisions", "share", "share_low", "share_high")
_POSTERIOR = ("estimate", "std_error", "ci_low", "ci_high", "shrinkage")
_GRANTED = "Give 1 for a grant and 0 for a refusal, or yes and no; leave the cell empty where it is not known."
#: Decisions below which a group's own share says little.
FEW = 5


@dataclass(frozen=True, slots=True, eq=False)
class PooledShares:
    """Result of `pooled_shares`.

    Attributes
    ----------
    table : DataFrame
        The content of :meth:`tidy`.
    facts : dict
        The content of :meth:`glance`.
    by : tuple of str
    exclusions : DataFrame
        ``reason, column, n, first_rows``: rows that were left out.
    warnings : tuple of str
        What to know before the figures are used.
    """

    table: pd.DataFrame
    facts: dict[str, Any]
    by: tuple[str, ...]
    exclusions: pd.DataFrame
    warnings: tuple[str, ...]

    def tidy(self) -> pd.DataFrame:
        """One row per group.

        Returns
        -------
        DataFrame
            Columns of `by`; ``granted, decisions``; the raw ``share`` with exact limits ``share_low, share_high``; the
            pooled ``estimate, std_error, ci_low, ci_high``; ``shrinkage``, the weight of the common mean (1: nothing
            of the group's own is left).
        """
        return self.table.copy()

    def glance(self) -> pd.DataFrame:
        """One row.

        Returns
        -------
        DataFrame
            ``groups, granted, decisions``; ``prior_mean`` of the shares and their ``prior_sd`` between groups at the
            maximum of the likelihood; ``correlation`` of two decisions of one group; ``lr, p_value`` of no variance;
            ``ci_level, excluded``.
        """
        return pd.DataFrame([self.facts])

    def __repr__(self) -> str:
        return "\n".join(["Pooled shares", self.table.round(4).to_string(index=False), *self.warnings])

    def _repr_html_(self) -> str:
        head = f"Pooled shares, with {self.facts['ci_level']:.0%} limits."
        return as_html(head, self.table, self.warnings, "{:.3f}")


@typed
def pooled_shares(
    data: Any,
    by: str | Sequence[str],
    *,
    granted: str | None = None,
    count: str | None = None,
    trials: str | None = None,
    ci_level: float = 0.95,
) -> PooledShares:
    """Compare shares of decisions across groups by empirical Bayes: grants per hearing, by board or court.

    Parameters
    ----------
    data : DataFrame or mapping of columns
        One row for each decision, with ``granted``, or rows of totals, with ``count`` and ``trials``.
    by : str or sequence of str
        Columns whose combinations are the groups.
    granted : str, optional
        Column that says whether a decision granted: 0/1, boolean, yes/no.
    count, trials : str, optional
        Columns of totals: how many were granted, of how many.
    ci_level : float

    Returns
    -------
    PooledShares

    Raises
    ------
    UsageError
        For columns that are not there, one kind of data without or beside the other, or fewer than two groups.
    DataError
        For what is no yes or no, counts that are not whole or negative, and more grants than decisions.

    Notes
    -----
    Grants are binomial given a group's share, and shares are Beta distributed between groups, so that grants are
    beta-binomial; mean and spread of the shares are reported where that likelihood is greatest. Its variance may be
    zero: all groups then have the pooled share, which ``warnings`` says. The test of zero takes its p value from a half
    and half mixture of chi-squared with 0 and 1 degrees of freedom.

    Estimates and limits average the posterior over all priors, weighed by their likelihood under a vague hyperprior
    (flat in the mean, and in the weight of the prior in a group of average size), as `pooled_rates` does: an estimated
    variance of zero is then no certainty. Decisions of one group are taken as independent given its share. How
    well the limits cover is studied in ``docs/coverage.md``.

    References
    ----------
    J. G. Skellam (1948), A probability distribution derived from the binomial distribution by regarding the
    probability of success as variable between the sets of trials, JRSS B 10:257-261. C. L. Christiansen and C. N.
    Morris, JASA 92 (1997), 618-632.

    Examples
    --------
    >>> import pandas as pd
    >>> boards = pd.DataFrame({"board": [*"abcd"], "grants": [3, 10, 0, 25], "hearings": [20, 31, 6, 40]})
    >>> found = pooled_shares(boards, "board", count="grants", trials="hearings")
    >>> found.tidy()[["board", "share", "estimate", "shrinkage"]].round(2)
      board  share  estimate  shrinkage
    0     a   0.15      0.20       0.28
    1     b   0.32      0.33       0.21
    2     c   0.00      0.17       0.51
    3     d   0.62      0.58       0.17
    """
    check_level(ci_level)
    groups = list(column_names(by))
    if not groups:
        raise UsageError("name at least one column of groups with by=")
    refuse_taken(groups, (*_COLUMNS, *_POSTERIOR))
    frame = as_table(data).frame
    sieve, hit, size = _read(frame, groups, granted, count, trials)
    kept = labels(frame[sieve.keep], groups)
    if len(kept) < 2:
        raise UsageError(f"by='{', '.join(groups)}' gives {len(kept)} group: there is nothing to compare")
    y, n = (np.bincount(kept.code, v[sieve.keep], len(kept)).astype(np.float64) for v in (hit, size))
    prior, nodes = bb.fit_share_prior(y, n), bb.share_nodes(y, n)
    table = kept.levels.assign(**_columns(nodes, y, n, ci_level))
    summary = {
        "groups": len(kept),
        "granted": int(y.sum()),
        "decisions": int(n.sum()),
        "prior_mean": prior.mean,
        "prior_sd": float(np.sqrt(prior.correlation * prior.mean * (1 - prior.mean))),
        "correlation": prior.correlation,
        "lr": prior.ratio,
        "p_value": prior.p_value,
        "ci_level": ci_level,
        "excluded": int((~sieve.keep).sum()),
    }
    exclusions = sieve.table()
    warnings = (*_warnings(prior, n), *(f"{m}." for m in names_alike(kept)), *left_out_lines(exclusions))
    return PooledShares(table, summary, tuple(groups), exclusions, warnings)


def _columns(nodes: bb.ShareNodes, y: Floats, n: Floats, ci_level: float) -> dict[str, Any]:
    """Raw shares with exact limits, and the posterior of each group."""
    mean, error, weight = bb.share_moments(nodes, y, n)
    tail = (1 - ci_level) / 2
    pairs, place = np.unique(np.column_stack([y, n]), axis=0, return_inverse=True)
    low, high = (
        np.array([bb.share_quantile(nodes, float(k), float(m), q) for k, m in pairs])[np.ravel(place)]
        for q in (tail, 1 - tail)
    )
    raw = (y.astype(int), n.astype(int), y / n, *binomial_limits(y, n, ci_level))
    return dict(zip((*_COLUMNS, *_POSTERIOR), (*raw, mean, error, low, high, weight), strict=True))


def _read(
    frame: pd.DataFrame, groups: list[str], granted: str | None, count: str | None, trials: str | None
) -> tuple[Exclusions, Floats, Floats]:
    """Rows that are kept, and grants and decisions of each row, shape (N,)."""
    if granted is not None and (count is not None or trials is not None):
        raise UsageError("granted= belongs to rows of single decisions and count=, trials= to totals: leave one out")
    if granted is None and (count is None or trials is None):
        raise UsageError("name granted=, a column of yes and no, or both count= and trials=, columns of totals")
    used = [c for c in (granted, count, trials) if c is not None]
    twice = [c for c in used + groups if (used + groups).count(c) > 1]
    if twice:
        raise UsageError(f"'{twice[0]}' is named twice: each is a column of its own")
    require_columns(frame, [*used, *groups])
    sieve = Exclusions(frame.index)
    if granted is not None:
        said, size = yes_no(frame[granted], granted, _GRANTED), np.ones(len(frame))
        sieve.drop(np.isnan(said), "missing value", granted)
        hit = np.nan_to_num(said)
    else:
        hit, size = numbers(frame, str(count)), numbers(frame, str(trials))
        for values, name in ((hit, str(count)), (size, str(trials))):
            refuse_counts(values, name, LARGEST_WHOLE)
            sieve.drop(np.isnan(values), "missing value", name)
        refuse(hit > size, hit, str(count), f"more than the decisions in '{trials}'", "Mend one of the two.")
        sieve.drop(size == 0, "no decision", str(trials))
    for name in groups:
        sieve.require(frame[name], name)
    if not sieve.keep.any():
        raise DataError([sieve.nothing_left()])
    return sieve, hit, size


def _warnings(prior: bb.SharePrior, n: Floats) -> list[str]:
    messages = []
    if prior.correlation == 0:
        messages.append(
            "The raw shares differ no more than by chance: the estimated variance between groups is zero, and every "
            f"group's share the pooled one, {prior.mean:.3g}. The estimates still differ a little, since the data do "
            "not exclude a variance above zero."
        )
    few = int((n < FEW).sum())
    if few:
        own = "its own share says" if few == 1 else "their own shares say"
        messages.append(f"{few} of {len(n)} groups {agreed(few, 'has')} fewer than five decisions: {own} little.")
    if len(n) < 5:
        messages.append("So few groups say little about the variance between groups; limits rest on the prior.")
    return messages
