"""Steinert (2022): definitions on made-up rows, and all published numbers where the data are at hand."""

import math
import os
import re
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import clemency as cl
from clemency.findings.material import Material, MissingDataError
from clemency.findings.registry import registry
from clemency.findings.steinert import appendix, claims, data, descriptives, hazards, robustness

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "tests" / "reference" / "steinert"
PLACES = [Path(p) for p in (os.environ.get("CLEMENCY_DATA"), ROOT.parent / "shared" / "data") if p]


@pytest.fixture(scope="module")
def material():
    pytest.importorskip("pyreadr")
    for place in PLACES:
        try:
            found = Material(place)
            found.file(data.DATASET, data.SAMPLE)
        except MissingDataError:
            continue
        return found
    pytest.skip("the published data are not here: clemency data fetch steinert2022, and name them with CLEMENCY_DATA")


@pytest.fixture(scope="module")
def done(material):
    return cl.reproduce("steinert-2022", data=material.folder)


@pytest.fixture(scope="module")
def reference():
    return pd.read_csv(REFERENCE / "values.csv", dtype={"printed": str})


@pytest.fixture
def rows():
    """Ten persons in the published columns."""
    return pd.DataFrame(
        {
            "detentiontime_months": [0.0, 3, 3, 7, 12, 12, 20, -2, 9, np.nan],
            "released": [1, 1, 0, 1, 1, 0, 0, 1, 0, 1],
            "currently_detained": [0, 0, 1, 0, 0, 1, 1, 0, 0, 0],
            "died_in_prison": [0] * 8 + [1, 0],
            "escaped": 0,
            "executed": 0,
            "actual_dat_released": ["1995-10-06", "1996-08-30", None, "2001-01-01"] + [None] * 6,
            "date_of_detention_coarse_unrounded": ["1995-10-01"] * 9 + [None],
            "province_imprisoned_detained": "Beijing Shi (prov.)",
            "main.name": list("abacaaadea"),
            "ethnicity": "Ethnic Han",
            "residence_county": ["x", None] * 5,
        }
    )


def test_exclusions_and_outcome(rows):
    made = data.prepared(rows)
    assert made["months"].isna().tolist() == [False] * 7 + [True] * 3
    assert made["free"].tolist()[:8] == [1, 1, 0, 1, 1, 0, 0, 1]
    assert np.isnan(made["free"].iloc[8])
    assert made["clock"].iloc[0] == 1
    assert made["Y"].tolist()[8:] == ["1995", None] or made["Y"].isna().tolist()[8:] == [False, True]
    assert made["amnesty_a"].tolist()[:4] == [1, 1, 0, 0]
    assert made["amnesty_b"].tolist()[:4] == [1, 0, 0, 0]


def test_risk_table_by_hand(rows):
    made = data.prepared(rows)
    got = descriptives.risk_table(made[made["months"].notna()], (0, 3, 12, 15))
    assert [got[f"at_risk_{m}"] for m in (0, 3, 12, 15)] == [7, 6, 3, 1]
    assert [got[f"released_{m}"] for m in (0, 3, 12, 15)] == [1, 2, 4, 4]
    assert [got[f"censored_{m}"] for m in (0, 3, 12, 15)] == [0, 1, 2, 2]
    steps = np.cumprod([6 / 7, 5 / 6, 3 / 4, 2 / 3])
    assert [got[f"survival_{m}"] for m in (0, 3, 12)] == pytest.approx([steps[0], steps[1], steps[3]])
    assert got["median"] == 12


def test_the_same_name_again(rows):
    # Rows 0, 2, 4, 6 are name a in county x (again from the second on); the ninth is e; unknown counties are alike.
    assert data.again(rows, "residence_county").tolist() == [0, 0, 1, 0, 1, 0, 1, 0, 0, 1]


