"""A page with one of everything, and with names that pages have trouble with."""

import pandas as pd

from clemency import figures
from clemency.reports.pages.markup import Origin
from clemency.reports.pages.page import page
from clemency.reports.pages.records import Records
from clemency.reports.section import Chart, Passage, Section, TableView

LONG = "Abdurrahman-" * 12
NAMES = ["Liu Xiaobo 刘晓波", LONG, "ئىلھام توختى", "e\u0301\u0302\u0303 Dolma", "མགྲིན་པ", "\u202eevil", "<b>&"]


def frame():
    """Acts of ten years."""
    rows = [
        (f"{y}Q{q}", kind, (y + q) % 3)
        for y in range(2008, 2018)
        for q in (1, 2, 3, 4)
        for kind in ("medical_parole", "parole")
    ]
    return pd.DataFrame(rows, columns=["quarter", "act_type", "n"])


def sections():
    """Sections with a figure, tables of every kind, a passage, notes."""
    people = pd.DataFrame(
        {
            "name": NAMES,
            "act": "parole",
            "date": "27 May 2017",
            "province": ["Tibet"] * 6 + [""],
            "charge": "inciting subversion of state power",
            "n": range(7),
            "source": '<a href="https://example.org/?a=1&amp;b=2" rel="noreferrer">Example</a>',
        }
    )
    counts = pd.DataFrame({"charge": ["cult", "other"], **{f"at {m} months": [m, m + 1] for m in range(0, 140, 20)}})
    narrow = pd.DataFrame({"charge": ["cult"], "ratio": [0.5]})
    drawing = Chart("bars", "Acts per quarter", figures.timeline(frame(), highlight="2017Q2"))
    return [
        Section(
            "first",
            "Who received an act",
            ("**Six acts** towards Liu Xiaobo (刘晓波).", NAMES[2]),
            (drawing, TableView("people", "People", people, ("source",)), Passage("more", "And more", ("Text.",))),
            ("A note.",),
        ).content(),
        Section(
            "second",
            "How often",
            (),
            (
                TableView("counts", "Counts by charge", counts),
                TableView("folded", "Folded", narrow, folded=True),
                TableView("stacked", "Stacked", people.drop(columns="source"), stacked=True),
            ),
        ).content(),
    ]


def records(n=120):
    """A table of made-up acts."""
    rows = {
        "name": [NAMES[k % 7] + ("" if k % 7 else "\n刘晓波") for k in range(n)],
        "act": [("Parole", "Medical parole")[k % 2] for k in range(n)],
        "date": [f"{1990 + k % 30}-0{1 + k % 9}" if k % 10 else None for k in range(n)],
        "months": [k if k % 4 else None for k in range(n)],
        "document": [
            ("Example", "https://example.org/") if k % 2 else ("Bad", "javascript:alert(1)") for k in range(n)
        ],
    }
    kinds = ("name", "choice", "date", "number", "link")
    return Records("acts", f"{n} acts", dict(zip(rows, kinds, strict=True)), pd.DataFrame(rows))


def sample(made=None):
    """The page as text."""
    return page(
        title='A "page"',
        kicker="Sample",
        heading=f"A page on {LONG}",
        lead="What it says.",
        sections=made or sections(),
        footer=("The end.",),
        records=[records()],
        origin=Origin("A sample, edition 1", "https://example.org/2017Q2/index.html"),
        shared=[("og:title", '"quoted" <title>')],
    )
