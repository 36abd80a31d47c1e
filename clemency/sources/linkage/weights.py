"""How often fields agree within one person (m) and between two people with names of the same language (u).

Estimated by ``benchmarks/linkage.py`` on the shipped cases and the CECC archive of July 2020: u as agreement in
random pairs whose names are of the same language, m by splink's expectation maximisation over the candidate pairs.
The archive's terms were then the current ones or the time served; with terms as passed (`read_cecc`), equal terms
come to 0.96 instead of 0.87, which was left. Rounded by hand, with two cautions: no m below half a percent where the
field can err, and no u below 0.0005 for the same day, since people are arrested together. The archive holds no Chinese
characters, so the row ``name_zh`` is an assumption: one in five people with one pinyin share their characters as well.
The u of a name stands for nothing but the scale of splink: the share of people who bear the name takes its place.

`read` and `heard` are assumptions as well. They occur only where a Tibetan or Uyghur name in characters meets another
spelling, so their m is of such pairs, and they do not add up with the other levels. `residence` of a province is one,
too (in 5% of people one list says where they are held, the other where they live). `origin` and `moved` take the
place of the other levels where one list only says where people come from; their m is that of 45 Chinese names in
characters, the worked half of ``benchmarks/linkagelist.py`` (38 met, 7 had moved). The ends of terms were estimated
without labels, like the rest, where custody and term of both do not say them already; m of different ends is raised to
10%, for a list may give an end before or after cuts.
"""

from __future__ import annotations

Weights = dict[str, dict[str, tuple[float, float]]]

WEIGHTS: Weights = {
    "name": {
        "exact": (0.90, 0.1),
        "read": (0.60, 0.1),
        "sound": (0.08, 0.1),
        "heard": (0.07, 0.1),
        "close": (0.009, 0.1),
        "turned": (0.005, 0.1),
        "part": (0.005, 0.1),
        "none": (0.001, 0.5),
    },
    "name_zh": {"same": (0.95, 0.20), "variant": (0.03, 0.05), "different": (0.02, 0.75)},
    "sex": {"same": (0.99, 0.59), "different": (0.01, 0.41)},
    "ethnicity": {"same": (0.985, 0.92), "different": (0.015, 0.08)},
    "province": {
        "same": (0.90, 0.17),
        "origin": (0.85, 0.20),
        "residence": (0.05, 0.03),
        "moved": (0.15, 0.80),
        "different": (0.05, 0.80),
    },
    "detention_date": {
        "day": (0.35, 0.0005),
        "month": (0.42, 0.008),
        "agree": (0.17, 0.017),
        "year": (0.03, 0.06),
        "different": (0.03, 0.9145),
    },
    "sentence_date": {
        "day": (0.50, 0.0005),
        "month": (0.28, 0.005),
        "agree": (0.16, 0.012),
        "year": (0.045, 0.058),
        "different": (0.015, 0.9245),
    },
    "sentence_months": {"same": (0.87, 0.06), "near": (0.05, 0.06), "different": (0.08, 0.88)},
    "birth_date": {"agree": (0.76, 0.04), "near": (0.20, 0.12), "different": (0.04, 0.84)},
    "term_end_date": {
        "day": (0.50, 0.0005),
        "month": (0.20, 0.005),
        "agree": (0.12, 0.012),
        "year": (0.08, 0.05),
        "different": (0.10, 0.9325),
    },
}
FIELDS = tuple(WEIGHTS)
