"""How a figure shall look: one border for what every figure and every ``plot()`` takes."""

from __future__ import annotations

import difflib
import inspect
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import wraps
from typing import Any

from clemency.figures.theme.palette import COLOURS, INK
from clemency.figures.theme.units import converted
from clemency.figures.theme.wording import words
from clemency.records.errors import UsageError


@dataclass(frozen=True, slots=True)
class Look:
    """What figures take by name, each as far as it has a use for it.

    Attributes
    ----------
    title : str
        Stands above the axes.
    labels : mapping of str to str
        Code of a group, event, term or level -> what to print in its place.
    palette : str, sequence or mapping, optional
        Name of a palette of seaborn, colours in the order of the groups, or a colour for each group by its code.
    band : bool
        Show the limits.
    time_unit : {"days", "weeks", "months", "quarters", "years"}, optional
        Unit of the axis of time. Times in a known unit are converted; where it is not known, it is only named.
    order : sequence
        Codes that come first, in this order; those not named follow as they would have come.
    """

    title: str = ""
    labels: Mapping[Any, str] = field(default_factory=dict)
    palette: str | Sequence[Any] | Mapping[Any, Any] | None = None
    band: bool = True
    time_unit: str | None = None
    order: Sequence[Any] = ()

    def check(self, codes: Iterable[Any]) -> None:
        """Refuse labels, colours and places of what the figure does not have."""
        known = list(dict.fromkeys(str(c) for c in codes if str(c)))
        named = {"labels": self.labels, "order": self.order}
        if isinstance(self.palette, Mapping):
            named["palette"] = self.palette
        for name, given in named.items():
            for code in given:
                if str(code) not in known:
                    near = _near(str(code), known)
                    raise UsageError(
                        f"{name}= names {str(code)!r}, which the figure does not show.{near} It shows: {_listed(known)}."
                    )

    def word(self, code: Any) -> str:
        """What to print for a code: its label, or else the code in words."""
        return next((str(v) for k, v in self.labels.items() if str(k) == str(code)), words(code))

    def value(self, column: Any, value: Any) -> str:
        """What to print for a level of a column: with the name of the column where the level alone says nothing."""
        bare = bool(_NUMBER.fullmatch(str(value)))
        named = any(str(k) == str(value) for k in self.labels)
        return f"{self.word(column)} {value}" if bare and not named else self.word(value)

    def arranged(self, codes: Iterable[Any]) -> list[Any]:
        """Codes in the order asked for, those not named after them."""
        codes = list(codes)
        first = {str(c): n for n, c in enumerate(self.order)}
        return sorted(codes, key=lambda c: first.get(str(c), len(first)))

    def colours(self, codes: Sequence[Any]) -> list[Any]:
        """A colour for each of the groups, in their order."""
        own = [COLOURS[n % len(COLOURS)] for n in range(len(codes))]
        if isinstance(self.palette, Mapping):
            given = {str(k): _colour(v) for k, v in self.palette.items()}
            return [given.get(str(c), own[n]) for n, c in enumerate(codes)]
        if self.palette is None:
            return own
        found = _palette(self.palette, len(codes))
        return [found[n % len(found)] for n in range(len(codes))]

    def single(self, default: str = INK) -> Any:
        """Colour of a figure that shows one thing."""
        if self.palette is None:
            return default
        given = list(self.palette.values()) if isinstance(self.palette, Mapping) else self.palette
        return _palette(given, 1)[0]

    def in_unit(self, unit: str | None) -> tuple[float, str | None]:
        """What times in a unit are multiplied by, and the unit to name."""
        return converted(unit, self.time_unit)


#: What a ``plot()`` that is a forest hands on of the forest's own.
FOREST = ("ratio", "key", "counted", "sides", "table")
_NUMBER = re.compile(r"[-+]?\d{1,3}(\.\d+)?|True|False")
NAMES = tuple(f.name for f in fields(Look))
# What other libraries call these.
_ALIASES = {
    "color": "palette", "colors": "palette", "colour": "palette", "colours": "palette", "cmap": "palette", "c": "palette",
    "label": "labels", "names": "labels", "legend": "labels", "name": "title", "heading": "title", "suptitle": "title",
    "ci": "band", "bands": "band", "limits": "band", "errorbar": "band", "conf_int": "band", "unit": "time_unit",
    "units": "time_unit", "sort": "order", "sort_by": "order", "hue_order": "order", "axes": "ax", "axis": "ax",
}  # fmt: skip