def test_matching_balances_its_cells():
    rng = np.random.default_rng(3)
    cells = pd.DataFrame({"a": rng.integers(0, 3, 200), "b": rng.integers(0, 2, 200)})
    treated = pd.Series(rng.random(200) < 0.2 + 0.1 * cells["a"])
    treated[(cells["a"] == 0) & (cells["b"] == 0)] = False
    w = hazards.matched_weights(treated, cells)
    assert (w[(cells["a"] == 0) & (cells["b"] == 0)] == 0).all()
    assert (w[treated & (w > 0)] == 1).all()
    controls = ~treated & (w > 0)
    assert w[controls].sum() == pytest.approx(controls.sum())
    for column in cells:
        shares = [
            np.bincount(cells.loc[g, column], w[g], minlength=3) / w[g].sum() for g in (treated & (w > 0), controls)
        ]
        np.testing.assert_allclose(*shares)


def test_logit_leaves_out_what_runs_off():
    rng = np.random.default_rng(4)
    d = pd.DataFrame({"y": rng.integers(0, 2, 80), "x": rng.normal(size=80), "never": 0.0})
    d.loc[:9, ["y", "never"]] = [0, 1]
    got, rest = appendix.logit(d, "y", ("x", "never"), "m"), appendix.logit(d[10:], "y", ("x",), "m")
    assert got["m_b_x"] == pytest.approx(rest["m_b_x"])
    assert got["m_loglik"] == pytest.approx(rest["m_loglik"])
    assert (got["m_n"], rest["m_n"]) == (80, 70)
    assert got["m_aic"] == pytest.approx(rest["m_aic"] + 2)
    assert "m_b_never" not in got


def test_observation_begins_with_the_record():
    d = pd.DataFrame(
        {
            "CECC_record_number": ["2004-1", "2010-7"],
            "date_of_detention_coarse_unrounded": ["2006-03-01", "2009-01-01"],
        }
    )
    got = robustness.documented(d)
    assert got["first day"].tolist() == pytest.approx([0, 1 + 365 / 30])
    assert got["last day"].tolist() == pytest.approx([0, 1 + 729 / 30])


def test_groups_without_a_release_leave():
    d = pd.DataFrame({"free": [1.0, 0, 1, 0], "a": [0.0, 0, 0, 1], "b": [1.0, 0, 0, 1], "c": 1.0})
    kept, terms = robustness.without_empty(d, ("a", "b", "c"))
    assert terms == ("b",)
    assert len(kept) == 3


def test_without_the_data_it_asks_for_them(tmp_path, monkeypatch):
    monkeypatch.setenv("CLEMENCY_CACHE", str(tmp_path / "empty"))
    monkeypatch.delenv("CLEMENCY_DATA", raising=False)
    got = cl.reproduce("steinert-2022", data=tmp_path)
    assert (got.tidy()["verdict"] == "needs data").all()
    assert got.lost().empty
    assert "clemency data fetch steinert2022" in got.findings["reason"].iloc[0]


def test_without_the_reader_it_asks_for_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyreadr", None)
    with pytest.raises(MissingDataError, match=re.escape("clemency[sources]")):
        data._rdata(Path("any.RData"), "cecc")


def test_registry_rows_are_those_of_the_reference_values(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "data" / "build"))
    import steinert as build

    quoted = pd.read_csv(ROOT / "data" / "findings" / "quoted.csv", dtype=str, keep_default_na=False)
    ours = quoted[quoted["finding_id"].str.startswith("steinert-2022-")]
    assert ours.to_dict("records") == build.quoted_rows()
    findings = pd.read_csv(ROOT / "data" / "findings" / "findings.csv", dtype=str, keep_default_na=False)
    ours = findings[findings["finding_id"].str.startswith("steinert-2022-")]
    assert ours.to_dict("records") == build.finding_rows()
    sys.modules.pop("steinert")


def test_writing_the_rows_again_changes_nothing(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "data" / "build"))
    import steinert as build

    monkeypatch.setattr(build, "FOLDER", tmp_path)
    for name, rows in (("findings", build.finding_rows()), ("quoted", build.quoted_rows())):
        old = (ROOT / "data" / "findings" / f"{name}.csv").read_bytes()
        (tmp_path / f"{name}.csv").write_bytes(old)
        build.replace(name, rows)
        assert (tmp_path / f"{name}.csv").read_bytes() == old
    sys.modules.pop("steinert")


