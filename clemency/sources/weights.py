"""How often fields agree within one person (m) and between two people with like names (u)."""

from __future__ import annotations

FIELDS = (
    "name",
    "name_zh",
    "sex",
    "ethnicity",
    "province",
    "detention_date",
    "sentence_date",
    "sentence_months",
    "birth_date",
)
WEIGHTS: dict[str, dict[str, tuple[float, float]]] = {
    "name": {
        "exact": (0.75, 0.3),
        "sound": (0.17, 0.2),
        "turned": (0.01, 0.1),
        "part": (0.03, 0.1),
        "close": (0.03, 0.2),
        "none": (0.01, 0.1),
    },
    "name_zh": {"same": (0.9, 0.2), "variant": (0.06, 0.1), "different": (0.04, 0.7)},
    "sex": {"same": (0.99, 0.7), "different": (0.01, 0.3)},
    "ethnicity": {"same": (0.98, 0.9), "different": (0.02, 0.1)},
    "province": {"same": (0.9, 0.3), "different": (0.1, 0.7)},
    "detention_date": {
        "day": (0.5, 0.002),
        "month": (0.25, 0.01),
        "agree": (0.15, 0.05),
        "year": (0.05, 0.1),
        "different": (0.05, 0.838),
    },
    "sentence_date": {
        "day": (0.5, 0.002),
        "month": (0.2, 0.01),
        "agree": (0.15, 0.05),
        "year": (0.1, 0.1),
        "different": (0.05, 0.838),
    },
    "sentence_months": {"same": (0.7, 0.08), "near": (0.1, 0.12), "different": (0.2, 0.8)},
    "birth_date": {"agree": (0.8, 0.1), "near": (0.12, 0.1), "different": (0.08, 0.8)},
}
