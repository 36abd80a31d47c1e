"""Values of curves at a few times -> lines for a terminal: one row per group, one column per time."""

from __future__ import annotations

import pandas as pd

from clemency.records.presentation.wording import rounded

_VALUES = ("at_risk", "n_event", "estimate", "std_error", "ci_low", "ci_high", "df", "riv", "fmi")


def curve_lines(title: str, values: pd.DataFrame) -> list[str]:
    r"""Say what curves are at some times.

    Parameters
    ----------
    title : str
        What the numbers are, with the times and the level of the limits.
    values : DataFrame
        ``time``, the columns of the groups, ``estimate, ci_low, ci_high``.

    Returns
    -------
    list of str
        The title and the table; nothing where there are no values.

    Examples
    --------
    >>> import pandas as pd
    >>> row = {"time": [12.0, 24.0], "sex": "F", "estimate": [0.9, 0.8], "ci_low": [0.85, 0.7], "ci_high": [0.95, 0.9]}
    >>> print(*curve_lines("Survival", pd.DataFrame(row)), sep="\n")
    Survival:
    sex                     12                     24
      F 0.900 (0.850 to 0.950) 0.800 (0.700 to 0.900)
    """
    if not len(values) or not {"time", "estimate"} <= set(values):
        return []
    groups = [c for c in values if c != "time" and c not in _VALUES]
    if "ci_low" in values:
        rows = zip(values["estimate"], values["ci_low"], values["ci_high"], strict=True)
        said = [_one(*row) for row in rows]
    else:
        said = [rounded(v, 3) for v in values["estimate"]]
    when = [f"{t:g}" for t in values["time"]]
    keys = {str(c): values[c].astype(str).to_numpy() for c in groups} or {"": [""] * len(values)}
    long = pd.DataFrame(keys | {"_when": when, "_said": said})
    order = list(dict.fromkeys(when))
    names = list(keys)
    wide = long.drop_duplicates([*names, "_when"]).set_index([*names, "_when"])["_said"].unstack("_when", sort=False)
    wide = wide.reindex(columns=order).fillna("")
    wide.columns.name = None
    return [f"{title}:", *wide.reset_index().to_string(index=False).split("\n")]


def _one(value: float, low: float, high: float) -> str:
    if value != value:
        return "not known"
    bounds = "" if low != low or high != high else f" ({rounded(low, 3)} to {rounded(high, 3)})"
    return f"{rounded(value, 3)}{bounds}"
