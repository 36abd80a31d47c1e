"""What does a hostile text cost? Seconds of one core for texts made to be slow to read, and how they grow.

Every text is a few words over and over, as somebody would write it who wants a reader to hang: for each reader, the
slowest ones of all that were tried stand in ``hostile.csv`` with their seconds at two sizes, and the exponent of
the growth between the two (1 is linear). A plain summary repeated to the same size stands beside them.

``python -m benchmarks hostile``
"""

import math
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd

SIZES = (25_000, 100_000)
REPEATS = 3
SHOWN = 12
BEFORE = "Al Bo was sentenced to 9 years in prison. He was paroled. "
PLAIN = (
    "A court sentenced Al Bo to 9 years' imprisonment on May 4, 2010. The High People's Court reduced his sentence by "
    "six months in 2013, and by one year on June 2, 2015. Authorities released Al Bo on parole on July 1, 2017. "
)
UNITS = (
    *(
        "1 month 1 day ",
        "A",
        "Al, ",
        "denied parole ",
        ".",
        "? ?",
        " ",
        "1 ",
        "the ",
        "on May 1, ",
        "released ",
        "medical parole, ",
    ),
    *(
        "sentence reduced by ",
        "(",
        "2010-",
        "an 8-month ",
        "1",
        "-",
        "'",
        "A-",
        "a'",
        "\n ",
        "\"'",
        "减刑",
        "Al and ",
        "Al Bo. ",
    ),
    *(
        "paroled. ",
        "paroled on May 1. ",
        "He was paroled on May 2, 2010. ",
        "released early ",
        "early release ",
        "his brother ",
    ),
    *(
        "granted a reduction ",
        "after a reduction and ",
        "received a reduction, ",
        "reduced by 1 year in 2010, ",
        "and by 1 day, ",
    ),
    *(
        "reduced it by 1 year and by 2 years ",
        "reduced twice, ",
        "life sentence ",
        "to life or ",
        "in most cases be commuted ",
    ),
    *(
        "appealed. ",
        "upheld ",
        "on appeal ",
        "sentenced ",
        "returned to prison. paroled. ",
        "said that Al ",
        "(RFA, 3 May 16) ",
    ),
    *(
        "(a",
        "<",
        "<a ",
        "&nbsp;",
        "&#1",
        "[",
        "()",
        "((a)",
        "王",
        "王·",
        "na",
        "nana ",
        "u\u0308",
        "a\u0316\u0301",
        "??  ",
        "?? ",
    ),
    *("CL97-300/", "tri/", "1998/", "one and a half ", "twenty-one ", "2.5 years ", "4, ", "Li Na ", "aka Al; "),
)
BEGINNINGS = ("", "reduced his ", "(", "lu", "欧阳")


def texts(size: int) -> Iterator[tuple[str, str]]:
    """Name and text: every unit after every beginning, up to a size."""
    for beginning in BEGINNINGS:
        for unit in UNITS:
            yield f"{beginning!r} + {unit!r} * n", (beginning + unit * (size // len(unit) + 1))[:size]


def readers() -> dict[str, Callable[[str], object]]:
    """The functions that read a text of somebody else's."""
    from clemency.sources.cecc.fields import FIELDS
    from clemency.sources.cecc.parse import reader_of
    from clemency.sources.cecc.passed import told
    from clemency.sources.linkage.names import forms
    from clemency.sources.narrative.coder import code_acts

    def coder(text: str) -> object:
        return code_acts(pd.DataFrame({"record": ["1"], "name": ["Al Bo"], "summary": [BEFORE + text]}))

    def coder_of_names(text: str) -> object:
        return code_acts(pd.DataFrame({"record": ["1"], "name": [text], "summary": [BEFORE + text]}))

    def cells(text: str) -> None:
        for field in {f.reader: f for f in FIELDS}.values():
            try:
                reader_of(field)(text)
            except ValueError:
                continue

    return {"code_acts": coder, "code_acts, as name": coder_of_names, "told": told, "cells": cells, "forms": forms}


def seconds(reader: Callable[[str], object], text: str, repeats: int = REPEATS) -> float:
    """The shortest of several times of one core."""
    best = math.inf
    for _ in range(repeats):
        start = time.process_time()
        reader(text)
        best = min(best, time.process_time() - start)
    return best


def run(out: Path) -> None:
    small, large = (dict(texts(size)) for size in SIZES)
    rows = []
    for name, reader in readers().items():
        slow = sorted(large, key=lambda text: -seconds(reader, large[text], 1))[:SHOWN]
        kinds = [(text, small[text], large[text]) for text in slow]
        kinds.append(("a plain summary, repeated", *(PLAIN * (size // len(PLAIN)) for size in SIZES)))
        for kind, *pair in kinds:
            times = [seconds(reader, text) for text in pair]
            growth = math.log(times[1] / times[0]) / math.log(SIZES[1] / SIZES[0])
            rows.append((name, kind, *times, growth))
    columns = ["reader", "text", *(f"seconds_{size // 1000}_kb" for size in SIZES), "growth"]
    table = pd.DataFrame(rows, columns=columns)
    table.to_csv(out / "hostile.csv", index=False, float_format="%.4g", lineterminator="\n")
    print(table.groupby("reader").head(3).to_string(index=False))
