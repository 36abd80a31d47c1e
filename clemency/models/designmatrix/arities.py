"""The functions of a formula -> the number of arguments that each takes."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

#: How it is written, the fewest and the most arguments without a name, and those that may have one.
_FORMS: dict[str, tuple[str, int, int, tuple[str, ...]]] = {
    "np.clip": ("np.clip(x, low, high)", 1, 3, ("a_min", "a_max", "min", "max")),
    "np.round": ("np.round(x, decimals)", 1, 2, ("decimals",)),
    "np.around": ("np.around(x, decimals)", 1, 2, ("decimals",)),
    "np.fix": ("np.fix(x)", 1, 1, ()),
    "np.isin": ("np.isin(x, [values])", 2, 2, ("invert",)),
    "np.where": ("np.where(condition, value if so, value if not)", 3, 3, ()),
    "np.digitize": ("np.digitize(x, [limits])", 2, 2, ("right",)),
    "np.interp": ("np.interp(x, [from], [to])", 3, 3, ("left", "right")),
    "np.std": ("np.std(x, ddof=1)", 1, 1, ("ddof",)),
    "np.var": ("np.var(x, ddof=1)", 1, 1, ("ddof",)),
    "np.quantile": ("np.quantile(x, q)", 1, 2, ("q",)),
    "np.percentile": ("np.percentile(x, q)", 1, 2, ("q",)),
} | {f"np.{name}": (f"np.{name}(x)", 1, 1, ()) for name in ("mean", "median", "min", "max", "amin", "amax")}
_FORMS |= {name: (f"{name}(x)", 1, 1, ()) for name in ("I", "log", "log2", "log10", "exp", "exp2", "exp10")}
#: Those that need a second argument, with or without its name.
_TWO = ("np.clip", "np.quantile", "np.percentile")
#: Those that take options of their own behind the column.
_COLUMN_FIRST = ("center", "scale", "standardize", "poly", "bs", "cr", "cs", "cc")
_LETTERS = "xyz"


def misfit(name: str, given: int, named: Collection[str]) -> str:
    """What is wrong with the arguments of a call; "" if nothing is.

    Parameters
    ----------
    name : str
        As it is written, such as ``np.where``.
    given : int
        Arguments without a name.
    named : collection of str
        Names of the others.

    Examples
    --------
    >>> misfit("np.where", 1, ())
    'np.where takes 3 arguments, np.where(condition, value if so, value if not), and has 1 here'
    """
    if name in _COLUMN_FIRST:
        return "" if given else f"{name} takes the column first"
    form, fewest, most, names = _FORMS.get(name) or _of_numpy(name)
    if not form:
        return ""
    odd = sorted(set(named) - set(names))
    if odd:
        return f"{name} is written {form} in a formula, without {odd[0]}="
    total = given + (len(set(named) & {"q", "a_min", "a_max", "min", "max"}) if name in _TWO else 0)
    least = 2 if name in _TWO else fewest
    if fewest <= given <= most and total >= least:
        return ""
    count = str(most) if least == most else f"{least} to {most}"
    return f"{name} takes {count} argument{'' if most == 1 else 's'}, {form}, and has {given + len(named)} here"


def _of_numpy(name: str) -> tuple[str, int, int, tuple[str, ...]]:
    """Form of one of NumPy's elementwise functions; ("", 0, 0, ()) for anything else."""
    function = getattr(np, name.removeprefix("np."), None) if name.startswith("np.") else None
    if not isinstance(function, np.ufunc):
        return "", 0, 0, ()
    return f"{name}({', '.join(_LETTERS[: function.nin])})", function.nin, function.nin, ()