def test_only_what_others_print_is_called_printed():
    rows = registry()
    printed = rows.quoted[(rows.quoted["basis"] == "printed") & rows.quoted["finding_id"].str.startswith("steinert-")]
    assert printed["quantity"].tolist() == ["charged", "not_charged", "less_likely", "times_as_likely"]
    brief = rows.findings[rows.findings["publisher"] == "Uyghur Rights Monitor"]
    assert brief["finding_id"].tolist() == ["steinert-2022-uyghurs", "steinert-2022-uyghur-deaths"]


def test_every_number_has_its_expected_verdict(done):
    table = done.tidy()
    verdict = table["verdict"].replace({"cannot be recomputed": "not computed"})
    off = table[verdict != table["expected"]]
    assert off.empty, off[["finding_id", "quantity", "printed", "recomputed", "verdict", "reason"]].to_string()
    assert len(table) > 2800
    assert (table["verdict"] == "reproduced").mean() > 0.99


def test_what_our_words_call_clear_is_clear(done):
    found = done.tidy().set_index(["finding_id", "quantity"])["recomputed"]

    def z(finding, model, term):
        key = f"steinert-2022-{finding}"
        return math.log(found[key, f"{model}_hr_{term}"]) / found[key, f"{model}_se_{term}"]

    models = {
        "appendix-table4": ["m_match1"],
        "matching": ["m_match2", "m_match3", "m_match4"],
        "appendix-table5": ["m11"],
        "appendix-table8": ["s2"],
        "unknown-as-han": ["m6", "m8"],
        "age-and-amnesty": ["m9", "m10", "m10_a"],
    }
    for finding, names in models.items():
        assert all(z(finding, m, "Ethnic_Uyghur") < -1.96 for m in names)
        assert all(abs(z(finding, m, "Ethnic_Tibetan")) < 1.96 for m in names)
    clear = [("appendix-table8", "s1"), ("appendix-table8", "s3"), ("unknown-as-han", "m5"), ("unknown-as-han", "m7")]
    assert all(z(f, m, "Ethnic_Tibetan") < -1.96 for f, m in clear)
    assert abs(z("appendix-table4", "m_match1", "FalunGong")) < 1.96
    # Mobilising reformers: clear but within years.
    assert [z("appendix-table3", m, "HCAP_MIN") > 1.96 for m in ("m1", "m2", "m3", "m4")] == [True, False, True, False]
    key = "steinert-2022-appendix-table5"
    ratio, half = found[key, "m11_hr_Ethnic_Tibetan"], 1.959964 * found[key, "m11_se_Ethnic_Tibetan"]
    limits = [ratio * math.exp(sign * half) for sign in (0, -1, 1)]
    page = " ".join((ROOT / "docs" / "stress-steinert.md").read_text(encoding="utf-8").split())
    assert "ratio is {:.2f} ({:.2f} to {:.2f}) in place of 0.14".format(*limits) in page


def test_numbers_agree_with_r(done, reference):
    both = done.tidy().merge(reference, left_on=["finding_id", "quantity"], right_on=["finding", "quantity"])
    apart = {"steinert-2022-appendix-table7", "steinert-2022-proportionality"}
    same = both[~(both["finding_id"].isin(apart) & (both["expected"] != "reproduced"))]
    same = same[same["finding_id"] != "steinert-2022-appendix-table7"]
    gap = (same["recomputed"] - same["value"]).abs() / same["value"].abs().clip(lower=1)
    assert len(same) > 2800
    assert gap.max() < 1e-6, same[gap >= 1e-6][["finding_id", "quantity", "recomputed", "value"]].to_string()


def test_competing_risks_agree_with_finegray_of_r(material):
    got = appendix.subdistribution(material)
    wanted = pd.read_csv(REFERENCE / "finegray.csv").set_index("term")
    terms = [t for t in wanted.index if f"b_{t}" in got]
    assert len(terms) == 8
    assert [got[f"b_{t}"] for t in terms] == pytest.approx(wanted.loc[terms, "finegray"].tolist(), rel=1e-6)
    assert [got[f"se_{t}"] for t in terms] == pytest.approx(wanted.loc[terms, "robust_se"].tolist(), rel=1e-6)


