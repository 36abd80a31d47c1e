"""The models of Steinert (2022) on a dozen made-up persons: which variants there are, and whom each of them counts.

The fits are replaced: their numbers are held by R where the published data are at hand, and these tests need no data.
"""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from clemency.findings.steinert import hazards as steinertcox
from clemency.findings.steinert import robustness as steinertstress
from clemency.findings.steinert.data import ACTIONS, MAIN, Steinert, prepared

PROVINCES = ["Beijing Shi (prov.)", "Hebei Province"]


def persons(**columns):
    """Twelve persons detained in 2010 in the published columns: seven released after 1 to 12 months, five detained."""
    n = 12
    base = dict.fromkeys(MAIN, [0.0, 1.0] * (n // 2))
    frame = pd.DataFrame(
        {
            **base,
            "CECC_record_number": [f"2012-{i:05d}" for i in range(n)],
            "detentiontime_months": [1.0, 3, 5, 7, 9, 11, 12, 20, 30, 40, 50, 60],
            "released": [1] * 7 + [0] * 5,
            "currently_detained": [0] * 7 + [1] * 5,
            "died_in_prison": 0, "escaped": 0, "executed": 0,
            "actual_dat_released": [f"2010-{m:02d}-11" for m in (2, 4, 6, 8, 10, 12, 12)] + [None] * 5,
            "actual_date_released": [f"2010/{m:02d}/11" for m in (2, 4, 6, 8, 10, 12, 12)] + [None] * 5,
            "date_of_detention_coarse_unrounded": "2010-01-01",
            "date_of_detention": ["2010/01/dd", "2010/01/01"] * 6,
            "sentence_date": ["2010/02/01"] * 3 + [None] * 9,
            "province_imprisoned_detained": PROVINCES * 6,
            "ethnic_group": "Han", "ethnicity": "Han", "crim_act": "x", "religion_coarse": "none",
            "detention_status": [None] * 7 + ["DET?", "DET?", "DET-bail", "DET", "DET"],
            "current_last_sentence_or_time_served_years": np.nan,
            "current_last_sentence_or_time_served_months": np.nan,
        }
    )  # fmt: skip
    return frame.assign(**columns)


@pytest.fixture
def data():
    sample = prepared(persons())
    extra = persons(CECC_record_number=[f"2013-{i:05d}" for i in range(12)]).head(6)
    # Of the database alone: two released in a month known, one in a year known, one without any date, two who died.
    extra["released"] = [1, 1, 1, 1, 0, 0]
    extra["currently_detained"], extra["died_in_prison"] = 0, [0, 0, 0, 0, 1, 1]
    extra["actual_date_released"] = ["2011/05/dd", "2011/06/dd", "2012/mm/dd", None, None, None]
    extra["current_last_sentence_or_time_served_months"] = [np.nan] * 4 + [14.0, np.nan]
    return Steinert(sample, sample, sample, pd.concat([persons(), extra], ignore_index=True))


def tidy(terms):
    """Coefficients that differ by term: log ratios of -0.1, -0.2, ..., with errors of 0.1."""
    b = -0.1 * np.arange(1, len(terms) + 1)
    return pd.DataFrame({"term": terms, "estimate": b, "ci_low": b - 0.2, "ci_high": b + 0.2, "p_value": 0.04})


@pytest.fixture
def replaced(monkeypatch):
    """Fits that only say whom they were given."""
    calls = []

    def fit(rows, formula, **options):
        calls.append((len(rows), formula, options))
        terms = formula.split(" + ")
        again = SimpleNamespace(tidy=lambda: tidy(terms))
        return SimpleNamespace(
            tidy=lambda: tidy(terms), with_variance=lambda **_: again, with_level=lambda _: again,
            n=len(rows), events=int(rows["free"].sum()), contrast=[False] * len(terms), terms=terms, fit=again,
        )  # fmt: skip

    def fitted(rows, *parts, without=(), **options):
        found = fit(rows, steinertcox.formula(*parts, without=without), **options)
        found.fit = SimpleNamespace(
            tidy=lambda: tidy(found.terms), with_variance=lambda **_: SimpleNamespace(tidy=lambda: tidy(found.terms)),
            with_level=lambda _: SimpleNamespace(tidy=lambda: tidy(found.terms)),
        )  # fmt: skip
        return found

    for name in ("cox", "fine_gray", "interval_hazard"):
        monkeypatch.setattr(steinertstress, name, fit)
    monkeypatch.setattr(steinertstress, "fitted", fitted)
    monkeypatch.setattr(steinertstress, "pool", lambda fits: fits[0])
    return calls


def variants(parts):
    parts = list(parts)
    assert all(p["term"].tolist() == list(steinertstress.CLAIMS) for p in parts)
    return [(p["variant"].iloc[0], int(p["n"].iloc[0]), int(p["events"].iloc[0])) for p in parts]


def test_those_released_without_a_date(data, replaced):
    """Twelve with times, and four of the database: one of them without any date, released by the day of the export."""
    assert variants(steinertstress._undated(data)) == [
        ("known ethnicity, without actions", 12, 7),
        ("the same, hazard constant in bands", 12, 7),
        ("and released without a date, some time since detention", 16, 11),
        ("and released without a date, some time since sentence", 16, 11),
    ]
    assert [o.get("lower") for _, _, o in replaced] == [None, "lower", "lower", "lower_sentence"]
    assert all(not set(ACTIONS) & set(formula.split(" + ")) for _, formula, _ in replaced)


def test_errors_of_other_kinds(data, replaced):
    assert variants(steinertstress._errors(data)) == [
        ("robust errors", 12, 7),
        ("errors clustered by province", 12, 7),
        ("errors clustered by province and year", 12, 7),
        ("years and provinces, clustered by province", 12, 7),
    ]
    assert [o.get("cluster") for _, _, o in replaced] == [None, "province", ("province", "Y"), "province"]


def test_other_times_of_entry(data, replaced):
    """Sentenced: three, of whom the first left a month after detention, before the sentence counts on the clock."""
    found = variants(steinertstress._entries(data))
    few = " (Firth: no release in a group)"
    assert [v for v, _, _ in found] == [
        "sentenced only, at risk since sentence",
        "at risk since first documented, first day of that year" + few,
        "at risk since first documented, last day of that year" + few,
        "only who was held for more than 3 months, since then",
        "only who was held for more than 12 months, since then" + few,
        "only who was held for 12 months or more, since then" + few,
    ]
    assert [o.get("penalty") for _, _, o in replaced] == [None, "firth", "firth", None, "firth", "firth"]
    # Since detention in January 2010: documented from month 730/30 + 1 = 25.3 or 1095/30 + 1 = 37.5 on.
    assert [(n, e) for _, n, e in found] == [(2, 2), (4, 0), (3, 0), (10, 5), (5, 0), (6, 1)]


def test_doubtful_status(data, replaced):
    few = " (Firth: no release in a group)"
    assert variants(steinertstress._status(data)) == [
        ("without the 2 detained of doubtful status", 10, 7),
        ("only who was held for more than 12 months, since then, without the doubtful" + few, 3, 0),
        ("without the 1 detained on bail", 11, 7),
    ]


def test_deaths_compete(data, replaced):
    """Of two deaths one has a time."""
    assert variants(steinertstress._competing(data)) == [
        ("deaths with a date end detention, cause-specific", 13, 7),
        ("deaths with a date compete (Fine-Gray)", 13, 7),
    ]
    assert all(o["outcome"] == "released" for _, _, o in replaced)


def test_as_published_and_days_drawn(data, replaced):
    assert variants(steinertstress._published(data)) == [
        ("as published, no fixed effects", 12, 7),
        (f"{len(MAIN)} covariates at once (Holm; limits: Bonferroni), no fixed effects", 12, 7),
        ("as published, years and provinces", 12, 7),
        (f"{len(MAIN)} covariates at once (Holm; limits: Bonferroni), years and provinces", 12, 7),
    ]
    replaced.clear()
    assert variants(steinertstress._imputed(data, 3, 1)) == [
        ("unknown days drawn within their month, 3 times, durations in days", 12, 7)
    ]
    assert len(replaced) == 3


def test_ratios_are_those_of_the_claims():
    found = steinertstress._rows("v", tidy(list(MAIN)), 9, 4)
    at = [list(MAIN).index(t) + 1 for t in steinertstress.CLAIMS]
    assert found["hazard_ratio"].tolist() == pytest.approx([0.904837418**k for k in at])  # exp(-0.1) to the k
    assert found["ci_low"].tolist() == pytest.approx([0.904837418 ** (k + 2) for k in at])
    assert found["ci_high"].tolist() == pytest.approx([0.904837418 ** (k - 2) for k in at])
    assert found[["n", "events"]].drop_duplicates().to_numpy().tolist() == [[9, 4]]


def test_provinces_are_left_out_of_ratios_unless_they_are_asked_for():
    """Dummies of years never; what has no maximum (contrast) never."""
    table = pd.DataFrame(
        {
            "term": ["Charged", "province", "Y", "Muslim"], "level": ["", "Hebei Province", "2004", ""],
            "estimate": [0.0, np.log(2), np.log(3), np.log(4)], "std_error": [0.1, 0.2, 0.3, 0.4],
        }
    )  # fmt: skip
    found = SimpleNamespace(
        tidy=lambda: table, contrast=(False, False, False, True), n=9, events=4, loglik=-5.0, loglik_null=-7.5
    )
    sizes = {"m_n": 9, "m_events": 4, "m_loglik": -5.0, "m_lr": 5.0}
    own = {"m_hr_Charged": 1.0, "m_se_Charged": 0.1}
    assert steinertcox.ratios(found, "m") == own | sizes
    with_places = steinertcox.ratios(found, "m", places=True)
    assert with_places == own | sizes | {"m_hr_prov_Hebei": pytest.approx(2.0), "m_se_prov_Hebei": 0.2}
