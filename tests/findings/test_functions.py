"""The arithmetic of each finding on tables small enough to be worked by hand, and loud refusals."""

import sys

import pandas as pd
import pytest

import clemency as cl
from clemency.findings.material import Material, MissingDataError
from clemency.findings.published import cases, cecc, courts, lists, official, rules, security
from clemency.findings.registry import registry

#: The edition on which verdicts, and what the registry says of them, were established.
ENTERED = Material(edition="2026.11")


class Tables:
    """Stand-in for the material: tables by name."""

    def __init__(self, **tables):
        self.tables = tables

    def table(self, name):
        return self.tables[name]


def totals(**values):
    """Statistics with these values, underscores standing for hyphens."""
    ids = [k.replace("_", "-") for k in values]
    return Tables(statistics=pd.DataFrame({"statistic_id": ids, "value": list(values.values())}))


def persons(*rows):
    columns = ["measure", "period", "value"]
    return pd.DataFrame(rows, columns=columns).assign(statistic_id="", level="national", unit="persons")


def test_growth_and_fall():
    assert official.growth(100, 119) == pytest.approx(19)
    assert official.fall(100, 80) == pytest.approx(20)
    assert official.yearly(100, 121, 2) == pytest.approx(10)
    assert official.men_beside(5, 10) == pytest.approx(45)


def test_women_and_men():
    found = official.women_in_prison(
        totals(
            prison_population_china_2003_women_1=10,
            prison_population_china_2003_women_2=10,
            prison_population_china_2014_women_1=15,
            prison_population_china_2014_women_2=12,
        )
    )
    assert found["growth_2003_2014"] == pytest.approx(50)
    assert found["growth_men_2003_2014"] == pytest.approx(100 * (110 / 90 - 1))
    assert found["times_men"] == pytest.approx(2.25)
    assert (1 + found["yearly_2003_2014"] / 100) ** 11 == pytest.approx(1.5)


def test_women_since_2015():
    found = official.women_since_2015(
        totals(
            prison_population_china_2015_women_1=10,
            prison_population_china_2017_women_1=10 * 1.1**3,
            prison_population_china_2015_moj_prisons=200,
        )
    )
    assert found == pytest.approx({"share_2015": 5, "growth_2015_2018": 33.1, "yearly_2015_2018": 10})


def test_rates_over_prisoners_implied_by_women():
    found = official.rates_2010(
        totals(
            prison_population_china_2010_women_1=50,
            prison_population_china_2010_women_2=5,
            sentence_reductions_china_2010=200,
            paroles_china_2010=30,
        )
    )
    assert found == pytest.approx({"reduction_rate": 20, "parole_rate": 3})


def test_pardons_and_tibet():
    made = dict.fromkeys(official.PARDONED_2015, 10)
    made |= {"special-pardons-china-1959-war-criminals": 3}
    made |= {"special-pardons-china-1959-counterrevolutionary-and-ordinary-offenders": 97}
    material = totals(**{k.replace("-", "_"): v for k, v in made.items()})
    assert official.pardoned_2015(material) == {"pardoned": 40}
    assert official.pardons_compared(material) == {"young_share_2015": 25, "pardoned_1959": 100}
    material = totals(prison_population_tibet_ess=1, prison_population_tibet_three_prisons=40)
    assert official.state_security_in_tibet(material) == {"share": 2.5}


def test_a_total_that_is_not_there_is_named():
    with pytest.raises(cl.UsageError, match=r"no row 'prison-population-tibet-three-prisons'"):
        official.state_security_in_tibet(totals(prison_population_tibet_ess=1))
    for rows in ((), (("ess_arrests", "2010", 1), ("ess_arrests", "2010", 2))):
        with pytest.raises(cl.UsageError, match=f"has {len(rows)} rows of persons for ess_arrests in 2010"):
            security.arrested(Tables(statistics=persons(*rows)), 2010)
    for function, material in (
        (lambda m: rules.rule(m, "none"), ENTERED),
        (lambda m: lists.of_list(m, "none"), ENTERED),
    ):
        with pytest.raises(cl.UsageError, match="no row 'none'"):
            function(material)