def figure(*takes: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a figure the parameters of `Look` that it has a use for, and refuse what it does not take.

    The function gets them as one ``look``, after what it takes itself.
    """

    def decorate(draw: Callable[..., Any]) -> Callable[..., Any]:
        signature = inspect.signature(draw)
        own = [name for name in signature.parameters if name != "look"]
        asked = [inspect.Parameter(n, inspect.Parameter.KEYWORD_ONLY, default=getattr(_PLAIN, n)) for n in takes]

        @wraps(draw)
        def drawn(*args: Any, **given: Any) -> Any:
            named = {k: given.pop(k) for k in list(given) if k not in own}
            return draw(*args, **given, look=Look(**_checked(f"{draw.__name__}()", named, takes, own)))

        kept = [p for p in signature.parameters.values() if p.name != "look"]
        vars(drawn)["__signature__"] = signature.replace(parameters=[*kept, *asked])
        vars(drawn)["takes"] = takes
        return drawn

    return decorate


def plotted(given: Mapping[str, Any], draw: Callable[..., Any], also: Sequence[str] = ()) -> dict[str, Any]:
    """What a ``plot()`` was given by name, checked against what its figure takes.

    Parameters
    ----------
    given : mapping
    draw : callable
        The figure, made by `figure`.
    also : sequence of str
        What the ``plot()`` takes itself.
    """
    own = {k: v for k, v in given.items() if k in also}
    rest = {k: v for k, v in given.items() if k not in also}
    return own | _checked("plot()", rest, vars(draw)["takes"], ["ax", *also])


_PLAIN = Look()


def _checked(who: str, given: dict[str, Any], takes: Sequence[str], own: Sequence[str]) -> dict[str, Any]:
    there = [*own, *takes]
    for name in given:
        if name not in takes:
            meant = _ALIASES.get(name, name)
            near = f" Did you mean {meant}=?" if meant != name and meant in there else _near(name, there)
            why = "has no use for" if name in NAMES else "does not take"
            raise UsageError(f"{who} {why} {name}=.{near} It takes: {', '.join(f'{t}=' for t in there)}.")
    return {name: _value(name, value) for name, value in given.items() if value is not None}


def _value(name: str, value: Any) -> Any:
    kinds: dict[str, tuple[Any, str]] = {
        "title": (str, "a text"),
        "labels": (Mapping, "a mapping from codes to texts, such as {'fin': 'financial aid'}"),
        "band": (bool, "True or False"),
        "time_unit": (str, "a unit of time, such as 'years'"),
        "palette": ((str, Sequence, Mapping), "the name of a palette, a list of colours, or a mapping from groups to colours"),
        "order": (Iterable, "a list of codes"),
    }  # fmt: skip
    kind, said = kinds[name]
    if not isinstance(value, kind) or (name == "order" and isinstance(value, str)):
        raise UsageError(f"{name}= takes {said}, not {value!r}.")
    if name == "order":
        value = tuple(value)
        twice = [v for n, v in enumerate(value) if v in value[:n]]
        if twice:
            raise UsageError(f"order= names {twice[0]!r} twice.")
    if name == "palette":
        _palette(list(value.values()) if isinstance(value, Mapping) else value, 1)
    return value


def _palette(given: str | Sequence[Any], n: int) -> list[Any]:
    if isinstance(given, str):
        import seaborn

        try:
            return list(seaborn.color_palette(given, max(n, 1)))
        except ValueError:
            raise UsageError(
                f"palette={given!r} is no palette of seaborn, such as 'colorblind', 'viridis' or 'Set2'."
            ) from None
    if not len(given):
        raise UsageError("palette= has no colour.")
    return [_colour(c) for c in given]


def _colour(given: Any) -> Any:
    from matplotlib.colors import is_color_like

    if not is_color_like(given):
        raise UsageError(
            f"palette= has {given!r}, which is no colour: give a name such as 'teal', or a code such as '#01487f'."
        )
    return given


def _near(name: str, known: Sequence[str]) -> str:
    same = [k for k in known if k.casefold() == name.casefold()]
    close = same or difflib.get_close_matches(name, known, n=1)
    return f" Did you mean {close[0]!r}?" if close else ""


def _listed(known: Sequence[str], most: int = 20) -> str:
    rest = f" and {len(known) - most} more" if len(known) > most else ""
    return ", ".join(known[:most]) + rest if known else "nothing that has a name"