@pytest.fixture(scope="module")
def stressed(material):
    return robustness.stress(material)


def test_the_page_on_stress_shows_the_tables(material, stressed):
    page = (ROOT / "docs" / "stress-steinert.md").read_text(encoding="utf-8")
    shown = {line.split(" | ")[0].lstrip("| "): line for line in page.splitlines() if line.count(" | ") == 5}
    table = robustness.side_by_side(stressed)
    assert len(table) >= 17
    for row in table.itertuples(index=False):
        assert shown[row.variant] == "| " + " | ".join(map(str, row)) + " |"
    for row in robustness.medians(material).itertuples():
        limits = f" ({row.ci_low:.0f} to {row.ci_high:.0f})" if row.ci_low == row.ci_low else ""
        assert f"| {row.variant} | {row.n} | {row.releases} | {row.median:.0f}{limits} |" in page


def test_the_counts_on_the_page_are_those_of_the_model(material):
    known = data.steinert(material).known.dropna(subset=[*data.MAIN, "months", "free"])
    page = " ".join((ROOT / "docs" / "stress-steinert.md").read_text(encoding="utf-8").split())
    uyghur, tibetan = known["Ethnic_Uyghur"] == 1, known["Ethnic_Tibetan"] == 1
    west = known["province"].str.contains("Tibet|Qinghai|Sichuan|Gansu", na=False)
    released = int(known.loc[uyghur, "free"].sum())
    assert f"Of the {uyghur.sum()} Uyghurs in the main model {released} were released" in page
    assert known.loc[uyghur, "province"].str.startswith("Xinjiang").all()
    assert f"{(known['province'].str.startswith('Xinjiang', na=False) & ~uyghur).sum()} others there" in page
    assert f"{(tibetan & west).sum()} of the {tibetan.sum()} Tibetans" in page
    assert f"there are only {(~tibetan & west).sum()} others" in page
    dead = data.steinert(material).database.query("died_in_prison == 1")
    timed = appendix.with_deaths(data.steinert(material)).query("end == 'died'")
    timed = timed.drop_duplicates("CECC_record_number")["Ethnic_Uyghur"].value_counts()
    died = dead["Ethnic_Uyghur"].value_counts()
    assert f"which {timed[1]} of the {died[1]} Uyghurs who died have and {timed[0]} of the {died[0]} others" in page
    found = appendix.figure8(material)
    assert all(found[f"uyghur_died_{m}"] < found[f"others_died_{m}"] for m in (12, 24, 60, 120, 180))
    long = known[(known["months"] > 12) & (known["Charged"] == 0)]
    assert f"{(long['free'] == 0).sum()} of the {len(long)} uncharged" in page


def test_the_claims_say_what_the_tables_say(material, stressed, monkeypatch):
    monkeypatch.setattr(claims, "stress", lambda _: stressed)
    made, table = claims.claims.__wrapped__(material), stressed
    assert len(made) == 4
    for term, claim in zip(("Ethnic_Uyghur", "Ethnic_Tibetan", "Charged"), made[:3], strict=True):
        rows = table[table["term"] == term]
        assert len(rows) > 10
        assert claim.tidy()["estimate"].tolist() == rows["hazard_ratio"].tolist()
        assert claim.tidy()["stands"].tolist() == (rows["verdict"] == "stands").tolist()
    uyghurs, tibetans, charged, half = (s.conclusion for s in made)
    assert uyghurs.startswith("The claim stands")
    assert "4 of 171 were released" in uyghurs
    assert tibetans.startswith("The direction stands, but not always clear of chance")
    assert "337 of the 341 were held in provinces where they are most of the sample, with 20 others" in tibetans
    assert charged.startswith("The claim does not stand under every choice")
    assert "within 37 to 85 months" in half
    assert "limits of 3 of the 4 variants" in half
    assert set(claims.together(made[:3])["claim"]) == {"Uyghurs", "Tibetans", "The charged"}