def test_first_instance_in_xinjiang_is_a_share_of_both():
    both = "ess-trials-concluded-xinjiang-{}-ess-first-and-second-instance"
    key = "ess-trials-concluded-xinjiang-2011-ess-first-instance"
    made = {both.format(2011): 100, both.format(2012): 50, key: 80}
    material = totals(**{k.replace("-", "_"): v for k, v in made.items()})
    assert security.xinjiang_first_instance(material, 2011) == 80
    assert security.xinjiang_first_instance(material, 2012) == pytest.approx(40)
    assert security.xinjiang_first_instance(material, 2012, 0.5) == pytest.approx(25)
    assert security.xinjiang_2012(material) == {"trials_fall": 50}


def test_the_part_of_xinjiang_in_2012_depends_on_a_share_that_is_not_printed():
    material = ENTERED
    national = security.trials(material, 2012, "-table-series")
    parts = [100 * security.xinjiang_first_instance(material, 2012, s) / national for s in (None, 0.8596)]
    assert [round(p, 1) for p in parts] == [75.2, 73.1]
    assert "xinjiang_2012" not in security.year_2012(material)
    why = registry().quoted.set_index("value_id").loc["duihua-ess-2012:xinjiang_2012", "why"]
    assert "75.2" in why
    assert "73.1" in why


def test_growth_of_indictments_since_2008():
    rows = [("ess_prosecutions", str(y), v) for y, v in ((2008, 30), (2009, 30), (2010, 30), (2011, 10), (2012, 11))]
    five = pd.DataFrame([{"statistic_id": "ess-prosecutions-china-2003-2007-ess", "value": 50.0}])
    found = security.estimate_of_2013(Tables(statistics=pd.concat([persons(*rows), five])))
    assert found == pytest.approx({"indicted_growth": 10, "indicted_since_2008": 100})


def zibo():
    made = {"prison_population_shandong_2012_2015": 100, "reductions_denied_shandong_2012_2015_paroles": 10}
    for year in courts.ZIBO_YEARS:
        made |= {f"reduction_rate_pct_shandong_{year}": 20, f"sentence_reductions_shandong_{year}": 30}
        made |= {f"paroles_shandong_{year}": 15, f"reductions_denied_shandong_{year}": 5}
    made |= {"sentence_reductions_guangdong_2011_2014": 90, "reductions_denied_guangdong_2011_2014": 10}
    return totals(**made)


def test_zibo_by_hand():
    found = courts.zibo(zibo())
    assert courts.zibo_held(zibo(), 2012) == pytest.approx(150)  # 30 reductions are 20 percent
    assert found["prisoner_years"] == 400
    assert (found["reductions"], found["reduction_rate"]) == (120, 30)
    assert (found["paroles"], found["parole_rate"]) == (60, 15)
    assert [found[f"parole_rate_{y}"] for y in courts.ZIBO_YEARS] == pytest.approx([10] * 4)
    assert found["paroles_refused"] == pytest.approx(100 / 7)


def test_approval_and_decisions_by_hand():
    assert courts.approval(zibo()) == pytest.approx({"approved_zibo": 100 * 120 / 140, "approved_shaoguan": 90})
    assert courts.shaoguan(zibo()) == {"decided": 100}


def test_the_prisoners_implied_at_zibo_are_those_printed():
    held = [courts.zibo_held(ENTERED, year) for year in courts.ZIBO_YEARS]
    assert [round(h) for h in held] == [9268, 8980, 8599, 7331]
    assert abs(sum(held) - 34172) < 7


def test_beijing_jiangsu_and_the_country_by_hand():
    made = {f"sentence_reductions_beijing_{y}_municipal_prisons": 30 for y in (2001, 2002, 2003)}
    made |= {f"prison_population_beijing_{y}_municipal_prisons": 100 for y in (2001, 2002, 2003)}
    assert courts.beijing(totals(**made)) == {"rate_2001": 30, "rate_2002": 30, "rate_2003": 30}
    made = {"paroles_jiangsu_2013": 80, "parole_rate_pct_jiangsu_2013": 8, "paroles_jiangsu_2022": 2}
    assert courts.jiangsu(totals(**made)) == pytest.approx({"parole_rate_2022": 0.2})  # 2 of 1,000
    made = {"sentence_reductions_china_2012_11_2020_10": 900, "paroles_china_2012_11_2020_10": 50}
    assert courts.cases_a_year(totals(**made)) == pytest.approx({"cases_a_year": 120})  # 950 in 95 months


def a_list(**values):
    row = {"list_id": lists.MILESTONE, "names_asked": 100, "prisoners_responded": 50} | values
    return Tables(lists=pd.DataFrame([row]))


def test_answers_by_hand():
    material = a_list(names_asked_f=20, responded_f=15, names_asked_m=40, responded_m=20)
    assert lists.asked_and_answered(material).to_numpy().tolist() == [[20, 15], [40, 20], [40, 15]]
    assert lists.answers(material) == {
        "answered": 50,
        "women_answered": 75,
        "men_answered": 50,
        "unknown_asked": 40,
        "unknown_answered": 15,
    }
    assert lists.answers_of_1994(a_list(list_id=lists.FAX_OF_1994)) == {"answered": 50}


def test_cases_are_counted_by_their_sources():
    made = pd.DataFrame({"case_id": ["a", "b", "c"], "source_ids": ["docslib-43b354 x", "docslib-43b3549", None]})
    assert cases.citing(made, "docslib-43b354")["case_id"].tolist() == ["a"]


def test_what_our_tables_hold_of_a_list_is_no_computation_of_its_size():
    material, findings = ENTERED, registry().findings.set_index("finding_id")
    for name, source in (
        ("cecc-2005-list", "docslib-43b354"),
        ("duihua-2010-xinjiang-list", "dui-hua-foundation-9fbdd9"),
    ):
        held = len(cases.citing(material.table("cases"), source))
        assert findings.loc[name, "why_not"].startswith(f"Our tables name {held} of the prisoners")
    ours = cases.subversion_prisoners(material)
    said = findings.loc["duihua-2008-subversion", "why_not"]
    cut, free = ours["reduced"], ours["freed"]
    assert not ours["medical_parole"].any()
    assert f"hold {len(ours)} of the 19 prisoners" in said
    assert (
        f"{cut.sum()} with a reduction, {(cut & free).sum()} of them freed by then, {(~free).sum()} not known" in said
    )
    names = ["cecc-2005-list", "duihua-2010-xinjiang-list", "duihua-2008-subversion"]
    assert findings.loc[names, "function"].isna().all()


def test_the_better_total_that_the_note_on_yearly_rates_names():
    total = official.figure(ENTERED, "sentence-reductions-china-2012-11-2020-10") / (95 / 12)
    paroles = official.figure(ENTERED, "paroles-china-2012-11-2020-10") / (95 / 12)
    held = official.figure(ENTERED, "prison-population-china-2015-moj-prisons")
    note = registry().findings.set_index("finding_id").loc["duihua-2010-rates", "note"]
    assert f"{total / 1000:.0f},000 a year, {100 * total / held:.0f} percent" in note
    assert f"{100 * paroles / held:.1f} percent" in note


def test_reasons_that_name_another_row_of_the_same_source():
    found = courts.beijing(ENTERED)
    why = registry().quoted.set_index("value_id")["why"]
    assert f"up to {found['rate_2002']:.2f}" in why["beijing-2001-2003-rates:rate_2001"]
    assert f"{found['rate_2001']:.2f}" == "32.05"
    assert f"{courts.zibo(ENTERED)['parole_rate']:.2f}" in why["zibo-2016-rates:parole_rate"]
    women = official.women_and_men(ENTERED)[0]
    note = registry().findings.set_index("finding_id").loc["duihua-2015-women", "note"]
    assert f"{official.yearly(*women, 10.5):.1f} percent a year" in note


def test_subversion_by_hand():
    source = cases.SUBVERSION_2008[0]
    rows = [
        ("cut and freed", "subversion", source, "released_early", "2007-05-01"),
        ("cut and freed later", "inciting subversion", f"x {source}", "released_early", "2011-05-01"),
        ("held", "subversion", source, "serving", None),
        ("cut later", "subversion", source, "serving", None),
        ("ill", "subversion", source, "medical_parole", "2007-01-01"),
        ("another charge", "theft", source, "serving", None),
        ("another source", "subversion", "y", "serving", None),
    ]
    made = pd.DataFrame(rows, columns=["case_id", "charge", "source_ids", "status", "status_latest"])
    made["status_latest"] = pd.to_datetime(made["status_latest"])
    acts = pd.DataFrame(
        [
            ("cut and freed", "sentence_reduction", "2006-12-20"),
            ("cut and freed later", "sentence_reduction", None),
            ("cut later", "sentence_reduction", "2009-01-01"),
            ("ill", "medical_parole", "2007-01-01"),
        ],
        columns=["case_id", "act_type", "act_latest"],
    ).assign(act_latest=lambda d: pd.to_datetime(d["act_latest"]))
    found = cases.subversion_prisoners(Tables(cases=made, acts=acts)).set_index("case_id")
    assert found.index.tolist() == ["cut and freed", "cut and freed later", "held", "cut later", "ill"]
    assert found.index[found["reduced"]].tolist() == ["cut and freed", "cut and freed later"]
    assert found.index[found["freed"]].tolist() == ["cut and freed"]
    assert found.index[found["medical_parole"]].tolist() == ["ill"]


def test_time_served_by_hand():
    rows = [
        ("ten", "life", "released_early", "2000-01-01", "2000-01-01", "2010-01-01", "2010-01-01"),
        ("twenty, to the middle of a year", "life", "parole", "2000-01-01", "2000-01-01", "2019-07-01", "2020-07-01"),
        ("still held", "life", "serving", "2000-01-01", "2000-01-01", None, None),
        ("no day of detention", "life", "released", None, None, "2010-01-01", "2010-01-01"),
        ("another sentence", "death_reprieve", "released", "2000-01-01", "2000-01-01", "2015-01-01", "2015-01-01"),
    ]
    dates = [f"{what}_{end}" for what in ("detention", "status") for end in ("earliest", "latest")]
    made = pd.DataFrame(rows, columns=["case_id", "sentence_type", "status", *dates])
    made[dates] = made[dates].apply(pd.to_datetime)
    years = cases.years_served(Tables(cases=made), "life")
    assert years.round(2).to_dict() == {"ten": 10.0, "twenty, to the middle of a year": 20.0}
    assert cases.time_served(Tables(cases=made)) == pytest.approx({"life": 15, "reprieve": 15}, abs=0.01)


def test_waits_follow_the_table_of_rules():
    assert rules.life_since_2017(ENTERED) == {
        "wait_state_security": 3,
        "wait_state_security_before": 2,
        "wait_ordinary": 2,
        "term_ordinary": 19,
        "interval_ordinary": 2,
    }
    changed = cl.load("rules").copy()
    changed.loc[changed["rule_id"] == "SPC16-9-start", "value"] = "48"
    assert rules.life_since_2017(Tables(rules=changed))["wait_state_security"] == 4
    assert rules.life_since_2017(Tables(rules=changed))["wait_ordinary"] == 2


def test_records_begun_within_a_year_are_taken_to_be_even():
    numbers = pd.Series(["2006-00001", "2007-00009", "2008-00001", "2008-00002", "2009-00001"])
    assert cecc.begun_by(numbers, "2008-01-01") == 2
    assert cecc.begun_by(numbers, "2008-07-02") == pytest.approx(3)  # 183 of 366 days
    assert cecc.begun_by(numbers, "2009-01-01") == 4


def test_a_reader_that_is_missing_is_no_failure(tmp_path, monkeypatch):
    class Here:
        def file(self, dataset, name):
            return tmp_path / name

    monkeypatch.setitem(sys.modules, "pyreadr", None)  # as if it could not be had, loaded before or not
    with pytest.raises(MissingDataError, match=r"clemency\[sources\]"):
        cecc.record_numbers(Here())


def test_the_registry_is_as_wide_as_it_says():
    rows = registry()
    others = rows.findings[~rows.findings["finding_id"].str.startswith("steinert")]
    assert len(others) >= 77
    assert others["publisher"].nunique() >= 50
    assert others["function"].notna().sum() >= 68
    printed = rows.quoted[rows.quoted["finding_id"].isin(others["finding_id"])]
    derived = printed[printed["basis"] == "derived"]
    assert set(derived["finding_id"]) == {"duihua-2024-answers", "clarke-2011-reprieves"}
    notes = others.set_index("finding_id")["note"]
    assert notes.loc[others.loc[others["function"].notna(), "finding_id"]].notna().all()


def test_records_of_the_published_export():
    """Skipped where the data are not at hand."""
    try:
        numbers = cecc.record_numbers(ENTERED)
    except MissingDataError as error:
        pytest.skip(str(error))
    years = numbers.str[:4].astype(int)
    assert (len(numbers), (years <= 2007).sum(), (years <= 2008).sum()) == (10271, 4162, 4829)
    assert cecc.records_of_2008(ENTERED)["records"] == pytest.approx(4162 + 177 / 366 * 667)
